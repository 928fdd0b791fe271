/* wb-page-train-live.c: what can be changed of a training while it goes on, on the Train page.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-page-train-live.h"

#include <glib/gi18n.h>

#define PARTS "wb-page-train-live"

static WbTrainLive *
get_parts (WbPage *page)
{
  return g_object_get_data (G_OBJECT (page), PARTS);
}

static void
on_changed (WbPage *page, gboolean back)
{
  const LatheSnapshot *snapshot = wb_run_get_snapshot (wb_project_get_run (wb_page_get_project (page)));
  g_autofree char *change = NULL, *message = NULL;

  if (back)
    {
      message =
          g_strdup_printf (_ ("Training is back at epoch %.3g, as it was before the change."), snapshot->position);
      wb_page_toast (page, message);
      return;
    }
  change = lathe_change_describe (&g_array_index (snapshot->changes, LatheChange, snapshot->changes->len - 1));
  wb_page_toast_undo (page, change);
}

static void
on_active (WbPage *page)
{
  const WbTrainLive *parts = get_parts (page);
  WbProject *project = wb_page_get_project (page);
  WbRun *run = wb_project_get_run (project);
  gboolean active = wb_run_get_active (run);

  wb_hyperparameters_set_running (parts->form, active && !wb_run_is_head_alone (run));
  gtk_widget_set_visible (GTK_WIDGET (parts->more), !active && wb_project_can_train_more (project));
}

static void
on_more_wanted (WbPage *page, guint n_epochs)
{
  wb_project_train_more (wb_page_get_project (page), n_epochs);
}

void
wb_train_live_attach (WbPage *page, const WbTrainLive *parts)
{
  WbProject *project = wb_page_get_project (page);
  WbRun *run = wb_project_get_run (project);

  g_object_set_data_full (G_OBJECT (page), PARTS, g_memdup2 (parts, sizeof *parts), g_free);
  g_signal_connect_object (run, "changed", G_CALLBACK (on_changed), page, G_CONNECT_SWAPPED);
  g_signal_connect_object (run, "notify::active", G_CALLBACK (on_active), page, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "dataset-changed", G_CALLBACK (on_active), page, G_CONNECT_SWAPPED);
  g_signal_connect_object (parts->more, "wanted", G_CALLBACK (on_more_wanted), page, G_CONNECT_SWAPPED);
  on_active (page);
}
