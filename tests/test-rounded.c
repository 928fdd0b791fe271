/* test-rounded.c: a network that learns while it is rounded answers as one in 8 bits, its gradients pass rounding, and
 * what it learns so is kept where it is better.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "eight-bits.h"
#include "graphs.h"

static LatheDataset *samples;

/* --- A network that learns in 8 bits --- */

/* (transfer full): with the model's weights, rounded as its copy in 8 bits is */
static LatheNetwork *
make_rounded (const LatheModel *model, const LatheModel *small, guint batch, LathePool *pool)
{
  g_autoptr (GError) error = NULL;
  LatheNetwork *network = lathe_network_new_rounded (model->graph, small->quantisation, batch, pool, &error);

  g_assert_no_error (error);
  lathe_network_load (network, model);
  return network;
}

/* Two ways to work out the same number round it alike, but where it lies in the middle of two bytes: as the mean of
 * four often does. Then the answers differ by what a step of 8 bits makes of them. */
static void
test_it_learns_from_the_answers_in_8_bits (void)
{
  const struct
  {
    const char *network;
    guint n_classes;
    double most, least; /* by which the answers differ from those in 8 bits: rounded, and real ones */
  } cases[] = {{eight_bits_chain, 5, 1, 500}, {eight_bits_branches, 4, 16.0 / 255, 0.4}};

  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (LatheGraph) graph = graphs_make (cases[i % 2].network);
      g_autoptr (LatheModel) model = eight_bits_model (graph, cases[i % 2].n_classes, i),
                             small = lathe_model_at_temperature (model, 1, NULL);
      g_autoptr (LathePool) pool = lathe_pool_new (2);
      g_autoptr (LatheNetwork) network = NULL;
      g_autofree float *real = NULL, *bytes = NULL, *rounded = NULL;
      gsize n;

      eight_bits_round (small);
      network = make_rounded (model, small, EIGHT_BITS_BATCH, pool);
      real = eight_bits_answer (model, 1, &n);
      bytes = eight_bits_answer (small, 1, &n);
      rounded = eight_bits_ask (network, EIGHT_BITS_BATCH, &n);
      g_assert_cmpfloat (eight_bits_difference (rounded, bytes, n), <, cases[i % 2].most);
      g_assert_cmpfloat (eight_bits_difference (real, bytes, n), >, cases[i % 2].least);
    }
}

#define INPUTS 16
#define HIDDEN 32
#define CLASSES 3

static double
round_to_byte (double number)
{
  return 16.0 / 255 * (CLAMP (128 + rint (number / (16.0 / 255)), 0, 255) - 128);
}

/* Of one sample of class 0: what the weights of both layers are to learn, as the rule says it; small's numbers are what
 * is multiplied. Returns how many of the hidden numbers were cut off. */
static guint
learn_by_rule (const LatheModel *small, const double *x, double *hidden, double *out)
{
  const LatheWeight *w = (const LatheWeight *) small->weights->data; /* of both, each with its bias behind it */
  double y[HIDDEN], logit[CLASSES], sum = 0;
  guint n_cut = 0;

  for (guint u = 0; u < HIDDEN; u++)
    {
      y[u] = (double) w[1].data[u];
      for (guint i = 0; i < INPUTS; i++)
        y[u] += round_to_byte (x[i]) * (double) w[0].data[i * HIDDEN + u];
    }
  for (guint c = 0; c < CLASSES; c++)
    {
      logit[c] = (double) w[3].data[c];
      for (guint u = 0; u < HIDDEN; u++)
        logit[c] += MAX (0, round_to_byte (y[u])) * (double) w[2].data[u * CLASSES + c];
      sum += exp (logit[c]);
    }
  for (guint u = 0; u < HIDDEN; u++)
    {
      gboolean passes = y[u] > 0 && y[u] < 127.5 * 16 / 255;
      double slope = 0;

      n_cut += y[u] > 127.5 * 16 / 255;
      for (guint c = 0; c < CLASSES; c++)
        {
          double wrong = exp (logit[c]) / sum - (c == 0);

          out[u * CLASSES + c] = MAX (0, round_to_byte (y[u])) * wrong;
          slope += passes ? wrong * (double) w[2].data[u * CLASSES + c] : 0;
        }
      for (guint i = 0; i < INPUTS; i++)
        hidden[i * HIDDEN + u] = round_to_byte (x[i]) * slope;
    }
  return n_cut;
}

static void
test_gradients_pass_rounding_but_not_what_is_cut_off (void)
{
  g_autoptr (LatheGraph) graph = graphs_make ("in input height=4 width=4 channels=1; flat flatten in; "
                                              "hidden dense flat units=32; relu relu hidden; out dense relu units=3");
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  guint n_cut = 0;

  for (guint64 seed = 0; seed < 40; seed++)
    {
      g_autoptr (LatheModel) model = eight_bits_model (graph, CLASSES, seed),
                             small = lathe_model_at_temperature (model, 1, NULL);
      g_autoptr (LatheNetwork) network = NULL;
      LatheRng rng = lathe_rng (seed, LATHE_RNG_NOISE, 100, 0);
      double x[INPUTS], hidden[INPUTS * HIDDEN], out[HIDDEN * CLASSES];
      const LatheReal *gradient;
      LatheReal loss;

      eight_bits_round (small);
      network = make_rounded (model, small, 1, pool);
      for (guint i = 0; i < INPUTS; i++)
        x[i] = (double) (lathe_network_get_input (network)[i] = (float) lathe_rng_below (&rng, i, 12001) / 1000 - 6);
      n_cut += learn_by_rule (small, x, hidden, out);
      lathe_network_forward (network, 1, TRUE, 0, 0);
      lathe_network_loss (network, 1, &(guint32){0}, NULL, &loss);
      lathe_network_backward (network, 1);
      gradient = lathe_network_get_gradient (network);
      for (guint i = 0; i < INPUTS * HIDDEN; i++)
        g_assert_cmpfloat_with_epsilon ((double) gradient[i], hidden[i], 1e-4);
      for (guint i = 0; i < HIDDEN * CLASSES; i++)
        g_assert_cmpfloat_with_epsilon ((double) gradient[INPUTS * HIDDEN + HIDDEN + i], out[i], 1e-4);
    }
  g_assert_cmpuint (n_cut, >, 100);
}

static void
test_what_is_trained_is_not_rounded (void)
{
  g_autoptr (LatheGraph) graph = graphs_make (eight_bits_chain);
  g_autoptr (LatheModel) model = eight_bits_model (graph, 5, 1), small = lathe_model_at_temperature (model, 1, NULL),
                         back;
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheNetwork) network = NULL;
  g_autofree float *answers = NULL;
  g_autofree char *before = lathe_model_weights_sha256 (model), *after = NULL;
  gsize n;

  eight_bits_round (small);
  network = make_rounded (model, small, EIGHT_BITS_BATCH, pool);
  answers = eight_bits_ask (network, EIGHT_BITS_BATCH, &n);
  back = lathe_model_at_temperature (small, 1, NULL);
  lathe_network_store (network, back);
  after = lathe_model_weights_sha256 (back);
  g_assert_cmpstr (before, ==, after);
}

/* --- Whole trainings --- */

/* (transfer full): after training in 8 bits */
static LatheQuantised *
fine_tune (LatheModel *model, guint n_threads, LatheProgressFunc training, gpointer data, GCancellable *cancellable,
           GError **error)
{
  LatheHyperparameters h;
  LatheQuantiseOptions options = LATHE_QUANTISE_OPTIONS_DEFAULT;

  lathe_hyperparameters_defaults (&h);
  h.epochs = 2;
  h.learning_rate *= LATHE_QUANTISE_RATE;
  options.n_threads = h.threads = n_threads;
  options.fine_tune = &h;
  options.training = training;
  options.training_data = data;
  return lathe_quantise (model, samples, &options, NULL, NULL, cancellable, error);
}

static void
count_images (guint done, guint total, gpointer last)
{
  g_assert_cmpuint (done, <=, total);
  *(guint *) last = done;
}

/* Without it a layer is left in real numbers. */
static void
test_training_in_8_bits_wins_back_what_they_cost (void)
{
  g_autoptr (LatheModel) model = eight_bits_uneven_lenet (samples, 60);
  g_autofree char *one = NULL, *two = NULL;
  char **const sha256[] = {&one, &two};
  guint last = 0;

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (LatheQuantised) q = fine_tune (model, 1 + i, count_images, &last, NULL, &error);

      g_assert_no_error (error);
      g_test_message ("accuracy %.4f, without training %.4f, before %.4f", q->accuracy, q->accuracy_untuned,
                      q->accuracy_real);
      g_assert_true (q->tuned);
      g_assert_cmpuint (q->n_untuned, ==, 4);
      g_assert_cmpuint (q->n_quantised, ==, 5);
      g_assert_cmpuint (q->blame->len, ==, 0);
      g_assert_cmpfloat (q->accuracy, ==, q->accuracy_tuned);
      g_assert_cmpfloat (q->accuracy, >, q->accuracy_untuned + LATHE_QUANTISE_LOSS);
      g_assert_cmpfloat_with_epsilon (q->accuracy, q->model->scores.validation_accuracy, 0.003);
      g_assert_cmpuint (last, ==, 2 * lathe_dataset_count (samples, -1, LATHE_SPLIT_TRAIN));
      *sha256[i] = lathe_model_weights_sha256 (q->model);
    }
  g_assert_cmpstr (one, ==, two);
}

/* A step as long as this one forgets everything. */
static void
test_what_training_makes_worse_is_not_taken (void)
{
  g_autoptr (LatheModel) model = eight_bits_lenet (samples);
  g_autoptr (LatheQuantised) plain = NULL, q = NULL;
  g_autoptr (GError) error = NULL;
  LatheHyperparameters h;
  LatheQuantiseOptions options = LATHE_QUANTISE_OPTIONS_DEFAULT;

  lathe_hyperparameters_defaults (&h);
  h.epochs = 1;
  h.learning_rate = 0.3;
  plain = lathe_quantise (model, samples, &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  options.fine_tune = &h;
  q = lathe_quantise (model, samples, &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (q->tuned);
  g_assert_cmpfloat (q->accuracy_tuned, <, q->accuracy_untuned);
  g_assert_cmpfloat (q->accuracy, ==, plain->accuracy);
  g_assert_cmpfloat (q->accuracy, ==, q->accuracy_untuned);
}

static void
cancel (guint done, guint total, gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
}

static void
test_training_in_8_bits_can_be_cancelled (void)
{
  g_autoptr (LatheModel) model = eight_bits_lenet (samples);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (fine_tune (model, 2, cancel, cancellable, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  samples = lathe_dataset_scan (g_getenv ("LATHE_SAMPLES"), &LATHE_DATASET_OPTIONS_DEFAULT, NULL, NULL, NULL, NULL);
  g_assert_nonnull (samples);
  g_test_add_func ("/rounded/answers", test_it_learns_from_the_answers_in_8_bits);
  g_test_add_func ("/rounded/gradient", test_gradients_pass_rounding_but_not_what_is_cut_off);
  g_test_add_func ("/rounded/masters", test_what_is_trained_is_not_rounded);
  g_test_add_func ("/rounded/tuned", test_training_in_8_bits_wins_back_what_they_cost);
  g_test_add_func ("/rounded/worse", test_what_training_makes_worse_is_not_taken);
  g_test_add_func ("/rounded/cancelled", test_training_in_8_bits_can_be_cancelled);
  status = g_test_run ();
  lathe_dataset_unref (samples);
  return status;
}
