/* wb-places.h: a list of places, which come and go few at a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A GListModel. Its items say nothing, and are made when they are asked for, so that a hundred thousand cost nothing:
 * what is at a position is asked of whoever derives from this. Signal: "settled": there are as many as there are to be.
 *
 * A view has widgets for hundreds of places, and to make or to drop one takes it a quarter of a millisecond. So where
 * the list becomes much longer or shorter, places that a view has widgets for come and go few at a time: for a moment
 * there are some without anything behind those that have something, or some are missing. */
#define WB_TYPE_PLACES (wb_places_get_type ())
G_DECLARE_DERIVABLE_TYPE (WbPlaces, wb_places, WB, PLACES, GObject)

struct _WbPlacesClass
{
  GObjectClass parent_class;
};

/* A view has widgets for so many places at most (0: there is no view), of which so many may come or go at a time. */
void wb_places_set_view (WbPlaces *places, guint n_widgets, guint at_a_time);
void wb_places_set_n (WbPlaces *places, guint n); /* there are to be so many, soon; they come and go at the end */
void wb_places_settle (WbPlaces *places);         /* now */
/* What is at these positions is another from here on: the places go, and others come. Only when all have settled. */
void wb_places_splice (WbPlaces *places, guint position, guint n_gone, guint n_new);

G_END_DECLS
