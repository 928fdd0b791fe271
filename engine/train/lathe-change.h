/* lathe-change.h: what was changed of a training while it went on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <json-glib/json-glib.h>

#include "lathe-hyperparameters.h"

G_BEGIN_DECLS

#define LATHE_CHANGE_FROZEN "frozen" /* the name of a change that is about a layer */

/* One change, made between two steps. With the seed and what a training began with, its changes decide every bit. */
typedef struct
{
  guint64 step;      /* so many steps of all epochs were done */
  double epoch;      /* the same as a place on the curves: 1.25 is a quarter into the second epoch */
  const char *name;  /* of a hyperparameter, or LATHE_CHANGE_FROZEN; lives for ever */
  const char *layer; /* that is frozen, or learns again; NULL: it is about a hyperparameter; lives for ever */
  double from, to;   /* of a choice its number */
} LatheChange;

gboolean lathe_change_is_possible (const char *hyperparameter);
gboolean lathe_change_make (LatheChange *change, const char *name, const char *layer);
char *lathe_change_describe (const LatheChange *change);
void lathe_changes_write (const GArray *changes, JsonBuilder *builder);
gboolean lathe_changes_read (JsonNode *array, GArray *changes);
void lathe_changes_apply (const GArray *changes, LatheHyperparameters *hyperparameters);
guint64 lathe_changes_find_restart (const GArray *changes, guint64 steps_per_epoch);

G_END_DECLS
