/* lathe-import-keras.h: models that Keras has saved, and what the files that read them know of each other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <json-glib/json-glib.h>

#include "lathe-hdf5.h"
#include "lathe-import.h"

G_BEGIN_DECLS

extern const LatheImportFormat lathe_import_h5, lathe_import_keras;

/* Out of bytes, wherever they are, and in this process. `notes`: as of LatheImportFormat. */
LatheModel *lathe_import_h5_from (const LatheSpan *source, LatheImportNotes *notes, GError **error);
LatheModel *lathe_import_keras_from (const LatheSpan *source, LatheImportNotes *notes, GError **error);

#define LATHE_KERAS_MAX_TENSORS 4

typedef struct _LatheKerasSource LatheKerasSource;

/* A layer as the file has it, and what becomes of it. */
struct _LatheKerasSource
{
  const char *name, *class; /* the JSON's */
  JsonObject *config;       /* the JSON's */
  GPtrArray *inputs;        /* (element-type LatheKerasSource) */
  char *path;               /* in a .keras file, where its weights are */
  guint n_readers;
  LatheNode *first, *last; /* of the graph; NULL: it is passed by, or has become a part of another */
  guint n_tensors;         /* that the file has of it, in this order */
  const char *tensor[LATHE_KERAS_MAX_TENSORS]; /* what Lathe calls them */
  gboolean of_vectors;                         /* its axis is the last one of a vector, and of nothing else */
  char *obstacle;                              /* (nullable): why Lathe has no such layer */
};

/* A model as the file has it. */
typedef struct
{
  JsonNode *root;
  gboolean sequential;
  guint major;       /* of the version of Keras that wrote it */
  GPtrArray *layers; /* (element-type LatheKerasSource), in the file's order */
  LatheKerasSource *input, *output;
  guint rank; /* of what comes in: 2 for images without channels */
  LatheGraph *graph;
  LatheHdf5 *file;
  LatheHdf5Object *weights; /* the group that the layers' weights are in */
  gboolean archived;        /* they are called as in a .keras file */
  LatheImportNotes *notes;  /* NULL, or not owned */
} LatheKerasIn;

/* In lathe-import-keras-graph.c. */
gboolean lathe_keras_in_parse (LatheKerasIn *in, const char *text, GError **error);
void lathe_keras_in_clear (LatheKerasIn *in);

/* What a layer's configuration says. */
gboolean lathe_keras_source_get (const LatheKerasSource *source, const char *name, double *number);
double lathe_keras_source_number (const LatheKerasSource *source, const char *name, double usual);
gboolean lathe_keras_source_get_pair (const LatheKerasSource *source, const char *name, double pair[2]);
const char *lathe_keras_source_get_word (const LatheKerasSource *source, const char *name);
gboolean lathe_keras_source_is_set (const LatheKerasSource *source, const char *name);

/* In lathe-import-keras-layers.c, and those with windows in lathe-import-keras-windows.c. */
gboolean lathe_keras_in_build (LatheKerasIn *in, GError **error);
LatheNode *lathe_keras_in_add (LatheKerasIn *in, LatheKerasSource *source, const char *kind);
void lathe_keras_in_set (LatheKerasIn *in, LatheKerasSource *source, const char *property, double value);
void lathe_keras_in_refuse (LatheKerasSource *source, const char *why);
gboolean lathe_keras_in_check_axes (LatheKerasIn *in, const LatheGraphReport *report, GError **error);
void lathe_keras_in_take_axis (LatheKerasSource *source);
void lathe_keras_in_take_weights (LatheKerasIn *in, LatheKerasSource *source, const char *prefix);
void lathe_keras_in_add_conv2d (LatheKerasIn *in, LatheKerasSource *source);
void lathe_keras_in_add_depthwise (LatheKerasIn *in, LatheKerasSource *source);
void lathe_keras_in_add_transposed (LatheKerasIn *in, LatheKerasSource *source);
void lathe_keras_in_add_max_pool (LatheKerasIn *in, LatheKerasSource *source);
void lathe_keras_in_add_average_pool (LatheKerasIn *in, LatheKerasSource *source);
void lathe_keras_in_add_cropping (LatheKerasIn *in, LatheKerasSource *source);

/* In lathe-import-keras-activations.c. */
void lathe_keras_in_activate (LatheKerasIn *in, LatheKerasSource *source);
void lathe_keras_in_add_activation (LatheKerasIn *in, LatheKerasSource *source);
void lathe_keras_in_add_relu (LatheKerasIn *in, LatheKerasSource *source);
void lathe_keras_in_add_leaky_relu (LatheKerasIn *in, LatheKerasSource *source);
void lathe_keras_in_add_elu (LatheKerasIn *in, LatheKerasSource *source);
void lathe_keras_in_add_softmax (LatheKerasIn *in, LatheKerasSource *source);
void lathe_keras_in_add_prelu (LatheKerasIn *in, LatheKerasSource *source);

/* In lathe-import-keras-weights.c. */
void lathe_keras_in_name_weights (LatheKerasIn *in);
LatheHdf5Object *lathe_keras_in_open_array (LatheKerasIn *in, const LatheKerasSource *source, guint i, GError **error);
gboolean lathe_keras_in_read_weights (LatheKerasIn *in, LatheModel *model, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheKerasIn, lathe_keras_in_clear)

G_END_DECLS
