/* lathe-formula.c: what a layer computes, written down with its sizes.
 *
 * The formulas are those of the table of layers; here come the sizes, the activation that is a property, and the names
 * of parameters in formulas.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-formula.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "layers/lathe-activation.h"

static const char *const subscripts[LATHE_MAX_INPUTS] = {"₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈"};

static const char *
symbol_of (const LatheParameter *parameter)
{
  static const char *const symbols[][2] = {
      {"weight", "W"}, {"bias", "b"}, {"gamma", "γ"}, {"beta", "β"}, {"running-mean", "μ"}, {"running-variance", "σ²"},
      {"slope", "a"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (symbols); i++)
    if (g_str_equal (symbols[i][0], parameter->name))
      return symbols[i][1];
  return parameter->name;
}

/* What is in square brackets belongs to a bias. */
static void
append_formula (GString *text, const char *formula, gboolean bias)
{
  gboolean inside = FALSE;

  for (const char *c = formula; *c != '\0'; c++)
    if (*c == '[' || *c == ']')
      inside = *c == '[';
    else if (!inside || bias)
      g_string_append_c (text, *c);
}

static void
append_size (GString *text, const char *symbol, const char *subscript, const LatheShape *shape)
{
  g_autofree char *size = lathe_shape_to_string (shape);

  g_string_append_printf (text, "%s%s%s: %s", text->len > 0 ? ", " : "", symbol, subscript, size);
}

static const LatheShape *
output_of (const LatheGraph *graph, const LatheGraphReport *report, const LatheNode *node)
{
  guint i = 0;

  while (lathe_graph_get_node (graph, i) != node)
    i++;
  return &report->nodes[i].output;
}

/* “x: 784, W: 784×64, b: 64, y: 64”. (transfer full) */
static char *
describe_sizes (const LatheGraph *graph, const LatheGraphReport *report, guint index, const LatheParameter *parameters,
                guint n_parameters)
{
  const LatheNode *node = lathe_graph_get_node (graph, index);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < node->inputs->len; i++)
    append_size (text, "x", node->inputs->len > 1 ? subscripts[i] : "",
                 output_of (graph, report, node->inputs->pdata[i]));
  for (guint i = 0; i < n_parameters; i++)
    append_size (text, symbol_of (&parameters[i]), "", &parameters[i].shape);
  append_size (text, "y", "", &report->nodes[index].output);
  return g_string_free (text, FALSE);
}

static LatheActivation
activation_of (const LatheNode *node)
{
  int property = lathe_layer_kind_property (node->kind, "activation");

  return property < 0 ? LATHE_ACTIVATION_NONE : (LatheActivation) node->properties.value[property];
}

/* “y = ReLU(z), ReLU(x) = max(0, x)”; without an activation z is y. */
static void
append_activation (GString *text, const LatheNode *node)
{
  LatheActivation activation = activation_of (node);
  const char *title = lathe_activation_title (activation), *formula = lathe_activations[activation].kind.formula;

  if (title != NULL)
    g_string_append_printf (text, "\ny = %s(z), %s(x) = %s", title, title, strstr (_ (formula), "= ") + 2);
  else if (lathe_layer_kind_property (node->kind, "activation") >= 0)
    g_string_append (text, "\ny = z");
}

static void
append_gradient (GString *text, const LatheNode *node, gboolean bias)
{
  const char *title = lathe_activation_title (activation_of (node));

  if (node->kind->gradient == NULL)
    return;
  g_string_append_c (text, '\n');
  append_formula (text, _ (node->kind->gradient), bias);
  if (title != NULL)
    g_string_append_printf (text, "\nδ = ∂L/∂z = ∂L/∂y·%s′(z)", title);
  else
    g_string_append (text, "\nδ = ∂L/∂y");
}

/**
 * lathe_graph_formula:
 * @node: its index
 *
 * Writes down what a layer computes from its inputs x and its parameters, and the gradients of the loss L on the way
 * back; lines of plain text. Sizes are those of one sample; where they are not known, as the layer or one before it is
 * broken, they are left out.
 *
 * Returns: (transfer full): “z = x·W + b\ny = ReLU(z), …\nx: 784, W: 784×64, b: 64, y: 64\n∂L/∂W = xᵀ·δ, …”
 */
char *
lathe_graph_formula (const LatheGraph *graph, const LatheGraphReport *report, guint node)
{
  const LatheNode *layer = lathe_graph_get_node (graph, node);
  const LatheNodeReport *own = &report->nodes[node];
  LatheParameter parameters[LATHE_MAX_PARAMETERS];
  guint n_parameters = 0;
  GString *text = g_string_new (NULL);
  int property = lathe_layer_kind_property (layer->kind, "bias");
  gboolean bias = property >= 0 && layer->properties.value[property] != 0;

  append_formula (text, _ (layer->kind->formula), bias);
  append_activation (text, layer);
  if (own->output.rank > 0)
    {
      g_autofree char *sizes = NULL;

      if (layer->kind->parameters != NULL)
        n_parameters = layer->kind->parameters (&layer->properties, &own->input, parameters);
      sizes = describe_sizes (graph, report, node, parameters, n_parameters);
      g_string_append_printf (text, "\n%s", sizes);
    }
  append_gradient (text, layer, bias);
  return g_string_free (text, FALSE);
}
