/* cli-import.h: what the ways to import have in common.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "cli.h"

G_BEGIN_DECLS

/* What was typed of a network that weights are put onto; NULL: nothing. */
typedef struct
{
  char *onto; /* a model, a project, a network file or a preset */
  char *size, *classes, *seed, *row, *epsilon;
} CliOnto;

/* Weights, where they went, and what came of them. */
typedef struct
{
  LatheWeights *weights;
  LatheWeightsMap *map;
  LatheModel *model;
  gboolean was_model; /* what they were put onto has weights of its own */
} CliPut;

gboolean cli_onto_check (const CliOnto *onto, GError **error);
void cli_onto_clear (CliOnto *onto);
gboolean cli_put_weights (const CliOnto *onto, const char *path, CliPut *put, GError **error);
void cli_put_json (JsonBuilder *builder, const CliPut *put);
void cli_put_print (const CliOnto *onto, const CliPut *put);
void cli_put_clear (CliPut *put);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliOnto, cli_onto_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliPut, cli_put_clear)

G_END_DECLS
