/* lathe-report.c: an evaluation as one file to keep, to print and to pass on.
 *
 * One HTML file that needs nothing else: its style, its drawings and its images are in it, and there is no script. A
 * browser shows it in light and dark, and prints it, as PDF too. Every number is of the score sheet, with all its
 * digits in the markup.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"
#include "formats/lathe-whole-file.h"
#include "lathe-report-private.h"

static const char style[] =
    ":root{color-scheme:light dark;--ink:#222;--paper:#fff;--pale:#777;--line:#ddd}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#eee;--paper:#1e1e1e;--pale:#aaa;--line:#444}}\n"
    "@media print{:root{--ink:#000;--paper:#fff;--pale:#555;--line:#bbb}h2{break-after:avoid}\n"
    "html "
    "body{font-size:11px}figure,svg,tr{break-inside:avoid}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}"
    "\n"
    "body{font:15px/1.5 sans-serif;color:var(--ink);background:var(--paper);max-width:60em;margin:2em auto;\n"
    "padding:0 1em;font-variant-numeric:tabular-nums}\n"
    "h1{margin-bottom:0}h2{margin-top:2em;border-bottom:1px solid var(--line)}\n"
    ".note,.interval,small{color:var(--pale)}.large{font-size:2.4em;font-weight:bold;margin:.4em 0 0}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse}th,td{padding:.15em .6em;vertical-align:top}\n"
    "th{text-align:left;font-weight:normal}thead th{color:var(--pale);border-bottom:1px solid var(--line)}\n"
    "td{text-align:right;white-space:nowrap}td.text{text-align:left;white-space:normal}\n"
    ".hashes td{font-family:monospace;word-break:break-all}\n"
    "td.formula{text-align:left;white-space:pre-wrap;font-family:serif;min-width:14em}\n"
    ".matrix td{text-align:center;min-width:2.2em;padding:.3em}.matrix .right{font-weight:bold}\n"
    ".matrix th[scope=col]{vertical-align:bottom;height:6em}\n"
    ".matrix th[scope=col] span{writing-mode:vertical-rl;transform:rotate(180deg)}\n"
    ".charts{display:flex;flex-wrap:wrap;gap:1em}.chart{flex:1 1 300px;max-width:440px}\n"
    ".chart text{font:11px sans-serif;fill:var(--pale)}.chart .title{font-weight:bold;font-size:13px;fill:var(--ink)}\n"
    ".layers{max-width:100%;height:auto;flex:none}.layers text{font:11px sans-serif;fill:var(--pale)}\n"
    ".layers "
    ".name{fill:var(--ink);font-weight:bold}.box{fill:var(--paper);stroke:var(--pale)}.edge{stroke:var(--pale)}\n"
    ".grid{stroke:var(--line)}.ideal{stroke:var(--pale);stroke-dasharray:4 3}\n"
    ".line{stroke-width:1.8;stroke-linejoin:round}td .interval{display:block;font-size:.85em}\n"
    ".legend span{margin-right:1em;white-space:nowrap}.legend i{display:inline-block;width:.8em;height:.8em;\n"
    "margin-right:.3em}\n"
    ".images{display:flex;flex-wrap:wrap;gap:1em}\n"
    "figure{margin:0;width:128px}figure img{width:128px;height:128px;object-fit:contain;image-rendering:pixelated;\n"
    "background:var(--line)}figcaption{overflow-wrap:anywhere}\n";

static const char *
name_side (int split)
{
  static const char *const names[] = {N_ ("the training images"), N_ ("the validation images"), N_ ("the test images")};

  return split < 0 ? _ ("all images") : _ (names[split]);
}

static void
add_head (GString *html, const LatheReport *report)
{
  g_autofree char *title = g_strdup_printf (_ ("Report on %s"), report->name);
  const LatheScore *accuracy = &report->sheet->scores[LATHE_SCORE_ACCURACY];

  /* Translators: the language that this is translated into, as HTML has it: “en”, “zh-CN” */
  g_string_append_printf (html, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n", _ ("en"));
  g_string_append (html, "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
  lathe_markup_append_text (html, title);
  g_string_append_printf (html, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<h1>", style);
  lathe_markup_append_text (html, title);
  g_string_append (html, "</h1>\n<p class=\"large\">");
  lathe_report_add_share (html, accuracy->value);
  g_string_append (html, "</p>\n<p>");
  lathe_markup_append_text (html, _ ("accuracy"));
  g_string_append (html, " (");
  lathe_report_add_share (html, accuracy->interval.low);
  g_string_append (html, " – ");
  lathe_report_add_share (html, accuracy->interval.high);
  g_string_append (html, "), ");
  lathe_markup_append_text (html, name_side (report->split));
  g_string_append (html, ": ");
  lathe_report_add_count (html, report->sheet->n);
  g_string_append (html, "</p>\n");
}

/**
 * lathe_report_write:
 *
 * Errors: G_IO_ERROR_CANCELLED.
 *
 * Returns: (transfer full): a file of HTML
 */
GBytes *
lathe_report_write (const LatheReport *report, GCancellable *cancellable, GError **error)
{
  g_autoptr (GString) html = g_string_new (NULL);

  add_head (html, report);
  lathe_report_add_scores (html, report);
  lathe_report_add_classes (html, report);
  lathe_report_add_matrix (html, report);
  lathe_report_add_class_curves (html, report);
  lathe_report_add_calibration (html, report);
  if (!lathe_report_add_mistakes (html, report, cancellable, error) ||
      !lathe_report_add_suspects (html, report, cancellable, error))
    return NULL;
  lathe_report_add_dataset (html, report);
  lathe_report_add_network (html, report);
  lathe_report_add_training (html, report);
  lathe_report_add_reproduction (html, report);
  g_string_append (html, "</body>\n</html>\n");
  return g_string_free_to_bytes (g_steal_pointer (&html));
}

/**
 * lathe_report_save:
 *
 * Writes the whole file or none.
 * Errors: LATHE_ERROR_IO; G_IO_ERROR_CANCELLED.
 */
gboolean
lathe_report_save (const LatheReport *report, const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) bytes = lathe_report_write (report, cancellable, error);
  g_autoptr (GError) reason = NULL;

  if (bytes == NULL)
    return FALSE;
  if (lathe_whole_file_put (path, bytes, &reason))
    return TRUE;
  lathe_error_explain (error, reason, _ ("The report cannot be saved as “%s”: %s."), path);
  return FALSE;
}

/**
 * lathe_report_find_run:
 * @path: of a list of runs: lathe_runs_path()
 * @run: (out) (transfer full) (nullable): the newest whose best weights are the model's; NULL: none is
 * @epochs: (out) (transfer full) (nullable) (element-type LatheEpoch)
 *
 * Errors: those of lathe_runs_open() and of reading; a project that never trained is none.
 */
gboolean
lathe_report_find_run (const LatheModel *model, const char *path, LatheRun **run, GArray **epochs, GError **error)
{
  g_autofree char *sha = NULL;
  g_autoptr (LatheRuns) runs = NULL;
  g_autoptr (GPtrArray) list = NULL;

  *run = NULL;
  *epochs = NULL;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  runs = lathe_runs_open (path, error);
  if (runs == NULL || (list = lathe_runs_list (runs, error)) == NULL)
    return FALSE;
  sha = lathe_model_weights_sha256 (model);
  for (guint i = 0; i < list->len && *run == NULL; i++)
    {
      const LatheRun *found = g_ptr_array_index (list, i);

      if (g_str_equal (found->weights, sha) && (*run = lathe_runs_find (runs, found->id, error)) == NULL)
        return FALSE;
    }
  return *run == NULL || (*epochs = lathe_runs_epochs (runs, (*run)->id, error)) != NULL;
}
