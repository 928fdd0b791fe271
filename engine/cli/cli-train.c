/* cli-train.c: "lathe-cli train DIR" turns a folder of images into a model file.
 *
 * The trainer works on a thread of its own and hands its snapshots over through a queue; this thread prints them until
 * the last one. An interruption asks the trainer to stop, and what it has by then is saved.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <inttypes.h>
#include <errno.h>
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define MAX_EPOCHS 1000000
#define PROGRESS_INTERVAL (G_USEC_PER_SEC / 10)

enum
{
  LOSS_AUTO,
  LOSS_BINARY,
  LOSS_CATEGORICAL
};
static const char *const losses[] = {"auto", "binary_crossentropy", "categorical_crossentropy", NULL};

/* As typed; NULL where not given. */
typedef struct
{
  char *network, *size, *epochs, *batch, *optimizer, *lr, *momentum, *loss, *seed, *threads, *precision, *split, *out;
} Options;

/* One run, from the command to the model file. */
typedef struct
{
  const char *program; /* as typed */
  gboolean json;
  char *network;
  char *out;
  guint width, height; /* 0: what suits the images */
  guint loss;
  LatheDatasetOptions dataset_options;
  LatheHyperparameters hyperparameters;

  LatheDataset *dataset;
  LatheGraph *graph;
  LathePreprocess preprocess;
  guint64 parameters, multiply_adds;

  GAsyncQueue *queue; /* (element-type LatheSnapshot) */
  guint n_printed;    /* epochs */
  gint64 last_progress;
} Run;

static void
options_clear (Options *o)
{
  char *all[] = {o->network, o->size, o->epochs,  o->batch,     o->optimizer, o->lr, o->momentum,
                 o->loss,    o->seed, o->threads, o->precision, o->split,     o->out};

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    g_free (all[i]);
}

static void
run_clear (Run *run)
{
  g_free (run->network);
  g_free (run->out);
  g_clear_pointer (&run->dataset, lathe_dataset_unref);
  g_clear_pointer (&run->graph, lathe_graph_free);
  g_clear_pointer (&run->queue, g_async_queue_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* --- What was typed --- */

/* A hyperparameter that no one may ask for is wrong usage too. */
static gboolean
check_hyperparameters (const LatheHyperparameters *hyperparameters, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (lathe_hyperparameters_check (hyperparameters, &reason))
    return TRUE;
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, reason->message);
  return FALSE;
}

static gboolean
read_options (Run *run, const Options *o, GError **error)
{
  LatheHyperparameters *h = &run->hyperparameters;
  const char *const *optimizers = lathe_hyperparameter_find ("optimizer")->property.choices;

  if (!cli_read_size (o->size, &run->width, &run->height, error) ||
      !cli_read_count ("--epochs", o->epochs, 1, MAX_EPOCHS, &h->epochs, error) ||
      !cli_read_batch (o->batch, &h->batch, error) ||
      !cli_read_choice ("--optimizer", o->optimizer, optimizers, &h->optimizer, error) ||
      !cli_read_real ("--lr", o->lr, &h->learning_rate, error) ||
      !cli_read_real ("--momentum", o->momentum, &h->momentum, error) ||
      !cli_read_choice ("--loss", o->loss, losses, &run->loss, error) || !cli_read_seed (o->seed, &h->seed, error) ||
      !cli_read_threads (o->threads, &h->threads, error) || !cli_read_precision (o->precision, error) ||
      !cli_read_split ("--split", o->split, run->dataset_options.share, error))
    return FALSE;
  run->dataset_options.seed = h->seed;
  run->network = g_strdup (o->network != NULL ? o->network : "seed");
  run->out = g_strdup (o->out);
  return check_hyperparameters (h, error);
}

static gboolean
parse (Run *run, const CliCommand *command, int argc, char **argv, CliCall *call, GError **error)
{
  g_auto (Options) o = {0};
  const GOptionEntry entries[] = {
      {"network", 0, 0, G_OPTION_ARG_FILENAME, &o.network, N_ ("A preset, a network file or a model (seed)"),
       "PRESET|FILE"},
      {"size", 0, 0, G_OPTION_ARG_STRING, &o.size, N_ ("Size that images are brought to (what suits them)"), "WxH"},
      {"epochs", 0, 0, G_OPTION_ARG_STRING, &o.epochs, N_ ("How often all images are learned from (10)"), "N"},
      {"batch", 0, 0, G_OPTION_ARG_STRING, &o.batch, N_ ("Images a step (32)"), "N"},
      {"optimizer", 0, 0, G_OPTION_ARG_STRING, &o.optimizer, N_ ("sgd, momentum or adam (adam)"), "NAME"},
      {"lr", 0, 0, G_OPTION_ARG_STRING, &o.lr, N_ ("Learning rate (0.001)"), "X"},
      {"momentum", 0, 0, G_OPTION_ARG_STRING, &o.momentum, N_ ("Momentum of that optimizer (0.9)"), "X"},
      {"loss", 0, 0, G_OPTION_ARG_STRING, &o.loss, N_ ("auto, binary_crossentropy or categorical_crossentropy (auto)"),
       "NAME"},
      {"seed", 0, 0, G_OPTION_ARG_STRING, &o.seed, N_ ("The same seed gives the same split and weights (1)"), "N"},
      {"threads", 0, 0, G_OPTION_ARG_STRING, &o.threads, N_ ("Threads (as many as there are cores)"), "N"},
      {"precision", 0, 0, G_OPTION_ARG_STRING, &o.precision, N_ ("Precision of the arithmetic (fp32)"), "fp32"},
      {"split", 0, 0, G_OPTION_ARG_STRING, &o.split, N_ ("Percent for training, validation and test (70/20/10)"),
       "A/B/C"},
      {"out", 0, 0, G_OPTION_ARG_FILENAME, &o.out, N_ ("The model file (NAME-OF-DIR.safetensors)"), "FILE"},
      G_OPTION_ENTRY_NULL,
  };
  g_autofree char *presets = cli_describe_presets ();

  run->program = argv[0];
  if (!cli_parse (command, entries, presets, argc, argv, call, error) || !read_options (run, &o, error))
    return FALSE;
  run->json = call->json;
  return TRUE;
}

/* --- What it works on --- */

/* Found out before the training, not after it. */
static gboolean
check_out (Run *run, GError **error)
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
check_loss (Run *run, GError **error)
{
  guint n_classes = lathe_dataset_get_n_classes (run->dataset);

  if (run->loss == LOSS_BINARY && n_classes != 2)
    g_set_error (
        error, LATHE_ERROR, LATHE_ERROR_INVALID,
        _ ("binary_crossentropy is for two classes, and %s has %u: use --loss categorical_crossentropy, or auto"),
        lathe_dataset_get_folder (run->dataset), n_classes);
  else if (run->loss == LOSS_CATEGORICAL && n_classes == 2)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                 _ ("categorical_crossentropy is for three classes or more, and %s has two: use --loss "
                    "binary_crossentropy, or auto"),
                 lathe_dataset_get_folder (run->dataset));
  else
    return TRUE;
  return FALSE;
}

/* The network, with the dataset's input and classes. */
static gboolean
fit_network (Run *run, GError **error)
{
  const LathePreprocess *p = &run->preprocess;
  g_autoptr (LatheGraphReport) report = NULL;

  lathe_graph_adapt (run->graph, &LATHE_SHAPE_IMAGE (p->height, p->width, p->channels),
                     lathe_dataset_get_n_classes (run->dataset));
  report = lathe_graph_check (run->graph);
  run->parameters = report->parameters;
  run->multiply_adds = report->multiply_adds;
  if (lathe_graph_report_propagate (report, run->graph, error))
    return TRUE;
  g_prefix_error (error, _ ("%s does not work with images of %u×%u pixels (choose another --size or --network): "),
                  run->network, p->width, p->height);
  return FALSE;
}

static gboolean
prepare (Run *run, const char *folder, GError **error)
{
  run->graph = cli_load_graph (run->network, NULL, error);
  if (run->graph == NULL)
    return FALSE;
  run->dataset = cli_scan (folder, &run->dataset_options, error);
  if (run->dataset == NULL)
    return FALSE;
  lathe_dataset_suggest (run->dataset, run->width, run->height, &run->preprocess);
  return check_loss (run, error) && fit_network (run, error) && check_out (run, error);
}

/* --- What is printed --- */

static void
print_start_json (const Run *run)
{
  const LathePreprocess *p = &run->preprocess;
  JsonBuilder *json = cli_json_begin ("start");

  cli_json_int (json, "classes", lathe_dataset_get_n_classes (run->dataset));
  cli_json_int (json, "images", lathe_dataset_get_n_images (run->dataset));
  cli_json_int (json, "unreadable", lathe_dataset_get_n_problems (run->dataset));
  cli_json_split (json, run->dataset);
  cli_json_string (json, "network", run->network);
  cli_json_shape (json, "input", &LATHE_SHAPE_IMAGE (p->height, p->width, p->channels));
  cli_json_int (json, "parameters", run->parameters);
  cli_json_int (json, "epochs", run->hyperparameters.epochs);
  cli_json_end (json);
}

static void
print_start_text (const Run *run)
{
  const LatheHyperparameters *h = &run->hyperparameters;
  const LathePreprocess *p = &run->preprocess;
  const char *const *optimizers = lathe_hyperparameter_find ("optimizer")->property.choices;
  guint n_problems = lathe_dataset_get_n_problems (run->dataset);
  g_autofree char *folder = g_path_get_basename (lathe_dataset_get_folder (run->dataset));
  CliTable *table = cli_table_new ("ll");

  cli_table_row (table, g_strdup (_ ("Dataset")),
                 g_strdup_printf (_ ("%s: %'u images in %u classes; %'u to train, %'u to validate, %'u to test"),
                                  folder, lathe_dataset_get_n_images (run->dataset),
                                  lathe_dataset_get_n_classes (run->dataset),
                                  lathe_dataset_count (run->dataset, -1, LATHE_SPLIT_TRAIN),
                                  lathe_dataset_count (run->dataset, -1, LATHE_SPLIT_VALIDATION),
                                  lathe_dataset_count (run->dataset, -1, LATHE_SPLIT_TEST)));
  if (n_problems > 0)
    cli_table_row (table, g_strdup (""),
                   g_strdup_printf (_ ("%'u left out (“lathe-cli dataset” tells which, and why)"), n_problems));
  cli_table_row (table, g_strdup (_ ("Network")),
                 g_strdup_printf (_ ("%s for %u×%u×%u: %'" PRIu64 " parameters, %'" PRIu64 " multiply-adds an image"),
                                  run->network, p->height, p->width, p->channels, run->parameters, run->multiply_adds));
  cli_table_row (
      table, g_strdup (_ ("Training")),
      g_strdup_printf (_ ("epochs %u, batch %u, optimizer %s, learning rate %g, seed %" PRIu64 ", threads %u"),
                       h->epochs, h->batch, optimizers[h->optimizer], h->learning_rate, h->seed, h->threads));
  cli_table_print (table);
  g_print ("\n");
}

static void
print_epoch_json (const LatheEpoch *epoch)
{
  JsonBuilder *json = cli_json_begin ("epoch");

  cli_json_int (json, "epoch", epoch->epoch);
  cli_json_real (json, "loss", epoch->loss);
  cli_json_real (json, "accuracy", epoch->accuracy);
  cli_json_real (json, "val_loss", epoch->validation_loss);
  cli_json_real (json, "val_accuracy", epoch->validation_accuracy);
  cli_json_real (json, "seconds", epoch->seconds);
  cli_json_real (json, "images_per_second", epoch->images_per_second);
  cli_json_end (json);
}

/* Columns are as wide as their titles, as the lines below come one by one. */
static void
print_row (char *const cells[], const char *remark)
{
  const char *const titles[] = {_ ("   Epoch"),  _ ("    Loss"),      _ ("Accuracy"),
                                _ ("Val. loss"), _ ("Val. accuracy"), _ ("Seconds")};
  g_autoptr (GString) line = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    cli_append_cell (line, cells != NULL ? cells[i] : titles[i], cli_text_width (titles[i]), TRUE);
  g_string_append (line, remark);
  g_print ("%s\n", g_strchomp (line->str));
}

static void
print_epoch_text (const LatheEpoch *epoch, guint epochs)
{
  g_autofree char *number = g_strdup_printf ("%u/%u", epoch->epoch, epochs);
  g_autofree char *loss = cli_real (epoch->loss), *accuracy = cli_percent (epoch->accuracy);
  g_autofree char *val_loss = cli_real (epoch->validation_loss);
  g_autofree char *val_accuracy = cli_percent (epoch->validation_accuracy);
  g_autofree char *seconds = g_strdup_printf ("%.1f", epoch->seconds);

  cli_bar_clear ();
  if (epoch->epoch == 1)
    print_row (NULL, "");
  print_row ((char *[]){number, loss, accuracy, val_loss, val_accuracy, seconds}, epoch->best ? _ ("best") : "");
}

static void
print_progress_json (const LatheSnapshot *snapshot)
{
  const LathePoint *point =
      snapshot->points->len > 0 ? &g_array_index (snapshot->points, LathePoint, snapshot->points->len - 1) : NULL;
  JsonBuilder *json = cli_json_begin ("progress");

  cli_json_int (json, "epoch", snapshot->epoch);
  cli_json_int (json, "epochs", snapshot->epochs);
  cli_json_int (json, "step", snapshot->step);
  cli_json_int (json, "steps", snapshot->steps);
  cli_json_real (json, "loss", point != NULL ? point->loss : NAN);
  cli_json_real (json, "accuracy", point != NULL ? point->accuracy : NAN);
  cli_json_real (json, "images_per_second", snapshot->images_per_second);
  cli_json_real (json, "seconds_left", snapshot->seconds_left);
  cli_json_end (json);
}

static void
print_progress_text (const LatheSnapshot *snapshot)
{
  g_autofree char *title = g_strdup_printf (_ ("Epoch %u/%u"), snapshot->epoch, snapshot->epochs);
  g_autofree char *left = isnan (snapshot->seconds_left) ? NULL : cli_duration (snapshot->seconds_left);
  g_autofree char *remark = left != NULL
                                ? g_strdup_printf (_ ("%'.0f images/s, %s left"), snapshot->images_per_second, left)
                                : g_strdup_printf (_ ("%'.0f images/s"), snapshot->images_per_second);

  cli_bar (title, snapshot->steps > 0 ? (double) snapshot->step / snapshot->steps : 0, remark);
}

static void
print_snapshot (Run *run, const LatheSnapshot *snapshot)
{
  gint64 now = g_get_monotonic_time ();

  for (; run->n_printed < snapshot->finished->len; run->n_printed++)
    {
      const LatheEpoch *epoch = &g_array_index (snapshot->finished, LatheEpoch, run->n_printed);

      if (run->json)
        print_epoch_json (epoch);
      else
        print_epoch_text (epoch, snapshot->epochs);
    }
  if (snapshot->state != LATHE_TRAINER_RUNNING || now - run->last_progress < PROGRESS_INTERVAL)
    return;
  run->last_progress = now;
  if (run->json)
    print_progress_json (snapshot);
  else
    print_progress_text (snapshot);
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

/* Returns: (transfer full): the last snapshot, or NULL with an error */
static LatheSnapshot *
train (Run *run, GError **error)
{
  GCancellable *interrupt = cli_interrupt ();
  g_autoptr (LatheTrainer) trainer = NULL;
  g_autoptr (LatheSnapshot) snapshot = NULL;
  gulong handler;

  run->queue = g_async_queue_new_full ((GDestroyNotify) lathe_snapshot_unref);
  trainer = lathe_trainer_new (run->dataset, run->graph, &run->preprocess, &run->hyperparameters, on_snapshot,
                               run->queue, error);
  if (trainer == NULL)
    return NULL;
  if (run->json)
    print_start_json (run);
  else
    print_start_text (run);
  handler = g_cancellable_connect (interrupt, G_CALLBACK (on_interrupt), trainer, NULL);
  lathe_trainer_start (trainer);
  do
    {
      g_clear_pointer (&snapshot, lathe_snapshot_unref);
      snapshot = g_async_queue_pop (run->queue);
      print_snapshot (run, snapshot);
    }
  while (!is_last (snapshot));
  g_cancellable_disconnect (interrupt, handler);
  cli_bar_clear ();
  if (snapshot->state != LATHE_TRAINER_FAILED)
    return g_steal_pointer (&snapshot);
  g_propagate_error (error, g_error_copy (snapshot->error));
  return NULL;
}

/* --- The end --- */

/* An image to try the model on: one of the test set where there is one; below the current folder named from there. */
static char *
example_image (LatheDataset *dataset)
{
  g_autofree char *here = g_get_current_dir ();
  gsize length = strlen (here);
  const char *path = NULL;

  for (int split = LATHE_SPLIT_TEST; split >= 0 && path == NULL; split--)
    {
      g_autoptr (GArray) images = lathe_dataset_get_split (dataset, (LatheSplit) split);

      if (images->len > 0)
        path = lathe_dataset_get_image (dataset, g_array_index (images, guint32, 0))->path;
    }
  if (g_str_has_prefix (path, here) && path[length] == '/')
    path += length + 1;
  return cli_shell_word (path);
}

static void
print_end_text (const Run *run, const LatheSnapshot *snapshot, const char *sha256)
{
  const LatheScores *scores = &snapshot->best->scores;
  g_autofree char *program = cli_shell_word (run->program);
  g_autofree char *model = cli_shell_word (run->out);
  g_autofree char *image = example_image (run->dataset);
  g_autofree char *accuracy = cli_percent (scores->test_accuracy);
  g_autofree char *loss = cli_real (scores->test_loss);
  CliTable *table = cli_table_new ("ll");

  g_print ("\n");
  if (snapshot->state == LATHE_TRAINER_STOPPED)
    cli_table_row (table, g_strdup (_ ("Stopped")), g_strdup_printf (_ ("in epoch %u"), snapshot->epoch));
  if (!isnan (scores->test_accuracy))
    cli_table_row (table, g_strdup (_ ("Test accuracy")), g_strdup_printf (_ ("%s, loss %s"), accuracy, loss));
  if (snapshot->n_unreadable > 0)
    cli_table_row (table, g_strdup (_ ("Left out")),
                   g_strdup_printf (_ ("%u images that could not be decoded"), snapshot->n_unreadable));
  cli_table_row (table, g_strdup (_ ("Model")),
                 scores->best_epoch > 0 ? g_strdup_printf (_ ("%s, of epoch %u"), run->out, scores->best_epoch)
                                        : g_strdup_printf (_ ("%s, before the end of an epoch"), run->out));
  cli_table_row (table, g_strdup (_ ("Weights")), g_strconcat ("sha256 ", sha256, NULL));
  cli_table_print (table);
  g_print (_ ("\nTo classify an image with it:\n  %s predict %s %s\n"), program, model, image);
}

static void
print_end_json (const Run *run, const LatheSnapshot *snapshot, const char *sha256)
{
  const LatheScores *scores = &snapshot->best->scores;
  g_autofree char *model = g_filename_display_name (run->out);
  JsonBuilder *json = cli_json_begin (snapshot->state == LATHE_TRAINER_STOPPED ? "stopped" : "done");

  if (scores->best_epoch > 0)
    cli_json_int (json, "best_epoch", scores->best_epoch);
  else
    cli_json_real (json, "best_epoch", NAN);
  cli_json_real (json, "test_loss", scores->test_loss);
  cli_json_real (json, "test_accuracy", scores->test_accuracy);
  cli_json_string (json, "model", model);
  cli_json_string (json, "weights_sha256", sha256);
  cli_json_end (json);
}

static int
finish (const Run *run, const LatheSnapshot *snapshot, GError **error)
{
  g_autofree char *sha256 = NULL;

  if (snapshot->best == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "");
      return CLI_FAILED;
    }
  if (!lathe_model_save (snapshot->best, run->out, error))
    return CLI_FAILED;
  sha256 = lathe_model_weights_sha256 (snapshot->best);
  if (run->json)
    print_end_json (run, snapshot, sha256);
  else
    print_end_text (run, snapshot, sha256);
  return snapshot->state == LATHE_TRAINER_STOPPED ? cli_interrupt_status () : CLI_DONE;
}

static int
run_train (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_auto (CliCall) call = {0};
  g_auto (Run) run = {
      .dataset_options = LATHE_DATASET_OPTIONS_DEFAULT,
  };
  g_autoptr (LatheSnapshot) last = NULL;

  lathe_hyperparameters_defaults (&run.hyperparameters);
  run.hyperparameters.threads = lathe_default_threads ();
  if (!parse (&run, command, argc, argv, &call, error) || !prepare (&run, call.operands[0], error))
    return CLI_FAILED;
  last = train (&run, error);
  return last != NULL ? finish (&run, last, error) : CLI_FAILED;
}

const CliCommand cli_train = {
    .name = "train",
    .operands = N_ ("DIR"),
    .summary = N_ ("Train a network on a folder of images, one sub-folder for each class"),
    .min_operands = 1,
    .max_operands = 1,
    .run = run_train,
};
