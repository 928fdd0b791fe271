/* lathe-step.h: a layer as the network runs it: its place in memory, and what it may use.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-pool.h"
#include "base/lathe-rng.h"
#include "kernels/lathe-kernels.h"
#include "lathe-layer.h"

G_BEGIN_DECLS

/**
 * LatheStep:
 *
 * Made by the network when it is compiled. A layer's plan() sees the shapes and the largest batch, and asks for
 * scratch memory; forward() and backward() see everything. Every array is batch × shape, channels last.
 *
 * backward() may overwrite `dy`, but for a layer that leads, once its followers are done. It writes each `dx` and each
 * `dw` that is not NULL whole, and spares itself the work for those that are: a frozen layer has no `dw`, and a layer
 * in front of which nothing is trained no `dx`. A state is read through `w` like any parameter; forward() writes it
 * through `state`, and only when training.
 */
struct _LatheStep
{
  const LatheLayerKind *kind;
  const LatheProperties *properties;
  gboolean linear; /* the loss applies this layer's own activation: leave it out */

  guint n_inputs;
  LatheShape input[LATHE_MAX_INPUTS];
  LatheShape output;
  guint n_parameters;
  LatheParameter parameter[LATHE_MAX_PARAMETERS];

  guint batch; /* samples in this pass; in plan(), the most there will be */
  gboolean training;
  LatheRng rng; /* this layer's stream for this step */

  const LatheReal *x[LATHE_MAX_INPUTS];
  LatheReal *y;
  LatheReal *dx[LATHE_MAX_INPUTS];
  LatheReal *dy;
  const LatheReal *w[LATHE_MAX_PARAMETERS];
  LatheReal *dw[LATHE_MAX_PARAMETERS];    /* NULL for what is not trained */
  LatheReal *state[LATHE_MAX_PARAMETERS]; /* NULL for what is no state */

  /* Layers that this one runs with its own passes: see lathe-follow.c. */
  LatheStep *follower; /* the next of them; NULL: none */
  guint piece;         /* image rows that the last of them takes at a time; then y and dy are NULL; 0: it does not */
  gsize band_at;       /* of such a step: where in a thread's scratch there is room for a piece */
  LatheStep *source;   /* makes the rows of x[0] just before they are read, which are not in memory; NULL: they are */
  guint led;           /* of a follower: which of its inputs its leader writes */
  gboolean follows;    /* it is a follower itself */
  gboolean positive;   /* of a follower: no gradient passes where what it gets is not above 0 */
  LatheReal limit;     /* the follower's, whose work forward_rows() does as well: see the kind; 0: it does not */
  const LatheReal **parts; /* gradients of y by others than the one who wrote dy: to be added to it */
  guint n_parts;

  LathePool *pool;
  const LatheKernels *kernels;
  const char *algorithm;     /* chosen by plan() where there are several: N_() */
  gsize kept_size;           /* asked for by plan(), in numbers: this layer's own, from forward() to backward() */
  gsize prepared_size;       /* the same, in a network that only answers: what prepare() makes of the weights */
  gsize scratch_size;        /* asked for by plan(), in numbers: shared by all threads, free between layers */
  gsize thread_scratch_size; /* the same, for each thread */
  LatheReal *kept;           /* NULL when none was asked for */
  LatheReal *prepared;       /* the same */
  LatheReal *scratch;
  LatheReal *thread_scratch; /* thread t's begins at t × thread_scratch_stride */
  gsize thread_scratch_stride;
};

static inline double
lathe_step_value (const LatheStep *step, guint property)
{
  return step->properties->value[property];
}

static inline LatheReal *
lathe_step_thread_scratch (const LatheStep *step, guint thread)
{
  return step->thread_scratch + thread * step->thread_scratch_stride;
}

/* A row of a layer's output is what it has at one pixel: the last dimension. */
static inline guint
lathe_step_columns (const LatheStep *step)
{
  return step->output.dim[step->output.rank - 1];
}

/* Of all samples. */
static inline gsize
lathe_step_rows (const LatheStep *step)
{
  return step->batch * (lathe_shape_size (&step->output) / lathe_step_columns (step));
}

/* How many pieces of `piece` make up `whole`. */
static inline gsize
lathe_ceil_div (gsize whole, gsize piece)
{
  return (whole + piece - 1) / piece;
}

/* Sums over a batch are made by shards, at most this many whatever the threads, and added up in order: the same bits
 * on any number of threads. */
#define LATHE_SHARDS 8

static inline guint
lathe_step_shard_samples (const LatheStep *step)
{
  return (guint) lathe_ceil_div (step->batch, LATHE_SHARDS);
}

static inline guint
lathe_step_n_shards (const LatheStep *step)
{
  return (guint) lathe_ceil_div (step->batch, lathe_step_shard_samples (step));
}

/* The samples of a shard begin at `first`. Returns how many there are. */
static inline guint
lathe_step_shard (const LatheStep *step, guint shard, guint *first)
{
  *first = shard * lathe_step_shard_samples (step);
  return MIN (lathe_step_shard_samples (step), step->batch - *first);
}

G_END_DECLS
