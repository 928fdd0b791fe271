/* wb-soon.h: what is asked for several times is done once, in a turn of the main loop of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where much changes at once, each change would have the same shown again, and all of it would be one long turn. So
 * what is to be shown is only asked for, and is done before the next frame, one after another. */
typedef struct
{
  void (*func) (gpointer data);
  gpointer data;
  gboolean asked;
} WbSoon;

void wb_soon_init (WbSoon *soon, void (*func) (gpointer data), gpointer data);
void wb_soon_ask (WbSoon *soon);
void wb_soon_clear (WbSoon *soon); /* it is not done any more; for whoever is about to go */

G_END_DECLS
