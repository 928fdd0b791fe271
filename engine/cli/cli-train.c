/* cli-train.c: "lathe-cli train SOURCE" turns labelled images into a model file.
 *
 * The trainer works on a thread of its own and hands its snapshots over through a queue; this thread prints them until
 * the last one. An interruption asks the trainer to stop, and what it has by then is saved.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-train.h"

#include <glib/gi18n.h>
#include <string.h>

void
cli_run_clear (CliRun *run)
{
  g_clear_pointer (&run->project, lathe_project_free);
  g_free (run->network);
  g_free (run->typed);
  g_free (run->out);
  g_free (run->runs);
  g_free (run->warning);
  g_free (run->labels);
  g_free (run->label_pattern);
  g_clear_pointer (&run->edits, lathe_edits_free);
  g_strfreev (run->fresh);
  g_free (run->from);
  g_clear_pointer (&run->from_model, lathe_model_unref);
  g_clear_pointer (&run->weights, lathe_model_unref);
  g_clear_pointer (&run->teacher, lathe_model_unref);
  g_clear_pointer (&run->inheritance, lathe_inheritance_free);
  g_clear_pointer (&run->unfinished, lathe_unfinished_free);
  g_clear_pointer (&run->dataset, lathe_dataset_unref);
  g_clear_pointer (&run->graph, lathe_graph_free);
  g_clear_pointer (&run->queue, g_async_queue_unref);
  g_clear_pointer (&run->points, g_array_unref);
}

/* --- What it works on --- */

/* Found out before the training, not after it. */
gboolean
cli_train_check_out (CliRun *run, const char *source, GError **error)
{
  g_autofree char *name = NULL;

  if (run->out == NULL)
    {
      name = g_path_get_basename (run->project != NULL ? source : lathe_dataset_get_folder (run->dataset));
      if (run->project != NULL)
        name[strlen (name) - strlen (LATHE_PROJECT_SUFFIX)] = '\0';
      run->out = g_strconcat (name, ".safetensors", NULL);
    }
  return cli_check_output ("--out", run->out, error);
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

void
cli_train_count_work (CliRun *run, const LatheGraphReport *report)
{
  run->parameters = report->parameters;
  run->multiply_adds = report->multiply_adds;
}

/* A project's network is as a person drew it, for these images. */
static gboolean
fits_already (const CliRun *run, const LatheShape *images)
{
  LatheShape input;

  return run->project != NULL && lathe_graph_equal (run->graph, run->project->graph) &&
         run->project->n_classes == lathe_dataset_get_n_classes (run->dataset) &&
         lathe_graph_get_input (run->graph, &input) && lathe_shape_equal (&input, images);
}

/* The network, with the dataset's input and classes. */
static gboolean
fit_network (CliRun *run, GError **error)
{
  const LathePreprocess *p = &run->preprocess;
  const LatheShape images = LATHE_SHAPE_IMAGE (p->height, p->width, p->channels);
  g_autoptr (LatheGraphReport) report = NULL;

  if (!fits_already (run, &images))
    lathe_graph_adapt (run->graph, &images, lathe_dataset_get_n_classes (run->dataset));
  report = lathe_graph_check (run->graph);
  cli_train_count_work (run, report);
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

/* What was typed has the last word. */
static void
take_suggestion (CliRun *run)
{
  g_autoptr (LatheSuggestion) suggestion = NULL;
  LatheFacts facts;
  guint n_rows;
  const LatheHyperparameter *rows = lathe_hyperparameters (&n_rows);

  lathe_facts_of (run->dataset, &facts);
  suggestion = lathe_suggest (&facts);
  for (guint i = 0; i < n_rows; i++)
    if (!run->typed[i])
      lathe_hyperparameter_set (&rows[i], &run->hyperparameters,
                                lathe_hyperparameter_get (&rows[i], &suggestion->hyperparameters));
  if (run->width == 0)
    {
      run->width = suggestion->preprocess.width;
      run->height = suggestion->preprocess.height;
    }
  run->network = g_strdup (suggestion->preset->name);
  run->graph = g_steal_pointer (&suggestion->graph);
}

/* As the project says, and else what suits the images. */
static gboolean
prepare_images (CliRun *run, GError **error)
{
  lathe_dataset_suggest (run->dataset, run->width, run->height, &run->preprocess);
  if (run->project != NULL && run->project->preprocess.width > 0)
    run->preprocess.channels = run->project->preprocess.channels;
  run->preprocess.views = run->views;
  run->preprocess.fit = run->fit;
  return normalise (run, error);
}

/* As the run had it, when one is taken up again. */
static gboolean
load_network (CliRun *run, GError **error)
{
  g_autoptr (LatheGraphReport) report = NULL;

  if (run->unfinished == NULL)
    {
      if (run->suggested)
        take_suggestion (run);
      if (!prepare_images (run, error))
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
  cli_train_count_work (run, report);
  return lathe_graph_report_propagate (report, run->graph, error);
}

/* What the model that was named gives to this network. */
gboolean
cli_train_inherit (CliRun *run, GError **error)
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

/* The images, and where runs on them are written down. */
gboolean
cli_train_scan (CliRun *run, const char *source, GError **error)
{
  run->dataset =
      cli_scan (run->project != NULL ? run->project->source : source, &run->dataset_options, run->edits, error);
  if (run->dataset == NULL)
    return FALSE;
  run->usual_runs = run->runs == NULL;
  if (run->usual_runs)
    run->runs = lathe_runs_of_source (lathe_dataset_get_folder (run->dataset));
  return TRUE;
}

/* The images, and the network that fits them. */
gboolean
cli_train_load (CliRun *run, const char *source, GError **error)
{
  if (run->network != NULL)
    {
      run->graph = cli_load_graph (run->network, NULL, error);
      if (run->graph == NULL)
        return FALSE;
    }
  return cli_train_scan (run, source, error) && load_network (run, error);
}

static gboolean
prepare (CliRun *run, const char *source, GError **error)
{
  return cli_train_load (run, source, error) && cli_train_inherit (run, error) &&
         cli_train_check_out (run, source, error);
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

/* Of a run that failed: the checkpoint of its last good epoch, where there is one. One that was to be taken up keeps
 * its own in any case, as it may have failed before it had read it. */
static void
say_what_is_kept (const CliRun *run, const LatheSnapshot *snapshot, const char *checkpoint, GError **error)
{
  g_autofree char *word = cli_shell_word (run->out);

  if (snapshot->finished->len == 0 && run->from_epoch == 0 && !cli_train_is_head_alone (run))
    lathe_checkpoint_remove (checkpoint);
  if (snapshot->finished->len == 0 || !g_file_test (checkpoint, G_FILE_TEST_EXISTS))
    g_propagate_error (error, g_error_copy (snapshot->error));
  else
    g_set_error (
        error, snapshot->error->domain, snapshot->error->code,
        _ ("%s. What was learned until then is kept: --resume %s goes on from it, with another --lr for example"),
        snapshot->error->message, word);
}

/* A list that was asked for and cannot be opened is told now, and not as a warning later. */
static gboolean
record (const CliRun *run, LatheTrainer *trainer, GError **error)
{
  g_autofree char *path = lathe_runs_path (run->runs);
  g_autoptr (LatheRuns) runs = run->usual_runs ? NULL : lathe_runs_open (path, error);

  if (runs == NULL && !run->usual_runs)
    return FALSE;
  lathe_trainer_record (trainer, &(LatheRecord){.path = path, .network = run->network, .model = run->out});
  return TRUE;
}

static void
grow (const CliRun *run, LatheTrainer *trainer)
{
  const LatheGrowth growth = {.from = run->from_model,
                              .name = run->from,
                              .n_learning = run->fine_tune,
                              .norms_learn = run->norms_learn,
                              .curve = run->curve};

  if (run->from_model != NULL)
    lathe_trainer_grow_on (trainer, &growth);
}

/* A last layer alone is learned in one act, that leaves no checkpoint. */
static void
set_checkpoint (const CliRun *run, LatheTrainer *trainer)
{
  g_autofree char *checkpoint = lathe_checkpoint_beside (run->out);

  if (cli_train_is_head_alone (run))
    return;
  lathe_trainer_set_checkpoint (trainer, checkpoint);
  if (run->from_epoch == 0)
    put_aside (checkpoint);
}

static void
print_snapshot (CliRun *run, const LatheSnapshot *snapshot)
{
  if (snapshot->growing)
    cli_progress (snapshot->measured, snapshot->to_measure, (gpointer) _ ("Looking at images"));
  else if (!cli_train_is_head_alone (run))
    cli_train_print_snapshot (run, snapshot);
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

  run->points = g_array_new (FALSE, FALSE, sizeof (LathePoint));
  run->queue = g_async_queue_new_full ((GDestroyNotify) lathe_snapshot_unref);
  trainer = lathe_trainer_new (run->dataset, run->graph, &run->preprocess, &run->hyperparameters, on_snapshot,
                               run->queue, error);
  if (trainer == NULL ||
      (run->from_epoch > 0 && !lathe_trainer_take_up (trainer, g_steal_pointer (&run->unfinished), error)))
    return NULL;
  if (run->more > 0)
    lathe_trainer_add_epochs (trainer, run->more);
  if (run->inheritance != NULL)
    lathe_trainer_begin_with (trainer, run->inheritance);
  if (run->teacher != NULL && !lathe_trainer_learn_from (trainer, run->teacher, &run->teaching, error))
    return NULL;
  if (run->project != NULL)
    lathe_trainer_watch (trainer, (const char *const *) run->project->watched);
  grow (run, trainer);
  if (!record (run, trainer, error))
    return NULL;
  set_checkpoint (run, trainer);
  if (cli_train_is_head_alone (run))
    cli_train_print_start_from (run);
  else
    cli_train_print_start (run);
  handler = g_cancellable_connect (interrupt, G_CALLBACK (on_interrupt), trainer, NULL);
  lathe_trainer_start (trainer);
  do
    {
      g_clear_pointer (&snapshot, lathe_snapshot_unref);
      snapshot = g_async_queue_pop (run->queue);
      g_array_append_vals (run->points, snapshot->points->data, snapshot->points->len);
      lathe_points_thin (run->points);
      print_snapshot (run, snapshot);
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

  if (snapshot->best == NULL && g_cancellable_is_cancelled (cli_interrupt ()))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "");
      return CLI_FAILED;
    }
  if (snapshot->best == NULL)
    {
      g_set_error_literal (
          error, G_IO_ERROR, G_IO_ERROR_FAILED,
          _ ("Another program stopped it before its first epoch had ended, so that there is no model"));
      return CLI_FAILED;
    }
  if (!lathe_model_save (snapshot->best, run->out, error))
    return CLI_FAILED;
  sha256 = lathe_model_weights_sha256 (snapshot->best);
  if (cli_train_is_head_alone (run))
    {
      cli_train_print_end_from (run, snapshot->transfer, sha256);
      return CLI_DONE;
    }
  if (snapshot->state == LATHE_TRAINER_FINISHED && !run->keep_end)
    lathe_checkpoint_remove (checkpoint);
  cli_train_print_end (run, snapshot, sha256);
  /* Another program may have asked it to stop, too. */
  return snapshot->state == LATHE_TRAINER_STOPPED && g_cancellable_is_cancelled (cli_interrupt ())
             ? cli_interrupt_status ()
             : CLI_DONE;
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
  if (!cli_train_parse (&run, command, NULL, TRUE, argc, argv, &call, error))
    return CLI_FAILED;
  if (run.from != NULL ? !cli_train_grow (&run, call.operands[0], error) : !prepare (&run, call.operands[0], error))
    return CLI_FAILED;
  last = train (&run, error);
  return last != NULL ? finish (&run, last, error) : CLI_FAILED;
}

const CliCommand cli_train = {
    .name = "train",
    .operands = N_ ("SOURCE|PROJECT"),
    .summary = N_ ("Train a network on images that are labelled"),
    .min_operands = 1,
    .max_operands = 1,
    .run = run_train,
};
