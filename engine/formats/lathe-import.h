/* lathe-import.h: the formats that a model comes in from, one row each.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-span.h"
#include "model/lathe-model.h"

G_BEGIN_DECLS

/* What there is to tell of a file besides the model. */
typedef struct
{
  gboolean unnamed;    /* it does not name its classes: they are called “class 1” and so on */
  gboolean unprepared; /* it does not say how images are prepared: they have colours from 0 to 1 */
  GPtrArray *problems; /* (element-type utf8): a sentence for each thing in it that Lathe cannot take */
} LatheImportNotes;

void lathe_import_notes_clear (LatheImportNotes *notes);

/**
 * LatheImportFormat:
 *
 * A file that holds what Lathe cannot take is refused, and all that it cannot take is named: no other network comes out
 * of it. A model without labels gets “class 1”, “class 2” and so on; one that does not say how images are prepared
 * takes colours from 0 to 1.
 */
typedef struct
{
  const char *name;   /* “onnx” */
  const char *title;  /* untranslated: “ONNX model” */
  const char *suffix; /* “.onnx” */

  gboolean (*sniff) (const guint8 *head, gsize n); /* whether a file that begins so may be of this format */
  /* (transfer full): `notes`: NULL, or with a list that problems are added to. Errors: LATHE_ERROR_IO,
   * LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED, LATHE_ERROR_MEMORY; a reason. */
  LatheModel *(*load) (const char *path, LatheImportNotes *notes, GError **error);

  /* NULL, or what load() has another process do, as in lathe-import-apart.h: the same, of bytes. */
  LatheModel *(*read) (const LatheSpan *source, LatheImportNotes *notes, GError **error);
} LatheImportFormat;

const LatheImportFormat *const *lathe_import_formats (guint *n_formats);

const LatheImportFormat *lathe_import_format_find (const char *name);

#define LATHE_IMPORT_MAX_CLASSES 65536 /* as many as a model file may have labels */

LatheModel *lathe_import_load (const char *path, const LatheImportFormat **format, GError **error);
LatheModel *lathe_model_open (const char *path, LatheImportNotes *notes, GError **error);

LatheModel *lathe_import_untrained (const LatheGraph *graph, guint64 seed, GError **error);

/* What a format may need: labels for a file that has none. (transfer full) */
char **lathe_import_labels (guint n);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheImportNotes, lathe_import_notes_clear)

G_END_DECLS
