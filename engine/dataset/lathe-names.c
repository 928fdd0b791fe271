/* lathe-names.c: names for classes that are numbers in their files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-dataset-private.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

void
lathe_names_clear (LatheNames *names)
{
  g_clear_pointer (&names->lines, g_strfreev);
  g_clear_pointer (&names->path, g_free);
}

static char *
find_file (const LatheListing *top, const char *name)
{
  for (guint i = 0; i < top->files->len; i++)
    {
      g_autofree char *base = g_path_get_basename (g_ptr_array_index (top->files, i));
      if (g_ascii_strcasecmp (base, name) == 0)
        return g_strdup (g_ptr_array_index (top->files, i));
    }
  return NULL;
}

/* The text's lines without the empty ones at its end, or NULL where two are the same or one is empty. */
static char **
read_lines (char *text, guint *n)
{
  g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", -1);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  *n = g_strv_length (lines);
  for (guint i = 0; i < *n; i++)
    if (*g_strstrip (lines[i]) == '\0' || !g_hash_table_add (seen, lines[i]))
      return NULL;
  return g_steal_pointer (&lines);
}

void
lathe_names_read (LatheNames *names, LatheWalk *walk, const LatheTree *tree, const LatheListing *top, const char *name)
{
  g_autofree char *path = names->lines == NULL ? find_file (top, name) : NULL;
  g_autoptr (GError) reason = NULL;

  if (path == NULL)
    return;
  g_autofree char *text = lathe_tree_read_text (tree, path, &reason);
  names->lines = text != NULL ? read_lines (text, &names->n) : NULL;
  if (names->lines != NULL)
    names->path = g_steal_pointer (&path);
  else
    lathe_walk_add_problem (
        walk, path, reason != NULL ? reason->message : _ ("not a list of names, each of its own and one a line"));
}

void
lathe_names_want (LatheNames *names, guint label)
{
  names->most = MAX (names->most, label);
}

const char *
lathe_names_get (LatheNames *names, guint label)
{
  int digits = names->most < 10 ? 1 : names->most < 100 ? 2 : 3;

  if (names->lines != NULL && names->most < names->n)
    return names->lines[label];
  g_snprintf (names->number, sizeof names->number, "%0*u", digits, label);
  return names->number;
}

void
lathe_names_check (const LatheNames *names, LatheWalk *walk)
{
  if (names->lines == NULL || names->most < names->n)
    return;
  g_autofree char *reason = g_strdup_printf (_ ("names %u classes, and there are %u: their numbers stand for them"),
                                             names->n, names->most + 1);
  lathe_walk_add_problem (walk, names->path, reason);
}
