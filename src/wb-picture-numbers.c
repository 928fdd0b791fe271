/* wb-picture-numbers.c: which numbers of an image a layer takes together, and which it leaves out.
 *
 * Each image is a table with a row for each pixel and a column for each channel.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>
#include <math.h>

#include "wb-layer-picture-private.h"
#include "wb-text.h"

#define CELL 9.0
#define CHANNELS 8 /* that are shown at most */
#define PIXELS 4
#define IMAGES 3
#define APART 14.0 /* images */

static guint
n_channels (const LatheShape *shape)
{
  return shape->dim[shape->rank - 1];
}

static guint
shown_channels (const LatheShape *shape)
{
  return MIN (n_channels (shape), CHANNELS);
}

static guint
shown_pixels (const LatheShape *shape)
{
  gsize pixels = lathe_shape_size (shape) / n_channels (shape);

  return (guint) MIN (pixels, PIXELS);
}

static void
write_below (const WbPen *pen, const char *text, double middle, double top)
{
  wb_pen_use (pen, &pen->style->foreground, 0.7);
  wb_pen_write (pen, text, middle, top + WB_PICTURE_LABEL / 2, 0.5);
}

/* --- What a norm takes together --- */

static LatheNormSet
norm_set (WbLayerPicture *self)
{
  LatheNormSet set;

  self->kind->norm (&self->properties, &self->input, &set);
  return set;
}

/* Of so many shown channels, how many are of one set; never all or none if they are not. */
static guint
shown_of_set (const LatheShape *shape, guint channels)
{
  guint all = n_channels (shape), shown = shown_channels (shape);
  guint part = (guint) round ((double) channels * shown / all);

  return channels >= all ? shown : CLAMP (part, 1, MAX (shown, 2) - 1);
}

static double
measure_norm (WbLayerPicture *self, double width)
{
  return shown_pixels (&self->input) * CELL + WB_PICTURE_LABEL + 6;
}

static void
draw_norm (WbLayerPicture *self, const WbPen *pen, double width, double height)
{
  LatheNormSet set = norm_set (self);
  guint channels = shown_channels (&self->input), pixels = shown_pixels (&self->input);
  guint together = shown_of_set (&self->input, set.channels);
  double image = channels * CELL, left = floor ((width - IMAGES * image - (IMAGES - 1) * APART) / 2);

  for (guint i = 0; i < IMAGES; i++, left += image + APART)
    {
      g_autofree char *label = g_strdup_printf (_ ("Image %u"), i + 1);

      for (guint row = 0; row < pixels; row++)
        for (guint column = 0; column < channels; column++)
          {
            gboolean inside = column < together && (set.all_pixels || row == 0) && (set.all_samples || i == 0);

            wb_picture_cell (pen, inside ? &self->accent : &pen->style->foreground, inside ? 1 : 0.12,
                             left + column * CELL, 3 + row * CELL, CELL);
          }
      write_below (pen, label, left + image / 2, 3 + pixels * CELL);
    }
}

static char *
describe_norm (WbLayerPicture *self)
{
  LatheNormSet set = norm_set (self);
  gboolean image = self->input.rank == 3;

  if (set.all_samples)
    return g_strdup (image
                         ? _ ("One mean and variance for each channel: of all its pixels, in all images of the batch.")
                         : _ ("One mean and variance for each number: of all images of the batch."));
  if (!image)
    return g_strdup_printf (_ ("One mean and variance for each group of %u numbers of an image."), set.channels);
  if (set.all_pixels)
    return g_strdup_printf (_ ("One mean and variance for each group of %u channels of an image: of all their pixels."),
                            set.channels);
  return g_strdup_printf (_ ("One mean and variance for each pixel of an image: of all its %u channels."),
                          set.channels);
}

const WbPicture wb_picture_norm = {
    .title = N_ ("What has one mean and variance"),
    .measure = measure_norm,
    .draw = draw_norm,
    .describe = describe_norm,
};

/* --- What is left out --- */

static LatheLeftOut
left_out (WbLayerPicture *self)
{
  LatheLeftOut left_out;

  self->kind->left_out (&self->properties, &left_out);
  return left_out;
}

/* Which come first when so many of n are left out: 29 has no factor in common with either of the numbers of cells. */
static gboolean
is_out (guint i, guint n, double share)
{
  return i * 29 % n < (guint) round (share * n);
}

static void
draw_number (WbLayerPicture *self, const WbPen *pen, gboolean out, double x, double y)
{
  if (!out)
    {
      wb_picture_cell (pen, &self->accent, 0.7, x, y, CELL);
      return;
    }
  wb_pen_use (pen, &pen->style->foreground, 0.4);
  cairo_set_line_width (pen->cr, 1);
  cairo_move_to (pen->cr, x + 1, y + 1);
  cairo_rel_line_to (pen->cr, CELL - 3, CELL - 3);
  cairo_move_to (pen->cr, x + CELL - 2, y + 1);
  cairo_rel_line_to (pen->cr, 3 - CELL, CELL - 3);
  cairo_stroke (pen->cr);
}

/* Eight channels of 3 × 3 pixels, or 16 × 4 numbers. */
#define OUT_CHANNELS 8
#define OUT_SIDE 3
#define OUT_COLUMNS 16
#define OUT_ROWS 4

static double
measure_left_out (WbLayerPicture *self, double width)
{
  return (left_out (self).channels ? OUT_SIDE : OUT_ROWS) * CELL + 6;
}

static void
draw_channels (WbLayerPicture *self, const WbPen *pen, double width, double share)
{
  double each = OUT_SIDE * CELL + 4, left = floor ((width - OUT_CHANNELS * each + 4) / 2);

  for (guint channel = 0; channel < OUT_CHANNELS; channel++)
    for (guint i = 0; i < OUT_SIDE * OUT_SIDE; i++)
      draw_number (self, pen, is_out (channel, OUT_CHANNELS, share), left + channel * each + i % OUT_SIDE * CELL,
                   3 + i / OUT_SIDE * CELL);
}

static void
draw_left_out (WbLayerPicture *self, const WbPen *pen, double width, double height)
{
  LatheLeftOut out = left_out (self);
  double left = floor ((width - OUT_COLUMNS * CELL) / 2);

  if (out.channels)
    {
      draw_channels (self, pen, width, out.share);
      return;
    }
  for (guint i = 0; i < OUT_COLUMNS * OUT_ROWS; i++)
    draw_number (self, pen, is_out (i, OUT_COLUMNS * OUT_ROWS, out.share), left + i % OUT_COLUMNS * CELL,
                 3 + i / OUT_COLUMNS * CELL);
}

static char *
describe_left_out (WbLayerPicture *self)
{
  LatheLeftOut out = left_out (self);
  g_autofree char *percent = wb_text_percent (out.share);

  return g_strdup_printf (out.channels
                              ? _ ("In each step of the training %s of the channels are left out, others each time.")
                              : _ ("In each step of the training %s of the numbers are left out, others each time."),
                          percent);
}

const WbPicture wb_picture_left_out = {
    .title = N_ ("What is left out"),
    .measure = measure_left_out,
    .draw = draw_left_out,
    .describe = describe_left_out,
};
