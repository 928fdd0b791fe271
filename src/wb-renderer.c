/* wb-renderer.c: with what GTK draws.
 *
 * OpenGL without a graphics processor is a compiler (LLVM) in the program, which takes 60 MB of memory; cairo draws on
 * the same processor without it. GTK starts OpenGL to see what it can do, even where it is not to be drawn with.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-renderer.h"

#include <gtk/gtk.h>
#ifdef __linux__
#include <glob.h>
#endif

/* GTK 4.14 has another variable for it. */
#define VARIABLE (gtk_check_version (4, 14, 0) == NULL ? "GDK_DISABLE" : "GDK_DEBUG")
#define VALUE (gtk_check_version (4, 14, 0) == NULL ? "gl" : "gl-disable")

static gboolean chosen;

static gboolean
has_graphics_processor (void)
{
#ifdef __linux__
  glob_t found = {0};
  gboolean has = glob ("/dev/dri/renderD*", 0, NULL, &found) == 0 || g_file_test ("/dev/nvidiactl", G_FILE_TEST_EXISTS);

  globfree (&found);
  return has;
#else
  return TRUE;
#endif
}

void
wb_renderer_choose (void)
{
  if (g_getenv ("GSK_RENDERER") && !g_str_equal (g_getenv ("GSK_RENDERER"), "cairo"))
    return;
  chosen = !g_getenv (VARIABLE) && !has_graphics_processor ();
  if (chosen)
    g_setenv (VARIABLE, VALUE, FALSE);
}

void
wb_renderer_is_chosen (void)
{
  if (chosen)
    g_unsetenv (VARIABLE);
}
