/* wb-run-menu.c: what can be done with a run.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-run-menu.h"

#include <glib/gi18n.h>

static void
append_action (GMenu *menu, const char *label, const char *action, gint64 id)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, action, "x", id);
  g_menu_append_item (menu, item);
}

/* A run that ended before its time goes on from its checkpoint, unless a later one has taken that place. */
static gboolean
can_go_on (WbRuns *runs, const LatheRun *run)
{
  GListModel *all = wb_runs_get_model (runs);

  if (run->state <= LATHE_RUN_FINISHED || run->epoch >= run->epochs || !*run->checkpoint)
    return FALSE;
  for (guint i = 0; i < g_list_model_get_n_items (all); i++)
    {
      g_autoptr (WbRunItem) item = g_list_model_get_item (all, i);
      const LatheRun *other = wb_run_item_get_run (item);

      if (other->id > run->id && g_str_equal (other->checkpoint, run->checkpoint))
        return FALSE;
    }
  return g_file_test (run->checkpoint, G_FILE_TEST_EXISTS);
}

GMenuModel *
wb_run_menu_new (WbRuns *runs, const LatheRun *run)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) command = g_menu_new (), use = g_menu_new (), last = g_menu_new ();

  if (run->state == LATHE_RUN_UNDER_WAY)
    append_action (command, _ ("_Pause"), "runs.pause", run->id);
  if (run->state == LATHE_RUN_PAUSED)
    append_action (command, _ ("_Go On"), "runs.resume", run->id);
  if (run->state <= LATHE_RUN_PAUSED)
    append_action (command, _ ("_Stop"), "runs.stop", run->id);
  if (can_go_on (runs, run))
    append_action (command, _ ("_Continue"), "runs.continue", run->id);
  append_action (use, _ ("_Use Its Network"), "runs.network", run->id);
  append_action (use, _ ("_Rename…"), "runs.rename", run->id);
  append_action (use, _ ("_Note…"), "runs.note", run->id);
  append_action (use, _ ("_Tags…"), "runs.tags", run->id);
  if (run->state > LATHE_RUN_PAUSED && *run->weights)
    append_action (last, _ ("_Verify"), "runs.verify", run->id);
  if (run->state > LATHE_RUN_PAUSED)
    append_action (last, _ ("_Delete"), "runs.delete", run->id);
  g_menu_append_section (menu, NULL, G_MENU_MODEL (command));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (use));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (last));
  return G_MENU_MODEL (menu);
}
