/* lathe-preview.c: augmented images for the eye.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-preview.h"

#include "lathe-decode.h"
#include "lathe-mix.h"

static guint8
to_byte (const LathePreprocess *preprocess, guint channel, LatheReal x)
{
  double value = x * preprocess->deviation[channel] + preprocess->mean[channel];

  return (guint8) (CLAMP (value, 0.0, 1.0) * 255 + 0.5);
}

/**
 * lathe_augment_preview:
 * @epoch: from 1: another one is another draw
 * @images: n_images indices in the dataset, on which what is drawn depends
 * @bytes: n_images × height × width × channels, as lathe_decode_file() makes them
 * @drawn: (out caller-allocates): as many
 *
 * What the network sees of these images in that epoch, were they a batch.
 */
void
lathe_augment_preview (const LatheAugmentation *augmentation, guint64 seed, guint32 epoch,
                       const LathePreprocess *preprocess, const guint32 *images, guint n_images, const guint8 *bytes,
                       guint8 *drawn)
{
  LatheImageSize size = lathe_image_size (preprocess);
  gsize n = (gsize) size.height * size.width * size.channels;
  g_autofree LatheReal *x = g_new (LatheReal, n_images * n);
  g_autofree LatheReal *mixed = g_new (LatheReal, n);
  LatheByteTable table;

  lathe_preprocess_tabulate (preprocess, table);
  lathe_preprocess_apply (preprocess, table, bytes, n_images, x);
  for (guint i = 0; i < n_images; i++)
    lathe_augment (augmentation, seed, epoch, images[i], preprocess, x + i * n, mixed);
  for (guint i = 0; i < n_images; i++)
    {
      LatheMix mix = {.other = i};

      if (lathe_augmentation_mixes (augmentation))
        mix = lathe_mix_draw (augmentation, &(LatheDraw){seed, epoch, images[i]}, &size, i, n_images);
      for (gsize k = 0; k < n; k++)
        mixed[k] = x[i * n + k];
      lathe_mix_apply (&mix, &size, x + mix.other * n, mixed);
      for (gsize k = 0; k < n; k++)
        drawn[i * n + k] = to_byte (preprocess, (guint) (k % size.channels), mixed[k]);
    }
}
