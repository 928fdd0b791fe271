/* lathe-table.h: a file of comma-separated values, written whole or not at all.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-whole-file.h"

G_BEGIN_DECLS

typedef struct
{
  LatheWholeFile file;
  GString *text; /* not yet written */
  guint64 at;
} LatheTable;

void lathe_csv_append (GString *csv, const char *field);

gboolean lathe_table_begin (LatheTable *table, const char *path, GError **error);
void lathe_table_add_text (LatheTable *table, const char *text);
void lathe_table_add_next_text (LatheTable *table, const char *text);
void lathe_table_add_number (LatheTable *table, const char *format, double value);
gboolean lathe_table_end_line (LatheTable *table, GError **error);
gboolean lathe_table_finish (LatheTable *table, GError **error);
void lathe_table_clear (LatheTable *table);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheTable, lathe_table_clear)

G_END_DECLS
