/* lathe-json.h: JSON, read with care.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Deeper than any text of ours is nested. */
#define LATHE_JSON_MAX_DEPTH 16

/* A member of an object of plain ones, where it stands in the text. */
typedef struct
{
  const char *name, *value; /* without their quotes; not ended by a NUL */
  gsize name_length, length;
  gboolean is_text; /* else it is a number */
} LatheJsonMember;

const char *lathe_json_enter (const char *text);
gboolean lathe_json_next_member (const char **at, LatheJsonMember *member);
gboolean lathe_json_is_plain (const char *text);
gboolean lathe_json_is_modest (const char *text, gsize length, gsize max_commas);
gboolean lathe_json_is_shallow (const char *text, gsize length);
JsonNode *lathe_json_parse (const char *text);
void lathe_json_append_number (GString *json, double value);
void lathe_json_append_string (GString *json, const char *text);
char *lathe_json_write (JsonNode *root, gboolean pretty);
char *lathe_json_finish (JsonBuilder *builder);
char *lathe_json_escape (const char *name);
char *lathe_json_unescape (const char *text);

G_END_DECLS
