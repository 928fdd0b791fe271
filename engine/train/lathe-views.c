/* lathe-views.c: several looks at one image, whose answers are averaged.
 *
 * A network that learned from images moved and mirrored answers a little differently to each; the mean of its logits is
 * right more often than any of them (Jordan 2024, arXiv 2404.00498, section 3.5). The image where it is counts half,
 * and so do its two moved copies together.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-views.h"

#include <string.h>

static const struct
{
  gboolean mirror;
  int down, right;
  double share; /* where all of them are looked at */
} looks[LATHE_MOVED_VIEWS] = {
    {FALSE, 0, 0, 0.25},   {TRUE, 0, 0, 0.25},   {FALSE, -1, -1, 0.125},
    {TRUE, -1, -1, 0.125}, {FALSE, 1, 1, 0.125}, {TRUE, 1, 1, 0.125},
};

/**
 * lathe_views_init:
 * @capacity: images at once, at most
 * @augmented: whether lathe_batch_augment() will want scratch memory
 */
void
lathe_views_init (LatheViews *views, LatheNetwork *network, guint capacity, const LathePreprocess *preprocess,
                  gboolean augmented)
{
  *views = (LatheViews){
      .n = MAX (1, preprocess->views),
      .temperature = 1,
      .preprocess = *preprocess,
  };
  if (views->n > 1 || augmented)
    views->seen = g_new (LatheReal, capacity * lathe_views_sample_size (views));
  if (views->n > 1)
    views->sums = g_new (LatheReal, (gsize) capacity * lathe_network_get_n_units (network));
}

void
lathe_views_clear (LatheViews *views)
{
  g_free (views->seen);
  g_free (views->sums);
}

static double
share_of (const LatheViews *views, guint look)
{
  return views->n == LATHE_MOVED_VIEWS ? looks[look].share : 1.0 / views->n;
}

/* One look at every image, added to what the others gave. */
static void
look_once (LatheViews *views, LatheNetwork *network, guint n, guint look)
{
  LatheImageSize image = lathe_image_size (&views->preprocess);
  LatheReal *input = lathe_network_get_input (network);
  const LatheReal *logits = lathe_network_get_logits (network);
  gsize size = lathe_views_sample_size (views), n_logits = (gsize) n * lathe_network_get_n_units (network);

  for (gsize sample = 0; sample < n; sample++)
    lathe_image_move (&image, looks[look].mirror, looks[look].down, looks[look].right, views->seen + sample * size,
                      input + sample * size);
  lathe_network_forward (network, n, FALSE, 0, 0);
  for (gsize i = 0; i < n_logits; i++)
    views->sums[i] += (LatheReal) share_of (views, look) * logits[i];
}

static void
look_at_all (LatheViews *views, LatheNetwork *network, guint n)
{
  memcpy (views->seen, lathe_network_get_input (network), n * lathe_views_sample_size (views) * sizeof (LatheReal));
  memset (views->sums, 0, (gsize) n * lathe_network_get_n_units (network) * sizeof (LatheReal));
  for (guint look = 0; look < views->n; look++)
    look_once (views, network, n, look);
  lathe_network_set_logits (network, n, views->sums);
}

/**
 * lathe_views_forward:
 *
 * As lathe_network_forward() for an answer: afterwards the network holds the mean of the logits, at the temperature.
 */
void
lathe_views_forward (LatheViews *views, LatheNetwork *network, guint n)
{
  if (views->n <= 1)
    lathe_network_forward (network, n, FALSE, 0, 0);
  else
    look_at_all (views, network, n);
  lathe_network_cool (network, n, views->temperature);
}
