/* lathe-augmentation-list.h: augmentations as a person types them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-hyperparameters.h"

G_BEGIN_DECLS

gboolean lathe_augmentation_list_read (const char *list, LatheHyperparameters *hyperparameters, GError **error);

G_END_DECLS
