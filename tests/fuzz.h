/* fuzz.h: what a fuzz target is: a function of bytes, that libFuzzer calls, or fuzz-driver.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"

G_BEGIN_DECLS

int LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n);

G_END_DECLS
