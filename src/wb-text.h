/* wb-text.h: numbers as people read them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"

G_BEGIN_DECLS

char *wb_text_count (guint64 count);                               /* "8,129,473" */
char *wb_text_short (guint64 count);                               /* "8.1 M" */
char *wb_text_percent (double share);                              /* 0.973 → "97.3 %"; "–" for NAN */
char *wb_text_interval (LatheInterval interval, gboolean percent); /* "95.1 – 97.3 %", "0.951 – 0.973"; "" for none */
char *wb_text_number (double value, int decimals);                 /* "–" for NAN */
char *wb_text_size (guint64 parameters);                           /* what they take in a file: "32.5 MB" */
char *wb_text_shape (const LatheShape *shape);                     /* "126 × 126 × 32" */
void wb_text_append_numbers (GString *csv, const double *values, guint n); /* a line; NAN is an empty field */
char *wb_text_sentence (const char *reason);                               /* the engine's end of a sentence, as one */
char *wb_text_milliseconds (double milliseconds); /* "0.013 ms", "6.67 ms", "41.2 ms", "410 ms" */
char *wb_text_duration (double seconds);          /* "34 s", "2 min", "1 h 05 min" */
char *wb_text_left (double seconds);              /* "34 s left": as exact as an estimate is */

G_END_DECLS
