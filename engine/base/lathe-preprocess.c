/* lathe-preprocess.c: the names of the ways to fit an image.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-preprocess.h"

const char *const lathe_fit_names[] = {"crop", "pad", "stretch", NULL};
