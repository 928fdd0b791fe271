/* lathe-norm.h: what the layers that normalise have in common.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-step.h"

G_BEGIN_DECLS

/* The parameters that all of them have, one number a channel. */
enum
{
  LATHE_NORM_GAMMA,
  LATHE_NORM_BETA,
  LATHE_NORM_N_PARAMETERS
};

/* The row of a property table that they share. */
#define LATHE_NORM_EPSILON_PROPERTY                                                                                    \
  {                                                                                                                    \
    .name = "epsilon", .title = N_ ("Epsilon"),                                                                        \
    .help = N_ ("What is added to the variance, so that it can be divided by."), .type = LATHE_PROPERTY_REAL,          \
    .minimum = 1e-9, .maximum = 1, .fallback = 1e-5                                                                    \
  }

gboolean lathe_norm_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
                           GError **error);
guint lathe_norm_parameters (const LatheShape *input, LatheParameter *parameters);

static inline guint
lathe_norm_channels (const LatheShape *shape)
{
  return shape->dim[shape->rank - 1];
}

void lathe_moments_merge (LatheReal *mean, LatheReal *squares, gsize n, const LatheReal *other_mean,
                          const LatheReal *other_squares, gsize other_n, guint columns);
void lathe_moments (const LatheKernels *kernels, const LatheReal *x, gsize rows, guint columns, LatheReal *mean,
                    LatheReal *squares, LatheReal *scratch);

G_END_DECLS
