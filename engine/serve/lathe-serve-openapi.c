/* lathe-serve-openapi.c: what there is to be asked, in one table, and its description (OpenAPI 3.1).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/lathe-json.h"
#include "lathe-serve-files.h"
#include "lathe-serve-private.h"

#define SCHEMAS "/org/lathe/Lathe/serve/schemas.json"

const LatheServeRoute lathe_serve_routes[LATHE_SERVE_N_ROUTES] = {
    [LATHE_SERVE_FRONT] = {"/", "GET", "page", "text/html; charset=utf-8", NULL, TRUE,
                           "A page on which images are dropped"},
    [LATHE_SERVE_HEALTH] = {"/healthz", "GET", "health", "application/json", "Health", TRUE,
                            "Whether the server answers"},
    [LATHE_SERVE_METRICS] = {"/metrics", "GET", "metrics", "text/plain; version=0.0.4; charset=utf-8", NULL, FALSE,
                             "Counts and times, for Prometheus"},
    [LATHE_SERVE_MODEL] = {"/v1/model", "GET", "model", "application/json", "Model", FALSE,
                           "Labels, input, preprocessing and scores of the model that answers"},
    [LATHE_SERVE_OPENAPI] = {"/openapi.json", "GET", "openapi", "application/json", NULL, TRUE, "This description"},
    [LATHE_SERVE_PREDICT] = {"/v1/predict", "POST", "predict", "application/json", "Answer", FALSE,
                             "What is on an image, or on several"},
};

/* What may be sent along, and how it is described; NULL: any bytes. */
static const struct
{
  const char *type, *schema;
} bodies[] = {
    {"image/*", NULL},
    {"multipart/form-data", "Form"},
    {"application/json", "Images"},
};

static const struct
{
  const char *status, *meaning;
} refusals[] = {
    {"400", "The request is not understood"},
    {"401", "The token is missing or wrong"},
    {"403", "It comes from a page of another origin"},
    {"408", "It took too long to come"},
    {"411", "It does not say how long it is"},
    {"413", "It is longer than " G_STRINGIFY (LATHE_SERVE_MAX_MEBIBYTES) " MiB"},
    {"415", "It is no image, form or JSON"},
    {"421", "It names another host"},
    {"422", "What was sent is no image that can be read"},
    {"503", "Too much is asked at once; Retry-After says when to try again"},
};

static void
add_string (JsonBuilder *json, const char *name, const char *value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_string_value (json, value);
}

static void
open_object (JsonBuilder *json, const char *name)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_object (json);
}

static void
add_content (JsonBuilder *json, const char *type, const char *schema)
{
  open_object (json, type);
  open_object (json, "schema");
  if (schema != NULL)
    {
      g_autofree char *reference = g_strconcat ("#/components/schemas/", schema, NULL);

      add_string (json, "$ref", reference);
    }
  json_builder_end_object (json);
  json_builder_end_object (json);
}

static void
add_response (JsonBuilder *json, const char *status, const char *meaning, const char *type, const char *schema)
{
  open_object (json, status);
  add_string (json, "description", meaning);
  open_object (json, "content");
  add_content (json, type, schema);
  json_builder_end_object (json);
  json_builder_end_object (json);
}

/* The query that an image is sent with. */
static void
add_top (JsonBuilder *json)
{
  json_builder_set_member_name (json, "parameters");
  json_builder_begin_array (json);
  json_builder_begin_object (json);
  add_string (json, "name", "top");
  add_string (json, "in", "query");
  add_string (json, "description", "So many of the likeliest labels; all without it");
  open_object (json, "schema");
  add_string (json, "type", "integer");
  json_builder_set_member_name (json, "minimum");
  json_builder_add_int_value (json, 1);
  json_builder_end_object (json);
  json_builder_end_object (json);
  json_builder_end_array (json);
}

static void
add_body (JsonBuilder *json)
{
  add_top (json);
  open_object (json, "requestBody");
  json_builder_set_member_name (json, "required");
  json_builder_add_boolean_value (json, TRUE);
  open_object (json, "content");
  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    add_content (json, bodies[i].type, bodies[i].schema);
  json_builder_end_object (json);
  json_builder_end_object (json);
}

static void
add_route (JsonBuilder *json, const LatheServeRoute *route, gboolean takes_body, gboolean with_token)
{
  g_autofree char *method = g_ascii_strdown (route->method, -1);

  open_object (json, route->path);
  open_object (json, method);
  add_string (json, "operationId", route->name);
  add_string (json, "summary", route->summary);
  json_builder_set_member_name (json, "security");
  json_builder_begin_array (json);
  if (with_token && !route->open)
    {
      json_builder_begin_object (json);
      json_builder_set_member_name (json, "token");
      json_builder_begin_array (json);
      json_builder_end_array (json);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  if (takes_body)
    add_body (json);
  open_object (json, "responses");
  add_response (json, "200", route->summary, route->type, route->schema);
  for (guint i = 0; takes_body && i < G_N_ELEMENTS (refusals); i++)
    add_response (json, refusals[i].status, refusals[i].meaning, "application/json", "Error");
  json_builder_end_object (json);
  json_builder_end_object (json);
  json_builder_end_object (json);
}

static void
add_components (JsonBuilder *json)
{
  g_autoptr (GBytes) schemas = g_resource_lookup_data (lathe_serve_files_get_resource (), SCHEMAS, 0, NULL);

  open_object (json, "components");
  open_object (json, "securitySchemes");
  open_object (json, "token");
  add_string (json, "type", "http");
  add_string (json, "scheme", "bearer");
  json_builder_end_object (json);
  json_builder_end_object (json);
  json_builder_set_member_name (json, "schemas");
  json_builder_add_value (json, json_from_string (g_bytes_get_data (schemas, NULL), NULL));
  json_builder_end_object (json);
}

/* (transfer full): what “GET /openapi.json” answers */
char *
lathe_serve_describe_api (gboolean with_token)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  add_string (json, "openapi", "3.1.0");
  open_object (json, "info");
  add_string (json, "title", "Lathe");
  add_string (json, "version", LATHE_VERSION);
  add_string (json, "summary", "What a model says of images");
  json_builder_end_object (json);
  open_object (json, "paths");
  for (guint i = 0; i < LATHE_SERVE_N_ROUTES; i++)
    add_route (json, &lathe_serve_routes[i], i == LATHE_SERVE_PREDICT, with_token);
  json_builder_end_object (json);
  add_components (json);
  json_builder_end_object (json);
  return lathe_json_finish (json);
}
