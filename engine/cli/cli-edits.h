/* cli-edits.h: what is decided about images on the command line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "cli.h"

G_BEGIN_DECLS

typedef enum
{
  CLI_CURE_NONE,
  CLI_CURE_EXCLUDE,
  CLI_CURE_JOIN,
  CLI_CURE_KEEP,
  CLI_CURE_AGAIN, /* what was kept is no longer */
} CliCure;

/* As typed, and what that says. */
typedef struct
{
  char *path; /* NULL: no edits */
  char **add, **remove, **exclude, **include, **relabel, **cures;
  gboolean trash;
  gboolean begins; /* something else is going to be written down: the file need not be there yet */
  CliCure cure[LATHE_N_FLAWS];
} CliEdits;

#define CLI_EDITS_ENTRIES(wanted)                                                                                      \
  CLI_EDITS_ENTRY (&(wanted)->path),                                                                                   \
      {"exclude",                                                                                                      \
       0,                                                                                                              \
       0,                                                                                                              \
       G_OPTION_ARG_FILENAME_ARRAY,                                                                                    \
       &(wanted)->exclude,                                                                                             \
       N_ ("Leave an image out, from now on; as all that follow, it goes into the file of --edits"),                   \
       "NAME"},                                                                                                        \
      {"include", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(wanted)->include, N_ ("Take it in again"), "NAME"},             \
      {"relabel",                                                                                                      \
       0,                                                                                                              \
       0,                                                                                                              \
       G_OPTION_ARG_FILENAME_ARRAY,                                                                                    \
       &(wanted)->relabel,                                                                                             \
       N_ ("Count an image to another class, also a new one; to its own with “NAME=”"),                                \
       "NAME=CLASS"},                                                                                                  \
      {"add",                                                                                                          \
       0,                                                                                                              \
       0,                                                                                                              \
       G_OPTION_ARG_FILENAME_ARRAY,                                                                                    \
       &(wanted)->add,                                                                                                 \
       N_ ("Add an image from elsewhere, or a folder or an archive of them"),                                          \
       "FILE=CLASS"},                                                                                                  \
      {"remove", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(wanted)->remove, N_ ("Take back what was added"), "FILE"},       \
      {"cure",                                                                                                         \
       0,                                                                                                              \
       0,                                                                                                              \
       G_OPTION_ARG_STRING_ARRAY,                                                                                      \
       &(wanted)->cures,                                                                                               \
       N_ ("Look at every image, as with --check, and leave out those with this flaw"),                                \
       "FLAW[=join|=keep|=again]|all"},                                                                                \
  {                                                                                                                    \
    "trash-excluded", 0, 0, G_OPTION_ARG_NONE, &(wanted)->trash,                                                       \
        N_ ("Put the files of the images that are left out into the desktop's trash"), NULL                            \
  }

char *cli_edits_describe (void);
void cli_edits_clear (CliEdits *wanted);
gboolean cli_edits_read (CliEdits *wanted, GError **error);

LatheDataset *cli_edits_apply (const CliEdits *wanted, LatheDataset *dataset, GError **error);
LatheDataset *cli_edits_cure (const CliEdits *wanted, LatheDataset *dataset, const GPtrArray *findings, gboolean *cured,
                              GError **error);
guint cli_edits_trash (const CliEdits *wanted, LatheDataset *dataset, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliEdits, cli_edits_clear)

G_END_DECLS
