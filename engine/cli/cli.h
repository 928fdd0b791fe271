/* cli.h: what the subcommands share: reading options, printing, progress, interruption.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <json-glib/json-glib.h>

#include "lathe.h"

G_BEGIN_DECLS

/* Exit statuses; an interrupted command ends with 128 and the signal's number, 130 for SIGINT. */
#define CLI_DONE 0
#define CLI_FAILED 1
#define CLI_WRONG_USAGE 2

/* A subcommand: one row of the table in main.c, defined by its own file. */
typedef struct _CliCommand CliCommand;
struct _CliCommand
{
  const char *name;
  const char *operands; /* N_("MODEL IMAGE…") */
  const char *summary;  /* N_(one phrase) */
  guint min_operands, max_operands;

  /* Returns the exit status; with `error` set main() finds the status itself: 2 for a GOptionError, else 1. */
  int (*run) (const CliCommand *command, int argc, char **argv, GError **error);
};

extern const CliCommand cli_dataset;
extern const CliCommand cli_train;
extern const CliCommand cli_suggest;
extern const CliCommand cli_search;
extern const CliCommand cli_sweep;
extern const CliCommand cli_evaluate;
extern const CliCommand cli_predict;
extern const CliCommand cli_pretrained;
extern const CliCommand cli_explain;
extern const CliCommand cli_map;
extern const CliCommand cli_info;
extern const CliCommand cli_export;
extern const CliCommand cli_import;
extern const CliCommand cli_bench;
extern const CliCommand cli_runs;
extern const CliCommand cli_serve;

/* --- cli-options.c -------------------------------------------------------------------------------------------- */

/* What every subcommand is called with. */
typedef struct
{
  gboolean json;
  char **operands; /* file names, as typed */
} CliCall;

#define CLI_FIT_HELP                                                                                                   \
  N_ ("How images of another shape are brought to it: crop, pad with their mean colour, or stretch (crop)")

/* Of the commands that read a dataset; `at` is a char **. */
#define CLI_LABELS_ENTRY(at)                                                                                           \
  {                                                                                                                    \
    "labels", 0, 0, G_OPTION_ARG_FILENAME, at, N_ ("Table of the files' labels (labels.csv in SOURCE)"), "FILE.csv"    \
  }
#define CLI_PATTERN_ENTRY(at)                                                                                          \
  {                                                                                                                    \
    "label-pattern", 0, 0, G_OPTION_ARG_STRING, at, N_ ("What finds the label in a file's name: “^([a-z]+)_”"),        \
        "REGEX"                                                                                                        \
  }
#define CLI_EDITS_ENTRY(at)                                                                                            \
  {                                                                                                                    \
    "edits", 0, 0, G_OPTION_ARG_FILENAME, at,                                                                          \
        N_ ("What was decided about the images: left out, of another class, added"), "FILE.json"                       \
  }

#define CLI_SUGGESTED "suggested" /* in the place of a network's name */

gboolean cli_parse (const CliCommand *command, const GOptionEntry *entries, const char *details, int argc, char **argv,
                    CliCall *call, GError **error);
void cli_call_clear (CliCall *call);
char *cli_describe_presets (void);

gboolean cli_refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Each leaves the value as it is when the option was not given: `text` is NULL. */
gboolean cli_read_count (const char *option, const char *text, guint minimum, guint maximum, guint *value,
                         GError **error);
gboolean cli_read_batch (const char *text, guint *batch, GError **error);
gboolean cli_read_threads (const char *text, guint *threads, GError **error);
gboolean cli_read_seed (const char *text, guint64 *seed, GError **error);
gboolean cli_read_real (const char *option, const char *text, double *value, GError **error);
gboolean cli_read_choice (const char *option, const char *text, const char *const *choices, guint *index,
                          GError **error);
gboolean cli_read_fit (const char *text, LatheFit *fit, GError **error);
gboolean cli_read_size (const char *text, guint *width, guint *height, GError **error);
gboolean cli_read_split (const char *option, const char *text, double share[LATHE_N_SPLITS], GError **error);
gboolean cli_read_precision (const char *text, LathePrecision *precision, GError **error);
gboolean cli_read_augmentations (const char *list, LatheHyperparameters *hyperparameters, GError **error);

/* --- cli-print.c ---------------------------------------------------------------------------------------------- */

void cli_complain (const char *who, const char *message);
char *cli_display_name (const char *path);
char *cli_shell_word (const char *text);
char *cli_duration (double seconds);
char *cli_percent (double share);
char *cli_real (double value);
char *cli_count (guint64 n);
guint cli_text_width (const char *text);
void cli_append_cell (GString *line, const char *text, guint width, gboolean right);

/* Columns as wide as their widest cell, whatever the script. */
typedef struct _CliTable CliTable;

CliTable *cli_table_new (const char *alignment /* "lrr": a column each */);
void cli_table_row (CliTable *table, ...);
void cli_table_print (CliTable *table);

/* One JSON object a line. Numbers that are none become null. */
JsonBuilder *cli_json_begin (const char *event);
void cli_json_string (JsonBuilder *builder, const char *name, const char *value);
void cli_json_int (JsonBuilder *builder, const char *name, guint64 value);
void cli_json_real (JsonBuilder *builder, const char *name, double value);
void cli_json_shape (JsonBuilder *builder, const char *name, const LatheShape *shape);
void cli_json_split (JsonBuilder *builder, LatheDataset *dataset);
void cli_json_problem (JsonBuilder *builder, const LatheProblem *problem);
void cli_json_end (JsonBuilder *builder);

/* A line at the foot of the terminal, on standard error; nothing where that is no terminal. */
void cli_bar_allow (gboolean allowed);
void cli_bar (const char *title, double fraction, const char *remark);
void cli_bar_clear (void);

/* --- cli-course.c --------------------------------------------------------------------------------------------- */

void cli_json_epoch (JsonBuilder *json, const LatheEpoch *epoch);
char *cli_phases (const double phases[LATHE_N_PHASES]);
void cli_json_advice (JsonBuilder *json, const LatheCourse *course);
void cli_print_advice (const LatheCourse *course);
void cli_json_layers (JsonBuilder *json, const LatheLayerLooks *looks);

/* --- cli-measure.c -------------------------------------------------------------------------------------------- */

gboolean cli_measure (const LatheGraph *graph, const LatheBenchOptions *options, LatheBench *result, GError **error);
void cli_json_times (JsonBuilder *json, const LatheBench *measure);
void cli_json_layer (JsonBuilder *json, const LatheGraph *graph, const LatheBench *measure, guint node);
void cli_print_layers (const LatheGraph *graph, const LatheBench *measure);

/* --- cli-preview.c -------------------------------------------------------------------------------------------- */

gboolean cli_write_preview (LatheDataset *dataset, const LatheAugmentation *augmentation, guint64 seed,
                            const LathePreprocess *preprocess, guint n_draws, const char *path, GError **error);

/* --- cli-transfer.c ------------------------------------------------------------------------------------------- */

void cli_table_transfer (CliTable *table, const LatheTransfer *transfer);
void cli_print_curve (const LatheTransfer *transfer);
void cli_json_transfer (JsonBuilder *json, const LatheTransfer *transfer);

/* --- cli-work.c ----------------------------------------------------------------------------------------------- */

GCancellable *cli_interrupt (void);
int cli_interrupt_status (void);

LatheDataset *cli_scan (const char *source, const LatheDatasetOptions *options, const LatheEdits *edits,
                        GError **error);
gboolean cli_read_project (const char *source, LatheProject **project, GError **error);
char *cli_inside (LatheDataset *dataset, const char *path);
gboolean cli_check_output (const char *option, const char *path, GError **error);
void cli_progress (guint done, guint total, gpointer title);
LatheGraph *cli_load_graph (const char *name, LatheModel **model, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliCall, cli_call_clear)

G_END_DECLS
