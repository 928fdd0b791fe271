/* lathe-survey.c: what can be told of a dataset's images by looking at each, and what is wrong with them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-survey.h"

#include <glib/gi18n-lib.h>

#include "lathe-decode.h"
#include "lathe-look.h"

#define CHUNK 64 /* images between two words of progress */
#define NO_LOOK G_MAXUINT
#define IMBALANCE 3 /* times as many images in one class as in another, from which on it is said */

struct _LatheSurvey
{
  LatheDataset *dataset;
  LatheLook *looks; /* a box, shared with those that were adapted from this one */
  guint *places;    /* of each image's look among them, or NO_LOOK */
  GArray *alike;    /* (element-type LatheAlike), of the dataset's images */
};

static const struct
{
  const char *name, *title, *cure;
} flaws[LATHE_N_FLAWS] = {
    [LATHE_FLAW_UNREADABLE] = {"unreadable", N_ ("Unreadable"), N_ ("Leave it out, or put a sound copy in its place.")},
    [LATHE_FLAW_TWO_LABELS] = {"two-labels", N_ ("One picture in two classes"),
                               N_ ("Keep it in the class that is right, and leave the other out.")},
    [LATHE_FLAW_DUPLICATE] = {"duplicate", N_ ("Duplicates"), N_ ("Keep one and leave the others out.")},
    [LATHE_FLAW_NEAR_DUPLICATE] = {"near-duplicate", N_ ("Near duplicates"),
                                   N_ ("Keep the best one and leave the others out, or at least all on one side of the "
                                       "split.")},
    [LATHE_FLAW_TURNED] = {"turned", N_ ("Turned"), N_ ("Turn the one that lies wrong, or leave it out.")},
    [LATHE_FLAW_SMALL] = {"small", N_ ("Too small"), N_ ("Leave it out, or take a smaller size for the network.")},
    [LATHE_FLAW_BLANK] = {"blank", N_ ("Blank"), N_ ("Leave it out.")},
    [LATHE_FLAW_IMBALANCE] =
        {"imbalance", N_ ("Unequal classes"),
         N_ ("Let all classes count the same in training (Balance of classes), or add images to the small ones.")},
};

const char *
lathe_flaw_get_name (LatheFlaw flaw)
{
  return flaws[flaw].name;
}

const char *
lathe_flaw_get_title (LatheFlaw flaw)
{
  return _ (flaws[flaw].title);
}

/**
 * lathe_flaw_get_cure:
 *
 * Returns: what to do about it: a translated sentence
 */
const char *
lathe_flaw_get_cure (LatheFlaw flaw)
{
  return _ (flaws[flaw].cure);
}

/* --- Looking --- */

typedef struct
{
  LatheSurvey *survey;
  guint first;
} Chunk;

static void
look_tile (gpointer data, guint tile, guint thread)
{
  static const LathePreprocess small = {
      .width = LATHE_LOOK_PIXELS, .height = LATHE_LOOK_PIXELS, .channels = 3, .deviation = {1, 1, 1}};
  const Chunk *chunk = data;
  guint index = chunk->first + tile;
  const LatheImage *image = lathe_dataset_get_image (chunk->survey->dataset, index);
  guint8 rgb[LATHE_LOOK_PIXELS * LATHE_LOOK_PIXELS * 3];

  if (lathe_decode_image (image, &small, rgb, NULL))
    lathe_look_at (rgb, &chunk->survey->looks[index]);
}

/**
 * lathe_survey_new_unlooked:
 *
 * What the files tell without being decoded: which are the same, and how unequal the classes are.
 *
 * Returns: (transfer full)
 */
LatheSurvey *
lathe_survey_new_unlooked (LatheDataset *dataset)
{
  LatheSurvey *survey = g_new0 (LatheSurvey, 1);
  guint n = lathe_dataset_get_n_images (dataset);

  survey->dataset = lathe_dataset_ref (dataset);
  survey->places = g_new (guint, n);
  for (guint i = 0; i < n; i++)
    survey->places[i] = NO_LOOK;
  survey->alike = g_array_new (FALSE, FALSE, sizeof (LatheAlike));
  return survey;
}

/**
 * lathe_survey_new:
 * @progress: (nullable): counts images
 *
 * Decodes every image once, small, and finds which look alike.
 * Errors: G_IO_ERROR_CANCELLED. An image that cannot be decoded is none.
 *
 * Returns: (transfer full) (nullable)
 */
LatheSurvey *
lathe_survey_new (LatheDataset *dataset, guint n_threads, LatheProgressFunc progress, gpointer progress_data,
                  GCancellable *cancellable, GError **error)
{
  g_autoptr (LatheSurvey) survey = lathe_survey_new_unlooked (dataset);
  g_autoptr (LathePool) pool = lathe_pool_new (n_threads);
  guint n = lathe_dataset_get_n_images (dataset);
  Chunk chunk = {.survey = survey};

  survey->looks = g_atomic_rc_box_alloc0 (MAX (n, 1) * sizeof (LatheLook));
  for (guint i = 0; i < n; i++)
    survey->places[i] = i;
  for (; chunk.first < n; chunk.first += CHUNK)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      lathe_pool_run (pool, MIN (CHUNK, n - chunk.first), look_tile, &chunk);
      if (progress != NULL)
        progress (MIN (chunk.first + CHUNK, n), n, progress_data);
    }
  g_array_unref (survey->alike);
  survey->alike = lathe_looks_find_alike (survey->looks, n, cancellable);
  return g_cancellable_set_error_if_cancelled (cancellable, error) ? NULL : g_steal_pointer (&survey);
}

/* Where the survey's images are in another dataset: their places there, or NO_LOOK. (transfer full) */
static guint *
find_images (LatheSurvey *survey, LatheDataset *dataset)
{
  guint n = lathe_dataset_get_n_images (survey->dataset);
  guint *there = g_new (guint, n);
  g_autoptr (GHashTable) by_path = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < lathe_dataset_get_n_images (dataset); i++)
    g_hash_table_insert (by_path, lathe_dataset_get_image (dataset, i)->path, GUINT_TO_POINTER (i + 1));
  for (guint i = 0; i < n; i++)
    {
      const LatheImage *image = lathe_dataset_get_image (survey->dataset, i);
      guint found = GPOINTER_TO_UINT (g_hash_table_lookup (by_path, image->path));
      gboolean same = found > 0 && lathe_dataset_get_image (dataset, found - 1)->hash == image->hash;

      there[i] = same ? found - 1 : NO_LOOK;
    }
  return there;
}

/**
 * lathe_survey_adapt:
 * @dataset: the one that was looked at, edited or divided in another way
 *
 * Without another look: images that are gone are left out, and images that are new were not looked at.
 *
 * Returns: (transfer full)
 */
LatheSurvey *
lathe_survey_adapt (LatheSurvey *survey, LatheDataset *dataset)
{
  LatheSurvey *adapted = lathe_survey_new_unlooked (dataset);
  g_autofree guint *there = find_images (survey, dataset);

  adapted->looks = survey->looks != NULL ? g_atomic_rc_box_acquire (survey->looks) : NULL;
  for (guint i = 0; i < lathe_dataset_get_n_images (survey->dataset); i++)
    if (there[i] != NO_LOOK)
      adapted->places[there[i]] = survey->places[i];
  for (guint i = 0; i < survey->alike->len; i++)
    {
      const LatheAlike *pair = &g_array_index (survey->alike, LatheAlike, i);
      guint a = there[pair->first], b = there[pair->second];
      LatheAlike moved = {MIN (a, b), MAX (a, b), pair->lies};

      if (moved.second != NO_LOOK)
        g_array_append_val (adapted->alike, moved);
    }
  return adapted;
}

void
lathe_survey_free (LatheSurvey *survey)
{
  g_clear_pointer (&survey->dataset, lathe_dataset_unref);
  g_clear_pointer (&survey->alike, g_array_unref);
  g_clear_pointer (&survey->looks, g_atomic_rc_box_release);
  g_free (survey->places);
  g_free (survey);
}

/**
 * lathe_survey_get_look:
 *
 * Returns: (transfer none) (nullable): valid as long as the survey; NULL where there was no look
 */
const LatheLook *
lathe_survey_get_look (LatheSurvey *survey, guint index)
{
  g_return_val_if_fail (index < lathe_dataset_get_n_images (survey->dataset), NULL);

  return survey->places[index] != NO_LOOK ? &survey->looks[survey->places[index]] : NULL;
}

guint
lathe_survey_get_n_unlooked (LatheSurvey *survey)
{
  guint n_unlooked = 0;

  for (guint i = 0; i < lathe_dataset_get_n_images (survey->dataset); i++)
    n_unlooked += survey->places[i] == NO_LOOK;
  return n_unlooked;
}

/* --- What is wrong --- */

static void
finding_free (gpointer data)
{
  LatheFinding *finding = data;

  g_array_unref (finding->images);
  g_free (finding->reason);
  g_free (finding);
}

/* reason: (transfer full) */
static LatheFinding *
add_finding (GPtrArray *findings, LatheFlaw flaw, char *reason)
{
  LatheFinding *finding = g_new0 (LatheFinding, 1);

  finding->flaw = flaw;
  finding->images = g_array_new (FALSE, FALSE, sizeof (guint));
  finding->reason = reason;
  g_ptr_array_add (findings, finding);
  return finding;
}

static void
add_image (GPtrArray *findings, LatheFlaw flaw, guint index, char *reason)
{
  g_array_append_val (add_finding (findings, flaw, reason)->images, index);
}

static void
judge_image (LatheSurvey *survey, guint index, guint width, guint height, GPtrArray *findings)
{
  const LatheImage *image = lathe_dataset_get_image (survey->dataset, index);
  const LatheLook *look = lathe_survey_get_look (survey, index);

  if (look == NULL)
    return;
  if (!look->seen)
    {
      add_image (findings, LATHE_FLAW_UNREADABLE, index, g_strdup (_ ("cannot be decoded")));
      return;
    }
  if (image->width < width || image->height < height)
    add_image (findings, LATHE_FLAW_SMALL, index,
               g_strdup_printf (_ ("%u×%u pixels, less than %u×%u"), image->width, image->height, width, height));
  if (look->contrast < LATHE_BLANK)
    add_image (findings, LATHE_FLAW_BLANK, index, g_strdup (_ ("one colour from rim to rim")));
}

/* Groups of what belongs together: each image knows one that came before it in its group, the first knows itself. */
static guint
find_root (guint *parent, guint index)
{
  while (parent[index] != index)
    index = parent[index] = parent[parent[index]];
  return index;
}

static void
unite (guint *parent, guint a, guint b)
{
  guint first = find_root (parent, a), second = find_root (parent, b);

  parent[MAX (first, second)] = MIN (first, second);
}

static gboolean
is_turned (guint lies)
{
  return lies != 0 && lies != LATHE_LIES_MIRRORED;
}

/* Whether an image of the group is of another class, or on another side of the split, than the first. */
static void
compare_group (LatheSurvey *survey, const GArray *images, gboolean *classes_differ, gboolean *sides_differ)
{
  const LatheImage *first = lathe_dataset_get_image (survey->dataset, g_array_index (images, guint, 0));

  for (guint i = 1; i < images->len; i++)
    {
      const LatheImage *image = lathe_dataset_get_image (survey->dataset, g_array_index (images, guint, i));

      *classes_differ |= image->label != first->label;
      *sides_differ |= image->split != first->split;
    }
}

static void
judge_group (LatheSurvey *survey, GArray *images, LatheFlaw flaw, const char *reason, GPtrArray *findings)
{
  gboolean classes_differ = FALSE, sides_differ = FALSE;
  LatheFinding *finding;

  compare_group (survey, images, &classes_differ, &sides_differ);
  finding =
      add_finding (findings, classes_differ ? LATHE_FLAW_TWO_LABELS : flaw,
                   sides_differ ? g_strdup_printf (_ ("%s, on two sides of the split"), reason) : g_strdup (reason));
  g_array_append_vals (finding->images, images->data, images->len);
  finding->across_sides = sides_differ;
}

static void
find_duplicates (LatheSurvey *survey, GPtrArray *findings)
{
  g_autoptr (GPtrArray) groups = lathe_dataset_get_duplicates (survey->dataset);

  for (guint i = 0; i < groups->len; i++)
    judge_group (survey, groups->pdata[i], LATHE_FLAW_DUPLICATE, _ ("the same file"), findings);
}

static gboolean
has_same_bytes (LatheSurvey *survey, const LatheAlike *pair)
{
  return lathe_dataset_get_image (survey->dataset, pair->first)->hash ==
         lathe_dataset_get_image (survey->dataset, pair->second)->hash;
}

/* Those that are turned, or those that are not: a group for each. */
static void
find_near_duplicates (LatheSurvey *survey, gboolean turned, GPtrArray *findings)
{
  guint n = lathe_dataset_get_n_images (survey->dataset);
  g_autofree guint *parent = g_new (guint, n);
  g_autofree GArray **group = g_new0 (GArray *, n);

  for (guint i = 0; i < n; i++)
    parent[i] = i;
  for (guint i = 0; i < survey->alike->len; i++)
    {
      const LatheAlike *pair = &g_array_index (survey->alike, LatheAlike, i);

      if (is_turned (pair->lies) == turned && !has_same_bytes (survey, pair))
        unite (parent, pair->first, pair->second);
    }
  for (guint i = 0; i < n; i++)
    {
      guint root = find_root (parent, i);

      if (root == i)
        continue;
      if (group[root] == NULL)
        {
          group[root] = g_array_new (FALSE, FALSE, sizeof (guint));
          g_array_append_val (group[root], root);
        }
      g_array_append_val (group[root], i);
    }
  for (guint i = 0; i < n; i++)
    if (group[i] != NULL)
      {
        judge_group (survey, group[i], turned ? LATHE_FLAW_TURNED : LATHE_FLAW_NEAR_DUPLICATE,
                     turned ? _ ("the same picture, turned") : _ ("the same picture"), findings);
        g_array_unref (group[i]);
      }
}

static void
judge_classes (LatheSurvey *survey, GPtrArray *findings)
{
  const char *const *classes = lathe_dataset_get_classes (survey->dataset);
  guint least = 0, most = 0, n_least = G_MAXUINT, n_most = 0;

  for (guint i = 0; classes[i] != NULL; i++)
    {
      guint n = lathe_dataset_count (survey->dataset, (int) i, -1);

      if (n < n_least)
        {
          least = i;
          n_least = n;
        }
      if (n > n_most)
        {
          most = i;
          n_most = n;
        }
    }
  if (n_most >= IMBALANCE * n_least)
    add_finding (
        findings, LATHE_FLAW_IMBALANCE,
        g_strdup_printf (_ ("“%s” has %'u images, “%s” only %'u"), classes[most], n_most, classes[least], n_least));
}

static int
compare_findings (gconstpointer a, gconstpointer b)
{
  const LatheFinding *first = *(LatheFinding *const *) a, *second = *(LatheFinding *const *) b;

  if (first->flaw != second->flaw)
    return first->flaw < second->flaw ? -1 : 1;
  if (first->across_sides != second->across_sides)
    return first->across_sides ? -1 : 1;
  if (first->images->len == 0 || second->images->len == 0)
    return 0;
  return g_array_index (first->images, guint, 0) < g_array_index (second->images, guint, 0) ? -1 : 1;
}

/**
 * lathe_survey_find_flaws:
 * @width, @height: the least that an image should have; 0: any will do
 *
 * Returns: (transfer full) (element-type LatheFinding): by flaw, as they are listed there; those that make scores lie
 * first
 */
GPtrArray *
lathe_survey_find_flaws (LatheSurvey *survey, guint width, guint height)
{
  GPtrArray *findings = g_ptr_array_new_with_free_func (finding_free);

  for (guint i = 0; i < lathe_dataset_get_n_images (survey->dataset); i++)
    judge_image (survey, i, width, height, findings);
  find_duplicates (survey, findings);
  find_near_duplicates (survey, FALSE, findings);
  find_near_duplicates (survey, TRUE, findings);
  judge_classes (survey, findings);
  g_ptr_array_sort (findings, compare_findings);
  return findings;
}
