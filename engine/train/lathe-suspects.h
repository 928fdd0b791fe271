/* lathe-suspects.h: images whose label is likely wrong.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-dynamics.h"
#include "lathe-evaluation.h"

G_BEGIN_DECLS

typedef struct
{
  guint place;    /* in the evaluation, for lathe_evaluation_get() */
  guint likelier; /* the class that it rather shows */
  guint times;    /* that the model looked at it while it learned; 0: it is suspected by the model's answer alone */
  guint named;    /* of them, how often its label was the likeliest */
  double margin; /* of its label over the largest of the others: of probabilities, -1 … 1; over the times, of logits */
} LatheSuspect;

/* By what a list goes. */
typedef enum
{
  LATHE_SUSPECTED_BY_ANSWERS,
  LATHE_SUSPECTED_BY_EPOCHS,
  LATHE_SUSPECTED_BY_BOTH, /* some images so, some so */
} LatheSuspicion;

extern const char *const lathe_suspicion_names[]; /* as in files, NULL-terminated */

GArray *lathe_suspects (const LatheEvaluation *evaluation, LatheDataset *dataset, const GArray *dynamics);
LatheSuspicion lathe_suspicion (const LatheEvaluation *evaluation, LatheDataset *dataset, const GArray *dynamics);

G_END_DECLS
