/* wb-finding-row.c: one line of what is wrong with images: a kind, a file, or images side by side.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-finding-row.h"

#include <glib/gi18n.h>

#include "wb-fold.h"
#include "wb-text.h"
#include "wb-thumbnail.h"
#include "wb-tooltip.h"

#define THUMBNAIL 96
#define MOST_SHOWN 12   /* images of one finding */
#define REASON_CHARS 32 /* of a line of the reason */
#define ROOM 180        /* pixels that a line with images takes, about */

struct _WbFindingRow
{
  AdwBin parent_instance;

  WbFinding *finding;
};

G_DEFINE_FINAL_TYPE (WbFindingRow, wb_finding_row, ADW_TYPE_BIN)

/* What a kind does to a training, and what the button that cures all of it says. */
static const struct
{
  const char *harm, *cure;
} words[LATHE_N_FLAWS] = {
    [LATHE_FLAW_UNREADABLE] = {N_ ("They cannot be used. The rest is."), N_ ("Leave All Out")},
    [LATHE_FLAW_TWO_LABELS] = {N_ ("The same picture, called by two names, teaches a contradiction."),
                               N_ ("Leave All Out")},
    [LATHE_FLAW_DUPLICATE] = {N_ ("A copy counts twice, and one among the test images makes scores lie."),
                              N_ ("Leave Out the Copies")},
    [LATHE_FLAW_NEAR_DUPLICATE] = {N_ ("The same picture in another size, quality or mirrored counts twice, and one "
                                       "among the test images makes scores lie."),
                                   N_ ("Keep the Best of Each")},
    [LATHE_FLAW_TURNED] = {N_ ("The same picture lies on its side or upside down: one of them is wrong."),
                           N_ ("Keep the Best of Each")},
    [LATHE_FLAW_WRONG_LABEL] = {N_ ("A wrong label teaches what is not so, and makes scores lie among the test images. "
                                    "Look at each: an odd picture may well be labelled rightly."),
                                N_ ("Leave All Out")},
    [LATHE_FLAW_UNLIKE] = {N_ ("They may have got in by mistake, or be the only ones of their kind."),
                           N_ ("Leave All Out")},
    [LATHE_FLAW_SMALL] = {N_ ("Enlarged, they show less than the network could see."), N_ ("Leave All Out")},
    [LATHE_FLAW_BLANK] = {N_ ("There is nothing to be learned from them."), N_ ("Leave All Out")},
    [LATHE_FLAW_IMBALANCE] = {N_ ("A network that says the large class each time is often right."),
                              N_ ("Balance in Training")},
};

static GtkWidget *
make_label (const char *text, const char *style)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", text, "xalign", 0.0, "wrap", TRUE, "wrap-mode",
                                   PANGO_WRAP_WORD_CHAR, NULL);

  if (style)
    gtk_widget_add_css_class (label, style);
  return label;
}

static GtkWidget *
make_button (const char *label, const char *action, GVariant *target)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_actionable_set_action_target_value (GTK_ACTIONABLE (button), target);
  return button;
}

/* --- A kind --- */

static guint
count_across (WbFinding *finding)
{
  const GPtrArray *findings = wb_finding_get_verdict (finding)->findings;
  guint n = 0;

  for (guint i = 0; i < findings->len; i++)
    {
      const LatheFinding *each = findings->pdata[i];

      n += each->flaw == wb_finding_get_flaw (finding) && each->across_sides;
    }
  return n;
}

static gboolean
can_be_cured (WbFinding *finding)
{
  const GPtrArray *findings = wb_finding_get_verdict (finding)->findings;
  LatheFlaw flaw = wb_finding_get_flaw (finding);

  for (guint i = 0; i < findings->len; i++)
    if (((LatheFinding *) findings->pdata[i])->flaw == flaw)
      return lathe_flaw_is_curable (flaw) || flaw == LATHE_FLAW_IMBALANCE;
  return FALSE;
}

static GtkWidget *
make_letter (WbFinding *finding, guint n_across)
{
  LatheFlaw flaw = wb_finding_get_flaw (finding);
  g_autofree char *count = wb_text_count (wb_finding_get_count (finding));
  /* Translators: a kind of problem, and how often it was found */
  g_autofree char *title = g_strdup_printf (_ ("%s · %s"), lathe_flaw_get_title (flaw), count);
  /* Translators: what is bad about it, and what to do */
  g_autofree char *text = g_strdup_printf (_ ("%s %s"), _ (words[flaw].harm), lathe_flaw_get_cure (flaw));
  GtkWidget *letter = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *heading = make_label (title, "title-4");

  gtk_widget_add_css_class (heading, "tabular");
  gtk_box_append (GTK_BOX (letter), heading);
  gtk_box_append (GTK_BOX (letter), make_label (text, NULL));
  if (n_across > 0)
    {
      g_autofree char *number = wb_text_count (n_across);
      g_autofree char *warning =
          g_strdup_printf (ngettext ("%s of them lies on two sides of the split: what is tested was taught.",
                                     "%s of them lie on two sides of the split: what is tested was taught.", n_across),
                           number);

      gtk_box_append (GTK_BOX (letter), make_label (warning, "warning"));
    }
  gtk_widget_set_hexpand (letter, TRUE);
  return letter;
}

static GtkWidget *
make_title (WbFinding *finding)
{
  LatheFlaw flaw = wb_finding_get_flaw (finding);
  guint n_across = count_across (finding);
  GtkWidget *fold = g_object_new (WB_TYPE_FOLD, "threshold", 460, "spacing", 12, NULL);
  GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  gtk_widget_insert_before (make_letter (finding, n_across), fold, NULL);
  if (can_be_cured (finding))
    gtk_box_append (GTK_BOX (buttons),
                    make_button (_ (words[flaw].cure), "findings.cure", g_variant_new_uint32 (flaw)));
  if (flaw == LATHE_FLAW_UNREADABLE)
    gtk_box_append (GTK_BOX (buttons), make_button (_ ("Copy Names"), "findings.copy", NULL));
  if (lathe_flaw_is_joinable (flaw) && n_across > 0)
    {
      GtkWidget *join = make_button (_ ("Keep on One Side"), "findings.join", g_variant_new_uint32 (flaw));

      wb_tooltip_set (join, _ ("Leave nothing out, but divide the images so that none of them tests what "
                               "another one taught"));
      gtk_box_append (GTK_BOX (buttons), join);
    }
  gtk_widget_set_valign (buttons, GTK_ALIGN_CENTER);
  gtk_widget_set_halign (buttons, GTK_ALIGN_END);
  gtk_widget_insert_before (buttons, fold, NULL);
  gtk_widget_set_margin_top (fold, 18);
  return fold;
}

/* --- A file --- */

static GtkWidget *
make_problem (WbFinding *finding)
{
  const LatheProblem *problem = wb_finding_get_problem (finding);
  const char *folder = lathe_dataset_get_folder (wb_finding_get_verdict (finding)->dataset);
  gsize length = strlen (folder);
  gboolean within = g_str_has_prefix (problem->path, folder) && problem->path[length] == G_DIR_SEPARATOR;
  g_autofree char *name = g_filename_display_name (problem->path + (within ? length + 1 : 0));
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_box_append (GTK_BOX (box), make_label (name, NULL));
  gtk_box_append (GTK_BOX (box), make_label (problem->reason, "dim-label"));
  return box;
}

/* --- Images --- */

static GtkWidget *
make_tile (LatheDataset *dataset, guint index)
{
  static const char *const sides[] = {N_ ("training"), N_ ("validation"), N_ ("test")};
  const LatheImage *image = lathe_dataset_get_image (dataset, index);
  const char *name = lathe_image_get_name (dataset, image);
  g_autofree char *path = g_filename_display_name (name);
  g_autofree char *base = g_path_get_basename (path);
  /* Translators: an image's class, and its side of the split */
  g_autofree char *place =
      g_strdup_printf (_ ("%s · %s"), lathe_dataset_get_classes (dataset)[image->label], _ (sides[image->split]));
  g_autofree char *size = g_strdup_printf ("%s\n%s · %u × %u", path, place, image->width, image->height);
  g_autofree char *what = g_strdup_printf (_ ("Exclude %s"), path);
  GtkWidget *tile = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *thumbnail = wb_thumbnail_new (THUMBNAIL);
  GtkWidget *exclude = make_button (_ ("Exclude"), "findings.exclude", g_variant_new_bytestring (name));
  const char *const lines[] = {base, place};

  wb_thumbnail_set_image (WB_THUMBNAIL (thumbnail), image);
  gtk_accessible_update_property (GTK_ACCESSIBLE (thumbnail), GTK_ACCESSIBLE_PROPERTY_LABEL, path, -1);
  wb_tooltip_set (tile, size);
  gtk_box_append (GTK_BOX (tile), thumbnail);
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", lines[i], "ellipsize", PANGO_ELLIPSIZE_MIDDLE,
                                       "max-width-chars", 18, NULL);

      gtk_widget_add_css_class (label, "caption");
      if (i > 0)
        gtk_widget_add_css_class (label, "dim-label");
      gtk_box_append (GTK_BOX (tile), label);
    }
  wb_tooltip_set (exclude, _ ("Leave this image out; its file stays where it is"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (exclude), GTK_ACCESSIBLE_PROPERTY_LABEL, what, -1);
  gtk_widget_add_css_class (exclude, "flat");
  gtk_widget_set_halign (exclude, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (tile), exclude);
  return tile;
}

static GtkWidget *
make_tiles (LatheDataset *dataset, const LatheFinding *finding)
{
  GtkWidget *tiles = g_object_new (GTK_TYPE_FLOW_BOX, "selection-mode", GTK_SELECTION_NONE, "min-children-per-line", 1,
                                   "max-children-per-line", MIN (finding->images->len, MOST_SHOWN), "column-spacing", 6,
                                   "row-spacing", 6, "homogeneous", TRUE, "halign", GTK_ALIGN_START, NULL);

  for (guint i = 0; i < MIN (finding->images->len, MOST_SHOWN); i++)
    {
      GtkWidget *child = g_object_new (GTK_TYPE_FLOW_BOX_CHILD, "focusable", FALSE, "child",
                                       make_tile (dataset, g_array_index (finding->images, guint, i)), NULL);

      gtk_flow_box_append (GTK_FLOW_BOX (tiles), child);
    }
  return tiles;
}

/* To the class that it rather shows. */
static GtkWidget *
make_move (WbFinding *finding)
{
  const char *class_name =
      lathe_dataset_get_classes (wb_finding_get_verdict (finding)->dataset)[wb_finding_get (finding)->likelier];
  /* Translators: a button that moves an image to a class */
  g_autofree char *text = g_strdup_printf (_ ("Move to “%s”"), class_name);
  GtkWidget *move = make_button (text, "findings.move", g_variant_new_uint64 (wb_finding_get_key (finding)));
  GtkWidget *label = gtk_button_get_child (GTK_BUTTON (move));

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_halign (move, GTK_ALIGN_START);
  return move;
}

/* "the same picture, on two sides of the split", and that it is to be left as it is. */
static GtkWidget *
make_reason (WbFinding *finding)
{
  const LatheFinding *found = wb_finding_get (finding);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *reason, *keep;
  g_autoptr (GString) text = g_string_new (found->reason);

  if (found->images->len > MOST_SHOWN)
    {
      guint n_more = found->images->len - MOST_SHOWN;
      g_autofree char *more = wb_text_count (n_more);

      /* Translators: after the reason, of images that are not shown */
      g_string_append_printf (text, ngettext (" · and %s more", " · and %s more", n_more), more);
    }
  reason = make_label (text->str, found->across_sides ? "warning" : "dim-label");
  gtk_label_set_max_width_chars (GTK_LABEL (reason), REASON_CHARS);
  gtk_widget_set_hexpand (reason, TRUE);
  gtk_box_append (GTK_BOX (box), reason);
  if (found->likelier >= 0)
    gtk_box_append (GTK_BOX (box), make_move (finding));
  keep = make_button (_ ("Keep"), "findings.keep", g_variant_new_uint64 (wb_finding_get_key (finding)));
  wb_tooltip_set (keep, _ ("This is as it should be: do not name it any more"));
  gtk_widget_set_halign (keep, GTK_ALIGN_START);
  gtk_box_append (GTK_BOX (box), keep);
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  return box;
}

static GtkWidget *
make_images (WbFinding *finding)
{
  const LatheFinding *found = wb_finding_get (finding);
  GtkWidget *card = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);

  gtk_widget_add_css_class (card, "card");
  gtk_widget_add_css_class (card, "finding");
  if (found->images->len > 0)
    gtk_box_append (GTK_BOX (card), make_tiles (wb_finding_get_verdict (finding)->dataset, found));
  gtk_box_append (GTK_BOX (card), make_reason (finding));
  return card;
}

/* --- The row --- */

void
wb_finding_row_fill (WbFindingRow *self)
{
  static GtkWidget *(*const make[]) (WbFinding * finding) = {
      [WB_FINDING_TITLE] = make_title, [WB_FINDING_PROBLEM] = make_problem, [WB_FINDING_IMAGES] = make_images};

  g_return_if_fail (WB_IS_FINDING_ROW (self));

  gtk_widget_set_size_request (GTK_WIDGET (self), -1, -1);
  adw_bin_set_child (ADW_BIN (self), make[wb_finding_get_kind (self->finding)](self->finding));
}

void
wb_finding_row_set_finding (WbFindingRow *self, WbFinding *finding)
{
  g_return_if_fail (WB_IS_FINDING_ROW (self));

  adw_bin_set_child (ADW_BIN (self), NULL);
  g_set_object (&self->finding, finding);
  gtk_widget_set_size_request (GTK_WIDGET (self), -1,
                               finding && wb_finding_get_kind (finding) == WB_FINDING_IMAGES ? ROOM : 48);
}

static void
wb_finding_row_finalize (GObject *object)
{
  g_clear_object (&WB_FINDING_ROW (object)->finding);
  G_OBJECT_CLASS (wb_finding_row_parent_class)->finalize (object);
}

static void
wb_finding_row_class_init (WbFindingRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_finding_row_finalize;
}

static void
wb_finding_row_init (WbFindingRow *self)
{
}

GtkWidget *
wb_finding_row_new (void)
{
  return g_object_new (WB_TYPE_FINDING_ROW, NULL);
}
