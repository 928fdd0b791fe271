/* wb-start-answer.c: what is found out of the networks that can be started from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-start-answer.h"

#include "wb-thread.h"

typedef struct
{
  LatheDataset *dataset; /* or NULL */
  LatheShape input;
  LatheGraph *own; /* or NULL */
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_clear_pointer (&question->dataset, lathe_dataset_unref);
  g_clear_pointer (&question->own, lathe_graph_free);
  g_free (question);
}

void
wb_start_answer_free (gpointer data)
{
  WbStartAnswer *answer = data;

  g_ptr_array_unref (answer->presets);
  g_clear_pointer (&answer->own, wb_candidate_free);
  g_clear_pointer (&answer->suggestion, lathe_suggestion_free);
  g_clear_pointer (&answer->suggested, wb_candidate_free);
  g_free (answer);
}

static WbCandidate *
look_at (const Question *question, LatheGraph *graph)
{
  if (question->dataset)
    lathe_graph_adapt (graph, &question->input, lathe_dataset_get_n_classes (question->dataset));
  return wb_candidate_new (graph);
}

static void
suggest (WbStartAnswer *answer, LatheDataset *dataset)
{
  LatheFacts facts;

  lathe_facts_of (dataset, &facts);
  answer->suggestion = lathe_suggest (&facts);
  answer->suggested = wb_candidate_new (lathe_graph_copy (answer->suggestion->graph));
}

static gpointer
answer_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Question *question = data;
  WbStartAnswer *answer = g_new0 (WbStartAnswer, 1);
  guint n_presets;
  const LathePreset *presets = lathe_presets (&n_presets);

  answer->presets = g_ptr_array_new_with_free_func ((GDestroyNotify) wb_candidate_free);
  if (question->dataset)
    suggest (answer, question->dataset);
  if (question->own)
    answer->own = look_at (question, lathe_graph_copy (question->own));
  for (guint i = 0; i < n_presets; i++)
    g_ptr_array_add (answer->presets, look_at (question, lathe_preset_load (presets[i].name, NULL)));
  return answer;
}

void
wb_start_answer_ask (GObject *owner, WbProject *project, WbDone done, gpointer data)
{
  LatheDataset *dataset = wb_project_get_dataset (project);
  const LathePreprocess *p = wb_project_get_preprocess (project);
  LatheModel *model = wb_project_get_model (project);
  Question *question = g_new (Question, 1);

  *question =
      (Question){dataset ? lathe_dataset_ref (dataset) : NULL, LATHE_SHAPE_IMAGE (p->height, p->width, p->channels),
                 model ? lathe_graph_ref (model->graph) : NULL};
  wb_thread_call (owner, answer_work, question, question_free, wb_start_answer_free, NULL, done, data);
}
