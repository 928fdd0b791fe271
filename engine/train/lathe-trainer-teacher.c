/* lathe-trainer-teacher.c: a network that learns from another one's answers: distillation (Hinton, Vinyals & Dean
 * 2015, arXiv 1503.02531).
 *
 * What a large network takes an image for besides its label, and how much, says more than the label does. It is asked
 * about each batch just as the network that learns sees it, augmented and mixed: so nothing has to be kept, and the
 * same seed gives the same answers.
 *
 * The losses that are told are those of the labels alone, so that they can be compared with those of other sides and
 * other trainings.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-arena.h"
#include "base/lathe-error.h"
#include "lathe-memory.h"
#include "lathe-trainer-private.h"

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_INVALID, reason);
  return FALSE;
}

static gboolean
check_teaching (const LatheTeaching *teaching, GError **error)
{
  if (!(teaching->temperature > 0 && teaching->temperature <= LATHE_MAX_TEACHING_TEMPERATURE))
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                 _ ("A teacher’s temperature is above 0 and at most %d, such as 4, not %g"),
                 LATHE_MAX_TEACHING_TEMPERATURE, teaching->temperature);
  else if (!(teaching->weight > 0 && teaching->weight <= 1))
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                 _ ("The share of the loss that is a teacher’s is above 0 and at most 1, such as 0.9, not %g"),
                 teaching->weight);
  else
    return TRUE;
  return FALSE;
}

/* Both see the same numbers. */
static gboolean
same_images (const LathePreprocess *a, const LathePreprocess *b)
{
  return a->width == b->width && a->height == b->height && a->channels == b->channels && a->fit == b->fit &&
         memcmp (a->mean, b->mean, a->channels * sizeof *a->mean) == 0 &&
         memcmp (a->deviation, b->deviation, a->channels * sizeof *a->deviation) == 0;
}

static guint
count_units (const LatheGraph *graph)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);

  return report->works ? (guint) lathe_shape_size (&report->nodes[report->output].output) : 0;
}

static gboolean
check_memory (const LatheTrainer *trainer, const LatheModel *teacher, GError **error)
{
  guint64 available = lathe_memory_available ();
  g_autofree char *needed = NULL, *left = NULL;
  LatheHyperparameters h = trainer->hyperparameters;
  LatheMemory training, answering;

  h.batch = MIN (h.batch, trainer->images[LATHE_SPLIT_TRAIN]->len);
  if (!lathe_memory_of_training (trainer->graph, &h, &training, error) ||
      !lathe_memory_of_answering (teacher->graph, h.batch, h.threads, &answering, error))
    return FALSE;
  if (training.total + answering.total <= available)
    return TRUE;
  needed = g_format_size (training.total + answering.total);
  left = g_format_size (available);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_MEMORY,
               _ ("To train this network with its teacher takes %s of memory, and this machine has %s left: use a "
                  "smaller batch"),
               needed, left);
  return FALSE;
}

/**
 * lathe_trainer_learn_from:
 * @teacher: a reference is taken
 * @teaching: is copied
 *
 * Before the start: the network learns from this model's answers besides the labels.
 * Errors: LATHE_ERROR_INVALID when the teacher tells other classes apart or sees images otherwise, or a number is out
 * of its range; LATHE_ERROR_MEMORY.
 */
gboolean
lathe_trainer_learn_from (LatheTrainer *trainer, LatheModel *teacher, const LatheTeaching *teaching, GError **error)
{
  g_return_val_if_fail (trainer->thread == NULL && trainer->teacher == NULL, FALSE);

  if (!check_teaching (teaching, error))
    return FALSE;
  if (!g_strv_equal ((const char *const *) teacher->labels, lathe_dataset_get_classes (trainer->dataset)) ||
      count_units (teacher->graph) != count_units (trainer->graph))
    return refuse (error, _ ("The teacher tells other classes apart than those of the images: take a model that was "
                             "trained on the same classes, in the same order"));
  if (trainer->preprocess.measured || !same_images (&teacher->preprocess, &trainer->preprocess))
    return refuse (error, _ ("The teacher sees images otherwise: bring them to its size, in its way, with its "
                             "normalisation"));
  if (!check_memory (trainer, teacher, error))
    return FALSE;
  trainer->teacher = lathe_model_ref (teacher);
  trainer->teaching = *teaching;
  return TRUE;
}

/* Lays it out, once the batch is known. */
gboolean
lathe_trainer_call_teacher (LatheTrainer *trainer, GError **error)
{
  if (trainer->teacher == NULL)
    return TRUE;
  trainer->teacher_network =
      lathe_network_new (trainer->teacher->graph, trainer->batch.capacity, FALSE, trainer->pool, error);
  if (trainer->teacher_network == NULL)
    return FALSE;
  lathe_network_load (trainer->teacher_network, trainer->teacher);
  return TRUE;
}

/* What it says of the batch that is about to be learned from. */
void
lathe_trainer_ask_teacher (LatheTrainer *trainer)
{
  gsize n = trainer->batch.n * lathe_network_get_input_size (trainer->network);

  if (trainer->teacher_network == NULL)
    return;
  memcpy (lathe_network_get_input (trainer->teacher_network), lathe_network_get_input (trainer->network),
          n * sizeof (LatheReal));
  lathe_network_forward (trainer->teacher_network, trainer->batch.n, FALSE, 0, 0);
}

/* After the batch was judged by its labels. */
void
lathe_trainer_heed_teacher (LatheTrainer *trainer)
{
  if (trainer->teacher_network != NULL)
    lathe_network_teach (trainer->network, trainer->batch.n, &trainer->teaching,
                         lathe_network_get_logits (trainer->teacher_network));
}

/**
 * lathe_trainer_describe_teacher:
 *
 * Returns: (transfer full) (nullable): all that decides what it teaches, to be compared; NULL: there is none
 */
char *
lathe_trainer_describe_teacher (const LatheTrainer *trainer)
{
  g_autofree char *sha256 = trainer->teacher != NULL ? lathe_model_weights_sha256 (trainer->teacher) : NULL;
  char temperature[G_ASCII_DTOSTR_BUF_SIZE], weight[G_ASCII_DTOSTR_BUF_SIZE];

  if (sha256 == NULL)
    return NULL;
  g_ascii_dtostr (temperature, sizeof temperature, trainer->teaching.temperature);
  g_ascii_dtostr (weight, sizeof weight, trainer->teaching.weight);
  return g_strdup_printf ("%s %s %s", sha256, temperature, weight);
}

/* That a run which goes on has the teacher that it had. @before: (nullable): as it was described */
gboolean
lathe_trainer_check_teacher (const LatheTrainer *trainer, const char *before, GError **error)
{
  g_autofree char *now = lathe_trainer_describe_teacher (trainer);

  if (g_strcmp0 (now, before) == 0)
    return TRUE;
  return refuse (error, before != NULL
                            ? _ ("The run that is taken up again learned from a teacher: give it the same model again, "
                                 "with the same temperature and weight")
                            : _ ("The run that is taken up again had no teacher, and cannot be given one"));
}
