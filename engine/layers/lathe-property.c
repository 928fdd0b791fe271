/* lathe-property.c: checks, reads and writes the value of a property by its row.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-property.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/lathe-error.h"

const char *const lathe_no_yes[] = {N_ ("no"), N_ ("yes"), NULL};

/**
 * lathe_property_check:
 *
 * Errors: LATHE_ERROR_INVALID when the value is out of range, no number, or a fraction where a whole number is wanted.
 */
gboolean
lathe_property_check (const LatheProperty *property, double value, GError **error)
{
  gboolean whole = property->type != LATHE_PROPERTY_REAL;

  if (value >= property->minimum && value <= property->maximum && (!whole || value == floor (value)))
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
               whole ? _ ("%s must be a whole number from %g to %g, not %g") : _ ("%s must be from %g to %g, not %g"),
               _ (property->title), property->minimum, property->maximum, value);
  return FALSE;
}

/**
 * lathe_property_format:
 *
 * Returns: (transfer full): the value as files and the command line write it: "32", "0.5", "relu"
 */
char *
lathe_property_format (const LatheProperty *property, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (property->type == LATHE_PROPERTY_CHOICE)
    return g_strdup (property->choices[(int) value]);
  return g_strdup (g_ascii_formatd (text, sizeof text, "%.12g", value));
}

/**
 * lathe_property_parse:
 * @value: (out): set on success
 *
 * Errors: LATHE_ERROR_INVALID.
 */
gboolean
lathe_property_parse (const LatheProperty *property, const char *text, double *value, GError **error)
{
  char *end;
  double number;

  if (property->type == LATHE_PROPERTY_CHOICE)
    {
      for (int i = 0; property->choices[i] != NULL; i++)
        if (g_strcmp0 (property->choices[i], text) == 0)
          {
            *value = i;
            return TRUE;
          }
    }
  else
    {
      number = g_ascii_strtod (text, &end);
      if (end != text && *end == '\0')
        {
          if (!lathe_property_check (property, number, error))
            return FALSE;
          *value = number;
          return TRUE;
        }
    }
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("%s cannot be “%s”"), _ (property->title), text);
  return FALSE;
}
