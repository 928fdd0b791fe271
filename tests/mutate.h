/* mutate.h: sound files, damaged in the ways that programs stumble over.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

guint number_of (const char *variable, guint usual);
gint64 resident_bytes (void);
GByteArray *mutate (GRand *rng, GPtrArray *sound);

G_END_DECLS
