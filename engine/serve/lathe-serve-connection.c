/* lathe-serve-connection.c: what clients have open: how many, since when, and how they are got rid of.
 *
 * libsoup waits for a client for as long as that likes. So every connection has one deadline at a time:
 *
 *     waiting for a head → for a body → [answering: none, it is our turn] → for the answer to be taken → for a head …
 *
 * When it passes, the client is told so (408) and the connection closed. All of this is the HTTP thread's.
 *
 * Connections are accepted here and handed to libsoup, whose own listener knows no limit, goes deaf when there are no
 * more files, and (3.2) keeps every socket in memory. libsoup's messages know the address of the client: the very
 * object that was handed over, by which the connection is found again. It lives as long as its stream.
 *
 * While no request comes, libsoup (3.2) does not see that a client goes, and keeps the connection for ever. So that is
 * looked for here, ahead of libsoup.
 *
 * To refuse a client whose body is not worth waiting for, the connection is taken from libsoup: in the main loop's next
 * turn, as libsoup is in the middle of reading when it is decided. The refusal is written, and what the client is still
 * sending is read and thrown away for a moment, before it is closed.
 *
 * A head that libsoup finds too long it gives up without a word, and closes the connection. So while a head is waited
 * for, another descriptor of the socket is kept, by which the refusal goes then.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>

#include "lathe-serve-private.h"

#define KEY "lathe-serve-connection"
#define GRACE_MILLISECONDS 100 /* in the end: what is on its way still comes */
#define DEAF_MILLISECONDS 100  /* when no connection can be accepted, until it is tried again */
#define REFUSED_AT_ONCE 64     /* connections too many that are told so */

typedef enum
{
  HEAD,   /* is waited for */
  BODY,   /* likewise */
  WORK,   /* it is our turn */
  ANSWER, /* is to be taken */
  REFUSED,
} State;

struct _LatheServeConnections
{
  GMainContext *context;
  SoupServer *soup;
  GSocket *listening;
  GSource *accepting;
  GHashTable *all; /* (element-type LatheServeConnection): a set */
  guint most;
  gboolean stopping;
};

struct _LatheServeConnection
{
  LatheServeConnections *connections; /* NULL: they are gone */
  GIOStream *owner;                   /* not owned: it owns this */
  GSocket *socket;                    /* the owner's, or `kept` */
  GSocket *kept;                      /* while a head is waited for: the same, which libsoup does not close; or NULL */
  State state;
  SoupServerMessage *message; /* of which the head is read or has been; not owned; NULL: none has begun */
  SoupServerMessage *last;    /* while no head comes: the one before, by which the connection is taken from libsoup */
  GSource *deadline, *refusal, *reading;
  LatheServeRefusal reason;
  GIOStream *stream; /* once it is taken from libsoup */
  gint64 begin;      /* microseconds: when the head was there */
  gsize n_bytes;     /* of the body, so far */
  gsize n_thrown_away;
};

static const LatheServeRefusal too_slow = {SOUP_STATUS_REQUEST_TIMEOUT, "the request took too long to come", TRUE};
static const LatheServeRefusal too_large = {LATHE_SERVE_HEAD_TOO_LARGE, "the head of a request may have 100 KB", TRUE};
static const LatheServeRefusal too_many = {
    SOUP_STATUS_SERVICE_UNAVAILABLE, "too many connections are open; try again in a second", TRUE, "Retry-After", "1"};

static void
clear_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
connection_free (gpointer data)
{
  LatheServeConnection *connection = data;

  clear_source (&connection->deadline);
  clear_source (&connection->refusal);
  clear_source (&connection->reading);
  if (connection->connections != NULL)
    g_hash_table_remove (connection->connections->all, connection);
  g_clear_object (&connection->kept);
  g_free (connection);
}

static void
set_deadline (LatheServeConnection *connection, guint milliseconds, GSourceFunc func)
{
  clear_source (&connection->deadline);
  connection->deadline = g_timeout_source_new (milliseconds);
  g_source_set_callback (connection->deadline, func, connection, NULL);
  g_source_attach (connection->deadline, connection->connections->context);
}

/* --- Getting rid of one --- */

/* It may be gone afterwards. */
static void
close_stream (LatheServeConnection *connection)
{
  g_autoptr (GIOStream) stream = g_steal_pointer (&connection->stream);

  clear_source (&connection->deadline);
  clear_source (&connection->reading);
  g_clear_object (&connection->kept);
  g_io_stream_close (stream, NULL, NULL);
}

/* Of a connection on which nothing is asked. It may be gone afterwards. */
static void
close_idle (LatheServeConnection *connection)
{
  g_autoptr (SoupServerMessage) last = g_steal_pointer (&connection->last);

  g_clear_object (&connection->kept);
  if (g_socket_is_closed (connection->socket)) /* libsoup was faster */
    {
      clear_source (&connection->deadline);
      clear_source (&connection->reading);
      return;
    }
  connection->stream = soup_server_message_steal_connection (last);
  close_stream (connection);
}

static gboolean
stop_lingering (gpointer connection)
{
  close_stream (connection);
  return G_SOURCE_REMOVE;
}

static gboolean
throw_away (GSocket *socket, GIOCondition condition, gpointer data)
{
  LatheServeConnection *connection = data;
  g_autoptr (GError) error = NULL;
  char buffer[16384];
  gssize n = g_socket_receive_with_blocking (socket, buffer, sizeof buffer, FALSE, NULL, &error);

  connection->n_thrown_away += (gsize) MAX (n, 0);
  if (connection->n_thrown_away < LATHE_SERVE_LINGER_BYTES &&
      (n > 0 || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)))
    return G_SOURCE_CONTINUE;
  close_stream (connection);
  return G_SOURCE_REMOVE;
}

static void
linger (LatheServeConnection *connection)
{
  g_socket_shutdown (connection->socket, FALSE, TRUE, NULL);
  connection->reading = g_socket_create_source (connection->socket, G_IO_IN, NULL);
  g_source_set_callback (connection->reading, G_SOURCE_FUNC (throw_away), connection, NULL);
  g_source_attach (connection->reading, connection->connections->context);
  set_deadline (connection, connection->connections->stopping ? GRACE_MILLISECONDS : LATHE_SERVE_LINGER_SECONDS * 1000,
                stop_lingering);
}

/**
 * lathe_serve_connection_of:
 * @message: whose connection is open, or has its stream held
 *
 * Returns: (transfer none)
 */
LatheServeConnection *
lathe_serve_connection_of (SoupServerMessage *message)
{
  return g_object_get_data (G_OBJECT (soup_server_message_get_remote_address (message)), KEY);
}

static gboolean
send_refusal (gpointer data)
{
  SoupServerMessage *message = data;
  LatheServeConnection *connection = lathe_serve_connection_of (message);

  clear_source (&connection->refusal);
  if (g_socket_is_closed (connection->socket)) /* the client was faster */
    return G_SOURCE_REMOVE;
  connection->message = NULL;
  connection->stream = soup_server_message_steal_connection (message);
  lathe_serve_write_refusal (connection->socket, &connection->reason);
  if (connection->stream != NULL)
    linger (connection);
  return G_SOURCE_REMOVE;
}

/* Answers, and closes the connection, whatever the client is still sending. */
void
lathe_serve_connection_refuse (LatheServeConnection *connection, SoupServerMessage *message,
                               const LatheServeRefusal *refusal)
{
  if (connection->state == REFUSED)
    return;
  connection->state = REFUSED;
  clear_source (&connection->deadline);
  connection->reason = *refusal;
  connection->refusal = g_idle_source_new ();
  g_source_set_priority (connection->refusal, G_PRIORITY_HIGH);
  g_source_set_callback (connection->refusal, send_refusal, g_object_ref (message), g_object_unref);
  g_source_attach (connection->refusal, connection->connections->context);
}

/* Another descriptor of its socket; where there is none, a head that is too long has no answer. */
static void
keep (LatheServeConnection *connection)
{
  int fd = fcntl (g_socket_get_fd (connection->socket), F_DUPFD_CLOEXEC, 0);

  g_clear_object (&connection->kept);
  if (fd >= 0)
    connection->kept = g_socket_new_from_fd (fd, NULL);
}

/* Whether the client still is. */
static gboolean
is_there (GSocket *socket)
{
  char byte;
  gssize n = recv (g_socket_get_fd (socket), &byte, 1, MSG_PEEK | MSG_DONTWAIT);

  return n > 0 || (n < 0 && errno == EAGAIN);
}

/**
 * lathe_serve_connection_give_up_head:
 *
 * Of a head that libsoup has given up, and whose connection it has closed: says so to the client.
 *
 * Returns: the status that it got; 0: it went itself, or it was not libsoup who closed
 */
guint
lathe_serve_connection_give_up_head (LatheServeConnection *connection)
{
  if (connection->state != HEAD || connection->kept == NULL || connection->connections == NULL ||
      !g_socket_is_closed (connection->socket) || !is_there (connection->kept))
    return 0;
  connection->state = REFUSED;
  connection->message = NULL;
  connection->socket = connection->kept;
  connection->stream = g_object_ref (connection->owner);
  lathe_serve_write_refusal (connection->socket, &too_large);
  linger (connection);
  return too_large.status;
}

/* --- Deadlines --- */

static gboolean
give_up (gpointer data)
{
  LatheServeConnection *connection = data;

  clear_source (&connection->deadline);
  g_clear_object (&connection->kept);
  if (connection->last != NULL)
    close_idle (connection);
  else if (connection->message != NULL && connection->state != ANSWER)
    lathe_serve_connection_refuse (connection, connection->message, &too_slow);
  else
    g_socket_shutdown (connection->socket, TRUE, TRUE, NULL);
  return G_SOURCE_REMOVE;
}

static void
wait_for_head (LatheServeConnection *connection)
{
  connection->state = HEAD;
  set_deadline (connection, connection->connections->stopping ? GRACE_MILLISECONDS : LATHE_SERVE_HEAD_SECONDS * 1000,
                give_up);
}

/* A client that sends is waited for, one that dawdles is not. */
static gboolean
check_pace (gpointer data)
{
  LatheServeConnection *connection = data;
  gint64 seconds = LATHE_SERVE_BODY_SECONDS + (gint64) (connection->n_bytes / LATHE_SERVE_BODY_RATE);
  gint64 left = connection->begin + seconds * G_USEC_PER_SEC - g_get_monotonic_time ();

  if (left <= 0)
    return give_up (connection);
  set_deadline (connection, (guint) (left / 1000) + 1, check_pace);
  return G_SOURCE_REMOVE;
}

/* The head has come. */
void
lathe_serve_connection_wait_for_body (LatheServeConnection *connection)
{
  if (connection->state == REFUSED)
    return;
  connection->state = BODY;
  g_clear_object (&connection->kept);
  connection->begin = g_get_monotonic_time ();
  connection->n_bytes = 0;
  set_deadline (connection, LATHE_SERVE_BODY_SECONDS * 1000, check_pace);
}

/* So much more of the body has come. */
void
lathe_serve_connection_add (LatheServeConnection *connection, gsize n_bytes)
{
  connection->n_bytes += n_bytes;
}

/* The body has come: we may take as long as we like. */
void
lathe_serve_connection_work (LatheServeConnection *connection)
{
  if (connection->state == REFUSED)
    return;
  connection->state = WORK;
  clear_source (&connection->deadline);
}

/* The answer is there. */
void
lathe_serve_connection_answer (LatheServeConnection *connection)
{
  if (connection->state == REFUSED)
    return;
  connection->state = ANSWER;
  set_deadline (connection, LATHE_SERVE_ANSWER_SECONDS * 1000, give_up);
}

/* Another request comes, or the client goes. */
static gboolean
on_stir (GSocket *socket, GIOCondition condition, gpointer data)
{
  LatheServeConnection *connection = data;
  char byte;
  gssize n = recv (g_socket_get_fd (socket), &byte, 1, MSG_PEEK | MSG_DONTWAIT);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return G_SOURCE_CONTINUE;
  clear_source (&connection->reading);
  if (n <= 0)
    close_idle (connection);
  return G_SOURCE_REMOVE;
}

/* By now libsoup has closed it, unless it is to be kept. */
static gboolean
look_ahead (gpointer data)
{
  LatheServeConnection *connection = data;

  clear_source (&connection->reading);
  if (g_socket_is_closed (connection->socket))
    {
      close_idle (connection);
      return G_SOURCE_REMOVE;
    }
  connection->reading = g_socket_create_source (connection->socket, G_IO_IN, NULL);
  g_source_set_priority (connection->reading, G_PRIORITY_HIGH);
  g_source_set_callback (connection->reading, G_SOURCE_FUNC (on_stir), connection, NULL);
  g_source_attach (connection->reading, connection->connections->context);
  return G_SOURCE_REMOVE;
}

/* The answer to the message has been taken: another request may come. */
void
lathe_serve_connection_rest (LatheServeConnection *connection, SoupServerMessage *message)
{
  connection->message = NULL;
  if (connection->state == REFUSED)
    return;
  g_clear_object (&connection->kept);
  wait_for_head (connection);
  g_set_object (&connection->last, message);
  clear_source (&connection->reading);
  connection->reading = g_idle_source_new ();
  g_source_set_priority (connection->reading, G_PRIORITY_HIGH);
  g_source_set_callback (connection->reading, look_ahead, connection, NULL);
  g_source_attach (connection->reading, connection->connections->context);
}

gboolean
lathe_serve_connection_is_refused (LatheServeConnection *connection)
{
  return connection->state == REFUSED;
}

/* --- All of them --- */

/* How many connections there are files for: two each. */
static guint
count_files (void)
{
  struct rlimit files;

  if (getrlimit (RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY)
    return G_MAXUINT;
  return files.rlim_cur > 2 * LATHE_SERVE_OTHER_FILES
             ? (guint) MIN ((files.rlim_cur - LATHE_SERVE_OTHER_FILES) / 2, G_MAXUINT)
             : 1;
}

static LatheServeConnection *
connection_new (LatheServeConnections *connections, GSocketConnection *stream)
{
  LatheServeConnection *connection = g_new0 (LatheServeConnection, 1);

  connection->connections = connections;
  connection->owner = G_IO_STREAM (stream);
  connection->socket = g_socket_connection_get_socket (stream);
  g_hash_table_add (connections->all, connection);
  g_object_set_data_full (G_OBJECT (stream), KEY, connection, connection_free);
  return connection;
}

/* One connection too many. */
static void
turn_away (LatheServeConnection *connection)
{
  connection->state = REFUSED;
  connection->stream = g_object_ref (connection->owner);
  lathe_serve_write_refusal (connection->socket, &too_many);
  linger (connection);
}

static void
welcome (LatheServeConnections *connections, GSocket *socket)
{
  g_autoptr (GSocketAddress) local = g_socket_get_local_address (socket, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_get_remote_address (socket, NULL);
  g_autoptr (GSocketConnection) stream = g_socket_connection_factory_create_connection (socket);
  guint n = g_hash_table_size (connections->all);

  if (local == NULL || remote == NULL || n >= connections->most + REFUSED_AT_ONCE)
    return;
  LatheServeConnection *connection = connection_new (connections, stream);
  if (n >= connections->most)
    {
      turn_away (connection);
      return;
    }
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
  g_object_set_data (G_OBJECT (remote), KEY, connection);
  wait_for_head (connection);
  soup_server_accept_iostream (connections->soup, G_IO_STREAM (stream), local, remote, NULL);
}

static gboolean accept_again (gpointer connections);

/* It would be told at once that one still waits. */
static void
rest_a_moment (LatheServeConnections *connections)
{
  clear_source (&connections->accepting);
  connections->accepting = g_timeout_source_new (DEAF_MILLISECONDS);
  g_source_set_callback (connections->accepting, accept_again, connections, NULL);
  g_source_attach (connections->accepting, connections->context);
}

static gboolean
on_connection (GSocket *listening, GIOCondition condition, gpointer data)
{
  LatheServeConnections *connections = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_accept (listening, NULL, &error);

  if (socket != NULL)
    welcome (connections, socket);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    {
      rest_a_moment (connections);
      return G_SOURCE_REMOVE;
    }
  return G_SOURCE_CONTINUE;
}

static gboolean
accept_again (gpointer data)
{
  LatheServeConnections *connections = data;

  clear_source (&connections->accepting);
  connections->accepting = g_socket_create_source (connections->listening, G_IO_IN, NULL);
  g_source_set_callback (connections->accepting, G_SOURCE_FUNC (on_connection), connections, NULL);
  g_source_attach (connections->accepting, connections->context);
  return G_SOURCE_REMOVE;
}

/**
 * lathe_serve_connections_new:
 * @soup: (transfer none): gets them; it outlives them
 * @listening: (transfer none): likewise
 *
 * Accepts connections from now on.
 */
LatheServeConnections *
lathe_serve_connections_new (GMainContext *context, SoupServer *soup, GSocket *listening)
{
  LatheServeConnections *connections = g_new0 (LatheServeConnections, 1);

  connections->context = context;
  connections->soup = soup;
  connections->listening = listening;
  connections->all = g_hash_table_new (NULL, NULL);
  connections->most = MIN (LATHE_SERVE_MAX_CONNECTIONS, count_files ());
  g_socket_set_blocking (listening, FALSE);
  accept_again (connections);
  return connections;
}

/* Those that are still there have been closed. */
void
lathe_serve_connections_free (LatheServeConnections *connections)
{
  g_autoptr (GList) all = g_hash_table_get_keys (connections->all);

  clear_source (&connections->accepting);
  for (GList *item = all; item != NULL; item = item->next)
    {
      LatheServeConnection *connection = item->data;
      g_autoptr (SoupServerMessage) last = g_steal_pointer (&connection->last);

      clear_source (&connection->deadline);
      clear_source (&connection->reading);
      connection->connections = NULL;
    }
  g_hash_table_unref (connections->all);
  g_free (connections);
}

guint
lathe_serve_connections_count (LatheServeConnections *connections)
{
  return g_hash_table_size (connections->all);
}

/**
 * lathe_serve_connection_begin:
 * @message: libsoup makes it for a connection that it was handed, or reads the first bytes of another head there
 *
 * Returns: (transfer full): the stream that keeps the connection
 */
GIOStream *
lathe_serve_connection_begin (LatheServeConnection *connection, SoupServerMessage *message)
{
  GIOStream *owner = g_object_ref (connection->owner);

  if (connection->state != REFUSED)
    {
      connection->message = message;
      keep (connection);
    }
  if (connection->last != NULL)
    clear_source (&connection->reading);
  g_clear_object (&connection->last);
  return owner;
}

/* Accepts no more. What waits for another request is closed in a moment; what is refused, now. */
void
lathe_serve_connections_stop (LatheServeConnections *connections)
{
  g_autoptr (GList) all = g_hash_table_get_keys (connections->all);

  connections->stopping = TRUE;
  clear_source (&connections->accepting);
  g_socket_close (connections->listening, NULL);
  for (GList *item = all; item != NULL; item = item->next)
    {
      LatheServeConnection *connection = item->data;

      if (connection->state == HEAD)
        wait_for_head (connection);
      else if (connection->stream != NULL)
        close_stream (connection);
    }
}
