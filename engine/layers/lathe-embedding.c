/* lathe-embedding.c: a vector for each word: a row of the table, found by its number.
 *
 * Words come as real numbers, as everything does between layers: they are cut to whole ones, and into the vocabulary.
 * There is no gradient by a word's number.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-kinds.h"
#include "lathe-step.h"
#include "lathe-weights.h"

#define TILE_NUMBERS 65536 /* of the table's gradient */
#define LIMIT 0.05         /* of the first numbers, as in Keras */

enum
{
  VOCABULARY,
  DIMENSION,
  WEIGHTS,
  N_PROPERTIES = WEIGHTS + LATHE_N_WEIGHT_PROPERTIES
};

static const LatheProperty properties[N_PROPERTIES] = {
    [VOCABULARY] = {.name = "vocabulary",
                    .title = N_ ("Vocabulary"),
                    .help = N_ ("How many words there are, counted from 0; a larger number is taken for the last one."),
                    .minimum = 1,
                    .maximum = 10000000,
                    .fallback = 1000},
    [DIMENSION] = {.name = "dimension",
                   .title = N_ ("Dimension"),
                   .help = N_ ("How many numbers stand for a word."),
                   .minimum = 1,
                   .maximum = 65536,
                   .fallback = 64},
    LATHE_WEIGHT_PROPERTIES (WEIGHTS),
};

static gboolean
embedding_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
                 GError **error)
{
  g_autofree char *came = lathe_shape_to_string (&inputs[0]);

  if (inputs[0].rank != 1)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                   _ ("needs a vector of words, gets %s: put a Flatten layer in front of it"), came);
      return FALSE;
    }
  *output = (LatheShape){2, {inputs[0].dim[0], (guint) values->value[DIMENSION]}};
  return TRUE;
}

static guint
embedding_parameters (const LatheProperties *values, const LatheShape *input, LatheParameter *parameters)
{
  guint vocabulary = (guint) values->value[VOCABULARY], dimension = (guint) values->value[DIMENSION];

  parameters[0] = (LatheParameter){
      .name = "weight",
      .shape = {2, {vocabulary, dimension}},
      .initialiser = LATHE_INITIALISER_UNIFORM,
      .scale = LIMIT,
      .fan_in = vocabulary,
      .fan_out = dimension,
  };
  lathe_weights_describe (values, WEIGHTS, parameters, 1);
  return 1;
}

static char *
embedding_summary (const LatheProperties *values)
{
  return g_strdup_printf ("%g × %g", values->value[VOCABULARY], values->value[DIMENSION]);
}

/* What is no number at all is word 0. */
static gsize
word (LatheReal x, guint vocabulary)
{
  if (!(x > 0))
    return 0;
  return x < (LatheReal) vocabulary ? (gsize) x : vocabulary - 1;
}

static void
forward_tile (gpointer data, guint sample, guint thread)
{
  LatheStep *step = data;
  guint n = step->output.dim[0], vocabulary = (guint) lathe_step_value (step, VOCABULARY);
  gsize dimension = step->output.dim[1];
  const LatheReal *x = step->x[0] + (gsize) sample * n;
  LatheReal *y = step->y + sample * n * dimension;

  for (guint i = 0; i < n; i++)
    memcpy (y + i * dimension, step->w[0] + word (x[i], vocabulary) * dimension, dimension * sizeof (LatheReal));
}

static gsize
tile_words (const LatheStep *step)
{
  return MAX (1, TILE_NUMBERS / step->output.dim[1]);
}

/* A tile is some of the vocabulary, and looks through the whole batch for it: each sum is made in the batch's order. */
static void
backward_tile (gpointer data, guint tile, guint thread)
{
  LatheStep *step = data;
  guint vocabulary = (guint) lathe_step_value (step, VOCABULARY);
  gsize dimension = step->output.dim[1], n = (gsize) step->batch * step->output.dim[0];
  gsize first = tile * tile_words (step), last = MIN (first + tile_words (step), vocabulary);

  memset (step->dw[0] + first * dimension, 0, (last - first) * dimension * sizeof (LatheReal));
  for (gsize i = 0; i < n; i++)
    {
      gsize at = word (step->x[0][i], vocabulary);

      if (at >= first && at < last)
        step->kernels->add (step->dw[0] + at * dimension, step->dy + i * dimension, dimension);
    }
}

static void
embedding_forward (LatheStep *step)
{
  lathe_pool_run (step->pool, step->batch, forward_tile, step);
}

static void
embedding_backward (LatheStep *step)
{
  gsize words = (gsize) lathe_step_value (step, VOCABULARY);

  if (step->dw[0] != NULL)
    lathe_pool_run (step->pool, (guint) lathe_ceil_div (words, tile_words (step)), backward_tile, step);
  if (step->dx[0] != NULL)
    memset (step->dx[0], 0, (gsize) step->batch * step->output.dim[0] * sizeof (LatheReal));
}

const LatheLayerKind lathe_layer_embedding = {
    .name = "embedding",
    .title = N_ ("Embedding"),
    .help = N_ ("Learns a vector for each word of a vocabulary; words come as whole numbers."),
    .formula = N_ ("y = row x of W"),
    .gradient = N_ ("∂L/∂W = Σ δ in row x"),
    .group = LATHE_LAYER_GROUP_DENSE,
    .properties = properties,
    .n_properties = N_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .shape = embedding_shape,
    .parameters = embedding_parameters,
    .summary = embedding_summary,
    .forward = embedding_forward,
    .backward = embedding_backward,
};
