/* lathe-members.h: structs of numbers, as members of an object of JSON.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A member of a struct, under its name in the file. */
typedef struct
{
  const char *name;
  gboolean real; /* double; else guint64 */
  gsize offset;
} LatheMember;

void lathe_members_write (JsonBuilder *builder, const LatheMember *members, guint n_members, gconstpointer data);
gboolean lathe_members_read (JsonObject *object, const LatheMember *members, guint n_members, gpointer data);

G_END_DECLS
