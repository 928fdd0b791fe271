/* wb-run-jobs.c: what takes its time with runs: verifying one, and writing some to a file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-run-jobs.h"

#include <glib/gi18n.h>

#include "wb-thread.h"

struct _WbRunJobs
{
  AdwBin parent_instance;
  GtkWidget *text, *progress;
  GCancellable *replay; /* NULL: none goes on */
  WbProgressRelay *relay;
  char *title; /* of the run that is replayed */
};

G_DEFINE_FINAL_TYPE (WbRunJobs, wb_run_jobs, ADW_TYPE_BIN)

static guint said_signal;

static void
say (WbRunJobs *self, const char *message)
{
  g_signal_emit (self, said_signal, 0, message);
}

/* --- Verifying --- */

typedef struct
{
  char *list;
  gint64 id;
  WbProgressRelay *relay;
} Replay;

static void
replay_free (gpointer data)
{
  Replay *replay = data;

  g_free (replay->list);
  wb_progress_relay_unref (replay->relay);
  g_free (replay);
}

static void
verdict_free (gpointer data)
{
  lathe_verdict_clear (data);
  g_free (data);
}

static gpointer
replay_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Replay *replay = data;
  g_autoptr (LatheRuns) runs = lathe_runs_open (replay->list, error);
  LatheVerdict verdict;

  if (!runs || !lathe_runs_verify (runs, replay->id, NULL, 0, wb_progress_relay_report, replay->relay, cancellable,
                                   &verdict, error))
    return NULL;
  return g_memdup2 (&verdict, sizeof verdict);
}

static void
end_replay (WbRunJobs *self)
{
  g_clear_pointer (&self->relay, wb_progress_relay_close);
  g_clear_object (&self->replay);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

static char *
tell_verdict (const char *title, const LatheVerdict *verdict)
{
  if (verdict->same)
    /* Translators: a run's title, and the first digits of a checksum */
    return g_strdup_printf (_ ("%s comes out the same, to the bit (SHA-256 %.12s…)."), title, verdict->weights);
  return g_strdup_printf (_ ("%s does not come out the same: its weights are others now. %s"), title,
                          verdict->why ? verdict->why : "");
}

static void
on_replayed (GObject *owner, gpointer result, const GError *error, gpointer cancellable)
{
  WbRunJobs *self = WB_RUN_JOBS (owner);
  LatheVerdict *verdict = result;
  g_autofree char *message = NULL;

  if (self->replay == cancellable)
    end_replay (self);
  if (verdict)
    message = tell_verdict (self->title, verdict);
  g_clear_pointer (&verdict, verdict_free);
  if (message)
    say (self, message);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    say (self, error->message);
}

static void
on_progress (guint done, guint total, gpointer self)
{
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (((WbRunJobs *) self)->progress),
                                 total > 0 ? (double) done / total : 0);
}

void
wb_run_jobs_verify (WbRunJobs *self, const char *list, gint64 id, const char *title)
{
  g_autofree char *text = NULL;
  Replay *replay;

  g_return_if_fail (WB_IS_RUN_JOBS (self));

  if (self->replay)
    {
      say (self, _ ("Another run is being replayed: wait for it, or cancel it."));
      return;
    }
  /* Translators: a run's title */
  text = g_strdup_printf (_ ("Replaying %s…"), title);
  gtk_label_set_text (GTK_LABEL (self->text), text);
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), 0);
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
  g_free (self->title);
  self->title = g_strdup (title);
  self->replay = g_cancellable_new ();
  self->relay = wb_progress_relay_new (on_progress, self);
  replay = g_new (Replay, 1);
  *replay = (Replay){g_strdup (list), id, wb_progress_relay_ref (self->relay)};
  wb_thread_call (G_OBJECT (self), replay_work, replay, replay_free, verdict_free, self->replay, on_replayed,
                  self->replay);
}

static void
on_cancel (WbRunJobs *self)
{
  g_cancellable_cancel (self->replay);
}

/* --- Writing to a file --- */

typedef struct
{
  char *list, *path;
  GArray *ids;
} Export;

static void
export_free (gpointer data)
{
  Export *export = data;

  g_free (export->list);
  g_free (export->path);
  g_array_unref (export->ids);
  g_free (export);
}

static gpointer
export_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Export *export = data;
  g_autoptr (LatheRuns) runs = lathe_runs_open (export->list, error);
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_run_free);

  for (guint i = 0; runs && i < export->ids->len; i++)
    {
      LatheRun *run = lathe_runs_find (runs, g_array_index (export->ids, gint64, i), error);

      if (!run)
        return NULL;
      g_ptr_array_add (list, run);
    }
  if (!runs || !lathe_runs_save (list, export->path, g_str_has_suffix (export->path, ".json"), error))
    return NULL;
  return g_strdup_printf (ngettext ("%u run was written to “%s”.", "%u runs were written to “%s”.", list->len),
                          list->len, export->path);
}

static void
on_exported (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  g_autofree char *message = result;

  say (WB_RUN_JOBS (owner), message ? message : error->message);
}

void
wb_run_jobs_export (WbRunJobs *self, const char *list, GArray *ids, const char *path)
{
  Export *export;

  g_return_if_fail (WB_IS_RUN_JOBS (self));

  export = g_new (Export, 1);
  *export = (Export){g_strdup (list), g_strdup (path), g_array_ref (ids)};
  wb_thread_call (G_OBJECT (self), export_work, export, export_free, g_free, NULL, on_exported, NULL);
}

/* --- Life --- */

static void
wb_run_jobs_dispose (GObject *object)
{
  WbRunJobs *self = WB_RUN_JOBS (object);

  g_cancellable_cancel (self->replay);
  g_clear_pointer (&self->relay, wb_progress_relay_close);
  g_clear_object (&self->replay);
  g_clear_pointer (&self->title, g_free);
  G_OBJECT_CLASS (wb_run_jobs_parent_class)->dispose (object);
}

static void
wb_run_jobs_class_init (WbRunJobsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_run_jobs_dispose;
  said_signal =
      g_signal_new ("said", WB_TYPE_RUN_JOBS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
wb_run_jobs_init (WbRunJobs *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12), *cancel = gtk_button_new_with_label (_ ("Cancel"));

  self->text = gtk_label_new (NULL);
  gtk_label_set_ellipsize (GTK_LABEL (self->text), PANGO_ELLIPSIZE_END);
  self->progress = g_object_new (GTK_TYPE_PROGRESS_BAR, "hexpand", TRUE, "valign", GTK_ALIGN_CENTER, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->progress), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Progress of the replay"), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (cancel), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Cancel the replay"), -1);
  g_signal_connect_swapped (cancel, "clicked", G_CALLBACK (on_cancel), self);
  gtk_box_append (GTK_BOX (box), self->text);
  gtk_box_append (GTK_BOX (box), self->progress);
  gtk_box_append (GTK_BOX (box), cancel);
  adw_bin_set_child (ADW_BIN (self), box);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

GtkWidget *
wb_run_jobs_new (void)
{
  return g_object_new (WB_TYPE_RUN_JOBS, NULL);
}
