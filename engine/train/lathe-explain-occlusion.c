/* lathe-explain-occlusion.c: what a class's probability loses when a patch of the image is covered.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "lathe-explain-private.h"

#define PATCHES 7 /* to a side, where nobody says how large they are */

typedef struct
{
  LatheQuestion *question;
  guint patch_height, patch_width, stride;
  guint rows, columns; /* of places */
  LatheReal *probabilities;
  double *losses; /* height × width: the sum over the patches that cover a pixel */
  guint *covers;  /* how many they are */
} Occlusion;

static void
occlusion_clear (Occlusion *o)
{
  g_free (o->probabilities);
  g_free (o->losses);
  g_free (o->covers);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Occlusion, occlusion_clear)

/* The last place is at the edge, so that every pixel is covered. */
static guint
count_places (guint size, guint patch, guint stride)
{
  return (size - patch + stride - 1) / stride + 1;
}

static void
lay_patches (Occlusion *o)
{
  const LatheExplainOptions *options = o->question->options;
  const LatheExplanation *explanation = o->question->explanation;
  guint side = MIN (explanation->width, explanation->height);
  guint patch = options->patch > 0 ? options->patch : MAX (1, (side + PATCHES / 2) / PATCHES);

  o->patch_height = MIN (patch, explanation->height);
  o->patch_width = MIN (patch, explanation->width);
  o->stride = MIN (options->stride > 0 ? options->stride : MAX (1, patch / 2), patch);
  o->rows = count_places (explanation->height, o->patch_height, o->stride);
  o->columns = count_places (explanation->width, o->patch_width, o->stride);
}

static void
find_place (const Occlusion *o, guint place, guint *top, guint *left)
{
  const LatheExplanation *explanation = o->question->explanation;

  *top = MIN (place / o->columns * o->stride, explanation->height - o->patch_height);
  *left = MIN (place % o->columns * o->stride, explanation->width - o->patch_width);
}

static void
cover (const Occlusion *o, guint place, LatheReal *input)
{
  const LatheExplainer *explainer = o->question->explainer;
  gsize channels = explainer->model->preprocess.channels;
  guint top, left;

  memcpy (input, explainer->image, explainer->size * sizeof (LatheReal));
  find_place (o, place, &top, &left);
  for (guint y = top; y < top + o->patch_height; y++)
    {
      gsize at = ((gsize) y * o->question->explanation->width + left) * channels;

      memcpy (input + at, explainer->blank + at, o->patch_width * channels * sizeof (LatheReal));
    }
}

static void
add_loss (Occlusion *o, guint place, double loss)
{
  guint top, left;

  find_place (o, place, &top, &left);
  for (guint y = top; y < top + o->patch_height; y++)
    for (guint x = left; x < left + o->patch_width; x++)
      {
        gsize at = (gsize) y * o->question->explanation->width + x;

        o->losses[at] += loss;
        o->covers[at]++;
      }
}

/* Of the first n samples of the input; that of sample i is at i × the number of classes, from the asked one's on. */
static const LatheReal *
answer (Occlusion *o, guint n)
{
  LatheNetwork *network = o->question->explainer->answers;

  lathe_network_forward (network, n, FALSE, 0, 0);
  lathe_network_cool (network, n, o->question->explainer->model->temperature);
  lathe_network_probabilities (network, n, o->probabilities);
  return o->probabilities + o->question->options->label;
}

static void
cover_some (Occlusion *o, guint first, guint n)
{
  const LatheExplainer *explainer = o->question->explainer;
  LatheReal *input = lathe_network_get_input (explainer->answers);
  const LatheReal *probability;

  for (guint i = 0; i < n; i++)
    cover (o, first + i, input + i * explainer->size);
  probability = answer (o, n);
  for (guint i = 0; i < n; i++)
    add_loss (o, first + i,
              o->question->explanation->score -
                  (double) probability[(gsize) i * lathe_model_get_n_labels (explainer->model)]);
}

gboolean
lathe_explain_occlusion (LatheQuestion *question, GError **error)
{
  LatheExplainer *explainer = question->explainer;
  LatheExplanation *explanation = question->explanation;
  gsize size = (gsize) explanation->width * explanation->height;
  g_auto (Occlusion) o = {
      .question = question,
      .probabilities = g_new (LatheReal, (gsize) LATHE_EXPLAIN_ANSWERS * lathe_model_get_n_labels (explainer->model)),
      .losses = g_new0 (double, size),
      .covers = g_new0 (guint, size),
  };

  lay_patches (&o);
  memcpy (lathe_network_get_input (explainer->answers), explainer->image, explainer->size * sizeof (LatheReal));
  explanation->score = (double) answer (&o, 1)[0];
  for (guint first = 0; first < o.rows * o.columns; first += LATHE_EXPLAIN_ANSWERS)
    {
      if (!lathe_question_go_on (question, first, o.rows * o.columns, error))
        return FALSE;
      cover_some (&o, first, MIN (LATHE_EXPLAIN_ANSWERS, o.rows * o.columns - first));
    }
  for (gsize i = 0; i < size; i++)
    explanation->value[i] = (float) (o.losses[i] / o.covers[i]);
  return TRUE;
}
