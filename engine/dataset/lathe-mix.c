/* lathe-mix.c: mixup and CutMix: two images of a batch in one, and which of them counts how much.
 *
 * Zhang, Cisse, Dauphin, Lopez-Paz: "mixup", arXiv 1710.09412; Yun et al.: "CutMix", arXiv 1905.04899. Where both are
 * wanted, each sample draws which. What is drawn depends on the image and the epoch, and on the batch only for whom it
 * is mixed with.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-mix.h"

#include <math.h>

#include "base/lathe-each-cpu.h"
#include "base/lathe-math.h"

gboolean
lathe_augmentation_mixes (const LatheAugmentation *augmentation)
{
  return augmentation->mixup > 0 || augmentation->cutmix > 0;
}

/**
 * lathe_beta:
 * @alpha: above 0
 * @u: uniform in 0 … 1, and not 0
 * @v: uniform in 0 … 1
 *
 * Returns: a number of the distribution Beta (alpha, alpha): what Student's t of 2 · alpha degrees of freedom is of it
 * (Devroye 1996, "Random variate generation in one line of code", section 2.1), the t by Bailey's polar method (1994)
 */
double
lathe_beta (double alpha, double u, double v)
{
  double power = lathe_pow (u, 1 / alpha), cosine = lathe_cos_pi (2 * v);
  double square = (1 - power) * cosine * cosine, sum = power + square;

  return 0.5 + (sum > 0 ? copysign (0.5 * sqrt (square / sum), cosine) : 0);
}

/**
 * lathe_mix_draw:
 * @sample: its place in the batch
 */
LatheMix
lathe_mix_draw (const LatheAugmentation *augmentation, const LatheDraw *draw, const LatheImageSize *size, guint sample,
                guint n_samples)
{
  LatheRng rng = lathe_draw_rng (draw);
  gboolean both = augmentation->mixup > 0 && augmentation->cutmix > 0;
  gboolean cut = both ? lathe_rng_below (&rng, LATHE_DRAW_MIX_KIND, 2) == 1 : augmentation->cutmix > 0;
  double alpha = cut ? augmentation->cutmix : augmentation->mixup;
  double share = lathe_beta (alpha, 1 - lathe_rng_uniform (&rng, LATHE_DRAW_MIX_SHARE),
                             lathe_rng_uniform (&rng, LATHE_DRAW_MIX_SHARE + 1));
  LatheMix mix = {.other = sample, .share = MIN (share, 1 - share)};

  if (n_samples < 2)
    return (LatheMix){.other = sample};
  mix.other = (sample + 1 + lathe_rng_below (&rng, LATHE_DRAW_MIX_OTHER, n_samples - 1)) % n_samples;
  if (!cut)
    return mix;
  mix.height = (guint) (sqrt (mix.share) * size->height);
  mix.width = (guint) (sqrt (mix.share) * size->width);
  mix.top = lathe_rng_below (&rng, LATHE_DRAW_MIX_DOWN, size->height - mix.height + 1);
  mix.left = lathe_rng_below (&rng, LATHE_DRAW_MIX_RIGHT, size->width - mix.width + 1);
  mix.share = (double) mix.height * mix.width / ((double) size->height * size->width);
  return mix;
}

LATHE_FOR_EACH_CPU static void
blend (LatheReal share, const LatheReal *restrict other, gsize n, LatheReal *restrict x)
{
  for (gsize i = 0; i < n; i++)
    x[i] += share * (other[i] - x[i]);
}

/**
 * lathe_mix_apply:
 * @other: the other image, before anything was mixed into it
 * @x: (inout): the sample's own
 */
void
lathe_mix_apply (const LatheMix *mix, const LatheImageSize *size, const LatheReal *other, LatheReal *x)
{
  gsize row = (gsize) size->width * size->channels;

  if (mix->height == 0)
    blend ((LatheReal) mix->share, other, size->height * row, x);
  for (guint i = mix->top; i < mix->top + mix->height; i++)
    for (gsize j = mix->left * size->channels; j < (gsize) (mix->left + mix->width) * size->channels; j++)
      x[i * row + j] = other[i * row + j];
}
