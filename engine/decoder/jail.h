/* jail.h: gives up, for good, whatever a helper has no need of.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* At most: what is less already stays so. */
typedef struct
{
  guint64 memory; /* bytes, of addresses */
  guint seconds;  /* of the processor */
} JailLimits;

/**
 * jail_enter:
 * @filtered: (out): whether the system's calls are filtered
 *
 * After it the process can compute, use memory up to a limit, read and write what it has open, and end. It ends when
 * the lifeline closes.
 *
 * Returns: FALSE where even that much cannot be had
 */
gboolean jail_enter (const JailLimits *limits, gboolean *filtered);

G_END_DECLS
