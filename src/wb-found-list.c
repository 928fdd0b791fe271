/* wb-found-list.c: the networks that a search has tried, as a list that a view shows: the most accurate first.
 *
 * Below a sorted model lies a store in the order of trying. A candidate that changed is another one, so a comparison of
 * pointers tells what is new.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-found-list.h"

#include <math.h>

struct _WbFound
{
  GObject parent_instance;

  LatheCandidate *candidate;
};

G_DEFINE_FINAL_TYPE (WbFound, wb_found, G_TYPE_OBJECT)

static void
wb_found_finalize (GObject *object)
{
  g_clear_pointer (&WB_FOUND (object)->candidate, lathe_candidate_unref);
  G_OBJECT_CLASS (wb_found_parent_class)->finalize (object);
}

static void
wb_found_class_init (WbFoundClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_found_finalize;
}

static void
wb_found_init (WbFound *self)
{
}

LatheCandidate *
wb_found_get (WbFound *self)
{
  g_return_val_if_fail (WB_IS_FOUND (self), NULL);

  return self->candidate;
}

/* --- The list --- */

/* What is at work comes first, then what was trained to the end; each by its accuracy. */
static guint
rank (const LatheCandidate *candidate)
{
  switch (candidate->state)
    {
    case LATHE_CANDIDATE_TRAINING:
      return 0;
    case LATHE_CANDIDATE_FINISHED:
      return 1;
    case LATHE_CANDIDATE_WAITING:
    case LATHE_CANDIDATE_STOPPED:
    case LATHE_CANDIDATE_CUT_OFF:
      return isnan (candidate->accuracy) ? 3 : 2;
    case LATHE_CANDIDATE_TOO_SLOW:
    case LATHE_CANDIDATE_TOO_LARGE:
    case LATHE_CANDIDATE_FAILED:
    case LATHE_N_CANDIDATE_STATES:
    default:
      return 3;
    }
}

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const LatheCandidate *first = ((WbFound *) a)->candidate, *other = ((WbFound *) b)->candidate;

  if (rank (first) != rank (other))
    return (int) rank (first) - (int) rank (other);
  if (first->epochs != other->epochs)
    return (int) other->epochs - (int) first->epochs;
  if (first->accuracy != other->accuracy && !isnan (first->accuracy) && !isnan (other->accuracy))
    return first->accuracy > other->accuracy ? -1 : 1;
  return (int) first->id - (int) other->id;
}

GListModel *
wb_found_list_new (void)
{
  GListStore *store = g_list_store_new (WB_TYPE_FOUND);

  return G_LIST_MODEL (
      gtk_sort_list_model_new (G_LIST_MODEL (store), GTK_SORTER (gtk_custom_sorter_new (compare, NULL, NULL))));
}

static WbFound *
make_found (LatheCandidate *candidate)
{
  WbFound *found = g_object_new (WB_TYPE_FOUND, NULL);

  found->candidate = lathe_candidate_ref (candidate);
  return found;
}

void
wb_found_list_take (GListModel *list, const LatheSearchReport *report)
{
  GListStore *store = G_LIST_STORE (gtk_sort_list_model_get_model (GTK_SORT_LIST_MODEL (list)));
  guint n = report ? report->candidates->len : 0, n_before = g_list_model_get_n_items (G_LIST_MODEL (store));

  if (n_before > n)
    g_list_store_splice (store, n, n_before - n, NULL, 0);
  for (guint i = 0; i < n; i++)
    {
      LatheCandidate *candidate = report->candidates->pdata[i];
      g_autoptr (WbFound) before = g_list_model_get_item (G_LIST_MODEL (store), i), found = NULL;

      if (before && before->candidate == candidate)
        continue;
      found = make_found (candidate);
      g_list_store_splice (store, i, before != NULL, (gpointer *) &found, 1);
    }
}
