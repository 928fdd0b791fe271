/* lathe-watch.c: images that a training is asked about at the end of every epoch.
 *
 * The files are any a person likes: they need not be of the dataset, and are no part of the training. A file is read
 * once, and kept as the network gets it; to be asked takes one image a pass, which is next to nothing beside an epoch.
 * The network is asked as it is when it is scored, and is left as it was.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-watch.h"

#include "base/lathe-thin.h"
#include "dataset/lathe-decode.h"

/* One file, read. */
typedef struct
{
  guint8 *bytes; /* height × width × channels; NULL with a problem */
  char *problem;
} Look;

struct _LatheWatch
{
  GMutex lock;
  char **paths; /* guarded by the lock */

  GHashTable *looks; /* (element-type filename Look): of the trainer's thread */
};

static void
look_free (gpointer data)
{
  Look *look = data;

  g_free (look->bytes);
  g_free (look->problem);
  g_free (look);
}

LatheWatch *
lathe_watch_new (void)
{
  LatheWatch *watch = g_new0 (LatheWatch, 1);

  g_mutex_init (&watch->lock);
  watch->paths = g_new0 (char *, 1);
  watch->looks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, look_free);
  return watch;
}

void
lathe_watch_free (LatheWatch *watch)
{
  g_mutex_clear (&watch->lock);
  g_strfreev (watch->paths);
  g_hash_table_unref (watch->looks);
  g_free (watch);
}

/**
 * lathe_watch_set:
 * @paths: of image files, NULL-terminated; of more than LATHE_MOST_WATCHED the first ones count
 *
 * From any thread, at any time: from the end of the epoch that goes on these are asked about, and no others.
 */
void
lathe_watch_set (LatheWatch *watch, const char *const *paths)
{
  guint n = MIN (g_strv_length ((char **) paths), LATHE_MOST_WATCHED);
  char **copy = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    copy[i] = g_strdup (paths[i]);
  g_mutex_lock (&watch->lock);
  g_strfreev (watch->paths);
  watch->paths = copy;
  g_mutex_unlock (&watch->lock);
}

/* --- Asking --- */

static const Look *
look_at (LatheWatch *watch, const LathePreprocess *preprocess, const char *path)
{
  Look *look = g_hash_table_lookup (watch->looks, path);
  g_autoptr (GError) error = NULL;

  if (look != NULL)
    return look;
  look = g_new0 (Look, 1);
  look->bytes = g_malloc0 ((gsize) preprocess->height * preprocess->width * preprocess->channels);
  if (!lathe_decode_file (path, preprocess, look->bytes, &error))
    {
      g_clear_pointer (&look->bytes, g_free);
      look->problem = g_strdup (error->message);
    }
  g_hash_table_insert (watch->looks, g_strdup (path), look);
  return look;
}

static void
ask (const Look *look, LatheNetwork *network, LatheViews *views, guint n_labels, float *probability)
{
  g_autofree LatheReal *answer = g_new (LatheReal, n_labels);
  LatheByteTable table;

  lathe_preprocess_tabulate (&views->preprocess, table);
  lathe_preprocess_apply (&views->preprocess, table, look->bytes, 1, lathe_network_get_input (network));
  lathe_views_forward (views, network, 1);
  lathe_network_probabilities (network, 1, answer);
  for (guint i = 0; i < n_labels; i++)
    probability[i] = (float) answer[i];
}

static gboolean
is_unwatched (gpointer path, gpointer look, gpointer paths)
{
  return !g_strv_contains (paths, path);
}

/**
 * lathe_watch_ask:
 * @views: of the network; its preprocessing is always the same
 *
 * On the trainer's thread, between two steps.
 *
 * Returns: (transfer full) (nullable): what the network says of the images; NULL where none are watched
 */
LatheAnswers *
lathe_watch_ask (LatheWatch *watch, LatheNetwork *network, LatheViews *views, guint epoch)
{
  guint n_labels = lathe_loss_n_classes (lathe_network_get_n_units (network));
  LatheAnswers *answers;
  g_auto (GStrv) paths = NULL;

  g_mutex_lock (&watch->lock);
  paths = g_strdupv (watch->paths);
  g_mutex_unlock (&watch->lock);
  g_hash_table_foreach_remove (watch->looks, is_unwatched, paths);
  if (paths[0] == NULL)
    return NULL;
  answers = lathe_answers_new (epoch, n_labels, (const char *const *) paths);
  for (guint i = 0; i < answers->n_images; i++)
    {
      const Look *look = look_at (watch, &views->preprocess, paths[i]);

      answers->problems[i] = g_strdup (look->problem);
      if (look->bytes != NULL)
        ask (look, network, views, n_labels, answers->probability + (gsize) i * n_labels);
    }
  return answers;
}

/* --- Answers --- */

/**
 * lathe_answers_new:
 * @paths: NULL-terminated
 *
 * Returns: (transfer full): with nothing said yet, for its maker to fill in
 */
LatheAnswers *
lathe_answers_new (guint epoch, guint n_labels, const char *const *paths)
{
  LatheAnswers *answers = g_atomic_rc_box_new0 (LatheAnswers);
  guint n = g_strv_length ((char **) paths);

  *answers = (LatheAnswers){.epoch = epoch, .n_images = n, .n_labels = n_labels, .paths = g_strdupv ((char **) paths)};
  answers->problems = g_new0 (char *, n);
  answers->probability = g_new0 (float, (gsize) n *n_labels);
  return answers;
}

LatheAnswers *
lathe_answers_ref (LatheAnswers *answers)
{
  return g_atomic_rc_box_acquire (answers);
}

static void
answers_clear (gpointer data)
{
  LatheAnswers *answers = data;

  for (guint i = 0; i < answers->n_images; i++)
    g_free (answers->problems[i]);
  g_free (answers->problems);
  g_strfreev (answers->paths);
  g_free (answers->probability);
}

void
lathe_answers_unref (LatheAnswers *answers)
{
  g_atomic_rc_box_release_full (answers, answers_clear);
}

/* Returns: the image's place, or -1 where it was not asked about. */
int
lathe_answers_find (const LatheAnswers *answers, const char *path)
{
  for (guint i = 0; i < answers->n_images; i++)
    if (g_str_equal (answers->paths[i], path))
      return (int) i;
  return -1;
}

/* Returns: (transfer none) (nullable): n_labels probabilities; NULL where it was not asked about, or not read. */
const float *
lathe_answers_get (const LatheAnswers *answers, const char *path)
{
  int i = lathe_answers_find (answers, path);

  return i >= 0 && answers->problems[i] == NULL ? answers->probability + (gsize) i * answers->n_labels : NULL;
}

static guint
epoch_of (gconstpointer answers)
{
  return ((const LatheAnswers *) answers)->epoch;
}

/* A list (element-type LatheAnswers), by epoch, comes down to LATHE_MOST_ANSWERS: see lathe_thin(). */
void
lathe_answers_thin (GPtrArray *list)
{
  lathe_thin (list, epoch_of, LATHE_MOST_ANSWERS);
}
