/* lathe-vector.h: numbers side by side, as many as a register of the instruction set holds. Each set's file compiles it
 * with flags of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/lathe-real.h"

#if defined(__AVX512F__)
#define LATHE_VECTOR_BYTES 64
#elif defined(__AVX__)
#define LATHE_VECTOR_BYTES 32
#else
#define LATHE_VECTOR_BYTES 16
#endif

/* Channels side by side; anywhere in memory. */
typedef LatheReal LatheVector
    __attribute__ ((vector_size (LATHE_VECTOR_BYTES), aligned (sizeof (LatheReal)), may_alias));

#define LATHE_VECTOR_LANES (LATHE_VECTOR_BYTES / sizeof (LatheReal))

#define LATHE_VECTOR_INLINE static inline __attribute__ ((always_inline))

LATHE_VECTOR_INLINE LatheVector
lathe_vector_load (const LatheReal *x)
{
  return *(const LatheVector *) x;
}

LATHE_VECTOR_INLINE void
lathe_vector_store (LatheReal *x, LatheVector v)
{
  *(LatheVector *) x = v;
}

/* Winograd's transforms, in both directions of a block of from × from numbers: along each row first, then down each
 * column of what that left. LOAD and STORE are of the row i and the column j; what is stored is to[i]. */
#define LATHE_VECTOR_TRANSFORM(VECTOR, TRANSFORM, FROM, TO, LOAD, STORE)                                               \
  {                                                                                                                    \
    VECTOR half[TO][FROM];                                                                                             \
                                                                                                                       \
    _Pragma ("GCC unroll 6") for (int i = 0; i < (FROM); i++)                                                          \
    {                                                                                                                  \
      VECTOR from[FROM], to[TO];                                                                                       \
                                                                                                                       \
      _Pragma ("GCC unroll 6") for (int j = 0; j < (FROM); j++) from[j] = (LOAD);                                      \
      TRANSFORM (to, from);                                                                                            \
      _Pragma ("GCC unroll 6") for (int j = 0; j < (TO); j++) half[j][i] = to[j];                                      \
    }                                                                                                                  \
    _Pragma ("GCC unroll 6") for (int j = 0; j < (TO); j++)                                                            \
    {                                                                                                                  \
      VECTOR to[TO];                                                                                                   \
                                                                                                                       \
      TRANSFORM (to, half[j]);                                                                                         \
      _Pragma ("GCC unroll 6") for (int i = 0; i < (TO); i++) { STORE; }                                               \
    }                                                                                                                  \
  }
