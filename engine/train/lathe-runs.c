/* lathe-runs.c: the file in which all trainings of a project are listed.
 *
 * A write-ahead log lets one program write while others read, and whoever is killed in the middle of a change leaves
 * the list as it was before it (https://www.sqlite.org/wal.html). The log is flushed only now and then: a power cut may
 * take the newest seconds away, never the list.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-runs-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/lathe-error.h"
#include "lathe-project.h"

#define APPLICATION 0x4c617468 /* "Lath", in the file's header */
#define VERSION 1
#define PATIENCE 5000      /* milliseconds that another program may take for a change of its own */
#define RETRY 5000         /* microseconds until another try */
#define LONGEST (64 << 20) /* bytes of one text or blob */
#define CACHE_SIZE "-512"  /* kB, of each connection: the system keeps what was read, too */

const char *const lathe_run_state_names[] = {"under-way", "paused",     "finished", "stopped",
                                             "failed",    "broken-off", NULL};

const char *const lathe_run_state_titles[] = {N_ ("training"), N_ ("paused"), N_ ("finished"),
                                              N_ ("stopped"),  N_ ("failed"), N_ ("broken off")};

static const char schema[] =
    "CREATE TABLE run (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  name TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '', tags TEXT NOT NULL DEFAULT '',"
    "  sweep TEXT NOT NULL DEFAULT '', state INTEGER NOT NULL, process TEXT NOT NULL DEFAULT '',"
    "  began INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0, source TEXT NOT NULL, split TEXT NOT NULL,"
    "  network TEXT NOT NULL, graph TEXT NOT NULL, preprocess TEXT NOT NULL, hyperparameters TEXT NOT NULL,"
    "  parameters INTEGER NOT NULL, epochs INTEGER NOT NULL, epoch INTEGER NOT NULL DEFAULT 0,"
    "  seconds REAL NOT NULL DEFAULT 0, best_epoch INTEGER NOT NULL DEFAULT 0, validation_loss REAL,"
    "  validation_accuracy REAL, test_loss REAL, test_accuracy REAL, machine TEXT NOT NULL, program TEXT NOT NULL,"
    "  weights TEXT NOT NULL DEFAULT '', model TEXT NOT NULL DEFAULT '', checkpoint TEXT NOT NULL,"
    "  error TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE TABLE epoch (run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, epoch INTEGER NOT NULL, loss REAL,"
    "  accuracy REAL, validation_loss REAL, validation_accuracy REAL, validation_macro_f1 REAL, learning_rate REAL,"
    "  seconds REAL, images_per_second REAL, best INTEGER NOT NULL, PRIMARY KEY (run, epoch)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE points (id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,"
    "  points BLOB NOT NULL) STRICT;"
    "CREATE INDEX points_of_run ON points (run, id);"
    "CREATE TABLE wish (id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,"
    "  wish INTEGER NOT NULL) STRICT;"
    "CREATE INDEX wish_for_run ON wish (run, id);";

/* What came to the tables later. Each is added to a file that lacks it, in a way that an earlier version of Lathe can
 * go on to read and to write the file. */
static const struct
{
  const char *table, *column;
  const char *sql;
} additions[] = {
    /* Of each point: step, seconds, learning rate, norm of the gradient, as doubles. */
    {"points", "more", "ALTER TABLE points ADD COLUMN more BLOB"},
    {"epoch_course", "run",
     "CREATE TABLE epoch_course (run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, epoch INTEGER NOT NULL,"
     "  step REAL, elapsed REAL, reading REAL, forward REAL, backward REAL, optimizer REAL, validation REAL,"
     "  PRIMARY KEY (run, epoch)) STRICT, WITHOUT ROWID"},
    {"change", "run",
     "CREATE TABLE change (run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, number INTEGER NOT NULL,"
     "  step INTEGER NOT NULL, epoch REAL NOT NULL, name TEXT NOT NULL, layer TEXT NOT NULL, before REAL NOT NULL,"
     "  after REAL NOT NULL, PRIMARY KEY (run, number)) STRICT, WITHOUT ROWID"},
    {"origin", "run",
     "CREATE TABLE origin (run INTEGER PRIMARY KEY REFERENCES run ON DELETE CASCADE, fingerprint TEXT NOT NULL,"
     "  counts TEXT NOT NULL, edits TEXT NOT NULL, model TEXT NOT NULL, layers TEXT NOT NULL, kernels TEXT NOT NULL,"
     "  changed INTEGER NOT NULL DEFAULT 0) STRICT"},
    {"origin", "teacher", "ALTER TABLE origin ADD COLUMN teacher TEXT NOT NULL DEFAULT ''"},
    {"edits", "sha256", "CREATE TABLE edits (sha256 TEXT PRIMARY KEY, edits TEXT NOT NULL) STRICT, WITHOUT ROWID"},
    {"answer", "run",
     "CREATE TABLE answer (run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, epoch INTEGER NOT NULL,"
     "  place INTEGER NOT NULL, path TEXT NOT NULL, problem TEXT NOT NULL, probability BLOB NOT NULL,"
     "  PRIMARY KEY (run, epoch, place)) STRICT, WITHOUT ROWID"},
    /* Each a LatheDistribution, as it is in memory. */
    {"layer", "run",
     "CREATE TABLE layer (run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, epoch INTEGER NOT NULL,"
     "  place INTEGER NOT NULL, name TEXT NOT NULL, weights BLOB NOT NULL, activations BLOB NOT NULL,"
     "  units INTEGER NOT NULL, dead INTEGER NOT NULL, PRIMARY KEY (run, epoch, place)) STRICT, WITHOUT ROWID"},
    {"growth", "run",
     "CREATE TABLE growth (run INTEGER PRIMARY KEY REFERENCES run ON DELETE CASCADE, model TEXT NOT NULL,"
     "  learning INTEGER NOT NULL, norms INTEGER NOT NULL, transfer TEXT NOT NULL DEFAULT '') STRICT"},
    {"dynamics", "run",
     "CREATE TABLE dynamics (run INTEGER PRIMARY KEY REFERENCES run ON DELETE CASCADE, images BLOB NOT NULL) STRICT"},
};

/* Fills `error` with what SQLite last complained of. Returns: FALSE */
gboolean
lathe_runs_fail (LatheRuns *runs, GError **error)
{
  int code = sqlite3_errcode (runs->database) & 0xff;
  g_autofree char *name = g_filename_display_name (runs->path);
  const char *reason = sqlite3_errmsg (runs->database);

  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
    g_set_error (
        error, LATHE_ERROR, LATHE_ERROR_FORMAT,
        _ ("The list of trainings “%s” is damaged: %s. Move it elsewhere to begin a new one; the models beside "
           "it are still there"),
        name, reason);
  else if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO,
                 _ ("The list of trainings “%s” is held by another program. Try again"), name);
  else
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("The list of trainings “%s” cannot be used: %s"), name, reason);
  return FALSE;
}

static gboolean
run_sql (LatheRuns *runs, const char *sql, GError **error)
{
  return sqlite3_exec (runs->database, sql, NULL, NULL, NULL) == SQLITE_OK || lathe_runs_fail (runs, error);
}

/* Returns: (nullable): with an error */
LatheStatement *
lathe_runs_prepare (LatheRuns *runs, const char *sql, GError **error)
{
  LatheStatement *statement = NULL;

  if (sqlite3_prepare_v2 (runs->database, sql, -1, &statement, NULL) != SQLITE_OK)
    lathe_runs_fail (runs, error);
  return statement;
}

void
lathe_statement_free (LatheStatement *statement)
{
  sqlite3_finalize (statement);
}

/* NULL is the empty text; one that is no UTF-8 (a file's name may be none) is kept as it can be shown. */
void
lathe_statement_bind_text (LatheStatement *statement, const char *parameter, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);

  sqlite3_bind_text (statement, sqlite3_bind_parameter_index (statement, parameter), valid, -1, SQLITE_TRANSIENT);
}

void
lathe_statement_bind_int (LatheStatement *statement, const char *parameter, gint64 value)
{
  sqlite3_bind_int64 (statement, sqlite3_bind_parameter_index (statement, parameter), value);
}

/* NAN becomes NULL. */
void
lathe_statement_bind_real (LatheStatement *statement, const char *parameter, double value)
{
  sqlite3_bind_double (statement, sqlite3_bind_parameter_index (statement, parameter), value);
}

/* Runs one that gives no rows, and makes it ready for the next time. */
gboolean
lathe_runs_do (LatheRuns *runs, LatheStatement *statement, GError **error)
{
  gboolean well = sqlite3_step (statement) == SQLITE_DONE || lathe_runs_fail (runs, error);

  sqlite3_reset (statement);
  return well;
}

/* What is changed until the end is there as a whole or not at all, for every program. */
gboolean
lathe_runs_begin_change (LatheRuns *runs, GError **error)
{
  return run_sql (runs, "BEGIN IMMEDIATE", error);
}

gboolean
lathe_runs_end_change (LatheRuns *runs, gboolean well, GError **error)
{
  if (well && run_sql (runs, "COMMIT", error))
    return TRUE;
  sqlite3_exec (runs->database, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

static gint64
get_number (LatheRuns *runs, const char *sql)
{
  g_autoptr (LatheStatement) statement = lathe_runs_prepare (runs, sql, NULL);

  return statement != NULL && sqlite3_step (statement) == SQLITE_ROW ? sqlite3_column_int64 (statement, 0) : -1;
}

static gboolean
check_kind (LatheRuns *runs, GError **error)
{
  gint64 application = get_number (runs, "PRAGMA application_id"), version = get_number (runs, "PRAGMA user_version");
  g_autofree char *name = g_filename_display_name (runs->path);

  if (application < 0 || version < 0)
    return lathe_runs_fail (runs, error);
  if (application == APPLICATION && version <= VERSION)
    return TRUE;
  if (application == APPLICATION)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
                 _ ("The list of trainings “%s” was made by a newer version of Lathe: open it with that one"), name);
  else
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT,
                 _ ("“%s” is a database, but no list of trainings. Choose another file"), name);
  return FALSE;
}

/* Two programs may find the file new at once: SQLite refuses the second one without asking for its patience, as both
 * read it already and neither would give way (https://www.sqlite.org/c3ref/busy_handler.html). */
static gboolean
write_ahead (LatheRuns *runs, GError **error)
{
  gint64 until = g_get_monotonic_time () + PATIENCE * G_TIME_SPAN_MILLISECOND;
  int result;

  while ((result = sqlite3_exec (runs->database, "PRAGMA journal_mode = WAL", NULL, NULL, NULL)) == SQLITE_BUSY &&
         g_get_monotonic_time () < until)
    g_usleep (RETRY);
  return result == SQLITE_OK || lathe_runs_fail (runs, error);
}

/* A new file gets its tables. Two programs may find it new at once: the second one finds them made. */
static gboolean
make_tables (LatheRuns *runs, GError **error)
{
  g_autofree char *header =
      g_strdup_printf ("PRAGMA application_id = %d; PRAGMA user_version = %d;", APPLICATION, VERSION);

  if (get_number (runs, "PRAGMA application_id") == APPLICATION) /* no need to wait for who writes */
    return check_kind (runs, error);
  if (!lathe_runs_begin_change (runs, error))
    return FALSE;
  if (get_number (runs, "SELECT count(*) FROM sqlite_schema") != 0)
    return lathe_runs_end_change (runs, TRUE, error) && check_kind (runs, error);
  return lathe_runs_end_change (runs, run_sql (runs, schema, error) && run_sql (runs, header, error), error);
}

static gboolean
has_addition (LatheRuns *runs, guint i)
{
  g_autofree char *sql = g_strdup_printf ("SELECT count(*) FROM pragma_table_info('%s') WHERE name = '%s'",
                                          additions[i].table, additions[i].column);

  return get_number (runs, sql) > 0;
}

/* Another program may do the same meanwhile. */
static gboolean
add_missing (LatheRuns *runs, GError **error)
{
  gboolean complete = TRUE, well = TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (additions); i++)
    complete = complete && has_addition (runs, i);
  if (complete)
    return TRUE;
  if (!lathe_runs_begin_change (runs, error))
    return FALSE;
  for (guint i = 0; well && i < G_N_ELEMENTS (additions); i++)
    well = has_addition (runs, i) || run_sql (runs, additions[i].sql, error);
  return lathe_runs_end_change (runs, well, error);
}

/* The file may be anyone's: nothing that it holds is run, and nothing in it is believed to be small. */
static gboolean
set_up (LatheRuns *runs, GError **error)
{
  sqlite3_busy_timeout (runs->database, PATIENCE);
  sqlite3_limit (runs->database, SQLITE_LIMIT_LENGTH, LONGEST);
  sqlite3_db_config (runs->database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (runs->database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_db_config (runs->database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
  sqlite3_db_config (runs->database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
  return run_sql (runs,
                  "PRAGMA cell_size_check = ON; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
                  "PRAGMA cache_size = " CACHE_SIZE,
                  error) &&
         write_ahead (runs, error) && make_tables (runs, error) && add_missing (runs, error);
}

/* (transfer full): of the list in a folder of runs. */
char *
lathe_runs_path (const char *folder)
{
  return g_build_filename (folder, "runs.db", NULL);
}

/* (transfer full): the folder of a project's runs: NAME.runs beside NAME.lathe. */
char *
lathe_runs_beside (const char *project)
{
  gsize length = strlen (project);

  if (g_str_has_suffix (project, LATHE_PROJECT_SUFFIX))
    length -= strlen (LATHE_PROJECT_SUFFIX);
  return g_strdup_printf ("%.*s.runs", (int) length, project);
}

/* (transfer full): the folder of the runs of a source that is no project: where the window has them, too. */
char *
lathe_runs_of_source (const char *source)
{
  g_autofree char *project = lathe_belonging (source, "projects", LATHE_PROJECT_SUFFIX);

  return lathe_runs_beside (project);
}

/* The processor's name, and how many cores there are: “AMD EPYC 7B13 × 2”. */
char *
lathe_runs_machine (void)
{
  g_autofree char *text = NULL;
  const char *name = g_file_get_contents ("/proc/cpuinfo", &text, NULL, NULL) ? strstr (text, "model name\t: ") : NULL;
  g_autofree char *model = NULL;

  if (name != NULL)
    {
      name += strlen ("model name\t: ");
      model = g_strndup (name, strcspn (name, "\n"));
    }
  return g_strdup_printf ("%s × %u", model != NULL ? model : "?", lathe_default_threads ());
}

/**
 * lathe_runs_open:
 * @path: of the file, which is made where there is none, with the folder that it is in
 *
 * Returns: (transfer full): NULL with LATHE_ERROR_IO, LATHE_ERROR_FORMAT (damaged, or something else) or
 * LATHE_ERROR_UNSUPPORTED (of a newer version); each names the file
 */
LatheRuns *
lathe_runs_open (const char *path, GError **error)
{
  g_autoptr (LatheRuns) runs = g_new0 (LatheRuns, 1);
  g_autofree char *folder = g_path_get_dirname (path);

  runs->path = g_strdup (path);
  g_mkdir_with_parents (folder, 0700);
  if (sqlite3_open_v2 (path, &runs->database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW,
                       NULL) != SQLITE_OK ||
      !set_up (runs, error))
    {
      if (error != NULL && *error == NULL)
        lathe_runs_fail (runs, error);
      return NULL;
    }
  return g_steal_pointer (&runs);
}

void
lathe_runs_close (LatheRuns *runs)
{
  sqlite3_close (runs->database);
  g_free (runs->path);
  g_free (runs);
}

const char *
lathe_runs_get_path (const LatheRuns *runs)
{
  return runs->path;
}

/* Where a run's own files are: beside the list, under its number. (transfer full) */
char *
lathe_runs_folder (const LatheRuns *runs, gint64 id)
{
  g_autofree char *beside = g_path_get_dirname (runs->path);

  return g_strdup_printf ("%s/%" G_GINT64_FORMAT, beside, id);
}

/**
 * lathe_runs_version:
 *
 * Returns: a number that is another one after another connection, of this program or another, has changed the list;
 * costs some microseconds, to be asked now and then
 */
guint64
lathe_runs_version (LatheRuns *runs)
{
  return (guint64) get_number (runs, "PRAGMA data_version");
}

/* A training may have begun a list at the new place meanwhile: that one is open, and is not replaced. Where the file
 * system has no links, it is looked for a moment before. */
static gboolean
put_in_place (const char *part, const char *to)
{
  if (link (part, to) != 0 && errno != EEXIST && !g_file_test (to, G_FILE_TEST_EXISTS))
    return g_rename (part, to) == 0;
  g_unlink (part);
  return TRUE;
}

/**
 * lathe_runs_copy:
 * @to: where no list is yet; one that is there stays as it is
 *
 * Takes the whole list along to another place. What lies in the runs' own folders stays where it is, and is found
 * there. Errors: as lathe_runs_open()
 */
gboolean
lathe_runs_copy (const char *from, const char *to, GError **error)
{
  g_autoptr (LatheRuns) runs = NULL;
  g_autoptr (LatheStatement) statement = NULL;
  g_autofree char *folder = g_path_get_dirname (to), *part = g_strconcat (to, ".part", NULL);

  if (g_file_test (to, G_FILE_TEST_EXISTS) || !g_file_test (from, G_FILE_TEST_EXISTS))
    return TRUE;
  runs = lathe_runs_open (from, error);
  g_mkdir_with_parents (folder, 0700);
  g_unlink (part);
  statement = runs != NULL ? lathe_runs_prepare (runs, "VACUUM INTO :to", error) : NULL;
  if (statement == NULL)
    return FALSE;
  lathe_statement_bind_text (statement, ":to", part);
  if (!lathe_runs_do (runs, statement, error))
    return FALSE;
  if (put_in_place (part, to))
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("The list of trainings cannot be copied to “%s”: %s"), to,
               g_strerror (errno));
  return FALSE;
}
