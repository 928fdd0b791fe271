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

#include "lathe-formula-text.h"
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

/* “x: 784, W: 784×64, b: 64, y: 64”. (transfer full) */
static char *
describe_sizes (const LatheGraph *graph, const LatheGraphReport *report, guint index, const LatheParameter *parameters,
                guint n_parameters)
{
  const LatheNode *node = lathe_graph_get_node (graph, index);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < node->inputs->len; i++)
    {
      const LatheNode *from = node->inputs->pdata[i];

      append_size (text, "x", node->inputs->len > 1 ? subscripts[i] : "", &report->nodes[from->index].output);
    }
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

  append_formula (text, _ (node->kind->gradient), bias);
  if (title != NULL)
    g_string_append_printf (text, "\nδ = ∂L/∂z = ∂L/∂y·%s′(z)", title);
  else
    g_string_append (text, "\nδ = ∂L/∂y");
}

static gboolean
has_bias (const LatheNode *node)
{
  int property = lathe_layer_kind_property (node->kind, "bias");

  return property >= 0 && node->properties.value[property] != 0;
}

static char *
write_sizes (const LatheGraph *graph, const LatheGraphReport *report, guint node)
{
  const LatheNode *layer = lathe_graph_get_node (graph, node);
  LatheParameter parameters[LATHE_MAX_PARAMETERS];
  guint n_parameters = 0;

  if (report->nodes[node].output.rank == 0)
    return NULL;
  if (layer->kind->parameters != NULL)
    n_parameters = layer->kind->parameters (&layer->properties, &report->nodes[node].input, parameters);
  return describe_sizes (graph, report, node, parameters, n_parameters);
}

/**
 * lathe_formula_new:
 * @node: its index
 *
 * Writes down what a layer computes from its inputs x and its parameters, and the gradients of the loss L on the way
 * back; lines of plain text. Sizes are those of one sample; they are NULL where they are not known, as the layer or one
 * before it is broken.
 *
 * Returns: (transfer full)
 */
LatheFormula *
lathe_formula_new (const LatheGraph *graph, const LatheGraphReport *report, guint node)
{
  const LatheNode *layer = lathe_graph_get_node (graph, node);
  LatheFormula *formula = g_new0 (LatheFormula, 1);
  GString *forward = g_string_new (NULL), *backward = g_string_new (NULL);
  gboolean bias = has_bias (layer);

  append_formula (forward, _ (layer->kind->formula), bias);
  append_activation (forward, layer);
  formula->forward = g_string_free (forward, FALSE);
  formula->sizes = write_sizes (graph, report, node);
  if (layer->kind->gradient != NULL)
    append_gradient (backward, layer, bias);
  formula->backward = g_string_free (backward, layer->kind->gradient == NULL);
  return formula;
}

void
lathe_formula_free (LatheFormula *formula)
{
  g_free (formula->forward);
  g_free (formula->sizes);
  g_free (formula->backward);
  g_free (formula);
}

/**
 * lathe_graph_formula:
 * @node: its index
 *
 * Returns: (transfer full): a layer's LatheFormula as one text: “z = x·W + b\ny = ReLU(z), …\nx: 784, W: 784×64, b: 64,
 * y: 64\n∂L/∂W = xᵀ·δ, …”
 */
char *
lathe_graph_formula (const LatheGraph *graph, const LatheGraphReport *report, guint node)
{
  g_autoptr (LatheFormula) formula = lathe_formula_new (graph, report, node);
  const char *parts[] = {formula->forward, formula->sizes, formula->backward};
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (parts[i] != NULL)
      g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", parts[i]);
  return g_string_free (text, FALSE);
}

/**
 * lathe_graph_formula_latex:
 * @node: its index
 *
 * Returns: (transfer full): a layer's equations, those of the way back too, as lathe_formula_to_latex() has them
 */
char *
lathe_graph_formula_latex (const LatheGraph *graph, const LatheGraphReport *report, guint node)
{
  g_autoptr (LatheFormula) formula = lathe_formula_new (graph, report, node);
  g_autofree char *text = g_strjoin ("\n", formula->forward, formula->backward, NULL);

  return lathe_formula_to_latex (text);
}
