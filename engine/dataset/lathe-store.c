/* lathe-store.c: decoded samples at hand: kept as bytes when they fit, read ahead when they do not.
 *
 * A slot is the room of one sample. Where all samples fit, slot i belongs to image i for good. Where they do not, the
 * slots are a ring, and belong to the places of the order that was announced: the decoders fill it from `next` on, the
 * consumer empties it from `taken` on, and next - taken never exceeds the ring.
 *
 *     order  … 7 3 9 4 1 8 2 …
 *                ↑     ↑
 *              taken  next
 *
 * One lock guards everything but the bytes of a slot: those belong to whoever set it to DECODING, and once it is
 * READY, to the consumer. What was not announced the consumer decodes itself, so that it never waits for nobody.
 *
 * What does not fit into memory is decoded once and then read from the disk, as far as that has room: lathe-cache.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-store.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/lathe-arena.h"
#include "base/lathe-thread.h"
#include "lathe-cache.h"
#include "lathe-dataset-private.h"
#include "lathe-decode.h"

#define MAX_RING 4096

typedef enum
{
  SLOT_EMPTY,
  SLOT_DECODING,
  SLOT_READY,
} SlotState;

struct _LatheStore
{
  LatheDataset *dataset;
  LathePreprocess preprocess;
  LatheByteTable table;
  gsize sample_size; /* bytes */
  gboolean keeps;    /* all samples: slots are images, not places of the order */
  gsize n_slots;
  guint8 *bytes;     /* n_slots × sample_size */
  guint8 *scratch;   /* of the consumer, for a sample without a slot */
  LatheCache *cache; /* of samples on the disk; NULL where all are kept, or there can be none */

  GMutex lock;
  GCond work;      /* there is something to decode, or to stop for */
  GCond ready;     /* a slot has left DECODING */
  guint8 *state;   /* a slot: SlotState */
  guint8 *refused; /* an image: it cannot be decoded */
  GPtrArray *problems;
  guint32 *order;
  gsize n_order, next, taken;
  guint n_decoding; /* threads that hold a slot */
  gboolean quit;

  guint n_threads;
  GThread **threads;
};

static guint64
memory_limit (guint64 limit)
{
  guint64 machine = (guint64) sysconf (_SC_PHYS_PAGES) * (guint64) sysconf (_SC_PAGESIZE);
  return limit > 0 ? limit : MIN (LATHE_STORE_LIMIT, machine / 4);
}

static guint8 *
slot_bytes (LatheStore *store, gsize slot)
{
  return store->bytes + slot * store->sample_size;
}

static gsize
slot_of_place (LatheStore *store, gsize place)
{
  return store->keeps ? store->order[place] : place % store->n_slots;
}

/* Without the lock. A sample that cannot be had is zeros. */
static gboolean
decode (LatheStore *store, guint32 image, guint8 *bytes, char **reason)
{
  g_autoptr (GError) error = NULL;
  const LatheImage *wanted = lathe_dataset_get_image (store->dataset, image);

  if (store->cache != NULL && lathe_cache_read (store->cache, wanted, bytes))
    return TRUE;
  if (lathe_decode_image (wanted, &store->preprocess, bytes, &error))
    {
      if (store->cache != NULL)
        lathe_cache_write (store->cache, wanted, bytes);
      return TRUE;
    }
  memset (bytes, 0, store->sample_size);
  *reason = g_strdup (error->message);
  return FALSE;
}

/* With the lock, which is given up meanwhile. */
static void
decode_unlocked (LatheStore *store, guint32 image, guint8 *bytes)
{
  g_autofree char *reason = NULL;

  g_mutex_unlock (&store->lock);
  gboolean ok = decode (store, image, bytes, &reason);
  g_mutex_lock (&store->lock);
  if (!ok && !store->refused[image])
    {
      store->refused[image] = TRUE;
      g_ptr_array_add (store->problems,
                       lathe_problem_new (lathe_dataset_get_image (store->dataset, image)->path, reason));
    }
}

static void
decode_into_slot (LatheStore *store, guint32 image, gsize slot)
{
  store->state[slot] = SLOT_DECODING;
  store->n_decoding++;
  decode_unlocked (store, image, slot_bytes (store, slot));
  store->n_decoding--;
  store->state[slot] = SLOT_READY;
  g_cond_broadcast (&store->ready);
}

/* With the lock: the next place that wants decoding, if there is one and room for it. */
static gboolean
find_work (LatheStore *store, gsize *place)
{
  while (store->next < store->n_order)
    {
      if (!store->keeps && store->next - store->taken >= store->n_slots)
        return FALSE;
      *place = store->next++;
      if (store->state[slot_of_place (store, *place)] == SLOT_EMPTY)
        return TRUE;
    }
  return FALSE;
}

static gpointer
decode_ahead (gpointer data)
{
  LatheStore *store = data;
  gsize place;

  g_mutex_lock (&store->lock);
  while (!store->quit)
    if (find_work (store, &place))
      decode_into_slot (store, store->order[place], slot_of_place (store, place));
    else
      g_cond_wait (&store->work, &store->lock);
  g_mutex_unlock (&store->lock);
  return NULL;
}

LatheStore *
lathe_store_new (LatheDataset *dataset, const LathePreprocess *preprocess, guint n_threads, guint64 limit)
{
  g_return_val_if_fail (dataset != NULL && preprocess != NULL, NULL);

  LatheStore *store = g_new0 (LatheStore, 1);
  gsize n_images = lathe_dataset_get_n_images (dataset);
  store->dataset = lathe_dataset_ref (dataset);
  store->preprocess = *preprocess;
  lathe_preprocess_tabulate (preprocess, store->table);
  store->sample_size = (gsize) preprocess->width * preprocess->height * preprocess->channels;
  store->n_threads = MAX (n_threads, 1);

  g_assert (store->sample_size > 0);

  store->n_slots = n_images;
  gsize n_fitting = memory_limit (limit) / store->sample_size;
  if (n_images <= n_fitting)
    store->bytes = lathe_memory_try_new (n_images * store->sample_size);
  store->keeps = store->bytes != NULL;
  if (!store->keeps)
    {
      store->n_slots = CLAMP (n_fitting, store->n_threads + 1, MAX_RING);
      store->bytes = lathe_memory_new (store->n_slots * store->sample_size);
      store->cache = lathe_cache_open (dataset, preprocess, 0);
    }
  store->scratch = g_malloc (store->sample_size);
  store->state = g_new0 (guint8, store->n_slots);
  store->refused = g_new0 (guint8, n_images);
  store->problems = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_problem_free);

  g_mutex_init (&store->lock);
  g_cond_init (&store->work);
  g_cond_init (&store->ready);
  store->threads = g_new (GThread *, store->n_threads);
  for (guint i = 0; i < store->n_threads; i++)
    store->threads[i] = lathe_thread_new ("decode", decode_ahead, store);
  return store;
}

void
lathe_store_free (LatheStore *store)
{
  if (store == NULL)
    return;
  g_mutex_lock (&store->lock);
  store->quit = TRUE;
  g_cond_broadcast (&store->work);
  g_mutex_unlock (&store->lock);
  for (guint i = 0; i < store->n_threads; i++)
    g_thread_join (store->threads[i]);

  g_mutex_clear (&store->lock);
  g_cond_clear (&store->work);
  g_cond_clear (&store->ready);
  g_free (store->threads);
  g_free (store->order);
  g_ptr_array_unref (store->problems);
  g_free (store->refused);
  g_free (store->state);
  g_free (store->scratch);
  lathe_memory_free (store->bytes);
  lathe_cache_close (store->cache);
  lathe_dataset_unref (store->dataset);
  g_free (store);
}

void
lathe_store_expect (LatheStore *store, const guint32 *indices, gsize n_indices)
{
  g_return_if_fail (store != NULL);
  for (gsize i = 0; i < n_indices; i++)
    g_return_if_fail (indices[i] < lathe_dataset_get_n_images (store->dataset));

  g_mutex_lock (&store->lock);
  store->next = store->n_order; /* no decoder takes up anything more of the old order */
  while (store->n_decoding > 0)
    g_cond_wait (&store->ready, &store->lock);
  g_free (store->order);
  store->order = g_memdup2 (indices, n_indices * sizeof *indices);
  store->n_order = n_indices;
  store->next = store->taken = 0;
  if (!store->keeps)
    memset (store->state, SLOT_EMPTY, store->n_slots);
  g_cond_broadcast (&store->work);
  g_mutex_unlock (&store->lock);
}

/* With the lock: the bytes of an image, waited for or decoded here. */
static const guint8 *
take (LatheStore *store, guint32 image)
{
  gboolean announced = store->taken < store->n_order && store->order[store->taken] == image;
  gsize slot = store->keeps ? image : store->taken % store->n_slots;

  if (!store->keeps && !announced)
    {
      decode_unlocked (store, image, store->scratch);
      return store->scratch;
    }
  if (!store->keeps && store->next == store->taken)
    store->next++; /* no decoder has come to it yet, so it is decoded here */
  if (store->state[slot] == SLOT_EMPTY)
    decode_into_slot (store, image, slot);
  while (store->state[slot] != SLOT_READY)
    g_cond_wait (&store->ready, &store->lock);
  return slot_bytes (store, slot);
}

/* With the lock: the consumer has read what take() gave it. */
static void
give_back (LatheStore *store, guint32 image)
{
  if (store->taken >= store->n_order || store->order[store->taken] != image)
    return;
  if (!store->keeps)
    store->state[store->taken % store->n_slots] = SLOT_EMPTY;
  store->taken++;
  g_cond_signal (&store->work);
}

void
lathe_store_fill (LatheStore *store, const guint32 *indices, guint n, LatheReal *x, gboolean *ok)
{
  g_return_if_fail (store != NULL);

  g_mutex_lock (&store->lock);
  for (guint i = 0; i < n; i++, x += store->sample_size)
    {
      const guint8 *bytes = take (store, indices[i]);
      ok[i] = !store->refused[indices[i]];
      g_mutex_unlock (&store->lock);
      if (ok[i])
        lathe_preprocess_apply (&store->preprocess, store->table, bytes, 1, x);
      else
        memset (x, 0, store->sample_size * sizeof *x);
      g_mutex_lock (&store->lock);
      give_back (store, indices[i]);
    }
  g_mutex_unlock (&store->lock);
}

/* --- Mean and deviation --- */

/* Of bytes, a channel. */
typedef struct
{
  guint64 n, sum[3], squares[3];
} Sums;

static void
add_sample (Sums *sums, const LathePreprocess *preprocess, const guint8 *bytes)
{
  gsize n = (gsize) preprocess->width * preprocess->height, step = preprocess->channels;

  for (guint c = 0; c < step; c++)
    {
      guint64 sum = 0, squares = 0;

      for (gsize i = 0; i < n; i++)
        {
          guint value = bytes[i * step + c];
          sum += value;
          squares += value * value;
        }
      sums->sum[c] += sum;
      sums->squares[c] += squares;
    }
  sums->n += n;
}

static void
measure_image (LatheStore *store, guint32 image, Sums *sums)
{
  g_mutex_lock (&store->lock);
  const guint8 *bytes = take (store, image);
  gboolean ok = !store->refused[image];
  g_mutex_unlock (&store->lock);
  if (ok)
    add_sample (sums, &store->preprocess, bytes);
  g_mutex_lock (&store->lock);
  give_back (store, image);
  g_mutex_unlock (&store->lock);
}

/* A deviation of less than one level of brightness is that of a stray pixel or of rounding: to divide by it would make
 * enormous numbers of the next image that differs. Grey images have the same in all channels. */
static void
normalise (const Sums *sums, LathePreprocess *preprocess)
{
  for (guint c = 0; c < 3; c++)
    {
      guint from = c % preprocess->channels;
      double n = (double) MAX (sums->n, 1), mean = (double) sums->sum[from] / n;
      double deviation = sqrt (MAX (0, (double) sums->squares[from] / n - mean * mean));

      preprocess->mean[c] = (float) (mean / 255);
      preprocess->deviation[c] = deviation < 1 ? 1 : (float) (deviation / 255);
    }
}

gboolean
lathe_store_measure (LatheStore *store, const guint32 *indices, guint n, LathePreprocess *preprocess,
                     LatheGoOnFunc go_on, gpointer data)
{
  Sums sums = {0};

  g_return_val_if_fail (store != NULL && preprocess != NULL, FALSE);

  lathe_store_expect (store, indices, n);
  for (guint i = 0; i < n; i++)
    {
      if (!go_on (i, data))
        return FALSE;
      measure_image (store, indices[i], &sums);
    }
  normalise (&sums, preprocess);
  /* No decoder is at work any more: all that was announced has been taken. */
  store->preprocess = *preprocess;
  lathe_preprocess_tabulate (preprocess, store->table);
  return TRUE;
}

GPtrArray *
lathe_store_get_problems (LatheStore *store)
{
  g_return_val_if_fail (store != NULL, NULL);

  GPtrArray *problems = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_problem_free);
  g_mutex_lock (&store->lock);
  for (guint i = 0; i < store->problems->len; i++)
    {
      const LatheProblem *problem = g_ptr_array_index (store->problems, i);
      g_ptr_array_add (problems, lathe_problem_new (problem->path, problem->reason));
    }
  g_mutex_unlock (&store->lock);
  return problems;
}
