/* cli-prune.h: a model that is made smaller before it is taken away.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "cli.h"

G_BEGIN_DECLS

/* What is asked, and what came of it. */
typedef struct
{
  char *share, *time, *what, *by, *of, *epochs; /* as typed */
  gboolean wanted;
  double milliseconds; /* that an image may take; 0: the share is given */
  LathePruning pruning;
  guint n_epochs; /* of training afterwards, which is also what a model in 8 bits learns for; 0: none */

  LatheModelCost before, after;
  LathePruneTimes times;            /* where a time was given */
  double accuracy_before, accuracy; /* on the validation images; NAN: not known */
} CliPruning;

/* Of the options, into an array of GOptionEntry. */
#define CLI_PRUNE_ENTRIES(p)                                                                                           \
  {"prune",     0,                                                                                                     \
   0,           G_OPTION_ARG_STRING,                                                                                   \
   &(p)->share, N_ ("Make the model smaller first: this share of its multiply-adds goes, with whole channels"),        \
   "FRACTION"},                                                                                                        \
      {"prune-to-time",                                                                                                \
       0,                                                                                                              \
       0,                                                                                                              \
       G_OPTION_ARG_STRING,                                                                                            \
       &(p)->time,                                                                                                     \
       N_ ("The same, so that it answers an image on this machine in so many milliseconds"),                           \
       "MS"},                                                                                                          \
      {"prune-what",                                                                                                   \
       0,                                                                                                              \
       0,                                                                                                              \
       G_OPTION_ARG_STRING,                                                                                            \
       &(p)->what,                                                                                                     \
       N_ ("What goes: channels, which make the network narrower; or weights, which become zero (channels)"),          \
       "NAME"},                                                                                                        \
      {"prune-of", 0,                                                                                                  \
       0,          G_OPTION_ARG_STRING,                                                                                \
       &(p)->of,   N_ ("Of what the share is, of channels: multiply-adds or parameters (multiply-adds)"),              \
       "NAME"},                                                                                                        \
      {"prune-by",                                                                                                     \
       0,                                                                                                              \
       0,                                                                                                              \
       G_OPTION_ARG_STRING,                                                                                            \
       &(p)->by,                                                                                                       \
       N_ ("Which channels go: those of the smallest magnitude, or of the smallest scale of a batch norm "             \
           "(magnitude)"),                                                                                             \
       "NAME"},                                                                                                        \
  {                                                                                                                    \
    "fine-tune", 0, 0, G_OPTION_ARG_STRING, &(p)->epochs,                                                              \
        N_ ("Train what --prune or --quantize made of it for so many epochs, on the images of --images, as their "     \
            "project says (not at all)"),                                                                              \
        "N"                                                                                                            \
  }

gboolean cli_prune_read (CliPruning *pruning, gboolean has_images, gboolean quantises, GError **error);
LatheModel *cli_prune (CliPruning *pruning, LatheModel *model, guint n_threads, LatheDataset *dataset,
                       const LatheHyperparameters *hyperparameters, GError **error);
void cli_prune_print (const CliPruning *pruning);
void cli_prune_json (JsonBuilder *json, const CliPruning *pruning);
void cli_prune_clear (CliPruning *pruning);

G_END_DECLS
