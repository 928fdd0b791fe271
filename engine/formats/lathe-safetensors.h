/* lathe-safetensors.h: the container: named tensors and a few strings in one file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "lathe-weights.h"
#include "model/lathe-model.h"

G_BEGIN_DECLS

/* A file that is open for reading; all members are private but `size` and `metadata`. */
typedef struct
{
  int fd;
  goffset data;    /* where the tensors' bytes begin */
  guint64 size;    /* of them, in bytes */
  GArray *tensors; /* (element-type LatheTensorEntry), by place */
  JsonParser *parser;
  JsonObject *metadata; /* of strings; not owned; NULL: the file has none */
} LatheSafetensors;

/* Errors of both name neither the file nor the action: they are a reason, to be put into a sentence. */
gboolean lathe_safetensors_open (LatheSafetensors *file, const char *path, GError **error);
/* The same of a file that is open already; it stays the caller's. */
gboolean lathe_safetensors_open_file (LatheSafetensors *file, int fd, GError **error);
/* The same, of tensors that Lathe itself does not write. */
gboolean lathe_safetensors_open_any (LatheSafetensors *file, const char *path, GError **error);
void lathe_safetensors_list (const LatheSafetensors *file, GArray *tensors /* (element-type LatheWeightsTensor) */);
void lathe_safetensors_close (LatheSafetensors *file);
/* A string of the metadata, or NULL. */
const char *lathe_safetensors_get (const LatheSafetensors *file, const char *key);
/* What is in it, by place: names to be freed, shapes, no data yet. Returns: (transfer full) (element-type LatheWeight)
 */
GArray *lathe_safetensors_describe (const LatheSafetensors *file);
/* Fills all `weights` (element-type LatheWeight); the file must hold these, each of its shape, whole numbers where
 * there is room for such, and no others. */
gboolean lathe_safetensors_read (const LatheSafetensors *file, const GArray *weights, GError **error);

/* The length and the header, padded: what comes before the tensors' bytes. Returns: (transfer full) */
GString *lathe_safetensors_header (const char *const *metadata, const GArray *weights);
/* The tensors' bytes, behind it: how many there are, and they themselves. */
guint64 lathe_safetensors_size (const GArray *weights);
void lathe_safetensors_copy (guint8 *to, const GArray *weights);

/**
 * lathe_safetensors_write:
 * @metadata: keys and values by turns, NULL-terminated
 * @weights: (element-type LatheWeight)
 *
 * Writes the whole file or none: to a temporary beside it, flushed, renamed, folder flushed.
 */
gboolean lathe_safetensors_write (const char *path, const char *const *metadata, const GArray *weights, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheSafetensors, lathe_safetensors_close)

G_END_DECLS
