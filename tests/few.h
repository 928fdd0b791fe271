/* few.h: a few of the samples, where what happens matters and not what is learned.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"

G_BEGIN_DECLS

/* Copies the first `n` images of each class into a new folder; few_free() removes it. */
LatheDataset *few_new (guint n);
void few_free (LatheDataset *few);
/* A preset's network for these images, that has learned nothing: its weights are drawn, the same each time. (transfer
 * full) */
LatheModel *few_model (LatheDataset *few, const char *preset);

G_END_DECLS
