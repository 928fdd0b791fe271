/* lathe-trainer-checkpoint.c: a training as a checkpoint keeps it, and back.
 *
 * All randomness is a function of seed and place, so a place is all that is kept of it. With the weights, what the
 * optimiser remembers and the sums of the epoch that is going on, a run that is taken up again goes on bit for bit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "base/lathe-json.h"
#include "formats/lathe-model-file.h"
#include "lathe-kept-epochs.h"
#include "lathe-members.h"
#include "lathe-split-json.h"
#include "lathe-trainer-private.h"

#define FACT_FOLDER "lathe.folder"
#define FACT_SPLIT "lathe.split"
#define FACT_EDITS "lathe.edits"
#define FACT_FINGERPRINT "lathe.dataset_sha256"
#define FACT_NETWORK "lathe.network"
#define FACT_PREPROCESS "lathe.preprocess"
#define FACT_HYPERPARAMETERS "lathe.hyperparameters"
#define FACT_TEACHER "lathe.teacher"
#define FACT_TRANSFER "lathe.transfer" /* what came of the head alone, which the run may fall back on */
#define FACT_GROWN "lathe.grown"       /* the network of that, where no layer is frozen for the run's sake */
#define FACT_RUN "lathe.run"
#define FACT_PROGRESS "lathe.progress"
#define TENSOR_WEIGHTS "weights"
#define TENSOR_STATES "states"
#define TENSOR_BEST "best"
#define TENSOR_GROWN "grown"   /* the weights of FACT_GROWN */
#define TENSOR_IMAGES "images" /* what was said of them: lathe-observation.h */

/* Bytes, packed: those of some 300,000 images whose names are nothing but chance, and of millions that are numbered.
 * Longer edits are not kept, lest the head of the file become too long to be read. */
#define LONGEST_EDITS (12u << 20)

/* Where epochs are so short that writing takes more than this of the training time, one checkpoint stands for some of
 * them, but is never older than that. */
#define SHARE 0.02
#define OLDEST (10 * G_USEC_PER_SEC)

/* --- What a checkpoint says, as JSON --- */

static const LatheMember progress_members[] = {
    {"epoch", FALSE, G_STRUCT_OFFSET (LatheProgress, epoch)},
    {"step", FALSE, G_STRUCT_OFFSET (LatheProgress, step)},
    {"total_steps", FALSE, G_STRUCT_OFFSET (LatheProgress, total_steps)},
    {"loss_sum", TRUE, G_STRUCT_OFFSET (LatheProgress, tally.loss)},
    {"right", FALSE, G_STRUCT_OFFSET (LatheProgress, tally.right)},
    {"samples", FALSE, G_STRUCT_OFFSET (LatheProgress, tally.n)},
    {"elapsed", TRUE, G_STRUCT_OFFSET (LatheProgress, elapsed)},
    {"train_seconds", TRUE, G_STRUCT_OFFSET (LatheProgress, train_seconds)},
    {"trained", FALSE, G_STRUCT_OFFSET (LatheProgress, trained)},
};

static gboolean
best_is_of_now (const LatheTrainer *trainer)
{
  const GArray *finished = &trainer->finished.list;

  return finished->len > 0 && g_array_index (finished, LatheEpoch, finished->len - 1).best && trainer->at.step == 0;
}

static char *
progress_to_json (const LatheTrainer *trainer)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *rest = NULL;
  GString *json;

  json_builder_begin_object (builder);
  lathe_members_write (builder, progress_members, G_N_ELEMENTS (progress_members), &trainer->at);
  json_builder_set_member_name (builder, "optimizer_steps");
  json_builder_add_int_value (builder, (gint64) lathe_optimizer_get_steps (trainer->optimizer));
  json_builder_set_member_name (builder, "changes");
  lathe_changes_write (trainer->changes, builder);
  json_builder_end_object (builder);
  rest = lathe_json_finish (builder);
  json = g_string_new (rest);
  g_string_truncate (json, json->len - 1); /* its brace */
  g_string_append_c (json, ',');
  lathe_kept_epochs_write (json, &trainer->finished.list);
  g_string_append_c (json, '}');
  return g_string_free (json, FALSE);
}

/* --- Saving --- */

static void
add_tensor (GArray *tensors, const char *name, LatheReal *data, gsize n)
{
  LatheWeight tensor = {(char *) name, LATHE_SHAPE_VECTOR ((guint) n), data};

  if (n > 0 && data != NULL)
    g_array_append_val (tensors, tensor);
}

static GArray *
list_tensors (LatheTrainer *trainer)
{
  GArray *tensors = g_array_new (FALSE, FALSE, sizeof (LatheWeight));
  gsize n_weights, n_states, n_images;
  LatheReal *weights = lathe_network_get_weights (trainer->network, &n_weights);
  LatheReal *states = lathe_network_get_states (trainer->network, &n_states);
  LatheReal *images = lathe_observation_get_numbers (trainer->observation, &n_images);

  add_tensor (tensors, TENSOR_WEIGHTS, weights, n_weights);
  add_tensor (tensors, TENSOR_STATES, states, n_states);
  for (guint i = 0; i < LATHE_N_MOMENTS; i++)
    add_tensor (tensors, lathe_moment_names[i], lathe_optimizer_get_moment (trainer->optimizer, i), n_weights);
  add_tensor (tensors, TENSOR_IMAGES, images, n_images);
  if (trainer->best != NULL && !best_is_of_now (trainer))
    add_tensor (tensors, TENSOR_BEST, trainer->best->block, n_weights + n_states);
  if (trainer->transfer != NULL)
    add_tensor (tensors, TENSOR_GROWN, trainer->transfer->model->block,
                lathe_model_count_numbers (trainer->transfer->model));
  return tensors;
}

/* What stays as it is from one checkpoint of a run to the next, unless it is changed. */
static void
add_fact (LatheTrainer *trainer, const char *name, char *value)
{
  for (guint i = 0; i < trainer->facts->len; i += 2)
    if (g_str_equal (trainer->facts->pdata[i], name))
      {
        g_free (trainer->facts->pdata[i + 1]);
        trainer->facts->pdata[i + 1] = value;
        return;
      }
  g_ptr_array_add (trainer->facts, g_strdup (name));
  g_ptr_array_add (trainer->facts, value);
}

static void
add_edits (LatheTrainer *trainer)
{
  const LatheEdits *edits = lathe_dataset_get_edits (trainer->dataset);
  g_autofree char *text = edits != NULL && !lathe_edits_is_empty (edits) ? lathe_edits_pack (edits) : NULL;

  if (text != NULL && strlen (text) <= LONGEST_EDITS)
    add_fact (trainer, FACT_EDITS, g_steal_pointer (&text));
}

/**
 * lathe_trainer_renew_facts:
 *
 * After what a training goes by was changed.
 */
void
lathe_trainer_renew_facts (LatheTrainer *trainer)
{
  if (trainer->facts == NULL)
    return;
  add_fact (trainer, FACT_NETWORK, lathe_graph_to_json (trainer->graph));
  add_fact (trainer, FACT_HYPERPARAMETERS, lathe_hyperparameters_to_json (&trainer->hyperparameters));
}

/**
 * lathe_trainer_begin_checkpoints:
 *
 * The first one is written at once, so that a run can be taken up again from its first moment on, and so that a full
 * disk is told before the hours of work and not after them.
 */
void
lathe_trainer_begin_checkpoints (LatheTrainer *trainer)
{
  if (trainer->checkpoint_path == NULL)
    return;
  trainer->facts = g_ptr_array_new_with_free_func (g_free);
  add_fact (trainer, FACT_FOLDER, g_strdup (lathe_dataset_get_folder (trainer->dataset)));
  add_fact (trainer, FACT_SPLIT, lathe_split_to_json (lathe_dataset_get_options (trainer->dataset)));
  add_edits (trainer);
  add_fact (trainer, FACT_FINGERPRINT, lathe_dataset_fingerprint (trainer->dataset));
  add_fact (trainer, FACT_PREPROCESS, lathe_preprocess_to_json (&trainer->preprocess));
  if (trainer->teacher != NULL)
    add_fact (trainer, FACT_TEACHER, lathe_trainer_describe_teacher (trainer));
  if (trainer->transfer != NULL)
    {
      add_fact (trainer, FACT_TRANSFER, lathe_transfer_to_json (trainer->transfer));
      add_fact (trainer, FACT_GROWN, lathe_graph_to_json (trainer->transfer->model->graph));
    }
  if (trainer->recorder != NULL)
    add_fact (trainer, FACT_RUN, g_strdup_printf ("%" G_GINT64_FORMAT, lathe_recorder_get_id (trainer->recorder)));
  lathe_trainer_renew_facts (trainer);
  trainer->writer = lathe_checkpoint_writer_new (trainer->checkpoint_path);
  lathe_trainer_save_checkpoint (trainer);
}

/**
 * lathe_trainer_save_checkpoint:
 *
 * A checkpoint that cannot be written is a warning: the training itself goes on.
 */
void
lathe_trainer_save_checkpoint (LatheTrainer *trainer)
{
  g_autofree char *progress = NULL;
  g_autoptr (GPtrArray) facts = NULL;
  g_autoptr (GArray) tensors = NULL;
  g_autoptr (GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();

  if (trainer->writer == NULL)
    return;
  progress = progress_to_json (trainer);
  facts = g_ptr_array_copy (trainer->facts, NULL, NULL);
  g_ptr_array_set_free_func (facts, NULL); /* the trainer's */
  g_ptr_array_add (facts, (gpointer) FACT_PROGRESS);
  g_ptr_array_add (facts, progress);
  g_ptr_array_add (facts, NULL);
  tensors = list_tensors (trainer);
  if (!lathe_checkpoint_writer_write (trainer->writer, (const char *const *) facts->pdata, tensors, trainer->pool,
                                      &error))
    lathe_trainer_warn (trainer, error);
  trainer->saved_step = trainer->at.total_steps;
  trainer->last_checkpoint = g_get_monotonic_time ();
  trainer->checkpoint_seconds += (double) (trainer->last_checkpoint - begin) / G_USEC_PER_SEC;
}

/**
 * lathe_trainer_save_last_checkpoint:
 *
 * At the end, of the state that more epochs would go on from, unless it is the newest there is.
 */
void
lathe_trainer_save_last_checkpoint (LatheTrainer *trainer)
{
  if (trainer->saved_step != trainer->at.total_steps)
    lathe_trainer_save_checkpoint (trainer);
}

void
lathe_trainer_save_checkpoint_of_epoch (LatheTrainer *trainer)
{
  gboolean dear = trainer->checkpoint_seconds > SHARE * trainer->at.elapsed;

  if (!dear || g_get_monotonic_time () - trainer->last_checkpoint >= OLDEST)
    lathe_trainer_save_checkpoint (trainer);
}

/* Inside a long epoch. */
void
lathe_trainer_save_checkpoint_when_due (LatheTrainer *trainer)
{
  double minutes = (double) (g_get_monotonic_time () - trainer->last_checkpoint) / (60.0 * G_USEC_PER_SEC);

  if (minutes >= trainer->hyperparameters.checkpoint_minutes)
    lathe_trainer_save_checkpoint (trainer);
}

/* Until the last one is on the disk. */
void
lathe_trainer_end_checkpoints (LatheTrainer *trainer)
{
  g_autoptr (GError) error = NULL;

  if (trainer->writer != NULL && !lathe_checkpoint_writer_wait (trainer->writer, &error))
    lathe_trainer_warn (trainer, error);
  g_clear_pointer (&trainer->writer, lathe_checkpoint_writer_free);
  g_clear_pointer (&trainer->facts, g_ptr_array_unref);
}

/* --- Reading what was saved --- */

static gboolean
refuse (GError **error)
{
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("what it says of its run makes no sense"));
  return FALSE;
}

static JsonNode *
parse_fact (const LatheUnfinished *unfinished, const char *fact)
{
  return lathe_json_parse (lathe_checkpoint_get (unfinished->checkpoint, fact));
}

static gboolean
read_split (LatheUnfinished *unfinished)
{
  g_autoptr (JsonNode) root = parse_fact (unfinished, FACT_SPLIT);

  return lathe_split_read (root, &unfinished->dataset_options);
}

/* `finished` gets all epochs, those that the checkpoint does not tell of from `recorded` (nullable); `changes` those
 * that were made until then. `optimizer_steps` may be NULL. */
static gboolean
read_progress (const LatheUnfinished *unfinished, LatheProgress *at, const GArray *recorded, GArray *finished,
               GArray *changes, guint64 *optimizer_steps)
{
  g_autoptr (JsonNode) root = parse_fact (unfinished, FACT_PROGRESS);
  JsonObject *object = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  const LatheMember steps = {"optimizer_steps", FALSE, 0};

  return object != NULL && lathe_members_read (object, progress_members, G_N_ELEMENTS (progress_members), at) &&
         lathe_changes_read (json_object_get_member (object, "changes"), changes) &&
         (optimizer_steps == NULL || lathe_members_read (object, &steps, 1, optimizer_steps)) && at->epoch > 0 &&
         isfinite (at->elapsed) && isfinite (at->tally.loss) &&
         lathe_kept_epochs_read (object, at->epoch - 1, recorded, finished);
}

static gboolean
read_run (LatheUnfinished *unfinished, GError **error)
{
  const char *network = lathe_checkpoint_get (unfinished->checkpoint, FACT_NETWORK);
  const char *preprocess = lathe_checkpoint_get (unfinished->checkpoint, FACT_PREPROCESS);
  const char *hyperparameters = lathe_checkpoint_get (unfinished->checkpoint, FACT_HYPERPARAMETERS);
  const char *edits = lathe_checkpoint_get (unfinished->checkpoint, FACT_EDITS);
  const char *run = lathe_checkpoint_get (unfinished->checkpoint, FACT_RUN);
  g_autoptr (GArray) finished = g_array_new (FALSE, FALSE, sizeof (LatheEpoch));
  LatheProgress at = {0};

  unfinished->changes = g_array_new (FALSE, FALSE, sizeof (LatheChange));
  unfinished->folder = g_strdup (lathe_checkpoint_get (unfinished->checkpoint, FACT_FOLDER));
  if (network == NULL || preprocess == NULL || hyperparameters == NULL || unfinished->folder == NULL ||
      !read_split (unfinished) || !read_progress (unfinished, &at, NULL, finished, unfinished->changes, NULL))
    return refuse (error);
  if (edits != NULL && (unfinished->edits = lathe_edits_unpack (edits, error)) == NULL)
    return FALSE;
  unfinished->epoch = (guint) at.epoch;
  unfinished->step = (guint) at.step;
  unfinished->run = run != NULL ? MAX (g_ascii_strtoll (run, NULL, 10), 0) : 0;
  unfinished->graph = lathe_graph_from_json (network, -1, error);
  return unfinished->graph != NULL &&
         lathe_preprocess_from_json (preprocess, unfinished->graph, &unfinished->preprocess, error) &&
         lathe_hyperparameters_from_json (hyperparameters, &unfinished->hyperparameters, error);
}

LatheUnfinished *
lathe_unfinished_read (const char *path, GError **error)
{
  g_autoptr (LatheUnfinished) unfinished = g_new0 (LatheUnfinished, 1);
  g_autoptr (GError) reason = NULL;

  unfinished->path = g_strdup (path);
  unfinished->checkpoint = lathe_checkpoint_read (path, error);
  if (unfinished->checkpoint == NULL)
    return NULL;
  if (read_run (unfinished, &reason))
    return g_steal_pointer (&unfinished);
  lathe_error_explain (error, reason, _ ("The checkpoint “%s” cannot be used: %s."), path);
  return NULL;
}

void
lathe_unfinished_free (LatheUnfinished *unfinished)
{
  g_clear_pointer (&unfinished->checkpoint, lathe_checkpoint_free);
  g_clear_pointer (&unfinished->graph, lathe_graph_free);
  g_clear_pointer (&unfinished->edits, lathe_edits_free);
  g_clear_pointer (&unfinished->changes, g_array_unref);
  g_free ((char *) unfinished->dataset_options.labels);
  g_free ((char *) unfinished->dataset_options.label_pattern);
  g_free (unfinished->path);
  g_free (unfinished->folder);
  g_free (unfinished);
}

gboolean
lathe_unfinished_check (const LatheUnfinished *unfinished, LatheDataset *dataset, GError **error)
{
  g_autofree char *fingerprint = lathe_dataset_fingerprint (dataset);

  if (g_strcmp0 (fingerprint, lathe_checkpoint_get (unfinished->checkpoint, FACT_FINGERPRINT)) == 0)
    return TRUE;
  g_set_error (
      error, LATHE_ERROR, LATHE_ERROR_DATA,
      _ ("The images in %s are not those that the run of “%s” began with: bring them back, or begin a new run"),
      lathe_dataset_get_folder (dataset), unfinished->path);
  return FALSE;
}

/* --- Taking it up again --- */

static gboolean
restore_tensor (const LatheCheckpoint *checkpoint, const char *name, LatheReal *data, gsize n)
{
  const float *saved;

  if (n == 0 || data == NULL)
    return TRUE;
  saved = lathe_checkpoint_tensor (checkpoint, name, n);
  if (saved == NULL)
    return FALSE;
  memcpy (data, saved, n * sizeof *data);
  return TRUE;
}

/* The best epoch's model: of its own tensor, or, when the last epoch is the best, of the weights just restored. */
static gboolean
restore_best (LatheTrainer *trainer, const LatheCheckpoint *checkpoint, gsize n, GError **error)
{
  const LatheEpoch *best = NULL;
  LatheModel *model;

  for (guint i = 0; i < trainer->finished.list.len; i++)
    if (g_array_index (&trainer->finished.list, LatheEpoch, i).best)
      best = &g_array_index (&trainer->finished.list, LatheEpoch, i);
  if (best == NULL)
    return TRUE;
  model = lathe_model_new (trainer->graph, lathe_dataset_get_classes (trainer->dataset), &trainer->preprocess, error);
  if (model == NULL)
    return FALSE;
  trainer->best = model;
  model->scores = (LatheScores){best->epoch, best->validation_loss, best->validation_accuracy, NAN, NAN};
  if (!best_is_of_now (trainer))
    return restore_tensor (checkpoint, TENSOR_BEST, model->block, n) || refuse (error);
  lathe_trainer_swap_average (trainer);
  lathe_network_store (trainer->network, model);
  lathe_trainer_swap_average (trainer);
  return TRUE;
}

/* What the run may fall back on; one that an older version began goes on without. */
static gboolean
restore_transfer (LatheTrainer *trainer, const LatheCheckpoint *checkpoint, GError **error)
{
  const char *said = lathe_checkpoint_get (checkpoint, FACT_TRANSFER);
  const char *network = lathe_checkpoint_get (checkpoint, FACT_GROWN);
  g_autoptr (LatheTransfer) transfer = said != NULL ? lathe_transfer_from_json (said) : NULL;
  g_autoptr (LatheGraph) graph = NULL;
  g_autoptr (LatheModel) model = NULL;

  if (said == NULL)
    return TRUE;
  if (transfer == NULL || network == NULL)
    return refuse (error);
  graph = lathe_graph_from_json (network, -1, error);
  if (graph == NULL)
    return FALSE;
  model = lathe_model_new (graph, lathe_dataset_get_classes (trainer->dataset), &trainer->preprocess, error);
  if (model == NULL)
    return FALSE;
  if (!restore_tensor (checkpoint, TENSOR_GROWN, model->block, lathe_model_count_numbers (model)))
    return refuse (error);
  lathe_transfer_set_model (transfer, g_steal_pointer (&model));
  trainer->transfer = g_steal_pointer (&transfer);
  return TRUE;
}

/* Of a run that an older version began, what was said until now is not known; what follows is. */
static void
restore_observation (LatheTrainer *trainer, const LatheCheckpoint *checkpoint)
{
  gsize n;
  LatheReal *numbers = lathe_observation_get_numbers (trainer->observation, &n);

  restore_tensor (checkpoint, TENSOR_IMAGES, numbers, n);
}

static void
tell_damage (LatheTrainer *trainer, const GError *damage)
{
  g_autofree char *previous = lathe_checkpoint_previous (trainer->unfinished->path);

  trainer->warning = g_strdup_printf (_ ("%s The one before it is used."), damage->message);
  /* Whole as it is, it takes the name of the damaged one, lest the next one be all that there is. */
  g_rename (previous, trainer->unfinished->path);
}

static gboolean
restore (LatheTrainer *trainer, GError **error)
{
  g_autoptr (LatheUnfinished) unfinished = trainer->unfinished;
  const LatheCheckpoint *checkpoint = unfinished->checkpoint;
  g_autoptr (GArray) finished = g_array_new (FALSE, FALSE, sizeof (LatheEpoch));
  gsize n_weights, n_states;
  LatheReal *weights = lathe_network_get_weights (trainer->network, &n_weights);
  LatheReal *states = lathe_network_get_states (trainer->network, &n_states);
  guint64 optimizer_steps;
  gboolean ok =
      read_progress (unfinished, &trainer->at, trainer->recorded, finished, trainer->changes, &optimizer_steps) &&
      restore_tensor (checkpoint, TENSOR_WEIGHTS, weights, n_weights) &&
      restore_tensor (checkpoint, TENSOR_STATES, states, n_states);

  if (checkpoint->damage != NULL)
    tell_damage (trainer, checkpoint->damage);
  for (guint i = 0; ok && i < LATHE_N_MOMENTS; i++)
    ok = restore_tensor (checkpoint, lathe_moment_names[i], lathe_optimizer_get_moment (trainer->optimizer, i),
                         n_weights);
  ok = (ok && trainer->at.step <= trainer->steps) || refuse (error);
  if (ok)
    {
      lathe_optimizer_set_steps (trainer->optimizer, optimizer_steps);
      restore_observation (trainer, checkpoint);
      for (guint i = 0; i < finished->len; i++)
        {
          lathe_epochs_append (&trainer->finished, &g_array_index (finished, LatheEpoch, i));
          g_array_append_val (trainer->better, g_array_index (finished, LatheEpoch, i).best);
        }
      ok = restore_best (trainer, checkpoint, n_weights + n_states, error) &&
           restore_transfer (trainer, checkpoint, error);
    }
  g_clear_pointer (&trainer->recorded, g_array_unref);
  trainer->unfinished = NULL;
  trainer->taking_up = !ok;
  return ok;
}

/**
 * lathe_trainer_restore:
 *
 * After everything has been laid out: the numbers of the checkpoint, instead of new ones.
 */
gboolean
lathe_trainer_restore (LatheTrainer *trainer, GError **error)
{
  const char *teacher = lathe_checkpoint_get (trainer->unfinished->checkpoint, FACT_TEACHER);

  return lathe_trainer_check_teacher (trainer, teacher, error) && restore (trainer, error);
}
