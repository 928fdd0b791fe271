/* lathe-flatten.c: an image becomes a vector. Nothing moves: in memory it is one already.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "lathe-kinds.h"
#include "lathe-step.h"

static gboolean
flatten_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
               GError **error)
{
  *output = LATHE_SHAPE_VECTOR ((guint) lathe_shape_size (&inputs[0]));
  return TRUE;
}

const LatheLayerKind lathe_layer_flatten = {
    .name = "flatten",
    .title = N_ ("Flatten"),
    .help = N_ ("Lays all numbers of an image out as one long vector, as dense layers need it."),
    .formula = N_ ("y = x, in a row"),
    .gradient = N_ ("∂L/∂x = δ"),
    .group = LATHE_LAYER_GROUP_SHAPE,
    .min_inputs = 1,
    .max_inputs = 1,
    .channels = LATHE_CHANNELS_KEPT,
    .view = TRUE,
    .shape = flatten_shape,
};
