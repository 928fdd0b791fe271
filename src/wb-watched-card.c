/* wb-watched-card.c: a picture that is watched, and what was said of it over the epochs.
 *
 * The classes that were likeliest at the end have a line each.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-watched-card.h"

#include <glib/gi18n.h>

#include "wb-chart.h"
#include "wb-text.h"
#include "wb-thumbnail.h"
#include "wb-tooltip.h"

#define THUMBNAIL 56
#define WIDTH 330  /* pixels */
#define HEIGHT 120 /* of the chart */
#define LONGEST 14 /* characters of a name in the chart */
#define N_LINES 2  /* classes that are drawn */

struct _WbWatchedCard
{
  AdwBin parent_instance;

  char *path, *name;
  WbChart *chart;
  GtkWidget *stack, *remark; /* in the place of the chart while there is nothing to draw */
};

static guint removed_signal, failed_signal;

G_DEFINE_FINAL_TYPE (WbWatchedCard, wb_watched_card, ADW_TYPE_BIN)

/* A file's name and a class's share one line with a menu: “IMG_202…0815.jpg”. (transfer full) */
static char *
shorten (const char *name)
{
  glong n = g_utf8_strlen (name, -1);
  g_autofree char *first = NULL;

  if (n <= LONGEST)
    return g_strdup (name);
  first = g_utf8_substring (name, 0, LONGEST / 2);
  return g_strconcat (first, "…", g_utf8_offset_to_pointer (name, n - LONGEST / 2 + 1), NULL);
}

/* --- What was said --- */

/* Of the epochs that have an answer. */
typedef struct
{
  guint n;
  double *epochs;
  const float **said; /* n_labels probabilities each */
} Course;

static void
course_clear (Course *course)
{
  g_free (course->epochs);
  g_free (course->said);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Course, course_clear)

static void
follow (Course *course, const GPtrArray *answers, guint n_labels, const char *path)
{
  course->epochs = g_new (double, answers->len + 1);
  course->said = g_new (const float *, answers->len + 1);
  for (guint i = 0; i < answers->len; i++)
    {
      const LatheAnswers *one = answers->pdata[i];
      const float *said = one->n_labels == n_labels ? lathe_answers_get (one, path) : NULL;

      if (said == NULL)
        continue;
      course->epochs[course->n] = one->epoch;
      course->said[course->n++] = said;
    }
}

/* The likeliest classes, n of them at most. Returns: how many */
static guint
find_likeliest (const float *said, guint n_labels, guint *labels, guint n)
{
  guint found = 0;

  for (guint label = 0; label < n_labels; label++)
    {
      guint at = found;

      while (at > 0 && said[labels[at - 1]] < said[label])
        at--;
      if (at == n)
        continue;
      found = MIN (found + 1, n);
      for (guint i = found - 1; i > at; i--)
        labels[i] = labels[i - 1];
      labels[at] = label;
    }
  return found;
}

static void
show_lines (WbWatchedCard *self, const Course *course, const LatheModel *model, guint epochs)
{
  static const WbChartColor colors[N_LINES] = {WB_CHART_BLUE, WB_CHART_ORANGE};
  g_autofree double *values = g_new (double, (gsize) N_LINES *(course->n + 1));
  WbChartSeries series[N_LINES];
  char *names[N_LINES];
  guint labels[N_LINES], n = 0;

  if (course->n > 0)
    n = find_likeliest (course->said[course->n - 1], lathe_model_get_n_labels (model), labels, N_LINES);
  for (guint i = 0; i < n; i++)
    {
      double *y = values + (gsize) i * course->n;
      const char *label = model->labels[labels[i]];

      for (guint k = 0; k < course->n; k++)
        y[k] = course->said[k][labels[i]];
      names[i] = shorten (label);
      series[i] = (WbChartSeries){.name = names[i],
                                  .title = label,
                                  .color = colors[i],
                                  .dashed = i > 0,
                                  .n = course->n,
                                  .x = course->epochs,
                                  .y = y,
                                  .mark = (int) course->n - 1};
    }
  wb_chart_set_series (self->chart, series, n, 0, MAX (epochs, 1));
  for (guint i = 0; i < n; i++)
    g_free (names[i]);
}

/* Why the file could not be read, when it was asked about last. */
static const char *
find_problem (const GPtrArray *answers, const char *path)
{
  const LatheAnswers *last = answers->len > 0 ? answers->pdata[answers->len - 1] : NULL;
  int i = last != NULL ? lathe_answers_find (last, path) : -1;

  return i >= 0 ? last->problems[i] : NULL;
}

void
wb_watched_card_show (WbWatchedCard *self, const LatheSnapshot *snapshot)
{
  g_auto (Course) course = {0};
  g_autofree char *remark = NULL;
  const char *problem = NULL;

  g_return_if_fail (WB_IS_WATCHED_CARD (self));

  if (snapshot != NULL && snapshot->best != NULL)
    {
      follow (&course, snapshot->answers, lathe_model_get_n_labels (snapshot->best), self->path);
      problem = find_problem (snapshot->answers, self->path);
    }
  if (problem != NULL)
    remark = g_strdup_printf (_ ("It cannot be read: %s"), problem);
  else
    remark = g_strdup (_ ("What it is taken for is drawn here after each epoch."));
  gtk_label_set_text (GTK_LABEL (self->remark), remark);
  gtk_stack_set_visible_child (GTK_STACK (self->stack), course.n > 0 ? GTK_WIDGET (self->chart) : self->remark);
  show_lines (self, &course, snapshot != NULL ? snapshot->best : NULL, snapshot != NULL ? snapshot->epochs : 1);
}

/* --- Life --- */

const char *
wb_watched_card_get_path (WbWatchedCard *self)
{
  g_return_val_if_fail (WB_IS_WATCHED_CARD (self), NULL);

  return self->path;
}

static void
on_removed (WbWatchedCard *self)
{
  g_signal_emit (self, removed_signal, 0);
}

static void
on_failed (WbWatchedCard *self, const char *message)
{
  g_signal_emit (self, failed_signal, 0, message);
}

static GtkWidget *
make_side (WbWatchedCard *self)
{
  GtkWidget *side = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6), *thumbnail = wb_thumbnail_new (THUMBNAIL);
  g_autofree char *remove = g_strdup_printf (_ ("Watch “%s” No More"), self->name);
  GtkWidget *button = g_object_new (GTK_TYPE_BUTTON, "icon-name", "list-remove-symbolic", "halign", GTK_ALIGN_CENTER,
                                    "tooltip-text", remove, NULL);
  const LatheImage image = {.path = self->path};

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "circular");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, remove, -1);
  wb_thumbnail_set_image (WB_THUMBNAIL (thumbnail), &image);
  wb_tooltip_set (thumbnail, self->name);
  gtk_widget_set_valign (side, GTK_ALIGN_START);
  gtk_box_append (GTK_BOX (side), thumbnail);
  gtk_box_append (GTK_BOX (side), button);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_removed), self, G_CONNECT_SWAPPED);
  return side;
}

static void
fill (WbWatchedCard *self)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  g_autofree char *title = shorten (self->name);

  self->chart =
      g_object_new (WB_TYPE_CHART, "title", title, "x-title", _ ("epoch"), "percent", TRUE, "hexpand", TRUE, NULL);
  g_signal_connect_object (self->chart, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  self->remark = g_object_new (GTK_TYPE_LABEL, "wrap", TRUE, "xalign", 0.0, "max-width-chars", 30, NULL);
  gtk_widget_add_css_class (self->remark, "dim-label");
  self->stack = gtk_stack_new ();
  gtk_widget_set_size_request (self->stack, -1, HEIGHT);
  gtk_widget_set_valign (self->stack, GTK_ALIGN_START);
  gtk_stack_add_child (GTK_STACK (self->stack), self->remark);
  gtk_stack_add_child (GTK_STACK (self->stack), GTK_WIDGET (self->chart));
  gtk_box_append (GTK_BOX (line), make_side (self));
  gtk_box_append (GTK_BOX (line), self->stack);
  adw_bin_set_child (ADW_BIN (self), line);
}

static void
wb_watched_card_finalize (GObject *object)
{
  WbWatchedCard *self = WB_WATCHED_CARD (object);

  g_free (self->path);
  g_free (self->name);
  G_OBJECT_CLASS (wb_watched_card_parent_class)->finalize (object);
}

static void
wb_watched_card_class_init (WbWatchedCardClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_watched_card_finalize;
  removed_signal =
      g_signal_new ("removed", WB_TYPE_WATCHED_CARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  failed_signal = g_signal_new ("failed", WB_TYPE_WATCHED_CARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                G_TYPE_STRING);
}

static void
wb_watched_card_init (WbWatchedCard *self)
{
  gtk_widget_set_size_request (GTK_WIDGET (self), WIDTH, -1);
}

GtkWidget *
wb_watched_card_new (const char *path)
{
  WbWatchedCard *self = g_object_new (WB_TYPE_WATCHED_CARD, NULL);

  self->path = g_strdup (path);
  self->name = g_filename_display_basename (path);
  fill (self);
  return GTK_WIDGET (self);
}
