/* lathe-decoder.h: pictures are decoded by helpers, processes without privileges.
 *
 * A picture comes from anywhere, and the decoders of a dozen formats are large libraries in C. So they run where there
 * is nothing to be had: in processes of the program lathe-decoder, which can open no file and no connection, may use so
 * much memory, and end with the program that started them. One is started when it is needed first, and kept; there are
 * as many as threads that decode at once. When one dies, the picture is tried in a fresh one, and when that dies too,
 * the picture is refused with the reason: nothing else is lost.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-preprocess.h"
#include "lathe-image-file.h"

G_BEGIN_DECLS

/* Whether there are helpers; the first is started to find out. */
gboolean lathe_decoder_is_used (void);

/* (transfer full): where pictures are decoded, in a sentence. */
char *lathe_decoder_describe (void);

/**
 * lathe_decoder_use:
 * @program: (nullable): to be started, or NULL: pictures are decoded in this process
 * @seconds: that one picture may take
 *
 * From now on; what was started before ends. The program is otherwise found by itself, or named by the environment's
 * LATHE_DECODER.
 */
void lathe_decoder_use (const char *program, guint seconds);

/* As their likes in lathe-image-file.h and lathe-decode.h, and with the same errors. */
gboolean lathe_decoder_measure (LatheImageFile *file, GError **error);
gboolean lathe_decoder_decode (const LatheBytes *picture, const LathePreprocess *preprocess, guint8 *bytes,
                               GError **error);

/* Returns: (transfer full): height × width × 3 bytes */
guint8 *lathe_decoder_preview (const LatheBytes *picture, guint limit, guint *width, guint *height, GError **error);

G_END_DECLS
