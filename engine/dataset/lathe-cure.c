/* lathe-cure.c: what edits can do about what is wrong with a dataset's images.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-cure.h"

#include "lathe-dataset-private.h"

/**
 * lathe_flaw_is_joinable:
 *
 * Whether its images show one picture, of one class: one of them is enough, or all of them on one side.
 */
gboolean
lathe_flaw_is_joinable (LatheFlaw flaw)
{
  return flaw == LATHE_FLAW_DUPLICATE || flaw == LATHE_FLAW_NEAR_DUPLICATE || flaw == LATHE_FLAW_TURNED;
}

/**
 * lathe_flaw_is_curable:
 *
 * Whether leaving images out helps. It does not make a small class larger.
 */
gboolean
lathe_flaw_is_curable (LatheFlaw flaw)
{
  return flaw != LATHE_FLAW_IMBALANCE;
}

static const LatheImage *
get_image (const LatheFinding *finding, LatheDataset *dataset, guint i)
{
  return lathe_dataset_get_image (dataset, g_array_index (finding->images, guint, i));
}

/* (transfer container) (element-type LatheImage): those that no cure before this one has left out */
static GPtrArray *
list_present (const LatheFinding *finding, LatheDataset *dataset, const LatheEdits *edits)
{
  GPtrArray *present = g_ptr_array_new ();

  for (guint i = 0; i < finding->images->len; i++)
    {
      const LatheImage *image = get_image (finding, dataset, i);

      if (!lathe_edits_get_excluded (edits, lathe_image_get_name (dataset, image)))
        g_ptr_array_add (present, (gpointer) image);
    }
  return present;
}

/* The one with the most pixels; of equals the first. */
static const LatheImage *
choose_best (const GPtrArray *images)
{
  const LatheImage *best = images->len > 0 ? images->pdata[0] : NULL;

  for (guint i = 1; i < images->len; i++)
    {
      const LatheImage *image = images->pdata[i];

      if ((guint64) image->width * image->height > (guint64) best->width * best->height)
        best = image;
    }
  return best;
}

/**
 * lathe_finding_cure:
 * @dataset: in which it was found
 *
 * Leaves images out: of one picture that is there several times in one class, all but the largest; of one in several
 * classes all, as no one can tell by looking at it which class is right. A picture never gets lost by several cures of
 * what is found several times. Does nothing where lathe_flaw_is_curable() says so.
 */
void
lathe_finding_cure (const LatheFinding *finding, LatheDataset *dataset, LatheEdits *edits)
{
  g_autoptr (GPtrArray) present = NULL;
  const LatheImage *kept;

  g_return_if_fail (finding != NULL && dataset != NULL && edits != NULL);

  present = list_present (finding, dataset, edits);
  kept = lathe_flaw_is_joinable (finding->flaw) ? choose_best (present) : NULL;
  for (guint i = 0; i < present->len; i++)
    if (present->pdata[i] != kept)
      lathe_edits_set_excluded (edits, lathe_image_get_name (dataset, present->pdata[i]), TRUE);
}

/**
 * lathe_finding_is_joinable:
 *
 * FALSE too where its images are on several sides and a folder holds one of them there: then only the cure helps.
 */
gboolean
lathe_finding_is_joinable (const LatheFinding *finding, LatheDataset *dataset)
{
  gboolean differ = FALSE, held = FALSE;

  g_return_val_if_fail (finding != NULL && dataset != NULL, FALSE);

  for (guint i = 0; i < finding->images->len; i++)
    {
      LatheSplit side = get_image (finding, dataset, i)->split;

      differ |= side != get_image (finding, dataset, 0)->split;
      held |= dataset->has_folder[side];
    }
  return lathe_flaw_is_joinable (finding->flaw) && !(differ && held);
}

/**
 * lathe_finding_join:
 * @dataset: in which it was found
 *
 * Instead of the cure, where lathe_finding_is_joinable() says so: nothing is left out, and none of the images tests
 * what another one taught. Elsewhere it does nothing.
 */
void
lathe_finding_join (const LatheFinding *finding, LatheDataset *dataset, LatheEdits *edits)
{
  g_autoptr (GPtrArray) names = NULL;

  g_return_if_fail (finding != NULL && dataset != NULL && edits != NULL);

  names = list_present (finding, dataset, edits);
  if (names->len < 2 || !lathe_finding_is_joinable (finding, dataset))
    return;
  for (guint i = 0; i < names->len; i++)
    names->pdata[i] = (gpointer) lathe_image_get_name (dataset, names->pdata[i]);
  g_ptr_array_add (names, NULL);
  lathe_edits_join (edits, (const char *const *) names->pdata);
}

/* (transfer container) */
static const char **
list_names (const LatheFinding *finding, LatheDataset *dataset)
{
  const char **names = g_new0 (const char *, finding->images->len + 1);

  for (guint i = 0; i < finding->images->len; i++)
    names[i] = lathe_image_get_name (dataset, get_image (finding, dataset, i));
  return names;
}

/**
 * lathe_finding_keep:
 * @dataset: in which it was found
 * @kept: whether it is all right as it is; FALSE takes that back
 *
 * Goes by the flaw and its images: where one more image has it, or one less, it is another finding.
 */
void
lathe_finding_keep (const LatheFinding *finding, LatheDataset *dataset, LatheEdits *edits, gboolean kept)
{
  g_autofree const char **names = NULL;

  g_return_if_fail (finding != NULL && dataset != NULL && edits != NULL);

  names = list_names (finding, dataset);
  lathe_edits_set_kept (edits, lathe_flaw_get_name (finding->flaw), names, kept);
}

/**
 * lathe_finding_is_kept:
 * @dataset: in which it was found, and whose edits may say so
 */
gboolean
lathe_finding_is_kept (const LatheFinding *finding, LatheDataset *dataset)
{
  const LatheEdits *edits = lathe_dataset_get_edits (dataset);
  g_autofree const char **names = NULL;

  g_return_val_if_fail (finding != NULL && dataset != NULL, FALSE);

  if (edits == NULL)
    return FALSE;
  names = list_names (finding, dataset);
  return lathe_edits_get_kept (edits, lathe_flaw_get_name (finding->flaw), names);
}
