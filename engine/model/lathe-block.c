/* lathe-block.c: blocks of layers, made for what flows where they are put.
 *
 * Each is written down once, for as many channels as come, and becomes ordinary layers. The convolutions of a block are
 * padded to keep the size of the image, and have no bias, as the norm behind each brings its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-block.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-graph-edit.h"
#include "lathe-graph-private.h"

#define FEW_CHANNELS 8   /* fewer are an image's own colours, and too few to tell much by: */
#define FIRST_FILTERS 32 /* so many are made of them */
#define EXPANSION 4      /* of a bottleneck (He et al. 2015, section 4.1) */
#define INVERSE 6        /* of an inverted residual (Sandler et al. 2018, table 2) */
#define REDUCTION 16     /* of a squeeze (Hu et al. 2017, section 6.1) */
#define LEAST_SQUEEZED 4 /* units; with fewer the gates of all channels would open and close as one */

/* A block as far as it is written down. */
struct _LatheBlockSketch
{
  LatheGraph *graph;
  char *group;
  LatheNode *input, *end; /* what comes; what the next layer reads */
  guint channels, filters, stride;
  GError *error; /* the first thing that no layer can be given */
};

/* --- Writing down --- */

static LatheNode *
add (LatheBlockSketch *sketch, const char *kind)
{
  LatheNode *node = lathe_graph_add (sketch->graph, lathe_layer_kind_find (kind), NULL);

  node->group = g_strdup (sketch->group);
  lathe_graph_connect (sketch->graph, sketch->end, node);
  sketch->end = node;
  return node;
}

static void
set (LatheBlockSketch *sketch, LatheNode *node, const char *property, guint value)
{
  if (sketch->error == NULL)
    lathe_graph_set (sketch->graph, node, property, value, &sketch->error);
}

static void
choose (LatheNode *node, const char *property, const char *choice)
{
  int index = lathe_layer_kind_property (node->kind, property);

  lathe_property_parse (&node->kind->properties[index], choice, &node->properties.value[index], NULL);
}

/* With the norm behind it. */
static void
add_convolution (LatheBlockSketch *sketch, guint filters, guint kernel, guint stride, guint groups)
{
  LatheNode *node = add (sketch, "conv2d");

  set (sketch, node, "filters", filters);
  set (sketch, node, "kernel-height", kernel);
  set (sketch, node, "kernel-width", kernel);
  set (sketch, node, "stride-height", stride);
  set (sketch, node, "stride-width", stride);
  set (sketch, node, "groups", groups);
  choose (node, "padding", "same");
  choose (node, "bias", "no");
  add (sketch, "batch-norm");
}

static gboolean
keeps_shape (const LatheBlockSketch *sketch)
{
  return sketch->stride == 1 && sketch->filters == sketch->channels;
}

/* Adds what comes to what was made of it; a 1×1 convolution gives it the other's shape, where that is another. */
static void
add_shortcut (LatheBlockSketch *sketch)
{
  LatheNode *branch = sketch->end, *shortcut;

  sketch->end = sketch->input;
  if (!keeps_shape (sketch))
    add_convolution (sketch, sketch->filters, 1, sketch->stride, 1);
  shortcut = sketch->end;
  sketch->end = branch;
  lathe_graph_connect (sketch->graph, shortcut, add (sketch, "add"));
}

/* --- The blocks --- */

static void
build_convolution (LatheBlockSketch *sketch)
{
  add_convolution (sketch, sketch->filters, 3, sketch->stride, 1);
  add (sketch, "relu");
}

static void
build_residual (LatheBlockSketch *sketch)
{
  add_convolution (sketch, sketch->filters, 3, sketch->stride, 1);
  add (sketch, "relu");
  add_convolution (sketch, sketch->filters, 3, 1, 1);
  add_shortcut (sketch);
  add (sketch, "relu");
}

static void
build_bottleneck (LatheBlockSketch *sketch)
{
  guint waist = MAX (sketch->filters / EXPANSION, 1);

  add_convolution (sketch, waist, 1, 1, 1);
  add (sketch, "relu");
  add_convolution (sketch, waist, 3, sketch->stride, 1);
  add (sketch, "relu");
  add_convolution (sketch, sketch->filters, 1, 1, 1);
  add_shortcut (sketch);
  add (sketch, "relu");
}

/* The narrow ends stay linear, and only what keeps its shape has a shortcut. */
static void
build_inverted_residual (LatheBlockSketch *sketch)
{
  guint wide = INVERSE * sketch->channels;

  add_convolution (sketch, wide, 1, 1, 1);
  add (sketch, "relu6");
  add_convolution (sketch, wide, 3, sketch->stride, wide);
  add (sketch, "relu6");
  add_convolution (sketch, sketch->filters, 1, 1, 1);
  if (keeps_shape (sketch))
    add_shortcut (sketch);
}

static void
add_units (LatheBlockSketch *sketch, guint units, const char *activation)
{
  LatheNode *node = add (sketch, "dense");

  set (sketch, node, "units", units);
  choose (node, "activation", activation);
  choose (node, "bias", "no");
}

static void
build_squeeze_excitation (LatheBlockSketch *sketch)
{
  LatheNode *gate;

  add (sketch, "global-average-pool");
  add_units (sketch, MAX (sketch->channels / REDUCTION, LEAST_SQUEEZED), "relu");
  add_units (sketch, sketch->channels, "sigmoid");
  gate = sketch->end;
  sketch->end = sketch->input;
  lathe_graph_connect (sketch->graph, gate, add (sketch, "multiply"));
}

static const LatheBlock blocks[] = {
    {"convolution", N_ ("Convolution, Norm, Activation"),
     N_ ("A 3×3 convolution, batch norm and ReLU: the brick of most networks for images."), "Ioffe and Szegedy 2015", 1,
     1, FALSE, build_convolution},
    {"convolution-down", N_ ("Convolution, Norm, Activation: Halving"),
     N_ ("The same with stride 2: half the height and width, twice the channels."), "Springenberg et al. 2014", 2, 2,
     FALSE, build_convolution},
    {"residual", N_ ("Residual"),
     N_ ("Two 3×3 convolutions, and a shortcut past them, so that deep networks train: ResNet-18 and -34."),
     "He et al. 2015", 1, 1, FALSE, build_residual},
    {"residual-down", N_ ("Residual: Halving"),
     N_ ("The same with stride 2: half the height and width, twice the channels, and a 1×1 convolution in the "
         "shortcut."),
     "He et al. 2015", 2, 2, FALSE, build_residual},
    {"bottleneck", N_ ("Bottleneck"),
     N_ ("A 3×3 convolution on a quarter of the channels, between two of 1×1, and a shortcut: ResNet-50 and deeper."),
     "He et al. 2015", 1, 1, FALSE, build_bottleneck},
    {"bottleneck-down", N_ ("Bottleneck: Halving"),
     N_ ("The same with stride 2: half the height and width, twice the channels, and a 1×1 convolution in the "
         "shortcut."),
     "He et al. 2015", 2, 2, FALSE, build_bottleneck},
    {"inverted-residual", N_ ("Inverted Residual"),
     N_ ("Six times the channels, a depthwise 3×3 convolution on them, and back: exact for its size, as in "
         "MobileNetV2."),
     "Sandler et al. 2018", 1, 1, FALSE, build_inverted_residual},
    {"inverted-residual-down", N_ ("Inverted Residual: Halving"),
     N_ ("The same with stride 2 and no shortcut: half the height and width, twice the channels."),
     "Sandler et al. 2018", 2, 2, FALSE, build_inverted_residual},
    {"squeeze-excitation", N_ ("Squeeze and Excitation"),
     N_ ("Looks at the whole image to weigh its channels; behind convolutions it costs little."), "Hu et al. 2017", 1,
     1, TRUE, build_squeeze_excitation},
};

/**
 * lathe_blocks:
 * @n: (out): how many
 *
 * Returns: (transfer none): every block, in the order in which a palette shows them
 */
const LatheBlock *
lathe_blocks (guint *n)
{
  *n = G_N_ELEMENTS (blocks);
  return blocks;
}

/**
 * lathe_block_find:
 *
 * Returns: (transfer none) (nullable): the block of this name
 */
const LatheBlock *
lathe_block_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    if (g_str_equal (blocks[i].name, name))
      return &blocks[i];
  return NULL;
}

/* --- Made for what flows --- */

static guint
filters_for (const LatheBlock *block, guint channels)
{
  if (block->keeps)
    return channels;
  return channels < FEW_CHANNELS ? FIRST_FILTERS : channels * block->widening;
}

/**
 * lathe_block_make:
 * @input: h×w×c, what flows where it will be put
 * @filters: how many channels come out, where the block is not one that keeps those that come; 0: as many as suit it,
 *   which is c of a block that keeps the size of the image and 2c of one that halves it, but 32 of an image's own
 * colours
 *
 * The layers of a block, in a group of its name.
 *
 * Returns: (transfer full): a network as text, for lathe_graph_paste() and lathe_graph_paste_between(), in which an
 *   input layer stands for what the block reads
 * Errors: LATHE_ERROR_SHAPE when no image flows; LATHE_ERROR_INVALID when there are more channels than a layer makes.
 */
char *
lathe_block_make (const LatheBlock *block, const LatheShape *input, guint filters, GError **error)
{
  g_autoptr (LatheGraph) graph = lathe_graph_new ();
  g_autofree char *group = g_strconcat (block->name, "-1", NULL), *came = NULL;
  LatheBlockSketch sketch = {.graph = graph, .group = group, .stride = block->stride};

  if (input->rank != 3)
    {
      came = lathe_shape_to_string (input);
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("a block needs height×width×channels, gets %s"), came);
      return NULL;
    }
  sketch.channels = input->dim[2];
  sketch.filters = filters > 0 && !block->keeps ? filters : filters_for (block, sketch.channels);
  sketch.input = sketch.end = lathe_graph_add (graph, lathe_layer_kind_find ("input"), NULL);
  block->build (&sketch);
  if (sketch.error != NULL)
    {
      g_propagate_error (error, sketch.error);
      return NULL;
    }
  return lathe_graph_to_json (graph);
}

static gboolean
check_flow (const LatheNode *from, const LatheShape *shape, GError **error)
{
  g_autofree char *came = NULL;

  if (shape->rank == 3)
    return TRUE;
  came = lathe_shape_to_string (shape);
  if (shape->rank == 0)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                 _ ("What comes out of “%s” is not known while the network does not work up to there: mend it first"),
                 from->name);
  else
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE,
                 _ ("A block works on images, and “%s” gives %s: put the block further in front, before the image is "
                    "flattened or pooled away"),
                 from->name, came);
  return FALSE;
}

/* Whether the graph would work with this in it. */
static gboolean
fits (const LatheGraph *graph, const char *text, const LatheNode *from, const LatheNode *to, GError **error)
{
  g_autoptr (LatheGraph) trial = lathe_graph_copy (graph);
  g_autoptr (LatheGraphReport) report = NULL;
  g_autoptr (GPtrArray) added =
      lathe_graph_paste_between (trial, text, lathe_graph_get_node (trial, from->index),
                                 to != NULL ? lathe_graph_get_node (trial, to->index) : NULL, error);

  if (added == NULL)
    return FALSE;
  report = lathe_graph_check (trial);
  return lathe_graph_report_propagate (report, trial, error);
}

/* What suits the block, or else as many channels as come. In a network that does not work anyway nothing can be tried.
 */
static char *
make_fitting (const LatheGraph *graph, const LatheBlock *block, const LatheNode *from, const LatheNode *to,
              GError **error)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  const LatheShape *input = &report->nodes[from->index].output;
  g_autofree char *text = NULL, *narrow = NULL;
  g_autoptr (GError) reason = NULL;

  if (!check_flow (from, input, error))
    return NULL;
  text = lathe_block_make (block, input, 0, error);
  if (text == NULL || !report->works || fits (graph, text, from, to, &reason))
    return g_steal_pointer (&text);
  if (g_error_matches (reason, LATHE_ERROR, LATHE_ERROR_INVALID)) /* there is no room for it, of whatever shape */
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return NULL;
    }
  narrow = lathe_block_make (block, input, input->dim[2], error);
  if (narrow == NULL || fits (graph, narrow, from, to, NULL))
    return g_steal_pointer (&narrow);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_SHAPE, _ ("“%s” does not fit behind “%s”: %s"), _ (block->title),
               from->name, reason->message);
  return NULL;
}

/**
 * lathe_graph_add_block:
 * @from: what the block reads
 * @to: (nullable): who reads the block in the place of @from; NULL: all that read @from
 *
 * Puts a block behind a layer, or on the edge between two. A network that works goes on working.
 *
 * Returns: (transfer container) (element-type LatheNode): the new nodes
 * Errors: LATHE_ERROR_SHAPE when no image flows there, or the rest of the network does not take what the block makes of
 * it; LATHE_ERROR_INVALID when there is no room for its layers, or more channels than a layer makes.
 */
GPtrArray *
lathe_graph_add_block (LatheGraph *graph, const LatheBlock *block, LatheNode *from, LatheNode *to, GError **error)
{
  g_autofree char *text = make_fitting (graph, block, from, to, error);

  return text != NULL ? lathe_graph_paste_between (graph, text, from, to, error) : NULL;
}

/* --- Of a person's own --- */

/**
 * lathe_block_check_name:
 *
 * Whether a block can be called so, and be kept in a file of that name.
 *
 * Errors: LATHE_ERROR_INVALID, with a sentence that says why not.
 */
gboolean
lathe_block_check_name (const char *name, GError **error)
{
  gboolean fine = g_utf8_validate (name, -1, NULL) && *name != '\0' && g_utf8_strlen (name, -1) <= LATHE_BLOCK_MAX_NAME;

  for (const char *c = name; fine && *c != '\0'; c = g_utf8_next_char (c))
    fine = !g_unichar_iscntrl (g_utf8_get_char (c));
  if (!fine)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("A block’s name is 1 to %d characters on one line"),
                 LATHE_BLOCK_MAX_NAME);
  else if (*name == '.')
    g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("A block’s name cannot begin with a full stop"));
  else if (strchr (name, G_DIR_SEPARATOR) != NULL)
    g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("A block’s name cannot have a slash in it"));
  else if (g_ascii_isspace (name[0]) || g_ascii_isspace (name[strlen (name) - 1]))
    g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                         _ ("A block’s name cannot begin or end with a space"));
  else
    return TRUE;
  return FALSE;
}

/**
 * lathe_block_suggest_name:
 * @nodes: at least one
 *
 * Returns: (transfer full) (nullable): what the group of all of them is called, without its number; NULL: it has no
 * name of its own, they are in several groups, or in none
 */
char *
lathe_block_suggest_name (LatheNode *const *nodes, guint n)
{
  g_autofree char *stem = nodes[0]->group != NULL ? lathe_name_stem (nodes[0]->group) : NULL;

  for (guint i = 1; i < n; i++)
    if (g_strcmp0 (nodes[i]->group, nodes[0]->group) != 0)
      return NULL;
  if (stem == NULL || g_str_equal (stem, LATHE_GROUP_STEM) || !lathe_block_check_name (stem, NULL))
    return NULL;
  return g_steal_pointer (&stem);
}

/* Whether there is more to tell of its groups than that all of it is one, or none. */
static gboolean
has_groups_within (const LatheGraph *part)
{
  const char *group = NULL;
  guint n_grouped = 0, n_layers = 0;

  for (guint i = 0; i < lathe_graph_get_n_nodes (part); i++)
    {
      const LatheNode *node = lathe_graph_get_node (part, i);

      n_layers += node->kind->max_inputs > 0;
      n_grouped += node->group != NULL;
      if (group != NULL && node->group != NULL && !g_str_equal (node->group, group))
        return TRUE;
      if (node->group != NULL)
        group = node->group;
    }
  return n_grouped > 0 && n_grouped < n_layers;
}

/**
 * lathe_block_extract:
 * @name: that it will have
 *
 * These nodes as a block to keep: as lathe_graph_extract() gives them, wherever their cards lay. They are in a group of
 * the block's name, unless there are groups among them already.
 *
 * Returns: (transfer full): a network as text
 */
char *
lathe_block_extract (const LatheGraph *graph, LatheNode *const *nodes, guint n, const char *name)
{
  g_autofree char *text = lathe_graph_extract (graph, nodes, n), *stem = lathe_name_stem (name);
  g_autofree char *group = g_strconcat (stem, "-1", NULL);
  g_autoptr (LatheGraph) part = lathe_graph_from_json (text, -1, NULL);
  gboolean keeps_groups = has_groups_within (part);

  for (guint i = 0; i < lathe_graph_get_n_nodes (part); i++)
    {
      LatheNode *node = lathe_graph_get_node (part, i);

      node->placed = FALSE;
      node->x = node->y = 0;
      if (!keeps_groups && node->kind->max_inputs > 0)
        lathe_graph_set_group (part, &node, 1, group);
    }
  return lathe_graph_to_json (part);
}
