/* lathe-program-torch.h: what a PyTorch program is put together from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-program.h"

G_BEGIN_DECLS

/* Functions that a program has where a layer asks for them. */
typedef enum
{
  LATHE_TORCH_IDENTITY = 1 << 0,
  LATHE_TORCH_AVERAGE_POOL = 1 << 1,
  LATHE_TORCH_LIMIT_NORM = 1 << 2,
  LATHE_TORCH_WHITENING = 1 << 3, /* a remark */
} LatheTorchNeeds;

typedef struct
{
  const LatheProgram *program;
  GString *init, *forward;                                     /* statements of Network */
  LatheProgramLoops *begin, *frozen, *penalty, *bound, *still; /* … that many layers have alike */
  guint needs;                                                 /* LatheTorchNeeds, as bits */
} LatheTorch;

char **lathe_torch_list_names (const LatheGraph *graph);
/* Returns: (nullable): why PyTorch has no such layer, to follow its name; NULL: it has */
const char *lathe_torch_obstacle (const LatheProgramNode *node);
void lathe_torch_add (LatheTorch *torch, const LatheProgramNode *node);

/* Statements: “self.name = call”, “variable = expression”, and that through the activation that the layer has. */
void lathe_torch_declare (LatheTorch *torch, const LatheProgramNode *node, LatheProgramCall *call);
void lathe_torch_assign (LatheTorch *torch, const LatheProgramNode *node, const char *expression);
void lathe_torch_assign_activated (LatheTorch *torch, const LatheProgramNode *node, const char *y);

/* In lathe-program-torch-windows.c. */
void lathe_torch_add_conv2d (LatheTorch *torch, const LatheProgramNode *node);
void lathe_torch_add_transposed_conv2d (LatheTorch *torch, const LatheProgramNode *node);
void lathe_torch_add_max_pool (LatheTorch *torch, const LatheProgramNode *node);
void lathe_torch_add_average_pool (LatheTorch *torch, const LatheProgramNode *node);

/* In lathe-program-torch-weights.c: how a layer's weights begin, whether they learn, and what keeps them small. */
void lathe_torch_add_weights (LatheTorch *torch, const LatheProgramNode *node);

#define LATHE_TORCH_BODY 8 /* columns before a statement of a method */

G_END_DECLS
