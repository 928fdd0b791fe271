/* wb-finding-list.c: what is wrong with a project's images, line by line, as a list that a view shows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-finding-list.h"

#define MAX_STEPS 200 /* changes one by one; more are one change of all */

typedef struct
{
  WbFindingKind kind;
  LatheFlaw flaw;
  guint index; /* of the finding, or of the problem */
  guint count; /* of a title: lines below it */
  guint64 key;
} Entry;

struct _WbFinding
{
  GObject parent_instance;

  WbVerdict *verdict;
  Entry entry;
};

G_DEFINE_FINAL_TYPE (WbFinding, wb_finding, G_TYPE_OBJECT)

static void
wb_finding_finalize (GObject *object)
{
  g_clear_pointer (&WB_FINDING (object)->verdict, wb_verdict_unref);
  G_OBJECT_CLASS (wb_finding_parent_class)->finalize (object);
}

static void
wb_finding_class_init (WbFindingClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_finding_finalize;
}

static void
wb_finding_init (WbFinding *self)
{
}

WbFindingKind
wb_finding_get_kind (WbFinding *self)
{
  return self->entry.kind;
}

LatheFlaw
wb_finding_get_flaw (WbFinding *self)
{
  return self->entry.flaw;
}

WbVerdict *
wb_finding_get_verdict (WbFinding *self)
{
  return self->verdict;
}

guint64
wb_finding_get_key (WbFinding *self)
{
  return self->entry.key;
}

guint
wb_finding_get_count (WbFinding *self)
{
  return self->entry.count;
}

const LatheFinding *
wb_finding_get (WbFinding *self)
{
  g_return_val_if_fail (self->entry.kind == WB_FINDING_IMAGES, NULL);

  return self->verdict->findings->pdata[self->entry.index];
}

const LatheProblem *
wb_finding_get_problem (WbFinding *self)
{
  g_return_val_if_fail (self->entry.kind == WB_FINDING_PROBLEM, NULL);

  return lathe_dataset_get_problem (self->verdict->dataset, self->entry.index);
}

struct _WbFindingList
{
  GObject parent_instance;

  WbVerdict *verdict;
  GArray *entries; /* (element-type Entry) */
};

static GType
wb_finding_list_get_item_type (GListModel *model)
{
  return WB_TYPE_FINDING;
}

static guint
wb_finding_list_get_n_items (GListModel *model)
{
  return WB_FINDING_LIST (model)->entries->len;
}

static gpointer
wb_finding_list_get_item (GListModel *model, guint position)
{
  WbFindingList *self = WB_FINDING_LIST (model);
  WbFinding *finding;

  if (position >= self->entries->len)
    return NULL;
  finding = g_object_new (WB_TYPE_FINDING, NULL);
  finding->verdict = wb_verdict_ref (self->verdict);
  finding->entry = g_array_index (self->entries, Entry, position);
  return finding;
}

static void
model_init (GListModelInterface *interface)
{
  interface->get_item_type = wb_finding_list_get_item_type;
  interface->get_n_items = wb_finding_list_get_n_items;
  interface->get_item = wb_finding_list_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (WbFindingList, wb_finding_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, model_init))

/* --- Lines --- */

static void
add (GArray *entries, Entry entry)
{
  g_array_append_val (entries, entry);
}

/* The title goes above what it counts. */
static void
end_section (GArray *entries, guint first, LatheFlaw flaw)
{
  guint count = entries->len - first;
  Entry title = {WB_FINDING_TITLE, flaw, 0, count, ((guint64) count << 8) + flaw};

  if (count > 0)
    g_array_insert_val (entries, first, title);
}

static GArray *
list_entries (WbVerdict *verdict, GHashTable *kept)
{
  GArray *entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  guint i = 0;

  for (LatheFlaw flaw = 0; flaw < LATHE_N_FLAWS; flaw++)
    {
      guint first = entries->len;

      for (guint k = 0; flaw == LATHE_FLAW_UNREADABLE && k < lathe_dataset_get_n_problems (verdict->dataset); k++)
        add (entries, (Entry){WB_FINDING_PROBLEM, flaw, k, 0,
                              g_str_hash (lathe_dataset_get_problem (verdict->dataset, k)->path)});
      for (; i < verdict->findings->len && ((LatheFinding *) verdict->findings->pdata[i])->flaw == flaw; i++)
        if (!g_hash_table_contains (kept, &verdict->keys[i]))
          add (entries, (Entry){WB_FINDING_IMAGES, flaw, i, 0, verdict->keys[i]});
      end_section (entries, first, flaw);
    }
  return entries;
}

static GHashTable *
collect_keys (GArray *entries)
{
  GHashTable *keys = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (guint i = 0; i < entries->len; i++)
    g_hash_table_add (keys, &g_array_index (entries, Entry, i).key);
  return keys;
}

static guint
count_missing (GArray *entries, GHashTable *keys)
{
  guint n = 0;

  for (guint i = 0; i < entries->len; i++)
    n += !g_hash_table_contains (keys, &g_array_index (entries, Entry, i).key);
  return n;
}

/* What stays is in the same order in both, so one walk along both finds what has gone and what has come. Keys that two
 * findings share, or another order, show themselves by a pair that does not match: FALSE, and all is to be changed. */
static gboolean
change_step_by_step (WbFindingList *self, GArray *after, GHashTable *keys_before, GHashTable *keys_after)
{
  guint at = 0;

  while (at < after->len || at < self->entries->len)
    {
      Entry *here = at < self->entries->len ? &g_array_index (self->entries, Entry, at) : NULL;
      const Entry *there = at < after->len ? &g_array_index (after, Entry, at) : NULL;

      if (here && !g_hash_table_contains (keys_after, &here->key))
        {
          g_array_remove_index (self->entries, at);
          g_list_model_items_changed (G_LIST_MODEL (self), at, 1, 0);
          continue;
        }
      if (there && !g_hash_table_contains (keys_before, &there->key))
        {
          g_array_insert_val (self->entries, at, *there);
          g_list_model_items_changed (G_LIST_MODEL (self), at, 0, 1);
        }
      else if (here && there && here->key == there->key)
        {
          *here = *there;
        }
      else
        {
          return FALSE;
        }
      at++;
    }
  return TRUE;
}

void
wb_finding_list_show (WbFindingList *self, WbVerdict *verdict, GHashTable *kept)
{
  g_autoptr (GArray) before = NULL, after = NULL;
  g_autoptr (GHashTable) keys_before = NULL, keys_after = NULL;
  guint n_before;

  g_return_if_fail (WB_IS_FINDING_LIST (self));

  before = g_array_copy (self->entries); /* the keys of what goes are looked for after it has gone */
  after = verdict ? list_entries (verdict, kept) : g_array_new (FALSE, FALSE, sizeof (Entry));
  keys_before = collect_keys (before);
  keys_after = collect_keys (after);
  if (verdict)
    wb_verdict_ref (verdict);
  g_clear_pointer (&self->verdict, wb_verdict_unref);
  self->verdict = verdict;
  if (count_missing (before, keys_after) + count_missing (after, keys_before) <= MAX_STEPS &&
      change_step_by_step (self, after, keys_before, keys_after))
    return;
  n_before = self->entries->len;
  g_array_set_size (self->entries, 0);
  g_array_append_vals (self->entries, after->data, after->len);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, n_before, self->entries->len);
}

static void
wb_finding_list_finalize (GObject *object)
{
  g_array_unref (WB_FINDING_LIST (object)->entries);
  g_clear_pointer (&WB_FINDING_LIST (object)->verdict, wb_verdict_unref);
  G_OBJECT_CLASS (wb_finding_list_parent_class)->finalize (object);
}

static void
wb_finding_list_class_init (WbFindingListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_finding_list_finalize;
}

static void
wb_finding_list_init (WbFindingList *self)
{
  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
}

WbFindingList *
wb_finding_list_new (void)
{
  return g_object_new (WB_TYPE_FINDING_LIST, NULL);
}
