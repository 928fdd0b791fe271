/* wb-hold.c: keeps the program from ending before something is done, also when its windows are closed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-hold.h"

#include <gio/gio.h>

void
wb_hold (gboolean *held, gboolean wanted)
{
  GApplication *application = g_application_get_default ();

  if (*held == wanted)
    return;
  *held = wanted;
  if (wanted)
    g_application_hold (application);
  else
    g_application_release (application);
}
