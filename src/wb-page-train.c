/* wb-page-train.c: the Train page: hyperparameters, and two charts that grow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-page-train.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-beginning.h"
#include "wb-course.h"
#include "wb-fold.h"
#include "wb-grown.h"
#include "wb-hyperparameters.h"
#include "wb-learned.h"
#include "wb-kept-run.h"
#include "wb-page-train-live.h"
#include "wb-points-window.h"
#include "wb-run-table.h"
#include "wb-soon.h"
#include "wb-sweep-button.h"
#include "wb-text.h"
#include "wb-watched.h"

#define PACE_INTERVAL (G_USEC_PER_SEC / 2)

struct _WbPageTrain
{
  WbPage parent_instance;

  AdwBin *notes_above, *notes_within; /* where the notes are while the form is beside the charts; above them */
  GtkWidget *notes, *kept;
  GtkLabel *kept_text;
  WbBeginning *beginning;
  WbLearned *learned;
  GtkScrolledWindow *form_scroller; /* around the form while it is beside the charts, … */
  AdwBin *form_place;               /* … and where it is while it is above them */
  WbHyperparameters *hyperparameters;
  GtkButton *run_button;
  WbMoreEpochs *more;
  GtkScrolledWindow *scroller;
  WbFold *fold;
  GtkStack *stack;
  AdwStatusPage *empty;
  WbGrown *grown;
  WbCourse *course;
  GtkWidget *now; /* of a training: what it is at; hidden before there was any, as the progress is */
  GtkLabel *state, *pace;
  GtkProgressBar *progress;
  GtkScrolledWindow *charts_scroller; /* while the form is beside the charts; then the page scrolls as one */
  WbRunTable *runs;
  WbSweepButton *sweep;
  WbWatched *watched;

  WbSoon showing_recipe;
  gint64 paced;   /* when the pace was last told */
  gboolean stale; /* the charts were not drawn while nobody saw them */
};

G_DEFINE_FINAL_TYPE (WbPageTrain, wb_page_train, WB_TYPE_PAGE)

static WbRun *
get_run (WbPageTrain *self)
{
  return wb_project_get_run (wb_page_get_project (WB_PAGE (self)));
}

static void
on_edited (WbPageTrain *self)
{
  WbProject *project = wb_page_get_project (WB_PAGE (self));

  wb_project_set_hyperparameters (project, wb_hyperparameters_get_values (self->hyperparameters));
}

static void
show_hyperparameters (WbPageTrain *self)
{
  wb_hyperparameters_show (self->hyperparameters,
                           wb_project_get_hyperparameters (wb_page_get_project (WB_PAGE (self))));
}

/* Whether it is one is asked of all recipes, with their networks. */
static void
show_recipe (gpointer data)
{
  WbPageTrain *self = data;
  WbProject *project = wb_page_get_project (WB_PAGE (self));

  wb_hyperparameters_show_recipe (self->hyperparameters, wb_project_get_recipe (project),
                                  wb_project_get_dataset (project) != NULL);
}

static void
show_recipe_soon (WbPageTrain *self)
{
  wb_soon_ask (&self->showing_recipe);
}

static void
on_recipe_chosen (WbPageTrain *self, gpointer recipe)
{
  wb_project_set_recipe (wb_page_get_project (WB_PAGE (self)), recipe);
}

static void
on_recipe_taken (WbPageTrain *self)
{
  const LatheRecipe *recipe = wb_project_get_recipe (wb_page_get_project (WB_PAGE (self)));
  g_autofree char *message = recipe ? g_strdup_printf (_ ("All is set as the recipe “%s” has it."), _ (recipe->title))
                                    : g_strdup (_ ("All is set as you had it before."));

  wb_page_toast_undo (WB_PAGE (self), message);
}

/* What an earlier training left behind. */
static void
show_kept_run (WbPageTrain *self)
{
  WbProject *project = wb_page_get_project (WB_PAGE (self));
  const WbKept *kept = wb_kept_run_get (wb_project_get_kept_run (project));
  g_autofree char *text = NULL;

  gtk_widget_set_visible (self->kept, kept != NULL);
  if (kept == NULL)
    return;
  text = kept->epoch > kept->epochs
             ? g_strdup (_ ("The last training here came to its end, but its model was not saved."))
             : g_strdup_printf (_ ("The last training here ended in epoch %u of %u."), kept->epoch, kept->epochs);
  gtk_label_set_label (self->kept_text, text);
}

static int
best_epoch (const GArray *finished)
{
  int best = -1;

  for (guint i = 0; i < finished->len; i++)
    if (g_array_index (finished, LatheEpoch, i).best)
      best = i;
  return best;
}

static void
show_charts (WbPageTrain *self)
{
  self->stale = !gtk_widget_get_mapped (GTK_WIDGET (self));
  if (!self->stale)
    wb_course_show (self->course, wb_page_get_project (WB_PAGE (self)));
}

static char *
format_pace (const LatheSnapshot *snapshot)
{
  g_autofree char *pace = NULL, *left = NULL;

  if (snapshot && snapshot->growing && isfinite (snapshot->seconds_left))
    return wb_text_left (snapshot->seconds_left);
  if (!snapshot || snapshot->state != LATHE_TRAINER_RUNNING || !(snapshot->images_per_second > 0))
    return g_strdup ("");
  pace = wb_text_count ((guint64) (snapshot->images_per_second + 0.5));
  if (!isfinite (snapshot->seconds_left))
    /* Translators: the learning rate now, and images a second */
    return g_strdup_printf (_ ("rate %.3g · %s img/s"), snapshot->learning_rate, pace);
  left = wb_text_left (snapshot->seconds_left);
  /* Translators: the learning rate now, images a second, and “34 s left” */
  return g_strdup_printf (_ ("rate %.3g · %s img/s · %s"), snapshot->learning_rate, pace, left);
}

/* “Finished: best epoch 6, 88.1 % on validation, 87.4 % on test”, as far as each is known. */
static char *
format_end (const LatheSnapshot *snapshot)
{
  g_autoptr (GString) text = g_string_new (snapshot->state == LATHE_TRAINER_FINISHED ? _ ("Finished") : _ ("Stopped"));
  int best = best_epoch (snapshot->finished);

  if (best < 0)
    {
      g_string_append_printf (text, ": %s", _ ("no epoch was completed, so there is no model"));
    }
  else
    {
      const LatheEpoch *epoch = &g_array_index (snapshot->finished, LatheEpoch, best);
      g_autofree char *validation = wb_text_percent (epoch->validation_accuracy);
      g_autofree char *test = wb_text_percent (snapshot->test_accuracy);

      g_string_append_printf (text, _ (": best epoch %u"), epoch->epoch);
      if (isfinite (epoch->validation_accuracy))
        g_string_append_printf (text, _ (", %s on validation"), validation);
      if (isfinite (snapshot->test_accuracy))
        g_string_append_printf (text, _ (", %s on test"), test);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Of a run that learns a last layer alone; its scores are told in whole sentences below. */
static char *
format_end_alone (const LatheSnapshot *snapshot)
{
  g_autofree char *validation = NULL;

  if (!snapshot->transfer)
    return g_strdup (_ ("Stopped: the images that were looked at by then are known, and Start goes on from there"));
  validation = wb_text_percent (snapshot->transfer->validation.accuracy);
  /* Translators: a share of images */
  return g_strdup_printf (_ ("Finished: %s right"), validation);
}

static char *
format_state (const LatheSnapshot *snapshot, gboolean alone)
{
  if (snapshot && snapshot->growing)
    return g_strdup_printf (_ ("Looking at your images: %u of %u"), snapshot->measured, snapshot->to_measure);
  if (snapshot && alone && (snapshot->state == LATHE_TRAINER_FINISHED || snapshot->state == LATHE_TRAINER_STOPPED))
    return format_end_alone (snapshot);
  if (snapshot && snapshot->state == LATHE_TRAINER_PREPARING && snapshot->to_measure > 0)
    return g_strdup_printf (_ ("Measuring the images: %.0f %%"), 100.0 * snapshot->measured / snapshot->to_measure);
  if (!snapshot || snapshot->state == LATHE_TRAINER_PREPARING)
    return g_strdup (_ ("Preparing the images…"));
  switch (snapshot->state)
    {
    case LATHE_TRAINER_PAUSED:
      return g_strdup_printf (_ ("Paused in epoch %u of %u"), snapshot->epoch, snapshot->epochs);
    case LATHE_TRAINER_FINISHED:
    case LATHE_TRAINER_STOPPED:
      return format_end (snapshot);
    case LATHE_TRAINER_FAILED:
      return g_strdup_printf (_ ("Failed: %s"), snapshot->error->message);
    default:
      return g_strdup_printf (_ ("Epoch %u of %u"), snapshot->epoch, snapshot->epochs);
    }
}

/* A text that is another thirty times a second cannot be read, and lays the page out each time. */
static void
show_pace (WbPageTrain *self, const LatheSnapshot *snapshot)
{
  gboolean running = snapshot && (snapshot->state == LATHE_TRAINER_RUNNING || snapshot->growing);
  gint64 now = g_get_monotonic_time ();
  g_autofree char *pace = NULL;

  if (running && now - self->paced < PACE_INTERVAL)
    return;
  self->paced = running ? now : 0;
  pace = format_pace (snapshot);
  gtk_label_set_label (self->pace, pace);
}

/* What the page's tab says. */
static char *
format_status (const LatheSnapshot *snapshot)
{
  if (snapshot && snapshot->growing)
    return g_strdup_printf (_ ("image %u of %u"), snapshot->measured, snapshot->to_measure);
  if (!snapshot || snapshot->state == LATHE_TRAINER_PREPARING)
    return g_strdup (_ ("preparing"));
  switch (snapshot->state)
    {
    case LATHE_TRAINER_PAUSED:
      return g_strdup (_ ("paused"));
    case LATHE_TRAINER_FINISHED:
      return g_strdup (_ ("finished"));
    case LATHE_TRAINER_STOPPED:
      return g_strdup (_ ("stopped"));
    case LATHE_TRAINER_FAILED:
      return g_strdup (_ ("failed"));
    default:
      return g_strdup_printf (_ ("epoch %u of %u"), snapshot->epoch, snapshot->epochs);
    }
}

static void
show_progress (WbPageTrain *self)
{
  WbRun *run = get_run (self);
  const LatheSnapshot *snapshot = wb_run_get_snapshot (run);
  gboolean active = wb_run_get_active (run);
  gboolean paused = wb_run_get_paused (run);
  g_autofree char *state = NULL, *status = NULL;

  gtk_widget_set_visible (self->now, active || snapshot);
  if (!active && !snapshot)
    return;
  state = format_state (snapshot, wb_run_is_head_alone (run));
  status = format_status (snapshot);
  gtk_stack_set_visible_child_name (self->stack, "charts");
  gtk_label_set_label (self->state, state);
  show_pace (self, snapshot);
  gtk_progress_bar_set_fraction (self->progress, wb_run_get_fraction (run));
  wb_page_set_status (WB_PAGE (self), status);

  gtk_button_set_label (self->run_button, !active                  ? _ ("Start")
                                          : paused                 ? _ ("Resume")
                                          : wb_run_can_pause (run) ? _ ("Pause")
                                                                   : _ ("Cancel"));
  if (active && !paused)
    gtk_widget_remove_css_class (GTK_WIDGET (self->run_button), "suggested-action");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->run_button), "suggested-action");
  show_charts (self);
}

/* In a narrow window the form would hide what a person wants to see as soon as it has begun. The charts have their
 * place once a frame was laid out with them. */
static gboolean
scroll_to_charts (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  WbPageTrain *self = WB_PAGE_TRAIN (widget);
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  double x, y;

  if (gdk_frame_clock_get_frame_counter (clock) < GPOINTER_TO_INT (data) + 2)
    return G_SOURCE_CONTINUE;
  if (gtk_widget_translate_coordinates (GTK_WIDGET (self->stack), GTK_WIDGET (self->scroller), 0, 0, &x, &y))
    gtk_adjustment_set_value (adjustment, gtk_adjustment_get_value (adjustment) + y);
  return G_SOURCE_REMOVE;
}

static void
on_run_active (WbPageTrain *self)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (self));

  if (wb_run_get_active (get_run (self)))
    {
      wb_course_choose (self->course, 0);
      wb_grown_choose (self->grown, 0);
    }
  show_recipe_soon (self);
  show_progress (self);
  if (clock && wb_run_get_active (get_run (self)))
    gtk_widget_add_tick_callback (GTK_WIDGET (self), scroll_to_charts,
                                  GINT_TO_POINTER (gdk_frame_clock_get_frame_counter (clock)), NULL);
}

/* There is something to look at although nothing was trained since the program began. */
static void
show_runs (WbPageTrain *self)
{
  GListModel *runs = wb_runs_get_model (wb_project_get_runs (wb_page_get_project (WB_PAGE (self))));
  gboolean any = g_list_model_get_n_items (runs) > 0;

  gtk_widget_set_visible (GTK_WIDGET (self->runs), any);
  if (any)
    gtk_stack_set_visible_child_name (self->stack, "charts");
  else if (!wb_run_get_snapshot (get_run (self)) && !wb_run_get_active (get_run (self)))
    gtk_stack_set_visible_child_name (self->stack, "empty");
  show_charts (self);
}

static void
on_run_chosen (WbPageTrain *self, gint64 id)
{
  wb_course_choose (self->course, id);
  wb_grown_choose (self->grown, id);
}

static void
on_run_deleted (WbPageTrain *self, gint64 id)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast-deleted-run", "x", id);
}

/* Of the list that is still open; the window may be closed. */
static void
on_network_read (GObject *owner, const char *path, LatheGraph *graph, const char *message)
{
  WbPage *self = WB_PAGE (owner);
  WbProject *project = wb_page_get_project (self);

  if (!project || g_strcmp0 (path, wb_runs_get_path (wb_project_get_runs (project))) != 0)
    return;
  if (graph)
    wb_project_set_graph (project, graph);
  if (graph)
    wb_page_toast_undo (self, _ ("The network is the one of that run now."));
  else
    wb_page_toast (self, message);
}

static void
on_network_wanted (WbPageTrain *self, gint64 id)
{
  wb_runs_read_graph (wb_project_get_runs (wb_page_get_project (WB_PAGE (self))), id, G_OBJECT (self), on_network_read);
}

static void
on_continue_wanted (WbPageTrain *self, gint64 id, const char *checkpoint)
{
  wb_project_continue_from (wb_page_get_project (WB_PAGE (self)), id, checkpoint);
}

static void
show_empty (WbPageTrain *self)
{
  WbProject *project = wb_page_get_project (WB_PAGE (self));
  gboolean alone = wb_project_get_growing (project) == LATHE_GROW_HEAD;

  adw_status_page_set_description (self->empty,
                                   alone ? _ ("Press Start, and your images are learned in seconds. How right the "
                                              "model is, and whether more images would help, is told here.")
                                   : wb_project_get_dataset (project)
                                       ? _ ("Press Start, and the network learns from your images. Its loss and "
                                            "its accuracy are drawn here while it does.")
                                       : _ ("Open a folder of images on the Data page first."));
}

/* A last layer alone is learned to its end, in which none of these settings has a part. Where they would be above what
 * the training says, they are not there. */
static void
show_part (WbPageTrain *self)
{
  WbProject *project = wb_page_get_project (WB_PAGE (self));
  gboolean alone = project && wb_project_get_growing (project) == LATHE_GROW_HEAD, folded;

  g_object_get (self->fold, "folded", &folded, NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->hyperparameters), !(alone && folded));
  gtk_widget_set_sensitive (GTK_WIDGET (self->hyperparameters), !alone);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->hyperparameters),
                               alone ? _ ("A last layer alone is learned to its end, in which these settings have no "
                                          "part. Other Ways has trainings in which they do.")
                                     : NULL);
  if (project)
    show_empty (self);
}

gboolean
wb_page_train_can_take (const char *path)
{
  return wb_points_window_can_take (path);
}

void
wb_page_train_take (WbPageTrain *self, const char *path)
{
  g_return_if_fail (WB_IS_PAGE_TRAIN (self));

  wb_beginning_take (self->beginning, path);
}

static void
wb_page_train_attach (WbPage *page, WbProject *project)
{
  WbPageTrain *self = WB_PAGE_TRAIN (page);
  WbRun *run = wb_project_get_run (project);

  static const char *const parts[] = {"dataset-changed", "images-changed", "split-changed", "network-changed",
                                      "hyperparameters-changed"};

  g_signal_connect_object (project, "hyperparameters-changed", G_CALLBACK (show_hyperparameters), self,
                           G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    g_signal_connect_object (project, parts[i], G_CALLBACK (show_recipe_soon), self, G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    g_signal_connect_object (project, parts[i], G_CALLBACK (show_part), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "points-changed", G_CALLBACK (show_part), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "recipe-taken", G_CALLBACK (on_recipe_taken), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (wb_project_get_kept_run (project), "changed", G_CALLBACK (show_kept_run), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (run, "progress", G_CALLBACK (show_progress), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (run, "notify::active", G_CALLBACK (on_run_active), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (wb_project_get_runs (project), "changed", G_CALLBACK (show_runs), self, G_CONNECT_SWAPPED);
  wb_run_table_set_runs (self->runs, wb_project_get_runs (project));
  wb_beginning_set_project (self->beginning, project);
  wb_grown_set_project (self->grown, project);
  wb_beginning_bar_set_project (WB_BEGINNING_BAR (self->learned), project);
  wb_train_live_attach (page, &(WbTrainLive){self->hyperparameters, self->more});
  wb_sweep_button_set_project (self->sweep, project);
  wb_hyperparameters_follow (self->hyperparameters, project);
  wb_watched_set_project (self->watched, project);
  show_hyperparameters (self);
  show_recipe (self);
  show_kept_run (self);
  show_part (self);
  show_progress (self);
}

static void
wb_page_train_map (GtkWidget *widget)
{
  WbPageTrain *self = WB_PAGE_TRAIN (widget);

  GTK_WIDGET_CLASS (wb_page_train_parent_class)->map (widget);
  if (self->stale)
    show_charts (self);
}

/* Side by side the form and the charts scroll by themselves, with the notes, the buttons and the progress in sight; one
 * above the other they are all there, and the page scrolls: of a narrow window the notes would take half the height. */
static void
on_folded (WbPageTrain *self)
{
  g_autoptr (GtkWidget) form = g_object_ref (GTK_WIDGET (self->hyperparameters)), notes = g_object_ref (self->notes);
  gboolean folded;

  g_object_get (self->fold, "folded", &folded, NULL);
  gtk_scrolled_window_set_child (self->form_scroller, NULL);
  adw_bin_set_child (self->form_place, folded ? form : NULL);
  if (!folded)
    gtk_scrolled_window_set_child (self->form_scroller, form);
  adw_bin_set_child (folded ? self->notes_above : self->notes_within, NULL);
  adw_bin_set_child (folded ? self->notes_within : self->notes_above, notes);
  gtk_widget_set_visible (GTK_WIDGET (self->form_scroller), !folded);
  gtk_scrolled_window_set_policy (self->charts_scroller, GTK_POLICY_NEVER,
                                  folded ? GTK_POLICY_NEVER : GTK_POLICY_AUTOMATIC);
  show_part (self);
}

static void
wb_page_train_dispose (GObject *object)
{
  wb_soon_clear (&WB_PAGE_TRAIN (object)->showing_recipe);
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (wb_page_train_parent_class)->dispose (object);
}

static void
wb_page_train_class_init (WbPageTrainClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_page_train_dispose;
  WB_PAGE_CLASS (klass)->attach = wb_page_train_attach;
  widget_class->map = wb_page_train_map;

  g_type_ensure (WB_TYPE_BEGINNING);
  g_type_ensure (WB_TYPE_COURSE);
  g_type_ensure (WB_TYPE_FOLD);
  g_type_ensure (WB_TYPE_GROWN);
  g_type_ensure (WB_TYPE_HYPERPARAMETERS);
  g_type_ensure (WB_TYPE_LEARNED);
  g_type_ensure (WB_TYPE_MORE_EPOCHS);
  g_type_ensure (WB_TYPE_RUN_TABLE);
  g_type_ensure (WB_TYPE_SWEEP_BUTTON);
  g_type_ensure (WB_TYPE_WATCHED);

  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-page-train.ui");
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, notes_above);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, notes_within);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, notes);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, kept);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, kept_text);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, beginning);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, learned);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, hyperparameters);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, run_button);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, more);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, scroller);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, fold);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, form_scroller);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, form_place);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, stack);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, empty);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, grown);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, course);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, state);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, pace);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, now);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, progress);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, charts_scroller);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, runs);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, sweep);
  gtk_widget_class_bind_template_child (widget_class, WbPageTrain, watched);
  gtk_widget_class_bind_template_callback (widget_class, on_run_chosen);
  gtk_widget_class_bind_template_callback (widget_class, on_run_deleted);
  gtk_widget_class_bind_template_callback (widget_class, on_network_wanted);
  gtk_widget_class_bind_template_callback (widget_class, on_continue_wanted);
  gtk_widget_class_bind_template_callback (widget_class, on_edited);
  gtk_widget_class_bind_template_callback (widget_class, on_recipe_chosen);
  gtk_widget_class_bind_template_callback (widget_class, on_folded);
  gtk_widget_class_bind_template_callback (widget_class, wb_page_toast);
  gtk_widget_class_bind_template_callback (widget_class, wb_page_toast_undo);
}

static void
wb_page_train_init (WbPageTrain *self)
{
  wb_soon_init (&self->showing_recipe, show_recipe, self);
  gtk_widget_init_template (GTK_WIDGET (self));
}
