/* lathe-origin.c: all that decides what comes of a run, besides its network and its settings.
 *
 * Two tables of the list: `origin` has a row for each run, and `edits` what was decided about the images, once for all
 * runs that saw the same.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-origin.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/lathe-error.h"
#include "base/lathe-json.h"
#include "kernels/lathe-kernels.h"
#include "lathe-runs-private.h"
#include "lathe-split-json.h"
#include "lathe-trainer-private.h"

#define LONGEST_EDITS (12u << 20) /* bytes, packed: as a checkpoint keeps them */

void
lathe_origin_free (LatheOrigin *origin)
{
  g_free (origin->fingerprint);
  g_free (origin->counts);
  g_free (origin->edits);
  g_free (origin->model);
  g_free (origin->kernels);
  g_free (origin->teacher);
  g_strfreev (origin->layers);
  g_free (origin);
}

/* (transfer full): {"class":[to train, to validate, to test]}, by the classes' order */
char *
lathe_dataset_count_json (LatheDataset *dataset)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  const char *const *classes = lathe_dataset_get_classes (dataset);

  json_builder_begin_object (json);
  for (guint k = 0; classes[k] != NULL; k++)
    {
      g_autofree char *name = lathe_json_escape (classes[k]);

      json_builder_set_member_name (json, name);
      json_builder_begin_array (json);
      for (int side = 0; side < LATHE_N_SPLITS; side++)
        json_builder_add_int_value (json, lathe_dataset_count (dataset, (int) k, side));
      json_builder_end_array (json);
    }
  json_builder_end_object (json);
  return lathe_json_finish (json);
}

/* (transfer full) (nullable): as a file would hold them */
static char *
edits_of (LatheDataset *dataset)
{
  const LatheEdits *edits = lathe_dataset_get_edits (dataset);

  return edits != NULL && !lathe_edits_is_empty (edits) ? lathe_edits_pack (edits) : NULL;
}

/* --- Writing --- */

static gboolean
write_edits (LatheRuns *runs, const char *packed, const char *sha256, GError **error)
{
  g_autoptr (LatheStatement) statement = NULL;

  if (packed == NULL || strlen (packed) > LONGEST_EDITS)
    return TRUE;
  statement = lathe_runs_prepare (runs, "INSERT OR IGNORE INTO edits VALUES (:sha256, :edits)", error);
  if (statement == NULL)
    return FALSE;
  lathe_statement_bind_text (statement, ":sha256", sha256);
  lathe_statement_bind_text (statement, ":edits", packed);
  return lathe_runs_do (runs, statement, error);
}

static char *
sha256_of (const char *text)
{
  return text != NULL ? g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1) : g_strdup ("");
}

/**
 * lathe_origin_write:
 * @trainer: that is about to begin
 *
 * Errors: as lathe_runs_open()
 */
gboolean
lathe_origin_write (LatheRuns *runs, gint64 id, const LatheTrainer *trainer, GError **error)
{
  const LatheInheritance *inheritance = trainer->inheritance;
  g_autofree char *packed = edits_of (trainer->dataset), *edits = sha256_of (packed);
  g_autofree char *fingerprint = lathe_dataset_fingerprint (trainer->dataset);
  g_autofree char *counts = lathe_dataset_count_json (trainer->dataset);
  LatheModel *beginning = inheritance != NULL ? inheritance->model : trainer->growth.from;
  g_autofree char *model = beginning != NULL ? lathe_model_weights_sha256 (beginning) : NULL;
  g_autofree char *teacher = lathe_trainer_describe_teacher (trainer);
  g_autofree char *layers = inheritance != NULL ? g_strjoinv (",", inheritance->layers) : NULL;
  g_autoptr (LatheStatement) statement = lathe_runs_prepare (
      runs,
      "INSERT INTO origin (run, fingerprint, counts, edits, model, layers, kernels, teacher) VALUES "
      "(:id, :fingerprint, :counts, :edits, :model, :layers, :kernels, :teacher)",
      error);

  if (statement == NULL)
    return FALSE;
  lathe_statement_bind_int (statement, ":id", id);
  lathe_statement_bind_text (statement, ":fingerprint", fingerprint);
  lathe_statement_bind_text (statement, ":counts", counts);
  lathe_statement_bind_text (statement, ":edits", edits);
  lathe_statement_bind_text (statement, ":model", model);
  lathe_statement_bind_text (statement, ":layers", layers);
  lathe_statement_bind_text (statement, ":kernels", lathe_kernels_for (trainer->hyperparameters.precision)->name);
  lathe_statement_bind_text (statement, ":teacher", teacher);
  return lathe_runs_do (runs, statement, error) && write_edits (runs, packed, edits, error);
}

/* What was changed on its way is written down with its step, and is not another setting. Neither how many threads it
 * goes on with nor how often it is saved decides what is learned. */
static gboolean
same_settings (const LatheTrainer *trainer, const char *before)
{
  const LatheHyperparameters *now = &trainer->hyperparameters;
  LatheHyperparameters then;

  if (!lathe_hyperparameters_from_json (before, &then, NULL))
    return FALSE;
  lathe_changes_apply (trainer->unfinished->changes, &then);
  then.threads = now->threads;
  then.checkpoint_minutes = now->checkpoint_minutes;
  return lathe_hyperparameters_equal (&then, now);
}

/**
 * lathe_origin_take_up:
 *
 * Of a run that goes on: notes whether it does so with other settings. Errors: as lathe_runs_open()
 */
gboolean
lathe_origin_take_up (LatheRuns *runs, gint64 id, const LatheTrainer *trainer, GError **error)
{
  g_autoptr (LatheRun) run = lathe_runs_find (runs, id, error);
  g_autoptr (LatheStatement) statement = NULL;

  if (run == NULL || same_settings (trainer, run->hyperparameters))
    return run != NULL;
  statement = lathe_runs_prepare (runs, "UPDATE origin SET changed = 1 WHERE run = :id", error);
  if (statement == NULL)
    return FALSE;
  lathe_statement_bind_int (statement, ":id", id);
  return lathe_runs_do (runs, statement, error);
}

/* --- Reading --- */

static char *
get_text (LatheStatement *row, int column)
{
  const unsigned char *text = sqlite3_column_text (row, column);

  return g_strdup (text != NULL ? (const char *) text : "");
}

/**
 * lathe_origin_read:
 *
 * Returns: (transfer full) (nullable): NULL with LATHE_ERROR_UNSUPPORTED when an older version has not written it down
 */
LatheOrigin *
lathe_origin_read (LatheRuns *runs, gint64 id, GError **error)
{
  g_autoptr (LatheStatement) row = lathe_runs_prepare (
      runs, "SELECT fingerprint, counts, edits, model, layers, kernels, changed, teacher FROM origin WHERE run = :id",
      error);
  g_autofree char *layers = NULL;
  LatheOrigin *origin;
  int status;

  if (row == NULL)
    return NULL;
  lathe_statement_bind_int (row, ":id", id);
  status = sqlite3_step (row);
  if (status == SQLITE_DONE)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
                 _ ("Run %" PRId64 " was written down by an older version of Lathe, which did not note which images it "
                    "saw and what it began with: it cannot be verified"),
                 id);
  else if (status != SQLITE_ROW)
    lathe_runs_fail (runs, error);
  if (status != SQLITE_ROW)
    return NULL;
  layers = get_text (row, 4);
  origin = g_new (LatheOrigin, 1);
  *origin = (LatheOrigin){.fingerprint = get_text (row, 0),
                          .counts = get_text (row, 1),
                          .edits = get_text (row, 2),
                          .model = get_text (row, 3),
                          .layers = g_strsplit (layers, ",", -1),
                          .kernels = get_text (row, 5),
                          .changed = sqlite3_column_int (row, 6) != 0,
                          .teacher = get_text (row, 7)};
  return origin;
}

/**
 * lathe_origin_read_edits:
 *
 * Returns: (transfer full): what was decided about the images; NULL with LATHE_ERROR_DATA when it is not at hand
 */
LatheEdits *
lathe_origin_read_edits (LatheRuns *runs, const LatheOrigin *origin, GError **error)
{
  g_autoptr (LatheStatement) row = lathe_runs_prepare (runs, "SELECT edits FROM edits WHERE sha256 = :sha256", error);
  g_autofree char *packed = NULL, *sha256 = NULL;

  if (row == NULL)
    return NULL;
  lathe_statement_bind_text (row, ":sha256", origin->edits);
  if (sqlite3_step (row) == SQLITE_ROW)
    packed = get_text (row, 0);
  sha256 = sha256_of (packed);
  if (packed != NULL && g_str_equal (sha256, origin->edits))
    return lathe_edits_unpack (packed, error);
  g_set_error (
      error, LATHE_ERROR, LATHE_ERROR_DATA,
      _ ("What had been decided about the images (their classes, and which are left out) is not at hand: it was "
         "too long to be kept with the run"));
  return NULL;
}

/* --- The images --- */

/* (transfer full): as the run had them; where that is not known, as the dataset has them */
static LatheEdits *
find_edits (LatheRuns *runs, gint64 id, LatheDataset *dataset)
{
  g_autoptr (LatheOrigin) origin = lathe_origin_read (runs, id, NULL);
  const LatheEdits *now = lathe_dataset_get_edits (dataset);
  LatheEdits *edits = NULL;

  if (origin != NULL)
    edits = *origin->edits != '\0' ? lathe_origin_read_edits (runs, origin, NULL) : lathe_edits_new ();
  if (edits != NULL)
    return edits;
  return now != NULL ? lathe_edits_copy (now) : lathe_edits_new ();
}

static gboolean
read_split (LatheRuns *runs, gint64 id, LatheDatasetOptions *options, GError **error)
{
  g_autoptr (LatheRun) run = lathe_runs_find (runs, id, error);
  g_autoptr (JsonNode) node = run != NULL ? lathe_json_parse (run->split) : NULL;
  LatheDatasetOptions read;

  if (run == NULL)
    return FALSE;
  if (!lathe_split_read (node, &read))
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT,
                   _ ("How the images of run %" PRId64 " were divided cannot be read"), id);
      return FALSE;
    }
  g_free ((char *) read.labels);
  g_free ((char *) read.label_pattern);
  options->seed = read.seed;
  memcpy (options->share, read.share, sizeof options->share);
  return TRUE;
}

/**
 * lathe_origin_find_images:
 * @dataset: of the source that the run learned from, however it is edited and divided by now
 *
 * What came to the source since is divided as the run would have divided it: none of what it learned from changes its
 * side by that. Errors: as lathe_runs_find() and lathe_dataset_edit(), LATHE_ERROR_FORMAT.
 *
 * Returns: (transfer full): the images as the run saw them; the same dataset where it is so
 */
LatheDataset *
lathe_origin_find_images (LatheRuns *runs, gint64 id, LatheDataset *dataset, GCancellable *cancellable, GError **error)
{
  g_autoptr (LatheEdits) edits = find_edits (runs, id, dataset), none = lathe_edits_new ();
  const LatheEdits *now = lathe_dataset_get_edits (dataset);
  g_autoptr (LatheDataset) edited = NULL;
  LatheDatasetOptions options = *lathe_dataset_get_options (dataset);

  if (!read_split (runs, id, &options, error))
    return NULL;
  edited = lathe_edits_equal (edits, now != NULL ? now : none)
               ? lathe_dataset_ref (dataset)
               : lathe_dataset_edit (dataset, edits, cancellable, error);
  return edited != NULL ? lathe_dataset_resplit (edited, &options, error) : NULL;
}
