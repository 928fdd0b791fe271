/* wb-augmentation.h: what training may do to an image, as a list of switches.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_AUGMENTATION (wb_augmentation_get_type ())
G_DECLARE_FINAL_TYPE (WbAugmentation, wb_augmentation, WB, AUGMENTATION, AdwBin)

/* Signal: "changed": the user chose another amount. */

void wb_augmentation_show (WbAugmentation *augmentation, const LatheHyperparameters *values); /* without a signal */
const LatheHyperparameters *wb_augmentation_get_values (WbAugmentation *augmentation);

G_END_DECLS
