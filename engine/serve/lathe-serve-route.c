/* lathe-serve-route.c: one request and its answer, as the HTTP thread sees it.
 *
 * A request is looked at twice: when its head is there, so that what need not be read is refused at once, and when its
 * body is. Between the two, the body is collected here and not by libsoup, with an eye on how much there is of all.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-serve-private.h"

#define KEY "lathe-serve-exchange"
#define OTHER "other" /* in the metrics: paths that are none of ours, which may be any number */

static const LatheServeRefusal too_much = {
    SOUP_STATUS_SERVICE_UNAVAILABLE, "too much is asked at once; try again in a second", FALSE, "Retry-After", "1"};

typedef struct
{
  LatheServer *server;
  SoupServerMessage *message; /* which owns this */
  GIOStream *stream;          /* keeps the connection */
  LatheServeConnection *connection;
  LatheServeRouteId route;
  GByteArray *body; /* until a job has it */
  gsize held;       /* what of the server's is this one's */
  guint top;
  gint64 begin; /* microseconds: when the head was there */
} Exchange;

static void
release_body (Exchange *exchange)
{
  exchange->server->held -= exchange->held;
  exchange->held = 0;
  g_clear_pointer (&exchange->body, g_byte_array_unref);
}

static SoupMessageHeaders *
get_head (const Exchange *exchange)
{
  return soup_server_message_get_request_headers (exchange->message);
}

/* --- Answering --- */

static void
count (const Exchange *exchange, guint status)
{
  const char *route = exchange->route < LATHE_SERVE_N_ROUTES ? lathe_serve_routes[exchange->route].path : OTHER;

  lathe_serve_metrics_add_request (exchange->server->metrics, route, status,
                                   (double) (g_get_monotonic_time () - exchange->begin) / G_USEC_PER_SEC);
}

/* Of one whose head has not come to its end. */
static void
give_up_head (Exchange *exchange)
{
  guint status = lathe_serve_connection_give_up_head (exchange->connection);

  exchange->begin = g_get_monotonic_time ();
  if (status != 0)
    count (exchange, status);
}

static void
exchange_free (gpointer data)
{
  Exchange *exchange = data;

  if (exchange->begin == 0)
    give_up_head (exchange);
  release_body (exchange);
  g_object_unref (exchange->stream);
  g_free (exchange);
}

/* Takes over `text`. */
static void
respond (const Exchange *exchange, guint status, const char *type, char *text)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (exchange->message);

  soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
  soup_message_headers_replace (headers, "Cache-Control", "no-store");
  soup_message_headers_replace (headers, "Cross-Origin-Resource-Policy", "same-origin");
  if (exchange->server->stopping || soup_message_headers_get_encoding (get_head (exchange)) == SOUP_ENCODING_CHUNKED)
    soup_message_headers_replace (headers, "Connection", "close");
  soup_server_message_set_status (exchange->message, status, lathe_serve_phrase (status));
  soup_server_message_set_response (exchange->message, type, SOUP_MEMORY_TAKE, text, strlen (text));
  count (exchange, status);
}

static void
respond_error (const Exchange *exchange, const LatheServeRefusal *refusal)
{
  if (refusal->header != NULL)
    soup_message_headers_replace (soup_server_message_get_response_headers (exchange->message), refusal->header,
                                  refusal->value);
  respond (exchange, refusal->status, "application/json", lathe_serve_describe_error (refusal->message));
}

/* While libsoup reads, both of them. */
static void
refuse_at_once (const Exchange *exchange, const LatheServeRefusal *refusal)
{
  soup_server_message_pause (exchange->message);
  lathe_serve_connection_refuse (exchange->connection, exchange->message, refusal);
  count (exchange, refusal->status);
}

static void
refuse (const Exchange *exchange, const LatheServeRefusal *refusal)
{
  if (refusal->close || lathe_serve_is_left_unread (get_head (exchange)))
    refuse_at_once (exchange, refusal);
  else
    respond_error (exchange, refusal);
}

/* --- The head --- */

static LatheServeRouteId
find_route (const char *path)
{
  guint i = 0;

  while (i < LATHE_SERVE_N_ROUTES && !g_str_equal (lathe_serve_routes[i].path, path))
    i++;
  return (LatheServeRouteId) i;
}

static LatheServeRefusal
check_route (const Exchange *exchange)
{
  const LatheServeRoute *route = &lathe_serve_routes[exchange->route];
  const char *method = soup_server_message_get_method (exchange->message);
  gboolean gets = exchange->route < LATHE_SERVE_N_ROUTES && g_str_equal (route->method, "GET");

  if (exchange->route == LATHE_SERVE_N_ROUTES)
    return (LatheServeRefusal){SOUP_STATUS_NOT_FOUND, "there is nothing here; /openapi.json says what there is", FALSE};
  if (!g_str_equal (route->method, method) && !(gets && g_str_equal (method, "HEAD")))
    {
      return (LatheServeRefusal){SOUP_STATUS_METHOD_NOT_ALLOWED, "another method is to be used here: see Allow", FALSE,
                                 "Allow", gets ? "GET, HEAD" : route->method};
    }
  if (!route->open && !lathe_serve_check_token (get_head (exchange), exchange->server->token))
    {
      return (LatheServeRefusal){SOUP_STATUS_UNAUTHORIZED, "the token is missing or wrong: Authorization: Bearer TOKEN",
                                 FALSE, "WWW-Authenticate", "Bearer"};
    }
  return (LatheServeRefusal){0};
}

static LatheServeRefusal
check_room (const Exchange *exchange)
{
  LatheServer *server = exchange->server;
  goffset length = soup_message_headers_get_content_length (get_head (exchange));

  if (exchange->route == LATHE_SERVE_PREDICT &&
      (lathe_serve_queue_is_full (server->queue) || server->held + (gsize) length > LATHE_SERVE_MAX_HELD))
    return too_much;
  return (LatheServeRefusal){0};
}

static LatheServeRefusal
read_query (Exchange *exchange, GHashTable *query)
{
  const char *top = query != NULL ? g_hash_table_lookup (query, "top") : NULL;

  if (top == NULL || lathe_serve_read_top (top, &exchange->top))
    return (LatheServeRefusal){0};
  return (LatheServeRefusal){SOUP_STATUS_BAD_REQUEST, "“top” is to be a whole number from 1 up", FALSE};
}

static LatheServeRefusal
check_head (Exchange *exchange, GHashTable *query)
{
  LatheServer *server = exchange->server;
  LatheServeRefusal refusal = lathe_serve_check_framing (get_head (exchange));

  if (refusal.status == 0)
    refusal = lathe_serve_check_origin (exchange->message, (const char *const *) server->names, server->local_only);
  if (refusal.status == 0)
    refusal = check_route (exchange);
  if (refusal.status == 0)
    refusal = lathe_serve_check_body (get_head (exchange), exchange->route == LATHE_SERVE_PREDICT);
  if (refusal.status == 0)
    refusal = read_query (exchange, query);
  if (refusal.status == 0)
    refusal = check_room (exchange);
  return refusal;
}

static void
on_head (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  Exchange *exchange = g_object_get_data (G_OBJECT (message), KEY);

  if (lathe_serve_connection_is_refused (exchange->connection))
    {
      soup_server_message_pause (message);
      return;
    }
  exchange->begin = g_get_monotonic_time ();
  exchange->route = find_route (path);
  lathe_serve_connection_wait_for_body (exchange->connection);
  /* libsoup would make pieces of an answer, as many as are asked for. */
  soup_message_headers_remove (get_head (exchange), "Range");

  LatheServeRefusal refusal = check_head (exchange, query);
  if (refusal.status != 0)
    refuse (exchange, &refusal);
}

/* --- The body --- */

static void
on_chunk (SoupServerMessage *message, GBytes *chunk, gpointer data)
{
  Exchange *exchange = data;
  gsize n;
  const guint8 *bytes = g_bytes_get_data (chunk, &n);

  lathe_serve_connection_add (exchange->connection, n);
  if (soup_server_message_get_status (message) != 0 || lathe_serve_connection_is_refused (exchange->connection))
    return;
  g_byte_array_append (exchange->body, bytes, (guint) n);
  exchange->held += n;
  exchange->server->held += n;
  if (exchange->body->len > LATHE_SERVE_MAX_BODY)
    refuse (exchange, &lathe_serve_too_long);
  else if (exchange->server->held > LATHE_SERVE_MAX_HELD)
    refuse_at_once (exchange, &too_much);
}

static char *
write_metrics (const LatheServer *server, const LatheServed *served)
{
  LatheServeNow now = {
      .n_waiting = lathe_serve_queue_get_n_waiting (server->queue),
      .n_connections = lathe_serve_connections_count (server->connections),
      .held = server->held,
      .sha256 = served->sha256,
  };

  return lathe_serve_metrics_write (server->metrics, &now);
}

/* The exchange waits until the job comes back. */
static void
predict (Exchange *exchange)
{
  LatheServer *server = exchange->server;
  LatheServeJob *job = g_new0 (LatheServeJob, 1);
  const char *type = soup_message_headers_get_one (get_head (exchange), "Content-Type");

  g_object_ref (exchange->message);
  job->data = exchange;
  job->served = lathe_server_get_served (server);
  job->content_type = g_strdup (type);
  job->top = exchange->top;
  job->body = g_byte_array_free_to_bytes (g_steal_pointer (&exchange->body));
  soup_server_message_pause (exchange->message);
  lathe_serve_queue_add (server->queue, job);
}

static void
respond_get (const Exchange *exchange)
{
  LatheServer *server = exchange->server;
  const char *type = lathe_serve_routes[exchange->route].type;
  g_autoptr (LatheServed) served = lathe_server_get_served (server);

  switch (exchange->route)
    {
    case LATHE_SERVE_FRONT:
      soup_message_headers_replace (soup_server_message_get_response_headers (exchange->message),
                                    "Content-Security-Policy", server->page.policy);
      soup_message_headers_replace (soup_server_message_get_response_headers (exchange->message), "Referrer-Policy",
                                    "no-referrer");
      respond (exchange, SOUP_STATUS_OK, type, g_strdup (server->page.html));
      break;
    case LATHE_SERVE_HEALTH:
      respond (exchange, SOUP_STATUS_OK, type, g_strdup ("{\"status\":\"ok\"}"));
      break;
    case LATHE_SERVE_METRICS:
      respond (exchange, SOUP_STATUS_OK, type, write_metrics (server, served));
      break;
    case LATHE_SERVE_MODEL:
      respond (exchange, SOUP_STATUS_OK, type, lathe_serve_describe_model (served, server->name));
      break;
    default:
      respond (exchange, SOUP_STATUS_OK, type, g_strdup (server->api));
    }
}

static void
on_body (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  Exchange *exchange = g_object_get_data (G_OBJECT (message), KEY);

  if (exchange->route == LATHE_SERVE_PREDICT)
    {
      lathe_serve_connection_work (exchange->connection);
      predict (exchange);
      return;
    }
  respond_get (exchange);
}

static void
on_read (SoupServerMessage *message, gpointer data)
{
  Exchange *exchange = data;

  if (soup_server_message_get_status (message) != 0)
    lathe_serve_connection_answer (exchange->connection);
}

/* --- The job comes back --- */

static void
respond_job (const Exchange *exchange, const LatheServeJob *job)
{
  guint n_failed = 0;
  const LatheServeImage *first;

  if (job->error != NULL)
    {
      LatheServeRefusal wrong = {SOUP_STATUS_BAD_REQUEST, job->error->message};

      respond_error (exchange, g_error_matches (job->error, LATHE_ERROR, LATHE_ERROR_MEMORY) ? &too_much : &wrong);
      return;
    }
  for (guint i = 0; i < job->images->len; i++)
    n_failed += ((const LatheServeImage *) job->images->pdata[i])->error != NULL;
  first = job->images->pdata[0];
  if (n_failed == 1 && job->images->len == 1)
    respond_error (exchange, &(LatheServeRefusal){SOUP_STATUS_UNPROCESSABLE_ENTITY, first->error->message});
  else
    respond (exchange, n_failed < job->images->len ? SOUP_STATUS_OK : SOUP_STATUS_UNPROCESSABLE_ENTITY,
             lathe_serve_routes[LATHE_SERVE_PREDICT].type, lathe_serve_describe_answer (job, exchange->server->name));
}

static gboolean
finish (gpointer data)
{
  g_autoptr (LatheServeJob) job = data;
  Exchange *exchange = job->data;
  g_autoptr (SoupServerMessage) message = exchange->message;

  release_body (exchange);
  respond_job (exchange, job);
  if (g_io_stream_is_closed (exchange->stream)) /* meanwhile */
    return G_SOURCE_REMOVE;
  lathe_serve_connection_answer (exchange->connection);
  soup_server_message_unpause (message);
  return G_SOURCE_REMOVE;
}

/* On any thread. */
void
lathe_serve_route_done (LatheServeJob *job)
{
  const Exchange *exchange = job->data;
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, finish, job, NULL);
  g_source_attach (source, exchange->server->context);
}

/* --- From libsoup --- */

/* Where the request's head has not come by here, libsoup itself has refused it. Nor was it looked at how long a body is
 * that follows, so that nothing else may. */
static void
on_head_written (SoupServerMessage *message, gpointer data)
{
  Exchange *exchange = data;

  if (exchange->begin != 0)
    return;
  exchange->begin = g_get_monotonic_time ();
  count (exchange, soup_server_message_get_status (message));
  soup_message_headers_replace (get_head (exchange), "Connection", "close");
}

static void
on_started (SoupServer *soup, SoupServerMessage *message, gpointer data)
{
  LatheServer *server = data;
  Exchange *exchange = g_new0 (Exchange, 1);

  exchange->server = server;
  exchange->message = message;
  exchange->connection = lathe_serve_connection_of (message);
  exchange->stream = lathe_serve_connection_begin (exchange->connection, message);
  exchange->route = LATHE_SERVE_N_ROUTES;
  exchange->body = g_byte_array_new ();
  exchange->top = G_MAXUINT;
  g_object_set_data_full (G_OBJECT (message), KEY, exchange, exchange_free);
  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
  g_signal_connect (message, "got-chunk", G_CALLBACK (on_chunk), exchange);
  g_signal_connect_after (message, "got-body", G_CALLBACK (on_read), exchange);
  g_signal_connect (message, "wrote-headers", G_CALLBACK (on_head_written), exchange);
}

static void
on_ended (SoupServer *soup, SoupServerMessage *message, gpointer data)
{
  Exchange *exchange = g_object_get_data (G_OBJECT (message), KEY);

  release_body (exchange);
  lathe_serve_connection_rest (exchange->connection, message);
}

void
lathe_serve_route_attach (LatheServer *server)
{
  g_signal_connect (server->soup, "request-started", G_CALLBACK (on_started), server);
  g_signal_connect (server->soup, "request-finished", G_CALLBACK (on_ended), server);
  g_signal_connect (server->soup, "request-aborted", G_CALLBACK (on_ended), server);
  soup_server_add_early_handler (server->soup, NULL, on_head, server, NULL);
  soup_server_add_early_handler (server->soup, "*", on_head, server, NULL); /* which is not below the root */
  soup_server_add_handler (server->soup, NULL, on_body, server, NULL);
}
