/* wb-proposal-window.h: groups of images that look alike, to be named and made classes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-insight.h"

G_BEGIN_DECLS

#define WB_TYPE_PROPOSAL_WINDOW (wb_proposal_window_get_type ())
G_DECLARE_FINAL_TYPE (WbProposalWindow, wb_proposal_window, WB, PROPOSAL_WINDOW, AdwWindow)

/* Signal: "accepted": the groups are to be classes. `label`: the class to be divided; -1: all images. */
GtkWidget *wb_proposal_window_new (GtkWindow *parent, WbInsight *insight, int label);

/* What was accepted: each image to the class that its group was named. Groups of one name are one class, and one
 * without a name stays where it is. Returns: how many images that were, and in how many classes they are. */
guint wb_proposal_window_apply (WbProposalWindow *window, LatheEdits *edits, guint *n_classes);

G_END_DECLS
