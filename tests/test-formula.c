/* test-formula.c: formulas as text, in LaTeX, and in words.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "wb-formula-words.h"

/* The input of 28×28×1, and a convolution of four 3×3 filters with a ReLU. */
static LatheGraph *
make_graph (void)
{
  LatheGraph *graph = lathe_graph_new ();
  LatheNode *input = lathe_graph_add (graph, lathe_layer_kind_find ("input"), NULL);
  LatheNode *layer = lathe_graph_add (graph, lathe_layer_kind_find ("conv2d"), NULL);

  lathe_graph_connect (graph, input, layer);
  lathe_graph_set (graph, input, "height", 28, NULL);
  lathe_graph_set (graph, input, "width", 28, NULL);
  lathe_graph_set (graph, input, "channels", 1, NULL);
  lathe_graph_set (graph, layer, "filters", 4, NULL);
  lathe_graph_set (graph, layer, "activation", 1, NULL);
  return graph;
}

static void
test_parts_make_up_the_text (void)
{
  g_autoptr (LatheGraph) graph = make_graph ();
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  g_autoptr (LatheFormula) formula = lathe_formula_new (graph, report, 1);
  g_autofree char *text = lathe_graph_formula (graph, report, 1);

  g_assert_cmpstr (formula->forward, ==, "z = x ∗ W + b\ny = ReLU(z), ReLU(x) = max(0, x)");
  g_assert_cmpstr (formula->sizes, ==, "x: 28×28×1, W: 3×3×1×4, b: 4, y: 26×26×4");
  g_assert_cmpstr (formula->backward, ==, "∂L/∂W = x ∗ δ, ∂L/∂b = Σ δ, ∂L/∂x = δ ∗ᵀ W\nδ = ∂L/∂z = ∂L/∂y·ReLU′(z)");
  g_assert_true (g_str_has_prefix (text, formula->forward));
  g_assert_true (g_str_has_suffix (text, formula->backward));
  g_assert_nonnull (strstr (text, formula->sizes));
}

static void
test_sizes_of_a_broken_layer_are_left_out (void)
{
  g_autoptr (LatheGraph) graph = make_graph ();
  g_autoptr (LatheGraphReport) report = NULL;
  g_autoptr (LatheFormula) formula = NULL;
  g_autoptr (LatheFormula) of_input = NULL;

  lathe_graph_set (graph, lathe_graph_get_node (graph, 1), "kernel-height", 63, NULL);
  report = lathe_graph_check (graph);
  formula = lathe_formula_new (graph, report, 1);
  of_input = lathe_formula_new (graph, report, 0);
  g_assert_null (formula->sizes);
  g_assert_nonnull (formula->backward);
  g_assert_null (of_input->backward);
}

static void
test_tokens_are_variables_words_and_signs (void)
{
  static const struct
  {
    LatheFormulaPart part;
    const char *text;
  } expected[] = {
      {LATHE_FORMULA_VARIABLE, "x̂"}, {LATHE_FORMULA_LOWERED, "ᵢ"},  {LATHE_FORMULA_WORD, "’s"},
      {LATHE_FORMULA_SIGN, " "},     {LATHE_FORMULA_WORD, "ReLU6"}, {LATHE_FORMULA_RAISED, "′"},
      {LATHE_FORMULA_SIGN, "("},     {LATHE_FORMULA_VARIABLE, "e"}, {LATHE_FORMULA_RAISED, "⁻ˣ"},
      {LATHE_FORMULA_SIGN, ")"},     {LATHE_FORMULA_SIGN, "·"},     {LATHE_FORMULA_NUMBER, "0.044715"},
      {LATHE_FORMULA_SIGN, "·"},     {LATHE_FORMULA_VARIABLE, "δ"}, {LATHE_FORMULA_RAISED, "²"},
      {LATHE_FORMULA_WORD, "行"},    {LATHE_FORMULA_END, ""},
  };
  const char *at = "x̂ᵢ’s ReLU6′(e⁻ˣ)·0.044715·δ²行";

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      LatheFormulaToken token = lathe_formula_next (&at);
      g_autofree char *text = g_strndup (token.text, token.length);

      g_assert_cmpstr (text, ==, expected[i].text);
      g_assert_cmpint (token.part, ==, expected[i].part);
    }
}

/* Every formula that there is, cut into tokens and put together again. */
static void
test_tokens_lose_nothing (void)
{
  guint n_kinds;
  const LatheLayerKind *const *kinds = lathe_layer_kinds (&n_kinds);

  for (guint i = 0; i < n_kinds; i++)
    {
      const char *at = kinds[i]->formula;
      g_autoptr (GString) whole = g_string_new (NULL);

      for (LatheFormulaToken token = lathe_formula_next (&at); token.part != LATHE_FORMULA_END;
           token = lathe_formula_next (&at))
        g_string_append_len (whole, token.text, (gssize) token.length);
      g_assert_cmpstr (whole->str, ==, kinds[i]->formula);
    }
}

static void
test_equations_are_split_and_remarks_are_not (void)
{
  g_auto (GStrv) equations = lathe_formula_split ("y = γ·x̂ + β, x̂ = max(0, x), μ and σ² of all; b = 1\nz = 2");
  static const char *const expected[] = {"y = γ·x̂ + β", "x̂ = max(0, x), μ and σ² of all", "b = 1", "z = 2", NULL};

  g_assert_cmpstrv (equations, expected);
}

static void
check_latex (const char *text, const char *expected)
{
  g_autofree char *latex = lathe_formula_to_latex (text);
  g_autofree char *wrapped = g_strdup_printf ("\\begin{aligned}\n%s\n\\end{aligned}", expected);

  g_assert_cmpstr (latex, ==, wrapped);
}

static void
test_latex_is_the_same_formula (void)
{
  check_latex ("z = x ∗ W + b", "z &= x \\ast  W + b");
  check_latex ("∂L/∂xᵢ = δ·Wᵀ", "\\frac{\\partial L}{\\partial x_{i}} &= \\delta \\cdot W^{\\mathsf T}");
  check_latex ("∂L/∂γ = Σ δ", "\\frac{\\partial L}{\\partial \\gamma } &= \\sum  \\delta ");
  check_latex ("x̂ = (x - μ) / √(σ² + ε)", "\\hat{x} &= (x - \\mu ) / \\sqrt{\\sigma ^{2} + \\varepsilon }");
  check_latex ("y = max(0, x), m = 1", "y &= \\max (0, x) \\\\\nm &= 1");
  check_latex ("y = ReLU(z)", "y &= \\operatorname{ReLU}(z)");
  check_latex ("y = x where all is well", "y &= x \\text{ where all is well }");
}

static void
check_words (const char *text, const char *expected)
{
  g_autofree char *words = wb_formula_say (text);

  g_assert_cmpstr (words, ==, expected);
}

static void
test_words_can_be_read_aloud (void)
{
  check_words ("z = x·W + b", "z equals x times W plus b");
  check_words ("∂L/∂W = xᵀ·δ", "the gradient by W equals x transposed times δ");
  check_words ("∂L/∂x = δ ∗ᵀ W", "the gradient by x equals δ convolved, transposed, with W");
  check_words ("y = ReLU(z)\nReLU(x) = max(0, x)", "y equals ReLU of z, ReLU of x, equals max of 0, x");
  check_words ("y = 1 / (1 + e⁻ˣ)", "y equals 1 over bracket 1 plus e to the power of minus x");
  check_words ("x: 28×28×1", "x: 28 by 28 by 1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/formula/parts-make-up-the-text", test_parts_make_up_the_text);
  g_test_add_func ("/formula/sizes-of-a-broken-layer-are-left-out", test_sizes_of_a_broken_layer_are_left_out);
  g_test_add_func ("/formula/tokens-are-variables-words-and-signs", test_tokens_are_variables_words_and_signs);
  g_test_add_func ("/formula/tokens-lose-nothing", test_tokens_lose_nothing);
  g_test_add_func ("/formula/equations-are-split-and-remarks-are-not", test_equations_are_split_and_remarks_are_not);
  g_test_add_func ("/formula/latex-is-the-same-formula", test_latex_is_the_same_formula);
  g_test_add_func ("/formula/words-can-be-read-aloud", test_words_can_be_read_aloud);
  return g_test_run ();
}
