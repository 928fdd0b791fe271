/* lathe-head.c: the last layer of a network, learned alone, to the end.
 *
 * Softmax regression (logistic, for two classes) with a penalty on the weights: the mean cross-entropy of the rows
 * + l2 / 2 · Σ w², which has one lowest point. For it the features are brought to mean 0 and divided by √(v + v̄), v
 * being their own variance and v̄ the mean of all: so one penalty suits them all, and one that few images hardly show is
 * not blown up. The layer that is handed out takes them as they are. The arithmetic is that of a network with this one
 * layer, and so are its promises: the same bits on any number of threads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-head.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/lathe-error.h"
#include "lathe-scorer.h"

#define MOST_AT_ONCE 8192     /* rows in the network */
#define TOLERANCE 1e-4        /* of the gradient's norm, beside the one at the beginning */
#define MOST_EVALUATIONS 1000 /* of the objective */

struct _LatheHeadFitter
{
  LatheLabelledFeatures features;
  GArray *rows; /* (element-type guint32) */
  LatheNetwork *network;
  guint capacity; /* rows at once */
  gsize n;        /* of all weights and biases */
  guint n_units;
  double *mean;      /* of each feature over the rows */
  double *scale;     /* of each; 0 where all features are always the same */
  double *x;         /* the solution that was found last: where the next search begins */
  gboolean prepared; /* the network's input holds all rows */
  double l2;         /* of the search that goes on */
  guint32 *labels;   /* capacity */
  LatheReal *losses; /* capacity */
};

static LatheGraph *
make_graph (guint n_features, guint n_classes)
{
  LatheGraph *graph = lathe_graph_new ();
  LatheNode *input = lathe_graph_add (graph, lathe_layer_kind_find ("input"), NULL);
  LatheNode *flatten = lathe_graph_add (graph, lathe_layer_kind_find ("flatten"), NULL);
  LatheNode *dense = lathe_graph_add (graph, lathe_layer_kind_find ("dense"), NULL);

  lathe_graph_connect (graph, input, flatten);
  lathe_graph_connect (graph, flatten, dense);
  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (1, 1, n_features), n_classes);
  return graph;
}

/* Two passes: the squares of what is far from 0 would lose what they differ by. */
static void
measure (LatheHeadFitter *fitter)
{
  guint n = fitter->features.n_features;
  g_autofree double *squares = g_new0 (double, n);
  double sum = 0;

  fitter->mean = g_new0 (double, n);
  fitter->scale = g_new0 (double, n);
  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < fitter->rows->len; i++)
      {
        const float *row = fitter->features.values + (gsize) g_array_index (fitter->rows, guint32, i) * n;

        for (guint j = 0; j < n; j++)
          if (pass == 0)
            fitter->mean[j] += (double) row[j] / fitter->rows->len;
          else
            squares[j] += ((double) row[j] - fitter->mean[j]) * ((double) row[j] - fitter->mean[j]);
      }
  for (guint j = 0; j < n; j++)
    sum += squares[j];
  for (guint j = 0; j < n && sum > 0; j++)
    fitter->scale[j] = 1 / sqrt ((squares[j] + sum / n) / fitter->rows->len);
}

/**
 * lathe_head_fitter_new:
 * @features: must outlive the fitter
 * @rows: (element-type guint32): what heads are to learn from: one or more; a reference is taken
 * @pool: must outlive the fitter
 *
 * Errors: LATHE_ERROR_UNSUPPORTED where there are too many features; LATHE_ERROR_MEMORY.
 */
LatheHeadFitter *
lathe_head_fitter_new (const LatheLabelledFeatures *features, const GArray *rows, LathePool *pool, GError **error)
{
  g_autoptr (LatheHeadFitter) fitter = NULL;
  g_autoptr (LatheGraph) graph = NULL;
  gsize n_weights;

  g_return_val_if_fail (rows->len > 0, NULL);

  if (features->n_features > LATHE_MOST_FEATURES)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
                   _ ("What its last layer reads are %u numbers, and a new one can learn from at most %u: choose a "
                      "model with a smaller one"),
                   features->n_features, LATHE_MOST_FEATURES);
      return NULL;
    }
  fitter = g_new0 (LatheHeadFitter, 1);
  fitter->features = *features;
  fitter->rows = g_array_ref ((GArray *) rows);
  fitter->capacity = MIN (rows->len, MOST_AT_ONCE);
  graph = make_graph (features->n_features, features->n_classes);
  fitter->network = lathe_network_new (graph, fitter->capacity, TRUE, pool, error);
  if (fitter->network == NULL)
    return NULL;
  fitter->n_units = lathe_network_get_n_units (fitter->network);
  lathe_network_get_weights (fitter->network, &n_weights);
  fitter->n = n_weights;
  fitter->x = g_new0 (double, n_weights);
  fitter->labels = g_new (guint32, fitter->capacity);
  fitter->losses = g_new (LatheReal, fitter->capacity);
  measure (fitter);
  return g_steal_pointer (&fitter);
}

void
lathe_head_fitter_free (LatheHeadFitter *fitter)
{
  g_clear_pointer (&fitter->network, lathe_network_free);
  g_array_unref (fitter->rows);
  g_free (fitter->mean);
  g_free (fitter->scale);
  g_free (fitter->x);
  g_free (fitter->labels);
  g_free (fitter->losses);
  g_free (fitter);
}

/* So many rows of an array, into the network. */
static void
put (LatheHeadFitter *fitter, const GArray *rows, guint first, guint n, gboolean normalised)
{
  guint n_features = fitter->features.n_features;
  LatheReal *input = lathe_network_get_input (fitter->network);

  for (guint i = 0; i < n; i++)
    {
      guint32 row = g_array_index (rows, guint32, first + i);
      const float *from = fitter->features.values + (gsize) row * n_features;
      LatheReal *to = input + (gsize) i * n_features;

      fitter->labels[i] = fitter->features.labels[row];
      for (guint j = 0; j < n_features; j++)
        to[j] = normalised ? (LatheReal) (((double) from[j] - fitter->mean[j]) * fitter->scale[j]) : from[j];
    }
}

static double
add_losses (const LatheHeadFitter *fitter, guint n)
{
  double sum = 0;

  for (guint i = 0; i < n; i++)
    sum += (double) fitter->losses[i];
  return sum;
}

/* A LatheObjective. */
static double
judge (const double *x, double *gradient, gpointer data)
{
  LatheHeadFitter *fitter = data;
  LatheReal *weights = lathe_network_get_weights (fitter->network, NULL);
  const LatheReal *found = lathe_network_get_gradient (fitter->network);
  gsize n_penalised = fitter->n - fitter->n_units;
  guint n_rows = fitter->rows->len;
  double value = 0;

  for (gsize i = 0; i < fitter->n; i++)
    {
      weights[i] = (LatheReal) x[i];
      gradient[i] = i < n_penalised ? fitter->l2 * x[i] : 0;
      value += i < n_penalised ? fitter->l2 / 2 * x[i] * x[i] : 0;
    }
  for (guint first = 0; first < n_rows; first += fitter->capacity)
    {
      guint n = MIN (fitter->capacity, n_rows - first);

      if (!fitter->prepared)
        put (fitter, fitter->rows, first, n, TRUE);
      fitter->prepared = n_rows <= fitter->capacity;
      lathe_network_forward (fitter->network, n, TRUE, 0, 0);
      lathe_network_loss (fitter->network, n, fitter->labels, NULL, fitter->losses);
      lathe_network_backward (fitter->network, n);
      value += add_losses (fitter, n) / n_rows;
      for (gsize i = 0; i < fitter->n; i++)
        gradient[i] += (double) found[i] * n / n_rows;
    }
  return value;
}

/* The solution, for features as they are: (x - mean) · scale · w + b. */
static LatheHead *
make_head (const LatheHeadFitter *fitter)
{
  LatheHead *head = g_new0 (LatheHead, 1);
  guint n_units = fitter->n_units, n_features = fitter->features.n_features;
  g_autofree double *bias = g_memdup2 (fitter->x + (gsize) n_features * n_units, n_units * sizeof (double));

  head->n_features = n_features;
  head->n_units = n_units;
  head->weight = g_new (float, (gsize) n_features *n_units);
  head->bias = g_new (float, n_units);
  for (guint j = 0; j < n_features; j++)
    for (guint k = 0; k < n_units; k++)
      {
        double weight = fitter->x[(gsize) j * n_units + k] * fitter->scale[j];

        head->weight[(gsize) j * n_units + k] = (float) weight;
        bias[k] -= weight * fitter->mean[j];
      }
  for (guint k = 0; k < n_units; k++)
    head->bias[k] = (float) bias[k];
  return head;
}

/**
 * lathe_head_fitter_run:
 * @l2: above 0: the weight of the penalty
 *
 * Begins where the search before it ended, which from one penalty to the next one is not far.
 *
 * Returns: (transfer full)
 */
LatheHead *
lathe_head_fitter_run (LatheHeadFitter *fitter, double l2)
{
  g_autofree double *zero = g_new0 (double, fitter->n), *gradient = g_new (double, fitter->n);
  double squares = 0;
  LatheMinimum minimum;
  LatheHead *head;

  fitter->l2 = l2;
  fitter->prepared = FALSE;
  judge (zero, gradient, fitter);
  for (gsize i = 0; i < fitter->n; i++)
    squares += gradient[i] * gradient[i];
  minimum = lathe_minimise (fitter->x, fitter->n, judge, fitter, TOLERANCE * sqrt (squares), MOST_EVALUATIONS);
  head = make_head (fitter);
  head->minimum = minimum;
  return head;
}

/* The head's weights, for features as they are. */
static void
load (LatheHeadFitter *fitter, const LatheHead *head)
{
  LatheReal *weights = lathe_network_get_weights (fitter->network, NULL);
  gsize n_weights = (gsize) head->n_features * head->n_units;

  fitter->prepared = FALSE;
  for (gsize i = 0; i < fitter->n; i++)
    weights[i] = i < n_weights ? head->weight[i] : head->bias[i - n_weights];
}

/**
 * lathe_head_fitter_score:
 * @head: of this fitter or of another for the same features
 * @rows: (element-type guint32): any
 * @metrics: what is found is added to it
 * @right: (nullable) (out caller-allocates): one a row
 */
void
lathe_head_fitter_score (LatheHeadFitter *fitter, const LatheHead *head, const GArray *rows, LatheMetrics *metrics,
                         gboolean *right)
{
  guint n_units = head->n_units;

  load (fitter, head);
  for (guint first = 0; first < rows->len; first += fitter->capacity)
    {
      guint n = MIN (fitter->capacity, rows->len - first);
      const LatheReal *logits = lathe_network_get_logits (fitter->network);

      put (fitter, rows, first, n, FALSE);
      lathe_network_forward (fitter->network, n, FALSE, 0, 0);
      lathe_network_loss (fitter->network, n, fitter->labels, NULL, fitter->losses);
      for (guint i = 0; i < n; i++, logits += n_units)
        {
          guint said = lathe_likeliest (logits, n_units);

          lathe_metrics_add (metrics, fitter->labels[i], said, (double) fitter->losses[i]);
          if (right != NULL)
            right[first + i] = said == fitter->labels[i];
        }
    }
}

/**
 * lathe_head_fitter_answer:
 * @head: of this fitter or of another for the same features
 * @rows: (element-type guint32): any
 * @probabilities: (out caller-allocates): rows × n_classes
 */
void
lathe_head_fitter_answer (LatheHeadFitter *fitter, const LatheHead *head, const GArray *rows, float *probabilities)
{
  guint n_classes = fitter->features.n_classes;
  g_autofree LatheReal *found = g_new (LatheReal, (gsize) fitter->capacity * n_classes);

  load (fitter, head);
  for (guint first = 0; first < rows->len; first += fitter->capacity)
    {
      guint n = MIN (fitter->capacity, rows->len - first);

      put (fitter, rows, first, n, FALSE);
      lathe_network_forward (fitter->network, n, FALSE, 0, 0);
      lathe_network_probabilities (fitter->network, n, found);
      for (gsize i = 0; i < (gsize) n * n_classes; i++)
        probabilities[(gsize) first * n_classes + i] = (float) found[i];
    }
}

void
lathe_head_free (LatheHead *head)
{
  g_free (head->weight);
  g_free (head->bias);
  g_free (head);
}
