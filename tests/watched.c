/* watched.c: processes, looked at from outside.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "watched.h"

#include <stdlib.h>
#include <string.h>

/* A line of /proc/PID/status. (transfer full) (nullable) */
char *
status_of (pid_t pid, const char *name)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", (int) pid);
  g_autofree char *start = g_strdup_printf ("%s:\t", name);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], start))
      return g_strdup (lines[i] + strlen (start));
  return NULL;
}

gboolean
is_alive (pid_t pid)
{
  g_autofree char *state = status_of (pid, "State");
  return state != NULL && state[0] != 'Z' && state[0] != 'X';
}

/* (element-type int) (transfer full) */
GArray *
helpers_of (pid_t parent)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (proc)) != NULL)
    {
      int pid = atoi (name);
      g_autofree char *owner = pid > 0 ? status_of (pid, "PPid") : NULL;
      g_autofree char *called = pid > 0 ? status_of (pid, "Name") : NULL;
      if (owner != NULL && atoi (owner) == parent && g_strcmp0 (called, "lathe-decoder") == 0 && is_alive (pid))
        g_array_append_val (pids, pid);
    }
  return pids;
}

/* Not as long as it would take to do its work to its end. */
gboolean
wait_until_gone (pid_t pid)
{
  for (guint i = 0; i < 50 && is_alive (pid); i++)
    g_usleep (10000);
  return !is_alive (pid);
}
