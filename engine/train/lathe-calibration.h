/* lathe-calibration.h: whether what a model says with 80 % is right 80 times in 100, and what mends it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-evaluation.h"

G_BEGIN_DECLS

#define LATHE_CALIBRATION_BINS 15 /* as Guo et al. 2017 have them */

typedef enum
{
  LATHE_BINS_EQUAL_WIDTH, /* (i / n, (i + 1) / n] */
  LATHE_BINS_EQUAL_MASS,  /* as many images in each, but for those of one confidence, which stay together */
} LatheBinning;

/* The images that the model was about as sure of. */
typedef struct
{
  double low, high;  /* of the confidence; of bins of equal mass that of its images, NAN where there are none */
  guint n;           /* images */
  double confidence; /* mean; NAN where there are none */
  double accuracy;   /* share of them that is right; NAN where there are none */
} LatheBin;

LatheBin *lathe_calibration_bins (const LatheEvaluation *evaluation, LatheBinning binning, guint n_bins);
guint16 *lathe_calibration_places (const LatheEvaluation *evaluation, LatheBinning binning, guint n_bins);
void lathe_calibration_gather (const LatheEvaluation *evaluation, const guint16 *places, const guint16 *times,
                               LatheBin *bins, guint n_bins);
double lathe_calibration_error (const LatheBin *bins, guint n_bins);

/* What mends it, and what then comes of it on the same images. NAN where nothing does. */
typedef struct
{
  double temperature, log_loss, ece;
} LatheMended;

double lathe_temperature_fit (const LatheEvaluation *evaluation);
LatheEvaluation *lathe_evaluation_at_temperature (const LatheEvaluation *evaluation, double temperature,
                                                  GError **error);
gboolean lathe_temperature_try (const LatheEvaluation *evaluation, LatheMended *mended, GError **error);

G_END_DECLS
