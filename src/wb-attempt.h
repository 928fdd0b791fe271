/* wb-attempt.h: an image that is tried on a model, and what the model said.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "lathe.h"

G_BEGIN_DECLS

/* A model laid out for answers, made on the first question. Reference counted, atomically; it answers one question at a
 * time. */
typedef struct _WbOracle WbOracle;

WbOracle *wb_oracle_new (LatheModel *model);
WbOracle *wb_oracle_ref (WbOracle *oracle);
void wb_oracle_unref (WbOracle *oracle);
/* Lays the model out in the background, so that the first answer is as quick as the next. `done` comes on the main
 * loop; until then nothing else may be asked. */
void wb_oracle_prepare (WbOracle *oracle, GObject *owner, void (*done) (GObject *owner));
LatheModel *wb_oracle_get_model (WbOracle *oracle); /* (transfer none) */
/* (on a thread) As lathe_predictor_file(). */
LathePrediction *wb_oracle_ask_file (WbOracle *oracle, const char *path, GError **error);

#define WB_TYPE_ATTEMPT (wb_attempt_get_type ())
G_DECLARE_FINAL_TYPE (WbAttempt, wb_attempt, WB, ATTEMPT, GObject)

/* Property: "preview" (GdkTexture). */

/* Of a file, or of an image without one (pasted, dragged out of a browser); the other is NULL. */
WbAttempt *wb_attempt_new (GFile *file, GdkTexture *texture);

/**
 * wb_attempt_ask:
 * @oracle: (nullable): without one, only the image is read
 *
 * Reads the image, asks in the background, and then calls `done` on the main loop, with the error when the image cannot
 * be read.
 */
typedef void (*WbAttemptDone) (WbAttempt *self, const GError *error, gpointer data);
void wb_attempt_ask (WbAttempt *self, WbOracle *oracle, WbAttemptDone done, gpointer data);

const char *wb_attempt_get_name (WbAttempt *self);
GdkTexture *wb_attempt_get_preview (WbAttempt *self); /* the image, upright; NULL before it was read */
GdkTexture *wb_attempt_get_seen (WbAttempt *self);    /* as the network gets it, enlarged; NULL before an answer */
const LathePrediction *wb_attempt_get_prediction (WbAttempt *self);
WbOracle *wb_attempt_get_oracle (WbAttempt *self);    /* that answered, to compare */
GFile *wb_attempt_get_file (WbAttempt *self);         /* NULL: it is in memory alone */
GdkTexture *wb_attempt_get_texture (WbAttempt *self); /* NULL: it is a file */

/* What speaks for a class, kept until the next answer: NULL where it was not asked. */
const LatheExplanation *wb_attempt_get_map (WbAttempt *self, LatheExplainMethod method, guint label);
/* (transfer full) of the map. Returns: (transfer none): the same */
const LatheExplanation *wb_attempt_keep_map (WbAttempt *self, LatheExplainMethod method, guint label,
                                             LatheExplanation *map);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbOracle, wb_oracle_unref)

G_END_DECLS
