/* wb-formula-words.h: formulas in words, to be read aloud.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"

G_BEGIN_DECLS

/* “z = x·W + b” → “z equals x times W plus b”. (transfer full) */
char *wb_formula_say (const char *formula);

G_END_DECLS
