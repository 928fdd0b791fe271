/* subjects.h: small graphs around each layer, on which its gradient is proved.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "proof.h"

extern const Subject subjects[];
extern const guint n_subjects;

const Subject *find_subject (const char *name);
