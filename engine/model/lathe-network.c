/* lathe-network.c: a compiled graph, run: forward, loss, backward.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>
#include <time.h>

#include "lathe-network-private.h"
#include "base/lathe-denormals.h"
#include "layers/lathe-follow.h"
#include "layers/lathe-initialiser.h"
#include "layers/lathe-whitening.h"

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
 * lathe_network_set_precision:
 *
 * In what numbers convolution and dense layers multiply while training, from the next forward() on; a new network has
 * single precision. Passes that do not train answer in single precision always, as the model will.
 */
void
lathe_network_set_precision (LatheNetwork *network, LathePrecision precision)
{
  network->precision = precision;
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
 * lathe_network_set_logits:
 * @logits: of n samples: what the network is to have answered
 */
void
lathe_network_set_logits (LatheNetwork *network, guint n, const LatheReal *logits)
{
  memcpy (network->steps[network->output].step.y, logits,
          (gsize) n * lathe_network_get_n_units (network) * sizeof *logits);
}

/**
 * lathe_network_cool:
 * @temperature: above 0; 1 changes nothing
 *
 * Divides the logits of n samples, before their probabilities or losses are asked for.
 */
void
lathe_network_cool (LatheNetwork *network, guint n, double temperature)
{
  LatheReal *logits = network->steps[network->output].step.y;
  gsize n_logits = (gsize) n * lathe_network_get_n_units (network);

  for (gsize i = 0; i < n_logits && temperature != 1; i++)
    logits[i] = (LatheReal) ((double) logits[i] / temperature);
}

/**
 * lathe_network_get_weights:
 * @n_weights: (out) (optional): how many numbers
 *
 * Writable in a network for training only: one that answers has prepared what it makes of them.
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
  g_assert (lathe_network_finds_gradient (network));
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

static void
prepare_step (LatheCompiled *compiled)
{
  if (compiled->bytes.kind == NULL && compiled->step.kind->prepare != NULL)
    compiled->step.kind->prepare (&compiled->step);
  else if (compiled->bytes.kind != NULL && compiled->bytes.kind->prepare != NULL)
    compiled->bytes.kind->prepare (&compiled->bytes);
}

/* Only in a network that answers: in training the weights change with each step. */
void
lathe_network_prepare (LatheNetwork *network)
{
  for (guint i = 0; i < network->n_steps && !network->training; i++)
    prepare_step (&network->steps[i]);
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
  lathe_network_prepare (network);
}

/**
 * lathe_network_wants_images:
 *
 * Returns: whether there are layers for lathe_network_whiten()
 */
gboolean
lathe_network_wants_images (LatheNetwork *network)
{
  for (guint i = 0; i < network->n_steps; i++)
    if (lathe_wants_whitening (&network->steps[i].step))
      return TRUE;
  return FALSE;
}

/**
 * lathe_network_whiten:
 * @n: images in the input
 *
 * After lathe_network_initialise(): makes the weights that are to be made of images, each layer's after those in front.
 */
void
lathe_network_whiten (LatheNetwork *network, guint n)
{
  for (guint i = 0; i < network->n_steps; i++)
    if (lathe_wants_whitening (&network->steps[i].step))
      {
        lathe_network_forward (network, n, FALSE, 0, 0);
        lathe_whiten (&network->steps[i].step);
        lathe_network_prepare (network);
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
  lathe_network_prepare (network);
}

/**
 * lathe_network_inherit:
 * @inheritance: made for this network's graph
 *
 * Takes over the weights and states of the layers that go on with what they learned.
 */
void
lathe_network_inherit (LatheNetwork *network, const LatheInheritance *inheritance)
{
  for (guint i = 0; i < network->n_steps; i++)
    for (guint j = 0; j < network->steps[i].step.n_parameters; j++)
      {
        const LatheParameter *parameter = &network->steps[i].step.parameter[j];
        const float *numbers = lathe_inheritance_find (inheritance, network->steps[i].name, parameter->name);
        LatheReal *w = (LatheReal *) network->steps[i].step.w[j];

        for (gsize k = 0; numbers != NULL && k < lathe_shape_size (&parameter->shape); k++)
          w[k] = numbers[k];
      }
  lathe_network_prepare (network);
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

static guint
count_gradients (const LatheStep *step)
{
  gboolean inputs = FALSE, weights = FALSE;

  for (guint j = 0; j < step->n_inputs; j++)
    inputs |= step->dx[j] != NULL;
  for (guint j = 0; j < step->n_parameters; j++)
    weights |= step->dw[j] != NULL;
  return (guint) inputs + (guint) weights;
}

/**
 * lathe_network_get_layer_plan:
 * @node: its place in the graph
 * @plan: (out)
 */
void
lathe_network_get_layer_plan (LatheNetwork *network, guint node, LatheLayerPlan *plan)
{
  *plan = (LatheLayerPlan){.runs_with = -1};
  for (guint i = 0; i < network->n_steps; i++)
    {
      const LatheCompiled *compiled = &network->steps[i];

      if (compiled->node == node)
        *plan = (LatheLayerPlan){compiled->step.algorithm, compiled->runs_with, count_gradients (&compiled->step)};
    }
}

/**
 * lathe_network_time:
 * @times: (nullable): one for each node of the graph, in its order, that must live until this is called again
 *
 * From now on adds what each layer takes to its time; or no longer, with NULL.
 */
void
lathe_network_time (LatheNetwork *network, LatheLayerTime *times)
{
  network->times = times;
}

/* Seconds, where somebody wants to know. */
static double
now (const LatheNetwork *network)
{
  struct timespec time;

  if (network->times == NULL)
    return 0;
  clock_gettime (CLOCK_MONOTONIC, &time);
  return (double) time.tv_sec + (double) time.tv_nsec * 1e-9;
}

static void
begin_pass (LatheNetwork *network, guint n, gboolean training, guint64 seed, guint32 pass)
{
  const LatheKernels *kernels = training ? lathe_kernels_for (network->precision) : lathe_kernels ();

  for (guint i = 0; i < network->n_steps; i++)
    {
      LatheStep *step = &network->steps[i].step;

      step->batch = n;
      step->training = training;
      step->kernels = kernels;
      step->rng = lathe_rng (seed, LATHE_RNG_DROPOUT, pass, i);
    }
}

static void
begin_followers (LatheStep *step)
{
  for (LatheStep *f = step->follower; f != NULL; f = f->follower)
    if (f->kind->begin != NULL)
      f->kind->begin (f);
}

static void
run_forward (LatheCompiled *compiled)
{
  LatheStep *step = &compiled->step;

  if (compiled->bytes.kind != NULL)
    {
      lathe_network_run_bytes (compiled);
      return;
    }
  if (step->source != NULL)
    begin_followers (step->source);
  begin_followers (step);
  if (step->kind->forward != NULL)
    step->kind->forward (step);
  else if (step->kind->forward_rows != NULL)
    lathe_rows_forward (step);
  else if (!compiled->shared)
    memcpy (step->y, step->x[0], step->batch * lathe_shape_size (&step->output) * sizeof (LatheReal));
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
  LATHE_WITHOUT_DENORMALS;

  g_return_if_fail (n > 0 && n <= network->batch);

  begin_pass (network, n, training, seed, step);
  lathe_network_begin_rounded (network);
  for (guint i = 0; i < network->n_steps; i++)
    {
      LatheCompiled *compiled = &network->steps[i];
      double begin = now (network);

      if (compiled->leader != i)
        continue;
      if (i > 0)
        run_forward (compiled);
      lathe_network_convert (compiled);
      lathe_network_round (network, i);
      if (network->times != NULL)
        network->times[compiled->node].forward += now (network) - begin;
    }
  lathe_network_swap_rounded (network);
}

/**
 * lathe_network_loss:
 * @others: (nullable): as lathe_loss_run() takes them
 * @losses: (out caller-allocates): n, one a sample
 *
 * Compares what forward() found with the labels; for a network for training it also leaves the gradient from which
 * backward() starts.
 */
void
lathe_network_loss (LatheNetwork *network, guint n, const guint32 *labels, const LatheOtherLabel *others,
                    LatheReal *losses)
{
  LATHE_WITHOUT_DENORMALS;
  LatheStep *output = &network->steps[network->output].step;

  lathe_loss_run (&network->loss, output->y, labels, others, n, lathe_network_get_n_units (network), losses,
                  output->dy);
}

/**
 * lathe_network_teach:
 * @taught: n × the units: a teacher's logits
 *
 * After loss(): backward() starts from what lathe_loss_teach() makes of that gradient.
 */
void
lathe_network_teach (LatheNetwork *network, guint n, const LatheTeaching *teaching, const LatheReal *taught)
{
  LATHE_WITHOUT_DENORMALS;
  LatheStep *output = &network->steps[network->output].step;

  lathe_loss_teach (teaching, output->y, taught, n, lathe_network_get_n_units (network), NULL, output->dy);
}

/**
 * lathe_network_run_backward:
 *
 * Takes one step, and those that follow it, back.
 */
void
lathe_network_run_backward (LatheCompiled *compiled)
{
  LatheStep *step = &compiled->step;

  for (LatheStep *f = step->follower; step->piece > 0 && f != NULL; f = f->follower)
    if (f->n_parts > 0)
      lathe_rows_unfollow (f);
  if (step->kind->backward == NULL && step->kind->backward_rows != NULL)
    {
      lathe_rows_backward (step);
      return;
    }
  if (!step->kind->leads && step->n_parts > 0)
    lathe_rows_unfollow (step);
  if (step->kind->backward != NULL)
    step->kind->backward (step);
  else if (!compiled->shared && step->dx[0] != NULL)
    memcpy (step->dx[0], step->dy, step->batch * lathe_shape_size (&step->output) * sizeof (LatheReal));
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
  LATHE_WITHOUT_DENORMALS;

  g_assert (lathe_network_finds_gradient (network));

  lathe_network_swap_rounded (network);
  for (guint i = network->n_steps - 1; i > 0; i--)
    {
      LatheCompiled *compiled = &network->steps[i];
      double begin = now (network);

      if (!compiled->learns || compiled->leader != i)
        continue;
      lathe_network_run_backward (compiled);
      lathe_network_cut (network, i);
      if (network->times != NULL)
        network->times[compiled->node].backward += now (network) - begin;
    }
  lathe_network_swap_rounded (network);
  lathe_regulariser_add_gradient (&network->regulariser, network->pool);
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
gradients_are_finite (const LatheCompiled *compiled, guint n)
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
      const LatheCompiled *compiled = &network->steps[backward ? network->n_steps - i : i];

      if (backward ? !gradients_are_finite (compiled, n)
                   : compiled->step.y != NULL &&
                         !is_finite (compiled->step.y, n * lathe_shape_size (&compiled->step.output)))
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
  LATHE_WITHOUT_DENORMALS;
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
