/* wb-object-list.h: a list of objects that is replaced as a whole.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define WB_TYPE_OBJECT_LIST (wb_object_list_get_type ())
G_DECLARE_FINAL_TYPE (WbObjectList, wb_object_list, WB, OBJECT_LIST, GObject)

/* A GListModel. Thousands of objects come in and go as fast as an array of them is copied, which a GListStore cannot.
 */
WbObjectList *wb_object_list_new (GType type);
/* `objects` (transfer full): frees its elements by g_object_unref(). Who shows the list is told of what is another one,
 * between what both have at the beginning and at the end. */
void wb_object_list_replace (WbObjectList *list, GPtrArray *objects);
GPtrArray *wb_object_list_get_objects (WbObjectList *list); /* (transfer none), until it is replaced */

G_END_DECLS
