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

#include "wb-attempt.h"
#include "wb-drop-target.h"
#include "wb-probabilities.h"
#include "wb-text.h"

struct _WbPageTry
{
  WbPage parent_instance;
  GtkWidget *stack, *empty, *train_first, *image, *seen, *seen_frame, *seen_size, *name;
  GtkWidget *verdict, *label, *percent, *milliseconds, *probabilities, *no_model, *strip, *strip_area;
  GListStore *attempts; /* (element-type WbAttempt) */
  GtkSingleSelection *selection;
  GQueue questions; /* (element-type WbAttempt): owned, in the order in which they will be asked */
  gboolean asking;
  WbOracle *oracle; /* of the project's model; NULL without one */
};

G_DEFINE_TYPE (WbPageTry, wb_page_try, WB_TYPE_PAGE)

static WbAttempt *
shown_attempt (WbPageTry *self)
{
  return gtk_single_selection_get_selected_item (self->selection);
}

/* --- What is shown --- */

static void
show_prediction (WbPageTry *self, WbAttempt *attempt)
{
  const LathePrediction *prediction = wb_attempt_get_prediction (attempt);
  LatheModel *model = wb_project_get_model (wb_page_get_project (WB_PAGE (self)));
  g_autofree char *percent = NULL, *time = NULL, *size = NULL, *spoken = NULL;
  const char *label;

  gtk_widget_set_visible (self->no_model, model == NULL);
  /* The answer of a model that is gone is not shown under the new one's labels. */
  if (prediction == NULL || model == NULL || wb_attempt_get_oracle (attempt) != self->oracle)
    {
      gtk_widget_set_visible (self->verdict, FALSE);
      gtk_widget_set_visible (self->seen_frame, FALSE);
      return;
    }
  label = model->labels[prediction->label];
  percent = wb_text_percent (prediction->probability[prediction->label]);
  /* Translators: how long the network took, in milliseconds */
  time = g_strdup_printf (_ ("answered in %.1f ms"), prediction->milliseconds);
  size = g_strdup_printf (_ ("What the network sees: %u × %u"), model->preprocess.width, model->preprocess.height);
  gtk_label_set_text (GTK_LABEL (self->label), label);
  gtk_label_set_text (GTK_LABEL (self->percent), percent);
  gtk_label_set_text (GTK_LABEL (self->milliseconds), time);
  gtk_label_set_text (GTK_LABEL (self->seen_size), size);
  gtk_picture_set_paintable (GTK_PICTURE (self->seen), GDK_PAINTABLE (wb_attempt_get_seen (attempt)));
  wb_probabilities_set (WB_PROBABILITIES (self->probabilities), (const char *const *) model->labels,
                        prediction->probability, prediction->n_labels);
  gtk_widget_set_visible (self->verdict, TRUE);
  gtk_widget_set_visible (self->seen_frame, TRUE);
  spoken = g_strdup_printf ("%s, %s", label, percent);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->image), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, spoken, -1);
  wb_page_set_status (WB_PAGE (self), label);
}

static void
show_attempt (WbPageTry *self)
{
  WbAttempt *attempt = shown_attempt (self);

  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), attempt != NULL ? "images" : "empty");
  gtk_widget_set_visible (self->train_first, self->oracle == NULL);
  if (attempt == NULL)
    return;
  gtk_picture_set_paintable (GTK_PICTURE (self->image), GDK_PAINTABLE (wb_attempt_get_preview (attempt)));
  gtk_picture_set_alternative_text (GTK_PICTURE (self->image), wb_attempt_get_name (attempt));
  gtk_label_set_text (GTK_LABEL (self->name), wb_attempt_get_name (attempt));
  gtk_widget_set_visible (self->strip_area, g_list_model_get_n_items (G_LIST_MODEL (self->attempts)) > 1);
  show_prediction (self, attempt);
}

/* --- Questions --- */

static void ask_next (WbPageTry *self);

static void
on_answer (WbAttempt *attempt, const GError *error, gpointer data)
{
  g_autoptr (WbPageTry) self = data;
  guint position;

  self->asking = FALSE;
  if (wb_page_get_project (WB_PAGE (self)) == NULL)
    return;
  if (error != NULL)
    wb_page_toast (WB_PAGE (self), error->message);
  if (wb_attempt_get_preview (attempt) != NULL && !g_list_store_find (self->attempts, attempt, &position))
    {
      g_list_store_append (self->attempts, attempt);
      position = g_list_model_get_n_items (G_LIST_MODEL (self->attempts)) - 1;
      gtk_single_selection_set_selected (self->selection, position);
      gtk_widget_activate_action (self->strip, "list.scroll-to-item", "u", position);
    }
  if (attempt == shown_attempt (self))
    show_attempt (self);
  ask_next (self);
}

static void
ask_next (WbPageTry *self)
{
  g_autoptr (WbAttempt) attempt = NULL;

  if (self->asking || g_queue_is_empty (&self->questions))
    return;
  attempt = g_queue_pop_head (&self->questions);
  self->asking = TRUE;
  wb_attempt_ask (attempt, self->oracle, on_answer, g_object_ref (self));
}

static void
add (WbPageTry *self, WbAttempt *attempt)
{
  g_queue_push_tail (&self->questions, attempt);
  ask_next (self);
}

static void
add_texture (WbPageTry *self, GdkTexture *texture)
{
  add (self, wb_attempt_new (NULL, texture));
}

void
wb_page_try_add_file (WbPageTry *self, GFile *file)
{
  g_return_if_fail (WB_IS_PAGE_TRY (self));
  g_return_if_fail (G_IS_FILE (file));

  add (self, wb_attempt_new (file, NULL));
}

/* Asks the present model about every image that it has not seen yet. */
static void
freshen (WbPageTry *self)
{
  WbAttempt *shown = shown_attempt (self);

  if (self->oracle == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
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
  ask_next (self);
}

static void
on_model_changed (WbPageTry *self)
{
  LatheModel *model = wb_project_get_model (wb_page_get_project (WB_PAGE (self)));

  g_clear_pointer (&self->oracle, wb_oracle_unref);
  if (model != NULL)
    self->oracle = wb_oracle_new (model);
  else
    wb_page_set_status (WB_PAGE (self), NULL);
  show_attempt (self);
  freshen (self);
}

/* --- Drop, paste, choose --- */

/* Folders and models are for the window to open; images are for here. */
static void
take_file (WbPageTry *self, GFile *file)
{
  const char *path = g_file_peek_path (file);

  if (path != NULL && (g_file_test (path, G_FILE_TEST_IS_DIR) || g_str_has_suffix (path, ".safetensors")))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.open-recent", "s", path);
  else
    wb_page_try_add_file (self, file);
}

static void
on_drop (WbPageTry *self, GListModel *files, GdkTexture *texture)
{
  if (texture != NULL)
    add_texture (self, texture);
  for (guint i = 0; files != NULL && i < g_list_model_get_n_items (files); i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);

      take_file (self, file);
    }
}

static void
on_pasted (GObject *clipboard, GAsyncResult *result, gpointer data)
{
  g_autoptr (WbPageTry) self = data;
  g_autoptr (GError) error = NULL;
  const GValue *value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (clipboard), result, &error);

  if (value == NULL)
    wb_page_toast (WB_PAGE (self), error->message);
  else if (G_VALUE_HOLDS (value, GDK_TYPE_TEXTURE))
    add_texture (self, g_value_get_object (value));
  else
    for (GSList *l = g_value_get_boxed (value); l != NULL; l = l->next)
      take_file (self, l->data);
}

static gboolean
paste (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (widget);
  g_autoptr (GdkContentFormats) formats = NULL;
  GType types[] = {GDK_TYPE_FILE_LIST, GDK_TYPE_TEXTURE};

  if (!gtk_widget_get_mapped (widget))
    return FALSE;
  /* GDK knows which of these it can make of what was copied: text/uri-list, image/png, image/jpeg and so on. */
  formats =
      gdk_content_formats_union_deserialize_gtypes (gdk_content_formats_ref (gdk_clipboard_get_formats (clipboard)));
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (gdk_content_formats_contain_gtype (formats, types[i]))
      {
        gdk_clipboard_read_value_async (clipboard, types[i], G_PRIORITY_DEFAULT, NULL, on_pasted,
                                        g_object_ref (widget));
        return TRUE;
      }
  wb_page_toast (WB_PAGE (widget), _ ("There is no image on the clipboard. Copy one first."));
  return TRUE;
}

static void
on_images_chosen (WbPageTry *self, int response, GtkNativeDialog *dialog)
{
  g_autoptr (GListModel) files = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    {
      files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (dialog));
      on_drop (self, files, NULL);
    }
  g_object_unref (dialog);
}

static void
choose_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new (_ ("Choose Images"), GTK_WINDOW (gtk_widget_get_root (widget)),
                                   GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Open"), _ ("_Cancel"));
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, _ ("Images"));
  gtk_file_filter_add_pixbuf_formats (filter);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (dialog), TRUE);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_images_chosen), widget, G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
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
  g_signal_connect_object (project, "model-changed", G_CALLBACK (on_model_changed), page, G_CONNECT_SWAPPED);
  on_model_changed (WB_PAGE_TRY (page));
}

static void
wb_page_try_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (wb_page_try_parent_class)->map (widget);
  freshen (WB_PAGE_TRY (widget));
}

static void
wb_page_try_dispose (GObject *object)
{
  WbPageTry *self = WB_PAGE_TRY (object);

  g_queue_clear_full (&self->questions, g_object_unref);
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (wb_page_try_parent_class)->dispose (object);
}

static void
wb_page_try_finalize (GObject *object)
{
  WbPageTry *self = WB_PAGE_TRY (object);

  g_clear_pointer (&self->oracle, wb_oracle_unref);
  g_clear_object (&self->attempts);
  g_clear_object (&self->selection);
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
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, seen);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, seen_frame);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, seen_size);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, name);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, verdict);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, label);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, percent);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, milliseconds);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, probabilities);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, no_model);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, strip);
  gtk_widget_class_bind_template_child (widget_class, WbPageTry, strip_area);
  gtk_widget_class_bind_template_callback (widget_class, on_strip_setup);
  gtk_widget_class_bind_template_callback (widget_class, on_strip_bind);
}

static void
wb_page_try_class_init (WbPageTryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = wb_page_try_dispose;
  object_class->finalize = wb_page_try_finalize;
  widget_class->map = wb_page_try_map;
  WB_PAGE_CLASS (klass)->attach = wb_page_try_attach;
  g_type_ensure (WB_TYPE_PROBABILITIES);
  bind_template (widget_class);
  gtk_widget_class_install_action (widget_class, "try.choose", NULL, choose_action);
}

static void
wb_page_try_init (WbPageTry *self)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  self->attempts = g_list_store_new (WB_TYPE_ATTEMPT);
  self->selection = gtk_single_selection_new (g_object_ref (G_LIST_MODEL (self->attempts)));
  gtk_list_view_set_model (GTK_LIST_VIEW (self->strip), GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_object (self->selection, "notify::selected", G_CALLBACK (show_attempt), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (wb_drop_target_attach (GTK_WIDGET (self)), "drop", G_CALLBACK (on_drop), self,
                           G_CONNECT_SWAPPED);
  /* Wherever the focus is: on this page there is nothing else to paste into. */
  gtk_shortcut_controller_set_scope (GTK_SHORTCUT_CONTROLLER (keys), GTK_SHORTCUT_SCOPE_GLOBAL);
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (keys),
                                        gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_v, GDK_CONTROL_MASK),
                                                          gtk_callback_action_new (paste, NULL, NULL)));
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}
