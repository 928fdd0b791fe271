/* wb-trial-order.c: which of many trials are shown, and in which order.
 *
 * As they came, they are put in at once. To sort them is left to a thread, and while answers come in, not for each of
 * these deliveries: rows that jump about cannot be read.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-trial-order.h"

#include <math.h>

#include "wb-thread.h"

#define SETTLE_MS 300

struct _WbTrialOrder
{
  WbPlaces parent_instance;

  WbTrialList *list;
  int wanted;
  WbTrialsOrder how;
  gboolean in_sight;
  GArray *entries;  /* (element-type guint): numbers of trials in the list */
  guint n_seen;     /* trials that were looked at to make them */
  guint generation; /* counts what was asked for */
  gboolean sorting; /* on the thread */
  guint settling;   /* source, or 0 */
};

static guint leaving_signal, shown_signal, changed_signal;

G_DEFINE_FINAL_TYPE (WbTrialOrder, wb_trial_order, WB_TYPE_PLACES)

static gboolean
is_wanted (const WbTrialOrder *self, const WbTrial *trial)
{
  if (self->wanted == WB_TRIALS_ALL)
    return TRUE;
  if (self->wanted == WB_TRIALS_UNKNOWN)
    return !trial->known;
  return trial->known && trial->label == (guint) self->wanted;
}

/* --- On the thread --- */

typedef struct
{
  double key;
  guint number;
} Key;

static int
compare (gconstpointer a, gconstpointer b)
{
  const Key *first = a, *second = b;

  if (first->key != second->key)
    return first->key < second->key ? -1 : 1;
  return first->number < second->number ? -1 : 1;
}

static gpointer
sort_work (gpointer keys, GCancellable *cancellable, GError **error)
{
  g_array_sort (keys, compare);
  return g_array_ref (keys);
}

/* --- On the main loop --- */

static void
give_places (WbTrialOrder *self)
{
  wb_places_set_n (WB_PLACES (self), self->in_sight ? self->entries->len : 0);
}

/* `entries` (transfer full) */
static void
exchange (WbTrialOrder *self, GArray *entries)
{
  g_signal_emit (self, leaving_signal, 0);
  g_array_unref (self->entries);
  self->entries = entries;
  g_signal_emit (self, shown_signal, 0);
  give_places (self);
  g_signal_emit (self, changed_signal, 0);
}

static void
add_wanted (WbTrialOrder *self, GArray *entries)
{
  guint n = wb_trial_list_get_n_trials (self->list);

  for (guint i = self->n_seen; i < n; i++)
    if (is_wanted (self, wb_trial_list_get_trial (self->list, i)))
      g_array_append_val (entries, i);
  self->n_seen = n;
}

static double
key_of (const WbTrialOrder *self, const WbTrial *trial)
{
  double sureness = isnan (trial->probability) ? -1 : trial->probability;

  if (self->how == WB_TRIALS_BY_CLASS)
    return trial->label;
  return self->how == WB_TRIALS_SUREST ? -sureness : sureness;
}

static void sort (WbTrialOrder *self);

static void
on_sorted (GObject *owner, gpointer result, const GError *error, gpointer generation)
{
  WbTrialOrder *self = WB_TRIAL_ORDER (owner);
  g_autoptr (GArray) keys = result;
  GArray *entries;

  self->sorting = FALSE;
  if (GPOINTER_TO_UINT (generation) != self->generation)
    {
      if (self->how != WB_TRIALS_AS_THEY_CAME)
        sort (self);
      return;
    }
  entries = g_array_sized_new (FALSE, FALSE, sizeof (guint), keys->len);
  for (guint i = 0; i < keys->len; i++)
    g_array_append_val (entries, g_array_index (keys, Key, i).number);
  exchange (self, entries);
}

static void
sort (WbTrialOrder *self)
{
  g_autoptr (GArray) keys = NULL;
  g_autoptr (GArray) wanted = NULL;

  if (self->sorting)
    return;
  self->sorting = TRUE;
  self->n_seen = 0;
  wanted = g_array_new (FALSE, FALSE, sizeof (guint));
  add_wanted (self, wanted);
  keys = g_array_sized_new (FALSE, FALSE, sizeof (Key), wanted->len);
  for (guint i = 0; i < wanted->len; i++)
    {
      guint number = g_array_index (wanted, guint, i);
      Key key = {key_of (self, wb_trial_list_get_trial (self->list, number)), number};

      g_array_append_val (keys, key);
    }
  wb_thread_call (G_OBJECT (self), sort_work, g_array_ref (keys), (GDestroyNotify) g_array_unref,
                  (GDestroyNotify) g_array_unref, NULL, on_sorted, GUINT_TO_POINTER (self->generation));
}

/* All anew. */
static void
ask (WbTrialOrder *self)
{
  self->generation++;
  g_clear_handle_id (&self->settling, g_source_remove);
  if (self->how == WB_TRIALS_AS_THEY_CAME)
    {
      GArray *entries = g_array_new (FALSE, FALSE, sizeof (guint));

      self->n_seen = 0;
      add_wanted (self, entries);
      exchange (self, entries);
      return;
    }
  sort (self);
}

static gboolean
on_settled (gpointer data)
{
  WbTrialOrder *self = data;

  self->settling = 0;
  ask (self);
  return G_SOURCE_REMOVE;
}

static void
on_answered (WbTrialOrder *self)
{
  if (wb_trial_list_get_n_trials (self->list) < MAX (self->n_seen, 1))
    {
      self->generation++;
      self->n_seen = 0;
      exchange (self, g_array_new (FALSE, FALSE, sizeof (guint)));
      return;
    }
  if (self->how == WB_TRIALS_AS_THEY_CAME)
    {
      add_wanted (self, self->entries);
      give_places (self);
      g_signal_emit (self, changed_signal, 0);
    }
  else if (!self->settling)
    self->settling = g_timeout_add_full (G_PRIORITY_DEFAULT, SETTLE_MS, on_settled, self, NULL);
}

void
wb_trial_order_set_wanted (WbTrialOrder *self, int wanted)
{
  g_return_if_fail (WB_IS_TRIAL_ORDER (self));

  if (self->wanted == wanted)
    return;
  self->wanted = wanted;
  ask (self);
}

void
wb_trial_order_set_order (WbTrialOrder *self, WbTrialsOrder how)
{
  g_return_if_fail (WB_IS_TRIAL_ORDER (self));

  if (self->how == how)
    return;
  self->how = how;
  ask (self);
}

void
wb_trial_order_refresh (WbTrialOrder *self)
{
  g_return_if_fail (WB_IS_TRIAL_ORDER (self));

  ask (self);
}

void
wb_trial_order_set_in_sight (WbTrialOrder *self, gboolean in_sight)
{
  g_return_if_fail (WB_IS_TRIAL_ORDER (self));

  self->in_sight = in_sight;
  give_places (self);
}

guint
wb_trial_order_get_n (WbTrialOrder *self)
{
  g_return_val_if_fail (WB_IS_TRIAL_ORDER (self), 0);

  return self->entries->len;
}

guint
wb_trial_order_get_number (WbTrialOrder *self, guint position)
{
  g_return_val_if_fail (WB_IS_TRIAL_ORDER (self), G_MAXUINT);

  return position < self->entries->len ? g_array_index (self->entries, guint, position) : G_MAXUINT;
}

const WbTrial *
wb_trial_order_get (WbTrialOrder *self, guint position)
{
  guint number = wb_trial_order_get_number (self, position);

  return number != G_MAXUINT ? wb_trial_list_get_trial (self->list, number) : NULL;
}

void
wb_trial_order_save (WbTrialOrder *self, const char *path)
{
  g_return_if_fail (WB_IS_TRIAL_ORDER (self));

  wb_trial_list_save (self->list, &g_array_index (self->entries, guint, 0), self->entries->len, path);
}

/* --- Life --- */

static void
wb_trial_order_finalize (GObject *object)
{
  WbTrialOrder *self = WB_TRIAL_ORDER (object);

  g_clear_handle_id (&self->settling, g_source_remove);
  g_array_unref (self->entries);
  g_object_unref (self->list);
  G_OBJECT_CLASS (wb_trial_order_parent_class)->finalize (object);
}

static guint
add_signal (const char *name)
{
  return g_signal_new (name, WB_TYPE_TRIAL_ORDER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wb_trial_order_class_init (WbTrialOrderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_trial_order_finalize;
  leaving_signal = add_signal ("leaving");
  shown_signal = add_signal ("shown");
  changed_signal = add_signal ("changed");
}

static void
wb_trial_order_init (WbTrialOrder *self)
{
  self->wanted = WB_TRIALS_ALL;
  self->entries = g_array_new (FALSE, FALSE, sizeof (guint));
}

WbTrialOrder *
wb_trial_order_new (WbTrialList *list)
{
  WbTrialOrder *self;

  g_return_val_if_fail (WB_IS_TRIAL_LIST (list), NULL);

  self = g_object_new (WB_TYPE_TRIAL_ORDER, NULL);
  self->list = g_object_ref (list);
  g_signal_connect_object (list, "answered", G_CALLBACK (on_answered), self, G_CONNECT_SWAPPED);
  return self;
}
