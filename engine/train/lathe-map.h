/* lathe-map.h: images in a plane, so that what looks alike to a network lies together.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-features.h"

G_BEGIN_DECLS

typedef enum
{
  LATHE_MAP_TSNE, /* van der Maaten & Hinton 2008: who is whose neighbour, and nothing else */
  LATHE_MAP_PCA,  /* the two directions in which the features differ the most */
  LATHE_N_MAP_METHODS
} LatheMapMethod;

extern const char *const lathe_map_names[LATHE_N_MAP_METHODS + 1];  /* in files; NULL at the end */
extern const char *const lathe_map_titles[LATHE_N_MAP_METHODS + 1]; /* for people, to be translated */

typedef struct
{
  LatheMapMethod method;
  double perplexity; /* t-SNE: of how many neighbours an image has about, above 1 */
  guint iterations;  /* t-SNE */
  guint64 seed;      /* t-SNE */
  guint n_threads;   /* 0 for as many as the machine has cores; changes no bit */
} LatheMapOptions;
#define LATHE_MAP_OPTIONS_DEFAULT                                                                                      \
  ((LatheMapOptions){.method = LATHE_MAP_TSNE, .perplexity = 30, .iterations = 750, .seed = 1})

/* Immutable. */
typedef struct
{
  LatheMapMethod method;
  guint n;
  double *places;   /* n × 2, of the features' images in their order; their mean is 0 */
  double shares[2]; /* PCA: of the features' variance, along each axis; else NAN, as of features that do not differ */
  double cost;      /* t-SNE: Kullback & Leibler's divergence, in nats; else NAN */
} LatheMap;

LatheMap *lathe_map_new (const LatheFeatures *features, const LatheMapOptions *options, LatheProgressFunc progress,
                         gpointer progress_data, GCancellable *cancellable, GError **error);
void lathe_map_free (LatheMap *map);
guint *lathe_features_get_labels (const LatheFeatures *features, LatheDataset *dataset);
gboolean lathe_map_find_middle (const LatheMap *map, const guint *labels, guint label, double middle[2]);
double lathe_map_agreement (const LatheMap *map, const guint *labels, guint k, GCancellable *cancellable);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheMap, lathe_map_free)

G_END_DECLS
