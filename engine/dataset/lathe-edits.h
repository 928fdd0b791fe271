/* lathe-edits.h: what a person decided about the images of a source. The files themselves stay as they are.
 *
 * An image goes by its name: lathe_image_get_name(), its path below the source, so that a folder that is moved keeps
 * its edits; what was added from elsewhere goes by its whole path.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-dataset.h"

G_BEGIN_DECLS

LatheEdits *lathe_edits_new (void);
LatheEdits *lathe_edits_copy (const LatheEdits *edits);
void lathe_edits_free (LatheEdits *edits);
gboolean lathe_edits_equal (const LatheEdits *a, const LatheEdits *b);
gboolean lathe_edits_is_empty (const LatheEdits *edits);

void lathe_edits_set_excluded (LatheEdits *edits, const char *name, gboolean excluded);
gboolean lathe_edits_get_excluded (const LatheEdits *edits, const char *name);
void lathe_edits_set_label (LatheEdits *edits, const char *name, const char *class_name);
const char *lathe_edits_get_label (const LatheEdits *edits, const char *name);
void lathe_edits_add (LatheEdits *edits, const char *path, const char *class_name);
void lathe_edits_remove (LatheEdits *edits, const char *path);
void lathe_edits_join (LatheEdits *edits, const char *const *names);
guint lathe_edits_get_joined (const LatheEdits *edits, const char *name);
void lathe_edits_set_kept (LatheEdits *edits, const char *flaw, const char *const *names, gboolean kept);
gboolean lathe_edits_get_kept (const LatheEdits *edits, const char *flaw, const char *const *names);

char *lathe_edits_to_json (const LatheEdits *edits);
LatheEdits *lathe_edits_from_json (const char *text, GError **error);
char *lathe_edits_pack (const LatheEdits *edits);
LatheEdits *lathe_edits_unpack (const char *text, GError **error);
LatheEdits *lathe_edits_load (const char *path, GError **error);
gboolean lathe_edits_save (const LatheEdits *edits, const char *path, GError **error);

LatheDataset *lathe_dataset_edit (LatheDataset *dataset, const LatheEdits *edits, GCancellable *cancellable,
                                  GError **error);
gboolean lathe_dataset_trash (LatheDataset *dataset, const LatheImage *image, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheEdits, lathe_edits_free)

G_END_DECLS
