/* wb-image-list.c: those images of a dataset that are asked for, as a list that views show.
 *
 * A question is answered on a thread, one at a time; what is asked meanwhile waits, and only the newest of it counts.
 * An answer that differs little from what is shown (one image was excluded) comes with the steps that lead to it, so
 * that a view keeps its place and what is selected.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-image-list.h"

#include <string.h>

#include "wb-thread.h"

/* An entry is the index of an image, or of an excluded one with this bit. */
#define EXCLUDED (1u << 31)
#define GONE G_MAXUINT /* what is shown until its step takes it away */
#define MAX_STEPS 100  /* more of them are taken as one */

typedef struct
{
  gatomicrefcount references;
  LatheDataset *dataset;
  int label;
  WbImageFilter filter;
  char *text;         /* folded; NULL: any name */
  GArray *order;      /* (element-type guint32) (nullable) */
  GHashTable *hidden; /* (element-type filename): of the excluded ones */

  GArray *before; /* (element-type guint) (nullable): what is shown, and of which dataset */
  LatheDataset *dataset_before;
} Question;

/* At this position so many entries go and so many come. */
typedef struct
{
  guint position, n_gone, n_new;
} Step;

typedef struct
{
  GArray *entries; /* (element-type guint) */
  GArray *kept;    /* (element-type guint) (nullable): the entries before, as the new dataset counts them, or GONE */
  GArray *steps;   /* (element-type Step) that lead from there to the entries, rising */
} Answer;

struct _WbImageList
{
  WbPlaces parent_instance;

  GArray *entries; /* (element-type guint) */
  LatheDataset *dataset;
  GHashTable *hidden;
  Question *shown, *asking, *waiting;
};

G_DEFINE_FINAL_TYPE (WbImageList, wb_image_list, WB_TYPE_PLACES)

static Question *
question_ref (Question *question)
{
  g_atomic_ref_count_inc (&question->references);
  return question;
}

static void
question_unref (Question *question)
{
  if (!g_atomic_ref_count_dec (&question->references))
    return;
  wb_thread_drop_dataset (question->dataset);
  g_free (question->text);
  g_clear_pointer (&question->order, g_array_unref);
  g_hash_table_unref (question->hidden);
  g_clear_pointer (&question->before, g_array_unref);
  g_clear_pointer (&question->dataset_before, wb_thread_drop_dataset);
  g_free (question);
}

static void
answer_free (Answer *answer)
{
  g_array_unref (answer->entries);
  g_clear_pointer (&answer->kept, g_array_unref);
  g_array_unref (answer->steps);
  g_free (answer);
}

static const LatheImage *
image_of (LatheDataset *dataset, guint entry)
{
  if (entry == GONE)
    return NULL;
  return entry & EXCLUDED ? lathe_dataset_get_excluded (dataset, entry & ~EXCLUDED)
                          : lathe_dataset_get_image (dataset, entry);
}

/* --- On a thread --- */

static gboolean
is_changed (LatheDataset *dataset, const LatheImage *image)
{
  const LatheEdits *edits = lathe_dataset_get_edits (dataset);
  const char *name = lathe_image_get_name (dataset, image);

  return edits && (g_path_is_absolute (name) || lathe_edits_get_label (edits, name));
}

static gboolean
has_text (const LatheImage *image, const char *text)
{
  const char *slash = strrchr (image->path, G_DIR_SEPARATOR);
  g_autofree char *name = g_filename_display_name (slash ? slash + 1 : image->path);
  g_autofree char *folded = g_utf8_casefold (name, -1);

  return strstr (folded, text) != NULL;
}

static gboolean
is_wanted (const Question *question, const LatheImage *image)
{
  if (question->label >= 0 && image->label != (guint) question->label)
    return FALSE;
  switch (question->filter)
    {
    case WB_IMAGES_TRAINING:
    case WB_IMAGES_VALIDATION:
    case WB_IMAGES_TEST:
      if (image->split != (LatheSplit) (question->filter - WB_IMAGES_TRAINING))
        return FALSE;
      break;
    case WB_IMAGES_CHANGED:
      if (!is_changed (question->dataset, image))
        return FALSE;
      break;
    default:
      break;
    }
  return (!question->text || has_text (image, question->text)) &&
         (question->filter != WB_IMAGES_EXCLUDED || !g_hash_table_contains (question->hidden, image->path));
}

static GArray *
find_entries (const Question *question)
{
  gboolean excluded = question->filter == WB_IMAGES_EXCLUDED;
  const GArray *order = excluded ? NULL : question->order;
  guint n = order      ? order->len
            : excluded ? lathe_dataset_get_n_excluded (question->dataset)
                       : lathe_dataset_get_n_images (question->dataset);
  GArray *entries = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < n; i++)
    {
      guint entry = order ? g_array_index (order, guint32, i) : excluded ? i | EXCLUDED : i;

      if (is_wanted (question, image_of (question->dataset, entry)))
        g_array_append_val (entries, entry);
    }
  return entries;
}

/* NULL: an image that was excluded took its class along. */
static const char *
name_of_class (LatheDataset *dataset, const LatheImage *image)
{
  return image->label < lathe_dataset_get_n_classes (dataset) ? lathe_dataset_get_classes (dataset)[image->label]
                                                              : NULL;
}

/* Where each image was that is still of its class: the others may have gone anywhere. */
static void
find_kept (const Question *question, Answer *answer)
{
  g_autoptr (GHashTable) positions = g_hash_table_new (g_str_hash, g_str_equal);

  answer->kept = g_array_sized_new (FALSE, FALSE, sizeof (guint), question->before->len);
  for (guint i = 0; i < answer->entries->len; i++)
    {
      const LatheImage *image = image_of (question->dataset, g_array_index (answer->entries, guint, i));

      g_hash_table_insert (positions, image->path, GUINT_TO_POINTER (i));
    }
  for (guint i = 0; i < question->before->len; i++)
    {
      const LatheImage *image = image_of (question->dataset_before, g_array_index (question->before, guint, i));
      guint entry = GONE;
      gpointer position;

      if (g_hash_table_lookup_extended (positions, image->path, NULL, &position))
        {
          guint found = g_array_index (answer->entries, guint, GPOINTER_TO_UINT (position));

          if (g_strcmp0 (name_of_class (question->dataset, image_of (question->dataset, found)),
                         name_of_class (question->dataset_before, image)) == 0)
            entry = found;
        }
      g_array_append_val (answer->kept, entry);
    }
}

static void
add_step (GArray *steps, guint position, guint n_gone, guint n_new)
{
  Step *last = steps->len > 0 ? &g_array_index (steps, Step, steps->len - 1) : NULL;

  if (n_gone + n_new == 0)
    return;
  if (last && steps->len == MAX_STEPS)
    {
      guint between = position - (last->position + last->n_new);

      last->n_gone += between + n_gone;
      last->n_new += between + n_new;
      return;
    }
  g_array_append_val (steps, ((Step){position, n_gone, n_new}));
}

/* Both lists are in one order; where they turn out not to be, all that follows is exchanged. */
static void
find_steps (Answer *answer)
{
  const guint *kept = (const guint *) (gpointer) answer->kept->data,
              *entries = (const guint *) (gpointer) answer->entries->data;
  guint n_kept = answer->kept->len, n_entries = answer->entries->len, i = 0, j = 0;

  while (i < n_kept || j < n_entries)
    {
      guint gone = i, new = j;

      while (i < n_kept && kept[i] == GONE)
        i++;
      while (j < n_entries && (i == n_kept || entries[j] != kept[i]))
        j++;
      if (j == n_entries)
        i = n_kept;
      add_step (answer->steps, new, i - gone, j - new);
      for (; i < n_kept && j < n_entries && kept[i] == entries[j]; i++, j++)
        ;
    }
}

static gpointer
answer_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Question *question = data;
  Answer *answer = g_new0 (Answer, 1);

  answer->entries = find_entries (question);
  answer->steps = g_array_new (FALSE, FALSE, sizeof (Step));
  if (question->before)
    {
      find_kept (question, answer);
      find_steps (answer);
    }
  return answer;
}

/* --- On the main loop --- */

static guint leaving_signal, shown_signal;

/* Nothing of what is shown stays, but the places do, and with them a view's widgets: to make new ones takes it long,
 * and to look for what it knows among a hundred thousand items that come, too. */
static void
exchange (WbImageList *self, GArray *entries)
{
  g_signal_emit (self, leaving_signal, 0);
  g_array_unref (self->entries);
  self->entries = g_array_ref (entries);
  wb_places_set_n (WB_PLACES (self), entries->len);
}

static void
take_steps (WbImageList *self, const Answer *answer)
{
  if (answer->steps->len > 0)
    wb_places_settle (WB_PLACES (self));
  g_array_unref (self->entries);
  self->entries = g_array_ref (answer->kept);
  for (guint i = 0; i < answer->steps->len; i++)
    {
      const Step *step = &g_array_index (answer->steps, Step, i);

      g_array_remove_range (self->entries, step->position, step->n_gone);
      g_array_insert_vals (self->entries, step->position, &g_array_index (answer->entries, guint, step->position),
                           step->n_new);
      wb_places_splice (WB_PLACES (self), step->position, step->n_gone, step->n_new);
    }
}

static void ask (WbImageList *self);

static void
on_answered (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbImageList *self = WB_IMAGE_LIST (owner);
  LatheDataset *dataset_before = g_steal_pointer (&self->dataset);
  Answer *answer = result;
  gboolean again;

  self->dataset = lathe_dataset_ref (self->asking->dataset);
  g_clear_pointer (&self->shown, question_unref);
  self->shown = g_steal_pointer (&self->asking);
  again = answer->kept != NULL;
  if (again)
    take_steps (self, answer);
  else
    exchange (self, answer->entries);
  answer_free (answer);
  g_clear_pointer (&self->shown->before, g_array_unref);
  g_clear_pointer (&self->shown->dataset_before, wb_thread_drop_dataset);
  g_clear_pointer (&dataset_before, wb_thread_drop_dataset);
  if (self->waiting)
    ask (self);
  else
    g_signal_emit (self, shown_signal, 0, again);
}

static const char *
class_of (const Question *question)
{
  return question->label < 0 ? NULL : lathe_dataset_get_classes (question->dataset)[question->label];
}

static gboolean
is_same_question (const Question *a, const Question *b)
{
  return a->filter == b->filter && !a->order == !b->order && g_strcmp0 (a->text, b->text) == 0 &&
         g_strcmp0 (class_of (a), class_of (b)) == 0 &&
         strcmp (lathe_dataset_get_folder (a->dataset), lathe_dataset_get_folder (b->dataset)) == 0;
}

static void
ask (WbImageList *self)
{
  Question *question = self->asking = g_steal_pointer (&self->waiting);

  if (self->shown && is_same_question (self->shown, question))
    {
      question->before = g_array_ref (self->entries);
      question->dataset_before = lathe_dataset_ref (self->dataset);
    }
  wb_thread_call (G_OBJECT (self), answer_work, question_ref (question), (GDestroyNotify) question_unref,
                  (GDestroyNotify) answer_free, NULL, on_answered, NULL);
}

void
wb_image_list_show (WbImageList *self, LatheDataset *dataset, int label, WbImageFilter filter, const char *text,
                    GArray *order)
{
  Question *question;

  g_return_if_fail (WB_IS_IMAGE_LIST (self));
  g_return_if_fail (dataset != NULL);

  question = g_new0 (Question, 1);
  g_atomic_ref_count_init (&question->references);
  question->dataset = lathe_dataset_ref (dataset);
  question->label = label;
  question->filter = filter;
  question->text = text && *text ? g_utf8_casefold (text, -1) : NULL;
  question->order = order ? g_array_ref (order) : NULL;
  question->hidden = g_hash_table_ref (self->hidden);
  g_clear_pointer (&self->waiting, question_unref);
  self->waiting = question;
  if (!self->asking)
    ask (self);
}

/* A thread may be reading what is hidden, so that is exchanged and never changed. */
static void
exchange_hidden (WbImageList *self, GHashTable *hidden)
{
  g_hash_table_unref (self->hidden);
  self->hidden = hidden;
}

static GHashTable *
make_set (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

void
wb_image_list_hide (WbImageList *self, const GPtrArray *paths)
{
  GHashTable *hidden;
  GHashTableIter iterator;
  gpointer other;

  g_return_if_fail (WB_IS_IMAGE_LIST (self));

  hidden = make_set ();
  g_hash_table_iter_init (&iterator, self->hidden);
  while (g_hash_table_iter_next (&iterator, &other, NULL))
    g_hash_table_add (hidden, g_strdup (other));
  for (guint i = 0; i < paths->len; i++)
    g_hash_table_add (hidden, g_strdup (paths->pdata[i]));
  exchange_hidden (self, hidden);
}

void
wb_image_list_unhide (WbImageList *self)
{
  g_return_if_fail (WB_IS_IMAGE_LIST (self));

  exchange_hidden (self, make_set ());
}

guint
wb_image_list_get_n_images (WbImageList *self)
{
  g_return_val_if_fail (WB_IS_IMAGE_LIST (self), 0);

  return self->entries->len;
}

LatheDataset *
wb_image_list_get_dataset (WbImageList *self)
{
  g_return_val_if_fail (WB_IS_IMAGE_LIST (self), NULL);

  return self->dataset;
}

const LatheImage *
wb_image_list_get_image (WbImageList *self, guint position)
{
  g_return_val_if_fail (WB_IS_IMAGE_LIST (self), NULL);

  return position < self->entries->len ? image_of (self->dataset, g_array_index (self->entries, guint, position))
                                       : NULL;
}

gboolean
wb_image_list_is_excluded (WbImageList *self, guint position)
{
  g_return_val_if_fail (WB_IS_IMAGE_LIST (self), FALSE);

  return position < self->entries->len && (g_array_index (self->entries, guint, position) & EXCLUDED) &&
         g_array_index (self->entries, guint, position) != GONE;
}

gboolean
wb_image_list_is_changed (WbImageList *self, guint position)
{
  const LatheImage *image = wb_image_list_get_image (self, position);

  return image && is_changed (self->dataset, image);
}

/* --- Life --- */

static void
wb_image_list_finalize (GObject *object)
{
  WbImageList *self = WB_IMAGE_LIST (object);

  g_clear_pointer (&self->shown, question_unref);
  g_clear_pointer (&self->waiting, question_unref);
  g_clear_pointer (&self->dataset, lathe_dataset_unref);
  g_array_unref (self->entries);
  g_hash_table_unref (self->hidden);
  G_OBJECT_CLASS (wb_image_list_parent_class)->finalize (object);
}

static void
wb_image_list_class_init (WbImageListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_image_list_finalize;
  leaving_signal = g_signal_new ("leaving", WB_TYPE_IMAGE_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  shown_signal = g_signal_new ("shown", WB_TYPE_IMAGE_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                               G_TYPE_BOOLEAN);
}

static void
wb_image_list_init (WbImageList *self)
{
  self->entries = g_array_new (FALSE, FALSE, sizeof (guint));
  self->hidden = make_set ();
}

WbImageList *
wb_image_list_new (void)
{
  return g_object_new (WB_TYPE_IMAGE_LIST, NULL);
}
