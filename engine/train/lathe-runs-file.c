/* lathe-runs-file.c: what is known of runs, for other programs: a table, or an array of objects.
 *
 * Numbers have as many digits as it takes to read the same number again; one that is not known is null, or an empty
 * field.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-runs-file.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "base/lathe-json.h"
#include "formats/lathe-table.h"
#include "formats/lathe-whole-file.h"

#define ALL "all"

/* A member of a LatheRun, under its name in both. */
typedef enum
{
  TEXT,
  WHOLE,  /* guint64 */
  NUMBER, /* gint64 */
  COUNT,  /* guint */
  LAYERS, /* guint; LATHE_ALL_LAYERS: “all” */
  REAL,
  TIME, /* microseconds since 1970; 0: not known */
  STATE,
  SETTINGS,
} Kind;

typedef struct
{
  const char *name;
  Kind kind;
  gsize offset;
} Member;

#define MEMBER(name, kind, member)                                                                                     \
  {                                                                                                                    \
    name, kind, G_STRUCT_OFFSET (LatheRun, member)                                                                     \
  }

/* A table has the settings last, each in a column of its own. */
static const Member members[] = {
    MEMBER ("run", NUMBER, id),
    MEMBER ("name", TEXT, name),
    MEMBER ("note", TEXT, note),
    MEMBER ("tags", TEXT, tags),
    MEMBER ("group", TEXT, group),
    MEMBER ("state", STATE, state),
    MEMBER ("began", TIME, began),
    MEMBER ("ended", TIME, ended),
    MEMBER ("source", TEXT, source),
    MEMBER ("network", TEXT, network),
    MEMBER ("from", TEXT, from),
    MEMBER ("fine_tune", LAYERS, learning),
    MEMBER ("parameters", WHOLE, parameters),
    MEMBER ("hyperparameters", SETTINGS, hyperparameters),
    MEMBER ("epochs", COUNT, epochs),
    MEMBER ("epoch", COUNT, epoch),
    MEMBER ("seconds", REAL, seconds),
    MEMBER ("best_epoch", COUNT, scores.best_epoch),
    MEMBER ("val_loss", REAL, scores.validation_loss),
    MEMBER ("val_accuracy", REAL, scores.validation_accuracy),
    MEMBER ("test_loss", REAL, scores.test_loss),
    MEMBER ("test_accuracy", REAL, scores.test_accuracy),
    MEMBER ("machine", TEXT, machine),
    MEMBER ("program", TEXT, program),
    MEMBER ("weights_sha256", TEXT, weights),
    MEMBER ("model", TEXT, model),
    MEMBER ("checkpoint", TEXT, checkpoint),
    MEMBER ("error", TEXT, error),
};

/* --- JSON --- */

/* One that has no point gets one, so that every reader takes it for a real number. */
static void
append_real (GString *json, double value)
{
  gsize before = json->len;

  if (!isfinite (value))
    {
      g_string_append (json, "null");
      return;
    }
  lathe_json_append_number (json, value);
  if (strpbrk (json->str + before, ".e") == NULL)
    g_string_append (json, ".0");
}

/* A text of ours goes as it is. What cannot be read of an old list's is null. */
static void
append_settings (GString *json, const char *text)
{
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *read = NULL;

  if (lathe_json_is_plain (text))
    {
      g_string_append (json, text);
      return;
    }
  node = lathe_json_parse (text);
  read = node != NULL ? lathe_json_write (node, FALSE) : NULL;
  g_string_append (json, read != NULL ? read : "null");
}

static void
append_member (GString *json, const Member *member, const LatheRun *run)
{
  switch (member->kind)
    {
    case TEXT:
      lathe_json_append_string (json, G_STRUCT_MEMBER (const char *, run, member->offset));
      break;
    case WHOLE:
    case NUMBER:
      g_string_append_printf (json, "%" G_GINT64_FORMAT, G_STRUCT_MEMBER (gint64, run, member->offset));
      break;
    case COUNT:
      g_string_append_printf (json, "%u", G_STRUCT_MEMBER (guint, run, member->offset));
      break;
    case LAYERS:
      if (run->learning == LATHE_ALL_LAYERS)
        lathe_json_append_string (json, ALL);
      else
        g_string_append_printf (json, "%u", run->learning);
      break;
    case REAL:
      append_real (json, G_STRUCT_MEMBER (double, run, member->offset));
      break;
    case TIME:
      append_real (json, G_STRUCT_MEMBER (gint64, run, member->offset) > 0
                             ? (double) G_STRUCT_MEMBER (gint64, run, member->offset) / G_USEC_PER_SEC
                             : NAN);
      break;
    case STATE:
      lathe_json_append_string (json, lathe_run_state_names[run->state]);
      break;
    case SETTINGS:
    default:
      append_settings (json, G_STRUCT_MEMBER (const char *, run, member->offset));
    }
}

static void
append_changes (GString *json, const GArray *changes)
{
  g_autoptr (JsonBuilder) builder = NULL;
  g_autofree char *text = NULL;

  if (changes->len > 0)
    {
      builder = json_builder_new ();
      lathe_changes_write (changes, builder);
      text = lathe_json_finish (builder);
    }
  g_string_append (json, text != NULL ? text : "[]");
}

/**
 * lathe_run_append_json:
 *
 * Appends an object, on one line, of all that is known of the run. Times are seconds since 1970; its changes are as
 * lathe_changes_write() has them. Takes some ten microseconds.
 */
void
lathe_run_append_json (GString *json, const LatheRun *run)
{
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      g_string_append (json, i == 0 ? "{\"" : ",\"");
      g_string_append (json, members[i].name);
      g_string_append (json, "\":");
      append_member (json, &members[i], run);
    }
  g_string_append (json, ",\"changes\":");
  append_changes (json, run->changes);
  g_string_append_c (json, '}');
}

static char *
to_json (const GPtrArray *list)
{
  GString *json = g_string_new ("[");

  for (guint i = 0; i < list->len; i++)
    {
      g_string_append (json, i > 0 ? ",\n" : "\n");
      lathe_run_append_json (json, list->pdata[i]);
    }
  g_string_append (json, "\n]\n");
  return g_string_free (json, FALSE);
}

/* --- A table --- */

/* Columns of settings, of which neighbours mostly have the same: what was written last is not worked out again. */
typedef struct
{
  const LatheHyperparameter *row;
  double value;
  char *text;
} Column;

typedef struct
{
  GString *csv;
  GTimeZone *zone;
  GArray *columns; /* (element-type Column) */
} Table;

static void
column_clear (gpointer column)
{
  g_free (((Column *) column)->text);
}

static void
add_whole (GString *csv, guint64 value)
{
  char text[24];

  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, value);
  lathe_csv_append (csv, text);
}

static void
add_real (GString *csv, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE] = "";

  if (isfinite (value))
    g_ascii_dtostr (text, sizeof text, value);
  lathe_csv_append (csv, text);
}

static void
add_time (const Table *table, gint64 microseconds)
{
  g_autofree char *text = microseconds > 0 ? lathe_run_format_time (microseconds, table->zone) : NULL;

  lathe_csv_append (table->csv, text != NULL ? text : "");
}

static void
add_member (const Table *table, const Member *member, const LatheRun *run)
{
  switch (member->kind)
    {
    case TEXT:
      lathe_csv_append (table->csv, G_STRUCT_MEMBER (const char *, run, member->offset));
      break;
    case WHOLE:
    case NUMBER:
      add_whole (table->csv, G_STRUCT_MEMBER (guint64, run, member->offset));
      break;
    case COUNT:
      add_whole (table->csv, G_STRUCT_MEMBER (guint, run, member->offset));
      break;
    case LAYERS:
      if (run->learning == LATHE_ALL_LAYERS)
        lathe_csv_append (table->csv, ALL);
      else
        add_whole (table->csv, run->learning);
      break;
    case REAL:
      add_real (table->csv, G_STRUCT_MEMBER (double, run, member->offset));
      break;
    case TIME:
      add_time (table, G_STRUCT_MEMBER (gint64, run, member->offset));
      break;
    case STATE:
      lathe_csv_append (table->csv, lathe_run_state_names[run->state]);
      break;
    case SETTINGS:
    default:
      break;
    }
}

static void
add_setting (GString *csv, Column *column, const LatheHyperparameters *values)
{
  double value = lathe_hyperparameter_get (column->row, values);

  if (column->text == NULL || value != column->value)
    {
      g_free (column->text);
      column->text = lathe_property_format (&column->row->property, value);
      column->value = value;
    }
  lathe_csv_append (csv, column->text);
}

/* Every hyperparameter is a column: so two runs can be told apart by what was set. */
static void
add_settings (const Table *table, const LatheRun *run)
{
  LatheHyperparameters values;
  gboolean known = lathe_hyperparameters_from_json (run->hyperparameters, &values, NULL);

  for (guint i = 0; i < table->columns->len; i++)
    if (known)
      add_setting (table->csv, &g_array_index (table->columns, Column, i), &values);
    else
      lathe_csv_append (table->csv, "");
  if (known)
    add_whole (table->csv, values.seed);
  else
    lathe_csv_append (table->csv, "");
}

/* How many epochs a run was to have is one of its settings. */
static gboolean
has_column (const Member *member)
{
  return member->kind != SETTINGS && lathe_hyperparameter_find (member->name) == NULL;
}

/* Its head, and whatever its lines go by. */
static void
begin_table (Table *table)
{
  guint n_rows;
  const LatheHyperparameter *rows = lathe_hyperparameters (&n_rows);

  *table = (Table){g_string_new (NULL), g_time_zone_new_local (), g_array_new (FALSE, TRUE, sizeof (Column))};
  g_array_set_clear_func (table->columns, column_clear);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    if (has_column (&members[i]))
      lathe_csv_append (table->csv, members[i].name);
  for (guint i = 0; i < n_rows; i++)
    {
      Column column = {.row = &rows[i]};

      g_array_append_val (table->columns, column);
      lathe_csv_append (table->csv, rows[i].property.name);
    }
  lathe_csv_append (table->csv, "seed");
  g_string_append_c (table->csv, '\n');
}

static char *
to_csv (const GPtrArray *list)
{
  gboolean shown[G_N_ELEMENTS (members)];
  Table table;

  begin_table (&table);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    shown[i] = has_column (&members[i]);
  for (guint k = 0; k < list->len; k++)
    {
      for (guint i = 0; i < G_N_ELEMENTS (members); i++)
        if (shown[i])
          add_member (&table, &members[i], list->pdata[k]);
      add_settings (&table, list->pdata[k]);
      g_string_append_c (table.csv, '\n');
    }
  g_time_zone_unref (table.zone);
  g_array_unref (table.columns);
  return g_string_free (table.csv, FALSE);
}

/**
 * lathe_runs_save:
 * @list: (element-type LatheRun)
 * @as_json: as an array of objects, one a line; else as a table of comma-separated values (RFC 4180)
 *
 * The whole file or none: on failure what stood under the name stands there still.
 * Errors: LATHE_ERROR_IO.
 */
gboolean
lathe_runs_save (const GPtrArray *list, const char *path, gboolean as_json, GError **error)
{
  char *text = as_json ? to_json (list) : to_csv (list);
  g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));
  g_autoptr (GError) reason = NULL;

  if (lathe_whole_file_put (path, bytes, &reason))
    return TRUE;
  lathe_error_explain (error, reason, _ ("The runs cannot be saved as “%s”: %s."), path);
  return FALSE;
}
