/* lathe-serve-answer.c: answers, written as JSON.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "base/lathe-json.h"
#include "formats/lathe-model-file.h"
#include "lathe-serve-private.h"

static JsonBuilder *
begin (void)
{
  JsonBuilder *json = json_builder_new ();

  json_builder_begin_object (json);
  return json;
}

/* Takes over the builder. (transfer full) */
static char *
end (JsonBuilder *json)
{
  g_autoptr (JsonBuilder) builder = json;
  char *text;

  json_builder_end_object (builder);
  text = lathe_json_finish (builder);
  return text;
}

static void
add_string (JsonBuilder *json, const char *name, const char *value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_string_value (json, value);
}

static void
add_real (JsonBuilder *json, const char *name, double value)
{
  json_builder_set_member_name (json, name);
  if (isfinite (value))
    json_builder_add_double_value (json, value);
  else
    json_builder_add_null_value (json);
}

static void
add_count (JsonBuilder *json, const char *name, guint64 value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_int_value (json, (gint64) value);
}

/* libsoup has no words for some. */
const char *
lathe_serve_phrase (guint status)
{
  switch (status)
    {
    case SOUP_STATUS_MISDIRECTED_REQUEST:
      return "Misdirected Request";
    case LATHE_SERVE_HEAD_TOO_LARGE:
      return "Request Header Fields Too Large";
    default:
      return soup_status_get_phrase (status);
    }
}

/* (transfer full) */
char *
lathe_serve_describe_error (const char *message)
{
  JsonBuilder *json = begin ();

  add_string (json, "error", message);
  return end (json);
}

/* What a socket has no room for at once, some hundred bytes, its client does not get. */
void
lathe_serve_write_refusal (GSocket *socket, const LatheServeRefusal *refusal)
{
  g_autofree char *text = lathe_serve_describe_error (refusal->message);
  g_autofree char *answer = g_strdup_printf (
      "HTTP/1.1 %u %s\r\n"
      "Connection: close\r\n"
      "Content-Type: application/json\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "%s%s%s%s"
      "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
      refusal->status, lathe_serve_phrase (refusal->status), refusal->header != NULL ? refusal->header : "",
      refusal->header != NULL ? ": " : "", refusal->header != NULL ? refusal->value : "",
      refusal->header != NULL ? "\r\n" : "", strlen (text), text);

  g_socket_send_with_blocking (socket, answer, strlen (answer), FALSE, NULL, NULL);
}

/* --- The model --- */

static void
add_scores (JsonBuilder *json, const LatheScores *scores)
{
  json_builder_set_member_name (json, "scores");
  json_builder_begin_object (json);
  add_count (json, "best_epoch", scores->best_epoch);
  add_real (json, "val_loss", scores->validation_loss);
  add_real (json, "val_accuracy", scores->validation_accuracy);
  add_real (json, "test_loss", scores->test_loss);
  add_real (json, "test_accuracy", scores->test_accuracy);
  json_builder_end_object (json);
}

static void
add_input (JsonBuilder *json, const LathePreprocess *preprocess)
{
  g_autofree char *text = lathe_preprocess_to_json (preprocess);

  json_builder_set_member_name (json, "input");
  json_builder_begin_object (json);
  add_count (json, "width", preprocess->width);
  add_count (json, "height", preprocess->height);
  add_count (json, "channels", preprocess->channels);
  json_builder_end_object (json);
  json_builder_set_member_name (json, "preprocessing");
  json_builder_add_value (json, json_from_string (text, NULL));
}

/* (transfer full): what “GET /v1/model” answers */
char *
lathe_serve_describe_model (const LatheServed *served, const char *name)
{
  const LatheModel *model = served->model;
  g_autoptr (GDateTime) since = g_date_time_new_from_unix_utc (served->since);
  g_autofree char *since_text = g_date_time_format_iso8601 (since);
  JsonBuilder *json = begin ();

  add_string (json, "model", name);
  json_builder_set_member_name (json, "labels");
  json_builder_begin_array (json);
  for (char **label = model->labels; *label != NULL; label++)
    json_builder_add_string_value (json, *label);
  json_builder_end_array (json);
  add_input (json, &model->preprocess);
  add_count (json, "parameters", lathe_model_count_numbers (model));
  add_real (json, "temperature", model->temperature);
  add_string (json, "weights_sha256", served->sha256);
  add_string (json, "since", since_text);
  add_scores (json, &model->scores);
  return end (json);
}

/* --- What it says of images --- */

static int
compare_probabilities (gconstpointer a, gconstpointer b, gpointer probability)
{
  guint i = *(const guint *) a, j = *(const guint *) b;
  float p = ((const float *) probability)[i], q = ((const float *) probability)[j];

  return p != q ? (p < q ? 1 : -1) : (int) i - (int) j;
}

static void
add_labels (JsonBuilder *json, const LatheModel *model, float *probability, guint top)
{
  guint n = lathe_model_get_n_labels (model);
  g_autofree guint *order = g_new (guint, n);

  for (guint i = 0; i < n; i++)
    order[i] = i;
  g_qsort_with_data (order, (int) n, sizeof *order, compare_probabilities, probability);
  json_builder_set_member_name (json, "predictions");
  json_builder_begin_array (json);
  for (guint i = 0; i < MIN (n, top); i++)
    {
      json_builder_begin_object (json);
      add_string (json, "label", model->labels[order[i]]);
      add_real (json, "probability", (double) probability[order[i]]);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

/* (transfer full): what “POST /v1/predict” answers: of each image, in the order in which they came, what is on it, or
 * why it could not be read */
char *
lathe_serve_describe_answer (const LatheServeJob *job, const char *name)
{
  JsonBuilder *json = begin ();

  add_string (json, "model", name);
  json_builder_set_member_name (json, "predictions");
  json_builder_begin_array (json);
  for (guint i = 0; i < job->images->len; i++)
    {
      const LatheServeImage *image = job->images->pdata[i];

      json_builder_begin_object (json);
      if (image->file != NULL)
        add_string (json, "file", image->file);
      if (image->error != NULL)
        add_string (json, "error", image->error->message);
      else
        {
          add_labels (json, job->served->model, image->probability, job->top);
          add_real (json, "milliseconds", image->milliseconds);
        }
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  return end (json);
}
