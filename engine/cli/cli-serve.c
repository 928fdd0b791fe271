/* cli-serve.c: "lathe-cli serve MODEL" answers over HTTP what is on images.
 *
 * The model's file is watched: when another one takes its place, and can be read, that answers from then on; SIGHUP
 * says so, too.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>

#define TOKEN "LATHE_TOKEN"
#define SETTLE_MILLISECONDS 200 /* a file that was written in pieces */
#define MAX_PORT 65535

typedef struct
{
  CliCall call;
  char *address, *token, *port_text, *threads_text; /* as typed */
  char **names;
  guint port, threads;
  const char *path;
  LatheServer *server;
  GMainLoop *loop;
  GFileMonitor *monitor;
  guint reload; /* GSource; 0: none waits */
} Serve;

static void
serve_clear (Serve *s)
{
  char **texts[] = {&s->address, &s->token, &s->port_text, &s->threads_text};

  if (s->reload != 0)
    g_source_remove (s->reload);
  g_clear_object (&s->monitor);
  g_clear_pointer (&s->server, lathe_server_free);
  g_clear_pointer (&s->loop, g_main_loop_unref);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_clear_pointer (texts[i], g_free);
  g_clear_pointer (&s->names, g_strfreev);
  cli_call_clear (&s->call);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Serve, serve_clear)

static gboolean
parse (Serve *s, const CliCommand *command, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"port", 0, 0, G_OPTION_ARG_STRING, &s->port_text, N_ ("Where it answers (8000); 0: any that is free"), "N"},
      {"host", 0, 0, G_OPTION_ARG_STRING, &s->address,
       N_ ("The machine's IP address there (127.0.0.1, which other machines do not reach); 0.0.0.0: all of them"),
       "ADDRESS"},
      {"token", 0, 0, G_OPTION_ARG_STRING, &s->token,
       N_ ("What all who ask must give, as “Authorization: Bearer TOKEN”; other users of this machine see what is "
           "typed here, but not what is in the environment's LATHE_TOKEN"),
       "TOKEN"},
      {"name", 0, 0, G_OPTION_ARG_STRING_ARRAY, &s->names,
       N_ ("A name by which the machine is also asked, beside its own"), "HOST"},
      {"threads", 0, 0, G_OPTION_ARG_STRING, &s->threads_text, N_ ("Threads (as many as there are cores)"), "N"},
      G_OPTION_ENTRY_NULL,
  };

  s->port = LATHE_SERVER_PORT;
  if (!cli_parse (command, entries, NULL, argc, argv, &s->call, error))
    return FALSE;
  if (s->token == NULL)
    s->token = g_strdup (g_getenv (TOKEN));
  s->path = s->call.operands[0];
  return cli_read_count ("--port", s->port_text, 0, MAX_PORT, &s->port, error) &&
         cli_read_threads (s->threads_text, &s->threads, error);
}

/* --- What it tells --- */

static void
tell_model (const Serve *s, const char *event, const LatheModel *model)
{
  g_autofree char *url = lathe_server_get_url (s->server);
  g_autofree char *name = cli_display_name (s->path);

  if (s->call.json)
    {
      g_autofree char *sha256 = lathe_model_weights_sha256 (model);
      JsonBuilder *json = cli_json_begin (event);

      cli_json_string (json, "url", url);
      cli_json_string (json, "model", name);
      cli_json_int (json, "labels", lathe_model_get_n_labels (model));
      cli_json_string (json, "weights_sha256", sha256);
      cli_json_end (json);
    }
  else if (g_str_equal (event, "start"))
    g_print (_ ("%s answers at %s (Ctrl+C ends it)\n"), name, url);
  else
    g_print (_ ("%s was read again, and answers from now on\n"), name);
  fflush (stdout);
}

static void
tell_end (const Serve *s, const LatheServerStats *stats)
{
  g_autofree char *requests = cli_count (stats->n_requests);
  g_autofree char *images = cli_count (stats->n_images);

  if (s->call.json)
    {
      JsonBuilder *json = cli_json_begin ("done");

      cli_json_int (json, "requests", stats->n_requests);
      cli_json_int (json, "refused", stats->n_refused);
      cli_json_int (json, "images", stats->n_images);
      cli_json_int (json, "batches", stats->n_batches);
      cli_json_end (json);
      return;
    }
  g_print (_ ("%s requests were answered, about %s images\n"), requests, images);
}

/* --- Another model --- */

/* What cannot be read changes nothing. */
static gboolean
reload (gpointer data)
{
  Serve *s = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheModel) model = lathe_model_open (s->path, NULL, &error);

  s->reload = 0;
  if (model == NULL || !lathe_server_set_model (s->server, model, &error))
    cli_complain ("lathe-cli serve", error->message);
  else
    tell_model (s, "model", model);
  return G_SOURCE_REMOVE;
}

static gboolean
on_hangup (gpointer data)
{
  Serve *s = data;

  if (s->reload != 0)
    g_source_remove (s->reload);
  reload (s);
  return G_SOURCE_CONTINUE;
}

static void
on_changed (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, gpointer data)
{
  Serve *s = data;

  if (event != G_FILE_MONITOR_EVENT_CHANGED && event != G_FILE_MONITOR_EVENT_CREATED &&
      event != G_FILE_MONITOR_EVENT_CHANGES_DONE_HINT && event != G_FILE_MONITOR_EVENT_RENAMED &&
      event != G_FILE_MONITOR_EVENT_MOVED_IN)
    return;
  if (s->reload != 0)
    g_source_remove (s->reload);
  s->reload = g_timeout_add (SETTLE_MILLISECONDS, reload, s);
}

/* Where files cannot be watched, SIGHUP is left. */
static void
watch (Serve *s)
{
  g_autoptr (GFile) file = g_file_new_for_path (s->path);

  s->monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (s->monitor != NULL)
    g_signal_connect (s->monitor, "changed", G_CALLBACK (on_changed), s);
}

/* --- Running --- */

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

/* On any thread. Out of the loop itself, as one that has not begun to run forgets that it was to quit. */
static void
on_interrupt (GCancellable *cancellable, gpointer loop)
{
  g_idle_add_full (G_PRIORITY_HIGH, quit, g_main_loop_ref (loop), (GDestroyNotify) g_main_loop_unref);
}

static gboolean
start (Serve *s, GError **error)
{
  g_autofree char *name = g_path_get_basename (s->path);
  g_autoptr (LatheModel) model = lathe_model_open (s->path, NULL, error);
  LatheServerOptions options = {
      .address = s->address,
      .port = s->port,
      .token = s->token,
      .names = (const char *const *) s->names,
      .n_threads = s->threads,
  };

  if (model == NULL)
    return FALSE;
  s->server = lathe_server_new (model, name, &options, error);
  if (s->server == NULL)
    return FALSE;
  tell_model (s, "start", model);
  return TRUE;
}

static int
run (const CliCommand *command, int argc, char **argv, GError **error)
{
  g_auto (Serve) s = {0};
  LatheServerStats stats;
  gulong handler;

  if (!parse (&s, command, argc, argv, error))
    return CLI_FAILED;
  s.loop = g_main_loop_new (NULL, FALSE);
  g_unix_signal_add (SIGHUP, on_hangup, &s);
  cli_interrupt ();
  if (!start (&s, error))
    return CLI_FAILED;
  watch (&s);

  handler = g_cancellable_connect (cli_interrupt (), G_CALLBACK (on_interrupt), s.loop, NULL);
  g_main_loop_run (s.loop);
  g_cancellable_disconnect (cli_interrupt (), handler);
  lathe_server_stop (s.server);
  lathe_server_get_stats (s.server, &stats);
  tell_end (&s, &stats);
  /* A service manager ends what it has started with SIGTERM, and takes all but 0 for a failure. */
  return cli_interrupt_status () == 128 + SIGTERM ? CLI_DONE : cli_interrupt_status ();
}

const CliCommand cli_serve = {
    .name = "serve",
    .operands = N_ ("MODEL"),
    .summary = N_ ("Answer over HTTP what is on images, for programs and browsers"),
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
