/* wb-account.c: a dialog with sentences below each other, as many as there are, that can be read and copied.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-account.h"

#include <glib/gi18n.h>

#define MOST_SENTENCES 200
#define MOST_AT_ONCE 8 /* that are seen without scrolling */
#define TALLEST 280    /* pixels, of what is seen of more at once */
#define WIDEST 60      /* characters */

char *
wb_account_list (const GPtrArray *sentences, guint most)
{
  GString *text = g_string_new (NULL);
  guint n = MIN (sentences->len, most), n_left = sentences->len - n;

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s• %s", i > 0 ? "\n" : "", (const char *) sentences->pdata[i]);
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
  GtkWidget *button = gtk_button_new_with_label (_ ("Copy"));

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  g_signal_connect_data (button, "clicked", G_CALLBACK (on_copy), text, (GClosureNotify) (void (*) (void)) g_free, 0);
  return button;
}

/* A few are all there at once. */
static GtkWidget *
make_list (const char *text, gboolean many)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", text, "xalign", 0.0, "wrap", TRUE, "wrap-mode",
                                   PANGO_WRAP_WORD_CHAR, "max-width-chars", WIDEST, "selectable", TRUE, NULL);

  if (!many)
    return label;
  return g_object_new (GTK_TYPE_SCROLLED_WINDOW, "child", label, "hscrollbar-policy", GTK_POLICY_NEVER,
                       "propagate-natural-width", TRUE, "min-content-height", TALLEST, NULL);
}

/* The answer has the keyboard, and not what can be copied. */
static void
on_map (GtkWidget *dialog)
{
  GtkWidget *answer = gtk_window_get_default_widget (GTK_WINDOW (dialog));

  if (answer)
    gtk_widget_grab_focus (answer);
}

AdwMessageDialog *
wb_account_new (GtkWidget *widget, const char *heading, const char *body, const GPtrArray *sentences)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (widget)), heading, body);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  char *text = wb_account_list (sentences, MOST_SENTENCES);

  gtk_box_append (GTK_BOX (box), make_list (text, sentences->len > MOST_AT_ONCE));
  gtk_box_append (GTK_BOX (box), make_copy (text));
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), box);
  g_signal_connect_after (dialog, "map", G_CALLBACK (on_map), NULL);
  return ADW_MESSAGE_DIALOG (dialog);
}
