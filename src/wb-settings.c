/* wb-settings.c: all that can be undone, at one moment, and how it came to be so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-settings.h"

#define MAX_UNDO 200

WbSettings *
wb_settings_new (void)
{
  g_autoptr (GError) error = NULL;
  WbSettings *settings = g_new0 (WbSettings, 1);

  lathe_hyperparameters_defaults (&settings->hyperparameters);
  settings->preprocess = (LathePreprocess){28, 28, 1, {0}, {1, 1, 1}};
  settings->graph = lathe_preset_load ("seed", &error);
  g_assert_no_error (error); /* the presets are part of the program */
  return settings;
}

WbSettings *
wb_settings_copy (const WbSettings *settings)
{
  WbSettings *copy = g_memdup2 (settings, sizeof *settings);

  copy->graph = lathe_graph_copy (settings->graph);
  return copy;
}

void
wb_settings_free (WbSettings *settings)
{
  lathe_graph_free (settings->graph);
  g_free (settings);
}

gboolean
wb_preprocess_equal (const LathePreprocess *a, const LathePreprocess *b)
{
  if (a->width != b->width || a->height != b->height || a->channels != b->channels)
    return FALSE;
  for (guint i = 0; i < a->channels; i++)
    if (a->mean[i] != b->mean[i] || a->deviation[i] != b->deviation[i])
      return FALSE;
  return TRUE;
}

gboolean
wb_settings_same_network (const WbSettings *a, const WbSettings *b)
{
  return lathe_graph_equal (a->graph, b->graph) && wb_preprocess_equal (&a->preprocess, &b->preprocess);
}

void
wb_settings_adapt (WbSettings *settings, LatheDataset *dataset)
{
  const LathePreprocess *preprocess = &settings->preprocess;
  LatheShape input = LATHE_SHAPE_IMAGE (preprocess->height, preprocess->width, preprocess->channels);

  lathe_graph_adapt (settings->graph, &input, lathe_dataset_get_n_classes (dataset));
}

/* --- How it came to be so --- */

static void
free_settings (gpointer settings)
{
  wb_settings_free (settings);
}

void
wb_history_init (WbHistory *history)
{
  history->now = wb_settings_new ();
  g_queue_init (&history->undo);
  g_queue_init (&history->redo);
}

void
wb_history_clear (WbHistory *history)
{
  wb_history_forget (history);
  g_clear_pointer (&history->now, wb_settings_free);
}

void
wb_history_remember (WbHistory *history)
{
  g_queue_push_head (&history->undo, wb_settings_copy (history->now));
  if (history->undo.length > MAX_UNDO)
    wb_settings_free (g_queue_pop_tail (&history->undo));
  g_queue_clear_full (&history->redo, free_settings);
}

void
wb_history_forget (WbHistory *history)
{
  g_queue_clear_full (&history->undo, free_settings);
  g_queue_clear_full (&history->redo, free_settings);
}

/* Takes the newest of `from`; what was set goes to `to`. */
static const WbSettings *
go_back (WbHistory *history, GQueue *from, GQueue *to)
{
  WbSettings *before = history->now;

  if (from->length == 0)
    return NULL;
  history->now = g_queue_pop_head (from);
  g_queue_push_head (to, before);
  return before;
}

const WbSettings *
wb_history_undo (WbHistory *history)
{
  return go_back (history, &history->undo, &history->redo);
}

const WbSettings *
wb_history_redo (WbHistory *history)
{
  return go_back (history, &history->redo, &history->undo);
}
