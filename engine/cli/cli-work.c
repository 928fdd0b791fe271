/* cli-work.c: long work with its progress and its interruption, and what a name on the command line stands for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

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

/* A network file is text that opens with a brace; whatever else there is, is taken for a model file. */
static gboolean
is_network_file (const char *path)
{
  char head[64] = "";
  FILE *file = g_fopen (path, "rb");
  gsize n = file != NULL ? fread (head, 1, sizeof head - 1, file) : 0;

  if (file != NULL)
    fclose (file);
  return memchr (head, '\0', n) == NULL && *g_strchug (head) == '{';
}

/**
 * cli_load_graph:
 * @name: a preset, a network file or a model file
 * @model: (out) (optional) (nullable): where it was a model file
 *
 * Returns: (transfer full): the network, which need not work
 */
LatheGraph *
cli_load_graph (const char *name, LatheModel **model, GError **error)
{
  g_autoptr (LatheModel) loaded = NULL;
  LatheGraph *graph;

  if (lathe_preset_summary (name) != NULL || !g_file_test (name, G_FILE_TEST_EXISTS))
    return lathe_graph_load (name, error);
  if (!g_file_test (name, G_FILE_TEST_IS_REGULAR))
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("%s is not a file; give a model, a network file or a preset"),
                   name);
      return NULL;
    }
  if (is_network_file (name))
    return lathe_graph_load (name, error);
  loaded = lathe_model_load (name, error);
  if (loaded == NULL)
    return NULL;
  graph = lathe_graph_copy (loaded->graph);
  if (model != NULL)
    *model = g_steal_pointer (&loaded);
  return graph;
}
