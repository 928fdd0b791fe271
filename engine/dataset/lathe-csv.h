/* lathe-csv.h: tables of text (RFC 4180).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint line; /* where it begins, from 1 */
  char **fields;
  guint n_fields;
} LatheCsvRow;

/**
 * lathe_csv_parse:
 *
 * Fields are parted by commas (or by semicolons or tabs, where the first line has no comma), rows by LF or CRLF; a
 * quoted field may hold any of them, and a quote when it is doubled. Empty lines are no rows.
 * Returns: (transfer full) (element-type LatheCsvRow): NULL where a quote is not closed; `line` tells which
 */
GPtrArray *lathe_csv_parse (const char *text, guint *line);

G_END_DECLS
