/* lathe-serve-queue.c: images on their way: read out of a body, decoded, and asked about in batches.
 *
 * Bodies are read and images decoded on a few threads, which mostly wait for the decoders' processes. Jobs take turns:
 * one that has images to be decoded stands in `open`, its next image is begun, and it stands behind the others again,
 * unless so many of its images are being decoded that others would find no thread. What is decoded stands in `ready`,
 * from where a few threads take batches, each for a predictor that is idle. A large network has one predictor, which
 * takes all cores; a small one has several of one thread.
 *
 * - a batch begins at once where nothing else is being decoded: a lone image does not wait;
 * - it waits for the others that are, but no more than two milliseconds, and until the batch is full;
 * - what comes while all predictors work is in the next batch.
 *
 *   field              guarded by
 *   open, ready, quit  lock; so are the predictors of each model, and how far each job is
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
  GThreadPool *decoders; /* a task for each of `open`, which takes whichever stands first by then */
  guint most_decoding;   /* images of a job at once */
  GThread *threads[LATHE_SERVE_MAX_BATCHES];
  guint n_threads;

  GMutex lock;
  GCond changed;
  GQueue open;  /* (element-type LatheServeJob): whose body is to be read, or an image be decoded */
  GQueue ready; /* (element-type LatheServeImage): decoded */
  guint n_decoding;
  gboolean quit;
  gint n_waiting;
};

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

/* With the lock: it is its turn after the others. */
static void
stand (LatheServeQueue *queue, LatheServeJob *job)
{
  g_queue_push_tail (&queue->open, job);
  g_thread_pool_push (queue->decoders, queue, NULL);
}

static gboolean
has_more (LatheServeQueue *queue, const LatheServeJob *job)
{
  return job->begun < job->images->len && job->decoding < queue->most_decoding;
}

/* With the lock. Returns: the job's next image, behind which it may stand again */
static LatheServeImage *
begin_image (LatheServeQueue *queue, LatheServeJob *job)
{
  LatheServeImage *image = job->images->pdata[job->begun++];

  job->decoding++;
  if (has_more (queue, job))
    stand (queue, job);
  return image;
}

/* With the lock, while the image is not answered, and so its job is there. */
static void
end_image (LatheServeQueue *queue, LatheServeJob *job)
{
  gboolean stood = has_more (queue, job);

  job->decoding--;
  if (!stood && has_more (queue, job))
    stand (queue, job);
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

/* In the end: what is not decoded, or asked about, is not any more. Says so in the error. */
static gboolean
is_given_up (LatheServeQueue *queue, GError **error)
{
  g_mutex_lock (&queue->lock);
  gboolean quit = queue->quit;
  g_mutex_unlock (&queue->lock);

  if (quit)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "the server was ended");
  return quit;
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
  gboolean decoded = FALSE;

  if (!is_given_up (queue, &image->error))
    {
      image->seen = g_malloc0 (count_bytes (preprocess));
      decoded = lathe_decode_bytes (image->bytes, preprocess, image->seen, &image->error);
    }
  g_clear_pointer (&image->bytes, g_bytes_unref);

  g_mutex_lock (&queue->lock);
  end_image (queue, image->job);
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

/* Returns: its first image, which is to be decoded; NULL: it is done */
static LatheServeImage *
read_job (LatheServeQueue *queue, LatheServeJob *job)
{
  gboolean sound = !is_given_up (queue, &job->error) && lathe_serve_read_body (job, &job->error);
  LatheServeImage *first;

  if (!sound)
    g_atomic_int_add (&queue->n_waiting, -1);
  if (!sound || !count_images (queue, job, job->images->len))
    {
      add_decoding (queue, -1);
      queue->done (job);
      return NULL;
    }

  guint n = job->images->len;
  g_atomic_int_set (&job->left, (gint) n);
  add_decoding (queue, (int) n - 1);
  g_mutex_lock (&queue->lock);
  first = begin_image (queue, job);
  g_mutex_unlock (&queue->lock);
  return first;
}

static void
run_task (gpointer data, gpointer user_data)
{
  LatheServeQueue *queue = user_data;
  LatheServeImage *image = NULL;
  LatheServeJob *job;

  g_mutex_lock (&queue->lock);
  job = g_queue_pop_head (&queue->open);
  if (job->images != NULL)
    image = begin_image (queue, job);
  g_mutex_unlock (&queue->lock);
  if (image == NULL)
    image = read_job (queue, job);
  if (image != NULL)
    decode_image (queue, image);
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
      while (!can_begin (queue) && !queue->quit)
        g_cond_wait (&queue->changed, &queue->lock);

      gint64 end = g_get_monotonic_time () + LATHE_SERVE_WAIT_MICROSECONDS;
      while (queue->ready.length < LATHE_SERVE_BATCH && queue->n_decoding > 0 && !queue->quit &&
             g_cond_wait_until (&queue->changed, &queue->lock, end))
        continue;
      if (queue->quit)
        return 0;

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
  g_queue_init (&queue->open);
  g_queue_init (&queue->ready);
  queue->decoders = g_thread_pool_new (run_task, queue, (int) n_threads + 1, FALSE, NULL);
  queue->most_decoding = n_threads;
  queue->n_threads = MIN (n_threads, LATHE_SERVE_MAX_BATCHES);
  for (guint i = 0; i < queue->n_threads; i++)
    queue->threads[i] = g_thread_new ("answers", answer, queue);
  return queue;
}

/**
 * lathe_serve_queue_free:
 *
 * Every job that was added comes back first: what is being decoded or worked out is waited for, and the rest is given
 * up.
 */
void
lathe_serve_queue_free (LatheServeQueue *queue)
{
  LatheServeImage *image;

  g_mutex_lock (&queue->lock);
  queue->quit = TRUE;
  g_cond_broadcast (&queue->changed);
  while (queue->n_decoding > 0)
    g_cond_wait (&queue->changed, &queue->lock);
  g_mutex_unlock (&queue->lock);
  g_thread_pool_free (queue->decoders, FALSE, TRUE);
  for (guint i = 0; i < queue->n_threads; i++)
    g_thread_join (queue->threads[i]);
  while ((image = g_queue_pop_head (&queue->ready)) != NULL)
    {
      is_given_up (queue, &image->error);
      finish_image (queue, image);
    }
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
  g_mutex_lock (&queue->lock);
  stand (queue, job);
  g_mutex_unlock (&queue->lock);
}
