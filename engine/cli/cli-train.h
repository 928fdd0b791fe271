/* cli-train.h: what the files of "lathe-cli train" share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "cli.h"

G_BEGIN_DECLS

/* What images are normalised by, as typed: how many channels they have is known once they are. */
typedef struct
{
  gboolean measured;
  gboolean of_model; /* nobody typed them: the model that training begins with has them */
  guint n_channels;  /* for which numbers were given: 1 (then they are for all) or 3; 0: none were */
  float mean[3], deviation[3];
} CliNormalisation;

/* One run, from the command to the model file. */
typedef struct
{
  const char *program; /* as typed */
  gboolean json;
  LatheProject *project; /* that says all that no option does; NULL: none */
  char *network;      /* a preset or a file; NULL when a run is taken up again, and until a recipe knows the images */
  gboolean suggested; /* the network is to be what suits the images, which are not known yet */
  gboolean *typed;    /* of each hyperparameter: its value was, and stays as it is */
  const LatheRecipe *recipe; /* NULL: none */
  guint views;               /* as in LathePreprocess */
  char *out;
  char *runs;          /* the folder in which it is written down */
  gboolean usual_runs; /* nobody typed that folder */
  LatheFit fit;
  CliNormalisation normalisation;
  guint width, height;          /* 0: what suits the images */
  guint n_outputs;              /* what --loss wants: 2 classes, more (3), or either (0) */
  char *labels, *label_pattern; /* NULL: as the source says */
  LatheDatasetOptions dataset_options;
  LatheEdits *edits; /* NULL: none */
  LatheHyperparameters hyperparameters;
  LatheModel *weights;         /* what to begin with, or NULL */
  LatheModel *teacher;         /* whose answers it learns from, too, or NULL */
  LatheTeaching teaching;      /* its */
  char **fresh;                /* layers that begin anew all the same */
  char *from;                  /* a model to grow a new one on, by its name or its file; NULL: none */
  gboolean curve;              /* with it: whether to draw the learning curve */
  guint fine_tune;             /* with it: so many of its last layers learn, too; 0: the new one alone */
  gboolean norms_learn;        /* … and the norms between them */
  LatheModel *from_model;      /* `from` itself, once it is read */
  LatheUnfinished *unfinished; /* what is taken up again, until the trainer has it */
  guint from_epoch, from_step; /* where that begins; 0: a new run */
  guint more;                  /* epochs that it is given there; 0: none */
  gboolean keep_end;           /* the checkpoint stays when the run comes to its end */

  LatheDataset *dataset;
  LatheGraph *graph;
  LathePreprocess preprocess;
  guint64 parameters, multiply_adds;
  LatheInheritance *inheritance; /* what `weights` comes to in this network */

  GAsyncQueue *queue; /* (element-type LatheSnapshot) */
  GArray *points;     /* (element-type LathePoint): all that were told */
  guint n_printed;    /* epochs */
  gint64 last_progress;
  char *warning; /* the last one that was printed */
} CliRun;

/* cli-train.c */
gboolean cli_train_scan (CliRun *run, const char *source, GError **error);
gboolean cli_train_load (CliRun *run, const char *source, GError **error);
gboolean cli_train_check_out (CliRun *run, const char *source, GError **error);
void cli_train_count_work (CliRun *run, const LatheGraphReport *report);
gboolean cli_train_inherit (CliRun *run, GError **error);
void cli_run_clear (CliRun *run);

/* cli-train-advice.c */
void cli_train_table_advice (CliTable *table, const CliRun *run);
void cli_train_json_advice (JsonBuilder *json, const CliRun *run);

/* cli-train-from.c */
gboolean cli_train_is_head_alone (const CliRun *run);
gboolean cli_train_grow (CliRun *run, const char *source, GError **error);
void cli_train_print_start_from (const CliRun *run);
void cli_train_print_end_from (const CliRun *run, const LatheTransfer *transfer, const char *sha256);

/* cli-train-options.c */
const char *cli_train_option (const LatheHyperparameter *row);
gboolean cli_train_parse (CliRun *run, const CliCommand *command, const GOptionEntry *more, gboolean whole, int argc,
                          char **argv, CliCall *call, GError **error);

/* cli-train-print.c */
void cli_train_print_start (const CliRun *run);
void cli_train_print_snapshot (CliRun *run, const LatheSnapshot *snapshot);
void cli_train_print_end (const CliRun *run, const LatheSnapshot *snapshot, const char *sha256);
void cli_train_list_unreadable (CliTable *table, const GPtrArray *unreadable);
void cli_train_json_unreadable (JsonBuilder *json, const GPtrArray *unreadable);
void cli_train_print_example (const CliRun *run);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliRun, cli_run_clear)

G_END_DECLS
