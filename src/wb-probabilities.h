/* wb-probabilities.h: what a network thinks of an image: the likeliest labels, a bar each.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WB_TYPE_PROBABILITIES (wb_probabilities_get_type ())
G_DECLARE_FINAL_TYPE (WbProbabilities, wb_probabilities, WB, PROBABILITIES, GtkWidget)

#define WB_PROBABILITIES_ROWS 5

GtkWidget *wb_probabilities_new (void);
/* Shows the WB_PROBABILITIES_ROWS likeliest of `n_labels`; the bars move there from where they were. */
void wb_probabilities_set (WbProbabilities *self, const char *const *labels, const float *probability, guint n_labels);

G_END_DECLS
