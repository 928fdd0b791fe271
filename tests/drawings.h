/* drawings.h: drawings to lay out, and what holds of each.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"
#include "wb-layout.h"

G_BEGIN_DECLS

#define DRAWING_EPSILON 1e-6
#define CARD_WIDTH 240
#define CARD_HEIGHT 48

extern const WbLayoutDirection drawing_directions[2];

typedef struct
{
  GArray *nodes; /* (element-type WbLayoutNode) */
  GArray *edges; /* (element-type WbLayoutEdge) */
} Drawing;

Drawing *drawing_new (guint n_nodes);
void drawing_free (Drawing *drawing);
void drawing_join (Drawing *drawing, guint from, guint to);
void drawing_place (Drawing *drawing, guint node, double x, double y);
WbLayoutEdge drawing_edge (const Drawing *drawing, guint edge);
WbLayout *drawing_lay_out (const Drawing *drawing, WbLayoutDirection direction);

Drawing *drawing_of_graph (const LatheGraph *graph);
Drawing *drawing_of_preset (const char *preset);
/* A chain with a skip over its middle from each of `depth` places to the one opposite, one inside another, as of U-Net
 * (Ronneberger et al. 2015). */
Drawing *drawing_of_nested_skips (guint depth);
/* Modules in series, each with so many branches of one node; of each, the middle one has two. */
Drawing *drawing_of_branches (const guint *n_branches, guint n_modules);
/* Each node reads all of those before it, as in DenseNet (Huang et al. 2017). */
Drawing *drawing_of_dense_block (guint n);
/* Edges between nodes that are at most `span` apart; with `tangled`, the other way round, double, and to themselves
 * too. */
Drawing *drawing_at_random (GRand *rand, guint n_nodes, guint n_edges, guint span, gboolean tangled);

gboolean drawing_overlap (WbBox a, WbBox b);
double drawing_middle_x (const WbLayout *layout, guint node);
/* Each route runs level and upright in turn, from the border of its one node to that of the other, and meets no node.
 */
void drawing_assert_routes (const WbLayout *layout, const Drawing *drawing);
void drawing_assert_extent (const WbLayout *layout); /* holds all */
void drawing_assert_sound (const WbLayout *layout, const Drawing *drawing);
void drawing_assert_same (const WbLayout *a, const WbLayout *b);
/* Places where routes of what leaves different nodes cross, touch or run on top of one another; with `overlays`, only
 * the last. */
guint drawing_meetings (const WbLayout *layout, const Drawing *drawing, gboolean overlays);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Drawing, drawing_free)

G_END_DECLS
