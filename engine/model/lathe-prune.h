/* lathe-prune.h: a trained network made smaller, by what its weights say is the least missed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-model.h"

G_BEGIN_DECLS

/* The numbers of these enumerations are those of the names below: new ones go to the end. */
typedef enum
{
  LATHE_PRUNE_CHANNELS, /* whole channels go, and the network is one of narrower layers */
  LATHE_PRUNE_WEIGHTS,  /* single weights become zero, and the network keeps its layers: Han et al. 2015 */
  LATHE_N_PRUNE_WAYS
} LathePruneWay;

/* Which channels are missed the least. */
typedef enum
{
  LATHE_PRUNE_BY_MAGNITUDE, /* those whose filters have the smallest Σ |w|: Li et al. 2017, arXiv 1608.08710 */
  LATHE_PRUNE_BY_SCALE,     /* those whose batch norm has the smallest |γ|: Liu et al. 2017, arXiv 1708.06519 */
  LATHE_N_PRUNE_BY
} LathePruneBy;

/* Of what a share goes, when channels do. */
typedef enum
{
  LATHE_PRUNE_MULTIPLY_ADDS,
  LATHE_PRUNE_PARAMETERS,
  LATHE_N_PRUNE_OF
} LathePruneOf;

extern const char *const lathe_prune_ways[],
    *const lathe_prune_criteria[]; /* as on the command line, NULL-terminated */
extern const char *const lathe_prune_costs[];

typedef struct
{
  LathePruneWay way;
  LathePruneBy by;
  LathePruneOf of;
  double share; /* that goes, at least: above 0, below 1 */
} LathePruning;

/* What a network costs. */
typedef struct
{
  guint64 parameters, multiply_adds;
  guint64 zeros; /* weights that are 0 */
} LatheModelCost;

LatheModel *lathe_prune (const LatheModel *model, const LathePruning *pruning, GError **error);
void lathe_model_get_cost (const LatheModel *model, LatheModelCost *cost);
gboolean lathe_parameter_may_be_zero (const LatheShape *shape);

G_END_DECLS
