/* lathe-helper.h: a process without privileges, of the program lathe-decoder: started, talked to, and buried.
 *
 * What comes from anywhere, and takes much code to read, is read where there is nothing to be had. A helper gets these
 * files: in 0 a pipe that closes when the program ends that it works for, in 1 and 2 nothing, in 3 a socket for
 * messages, and from 4 on what its job is about. Both ends are of one build: the first message says which.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

enum
{
  LATHE_HELPER_LIFELINE = 0,
  LATHE_HELPER_SOCKET = 3,
  LATHE_HELPER_FILES = 4,
};

#define LATHE_HELPER_MOST_FILES 2

/* A helper's first message, unasked. */
typedef struct
{
  char version[32];
  gboolean filtered; /* its system calls */
} LatheHelperHello;

typedef struct
{
  pid_t pid;
  int socket, lifeline;
} LatheHelper;

typedef enum
{
  LATHE_HELPER_ANSWERED,
  LATHE_HELPER_DIED,
  LATHE_HELPER_LATE,
} LatheHelperOutcome;

char *lathe_helper_find_program (void);
int lathe_helper_open_memory (guint64 size, int seals);
gboolean lathe_helper_start (LatheHelper *helper, const char *program, const char *job, const int *files, guint n_files,
                             gboolean *filtered, GError **error);
gboolean lathe_helper_send (const LatheHelper *helper, gconstpointer message, gsize size);
LatheHelperOutcome lathe_helper_receive (const LatheHelper *helper, guint seconds, gpointer message, gsize size);
void lathe_helper_kill (const LatheHelper *helper);
char *lathe_helper_end (LatheHelper *helper);
void lathe_helper_clean_text (char *text, gsize size);

G_END_DECLS
