/* wb-grown.c: what came of growing a model on another one: its scores, and whether more images would help.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-grown.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-chart.h"
#include "wb-text.h"
#include "wb-thread.h"

struct _WbGrown
{
  AdwBin parent_instance;

  GtkWidget *content;
  GtkLabel *scores, *work, *rising;
  WbChart *chart;

  WbProject *project;
  gint64 chosen;        /* of the list; 0: the present run */
  LatheTransfer *read;  /* of the chosen one, once it is read */
  LatheTransfer *shown; /* or NULL */
  gboolean alone;
};

enum
{
  PROP_ALONE = 1,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];
static guint failed_signal;

G_DEFINE_FINAL_TYPE (WbGrown, wb_grown, ADW_TYPE_BIN)

/* --- In words --- */

/* “97.8 % (92.3 – 99.4 %)” (transfer full) */
static char *
describe_score (const LatheTransferScore *score)
{
  g_autofree char *accuracy = wb_text_percent (score->accuracy), *interval = wb_text_interval (score->interval, TRUE);

  return g_strdup_printf ("%s (%s)", accuracy, interval);
}

static void
show_scores (WbGrown *self, const LatheTransfer *transfer)
{
  g_autofree char *validation = describe_score (&transfer->validation), *test = describe_score (&transfer->test);
  g_autoptr (GString) text = g_string_new (NULL);

  if (transfer->n_folds > 0)
    /* Translators: a share with its interval, how many images, and how many folds (five) */
    g_string_append_printf (text,
                            _ ("Right about images that it had not learned from: %s of %u, in %u folds. There are too "
                               "few validation images for a score of their own, so that all were dealt out in turn; "
                               "the model has learned from every one of them."),
                            validation, transfer->validation.n, transfer->n_folds);
  else if (transfer->validation.n > 0)
    /* Translators: a share with its interval, and how many images */
    g_string_append_printf (text, _ ("Right about validation images: %s of %u."), validation, transfer->validation.n);
  if (transfer->test.n > 0)
    /* Translators: a share with its interval, and how many images; a sentence before it may end with a full stop */
    g_string_append_printf (text, _ (" Right about test images: %s of %u."), test, transfer->test.n);
  gtk_label_set_text (self->scores, g_strstrip (text->str));
}

static void
show_work (WbGrown *self, const LatheTransfer *transfer)
{
  g_autofree char *features = wb_text_duration (transfer->feature_seconds);
  g_autofree char *head = wb_text_duration (transfer->head_seconds), *new = wb_text_count (transfer->n_computed);
  g_autofree char *known = wb_text_count (transfer->n_found), *text = NULL;

  /* Translators: how many images, how many images, “34 s”, how many images, “1 s” */
  text = g_strdup_printf (_ ("%s images were new and looked at, %s were known from before: %s. The last layer learned "
                             "from %u of them in %s."),
                          new, known, features, transfer->n_learned, head);
  gtk_label_set_text (self->work, text);
}

/* --- The curve --- */

static void
show_curve (WbGrown *self, const LatheTransfer *transfer)
{
  guint n = transfer->curve ? transfer->curve->len : 0;
  g_autofree double *numbers = g_new (double, 4 * n + 1);
  double *x = numbers, *y = x + n, *low = y + n, *high = low + n;
  const WbChartSeries series[] = {
      {.name = "", .title = _ ("Accuracy"), .color = WB_CHART_BLUE, .n = n, .x = x, .y = y, .mark = -1},
      {.name = _ ("at least"),
       .title = _ ("At least (95 %)"),
       .color = WB_CHART_BLUE,
       .dashed = TRUE,
       .n = n,
       .x = x,
       .y = low,
       .mark = -1},
      {.name = _ ("at most"),
       .title = _ ("At most (95 %)"),
       .color = WB_CHART_BLUE,
       .dashed = TRUE,
       .n = n,
       .x = x,
       .y = high,
       .mark = -1},
  };

  for (guint i = 0; i < n; i++)
    {
      const LatheTransferPoint *point = &g_array_index (transfer->curve, LatheTransferPoint, i);

      x[i] = point->n_images;
      y[i] = point->score.accuracy;
      low[i] = point->score.interval.low;
      high[i] = point->score.interval.high;
    }
  gtk_widget_set_visible (GTK_WIDGET (self->chart), n > 1);
  if (n > 1)
    wb_chart_set_series (self->chart, series, G_N_ELEMENTS (series), 0, x[n - 1]);
  gtk_widget_set_visible (GTK_WIDGET (self->rising), transfer->curve != NULL);
  gtk_label_set_text (
      self->rising, n < 2 ? _ ("There are too few images to say whether more would help.")
                    : transfer->rising
                        ? _ ("The last doubling brought more than chance would: more images are likely to help.")
                        : _ ("The last doubling brought no more than chance would: other images, of what is mistaken, "
                             "are likely to help more than many."));
}

/* --- Which run --- */

static void
set_alone (WbGrown *self, gboolean alone)
{
  if (self->alone == alone)
    return;
  self->alone = alone;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ALONE]);
}

static void
show (WbGrown *self, LatheTransfer *transfer)
{
  gtk_widget_set_visible (self->content, transfer != NULL);
  if (transfer == self->shown)
    return;
  g_clear_pointer (&self->shown, lathe_transfer_unref);
  self->shown = transfer ? lathe_transfer_ref (transfer) : NULL;
  if (!transfer)
    return;
  show_scores (self, transfer);
  show_work (self, transfer);
  show_curve (self, transfer);
}

static void
refresh (WbGrown *self)
{
  WbRun *run = wb_project_get_run (self->project);
  const LatheSnapshot *snapshot = wb_run_get_snapshot (run);
  WbRunItem *item = self->chosen > 0 ? wb_runs_find (wb_project_get_runs (self->project), self->chosen) : NULL;

  if (!item || (snapshot && snapshot->run == self->chosen))
    {
      show (self, snapshot ? snapshot->transfer : NULL);
      set_alone (self, wb_run_is_head_alone (run));
      return;
    }
  show (self, self->read);
  set_alone (self, self->read && wb_run_item_get_run (item)->learning == 0);
}

typedef struct
{
  char *list;
  gint64 id;
} Listed;

static void
listed_free (gpointer data)
{
  Listed *listed = data;

  g_free (listed->list);
  g_free (listed);
}

static gpointer
read_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Listed *listed = data;
  g_autoptr (LatheRuns) runs = lathe_runs_open (listed->list, error);

  return runs ? lathe_runs_transfer (runs, listed->id, error) : NULL;
}

/* Unless another one was chosen meanwhile. */
static void
on_read (GObject *owner, gpointer result, const GError *error, gpointer chosen)
{
  WbGrown *self = WB_GROWN (owner);
  g_autoptr (LatheTransfer) transfer = result;

  if (!self->project || self->chosen != (gint64) GPOINTER_TO_SIZE (chosen))
    return;
  if (error)
    g_signal_emit (self, failed_signal, 0, error->message);
  self->read = g_steal_pointer (&transfer);
  refresh (self);
}

void
wb_grown_choose (WbGrown *self, gint64 run)
{
  WbRuns *runs;
  WbRunItem *item;
  Listed *listed;

  g_return_if_fail (WB_IS_GROWN (self));

  runs = wb_project_get_runs (self->project);
  item = run > 0 ? wb_runs_find (runs, run) : NULL;
  if (run == self->chosen)
    return;
  self->chosen = run;
  g_clear_pointer (&self->read, lathe_transfer_unref);
  refresh (self);
  if (!item || !*wb_run_item_get_run (item)->from)
    return;
  listed = g_new (Listed, 1);
  *listed = (Listed){g_strdup (wb_runs_get_path (runs)), run};
  wb_thread_call (G_OBJECT (self), read_work, listed, listed_free, (GDestroyNotify) lathe_transfer_unref, NULL, on_read,
                  GSIZE_TO_POINTER (run));
}

/* --- Life --- */

void
wb_grown_set_project (WbGrown *self, WbProject *project)
{
  WbRun *run = wb_project_get_run (project);

  g_return_if_fail (WB_IS_GROWN (self));
  g_return_if_fail (!self->project);

  self->project = g_object_ref (project);
  g_signal_connect_object (run, "progress", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (run, "notify::active", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (wb_project_get_runs (project), "changed", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
}

static void
on_chart_failed (WbGrown *self, const char *message)
{
  g_signal_emit (self, failed_signal, 0, message);
}

static void
wb_grown_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_boolean (value, WB_GROWN (object)->alone);
}

static void
wb_grown_dispose (GObject *object)
{
  WbGrown *self = WB_GROWN (object);

  adw_bin_set_child (ADW_BIN (self), NULL);
  g_clear_pointer (&self->read, lathe_transfer_unref);
  g_clear_pointer (&self->shown, lathe_transfer_unref);
  g_clear_object (&self->project);
  G_OBJECT_CLASS (wb_grown_parent_class)->dispose (object);
}

static void
wb_grown_class_init (WbGrownClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_grown_dispose;
  G_OBJECT_CLASS (klass)->get_property = wb_grown_get_property;
  properties[PROP_ALONE] = g_param_spec_boolean ("alone", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPERTIES, properties);
  failed_signal =
      g_signal_new ("failed", WB_TYPE_GROWN, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  g_type_ensure (WB_TYPE_CHART);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-grown.ui");
  gtk_widget_class_bind_template_child (widget_class, WbGrown, content);
  gtk_widget_class_bind_template_child (widget_class, WbGrown, scores);
  gtk_widget_class_bind_template_child (widget_class, WbGrown, work);
  gtk_widget_class_bind_template_child (widget_class, WbGrown, rising);
  gtk_widget_class_bind_template_child (widget_class, WbGrown, chart);
  gtk_widget_class_bind_template_callback (widget_class, on_chart_failed);
}

static void
wb_grown_init (WbGrown *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
