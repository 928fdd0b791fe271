/* wb-report.c: an assessment as one file to keep, to print and to pass on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-report.h"

#include <glib/gi18n.h>

#include "wb-file-dialog.h"
#include "wb-thread.h"

typedef struct
{
  WbAssessment *assessment;
  char *runs, *name, *path;
  WbReportDone done;
} Task;

#define QUESTION "wb-report" /* the task, until a file is chosen */

static void
task_free (gpointer data)
{
  Task *task = data;

  wb_assessment_unref (task->assessment);
  g_free (task->runs);
  g_free (task->name);
  g_free (task->path);
  g_free (task);
}

/* The sheet is worked out here: that of the assessment may be without its intervals still, and belongs to the main
 * loop. */
static gpointer
write_report (gpointer data, GCancellable *cancellable, GError **error)
{
  const Task *task = data;
  const WbAssessment *assessment = task->assessment;
  g_autoptr (LatheScoreSheet) sheet =
      lathe_score_sheet_new (assessment->evaluation, &LATHE_SCORE_OPTIONS_DEFAULT, cancellable, error);
  g_autoptr (LatheRun) run = NULL;
  g_autoptr (GArray) epochs = NULL;
  LatheReport report = {
      .name = task->name,
      .model = assessment->question->model,
      .dataset = assessment->dataset,
      .split = assessment->question->split,
      .evaluation = assessment->evaluation,
      .sheet = sheet,
      .k = assessment->k,
      .top = assessment->top,
      .mended = assessment->mended,
      .suspects = assessment->suspects,
  };

  if (sheet == NULL || (task->runs != NULL && !lathe_report_find_run (report.model, task->runs, &run, &epochs, error)))
    return NULL;
  report.run = run;
  report.epochs = epochs;
  return lathe_report_save (&report, task->path, cancellable, error) ? g_strdup (task->path) : NULL;
}

static void
on_written (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  g_autofree char *path = result;
  g_autofree char *base = path != NULL ? g_path_get_basename (path) : NULL;
  g_autofree char *name = base != NULL ? g_filename_display_name (base) : NULL;
  g_autofree char *message = NULL;
  WbReportDone done = (WbReportDone) data;

  if (path == NULL && error == NULL)
    return;
  /* Translators: the name of a file */
  message = path != NULL ? g_strdup_printf (_ ("The report is in “%s”: a browser shows it, and prints it as PDF"), name)
                         : g_strdup (error->message);
  done (GTK_WIDGET (owner), message);
}

static void
on_chosen (GtkWidget *widget, GFile *file)
{
  Task *task = g_object_steal_data (G_OBJECT (widget), QUESTION);

  if (task == NULL)
    return;
  task->path = g_file_get_path (file);
  wb_thread_call (G_OBJECT (widget), write_report, task, task_free, g_free, NULL, on_written, task->done);
}

void
wb_report_ask (GtkWidget *widget, WbAssessment *assessment, const char *runs, WbReportDone done)
{
  Task *task = g_new0 (Task, 1);
  g_autofree char *folder = g_path_get_basename (lathe_dataset_get_folder (assessment->dataset)), *name = NULL;

  task->assessment = wb_assessment_ref (assessment);
  task->runs = g_strdup (runs);
  task->name = g_filename_display_name (folder);
  task->done = done;
  name = g_strconcat (task->name, ".html", NULL);
  g_object_set_data_full (G_OBJECT (widget), QUESTION, task, task_free);
  wb_file_dialog_show (widget, _ ("Save Report"), GTK_FILE_CHOOSER_ACTION_SAVE, name, "*.html", _ ("Reports"),
                       on_chosen);
}
