/* lathe-keras-training.c: what optimisers and losses are called in Keras, and which numbers they take.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-keras.h"

typedef struct
{
  const char *name, *class;
  gboolean momentum, nesterov, betas, rho, epsilon, decay, starts_at_zero;
} Optimizer;

static const Optimizer optimizers[] = {
    {"sgd", "SGD"},
    {"momentum", "SGD", .momentum = TRUE},
    {"nesterov", "SGD", .momentum = TRUE, .nesterov = TRUE},
    {"adagrad", "Adagrad", .epsilon = TRUE, .starts_at_zero = TRUE},
    {"rmsprop", "RMSprop", .rho = TRUE, .epsilon = TRUE},
    {"adam", "Adam", .betas = TRUE, .epsilon = TRUE},
    {"adamw", "AdamW", .betas = TRUE, .epsilon = TRUE, .decay = TRUE},
    {"lion", "Lion", .betas = TRUE, .decay = TRUE},
};

static void
add (LatheKerasOptimizer *optimizer, gboolean takes, const char *name, double value)
{
  if (takes)
    optimizer->number[optimizer->n++] = (LatheKerasNumber){name, value};
}

/**
 * lathe_keras_optimizer:
 *
 * Returns: the optimiser's class, and its numbers under their names in Keras
 */
LatheKerasOptimizer
lathe_keras_optimizer (const LatheExportTraining *training)
{
  const Optimizer *o = optimizers;
  LatheKerasOptimizer optimizer = {0};

  while (!g_str_equal (o->name, training->optimizer))
    o++;
  optimizer.class = o->class;
  optimizer.nesterov = o->nesterov;
  add (&optimizer, TRUE, "learning_rate", training->learning_rate);
  add (&optimizer, o->momentum, "momentum", training->momentum);
  add (&optimizer, o->betas, "beta_1", training->beta1);
  add (&optimizer, o->betas, "beta_2", training->beta2);
  add (&optimizer, o->rho, "rho", training->beta2);
  add (&optimizer, o->epsilon, "epsilon", training->epsilon);
  add (&optimizer, o->decay, "weight_decay", training->weight_decay);
  add (&optimizer, o->starts_at_zero, "initial_accumulator_value", 0);
  return optimizer;
}

/**
 * lathe_keras_loss:
 *
 * Returns: the class of the cross-entropy. Smoothed labels are no whole numbers: they come one-hot
 */
const char *
lathe_keras_loss (const LatheProgram *program)
{
  if (program->n_units == 1)
    return "BinaryCrossentropy";
  return program->export->training.label_smoothing > 0 ? "CategoricalCrossentropy" : "SparseCategoricalCrossentropy";
}
