/* lathe-explain-private.h: what the methods of explaining share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-explain.h"
#include "model/lathe-network.h"

G_BEGIN_DECLS

/* Samples that go through a network at once: as many as sums have shards, and as a network answers fastest. */
#define LATHE_EXPLAIN_SLOPES 8
#define LATHE_EXPLAIN_ANSWERS 32

struct _LatheExplainer
{
  LatheModel *model;
  LatheGraphReport *report;
  LathePool *pool;
  LatheNetwork *slopes, *answers; /* laid out when they are first needed */
  gsize size;                     /* numbers of one image */
  LatheReal *image;               /* the one that is asked about, as numbers */
  LatheReal *blank;               /* one in which there is nothing to see */
};

/* One question. */
typedef struct
{
  LatheExplainer *explainer;
  const LatheExplainOptions *options;
  LatheExplanation *explanation;
  LatheProgressFunc progress;
  gpointer progress_data;
  GCancellable *cancellable;
} LatheQuestion;

gboolean lathe_question_go_on (const LatheQuestion *question, guint done, guint total, GError **error);
LatheReal lathe_question_sign (const LatheQuestion *question, guint *unit);
void lathe_question_point (const LatheQuestion *question, guint n, LatheReal *gradient);

gboolean lathe_explain_grad_cam (LatheQuestion *question, GError **error);
gboolean lathe_explain_integrated_gradients (LatheQuestion *question, GError **error);
gboolean lathe_explain_occlusion (LatheQuestion *question, GError **error);

G_END_DECLS
