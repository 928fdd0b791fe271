/* lathe-inherit.h: what a network can go on with of what another one learned.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-graph.h"
#include "lathe-model.h"

G_BEGIN_DECLS

/* What training begins with. */
typedef struct
{
  LatheModel *model; /* owned */
  char **layers;     /* those that go on with what they learned, NULL-terminated; owned */
  guint n_layers;    /* of the network that have weights */
} LatheInheritance;

LatheInheritance *lathe_inheritance_new (LatheModel *model, const LatheGraph *graph, const char *const *labels,
                                         const char *const *fresh);
LatheInheritance *lathe_inheritance_copy (const LatheInheritance *inheritance);
void lathe_inheritance_free (LatheInheritance *inheritance);
guint lathe_inheritance_count (const LatheInheritance *inheritance);
gboolean lathe_inheritance_has (const LatheInheritance *inheritance, const char *layer);
const float *lathe_inheritance_find (const LatheInheritance *inheritance, const char *layer, const char *parameter);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheInheritance, lathe_inheritance_free)

G_END_DECLS
