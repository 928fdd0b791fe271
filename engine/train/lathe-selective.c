/* lathe-selective.c: what comes of answering only where a model is sure enough.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-selective.h"

#include <math.h>

static int
surest_first (gconstpointer a, gconstpointer b)
{
  float x = (*(const LatheOutcome *const *) a)->confidence, y = (*(const LatheOutcome *const *) b)->confidence;

  return x > y ? -1 : x < y;
}

static void
reverse (GArray *curve)
{
  for (guint i = 0; i < curve->len / 2; i++)
    {
      LatheAnswered *low = &g_array_index (curve, LatheAnswered, i);
      LatheAnswered *high = &g_array_index (curve, LatheAnswered, curve->len - 1 - i), kept = *low;

      *low = *high;
      *high = kept;
    }
}

GArray *
lathe_selective_curve (const LatheEvaluation *evaluation)
{
  guint n = lathe_evaluation_get_n (evaluation);
  g_autoptr (GPtrArray) outcomes = g_ptr_array_sized_new (n);
  GArray *curve = g_array_new (FALSE, FALSE, sizeof (LatheAnswered));
  LatheAnswered at = {0};

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (outcomes, (gpointer) lathe_evaluation_get (evaluation, i));
  g_ptr_array_sort (outcomes, surest_first);
  for (guint i = 0; i < n; i++)
    {
      const LatheOutcome *outcome = outcomes->pdata[i];
      const LatheOutcome *next = i + 1 < n ? outcomes->pdata[i + 1] : NULL;

      at.answered++;
      at.correct += outcome->said == outcome->truth;
      at.threshold = (double) outcome->confidence;
      /* Images that it is as sure of are answered together. */
      if (next == NULL || next->confidence < outcome->confidence)
        g_array_append_val (curve, at);
    }
  if (n == 0)
    g_array_append_val (curve, at);
  reverse (curve);
  return curve;
}

LatheAnswered
lathe_selective_at (const GArray *curve, double threshold)
{
  guint low = 0, high = curve->len;
  LatheAnswered at = {.threshold = threshold};

  /* The first that is no smaller: those images are answered, and those that are surer. */
  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (curve, LatheAnswered, middle).threshold < threshold)
        low = middle + 1;
      else
        high = middle;
    }
  if (low < curve->len)
    {
      at.answered = g_array_index (curve, LatheAnswered, low).answered;
      at.correct = g_array_index (curve, LatheAnswered, low).correct;
    }
  return at;
}

gboolean
lathe_selective_find (const GArray *curve, double accuracy, LatheAnswered *found)
{
  for (guint i = 0; i < curve->len; i++)
    {
      *found = g_array_index (curve, LatheAnswered, i);
      /* Where all are answered, so are those that it will be less sure of than of any here. */
      if (i == 0)
        found->threshold = 0;
      if (found->answered > 0 && found->correct >= accuracy * found->answered)
        return TRUE;
    }
  *found = lathe_selective_at (curve, 0);
  return FALSE;
}

double
lathe_answered_accuracy (const LatheAnswered *answered)
{
  return answered->answered > 0 ? (double) answered->correct / answered->answered : NAN;
}
