/* wb-suspect-list.c: images whose label may be wrong, each with what can be done about it.
 *
 *   ┌────┐  Labelled Shirt, 2.1 %
 *   │    │  [It Is a Coat · 93.4 %]
 *   └────┘  [Leave Out]
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-suspect-list.h"

#include <glib/gi18n.h>

#include "wb-growing.h"
#include "wb-text.h"
#include "wb-thumbnail.h"

#define SIDE 72   /* pixels */
#define MOST 1000 /* rows, the surest first: nobody goes through more before the model is trained anew */

/* A row. */
#define WB_TYPE_SUSPECT (wb_suspect_get_type ())
G_DECLARE_FINAL_TYPE (WbSuspect, wb_suspect, WB, SUSPECT, GObject)

struct _WbSuspect
{
  GObject parent_instance;
  WbAssessment *assessment;
  LatheSuspect suspect;
};

G_DEFINE_FINAL_TYPE (WbSuspect, wb_suspect, G_TYPE_OBJECT)

static void
wb_suspect_finalize (GObject *object)
{
  wb_assessment_unref (WB_SUSPECT (object)->assessment);
  G_OBJECT_CLASS (wb_suspect_parent_class)->finalize (object);
}

static void
wb_suspect_class_init (WbSuspectClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_suspect_finalize;
}

static void
wb_suspect_init (WbSuspect *self)
{
}

static const LatheOutcome *
get_outcome (WbSuspect *suspect)
{
  return lathe_evaluation_get (suspect->assessment->evaluation, suspect->suspect.place);
}

struct _WbSuspectList
{
  AdwBin parent_instance;
  GtkWidget *count;
  GtkNoSelection *model;
  gboolean can_edit;
};

G_DEFINE_FINAL_TYPE (WbSuspectList, wb_suspect_list, ADW_TYPE_BIN)

enum
{
  RELABEL,
  LEAVE_OUT,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* --- A row's widgets --- */

typedef struct
{
  GtkWidget *thumbnail, *label, *relabel, *title, *leave_out;
} Row;

static void
on_relabel (GtkButton *button, GtkListItem *item)
{
  WbSuspect *suspect = gtk_list_item_get_item (item);

  g_signal_emit (gtk_widget_get_ancestor (GTK_WIDGET (button), WB_TYPE_SUSPECT_LIST), signals[RELABEL], 0,
                 get_outcome (suspect)->image, suspect->suspect.likelier);
}

static void
on_leave_out (GtkButton *button, GtkListItem *item)
{
  g_signal_emit (gtk_widget_get_ancestor (GTK_WIDGET (button), WB_TYPE_SUSPECT_LIST), signals[LEAVE_OUT], 0,
                 get_outcome (gtk_list_item_get_item (item))->image);
}

static GtkWidget *
new_label (void)
{
  return g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item, WbSuspectList *self)
{
  Row *row = g_new0 (Row, 1);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12), *column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);

  row->thumbnail = wb_thumbnail_new (SIDE);
  row->label = new_label ();
  g_object_set (row->label, "wrap", TRUE, "lines", 2, NULL);
  row->title = new_label ();
  row->relabel = g_object_new (GTK_TYPE_BUTTON, "child", row->title, NULL);
  row->leave_out = g_object_new (GTK_TYPE_BUTTON, "label", _ ("Leave Out"), "halign", GTK_ALIGN_START, NULL);
  gtk_widget_add_css_class (row->leave_out, "flat");
  gtk_widget_set_hexpand (column, TRUE);
  g_signal_connect (row->relabel, "clicked", G_CALLBACK (on_relabel), item);
  g_signal_connect (row->leave_out, "clicked", G_CALLBACK (on_leave_out), item);
  gtk_box_append (GTK_BOX (column), row->label);
  gtk_box_append (GTK_BOX (column), row->relabel);
  gtk_box_append (GTK_BOX (column), row->leave_out);
  gtk_box_append (GTK_BOX (box), row->thumbnail);
  gtk_box_append (GTK_BOX (box), column);
  g_object_set_data_full (G_OBJECT (item), "row", row, g_free);
  gtk_list_item_set_activatable (item, FALSE);
  gtk_list_item_set_child (item, box);
}

static char *
name_of (WbSuspect *suspect)
{
  const LatheImage *image = lathe_dataset_get_image (suspect->assessment->dataset, get_outcome (suspect)->image);
  g_autofree char *base = g_path_get_basename (image->path);

  return g_filename_display_name (base);
}

/* What its label is, and how often the model gave it that. (transfer full) */
static char *
write_label (WbSuspect *suspect, const float *p)
{
  const LatheSuspect *one = &suspect->suspect;
  guint truth = get_outcome (suspect)->truth;
  const char *label = wb_assessment_get_labels (suspect->assessment)[truth];
  g_autofree char *is = wb_text_percent ((double) p[truth]);

  if (one->times > 0)
    /* Translators: a class, how often the network named the image so while it learned, and how often it was asked */
    return g_strdup_printf (
        ngettext ("Labelled %s, named so %u of %u time", "Labelled %s, named so %u of %u times", one->times), label,
        one->named, one->times);
  /* Translators: a class, and how likely the model takes it to be */
  return g_strdup_printf (_ ("Labelled %s, %s"), label, is);
}

/* Of what was learned by heart the answer says nothing any more. (transfer full) */
static char *
write_title (WbSuspect *suspect, const float *p)
{
  const char *likelier = wb_assessment_get_labels (suspect->assessment)[suspect->suspect.likelier];
  g_autofree char *may_be = wb_text_percent ((double) p[suspect->suspect.likelier]);

  if (suspect->suspect.times > 0)
    /* Translators: a button that gives an image this class */
    return g_strdup_printf (_ ("It Is %s"), likelier);
  /* Translators: a button that gives an image this class; and how likely the model takes it to be */
  return g_strdup_printf (_ ("It Is %s, %s"), likelier, may_be);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, WbSuspectList *self)
{
  Row *row = g_object_get_data (G_OBJECT (item), "row");
  WbSuspect *suspect = gtk_list_item_get_item (item);
  const float *p = lathe_evaluation_get_probabilities (suspect->assessment->evaluation, suspect->suspect.place);
  g_autofree char *label = write_label (suspect, p), *title = write_title (suspect, p), *name = name_of (suspect);

  wb_thumbnail_set_image (WB_THUMBNAIL (row->thumbnail),
                          lathe_dataset_get_image (suspect->assessment->dataset, get_outcome (suspect)->image));
  gtk_label_set_text (GTK_LABEL (row->label), label);
  gtk_label_set_text (GTK_LABEL (row->title), title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->relabel), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_widget_set_sensitive (row->relabel, self->can_edit);
  gtk_widget_set_visible (row->leave_out, self->can_edit);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->thumbnail), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  Row *row = g_object_get_data (G_OBJECT (item), "row");

  wb_thumbnail_set_image (WB_THUMBNAIL (row->thumbnail), NULL);
}

/* --- Use --- */

/* How many there are, and what tells of them. (transfer full) */
static char *
write_count (guint n, LatheSuspicion by)
{
  static const char *const reasons[] = {
      [LATHE_SUSPECTED_BY_ANSWERS] = N_ ("So say the model’s answers."),
      [LATHE_SUSPECTED_BY_EPOCHS] = N_ ("So says what the network took them for in each epoch, while it learned."),
      [LATHE_SUSPECTED_BY_BOTH] = N_ ("So says what the network took them for in each epoch; and below, of images that "
                                      "it did not learn with, its answers."),
  };
  g_autofree char *number = wb_text_count (n);
  g_autofree char *count =
      g_strdup_printf (ngettext ("%s image looks more like another class. A look at it decides.",
                                 "%s images look more like another class. A look at each decides.", n),
                       number);

  return g_strconcat (count, " ", _ (reasons[by]), NULL);
}

void
wb_suspect_list_set (WbSuspectList *self, WbAssessment *assessment, gboolean can_edit)
{
  g_autoptr (GListStore) suspects = g_list_store_new (WB_TYPE_SUSPECT);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_object_unref);
  guint n = assessment != NULL ? assessment->suspects->len : 0;
  g_autofree char *count = n > 0 ? write_count (n, assessment->suspected_by) : NULL;

  g_return_if_fail (WB_IS_SUSPECT_LIST (self));

  self->can_edit = can_edit;
  for (guint i = 0; i < MIN (n, MOST); i++)
    {
      WbSuspect *suspect = g_object_new (WB_TYPE_SUSPECT, NULL);

      suspect->assessment = wb_assessment_ref (assessment);
      suspect->suspect = g_array_index (assessment->suspects, LatheSuspect, i);
      g_ptr_array_add (all, suspect);
    }
  gtk_label_set_text (GTK_LABEL (self->count), count != NULL ? count : _ ("Every label seems right."));
  g_list_store_splice (suspects, 0, 0, all->pdata, all->len);
  wb_growing_show (GTK_WIDGET (self), self->model, G_LIST_MODEL (suspects));
}

/* --- Life --- */

static void
wb_suspect_list_class_init (WbSuspectListClass *klass)
{
  signals[RELABEL] = g_signal_new ("relabel", WB_TYPE_SUSPECT_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                   2, G_TYPE_UINT, G_TYPE_UINT);
  signals[LEAVE_OUT] = g_signal_new ("leave-out", WB_TYPE_SUSPECT_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
wb_suspect_list_init (WbSuspectList *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3), *view, *title;

  g_signal_connect_object (factory, "setup", G_CALLBACK (on_setup), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_bind), self, 0);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), NULL);
  self->model = gtk_no_selection_new (NULL);
  title = g_object_new (GTK_TYPE_LABEL, "label", _ ("Labels That May Be Wrong"), "xalign", 0.0, "wrap", TRUE, NULL);
  gtk_widget_add_css_class (title, "heading");
  self->count = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, "max-width-chars", 28, NULL);
  gtk_widget_add_css_class (self->count, "caption");
  gtk_widget_add_css_class (self->count, "dim-label");
  view = gtk_grid_view_new (GTK_SELECTION_MODEL (self->model), factory);
  gtk_grid_view_set_max_columns (GTK_GRID_VIEW (view), 1);
  gtk_widget_add_css_class (view, "outcomes");
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Labels that may be wrong"),
                                  -1);
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), self->count);
  gtk_box_append (GTK_BOX (box), g_object_new (GTK_TYPE_SCROLLED_WINDOW, "child", view, "hscrollbar-policy",
                                               GTK_POLICY_NEVER, "min-content-height", 400, "vexpand", TRUE, NULL));
  adw_bin_set_child (ADW_BIN (self), box);
}
