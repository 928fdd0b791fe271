/* lathe-serve-private.h: what the files of this room share.
 *
 *   connection  what a client has open: its deadline, and what it is doing (lathe-serve-connection.c)
 *   exchange    one request on it and its answer, as the HTTP thread sees it (lathe-serve-route.c)
 *   job         the images of one request, on their way through the other threads (lathe-serve-queue.c)
 *   served      a model, and a network laid out for it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <libsoup/soup.h>

#include "lathe-serve-limits.h"
#include "lathe-serve-metrics.h"
#include "lathe-server.h"
#include "train/lathe-predictor.h"

G_BEGIN_DECLS

/* --- A model that answers; shared by reference ------------------------------------------------------------------- */

typedef struct
{
  gatomicrefcount references;
  GPtrArray *predictors; /* (element-type LathePredictor): those that are idle; guarded by the queue's lock */
  LatheModel *model;
  char *sha256; /* of its weights */
  gint64 since; /* seconds since 1970 */
} LatheServed;

LatheServed *lathe_served_new (LatheModel *model, guint n_threads, GError **error);
LatheServed *lathe_served_ref (LatheServed *served);
void lathe_served_unref (LatheServed *served);

/* --- The images of one request ----------------------------------------------------------------------------------- */

typedef struct _LatheServeJob LatheServeJob;

typedef struct
{
  LatheServeJob *job;
  GBytes *bytes;       /* of the file */
  char *file;          /* its name, where it came with one */
  guint8 *seen;        /* as the network gets it, once it is decoded */
  float *probability;  /* of each label, once it is answered */
  double milliseconds; /* of the pass that answered it */
  GError *error;       /* why it has none */
} LatheServeImage;

struct _LatheServeJob
{
  LatheServed *served;
  GBytes *body;
  char *content_type;    /* (nullable) */
  guint top;             /* so many labels */
  GPtrArray *images;     /* (element-type LatheServeImage); NULL until the body is read */
  GError *error;         /* the body is not what it should be, or there is no room: LATHE_ERROR_MEMORY */
  guint begun, decoding; /* images: whose decoding has begun, and goes on; guarded by the queue's lock */
  gint left;             /* images; atomic */
  gpointer data;         /* the exchange */
};

void lathe_serve_image_free (LatheServeImage *image);
void lathe_serve_job_free (LatheServeJob *job);

/* --- lathe-serve-body.c ------------------------------------------------------------------------------------------ */

typedef enum
{
  LATHE_SERVE_IMAGE,
  LATHE_SERVE_FORM,
  LATHE_SERVE_JSON,
  LATHE_SERVE_OTHER, /* nothing that could hold an image */
} LatheServeKind;

LatheServeKind lathe_serve_kind (const char *content_type);
gboolean lathe_serve_read_body (LatheServeJob *job, GError **error);
GPtrArray *lathe_serve_split_form (GBytes *body, const char *content_type, GError **error);
gboolean lathe_serve_read_top (const char *text, guint *top);

/* --- lathe-serve-queue.c ----------------------------------------------------------------------------------------- */

typedef struct _LatheServeQueue LatheServeQueue;

/* On any thread: every image has an answer or an error, or the job itself has one. */
typedef void (*LatheServeDoneFunc) (LatheServeJob *job);

LatheServeQueue *lathe_serve_queue_new (guint n_threads, LatheServeMetrics *metrics, LatheServeDoneFunc done);
void lathe_serve_queue_free (LatheServeQueue *queue);
gboolean lathe_serve_queue_is_full (LatheServeQueue *queue);
guint lathe_serve_queue_get_n_waiting (LatheServeQueue *queue);
void lathe_serve_queue_add (LatheServeQueue *queue, LatheServeJob *job);

/* --- lathe-serve-answer.c ---------------------------------------------------------------------------------------- */

#define LATHE_SERVE_HEAD_TOO_LARGE 431 /* RFC 6585, section 5, which libsoup does not name */

const char *lathe_serve_phrase (guint status);
char *lathe_serve_describe_error (const char *message);
char *lathe_serve_describe_model (const LatheServed *served, const char *name);
char *lathe_serve_describe_answer (const LatheServeJob *job, const char *name);

/* --- lathe-serve-guard.c ----------------------------------------------------------------------------------------- */

/* A refusal: 0 where there is none to make. */
typedef struct
{
  guint status;
  const char *message; /* untranslated: it goes to programs */
  gboolean close;      /* what follows on the connection cannot be told from the body */
  const char *header;  /* that goes with it, or NULL */
  const char *value;
} LatheServeRefusal;

extern const LatheServeRefusal lathe_serve_too_long;

void lathe_serve_write_refusal (GSocket *socket, const LatheServeRefusal *refusal); /* of lathe-serve-answer.c */

LatheServeRefusal lathe_serve_check_framing (SoupMessageHeaders *headers);
LatheServeRefusal lathe_serve_check_body (SoupMessageHeaders *headers, gboolean wanted);
gboolean lathe_serve_is_left_unread (SoupMessageHeaders *headers);
LatheServeRefusal lathe_serve_check_origin (SoupServerMessage *message, const char *const *names, gboolean local_only);
gboolean lathe_serve_check_token (SoupMessageHeaders *headers, const char *token);

/* --- lathe-serve-page.c ------------------------------------------------------------------------------------------ */

typedef struct
{
  char *html, *policy; /* its Content-Security-Policy */
} LatheServePage;

void lathe_serve_page_init (LatheServePage *page);
void lathe_serve_page_clear (LatheServePage *page);

/* --- lathe-serve-openapi.c --------------------------------------------------------------------------------------- */

typedef enum
{
  LATHE_SERVE_FRONT,
  LATHE_SERVE_HEALTH,
  LATHE_SERVE_METRICS,
  LATHE_SERVE_MODEL,
  LATHE_SERVE_OPENAPI,
  LATHE_SERVE_PREDICT,
  LATHE_SERVE_N_ROUTES, /* also: another path */
} LatheServeRouteId;

/* What requests are told apart by, and what the description is drawn from. */
typedef struct
{
  const char *path, *method; /* what takes a GET takes a HEAD */
  const char *name;          /* in the description, and of clients' functions */
  const char *type;          /* of its answer */
  const char *schema;        /* of the same, in openapi.json; NULL: none */
  gboolean open;             /* without a token */
  const char *summary;
} LatheServeRoute;

extern const LatheServeRoute lathe_serve_routes[LATHE_SERVE_N_ROUTES];

char *lathe_serve_describe_api (gboolean with_token);

/* --- lathe-serve-connection.c ------------------------------------------------------------------------------------ */

typedef struct _LatheServeConnections LatheServeConnections;
typedef struct _LatheServeConnection LatheServeConnection;

LatheServeConnections *lathe_serve_connections_new (GMainContext *context, SoupServer *soup, GSocket *listening);
void lathe_serve_connections_free (LatheServeConnections *connections);
guint lathe_serve_connections_count (LatheServeConnections *connections);
void lathe_serve_connections_stop (LatheServeConnections *connections);
LatheServeConnection *lathe_serve_connection_of (SoupServerMessage *message);
GIOStream *lathe_serve_connection_begin (LatheServeConnection *connection, SoupServerMessage *message);
void lathe_serve_connection_wait_for_body (LatheServeConnection *connection);
void lathe_serve_connection_add (LatheServeConnection *connection, gsize n_bytes);
void lathe_serve_connection_work (LatheServeConnection *connection);
void lathe_serve_connection_answer (LatheServeConnection *connection);
void lathe_serve_connection_rest (LatheServeConnection *connection, SoupServerMessage *message);
guint lathe_serve_connection_give_up_head (LatheServeConnection *connection);
gboolean lathe_serve_connection_is_refused (LatheServeConnection *connection);
void lathe_serve_connection_refuse (LatheServeConnection *connection, SoupServerMessage *message,
                                    const LatheServeRefusal *refusal);

/* --- lathe-server.c ---------------------------------------------------------------------------------------------- */

struct _LatheServer
{
  char *name, *token, *address;
  char **names;
  guint port, n_threads;
  gboolean local_only;

  GMutex lock;         /* guards served */
  LatheServed *served; /* whose answers are given */

  LatheServeMetrics *metrics;
  LatheServeQueue *queue;

  /* of the HTTP thread */
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  GSocket *socket; /* that listens */
  int silent;      /* the other end of what libsoup listens to, or -1 */
  SoupServer *soup;
  LatheServeConnections *connections;
  LatheServePage page;
  char *api;
  gsize held; /* bytes of bodies */
  gboolean stopping;
};

LatheServed *lathe_server_get_served (LatheServer *server);
void lathe_serve_route_attach (LatheServer *server);
void lathe_serve_route_done (LatheServeJob *job);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheServed, lathe_served_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheServeJob, lathe_serve_job_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheServeImage, lathe_serve_image_free)

G_END_DECLS
