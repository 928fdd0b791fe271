/* main.c: the window's program.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>
#include <locale.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "wb-application.h"

int
main (int argc, char *argv[])
{
  g_autoptr (WbApplication) application = NULL;

#ifdef __GLIBC__
  /* Said once, it stays: otherwise the first large images that are freed raise it to megabytes, which then lie idle. */
  mallopt (M_TRIM_THRESHOLD, 128 << 10);
#endif
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LATHE_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  application = wb_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
