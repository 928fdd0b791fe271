/* wb-miniature.h: a small drawing of a network: a box for each layer that matters, as high as its images and as wide as
 * its channels are many.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"
#include "wb-point.h"

G_BEGIN_DECLS

typedef enum
{
  WB_MINIATURE_INPUT,
  WB_MINIATURE_CONVOLUTION,
  WB_MINIATURE_DENSE,
  WB_MINIATURE_OTHER, /* pooling, and what brings branches together */
} WbMiniatureKind;

/* Lengths are shares of the drawing's width and height. */
typedef struct
{
  WbBox box;
  WbMiniatureKind kind;
} WbMiniatureBox;

/* Immutable. */
typedef struct
{
  double width, height; /* of the whole, in canvas units */
  GArray *boxes;        /* (element-type WbMiniatureBox) */
  GArray *lines;        /* (element-type WbBox): level or upright, of no thickness */
} WbMiniature;

/* Any thread. (transfer full) */
WbMiniature *wb_miniature_new (const LatheGraph *graph, const LatheGraphReport *report);
WbMiniature *wb_miniature_ref (WbMiniature *miniature);
void wb_miniature_unref (WbMiniature *miniature);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbMiniature, wb_miniature_unref)

G_END_DECLS
