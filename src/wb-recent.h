/* wb-recent.h: the folders that were opened lately, and where the sample set is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The settings of the program, or NULL where their schema is not installed. (transfer none) */
GSettings *wb_settings_get (void);

/* What a setting holds for an absolute path: itself, or its URI where it is not UTF-8. (transfer full) */
char *wb_path_to_setting (const char *path);
char *wb_path_from_setting (const char *text); /* (transfer full) (nullable): it is none */

/* Paths of folders that are still there, the newest first. (transfer full) */
char **wb_recent_list (void);
void wb_recent_add (const char *path);

/* The folder of sample images, or NULL when it is not installed. (transfer full) */
GFile *wb_sample_folder (void);

/* “~/Pictures/Cats” for a path in the user's home. (transfer full) */
char *wb_path_for_people (const char *path);

G_END_DECLS
