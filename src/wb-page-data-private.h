/* wb-page-data-private.h: what the files of the Data page share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-class-chooser.h"
#include "wb-class-list.h"
#include "wb-findings.h"
#include "wb-image-grid.h"
#include "wb-page-data.h"
#include "wb-prepare.h"
#include "wb-statistics.h"

G_BEGIN_DECLS

struct _WbPageData
{
  WbPage parent_instance;

  GtkStack *stack;
  GtkLabel *scan_count;
  GtkProgressBar *scan_bar;
  WbClassList *classes;
  GtkWidget *unreadable, *found, *problems;
  GtkLabel *unreadable_label, *found_label;
  GtkStack *views;
  GtkWidget *search;
  GtkDropDown *filter;
  GtkAdjustment *size;
  GtkLabel *shown;
  GtkWidget *exclude, *include;
  GtkMenuButton *move;
  WbClassChooser *chooser;
  GtkStack *shelf;
  WbImageGrid *grid;
  AdwStatusPage *empty;
  WbPrepare *prepare;
  WbFindings *findings;
  WbStatistics *statistics;
  WbInsight *insight;
  WbSurvey *survey;

  GtkWidget *like_strip, *like_progress, *like_end, *propose;
  GtkLabel *like_label;
  char *like;                  /* the image whose like are shown, by its name in the dataset; NULL: all are shown */
  GArray *order;               /* (element-type guint32): those images; NULL until they are found */
  LatheDataset *order_dataset; /* whose images these are */
  gboolean looking;            /* for them, on a thread */

  char *done; /* what will have been done when the project's images are the edited ones, or NULL */
};

void wb_page_data_show_images (WbPageData *page);
gboolean wb_page_data_shows_excluded (WbPageData *page);

/* --- wb-page-data-images.c --- */

void wb_page_data_install_actions (GtkWidgetClass *klass);
void wb_page_data_connect_images (WbPageData *page);
void wb_page_data_update_actions (WbPageData *page);
void wb_page_data_tell_done (WbPageData *page); /* with an offer to undo it */
void wb_page_data_tell_nothing (WbPageData *page);
LatheEdits *wb_page_data_copy_edits (WbPageData *page); /* (transfer full): those that there are, to be changed */
/* (transfer full) of both. The project takes its time; when it is done, it is told. */
void wb_page_data_decide (WbPageData *page, LatheEdits *edits, char *done);

/* --- wb-page-data-like.c --- */

void wb_page_data_install_like (GtkWidgetClass *klass);
void wb_page_data_connect_insight (WbPageData *page);
void wb_page_data_look_for_like (WbPageData *page);
void wb_page_data_forget_like (WbPageData *page);
void wb_page_data_update_propose (WbPageData *page);

/* --- wb-page-data-camera.c, where it is built --- */

void wb_page_data_add_camera (WbPageData *page); /* a button below the classes, while there is a camera */

G_END_DECLS
