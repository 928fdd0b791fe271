/* wb-scatter.h: accuracy against what it costs: a dot for each network, or for each variant of a model.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-figure.h"

G_BEGIN_DECLS

#define WB_TYPE_SCATTER (wb_scatter_get_type ())
G_DECLARE_FINAL_TYPE (WbScatter, wb_scatter, WB, SCATTER, WbFigure)

/* Signal: "picked" (guint id): of the dot that was clicked, or chosen by Enter. */

typedef enum
{
  WB_SCATTER_WHOLE, /* trained to the end: they can be compared */
  WB_SCATTER_PART,  /* trained for less */
  WB_SCATTER_FIRST, /* what all others are compared with */
} WbScatterMark;

typedef struct
{
  guint id;
  char *name; /* owned */
  double cost, accuracy, low, high;
  WbScatterMark mark;
  gboolean front; /* no other is more accurate for less */
  double size;    /* what the dot's area is to show, in bytes; 0: nothing, and all dots are alike */
} WbScatterDot;

typedef enum
{
  WB_SCATTER_MILLISECONDS, /* an image */
  WB_SCATTER_BYTES,
} WbScatterUnit;

/* What the dots stand for: their legend, and the words for those who do not see them. */
typedef enum
{
  WB_SCATTER_OF_NETWORKS,
  WB_SCATTER_OF_VARIANTS,
} WbScatterSubject;

void wb_scatter_set_subject (WbScatter *scatter, WbScatterSubject subject);
void wb_scatter_dot_clear (gpointer dot); /* a GDestroyNotify for an array of them */

/* `dots` (element-type WbScatterDot): a reference is taken. The one that was selected stays so, if it is there. */
void wb_scatter_show (WbScatter *scatter, GArray *dots, WbScatterUnit unit);
void wb_scatter_select (WbScatter *scatter, guint id); /* G_MAXUINT: none */

/* (transfer full) A table, a line for each dot. */
char *wb_scatter_dots_to_csv (const GArray *dots, WbScatterUnit unit);

G_END_DECLS
