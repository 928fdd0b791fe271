/* lathe-weights-map.h: which tensor of a file of weights is which of a network's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-weights.h"
#include "model/lathe-model.h"

G_BEGIN_DECLS

typedef enum
{
  LATHE_MATCH_BY_NAME,
  LATHE_MATCH_BY_ORDER,
  LATHE_MATCH_SHAPE, /* the file has a layer of this name, but not of this shape or kind */
  LATHE_MATCH_NONE,  /* the file has no counterpart */
} LatheMatchState;

extern const char *const lathe_match_state_names[]; /* “name”, “order”, “shape”, “none” */

/* In which order the numbers of an image are in a row, behind a flatten: PyTorch has all of a channel together, Lathe
 * and the programs that it writes have all of a pixel. */
typedef enum
{
  LATHE_ROW_USUAL, /* of a program of Lathe's as Lathe has it; else as PyTorch does */
  LATHE_ROW_CHANNELS_FIRST,
  LATHE_ROW_CHANNELS_LAST,
} LatheRow;

extern const char *const lathe_row_names[]; /* NULL-terminated: usual, channels-first, channels-last */

typedef struct
{
  LatheRow row;
  double epsilon; /* of norms that the network does not have; PyTorch's usual one is 1e-5 */
} LatheWeightsRules;

#define LATHE_WEIGHTS_RULES_USUAL ((LatheWeightsRules){.row = LATHE_ROW_USUAL, .epsilon = 1e-5})

/* A tensor of the network. */
typedef struct
{
  char *ours; /* “conv2d-1.weight” */
  LatheShape shape;
  LatheMatchState state;
  const LatheWeightsTensor *theirs; /* (nullable): NULL where there is none, also of one that is matched: a bias of 0 */
  gboolean folded;                  /* the norm behind it becomes a part of it, as the network has none */
} LatheWeightsMatch;

typedef struct
{
  GArray *matches;   /* (element-type LatheWeightsMatch), in the order of a model's weights */
  GPtrArray *unused; /* (element-type LatheWeightsTensor): real numbers of the file that go nowhere */
  guint n_matched;   /* tensors of the network that are taken from the file */
  gboolean has_rows; /* the order of an image's numbers in a row matters, and is: */
  LatheRow row;
  GPtrArray *layers, *theirs; /* private */
  double epsilon;             /* private */
} LatheWeightsMap;

LatheWeightsMap *lathe_weights_map (const LatheWeights *weights, const LatheGraph *graph,
                                    const LatheWeightsRules *rules, GError **error);
void lathe_weights_map_free (LatheWeightsMap *map);
LatheModel *lathe_weights_apply (const LatheWeights *weights, const LatheWeightsMap *map, const LatheModel *onto,
                                 GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheWeightsMap, lathe_weights_map_free)

G_END_DECLS
