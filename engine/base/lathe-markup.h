/* lathe-markup.h: writes text and numbers where markup is read: SVG and HTML.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void lathe_markup_append_text (GString *markup, const char *text);
void lathe_markup_append_number (GString *markup, double value, guint decimals);

G_END_DECLS
