/* wb-finding-list.h: what is wrong with a project's images, line by line, as a list that a view shows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-survey.h"

G_BEGIN_DECLS

typedef enum
{
  WB_FINDING_TITLE,   /* what kind the lines below are of */
  WB_FINDING_PROBLEM, /* a file that cannot be read */
  WB_FINDING_IMAGES,  /* one finding, with its images */
} WbFindingKind;

#define WB_TYPE_FINDING (wb_finding_get_type ())
G_DECLARE_FINAL_TYPE (WbFinding, wb_finding, WB, FINDING, GObject)

WbFindingKind wb_finding_get_kind (WbFinding *finding);
LatheFlaw wb_finding_get_flaw (WbFinding *finding);
WbVerdict *wb_finding_get_verdict (WbFinding *finding); /* that it is of */
guint64 wb_finding_get_key (WbFinding *finding);
guint wb_finding_get_count (WbFinding *finding);                 /* of a title: lines below it */
const LatheFinding *wb_finding_get (WbFinding *finding);         /* of images */
const LatheProblem *wb_finding_get_problem (WbFinding *finding); /* of a problem */

/* A GListModel of WbFinding. Items are made when they are asked for. */
#define WB_TYPE_FINDING_LIST (wb_finding_list_get_type ())
G_DECLARE_FINAL_TYPE (WbFindingList, wb_finding_list, WB, FINDING_LIST, GObject)

WbFindingList *wb_finding_list_new (void);
/* Lines that are the same as before stay, so that whoever reads them is not interrupted. `kept`: a set of keys, gint64
 * pointers, of findings that are left out. */
void wb_finding_list_show (WbFindingList *list, WbVerdict *verdict, GHashTable *kept);

G_END_DECLS
