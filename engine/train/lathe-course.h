/* lathe-course.h: what the course of a training shows, and what helps.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-trainer.h"

G_BEGIN_DECLS

/* In the order in which they are told. */
typedef enum
{
  LATHE_REMARK_EXPLODING,
  LATHE_REMARK_NOT_LEARNING,
  LATHE_REMARK_OVERFITTING,
  LATHE_REMARK_STILL_IMPROVING,
  LATHE_REMARK_FEW_IMAGES,
  LATHE_N_REMARKS
} LatheRemarkKind;

extern const char *const lathe_remark_names[LATHE_N_REMARKS]; /* in files: "exploding", … */

typedef struct
{
  LatheRemarkKind kind;
  guint epoch; /* since which it is so, from 1; 0: it is about all of them */
  char *seen;  /* one sentence or two, with the numbers */
  char *help;  /* what can be done about it */
} LatheRemark;

void lathe_remark_free (LatheRemark *remark);

/* A training, as far as it has gone. */
typedef struct
{
  const GArray *epochs; /* (element-type LatheEpoch): the finished ones, in order */
  const GArray *points; /* (element-type LathePoint): in order; may be empty */
  LatheHyperparameters hyperparameters;
  guint n_train, n_validation; /* images; 0: not known, or none */
  double chance;               /* the share of right answers of always saying the commonest class; NAN: not known */
  gboolean ended;              /* no epoch is to come */
  gboolean diverged;           /* it failed with LATHE_ERROR_DIVERGED */
} LatheCourse;

void lathe_course_init (LatheCourse *course, LatheDataset *dataset, const LatheHyperparameters *hyperparameters,
                        const LatheSnapshot *snapshot, const GArray *points);
GPtrArray *lathe_course_remark (const LatheCourse *course);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheRemark, lathe_remark_free)

G_END_DECLS
