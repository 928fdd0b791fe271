/* lathe-program-torch-layers.c: each kind of layer in PyTorch.
 *
 * An image is samples × channels × height × width between layers, as PyTorch has it; everything else has its channels
 * last, as in Lathe. What sees the numbers in a row gets them in Lathe's order, so that no weight means another place.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-program-torch.h"

#include <glib/gi18n-lib.h>

#define IMAGE 3 /* the rank of an image */

/* --- Statements --- */

void
lathe_torch_declare (LatheTorch *torch, const LatheProgramNode *node, LatheProgramCall *call)
{
  g_autofree char *before = g_strdup_printf ("self.%s = ", node->name);

  lathe_program_call_write (torch->init, LATHE_TORCH_BODY, before, call, "");
}

void
lathe_torch_assign (LatheTorch *torch, const LatheProgramNode *node, const char *expression)
{
  g_string_append_printf (torch->forward, "%*s%s = %s\n", LATHE_TORCH_BODY, "", node->variable, expression);
}

/* Which dimension the channels are. */
static guint
channel_dimension (const LatheShape *shape)
{
  return shape->rank == IMAGE ? 1 : shape->rank;
}

static guint
channels (const LatheShape *shape)
{
  return shape->dim[shape->rank - 1];
}

/* The numbers in Lathe's order. (transfer full) */
static char *
channels_last (const char *x, const LatheShape *shape)
{
  return shape->rank == IMAGE ? g_strdup_printf ("%s.permute(0, 2, 3, 1)", x) : g_strdup (x);
}

/* The layer itself, called with the channels as the second dimension, where modules look for them. (transfer full) */
static char *
call_by_channels (const LatheProgramNode *node)
{
  return node->output.rank == 2
             ? g_strdup_printf ("self.%s(%s.transpose(1, 2)).transpose(1, 2)", node->name, node->from[0])
             : g_strdup_printf ("self.%s(%s)", node->name, node->from[0]);
}

/* --- Activations --- */

static const struct
{
  const char *function, *parameter, *more;
} activations[LATHE_N_ACTIVATIONS] = {
    [LATHE_ACTIVATION_RELU] = {"F.relu"},
    [LATHE_ACTIVATION_SIGMOID] = {"torch.sigmoid"},
    [LATHE_ACTIVATION_SOFTMAX] = {"F.softmax"},
    [LATHE_ACTIVATION_RELU6] = {"F.relu6"},
    [LATHE_ACTIVATION_LEAKY_RELU] = {"F.leaky_relu", "negative_slope"},
    [LATHE_ACTIVATION_ELU] = {"F.elu", "alpha"},
    [LATHE_ACTIVATION_SELU] = {"F.selu"},
    [LATHE_ACTIVATION_GELU] = {"F.gelu"},
    [LATHE_ACTIVATION_GELU_TANH] = {"F.gelu", NULL, "approximate=\"tanh\""},
    [LATHE_ACTIVATION_SILU] = {"F.silu"},
    [LATHE_ACTIVATION_HARD_SWISH] = {"F.hardswish"},
    [LATHE_ACTIVATION_HARD_SIGMOID] = {"F.hardsigmoid"},
    [LATHE_ACTIVATION_TANH] = {"torch.tanh"},
    [LATHE_ACTIVATION_SOFTPLUS] = {"F.softplus"},
};

/* The activation of x, whose shape is the layer's output. (transfer full) */
static char *
activate (LatheActivation activation, double parameter, const char *x, const LatheShape *shape)
{
  LatheProgramCall *call;

  if (activation == LATHE_ACTIVATION_NONE)
    return g_strdup (x);
  call = lathe_program_call (activations[activation].function);
  lathe_program_add (call, "%s", x);
  if (activations[activation].parameter != NULL)
    {
      g_autofree char *number = lathe_program_number (parameter);

      lathe_program_add (call, "%s=%s", activations[activation].parameter, number);
    }
  if (activations[activation].more != NULL)
    lathe_program_add (call, "%s", activations[activation].more);
  if (activation == LATHE_ACTIVATION_SOFTMAX)
    lathe_program_add (call, "dim=%u", channel_dimension (shape));
  return lathe_program_call_inline (call);
}

/* y, through the activation that is the layer's property. */
void
lathe_torch_assign_activated (LatheTorch *torch, const LatheProgramNode *node, const char *y)
{
  LatheActivation activation = lathe_program_activation (node);
  g_autofree char *expression = activate (activation, lathe_program_usual_parameter (activation), y, &node->output);

  lathe_torch_assign (torch, node, expression);
}

static void
add_activation (LatheTorch *torch, const LatheProgramNode *node)
{
  double parameter = node->node->kind->n_properties > 0 ? node->node->properties.value[0] : 0;
  g_autofree char *expression =
      activate (lathe_program_kind_activation (node->node->kind), parameter, node->from[0], &node->output);

  lathe_torch_assign (torch, node, expression);
}

static void
add_prelu (LatheTorch *torch, const LatheProgramNode *node)
{
  LatheProgramCall *call = lathe_program_call ("nn.PReLU");
  guint n = node->parameter[0].shape.dim[0];
  g_autofree char *expression = call_by_channels (node);

  if (n > 1)
    lathe_program_add (call, "%u", n);
  lathe_torch_declare (torch, node, call);
  lathe_torch_assign (torch, node, expression);
}

/* --- Pooling a whole image, and making it larger --- */

static void
add_global_average_pool (LatheTorch *torch, const LatheProgramNode *node)
{
  g_autofree char *expression = g_strdup_printf ("%s.mean(dim=(2, 3))", node->from[0]);

  lathe_torch_assign (torch, node, expression);
}

static void
add_global_max_pool (LatheTorch *torch, const LatheProgramNode *node)
{
  g_autofree char *expression = g_strdup_printf ("%s.amax(dim=(2, 3))", node->from[0]);

  lathe_torch_assign (torch, node, expression);
}

static void
add_up_sampling (LatheTorch *torch, const LatheProgramNode *node)
{
  g_autofree char *scale =
      lathe_program_pair (lathe_program_count (node, "scale-height"), lathe_program_count (node, "scale-width"));
  g_autofree char *expression =
      g_strdup_printf ("F.interpolate(%s, scale_factor=%s, mode=\"%s\")", node->from[0], scale,
                       lathe_program_value (node, "method") == 0 ? "nearest" : "bilinear");

  lathe_torch_assign (torch, node, expression);
}

/* --- Dense --- */

static void
add_dense (LatheTorch *torch, const LatheProgramNode *node)
{
  LatheProgramCall *call = lathe_program_call ("nn.Linear");
  g_autofree char *product = g_strdup_printf ("self.%s(%s)", node->name, node->from[0]);

  lathe_program_add (call, "%u", node->input[0].dim[0]);
  lathe_program_add (call, "%u", node->output.dim[0]);
  if (node->n_parameters == 1)
    lathe_program_add (call, "bias=False");
  lathe_torch_declare (torch, node, call);
  lathe_torch_assign_activated (torch, node, product);
}

/* What is no number is word 0, and what is beyond the vocabulary its last one. */
static void
add_embedding (LatheTorch *torch, const LatheProgramNode *node)
{
  LatheProgramCall *call = lathe_program_call ("nn.Embedding");
  guint vocabulary = lathe_program_count (node, "vocabulary");
  g_autofree char *expression =
      g_strdup_printf ("self.%s(%s.nan_to_num().clamp(0, %u).long())", node->name, node->from[0], vocabulary - 1);

  lathe_program_add (call, "%u", vocabulary);
  lathe_program_add (call, "%u", lathe_program_count (node, "dimension"));
  lathe_torch_declare (torch, node, call);
  lathe_torch_assign (torch, node, expression);
}

/* --- Norms and dropout --- */

static void
add_epsilon (LatheProgramCall *call, const LatheProgramNode *node)
{
  double epsilon = lathe_program_value (node, "epsilon");

  if (epsilon != 1e-5) /* the usual one of all of them */
    lathe_program_add_number (call, "eps", epsilon);
}

static void
add_batch_norm (LatheTorch *torch, const LatheProgramNode *node)
{
  LatheProgramCall *call = lathe_program_call (node->output.rank == IMAGE ? "nn.BatchNorm2d" : "nn.BatchNorm1d");
  double momentum = lathe_program_value (node, "momentum");
  g_autofree char *kept = lathe_program_number (momentum), *expression = call_by_channels (node);

  lathe_program_add (call, "%u", channels (&node->output));
  add_epsilon (call, node);
  if (momentum != 0.9)
    lathe_program_add (call, "momentum=1 - %s", kept);
  lathe_torch_declare (torch, node, call);
  lathe_torch_assign (torch, node, expression);
}

static void
add_layer_norm (LatheTorch *torch, const LatheProgramNode *node)
{
  LatheProgramCall *call = lathe_program_call ("nn.LayerNorm");
  g_autofree char *x = channels_last (node->from[0], &node->output);
  g_autofree char *expression =
      g_strdup_printf ("self.%s(%s)%s", node->name, x, node->output.rank == IMAGE ? ".permute(0, 3, 1, 2)" : "");

  lathe_program_add (call, "%u", channels (&node->output));
  add_epsilon (call, node);
  lathe_torch_declare (torch, node, call);
  lathe_torch_assign (torch, node, expression);
}

static void
add_group_norm (LatheTorch *torch, const LatheProgramNode *node)
{
  LatheProgramCall *call = lathe_program_call ("nn.GroupNorm");
  g_autofree char *expression = call_by_channels (node);

  lathe_program_add (call, "%u", lathe_program_count (node, "groups"));
  lathe_program_add (call, "%u", channels (&node->output));
  add_epsilon (call, node);
  lathe_torch_declare (torch, node, call);
  lathe_torch_assign (torch, node, expression);
}

static void
add_dropout_of (LatheTorch *torch, const LatheProgramNode *node, const char *module)
{
  LatheProgramCall *call = lathe_program_call (module);
  g_autofree char *rate = lathe_program_number (lathe_program_value (node, "rate"));
  g_autofree char *expression = g_strdup_printf ("self.%s(%s)", node->name, node->from[0]);

  lathe_program_add (call, "%s", rate);
  lathe_torch_declare (torch, node, call);
  lathe_torch_assign (torch, node, expression);
}

static void
add_dropout (LatheTorch *torch, const LatheProgramNode *node)
{
  add_dropout_of (torch, node, "nn.Dropout");
}

static void
add_spatial_dropout (LatheTorch *torch, const LatheProgramNode *node)
{
  add_dropout_of (torch, node, "nn.Dropout2d");
}

/* --- Shapes --- */

static void
add_input (LatheTorch *torch, const LatheProgramNode *node)
{
  lathe_torch_assign (torch, node, "images.permute(0, 3, 1, 2)");
}

static void
add_flatten (LatheTorch *torch, const LatheProgramNode *node)
{
  g_autofree char *x = channels_last (node->from[0], &node->input[0]);
  g_autofree char *expression = g_strdup_printf ("%s.flatten(1)", x);

  lathe_torch_assign (torch, node, expression);
}

static void
add_reshape (LatheTorch *torch, const LatheProgramNode *node)
{
  const guint *dim = node->output.dim;
  g_autofree char *x = channels_last (node->from[0], &node->input[0]);
  g_autofree char *expression =
      g_strdup_printf ("%s.reshape(-1, %u, %u, %u).permute(0, 3, 1, 2)", x, dim[0], dim[1], dim[2]);

  lathe_torch_assign (torch, node, expression);
}

static void
add_permute (LatheTorch *torch, const LatheProgramNode *node)
{
  static const guint at[] = {2, 3, 1}; /* where PyTorch has height, width and channels */
  guint order[3];
  g_autofree char *expression = NULL;

  lathe_program_order (node, order);
  expression = g_strdup_printf ("%s.permute(0, %u, %u, %u)", node->from[0], at[order[2]], at[order[0]], at[order[1]]);
  lathe_torch_assign (torch, node, expression);
}

static void
add_rescale (LatheTorch *torch, const LatheProgramNode *node)
{
  double offset = lathe_program_value (node, "offset");
  g_autofree char *scale = lathe_program_number (lathe_program_value (node, "scale"));
  g_autofree char *far = lathe_program_number (ABS (offset));
  g_autofree char *expression =
      offset == 0 ? g_strdup_printf ("%s * %s", node->from[0], scale)
                  : g_strdup_printf ("%s * %s %c %s", node->from[0], scale, offset < 0 ? '-' : '+', far);

  lathe_torch_assign (torch, node, expression);
}

/* --- Branches --- */

static void
add_add (LatheTorch *torch, const LatheProgramNode *node)
{
  GString *sum = g_string_new (node->from[0]);

  for (guint i = 1; i < node->n_inputs; i++)
    g_string_append_printf (sum, " + %s", node->from[i]);
  lathe_torch_assign (torch, node, sum->str);
  g_string_free (sum, TRUE);
}

/* One number a channel comes as a vector, or as an image of one pixel. */
static void
add_multiply (LatheTorch *torch, const LatheProgramNode *node)
{
  gboolean gate = node->input[0].rank == IMAGE && node->input[1].rank != IMAGE;
  g_autofree char *expression =
      gate ? g_strdup_printf ("%s * %s.reshape(-1, %u, 1, 1)", node->from[0], node->from[1], channels (&node->output))
           : g_strdup_printf ("%s * %s", node->from[0], node->from[1]);

  lathe_torch_assign (torch, node, expression);
}

static void
add_concatenate (LatheTorch *torch, const LatheProgramNode *node)
{
  GString *list = g_string_new (node->from[0]);
  g_autofree char *expression = NULL;

  for (guint i = 1; i < node->n_inputs; i++)
    g_string_append_printf (list, ", %s", node->from[i]);
  expression = g_strdup_printf ("torch.cat([%s], dim=%u)", list->str, channel_dimension (&node->output));
  lathe_torch_assign (torch, node, expression);
  g_string_free (list, TRUE);
}

/* --- Which it is --- */

typedef struct
{
  const char *kind;
  void (*add) (LatheTorch *torch, const LatheProgramNode *node);
} Row;

static const Row rows[] = {
    {"input", add_input},
    {"conv2d", lathe_torch_add_conv2d},
    {"transposed-conv2d", lathe_torch_add_transposed_conv2d},
    {"max-pool", lathe_torch_add_max_pool},
    {"average-pool", lathe_torch_add_average_pool},
    {"global-average-pool", add_global_average_pool},
    {"global-max-pool", add_global_max_pool},
    {"up-sampling", add_up_sampling},
    {"dense", add_dense},
    {"embedding", add_embedding},
    {"prelu", add_prelu},
    {"batch-norm", add_batch_norm},
    {"layer-norm", add_layer_norm},
    {"group-norm", add_group_norm},
    {"dropout", add_dropout},
    {"spatial-dropout", add_spatial_dropout},
    {"flatten", add_flatten},
    {"reshape", add_reshape},
    {"permute", add_permute},
    {"rescale", add_rescale},
    {"add", add_add},
    {"multiply", add_multiply},
    {"concatenate", add_concatenate},
    {NULL, add_activation},
};

const char *
lathe_torch_obstacle (const LatheProgramNode *node)
{
  return LATHE_PROGRAM_ROW (rows, node) != NULL ? NULL : N_ ("is of a kind that has no counterpart in PyTorch");
}

/**
 * lathe_torch_add:
 *
 * Adds a layer that has no obstacle.
 */
void
lathe_torch_add (LatheTorch *torch, const LatheProgramNode *node)
{
  if (node->left_out)
    return;
  LATHE_PROGRAM_ROW (rows, node)->add (torch, node);
  lathe_torch_add_weights (torch, node);
}
