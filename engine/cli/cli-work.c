/* cli-work.c: long work with its progress and its interruption, and what a name on the command line stands for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* --- Interruption --- */

static atomic_int caught; /* number of the signal */
static sem_t woken;

/* Threads that a library made before main() take signals too, so a mask would not do: this runs on any thread, and
 * does no more than a signal handler may. */
static void
on_signal (int number)
{
  atomic_store (&caught, number);
  sem_post (&woken);
}

static gpointer
watch (gpointer cancellable)
{
  while (sem_wait (&woken) != 0)
    continue;
  g_cancellable_cancel (cancellable);
  return NULL;
}

/**
 * cli_interrupt:
 *
 * From the first call on, the first SIGINT or SIGTERM cancels instead of killing; the second one kills.
 *
 * Returns: (transfer none): is cancelled on a thread of its own
 */
GCancellable *
cli_interrupt (void)
{
  static GCancellable *cancellable;
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int) SA_RESETHAND | SA_RESTART};

  if (cancellable != NULL)
    return cancellable;
  cancellable = g_cancellable_new ();
  sem_init (&woken, 0, 0);
  g_thread_unref (g_thread_new ("signals", watch, cancellable));
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
  return cancellable;
}

int
cli_interrupt_status (void)
{
  return 128 + atomic_load (&caught);
}

/* --- Progress --- */

/* A LatheProgressFunc. */
void
cli_progress (guint done, guint total, gpointer title)
{
  g_autofree char *remark = g_strdup_printf (_ ("%'u of %'u images"), done, total);

  cli_bar (title, total > 0 ? (double) done / total : 0, remark);
}

/**
 * cli_scan:
 * @edits: (nullable)
 *
 * lathe_dataset_scan() and lathe_dataset_edit() with a bar, and interruptible.
 */
LatheDataset *
cli_scan (const char *source, const LatheDatasetOptions *options, const LatheEdits *edits, GError **error)
{
  g_autoptr (LatheDataset) dataset =
      lathe_dataset_scan (source, options, cli_progress, (gpointer) _ ("Reading"), cli_interrupt (), error);

  cli_bar_clear ();
  return dataset == NULL || edits == NULL ? g_steal_pointer (&dataset)
                                          : lathe_dataset_edit (dataset, edits, cli_interrupt (), error);
}

/**
 * cli_read_project:
 * @source: what was typed for a dataset
 * @project: (out) (nullable): where it is the file of one
 *
 * Errors: as lathe_project_load().
 */
gboolean
cli_read_project (const char *source, LatheProject **project, GError **error)
{
  if (!lathe_project_is_file (source))
    return TRUE;
  *project = lathe_project_load (source, NULL, NULL, error);
  return *project != NULL;
}

/* --- Names --- */

/**
 * cli_inside:
 *
 * Returns: (transfer full): the path below the dataset's folder, to be shown
 */
char *
cli_inside (LatheDataset *dataset, const char *path)
{
  const char *folder = lathe_dataset_get_folder (dataset);
  gsize length = strlen (folder);
  gboolean below = g_str_has_prefix (path, folder) && path[length] == '/';

  return cli_display_name (below ? path + length + 1 : path);
}

/**
 * cli_check_output:
 * @path: (nullable): a file that is to be written in the end; NULL: none
 *
 * So that long work is not done for nothing.
 */
gboolean
cli_check_output (const char *option, const char *path, GError **error)
{
  g_autofree char *folder = path != NULL ? g_path_get_dirname (path) : NULL;

  if (path == NULL)
    return TRUE;
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO,
                 _ ("%s cannot be written: that is a folder. Choose a file with %s"), path, option);
  else if (access (folder, W_OK | X_OK) != 0)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("%s cannot be written: %s: %s. Choose another file with %s"),
                 path, folder, g_strerror (errno), option);
  else
    return TRUE;
  return FALSE;
}

/**
 * cli_load_graph:
 * @name: a preset, a network file, a project or a model file
 * @model: (out) (optional) (nullable): where it was a model file
 *
 * Returns: (transfer full): the network, which need not work
 */
LatheGraph *
cli_load_graph (const char *name, LatheModel **model, GError **error)
{
  g_autoptr (LatheModel) loaded = NULL;
  g_autoptr (LatheProject) project = NULL;
  LatheGraph *graph;

  if (lathe_preset_find (name) != NULL || !g_file_test (name, G_FILE_TEST_EXISTS))
    return lathe_graph_load (name, error);
  if (!g_file_test (name, G_FILE_TEST_IS_REGULAR))
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO,
                   _ ("%s is not a file; give a model, a project, a network file or a preset"), name);
      return NULL;
    }
  if (!cli_read_project (name, &project, error))
    return NULL;
  if (project != NULL)
    return g_steal_pointer (&project->graph);
  if (lathe_network_file_is_text (name))
    return lathe_graph_load (name, error);
  loaded = lathe_model_open (name, NULL, error);
  if (loaded == NULL)
    return NULL;
  graph = lathe_graph_copy (loaded->graph);
  if (model != NULL)
    *model = g_steal_pointer (&loaded);
  return graph;
}
