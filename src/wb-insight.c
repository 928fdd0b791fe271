/* wb-insight.c: what a network that knows many images tells of a project's, once it is asked.
 *
 * Its features are kept on the disk, so that a second question about the same images takes a moment.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-insight.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-thread.h"

struct _WbInsight
{
  GObject parent_instance;

  WbProject *project;
  LatheInsight *insight; /* NULL until somebody asked about this source */

  GCancellable *asking; /* NULL unless it is being asked */
  WbProgressRelay *progress;
  gint64 since; /* when that began */
};

enum
{
  CHANGED,
  PROGRESS,
  FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WbInsight, wb_insight, G_TYPE_OBJECT)

/* --- Asking --- */

typedef struct
{
  LatheDataset *dataset;
  char *source; /* the starting point's name */
  guint64 seed;
  WbProgressRelay *progress;
} Asking;

static void
asking_free (gpointer data)
{
  Asking *asking = data;

  wb_thread_drop_dataset (asking->dataset);
  wb_progress_relay_unref (asking->progress);
  g_free (asking->source);
  g_free (asking);
}

static void
free_insight (gpointer insight)
{
  lathe_insight_unref (insight);
}

static gpointer
ask_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Asking *asking = data;
  const LatheInsightOptions options = {.seed = asking->seed, .doubts = TRUE};
  g_autoptr (LatheModel) model = lathe_pretrained_load (asking->source, error);

  return model ? lathe_insight_new (model, asking->dataset, &options, wb_progress_relay_report, asking->progress,
                                    cancellable, error)
               : NULL;
}

static void
end (WbInsight *self)
{
  g_clear_pointer (&self->progress, wb_progress_relay_close);
  g_clear_object (&self->asking);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_answered (GObject *owner, gpointer result, const GError *error, gpointer cancellable)
{
  WbInsight *self = WB_INSIGHT (owner);

  if (self->asking != cancellable)
    {
      g_clear_pointer (&result, free_insight);
      return;
    }
  if (result)
    {
      g_clear_pointer (&self->insight, lathe_insight_unref);
      self->insight = result;
    }
  end (self);
  if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signals[FAILED], 0, error->message);
}

static void
on_progress (guint done, guint total, gpointer data)
{
  g_signal_emit (data, signals[PROGRESS], 0, done, total);
}

void
wb_insight_ask (WbInsight *self)
{
  const LatheStartingPoint *source;
  LatheDataset *dataset;
  Asking *asking;

  g_return_if_fail (WB_IS_INSIGHT (self));

  dataset = wb_project_get_dataset (self->project);
  source = wb_insight_get_source (self);
  if (self->asking || !dataset || !source)
    return;
  self->asking = g_cancellable_new ();
  self->progress = wb_progress_relay_new (on_progress, self);
  self->since = g_get_monotonic_time ();
  asking = g_new (Asking, 1);
  *asking = (Asking){lathe_dataset_ref (dataset), g_strdup (source->name), lathe_dataset_get_options (dataset)->seed,
                     wb_progress_relay_ref (self->progress)};
  wb_thread_call (G_OBJECT (self), ask_work, asking, asking_free, free_insight, self->asking, on_answered,
                  self->asking);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
wb_insight_cancel (WbInsight *self)
{
  g_return_if_fail (WB_IS_INSIGHT (self));

  if (!self->asking)
    return;
  g_cancellable_cancel (self->asking);
  end (self);
}

gboolean
wb_insight_get_asking (WbInsight *self)
{
  g_return_val_if_fail (WB_IS_INSIGHT (self), FALSE);

  return self->asking != NULL;
}

double
wb_insight_get_seconds_left (WbInsight *self, guint done, guint total)
{
  double elapsed;

  g_return_val_if_fail (WB_IS_INSIGHT (self), NAN);

  elapsed = (double) (g_get_monotonic_time () - self->since) / G_USEC_PER_SEC;
  return done > 0 && elapsed > 1 ? elapsed * (total - done) / done : NAN;
}

/* --- Who is asked --- */

/* What a training would begin with is asked about images, too. */
const LatheStartingPoint *
wb_insight_get_source (WbInsight *self)
{
  g_return_val_if_fail (WB_IS_INSIGHT (self), NULL);

  return wb_project_get_starting_point (self->project);
}

const char *
wb_insight_get_absence (void)
{
  return _ ("No network that knows many images is here yet; the Train page tells how to get one.");
}

/* --- Life --- */

static void
on_points_changed (WbInsight *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_dataset_changed (WbInsight *self)
{
  wb_insight_cancel (self);
  g_clear_pointer (&self->insight, lathe_insight_unref);
  g_signal_emit (self, signals[CHANGED], 0);
}

WbProject *
wb_insight_get_project (WbInsight *self)
{
  g_return_val_if_fail (WB_IS_INSIGHT (self), NULL);

  return self->project;
}

LatheInsight *
wb_insight_get (WbInsight *self)
{
  g_return_val_if_fail (WB_IS_INSIGHT (self), NULL);

  return self->insight;
}

static void
wb_insight_dispose (GObject *object)
{
  WbInsight *self = WB_INSIGHT (object);

  if (self->asking)
    g_cancellable_cancel (self->asking);
  g_clear_pointer (&self->progress, wb_progress_relay_close);
  g_clear_object (&self->asking);
  g_clear_pointer (&self->insight, lathe_insight_unref);
  g_clear_object (&self->project);
  G_OBJECT_CLASS (wb_insight_parent_class)->dispose (object);
}

static void
wb_insight_class_init (WbInsightClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_insight_dispose;
  signals[CHANGED] = g_signal_new ("changed", WB_TYPE_INSIGHT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[PROGRESS] = g_signal_new ("progress", WB_TYPE_INSIGHT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                    G_TYPE_UINT, G_TYPE_UINT);
  signals[FAILED] =
      g_signal_new ("failed", WB_TYPE_INSIGHT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
wb_insight_init (WbInsight *self)
{
}

WbInsight *
wb_insight_new (WbProject *project)
{
  WbInsight *self = g_object_new (WB_TYPE_INSIGHT, NULL);

  self->project = g_object_ref (project);
  g_signal_connect_object (project, "dataset-changed", G_CALLBACK (on_dataset_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "points-changed", G_CALLBACK (on_points_changed), self, G_CONNECT_SWAPPED);
  return self;
}
