/* lathe-error.h: the one error domain of the engine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LATHE_ERROR:
 *
 * Whatever the world can do wrong reaches the caller as a #GError of this domain. The message is one
 * translated sentence or two: what failed, which file, why, and what to do about it.
 */
#define LATHE_ERROR (lathe_error_quark ())

typedef enum
{
  LATHE_ERROR_INVALID,     /* a value that no one may ask for: a negative rate, an unknown property */
  LATHE_ERROR_IO,          /* a file that cannot be opened, read or written */
  LATHE_ERROR_FORMAT,      /* a file that is damaged, or not of the kind it claims to be */
  LATHE_ERROR_UNSUPPORTED, /* sound, but more than this version does */
  LATHE_ERROR_SHAPE,       /* layers that do not fit together */
  LATHE_ERROR_DATA,        /* a dataset that cannot be used so: empty, or of one class where it takes two */
  LATHE_ERROR_MEMORY,      /* would not fit into this machine */
  LATHE_ERROR_DIVERGED,    /* the loss is no longer a finite number */
  LATHE_ERROR_CHANGED,     /* a file that someone else has written meanwhile, and that is not written over */
} LatheError;

GQuark lathe_error_quark (void);
void lathe_error_explain (GError **error, const GError *reason, const char *sentence, const char *path);

G_END_DECLS
