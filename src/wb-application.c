/* wb-application.c: the program as the desktop sees it: started, given files, asked to quit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-application.h"

#include <glib-unix.h>
#include <glib/gi18n.h>

#include "lathe.h"
#include "wb-background.h"
#include "wb-renderer.h"
#include "wb-stalls.h"
#include "wb-window.h"

struct _WbApplication
{
  AdwApplication parent_instance;
};

G_DEFINE_FINAL_TYPE (WbApplication, wb_application, ADW_TYPE_APPLICATION)

static const struct
{
  const char *action;
  const char *accels[3];
} shortcuts[] = {
    {"app.quit", {"<Control>q"}},
    {"window.close", {"<Control>w"}},
    {"win.open-folder", {"<Control>o"}},
    {"win.save-as", {"<Control><Shift>s"}},
    {"win.run", {"<Control>r"}},
    {"win.undo", {"<Control>z"}},
    {"win.redo", {"<Control><Shift>z", "<Control>y"}},
    {"win.help", {"F1"}},
    {"win.show-help-overlay", {"<Control>question"}},
    {"win.menu", {"F10"}},
    {"win.page(0)", {"<Control>1"}},
    {"win.page(1)", {"<Control>2"}},
    {"win.page(2)", {"<Control>3"}},
    {"win.page(3)", {"<Control>4"}},
    {"win.page(4)", {"<Control>5"}},
    {"win.page(5)", {"<Control>6"}},
};

static WbWindow *
ensure_window (WbApplication *self)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  return window ? WB_WINDOW (window) : wb_window_new (self);
}

static void
wb_application_activate (GApplication *application)
{
  gboolean begins = gtk_application_get_windows (GTK_APPLICATION (application)) == NULL;
  WbWindow *window = ensure_window (WB_APPLICATION (application));
  g_autoptr (GFile) place = begins ? wb_background_get_place () : NULL;

  if (place)
    wb_window_open (window, place);
  gtk_window_present (GTK_WINDOW (window));
}

static void
wb_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  WbWindow *window = ensure_window (WB_APPLICATION (application));

  for (int i = 0; i < n_files; i++)
    wb_window_open (window, files[i]);
  gtk_window_present (GTK_WINDOW (window));
}

/* As a person would: what was done in a window of a window counts when that is closed, not when it is destroyed. */
static void
close_children (void)
{
  GList *windows = gtk_window_list_toplevels ();

  for (GList *link = windows; link; link = link->next)
    g_object_ref (link->data);
  for (GList *link = windows; link; link = link->next)
    if (gtk_window_get_transient_for (link->data))
      gtk_window_close (link->data);
  g_list_free_full (windows, g_object_unref);
}

/* The program ends with its last window, but not before a project that holds it has written down what was decided. */
static void
close_windows (GtkApplication *application)
{
  GList *windows;

  close_children ();
  while ((windows = gtk_application_get_windows (application)))
    gtk_window_destroy (windows->data);
}

static void
quit (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  close_windows (data);
}

/* As a session does that ends. */
static gboolean
on_terminate (gpointer data)
{
  close_windows (data);
  return G_SOURCE_CONTINUE;
}

static void
about (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  adw_show_about_window (gtk_application_get_active_window (data), "application-name", _ ("Lathe"), "application-icon",
                         LATHE_APPLICATION_ID, "version", LATHE_VERSION, "comments",
                         _ ("Train small image networks on your own computer, from your own images."), "developer-name",
                         _ ("The Lathe contributors"), "license-type", GTK_LICENSE_GPL_3_0, NULL);
}

static const GActionEntry actions[] = {
    {.name = "quit", .activate = quit},
    {.name = "about", .activate = about},
};

static void
wb_application_startup (GApplication *application)
{
  G_APPLICATION_CLASS (wb_application_parent_class)->startup (application);

  g_action_map_add_action_entries (G_ACTION_MAP (application), actions, G_N_ELEMENTS (actions), application);
  for (guint i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (application), shortcuts[i].action, shortcuts[i].accels);
  gtk_window_set_default_icon_name (LATHE_APPLICATION_ID);
  g_unix_signal_add (SIGTERM, on_terminate, application);
  wb_background_add_actions (application);
  wb_renderer_is_chosen ();
  lathe_threads_give_way ();
  wb_stalls_init ();
}

static void
wb_application_class_init (WbApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  application_class->activate = wb_application_activate;
  application_class->open = wb_application_open;
  application_class->startup = wb_application_startup;
}

static void
wb_application_init (WbApplication *self)
{
  g_application_set_option_context_parameter_string (G_APPLICATION (self), _ ("[FOLDER | PROJECT | MODEL | IMAGE…]"));
  g_application_set_option_context_summary (G_APPLICATION (self),
                                            _ ("Train small image networks on your own computer."));
}

WbApplication *
wb_application_new (void)
{
  return g_object_new (WB_TYPE_APPLICATION, "application-id", LATHE_APPLICATION_ID, "flags", G_APPLICATION_HANDLES_OPEN,
                       "resource-base-path", "/org/lathe/Lathe", NULL);
}
