/* lathe-model-copy.c: the model file itself, taken away with a program that uses it.
 *
 * A model file is safetensors already: any reader of that opens it, and Lathe does. So a copy is the whole file, with
 * labels, preprocessing and network in its metadata, and not the tensors alone. Of a model in 8 bits or in
 * bfloat16 there is no program.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>

#include "lathe-model-file.h"
#include "lathe-program.h"

static GPtrArray *
make_files (const LatheExport *export, const char *name, GError **error)
{
  gboolean is_short = export->model->quantisation != NULL || export->model->in_bf16;
  GBytes *program = is_short ? NULL : lathe_export_pytorch_program.make (export, error);
  g_autofree char *program_name = g_strconcat (name, ".py", NULL);
  GPtrArray *files;

  if (program == NULL && !is_short)
    return NULL;
  files = lathe_export_files_new ();
  lathe_export_files_add (files, NULL, lathe_model_to_bytes (export->model));
  if (program != NULL)
    lathe_export_files_add (files, program_name, program);
  return files;
}

const LatheExportFormat lathe_export_safetensors = {
    .name = "safetensors",
    .title = N_ ("safetensors"),
    .help = N_ ("The model file, which any reader of safetensors opens, with a PyTorch program that uses it"),
    .suffix = ".safetensors",
    .needs_weights = TRUE,
    .in_bytes = TRUE,
    .make_files = make_files,
    .read = lathe_model_load,
};
