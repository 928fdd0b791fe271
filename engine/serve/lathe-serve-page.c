/* lathe-serve-page.c: the page with a place to drop images on.
 *
 * It is one file, without anything from elsewhere, in a language of people: what stands in it as {{words}} is
 * translated. Its Content-Security-Policy names its script and its style by their hashes, so that nothing that finds a
 * way into it runs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-markup.h"
#include "lathe-serve-files.h"
#include "lathe-serve-private.h"

#define PAGE "/org/lathe/Lathe/serve/page.html"

/* What is in the page, for those who translate. */
static const char *const words[] = {
    /* Translators: the code of your language, such as “de” or “zh-CN” */
    N_ ("en"),
    N_ ("Drop images here"),
    N_ ("or paste them, or click to choose some"),
    N_ ("Images go to this server alone, which keeps none."),
    N_ ("This server asks for its token:"),
    N_ ("Use It"),
    N_ ("%d classes"),
    N_ ("Waiting for the answer…"),
    N_ ("The server does not answer."),
    N_ ("Pasted image"),
    N_ ("%s ms"),
};

static const char *
translate (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i], word))
      return _ (words[i]);
  g_assert_not_reached ();
}

/* (transfer full) */
static char *
fill_in (const char *page)
{
  GString *html = g_string_new (NULL);
  const char *open;

  while ((open = strstr (page, "{{")) != NULL)
    {
      const char *close = strstr (open, "}}");
      g_autofree char *word = g_strndup (open + 2, (gsize) (close - open) - 2);

      g_string_append_len (html, page, open - page);
      lathe_markup_append_text (html, translate (word));
      page = close + 2;
    }
  g_string_append (html, page);
  return g_string_free (html, FALSE);
}

/* Of what lies between two marks. (transfer full) */
static char *
hash (const char *html, const char *open, const char *close)
{
  const char *from = strstr (html, open) + strlen (open);
  const char *to = strstr (from, close);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize n = sizeof digest;

  g_checksum_update (checksum, (const guchar *) from, to - from);
  g_checksum_get_digest (checksum, digest, &n);
  return g_base64_encode (digest, n);
}

void
lathe_serve_page_init (LatheServePage *page)
{
  g_autoptr (GBytes) bytes = g_resource_lookup_data (lathe_serve_files_get_resource (), PAGE, 0, NULL);
  g_autofree char *style = NULL, *script = NULL;

  page->html = fill_in (g_bytes_get_data (bytes, NULL));
  style = hash (page->html, "<style>", "</style>");
  script = hash (page->html, "<script>", "</script>");
  page->policy = g_strdup_printf ("default-src 'none'; script-src 'sha256-%s'; style-src 'sha256-%s'; "
                                  "img-src blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
                                  "frame-ancestors 'none'",
                                  script, style);
}

void
lathe_serve_page_clear (LatheServePage *page)
{
  g_free (page->html);
  g_free (page->policy);
}
