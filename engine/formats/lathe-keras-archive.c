/* lathe-keras-archive.c: what is in a .keras file, and what it is called there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-keras-archive.h"

/* A word begins at a capital letter with small ones behind it, and at one behind a small one. */
static char *
to_words (const char *class)
{
  GString *name = g_string_new (NULL);

  for (const char *c = class; *c != '\0'; c++)
    {
      gboolean capital = g_ascii_isupper (*c), behind = c > class;

      if (capital && behind && (g_ascii_islower (c[1]) || g_ascii_islower (c[-1])))
        g_string_append_c (name, '_');
      g_string_append_c (name, g_ascii_tolower (*c));
    }
  return g_string_free (name, FALSE);
}

/**
 * lathe_keras_archive_name:
 * @classes: (element-type utf8 guint): how many layers of each class there have been; empty to begin with
 * @class: “BatchNormalization”; must outlive the table
 *
 * Returns: (transfer full): what the weights of the next layer are called: “batch_normalization_1”
 */
char *
lathe_keras_archive_name (GHashTable *classes, const char *class)
{
  g_autofree char *words = to_words (class);
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (classes, class));

  g_hash_table_insert (classes, (gpointer) class, GUINT_TO_POINTER (n + 1));
  return n > 0 ? g_strdup_printf ("%s_%u", words, n) : g_steal_pointer (&words);
}

/**
 * lathe_archive_is_keras:
 * @head: the first bytes of a file
 *
 * Returns: whether it is an archive that begins with one of the files that Keras puts into one
 */
gboolean
lathe_archive_is_keras (const guint8 *head, gsize n)
{
  return lathe_archive_begins_with (head, n, LATHE_KERAS_METADATA) ||
         lathe_archive_begins_with (head, n, LATHE_KERAS_CONFIG) ||
         lathe_archive_begins_with (head, n, LATHE_KERAS_WEIGHTS);
}
