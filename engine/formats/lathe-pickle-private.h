/* lathe-pickle-private.h: what the files of the machine know of each other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-pickle.h"

G_BEGIN_DECLS

#define LATHE_PICKLE_LONGEST (1u << 20) /* bytes of a text */
#define LATHE_PICKLE_COST_OF_ITEM 16u   /* bytes, as arrays grow by doubling */

/* In lathe-pickle.c. */
gboolean lathe_pickle_refuse (GError **error, const char *reason);
LathePickleValue *lathe_pickle_make (LathePickle *pickle, LathePickleKind kind);
void lathe_pickle_add (LathePickle *pickle, LathePickleValue *list, LathePickleValue *item);
void lathe_pickle_spend (LathePickle *pickle, guint64 n);
const guint8 *lathe_pickle_take (LathePickle *pickle, gsize n);
gboolean lathe_pickle_take_number (LathePickle *pickle, guint n, guint64 *number);

/* In lathe-pickle-steps.c. */
gboolean lathe_pickle_step (LathePickle *pickle, guint8 code, GError **error);

/* In lathe-pickle-torch.c. */
const LathePickleGlobal *lathe_pickle_find_global (const char *module, const char *name, GError **error);
LathePickleValue *lathe_pickle_call (LathePickle *pickle, const LathePickleValue *function,
                                     const LathePickleValue *arguments, GError **error);
LathePickleValue *lathe_pickle_find_storage (LathePickle *pickle, const LathePickleValue *id, GError **error);

G_END_DECLS
