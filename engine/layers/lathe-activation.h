/* lathe-activation.h: activation functions, as layers of their own and as a property of others.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-step.h"

G_BEGIN_DECLS

/* The row of a property table that offers them. */
#define LATHE_ACTIVATION_PROPERTY                                                                                      \
  {                                                                                                                    \
    .name = "activation", .title = N_ ("Activation"),                                                                  \
    .help = N_ ("The function that each output passes through before the next layer."), .type = LATHE_PROPERTY_CHOICE, \
    .minimum = 0, .maximum = LATHE_N_ACTIVATIONS - 1, .fallback = LATHE_ACTIVATION_NONE,                               \
    .choices = lathe_activation_names                                                                                  \
  }

extern const char *const lathe_activation_names[];

/**
 * LatheActivationRow:
 *
 * The layer that is one, and what others need to know of it.
 *
 * Most slopes follow from the output y, which is in memory anyway; where they do not, the kind's `from_input`
 * is set and backward gets x instead.
 */
typedef struct
{
  LatheLayerKind kind;
  LatheInitialiser initialiser; /* what keeps the variance of what flows through */
} LatheActivationRow;

extern const LatheActivationRow lathe_activations[LATHE_N_ACTIVATIONS];

const char *lathe_activation_title (LatheActivation activation);
LatheInitialiser lathe_activation_initialiser (LatheActivation activation);

/* The activation at its default parameter, of any numbers. */
void lathe_activation_forward (LatheActivation activation, const LatheKernels *kernels, LatheReal *y,
                               const LatheReal *x, gsize rows, gsize columns);

/* As a property of another layer: in plan(), on rows of y just written, and on the same rows of dy. */
void lathe_activation_plan (LatheActivation activation, LatheStep *step);
void lathe_activation_apply (LatheActivation activation, LatheStep *step, LatheReal *y, gsize first, gsize n);
void lathe_activation_unapply (LatheActivation activation, LatheStep *step, gsize first, gsize n);

G_END_DECLS
