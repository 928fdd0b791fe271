/* cli-map.c: "lathe-cli map MODEL SOURCE" lays images out in a plane by what a model sees in them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <glib/gi18n.h>
#include <math.h>

#define MAX_ITERATIONS 100000
#define MAX_PERPLEXITY 1000
#define NEAREST 10 /* of each image, whose classes are compared with its own */

static const char *const sides[] = {"all", "train", "validation", "test", NULL};

typedef struct
{
  CliCall call;
  LatheProject *project; /* that the source is, or NULL */
  LatheDatasetOptions dataset_options;
  LatheMapOptions options;
  guint side;
  char *edits, *labels, *pattern, *out;
  LatheModel *model;
  LatheDataset *dataset;
  LatheFeatures *features;
  LatheMap *map;
  double agreement;
} Map;

static void
map_clear (Map *m)
{
  cli_call_clear (&m->call);
  g_clear_pointer (&m->project, lathe_project_free);
  g_clear_pointer (&m->model, lathe_model_unref);
  g_clear_pointer (&m->dataset, lathe_dataset_unref);
  g_clear_pointer (&m->features, lathe_features_free);
  g_clear_pointer (&m->map, lathe_map_free);
  g_free (m->edits);
  g_free (m->labels);
  g_free (m->pattern);
  g_free (m->out);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Map, map_clear)

/* --- What was typed --- */

static gboolean
ends_in (const char *path, const char *suffix)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  return g_str_has_suffix (lower, suffix);
}

static gboolean
check_out (const Map *m, GError **error)
{
  if (m->out != NULL && !ends_in (m->out, ".csv") && !ends_in (m->out, ".svg") && !ends_in (m->out, ".png"))
    return cli_refuse (error, _ ("--out takes a file that ends in .csv, .svg or .png, not “%s”"), m->out);
  return cli_check_output ("--out", m->out, error);
}

static gboolean
read_perplexity (const char *text, double *perplexity, GError **error)
{
  if (!cli_read_real ("--perplexity", text, perplexity, error))
    return FALSE;
  return (*perplexity > 1 && *perplexity <= MAX_PERPLEXITY) ||
         cli_refuse (error, _ ("--perplexity takes a number above 1 and up to %d, not “%s”"), MAX_PERPLEXITY, text);
}

static gboolean
read_question (Map *m, const CliCommand *command, int argc, char **argv, GError **error)
{
  g_autofree char *side = NULL, *seed = NULL, *shares = NULL, *threads = NULL, *method = NULL, *perplexity = NULL,
                  *iterations = NULL, *map_seed = NULL;
  guint chosen = m->options.method;
  const GOptionEntry entries[] = {
      {"method", 0, 0, G_OPTION_ARG_STRING, &method, N_ ("tsne or pca (tsne)"), "NAME"},
      {"perplexity", 0, 0, G_OPTION_ARG_STRING, &perplexity,
       N_ ("Of t-SNE: of how many neighbours an image has about (30)"), "X"},
      {"iterations", 0, 0, G_OPTION_ARG_STRING, &iterations, N_ ("Of t-SNE (750)"), "N"},
      {"map-seed", 0, 0, G_OPTION_ARG_STRING, &map_seed, N_ ("Seed of t-SNE (1)"), "N"},
      {"out", 0, 0, G_OPTION_ARG_FILENAME, &m->out, N_ ("Write where each image lies, or draw it"),
       "FILE.csv|FILE.svg|FILE.png"},
      {"split", 0, 0, G_OPTION_ARG_STRING, &side, N_ ("On which images: all, train, validation or test (all)"), "SIDE"},
      {"seed", 0, 0, G_OPTION_ARG_STRING, &seed, N_ ("Seed of the split, as in training (1)"), "N"},
      {"shares", 0, 0, G_OPTION_ARG_STRING, &shares, N_ ("Percent of the split, as in training (70/20/10)"), "A/B/C"},
      {"threads", 0, 0, G_OPTION_ARG_STRING, &threads, N_ ("Threads (as many as there are cores)"), "N"},
      CLI_LABELS_ENTRY (&m->labels),
      CLI_PATTERN_ENTRY (&m->pattern),
      CLI_EDITS_ENTRY (&m->edits),
      G_OPTION_ENTRY_NULL,
  };

  if (!cli_parse (command, entries, NULL, argc, argv, &m->call, error) ||
      !cli_read_project (m->call.operands[1], &m->project, error))
    return FALSE;
  if (m->project != NULL)
    m->dataset_options = m->project->dataset_options;
  if (!cli_read_choice ("--split", side, sides, &m->side, error) ||
      !cli_read_seed (seed, &m->dataset_options.seed, error) ||
      !cli_read_split ("--shares", shares, m->dataset_options.share, error) ||
      !cli_read_threads (threads, &m->options.n_threads, error) ||
      !cli_read_choice ("--method", method, lathe_map_names, &chosen, error) ||
      !read_perplexity (perplexity, &m->options.perplexity, error) ||
      !cli_read_count ("--iterations", iterations, 1, MAX_ITERATIONS, &m->options.iterations, error) ||
      !cli_read_seed (map_seed, &m->options.seed, error))
    return FALSE;
  m->options.method = chosen;
  m->dataset_options.labels = m->labels != NULL ? m->labels : m->dataset_options.labels;
  m->dataset_options.label_pattern = m->pattern != NULL ? m->pattern : m->dataset_options.label_pattern;
  return check_out (m, error);
}

/* --- The work --- */

static gboolean
open_all (Map *m, GError **error)
{
  g_autoptr (LatheEdits) edits = NULL;

  m->model = lathe_model_open (m->call.operands[0], NULL, error);
  if (m->model == NULL || (m->edits != NULL && (edits = lathe_edits_load (m->edits, error)) == NULL))
    return FALSE;
  m->dataset = cli_scan (m->project != NULL ? m->project->source : m->call.operands[1], &m->dataset_options,
                         edits != NULL || m->project == NULL ? edits : m->project->edits, error);
  return m->dataset != NULL;
}

static void
on_iteration (guint done, guint total, gpointer begin)
{
  double seconds = (double) (g_get_monotonic_time () - *(const gint64 *) begin) / G_USEC_PER_SEC;
  g_autofree char *left = cli_duration (done > 0 ? seconds / done * (total - done) : 0);
  /* Translators: how long it still takes */
  g_autofree char *remark = done > 0 ? g_strdup_printf (_ ("%s left"), left) : g_strdup ("");

  cli_bar (_ ("Laying out"), total > 0 ? (double) done / total : 0, remark);
}

static gboolean
lay_out (Map *m, GError **error)
{
  g_autofree guint *labels = NULL;
  gint64 begin;

  /* The sides follow one another as in LatheSplit, where -1 stands for all. */
  m->features = lathe_features_new (m->model, m->dataset, (int) m->side - 1, m->options.n_threads, cli_progress,
                                    (gpointer) _ ("Looking"), cli_interrupt (), error);
  cli_bar_clear ();
  if (m->features == NULL)
    return FALSE;
  begin = g_get_monotonic_time ();
  m->map = lathe_map_new (m->features, &m->options, on_iteration, &begin, cli_interrupt (), error);
  cli_bar_clear ();
  if (m->map == NULL)
    return FALSE;
  labels = lathe_features_get_labels (m->features, m->dataset);
  m->agreement = lathe_map_agreement (m->map, labels, NEAREST, cli_interrupt ());
  return !g_cancellable_set_error_if_cancelled (cli_interrupt (), error);
}

static gboolean
save (const Map *m, GError **error)
{
  if (m->out == NULL)
    return TRUE;
  if (ends_in (m->out, ".csv"))
    return lathe_map_save_csv (m->map, m->features, m->model, m->dataset, m->out, error);
  if (ends_in (m->out, ".png"))
    return lathe_map_save_png (m->map, m->features, m->dataset, m->out, error);
  return lathe_map_save_svg (m->map, m->features, m->dataset, m->out, error);
}

/* --- Words --- */

static guint
count_wrong (const Map *m)
{
  guint n = 0;

  for (guint i = 0; i < m->features->n; i++)
    n += !m->features->right[i];
  return n;
}

static void
print_json (const Map *m)
{
  JsonBuilder *json = cli_json_begin (NULL);

  cli_json_string (json, "method", lathe_map_names[m->map->method]);
  cli_json_int (json, "images", m->map->n);
  cli_json_int (json, "features", m->features->n_features);
  cli_json_int (json, "wrong", count_wrong (m));
  cli_json_real (json, "agreement", m->agreement);
  if (m->map->method == LATHE_MAP_TSNE)
    {
      cli_json_real (json, "perplexity", m->options.perplexity);
      cli_json_int (json, "iterations", m->options.iterations);
      cli_json_int (json, "seed", m->options.seed);
      cli_json_real (json, "divergence", m->map->cost);
    }
  else
    {
      cli_json_real (json, "x_share", m->map->shares[0]);
      cli_json_real (json, "y_share", m->map->shares[1]);
    }
  cli_json_end (json);
}

static void
print_text (const Map *m)
{
  g_autofree char *agreement = cli_percent (m->agreement), *n = cli_count (m->map->n),
                  *wrong = cli_count (count_wrong (m));
  g_autofree char *x = cli_percent (m->map->shares[0]), *y = cli_percent (m->map->shares[1]);

  g_print (_ ("%s images, of which %s are taken for another class; %s\n"), n, wrong,
           _ (lathe_map_titles[m->map->method]));
  g_print (_ ("Of the %d nearest to an image on the map, %s are of its class\n"), NEAREST, agreement);
  if (m->map->method == LATHE_MAP_PCA)
    g_print (_ ("The axes hold %s and %s of what the images differ in\n"), x, y);
}

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_auto (Map) m = {.dataset_options = LATHE_DATASET_OPTIONS_DEFAULT, .options = LATHE_MAP_OPTIONS_DEFAULT};

  if (!read_question (&m, command, argc, argv, error) || !open_all (&m, error) || !lay_out (&m, error) ||
      !save (&m, error))
    return CLI_FAILED;
  if (m.call.json)
    print_json (&m);
  else
    print_text (&m);
  return CLI_DONE;
}

const CliCommand cli_map = {
    .name = "map",
    .operands = N_ ("MODEL SOURCE|PROJECT"),
    .summary = N_ ("Lay images out in a plane by what a model sees in them"),
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
