/* wb-explainer.h: a model laid out for questions about why, which are asked on a thread, one after another.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-thread.h"

G_BEGIN_DECLS

#define WB_TYPE_EXPLAINER (wb_explainer_get_type ())
G_DECLARE_FINAL_TYPE (WbExplainer, wb_explainer, WB, EXPLAINER, GObject)

WbExplainer *wb_explainer_new (LatheModel *model);
LatheModel *wb_explainer_get_model (WbExplainer *explainer); /* (transfer none) */

/* As wb_thread_call(), with the explainer. One that is cancelled while it waits costs nothing. */
typedef gpointer (*WbExplaining) (LatheExplainer *explainer, gpointer data, GCancellable *cancellable, GError **error);

void wb_explainer_call (WbExplainer *explainer, GObject *owner, WbExplaining work, gpointer data,
                        GDestroyNotify free_data, GDestroyNotify free_result, GCancellable *cancellable, WbDone done,
                        gpointer user_data);

G_END_DECLS
