/* lathe-graph-mend.c: ways out where a layer with one input gets what it cannot take. See lathe-mending.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-mending.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "lathe-graph-edit.h"
#include "lathe-graph-private.h"

#define MAX_BACK 16 /* layers */

static const LatheShape *
input_shape (const LatheMending *mending)
{
  return mending->node->inputs->len == 1 ? lathe_mending_shape (mending, mending->node->inputs->pdata[0]) : NULL;
}

/* --- Vectors and images --- */

/* A copy with a new layer between the node and its one input. */
static LatheGraph *
begin_with (LatheMending *mending, const char *kind, LatheNode **added)
{
  LatheGraph *graph = lathe_mending_begin (mending);
  LatheNode *to;

  if (graph == NULL)
    return NULL;
  to = lathe_mending_node (graph, mending->node);
  *added = lathe_graph_add_between (graph, lathe_layer_kind_find (kind), to->inputs->pdata[0], to);
  if (*added == NULL)
    g_clear_pointer (&graph, lathe_graph_free);
  return graph;
}

static void
offer_flatten (LatheMending *mending, const LatheShape *input)
{
  g_autofree char *came = lathe_shape_to_string (input);
  LatheNode *added;
  LatheGraph *graph = begin_with (mending, "flatten", &added);

  if (graph != NULL)
    lathe_mending_offer (
        mending, graph,
        g_strdup_printf (_ ("Flatten lays the %s numbers out as a vector of %zu."), came, lathe_shape_size (input)),
        g_strdup (_ ("Add a Flatten Layer")));
}

static void
offer_mean (LatheMending *mending, const LatheShape *input)
{
  LatheNode *added;
  LatheGraph *graph = input->rank == 3 ? begin_with (mending, "global-average-pool", &added) : NULL;

  if (graph != NULL)
    lathe_mending_offer (
        mending, graph,
        g_strdup_printf (_ ("Global average pooling keeps one number of each of the %u channels, their mean: fewer "
                            "weights, and any size of image."),
                         input->dim[2]),
        g_strdup (_ ("Add Global Average Pooling")));
}

/* What a walk back finds where an image became a vector. */
typedef struct
{
  const LatheNode *image; /* the last whose output is an image */
  const LatheNode *flat;  /* that reads it */
} Flattened;

static gboolean
find_flattened (const LatheMending *mending, Flattened *found)
{
  const LatheNode *node = mending->node->inputs->pdata[0];

  for (guint i = 0; i < MAX_BACK && node->inputs->len == 1; i++)
    {
      *found = (Flattened){.image = node->inputs->pdata[0], .flat = node};
      if (lathe_mending_shape (mending, found->image)->rank == 3)
        return TRUE;
      node = found->image;
    }
  return FALSE;
}

static void
offer_in_front (LatheMending *mending, const Flattened *found)
{
  g_autofree char *image = lathe_shape_to_string (lathe_mending_shape (mending, found->image));
  LatheGraph *graph = lathe_mending_begin (mending);
  LatheNode *node, *flat;

  if (graph == NULL)
    return;
  node = lathe_mending_node (graph, mending->node);
  flat = lathe_mending_node (graph, found->flat);
  lathe_graph_redirect (graph, node, node->inputs->pdata[0]);
  node->inputs->pdata[0] = flat->inputs->pdata[0];
  flat->inputs->pdata[0] = node;
  lathe_graph_settle (graph);
  lathe_mending_offer (mending, graph,
                       g_strdup_printf (_ ("In front of “%s” it still gets the image, %s."), found->flat->name, image),
                       g_strdup_printf (_ ("Move in Front of “%s”"), found->flat->name));
}

static void
offer_without (LatheMending *mending, const Flattened *found)
{
  LatheGraph *graph = lathe_mending_begin (mending);
  LatheNode *flat;

  if (graph == NULL)
    return;
  flat = lathe_mending_node (graph, found->flat);
  lathe_graph_remove_nodes (graph, &flat, 1);
  lathe_mending_offer (mending, graph, g_strdup_printf (_ ("Without “%s” it gets the image."), found->flat->name),
                       g_strdup_printf (_ ("Remove “%s”"), found->flat->name));
}

static void
offer_reshaped (LatheMending *mending, guint height, guint width)
{
  LatheNode *reshape;
  LatheGraph *graph = begin_with (mending, "reshape", &reshape);

  if (graph == NULL)
    return;
  lathe_node_set_number (reshape, "height", height);
  lathe_node_set_number (reshape, "width", width);
  lathe_mending_offer (mending, graph,
                       g_strdup_printf (_ ("Reshape makes the numbers an image of %u×%u pixels."), height, width),
                       g_strdup (_ ("Add a Reshape Layer")));
}

static void
offer_dropout (LatheMending *mending)
{
  LatheGraph *graph = g_str_equal (mending->node->kind->name, "spatial-dropout") ? lathe_mending_begin (mending) : NULL;

  if (graph == NULL)
    return;
  lathe_graph_replace_kind (graph, lathe_mending_node (graph, mending->node), lathe_layer_kind_find ("dropout"));
  lathe_mending_offer (mending, graph, g_strdup (_ ("Dropout does to a vector what this does to an image.")),
                       g_strdup (_ ("Make It Dropout")));
}

static void
offer_image (LatheMending *mending, const LatheShape *input)
{
  guint side = (guint) sqrt ((double) lathe_shape_size (input));
  Flattened found;

  offer_dropout (mending);
  if (find_flattened (mending, &found))
    {
      const LatheShape *image = lathe_mending_shape (mending, found.image);

      offer_without (mending, &found);
      offer_in_front (mending, &found);
      if (lathe_shape_size (image) == lathe_shape_size (input))
        offer_reshaped (mending, image->dim[0], image->dim[1]);
    }
  if (side > 1 && (gsize) side * side == lathe_shape_size (input))
    offer_reshaped (mending, side, side);
  offer_reshaped (mending, 1, 1);
}

/* An image where a vector is wanted, or a vector where an image is. */
void
lathe_mend_kind_of_input (LatheMending *mending)
{
  const LatheShape *input = input_shape (mending);

  if (input == NULL || input->rank == 0)
    return;
  if (mending->node->kind->group == LATHE_LAYER_GROUP_DENSE && input->rank > 1)
    {
      offer_flatten (mending, input);
      offer_mean (mending, input);
    }
  else if (mending->node->kind->group != LATHE_LAYER_GROUP_DENSE && input->rank < 3)
    offer_image (mending, input);
}

/* --- Groups --- */

static guint
greatest_common_divisor (guint a, guint b)
{
  return b == 0 ? a : greatest_common_divisor (b, a % b);
}

static guint
nearest_divisor (guint number, guint wanted)
{
  guint best = 1;

  for (guint i = 2; i <= number && i < 2 * wanted; i++)
    if (number % i == 0 && ABS ((gint64) i - wanted) < ABS ((gint64) best - wanted))
      best = i;
  return best;
}

static void
offer_groups (LatheMending *mending, guint channels, guint groups)
{
  LatheGraph *graph = lathe_mending_begin (mending);

  if (graph == NULL)
    return;
  lathe_node_set_number (lathe_mending_node (graph, mending->node), "groups", groups);
  lathe_mending_offer (mending, graph,
                       g_strdup_printf (ngettext ("%u group takes all %u channels.",
                                                  "%u groups cut %u channels into equal parts.", groups),
                                        groups, channels),
                       g_strdup_printf (_ ("Set Groups to %u"), groups));
}

static void
offer_filters (LatheMending *mending, guint filters, guint groups)
{
  LatheGraph *graph = lathe_mending_begin (mending);
  LatheNode *node;

  if (graph == NULL)
    return;
  node = lathe_mending_node (graph, mending->node);
  lathe_node_set_number (node, "filters", filters);
  lathe_node_set_number (node, "groups", groups);
  if (groups == lathe_node_get (mending->node, "groups"))
    lathe_mending_offer (mending, graph,
                         g_strdup_printf (_ ("%u filters go into %u groups in equal parts."), filters, groups),
                         g_strdup_printf (_ ("Set Filters to %u"), filters));
  else
    lathe_mending_offer (mending, graph,
                         g_strdup_printf (_ ("Depthwise again: a filter for each of the %u channels."), groups),
                         g_strdup_printf (_ ("Set Filters and Groups to %u"), groups));
}

/* Channels, or filters, that groups do not divide. */
void
lathe_mend_groups (LatheMending *mending)
{
  const LatheNode *node = mending->node;
  const LatheShape *input = input_shape (mending);
  guint groups = (guint) lathe_node_get (node, "groups"), filters = (guint) lathe_node_get (node, "filters");
  guint channels = input != NULL && input->rank > 0 ? input->dim[input->rank - 1] : 0;

  if (groups == 0 || channels == 0 || (channels % groups == 0 && filters % groups == 0))
    return;
  if (groups == filters)
    offer_filters (mending, channels, channels);
  offer_groups (mending, channels, nearest_divisor (greatest_common_divisor (channels, filters), groups));
  if (filters > 0 && channels % groups == 0)
    offer_filters (mending, MAX (1, (filters + groups / 2) / groups) * groups, groups);
}

/* --- Windows --- */

static const char *const sides[] = {"padding-top", "padding-bottom", "padding-left", "padding-right"};

static void
offer_same_padding (LatheMending *mending)
{
  LatheGraph *graph = lathe_node_has_choice (mending->node, "padding", "same") ? NULL : lathe_mending_begin (mending);

  if (graph == NULL)
    return;
  lathe_node_set_choice (lathe_mending_node (graph, mending->node), "padding", "same");
  lathe_mending_offer (mending, graph, g_strdup (_ ("With “same” padding a window may reach over the image’s edges.")),
                       g_strdup (_ ("Set Padding to “same”")));
}

/* The largest window that fits so many pixels, dilated as it is. */
static double
fitting_kernel (double kernel, double dilation, double pixels)
{
  return CLAMP (floor ((pixels - 1) / MAX (1, dilation)) + 1, 1, kernel);
}

static void
offer_smaller_window (LatheMending *mending, const LatheShape *input)
{
  const LatheNode *node = mending->node;
  const char *height = lathe_layer_kind_property (node->kind, "pool-height") >= 0 ? "pool-height" : "kernel-height";
  const char *width = lathe_layer_kind_property (node->kind, "pool-width") >= 0 ? "pool-width" : "kernel-width";
  double rows = fitting_kernel (lathe_node_get (node, height), lathe_node_get (node, "dilation-height"), input->dim[0]);
  double columns =
      fitting_kernel (lathe_node_get (node, width), lathe_node_get (node, "dilation-width"), input->dim[1]);
  LatheGraph *graph;

  if ((rows == lathe_node_get (node, height) && columns == lathe_node_get (node, width)) ||
      (graph = lathe_mending_begin (mending)) == NULL)
    return;
  lathe_node_set_number (lathe_mending_node (graph, node), height, rows);
  lathe_node_set_number (lathe_mending_node (graph, node), width, columns);
  lathe_mending_offer (mending, graph,
                       g_strdup_printf (_ ("A window of %.0f×%.0f fits into %u×%u pixels."), rows, columns,
                                        input->dim[0], input->dim[1]),
                       g_strdup_printf (_ ("Make the Window %.0f×%.0f"), rows, columns));
}

/* So far that no window lies in the padding alone. */
static void
offer_less_padding (LatheMending *mending)
{
  const LatheNode *node = mending->node;
  LatheGraph *graph = lathe_node_has_choice (node, "padding", "explicit") ? lathe_mending_begin (mending) : NULL;

  if (graph == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    {
      gboolean vertical = i < 2;
      double kernel = lathe_node_get (node, vertical ? "kernel-height" : "kernel-width") +
                      lathe_node_get (node, vertical ? "pool-height" : "pool-width");
      double dilation = MAX (1, lathe_node_get (node, vertical ? "dilation-height" : "dilation-width"));

      lathe_node_set_number (lathe_mending_node (graph, node), sides[i],
                             MIN (lathe_node_get (node, sides[i]), (kernel - 1) * dilation));
    }
  lathe_mending_offer (mending, graph, g_strdup (_ ("With less padding each window sees some of the image.")),
                       g_strdup (_ ("Pad Less")));
}

static void
offer_valid_padding (LatheMending *mending)
{
  const LatheNode *node = mending->node;
  LatheGraph *graph =
      lathe_layer_kind_property (node->kind, "output-padding-height") >= 0 ? lathe_mending_begin (mending) : NULL;
  LatheNode *copy;

  if (graph == NULL)
    return;
  copy = lathe_mending_node (graph, node);
  lathe_node_set_choice (copy, "padding", "valid");
  lathe_node_set_number (
      copy, "output-padding-height",
      MIN (lathe_node_get (node, "output-padding-height"), lathe_node_get (node, "stride-height") - 1));
  lathe_node_set_number (
      copy, "output-padding-width",
      MIN (lathe_node_get (node, "output-padding-width"), lathe_node_get (node, "stride-width") - 1));
  lathe_mending_offer (mending, graph,
                       g_strdup (_ ("With “valid” padding nothing is cut off, and nothing added that has no place.")),
                       g_strdup (_ ("Set Padding to “valid”")));
}

/* A window that is larger than the image, or padding that does not go with it. */
void
lathe_mend_windows (LatheMending *mending)
{
  const LatheShape *input = input_shape (mending);

  if (input == NULL || input->rank != 3 || lathe_layer_kind_property (mending->node->kind, "padding") < 0)
    return;
  offer_less_padding (mending);
  offer_same_padding (mending);
  offer_smaller_window (mending, input);
  offer_valid_padding (mending);
}

/* --- Reshape, and the last layer --- */

/* The side that takes whatever is left; and where none can, all numbers as channels. */
void
lathe_mend_reshape (LatheMending *mending)
{
  static const char *const names[] = {"channels", "height", "width"};
  const LatheShape *input = input_shape (mending);

  if (input == NULL || input->rank == 0 || !g_str_equal (mending->node->kind->name, "reshape"))
    return;
  for (guint i = 0; i <= G_N_ELEMENTS (names); i++)
    {
      LatheGraph *graph = lathe_mending_begin (mending);
      LatheNode *node = graph != NULL ? lathe_mending_node (graph, mending->node) : NULL;

      if (node == NULL)
        return;
      for (guint j = 0; j < G_N_ELEMENTS (names); j++)
        if (j == i % G_N_ELEMENTS (names))
          lathe_node_set_number (node, names[j], 0);
        else if (i == G_N_ELEMENTS (names) || lathe_node_get (node, names[j]) == 0)
          lathe_node_set_number (node, names[j], 1);
      lathe_mending_offer (
          mending, graph,
          g_strdup_printf (_ ("%.0f×%.0f×%.0f, where 0 stands for whatever is left, holds all %zu numbers."),
                           lathe_node_get (node, "height"), lathe_node_get (node, "width"),
                           lathe_node_get (node, "channels"), lathe_shape_size (input)),
          g_strdup_printf (_ ("Set the Shape to %.0f×%.0f×%.0f"), lathe_node_get (node, "height"),
                           lathe_node_get (node, "width"), lathe_node_get (node, "channels")));
    }
}

/* A softmax over one unit; a vector that is too long to have weights. */
void
lathe_mend_units (LatheMending *mending)
{
  const LatheNode *node = mending->node;
  const LatheShape *input = input_shape (mending);
  LatheGraph *graph;

  if (input == NULL || lathe_layer_kind_property (node->kind, "units") < 0)
    return;
  if (lathe_node_get (node, "units") == 1 && (graph = lathe_mending_begin (mending)) != NULL)
    {
      lathe_node_set_choice (lathe_mending_node (graph, node), "activation", "sigmoid");
      lathe_mending_offer (mending, graph,
                           g_strdup (_ ("A sigmoid makes one unit the probability of the second of two classes.")),
                           g_strdup (_ ("Set Activation to “sigmoid”")));
    }
  if (lathe_node_get (node, "units") == 1 && (graph = lathe_mending_begin (mending)) != NULL)
    {
      lathe_node_set_number (lathe_mending_node (graph, node), "units", 2);
      lathe_mending_offer (mending, graph, g_strdup (_ ("Two units give each of two classes its probability.")),
                           g_strdup (_ ("Set Units to 2")));
    }
  if (g_str_equal (((LatheNode *) node->inputs->pdata[0])->kind->name, "flatten") &&
      (graph = lathe_mending_begin (mending)) != NULL)
    {
      lathe_graph_replace_kind (graph, lathe_mending_node (graph, node->inputs->pdata[0]),
                                lathe_layer_kind_find ("global-average-pool"));
      lathe_mending_offer (mending, graph,
                           g_strdup (_ ("Global average pooling in the place of Flatten leaves one number a channel.")),
                           g_strdup (_ ("Use Global Average Pooling")));
    }
}
