/* wb-trial.h: one of many files that a model is tried on, and what it said.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"

G_BEGIN_DECLS

typedef struct
{
  LatheImage image;   /* for a thumbnail, and its path, which it owns */
  char *reason;       /* why it cannot be read; NULL: it can */
  guint label;        /* the likeliest; 0 where it cannot be read */
  double probability; /* of that; NAN where it cannot be read */
  gboolean unlike;    /* all that the model has learned from */
  gboolean known;     /* it is not, and the model is sure enough */
} WbTrial;

WbTrial *wb_trial_new (const char *path, const LathePrediction *prediction);
WbTrial *wb_trial_new_failed (const char *path, const char *reason);
void wb_trial_free (WbTrial *trial);

void wb_trial_set_threshold (WbTrial *trial, double threshold);

G_END_DECLS
