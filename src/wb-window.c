/* wb-window.c: the window: six pages, Start, and what is dropped on it.
 *
 * The window passes things on: it owns the project and hands it to the pages, turns the user's wishes into calls on the
 * project or its run, and shows on Start how the run goes. What a page is about, the page knows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-window.h"

#include <glib/gi18n.h>

#include "wb-background.h"
#include "wb-block-actions.h"
#include "wb-conflict.h"
#include "wb-drop-target.h"
#include "wb-file-dialog.h"
#include "wb-model-file.h"
#include "wb-page-data.h"
#include "wb-page-deploy.h"
#include "wb-page-evaluate.h"
#include "wb-page-network.h"
#include "wb-page-train.h"
#include "wb-page-try.h"
#include "wb-project.h"
#include "wb-recent.h"
#include "wb-ring.h"
#include "wb-switcher.h"
#include "wb-thread.h"
#include "wb-toast.h"

#define NARROW 500    /* pixels */
#define RUN_SPACING 6 /* between the ring and the label, as in the template */

struct _WbWindow
{
  AdwApplicationWindow parent_instance;

  WbProject *project;

  AdwToastOverlay *toasts;
  AdwToast *undo_toast; /* that offers to take back the last change, or NULL */
  GtkWidget *content;
  GtkMenuButton *project_button;
  GtkLabel *project_name;
  AdwSqueezer *squeezer;
  WbSwitcher *switcher;
  GtkMenuButton *menu_button;
  GtkWidget *run_button;
  WbRing *ring;
  GtkLabel *run_label;
  WbConflict *conflict;
  AdwViewStack *stack;
  AdwViewSwitcherBar *bar;
  GtkWidget *page_try;
};

G_DEFINE_FINAL_TYPE (WbWindow, wb_window, ADW_TYPE_APPLICATION_WINDOW)

/* In the order of the pages. */
static const struct
{
  const char *name, *title, *help;
} pages[] = {
    {"data", N_ ("Data"),
     N_ ("A dataset is a folder with one sub-folder for each class. The name of the sub-folder is the name of the "
         "class. It may be packed as .zip or .tar; a table labels.csv may say the classes instead; and IDX and CIFAR "
         "files are understood.\n\nChoose a class to see its images alone. The images are divided into three: training "
         "images to "
         "learn from, validation images to choose the best epoch by, and test images that are looked at once, at the "
         "end.")},
    {"network", N_ ("Network"),
     N_ ("The network is a chain of layers. Each takes what the one before it made.\n\nStart from a preset, then add, "
         "remove and move layers. A layer that does not fit says why on its own row.")},
    {"train", N_ ("Train"),
     N_ ("Training shows the images to the network, again and again. One pass over all of them is an epoch.\n\nWhile "
         "the loss on the validation images falls, the network learns. When it rises again, the network has begun to "
         "learn the training images by heart. The best epoch is kept.\n\nA training that was interrupted, even by a "
         "power cut, can be taken up again when its folder is opened.")},
    {"evaluate", N_ ("Evaluate"),
     N_ ("How good is the network on images that it has never seen?\n\nIn the confusion matrix a row is what an image "
         "shows, a column is what the network said. Whatever is off the diagonal is a mistake.")},
    {"try", N_ ("Try"),
     N_ ("Drop, paste or choose an image, and the network says what it sees, with a probability for each class.")},
    {"deploy", N_ ("Deploy"),
     N_ ("Save the trained network as one file. It holds the weights, the names of the classes and all that happens "
         "to an image before the network sees it.")},
};

static GtkWidget *
page_widget (WbWindow *self, int index)
{
  return adw_view_stack_get_child_by_name (self->stack, pages[index].name);
}

static int
current_page (WbWindow *self)
{
  const char *name = adw_view_stack_get_visible_child_name (self->stack);

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    if (g_strcmp0 (name, pages[i].name) == 0)
      return i;
  return 0;
}

static void
show_page (WbWindow *self, const char *name)
{
  adw_view_stack_set_visible_child_name (self->stack, name);
}

static void
show_toast (WbWindow *self, const char *message)
{
  adw_toast_overlay_add_toast (self->toasts, wb_toast_new (message, gtk_widget_get_width (GTK_WIDGET (self))));
}

static AdwToast *
show_toast_with_undo (WbWindow *self, const char *message, const char *action)
{
  AdwToast *toast = wb_toast_new_with_undo (message, gtk_widget_get_width (GTK_WIDGET (self)), action);

  adw_toast_overlay_add_toast (self->toasts, toast);
  return toast;
}

static void
on_model_opened (GtkWidget *widget, LatheModel *model, gpointer data)
{
  WbWindow *self = WB_WINDOW (widget);

  if (!model || !self->project) /* or the window was closed meanwhile */
    return;
  wb_project_set_model (self->project, model);
  show_page (self, "try");
}

static void
open_model (WbWindow *self, const char *path)
{
  wb_model_file_open (GTK_WIDGET (self), self->project, path, on_model_opened, NULL);
}

static void
open_source (WbWindow *self, GFile *source)
{
  wb_project_open (self->project, source);
  show_page (self, "data");
}

void
wb_window_open (WbWindow *self, GFile *file)
{
  const char *path;

  g_return_if_fail (WB_IS_WINDOW (self));
  g_return_if_fail (G_IS_FILE (file));

  path = g_file_peek_path (file);
  if (!path || !g_file_test (path, G_FILE_TEST_EXISTS) || lathe_dataset_is_source (path) ||
      lathe_project_is_file (path))
    {
      open_source (self, file);
    }
  else if (wb_model_file_is (path))
    {
      open_model (self, path);
    }
  else if (wb_page_train_can_take (path))
    {
      show_page (self, "train");
      wb_page_train_take (WB_PAGE_TRAIN (adw_view_stack_get_child_by_name (self->stack, "train")), path);
    }
  else
    {
      wb_page_try_add_file (WB_PAGE_TRY (self->page_try), file);
      show_page (self, "try");
    }
}

static void
on_drop (WbWindow *self, GListModel *files, GdkTexture *texture)
{
  for (guint i = 0; files && i < g_list_model_get_n_items (files); i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);

      wb_window_open (self, file);
    }
}

static void
on_source_chosen (GtkWidget *widget, GFile *source)
{
  open_source (WB_WINDOW (widget), source);
}

static void
open_folder_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_file_dialog_show (widget, _ ("Choose a Folder of Images"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, NULL, NULL, NULL,
                       on_source_chosen);
}

static void
open_archive_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_file_dialog_show (widget, _ ("Choose an Archive of Images"), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL, NULL,
                       on_source_chosen);
}

static void
open_project_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_file_dialog_show (widget, _ ("Choose a Project"), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, "*" LATHE_PROJECT_SUFFIX,
                       _ ("Lathe projects"), on_source_chosen);
}

static void
on_place_chosen (GtkWidget *widget, GFile *file)
{
  WbWindow *self = WB_WINDOW (widget);
  const char *path = g_file_peek_path (file);
  g_autofree char *whole = NULL;

  if (!path)
    {
      show_toast (self, _ ("That place is not on this computer. Choose another one."));
      return;
    }
  whole =
      g_str_has_suffix (path, LATHE_PROJECT_SUFFIX) ? g_strdup (path) : g_strconcat (path, LATHE_PROJECT_SUFFIX, NULL);
  wb_project_save_as (self->project, whole);
}

static void
save_as_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbWindow *self = WB_WINDOW (widget);
  g_autofree char *project = NULL, *file = NULL;

  g_object_get (self->project, "name", &project, NULL);
  file = g_strconcat (project, LATHE_PROJECT_SUFFIX, NULL);
  wb_file_dialog_show (widget, _ ("Save the Project"), GTK_FILE_CHOOSER_ACTION_SAVE, file, "*" LATHE_PROJECT_SUFFIX,
                       _ ("Lathe projects"), on_place_chosen);
}

static void
open_sample_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbWindow *self = WB_WINDOW (widget);
  g_autoptr (GFile) folder = wb_sample_folder ();

  if (folder)
    wb_window_open (self, folder);
  else
    show_toast (self, _ ("The sample images are not installed."));
}

static void
open_recent_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (GFile) folder = g_file_new_for_path (g_variant_get_bytestring (parameter));

  wb_window_open (WB_WINDOW (widget), folder);
}

static void
open_model_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  open_model (WB_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
toast_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  show_toast (WB_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

/* As toast_action(), with an undoing that is an action of its own. */
static void
toast_offer_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  const char *message, *action;

  g_variant_get (parameter, "(&s&s)", &message, &action);
  show_toast_with_undo (WB_WINDOW (widget), message, action);
}

/* What has just changed can be taken back, until something else changes. */
static void
toast_undo_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbWindow *self = WB_WINDOW (widget);
  AdwToast *toast = show_toast_with_undo (self, g_variant_get_string (parameter, NULL), "win.undo");

  g_set_weak_pointer (&self->undo_toast, toast);
}

static void
page_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbWindow *self = WB_WINDOW (widget);
  int index = g_variant_get_int32 (parameter);

  if (index < 0 || index >= (int) G_N_ELEMENTS (pages))
    return;
  show_page (self, pages[index].name);
  gtk_widget_child_focus (page_widget (self, index), GTK_DIR_TAB_FORWARD);
}

static void
menu_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_menu_button_popup (WB_WINDOW (widget)->menu_button);
}

static void
help_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  int index = current_page (WB_WINDOW (widget));
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (widget), _ (pages[index].title), _ (pages[index].help));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"), NULL);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "close");
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
undo_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_project_undo (WB_WINDOW (widget)->project);
}

static void
redo_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_project_redo (WB_WINDOW (widget)->project);
}

/* A number that is being typed counts, though its field was not left. */
static void
finish_typing (WbWindow *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));
  GtkWidget *spin = focus ? gtk_widget_get_ancestor (focus, GTK_TYPE_SPIN_BUTTON) : NULL;

  if (spin)
    gtk_spin_button_update (GTK_SPIN_BUTTON (spin));
}

static void
run_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbWindow *self = WB_WINDOW (widget);
  WbRun *run = wb_project_get_run (self->project);

  if (wb_run_get_paused (run))
    {
      wb_run_resume (run);
    }
  else if (wb_run_can_pause (run))
    {
      wb_run_pause (run);
    }
  else if (wb_run_get_active (run))
    {
      wb_run_stop (run);
    }
  else
    {
      finish_typing (self);
      wb_project_train (self->project);
      if ((wb_run_get_active (run) || wb_project_get_loading (self->project)) &&
          g_strcmp0 (adw_view_stack_get_visible_child_name (self->stack), "data") == 0)
        show_page (self, "train");
    }
}

static void
step_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbWindow *self = WB_WINDOW (widget);

  finish_typing (self);
  wb_project_train (self->project);
  wb_run_step (wb_project_get_run (self->project));
}

static void
stop_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_run_stop (wb_project_get_run (WB_WINDOW (widget)->project));
}

static void
continue_run_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_project_continue (WB_WINDOW (widget)->project);
}

static void
discard_run_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbWindow *self = WB_WINDOW (widget);
  WbKeptRun *kept = wb_project_get_kept_run (self->project);
  AdwToast *toast;

  wb_kept_run_discard (kept);
  toast = show_toast_with_undo (self, _ ("The last training was discarded."), "win.take-back-run");
  g_signal_connect_object (toast, "dismissed", G_CALLBACK (wb_kept_run_settle), kept, G_CONNECT_SWAPPED);
}

/* A run was deleted from the list. In the list of another project its number is that of another run. */
static void
toast_deleted_run_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  WbWindow *self = WB_WINDOW (widget);
  g_autofree char *action = g_action_print_detailed_name ("win.restore-run", parameter);
  AdwToast *toast = show_toast_with_undo (self, _ ("The run was deleted."), action);

  g_signal_connect_object (self->project, "dataset-changed", G_CALLBACK (adw_toast_dismiss), toast, G_CONNECT_SWAPPED);
}

static void
restore_run_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_runs_set_deleted (wb_project_get_runs (WB_WINDOW (widget)->project), g_variant_get_int64 (parameter), FALSE);
}

static void
take_back_run_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  wb_kept_run_take_back (wb_project_get_kept_run (WB_WINDOW (widget)->project));
}

static void
update_run (WbWindow *self)
{
  WbRun *run = wb_project_get_run (self->project);
  gboolean active = wb_run_get_active (run);
  gboolean going = active && !wb_run_get_paused (run);
  gboolean possible = active || wb_project_get_dataset (self->project);
  gboolean pauses = going && wb_run_can_pause (run);
  const char *label = pauses ? _ ("Pause") : going ? _ ("Cancel") : active ? _ ("Resume") : _ ("Start");

  wb_ring_set_icon_name (self->ring, pauses  ? "media-playback-pause-symbolic"
                                     : going ? "media-playback-stop-symbolic"
                                             : "media-playback-start-symbolic");
  wb_ring_set_fraction (self->ring, active ? wb_run_get_fraction (run) : -1);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.run", possible);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.step", possible && !going);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.stop", active);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.take-back-run", !active);
  if (strcmp (gtk_label_get_label (self->run_label), label) == 0)
    return;
  gtk_label_set_label (self->run_label, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->run_button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  if (going)
    gtk_widget_remove_css_class (self->run_button, "suggested-action");
  else
    gtk_widget_add_css_class (self->run_button, "suggested-action");
}

static void
update_undo (WbWindow *self)
{
  gboolean can_undo, can_redo;

  g_object_get (self->project, "can-undo", &can_undo, "can-redo", &can_redo, NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.undo", can_undo);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.redo", can_redo);
  if (self->undo_toast)
    adw_toast_dismiss (self->undo_toast);
}

static void
update_project_menu (WbWindow *self)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenu) open = g_menu_new ();
  g_autoptr (GMenu) save = g_menu_new ();
  g_autoptr (GMenu) recent = g_menu_new ();
  g_auto (GStrv) paths = wb_recent_list ();

  g_menu_append (open, _ ("Open Folder…"), "win.open-folder");
  g_menu_append (open, _ ("Open Archive…"), "win.open-archive");
  g_menu_append (open, _ ("Open Project…"), "win.open-project");
  g_menu_append (open, _ ("Open Sample"), "win.open-sample");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (open));
  g_menu_append (save, _ ("Save Project As…"), "win.save-as");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (save));
  for (char **path = paths; *path; path++)
    {
      g_autofree char *label = wb_path_for_people (*path);
      g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

      g_menu_item_set_action_and_target (item, "win.open-recent", "^ay", *path);
      g_menu_append_item (recent, item);
    }
  g_menu_append_section (menu, _ ("Recent"), G_MENU_MODEL (recent));
  gtk_menu_button_set_menu_model (self->project_button, G_MENU_MODEL (menu));
}

/* The header gives a label that may be cut no more than it asks for at least. */
static void
show_name (WbWindow *self, const char *name)
{
  gtk_label_set_label (self->project_name, name);
  gtk_label_set_width_chars (self->project_name, MIN (g_utf8_strlen (name, -1), 9));
}

static void
on_place_changed (WbWindow *self)
{
  g_autofree char *name = NULL;

  wb_recent_add (wb_project_get_place (self->project));
  update_project_menu (self);
  g_object_get (self->project, "name", &name, NULL);
  show_name (self, name);
  gtk_window_set_title (GTK_WINDOW (self), name);
}

static void
on_dataset_changed (WbWindow *self)
{
  on_place_changed (self);
  update_run (self);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.save-as", TRUE);
}

/* Where there is no room for the pages in the header they go to the bottom, and in a still narrower window Start is an
 * icon. This is decided while sizes are handed out, and so it is done in the frame after. */
static gboolean
adapt (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  WbWindow *self = WB_WINDOW (widget);
  gboolean wide = adw_squeezer_get_visible_child (self->squeezer) == GTK_WIDGET (self->switcher);

  adw_view_switcher_bar_set_reveal (self->bar, !wide);
  gtk_widget_set_visible (GTK_WIDGET (self->run_label), gtk_widget_get_width (widget) >= NARROW);
  return G_SOURCE_REMOVE;
}

/* What adapt() takes away is not asked for, or a window that is made narrow at once would stop on the way. */
static void
wb_window_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                   int *minimum_baseline, int *natural_baseline)
{
  WbWindow *self = WB_WINDOW (widget);
  int label = 0;

  GTK_WIDGET_CLASS (wb_window_parent_class)
      ->measure (widget, orientation, for_size, minimum, natural, minimum_baseline, natural_baseline);
  if (orientation == GTK_ORIENTATION_VERTICAL || !gtk_widget_get_visible (GTK_WIDGET (self->run_label)))
    return;
  gtk_widget_measure (GTK_WIDGET (self->run_label), orientation, -1, &label, NULL, NULL, NULL);
  *minimum = MAX (*minimum - label - RUN_SPACING, 0);
}

static void
wb_window_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GTK_WIDGET_CLASS (wb_window_parent_class)->size_allocate (widget, width, height, baseline);
  gtk_widget_add_tick_callback (widget, adapt, NULL, NULL);
}

static void
on_page (WbWindow *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));
  GtkWidget *page = adw_view_stack_get_visible_child (self->stack);

  /* A stack keeps the place of a page that it shows no longer: a screen reader would go on to read it. */
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    gtk_accessible_update_state (GTK_ACCESSIBLE (page_widget (self, i)), GTK_ACCESSIBLE_STATE_HIDDEN,
                                 page_widget (self, i) != page, -1);
  /* Focus must not stay behind on a page that is no longer to be seen. */
  if (focus && page && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->stack)) &&
      !gtk_widget_is_ancestor (focus, page))
    gtk_window_set_focus (GTK_WINDOW (self), NULL);
}

static void
connect_project (WbWindow *self)
{
  WbRun *run = wb_project_get_run (self->project);

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    g_object_set (page_widget (self, i), "project", self->project, NULL);
  wb_conflict_set_project (self->conflict, self->project);
  g_signal_connect_object (self->project, "failed", G_CALLBACK (show_toast), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->project, "dataset-changed", G_CALLBACK (on_dataset_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->project, "place-changed", G_CALLBACK (on_place_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->project, "notify::can-undo", G_CALLBACK (update_undo), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->project, "notify::can-redo", G_CALLBACK (update_undo), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (run, "warned", G_CALLBACK (show_toast), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (run, "notify::active", G_CALLBACK (update_run), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (run, "progress", G_CALLBACK (update_run), self, G_CONNECT_SWAPPED);
}

static void
wb_window_dispose (GObject *object)
{
  WbWindow *self = WB_WINDOW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), WB_TYPE_WINDOW);
  g_clear_weak_pointer (&self->undo_toast);
  g_clear_object (&self->project);
  G_OBJECT_CLASS (wb_window_parent_class)->dispose (object);
}

static const struct
{
  const char *name, *parameter;
  GtkWidgetActionActivateFunc activate;
} actions[] = {
    {"win.toast", "s", toast_action},
    {"win.toast-offer", "(ss)", toast_offer_action},
    {"win.toast-undo", "s", toast_undo_action},
    {"win.page", "i", page_action},
    {"win.menu", NULL, menu_action},
    {"win.help", NULL, help_action},
    {"win.open-folder", NULL, open_folder_action},
    {"win.open-archive", NULL, open_archive_action},
    {"win.open-project", NULL, open_project_action},
    {"win.open-sample", NULL, open_sample_action},
    {"win.open-recent", "ay", open_recent_action},
    {"win.open-model", "s", open_model_action},
    {"win.save-as", NULL, save_as_action},
    {"win.run", NULL, run_action},
    {"win.step", NULL, step_action},
    {"win.stop", NULL, stop_action},
    {"win.continue-run", NULL, continue_run_action},
    {"win.discard-run", NULL, discard_run_action},
    {"win.take-back-run", NULL, take_back_run_action},
    {"win.toast-deleted-run", "x", toast_deleted_run_action},
    {"win.restore-run", "x", restore_run_action},
    {"win.undo", NULL, undo_action},
    {"win.redo", NULL, redo_action},
};

static void
wb_window_class_init (WbWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_window_dispose;
  widget_class->measure = wb_window_measure;
  widget_class->size_allocate = wb_window_size_allocate;

  g_type_ensure (WB_TYPE_CONFLICT);
  g_type_ensure (WB_TYPE_PAGE_DATA);
  g_type_ensure (WB_TYPE_PAGE_NETWORK);
  g_type_ensure (WB_TYPE_PAGE_TRAIN);
  g_type_ensure (WB_TYPE_PAGE_EVALUATE);
  g_type_ensure (WB_TYPE_PAGE_TRY);
  g_type_ensure (WB_TYPE_PAGE_DEPLOY);
  g_type_ensure (WB_TYPE_RING);
  g_type_ensure (WB_TYPE_SWITCHER);

  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WbWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, WbWindow, content);
  gtk_widget_class_bind_template_child (widget_class, WbWindow, project_button);
  gtk_widget_class_bind_template_child (widget_class, WbWindow, project_name);
  gtk_widget_class_bind_template_child (widget_class, WbWindow, squeezer);
  gtk_widget_class_bind_template_child (widget_class, WbWindow, switcher);
  gtk_widget_class_bind_template_child (widget_class, WbWindow, menu_button);
  gtk_widget_class_bind_template_child (widget_class, WbWindow, run_button);
  gtk_widget_class_bind_template_child (widget_class, WbWindow, ring);
  gtk_widget_class_bind_template_child (widget_class, WbWindow, run_label);
  gtk_widget_class_bind_template_child (widget_class, WbWindow, conflict);
  gtk_widget_class_bind_template_child (widget_class, WbWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, WbWindow, bar);
  gtk_widget_class_bind_template_child (widget_class, WbWindow, page_try);
  gtk_widget_class_bind_template_callback (widget_class, on_page);

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (widget_class, actions[i].name, actions[i].parameter, actions[i].activate);
  wb_block_actions_install (widget_class);
}

static void
wb_window_init (WbWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->project = wb_project_new ();
  wb_background_attach (GTK_WINDOW (self), self->project);
  connect_project (self);
  on_page (self);
  wb_switcher_set_stack (self->switcher, self->stack);
  g_signal_connect_object (wb_drop_target_attach (self->content), "drop", G_CALLBACK (on_drop), self,
                           G_CONNECT_SWAPPED);
  show_name (self, _ ("No dataset"));
  update_project_menu (self);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.save-as", FALSE);
  update_undo (self);
  update_run (self);
}

WbWindow *
wb_window_new (WbApplication *application)
{
  return g_object_new (WB_TYPE_WINDOW, "application", application, NULL);
}
