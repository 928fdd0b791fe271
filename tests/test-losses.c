/* test-losses.c: every loss is its definition, and its gradient its slope, in double precision.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "lathe.h"
#include "model/lathe-loss.h"
#include "model/lathe-network.h"

#define N_CASES 24
#define MAX_UNITS 7
#define MAX_SAMPLES 5
#define NUDGE 1e-5
#define TOLERANCE 1e-6

/* A batch, with a loss whose properties were drawn, and whose samples may be of two classes. */
typedef struct
{
  LatheLoss loss;
  guint n, n_units;
  LatheReal z[MAX_SAMPLES * MAX_UNITS], weight[MAX_UNITS];
  guint32 label[MAX_SAMPLES];
  gboolean mixed;
  LatheOtherLabel other[MAX_SAMPLES];
  const LatheTeaching *teaching; /* NULL: there is no teacher */
  LatheReal taught[MAX_SAMPLES * MAX_UNITS];
} Batch;

static const LatheLoss variants[] = {
    {LATHE_LOSS_CROSS_ENTROPY},
    {LATHE_LOSS_CROSS_ENTROPY, .smoothing = 0.1},
    {LATHE_LOSS_CROSS_ENTROPY, .smoothing = 1},
    {LATHE_LOSS_FOCAL, .gamma = 0},
    {LATHE_LOSS_FOCAL, .gamma = 0.5},
    {LATHE_LOSS_FOCAL, .gamma = 2},
    {LATHE_LOSS_FOCAL, .gamma = 5},
    {LATHE_LOSS_SQUARED},
    {LATHE_LOSS_ABSOLUTE},
    {LATHE_LOSS_HUBER, .delta = 0.1},
    {LATHE_LOSS_HUBER, .delta = 1},
    {LATHE_LOSS_HINGE},
};

static void
draw_batch (Batch *batch, const LatheLoss *variant, guint n_units, guint seed)
{
  LatheRng rng = lathe_rng (seed, LATHE_RNG_AUGMENT, n_units, 0);
  guint n_classes = lathe_loss_n_classes (n_units), at = 0;

  batch->loss = *variant;
  batch->teaching = NULL;
  batch->n_units = n_units;
  batch->n = 1 + lathe_rng_below (&rng, at++, MAX_SAMPLES);
  for (guint i = 0; i < batch->n * n_units; i++)
    batch->z[i] = 6 * lathe_rng_uniform (&rng, at++) - 3;
  for (guint i = 0; i < batch->n; i++)
    batch->label[i] = lathe_rng_below (&rng, at++, n_classes);
  for (guint i = 0; i < n_classes; i++)
    batch->weight[i] = 0.2 + 3 * lathe_rng_uniform (&rng, at++);
  if (seed % 2 == 1)
    batch->loss.class_weight = batch->weight;
  batch->mixed = seed % 3 != 0 && lathe_loss_takes_two_labels (variant->kind);
  for (guint i = 0; i < batch->n; i++)
    batch->other[i].label = lathe_rng_below (&rng, at++, n_classes);
  for (guint i = 0; i < batch->n; i++)
    batch->other[i].share = lathe_rng_uniform (&rng, at++);
  for (guint i = 0; i < batch->n * n_units; i++)
    batch->taught[i] = 8 * lathe_rng_uniform (&rng, at++) - 4;
}

static double
mean_loss (const Batch *batch, LatheReal *gradient)
{
  LatheReal losses[MAX_SAMPLES], nobodys[MAX_SAMPLES * MAX_UNITS] = {0};
  double sum = 0;

  lathe_loss_run (&batch->loss, batch->z, batch->label, batch->mixed ? batch->other : NULL, batch->n, batch->n_units,
                  losses, gradient);
  if (batch->teaching != NULL)
    lathe_loss_teach (batch->teaching, batch->z, batch->taught, batch->n, batch->n_units, losses,
                      gradient != NULL ? gradient : nobodys);
  for (guint i = 0; i < batch->n; i++)
    sum += losses[i];
  return sum / batch->n;
}

/* The largest disagreement of a claimed gradient with the slopes, relative to the larger of its largest number and
 * 1e-3. */
static double
disagreement (Batch *batch, const LatheReal *claimed)
{
  double worst = 0, largest = 1e-3;

  for (guint i = 0; i < batch->n * batch->n_units; i++)
    largest = fmax (largest, fabs (claimed[i]));
  for (guint i = 0; i < batch->n * batch->n_units; i++)
    {
      LatheReal z = batch->z[i];
      double up, down;

      batch->z[i] = z + NUDGE;
      up = mean_loss (batch, NULL);
      batch->z[i] = z - NUDGE;
      down = mean_loss (batch, NULL);
      batch->z[i] = z;
      worst = fmax (worst, fabs ((up - down) / (2 * NUDGE) - claimed[i]) / largest);
    }
  return worst;
}

static void
test_gradients_are_the_slopes (gconstpointer data)
{
  for (guint n_units = 1; n_units <= MAX_UNITS; n_units++)
    for (guint seed = 0; seed < N_CASES; seed++)
      {
        Batch batch;
        LatheReal gradient[MAX_SAMPLES * MAX_UNITS];

        draw_batch (&batch, data, n_units, seed);
        mean_loss (&batch, gradient);
        g_assert_cmpfloat (disagreement (&batch, gradient), <, TOLERANCE);
      }
}

/* With every loss of the labels, at several temperatures and weights. */
static void
test_a_teachers_gradients_are_the_slopes (gconstpointer data)
{
  static const LatheTeaching teachings[] = {{1, 0.5}, {4, 0.9}, {0.5, 1}, {20, 0.1}};

  for (guint n_units = 1; n_units <= MAX_UNITS; n_units++)
    for (guint seed = 0; seed < N_CASES; seed++)
      {
        Batch batch;
        LatheReal gradient[MAX_SAMPLES * MAX_UNITS];

        draw_batch (&batch, data, n_units, seed);
        batch.teaching = &teachings[seed % G_N_ELEMENTS (teachings)];
        mean_loss (&batch, gradient);
        g_assert_cmpfloat (disagreement (&batch, gradient), <, TOLERANCE);
      }
}

/* T² Σ q log (q / p), worked out by hand at T = 2: q of (2 ln 3, 0) is (3/4, 1/4), p of equal logits (1/2, 1/2). */
static void
test_a_teachers_loss_is_its_definition (void)
{
  const LatheTeaching all = {2, 1}, quarter = {2, 0.25}, none = {2, 0};
  const LatheReal z[] = {5, 5}, t[] = {2 * log (3), 0}, one = 0, taught = -2 * log (3);
  double expected = 4 * (0.75 * log (1.5) + 0.25 * log (0.5));
  LatheReal loss = 7, gradient[] = {1, -1};

  lathe_loss_teach (&all, z, t, 1, 2, &loss, gradient);
  g_assert_cmpfloat_with_epsilon (loss, expected, 1e-12);
  g_assert_cmpfloat_with_epsilon (gradient[0], 2 * (0.5 - 0.75), 1e-12);
  loss = 7;
  lathe_loss_teach (&quarter, z, t, 1, 2, &loss, gradient);
  g_assert_cmpfloat_with_epsilon (loss, 0.75 * 7 + 0.25 * expected, 1e-12);
  loss = 7;
  lathe_loss_teach (&none, z, t, 1, 2, &loss, gradient);
  g_assert_cmpfloat (loss, ==, 7);
  lathe_loss_teach (&all, &one, &taught, 1, 1, &loss, gradient);
  g_assert_cmpfloat_with_epsilon (loss, expected, 1e-12);
  lathe_loss_teach (&all, t, t, 1, 2, &loss, gradient);
  g_assert_cmpfloat_with_epsilon (loss, 0, 1e-12);
  g_assert_cmpfloat_with_epsilon (gradient[1], 0, 1e-12);
}

/* The proof above would notice: a number missing, a sign, a factor of the mean, a forgotten class weight. */
static void
test_planted_mistakes_are_seen (gconstpointer data)
{
  guint n_seen = 0, n_planted = 0;

  for (guint seed = 1; seed < N_CASES; seed += 2)
    for (guint mistake = 0; mistake < 4; mistake++)
      {
        Batch batch;
        LatheReal gradient[MAX_SAMPLES * MAX_UNITS];
        double largest = 0;
        guint at = 0;

        draw_batch (&batch, data, 4, seed);
        mean_loss (&batch, gradient);
        for (guint i = 0; i < batch.n * 4; i++)
          if (fabs (gradient[i]) > largest)
            {
              largest = fabs (gradient[i]);
              at = i;
            }
        if (largest < 1e-3)
          continue;
        n_planted++;
        for (guint i = 0; i < batch.n * 4; i++)
          if (mistake == 0)
            gradient[i] = i == at ? 0 : gradient[i];
          else if (mistake == 1)
            gradient[i] = -gradient[i];
          else if (mistake == 2)
            gradient[i] *= 1.0001;
          else
            gradient[i] /= batch.weight[batch.label[i / 4]];
        n_seen += disagreement (&batch, gradient) > TOLERANCE ? 1 : 0;
      }
  g_assert_cmpuint (n_planted, >, 20);
  g_assert_cmpuint (n_seen, ==, n_planted);
}

static void
test_extreme_logits_stay_numbers (gconstpointer data)
{
  static const double sizes[] = {0, 1, 40, 700, 1e4};

  for (guint n_units = 1; n_units <= MAX_UNITS; n_units++)
    for (guint seed = 0; seed < 200; seed++)
      {
        LatheRng rng = lathe_rng (seed, LATHE_RNG_AUGMENT, n_units, 1);
        Batch batch;
        LatheReal gradient[MAX_SAMPLES * MAX_UNITS];
        double sum = 0;

        draw_batch (&batch, data, n_units, seed);
        for (guint i = 0; i < batch.n * n_units; i++)
          batch.z[i] = sizes[lathe_rng_below (&rng, i, G_N_ELEMENTS (sizes))] * (batch.z[i] < 0 ? -1 : 1);
        g_assert_true (isfinite (mean_loss (&batch, gradient)));
        g_assert_cmpfloat (mean_loss (&batch, NULL), >=, 0);
        for (guint i = 0; i < batch.n * n_units; i++)
          {
            g_assert_true (isfinite (gradient[i]));
            sum += gradient[i];
          }
        if (n_units > 1) /* all logits together move nothing */
          g_assert_cmpfloat (fabs (sum), <, 1e-9);
      }
}

static void
test_what_is_no_number_comes_through (gconstpointer data)
{
  for (guint n_units = 1; n_units <= 3; n_units++)
    for (guint at = 0; at < n_units; at++)
      {
        LatheReal z[3] = {1, 2, 3}, loss;
        guint32 label = 1;

        z[at] = NAN;
        lathe_loss_run (data, z, &label, NULL, 1, n_units, &loss, NULL);
        g_assert_true (isnan (loss));
      }
}

static double
loss_of (LatheLoss loss, const LatheReal *z, guint n_units, guint32 label, LatheReal *gradient)
{
  LatheReal value;

  lathe_loss_run (&loss, z, &label, NULL, 1, n_units, &value, gradient);
  return value;
}

#define assert_is(a, b) g_assert_cmpfloat_with_epsilon (a, b, 1e-12)

/* Probabilities 0.1, 0.2 and 0.7, of which the last is the truth. */
static void
test_values_are_the_definitions (void)
{
  const LatheReal z[3] = {log (0.1), log (0.2), log (0.7)};

  assert_is (loss_of ((LatheLoss){LATHE_LOSS_CROSS_ENTROPY}, z, 3, 2, NULL), -log (0.7));
  assert_is (loss_of ((LatheLoss){LATHE_LOSS_CROSS_ENTROPY, .smoothing = 0.3}, z, 3, 2, NULL),
             -(0.1 * log (0.1) + 0.1 * log (0.2) + 0.8 * log (0.7)));
  assert_is (loss_of ((LatheLoss){LATHE_LOSS_FOCAL, .gamma = 2}, z, 3, 2, NULL), -0.09 * log (0.7));
  assert_is (loss_of ((LatheLoss){LATHE_LOSS_SQUARED}, z, 3, 2, NULL), (0.01 + 0.04 + 0.09) / 3);
  assert_is (loss_of ((LatheLoss){LATHE_LOSS_ABSOLUTE}, z, 3, 2, NULL), (0.1 + 0.2 + 0.3) / 3);
  assert_is (loss_of ((LatheLoss){LATHE_LOSS_HUBER, .delta = 0.2}, z, 3, 2, NULL),
             (0.005 + 0.02 + 0.2 * (0.3 - 0.1)) / 3);
  assert_is (loss_of ((LatheLoss){LATHE_LOSS_HINGE}, (LatheReal[]){1, 2, 2.25}, 3, 2, NULL), 0.75);
  assert_is (loss_of ((LatheLoss){LATHE_LOSS_HINGE}, (LatheReal[]){1, 2, 3.5}, 3, 2, NULL), 0);
}

static double
loss_of_two (LatheLoss loss, const LatheReal *z, guint n_units, LatheReal share, LatheReal *gradient)
{
  const guint32 label = 0;
  const LatheOtherLabel other = {1, share};
  LatheReal value;

  lathe_loss_run (&loss, z, &label, &other, 1, n_units, &value, gradient);
  return value;
}

/* Probabilities 0.1, 0.2 and 0.7, of which the truth is 0.75, 0.25 and 0; and a sigmoid of 0.8 with a truth of 0.25. */
static void
test_values_of_two_labels (void)
{
  const LatheReal z[3] = {log (0.1), log (0.2), log (0.7)}, one = log (4), weight[3] = {2, 6, 1};
  const double squares[3] = {0.65 * 0.65, 0.05 * 0.05, 0.7 * 0.7};
  LatheReal gradient[3];

  assert_is (loss_of_two ((LatheLoss){LATHE_LOSS_CROSS_ENTROPY}, z, 3, 0.25, gradient),
             -0.75 * log (0.1) - 0.25 * log (0.2));
  assert_is (gradient[0], 0.1 - 0.75);
  assert_is (gradient[1], 0.2 - 0.25);
  assert_is (gradient[2], 0.7);
  assert_is (loss_of_two ((LatheLoss){LATHE_LOSS_CROSS_ENTROPY, .smoothing = 0.3}, z, 3, 0.25, NULL),
             -0.625 * log (0.1) - 0.275 * log (0.2) - 0.1 * log (0.7));
  assert_is (loss_of_two ((LatheLoss){LATHE_LOSS_SQUARED}, z, 3, 0.25, NULL),
             (squares[0] + squares[1] + squares[2]) / 3);
  assert_is (loss_of_two ((LatheLoss){LATHE_LOSS_ABSOLUTE}, z, 3, 0.25, NULL), (0.65 + 0.05 + 0.7) / 3);
  assert_is (loss_of_two ((LatheLoss){LATHE_LOSS_CROSS_ENTROPY, .class_weight = weight}, z, 3, 0.25, NULL),
             3 * (-0.75 * log (0.1) - 0.25 * log (0.2)));
  assert_is (loss_of_two ((LatheLoss){LATHE_LOSS_CROSS_ENTROPY}, &one, 1, 0.25, gradient),
             -0.75 * log (0.2) - 0.25 * log (0.8));
  assert_is (gradient[0], 0.8 - 0.25);
}

/* A sigmoid of 0.8, where “yes” is the truth, and where “no” is. */
static void
test_values_of_one_unit (void)
{
  const LatheReal z = log (4);
  LatheReal gradient;

  assert_is (loss_of ((LatheLoss){LATHE_LOSS_CROSS_ENTROPY}, &z, 1, 1, &gradient), -log (0.8));
  assert_is (gradient, -0.2);
  assert_is (loss_of ((LatheLoss){LATHE_LOSS_CROSS_ENTROPY, .smoothing = 0.2}, &z, 1, 1, &gradient),
             -(0.9 * log (0.8) + 0.1 * log (0.2)));
  assert_is (gradient, 0.8 - 0.9);
  assert_is (loss_of ((LatheLoss){LATHE_LOSS_FOCAL, .gamma = 2}, &z, 1, 0, NULL), -0.64 * log (0.2));
  assert_is (loss_of ((LatheLoss){LATHE_LOSS_SQUARED}, &z, 1, 0, &gradient), 0.64);
  assert_is (gradient, 2 * 0.8 * 0.8 * 0.2);
  assert_is (loss_of ((LatheLoss){LATHE_LOSS_ABSOLUTE}, &z, 1, 0, NULL), 0.8);
  assert_is (loss_of ((LatheLoss){LATHE_LOSS_HUBER, .delta = 0.5}, &z, 1, 0, NULL), 0.5 * (0.8 - 0.25));
  assert_is (loss_of ((LatheLoss){LATHE_LOSS_HINGE}, &z, 1, 0, &gradient), 1 + log (4));
  assert_is (gradient, 1);
  assert_is (loss_of ((LatheLoss){LATHE_LOSS_HINGE}, (LatheReal[]){0.25}, 1, 1, &gradient), 0.75);
  assert_is (gradient, -1);
}

static void
test_small_losses_keep_their_digits (void)
{
  LatheReal z[2] = {0, 60}, gradient[2];

  g_assert_cmpfloat_with_epsilon (loss_of ((LatheLoss){LATHE_LOSS_CROSS_ENTROPY}, z, 2, 1, NULL) / exp (-60), 1, 1e-9);
  loss_of ((LatheLoss){LATHE_LOSS_SQUARED}, z, 2, 0, gradient); /* certain, and wrong */
  g_assert_cmpfloat_with_epsilon (gradient[1] / (2 * exp (-60)), 1, 1e-9);
}

static void
test_class_weights_are_factors (void)
{
  const LatheReal weight[3] = {0.5, 1, 4}, z[6] = {1, 2, 3, 1, 2, 3};
  const guint32 labels[2] = {0, 2};

  for (guint i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      LatheLoss plain = variants[i], weighted = variants[i];
      LatheReal a[2], b[2], da[6], db[6];

      weighted.class_weight = weight;
      lathe_loss_run (&plain, z, labels, NULL, 2, 3, a, da);
      lathe_loss_run (&weighted, z, labels, NULL, 2, 3, b, db);
      for (guint k = 0; k < 2; k++)
        assert_is (b[k], weight[labels[k]] * a[k]);
      for (guint k = 0; k < 6; k++)
        assert_is (db[k], weight[labels[k / 3]] * da[k]);
    }
}

/* A network keeps its own copy, and its way back begins with the loss that was set. */
static void
test_network_takes_a_loss (void)
{
  g_autoptr (LatheGraph) graph = lathe_preset_load ("lenet", NULL);
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = lathe_network_new (graph, 2, TRUE, pool, NULL);
  guint n_units = lathe_network_get_n_units (network), n_classes = lathe_loss_n_classes (n_units);
  g_autofree LatheReal *weight = g_new0 (LatheReal, n_classes), *expected = NULL;
  LatheReal losses[2], alone[2];
  const guint32 labels[2] = {0, 1};
  LatheLoss loss = {LATHE_LOSS_SQUARED, .class_weight = weight};

  weight[0] = 3;
  expected = g_memdup2 (weight, n_classes * sizeof *weight);
  lathe_network_set_loss (network, &loss);
  weight[0] = 0;
  lathe_network_initialise (network, 1);
  lathe_network_forward (network, 2, TRUE, 1, 0);
  lathe_network_loss (network, 2, labels, NULL, losses);
  loss.class_weight = expected;
  lathe_loss_run (&loss, lathe_network_get_logits (network), labels, NULL, 2, n_units, alone, NULL);
  g_assert_cmpfloat (losses[0], >, 0);
  g_assert_cmpfloat (losses[0], ==, alone[0]);
  g_assert_cmpfloat (losses[1], ==, 0);
  loss.class_weight = NULL;
  lathe_network_set_loss (network, &loss);
  lathe_network_loss (network, 2, labels, NULL, losses);
  g_assert_cmpfloat (losses[1], >, 0);
}

int
main (int argc, char *argv[])
{
  static const struct
  {
    const char *name;
    GTestDataFunc func;
  } every[] = {
      {"gradient", test_gradients_are_the_slopes},           {"planted", test_planted_mistakes_are_seen},
      {"extreme", test_extreme_logits_stay_numbers},         {"not-a-number", test_what_is_no_number_comes_through},
      {"teacher", test_a_teachers_gradients_are_the_slopes},
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (variants); i++)
    for (guint j = 0; j < G_N_ELEMENTS (every); j++)
      {
        g_autofree char *path =
            g_strdup_printf ("/losses/%s/%s-%u", every[j].name, lathe_loss_names[variants[i].kind], i);

        g_test_add_data_func (path, &variants[i], every[j].func);
      }
  g_test_add_func ("/losses/values", test_values_are_the_definitions);
  g_test_add_func ("/losses/two-labels", test_values_of_two_labels);
  g_test_add_func ("/losses/one-unit", test_values_of_one_unit);
  g_test_add_func ("/losses/digits", test_small_losses_keep_their_digits);
  g_test_add_func ("/losses/class-weights", test_class_weights_are_factors);
  g_test_add_func ("/losses/teacher", test_a_teachers_loss_is_its_definition);
  g_test_add_func ("/losses/network", test_network_takes_a_loss);
  return g_test_run ();
}
