/* lathe-mending.h: ways out of an error, tried one after the other.
 *
 * Each way is a copy of the graph with something changed. Whether that helps is not reasoned out from the error: it is
 * tried, by the same check that found it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-graph-advice.h"

G_BEGIN_DECLS

typedef struct
{
  const LatheGraph *graph;
  const LatheGraphReport *report;
  const LatheNode *node; /* that does not work */
  GPtrArray *found;      /* (element-type LatheAdvice): clears the error, and makes no other */
  GPtrArray *revealing;  /* (element-type LatheAdvice): the same, but something behind it turns out not to work */
  guint n_tried;
} LatheMending;

LatheGraph *lathe_mending_begin (LatheMending *mending);
void lathe_mending_offer (LatheMending *mending, LatheGraph *graph, char *sentence, char *button);

const LatheShape *lathe_mending_shape (const LatheMending *mending, const LatheNode *node);
LatheNode *lathe_mending_node (LatheGraph *copy, const LatheNode *node);

/* The ways, in the order in which they are tried. */
void lathe_mend_inputs (LatheMending *mending);
void lathe_mend_kind_of_input (LatheMending *mending);
void lathe_mend_groups (LatheMending *mending);
void lathe_mend_windows (LatheMending *mending);
void lathe_mend_reshape (LatheMending *mending);
void lathe_mend_units (LatheMending *mending);
void lathe_mend_merge (LatheMending *mending);
void lathe_mend_ends (LatheMending *mending);

/* Properties by name. What a layer does not have, or not with this value, stays as it is. */
double lathe_node_get (const LatheNode *node, const char *property);
const char *lathe_node_width_property (const LatheNode *node);
gboolean lathe_node_set_number (LatheNode *node, const char *property, double value);
gboolean lathe_node_set_choice (LatheNode *node, const char *property, const char *choice);
gboolean lathe_node_has_choice (const LatheNode *node, const char *property, const char *choice);

G_END_DECLS
