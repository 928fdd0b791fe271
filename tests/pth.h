/* pth.h: files as torch.save() writes them, and as nobody should.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A state dictionary that is put together, each tensor with a storage of its own. */
typedef struct
{
  GByteArray *pickle;
  GPtrArray *storages; /* (element-type GBytes) */
} Pth;

/* What a pickle says of a tensor, which need not be true. */
typedef struct
{
  const char *kind; /* of storage: “FloatStorage” */
  gint64 n, offset; /* numbers of the storage, and the first of the tensor's */
  guint rank, n_strides;
  gint64 dim[9], stride[9];
} PthTensor;

/* A place for a file. */
typedef struct
{
  char *folder, *path;
} PthFile;

void pth_set_up (PthFile *file, gconstpointer data);
void pth_tear_down (PthFile *file, gconstpointer data);
void pth_put (PthFile *file, GBytes *bytes);

void pth_begin (Pth *pth);
const float *pth_add (Pth *pth, const char *name, guint rank, guint a, guint b, guint c, guint d);
void pth_add_as (Pth *pth, const char *name, const PthTensor *tensor, gconstpointer bytes, gsize n);
GBytes *pth_finish (Pth *pth);
GBytes *pth_pack (const void *pickle, gsize n, GPtrArray *storages);

G_END_DECLS
