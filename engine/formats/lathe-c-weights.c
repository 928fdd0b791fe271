/* lathe-c-weights.c: the weights of a network as C source has them.
 *
 * They are written as hexadecimal numbers, which are the very same bits again when a compiler has read them; or go to a
 * file of their own, as little-endian single precision.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-c-source.h"

#include <math.h>
#include <string.h>

/**
 * lathe_c_append_float:
 *
 * Appends a constant of type float that is exactly this number, which must be finite.
 */
void
lathe_c_append_float (GString *out, float value)
{
  guint32 bits, fraction;
  int exponent, digits = 6;

  memcpy (&bits, &value, sizeof bits);
  fraction = (bits & 0x7fffff) << 1;
  exponent = (int) (bits >> 23 & 0xff);
  for (; digits > 0 && (fraction & 0xf) == 0; digits--)
    fraction >>= 4;
  g_string_append (out, bits >> 31 ? "-" : "");
  if (exponent == 0 && digits == 0)
    g_string_append (out, "0.0f");
  else if (digits == 0)
    g_string_append_printf (out, "0x1p%df", exponent - 127);
  else
    g_string_append_printf (out, "0x%d.%0*xp%df", exponent > 0, digits, fraction, MAX (exponent, 1) - 127);
}

/* --- Tables --- */

static void
append_numbers (GString *out, const float *values, gsize n)
{
  gsize begin = out->len;

  g_string_append (out, "    ");
  for (gsize i = 0; i < n; i++)
    {
      lathe_c_append_float (out, values[i]);
      g_string_append_c (out, ',');
      if (i + 1 == n)
        continue;
      if (out->len - begin > LATHE_C_COLUMNS - 20)
        {
          begin = out->len + 1;
          g_string_append (out, "\n   ");
        }
      g_string_append_c (out, ' ');
    }
}

static void
append_bytes (GByteArray *bytes, const float *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      guint32 bits;

      memcpy (&bits, &values[i], sizeof bits);
      bits = GUINT32_TO_LE (bits);
      g_byte_array_append (bytes, (const guint8 *) &bits, sizeof bits);
    }
}

char *
lathe_c_tensor (LatheC *c, const LatheProgramNode *node, const char *name, const float *values, gsize n)
{
  g_autofree char *symbol = g_strdup_printf ("%s_%s", node->name, name);

  for (gsize i = 0; i < n; i++)
    if (!isfinite (values[i]))
      c->infinite = TRUE;
  if (c->infinite)
    return g_steal_pointer (&symbol);
  if (c->beside)
    {
      g_string_append_printf (c->tables, "    %s = %zu,\n", symbol, c->n_weights);
      append_bytes (c->beyond, values, n);
    }
  else
    {
      g_string_append_printf (c->tables, "\nstatic const float %s[%zu] = {\n", symbol, n);
      append_numbers (c->tables, values, n);
      g_string_append (c->tables, "\n};\n");
    }
  c->n_weights += n;
  return c->beside ? g_strconcat ("weights + ", symbol, NULL) : g_steal_pointer (&symbol);
}

/**
 * lathe_c_find:
 *
 * Returns: (nullable) (transfer none): the numbers of a layer's tensor, if it has it
 */
const float *
lathe_c_find (const LatheC *c, const LatheProgramNode *node, const char *name)
{
  const GArray *weights = c->program->export->model->weights;
  g_autofree char *full = g_strdup_printf ("%s.%s", node->node->name, name);

  for (guint i = 0; i < weights->len; i++)
    if (g_str_equal (g_array_index (weights, LatheWeight, i).name, full))
      return g_array_index (weights, LatheWeight, i).data;
  return NULL;
}

/* --- What a layer gets --- */

/**
 * lathe_c_norm_factors:
 * @norm: a batch norm, which answers with its running statistics
 * @scale, @shift: (out caller-allocates): a number each a channel: y = scale · x + shift
 */
void
lathe_c_norm_factors (const LatheC *c, const LatheProgramNode *norm, float *scale, float *shift)
{
  const float *gamma = lathe_c_find (c, norm, "gamma"), *beta = lathe_c_find (c, norm, "beta");
  const float *mean = lathe_c_find (c, norm, "running-mean"), *variance = lathe_c_find (c, norm, "running-variance");
  double epsilon = lathe_program_value (norm, "epsilon");

  for (guint i = 0; i < norm->output.dim[norm->output.rank - 1]; i++)
    {
      double factor = (double) gamma[i] / sqrt ((double) variance[i] + epsilon);

      scale[i] = (float) factor;
      shift[i] = (float) ((double) beta[i] - (double) mean[i] * factor);
    }
}

/* rows × (groups · outputs) becomes groups × panels × rows × lanes, where those lanes that are too many are zero. */
static float *
make_panels (const float *w, gsize rows, guint groups, guint outputs)
{
  guint panels = (outputs + LATHE_C_LANES - 1) / LATHE_C_LANES;
  float *made = g_new0 (float, rows *groups *panels *LATHE_C_LANES), *to = made;

  for (guint group = 0; group < groups; group++)
    for (guint first = 0; first < outputs; first += LATHE_C_LANES)
      for (gsize row = 0; row < rows; row++, to += LATHE_C_LANES)
        memcpy (to, w + (row * groups + group) * outputs + first,
                MIN (LATHE_C_LANES, outputs - first) * sizeof (float));
  return made;
}

void
lathe_c_weights (LatheC *c, guint step, gboolean panels, char **weight, char **bias)
{
  const LatheProgramNode *node = &c->program->nodes[step];
  const LatheShape *shape = &node->parameter[0].shape;
  guint outputs = shape->dim[shape->rank - 1], groups = shape->rank == 4 ? lathe_program_count (node, "groups") : 1;
  gsize rows = lathe_shape_size (shape) / outputs;
  const float *own = lathe_c_find (c, node, "weight"), *own_bias = lathe_c_find (c, node, "bias");
  g_autofree float *w = g_memdup2 (own, rows * outputs * sizeof (float)), *b = g_new0 (float, outputs);
  g_autofree float *scale = g_new (float, outputs), *shift = g_new (float, outputs);
  guint panelled = (outputs / groups + LATHE_C_LANES - 1) / LATHE_C_LANES * LATHE_C_LANES * groups;

  if (own_bias != NULL)
    memcpy (b, own_bias, outputs * sizeof (float));
  if (c->plan.steps[step].norm >= 0)
    {
      lathe_c_norm_factors (c, &c->program->nodes[c->plan.steps[step].norm], scale, shift);
      for (gsize i = 0; i < rows * outputs; i++)
        w[i] *= scale[i % outputs];
      for (guint i = 0; i < outputs; i++)
        b[i] = scale[i] * b[i] + shift[i];
    }
  if (panels)
    {
      g_autofree float *w_panels = make_panels (w, rows, groups, outputs / groups);
      g_autofree float *b_panels = make_panels (b, 1, groups, outputs / groups);

      *weight = lathe_c_tensor (c, node, "weight", w_panels, rows * panelled);
      *bias = lathe_c_tensor (c, node, "bias", b_panels, panelled);
      return;
    }
  *weight = lathe_c_tensor (c, node, "weight", w, rows * outputs);
  *bias = lathe_c_tensor (c, node, "bias", b, outputs);
}
