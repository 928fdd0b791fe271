/* wb-serve-row.c: a switch by which the model answers programs and browsers over HTTP.
 *
 * Only this computer reaches it: for others there is the command line, which wants a token then.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-serve-row.h"

#include <glib/gi18n.h>

#include "wb-text.h"
#include "wb-thread.h"

#define LOOK_MS 1000

/* A server is let go of by whoever is the last to use it, on a thread: it answers what has come first. */
typedef struct
{
  LatheServer *server;
  LatheModel *model; /* main loop: that answers, or is on its way to */
} Held;

struct _WbServeRow
{
  AdwActionRow parent_instance;
  GtkWidget *open, *toggle;

  LatheModel *model;
  char *name;
  Held *held;                 /* NULL: it does not answer */
  gboolean replacing;         /* its model, on a thread: one at a time, or an earlier one might be the last to come */
  gboolean starting, filling; /* the switch is set, not switched */
  guint look;                 /* GSource, while it answers and is to be seen */
};

enum
{
  TOLD,
  URL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WbServeRow, wb_serve_row, ADW_TYPE_ACTION_ROW)

typedef struct
{
  LatheModel *model;
  char *name;
  Held *held; /* whose model it is to be; NULL: of a new one */
} Task;

static void
held_clear (gpointer data)
{
  Held *held = data;

  lathe_server_free (held->server);
  lathe_model_unref (held->model);
}

static void
task_free (gpointer data)
{
  Task *task = data;

  lathe_model_unref (task->model);
  g_free (task->name);
  g_free (task);
}

static Task *
task_new (WbServeRow *self)
{
  Task *task = g_new (Task, 1);

  *task = (Task){
      .model = lathe_model_ref (self->model),
      .name = g_strdup (self->name),
      .held = self->held ? g_atomic_rc_box_acquire (self->held) : NULL,
  };
  return task;
}

/* --- What is seen --- */

static gboolean
show_count (gpointer data)
{
  WbServeRow *self = data;
  LatheServerStats stats;
  g_autofree char *url = lathe_server_get_url (self->held->server), *images = NULL, *text = NULL;

  lathe_server_get_stats (self->held->server, &stats);
  images = wb_text_count (stats.n_images);
  /* Translators: where it answers, and a number */
  text = g_strdup_printf (ngettext ("It answers at %s, until now about %s image",
                                    "It answers at %s, until now about %s images", (gulong) stats.n_images),
                          url, images);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), text);
  return G_SOURCE_CONTINUE;
}

/* Nobody counts for a page that is not shown. */
static void
look (WbServeRow *self)
{
  g_clear_handle_id (&self->look, g_source_remove);
  if (self->held && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->look = g_timeout_add (LOOK_MS, show_count, self);
}

static void
set_switch (WbServeRow *self, gboolean on)
{
  self->filling = TRUE;
  gtk_switch_set_active (GTK_SWITCH (self->toggle), on);
  self->filling = FALSE;
}

static void
show (WbServeRow *self)
{
  g_autofree char *url = self->held ? lathe_server_get_url (self->held->server) : NULL;

  gtk_widget_set_visible (self->open, self->held != NULL);
  gtk_widget_set_sensitive (self->toggle, self->model && !self->starting);
  set_switch (self, self->held || self->starting);
  look (self);
  if (self->held)
    show_count (self);
  else
    adw_action_row_set_subtitle (ADW_ACTION_ROW (self),
                                 _ ("Programs and browsers on this computer can ask it about images"));
  g_signal_emit (self, signals[URL_CHANGED], 0, url);
}

/* --- Beginning and end --- */

static gpointer
stop_work (gpointer held, GCancellable *cancellable, GError **error)
{
  g_atomic_rc_box_release_full (held, held_clear);
  return NULL;
}

static void
stop (WbServeRow *self)
{
  g_clear_handle_id (&self->look, g_source_remove);
  if (self->held)
    wb_thread_call (NULL, stop_work, g_steal_pointer (&self->held), NULL, NULL, NULL, NULL, NULL);
}

/* At its usual place, or where there is room. */
static gpointer
start_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Task *task = data;
  LatheServerOptions options = {.port = LATHE_SERVER_PORT};
  g_autoptr (GError) reason = NULL;
  LatheServer *server = lathe_server_new (task->model, task->name, &options, &reason);
  Held *held;

  if (g_error_matches (reason, LATHE_ERROR, LATHE_ERROR_IO))
    {
      g_clear_error (&reason);
      options.port = 0;
      server = lathe_server_new (task->model, task->name, &options, &reason);
    }
  if (!server)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return NULL;
    }
  held = g_atomic_rc_box_new (Held);
  *held = (Held){server, lathe_model_ref (task->model)};
  return held;
}

static void
on_started (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbServeRow *self = WB_SERVE_ROW (owner);
  LatheModel *asked = data;

  self->starting = FALSE;
  self->held = result;
  if (!gtk_widget_get_root (GTK_WIDGET (self)))
    {
      stop (self); /* the window was closed meanwhile */
      return;
    }
  if (!result)
    g_signal_emit (self, signals[TOLD], 0, error->message);
  else if (self->model != asked)
    stop (self); /* and with the model of now it is switched on again, or not, as the person likes */
  show (self);
}

static void
start (WbServeRow *self)
{
  self->starting = TRUE;
  wb_thread_call (G_OBJECT (self), start_work, task_new (self), task_free, NULL, NULL, on_started, self->model);
  show (self);
}

static void
on_switched (WbServeRow *self)
{
  if (self->filling || self->starting)
    return;
  if (gtk_switch_get_active (GTK_SWITCH (self->toggle)))
    start (self);
  else
    {
      stop (self);
      show (self);
    }
}

static void
on_open (WbServeRow *self)
{
  g_autofree char *url = lathe_server_get_url (self->held->server);

  gtk_show_uri (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), url, GDK_CURRENT_TIME);
}

/* --- Another model --- */

static gpointer
replace_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Task *task = data;

  lathe_server_set_model (task->held->server, task->model, error);
  g_atomic_rc_box_release_full (g_steal_pointer (&task->held), held_clear);
  return NULL;
}

static void replace (WbServeRow *self);

/* Meanwhile another may have been asked for, or the server may be another. */
static void
on_replaced (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbServeRow *self = WB_SERVE_ROW (owner);

  self->replacing = FALSE;
  if (error)
    g_signal_emit (self, signals[TOLD], 0, error->message);
  replace (self);
}

static void
replace (WbServeRow *self)
{
  if (!self->held || self->replacing || self->held->model == self->model)
    return;
  lathe_model_unref (self->held->model);
  self->held->model = lathe_model_ref (self->model);
  self->replacing = TRUE;
  wb_thread_call (G_OBJECT (self), replace_work, task_new (self), task_free, NULL, NULL, on_replaced, NULL);
}

void
wb_serve_row_set_model (WbServeRow *self, LatheModel *model, const char *name)
{
  g_return_if_fail (WB_IS_SERVE_ROW (self));

  if (self->model == model)
    return;
  g_clear_pointer (&self->model, lathe_model_unref);
  self->model = model ? lathe_model_ref (model) : NULL;
  g_free (self->name);
  self->name = g_strdup (name);
  if (!model)
    stop (self);
  else
    replace (self);
  show (self);
}

/* --- Life --- */

static void
wb_serve_row_map (GtkWidget *widget)
{
  WbServeRow *self = WB_SERVE_ROW (widget);

  GTK_WIDGET_CLASS (wb_serve_row_parent_class)->map (widget);
  look (self);
  if (self->held)
    show_count (self);
}

static void
wb_serve_row_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (wb_serve_row_parent_class)->unmap (widget);
  look (WB_SERVE_ROW (widget));
}

static void
wb_serve_row_dispose (GObject *object)
{
  WbServeRow *self = WB_SERVE_ROW (object);

  stop (self);
  g_clear_pointer (&self->model, lathe_model_unref);
  G_OBJECT_CLASS (wb_serve_row_parent_class)->dispose (object);
}

static void
wb_serve_row_finalize (GObject *object)
{
  g_free (WB_SERVE_ROW (object)->name);
  G_OBJECT_CLASS (wb_serve_row_parent_class)->finalize (object);
}

static void
wb_serve_row_class_init (WbServeRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  object_class->dispose = wb_serve_row_dispose;
  object_class->finalize = wb_serve_row_finalize;
  GTK_WIDGET_CLASS (klass)->map = wb_serve_row_map;
  GTK_WIDGET_CLASS (klass)->unmap = wb_serve_row_unmap;
  signals[TOLD] = g_signal_new ("told", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[URL_CHANGED] =
      g_signal_new ("url-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
wb_serve_row_init (WbServeRow *self)
{
  AdwActionRow *row = ADW_ACTION_ROW (self);

  self->toggle = gtk_switch_new ();
  self->open = gtk_button_new_with_label (_ ("Open"));
  gtk_widget_set_valign (self->toggle, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (self->open, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (self->open, _ ("Show its page in a browser"));
  g_object_set (self, "title", _ ("Answer Over HTTP"), "use-markup", FALSE, NULL);
  adw_action_row_add_suffix (row, self->open);
  adw_action_row_add_suffix (row, self->toggle);
  adw_action_row_set_activatable_widget (row, self->toggle);
  g_signal_connect_object (self->toggle, "notify::active", G_CALLBACK (on_switched), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->open, "clicked", G_CALLBACK (on_open), self, G_CONNECT_SWAPPED);
  show (self);
}
