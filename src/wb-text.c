/* wb-text.c: numbers as people read them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-text.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <math.h>

char *
wb_text_count (guint64 count)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, count);
  const char *separator = localeconv ()->thousands_sep;
  gsize length = strlen (digits);
  GString *text = g_string_new (NULL);

  /* The C locale has no separator; its texts are English ones. */
  if (separator == NULL || *separator == '\0')
    separator = ",";
  for (gsize i = 0; i < length; i++)
    {
      if (i > 0 && (length - i) % 3 == 0)
        g_string_append (text, separator);
      g_string_append_c (text, digits[i]);
    }
  return g_string_free (text, FALSE);
}

char *
wb_text_short (guint64 count)
{
  if (count < 1000)
    return g_strdup_printf ("%" G_GUINT64_FORMAT, count);
  if (count < 999950)
    /* Translators: thousands, as in 54.3 k */
    return g_strdup_printf (_ ("%.1f k"), count / 1e3);
  if (count < G_GUINT64_CONSTANT (999950000))
    /* Translators: millions, as in 1.2 M */
    return g_strdup_printf (_ ("%.1f M"), count / 1e6);
  /* Translators: thousands of millions, as in 3.9 G */
  return g_strdup_printf (_ ("%.1f G"), count / 1e9);
}

char *
wb_text_percent (double share)
{
  if (!isfinite (share))
    return g_strdup ("–");
  /* Translators: a share, as in 97.3 % */
  return g_strdup_printf (_ ("%.1f %%"), 100.0 * share);
}

char *
wb_text_interval (LatheInterval interval, gboolean percent)
{
  if (!isfinite (interval.low) || !isfinite (interval.high))
    return g_strdup ("");
  /* Translators: from … to …, of shares, as in 95.1 – 97.3 % */
  return percent ? g_strdup_printf (_ ("%.1f – %.1f %%"), 100 * interval.low, 100 * interval.high)
                 : g_strdup_printf ("%.3f – %.3f", interval.low, interval.high);
}

char *
wb_text_number (double value, int decimals)
{
  return isfinite (value) ? g_strdup_printf ("%.*f", decimals, value) : g_strdup ("–");
}

char *
wb_text_size (guint64 parameters)
{
  return g_format_size (parameters * sizeof (float));
}

char *
wb_text_shape (const LatheShape *shape)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < shape->rank; i++)
    g_string_append_printf (text, i == 0 ? "%u" : " × %u", shape->dim[i]);
  return g_string_free (text, FALSE);
}

void
wb_text_append_numbers (GString *csv, const double *values, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      char text[G_ASCII_DTOSTR_BUF_SIZE];

      g_ascii_formatd (text, sizeof text, "%.9g", values[i]);
      g_string_append_printf (csv, "%s%s", i > 0 ? "," : "", isnan (values[i]) ? "" : text);
    }
  g_string_append_c (csv, '\n');
}

char *
wb_text_sentence (const char *reason)
{
  const char *rest = *reason != '\0' ? g_utf8_next_char (reason) : reason;
  g_autofree char *first = g_utf8_strup (reason, rest - reason);

  return g_strconcat (first, rest, NULL);
}

char *
wb_text_milliseconds (double milliseconds)
{
  int decimals = milliseconds < 0.1 ? 3 : milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0;

  /* Translators: milliseconds */
  return g_strdup_printf (_ ("%.*f ms"), decimals, milliseconds);
}

char *
wb_text_duration (double seconds)
{
  guint minutes = (guint) (seconds / 60 + 0.5);

  if (seconds < 99.5)
    return g_strdup_printf (_ ("%u s"), (guint) ceil (seconds));
  if (minutes < 100)
    return g_strdup_printf (_ ("%u min"), minutes);
  /* Translators: hours and minutes */
  return g_strdup_printf (_ ("%u h %02u min"), minutes / 60, minutes % 60);
}

char *
wb_text_left (double seconds)
{
  g_autofree char *duration = wb_text_duration (seconds);

  /* Translators: “34 s left”, “2 min left” */
  return g_strdup_printf (_ ("%s left"), duration);
}
