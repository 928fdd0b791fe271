/* wb-run-columns.c: what the table of runs says of each run, and of each group of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-run-columns.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-text.h"

/* --- What a cell says --- */

static char *
format_title (WbRunItem *item)
{
  return wb_run_item_get_title (item);
}

static char *
format_state (WbRunItem *item)
{
  return g_strdup (_ (lathe_run_state_titles[wb_run_item_get_run (item)->state]));
}

static char *
format_epochs (WbRunItem *item)
{
  const LatheRun *run = wb_run_item_get_run (item);

  if (*run->from && run->learning == 0)
    return g_strdup ("–"); /* a last layer alone is learned in one act */
  return g_strdup_printf (_ ("%u of %u"), run->epoch, run->epochs);
}

static char *
format_validation (WbRunItem *item)
{
  return wb_text_percent (wb_run_item_get_run (item)->scores.validation_accuracy);
}

static char *
format_test (WbRunItem *item)
{
  return wb_text_percent (wb_run_item_get_run (item)->scores.test_accuracy);
}

static char *
format_time (WbRunItem *item)
{
  return wb_text_duration (wb_run_item_get_run (item)->seconds);
}

static char *
format_parameters (WbRunItem *item)
{
  return wb_text_short (wb_run_item_get_run (item)->parameters);
}

/* (transfer full): on which model it was grown, and how much of that one learned on */
static char *
format_origin (const LatheRun *run)
{
  g_autofree char *name = g_path_get_basename (run->from);

  if (run->learning == 0)
    /* Translators: the name of a model */
    return g_strdup_printf (_ ("from %s: a last layer"), name);
  if (run->learning == LATHE_ALL_LAYERS)
    /* Translators: the name of a model */
    return g_strdup_printf (_ ("from %s: all layers"), name);
  /* Translators: the name of a model, and how many layers of it */
  return g_strdup_printf (ngettext ("from %s: its last %u layer", "from %s: its last %u layers", run->learning), name,
                          run->learning);
}

static char *
format_settings (WbRunItem *item)
{
  const LatheRun *run = wb_run_item_get_run (item);
  const char *settings = wb_run_item_get_settings (item);
  g_autofree char *origin = *run->from ? format_origin (run) : NULL;

  if (!origin)
    return g_strdup (settings);
  return *settings ? g_strdup_printf ("%s, %s", origin, settings) : g_steal_pointer (&origin);
}

static char *
format_group_title (WbRunGroup *group)
{
  guint n = g_list_model_get_n_items (wb_run_group_get_runs (group));

  /* Translators: a sweep's name, and how many runs it has */
  return g_strdup_printf (ngettext ("%s: %u run", "%s: %u runs", n), wb_run_group_get_name (group), n);
}

/* What goes on, if anything does; else how many came to their end. */
static char *
format_group_state (WbRunGroup *group)
{
  if (wb_run_group_count (group, LATHE_RUN_UNDER_WAY) > 0)
    return g_strdup (_ (lathe_run_state_titles[LATHE_RUN_UNDER_WAY]));
  if (wb_run_group_count (group, LATHE_RUN_PAUSED) > 0)
    return g_strdup (_ (lathe_run_state_titles[LATHE_RUN_PAUSED]));
  return g_strdup_printf (_ ("%u finished"), wb_run_group_count (group, LATHE_RUN_FINISHED));
}

static char *
format_group_time (WbRunGroup *group)
{
  return wb_text_duration (wb_run_group_get_seconds (group));
}

static char *
format_group_settings (WbRunGroup *group)
{
  /* Translators: the settings of the run that did best */
  return g_strdup_printf (_ ("best: %s"), wb_run_item_get_settings (wb_run_group_get_best (group)));
}

/* --- How they compare --- */

/* What is not known comes first, from the least up. */
static int
compare_numbers (double a, double b)
{
  if (isnan (a) || isnan (b))
    return isnan (b) - isnan (a);
  return (a > b) - (a < b);
}

static int
compare_title (const LatheRun *a, const LatheRun *b)
{
  return (a->id > b->id) - (a->id < b->id);
}

static int
compare_state (const LatheRun *a, const LatheRun *b)
{
  return (int) a->state - (int) b->state;
}

static int
compare_epochs (const LatheRun *a, const LatheRun *b)
{
  return compare_numbers (a->epoch, b->epoch);
}

static int
compare_validation (const LatheRun *a, const LatheRun *b)
{
  return compare_numbers (a->scores.validation_accuracy, b->scores.validation_accuracy);
}

static int
compare_test (const LatheRun *a, const LatheRun *b)
{
  return compare_numbers (a->scores.test_accuracy, b->scores.test_accuracy);
}

static int
compare_time (const LatheRun *a, const LatheRun *b)
{
  return compare_numbers (a->seconds, b->seconds);
}

static int
compare_parameters (const LatheRun *a, const LatheRun *b)
{
  return compare_numbers ((double) a->parameters, (double) b->parameters);
}

const WbRunColumn wb_run_columns[] = {
    {N_ ("Run"), NULL, FALSE, 13, format_title, format_group_title, compare_title},
    {N_ ("State"), NULL, FALSE, 10, format_state, format_group_state, compare_state},
    {N_ ("Epochs"), N_ ("That are finished"), TRUE, 8, format_epochs, NULL, compare_epochs},
    {N_ ("Validation"), N_ ("Accuracy of the best epoch on the validation side"), TRUE, 6, format_validation, NULL,
     compare_validation},
    {N_ ("Test"), N_ ("Accuracy of the best epoch on the test side"), TRUE, 6, format_test, NULL, compare_test},
    {N_ ("Time"), N_ ("Of training, pauses left out"), TRUE, 8, format_time, format_group_time, compare_time},
    {N_ ("Parameters"), N_ ("Of the network"), TRUE, 7, format_parameters, NULL, compare_parameters},
    {N_ ("Settings"), N_ ("Those that are not the same in all runs"), FALSE, 30, format_settings, format_group_settings,
     NULL},
    {NULL, NULL, FALSE, 0, NULL, NULL, NULL},
};

/* A group is where its best run would be, and in the order of time where its newest run would be. */
static const LatheRun *
get_compared (gconstpointer item, const WbRunColumn *column)
{
  g_autoptr (WbRunItem) newest = NULL;

  if (WB_IS_RUN_ITEM ((gpointer) item))
    return wb_run_item_get_run ((WbRunItem *) item);
  if (column->compare != compare_title)
    return wb_run_item_get_run (wb_run_group_get_best ((WbRunGroup *) item));
  newest = g_list_model_get_item (wb_run_group_get_runs ((WbRunGroup *) item), 0);
  return wb_run_item_get_run (newest); /* the group has it, too */
}

int
wb_run_column_compare (gconstpointer a, gconstpointer b, gpointer column)
{
  return ((const WbRunColumn *) column)->compare (get_compared (a, column), get_compared (b, column));
}

char *
wb_run_column_format (const WbRunColumn *column, gpointer item)
{
  if (WB_IS_RUN_ITEM (item))
    return column->format (item);
  return column->format_group ? column->format_group (item) : column->format (wb_run_group_get_best (item));
}
