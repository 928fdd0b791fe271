/* lathe-export.c: the table of formats that a network is taken away in.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-export.h"

#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"
#include "lathe-program.h"
#include "lathe-whole-file.h"

static const LatheExportFormat *const formats[] = {
    &lathe_export_pytorch_program,
    &lathe_export_keras_program,
};

/**
 * lathe_export_formats:
 * @n_formats: (out): how many
 *
 * Returns: every format, in the order in which people are offered them
 */
const LatheExportFormat *const *
lathe_export_formats (guint *n_formats)
{
  *n_formats = G_N_ELEMENTS (formats);
  return formats;
}

/**
 * lathe_export_format_find:
 *
 * Returns: (nullable): the format of this name
 */
const LatheExportFormat *
lathe_export_format_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_equal (formats[i]->name, name))
      return formats[i];
  return NULL;
}

static gboolean
check (const LatheExportFormat *format, const LatheExport *export, GError **error)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (export->graph);

  if (!lathe_graph_report_propagate (report, export->graph, error))
    return FALSE;
  if (export->model != NULL || !format->needs_weights)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("%s takes a trained model, and this network has no weights"),
               _ (format->title));
  return FALSE;
}

static gboolean
write_whole (GBytes *bytes, const char *path, GError **error)
{
  g_auto (LatheWholeFile) file = {.fd = -1};
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  return lathe_whole_file_begin (&file, path, error) && lathe_whole_file_write (&file, 0, data, size, error) &&
         lathe_whole_file_finish (&file, NULL, error);
}

/**
 * lathe_export_write:
 *
 * Writes the whole file or none; one that is there already is replaced.
 *
 * Errors: LATHE_ERROR_SHAPE for a network that does not work, LATHE_ERROR_INVALID for one without the weights that the
 * format needs, LATHE_ERROR_UNSUPPORTED for one that the format cannot hold, LATHE_ERROR_IO.
 */
gboolean
lathe_export_write (const LatheExportFormat *format, const LatheExport *export, const char *path, GError **error)
{
  g_return_val_if_fail (format != NULL && path != NULL, FALSE);

  g_autoptr (GError) reason = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (!check (format, export, error))
    return FALSE;
  bytes = format->make (export, error);
  if (bytes == NULL)
    return FALSE;
  if (write_whole (bytes, path, &reason))
    return TRUE;
  lathe_error_explain (error, reason, _ ("The network cannot be exported as “%s”: %s."), path);
  return FALSE;
}
