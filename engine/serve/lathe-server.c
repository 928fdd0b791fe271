/* lathe-server.c: starts, listens, and stops.
 *
 * The HTTP thread has a main context of its own, in which all of libsoup lives. Other threads reach it by sources
 * alone: a job that comes back, and the wish to stop. `served` is guarded by `lock`; whoever answers takes a reference,
 * so that a model that is replaced stays until its last answer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/lathe-error.h"
#include "base/lathe-pool.h"
#include "lathe-serve-private.h"

#define STOP_CHECK_MILLISECONDS 10
#define MAX_PORT 65535

/* --- A model that answers --- */

static gboolean
is_small (const LatheModel *model)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (model->graph);

  return report->multiply_adds * MAX (model->preprocess.views, 1) < LATHE_SERVE_ALONE_MULTIPLY_ADDS;
}

LatheServed *
lathe_served_new (LatheModel *model, guint n_threads, GError **error)
{
  gboolean small = is_small (model);
  g_autoptr (GPtrArray) predictors = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_predictor_free);
  LatheServed *served;

  for (guint i = 0; i < (small ? MIN (n_threads, LATHE_SERVE_MAX_BATCHES) : 1); i++)
    {
      LathePredictor *predictor = lathe_predictor_new_batch (model, LATHE_SERVE_BATCH, small ? 1 : n_threads, error);

      if (predictor == NULL)
        return NULL;
      g_ptr_array_add (predictors, predictor);
    }
  served = g_new0 (LatheServed, 1);
  g_atomic_ref_count_init (&served->references);
  served->predictors = g_steal_pointer (&predictors);
  served->model = lathe_model_ref (model);
  served->sha256 = lathe_model_weights_sha256 (model);
  served->since = g_get_real_time () / G_USEC_PER_SEC;
  return served;
}

LatheServed *
lathe_served_ref (LatheServed *served)
{
  g_atomic_ref_count_inc (&served->references);
  return served;
}

void
lathe_served_unref (LatheServed *served)
{
  if (!g_atomic_ref_count_dec (&served->references))
    return;
  g_ptr_array_unref (served->predictors);
  lathe_model_unref (served->model);
  g_free (served->sha256);
  g_free (served);
}

/* (transfer full) */
LatheServed *
lathe_server_get_served (LatheServer *server)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&server->lock);

  return lathe_served_ref (server->served);
}

/* --- Listening --- */

static gboolean
check_options (const LatheServer *server, GError **error)
{
  if (server->port > MAX_PORT)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("%u is no port: those go up to %d"), server->port,
                 MAX_PORT);
  else if (server->token == NULL && !server->local_only)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                 _ ("%s is reached from other machines, so that a token is needed, which all who ask must give"),
                 server->address);
  else if (server->token != NULL && strlen (server->token) < LATHE_SERVER_MIN_TOKEN)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                 _ ("a token takes at least %d characters, or others find it out by trying; “openssl rand -hex 16” "
                    "makes one"),
                 LATHE_SERVER_MIN_TOKEN);
  else if (server->token != NULL && strspn (server->token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                                           "0123456789-._~+/=") != strlen (server->token))
    g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                         _ ("a token is made of letters without accents, digits and -._~+/= only, as others do not go "
                            "into a request"));
  else
    return TRUE;
  return FALSE;
}

/* Why one cannot listen there, and what to do. */
static void
explain (const LatheServer *server, const GError *cause, GError **error)
{
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO,
                 _ ("port %u of %s is in use: another program answers there. End that one, or choose another port"),
                 server->port, server->address);
  else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO,
                 _ ("port %u of %s may not be used by everyone. Choose one of 1024 or above"), server->port,
                 server->address);
  else
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("cannot listen at port %u of %s: %s. Choose another address"),
                 server->port, server->address, cause->message);
}

static gboolean
listen_at (LatheServer *server, GInetAddress *address, GError **error)
{
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new (address, (guint16) server->port);
  g_autoptr (GSocketAddress) got = NULL;
  g_autoptr (GError) cause = NULL;

  server->socket =
      g_socket_new (g_inet_address_get_family (address), G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &cause);
  if (server->socket != NULL)
    g_socket_set_listen_backlog (server->socket, LATHE_SERVE_MAX_CONNECTIONS);
  if (server->socket != NULL && g_socket_bind (server->socket, wanted, TRUE, &cause) &&
      g_socket_listen (server->socket, &cause))
    got = g_socket_get_local_address (server->socket, &cause);
  if (got == NULL)
    {
      explain (server, cause, error);
      return FALSE;
    }
  server->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (got));
  return TRUE;
}

static gboolean
open_port (LatheServer *server, GError **error)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (server->address);

  if (address == NULL)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                   _ ("“%s” is no IP address of this machine; give one, such as 127.0.0.1, or 0.0.0.0 for all"),
                   server->address);
      return FALSE;
    }
  server->local_only = g_inet_address_get_is_loopback (address);
  return check_options (server, error) && listen_at (server, address, error);
}

/* --- The HTTP thread --- */

/* libsoup keeps connections only while it listens itself. So it has a socket to which nobody connects. */
static void
seem_to_listen (LatheServer *server)
{
  int ends[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return;
  server->silent = ends[1];
  g_autoptr (GSocket) socket = g_socket_new_from_fd (ends[0], NULL);
  if (socket != NULL)
    soup_server_listen_socket (server->soup, socket, 0, NULL);
}

static gpointer
run (gpointer data)
{
  LatheServer *server = data;

  g_main_context_push_thread_default (server->context);
  server->soup = soup_server_new ("raw-paths", TRUE, NULL);
  seem_to_listen (server);
  lathe_serve_route_attach (server);
  server->connections = lathe_serve_connections_new (server->context, server->soup, server->socket);
  g_main_loop_run (server->loop);

  soup_server_disconnect (server->soup);
  lathe_serve_queue_free (server->queue);
  while (g_main_context_iteration (server->context, FALSE))
    continue;
  g_clear_object (&server->soup);
  lathe_serve_connections_free (server->connections);
  g_main_context_pop_thread_default (server->context);
  return NULL;
}

static gboolean
check_stopped (gpointer data)
{
  LatheServer *server = data;

  if (lathe_serve_connections_count (server->connections) > 0)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (server->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
attach (LatheServer *server, GSource *source, GSourceFunc func, gpointer data)
{
  g_source_set_callback (source, func, data, NULL);
  g_source_attach (source, server->context);
  g_source_unref (source);
}

/* Accepts nothing more, and waits for what came. */
static gboolean
stop (gpointer data)
{
  LatheServer *server = data;

  server->stopping = TRUE;
  lathe_serve_connections_stop (server->connections);
  attach (server, g_timeout_source_new (STOP_CHECK_MILLISECONDS), check_stopped, server);
  attach (server, g_timeout_source_new_seconds (LATHE_SERVE_STOP_SECONDS), quit, server->loop);
  return G_SOURCE_REMOVE;
}

/* --- From outside --- */

static LatheServer *
server_new (const char *name, const LatheServerOptions *options)
{
  static const LatheServerOptions usual = {.port = LATHE_SERVER_PORT};
  const LatheServerOptions *given = options != NULL ? options : &usual;
  LatheServer *server = g_new0 (LatheServer, 1);

  server->name = g_utf8_make_valid (name, -1);
  server->address = g_strdup (given->address != NULL ? given->address : "127.0.0.1");
  server->token = g_strdup (given->token);
  server->names = g_strdupv ((char **) given->names);
  server->port = given->port;
  server->n_threads = given->n_threads > 0 ? given->n_threads : lathe_default_threads ();
  server->silent = -1;
  g_mutex_init (&server->lock);
  server->context = g_main_context_new ();
  server->loop = g_main_loop_new (server->context, FALSE);
  server->metrics = lathe_serve_metrics_new ();
  return server;
}

static void
server_destroy (LatheServer *server)
{
  char **texts[] = {&server->name, &server->address, &server->token, &server->api};

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (*texts[i]);
  g_strfreev (server->names);
  g_clear_pointer (&server->served, lathe_served_unref);
  g_clear_object (&server->socket);
  if (server->silent >= 0)
    close (server->silent);
  g_main_loop_unref (server->loop);
  g_main_context_unref (server->context);
  lathe_serve_metrics_free (server->metrics);
  lathe_serve_page_clear (&server->page);
  g_mutex_clear (&server->lock);
  g_free (server);
}

LatheServer *
lathe_server_new (LatheModel *model, const char *name, const LatheServerOptions *options, GError **error)
{
  LatheServer *server = server_new (name, options);

  if (open_port (server, error))
    server->served = lathe_served_new (model, server->n_threads, error);
  if (server->served == NULL)
    {
      server_destroy (server);
      return NULL;
    }
  lathe_serve_page_init (&server->page);
  server->api = lathe_serve_describe_api (server->token != NULL);
  server->queue = lathe_serve_queue_new (server->n_threads, server->metrics, lathe_serve_route_done);
  server->thread = g_thread_new ("http", run, server);
  return server;
}

void
lathe_server_stop (LatheServer *server)
{
  if (server->thread == NULL)
    return;
  attach (server, g_timeout_source_new (0), stop, server);
  g_thread_join (g_steal_pointer (&server->thread));
  server->queue = NULL;
}

void
lathe_server_free (LatheServer *server)
{
  lathe_server_stop (server);
  server_destroy (server);
}

guint
lathe_server_get_port (LatheServer *server)
{
  return server->port;
}

char *
lathe_server_get_url (LatheServer *server)
{
  gboolean v6 = strchr (server->address, ':') != NULL;

  return g_strdup_printf ("http://%s%s%s:%u/", v6 ? "[" : "", server->address, v6 ? "]" : "", server->port);
}

gboolean
lathe_server_set_model (LatheServer *server, LatheModel *model, GError **error)
{
  LatheServed *served = lathe_served_new (model, server->n_threads, error);

  if (served == NULL)
    return FALSE;
  g_mutex_lock (&server->lock);
  LatheServed *before = server->served;
  server->served = served;
  g_mutex_unlock (&server->lock);
  lathe_served_unref (before);
  lathe_serve_metrics_add_model (server->metrics);
  return TRUE;
}

void
lathe_server_get_stats (LatheServer *server, LatheServerStats *stats)
{
  lathe_serve_metrics_get_stats (server->metrics, stats);
  stats->n_waiting = server->queue != NULL ? lathe_serve_queue_get_n_waiting (server->queue) : 0;
}
