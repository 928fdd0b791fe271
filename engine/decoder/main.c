/* main.c: lathe-decoder, the program in which pictures are decoded, and other programs' models read. It is started by
 * others: see lathe-helper.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>
#include <locale.h>
#include <string.h>
#include <sys/socket.h>

#include "base/lathe-helper.h"
#include "jobs.h"

static GLogWriterOutput
drop_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  return G_LOG_WRITER_HANDLED;
}

static void
load_translations (void)
{
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LATHE_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  /* A catalogue is opened when it is first asked for something, which is too late in the jail. */
  g_dgettext (GETTEXT_PACKAGE, "truncated");
  g_dgettext ("gdk-pixbuf", "Failed to load image");
}

gboolean
say (gconstpointer message, gsize size)
{
  return send (LATHE_HELPER_SOCKET, message, size, MSG_NOSIGNAL) == (gssize) size;
}

gboolean
say_hello (gboolean filtered)
{
  const LatheHelperHello hello = {.version = LATHE_VERSION, .filtered = filtered};

  return say (&hello, sizeof hello);
}

int
main (int argc, char **argv)
{
  g_log_set_writer_func (drop_log, NULL, NULL);
  load_translations ();
  return (argc > 1 ? read_model (argv[1]) : decode_pictures ()) ? 0 : 1;
}
