/* lathe-thread.h: threads that work something out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void lathe_threads_give_way (void);
void lathe_thread_give_way (void);
GThread *lathe_thread_new (const char *name, GThreadFunc func, gpointer data);

G_END_DECLS
