/* wb-project-file.h: the file in which a project is kept, at every change. Main loop only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-settings.h"

G_BEGIN_DECLS

#define WB_TYPE_PROJECT_FILE (wb_project_file_get_type ())
G_DECLARE_FINAL_TYPE (WbProjectFile, wb_project_file, WB, PROJECT_FILE, GObject)

/* Signals: "saved" (what was kept is on the disk), "failed" (const char *message: it cannot be saved), "conflict"
 * (someone else has written the file, or it is as this one knows it again). */

/* What was read for a project, and where. */
typedef struct
{
  char *path;
  LatheProject *project; /* NULL: there is none yet */
  char *checksum;        /* of the file; NULL: whatever is there may be written over */
  gboolean conflict;     /* the project is what was kept beside a file that someone else had written */
  char *complaint;       /* NULL: nothing was wrong */
} WbReadProject;

/* Of any thread. The second takes what was kept aside when a window was closed on a conflict, where there is such.
 * Errors: those of lathe_project_load(). */
WbReadProject *wb_read_project_new (const char *path, GError **error);
WbReadProject *wb_read_project_new_mine (const char *path, GError **error);
/* Not all of it could be used: the file is copied, as it was, before anything is written over it. */
void wb_read_project_complain (WbReadProject *read, const char *reason);
void wb_read_project_free (WbReadProject *read);

WbProjectFile *wb_project_file_new (const WbReadProject *read);
const char *wb_project_file_get_path (WbProjectFile *file);
gboolean wb_project_file_get_conflict (WbProjectFile *file); /* someone else has written it */

/* Writes these settings soon, with what is changed until then. The program does not end before they are on the disk, or
 * cannot be. */
void wb_project_file_keep (WbProjectFile *file, const WbSettings *settings);
void wb_project_file_flush (WbProjectFile *file); /* now */
/* Writes over what someone else has written; or takes it for what is there, so that what is kept next follows it. */
void wb_project_file_keep_mine (WbProjectFile *file);
void wb_project_file_take_theirs (WbProjectFile *file, const WbReadProject *theirs);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WbReadProject, wb_read_project_free)

G_END_DECLS
