/* watched.h: processes, looked at from outside.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

char *status_of (pid_t pid, const char *name);
gboolean is_alive (pid_t pid);
GArray *helpers_of (pid_t parent);
gboolean wait_until_gone (pid_t pid);

G_END_DECLS
