/* wb-trial.c: one of many files that a model is tried on, and what it said.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-trial.h"

#include <math.h>

WbTrial *
wb_trial_new (const char *path, const LathePrediction *prediction)
{
  WbTrial *trial = g_new0 (WbTrial, 1);

  trial->image.path = g_strdup (path);
  trial->label = prediction->label;
  trial->probability = (double) prediction->probability[prediction->label];
  trial->unlike = prediction->unlike;
  return trial;
}

WbTrial *
wb_trial_new_failed (const char *path, const char *reason)
{
  WbTrial *trial = g_new0 (WbTrial, 1);

  trial->image.path = g_strdup (path);
  trial->reason = g_strdup (reason);
  trial->probability = NAN;
  return trial;
}

void
wb_trial_free (WbTrial *trial)
{
  g_free (trial->image.path);
  g_free (trial->reason);
  g_free (trial);
}

void
wb_trial_set_threshold (WbTrial *trial, double threshold)
{
  trial->known = !trial->reason && !trial->unlike && trial->probability >= threshold;
}
