/* lathe-error.c: the one error domain of the engine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-error.h"

G_DEFINE_QUARK (lathe_error_quark, lathe_error)
