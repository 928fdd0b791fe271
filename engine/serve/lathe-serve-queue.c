/* lathe-serve-queue.c: images on their way: read out of a body, decoded, and asked about in batches.
 *
 * Bodies are read and images decoded on a few threads, which mostly wait for the decoders' processes. What is decoded
 * stands in `ready`, from where a few threads take batches, each for a predictor that is idle. A large network has one
 * predictor, which takes all cores; a small one has several of one thread.
 *
 * - a batch begins at once where nothing else is being decoded: a lone image does not wait;
 * - it waits for the others that are, but no more than two milliseconds, and until the batch is full;
 * - what comes while all predictors work is in the next batch.
 *
 *   field              guarded by
 *   ready, quit        lock; so are the predictors of each model
 *   n_waiting          atomic; images from add() to their answer; bodies not yet read count as one
 *   n_decoding         lock; of those: on the way to `ready`
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/lathe-error.h"
#include "dataset/lathe-decode.h"
#include "lathe-serve-private.h"

struct _LatheServeQueue
{
  LatheServeMetrics *metrics;
  LatheServeDoneFunc done;
  GThreadPool *decoders; /* of LatheServeJob whose body is to be read, and LatheServeImage to be decoded */
  GThread *threads[LATHE_SERVE_MAX_BATCHES];
  guint n_threads;

  GMutex lock;
  GCond changed;
  GQueue ready; /* (element-type LatheServeImage): decoded */
  guint n_decoding;
  gboolean quit;
  gint n_waiting;
};

/* What a thread is to do: one of the two. */
typedef struct
{
  LatheServeJob *job;
  LatheServeImage *image;
} Task;

void
lathe_serve_image_free (LatheServeImage *image)
{
  g_clear_pointer (&image->bytes, g_bytes_unref);
  g_clear_error (&image->error);
  g_free (image->file);
  g_free (image->seen);
  g_free (image->probability);
  g_free (image);
}

void
lathe_serve_job_free (LatheServeJob *job)
{
  g_clear_pointer (&job->images, g_ptr_array_unref);
  g_clear_pointer (&job->body, g_bytes_unref);
  g_clear_pointer (&job->served, lathe_served_unref);
  g_clear_error (&job->error);
  g_free (job->content_type);
  g_free (job);
}

/* --- Reading and decoding --- */

static void
push (LatheServeQueue *queue, LatheServeJob *job, LatheServeImage *image)
{
  Task *task = g_new (Task, 1);

  *task = (Task){job, image};
  g_thread_pool_push (queue->decoders, task, NULL);
}

/* One image has its answer, or its error. Its job may be gone afterwards. */
static void
finish_image (LatheServeQueue *queue, LatheServeImage *image)
{
  LatheServeJob *job = image->job;

  g_clear_pointer (&image->seen, g_free);
  g_atomic_int_add (&queue->n_waiting, -1);
  if (g_atomic_int_dec_and_test (&job->left))
    queue->done (job);
}

static gsize
count_bytes (const LathePreprocess *preprocess)
{
  return (gsize) preprocess->height * preprocess->width * preprocess->channels;
}

static void
decode_image (LatheServeQueue *queue, LatheServeImage *image)
{
  const LathePreprocess *preprocess = &image->job->served->model->preprocess;
  gboolean decoded;

  image->seen = g_malloc0 (count_bytes (preprocess));
  decoded = lathe_decode_bytes (image->bytes, preprocess, image->seen, &image->error);
  g_clear_pointer (&image->bytes, g_bytes_unref);

  g_mutex_lock (&queue->lock);
  queue->n_decoding--;
  if (decoded)
    g_queue_push_tail (&queue->ready, image);
  g_cond_broadcast (&queue->changed);
  g_mutex_unlock (&queue->lock);
  if (!decoded)
    finish_image (queue, image);
}

/* The job came as one image, and turns out to be n. Returns: whether there is room for them */
static gboolean
count_images (LatheServeQueue *queue, LatheServeJob *job, guint n)
{
  gboolean fits = g_atomic_int_add (&queue->n_waiting, (gint) n - 1) + (gint) n - 1 <= LATHE_SERVE_MAX_WAITING;

  if (!fits)
    {
      g_atomic_int_add (&queue->n_waiting, -(gint) n);
      g_set_error_literal (&job->error, LATHE_ERROR, LATHE_ERROR_MEMORY, "too many images wait; try again in a second");
    }
  return fits;
}

static void
add_decoding (LatheServeQueue *queue, int n)
{
  g_mutex_lock (&queue->lock);
  queue->n_decoding = (guint) ((int) queue->n_decoding + n);
  g_cond_broadcast (&queue->changed);
  g_mutex_unlock (&queue->lock);
}

/* The first image is decoded here, the others wherever there is time. */
static void
read_job (LatheServeQueue *queue, LatheServeJob *job)
{
  gboolean sound = lathe_serve_read_body (job, &job->error);

  if (!sound)
    g_atomic_int_add (&queue->n_waiting, -1);
  if (!sound || !count_images (queue, job, job->images->len))
    {
      add_decoding (queue, -1);
      queue->done (job);
      return;
    }

  guint n = job->images->len;
  g_atomic_int_set (&job->left, (gint) n);
  add_decoding (queue, (int) n - 1);
  LatheServeImage *first = job->images->pdata[0];
  for (guint i = 1; i < n; i++)
    push (queue, NULL, job->images->pdata[i]);
  decode_image (queue, first);
}

static void
run_task (gpointer data, gpointer user_data)
{
  g_autofree Task *task = data;
  LatheServeQueue *queue = user_data;

  if (task->image != NULL)
    decode_image (queue, task->image);
  else
    read_job (queue, task->job);
}

/* --- Batches --- */

static gboolean
is_for (gconstpointer image, const LatheServed *served)
{
  return ((const LatheServeImage *) image)->job->served == served;
}

/* Whether the first that is ready can be asked about now. */
static gboolean
can_begin (LatheServeQueue *queue)
{
  const LatheServeImage *first = g_queue_peek_head (&queue->ready);

  return first != NULL && first->job->served->predictors->len > 0;
}

/* With the lock. Returns: how many were taken: those of one model, in their order; 0 in the end */
static guint
take_batch (LatheServeQueue *queue, LatheServeImage *batch[LATHE_SERVE_BATCH], LathePredictor **predictor)
{
  guint n = 0;

  while (n == 0)
    {
      while (!can_begin (queue) && (queue->ready.length > 0 || !queue->quit))
        g_cond_wait (&queue->changed, &queue->lock);
      if (queue->ready.length == 0)
        return 0;

      gint64 end = g_get_monotonic_time () + LATHE_SERVE_WAIT_MICROSECONDS;
      while (queue->ready.length < LATHE_SERVE_BATCH && queue->n_decoding > 0 && !queue->quit &&
             g_cond_wait_until (&queue->changed, &queue->lock, end))
        continue;

      /* Another thread may have been faster. */
      while (n < LATHE_SERVE_BATCH && queue->ready.length > 0 &&
             (n == 0 ? can_begin (queue) : is_for (queue->ready.head->data, batch[0]->job->served)))
        batch[n++] = g_queue_pop_head (&queue->ready);
    }
  GPtrArray *idle = batch[0]->job->served->predictors;
  *predictor = g_ptr_array_steal_index_fast (idle, idle->len - 1);
  return n;
}

static void
put_back (LatheServeQueue *queue, LatheServed *served, LathePredictor *predictor)
{
  g_mutex_lock (&queue->lock);
  g_ptr_array_add (served->predictors, predictor);
  g_cond_broadcast (&queue->changed);
  g_mutex_unlock (&queue->lock);
}

static void
answer_batch (LatheServeQueue *queue, LathePredictor *predictor, LatheServeImage *const *batch, guint n, guint8 *seen,
              float *probability)
{
  LatheServed *served = batch[0]->job->served;
  gsize size = count_bytes (&served->model->preprocess);
  guint n_labels = lathe_model_get_n_labels (served->model);

  for (guint i = 0; i < n; i++)
    memcpy (seen + i * size, batch[i]->seen, size);
  double milliseconds = lathe_predictor_batch (predictor, seen, n, probability);
  lathe_serve_metrics_add_batch (queue->metrics, n, milliseconds / 1000);
  for (guint i = 0; i < n; i++)
    {
      batch[i]->probability = g_memdup2 (probability + (gsize) i * n_labels, n_labels * sizeof (float));
      batch[i]->milliseconds = milliseconds;
    }
}

static gpointer
answer (gpointer data)
{
  LatheServeQueue *queue = data;
  LatheServeImage *batch[LATHE_SERVE_BATCH];
  LathePredictor *predictor;
  guint n;

  for (;;)
    {
      g_mutex_lock (&queue->lock);
      n = take_batch (queue, batch, &predictor);
      g_mutex_unlock (&queue->lock);
      if (n == 0)
        return NULL;

      const LatheModel *model = batch[0]->job->served->model;
      g_autofree guint8 *seen = g_malloc (n * count_bytes (&model->preprocess));
      g_autofree float *probability = g_new (float, (gsize) n *lathe_model_get_n_labels (model));
      answer_batch (queue, predictor, batch, n, seen, probability);
      put_back (queue, batch[0]->job->served, predictor);
      for (guint i = 0; i < n; i++)
        finish_image (queue, batch[i]);
    }
}

/* --- From outside --- */

LatheServeQueue *
lathe_serve_queue_new (guint n_threads, LatheServeMetrics *metrics, LatheServeDoneFunc done)
{
  LatheServeQueue *queue = g_new0 (LatheServeQueue, 1);

  queue->metrics = metrics;
  queue->done = done;
  g_mutex_init (&queue->lock);
  g_cond_init (&queue->changed);
  g_queue_init (&queue->ready);
  queue->decoders = g_thread_pool_new (run_task, queue, (int) n_threads, FALSE, NULL);
  queue->n_threads = MIN (n_threads, LATHE_SERVE_MAX_BATCHES);
  for (guint i = 0; i < queue->n_threads; i++)
    queue->threads[i] = g_thread_new ("answers", answer, queue);
  return queue;
}

/**
 * lathe_serve_queue_free:
 *
 * Every job that was added is done first.
 */
void
lathe_serve_queue_free (LatheServeQueue *queue)
{
  g_thread_pool_free (queue->decoders, FALSE, TRUE);
  g_mutex_lock (&queue->lock);
  queue->quit = TRUE;
  g_cond_broadcast (&queue->changed);
  g_mutex_unlock (&queue->lock);
  for (guint i = 0; i < queue->n_threads; i++)
    g_thread_join (queue->threads[i]);
  g_mutex_clear (&queue->lock);
  g_cond_clear (&queue->changed);
  g_free (queue);
}

guint
lathe_serve_queue_get_n_waiting (LatheServeQueue *queue)
{
  return (guint) g_atomic_int_get (&queue->n_waiting);
}

gboolean
lathe_serve_queue_is_full (LatheServeQueue *queue)
{
  return lathe_serve_queue_get_n_waiting (queue) >= LATHE_SERVE_MAX_WAITING;
}

/**
 * lathe_serve_queue_add:
 * @job: (transfer full): with its body; comes back by the function that was given at the start
 */
void
lathe_serve_queue_add (LatheServeQueue *queue, LatheServeJob *job)
{
  g_atomic_int_inc (&queue->n_waiting);
  add_decoding (queue, 1);
  push (queue, job, NULL);
}
