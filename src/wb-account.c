/* wb-account.c: a dialog with sentences below each other, as many as there are, that can be read and copied.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-account.h"

#include <glib/gi18n.h>

#define MOST_SENTENCES 200
#define TALLEST 280 /* pixels, of what is seen of them at once */

char *
wb_account_list (const GPtrArray *sentences, guint most)
{
  GString *text = g_string_new (NULL);
  guint n = MIN (sentences->len, most), n_left = sentences->len - n;

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s• %s", i > 0 ? "\n" : "", (const char *) sentences->pdata[i]);
  if (n_left > 0)
    {
      g_string_append (text, "\n");
      g_string_append_printf (text, ngettext ("and %u more.", "and %u more.", n_left), n_left);
    }
  return g_string_free (text, FALSE);
}

static void
on_copy (GtkButton *button, const char *text)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (button)), text);
  gtk_button_set_label (button, _ ("Copied"));
}

/* `text`: taken over */
static GtkWidget *
make_copy (char *text)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_Copy"));

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  g_signal_connect_data (button, "clicked", G_CALLBACK (on_copy), text, (GClosureNotify) (void (*) (void)) g_free, 0);
  return button;
}

static GtkWidget *
make_list (const char *text)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", text, "xalign", 0.0, "wrap", TRUE, "wrap-mode",
                                   PANGO_WRAP_WORD_CHAR, "selectable", TRUE, NULL);

  return g_object_new (GTK_TYPE_SCROLLED_WINDOW, "child", label, "hscrollbar-policy", GTK_POLICY_NEVER,
                       "propagate-natural-height", TRUE, "max-content-height", TALLEST, NULL);
}

AdwMessageDialog *
wb_account_new (GtkWidget *widget, const char *heading, const char *body, const GPtrArray *sentences)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (widget)), heading, body);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  char *text = wb_account_list (sentences, MOST_SENTENCES);

  gtk_box_append (GTK_BOX (box), make_list (text));
  gtk_box_append (GTK_BOX (box), make_copy (text));
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), box);
  return ADW_MESSAGE_DIALOG (dialog);
}
