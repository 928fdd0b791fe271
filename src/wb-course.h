/* wb-course.h: how a training goes: charts over one axis, what its time goes to, and what is to be seen in it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "wb-project.h"

G_BEGIN_DECLS

#define WB_TYPE_COURSE (wb_course_get_type ())
G_DECLARE_FINAL_TYPE (WbCourse, wb_course, WB, COURSE, AdwBin)

/* Signal: "failed" (const char *message): a chart could not be saved. Properties: "axis" (string: "epoch", "step",
 * "second"), "loss", "accuracy", "macro-f1", "rate", "norm" (gboolean: that chart is shown); all of them are
 * remembered. */

/* Shows the project's training as it stands, with the listed runs that are to be shown. */
void wb_course_show (WbCourse *course, WbProject *project);

/* The layers are those of this listed run, from now on; 0: of the present training. */
void wb_course_choose (WbCourse *course, gint64 run);

G_END_DECLS
