/* lathe-c-layers.c: each kind of layer as a statement of C.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-c-source.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- Text --- */

/**
 * lathe_c_place:
 *
 * Returns: (transfer full): the expression that means a buffer
 */
char *
lathe_c_place (const LatheC *c, int buffer)
{
  gsize offset;

  if (buffer == LATHE_C_INPUT)
    return g_strdup ("input");
  offset = g_array_index (c->plan.buffers, LatheCBuffer, (guint) buffer).offset;
  return offset == 0 ? g_strdup ("workspace") : g_strdup_printf ("workspace + %zu", offset);
}

void
lathe_c_call (LatheC *c, const char *function, ...)
{
  GString *line = g_string_new (NULL);
  const char *argument;
  va_list arguments;

  lathe_c_need (c, function);
  g_string_append_printf (line, "    %s(", function);
  va_start (arguments, function);
  for (guint i = 0; (argument = va_arg (arguments, const char *)) != NULL; i++)
    {
      g_string_append (line, i > 0 ? "," : "");
      if (line->len + strlen (argument) + 3 > LATHE_C_COLUMNS)
        {
          g_string_append_printf (c->run, "%s\n", line->str);
          g_string_assign (line, "       ");
        }
      g_string_append_printf (line, i > 0 ? " %s" : "%s", argument);
    }
  va_end (arguments);
  g_string_append_printf (c->run, "%s);\n", line->str);
  g_string_free (line, TRUE);
}

char *
lathe_c_output (const LatheC *c, guint step)
{
  return lathe_c_place (c, c->plan.steps[step].home);
}

char *
lathe_c_input (const LatheC *c, guint step, guint which)
{
  return lathe_c_place (c, c->plan.steps[c->plan.steps[step].input[which]].home);
}

/* A constant of type float. (transfer full) */
static char *
constant (double value)
{
  GString *text = g_string_new (NULL);

  lathe_c_append_float (text, (float) value);
  return g_string_free (text, FALSE);
}

/* --- Activations --- */

static const struct
{
  const char *function;
  gboolean with_parameter;
} activations[LATHE_N_ACTIVATIONS] = {
    [LATHE_ACTIVATION_RELU] = {"relu"},
    [LATHE_ACTIVATION_SIGMOID] = {"sigmoid"},
    [LATHE_ACTIVATION_SOFTMAX] = {"softmax"},
    [LATHE_ACTIVATION_RELU6] = {"relu6"},
    [LATHE_ACTIVATION_LEAKY_RELU] = {"leaky_relu", TRUE},
    [LATHE_ACTIVATION_ELU] = {"elu", TRUE},
    [LATHE_ACTIVATION_SELU] = {"selu"},
    [LATHE_ACTIVATION_GELU] = {"gelu"},
    [LATHE_ACTIVATION_GELU_TANH] = {"gelu_tanh"},
    [LATHE_ACTIVATION_SILU] = {"silu"},
    [LATHE_ACTIVATION_HARD_SWISH] = {"hard_swish"},
    [LATHE_ACTIVATION_HARD_SIGMOID] = {"hard_sigmoid"},
    [LATHE_ACTIVATION_TANH] = {"hyperbolic_tangent"},
    [LATHE_ACTIVATION_SOFTPLUS] = {"softplus"},
};

static void
activate (LatheC *c, guint step, LatheActivation activation, double parameter)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  gsize size = lathe_shape_size (&node->output);
  guint columns = lathe_c_channels (&node->output);
  g_autofree char *y = lathe_c_output (c, step), *a = constant (parameter);
  TEXT (n, "%zu", activation == LATHE_ACTIVATION_SOFTMAX ? size / columns : size);
  TEXT (width, "%u", columns);

  if (activation == LATHE_ACTIVATION_NONE)
    return;
  if (activation == LATHE_ACTIVATION_SOFTMAX)
    lathe_c_call (c, "softmax", y, n, width, NULL);
  else if (activations[activation].with_parameter)
    lathe_c_call (c, activations[activation].function, y, n, a, NULL);
  else
    lathe_c_call (c, activations[activation].function, y, n, NULL);
}

/* The one that is the layer's property. */
void
lathe_c_activate (LatheC *c, guint step)
{
  LatheActivation activation = lathe_program_activation (lathe_c_node (c, step));

  activate (c, step, activation, lathe_program_usual_parameter (activation));
}

/* What is changed where it lies is copied there first, unless it lies there. */
static void
bring (LatheC *c, guint step)
{
  g_autofree char *x = lathe_c_input (c, step, 0), *y = lathe_c_output (c, step);
  TEXT (n, "%zu", lathe_shape_size (&lathe_c_node (c, step)->output));

  if (c->plan.steps[step].over < 0)
    lathe_c_call (c, "copy", y, x, n, NULL);
}

static void
add_activation (LatheC *c, guint step)
{
  const LatheNode *node = lathe_c_node (c, step)->node;

  bring (c, step);
  activate (c, step, lathe_program_kind_activation (node->kind),
            node->kind->n_properties > 0 ? node->properties.value[0] : 0);
}

/* Rows of channels, and how many there are in a row. */
static void
add_prelu (LatheC *c, guint step)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  guint n = lathe_c_channels (&node->output), n_slopes = node->parameter[0].shape.dim[0];
  const float *own = lathe_c_find (c, node, "slope");
  g_autofree float *slopes = g_new (float, n);
  g_autofree char *y = lathe_c_output (c, step), *slope = NULL;
  TEXT (rows, "%zu", lathe_shape_size (&node->output) / n);
  TEXT (columns, "%u", n);

  for (guint i = 0; i < n; i++)
    slopes[i] = own[n_slopes > 1 ? i : 0];
  slope = lathe_c_tensor (c, node, "slope", slopes, n);
  bring (c, step);
  lathe_c_call (c, "prelu", y, rows, columns, slope, NULL);
}

/* --- Dense --- */

static void
add_dense (LatheC *c, guint step)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  g_autofree char *weight = NULL, *bias = NULL, *x = lathe_c_input (c, step, 0), *y = lathe_c_output (c, step);
  TEXT (n_in, "%u", node->input[0].dim[0]);
  TEXT (n_out, "%u", node->output.dim[0]);

  lathe_c_weights (c, step, TRUE, &weight, &bias);
  lathe_c_call (c, "dense", n_in, n_out, x, weight, bias, y, NULL);
  lathe_c_activate (c, step);
}

static void
add_embedding (LatheC *c, guint step)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  guint vocabulary = lathe_program_count (node, "vocabulary"), dimension = lathe_program_count (node, "dimension");
  g_autofree char *weight =
      lathe_c_tensor (c, node, "weight", lathe_c_find (c, node, "weight"), (gsize) vocabulary * dimension);
  g_autofree char *x = lathe_c_input (c, step, 0), *y = lathe_c_output (c, step);
  TEXT (n, "%u", node->input[0].dim[0]);
  TEXT (words, "%u", vocabulary);
  TEXT (width, "%u", dimension);

  lathe_c_call (c, "embed", n, words, width, x, weight, y, NULL);
}

/* --- Norms --- */

/* By itself; behind a layer with weights it is in those. */
static void
add_batch_norm (LatheC *c, guint step)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  guint n = lathe_c_channels (&node->output);
  g_autofree float *scale = g_new (float, n), *shift = g_new (float, n);
  g_autofree char *scales = NULL, *shifts = NULL, *y = lathe_c_output (c, step);
  TEXT (rows, "%zu", lathe_shape_size (&node->output) / n);
  TEXT (columns, "%u", n);

  lathe_c_norm_factors (c, node, scale, shift);
  scales = lathe_c_tensor (c, node, "scale", scale, n);
  shifts = lathe_c_tensor (c, node, "shift", shift, n);
  bring (c, step);
  lathe_c_call (c, "scale_channels", y, rows, columns, scales, shifts, NULL);
}

/* A layer norm is one of a pixel each, a group norm of all pixels. */
static void
add_sample_norm (LatheC *c, guint step)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  guint n = lathe_c_channels (&node->output);
  gsize pixels = lathe_shape_size (&node->output) / n;
  gboolean by_pixel = g_str_equal (node->node->kind->name, "layer-norm");
  g_autofree char *scale = lathe_c_tensor (c, node, "scale", lathe_c_find (c, node, "gamma"), n);
  g_autofree char *shift = lathe_c_tensor (c, node, "shift", lathe_c_find (c, node, "beta"), n);
  g_autofree char *epsilon = lathe_program_number (lathe_program_value (node, "epsilon")),
                  *y = lathe_c_output (c, step);
  TEXT (units, "%zu", by_pixel ? pixels : 1);
  TEXT (rows, "%zu", by_pixel ? 1 : pixels);
  TEXT (columns, "%u", n);
  TEXT (groups, "%u", by_pixel ? 1 : lathe_program_count (node, "groups"));

  bring (c, step);
  lathe_c_call (c, "normalise", y, units, rows, columns, groups, epsilon, scale, shift, NULL);
}

static void
add_rescale (LatheC *c, guint step)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  g_autofree char *scale = constant (lathe_program_value (node, "scale"));
  g_autofree char *offset = constant (lathe_program_value (node, "offset")), *y = lathe_c_output (c, step);
  TEXT (n, "%zu", lathe_shape_size (&node->output));

  bring (c, step);
  lathe_c_call (c, "rescale", y, n, scale, offset, NULL);
}

/* --- Shapes and branches --- */

static void
add_permute (LatheC *c, guint step)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  const guint *dim = node->input[0].dim, *out = node->output.dim;
  const gsize apart[3] = {(gsize) dim[1] * dim[2], dim[2], 1};
  guint order[3];
  g_autofree char *x = lathe_c_input (c, step, 0), *y = lathe_c_output (c, step), *strides = NULL;
  TEXT (height, "%u", out[0]);
  TEXT (width, "%u", out[1]);
  TEXT (n, "%u", out[2]);

  lathe_program_order (node, order);
  strides = g_strdup_printf ("%zu, %zu, %zu", apart[order[0]], apart[order[1]], apart[order[2]]);
  lathe_c_call (c, "permute", y, height, width, n, strides, x, NULL);
}

static void
add_add (LatheC *c, guint step)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  g_autofree char *y = lathe_c_output (c, step);
  TEXT (n, "%zu", lathe_shape_size (&node->output));

  bring (c, step);
  for (guint i = 0; i < node->n_inputs; i++)
    {
      g_autofree char *x = lathe_c_input (c, step, i);

      if ((int) i != MAX (c->plan.steps[step].over, 0))
        lathe_c_call (c, "add", y, x, n, NULL);
    }
}

/* The second input is as large as the first, or one number a channel of it. */
static void
add_multiply (LatheC *c, guint step)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  gsize n = lathe_shape_size (&node->input[1]);
  g_autofree char *x = lathe_c_input (c, step, c->plan.steps[step].over == 1 ? 0 : 1), *y = lathe_c_output (c, step);
  TEXT (rows, "%zu", lathe_shape_size (&node->output) / n);
  TEXT (columns, "%zu", n);

  bring (c, step);
  lathe_c_call (c, "scale_by", y, rows, x, columns, NULL);
}

static void
add_concatenate (LatheC *c, guint step)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  guint all = lathe_c_channels (&node->output), at = 0;
  g_autofree char *y = lathe_c_output (c, step);
  TEXT (rows, "%zu", lathe_shape_size (&node->output) / all);
  TEXT (width, "%u", all);

  for (guint i = 0; i < node->n_inputs; i++)
    {
      g_autofree char *x = lathe_c_input (c, step, i);
      TEXT (from, "%u", at);
      TEXT (n, "%u", lathe_c_channels (&node->input[i]));

      lathe_c_call (c, "concatenate", y, rows, width, from, n, x, NULL);
      at += lathe_c_channels (&node->input[i]);
    }
}

/* --- Which it is --- */

typedef struct
{
  const char *kind;
  LatheCWay way;
  void (*add) (LatheC *c, guint step);
} Row;

static const Row rows[] = {
    {"input", LATHE_C_VIEW},
    {"conv2d", LATHE_C_NEW, lathe_c_add_conv2d},
    {"transposed-conv2d", LATHE_C_NEW, lathe_c_add_transposed_conv2d},
    {"max-pool", LATHE_C_NEW, lathe_c_add_pool},
    {"average-pool", LATHE_C_NEW, lathe_c_add_pool},
    {"global-average-pool", LATHE_C_NEW, lathe_c_add_global_pool},
    {"global-max-pool", LATHE_C_NEW, lathe_c_add_global_pool},
    {"up-sampling", LATHE_C_NEW, lathe_c_add_up_sampling},
    {"dense", LATHE_C_NEW, add_dense},
    {"embedding", LATHE_C_NEW, add_embedding},
    {"prelu", LATHE_C_IN_PLACE, add_prelu},
    {"batch-norm", LATHE_C_IN_PLACE, add_batch_norm},
    {"layer-norm", LATHE_C_IN_PLACE, add_sample_norm},
    {"group-norm", LATHE_C_IN_PLACE, add_sample_norm},
    {"dropout", LATHE_C_VIEW},
    {"spatial-dropout", LATHE_C_VIEW},
    {"flatten", LATHE_C_VIEW},
    {"reshape", LATHE_C_VIEW},
    {"permute", LATHE_C_NEW, add_permute},
    {"rescale", LATHE_C_IN_PLACE, add_rescale},
    {"add", LATHE_C_IN_PLACE, add_add},
    {"multiply", LATHE_C_IN_PLACE, add_multiply},
    {"concatenate", LATHE_C_NEW, add_concatenate},
    {NULL, LATHE_C_IN_PLACE, add_activation},
};

const char *
lathe_c_obstacle (const LatheProgramNode *node)
{
  return LATHE_PROGRAM_ROW (rows, node) != NULL ? NULL : N_ ("is of a kind that has no counterpart in C source");
}

LatheCWay
lathe_c_way (const LatheProgramNode *node)
{
  return node->left_out ? LATHE_C_VIEW : LATHE_PROGRAM_ROW (rows, node)->way;
}

/**
 * lathe_c_takes_norm:
 *
 * Returns: whether a batch norm behind the layer can be put into its weights
 */
gboolean
lathe_c_takes_norm (const LatheProgramNode *node)
{
  static const char *const kinds[] = {"conv2d", "transposed-conv2d", "dense", NULL};

  return g_strv_contains (kinds, node->node->kind->name) &&
         lathe_program_value (node, "activation") == LATHE_ACTIVATION_NONE;
}

/**
 * lathe_c_add:
 *
 * Adds what a layer does, with what it needs.
 */
void
lathe_c_add (LatheC *c, guint step)
{
  const LatheProgramNode *node = lathe_c_node (c, step);
  const LatheCStep *s = &c->plan.steps[step];
  g_autofree char *shape = lathe_shape_to_string (&node->output);

  if (s->way == LATHE_C_VIEW)
    return;
  g_string_append_printf (c->run, "\n    /* %s: %s */\n", node->name, shape);
  LATHE_PROGRAM_ROW (rows, node)->add (c, step);
}
