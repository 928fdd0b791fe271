/* cli-export.h: what the files of "lathe-cli export" share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "cli.h"

G_BEGIN_DECLS

/* What is asked of numbers of fewer bits. */
typedef struct
{
  char *quantize, *method, *n_images; /* as typed */
  gboolean wanted;
  gboolean in_bf16; /* and not in 8 bits */
  LatheQuantiseOptions options;
  LatheHyperparameters hyperparameters; /* that it learns with in 8 bits, where that is asked for */
} CliQuantise;

/* @q: a CliQuantise * */
#define CLI_QUANTISE_ENTRIES(q)                                                                                        \
  {"quantize",                                                                                                         \
   0,                                                                                                                  \
   0,                                                                                                                  \
   G_OPTION_ARG_STRING,                                                                                                \
   &(q)->quantize,                                                                                                     \
   N_ ("Of safetensors, ONNX and TensorFlow Lite: numbers in 8 bits (int8), by what --images show; of safetensors: "   \
       "weights in 16 bits (bf16)"),                                                                                   \
   "TYPE"},                                                                                                            \
      {"calibrate",                                                                                                    \
       0,                                                                                                              \
       0,                                                                                                              \
       G_OPTION_ARG_STRING,                                                                                            \
       &(q)->method,                                                                                                   \
       N_ ("What 8 bits stand for: minmax, percentile or kl (minmax)"),                                                \
       "METHOD"},                                                                                                      \
  {                                                                                                                    \
    "calibrate-images", 0, 0, G_OPTION_ARG_STRING, &(q)->n_images,                                                     \
        N_ ("By how many images at most, of those to train with (512)"), "N"                                           \
  }

gboolean cli_quantise_read (CliQuantise *q, const LatheExportFormat *format, gboolean has_images, GError **error);
void cli_quantise_clear (CliQuantise *q);
void cli_quantise_fine_tune (CliQuantise *q, const LatheHyperparameters *hyperparameters, gboolean rate_is_typed,
                             guint n_epochs);
LatheQuantised *cli_quantise (const CliQuantise *q, LatheModel *model, LatheDataset *dataset, GError **error);
void cli_quantise_print (const CliQuantise *q, const LatheQuantised *quantised);
void cli_quantise_json (const CliQuantise *q, const LatheQuantised *quantised, JsonBuilder *json);

G_END_DECLS
