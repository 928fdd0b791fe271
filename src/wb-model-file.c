/* wb-model-file.c: files of models, Lathe's own and those of other programs: chosen, opened, and refused in words.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-model-file.h"

#include <glib/gi18n.h>

#include "wb-account.h"
#include "wb-model-questions.h"
#include "wb-thread.h"

#define OWN_SUFFIX ".safetensors"

/* --- Which they are --- */

/* (transfer full): of all that can be opened */
static GPtrArray *
list_suffixes (void)
{
  GPtrArray *suffixes = g_ptr_array_new ();
  guint n_formats;
  const LatheImportFormat *const *formats = lathe_import_formats (&n_formats);

  g_ptr_array_add (suffixes, (gpointer) OWN_SUFFIX);
  for (guint i = 0; i < n_formats; i++)
    g_ptr_array_add (suffixes, (gpointer) formats[i]->suffix);
  return suffixes;
}

gboolean
wb_model_file_is (const char *path)
{
  g_autoptr (GPtrArray) suffixes = list_suffixes ();
  g_autofree char *lower = g_ascii_strdown (path, -1);

  for (guint i = 0; i < suffixes->len; i++)
    if (g_str_has_suffix (lower, suffixes->pdata[i]))
      return TRUE;
  return FALSE;
}

void
wb_model_file_choose (GtkWidget *widget, const char *title, const char *what, const char *suffix, WbFileChosen chosen)
{
  g_autoptr (GPtrArray) suffixes = list_suffixes ();
  g_autoptr (GString) patterns = g_string_new (NULL);
  g_autofree char *list = NULL, *shown = NULL;

  if (suffix)
    g_ptr_array_insert (suffixes, 0, (gpointer) suffix);
  for (guint i = 0; i < suffixes->len; i++)
    g_string_append_printf (patterns, "%s*%s", i > 0 ? ";" : "", (const char *) suffixes->pdata[i]);
  g_ptr_array_add (suffixes, NULL);
  list = g_strjoinv (", ", (char **) suffixes->pdata);
  /* Translators: what can be chosen, and how such files end */
  shown = g_strdup_printf (_ ("%s (%s)"), what, list);
  wb_file_dialog_show (widget, title, GTK_FILE_CHOOSER_ACTION_OPEN, NULL, patterns->str, shown, chosen);
}

/* --- Opening --- */

/* What came of it: a model or an error, and what is to be done with it. */
typedef struct
{
  LatheModel *model;
  LatheImportNotes notes;
  GError *error;
  char *name; /* of the file, for people */
  WbProject *project;
  WbModelOpened opened;
  gpointer data;
} Opening;

/* What goes to the thread, which fills in the opening while nobody else looks at it. */
typedef struct
{
  char *path;
  WbModelFind find; /* or NULL */
  Opening *opening;
} Task;

static void
task_free (gpointer data)
{
  Task *task = data;

  g_free (task->path);
  g_free (task);
}

static void
opening_free (Opening *opening)
{
  g_clear_pointer (&opening->model, lathe_model_unref);
  lathe_import_notes_clear (&opening->notes);
  g_clear_error (&opening->error);
  g_free (opening->name);
  g_clear_object (&opening->project);
  g_free (opening);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Opening, opening_free)

static gpointer
open_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Task *task = data;
  Opening *opening = task->opening;
  g_autofree char *path = task->find ? task->find (task->path, &opening->error) : g_strdup (task->path);

  if (path)
    opening->model = lathe_model_open (path, &opening->notes, &opening->error);
  return NULL;
}

/* What cannot be taken is told one by one; a reason alone goes by in a sentence. */
static void
tell_failure (GtkWidget *widget, const Opening *opening)
{
  const GPtrArray *problems = opening->notes.problems;
  AdwMessageDialog *dialog;
  g_autofree char *body = NULL;

  if (!problems || problems->len == 0)
    {
      gtk_widget_activate_action (widget, "win.toast", "s", opening->error->message);
      return;
    }
  body = g_strdup_printf (ngettext ("It holds something that Lathe’s layers do not do:",
                                    "It holds %u things that Lathe’s layers do not do:", problems->len),
                          problems->len);
  dialog = wb_account_new (widget, NULL, body, problems);
  /* Translators: the name of a file */
  adw_message_dialog_format_heading (dialog, _ ("“%s” Cannot Be Opened"), opening->name);
  adw_message_dialog_add_responses (dialog, "close", _ ("_Close"), NULL);
  adw_message_dialog_set_default_response (dialog, "close");
  adw_message_dialog_set_close_response (dialog, "close");
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
finish (GtkWidget *widget, gboolean open, gpointer data)
{
  g_autoptr (Opening) opening = data;

  opening->opened (widget, open ? opening->model : NULL, opening->data);
}

static void
on_read (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  GtkWidget *widget = GTK_WIDGET (owner);
  Opening *opening = data;
  gboolean there = gtk_widget_get_root (widget) != NULL; /* or the window was closed meanwhile */
  LatheDataset *dataset = opening->project ? wb_project_get_dataset (opening->project) : NULL;

  if (there && !opening->model)
    tell_failure (widget, opening);
  if (!there || !opening->model ||
      !wb_model_questions_ask (widget, opening->name, opening->model, &opening->notes, dataset, finish, opening))
    finish (widget, there, opening);
}

void
wb_model_file_open_found (GtkWidget *widget, WbProject *project, const char *path, WbModelFind find,
                          WbModelOpened opened, gpointer data)
{
  Opening *opening = g_new0 (Opening, 1);
  Task *task = g_new (Task, 1);

  opening->name = g_filename_display_basename (path);
  opening->project = project ? g_object_ref (project) : NULL;
  opening->opened = opened;
  opening->data = data;
  *task = (Task){g_strdup (path), find, opening};
  wb_thread_call (G_OBJECT (widget), open_work, task, task_free, NULL, NULL, on_read, opening);
}

void
wb_model_file_open (GtkWidget *widget, WbProject *project, const char *path, WbModelOpened opened, gpointer data)
{
  wb_model_file_open_found (widget, project, path, NULL, opened, data);
}
