/* lathe-json.h: JSON, read with care.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Deeper than any text of ours is nested. */
#define LATHE_JSON_MAX_DEPTH 16

gboolean lathe_json_is_shallow (const char *text, gsize length);
JsonNode *lathe_json_parse (const char *text);
char *lathe_json_write (JsonNode *root, gboolean pretty);
char *lathe_json_finish (JsonBuilder *builder);

G_END_DECLS
