/* wb-renderer.h: with what GTK draws.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Before GTK is there: where the machine has no graphics processor, it draws without OpenGL. What a person has set in
 * the environment counts for more. */
void wb_renderer_choose (void);

/* GTK has begun: programs that are started from here are not told. */
void wb_renderer_is_chosen (void);

G_END_DECLS
