/* lathe-weights-layers.h: the layers of a network, and those that the tensors of a file belong to.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-weights-map.h"

G_BEGIN_DECLS

/* What PyTorch calls the tensors of a layer. */
typedef enum
{
  LATHE_SLOT_WEIGHT,
  LATHE_SLOT_BIAS,
  LATHE_SLOT_MEAN,
  LATHE_SLOT_VARIANCE,
  LATHE_N_SLOTS
} LatheSlot;

/* A layer of theirs: tensors whose names begin alike. */
typedef struct
{
  char *name;  /* “layer1.0.conv1” */
  guint index; /* in the list */
  const LatheWeightsTensor *tensor[LATHE_N_SLOTS];
  guint n_others; /* tensors that no layer of Lathe's has */
  gboolean used;
} LatheTheirs;

#define LATHE_LAYOUT_RANK 5

/* A tensor of ours as PyTorch has it: its shape there, and where the number i₀, i₁, … of ours is among its numbers:
 * Σ i · stride. */
typedef struct
{
  LatheSlot slot;
  guint rank;
  guint theirs[LATHE_MAX_RANK];
  guint dim[LATHE_LAYOUT_RANK];
  gsize stride[LATHE_LAYOUT_RANK];
} LatheLayout;

/* A layer of ours that has weights. */
typedef struct
{
  const LatheNode *node;
  guint n;
  LatheParameter parameter[LATHE_MAX_PARAMETERS];
  LatheShape row; /* of the image whose numbers come in a row; of rank 0 where that is not so */
  LatheLayout layout[LATHE_MAX_PARAMETERS];
  const LatheTheirs *theirs; /* (nullable): its counterpart */
  const LatheTheirs *norm;   /* (nullable): what is folded into it */
  gboolean by_name;
} LatheOurs;

GPtrArray *lathe_weights_list_theirs (const LatheWeights *weights);
gboolean lathe_theirs_is_norm (const LatheTheirs *theirs);

GPtrArray *lathe_weights_list_ours (const LatheGraph *graph, const LatheGraphReport *report);
gboolean lathe_ours_is_norm (const LatheOurs *ours);
void lathe_ours_lay_out (LatheOurs *ours, gboolean channels_first);
gboolean lathe_ours_fits (const LatheOurs *ours, const LatheTheirs *theirs);
gboolean lathe_ours_is_matched (const LatheOurs *ours);

G_END_DECLS
