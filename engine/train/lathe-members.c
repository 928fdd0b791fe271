/* lathe-members.c: structs of numbers, as members of an object of JSON.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-members.h"

#include <math.h>

/**
 * lathe_members_write:
 *
 * With all their digits. JSON has no word for what is not there: such a number is left out.
 */
void
lathe_members_write (JsonBuilder *builder, const LatheMember *members, guint n_members, gconstpointer data)
{
  for (guint i = 0; i < n_members; i++)
    if (!members[i].real)
      {
        json_builder_set_member_name (builder, members[i].name);
        json_builder_add_int_value (builder, (gint64) G_STRUCT_MEMBER (guint64, data, members[i].offset));
      }
    else if (isfinite (G_STRUCT_MEMBER (double, data, members[i].offset)))
      {
        json_builder_set_member_name (builder, members[i].name);
        json_builder_add_double_value (builder, G_STRUCT_MEMBER (double, data, members[i].offset));
      }
}

/**
 * lathe_members_read:
 *
 * Returns: whether the object has them; real ones that are left out are NAN
 */
gboolean
lathe_members_read (JsonObject *object, const LatheMember *members, guint n_members, gpointer data)
{
  for (guint i = 0; i < n_members; i++)
    {
      JsonNode *node = json_object_get_member (object, members[i].name);
      GType type = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

      if (members[i].real && node == NULL)
        G_STRUCT_MEMBER (double, data, members[i].offset) = NAN;
      else if (members[i].real && (type == G_TYPE_DOUBLE || type == G_TYPE_INT64))
        G_STRUCT_MEMBER (double, data, members[i].offset) = json_node_get_double (node);
      else if (!members[i].real && type == G_TYPE_INT64 && json_node_get_int (node) >= 0)
        G_STRUCT_MEMBER (guint64, data, members[i].offset) = (guint64) json_node_get_int (node);
      else
        return FALSE;
    }
  return TRUE;
}
