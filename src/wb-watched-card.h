/* wb-watched-card.h: a picture that is watched, and what was said of it over the epochs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_WATCHED_CARD (wb_watched_card_get_type ())
G_DECLARE_FINAL_TYPE (WbWatchedCard, wb_watched_card, WB, WATCHED_CARD, AdwBin)

/* Signals: "removed": the person does not want to watch it any more; "failed" (const char *message): its chart could
 * not be saved. */

GtkWidget *wb_watched_card_new (const char *path);
const char *wb_watched_card_get_path (WbWatchedCard *card);
/* `snapshot` is NULL while there is no training. */
void wb_watched_card_show (WbWatchedCard *card, const LatheSnapshot *snapshot);

G_END_DECLS
