/* lathe-decoder.c: pictures are decoded by helpers, processes without privileges.
 *
 * Whoever has a picture takes an idle helper out of the pool, or starts one, and puts it back when the answer has been
 * read. The lock guards the pool; a helper that has been taken belongs to its taker.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-decoder.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-decode.h"
#include "lathe-decoder-process.h"

#define TRIES 2          /* one that dies may have been killed for what is not the picture's fault */
#define PICTURES 10000   /* that one helper decodes; whatever a decoder leaks ends with it */
#define SPARE_SECONDS 10 /* beyond those that decoding may take, by which a helper has said so itself */

typedef enum
{
  NOT_TRIED,
  USED,
  NOT_USED,
} State;

static struct
{
  GMutex lock;
  State state;
  gboolean chosen; /* by lathe_decoder_use() */
  char *program;
  guint seconds;
  guint generation;  /* helpers of an older one are not put back */
  gboolean filtered; /* the system calls of all that were started */
  char *why_not;
  GPtrArray *idle; /* (element-type LatheDecoderProcess) */
} pool;

/* A helper that was taken. */
typedef struct
{
  LatheDecoderProcess *process;
  guint generation, seconds;
} Taken;

static void
end_process (gpointer process)
{
  g_free (lathe_decoder_process_end (process));
}

/* With the lock: starts the first helper; if that does not go, there will be none. */
static void
try_first (void)
{
  g_autoptr (GError) error = NULL;

  if (!pool.chosen)
    {
      pool.program = lathe_helper_find_program ();
      pool.seconds = LATHE_MAX_DECODE_SECONDS + SPARE_SECONDS;
    }
  if (pool.idle == NULL)
    pool.idle = g_ptr_array_new_with_free_func (end_process);
  pool.state = NOT_USED;
  if (pool.program == NULL)
    {
      pool.why_not = g_strdup (_ ("there is no program lathe-decoder"));
      return;
    }
  LatheDecoderProcess *process = lathe_decoder_process_start (pool.program, &pool.filtered, &error);
  if (process == NULL)
    {
      pool.why_not = g_strdup (error->message);
      return;
    }
  pool.state = USED;
  g_ptr_array_add (pool.idle, process);
}

gboolean
lathe_decoder_is_used (void)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pool.lock);
  if (pool.state == NOT_TRIED)
    try_first ();
  return pool.state == USED;
}

char *
lathe_decoder_describe (void)
{
  gboolean used = lathe_decoder_is_used ();
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pool.lock);

  if (!used)
    return g_strdup_printf (_ ("Pictures are decoded without protection: %s."), pool.why_not);
  return g_strdup (pool.filtered ? _ ("Pictures are decoded in a process without privileges.")
                                 : _ ("Pictures are decoded in a process of their own, whose system calls are not "
                                      "filtered."));
}

void
lathe_decoder_use (const char *program, guint seconds)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pool.lock);

  g_clear_pointer (&pool.idle, g_ptr_array_unref);
  g_clear_pointer (&pool.why_not, g_free);
  g_free (pool.program);
  pool.program = g_strdup (program);
  pool.seconds = seconds;
  pool.chosen = TRUE;
  pool.generation++;
  pool.state = NOT_TRIED;
}

/* --- Taking and putting back --- */

static LatheDecoderProcess *
start_another (const char *program, GError **error)
{
  gboolean filtered = FALSE;
  LatheDecoderProcess *process = lathe_decoder_process_start (program, &filtered, error);

  if (process != NULL && !filtered)
    {
      g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pool.lock);
      pool.filtered = FALSE;
    }
  return process;
}

static gboolean
take (Taken *taken, GError **error)
{
  g_autofree char *program = NULL;

  g_mutex_lock (&pool.lock);
  gboolean idle = pool.idle != NULL && pool.idle->len > 0;
  *taken = (Taken){
      .process = idle ? g_ptr_array_steal_index_fast (pool.idle, pool.idle->len - 1) : NULL,
      .generation = pool.generation,
      .seconds = pool.seconds,
  };
  program = g_strdup (pool.program);
  g_mutex_unlock (&pool.lock);

  if (taken->process == NULL)
    taken->process = start_another (program, error);
  if (taken->process == NULL)
    g_prefix_error (error, "%s", _ ("cannot be decoded now: "));
  return taken->process != NULL;
}

static void
put_back (Taken *taken)
{
  gboolean kept = FALSE;

  lathe_decoder_process_rest (taken->process);
  if (lathe_decoder_process_get_n_asked (taken->process) < PICTURES)
    {
      g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pool.lock);
      kept = pool.generation == taken->generation && pool.idle != NULL;
      if (kept)
        g_ptr_array_add (pool.idle, taken->process);
    }
  if (!kept)
    end_process (taken->process);
  taken->process = NULL;
}

/* On success the answer is in the reply, its pixels are the helper's, and that is to be put back. */
static gboolean
ask (Taken *taken, const LatheBytes *picture, const LatheWireRequest *request, LatheWireReply *reply, GError **error)
{
  g_autofree char *cause = NULL;

  for (guint i = 0; i < TRIES; i++)
    {
      if (!take (taken, error))
        return FALSE;
      LatheHelperOutcome outcome = lathe_decoder_process_ask (taken->process, picture, request, taken->seconds, reply);
      if (outcome == LATHE_HELPER_ANSWERED && reply->answer == LATHE_WIRE_DONE)
        return TRUE;
      if (outcome == LATHE_HELPER_ANSWERED)
        {
          g_set_error_literal (error, LATHE_ERROR, reply->code, reply->text);
          put_back (taken);
          return FALSE;
        }
      g_free (cause);
      cause = lathe_decoder_process_end (taken->process);
      if (outcome == LATHE_HELPER_LATE)
        {
          g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED, _ ("takes too long to decode"));
          return FALSE;
        }
    }
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("makes the decoder crash (%s)"), cause);
  return FALSE;
}

/* --- What is asked --- */

gboolean
lathe_decoder_measure (LatheImageFile *file, GError **error)
{
  const LatheWireRequest request = {.task = LATHE_WIRE_MEASURE};
  LatheWireReply reply;
  Taken taken;

  if (!lathe_decoder_is_used ())
    return lathe_image_file_measure_here (file, error);
  if (!ask (&taken, &file->bytes, &request, &reply, error))
    return FALSE;
  file->width = reply.width;
  file->height = reply.height;
  put_back (&taken);
  return TRUE;
}

gboolean
lathe_decoder_decode (const LatheBytes *picture, const LathePreprocess *preprocess, guint8 *bytes, GError **error)
{
  const LatheWireRequest request = {
      .task = LATHE_WIRE_DECODE,
      .width = preprocess->width,
      .height = preprocess->height,
      .channels = preprocess->channels,
      .fit = preprocess->fit,
  };
  gsize size = (gsize) preprocess->width * preprocess->height * preprocess->channels;
  LatheWireReply reply;
  Taken taken;

  g_return_val_if_fail (size <= LATHE_WIRE_PIXELS, FALSE);

  if (!ask (&taken, picture, &request, &reply, error))
    return FALSE;
  memcpy (bytes, lathe_decoder_process_get_pixels (taken.process), size);
  put_back (&taken);
  return TRUE;
}

guint8 *
lathe_decoder_preview (const LatheBytes *picture, guint limit, guint *width, guint *height, GError **error)
{
  const LatheWireRequest request = {.task = LATHE_WIRE_PREVIEW, .limit = limit};
  LatheWireReply reply;
  Taken taken;

  if (!ask (&taken, picture, &request, &reply, error))
    return NULL;
  *width = reply.width;
  *height = reply.height;
  guint8 *rgb = g_memdup2 (lathe_decoder_process_get_pixels (taken.process), (gsize) reply.width * reply.height * 3);
  put_back (&taken);
  return rgb;
}
