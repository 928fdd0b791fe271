/* lathe-serve-form.c: takes a multipart/form-data body apart (RFC 7578, RFC 2046 section 5.1).
 *
 * The parts are not copied. libsoup has a reader of its own, but sets no limit to how many parts there are: a body of
 * empty ones would take many times its size.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _GNU_SOURCE /* memmem() */
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-serve-private.h"

#define MAX_BOUNDARY 70         /* RFC 2046 */
#define MAX_PART_HEAD (8 << 10) /* a name and a type */

/* Bytes that have not been read yet. */
typedef struct
{
  const char *at, *end;
} Rest;

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, message);
  return FALSE;
}

/* (transfer full) (nullable): a parameter of a header's value */
static char *
find_parameter (const char *value, const char *name)
{
  GHashTable *parameters = soup_header_parse_semi_param_list (value);
  char *found = g_strdup (g_hash_table_lookup (parameters, name));

  soup_header_free_param_list (parameters);
  return found;
}

/* Goes behind the next `mark`. Returns: what lies in front of it, or NULL where there is none. */
static const char *
skip_to (Rest *rest, const char *mark, gsize length, gsize *n)
{
  const char *from = rest->at;
  const char *found = memmem (from, (gsize) (rest->end - from), mark, length);

  if (found == NULL)
    return NULL;
  *n = (gsize) (found - from);
  rest->at = found + length;
  return from;
}

/* The file's name out of a part's head; NULL where it is no file. (transfer full) */
static char *
read_name (const char *head, gsize n, gboolean *is_file)
{
  g_autofree char *text = g_strndup (head, n);
  g_auto (GStrv) lines = g_strsplit (text, "\r\n", -1);

  *is_file = FALSE;
  for (char **line = lines; *line != NULL; line++)
    if (g_ascii_strncasecmp (*line, "Content-Disposition:", 20) == 0)
      {
        g_autofree char *valid = g_utf8_make_valid (*line + 20, -1);
        char *name = find_parameter (valid, "filename");

        *is_file = name != NULL;
        return name;
      }
  return NULL;
}

/* A part begins where `rest` does. One that is no file is passed over: a browser sends a form's other fields, too. */
static gboolean
read_part (Rest *rest, GBytes *body, const char *delimiter, GPtrArray *images, GError **error)
{
  gsize n_head, n;
  gboolean is_file;
  const char *head = skip_to (rest, "\r\n\r\n", 4, &n_head);
  const char *contents = head != NULL ? skip_to (rest, delimiter, strlen (delimiter), &n) : NULL;

  if (contents == NULL || n_head > MAX_PART_HEAD)
    return refuse (error, "the form's end is missing, or the head of a part is too long");
  g_autofree char *name = read_name (head, n_head, &is_file);
  if (!is_file)
    return TRUE;
  if (images->len >= LATHE_SERVE_MAX_IMAGES)
    return refuse (error, "there are more than " G_STRINGIFY (
                              LATHE_SERVE_MAX_IMAGES) " images in the form; send some of them in another request");

  LatheServeImage *image = g_new0 (LatheServeImage, 1);
  image->file = g_steal_pointer (&name);
  image->bytes = g_bytes_new_from_bytes (body, (gsize) (contents - (const char *) g_bytes_get_data (body, NULL)), n);
  g_ptr_array_add (images, image);
  return TRUE;
}

/* --boundary CRLF part CRLF--boundary CRLF part … CRLF--boundary-- */
static gboolean
read_parts (Rest *rest, GBytes *body, const char *boundary, GPtrArray *images, GError **error)
{
  g_autofree char *delimiter = g_strconcat ("\r\n--", boundary, NULL);
  gsize n;

  if (skip_to (rest, delimiter + 2, strlen (delimiter) - 2, &n) == NULL)
    return refuse (error, "the boundary that the Content-Type names is not in the form");
  for (guint i = 0; i <= 2 * LATHE_SERVE_MAX_IMAGES; i++)
    {
      if (rest->end - rest->at >= 2 && memcmp (rest->at, "--", 2) == 0)
        return TRUE;
      if (skip_to (rest, "\r\n", 2, &n) == NULL || n > MAX_BOUNDARY)
        return refuse (error, "the form's end is missing");
      rest->at -= 2; /* a part without a head begins with the line's end */
      if (!read_part (rest, body, delimiter, images, error))
        return FALSE;
    }
  return refuse (error, "there are too many fields in the form");
}

/**
 * lathe_serve_split_form:
 * @content_type: with the boundary
 *
 * Errors: LATHE_ERROR_FORMAT; untranslated.
 *
 * Returns: (transfer full) (element-type LatheServeImage): the files in it
 */
GPtrArray *
lathe_serve_split_form (GBytes *body, const char *content_type, GError **error)
{
  g_autoptr (GPtrArray) images = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_serve_image_free);
  g_autofree char *boundary =
      find_parameter (strchrnul (content_type, ';') + (strchr (content_type, ';') != NULL), "boundary");
  gsize n;
  const char *data = g_bytes_get_data (body, &n);
  Rest rest = {data, data + n};

  if (boundary == NULL || boundary[0] == '\0' || strlen (boundary) > MAX_BOUNDARY)
    refuse (error, "the Content-Type names no boundary of 1 to 70 characters");
  else if (read_parts (&rest, body, boundary, images, error))
    return g_steal_pointer (&images);
  return NULL;
}
