/* lathe-report-words.c: numbers and lines of a report.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "lathe-report-private.h"

static void
begin_data (GString *html, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (html, "<data value=\"%s\">", g_ascii_formatd (text, sizeof text, "%.17g", value));
}

/* 0.9734 → “97.3 %” */
void
lathe_report_add_share (GString *html, double value)
{
  if (!isfinite (value))
    {
      g_string_append (html, "–");
      return;
    }
  begin_data (html, value);
  lathe_markup_append_number (html, 100 * value, 1);
  g_string_append (html, " %</data>");
}

void
lathe_report_add_value (GString *html, double value, guint decimals)
{
  if (!isfinite (value))
    {
      g_string_append (html, "–");
      return;
    }
  begin_data (html, value);
  lathe_markup_append_number (html, value, decimals);
  g_string_append (html, "</data>");
}

void
lathe_report_add_count (GString *html, guint64 count)
{
  g_string_append_printf (html, "<data value=\"%" G_GUINT64_FORMAT "\">%" G_GUINT64_FORMAT "</data>", count, count);
}

static void
add_number (GString *html, double value, gboolean is_share)
{
  if (is_share)
    lathe_report_add_share (html, value);
  else
    lathe_report_add_value (html, value, 4);
}

/* A cell: the score, and below it its interval where it has one. */
void
lathe_report_add_score (GString *html, const LatheScore *score, gboolean is_share)
{
  g_string_append (html, "<td>");
  add_number (html, score->value, is_share);
  if (isfinite (score->interval.low) && isfinite (score->interval.high))
    {
      g_string_append (html, " <span class=\"interval\">");
      add_number (html, score->interval.low, is_share);
      g_string_append (html, " – ");
      add_number (html, score->interval.high, is_share);
      g_string_append (html, "</span>");
    }
  g_string_append (html, "</td>");
}

void
lathe_report_add_heading (GString *html, const char *title)
{
  g_string_append (html, "<h2>");
  lathe_markup_append_text (html, title);
  g_string_append (html, "</h2>\n");
}

void
lathe_report_add_fact (GString *html, const char *name, const char *value)
{
  g_string_append (html, "<tr><th scope=\"row\">");
  lathe_markup_append_text (html, name);
  g_string_append (html, "</th><td class=\"text\">");
  lathe_markup_append_text (html, value);
  g_string_append (html, "</td></tr>\n");
}

const char *
lathe_report_class (const LatheReport *report, guint label)
{
  return report->model->labels[label];
}
