/* wb-run-item.c: one training of the list, as a row has it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

#include "wb-run-item-private.h"

G_DEFINE_FINAL_TYPE (WbRunItem, wb_run_item, G_TYPE_OBJECT)

static guint changed_signal;

/* --- What is known of a run --- */

static void
record_clear (gpointer data)
{
  WbRunRecord *record = data;

  lathe_run_free (record->run);
  g_free (record->settings);
  g_free (record->words);
}

void
wb_run_record_unref (gpointer record)
{
  g_atomic_rc_box_release_full (record, record_clear);
}

static char *
title_of (const LatheRun *run)
{
  return *run->name ? g_strdup (run->name) : g_strdup_printf (_ ("Run %" PRId64), run->id);
}

/* `run` (transfer full) */
WbRunRecord *
wb_run_record_new (LatheRun *run, const char *settings)
{
  WbRunRecord *record = g_atomic_rc_box_new0 (WbRunRecord);
  g_autofree char *title = title_of (run);
  g_autofree char *words =
      g_strjoin ("\n", title, run->note, run->tags, run->group, _ (lathe_run_state_titles[run->state]), settings, NULL);

  *record = (WbRunRecord){run, g_strdup (settings), g_utf8_casefold (words, -1)};
  return record;
}

gboolean
wb_run_record_says (const WbRunRecord *record, const LatheRun *run, const char *settings)
{
  const LatheRun *before = record->run;

  return before->state == run->state && before->epoch == run->epoch && before->epochs == run->epochs &&
         before->seconds == run->seconds && before->ended == run->ended && g_str_equal (before->name, run->name) &&
         g_str_equal (before->note, run->note) && g_str_equal (before->tags, run->tags) &&
         g_str_equal (before->weights, run->weights) && g_str_equal (before->model, run->model) &&
         g_str_equal (before->checkpoint, run->checkpoint) && g_str_equal (record->settings, settings);
}

/* --- One run --- */

const LatheRun *
wb_run_item_get_run (WbRunItem *item)
{
  return item->record->run;
}

const char *
wb_run_item_get_settings (WbRunItem *item)
{
  return item->record->settings;
}

const GArray *
wb_run_item_get_epochs (WbRunItem *item)
{
  return item->shown ? item->epochs : NULL;
}

gboolean
wb_run_item_get_shown (WbRunItem *item)
{
  return item->shown;
}

char *
wb_run_item_get_title (WbRunItem *item)
{
  return title_of (item->record->run);
}

gboolean
wb_run_item_holds (WbRunItem *item, const char *const *words)
{
  for (; *words; words++)
    if (!strstr (item->record->words, *words))
      return FALSE;
  return TRUE;
}

void
wb_run_item_take (WbRunItem *item, WbRunRecord *record)
{
  WbRunRecord *before = item->record;

  if (before == record)
    return;
  item->record = g_atomic_rc_box_acquire (record);
  if (!before)
    return;
  wb_run_record_unref (before);
  g_signal_emit (item, changed_signal, 0);
}

static void
wb_run_item_finalize (GObject *object)
{
  WbRunItem *self = WB_RUN_ITEM (object);

  g_clear_pointer (&self->record, wb_run_record_unref);
  g_clear_pointer (&self->epochs, g_array_unref);
  G_OBJECT_CLASS (wb_run_item_parent_class)->finalize (object);
}

static void
wb_run_item_class_init (WbRunItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_run_item_finalize;
  changed_signal = g_signal_new ("changed", WB_TYPE_RUN_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wb_run_item_init (WbRunItem *self)
{
}
