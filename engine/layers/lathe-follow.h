/* lathe-follow.h: what a layer does for those that follow it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-step.h"

G_BEGIN_DECLS

/* For a layer that leads, on `n` rows of its output from `first` on: when they have just been written, at y; and
 * before their gradient is read. */
void lathe_follow (LatheStep *step, LatheReal *y, gsize first, gsize n);
void lathe_unfollow (LatheStep *step, gsize first, gsize n);

/* The gradient of image rows of a step without dy. */
void lathe_unfollow_piece (const LatheStep *step, LatheReal *dy, gsize first, gsize n);

/* Tiles that all rows of all samples are cut into: where one begins, and how many rows it has. */
guint lathe_rows_n_tiles (const LatheStep *step);
gsize lathe_rows_tile (const LatheStep *step, guint index, gsize *first);

/* All rows of a layer that has but forward_rows() and backward_rows(); and no more than lathe_unfollow(). */
void lathe_rows_forward (LatheStep *step);
void lathe_rows_backward (LatheStep *step);
void lathe_rows_unfollow (LatheStep *step);

G_END_DECLS
