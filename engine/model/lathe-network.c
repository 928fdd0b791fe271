/* lathe-network.c: a graph, compiled.
 *
 *   graph ──► steps, in the graph's order ──► arena: weights | gradient | states | activations | their gradients |
 *                                                    kept | scratch
 *
 * Weights of all layers lie in one run, so that an optimiser sees one array; so do their gradients, and so do the
 * states, which are not trained, with what is frozen among them. No gradient goes back behind the first layer that is
 * trained, and none is laid out there. A view (flatten) shares its input's memory. Where one output feeds several
 * layers each of them writes a gradient of its own, and they are added up in the order of the layers before the way
 * back goes on.
 *
 * The activation that ends a network belongs to the loss (see lathe-loss.c): a last sigmoid or softmax is dropped here
 * and comes back as the link when probabilities are asked for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-network.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-arena.h"
#include "base/lathe-blas.h"
#include "base/lathe-error.h"
#include "lathe-regulariser.h"
#include "layers/lathe-initialiser.h"
#include "layers/lathe-step.h"

/* An output that feeds a layer: whose it is, and where that layer puts the gradient when others do so too. */
typedef struct
{
  guint from;
  gsize dx_at;
} Edge;

typedef struct
{
  LatheStep step;
  LatheProperties properties;
  Edge edge[LATHE_MAX_INPUTS];
  char *name; /* of the node */
  guint n_consumers;
  gboolean shared; /* a view: y is its input's */
  gboolean learns; /* it, or what feeds it, has weights that are trained: its output wants a gradient */
  gsize y_at, dy_at, kept_at;
  gsize w_at[LATHE_MAX_PARAMETERS]; /* within the weights or the states */
} Compiled;

struct _LatheNetwork
{
  guint batch;
  gboolean training;
  LathePool *pool;
  guint n_nodes, n_steps; /* a last sigmoid or softmax is a node, but no step */
  Compiled *steps;
  guint output; /* the step that makes the logits */
  LatheLoss loss;
  LatheReal *class_weight; /* of the loss */
  gsize n_weights, n_states;
  LatheArena arena;
  gsize weights_at, gradient_at, states_at;
  LatheRegulariser regulariser;
};

static void
find_steps (LatheNetwork *network, const LatheGraph *graph, const LatheGraphReport *report)
{
  g_autoptr (GHashTable) index = g_hash_table_new (NULL, NULL);

  network->n_nodes = network->n_steps = report->n_nodes;
  network->steps = g_new0 (Compiled, report->n_nodes);
  for (guint i = 0; i < report->n_nodes; i++)
    {
      LatheNode *node = lathe_graph_get_node (graph, report->order[i]);
      Compiled *compiled = &network->steps[i];
      LatheStep *step = &compiled->step;

      g_hash_table_insert (index, node, GUINT_TO_POINTER (i));
      compiled->name = g_strdup (node->name);
      compiled->properties = node->properties;
      *step = (LatheStep){
          .kind = node->kind,
          .properties = &compiled->properties,
          .n_inputs = node->inputs->len,
          .output = report->nodes[report->order[i]].output,
          .batch = network->batch,
          .training = network->training,
          .pool = network->pool,
          .kernels = lathe_kernels (),
      };
      for (guint j = 0; j < node->inputs->len; j++)
        {
          guint from = GPOINTER_TO_UINT (g_hash_table_lookup (index, node->inputs->pdata[j]));

          compiled->edge[j].from = from;
          step->input[j] = network->steps[from].step.output;
          network->steps[from].n_consumers++;
        }
      if (node->kind->parameters != NULL)
        step->n_parameters = node->kind->parameters (step->properties, &step->input[0], step->parameter);
      for (guint j = 0; j < step->n_parameters && network->training; j++)
        compiled->learns |= lathe_parameter_is_trained (&step->parameter[j]);
      for (guint j = 0; j < step->n_inputs; j++)
        compiled->learns |= network->steps[compiled->edge[j].from].learns;
    }
}

/* The last step's own activation, if it is the one that the loss undoes, is left out. */
static void
find_output (LatheNetwork *network)
{
  Compiled *last = &network->steps[network->n_steps - 1];
  LatheActivation link = lathe_loss_link ((guint) lathe_shape_size (&last->step.output));
  int activation = lathe_layer_kind_property (last->step.kind, "activation");

  network->output = network->n_steps - 1;
  if (activation >= 0 && lathe_step_value (&last->step, activation) == link)
    last->step.linear = TRUE;
  else if (g_str_equal (last->step.kind->name, lathe_activation_names[link]))
    {
      network->n_steps--;
      network->output = last->edge[0].from;
      network->steps[network->output].n_consumers--;
    }
}

static gboolean
wants_gradient (const LatheNetwork *network, const Edge *edge)
{
  return network->steps[edge->from].learns;
}

static gboolean
feeds_several (const LatheNetwork *network, const Edge *edge)
{
  return network->steps[edge->from].n_consumers > 1;
}

static void
reserve (LatheNetwork *network)
{
  gsize sample = sizeof (LatheReal) * network->batch;

  for (guint i = 0; i < network->n_steps; i++)
    for (guint j = 0; j < network->steps[i].step.n_parameters; j++)
      {
        const LatheParameter *parameter = &network->steps[i].step.parameter[j];
        gsize *n = lathe_parameter_is_trained (parameter) ? &network->n_weights : &network->n_states;

        network->steps[i].w_at[j] = *n * sizeof (LatheReal);
        *n += lathe_shape_size (&parameter->shape);
      }
  network->weights_at = lathe_arena_reserve (&network->arena, network->n_weights * sizeof (LatheReal));
  if (network->training)
    network->gradient_at = lathe_arena_reserve (&network->arena, network->n_weights * sizeof (LatheReal));
  network->states_at = lathe_arena_reserve (&network->arena, network->n_states * sizeof (LatheReal));

  for (guint i = 0; i < network->n_steps; i++)
    {
      Compiled *compiled = &network->steps[i];
      LatheStep *step = &compiled->step;
      gsize bytes = lathe_shape_size (&step->output) * sample;

      compiled->shared = step->kind->view && network->steps[compiled->edge[0].from].n_consumers == 1;
      if (!compiled->shared)
        compiled->y_at = lathe_arena_reserve (&network->arena, bytes);
      if (compiled->learns && !compiled->shared)
        compiled->dy_at = lathe_arena_reserve (&network->arena, bytes);
      for (guint j = 0; j < step->n_inputs; j++)
        if (wants_gradient (network, &compiled->edge[j]) && feeds_several (network, &compiled->edge[j]))
          compiled->edge[j].dx_at = lathe_arena_reserve (&network->arena, lathe_shape_size (&step->input[j]) * sample);
    }
}

static void
place_parameters (LatheNetwork *network, Compiled *compiled)
{
  LatheStep *step = &compiled->step;

  for (guint j = 0; j < step->n_parameters; j++)
    if (!lathe_parameter_is_trained (&step->parameter[j]))
      {
        step->w[j] = lathe_arena_at (&network->arena, network->states_at + compiled->w_at[j]);
        step->state[j] = step->parameter[j].state ? (LatheReal *) step->w[j] : NULL;
      }
    else
      {
        step->w[j] = lathe_arena_at (&network->arena, network->weights_at + compiled->w_at[j]);
        if (network->training)
          step->dw[j] = lathe_arena_at (&network->arena, network->gradient_at + compiled->w_at[j]);
      }
}

static gboolean
lay_out (LatheNetwork *network, GError **error)
{
  guint n_threads = lathe_pool_get_n_threads (network->pool);
  gsize scratch = 0, thread_scratch = 0, scratch_at, thread_scratch_at;

  reserve (network);
  for (guint i = 0; i < network->n_steps; i++)
    {
      LatheStep *step = &network->steps[i].step;

      if (step->kind->plan != NULL)
        step->kind->plan (step);
      network->steps[i].kept_at = lathe_arena_reserve (&network->arena, step->kept_size * sizeof (LatheReal));
      scratch = MAX (scratch, step->scratch_size);
      thread_scratch = MAX (thread_scratch, step->thread_scratch_size);
    }
  thread_scratch = lathe_ceil_div (thread_scratch, LATHE_ALIGNMENT) * LATHE_ALIGNMENT;
  scratch_at = lathe_arena_reserve (&network->arena, scratch * sizeof (LatheReal));
  thread_scratch_at = lathe_arena_reserve (&network->arena, n_threads * thread_scratch * sizeof (LatheReal));
  if (!lathe_arena_commit (&network->arena, error))
    return FALSE;

  for (guint i = 0; i < network->n_steps; i++)
    {
      Compiled *compiled = &network->steps[i];
      LatheStep *step = &compiled->step;

      if (step->kept_size > 0)
        step->kept = lathe_arena_at (&network->arena, compiled->kept_at);
      step->scratch = lathe_arena_at (&network->arena, scratch_at);
      step->thread_scratch = lathe_arena_at (&network->arena, thread_scratch_at);
      step->thread_scratch_stride = thread_scratch;
      place_parameters (network, compiled);
      for (guint j = 0; j < step->n_inputs; j++)
        step->x[j] = network->steps[compiled->edge[j].from].step.y;
      step->y = compiled->shared ? (LatheReal *) step->x[0] : lathe_arena_at (&network->arena, compiled->y_at);
      if (!compiled->learns)
        continue;
      step->dy = compiled->shared ? network->steps[compiled->edge[0].from].step.dy
                                  : lathe_arena_at (&network->arena, compiled->dy_at);
      for (guint j = 0; j < step->n_inputs; j++)
        if (!wants_gradient (network, &compiled->edge[j]))
          step->dx[j] = NULL;
        else if (feeds_several (network, &compiled->edge[j]))
          step->dx[j] = lathe_arena_at (&network->arena, compiled->edge[j].dx_at);
        else
          step->dx[j] = network->steps[compiled->edge[j].from].step.dy;
    }
  return TRUE;
}

/**
 * lathe_network_new:
 * @batch: the most samples that one pass may have
 * @training: whether backward() will be called; without it no memory is laid out for gradients
 * @pool: must outlive the network
 *
 * Errors: the graph's own when it does not work; LATHE_ERROR_MEMORY.
 */
LatheNetwork *
lathe_network_new (const LatheGraph *graph, guint batch, gboolean training, LathePool *pool, GError **error)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  LatheNetwork *network;

  g_return_val_if_fail (batch > 0, NULL);

  if (!lathe_graph_report_propagate (report, graph, error))
    return NULL;
  lathe_blas_init ();
  network = g_new0 (LatheNetwork, 1);
  network->batch = batch;
  network->training = training;
  network->pool = pool;
  find_steps (network, graph, report);
  find_output (network);
  lathe_regulariser_init (&network->regulariser);
  for (guint i = 0; i < network->n_steps; i++)
    lathe_regulariser_add (&network->regulariser, &network->steps[i].step);
  if (lay_out (network, error))
    return network;
  lathe_network_free (network);
  return NULL;
}

void
lathe_network_free (LatheNetwork *network)
{
  lathe_arena_clear (&network->arena);
  for (guint i = 0; i < network->n_nodes; i++)
    g_free (network->steps[i].name);
  lathe_regulariser_clear (&network->regulariser);
  g_free (network->steps);
  g_free (network->class_weight);
  g_free (network);
}

guint
lathe_network_get_n_units (LatheNetwork *network)
{
  return (guint) lathe_shape_size (&network->steps[network->output].step.output);
}

/**
 * lathe_network_set_loss:
 * @loss: is copied, with its weights of the classes; a new network has plain cross-entropy
 */
void
lathe_network_set_loss (LatheNetwork *network, const LatheLoss *loss)
{
  guint n_classes = lathe_loss_n_classes (lathe_network_get_n_units (network));
  LatheReal *class_weight = g_memdup2 (loss->class_weight, n_classes * sizeof (LatheReal));

  g_free (network->class_weight);
  network->class_weight = class_weight;
  network->loss = *loss;
  network->loss.class_weight = class_weight;
}

/**
 * lathe_network_get_memory:
 *
 * Returns: bytes that the network holds, weights and all
 */
gsize
lathe_network_get_memory (LatheNetwork *network)
{
  return network->arena.size;
}

/**
 * lathe_network_get_input:
 *
 * Returns: (transfer none): batch × height × width × channels, to be filled before forward()
 */
LatheReal *
lathe_network_get_input (LatheNetwork *network)
{
  return network->steps[0].step.y;
}

/**
 * lathe_network_get_input_size:
 *
 * Returns: how many numbers one sample has
 */
gsize
lathe_network_get_input_size (LatheNetwork *network)
{
  return lathe_shape_size (&network->steps[0].step.output);
}

const LatheReal *
lathe_network_get_logits (LatheNetwork *network)
{
  return network->steps[network->output].step.y;
}

/**
 * lathe_network_get_weights:
 * @n_weights: (out) (optional): how many numbers
 *
 * Returns: (transfer none): all trainable numbers, in one run
 */
LatheReal *
lathe_network_get_weights (LatheNetwork *network, gsize *n_weights)
{
  if (n_weights != NULL)
    *n_weights = network->n_weights;
  return lathe_arena_at (&network->arena, network->weights_at);
}

/**
 * lathe_network_get_gradient:
 *
 * Returns: (transfer none): their gradient, in the same order; only of a network for training
 */
LatheReal *
lathe_network_get_gradient (LatheNetwork *network)
{
  g_assert (network->training);
  return lathe_arena_at (&network->arena, network->gradient_at);
}

/**
 * lathe_network_get_states:
 * @n_states: (out): how many numbers
 *
 * Returns: (transfer none): all numbers that a model keeps and that are not trained, in one run
 */
LatheReal *
lathe_network_get_states (LatheNetwork *network, gsize *n_states)
{
  *n_states = network->n_states;
  return lathe_arena_at (&network->arena, network->states_at);
}

/**
 * lathe_network_initialise:
 *
 * Draws all weights anew, frozen ones too, and sets the states back. Each number depends on the seed, its layer and its
 * place alone.
 */
void
lathe_network_initialise (LatheNetwork *network, guint64 seed)
{
  for (guint i = 0; i < network->n_steps; i++)
    for (guint j = 0; j < network->steps[i].step.n_parameters; j++)
      {
        LatheRng rng = lathe_rng (seed, LATHE_RNG_INITIALISE, i, j);

        lathe_initialise (&network->steps[i].step.parameter[j], &rng, (LatheReal *) network->steps[i].step.w[j]);
      }
}

/* The steps and a model list their tensors in the same order. */
static void
copy_weights (LatheNetwork *network, const LatheModel *model, gboolean to_model)
{
  guint index = 0;

  for (guint i = 0; i < network->n_steps; i++)
    for (guint j = 0; j < network->steps[i].step.n_parameters; j++)
      {
        const LatheWeight *weight = &g_array_index (model->weights, LatheWeight, index++);
        LatheReal *w = (LatheReal *) network->steps[i].step.w[j];
        gsize size = lathe_shape_size (&weight->shape);

        g_assert (lathe_shape_equal (&weight->shape, &network->steps[i].step.parameter[j].shape));
        for (gsize k = 0; k < size; k++)
          if (to_model)
            weight->data[k] = (float) w[k];
          else
            w[k] = weight->data[k];
      }
  g_assert (index == model->weights->len);
}

/**
 * lathe_network_load:
 * @model: of the same graph
 *
 * Takes over the weights and states of a model.
 */
void
lathe_network_load (LatheNetwork *network, const LatheModel *model)
{
  copy_weights (network, model, FALSE);
}

/**
 * lathe_network_store:
 *
 * Writes the weights and states into a model of the same graph, which no one else may have seen yet.
 */
void
lathe_network_store (LatheNetwork *network, LatheModel *model)
{
  copy_weights (network, model, TRUE);
}

/**
 * lathe_network_forward:
 * @n: samples in the input, at most the batch
 * @training: whether dropout drops, and batch norm looks at the batch and remembers
 * @seed, @step: what random draws depend on, when training
 */
void
lathe_network_forward (LatheNetwork *network, guint n, gboolean training, guint64 seed, guint32 step)
{
  g_return_if_fail (n > 0 && n <= network->batch);

  for (guint i = 1; i < network->n_steps; i++)
    {
      Compiled *compiled = &network->steps[i];

      compiled->step.batch = n;
      compiled->step.training = training;
      compiled->step.rng = lathe_rng (seed, LATHE_RNG_DROPOUT, step, i);
      if (compiled->step.kind->forward != NULL)
        compiled->step.kind->forward (&compiled->step);
      else if (!compiled->shared)
        memcpy (compiled->step.y, compiled->step.x[0],
                n * lathe_shape_size (&compiled->step.output) * sizeof (LatheReal));
    }
}

/**
 * lathe_network_loss:
 * @losses: (out caller-allocates): n, one a sample
 *
 * Compares what forward() found with the labels; for a network for training it also leaves the gradient from which
 * backward() starts.
 */
void
lathe_network_loss (LatheNetwork *network, guint n, const guint32 *labels, LatheReal *losses)
{
  LatheStep *output = &network->steps[network->output].step;

  lathe_loss_run (&network->loss, output->y, labels, n, lathe_network_get_n_units (network), losses, output->dy);
}

static void
add_gradients (LatheNetwork *network, guint from, guint n)
{
  LatheStep *step = &network->steps[from].step;
  gsize size = n * lathe_shape_size (&step->output);
  gboolean first = TRUE;

  for (guint i = from + 1; i < network->n_steps; i++)
    for (guint j = 0; j < network->steps[i].step.n_inputs; j++)
      if (network->steps[i].edge[j].from == from)
        {
          if (first)
            memcpy (step->dy, network->steps[i].step.dx[j], size * sizeof (LatheReal));
          else
            step->kernels->add (step->dy, network->steps[i].step.dx[j], size);
          first = FALSE;
        }
}

/**
 * lathe_network_backward:
 *
 * Works out the gradient of the mean loss, and of the penalty, by every weight, after forward() and loss() of the same
 * n samples.
 */
void
lathe_network_backward (LatheNetwork *network, guint n)
{
  g_assert (network->training);

  for (guint i = network->n_steps - 1; i > 0; i--)
    {
      Compiled *compiled = &network->steps[i];

      if (!compiled->learns)
        continue;
      if (compiled->n_consumers > 1)
        add_gradients (network, i, n);
      if (compiled->step.kind->backward != NULL)
        compiled->step.kind->backward (&compiled->step);
      else if (!compiled->shared && compiled->step.dx[0] != NULL)
        memcpy (compiled->step.dx[0], compiled->step.dy,
                n * lathe_shape_size (&compiled->step.output) * sizeof (LatheReal));
    }
  lathe_regulariser_add_gradient (&network->regulariser, network->pool);
}

/**
 * lathe_network_penalty:
 *
 * Returns: what the layers' L1 and L2 properties add to the loss, of all that is trained
 */
double
lathe_network_penalty (LatheNetwork *network)
{
  return lathe_regulariser_penalty (&network->regulariser, network->pool);
}

/**
 * lathe_network_constrain:
 *
 * Brings the weights into each output back to their layer's max-norm: to be called after each step of the optimiser.
 */
void
lathe_network_constrain (LatheNetwork *network)
{
  lathe_regulariser_bound (&network->regulariser, network->pool);
}

static gboolean
is_finite (const LatheReal *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (!isfinite (x[i]))
      return FALSE;
  return TRUE;
}

static gboolean
gradients_are_finite (const Compiled *compiled, guint n)
{
  const LatheStep *step = &compiled->step;
  gboolean finite = TRUE;

  for (guint j = 0; finite && j < step->n_parameters; j++)
    finite = step->dw[j] == NULL || is_finite (step->dw[j], lathe_shape_size (&step->parameter[j].shape));
  for (guint j = 0; finite && j < step->n_inputs; j++)
    finite = step->dx[j] == NULL || is_finite (step->dx[j], n * lathe_shape_size (&step->input[j]));
  return finite;
}

/**
 * lathe_network_find_overflow:
 * @n: samples of the pass
 * @backward: whether it is the way back that went wrong
 *
 * For a pass whose result is not finite: looks at what every layer left behind.
 *
 * Returns: (transfer none) (nullable): the name of the first layer on the way whose numbers are not all finite
 */
const char *
lathe_network_find_overflow (LatheNetwork *network, guint n, gboolean backward)
{
  for (guint i = 1; i < network->n_steps; i++)
    {
      const Compiled *compiled = &network->steps[backward ? network->n_steps - i : i];

      if (backward ? !gradients_are_finite (compiled, n)
                   : !is_finite (compiled->step.y, n * lathe_shape_size (&compiled->step.output)))
        return compiled->name;
    }
  return NULL;
}

/**
 * lathe_network_probabilities:
 * @probabilities: (out caller-allocates): n × the number of classes
 *
 * What forward() found, as probabilities that add up to 1. Class 1 of a single sigmoid is its “yes”.
 */
void
lathe_network_probabilities (LatheNetwork *network, guint n, LatheReal *probabilities)
{
  const LatheStep *output = &network->steps[network->output].step;
  guint n_units = lathe_network_get_n_units (network);

  lathe_activation_forward (lathe_loss_link (n_units), output->kernels, probabilities, output->y, n, n_units);
  if (n_units == 1)
    for (guint i = n; i-- > 0;)
      {
        LatheReal yes = probabilities[i];

        probabilities[2 * i] = 1 - yes;
        probabilities[2 * i + 1] = yes;
      }
}
