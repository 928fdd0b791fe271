/* lathe-ranges.h: between which numbers the outputs of a network's layers lie, as images show.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-dataset.h"
#include "model/lathe-model.h"

G_BEGIN_DECLS

/* What is left of a range, so that most numbers get finer steps. */
typedef enum
{
  LATHE_CALIBRATE_MINMAX,     /* all of it */
  LATHE_CALIBRATE_PERCENTILE, /* what is not among the largest 0.01 % */
  LATHE_CALIBRATE_KL,         /* where the numbers in 8 bits are distributed most as they were */
  LATHE_N_CALIBRATIONS
} LatheCalibrate;

extern const char *const lathe_calibrate_names[];  /* NULL-terminated, as on the command line */
extern const char *const lathe_calibrate_titles[]; /* the same, N_(as people read them) */

#define LATHE_RANGE_BINS 2048

/* Of one layer's output. */
typedef struct
{
  float least, most;              /* 0 lies between them */
  guint64 bins[LATHE_RANGE_BINS]; /* of the sizes of those that are not 0, up to the largest */
} LatheRange;

LatheRange *lathe_ranges_measure (LatheModel *model, LatheDataset *dataset, const GArray *images, guint n_threads,
                                  LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable,
                                  GError **error);
void lathe_range_calibrate (const LatheRange *range, LatheCalibrate method, float *least, float *most);

G_END_DECLS
