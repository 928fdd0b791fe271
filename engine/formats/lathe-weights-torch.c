/* lathe-weights-torch.c: which tensors a file of torch.save()'s holds, and where.
 *
 * There are two formats. Since PyTorch 1.6 a file is an archive: NAME/data.pkl is a pickle in which tensors name their
 * storages, and NAME/data/KEY are these. Before, four pickles came one after another (a number that says what the file
 * is, the version, facts of the machine, and what was saved), then one with the keys of the storages, and behind it
 * these, each with how many numbers it has in front.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-archive.h"
#include "lathe-pickle.h"
#include "lathe-weights-private.h"

#define PICKLE "/data.pkl"
#define ORDER "/byteorder"
#define COUNT 8 /* bytes, in front of a storage of the older format */

/* The older format's first pickle: a number of ten bytes. */
static const guint8 magic[] = {0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.'};

/* A file that is being read. */
typedef struct
{
  const LatheSpan *source;
  GArray *tensors;         /* (element-type LatheWeightsTensor), to which its own are added */
  LatheArchiveIn *archive; /* NULL: the older format */
  const char *folder;      /* in the archive: “NAME” */
  GHashTable *storages;    /* (element-type utf8 LatheSpan): where the storage of each key is */
} TorchFile;

static gboolean
refuse (GError **error, int code, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, code, reason);
  return FALSE;
}

static gboolean
refuse_damaged (GError **error)
{
  return refuse (error, LATHE_ERROR_FORMAT, _ ("it is damaged or incomplete; copy the file again"));
}

static gboolean
refuse_order (GError **error)
{
  return refuse (
      error, LATHE_ERROR_UNSUPPORTED,
      _ ("it was saved on a machine that puts the bytes of numbers the other way round; save it once more on "
         "an ordinary one"));
}

gboolean
lathe_weights_is_torch (const guint8 *head, gsize n)
{
  return lathe_archive_is (head, n) || (n >= sizeof magic && memcmp (head, magic, sizeof magic) == 0);
}

/* --- Tensors --- */

/* Where the storage's numbers are; NULL with an error. */
static const LatheSpan *
find_storage (TorchFile *file, const LathePickleValue *storage, GError **error)
{
  const char *key = storage->of->text;
  LatheSpan *found = g_hash_table_lookup (file->storages, key), place;
  g_autofree char *name = NULL;

  if (found != NULL)
    return found;
  if (file->archive == NULL)
    {
      refuse_damaged (error);
      return NULL;
    }
  name = g_strconcat (file->folder, "/data/", key, NULL);
  if (!lathe_archive_in_find (file->archive, name, &place, error))
    return NULL;
  found = g_memdup2 (&place, sizeof place);
  g_hash_table_insert (file->storages, g_strdup (key), found);
  return found;
}

/* Copies dimensions and strides, and counts the numbers and how many lie from the first to behind the last. */
static gboolean
measure (const LathePickleValue *value, LatheWeightsTensor *tensor, guint64 *reach)
{
  guint64 n = 1, last = 0, step;

  tensor->rank = value->rank;
  for (guint i = 0; i < value->rank; i++)
    {
      guint64 side = value->sides[i], stride = value->sides[value->rank + i];

      if (side > G_MAXUINT || !g_uint64_checked_mul (&n, n, side) ||
          !g_uint64_checked_mul (&step, MAX (side, 1) - 1, stride) || !g_uint64_checked_add (&last, last, step))
        return FALSE;
      tensor->dim[i] = (guint) side;
      tensor->stride[i] = stride;
    }
  tensor->n = n;
  *reach = n > 0 ? last + 1 : 0;
  return last < G_MAXUINT64;
}

/* That all its numbers are in its storage, and that it is no more of them than that has. */
static gboolean
place_tensor (TorchFile *file, const LathePickleValue *value, LatheWeightsTensor *tensor, GError **error)
{
  const LatheSpan *storage = find_storage (file, value->of, error);
  guint64 size = lathe_numbers_size (value->of->numbers), first = (guint64) value->number, reach, n;

  if (storage == NULL)
    return FALSE;
  n = storage->size / size;
  tensor->numbers = value->of->numbers;
  if (!measure (value, tensor, &reach) || first > n || reach > n - first || tensor->n > n)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT,
                   _ ("its tensor “%s” is longer than the numbers that it has; copy the file again"), tensor->name);
      return FALSE;
    }
  tensor->begin = storage->begin - file->source->begin + first * size;
  return TRUE;
}

static gboolean
add_tensor (TorchFile *file, const LathePickleValue *name, const LathePickleValue *value, GError **error)
{
  LatheWeightsTensor tensor = {.name = NULL};

  if (value->kind != LATHE_PICKLE_TENSOR)
    return TRUE;
  if (name->kind != LATHE_PICKLE_TEXT || *name->text == '\0' || strlen (name->text) > LATHE_WEIGHTS_MAX_NAME ||
      !g_utf8_validate (name->text, -1, NULL))
    return refuse_damaged (error);
  if (file->tensors->len >= LATHE_WEIGHTS_MAX_TENSORS)
    return refuse (error, LATHE_ERROR_UNSUPPORTED, _ ("it holds more tensors than a network can have"));
  tensor.name = name->text;
  if (!place_tensor (file, value, &tensor, error))
    return FALSE;
  tensor.name = g_strdup (name->text);
  g_array_append_val (file->tensors, tensor);
  return TRUE;
}

static gboolean
has_tensors (const LathePickleValue *value)
{
  for (guint i = 1; value->kind == LATHE_PICKLE_DICT && i < value->items->len; i += 2)
    if (((const LathePickleValue *) value->items->pdata[i])->kind == LATHE_PICKLE_TENSOR)
      return TRUE;
  return FALSE;
}

/* The state dictionary, or what has it among other things, of which some may be tensors, too. */
static gboolean
add_all (TorchFile *file, const LathePickleValue *saved, GError **error)
{
  static const char *const keys[] = {"state_dict", "model_state_dict", "model"};

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const LathePickleValue *inner = lathe_pickle_get (saved, keys[i]);

      if (inner == NULL || !has_tensors (inner))
        continue;
      saved = inner;
      break;
    }
  if (!has_tensors (saved))
    return refuse (error, LATHE_ERROR_FORMAT,
                   _ ("it holds no state dictionary; save one with torch.save (model.state_dict (), …)"));
  for (guint i = 0; i < saved->items->len; i += 2)
    if (!add_tensor (file, saved->items->pdata[i], saved->items->pdata[i + 1], error))
      return FALSE;
  return TRUE;
}

/* --- Archives --- */

/* (transfer full) (nullable): the folder in which everything is */
static char *
find_folder (const LatheArchiveIn *archive)
{
  for (guint i = 0; i < archive->names->len; i++)
    if (g_str_has_suffix (archive->names->pdata[i], PICKLE))
      return g_strndup (archive->names->pdata[i], strlen (archive->names->pdata[i]) - strlen (PICKLE));
  return NULL;
}

static gboolean
check_order (const TorchFile *file, GError **error)
{
  g_autofree char *name = g_strconcat (file->folder, ORDER, NULL);
  LatheSpan place;
  char word[3];

  if (!g_hash_table_contains (file->archive->entries, name))
    return TRUE;
  if (!lathe_archive_in_find (file->archive, name, &place, error))
    return FALSE;
  return place.size != sizeof word || !lathe_span_read (&place, 0, word, sizeof word) ||
         memcmp (word, "big", sizeof word) != 0 || refuse_order (error);
}

static gboolean
list_archive (TorchFile *file, GError **error)
{
  g_auto (LatheArchiveIn) archive = {0};
  g_auto (LathePickle) pickle = {0};
  g_autofree char *folder = NULL, *name = NULL;
  LatheSpan place;
  const LathePickleValue *saved;

  if (!lathe_archive_in_open (&archive, file->source, error))
    return FALSE;
  folder = find_folder (&archive);
  if (folder == NULL)
    return refuse (error, LATHE_ERROR_FORMAT, _ ("it is an archive, but not one of PyTorch’s"));
  file->archive = &archive;
  file->folder = folder;
  name = g_strconcat (folder, PICKLE, NULL);
  if (!check_order (file, error) || !lathe_archive_in_find (&archive, name, &place, error))
    return FALSE;
  lathe_pickle_init (&pickle, &place);
  saved = lathe_pickle_load (&pickle, error);
  return saved != NULL && add_all (file, saved, error);
}

/* --- The older format --- */

/* How the numbers of each key lie. (transfer container) (element-type utf8 LathePickleValue) */
static GHashTable *
list_kinds (const LathePickle *pickle)
{
  GHashTable *kinds = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < pickle->values->len; i++)
    {
      const LathePickleValue *value = pickle->values->pdata[i];

      if (value->kind == LATHE_PICKLE_STORAGE)
        g_hash_table_insert (kinds, value->of->text, (gpointer) value);
    }
  return kinds;
}

/* The storage at this place; moves on behind it. */
static gboolean
find_next (TorchFile *file, const LathePickleValue *kind, guint64 *at, GError **error)
{
  LatheSpan place = *file->source;
  guint8 bytes[COUNT];
  guint64 n = 0, size;

  if (!lathe_span_read (file->source, *at, bytes, COUNT))
    return refuse_damaged (error);
  for (guint i = 0; i < COUNT; i++)
    n |= (guint64) bytes[i] << 8 * i;
  *at += COUNT;
  if (!g_uint64_checked_mul (&size, n, lathe_numbers_size (kind->numbers)) || size > file->source->size - *at)
    return refuse_damaged (error);
  place.begin += *at;
  place.size = size;
  *at += size;
  g_hash_table_insert (file->storages, g_strdup (kind->of->text), g_memdup2 (&place, sizeof place));
  return TRUE;
}

static gboolean
find_all (TorchFile *file, LathePickle *pickle, GError **error)
{
  g_autoptr (GHashTable) kinds = list_kinds (pickle);
  const LathePickleValue *keys = lathe_pickle_load (pickle, error);
  guint64 at = lathe_pickle_tell (pickle);

  if (keys == NULL)
    return FALSE;
  if (keys->kind != LATHE_PICKLE_LIST)
    return refuse_damaged (error);
  for (guint i = 0; i < keys->items->len; i++)
    {
      const LathePickleValue *key = keys->items->pdata[i];
      const LathePickleValue *kind = key->kind == LATHE_PICKLE_TEXT ? g_hash_table_lookup (kinds, key->text) : NULL;

      if (kind == NULL)
        return refuse_damaged (error);
      if (!find_next (file, kind, &at, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
list_older (TorchFile *file, GError **error)
{
  g_auto (LathePickle) pickle = {0};
  const LathePickleValue *facts = NULL, *saved, *order;

  lathe_pickle_init (&pickle, file->source);
  for (guint i = 0; i < 3; i++)
    {
      facts = lathe_pickle_load (&pickle, error);
      if (facts == NULL)
        return FALSE;
    }
  order = lathe_pickle_get (facts, "little_endian");
  if (order != NULL && order->number == 0)
    return refuse_order (error);
  saved = lathe_pickle_load (&pickle, error);
  return saved != NULL && find_all (file, &pickle, error) && add_all (file, saved, error);
}

/**
 * lathe_weights_torch_list:
 * @tensors: (element-type LatheWeightsTensor): to which those of the file are added, as places in the source
 *
 * Errors: LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED; a reason.
 */
gboolean
lathe_weights_torch_list (const LatheSpan *source, GArray *tensors, GError **error)
{
  g_autoptr (GHashTable) storages = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  TorchFile file = {.source = source, .tensors = tensors, .storages = storages};
  guint8 head[sizeof magic];

  return lathe_span_read (source, 0, head, sizeof head) && memcmp (head, magic, sizeof magic) == 0
             ? list_older (&file, error)
             : list_archive (&file, error);
}
