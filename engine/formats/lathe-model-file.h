/* lathe-model-file.h: the model file: safetensors, with everything else in its metadata.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/lathe-model.h"

G_BEGIN_DECLS

/**
 * lathe_model_save:
 *
 * Writes the whole file or none: to a temporary beside it, flushed, renamed, folder flushed.
 * Errors: LATHE_ERROR_IO.
 */
gboolean lathe_model_save (const LatheModel *model, const char *path, GError **error);

/* What lathe_model_save() writes: how many bytes there are, and they themselves (transfer full). */
guint64 lathe_model_count_bytes (const LatheModel *model);
GBytes *lathe_model_to_bytes (const LatheModel *model);

/* The same into `room`, of `size` bytes. Returns: how many there are; 0: they do not fit */
guint64 lathe_model_put (const LatheModel *model, guint8 *room, guint64 size);

/**
 * lathe_model_load:
 *
 * Reads with limits: the header's length, each tensor's name, type, shape and offsets, and the weights' checksum
 * are checked before anything is believed.
 * Errors: LATHE_ERROR_IO, LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED; each names the file.
 */
LatheModel *lathe_model_load (const char *path, GError **error);

/* The same of a file that is open and stays so. Its errors are a reason. */
LatheModel *lathe_model_load_open (int fd, GError **error);

/* The number of the fewest digits that gives the very same float back. */
double lathe_shorten (float value);

/* Labels as text: a list of two or more names. (transfer full) Errors: LATHE_ERROR_FORMAT, a reason. */
char *lathe_labels_to_json (char **labels);
char **lathe_labels_from_json (const char *text, GError **error);

/* A preprocessing as text. It must make what the input of the network takes, where one is given. Errors:
 * LATHE_ERROR_FORMAT, or LATHE_ERROR_UNSUPPORTED where a newer Lathe may know what it says; a reason. */
char *lathe_preprocess_to_json (const LathePreprocess *preprocess);
gboolean lathe_preprocess_from_json (const char *text, const LatheGraph *graph, LathePreprocess *preprocess,
                                     GError **error);

G_END_DECLS
