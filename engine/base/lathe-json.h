/* lathe-json.h: a look at JSON before a parser sees it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Deeper than any text of ours is nested. */
#define LATHE_JSON_MAX_DEPTH 16

gboolean lathe_json_is_shallow (const char *text, gsize length);

G_END_DECLS
