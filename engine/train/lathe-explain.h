/* lathe-explain.h: what in an image speaks for a class.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "dataset/lathe-dataset.h"
#include "model/lathe-model.h"

G_BEGIN_DECLS

typedef enum
{
  LATHE_EXPLAIN_GRAD_CAM,             /* Selvaraju et al. 2017, arXiv 1610.02391 */
  LATHE_EXPLAIN_INTEGRATED_GRADIENTS, /* Sundararajan et al. 2017, arXiv 1703.01365 */
  LATHE_EXPLAIN_OCCLUSION,            /* Zeiler & Fergus 2014, arXiv 1311.2901 */
} LatheExplainMethod;

extern const char *const lathe_explain_names[]; /* NULL-terminated: grad-cam, integrated-gradients, occlusion */

#define LATHE_EXPLAIN_STEPS 64
#define LATHE_EXPLAIN_MAX_STEPS 4096

typedef struct
{
  LatheExplainMethod method;
  guint label;         /* the class that is asked about */
  int layer;           /* of Grad-CAM: a layer's place in the graph; -1: the last one that makes an image */
  guint steps;         /* of integrated gradients, at most LATHE_EXPLAIN_MAX_STEPS; 0: LATHE_EXPLAIN_STEPS */
  guint patch, stride; /* of occlusion, in pixels; 0: a seventh of the shorter side, and half the patch */
} LatheExplainOptions;

/* Grad-CAM and integrated gradients explain the class's logit, occlusion its probability. */
typedef struct
{
  guint width, height; /* those of the image as the network gets it */
  float *value;        /* height × width: how much each pixel speaks for the class; below 0: against it */
  float *strength;     /* the same without what speaks against it, from 0 to 1 for the largest */
  guint layer;         /* that Grad-CAM looked at: its place in the graph */
  double score;        /* of the image: logit or probability */
  double blank_score;  /* of integrated gradients: the blank image's logit, from which its path begins */
  double gap;          /* the sum of the values less (score - blank_score): 0 with steps without end */
  double milliseconds;
} LatheExplanation;

/* A model laid out for questions. Used by one thread at a time. */
typedef struct _LatheExplainer LatheExplainer;

LatheExplainer *lathe_explainer_new (LatheModel *model, guint n_threads);
void lathe_explainer_free (LatheExplainer *explainer);

int lathe_explain_find_layer (const LatheGraph *graph);
LatheExplanation *lathe_explainer_ask (LatheExplainer *explainer, const guint8 *seen,
                                       const LatheExplainOptions *options, LatheProgressFunc progress,
                                       gpointer progress_data, GCancellable *cancellable, GError **error);
void lathe_explanation_free (LatheExplanation *explanation);
#define LATHE_EXPLANATION_COLOURS 256
void lathe_explanation_colours (guint8 colours[LATHE_EXPLANATION_COLOURS][3]);
guint8 *lathe_explanation_paint (const LatheExplanation *explanation, const guint8 *seen, guint channels);

gboolean lathe_explainer_look (LatheExplainer *explainer, const guint8 *seen, GError **error);
const LatheReal *lathe_explainer_get_output (LatheExplainer *explainer, guint layer, LatheShape *shape);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheExplainer, lathe_explainer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheExplanation, lathe_explanation_free)

G_END_DECLS
