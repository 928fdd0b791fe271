/* lathe-report-tables.c: the tables of a report.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/lathe-json.h"
#include "lathe-hyperparameters.h"
#include "lathe-report-private.h"
#include "model/lathe-formula.h"
#include "model/lathe-graph.h"

#define LARGE_MATRIX 40 /* classes: more do not fit on a page */

static void
begin_table (GString *html, const char *class, const char *const *titles)
{
  g_string_append_printf (html, "<div class=\"wide\"><table class=\"%s\">\n<thead><tr>", class);
  for (guint i = 0; titles[i] != NULL; i++)
    {
      g_string_append (html, "<th scope=\"col\">");
      lathe_markup_append_text (html, titles[i]);
      g_string_append (html, "</th>");
    }
  g_string_append (html, "</tr></thead>\n<tbody>\n");
}

static void
end_table (GString *html)
{
  g_string_append (html, "</tbody></table></div>\n");
}

static void
begin_row (GString *html, const char *name)
{
  g_string_append (html, "<tr><th scope=\"row\">");
  lathe_markup_append_text (html, name);
  g_string_append (html, "</th>");
}

static void
add_count_cell (GString *html, guint64 count)
{
  g_string_append (html, "<td>");
  lathe_report_add_count (html, count);
  g_string_append (html, "</td>");
}

/* --- The dataset --- */

void
lathe_report_add_dataset (GString *html, const LatheReport *report)
{
  const char *const *classes = lathe_dataset_get_classes (report->dataset);
  const char *titles[] = {_ ("Class"), _ ("Training"), _ ("Validation"), _ ("Test"), _ ("All"), NULL};
  g_autofree char *folder = g_filename_display_name (lathe_dataset_get_folder (report->dataset));

  lathe_report_add_heading (html, _ ("Dataset"));
  g_string_append (html, "<p>");
  lathe_markup_append_text (html, folder);
  g_string_append (html, "</p>\n");
  begin_table (html, "numbers", titles);
  for (guint k = 0; classes[k] != NULL; k++)
    {
      begin_row (html, classes[k]);
      for (int side = 0; side < LATHE_N_SPLITS; side++)
        add_count_cell (html, lathe_dataset_count (report->dataset, (int) k, side));
      add_count_cell (html, lathe_dataset_count (report->dataset, (int) k, -1));
      g_string_append (html, "</tr>\n");
    }
  end_table (html);
}

/* --- The network --- */

void
lathe_report_add_network (GString *html, const LatheReport *report)
{
  const LatheGraph *graph = report->model->graph;
  g_autoptr (LatheGraphReport) check = lathe_graph_check (graph);
  const char *titles[] = {_ ("Layer"),         _ ("Kind"),     _ ("Output"), _ ("Parameters"),
                          _ ("Multiply-adds"), _ ("Computes"), NULL};

  lathe_report_add_heading (html, _ ("Network"));
  lathe_report_add_drawing (html, graph, check);
  begin_table (html, "network", titles);
  for (guint i = 0; i < check->n_nodes; i++)
    {
      const LatheNode *node = lathe_graph_get_node (graph, i);
      g_autofree char *shape = lathe_shape_to_string (&check->nodes[i].output);
      g_autofree char *formula = lathe_graph_formula (graph, check, i);

      begin_row (html, node->name);
      g_string_append (html, "<td class=\"text\">");
      lathe_markup_append_text (html, _ (node->kind->title));
      g_string_append (html, "</td><td>");
      lathe_markup_append_text (html, shape);
      g_string_append (html, "</td>");
      add_count_cell (html, check->nodes[i].parameters);
      add_count_cell (html, check->nodes[i].multiply_adds);
      g_string_append (html, "<td class=\"formula\">");
      lathe_markup_append_text (html, formula);
      g_string_append (html, "</td></tr>\n");
    }
  end_table (html);
}

/* --- Training --- */

static void
add_setting (JsonObject *settings, const char *name, JsonNode *node, gpointer html)
{
  const LatheHyperparameter *row = lathe_hyperparameter_find (name);
  g_autofree char *value = JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
                               ? json_node_dup_string (node)
                               : lathe_json_write (node, FALSE);

  lathe_report_add_fact (html, row != NULL ? _ (row->property.title) : name, value);
}

void
lathe_report_add_training (GString *html, const LatheReport *report)
{
  g_autoptr (JsonNode) root = NULL;

  if (report->run == NULL)
    return;
  lathe_report_add_heading (html, _ ("Training"));
  lathe_report_add_training_curves (html, report);
  root = lathe_json_parse (report->run->hyperparameters);
  g_string_append (html, "<table>\n");
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    json_object_foreach_member (json_node_get_object (root), add_setting, html);
  lathe_report_add_fact (html, _ ("Machine"), report->run->machine);
  g_string_append (html, "</table>\n");
}

/* --- Scores --- */

void
lathe_report_add_scores (GString *html, const LatheReport *report)
{
  const char *titles[] = {_ ("Score"), _ ("Value, and where it is in 95 of 100 cases"), NULL};
  g_autofree char *top = g_strdup_printf (_ ("Among the %u likeliest"), report->k);

  lathe_report_add_heading (html, _ ("Scores"));
  begin_table (html, "numbers", titles);
  for (guint kind = 0; kind < LATHE_N_SCORES; kind++)
    {
      begin_row (html, _ (lathe_score_infos[kind].title));
      lathe_report_add_score (html, &report->sheet->scores[kind], lathe_score_infos[kind].is_share);
      g_string_append (html, "</tr>\n");
      if (kind != LATHE_SCORE_ACCURACY || report->k == 0)
        continue;
      begin_row (html, top);
      lathe_report_add_score (html, &report->top, TRUE);
      g_string_append (html, "</tr>\n");
    }
  end_table (html);
}

void
lathe_report_add_classes (GString *html, const LatheReport *report)
{
  const char *titles[] = {_ ("Class"), _ ("Images"),   _ ("Precision"),         _ ("Recall"),
                          _ ("F1"),    _ ("ROC area"), _ ("Average precision"), NULL};

  lathe_report_add_heading (html, _ ("Classes"));
  begin_table (html, "numbers", titles);
  for (guint k = 0; k < report->sheet->n_classes; k++)
    {
      const LatheClassScores *class = &report->sheet->classes[k];

      begin_row (html, lathe_report_class (report, k));
      add_count_cell (html, class->support);
      lathe_report_add_score (html, &class->precision, FALSE);
      lathe_report_add_score (html, &class->recall, FALSE);
      lathe_report_add_score (html, &class->f1, FALSE);
      lathe_report_add_score (html, &class->roc_auc, FALSE);
      lathe_report_add_score (html, &class->average_precision, FALSE);
      g_string_append (html, "</tr>\n");
    }
  end_table (html);
}

static void
add_cell (GString *html, const LatheMetrics *metrics, guint truth, guint said)
{
  guint count = metrics->confusion[truth * metrics->n_classes + said], support = metrics->support[truth];
  /* The square root: one image in a hundred should be seen. */
  guint percent = support > 0 ? (guint) lround (70 * sqrt ((double) count / support)) : 0;

  g_string_append_printf (html, "<td style=\"background:rgba(0,114,178,.%02u)\"%s>%u</td>", percent,
                          truth == said ? " class=\"right\"" : "", count);
}

void
lathe_report_add_matrix (GString *html, const LatheReport *report)
{
  const LatheMetrics *metrics = report->evaluation->metrics;
  guint n = metrics->n_classes;

  lathe_report_add_heading (html, _ ("Confusion matrix"));
  g_string_append (html, "<p class=\"note\">");
  lathe_markup_append_text (html, n > LARGE_MATRIX
                                      ? _ ("It has more classes than a page has room for.")
                                      : _ ("A row for each true class, a column for each that the model said."));
  g_string_append (html, "</p>\n");
  if (n > LARGE_MATRIX)
    return;
  g_string_append (html, "<div class=\"wide\"><table class=\"matrix\">\n<tr><td></td>");
  for (guint k = 0; k < n; k++)
    {
      g_string_append (html, "<th scope=\"col\"><span>");
      lathe_markup_append_text (html, lathe_report_class (report, k));
      g_string_append (html, "</span></th>");
    }
  g_string_append (html, "</tr>\n");
  for (guint truth = 0; truth < n; truth++)
    {
      begin_row (html, lathe_report_class (report, truth));
      for (guint said = 0; said < n; said++)
        add_cell (html, metrics, truth, said);
      g_string_append (html, "</tr>\n");
    }
  g_string_append (html, "</table></div>\n");
}

/* --- Doing it again --- */

void
lathe_report_add_reproduction (GString *html, const LatheReport *report)
{
  const LatheDatasetOptions *options = lathe_dataset_get_options (report->dataset);
  const LathePreprocess *preprocess = &report->model->preprocess;
  g_autofree char *sha = lathe_model_weights_sha256 (report->model);
  g_autofree char *fingerprint = lathe_dataset_fingerprint (report->dataset);
  g_autofree char *seed = g_strdup_printf ("%" G_GUINT64_FORMAT, options->seed);
  g_autofree char *shares =
      g_strdup_printf ("%.0f / %.0f / %.0f", 100 * options->share[0], 100 * options->share[1], 100 * options->share[2]);
  g_autofree char *size = g_strdup_printf ("%u × %u × %u", preprocess->width, preprocess->height, preprocess->channels);

  lathe_report_add_heading (html, _ ("Doing it again"));
  g_string_append (html, "<table class=\"hashes\">\n");
  lathe_report_add_fact (html, _ ("SHA-256 of the weights"), sha);
  lathe_report_add_fact (html, _ ("SHA-256 of the dataset"), fingerprint);
  lathe_report_add_fact (html, _ ("Seed of the split"), seed);
  lathe_report_add_fact (html, _ ("Training, validation and test in percent"), shares);
  lathe_report_add_fact (html, _ ("Images as the network sees them"), size);
  lathe_report_add_fact (html, _ ("Lathe that evaluated"), LATHE_VERSION);
  if (report->run != NULL)
    lathe_report_add_fact (html, _ ("Lathe that trained"), report->run->program);
  g_string_append (html, "</table>\n");
}
