/* wb-start-answer.h: what is found out of the networks that can be started from. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-project.h"
#include "wb-start-row.h"

G_BEGIN_DECLS

typedef struct
{
  GPtrArray *presets;          /* (element-type WbCandidate), in their own order */
  WbCandidate *own;            /* the model's network, or NULL */
  LatheSuggestion *suggestion; /* NULL without images */
  WbCandidate *suggested;
} WbStartAnswer;

/* Works it out on a thread: drawing, parameters, and whether each takes the project's images. The result is a
 * WbStartAnswer, which `done` owns. */
void wb_start_answer_ask (GObject *owner, WbProject *project, WbDone done, gpointer data);
void wb_start_answer_free (gpointer answer);

G_END_DECLS
