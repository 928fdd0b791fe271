/* lathe-serve-guard.c: who may ask at all.
 *
 * A page in a browser can send requests to any address, this machine's own included, and can give a name of its own
 * that address (DNS rebinding). It cannot hide where it comes from: what names another host, or comes from another
 * origin, is refused.
 *
 * How long a body is must have one meaning only, as another program in front of this one may have found another
 * (request smuggling; RFC 9112, section 6.3): twice a length, or a length and chunks, are refused, and the connection
 * is closed. libsoup's reader of chunks lets much pass; so a connection with chunks is closed after its answer. A body
 * that was asked about first (Expect) and is refused may come all the same, and libsoup takes it for the next request;
 * so such a connection is closed, too.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "lathe-serve-private.h"

static const LatheServeRefusal fine;

const LatheServeRefusal lathe_serve_too_long = {
    SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, "a body may have " G_STRINGIFY (LATHE_SERVE_MAX_MEBIBYTES) " MiB", TRUE};

/* --- How long the body is --- */

/* Of as many digits as fit a goffset whatever they are: libsoup makes a negative length of a larger one. */
static gboolean
is_number (const char *text)
{
  gsize n = strspn (text, "0123456789");

  return n > 0 && n <= 18 && text[n] == '\0';
}

LatheServeRefusal
lathe_serve_check_framing (SoupMessageHeaders *headers)
{
  /* Several of one name come as one, with commas between them. */
  const char *length = soup_message_headers_get_list (headers, "Content-Length");
  const char *encoding = soup_message_headers_get_list (headers, "Transfer-Encoding");

  if (length != NULL && !is_number (length))
    return (LatheServeRefusal){SOUP_STATUS_BAD_REQUEST, "Content-Length is to be one number", TRUE};
  if (length != NULL && encoding != NULL)
    return (LatheServeRefusal){SOUP_STATUS_BAD_REQUEST, "Content-Length and Transfer-Encoding exclude each other",
                               TRUE};
  if (encoding != NULL && g_ascii_strcasecmp (encoding, "chunked") != 0)
    return (LatheServeRefusal){SOUP_STATUS_NOT_IMPLEMENTED, "the only Transfer-Encoding that is understood is chunked",
                               TRUE};
  return fine;
}

/* Whether the body of what is refused is not waited for, and the connection closed: it is long, or comes only perhaps
 * (RFC 9110, section 10.1.1). */
gboolean
lathe_serve_is_left_unread (SoupMessageHeaders *headers)
{
  return soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CHUNKED ||
         (soup_message_headers_get_expectations (headers) & SOUP_EXPECTATION_CONTINUE) != 0 ||
         soup_message_headers_get_content_length (headers) > LATHE_SERVE_SMALL_BODY;
}

/* @wanted: whether what is asked for takes a body */
LatheServeRefusal
lathe_serve_check_body (SoupMessageHeaders *headers, gboolean wanted)
{
  const char *type = soup_message_headers_get_one (headers, "Content-Type");
  SoupEncoding encoding = soup_message_headers_get_encoding (headers);
  goffset length = soup_message_headers_get_content_length (headers);

  if (!wanted)
    return encoding == SOUP_ENCODING_CHUNKED || length > 0
               ? (LatheServeRefusal){SOUP_STATUS_BAD_REQUEST, "nothing is to be sent along here", FALSE}
               : fine;
  if (encoding == SOUP_ENCODING_NONE)
    return (LatheServeRefusal){SOUP_STATUS_LENGTH_REQUIRED, "an image is to be sent along, with a Content-Length",
                               TRUE};
  if (length > LATHE_SERVE_MAX_BODY)
    return lathe_serve_too_long;
  if (lathe_serve_kind (type) == LATHE_SERVE_OTHER)
    return (LatheServeRefusal){SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE,
                               "an image is to be sent, or multipart/form-data, or application/json", FALSE};
  return fine;
}

/* --- Where it comes from --- */

/* host: without a port and brackets */
static gboolean
is_loopback (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return g_ascii_strcasecmp (host, "localhost") == 0 || (address != NULL && g_inet_address_get_is_loopback (address));
}

/* An address is nobody's to give away, and a name of the machine is its owner's. */
static gboolean
is_own (const char *host, const char *const *names, gboolean local_only)
{
  const char *machine = g_get_host_name ();
  g_autofree char *local_name = g_strconcat (machine, ".local", NULL);

  if (is_loopback (host))
    return TRUE;
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    if (g_ascii_strcasecmp (host, names[i]) == 0)
      return TRUE;
  if (local_only)
    return FALSE;
  return g_hostname_is_ip_address (host) || g_ascii_strcasecmp (host, machine) == 0 ||
         g_ascii_strcasecmp (host, local_name) == 0;
}

/* “host” or “host:port”. The port is not looked at: what stands in front of this server may have one of its own. */
static gboolean
names_this (const char *authority, const char *const *names, gboolean local_only)
{
  g_autofree char *text = g_strconcat ("http://", authority, NULL);
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);

  return uri != NULL && g_uri_get_host (uri) != NULL && is_own (g_uri_get_host (uri), names, local_only);
}

/* An origin is a scheme and what a Host names (RFC 6454, section 7). */
static gboolean
is_same_origin (const char *origin, const char *host)
{
  const char *const schemes[] = {"http://", "https://"};

  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_str_has_prefix (origin, schemes[i]))
      return g_ascii_strcasecmp (origin + strlen (schemes[i]), host) == 0;
  return FALSE;
}

/**
 * lathe_serve_check_origin:
 * @names: (nullable): of this machine, beside its own
 * @local_only: whether only this machine reaches the server
 *
 * The host of a target in absolute form overrides the Host. HTTP/1.0 can do without one, which no browser does.
 */
LatheServeRefusal
lathe_serve_check_origin (SoupServerMessage *message, const char *const *names, gboolean local_only)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *target = g_uri_get_host (soup_server_message_get_uri (message));
  const char *host = soup_message_headers_get_list (headers, "Host");
  const char *origin = soup_message_headers_get_list (headers, "Origin");
  gboolean unnamed = host == NULL && soup_server_message_get_http_version (message) == SOUP_HTTP_1_0;

  if (!unnamed && (host == NULL || strpbrk (host, ", \t/@?#") != NULL))
    return (LatheServeRefusal){SOUP_STATUS_BAD_REQUEST, "one Host is to be named", TRUE};
  if ((!unnamed && !names_this (host, names, local_only)) || target == NULL || !is_own (target, names, local_only))
    return (LatheServeRefusal){SOUP_STATUS_MISDIRECTED_REQUEST,
                               "this server is not the host that the request names; see lathe-cli serve --help", FALSE};
  if (origin != NULL && (unnamed || !is_same_origin (origin, host)))
    return (LatheServeRefusal){SOUP_STATUS_FORBIDDEN, "pages of other origins may not ask", FALSE};
  return fine;
}

/* --- The token --- */

/* In a time that does not tell how much of it was right. */
static gboolean
is_same (const char *a, const char *b)
{
  gsize n = strlen (a), m = strlen (b);
  guint8 different = n != m;

  for (gsize i = 0; i < n; i++)
    different |= (guint8) (a[i] ^ (m > 0 ? b[i % m] : 0));
  return different == 0;
}

/**
 * lathe_serve_check_token:
 * @token: (nullable): that must come; NULL: none
 *
 * RFC 6750, section 2.1: “Authorization: Bearer TOKEN”.
 */
gboolean
lathe_serve_check_token (SoupMessageHeaders *headers, const char *token)
{
  const char *given = soup_message_headers_get_one (headers, "Authorization");

  if (token == NULL)
    return TRUE;
  return given != NULL && g_ascii_strncasecmp (given, "Bearer ", 7) == 0 && is_same (given + 7, token);
}
