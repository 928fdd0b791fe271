/* wb-totals.c: what a network comes to: counted at every change, and measured when one asks for it.
 *
 *   54,305 parameters   21.9 M multiply-adds   …   41.2 ms a batch   776 images a second      Measure  ▂▇▁
 *
 * Measuring is a dry run: a few batches of random numbers, with weights of its own, on a thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-totals.h"

#include <glib/gi18n.h>

#include "wb-cost-chart.h"
#include "wb-text.h"
#include "wb-thread.h"

#define BATCHES 3
#define SETTLED 150 /* milliseconds after a change until the memory is planned */

/* In the order that they are shown; those from ANSWER on are measured. */
typedef enum
{
  PARAMETERS,
  COST,
  SIZE,
  MEMORY,
  ANSWER,
  STEP,
  PACE,
  EPOCH,
  N_FACTS
} Fact;

static const struct
{
  const char *caption, *help;
} facts[N_FACTS] = {
    [PARAMETERS] = {N_ ("parameters"), N_ ("All numbers that the network learns or keeps")},
    [COST] = {N_ ("multiply-adds"), N_ ("For one image, once through the network")},
    [SIZE] = {N_ ("as a file"), N_ ("The size of the model")},
    [MEMORY] = {N_ ("to train"), N_ ("The memory that training takes at most, with the batch and the optimiser set")},
    [ANSWER] = {N_ ("an answer"), N_ ("Measured: one image alone, once through the network")},
    [STEP] = {N_ ("a batch"), N_ ("Measured: one step of training")},
    [PACE] = {N_ ("images a second"), N_ ("Measured: in training, once the images are read")},
    [EPOCH] = {N_ ("an epoch"), N_ ("Measured: the time that the training images take once")},
};

struct _WbTotals
{
  AdwBin parent_instance;

  GtkWidget *facts, *measure, *measuring, *progress, *progress_text, *chart;
  GtkLabel *values[N_FACTS];
  GtkWidget *children[N_FACTS];

  LatheGraph *graph; /* that is shown */
  LatheHyperparameters hyperparameters;
  GArray *counted;  /* (element-type WbCostBar): multiply-adds */
  GArray *measured; /* (element-type WbCostBar): milliseconds, or NULL */
  LatheBench bench; /* as measured, without its layers */
  guint n_training;
  gboolean works, training;
  guint settling;    /* source */
  gboolean planning; /* on a thread */
  guint generation;  /* counts what was shown */

  GCancellable *running; /* NULL: nothing is being measured */
  WbProgressRelay *relay;
  gint64 since;
};

G_DEFINE_FINAL_TYPE (WbTotals, wb_totals, ADW_TYPE_BIN)

/* --- What is shown --- */

static void
show_fact (WbTotals *self, Fact fact, char *value)
{
  gtk_widget_set_visible (self->children[fact], value != NULL);
  if (value)
    gtk_label_set_text (self->values[fact], value);
  g_free (value);
}

static void
show_measured (WbTotals *self)
{
  const LatheBenchPass *training = &self->bench.training;
  gboolean measured = self->measured != NULL;
  double pace = measured ? training->batch / training->seconds : 0;

  show_fact (self, ANSWER, measured ? wb_text_milliseconds (self->bench.alone.seconds * 1000) : NULL);
  show_fact (self, STEP, measured ? wb_text_milliseconds (training->seconds * 1000) : NULL);
  show_fact (self, PACE, measured ? wb_text_count ((guint64) (pace + 0.5)) : NULL);
  show_fact (self, EPOCH, measured && self->n_training > 0 ? wb_text_duration (self->n_training / pace) : NULL);
  wb_cost_chart_show (WB_COST_CHART (self->chart), measured ? self->measured : self->counted,
                      measured ? WB_COST_MILLISECONDS : WB_COST_MULTIPLY_ADDS);
}

static void
show_state (WbTotals *self)
{
  gboolean busy = self->running != NULL;

  gtk_widget_set_visible (self->measuring, busy);
  gtk_widget_set_visible (self->measure, !busy);
  gtk_widget_set_sensitive (self->measure, self->works && !self->training);
  gtk_widget_set_tooltip_text (self->measure, self->training ? _ ("Not while a training or a search takes the machine")
                                              : self->works  ? _ ("Time three batches on this machine, layer by layer. "
                                                                   "What was learned stays as it is")
                                                             : _ ("The network has to work before it can be timed"));
}

/* --- Memory --- */

/* What a thread finds out. */
typedef struct
{
  LatheGraph *graph;
  LatheHyperparameters hyperparameters;
  guint generation; /* of what is shown */
  gboolean known;
  LatheMemory memory;
  GError *complaint; /* NULL: it is there */
} Plan;

static void
plan_free (gpointer data)
{
  Plan *plan = data;

  lathe_graph_free (plan->graph);
  g_clear_error (&plan->complaint);
  g_free (plan);
}

static gpointer
plan_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Plan *plan = data;

  plan->known = lathe_memory_of_training (plan->graph, &plan->hyperparameters, &plan->memory, NULL);
  if (plan->known)
    lathe_memory_check_training (plan->graph, &plan->hyperparameters, &plan->complaint);
  return NULL;
}

static void
show_memory (WbTotals *self, const Plan *plan)
{
  const GError *complaint = plan ? plan->complaint : NULL;

  show_fact (self, MEMORY, plan && plan->known ? g_format_size (plan->memory.total) : g_strdup ("–"));
  if (complaint)
    gtk_widget_add_css_class (GTK_WIDGET (self->values[MEMORY]), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->values[MEMORY]), "error");
  gtk_widget_set_tooltip_text (self->children[MEMORY], complaint ? complaint->message : _ (facts[MEMORY].help));
}

static gboolean on_settled (gpointer data);

static void
on_planned (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbTotals *self = WB_TOTALS (owner);
  Plan *plan = data;
  gboolean newest = plan->generation == self->generation;

  self->planning = FALSE;
  if (newest && self->works)
    show_memory (self, plan);
  plan_free (plan);
  if (!newest && self->settling == 0)
    on_settled (self);
}

/* Planning a large network takes longer than a keystroke, or the main loop, should wait for. */
static gboolean
on_settled (gpointer data)
{
  WbTotals *self = data;
  Plan *plan;

  self->settling = 0;
  if (!self->works)
    show_memory (self, NULL);
  if (!self->works || self->planning)
    return G_SOURCE_REMOVE;
  self->planning = TRUE;
  plan = g_new0 (Plan, 1);
  plan->graph = lathe_graph_ref (self->graph);
  plan->hyperparameters = self->hyperparameters;
  plan->generation = self->generation;
  wb_thread_call (G_OBJECT (self), plan_work, plan, NULL, NULL, NULL, on_planned, plan);
  return G_SOURCE_REMOVE;
}

/* --- Each layer --- */

static GArray *
new_bars (void)
{
  GArray *bars = g_array_new (FALSE, FALSE, sizeof (WbCostBar));

  g_array_set_clear_func (bars, wb_cost_bar_clear);
  return bars;
}

static void
add_bar (GArray *bars, const LatheGraph *graph, guint node, double forward, double backward)
{
  WbCostBar bar = {g_strdup (lathe_graph_get_node (graph, node)->name), forward, backward};

  g_array_append_val (bars, bar);
}

static void
count (WbTotals *self, const LatheGraphReport *report)
{
  g_clear_pointer (&self->counted, g_array_unref);
  self->counted = new_bars ();
  for (guint i = 0; i < report->n_nodes; i++)
    add_bar (self->counted, self->graph, i, (double) report->nodes[i].multiply_adds, 0);
  show_fact (self, PARAMETERS, wb_text_count (report->parameters));
  show_fact (self, COST, wb_text_short (report->multiply_adds));
  show_fact (self, SIZE, wb_text_size (report->parameters));
}

/* --- Measuring --- */

typedef struct
{
  LatheGraph *graph;
  LatheBenchOptions options;
  WbProgressRelay *relay;
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  lathe_graph_free (work->graph);
  wb_progress_relay_unref (work->relay);
  g_free (work);
}

static void
bench_free (gpointer bench)
{
  lathe_bench_clear (bench);
  g_free (bench);
}

static gpointer
measure_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Work *work = data;
  LatheBench *bench = g_new0 (LatheBench, 1);

  if (lathe_bench (work->graph, &work->options, wb_progress_relay_report, work->relay, cancellable, bench, error))
    return bench;
  bench_free (bench);
  return NULL;
}

static void
end_measuring (WbTotals *self)
{
  g_clear_pointer (&self->relay, wb_progress_relay_close);
  g_clear_object (&self->running);
  show_state (self);
}

static void
cancel_measuring (WbTotals *self)
{
  if (!self->running)
    return;
  g_cancellable_cancel (self->running);
  end_measuring (self);
}

static void
forget_measured (WbTotals *self)
{
  cancel_measuring (self);
  g_clear_pointer (&self->measured, g_array_unref);
}

/* A layer that runs with another has no time of its own. */
static void
take_measured (WbTotals *self, const LatheBench *bench)
{
  g_clear_pointer (&self->measured, g_array_unref);
  self->measured = new_bars ();
  for (guint i = 0; i < lathe_graph_get_n_nodes (self->graph); i++)
    {
      const LatheLayerTime *time = &bench->training.layers[i].time;

      add_bar (self->measured, self->graph, i, time->forward * 1000, time->backward * 1000);
    }
  self->bench = *bench;
  self->bench.training.layers = self->bench.alone.layers = NULL;
}

static void
on_measured (GObject *owner, gpointer result, const GError *error, gpointer cancellable)
{
  WbTotals *self = WB_TOTALS (owner);
  LatheBench *bench = result;

  if (self->running == cancellable)
    {
      end_measuring (self);
      if (bench)
        take_measured (self, bench);
      else
        gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", error->message);
      show_measured (self);
    }
  g_clear_pointer (&bench, bench_free);
}

static void
on_progress (guint done, guint total, gpointer data)
{
  WbTotals *self = data;
  double elapsed = (double) (g_get_monotonic_time () - self->since) / G_USEC_PER_SEC;
  g_autofree char *left = wb_text_left (elapsed / MAX (done, 1) * (total - done));

  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), (double) done / MAX (total, 1));
  gtk_label_set_text (GTK_LABEL (self->progress_text), elapsed > 1 ? left : _ ("Measuring…"));
}

static void
on_measure_clicked (WbTotals *self)
{
  Work *work;

  if (self->running || !self->works)
    return;
  self->running = g_cancellable_new ();
  self->relay = wb_progress_relay_new (on_progress, self);
  self->since = g_get_monotonic_time ();
  on_progress (0, 1, self);
  work = g_new (Work, 1);
  *work = (Work){
      .graph = lathe_graph_ref (self->graph),
      .options = {.batch = self->hyperparameters.batch,
                  .steps = BATCHES,
                  .rounds = 1,
                  .n_threads = self->hyperparameters.threads,
                  .brief = TRUE},
      .relay = wb_progress_relay_ref (self->relay),
  };
  wb_thread_call (G_OBJECT (self), measure_work, work, work_free, bench_free, self->running, on_measured,
                  self->running);
  show_state (self);
}

static void
on_failed (WbTotals *self, const char *message)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", message);
}

/* --- Use --- */

void
wb_totals_show (WbTotals *self, const LatheGraph *graph, const LatheGraphReport *report,
                const LatheHyperparameters *hyperparameters, guint n_training)
{
  g_return_if_fail (WB_IS_TOTALS (self));

  if (!self->graph || !lathe_graph_same_network (graph, self->graph) ||
      self->hyperparameters.batch != hyperparameters->batch ||
      self->hyperparameters.threads != hyperparameters->threads)
    forget_measured (self);
  g_clear_pointer (&self->graph, lathe_graph_free);
  self->graph = lathe_graph_ref (graph);
  self->hyperparameters = *hyperparameters;
  self->generation++;
  self->n_training = n_training;
  self->works = report->works;
  count (self, report);
  if (self->settling == 0)
    self->settling = g_timeout_add_full (G_PRIORITY_DEFAULT_IDLE, SETTLED, on_settled, self, NULL);
  show_measured (self);
  show_state (self);
}

void
wb_totals_set_training (WbTotals *self, gboolean training)
{
  g_return_if_fail (WB_IS_TOTALS (self));

  if (training)
    cancel_measuring (self);
  self->training = training;
  show_state (self);
}

/* --- Life --- */

static GtkLabel *
add_label (GtkWidget *box, const char *text, const char *style, const char *other_style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_add_css_class (label, style);
  gtk_widget_add_css_class (label, other_style);
  gtk_box_append (GTK_BOX (box), label);
  return GTK_LABEL (label);
}

static void
add_fact (WbTotals *self, Fact fact)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->values[fact] = add_label (box, "–", "heading", "numeric");
  gtk_label_set_selectable (self->values[fact], TRUE);
  add_label (box, _ (facts[fact].caption), "caption", "dim-label");
  self->children[fact] = gtk_flow_box_child_new ();
  gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (self->children[fact]), box);
  gtk_widget_set_focusable (self->children[fact], FALSE);
  gtk_widget_set_tooltip_text (self->children[fact], _ (facts[fact].help));
  gtk_flow_box_append (GTK_FLOW_BOX (self->facts), self->children[fact]);
  gtk_accessible_update_relation (GTK_ACCESSIBLE (self->values[fact]), GTK_ACCESSIBLE_RELATION_LABELLED_BY,
                                  gtk_widget_get_last_child (box), NULL, -1);
}

static void
wb_totals_dispose (GObject *object)
{
  WbTotals *self = WB_TOTALS (object);

  if (self->running)
    g_cancellable_cancel (self->running);
  g_clear_pointer (&self->relay, wb_progress_relay_close);
  g_clear_object (&self->running);
  g_clear_handle_id (&self->settling, g_source_remove);
  adw_bin_set_child (ADW_BIN (self), NULL);
  G_OBJECT_CLASS (wb_totals_parent_class)->dispose (object);
}

static void
wb_totals_finalize (GObject *object)
{
  WbTotals *self = WB_TOTALS (object);

  g_clear_pointer (&self->graph, lathe_graph_free);
  g_clear_pointer (&self->counted, g_array_unref);
  g_clear_pointer (&self->measured, g_array_unref);
  G_OBJECT_CLASS (wb_totals_parent_class)->finalize (object);
}

static void
wb_totals_class_init (WbTotalsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_totals_dispose;
  G_OBJECT_CLASS (klass)->finalize = wb_totals_finalize;
  g_type_ensure (WB_TYPE_COST_CHART);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-totals.ui");
  gtk_widget_class_bind_template_child (widget_class, WbTotals, facts);
  gtk_widget_class_bind_template_child (widget_class, WbTotals, measure);
  gtk_widget_class_bind_template_child (widget_class, WbTotals, measuring);
  gtk_widget_class_bind_template_child (widget_class, WbTotals, progress);
  gtk_widget_class_bind_template_child (widget_class, WbTotals, progress_text);
  gtk_widget_class_bind_template_child (widget_class, WbTotals, chart);
  gtk_widget_class_bind_template_callback (widget_class, on_measure_clicked);
  gtk_widget_class_bind_template_callback (widget_class, cancel_measuring);
  gtk_widget_class_bind_template_callback (widget_class, on_failed);
}

static void
wb_totals_init (WbTotals *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (Fact fact = 0; fact < N_FACTS; fact++)
    add_fact (self, fact);
}
