/* lathe-import-keras.c: models that Keras has saved: .h5 files of Keras 2 and 3, and .keras files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-import-keras.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lathe-error.h"
#include "lathe-import-apart.h"
#include "lathe-import-keras-front.h"
#include "lathe-keras-archive.h"

#define MOST_TEXT (8u << 20) /* bytes of a description */
#define PATIENCE 10          /* seconds by the clock for one of the processor: the machine may be busy, the disk slow */

static gboolean
refuse (GError **error, int code, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, code, reason);
  return FALSE;
}

/* --- The model --- */

/* A network that asks for more weights than the file could hold gets no memory: a number has two bytes at least. */
static LatheModel *
make_model (LatheKerasIn *in, const LathePreprocess *preprocess, GError **error)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (in->graph);
  g_auto (GStrv) labels = NULL;
  gsize n_units;

  if (!lathe_graph_report_propagate (report, in->graph, error) || !lathe_keras_in_check_axes (in, report, error))
    return NULL;
  if (report->parameters > in->file->source.size / 2)
    {
      refuse (error, LATHE_ERROR_FORMAT, _ ("it has fewer weights than its network; copy the file again"));
      return NULL;
    }
  n_units = lathe_shape_size (&report->nodes[report->order[report->n_nodes - 1]].output);
  if (n_units > LATHE_IMPORT_MAX_CLASSES)
    {
      refuse (error, LATHE_ERROR_UNSUPPORTED, _ ("it tells more classes apart than Lathe does"));
      return NULL;
    }
  labels = lathe_import_labels (n_units == 1 ? 2 : (guint) n_units);
  if (in->notes != NULL)
    in->notes->unnamed = TRUE;
  return lathe_model_new (in->graph, (const char *const *) labels, preprocess, error);
}

static LatheModel *
read_model (LatheKerasIn *in, const char *text, GError **error)
{
  g_autoptr (LatheModel) model = NULL;
  LathePreprocess preprocess;

  if (!lathe_keras_in_parse (in, text, error))
    return NULL;
  lathe_keras_in_name_weights (in);
  if (!lathe_keras_in_begin (in, &preprocess, error) || !lathe_keras_in_build (in, error))
    return NULL;
  model = make_model (in, &preprocess, error);
  return model != NULL && lathe_keras_in_read_weights (in, model, error) ? g_steal_pointer (&model) : NULL;
}

/* --- .h5 --- */

static guint
major_of (LatheHdf5 *file, const LatheHdf5Object *root)
{
  g_autofree char *version = lathe_hdf5_object_get_text (file, root, "keras_version", NULL);

  return version != NULL && g_ascii_isdigit (*version) ? (guint) g_ascii_strtoull (version, NULL, 10) : 2;
}

/**
 * lathe_import_h5_from:
 *
 * Returns: (transfer full) (nullable): the model in the bytes of an .h5 file
 * Errors: as of LatheImportFormat.
 */
LatheModel *
lathe_import_h5_from (const LatheSpan *source, LatheImportNotes *notes, GError **error)
{
  g_auto (LatheHdf5) file = {.heap = NULL};
  g_auto (LatheKerasIn) in = {.file = &file, .notes = notes};
  g_autoptr (LatheHdf5Object) root = NULL;
  g_autofree char *text = NULL;

  root = lathe_hdf5_open (&file, source, error) ? lathe_hdf5_find (&file, NULL, "", error) : NULL;
  if (root == NULL)
    return NULL;
  if (!lathe_hdf5_object_has (root, "model_config"))
    {
      refuse (error, LATHE_ERROR_FORMAT,
              _ ("it has no description of a network: it holds weights alone, or is not of Keras; save the whole model "
                 "with model.save()"));
      return NULL;
    }
  in.major = major_of (&file, root);
  text = lathe_hdf5_object_get_text (&file, root, "model_config", error);
  in.weights = text != NULL ? lathe_hdf5_find (&file, root, "model_weights", error) : NULL;
  return in.weights != NULL ? read_model (&in, text, error) : NULL;
}

/* --- .keras --- */

/* (transfer full) (nullable) */
static char *
read_text (const LatheArchiveIn *archive, const char *name, GError **error)
{
  LatheSpan file;
  g_autofree char *text = NULL;

  if (!lathe_archive_in_find (archive, name, &file, error))
    return NULL;
  if (file.size > MOST_TEXT)
    {
      refuse (error, LATHE_ERROR_UNSUPPORTED, _ ("its description of the network is too long"));
      return NULL;
    }
  text = g_malloc (file.size + 1);
  text[file.size] = '\0';
  if (lathe_span_read (&file, 0, text, file.size) && g_utf8_validate (text, -1, NULL))
    return g_steal_pointer (&text);
  refuse (error, LATHE_ERROR_FORMAT, _ ("its description of the network makes no sense"));
  return NULL;
}

LatheModel *
lathe_import_keras_from (const LatheSpan *source, LatheImportNotes *notes, GError **error)
{
  g_auto (LatheHdf5) file = {.heap = NULL};
  g_auto (LatheKerasIn) in = {.file = &file, .archived = TRUE, .major = 3, .notes = notes};
  g_auto (LatheArchiveIn) archive = {0};
  g_autofree char *text = NULL;
  LatheSpan weights;

  if (lathe_archive_in_open (&archive, source, error))
    text = read_text (&archive, LATHE_KERAS_CONFIG, error);
  if (text == NULL || !lathe_archive_in_find (&archive, LATHE_KERAS_WEIGHTS, &weights, error) ||
      !lathe_hdf5_open (&file, &weights, error))
    return NULL;
  in.weights = lathe_hdf5_find (&file, NULL, "layers", error);
  return in.weights != NULL ? read_model (&in, text, error) : NULL;
}

/* --- Files --- */

static LatheModel *
load (const LatheImportFormat *format, const char *path, LatheImportNotes *notes, GError **error)
{
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
  struct stat facts;
  LatheModel *model = NULL;

  if (fd < 0 || fstat (fd, &facts) != 0)
    refuse (error, LATHE_ERROR_IO, g_strerror (errno));
  else if (!S_ISREG (facts.st_mode))
    refuse (error, LATHE_ERROR_IO, _ ("it is no file"));
  else
    {
      g_autofree char *program = lathe_helper_find_program ();
      guint64 size = (guint64) facts.st_size;

      model =
          lathe_import_apart (format, program, PATIENCE * lathe_import_apart_seconds (size), fd, size, notes, error);
    }
  if (fd >= 0)
    close (fd);
  return model;
}

static LatheModel *
load_h5 (const char *path, LatheImportNotes *notes, GError **error)
{
  return load (&lathe_import_h5, path, notes, error);
}

static LatheModel *
load_keras (const char *path, LatheImportNotes *notes, GError **error)
{
  return load (&lathe_import_keras, path, notes, error);
}

const LatheImportFormat lathe_import_h5 = {
    .name = "h5",
    .title = N_ ("HDF5 file of Keras"),
    .suffix = ".h5",
    .sniff = lathe_hdf5_is,
    .load = load_h5,
    .read = lathe_import_h5_from,
};

const LatheImportFormat lathe_import_keras = {
    .name = "keras",
    .title = N_ ("archive of Keras"),
    .suffix = ".keras",
    .sniff = lathe_archive_is_keras,
    .load = load_keras,
    .read = lathe_import_keras_from,
};
