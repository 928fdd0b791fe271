/* wb-explainer.c: a model laid out for questions about why, which are asked on a thread, one after another.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-explainer.h"

typedef struct
{
  WbExplainer *self; /* not owned: it owns the question while that waits, and is its call's owner afterwards */
  GObject *owner;
  WbExplaining work;
  gpointer data;
  GDestroyNotify free_data, free_result;
  GCancellable *cancellable;
  WbDone done;
  gpointer user_data;
} Question;

struct _WbExplainer
{
  GObject parent_instance;

  LatheModel *model;
  LatheExplainer *explainer; /* touched by the thread that asks */
  GQueue questions;          /* (element-type Question): those that wait */
  gboolean asking;
};

G_DEFINE_FINAL_TYPE (WbExplainer, wb_explainer, G_TYPE_OBJECT)

static void
question_free (Question *question)
{
  if (question->free_data)
    question->free_data (question->data);
  g_clear_object (&question->owner);
  g_clear_object (&question->cancellable);
  g_free (question);
}

static gpointer
ask_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Question *question = data;
  WbExplainer *self = question->self;

  if (!self->explainer)
    self->explainer = lathe_explainer_new (self->model, lathe_default_threads ());
  return question->work (self->explainer, question->data, cancellable, error);
}

static void ask_next (WbExplainer *self);

static void
on_answer (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbExplainer *self = WB_EXPLAINER (owner);
  Question *question = data;

  self->asking = FALSE;
  question->done (question->owner, result, error, question->user_data);
  question_free (question);
  ask_next (self);
}

static void
ask_next (WbExplainer *self)
{
  Question *question = self->asking ? NULL : g_queue_pop_head (&self->questions);

  if (!question)
    return;
  self->asking = TRUE;
  wb_thread_call (G_OBJECT (self), ask_work, question, NULL, question->free_result, question->cancellable, on_answer,
                  question);
}

void
wb_explainer_call (WbExplainer *self, GObject *owner, WbExplaining work, gpointer data, GDestroyNotify free_data,
                   GDestroyNotify free_result, GCancellable *cancellable, WbDone done, gpointer user_data)
{
  Question *question;

  g_return_if_fail (WB_IS_EXPLAINER (self));

  question = g_new (Question, 1);
  *question = (Question){self,
                         g_object_ref (owner),
                         work,
                         data,
                         free_data,
                         free_result,
                         cancellable ? g_object_ref (cancellable) : NULL,
                         done,
                         user_data};
  g_queue_push_tail (&self->questions, question);
  ask_next (self);
}

static gpointer
free_work (gpointer explainer, GCancellable *cancellable, GError **error)
{
  lathe_explainer_free (explainer);
  return NULL;
}

static void
wb_explainer_finalize (GObject *object)
{
  WbExplainer *self = WB_EXPLAINER (object);

  g_queue_clear_full (&self->questions, (GDestroyNotify) question_free);
  if (self->explainer) /* its threads are waited for */
    wb_thread_call (NULL, free_work, self->explainer, NULL, NULL, NULL, NULL, NULL);
  lathe_model_unref (self->model);
  G_OBJECT_CLASS (wb_explainer_parent_class)->finalize (object);
}

static void
wb_explainer_class_init (WbExplainerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_explainer_finalize;
}

static void
wb_explainer_init (WbExplainer *self)
{
}

WbExplainer *
wb_explainer_new (LatheModel *model)
{
  WbExplainer *self = g_object_new (WB_TYPE_EXPLAINER, NULL);

  self->model = lathe_model_ref (model);
  return self;
}

LatheModel *
wb_explainer_get_model (WbExplainer *self)
{
  g_return_val_if_fail (WB_IS_EXPLAINER (self), NULL);

  return self->model;
}
