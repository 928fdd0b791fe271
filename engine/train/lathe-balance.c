/* lathe-balance.c: what an epoch learns from, and how much of each class.
 *
 * Small classes can be helped in two ways. Their images' losses weigh more; or they are learned from more often, and
 * those of large classes less, so that an epoch is as long as ever. An image that comes again is never quite the same
 * where images are augmented: what is drawn for it goes by its turn, how often it has been learned from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-balance.h"

#include <string.h>

#include "base/lathe-rng.h"

static LatheOrder *
order_new (guint n)
{
  LatheOrder *order = g_new0 (LatheOrder, 1);

  order->images = g_array_sized_new (FALSE, FALSE, sizeof (guint32), n);
  order->turns = g_array_sized_new (FALSE, FALSE, sizeof (guint32), n);
  return order;
}

void
lathe_order_free (LatheOrder *order)
{
  g_array_unref (order->images);
  g_array_unref (order->turns);
  g_free (order);
}

/* (transfer full) (element-type GArray): each class's images, of classes that have some */
static GPtrArray *
sort_by_class (LatheDataset *dataset, const GArray *images)
{
  guint n_classes = lathe_dataset_get_n_classes (dataset);
  GPtrArray *classes = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);

  for (guint i = 0; i < n_classes; i++)
    g_ptr_array_add (classes, g_array_new (FALSE, FALSE, sizeof (guint32)));
  for (guint i = 0; i < images->len; i++)
    {
      guint32 image = g_array_index (images, guint32, i);

      g_array_append_val (classes->pdata[lathe_dataset_get_image (dataset, image)->label], image);
    }
  for (guint i = n_classes; i-- > 0;)
    if (((GArray *) classes->pdata[i])->len == 0)
      g_ptr_array_remove_index (classes, i);
  return classes;
}

/* So many images of a class, from where the epoch before left it. A class is gone through again and again, each time in
 * another order: turn 1, turn 2, …; so that all of its images are learned from equally often, but for one. */
static void
append_class (LatheOrder *order, const GArray *images, guint class, guint n, guint64 seed, guint32 epoch)
{
  guint64 begin = (guint64) (epoch - 1) * n, end = begin + n;

  for (guint64 at = begin; at < end;)
    {
      g_autoptr (GArray) shuffled = g_array_copy ((GArray *) images);
      guint32 turn = (guint32) (at / images->len) + 1;
      LatheRng rng = lathe_rng (seed, LATHE_RNG_RESAMPLE, turn, class);

      lathe_rng_shuffle (&rng, (guint32 *) shuffled->data, shuffled->len);
      for (; at < end && at / images->len + 1 == turn; at++)
        {
          g_array_append_val (order->images, g_array_index (shuffled, guint32, at % images->len));
          g_array_append_val (order->turns, turn);
        }
    }
}

/**
 * lathe_order_new:
 * @images: (element-type guint32): those that are trained on
 * @equal: as many of each class, or nearly, as of any other, and in all as many as there are images; else each once
 * @epoch: from 1
 *
 * A function of the seed and the epoch: a run that is taken up again finds the order that it was left in.
 */
LatheOrder *
lathe_order_new (LatheDataset *dataset, const GArray *images, gboolean equal, guint64 seed, guint32 epoch)
{
  LatheOrder *order = order_new (images->len);
  LatheRng rng = lathe_rng (seed, LATHE_RNG_SHUFFLE, epoch, 0);
  g_autoptr (GPtrArray) classes = equal ? sort_by_class (dataset, images) : NULL;

  for (guint i = 0; equal && i < classes->len; i++)
    append_class (order, classes->pdata[i], i, images->len / classes->len + (i < images->len % classes->len), seed,
                  epoch);
  for (guint i = 0; !equal && i < images->len; i++)
    {
      g_array_append_val (order->images, g_array_index (images, guint32, i));
      g_array_append_val (order->turns, epoch);
    }
  lathe_rng_shuffle (&rng, (guint32 *) order->images->data, order->images->len);
  lathe_rng_shuffle (&rng, (guint32 *) order->turns->data, order->turns->len); /* the same way */
  return order;
}

/**
 * lathe_balance_weights:
 * @images: (element-type guint32): those that are trained on, n of k classes
 * @weights: (out caller-allocates): of each class n / (k · its images), so that each counts the same and the mean over
 * the images is 1; of one without images 0
 *
 * King & Zeng 2001, “Logistic regression in rare events data”, as scikit-learn's “balanced” has it.
 */
void
lathe_balance_weights (LatheDataset *dataset, const GArray *images, LatheReal *weights)
{
  g_autoptr (GPtrArray) classes = sort_by_class (dataset, images);

  memset (weights, 0, lathe_dataset_get_n_classes (dataset) * sizeof *weights);
  for (guint i = 0; i < classes->len; i++)
    {
      const GArray *class = classes->pdata[i];
      guint label = lathe_dataset_get_image (dataset, g_array_index (class, guint32, 0))->label;

      weights[label] = (LatheReal) images->len / (LatheReal) (classes->len * class->len);
    }
}
