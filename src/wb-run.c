/* wb-run.c: the training that is going on, as the pages see it. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-run.h"

#include <math.h>

#include "wb-stalls.h"
#include "wb-thread.h"

struct _WbRun
{
  GObject parent_instance;

  LatheTrainer *trainer; /* NULL unless active */
  WbSnapshotRelay *relay;
  LatheSnapshot *snapshot;
  GArray *points;
  char *warning;  /* the newest that was told */
  char **watched; /* NULL-terminated */
  gboolean active;
  gboolean grows, head_alone;
  gboolean taken_up; /* the points of its earlier epochs are not there yet */
};

G_DEFINE_FINAL_TYPE (WbRun, wb_run, G_TYPE_OBJECT)

enum
{
  PROP_ACTIVE = 1,
  N_PROPERTIES,
};

enum
{
  PROGRESS,
  EPOCH,
  FAILED,
  WARNED,
  CHANGED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

static void
set_active (WbRun *self, gboolean active)
{
  if (self->active == active)
    return;
  self->active = active;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ACTIVE]);
}

static gboolean
has_ended (LatheTrainerState state)
{
  return state == LATHE_TRAINER_FINISHED || state == LATHE_TRAINER_STOPPED || state == LATHE_TRAINER_FAILED;
}

static gboolean
is_at_end (const LatheSnapshot *snapshot)
{
  return snapshot && has_ended (snapshot->state);
}

static void
let_go_of_trainer (WbRun *self)
{
  if (!self->trainer)
    return;
  wb_thread_retire (g_steal_pointer (&self->trainer), wb_snapshot_relay_ref (self->relay));
  g_clear_pointer (&self->relay, wb_snapshot_relay_close);
}

/* A run that is taken up knows of its earlier epochs what they came to, or of some: that is one point for each, before
 * those that come now. */
static void
add_earlier_points (WbRun *self, const GArray *finished, const GArray *points)
{
  double first = points->len > 0 ? g_array_index (points, LathePoint, 0).epoch : G_MAXDOUBLE;

  for (guint i = 0; i < finished->len; i++)
    {
      const LatheEpoch *epoch = &g_array_index (finished, LatheEpoch, i);
      LathePoint point = {epoch->epoch,         epoch->loss, epoch->accuracy, epoch->step, epoch->elapsed,
                          epoch->learning_rate, NAN};

      if (lathe_epoch_is_known (epoch) && point.epoch < first)
        g_array_append_val (self->points, point);
    }
  self->taken_up = FALSE;
}

static void
tell_warning (WbRun *self, const char *warning)
{
  if (!warning || g_strcmp0 (warning, self->warning) == 0)
    return;
  g_free (self->warning);
  self->warning = g_strdup (warning);
  g_signal_emit (self, signals[WARNED], 0, warning);
}

/* What was taken back is told by where the training stands: before where it was, or with fewer changes. */
static void
tell_change (WbRun *self, const LatheSnapshot *before, const LatheSnapshot *now)
{
  gboolean back = now->changes->len < before->changes->len || now->position < before->position;

  if (back || now->changes->len > before->changes->len)
    g_signal_emit (self, signals[CHANGED], 0, back);
}

static void
on_snapshot (LatheSnapshot *newest, GArray *points, gpointer data)
{
  g_autoptr (WbRun) self = g_object_ref (data);
  g_autoptr (LatheSnapshot) before = NULL;
  guint n_before = self->snapshot ? self->snapshot->finished->len : 0;

  if (self->taken_up && newest->state != LATHE_TRAINER_PREPARING)
    add_earlier_points (self, newest->finished, points);
  if (newest->state != LATHE_TRAINER_PREPARING) /* where it goes on is not known before */
    {
      lathe_points_follow (self->points, points, newest->position);
      lathe_points_thin (self->points);
    }
  before = g_steal_pointer (&self->snapshot);
  self->snapshot = lathe_snapshot_ref (newest);

  if (is_at_end (newest))
    {
      if (newest->state == LATHE_TRAINER_STOPPED)
        wb_stalls_stop_answered ();
      let_go_of_trainer (self);
      set_active (self, FALSE);
    }

  g_signal_emit (self, signals[PROGRESS], 0);
  if (newest->finished->len > n_before)
    g_signal_emit (self, signals[EPOCH], 0);
  tell_warning (self, newest->warning);
  if (before && !self->taken_up && before->state != LATHE_TRAINER_PREPARING)
    tell_change (self, before, newest);
  if (newest->state == LATHE_TRAINER_FAILED)
    g_signal_emit (self, signals[FAILED], 0, newest->error->message);
}

/* Returns: (nullable): a trainer that reports here; `unfinished` (transfer full) is NULL for a new run */
static LatheTrainer *
make_trainer (WbRun *self, LatheDataset *dataset, const LatheGraph *graph, const LathePreprocess *preprocess,
              const LatheHyperparameters *hyperparameters, LatheUnfinished *unfinished, GError **error)
{
  g_autoptr (LatheUnfinished) earlier = unfinished;
  g_autoptr (LatheTrainer) trainer = NULL;

  self->relay = wb_snapshot_relay_new (on_snapshot, self);
  trainer =
      lathe_trainer_new (dataset, graph, preprocess, hyperparameters, wb_snapshot_relay_observe, self->relay, error);
  if (trainer && (!earlier || lathe_trainer_take_up (trainer, g_steal_pointer (&earlier), error)))
    return g_steal_pointer (&trainer);
  g_clear_pointer (&self->relay, wb_snapshot_relay_close);
  return NULL;
}

/* `goes_on`: it is the one whose points are here. */
static void
start (WbRun *self, LatheTrainer *trainer, gboolean goes_on, const char *checkpoint, const LatheRecord *record)
{
  lathe_trainer_set_checkpoint (trainer, checkpoint);
  lathe_trainer_record (trainer, record);
  lathe_trainer_watch (trainer, (const char *const *) self->watched);
  self->trainer = trainer;
  g_clear_pointer (&self->snapshot, lathe_snapshot_unref);
  g_clear_pointer (&self->warning, g_free);
  if (!goes_on)
    g_array_set_size (self->points, 0);
  set_active (self, TRUE);
  g_signal_emit (self, signals[PROGRESS], 0);
  lathe_trainer_start (trainer);
}

gboolean
wb_run_start (WbRun *self, LatheDataset *dataset, const LatheGraph *graph, const LathePreprocess *preprocess,
              const LatheHyperparameters *hyperparameters, const LatheInheritance *inheritance, const char *checkpoint,
              const char *list, GError **error)
{
  LatheTrainer *trainer;

  g_return_val_if_fail (WB_IS_RUN (self), FALSE);
  g_return_val_if_fail (!self->active, FALSE);

  trainer = make_trainer (self, dataset, graph, preprocess, hyperparameters, NULL, error);
  if (!trainer)
    return FALSE;
  if (inheritance)
    lathe_trainer_begin_with (trainer, inheritance);
  self->taken_up = self->grows = self->head_alone = FALSE;
  start (self, trainer, FALSE, checkpoint, &(LatheRecord){.path = list});
  return TRUE;
}

gboolean
wb_run_grow (WbRun *self, LatheDataset *dataset, const LatheGrowth *growth, const LatheGraph *graph,
             const LatheHyperparameters *hyperparameters, const char *checkpoint, const char *list, GError **error)
{
  LatheTrainer *trainer;

  g_return_val_if_fail (WB_IS_RUN (self), FALSE);
  g_return_val_if_fail (!self->active, FALSE);

  trainer = make_trainer (self, dataset, graph, &growth->from->preprocess, hyperparameters, NULL, error);
  if (!trainer)
    return FALSE;
  lathe_trainer_grow_on (trainer, growth);
  self->taken_up = FALSE;
  self->grows = TRUE;
  self->head_alone = growth->n_learning == 0;
  start (self, trainer, FALSE, checkpoint, &(LatheRecord){.path = list, .network = growth->name});
  return TRUE;
}

gboolean
wb_run_continue (WbRun *self, LatheDataset *dataset, LatheUnfinished *unfinished, guint more, const char *checkpoint,
                 const char *list, GError **error)
{
  LatheTrainer *trainer;
  gboolean goes_on;

  g_return_val_if_fail (WB_IS_RUN (self), FALSE);
  g_return_val_if_fail (!self->active, FALSE);

  trainer = make_trainer (self, dataset, unfinished->graph, &unfinished->preprocess, &unfinished->hyperparameters,
                          unfinished, error);
  if (!trainer)
    return FALSE;
  if (more > 0)
    lathe_trainer_add_epochs (trainer, more);
  goes_on = more > 0 && is_at_end (self->snapshot);
  self->taken_up = !goes_on;
  self->grows = self->head_alone = FALSE;
  start (self, trainer, goes_on, checkpoint, &(LatheRecord){.path = list});
  return TRUE;
}

void
wb_run_pause (WbRun *self)
{
  g_return_if_fail (WB_IS_RUN (self));

  if (self->trainer)
    lathe_trainer_pause (self->trainer);
}

void
wb_run_resume (WbRun *self)
{
  g_return_if_fail (WB_IS_RUN (self));

  if (self->trainer)
    lathe_trainer_resume (self->trainer);
}

void
wb_run_step (WbRun *self)
{
  g_return_if_fail (WB_IS_RUN (self));

  if (self->trainer)
    lathe_trainer_step (self->trainer);
}

void
wb_run_stop (WbRun *self)
{
  g_return_if_fail (WB_IS_RUN (self));

  if (!self->trainer)
    return;
  wb_stalls_stop_asked ();
  lathe_trainer_stop (self->trainer);
}

void
wb_run_set (WbRun *self, const char *hyperparameter, double value)
{
  g_autoptr (GError) error = NULL;

  g_return_if_fail (WB_IS_RUN (self));

  if (self->trainer && !lathe_trainer_set (self->trainer, hyperparameter, value, &error))
    tell_warning (self, error->message);
}

void
wb_run_freeze (WbRun *self, const char *layer, guint frozen)
{
  g_return_if_fail (WB_IS_RUN (self));

  if (self->trainer)
    lathe_trainer_freeze (self->trainer, layer, frozen);
}

void
wb_run_take_back (WbRun *self)
{
  g_return_if_fail (WB_IS_RUN (self));

  if (self->trainer)
    lathe_trainer_take_back (self->trainer);
}

void
wb_run_watch (WbRun *self, const char *const *paths)
{
  g_return_if_fail (WB_IS_RUN (self));

  g_strfreev (self->watched);
  self->watched = g_strdupv ((char **) paths);
  if (self->trainer)
    lathe_trainer_watch (self->trainer, paths);
}

gboolean
wb_run_get_active (WbRun *self)
{
  g_return_val_if_fail (WB_IS_RUN (self), FALSE);

  return self->active;
}

gboolean
wb_run_get_paused (WbRun *self)
{
  g_return_val_if_fail (WB_IS_RUN (self), FALSE);

  return self->active && self->snapshot && self->snapshot->state == LATHE_TRAINER_PAUSED;
}

gboolean
wb_run_grows (WbRun *self)
{
  g_return_val_if_fail (WB_IS_RUN (self), FALSE);

  return self->grows;
}

gboolean
wb_run_is_head_alone (WbRun *self)
{
  g_return_val_if_fail (WB_IS_RUN (self), FALSE);

  return self->head_alone;
}

gboolean
wb_run_can_pause (WbRun *self)
{
  g_return_val_if_fail (WB_IS_RUN (self), FALSE);

  return self->active && !(self->grows && (!self->snapshot || self->snapshot->state == LATHE_TRAINER_PREPARING));
}

double
wb_run_get_fraction (WbRun *self)
{
  const LatheSnapshot *snapshot;
  double within;

  g_return_val_if_fail (WB_IS_RUN (self), 0);

  snapshot = self->snapshot;
  if (!snapshot || !snapshot->epochs)
    return 0;
  if (snapshot->state == LATHE_TRAINER_FINISHED)
    return 1;
  if (snapshot->growing)
    return (double) snapshot->measured / MAX (snapshot->to_measure, 1);
  within = snapshot->steps ? (double) snapshot->step / snapshot->steps : 0;
  return CLAMP ((MAX (snapshot->epoch, 1) - 1 + within) / snapshot->epochs, 0, 1);
}

LatheSnapshot *
wb_run_get_snapshot (WbRun *self)
{
  g_return_val_if_fail (WB_IS_RUN (self), NULL);

  return self->snapshot;
}

const GArray *
wb_run_get_points (WbRun *self)
{
  g_return_val_if_fail (WB_IS_RUN (self), NULL);

  return self->points;
}

static void
wb_run_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  WbRun *self = WB_RUN (object);

  switch (property_id)
    {
    case PROP_ACTIVE:
      g_value_set_boolean (value, self->active);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

/* The program must not end under the feet of a thread that computes, so this one time the trainer is waited for here.
 */
static void
wb_run_dispose (GObject *object)
{
  WbRun *self = WB_RUN (object);

  g_clear_pointer (&self->trainer, lathe_trainer_free);
  g_clear_pointer (&self->relay, wb_snapshot_relay_close);
  g_clear_pointer (&self->snapshot, lathe_snapshot_unref);
  g_clear_pointer (&self->points, g_array_unref);
  g_clear_pointer (&self->warning, g_free);
  g_clear_pointer (&self->watched, g_strfreev);
  G_OBJECT_CLASS (wb_run_parent_class)->dispose (object);
}

static void
wb_run_class_init (WbRunClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = wb_run_dispose;
  object_class->get_property = wb_run_get_property;

  properties[PROP_ACTIVE] =
      g_param_spec_boolean ("active", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  signals[PROGRESS] = g_signal_new ("progress", WB_TYPE_RUN, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[EPOCH] = g_signal_new ("epoch", WB_TYPE_RUN, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] =
      g_signal_new ("failed", WB_TYPE_RUN, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[CHANGED] =
      g_signal_new ("changed", WB_TYPE_RUN, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
  signals[WARNED] =
      g_signal_new ("warned", WB_TYPE_RUN, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
wb_run_init (WbRun *self)
{
  self->points = g_array_new (FALSE, FALSE, sizeof (LathePoint));
  self->watched = g_new0 (char *, 1);
}

WbRun *
wb_run_new (void)
{
  return g_object_new (WB_TYPE_RUN, NULL);
}
