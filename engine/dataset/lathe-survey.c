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
  GArray *told;     /* (element-type Told), of them too */
};

/* What no look has shown: somebody else has told it. */
typedef struct
{
  LatheFlaw flaw; /* LATHE_FLAW_NEAR_DUPLICATE, LATHE_FLAW_WRONG_LABEL or LATHE_FLAW_UNLIKE */
  guint image;
  guint other;        /* the near duplicate, or the likelier class */
  double probability; /* of that class */
} Told;

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
    [LATHE_FLAW_WRONG_LABEL] = {"wrong-label", N_ ("Labels that look wrong"),
                                N_ ("Move it to the class that it shows, or leave it out.")},
    [LATHE_FLAW_UNLIKE] = {"unlike", N_ ("Unlike all others"),
                           N_ ("Leave it out where it got in by mistake, or add more of its kind.")},
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
  survey->told = g_array_new (FALSE, FALSE, sizeof (Told));
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

/**
 * lathe_survey_adapt:
 * @dataset: the one that was looked at, edited or divided in another way
 *
 * Without another look: images that are gone are left out, and images that are new were not looked at. What was told
 * is for those to tell anew who know it.
 *
 * Returns: (transfer full)
 */
LatheSurvey *
lathe_survey_adapt (LatheSurvey *survey, LatheDataset *dataset)
{
  LatheSurvey *adapted = lathe_survey_new_unlooked (dataset);
  g_autofree guint *there = lathe_dataset_find_images (survey->dataset, dataset);

  adapted->looks = survey->looks != NULL ? g_atomic_rc_box_acquire (survey->looks) : NULL;
  for (guint i = 0; i < lathe_dataset_get_n_images (survey->dataset); i++)
    if (there[i] != LATHE_NO_IMAGE)
      adapted->places[there[i]] = survey->places[i];
  for (guint i = 0; i < survey->alike->len; i++)
    {
      const LatheAlike *pair = &g_array_index (survey->alike, LatheAlike, i);
      guint a = there[pair->first], b = there[pair->second];
      LatheAlike moved = {MIN (a, b), MAX (a, b), pair->lies};

      if (moved.second != LATHE_NO_IMAGE)
        g_array_append_val (adapted->alike, moved);
    }
  return adapted;
}

void
lathe_survey_free (LatheSurvey *survey)
{
  g_clear_pointer (&survey->dataset, lathe_dataset_unref);
  g_clear_pointer (&survey->alike, g_array_unref);
  g_clear_pointer (&survey->told, g_array_unref);
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

/* --- What is told --- */

static void
tell (LatheSurvey *survey, Told told)
{
  g_return_if_fail (told.image < lathe_dataset_get_n_images (survey->dataset));

  g_array_append_val (survey->told, told);
}

/**
 * lathe_survey_tell_alike:
 *
 * That two images show the same, however little of it is at the same place: what a look cannot see.
 */
void
lathe_survey_tell_alike (LatheSurvey *survey, guint first, guint second)
{
  g_return_if_fail (MAX (first, second) < lathe_dataset_get_n_images (survey->dataset));

  tell (survey, (Told){LATHE_FLAW_NEAR_DUPLICATE, MIN (first, second), MAX (first, second), 0});
}

/**
 * lathe_survey_tell_doubt:
 * @likelier: the class that the image rather shows
 * @probability: of that class: 0 … 1
 */
void
lathe_survey_tell_doubt (LatheSurvey *survey, guint index, guint likelier, double probability)
{
  g_return_if_fail (likelier < lathe_dataset_get_n_classes (survey->dataset));

  tell (survey, (Told){LATHE_FLAW_WRONG_LABEL, index, likelier, probability});
}

void
lathe_survey_tell_unlike (LatheSurvey *survey, guint index)
{
  tell (survey, (Told){LATHE_FLAW_UNLIKE, index, 0, 0});
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
  finding->likelier = -1;
  finding->images = g_array_new (FALSE, FALSE, sizeof (guint));
  finding->reason = reason;
  g_ptr_array_add (findings, finding);
  return finding;
}

static LatheFinding *
add_image (GPtrArray *findings, LatheFlaw flaw, guint index, char *reason)
{
  LatheFinding *finding = add_finding (findings, flaw, reason);

  g_array_append_val (finding->images, index);
  return finding;
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
has_same_bytes (LatheSurvey *survey, guint first, guint second)
{
  return lathe_dataset_get_image (survey->dataset, first)->hash ==
         lathe_dataset_get_image (survey->dataset, second)->hash;
}

static guint64
name_pair (guint first, guint second)
{
  return (guint64) first << 32 | second;
}

/* (element-type guint64) (transfer full): of the pairs that a look has shown, however they lie */
static GHashTable *
list_seen_pairs (LatheSurvey *survey)
{
  GHashTable *pairs = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  for (guint i = 0; i < survey->alike->len; i++)
    {
      const LatheAlike *pair = &g_array_index (survey->alike, LatheAlike, i);
      guint64 name = name_pair (pair->first, pair->second);

      g_hash_table_add (pairs, g_memdup2 (&name, sizeof name));
    }
  return pairs;
}

/* changed: (out): the images whose group only holds together by what was told */
static void
unite_told (LatheSurvey *survey, guint *parent, gboolean *changed)
{
  g_autoptr (GHashTable) seen = list_seen_pairs (survey);

  for (guint i = 0; i < survey->told->len; i++)
    {
      const Told *told = &g_array_index (survey->told, Told, i);
      guint64 name = name_pair (told->image, told->other);

      if (told->flaw != LATHE_FLAW_NEAR_DUPLICATE || g_hash_table_contains (seen, &name) ||
          has_same_bytes (survey, told->image, told->other))
        continue;
      unite (parent, told->image, told->other);
      changed[told->image] = changed[told->other] = TRUE;
    }
}

static void
free_group (gpointer group)
{
  g_clear_pointer ((GArray **) &group, g_array_unref);
}

/* (transfer full) (element-type GArray(guint)): at each root its group, elsewhere NULL */
static GPtrArray *
list_groups (guint *parent, guint n)
{
  GPtrArray *groups = g_ptr_array_new_with_free_func (free_group);

  g_ptr_array_set_size (groups, (int) n);
  for (guint i = 0; i < n; i++)
    {
      guint root = find_root (parent, i);

      if (root == i)
        continue;
      if (groups->pdata[root] == NULL)
        {
          groups->pdata[root] = g_array_new (FALSE, FALSE, sizeof (guint));
          g_array_append_val (groups->pdata[root], root);
        }
      g_array_append_val (groups->pdata[root], i);
    }
  return groups;
}

static const char *
name_likeness (const GArray *group, gboolean turned, const gboolean *changed)
{
  for (guint i = 0; i < group->len && !turned; i++)
    if (changed[g_array_index (group, guint, i)])
      return _ ("the same picture, cut or changed");
  return turned ? _ ("the same picture, turned") : _ ("the same picture");
}

/* Those that are turned, or those that are not: a group for each. */
static void
find_near_duplicates (LatheSurvey *survey, gboolean turned, GPtrArray *findings)
{
  guint n = lathe_dataset_get_n_images (survey->dataset);
  g_autofree guint *parent = g_new (guint, n);
  g_autofree gboolean *changed = g_new0 (gboolean, n);
  g_autoptr (GPtrArray) groups = NULL;

  for (guint i = 0; i < n; i++)
    parent[i] = i;
  for (guint i = 0; i < survey->alike->len; i++)
    {
      const LatheAlike *pair = &g_array_index (survey->alike, LatheAlike, i);

      if (is_turned (pair->lies) == turned && !has_same_bytes (survey, pair->first, pair->second))
        unite (parent, pair->first, pair->second);
    }
  if (!turned)
    unite_told (survey, parent, changed);
  groups = list_groups (parent, n);
  for (guint i = 0; i < n; i++)
    if (groups->pdata[i] != NULL)
      judge_group (survey, groups->pdata[i], turned ? LATHE_FLAW_TURNED : LATHE_FLAW_NEAR_DUPLICATE,
                   name_likeness (groups->pdata[i], turned, changed), findings);
}

/* By the features of a network: what each image shows. */
static void
judge_told (LatheSurvey *survey, const Told *told, GPtrArray *findings)
{
  const LatheImage *image = lathe_dataset_get_image (survey->dataset, told->image);
  const char *const *classes = lathe_dataset_get_classes (survey->dataset);

  if (told->flaw == LATHE_FLAW_UNLIKE)
    add_image (findings, told->flaw, told->image, g_strdup (_ ("nothing else here looks like it")));
  if (told->flaw == LATHE_FLAW_WRONG_LABEL)
    {
      LatheFinding *finding =
          add_image (findings, told->flaw, told->image,
                     g_strdup_printf (_ ("labelled “%s”, and rather shows “%s” (%.0f %%)"), classes[image->label],
                                      classes[told->other], told->probability * 100));

      finding->likelier = (int) told->other;
      finding->probability = told->probability;
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
  if (first->probability != second->probability)
    return first->probability > second->probability ? -1 : 1;
  if (first->images->len == 0 || second->images->len == 0)
    return 0;
  return g_array_index (first->images, guint, 0) < g_array_index (second->images, guint, 0) ? -1 : 1;
}

/**
 * lathe_survey_find_flaws:
 * @width, @height: the least that an image should have; 0: any will do
 *
 * Returns: (transfer full) (element-type LatheFinding): by flaw, as they are listed there; those that make scores lie
 * first, and wrong labels by how sure it is
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
  for (guint i = 0; i < survey->told->len; i++)
    judge_told (survey, &g_array_index (survey->told, Told, i), findings);
  judge_classes (survey, findings);
  g_ptr_array_sort (findings, compare_findings);
  return findings;
}
