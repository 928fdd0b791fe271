/* lathe-import-apart.c: a model of another program's is read in a process without privileges, not in this one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _GNU_SOURCE /* F_SEAL_… */
#include "lathe-import-apart.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "base/lathe-error.h"
#include "lathe-model-file.h"

#define SECONDS 60               /* of the processor, that a file may take, however small */
#define BYTES_A_SECOND (4 << 20) /* of a larger one */
#define MOST_TEXTS 65536u        /* a reason and problems: no file has so many layers */

/**
 * lathe_import_apart_seconds:
 *
 * Returns: how many seconds of the processor a file of this size may take
 */
guint
lathe_import_apart_seconds (guint64 size)
{
  return SECONDS + (guint) MIN (size / BYTES_A_SECOND, G_MAXUINT16);
}

/* --- In that process --- */

/* As many as there is room for. Returns: how many bytes they have */
static guint64
put_texts (const GError *reason, const GPtrArray *problems, guint8 *room)
{
  guint64 n = 0;

  for (guint i = 0; i <= problems->len && i < MOST_TEXTS; i++)
    {
      const char *text = i > 0 ? problems->pdata[i - 1] : reason->message;
      gsize length = strlen (text) + 1;

      if (length > LATHE_APART_MOST_TEXT - n)
        break;
      memcpy (room + n, text, length);
      n += length;
    }
  return n;
}

/**
 * lathe_import_apart_serve:
 * @source: the file
 * @room: of `size` bytes, LATHE_APART_ROOM() of the file's
 * @reply: (out): what there is in the room then
 */
void
lathe_import_apart_serve (const LatheImportFormat *format, const LatheSpan *source, guint8 *room, guint64 size,
                          LatheApartReply *reply)
{
  g_auto (LatheImportNotes) notes = {.problems = g_ptr_array_new_with_free_func (g_free)};
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheModel) model = format->read (source, &notes, &error);

  *reply = (LatheApartReply){.unnamed = notes.unnamed, .unprepared = notes.unprepared};
  if (model != NULL)
    reply->n_bytes = lathe_model_put (model, room, size);
  reply->is_model = reply->n_bytes > 0;
  if (model != NULL && !reply->is_model)
    g_set_error_literal (&error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
                         _ ("what is said of its layers is longer than Lathe takes"));
  if (reply->is_model)
    return;
  if (error == NULL) /* what a reader takes without a word is refused, too, rather than a crash */
    g_set_error_literal (&error, LATHE_ERROR, LATHE_ERROR_FORMAT,
                         _ ("it is damaged or incomplete; copy the file again"));
  reply->code = error->domain == LATHE_ERROR ? error->code : LATHE_ERROR_FORMAT;
  reply->n_bytes = put_texts (error, notes.problems, room);
}

/* --- In this one --- */

static LatheModel *
refuse (GError **error, int code, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, code, reason);
  return NULL;
}

static LatheModel *
refuse_answer (GError **error)
{
  return refuse (error, LATHE_ERROR_FORMAT,
                 _ ("the process that reads it gives an answer that makes no sense; the file is damaged, or made to do "
                    "harm"));
}

static void
refuse_death (LatheHelperOutcome outcome, guint seconds, const char *cause, GError **error)
{
  if (outcome == LATHE_HELPER_LATE)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
                 ngettext ("it takes longer than a second to read", "it takes longer than %u seconds to read", seconds),
                 seconds);
  else
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT,
                 _ ("the process that reads it has ended too early (%s); try again, and if it ends again, the file is "
                    "damaged or too large for this machine"),
                 cause);
}

/* The reason becomes the error, and problems the notes'. */
static LatheModel *
take_texts (int memory, const LatheApartReply *reply, LatheImportNotes *notes, GError **error)
{
  const LatheSpan span = {.fd = memory, .size = reply->n_bytes};
  g_autofree char *texts = g_malloc (reply->n_bytes);
  static const int codes[] = {LATHE_ERROR_IO, LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED, LATHE_ERROR_SHAPE,
                              LATHE_ERROR_MEMORY};
  gboolean ok =
      lathe_span_read (&span, 0, texts, reply->n_bytes) && texts[0] != '\0' && texts[reply->n_bytes - 1] == '\0';
  gboolean known = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    known = known || reply->code == codes[i];
  if (!ok || !known)
    return refuse_answer (error);
  for (guint64 at = 0, n, i = 0; at < reply->n_bytes && i < MOST_TEXTS; at += n, i++)
    {
      n = strlen (texts + at) + 1;
      lathe_helper_clean_text (texts + at, n);
      if (i == 0)
        g_set_error_literal (error, LATHE_ERROR, reply->code, texts);
      else if (notes != NULL)
        g_ptr_array_add (notes->problems, g_strdup (texts + at));
    }
  return NULL;
}

/* Cuts off what is behind, and lets nobody write to it any more. The process is gone, but where somebody looks at it
 * from outside just now, its memory is not yet. */
static gboolean
seal (int memory, guint64 n_bytes)
{
  gint64 deadline = g_get_monotonic_time () + G_USEC_PER_SEC;

  if (ftruncate (memory, (off_t) n_bytes) != 0)
    return FALSE;
  while (fcntl (memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
    {
      if (errno != EBUSY || g_get_monotonic_time () > deadline)
        return FALSE;
      g_usleep (1000);
    }
  return TRUE;
}

/* What the process has left, which is gone: from here on nobody writes to the memory. */
static LatheModel *
take_answer (int memory, guint64 room, const LatheApartReply *reply, LatheImportNotes *notes, GError **error)
{
  guint64 most = reply->is_model ? room : LATHE_APART_MOST_TEXT;

  if (reply->n_bytes == 0 || reply->n_bytes > most || !seal (memory, reply->n_bytes))
    return refuse_answer (error);
  if (!reply->is_model)
    return take_texts (memory, reply, notes, error);
  if (notes != NULL)
    {
      notes->unnamed = reply->unnamed != 0;
      notes->unprepared = reply->unprepared != 0;
    }
  return lathe_model_load_open (memory, error);
}

static LatheModel *
ask (const LatheImportFormat *format, const char *program, guint seconds, const int files[2], guint64 room,
     LatheImportNotes *notes, GError **error)
{
  LatheHelperOutcome outcome;
  LatheApartReply reply;
  LatheHelper helper;
  gboolean filtered;
  g_autofree char *cause = NULL;

  if (!lathe_helper_start (&helper, program, format->name, files, 2, &filtered, error))
    return NULL;
  outcome = lathe_helper_receive (&helper, seconds, &reply, sizeof reply);
  if (outcome != LATHE_HELPER_ANSWERED)
    lathe_helper_kill (&helper);
  cause = lathe_helper_end (&helper);
  if (outcome == LATHE_HELPER_ANSWERED)
    return take_answer (files[0], room, &reply, notes, error);
  refuse_death (outcome, seconds, cause, error);
  return NULL;
}

/**
 * lathe_import_apart:
 * @format: one that has `read`
 * @program: (nullable): lathe-decoder; NULL: there is none, and nothing is read
 * @seconds: by the clock, that it may take; what of the processor it may take it has agreed to itself
 * @fd: the file, open for reading
 * @size: of it, in bytes
 *
 * Returns: (transfer full) (nullable): the model in it
 * Errors: as of LatheImportFormat. LATHE_ERROR_FORMAT also where the process dies of it; LATHE_ERROR_UNSUPPORTED where
 *   it takes too long; LATHE_ERROR_IO where the process cannot be started.
 */
LatheModel *
lathe_import_apart (const LatheImportFormat *format, const char *program, guint seconds, int fd, guint64 size,
                    LatheImportNotes *notes, GError **error)
{
  guint64 room = LATHE_APART_ROOM (size);
  LatheModel *model;
  int memory;

  if (program == NULL)
    return refuse (
        error, LATHE_ERROR_IO,
        _ ("such files are read by the program lathe-decoder alone, which is not there; install Lathe again"));
  memory = size < G_MAXINT64 / 4 ? lathe_helper_open_memory (room, F_SEAL_GROW) : -1;
  if (memory < 0)
    return refuse (error, LATHE_ERROR_MEMORY, _ ("it is too large for this machine"));
  model = ask (format, program, seconds, (const int[]){memory, fd}, room, notes, error);
  close (memory);
  return model;
}
