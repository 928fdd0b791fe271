/* wb-course.c: how a training goes: charts over one axis, what its time goes to, and what is to be seen in it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-course.h"

#include <glib/gi18n.h>

#include "wb-curves.h"
#include "wb-fold.h"
#include "wb-layer-chart.h"
#include "wb-recent.h"
#include "wb-remarks.h"
#include "wb-stalls.h"
#include "wb-time-strip.h"

#define LONGEST_BEHIND (G_USEC_PER_SEC / 5)

struct _WbCourse
{
  AdwBin parent_instance;

  GtkMenuButton *axis_button;
  GtkWidget *charts_button, *layers, *chosen_bar;
  GtkLabel *no_layers, *chosen_title;
  GtkStack *views;
  WbLayerChart *weights, *outputs;
  WbChart *charts[WB_N_CURVES];
  gint64 shown[WB_N_CURVES]; /* when each was last brought up to date */
  WbTimeStrip *strip;
  WbRemarks *remarks;

  WbProject *project; /* not owned: whoever shows it outlives this */
  WbCurvesAxis axis;

  /* Of the listed run whose layers are shown. */
  gint64 chosen;      /* 0: none, but the present training */
  guint chosen_epoch; /* that had ended when it was read last; G_MAXUINT: it was not yet */
  GPtrArray *looks;   /* (element-type LatheLayerLooks); NULL until they are read */

  /* What the remarks are of. */
  gint64 run;
  guint n_epochs;
  LatheTrainerState state;
};

G_DEFINE_FINAL_TYPE (WbCourse, wb_course, ADW_TYPE_BIN)

/* The property that says whether the chart is shown has the name of its key in the settings. */
static const char *const chart_names[WB_N_CURVES] = {
    [WB_CURVES_LOSS] = "loss", [WB_CURVES_ACCURACY] = "accuracy", [WB_CURVES_MACRO_F1] = "macro-f1",
    [WB_CURVES_RATE] = "rate", [WB_CURVES_NORM] = "norm",
};

static const struct
{
  const char *name, *title, *unit;
} axes[WB_N_AXES] = {
    [WB_AXIS_EPOCH] = {"epoch", N_ ("By Epoch"), N_ ("epoch")},
    [WB_AXIS_STEP] = {"step", N_ ("By Step"), N_ ("step")},
    [WB_AXIS_SECOND] = {"second", N_ ("By Second"), N_ ("second")},
};

enum
{
  PROP_CHART = 1, /* and as many as there are */
  PROP_AXIS = PROP_CHART + WB_N_CURVES,
  N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

/* --- Showing --- */

static gboolean
is_showing_layers (WbCourse *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->views), "layers") == 0;
}

static void show_layers (WbCourse *self);

static void
on_failed (WbCourse *self, const char *message)
{
  g_signal_emit_by_name (self, "failed", message);
}

static void
show_chart (WbCourse *self, guint chart)
{
  self->shown[chart] = g_get_monotonic_time ();
  wb_curves_show (self->charts[chart], chart, self->axis, wb_project_get_run (self->project),
                  wb_project_get_runs (self->project));
}

/* Those last brought up to date before `since`. */
static void
show_charts_since (WbCourse *self, gint64 since)
{
  for (guint i = 0; self->project && !is_showing_layers (self) && i < WB_N_CURVES; i++)
    if (self->shown[i] <= since && gtk_widget_get_visible (GTK_WIDGET (self->charts[i])))
      show_chart (self, i);
}

static void
show_charts (WbCourse *self)
{
  show_charts_since (self, G_MAXINT64);
}

/* While a training goes on, each frame has one chart to paint, in turn: all of them would take the window's time from
 * the training. None is left behind for long, however seldom the training says something. */
static void
show_next_chart (WbCourse *self)
{
  gint64 oldest = g_get_monotonic_time ();

  for (guint i = 0; i < WB_N_CURVES; i++)
    if (gtk_widget_get_visible (GTK_WIDGET (self->charts[i])))
      oldest = MIN (oldest, self->shown[i]);
  show_charts_since (self, MAX (oldest, g_get_monotonic_time () - LONGEST_BEHIND));
}

/* Once an epoch, and at the end: the images of the training may be others afterwards. */
static void
show_remarks (WbCourse *self, const LatheSnapshot *snapshot)
{
  LatheDataset *dataset = wb_project_get_dataset (self->project);
  gboolean same =
      snapshot->run == self->run && snapshot->finished->len == self->n_epochs && snapshot->state == self->state;
  g_autoptr (GPtrArray) remarks = NULL;
  LatheCourse course;

  if (same || !dataset)
    return;
  self->run = snapshot->run;
  self->n_epochs = snapshot->finished->len;
  self->state = snapshot->state;
  lathe_course_init (&course, dataset, wb_project_get_hyperparameters (self->project), snapshot,
                     wb_run_get_points (wb_project_get_run (self->project)));
  remarks = lathe_course_remark (&course);
  wb_remarks_show (self->remarks, remarks);
}

/* --- Layers --- */

static void
draw_layers (WbCourse *self, const GPtrArray *looks, const char *without)
{
  gboolean any = looks && looks->len > 0;

  gtk_label_set_label (self->no_layers, without);
  gtk_widget_set_visible (GTK_WIDGET (self->no_layers), !any);
  gtk_widget_set_visible (self->layers, any);
  if (!any || !is_showing_layers (self))
    return;
  wb_layer_chart_show (self->weights, looks);
  wb_layer_chart_show (self->outputs, looks);
}

static void
on_layers_read (GObject *owner, gint64 id, GPtrArray *looks, const char *message)
{
  WbCourse *self = WB_COURSE (owner);

  if (message)
    on_failed (self, message);
  if (!looks || id != self->chosen)
    return;
  g_clear_pointer (&self->looks, g_ptr_array_unref);
  self->looks = g_ptr_array_ref (looks);
  show_layers (self);
}

/* A run that goes on elsewhere has more of them with each epoch. */
static void
show_chosen_layers (WbCourse *self, WbRunItem *item)
{
  WbRuns *runs = wb_project_get_runs (self->project);
  const LatheRun *run = wb_run_item_get_run (item);
  g_autofree char *title = wb_run_item_get_title (item);

  gtk_label_set_label (self->chosen_title, title);
  if (is_showing_layers (self) && run->epoch != self->chosen_epoch)
    {
      self->chosen_epoch = run->epoch;
      wb_runs_read_layers (runs, run->id, G_OBJECT (self), on_layers_read);
    }
  draw_layers (self, self->looks,
               !self->looks ? ""
                            : _ ("Nothing was written down of this run’s layers: it had no images to validate, or no "
                                 "epoch was completed, or an earlier version of Lathe trained it."));
}

/* They change once an epoch, and are drawn where somebody looks. */
static void
show_layers (WbCourse *self)
{
  const LatheSnapshot *snapshot = self->project ? wb_run_get_snapshot (wb_project_get_run (self->project)) : NULL;
  WbRunItem *item =
      self->project && self->chosen > 0 ? wb_runs_find (wb_project_get_runs (self->project), self->chosen) : NULL;

  if (!item || (snapshot && snapshot->run == self->chosen))
    self->chosen = 0;
  gtk_widget_set_visible (self->chosen_bar, self->chosen > 0);
  if (self->chosen > 0)
    show_chosen_layers (self, item);
  else
    draw_layers (
        self, snapshot ? snapshot->layers : NULL,
        _ ("How the weights and the outputs of each layer are distributed is shown here after the first epoch, "
           "where there are images to validate. Those of an earlier training are shown where it is selected "
           "among the runs below."));
}

void
wb_course_choose (WbCourse *self, gint64 run)
{
  g_return_if_fail (WB_IS_COURSE (self));

  if (run == self->chosen)
    return;
  self->chosen = run;
  self->chosen_epoch = G_MAXUINT;
  g_clear_pointer (&self->looks, g_ptr_array_unref);
  show_layers (self);
}

static void
on_present (WbCourse *self)
{
  wb_course_choose (self, 0);
}

void
wb_course_show (WbCourse *self, WbProject *project)
{
  const LatheSnapshot *snapshot;

  g_return_if_fail (WB_IS_COURSE (self));

  self->project = project;
  snapshot = wb_run_get_snapshot (wb_project_get_run (project));
  if (snapshot)
    wb_stalls_await_frame (gtk_widget_get_frame_clock (GTK_WIDGET (self)), snapshot->made);
  if (snapshot && snapshot->state == LATHE_TRAINER_RUNNING)
    show_next_chart (self);
  else
    show_charts (self);
  show_layers (self);
  if (!snapshot)
    return;
  wb_time_strip_set (self->strip, snapshot->phases);
  show_remarks (self, snapshot);
}

/* --- What is shown, and over what --- */

/* What was zoomed into on one axis is nowhere on another. */
static void
set_axis (WbCourse *self, const char *name)
{
  for (guint i = 0; i < WB_N_AXES; i++)
    if (g_strcmp0 (axes[i].name, name) == 0)
      self->axis = i;
  gtk_menu_button_set_label (self->axis_button, _ (axes[self->axis].title));
  for (guint i = 0; i < WB_N_CURVES; i++)
    {
      gtk_widget_activate_action (GTK_WIDGET (self->charts[i]), "chart.whole-range", NULL);
      g_object_set (self->charts[i], "x-title", _ (axes[self->axis].unit), NULL);
    }
  show_charts (self);
}

static void
set_chart_shown (WbCourse *self, guint chart, gboolean shown)
{
  gtk_widget_set_visible (GTK_WIDGET (self->charts[chart]), shown);
  show_charts (self);
}

/* The layers are not over an axis that could be chosen. */
static void
on_view (WbCourse *self)
{
  gboolean charts = !is_showing_layers (self);

  gtk_widget_set_sensitive (GTK_WIDGET (self->axis_button), charts);
  gtk_widget_set_sensitive (self->charts_button, charts);
  show_charts (self);
  show_layers (self);
}

static void
remember (WbCourse *self)
{
  g_autoptr (GSettings) settings = wb_settings_get () ? g_settings_get_child (wb_settings_get (), "course") : NULL;

  for (guint i = 0; settings && i < WB_N_CURVES; i++)
    g_settings_bind (settings, chart_names[i], self, chart_names[i], G_SETTINGS_BIND_DEFAULT);
  if (settings)
    g_settings_bind (settings, "axis", self, "axis", G_SETTINGS_BIND_DEFAULT);
}

static void
wb_course_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  WbCourse *self = WB_COURSE (object);

  if (property_id == PROP_AXIS)
    g_value_set_string (value, axes[self->axis].name);
  else
    g_value_set_boolean (value, gtk_widget_get_visible (GTK_WIDGET (self->charts[property_id - PROP_CHART])));
}

static void
wb_course_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  WbCourse *self = WB_COURSE (object);

  if (property_id == PROP_AXIS)
    set_axis (self, g_value_get_string (value));
  else
    set_chart_shown (self, property_id - PROP_CHART, g_value_get_boolean (value));
}

static void
wb_course_dispose (GObject *object)
{
  WbCourse *self = WB_COURSE (object);

  self->chosen = 0; /* layers that are still read come too late */
  g_clear_pointer (&self->looks, g_ptr_array_unref);
  G_OBJECT_CLASS (wb_course_parent_class)->dispose (object);
}

static void
wb_course_class_init (WbCourseClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = wb_course_dispose;
  object_class->get_property = wb_course_get_property;
  object_class->set_property = wb_course_set_property;
  for (guint i = 0; i < WB_N_CURVES; i++)
    properties[PROP_CHART + i] =
        g_param_spec_boolean (chart_names[i], NULL, NULL, TRUE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_AXIS] =
      g_param_spec_string ("axis", NULL, NULL, axes[WB_AXIS_EPOCH].name, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  g_signal_new ("failed", WB_TYPE_COURSE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  g_type_ensure (WB_TYPE_CHART);
  g_type_ensure (WB_TYPE_FOLD);
  g_type_ensure (WB_TYPE_LAYER_CHART);
  g_type_ensure (WB_TYPE_REMARKS);
  g_type_ensure (WB_TYPE_TIME_STRIP);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-course.ui");
  gtk_widget_class_bind_template_child (widget_class, WbCourse, axis_button);
  gtk_widget_class_bind_template_child (widget_class, WbCourse, charts_button);
  gtk_widget_class_bind_template_child (widget_class, WbCourse, no_layers);
  gtk_widget_class_bind_template_child (widget_class, WbCourse, layers);
  gtk_widget_class_bind_template_child (widget_class, WbCourse, chosen_bar);
  gtk_widget_class_bind_template_child (widget_class, WbCourse, chosen_title);
  gtk_widget_class_bind_template_child (widget_class, WbCourse, views);
  gtk_widget_class_bind_template_child (widget_class, WbCourse, weights);
  gtk_widget_class_bind_template_child (widget_class, WbCourse, outputs);
  gtk_widget_class_bind_template_child (widget_class, WbCourse, strip);
  gtk_widget_class_bind_template_child (widget_class, WbCourse, remarks);
  for (guint i = 0; i < WB_N_CURVES; i++)
    {
      g_autofree char *action = g_strconcat ("course.", chart_names[i], NULL);

      gtk_widget_class_bind_template_child_full (widget_class, chart_names[i], FALSE,
                                                 G_STRUCT_OFFSET (WbCourse, charts) + i * sizeof (WbChart *));
      gtk_widget_class_install_property_action (widget_class, action, chart_names[i]);
    }
  gtk_widget_class_install_property_action (widget_class, "course.axis", "axis");
  gtk_widget_class_bind_template_callback (widget_class, on_failed);
  gtk_widget_class_bind_template_callback (widget_class, on_present);
  gtk_widget_class_bind_template_callback (widget_class, on_view);
}

static void
wb_course_init (WbCourse *self)
{
  self->n_epochs = G_MAXUINT;
  gtk_widget_init_template (GTK_WIDGET (self));
  set_axis (self, axes[WB_AXIS_EPOCH].name);
  remember (self);
}
