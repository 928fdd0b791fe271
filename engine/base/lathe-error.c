/* lathe-error.c: the one error domain of the engine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-error.h"

G_DEFINE_QUARK (lathe_error_quark, lathe_error)

/**
 * lathe_error_explain:
 * @reason: why; one of another domain is a file of the wrong format
 * @sentence: with a %s for the file's name, and one for the reason
 *
 * Makes a whole sentence of a reason.
 */
void
lathe_error_explain (GError **error, const GError *reason, const char *sentence, const char *path)
{
  g_autofree char *name = g_filename_display_name (path);
  g_autofree char *message = g_strdup_printf (sentence, name, reason->message);

  g_set_error_literal (error, LATHE_ERROR, reason->domain == LATHE_ERROR ? reason->code : LATHE_ERROR_FORMAT, message);
}
