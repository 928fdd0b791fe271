/* lathe-reshape.c: the same numbers in the same order, as an image of another shape. Nothing moves.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"
#include "lathe-kinds.h"

enum
{
  HEIGHT,
  WIDTH,
  CHANNELS,
  N_PROPERTIES
};

static const LatheProperty properties[N_PROPERTIES] = {
    [HEIGHT] = LATHE_PIXELS_PROPERTY ("height", N_ ("Height"), N_ ("The new height; 0: whatever is left."), 0, 4096, 1),
    [WIDTH] = LATHE_PIXELS_PROPERTY ("width", N_ ("Width"), N_ ("The new width; 0: whatever is left."), 0, 4096, 1),
    [CHANNELS] = {.name = "channels",
                  .title = N_ ("Channels"),
                  .help = N_ ("The new number of channels; 0: whatever is left."),
                  .minimum = 0,
                  .maximum = 1048576,
                  .fallback = 0},
};

static gboolean
reshape_shape (const LatheProperties *values, const LatheShape *inputs, guint n_inputs, LatheShape *output,
               GError **error)
{
  gsize size = lathe_shape_size (&inputs[0]), known = 1;
  guint unknown = N_PROPERTIES;

  *output = LATHE_SHAPE_IMAGE (0, 0, 0);
  for (guint i = 0; i < N_PROPERTIES; i++)
    {
      output->dim[i] = (guint) values->value[i];
      if (output->dim[i] > 0)
        known *= output->dim[i];
      else if (unknown < N_PROPERTIES)
        {
          g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                               _ ("only one of height, width and channels can be whatever is left"));
          return FALSE;
        }
      else
        unknown = i;
    }
  if (unknown < N_PROPERTIES && size % known == 0)
    output->dim[unknown] = (guint) (size / known);
  else if (known != size)
    {
      g_autofree char *came = lathe_shape_to_string (&inputs[0]);

      g_set_error (
          error, LATHE_ERROR, LATHE_ERROR_SHAPE,
          _ ("%s is %zu numbers, which %.0f×%.0f×%.0f cannot hold: set one of them to 0, for whatever is left"), came,
          size, values->value[HEIGHT], values->value[WIDTH], values->value[CHANNELS]);
      return FALSE;
    }
  return TRUE;
}

static char *
reshape_summary (const LatheProperties *values)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < N_PROPERTIES; i++)
    if (values->value[i] > 0)
      g_string_append_printf (text, i > 0 ? "×%.0f" : "%.0f", values->value[i]);
    else
      g_string_append (text, i > 0 ? "×…" : "…");
  return g_string_free (text, FALSE);
}

const LatheLayerKind lathe_layer_reshape = {
    .name = "reshape",
    .title = N_ ("Reshape"),
    .help = N_ ("Lays the same numbers out as an image of another height, width and depth."),
    .formula = N_ ("y = x, in another shape"),
    .gradient = N_ ("∂L/∂x = δ"),
    .group = LATHE_LAYER_GROUP_SHAPE,
    .properties = properties,
    .n_properties = N_PROPERTIES,
    .min_inputs = 1,
    .max_inputs = 1,
    .view = TRUE,
    .shape = reshape_shape,
    .summary = reshape_summary,
};
