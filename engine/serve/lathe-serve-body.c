/* lathe-serve-body.c: finds the images in what was sent.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/lathe-error.h"
#include "base/lathe-json.h"
#include "lathe-serve-private.h"

/* Of a JSON body: so many images, and what is around them. */
#define MAX_COMMAS (2 * LATHE_SERVE_MAX_IMAGES)

#define MAX_TOP 1000000

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, message);
  return FALSE;
}

/* The type alone, without its parameters. */
static gboolean
is_type (const char *content_type, const char *type)
{
  gsize n = strcspn (content_type, "; \t");

  return n == strlen (type) && g_ascii_strncasecmp (content_type, type, n) == 0;
}

/**
 * lathe_serve_kind:
 * @content_type: (nullable)
 *
 * What a body can be. Which format an image has is seen by its first bytes, whatever its type is called.
 */
LatheServeKind
lathe_serve_kind (const char *content_type)
{
  if (content_type == NULL || g_ascii_strncasecmp (content_type, "image/", 6) == 0 ||
      is_type (content_type, "application/octet-stream") ||
      is_type (content_type, "application/x-www-form-urlencoded")) /* what curl --data-binary says */
    return LATHE_SERVE_IMAGE;
  if (is_type (content_type, "multipart/form-data"))
    return LATHE_SERVE_FORM;
  return is_type (content_type, "application/json") ? LATHE_SERVE_JSON : LATHE_SERVE_OTHER;
}

gboolean
lathe_serve_read_top (const char *text, guint *top)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, 1, MAX_TOP, &number, NULL))
    return FALSE;
  *top = (guint) number;
  return TRUE;
}

/* --- JSON --- */

/* Strict: g_base64_decode() passes over what is none. An address of the kind “data:image/png;base64,…” is understood,
 * as browsers make it. */
static GBytes *
decode_base64 (const char *text)
{
  const char *comma = g_str_has_prefix (text, "data:") ? strchr (text, ',') : NULL;
  const char *digits = comma != NULL ? comma + 1 : text;
  gsize n_digits = strspn (digits, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
  gsize n_padding = strspn (digits + n_digits, "="), n;

  if (digits[n_digits + n_padding] != '\0' || n_padding > 2 || (n_digits + n_padding) % 4 != 0)
    return NULL;
  guint8 *bytes = g_base64_decode (digits, &n);
  return g_bytes_new_take (bytes, n);
}

static gboolean
read_images (JsonArray *array, GPtrArray *images, GError **error)
{
  guint n = json_array_get_length (array);

  if (n > LATHE_SERVE_MAX_IMAGES)
    return refuse (
        error, "“images” has more than " G_STRINGIFY (LATHE_SERVE_MAX_IMAGES) "; send some of them in another request");
  for (guint i = 0; i < n; i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      GBytes *bytes = JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
                          ? decode_base64 (json_node_get_string (node))
                          : NULL;

      if (bytes == NULL)
        {
          g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT, "“images[%u]” is no text of base64", i);
          return FALSE;
        }
      LatheServeImage *image = g_new0 (LatheServeImage, 1);
      image->bytes = bytes;
      g_ptr_array_add (images, image);
    }
  return TRUE;
}

static gboolean
read_object (LatheServeJob *job, JsonObject *object, GError **error)
{
  JsonNode *images = json_object_get_member (object, "images");
  JsonNode *top = json_object_get_member (object, "top");

  if (images == NULL || !JSON_NODE_HOLDS_ARRAY (images))
    return refuse (error, "“images” is to be a list of images in base64");
  if (top != NULL)
    {
      gint64 value =
          JSON_NODE_HOLDS_VALUE (top) && json_node_get_value_type (top) == G_TYPE_INT64 ? json_node_get_int (top) : 0;

      if (value < 1 || value > MAX_TOP)
        return refuse (error, "“top” is to be a whole number from 1 up");
      job->top = (guint) value;
    }
  return read_images (json_node_get_array (images), job->images, error);
}

static gboolean
read_json (LatheServeJob *job, GError **error)
{
  gsize n;
  const char *text = g_bytes_get_data (job->body, &n);
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();

  if (n == 0 || !g_utf8_validate_len (text, n, NULL))
    return refuse (error, "the body is no JSON in UTF-8");
  if (!lathe_json_is_modest (text, n, MAX_COMMAS))
    return refuse (error, "the JSON is nested too deeply, or has too many values");
  if (!json_parser_load_from_data (parser, text, (gssize) n, NULL))
    return refuse (error, "the body is no JSON");
  JsonNode *root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return refuse (error, "the JSON is to be an object: {\"images\": [\"base64…\"], \"top\": 5}");
  return read_object (job, json_node_get_object (root), error);
}

/* --- All of them --- */

/**
 * lathe_serve_read_body:
 *
 * Finds the images of a job, at least one. The body is let go of; images that lie in it keep it.
 * Errors: LATHE_ERROR_FORMAT; untranslated.
 */
gboolean
lathe_serve_read_body (LatheServeJob *job, GError **error)
{
  gboolean done = TRUE;

  job->images = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_serve_image_free);
  switch (lathe_serve_kind (job->content_type))
    {
    case LATHE_SERVE_JSON:
      done = read_json (job, error);
      break;
    case LATHE_SERVE_FORM:
      {
        GPtrArray *found = lathe_serve_split_form (job->body, job->content_type, error);

        done = found != NULL;
        if (done)
          {
            g_ptr_array_unref (job->images);
            job->images = found;
          }
        break;
      }
    default:
      {
        LatheServeImage *image = g_new0 (LatheServeImage, 1);

        image->bytes = g_bytes_ref (job->body);
        g_ptr_array_add (job->images, image);
      }
    }
  g_clear_pointer (&job->body, g_bytes_unref);
  for (guint i = 0; i < job->images->len; i++)
    ((LatheServeImage *) job->images->pdata[i])->job = job;
  return done && (job->images->len > 0 || refuse (error, "there is no image in the body"));
}
