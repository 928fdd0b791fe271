/* lathe-import.c: the table of formats that a model comes in from, and a model out of any file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-import.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "base/lathe-error.h"
#include "lathe-import-keras.h"
#include "lathe-model-file.h"
#include "lathe-onnx-read.h"
#include "lathe-tflite-read.h"
#include "lathe-weights.h"
#include "model/lathe-loss.h"

#define HEAD 64      /* bytes, by which a format is known */
#define OWN_HEADER 8 /* bytes in front of a model file's header, which is an object of JSON */

static const LatheImportFormat *const formats[] = {
    &lathe_import_onnx,
    &lathe_import_h5,
    &lathe_import_keras,
    &lathe_import_tflite,
};

/**
 * lathe_import_formats:
 * @n_formats: (out): how many
 *
 * Returns: every format, in the order in which they are tried
 */
const LatheImportFormat *const *
lathe_import_formats (guint *n_formats)
{
  *n_formats = G_N_ELEMENTS (formats);
  return formats;
}

/**
 * lathe_import_format_find:
 *
 * Returns: (nullable): the format of this name
 */
const LatheImportFormat *
lathe_import_format_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_equal (formats[i]->name, name))
      return formats[i];
  return NULL;
}

/* How many bytes were read; -1 with a reason. `follow`: O_NOFOLLOW or 0. */
static gssize
read_head (const char *path, int follow, guint8 head[HEAD], GError **error)
{
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | follow);
  gssize n = fd >= 0 ? read (fd, head, HEAD) : -1;

  if (n < 0 && errno == ELOOP)
    g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("it is a link; give the file itself"));
  else if (n < 0)
    g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_IO, g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return n;
}

static const LatheImportFormat *
recognise (const guint8 *head, gsize n)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (formats[i]->sniff (head, n))
      return formats[i];
  return NULL;
}

/* (transfer full): what the formats are called, in a line */
static char *
list_titles (void)
{
  GString *titles = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    g_string_append_printf (titles, i > 0 ? ", %s" : "%s", _ (formats[i]->title));
  return g_string_free (titles, FALSE);
}

static const LatheImportFormat *
find_format (const char *path, GError **error)
{
  guint8 head[HEAD];
  gssize n = read_head (path, O_NOFOLLOW, head, error);
  const LatheImportFormat *format = n >= 0 ? recognise (head, (gsize) n) : NULL;
  g_autofree char *titles = NULL;

  if (n < 0 || format != NULL)
    return format;
  if (lathe_weights_sniff (head, (gsize) n))
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT,
                           _ ("it holds no network that can be imported; if it holds weights alone (.pth, "
                              ".safetensors), give the network that they belong to, on the command line with --onto"));
      return NULL;
    }
  titles = list_titles ();
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("it is of no kind that can be imported: %s"), titles);
  return NULL;
}

/* What the rest of Lathe can give such a network. */
static gboolean
check_input (guint channels, GError **error)
{
  if (channels == 1 || channels == 3)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
               _ ("its images have %u channels, and Lathe has images of 1 channel, grey, or 3, colours"), channels);
  return FALSE;
}

static LatheModel *
import (const char *path, const LatheImportFormat **format, LatheImportNotes *notes, GError **error)
{
  g_autoptr (GError) reason = NULL;
  const LatheImportFormat *found = find_format (path, &reason);
  g_autoptr (LatheModel) model = found != NULL ? found->load (path, notes, &reason) : NULL;

  if (format != NULL)
    *format = found;
  if (model != NULL && check_input (model->preprocess.channels, &reason))
    return g_steal_pointer (&model);
  lathe_error_explain (error, reason, _ ("“%s” cannot be imported: %s."), path);
  return NULL;
}

/**
 * lathe_import_load:
 * @format: (out) (optional): which it was
 *
 * Finds out the format by how the file begins, and loads it.
 * Errors: those of LatheImportFormat, in a whole sentence.
 *
 * Returns: (transfer full) (nullable)
 */
LatheModel *
lathe_import_load (const char *path, const LatheImportFormat **format, GError **error)
{
  g_return_val_if_fail (path != NULL, NULL);

  return import (path, format, NULL, error);
}

static gboolean
check_images (guint channels, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (check_input (channels, &reason))
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED, _ ("The network cannot be used: %s"), reason->message);
  return FALSE;
}

/**
 * lathe_import_untrained:
 *
 * A model of a network alone, to put weights onto: with weights as a training with this seed begins with, labels
 * “class 1”, “class 2” and so on, and images of colours from 0 to 1.
 * Errors: LATHE_ERROR_SHAPE where the network does not work, LATHE_ERROR_UNSUPPORTED, LATHE_ERROR_MEMORY.
 *
 * Returns: (transfer full) (nullable)
 */
LatheModel *
lathe_import_untrained (const LatheGraph *graph, guint64 seed, GError **error)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  LathePreprocess preprocess = {.deviation = {1, 1, 1}};
  g_auto (GStrv) labels = NULL;
  LatheShape input;
  gsize n_units;

  if (!lathe_graph_report_propagate (report, graph, error))
    return NULL;
  n_units = lathe_shape_size (&report->nodes[report->order[report->n_nodes - 1]].output);
  if (n_units > LATHE_IMPORT_MAX_CLASSES)
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
                           _ ("The network tells more classes apart than Lathe does; give it fewer"));
      return NULL;
    }
  g_assert (lathe_graph_get_input (graph, &input));
  preprocess.height = input.dim[0];
  preprocess.width = input.dim[1];
  preprocess.channels = input.dim[2];
  labels = lathe_import_labels (lathe_loss_n_classes ((guint) n_units));
  return check_images (preprocess.channels, error)
             ? lathe_model_new_untrained (graph, (const char *const *) labels, &preprocess, seed, error)
             : NULL;
}

/* --- A model of any kind --- */

/* The length of the header, which no file has above 4 GiB, and the header's first character. Neither of the other
 * formats begins so: in them a byte among these is not 0, or there is another one here. */
static gboolean
is_own (const guint8 *head, gsize n)
{
  static const guint8 upper[OWN_HEADER / 2] = {0};

  return n > OWN_HEADER && head[OWN_HEADER] == '{' && memcmp (head + OWN_HEADER / 2, upper, sizeof upper) == 0;
}

static void
refuse_kind (const char *path, GError **error)
{
  g_autofree char *titles = list_titles ();
  g_autoptr (GError) reason = g_error_new (LATHE_ERROR, LATHE_ERROR_FORMAT,
                                           _ ("it is no model of Lathe’s (.safetensors), and none of another kind that "
                                              "Lathe reads: %s"),
                                           titles);

  lathe_error_explain (error, reason, _ ("The model “%s” cannot be opened: %s."), path);
}

/**
 * lathe_model_open:
 * @path: a model file of Lathe's, or of a format that can be imported; how it begins decides, whatever it is called
 * @notes: (out) (optional): all that is to be told of one that was imported, or cannot be; the caller's to clear, after
 *   an error, too
 *
 * Errors: those of lathe_model_load() and lathe_import_load().
 *
 * Returns: (transfer full) (nullable)
 */
LatheModel *
lathe_model_open (const char *path, LatheImportNotes *notes, GError **error)
{
  guint8 head[HEAD];
  gssize n;

  g_return_val_if_fail (path != NULL, NULL);

  if (notes != NULL)
    *notes = (LatheImportNotes){.problems = g_ptr_array_new_with_free_func (g_free)};
  n = read_head (path, 0, head, NULL);
  if (n <= OWN_HEADER || is_own (head, (gsize) n))
    return lathe_model_load (path, error);
  if (recognise (head, (gsize) n) != NULL)
    return import (path, NULL, notes, error);
  refuse_kind (path, error);
  return NULL;
}

void
lathe_import_notes_clear (LatheImportNotes *notes)
{
  g_clear_pointer (&notes->problems, g_ptr_array_unref);
}

char **
lathe_import_labels (guint n)
{
  char **labels = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    labels[i] = g_strdup_printf (_ ("class %u"), i + 1);
  return labels;
}
