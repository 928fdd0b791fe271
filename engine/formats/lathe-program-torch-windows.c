/* lathe-program-torch-windows.c: the layers in PyTorch that move a window over an image.
 *
 * PyTorch pads an image alike on both sides; padding of another kind is a statement of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-program-torch.h"

/* --- Windows --- */

/* Whether the same padding on both sides gives the same windows. */
static gboolean
is_even (const LatheAxis *axis)
{
  guint full = axis->in + 2 * axis->before, window = lathe_axis_window (axis);

  return full >= window && (full - window) / axis->stride + 1 == axis->out;
}

/* “left, right, top, bottom”, as F.pad takes it. (transfer full) */
static char *
sides (const LatheAxis *y, const LatheAxis *x)
{
  return g_strdup_printf ("(%u, %u, %u, %u)", x->before, lathe_axis_overhang (x), y->before, lathe_axis_overhang (y));
}

/* A statement that pads the input, for which the name of the padded one is returned. (transfer full) */
static char *
pad (LatheTorch *torch, const LatheProgramNode *node, const LatheAxis *y, const LatheAxis *x, const char *value)
{
  g_autofree char *around = sides (y, x);
  g_autofree char *call = value == NULL ? g_strdup_printf ("F.pad(%s, %s)", node->from[0], around)
                                        : g_strdup_printf ("F.pad(%s, %s, value=%s)", node->from[0], around, value);

  lathe_torch_assign (torch, node, call);
  return g_strdup (node->variable);
}

/* --- Convolutions --- */

static LatheProgramCall *
call_convolution (const LatheProgramNode *node, const char *head)
{
  LatheProgramCall *call = lathe_program_call (head);
  g_autofree char *kernel =
      lathe_program_pair (lathe_program_count (node, "kernel-height"), lathe_program_count (node, "kernel-width"));

  lathe_program_add (call, "%u", node->input[0].dim[2]);
  lathe_program_add (call, "%u", lathe_program_count (node, "filters"));
  lathe_program_add (call, "%s", kernel);
  lathe_program_add_pair (call, "stride", lathe_program_count (node, "stride-height"),
                          lathe_program_count (node, "stride-width"), 1);
  return call;
}

static void
finish_convolution (LatheTorch *torch, const LatheProgramNode *node, LatheProgramCall *call)
{
  lathe_program_add_pair (call, "dilation", lathe_program_count (node, "dilation-height"),
                          lathe_program_count (node, "dilation-width"), 1);
  if (lathe_program_count (node, "groups") > 1)
    lathe_program_add (call, "groups=%u", lathe_program_count (node, "groups"));
  if (node->n_parameters == 1)
    lathe_program_add (call, "bias=False");
  lathe_torch_declare (torch, node, call);
}

void
lathe_torch_add_conv2d (LatheTorch *torch, const LatheProgramNode *node)
{
  LatheProgramCall *call = call_convolution (node, "nn.Conv2d");
  LatheAxis y = lathe_program_axis (node, TRUE, "kernel"), x = lathe_program_axis (node, FALSE, "kernel");
  gboolean even = is_even (&y) && is_even (&x);
  g_autofree char *from = even ? g_strdup (node->from[0]) : pad (torch, node, &y, &x, NULL);
  g_autofree char *convolved = g_strdup_printf ("self.%s(%s)", node->name, from);

  if (even)
    lathe_program_add_pair (call, "padding", y.before, x.before, 0);
  finish_convolution (torch, node, call);
  lathe_torch_assign_activated (torch, node, convolved);
}

/* One side of a transposed convolution: what PyTorch's own padding takes off both ends and adds to the last one, and
 * what is cut off afterwards. */
typedef struct
{
  guint padding, more, before, behind;
} Uncovered;

static Uncovered
uncover (const LatheProgramNode *node, gboolean vertical)
{
  LatheAxis axis = lathe_program_axis (node, vertical, "kernel");
  LatheProgramCut cut = lathe_program_cut (node, vertical);
  guint end = cut.before + cut.kept, most = MAX (axis.stride, axis.dilation) - 1;

  if (end <= cut.covered)
    {
      guint padding = MIN (cut.before, cut.covered - end);

      return (Uncovered){.padding = padding, .before = cut.before - padding, .behind = cut.covered - end - padding};
    }
  if (end - cut.covered + cut.before <= most)
    return (Uncovered){.padding = cut.before, .more = end - cut.covered + cut.before};
  return (Uncovered){.more = end - cut.covered, .before = cut.before};
}

void
lathe_torch_add_transposed_conv2d (LatheTorch *torch, const LatheProgramNode *node)
{
  LatheProgramCall *call = call_convolution (node, "nn.ConvTranspose2d");
  Uncovered y = uncover (node, TRUE), x = uncover (node, FALSE);
  g_autofree char *convolved = g_strdup_printf ("self.%s(%s)", node->name, node->from[0]);

  lathe_program_add_pair (call, "padding", y.padding, x.padding, 0);
  lathe_program_add_pair (call, "output_padding", y.more, x.more, 0);
  finish_convolution (torch, node, call);
  if (y.before + y.behind + x.before + x.behind == 0)
    {
      lathe_torch_assign_activated (torch, node, convolved);
      return;
    }
  lathe_torch_assign (torch, node, convolved);
  g_free (convolved);
  convolved = g_strdup_printf ("%s[:, :, %u:%u, %u:%u]", node->variable, y.before, y.before + node->output.dim[0],
                               x.before, x.before + node->output.dim[1]);
  lathe_torch_assign_activated (torch, node, convolved);
}

/* --- Pooling --- */

static LatheProgramCall *
call_pooling (const char *head, const char *x, const LatheAxis *h, const LatheAxis *w)
{
  LatheProgramCall *call = lathe_program_call (head);
  g_autofree char *pool = lathe_program_pair (h->kernel, w->kernel),
                  *stride = lathe_program_pair (h->stride, w->stride);

  lathe_program_add (call, "%s", x);
  lathe_program_add (call, "%s", pool);
  if (h->stride != h->kernel || w->stride != w->kernel)
    lathe_program_add (call, "stride=%s", stride);
  return call;
}

/* Whether PyTorch's own padding will do, which is at most half a window. */
static gboolean
pools_evenly (const LatheAxis *y, const LatheAxis *x)
{
  return is_even (y) && is_even (x) && 2 * y->before <= y->kernel && 2 * x->before <= x->kernel;
}

void
lathe_torch_add_max_pool (LatheTorch *torch, const LatheProgramNode *node)
{
  LatheAxis y = lathe_program_axis (node, TRUE, "pool"), x = lathe_program_axis (node, FALSE, "pool");
  gboolean even = pools_evenly (&y, &x);
  g_autofree char *from = even ? g_strdup (node->from[0]) : pad (torch, node, &y, &x, "float(\"-inf\")");
  LatheProgramCall *call = call_pooling ("F.max_pool2d", from, &y, &x);
  g_autofree char *expression = NULL;

  if (even)
    lathe_program_add_pair (call, "padding", y.before, x.before, 0);
  expression = lathe_program_call_inline (call);
  lathe_torch_assign (torch, node, expression);
}

void
lathe_torch_add_average_pool (LatheTorch *torch, const LatheProgramNode *node)
{
  LatheAxis y = lathe_program_axis (node, TRUE, "pool"), x = lathe_program_axis (node, FALSE, "pool");
  gboolean even = pools_evenly (&y, &x), padded = y.before + x.before > 0;
  LatheProgramCall *call = call_pooling (even ? "F.avg_pool2d" : "average_pool", node->from[0], &y, &x);
  g_autofree char *expression = NULL, *around = sides (&y, &x);

  if (even)
    lathe_program_add_pair (call, "padding", y.before, x.before, 0);
  else
    lathe_program_add (call, "around=%s", around);
  if (even && padded)
    lathe_program_add (call, "count_include_pad=False");
  torch->needs |= even ? 0 : LATHE_TORCH_AVERAGE_POOL;
  expression = lathe_program_call_inline (call);
  lathe_torch_assign (torch, node, expression);
}
