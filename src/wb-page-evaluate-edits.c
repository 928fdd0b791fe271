/* wb-page-evaluate-edits.c: what is changed on the page: labels, and the model's temperature.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-image-edits.h"
#include "wb-page-evaluate-private.h"

static WbProject *
get_project (WbPageEvaluate *self)
{
  return wb_page_get_project (WB_PAGE (self));
}

/* --- Labels --- */

/* Takes over both. The images are others a moment later: then it is told. */
static void
decide (WbPageEvaluate *self, LatheEdits *edits, char *done)
{
  g_free (self->done);
  self->done = done;
  wb_project_set_edits (get_project (self), edits);
  lathe_edits_free (edits);
}

static char **
name_of (WbPageEvaluate *self, guint image)
{
  LatheDataset *dataset = self->shown->dataset;
  const char *names[] = {lathe_image_get_name (dataset, lathe_dataset_get_image (dataset, image)), NULL};

  return g_strdupv ((char **) names);
}

void
wb_page_evaluate_relabel (WbPageEvaluate *self, guint image, guint label)
{
  g_auto (GStrv) names = name_of (self, image);
  LatheEdits *edits = lathe_edits_copy (wb_project_get_edits (get_project (self)));
  char *done = wb_image_edits_move (edits, wb_project_get_dataset (get_project (self)), names,
                                    wb_assessment_get_labels (self->shown)[label]);

  decide (self, edits, done);
}

void
wb_page_evaluate_leave_out (WbPageEvaluate *self, guint image)
{
  g_auto (GStrv) names = name_of (self, image);
  LatheEdits *edits = lathe_edits_copy (wb_project_get_edits (get_project (self)));
  char *done = wb_image_edits_exclude (edits, names, TRUE);

  decide (self, edits, done);
}

void
wb_page_evaluate_tell_done (WbPageEvaluate *self)
{
  g_autofree char *done = g_steal_pointer (&self->done);

  if (done != NULL)
    wb_page_toast_undo (WB_PAGE (self), done);
}

/* --- The temperature --- */

typedef struct
{
  LatheModel *model;
  double temperature;
} Mending;

static void
mending_free (gpointer data)
{
  Mending *mending = data;

  lathe_model_unref (mending->model);
  g_free (mending);
}

static gpointer
mend_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Mending *mending = data;

  return lathe_model_at_temperature (mending->model, mending->temperature, error);
}

/* Unless another model came in the moment that it took. The view says what the model has become. */
static void
on_mended (GObject *owner, gpointer result, const GError *error, gpointer before)
{
  WbPageEvaluate *self = WB_PAGE_EVALUATE (owner);
  g_autoptr (LatheModel) model = result;

  if (error != NULL)
    wb_page_toast (WB_PAGE (self), error->message);
  else if (get_project (self) != NULL && wb_project_get_model (get_project (self)) == before)
    wb_project_set_cooled_model (get_project (self), model);
}

void
wb_page_evaluate_mend (WbPageEvaluate *self, double temperature)
{
  LatheModel *model = wb_project_get_model (get_project (self));
  Mending *mending;

  if (model == NULL || self->shown == NULL || self->shown->question->model != model)
    return;
  mending = g_new (Mending, 1);
  *mending = (Mending){lathe_model_ref (model), temperature};
  wb_thread_call (G_OBJECT (self), mend_work, mending, mending_free, (GDestroyNotify) lathe_model_unref, NULL,
                  on_mended, model);
}
