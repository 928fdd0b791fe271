/* lathe-hyperparameters.h: what a person may choose about a training, as a table that everything else is drawn from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-augment.h"
#include "kernels/lathe-precision.h"
#include "layers/lathe-property.h"
#include "model/lathe-loss.h"

G_BEGIN_DECLS

/* The numbers of these enumerations are those of their rows' choices: new ones go to the end. */
typedef enum
{
  LATHE_OPTIMIZER_SGD,
  LATHE_OPTIMIZER_MOMENTUM, /* Polyak 1964 */
  LATHE_OPTIMIZER_ADAM,     /* Kingma & Ba 2015 */
  LATHE_OPTIMIZER_NESTEROV, /* Nesterov 1983, as Sutskever et al. 2013 write it */
  LATHE_OPTIMIZER_ADAGRAD,  /* Duchi et al. 2011 */
  LATHE_OPTIMIZER_RMSPROP,  /* Tieleman & Hinton 2012 */
  LATHE_OPTIMIZER_ADAMW,    /* Loshchilov & Hutter 2019 */
  LATHE_OPTIMIZER_LION,     /* Chen et al. 2023 */
  LATHE_N_OPTIMIZERS
} LatheOptimizer;

typedef enum
{
  LATHE_SCHEDULE_CONSTANT,
  LATHE_SCHEDULE_STEP,
  LATHE_SCHEDULE_EXPONENTIAL,
  LATHE_SCHEDULE_COSINE,    /* Loshchilov & Hutter 2017, without restarts */
  LATHE_SCHEDULE_ONE_CYCLE, /* Smith & Topin 2018 */
  LATHE_SCHEDULE_PLATEAU,
  LATHE_N_SCHEDULES
} LatheSchedule;

/* What makes one epoch better than another. */
typedef enum
{
  LATHE_BEST_BY_ACCURACY,
  LATHE_BEST_BY_LOSS,
  LATHE_BEST_BY_MACRO_F1,
  LATHE_N_BEST_BY
} LatheBestBy;

/* How classes of unequal size come to count the same: see lathe-balance.h. */
typedef enum
{
  LATHE_BALANCE_NONE,
  LATHE_BALANCE_WEIGHTS,
  LATHE_BALANCE_RESAMPLE,
  LATHE_N_BALANCES
} LatheBalance;

/* Every member but the last two has a row in the table: whole numbers and choices are guint there, others double. */
typedef struct
{
  guint epochs; /* at least 1 */
  guint batch;  /* samples a step, at least 1 */

  LatheAugmentation augmentation;

  guint optimizer;      /* LatheOptimizer */
  double learning_rate; /* above 0 */
  double shift_rate;    /* how many times that for what norms add */
  double lower_rate;    /* and once more for each stage below the last one, above 0 … 1: Howard & Ruder 2018 */
  double momentum;      /* 0 … below 1: of momentum and Nesterov */
  double beta1, beta2;  /* of Adam, AdamW and Lion; beta2 also of RMSprop, as its alpha: how slowly means forget */
  double epsilon;       /* of Adagrad, RMSprop, Adam and AdamW */
  double weight_decay;  /* of AdamW and Lion: a step takes rate · decay of each weight away */
  double clip_value;    /* no element of the gradient is larger; 0: any */
  double clip_norm;     /* nor is its norm; 0: any */
  double average;       /* how slowly the moving average of the weights forgets, 0 … below 1; 0: no average */

  guint lookahead; /* steps after which weights go back to a slow mean of themselves; 0: never */

  guint schedule;     /* LatheSchedule */
  double warm_up;     /* epochs over which the rate rises from 0; of one-cycle, to its peak */
  double decay;       /* what a step, an epoch (exponential) or a plateau multiplies the rate by, above 0 … 1 */
  guint decay_epochs; /* of step: how often */
  guint patience;     /* of plateau: epochs without a better one */
  double final_rate;  /* where cosine and one-cycle end, as a share of the learning rate */

  guint loss; /* LatheLossKind */
  double label_smoothing, focal_gamma, huber_delta;
  guint balance; /* LatheBalance */

  guint best_by;             /* LatheBestBy */
  guint early_stopping;      /* epochs without a better one after which training ends; 0: never */
  double checkpoint_minutes; /* the longest that a checkpoint waits inside an epoch */
  guint precision;           /* LathePrecision */

  guint64 seed;
  guint threads; /* 0: as many as the machine has cores. The result does not depend on it */
} LatheHyperparameters;

/**
 * LatheHyperparameter:
 *
 * One row: the window's form, the command line, the checkpoint and the documentation of a hyperparameter come from
 * here.
 */
typedef struct
{
  LatheProperty property;
  gsize offset;         /* within LatheHyperparameters */
  gsize of;             /* the member that decides whether this one counts … */
  guint values;         /* … when it is one of these, as bits; 0: it always counts */
  gboolean logarithmic; /* it is its ratios that matter: 0.1 is to 0.01 as 0.01 is to 0.001 */
} LatheHyperparameter;

const LatheHyperparameter *lathe_hyperparameters (guint *n_rows);
const LatheHyperparameter *lathe_hyperparameter_find (const char *name);
double lathe_hyperparameter_get (const LatheHyperparameter *row, const LatheHyperparameters *values);
void lathe_hyperparameter_set (const LatheHyperparameter *row, LatheHyperparameters *values, double value);
gboolean lathe_hyperparameter_check (const LatheHyperparameter *row, double value, GError **error);
gboolean lathe_hyperparameter_counts (const LatheHyperparameter *row, const LatheHyperparameters *values);

void lathe_hyperparameters_defaults (LatheHyperparameters *values);
gboolean lathe_hyperparameters_check (const LatheHyperparameters *values, GError **error);
gboolean lathe_hyperparameters_equal (const LatheHyperparameters *a, const LatheHyperparameters *b);

/* {"epochs":10,"optimizer":"adam",…,"seed":"1"}; the threads are not in it, as they decide nothing. */
char *lathe_hyperparameters_to_json (const LatheHyperparameters *values);
gboolean lathe_hyperparameters_from_json (const char *text, LatheHyperparameters *values, GError **error);
void lathe_hyperparameters_from_json_lenient (const char *text, LatheHyperparameters *values, GPtrArray *account);

G_END_DECLS
