/* lathe-real.h: the number that the engine computes with.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

/* Single precision. The proof build of the tests compiles the same sources in double precision, where
 * a gradient can be told from its finite difference to nine digits; rounding would hide mistakes. */
#ifdef LATHE_PROOF
typedef double LatheReal;
#else
typedef float LatheReal;
#endif
