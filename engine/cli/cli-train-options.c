/* cli-train-options.c: what "lathe-cli train" is told.
 *
 * Every hyperparameter is an option, with the help of its row; those that say what the run is (its network, images,
 * seed, batch and optimiser) belong to a run that is taken up again, and cannot be given anew.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-train.h"

#include <glib/gi18n.h>
#include <string.h>

#define SUFFIX ".checkpoint"
#define MOST_EPOCHS 1000000
#define USUAL_TEMPERATURE 4 /* of a teacher */
#define USUAL_DISTIL_WEIGHT 0.9

/* As typed; NULL where not given. */
typedef struct
{
  char *recipe, *augment, *views, *network, *size, *fit, *normalize, *seed, *threads, *split, *out, *resume, *labels,
      *pattern, *edits, *weights, *fresh, *runs, *more, *teacher, *temperature, *distil_weight, *from, *fine_tune;
  gboolean keep_end, curve, tune_norms;
  char **rows; /* of the hyperparameters */
  guint n_rows;
  GPtrArray *texts; /* owned texts of the entries */
} Options;

static void
options_clear (Options *o)
{
  char *all[] = {o->recipe,  o->augment, o->views,       o->network,       o->size,    o->seed,
                 o->threads, o->split,   o->runs,        o->out,           o->resume,  o->labels,
                 o->pattern, o->edits,   o->fit,         o->normalize,     o->weights, o->fresh,
                 o->more,    o->teacher, o->temperature, o->distil_weight, o->from,    o->fine_tune};

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    g_free (all[i]);
  for (guint i = 0; i < o->n_rows; i++)
    g_free (o->rows[i]);
  g_free (o->rows);
  g_clear_pointer (&o->texts, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* --- The options that the table of hyperparameters makes --- */

/* Options keep the names that they have always had. */
const char *
cli_train_option (const LatheHyperparameter *row)
{
  return g_str_equal (row->property.name, "learning-rate") ? "lr" : row->property.name;
}

/* What is typed and what it means: "N", "X" or the choices, and the help with the default. */
static void
describe (const LatheHyperparameter *row, GPtrArray *texts, GOptionEntry *entry)
{
  const LatheProperty *property = &row->property;
  g_autofree char *fallback = lathe_property_format (property, property->fallback);
  g_autofree char *help = g_strdup (_ (property->help));
  const char *stop = g_str_has_suffix (help, "。") ? "。" : ".";

  /* What follows ends the sentence. */
  if (g_str_has_suffix (help, stop))
    help[strlen (help) - strlen (stop)] = '\0';
  if (property->type == LATHE_PROPERTY_CHOICE)
    {
      g_autofree char *choices = g_strjoinv (", ", (char **) property->choices);

      entry->description = g_strdup_printf (_ ("%s: %s (%s)"), help, choices, fallback);
    }
  else
    entry->description = g_strdup_printf (_ ("%s (%s)"), help, fallback);
  g_ptr_array_add (texts, (gpointer) entry->description);
  entry->long_name = cli_train_option (row);
  entry->arg = G_OPTION_ARG_STRING;
  entry->arg_description = property->type == LATHE_PROPERTY_CHOICE    ? "NAME"
                           : property->type == LATHE_PROPERTY_INTEGER ? "N"
                                                                      : "X";
}

/* Cross-entropy by the names that say for how many classes it is. */
static gboolean
read_cross_entropy (CliRun *run, const char *text)
{
  static const struct
  {
    const char *name;
    guint n_outputs;
  } names[] = {{"auto", 0}, {"binary_crossentropy", 2}, {"categorical_crossentropy", 3}};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i].name, text))
      {
        run->n_outputs = names[i].n_outputs;
        run->hyperparameters.loss = LATHE_LOSS_CROSS_ENTROPY;
        return TRUE;
      }
  return FALSE;
}

/* A list of augmentations says of each of them whether it is wanted. */
static void
note_typed (CliRun *run, const Options *o)
{
  const LatheHyperparameter *rows = lathe_hyperparameters (NULL);
  gsize first = G_STRUCT_OFFSET (LatheHyperparameters, augmentation);

  run->typed = g_new0 (gboolean, o->n_rows);
  for (guint i = 0; i < o->n_rows; i++)
    run->typed[i] = o->rows[i] != NULL || (o->augment != NULL && rows[i].offset >= first &&
                                           rows[i].offset < first + sizeof (LatheAugmentation));
}

static gboolean
read_rows (CliRun *run, const Options *o, GError **error)
{
  const LatheHyperparameter *rows = lathe_hyperparameters (NULL);

  for (guint i = 0; i < o->n_rows; i++)
    {
      const LatheProperty *property = &rows[i].property;
      g_autoptr (GError) reason = NULL;
      double value;

      if (o->rows[i] == NULL || (g_str_equal (property->name, "loss") && read_cross_entropy (run, o->rows[i])))
        continue;
      if (!lathe_property_parse (property, o->rows[i], &value, &reason))
        return cli_refuse (error, "--%s: %s", cli_train_option (&rows[i]), reason->message);
      lathe_hyperparameter_set (&rows[i], &run->hyperparameters, value);
    }
  return TRUE;
}

/* --- Recipes --- */

/* What it says comes first, so that every other option has the last word. */
static gboolean
read_recipe (CliRun *run, const char *name, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (name == NULL)
    return TRUE;
  run->recipe = lathe_recipe_find (name, &reason);
  if (run->recipe == NULL)
    return cli_refuse (error, "--recipe: %s", reason->message);
  lathe_recipe_apply (run->recipe, &run->hyperparameters, &run->views, run->dataset_options.share);
  return TRUE;
}

static gboolean
read_views (CliRun *run, const char *text, GError **error)
{
  static const char *const choices[] = {"1", "2", "6", NULL};
  static const guint views[] = {1, LATHE_MIRRORED_VIEWS, LATHE_MOVED_VIEWS};
  guint choice = 0;

  if (!cli_read_choice ("--views", text, choices, &choice, error))
    return FALSE;
  if (text != NULL)
    run->views = views[choice];
  return TRUE;
}

/* “0.5/0.25”, or a mean and a deviation for each channel: “0.485,0.456,0.406/0.229,0.224,0.225”. */
static gboolean
read_means_and_deviations (const char *text, CliNormalisation *normalisation)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", 3);
  guint n_means, n_deviations;

  if (g_strv_length (parts) != 2)
    return FALSE;
  n_means = lathe_channels_read (parts[0], 0, normalisation->mean);
  n_deviations = lathe_channels_read (parts[1], LATHE_LEAST_DEVIATION, normalisation->deviation);
  normalisation->n_channels = MAX (n_means, n_deviations);
  return n_means > 0 && n_deviations > 0;
}

static gboolean
read_normalisation (CliRun *run, const char *text, GError **error)
{
  if (text == NULL || g_str_equal (text, lathe_normalisation_names[LATHE_NORMALISATION_NONE]))
    return TRUE;
  if (g_str_equal (text, lathe_normalisation_names[LATHE_NORMALISATION_DATA]))
    return run->normalisation.measured = TRUE;
  if (read_means_and_deviations (text, &run->normalisation))
    return TRUE;
  return cli_refuse (error,
                     _ ("--normalize takes none, data, or a mean from 0 to 1 and a deviation from %g to 1, for all "
                        "channels or for each, such as 0.5/0.25 or 0.485,0.456,0.406/0.229,0.224,0.225, not “%s”"),
                     LATHE_LEAST_DEVIATION, text);
}

static char *
describe_recipes (void)
{
  GString *text = g_string_new (_ ("Recipes, of which every other option may change a part:"));
  guint n_recipes;
  const LatheRecipe *recipes = lathe_recipes (&n_recipes);

  for (guint i = 0; i < n_recipes; i++)
    g_string_append_printf (text, "\n  %-18s %s", recipes[i].name, _ (recipes[i].summary));
  return g_string_free (text, FALSE);
}

/* --- A run that is taken up again --- */

static gboolean
check_resumed (const Options *o, GError **error)
{
  static const char *const fixed[] = {"batch", "optimizer", "average", "lookahead", NULL};
  const LatheHyperparameter *rows = lathe_hyperparameters (NULL);
  const char *given = o->recipe != NULL      ? "recipe"
                      : o->views != NULL     ? "views"
                      : o->network != NULL   ? "network"
                      : o->weights != NULL   ? "weights"
                      : o->size != NULL      ? "size"
                      : o->fit != NULL       ? "fit"
                      : o->normalize != NULL ? "normalize"
                      : o->seed != NULL      ? "seed"
                      : o->split != NULL     ? "split"
                                             : NULL;

  for (guint i = 0; i < o->n_rows && given == NULL; i++)
    if (o->rows[i] != NULL && g_strv_contains (fixed, rows[i].property.name))
      given = rows[i].property.name;
  return given == NULL || cli_refuse (error, _ ("--%s cannot be given with --resume: it is part of the run"), given);
}

/* What was typed has the say over what a run that is taken up again began with. */
static gboolean
read_dataset (CliRun *run, const Options *o, GError **error)
{
  LatheDatasetOptions *options = &run->dataset_options;

  options->labels = run->labels = g_strdup (o->labels != NULL ? o->labels : options->labels);
  options->label_pattern = run->label_pattern = g_strdup (o->pattern != NULL ? o->pattern : options->label_pattern);
  if (o->edits != NULL)
    run->edits = lathe_edits_load (o->edits, error);
  else if (run->unfinished != NULL && run->unfinished->edits != NULL)
    run->edits = lathe_edits_copy (run->unfinished->edits);
  else if (run->unfinished == NULL && run->project != NULL && run->project->edits != NULL)
    run->edits = lathe_edits_copy (run->project->edits);
  return run->edits != NULL || o->edits == NULL;
}

/* --resume takes the model's name or the checkpoint's. */
static gboolean
read_resumed (CliRun *run, const Options *o, GError **error)
{
  const char *suffix = strstr (o->resume, SUFFIX);
  guint threads;
  g_autofree char *path = suffix != NULL ? g_strdup (o->resume) : lathe_checkpoint_beside (o->resume);

  run->unfinished = lathe_unfinished_read (path, error);
  if (run->unfinished == NULL)
    {
      g_prefix_error (error, _ ("There is no run to take up again. "));
      return FALSE;
    }
  if (run->out == NULL)
    run->out = suffix != NULL ? g_strndup (o->resume, (gsize) (suffix - o->resume)) : g_strdup (o->resume);
  run->from_epoch = run->unfinished->epoch;
  run->from_step = run->unfinished->step;
  threads = run->hyperparameters.threads;
  run->hyperparameters = run->unfinished->hyperparameters;
  run->hyperparameters.threads = threads;
  run->dataset_options = run->unfinished->dataset_options;
  return o->more == NULL || cli_read_count ("--more", o->more, 1, MOST_EPOCHS, &run->more, error);
}

/* What was learned was learned of images that were brought to this size in this way. */
static void
prepare_as (CliRun *run, const LathePreprocess *preprocess, const Options *o)
{
  if (o->size == NULL)
    {
      run->width = preprocess->width;
      run->height = preprocess->height;
    }
  run->fit = preprocess->fit;
  if (o->normalize == NULL && lathe_preprocess_get_normalisation (preprocess) != LATHE_NORMALISATION_NONE)
    {
      run->normalisation.of_model = TRUE;
      run->normalisation.n_channels = preprocess->channels;
      memcpy (run->normalisation.mean, preprocess->mean, sizeof preprocess->mean);
      memcpy (run->normalisation.deviation, preprocess->deviation, sizeof preprocess->deviation);
    }
}

/* What it says comes before every option. Of a run that is taken up again it says where the images are, and no more. */
static gboolean
read_project (CliRun *run, const char *source, const Options *o, GError **error)
{
  guint threads = run->hyperparameters.threads;

  if (!cli_read_project (source, &run->project, error))
    return FALSE;
  if (run->project == NULL || o->resume != NULL)
    return TRUE;
  run->hyperparameters = run->project->hyperparameters;
  run->hyperparameters.threads = threads;
  run->dataset_options = run->project->dataset_options;
  run->views = run->project->preprocess.views;
  if (run->project->preprocess.width > 0)
    prepare_as (run, &run->project->preprocess, o);
  run->normalisation.measured = run->project->preprocess.measured && o->normalize == NULL;
  return TRUE;
}

static gboolean
read_weights (CliRun *run, const Options *o, GError **error)
{
  if (o->fresh != NULL && o->weights == NULL)
    return cli_refuse (error, _ ("--fresh says which layers do not take over what a model learned: name that model "
                                 "with --weights"));
  if (o->weights == NULL)
    return TRUE;
  run->weights = lathe_model_open (o->weights, NULL, error);
  if (run->weights == NULL)
    return FALSE;
  run->fresh = g_strsplit (o->fresh != NULL ? o->fresh : "", ",", -1);
  if (run->project == NULL)
    prepare_as (run, &run->weights->preprocess, o);
  return TRUE;
}

/* Where a run is taken up again, its images are brought to their size as they were. */
static gboolean
read_teacher (CliRun *run, const Options *o, GError **error)
{
  const char *alone = o->temperature != NULL ? "temperature" : o->distil_weight != NULL ? "distil-weight" : NULL;

  if (o->teacher == NULL)
    return alone == NULL ||
           cli_refuse (error, _ ("--%s says how much a teacher counts: name that model with --teacher"), alone);
  run->teaching = (LatheTeaching){USUAL_TEMPERATURE, USUAL_DISTIL_WEIGHT};
  if (!cli_read_real ("--temperature", o->temperature, &run->teaching.temperature, error) ||
      !cli_read_real ("--distil-weight", o->distil_weight, &run->teaching.weight, error))
    return FALSE;
  run->teacher = lathe_model_open (o->teacher, NULL, error);
  if (run->teacher == NULL)
    return FALSE;
  if (o->resume == NULL)
    prepare_as (run, &run->teacher->preprocess, o);
  if (o->normalize == NULL)
    run->normalisation.measured = FALSE;
  return TRUE;
}

/* The first of those options that go with no --from; or, where nothing is fine-tuned, with no training of that kind. */
static const char *
find_stranger (const Options *o)
{
  const struct
  {
    const char *name;
    gboolean given, of_training;
  } others[] = {
      {"network", o->network != NULL, FALSE},
      {"weights", o->weights != NULL, FALSE},
      {"recipe", o->recipe != NULL, FALSE},
      {"resume", o->resume != NULL, FALSE},
      {"teacher", o->teacher != NULL, FALSE},
      {"size", o->size != NULL, FALSE},
      {"fit", o->fit != NULL, FALSE},
      {"views", o->views != NULL, FALSE},
      {"normalize", o->normalize != NULL, FALSE},
      {"augment", o->augment != NULL, TRUE},
      {"keep-end", o->keep_end, TRUE},
  };
  const LatheHyperparameter *rows = lathe_hyperparameters (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (others[i].given && (!others[i].of_training || o->fine_tune == NULL))
      return others[i].name;
  for (guint i = 0; i < o->n_rows && o->fine_tune == NULL; i++)
    if (o->rows[i] != NULL)
      return cli_train_option (&rows[i]);
  return NULL;
}

static gboolean
read_from (CliRun *run, const Options *o, GError **error)
{
  const char *stranger;

  if (o->from == NULL && (o->curve || o->fine_tune != NULL))
    return cli_refuse (error, _ ("--learning-curve and --fine-tune are about what is learned from a model: name that "
                                 "with --from"));
  if (o->fine_tune == NULL && o->tune_norms)
    return cli_refuse (error, _ ("--tune-norms is about layers that learn on: say how many with --fine-tune"));
  if (o->from == NULL)
    return TRUE;
  stranger = find_stranger (o);
  if (stranger != NULL)
    return cli_refuse (error,
                       _ ("--%s cannot be given with --from: the last layer alone is learned, to the end, of "
                          "images as the model takes them"),
                       stranger);
  run->from = g_strdup (o->from);
  run->curve = o->curve;
  lathe_growth_choose (&run->hyperparameters, o->fine_tune != NULL);
  if (o->fine_tune == NULL)
    return TRUE;
  run->norms_learn = o->tune_norms;
  if (g_str_equal (o->fine_tune, "all"))
    run->fine_tune = LATHE_ALL_LAYERS;
  return run->fine_tune > 0 ||
         cli_read_count ("--fine-tune", o->fine_tune, 1, LATHE_GRAPH_MAX_NODES, &run->fine_tune, error);
}

static gboolean
read_network (CliRun *run, const char *source, const Options *o, GError **error)
{
  run->suggested = g_strcmp0 (o->network, CLI_SUGGESTED) == 0 && !g_file_test (o->network, G_FILE_TEST_EXISTS);
  if (run->suggested && (run->recipe != NULL || run->weights != NULL))
    return cli_refuse (error, _ ("--network suggested makes the choices that --recipe and --weights make: give one of "
                                 "them"));
  if (!run->suggested)
    run->network = g_strdup (o->network != NULL || run->recipe != NULL ? o->network
                             : run->project != NULL                    ? source
                             : o->weights != NULL                      ? o->weights
                                                                       : "seed");
  return TRUE;
}

static gboolean
read_options (CliRun *run, const char *source, const Options *o, GError **error)
{
  LatheHyperparameters *h = &run->hyperparameters;

  run->out = g_strdup (o->out);
  run->runs = g_strdup (o->runs);
  note_typed (run, o);
  if (!read_project (run, source, o, error) || !read_from (run, o, error))
    return FALSE;
  if (run->project != NULL && run->runs == NULL)
    run->runs = lathe_runs_beside (source);
  run->keep_end = o->keep_end;
  if (o->more != NULL && o->resume == NULL)
    return cli_refuse (error, _ ("--more gives more epochs to a run that has ended: name it with --resume"));
  if (o->resume != NULL && (!check_resumed (o, error) || !read_resumed (run, o, error)))
    return FALSE;
  if (!read_dataset (run, o, error) || !read_recipe (run, o->recipe, error) ||
      !cli_read_augmentations (o->augment, h, error) || !read_views (run, o->views, error) ||
      !cli_read_size (o->size, &run->width, &run->height, error) || !read_weights (run, o, error) ||
      !read_teacher (run, o, error) || !cli_read_fit (o->fit, &run->fit, error) ||
      !read_normalisation (run, o->normalize, error) || !read_rows (run, o, error) ||
      !cli_read_seed (o->seed, &h->seed, error) || !cli_read_threads (o->threads, &h->threads, error) ||
      !cli_read_split ("--split", o->split, run->dataset_options.share, error))
    return FALSE;
  if (o->resume != NULL)
    return TRUE;
  if (run->project == NULL || o->seed != NULL)
    run->dataset_options.seed = h->seed;
  return read_network (run, source, o, error);
}

/* What says more about a training than its hyperparameters do, and nothing about any other work. */
static gboolean
is_of_training (const LatheHyperparameter *row)
{
  static const char *const names[] = {"best-by", "early-stopping", "checkpoint-minutes", NULL};

  return g_strv_contains (names, row->property.name);
}

static void
add_entries (GArray *entries, const GOptionEntry *more)
{
  for (; more->long_name != NULL; more++)
    g_array_append_vals (entries, more, 1);
}

static void
add_rows (GArray *entries, Options *o, gboolean training)
{
  const LatheHyperparameter *rows = lathe_hyperparameters (&o->n_rows);

  o->rows = g_new0 (char *, o->n_rows);
  for (guint i = 0; i < o->n_rows; i++)
    {
      GOptionEntry entry = {.arg_data = &o->rows[i]};

      if (!training && is_of_training (&rows[i]))
        continue;
      describe (&rows[i], o->texts, &entry);
      g_array_append_val (entries, entry);
    }
}

/**
 * cli_train_parse:
 * @more: (nullable): the options of other work that trains, in the place of those that say where a training goes; ends
 * with a row of NULL
 * @whole: whether that work is whole trainings, which begin with something and end at their best
 */
gboolean
cli_train_parse (CliRun *run, const CliCommand *command, const GOptionEntry *more, gboolean whole, int argc,
                 char **argv, CliCall *call, GError **error)
{
  g_auto (Options) o = {.texts = g_ptr_array_new_with_free_func (g_free)};
  const GOptionEntry common[] = {
      {"recipe", 0, 0, G_OPTION_ARG_STRING, &o.recipe, N_ ("A set of choices that go well together, by its name"),
       "NAME"},
      {"network", 0, 0, G_OPTION_ARG_FILENAME, &o.network,
       N_ ("A preset, a network file or a model; or suggested: what suits the images (seed)"), "PRESET|FILE"},
      {"size", 0, 0, G_OPTION_ARG_STRING, &o.size, N_ ("Size that images are brought to (what suits them)"), "WxH"},
      {"fit", 0, 0, G_OPTION_ARG_STRING, &o.fit, CLI_FIT_HELP, "NAME"},
      {"normalize", 0, 0, G_OPTION_ARG_STRING, &o.normalize,
       N_ ("What colours, from 0 to 1, are normalised by: none, data (mean and deviation of the training images), or "
           "MEAN/DEVIATION, one number for all channels or three: 0.5/0.25 (none)"),
       "none|data|M/D"},
      {"augment", 0, 0, G_OPTION_ARG_STRING, &o.augment,
       N_ ("How training images are changed: a list such as flip,rotate=15,cutout=8, of the options below from --flip "
           "to "
           "--cutmix (not at all)"),
       "LIST"},
      {"views", 0, 0, G_OPTION_ARG_STRING, &o.views,
       N_ ("Views of an image over which the model’s answer is averaged: 1, 2 (mirrored too) or 6 (moved too) (1)"),
       "N"},
      {"seed", 0, 0, G_OPTION_ARG_STRING, &o.seed, N_ ("The same seed gives the same split and weights (1)"), "N"},
      {"threads", 0, 0, G_OPTION_ARG_STRING, &o.threads, N_ ("Threads (as many as there are cores)"), "N"},
      {"split", 0, 0, G_OPTION_ARG_STRING, &o.split, N_ ("Percent for training, validation and test (70/20/10)"),
       "A/B/C"},
      CLI_LABELS_ENTRY (&o.labels),
      CLI_PATTERN_ENTRY (&o.pattern),
      CLI_EDITS_ENTRY (&o.edits),
      G_OPTION_ENTRY_NULL,
  };
  const GOptionEntry beginning[] = {
      {"weights", 0, 0, G_OPTION_ARG_FILENAME, &o.weights,
       N_ ("Begin with what this model learned, in each layer of the same name, kind and shapes; its network, too, "
           "unless --network says another"),
       "MODEL"},
      {"fresh", 0, 0, G_OPTION_ARG_STRING, &o.fresh, N_ ("Layers that begin anew all the same, as dense-1,dense-2"),
       "LIST"},
      G_OPTION_ENTRY_NULL,
  };
  const GOptionEntry own[] = {
      {"teacher", 0, 0, G_OPTION_ARG_FILENAME, &o.teacher,
       N_ ("Learn from this model’s answers, too: a large one teaches a small one more than labels can"), "MODEL"},
      {"temperature", 0, 0, G_OPTION_ARG_STRING, &o.temperature,
       N_ ("With --teacher: what both answers are softened by, so that the teacher’s doubts count (4)"), "X"},
      {"distil-weight", 0, 0, G_OPTION_ARG_STRING, &o.distil_weight,
       N_ ("With --teacher: its share of the loss, of which the labels have the rest (0.9)"), "X"},
      {"from", 0, 0, G_OPTION_ARG_FILENAME, &o.from,
       N_ ("Learn a last layer alone, for these classes, on what this model knows of images: for few of them"),
       "NAME|MODEL"},
      {"fine-tune", 0, 0, G_OPTION_ARG_STRING, &o.fine_tune,
       N_ ("With --from: so many of its last layers learn on, too, or all; what norms know stays"), "N|all"},
      {"tune-norms", 0, 0, G_OPTION_ARG_NONE, &o.tune_norms,
       N_ ("With --fine-tune: the norms between those layers learn, too"), NULL},
      {"learning-curve", 0, 0, G_OPTION_ARG_NONE, &o.curve,
       N_ ("With --from: how the accuracy grows with the number of images, and whether more would help"), NULL},
      {"out", 0, 0, G_OPTION_ARG_FILENAME, &o.out, N_ ("The model file (NAME-OF-SOURCE.safetensors)"), "FILE"},
      {"resume", 0, 0, G_OPTION_ARG_FILENAME, &o.resume,
       N_ ("Take up again the run that was to become this model file"), "FILE"},
      {"more", 0, 0, G_OPTION_ARG_STRING, &o.more,
       N_ ("With --resume: so many epochs from where the run stands, also when it had come to its end (see "
           "--keep-end)"),
       "N"},
      {"keep-end", 0, 0, G_OPTION_ARG_NONE, &o.keep_end,
       N_ ("Keep the checkpoint when training comes to its end, so that --resume FILE --more N can go on from there"),
       NULL},
      {"runs", 0, 0, G_OPTION_ARG_FILENAME, &o.runs,
       N_ ("Write the run down in this folder’s list (of a project NAME.lathe, NAME.runs; else that of the window for "
           "SOURCE): see “lathe-cli runs”"),
       "FOLDER"},
      G_OPTION_ENTRY_NULL,
  };
  g_autofree char *presets = cli_describe_presets (), *recipes = describe_recipes ();
  g_autofree char *lists = g_strconcat (presets, "\n\n", recipes, NULL);
  g_autoptr (GArray) entries = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));

  add_entries (entries, common);
  if (whole)
    add_entries (entries, beginning);
  add_entries (entries, more != NULL ? more : own);
  add_rows (entries, &o, whole);
  run->program = argv[0];
  if (!cli_parse (command, (const GOptionEntry *) entries->data, lists, argc, argv, call, error) ||
      !read_options (run, call->operands[0], &o, error))
    return FALSE;
  run->json = call->json;
  return TRUE;
}
