/* lathe-weights.c: how the weights of a layer begin, whether they learn, and what keeps them small.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-weights.h"

#include <glib/gi18n-lib.h>

#define USUAL_DEVIATION 0.05 /* of truncated-normal, as in Keras */
#define USUAL_GAIN 1         /* of orthogonal */

const char *const lathe_initialiser_names[] = {N_ ("auto"),
                                               N_ ("glorot-uniform"),
                                               N_ ("glorot-normal"),
                                               N_ ("he-uniform"),
                                               N_ ("he-normal"),
                                               N_ ("lecun-uniform"),
                                               N_ ("lecun-normal"),
                                               N_ ("orthogonal"),
                                               N_ ("truncated-normal"),
                                               N_ ("constant"),
                                               N_ ("identity"),
                                               N_ ("whitening"),
                                               NULL};

G_STATIC_ASSERT (G_N_ELEMENTS (lathe_initialiser_names) == LATHE_N_INITIALISER_CHOICES + 1);

const char *const lathe_frozen_names[] = {N_ ("no"), N_ ("yes"), N_ ("weights"), NULL};

/**
 * lathe_weights_freeze:
 * @parameters: the weights first
 * @frozen: the value of the layer's `frozen` property
 */
void
lathe_weights_freeze (LatheParameter *parameters, guint n_parameters, double frozen)
{
  for (guint i = 0; i < n_parameters; i++)
    parameters[i].frozen = frozen == LATHE_FROZEN_YES || (frozen == LATHE_FROZEN_WEIGHTS && i == 0);
}

static double
scale_or (double scale, double usual)
{
  return scale != 0 ? scale : usual;
}

/**
 * lathe_weights_describe:
 * @at: where in the layer's table the weights' properties begin
 * @parameters: as the layer has described them itself, the weights first
 *
 * Adds what the weights' properties say: of the weights alone, but that a layer is frozen with all it has.
 */
void
lathe_weights_describe (const LatheProperties *values, guint at, LatheParameter *parameters, guint n_parameters)
{
  const double *v = values->value + at;
  LatheParameter *weights = &parameters[0];

  lathe_weights_freeze (parameters, n_parameters, v[LATHE_WEIGHT_FROZEN]);
  weights->l1 = v[LATHE_WEIGHT_L1];
  weights->l2 = v[LATHE_WEIGHT_L2];
  weights->max_norm = v[LATHE_WEIGHT_MAX_NORM];
  if (v[LATHE_WEIGHT_INITIALISER] == 0)
    return;
  weights->initialiser = LATHE_INITIALISER_GLOROT_UNIFORM + (int) v[LATHE_WEIGHT_INITIALISER] - 1;
  weights->scale = v[LATHE_WEIGHT_SCALE];
  if (weights->initialiser == LATHE_INITIALISER_TRUNCATED_NORMAL)
    weights->scale = scale_or (weights->scale, USUAL_DEVIATION);
  else if (weights->initialiser == LATHE_INITIALISER_ORTHOGONAL || weights->initialiser == LATHE_INITIALISER_WHITENING)
    weights->scale = scale_or (weights->scale, USUAL_GAIN);
}
