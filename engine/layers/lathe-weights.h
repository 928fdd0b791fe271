/* lathe-weights.h: how the weights of a layer begin, whether they learn, and what keeps them small.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-layer.h"

G_BEGIN_DECLS

enum
{
  LATHE_WEIGHT_INITIALISER,
  LATHE_WEIGHT_SCALE,
  LATHE_WEIGHT_FROZEN,
  LATHE_WEIGHT_L1,
  LATHE_WEIGHT_L2,
  LATHE_WEIGHT_MAX_NORM,
  LATHE_N_WEIGHT_PROPERTIES
};

/* The choices of the `frozen` property; the last is only there where there is a bias besides the weights. */
enum
{
  LATHE_FROZEN_NO,
  LATHE_FROZEN_YES,
  LATHE_FROZEN_WEIGHTS,
};
extern const char *const lathe_frozen_names[];

/* The row of every layer that has parameters. */
#define LATHE_FROZEN_PROPERTY                                                                                          \
  {                                                                                                                    \
    .name = "frozen", .title = N_ ("Frozen"),                                                                          \
    .help = N_ ("Whether the layer stays as it is while the rest of the network learns."),                             \
    .type = LATHE_PROPERTY_CHOICE, .minimum = 0, .maximum = 1, .fallback = 0, .choices = lathe_no_yes                  \
  }

/* The rows of a layer that weighs what it gets, from row `at` of its table on. */
#define LATHE_WEIGHT_PROPERTIES(at)                                                                                    \
  [(at) +                                                                                                              \
      LATHE_WEIGHT_INITIALISER] = {.name = "initialiser",                                                              \
                                   .title = N_ ("Initialiser"),                                                        \
                                   .help = N_ ("How the weights are drawn before training; auto: as suits the "        \
                                               "activation; identity: as many filters as there are channels pass "     \
                                               "one on each; whitening: as the first images have it, so that what "    \
                                               "a convolution makes of them has one variance and nothing in common."), \
                                   .type = LATHE_PROPERTY_CHOICE,                                                      \
                                   .minimum = 0,                                                                       \
                                   .maximum = LATHE_N_INITIALISER_CHOICES - 1,                                         \
                                   .fallback = 0,                                                                      \
                                   .choices = lathe_initialiser_names},                                                \
      [(at) +                                                                                                          \
          LATHE_WEIGHT_SCALE] = {.name = "initialiser-scale",                                                          \
                                 .title = N_ ("Initialiser scale"),                                                    \
                                 .help = N_ ("constant: the value; truncated-normal: the standard deviation, 0 for "   \
                                             "0.05; orthogonal: what its numbers are multiplied by, 0 for 1. The "     \
                                             "others do not look at it."),                                             \
                                 .type = LATHE_PROPERTY_REAL,                                                          \
                                 .minimum = -100,                                                                      \
                                 .maximum = 100,                                                                       \
                                 .fallback = 0},                                                                       \
      [(at) + LATHE_WEIGHT_FROZEN] = {.name = "frozen",                                                                \
                                      .title = N_ ("Frozen"),                                                          \
                                      .help = N_ ("Whether the layer stays as it is while the rest of the network "    \
                                                  "learns; weights: all but its bias."),                               \
                                      .type = LATHE_PROPERTY_CHOICE,                                                   \
                                      .minimum = 0,                                                                    \
                                      .maximum = LATHE_FROZEN_WEIGHTS,                                                 \
                                      .fallback = LATHE_FROZEN_NO,                                                     \
                                      .choices = lathe_frozen_names},                                                  \
      [(at) +                                                                                                          \
          LATHE_WEIGHT_L1] = {.name = "l1",                                                                            \
                              .title = N_ ("L1 penalty"),                                                              \
                              .help = N_ ("Is added to the loss for each unit of the weights' absolute values; many "  \
                                          "weights then end at zero."),                                                \
                              .type = LATHE_PROPERTY_REAL,                                                             \
                              .minimum = 0,                                                                            \
                              .maximum = 100,                                                                          \
                              .fallback = 0},                                                                          \
      [(at) +                                                                                                          \
          LATHE_WEIGHT_L2] = {.name = "l2",                                                                            \
                              .title = N_ ("L2 penalty"),                                                              \
                              .help = N_ ("Is added to the loss for each unit of the weights' squares, which keeps "   \
                                          "them small."),                                                              \
                              .type = LATHE_PROPERTY_REAL,                                                             \
                              .minimum = 0,                                                                            \
                              .maximum = 100,                                                                          \
                              .fallback = 0},                                                                          \
      [(at) + LATHE_WEIGHT_MAX_NORM] = {                                                                               \
          .name = "max-norm",                                                                                          \
          .title = N_ ("Max-norm"),                                                                                    \
          .help = N_ ("The largest that the weights into one output may be together, as the root of the sum of their " \
                      "squares; 0: as large as they like."),                                                           \
          .type = LATHE_PROPERTY_REAL,                                                                                 \
          .minimum = 0,                                                                                                \
          .maximum = 1e6,                                                                                              \
          .fallback = 0}

/* The choices of the `initialiser` property: “auto”, and then in the order of LatheInitialiser. */
#define LATHE_N_INITIALISER_CHOICES (1 + LATHE_N_INITIALISERS - LATHE_INITIALISER_GLOROT_UNIFORM)
extern const char *const lathe_initialiser_names[];

void lathe_weights_freeze (LatheParameter *parameters, guint n_parameters, double frozen);
void lathe_weights_describe (const LatheProperties *values, guint at, LatheParameter *parameters, guint n_parameters);

G_END_DECLS
