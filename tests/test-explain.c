/* test-explain.c: what speaks for a class, where it is known what does.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "graphs.h"
#include "lathe.h"
#include "model/lathe-network.h"
#include "train/lathe-optimizer.h"

#define SIDE 16
#define CORNER 5 /* pixels: what decides lies in the upper left of that size */
#define IMAGES 64
#define TRAINING_STEPS 200

static LatheModel *
model_of (const LatheGraph *graph, LatheNetwork *network, const char *const *labels)
{
  LatheShape input = {0};
  gboolean found = lathe_graph_get_input (graph, &input);
  LathePreprocess preprocess = {input.dim[1], input.dim[0], 1, {0.5}, {0.25, 1, 1}};
  g_autoptr (GError) error = NULL;
  LatheModel *model = lathe_model_new (graph, labels, &preprocess, &error);

  g_assert_true (found);
  g_assert_no_error (error);
  lathe_network_store (network, model);
  return model;
}

/* A model with the weights that it was born with. */
static LatheModel *
new_born (const char *text, const char *const *labels)
{
  g_autoptr (LatheGraph) graph = graphs_make (text);
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheNetwork) network = lathe_network_new (graph, 1, TRUE, pool, &error);

  g_assert_no_error (error);
  lathe_network_initialise (network, 3);
  return model_of (graph, network, labels);
}

static const char *const three[] = {"a", "b", "c", NULL};
static const char *const two[] = {"dark", "light", NULL};

static void
draw_noise (guint8 *seen, guint seed)
{
  LatheRng rng = lathe_rng (seed, LATHE_RNG_AUGMENT, 0, 0);

  for (guint i = 0; i < SIDE * SIDE; i++)
    seen[i] = (guint8) lathe_rng_below (&rng, i, 256);
}

static LatheExplanation *
ask (LatheModel *model, const guint8 *seen, const LatheExplainOptions *options, guint n_threads)
{
  g_autoptr (LatheExplainer) explainer = lathe_explainer_new (model, n_threads);
  g_autoptr (GError) error = NULL;
  LatheExplanation *explanation = lathe_explainer_ask (explainer, seen, options, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return explanation;
}

/* --- Integrated gradients --- */

static double
relative_gap (const LatheExplanation *explanation)
{
  return fabs (explanation->gap / (explanation->score - explanation->blank_score));
}

static void
test_gradients_of_a_linear_network_are_complete_in_one_step (void)
{
  g_autoptr (LatheModel) model =
      new_born ("i input height=16 width=16 channels=1; f flatten i; d dense f units=3 activation=softmax", three);
  guint8 seen[SIDE * SIDE];

  draw_noise (seen, 1);
  for (guint label = 0; label < 3; label++)
    {
      LatheExplainOptions options = {LATHE_EXPLAIN_INTEGRATED_GRADIENTS, .label = label, .steps = 1};
      g_autoptr (LatheExplanation) explanation = ask (model, seen, &options, 1);
      const LatheWeight *weight = &g_array_index (model->weights, LatheWeight, 0);

      g_assert_cmpfloat (relative_gap (explanation), <, 1e-5);
      for (guint i = 0; i < SIDE * SIDE; i++)
        g_assert_cmpfloat_with_epsilon (explanation->value[i],
                                        weight->data[i * 3 + label] * ((float) seen[i] / 255 - 0.5f) / 0.25f, 1e-5);
    }
}

static void
test_gradients_of_a_smooth_network_are_complete (void)
{
  g_autoptr (LatheModel) model =
      new_born ("i input height=16 width=16 channels=1; c conv2d i filters=8 activation=tanh; p average-pool c; "
                "f flatten p; h dense f units=16 activation=tanh; d dense h units=3 activation=softmax",
                three);
  guint8 seen[SIDE * SIDE];

  for (guint seed = 1; seed <= 4; seed++)
    {
      LatheExplainOptions options = {LATHE_EXPLAIN_INTEGRATED_GRADIENTS, .label = seed % 3, .steps = 256};
      g_autoptr (LatheExplanation) explanation = NULL;

      draw_noise (seen, seed);
      explanation = ask (model, seen, &options, 1);
      g_test_message ("%.2g of the score is missing", relative_gap (explanation));
      g_assert_cmpfloat (relative_gap (explanation), <, 1e-4);
    }
}

/* --- One unit for two classes --- */

static void
test_what_speaks_for_one_of_two_classes_speaks_against_the_other (void)
{
  g_autoptr (LatheModel) model =
      new_born ("i input height=16 width=16 channels=1; c conv2d i filters=8 activation=relu; f flatten c; "
                "d dense f units=1 activation=sigmoid",
                two);
  guint8 seen[SIDE * SIDE];

  draw_noise (seen, 1);
  for (guint method = LATHE_EXPLAIN_INTEGRATED_GRADIENTS; method <= LATHE_EXPLAIN_OCCLUSION; method++)
    {
      LatheExplainOptions options = {(LatheExplainMethod) method, .label = 0};
      g_autoptr (LatheExplanation) dark = ask (model, seen, &options, 1), light = NULL;

      options.label = 1;
      light = ask (model, seen, &options, 1);
      g_assert_cmpfloat (fabs (light->score), >, 1e-3);
      for (guint i = 0; i < SIDE * SIDE; i++)
        g_assert_cmpfloat_with_epsilon (dark->value[i], -light->value[i], 1e-5);
    }
}

/* --- Grad-CAM --- */

/* Worked out from the definition: with one pixel a channel behind it, the weight of a channel is that of the dense
 * layer by the number of pixels. */
static void
test_grad_cam_is_the_weighted_sum_of_channels (void)
{
  g_autoptr (LatheModel) model =
      new_born ("i input height=16 width=16 channels=1; c conv2d i filters=6 activation=relu padding=same; "
                "g global-average-pool c; d dense g units=3 activation=softmax",
                three);
  g_autoptr (LatheExplainer) explainer = lathe_explainer_new (model, 1);
  LatheExplainOptions options = {LATHE_EXPLAIN_GRAD_CAM, .label = 2, .layer = -1};
  g_autoptr (LatheExplanation) explanation = NULL;
  const LatheWeight *dense = &g_array_index (model->weights, LatheWeight, 2);
  guint8 seen[SIDE * SIDE];
  const LatheReal *channels;
  LatheShape shape;
  float largest = 0;

  draw_noise (seen, 1);
  explanation = ask (model, seen, &options, 1);
  g_assert_cmpuint (explanation->layer, ==, 1);
  g_assert_true (lathe_explainer_look (explainer, seen, NULL));
  channels = lathe_explainer_get_output (explainer, 1, &shape);
  g_assert_true (lathe_shape_equal (&shape, &LATHE_SHAPE_IMAGE (SIDE, SIDE, 6)));
  for (guint i = 0; i < SIDE * SIDE; i++)
    {
      double sum = 0;

      for (guint c = 0; c < 6; c++)
        sum += (double) dense->data[c * 3 + 2] / (SIDE * SIDE) * (double) channels[i * 6 + c];
      g_assert_cmpfloat_with_epsilon (explanation->value[i], MAX (0, sum), 1e-6);
      largest = MAX (largest, explanation->strength[i]);
    }
  g_assert_cmpfloat (largest, ==, 1);
}

static void
assert_refused (LatheModel *model, int layer, const char *reason)
{
  LatheExplainOptions options = {LATHE_EXPLAIN_GRAD_CAM, .layer = layer};
  g_autoptr (LatheExplainer) explainer = lathe_explainer_new (model, 1);
  g_autoptr (GError) error = NULL;
  guint8 seen[SIDE * SIDE] = {0};

  g_assert_null (lathe_explainer_ask (explainer, seen, &options, NULL, NULL, NULL, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, reason));
}

static void
test_grad_cam_says_where_it_cannot_look (void)
{
  g_autoptr (LatheModel) flat =
      new_born ("i input height=16 width=16 channels=1; f flatten i; d dense f units=3 activation=softmax", three);
  g_autoptr (LatheModel) deep =
      new_born ("i input height=16 width=16 channels=1; c conv2d i filters=6; wide flatten c; "
                "d dense wide units=3 activation=softmax",
                three);

  assert_refused (flat, -1, "occlusion");
  assert_refused (deep, 2, "wide");
  assert_refused (deep, 0, "“i”");
}

/* --- Planted --- */

/* Faint noise all over. In the upper left corner stripes tell the class by their direction; in the lower right one a
 * chessboard as bright tells nothing. */
static guint
draw_planted (guint8 *seen, guint index)
{
  guint label = index % 2;

  draw_noise (seen, 100 + index);
  for (guint i = 0; i < SIDE * SIDE; i++)
    seen[i] = 96 + seen[i] / 4;
  for (guint y = 0; y < CORNER; y++)
    for (guint x = 0; x < CORNER; x++)
      {
        seen[y * SIDE + x] = ((label == 0 ? x : y) & 1) != 0 ? 230 : 20;
        seen[(SIDE - 1 - y) * SIDE + SIDE - 1 - x] = ((x + y + index / 2) & 1) != 0 ? 230 : 20;
      }
  return label;
}

static void
fill_planted (LatheNetwork *network, const LathePreprocess *preprocess, guint first, guint n, guint32 *labels)
{
  LatheByteTable table;
  guint8 seen[SIDE * SIDE];

  lathe_preprocess_tabulate (preprocess, table);
  for (guint i = 0; i < n; i++)
    {
      labels[i] = draw_planted (seen, first + i);
      lathe_preprocess_apply (preprocess, table, seen, 1, lathe_network_get_input (network) + (gsize) i * SIDE * SIDE);
    }
}

static LatheModel *
train_on_corners (void)
{
  g_autoptr (LatheGraph) graph =
      graphs_make ("i input height=16 width=16 channels=1; c conv2d i filters=12 activation=relu padding=same; "
                   "e conv2d c filters=12 activation=relu padding=same; m global-average-pool e; "
                   "d dense m units=2 activation=softmax");
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheNetwork) network = lathe_network_new (graph, IMAGES, TRUE, pool, NULL);
  const LathePreprocess preprocess = {SIDE, SIDE, 1, {0.5}, {0.25, 1, 1}};
  LatheHyperparameters hyperparameters;
  LatheOptimizerState *optimizer;
  LatheReal *weights, losses[IMAGES], loss = 0;
  guint32 labels[IMAGES];
  gsize n_weights;

  lathe_network_initialise (network, 1);
  lathe_hyperparameters_defaults (&hyperparameters);
  weights = lathe_network_get_weights (network, &n_weights);
  optimizer = lathe_optimizer_new (&hyperparameters, weights, n_weights, pool, NULL);
  for (guint step = 0; step < TRAINING_STEPS; step++)
    {
      fill_planted (network, &preprocess, step * IMAGES, IMAGES, labels);
      lathe_network_forward (network, IMAGES, TRUE, 1, step);
      lathe_network_loss (network, IMAGES, labels, NULL, losses);
      lathe_network_backward (network, IMAGES);
      lathe_optimizer_step (optimizer, weights, lathe_network_get_gradient (network), 0.01);
    }
  lathe_optimizer_free (optimizer);
  for (guint i = 0; i < IMAGES; i++)
    loss += losses[i] / IMAGES;
  g_assert_cmpfloat (loss, <, 0.05);
  return model_of (graph, network, two);
}

/* The share of all that speaks for the class, less what speaks against it, that lies in a corner, and as far around it
 * as the layers see. */
static double
share_in_corner (const LatheExplanation *explanation, gboolean opposite)
{
  double inside = 0, all = 0;

  for (guint i = 0; i < SIDE * SIDE; i++)
    {
      guint at = opposite ? SIDE * SIDE - 1 - i : i;

      all += (double) explanation->value[at];
      if (i / SIDE < CORNER + 2 && i % SIDE < CORNER + 2)
        inside += (double) explanation->value[at];
    }
  return inside / all;
}

static void
test_the_corner_that_decides_wins (void)
{
  g_autoptr (LatheModel) model = train_on_corners ();
  guint8 seen[SIDE * SIDE];

  for (guint method = 0; lathe_explain_names[method] != NULL; method++)
    {
      double share = 0, other = 0;

      for (guint i = 0; i < 8; i++)
        {
          guint label = draw_planted (seen, 1000000 + i);
          LatheExplainOptions options = {(LatheExplainMethod) method, .label = label, .layer = -1, .patch = 4};
          g_autoptr (LatheExplanation) explanation = ask (model, seen, &options, 2);

          share += share_in_corner (explanation, FALSE) / 8;
          other += share_in_corner (explanation, TRUE) / 8;
        }
      g_test_message ("%s: %.3f, the other corner %.3f", lathe_explain_names[method], share, other);
      g_assert_cmpfloat (share, >, 0.6);
      g_assert_cmpfloat (fabs (other), <, 0.2);
    }
}

/* --- Neighbours --- */

static GArray *
find_neighbours (LatheModel *model, LatheDataset *dataset, guint image, guint n, guint n_threads)
{
  guint8 seen[28 * 28];
  g_autoptr (GError) error = NULL;
  GArray *nearest;

  g_assert_true (lathe_decode_image (lathe_dataset_get_image (dataset, image), &model->preprocess, seen, NULL));
  nearest = lathe_find_neighbours (model, seen, dataset, -1, n, n_threads, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return nearest;
}

static void
test_neighbours_are_the_nearest_of_all (void)
{
  static const char *const ten[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", NULL};
  g_autoptr (LatheModel) model =
      new_born ("i input height=28 width=28 channels=1; c conv2d i filters=8 activation=relu; p max-pool c; "
                "f flatten p; h dense f units=32 activation=relu; d dense h units=10 activation=softmax",
                ten);
  g_autoptr (LatheDataset) dataset =
      lathe_dataset_scan (g_getenv ("LATHE_SAMPLES"), &LATHE_DATASET_OPTIONS_DEFAULT, NULL, NULL, NULL, NULL);
  guint n = lathe_dataset_get_n_images (dataset);
  g_autoptr (GArray) all = find_neighbours (model, dataset, 17, n, 1), few = find_neighbours (model, dataset, 17, 7, 2);
  const LatheNeighbour *order = (const LatheNeighbour *) all->data;

  g_assert_cmpuint (all->len, ==, n);
  g_assert_cmpuint (order[0].image, ==, 17);
  g_assert_cmpfloat_with_epsilon (order[0].similarity, 1, 1e-6);
  for (guint i = 1; i < n; i++)
    g_assert_true (order[i].similarity < order[i - 1].similarity ||
                   (order[i].similarity == order[i - 1].similarity && order[i].image > order[i - 1].image));
  g_assert_cmpfloat (order[n - 1].similarity, <, 0.9);
  g_assert_cmpuint (few->len, ==, 7);
  g_assert_cmpmem (few->data, 7 * sizeof *order, order, 7 * sizeof *order);
}

static void
test_gallery_answers_as_a_search_does_and_keeps_to_its_limit (void)
{
  static const char *const ten[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", NULL};
  g_autoptr (LatheModel) model =
      new_born ("i input height=28 width=28 channels=1; f flatten i; h dense f units=32 activation=relu; "
                "d dense h units=10 activation=softmax",
                ten);
  g_autoptr (LatheDataset) dataset =
      lathe_dataset_scan (g_getenv ("LATHE_SAMPLES"), &LATHE_DATASET_OPTIONS_DEFAULT, NULL, NULL, NULL, NULL);
  guint n = lathe_dataset_get_n_images (dataset), n_asked;
  g_autoptr (LatheGallery) gallery = lathe_gallery_new (model, dataset, -1, G_MAXUINT64, 2, NULL, NULL, NULL, NULL);
  g_autoptr (LatheGallery) half =
      lathe_gallery_new (model, dataset, -1, (guint64) n * 32 * sizeof (LatheReal) / 2, 2, NULL, NULL, NULL, NULL);

  g_assert_cmpuint (lathe_gallery_get_n_images (gallery, &n_asked), ==, n);
  g_assert_cmpuint (n_asked, ==, n);
  g_assert_cmpuint (lathe_gallery_get_n_images (half, &n_asked), ==, (n + 1) / 2);
  g_assert_cmpuint (n_asked, ==, n);
  for (guint image = 0; image < n; image += n / 3)
    {
      guint8 seen[28 * 28];
      g_autoptr (GArray) searched = find_neighbours (model, dataset, image, 9, 1), found = NULL;

      lathe_decode_image (lathe_dataset_get_image (dataset, image), &model->preprocess, seen, NULL);
      found = lathe_gallery_find (gallery, seen, 9);
      g_assert_cmpuint (found->len, ==, searched->len);
      for (guint i = 0; i < found->len; i++)
        {
          const LatheNeighbour *kept = &g_array_index (found, LatheNeighbour, i);
          const LatheNeighbour *asked = &g_array_index (searched, LatheNeighbour, i);

          g_assert_cmpuint (kept->image, ==, asked->image);
          g_assert_cmpfloat (kept->similarity, ==, asked->similarity);
        }
    }
}

/* --- The rest --- */

static void
test_any_number_of_threads_answers_the_same_bits (void)
{
  g_autoptr (LatheModel) model =
      new_born ("i input height=16 width=16 channels=1; c conv2d i filters=8 activation=relu; p max-pool c; "
                "f flatten p; d dense f units=3 activation=softmax",
                three);
  guint8 seen[SIDE * SIDE];

  draw_noise (seen, 1);
  for (guint method = 0; lathe_explain_names[method] != NULL; method++)
    {
      LatheExplainOptions options = {(LatheExplainMethod) method, .label = 1, .layer = -1};
      g_autoptr (LatheExplanation) one = ask (model, seen, &options, 1);

      for (guint n_threads = 2; n_threads <= 4; n_threads++)
        {
          g_autoptr (LatheExplanation) more = ask (model, seen, &options, n_threads);

          g_assert_cmpmem (one->value, SIDE * SIDE * sizeof (float), more->value, SIDE * SIDE * sizeof (float));
        }
    }
}

static void
cancel_soon (guint done, guint total, gpointer data)
{
  if (done > 0)
    g_cancellable_cancel (data);
}

static void
test_a_long_answer_can_be_cancelled (void)
{
  g_autoptr (LatheModel) model =
      new_born ("i input height=16 width=16 channels=1; f flatten i; d dense f units=3 activation=softmax", three);
  guint8 seen[SIDE * SIDE] = {0};

  for (guint method = LATHE_EXPLAIN_INTEGRATED_GRADIENTS; method <= LATHE_EXPLAIN_OCCLUSION; method++)
    {
      LatheExplainOptions options = {(LatheExplainMethod) method, .patch = 1};
      g_autoptr (LatheExplainer) explainer = lathe_explainer_new (model, 1);
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GError) error = NULL;

      g_assert_null (lathe_explainer_ask (explainer, seen, &options, cancel_soon, cancellable, cancellable, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
}

/* A damaged model paints nothing where nothing can be said. */
static void
test_strengths_are_numbers_whatever_the_weights (void)
{
  g_autoptr (LatheModel) model =
      new_born ("i input height=16 width=16 channels=1; c conv2d i filters=8 activation=relu; f flatten c; "
                "d dense f units=3 activation=softmax",
                three);
  guint8 seen[SIDE * SIDE];

  draw_noise (seen, 1);
  g_array_index (model->weights, LatheWeight, 2).data[7] = NAN;
  for (guint method = 0; lathe_explain_names[method] != NULL; method++)
    {
      LatheExplainOptions options = {(LatheExplainMethod) method, .label = 1, .layer = -1};
      g_autoptr (LatheExplanation) explanation = ask (model, seen, &options, 1);
      g_autofree guint8 *painted = lathe_explanation_paint (explanation, seen, 1);

      for (guint i = 0; i < SIDE * SIDE; i++)
        g_assert_true (explanation->strength[i] >= 0 && explanation->strength[i] <= 1);
    }
}

static void
test_the_strongest_is_the_brightest (void)
{
  float value[2] = {0}, strength[2] = {0, 1};
  LatheExplanation explanation = {2, 1, value, strength};
  const guint8 seen[2] = {40, 40};
  g_autofree guint8 *painted = lathe_explanation_paint (&explanation, seen, 1);

  g_assert_cmpmem (painted, 3, ((guint8[]){40, 40, 40}), 3);
  g_assert_cmpuint (painted[3], >, 150);
  g_assert_cmpuint (painted[4], >, 150);
  g_assert_cmpuint (painted[5], <, painted[3]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/explain/linear", test_gradients_of_a_linear_network_are_complete_in_one_step);
  g_test_add_func ("/explain/smooth", test_gradients_of_a_smooth_network_are_complete);
  g_test_add_func ("/explain/two-classes", test_what_speaks_for_one_of_two_classes_speaks_against_the_other);
  g_test_add_func ("/explain/grad-cam", test_grad_cam_is_the_weighted_sum_of_channels);
  g_test_add_func ("/explain/refusals", test_grad_cam_says_where_it_cannot_look);
  g_test_add_func ("/explain/planted", test_the_corner_that_decides_wins);
  g_test_add_func ("/explain/neighbours", test_neighbours_are_the_nearest_of_all);
  g_test_add_func ("/explain/gallery", test_gallery_answers_as_a_search_does_and_keeps_to_its_limit);
  g_test_add_func ("/explain/threads", test_any_number_of_threads_answers_the_same_bits);
  g_test_add_func ("/explain/cancel", test_a_long_answer_can_be_cancelled);
  g_test_add_func ("/explain/damaged", test_strengths_are_numbers_whatever_the_weights);
  g_test_add_func ("/explain/paint", test_the_strongest_is_the_brightest);
  return g_test_run ();
}
