/* cli-measure.c: what "info --measure" and "bench" have in common: timing a network, and telling it layer by layer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <glib/gi18n.h>
#include <math.h>

static void
show_progress (guint done, guint total, gpointer title)
{
  g_autofree char *remark = g_strdup_printf (_ ("%'u of %'u passes"), done, total);

  cli_bar (title, (double) done / total, remark);
}

/**
 * cli_measure:
 *
 * lathe_bench() with a bar.
 */
gboolean
cli_measure (const LatheGraph *graph, const LatheBenchOptions *options, LatheBench *result, GError **error)
{
  gboolean ok =
      lathe_bench (graph, options, show_progress, (gpointer) _ ("Measuring"), cli_interrupt (), result, error);

  cli_bar_clear ();
  return ok;
}

static double
per_second (double operations, double seconds)
{
  return operations > 0 && seconds > 0 ? operations / seconds / 1e9 : (double) NAN;
}

static double
layer_operations (const LatheBenchLayer *layer)
{
  return layer->forward_operations + layer->backward_operations;
}

static double
layer_seconds (const LatheBenchLayer *layer)
{
  return layer->time.forward + layer->time.backward;
}

/* --- JSON --- */

/**
 * cli_json_times:
 *
 * The keys that both commands have for the network as a whole.
 */
void
cli_json_times (JsonBuilder *json, const LatheBench *measure)
{
  cli_json_real (json, "train_ms_per_sample", measure->training.seconds * 1000 / measure->training.batch);
  cli_json_real (json, "infer_ms_per_sample", measure->answering.seconds * 1000 / measure->answering.batch);
  cli_json_real (json, "infer_b1_ms", measure->alone.seconds * 1000);
  cli_json_string (json, "kernels", measure->kernels);
  cli_json_real (json, "peak_gflops", measure->peak / 1e9);
  cli_json_real (json, "share_of_peak",
                 lathe_bench_share_of_peak (measure, measure->training.operations, measure->training.seconds));
}

static void
add_layer (JsonBuilder *json, const char *name, const LatheGraph *graph, const LatheBench *measure,
           const LatheBenchPass *pass, guint node)
{
  const LatheBenchLayer *layer = &pass->layers[node];
  double operations = layer_operations (layer), seconds = layer_seconds (layer);

  json_builder_set_member_name (json, name);
  json_builder_begin_object (json);
  cli_json_real (json, "forward_ms", layer->time.forward * 1000);
  if (pass == &measure->training)
    cli_json_real (json, "backward_ms", layer->time.backward * 1000);
  cli_json_real (json, "gflops", per_second (operations, seconds));
  cli_json_real (json, "share_of_peak", lathe_bench_share_of_peak (measure, operations, seconds));
  if (layer->plan.algorithm != NULL)
    cli_json_string (json, "algorithm", layer->plan.algorithm);
  if (layer->plan.runs_with >= 0)
    cli_json_string (json, "runs_with", lathe_graph_get_node (graph, (guint) layer->plan.runs_with)->name);
  json_builder_end_object (json);
}

/**
 * cli_json_layer:
 * @node: whose object is being built
 */
void
cli_json_layer (JsonBuilder *json, const LatheGraph *graph, const LatheBench *measure, guint node)
{
  add_layer (json, "training", graph, measure, &measure->training, node);
  add_layer (json, "answering", graph, measure, &measure->answering, node);
  add_layer (json, "answering_one", graph, measure, &measure->alone, node);
}

/* --- Text --- */

static char *
milliseconds (double seconds)
{
  return g_strdup_printf ("%.3f", seconds * 1000);
}

/* What does nothing worth counting has neither. */
static char *
whole (double value, const char *unit)
{
  return isnan (value) ? g_strdup ("") : g_strdup_printf ("%.0f%s", value, unit);
}

static char *
speed (double operations, double seconds)
{
  return whole (per_second (operations, seconds), "");
}

static char *
share (const LatheBench *measure, double operations, double seconds)
{
  return whole (100 * lathe_bench_share_of_peak (measure, operations, seconds), " %");
}

static char *
how (const LatheGraph *graph, const LatheLayerPlan *plan)
{
  if (plan->runs_with >= 0)
    return g_strdup_printf (_ ("with %s"), lathe_graph_get_node (graph, (guint) plan->runs_with)->name);
  return g_strdup (plan->algorithm != NULL ? _ (plan->algorithm) : "");
}

/* The layers that do something: an input does not. */
static gboolean
is_shown (const LatheGraph *graph, guint node)
{
  return lathe_graph_get_node (graph, node)->inputs->len > 0;
}

static void
print_training (const LatheGraph *graph, const LatheBench *measure)
{
  const LatheBenchPass *pass = &measure->training;
  CliTable *table = cli_table_new ("lrrrrl");
  double forward = 0, backward = 0;

  cli_table_row (table, g_strdup_printf (_ ("Training, batch %u"), pass->batch), g_strdup (_ ("Forward, ms")),
                 g_strdup (_ ("Backward, ms")), g_strdup ("GFLOP/s"), g_strdup (_ ("Of peak")), g_strdup (_ ("How")));
  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    {
      const LatheBenchLayer *layer = &pass->layers[i];
      gboolean own = layer->plan.runs_with < 0;
      double operations = layer_operations (layer), seconds = layer_seconds (layer);

      forward += layer->time.forward;
      backward += layer->time.backward;
      if (is_shown (graph, i))
        cli_table_row (table, g_strdup (lathe_graph_get_node (graph, i)->name),
                       own ? milliseconds (layer->time.forward) : g_strdup (""),
                       own ? milliseconds (layer->time.backward) : g_strdup (""), speed (operations, seconds),
                       share (measure, operations, seconds), how (graph, &layer->plan));
    }
  cli_table_row (table, g_strdup (_ ("Loss and optimiser")), g_strdup (""),
                 milliseconds (pass->seconds - forward - backward), g_strdup (""), g_strdup (""), g_strdup (""));
  cli_table_row (table, g_strdup (_ ("All")), milliseconds (forward), milliseconds (pass->seconds - forward),
                 speed (pass->operations, pass->seconds), share (measure, pass->operations, pass->seconds),
                 g_strdup (""));
  cli_table_print (table);
}

static void
print_answering (const LatheGraph *graph, const LatheBench *measure)
{
  const LatheBenchPass *many = &measure->answering, *one = &measure->alone;
  CliTable *table = cli_table_new ("lrrrrrrl");

  cli_table_row (table, g_strdup (_ ("Answering")), g_strdup_printf (_ ("Batch %u, ms"), many->batch),
                 g_strdup ("GFLOP/s"), g_strdup (_ ("Of peak")), g_strdup (_ ("One image, ms")), g_strdup ("GFLOP/s"),
                 g_strdup (_ ("Of peak")), g_strdup (_ ("How")));
  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    {
      const LatheBenchLayer *batch = &many->layers[i], *alone = &one->layers[i];
      gboolean own = alone->plan.runs_with < 0;

      if (is_shown (graph, i))
        cli_table_row (table, g_strdup (lathe_graph_get_node (graph, i)->name),
                       own ? milliseconds (batch->time.forward) : g_strdup (""),
                       speed (batch->forward_operations, batch->time.forward),
                       share (measure, batch->forward_operations, batch->time.forward),
                       own ? milliseconds (alone->time.forward) : g_strdup (""),
                       speed (alone->forward_operations, alone->time.forward),
                       share (measure, alone->forward_operations, alone->time.forward), how (graph, &alone->plan));
    }
  cli_table_row (table, g_strdup (_ ("All")), milliseconds (many->seconds), speed (many->operations, many->seconds),
                 share (measure, many->operations, many->seconds), milliseconds (one->seconds),
                 speed (one->operations, one->seconds), share (measure, one->operations, one->seconds), g_strdup (""));
  cli_table_print (table);
}

/**
 * cli_print_layers:
 *
 * A table of training, and one of answering.
 */
void
cli_print_layers (const LatheGraph *graph, const LatheBench *measure)
{
  g_print ("\n");
  print_training (graph, measure);
  g_print ("\n");
  print_answering (graph, measure);
  g_print ("\n");
  g_print (
      _ ("Times are of a whole batch. The peak of this machine on %u threads is %.0f GFLOP/s.\nTwo operations count "
         "for each multiply-add of a layer’s definition; an algorithm that needs\nfewer can be above the peak.\n"),
      measure->n_threads, measure->peak / 1e9);
}
