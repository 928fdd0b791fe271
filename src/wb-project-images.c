/* wb-project-images.c: what was decided about the project's images.
 *
 * A decision (other edits, another split) takes longer than the main loop may, where images are many. So decisions
 * wait in a queue, and each is made on what the one before it came to: nothing that was decided quickly after
 * something else is lost, and each is one step that can be undone. The program does not end before the last of them
 * is made: it is held until then, also when its windows are closed, and then until it is on the disk:
 * wb-project-file.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "wb-hold.h"
#include "wb-project-private.h"

/* Holds the program while something that was decided is not done yet, and lets it go when all is. */
static void
update_hold (WbProject *self)
{
  wb_hold (&self->held, self->decisions.length > 0);
}

/* --- Decisions --- */

typedef struct
{
  LatheDataset *dataset; /* that it is made on */
  LatheEdits *edits;     /* NULL: it is about the split */
  guint64 seed;
  double share[LATHE_N_SPLITS];
} Decision;

static void
decision_clear (gpointer data)
{
  Decision *decision = data;

  g_clear_pointer (&decision->dataset, lathe_dataset_unref);
  g_clear_pointer (&decision->edits, lathe_edits_free);
}

static void
decision_unref (gpointer decision)
{
  g_atomic_rc_box_release_full (decision, decision_clear);
}

static gpointer
decide_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Decision *decision = data;
  LatheDatasetOptions options = *lathe_dataset_get_options (decision->dataset);

  if (decision->edits)
    return lathe_dataset_edit (decision->dataset, decision->edits, cancellable, error);
  options.seed = decision->seed;
  memcpy (options.share, decision->share, sizeof options.share);
  return lathe_dataset_resplit (decision->dataset, &options, error);
}

static void decide_next (WbProject *self);

static void
on_decided (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbProject *self = WB_PROJECT (owner);
  g_autoptr (LatheDataset) dataset = result;
  WbSettings *settings;

  /* Another folder was opened meanwhile. */
  if (g_queue_peek_head (&self->decisions) != data)
    return;
  /* Something was undone meanwhile, or the like: once more, on what there is now. */
  if (((Decision *) data)->dataset != self->history.now->dataset)
    {
      decide_next (self);
      return;
    }
  decision_unref (g_queue_pop_head (&self->decisions));
  if (error)
    wb_project_fail (self, error->message);
  else if (dataset != self->history.now->dataset)
    {
      settings = wb_settings_copy (self->history.now);
      wb_settings_set_dataset (settings, dataset);
      wb_settings_adapt (settings);
      wb_project_change (self, settings);
    }
  decide_next (self);
  update_hold (self);
}

static void
decide_next (WbProject *self)
{
  Decision *decision = g_queue_peek_head (&self->decisions);

  if (!decision)
    return;
  g_clear_pointer (&decision->dataset, lathe_dataset_unref);
  decision->dataset = lathe_dataset_ref (self->history.now->dataset);
  wb_thread_call_now (G_OBJECT (self), decide_work, g_atomic_rc_box_acquire (decision), decision_unref,
                      (GDestroyNotify) lathe_dataset_unref, on_decided, decision);
}

static void
decide (WbProject *self, Decision *decision)
{
  g_queue_push_tail (&self->decisions, decision);
  if (self->decisions.length == 1)
    decide_next (self);
  update_hold (self);
}

void
wb_project_drop_decisions (WbProject *self)
{
  g_queue_clear_full (&self->decisions, decision_unref);
  update_hold (self);
}

const LatheEdits *
wb_project_get_edits (WbProject *self)
{
  LatheDataset *dataset;
  const LatheEdits *edits;

  g_return_val_if_fail (WB_IS_PROJECT (self), NULL);

  for (GList *link = self->decisions.tail; link; link = link->prev)
    if (((Decision *) link->data)->edits)
      return ((Decision *) link->data)->edits;
  dataset = self->history.now->dataset;
  edits = dataset ? lathe_dataset_get_edits (dataset) : NULL;
  return edits ? edits : self->no_edits;
}

void
wb_project_set_edits (WbProject *self, const LatheEdits *edits)
{
  Decision *decision;

  g_return_if_fail (WB_IS_PROJECT (self));
  g_return_if_fail (self->history.now->dataset != NULL);

  if (lathe_edits_equal (edits, wb_project_get_edits (self)))
    return;
  decision = g_atomic_rc_box_new0 (Decision);
  decision->edits = lathe_edits_copy (edits);
  decide (self, decision);
}

void
wb_project_set_split (WbProject *self, guint64 seed, const double share[LATHE_N_SPLITS])
{
  Decision *decision;

  g_return_if_fail (WB_IS_PROJECT (self));
  g_return_if_fail (self->history.now->dataset != NULL);

  decision = g_atomic_rc_box_new0 (Decision);
  decision->seed = seed;
  memcpy (decision->share, share, sizeof decision->share);
  decide (self, decision);
}

/* --- Life --- */

void
wb_project_init_images (WbProject *self)
{
  g_queue_init (&self->decisions);
  self->no_edits = lathe_edits_new ();
}

/* Nothing waits to be decided: whatever does so keeps the project alive. */
void
wb_project_dispose_images (WbProject *self)
{
  g_clear_pointer (&self->no_edits, lathe_edits_free);
}
