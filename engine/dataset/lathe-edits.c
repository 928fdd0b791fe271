/* lathe-edits.c: what a person decided about the images of a source.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-edits-private.h"

#include "base/lathe-json.h"
#include "lathe-dataset-private.h"

static void
release (gpointer string)
{
  g_ref_string_release (string);
}

LatheEdits *
lathe_edits_new (void)
{
  LatheEdits *edits = g_new0 (LatheEdits, 1);

  edits->excluded = g_hash_table_new_full (g_str_hash, g_str_equal, release, NULL);
  edits->labels = g_hash_table_new_full (g_str_hash, g_str_equal, release, release);
  edits->added = g_hash_table_new_full (g_str_hash, g_str_equal, release, release);
  edits->joined = g_hash_table_new_full (g_str_hash, g_str_equal, release, NULL);
  edits->kept = g_hash_table_new_full (g_str_hash, g_str_equal, release, NULL);
  return edits;
}

void
lathe_edits_free (LatheEdits *edits)
{
  if (edits == NULL)
    return;
  g_hash_table_unref (edits->excluded);
  g_hash_table_unref (edits->labels);
  g_hash_table_unref (edits->added);
  g_hash_table_unref (edits->joined);
  g_hash_table_unref (edits->kept);
  g_free (edits);
}

static void
copy_strings (GHashTable *from, GHashTable *to)
{
  GHashTableIter iterator;
  gpointer key, value;

  g_hash_table_iter_init (&iterator, from);
  while (g_hash_table_iter_next (&iterator, &key, &value))
    g_hash_table_insert (to, g_ref_string_acquire (key), g_ref_string_acquire (value));
}

static void
copy_names (GHashTable *from, GHashTable *to)
{
  GHashTableIter iterator;
  gpointer key;

  g_hash_table_iter_init (&iterator, from);
  while (g_hash_table_iter_next (&iterator, &key, NULL))
    g_hash_table_add (to, g_ref_string_acquire (key));
}

LatheEdits *
lathe_edits_copy (const LatheEdits *edits)
{
  LatheEdits *copy = lathe_edits_new ();
  GHashTableIter iterator;
  gpointer key, value;

  g_return_val_if_fail (edits != NULL, NULL);

  copy_strings (edits->labels, copy->labels);
  copy_strings (edits->added, copy->added);
  copy_names (edits->excluded, copy->excluded);
  copy_names (edits->kept, copy->kept);
  g_hash_table_iter_init (&iterator, edits->joined);
  while (g_hash_table_iter_next (&iterator, &key, &value))
    g_hash_table_insert (copy->joined, g_ref_string_acquire (key), value);
  copy->n_joined = edits->n_joined;
  return copy;
}

static gboolean
equal_names (GHashTable *a, GHashTable *b)
{
  GHashTableIter iterator;
  gpointer key;

  if (g_hash_table_size (a) != g_hash_table_size (b))
    return FALSE;
  g_hash_table_iter_init (&iterator, a);
  while (g_hash_table_iter_next (&iterator, &key, NULL))
    if (!g_hash_table_contains (b, key))
      return FALSE;
  return TRUE;
}

/* Keys, and what strings they stand for. */
static gboolean
equal_strings (GHashTable *a, GHashTable *b)
{
  GHashTableIter iterator;
  gpointer key, value, other;

  if (g_hash_table_size (a) != g_hash_table_size (b))
    return FALSE;
  g_hash_table_iter_init (&iterator, a);
  while (g_hash_table_iter_next (&iterator, &key, &value))
    if (!g_hash_table_lookup_extended (b, key, NULL, &other) || !g_str_equal (value, other))
      return FALSE;
  return TRUE;
}

/* Each number of one stands for one number of the other. As both name the same images in as many sets, one way is
 * enough. */
static gboolean
equal_sets (GHashTable *a, GHashTable *b)
{
  g_autoptr (GHashTable) of_a = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) of_b = g_hash_table_new (NULL, NULL);
  GHashTableIter iterator;
  gpointer key, value, other;

  if (g_hash_table_size (a) != g_hash_table_size (b))
    return FALSE;
  g_hash_table_iter_init (&iterator, a);
  while (g_hash_table_iter_next (&iterator, &key, &value))
    {
      gpointer mate;

      if (!g_hash_table_lookup_extended (b, key, NULL, &other))
        return FALSE;
      mate = g_hash_table_lookup (of_a, value);
      if (mate != NULL && mate != other)
        return FALSE;
      mate = g_hash_table_lookup (of_b, other);
      if (mate != NULL && mate != value)
        return FALSE;
      g_hash_table_insert (of_a, value, other);
      g_hash_table_insert (of_b, other, value);
    }
  return TRUE;
}

gboolean
lathe_edits_equal (const LatheEdits *a, const LatheEdits *b)
{
  g_return_val_if_fail (a != NULL && b != NULL, FALSE);

  return a == b ||
         (equal_names (a->excluded, b->excluded) && equal_strings (a->labels, b->labels) &&
          equal_strings (a->added, b->added) && equal_sets (a->joined, b->joined) && equal_names (a->kept, b->kept));
}

/* Every image asks, and most edits say nothing: then a name is not worth the hashing. */
static gboolean
has_any (GHashTable *table)
{
  return g_hash_table_size (table) > 0;
}

gboolean
lathe_edits_is_empty (const LatheEdits *edits)
{
  g_return_val_if_fail (edits != NULL, TRUE);

  return !has_any (edits->excluded) && !has_any (edits->labels) && !has_any (edits->added) &&
         !has_any (edits->joined) && !has_any (edits->kept);
}

void
lathe_edits_set_excluded (LatheEdits *edits, const char *name, gboolean excluded)
{
  g_return_if_fail (edits != NULL && name != NULL);

  if (excluded)
    g_hash_table_add (edits->excluded, g_ref_string_new (name));
  else
    g_hash_table_remove (edits->excluded, name);
}

gboolean
lathe_edits_get_excluded (const LatheEdits *edits, const char *name)
{
  g_return_val_if_fail (edits != NULL && name != NULL, FALSE);

  return has_any (edits->excluded) && g_hash_table_contains (edits->excluded, name);
}

/* class_name, UTF-8, may be one that the source does not have. NULL: the one that the source says. */
void
lathe_edits_set_label (LatheEdits *edits, const char *name, const char *class_name)
{
  g_return_if_fail (edits != NULL && name != NULL);
  g_return_if_fail (class_name == NULL || (*class_name != '\0' && g_utf8_validate (class_name, -1, NULL)));

  if (class_name != NULL)
    g_hash_table_insert (edits->labels, g_ref_string_new (name), g_ref_string_new (class_name));
  else
    g_hash_table_remove (edits->labels, name);
}

/* (nullable) */
const char *
lathe_edits_get_label (const LatheEdits *edits, const char *name)
{
  g_return_val_if_fail (edits != NULL && name != NULL, NULL);

  return has_any (edits->labels) ? g_hash_table_lookup (edits->labels, name) : NULL;
}

/* An image, or a folder or an archive of images, from anywhere; absolute. It is not copied: it stays where it is. */
void
lathe_edits_add (LatheEdits *edits, const char *path, const char *class_name)
{
  g_return_if_fail (edits != NULL && path != NULL && g_path_is_absolute (path));
  g_return_if_fail (class_name != NULL && *class_name != '\0' && g_utf8_validate (class_name, -1, NULL));

  g_hash_table_insert (edits->added, g_ref_string_new (path), g_ref_string_new (class_name));
}

/* What was added, by that very path. */
void
lathe_edits_remove (LatheEdits *edits, const char *path)
{
  g_return_if_fail (edits != NULL && path != NULL);

  g_hash_table_remove (edits->added, path);
}

/* (transfer container) (element-type filename): sorted */
GPtrArray *
lathe_edits_sort (GHashTable *table)
{
  GPtrArray *keys = g_ptr_array_new ();
  GHashTableIter iterator;
  gpointer key;

  g_hash_table_iter_init (&iterator, table);
  while (g_hash_table_iter_next (&iterator, &key, NULL))
    g_ptr_array_add (keys, key);
  g_ptr_array_sort (keys, lathe_compare_names);
  return keys;
}

/* These images are on one side of the split together from now on, with all that they were joined with before. */
void
lathe_edits_join (LatheEdits *edits, const char *const *names)
{
  g_autoptr (GHashTable) before = g_hash_table_new (NULL, NULL);
  GHashTableIter iterator;
  gpointer set, value;

  g_return_if_fail (edits != NULL && names != NULL);

  set = GUINT_TO_POINTER (++edits->n_joined);
  for (guint i = 0; names[i] != NULL; i++)
    {
      gpointer old = g_hash_table_lookup (edits->joined, names[i]);

      if (old != NULL)
        g_hash_table_add (before, old);
      g_hash_table_insert (edits->joined, g_ref_string_new (names[i]), set);
    }
  g_hash_table_iter_init (&iterator, edits->joined);
  while (g_hash_table_size (before) > 0 && g_hash_table_iter_next (&iterator, NULL, &value))
    if (g_hash_table_contains (before, value))
      g_hash_table_iter_replace (&iterator, set);
}

/* The number of the set that it was joined with, from 1; 0: of none. */
guint
lathe_edits_get_joined (const LatheEdits *edits, const char *name)
{
  g_return_val_if_fail (edits != NULL && name != NULL, 0);

  return has_any (edits->joined) ? GPOINTER_TO_UINT (g_hash_table_lookup (edits->joined, name)) : 0;
}

/* (transfer full): the same for the same images in any order */
static char *
make_key (const char *flaw, const char *const *names)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  GString *key = g_string_new (flaw);

  for (guint i = 0; names[i] != NULL; i++)
    g_ptr_array_add (sorted, (gpointer) names[i]);
  g_ptr_array_sort (sorted, lathe_compare_names);
  for (guint i = 0; i < sorted->len; i++)
    {
      g_autofree char *name = lathe_json_escape (sorted->pdata[i]);

      g_string_append_printf (key, "\n%s", name);
    }
  return g_string_free (key, FALSE);
}

/**
 * lathe_edits_set_kept:
 * @flaw: its name, one line
 * @names: all images that have it together
 * @kept: whether this is all right as it is, and need not be named any more
 *
 * See lathe_finding_keep().
 */
void
lathe_edits_set_kept (LatheEdits *edits, const char *flaw, const char *const *names, gboolean kept)
{
  g_autofree char *key = NULL;

  g_return_if_fail (edits != NULL && flaw != NULL && names != NULL);

  key = make_key (flaw, names);
  if (kept)
    g_hash_table_add (edits->kept, g_ref_string_new (key));
  else
    g_hash_table_remove (edits->kept, key);
}

gboolean
lathe_edits_get_kept (const LatheEdits *edits, const char *flaw, const char *const *names)
{
  g_autofree char *key = NULL;

  g_return_val_if_fail (edits != NULL && flaw != NULL && names != NULL, FALSE);

  if (!has_any (edits->kept))
    return FALSE;
  key = make_key (flaw, names);
  return g_hash_table_contains (edits->kept, key);
}
