/* test-precision.c: what is multiplied in bfloat16 is rounded as it should be, and nothing else is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>

#include "graphs.h"
#include "kernel-checks.h"
#include "kernels/lathe-bf16.h"
#include "run.h"

#define N_SHAPES 2000
#define BATCH 12
#define EPOCHS 3
#define MOST_ROUNDING 0x1p-8 /* of a number, as a share of itself */

/* --- Products --- */

static void
test_rounds_half_to_even (void)
{
  static const struct
  {
    float from, to;
  } cases[] = {
      {0, 0},
      {1, 1},
      {1 + 0x1p-8f, 1},
      {1 + 0x1.8p-8f, 1 + 0x1p-7f},
      {1 + 0x3p-8f, 1 + 0x1p-6f},
      {-1 - 0x1p-8f, -1},
      {-1 - 0x1.002p-8f, -1 - 0x1p-7f},
      {0x1.fffp127f, INFINITY},
      {-INFINITY, -INFINITY},
      {0x1p-126f, 0x1p-126f},
      {0x1.fp-127f, 0},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpfloat (lathe_bf16_round (cases[i].from), ==, cases[i].to);
  g_assert_true (isnan (lathe_bf16_round (NAN)));
}

/* Some are so deep and so wide that they are done in several pieces; A lies anywhere, but mostly as layers have it: in
 * runs along the depth, or with its rows side by side. */
static LathePanel
draw_panel (Draws *draws)
{
  guint most = draw (draws, 0, 7) == 0 ? 10 : 1, way = draw (draws, 0, 4);
  LathePanel p = {
      .rows = draw (draws, 1, 60),
      .columns = draw (draws, 1, 70 * most),
      .segments = draw (draws, 1, 4),
      .depth = draw (draws, 1, 30 * most),
      .accumulate = draw (draws, 0, 1) == 1,
  };

  p.a_row = way < 2 ? 1 : draw (draws, 1, 30);
  p.a_depth = way >= 2 && way < 4 ? 1 : draw (draws, 1, 5);
  p.a_segment = draw (draws, 1, 50);
  p.b_depth = p.columns + draw (draws, 0, 3);
  p.b_segment = draw (draws, 0, 1) == 1 ? p.depth * p.b_depth : 0;
  p.c_row = p.columns + draw (draws, 0, 3);
  return p;
}

static gsize
size_of_a (const LathePanel *p)
{
  return p->rows * p->a_row + p->segments * p->a_segment + p->depth * p->a_depth;
}

static gsize
size_of_b (const LathePanel *p)
{
  return p->segments * p->b_segment + p->depth * p->b_depth;
}

/* Whole numbers that bfloat16 has, and sums that single precision has. */
static void
check_exact_panel (const LatheKernels *kernels, Draws *draws)
{
  LathePanel p = draw_panel (draws);
  gsize n_c = p.rows * p.c_row;
  g_autofree LatheReal *a = draw_numbers (draws, size_of_a (&p)), *b = draw_numbers (draws, size_of_b (&p));
  g_autofree LatheReal *c = draw_numbers (draws, n_c), *expected = copy_numbers (c, n_c);

  p.a = a;
  p.b = b;
  p.c = expected;
  lathe_kernels_generic.panel (&p);
  p.c = c;
  kernels->panel (&p);
  assert_same (draws, c, expected, n_c);
}

static LatheReal *
draw_fractions (Draws *draws, gsize n)
{
  LatheReal *numbers = draw_numbers (draws, n);

  for (gsize i = 0; i < n; i++)
    numbers[i] += (LatheReal) lathe_rng_uniform (&draws->rng, draws->index++);
  return numbers;
}

/* One number of C by the definition: rounded operands, a sum that is exact, and the sum of magnitudes. */
static double
sum_rounded (const LathePanel *p, guint row, guint column, double *magnitude)
{
  double sum = 0;

  *magnitude = 0;
  for (guint segment = 0; segment < p->segments; segment++)
    for (guint k = 0; k < p->depth; k++)
      {
        double a = lathe_bf16_round (p->a[row * p->a_row + segment * p->a_segment + k * p->a_depth]);
        double b = lathe_bf16_round (p->b[segment * p->b_segment + k * p->b_depth + column]);

        sum += a * b;
        *magnitude += fabs (a * b);
      }
  return sum;
}

/* Sums in single precision of n products err by n · 2^-24 of their magnitudes at most. An operand that was rounded to
 * the other side would err by 2^-7 of one product. */
static void
check_rounded_panel (const LatheKernels *kernels, Draws *draws)
{
  LathePanel p = draw_panel (draws);
  g_autofree LatheReal *a = draw_fractions (draws, size_of_a (&p)), *b = draw_fractions (draws, size_of_b (&p));
  g_autofree LatheReal *c = draw_numbers (draws, p.rows * p.c_row);

  p.accumulate = FALSE;
  p.a = a;
  p.b = b;
  p.c = c;
  kernels->panel (&p);
  for (guint row = 0; row < p.rows; row++)
    for (guint column = 0; column < p.columns; column += 1 + draw (draws, 0, 20))
      {
        double magnitude, sum = sum_rounded (&p, row, column, &magnitude);

        g_assert_cmpfloat (fabs (c[row * p.c_row + column] - sum), <=,
                           magnitude * (p.segments * p.depth + 1) * 0x1p-24);
        count_alive (draws, &c[row * p.c_row + column], 1);
      }
}

static void
check_all_rows (void (*check) (const LatheKernels *kernels, Draws *draws))
{
  guint n_available;
  const LatheKernels *const *available = lathe_kernels_available (&n_available);

  for (guint i = 0; i < n_available; i++)
    {
      gsize alive = 0, n = 0;

      for (guint shape = 0; shape < N_SHAPES; shape++)
        {
          Draws draws = {.rng = lathe_rng (shape, LATHE_RNG_AUGMENT, i, 0)};

          check (lathe_kernels_bf16 (available[i]), &draws);
          alive += draws.alive;
          n += draws.n;
        }
      g_assert_cmpuint (10 * alive, >=, 3 * n);
    }
}

static void
test_products_of_short_numbers_are_exact (void)
{
  check_all_rows (check_exact_panel);
}

static void
test_products_are_those_of_rounded_numbers (void)
{
  check_all_rows (check_rounded_panel);
}

/* --- A whole step --- */

/* Convolutions by each algorithm there is, and two dense layers. Activations are smooth: a ReLU lets a gradient through
 * or not, and a number near 0 may be rounded to the other side. */
static LatheGraph *
make_graph (void)
{
  return graphs_make ("in input height=20 width=20 channels=3; wide conv2d in filters=16 stride-height=2 "
                      "stride-width=2; tiled conv2d wide filters=32 padding=same activation=tanh; "
                      "narrow conv2d tiled filters=8 kernel-height=1 kernel-width=1; flat flatten narrow; "
                      "hidden dense flat units=24 activation=tanh; out dense hidden units=10 activation=softmax");
}

static LatheNetwork *
make_network (const LatheGraph *graph, LathePool *pool, LathePrecision precision)
{
  g_autoptr (GError) error = NULL;
  LatheNetwork *network = lathe_network_new (graph, BATCH, TRUE, pool, &error);
  LatheRng rng = lathe_rng (2, LATHE_RNG_AUGMENT, 0, 0);
  LatheReal *x;

  g_assert_no_error (error);
  lathe_network_set_precision (network, precision);
  lathe_network_initialise (network, 3);
  x = lathe_network_get_input (network);
  for (gsize i = 0; i < BATCH * lathe_network_get_input_size (network); i++)
    x[i] = (LatheReal) (2 * lathe_rng_uniform (&rng, (guint32) i) - 1);
  return network;
}

static void
step (LatheNetwork *network)
{
  guint32 labels[BATCH];
  LatheReal losses[BATCH];

  for (guint i = 0; i < BATCH; i++)
    labels[i] = i % 10;
  lathe_network_forward (network, BATCH, TRUE, 1, 1);
  lathe_network_loss (network, BATCH, labels, NULL, losses);
  lathe_network_backward (network, BATCH);
}

/* |a - b| / |b| */
static double
distance (const LatheReal *a, const LatheReal *b, gsize n)
{
  double apart = 0, size = 0;

  for (gsize i = 0; i < n; i++)
    {
      apart += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
      size += (double) b[i] * b[i];
    }
  return sqrt (apart / size);
}

/* An operand's rounding is 2^-8 of it at most, and 2^-9.8 of it by root mean square; those of many products, which go
 * either way, come to √2 times that of their sum, and Winograd's transforms make them up to five times as large. Here
 * eight layers' products follow one another on the way there and back. */
static void
test_gradients_are_near_those_of_single_precision (void)
{
  g_autoptr (LatheGraph) graph = make_graph ();
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheNetwork) whole = make_network (graph, pool, LATHE_PRECISION_FP32);
  g_autoptr (LatheNetwork) rounded = make_network (graph, pool, LATHE_PRECISION_BF16);
  gsize n;
  double apart;

  lathe_network_get_weights (whole, &n);
  step (whole);
  step (rounded);
  apart = distance (lathe_network_get_gradient (rounded), lathe_network_get_gradient (whole), n);
  g_test_message ("gradients are %g apart, answers %g", apart,
                  distance (lathe_network_get_logits (rounded), lathe_network_get_logits (whole), BATCH * 10));
  g_assert_cmpfloat (apart, <, 8 * MOST_ROUNDING);
  g_assert_cmpfloat (apart, >, MOST_ROUNDING / 8);
}

static void
test_answers_stay_in_single_precision (void)
{
  g_autoptr (LatheGraph) graph = make_graph ();
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheNetwork) whole = make_network (graph, pool, LATHE_PRECISION_FP32);
  g_autoptr (LatheNetwork) rounded = make_network (graph, pool, LATHE_PRECISION_BF16);
  gsize bytes = BATCH * 10 * sizeof (LatheReal);

  step (rounded);
  lathe_network_forward (whole, BATCH, FALSE, 0, 0);
  lathe_network_forward (rounded, BATCH, FALSE, 0, 0);
  g_assert_cmpmem (lathe_network_get_logits (whole), bytes, lathe_network_get_logits (rounded), bytes);
}

static void
test_same_bits_on_any_number_of_threads (void)
{
  g_autoptr (LatheGraph) graph = make_graph ();
  g_autoptr (LathePool) one = lathe_pool_new (1);
  g_autoptr (LatheNetwork) alone = make_network (graph, one, LATHE_PRECISION_BF16);
  gsize n;

  lathe_network_get_weights (alone, &n);
  step (alone);
  for (guint threads = 2; threads <= 8; threads += threads == 3 ? 5 : 1)
    {
      g_autoptr (LathePool) pool = lathe_pool_new (threads);
      g_autoptr (LatheNetwork) network = make_network (graph, pool, LATHE_PRECISION_BF16);

      step (network);
      g_assert_cmpmem (lathe_network_get_gradient (network), n * sizeof (LatheReal), lathe_network_get_gradient (alone),
                       n * sizeof (LatheReal));
    }
}

/* --- A training --- */

/* Two of its convolutions go by Winograd's algorithm. */
static LatheGraph *
make_small_network (const LathePreprocess *preprocess, guint n_classes)
{
  LatheGraph *graph = graphs_make (
      "in input; first conv2d in filters=16 padding=same activation=relu; pool max-pool first; "
      "second conv2d pool filters=32 padding=same; norm batch-norm second; relu relu norm; half max-pool relu; "
      "third conv2d half filters=32 padding=same activation=relu; flat flatten third; "
      "hidden dense flat units=64 activation=relu; out dense hidden units=10 activation=softmax");

  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (preprocess->height, preprocess->width, preprocess->channels),
                     n_classes);
  return graph;
}

/* The share of test images that it names right. */
static double
train (LatheDataset *samples, LathePrecision precision)
{
  g_autoptr (LatheGraph) graph = NULL;
  g_autoptr (LatheTrainer) trainer = NULL;
  g_autoptr (LatheSnapshot) end = NULL;
  g_autoptr (GError) error = NULL;
  LathePreprocess preprocess;
  LatheHyperparameters h;

  lathe_dataset_suggest (samples, 0, 0, &preprocess);
  preprocess.measured = TRUE;
  graph = make_small_network (&preprocess, lathe_dataset_get_n_classes (samples));
  lathe_hyperparameters_defaults (&h);
  h.epochs = EPOCHS;
  h.precision = precision;
  trainer = lathe_trainer_new (samples, graph, &preprocess, &h, NULL, NULL, &error);
  g_assert_no_error (error);
  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
  g_assert_no_error (end->error);
  g_test_message ("precision %d: accuracy %g, loss %g", precision, end->test_accuracy, end->test_loss);
  return end->test_accuracy;
}

/* Of 1600 test images that are named as well, two trainings differ by 0.012 (one deviation) where three of four are
 * right and their answers are independent. */
static void
test_learns_as_well (void)
{
  g_autoptr (LatheDataset) samples = run_samples (0.6);
  double whole = train (samples, LATHE_PRECISION_FP32), rounded = train (samples, LATHE_PRECISION_BF16);

  g_assert_cmpfloat (whole, >, 0.7);
  g_assert_cmpfloat (rounded, >, whole - 0.03);
}

/* --- A model --- */

/* Drawn by its seed, with a temperature, which goes along. */
static LatheModel *
make_model (void)
{
  static const char *const labels[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", NULL};
  g_autoptr (LatheGraph) graph = make_graph ();
  g_autoptr (GError) error = NULL;
  LathePreprocess preprocess = {.width = 20, .height = 20, .channels = 3, .deviation = {1, 1, 1}};
  g_autoptr (LatheModel) model = lathe_model_new_untrained (graph, labels, &preprocess, 7, &error);
  LatheModel *cooled;

  g_assert_no_error (error);
  cooled = lathe_model_at_temperature (model, 1.5, &error);
  g_assert_no_error (error);
  return cooled;
}

static LatheModel *
make_rounded (const LatheModel *model)
{
  g_autoptr (GError) error = NULL;
  LatheModel *rounded = lathe_model_in_bf16 (model, &error);

  g_assert_no_error (error);
  return rounded;
}

static void
test_weights_are_rounded_and_biases_are_not (void)
{
  g_autoptr (LatheModel) model = make_model (), rounded = make_rounded (model);
  gsize changed = 0;

  for (guint i = 0; i < model->weights->len; i++)
    {
      const LatheWeight *from = &g_array_index (model->weights, LatheWeight, i);
      const LatheWeight *to = &g_array_index (rounded->weights, LatheWeight, i);

      for (gsize k = 0; k < lathe_shape_size (&from->shape); k++)
        {
          g_assert_cmpfloat (to->data[k], ==, from->shape.rank > 1 ? lathe_bf16_round (from->data[k]) : from->data[k]);
          changed += to->data[k] != from->data[k];
        }
    }
  g_assert_cmpuint (changed, >, 1000);
}

static void
test_a_file_of_half_the_size_gives_the_model_back (void)
{
  g_autofree char *folder = g_dir_make_tmp ("lathe-precision-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autoptr (LatheModel) model = make_model (), rounded = make_rounded (model), read = NULL;
  g_autoptr (GBytes) whole = lathe_model_to_bytes (model), half = lathe_model_to_bytes (rounded), again = NULL;
  g_autofree char *sha = lathe_model_weights_sha256 (rounded), *sha_read = NULL;
  g_autoptr (GError) error = NULL;

  lathe_model_save (rounded, path, &error);
  g_assert_no_error (error);
  read = lathe_model_load (path, &error);
  g_assert_no_error (error);
  again = lathe_model_to_bytes (read);
  sha_read = lathe_model_weights_sha256 (read);
  g_assert_true (g_bytes_equal (half, again));
  g_assert_cmpstr (sha, ==, sha_read);
  g_assert_true (read->in_bf16);
  g_assert_cmpfloat (read->temperature, ==, 1.5);
  g_assert_cmpfloat ((double) g_bytes_get_size (half), <, 0.6 * (double) g_bytes_get_size (whole));
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/precision/rounding", test_rounds_half_to_even);
  g_test_add_func ("/precision/panel/exact", test_products_of_short_numbers_are_exact);
  g_test_add_func ("/precision/panel/rounded", test_products_are_those_of_rounded_numbers);
  g_test_add_func ("/precision/gradients", test_gradients_are_near_those_of_single_precision);
  g_test_add_func ("/precision/answers", test_answers_stay_in_single_precision);
  g_test_add_func ("/precision/threads", test_same_bits_on_any_number_of_threads);
  g_test_add_func ("/precision/learns", test_learns_as_well);
  g_test_add_func ("/precision/model/rounding", test_weights_are_rounded_and_biases_are_not);
  g_test_add_func ("/precision/model/file", test_a_file_of_half_the_size_gives_the_model_back);
  return g_test_run ();
}
