/* wb-measures.h: what a project's images measure: sizes, brightness, sharpness, colours.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-histogram.h"
#include "wb-sizes.h"
#include "wb-survey.h"

G_BEGIN_DECLS

typedef struct
{
  GArray *sizes; /* (element-type WbSizesDot) */
  guint n_images, n_sizes;
  guint least[2], median[2], most[2]; /* width and height, each on its own */

  guint n_looked;                 /* images that were looked at: the rest is of these */
  GArray *brightness, *sharpness; /* (element-type WbHistogramRow) */
  double most_sharpness;
  gboolean grey;
  double mean[3], deviation[3]; /* of the pixels of all images, as shares of 1 */
} WbMeasures;

/* Takes long where images are many. (transfer full) */
WbMeasures *wb_measures_new (WbVerdict *verdict);
void wb_measures_free (WbMeasures *measures);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbMeasures, wb_measures_free)

G_END_DECLS
