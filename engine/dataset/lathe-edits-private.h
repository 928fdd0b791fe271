/* lathe-edits-private.h: what edits are made of.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-edits.h"

G_BEGIN_DECLS

/* Strings are GRefStrings: copies are made often, of edits that are many. */
struct _LatheEdits
{
  GHashTable *excluded; /* (element-type GRefString): a set of names */
  GHashTable *labels;   /* name → class */
  GHashTable *added;    /* path → class */
  GHashTable *joined;   /* name → number of its set, from 1 */
  guint n_joined;       /* numbers that were given */
  GHashTable *kept;     /* (element-type GRefString): findings, each a flaw and its images, a line each, escaped */
};

GPtrArray *lathe_edits_sort (GHashTable *table);

G_END_DECLS
