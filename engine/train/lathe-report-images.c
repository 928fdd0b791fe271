/* lathe-report-images.c: the images of a report, within it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>

#include "dataset/lathe-decode.h"
#include "lathe-report-private.h"
#include "lathe-suspects.h"

#define MOST_IMAGES 24 /* of each kind: what prints on a page */
#define SIDE 128       /* pixels, at most */

/* An image that cannot be read any more has its words all the same. */
static void
add_picture (GString *html, const LatheImage *image)
{
  g_autoptr (GdkPixbuf) pixbuf = lathe_decode_image_preview (image, SIDE, NULL);
  g_autofree char *png = NULL, *text = NULL;
  gsize length;

  if (pixbuf == NULL || !gdk_pixbuf_save_to_buffer (pixbuf, &png, &length, "png", NULL, NULL))
    return;
  text = g_base64_encode ((const guchar *) png, length);
  g_string_append_printf (html, "<img alt=\"\" src=\"data:image/png;base64,%s\">", text);
}

/* @probability: NAN: none is told */
static gboolean
add_figure (GString *html, const LatheReport *report, guint place, const char *words, double probability,
            GCancellable *cancellable, GError **error)
{
  const LatheImage *image =
      lathe_dataset_get_image (report->dataset, lathe_evaluation_get (report->evaluation, place)->image);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  g_string_append (html, "<figure>");
  add_picture (html, image);
  g_string_append (html, "<figcaption>");
  lathe_markup_append_text (html, words);
  if (!isnan (probability))
    {
      g_string_append (html, " ");
      lathe_report_add_share (html, probability);
    }
  g_string_append (html, "<br><small>");
  lathe_markup_append_text (html, lathe_image_get_name (report->dataset, image));
  g_string_append (html, "</small></figcaption></figure>\n");
  return TRUE;
}

/* --- Mistakes --- */

static int
compare_outcomes (gconstpointer a, gconstpointer b, gpointer data)
{
  const LatheEvaluation *evaluation = data;
  guint i = *(const guint *) a, j = *(const guint *) b;
  float x = lathe_evaluation_get (evaluation, i)->confidence, y = lathe_evaluation_get (evaluation, j)->confidence;

  return x != y ? (x < y ? 1 : -1) : (i > j) - (i < j);
}

/* Their places in the evaluation, the surest first. */
static GArray *
find_mistakes (const LatheEvaluation *evaluation)
{
  GArray *places = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < lathe_evaluation_get_n (evaluation); i++)
    if (lathe_evaluation_get (evaluation, i)->truth != lathe_evaluation_get (evaluation, i)->said)
      g_array_append_val (places, i);
  g_array_sort_with_data (places, compare_outcomes, (gpointer) evaluation);
  return places;
}

static void
add_number_of (GString *html, guint shown, guint all)
{
  g_autofree char *text = g_strdup_printf (_ ("%u of %u, the surest first"), shown, all);

  g_string_append (html, "<p class=\"note\">");
  lathe_markup_append_text (html, text);
  g_string_append (html, "</p>\n<div class=\"images\">\n");
}

gboolean
lathe_report_add_mistakes (GString *html, const LatheReport *report, GCancellable *cancellable, GError **error)
{
  g_autoptr (GArray) places = find_mistakes (report->evaluation);
  guint n = MIN (places->len, MOST_IMAGES);

  if (n == 0)
    return TRUE;
  lathe_report_add_heading (html, _ ("Mistakes"));
  add_number_of (html, n, places->len);
  for (guint i = 0; i < n; i++)
    {
      guint place = g_array_index (places, guint, i);
      const LatheOutcome *outcome = lathe_evaluation_get (report->evaluation, place);
      /* Translators: true class, what the model took it for */
      g_autofree char *words = g_strdup_printf (_ ("%s, taken for %s"), lathe_report_class (report, outcome->truth),
                                                lathe_report_class (report, outcome->said));

      if (!add_figure (html, report, place, words, (double) outcome->confidence, cancellable, error))
        return FALSE;
    }
  g_string_append (html, "</div>\n");
  return TRUE;
}

/* --- Labels --- */

static gboolean
add_suspect (GString *html, const LatheReport *report, const LatheSuspect *suspect, GCancellable *cancellable,
             GError **error)
{
  const float *p = lathe_evaluation_get_probabilities (report->evaluation, suspect->place);
  const char *label = lathe_report_class (report, lathe_evaluation_get (report->evaluation, suspect->place)->truth);
  const char *likelier = lathe_report_class (report, suspect->likelier);
  /* Translators: the class of an image by its label, and the one that it rather shows */
  g_autofree char *words = g_strdup_printf (_ ("%s, or rather %s?"), label, likelier), *course = NULL;

  if (suspect->times == 0)
    return add_figure (html, report, suspect->place, words, (double) p[suspect->likelier], cancellable, error);
  /* Translators: class by the label, the one it rather shows; how often it was named by its label, of how often the
   * network looked at it in training */
  course = g_strdup_printf (_ ("%s, or rather %s? Named by its label %u of %u"), label, likelier, suspect->named,
                            suspect->times);
  return add_figure (html, report, suspect->place, course, NAN, cancellable, error);
}

gboolean
lathe_report_add_suspects (GString *html, const LatheReport *report, GCancellable *cancellable, GError **error)
{
  guint n = MIN (report->suspects->len, MOST_IMAGES);

  if (n == 0)
    return TRUE;
  lathe_report_add_heading (html, _ ("Labels that may be wrong"));
  add_number_of (html, n, report->suspects->len);
  for (guint i = 0; i < n; i++)
    if (!add_suspect (html, report, &g_array_index (report->suspects, LatheSuspect, i), cancellable, error))
      return FALSE;
  g_string_append (html, "</div>\n");
  return TRUE;
}
