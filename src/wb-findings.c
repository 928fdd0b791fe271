/* wb-findings.c: a letter about what is wrong with a project's images, with the cure of each kind beside it.
 *
 * A line takes a moment to make, and a list makes many at once, most of them out of sight: so a line only keeps its
 * room at first, and is filled when there is time. The list is a grid of one column, as grids make fewer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-findings.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-beginning-choice.h"
#include "wb-finding-list.h"
#include "wb-finding-row.h"
#include "wb-fold.h"
#include "wb-image-edits.h"
#include "wb-text.h"

#define FILLING 3000 /* microseconds in one go */

struct _WbFindings
{
  AdwBin parent_instance;

  WbSurvey *survey;
  WbFindingList *list;
  GQueue empty_rows; /* (element-type WbFindingRow) that wait to be filled */
  guint filling;     /* source, or 0 */
  gboolean stale;    /* there is something else to be shown than is shown */
  char *pending;     /* what to say once the images have changed, or NULL */

  GtkWidget *strip, *progress, *look, *cancel, *show_kept;
  GtkWidget *ask_strip, *ask_progress, *ask, *ask_cancel;
  GtkLabel *status, *ask_status;
  GtkStack *stack;
  GtkGridView *view;
};

G_DEFINE_FINAL_TYPE (WbFindings, wb_findings, ADW_TYPE_BIN)

static WbProject *
get_project (WbFindings *self)
{
  return wb_survey_get_project (self->survey);
}

/* --- Rows --- */

static gboolean
fill_rows (gpointer data)
{
  WbFindings *self = data;
  gint64 until = g_get_monotonic_time () + FILLING;
  WbFindingRow *row;

  while (g_get_monotonic_time () < until && (row = g_queue_pop_head (&self->empty_rows)))
    wb_finding_row_fill (row);
  if (self->empty_rows.length > 0)
    return G_SOURCE_CONTINUE;
  self->filling = 0;
  return G_SOURCE_REMOVE;
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gtk_list_item_set_child (item, wb_finding_row_new ());
  gtk_list_item_set_activatable (item, FALSE);
  gtk_list_item_set_selectable (item, FALSE);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, WbFindings *self)
{
  WbFindingRow *row = WB_FINDING_ROW (gtk_list_item_get_child (item));

  wb_finding_row_set_finding (row, gtk_list_item_get_item (item));
  g_queue_push_tail (&self->empty_rows, row);
  if (!self->filling)
    self->filling = g_timeout_add_full (G_PRIORITY_DEFAULT_IDLE, 0, fill_rows, self, NULL);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item, WbFindings *self)
{
  GtkWidget *row = gtk_list_item_get_child (item);

  g_queue_remove (&self->empty_rows, row);
  wb_finding_row_set_finding (WB_FINDING_ROW (row), NULL);
}

/* --- Showing --- */

static gboolean
is_balanced (WbFindings *self)
{
  return wb_project_get_hyperparameters (get_project (self))->balance != LATHE_BALANCE_NONE;
}

/* What is kept, and unequal classes where they are cured by the training. The keys are the verdict's. */
static GHashTable *
list_left_out (WbFindings *self, WbVerdict *verdict)
{
  GHashTable *keys = g_hash_table_new (g_int64_hash, g_int64_equal);
  gboolean balanced = is_balanced (self);

  for (guint i = 0; i < verdict->findings->len; i++)
    if (verdict->kept[i] || (balanced && ((LatheFinding *) verdict->findings->pdata[i])->flaw == LATHE_FLAW_IMBALANCE))
      g_hash_table_add (keys, &verdict->keys[i]);
  return keys;
}

static char *
describe_state (WbFindings *self, const WbVerdict *verdict)
{
  g_autofree char *count = NULL;
  guint n_images = lathe_dataset_get_n_images (verdict->dataset);

  if (!verdict->looked)
    return g_strdup (
        _ ("So far only files were compared. A look at each image also finds near duplicates, and pictures "
           "that are blank, turned, too small or called by two names."));
  if (verdict->n_unlooked > 0)
    {
      count = wb_text_count (verdict->n_unlooked);
      return g_strdup_printf (ngettext ("%s image has come since the others were looked at.",
                                        "%s images have come since the others were looked at.", verdict->n_unlooked),
                              count);
    }
  count = wb_text_count (n_images);
  return g_strdup_printf (ngettext ("%s image was looked at.", "All %s images were looked at.", n_images), count);
}

static void
show_strip (WbFindings *self, const WbVerdict *verdict, gboolean looking, gboolean empty)
{
  guint n_kept = verdict ? verdict->n_kept : 0;
  gboolean to_look = verdict && (!verdict->looked || verdict->n_unlooked > 0);
  g_autofree char *count = wb_text_count (n_kept);
  /* Translators: findings that the user keeps as they are */
  g_autofree char *kept = g_strdup_printf (_ ("Show Kept (%s)"), count);
  g_autofree char *state = verdict && !looking ? describe_state (self, verdict) : NULL;

  gtk_widget_set_visible (self->strip, looking || (verdict && !(empty && !verdict->looked && n_kept == 0)));
  gtk_widget_set_visible (self->progress, looking);
  gtk_widget_set_visible (self->cancel, looking);
  gtk_widget_set_visible (self->look, !looking && to_look);
  gtk_button_set_label (GTK_BUTTON (self->look),
                        verdict && verdict->looked ? _ ("Look Again") : _ ("Look for Problems"));
  gtk_widget_set_visible (self->show_kept, !looking && n_kept > 0);
  gtk_button_set_label (GTK_BUTTON (self->show_kept), kept);
  gtk_label_set_label (self->status, looking ? _ ("Looking at each image…") : state ? state : "");
}

/* What a network that knows many images can add, or has added. (transfer full) */
static char *
describe_insight (WbInsight *insight)
{
  const LatheStartingPoint *source = wb_insight_get_source (insight);
  LatheInsight *known = wb_insight_get (insight);
  g_autofree char *count = known ? wb_text_count (known->descriptors->n) : NULL;

  if (wb_insight_get_asking (insight))
    return g_strdup (_ ("The network looks at each image…"));
  if (!source)
    return g_strdup_printf (
        /* Translators: followed by a sentence that says how the network comes here */
        _ ("A network that knows many images also finds copies that are cut, labels that look wrong, and pictures "
           "unlike all others. %s"),
        wb_insight_get_absence ());
  if (!known)
    /* Translators: the name of a model */
    return g_strdup_printf (
        _ ("%s also finds copies that are cut, labels that look wrong, and pictures unlike all others."),
        wb_beginning_title (source));
  return g_strdup_printf (ngettext ("%s has looked at %s image.", "%s has looked at %s images.", known->descriptors->n),
                          wb_beginning_title (source), count);
}

static void
show_ask_strip (WbFindings *self, const WbVerdict *verdict)
{
  WbInsight *insight = wb_survey_get_insight (self->survey);
  LatheInsight *known = wb_insight_get (insight);
  gboolean asking = wb_insight_get_asking (insight);
  gboolean changed = known && verdict && known->dataset != verdict->dataset;
  g_autofree char *state = describe_insight (insight);

  gtk_widget_set_visible (self->ask_strip, verdict != NULL);
  gtk_widget_set_visible (self->ask_progress, asking);
  gtk_widget_set_visible (self->ask_cancel, asking);
  gtk_widget_set_visible (self->ask, !asking && (!known || changed) && wb_insight_get_source (insight) != NULL);
  gtk_button_set_label (GTK_BUTTON (self->ask), known ? _ ("Ask Again") : _ ("Ask the Network"));
  gtk_label_set_label (self->ask_status, state);
}

/* What nobody sees is shown when it is looked at: a change of the split alone makes other findings of all of them. */
static void
show (WbFindings *self)
{
  WbVerdict *verdict = wb_survey_get_verdict (self->survey);
  gboolean looking = wb_survey_get_looking (self->survey);
  g_autoptr (GHashTable) left_out = NULL;
  gboolean empty;

  self->stale = !gtk_widget_get_mapped (GTK_WIDGET (self));
  if (self->stale)
    return;
  left_out = verdict ? list_left_out (self, verdict) : NULL;
  wb_finding_list_show (self->list, verdict, left_out);
  empty = g_list_model_get_n_items (G_LIST_MODEL (self->list)) == 0;
  show_strip (self, verdict, looking, empty);
  show_ask_strip (self, verdict);
  gtk_stack_set_visible_child_name (self->stack, !empty                                   ? "list"
                                                 : verdict && verdict->looked && !looking ? "clean"
                                                 : looking                                ? "looking"
                                                                                          : "unlooked");
}

static void
on_survey_changed (WbFindings *self)
{
  if (wb_survey_get_looking (self->survey))
    gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), 0);
  show (self);
}

/* left: seconds, or NAN */
static void
show_progress (GtkLabel *status, GtkWidget *progress, guint done, guint total, double left)
{
  g_autofree char *done_text = wb_text_count (done);
  g_autofree char *total_text = wb_text_count (total);
  g_autofree char *text =
      isfinite (left) ? g_strdup_printf (_ ("%s of %s images · %.0f s left"), done_text, total_text, ceil (left))
                      : g_strdup_printf (_ ("%s of %s images"), done_text, total_text);

  gtk_label_set_label (status, text);
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (progress), total ? (double) done / total : 0);
}

static void
on_progress (WbFindings *self, guint done, guint total)
{
  show_progress (self->status, self->progress, done, total, wb_survey_get_seconds_left (self->survey, done, total));
}

static void
on_insight_progress (WbFindings *self, guint done, guint total)
{
  WbInsight *insight = wb_survey_get_insight (self->survey);

  show_progress (self->ask_status, self->ask_progress, done, total, wb_insight_get_seconds_left (insight, done, total));
}

static void
on_insight_changed (WbFindings *self)
{
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->ask_progress), 0);
  show (self);
}

static void
on_map (WbFindings *self)
{
  if (self->survey && self->stale)
    show (self);
}

static void
on_look (WbFindings *self)
{
  wb_survey_look (self->survey);
}

static void
on_cancel (WbFindings *self)
{
  wb_survey_cancel (self->survey);
}

static void
on_ask (WbFindings *self)
{
  wb_insight_ask (wb_survey_get_insight (self->survey));
}

static void
on_ask_cancel (WbFindings *self)
{
  wb_insight_cancel (wb_survey_get_insight (self->survey));
}

/* --- Curing --- */

static void
say (WbFindings *self, const char *message)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast-undo", "s", message);
}

/* What was decided takes a moment; only then is there something to be undone. message: (transfer full) */
static void
decide (WbFindings *self, LatheEdits *edits, char *message)
{
  g_free (self->pending);
  self->pending = message;
  wb_project_set_edits (get_project (self), edits);
}

static void
on_images_changed (WbFindings *self)
{
  g_autofree char *message = g_steal_pointer (&self->pending);

  if (message)
    say (self, message);
}

static void
on_failed (WbFindings *self)
{
  g_clear_pointer (&self->pending, g_free);
}

typedef void (*Cure) (const LatheFinding *finding, LatheDataset *dataset, LatheEdits *edits);

/* Of those that are shown. */
static LatheEdits *
cure_all (WbFindings *self, LatheFlaw flaw, Cure cure, guint *n_images)
{
  WbVerdict *verdict = wb_survey_get_verdict (self->survey);
  LatheEdits *edits = lathe_edits_copy (wb_project_get_edits (get_project (self)));

  *n_images = 0;
  for (guint i = 0; i < verdict->findings->len; i++)
    {
      const LatheFinding *finding = verdict->findings->pdata[i];

      if (finding->flaw != flaw || verdict->kept[i])
        continue;
      cure (finding, verdict->dataset, edits);
      for (guint k = 0; k < finding->images->len; k++)
        {
          const LatheImage *image =
              lathe_dataset_get_image (verdict->dataset, g_array_index (finding->images, guint, k));

          *n_images += lathe_edits_get_excluded (edits, lathe_image_get_name (verdict->dataset, image));
        }
    }
  return edits;
}

static void
balance (WbFindings *self)
{
  LatheHyperparameters values = *wb_project_get_hyperparameters (get_project (self));

  values.balance = LATHE_BALANCE_RESAMPLE;
  wb_project_set_hyperparameters (get_project (self), &values);
  say (self, _ ("In training each class counts the same"));
}

static void
cure_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbFindings *self = WB_FINDINGS (widget);
  LatheFlaw flaw = g_variant_get_uint32 (parameter);
  g_autoptr (LatheEdits) edits = NULL;
  g_autofree char *count = NULL;
  guint n_images;

  if (!wb_survey_get_verdict (self->survey))
    return;
  if (flaw == LATHE_FLAW_IMBALANCE)
    {
      balance (self);
      return;
    }
  edits = cure_all (self, flaw, lathe_finding_cure, &n_images);
  count = wb_text_count (n_images);
  decide (self, edits, g_strdup_printf (ngettext ("%s image is left out", "%s images are left out", n_images), count));
}

static void
join_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbFindings *self = WB_FINDINGS (widget);
  g_autoptr (LatheEdits) edits = NULL;
  guint n_images;

  if (!wb_survey_get_verdict (self->survey))
    return;
  edits = cure_all (self, g_variant_get_uint32 (parameter), lathe_finding_join, &n_images);
  decide (self, edits, g_strdup (_ ("Images that show the same are on one side now")));
}

static void
exclude_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbFindings *self = WB_FINDINGS (widget);
  g_autoptr (LatheEdits) edits = lathe_edits_copy (wb_project_get_edits (get_project (self)));
  const char *image = g_variant_get_bytestring (parameter);
  g_autofree char *shown = g_filename_display_name (image);

  lathe_edits_set_excluded (edits, image, TRUE);
  decide (self, edits, g_strdup_printf (_ ("“%s” is left out"), shown));
}

/* key: (nullable): of the finding; NULL: of all. */
static void
set_kept (WbFindings *self, gboolean kept, const guint64 *key, const char *message)
{
  WbVerdict *verdict = wb_survey_get_verdict (self->survey);
  g_autoptr (LatheEdits) edits = lathe_edits_copy (wb_project_get_edits (get_project (self)));

  for (guint i = 0; verdict && i < verdict->findings->len; i++)
    if (verdict->kept[i] != kept && (!key || verdict->keys[i] == *key))
      lathe_finding_keep (verdict->findings->pdata[i], verdict->dataset, edits, kept);
  decide (self, edits, g_strdup (message));
}

static void
keep_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  guint64 key = g_variant_get_uint64 (parameter);

  set_kept (WB_FINDINGS (widget), TRUE, &key, _ ("Kept as it is, and not named any more"));
}

static void
on_show_kept (WbFindings *self)
{
  set_kept (self, FALSE, NULL, _ ("What was kept is named again"));
}

/* To the class that it shows. */
static void
move_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbFindings *self = WB_FINDINGS (widget);
  WbVerdict *verdict = wb_survey_get_verdict (self->survey);
  g_autoptr (LatheEdits) edits = lathe_edits_copy (wb_project_get_edits (get_project (self)));
  guint64 key = g_variant_get_uint64 (parameter);

  for (guint i = 0; verdict && i < verdict->findings->len; i++)
    if (verdict->keys[i] == key)
      {
        const LatheFinding *finding = verdict->findings->pdata[i];
        const LatheImage *image = lathe_dataset_get_image (verdict->dataset, g_array_index (finding->images, guint, 0));
        char *const names[] = {(char *) lathe_image_get_name (verdict->dataset, image), NULL};

        decide (self, edits,
                wb_image_edits_move (edits, verdict->dataset, (char **) names,
                                     lathe_dataset_get_classes (verdict->dataset)[finding->likelier]));
        return;
      }
}

/* Of what cannot be read, and why. */
static void
copy_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  LatheDataset *dataset = wb_project_get_dataset (get_project (WB_FINDINGS (widget)));
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < lathe_dataset_get_n_problems (dataset); i++)
    {
      const LatheProblem *problem = lathe_dataset_get_problem (dataset, i);
      g_autofree char *path = g_filename_display_name (problem->path);

      g_string_append_printf (text, "%s\t%s\n", path, problem->reason);
    }
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), text->str);
}

/* --- Life --- */

void
wb_findings_set_survey (WbFindings *self, WbSurvey *survey)
{
  WbProject *project;
  WbInsight *insight;

  g_return_if_fail (WB_IS_FINDINGS (self));
  g_return_if_fail (!self->survey);

  self->survey = g_object_ref (survey);
  project = wb_survey_get_project (survey);
  g_signal_connect_object (survey, "changed", G_CALLBACK (on_survey_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (survey, "progress", G_CALLBACK (on_progress), self, G_CONNECT_SWAPPED);
  insight = wb_survey_get_insight (survey);
  g_signal_connect_object (insight, "changed", G_CALLBACK (on_insight_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (insight, "progress", G_CALLBACK (on_insight_progress), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "images-changed", G_CALLBACK (on_images_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "hyperparameters-changed", G_CALLBACK (show), self, G_CONNECT_SWAPPED);
  show (self);
}

static void
wb_findings_dispose (GObject *object)
{
  WbFindings *self = WB_FINDINGS (object);

  if (self->survey)
    {
      g_signal_handlers_disconnect_by_data (wb_survey_get_project (self->survey), self);
      g_signal_handlers_disconnect_by_data (wb_survey_get_insight (self->survey), self);
      g_signal_handlers_disconnect_by_data (self->survey, self);
    }
  adw_bin_set_child (ADW_BIN (self), NULL);
  g_queue_clear (&self->empty_rows);
  g_clear_handle_id (&self->filling, g_source_remove);
  g_clear_object (&self->list);
  g_clear_object (&self->survey);
  G_OBJECT_CLASS (wb_findings_parent_class)->dispose (object);
}

static void
wb_findings_finalize (GObject *object)
{
  WbFindings *self = WB_FINDINGS (object);

  g_free (self->pending);
  G_OBJECT_CLASS (wb_findings_parent_class)->finalize (object);
}

static void
wb_findings_class_init (WbFindingsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_findings_dispose;
  G_OBJECT_CLASS (klass)->finalize = wb_findings_finalize;
  g_type_ensure (WB_TYPE_FOLD);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-findings.ui");
  gtk_widget_class_bind_template_child (widget_class, WbFindings, strip);
  gtk_widget_class_bind_template_child (widget_class, WbFindings, progress);
  gtk_widget_class_bind_template_child (widget_class, WbFindings, look);
  gtk_widget_class_bind_template_child (widget_class, WbFindings, cancel);
  gtk_widget_class_bind_template_child (widget_class, WbFindings, show_kept);
  gtk_widget_class_bind_template_child (widget_class, WbFindings, status);
  gtk_widget_class_bind_template_child (widget_class, WbFindings, ask_strip);
  gtk_widget_class_bind_template_child (widget_class, WbFindings, ask_progress);
  gtk_widget_class_bind_template_child (widget_class, WbFindings, ask);
  gtk_widget_class_bind_template_child (widget_class, WbFindings, ask_cancel);
  gtk_widget_class_bind_template_child (widget_class, WbFindings, ask_status);
  gtk_widget_class_bind_template_child (widget_class, WbFindings, stack);
  gtk_widget_class_bind_template_child (widget_class, WbFindings, view);
  gtk_widget_class_bind_template_callback (widget_class, on_setup);
  gtk_widget_class_bind_template_callback (widget_class, on_bind);
  gtk_widget_class_bind_template_callback (widget_class, on_unbind);
  gtk_widget_class_bind_template_callback (widget_class, on_look);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
  gtk_widget_class_bind_template_callback (widget_class, on_ask);
  gtk_widget_class_bind_template_callback (widget_class, on_ask_cancel);
  gtk_widget_class_bind_template_callback (widget_class, on_show_kept);
  gtk_widget_class_install_action (widget_class, "findings.cure", "u", cure_action);
  gtk_widget_class_install_action (widget_class, "findings.join", "u", join_action);
  gtk_widget_class_install_action (widget_class, "findings.exclude", "ay", exclude_action);
  gtk_widget_class_install_action (widget_class, "findings.keep", "t", keep_action);
  gtk_widget_class_install_action (widget_class, "findings.move", "t", move_action);
  gtk_widget_class_install_action (widget_class, "findings.copy", NULL, copy_action);
}

static void
wb_findings_init (WbFindings *self)
{
  g_autoptr (GtkSelectionModel) model = NULL;

  self->list = wb_finding_list_new ();
  g_queue_init (&self->empty_rows);
  gtk_widget_init_template (GTK_WIDGET (self));
  model = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->list))));
  gtk_grid_view_set_model (self->view, model);
  g_signal_connect (self, "map", G_CALLBACK (on_map), NULL);
}
