/* lathe-denormals.h: what comes out below 2^-126 is 0.
 *
 * Processors take a hundred times as long for such denormal numbers, and the gradients of a network that knows its
 * images by heart, and Adam's means of them, are full of them. All that a pass does goes without, on every thread
 * alike, so that it does not matter which one does what. Those that come in are left alone: the least of them bounds
 * what is above 0.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#ifdef __SSE__
#define LATHE_FLUSH_TO_ZERO 0x8000u

static inline guint
lathe_denormals_flush (void)
{
  guint before = __builtin_ia32_stmxcsr ();

  __builtin_ia32_ldmxcsr (before | LATHE_FLUSH_TO_ZERO);
  return before;
}

static inline void
lathe_denormals_restore (const guint *before)
{
  __builtin_ia32_ldmxcsr (*before);
}
#else
static inline guint
lathe_denormals_flush (void)
{
  return 0;
}

static inline void
lathe_denormals_restore (const guint *before)
{
}
#endif

/* A declaration: from here to the end of the block. */
#define LATHE_WITHOUT_DENORMALS                                                                                        \
  __attribute__ ((cleanup (lathe_denormals_restore), unused)) const guint lathe_denormals_before =                     \
      lathe_denormals_flush ()

G_END_DECLS
