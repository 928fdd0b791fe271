/* lathe-hdf5.h: as much of HDF5 as Keras makes of it: groups, attributes of text, and arrays of floats.
 *
 * Both ways are written here, of the format's specification (“HDF5 File Format Specification Version 3.0”, The HDF
 * Group), not with its library: that one reads anything that two decades of files hold, calls filters and other files
 * for it, and has been brought down by crafted ones again and again. What is read here reads bytes at offsets that have
 * been checked, never more than lathe_hdf5_open() grants, and hands no byte to any other code.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "base/lathe-tensor.h"
#include "lathe-span.h"

G_BEGIN_DECLS

/* --- Out: a tree in memory, which is then written --- */

typedef struct _LatheHdf5Group LatheHdf5Group;

LatheHdf5Group *lathe_hdf5_group_new (void);
void lathe_hdf5_group_free (LatheHdf5Group *group);
LatheHdf5Group *lathe_hdf5_group_get (LatheHdf5Group *group, const char *path);
void lathe_hdf5_group_set_text (LatheHdf5Group *group, const char *name, const char *text);
void lathe_hdf5_group_set_texts (LatheHdf5Group *group, const char *name, const char *const *texts, guint n);
void lathe_hdf5_group_add_array (LatheHdf5Group *group, const char *path, guint rank, const guint *dim,
                                 const float *data);
void lathe_hdf5_group_write (LatheHdf5Group *root, GByteArray *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheHdf5Group, lathe_hdf5_group_free)

/* --- In: a file of a tree, of which one looks at what one wants --- */

#define LATHE_HDF5_MAX_RANK 8

typedef struct
{
  LatheSpan source;
  guint64 root;    /* where the root group's header lies */
  guint64 granted; /* bytes that may still be read, but for the arrays' */
  guint8 *heap;    /* (owned) (nullable): the texts that were looked at last, and where they are */
  guint64 heap_at, heap_size;
} LatheHdf5;

/* What a header at some place says that is there. */
typedef struct _LatheHdf5Object LatheHdf5Object;

gboolean lathe_hdf5_is (const guint8 *head, gsize n);
gboolean lathe_hdf5_open (LatheHdf5 *file, const LatheSpan *source, GError **error);
void lathe_hdf5_close (LatheHdf5 *file);
LatheHdf5Object *lathe_hdf5_find (LatheHdf5 *file, const LatheHdf5Object *group, const char *path, GError **error);
void lathe_hdf5_object_free (LatheHdf5Object *object);
gboolean lathe_hdf5_object_has (const LatheHdf5Object *object, const char *attribute);
char *lathe_hdf5_object_get_text (LatheHdf5 *file, const LatheHdf5Object *object, const char *attribute,
                                  GError **error);
char **lathe_hdf5_object_get_texts (LatheHdf5 *file, const LatheHdf5Object *object, const char *attribute,
                                    GError **error);
guint64 lathe_hdf5_object_get_shape (const LatheHdf5Object *object, guint *rank, guint64 dim[LATHE_HDF5_MAX_RANK]);
gboolean lathe_hdf5_object_read (LatheHdf5 *file, const LatheHdf5Object *object, float *numbers, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheHdf5, lathe_hdf5_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheHdf5Object, lathe_hdf5_object_free)

G_END_DECLS
