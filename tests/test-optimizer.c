/* test-optimizer.c: every optimiser takes the steps of its paper, and what clips and averages does so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "lathe.h"
#include "train/lathe-optimizer.h"

#define MANY 150001 /* weights: several tiles, the last one short */

static LatheHyperparameters
chosen (LatheOptimizer optimizer)
{
  LatheHyperparameters h;

  lathe_hyperparameters_defaults (&h);
  h.optimizer = optimizer;
  return h;
}

/* Where three weights are after five steps at the rate 0.01, with gradients 0.3·t, -0.05·t² and (-1)ᵗ.
 *
 * The figures are those of PyTorch 2.15 in double precision, with momentum 0.9, betas 0.9 and 0.999, epsilon 1e-8,
 * RMSprop's alpha 0.999 and weight decay 0.1; Lion, which PyTorch lacks, is Chen et al. 2023, algorithm 2, in NumPy's
 * order of operations. */
static const double expected[LATHE_N_OPTIMIZERS][3] = {
    [LATHE_OPTIMIZER_SGD] = {0.955, -1.9725, 0.51},
    [LATHE_OPTIMIZER_MOMENTUM] = {0.9048907, -1.95117945, 0.524661},
    [LATHE_OPTIMIZER_ADAM] = {0.951491691376, -1.95506624061, 0.514349452183},
    [LATHE_OPTIMIZER_NESTEROV] = {0.86940163, -1.928561505, 0.5321949},
    [LATHE_OPTIMIZER_ADAGRAD] = {0.958992925387, -1.95471326619, 0.508174570757},
    [LATHE_OPTIMIZER_RMSPROP] = {-0.297013508989, -0.567770294483, 0.75856080375},
    [LATHE_OPTIMIZER_ADAMW] = {0.946599302481, -1.94517863627, 0.511809898321},
    [LATHE_OPTIMIZER_LION] = {0.945109890055, -1.94011988006, 0.507485034973},
};

static void
test_steps_are_the_references (void)
{
  g_autoptr (LathePool) pool = lathe_pool_new (1);

  for (guint optimizer = 0; optimizer < LATHE_N_OPTIMIZERS; optimizer++)
    {
      LatheHyperparameters h = chosen (optimizer);
      LatheReal w[3] = {1, -2, 0.5};
      g_autoptr (LatheOptimizerState) state = NULL;

      h.weight_decay = 0.1;
      state = lathe_optimizer_new (&h, w, 3, pool, NULL);
      for (int t = 1; t <= 5; t++)
        {
          LatheReal g[3] = {0.3f * t, -0.05f * t * t, t % 2 == 0 ? 1 : -1};

          g_assert_true (lathe_optimizer_step (state, w, g, 0.01));
        }
      for (int i = 0; i < 3; i++)
        g_assert_cmpfloat_with_epsilon (w[i], expected[optimizer][i], 3e-6);
      g_assert_cmpuint (lathe_optimizer_get_steps (state), ==, 5);
    }
}

static void
test_rate_is_that_of_the_step (void)
{
  g_autoptr (LathePool) pool = lathe_pool_new (1);

  for (guint optimizer = 0; optimizer < LATHE_N_OPTIMIZERS; optimizer++)
    {
      LatheHyperparameters h = chosen (optimizer);
      LatheReal w = 1, g = 1;
      g_autoptr (LatheOptimizerState) state = lathe_optimizer_new (&h, &w, 1, pool, NULL);

      lathe_optimizer_step (state, &w, &g, 0);
      g_assert_cmpfloat (w, ==, 1);
      lathe_optimizer_step (state, &w, &g, 0.5);
      g_assert_cmpfloat (w, <, 0.7);
    }
}

static LatheReal *
draw_many (guint seed, double size)
{
  LatheRng rng = lathe_rng (seed, LATHE_RNG_AUGMENT, 0, 0);
  LatheReal *numbers = g_new (LatheReal, MANY);

  for (guint i = 0; i < MANY; i++)
    numbers[i] = (LatheReal) (size * (2 * lathe_rng_uniform (&rng, i) - 1));
  return numbers;
}

/* Three steps over several tiles; the average, if there is one, is (out). */
static LatheReal *
move_many (const LatheHyperparameters *h, guint n_threads, LatheReal **average)
{
  g_autoptr (LathePool) pool = lathe_pool_new (n_threads);
  LatheReal *w = draw_many (1, 1);
  g_autoptr (LatheOptimizerState) state = lathe_optimizer_new (h, w, MANY, pool, NULL);

  for (guint step = 0; step < 3; step++)
    {
      g_autofree LatheReal *g = draw_many (2 + step, 0.1);

      g_assert_true (lathe_optimizer_step (state, w, g, 0.01));
    }
  if (average != NULL)
    *average = g_memdup2 (lathe_optimizer_get_moment (state, LATHE_MOMENT_AVERAGE), MANY * sizeof *w);
  return w;
}

static void
test_threads_change_nothing (void)
{
  for (guint optimizer = 0; optimizer < LATHE_N_OPTIMIZERS; optimizer++)
    {
      LatheHyperparameters h = chosen (optimizer);
      g_autofree LatheReal *one = NULL, *three = NULL, *one_average = NULL, *three_average = NULL;

      h.average = 0.99;
      h.lookahead = 2;
      h.clip_value = 0.09;
      h.clip_norm = 1;
      one = move_many (&h, 1, &one_average);
      three = move_many (&h, 3, &three_average);
      g_assert_cmpmem (one, MANY * sizeof *one, three, MANY * sizeof *three);
      g_assert_cmpmem (one_average, MANY * sizeof *one, three_average, MANY * sizeof *three);
    }
}

/* Shifts go as a run of their own at another rate would, and what lies between them as without them, across tiles. */
static void
test_shifts_have_their_rate (void)
{
  const LatheWeightRange ranges[] = {
      {0, 3, 0, TRUE}, {100, 1, 0, TRUE}, {16380, 10, 0, TRUE}, {40000, 50000, 0, TRUE}, {MANY - 5, 5, 0, TRUE}};
  g_autoptr (GArray) shifts = g_array_new (FALSE, FALSE, sizeof (LatheWeightRange));
  g_autoptr (LathePool) pool = lathe_pool_new (2);

  g_array_append_vals (shifts, ranges, G_N_ELEMENTS (ranges));
  for (guint optimizer = 0; optimizer < LATHE_N_OPTIMIZERS; optimizer++)
    {
      LatheHyperparameters h = chosen (optimizer);
      g_autofree LatheReal *mixed = draw_many (1, 1), *slow = draw_many (1, 1), *fast = draw_many (1, 1);
      LatheReal *const w[] = {mixed, slow, fast};
      guint range = 0;

      h.weight_decay = 0;
      for (guint i = 0; i < 3; i++) /* with shifts; all slow; all fast */
        {
          g_autoptr (LatheOptimizerState) state = NULL;

          h.shift_rate = i == 0 ? 8 : 1;
          state = lathe_optimizer_new (&h, w[i], MANY, pool, NULL);
          lathe_optimizer_set_ranges (state, shifts);
          for (guint step = 0; step < 3; step++)
            {
              g_autofree LatheReal *g = draw_many (2 + step, 0.1);

              g_assert_true (lathe_optimizer_step (state, w[i], g, i == 2 ? 0.08 : 0.01));
            }
        }
      for (gsize k = 0; k < MANY; k++)
        {
          if (range + 1 < G_N_ELEMENTS (ranges) && k >= ranges[range].first + ranges[range].n)
            range++;
          gboolean inside = k >= ranges[range].first && k < ranges[range].first + ranges[range].n;

          g_assert_cmpfloat_with_epsilon (w[0][k], inside ? w[2][k] : w[1][k], 1e-6);
        }
    }
}

/* Where MANY weights are after three steps at this rate, the hyperparameters being changed to `then` after the first.
 */
static LatheReal *
move_ranges (const LatheHyperparameters *h, const LatheHyperparameters *then, double rate, GArray *ranges)
{
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  LatheReal *w = draw_many (1, 1);
  g_autoptr (LatheOptimizerState) state = lathe_optimizer_new (h, w, MANY, pool, NULL);

  lathe_optimizer_set_ranges (state, ranges);
  for (guint step = 0; step < 3; step++)
    {
      g_autofree LatheReal *g = draw_many (2 + step, 0.1);

      if (step == 1)
        lathe_optimizer_set_hyperparameters (state, then);
      g_assert_true (lathe_optimizer_step (state, w, g, rate));
    }
  return w;
}

/* Weights of a lower stage go as a whole run at their rate would, weight decay included, whatever the optimiser. */
static void
test_lower_stages_have_their_rates (void)
{
  const LatheWeightRange stages[] = {{0, 20000, 2}, {20000, 70000, 1}, {90000, MANY - 90000, 0}};
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (LatheWeightRange));

  g_array_append_vals (ranges, stages, G_N_ELEMENTS (stages));
  for (guint optimizer = 0; optimizer < LATHE_N_OPTIMIZERS; optimizer++)
    {
      LatheHyperparameters h = chosen (optimizer), alike;
      g_autofree LatheReal *mixed = NULL;

      h.weight_decay = 0.1;
      alike = h;
      h.lower_rate = 0.25;
      mixed = move_ranges (&h, &h, 0.16, ranges);
      for (guint i = 0; i < G_N_ELEMENTS (stages); i++)
        {
          g_autofree LatheReal *whole = move_ranges (&alike, &alike, ldexp (0.16, -2 * (int) stages[i].stage), ranges);

          for (gsize k = stages[i].first; k < stages[i].first + stages[i].n; k++)
            g_assert_cmpfloat_with_epsilon (mixed[k], whole[k], 1e-6);
        }
    }
}

/* What plain SGD takes away of weights that begin with 0 is the gradient times the rate, and nothing else. */
static void
test_a_step_of_a_lower_stage_is_scaled_exactly (void)
{
  const LatheWeightRange stages[] = {{0, 5, 3}, {5, 4, 1, TRUE}, {9, 7, 0}};
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (LatheWeightRange));
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  LatheHyperparameters h = chosen (LATHE_OPTIMIZER_SGD);
  LatheReal w[16] = {0}, g[16];
  g_autoptr (LatheOptimizerState) state = NULL;

  g_array_append_vals (ranges, stages, G_N_ELEMENTS (stages));
  h.lower_rate = 0.5;
  h.shift_rate = 8;
  for (guint i = 0; i < G_N_ELEMENTS (g); i++)
    g[i] = (LatheReal) (0.1 * i - 0.77);
  state = lathe_optimizer_new (&h, w, G_N_ELEMENTS (w), pool, NULL);
  lathe_optimizer_set_ranges (state, ranges);
  g_assert_true (lathe_optimizer_step (state, w, g, 0.5));
  for (guint i = 0; i < G_N_ELEMENTS (w); i++)
    g_assert_cmpfloat (w[i], ==, -g[i] * (LatheReal) (i < 5 ? 0.0625 : i < 9 ? 2 : 0.5));
}

/* From the next step on, as any other change of a training that goes on. */
static void
test_rates_of_stages_can_be_changed (void)
{
  const LatheWeightRange all = {0, MANY, 1};
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (LatheWeightRange));
  LatheHyperparameters alike = chosen (LATHE_OPTIMIZER_SGD), lower = alike;
  g_autofree LatheReal *always = NULL, *never = NULL, *later = NULL;

  g_array_append_val (ranges, all);
  lower.lower_rate = 0.5;
  always = move_ranges (&lower, &lower, 0.25, ranges);
  never = move_ranges (&alike, &alike, 0.25, ranges);
  later = move_ranges (&alike, &lower, 0.25, ranges);
  for (gsize k = 0; k < MANY; k += 1001)
    {
      g_autofree LatheReal *first = draw_many (2, 0.1);

      g_assert_cmpfloat_with_epsilon (later[k], always[k] - 0.125 * first[k], 1e-6);
      g_assert_cmpfloat (fabs (later[k] - never[k]), >, 0);
    }
}

/* With plain SGD at rate 1 the weights show the gradient that arrived. */
static void
test_values_are_clipped (void)
{
  LatheHyperparameters h = chosen (LATHE_OPTIMIZER_SGD);
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  LatheReal w[4] = {0}, g[4] = {0.25, -3, 2, -0.5};
  g_autoptr (LatheOptimizerState) state = NULL;

  h.clip_value = 0.5;
  state = lathe_optimizer_new (&h, w, 4, pool, NULL);
  lathe_optimizer_step (state, w, g, 1);
  g_assert_cmpmem (w, sizeof w, ((LatheReal[]){-0.25, 0.5, -0.5, 0.5}), sizeof w);
}

static void
test_norm_is_clipped (void)
{
  LatheHyperparameters h = chosen (LATHE_OPTIMIZER_SGD);
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autofree LatheReal *w = g_new0 (LatheReal, MANY), *g = draw_many (1, 1), *before = draw_many (1, 1);
  g_autoptr (LatheOptimizerState) state = NULL;
  double norm = 0, moved = 0;

  for (guint i = 0; i < MANY; i++)
    norm += (double) g[i] * g[i];
  norm = sqrt (norm);
  h.clip_norm = 2;
  state = lathe_optimizer_new (&h, w, MANY, pool, NULL);
  lathe_optimizer_step (state, w, g, 1);
  for (guint i = 0; i < MANY; i++)
    {
      moved += (double) w[i] * w[i];
      g_assert_cmpfloat_with_epsilon (w[i], -before[i] * 2 / norm, 1e-6);
    }
  g_assert_cmpfloat_with_epsilon (sqrt (moved), 2, 1e-5);
}

/* Values first, so the norm is that of what they leave. */
static void
test_values_are_clipped_before_the_norm (void)
{
  LatheHyperparameters h = chosen (LATHE_OPTIMIZER_SGD);
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  LatheReal w[2] = {0}, g[2] = {300, -4};
  g_autoptr (LatheOptimizerState) state = NULL;

  h.clip_value = 3;
  h.clip_norm = 1;
  state = lathe_optimizer_new (&h, w, 2, pool, NULL);
  lathe_optimizer_step (state, w, g, 1);
  g_assert_cmpfloat_with_epsilon (w[0], -sqrt (0.5), 1e-6);
  g_assert_cmpfloat_with_epsilon (w[1], sqrt (0.5), 1e-6);
}

static void
test_clipping_leaves_what_is_small (void)
{
  LatheHyperparameters plain = chosen (LATHE_OPTIMIZER_ADAM), clipped = plain;
  g_autofree LatheReal *a = NULL, *b = NULL;

  clipped.clip_value = 1;
  clipped.clip_norm = 1000;
  a = move_many (&plain, 1, NULL);
  b = move_many (&clipped, 1, NULL);
  g_assert_cmpmem (a, MANY * sizeof *a, b, MANY * sizeof *b);
}

/* Wherever in the gradient it is, and whatever clips. */
static void
test_what_is_no_number_is_refused (void)
{
  static const double bad[] = {NAN, INFINITY, -INFINITY};
  static const guint places[] = {0, 70000, MANY - 1};
  g_autoptr (LathePool) pool = lathe_pool_new (2);

  for (guint clips = 0; clips < 4; clips++)
    for (guint i = 0; i < 9; i++)
      {
        LatheHyperparameters h = chosen (LATHE_OPTIMIZER_ADAM);
        g_autofree LatheReal *w = draw_many (1, 1), *g = draw_many (2, 1), *before = draw_many (1, 1);
        g_autoptr (LatheOptimizerState) state = NULL;

        h.clip_value = clips & 1 ? 0.5 : 0;
        h.clip_norm = clips & 2 ? 0.5 : 0;
        state = lathe_optimizer_new (&h, w, MANY, pool, NULL);
        g[places[i % 3]] = (LatheReal) bad[i / 3];
        g_assert_false (lathe_optimizer_step (state, w, g, 0.1));
        g_assert_cmpuint (lathe_optimizer_get_steps (state), ==, 0);
        if (h.clip_norm > 0)
          g_assert_cmpmem (w, MANY * sizeof *w, before, MANY * sizeof *before);
        for (guint k = 0; k < MANY && clips != 0; k++)
          g_assert_true (isfinite (w[k]));
      }
}

/* A square of 1e30 is infinite in single precision; the gradient is not. */
static void
test_large_numbers_are_numbers (void)
{
  LatheHyperparameters h = chosen (LATHE_OPTIMIZER_SGD);
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  LatheReal w = 0, g = 1e30f;
  g_autoptr (LatheOptimizerState) state = lathe_optimizer_new (&h, &w, 1, pool, NULL);

  g_assert_true (lathe_optimizer_step (state, &w, &g, 1));
  g_assert_cmpfloat (w, ==, -1e30f);
}

/* The decay grows as (1 + t) / (10 + t) until it is what was asked for. */
static void
test_average_follows_the_weights (void)
{
  LatheHyperparameters h = chosen (LATHE_OPTIMIZER_SGD);
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  LatheReal w = 10;
  g_autoptr (LatheOptimizerState) state = NULL;
  double average = 10;

  h.average = 0.5;
  state = lathe_optimizer_new (&h, &w, 1, pool, NULL);
  g_assert_cmpfloat (*lathe_optimizer_get_moment (state, LATHE_MOMENT_AVERAGE), ==, 10);
  for (int t = 1; t <= 20; t++)
    {
      LatheReal g = 1;
      double decay = MIN (0.5, (1.0 + t) / (10 + t));

      lathe_optimizer_step (state, &w, &g, 0.25);
      average = decay * average + (1 - decay) * (10 - 0.25 * t);
      g_assert_cmpfloat_with_epsilon (*lathe_optimizer_get_moment (state, LATHE_MOMENT_AVERAGE), average, 1e-5);
    }
}

/* Every third of twelve steps; at the twelfth it keeps 0.95³ of the slow mean. */
static void
test_lookahead_draws_the_weights_back (void)
{
  LatheHyperparameters h = chosen (LATHE_OPTIMIZER_SGD);
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  LatheReal w = 10;
  g_autoptr (LatheOptimizerState) state = NULL;
  double went_to = 10, slow = 10;

  h.lookahead = 3;
  state = lathe_optimizer_new (&h, &w, 1, pool, NULL);
  lathe_optimizer_set_end (state, 12);
  for (int t = 1; t <= 12; t++)
    {
      LatheReal g = 1;

      lathe_optimizer_step (state, &w, &g, 0.25);
      went_to -= 0.25;
      if (t % 3 == 0)
        {
          double kept = pow (0.95, 3) * pow (t / 12.0, 3);

          went_to = slow = kept * slow + (1 - kept) * went_to;
        }
      g_assert_cmpfloat_with_epsilon (w, went_to, 1e-5);
    }
  g_assert_cmpfloat (w, >, 10 - 12 * 0.25 + 0.5);
}

/* A state that takes over the moments and the steps of another goes the same way, to the bit. */
static void
test_state_can_be_taken_up (void)
{
  g_autoptr (LathePool) pool = lathe_pool_new (1);

  for (guint optimizer = 0; optimizer < LATHE_N_OPTIMIZERS; optimizer++)
    {
      LatheHyperparameters h = chosen (optimizer);
      LatheReal a[2] = {1, -1}, b[2], g[2] = {0.5, 0.25};
      g_autoptr (LatheOptimizerState) first = NULL, second = NULL;
      guint n = 0;

      h.average = 0.9;
      h.lookahead = 3;
      first = lathe_optimizer_new (&h, a, 2, pool, NULL);
      for (guint i = 0; i < 4; i++)
        lathe_optimizer_step (first, a, g, 0.01);
      memcpy (b, a, sizeof b);
      second = lathe_optimizer_new (&h, b, 2, pool, NULL);
      lathe_optimizer_set_steps (second, lathe_optimizer_get_steps (first));
      for (guint i = 0; i < LATHE_N_MOMENTS; i++)
        {
          const LatheReal *from = lathe_optimizer_get_moment (first, i);
          LatheReal *to = lathe_optimizer_get_moment (second, i);

          g_assert_true ((from != NULL) == (to != NULL));
          n += from != NULL ? 1 : 0;
          if (from != NULL)
            memcpy (to, from, sizeof b);
        }
      g_assert_cmpuint (n, ==, lathe_optimizer_n_moments (&h));
      for (guint i = 0; i < 4; i++)
        {
          lathe_optimizer_step (first, a, g, 0.01);
          lathe_optimizer_step (second, b, g, 0.01);
        }
      g_assert_cmpmem (a, sizeof a, b, sizeof b);
      g_assert_cmpfloat (lathe_optimizer_get_moment (first, LATHE_MOMENT_AVERAGE)[0], ==,
                         lathe_optimizer_get_moment (second, LATHE_MOMENT_AVERAGE)[0]);
    }
}

static void
test_too_many_weights_are_an_error (void)
{
  LatheHyperparameters h = chosen (LATHE_OPTIMIZER_ADAM);
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (GError) error = NULL;

  g_assert_null (lathe_optimizer_new (&h, NULL, (gsize) 1 << 47, pool, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_MEMORY);
}

static void
test_norm_is_that_of_the_whole_gradient (void)
{
  static const double clips[][2] = {{0, 0}, {0.01, 0}, {0, 0.5}, {0.01, 0.5}};
  g_autofree LatheReal *numbers = draw_many (2, 0.1);
  double sum = 0;

  for (guint i = 0; i < MANY; i++)
    sum += (double) numbers[i] * numbers[i];
  for (guint i = 0; i < 2 * G_N_ELEMENTS (clips); i++)
    {
      LatheHyperparameters h = chosen (LATHE_OPTIMIZER_MOMENTUM);
      g_autoptr (LathePool) pool = lathe_pool_new (1 + i % 2);
      g_autofree LatheReal *w = draw_many (1, 1), *g = g_memdup2 (numbers, MANY * sizeof *numbers);
      g_autoptr (LatheOptimizerState) state = NULL;

      h.clip_value = clips[i / 2][0];
      h.clip_norm = clips[i / 2][1];
      state = lathe_optimizer_new (&h, w, MANY, pool, NULL);
      g_assert_cmpfloat (lathe_optimizer_get_norm (state), ==, 0);
      g_assert_true (lathe_optimizer_step (state, w, g, 0.01));
      g_assert_cmpfloat_with_epsilon (lathe_optimizer_get_norm (state), sqrt (sum), 1e-5 * sqrt (sum));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/optimizer/references", test_steps_are_the_references);
  g_test_add_func ("/optimizer/rate", test_rate_is_that_of_the_step);
  g_test_add_func ("/optimizer/norm", test_norm_is_that_of_the_whole_gradient);
  g_test_add_func ("/optimizer/threads", test_threads_change_nothing);
  g_test_add_func ("/optimizer/shifts", test_shifts_have_their_rate);
  g_test_add_func ("/optimizer/lower-stages", test_lower_stages_have_their_rates);
  g_test_add_func ("/optimizer/a-step-of-a-lower-stage-is-scaled-exactly",
                   test_a_step_of_a_lower_stage_is_scaled_exactly);
  g_test_add_func ("/optimizer/rates-of-stages-can-be-changed", test_rates_of_stages_can_be_changed);
  g_test_add_func ("/optimizer/clip-value", test_values_are_clipped);
  g_test_add_func ("/optimizer/clip-norm", test_norm_is_clipped);
  g_test_add_func ("/optimizer/clip-order", test_values_are_clipped_before_the_norm);
  g_test_add_func ("/optimizer/clip-neutral", test_clipping_leaves_what_is_small);
  g_test_add_func ("/optimizer/not-a-number", test_what_is_no_number_is_refused);
  g_test_add_func ("/optimizer/large", test_large_numbers_are_numbers);
  g_test_add_func ("/optimizer/average", test_average_follows_the_weights);
  g_test_add_func ("/optimizer/lookahead", test_lookahead_draws_the_weights_back);
  g_test_add_func ("/optimizer/taken-up", test_state_can_be_taken_up);
  g_test_add_func ("/optimizer/memory", test_too_many_weights_are_an_error);
  return g_test_run ();
}
