/* lathe-trainer-change.c: what is changed of a training while it goes on, and how a change is taken back.
 *
 * A change is asked for from any thread and made between two steps. Before it the whole state of the training is kept
 * in memory: taking the change back brings that state back, and what was learned since is as if it had never been. As
 * the seed decides everything else, a training with the same changes at the same steps gives the same bits.
 *
 *   asked ──► between two steps ──► state kept ──► changed ──► snapshot, checkpoint
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-arena.h"
#include "base/lathe-error.h"
#include "lathe-schedule.h"
#include "lathe-trainer-private.h"
#include "layers/lathe-weights.h"

/* What kept states may take together; the newest is kept whatever it takes. */
#define MOST_BYTES (512ul << 20)

/* What was asked for; without a name, to take back the newest change. */
typedef struct
{
  char *name, *layer;
  double to;
} Wanted;

/* A training as it was before its change number `n_changes`. */
typedef struct
{
  guint n_changes, n_finished;
  LatheProgress at, began;
  double phases[LATHE_N_PHASES], phases_before[LATHE_N_PHASES];
  LathePace pace;
  double trained_here;
  LatheHyperparameters hyperparameters;
  LatheGraph *graph;
  LatheModel *best;
  guint64 optimizer_steps;
  double rate;
  LatheReal *numbers; /* weights, states, what was said of the images, and moments */
  gsize bytes;
} State;

static void
wanted_free (gpointer data)
{
  Wanted *wanted = data;

  g_free (wanted->name);
  g_free (wanted->layer);
  g_free (wanted);
}

static void
state_free (gpointer data)
{
  State *state = data;

  g_clear_pointer (&state->graph, lathe_graph_free);
  g_clear_pointer (&state->best, lathe_model_unref);
  lathe_memory_free (state->numbers);
  g_free (state);
}

void
lathe_trainer_init_changes (LatheTrainer *trainer)
{
  g_queue_init (&trainer->wanted);
  g_queue_init (&trainer->states);
  trainer->changes = g_array_new (FALSE, FALSE, sizeof (LatheChange));
}

void
lathe_trainer_clear_changes (LatheTrainer *trainer)
{
  g_queue_clear_full (&trainer->wanted, wanted_free);
  g_queue_clear_full (&trainer->states, state_free);
  g_array_unref (trainer->changes);
  g_clear_pointer (&trainer->replayed, g_array_unref);
}

/* --- Keeping a state --- */

/* All that a step changes, one after another; `copy` gets each of them and its place in the state's numbers. */
static gsize
each_number (LatheTrainer *trainer, LatheReal *kept, void (*copy) (LatheReal *kept, LatheReal *numbers, gsize n))
{
  gsize n_weights, n_states, n_images, done = 0;
  LatheReal *weights = lathe_network_get_weights (trainer->network, &n_weights);
  LatheReal *states = lathe_network_get_states (trainer->network, &n_states);
  LatheReal *images = lathe_observation_get_numbers (trainer->observation, &n_images);
  LatheReal *numbers[3 + LATHE_N_MOMENTS] = {weights, states, images};
  const gsize n[] = {n_weights, n_states, n_images};

  for (guint i = 0; i < LATHE_N_MOMENTS; i++)
    numbers[G_N_ELEMENTS (n) + i] = lathe_optimizer_get_moment (trainer->optimizer, i);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (numbers[i] != NULL)
      {
        gsize count = i < G_N_ELEMENTS (n) ? n[i] : n_weights;

        if (copy != NULL)
          copy (kept + done, numbers[i], count);
        done += count;
      }
  return done;
}

static void
copy_out (LatheReal *kept, LatheReal *numbers, gsize n)
{
  memcpy (kept, numbers, n * sizeof *kept);
}

static void
copy_in (LatheReal *kept, LatheReal *numbers, gsize n)
{
  memcpy (numbers, kept, n * sizeof *kept);
}

/* The oldest go first. */
static void
forget_states (LatheTrainer *trainer, gsize wanted)
{
  gsize bytes = wanted;

  for (GList *state = trainer->states.head; state != NULL; state = state->next)
    bytes += ((State *) state->data)->bytes;
  while (bytes > MOST_BYTES && trainer->states.length > 0)
    {
      State *oldest = g_queue_pop_tail (&trainer->states);

      bytes -= oldest->bytes;
      state_free (oldest);
    }
}

static gboolean
keep_state (LatheTrainer *trainer, GError **error)
{
  gsize bytes = each_number (trainer, NULL, NULL) * sizeof (LatheReal);
  State *state;
  LatheReal *numbers;

  forget_states (trainer, bytes);
  numbers = lathe_memory_try_new (MAX (bytes, 1));
  if (numbers == NULL)
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_MEMORY,
                           _ ("there is no memory to keep the training as it was before"));
      return FALSE;
    }
  state = g_new (State, 1);
  *state = (State){
      .n_changes = trainer->changes->len,
      .n_finished = trainer->finished.list.len,
      .pace = trainer->pace,
      .trained_here = trainer->trained_here,
      .at = trainer->at,
      .began = trainer->began,
      .hyperparameters = trainer->hyperparameters,
      .graph = lathe_graph_copy (trainer->graph),
      .best = trainer->best != NULL ? lathe_model_ref (trainer->best) : NULL,
      .optimizer_steps = lathe_optimizer_get_steps (trainer->optimizer),
      .rate = trainer->rate,
      .numbers = numbers,
      .bytes = bytes,
  };
  memcpy (state->phases, trainer->phases, sizeof state->phases);
  memcpy (state->phases_before, trainer->phases_before, sizeof state->phases_before);
  each_number (trainer, numbers, copy_out);
  g_queue_push_head (&trainer->states, state);
  return TRUE;
}

/* --- Making a change --- */

static void
set_hyperparameters (LatheTrainer *trainer, const LatheHyperparameters *hyperparameters)
{
  trainer->hyperparameters = *hyperparameters;
  lathe_optimizer_set_hyperparameters (trainer->optimizer, hyperparameters);
  lathe_optimizer_set_end (trainer->optimizer, (guint64) hyperparameters->epochs * trainer->steps);
}

/* Lays the network out anew, with other layers frozen. What begins to learn has no past: its moments are those of a
 * beginning. */
static gboolean
set_graph (LatheTrainer *trainer, const LatheGraph *graph, GError **error)
{
  g_autoptr (LatheNetwork) network = lathe_trainer_make_network (trainer, graph, trainer->batch.capacity, error);
  LatheOptimizerState *optimizer;

  if (network == NULL)
    return FALSE;
  lathe_network_take_over (network, trainer->network);
  optimizer = lathe_trainer_make_optimizer (trainer, network, error);
  if (optimizer == NULL)
    return FALSE;
  for (guint i = 0; i < LATHE_N_MOMENTS; i++)
    if (lathe_optimizer_get_moment (optimizer, i) != NULL)
      lathe_network_carry (network, trainer->network, lathe_optimizer_get_moment (trainer->optimizer, i),
                           lathe_optimizer_get_moment (optimizer, i));
  lathe_optimizer_set_steps (optimizer, lathe_optimizer_get_steps (trainer->optimizer));
  lathe_optimizer_free (trainer->optimizer);
  trainer->optimizer = optimizer;
  lathe_network_free (trainer->network);
  trainer->network = g_steal_pointer (&network);
  lathe_trainer_set_loss (trainer);
  if (trainer->keeps_zeros)
    lathe_network_keep_zeros (trainer->network);
  lathe_graph_free (trainer->graph);
  trainer->graph = lathe_graph_copy (graph);
  return TRUE;
}

static gboolean
freeze (LatheTrainer *trainer, const LatheChange *change, GError **error)
{
  g_autoptr (LatheGraph) graph = lathe_graph_copy (trainer->graph);

  return lathe_graph_set (graph, lathe_graph_find (graph, change->layer), LATHE_CHANGE_FROZEN, change->to, error) &&
         lathe_trainer_check_learns (graph, error) && set_graph (trainer, graph, error);
}

static gboolean
apply (LatheTrainer *trainer, const LatheChange *change, GError **error)
{
  LatheHyperparameters hyperparameters = trainer->hyperparameters;

  if (change->layer != NULL)
    return freeze (trainer, change, error);
  lathe_hyperparameter_set (lathe_hyperparameter_find (change->name), &hyperparameters, change->to);
  set_hyperparameters (trainer, &hyperparameters);
  return TRUE;
}

/* What it is now; FALSE: there is nothing of this name. */
static gboolean
find_value (const LatheTrainer *trainer, const LatheChange *change, double *value)
{
  const LatheNode *node = change->layer != NULL ? lathe_graph_find (trainer->graph, change->layer) : NULL;
  int property = node != NULL ? lathe_layer_kind_property (node->kind, LATHE_CHANGE_FROZEN) : -1;

  if (change->layer == NULL)
    *value = lathe_hyperparameter_get (lathe_hyperparameter_find (change->name), &trainer->hyperparameters);
  else if (property >= 0)
    *value = node->properties.value[property];
  return change->layer == NULL || property >= 0;
}

/* The epoch that has begun is finished in any case. */
static double
least_epochs (const LatheTrainer *trainer)
{
  return (double) MAX (trainer->at.step > 0 ? trainer->at.epoch : trainer->at.epoch - 1, 1);
}

static LatheChange *
find_at_this_step (const LatheTrainer *trainer, const LatheChange *change)
{
  for (guint i = trainer->changes->len; i > 0; i--)
    {
      LatheChange *made = &g_array_index (trainer->changes, LatheChange, i - 1);

      if (made->step == change->step && made->name == change->name && made->layer == change->layer)
        return made;
    }
  return NULL;
}

/* One that is changed once more before a step was made of it is one change. */
static gboolean
make_again (LatheTrainer *trainer, LatheChange *made, const LatheChange *change, GError **error)
{
  if (!apply (trainer, change, error))
    return FALSE;
  made->to = change->to;
  if (made->to != made->from || made != &g_array_index (trainer->changes, LatheChange, trainer->changes->len - 1))
    return TRUE;
  g_array_set_size (trainer->changes, trainer->changes->len - 1);
  if (trainer->states.length > 0)
    state_free (g_queue_pop_head (&trainer->states));
  return TRUE;
}

static gboolean
make_change (LatheTrainer *trainer, LatheChange *change, GError **error)
{
  LatheChange *made;

  if (!find_value (trainer, change, &change->from))
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("there is no layer “%s” that can be frozen"),
                   change->layer);
      return FALSE;
    }
  change->step = trainer->at.total_steps;
  change->epoch = lathe_trainer_position (trainer);
  if (g_str_equal (change->name, "epochs"))
    change->to = MAX (change->to, least_epochs (trainer));
  if (change->to == change->from)
    return TRUE;
  made = find_at_this_step (trainer, change);
  if (made != NULL)
    return make_again (trainer, made, change, error);
  if (!keep_state (trainer, error))
    return FALSE;
  if (apply (trainer, change, error))
    {
      g_array_append_val (trainer->changes, *change);
      return TRUE;
    }
  state_free (g_queue_pop_head (&trainer->states));
  return FALSE;
}

/* --- Taking it back --- */

/* Of the epochs that are not finished any longer. */
static void
forget_layers (LatheTrainer *trainer)
{
  GPtrArray *layers = trainer->layers;

  while (layers->len > 0 && ((const LatheLayerLooks *) layers->pdata[layers->len - 1])->epoch >= trainer->at.epoch)
    g_ptr_array_set_size (layers, (int) layers->len - 1);
}

static gboolean
take_back (LatheTrainer *trainer, GError **error)
{
  State *state = g_queue_peek_head (&trainer->states);

  if (state == NULL)
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                           _ ("what was learned before it is kept no longer. Set the value back by hand"));
      return FALSE;
    }
  if (!lathe_graph_equal (state->graph, trainer->graph) && !set_graph (trainer, state->graph, error))
    return FALSE;
  each_number (trainer, state->numbers, copy_in);
  set_hyperparameters (trainer, &state->hyperparameters);
  lathe_optimizer_set_steps (trainer->optimizer, state->optimizer_steps);
  trainer->at = state->at;
  trainer->began = state->began;
  trainer->rate = state->rate;
  trainer->pace = state->pace;
  trainer->trained_here = state->trained_here;
  trainer->point_tally = (LatheTally){0};
  g_array_set_size (trainer->changes, state->n_changes);
  lathe_epochs_truncate (&trainer->finished, state->n_finished);
  g_array_set_size (trainer->better, state->n_finished);
  forget_layers (trainer);
  lathe_trainer_forget_answers (trainer, state->n_finished);
  memcpy (trainer->phases, state->phases, sizeof state->phases);
  memcpy (trainer->phases_before, state->phases_before, sizeof state->phases_before);
  g_clear_pointer (&trainer->best, lathe_model_unref);
  trainer->best = g_steal_pointer (&state->best);
  state_free (g_queue_pop_head (&trainer->states));
  return TRUE;
}

/* --- Between two steps --- */

static gboolean
is_due (const LatheTrainer *trainer)
{
  const GArray *replayed = trainer->replayed;

  return replayed != NULL && trainer->n_replayed < replayed->len &&
         g_array_index (replayed, LatheChange, trainer->n_replayed).step <= trainer->at.total_steps;
}

static Wanted *
next_wanted (LatheTrainer *trainer)
{
  Wanted *wanted;

  g_mutex_lock (&trainer->lock);
  wanted = g_queue_pop_head (&trainer->wanted);
  g_mutex_unlock (&trainer->lock);
  return wanted;
}

/* A change that cannot be made is a warning, and the training goes on as it was. */
static void
refuse (LatheTrainer *trainer, const GError *reason, gboolean back)
{
  g_autoptr (GError) error = NULL;

  g_set_error (&error, reason->domain, reason->code,
               back ? _ ("The change cannot be taken back: %s.")
                    : _ ("The change cannot be made while the training goes on: %s."),
               reason->message);
  lathe_trainer_warn (trainer, error);
}

static void
make_wanted (LatheTrainer *trainer, const Wanted *wanted)
{
  LatheChange change = {.to = wanted->to};
  g_autoptr (GError) reason = NULL;

  if (wanted->name == NULL)
    {
      if (!take_back (trainer, &reason))
        refuse (trainer, reason, TRUE);
      return;
    }
  if (!lathe_change_make (&change, wanted->name, wanted->layer))
    g_assert_not_reached (); /* it was checked when it was asked for */
  if (!make_change (trainer, &change, &reason))
    refuse (trainer, reason, FALSE);
}

/* One that is in a list of what was done before is made as it was then. */
static void
make_due (LatheTrainer *trainer)
{
  LatheChange change = g_array_index (trainer->replayed, LatheChange, trainer->n_replayed++);
  g_autoptr (GError) reason = NULL;

  if (change.step == trainer->at.total_steps && !make_change (trainer, &change, &reason))
    refuse (trainer, reason, FALSE);
}

gboolean
lathe_trainer_has_changes (LatheTrainer *trainer)
{
  gboolean any;

  g_mutex_lock (&trainer->lock);
  any = trainer->wanted.length > 0;
  g_mutex_unlock (&trainer->lock);
  return any || is_due (trainer);
}

/**
 * lathe_trainer_make_changes:
 *
 * Between two steps: makes what was asked for since, and keeps it, so that no crash forgets it.
 */
void
lathe_trainer_make_changes (LatheTrainer *trainer)
{
  Wanted *wanted;

  if (!lathe_trainer_has_changes (trainer))
    return;
  lathe_trainer_observe (trainer); /* what was learned until here is a point of its own */
  while (is_due (trainer))
    make_due (trainer);
  while ((wanted = next_wanted (trainer)) != NULL)
    {
      make_wanted (trainer, wanted);
      wanted_free (wanted);
    }
  lathe_trainer_observe (trainer);
  lathe_trainer_renew_facts (trainer);
  lathe_trainer_save_checkpoint (trainer);
}

static void
want (LatheTrainer *trainer, const char *name, const char *layer, double to)
{
  Wanted *wanted = g_new (Wanted, 1);

  *wanted = (Wanted){g_strdup (name), g_strdup (layer), to};
  g_mutex_lock (&trainer->lock);
  g_queue_push_tail (&trainer->wanted, wanted);
  g_cond_signal (&trainer->woken);
  g_mutex_unlock (&trainer->lock);
}

/**
 * lathe_trainer_make_room:
 *
 * For the epochs that were asked for on top of those that are done. Whoever asks for them has seen that early stopping
 * found it enough.
 */
void
lathe_trainer_make_room (LatheTrainer *trainer)
{
  const LatheHyperparameters *h = &trainer->hyperparameters;

  if (trainer->more == 0)
    return;
  want (trainer, "epochs", NULL,
        MIN (trainer->finished.list.len + (double) trainer->more,
             lathe_hyperparameter_find ("epochs")->property.maximum));
  if (lathe_schedule_is_enough (h, (const gboolean *) trainer->better->data, trainer->better->len))
    want (trainer, "early-stopping", NULL, 0);
}

/* --- What others call --- */

/**
 * lathe_trainer_set:
 * @hyperparameter: its name
 * @value: of a choice its number; of the epochs, at least as many as have begun
 *
 * From any thread, before the start too: from the next step on this is the hyperparameter's value. The answer is a
 * snapshot with the change, or with a warning that says why it could not be made.
 * Errors: LATHE_ERROR_INVALID when it is out of its range, or nothing that may change while a training goes on.
 */
gboolean
lathe_trainer_set (LatheTrainer *trainer, const char *hyperparameter, double value, GError **error)
{
  const LatheHyperparameter *row = lathe_hyperparameter_find (hyperparameter);

  if (row == NULL || !lathe_change_is_possible (hyperparameter))
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                   _ ("%s stays as it is while a training goes on. Stop it, and begin a new one"),
                   row != NULL ? _ (row->property.title) : hyperparameter);
      return FALSE;
    }
  if (!lathe_property_check (&row->property, value, error))
    return FALSE;
  want (trainer, hyperparameter, NULL, value);
  return TRUE;
}

/**
 * lathe_trainer_freeze:
 * @frozen: the value of the layer's `frozen` property
 *
 * From any thread: from the next step on the layer stays as it is, or learns again. The answer is as that of
 * lathe_trainer_set().
 */
void
lathe_trainer_freeze (LatheTrainer *trainer, const char *layer, guint frozen)
{
  g_return_if_fail (layer != NULL && *layer != '\0' && frozen <= LATHE_FROZEN_WEIGHTS);

  want (trainer, LATHE_CHANGE_FROZEN, layer, frozen);
}

/**
 * lathe_trainer_take_back:
 *
 * From any thread: the training goes back to the step at which its newest change was made, as it was before it. The
 * answer is a snapshot of there, or with a warning when that is kept no longer: see LatheSnapshot.n_undoable.
 */
void
lathe_trainer_take_back (LatheTrainer *trainer)
{
  want (trainer, NULL, NULL, 0);
}

/**
 * lathe_trainer_replay:
 * @changes: (element-type LatheChange): of an earlier training, in order; is copied
 *
 * Before the start: the same changes are made at the same steps. With the same seed and beginning that gives the same
 * bits.
 */
void
lathe_trainer_replay (LatheTrainer *trainer, const GArray *changes)
{
  g_return_if_fail (trainer->thread == NULL && trainer->replayed == NULL);

  trainer->replayed = g_array_copy ((GArray *) changes);
}

/**
 * lathe_trainer_add_epochs:
 * @n_epochs: at least 1
 *
 * Before the start, of a run that is taken up: it goes on for so many epochs from where it stands, also when it had
 * come to its end, from its last weights and not from the best ones. It is a change like any other.
 */
void
lathe_trainer_add_epochs (LatheTrainer *trainer, guint n_epochs)
{
  g_return_if_fail (trainer->thread == NULL && n_epochs > 0);

  trainer->more = n_epochs;
}
