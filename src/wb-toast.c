/* wb-toast.c: a toast that says a whole sentence.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-toast.h"

#include <glib/gi18n.h>
#include <string.h>

#define PIXELS 9  /* that a character takes, at most */
#define MARGIN 14 /* characters that its ends and its buttons take */

/* Seconds: one that is to be thought about, be it for its length or for what it offers, stays longer. */
#define BRIEF 5
#define LONG 12

/* A toast's own title is one line; a sentence that names a file, a reason and a way out needs more. */
AdwToast *
wb_toast_new (const char *message, int width)
{
  int room = width / PIXELS - MARGIN;
  AdwToast *toast = adw_toast_new (message);
  GtkWidget *label = gtk_label_new (message);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_insert_hyphens_new (FALSE)); /* a path has none */
  gtk_label_set_attributes (GTK_LABEL (label), attributes);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_max_width_chars (GTK_LABEL (label), CLAMP (room, 10, 70));
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "heading");
  adw_toast_set_custom_title (toast, label);
  adw_toast_set_timeout (toast, strlen (message) > 60 ? LONG : BRIEF);
  return toast;
}

AdwToast *
wb_toast_new_with_undo (const char *message, int width, const char *action)
{
  AdwToast *toast = wb_toast_new (message, width);

  adw_toast_set_timeout (toast, LONG);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_detailed_action_name (toast, action);
  return toast;
}
