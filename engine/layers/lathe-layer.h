/* lathe-layer.h: the kinds of layer there are, one row each.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "lathe-axis.h"
#include "base/lathe-real.h"
#include "base/lathe-tensor.h"

G_BEGIN_DECLS

typedef enum
{
  LATHE_LAYER_GROUP_INPUT,
  LATHE_LAYER_GROUP_CONVOLUTION,
  LATHE_LAYER_GROUP_POOLING,
  LATHE_LAYER_GROUP_DENSE,
  LATHE_LAYER_GROUP_ACTIVATION,
  LATHE_LAYER_GROUP_REGULARISATION,
  LATHE_LAYER_GROUP_SHAPE,
  LATHE_LAYER_GROUP_MERGE,
} LatheLayerGroup;

/* How a parameter begins: see lathe-initialiser.c. From GLOROT_UNIFORM on in the order of the `initialiser` property.
 */
typedef enum
{
  LATHE_INITIALISER_ZEROS,
  LATHE_INITIALISER_ONES,
  LATHE_INITIALISER_UNIFORM, /* U(±scale) */
  LATHE_INITIALISER_GLOROT_UNIFORM,
  LATHE_INITIALISER_GLOROT_NORMAL,
  LATHE_INITIALISER_HE_UNIFORM,
  LATHE_INITIALISER_HE_NORMAL,
  LATHE_INITIALISER_LECUN_UNIFORM,
  LATHE_INITIALISER_LECUN_NORMAL,
  LATHE_INITIALISER_ORTHOGONAL,       /* scale: the gain */
  LATHE_INITIALISER_TRUNCATED_NORMAL, /* scale: the standard deviation, before the tails are cut off */
  LATHE_INITIALISER_CONSTANT,         /* scale: the value */
  LATHE_INITIALISER_IDENTITY,
  LATHE_INITIALISER_WHITENING, /* of images, once there are some; until then orthogonal */
  LATHE_N_INITIALISERS
} LatheInitialiser;

/* A tensor of a layer. The optimiser trains it; or it is frozen; or it is a state, which the layer itself keeps while
 * it trains. The last dimension of a weight counts the outputs that it leads to. */
typedef struct
{
  const char *name; /* "weight", "bias" */
  LatheShape shape;
  LatheInitialiser initialiser;
  double scale; /* of the initialiser */
  gsize fan_in, fan_out;
  gboolean state;  /* not trained: a running mean */
  gboolean frozen; /* not trained: as it is */
  gboolean shift;  /* what a norm adds, which may learn at a rate of its own */
  double l1, l2;   /* what the loss gets of Σ |w| and of Σ w² */
  double max_norm; /* of the weights that lead to one output; 0: none */
} LatheParameter;

static inline gboolean
lathe_parameter_is_trained (const LatheParameter *parameter)
{
  return !parameter->state && !parameter->frozen;
}

#define LATHE_MAX_PARAMETERS 4
#define LATHE_MAX_INPUTS 8

/* How windows lie on an image, to be shown: each gives one number of the output; or, where they are `transposed`, each
 * number of the input lays one down on the output, whose pixels the axes then count as theirs (`in`), and padding is
 * what is cut off. */
typedef struct
{
  LatheAxis y, x;
  gboolean transposed;
} LatheWindows;

/* Which numbers a norm takes a mean and a variance of, to be shown: of so many neighbouring channels, and of one pixel
 * or all, of one sample or the batch. */
typedef struct
{
  guint channels;
  gboolean all_pixels, all_samples;
} LatheNormSet;

/* What a dropout leaves out, to be shown: a share of all numbers, or of the channels. */
typedef struct
{
  double share;
  gboolean channels;
} LatheLeftOut;

/* What the channels of an output, its last dimension, have to do with those of the inputs: what may be taken out of a
 * network together. */
typedef enum
{
  LATHE_CHANNELS_MIXED,  /* each is of several, or of none: nothing may be taken out */
  LATHE_CHANNELS_MADE,   /* weights make each of all, or those of its group: in and out are their last two dimensions */
  LATHE_CHANNELS_KEPT,   /* each is the one of the same place in every input; a longer output goes through them anew */
  LATHE_CHANNELS_BEHIND, /* those of one input behind those of the other */
} LatheChannelRule;

typedef struct _LatheLayerKind LatheLayerKind;
typedef struct _LatheStep LatheStep; /* a compiled layer, private to the engine: lathe-step.h */

/**
 * LatheLayerKind:
 *
 * One row of the table. Shapes are those of one sample. A new kind of layer is one file that defines such a
 * row, and one line in lathe-layer.c.
 */
struct _LatheLayerKind
{
  const char *name;  /* as in files: "conv2d" */
  const char *title; /* N_("Convolution 2D") */
  const char *help;  /* N_(one sentence) */
  /* N_(what it computes): x becomes y, or z, which its activation makes y of; “[…]” only with a bias. */
  const char *formula;
  const char *gradient; /* N_(…) the same of the way back, δ being ∂L/∂y, or ∂L/∂z; NULL: there is none */
  LatheLayerGroup group;
  const LatheProperty *properties;
  guint n_properties;
  guint min_inputs, max_inputs;
  LatheChannelRule channels;
  gboolean view; /* the output is the input's memory under another shape: nothing to run */

  /* The output's shape, or FALSE and a LATHE_ERROR_SHAPE that says what was needed and what came. */
  gboolean (*shape) (const LatheProperties *properties, const LatheShape *inputs, guint n_inputs, LatheShape *output,
                     GError **error);
  /* Fills in the tensors and returns how many; NULL: none. */
  guint (*parameters) (const LatheProperties *properties, const LatheShape *input,
                       LatheParameter parameters[LATHE_MAX_PARAMETERS]);
  /* Multiply-adds of one sample's forward pass; NULL: none worth counting. */
  guint64 (*cost) (const LatheProperties *properties, const LatheShape *input, const LatheShape *output);
  /* One line for a card or a list: "32 · 3×3 · ReLU"; NULL: nothing to say. */
  char *(*summary) (const LatheProperties *properties);

  /* What a small picture of the layer shows; of most kinds at most one, and NULL where a picture would say nothing. The
   * input is one that shape() takes. */
  void (*windows) (const LatheProperties *properties, const LatheShape *input, LatheWindows *windows);
  void (*norm) (const LatheProperties *properties, const LatheShape *input, LatheNormSet *set);
  void (*left_out) (const LatheProperties *properties, LatheLeftOut *left_out);
  /* y = f (x) of each number by itself; as it begins, where f is learned. */
  void (*curve) (const LatheLayerKind *kind, const LatheProperties *properties, LatheReal *y, const LatheReal *x,
                 gsize n);

  void (*plan) (LatheStep *step);     /* asks for scratch memory; may be NULL */
  void (*prepare) (LatheStep *step);  /* fills `prepared` from the weights; NULL: nothing to prepare */
  void (*forward) (LatheStep *step);  /* reads inputs and parameters, writes the output */
  void (*backward) (LatheStep *step); /* reads the output's gradient, writes the others */

  /* For a layer that may follow another (see lathe-follow.c), on `n` rows of all samples' from `first` on. In place of
   * forward() and backward(), unless it has those, too. */
  void (*begin) (LatheStep *step); /* before the leader's forward(); may be NULL */
  void (*forward_rows) (LatheStep *step, LatheReal *y, const LatheReal *x, gsize first, gsize n); /* y may be x */
  void (*backward_rows) (LatheStep *step, gsize first, gsize n); /* may be NULL: does not follow in training */
  gboolean from_input; /* backward_rows() reads the input, which a leader does not keep */
  /* Of a function that is no more than max (0, min (x, limit)): that limit, which may be infinite; 0: it is another. */
  LatheReal limit;
  gboolean limits; /* forward_rows() takes step->limit, and does then what a follower with that limit would do */

  /* Instead of backward_rows(), for a layer whose output is smaller: it follows a layer that leads by bands, as the
   * last, and writes an output of its own. */
  guint (*piece) (const LatheStep *step); /* how many image rows it takes at a time, and multiples of them; 0: cannot */
  void (*backward_piece) (LatheStep *step, LatheReal *dx, gsize first, gsize n); /* writes dx whole; any image rows */

  /* Calls lathe_follow() and lathe_unfollow() on all its rows; and does not read its output on the way back, but for an
   * `activation` of its own. */
  gboolean leads;
  /* Whether that goes by bands of whole image rows, as many as step->piece asks for; then there need be no y and no dy;
   * NULL: never. */
  gboolean (*leads_by_bands) (const LatheStep *step);
  /* Whether it would rather make its input itself, band by band, in a network that only answers; NULL: never. */
  gboolean (*pulls) (const LatheStep *step, const LatheStep *source);
};

const LatheLayerKind *const *lathe_layer_kinds (guint *n_kinds);
const LatheLayerKind *lathe_layer_kind_find (const char *name);
int lathe_layer_kind_property (const LatheLayerKind *kind, const char *name);
void lathe_layer_kind_defaults (const LatheLayerKind *kind, LatheProperties *properties);

G_END_DECLS
