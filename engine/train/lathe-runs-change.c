/* lathe-runs-change.c: what a person or another program says of listed trainings.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "base/lathe-error.h"
#include "formats/lathe-checkpoint.h"
#include "lathe-runs-private.h"

/* --- What a person changes --- */

/* One column of one run. */
static gboolean
set_text (LatheRuns *runs, const char *sql, gint64 id, const char *text, GError **error)
{
  g_autoptr (LatheRun) run = lathe_runs_find (runs, id, error);
  g_autoptr (LatheStatement) statement = run != NULL ? lathe_runs_prepare (runs, sql, error) : NULL;

  if (statement == NULL)
    return FALSE;
  lathe_statement_bind_int (statement, ":id", id);
  lathe_statement_bind_text (statement, ":value", text);
  return lathe_runs_do (runs, statement, error);
}

gboolean
lathe_runs_set_name (LatheRuns *runs, gint64 id, const char *name, GError **error)
{
  return set_text (runs, "UPDATE run SET name = :value WHERE id = :id", id, name, error);
}

gboolean
lathe_runs_set_note (LatheRuns *runs, gint64 id, const char *note, GError **error)
{
  return set_text (runs, "UPDATE run SET note = :value WHERE id = :id", id, note, error);
}

gboolean
lathe_runs_set_tags (LatheRuns *runs, gint64 id, const char *tags, GError **error)
{
  return set_text (runs, "UPDATE run SET tags = :value WHERE id = :id", id, tags, error);
}

/* Out of the list, or back into it. Nothing is lost until lathe_runs_purge(). */
gboolean
lathe_runs_set_deleted (LatheRuns *runs, gint64 id, gboolean deleted, GError **error)
{
  g_autofree char *when = g_strdup_printf ("%" G_GINT64_FORMAT, deleted ? g_get_real_time () : 0);

  return set_text (runs, "UPDATE run SET deleted = CAST(:value AS INTEGER) WHERE id = :id", id, when, error);
}

/* The model and whatever else lies in the run's own folder, which holds no folders. */
static void
remove_folder (LatheRuns *runs, gint64 id)
{
  g_autofree char *folder = lathe_runs_folder (runs, id);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
}

/* A checkpoint beside the list is the list's own; one elsewhere is a person's, who still can go on with it. */
static void
remove_checkpoint (LatheRuns *runs, const char *path)
{
  g_autofree char *beside = g_path_get_dirname (runs->path), *inside = g_strconcat (beside, "/", NULL);

  if (path != NULL && g_str_has_prefix (path, inside))
    lathe_checkpoint_remove (path);
}

/**
 * lathe_runs_purge:
 * @older: microseconds
 *
 * Runs that were deleted longer ago than this are gone for good, with the models in their folders and the
 * checkpoints beside the list. Whoever goes on with a checkpoint elsewhere still can.
 */
gboolean
lathe_runs_purge (LatheRuns *runs, gint64 older, GError **error)
{
  g_autoptr (LatheStatement) statement = lathe_runs_prepare (
      runs, "DELETE FROM run WHERE deleted != 0 AND deleted <= :limit RETURNING id, checkpoint", error);
  g_autoptr (GArray) gone = g_array_new (FALSE, FALSE, sizeof (gint64));
  int status;

  if (statement == NULL)
    return FALSE;
  lathe_statement_bind_int (statement, ":limit", g_get_real_time () - older);
  while ((status = sqlite3_step (statement)) == SQLITE_ROW)
    {
      gint64 id = sqlite3_column_int64 (statement, 0);

      g_array_append_val (gone, id);
      remove_checkpoint (runs, (const char *) sqlite3_column_text (statement, 1));
    }
  if (status != SQLITE_DONE)
    return lathe_runs_fail (runs, error);
  for (guint i = 0; i < gone->len; i++)
    remove_folder (runs, g_array_index (gone, gint64, i));
  return TRUE;
}

/* --- Between programs --- */

/**
 * lathe_runs_ask:
 *
 * Asks the program that trains, of which the answer is the run's state, within half a second.
 * Errors: LATHE_ERROR_INVALID when the run is not under way.
 */
gboolean
lathe_runs_ask (LatheRuns *runs, gint64 id, LatheRunWish wish, GError **error)
{
  g_autoptr (LatheRun) run = lathe_runs_find (runs, id, error);
  g_autoptr (LatheStatement) statement = NULL;

  if (run == NULL)
    return FALSE;
  if (run->state > LATHE_RUN_PAUSED)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                   _ ("Run %" PRId64 " is not under way: it cannot be paused, resumed or stopped"), id);
      return FALSE;
    }
  statement = lathe_runs_prepare (runs, "INSERT INTO wish (run, wish) VALUES (:id, :wish)", error);
  if (statement == NULL)
    return FALSE;
  lathe_statement_bind_int (statement, ":id", id);
  lathe_statement_bind_int (statement, ":wish", wish);
  return lathe_runs_do (runs, statement, error);
}

/* The oldest that was not taken yet, for the program that trains. */
LatheRunWish
lathe_runs_take_wish (LatheRuns *runs, gint64 id)
{
  g_autoptr (LatheStatement) statement = lathe_runs_prepare (
      runs, "DELETE FROM wish WHERE id = (SELECT min(id) FROM wish WHERE run = :id) RETURNING wish", NULL);

  if (statement == NULL)
    return LATHE_RUN_ASKED_NOTHING;
  lathe_statement_bind_int (statement, ":id", id);
  if (sqlite3_step (statement) != SQLITE_ROW)
    return LATHE_RUN_ASKED_NOTHING;
  return CLAMP (sqlite3_column_int64 (statement, 0), LATHE_RUN_ASKED_NOTHING, LATHE_RUN_ASKED_TO_STOP);
}
