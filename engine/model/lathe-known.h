/* lathe-known.h: what a model has learned from, kept with it: whether an image is unlike all of that.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "base/lathe-real.h"

G_BEGIN_DECLS

/* Sun, Ming, Zhu & Li 2022, "Out-of-distribution detection with deep nearest neighbors", ICML: an image is unknown
 * where the k-th nearest of those that are known is further than of 95 % of these. They find that k hardly matters. */
#define LATHE_KNOWN_NEIGHBOURS 5
#define LATHE_KNOWN_SHARE 0.95
#define LATHE_FEWEST_TO_KNOW 20 /* images, so that there is a twentieth of them */
#define LATHE_MOST_KNOWN 512    /* images that a model keeps: some 600 KB of one with 1,280 features */

/* Some of the images that a model has learned from, as its last layer reads them. Immutable; reference counted,
 * atomically. */
typedef struct
{
  gatomicrefcount references;
  guint n, n_features;
  gint8 *rows;   /* n × n_features: each the direction of an image's features, in 8 bits */
  double *sizes; /* n: their lengths */
  double least;  /* the cosine to the fifth nearest below which an image is unlike all of them */
} LatheKnown;

LatheKnown *lathe_known_new (const float *features, const guint32 *images, guint n, guint n_features);
LatheKnown *lathe_known_ref (LatheKnown *known);
void lathe_known_unref (LatheKnown *known);
double lathe_known_find_nearness (const LatheKnown *known, const float *features);

char *lathe_known_to_json (const LatheKnown *known);
LatheKnown *lathe_known_from_json (const char *text);

void lathe_features_to_row (const float *features, guint n, LatheReal *row);
double lathe_known_find_least (double *nearness, guint n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheKnown, lathe_known_unref)

G_END_DECLS
