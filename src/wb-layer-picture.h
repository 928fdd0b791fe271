/* wb-layer-picture.h: a small picture of what a layer does.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_LAYER_PICTURE (wb_layer_picture_get_type ())
G_DECLARE_FINAL_TYPE (WbLayerPicture, wb_layer_picture, WB, LAYER_PICTURE, GtkWidget)

/* Of windows that move over an image, of what a norm takes together, of what a dropout leaves out, of a function's
 * curve. Nothing moves unless the user moves it, by pointer or arrow keys. A widget that has nothing to show, or shows
 * a layer that does not work, is not visible. */
void wb_layer_picture_show (WbLayerPicture *picture, const LatheNode *node, const LatheNodeReport *report);
/* A function of numbers by itself, at its defaults, which Tab passes by; NULL: none. */
void wb_layer_picture_show_function (WbLayerPicture *picture, const LatheLayerKind *kind);
/* What is being set is brought out. */
void wb_layer_picture_accent (WbLayerPicture *picture, LatheWindowPart part);

G_END_DECLS
