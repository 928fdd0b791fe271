/* wb-layer-picture-private.h: what the pictures of layers are drawn from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-layer-picture.h"
#include "wb-pen.h"
#include "wb-kernel-geometry.h"

G_BEGIN_DECLS

#define WB_PICTURE_LABEL 18.0 /* pixels of a line of text below */

typedef struct
{
  const char *title; /* N_() */
  /* What is asked of the layer once, when it is shown. */
  void (*prepare) (WbLayerPicture *self);
  double (*measure) (WbLayerPicture *self, double width); /* its height */
  void (*draw) (WbLayerPicture *self, const WbPen *pen, double width, double height);
  /* The pointer is here: whether that changed anything; may be NULL. */
  gboolean (*point) (WbLayerPicture *self, double x, double y);
  gboolean (*step) (WbLayerPicture *self, int right, int down); /* by the arrow keys; may be NULL */
  char *(*describe) (WbLayerPicture *self);                     /* the same in words */
} WbPicture;

extern const WbPicture wb_picture_windows, wb_picture_norm, wb_picture_left_out, wb_picture_curve;

struct _WbLayerPicture
{
  GtkWidget parent_instance;
  const WbPicture *picture; /* NULL: none */
  const LatheLayerKind *kind;
  LatheProperties properties;
  LatheShape input, output; /* of rank 0 where they are not known */
  LatheWindowPart part;
  GdkRGBA accent;
  char *description;

  LatheWindows windows;
  WbKernelSide across, down;
  guint column, row; /* of the windows that are shown, the one that is */
  double x;          /* where on the curve */
};

/* A square of a grid, a pixel apart from the next. */
void wb_picture_cell (const WbPen *pen, const GdkRGBA *color, double opacity, double x, double y, double size);

G_END_DECLS
