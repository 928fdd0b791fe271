/* lathe-network-file.c: a network out of a file of its own, and into one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-network-file.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-whole-file.h"

/**
 * lathe_network_file_is_text:
 * @path: a regular file's, so that opening it waits for nobody
 *
 * Returns: whether it is text that opens with a brace, as a network file is; whatever else there is, is taken for a
 * model file
 */
gboolean
lathe_network_file_is_text (const char *path)
{
  char head[64] = "";
  FILE *file = g_fopen (path, "rb");
  gsize n = file != NULL ? fread (head, 1, sizeof head - 1, file) : 0;

  if (file != NULL)
    fclose (file);
  return memchr (head, '\0', n) == NULL && *g_strchug (head) == '{';
}

/**
 * lathe_network_file_load:
 * @account: (out) (transfer full) (element-type utf8): a sentence for all that was wrong with the file, which is read
 * as far as it can be; empty when nothing was. NULL after an error
 *
 * Returns: (transfer full): the network, which need not work
 * Errors: LATHE_ERROR_IO for what is no file; those of lathe_graph_load_lenient().
 */
LatheGraph *
lathe_network_file_load (const char *path, GPtrArray **account, GError **error)
{
  *account = NULL;
  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return lathe_graph_load_lenient (path, account, error);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("“%s” is not a file; choose a network file (.json)"), path);
  return NULL;
}

/**
 * lathe_network_save:
 *
 * Writes the whole file or none; one that is there already is replaced.
 * Errors: LATHE_ERROR_IO.
 */
gboolean
lathe_network_save (const LatheGraph *graph, const char *path, GError **error)
{
  char *text = lathe_graph_to_json (graph);
  g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));
  g_autoptr (GError) reason = NULL;

  if (lathe_whole_file_put (path, bytes, &reason))
    return TRUE;
  lathe_error_explain (error, reason, _ ("The network cannot be saved as “%s”: %s."), path);
  return FALSE;
}
