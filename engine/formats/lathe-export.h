/* lathe-export.h: the formats that a network is taken away in, one row each.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/lathe-loss.h"
#include "model/lathe-model.h"

G_BEGIN_DECLS

/* How the network is trained, for the formats that can say so. A number that the optimiser has no use for does not
 * count. */
typedef struct
{
  const char *optimizer; /* of the choices of that hyperparameter: “adam” */
  double learning_rate, momentum, beta1, beta2, epsilon, weight_decay;
  LatheLossKind loss;
  double label_smoothing;
  guint epochs, batch;
} LatheExportTraining;

/* What is to be exported; nothing of it is owned. */
typedef struct
{
  const LatheGraph *graph; /* must work */
  const LatheModel *model; /* (nullable): weights, labels and preprocessing of the same network */
  LatheExportTraining training;
} LatheExport;

/**
 * LatheExportFormat:
 *
 * A format that cannot hold a layer refuses the network, and says which layer and why: it never writes another one.
 */
typedef struct
{
  const char *name;       /* as on the command line: “pytorch-program” */
  const char *title;      /* untranslated: “PyTorch program” */
  const char *help;       /* untranslated: one phrase */
  const char *suffix;     /* “.py” */
  gboolean needs_weights; /* a network alone will not do */

  /* (transfer full): what the file holds. Errors: LATHE_ERROR_UNSUPPORTED, a reason that names the layer. */
  GBytes *(*make) (const LatheExport *export, GError **error);
} LatheExportFormat;

const LatheExportFormat *const *lathe_export_formats (guint *n_formats);
const LatheExportFormat *lathe_export_format_find (const char *name);

gboolean lathe_export_write (const LatheExportFormat *format, const LatheExport *export, const char *path,
                             GError **error);

G_END_DECLS
