/* lathe-network-bytes.c: a network that answers in 8 bits.
 *
 * A layer runs in 8 bits where there is one of its kind (see layers/lathe-byte-layer.c), its inputs are in bytes, and
 * the model says what its own numbers stand for. Any other layer runs in real numbers, as ever: what it reads is turned
 * into them, and what it writes into bytes, where somebody reads it so. A model's word is checked here: what does not
 * fit together runs in real numbers.
 *
 * Every layer is run for itself. One whose bytes are those of its input has none of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>

#include "lathe-network-private.h"
#include "layers/lathe-follow.h"

static gboolean
is_same (LatheByteScale a, LatheByteScale b)
{
  return a.scale == b.scale && a.zero == b.zero;
}

/* Whether the layer can run in 8 bits, all in front of it being settled. */
static gboolean
runs_in_bytes (const LatheNetwork *network, const LatheCompiled *compiled, const LatheQuantisedNode *node)
{
  const LatheByteKind *kind = lathe_byte_kind_find (compiled->step.kind);

  if (!lathe_byte_kind_can (kind, &compiled->properties, compiled->step.input, compiled->step.n_inputs))
    return FALSE;
  for (guint j = 0; j < compiled->step.n_inputs; j++)
    if (network->steps[compiled->edge[j].from].bytes.to.scale == 0)
      return FALSE;
  if (kind->weighs)
    return node->weight_scale != NULL && node->n_channels == lathe_step_columns (&compiled->step);
  return compiled->bytes.to.scale > 0 &&
         (!kind->same || is_same (compiled->bytes.to, network->steps[compiled->edge[0].from].bytes.to));
}

static void
settle (LatheNetwork *network, LatheCompiled *compiled, const LatheQuantisedNode *node)
{
  LatheByteStep *bytes = &compiled->bytes;

  bytes->step = &compiled->step;
  if (compiled->step.n_inputs == 0 || !runs_in_bytes (network, compiled, node))
    {
      compiled->is_real = TRUE;
      for (guint j = 0; j < compiled->step.n_inputs; j++)
        network->steps[compiled->edge[j].from].is_real = TRUE;
      return;
    }
  bytes->kind = lathe_byte_kind_find (compiled->step.kind);
  bytes->weight_scale = node->weight_scale;
  for (guint j = 0; j < compiled->step.n_inputs; j++)
    bytes->from[j] = network->steps[compiled->edge[j].from].bytes.to;
  bytes->real =
      bytes->kind->weighs && (bytes->to.scale == 0 || !lathe_byte_clamps (lathe_byte_activation (&compiled->step)));
  compiled->is_real = bytes->real;
  compiled->step.algorithm = N_ ("8 bits");
  lathe_byte_step_init (bytes);
}

/**
 * lathe_network_choose_bytes:
 * @quantisation: of the network's model, which must outlive it
 *
 * In place of lathe_network_fuse(): says which layers run in 8 bits, and which outputs are real numbers.
 */
void
lathe_network_choose_bytes (LatheNetwork *network, const LatheQuantisation *quantisation)
{
  network->in_bytes = TRUE;
  for (guint i = 0; i < network->n_steps; i++)
    {
      LatheCompiled *compiled = &network->steps[i];
      const LatheQuantisedNode *node = &quantisation->nodes[compiled->node];

      compiled->bytes.to = i == network->output ? (LatheByteScale){0} : node->output;
      settle (network, compiled, node);
    }
  for (guint i = 0; i < network->n_steps; i++)
    network->steps[i].pulled = !network->steps[i].is_real;
}

static gboolean
has_own_bytes (const LatheCompiled *compiled)
{
  return compiled->bytes.to.scale > 0 &&
         (compiled->bytes.kind == NULL || !lathe_byte_step_is_identity (&compiled->bytes));
}

/* Between laying out what networks have in common. */
void
lathe_network_reserve_bytes (LatheNetwork *network)
{
  for (guint i = 0; i < network->n_steps && network->in_bytes; i++)
    {
      LatheCompiled *compiled = &network->steps[i];

      if (has_own_bytes (compiled))
        compiled->bytes_at = lathe_arena_reserve (
            &network->arena, network->batch * lathe_shape_size (&compiled->step.output) + LATHE_BYTE_SLACK);
    }
}

void
lathe_network_place_bytes (LatheNetwork *network)
{
  for (guint i = 0; i < network->n_steps && network->in_bytes; i++)
    {
      LatheCompiled *compiled = &network->steps[i];
      LatheByteStep *bytes = &compiled->bytes;

      for (guint j = 0; j < compiled->step.n_inputs && bytes->kind != NULL; j++)
        bytes->x[j] = network->steps[compiled->edge[j].from].bytes.y;
      if (has_own_bytes (compiled))
        bytes->y = lathe_arena_at (&network->arena, compiled->bytes_at);
      else if (bytes->to.scale > 0)
        bytes->y = (guint8 *) bytes->x[0];
    }
}

/* --- Forward --- */

/* Made as real numbers, and read as bytes; and the other way round. */
static gboolean
is_quantised (const LatheByteStep *bytes)
{
  return bytes->to.scale > 0 && (bytes->kind == NULL || bytes->real);
}

static void
convert_tile (gpointer data, guint tile, guint thread)
{
  const LatheByteStep *bytes = data;
  const LatheStep *step = bytes->step;
  gsize first, n = lathe_rows_tile (step, tile, &first), columns = lathe_step_columns (step), at = first * columns;
  const LatheByteKernels *kernels = &step->kernels->bytes;

  if (is_quantised (bytes))
    kernels->quantise (bytes->y + at, step->y + at, n * columns, bytes->to.scale, bytes->to.zero);
  else
    kernels->dequantise (step->y + at, bytes->y + at, n * columns, bytes->to.scale, bytes->to.zero);
}

/**
 * lathe_network_convert:
 *
 * After a layer has run: its output the other way, too, where that is read.
 */
void
lathe_network_convert (LatheCompiled *compiled)
{
  LatheByteStep *bytes = &compiled->bytes;

  if (is_quantised (bytes) || (compiled->is_real && bytes->kind != NULL && !bytes->real))
    lathe_pool_run (compiled->step.pool, lathe_rows_n_tiles (&compiled->step), convert_tile, bytes);
}

void
lathe_network_run_bytes (LatheCompiled *compiled)
{
  if (!lathe_byte_step_is_identity (&compiled->bytes))
    compiled->bytes.kind->forward (&compiled->bytes);
}
