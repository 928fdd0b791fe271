/* wb-watched.c: pictures that a training is asked about after each epoch.
 *
 * A line at the foot of the page, and a strip of cards above it once there are pictures. They can be dropped on it at
 * any time, and are kept with the project.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-watched.h"

#include <glib/gi18n.h>

#include "wb-drop-target.h"
#include "wb-file-dialog.h"
#include "wb-watched-card.h"

struct _WbWatched
{
  AdwBin parent_instance;

  WbProject *project;
  GtkWidget *hint, *add, *fold, *scroller, *cards;
};

enum
{
  FAILED,
  REMOVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WbWatched, wb_watched, ADW_TYPE_BIN)

static void
fail (WbWatched *self, const char *message)
{
  g_signal_emit (self, signals[FAILED], 0, message);
}

/* --- Showing --- */

static void
show_answers (WbWatched *self)
{
  const LatheSnapshot *snapshot = wb_run_get_snapshot (wb_project_get_run (self->project));

  if (!gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  for (GtkWidget *card = gtk_widget_get_first_child (self->cards); card != NULL;
       card = gtk_widget_get_next_sibling (card))
    wb_watched_card_show (WB_WATCHED_CARD (card), snapshot);
}

static void
update_fold (WbWatched *self)
{
  gboolean any = gtk_widget_get_first_child (self->cards) != NULL;

  gtk_widget_set_visible (self->hint, !any);
  gtk_widget_set_visible (self->fold, any);
  gtk_widget_set_visible (self->scroller, any && gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->fold)));
}

static void
remove_path (WbWatched *self, WbWatchedCard *card)
{
  const char *const *paths = wb_project_get_watched (self->project);
  g_autoptr (GStrvBuilder) left = g_strv_builder_new ();
  g_auto (GStrv) end = NULL;

  for (; *paths != NULL; paths++)
    if (!g_str_equal (*paths, wb_watched_card_get_path (card)))
      g_strv_builder_add (left, *paths);
  end = g_strv_builder_end (left);
  wb_project_set_watched (self->project, (const char *const *) end);
  g_signal_emit (self, signals[REMOVED], 0, _ ("The picture is watched no more."));
}

static GtkWidget *
find_card (WbWatched *self, const char *path)
{
  for (GtkWidget *card = gtk_widget_get_first_child (self->cards); card != NULL;
       card = gtk_widget_get_next_sibling (card))
    if (g_str_equal (wb_watched_card_get_path (WB_WATCHED_CARD (card)), path))
      return card;
  return NULL;
}

/* Cards whose picture is still watched stay, with what was zoomed into. */
static void
show_cards (WbWatched *self)
{
  const char *const *paths = wb_project_get_watched (self->project);
  GtkWidget *before = NULL, *next;

  for (GtkWidget *card = gtk_widget_get_first_child (self->cards); card != NULL; card = next)
    {
      next = gtk_widget_get_next_sibling (card);
      if (!g_strv_contains (paths, wb_watched_card_get_path (WB_WATCHED_CARD (card))))
        gtk_box_remove (GTK_BOX (self->cards), card);
    }
  for (; *paths != NULL; paths++)
    {
      GtkWidget *card = find_card (self, *paths);

      if (card == NULL)
        {
          card = wb_watched_card_new (*paths);
          g_signal_connect_object (card, "removed", G_CALLBACK (remove_path), self, G_CONNECT_SWAPPED);
          g_signal_connect_object (card, "failed", G_CALLBACK (fail), self, G_CONNECT_SWAPPED);
          gtk_box_append (GTK_BOX (self->cards), card);
        }
      gtk_box_reorder_child_after (GTK_BOX (self->cards), card, before);
      before = card;
    }
  update_fold (self);
  show_answers (self);
}

/* --- Adding --- */

/* Returns: (nullable) (transfer full): what is wrong with the file */
static char *
check (const char *path, guint n)
{
  g_autofree char *name = path != NULL ? g_filename_display_basename (path) : NULL;

  if (path == NULL)
    return g_strdup (_ ("Only files of this machine can be watched. Save the picture first, then drop its file."));
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return g_strdup_printf (_ ("“%s” is a folder. Drop pictures to watch them."), name);
  if (n >= LATHE_MOST_WATCHED)
    return g_strdup_printf (_ ("No more than %d pictures are watched at once. Remove one first."), LATHE_MOST_WATCHED);
  return NULL;
}

static void
add_files (GtkWidget *widget, GListModel *files)
{
  WbWatched *self = WB_WATCHED (widget);
  const char *const *paths = wb_project_get_watched (self->project);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint n = g_strv_length ((char **) paths);
  g_autofree char *problem = NULL;
  g_auto (GStrv) all = NULL;

  g_strv_builder_addv (builder, (const char **) paths);
  for (guint i = 0; i < g_list_model_get_n_items (files) && problem == NULL; i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);
      const char *path = g_file_peek_path (file);

      if (path != NULL && g_strv_contains (paths, path))
        continue;
      problem = check (path, n);
      if (problem == NULL)
        g_strv_builder_add (builder, path);
      n += problem == NULL;
    }
  all = g_strv_builder_end (builder);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->fold), TRUE);
  wb_project_set_watched (self->project, (const char *const *) all);
  if (problem != NULL)
    fail (self, problem);
}

static void
on_drop (WbWatched *self, GListModel *files, GdkTexture *texture)
{
  g_autofree char *problem = files == NULL ? check (NULL, 0) : NULL;

  if (files != NULL)
    add_files (GTK_WIDGET (self), files);
  else
    fail (self, problem);
}

static void
on_add (WbWatched *self)
{
  wb_file_dialog_choose_images (GTK_WIDGET (self), add_files);
}

/* --- Life --- */

void
wb_watched_set_project (WbWatched *self, WbProject *project)
{
  WbRun *run = wb_project_get_run (project);

  g_return_if_fail (WB_IS_WATCHED (self));
  g_return_if_fail (self->project == NULL);

  self->project = g_object_ref (project);
  g_signal_connect_object (project, "watched-changed", G_CALLBACK (show_cards), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (run, "epoch", G_CALLBACK (show_answers), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (run, "notify::active", G_CALLBACK (show_answers), self, G_CONNECT_SWAPPED);
  show_cards (self);
}

static void
wb_watched_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (wb_watched_parent_class)->map (widget);
  if (WB_WATCHED (widget)->project != NULL)
    show_answers (WB_WATCHED (widget));
}

static void
wb_watched_dispose (GObject *object)
{
  WbWatched *self = WB_WATCHED (object);

  adw_bin_set_child (ADW_BIN (self), NULL);
  g_clear_object (&self->project);
  G_OBJECT_CLASS (wb_watched_parent_class)->dispose (object);
}

static void
wb_watched_class_init (WbWatchedClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_watched_dispose;
  signals[FAILED] =
      g_signal_new ("failed", WB_TYPE_WATCHED, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[REMOVED] =
      g_signal_new ("removed", WB_TYPE_WATCHED, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  widget_class->map = wb_watched_map;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-watched.ui");
  gtk_widget_class_bind_template_child (widget_class, WbWatched, hint);
  gtk_widget_class_bind_template_child (widget_class, WbWatched, add);
  gtk_widget_class_bind_template_child (widget_class, WbWatched, fold);
  gtk_widget_class_bind_template_child (widget_class, WbWatched, scroller);
  gtk_widget_class_bind_template_child (widget_class, WbWatched, cards);
  gtk_widget_class_bind_template_callback (widget_class, on_add);
  gtk_widget_class_bind_template_callback (widget_class, update_fold);
}

static void
wb_watched_init (WbWatched *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (wb_drop_target_attach (GTK_WIDGET (self)), "drop", G_CALLBACK (on_drop), self,
                           G_CONNECT_SWAPPED);
}
