/* wb-search-window.c: where other networks are looked for, and chosen.
 *
 *   Minutes [10]   An answer takes at most [0] ms   …   [ Start ]
 *   accuracy against cost, a dot for each network
 *   the same networks, the most accurate first                       [ Open in the Editor ]
 *
 * Nothing here is state: the project's search has the report, and the window shows it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-search-window.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-child-window.h"
#include "wb-found-list.h"
#include "wb-scatter.h"
#include "wb-text.h"
#include "wb-toast.h"

struct _WbSearchWindow
{
  AdwWindow parent_instance;

  WbProject *project;
  GListModel *list;
  GtkSingleSelection *selection;

  AdwToastOverlay *toasts;
  GtkSpinButton *minutes, *candidates, *milliseconds, *megabytes;
  GtkWidget *bounds, *start, *why_not, *progress_box, *progress, *found, *open;
  GtkLabel *progress_text, *summary;
  GtkToggleButton *by_size;
  WbScatter *scatter;
  GtkListView *view;
};

G_DEFINE_FINAL_TYPE (WbSearchWindow, wb_search_window, ADW_TYPE_WINDOW)

static WbSearch *
get_search (WbSearchWindow *self)
{
  return wb_project_get_search (self->project);
}

static const LatheCandidate *
get_selected (WbSearchWindow *self)
{
  WbFound *found = gtk_single_selection_get_selected_item (self->selection);

  return found ? wb_found_get (found) : NULL;
}

/* --- The chart --- */

static void
add_dot (GArray *dots, LatheCandidate *candidate, GPtrArray *front, LatheSearchCost cost)
{
  WbScatterDot dot = {
      .id = candidate->id,
      .cost = lathe_candidate_cost (candidate, cost),
      .accuracy = candidate->accuracy,
      .low = candidate->low,
      .high = candidate->high,
      .mark = candidate->id == 0                             ? WB_SCATTER_FIRST
              : candidate->state == LATHE_CANDIDATE_FINISHED ? WB_SCATTER_WHOLE
                                                             : WB_SCATTER_PART,
      .front = g_ptr_array_find (front, candidate, NULL),
  };

  if (isnan (dot.accuracy) || isnan (dot.cost))
    return;
  dot.name = g_strdup (candidate->change);
  g_array_append_val (dots, dot);
}

static void
show_chart (WbSearchWindow *self)
{
  const LatheSearchReport *report = wb_study_get_report (WB_STUDY (get_search (self)));
  gboolean by_size = gtk_toggle_button_get_active (self->by_size);
  LatheSearchCost cost = by_size ? LATHE_SEARCH_BY_BYTES : LATHE_SEARCH_BY_MILLISECONDS;
  g_autoptr (GArray) dots = g_array_new (FALSE, FALSE, sizeof (WbScatterDot));
  g_autoptr (GPtrArray) front = report ? lathe_search_report_front (report, cost) : NULL;

  g_array_set_clear_func (dots, wb_scatter_dot_clear);
  for (guint i = 0; report && i < report->candidates->len; i++)
    add_dot (dots, report->candidates->pdata[i], front, cost);
  g_object_set (self->scatter, "title",
                by_size ? _ ("Accuracy against the size of the model") : _ ("Accuracy against the time of an answer"),
                NULL);
  wb_scatter_show (self->scatter, dots, by_size ? WB_SCATTER_BYTES : WB_SCATTER_MILLISECONDS);
}

/* --- How it stands --- */

static void
show_progress (WbSearchWindow *self, const LatheSearchReport *report)
{
  g_autofree char *left = report && isfinite (report->seconds_left) ? wb_text_left (report->seconds_left) : NULL;

  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), report ? report->fraction : 0);
  gtk_label_set_text (self->progress_text, left ? left : _ ("Preparing…"));
}

static const LatheCandidate *
find_best (const LatheSearchReport *report)
{
  const LatheCandidate *best = NULL;

  for (guint i = 0; i < report->candidates->len; i++)
    {
      const LatheCandidate *each = report->candidates->pdata[i];

      if (each->state == LATHE_CANDIDATE_FINISHED && (!best || each->accuracy > best->accuracy))
        best = each;
    }
  return best;
}

/* "23 networks tried, for 9 epochs at most. The best reaches 89.2 %, the network as it is 87.0 %." */
static void
show_summary (WbSearchWindow *self, const LatheSearchReport *report)
{
  const LatheCandidate *first = report->candidates->pdata[0], *best = find_best (report);
  g_autofree char *count = wb_text_count (report->candidates->len);
  g_autofree char *best_accuracy = best ? wb_text_percent (best->accuracy) : NULL;
  g_autofree char *first_accuracy = wb_text_percent (first->accuracy);
  g_autofree char *text = NULL;

  if (best && best == first)
    /* Translators: number of networks, number of epochs, an accuracy */
    text = g_strdup_printf (_ ("%s networks tried, for at most %u epochs. On the validation images none is more "
                               "accurate yet than the network as it is, with %s."),
                            count, report->epochs, first_accuracy);
  else if (best)
    /* Translators: number of networks, number of epochs, two accuracies */
    text = g_strdup_printf (_ ("%s networks tried, for at most %u epochs. On the validation images the best reaches "
                               "%s, the network as it is %s."),
                            count, report->epochs, best_accuracy, first_accuracy);
  else
    text = g_strdup_printf (_ ("%s networks tried. None of them is trained to the end yet."), count);
  gtk_label_set_text (self->summary, text);
}

static void
show_selected (WbSearchWindow *self)
{
  const LatheCandidate *selected = get_selected (self);

  wb_scatter_select (self->scatter, selected ? selected->id : G_MAXUINT);
  gtk_widget_set_sensitive (self->open, selected != NULL);
}

/* Of what is found a choice outlives its getting another place in the list. */
static void
select_id (WbSearchWindow *self, guint id)
{
  for (guint i = 0; i < g_list_model_get_n_items (self->list); i++)
    {
      g_autoptr (WbFound) found = g_list_model_get_item (self->list, i);

      if (wb_found_get (found)->id == id)
        {
          gtk_single_selection_set_selected (self->selection, i);
          return;
        }
    }
}

static void
show_report (WbSearchWindow *self)
{
  const LatheSearchReport *report = wb_study_get_report (WB_STUDY (get_search (self)));
  const LatheCandidate *selected = get_selected (self);
  guint id = selected ? selected->id : G_MAXUINT;
  gboolean any = report && report->candidates->len > 0;

  wb_found_list_take (self->list, report);
  select_id (self, id);
  gtk_widget_set_visible (self->found, any);
  if (any)
    show_summary (self, report);
  show_chart (self);
  show_progress (self, report);
  show_selected (self);
}

static const char *
find_hindrance (WbSearchWindow *self)
{
  if (!wb_project_get_dataset (self->project))
    return _ ("Open a folder of images first: networks are compared by what they learn of them.");
  if (wb_run_get_active (wb_project_get_run (self->project)))
    return _ ("A training takes the whole machine. Networks are searched once it has ended, so that both are as fast "
              "as they can be, and times are measured right.");
  return wb_study_get_active (WB_STUDY (get_search (self))) ? NULL : wb_project_get_occupation (self->project);
}

static void
show_state (WbSearchWindow *self)
{
  gboolean active = wb_study_get_active (WB_STUDY (get_search (self)));
  const char *hindrance = find_hindrance (self);

  gtk_widget_set_visible (self->start, !active);
  gtk_widget_set_visible (self->progress_box, active);
  gtk_widget_set_sensitive (self->bounds, !active);
  gtk_widget_set_sensitive (self->start, hindrance == NULL);
  gtk_widget_set_visible (self->why_not, !active && hindrance != NULL);
  gtk_label_set_text (GTK_LABEL (self->why_not), hindrance ? hindrance : "");
  show_report (self);
}

/* --- What the user does --- */

static void
on_start (WbSearchWindow *self)
{
  const LatheSearchJob job = {
      .dataset = wb_project_get_dataset (self->project),
      .graph = wb_project_get_graph (self->project),
      .preprocess = wb_project_get_preprocess (self->project),
      .hyperparameters = wb_project_get_hyperparameters (self->project),
      .bounds = {.minutes = gtk_spin_button_get_value (self->minutes),
                 .max_candidates = (guint) gtk_spin_button_get_value_as_int (self->candidates),
                 .max_milliseconds = gtk_spin_button_get_value (self->milliseconds),
                 .max_bytes = (guint64) (gtk_spin_button_get_value (self->megabytes) * 1e6)},
  };

  if (!find_hindrance (self))
    wb_search_start (get_search (self), &job);
}

static void
on_stop (WbSearchWindow *self)
{
  wb_study_stop (WB_STUDY (get_search (self)));
}

static void
on_picked (WbSearchWindow *self, guint id)
{
  select_id (self, id);
}

static void
on_failed (WbSearchWindow *self, const char *message)
{
  adw_toast_overlay_add_toast (self->toasts, wb_toast_new (message, gtk_widget_get_width (GTK_WIDGET (self))));
}

/* As one step that can be undone, here and in the editor. */
static void
on_open (WbSearchWindow *self)
{
  const LatheCandidate *selected = get_selected (self);
  LatheDataset *dataset = wb_project_get_dataset (self->project);
  const LathePreprocess *p = wb_project_get_preprocess (self->project);
  g_autoptr (LatheGraph) graph = NULL;
  AdwToast *toast;

  if (!selected)
    return;
  graph = lathe_graph_copy (selected->graph);
  if (dataset)
    lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (p->height, p->width, p->channels),
                       lathe_dataset_get_n_classes (dataset));
  wb_project_set_graph (self->project, graph);
  toast = wb_toast_new_with_undo (_ ("The network is in the editor."), gtk_widget_get_width (GTK_WIDGET (self)),
                                  "search.undo");
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
undo_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_project_undo (WB_SEARCH_WINDOW (widget)->project);
}

/* --- Rows --- */

static GtkWidget *
add_label (GtkWidget *box, const char *style, float xalign)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), xalign);
  gtk_widget_add_css_class (label, style);
  gtk_box_append (GTK_BOX (box), label);
  return label;
}

/* Figures in one line, and below them what was changed. */
static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *figures = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *state, *change;

  gtk_box_append (GTK_BOX (row), figures);
  gtk_label_set_width_chars (GTK_LABEL (add_label (figures, "heading", 0)), 6);
  gtk_label_set_width_chars (GTK_LABEL (add_label (figures, "numeric", 1)), 7);
  gtk_label_set_width_chars (GTK_LABEL (add_label (figures, "numeric", 1)), 7);
  state = add_label (figures, "dim-label", 1);
  gtk_widget_set_hexpand (state, TRUE);
  gtk_label_set_ellipsize (GTK_LABEL (state), PANGO_ELLIPSIZE_END);
  change = add_label (row, "dim-label", 0);
  gtk_label_set_wrap (GTK_LABEL (change), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (change), PANGO_WRAP_WORD_CHAR);
  gtk_widget_set_margin_top (row, 6);
  gtk_widget_set_margin_bottom (row, 6);
  gtk_widget_set_margin_start (row, 12);
  gtk_widget_set_margin_end (row, 12);
  gtk_list_item_set_child (item, row);
}

static GtkWidget *
set_next (GtkWidget *label, const char *text)
{
  gtk_label_set_text (GTK_LABEL (label), text);
  return gtk_widget_get_next_sibling (label);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  const LatheCandidate *candidate = wb_found_get (gtk_list_item_get_item (item));
  GtkWidget *row = gtk_list_item_get_child (item), *figures = gtk_widget_get_first_child (row);
  GtkWidget *label = gtk_widget_get_first_child (figures);
  g_autofree char *accuracy = wb_text_percent (candidate->accuracy), *size = g_format_size (candidate->bytes);
  g_autofree char *time =
      isnan (candidate->milliseconds) ? g_strdup ("–") : wb_text_milliseconds (candidate->milliseconds);

  label = set_next (label, accuracy);
  label = set_next (label, time);
  label = set_next (label, size);
  set_next (label, _ (lathe_candidate_state_titles[candidate->state]));
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_last_child (row)),
                      candidate->reason ? candidate->reason : candidate->change);
}

/* --- Life --- */

static void
wb_search_window_dispose (GObject *object)
{
  WbSearchWindow *self = WB_SEARCH_WINDOW (object);

  if (self->project)
    {
      g_signal_handlers_disconnect_by_data (get_search (self), self);
      g_signal_handlers_disconnect_by_data (wb_project_get_sweep (self->project), self);
      g_signal_handlers_disconnect_by_data (wb_project_get_run (self->project), self);
    }
  adw_window_set_content (ADW_WINDOW (self), NULL);
  g_clear_object (&self->selection);
  g_clear_object (&self->list);
  g_clear_object (&self->project);
  G_OBJECT_CLASS (wb_search_window_parent_class)->dispose (object);
}

static void
wb_search_window_class_init (WbSearchWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_search_window_dispose;
  g_type_ensure (WB_TYPE_SCATTER);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-search-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WbSearchWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, WbSearchWindow, minutes);
  gtk_widget_class_bind_template_child (widget_class, WbSearchWindow, candidates);
  gtk_widget_class_bind_template_child (widget_class, WbSearchWindow, milliseconds);
  gtk_widget_class_bind_template_child (widget_class, WbSearchWindow, megabytes);
  gtk_widget_class_bind_template_child (widget_class, WbSearchWindow, bounds);
  gtk_widget_class_bind_template_child (widget_class, WbSearchWindow, start);
  gtk_widget_class_bind_template_child (widget_class, WbSearchWindow, why_not);
  gtk_widget_class_bind_template_child (widget_class, WbSearchWindow, progress_box);
  gtk_widget_class_bind_template_child (widget_class, WbSearchWindow, progress);
  gtk_widget_class_bind_template_child (widget_class, WbSearchWindow, progress_text);
  gtk_widget_class_bind_template_child (widget_class, WbSearchWindow, found);
  gtk_widget_class_bind_template_child (widget_class, WbSearchWindow, summary);
  gtk_widget_class_bind_template_child (widget_class, WbSearchWindow, by_size);
  gtk_widget_class_bind_template_child (widget_class, WbSearchWindow, scatter);
  gtk_widget_class_bind_template_child (widget_class, WbSearchWindow, view);
  gtk_widget_class_bind_template_child (widget_class, WbSearchWindow, open);
  gtk_widget_class_bind_template_callback (widget_class, on_start);
  gtk_widget_class_bind_template_callback (widget_class, on_stop);
  gtk_widget_class_bind_template_callback (widget_class, on_picked);
  gtk_widget_class_bind_template_callback (widget_class, on_failed);
  gtk_widget_class_bind_template_callback (widget_class, on_open);
  gtk_widget_class_bind_template_callback (widget_class, on_setup);
  gtk_widget_class_bind_template_callback (widget_class, on_bind);
  gtk_widget_class_bind_template_callback (widget_class, show_chart);
  gtk_widget_class_install_action (widget_class, "search.undo", NULL, undo_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_z, GDK_CONTROL_MASK, "search.undo", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
wb_search_window_init (WbSearchWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->list = wb_found_list_new ();
  self->selection = gtk_single_selection_new (g_object_ref (self->list));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  gtk_list_view_set_model (self->view, GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (show_selected), self,
                           G_CONNECT_SWAPPED);
}

GtkWidget *
wb_search_window_new (GtkWindow *parent, WbProject *project)
{
  WbSearchWindow *self = g_object_new (WB_TYPE_SEARCH_WINDOW, NULL);
  WbSearch *search = wb_project_get_search (project);

  wb_child_window_attach (GTK_WINDOW (self), parent);
  self->project = g_object_ref (project);
  g_signal_connect_object (search, "changed", G_CALLBACK (show_report), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (search, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (search, "notify::active", G_CALLBACK (show_state), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (wb_project_get_run (project), "notify::active", G_CALLBACK (show_state), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (wb_project_get_sweep (project), "notify::active", G_CALLBACK (show_state), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "dataset-changed", G_CALLBACK (show_state), self, G_CONNECT_SWAPPED);
  show_state (self);
  return GTK_WIDGET (self);
}
