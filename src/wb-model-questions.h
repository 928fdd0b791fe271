/* wb-model-questions.h: what the file of a model leaves open, asked of the person who opens it. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"

G_BEGIN_DECLS

/* `open`: whether the model, which has the answers now, is to be opened. */
typedef void (*WbModelAnswered) (GtkWidget *widget, gboolean open, gpointer data);

/**
 * wb_model_questions_ask:
 * @widget: over whose window it is to be
 * @name: of the file
 * @model: which nobody else has yet; until the answer it must stay
 * @notes: what is open
 * @dataset: (nullable): whose classes it may tell apart
 *
 * Returns: FALSE: there is nothing to ask, and `answered` will not be called
 */
gboolean wb_model_questions_ask (GtkWidget *widget, const char *name, LatheModel *model, const LatheImportNotes *notes,
                                 LatheDataset *dataset, WbModelAnswered answered, gpointer data);

G_END_DECLS
