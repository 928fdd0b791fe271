/* lathe-watch.h: images that a training is asked about at the end of every epoch.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-views.h"

G_BEGIN_DECLS

#define LATHE_MOST_WATCHED 24  /* images; further ones are not asked about */
#define LATHE_MOST_ANSWERS 512 /* epochs of which a list keeps what was said that has been thinned */

/* What was said of them after one epoch, by the weights that it was scored with. Immutable; reference counted,
 * atomically. */
typedef struct
{
  guint epoch; /* from 1 */
  guint n_images, n_labels;
  char **paths;       /* of n_images files, NULL-terminated */
  char **problems;    /* n_images: why a file could not be read, or NULL */
  float *probability; /* n_images × n_labels; of a file that could not be read 0 */
} LatheAnswers;

LatheAnswers *lathe_answers_new (guint epoch, guint n_labels, const char *const *paths);
LatheAnswers *lathe_answers_ref (LatheAnswers *answers);
void lathe_answers_unref (LatheAnswers *answers);
int lathe_answers_find (const LatheAnswers *answers, const char *path);
const float *lathe_answers_get (const LatheAnswers *answers, const char *path);
void lathe_answers_thin (GPtrArray *list);

/* A list of files, which any thread may set, and what the trainer's thread knows of them. */
typedef struct _LatheWatch LatheWatch;

LatheWatch *lathe_watch_new (void);
void lathe_watch_free (LatheWatch *watch);
void lathe_watch_set (LatheWatch *watch, const char *const *paths);
LatheAnswers *lathe_watch_ask (LatheWatch *watch, LatheNetwork *network, LatheViews *views, guint epoch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheAnswers, lathe_answers_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheWatch, lathe_watch_free)

G_END_DECLS
