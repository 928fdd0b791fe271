/* lathe-thin.c: a list that grows by something an epoch, and takes no more memory for it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-thin.h"

/**
 * lathe_thin:
 * @list: (inout): by epoch, of which none is twice
 * @most: at least 2
 *
 * Of a long list leaves the first, those that follow it by every second, fourth, eighth… epoch, and the last: no more
 * than `most`, as far apart as each other but for the last. A list that grows by an epoch and is thinned each time
 * takes the same memory after an hour as after a day.
 */
void
lathe_thin (GPtrArray *list, guint (*epoch_of) (gconstpointer item), guint most)
{
  guint first, last, stride = 1;

  if (list->len == 0)
    return;
  first = epoch_of (list->pdata[0]);
  last = epoch_of (list->pdata[list->len - 1]);
  while ((last - first + stride - 1) / stride >= most)
    stride *= 2;
  for (guint i = list->len - 1; i-- > 1;)
    if ((epoch_of (list->pdata[i]) - first) % stride != 0)
      g_ptr_array_remove_index (list, i);
}
