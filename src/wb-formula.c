/* wb-formula.c: what a layer computes, set in type.
 *
 * What is shown can be selected and copied as it is; a screen reader is told it in words.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-formula.h"

#include "wb-formula-words.h"

#define SIZES_AT 30 /* pixels behind the beginning of a name */

struct _WbFormula
{
  AdwBin parent_instance;
  GtkLabel *title, *forward, *sizes, *way_back, *backward;
  char *text, *latex; /* to be copied */
};

G_DEFINE_TYPE (WbFormula, wb_formula, ADW_TYPE_BIN)

static void
add (PangoAttrList *attributes, PangoAttribute *attribute, gsize from, gsize to)
{
  attribute->start_index = (guint) from;
  attribute->end_index = (guint) to;
  pango_attr_list_insert (attributes, attribute);
}

/* Letters that stand for something are italic; a sum is none of those. */
static gboolean
is_italic (const LatheFormulaToken *token)
{
  return token->part == LATHE_FORMULA_VARIABLE && !lathe_formula_token_is (token, "Σ");
}

/* A minus is one, and not a hyphen. */
static char *
typeset (const char *formula, PangoAttrList **attributes)
{
  GString *text = g_string_new (NULL);
  const char *at = formula;

  *attributes = pango_attr_list_new ();
  for (LatheFormulaToken token = lathe_formula_next (&at); token.part != LATHE_FORMULA_END;
       token = lathe_formula_next (&at))
    {
      gsize from = text->len;

      if (lathe_formula_token_is (&token, "-"))
        g_string_append (text, "−");
      else
        g_string_append_len (text, token.text, (gssize) token.length);
      if (is_italic (&token))
        add (*attributes, pango_attr_style_new (PANGO_STYLE_ITALIC), from, text->len);
      if (token.part != LATHE_FORMULA_WORD)
        add (*attributes, pango_attr_family_new ("serif"), from, text->len);
    }
  return g_string_free (text, FALSE);
}

static void
show_text (GtkLabel *label, const char *formula, const char *spoken)
{
  PangoAttrList *attributes;
  g_autofree char *text = typeset (formula, &attributes);
  g_autofree char *said = wb_formula_say (spoken);

  gtk_label_set_text (label, text);
  gtk_label_set_attributes (label, attributes);
  pango_attr_list_unref (attributes);
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_LABEL, said, -1);
}

/* An equation a line. */
static void
show_equations (GtkLabel *label, const char *text)
{
  g_auto (GStrv) equations = text != NULL ? lathe_formula_split (text) : NULL;
  g_autofree char *lines = equations != NULL ? g_strjoinv ("\n", equations) : NULL;

  gtk_widget_set_visible (GTK_WIDGET (label), lines != NULL);
  if (lines != NULL)
    show_text (label, lines, lines);
}

/* “x: 784, W: 784×64” → a line each, with spaces as elsewhere in the window. */
static void
show_sizes (WbFormula *self, const char *sizes)
{
  g_autoptr (GString) text = g_string_new (sizes);

  gtk_widget_set_visible (GTK_WIDGET (self->sizes), sizes != NULL);
  if (sizes == NULL)
    return;
  g_string_replace (text, ", ", "\n", 0);
  g_string_replace (text, ": ", "\t", 0);
  g_string_replace (text, "×", " × ", 0);
  show_text (self->sizes, text->str, sizes);
}

void
wb_formula_show (WbFormula *self, const char *title, const LatheGraph *graph, const LatheGraphReport *report,
                 guint node)
{
  g_autoptr (LatheFormula) formula = NULL;

  g_return_if_fail (WB_IS_FORMULA (self));

  gtk_label_set_text (self->title, title);
  formula = lathe_formula_new (graph, report, node);
  show_equations (self->forward, formula->forward);
  show_sizes (self, formula->sizes);
  show_equations (self->backward, formula->backward);
  gtk_widget_set_visible (GTK_WIDGET (self->way_back), formula->backward != NULL);
  g_free (self->text);
  g_free (self->latex);
  self->text = lathe_graph_formula (graph, report, node);
  self->latex = lathe_graph_formula_latex (graph, report, node);
}

static void
copy_action (GtkWidget *widget, const char *name, GVariant *latex)
{
  WbFormula *self = WB_FORMULA (widget);

  if (self->text != NULL)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (widget),
                            g_variant_get_boolean (latex) ? self->latex : self->text);
}

static void
wb_formula_finalize (GObject *object)
{
  WbFormula *self = WB_FORMULA (object);

  g_free (self->text);
  g_free (self->latex);
  G_OBJECT_CLASS (wb_formula_parent_class)->finalize (object);
}

static void
wb_formula_class_init (WbFormulaClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = wb_formula_finalize;
  gtk_widget_class_install_action (widget_class, "formula.copy", "b", copy_action);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-formula.ui");
  gtk_widget_class_bind_template_child (widget_class, WbFormula, title);
  gtk_widget_class_bind_template_child (widget_class, WbFormula, forward);
  gtk_widget_class_bind_template_child (widget_class, WbFormula, sizes);
  gtk_widget_class_bind_template_child (widget_class, WbFormula, way_back);
  gtk_widget_class_bind_template_child (widget_class, WbFormula, backward);
}

static void
wb_formula_init (WbFormula *self)
{
  g_autoptr (PangoTabArray) tabs = pango_tab_array_new_with_positions (1, TRUE, PANGO_TAB_LEFT, SIZES_AT);

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_label_set_tabs (self->sizes, tabs);
}
