/* wb-canvas.h: a network as a drawing that can be edited: a card for each layer, a line for who feeds whom.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "lathe.h"
#include "wb-layout.h"
#include "wb-part.h"
#include "wb-viewport.h"

G_BEGIN_DECLS

#define WB_TYPE_CANVAS (wb_canvas_get_type ())
G_DECLARE_FINAL_TYPE (WbCanvas, wb_canvas, WB, CANVAS, GtkWidget)

/* Properties: "menu-model" (GMenuModel: what can be done with what is selected, by the actions below), "flow" (string,
 * "down" or "right": which way data flows).
 * Signals: "edited" (LatheGraph *graph): what is shown was changed, in a copy that is for the listener to show or to
 * refuse; "selection-changed"; "activated": the selected layer is to be looked at closely; "choose" (GdkRectangle
 * *place, const char *typed): a layer is to be chosen for wb_canvas_add(), near that place, by what was typed;
 * "refused" (const char *reason): what was tried cannot be done; "told" (const char *text): what became of a file that
 * was saved, where that is worth saying; "view-changed": another part of the drawing is seen, or another drawing.
 * Actions: canvas.add, .remove, .cut, .copy, .paste, .duplicate, .select-all, .group, .ungroup, .toggle-group,
 * .connect, .disconnect, .arrange, .zoom-in, .zoom-out, .actual-size, .fit, .menu, .save-png, .save-svg, .save-pdf,
 * .flow (the property).
 */

/**
 * wb_canvas_show:
 * @graph: is copied
 * @report: of the graph; the caller's, who keeps it until the next call
 *
 * Shows a network. What was selected stays so where it is still there, and so does the part that is seen.
 */
void wb_canvas_show (WbCanvas *self, const LatheGraph *graph, const LatheGraphReport *report);
void wb_canvas_show_beginning (WbCanvas *self); /* of a network that has nothing to do with the one before */

const LatheGraph *wb_canvas_get_graph (WbCanvas *self); /* (nullable) that is shown */

/* The layer that keys and inspector mean: a node's index, or -1. */
int wb_canvas_get_cursor (WbCanvas *self);
gboolean wb_canvas_is_selected (WbCanvas *self, guint node);
/* Selects these nodes alone, the first being the cursor, and brings that into sight. */
void wb_canvas_select (WbCanvas *self, const guint *nodes, guint n);
/* Selects a new layer or block: on the edge or at the place for which "choose" was emitted last; otherwise behind the
 * cursor. */
void wb_canvas_add (WbCanvas *self, const WbPart *part);
void wb_canvas_forget_place (WbCanvas *self); /* "choose" comes to nothing */
/* Moves the cursor's layer past its neighbour in a chain: -1 towards the input, 1 away from it. */
gboolean wb_canvas_move_in_chain (WbCanvas *self, int step);

/* (transfer none) What can be done, to be inserted as "canvas" in what is around it. */
GActionGroup *wb_canvas_get_actions (WbCanvas *self);
/* The keys of the canvas that mean the selection, for a widget that shows the same one, and has the actions. */
void wb_canvas_lend_keys (WbCanvas *self, GtkWidget *widget);

/* For a map of it. The layout is NULL before there is a network, and while one that is large is given its places. */
const WbLayout *wb_canvas_get_layout (WbCanvas *self);
const WbViewport *wb_canvas_get_view (WbCanvas *self);
void wb_canvas_centre_on (WbCanvas *self, WbPoint point);
gboolean wb_canvas_is_broken (WbCanvas *self, guint card); /* the card that is this node of the layout */

G_END_DECLS
