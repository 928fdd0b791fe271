/* byte-file.h: bytes as a file, for readers that take a path.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

const char *byte_file (const guint8 *bytes, gsize n);

G_END_DECLS
