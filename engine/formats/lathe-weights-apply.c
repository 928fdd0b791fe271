/* lathe-weights-apply.c: the numbers of a file of weights, put where a network has them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-weights-layers.h"

/* What a norm does to output number i: times scale[i], plus shift[i]. */
typedef struct
{
  gsize n;
  double *scale, *shift; /* owned; n of each; NULL: there is no norm */
} Norm;

static void
norm_clear (Norm *norm)
{
  g_free (norm->scale);
  g_free (norm->shift);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Norm, norm_clear)

/* (transfer full) (nullable) */
static float *
read_numbers (const LatheWeights *weights, const LatheWeightsTensor *tensor, GError **error)
{
  g_autofree float *numbers = g_try_new (float, MAX (1, tensor->n));

  if (numbers == NULL)
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_MEMORY,
                           _ ("its weights do not fit into this machine’s memory"));
      return NULL;
    }
  if (!lathe_weights_read (weights, tensor, numbers, error))
    return NULL;
  for (gsize i = 0; i < tensor->n; i++)
    if (!isfinite (numbers[i]))
      {
        g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("in its tensor “%s” are numbers that are not finite"),
                     tensor->name);
        return NULL;
      }
  return g_steal_pointer (&numbers);
}

/* --- Norms that become a part of what is in front of them --- */

/* All `value` where the norm has no such numbers. (transfer full) (nullable) */
static float *
read_slot (const LatheWeights *weights, const LatheTheirs *theirs, LatheSlot slot, gsize n, float value, GError **error)
{
  float *numbers;

  if (theirs->tensor[slot] != NULL)
    return read_numbers (weights, theirs->tensor[slot], error);
  numbers = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    numbers[i] = value;
  return numbers;
}

/* γ / √(variance + ε), and β - mean · that. */
static gboolean
read_norm (const LatheWeights *weights, const LatheTheirs *theirs, double epsilon, Norm *norm, GError **error)
{
  gsize n = theirs->tensor[LATHE_SLOT_MEAN]->n;
  g_autofree float *mean = read_slot (weights, theirs, LATHE_SLOT_MEAN, n, 0, error);
  g_autofree float *variance = mean != NULL ? read_slot (weights, theirs, LATHE_SLOT_VARIANCE, n, 1, error) : NULL;
  g_autofree float *gamma = variance != NULL ? read_slot (weights, theirs, LATHE_SLOT_WEIGHT, n, 1, error) : NULL;
  g_autofree float *beta = gamma != NULL ? read_slot (weights, theirs, LATHE_SLOT_BIAS, n, 0, error) : NULL;

  if (beta == NULL)
    return FALSE;
  norm->n = n;
  norm->scale = g_new (double, n);
  norm->shift = g_new (double, n);
  for (gsize i = 0; i < n; i++)
    {
      norm->scale[i] = (double) gamma[i] / sqrt (MAX ((double) variance[i], 0) + epsilon);
      norm->shift[i] = (double) beta[i] - (double) mean[i] * norm->scale[i];
    }
  return TRUE;
}

/* The last dimension of a weight counts its outputs. */
static void
fold (const Norm *norm, LatheSlot slot, gsize n, float *numbers)
{
  for (gsize i = 0; i < n; i++)
    {
      gsize output = i % norm->n;
      double number = (double) numbers[i] * norm->scale[output];

      numbers[i] = (float) (slot == LATHE_SLOT_BIAS ? number + norm->shift[output] : number);
    }
}

/* --- Tensor by tensor --- */

static void
gather (const LatheLayout *layout, const float *theirs, float *ours)
{
  const guint *n = layout->dim;
  const gsize *by = layout->stride;

  for (gsize a = 0; a < n[0]; a++)
    for (gsize b = 0; b < n[1]; b++)
      for (gsize c = 0; c < n[2]; c++)
        for (gsize d = 0; d < n[3]; d++)
          for (gsize e = 0; e < n[4]; e++)
            *ours++ = theirs[a * by[0] + b * by[1] + c * by[2] + d * by[3] + e * by[4]];
}

/* Of a layer without such a tensor: a bias of 0, a norm's weight of 1. */
static void
fill (LatheSlot slot, gsize n, float *numbers)
{
  for (gsize i = 0; i < n; i++)
    numbers[i] = slot == LATHE_SLOT_BIAS ? 0 : 1;
}

static gboolean
apply_layer (const LatheWeights *weights, const LatheOurs *ours, double epsilon, LatheWeight *to, GError **error)
{
  g_auto (Norm) norm = {0};

  if (ours->norm != NULL && !read_norm (weights, ours->norm, epsilon, &norm, error))
    return FALSE;
  for (guint i = 0; i < ours->n; i++)
    {
      const LatheLayout *layout = &ours->layout[i];
      const LatheWeightsTensor *tensor = ours->theirs->tensor[layout->slot];
      g_autofree float *numbers = tensor != NULL ? read_numbers (weights, tensor, error) : NULL;
      gsize n = lathe_shape_size (&to[i].shape);

      if (tensor != NULL && numbers == NULL)
        return FALSE;
      if (tensor != NULL)
        gather (layout, numbers, to[i].data);
      else
        fill (layout->slot, n, to[i].data);
      if (norm.scale != NULL)
        fold (&norm, layout->slot, n, to[i].data);
    }
  return TRUE;
}

/* (transfer full) (nullable): another model with the same numbers */
static LatheModel *
copy_model (const LatheModel *model, GError **error)
{
  g_autoptr (LatheModel) copy = lathe_model_at_temperature (model, model->temperature, error);

  if (copy != NULL)
    copy->scores = (LatheScores){0, NAN, NAN, NAN, NAN};
  return g_steal_pointer (&copy);
}

static gboolean
apply (const LatheWeights *weights, const LatheWeightsMap *map, LatheModel *model, GError **error)
{
  guint first = 0;

  if (map->n_matched == 0)
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                           _ ("neither names nor shapes of its tensors agree with the network’s; take the network that "
                              "they were trained in"));
      return FALSE;
    }
  for (guint i = 0; i < map->layers->len; i++)
    {
      const LatheOurs *ours = map->layers->pdata[i];
      LatheWeight *to = &g_array_index (model->weights, LatheWeight, first);

      if (lathe_ours_is_matched (ours) && !apply_layer (weights, ours, map->epsilon, to, error))
        return FALSE;
      first += ours->n;
    }
  return TRUE;
}

/**
 * lathe_weights_apply:
 * @map: of these weights, and of the network of `onto`
 *
 * What is not matched is as in `onto`; the scores, which were another model's, are none.
 * Errors: LATHE_ERROR_SHAPE where nothing is matched, LATHE_ERROR_IO, LATHE_ERROR_FORMAT for numbers that are not
 * finite, LATHE_ERROR_MEMORY; each names the file.
 *
 * Returns: (transfer full) (nullable): a model with the weights of the file
 */
LatheModel *
lathe_weights_apply (const LatheWeights *weights, const LatheWeightsMap *map, const LatheModel *onto, GError **error)
{
  g_autoptr (LatheModel) model = copy_model (onto, error);
  g_autoptr (GError) reason = NULL;

  if (model == NULL)
    return NULL;
  g_assert (model->weights->len == map->matches->len);
  if (apply (weights, map, model, &reason))
    return g_steal_pointer (&model);
  lathe_error_explain (error, reason, _ ("The weights in “%s” cannot be put onto the network: %s."), weights->path);
  return NULL;
}
