/* wb-survey.c: what is known of a project's images, and what is wrong with them.
 *
 * To look at every image takes long, and is done when it is asked for. To judge what was seen takes a moment, and is
 * done anew whenever the images are others, or other ones of them: what was cured is gone from the verdict, and is in
 * it again when the cure is undone.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-survey.h"

#include <math.h>

#include "wb-thread.h"

/* What a look came to: shared with the thread that judges it. */
typedef struct
{
  LatheSurvey *survey;
} Look;

struct _WbSurvey
{
  GObject parent_instance;

  WbProject *project;
  WbInsight *insight;
  Look *look; /* NULL until one was taken of this source */
  WbVerdict *verdict;
  guint width, height; /* that the verdict asks of an image */

  GCancellable *looking; /* NULL unless a look is being taken */
  WbProgressRelay *progress;
  gint64 since;     /* when it began */
  gboolean judging; /* on a thread */
  gboolean again;   /* what is being judged is out of date */
};

enum
{
  CHANGED,
  PROGRESS,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WbSurvey, wb_survey, G_TYPE_OBJECT)

static void
look_clear (gpointer data)
{
  lathe_survey_free (((Look *) data)->survey);
}

static void
look_unref (gpointer look)
{
  g_atomic_rc_box_release_full (look, look_clear);
}

static void
verdict_clear (gpointer data)
{
  WbVerdict *verdict = data;

  g_clear_pointer (&verdict->findings, g_ptr_array_unref);
  g_clear_pointer (&verdict->survey, lathe_survey_free);
  g_clear_pointer (&verdict->dataset, wb_thread_drop_dataset);
  g_free (verdict->keys);
  g_free (verdict->kept);
}

WbVerdict *
wb_verdict_ref (WbVerdict *verdict)
{
  return g_atomic_rc_box_acquire (verdict);
}

void
wb_verdict_unref (WbVerdict *verdict)
{
  g_atomic_rc_box_release_full (verdict, verdict_clear);
}

static void
free_verdict (gpointer verdict)
{
  wb_verdict_unref (verdict);
}

/* --- Judging --- */

typedef struct
{
  LatheDataset *dataset;
  Look *look;            /* NULL: none was taken */
  LatheInsight *insight; /* NULL: nobody was asked */
  guint width, height;
} Judging;

static void
judging_free (gpointer data)
{
  Judging *judging = data;

  lathe_dataset_unref (judging->dataset);
  g_clear_pointer (&judging->look, look_unref);
  g_clear_pointer (&judging->insight, lathe_insight_unref);
  g_free (judging);
}

static guint64
mix (guint64 key, guint64 value)
{
  return (key ^ value) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) + (key >> 29);
}

/* By its images, their classes and their sides. */
static guint64
make_key (LatheDataset *dataset, const LatheFinding *finding)
{
  guint64 key = mix (1, finding->flaw);

  for (guint i = 0; i < finding->images->len; i++)
    {
      const LatheImage *image = lathe_dataset_get_image (dataset, g_array_index (finding->images, guint, i));

      key = mix (mix (mix (key, g_str_hash (image->path)), image->label), image->split);
    }
  return key;
}

static gpointer
judge_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Judging *judging = data;
  WbVerdict *verdict = g_atomic_rc_box_new0 (WbVerdict);

  verdict->dataset = lathe_dataset_ref (judging->dataset);
  verdict->looked = judging->look != NULL;
  verdict->survey = verdict->looked ? lathe_survey_adapt (judging->look->survey, judging->dataset)
                                    : lathe_survey_new_unlooked (judging->dataset);
  verdict->n_unlooked = verdict->looked ? lathe_survey_get_n_unlooked (verdict->survey) : 0;
  verdict->asked = judging->insight != NULL;
  if (verdict->asked)
    lathe_insight_tell (judging->insight, verdict->survey, verdict->dataset);
  verdict->findings = lathe_survey_find_flaws (verdict->survey, judging->width, judging->height);
  verdict->keys = g_new (guint64, verdict->findings->len);
  verdict->kept = g_new (gboolean, verdict->findings->len);
  for (guint i = 0; i < verdict->findings->len; i++)
    {
      verdict->keys[i] = make_key (verdict->dataset, verdict->findings->pdata[i]);
      verdict->kept[i] = lathe_finding_is_kept (verdict->findings->pdata[i], verdict->dataset);
      verdict->n_kept += verdict->kept[i] != 0;
    }
  return verdict;
}

static void judge (WbSurvey *self);

static void
on_judged (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbSurvey *self = WB_SURVEY (owner);

  self->judging = FALSE;
  if (!self->project)
    {
      wb_verdict_unref (result);
      return;
    }
  if (self->again)
    {
      wb_verdict_unref (result);
      judge (self);
      return;
    }
  g_clear_pointer (&self->verdict, wb_verdict_unref);
  self->verdict = result;
  g_signal_emit (self, signals[CHANGED], 0);
}

/* Half of the network's size is what an image should have at least: as many are a little smaller as are larger. */
static void
judge (WbSurvey *self)
{
  LatheDataset *dataset = wb_project_get_dataset (self->project);
  LatheInsight *insight = wb_insight_get (self->insight);
  const LathePreprocess *asked = wb_project_get_preprocess (self->project);
  Judging *judging;

  self->again = self->judging;
  if (self->judging || !dataset)
    return;
  self->width = asked->width / 2;
  self->height = asked->height / 2;
  self->judging = TRUE;
  judging = g_new (Judging, 1);
  *judging = (Judging){lathe_dataset_ref (dataset), self->look ? g_atomic_rc_box_acquire (self->look) : NULL,
                       insight ? lathe_insight_ref (insight) : NULL, self->width, self->height};
  wb_thread_call (G_OBJECT (self), judge_work, judging, judging_free, free_verdict, NULL, on_judged, NULL);
}

/* --- Looking --- */

typedef struct
{
  LatheDataset *dataset;
  WbProgressRelay *progress;
} Looking;

static void
looking_free (gpointer data)
{
  Looking *looking = data;

  lathe_dataset_unref (looking->dataset);
  wb_progress_relay_unref (looking->progress);
  g_free (looking);
}

static gpointer
look_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Looking *looking = data;
  LatheSurvey *survey = lathe_survey_new (looking->dataset, lathe_default_threads (), wb_progress_relay_report,
                                          looking->progress, cancellable, error);
  Look *look;

  if (!survey)
    return NULL;
  look = g_atomic_rc_box_new0 (Look);
  look->survey = survey;
  return look;
}

static void
end_look (WbSurvey *self)
{
  g_clear_pointer (&self->progress, wb_progress_relay_close);
  g_clear_object (&self->looking);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_looked (GObject *owner, gpointer result, const GError *error, gpointer cancellable)
{
  WbSurvey *self = WB_SURVEY (owner);

  if (self->looking != cancellable)
    {
      g_clear_pointer (&result, look_unref);
      return;
    }
  if (result)
    {
      g_clear_pointer (&self->look, look_unref);
      self->look = result;
      judge (self);
    }
  end_look (self);
}

static void
on_progress (guint done, guint total, gpointer data)
{
  g_signal_emit (data, signals[PROGRESS], 0, done, total);
}

void
wb_survey_look (WbSurvey *self)
{
  LatheDataset *dataset;
  Looking *looking;

  g_return_if_fail (WB_IS_SURVEY (self));

  dataset = wb_project_get_dataset (self->project);
  if (self->looking || !dataset)
    return;
  self->looking = g_cancellable_new ();
  self->progress = wb_progress_relay_new (on_progress, self);
  self->since = g_get_monotonic_time ();
  looking = g_new (Looking, 1);
  *looking = (Looking){lathe_dataset_ref (dataset), wb_progress_relay_ref (self->progress)};
  wb_thread_call (G_OBJECT (self), look_work, looking, looking_free, look_unref, self->looking, on_looked,
                  self->looking);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
wb_survey_cancel (WbSurvey *self)
{
  g_return_if_fail (WB_IS_SURVEY (self));

  if (!self->looking)
    return;
  g_cancellable_cancel (self->looking);
  end_look (self);
}

gboolean
wb_survey_get_looking (WbSurvey *self)
{
  g_return_val_if_fail (WB_IS_SURVEY (self), FALSE);

  return self->looking != NULL;
}

double
wb_survey_get_seconds_left (WbSurvey *self, guint done, guint total)
{
  double elapsed;

  g_return_val_if_fail (WB_IS_SURVEY (self), NAN);

  elapsed = (g_get_monotonic_time () - self->since) / 1e6;
  return done > 0 && elapsed > 1 ? elapsed * (total - done) / done : NAN;
}

/* --- Life --- */

static void
on_dataset_changed (WbSurvey *self)
{
  wb_survey_cancel (self);
  g_clear_pointer (&self->look, look_unref);
  g_clear_pointer (&self->verdict, wb_verdict_unref);
  g_signal_emit (self, signals[CHANGED], 0);
  judge (self);
}

static void
on_network_changed (WbSurvey *self)
{
  const LathePreprocess *asked = wb_project_get_preprocess (self->project);

  if (asked->width / 2 != self->width || asked->height / 2 != self->height)
    judge (self);
}

WbProject *
wb_survey_get_project (WbSurvey *self)
{
  g_return_val_if_fail (WB_IS_SURVEY (self), NULL);

  return self->project;
}

WbInsight *
wb_survey_get_insight (WbSurvey *self)
{
  g_return_val_if_fail (WB_IS_SURVEY (self), NULL);

  return self->insight;
}

WbVerdict *
wb_survey_get_verdict (WbSurvey *self)
{
  g_return_val_if_fail (WB_IS_SURVEY (self), NULL);

  return self->verdict;
}

static void
wb_survey_dispose (GObject *object)
{
  WbSurvey *self = WB_SURVEY (object);

  if (self->looking)
    g_cancellable_cancel (self->looking);
  g_clear_pointer (&self->progress, wb_progress_relay_close);
  g_clear_object (&self->looking);
  g_clear_pointer (&self->look, look_unref);
  g_clear_pointer (&self->verdict, wb_verdict_unref);
  g_clear_object (&self->insight);
  g_clear_object (&self->project);
  G_OBJECT_CLASS (wb_survey_parent_class)->dispose (object);
}

static void
wb_survey_class_init (WbSurveyClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_survey_dispose;
  signals[CHANGED] = g_signal_new ("changed", WB_TYPE_SURVEY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[PROGRESS] = g_signal_new ("progress", WB_TYPE_SURVEY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                    G_TYPE_UINT, G_TYPE_UINT);
}

static void
wb_survey_init (WbSurvey *self)
{
}

WbSurvey *
wb_survey_new (WbProject *project, WbInsight *insight)
{
  WbSurvey *self = g_object_new (WB_TYPE_SURVEY, NULL);

  self->project = g_object_ref (project);
  self->insight = g_object_ref (insight);
  g_signal_connect_object (insight, "changed", G_CALLBACK (judge), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "dataset-changed", G_CALLBACK (on_dataset_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "images-changed", G_CALLBACK (judge), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "split-changed", G_CALLBACK (judge), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "network-changed", G_CALLBACK (on_network_changed), self, G_CONNECT_SWAPPED);
  judge (self);
  return self;
}
