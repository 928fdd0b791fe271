/* wb-page-try.c: the page where images are dropped to hear what the network says.
 *
 * Images come in by drop, paste and choice, and go through one queue: one question at a time is asked on a thread. An
 * image joins the strip when it could be read. When the model changes, every image is asked about again, the one that
 * is shown first.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-page-try.h"

#include <glib/gi18n.h>

#include "wb-fold.h"
#include "wb-page-try-private.h"
#include "wb-probabilities.h"
#include "wb-stalls.h"
#include "wb-text.h"

G_DEFINE_TYPE (WbPageTry, wb_page_try, WB_TYPE_PAGE)

WbAttempt *
wb_page_try_get_shown (WbPageTry *self)
{
  return self->camera != NULL ? self->live : gtk_single_selection_get_selected_item (self->selection);
}

/* --- What is shown --- */

/* (transfer full): what stands below where there is no answer */
static char *
describe_doubt (const LathePrediction *prediction, const char *label)
{
  /* Translators: an image that the network has seen nothing like, and its likeliest class all the same */
  return prediction->unlike ? g_strdup_printf (_ ("Unlike all of your images. Most likely %s"), label)
                            /* Translators: the likeliest class of an image that the network is not sure about */
                            : g_strdup_printf (_ ("Most likely %s"), label);
}

/* What it says; or that it is not sure enough to say it, or has seen nothing like the image. */
static void
show_label (WbPageTry *self, const LatheModel *model, const LathePrediction *prediction)
{
  double probability = (double) prediction->probability[prediction->label];
  gboolean known = probability >= wb_doubt_get_threshold (self->doubt) && !prediction->unlike;
  const char *label = model->labels[prediction->label];
  const char *said = known ? label : prediction->unlike ? _ ("Unknown") : _ ("I do not know");
  g_autofree char *percent = wb_text_percent (probability);
  g_autofree char *perhaps = describe_doubt (prediction, label);
  g_autofree char *spoken = g_strdup_printf ("%s, %s", known ? label : perhaps, percent);

  gtk_label_set_text (GTK_LABEL (self->label), said);
  gtk_label_set_text (GTK_LABEL (self->perhaps), perhaps);
  gtk_widget_set_visible (self->perhaps, !known);
  gtk_label_set_text (GTK_LABEL (self->percent), percent);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->image), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, spoken, -1);
  wb_page_set_status (WB_PAGE (self), said);
}

static void
show_seen (WbPageTry *self, WbAttempt *attempt, const LatheModel *model, const LathePrediction *prediction)
{
  g_autofree char *size =
      g_strdup_printf (_ ("What the network sees: %u × %u"), model->preprocess.width, model->preprocess.height);

  gtk_label_set_text (GTK_LABEL (self->seen_size), size);
  wb_heat_set_image (self->heat, prediction->seen, &model->preprocess);
  wb_why_show (self->why, attempt);
  wb_nearest_show (self->nearest, attempt);
  wb_layer_sheet_show (self->sheet, attempt);
}

/* Whether there is an answer to be seen. */
static void
show_answered (WbPageTry *self, gboolean answered)
{
  GtkWidget *const parts[] = {self->verdict, self->heat_frame, self->tools, self->more};

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    gtk_widget_set_visible (parts[i], answered);
  if (answered)
    return;
  wb_heat_set_image (self->heat, NULL, NULL);
  wb_why_show (self->why, NULL);
  wb_nearest_show (self->nearest, NULL);
  wb_layer_sheet_show (self->sheet, NULL);
}

static void
show_prediction (WbPageTry *self, WbAttempt *attempt)
{
  const LathePrediction *prediction = wb_attempt_get_prediction (attempt);
  LatheModel *model = wb_project_get_model (wb_page_get_project (WB_PAGE (self)));
  /* The answer of a model that is gone is not shown under the new one's labels. */
  gboolean answered = prediction != NULL && model != NULL && wb_attempt_get_oracle (attempt) == self->oracle;
  g_autofree char *time = NULL;

  gtk_widget_set_visible (self->no_model, model == NULL);
  show_answered (self, answered);
  if (!answered)
    return;
  /* Translators: how long the network took, in milliseconds */
  time = g_strdup_printf (_ ("answered in %.1f ms"), prediction->milliseconds);
  gtk_label_set_text (GTK_LABEL (self->milliseconds), time);
  wb_probabilities_set (WB_PROBABILITIES (self->probabilities), (const char *const *) model->labels,
                        prediction->probability, prediction->n_labels);
  show_label (self, model, prediction);
  show_seen (self, attempt, model, prediction);
}

/* One image, all files, or that there is nothing yet. */
static const char *
find_view (WbPageTry *self)
{
  gboolean many = gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->many)) && self->camera == NULL &&
                  !wb_trial_list_is_empty (wb_trials_get_list (self->trials));

  if (many)
    return "many";
  return self->camera != NULL || g_list_model_get_n_items (G_LIST_MODEL (self->attempts)) > 0 ? "images" : "empty";
}

static void
show_view (WbPageTry *self)
{
  const char *view = find_view (self);
  gboolean empty = g_str_equal (view, "empty") && wb_trial_list_is_empty (wb_trials_get_list (self->trials));

  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), view);
  wb_trial_list_set_active (wb_trials_get_list (self->trials), g_str_equal (view, "many"));
  gtk_widget_set_visible (self->bar, !empty);
  gtk_widget_set_visible (self->train_first, self->oracle == NULL);
  gtk_widget_set_visible (self->choose_folder, self->oracle != NULL);
  gtk_widget_set_visible (self->strip_area,
                          g_str_equal (view, "images") && g_list_model_get_n_items (G_LIST_MODEL (self->attempts)) > 1);
  /* Before the first image comes, so that its answer neither waits for this nor changes with it. */
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    wb_doubt_ask (self->doubt);
}

/* The camera, or an image that was read. */
static void
show_image (WbPageTry *self, WbAttempt *attempt)
{
  const char *name = self->camera != NULL ? _ ("What the camera sees") : wb_attempt_get_name (attempt);
  GdkPaintable *paintable =
      self->camera != NULL ? GDK_PAINTABLE (self->camera) : GDK_PAINTABLE (wb_attempt_get_preview (attempt));

  gtk_picture_set_paintable (GTK_PICTURE (self->image), paintable);
  gtk_picture_set_alternative_text (GTK_PICTURE (self->image), name);
  gtk_label_set_text (GTK_LABEL (self->name), name);
}

void
wb_page_try_show (WbPageTry *self)
{
  WbAttempt *attempt = wb_page_try_get_shown (self);

  show_view (self);
  if (attempt != NULL || self->camera != NULL)
    show_image (self, attempt);
  if (attempt != NULL)
    {
      wb_page_try_update_really (self);
      show_prediction (self, attempt);
    }
  else
    {
      show_answered (self, FALSE);
    }
}

/* The threshold is another. */
static void
on_doubt (WbPageTry *self)
{
  LatheModel *model = wb_project_get_model (wb_page_get_project (WB_PAGE (self)));
  WbAttempt *attempt = wb_page_try_get_shown (self);

  wb_trials_set_threshold (self->trials, wb_doubt_get_threshold (self->doubt));
  if (attempt != NULL && model != NULL && wb_attempt_get_oracle (attempt) == self->oracle && self->oracle != NULL)
    show_label (self, model, wb_attempt_get_prediction (attempt));
}

/* --- Questions --- */

/* To be selected is to be shown. */
static void
join_strip (WbPageTry *self, WbAttempt *attempt)
{
  guint position = g_list_model_get_n_items (G_LIST_MODEL (self->attempts));

  g_list_store_append (self->attempts, attempt);
  gtk_single_selection_set_selected (self->selection, position);
  gtk_widget_activate_action (self->strip, "list.scroll-to-item", "u", position);
}

static void
on_answer (WbAttempt *attempt, const GError *error, gpointer data)
{
  g_autoptr (WbPageTry) self = data;

  self->asking = FALSE;
  if (wb_page_get_project (WB_PAGE (self)) == NULL)
    return;
  if (error != NULL)
    wb_page_toast (WB_PAGE (self), error->message);
  if (wb_attempt_get_preview (attempt) != NULL && !g_list_store_find (self->attempts, attempt, NULL))
    join_strip (self, attempt);
  else if (attempt == wb_page_try_get_shown (self))
    wb_page_try_show (self);
  wb_stalls_image_answered ();
  wb_page_try_ask_next (self);
}

void
wb_page_try_ask_next (WbPageTry *self)
{
  g_autoptr (WbAttempt) attempt = NULL;

  if (self->asking || g_queue_is_empty (&self->questions))
    return;
  attempt = g_queue_pop_head (&self->questions);
  self->asking = TRUE;
  wb_attempt_ask (attempt, self->oracle, on_answer, g_object_ref (self));
}

void
wb_page_try_add (WbPageTry *self, WbAttempt *attempt)
{
  wb_stalls_image_came ();
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->many), FALSE); /* it is to be looked at */
  g_queue_push_tail (&self->questions, attempt);
  wb_page_try_ask_next (self);
}

void
wb_page_try_add_file (WbPageTry *self, GFile *file)
{
  g_return_if_fail (WB_IS_PAGE_TRY (self));
  g_return_if_fail (G_IS_FILE (file));

  wb_page_try_add (self, wb_attempt_new (file, NULL));
  if (g_file_peek_path (file) != NULL)
    wb_trial_list_add (wb_trials_get_list (self->trials), g_file_peek_path (file));
}

static void
on_prepared (GObject *owner)
{
  WbPageTry *self = WB_PAGE_TRY (owner);

  self->asking = FALSE;
  if (wb_page_get_project (WB_PAGE (self)) != NULL)
    wb_page_try_ask_next (self);
}

static void
prepare (WbPageTry *self)
{
  if (self->asking || self->prepared == self->oracle)
    return;
  self->prepared = self->oracle;
  self->asking = TRUE;
  wb_oracle_prepare (self->oracle, G_OBJECT (self), on_prepared);
}

/* Asks the present model about every image that it has not seen yet. */
static void
freshen (WbPageTry *self)
{
  WbAttempt *shown = wb_page_try_get_shown (self);

  if (self->oracle == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  prepare (self);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->attempts)); i++)
    {
      g_autoptr (WbAttempt) attempt = g_list_model_get_item (G_LIST_MODEL (self->attempts), i);

      if (wb_attempt_get_oracle (attempt) == self->oracle || g_queue_find (&self->questions, attempt) != NULL)
        continue;
      if (attempt == shown)
        g_queue_push_head (&self->questions, g_object_ref (attempt));
      else
        g_queue_push_tail (&self->questions, g_object_ref (attempt));
    }
  wb_page_try_ask_next (self);
}

static void
on_dataset_changed (WbPageTry *self)
{
  WbProject *project = wb_page_get_project (WB_PAGE (self));

  wb_nearest_set_model (self->nearest, wb_project_get_model (project), wb_project_get_model_dataset (project));
  wb_page_try_update_really (self);
}

static void
on_model_changed (WbPageTry *self)
{
  LatheModel *model = wb_project_get_model (wb_page_get_project (WB_PAGE (self)));

  g_clear_pointer (&self->oracle, wb_oracle_unref);
  self->prepared = NULL;
  g_clear_object (&self->explainer);
  if (model != NULL)
    {
      self->oracle = wb_oracle_new (model);
      self->explainer = wb_explainer_new (model);
    }
  else
    {
      wb_page_set_status (WB_PAGE (self), NULL);
    }
  wb_why_set_explainer (self->why, self->explainer);
  wb_layer_sheet_set_explainer (self->sheet, self->explainer);
  wb_trials_set_model (self->trials, model);
  on_dataset_changed (self);
  wb_page_try_show (self);
  freshen (self);
}

/* --- All files --- */

void
wb_page_try_show_many (WbPageTry *self)
{
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->many), TRUE);
  show_view (self);
}

/* One of all files is looked at. */
static void
on_opened (WbPageTry *self, GFile *file)
{
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->many), FALSE);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->attempts)); i++)
    {
      g_autoptr (WbAttempt) attempt = g_list_model_get_item (G_LIST_MODEL (self->attempts), i);
      GFile *other = wb_attempt_get_file (attempt);

      if (other == NULL || !g_file_equal (other, file))
        continue;
      gtk_single_selection_set_selected (self->selection, i);
      return;
    }
  wb_page_try_add (self, wb_attempt_new (file, NULL));
}

static void
connect_trials (WbPageTry *self)
{
  g_signal_connect_object (self->trials, "opened", G_CALLBACK (on_opened), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->trials, "really", G_CALLBACK (wb_page_try_decide), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->trials, "failed", G_CALLBACK (wb_page_toast), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (wb_trials_get_list (self->trials), "progress", G_CALLBACK (show_view), self,
                           G_CONNECT_SWAPPED);
}

/* --- Life --- */

static void
on_strip_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *picture = gtk_picture_new ();

  gtk_picture_set_content_fit (GTK_PICTURE (picture), GTK_CONTENT_FIT_COVER);
  gtk_widget_set_size_request (picture, 64, 64);
  gtk_widget_set_overflow (picture, GTK_OVERFLOW_HIDDEN);
  gtk_list_item_set_child (item, picture);
}

static void
on_strip_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  WbAttempt *attempt = gtk_list_item_get_item (item);
  GtkPicture *picture = GTK_PICTURE (gtk_list_item_get_child (item));

  gtk_picture_set_paintable (picture, GDK_PAINTABLE (wb_attempt_get_preview (attempt)));
  gtk_picture_set_alternative_text (picture, wb_attempt_get_name (attempt));
  gtk_widget_set_tooltip_text (GTK_WIDGET (picture), wb_attempt_get_name (attempt));
}

static void
wb_page_try_attach (WbPage *page, WbProject *project)
{
  static const char *const changes[] = {"dataset-changed", "images-changed", "split-changed"};
  WbPageTry *self = WB_PAGE_TRY (page);

  wb_doubt_set_project (self->doubt, project);
  g_signal_connect_object (project, "model-changed", G_CALLBACK (on_model_changed), page, G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    g_signal_connect_object (project, changes[i], G_CALLBACK (on_dataset_changed), page, G_CONNECT_SWAPPED);
  wb_page_try_attach_really (self, project);
  on_model_changed (WB_PAGE_TRY (page));
}

static void
wb_page_try_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (wb_page_try_parent_class)->map (widget);
  show_view (WB_PAGE_TRY (widget));
  freshen (WB_PAGE_TRY (widget));
}

static void
wb_page_try_dispose (GObject *object)
{
  WbPageTry *self = WB_PAGE_TRY (object);

#ifdef LATHE_WEBCAM
  wb_page_try_drop_camera (self);
#endif
  g_queue_clear_full (&self->questions, g_object_unref);
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (wb_page_try_parent_class)->dispose (object);
}

static void
wb_page_try_finalize (GObject *object)
{
  WbPageTry *self = WB_PAGE_TRY (object);

  g_clear_pointer (&self->oracle, wb_oracle_unref);
  g_clear_object (&self->explainer);
  g_clear_object (&self->attempts);
  g_clear_object (&self->selection);
  g_free (self->done);
  G_OBJECT_CLASS (wb_page_try_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-page-try.ui");
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, stack);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, empty);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, train_first);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, image);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, heat_frame);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, heat);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, seen_size);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, name);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, verdict);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, label);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, perhaps);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, percent);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, milliseconds);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, probabilities);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, no_model);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, tools);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, why);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, doubt);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, really);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, chooser);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, more);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, nearest);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, sheet);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, strip);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, strip_area);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, trials);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, bar);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, many);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, camera_place);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, empty_tools);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, choose_folder);
  gtk_widget_class_bind_template_callback (widget_class, show_view);
  gtk_widget_class_bind_template_callback (widget_class, on_strip_setup);
  gtk_widget_class_bind_template_callback (widget_class, on_strip_bind);
}

static void
wb_page_try_class_init (WbPageTryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GType types[] = {WB_TYPE_PROBABILITIES, WB_TYPE_HEAT,        WB_TYPE_WHY,  WB_TYPE_DOUBT, WB_TYPE_CLASS_CHOOSER,
                         WB_TYPE_NEAREST,       WB_TYPE_LAYER_SHEET, WB_TYPE_FOLD, WB_TYPE_TRIALS};

  object_class->dispose = wb_page_try_dispose;
  object_class->finalize = wb_page_try_finalize;
  widget_class->map = wb_page_try_map;
  WB_PAGE_CLASS (klass)->attach = wb_page_try_attach;
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    g_type_ensure (types[i]);
  bind_template (widget_class);
  wb_page_try_install_input (widget_class);
}

static void
wb_page_try_init (WbPageTry *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->attempts = g_list_store_new (WB_TYPE_ATTEMPT);
  self->selection = gtk_single_selection_new (g_object_ref (G_LIST_MODEL (self->attempts)));
  gtk_list_view_set_model (GTK_LIST_VIEW (self->strip), GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_object (self->selection, "notify::selected", G_CALLBACK (wb_page_try_show), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->doubt, "changed", G_CALLBACK (on_doubt), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->heat, "failed", G_CALLBACK (wb_page_toast), self, G_CONNECT_SWAPPED);
  wb_why_set_heat (self->why, self->heat);
  connect_trials (self);
#ifdef LATHE_WEBCAM
  wb_page_try_add_camera (self);
#endif
  wb_page_try_connect_input (self);
  wb_page_try_connect_really (self);
}
