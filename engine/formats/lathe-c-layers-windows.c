/* lathe-c-layers-windows.c: the layers as C that move a window over an image, or pool it, or make it larger.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-c-source.h"

#define FEW_PIXELS 4         /* whose windows are gathered at once where the weights stay in a cache near the CPU */
#define MANY_PIXELS 32       /* where they do not: they are then read once for so many pixels */
#define CACHED_WEIGHTS 65536 /* numbers: 256 KiB */

typedef struct
{
  LatheAxis y, x;
  guint groups, block;
} Windows;

/* (transfer full): the expression that means a definition. */
static char *
define_windows (LatheC *c, guint step, const Windows *w)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  const guint *in = node->input[0].dim, *out = node->output.dim;

  g_string_append_printf (c->windows,
                          "\nstatic const windows %s_windows = {\n"
                          "    .in_height = %u, .in_width = %u, .in_channels = %u,\n"
                          "    .out_height = %u, .out_width = %u, .out_channels = %u,\n"
                          "    .kernel_height = %u, .kernel_width = %u,\n"
                          "    .stride_height = %u, .stride_width = %u,\n"
                          "    .dilation_height = %u, .dilation_width = %u,\n"
                          "    .top = %u, .left = %u, .groups = %u, .block = %u,\n};\n",
                          node->name, in[0], in[1], in[2], out[0], out[1], out[2], w->y.kernel, w->x.kernel,
                          w->y.stride, w->x.stride, w->y.dilation, w->x.dilation, w->y.before, w->x.before, w->groups,
                          w->block);
  return g_strdup_printf ("&%s_windows", node->name);
}

static Windows
find_windows (const LatheProgramNode *node, const char *window)
{
  return (Windows){
      .y = lathe_program_axis (node, TRUE, window),
      .x = lathe_program_axis (node, FALSE, window),
      .groups = 1,
      .block = 1,
  };
}

static guint
find_block (const LatheProgramNode *node)
{
  return lathe_shape_size (&node->parameter[0].shape) > CACHED_WEIGHTS ? MANY_PIXELS : FEW_PIXELS;
}

/* Whether each filter is as wide as one channel, and there is one of it. */
static gboolean
is_by_depths (const LatheProgramNode *node)
{
  return lathe_program_is_depthwise (node) && node->input[0].dim[2] == node->output.dim[2];
}

static gboolean
is_by_points (const LatheProgramNode *node)
{
  Windows w = find_windows (node, "kernel");

  return w.y.kernel * w.x.kernel == 1 && w.y.stride * w.x.stride == 1 && w.y.out == w.y.in && w.x.out == w.x.in &&
         w.y.before + w.x.before == 0 && lathe_program_count (node, "groups") == 1;
}

static void
add_conv2d_points (LatheC *c, guint step)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  g_autofree char *weight = NULL, *bias = NULL, *x = lathe_c_input (c, step, 0), *y = lathe_c_output (c, step);
  TEXT (pixels, "%u", node->output.dim[0] * node->output.dim[1]);
  TEXT (block, "%u", find_block (node));
  TEXT (n_in, "%u", node->input[0].dim[2]);
  TEXT (n_out, "%u", node->output.dim[2]);

  lathe_c_weights (c, step, TRUE, &weight, &bias);
  lathe_c_call (c, "convolve_points", pixels, block, n_in, n_out, x, weight, bias, y, NULL);
}

void
lathe_c_add_conv2d (LatheC *c, guint step)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  Windows w = find_windows (node, "kernel");
  g_autofree char *weight = NULL, *bias = NULL, *windows = NULL, *patches = NULL, *x = lathe_c_input (c, step, 0),
                  *y = lathe_c_output (c, step);

  w.groups = lathe_program_count (node, "groups");
  w.block = find_block (node);
  if (is_by_points (node))
    add_conv2d_points (c, step);
  else if (is_by_depths (node))
    {
      lathe_c_weights (c, step, FALSE, &weight, &bias);
      windows = define_windows (c, step, &w);
      lathe_c_call (c, "convolve_depths", windows, x, weight, bias, y, NULL);
    }
  else
    {
      lathe_c_weights (c, step, TRUE, &weight, &bias);
      windows = define_windows (c, step, &w);
      patches = lathe_c_place (c, c->plan.steps[step].scratch);
      lathe_c_call (c, "convolve", windows, x, weight, bias, y, patches, NULL);
    }
  lathe_c_activate (c, step);
}

void
lathe_c_add_transposed_conv2d (LatheC *c, guint step)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  Windows w = find_windows (node, "kernel");
  g_autofree char *weight = NULL, *bias = NULL, *windows = NULL, *x = lathe_c_input (c, step, 0),
                  *y = lathe_c_output (c, step);

  w.y.before = lathe_program_cut (node, TRUE).before;
  w.x.before = lathe_program_cut (node, FALSE).before;
  w.groups = lathe_program_count (node, "groups");
  lathe_c_weights (c, step, FALSE, &weight, &bias);
  windows = define_windows (c, step, &w);
  lathe_c_call (c, "spread", windows, x, weight, bias, y, NULL);
  lathe_c_activate (c, step);
}

void
lathe_c_add_pool (LatheC *c, guint step)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  Windows w = find_windows (node, "pool");
  g_autofree char *windows = define_windows (c, step, &w), *x = lathe_c_input (c, step, 0),
                  *y = lathe_c_output (c, step);

  lathe_c_call (c, g_str_equal (node->node->kind->name, "max-pool") ? "max_pool" : "average_pool", windows, x, y, NULL);
}

void
lathe_c_add_global_pool (LatheC *c, guint step)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  const guint *dim = node->input[0].dim;
  gboolean average = g_str_equal (node->node->kind->name, "global-average-pool");
  g_autofree char *sums = average ? lathe_c_place (c, c->plan.steps[step].scratch) : NULL;
  g_autofree char *x = lathe_c_input (c, step, 0), *y = lathe_c_output (c, step);
  TEXT (height, "%u", average ? dim[0] : dim[0] * dim[1]);
  TEXT (width, "%u", dim[1]);
  TEXT (n, "%u", dim[2]);

  if (average)
    lathe_c_call (c, "global_average", height, width, n, x, y, sums, NULL);
  else
    lathe_c_call (c, "global_max", height, n, x, y, NULL);
}

void
lathe_c_add_up_sampling (LatheC *c, guint step)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  g_autofree char *x = lathe_c_input (c, step, 0), *y = lathe_c_output (c, step);
  TEXT (height, "%u", node->input[0].dim[0]);
  TEXT (width, "%u", node->input[0].dim[1]);
  TEXT (n, "%u", node->input[0].dim[2]);
  TEXT (down, "%u", lathe_program_count (node, "scale-height"));
  TEXT (across, "%u", lathe_program_count (node, "scale-width"));

  lathe_c_call (c, lathe_program_count (node, "method") == 0 ? "repeat_pixels" : "blend_pixels", height, width, n, down,
                across, x, y, NULL);
}

/**
 * lathe_c_scratch:
 *
 * Returns: how many numbers the layer needs for itself while it is worked out
 */
gsize
lathe_c_scratch (const LatheProgramNode *node)
{
  if (g_str_equal (node->node->kind->name, "global-average-pool"))
    return node->output.dim[0];
  if (!g_str_equal (node->node->kind->name, "conv2d") || is_by_points (node) || is_by_depths (node))
    return 0;
  return find_block (node) * lathe_shape_size (&node->parameter[0].shape) / lathe_c_channels (&node->output);
}
