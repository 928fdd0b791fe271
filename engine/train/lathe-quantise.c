/* lathe-quantise.c: makes a model in 8 bits of a trained one.
 *
 *   fold batch norms → measure ranges on training images → choose scales → round weights → ask the validation images
 *
 * Where too much accuracy is lost, each layer in turn is left in real numbers, to see which is to blame; and the worst
 * of them are, as many as it takes.
 *
 * Fine-tuning takes the folded model with the scales that were chosen, all layers in 8 bits, and trains it while it is
 * rounded so (see model/lathe-network-rounded.c). Of what it learned another model in 8 bits is made in the same way;
 * the better one counts.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-quantise.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-fine-tune.h"
#include "lathe-predictor.h"
#include "lathe-scorer.h"
#include "model/lathe-fold.h"
#include "model/lathe-graph-readers.h"

#define LEARNED 4 /* images that are asked about in the time in which one is learned from, about */

/* --- Scales --- */

/* What is known of the folded model while one in 8 bits is made of it. */
typedef struct
{
  LatheModel *folded;
  LatheGraphReport *report;
  const LatheRange *ranges;
  const LatheQuantiseOptions *options;
  guint n_images;
  gboolean *left;        /* layers that stay in real numbers */
  gboolean *runs, *read; /* layers that run in 8 bits, and whose outputs such layers read */
  float *least, *most;   /* of each output */
} Plan;

static void
plan_clear (Plan *plan)
{
  g_clear_pointer (&plan->folded, lathe_model_unref);
  g_clear_pointer (&plan->report, lathe_graph_report_free);
  g_free (plan->left);
  g_free (plan->runs);
  g_free (plan->read);
  g_free (plan->least);
  g_free (plan->most);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Plan, plan_clear)

static const LatheByteKind *
kind_of (const Plan *plan, guint node)
{
  const LatheNode *n = lathe_graph_get_node (plan->folded->graph, node);
  const LatheByteKind *kind = lathe_byte_kind_find (n->kind);

  return lathe_byte_kind_can (kind, &n->properties, &plan->report->nodes[node].input, n->inputs->len) ? kind : NULL;
}

static gboolean
has_weights (const Plan *plan, guint node)
{
  const LatheByteKind *kind = kind_of (plan, node);

  return kind != NULL && kind->weighs;
}

/* From the last layer to the first: one that weighs runs in 8 bits; others where what they make is read so. */
static void
choose_layers (Plan *plan)
{
  guint n = plan->report->n_nodes;

  memset (plan->runs, 0, n * sizeof *plan->runs);
  memset (plan->read, 0, n * sizeof *plan->read);
  for (guint i = n; i-- > 0;)
    {
      guint node = plan->report->order[i];
      const LatheByteKind *kind = kind_of (plan, node);
      const GPtrArray *inputs = lathe_graph_get_node (plan->folded->graph, node)->inputs;

      plan->runs[node] = kind != NULL && !plan->left[node] && (kind->weighs || plan->read[node]);
      for (guint j = 0; j < inputs->len && plan->runs[node]; j++)
        plan->read[((LatheNode *) inputs->pdata[j])->index] = TRUE;
    }
}

/* Of what only a ReLU reads, bytes need not stand for what it takes away: they are cut off at 0 as they are made. */
static void
choose_ranges (Plan *plan)
{
  const LatheGraph *graph = plan->folded->graph;

  for (guint i = plan->report->n_nodes; i-- > 0;)
    {
      guint node = plan->report->order[i];
      const LatheNode *reader = lathe_graph_only_reader (graph, lathe_graph_get_node (graph, node));

      lathe_range_calibrate (&plan->ranges[node], plan->options->method, &plan->least[node], &plan->most[node]);
      if (reader != NULL && reader->kind->limit > 0)
        {
          plan->least[node] = plan->least[reader->index];
          plan->most[node] = plan->most[reader->index];
        }
    }
}

static LatheByteScale
scale_of (float least, float most)
{
  float scale = (most - least) / 255;

  if (!isnormal (scale))
    return (LatheByteScale){1, 0};
  return (LatheByteScale){scale, (gint32) CLAMP (rintf (-least / scale), 0, 255)};
}

/* Bytes that are passed on mean what they meant. */
static void
choose_scales (const Plan *plan, LatheQuantisation *quantisation)
{
  for (guint i = 0; i < plan->report->n_nodes; i++)
    {
      guint node = plan->report->order[i];
      const LatheNode *n = lathe_graph_get_node (plan->folded->graph, node);
      gboolean same = plan->runs[node] && kind_of (plan, node)->same;

      if (plan->read[node])
        quantisation->nodes[node].output = same ? quantisation->nodes[((LatheNode *) n->inputs->pdata[0])->index].output
                                                : scale_of (plan->least[node], plan->most[node]);
    }
}

static void
round_weights (const Plan *plan, LatheModel *model)
{
  for (guint i = 0; i < plan->report->n_nodes; i++)
    if (plan->runs[i] && has_weights (plan, i))
      {
        g_autofree char *name = g_strconcat (lathe_graph_get_node (model->graph, i)->name, ".weight", NULL);

        for (guint j = 0; j < model->weights->len; j++)
          {
            LatheWeight *weight = &g_array_index (model->weights, LatheWeight, j);
            guint channels = weight->shape.dim[weight->shape.rank - 1];

            if (g_str_equal (weight->name, name))
              lathe_quantisation_round (&model->quantisation->nodes[i], weight->data,
                                        lathe_shape_size (&weight->shape) / channels, channels);
          }
      }
}

/* (transfer full): the model in 8 bits, but for the layers that are left out. Errors: LATHE_ERROR_MEMORY. */
static LatheModel *
make (Plan *plan, GError **error)
{
  LatheModel *model = lathe_model_at_temperature (plan->folded, plan->folded->temperature, error);

  if (model == NULL)
    return NULL;
  choose_layers (plan);
  model->quantisation =
      lathe_quantisation_new (plan->report->n_nodes, lathe_calibrate_names[plan->options->method], plan->n_images);
  choose_scales (plan, model->quantisation);
  round_weights (plan, model);
  return model;
}

/* --- Blame --- */

/* What asking takes. */
typedef struct
{
  LatheDataset *dataset;
  guint n_threads;
  LatheProgressFunc progress;
  gpointer progress_data;
  GCancellable *cancellable;
  guint n_images;      /* of a question */
  guint64 done, total; /* images of what is over, and of all that is known to come: as many as that takes the time of */
  guint64 later;       /* of that total, what begins with fine-tuning */
} Asking;

/* Halved as often as it takes to be told. */
static void
tell (const Asking *a, guint64 done)
{
  guint halves = 0;

  if (a->progress == NULL)
    return;
  while (a->total >> halves > G_MAXUINT)
    halves++;
  a->progress ((guint) (done >> halves), (guint) (a->total >> halves), a->progress_data);
}

/* Of a part, told as that of the whole. */
static void
on_part (guint done, guint total, gpointer data)
{
  const Asking *a = data;

  tell (a, a->done + done);
}

static void
on_learned (guint done, guint total, gpointer data)
{
  const Asking *a = data;

  tell (a, a->done + (guint64) LEARNED * done);
}

/* A model in 8 bits has the scores that it gets here. */
static gboolean
ask (Asking *a, LatheModel *model, double *accuracy, GError **error)
{
  g_autoptr (LatheEvaluation) evaluation =
      lathe_evaluate (model, a->dataset, LATHE_SPLIT_VALIDATION, a->n_threads, on_part, a, a->cancellable, error);

  if (evaluation == NULL)
    return FALSE;
  a->done += a->n_images;
  tell (a, a->done);
  *accuracy = lathe_metrics_accuracy (evaluation->metrics);
  if (model->quantisation != NULL)
    model->scores = (LatheScores){
        .best_epoch = model->scores.best_epoch,
        .validation_loss = lathe_metrics_loss (evaluation->metrics),
        .validation_accuracy = *accuracy,
        .test_loss = NAN,
        .test_accuracy = NAN,
    };
  return TRUE;
}

static int
compare_blame (gconstpointer a, gconstpointer b)
{
  const LatheQuantiseBlame *x = a, *y = b;

  return x->accuracy != y->accuracy ? (x->accuracy < y->accuracy ? 1 : -1) : strcmp (x->name, y->name);
}

/* What each layer costs: the accuracy of the model in 8 bits without it. */
static gboolean
find_blame (Plan *plan, Asking *a, GArray *blame, GError **error)
{
  for (guint i = 0; i < plan->report->n_nodes; i++)
    {
      LatheQuantiseBlame b = {0};
      g_autoptr (LatheModel) model = NULL;

      if (!has_weights (plan, i))
        continue;
      plan->left[i] = TRUE;
      model = make (plan, error);
      plan->left[i] = FALSE;
      if (model == NULL || !ask (a, model, &b.accuracy, error))
        return FALSE;
      b.name = g_strdup (lathe_graph_get_node (plan->folded->graph, i)->name);
      g_array_append_val (blame, b);
    }
  qsort (blame->data, blame->len, sizeof (LatheQuantiseBlame), compare_blame);
  return TRUE;
}

/* Leaves the worst in real numbers, one more at a time, until the accuracy is kept. */
static gboolean
leave_worst (Plan *plan, Asking *a, LatheQuantised *q, GError **error)
{
  a->done = 0;
  a->total = 2 * (guint64) a->n_images * q->n_layers + a->later; /* at most */
  if (!find_blame (plan, a, q->blame, error))
    return FALSE;
  for (guint i = 0; i < q->blame->len && q->accuracy < q->accuracy_real - LATHE_QUANTISE_LOSS; i++)
    {
      LatheQuantiseBlame *b = &g_array_index (q->blame, LatheQuantiseBlame, i);

      b->left = plan->left[lathe_graph_find (plan->folded->graph, b->name)->index] = TRUE;
      g_clear_pointer (&q->model, lathe_model_unref);
      q->model = make (plan, error);
      if (q->model == NULL || !ask (a, q->model, &q->accuracy, error))
        return FALSE;
    }
  return TRUE;
}

/* All layers of the plan's model in 8 bits, but for the worst. */
static gboolean
settle (Plan *plan, Asking *a, LatheQuantised *q, GError **error)
{
  memset (plan->left, 0, plan->report->n_nodes * sizeof *plan->left);
  q->model = make (plan, error);
  if (q->model == NULL || !ask (a, q->model, &q->accuracy, error))
    return FALSE;
  return q->accuracy >= q->accuracy_real - LATHE_QUANTISE_LOSS || leave_worst (plan, a, q, error);
}

/* --- What comes of it --- */

static void
clear_blame (gpointer data)
{
  g_free (((LatheQuantiseBlame *) data)->name);
}

/* (transfer full): without a model yet */
static LatheQuantised *
quantised_new (void)
{
  LatheQuantised *q = g_new0 (LatheQuantised, 1);

  q->accuracy_tuned = NAN;
  q->blame = g_array_new (FALSE, TRUE, sizeof (LatheQuantiseBlame));
  g_array_set_clear_func (q->blame, clear_blame);
  return q;
}

void
lathe_quantised_free (LatheQuantised *quantised)
{
  g_clear_pointer (&quantised->model, lathe_model_unref);
  g_array_unref (quantised->blame);
  g_free (quantised);
}

/* --- Fine-tuning --- */

/* Right for more images; of equals, in 8 bits in more layers. */
static gboolean
is_better (const LatheQuantised *a, const LatheQuantised *b)
{
  if (a->accuracy != b->accuracy)
    return a->accuracy > b->accuracy;
  return lathe_quantisation_count (a->model->quantisation) > lathe_quantisation_count (b->model->quantisation);
}

/* What that takes, and what comes after it, where it is told as part of the whole. */
static guint64
count_later (const Plan *plan, const Asking *a)
{
  guint64 n_images = lathe_dataset_count (a->dataset, -1, LATHE_SPLIT_TRAIN);

  if (plan->options->fine_tune == NULL || plan->options->training != NULL)
    return 0;
  return LEARNED * n_images * plan->options->fine_tune->epochs + a->n_images;
}

/* Nothing but asking is left, whether it was told of or not. */
static void
end_learning (Asking *a)
{
  if (a->later == 0)
    a->total = a->n_images;
  a->done = a->total - a->n_images;
  a->later = 0;
}

/* Puts what the plan's model learns in 8 bits into its place. */
static gboolean
learn (Plan *plan, Asking *a, GError **error)
{
  const LatheQuantiseOptions *options = plan->options;
  g_autoptr (LatheModel) rounded = NULL;
  LatheModel *tuned;

  memset (plan->left, 0, plan->report->n_nodes * sizeof *plan->left);
  rounded = make (plan, error);
  if (rounded == NULL)
    return FALSE;
  a->done = a->total - a->later;
  tuned = lathe_fine_tune_rounded (plan->folded, rounded->quantisation, a->dataset, options->fine_tune,
                                   options->training != NULL ? options->training : on_learned,
                                   options->training != NULL ? options->training_data : a, a->cancellable, error);
  if (tuned == NULL)
    return FALSE;
  end_learning (a);
  lathe_model_unref (plan->folded);
  plan->folded = tuned;
  return TRUE;
}

static gboolean
fine_tune (Plan *plan, Asking *a, LatheQuantised *q, GError **error)
{
  g_autoptr (LatheQuantised) tuned = quantised_new ();

  tuned->accuracy_real = q->accuracy_real;
  tuned->n_layers = q->n_layers;
  if (!learn (plan, a, error) || !settle (plan, a, tuned, error))
    return FALSE;
  q->accuracy_tuned = tuned->accuracy;
  q->tuned = is_better (tuned, q);
  if (!q->tuned)
    return TRUE;
  q->accuracy = tuned->accuracy;
  lathe_model_unref (q->model);
  q->model = g_steal_pointer (&tuned->model);
  g_array_unref (q->blame);
  q->blame = g_array_ref (tuned->blame);
  return TRUE;
}

/* --- All of it --- */

/* At most so many of the training side, from all over it. (transfer full) */
static GArray *
choose_images (LatheDataset *dataset, guint most, GError **error)
{
  GArray *images = lathe_choose_images (dataset, LATHE_SPLIT_TRAIN, error);
  guint n;

  if (images == NULL || images->len <= most)
    return images;
  n = images->len;
  for (guint i = 0; i < most; i++)
    g_array_index (images, guint32, i) = g_array_index (images, guint32, (guint) ((guint64) i * n / most));
  g_array_set_size (images, most);
  return images;
}

static gboolean
begin (Plan *plan, LatheModel *model, GError **error)
{
  guint n;

  if (model->quantisation != NULL)
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                           _ ("This model is in 8 bits already: take the one that it was made of"));
      return FALSE;
    }
  plan->folded = lathe_model_fold (model, error);
  if (plan->folded == NULL)
    return FALSE;
  n = lathe_graph_get_n_nodes (plan->folded->graph);
  plan->report = lathe_graph_check (plan->folded->graph);
  plan->left = g_new0 (gboolean, n);
  plan->runs = g_new0 (gboolean, n);
  plan->read = g_new0 (gboolean, n);
  plan->least = g_new0 (float, n);
  plan->most = g_new0 (float, n);
  return TRUE;
}

/* All but the result's counts of layers. */
static gboolean
quantise (Plan *plan, LatheModel *model, Asking *a, LatheQuantised *q, GError **error)
{
  g_autoptr (GArray) images = choose_images (a->dataset, plan->options->n_images, error);
  g_autofree LatheRange *ranges = NULL;

  if (images == NULL)
    return FALSE;
  a->later = count_later (plan, a);
  a->total = 2 * ((guint64) images->len + a->n_images) + a->later;
  ranges = lathe_ranges_measure (plan->folded, a->dataset, images, a->n_threads, on_part, a, a->cancellable, error);
  if (ranges == NULL)
    return FALSE;
  a->done = 2 * images->len;
  plan->ranges = ranges;
  plan->n_images = q->n_images = images->len;
  choose_ranges (plan);
  if (!ask (a, model, &q->accuracy_real, error) || !settle (plan, a, q, error))
    return FALSE;
  q->accuracy_untuned = q->accuracy;
  q->n_untuned = lathe_quantisation_count (q->model->quantisation);
  return plan->options->fine_tune == NULL || fine_tune (plan, a, q, error);
}

/**
 * lathe_quantise:
 * @dataset: that the model was trained on: ranges are measured on its training images, and the accuracy on those of
 * its validation
 *
 * Weights symmetric for each output channel, outputs affine: Jacob et al. 2018, “Quantization and training of neural
 * networks for efficient integer-arithmetic-only inference”, section 2; fine-tuning: section 3. The same bits on any
 * number of threads. @progress begins anew where layers are to blame, and after fine-tuning that is told of by itself.
 * Errors: LATHE_ERROR_INVALID for a model in 8 bits; LATHE_ERROR_DATA for images that are not the model's;
 * LATHE_ERROR_MEMORY; G_IO_ERROR_CANCELLED; where it is fine-tuned, those of lathe_fine_tune().
 *
 * Returns: (transfer full): the model in 8 bits, and what became of its accuracy
 */
LatheQuantised *
lathe_quantise (LatheModel *model, LatheDataset *dataset, const LatheQuantiseOptions *options,
                LatheProgressFunc progress, gpointer progress_data, GCancellable *cancellable, GError **error)
{
  g_auto (Plan) plan = {.options = options};
  g_autoptr (LatheQuantised) q = quantised_new ();
  Asking a = {
      .dataset = dataset,
      .n_threads = options->n_threads,
      .progress = progress,
      .progress_data = progress_data,
      .cancellable = cancellable,
      .n_images = lathe_dataset_count (dataset, -1, LATHE_SPLIT_VALIDATION),
  };

  if (!begin (&plan, model, error))
    return NULL;
  for (guint i = 0; i < plan.report->n_nodes; i++)
    q->n_layers += has_weights (&plan, i);
  if (!quantise (&plan, model, &a, q, error))
    return NULL;
  q->n_quantised = lathe_quantisation_count (q->model->quantisation);
  return g_steal_pointer (&q);
}

/**
 * lathe_quantise_list_left:
 * @model: one in 8 bits
 *
 * Returns: (transfer full): the names of the layers whose weights are real numbers, because of what they cost in
 * accuracy or because their kind does not run in 8 bits; NULL-terminated
 */
char **
lathe_quantise_list_left (const LatheModel *model)
{
  g_autoptr (GStrvBuilder) left = g_strv_builder_new ();

  for (guint i = 0; i < model->quantisation->n_nodes; i++)
    {
      const char *name = lathe_graph_get_node (model->graph, i)->name;

      if (model->quantisation->nodes[i].weight_scale == NULL && lathe_model_find_weight (model, name, "weight") != NULL)
        g_strv_builder_add (left, name);
    }
  return g_strv_builder_end (left);
}
