/* cli-train.c: "lathe-cli train SOURCE" turns labelled images into a model file.
 *
 * The trainer works on a thread of its own and hands its snapshots over through a queue; this thread prints them until
 * the last one. An interruption asks the trainer to stop, and what it has by then is saved.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-train.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

static void
run_clear (CliRun *run)
{
  g_free (run->network);
  g_free (run->out);
  g_free (run->warning);
  g_free (run->labels);
  g_free (run->label_pattern);
  g_clear_pointer (&run->edits, lathe_edits_free);
  g_strfreev (run->fresh);
  g_clear_pointer (&run->weights, lathe_model_unref);
  g_clear_pointer (&run->inheritance, lathe_inheritance_free);
  g_clear_pointer (&run->unfinished, lathe_unfinished_free);
  g_clear_pointer (&run->dataset, lathe_dataset_unref);
  g_clear_pointer (&run->graph, lathe_graph_free);
  g_clear_pointer (&run->queue, g_async_queue_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliRun, run_clear)

/* --- What it works on --- */

/* Found out before the training, not after it. */
static gboolean
check_out (CliRun *run, GError **error)
{
  g_autofree char *folder = NULL, *name = NULL;

  if (run->out == NULL)
    {
      name = g_path_get_basename (lathe_dataset_get_folder (run->dataset));
      run->out = g_strconcat (name, ".safetensors", NULL);
    }
  folder = g_path_get_dirname (run->out);
  if (g_file_test (run->out, G_FILE_TEST_IS_DIR))
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO,
                 _ ("The model cannot be saved as %s: that is a folder. Choose a file with --out"), run->out);
  else if (access (folder, W_OK | X_OK) != 0)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO,
                 _ ("The model cannot be saved as %s: %s: %s. Choose another file with --out"), run->out, folder,
                 g_strerror (errno));
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_loss (CliRun *run, GError **error)
{
  guint n_classes = lathe_dataset_get_n_classes (run->dataset);

  if (run->n_outputs == 2 && n_classes > 2)
    g_set_error (
        error, LATHE_ERROR, LATHE_ERROR_INVALID,
        _ ("binary_crossentropy is for two classes, and %s has %u: use --loss categorical_crossentropy, or auto"),
        lathe_dataset_get_folder (run->dataset), n_classes);
  else if (run->n_outputs > 2 && n_classes == 2)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                 _ ("categorical_crossentropy is for three classes or more, and %s has two: use --loss "
                    "binary_crossentropy, or auto"),
                 lathe_dataset_get_folder (run->dataset));
  else
    return TRUE;
  return FALSE;
}

static void
count_work (CliRun *run, const LatheGraphReport *report)
{
  run->parameters = report->parameters;
  run->multiply_adds = report->multiply_adds;
}

/* The network, with the dataset's input and classes. */
static gboolean
fit_network (CliRun *run, GError **error)
{
  const LathePreprocess *p = &run->preprocess;
  g_autoptr (LatheGraphReport) report = NULL;

  lathe_graph_adapt (run->graph, &LATHE_SHAPE_IMAGE (p->height, p->width, p->channels),
                     lathe_dataset_get_n_classes (run->dataset));
  report = lathe_graph_check (run->graph);
  count_work (run, report);
  if (lathe_graph_report_propagate (report, run->graph, error))
    return TRUE;
  g_prefix_error (error, _ ("%s does not work with images of %u×%u pixels (choose another --size or --network): "),
                  run->network, p->width, p->height);
  return FALSE;
}

static gboolean
normalise (CliRun *run, GError **error)
{
  const CliNormalisation *given = &run->normalisation;
  LathePreprocess *p = &run->preprocess;

  if (given->n_channels > p->channels && !given->of_model)
    return cli_refuse (error,
                       _ ("--normalize is for three channels, and the images of %s are grey: give it one mean and "
                          "one deviation"),
                       lathe_dataset_get_folder (run->dataset));
  p->measured = given->measured;
  if (given->n_channels > 0 && (!given->of_model || given->n_channels == p->channels))
    {
      memcpy (p->mean, given->mean, sizeof p->mean);
      memcpy (p->deviation, given->deviation, sizeof p->deviation);
    }
  return TRUE;
}

/* As the run had it, when one is taken up again. */
static gboolean
load_network (CliRun *run, GError **error)
{
  g_autoptr (LatheGraphReport) report = NULL;

  if (run->unfinished == NULL)
    {
      lathe_dataset_suggest (run->dataset, run->width, run->height, &run->preprocess);
      run->preprocess.views = run->views;
      run->preprocess.fit = run->fit;
      if (!normalise (run, error))
        return FALSE;
      if (run->network == NULL)
        {
          run->network = g_strdup (lathe_recipe_network (run->recipe, run->preprocess.channels));
          run->graph = lathe_recipe_graph (run->recipe, &run->preprocess, lathe_dataset_get_n_classes (run->dataset));
        }
      return check_loss (run, error) && fit_network (run, error);
    }
  if (!lathe_unfinished_check (run->unfinished, run->dataset, error))
    return FALSE;
  run->preprocess = run->unfinished->preprocess;
  run->graph = lathe_graph_copy (run->unfinished->graph);
  report = lathe_graph_check (run->graph);
  count_work (run, report);
  return lathe_graph_report_propagate (report, run->graph, error);
}

/* What the model that was named gives to this network. */
static gboolean
inherit (CliRun *run, GError **error)
{
  const char *const *fresh = (const char *const *) run->fresh;

  if (run->weights == NULL)
    return TRUE;
  for (guint i = 0; fresh[i] != NULL; i++)
    if (lathe_graph_find (run->graph, fresh[i]) == NULL)
      {
        g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                     _ ("--fresh: the network has no layer “%s”; “lathe-cli info” lists them"), fresh[i]);
        return FALSE;
      }
  run->inheritance = lathe_inheritance_new (run->weights, run->graph, lathe_dataset_get_classes (run->dataset), fresh);
  if (lathe_inheritance_count (run->inheritance) > 0)
    return TRUE;
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                       _ ("No layer of the network is of the same name, kind and shapes as one of the model of "
                          "--weights: train without it, or with the model’s own network and --size"));
  return FALSE;
}

static gboolean
prepare (CliRun *run, const char *source, GError **error)
{
  if (run->network != NULL)
    {
      run->graph = cli_load_graph (run->network, NULL, error);
      if (run->graph == NULL)
        return FALSE;
    }
  run->dataset = cli_scan (source, &run->dataset_options, run->edits, error);
  return run->dataset != NULL && load_network (run, error) && inherit (run, error) && check_out (run, error);
}

/* --- Training --- */

static void
on_snapshot (LatheSnapshot *snapshot, gpointer queue)
{
  g_async_queue_push (queue, lathe_snapshot_ref (snapshot));
}

static gboolean
is_last (const LatheSnapshot *snapshot)
{
  return snapshot->state == LATHE_TRAINER_FINISHED || snapshot->state == LATHE_TRAINER_STOPPED ||
         snapshot->state == LATHE_TRAINER_FAILED;
}

static void
on_interrupt (GCancellable *cancellable, gpointer trainer)
{
  lathe_trainer_stop (trainer);
}

static void
put_aside (const char *checkpoint)
{
  g_autofree char *old = lathe_checkpoint_put_aside (checkpoint);
  g_autofree char *word = old != NULL ? cli_shell_word (old) : NULL;

  if (old != NULL)
    g_printerr (_ ("The unfinished run that was here can still be taken up again: --resume %s\n"), word);
}

/* Of a run that failed: the checkpoint of its last good epoch, where there is one. */
static void
say_what_is_kept (const CliRun *run, const LatheSnapshot *snapshot, const char *checkpoint, GError **error)
{
  g_autofree char *word = cli_shell_word (run->out);

  if (snapshot->finished->len == 0)
    lathe_checkpoint_remove (checkpoint);
  if (snapshot->finished->len == 0 || !g_file_test (checkpoint, G_FILE_TEST_EXISTS))
    g_propagate_error (error, g_error_copy (snapshot->error));
  else
    g_set_error (
        error, snapshot->error->domain, snapshot->error->code,
        _ ("%s. What was learned until then is kept: --resume %s goes on from it, with another --lr for example"),
        snapshot->error->message, word);
}

/* Returns: (transfer full): the last snapshot, or NULL with an error */
static LatheSnapshot *
train (CliRun *run, GError **error)
{
  g_autofree char *checkpoint = lathe_checkpoint_beside (run->out);
  GCancellable *interrupt = cli_interrupt ();
  g_autoptr (LatheTrainer) trainer = NULL;
  g_autoptr (LatheSnapshot) snapshot = NULL;
  gulong handler;

  run->queue = g_async_queue_new_full ((GDestroyNotify) lathe_snapshot_unref);
  trainer = lathe_trainer_new (run->dataset, run->graph, &run->preprocess, &run->hyperparameters, on_snapshot,
                               run->queue, error);
  if (trainer == NULL ||
      (run->from_epoch > 0 && !lathe_trainer_take_up (trainer, g_steal_pointer (&run->unfinished), error)))
    return NULL;
  if (run->inheritance != NULL)
    lathe_trainer_begin_with (trainer, run->inheritance);
  lathe_trainer_set_checkpoint (trainer, checkpoint);
  if (run->from_epoch == 0)
    put_aside (checkpoint);
  cli_train_print_start (run);
  handler = g_cancellable_connect (interrupt, G_CALLBACK (on_interrupt), trainer, NULL);
  lathe_trainer_start (trainer);
  do
    {
      g_clear_pointer (&snapshot, lathe_snapshot_unref);
      snapshot = g_async_queue_pop (run->queue);
      cli_train_print_snapshot (run, snapshot);
    }
  while (!is_last (snapshot));
  g_cancellable_disconnect (interrupt, handler);
  cli_bar_clear ();
  if (snapshot->state != LATHE_TRAINER_FAILED)
    return g_steal_pointer (&snapshot);
  say_what_is_kept (run, snapshot, checkpoint, error);
  return NULL;
}

static int
finish (const CliRun *run, const LatheSnapshot *snapshot, GError **error)
{
  g_autofree char *sha256 = NULL, *checkpoint = lathe_checkpoint_beside (run->out);

  if (snapshot->best == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "");
      return CLI_FAILED;
    }
  if (!lathe_model_save (snapshot->best, run->out, error))
    return CLI_FAILED;
  if (snapshot->state == LATHE_TRAINER_FINISHED)
    lathe_checkpoint_remove (checkpoint);
  sha256 = lathe_model_weights_sha256 (snapshot->best);
  cli_train_print_end (run, snapshot, sha256);
  return snapshot->state == LATHE_TRAINER_STOPPED ? cli_interrupt_status () : CLI_DONE;
}

static int
run_train (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_auto (CliCall) call = {0};
  g_auto (CliRun) run = {
      .dataset_options = LATHE_DATASET_OPTIONS_DEFAULT,
  };
  g_autoptr (LatheSnapshot) last = NULL;

  lathe_hyperparameters_defaults (&run.hyperparameters);
  run.hyperparameters.threads = lathe_default_threads ();
  if (!cli_train_parse (&run, command, argc, argv, &call, error) || !prepare (&run, call.operands[0], error))
    return CLI_FAILED;
  last = train (&run, error);
  return last != NULL ? finish (&run, last, error) : CLI_FAILED;
}

const CliCommand cli_train = {
    .name = "train",
    .operands = N_ ("SOURCE"),
    .summary = N_ ("Train a network on images that are labelled"),
    .min_operands = 1,
    .max_operands = 1,
    .run = run_train,
};
