/* wb-more-epochs.h: a button that gives a training that has ended more epochs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define WB_TYPE_MORE_EPOCHS (wb_more_epochs_get_type ())
G_DECLARE_FINAL_TYPE (WbMoreEpochs, wb_more_epochs, WB, MORE_EPOCHS, AdwBin)

/* Signal: "wanted" (guint n_epochs). */

G_END_DECLS
