/* lathe-variant.h: a model as it was trained, and what was made of it to be smaller, each measured in the same way.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "dataset/lathe-dataset.h"
#include "lathe-hyperparameters.h"
#include "lathe-intervals.h"
#include "lathe-quantise.h"
#include "model/lathe-prune.h"

G_BEGIN_DECLS

/* How a variant was made, as the table says it: new ones go to the end. */
typedef enum
{
  LATHE_VARIANT_TRAINED,
  LATHE_VARIANT_CHANNELS,
  LATHE_VARIANT_WEIGHTS,
  LATHE_VARIANT_INT8,
  LATHE_VARIANT_BF16,
  LATHE_N_VARIANT_KINDS
} LatheVariantKind;

/* What is to be made of a model. */
typedef struct
{
  LatheVariantKind kind;
  double milliseconds;  /* of LATHE_VARIANT_CHANNELS: that an image may take; 0: so much goes as `pruning` says */
  LathePruning pruning; /* of a kind that has a share */
  LatheHyperparameters training;   /* after that, or in 8 bits, with the number of epochs; 0: it is not trained */
  LatheQuantiseOptions quantising; /* of LATHE_VARIANT_INT8: but for its training */
} LatheVariantRecipe;

typedef struct
{
  const char *name;  /* as in files: “channels” */
  const char *title; /* N_(as people read it) */
  const char *made;  /* N_(the same with a share in percent: “%.0f %% of the multiply-adds gone”); NULL: of none */
  /* (transfer full); NULL: as lathe_variant_make(). `left_out`: see LatheVariant */
  LatheModel *(*make) (LatheModel *model, LatheDataset *dataset, const LatheVariantRecipe *recipe, gboolean *left_out,
                       LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable, GError **error);
} LatheVariantRow;

extern const LatheVariantRow lathe_variant_kinds[LATHE_N_VARIANT_KINDS];

/* How a model was made smaller. */
typedef struct
{
  LatheVariantKind kind;
  double share; /* that was pruned, 0 … 1 */
  guint epochs; /* that it was trained for afterwards, or in 8 bits */
} LatheVariantStep;

/* Filled by who makes it, and immutable from then on (share it by reference between threads). */
typedef struct
{
  guint id; /* in its folder; 0: the model as it was trained */
  LatheVariantStep step;
  LatheVariantStep of; /* that it was made of; of LATHE_VARIANT_TRAINED: the model as it was trained */
  gboolean left_out;   /* training in 8 bits made it no better: this is the one without */
  LatheModel *model;
  LatheModelCost cost;
  guint64 bytes; /* of its file */

  /* Measured: */
  char *fingerprint;   /* of the images that it was asked about; NULL: it was not measured yet */
  guint images, right; /* validation images, and how many of them it knew */
  double milliseconds; /* an image, asked about by itself */

  gatomicrefcount references;
} LatheVariant;

LatheVariant *lathe_variant_new (const LatheVariantStep *step, LatheModel *model);
LatheVariant *lathe_variant_copy (const LatheVariant *variant);
LatheVariant *lathe_variant_ref (LatheVariant *variant);
void lathe_variant_unref (LatheVariant *variant);
double lathe_variant_accuracy (const LatheVariant *variant);
LatheInterval lathe_variant_interval (const LatheVariant *variant);
gboolean lathe_variant_can_be_rounded (const LatheVariant *variant);
char *lathe_variant_describe (const LatheVariant *variant);

LatheVariant *lathe_variant_make (const LatheVariant *of, LatheDataset *dataset, const LatheVariantRecipe *recipe,
                                  LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable,
                                  GError **error);
LatheVariant *lathe_variant_measure (const LatheVariant *variant, LatheDataset *dataset, guint n_threads,
                                     GCancellable *cancellable, GError **error);

char *lathe_variants_folder (const char *runs, const LatheModel *model);
char *lathe_variant_path (const LatheVariant *variant, const char *folder);
GPtrArray *lathe_variants_read (const char *folder, LatheModel *model, LatheDataset *dataset, GPtrArray **problems);
LatheVariant *lathe_variant_keep (const LatheVariant *variant, const char *folder, GError **error);
gboolean lathe_variant_drop (const LatheVariant *variant, const char *folder, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheVariant, lathe_variant_unref)

G_END_DECLS
