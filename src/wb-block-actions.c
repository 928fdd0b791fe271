/* wb-block-actions.c: a selection is kept as a block, a block is removed, and both can be undone.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-block-actions.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "wb-blocks.h"

/* --- What is told --- */

static void
tell (GtkWidget *widget, const char *message)
{
  gtk_widget_activate_action (widget, "win.toast", "s", message);
}

static void
offer (GtkWidget *widget, const char *message, const char *action, const char *name)
{
  g_autofree char *detailed = g_action_print_detailed_name (action, g_variant_new_string (name));

  gtk_widget_activate_action (widget, "win.toast-offer", "(ss)", message, detailed);
}

/* --- Removing --- */

static void
on_removed (GObject *window, gpointer result, const GError *error, gpointer data)
{
  g_autofree char *name = data, *message = NULL;

  if (error != NULL)
    {
      tell (GTK_WIDGET (window), error->message);
      return;
    }
  message = g_strdup_printf (_ ("The block “%s” was removed."), name);
  offer (GTK_WIDGET (window), message, "win.put-back-block", name);
}

static void
remove_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  const char *name = g_variant_get_string (parameter, NULL);

  wb_blocks_remove (wb_blocks_get_default (), name, G_OBJECT (widget), on_removed, g_strdup (name));
}

static void
on_put_back (GObject *window, gpointer result, const GError *error, gpointer data)
{
  if (error != NULL)
    tell (GTK_WIDGET (window), error->message);
}

static void
put_back_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  wb_blocks_put_back (wb_blocks_get_default (), g_variant_get_string (parameter, NULL), G_OBJECT (widget), on_put_back,
                      NULL);
}

void
wb_block_actions_install (GtkWidgetClass *window_class)
{
  gtk_widget_class_install_action (window_class, "win.remove-block", "s", remove_action);
  gtk_widget_class_install_action (window_class, "win.put-back-block", "s", put_back_action);
}

/* --- Keeping --- */

/* A selection, and the name that is asked for it. */
typedef struct
{
  WbCanvas *canvas;
  LatheGraph *graph; /* as it was when the name was asked for */
  GPtrArray *nodes;  /* (element-type LatheNode): of that graph */
  GtkWidget *dialog, *entry, *reason;
} Keeping;

static void
keeping_free (gpointer data)
{
  Keeping *keeping = data;

  g_object_unref (keeping->canvas);
  g_ptr_array_unref (keeping->nodes);
  lathe_graph_free (keeping->graph);
  g_free (keeping);
}

/* Without the blanks around it. */
static char *
get_name (Keeping *keeping)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (keeping->entry))));
}

static gboolean
check_name (const char *name, GError **error)
{
  if (!lathe_block_check_name (name, error))
    return FALSE;
  if (wb_blocks_find (wb_blocks_get_default (), name) == NULL)
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
               _ ("Another block is called “%s”: choose another name, or remove that one first"), name);
  return FALSE;
}

static void
on_typed (Keeping *keeping)
{
  g_autofree char *name = get_name (keeping);
  g_autoptr (GError) error = NULL;
  gboolean fine = check_name (name, &error);

  adw_message_dialog_set_response_enabled (ADW_MESSAGE_DIALOG (keeping->dialog), "save", fine);
  gtk_label_set_text (GTK_LABEL (keeping->reason), fine || *name == '\0' ? "" : error->message);
}

static void
on_saved (GObject *canvas, gpointer result, const GError *error, gpointer data)
{
  g_autofree char *name = data, *message = NULL;

  if (error != NULL)
    {
      tell (GTK_WIDGET (canvas), error->message);
      return;
    }
  /* Translators: “Your Blocks” is the heading in the list of what can be added */
  message = g_strdup_printf (_ ("“%s” is among Your Blocks now, for any network."), name);
  offer (GTK_WIDGET (canvas), message, "win.remove-block", name);
}

static void
on_response (Keeping *keeping, const char *response)
{
  g_autofree char *name = get_name (keeping), *text = NULL;

  if (g_strcmp0 (response, "save") != 0 || !check_name (name, NULL))
    return;
  text = lathe_block_extract (keeping->graph, (LatheNode *const *) keeping->nodes->pdata, keeping->nodes->len, name);
  wb_blocks_save (wb_blocks_get_default (), name, text, G_OBJECT (keeping->canvas), on_saved, g_strdup (name));
}

/* The name of the group that it is; or "Block 1", or the first such that is free. */
static char *
suggest (Keeping *keeping)
{
  g_autofree char *group = lathe_block_suggest_name ((LatheNode *const *) keeping->nodes->pdata, keeping->nodes->len);

  if (group != NULL && check_name (group, NULL))
    return g_steal_pointer (&group);
  for (guint i = 1;; i++)
    {
      /* Translators: a name for a block that someone keeps, until they give it one */
      g_autofree char *name = g_strdup_printf (_ ("Block %u"), i);

      if (wb_blocks_find (wb_blocks_get_default (), name) == NULL)
        return g_steal_pointer (&name);
    }
}

static void
add_entry (Keeping *keeping)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  g_autofree char *name = suggest (keeping);

  keeping->entry = g_object_new (GTK_TYPE_ENTRY, "text", name, "activates-default", TRUE, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (keeping->entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Name"), -1);
  keeping->reason = g_object_new (GTK_TYPE_LABEL, "wrap", TRUE, "xalign", 0.0, "max-width-chars", 36, NULL);
  gtk_widget_add_css_class (keeping->reason, "error");
  gtk_widget_add_css_class (keeping->reason, "caption");
  gtk_box_append (GTK_BOX (box), keeping->entry);
  gtk_box_append (GTK_BOX (box), keeping->reason);
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (keeping->dialog), box);
  g_signal_connect_swapped (keeping->entry, "changed", G_CALLBACK (on_typed), keeping);
}

static void
ask (Keeping *keeping)
{
  AdwMessageDialog *dialog;
  guint n = keeping->nodes->len;
  g_autofree char *text =
      g_strdup_printf (ngettext ("The selected layer can then be put into any network, as one block.",
                                 "The %u selected layers can then be put into any network, as one block.", n),
                       n);

  keeping->dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (keeping->canvas))),
                                            _ ("Save as Block"), text);
  dialog = ADW_MESSAGE_DIALOG (keeping->dialog);
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "save", _ ("_Save"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "save", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, "save");
  adw_message_dialog_set_close_response (dialog, "cancel");
  add_entry (keeping);
  on_typed (keeping);
  g_signal_connect_swapped (dialog, "response", G_CALLBACK (on_response), keeping);
  g_object_set_data_full (G_OBJECT (dialog), "keeping", keeping, keeping_free);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (keeping->entry);
}

static void
save_action (GSimpleAction *action, GVariant *parameter, WbCanvas *canvas)
{
  g_autoptr (LatheGraph) graph = NULL;
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  Keeping *keeping;

  if (wb_canvas_get_graph (canvas) == NULL)
    return;
  graph = lathe_graph_copy (wb_canvas_get_graph (canvas));
  for (guint i = 0; i < lathe_graph_get_n_nodes (graph); i++)
    if (wb_canvas_is_selected (canvas, i) && lathe_graph_get_node (graph, i)->kind->max_inputs > 0)
      g_ptr_array_add (nodes, lathe_graph_get_node (graph, i));
  if (nodes->len == 0)
    {
      tell (GTK_WIDGET (canvas), _ ("Select the layers of the block first. The input is not part of any."));
      return;
    }
  keeping = g_new0 (Keeping, 1);
  *keeping =
      (Keeping){.canvas = g_object_ref (canvas), .graph = g_steal_pointer (&graph), .nodes = g_steal_pointer (&nodes)};
  ask (keeping);
}

void
wb_block_actions_add (GtkWidget *around, WbCanvas *canvas)
{
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();
  g_autoptr (GSimpleAction) save = g_simple_action_new ("save", NULL);

  wb_blocks_get_default (); /* they are read by the time that one is named */
  g_signal_connect_object (save, "activate", G_CALLBACK (save_action), canvas, 0);
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (save));
  gtk_widget_insert_action_group (around, "block", G_ACTION_GROUP (group));
}
