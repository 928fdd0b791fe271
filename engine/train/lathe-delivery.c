/* lathe-delivery.c: takes a network away: makes the export, proves it, and puts it where it is to be.
 *
 * Nothing is written there before it is proved: an export that answers differently leaves what was there as it was.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-delivery.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "base/lathe-error.h"
#include "formats/lathe-bundle.h"
#include "formats/lathe-program.h"
#include "lathe-predictor.h"

#define BUNDLE_STEM "model"

/* --- Samples --- */

static GdkPixbuf *
paint (const LathePreprocess *p, const guint8 *pixels)
{
  GdkPixbuf *pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, (int) p->width, (int) p->height);
  guint8 *row = gdk_pixbuf_get_pixels (pixbuf);

  for (guint y = 0; y < p->height; y++, row += gdk_pixbuf_get_rowstride (pixbuf))
    for (guint i = 0; i < 3 * p->width; i++)
      row[i] = pixels[(gsize) y * p->width * p->channels + (p->channels == 3 ? i : i / 3)];
  return pixbuf;
}

static gboolean
add_png (GPtrArray *files, const LathePreprocess *p, const guint8 *pixels, guint number, GError **error)
{
  g_autoptr (GdkPixbuf) pixbuf = paint (p, pixels);
  g_autofree char *name = g_strdup_printf ("sample-%u.png", number);
  char *png = NULL;
  gsize size;

  if (!gdk_pixbuf_save_to_buffer (pixbuf, &png, &size, "png", error, NULL))
    return FALSE;
  lathe_export_files_add (files, name, g_bytes_new_take (png, size));
  return TRUE;
}

/* From all over the images that were asked about. */
static gboolean
add_samples (GPtrArray *files, const LatheExportFormat *format, const LatheModel *model, const LatheProbes *probes,
             GError **error)
{
  guint n = MIN (LATHE_BUNDLE_SAMPLES, lathe_probes_get_n (probes));
  LatheBundleSample samples[LATHE_BUNDLE_SAMPLES];

  for (guint i = 0; i < n; i++)
    {
      guint at = (guint) ((guint64) i * lathe_probes_get_n (probes) / n);

      samples[i] = (LatheBundleSample){
          .pixels = lathe_probes_get_pixels (probes, at),
          .label = lathe_probes_get_label (probes, at),
          .probabilities = lathe_probes_get_probabilities (probes, at),
      };
      if (!add_png (files, &model->preprocess, samples[i].pixels, i + 1, error))
        return FALSE;
    }
  lathe_bundle_add_samples (files, format, model, samples, n);
  return TRUE;
}

/* --- All of it --- */

static gboolean
make_folder (const char *path, GError **error)
{
  if (g_mkdir_with_parents (path, 0777) == 0)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("The folder “%s” cannot be made: %s"), path, g_strerror (errno));
  return FALSE;
}

/* A program that another one is to run, or to prove it by. */
static gboolean
check_others (const LatheExportFormat *format, const LatheModel *model, GError **error)
{
  if (format != &lathe_export_safetensors || (model->quantisation == NULL && !model->in_bf16))
    return TRUE;
  if (model->quantisation != NULL)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                 _ ("No program but this one uses a model in 8 bits as %s: take it as ONNX, or the file alone"),
                 _ (format->title));
  else
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                 _ ("No program but this one uses a model in bf16 as %s: take the file alone, or the model that it was "
                    "made of"),
                 _ (format->title));
  return FALSE;
}

/**
 * lathe_delivery_can:
 * @bundle: whether it is to go with programs that use it
 *
 * Takes no time: what the layers of the network say to the format shows when it is delivered.
 * Errors: LATHE_ERROR_UNSUPPORTED, LATHE_ERROR_INVALID: the model's numbers are none that the format holds, or that
 * those programs know.
 */
gboolean
lathe_delivery_can (const LatheExportFormat *format, const LatheModel *model, gboolean bundle, GError **error)
{
  return lathe_export_holds (format, model, error) && (!bundle || check_others (format, model, error));
}

static gboolean
check (const LatheExportFormat *format, const LatheExport *export, const LatheDeliveryOptions *options, GError **error)
{
  gboolean others = options->bundle || options->python != NULL;

  if (export->model != NULL && !lathe_delivery_can (format, export->model, others, error))
    return FALSE;
  if (options->bundle && export->model == NULL)
    g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                         _ ("A bundle takes a trained model, and this network has no weights"));
  else if (options->python != NULL && lathe_bundle_get_reader (format) == NULL)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("%s is nothing that a Python could prove"),
                 _ (format->title));
  else
    return TRUE;
  return FALSE;
}

/* What lies beside the export, which `files` holds; and its proofs. */
static gboolean
prove_and_add (const LatheExportFormat *format, const LatheExport *export, const LatheDeliveryOptions *options,
               const LatheProbes *probes, GPtrArray *files, GArray **proofs, GCancellable *cancellable, GError **error)
{
  if (!options->unproved)
    {
      *proofs = lathe_prove (format, export, files, probes, options->python, options->n_threads, cancellable, error);
      if (*proofs == NULL)
        return FALSE;
    }
  if (!options->bundle)
    return TRUE;
  lathe_bundle_add (files, format, export);
  return add_samples (files, format, export->model, probes, error);
}

/**
 * lathe_deliver:
 * @path: the file, or of a bundle the folder, which is made where there is none
 * @proofs: (out) (transfer full) (element-type LatheProof): as of lathe_prove(); NULL where nothing was to be proved
 *
 * Errors: as of lathe_export_write() and lathe_prove().
 */
gboolean
lathe_deliver (const LatheExportFormat *format, const LatheExport *export, const char *path,
               const LatheDeliveryOptions *options, GArray **proofs, LatheProgressFunc progress, gpointer progress_data,
               GCancellable *cancellable, GError **error)
{
  g_autofree char *name = g_strconcat (BUNDLE_STEM, format->suffix, NULL);
  g_autofree char *file = options->bundle ? g_build_filename (path, name, NULL) : g_strdup (path);
  g_autofree char *folder = g_path_get_dirname (file);
  g_autoptr (LatheProbes) probes = NULL;
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (GArray) found = NULL;

  *proofs = NULL;
  if (!check (format, export, options, error) || (files = lathe_export_make (format, export, file, error)) == NULL)
    return FALSE;
  if (export->model != NULL && (options->bundle || !options->unproved))
    {
      probes = lathe_probes_new ((LatheModel *) export->model, options->dataset, options->split, options->n_threads,
                                 progress, progress_data, cancellable, error);
      if (probes == NULL || !prove_and_add (format, export, options, probes, files, &found, cancellable, error))
        return FALSE;
    }
  if ((options->bundle && !make_folder (folder, error)) || !lathe_export_put (files, folder, error))
    return FALSE;
  *proofs = g_steal_pointer (&found);
  return TRUE;
}
