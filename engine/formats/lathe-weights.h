/* lathe-weights.h: weights out of files that hold nothing else: named tensors, as another program calls them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "lathe-numbers.h"

G_BEGIN_DECLS

#define LATHE_WEIGHTS_MAX_RANK 8

/* A tensor of the file, whose numbers are read when they are asked for. */
typedef struct
{
  char *name; /* “layer1.0.conv1.weight”, in UTF-8 */
  guint rank; /* 0: one number */
  guint dim[LATHE_WEIGHTS_MAX_RANK];
  gsize n; /* numbers in it; may be 0 */
  LatheNumbers numbers;
  guint64 begin;                          /* bytes from the file's beginning to its first number */
  guint64 stride[LATHE_WEIGHTS_MAX_RANK]; /* in numbers */
} LatheWeightsTensor;

/* A file that is open; it must not change meanwhile. Immutable: threads may share it. */
typedef struct
{
  char *path;
  const char *format; /* “pytorch” or “safetensors” */
  const char *title;  /* untranslated: “PyTorch file” */
  GArray *tensors;    /* (element-type LatheWeightsTensor), in the file's order */
  gboolean in_order;  /* that is the one in which the network was put together, and no other */
  GHashTable *places; /* (element-type utf8 guint), private */
  int fd;             /* private */
  guint64 size;       /* private: bytes of the file */
} LatheWeights;

gboolean lathe_weights_sniff (const guint8 *head, gsize n);
LatheWeights *lathe_weights_open (const char *path, GError **error);
void lathe_weights_free (LatheWeights *weights);
const LatheWeightsTensor *lathe_weights_find (const LatheWeights *weights, const char *name);
gboolean lathe_weights_read (const LatheWeights *weights, const LatheWeightsTensor *tensor, float *numbers,
                             GError **error);
char *lathe_weights_shape (const LatheWeightsTensor *tensor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheWeights, lathe_weights_free)

G_END_DECLS
