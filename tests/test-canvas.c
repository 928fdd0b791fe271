/* test-canvas.c: what a canvas does that nobody can do to it from outside: with fingers, and while a thread is at work.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gtk/gtk.h>
#include <string.h>

#include "graphs.h"
#include "wb-canvas.h"

#define LARGE 600 /* layers: more than are laid out at once */
#define PATIENCE (20 * G_TIME_SPAN_SECOND)

typedef struct
{
  GtkWindow *window;
  WbCanvas *canvas;
  LatheGraph *graph;
  LatheGraphReport *report;
  gint64 frame; /* that was the newest when the network had its places */
} Fixture;

static void
show (Fixture *fixture, LatheGraph *graph)
{
  LatheGraphReport *before = fixture->report;

  fixture->report = lathe_graph_check (graph);
  wb_canvas_show (fixture->canvas, graph, fixture->report);
  g_clear_pointer (&before, lathe_graph_report_free);
  if (graph != fixture->graph)
    g_clear_pointer (&fixture->graph, lathe_graph_free);
  fixture->graph = graph;
}

/* layer-0 … layer-n, one after the other. */
static LatheGraph *
make_chain (guint n)
{
  LatheGraph *graph = graphs_make ("in input height=8 width=8");

  for (guint i = 0; i < n; i++)
    lathe_graph_add_after (graph, lathe_layer_kind_find ("relu"),
                           lathe_graph_get_node (graph, lathe_graph_get_n_nodes (graph) - 1));
  return graph;
}

static gboolean
wait_until (gboolean (*condition) (Fixture *fixture), Fixture *fixture)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  while (!condition (fixture) && g_get_monotonic_time () < end)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  return condition (fixture);
}

static gboolean
has_size (Fixture *fixture)
{
  return wb_canvas_get_view (fixture->canvas)->width > 0;
}

/* All cards of a chain are as far from the next as the first is. */
static gboolean
is_laid_out (Fixture *fixture)
{
  const WbLayout *layout = wb_canvas_get_layout (fixture->canvas);
  double pitch;

  if (layout == NULL || wb_layout_get_n_nodes (layout) != lathe_graph_get_n_nodes (fixture->graph))
    return FALSE;
  pitch = wb_layout_get_box (layout, 1).y - wb_layout_get_box (layout, 0).y;
  for (guint i = 2; i < wb_layout_get_n_nodes (layout); i++)
    if (wb_layout_get_box (layout, i).y - wb_layout_get_box (layout, i - 1).y != pitch)
      return FALSE;
  return TRUE;
}

static gint64
frame_of (Fixture *fixture)
{
  return gdk_frame_clock_get_frame_counter (gtk_widget_get_frame_clock (GTK_WIDGET (fixture->canvas)));
}

/* A network is not fresh any longer once it had its places in a whole frame: an edit before counts as another network.
 */
static gboolean
is_shown (Fixture *fixture)
{
  gtk_widget_queue_draw (GTK_WIDGET (fixture->canvas)); /* frames come only when they are asked for */
  return frame_of (fixture) >= fixture->frame + 2;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->window = GTK_WINDOW (gtk_window_new ());
  fixture->canvas = g_object_new (WB_TYPE_CANVAS, NULL);
  gtk_window_set_default_size (fixture->window, 640, 480);
  gtk_window_set_child (fixture->window, GTK_WIDGET (fixture->canvas));
  gtk_window_present (fixture->window);
  show (fixture, make_chain (GPOINTER_TO_UINT (data)));
  g_assert_true (wait_until (has_size, fixture));
  g_assert_true (wait_until (is_laid_out, fixture));
  gtk_widget_queue_resize (GTK_WIDGET (fixture->canvas));
  fixture->frame = frame_of (fixture);
  g_assert_true (wait_until (is_shown, fixture));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gtk_window_destroy (fixture->window);
  lathe_graph_report_free (fixture->report);
  lathe_graph_free (fixture->graph);
}

/* --- Fingers --- */

static GtkGesture *
find_pinch (WbCanvas *canvas)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (canvas));

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_GESTURE_ZOOM (controller))
        return GTK_GESTURE (controller); /* the canvas keeps it */
    }
  return NULL;
}

static gboolean
is_fatal (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  return strstr (message, "GDK_IS_EVENT") ==
         NULL; /* there is no middle between no fingers: it is the pointer's place */
}

static void
pass_over (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  if (is_fatal (domain, level, message, data))
    g_log_default_handler (domain, level, message, data);
}

static void
begin (GtkGesture *pinch)
{
  g_signal_emit_by_name (pinch, "begin", NULL);
}

/* GTK's own part of it asks the fingers where they are, of which there are none. */
static void
stop_begin (GtkGesture *pinch)
{
  g_signal_stop_emission_by_name (pinch, "begin");
}

/* There is no touch screen to be had here: what two fingers make GTK's gesture say is said for them. */
static void
test_a_pinch_zooms_from_where_it_began (Fixture *fixture, gconstpointer data)
{
  GtkGesture *pinch = find_pinch (fixture->canvas);
  const WbViewport *view = wb_canvas_get_view (fixture->canvas);
  double before = view->zoom;
  WbPoint corner = wb_viewport_to_canvas (view, (WbPoint){0, 0}), after;

  g_assert_nonnull (pinch);
  g_log_set_handler ("Gdk", G_LOG_LEVEL_CRITICAL | G_LOG_FLAG_FATAL, pass_over, NULL);
  g_test_log_set_fatal_handler (is_fatal, NULL);
  g_signal_connect (pinch, "begin", G_CALLBACK (stop_begin), NULL);
  begin (pinch);
  g_signal_emit_by_name (pinch, "scale-changed", 1.5);
  g_signal_emit_by_name (pinch, "scale-changed", 0.5);
  g_assert_cmpfloat_with_epsilon (view->zoom, before * 0.5, 1e-9);
  after = wb_viewport_to_canvas (view, (WbPoint){0, 0});
  g_assert_cmpfloat_with_epsilon (after.x, corner.x, 1e-6);
  g_assert_cmpfloat_with_epsilon (after.y, corner.y, 1e-6);

  begin (pinch);
  g_signal_emit_by_name (pinch, "scale-changed", 1e-6);
  g_assert_cmpfloat (view->zoom, ==, WB_ZOOM_LEAST);
  g_signal_emit_by_name (pinch, "scale-changed", 1e6);
  g_assert_cmpfloat (view->zoom, ==, WB_ZOOM_MOST);
}

/* --- Edits --- */

static void
on_edited (WbCanvas *canvas, const LatheGraph *graph, Fixture *fixture)
{
  show (fixture, lathe_graph_copy (graph));
}

/* A file may list a layer in front of what it reads: that is then removed with it. */
static void
test_what_a_removed_layer_read_may_be_removed_with_it (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  LatheGraph *graph = lathe_graph_from_json ("{\"nodes\": ["
                                             "{\"name\": \"in\", \"kind\": \"input\", \"inputs\": []},"
                                             "{\"name\": \"b\", \"kind\": \"relu\", \"inputs\": [\"a\"]},"
                                             "{\"name\": \"a\", \"kind\": \"relu\", \"inputs\": [\"in\"]},"
                                             "{\"name\": \"c\", \"kind\": \"relu\", \"inputs\": [\"b\"]}]}",
                                             -1, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (graphs_node (graph, "b")->index, <, graphs_node (graph, "a")->index);
  show (fixture, graph);
  g_signal_connect (fixture->canvas, "edited", G_CALLBACK (on_edited), fixture);
  wb_canvas_select (fixture->canvas, (guint[]){1, 2}, 2);
  g_action_group_activate_action (wb_canvas_get_actions (fixture->canvas), "remove", NULL);
  graphs_assert_outline (fixture->graph, "in c(in)");
  g_assert_cmpint (wb_canvas_get_cursor (fixture->canvas), ==, 0);
  g_assert_true (wb_canvas_is_selected (fixture->canvas, 0));
}

/* --- Threads --- */

static LatheGraph *
add_after (Fixture *fixture, guint node)
{
  LatheGraph *graph = lathe_graph_copy (fixture->graph);

  lathe_graph_add_after (graph, lathe_layer_kind_find ("relu"), lathe_graph_get_node (graph, node));
  return graph;
}

/* The new card is there at once, and all others where they were; the layout follows. */
static void
test_an_edit_of_a_large_network_does_not_wait (Fixture *fixture, gconstpointer data)
{
  WbBox first = wb_layout_get_box (wb_canvas_get_layout (fixture->canvas), 100);
  WbBox last = wb_layout_get_box (wb_canvas_get_layout (fixture->canvas), LARGE), box;
  const WbLayout *layout;

  show (fixture, add_after (fixture, 100));
  layout = wb_canvas_get_layout (fixture->canvas);
  g_assert_cmpuint (wb_layout_get_n_nodes (layout), ==, LARGE + 2);
  g_assert_false (is_laid_out (fixture));
  box = wb_layout_get_box (layout, 100);
  g_assert_cmpmem (&box, sizeof box, &first, sizeof first);
  box = wb_layout_get_box (layout, LARGE + 1);
  g_assert_cmpmem (&box, sizeof box, &last, sizeof last);
  g_assert_true (wait_until (is_laid_out, fixture));
}

static void
test_of_many_edits_the_last_is_laid_out (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 20; i++)
    {
      show (fixture, add_after (fixture, 10 * i + 3));
      while (i % 3 == 0 && g_main_context_iteration (NULL, FALSE))
        continue;
    }
  g_assert_true (wait_until (is_laid_out, fixture));
  g_assert_cmpuint (wb_layout_get_n_nodes (wb_canvas_get_layout (fixture->canvas)), ==, LARGE + 21);
}

/* What the thread makes of the large one comes too late. */
static void
test_a_small_network_takes_the_place_of_one_that_is_laid_out (Fixture *fixture, gconstpointer data)
{
  show (fixture, add_after (fixture, 5));
  show (fixture, make_chain (3));
  g_assert_true (is_laid_out (fixture));
  for (gint64 end = g_get_monotonic_time () + 300 * G_TIME_SPAN_MILLISECOND; g_get_monotonic_time () < end;)
    g_main_context_iteration (NULL, FALSE);
  g_assert_true (is_laid_out (fixture));
}

static void
test_nothing_is_shown_of_another_network_until_it_has_its_places (Fixture *fixture, gconstpointer data)
{
  show (fixture, make_chain (2 * LARGE));
  wb_canvas_show_beginning (fixture->canvas);
  g_assert_null (wb_canvas_get_layout (fixture->canvas));
  g_assert_true (wait_until (is_laid_out, fixture));
}

static void
test_a_canvas_may_go_before_its_layout_comes (Fixture *fixture, gconstpointer data)
{
  show (fixture, add_after (fixture, 5));
}

static void
add (const char *path, guint n_layers, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, GUINT_TO_POINTER (n_layers), set_up, test, tear_down);
}

int
main (int argc, char *argv[])
{
  gtk_test_init (&argc, &argv, NULL);
  add ("/canvas/a-pinch-zooms-from-where-it-began", 5, test_a_pinch_zooms_from_where_it_began);
  add ("/canvas/what-a-removed-layer-read-may-be-removed-with-it", 3,
       test_what_a_removed_layer_read_may_be_removed_with_it);
  add ("/canvas/an-edit-of-a-large-network-does-not-wait", LARGE, test_an_edit_of_a_large_network_does_not_wait);
  add ("/canvas/of-many-edits-the-last-is-laid-out", LARGE, test_of_many_edits_the_last_is_laid_out);
  add ("/canvas/a-small-network-takes-the-place-of-one-that-is-laid-out", LARGE,
       test_a_small_network_takes_the_place_of_one_that_is_laid_out);
  add ("/canvas/nothing-is-shown-of-another-network-until-it-has-its-places", LARGE,
       test_nothing_is_shown_of_another_network_until_it_has_its_places);
  add ("/canvas/a-canvas-may-go-before-its-layout-comes", LARGE, test_a_canvas_may_go_before_its_layout_comes);
  return g_test_run ();
}
