/* lathe-compare.c: two models on the same images.
 *
 * The images that both get right, or both wrong, say nothing about which is better. McNemar 1947, "Note on the sampling
 * error of the difference between correlated proportions or percentages", Psychometrika 12, asks whether the others are
 * shared out as a coin would.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-compare.h"

#include <math.h>

#include "base/lathe-math.h"

#define MOST_EXACT 1000 /* images; beyond them the two tests agree to a thousandth */

/* The binomial coefficient n over k, times 2⁻ⁿ: halved wherever it gets large, so that it stays a number. */
static double
coin_chance (guint n, guint k)
{
  double chance = 1;
  guint halvings = n;

  for (guint j = 1; j <= k; j++)
    {
      chance *= (double) (n - k + j) / j;
      for (; chance > 1 && halvings > 0; halvings--)
        chance /= 2;
    }
  return ldexp (chance, -(int) halvings);
}

/**
 * lathe_mcnemar_exact:
 *
 * Returns: how likely a coin falls at least as unequally, of as many throws: 2 · P (X ≤ the smaller), 1 at most. No
 * more than some thousand throws, below which chances lie that are no numbers.
 */
double
lathe_mcnemar_exact (guint only_first, guint only_second)
{
  guint n = only_first + only_second, k = MIN (only_first, only_second);
  double term = coin_chance (n, k), sum = 0;

  for (guint i = k; i > 0; i--)
    {
      sum += term;
      term *= (double) i / (n - i + 1);
    }
  return fmin (1, 2 * (sum + term));
}

/**
 * lathe_mcnemar_corrected:
 *
 * Edwards 1948: χ² = (|b - c| - 1)² / (b + c), of one degree of freedom.
 *
 * Returns: how likely χ² is as large; 1 where they are equal
 */
double
lathe_mcnemar_corrected (guint only_first, guint only_second)
{
  double n = (double) only_first + only_second, apart = fabs ((double) only_first - only_second);
  double root = fmax (0, apart - 1) / sqrt (2 * fmax (n, 1));

  return lathe_erfc (root);
}

/* Bonett & Price 2012, "Adjusted Wald confidence interval for a difference of binomial proportions based on paired
 * data": as if two more images had been seen, one for each. */
static LatheInterval
difference_interval (const LatheComparison *comparison)
{
  double n = comparison->n + 2.0, less = (comparison->only_first + 1) / n, more = (comparison->only_second + 1) / n;
  double middle = more - less, half = LATHE_Z_95 * sqrt ((less + more - middle * middle) / n);

  return (LatheInterval){fmax (-1, middle - half), fmin (1, middle + half)};
}

static void
count_image (LatheComparison *comparison, const LatheOutcome *a, const LatheOutcome *b, guint first, guint second)
{
  gboolean first_is_right = a->said == a->truth, second_is_right = b->said == b->truth;
  LatheDisagreement disagreement = {a->image, first, second, first_is_right};

  comparison->n++;
  comparison->both_right += first_is_right && second_is_right;
  comparison->only_first += first_is_right && !second_is_right;
  comparison->only_second += !first_is_right && second_is_right;
  comparison->both_wrong += !first_is_right && !second_is_right;
  if (first_is_right != second_is_right)
    g_array_append_val (comparison->disagreements, disagreement);
}

/* Which outcome is about which image. */
static GHashTable *
index_images (const LatheEvaluation *evaluation)
{
  GHashTable *places = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < lathe_evaluation_get_n (evaluation); i++)
    g_hash_table_insert (places, GUINT_TO_POINTER (lathe_evaluation_get (evaluation, i)->image), GUINT_TO_POINTER (i));
  return places;
}

/**
 * lathe_compare:
 * @first, @second: of one dataset; their models may have other classes
 *
 * Images that only one was asked about are left out.
 *
 * Returns: (transfer full): who is right where, and whether that may be luck: McNemar's test, exact for up to 1,000
 * images that tell, else with the continuity correction
 */
LatheComparison *
lathe_compare (const LatheEvaluation *first, const LatheEvaluation *second)
{
  LatheComparison *comparison = g_new0 (LatheComparison, 1);
  g_autoptr (GHashTable) places = index_images (second);

  comparison->disagreements = g_array_new (FALSE, FALSE, sizeof (LatheDisagreement));
  for (guint i = 0; i < lathe_evaluation_get_n (first); i++)
    {
      const LatheOutcome *outcome = lathe_evaluation_get (first, i);
      gpointer place;

      if (g_hash_table_lookup_extended (places, GUINT_TO_POINTER (outcome->image), NULL, &place))
        count_image (comparison, outcome, lathe_evaluation_get (second, GPOINTER_TO_UINT (place)), i,
                     GPOINTER_TO_UINT (place));
    }
  comparison->difference =
      comparison->n > 0 ? ((double) comparison->only_second - comparison->only_first) / comparison->n : NAN;
  comparison->interval = comparison->n > 0 ? difference_interval (comparison) : LATHE_NO_INTERVAL;
  comparison->exact = comparison->only_first + comparison->only_second <= MOST_EXACT;
  comparison->p_value = (comparison->exact ? lathe_mcnemar_exact : lathe_mcnemar_corrected) (comparison->only_first,
                                                                                             comparison->only_second);
  return comparison;
}

void
lathe_comparison_free (LatheComparison *comparison)
{
  g_array_unref (comparison->disagreements);
  g_free (comparison);
}
