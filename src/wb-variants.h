/* wb-variants.h: the variants of a project's model, the one that was chosen, and the one that is being made. Main loop
 * only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"

G_BEGIN_DECLS

#define WB_TYPE_VARIANTS (wb_variants_get_type ())
G_DECLARE_FINAL_TYPE (WbVariants, wb_variants, WB, VARIANTS, GObject)

/* Signals: "changed" (which there are, or what they measured), "chosen" (another one was), "progress" (of the one that
 * is being made; it has begun or ended, too), "failed" (const char *message). */

WbVariants *wb_variants_new (void);

/* In the background; those of another model are forgotten, and the model as it was trained is chosen. `dataset`
 * (nullable): that they are measured on, and go on learning from. `runs` (nullable): the folder that they are kept in.
 */
void wb_variants_set_model (WbVariants *variants, LatheModel *model, LatheDataset *dataset, const char *runs);
const GPtrArray *wb_variants_get_list (WbVariants *variants); /* (element-type LatheVariant): none until it is read */
LatheVariant *wb_variants_get_chosen (WbVariants *variants);  /* (transfer none) (nullable) */
/* (transfer full) (nullable): the file of its model; NULL: it is not kept, or is the model as it was trained */
char *wb_variants_get_path (WbVariants *variants, const LatheVariant *variant);
void wb_variants_choose (WbVariants *variants, guint id);
/* In the background: those that were not yet, one after the other. */
void wb_variants_measure (WbVariants *variants);
/* Removes it, and brings back the one that was removed last. */
void wb_variants_drop (WbVariants *variants, guint id);
void wb_variants_restore (WbVariants *variants);
LatheVariant *wb_variants_get_dropped (WbVariants *variants); /* (transfer none) (nullable): that can be brought back */

/* In the background: makes one of another, measures it, keeps it, and chooses it. */
void wb_variants_make (WbVariants *variants, LatheVariant *of, const LatheVariantRecipe *recipe);
void wb_variants_cancel (WbVariants *variants);
gboolean wb_variants_can_make (WbVariants *variants); /* there is a model in real numbers, with images of its classes */
gboolean wb_variants_get_making (WbVariants *variants);
double wb_variants_get_fraction (WbVariants *variants);     /* 0 … 1 */
double wb_variants_get_seconds_left (WbVariants *variants); /* NAN: not known yet */

G_END_DECLS
