/* wb-tooltip.c: tooltips of widgets that are made or changed many at a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-tooltip.h"

/* A widget that is in no window yet is hidden for as long as it takes: under it there is no pointer to be looked for.
 */
void
wb_tooltip_set (GtkWidget *widget, const char *text)
{
  gboolean hide;

  g_return_if_fail (GTK_IS_WIDGET (widget));

  if (g_strcmp0 (gtk_widget_get_tooltip_text (widget), text) == 0)
    return;
  hide = gtk_widget_get_visible (widget) && !gtk_widget_get_root (widget);
  if (hide)
    gtk_widget_set_visible (widget, FALSE);
  gtk_widget_set_tooltip_text (widget, text);
  if (hide)
    gtk_widget_set_visible (widget, TRUE);
}
