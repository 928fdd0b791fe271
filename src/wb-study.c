/* wb-study.c: many trainings that belong together, one after another on a thread. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-study.h"

typedef struct
{
  GCancellable *running; /* NULL unless active */
  WbReportRelay *relay;
  gpointer report;
} WbStudyPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (WbStudy, wb_study, G_TYPE_OBJECT)

enum
{
  PROP_ACTIVE = 1,
  N_PROPERTIES,
};

enum
{
  CHANGED,
  FAILED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

static WbStudyPrivate *
get_private (WbStudy *self)
{
  return wb_study_get_instance_private (self);
}

static void
take_report (WbStudy *self, gpointer report)
{
  const WbStudyClass *class = WB_STUDY_GET_CLASS (self);
  WbStudyPrivate *private = get_private (self);

  if (private->report == report)
    return;
  g_clear_pointer (&private->report, class->unref);
  private->report = report ? class->ref (report) : NULL;
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_report (gpointer newest, gpointer study)
{
  take_report (study, newest);
}

static void
end (WbStudy *self)
{
  WbStudyPrivate *private = get_private (self);

  g_clear_pointer (&private->relay, wb_report_relay_close);
  g_clear_object (&private->running);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ACTIVE]);
}

/* One that was cancelled has found something all the same, which its last report told. */
static void
on_found (GObject *owner, gpointer result, const GError *error, gpointer cancellable)
{
  WbStudy *self = WB_STUDY (owner);
  const WbStudyClass *class = WB_STUDY_GET_CLASS (self);
  gboolean current = get_private (self)->running == cancellable;

  if (current && result)
    take_report (self, result);
  if (current)
    end (self);
  if (current && error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signals[FAILED], 0, error->message);
  g_clear_pointer (&result, class->unref);
}

WbReportRelay *
wb_study_begin (WbStudy *self)
{
  const WbStudyClass *class;
  WbStudyPrivate *private;

  g_return_val_if_fail (WB_IS_STUDY (self), NULL);

  class = WB_STUDY_GET_CLASS (self);
  private = get_private (self);
  if (private->running)
    return NULL;
  take_report (self, NULL);
  private->running = g_cancellable_new ();
  private->relay = wb_report_relay_new (on_report, self, class->ref, class->unref);
  return wb_report_relay_ref (private->relay);
}

void
wb_study_run (WbStudy *self, WbWork work, gpointer data, GDestroyNotify free_data)
{
  WbStudyPrivate *private;

  g_return_if_fail (WB_IS_STUDY (self) && wb_study_get_active (self));

  private = get_private (self);
  wb_thread_call (G_OBJECT (self), work, data, free_data, WB_STUDY_GET_CLASS (self)->unref, private->running, on_found,
                  private->running);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ACTIVE]);
}

/* The task is cancelled with it, and brings nothing any more: the last report came by the relay. */
void
wb_study_stop (WbStudy *self)
{
  g_return_if_fail (WB_IS_STUDY (self));

  if (get_private (self)->running)
    g_cancellable_cancel (get_private (self)->running);
}

void
wb_study_forget (WbStudy *self)
{
  g_return_if_fail (WB_IS_STUDY (self));

  wb_study_stop (self);
  if (wb_study_get_active (self))
    end (self);
  take_report (self, NULL);
}

gboolean
wb_study_get_active (WbStudy *self)
{
  g_return_val_if_fail (WB_IS_STUDY (self), FALSE);

  return get_private (self)->running != NULL;
}

gpointer
wb_study_get_report (WbStudy *self)
{
  g_return_val_if_fail (WB_IS_STUDY (self), NULL);

  return get_private (self)->report;
}

static void
wb_study_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  if (property_id == PROP_ACTIVE)
    g_value_set_boolean (value, wb_study_get_active (WB_STUDY (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
wb_study_dispose (GObject *object)
{
  WbStudy *self = WB_STUDY (object);
  WbStudyPrivate *private = get_private (self);

  wb_study_stop (self);
  g_clear_pointer (&private->relay, wb_report_relay_close);
  g_clear_object (&private->running);
  g_clear_pointer (&private->report, WB_STUDY_GET_CLASS (self)->unref);
  G_OBJECT_CLASS (wb_study_parent_class)->dispose (object);
}

static void
wb_study_class_init (WbStudyClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = wb_study_dispose;
  object_class->get_property = wb_study_get_property;
  properties[PROP_ACTIVE] =
      g_param_spec_boolean ("active", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  signals[CHANGED] = g_signal_new ("changed", WB_TYPE_STUDY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] =
      g_signal_new ("failed", WB_TYPE_STUDY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
wb_study_init (WbStudy *self)
{
}
