/* wb-histogram.h: how often a measure has which value, a row for each class.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-figure.h"

G_BEGIN_DECLS

#define WB_TYPE_HISTOGRAM (wb_histogram_get_type ())
G_DECLARE_FINAL_TYPE (WbHistogram, wb_histogram, WB, HISTOGRAM, WbFigure)

#define WB_HISTOGRAM_BINS 32

typedef struct
{
  char *name; /* of the class */
  guint n_images;
  double mean;
  guint counts[WB_HISTOGRAM_BINS];
  char *names[WB_HISTOGRAM_BINS]; /* of some images of each bin, a line each; or NULL */
} WbHistogramRow;

void wb_histogram_row_clear (gpointer row);

/* rows: (element-type WbHistogramRow); shared, and not changed any more. Bins divide 0 … most evenly; what is above is
 * in the last. The height that it asks for grows with the rows. */
void wb_histogram_show (WbHistogram *histogram, GArray *rows, double most);

G_END_DECLS
