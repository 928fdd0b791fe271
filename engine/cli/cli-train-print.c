/* cli-train-print.c: what "lathe-cli train" says.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-train.h"

#include <inttypes.h>
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define MAX_LISTED 10 /* images that could not be decoded, in the text for people */
#define PROGRESS_INTERVAL (G_USEC_PER_SEC / 10)

/* --- The start --- */

static void
print_start_json (const CliRun *run)
{
  const LathePreprocess *p = &run->preprocess;
  JsonBuilder *json = cli_json_begin ("start");

  cli_json_int (json, "classes", lathe_dataset_get_n_classes (run->dataset));
  cli_json_int (json, "images", lathe_dataset_get_n_images (run->dataset));
  cli_json_int (json, "unreadable", lathe_dataset_get_n_problems (run->dataset));
  cli_json_split (json, run->dataset);
  if (run->network != NULL)
    cli_json_string (json, "network", run->network);
  if (run->from != NULL)
    cli_json_string (json, "from", run->from);
  if (run->recipe != NULL)
    cli_json_string (json, "recipe", run->recipe->name);
  if (run->from_epoch > 0)
    {
      cli_json_int (json, "from_epoch", run->from_epoch);
      cli_json_int (json, "from_step", run->from_step);
    }
  if (run->inheritance != NULL)
    {
      json_builder_set_member_name (json, "inherited");
      json_builder_begin_array (json);
      for (char **layer = run->inheritance->layers; *layer != NULL; layer++)
        json_builder_add_string_value (json, *layer);
      json_builder_end_array (json);
    }
  if (run->teacher != NULL)
    {
      g_autofree char *sha256 = lathe_model_weights_sha256 (run->teacher);

      cli_json_string (json, "teacher_sha256", sha256);
      cli_json_real (json, "temperature", run->teaching.temperature);
      cli_json_real (json, "distil_weight", run->teaching.weight);
    }
  cli_json_shape (json, "input", &LATHE_SHAPE_IMAGE (p->height, p->width, p->channels));
  cli_json_int (json, "parameters", run->parameters);
  cli_json_int (json, "epochs", run->hyperparameters.epochs);
  cli_train_json_advice (json, run);
  cli_json_end (json);
}

/* In an epoch. */
static guint
count_steps (const CliRun *run)
{
  guint n_images = lathe_dataset_count (run->dataset, -1, LATHE_SPLIT_TRAIN), batch = run->hyperparameters.batch;

  return MAX (n_images / batch + (n_images % batch > 0), 1);
}

static void
print_start_text (const CliRun *run)
{
  const LatheHyperparameters *h = &run->hyperparameters;
  const LathePreprocess *p = &run->preprocess;
  const char *const *optimizers = lathe_hyperparameter_find ("optimizer")->property.choices;
  guint n_problems = lathe_dataset_get_n_problems (run->dataset);
  g_autofree char *folder = g_path_get_basename (lathe_dataset_get_folder (run->dataset));
  CliTable *table = cli_table_new ("ll");

  cli_table_row (table, g_strdup (_ ("Dataset")),
                 g_strdup_printf (_ ("%s: %'u images in %u classes; %'u to train, %'u to validate, %'u to test"),
                                  folder, lathe_dataset_get_n_images (run->dataset),
                                  lathe_dataset_get_n_classes (run->dataset),
                                  lathe_dataset_count (run->dataset, -1, LATHE_SPLIT_TRAIN),
                                  lathe_dataset_count (run->dataset, -1, LATHE_SPLIT_VALIDATION),
                                  lathe_dataset_count (run->dataset, -1, LATHE_SPLIT_TEST)));
  if (run->recipe != NULL)
    cli_table_row (table, g_strdup (_ ("Recipe")), g_strdup_printf ("%s", run->recipe->name));
  if (n_problems > 0)
    cli_table_row (table, g_strdup (""),
                   g_strdup_printf (_ ("%'u left out (“lathe-cli dataset” tells which, and why)"), n_problems));
  cli_table_row (table, g_strdup (_ ("Network")),
                 g_strdup_printf (_ ("%s for %u×%u×%u: %'" PRIu64 " parameters, %'" PRIu64 " multiply-adds an image"),
                                  run->network != NULL ? run->network : _ ("that of the run"), p->height, p->width,
                                  p->channels, run->parameters, run->multiply_adds));
  cli_table_row (table, g_strdup (_ ("Training")),
                 g_strdup_printf (_ ("epochs %u, batch %u, optimiser %s, seed %" PRIu64 ", threads %u"), h->epochs,
                                  h->batch, optimizers[h->optimizer], h->seed, h->threads));
  cli_table_row (table, g_strdup (_ ("Learning rate")), lathe_schedule_describe (h, count_steps (run)));
  if (run->from_epoch > 0)
    cli_table_row (table, g_strdup (_ ("Going on")),
                   g_strdup_printf (_ ("in epoch %u, after step %u"), run->from_epoch, run->from_step));
  if (run->inheritance != NULL)
    {
      g_autofree char *names = g_strjoinv (", ", run->inheritance->layers);

      cli_table_row (table, g_strdup (_ ("Weights")),
                     g_strdup_printf (_ ("%u of %u layers go on with what they learned: %s"),
                                      lathe_inheritance_count (run->inheritance), run->inheritance->n_layers, names));
    }
  if (run->teacher != NULL)
    cli_table_row (table, g_strdup (_ ("Teacher")),
                   g_strdup_printf (_ ("%g of the loss is its answers’, at a temperature of %g"), run->teaching.weight,
                                    run->teaching.temperature));
  cli_train_table_advice (table, run);
  cli_table_print (table);
  g_print ("\n");
}

void
cli_train_print_start (const CliRun *run)
{
  if (run->json)
    print_start_json (run);
  else
    print_start_text (run);
}

/* --- While it goes on --- */

static void
print_epoch_json (const LatheEpoch *epoch)
{
  JsonBuilder *json = cli_json_begin ("epoch");

  cli_json_epoch (json, epoch);
  cli_json_end (json);
}

/* Columns are as wide as their titles, as the lines below come one by one. */
static void
print_row (char *const cells[], const char *remark)
{
  const char *const titles[] = {_ ("   Epoch"),  _ ("    Loss"),      _ ("Accuracy"),
                                _ ("Val. loss"), _ ("Val. accuracy"), _ ("Seconds")};
  g_autoptr (GString) line = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    cli_append_cell (line, cells != NULL ? cells[i] : titles[i], cli_text_width (titles[i]), TRUE);
  g_string_append (line, remark);
  g_print ("%s\n", g_strchomp (line->str));
}

static void
print_epoch_text (const LatheEpoch *epoch, guint epochs, gboolean first)
{
  g_autofree char *number = g_strdup_printf ("%u/%u", epoch->epoch, epochs);
  g_autofree char *loss = cli_real (epoch->loss), *accuracy = cli_percent (epoch->accuracy);
  g_autofree char *val_loss = cli_real (epoch->validation_loss);
  g_autofree char *val_accuracy = cli_percent (epoch->validation_accuracy);
  g_autofree char *seconds = g_strdup_printf ("%.1f", epoch->seconds);

  cli_bar_clear ();
  if (first)
    print_row (NULL, "");
  print_row ((char *[]){number, loss, accuracy, val_loss, val_accuracy, seconds}, epoch->best ? _ ("best") : "");
}

static void
print_progress_json (const LatheSnapshot *snapshot)
{
  const LathePoint *point =
      snapshot->points->len > 0 ? &g_array_index (snapshot->points, LathePoint, snapshot->points->len - 1) : NULL;
  JsonBuilder *json = cli_json_begin ("progress");

  cli_json_int (json, "epoch", snapshot->epoch);
  cli_json_int (json, "epochs", snapshot->epochs);
  cli_json_int (json, "step", snapshot->step);
  cli_json_int (json, "steps", snapshot->steps);
  cli_json_real (json, "loss", point != NULL ? point->loss : NAN);
  cli_json_real (json, "accuracy", point != NULL ? point->accuracy : NAN);
  cli_json_real (json, "learning_rate", snapshot->learning_rate);
  cli_json_real (json, "gradient_norm", snapshot->gradient_norm);
  cli_json_real (json, "images_per_second", snapshot->images_per_second);
  cli_json_real (json, "seconds_left", snapshot->seconds_left);
  cli_json_end (json);
}

static void
print_progress_text (const LatheSnapshot *snapshot)
{
  g_autofree char *title = g_strdup_printf (_ ("Epoch %u/%u"), snapshot->epoch, snapshot->epochs);
  g_autofree char *left = isnan (snapshot->seconds_left) ? NULL : cli_duration (snapshot->seconds_left);
  g_autofree char *remark = left != NULL
                                ? g_strdup_printf (_ ("%'.0f images/s, %s left"), snapshot->images_per_second, left)
                                : g_strdup_printf (_ ("%'.0f images/s"), snapshot->images_per_second);

  cli_bar (title, snapshot->steps > 0 ? (double) snapshot->step / snapshot->steps : 0, remark);
}

static void
print_warning (CliRun *run, const LatheSnapshot *snapshot)
{
  JsonBuilder *json;

  if (snapshot->warning == NULL || g_strcmp0 (snapshot->warning, run->warning) == 0)
    return;
  g_free (run->warning);
  run->warning = g_strdup (snapshot->warning);
  cli_bar_clear ();
  cli_complain (_ ("warning"), run->warning);
  if (!run->json)
    return;
  json = cli_json_begin ("warning");
  cli_json_string (json, "message", run->warning);
  cli_json_end (json);
}

static void
print_measuring (const CliRun *run, const LatheSnapshot *snapshot)
{
  JsonBuilder *json;

  if (!run->json)
    {
      cli_bar (_ ("Measuring the images"), (double) snapshot->measured / snapshot->to_measure, "");
      return;
    }
  json = cli_json_begin ("measuring");
  cli_json_int (json, "images", snapshot->measured);
  cli_json_int (json, "of", snapshot->to_measure);
  cli_json_end (json);
}

void
cli_train_print_snapshot (CliRun *run, const LatheSnapshot *snapshot)
{
  guint known = run->from_epoch > 0 ? run->from_epoch - 1 : 0;
  gint64 now = g_get_monotonic_time ();

  print_warning (run, snapshot);
  for (run->n_printed = MAX (run->n_printed, known); run->n_printed < snapshot->finished->len; run->n_printed++)
    {
      const LatheEpoch *epoch = &g_array_index (snapshot->finished, LatheEpoch, run->n_printed);

      if (run->json)
        print_epoch_json (epoch);
      else
        print_epoch_text (epoch, snapshot->epochs, run->n_printed == known);
    }
  if (snapshot->state > LATHE_TRAINER_RUNNING || now - run->last_progress < PROGRESS_INTERVAL)
    return;
  if (snapshot->state == LATHE_TRAINER_PREPARING && snapshot->to_measure == 0)
    return;
  run->last_progress = now;
  if (snapshot->state == LATHE_TRAINER_PREPARING)
    print_measuring (run, snapshot);
  else if (run->json)
    print_progress_json (snapshot);
  else
    print_progress_text (snapshot);
}

/* --- The end --- */

/* An image to try the model on: one of the test set where there is one; below the current folder named from there. What
 * lies in an archive has no file to name. */
static char *
example_image (LatheDataset *dataset)
{
  g_autofree char *here = g_get_current_dir ();
  gsize length = strlen (here);
  const LatheImage *image = NULL;
  const char *path;

  for (int split = LATHE_SPLIT_TEST; split >= 0 && image == NULL; split--)
    {
      g_autoptr (GArray) images = lathe_dataset_get_split (dataset, (LatheSplit) split);

      if (images->len > 0)
        image = lathe_dataset_get_image (dataset, g_array_index (images, guint32, 0));
    }
  path = image->piece.kind == LATHE_PIECE_FILE ? image->path : "photo.jpg";
  if (g_str_has_prefix (path, here) && path[length] == '/')
    path += length + 1;
  return cli_shell_word (path);
}

/* The options without which the source is another dataset; to be put behind it. */
static char *
label_options (const CliRun *run)
{
  const char *value = run->labels != NULL ? run->labels : run->label_pattern;
  g_autofree char *word = value != NULL ? cli_shell_word (value) : NULL;

  if (word == NULL)
    return g_strdup ("");
  return g_strdup_printf (run->labels != NULL ? " --labels %s" : " --label-pattern %s", word);
}

void
cli_train_list_unreadable (CliTable *table, const GPtrArray *unreadable)
{
  for (guint i = 0; i < MIN (unreadable->len, MAX_LISTED); i++)
    {
      const LatheProblem *problem = unreadable->pdata[i];
      g_autofree char *file = g_filename_display_name (problem->path);

      cli_table_row (table, g_strdup (""), g_strdup_printf (_ ("%s: %s"), file, problem->reason));
    }
  if (unreadable->len > MAX_LISTED)
    cli_table_row (table, g_strdup (""), g_strdup_printf (_ ("and %'u more"), unreadable->len - MAX_LISTED));
}

void
cli_train_json_unreadable (JsonBuilder *json, const GPtrArray *unreadable)
{
  json_builder_set_member_name (json, "undecodable");
  json_builder_begin_array (json);
  for (guint i = 0; i < unreadable->len; i++)
    cli_json_problem (json, unreadable->pdata[i]);
  json_builder_end_array (json);
}

/* What to do with the model. */
void
cli_train_print_example (const CliRun *run)
{
  g_autofree char *program = cli_shell_word (run->program), *model = cli_shell_word (run->out);
  g_autofree char *image = example_image (run->dataset);

  g_print (_ ("\nTo classify an image with it:\n  %s predict %s %s\n"), program, model, image);
}

static void
print_end_text (const CliRun *run, const LatheSnapshot *snapshot, const char *sha256)
{
  const LatheModel *best = snapshot->best;
  const LatheScores *scores = &best->scores;
  g_autofree char *program = cli_shell_word (run->program);
  g_autofree char *model = cli_shell_word (run->out);
  g_autofree char *folder = cli_shell_word (lathe_dataset_get_folder (run->dataset));
  g_autofree char *labels = label_options (run);
  g_autofree char *accuracy = cli_percent (scores->test_accuracy);
  g_autofree char *loss = cli_real (scores->test_loss), *time = NULL;
  CliTable *table = cli_table_new ("ll");
  LatheCourse course;

  g_print ("\n");
  if (snapshot->state == LATHE_TRAINER_STOPPED)
    cli_table_row (table, g_strdup (_ ("Stopped")), g_strdup_printf (_ ("in epoch %u"), snapshot->epoch));
  if (!isnan (scores->test_accuracy))
    cli_table_row (table, g_strdup (_ ("Test accuracy")), g_strdup_printf (_ ("%s, loss %s"), accuracy, loss));
  if (snapshot->n_unreadable > 0)
    cli_table_row (table, g_strdup (_ ("Left out")),
                   g_strdup_printf (_ ("%u images that could not be decoded"), snapshot->n_unreadable));
  cli_train_list_unreadable (table, snapshot->unreadable);
  cli_table_row (table, g_strdup (_ ("Model")),
                 snapshot->transfer != NULL && best == snapshot->transfer->model
                     ? g_strdup_printf (_ ("%s, with its last layer alone: nothing beat it"), run->out)
                 : scores->best_epoch > 0 ? g_strdup_printf (_ ("%s, of epoch %u"), run->out, scores->best_epoch)
                                          : g_strdup_printf (_ ("%s, before the end of an epoch"), run->out));
  cli_table_row (table, g_strdup (_ ("Weights")), g_strconcat ("sha256 ", sha256, NULL));
  time = cli_phases (snapshot->phases);
  cli_table_row (table, g_strdup (_ ("Time")), g_strdup (time));
  cli_table_print (table);
  lathe_course_init (&course, run->dataset, &run->hyperparameters, snapshot, run->points);
  cli_print_advice (&course);
  if (snapshot->state == LATHE_TRAINER_STOPPED)
    g_print (_ ("\nTo go on with the training:\n  %s train %s%s --resume %s\n"), program, folder, labels, model);
  cli_train_print_example (run);
}

static void
print_end_json (const CliRun *run, const LatheSnapshot *snapshot, const char *sha256)
{
  const LatheScores *scores = &snapshot->best->scores;
  g_autofree char *model = g_filename_display_name (run->out);
  JsonBuilder *json = cli_json_begin (snapshot->state == LATHE_TRAINER_STOPPED ? "stopped" : "done");
  LatheCourse course;

  if (scores->best_epoch > 0)
    cli_json_int (json, "best_epoch", scores->best_epoch);
  else
    cli_json_real (json, "best_epoch", NAN);
  cli_json_real (json, "test_loss", scores->test_loss);
  cli_json_real (json, "test_accuracy", scores->test_accuracy);
  cli_json_string (json, "model", model);
  cli_json_string (json, "weights_sha256", sha256);
  cli_train_json_unreadable (json, snapshot->unreadable);
  lathe_course_init (&course, run->dataset, &run->hyperparameters, snapshot, run->points);
  cli_json_advice (json, &course);
  cli_json_end (json);
}

void
cli_train_print_end (const CliRun *run, const LatheSnapshot *snapshot, const char *sha256)
{
  if (run->json)
    print_end_json (run, snapshot, sha256);
  else
    print_end_text (run, snapshot, sha256);
}
