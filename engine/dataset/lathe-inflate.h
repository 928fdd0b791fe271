/* lathe-inflate.h: what was compressed, unpacked up to a limit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Each returns NULL with a reason of a few words. (transfer full) (array length=size) */

/* A raw stream (RFC 1951), which must give `size` bytes exactly. */
guint8 *lathe_inflate (const guint8 *packed, gsize n_packed, gsize size, GError **error);

/* Gzip files (RFC 1952), one after another, up to `limit` bytes of them together. */
guint8 *lathe_gunzip (const guint8 *packed, gsize n_packed, gsize limit, gsize *size, GError **error);

gboolean lathe_is_gzip (const guint8 *bytes, gsize n);

G_END_DECLS
