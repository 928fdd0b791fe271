/* lathe-sweep-report.c: what a sweep says of its runs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "lathe-sweep-private.h"

#define REPORT_INTERVAL (G_USEC_PER_SEC / 5)

const char *const lathe_sweep_method_names[] = {"grid", "random", "halving", NULL};
const char *const lathe_sweep_method_titles[] = {N_ ("Grid"), N_ ("Random"), N_ ("Halving"), NULL};
const char *const lathe_swept_state_names[] = {"waiting", "training", "stopped", "finished", "cut-off", "failed", NULL};
const char *const lathe_swept_state_titles[] = {
    N_ ("waiting"), N_ ("training"), N_ ("stopped early"), N_ ("finished"), N_ ("cut off"), N_ ("failed"), NULL};

G_STATIC_ASSERT (G_N_ELEMENTS (lathe_sweep_method_names) == LATHE_N_SWEEP_METHODS + 1);
G_STATIC_ASSERT (G_N_ELEMENTS (lathe_swept_state_names) == LATHE_N_SWEPT_STATES + 1);
G_STATIC_ASSERT (G_N_ELEMENTS (lathe_swept_state_titles) == LATHE_N_SWEPT_STATES + 1);

void
lathe_swept_free (LatheSwept *swept)
{
  g_free (swept->settings);
  g_free (swept->reason);
  g_free (swept);
}

static LatheSwept *
copy (const LatheSwept *swept)
{
  LatheSwept *other = g_memdup2 (swept, sizeof *swept);

  other->settings = g_strdup (swept->settings);
  other->reason = g_strdup (swept->reason);
  return other;
}

LatheSweepReport *
lathe_sweep_report_ref (LatheSweepReport *report)
{
  g_atomic_ref_count_inc (&report->references);
  return report;
}

void
lathe_sweep_report_unref (LatheSweepReport *report)
{
  if (!g_atomic_ref_count_dec (&report->references))
    return;
  g_ptr_array_unref (report->swept);
  g_free (report->group);
  g_free (report);
}

/* Of those that were trained the longest: a score after one epoch is none beside one after ten. */
static gboolean
is_better (const LatheSwept *one, const LatheSwept *best)
{
  gboolean finished = one->state == LATHE_SWEPT_FINISHED, best_finished = best->state == LATHE_SWEPT_FINISHED;

  return finished != best_finished ? finished : one->score > best->score;
}

static void
add_swept (LatheSweepReport *report, const LatheSwept *swept)
{
  int index = (int) report->swept->len;

  g_ptr_array_add (report->swept, copy (swept));
  report->n_over += swept->state > LATHE_SWEPT_TRAINING;
  if (!isnan (swept->score) && (report->best < 0 || is_better (swept, report->swept->pdata[report->best])))
    report->best = index;
}

static LatheSweepReport *
make_report (LatheSweep *sweep)
{
  LatheSweepReport *report = g_new (LatheSweepReport, 1);
  double elapsed = (double) (g_get_monotonic_time () - sweep->begin) / G_USEC_PER_SEC;
  double fraction = sweep->all > 0 ? CLAMP ((sweep->done + sweep->begun) / sweep->all, 0, 1) : 0;
  gboolean over = sweep->state != LATHE_SWEEP_RUNNING;

  *report = (LatheSweepReport){
      .state = sweep->state,
      .group = g_strdup (sweep->group),
      .swept = g_ptr_array_new_full (sweep->swept->len, (GDestroyNotify) lathe_swept_free),
      .best = -1,
      .elapsed = elapsed,
      .left = over           ? 0
              : fraction > 0 ? elapsed * (1 - fraction) / fraction
                             : NAN,
      .fraction = over ? 1 : fraction,
  };
  g_atomic_ref_count_init (&report->references);
  for (guint i = 0; i < sweep->swept->len; i++)
    add_swept (report, sweep->swept->pdata[i]);
  return report;
}

void
lathe_sweep_say (LatheSweep *sweep)
{
  g_autoptr (LatheSweepReport) report = NULL;

  sweep->last_report = g_get_monotonic_time ();
  if (sweep->observer == NULL)
    return;
  report = make_report (sweep);
  sweep->observer (report, sweep->observer_data);
}

void
lathe_sweep_say_when_due (LatheSweep *sweep)
{
  if (g_get_monotonic_time () - sweep->last_report >= REPORT_INTERVAL)
    lathe_sweep_say (sweep);
}

/* (transfer full): how it ended */
LatheSweepReport *
lathe_sweep_last_report (LatheSweep *sweep)
{
  return make_report (sweep);
}
