/* wb-run-groups.c: the trainings of the open folder, those of one sweep under one row. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-run-groups.h"

#include <math.h>

#include "wb-object-list.h"

struct _WbRunGroup
{
  GObject parent_instance;
  char *name;
  WbObjectList *runs; /* (element-type WbRunItem) */
  WbRunItem *best;
  guint64 known; /* what its rows went by when it last told of a change */
};

G_DEFINE_FINAL_TYPE (WbRunGroup, wb_run_group, G_TYPE_OBJECT)

static guint changed_signal;

struct _WbRunGroups
{
  GObject parent_instance;
  WbRuns *runs;
  WbObjectList *rows; /* of groups, and of runs that are in none */
  GHashTable *groups; /* (element-type utf8 WbRunGroup) */
};

G_DEFINE_FINAL_TYPE (WbRunGroups, wb_run_groups, G_TYPE_OBJECT)

/* --- One group --- */

static double
get_score (WbRunItem *item)
{
  return wb_run_item_get_run (item)->scores.validation_accuracy;
}

/* Of those that were trained the longest, as halving stops the others early. */
static gboolean
is_better (WbRunItem *one, WbRunItem *best)
{
  guint epoch = wb_run_item_get_run (one)->epoch, best_epoch = wb_run_item_get_run (best)->epoch;

  if (isnan (get_score (one)) || isnan (get_score (best)))
    return isnan (get_score (best)) && !isnan (get_score (one));
  return epoch != best_epoch ? epoch > best_epoch : get_score (one) > get_score (best);
}

static void
find_best (WbRunGroup *self)
{
  const GPtrArray *runs = wb_object_list_get_objects (self->runs);

  self->best = runs->pdata[0];
  for (guint i = 1; i < runs->len; i++)
    if (is_better (runs->pdata[i], self->best))
      self->best = runs->pdata[i];
}

/* Another number where another run is in it, or something else is known of one: then that is another LatheRun. */
static guint64
sum_up (const GPtrArray *runs)
{
  guint64 sum = runs->len;

  for (guint i = 0; i < runs->len; i++)
    sum = sum * G_GUINT64_CONSTANT (0x100000001b3) + (guintptr) wb_run_item_get_run (runs->pdata[i]);
  return sum;
}

/* `runs` (transfer full): it has at least one. */
static void
set_runs (WbRunGroup *self, GPtrArray *runs)
{
  guint64 known = sum_up (runs);

  wb_object_list_replace (self->runs, runs);
  if (known == self->known)
    return;
  self->known = known;
  find_best (self);
  g_signal_emit (self, changed_signal, 0);
}

const char *
wb_run_group_get_name (WbRunGroup *self)
{
  return self->name;
}

GListModel *
wb_run_group_get_runs (WbRunGroup *self)
{
  return G_LIST_MODEL (self->runs);
}

WbRunItem *
wb_run_group_get_best (WbRunGroup *self)
{
  return self->best;
}

guint
wb_run_group_count (WbRunGroup *self, LatheRunState state)
{
  const GPtrArray *runs = wb_object_list_get_objects (self->runs);
  guint n = 0;

  for (guint i = 0; i < runs->len; i++)
    n += wb_run_item_get_run (runs->pdata[i])->state == state;
  return n;
}

double
wb_run_group_get_seconds (WbRunGroup *self)
{
  const GPtrArray *runs = wb_object_list_get_objects (self->runs);
  double seconds = 0;

  for (guint i = 0; i < runs->len; i++)
    seconds += wb_run_item_get_run (runs->pdata[i])->seconds;
  return seconds;
}

static void
wb_run_group_finalize (GObject *object)
{
  WbRunGroup *self = WB_RUN_GROUP (object);

  g_free (self->name);
  g_clear_object (&self->runs);
  G_OBJECT_CLASS (wb_run_group_parent_class)->finalize (object);
}

static void
wb_run_group_class_init (WbRunGroupClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_run_group_finalize;
  changed_signal = g_signal_new ("changed", WB_TYPE_RUN_GROUP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wb_run_group_init (WbRunGroup *self)
{
  self->runs = wb_object_list_new (WB_TYPE_RUN_ITEM);
}

/* --- All of them --- */

/* A group as it was, or a new one, and the runs that it is to have. */
typedef struct
{
  WbRunGroup *group;
  GPtrArray *runs;
} Share;

static void
share_free (gpointer data)
{
  Share *share = data;

  g_object_unref (share->group);
  g_clear_pointer (&share->runs, g_ptr_array_unref);
  g_free (share);
}

static WbRunGroup *
find_group (WbRunGroups *self, const char *name)
{
  WbRunGroup *group = g_hash_table_lookup (self->groups, name);

  if (group)
    return g_object_ref (group);
  group = g_object_new (WB_TYPE_RUN_GROUP, NULL);
  group->name = g_strdup (name);
  return group;
}

static Share *
find_share (WbRunGroups *self, GHashTable *shares, const char *name)
{
  Share *share = g_hash_table_lookup (shares, name);

  if (share)
    return share;
  share = g_new (Share, 1);
  *share = (Share){find_group (self, name), g_ptr_array_new_with_free_func (g_object_unref)};
  g_hash_table_insert (shares, g_strdup (name), share);
  return share;
}

/* The rows, in order, and what each group is to have. Runs of one group mostly follow one another. */
static GPtrArray *
share_out (WbRunGroups *self, GHashTable *shares)
{
  GListModel *all = wb_runs_get_model (self->runs);
  GPtrArray *rows = g_ptr_array_new_with_free_func (g_object_unref);
  Share *share = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (all); i++)
    {
      g_autoptr (WbRunItem) item = g_list_model_get_item (all, i);
      const char *name = wb_run_item_get_run (item)->group;

      if (!*name)
        {
          g_ptr_array_add (rows, g_steal_pointer (&item));
          continue;
        }
      if (!share || !g_str_equal (share->group->name, name))
        share = find_share (self, shares, name);
      if (share->runs->len == 0)
        g_ptr_array_add (rows, g_object_ref (share->group));
      g_ptr_array_add (share->runs, g_steal_pointer (&item));
    }
  return rows;
}

static void
on_changed (WbRunGroups *self)
{
  g_autoptr (GHashTable) shares = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, share_free);
  GPtrArray *rows = share_out (self, shares);
  GHashTableIter iter;
  Share *share;

  g_hash_table_remove_all (self->groups);
  g_hash_table_iter_init (&iter, shares);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &share))
    {
      g_hash_table_insert (self->groups, g_strdup (share->group->name), g_object_ref (share->group));
      set_runs (share->group, g_steal_pointer (&share->runs));
    }
  wb_object_list_replace (self->rows, rows);
}

GListModel *
wb_run_groups_get_model (WbRunGroups *self)
{
  return G_LIST_MODEL (self->rows);
}

static void
wb_run_groups_dispose (GObject *object)
{
  WbRunGroups *self = WB_RUN_GROUPS (object);

  if (self->runs)
    g_signal_handlers_disconnect_by_data (self->runs, self);
  g_clear_object (&self->runs);
  g_clear_object (&self->rows);
  g_clear_pointer (&self->groups, g_hash_table_unref);
  G_OBJECT_CLASS (wb_run_groups_parent_class)->dispose (object);
}

static void
wb_run_groups_class_init (WbRunGroupsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_run_groups_dispose;
}

static void
wb_run_groups_init (WbRunGroups *self)
{
  self->rows = wb_object_list_new (G_TYPE_OBJECT);
  self->groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

WbRunGroups *
wb_run_groups_new (WbRuns *runs)
{
  WbRunGroups *self = g_object_new (WB_TYPE_RUN_GROUPS, NULL);

  self->runs = g_object_ref (runs);
  g_signal_connect_swapped (runs, "changed", G_CALLBACK (on_changed), self);
  on_changed (self);
  return self;
}
