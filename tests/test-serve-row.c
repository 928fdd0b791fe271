/* test-serve-row.c: the model that answers over HTTP is the one that was chosen, however quickly one chooses.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "graphs.h"
#include "wb-serve-row.h"

#define PATIENCE (20 * G_TIME_SPAN_SECOND)
#define PAUSE 20000 /* µs between two questions */

typedef struct
{
  GtkWindow *window;
  WbServeRow *row;
  char *url; /* NULL: it does not answer */
} Fixture;

/* --- Questions --- */

/* (transfer full) (nullable): what it answers, head and all; NULL: nobody is there */
static char *
ask (const Fixture *fixture, const char *path)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GUri) uri = g_uri_parse (fixture->url, G_URI_FLAGS_NONE, NULL);
  g_autoptr (GSocketConnection) connection = NULL;
  g_autofree char *request = g_strdup_printf ("GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n", path);
  GString *answer = g_string_new (NULL);
  GIOStream *stream;
  char part[4096];
  gssize n;

  g_socket_client_set_timeout (client, 10);
  connection =
      g_socket_client_connect_to_host (client, g_uri_get_host (uri), (guint16) g_uri_get_port (uri), NULL, NULL);
  stream = G_IO_STREAM (connection);
  if (connection == NULL ||
      !g_output_stream_write_all (g_io_stream_get_output_stream (stream), request, strlen (request), NULL, NULL, NULL))
    return g_string_free (answer, TRUE);
  while ((n = g_input_stream_read (g_io_stream_get_input_stream (stream), part, sizeof part, NULL, NULL)) > 0)
    g_string_append_len (answer, part, n);
  return g_string_free (answer, FALSE);
}

static gboolean
wait_until (gboolean (*condition) (Fixture *fixture), Fixture *fixture)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  while (!condition (fixture) && g_get_monotonic_time () < end)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (PAUSE);
  return condition (fixture);
}

static gboolean
has_begun (Fixture *fixture)
{
  return fixture->url != NULL;
}

static gboolean
has_replaced_two (Fixture *fixture)
{
  g_autofree char *metrics = ask (fixture, "/metrics");

  return metrics != NULL && strstr (metrics, "lathe_models_replaced_total 2") != NULL;
}

static gboolean
has_ended (Fixture *fixture)
{
  g_autofree char *answer = ask (fixture, "/healthz");

  return answer == NULL;
}

/* --- The row --- */

static void
on_url_changed (WbServeRow *row, const char *url, Fixture *fixture)
{
  if (url == NULL || fixture->url != NULL)
    return; /* where it was is asked whether it has ended */
  fixture->url = g_strdup (url);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  GtkWidget *list = gtk_list_box_new ();

  fixture->window = GTK_WINDOW (gtk_window_new ());
  fixture->row = g_object_new (WB_TYPE_SERVE_ROW, NULL);
  gtk_list_box_append (GTK_LIST_BOX (list), GTK_WIDGET (fixture->row));
  gtk_window_set_child (fixture->window, list);
  g_signal_connect (fixture->row, "url-changed", G_CALLBACK (on_url_changed), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  wb_serve_row_set_model (fixture->row, NULL, NULL);
  g_assert_true (wait_until (has_ended, fixture));
  gtk_window_destroy (fixture->window);
  g_free (fixture->url);
}

static LatheModel *
make_model (const char *network)
{
  g_autoptr (LatheGraph) graph = graphs_make (network);
  g_autoptr (GError) error = NULL;
  LatheModel *model = lathe_import_untrained (graph, 1, &error);

  g_assert_no_error (error);
  return model;
}

/* One that is large takes long to come. */
static void
test_of_two_in_quick_succession_the_last_answers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheModel) first = make_model ("in input height=4 width=4; f flatten in; d dense f units=3");
  g_autoptr (LatheModel) large =
      make_model ("in input height=64 width=64 channels=3; f flatten in; h dense f units=400; d dense h units=4");
  g_autoptr (LatheModel) small = make_model ("in input height=4 width=4; f flatten in; d dense f units=5");
  g_autofree char *answer = NULL;

  wb_serve_row_set_model (fixture->row, first, "model");
  gtk_switch_set_active (GTK_SWITCH (adw_action_row_get_activatable_widget (ADW_ACTION_ROW (fixture->row))), TRUE);
  g_assert_true (wait_until (has_begun, fixture));
  wb_serve_row_set_model (fixture->row, large, "model");
  wb_serve_row_set_model (fixture->row, small, "model");
  g_assert_true (wait_until (has_replaced_two, fixture));
  answer = ask (fixture, "/v1/model");
  g_assert_nonnull (answer);
  g_assert_nonnull (strstr (answer, "class 5"));
}

int
main (int argc, char *argv[])
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add ("/serve-row/of-two-in-quick-succession-the-last-answers", Fixture, NULL, set_up,
              test_of_two_in_quick_succession_the_last_answers, tear_down);
  return g_test_run ();
}
