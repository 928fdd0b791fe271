/* lathe-verify.c: trains a run anew from its seed, to see whether the same comes of it.
 *
 * The list has the network, the settings, what was changed of them on the way, the split and what was decided about
 * the images; the images are where they were, and their fingerprint tells whether they still are what they were.
 * Nothing after the best epoch decides what the model is: there the replay ends.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-verify.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "base/lathe-error.h"
#include "base/lathe-json.h"
#include "formats/lathe-model-file.h"
#include "formats/lathe-pretrained.h"
#include "kernels/lathe-kernels.h"
#include "lathe-origin.h"
#include "lathe-runs-private.h"
#include "lathe-split-json.h"

#define MAX_NAMED 3 /* classes that are named as other than they were */

typedef struct
{
  LatheRuns *runs;
  LatheRun *run;
  LatheOrigin *origin;
  LatheModel *began_with; /* a person's; or NULL */
  LatheGrowth growth;     /* owns what it has; without a model: it was not grown */
  LatheProgressFunc progress;
  gpointer progress_data;
  GCancellable *cancellable;

  LatheDataset *dataset;
  LatheGraph *graph;
  LathePreprocess preprocess;
  LatheHyperparameters hyperparameters;
  LatheInheritance *inheritance; /* or NULL */
  LatheTrainer *trainer;
} Replay;

static void
replay_clear (Replay *replay)
{
  g_clear_pointer (&replay->trainer, lathe_trainer_free);
  g_clear_pointer (&replay->inheritance, lathe_inheritance_free);
  g_clear_pointer (&replay->growth.from, lathe_model_unref);
  g_clear_pointer (&replay->graph, lathe_graph_free);
  g_clear_pointer (&replay->dataset, lathe_dataset_unref);
  g_clear_pointer (&replay->origin, lathe_origin_free);
  g_clear_pointer (&replay->run, lathe_run_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Replay, replay_clear)

void
lathe_verdict_clear (LatheVerdict *verdict)
{
  g_clear_pointer (&verdict->weights, g_free);
  g_clear_pointer (&verdict->why, g_free);
}

/* --- Whether it can be replayed --- */

static gboolean
refuse (const Replay *replay, const char *reason, GError **error)
{
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("Run %" PRId64 " cannot be verified: %s"), replay->run->id,
               reason);
  return FALSE;
}

static gboolean
check_run (const Replay *replay, GError **error)
{
  const LatheRun *run = replay->run;

  if (run->state <= LATHE_RUN_PAUSED)
    return refuse (replay, _ ("it is still going on. Wait for its end, or stop it"), error);
  if (*run->weights == '\0')
    return refuse (replay, _ ("it ended without a model, so there is nothing to compare with"), error);
  if (run->scores.best_epoch == 0 && *run->from == '\0')
    return refuse (replay, _ ("it was stopped within its first epoch, and at which step is not known"), error);
  return TRUE;
}

static gboolean
check_origin (const Replay *replay, GError **error)
{
  if (*replay->origin->teacher != '\0')
    return refuse (replay, _ ("it learned from another model’s answers, and only which one is written down"), error);
  return !replay->origin->changed ||
         refuse (replay,
                 _ ("it was taken up again with other settings than it began with, and at which step is not known"),
                 error);
}

/* --- The images --- */

static char *
write_counts (JsonArray *counts)
{
  gint64 n[LATHE_N_SPLITS] = {0};

  for (guint i = 0; i < LATHE_N_SPLITS && counts != NULL && i < json_array_get_length (counts); i++)
    n[i] = json_array_get_int_element (counts, i);
  return g_strdup_printf ("%" PRId64 "/%" PRId64 "/%" PRId64, n[0], n[1], n[2]);
}

static JsonArray *
get_counts (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

/* One class, where it is not as it was. */
static void
compare_class (GPtrArray *said, const char *escaped, JsonArray *before, JsonArray *now)
{
  g_autofree char *name = lathe_json_unescape (escaped);
  g_autofree char *was = write_counts (before), *is = write_counts (now);

  if (before != NULL && now == NULL)
    g_ptr_array_add (said, g_strdup_printf (_ ("the class “%s” is gone"), name));
  else if (before == NULL)
    g_ptr_array_add (said, g_strdup_printf (_ ("the class “%s” is new"), name));
  else if (!g_str_equal (was, is))
    g_ptr_array_add (
        said, g_strdup_printf (_ ("“%s” had %s images to train, validate and test, and has %s now"), name, was, is));
}

/* (transfer full): a clause that says what is another than it was. */
static char *
tell_difference (const char *before, const char *now)
{
  g_autoptr (JsonNode) old = lathe_json_parse (before), current = lathe_json_parse (now);
  g_autoptr (GPtrArray) said = g_ptr_array_new_with_free_func (g_free);
  JsonObjectIter member;
  const char *name;
  JsonNode *node;

  if (old == NULL || !JSON_NODE_HOLDS_OBJECT (old) || current == NULL || !JSON_NODE_HOLDS_OBJECT (current))
    return g_strdup (_ ("what they were is not known any more"));
  json_object_iter_init (&member, json_node_get_object (old));
  while (json_object_iter_next (&member, &name, &node))
    compare_class (said, name, get_counts (json_node_get_object (old), name),
                   get_counts (json_node_get_object (current), name));
  json_object_iter_init (&member, json_node_get_object (current));
  while (json_object_iter_next (&member, &name, &node))
    if (!json_object_has_member (json_node_get_object (old), name))
      compare_class (said, name, NULL, json_node_get_array (node));
  if (said->len == 0)
    return g_strdup (_ ("there are as many of each class on each side, but some files are not what they were"));
  g_ptr_array_set_size (said, (int) MIN (said->len, MAX_NAMED));
  g_ptr_array_set_free_func (said, g_free);
  g_ptr_array_add (said, NULL);
  return g_strjoinv ("; ", (char **) said->pdata);
}

static gboolean
check_images (const Replay *replay, GError **error)
{
  g_autofree char *fingerprint = lathe_dataset_fingerprint (replay->dataset), *counts = NULL, *difference = NULL;

  if (g_str_equal (fingerprint, replay->origin->fingerprint))
    return TRUE;
  counts = lathe_dataset_count_json (replay->dataset);
  difference = tell_difference (replay->origin->counts, counts);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
               _ ("Run %" PRId64 " cannot be verified: the images in %s are not those that it learned from: %s"),
               replay->run->id, replay->run->source, difference);
  return FALSE;
}

/* As the run saw them: edited and divided. */
static gboolean
find_images (Replay *replay, GError **error)
{
  g_autoptr (JsonNode) node = lathe_json_parse (replay->run->split);
  g_autoptr (LatheDataset) scanned = NULL;
  g_autoptr (LatheEdits) edits = NULL;
  LatheDatasetOptions options;

  if (!lathe_split_read (node, &options))
    return refuse (replay, _ ("how its images were divided cannot be read"), error);
  scanned = lathe_dataset_scan (replay->run->source, &options, NULL, NULL, replay->cancellable, error);
  g_free ((char *) options.labels);
  g_free ((char *) options.label_pattern);
  if (scanned == NULL)
    return FALSE;
  if (*replay->origin->edits != '\0' && (edits = lathe_origin_read_edits (replay->runs, replay->origin, error)) == NULL)
    return FALSE;
  replay->dataset =
      edits != NULL ? lathe_dataset_edit (scanned, edits, replay->cancellable, error) : g_steal_pointer (&scanned);
  return replay->dataset != NULL && check_images (replay, error);
}

/* --- What it began with --- */

static gboolean
is_the_one (const Replay *replay, const LatheModel *model)
{
  g_autofree char *weights = lathe_model_weights_sha256 (model);

  return g_str_equal (weights, replay->origin->model);
}

/* Of a run of the same list, where its file is still there and still the same. (transfer full) (nullable) */
static LatheModel *
find_among_runs (const Replay *replay)
{
  g_autoptr (LatheStatement) statement = lathe_runs_prepare (
      replay->runs, "SELECT model FROM run WHERE weights = :weights AND model != '' ORDER BY id DESC", NULL);

  if (statement == NULL)
    return NULL;
  lathe_statement_bind_text (statement, ":weights", replay->origin->model);
  while (sqlite3_step (statement) == SQLITE_ROW)
    {
      g_autoptr (LatheModel) model = lathe_model_load ((const char *) sqlite3_column_text (statement, 0), NULL);

      if (model != NULL && is_the_one (replay, model))
        return g_steal_pointer (&model);
    }
  return NULL;
}

/* The layers that went on then, whatever else would fit. */
static gboolean
inherit (Replay *replay, LatheModel *model, GError **error)
{
  replay->inheritance = lathe_inheritance_new (model, replay->graph, lathe_dataset_get_classes (replay->dataset), NULL);
  for (char **layer = replay->origin->layers; *layer != NULL; layer++)
    if (!lathe_inheritance_has (replay->inheritance, *layer))
      return refuse (replay, _ ("the model that it began with does not fit its network any more"), error);
  g_strfreev (replay->inheritance->layers);
  replay->inheritance->layers = g_strdupv (replay->origin->layers);
  return TRUE;
}

/* The pretrained one of that name, or the file. (transfer full) (nullable) */
static LatheModel *
find_where_it_was (const Replay *replay)
{
  g_autoptr (LatheModel) model = lathe_pretrained_load (replay->run->from, NULL);

  return model != NULL && is_the_one (replay, model) ? g_steal_pointer (&model) : NULL;
}

/* `model`: (transfer full) */
static gboolean
grow (Replay *replay, LatheModel *model, GError **error)
{
  replay->growth.from = model;
  replay->growth.name = replay->run->from;
  return lathe_runs_read_growth (replay->runs, replay->run->id, &replay->growth, error);
}

static gboolean
find_beginning (Replay *replay, GError **error)
{
  g_autoptr (LatheModel) model = NULL;

  if (*replay->origin->model == '\0')
    return TRUE;
  if (replay->began_with != NULL)
    model = is_the_one (replay, replay->began_with) ? lathe_model_ref (replay->began_with) : NULL;
  else
    model = find_among_runs (replay);
  if (model == NULL && replay->began_with == NULL && *replay->run->from != '\0')
    model = find_where_it_was (replay);
  if (model != NULL && *replay->run->from != '\0')
    return grow (replay, g_steal_pointer (&model), error);
  if (model != NULL)
    return inherit (replay, model, error);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
               _ ("Run %" PRId64 " cannot be verified: it began with what another model had learned, and that model "
                  "(its weights’ SHA-256 is %s) is not at hand. “lathe-cli runs LIST %" PRId64
                  " --verify --weights MODEL” takes it from a file"),
               replay->run->id, replay->origin->model, replay->run->id);
  return FALSE;
}

/* --- Replaying --- */

/* On the trainer's thread, which this one waits for. */
static void
on_snapshot (LatheSnapshot *snapshot, gpointer data)
{
  Replay *replay = data;
  guint n = snapshot->finished->len, best = replay->run->scores.best_epoch;

  if (best == 0) /* nothing beat what it had grown, and that is known at its end */
    best = replay->run->epoch;
  if (n >= best || g_cancellable_is_cancelled (replay->cancellable))
    lathe_trainer_stop (replay->trainer);
  if (replay->progress != NULL && snapshot->steps > 0)
    replay->progress (MIN (n * snapshot->steps + (n < snapshot->epoch ? snapshot->step : 0), best * snapshot->steps),
                      best * snapshot->steps, replay->progress_data);
}

static gboolean
prepare (Replay *replay, gint64 id, guint n_threads, GError **error)
{
  replay->run = lathe_runs_find (replay->runs, id, error);
  if (replay->run == NULL || !check_run (replay, error))
    return FALSE;
  replay->origin = lathe_origin_read (replay->runs, id, error);
  if (replay->origin == NULL || !check_origin (replay, error) ||
      !lathe_runs_settings (replay->runs, id, &replay->graph, &replay->preprocess, error) ||
      !lathe_hyperparameters_from_json (replay->run->hyperparameters, &replay->hyperparameters, error) ||
      !find_images (replay, error) || !find_beginning (replay, error))
    return FALSE;
  replay->hyperparameters.threads = n_threads;
  replay->trainer = lathe_trainer_new (replay->dataset, replay->graph, &replay->preprocess, &replay->hyperparameters,
                                       on_snapshot, replay, error);
  if (replay->trainer == NULL)
    return FALSE;
  if (replay->inheritance != NULL)
    lathe_trainer_begin_with (replay->trainer, replay->inheritance);
  if (replay->growth.from != NULL)
    lathe_trainer_grow_on (replay->trainer, &replay->growth);
  lathe_trainer_replay (replay->trainer, replay->run->changes);
  return TRUE;
}

/* (transfer full) (nullable) */
static char *
find_cause (const Replay *replay)
{
  const char *kernels = lathe_kernels_for (replay->hyperparameters.precision)->name;

  if (!g_str_equal (kernels, replay->origin->kernels))
    return g_strdup_printf (_ ("It was worked out by the kernels “%s”, and this machine has “%s”, which may round "
                               "otherwise."),
                            replay->origin->kernels, kernels);
  if (!g_str_equal (LATHE_VERSION, replay->run->program))
    return g_strdup_printf (_ ("It was trained by version %s of Lathe, and this is %s."), replay->run->program,
                            LATHE_VERSION);
  return NULL;
}

static void
on_cancelled (GCancellable *cancellable, gpointer trainer)
{
  lathe_trainer_stop (trainer);
}

/**
 * lathe_runs_verify:
 * @began_with: (nullable): the model that the run began with, where it did; NULL: it is looked for among the runs
 * @n_threads: 0: as many as the machine has cores; the verdict does not depend on it
 * @progress: (nullable): steps; called on a thread of the replay
 * @verdict: (out): untouched on failure
 *
 * Takes as long as the run took until its best epoch, and writes nothing. Whether the weights are the same is the
 * verdict's; that it cannot be found out is an error that says why.
 * Errors: LATHE_ERROR_INVALID (it is still going on, has no model, was taken up with other settings),
 * LATHE_ERROR_UNSUPPORTED (of an older version), LATHE_ERROR_DATA (the images, what was decided about them or the model
 * that it began with are others, or not at hand), those of lathe_dataset_scan() and of training, G_IO_ERROR_CANCELLED.
 */
gboolean
lathe_runs_verify (LatheRuns *runs, gint64 id, LatheModel *began_with, guint n_threads, LatheProgressFunc progress,
                   gpointer progress_data, GCancellable *cancellable, LatheVerdict *verdict, GError **error)
{
  g_auto (Replay) replay = {.runs = runs,
                            .began_with = began_with,
                            .progress = progress,
                            .progress_data = progress_data,
                            .cancellable = cancellable};
  g_autoptr (LatheSnapshot) end = NULL;
  gulong handler;

  if (!prepare (&replay, id, n_threads, error))
    return FALSE;
  handler =
      cancellable != NULL ? g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), replay.trainer, NULL) : 0;
  lathe_trainer_start (replay.trainer);
  end = lathe_trainer_wait (replay.trainer);
  g_cancellable_disconnect (cancellable, handler);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (end->state == LATHE_TRAINER_FAILED)
    {
      g_propagate_prefixed_error (error, g_error_copy (end->error),
                                  _ ("The run went on to its end, and its replay did "
                                     "not: "));
      return FALSE;
    }
  *verdict = (LatheVerdict){
      .weights = lathe_model_weights_sha256 (end->best), .epochs = end->finished->len, .seconds = end->elapsed};
  verdict->same = g_str_equal (verdict->weights, replay.run->weights);
  verdict->why = verdict->same ? NULL : find_cause (&replay);
  return TRUE;
}
