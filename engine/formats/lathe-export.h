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

/* Where a format that can do both has the weights. */
typedef enum
{
  LATHE_EXPORT_WEIGHTS_USUAL,  /* inside, unless they are very many */
  LATHE_EXPORT_WEIGHTS_INSIDE, /* of the file itself */
  LATHE_EXPORT_WEIGHTS_BESIDE, /* in a file of their own */
} LatheExportWeights;

extern const char *const lathe_export_weights_names[]; /* NULL-terminated: usual, inside, beside */

/* What is to be exported; nothing of it is owned. */
typedef struct
{
  const LatheGraph *graph; /* must work */
  const LatheModel *model; /* (nullable): weights, labels and preprocessing of the same network */
  LatheExportTraining training;
  LatheExportWeights weights;
  gboolean preprocesses; /* the file takes bytes, and normalises them itself, where the format can say so */
} LatheExport;

/* What comes of it. */
typedef struct
{
  char *name; /* in its folder */
  GBytes *bytes;
} LatheExportFile;

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
  gboolean in_bytes;      /* it holds a model in 8 bits as one */
  gboolean bare;          /* bytes are normalised, and views averaged, by who uses it: see preprocesses */

  /* (transfer full): what the file holds. Errors: LATHE_ERROR_UNSUPPORTED, a reason that names the layer. */
  GBytes *(*make) (const LatheExport *export, GError **error);
  /* In place of make(), for a format of several files: see lathe_export_files_add(). @name: of the file that is asked
   * for, without its suffix. (transfer full) (element-type LatheExportFile): that file, and those beside it. */
  GPtrArray *(*make_files) (const LatheExport *export, const char *name, GError **error);

  /* (nullable) (transfer full): reads the file back, to prove that it says what it should, where no format of the same
   * name comes in. Errors name the file. */
  LatheModel *(*read) (const char *path, GError **error);
} LatheExportFormat;

const LatheExportFormat *const *lathe_export_formats (guint *n_formats);
const LatheExportFormat *lathe_export_format_find (const char *name);
gboolean lathe_export_holds (const LatheExportFormat *format, const LatheModel *model, GError **error);

GPtrArray *lathe_export_files_new (void);
void lathe_export_files_add (GPtrArray *files, const char *name, GBytes *bytes);
GPtrArray *lathe_export_make (const LatheExportFormat *format, const LatheExport *export, const char *path,
                              GError **error);
gboolean lathe_export_put (const GPtrArray *files, const char *folder, GError **error);
gboolean lathe_export_write (const LatheExportFormat *format, const LatheExport *export, const char *path,
                             GError **error);

G_END_DECLS
