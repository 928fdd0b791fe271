/* lathe-sweep-axis.c: what a setting may be in a sweep, as it is typed, and where in it a value lies.
 *
 *   learning-rate=1e-4..1e-1       a range; by its ratios, as the learning rate's row says
 *   momentum=0.5..0.99:log:4       by its ratios, and in a grid of four values
 *   batch=16,32,64                 some values
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-sweep.h"

#define SEED "seed"
#define LARGEST_SEED 9007199254740992.0 /* up to which doubles are exact */

/* As the command line calls them. */
static const struct
{
  const char *typed, *name;
} short_names[] = {{"lr", "learning-rate"}, {"rate", "learning-rate"}};

void
lathe_sweep_axis_free (LatheSweepAxis *axis)
{
  g_clear_pointer (&axis->values, g_array_unref);
  g_free (axis);
}

/* (transfer full): shares the values, which do not change. */
LatheSweepAxis *
lathe_sweep_axis_copy (const LatheSweepAxis *axis)
{
  LatheSweepAxis *copy = g_memdup2 (axis, sizeof *axis);

  if (copy->values != NULL)
    g_array_ref (copy->values);
  return copy;
}

const char *
lathe_sweep_axis_get_name (const LatheSweepAxis *axis)
{
  return axis->row != NULL ? axis->row->property.name : SEED;
}

const char *
lathe_sweep_axis_get_title (const LatheSweepAxis *axis)
{
  return axis->row != NULL ? _ (axis->row->property.title) : _ ("Seed");
}

double
lathe_sweep_axis_get (const LatheSweepAxis *axis, const LatheHyperparameters *values)
{
  return axis->row != NULL ? lathe_hyperparameter_get (axis->row, values) : (double) values->seed;
}

void
lathe_sweep_axis_set (const LatheSweepAxis *axis, LatheHyperparameters *values, double value)
{
  if (axis->row != NULL)
    lathe_hyperparameter_set (axis->row, values, value);
  else
    values->seed = (guint64) value;
}

/* (transfer full): as it would be typed */
char *
lathe_sweep_axis_format (const LatheSweepAxis *axis, double value)
{
  return axis->row != NULL ? lathe_property_format (&axis->row->property, value) : g_strdup_printf ("%.0f", value);
}

/* --- Where a value lies --- */

static gboolean
is_whole (const LatheSweepAxis *axis)
{
  return axis->row == NULL || axis->row->property.type != LATHE_PROPERTY_REAL;
}

/* Four digits are as exact as a setting has to be, and can be read. */
static double
shorten (double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  return g_ascii_strtod (g_ascii_formatd (text, sizeof text, "%.4g", value), NULL);
}

/**
 * lathe_sweep_axis_at:
 * @share: 0 … 1 (not 1 itself, where each of some values is to be as likely as the others)
 *
 * Returns: the value at that share of the range, or of the values; between the ends of a range, to four digits
 */
double
lathe_sweep_axis_at (const LatheSweepAxis *axis, double share)
{
  double value;

  if (axis->values != NULL)
    return g_array_index (axis->values, double, MIN ((guint) (share * axis->values->len), axis->values->len - 1));
  if (share <= 0 || share >= 1)
    return share <= 0 ? axis->from : axis->to;
  if (axis->logarithmic)
    value = axis->from * pow (axis->to / axis->from, share);
  else
    value = axis->from + share * (axis->to - axis->from);
  return CLAMP (is_whole (axis) ? round (value) : shorten (value), axis->from, axis->to);
}

static gboolean
has_value (const GArray *values, double value)
{
  for (guint i = 0; i < values->len; i++)
    if (g_array_index (values, double, i) == value)
      return TRUE;
  return FALSE;
}

/**
 * lathe_sweep_axis_list:
 *
 * Returns: (transfer full) (element-type double): the values that a grid has of it, each once
 */
GArray *
lathe_sweep_axis_list (const LatheSweepAxis *axis)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (double));
  guint n = axis->values != NULL ? axis->values->len : axis->steps > 0 ? axis->steps : LATHE_SWEEP_STEPS;

  for (guint i = 0; i < n; i++)
    {
      double value = axis->values != NULL ? g_array_index (axis->values, double, i)
                                          : lathe_sweep_axis_at (axis, n > 1 ? i / (n - 1.0) : 0);

      if (!has_value (list, value))
        g_array_append_val (list, value);
    }
  return list;
}

/* --- As it is typed --- */

static gboolean
refuse (GError **error, const char *text, const char *reason)
{
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
               _ ("“%s” does not say how a setting varies: %s. Write NAME=VALUE,VALUE,… or NAME=FROM..TO, with :log or "
                  ":linear and a number of steps behind it, as in learning-rate=1e-4..1e-1:log:4"),
               text, reason);
  return FALSE;
}

static gboolean
parse_value (const LatheSweepAxis *axis, const char *text, double *value, GError **error)
{
  guint64 seed;

  if (axis->row != NULL)
    return lathe_property_parse (&axis->row->property, text, value, error);
  if (g_ascii_string_to_unsigned (text, 10, 0, (guint64) LARGEST_SEED, &seed, NULL))
    {
      *value = (double) seed;
      return TRUE;
    }
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
               _ ("A seed that varies is a whole number from 0 to %.0f, not “%s”"), LARGEST_SEED, text);
  return FALSE;
}

static gboolean
parse_values (LatheSweepAxis *axis, const char *text, const char *typed, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (typed, ",", -1);

  axis->values = g_array_new (FALSE, FALSE, sizeof (double));
  for (char **part = parts; *part != NULL; part++)
    {
      double value;

      if (!parse_value (axis, g_strstrip (*part), &value, error))
        return FALSE;
      g_array_append_val (axis->values, value);
    }
  if (axis->values->len == 0)
    return refuse (error, text, _ ("there is no value"));
  return axis->values->len <= LATHE_SWEEP_MAX_RUNS || refuse (error, text, _ ("there are too many values"));
}

/* “:log:4” behind a range. */
static gboolean
parse_way (LatheSweepAxis *axis, char **words)
{
  guint64 steps;

  for (; *words != NULL; words++)
    if (g_str_equal (*words, "log"))
      axis->logarithmic = TRUE;
    else if (g_str_equal (*words, "linear"))
      axis->logarithmic = FALSE;
    else if (g_ascii_string_to_unsigned (*words, 10, 2, LATHE_SWEEP_MAX_RUNS, &steps, NULL))
      axis->steps = (guint) steps;
    else
      return FALSE;
  return TRUE;
}

static gboolean
parse_range (LatheSweepAxis *axis, const char *text, const char *typed, GError **error)
{
  g_auto (GStrv) words = g_strsplit (typed, ":", -1), ends = NULL;

  ends = g_strsplit (words[0], "..", 2);
  if (axis->row != NULL && axis->row->property.type == LATHE_PROPERTY_CHOICE)
    return refuse (error, text, _ ("it is one of some names, which have no range"));
  if (!parse_value (axis, g_strstrip (ends[0]), &axis->from, error) ||
      !parse_value (axis, g_strstrip (ends[1]), &axis->to, error))
    return FALSE;
  axis->logarithmic = axis->row != NULL && axis->row->logarithmic && axis->from > 0;
  if (!parse_way (axis, words + 1))
    return refuse (error, text, _ ("behind a range comes log, linear or a number of steps from 2 on"));
  if (!(axis->from < axis->to))
    return refuse (error, text, _ ("a range goes from the smaller value to the larger one"));
  return !axis->logarithmic || axis->from > 0 || refuse (error, text, _ ("a logarithmic range begins above 0"));
}

static const char *
find_name (const char *typed)
{
  for (guint i = 0; i < G_N_ELEMENTS (short_names); i++)
    if (g_str_equal (typed, short_names[i].typed))
      return short_names[i].name;
  return typed;
}

/**
 * lathe_sweep_axis_parse:
 * @text: NAME=VALUE,VALUE,… or NAME=FROM..TO with :log, :linear and :STEPS as they are wanted; NAME is a
 *   hyperparameter's, lr or rate for the learning rate, or seed
 *
 * Returns: (transfer full): NULL with LATHE_ERROR_INVALID
 */
LatheSweepAxis *
lathe_sweep_axis_parse (const char *text, GError **error)
{
  g_autoptr (LatheSweepAxis) axis = g_new0 (LatheSweepAxis, 1);
  g_auto (GStrv) parts = g_strsplit (text, "=", 2);
  const char *name;

  if (g_strv_length (parts) != 2)
    {
      refuse (error, text, _ ("there is no “=”"));
      return NULL;
    }
  name = find_name (g_strstrip (parts[0]));
  axis->row = lathe_hyperparameter_find (name);
  if (axis->row == NULL && !g_str_equal (name, SEED))
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                   _ ("There is no setting “%s” to vary: its name is that of an option of “lathe-cli train --help”, "
                      "such as learning-rate, batch or momentum, or seed"),
                   name);
      return NULL;
    }
  if (strstr (parts[1], "..") != NULL ? parse_range (axis, text, parts[1], error)
                                      : parse_values (axis, text, parts[1], error))
    return g_steal_pointer (&axis);
  return NULL;
}
