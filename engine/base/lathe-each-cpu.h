/* lathe-each-cpu.h: loops that are compiled for more than one kind of CPU.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

/* Compiled twice, and chosen when the program starts. No product is fused with its sum: the bits are the same. The
 * choice comes before the thread sanitizer is ready for it. */
#if defined __x86_64__ && defined __GLIBC__ && !defined __SANITIZE_THREAD__
#define LATHE_FOR_EACH_CPU __attribute__ ((target_clones ("avx2", "default")))
#else
#define LATHE_FOR_EACH_CPU
#endif
