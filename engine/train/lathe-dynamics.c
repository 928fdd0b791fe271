/* lathe-dynamics.c: what a network said of each image while it learned, as the list of runs keeps it.
 *
 * The table `dynamics` has a row for each run that came to its end or was stopped: 32 bytes an image that was learned
 * from or validated by, each a LatheDynamic as it is in memory. An image is known by its bytes, wherever it lies, and
 * by the label that it had: one that has another label since has to be looked at anew.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-dynamics.h"

#include <math.h>
#include <stdlib.h>

#include "lathe-runs-private.h"

#define MOST_BYTES (48 << 20) /* of a run: a million and a half images. More is not kept */

/* A damaged list or checkpoint may hold anything. */
gboolean
lathe_dynamic_makes_sense (const LatheDynamic *dynamic, guint n_classes)
{
  return dynamic->label < n_classes && dynamic->likelier < n_classes && dynamic->likelier != dynamic->label &&
         dynamic->times > 0 && dynamic->named <= dynamic->times && isfinite (dynamic->margin);
}

int
lathe_dynamic_compare (gconstpointer a, gconstpointer b)
{
  const LatheDynamic *x = a, *y = b;

  return x->image != y->image ? (x->image > y->image ? 1 : -1) : (x->label > y->label) - (x->label < y->label);
}

/**
 * lathe_dynamics_find:
 * @dynamics: (element-type LatheDynamic): in order, as lathe_dynamics_of_model() gives them
 *
 * Returns: (nullable): of the image when it had this label
 */
const LatheDynamic *
lathe_dynamics_find (const GArray *dynamics, const LatheImage *image, guint label)
{
  const LatheDynamic wanted = {.image = image->hash, .label = label};

  return dynamics->len > 0
             ? bsearch (&wanted, dynamics->data, dynamics->len, sizeof (LatheDynamic), lathe_dynamic_compare)
             : NULL;
}

/**
 * lathe_runs_write_dynamics:
 * @dynamics: (element-type LatheDynamic): in order
 *
 * Instead of what there is of this run.
 */
gboolean
lathe_runs_write_dynamics (LatheRuns *runs, gint64 id, const GArray *dynamics, GError **error)
{
  g_autoptr (LatheStatement) statement = NULL;
  gsize n_bytes = dynamics->len * sizeof (LatheDynamic);

  if (n_bytes > MOST_BYTES)
    return TRUE;
  statement = lathe_runs_prepare (runs, "INSERT OR REPLACE INTO dynamics VALUES (:id, :images)", error);
  if (statement == NULL)
    return FALSE;
  lathe_statement_bind_int (statement, ":id", id);
  sqlite3_bind_blob (statement, sqlite3_bind_parameter_index (statement, ":images"),
                     dynamics->data != NULL ? dynamics->data : "", (int) n_bytes, SQLITE_STATIC);
  return lathe_runs_do (runs, statement, error);
}

/* --- Reading --- */

static GArray *
read_row (LatheStatement *row, guint n_classes)
{
  GArray *dynamics = g_array_new (FALSE, FALSE, sizeof (LatheDynamic));
  guint n_kept = 0;

  g_array_append_vals (dynamics, sqlite3_column_blob (row, 0),
                       (guint) sqlite3_column_bytes (row, 0) / sizeof (LatheDynamic));
  for (guint i = 0; i < dynamics->len; i++)
    if (lathe_dynamic_makes_sense (&g_array_index (dynamics, LatheDynamic, i), n_classes))
      g_array_index (dynamics, LatheDynamic, n_kept++) = g_array_index (dynamics, LatheDynamic, i);
  g_array_set_size (dynamics, n_kept);
  g_array_sort (dynamics, lathe_dynamic_compare);
  return dynamics;
}

/**
 * lathe_dynamics_of_model:
 * @path: of a list of runs: lathe_runs_path()
 *
 * Returns: (transfer full) (nullable) (element-type LatheDynamic): of the newest run whose best weights are the
 * model's, in order; NULL where there is none in the list, or the list cannot be read, or an older version wrote the
 * run down
 */
GArray *
lathe_dynamics_of_model (const LatheModel *model, const char *path)
{
  g_autofree char *sha256 = NULL;
  g_autoptr (LatheRuns) runs = g_file_test (path, G_FILE_TEST_EXISTS) ? lathe_runs_open (path, NULL) : NULL;
  g_autoptr (LatheStatement) row =
      runs != NULL ? lathe_runs_prepare (runs,
                                         "SELECT images FROM dynamics JOIN run ON run.id = dynamics.run WHERE weights ="
                                         " :weights AND deleted = 0 ORDER BY run.id DESC LIMIT 1",
                                         NULL)
                   : NULL;

  if (row == NULL)
    return NULL;
  sha256 = lathe_model_weights_sha256 (model);
  lathe_statement_bind_text (row, ":weights", sha256);
  return sqlite3_step (row) == SQLITE_ROW ? read_row (row, lathe_model_get_n_labels (model)) : NULL;
}
