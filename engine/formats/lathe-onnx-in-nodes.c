/* lathe-onnx-in-nodes.c: the nodes of an ONNX graph, one by one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-onnx-in.h"

#include <glib/gi18n-lib.h>

#define MOST_INPUTS 1024  /* of a node */
#define MOST_OF_A_NAME 60 /* letters, in a message */

/* --- What nodes see --- */

static char *
cut_name (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name != NULL ? name : "", -1);

  return g_utf8_substring (valid, 0, MIN (g_utf8_strlen (valid, -1), MOST_OF_A_NAME));
}

/**
 * lathe_onnx_in_refuse:
 *
 * Writes down why the node cannot be taken, once.
 */
void
lathe_onnx_in_refuse (LatheOnnxIn *in, const char *format, ...)
{
  const Onnx__NodeProto *node = in->node;
  gboolean named = node->name != NULL && *node->name != '\0';
  const char *called = in->foreign != NULL ? g_hash_table_lookup (in->foreign->called, node) : node->op_type;
  g_autofree char *reason = NULL, *name = NULL, *what = cut_name (called);
  va_list arguments;

  if (in->refused)
    return;
  in->refused = TRUE;
  va_start (arguments, format);
  reason = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  name = cut_name (named ? node->name : node->n_output > 0 ? node->output[0] : NULL);
  g_ptr_array_add (in->problems, g_strdup_printf (_ ("“%s” (%s): %s"), name, what, reason));
}

/* What a tensor is called here: the views of an image are the image. */
const char *
lathe_onnx_in_name (LatheOnnxIn *in, const char *name)
{
  const char *other = g_hash_table_lookup (in->aliases, name);

  return other != NULL ? other : name;
}

/**
 * lathe_onnx_in_value:
 *
 * Returns: (transfer none) (nullable): the node's own copy of an input that a layer gives
 */
LatheOnnxValue *
lathe_onnx_in_value (LatheOnnxIn *in, guint index)
{
  LatheOnnxValue *value = index < in->inputs->len ? &g_array_index (in->inputs, LatheOnnxValue, index) : NULL;

  return value != NULL && value->kind == LATHE_ONNX_LAYER ? value : NULL;
}

/**
 * lathe_onnx_in_constant:
 *
 * Returns: (transfer none) (nullable): an input that is constant
 */
const LatheOnnxConstant *
lathe_onnx_in_constant (LatheOnnxIn *in, guint index)
{
  LatheOnnxValue *value = index < in->inputs->len ? &g_array_index (in->inputs, LatheOnnxValue, index) : NULL;

  return value != NULL && value->kind == LATHE_ONNX_CONSTANT ? &value->constant : NULL;
}

/**
 * lathe_onnx_in_reader:
 *
 * Returns: (transfer none) (nullable): the one node that reads the tensor; NULL where there are more, or the graph ends
 * in it
 */
const Onnx__NodeProto *
lathe_onnx_in_reader (LatheOnnxIn *in, const char *name)
{
  GPtrArray *readers = g_hash_table_lookup (in->readers, lathe_onnx_in_name (in, name));

  return readers != NULL && readers->len == 1 ? readers->pdata[0] : NULL;
}

gboolean
lathe_onnx_in_is_operator (const Onnx__NodeProto *node, const char *op)
{
  return g_strcmp0 (node->op_type, op) == 0;
}

/* A tensor that nodes may read. */
void
lathe_onnx_in_know (LatheOnnxIn *in, const char *name, const LatheOnnxValue *value)
{
  g_hash_table_insert (in->values, (gpointer) name, g_memdup2 (value, sizeof *value));
}

/**
 * lathe_onnx_in_give:
 *
 * The node's first output is this.
 */
void
lathe_onnx_in_give (LatheOnnxIn *in, const LatheOnnxValue *value)
{
  const char *name = in->node->output[0];
  LatheOnnxValue given = *value;

  if (in->refused)
    return;
  given.sole &= lathe_onnx_in_reader (in, name) != NULL || g_str_equal (name, in->result);
  lathe_onnx_in_know (in, name, &given);
}

/* --- Nodes, one by one --- */

/* Whether the operator can do with half of something: see LatheOnnxHalf. */
static gboolean
takes_half (const Onnx__NodeProto *node, LatheOnnxHalf half)
{
  static const char *const takers[][4] = {
      [LATHE_ONNX_GATE] = {"Mul"},
      [LATHE_ONNX_HARD_GATE] = {"Mul"},
      [LATHE_ONNX_COMPLEMENT] = {"Concat"},
      [LATHE_ONNX_WORDS] = {"Gather", "Cast", "Identity"},
      [LATHE_ONNX_PADDED] = {"Conv", "MaxPool", "AveragePool", "QuantizeLinear"},
      [LATHE_ONNX_BYTES] = {"DequantizeLinear"},
      [LATHE_ONNX_ROW] = {"Gather", "Reshape"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (takers[half]) && takers[half][i] != NULL; i++)
    if (lathe_onnx_in_is_operator (node, takers[half][i]))
      return TRUE;
  return half == LATHE_ONNX_WHOLE;
}

/* Whether a tensor can be read; what was refused before is passed over without a word.
 * @value: (nullable): no node or constant gives it */
static gboolean
check_input (LatheOnnxIn *in, const char *name, const LatheOnnxValue *value)
{
  g_autofree char *shown = cut_name (name);

  if (value == NULL)
    lathe_onnx_in_refuse (in, _ ("it reads “%s”, which nothing gives"), shown);
  else if (value->kind == LATHE_ONNX_CONSTANT && value->constant.flaw != NULL)
    lathe_onnx_in_refuse (in, _ ("its constant “%s” cannot be read: %s"), shown, value->constant.flaw);
  else if (value->kind != LATHE_ONNX_UNKNOWN && !takes_half (in->node, value->half))
    lathe_onnx_in_refuse (in, value->half == LATHE_ONNX_PADDED
                                  ? _ ("it comes behind a padding that but a convolution or a pooling can take")
                              : value->half == LATHE_ONNX_BYTES
                                  ? _ ("it works on bytes, and Lathe takes them where they are dequantised at once")
                                  : _ ("it does not fit to what comes in front of it"));
  else
    return value->kind != LATHE_ONNX_UNKNOWN;
  return FALSE;
}

/* Copies what the node reads. FALSE: something is not known, or cannot be read. */
static gboolean
gather_inputs (LatheOnnxIn *in)
{
  g_array_set_size (in->inputs, 0);
  if (in->node->n_input > MOST_INPUTS)
    {
      lathe_onnx_in_refuse (in, _ ("it reads more than %u tensors"), MOST_INPUTS);
      return FALSE;
    }
  for (gsize i = 0; i < in->node->n_input; i++)
    {
      const char *name = in->node->input[i];
      const LatheOnnxValue *value = g_hash_table_lookup (in->values, lathe_onnx_in_name (in, name));
      LatheOnnxValue copy = {0};

      if (*name != '\0' && !check_input (in, name, value))
        return FALSE;
      if (*name != '\0')
        copy = *value;
      g_array_append_val (in->inputs, copy);
    }
  return TRUE;
}

/* What the operators of a table work on. */
typedef enum
{
  OF_FIRST, /* their first input, which a layer gives */
  OF_ANY,   /* some input that a layer gives */
  OF_NONE,  /* nothing but constants, or what is known of a layer */
} Inputs;

static const LatheOnnxOperator *
find_operator (const Onnx__NodeProto *node, Inputs *inputs)
{
  const struct
  {
    const LatheOnnxOperator *rows;
    Inputs inputs;
  } tables[] = {
      {lathe_onnx_layers, OF_FIRST},   {lathe_onnx_windows, OF_FIRST}, {lathe_onnx_shapes, OF_FIRST},
      {lathe_onnx_elements, OF_FIRST}, {lathe_onnx_tables, OF_ANY},    {lathe_onnx_merges, OF_ANY},
      {lathe_onnx_constants, OF_NONE}, {lathe_onnx_folds, OF_ANY},     {lathe_onnx_bytes, OF_NONE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const LatheOnnxOperator *row = tables[i].rows; row->name != NULL; row++)
      if (lathe_onnx_in_is_operator (node, row->name))
        {
          *inputs = tables[i].inputs;
          return row;
        }
  return NULL;
}

static gboolean
is_constant_alone (LatheOnnxIn *in)
{
  for (guint i = 0; i < in->inputs->len; i++)
    if (g_array_index (in->inputs, LatheOnnxValue, i).kind == LATHE_ONNX_LAYER)
      return FALSE;
  return TRUE;
}

/**
 * lathe_onnx_in_is_domain:
 *
 * Returns: whether operators of this domain are ONNX's own
 */
gboolean
lathe_onnx_in_is_domain (const char *domain)
{
  return domain == NULL || *domain == '\0' || g_str_equal (domain, "ai.onnx");
}

static void
take_by_operator (LatheOnnxIn *in)
{
  Inputs inputs = OF_NONE;
  const LatheOnnxOperator *row = find_operator (in->node, &inputs);

  if (row == NULL)
    lathe_onnx_in_refuse (in, _ ("Lathe has no layer that does this"));
  else if (!gather_inputs (in))
    return;
  else if (inputs != OF_NONE && is_constant_alone (in))
    lathe_onnx_in_fold (in);
  else if (inputs == OF_FIRST && lathe_onnx_in_value (in, 0) == NULL)
    lathe_onnx_in_refuse (in, _ ("what it works on is constant"));
  else
    row->take (in);
}

/**
 * lathe_onnx_in_take:
 *
 * Takes a node, or refuses it.
 */
void
lathe_onnx_in_take (LatheOnnxIn *in, const Onnx__NodeProto *node)
{
  LatheOnnxValue nothing = {0};

  in->node = node;
  in->named = in->refused = FALSE;
  for (gsize i = 0; i < node->n_output; i++)
    lathe_onnx_in_know (in, node->output[i], &nothing);
  if (lathe_onnx_in_is_domain (node->domain))
    take_by_operator (in);
  else
    lathe_onnx_in_refuse (in, _ ("it is of the domain “%s”, and not of ONNX"), node->domain);
}
