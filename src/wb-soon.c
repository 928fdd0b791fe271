/* wb-soon.c: what is asked for several times is done once, in a turn of the main loop of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-soon.h"

/* All sources of one priority have the same turn: so there is one for all that waits. */
static GQueue waiting = G_QUEUE_INIT; /* (element-type WbSoon), not owned */
static guint source;

static gboolean
do_next (gpointer data)
{
  WbSoon *soon = g_queue_pop_head (&waiting);

  if (soon)
    {
      soon->asked = FALSE;
      soon->func (soon->data);
    }
  if (waiting.length > 0)
    return G_SOURCE_CONTINUE;
  source = 0;
  return G_SOURCE_REMOVE;
}

void
wb_soon_init (WbSoon *soon, void (*func) (gpointer data), gpointer data)
{
  *soon = (WbSoon){.func = func, .data = data};
}

void
wb_soon_ask (WbSoon *soon)
{
  if (soon->asked)
    return;
  soon->asked = TRUE;
  g_queue_push_tail (&waiting, soon);
  if (!source)
    source = g_timeout_add_full (G_PRIORITY_HIGH_IDLE, 0, do_next, NULL, NULL);
}

void
wb_soon_clear (WbSoon *soon)
{
  if (soon->asked)
    g_queue_remove (&waiting, soon);
  soon->asked = FALSE;
}
