/* test-layers-planted.c: the proof of the gradients catches every mistake that is planted in a way back.
 *
 * A planted kind of layer is a copy whose backward() calls the real one and then spoils what that left. The proof is
 * run on it as on the real one, and must not believe it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "layers/lathe-step.h"
#include "layers/lathe-follow.h"
#include "subjects.h"

/* `dy` is what backward() was given, before it may have been overwritten. */
typedef struct
{
  const char *name, *subject;
  void (*spoil) (LatheStep *step, const LatheReal *dy);
} Mistake;

typedef struct
{
  LatheLayerKind kind;
  const LatheLayerKind *real;
  const Mistake *mistake;
} Planted;

static gsize
input_size (const LatheStep *step)
{
  return step->batch * lathe_shape_size (&step->input[0]);
}

static gsize
output_size (const LatheStep *step)
{
  return step->batch * lathe_shape_size (&step->output);
}

static gsize
channels_of (const LatheShape *shape)
{
  return shape->dim[shape->rank - 1];
}

static void
run_back (LatheStep *step)
{
  if (step->kind->backward != NULL)
    step->kind->backward (step);
  else
    lathe_rows_backward (step);
}

/* The real way back once more, of another batch or with other weights: its dw, or its dx, stays. */
static void
again (LatheStep *step, const LatheReal *dy, guint batch, const LatheReal *w, gboolean keep_dw)
{
  LatheReal *dx = step->dx[0], *dw = step->dw[0];
  g_autofree LatheReal *spare_dx = g_new0 (LatheReal, input_size (step));
  g_autofree LatheReal *spare_dw = g_new0 (LatheReal, lathe_shape_size (&step->parameter[0].shape));
  const LatheReal *old_w = step->w[0];
  guint old_batch = step->batch;

  if (dx != NULL && keep_dw)
    step->dx[0] = spare_dx;
  if (dw != NULL && !keep_dw)
    step->dw[0] = spare_dw;
  memcpy (step->dy, dy, output_size (step) * sizeof (LatheReal));
  step->w[0] = w;
  step->batch = batch;
  run_back (step);
  step->batch = old_batch;
  step->w[0] = old_w;
  step->dx[0] = dx;
  step->dw[0] = dw;
}

/* --- Mistakes that any layer can have --- */

static void
spoil_nothing (LatheStep *step, const LatheReal *dy)
{
}

static void
dx_is_a_little_too_large (LatheStep *step, const LatheReal *dy)
{
  for (gsize i = 0; i < input_size (step); i++)
    step->dx[0][i] *= 1.001;
}

static void
one_number_has_the_wrong_sign (LatheStep *step, const LatheReal *dy)
{
  gsize largest = 0;

  for (gsize i = 0; i < input_size (step); i++)
    if (fabs (step->dx[0][i]) > fabs (step->dx[0][largest]))
      largest = i;
  step->dx[0][largest] *= -1;
}

static void
last_row_is_forgotten (LatheStep *step, const LatheReal *dy)
{
  gsize size = lathe_shape_size (&step->input[0]), row = size / step->input[0].dim[0];

  for (guint sample = 0; sample < step->batch; sample++)
    memset (step->dx[0] + (sample + 1) * size - row, 0, row * sizeof (LatheReal));
}

static void
last_column_is_forgotten (LatheStep *step, const LatheReal *dy)
{
  gsize channels = channels_of (&step->input[0]), row = step->input[0].dim[1] * channels;

  for (gsize end = row; end <= input_size (step); end += row)
    memset (step->dx[0] + end - channels, 0, channels * sizeof (LatheReal));
}

static void
dx_is_one_pixel_off (LatheStep *step, const LatheReal *dy)
{
  gsize channels = channels_of (&step->input[0]), size = input_size (step);

  memmove (step->dx[0] + channels, step->dx[0], (size - channels) * sizeof (LatheReal));
}

static void
last_sample_has_no_dx (LatheStep *step, const LatheReal *dy)
{
  gsize size = lathe_shape_size (&step->input[0]);

  memset (step->dx[0] + (step->batch - 1) * size, 0, size * sizeof (LatheReal));
}

static void
dx_is_dy (LatheStep *step, const LatheReal *dy)
{
  memcpy (step->dx[0], dy, input_size (step) * sizeof (LatheReal));
}

/* --- Of layers with weights --- */

static void
bias_has_no_gradient (LatheStep *step, const LatheReal *dy)
{
  if (step->dw[1] != NULL)
    memset (step->dw[1], 0, lathe_shape_size (&step->parameter[1].shape) * sizeof (LatheReal));
}

static void
dw_is_one_place_off (LatheStep *step, const LatheReal *dy)
{
  if (step->dw[0] != NULL)
    memmove (step->dw[0] + 1, step->dw[0], (lathe_shape_size (&step->parameter[0].shape) - 1) * sizeof (LatheReal));
}

static void
last_sample_is_left_out_of_dw (LatheStep *step, const LatheReal *dy)
{
  if (step->dw[0] != NULL && step->batch > 1)
    again (step, dy, step->batch - 1, step->w[0], TRUE);
}

static void
dw_does_not_accumulate (LatheStep *step, const LatheReal *dy)
{
  if (step->dw[0] != NULL)
    again (step, dy, 1, step->w[0], TRUE);
}

static void
dw_is_of_the_activated_side (LatheStep *step, const LatheReal *dy)
{
  gsize units = step->output.dim[0], in = step->input[0].dim[0];

  if (step->dw[0] == NULL)
    return;
  memset (step->dw[0], 0, in * units * sizeof (LatheReal));
  for (guint sample = 0; sample < step->batch; sample++)
    for (gsize i = 0; i < in; i++)
      for (gsize u = 0; u < units; u++)
        step->dw[0][i * units + u] += step->x[0][sample * in + i] * dy[sample * units + u];
}

static void
penalty_is_halved (LatheStep *step, const LatheReal *dy)
{
  if (step->dw[0] != NULL)
    for (gsize i = 0; i < lathe_shape_size (&step->parameter[0].shape); i++)
      step->dw[0][i] -= step->parameter[0].l2 * step->w[0][i];
}

static void
kernel_is_not_turned (LatheStep *step, const LatheReal *dy)
{
  const LatheShape *shape = &step->parameter[0].shape;
  gsize pixel = (gsize) shape->dim[2] * shape->dim[3], window = (gsize) shape->dim[0] * shape->dim[1];
  g_autofree LatheReal *turned = g_new (LatheReal, window * pixel);

  for (gsize k = 0; k < window; k++)
    memcpy (turned + (window - 1 - k) * pixel, step->w[0] + k * pixel, pixel * sizeof (LatheReal));
  again (step, dy, step->batch, turned, FALSE);
}

static void
repeated_words_count_once (LatheStep *step, const LatheReal *dy)
{
  gsize dimension = channels_of (&step->output), vocabulary = step->parameter[0].shape.dim[0];

  if (step->dw[0] != NULL)
    for (gsize i = 0; i < step->batch * step->output.dim[0]; i++)
      memcpy (step->dw[0] + (gsize) CLAMP (step->x[0][i], 0, vocabulary - 1) * dimension, dy + i * dimension,
              dimension * sizeof (LatheReal));
}

static void
slope_learns_from_both_sides (LatheStep *step, const LatheReal *dy)
{
  gsize n = lathe_shape_size (&step->parameter[0].shape), channels = channels_of (&step->output);

  if (step->dw[0] != NULL)
    for (gsize i = 0; i < output_size (step); i++)
      step->dw[0][i % channels % n] += step->x[0][i] > 0 ? step->x[0][i] * dy[i] : 0;
}

/* --- Of norms: dx = γ / √(σ² + ε) · (dy - mean of dy - x̂ · mean of dy·x̂) --- */

static void
add_to_norm (LatheStep *step, const LatheReal *dy, gboolean mean_term)
{
  gsize channels = channels_of (&step->output), n = output_size (step) / channels;
  const LatheReal *mean = step->kept, *inverse = step->kept + channels;

  if (step->dw[0] == NULL)
    return;
  for (gsize c = 0; c < channels; c++)
    {
      double sum = 0;

      for (gsize i = c; i < n * channels; i += channels)
        sum += dy[i] * (mean_term ? 1 : (step->x[0][i] - mean[c]) * inverse[c]) / n;
      for (gsize i = c; i < n * channels; i += channels)
        step->dx[0][i] += step->w[0][c] * inverse[c] * sum * (mean_term ? 1 : (step->x[0][i] - mean[c]) * inverse[c]);
    }
}

static void
mean_term_is_dropped (LatheStep *step, const LatheReal *dy)
{
  add_to_norm (step, dy, TRUE);
}

static void
variance_term_is_dropped (LatheStep *step, const LatheReal *dy)
{
  add_to_norm (step, dy, FALSE);
}

static void
gamma_is_forgotten (LatheStep *step, const LatheReal *dy)
{
  for (gsize i = 0; i < input_size (step); i++)
    step->dx[0][i] /= step->w[0][i % channels_of (&step->input[0])];
}

/* --- Of others --- */

static void
mask_is_not_strict (LatheStep *step, const LatheReal *dy)
{
  for (gsize i = 0; i < input_size (step); i++)
    step->dx[0][i] = step->y[i] >= 0 ? dy[i] : 0;
}

static void
jacobian_is_diagonal (LatheStep *step, const LatheReal *dy)
{
  for (gsize i = 0; i < input_size (step); i++)
    step->dx[0][i] = dy[i] * step->y[i] * (1 - step->y[i]);
}

static void
mean_is_a_sum (LatheStep *step, const LatheReal *dy)
{
  for (gsize i = 0; i < input_size (step); i++)
    step->dx[0][i] *= step->input[0].dim[0] * step->input[0].dim[1];
}

static void
second_branch_is_forgotten (LatheStep *step, const LatheReal *dy)
{
  if (step->dx[1] != NULL)
    memset (step->dx[1], 0, step->batch * lathe_shape_size (&step->input[1]) * sizeof (LatheReal));
}

static const Mistake mistakes[] = {
    {"conv2d/dx-scaled", "conv2d", dx_is_a_little_too_large},
    {"conv2d/sign-of-one", "conv2d", one_number_has_the_wrong_sign},
    {"conv2d/last-row", "conv2d", last_row_is_forgotten},
    {"conv2d/last-column", "conv2d", last_column_is_forgotten},
    {"conv2d/dx-off-by-one", "conv2d", dx_is_one_pixel_off},
    {"conv2d/kernel-not-turned", "conv2d", kernel_is_not_turned},
    {"conv2d/no-bias", "conv2d", bias_has_no_gradient},
    {"conv2d/dw-off-by-one", "conv2d", dw_is_one_place_off},
    {"conv2d/sample-left-out", "conv2d", last_sample_is_left_out_of_dw},
    {"conv2d/no-accumulation", "conv2d", dw_does_not_accumulate},
    {"conv2d/penalty-halved", "conv2d", penalty_is_halved},
    {"conv2d-general/kernel-not-turned", "conv2d-general", kernel_is_not_turned},
    {"conv2d-general/last-column", "conv2d-general", last_column_is_forgotten},
    {"conv2d-general/sample-left-out", "conv2d-general", last_sample_is_left_out_of_dw},
    {"conv2d-winograd/kernel-not-turned", "conv2d-winograd", kernel_is_not_turned},
    {"conv2d-winograd/last-row", "conv2d-winograd", last_row_is_forgotten},
    {"conv2d-winograd/last-column", "conv2d-winograd", last_column_is_forgotten},
    {"conv2d-winograd/sample-left-out", "conv2d-winograd", last_sample_is_left_out_of_dw},
    {"conv2d-winograd/dw-off-by-one", "conv2d-winograd", dw_is_one_place_off},
    {"transposed-conv2d/kernel-turned", "transposed-conv2d", kernel_is_not_turned},
    {"transposed-conv2d/last-row", "transposed-conv2d", last_row_is_forgotten},
    {"transposed-conv2d/dw-off-by-one", "transposed-conv2d", dw_is_one_place_off},
    {"transposed-conv2d/no-bias", "transposed-conv2d", bias_has_no_gradient},
    {"transposed-conv2d/no-accumulation", "transposed-conv2d", dw_does_not_accumulate},
    {"dense/dx-scaled", "dense", dx_is_a_little_too_large},
    {"dense/no-bias", "dense", bias_has_no_gradient},
    {"dense/sample-left-out", "dense", last_sample_is_left_out_of_dw},
    {"dense/activation-not-taken-back", "dense", dw_is_of_the_activated_side},
    {"dense/penalty-halved", "dense", penalty_is_halved},
    {"embedding/repeated-words", "embedding", repeated_words_count_once},
    {"embedding/sample-left-out", "embedding", last_sample_is_left_out_of_dw},
    {"prelu/both-sides", "prelu", slope_learns_from_both_sides},
    {"prelu/dx-is-dy", "prelu", dx_is_dy},
    {"batch-norm/mean-term", "batch-norm", mean_term_is_dropped},
    {"batch-norm/variance-term", "batch-norm", variance_term_is_dropped},
    {"batch-norm/gamma", "batch-norm", gamma_is_forgotten},
    {"batch-norm/no-beta", "batch-norm", bias_has_no_gradient},
    {"layer-norm/gamma", "layer-norm", gamma_is_forgotten},
    {"layer-norm/last-sample", "layer-norm", last_sample_has_no_dx},
    {"group-norm/gamma", "group-norm", gamma_is_forgotten},
    {"group-norm/no-beta", "group-norm", bias_has_no_gradient},
    {"relu/mask-not-strict", "relu", mask_is_not_strict},
    {"relu6/no-upper-end", "relu6", mask_is_not_strict},
    {"leaky-relu/no-slope", "leaky-relu", dx_is_dy},
    {"gelu/sign-of-one", "gelu", one_number_has_the_wrong_sign},
    {"softmax/diagonal", "softmax", jacobian_is_diagonal},
    {"sigmoid/dx-scaled", "sigmoid", dx_is_a_little_too_large},
    {"rescale/no-scale", "rescale", dx_is_dy},
    {"dropout/no-mask", "dropout", dx_is_dy},
    {"spatial-dropout/no-mask", "spatial-dropout", dx_is_dy},
    {"max-pool/dx-off-by-one", "max-pool", dx_is_one_pixel_off},
    {"max-pool/last-row", "max-pool", last_row_is_forgotten},
    {"average-pool/last-column", "average-pool", last_column_is_forgotten},
    {"average-pool/dx-scaled", "average-pool", dx_is_a_little_too_large},
    {"global-average-pool/sum", "global-average-pool", mean_is_a_sum},
    {"global-max-pool/last-sample", "global-max-pool", last_sample_has_no_dx},
    {"up-sampling/last-row", "up-sampling", last_row_is_forgotten},
    {"permute/dx-is-dy", "permute", dx_is_dy},
    {"add/second-branch", "branches", second_branch_is_forgotten},
    {"concatenate/second-branch", "concatenate", second_branch_is_forgotten},
    {"concatenate/dx-off-by-one", "concatenate", dx_is_one_pixel_off},
    {"multiply/dx-is-dy", "multiply", dx_is_dy},
    {"gate/second-branch", "gate", second_branch_is_forgotten},
};

/* --- Planting --- */

static void
planted_plan (LatheStep *step)
{
  const Planted *planted = (const Planted *) step->kind;

  step->kind = planted->real;
  step->kind->plan (step);
  step->kind = &planted->kind;
}

static void
planted_forward (LatheStep *step)
{
  const Planted *planted = (const Planted *) step->kind;

  step->kind = planted->real;
  if (step->kind->forward != NULL)
    step->kind->forward (step);
  else
    lathe_rows_forward (step);
  step->kind = &planted->kind;
}

static void
planted_backward (LatheStep *step)
{
  const Planted *planted = (const Planted *) step->kind;
  g_autofree LatheReal *dy = g_memdup2 (step->dy, output_size (step) * sizeof (LatheReal));

  step->kind = planted->real;
  run_back (step);
  if (step->dx[0] != NULL || step->dw[0] != NULL)
    planted->mistake->spoil (step, dy);
  step->kind = &planted->kind;
}

/* In the last layer of the kind: those before it may only lead there. */
static void
plant (LatheGraph *graph, const Subject *subject, const Mistake *mistake, Planted *planted)
{
  LatheNode *node = NULL;

  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    if (g_str_equal (lathe_graph_get_node (graph, i)->kind->name, subject->kind))
      node = lathe_graph_get_node (graph, i);
  g_assert_nonnull (node);
  *planted = (Planted){.kind = *node->kind, .real = node->kind, .mistake = mistake};
  planted->kind.plan = node->kind->plan != NULL ? planted_plan : NULL;
  planted->kind.forward = planted_forward;
  planted->kind.backward = planted_backward;
  planted->kind.forward_rows = NULL; /* it follows nobody, and has a gradient of its own */
  planted->kind.piece = NULL;
  planted->kind.leads_by_bands = FALSE;
  node->kind = &planted->kind;
}

/* The worst of some cases of the proof, or the first that speaks up. */
static double
worst_with (const Mistake *mistake, guint n_cases)
{
  const Subject *subject = find_subject (mistake->subject);
  double worst = 0;

  for (guint i = 0; i < n_cases && worst < TOLERANCE; i++)
    {
      Draws draws = {.rng = lathe_rng (i, LATHE_RNG_AUGMENT, 1, 1)};
      g_autoptr (LatheGraph) graph = lathe_graph_new ();
      guint units = draw (&draws, 1, 4);
      LatheNode *last = subject->make (graph, &draws, subject->kind);
      Planted planted;

      plant (graph, subject, mistake, &planted);
      add_head (graph, last, units);
      worst = fmax (worst, check_graph (graph, &draws, units));
    }
  return worst;
}

static void
test_the_proof_catches_it (gconstpointer data)
{
  g_assert_cmpfloat (worst_with (data, N_CASES), >, TOLERANCE);
}

/* The planting itself is no mistake. */
static void
test_the_proof_believes_what_is_right (void)
{
  for (guint i = 0; i < n_subjects; i++)
    if (lathe_layer_kind_find (subjects[i].kind)->backward != NULL ||
        lathe_layer_kind_find (subjects[i].kind)->backward_rows != NULL)
      {
        Mistake none = {"none", subjects[i].name, spoil_nothing};

        g_assert_cmpfloat (worst_with (&none, 3), <, TOLERANCE);
      }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autofree char *path = g_strconcat ("/layers/planted/", mistakes[i].name, NULL);

      g_test_add_data_func (path, &mistakes[i], test_the_proof_catches_it);
    }
  g_test_add_func ("/layers/planted/none", test_the_proof_believes_what_is_right);
  return g_test_run ();
}
