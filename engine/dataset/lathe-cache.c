/* lathe-cache.c: what was worked out of images, on the disk: decoded samples of a set that memory cannot hold, and
 * more.
 *
 * One file for each source, each way to preprocess and each maker of what is kept:
 *
 *     head       magic · bytes of a sample · n · checksum of these
 *     n keys     hash of the image whose sample is in the slot
 *     n slots    sample · checksum of it and of the image's hash        as many as were written
 *
 * A sample counts only when its checksum agrees, which it does not where writing was cut off, bits have turned over, or
 * two wrote at once. So nothing is flushed and no order of writing matters, and a program may be killed at any moment.
 * An image that changes has another hash; the slots of images that are gone are given to others.
 *
 * Who writes holds a lock on the file. Others read only, and what was overwritten meanwhile does not agree.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-cache.h"

#include <errno.h>
#include <fcntl.h>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <xxhash.h>

#include "lathe-image-file.h"
#include "lathe-kept.h"

#define MAGIC G_GUINT64_CONSTANT (0x31656863614e2d4c) /* of another order of bytes: another magic */
#define NOWHERE G_MAXUINT32

typedef struct
{
  guint64 magic, sample_size, n_slots, checksum;
} Head;

/* An image's place in the file. */
typedef struct
{
  guint64 hash;
  guint32 slot; /* or NOWHERE */
} Place;

struct _LatheCache
{
  int fd;
  gboolean writes;
  gsize sample_size;
  guint32 n_slots;
  guint32 n_allowed; /* of them, by the limit */

  GMutex lock;
  guint n_places;
  Place *places; /* sorted by hash */
  guint8 *taken; /* a slot */
  guint32 next;  /* no slot before it is free */
};

static goffset
slot_at (const LatheCache *cache, guint32 slot)
{
  return (goffset) (sizeof (Head) + cache->n_slots * sizeof (guint64) + slot * (cache->sample_size + sizeof (guint64)));
}

static goffset
key_at (guint32 slot)
{
  return (goffset) (sizeof (Head) + slot * sizeof (guint64));
}

static gboolean
read_all (int fd, void *bytes, gsize n, goffset at)
{
  return pread (fd, bytes, n, at) == (gssize) n;
}

static gboolean
write_all (int fd, const void *bytes, gsize n, goffset at)
{
  return pwrite (fd, bytes, n, at) == (gssize) n;
}

/* --- Opening ----------------------------------------------------------------------------------------------------- */

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const Place *x = a, *y = b;
  return x->hash == y->hash ? 0 : x->hash < y->hash ? -1 : 1;
}

/* A place for each image; equal ones share theirs. */
static void
make_places (LatheCache *cache, LatheDataset *dataset)
{
  guint n = lathe_dataset_get_n_images (dataset), kept = 0;

  cache->places = g_new (Place, n);
  for (guint i = 0; i < n; i++)
    cache->places[i] = (Place){lathe_dataset_get_image (dataset, i)->hash, NOWHERE};
  qsort (cache->places, n, sizeof *cache->places, compare_places);
  for (guint i = 0; i < n; i++)
    if (i == 0 || cache->places[i].hash != cache->places[i - 1].hash)
      cache->places[kept++] = cache->places[i];
  cache->n_places = kept;
}

static Place *
find_place (LatheCache *cache, guint64 hash)
{
  const Place wanted = {.hash = hash};
  return bsearch (&wanted, cache->places, cache->n_places, sizeof wanted, compare_places);
}

/* Whatever changes the bytes that come out of decoding is part of the name. */
static char *
make_path (LatheDataset *dataset, const LathePreprocess *preprocess, const char *kind, const char *maker)
{
  g_autofree char *subject = g_strdup_printf (
      "%s\n%u×%u×%u %s\n" LATHE_VERSION "\n%s%s", lathe_dataset_get_folder (dataset), preprocess->width,
      preprocess->height, preprocess->channels, lathe_fit_names[preprocess->fit], gdk_pixbuf_version, maker);
  return lathe_kept_path (kind, subject);
}

static guint64
head_checksum (const Head *head)
{
  return XXH3_64bits (head, G_STRUCT_OFFSET (Head, checksum));
}

static gboolean
read_head (LatheCache *cache)
{
  Head head;

  if (!read_all (cache->fd, &head, sizeof head, 0) || head.checksum != head_checksum (&head) || head.magic != MAGIC ||
      head.sample_size != cache->sample_size || head.n_slots < cache->n_places || head.n_slots >= NOWHERE)
    return FALSE;
  cache->n_slots = (guint32) head.n_slots;
  return TRUE;
}

/* With slots for twice the images, so that it need not be begun anew as soon as some are added. */
static gboolean
begin_anew (LatheCache *cache)
{
  Head head = {
      .magic = MAGIC,
      .sample_size = cache->sample_size,
      .n_slots = MIN (2 * (guint64) cache->n_places, NOWHERE - 1),
  };

  head.checksum = head_checksum (&head);
  cache->n_slots = (guint32) head.n_slots;
  return write_all (cache->fd, &head, sizeof head, 0) && ftruncate (cache->fd, sizeof head) == 0;
}

/* Of the slots that are allowed. Where the keys end early, the file does too, and none is taken. */
static void
read_keys (LatheCache *cache)
{
  gsize n = cache->n_slots * sizeof (guint64);
  g_autofree guint64 *keys = g_malloc0 (n);

  cache->taken = g_malloc0 (cache->n_slots);
  if (!read_all (cache->fd, keys, n, key_at (0)))
    return;
  for (guint32 slot = 0; slot < cache->n_allowed; slot++)
    {
      Place *place = find_place (cache, keys[slot]);
      if (place == NULL || place->slot != NOWHERE)
        continue;
      place->slot = slot;
      cache->taken[slot] = TRUE;
    }
}

/* What goes beyond the limit by now is cut off. */
static gboolean
set_limit (LatheCache *cache, const char *path, guint64 limit)
{
  struct stat status;
  guint64 head = (guint64) slot_at (cache, 0);
  guint64 wanted = (guint64) slot_at (cache, cache->n_places);
  guint64 room = lathe_kept_make_room (path, limit > 0 ? limit : LATHE_CACHE_LIMIT, wanted);
  guint64 n = room > head ? (room - head) / (cache->sample_size + sizeof (guint64)) : 0;

  cache->n_allowed = (guint32) MIN (n, cache->n_slots);
  return fstat (cache->fd, &status) == 0 && (status.st_size <= slot_at (cache, cache->n_allowed) ||
                                             ftruncate (cache->fd, slot_at (cache, cache->n_allowed)) == 0);
}

LatheCache *
lathe_cache_open (LatheDataset *dataset, const LathePreprocess *preprocess, guint64 limit)
{
  gsize sample_size = (gsize) preprocess->width * preprocess->height * preprocess->channels;

  return lathe_cache_open_for (dataset, preprocess, "samples", "", sample_size, limit);
}

LatheCache *
lathe_cache_open_for (LatheDataset *dataset, const LathePreprocess *preprocess, const char *kind, const char *maker,
                      gsize sample_size, guint64 limit)
{
  g_autofree char *path = make_path (dataset, preprocess, kind, maker);
  int fd = path != NULL ? open (path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600) : -1;

  if (fd < 0)
    return NULL;
  g_autoptr (LatheCache) cache = g_new0 (LatheCache, 1);
  g_mutex_init (&cache->lock);
  cache->fd = fd;
  cache->writes = flock (fd, LOCK_EX | LOCK_NB) == 0;
  cache->sample_size = sample_size;
  make_places (cache, dataset);
  if (!read_head (cache) && !(cache->writes && begin_anew (cache)))
    return NULL;
  cache->n_allowed = cache->n_slots;
  if (cache->writes)
    {
      lathe_kept_touch (path);
      cache->writes = set_limit (cache, path, limit);
    }
  read_keys (cache);
  return g_steal_pointer (&cache);
}

void
lathe_cache_close (LatheCache *cache)
{
  if (cache == NULL)
    return;
  close (cache->fd);
  g_mutex_clear (&cache->lock);
  g_free (cache->places);
  g_free (cache->taken);
  g_free (cache);
}

/* --- Samples ----------------------------------------------------------------------------------------------------- */

static guint64
sample_checksum (const LatheCache *cache, guint64 hash, const guint8 *bytes)
{
  return XXH3_64bits_withSeed (bytes, cache->sample_size, hash);
}

gboolean
lathe_cache_read (LatheCache *cache, const LatheImage *image, guint8 *bytes)
{
  Place *place = find_place (cache, image->hash);
  guint64 checksum;
  const struct iovec parts[] = {{bytes, cache->sample_size}, {&checksum, sizeof checksum}};

  g_return_val_if_fail (place != NULL, FALSE);
  g_mutex_lock (&cache->lock);
  guint32 slot = place->slot;
  g_mutex_unlock (&cache->lock);
  return slot != NOWHERE &&
         preadv (cache->fd, parts, G_N_ELEMENTS (parts), slot_at (cache, slot)) ==
             (gssize) (cache->sample_size + sizeof checksum) &&
         checksum == sample_checksum (cache, image->hash, bytes);
}

/* With the lock: the image's slot, or a free one that becomes it, or NOWHERE. */
static guint32
take_slot (LatheCache *cache, Place *place)
{
  if (place->slot != NOWHERE)
    return place->slot;
  while (cache->next < cache->n_allowed && cache->taken[cache->next])
    cache->next++;
  if (cache->next == cache->n_allowed)
    return NOWHERE;
  cache->taken[cache->next] = TRUE;
  return place->slot = cache->next++;
}

/* A file that has changed since would put its sample under another's name. */
static gboolean
is_as_scanned (const LatheImage *image)
{
  g_auto (LatheImageFile) file = {.bytes = LATHE_BYTES_CLOSED};
  guint64 hash;

  return lathe_bytes_open (&file.bytes, image->path, &image->piece, NULL) &&
         lathe_image_file_hash (&file, &hash, NULL) && hash == image->hash;
}

void
lathe_cache_write (LatheCache *cache, const LatheImage *image, const guint8 *bytes)
{
  Place *place = find_place (cache, image->hash);
  guint64 checksum = sample_checksum (cache, image->hash, bytes);
  const struct iovec parts[] = {{(guint8 *) bytes, cache->sample_size}, {&checksum, sizeof checksum}};

  g_return_if_fail (place != NULL);
  g_mutex_lock (&cache->lock);
  guint32 slot = cache->writes ? take_slot (cache, place) : NOWHERE;
  g_mutex_unlock (&cache->lock);
  if (slot == NOWHERE || !is_as_scanned (image))
    return;
  if (pwritev (cache->fd, parts, G_N_ELEMENTS (parts), slot_at (cache, slot)) ==
          (gssize) (cache->sample_size + sizeof checksum) &&
      write_all (cache->fd, &image->hash, sizeof image->hash, key_at (slot)))
    return;
  g_mutex_lock (&cache->lock);
  cache->writes = FALSE; /* the disk is full, or broken */
  g_mutex_unlock (&cache->lock);
}
