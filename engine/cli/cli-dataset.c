/* cli-dataset.c: "lathe-cli dataset SOURCE" says what images there are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-check.h"
#include "cli-insight.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_LISTED 20 /* problems, and groups of duplicates, in the text for people */
#define MAX_DRAWS 100

/* A sheet of augmented images: as typed, and what that says. */
typedef struct
{
  char *path, *augment, *draws, *size, *fit;
  LatheHyperparameters hyperparameters;
  LatheFit kind_of_fit;
  guint n_draws, width, height;
} Preview;

static void
preview_clear (Preview *preview)
{
  g_free (preview->path);
  g_free (preview->augment);
  g_free (preview->draws);
  g_free (preview->size);
  g_free (preview->fit);
}

/* The command, from what was typed to what it says. */
typedef struct
{
  CliEdits edits;
  Preview preview;
  CliInsight insight;
  LatheDataset *dataset;
  CliCheck *check; /* of what it was before it was cured; NULL: no one looked */
  guint n_trashed;
} Report;

static void
print_json (const Report *report)
{
  LatheDataset *dataset = report->dataset;
  const char *const *classes = lathe_dataset_get_classes (dataset);
  g_autoptr (GPtrArray) duplicates = lathe_dataset_get_duplicates (dataset);
  JsonBuilder *json = cli_json_begin (NULL);

  json_builder_set_member_name (json, "classes");
  json_builder_begin_array (json);
  for (guint i = 0; classes[i] != NULL; i++)
    {
      json_builder_begin_object (json);
      cli_json_string (json, "name", classes[i]);
      cli_json_int (json, "count", lathe_dataset_count (dataset, (int) i, -1));
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  cli_json_int (json, "images", lathe_dataset_get_n_images (dataset));

  json_builder_set_member_name (json, "unreadable");
  json_builder_begin_array (json);
  for (guint i = 0; i < lathe_dataset_get_n_problems (dataset); i++)
    cli_json_problem (json, lathe_dataset_get_problem (dataset, i));
  json_builder_end_array (json);

  json_builder_set_member_name (json, "excluded");
  json_builder_begin_array (json);
  for (guint i = 0; i < lathe_dataset_get_n_excluded (dataset); i++)
    {
      g_autofree char *file = g_filename_display_name (lathe_dataset_get_excluded (dataset, i)->path);

      json_builder_add_string_value (json, file);
    }
  json_builder_end_array (json);
  if (report->edits.trash)
    cli_json_int (json, "trashed", report->n_trashed);

  json_builder_set_member_name (json, "duplicates");
  json_builder_begin_array (json);
  for (guint i = 0; i < duplicates->len; i++)
    {
      GArray *group = duplicates->pdata[i];

      json_builder_begin_array (json);
      for (guint j = 0; j < group->len; j++)
        {
          const LatheImage *image = lathe_dataset_get_image (dataset, g_array_index (group, guint, j));
          g_autofree char *file = g_filename_display_name (image->path);

          json_builder_add_string_value (json, file);
        }
      json_builder_end_array (json);
    }
  json_builder_end_array (json);
  cli_json_split (json, dataset);
  if (report->check != NULL)
    cli_json_findings (json, report->check);
  cli_insight_json (json, &report->insight);
  cli_json_end (json);
}

/* label: -1 for all classes together */
static void
add_class (CliTable *table, LatheDataset *dataset, const char *name, int label)
{
  cli_table_row (table, g_strdup (name), cli_count (lathe_dataset_count (dataset, label, -1)),
                 cli_count (lathe_dataset_count (dataset, label, LATHE_SPLIT_TRAIN)),
                 cli_count (lathe_dataset_count (dataset, label, LATHE_SPLIT_VALIDATION)),
                 cli_count (lathe_dataset_count (dataset, label, LATHE_SPLIT_TEST)));
}

static void
print_classes (LatheDataset *dataset)
{
  const char *const *classes = lathe_dataset_get_classes (dataset);
  CliTable *table = cli_table_new ("lrrrr");

  cli_table_row (table, g_strdup (_ ("Class")), g_strdup (_ ("Images")), g_strdup (_ ("Training")),
                 g_strdup (_ ("Validation")), g_strdup (_ ("Test")));
  for (guint i = 0; classes[i] != NULL; i++)
    add_class (table, dataset, classes[i], (int) i);
  add_class (table, dataset, _ ("All"), -1);
  cli_table_print (table);
}

static void
print_sizes (LatheDataset *dataset)
{
  guint n = lathe_dataset_get_n_images (dataset), n_grey = 0;
  LatheImage least = *lathe_dataset_get_image (dataset, 0), most = least;

  for (guint i = 0; i < n; i++)
    {
      const LatheImage *image = lathe_dataset_get_image (dataset, i);

      least.width = MIN (least.width, image->width);
      least.height = MIN (least.height, image->height);
      most.width = MAX (most.width, image->width);
      most.height = MAX (most.height, image->height);
      n_grey += image->grey;
    }
  if (least.width == most.width && least.height == most.height)
    g_print (_ ("\nAll images are %u×%u pixels, "), most.width, most.height);
  else
    g_print (_ ("\nImages are from %u×%u to %u×%u pixels, "), least.width, least.height, most.width, most.height);
  if (n_grey == 0)
    g_print (_ ("in colour.\n"));
  else if (n_grey == n)
    g_print (_ ("in grey.\n"));
  else
    g_print (_ ("%'u in colour and %'u in grey.\n"), n - n_grey, n_grey);
}

static void
print_rest (guint n)
{
  if (n > MAX_LISTED)
    g_print (_ ("  … and %'u more (--json lists all)\n"), n - MAX_LISTED);
}

static void
print_problems (LatheDataset *dataset)
{
  guint n = lathe_dataset_get_n_problems (dataset);

  if (n > 0)
    g_print (_ ("\nLeft out (%'u):\n"), n);
  for (guint i = 0; i < MIN (n, MAX_LISTED); i++)
    {
      const LatheProblem *problem = lathe_dataset_get_problem (dataset, i);
      g_autofree char *file = cli_inside (dataset, problem->path);

      g_print ("  %s: %s\n", file, problem->reason);
    }
  print_rest (n);
}

static void
print_excluded (LatheDataset *dataset)
{
  guint n = lathe_dataset_get_n_excluded (dataset);

  if (n > 0)
    g_print (_ ("\nLeft out because it was decided so (%'u):\n"), n);
  for (guint i = 0; i < MIN (n, MAX_LISTED); i++)
    {
      g_autofree char *file = cli_inside (dataset, lathe_dataset_get_excluded (dataset, i)->path);

      g_print ("  %s\n", file);
    }
  print_rest (n);
}

static void
print_duplicates (LatheDataset *dataset)
{
  g_autoptr (GPtrArray) duplicates = lathe_dataset_get_duplicates (dataset);

  if (duplicates->len > 0)
    g_print (_ ("\nThe same image more than once (%'u):\n"), duplicates->len);
  for (guint i = 0; i < MIN (duplicates->len, MAX_LISTED); i++)
    {
      GArray *group = duplicates->pdata[i];

      for (guint j = 0; j < group->len; j++)
        {
          g_autofree char *file =
              cli_inside (dataset, lathe_dataset_get_image (dataset, g_array_index (group, guint, j))->path);

          g_print (j == 0 ? "  %s" : " = %s", file);
        }
      g_print ("\n");
    }
  print_rest (duplicates->len);
}

static gboolean
read_preview (Preview *preview, GError **error)
{
  const char *alone = preview->path != NULL      ? NULL
                      : preview->augment != NULL ? "augment"
                      : preview->draws != NULL   ? "draws"
                      : preview->size != NULL    ? "size"
                      : preview->fit != NULL     ? "fit"
                                                 : NULL;

  if (alone != NULL)
    return cli_refuse (error, _ ("--%s is for a preview: give --preview FILE too"), alone);
  lathe_hyperparameters_defaults (&preview->hyperparameters);
  return cli_read_augmentations (preview->augment, &preview->hyperparameters, error) &&
         cli_read_count ("--draws", preview->draws, 1, MAX_DRAWS, &preview->n_draws, error) &&
         cli_read_size (preview->size, &preview->width, &preview->height, error) &&
         cli_read_fit (preview->fit, &preview->kind_of_fit, error);
}

static gboolean
write_preview (LatheDataset *dataset, const Preview *preview, guint64 seed, GError **error)
{
  LathePreprocess preprocess;

  if (preview->path == NULL)
    return TRUE;
  lathe_dataset_suggest (dataset, preview->width, preview->height, &preprocess);
  preprocess.fit = preview->kind_of_fit;
  return cli_write_preview (dataset, &preview->hyperparameters.augmentation, seed, &preprocess, preview->n_draws,
                            preview->path, error);
}

static void
report_clear (Report *report)
{
  cli_edits_clear (&report->edits);
  preview_clear (&report->preview);
  cli_insight_clear (&report->insight);
  g_clear_pointer (&report->dataset, lathe_dataset_unref);
  g_clear_pointer (&report->check, cli_check_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Report, report_clear)

static gboolean
look (Report *report, gboolean check, guint64 seed, GError **error)
{
  check |= report->edits.cures != NULL;
  if (!cli_insight_look (&report->insight, report->dataset, seed, check, error))
    return FALSE;
  report->dataset = cli_insight_apply (&report->insight, &report->edits, report->dataset, error);
  if (report->dataset == NULL)
    return FALSE;
  if (!check)
    return TRUE;
  report->check = cli_check_new (report->dataset, report->insight.insight, error);
  if (report->check == NULL)
    return FALSE;
  lathe_dataset_unref (report->dataset);
  report->dataset =
      cli_edits_cure (&report->edits, report->check->dataset, report->check->findings, report->check->cured, error);
  return report->dataset != NULL;
}

static void
print_text (const Report *report)
{
  print_classes (report->dataset);
  print_sizes (report->dataset);
  print_problems (report->dataset);
  if (report->check != NULL)
    cli_print_findings (report->check, &report->edits);
  else
    print_duplicates (report->dataset);
  cli_insight_print (&report->insight);
  print_excluded (report->dataset);
  if (report->n_trashed > 0)
    g_print (_ ("\nOf these %'u are in the trash now.\n"), report->n_trashed);
}

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_autofree char *seed = NULL, *split = NULL, *labels = NULL, *pattern = NULL;
  g_autofree char *flaws = cli_edits_describe ();
  gboolean check = FALSE;
  g_auto (Report) report = {.preview = {.n_draws = 6}, .insight = CLI_INSIGHT_DEFAULT};
  Preview *preview = &report.preview;
  const GOptionEntry entries[] = {
      {"seed", 0, 0, G_OPTION_ARG_STRING, &seed, N_ ("Seed of the split, and of what a preview draws (1)"), "N"},
      {"split", 0, 0, G_OPTION_ARG_STRING, &split, N_ ("Percent for training, validation and test (70/20/10)"),
       "A/B/C"},
      {"check", 0, 0, G_OPTION_ARG_NONE, &check,
       N_ ("Look at every image: near duplicates, one picture in two classes, blank, small, turned"), NULL},
      CLI_LABELS_ENTRY (&labels),
      CLI_PATTERN_ENTRY (&pattern),
      CLI_EDITS_ENTRIES (&report.edits),
      CLI_INSIGHT_ENTRIES (&report.insight),
      {"preview", 0, 0, G_OPTION_ARG_FILENAME, &preview->path,
       N_ ("Write a PNG image of how augmentation changes some of the images"), "FILE"},
      {"augment", 0, 0, G_OPTION_ARG_STRING, &preview->augment,
       N_ ("With --preview: a list as of “train”, such as flip,rotate=15,cutout=8 (not at all)"), "LIST"},
      {"draws", 0, 0, G_OPTION_ARG_STRING, &preview->draws, N_ ("With --preview: how many draws of each image (6)"),
       "N"},
      {"size", 0, 0, G_OPTION_ARG_STRING, &preview->size,
       N_ ("With --preview: size that images are brought to (what suits them)"), "WxH"},
      {"fit", 0, 0, G_OPTION_ARG_STRING, &preview->fit, CLI_FIT_HELP, "NAME"},
      G_OPTION_ENTRY_NULL,
  };
  g_auto (CliCall) call = {0};
  LatheDatasetOptions options = LATHE_DATASET_OPTIONS_DEFAULT;
  g_autoptr (LatheProject) project = NULL;

  if (!cli_parse (command, entries, flaws, argc, argv, &call, error) ||
      !cli_read_project (call.operands[0], &project, error))
    return CLI_FAILED;
  if (project != NULL)
    options = project->dataset_options;
  if (!cli_read_seed (seed, &options.seed, error) || !cli_read_split ("--split", split, options.share, error) ||
      !read_preview (preview, error) || !cli_edits_read (&report.edits, error) ||
      !cli_insight_read (&report.insight, check || report.edits.cures != NULL, error))
    return CLI_FAILED;
  report.edits.begins = report.insight.cluster != NULL;
  options.labels = labels != NULL ? labels : options.labels;
  options.label_pattern = pattern != NULL ? pattern : options.label_pattern;
  report.dataset = cli_scan (project != NULL ? project->source : call.operands[0], &options,
                             project != NULL && report.edits.path == NULL ? project->edits : NULL, error);
  if (report.dataset != NULL)
    report.dataset = cli_edits_apply (&report.edits, report.dataset, error);
  if (report.dataset == NULL || !look (&report, check, options.seed, error) ||
      !write_preview (report.dataset, preview, options.seed, error))
    return CLI_FAILED;
  report.n_trashed = cli_edits_trash (&report.edits, report.dataset, error);
  if (call.json)
    print_json (&report);
  else
    print_text (&report);
  return error != NULL && *error != NULL ? CLI_FAILED : CLI_DONE;
}

const CliCommand cli_dataset = {
    .name = "dataset",
    .operands = N_ ("SOURCE|PROJECT"),
    .summary = N_ ("Say what images are in a folder, an archive or a file of a known format"),
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
