/* lathe-input.c: where images enter.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>

#include "lathe-kinds.h"
#include "lathe-step.h"

enum
{
  HEIGHT,
  WIDTH,
  CHANNELS,
  N_PROPERTIES
};

static const LatheProperty properties[N_PROPERTIES] = {
    [HEIGHT] = LATHE_PIXELS_PROPERTY ("height", N_ ("Height"), N_ ("Images are scaled and cropped to this height."), 1,
                                      4096, 128),
    [WIDTH] = LATHE_PIXELS_PROPERTY ("width", N_ ("Width"), N_ ("Images are scaled and cropped to this width."), 1,
                                     4096, 128),
    [CHANNELS] = {.name = "channels",
                  .title = N_ ("Channels"),
                  .help = N_ ("3 for colour, 1 for grey."),
                  .minimum = 1,
                  .maximum = 4096,
                  .fallback = 3},
};

static gboolean
input_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
             GError **error)
{
  *output =
      LATHE_SHAPE_IMAGE ((guint) values->value[HEIGHT], (guint) values->value[WIDTH], (guint) values->value[CHANNELS]);
  return TRUE;
}

static char *
input_summary (const LatheProperties *values)
{
  return g_strdup_printf ("%g×%g×%g", values->value[HEIGHT], values->value[WIDTH], values->value[CHANNELS]);
}

const LatheLayerKind lathe_layer_input = {
    .name = "input",
    .title = N_ ("Input"),
    .help = N_ ("Where images enter the network, all of one size."),
    .formula = N_ ("y = x"),
    .group = LATHE_LAYER_GROUP_INPUT,
    .properties = properties,
    .n_properties = N_PROPERTIES,
    .shape = input_shape,
    .summary = input_summary,
};
