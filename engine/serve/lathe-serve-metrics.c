/* lathe-serve-metrics.c: what was asked, how it went, and how long it took; as Prometheus reads it.
 *
 * Names, units (seconds, bytes) and the form of histograms follow “Metric and label naming” and “Text-based format” of
 * its documentation. The lock guards all of it; it is held for some additions, or while the text is written.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-serve-metrics.h"

#include <string.h>

#define N_BOUNDS 12

static const double seconds_bounds[N_BOUNDS] = {0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};
static const double images_bounds[] = {1, 2, 4, 8, 16};

typedef struct
{
  const double *bounds;
  guint n_bounds;
  guint64 counts[N_BOUNDS + 1]; /* the last: above all bounds */
  guint64 n;
  double sum;
} Histogram;

/* Requests of one route that were answered with one status. */
typedef struct
{
  const char *route;
  guint status;
  guint64 n;
} Answered;

/* How long those of one route took. */
typedef struct
{
  const char *route;
  Histogram seconds;
} Latency;

struct _LatheServeMetrics
{
  GMutex lock;
  GArray *answered;  /* (element-type Answered): a few dozen at most, as routes and statuses are */
  GArray *latencies; /* (element-type Latency) */
  Histogram batch_images, batch_seconds;
  guint64 n_models; /* that took the place of another */
};

static void
histogram_init (Histogram *histogram, const double *bounds, guint n_bounds)
{
  *histogram = (Histogram){.bounds = bounds, .n_bounds = n_bounds};
}

static void
histogram_add (Histogram *histogram, double value)
{
  guint i = 0;

  while (i < histogram->n_bounds && value > histogram->bounds[i])
    i++;
  histogram->counts[i]++;
  histogram->n++;
  histogram->sum += value;
}

LatheServeMetrics *
lathe_serve_metrics_new (void)
{
  LatheServeMetrics *metrics = g_new0 (LatheServeMetrics, 1);

  g_mutex_init (&metrics->lock);
  metrics->answered = g_array_new (FALSE, FALSE, sizeof (Answered));
  metrics->latencies = g_array_new (FALSE, FALSE, sizeof (Latency));
  histogram_init (&metrics->batch_images, images_bounds, G_N_ELEMENTS (images_bounds));
  histogram_init (&metrics->batch_seconds, seconds_bounds, N_BOUNDS);
  return metrics;
}

void
lathe_serve_metrics_free (LatheServeMetrics *metrics)
{
  g_array_unref (metrics->answered);
  g_array_unref (metrics->latencies);
  g_mutex_clear (&metrics->lock);
  g_free (metrics);
}

static Answered *
find_answered (LatheServeMetrics *metrics, const char *route, guint status)
{
  Answered fresh = {route, status, 0};

  for (guint i = 0; i < metrics->answered->len; i++)
    {
      Answered *one = &g_array_index (metrics->answered, Answered, i);

      if (one->status == status && g_str_equal (one->route, route))
        return one;
    }
  g_array_append_val (metrics->answered, fresh);
  return &g_array_index (metrics->answered, Answered, metrics->answered->len - 1);
}

static Latency *
find_latency (LatheServeMetrics *metrics, const char *route)
{
  Latency fresh = {.route = route};

  for (guint i = 0; i < metrics->latencies->len; i++)
    if (g_str_equal (g_array_index (metrics->latencies, Latency, i).route, route))
      return &g_array_index (metrics->latencies, Latency, i);
  histogram_init (&fresh.seconds, seconds_bounds, N_BOUNDS);
  g_array_append_val (metrics->latencies, fresh);
  return &g_array_index (metrics->latencies, Latency, metrics->latencies->len - 1);
}

void
lathe_serve_metrics_add_request (LatheServeMetrics *metrics, const char *route, guint status, double seconds)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&metrics->lock);

  find_answered (metrics, route, status)->n++;
  histogram_add (&find_latency (metrics, route)->seconds, seconds);
}

void
lathe_serve_metrics_add_batch (LatheServeMetrics *metrics, guint n_images, double seconds)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&metrics->lock);

  histogram_add (&metrics->batch_images, n_images);
  histogram_add (&metrics->batch_seconds, seconds);
}

void
lathe_serve_metrics_add_model (LatheServeMetrics *metrics)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&metrics->lock);

  metrics->n_models++;
}

void
lathe_serve_metrics_get_stats (LatheServeMetrics *metrics, LatheServerStats *stats)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&metrics->lock);

  *stats = (LatheServerStats){
      .n_images = (guint64) metrics->batch_images.sum,
      .n_batches = metrics->batch_images.n,
  };
  for (guint i = 0; i < metrics->answered->len; i++)
    {
      const Answered *one = &g_array_index (metrics->answered, Answered, i);

      stats->n_requests += one->n;
      stats->n_refused += one->status >= 400 ? one->n : 0;
    }
}

/* --- The text --- */

static void
begin_metric (GString *text, const char *name, const char *type, const char *help)
{
  g_string_append_printf (text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static const char *
write_number (char *buffer, double value)
{
  return g_ascii_formatd (buffer, G_ASCII_DTOSTR_BUF_SIZE, "%.9g", value);
}

static void
add_count (GString *text, const char *name, const char *type, const char *help, guint64 count)
{
  begin_metric (text, name, type, help);
  g_string_append_printf (text, "%s %" G_GUINT64_FORMAT "\n", name, count);
}

/* label: with a comma behind it, or nothing */
static void
add_histogram (GString *text, const char *name, const char *label, const Histogram *histogram)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *alone = label[0] != '\0' ? g_strdup_printf ("{%.*s}", (int) strlen (label) - 1, label) : NULL;
  guint64 n = 0;

  for (guint i = 0; i < histogram->n_bounds; i++)
    {
      n += histogram->counts[i];
      g_string_append_printf (text, "%s_bucket{%sle=\"%s\"} %" G_GUINT64_FORMAT "\n", name, label,
                              write_number (number, histogram->bounds[i]), n);
    }
  g_string_append_printf (text, "%s_bucket{%sle=\"+Inf\"} %" G_GUINT64_FORMAT "\n", name, label, histogram->n);
  g_string_append_printf (text, "%s_sum%s %s\n", name, alone != NULL ? alone : "",
                          write_number (number, histogram->sum));
  g_string_append_printf (text, "%s_count%s %" G_GUINT64_FORMAT "\n", name, alone != NULL ? alone : "", histogram->n);
}

static void
add_requests (GString *text, const LatheServeMetrics *metrics)
{
  begin_metric (text, "lathe_requests_total", "counter", "Requests that were answered, by route and status.");
  for (guint i = 0; i < metrics->answered->len; i++)
    {
      const Answered *one = &g_array_index (metrics->answered, Answered, i);

      g_string_append_printf (text, "lathe_requests_total{route=\"%s\",code=\"%u\"} %" G_GUINT64_FORMAT "\n",
                              one->route, one->status, one->n);
    }
  begin_metric (text, "lathe_request_seconds", "histogram", "From the head of a request to its answer, by route.");
  for (guint i = 0; i < metrics->latencies->len; i++)
    {
      const Latency *one = &g_array_index (metrics->latencies, Latency, i);
      g_autofree char *label = g_strdup_printf ("route=\"%s\",", one->route);

      add_histogram (text, "lathe_request_seconds", label, &one->seconds);
    }
}

char *
lathe_serve_metrics_write (LatheServeMetrics *metrics, const LatheServeNow *now)
{
  GString *text = g_string_new (NULL);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&metrics->lock);

  add_requests (text, metrics);
  begin_metric (text, "lathe_batch_images", "histogram", "Images that the network was asked about together.");
  add_histogram (text, "lathe_batch_images", "", &metrics->batch_images);
  begin_metric (text, "lathe_batch_seconds", "histogram", "What a batch took of the network.");
  add_histogram (text, "lathe_batch_seconds", "", &metrics->batch_seconds);
  add_count (text, "lathe_waiting_images", "gauge", "Images that have come and are not answered yet.", now->n_waiting);
  add_count (text, "lathe_held_bytes", "gauge", "Bodies of requests in memory.", now->held);
  add_count (text, "lathe_connections", "gauge", "Open connections.", now->n_connections);
  add_count (text, "lathe_models_replaced_total", "counter", "Models that took the place of another.",
             metrics->n_models);
  begin_metric (text, "lathe_model_info", "gauge", "The model that answers.");
  g_string_append_printf (text, "lathe_model_info{sha256=\"%s\"} 1\n", now->sha256);
  return g_string_free (text, FALSE);
}
