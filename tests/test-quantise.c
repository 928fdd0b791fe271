/* test-quantise.c: a model in 8 bits answers as its numbers say, on any number of threads, from a file as from memory,
 * and about as well as the one that it was made of.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "eight-bits.h"
#include "few.h"
#include "formats/lathe-model-bytes.h"
#include "formats/lathe-onnx-read.h"
#include "graphs.h"
#include "model/lathe-fold.h"
#include "model/lathe-network-private.h"

static LatheDataset *samples;

/* --- A reference: what the layers say, number by number --- */

/* A layer's output: real numbers, each of which a byte stands for, but for the logits. */
typedef struct
{
  LatheShape shape;
  LatheByteScale scale;
  double *numbers; /* whole: q */
} Bytes;

static double
to_byte (double real, LatheByteScale scale, LatheActivation activation)
{
  double least = activation == LATHE_ACTIVATION_NONE ? 0 : scale.zero, most = 255;

  if (activation == LATHE_ACTIVATION_RELU6)
    most = MIN (most, scale.zero + rint (6 / (double) scale.scale));
  return CLAMP (scale.zero + rint (real), least, most);
}

static const LatheWeight *
find_weight (const LatheModel *model, const LatheNode *node, const char *parameter)
{
  g_autofree char *name = g_strdup_printf ("%s.%s", node->name, parameter);

  for (guint i = 0; i < model->weights->len; i++)
    if (g_str_equal (g_array_index (model->weights, LatheWeight, i).name, name))
      return &g_array_index (model->weights, LatheWeight, i);
  return NULL;
}

static double
value_of (const LatheNode *node, const char *property)
{
  int index = lathe_layer_kind_property (node->kind, property);

  return index >= 0 ? node->properties.value[index] : 0;
}

/* One sum of a convolution, or of a dense layer, whose window is all there is. */
static double
sum_up (const LatheModel *model, const LatheNode *node, const Bytes *x, const LatheWindows *w, guint row, guint column,
        guint out, guint n_out)
{
  const LatheWeight *weight = find_weight (model, node, "weight"), *bias = find_weight (model, node, "bias");
  double scale = (double) model->quantisation->nodes[node->index].weight_scale[out];
  guint groups = MAX (1, (guint) value_of (node, "groups")), channels = x->shape.dim[x->shape.rank - 1];
  guint seen = channels / groups, first = out / (n_out / groups) * seen;
  double sum = rint ((double) bias->data[out] / ((double) x->scale.scale * scale));

  for (guint i = 0; i < w->y.kernel; i++)
    for (guint j = 0; j < w->x.kernel; j++)
      for (guint c = 0; c < seen; c++)
        {
          gint64 y_at = (gint64) row * w->y.stride + i * w->y.dilation - w->y.before;
          gint64 x_at = (gint64) column * w->x.stride + j * w->x.dilation - w->x.before;
          gsize at = ((i * w->x.kernel + j) * seen + c) * n_out + out;

          if (y_at >= 0 && x_at >= 0 && y_at < w->y.in && x_at < w->x.in)
            sum += (x->numbers[(y_at * w->x.in + x_at) * channels + first + c] - x->scale.zero) *
                   rint ((double) weight->data[at] / scale);
        }
  return sum;
}

/* The same of pooling: the largest, or the mean. */
static double
pool (const LatheNode *node, const Bytes *x, const LatheWindows *w, guint row, guint column, guint c, LatheByteScale to)
{
  guint height, width, top = lathe_axis_clip (&w->y, row, &height), left = lathe_axis_clip (&w->x, column, &width);
  double largest = 0, sum = 0, n = (double) height * width;

  for (guint i = 0; i < height; i++)
    for (guint j = 0; j < width; j++)
      {
        double number = x->numbers[((gsize) (top + i) * w->x.in + left + j) * x->shape.dim[2] + c];

        largest = MAX (largest, number);
        sum += number - x->scale.zero;
      }
  return strstr (node->kind->name, "max") != NULL
             ? largest
             : to_byte (sum * ((double) x->scale.scale / (double) to.scale) / n, to, LATHE_ACTIVATION_NONE);
}

static void
refer (const LatheModel *model, const LatheNode *node, const LatheShape *output, const Bytes *x, Bytes *y)
{
  LatheWindows w = {.y = {.in = 1, .kernel = 1, .stride = 1, .dilation = 1, .out = 1},
                    .x = {.in = 1, .kernel = 1, .stride = 1, .dilation = 1, .out = 1}};
  guint channels = output->dim[output->rank - 1];

  *y = (Bytes){*output, model->quantisation->nodes[node->index].output, g_new0 (double, lathe_shape_size (output))};
  if (node->kind->windows != NULL)
    node->kind->windows (&node->properties, &x->shape, &w);
  for (gsize i = 0; i < lathe_shape_size (output); i++)
    {
      guint c = i % channels, column = i / channels % w.x.out, row = i / channels / w.x.out;

      if (find_weight (model, node, "weight") != NULL)
        {
          double factor = (double) x->scale.scale * (double) model->quantisation->nodes[node->index].weight_scale[c];
          double sum = sum_up (model, node, x, &w, row, column, c, channels);

          y->numbers[i] = y->scale.scale > 0
                              ? to_byte ((double) ((float) sum * (float) (factor / (double) y->scale.scale)), y->scale,
                                         (LatheActivation) value_of (node, "activation"))
                              : (double) ((float) sum * (float) factor);
        }
      else if (node->kind->windows != NULL)
        y->numbers[i] = pool (node, x, &w, row, column, c, y->scale);
      else
        y->numbers[i] = x->numbers[i];
    }
}

/* A chain of layers, on the noise of eight_bits_ask(). */
static void
assert_as_referred (const LatheModel *model, const float *answers)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (model->graph);
  LatheRng rng = lathe_rng (7, LATHE_RNG_NOISE, 0, 0);
  gsize size = lathe_shape_size (&report->nodes[0].output), n_units = 0;

  for (guint sample = 0; sample < EIGHT_BITS_BATCH; sample++)
    {
      Bytes x = {report->nodes[0].output, model->quantisation->nodes[0].output, g_new (double, size)}, y;

      for (gsize i = 0; i < size; i++)
        x.numbers[i] = to_byte (
            (double) (((float) lathe_rng_below (&rng, (guint32) (sample * size + i), 4001) / 1000 - 2) / x.scale.scale),
            x.scale, LATHE_ACTIVATION_NONE);
      for (guint i = 1; i < report->n_nodes; i++)
        {
          refer (model, lathe_graph_get_node (model->graph, i), &report->nodes[i].output, &x, &y);
          g_free (x.numbers);
          x = y;
        }
      n_units = lathe_shape_size (&x.shape);
      for (gsize i = 0; i < n_units; i++)
        g_assert_cmpfloat ((double) answers[sample * n_units + i], ==, x.numbers[i]);
      g_free (x.numbers);
    }
}

/* Of channels that fill vectors and that do not, windows that move on by one and by two, groups, and margins or none.
 */
static const char depths[] =
    "in input height=13 width=12 channels=3; "
    "stem conv2d in filters=70 padding=same activation=relu6; "
    "three conv2d stem filters=70 groups=70 padding=same activation=relu6; "
    "skips conv2d three filters=128 kernel-height=1 kernel-width=1 stride-height=2; "
    "wide conv2d skips filters=150 kernel-height=1 kernel-width=1 activation=relu6; "
    "five conv2d wide filters=150 groups=150 kernel-height=5 kernel-width=5 padding=same; "
    "back conv2d five filters=24 kernel-height=1 kernel-width=1; "
    "steps conv2d back filters=24 groups=24 stride-height=2 stride-width=2; "
    "holes conv2d steps filters=24 groups=24 kernel-height=4 kernel-width=2 dilation-width=2 padding=same; "
    "groups conv2d holes filters=36 groups=3 padding=same; "
    "deep conv2d groups filters=448 padding=same; "
    "parts conv2d deep filters=448 groups=448 kernel-height=5 kernel-width=5 padding=same activation=relu6; "
    "largest global-max-pool parts; "
    "out dense largest units=5";

/* 3×3 convolutions that go by Winograd's algorithm: images of whole tiles and not, with margins, without and with more
 * on one side, one part of the depth and two. */
static const char tiles[] = "in input height=24 width=12 channels=3; "
                            "stem conv2d in filters=32 padding=same activation=relu6; "
                            "margins conv2d stem filters=48 padding=same; "
                            "inside conv2d margins filters=128 activation=relu; "
                            "deep conv2d inside filters=32 padding=explicit padding-top=2 padding-left=2; "
                            "last conv2d deep filters=32 padding=same; "
                            "flat flatten last; "
                            "out dense flat units=5";

/* The same, of images narrower than a tile. */
static const char narrow[] = "in input height=8 width=3 channels=3; "
                             "stem conv2d in filters=32 padding=same; "
                             "tiles conv2d stem filters=32 padding=same; "
                             "flat flatten tiles; "
                             "out dense flat units=5";

static void
assert_answers_as_referred (const char *outline, guint64 n_seeds)
{
  g_autoptr (LatheGraph) graph = graphs_make (outline);

  for (guint64 seed = 0; seed < n_seeds; seed++)
    {
      g_autoptr (LatheModel) model = eight_bits_model (graph, 5, seed);
      g_autofree float *answers = NULL;
      gsize n;

      eight_bits_round (model);
      answers = eight_bits_answer (model, 1, &n);
      assert_as_referred (model, answers);
    }
}

static void
test_it_answers_as_its_numbers_say (void)
{
  assert_answers_as_referred (eight_bits_chain, 20);
  assert_answers_as_referred (depths, 2);
  assert_answers_as_referred (tiles, 2);
  assert_answers_as_referred (narrow, 2);
}

/* Bands of fewer samples may be higher than those that were planned for. */
static void
test_fewer_samples_than_planned_get_the_same_answers (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheGraph) graph = graphs_make ("in input height=13 width=14 channels=3; "
                                              "stem conv2d in filters=32 padding=same; "
                                              "tiles conv2d stem filters=32 padding=same; "
                                              "flat flatten tiles; "
                                              "out dense flat units=5");
  g_autoptr (LatheModel) model = eight_bits_model (graph, 5, 1);
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autofree float *expected = NULL;
  gsize n;

  eight_bits_round (model);
  expected = eight_bits_answer (model, 1, &n);
  for (guint planned = 1; planned < 9; planned++)
    {
      g_autoptr (LatheNetwork) network = lathe_network_new_for (model, planned, pool, &error);

      g_assert_no_error (error);
      for (guint batch = 1; batch <= MIN (planned, EIGHT_BITS_BATCH); batch++)
        {
          g_autofree float *answers = eight_bits_ask (network, batch, &n);

          g_assert_cmpmem (answers, n * sizeof *answers, expected, n * sizeof *expected);
        }
    }
}

/* --- Whole networks --- */

static void
test_folding_changes_no_answer (void)
{
  g_autoptr (LatheGraph) graph = graphs_make (eight_bits_branches);
  g_autoptr (LatheModel) model = eight_bits_model (graph, 4, 1), folded = lathe_model_fold (model, NULL);
  g_autofree float *before = NULL, *after = NULL;
  gsize n;

  graphs_assert_outline (folded->graph, "in stem(in) relu(stem) left(relu) sum(left,relu) relu-2(sum) gelu(relu-2) "
                                        "wide(gelu) six(wide) pool(six) drop(pool) out(drop)");
  before = eight_bits_answer (model, 1, &n);
  after = eight_bits_answer (folded, 1, &n);
  g_assert_cmpfloat (eight_bits_difference (before, after, n), <, 1e-4);
}

static void
test_what_reads_a_norm_twice_reads_twice_what_it_is_folded_into (void)
{
  g_autoptr (LatheGraph) graph =
      graphs_make ("in input height=6 width=6 channels=3; conv conv2d in filters=4; norm batch-norm conv; "
                   "square multiply norm,norm; flat flatten square; out dense flat units=4");
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheModel) model = eight_bits_model (graph, 4, 1), folded = lathe_model_fold (model, &error);
  g_autofree char *outline = NULL;
  g_autofree float *before = NULL, *after = NULL;
  gsize n;

  g_assert_no_error (error);
  outline = graphs_outline (folded->graph);
  g_assert_cmpstr (outline, ==, "in conv(in) square(conv,conv) flat(square) out(flat)");
  before = eight_bits_answer (model, 1, &n);
  after = eight_bits_answer (folded, 1, &n);
  g_assert_cmpfloat (eight_bits_difference (before, after, n), <, 1e-3);
}

static void
test_any_number_of_threads_gives_the_same_bits (void)
{
  const char *const networks[] = {eight_bits_chain, eight_bits_branches};

  for (guint i = 0; i < G_N_ELEMENTS (networks); i++)
    {
      g_autoptr (LatheGraph) graph = graphs_make (networks[i]);
      g_autoptr (LatheModel) model = eight_bits_model (graph, 5 - i, 3);
      g_autofree float *one = NULL, *two = NULL;
      gsize n;

      eight_bits_round (model);
      one = eight_bits_answer (model, 1, &n);
      two = eight_bits_answer (model, 2, &n);
      g_assert_cmpmem (one, n * sizeof *one, two, n * sizeof *two);
    }
}

#define EXPECTED "LATHE_EXPECTED" /* of a child: what its parent answers */

/* Of all networks. (transfer full) */
static char *
sum_of_answers (void)
{
  const char *const networks[] = {eight_bits_chain, depths, tiles, narrow, eight_bits_branches};
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; i < G_N_ELEMENTS (networks); i++)
    {
      g_autoptr (LatheGraph) graph = graphs_make (networks[i]);
      g_autoptr (LatheModel) model = eight_bits_model (graph, networks[i] == eight_bits_branches ? 4 : 5, 4);
      g_autofree float *answers = NULL;
      gsize n;

      eight_bits_round (model);
      answers = eight_bits_answer (model, 2, &n);
      g_assert_cmpfloat (fabsf (answers[0] - answers[1]), >, 1e-3f);
      g_checksum_update (sum, (const guint8 *) answers, (gssize) (n * sizeof *answers));
    }
  return g_strdup (g_checksum_get_string (sum));
}

/* The program chooses its kernels once, so that there is one for each kind. */
static void
test_every_kind_of_cpu_gives_the_same_bits (void)
{
  g_autofree char *sum = sum_of_answers (), *wish = g_strdup (g_getenv ("LATHE_CPU"));
  guint n_available;
  const LatheKernels *const *available = lathe_kernels_available (&n_available);

  if (g_test_subprocess ())
    {
      g_assert_cmpstr (lathe_kernels ()->name, ==, wish);
      g_assert_cmpstr (sum, ==, g_getenv (EXPECTED));
      return;
    }
  g_setenv (EXPECTED, sum, TRUE);
  for (guint k = 0; k < n_available; k++)
    {
      g_setenv ("LATHE_CPU", available[k]->name, TRUE);
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
    }
  g_unsetenv (EXPECTED);
  if (wish != NULL)
    g_setenv ("LATHE_CPU", wish, TRUE);
  else
    g_unsetenv ("LATHE_CPU");
}

/* --- What is trained --- */

static LatheQuantised *
quantise (LatheModel *model, LatheCalibrate method)
{
  LatheQuantiseOptions options = LATHE_QUANTISE_OPTIONS_DEFAULT;
  g_autoptr (GError) error = NULL;
  LatheQuantised *quantised;

  options.method = method;
  quantised = lathe_quantise (model, samples, &options, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return quantised;
}

static void
test_lenet_keeps_its_accuracy (void)
{
  g_autoptr (LatheModel) model = eight_bits_lenet (samples);

  for (guint method = 0; method < LATHE_N_CALIBRATIONS; method++)
    {
      g_autoptr (LatheQuantised) q = quantise (model, (LatheCalibrate) method);

      g_test_message ("%s: %.4f, before %.4f", lathe_calibrate_names[method], q->accuracy, q->accuracy_real);
      g_assert_cmpfloat (q->accuracy, >=, q->accuracy_real - LATHE_QUANTISE_LOSS);
      g_assert_cmpfloat (q->accuracy, >, 0.5);
      g_assert_cmpfloat (q->model->scores.validation_accuracy, ==, q->accuracy);
      g_assert_true (isnan (q->model->scores.test_accuracy));
      g_assert_cmpuint (q->n_quantised, ==, q->n_layers);
      g_assert_cmpuint (q->n_layers, ==, 5);
      g_assert_cmpuint (q->blame->len, ==, 0);
    }
}

static void
test_the_layer_to_blame_is_found_and_left (void)
{
  g_autoptr (LatheModel) model = eight_bits_uneven_lenet (samples, 1000);
  g_autoptr (LatheQuantised) q = NULL;
  const LatheQuantiseBlame *worst;

  q = quantise (model, LATHE_CALIBRATE_MINMAX);
  g_assert_cmpuint (q->blame->len, ==, 5);
  worst = &g_array_index (q->blame, LatheQuantiseBlame, 0);
  g_assert_cmpstr (worst->name, ==, "conv2d-2");
  g_assert_true (worst->left);
  g_assert_cmpfloat (q->accuracy, >=, q->accuracy_real - LATHE_QUANTISE_LOSS);
  g_assert_cmpuint (q->n_quantised, <, 5);
  g_assert_cmpuint (q->n_quantised, >, 2);
}

static void
test_what_is_in_8_bits_is_not_quantised_again (void)
{
  g_autoptr (LatheGraph) graph = graphs_make (eight_bits_chain);
  g_autoptr (LatheModel) model = eight_bits_model (graph, 5, 1);
  LatheQuantiseOptions options = LATHE_QUANTISE_OPTIONS_DEFAULT;
  g_autoptr (GError) error = NULL;

  eight_bits_round (model);
  g_assert_null (lathe_quantise (model, samples, &options, NULL, NULL, NULL, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
}

/* --- Files --- */

typedef struct
{
  char *folder, *path;
  LatheModel *model;
} Saved;

static void
set_up (Saved *saved, gconstpointer data)
{
  g_autoptr (LatheGraph) graph = graphs_make (eight_bits_chain);
  g_autoptr (GError) error = NULL;

  saved->folder = g_dir_make_tmp ("lathe-quantise-XXXXXX", NULL);
  saved->path = g_build_filename (saved->folder, "model.safetensors", NULL);
  saved->model = eight_bits_model (graph, 5, 5);
  eight_bits_round (saved->model);
  lathe_model_save (saved->model, saved->path, &error);
  g_assert_no_error (error);
}

static void
tear_down (Saved *saved, gconstpointer data)
{
  g_unlink (saved->path);
  g_rmdir (saved->folder);
  g_free (saved->path);
  g_free (saved->folder);
  lathe_model_unref (saved->model);
}

static void
test_a_file_gives_the_model_back (Saved *saved, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheModel) read = lathe_model_load (saved->path, &error);
  g_autoptr (GBytes) bytes = lathe_model_to_bytes (saved->model), again = NULL;
  g_autofree float *before = NULL, *after = NULL;
  gsize n;

  g_assert_no_error (error);
  again = lathe_model_to_bytes (read);
  g_assert_true (g_bytes_equal (bytes, again));
  before = eight_bits_answer (saved->model, 1, &n);
  after = eight_bits_answer (read, 1, &n);
  g_assert_cmpmem (before, n * sizeof *before, after, n * sizeof *after);
}

/* Each byte of it in turn: the file is refused, or means the same. */
static void
test_damaged_files_are_refused (Saved *saved, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  guint refused = 0;
  gsize size;

  g_assert_true (g_file_get_contents (saved->path, &bytes, &size, NULL));
  for (gsize at = 0; at < size; at += 7)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (LatheModel) read = NULL;

      bytes[at] ^= 0x11;
      g_assert_true (g_file_set_contents (saved->path, bytes, (gssize) size, NULL));
      read = lathe_model_load (saved->path, &error);
      bytes[at] ^= 0x11;
      g_assert_true (read == NULL || error == NULL);
      refused += read == NULL;
    }
  g_assert_cmpuint (refused, >, size / 7 * 9 / 10);
}

/* What is signed anew, and makes no sense. */
static void
test_nonsense_is_refused (void)
{
  g_autoptr (LatheGraph) graph = graphs_make (eight_bits_chain);
  const char *const texts[] = {
      "{}",
      "[]",
      "{\"method\":\"kl\",\"images\":-1,\"layers\":{}}",
      "{\"method\":\"kl\",\"images\":1,\"layers\":[]}",
      "{\"method\":\"kl\",\"images\":1,\"layers\":{\"nobody\":{\"scale\":1,\"zero\":0}}}",
      "{\"method\":\"kl\",\"images\":1,\"layers\":{\"conv\":{\"scale\":-1,\"zero\":0}}}",
      "{\"method\":\"kl\",\"images\":1,\"layers\":{\"conv\":{\"scale\":1e300,\"zero\":0}}}",
      "{\"method\":\"kl\",\"images\":1,\"layers\":{\"conv\":{\"scale\":1,\"zero\":256}}}",
      "{\"method\":\"kl\",\"images\":1,\"layers\":{\"conv\":{\"scale\":1}}}",
      "{\"method\":\"kl\",\"images\":1,\"layers\":{\"conv\":{\"weights\":1}}}",
      "{\"method\":\"kl\",\"images\":1,\"layers\":{\"flat\":{\"weights\":true}}}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (lathe_quantisation_from_json (texts[i], graph, &error));
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT);
    }
}

/* --- ONNX --- */

static LatheModel *
through_onnx (const LatheModel *model)
{
  g_autoptr (GError) error = NULL;
  LatheExport export = {.graph = model->graph, .model = model};
  g_autoptr (GPtrArray) files = lathe_export_make (lathe_export_format_find ("onnx"), &export, "model.onnx", &error);
  GBytes *bytes = files != NULL ? ((const LatheExportFile *) files->pdata[0])->bytes : NULL;
  LatheModel *back;

  g_assert_no_error (error);
  back = lathe_onnx_read (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);
  g_assert_no_error (error);
  return back;
}

static void
assert_comes_back (const LatheModel *model)
{
  gsize n, n_after;
  g_autoptr (LatheModel) back = through_onnx (model);
  g_autofree float *before = eight_bits_answer (model, 1, &n), *after = eight_bits_answer (back, 2, &n_after);

  g_assert_cmpuint (lathe_quantisation_count (back->quantisation), ==, lathe_quantisation_count (model->quantisation));
  g_assert_cmpmem (before, n * sizeof *before, after, n_after * sizeof *after);
}

static void
test_onnx_gives_the_same_bits_back (void)
{
  const char *const networks[] = {eight_bits_chain, eight_bits_branches}, *const presets[] = {"lenet", "resnet20",
                                                                                              "mobilenet"};
  LatheDataset *few = few_new (2);

  for (guint i = 0; i < G_N_ELEMENTS (networks); i++)
    {
      g_autoptr (LatheGraph) graph = graphs_make (networks[i]);
      g_autoptr (LatheModel) model = eight_bits_model (graph, 5 - i, 6);

      eight_bits_round (model);
      assert_comes_back (model);
    }
  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    {
      g_autoptr (LatheGraph) graph = graphs_preset (presets[i]);
      g_autoptr (LatheModel) model = NULL;
      g_autoptr (LatheQuantised) quantised = NULL;
      LatheQuantiseOptions options = {LATHE_CALIBRATE_MINMAX, 4, 0};

      lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (28, 28, 1), lathe_dataset_get_n_classes (few));
      model = eight_bits_model (graph, 10, 2);
      g_strfreev (model->labels);
      model->labels = g_strdupv ((char **) lathe_dataset_get_classes (few));
      quantised = lathe_quantise (model, few, &options, NULL, NULL, NULL, NULL);
      assert_comes_back (quantised->model);
    }
  few_free (few);
}

/* As other programs write it that have only the weights in 8 bits. */
static void
test_onnx_keeps_the_biases_of_weights_in_8_bits_among_real_numbers (void)
{
  g_autoptr (LatheGraph) graph = graphs_make ("in input height=4 width=4 channels=3; conv conv2d in filters=5; "
                                              "flat flatten conv; out dense flat units=5");
  g_autoptr (LatheModel) model = eight_bits_model (graph, 5, 6), back = NULL;
  g_autofree float *before = NULL, *after = NULL;
  gsize n, n_after;

  eight_bits_round (model);
  for (guint i = 0; i < model->quantisation->n_nodes; i++)
    model->quantisation->nodes[i].output.scale = 0;
  back = through_onnx (model);
  before = eight_bits_answer (model, 1, &n);
  after = eight_bits_answer (back, 1, &n_after);
  g_assert_cmpuint (n_after, ==, n);
  g_assert_cmpfloat (eight_bits_difference (before, after, n), <, 1e-3);
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  samples = lathe_dataset_scan (g_getenv ("LATHE_SAMPLES"), &LATHE_DATASET_OPTIONS_DEFAULT, NULL, NULL, NULL, NULL);
  g_assert_nonnull (samples);
  g_test_add_func ("/quantise/reference", test_it_answers_as_its_numbers_say);
  g_test_add_func ("/quantise/fewer", test_fewer_samples_than_planned_get_the_same_answers);
  g_test_add_func ("/quantise/fold", test_folding_changes_no_answer);
  g_test_add_func ("/quantise/fold-twice", test_what_reads_a_norm_twice_reads_twice_what_it_is_folded_into);
  g_test_add_func ("/quantise/threads", test_any_number_of_threads_gives_the_same_bits);
  g_test_add_func ("/quantise/cpus", test_every_kind_of_cpu_gives_the_same_bits);
  g_test_add_func ("/quantise/lenet", test_lenet_keeps_its_accuracy);
  g_test_add_func ("/quantise/blame", test_the_layer_to_blame_is_found_and_left);
  g_test_add_func ("/quantise/twice", test_what_is_in_8_bits_is_not_quantised_again);
  g_test_add ("/quantise/file", Saved, NULL, set_up, test_a_file_gives_the_model_back, tear_down);
  g_test_add ("/quantise/damage", Saved, NULL, set_up, test_damaged_files_are_refused, tear_down);
  g_test_add_func ("/quantise/nonsense", test_nonsense_is_refused);
  g_test_add_func ("/quantise/onnx", test_onnx_gives_the_same_bits_back);
  g_test_add_func ("/quantise/onnx-weights-alone", test_onnx_keeps_the_biases_of_weights_in_8_bits_among_real_numbers);
  status = g_test_run ();
  lathe_dataset_unref (samples);
  return status;
}
