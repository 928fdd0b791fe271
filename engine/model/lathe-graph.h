/* lathe-graph.h: a network as it is drawn: layers, and who feeds whom.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "layers/lathe-layer.h"

G_BEGIN_DECLS

/* The most layers of one network, and how far from the middle of its canvas a card may lie. */
#define LATHE_GRAPH_MAX_NODES 4096
#define LATHE_GRAPH_MAX_PLACE 1e6

/* A node of the graph. Owned by the graph; change it only through the functions here and in lathe-graph-edit.h, but for
 * where its card lies, which means nothing to the network. */
typedef struct
{
  char *name; /* unique within the graph: "conv2d-1" */
  const LatheLayerKind *kind;
  LatheProperties properties;
  GPtrArray *inputs; /* (element-type LatheNode), not owned */
  char *group;       /* the name of the group that it is in: "block-1"; or NULL */
  gboolean placed;   /* whether a person put its card somewhere: */
  double x, y;       /* its middle, in units of the canvas, each at most LATHE_GRAPH_MAX_PLACE from 0 */
  guint index;       /* in the graph, which keeps it */
} LatheNode;

/* An acyclic graph with one input node and one output node. Mutable, not thread-safe; copy it to hand it on. */
typedef struct _LatheGraph LatheGraph;

LatheGraph *lathe_graph_new (void);
LatheGraph *lathe_graph_copy (const LatheGraph *graph);
LatheGraph *lathe_graph_ref (const LatheGraph *graph);
void lathe_graph_free (LatheGraph *graph);
gboolean lathe_graph_equal (const LatheGraph *a, const LatheGraph *b);
gboolean lathe_graph_same_network (const LatheGraph *a, const LatheGraph *b);

/* Nodes in the order they were put, and after an edit each behind what feeds it: for a chain, from input to output. */
guint lathe_graph_get_n_nodes (const LatheGraph *graph);
LatheNode *lathe_graph_get_node (const LatheGraph *graph, guint index);
LatheNode *lathe_graph_find (const LatheGraph *graph, const char *name);

/* Appends a node with default properties and no input. `name` may be NULL: one is made from the kind. */
LatheNode *lathe_graph_add (LatheGraph *graph, const LatheLayerKind *kind, const char *name);
/* Appends an input as it comes, for who reads a graph from somewhere: lathe_graph_link() is what a person means. */
void lathe_graph_connect (LatheGraph *graph, LatheNode *from, LatheNode *to);
gboolean lathe_graph_set (LatheGraph *graph, LatheNode *node, const char *property, double value, GError **error);

/* Editing a chain: what the list of layers does. Neighbours are joined again. */
LatheNode *lathe_graph_insert (LatheGraph *graph, guint index, const LatheLayerKind *kind);
void lathe_graph_remove (LatheGraph *graph, guint index);
void lathe_graph_move (LatheGraph *graph, guint from, guint to);
gboolean lathe_graph_is_chain (const LatheGraph *graph);

/* What is known of a node once shapes have been worked out. */
typedef struct
{
  LatheShape input; /* of its first input */
  LatheShape output;
  guint64 parameters;    /* all numbers that the model file keeps */
  guint64 states;        /* those of them that are not trained */
  guint64 multiply_adds; /* of one sample's forward pass */
  guint64 activations;   /* numbers of its output, of one sample */
  GError *error;         /* owned, and goes on from the layer's name: "needs …"; NULL: the node works */
} LatheNodeReport;

typedef struct
{
  guint n_nodes;
  LatheNodeReport *nodes; /* in the graph's order */
  guint *order;           /* indices of nodes, each after its inputs, the output last; only when it works */
  int output;             /* the node in which the network ends; -1: none */
  GError *error;          /* what is wrong with the graph as a whole, or NULL; nodes have it in their own errors, too */
  guint64 parameters, states, multiply_adds, activations;
  gboolean works; /* no error anywhere */
} LatheGraphReport;

/**
 * lathe_graph_check:
 *
 * Works out every shape. Nodes behind a broken one carry no error of their own, and an output of rank 0. What leads
 * nowhere, runs in a circle, or is an input too many has an error that says so. Takes time by the nodes and edges
 * alone. The bytes that training takes are told by lathe_memory_of_training(), of the compiled plan.
 *
 * Returns: (transfer full): never NULL
 */
LatheGraphReport *lathe_graph_check (const LatheGraph *graph);
void lathe_graph_report_free (LatheGraphReport *report);
/* Turns the first error of a report into one sentence that names the layer; TRUE when there is none. */
gboolean lathe_graph_report_propagate (const LatheGraphReport *report, const LatheGraph *graph, GError **error);

/**
 * lathe_graph_adapt:
 *
 * Fits a network to a dataset: the input node takes `input` (h×w×c), the last dense layer gets one unit with
 * a sigmoid for two classes, or one a class with a softmax. One class alone gets the network of two, which it waits
 * for.
 */
void lathe_graph_adapt (LatheGraph *graph, const LatheShape *input, guint n_classes);
gboolean lathe_graph_get_input (const LatheGraph *graph, LatheShape *input);

/* JSON: {"lathe-network":1,"nodes":[{"name","kind","group","at":[x,y],"inputs":[name,…],property:value,…}]}: see
 * docs/network.md. Bounded: at most LATHE_GRAPH_MAX_NODES, 6 MiB. */
char *lathe_graph_to_json (const LatheGraph *graph);
LatheGraph *lathe_graph_from_json (const char *text, gssize length, GError **error);
LatheGraph *lathe_graph_from_json_lenient (const char *text, gssize length, GPtrArray **account, GError **error);

/* A preset by its name, or a network file (or model file's network is up to formats) by its path. */
LatheGraph *lathe_graph_load (const char *preset_or_path, GError **error);
LatheGraph *lathe_graph_load_lenient (const char *path, GPtrArray **account, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheGraph, lathe_graph_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheGraphReport, lathe_graph_report_free)

G_END_DECLS
