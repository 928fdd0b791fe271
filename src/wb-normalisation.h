/* wb-normalisation.h: what the colours of an image are normalised by: nothing, the data, or given numbers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_NORMALISATION (wb_normalisation_get_type ())
G_DECLARE_FINAL_TYPE (WbNormalisation, wb_normalisation, WB, NORMALISATION, AdwBin)

/* Signal: "changed": the user chose something else. */

/**
 * wb_normalisation_show:
 * @set: what is set
 * @trained: (nullable): what the last training had, whose measured numbers are told
 *
 * Without a signal.
 */
void wb_normalisation_show (WbNormalisation *normalisation, const LathePreprocess *set, const LathePreprocess *trained);
/* What was shown, normalised as it was chosen. */
const LathePreprocess *wb_normalisation_get_preprocess (WbNormalisation *normalisation);

G_END_DECLS
