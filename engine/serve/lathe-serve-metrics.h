/* lathe-serve-metrics.h: what was asked, how it went, and how long it took; as Prometheus reads it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

#include "lathe-server.h"

G_BEGIN_DECLS

/* Used by any thread. */
typedef struct _LatheServeMetrics LatheServeMetrics;

/* What is a matter of now, not of all that happened. */
typedef struct
{
  guint n_waiting, n_connections;
  gsize held; /* bytes */
  const char *sha256;
} LatheServeNow;

LatheServeMetrics *lathe_serve_metrics_new (void);
void lathe_serve_metrics_free (LatheServeMetrics *metrics);

/* @route: a path of the table, or "other"; it must live as long as the metrics */
void lathe_serve_metrics_add_request (LatheServeMetrics *metrics, const char *route, guint status, double seconds);
void lathe_serve_metrics_add_batch (LatheServeMetrics *metrics, guint n_images, double seconds);
void lathe_serve_metrics_add_model (LatheServeMetrics *metrics);
void lathe_serve_metrics_get_stats (LatheServeMetrics *metrics, LatheServerStats *stats);

/* (transfer full): text exposition format 0.0.4 */
char *lathe_serve_metrics_write (LatheServeMetrics *metrics, const LatheServeNow *now);

G_END_DECLS
