/* lathe-jpeg.c: JPEG files, decoded at a reduced size where that is enough.
 *
 * libjpeg decodes to M/8 of the size by transforming fewer coefficients. Only a half, a quarter and an eighth are asked
 * for: between them it has no vector code, and 5/8 of a photograph takes longer than the whole.
 *
 * It reports errors by a call that must not return, so that decode() is left by a jump; whatever it holds belongs to
 * the Decoder, which lathe_jpeg_load() clears.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-jpeg.h"

#include <glib/gi18n-lib.h>
#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include <jerror.h>

#include "base/lathe-error.h"
#include "lathe-decode.h"

#define CHUNK 65536 /* bytes: most photographs for a network come at one go */

typedef struct
{
  struct jpeg_decompress_struct jpeg;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf failed;
  GError **error;

  const LatheImageFile *file;
  goffset at; /* of the file, behind what is in the buffer */
  gint64 deadline;
  GdkPixbuf *pixbuf;
  guint8 buffer[CHUNK];
} Decoder;

G_GNUC_NORETURN static void
fail (Decoder *decoder, LatheError code, const char *reason)
{
  g_set_error_literal (decoder->error, LATHE_ERROR, code, reason);
  longjmp (decoder->failed, 1);
}

/* --- What libjpeg calls --- */

G_GNUC_NORETURN static void
on_error (j_common_ptr jpeg)
{
  Decoder *decoder = jpeg->client_data;
  char message[JMSG_LENGTH_MAX];

  if (jpeg->err->msg_code == JERR_OUT_OF_MEMORY)
    fail (decoder, LATHE_ERROR_UNSUPPORTED, _ ("needs more memory than there is"));
  jpeg->err->format_message (jpeg, message);
  g_set_error (decoder->error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("damaged (%s)"), message);
  longjmp (decoder->failed, 1);
}

/* Damage that libjpeg bridges is bridged here too, as every viewer does. */
static void
on_warning (j_common_ptr jpeg, int level)
{
}

/* A file of many scans is small on disk and long to decode: it runs into the deadline. */
static void
on_progress (j_common_ptr jpeg)
{
  Decoder *decoder = jpeg->client_data;
  if (g_get_monotonic_time () > decoder->deadline)
    fail (decoder, LATHE_ERROR_UNSUPPORTED, _ ("takes too long to decode"));
}

static void
on_source (j_decompress_ptr jpeg)
{
}

static boolean
on_empty (j_decompress_ptr jpeg)
{
  Decoder *decoder = jpeg->client_data;
  gsize n = lathe_bytes_read (&decoder->file->bytes, decoder->at, decoder->buffer, sizeof decoder->buffer);

  if (n == 0)
    fail (decoder, LATHE_ERROR_FORMAT, _ ("truncated"));
  decoder->at += (goffset) n;
  decoder->source.next_input_byte = decoder->buffer;
  decoder->source.bytes_in_buffer = n;
  return TRUE;
}

static void
on_skip (j_decompress_ptr jpeg, long n)
{
  Decoder *decoder = jpeg->client_data;
  gsize skipped = (gsize) MAX (n, 0), here = MIN (skipped, decoder->source.bytes_in_buffer);

  decoder->source.next_input_byte += here;
  decoder->source.bytes_in_buffer -= here;
  decoder->at += (goffset) (skipped - here);
}

/* --- Decoding --- */

static void
decoder_init (Decoder *decoder, const LatheImageFile *file, GError **error)
{
  decoder->file = file;
  decoder->error = error;
  decoder->at = 0;
  decoder->pixbuf = NULL;
  decoder->deadline = g_get_monotonic_time () + LATHE_MAX_DECODE_SECONDS * G_USEC_PER_SEC;
  decoder->jpeg.client_data = decoder;
  decoder->jpeg.err = jpeg_std_error (&decoder->errors);
  decoder->errors.error_exit = on_error;
  decoder->errors.emit_message = on_warning;
  decoder->progress = (struct jpeg_progress_mgr){.progress_monitor = on_progress};
  decoder->source = (struct jpeg_source_mgr){
      .init_source = on_source,
      .fill_input_buffer = on_empty,
      .skip_input_data = on_skip,
      .resync_to_restart = jpeg_resync_to_restart,
      .term_source = on_source,
  };
}

/* The denominator of the least size that is no less than width × height. */
static guint
choose_reduction (const LatheImageFile *file, guint width, guint height)
{
  guint shift = 0;
  while (shift < 3 && file->width >> (shift + 1) >= width && file->height >> (shift + 1) >= height)
    shift++;
  return 1u << shift;
}

static gboolean
decode (Decoder *decoder, guint denominator)
{
  j_decompress_ptr jpeg = &decoder->jpeg;

  if (setjmp (decoder->failed))
    return FALSE;
  jpeg_create_decompress (jpeg);
  jpeg->src = &decoder->source;
  jpeg->progress = &decoder->progress;
  jpeg_read_header (jpeg, TRUE);
  if (jpeg->image_width != decoder->file->width || jpeg->image_height != decoder->file->height)
    fail (decoder, LATHE_ERROR_FORMAT, _ ("damaged header"));

  jpeg->scale_num = 1;
  jpeg->scale_denom = denominator;
  jpeg->out_color_space = JCS_RGB;
  jpeg_start_decompress (jpeg);
  decoder->pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, (int) jpeg->output_width, (int) jpeg->output_height);
  if (decoder->pixbuf == NULL)
    fail (decoder, LATHE_ERROR_UNSUPPORTED, _ ("needs more memory than there is"));

  gsize stride = (gsize) gdk_pixbuf_get_rowstride (decoder->pixbuf);
  guint8 *pixels = gdk_pixbuf_get_pixels (decoder->pixbuf);
  while (jpeg->output_scanline < jpeg->output_height)
    {
      JSAMPROW row = pixels + jpeg->output_scanline * stride;
      jpeg_read_scanlines (jpeg, &row, 1);
    }
  return TRUE;
}

GdkPixbuf *
lathe_jpeg_load (const LatheImageFile *file, guint width, guint height, guint *reduction, GError **error)
{
  Decoder decoder;
  decoder_init (&decoder, file, error);
  *reduction = choose_reduction (file, width, height);
  gboolean ok = decode (&decoder, *reduction);
  jpeg_destroy_decompress (&decoder.jpeg);
  if (!ok)
    {
      g_clear_object (&decoder.pixbuf);
      return NULL;
    }
  /* Where the other loaders leave it, too. */
  g_autofree char *orientation = g_strdup_printf ("%u", file->orientation);
  gdk_pixbuf_set_option (decoder.pixbuf, "orientation", orientation);
  return decoder.pixbuf;
}
