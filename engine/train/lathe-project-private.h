/* lathe-project-private.h: what reading and writing a project share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-project.h"

G_BEGIN_DECLS

#define LATHE_PROJECT_VERSION 1

/* Members of the file, in its order. */
typedef enum
{
  LATHE_MEMBER_VERSION,
  LATHE_MEMBER_SOURCE,
  LATHE_MEMBER_SPLIT,
  LATHE_MEMBER_PREPROCESS,
  LATHE_MEMBER_HYPERPARAMETERS,
  LATHE_MEMBER_BEGIN,
  LATHE_MEMBER_GROW,
  LATHE_MEMBER_FRESH,
  LATHE_MEMBER_WATCHED,
  LATHE_MEMBER_THRESHOLD,
  LATHE_MEMBER_CLASSES,
  LATHE_MEMBER_NETWORK,
  LATHE_MEMBER_EDITS,
  LATHE_N_MEMBERS
} LatheProjectMember;

extern const char *const lathe_project_members[]; /* NULL-terminated */

G_END_DECLS
