/* cli-preview.c: a sheet of augmented images: a row an image, first as it is, then as training may see it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <glib/gi18n.h>
#include <string.h>

#define ROWS 8
#define GAP 4 /* pixels between images */
#define WHITE 0xffffffff

/* --- The images --- */

/* Some that are spread evenly over the classes, and decoded; those that cannot be are left out. */
static GArray *
choose_images (LatheDataset *dataset, const LathePreprocess *preprocess, GByteArray *bytes)
{
  guint n = lathe_dataset_get_n_images (dataset), size = preprocess->width * preprocess->height * preprocess->channels;
  GArray *images = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < MIN (ROWS, n); i++)
    {
      guint32 image = (guint32) (((guint64) i * n + n / 2) / MIN (ROWS, n));

      g_byte_array_set_size (bytes, (images->len + 1) * size);
      if (lathe_decode_image (lathe_dataset_get_image (dataset, image), preprocess,
                              bytes->data + (gsize) images->len * size, NULL))
        g_array_append_val (images, image);
    }
  return images;
}

/* --- The sheet --- */

static void
place (GdkPixbuf *sheet, const LathePreprocess *preprocess, guint row, guint column, const guint8 *bytes)
{
  int stride = gdk_pixbuf_get_rowstride (sheet);
  guint top = GAP + row * (preprocess->height + GAP), left = GAP + column * (preprocess->width + GAP);

  for (guint i = 0; i < preprocess->height; i++)
    {
      guint8 *pixel = gdk_pixbuf_get_pixels (sheet) + (gsize) stride * (top + i) + 3 * left;

      for (guint j = 0; j < preprocess->width; j++, pixel += 3, bytes += preprocess->channels)
        for (guint c = 0; c < 3; c++)
          pixel[c] = bytes[preprocess->channels == 3 ? c : 0];
    }
}

static GdkPixbuf *
draw_sheet (const LatheAugmentation *augmentation, guint64 seed, const LathePreprocess *preprocess,
            const GArray *images, const guint8 *bytes, guint n_draws)
{
  gsize size = (gsize) preprocess->width * preprocess->height * preprocess->channels;
  g_autofree guint8 *drawn = g_malloc (images->len * size);
  GdkPixbuf *sheet =
      gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, (int) ((n_draws + 1) * (preprocess->width + GAP) + GAP),
                      (int) (images->len * (preprocess->height + GAP) + GAP));

  if (sheet == NULL)
    return NULL;
  gdk_pixbuf_fill (sheet, WHITE);
  memcpy (drawn, bytes, images->len * size);
  for (guint column = 0; column <= n_draws; column++)
    {
      if (column > 0)
        lathe_augment_preview (augmentation, seed, column, preprocess, (const guint32 *) images->data, images->len,
                               bytes, drawn);
      for (guint row = 0; row < images->len; row++)
        place (sheet, preprocess, row, column, drawn + row * size);
    }
  return sheet;
}

gboolean
cli_write_preview (LatheDataset *dataset, const LatheAugmentation *augmentation, guint64 seed,
                   const LathePreprocess *preprocess, guint n_draws, const char *path, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GArray) images = choose_images (dataset, preprocess, bytes);
  g_autoptr (GdkPixbuf) sheet = NULL;
  g_autofree char *png = NULL;
  gsize length;

  if (images->len == 0)
    return cli_refuse (error, _ ("%s has no image that can be read for a preview"), lathe_dataset_get_folder (dataset));
  sheet = draw_sheet (augmentation, seed, preprocess, images, bytes->data, n_draws);
  if (sheet == NULL)
    return cli_refuse (error, _ ("There is not enough memory for the preview: use a smaller --size or fewer --draws"));
  return gdk_pixbuf_save_to_buffer (sheet, &png, &length, "png", error, NULL) &&
         g_file_set_contents (path, png, (gssize) length, error);
}
