/* lathe-variation.h: changes that someone might try on a network, each drawn at random.
 *
 * A move changes a copy of the graph and says what it did, or finds nothing to do. Whether what comes out is a network
 * is not its business: that is checked, and mended where there is a way, once it is done.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-rng.h"
#include "lathe-graph-private.h"

G_BEGIN_DECLS

typedef struct
{
  LatheGraph *graph;        /* that is changed */
  LatheGraphReport *report; /* of it as it was: by the indices of its nodes, until one comes or goes */
  LatheReaders readers;     /* the same */
  const LatheRng *rng;
  guint32 *drawn; /* how many numbers */
  char *change;   /* what was done, in words */
} LatheVariation;

/* FALSE: there was nothing to do, and the graph is as it was, or good for nothing. */
typedef gboolean (*LatheMove) (LatheVariation *variation);

guint lathe_variation_below (LatheVariation *variation, guint bound);
gboolean lathe_variation_say (LatheVariation *variation, const char *format, ...) G_GNUC_PRINTF (2, 3);
typedef gboolean (*LatheSuitsFunc) (const LatheVariation *variation, const LatheNode *node);
LatheNode *lathe_variation_pick (LatheVariation *variation, LatheSuitsFunc suits);
const LatheShape *lathe_variation_input (const LatheVariation *variation, const LatheNode *node);
LatheNode *lathe_variation_reader (const LatheVariation *variation, const LatheNode *node);

gboolean lathe_node_is (const LatheNode *node, const char *kind);
gboolean lathe_node_is_plain_convolution (const LatheNode *node);
const char *lathe_node_get_choice (const LatheNode *node, const char *property);
gboolean lathe_node_bends (const LatheNode *node);

/* A layer with weights, and the layers behind it that go with it: norm, activation, dropout. */
#define LATHE_MAX_PIECE 6
typedef struct
{
  LatheNode *nodes[LATHE_MAX_PIECE]; /* in the order that data flows */
  guint n;
} LathePart;

LathePart lathe_variation_part (const LatheVariation *variation, LatheNode *node);

/* The moves. */
gboolean lathe_vary_width (LatheVariation *variation);
gboolean lathe_vary_all_widths (LatheVariation *variation);
gboolean lathe_vary_deeper (LatheVariation *variation);
gboolean lathe_vary_shallower (LatheVariation *variation);
gboolean lathe_vary_more_blocks (LatheVariation *variation);
gboolean lathe_vary_fewer_blocks (LatheVariation *variation);
gboolean lathe_vary_kernel (LatheVariation *variation);
gboolean lathe_vary_separable (LatheVariation *variation);
gboolean lathe_vary_pooling (LatheVariation *variation);
gboolean lathe_vary_ending (LatheVariation *variation);
gboolean lathe_vary_activation (LatheVariation *variation);
gboolean lathe_vary_norms (LatheVariation *variation);
gboolean lathe_vary_dropout (LatheVariation *variation);

G_END_DECLS
