/* lathe-kernels.c: asks the CPU, once, which row of kernels it can run.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-kernels.h"

#ifdef LATHE_HAVE_X86_KERNELS
/* The row of AVX-512 again, by the same name, as real numbers come out the same: but faster in 8 bits. */
static const LatheKernels *
with_vnni (void)
{
  static LatheKernels row;

  row = lathe_kernels_avx512;
  row.bytes = lathe_byte_kernels_vnni;
  return &row;
}
#endif

/* The compiler's check asks the operating system too, whether it saves the wide registers. */
static guint
find_available (const LatheKernels *available[])
{
  guint n = 0;

  available[n++] = &lathe_kernels_generic;
#ifdef LATHE_HAVE_X86_KERNELS
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma"))
    {
      available[n++] = &lathe_kernels_avx2;
      if (__builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512bw") &&
          __builtin_cpu_supports ("avx512dq") && __builtin_cpu_supports ("avx512vl"))
        {
          available[n++] = &lathe_kernels_avx512;
          if (__builtin_cpu_supports ("avx512vnni"))
            available[n++] = with_vnni ();
        }
    }
#endif
  return n;
}

/**
 * lathe_kernels_available:
 * @n_available: (out): how many
 *
 * Returns: the rows that this CPU can run, slowest first
 */
const LatheKernels *const *
lathe_kernels_available (guint *n_available)
{
  static const LatheKernels *available[4];
  static gsize n;

  if (g_once_init_enter (&n))
    g_once_init_leave (&n, find_available (available));
  *n_available = (guint) n;
  return available;
}

/**
 * lathe_kernels:
 *
 * Returns: the best row, or the best one that LATHE_CPU names (generic, avx2, avx512) when this CPU can run it
 */
const LatheKernels *
lathe_kernels (void)
{
  static gsize chosen;

  if (g_once_init_enter (&chosen))
    {
      guint n;
      const LatheKernels *const *available = lathe_kernels_available (&n);
      const LatheKernels *choice = available[n - 1];
      const char *wish = g_getenv ("LATHE_CPU");

      for (guint i = 0; i < n; i++)
        if (g_strcmp0 (wish, available[i]->name) == 0)
          choice = available[i];
      g_once_init_leave (&chosen, (gsize) choice);
    }
  return (const LatheKernels *) chosen;
}
