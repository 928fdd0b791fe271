/* lathe-preprocess.c: how a preprocessing is said in words and in figures.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-preprocess.h"

#include <string.h>

const char *const lathe_fit_names[] = {"crop", "pad", "stretch", NULL};
const char *const lathe_normalisation_names[] = {"none", "data", "given", NULL};

LatheNormalisation
lathe_preprocess_get_normalisation (const LathePreprocess *preprocess)
{
  if (preprocess->measured)
    return LATHE_NORMALISATION_DATA;
  for (guint c = 0; c < preprocess->channels; c++)
    if (preprocess->mean[c] != 0 || preprocess->deviation[c] != 1)
      return LATHE_NORMALISATION_GIVEN;
  return LATHE_NORMALISATION_NONE;
}

/**
 * lathe_preprocess_same_normalisation:
 *
 * Whether a training with the one would have the same numbers as with the other, of the same channels: what was
 * measured before makes no difference where it is measured again.
 */
gboolean
lathe_preprocess_same_normalisation (const LathePreprocess *a, const LathePreprocess *b)
{
  if (a->measured || b->measured)
    return a->measured && b->measured;
  for (guint c = 0; c < a->channels; c++)
    if (a->mean[c] != b->mean[c] || a->deviation[c] != b->deviation[c])
      return FALSE;
  return TRUE;
}

/* The whole of `text`, spaces around it left out; “nan” and “inf” are in no range. */
static gboolean
read_number (const char *text, double least, float *value)
{
  char *end;
  double number = g_ascii_strtod (text, &end);

  if (end == text || *end != '\0' || !(number >= least && number <= 1))
    return FALSE;
  *value = (float) number;
  return TRUE;
}

guint
lathe_channels_read (const char *text, double least, float values[3])
{
  g_auto (GStrv) parts = g_strsplit (text, ",", 4);
  guint n = g_strv_length (parts);
  float read[3];

  if (n != 1 && n != 3)
    return 0;
  for (guint c = 0; c < 3; c++)
    if (!read_number (g_strstrip (parts[n == 1 ? 0 : c]), least, &read[c]))
      return 0;
  memcpy (values, read, sizeof read);
  return n;
}

char *
lathe_channels_write (const float *values, guint channels)
{
  GString *text = g_string_new (NULL);
  gboolean same = TRUE;

  for (guint c = 1; c < channels; c++)
    same = same && values[c] == values[0];
  for (guint c = 0; c < (same ? 1 : channels); c++)
    {
      char digits[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append (text, c > 0 ? ", " : "");
      g_string_append (text, g_ascii_formatd (digits, sizeof digits, "%.6g", values[c]));
    }
  return g_string_free (text, FALSE);
}
