/* wb-blocks.c: the blocks that a person keeps, each a network's text in a file of its name, NAME.json, in one folder.
 *
 * What is on the disk is read again whenever something changes there, whoever did it. What is removed gets another
 * ending, so that it can be put back, and is deleted by the next program that starts.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-blocks.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#define ENDING ".json"
#define REMOVED ".json.removed"
#define MOST 500     /* files that are read */
#define MOST_NAMED 4 /* layers in the sentence about a block */

struct _WbBlocks
{
  GObject parent_instance;
  GPtrArray *blocks; /* (element-type WbBlock) */
  GFileMonitor *monitor;
  gboolean reading, again; /* what changed since the reading began is read when it has ended */
};

static guint changed_signal;

G_DEFINE_FINAL_TYPE (WbBlocks, wb_blocks, G_TYPE_OBJECT)

static char *
folder_path (void)
{
  return g_build_filename (g_get_user_data_dir (), "lathe", "blocks", NULL);
}

static char *
file_path (const char *name, const char *ending)
{
  g_autofree char *folder = folder_path (), *file = g_strconcat (name, ending, NULL);

  return g_build_filename (folder, file, NULL);
}

static void
block_free (gpointer data)
{
  WbBlock *block = data;

  g_free (block->name);
  g_free (block->text);
  g_free (block->help);
  g_free (block);
}

/* --- Reading, on a thread --- */

static char *
describe (const LatheGraph *graph)
{
  GString *kinds = g_string_new (NULL);
  guint n = 0;
  g_autofree char *count = NULL, *text = NULL;

  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    {
      const LatheNode *node = lathe_graph_get_node (graph, i);

      if (node->kind->max_inputs == 0)
        continue;
      if (n < MOST_NAMED)
        g_string_append_printf (kinds, n > 0 ? ", %s" : "%s", _ (node->kind->title));
      n++;
    }
  if (n > MOST_NAMED)
    g_string_append (kinds, ", …");
  text = g_string_free (kinds, FALSE);
  count = g_strdup_printf (ngettext ("%u layer", "%u layers", n), n);
  /* Translators: how many layers a block has, and the first of them */
  return g_strdup_printf (_ ("%s: %s"), count, text);
}

/* What cannot be put into a network is found out here, and not when someone does it. */
static gboolean
try_block (const char *text, GError **error)
{
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  g_autoptr (GPtrArray) added = NULL;
  LatheNode *input = lathe_graph_add (graph, lathe_layer_kind_find ("input"), NULL);

  added = lathe_graph_paste (graph, text, input, error);
  return added != NULL;
}

static WbBlock *
read_block (const char *name)
{
  g_autofree char *path = file_path (name, ENDING), *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheGraph) graph = lathe_graph_load (path, &error);
  WbBlock *block = g_new0 (WbBlock, 1);

  block->name = g_strdup (name);
  if (graph != NULL)
    text = lathe_graph_to_json (graph);
  if (graph != NULL && try_block (text, &error))
    {
      block->text = g_steal_pointer (&text);
      block->help = describe (graph);
    }
  else
    block->help = g_strdup (error->message);
  return block;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return g_utf8_collate ((*(WbBlock *const *) a)->name, (*(WbBlock *const *) b)->name);
}

static void
read_file (const char *folder, const char *file, GPtrArray *blocks)
{
  g_autofree char *name = g_strndup (file, strlen (file) - strlen (ENDING));
  g_autofree char *path = g_build_filename (folder, file, NULL);

  if (lathe_block_check_name (name, NULL) && g_file_test (path, G_FILE_TEST_IS_REGULAR))
    g_ptr_array_add (blocks, read_block (name));
}

static gpointer
read_work (gpointer data, GCancellable *cancellable, GError **error)
{
  g_autofree char *folder = folder_path ();
  GPtrArray *blocks = g_ptr_array_new_with_free_func (block_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *file;

  while (dir != NULL && blocks->len < MOST && (file = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (file, ENDING))
      read_file (folder, file, blocks);
  g_ptr_array_sort (blocks, compare_names);
  return blocks;
}

/* What was removed while the program ran before. */
static void
sweep (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *file;

  while (dir != NULL && (file = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (file, REMOVED))
      {
        g_autofree char *path = g_build_filename (folder, file, NULL);

        g_unlink (path);
      }
}

static gpointer
begin_work (gpointer data, GCancellable *cancellable, GError **error)
{
  g_autofree char *folder = folder_path ();

  g_mkdir_with_parents (folder, 0700);
  sweep (folder);
  return read_work (data, cancellable, error);
}

/* --- Following what is there --- */

static void on_read (GObject *owner, gpointer result, const GError *error, gpointer data);

static void
read_again (WbBlocks *self)
{
  self->again = self->reading;
  if (self->reading)
    return;
  self->reading = TRUE;
  wb_thread_call (G_OBJECT (self), read_work, NULL, NULL, (GDestroyNotify) g_ptr_array_unref, NULL, on_read, NULL);
}

static void
watch (WbBlocks *self)
{
  g_autofree char *path = folder_path ();
  g_autoptr (GFile) folder = g_file_new_for_path (path);

  self->monitor = g_file_monitor_directory (folder, G_FILE_MONITOR_NONE, NULL, NULL);
  if (self->monitor != NULL)
    g_signal_connect_object (self->monitor, "changed", G_CALLBACK (read_again), self, G_CONNECT_SWAPPED);
}

static void
on_read (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbBlocks *self = WB_BLOCKS (owner);

  self->reading = FALSE;
  g_ptr_array_unref (self->blocks);
  self->blocks = result;
  if (self->monitor == NULL)
    watch (self);
  if (self->again)
    read_again (self);
  g_signal_emit (self, changed_signal, 0);
}

/* --- Changing what is there --- */

typedef struct
{
  WbBlocks *blocks;
  char *name, *text;
  GObject *owner;
  WbDone done;
  gpointer data;
} Change;

static void
change_free (gpointer data)
{
  Change *change = data;

  g_object_unref (change->blocks);
  g_clear_object (&change->owner);
  g_free (change->name);
  g_free (change->text);
  g_free (change);
}

static gboolean
check_free (const char *name, GError **error)
{
  g_autofree char *path = file_path (name, ENDING);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
               _ ("Another block is called “%s”: choose another name, or remove that one first"), name);
  return FALSE;
}

static gpointer
save_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Change *change = data;
  g_autofree char *folder = folder_path (), *path = file_path (change->name, ENDING);
  g_autoptr (GError) reason = NULL;

  if (!check_free (change->name, error))
    return NULL;
  g_mkdir_with_parents (folder, 0700);
  if (!g_file_set_contents_full (path, change->text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                 0644, &reason))
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("The block “%s” cannot be saved: %s"), change->name,
                 reason->message);
  return NULL;
}

/* That it is gone already is what was wanted. */
static gpointer
remove_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Change *change = data;
  g_autofree char *path = file_path (change->name, ENDING), *removed = file_path (change->name, REMOVED);

  if (g_rename (path, removed) != 0 && errno != ENOENT)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("%s cannot be removed: %s"), path, g_strerror (errno));
  return NULL;
}

static gpointer
put_back_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Change *change = data;
  g_autofree char *path = file_path (change->name, ENDING), *removed = file_path (change->name, REMOVED);

  if (check_free (change->name, error) && g_rename (removed, path) != 0)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("The block “%s” cannot be put back: %s"), change->name,
                 g_strerror (errno));
  return NULL;
}

static void
on_changed (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  Change *change = data;

  read_again (change->blocks);
  if (change->done != NULL)
    change->done (change->owner, NULL, error, change->data);
  change_free (change);
  g_application_release (g_application_get_default ());
}

/* The program does not end before it is done. */
static void
start (WbBlocks *self, WbWork work, const char *name, const char *text, GObject *owner, WbDone done, gpointer data)
{
  Change *change = g_new (Change, 1);

  *change = (Change){
      g_object_ref (self), g_strdup (name), g_strdup (text), owner != NULL ? g_object_ref (owner) : NULL, done, data};
  g_application_hold (g_application_get_default ());
  wb_thread_call (NULL, work, change, NULL, NULL, NULL, on_changed, change);
}

void
wb_blocks_save (WbBlocks *self, const char *name, const char *text, GObject *owner, WbDone done, gpointer data)
{
  g_return_if_fail (WB_IS_BLOCKS (self));
  g_return_if_fail (lathe_block_check_name (name, NULL));

  start (self, save_work, name, text, owner, done, data);
}

void
wb_blocks_remove (WbBlocks *self, const char *name, GObject *owner, WbDone done, gpointer data)
{
  g_return_if_fail (WB_IS_BLOCKS (self));
  g_return_if_fail (lathe_block_check_name (name, NULL));

  start (self, remove_work, name, NULL, owner, done, data);
}

void
wb_blocks_put_back (WbBlocks *self, const char *name, GObject *owner, WbDone done, gpointer data)
{
  g_return_if_fail (WB_IS_BLOCKS (self));
  g_return_if_fail (lathe_block_check_name (name, NULL));

  start (self, put_back_work, name, NULL, owner, done, data);
}

/* --- What there is --- */

GPtrArray *
wb_blocks_list (WbBlocks *self)
{
  g_return_val_if_fail (WB_IS_BLOCKS (self), NULL);

  return self->blocks;
}

const WbBlock *
wb_blocks_find (WbBlocks *self, const char *name)
{
  g_return_val_if_fail (WB_IS_BLOCKS (self), NULL);

  for (guint i = 0; i < self->blocks->len; i++)
    {
      const WbBlock *block = self->blocks->pdata[i];

      if (g_str_equal (block->name, name))
        return block;
    }
  return NULL;
}

static void
wb_blocks_finalize (GObject *object)
{
  WbBlocks *self = WB_BLOCKS (object);

  g_clear_object (&self->monitor);
  g_ptr_array_unref (self->blocks);
  G_OBJECT_CLASS (wb_blocks_parent_class)->finalize (object);
}

static void
wb_blocks_class_init (WbBlocksClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_blocks_finalize;
  changed_signal = g_signal_new ("changed", WB_TYPE_BLOCKS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wb_blocks_init (WbBlocks *self)
{
  self->blocks = g_ptr_array_new_with_free_func (block_free);
  self->reading = TRUE;
  wb_thread_call (G_OBJECT (self), begin_work, NULL, NULL, (GDestroyNotify) g_ptr_array_unref, NULL, on_read, NULL);
}

WbBlocks *
wb_blocks_get_default (void)
{
  static WbBlocks *blocks;

  if (blocks == NULL)
    blocks = g_object_new (WB_TYPE_BLOCKS, NULL);
  return blocks;
}
