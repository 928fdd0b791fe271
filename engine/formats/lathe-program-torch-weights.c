/* lathe-program-torch-weights.c: how the weights of a layer begin in PyTorch, whether they learn, and what keeps them
 * small.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-program-torch.h"

static gboolean
is_transposed (const LatheProgramNode *node)
{
  return g_str_equal (node->node->kind->name, "transposed-conv2d");
}

/* An embedding's weights lie in PyTorch as in Lathe; those of all others with their outputs first. */
static gboolean
is_table (const LatheProgramNode *node)
{
  return g_str_equal (node->node->kind->name, "embedding");
}

/* --- How they begin --- */

/* PyTorch's initialisers count inputs and outputs by the first two dimensions of a weight. */
static gboolean
fans_agree (const LatheProgramNode *node)
{
  const LatheParameter *weight = &node->parameter[0];
  gsize window = 1, in, out = weight->shape.dim[weight->shape.rank - 1];

  for (guint i = 0; i + 2 < weight->shape.rank; i++)
    window *= weight->shape.dim[i];
  in = weight->shape.dim[weight->shape.rank - 2];
  if (is_transposed (node))
    {
      guint groups = lathe_program_count (node, "groups");

      return lathe_program_fans_agree (weight, window * (out / groups), window * in * groups);
    }
  if (is_table (node))
    return lathe_program_fans_agree (weight, out, in);
  return lathe_program_fans_agree (weight, window * in, window * out);
}

static const char *
uniform_by_name (LatheInitialiser initialiser, const char **after)
{
  *after = initialiser == LATHE_INITIALISER_HE_UNIFORM      ? ", nonlinearity=\"relu\")"
           : initialiser == LATHE_INITIALISER_LECUN_UNIFORM ? ", nonlinearity=\"linear\")"
                                                            : ")";
  return initialiser == LATHE_INITIALISER_GLOROT_UNIFORM ? "nn.init.xavier_uniform_(" : "nn.init.kaiming_uniform_(";
}

static void
begin_spread (LatheTorch *torch, const LatheProgramNode *node, const char *weight)
{
  const LatheParameter *parameter = &node->parameter[0];
  g_autofree char *spread = lathe_program_float ((float) lathe_program_spread (parameter)), *after = NULL;
  g_autofree char *cut = lathe_program_float ((float) (2 * lathe_program_spread (parameter)));
  const char *named;

  switch (parameter->initialiser)
    {
    case LATHE_INITIALISER_GLOROT_UNIFORM:
    case LATHE_INITIALISER_HE_UNIFORM:
    case LATHE_INITIALISER_LECUN_UNIFORM:
      if (fans_agree (node))
        {
          const char *before = uniform_by_name (parameter->initialiser, &named);

          lathe_program_loops_add (torch->begin, before, weight, named);
          return;
        }
      G_GNUC_FALLTHROUGH;
    case LATHE_INITIALISER_UNIFORM:
      after = g_strdup_printf (", -%s, %s)", spread, spread);
      lathe_program_loops_add (torch->begin, "nn.init.uniform_(", weight, after);
      return;
    default:
      after = g_strdup_printf (", std=%s, a=-%s, b=%s)", spread, cut, cut);
      lathe_program_loops_add (torch->begin, "nn.init.trunc_normal_(", weight, after);
    }
}

static void
begin_orthogonal (LatheTorch *torch, const LatheProgramNode *node, const char *weight)
{
  const LatheParameter *parameter = &node->parameter[0];
  g_autofree char *gain = lathe_program_number (parameter->scale);
  g_autofree char *after = parameter->scale != 1 ? g_strdup_printf (", gain=%s)", gain) : g_strdup (")");

  if (parameter->initialiser == LATHE_INITIALISER_WHITENING)
    torch->needs |= LATHE_TORCH_WHITENING;
  lathe_program_loops_add (torch->begin, "nn.init.orthogonal_(", weight, after);
}

static void
begin_identity (LatheTorch *torch, const LatheProgramNode *node, const char *weight)
{
  gboolean has_groups = lathe_layer_kind_property (node->node->kind, "groups") >= 0;
  guint groups = has_groups ? lathe_program_count (node, "groups") : 1;
  const char *table = is_table (node) ? ".T" : "";
  gsize in = node->parameter[0].fan_in;
  g_autofree char *after = is_transposed (node) ? g_strdup_printf (", %zu, groups=%u, transposed=True)", in, groups)
                           : groups > 1         ? g_strdup_printf ("%s, %zu, groups=%u)", table, in, groups)
                                                : g_strdup_printf ("%s, %zu)", table, in);

  torch->needs |= LATHE_TORCH_IDENTITY;
  lathe_program_loops_add (torch->begin, "identity_(", weight, after);
}

static void
begin_weight (LatheTorch *torch, const LatheProgramNode *node, const char *weight)
{
  const LatheParameter *parameter = &node->parameter[0];
  g_autofree char *after = NULL, *number = lathe_program_number (parameter->scale);

  switch (parameter->initialiser)
    {
    case LATHE_INITIALISER_CONSTANT:
      after = g_strdup_printf (", %s)", number);
      lathe_program_loops_add (torch->begin, "nn.init.constant_(", weight, after);
      return;
    case LATHE_INITIALISER_IDENTITY:
      begin_identity (torch, node, weight);
      return;
    case LATHE_INITIALISER_WHITENING:
    case LATHE_INITIALISER_ORTHOGONAL:
      begin_orthogonal (torch, node, weight);
      return;
    default:
      begin_spread (torch, node, weight);
    }
}

/* Norms and PReLU begin as they do in Lathe by themselves. */
static gboolean
begins_otherwise (const LatheProgramNode *node)
{
  return lathe_layer_kind_property (node->node->kind, "initialiser") >= 0;
}

/* --- Whether they learn --- */

static void
freeze (LatheTorch *torch, const LatheProgramNode *node)
{
  g_autofree char *layer = g_strconcat ("self.", node->name, NULL);
  g_autofree char *weight = g_strconcat (layer, ".weight", NULL);
  guint n_frozen = 0, n = 0;

  for (guint i = 0; i < node->n_parameters; i++)
    {
      n += !node->parameter[i].state;
      n_frozen += node->parameter[i].frozen && !node->parameter[i].state;
    }
  if (n_frozen == 0)
    return;
  lathe_program_loops_add (torch->frozen, "", n_frozen == n ? layer : weight, ".requires_grad_(False)");
  if (n_frozen == n && g_str_equal (node->node->kind->name, "batch-norm"))
    lathe_program_loops_add (torch->still, "", layer, ".eval()");
}

/* --- What keeps them small --- */

static void
add_penalty (LatheTorch *torch, const LatheParameter *parameter, const char *weight)
{
  g_autofree char *l1 = lathe_program_number (parameter->l1), *l2 = lathe_program_number (parameter->l2);
  g_autofree char *before1 = g_strdup_printf ("total = total + %s * ", l1);
  g_autofree char *before2 = g_strdup_printf ("total = total + %s * ", l2);

  if (parameter->l1 > 0)
    lathe_program_loops_add (torch->penalty, before1, weight, ".abs().sum()");
  if (parameter->l2 > 0)
    lathe_program_loops_add (torch->penalty, before2, weight, ".square().sum()");
}

/* Over all but the dimension that counts the outputs. */
static void
add_bound (LatheTorch *torch, const LatheProgramNode *node, const char *weight)
{
  const LatheParameter *parameter = &node->parameter[0];
  g_autofree char *most = lathe_program_number (parameter->max_norm), *after = NULL;

  if (parameter->max_norm == 0)
    return;
  torch->needs |= LATHE_TORCH_LIMIT_NORM;
  if (is_transposed (node))
    after = g_strdup_printf (".unflatten(0, (%u, -1)), %s, (1, 3, 4))", lathe_program_count (node, "groups"), most);
  else
    after = g_strdup_printf (", %s, %s)", most, is_table (node) ? "0" : parameter->shape.rank == 4 ? "(1, 2, 3)" : "1");
  lathe_program_loops_add (torch->bound, "limit_norm_(", weight, after);
}

/**
 * lathe_torch_add_weights:
 *
 * What is not trained is neither penalised nor bounded.
 */
void
lathe_torch_add_weights (LatheTorch *torch, const LatheProgramNode *node)
{
  g_autofree char *weight = g_strdup_printf ("self.%s.weight", node->name);
  g_autofree char *bias = g_strdup_printf ("self.%s.bias", node->name);

  if (node->n_parameters == 0)
    return;
  if (begins_otherwise (node))
    {
      begin_weight (torch, node, weight);
      if (node->n_parameters > 1)
        lathe_program_loops_add (torch->begin, "nn.init.zeros_(", bias, ")");
    }
  freeze (torch, node);
  for (guint i = 0; i < MIN (node->n_parameters, 2); i++)
    if (lathe_parameter_is_trained (&node->parameter[i]))
      add_penalty (torch, &node->parameter[i], i == 0 ? weight : bias);
  if (lathe_parameter_is_trained (&node->parameter[0]))
    add_bound (torch, node, weight);
}
