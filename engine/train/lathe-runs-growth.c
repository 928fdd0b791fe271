/* lathe-runs-growth.c: on which model a run was grown, and what came of that.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "base/lathe-error.h"
#include "lathe-runs-private.h"

/* Of a run that begins. */
gboolean
lathe_runs_write_growth (LatheRuns *runs, gint64 id, const LatheGrowth *growth, GError **error)
{
  g_autoptr (LatheStatement) statement = lathe_runs_prepare (
      runs, "INSERT INTO growth (run, model, learning, norms) VALUES (:id, :model, :learning, :norms)", error);

  if (statement == NULL)
    return FALSE;
  lathe_statement_bind_int (statement, ":id", id);
  lathe_statement_bind_text (statement, ":model", growth->name);
  lathe_statement_bind_int (statement, ":learning", growth->n_learning);
  lathe_statement_bind_int (statement, ":norms", growth->norms_learn);
  return lathe_runs_do (runs, statement, error);
}

/* Of one that ends. */
gboolean
lathe_runs_write_transfer (LatheRuns *runs, gint64 id, const LatheTransfer *transfer, GError **error)
{
  g_autoptr (LatheStatement) statement =
      lathe_runs_prepare (runs, "UPDATE growth SET transfer = :transfer WHERE run = :id", error);
  g_autofree char *text = lathe_transfer_to_json (transfer);

  if (statement == NULL)
    return FALSE;
  lathe_statement_bind_int (statement, ":id", id);
  lathe_statement_bind_text (statement, ":transfer", text);
  return lathe_runs_do (runs, statement, error);
}

/* A row about the run, or NULL: with an error, or there is none. */
static LatheStatement *
find_row (LatheRuns *runs, gint64 id, GError **error)
{
  g_autoptr (LatheStatement) row =
      lathe_runs_prepare (runs, "SELECT learning, norms, transfer FROM growth WHERE run = :id", error);
  int status;

  if (row == NULL)
    return NULL;
  lathe_statement_bind_int (row, ":id", id);
  status = sqlite3_step (row);
  if (status == SQLITE_ROW)
    return g_steal_pointer (&row);
  if (status != SQLITE_DONE)
    lathe_runs_fail (runs, error);
  return NULL;
}

/* What it was to be, into a growth that has its model. */
gboolean
lathe_runs_read_growth (LatheRuns *runs, gint64 id, LatheGrowth *growth, GError **error)
{
  g_autoptr (LatheStatement) row = find_row (runs, id, error);

  if (row == NULL)
    return FALSE;
  growth->n_learning = (guint) CLAMP (sqlite3_column_int64 (row, 0), 0, LATHE_ALL_LAYERS);
  growth->norms_learn = sqlite3_column_int (row, 1) != 0;
  return TRUE;
}

/**
 * lathe_runs_transfer:
 *
 * Returns: (transfer full) (nullable): what came of growing it, without a model; NULL without an error where it was not
 * grown, or has not come so far
 */
LatheTransfer *
lathe_runs_transfer (LatheRuns *runs, gint64 id, GError **error)
{
  g_autoptr (LatheStatement) row = find_row (runs, id, error);

  return row != NULL ? lathe_transfer_from_json ((const char *) sqlite3_column_text (row, 2)) : NULL;
}
