/* wb-model-choice.h: which model: the project's own, what was made of it, that of a run, or one in a file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "lathe.h"
#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_MODEL_CHOICE (wb_model_choice_get_type ())
G_DECLARE_FINAL_TYPE (WbModelChoice, wb_model_choice, WB, MODEL_CHOICE, AdwBin)

/* Signals: "changed": another one is chosen, and read; "failed" (const char *message): it cannot be read. */

/* @none: what it says, and offers, where no other is chosen: “This Model”. @label: for those who do not see it */
GtkWidget *wb_model_choice_new (const char *none, const char *label);
void wb_model_choice_set_project (WbModelChoice *choice, WbProject *project); /* whose runs are offered */
LatheModel *wb_model_choice_get (WbModelChoice *choice);                      /* (transfer none) (nullable) */
const char *wb_model_choice_get_title (WbModelChoice *choice);
void wb_model_choice_reset (WbModelChoice *choice); /* to none */

G_END_DECLS
