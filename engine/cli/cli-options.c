/* cli-options.c: reads what was typed, strictly.
 *
 * Options arrive as texts and are read here, so that “3x”, “-1” and “nan” are refused with one sentence.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <math.h>

#define MAX_SIDE 4096 /* pixels, of a network's input */
#define MAX_BATCH 65536
#define MAX_THREADS 256

/**
 * cli_refuse:
 *
 * Returns: FALSE, with a GOptionError: what was typed is wrong
 */
gboolean
cli_refuse (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_propagate_error (error, g_error_new_valist (G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, arguments));
  va_end (arguments);
  return FALSE;
}

static gboolean
check_operands (const CliCommand *command, char **operands, GError **error)
{
  guint n = operands != NULL ? g_strv_length (operands) : 0;

  if (n < command->min_operands)
    return cli_refuse (error, _ ("too little is given: it takes %s"), _ (command->operands));
  if (n <= command->max_operands)
    return TRUE;
  return command->max_operands > 0 ? cli_refuse (error, _ ("“%s” is one too many: it takes %s"),
                                                 operands[command->max_operands], _ (command->operands))
                                   : cli_refuse (error, _ ("“%s” is one too many: it takes options only"), operands[0]);
}

/**
 * cli_parse:
 * @entries: the command's own options; --json and --help come by themselves
 * @details: (nullable): printed at the end of the help
 *
 * Errors: GOptionError.
 */
gboolean
cli_parse (const CliCommand *command, const GOptionEntry *entries, const char *details, int argc, char **argv,
           CliCall *call, GError **error)
{
  const GOptionEntry common[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &call->json, N_ ("Print one JSON object a line"), NULL},
      {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &call->operands, NULL, NULL},
      G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (_ (command->operands));

  g_option_context_set_summary (context, _ (command->summary));
  g_option_context_set_description (context, details);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, common, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  cli_bar_allow (!call->json);
  return check_operands (command, call->operands, error);
}

void
cli_call_clear (CliCall *call)
{
  g_clear_pointer (&call->operands, g_strfreev);
}

/**
 * cli_describe_presets:
 *
 * Returns: (transfer full): a line for each and one for its paper, for the end of a help
 */
char *
cli_describe_presets (void)
{
  GString *text = g_string_new (_ ("Preset networks:"));
  guint n_presets;
  const LathePreset *presets = lathe_presets (&n_presets);

  for (guint i = 0; i < n_presets; i++)
    {
      g_string_append_printf (text, "\n  %-18s %s", presets[i].name, _ (presets[i].summary));
      if (presets[i].paper != NULL)
        g_string_append_printf (text, "\n  %-18s %s", "", presets[i].paper->url);
    }
  return g_string_free (text, FALSE);
}

gboolean
cli_read_count (const char *option, const char *text, guint minimum, guint maximum, guint *value, GError **error)
{
  guint64 number;

  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_unsigned (text, 10, minimum, maximum, &number, NULL))
    return cli_refuse (error, _ ("%s takes a whole number from %u to %u, not “%s”"), option, minimum, maximum, text);
  *value = (guint) number;
  return TRUE;
}

gboolean
cli_read_batch (const char *text, guint *batch, GError **error)
{
  return cli_read_count ("--batch", text, 1, MAX_BATCH, batch, error);
}

gboolean
cli_read_threads (const char *text, guint *threads, GError **error)
{
  return cli_read_count ("--threads", text, 1, MAX_THREADS, threads, error);
}

gboolean
cli_read_seed (const char *text, guint64 *seed, GError **error)
{
  if (text == NULL || g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, seed, NULL))
    return TRUE;
  return cli_refuse (error, _ ("--seed takes a whole number from 0 up, not “%s”"), text);
}

/* The whole of `text` is a number; “nan” and “inf” are none. */
static gboolean
read_number (const char *text, double *value)
{
  char *end;

  errno = 0;
  *value = g_ascii_strtod (text, &end);
  return !g_ascii_isspace (*text) && end != text && *end == '\0' && errno == 0 && isfinite (*value);
}

gboolean
cli_read_real (const char *option, const char *text, double *value, GError **error)
{
  double number;

  if (text == NULL)
    return TRUE;
  if (!read_number (text, &number))
    return cli_refuse (error, _ ("%s takes a number, not “%s”"), option, text);
  *value = number;
  return TRUE;
}

gboolean
cli_read_choice (const char *option, const char *text, const char *const *choices, guint *index, GError **error)
{
  g_autofree char *list = g_strjoinv (", ", (char **) choices);

  if (text == NULL)
    return TRUE;
  for (guint i = 0; choices[i] != NULL; i++)
    if (g_str_equal (choices[i], text))
      {
        *index = i;
        return TRUE;
      }
  return cli_refuse (error, _ ("%s takes one of %s, not “%s”"), option, list, text);
}

gboolean
cli_read_fit (const char *text, LatheFit *fit, GError **error)
{
  guint choice = *fit;

  if (!cli_read_choice ("--fit", text, lathe_fit_names, &choice, error))
    return FALSE;
  *fit = (LatheFit) choice;
  return TRUE;
}

/* “128x96”: width, then height. */
gboolean
cli_read_size (const char *text, guint *width, guint *height, GError **error)
{
  g_auto (GStrv) sides = NULL;
  guint64 w, h;

  if (text == NULL)
    return TRUE;
  sides = g_strsplit_set (text, "xX", -1);
  if (g_strv_length (sides) != 2 || !g_ascii_string_to_unsigned (sides[0], 10, 1, MAX_SIDE, &w, NULL) ||
      !g_ascii_string_to_unsigned (sides[1], 10, 1, MAX_SIDE, &h, NULL))
    return cli_refuse (error, _ ("--size takes a width and a height of 1 to %u pixels, such as 128x128, not “%s”"),
                       MAX_SIDE, text);
  *width = (guint) w;
  *height = (guint) h;
  return TRUE;
}

/* “70/20/10”: percent for training, validation and test. */
gboolean
cli_read_split (const char *option, const char *text, double share[LATHE_N_SPLITS], GError **error)
{
  g_auto (GStrv) parts = NULL;
  double percent[LATHE_N_SPLITS], sum = 0;
  gboolean ok;

  if (text == NULL)
    return TRUE;
  parts = g_strsplit (text, "/", -1);
  ok = g_strv_length (parts) == LATHE_N_SPLITS;
  for (guint i = 0; i < LATHE_N_SPLITS && ok; i++)
    {
      ok = read_number (parts[i], &percent[i]) && percent[i] >= 0;
      sum += percent[i];
    }
  if (!ok || fabs (sum - 100) > 1e-6 || !(percent[LATHE_SPLIT_TRAIN] > 0))
    return cli_refuse (
        error, _ ("%s takes percent for training, validation and test that make 100, such as 70/20/10, not “%s”"),
        option, text);
  for (guint i = 0; i < LATHE_N_SPLITS; i++)
    share[i] = percent[i] / 100;
  return TRUE;
}

gboolean
cli_read_augmentations (const char *list, LatheHyperparameters *hyperparameters, GError **error)
{
  g_autoptr (GError) reason = NULL;

  return list == NULL || lathe_augmentation_list_read (list, hyperparameters, &reason) ||
         cli_refuse (error, "--augment: %s", reason->message);
}

gboolean
cli_read_precision (const char *text, LathePrecision *precision, GError **error)
{
  const LatheProperty *property = &lathe_hyperparameter_find ("precision")->property;
  g_autoptr (GError) reason = NULL;
  double value = *precision;

  if (text != NULL && !lathe_property_parse (property, text, &value, &reason))
    return cli_refuse (error, "--precision: %s", reason->message);
  *precision = (LathePrecision) value;
  return TRUE;
}
