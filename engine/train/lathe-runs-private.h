/* lathe-runs-private.h: SQLite, as the files of the list of runs use it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <sqlite3.h>

#include "lathe-dynamics.h"
#include "lathe-runs.h"

G_BEGIN_DECLS

typedef sqlite3_stmt LatheStatement;

struct _LatheRuns
{
  sqlite3 *database;
  char *path;
};

/* lathe-runs.c */
gboolean lathe_runs_fail (LatheRuns *runs, GError **error);
LatheStatement *lathe_runs_prepare (LatheRuns *runs, const char *sql, GError **error);
void lathe_statement_free (LatheStatement *statement);
void lathe_statement_bind_text (LatheStatement *statement, const char *parameter, const char *text);
void lathe_statement_bind_int (LatheStatement *statement, const char *parameter, gint64 value);
void lathe_statement_bind_real (LatheStatement *statement, const char *parameter, double value);
void lathe_statement_bind_points (LatheStatement *statement, const GArray *points);
gboolean lathe_runs_do (LatheRuns *runs, LatheStatement *statement, GError **error);
gboolean lathe_runs_begin_change (LatheRuns *runs, GError **error);
gboolean lathe_runs_end_change (LatheRuns *runs, gboolean well, GError **error);
char *lathe_runs_process (void);
char *lathe_runs_machine (void);

/* lathe-runs-growth.c */
gboolean lathe_runs_write_growth (LatheRuns *runs, gint64 id, const LatheGrowth *growth, GError **error);
gboolean lathe_runs_write_transfer (LatheRuns *runs, gint64 id, const LatheTransfer *transfer, GError **error);
gboolean lathe_runs_read_growth (LatheRuns *runs, gint64 id, LatheGrowth *growth, GError **error);

/* lathe-runs-answers.c */
gboolean lathe_runs_write_answers (LatheRuns *runs, gint64 id, const GPtrArray *answers, guint first, GError **error);

/* lathe-runs-course.c */
gboolean lathe_runs_drop_epochs_after (LatheRuns *runs, gint64 id, guint n, GError **error);
gboolean lathe_runs_write_epochs (LatheRuns *runs, gint64 id, const GArray *finished, guint first, GError **error);
gboolean lathe_runs_write_layers (LatheRuns *runs, gint64 id, const GPtrArray *layers, guint first, GError **error);
gboolean lathe_runs_write_changes (LatheRuns *runs, gint64 id, const GArray *changes, GError **error);

/* lathe-dynamics.c */
gboolean lathe_runs_write_dynamics (LatheRuns *runs, gint64 id, const GArray *dynamics, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheStatement, lathe_statement_free)

G_END_DECLS
