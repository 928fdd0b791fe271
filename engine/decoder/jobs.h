/* jobs.h: what a helper may be there for, and how it speaks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Each locks itself in, says hello, and does its work. Returns: whether that went well */
gboolean decode_pictures (void);
gboolean read_model (const char *format);

/* In main.c. */
gboolean say (gconstpointer message, gsize size);
gboolean say_hello (gboolean filtered);

G_END_DECLS
