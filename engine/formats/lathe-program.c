/* lathe-program.c: the layers of a network as a program sees them: with identifiers, variables and shapes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-program.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/lathe-error.h"
#include "model/lathe-loss.h"

#define MAX_NAME 40 /* letters of an identifier; what makes it unique comes on top */

/* Words of the language, and what the programs of both frameworks use by its bare name. */
static const char *const words[] = {
    "and",    "as",    "assert",  "async",      "await",   "break",  "case",    "class",   "continue",
    "def",    "del",   "elif",    "else",       "except",  "false",  "finally", "for",     "from",
    "global", "if",    "import",  "in",         "is",      "lambda", "match",   "none",    "nonlocal",
    "not",    "or",    "pass",    "raise",      "return",  "true",   "try",     "type",    "while",
    "with",   "yield", "dict",    "float",      "getattr", "image",  "images",  "int",     "isinstance",
    "json",   "layer", "len",     "list",       "max",     "min",    "model",   "network", "np",
    "open",   "path",  "predict", "preprocess", "range",   "self",   "set",     "sum",     "super",
    "tuple",  "views", "weight",  "x",          "zip",     "math",   "read_*",  "load_*",  NULL,
};

/* --- Identifiers --- */

static gboolean
is_reserved (const char *const *patterns, const char *name)
{
  for (guint i = 0; patterns[i] != NULL; i++)
    if (g_pattern_match_simple (patterns[i], name))
      return TRUE;
  return FALSE;
}

/* Lower-case letters a-z, digits and single underscores, none of them at an end; perhaps nothing is left. */
static char *
to_letters (const char *name)
{
  GString *letters = g_string_new (NULL);

  for (const char *c = name; *c != '\0' && letters->len < MAX_NAME; c++)
    if (g_ascii_isalnum (*c))
      g_string_append_c (letters, g_ascii_tolower (*c));
    else if (letters->len > 0 && letters->str[letters->len - 1] != '_')
      g_string_append_c (letters, '_');
  if (letters->len > 0 && letters->str[letters->len - 1] == '_')
    g_string_truncate (letters, letters->len - 1);
  return g_string_free (letters, FALSE);
}

/**
 * lathe_program_identifier:
 * @fallback: what it is where nothing of the text can be kept
 *
 * Returns: (transfer full): the text as the beginning of an identifier: lower-case letters, digits and underscores
 */
char *
lathe_program_identifier (const char *text, const char *fallback)
{
  g_autofree char *letters = to_letters (text);

  if (*letters == '\0')
    return g_strdup (fallback);
  return g_ascii_isdigit (*letters) ? g_strconcat (fallback, "_", letters, NULL) : g_steal_pointer (&letters);
}

/* “conv2d-1” becomes conv2d_1; what says nothing in these letters is called by its kind. */
static char *
to_identifier (const LatheNode *node, const char *const *reserved)
{
  g_autofree char *letters = to_letters (node->name);

  if (*letters == '\0')
    {
      g_free (letters);
      letters = to_letters (node->kind->name);
    }
  if (g_ascii_isdigit (*letters))
    return g_strconcat ("layer_", letters, NULL);
  if (is_reserved (words, letters) || is_reserved (reserved, letters))
    return g_strconcat (letters, "_layer", NULL);
  return g_steal_pointer (&letters);
}

static char *
make_unique (GHashTable *taken, const char *name)
{
  g_autofree char *unique = g_strdup (name);

  for (guint i = 2; g_hash_table_contains (taken, unique); i++)
    {
      g_free (unique);
      unique = g_strdup_printf ("%s_%u", name, i);
    }
  g_hash_table_add (taken, g_strdup (unique));
  return g_steal_pointer (&unique);
}

static void
name_layers (LatheProgram *program, const char *const *reserved)
{
  g_autoptr (GHashTable) taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < program->n_nodes; i++)
    {
      g_autofree char *name = to_identifier (program->nodes[i].node, reserved);

      program->nodes[i].name = make_unique (taken, name);
    }
}

/* --- Variables --- */

static LatheProgramNode *
find (LatheProgram *program, const LatheNode *node)
{
  for (guint i = 0; i < program->n_nodes; i++)
    if (program->nodes[i].node == node)
      return &program->nodes[i];
  g_assert_not_reached ();
}

/* Whether all that reads a layer's output is the very next one. */
static gboolean
feeds_the_next_alone (const LatheProgram *program, guint index)
{
  gboolean next = FALSE;

  for (guint i = index + 1; i < program->n_nodes; i++)
    for (guint j = 0; j < program->nodes[i].node->inputs->len; j++)
      {
        if (program->nodes[i].node->inputs->pdata[j] != program->nodes[index].node)
          continue;
        if (i > index + 1)
          return FALSE;
        next = TRUE;
      }
  return next || index == program->n_nodes - 1;
}

/* What flows straight on is x, as people write it; what is needed again has its layer's name. */
static void
name_variables (LatheProgram *program, const char *input)
{
  for (guint i = 0; i < program->n_nodes; i++)
    {
      LatheProgramNode *node = &program->nodes[i];

      node->n_inputs = node->node->inputs->len;
      for (guint j = 0; j < node->n_inputs; j++)
        {
          const LatheProgramNode *from = find (program, node->node->inputs->pdata[j]);

          node->from[j] = from->variable;
          node->input[j] = from->output;
        }
      if (node->left_out)
        node->variable = node->from[0];
      else if (node->n_inputs == 0 && input != NULL)
        node->variable = input;
      else
        node->variable = feeds_the_next_alone (program, i) ? "x" : node->name;
      program->result = node->variable;
    }
}

/* --- The program --- */

/* The last layer's activation, where it turns logits into probabilities: see lathe_loss_link(). */
static void
find_link (LatheProgram *program, gboolean logits)
{
  LatheProgramNode *last = &program->nodes[program->n_nodes - 1];
  LatheActivation link;
  gboolean own, is_link;

  program->shape = last->output;
  program->n_units = (guint) lathe_shape_size (&last->output);
  link = lathe_loss_link (program->n_units);
  own = lathe_program_activation (last) == link;
  is_link = g_str_equal (last->node->kind->name, lathe_activation_names[link]);
  program->linked = (own || is_link) && !logits && last->output.rank == 1;
  last->linear = own && !program->linked;
  last->left_out = is_link && !program->linked;
}

/**
 * lathe_program_new:
 * @export: must outlive the program
 * @input: (nullable): what the network's input is called; NULL: as any layer's output
 * @logits: the last layer's softmax or sigmoid is left out, as it is anyway where its output is no vector
 */
LatheProgram *
lathe_program_new (const LatheExport *export, const char *const *reserved, const char *input, gboolean logits)
{
  LatheProgram *program = g_new0 (LatheProgram, 1);

  program->export = export;
  program->report = lathe_graph_check (export->graph);
  program->n_nodes = program->report->n_nodes;
  program->nodes = g_new0 (LatheProgramNode, program->n_nodes);
  for (guint i = 0; i < program->n_nodes; i++)
    {
      LatheProgramNode *node = &program->nodes[i];
      const LatheNodeReport *report = &program->report->nodes[program->report->order[i]];

      node->node = lathe_graph_get_node (export->graph, program->report->order[i]);
      node->output = report->output;
      if (node->node->kind->parameters != NULL)
        node->n_parameters = node->node->kind->parameters (&node->node->properties, &report->input, node->parameter);
    }
  find_link (program, logits);
  name_layers (program, reserved);
  name_variables (program, input);
  return program;
}

void
lathe_program_free (LatheProgram *program)
{
  for (guint i = 0; i < program->n_nodes; i++)
    g_free (program->nodes[i].name);
  g_free (program->nodes);
  lathe_graph_report_free (program->report);
  g_free (program);
}

/**
 * lathe_program_refuse:
 * @why: what the layer does that cannot be, to follow its name; untranslated
 * @program: what it cannot be a part of
 *
 * Returns: NULL, with LATHE_ERROR_UNSUPPORTED
 */
gpointer
lathe_program_refuse (const LatheProgramNode *node, const char *why, const char *program, GError **error)
{
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
               _ ("Layer “%s” %s: the network cannot be exported as a %s; change the layer, or take another format"),
               node->node->name, _ (why), program);
  return NULL;
}

/* --- What layers are like --- */

/**
 * lathe_program_value:
 *
 * Returns: the property's value, which the kind must have
 */
double
lathe_program_value (const LatheProgramNode *node, const char *property)
{
  int index = lathe_layer_kind_property (node->node->kind, property);

  g_assert (index >= 0);
  return node->node->properties.value[index];
}

guint
lathe_program_count (const LatheProgramNode *node, const char *property)
{
  return (guint) lathe_program_value (node, property);
}

/**
 * lathe_program_activation:
 *
 * Returns: the activation that is a property of the layer, unless it has none or it is left out
 */
LatheActivation
lathe_program_activation (const LatheProgramNode *node)
{
  int index = lathe_layer_kind_property (node->node->kind, "activation");

  return index < 0 || node->linear ? LATHE_ACTIVATION_NONE : (LatheActivation) node->node->properties.value[index];
}

/**
 * lathe_program_kind_activation:
 *
 * Returns: the activation that the kind of layer is, or none
 */
LatheActivation
lathe_program_kind_activation (const LatheLayerKind *kind)
{
  for (guint i = 0; i < LATHE_N_ACTIVATIONS; i++)
    if (kind == &lathe_activations[i].kind)
      return (LatheActivation) i;
  return LATHE_ACTIVATION_NONE;
}

/**
 * lathe_program_row:
 * @rows: a table of what is written for which kind of layer: every row is a struct that begins with the kind's name;
 * the last one begins with NULL, and is that of all activations
 * @size: of a row, in bytes
 *
 * Returns: (transfer none) (nullable): the row of the kind; NULL: it has none
 */
gconstpointer
lathe_program_row (gconstpointer rows, gsize size, const LatheLayerKind *kind)
{
  gconstpointer row = rows;
  const char *name;

  while ((name = *(const char *const *) row) != NULL && !g_str_equal (name, kind->name))
    row = (const guint8 *) row + size;
  return name != NULL || lathe_program_kind_activation (kind) != LATHE_ACTIVATION_NONE ? row : NULL;
}

/**
 * lathe_program_usual_parameter:
 *
 * Returns: what an activation that is a property has for its own one; 0 where it has none
 */
double
lathe_program_usual_parameter (LatheActivation activation)
{
  const LatheLayerKind *kind = &lathe_activations[activation].kind;

  return kind->n_properties > 0 ? kind->properties[0].fallback : 0;
}

/**
 * lathe_program_order:
 * @order: (out): of a permute layer, which of height, width and channels each dimension of the output is
 */
void
lathe_program_order (const LatheProgramNode *node, guint order[3])
{
  static const char *const sides[] = {"height", "width", "channels", NULL};
  const LatheProperty *property = &node->node->kind->properties[0];
  g_auto (GStrv) names = g_strsplit (property->choices[lathe_program_count (node, property->name)], "-", 3);

  for (guint i = 0; i < 3; i++)
    for (guint side = 0; sides[side] != NULL; side++)
      if (g_str_equal (names[i], sides[side]))
        order[i] = side;
}

/**
 * lathe_program_axis:
 * @window: what the window's properties begin with: “kernel” or “pool”
 *
 * Returns: one side of a convolution or pooling
 */
LatheAxis
lathe_program_axis (const LatheProgramNode *node, gboolean vertical, const char *window)
{
  const char *side = vertical ? "height" : "width";
  g_autofree char *kernel = g_strdup_printf ("%s-%s", window, side), *stride = g_strconcat ("stride-", side, NULL);
  g_autofree char *dilation = g_strconcat ("dilation-", side, NULL);
  LatheAxis axis = {
      .in = node->input[0].dim[vertical ? 0 : 1],
      .kernel = lathe_program_count (node, kernel),
      .stride = lathe_program_count (node, stride),
      .dilation = 1,
  };

  if (lathe_layer_kind_property (node->node->kind, dilation) >= 0)
    axis.dilation = lathe_program_count (node, dilation);
  return lathe_axis_pad (axis, (LathePadding) lathe_program_value (node, "padding"),
                         lathe_program_count (node, vertical ? "padding-top" : "padding-left"),
                         lathe_program_count (node, vertical ? "padding-bottom" : "padding-right"));
}

/**
 * lathe_program_cut:
 *
 * Returns: what a transposed convolution keeps of one side
 */
LatheProgramCut
lathe_program_cut (const LatheProgramNode *node, gboolean vertical)
{
  LatheAxis axis = lathe_program_axis (node, vertical, "kernel");
  LatheProgramCut cut = {.kept = node->output.dim[vertical ? 0 : 1]};

  axis.out = axis.in;
  cut.covered = lathe_axis_reach (&axis);
  if (lathe_program_value (node, "padding") == LATHE_PADDING_SAME)
    cut.before = cut.covered > cut.kept ? (cut.covered - cut.kept) / 2 : 0;
  else if (lathe_program_value (node, "padding") == LATHE_PADDING_EXPLICIT)
    cut.before = lathe_program_count (node, vertical ? "padding-top" : "padding-left");
  return cut;
}

/**
 * lathe_program_is_depthwise:
 *
 * Returns: whether each filter of a convolution sees one channel alone
 */
gboolean
lathe_program_is_depthwise (const LatheProgramNode *node)
{
  guint groups = lathe_program_count (node, "groups");

  return groups > 1 && groups == node->input[0].dim[2];
}

/**
 * lathe_program_fans_agree:
 * @fan_in, @fan_out: as the framework would count them
 *
 * Returns: whether the framework's initialiser of that name draws as Lathe's does
 */
gboolean
lathe_program_fans_agree (const LatheParameter *parameter, gsize fan_in, gsize fan_out)
{
  switch (parameter->initialiser)
    {
    case LATHE_INITIALISER_GLOROT_UNIFORM:
    case LATHE_INITIALISER_GLOROT_NORMAL:
      return parameter->fan_in + parameter->fan_out == fan_in + fan_out;
    case LATHE_INITIALISER_HE_UNIFORM:
    case LATHE_INITIALISER_HE_NORMAL:
    case LATHE_INITIALISER_LECUN_UNIFORM:
    case LATHE_INITIALISER_LECUN_NORMAL:
      return parameter->fan_in == fan_in;
    default:
      return TRUE;
    }
}

/**
 * lathe_program_spread:
 *
 * Returns: of an initialiser by fans, the limit of the uniform one, or the standard deviation that the normal one has
 * before its tails are cut off at two of them: see lathe-initialiser.c
 */
double
lathe_program_spread (const LatheParameter *parameter)
{
  static const double cut = 0.879625661034239; /* the deviation of what is left of one, as a share of it */
  double in = (double) parameter->fan_in, out = (double) parameter->fan_out;

  switch (parameter->initialiser)
    {
    case LATHE_INITIALISER_GLOROT_UNIFORM:
      return sqrt (6 / (in + out));
    case LATHE_INITIALISER_GLOROT_NORMAL:
      return sqrt (2 / (in + out)) / cut;
    case LATHE_INITIALISER_HE_UNIFORM:
      return sqrt (6 / in);
    case LATHE_INITIALISER_HE_NORMAL:
      return sqrt (2 / in) / cut;
    case LATHE_INITIALISER_LECUN_UNIFORM:
      return sqrt (3 / in);
    case LATHE_INITIALISER_LECUN_NORMAL:
      return sqrt (1 / in) / cut;
    default:
      return parameter->scale;
    }
}
