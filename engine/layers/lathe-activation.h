/* lathe-activation.h: activation functions, as layers of their own and as a property of others.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-step.h"

G_BEGIN_DECLS

typedef enum
{
  LATHE_ACTIVATION_NONE,
  LATHE_ACTIVATION_RELU,
  LATHE_ACTIVATION_SIGMOID,
  LATHE_ACTIVATION_SOFTMAX,
} LatheActivation;

/* The row of a property table that offers them. */
#define LATHE_ACTIVATION_PROPERTY                                                                                      \
  {                                                                                                                    \
    .name = "activation", .title = N_ ("Activation"),                                                                  \
    .help = N_ ("The function that each output passes through before the next layer."), .type = LATHE_PROPERTY_CHOICE, \
    .minimum = 0, .maximum = 3, .fallback = LATHE_ACTIVATION_NONE, .choices = lathe_activation_names                   \
  }

extern const char *const lathe_activation_names[];

const char *lathe_activation_title (LatheActivation activation);
LatheInitialiser lathe_activation_initialiser (LatheActivation activation);

/* Rows are samples or pixels; softmax runs over the columns of each row. y may be x. */
void lathe_activation_forward (LatheActivation activation, const LatheKernels *kernels, LatheReal *y,
                               const LatheReal *x, gsize rows, gsize columns);
/* dx from dy and the activation's own output y; dx may be dy. */
void lathe_activation_backward (LatheActivation activation, const LatheKernels *kernels, LatheReal *dx,
                                const LatheReal *y, const LatheReal *dy, gsize rows, gsize columns);

G_END_DECLS
