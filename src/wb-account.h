/* wb-account.h: a dialog with sentences below each other, as many as there are, that can be read and copied. Main loop
 * only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A line for each sentence (element-type utf8), of which the first `most` are shown. (transfer full) */
char *wb_account_list (const GPtrArray *sentences, guint most);

/**
 * wb_account_new:
 * @widget: over whose window it is to be
 * @heading: what it is about
 * @body: (nullable): what is said before them
 * @sentences: (element-type utf8)
 *
 * Returns: (transfer none): a dialog without an answer yet, to be presented
 */
AdwMessageDialog *wb_account_new (GtkWidget *widget, const char *heading, const char *body, const GPtrArray *sentences);

G_END_DECLS
