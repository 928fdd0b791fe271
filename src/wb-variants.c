/* wb-variants.c: the variants of a project's model, the one that was chosen, and the one that is being made.
 *
 * Three kinds of work go on in the background, of which the first two cancel themselves when the model is another:
 * reading what is kept of it, measuring what was not measured yet, and making one. Each that comes to its end changes
 * the list here, on the main loop.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-variants.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-thread.h"

struct _WbVariants
{
  GObject parent_instance;

  LatheModel *model; /* or NULL */
  LatheDataset *dataset;
  char *runs, *folder;   /* of the project, and in it of this model once it is read; or NULL */
  GPtrArray *list;       /* (element-type LatheVariant) */
  guint chosen;          /* an id */
  LatheVariant *dropped; /* the last one, or NULL */

  GCancellable *call;   /* reading or measuring; NULL: neither */
  guint measuring;      /* the id of the one that is measured, where that goes on */
  GCancellable *making; /* NULL: none is being made */
  WbProgressRelay *relay;
  gint64 began; /* monotonic microseconds: when the first progress was told */
  double fraction, began_at;
};

enum
{
  CHANGED,
  CHOSEN,
  PROGRESS,
  FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WbVariants, wb_variants, G_TYPE_OBJECT)

/* What goes to a thread. */
typedef struct
{
  LatheModel *model;
  LatheDataset *dataset;
  char *runs, *folder;
  LatheVariant *variant;     /* that is to be measured, or what one is made of */
  LatheVariantRecipe recipe; /* of one that is to be made */
  WbProgressRelay *relay;
} Task;

static void
task_free (gpointer data)
{
  Task *task = data;

  g_clear_pointer (&task->model, lathe_model_unref);
  g_clear_pointer (&task->dataset, lathe_dataset_unref);
  g_clear_pointer (&task->variant, lathe_variant_unref);
  g_clear_pointer (&task->relay, wb_progress_relay_unref);
  g_free (task->runs);
  g_free (task->folder);
  g_free (task);
}

static Task *
task_new (WbVariants *self)
{
  Task *task = g_new0 (Task, 1);

  task->model = lathe_model_ref (self->model);
  task->dataset = self->dataset ? lathe_dataset_ref (self->dataset) : NULL;
  task->runs = g_strdup (self->runs);
  task->folder = g_strdup (self->folder);
  return task;
}

static GPtrArray *
list_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_variant_unref);
}

static void
fail (WbVariants *self, const char *message)
{
  g_signal_emit (self, signals[FAILED], 0, message);
}

static int
find (WbVariants *self, guint id)
{
  for (guint i = 0; i < self->list->len; i++)
    if (((const LatheVariant *) self->list->pdata[i])->id == id)
      return (int) i;
  return -1;
}

/* --- Reading --- */

typedef struct
{
  char *folder;
  GPtrArray *list, *problems;
} Found;

static void
found_free (gpointer data)
{
  Found *found = data;

  g_free (found->folder);
  g_clear_pointer (&found->list, g_ptr_array_unref);
  g_clear_pointer (&found->problems, g_ptr_array_unref);
  g_free (found);
}

static gpointer
read_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Task *task = data;
  Found *found = g_new0 (Found, 1);

  if (task->runs)
    {
      found->folder = lathe_variants_folder (task->runs, task->model);
      found->list = lathe_variants_read (found->folder, task->model, task->dataset, &found->problems);
    }
  else
    {
      found->list = list_new ();
      g_ptr_array_add (found->list,
                       lathe_variant_new (&(LatheVariantStep){.kind = LATHE_VARIANT_TRAINED}, task->model));
    }
  return found;
}

static void
on_read (GObject *owner, gpointer result, const GError *error, gpointer call)
{
  WbVariants *self = WB_VARIANTS (owner);
  Found *found = result;

  if (self->call == call)
    {
      g_clear_object (&self->call);
      if (found)
        {
          self->folder = g_steal_pointer (&found->folder);
          g_ptr_array_unref (self->list);
          self->list = g_steal_pointer (&found->list);
          g_signal_emit (self, signals[CHANGED], 0);
          for (guint i = 0; found->problems && i < found->problems->len; i++)
            fail (self, found->problems->pdata[i]);
        }
    }
  g_clear_pointer (&found, found_free);
}

static void
stop_call (WbVariants *self)
{
  if (self->call)
    g_cancellable_cancel (self->call);
  g_clear_object (&self->call);
}

void
wb_variants_set_model (WbVariants *self, LatheModel *model, LatheDataset *dataset, const char *runs)
{
  g_return_if_fail (WB_IS_VARIANTS (self));

  stop_call (self);
  wb_variants_cancel (self);
  if (model)
    lathe_model_ref (model);
  if (dataset)
    lathe_dataset_ref (dataset);
  g_clear_pointer (&self->model, lathe_model_unref);
  g_clear_pointer (&self->dataset, wb_thread_drop_dataset);
  g_clear_pointer (&self->folder, g_free);
  g_free (self->runs);
  self->model = model;
  self->dataset = dataset;
  self->runs = g_strdup (runs);
  self->chosen = 0;
  g_clear_pointer (&self->dropped, lathe_variant_unref);
  g_ptr_array_set_size (self->list, 0);
  if (model)
    {
      self->call = g_cancellable_new ();
      wb_thread_call (G_OBJECT (self), read_work, task_new (self), task_free, found_free, self->call, on_read,
                      self->call);
    }
  g_signal_emit (self, signals[CHANGED], 0);
}

/* --- Measuring --- */

static gpointer
measure_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Task *task = data;
  g_autoptr (LatheVariant) measured = lathe_variant_measure (task->variant, task->dataset, 0, cancellable, error);

  if (!measured || !task->folder)
    return g_steal_pointer (&measured);
  if (g_cancellable_set_error_if_cancelled (cancellable, error)) /* it may have been removed meanwhile */
    return NULL;
  return lathe_variant_keep (measured, task->folder, error);
}

static void
on_measured (GObject *owner, gpointer result, const GError *error, gpointer call)
{
  WbVariants *self = WB_VARIANTS (owner);
  LatheVariant *measured = result;
  int at;

  if (self->call == call)
    {
      g_clear_object (&self->call);
      at = measured ? find (self, measured->id) : -1;
      if (at >= 0)
        {
          lathe_variant_unref (self->list->pdata[at]);
          self->list->pdata[at] = lathe_variant_ref (measured);
          g_signal_emit (self, signals[CHANGED], 0);
        }
      if (measured)
        wb_variants_measure (self);
      if (error)
        fail (self, error->message);
    }
  g_clear_pointer (&measured, lathe_variant_unref);
}

void
wb_variants_measure (WbVariants *self)
{
  g_return_if_fail (WB_IS_VARIANTS (self));

  if (!self->dataset || self->call || self->making)
    return;
  for (guint i = 0; i < self->list->len; i++)
    {
      LatheVariant *variant = self->list->pdata[i];
      Task *task;

      if (variant->fingerprint)
        continue;
      task = task_new (self);
      task->variant = lathe_variant_ref (variant);
      self->measuring = variant->id;
      self->call = g_cancellable_new ();
      wb_thread_call (G_OBJECT (self), measure_work, task, task_free, (GDestroyNotify) lathe_variant_unref, self->call,
                      on_measured, self->call);
      return;
    }
}

/* --- Making one --- */

static void
stop_making (WbVariants *self)
{
  g_clear_object (&self->making);
  g_clear_pointer (&self->relay, wb_progress_relay_close);
  g_signal_emit (self, signals[PROGRESS], 0);
}

static void
on_progress (guint done, guint total, gpointer data)
{
  WbVariants *self = data;
  double before = self->fraction;

  self->fraction = total > 0 ? (double) done / total : 0;
  if (self->began == 0 || self->fraction < before) /* what comes then is work of another kind */
    {
      self->began = g_get_monotonic_time ();
      self->began_at = self->fraction;
    }
  g_signal_emit (self, signals[PROGRESS], 0);
}

static gpointer
make_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Task *task = data;
  g_autoptr (LatheVariant) made = lathe_variant_make (task->variant, task->dataset, &task->recipe,
                                                      wb_progress_relay_report, task->relay, cancellable, error);

  if (!made || !task->folder)
    return g_steal_pointer (&made);
  return lathe_variant_keep (made, task->folder, error);
}

/* Where nothing is kept, its number is the next that is free. */
static void
add (WbVariants *self, LatheVariant *variant)
{
  for (guint id = 1; variant->id == 0; id++)
    if (find (self, id) < 0)
      variant->id = id;
  g_ptr_array_add (self->list, lathe_variant_ref (variant));
  self->chosen = variant->id;
  g_signal_emit (self, signals[CHANGED], 0);
  g_signal_emit (self, signals[CHOSEN], 0);
}

static void
on_made (GObject *owner, gpointer result, const GError *error, gpointer making)
{
  WbVariants *self = WB_VARIANTS (owner);
  LatheVariant *variant = result;

  if (self->making == making)
    {
      stop_making (self);
      if (variant)
        add (self, variant);
      if (error)
        fail (self, error->message);
      wb_variants_measure (self);
    }
  g_clear_pointer (&variant, lathe_variant_unref);
}

void
wb_variants_make (WbVariants *self, LatheVariant *of, const LatheVariantRecipe *recipe)
{
  Task *task;

  g_return_if_fail (WB_IS_VARIANTS (self) && of);

  if (!wb_variants_can_make (self) || self->making)
    return;
  stop_call (self);
  self->making = g_cancellable_new ();
  self->relay = wb_progress_relay_new (on_progress, self);
  self->began = 0;
  self->fraction = 0;
  task = task_new (self);
  task->variant = lathe_variant_ref (of);
  task->recipe = *recipe;
  task->relay = wb_progress_relay_ref (self->relay);
  g_signal_emit (self, signals[PROGRESS], 0);
  wb_thread_call (G_OBJECT (self), make_work, task, task_free, (GDestroyNotify) lathe_variant_unref, self->making,
                  on_made, self->making);
}

void
wb_variants_cancel (WbVariants *self)
{
  g_return_if_fail (WB_IS_VARIANTS (self));

  if (!self->making)
    return;
  g_cancellable_cancel (self->making);
  stop_making (self);
}

gboolean
wb_variants_can_make (WbVariants *self)
{
  g_return_val_if_fail (WB_IS_VARIANTS (self), FALSE);

  return self->model && !self->model->quantisation && self->dataset && self->list->len > 0;
}

gboolean
wb_variants_get_making (WbVariants *self)
{
  g_return_val_if_fail (WB_IS_VARIANTS (self), FALSE);

  return self->making != NULL;
}

double
wb_variants_get_fraction (WbVariants *self)
{
  g_return_val_if_fail (WB_IS_VARIANTS (self), 0);

  return self->fraction;
}

double
wb_variants_get_seconds_left (WbVariants *self)
{
  double seconds, done;

  g_return_val_if_fail (WB_IS_VARIANTS (self), NAN);

  seconds = (double) (g_get_monotonic_time () - self->began) / G_USEC_PER_SEC;
  done = self->fraction - self->began_at;
  return self->began > 0 && done > 0 ? seconds / done * (1 - self->fraction) : NAN;
}

/* --- Choosing --- */

const GPtrArray *
wb_variants_get_list (WbVariants *self)
{
  g_return_val_if_fail (WB_IS_VARIANTS (self), NULL);

  return self->list;
}

LatheVariant *
wb_variants_get_chosen (WbVariants *self)
{
  int at;

  g_return_val_if_fail (WB_IS_VARIANTS (self), NULL);

  at = find (self, self->chosen);
  return at >= 0 ? self->list->pdata[at] : NULL;
}

char *
wb_variants_get_path (WbVariants *self, const LatheVariant *variant)
{
  g_return_val_if_fail (WB_IS_VARIANTS (self), NULL);

  return self->folder && variant->id > 0 ? lathe_variant_path (variant, self->folder) : NULL;
}

void
wb_variants_choose (WbVariants *self, guint id)
{
  g_return_if_fail (WB_IS_VARIANTS (self));

  if (self->chosen == id || find (self, id) < 0)
    return;
  self->chosen = id;
  g_signal_emit (self, signals[CHOSEN], 0);
}

static gpointer
drop_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Task *task = data;

  lathe_variant_drop (task->variant, task->folder, error);
  return NULL;
}

static gpointer
restore_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Task *task = data;

  return lathe_variant_keep (task->variant, task->folder, error);
}

static void
on_dropped (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  if (result)
    lathe_variant_unref (result);
  if (error)
    fail (WB_VARIANTS (owner), error->message);
}

/* The model as it was trained stays. One that is being measured would be kept once more after that. */
void
wb_variants_drop (WbVariants *self, guint id)
{
  int at;
  gboolean measuring;
  Task *task;

  g_return_if_fail (WB_IS_VARIANTS (self));

  at = find (self, id);
  if (at <= 0)
    return;
  measuring = self->call && self->measuring == id;
  if (measuring)
    stop_call (self);
  task = task_new (self);
  task->variant = lathe_variant_ref (self->list->pdata[at]);
  g_clear_pointer (&self->dropped, lathe_variant_unref);
  self->dropped = g_ptr_array_steal_index (self->list, (guint) at);
  if (task->folder)
    wb_thread_call (G_OBJECT (self), drop_work, task, task_free, NULL, NULL, on_dropped, NULL);
  else
    task_free (task);
  if (self->chosen == id)
    wb_variants_choose (self, 0);
  g_signal_emit (self, signals[CHANGED], 0);
  if (measuring)
    wb_variants_measure (self);
}

static gboolean
is_taken (WbVariants *self, const LatheVariant *variant)
{
  g_autofree char *path = wb_variants_get_path (self, variant);

  return find (self, variant->id) >= 0 || (path && g_file_test (path, G_FILE_TEST_EXISTS));
}

/* With the next number that no other one has. (transfer full) */
static LatheVariant *
renumber (WbVariants *self, const LatheVariant *variant)
{
  LatheVariant *copy = lathe_variant_copy (variant);

  do
    copy->id++;
  while (is_taken (self, copy));
  return copy;
}

/* It has its place and its number again, unless one that was made since has that. */
void
wb_variants_restore (WbVariants *self)
{
  Task *task;
  LatheVariant *restored;
  guint at = 0;

  g_return_if_fail (WB_IS_VARIANTS (self));

  if (!self->dropped)
    return;
  restored = find (self, self->dropped->id) < 0 ? lathe_variant_ref (self->dropped) : renumber (self, self->dropped);
  g_clear_pointer (&self->dropped, lathe_variant_unref);
  task = task_new (self);
  task->variant = lathe_variant_ref (restored);
  while (at < self->list->len && ((const LatheVariant *) self->list->pdata[at])->id < restored->id)
    at++;
  g_ptr_array_insert (self->list, (int) at, restored);
  if (task->folder)
    wb_thread_call (G_OBJECT (self), restore_work, task, task_free, (GDestroyNotify) lathe_variant_unref, NULL,
                    on_dropped, NULL);
  else
    task_free (task);
  g_signal_emit (self, signals[CHANGED], 0);
}

LatheVariant *
wb_variants_get_dropped (WbVariants *self)
{
  g_return_val_if_fail (WB_IS_VARIANTS (self), NULL);

  return self->dropped;
}

/* --- Life --- */

static void
wb_variants_dispose (GObject *object)
{
  WbVariants *self = WB_VARIANTS (object);

  stop_call (self);
  if (self->making)
    g_cancellable_cancel (self->making);
  g_clear_object (&self->making);
  g_clear_pointer (&self->relay, wb_progress_relay_close);
  g_clear_pointer (&self->dataset, wb_thread_drop_dataset);
  g_clear_pointer (&self->model, lathe_model_unref);
  G_OBJECT_CLASS (wb_variants_parent_class)->dispose (object);
}

static void
wb_variants_finalize (GObject *object)
{
  WbVariants *self = WB_VARIANTS (object);

  g_ptr_array_unref (self->list);
  g_clear_pointer (&self->dropped, lathe_variant_unref);
  g_free (self->runs);
  g_free (self->folder);
  G_OBJECT_CLASS (wb_variants_parent_class)->finalize (object);
}

static void
wb_variants_class_init (WbVariantsClass *klass)
{
  static const char *const names[] = {[CHANGED] = "changed", [CHOSEN] = "chosen", [PROGRESS] = "progress"};

  G_OBJECT_CLASS (klass)->dispose = wb_variants_dispose;
  G_OBJECT_CLASS (klass)->finalize = wb_variants_finalize;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    signals[i] = g_signal_new (names[i], WB_TYPE_VARIANTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] =
      g_signal_new ("failed", WB_TYPE_VARIANTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
wb_variants_init (WbVariants *self)
{
  self->list = list_new ();
}

WbVariants *
wb_variants_new (void)
{
  return g_object_new (WB_TYPE_VARIANTS, NULL);
}
