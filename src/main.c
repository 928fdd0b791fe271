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
#include "wb-renderer.h"

int
main (int argc, char *argv[])
{
  g_autoptr (WbApplication) application = NULL;

#ifdef __GLIBC__
  /* What is drawn in a frame comes from memory that is at hand: to map it anew, page by page, takes longer than to
   * draw. Said once, both stay: otherwise the first large images that are freed raise them, and tens of megabytes lie
   * idle. */
  mallopt (M_MMAP_THRESHOLD, 4 << 20);
  mallopt (M_TRIM_THRESHOLD, 2 << 20);
  /* Of the many threads, few allocate at once; each heap keeps something idle. */
  mallopt (M_ARENA_MAX, 4);
#endif
  wb_renderer_choose ();
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LATHE_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  application = wb_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
