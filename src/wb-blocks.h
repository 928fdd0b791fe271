/* wb-blocks.h: the blocks that a person keeps, the same in every window. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "wb-thread.h"

G_BEGIN_DECLS

#define WB_TYPE_BLOCKS (wb_blocks_get_type ())
G_DECLARE_FINAL_TYPE (WbBlocks, wb_blocks, WB, BLOCKS, GObject)

/* Signal: "changed": others are there, be it that another program put them into the folder. */

typedef struct
{
  char *name;
  char *text; /* for lathe_graph_paste_between(); NULL: the file is broken */
  char *help; /* what it is made of, or what is wrong with the file */
} WbBlock;

WbBlocks *wb_blocks_get_default (void); /* (transfer none): reads them in the background when it is asked first */

/* (transfer none) (element-type WbBlock): by name, until "changed" */
GPtrArray *wb_blocks_list (WbBlocks *blocks);
const WbBlock *wb_blocks_find (WbBlocks *blocks, const char *name); /* (nullable) */

/* In the background; `done` is told of errors, and the list has changed then. Nothing that is kept is written over: a
 * name that is taken is refused. */
void wb_blocks_save (WbBlocks *blocks, const char *name, const char *text, GObject *owner, WbDone done, gpointer data);
/* What is removed can be put back until the program is started the next time. */
void wb_blocks_remove (WbBlocks *blocks, const char *name, GObject *owner, WbDone done, gpointer data);
void wb_blocks_put_back (WbBlocks *blocks, const char *name, GObject *owner, WbDone done, gpointer data);

G_END_DECLS
