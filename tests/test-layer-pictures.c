/* test-layer-pictures.c: that what is told of windows to be shown is what layers do, and that pictures show just that.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "wb-kernel-geometry.h"

#define MOST 20

enum
{
  VALID,
  SAME,
  EXPLICIT
};

typedef struct
{
  guint in, kernel, stride, dilation, padding, before, after;
} Case;

typedef void (*CaseFunc) (const Case *c);

/* What can be of one side; explicit padding is smaller than the window. */
static void
for_each_case (CaseFunc func)
{
  for (guint in = 1; in <= 31; in += in < 12 ? 1 : 6)
    for (guint kernel = 1; kernel <= 7; kernel++)
      for (guint stride = 1; stride <= 5; stride++)
        for (guint dilation = 1; dilation <= 3; dilation++)
          for (guint padding = VALID; padding <= EXPLICIT; padding++)
            for (guint side = 0; side < (padding == EXPLICIT ? 4 : 1); side++)
              func (&(Case){.in = in,
                            .kernel = kernel,
                            .stride = stride,
                            .dilation = dilation,
                            .padding = padding,
                            .before = padding == EXPLICIT && side & 1 ? (kernel - 1) / 2 : 0,
                            .after = padding == EXPLICIT && side & 2 ? kernel - 1 : 0});
}

static guint
set (LatheGraph *graph, LatheNode *node, const char *name, double value)
{
  g_autoptr (GError) error = NULL;

  if (lathe_layer_kind_property (node->kind, name) < 0)
    return 0;
  lathe_graph_set (graph, node, name, value, &error);
  g_assert_no_error (error);
  return 1;
}

/* What a transposed convolution adds below. */
static guint
more_of (const Case *c)
{
  return c->padding != SAME && c->stride > 1 ? 1 : 0;
}

/* The layer with this side as its height, and 9 pixels wide. FALSE when it does not work. */
static gboolean
check (const char *kind, const Case *c, LatheWindows *windows, LatheShape *output)
{
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  LatheNode *input = lathe_graph_add (graph, lathe_layer_kind_find ("input"), NULL);
  LatheNode *layer = lathe_graph_add (graph, lathe_layer_kind_find (kind), NULL);
  g_autoptr (LatheGraphReport) report = NULL;

  lathe_graph_connect (graph, input, layer);
  set (graph, input, "height", c->in);
  set (graph, input, "width", 9);
  g_assert_cmpuint (set (graph, layer, "kernel-height", c->kernel) + set (graph, layer, "pool-height", c->kernel), ==,
                    1);
  set (graph, layer, "stride-height", c->stride);
  set (graph, layer, "dilation-height", c->dilation);
  set (graph, layer, "padding", c->padding);
  set (graph, layer, "padding-top", c->before);
  set (graph, layer, "padding-bottom", c->after);
  set (graph, layer, "output-padding-height", more_of (c));
  report = lathe_graph_check (graph);
  *output = report->nodes[1].output;
  if (output->rank == 0)
    return FALSE;
  layer->kind->windows (&layer->properties, &report->nodes[1].input, windows);
  return TRUE;
}

/* --- What layers tell --- */

static guint
window_of (const Case *c)
{
  return (c->kernel - 1) * c->dilation + 1;
}

/* As TensorFlow has it: ⌈in / stride⌉ windows, and the odd one of their padding behind. */
static void
expect_padding (const Case *c, guint out, guint *before, guint *after)
{
  int more = (int) ((out - 1) * c->stride + window_of (c)) - (int) c->in;

  *before = c->padding == SAME ? (guint) MAX (more, 0) / 2 : c->before;
  *after = c->padding == SAME ? (guint) MAX (more, 0) - *before : c->after;
}

static void
check_windows (const char *kind, const Case *c)
{
  LatheWindows windows;
  LatheShape output;
  guint before, after;

  if (!check (kind, c, &windows, &output))
    return;
  g_assert_false (windows.transposed);
  g_assert_cmpuint (windows.y.in, ==, c->in);
  g_assert_cmpuint (windows.y.out, ==, output.dim[0]);
  g_assert_cmpuint (windows.x.out, ==, output.dim[1]);
  g_assert_cmpuint (windows.y.kernel, ==, c->kernel);
  g_assert_cmpuint (windows.y.stride, ==, c->stride);
  g_assert_cmpuint (windows.y.dilation, ==, c->dilation);
  expect_padding (c, output.dim[0], &before, &after);
  g_assert_cmpuint (windows.y.before, ==, before);
  g_assert_cmpuint (windows.y.after, ==, after);
  /* The last window is within, and one more would not be. */
  g_assert_cmpuint ((windows.y.out - 1) * c->stride + window_of (c), <=, before + c->in + after);
  if (c->padding != SAME)
    g_assert_cmpuint (windows.y.out * c->stride + window_of (c), >, before + c->in + after);
}

static void
check_convolution (const Case *c)
{
  check_windows ("conv2d", c);
}

static void
check_pooling (const Case *c)
{
  if (c->dilation == 1)
    check_windows ("max-pool", c);
}

/* All that the windows cover, but for what is cut off, is the output. */
static void
check_transposed (const Case *c)
{
  LatheWindows windows;
  LatheShape output;
  guint covered = (c->in - 1) * c->stride + window_of (c);

  if (!check ("transposed-conv2d", c, &windows, &output))
    return;
  g_assert_true (windows.transposed);
  g_assert_cmpuint (windows.y.out, ==, c->in);
  g_assert_cmpuint (windows.y.in, ==, output.dim[0]);
  g_assert_cmpuint (MAX (covered, windows.y.before + output.dim[0]), ==,
                    windows.y.before + windows.y.in + windows.y.after);
  if (c->padding == EXPLICIT)
    {
      g_assert_cmpuint (windows.y.before, ==, c->before);
      g_assert_cmpuint (windows.y.after, ==, c->after - MIN (c->after, more_of (c)));
    }
  if (c->padding == SAME && covered > output.dim[0])
    g_assert_cmpuint (windows.y.before, ==, (covered - output.dim[0]) / 2);
}

static void
test_windows_are_those_of_the_shape (void)
{
  for_each_case (check_convolution);
  for_each_case (check_pooling);
  for_each_case (check_transposed);
}

/* A pixel that is made larger lies in the middle of its own square, and of the window that it has a share in. */
static void
test_windows_of_up_sampling (void)
{
  const LatheLayerKind *kind = lathe_layer_kind_find ("up-sampling");
  LatheProperties values;
  LatheWindows windows;

  lathe_layer_kind_defaults (kind, &values);
  for (guint scale = 1; scale <= 7; scale++)
    for (guint method = 0; method < 2; method++)
      {
        values.value[lathe_layer_kind_property (kind, "scale-height")] = scale;
        values.value[lathe_layer_kind_property (kind, "method")] = method;
        kind->windows (&values, &LATHE_SHAPE_IMAGE (5, 5, 1), &windows);
        g_assert_cmpuint (windows.y.in, ==, 5 * scale);
        g_assert_cmpuint (windows.y.out, ==, 5);
        for (guint o = 0; o < 5 * scale; o++)
          {
            double middle = (o + 0.5) / scale - 0.5; /* of the output pixel, in pixels of the input */
            gboolean shares = method == 0 ? fabs (middle - 2) < 0.5 : fabs (middle - 2) < 1;
            guint begin = 2 * windows.y.stride, at = o + windows.y.before;

            g_assert_cmpint (shares, ==, at >= begin && at < begin + windows.y.kernel);
          }
      }
}

/* --- What pictures show --- */

/* The cells that are shown are the beginning and the end, in order, and no more than may be. */
static void
check_places (const WbKernelSide *side)
{
  double last = -1;
  guint n = 0;

  for (guint cell = 0; cell < side->n_cells; cell++)
    {
      double place = wb_kernel_side_place (side, cell);

      g_assert_cmpint (isnan (place), ==, cell >= side->head && cell < side->n_cells - side->tail);
      if (isnan (place))
        continue;
      g_assert_cmpfloat (place, >=, last + 1 - 1e-9);
      last = place;
      n++;
    }
  g_assert_cmpuint (n, >, 0);
  g_assert_cmpuint (n, <=, MOST);
  g_assert_cmpfloat (last + 1, <=, wb_kernel_side_length (side) + 1e-9);
}

/* Each window that is shown is shown whole, unless it alone is too large. */
static void
check_shown (const WbKernelSide *side)
{
  guint n = wb_kernel_side_n_windows (side), span = lathe_axis_window (&side->axis);

  g_assert_cmpuint (n, >=, 1);
  g_assert_cmpuint (n, <=, side->axis.out);
  g_assert_cmpuint (wb_kernel_side_window (side, 0), ==, 0);
  for (guint shown = 0; shown < n; shown++)
    {
      double from, to;
      gboolean whole = wb_kernel_side_span (side, shown, &from, &to);

      g_assert_true (whole || (n == 1 && span > MOST));
      if (whole)
        g_assert_cmpfloat_with_epsilon (to - from, span, 1e-9);
      g_assert_cmpuint (wb_kernel_side_tap (side, shown, 0), ==,
                        wb_kernel_side_window (side, shown) * side->axis.stride);
      g_assert_cmpuint (wb_kernel_side_nearest (side, (from + to) / 2), ==, shown);
      g_assert_cmpuint (wb_kernel_side_nearest_number (side, wb_kernel_side_number_place (side, shown) + 0.5), ==,
                        shown);
    }
}

/* The stride is seen wherever there is room for it, and the end where there is room for that too. */
static void
check_tells_enough (const WbKernelSide *side)
{
  guint span = lathe_axis_window (&side->axis);

  if (side->axis.out >= 2 && side->axis.stride + span <= MOST)
    g_assert_cmpuint (side->first, >=, 2);
  if (side->axis.out >= 2 && 2 * span + side->axis.stride + side->axis.stride - 1 + side->axis.after <= MOST)
    g_assert_cmpuint (wb_kernel_side_window (side, wb_kernel_side_n_windows (side) - 1), ==, side->axis.out - 1);
}

static void
check_picture (const Case *c)
{
  LatheWindows windows;
  LatheShape output;
  WbKernelSide side;
  guint n_padding = 0;

  if (!check ("conv2d", c, &windows, &output))
    return;
  side = wb_kernel_side (&windows.y, MOST);
  check_places (&side);
  check_shown (&side);
  check_tells_enough (&side);
  for (guint cell = 0; cell < side.n_cells; cell++)
    n_padding += wb_kernel_side_is_padding (&side, cell);
  g_assert_cmpuint (n_padding, ==, windows.y.before + windows.y.after);
  g_assert_cmpuint (side.n_cells, ==, windows.y.before + windows.y.in + windows.y.after);
}

static void
test_pictures_show_windows_whole (void)
{
  for_each_case (check_picture);
}

static void
test_pictures_of_large_images_are_small (void)
{
  static const Case cases[] = {
      {.in = 224, .kernel = 7, .stride = 2, .dilation = 1, .padding = SAME},
      {.in = 227, .kernel = 11, .stride = 4, .dilation = 1, .padding = VALID},
      {.in = 1024, .kernel = 3, .stride = 1, .dilation = 1, .padding = SAME},
      {.in = 1024, .kernel = 63, .stride = 63, .dilation = 1, .padding = VALID},
      {.in = 64, .kernel = 63, .stride = 1, .dilation = 1, .padding = SAME},
      {.in = 200, .kernel = 3, .stride = 63, .dilation = 1, .padding = VALID},
      {.in = 200, .kernel = 3, .stride = 1, .dilation = 63, .padding = VALID},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_picture (&cases[i]);
}

/* 3 × 3 on 28 pixels: three windows of the beginning, and two of the end. */
static void
test_picture_of_a_usual_convolution (void)
{
  Case c = {.in = 28, .kernel = 3, .stride = 1, .dilation = 1, .padding = SAME};
  LatheWindows windows;
  LatheShape output;
  WbKernelSide side;
  double from, to;

  g_assert_true (check ("conv2d", &c, &windows, &output));
  side = wb_kernel_side (&windows.y, MOST);
  g_assert_cmpuint (side.first, ==, 3);
  g_assert_cmpuint (side.last, ==, 2);
  g_assert_cmpuint (side.head, ==, 5);
  g_assert_cmpuint (side.tail, ==, 4);
  g_assert_cmpuint (wb_kernel_side_window (&side, 3), ==, 26);
  g_assert_true (wb_kernel_side_span (&side, 3, &from, &to));
  g_assert_cmpfloat (from, ==, 5 + WB_KERNEL_GAP);
  g_assert_true (wb_kernel_side_is_padding (&side, 0));
  g_assert_false (wb_kernel_side_is_padding (&side, 1));
  g_assert_true (wb_kernel_side_is_padding (&side, 29));
}

/* --- Other pictures --- */

static void
test_curve_is_what_the_layer_computes (void)
{
  const LatheLayerKind *kind = lathe_layer_kind_find ("leaky-relu");
  LatheReal x[] = {-2, 0, 3}, y[3];
  LatheProperties values;

  lathe_layer_kind_defaults (kind, &values);
  values.value[0] = 0.25;
  kind->curve (kind, &values, y, x, 3);
  g_assert_cmpfloat (y[0], ==, -0.5);
  g_assert_cmpfloat (y[1], ==, 0);
  g_assert_cmpfloat (y[2], ==, 3);
  g_assert_null (lathe_layer_kind_find ("softmax")->curve);
}

static void
test_norms_tell_what_they_take_together (void)
{
  static const struct
  {
    const char *kind;
    LatheNormSet set;
  } cases[] = {
      {"batch-norm", {1, TRUE, TRUE}},
      {"layer-norm", {32, FALSE, FALSE}},
      {"group-norm", {4, TRUE, FALSE}},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const LatheLayerKind *kind = lathe_layer_kind_find (cases[i].kind);
      LatheProperties values;
      LatheNormSet set;

      lathe_layer_kind_defaults (kind, &values);
      kind->norm (&values, &LATHE_SHAPE_IMAGE (8, 8, 32), &set);
      g_assert_cmpuint (set.channels, ==, cases[i].set.channels);
      g_assert_cmpint (set.all_pixels, ==, cases[i].set.all_pixels);
      g_assert_cmpint (set.all_samples, ==, cases[i].set.all_samples);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/layer-pictures/are-those-of-the-shape", test_windows_are_those_of_the_shape);
  g_test_add_func ("/layer-pictures/of-up-sampling", test_windows_of_up_sampling);
  g_test_add_func ("/layer-pictures/pictures-show-them-whole", test_pictures_show_windows_whole);
  g_test_add_func ("/layer-pictures/pictures-of-large-images-are-small", test_pictures_of_large_images_are_small);
  g_test_add_func ("/layer-pictures/picture-of-a-usual-convolution", test_picture_of_a_usual_convolution);
  g_test_add_func ("/layer-pictures/curve-is-what-the-layer-computes", test_curve_is_what_the_layer_computes);
  g_test_add_func ("/layer-pictures/norms-tell-what-they-take-together", test_norms_tell_what_they_take_together);
  return g_test_run ();
}
