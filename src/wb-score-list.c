/* wb-score-list.c: the scores of an evaluation: some as large numbers, all of them as a list.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-score-list.h"

#include <glib/gi18n.h>

#include "wb-text.h"

#define N_TILES 3
#define N_ROWS (LATHE_N_SCORES + 1) /* the last: among the k likeliest */

static const struct
{
  LatheScoreKind kind;
  const char *title, *hint;
} tile_infos[N_TILES] = {
    {LATHE_SCORE_ACCURACY, N_ ("accuracy"), N_ ("The share of images that got the right label")},
    {LATHE_SCORE_MACRO_F1, N_ ("macro F1"),
     N_ ("The mean of the F1 of all classes: small classes count as much as large ones")},
    {LATHE_SCORE_LOG_LOSS, N_ ("log loss"), N_ ("Low when the model is right and sure")},
};

typedef struct
{
  GtkWidget *value, *interval;
} Cells;

struct _WbScoreList
{
  AdwBin parent_instance;
  Cells tiles[N_TILES], rows[N_ROWS];
  GtkWidget *images, *mistakes, *top_title;
};

G_DEFINE_FINAL_TYPE (WbScoreList, wb_score_list, ADW_TYPE_BIN)

static guint wanted_signal;

/* --- What is shown --- */

static void
show_score (Cells *cells, LatheScore score, gboolean is_share)
{
  g_autofree char *value = is_share ? wb_text_percent (score.value) : wb_text_number (score.value, 3);
  g_autofree char *interval = wb_text_interval (score.interval, is_share);

  gtk_label_set_text (GTK_LABEL (cells->value), value);
  gtk_label_set_text (GTK_LABEL (cells->interval), *interval != '\0' ? interval : "–");
}

static void
show_counts (WbScoreList *self, const WbAssessment *assessment)
{
  guint n = wb_assessment_count_mistakes (assessment);
  g_autofree char *images = wb_text_count (assessment->sheet->n), *number = wb_text_count (n);
  g_autofree char *mistakes = g_strdup_printf (ngettext ("%s mistake", "%s mistakes", n), number);

  gtk_label_set_text (GTK_LABEL (self->images), images);
  gtk_button_set_label (GTK_BUTTON (self->mistakes), mistakes);
  gtk_widget_set_sensitive (self->mistakes, n > 0);
}

void
wb_score_list_set (WbScoreList *self, const WbAssessment *assessment)
{
  const LatheScore *scores;
  g_autofree char *top = NULL;

  g_return_if_fail (WB_IS_SCORE_LIST (self));

  scores = assessment->sheet->scores;
  for (guint i = 0; i < N_TILES; i++)
    show_score (&self->tiles[i], scores[tile_infos[i].kind], lathe_score_infos[tile_infos[i].kind].is_share);
  for (guint i = 0; i < LATHE_N_SCORES; i++)
    show_score (&self->rows[i], scores[i], lathe_score_infos[i].is_share);
  show_score (&self->rows[LATHE_N_SCORES], assessment->top, TRUE);
  top = g_strdup_printf (_ ("Among the %u likeliest"), assessment->k);
  gtk_label_set_text (GTK_LABEL (self->top_title), top);
  show_counts (self, assessment);
}

/* --- Life --- */

static void
on_mistakes_clicked (WbScoreList *self)
{
  g_signal_emit (self, wanted_signal, 0);
}

static GtkWidget *
new_label (const char *text, double xalign, const char *const *classes)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", text, "xalign", xalign, NULL);

  for (guint i = 0; classes[i] != NULL; i++)
    gtk_widget_add_css_class (label, classes[i]);
  return label;
}

static GtkWidget *
new_selectable (double xalign, const char *const *classes)
{
  GtkWidget *label = new_label ("", xalign, classes);

  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  return label;
}

static GtkWidget *
new_tile (Cells *cells, const char *title, const char *hint)
{
  static const char *const large[] = {"title-1", "numeric", NULL}, *const small[] = {"caption", "dim-label", NULL};
  static const char *const interval[] = {"caption", "numeric", NULL};
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  cells->value = new_selectable (0, large);
  gtk_box_append (GTK_BOX (box), cells->value);
  if (hint != NULL)
    {
      cells->interval = new_selectable (0, interval);
      gtk_widget_set_tooltip_text (cells->interval,
                                   _ ("In 95 of 100 such sets of images, between these lies what all images of their "
                                      "kind would give"));
      gtk_box_append (GTK_BOX (box), cells->interval);
    }
  gtk_box_append (GTK_BOX (box), new_label (title, 0, small));
  gtk_widget_set_tooltip_text (box, hint);
  return box;
}

static GtkWidget *
new_tiles (WbScoreList *self)
{
  GtkWidget *grid =
      g_object_new (GTK_TYPE_GRID, "column-spacing", 12, "row-spacing", 12, "column-homogeneous", TRUE, NULL);
  GtkWidget *images;
  Cells cells = {NULL, NULL};

  for (guint i = 0; i < N_TILES; i++)
    gtk_grid_attach (GTK_GRID (grid), new_tile (&self->tiles[i], _ (tile_infos[i].title), _ (tile_infos[i].hint)),
                     (int) (i % 2), (int) (i / 2), 1, 1);
  images = new_tile (&cells, _ ("images"), NULL);
  self->images = cells.value;
  self->mistakes = gtk_button_new_with_label ("");
  gtk_widget_add_css_class (self->mistakes, "tabular");
  gtk_widget_set_halign (self->mistakes, GTK_ALIGN_START);
  gtk_widget_set_margin_top (self->mistakes, 3);
  g_signal_connect_object (self->mistakes, "clicked", G_CALLBACK (on_mistakes_clicked), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (images), self->mistakes);
  gtk_grid_attach (GTK_GRID (grid), images, 1, 1, 1, 1);
  return grid;
}

/* The place of a score in the list: the accuracy's neighbour comes right after it. */
static int
line_of (guint row)
{
  return row == LATHE_SCORE_ACCURACY ? 0 : row == LATHE_N_SCORES ? 1 : (int) row + 1;
}

static GtkWidget *
new_list (WbScoreList *self)
{
  static const char *const plain[] = {"caption", NULL}, *const numeric[] = {"caption", "numeric", NULL};
  static const char *const dim[] = {"caption", "numeric", "dim-label", NULL};
  GtkWidget *grid = g_object_new (GTK_TYPE_GRID, "column-spacing", 9, "row-spacing", 3, "margin-top", 6, NULL);

  for (guint i = 0; i < N_ROWS; i++)
    {
      GtkWidget *title = new_label (i < LATHE_N_SCORES ? _ (lathe_score_infos[i].title) : "", 0, plain);

      g_object_set (title, "wrap", TRUE, "hexpand", TRUE, "max-width-chars", 18, NULL);
      self->rows[i] = (Cells){new_selectable (1, numeric), new_selectable (1, dim)};
      gtk_grid_attach (GTK_GRID (grid), title, 0, line_of (i), 1, 1);
      gtk_grid_attach (GTK_GRID (grid), self->rows[i].value, 1, line_of (i), 1, 1);
      gtk_grid_attach (GTK_GRID (grid), self->rows[i].interval, 2, line_of (i), 1, 1);
      if (i == LATHE_N_SCORES)
        self->top_title = title;
    }
  return grid;
}

static void
wb_score_list_class_init (WbScoreListClass *klass)
{
  wanted_signal =
      g_signal_new ("mistakes-wanted", WB_TYPE_SCORE_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
wb_score_list_init (WbScoreList *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12), *all = gtk_expander_new (_ ("All Scores"));

  gtk_expander_set_child (GTK_EXPANDER (all), new_list (self));
  gtk_box_append (GTK_BOX (box), new_tiles (self));
  gtk_box_append (GTK_BOX (box), all);
  adw_bin_set_child (ADW_BIN (self), box);
  gtk_widget_set_hexpand (GTK_WIDGET (self), FALSE); /* whatever is in it */
}
