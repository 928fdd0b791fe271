/* lathe-decoder-process.h: one helper that decodes: started, asked, and buried.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-helper.h"
#include "lathe-decoder-wire.h"
#include "lathe-piece.h"

G_BEGIN_DECLS

typedef struct _LatheDecoderProcess LatheDecoderProcess;

/* Errors: LATHE_ERROR_IO; the message is the reason alone. filtered: (out): whether its system calls are. */
LatheDecoderProcess *lathe_decoder_process_start (const char *program, gboolean *filtered, GError **error);

/* Waits for its end. Returns: (transfer full): what it died of */
char *lathe_decoder_process_end (LatheDecoderProcess *process);

/* reply: (out): DONE or REFUSED, when it answered; where it did not, it has been killed. */
LatheHelperOutcome lathe_decoder_process_ask (LatheDecoderProcess *process, const LatheBytes *picture,
                                              const LatheWireRequest *request, guint seconds, LatheWireReply *reply);

/* Where its answer's pixels are; they may change under one's eyes. */
const guint8 *lathe_decoder_process_get_pixels (const LatheDecoderProcess *process);

/* The pixels are no longer wanted: what memory a large picture took goes back to the system. */
void lathe_decoder_process_rest (LatheDecoderProcess *process);

/* How many pictures it has been asked for. */
guint lathe_decoder_process_get_n_asked (const LatheDecoderProcess *process);

G_END_DECLS
