/* wb-runs-change.c: what is changed in the list of trainings, and what is read of one of them, on a thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-runs.h"

#include "wb-thread.h"

typedef enum
{
  CHANGE_NAME,
  CHANGE_NOTE,
  CHANGE_TAGS,
  CHANGE_DELETE,
  CHANGE_RESTORE,
  CHANGE_WISH,
} ChangeKind;

typedef struct
{
  char *path;
  gint64 id;
  ChangeKind kind;
  char *text;
  LatheRunWish wish;
  WbRunsGraphFunc done; /* of a question about its network */
} Change;

static void
change_free (gpointer data)
{
  Change *change = data;

  g_free (change->path);
  g_free (change->text);
  g_free (change);
}

static gpointer
change_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Change *change = data;
  g_autoptr (LatheRuns) runs = lathe_runs_open (change->path, error);

  if (!runs)
    return NULL;
  switch (change->kind)
    {
    case CHANGE_NAME:
      lathe_runs_set_name (runs, change->id, change->text, error);
      break;
    case CHANGE_NOTE:
      lathe_runs_set_note (runs, change->id, change->text, error);
      break;
    case CHANGE_TAGS:
      lathe_runs_set_tags (runs, change->id, change->text, error);
      break;
    case CHANGE_DELETE:
    case CHANGE_RESTORE:
      lathe_runs_set_deleted (runs, change->id, change->kind == CHANGE_DELETE, error);
      break;
    case CHANGE_WISH:
    default:
      lathe_runs_ask (runs, change->id, change->wish, error);
    }
  return NULL;
}

static void
on_changed (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  if (error)
    g_signal_emit_by_name (owner, "failed", error->message);
  wb_runs_look (WB_RUNS (owner));
}

static void
begin_change (WbRuns *self, gint64 id, ChangeKind kind, const char *text, LatheRunWish wish)
{
  Change *change;

  g_return_if_fail (WB_IS_RUNS (self) && wb_runs_get_path (self));

  change = g_new (Change, 1);
  *change = (Change){g_strdup (wb_runs_get_path (self)), id, kind, g_strdup (text), wish, NULL};
  wb_thread_call (G_OBJECT (self), change_work, change, change_free, NULL, NULL, on_changed, NULL);
}

void
wb_runs_rename (WbRuns *self, gint64 id, const char *name)
{
  begin_change (self, id, CHANGE_NAME, name, 0);
}

void
wb_runs_set_note (WbRuns *self, gint64 id, const char *note)
{
  begin_change (self, id, CHANGE_NOTE, note, 0);
}

void
wb_runs_set_tags (WbRuns *self, gint64 id, const char *tags)
{
  begin_change (self, id, CHANGE_TAGS, tags, 0);
}

void
wb_runs_set_deleted (WbRuns *self, gint64 id, gboolean deleted)
{
  begin_change (self, id, deleted ? CHANGE_DELETE : CHANGE_RESTORE, NULL, 0);
}

void
wb_runs_ask (WbRuns *self, gint64 id, LatheRunWish wish)
{
  begin_change (self, id, CHANGE_WISH, NULL, wish);
}

static Change *
question_about (WbRuns *self, gint64 id)
{
  Change *change = g_new0 (Change, 1);

  change->path = g_strdup (wb_runs_get_path (self));
  change->id = id;
  return change;
}

static gpointer
graph_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Change *change = data;
  g_autoptr (LatheRuns) runs = lathe_runs_open (change->path, error);
  LatheGraph *graph = NULL;
  LathePreprocess preprocess;

  return runs && lathe_runs_settings (runs, change->id, &graph, &preprocess, error) ? graph : NULL;
}

static void
on_graph_read (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  const Change *change = data;
  g_autoptr (LatheGraph) graph = result;

  change->done (owner, change->path, graph, error ? error->message : NULL);
}

void
wb_runs_read_graph (WbRuns *self, gint64 id, GObject *owner, WbRunsGraphFunc done)
{
  Change *change;

  g_return_if_fail (WB_IS_RUNS (self) && wb_runs_get_path (self));

  change = question_about (self, id);
  change->done = done;
  wb_thread_call (owner, graph_work, change, change_free, (GDestroyNotify) lathe_graph_free, NULL, on_graph_read,
                  change);
}

typedef struct
{
  gint64 id;
  GPtrArray *looks;
} Layers;

static void
layers_free (gpointer data)
{
  Layers *layers = data;

  g_ptr_array_unref (layers->looks);
  g_free (layers);
}

static gpointer
layers_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Change *change = data;
  g_autoptr (LatheRuns) runs = lathe_runs_open (change->path, error);
  GPtrArray *looks = runs ? lathe_runs_layers (runs, change->id, TRUE, error) : NULL;
  Layers *layers;

  if (!looks)
    return NULL;
  layers = g_new (Layers, 1);
  *layers = (Layers){change->id, looks};
  return layers;
}

static void
on_layers_read (GObject *owner, gpointer result, const GError *error, gpointer done)
{
  Layers *layers = result;

  ((WbRunsLayersFunc) done) (owner, layers ? layers->id : 0, layers ? layers->looks : NULL,
                             error ? error->message : NULL);
  g_clear_pointer (&layers, layers_free);
}

void
wb_runs_read_layers (WbRuns *self, gint64 id, GObject *owner, WbRunsLayersFunc done)
{
  g_return_if_fail (WB_IS_RUNS (self) && wb_runs_get_path (self));

  wb_thread_call (owner, layers_work, question_about (self, id), change_free, layers_free, NULL, on_layers_read, done);
}
