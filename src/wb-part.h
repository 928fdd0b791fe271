/* wb-part.h: what a network is put together of: layers, blocks of them, and blocks of a person's own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-choice-list.h"

#include "lathe.h"

G_BEGIN_DECLS

/* One of the three; the others are NULL. */
typedef struct
{
  const LatheLayerKind *kind;
  const LatheBlock *block;
  const char *text; /* for lathe_graph_paste_between(); until the main loop goes on */
} WbPart;

gboolean wb_part_find (const char *id, WbPart *part); /* FALSE: there is none, or none any more */

/* Fills a list that is empty with all parts, by their ids, and follows what becomes of a person's own. */
void wb_part_fill_list (WbChoiceList *list);

G_END_DECLS
