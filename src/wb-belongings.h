/* wb-belongings.h: where the program keeps what belongs to a dataset's folder.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"

G_BEGIN_DECLS

/* In the user's data folder: lathe/KIND/CHECKSUM and the suffix, where the checksum is that of the source's path. The
 * folder for it is made. (transfer full) */
char *wb_belonging (LatheDataset *dataset, const char *kind, const char *suffix);

G_END_DECLS
