/* wb-page-try-private.h: what the files of the Try page share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-attempt.h"
#include "wb-class-chooser.h"
#include "wb-doubt.h"
#include "wb-explainer.h"
#include "wb-heat.h"
#include "wb-layer-sheet.h"
#include "wb-nearest.h"
#include "wb-page-try.h"
#include "wb-trials.h"
#include "wb-why.h"

G_BEGIN_DECLS

struct _WbPageTry
{
  WbPage parent_instance;

  GtkWidget *stack, *empty, *train_first, *image, *heat_frame, *seen_size, *name;
  GtkWidget *verdict, *label, *perhaps, *percent, *milliseconds, *probabilities, *no_model, *strip, *strip_area;
  GtkWidget *more, *tools, *bar, *many, *camera_place, *empty_tools, *choose_folder;
  GtkMenuButton *really;
  WbClassChooser *chooser;
  WbHeat *heat;
  WbWhy *why;
  WbDoubt *doubt;
  WbNearest *nearest;
  WbLayerSheet *sheet;
  WbTrials *trials; /* all files at once */

  GListStore *attempts; /* (element-type WbAttempt) */
  GtkSingleSelection *selection;
  GQueue questions; /* (element-type WbAttempt): owned, in the order in which they will be asked */
  gboolean asking;
  WbOracle *prepared;     /* not owned, to compare: that is laid out, or being so */
  WbOracle *oracle;       /* of the project's model; NULL without one */
  WbExplainer *explainer; /* of the same */
  char *done;             /* what will have been done when the project's images are the edited ones, or NULL */

  GtkWidget *camera_button, *first_camera, *take; /* where it is built with a camera */
  GObject *camera;                                /* that is looked through, or NULL */
  WbAttempt *live;                                /* what it saw last, or NULL */
  gint64 live_asked;                              /* when, in microseconds */
};

WbAttempt *wb_page_try_get_shown (WbPageTry *page);         /* (nullable) */
void wb_page_try_add (WbPageTry *page, WbAttempt *attempt); /* (transfer full) */

void wb_page_try_ask_next (WbPageTry *page);
void wb_page_try_show (WbPageTry *page); /* what there is now */
void wb_page_try_show_many (WbPageTry *page);

/* --- wb-page-try-input.c: what is dropped, pasted and chosen --- */

void wb_page_try_install_input (GtkWidgetClass *klass);
void wb_page_try_connect_input (WbPageTry *page);

/* --- wb-page-try-really.c: what an image really shows --- */

void wb_page_try_connect_really (WbPageTry *page);
void wb_page_try_update_really (WbPageTry *page);
void wb_page_try_attach_really (WbPageTry *page, WbProject *project);
/* Files become images of the dataset, of that class. */
void wb_page_try_decide (WbPageTry *page, GListModel *files, const char *class_name);

/* --- wb-page-try-camera.c, where it is built --- */

void wb_page_try_add_camera (WbPageTry *page); /* buttons beside the strip, while there is a camera */
void wb_page_try_drop_camera (WbPageTry *page);

G_END_DECLS
