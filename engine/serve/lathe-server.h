/* lathe-server.h: answers over HTTP what a model says of images.
 *
 * One thread speaks HTTP (libsoup), a few have the images decoded, and one asks the network, a batch at a time:
 *
 *     head → [what may be refused, is] → body → images → decoded → [queue] → batch → answer
 *
 * Nothing that a client can do makes it take more memory than lathe-serve-limits.h says.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/lathe-model.h"

G_BEGIN_DECLS

/* Fewer could be found out by trying. */
#define LATHE_SERVER_MIN_TOKEN 16

#define LATHE_SERVER_PORT 8000

typedef struct
{
  const char *address;      /* an IP address of this machine; NULL: 127.0.0.1, which only this machine reaches */
  guint port;               /* 0: any that is free */
  const char *token;        /* that every question must bring; NULL: none, which 127.0.0.1 alone may have */
  const char *const *names; /* NULL-terminated: of this machine, beside its own; or NULL */
  guint n_threads;          /* 0: as many as there are cores */
} LatheServerOptions;

typedef struct
{
  guint64 n_requests; /* that were answered, whatever the answer */
  guint64 n_refused;  /* of them: with a status of 400 or above */
  guint64 n_images;   /* that the network was asked about */
  guint64 n_batches;  /* in which it was */
  guint n_waiting;    /* images that have not been answered yet */
} LatheServerStats;

/* Used by any thread. */
typedef struct _LatheServer LatheServer;

/**
 * lathe_server_new:
 * @name: of the model, for people
 * @options: (nullable)
 *
 * Listens, and answers from now on, on threads of its own.
 * Errors: LATHE_ERROR_INVALID where the address is none, or others than this machine would reach it and there is no
 * token, or too short a one; LATHE_ERROR_IO where the port is in use or may not be used; LATHE_ERROR_MEMORY.
 */
LatheServer *lathe_server_new (LatheModel *model, const char *name, const LatheServerOptions *options, GError **error);

/* What came is answered, for some seconds at most, and the rest given up; nothing more is accepted. */
void lathe_server_stop (LatheServer *server);

/* Stops it, where that was not done. */
void lathe_server_free (LatheServer *server);

guint lathe_server_get_port (LatheServer *server);

/* (transfer full): where it answers: http://127.0.0.1:8000/ */
char *lathe_server_get_url (LatheServer *server);

/**
 * lathe_server_set_model:
 *
 * From now on this one answers. Whoever has asked before is answered by the model that was there then.
 * Errors: LATHE_ERROR_MEMORY; then the one before goes on answering.
 */
gboolean lathe_server_set_model (LatheServer *server, LatheModel *model, GError **error);

void lathe_server_get_stats (LatheServer *server, LatheServerStats *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheServer, lathe_server_free)

G_END_DECLS
