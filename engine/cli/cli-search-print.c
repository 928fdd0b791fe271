/* cli-search-print.c: what "lathe-cli search" says.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-search.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>

static char *
write_milliseconds (double milliseconds)
{
  return isnan (milliseconds) ? g_strdup ("–") : g_strdup_printf ("%.3f", milliseconds);
}

/* --- The start --- */

static void
print_bounds_json (const CliSearch *search)
{
  const LatheSearchBounds *bounds = &search->bounds;
  JsonBuilder *json = cli_json_begin ("start");

  cli_json_int (json, "images", lathe_dataset_get_n_images (search->run.dataset));
  cli_json_split (json, search->run.dataset);
  cli_json_string (json, "network", search->run.network);
  cli_json_int (json, "parameters", search->run.parameters);
  cli_json_real (json, "minutes", bounds->minutes);
  cli_json_int (json, "candidates", bounds->max_candidates);
  cli_json_real (json, "max_milliseconds", bounds->max_milliseconds);
  cli_json_int (json, "max_bytes", bounds->max_bytes);
  cli_json_end (json);
}

void
cli_search_print_start (const CliSearch *search)
{
  const CliRun *run = &search->run;
  g_autofree char *folder = g_path_get_basename (lathe_dataset_get_folder (run->dataset));

  if (run->json)
    {
      print_bounds_json (search);
      return;
    }
  g_print (_ ("%s: %'u images to train, %'u to validate. Networks around %s: %'" PRIu64 " parameters, %'" PRIu64
              " multiply-adds an image\n\n"),
           folder, lathe_dataset_count (run->dataset, -1, LATHE_SPLIT_TRAIN),
           lathe_dataset_count (run->dataset, -1, LATHE_SPLIT_VALIDATION), run->network, run->parameters,
           run->multiply_adds);
}

/* --- While it goes on --- */

static void
add_candidate (JsonBuilder *json, const LatheCandidate *candidate)
{
  cli_json_int (json, "id", candidate->id);
  cli_json_int (json, "parent", candidate->parent);
  cli_json_string (json, "change", candidate->change);
  cli_json_string (json, "state", lathe_candidate_state_names[candidate->state]);
  if (candidate->reason != NULL)
    cli_json_string (json, "reason", candidate->reason);
  cli_json_int (json, "epochs", candidate->epochs);
  cli_json_int (json, "images", candidate->learned);
  cli_json_real (json, "val_accuracy", candidate->accuracy);
  cli_json_real (json, "val_accuracy_low", candidate->low);
  cli_json_real (json, "val_accuracy_high", candidate->high);
  cli_json_real (json, "milliseconds", candidate->milliseconds);
  cli_json_int (json, "parameters", candidate->parameters);
  cli_json_int (json, "multiply_adds", candidate->multiply_adds);
  cli_json_int (json, "bytes", candidate->bytes);
}

static void
print_candidate_json (const LatheCandidate *candidate)
{
  JsonBuilder *json = cli_json_begin ("candidate");

  add_candidate (json, candidate);
  cli_json_end (json);
}

/* Columns are as wide as their titles, as the lines below come one by one. */
static void
print_row (char *const cells[], const char *state, const char *remark)
{
  const char *const titles[] = {_ ("     #"), _ ("Epochs"), _ ("Val. accuracy"), _ ("   ms"), _ (" Parameters")};
  g_autoptr (GString) line = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    cli_append_cell (line, cells != NULL ? cells[i] : titles[i], cli_text_width (titles[i]), TRUE);
  cli_append_cell (line, state, 14, FALSE);
  g_string_append (line, remark);
  g_print ("%s\n", g_strchomp (line->str));
}

static void
print_candidate_text (CliSearch *search, const LatheCandidate *candidate)
{
  g_autofree char *id = g_strdup_printf ("%u", candidate->id), *epochs = g_strdup_printf ("%u", candidate->epochs);
  g_autofree char *accuracy = cli_percent (candidate->accuracy);
  g_autofree char *milliseconds = write_milliseconds (candidate->milliseconds);
  g_autofree char *parameters = cli_count (candidate->parameters);
  g_autofree char *remark =
      candidate->reason != NULL ? g_strdup_printf ("%s: %s", candidate->change, candidate->reason) : NULL;

  if (!lathe_candidate_is_over (candidate))
    return;
  cli_bar_clear ();
  if (!search->has_header)
    print_row (NULL, _ ("State"), _ ("Change"));
  search->has_header = TRUE;
  print_row ((char *[]){id, epochs, accuracy, milliseconds, parameters},
             _ (lathe_candidate_state_titles[candidate->state]), remark != NULL ? remark : candidate->change);
}

static gboolean
is_news (const LatheCandidate *candidate, const LatheCandidate *said)
{
  return said == NULL || candidate->state != said->state || candidate->epochs != said->epochs;
}

static void
print_progress (const CliSearch *search, const LatheSearchReport *report)
{
  g_autofree char *left = isnan (report->seconds_left) ? NULL : cli_duration (report->seconds_left);
  g_autofree char *remark = left != NULL ? g_strdup_printf (_ ("%u networks, %s left"), report->candidates->len, left)
                                         : g_strdup_printf (_ ("%u networks"), report->candidates->len);

  if (!search->run.json)
    cli_bar (_ ("Searching"), report->fraction, remark);
}

void
cli_search_print_report (CliSearch *search, const LatheSearchReport *report)
{
  for (guint i = 0; i < report->candidates->len; i++)
    {
      LatheCandidate *candidate = report->candidates->pdata[i];

      if (i == search->said->len)
        g_ptr_array_add (search->said, NULL);
      if (!is_news (candidate, search->said->pdata[i]))
        continue;
      g_clear_pointer ((LatheCandidate **) &search->said->pdata[i], lathe_candidate_unref);
      search->said->pdata[i] = lathe_candidate_ref (candidate);
      if (search->run.json)
        print_candidate_json (candidate);
      else
        print_candidate_text (search, candidate);
    }
  if (report->state == LATHE_SEARCH_RUNNING)
    print_progress (search, report);
}

/* --- The end --- */

static void
print_end_json (const LatheSearchReport *report, const GPtrArray *front, const GPtrArray *files)
{
  JsonBuilder *json = cli_json_begin ("done");

  cli_json_int (json, "candidates", report->candidates->len);
  cli_json_int (json, "epochs", report->epochs);
  cli_json_real (json, "seconds", report->elapsed);
  json_builder_set_member_name (json, "interrupted");
  json_builder_add_boolean_value (json, report->state == LATHE_SEARCH_STOPPED);
  json_builder_set_member_name (json, "front");
  json_builder_begin_array (json);
  for (guint i = 0; i < front->len; i++)
    {
      json_builder_begin_object (json);
      add_candidate (json, front->pdata[i]);
      cli_json_string (json, "file", files->pdata[i]);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  cli_json_end (json);
}

static void
add_row (CliTable *table, const LatheCandidate *candidate, const char *file)
{
  g_autofree char *low = cli_percent (candidate->low), *high = cli_percent (candidate->high);

  cli_table_row (table, cli_percent (candidate->accuracy), g_strdup_printf ("%s – %s", low, high),
                 write_milliseconds (candidate->milliseconds), cli_count (candidate->parameters),
                 g_strdup_printf ("%u", candidate->id), g_strdup (file));
}

/* The front, and where it is not part of it, the network that the search began with. */
static void
print_end_text (const CliSearch *search, const LatheSearchReport *report, const GPtrArray *front,
                const GPtrArray *files)
{
  const LatheCandidate *first = report->candidates->len > 0 ? report->candidates->pdata[0] : NULL;
  CliTable *table = cli_table_new ("rrrrrl");
  g_autofree char *time = cli_duration (report->elapsed);

  g_print (ngettext ("\n%u network in %s. ", "\n%u networks in %s. ", report->candidates->len), report->candidates->len,
           time);
  if (front->len == 0)
    g_print (_ ("None of them was trained for all epochs.\n"));
  else
    g_print (_ ("These no other beats in both accuracy and milliseconds, after %u epochs:\n\n"), report->epochs);
  cli_table_row (table, g_strdup (_ ("Val. accuracy")), g_strdup (_ ("95 %")), g_strdup (_ ("ms")),
                 g_strdup (_ ("Parameters")), g_strdup ("#"), g_strdup (_ ("File")));
  for (guint i = 0; i < front->len; i++)
    add_row (table, front->pdata[i], files->pdata[i]);
  if (first != NULL && first->state == LATHE_CANDIDATE_FINISHED && !g_ptr_array_find ((GPtrArray *) front, first, NULL))
    add_row (table, first, _ ("(the network as it is)"));
  cli_table_print (table);
  if (files->len > 0)
    {
      g_autofree char *word = cli_shell_word (files->pdata[files->len - 1]);
      g_autofree char *source = cli_shell_word (lathe_dataset_get_folder (search->run.dataset));

      g_print (_ ("\nTrain one of them: lathe-cli train %s --network %s\n"), source, word);
    }
}

void
cli_search_print_end (const CliSearch *search, const LatheSearchReport *report, const GPtrArray *front,
                      const GPtrArray *files)
{
  cli_bar_clear ();
  if (search->run.json)
    print_end_json (report, front, files);
  else
    print_end_text (search, report, front, files);
}
