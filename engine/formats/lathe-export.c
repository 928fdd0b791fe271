/* lathe-export.c: the table of formats that a network is taken away in.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-export.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-c-source.h"
#include "lathe-keras.h"
#include "lathe-onnx-out.h"
#include "lathe-program.h"
#include "lathe-tflite-out.h"
#include "lathe-whole-file.h"

static const LatheExportFormat *const formats[] = {
    &lathe_export_pytorch_program,
    &lathe_export_keras_program,
    &lathe_export_onnx,
    &lathe_export_tflite,
    &lathe_export_keras,
    &lathe_export_h5,
    &lathe_export_safetensors,
    &lathe_export_c,
};

const char *const lathe_export_weights_names[] = {"usual", "inside", "beside", NULL};

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

/**
 * lathe_export_holds:
 *
 * Whether the format has room for the model's numbers as they are. Of its layers it says nothing: see
 * lathe_export_make().
 * Errors: LATHE_ERROR_UNSUPPORTED.
 */
gboolean
lathe_export_holds (const LatheExportFormat *format, const LatheModel *model, GError **error)
{
  if (model->quantisation == NULL || format->in_bytes)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
               _ ("This model is in 8 bits, which %s does not hold: take the one that it was made of, or export it as "
                  "ONNX or TensorFlow Lite"),
               _ (format->title));
  return FALSE;
}

static gboolean
check (const LatheExportFormat *format, const LatheExport *export, GError **error)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (export->graph);

  if (!lathe_graph_report_propagate (report, export->graph, error) ||
      (export->model != NULL && !lathe_export_holds (format, export->model, error)))
    return FALSE;
  if (export->model != NULL || !format->needs_weights)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("%s takes a trained model, and this network has no weights"),
               _ (format->title));
  return FALSE;
}

/* --- Files --- */

static void
file_free (gpointer data)
{
  LatheExportFile *file = data;

  g_free (file->name);
  g_bytes_unref (file->bytes);
  g_free (file);
}

GPtrArray *
lathe_export_files_new (void)
{
  return g_ptr_array_new_with_free_func (file_free);
}

/**
 * lathe_export_files_add:
 * @name: (nullable): NULL: the file that is asked for, which is the first
 * @bytes: (transfer full)
 */
void
lathe_export_files_add (GPtrArray *files, const char *name, GBytes *bytes)
{
  LatheExportFile *file = g_new0 (LatheExportFile, 1);

  file->name = g_strdup (name);
  file->bytes = bytes;
  g_ptr_array_add (files, file);
}

/**
 * lathe_export_make:
 * @path: of the file that is asked for; nothing is written yet
 *
 * Errors: as lathe_export_write(), but for LATHE_ERROR_IO.
 *
 * Returns: (transfer full) (element-type LatheExportFile): that file, and those beside it
 */
GPtrArray *
lathe_export_make (const LatheExportFormat *format, const LatheExport *export, const char *path, GError **error)
{
  g_autoptr (GPtrArray) files = NULL;
  g_autofree char *name = g_path_get_basename (path), *stem = g_strdup (name);

  if (!check (format, export, error))
    return NULL;
  if (g_str_has_suffix (stem, format->suffix) && strlen (stem) > strlen (format->suffix))
    stem[strlen (stem) - strlen (format->suffix)] = '\0';
  if (format->make_files != NULL)
    files = format->make_files (export, stem, error);
  else
    {
      GBytes *bytes = format->make (export, error);

      files = bytes != NULL ? lathe_export_files_new () : NULL;
      if (bytes != NULL)
        lathe_export_files_add (files, NULL, bytes);
    }
  if (files == NULL)
    return NULL;
  ((LatheExportFile *) files->pdata[0])->name = g_steal_pointer (&name);
  return g_steal_pointer (&files);
}

/**
 * lathe_export_put:
 * @files: (element-type LatheExportFile): each is written whole or not at all, the first of them last
 *
 * Errors: LATHE_ERROR_IO.
 */
gboolean
lathe_export_put (const GPtrArray *files, const char *folder, GError **error)
{
  for (guint i = files->len; i-- > 0;)
    {
      const LatheExportFile *file = files->pdata[i];
      g_autofree char *path = g_build_filename (folder, file->name, NULL);
      g_autoptr (GError) reason = NULL;

      if (!lathe_whole_file_put (path, file->bytes, &reason))
        {
          lathe_error_explain (error, reason, _ ("The network cannot be exported as “%s”: %s."), path);
          return FALSE;
        }
    }
  return TRUE;
}

/**
 * lathe_export_write:
 *
 * Writes each file whole or not at all, the one that is asked for last; those that are there already are replaced.
 *
 * Errors: LATHE_ERROR_SHAPE for a network that does not work, LATHE_ERROR_INVALID for one without the weights that the
 * format needs, LATHE_ERROR_UNSUPPORTED for one that the format cannot hold, LATHE_ERROR_IO.
 */
gboolean
lathe_export_write (const LatheExportFormat *format, const LatheExport *export, const char *path, GError **error)
{
  g_return_val_if_fail (format != NULL && path != NULL, FALSE);

  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GPtrArray) files = lathe_export_make (format, export, path, error);

  return files != NULL && lathe_export_put (files, folder, error);
}
