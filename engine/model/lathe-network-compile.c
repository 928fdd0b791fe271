/* lathe-network-compile.c: a graph, compiled: steps in order, and a place in memory for all that they need.
 *
 *   graph ──► steps, in the graph's order ──► arena: weights | gradient | states | activations | their gradients |
 *                                                    kept | prepared | scratch
 *
 * Weights of all layers lie in one run, so that an optimiser sees one array; so do their gradients, and so do the
 * states, which are not trained, with what is frozen among them. No gradient goes back behind the first layer that is
 * trained, and none is laid out there. Where one output feeds several layers each of them finds a gradient, and they
 * are added up in the order of the layers. What is one array, and what layers are run as one, is decided in
 * lathe-network-fuse.c.
 *
 * The activation that ends a network belongs to the loss (see lathe-loss.c): a last sigmoid or softmax is dropped here
 * and comes back as the link when probabilities are asked for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-network-private.h"

static void
find_steps (LatheNetwork *network, const LatheGraph *graph, const LatheGraphReport *report)
{
  g_autoptr (GHashTable) index = g_hash_table_new (NULL, NULL);

  network->n_nodes = network->n_steps = report->n_nodes;
  network->steps = g_new0 (LatheCompiled, report->n_nodes);
  for (guint i = 0; i < report->n_nodes; i++)
    {
      LatheNode *node = lathe_graph_get_node (graph, report->order[i]);
      LatheCompiled *compiled = &network->steps[i];
      LatheStep *step = &compiled->step;

      g_hash_table_insert (index, node, GUINT_TO_POINTER (i));
      compiled->name = g_strdup (node->name);
      compiled->node = report->order[i];
      compiled->runs_with = -1;
      compiled->leader = i;
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
      compiled->learns |= network->slopes;
    }
}

/* The last step's own activation, if it is the one that the loss undoes, is left out. */
static void
find_output (LatheNetwork *network)
{
  LatheCompiled *last = &network->steps[network->n_steps - 1];
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
wants_gradient (const LatheNetwork *network, const LatheEdge *edge)
{
  return network->steps[edge->from].learns;
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
  if (lathe_network_finds_gradient (network))
    network->gradient_at = lathe_arena_reserve (&network->arena, network->n_weights * sizeof (LatheReal));
  network->states_at = lathe_arena_reserve (&network->arena, network->n_states * sizeof (LatheReal));

  for (guint i = 0; i < network->n_steps; i++)
    {
      LatheCompiled *compiled = &network->steps[i];
      LatheStep *step = &compiled->step;
      gsize bytes = lathe_shape_size (&step->output) * sample;

      if (!compiled->shared && step->piece == 0 && !compiled->pulled)
        compiled->y_at = lathe_arena_reserve (&network->arena, bytes);
      if (compiled->learns && step->piece == 0 && lathe_network_gradient_home (network, i) == i)
        compiled->dy_at = lathe_arena_reserve (&network->arena, bytes);
      for (guint j = 0; j < step->n_inputs; j++)
        if (wants_gradient (network, &compiled->edge[j]) && compiled->edge[j].gradient == LATHE_GRADIENT_APART)
          compiled->edge[j].dx_at = lathe_arena_reserve (&network->arena, lathe_shape_size (&step->input[j]) * sample);
    }
  lathe_network_reserve_bytes (network);
  lathe_network_reserve_rounded (network);
}

static void
place_parameters (LatheNetwork *network, LatheCompiled *compiled)
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
        if (lathe_network_finds_gradient (network))
          step->dw[j] = lathe_arena_at (&network->arena, network->gradient_at + compiled->w_at[j]);
      }
}

static void
plan_step (LatheCompiled *compiled)
{
  LatheStep *step = &compiled->step;

  if (compiled->bytes.kind == NULL && step->kind->plan != NULL)
    step->kind->plan (step);
  else if (compiled->bytes.kind != NULL && compiled->bytes.kind->plan != NULL)
    compiled->bytes.kind->plan (&compiled->bytes);
}

/* Works out where everything will lie; nothing is taken yet. */
static void
plan_memory (LatheNetwork *network)
{
  gsize scratch = 0, thread_scratch = 0, before;

  reserve (network);
  for (guint i = 0; i < network->n_steps; i++)
    {
      LatheStep *step = &network->steps[i].step;

      plan_step (&network->steps[i]);
      network->steps[i].kept_at = lathe_arena_reserve (&network->arena, step->kept_size * sizeof (LatheReal));
      network->steps[i].prepared_at = lathe_arena_reserve (&network->arena, step->prepared_size * sizeof (LatheReal));
      scratch = MAX (scratch, step->scratch_size);
      thread_scratch = MAX (thread_scratch, step->thread_scratch_size);
    }
  before = network->arena.size;
  thread_scratch = lathe_ceil_div (thread_scratch, LATHE_ALIGNMENT) * LATHE_ALIGNMENT;
  network->thread_scratch_stride = thread_scratch;
  network->scratch_at = lathe_arena_reserve (&network->arena, scratch * sizeof (LatheReal));
  network->thread_scratch_at =
      lathe_arena_reserve (&network->arena, network->n_threads * thread_scratch * sizeof (LatheReal));

  network->plan.n_trained = network->n_weights;
  network->plan.weights = (network->n_weights + network->n_states) * sizeof (LatheReal);
  network->plan.gradient = lathe_network_finds_gradient (network) ? network->n_weights * sizeof (LatheReal) : 0;
  network->plan.activations = before - MIN (before, network->plan.weights + network->plan.gradient);
  network->plan.scratch = network->arena.size - before;
  network->plan.total = network->arena.size;
}

/* The gradients that are to be added to what is found in dy. */
static void
collect_parts (LatheNetwork *network, guint from)
{
  LatheCompiled *compiled = &network->steps[from];

  if (!compiled->learns || compiled->n_consumers < 2)
    return;
  compiled->step.parts = g_new0 (const LatheReal *, compiled->n_consumers - 1);
  for (guint i = from + 1; i < network->n_steps; i++)
    for (guint j = 0; j < network->steps[i].step.n_inputs; j++)
      {
        const LatheEdge *edge = &network->steps[i].edge[j];

        if (edge->from == from && edge->gradient != LATHE_GRADIENT_OF_INPUT)
          compiled->step.parts[compiled->step.n_parts++] = network->steps[i].step.dx[j];
      }
}

/* NULL for what is never in memory as a whole. */
static LatheReal *
place_array (LatheNetwork *network, guint home, gboolean gradient)
{
  const LatheCompiled *compiled = &network->steps[home];

  if (compiled->step.piece > 0 || compiled->pulled)
    return NULL;
  return lathe_arena_at (&network->arena, gradient ? compiled->dy_at : compiled->y_at);
}

static LatheReal *
place_dx (LatheNetwork *network, LatheCompiled *compiled, const LatheEdge *edge)
{
  if (!wants_gradient (network, edge))
    return NULL;
  switch (edge->gradient)
    {
    case LATHE_GRADIENT_OF_OUTPUT:
      return compiled->step.dy;
    case LATHE_GRADIENT_APART:
      return lathe_arena_at (&network->arena, edge->dx_at);
    default:
      return network->steps[edge->from].step.dy;
    }
}

static void
place (LatheNetwork *network)
{
  for (guint i = 0; i < network->n_steps; i++)
    {
      LatheCompiled *compiled = &network->steps[i];
      LatheStep *step = &compiled->step;

      if (step->kept_size > 0)
        step->kept = lathe_arena_at (&network->arena, compiled->kept_at);
      if (step->prepared_size > 0)
        step->prepared = lathe_arena_at (&network->arena, compiled->prepared_at);
      step->scratch = lathe_arena_at (&network->arena, network->scratch_at);
      step->thread_scratch = lathe_arena_at (&network->arena, network->thread_scratch_at);
      step->thread_scratch_stride = network->thread_scratch_stride;
      place_parameters (network, compiled);
      step->y = place_array (network, lathe_network_home (network, i), FALSE);
      for (guint j = 0; j < step->n_inputs; j++)
        step->x[j] = network->steps[compiled->edge[j].from].step.y;
      if (!compiled->learns)
        continue;
      step->dy = place_array (network, lathe_network_gradient_home (network, i), TRUE);
      for (guint j = 0; j < step->n_inputs; j++)
        step->dx[j] = place_dx (network, compiled, &compiled->edge[j]);
    }
  lathe_network_place_bytes (network);
  lathe_network_place_rounded (network);
  for (guint i = 0; i < network->n_steps; i++)
    collect_parts (network, i);
}

/* What a network is compiled for. */
typedef struct
{
  gboolean training;                     /* there is a way back */
  gboolean plainly;                      /* every layer is run for itself, and leaves its output */
  gboolean slopes;                       /* the way back is for lathe_network_find_slopes() */
  const LatheQuantisation *quantisation; /* layers run in 8 bits as far as this says; NULL: none does */
  gboolean rounded;                      /* … or in real numbers, rounded as if they did */
} Purpose;

/* The graph, compiled as far as it goes without memory. */
static LatheNetwork *
compile (const LatheGraph *graph, guint batch, Purpose purpose, guint n_threads, LathePool *pool, GError **error)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  LatheNetwork *network;

  g_return_val_if_fail (batch > 0, NULL);

  if (!lathe_graph_report_propagate (report, graph, error))
    return NULL;
  network = g_new0 (LatheNetwork, 1);
  network->batch = batch;
  network->training = purpose.training;
  network->slopes = purpose.slopes;
  network->n_threads = n_threads;
  network->pool = pool;
  find_steps (network, graph, report);
  find_output (network);
  if (purpose.rounded)
    lathe_network_choose_rounded (network, purpose.quantisation);
  else if (purpose.quantisation != NULL)
    lathe_network_choose_bytes (network, purpose.quantisation);
  else
    lathe_network_fuse (network, purpose.plainly);
  lathe_regulariser_init (&network->regulariser);
  for (guint i = 0; i < network->n_steps; i++)
    lathe_regulariser_add (&network->regulariser, &network->steps[i].step);
  plan_memory (network);
  return network;
}

/**
 * lathe_network_plan:
 * @plan: (out)
 *
 * What lathe_network_new() would take, to the byte, without taking it.
 * Errors: the graph's own.
 */
gboolean
lathe_network_plan (const LatheGraph *graph, guint batch, gboolean training, guint n_threads, LatheMemoryPlan *plan,
                    GError **error)
{
  g_autoptr (LatheNetwork) network = compile (graph, batch, (Purpose){.training = training}, n_threads, NULL, error);

  if (network == NULL)
    return FALSE;
  *plan = network->plan;
  return TRUE;
}

static LatheNetwork *
make (const LatheGraph *graph, guint batch, Purpose purpose, LathePool *pool, GError **error)
{
  guint n_threads = lathe_pool_get_n_threads (pool);
  g_autoptr (LatheNetwork) network = compile (graph, batch, purpose, n_threads, pool, error);

  if (network == NULL || !lathe_arena_commit (&network->arena, error))
    return NULL;
  place (network);
  return g_steal_pointer (&network);
}

/**
 * lathe_network_new:
 * @batch: the most samples that one pass may have
 * @training: whether backward() will be called; without it no memory is laid out for gradients
 * @pool: must outlive the network
 *
 * Errors: the graph's own when it does not work; LATHE_ERROR_MEMORY, before anything is taken.
 */
LatheNetwork *
lathe_network_new (const LatheGraph *graph, guint batch, gboolean training, LathePool *pool, GError **error)
{
  return make (graph, batch, (Purpose){.training = training}, pool, error);
}

/**
 * lathe_network_new_for:
 * @model: must outlive the network
 *
 * A network that answers as this model does, in 8 bits where the model is one in those; its weights are loaded.
 * Errors: as lathe_network_new().
 */
LatheNetwork *
lathe_network_new_for (const LatheModel *model, guint batch, LathePool *pool, GError **error)
{
  LatheNetwork *network = make (model->graph, batch, (Purpose){.quantisation = model->quantisation}, pool, error);

  if (network != NULL)
    lathe_network_load (network, model);
  return network;
}

/**
 * lathe_network_new_rounded:
 * @quantisation: of a model of this graph; is not needed any longer
 *
 * A network that is trained, with weights in full precision, while it answers as one in 8 bits: see
 * lathe-network-rounded.c.
 * Errors: as lathe_network_new().
 */
LatheNetwork *
lathe_network_new_rounded (const LatheGraph *graph, const LatheQuantisation *quantisation, guint batch, LathePool *pool,
                           GError **error)
{
  return make (graph, batch, (Purpose){.training = TRUE, .quantisation = quantisation, .rounded = TRUE}, pool, error);
}

/**
 * lathe_network_new_plain:
 *
 * The same with every layer run for itself: what tests compare with.
 */
LatheNetwork *
lathe_network_new_plain (const LatheGraph *graph, guint batch, gboolean training, LathePool *pool, GError **error)
{
  return make (graph, batch, (Purpose){.training = training, .plainly = TRUE}, pool, error);
}

/**
 * lathe_network_new_open:
 * @slopes: whether lathe_network_find_slopes() will be called; without it no memory is laid out for gradients
 *
 * A network to look into: it answers, and every layer leaves its output in memory. With slopes it finds the gradient by
 * the input and by every output, and none by weights.
 * Errors: as lathe_network_new().
 */
LatheNetwork *
lathe_network_new_open (const LatheGraph *graph, guint batch, gboolean slopes, LathePool *pool, GError **error)
{
  return make (graph, batch, (Purpose){.training = slopes, .plainly = TRUE, .slopes = slopes}, pool, error);
}

void
lathe_network_free (LatheNetwork *network)
{
  lathe_arena_clear (&network->arena);
  for (guint i = 0; i < network->n_nodes; i++)
    {
      g_free (network->steps[i].name);
      g_free (network->steps[i].step.parts);
    }
  lathe_regulariser_clear (&network->regulariser);
  g_free (network->steps);
  g_free (network->class_weight);
  g_free (network->stays_zero);
  g_free (network->rounded);
  g_free (network);
}
