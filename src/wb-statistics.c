/* wb-statistics.c: a project's images in charts and numbers: sizes, brightness, sharpness, colours.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-statistics.h"

#include <glib/gi18n.h>

#include "wb-histogram.h"
#include "wb-measures.h"
#include "wb-sizes.h"
#include "wb-text.h"
#include "wb-thread.h"

struct _WbStatistics
{
  AdwBin parent_instance;

  WbSurvey *survey;
  WbMeasures *measures;      /* NULL before the first */
  GCancellable *cancellable; /* of the ones that are being taken */
  gboolean stale;            /* they are of other images than there are now */

  WbSizes *sizes;
  WbHistogram *brightness, *sharpness;
  GtkLabel *size_facts, *progress_text;
  GtkWidget *looked, *unlooked, *look, *cancel, *progress;
  GtkGrid *channels;
};

G_DEFINE_FINAL_TYPE (WbStatistics, wb_statistics, ADW_TYPE_BIN)

/* --- Numbers --- */

static const char *
channel_name (const WbMeasures *measures, guint channel)
{
  static const char *const names[] = {N_ ("Red"), N_ ("Green"), N_ ("Blue")};

  return measures->grey ? _ ("Grey") : _ (names[channel]);
}

static void
draw_swatch (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  const GdkRGBA *color = data;

  gdk_cairo_set_source_rgba (cr, color);
  cairo_paint (cr);
}

/* The channel alone, as bright as it is on average. */
static GtkWidget *
make_swatch (const WbMeasures *measures, guint channel)
{
  GtkWidget *swatch =
      g_object_new (GTK_TYPE_DRAWING_AREA, "content-width", 24, "content-height", 16, "valign", GTK_ALIGN_CENTER,
                    "overflow", GTK_OVERFLOW_HIDDEN, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
  float mean = (float) measures->mean[channel];
  GdkRGBA *color = g_new (GdkRGBA, 1);

  *color = (GdkRGBA){measures->grey || channel == 0 ? mean : 0, measures->grey || channel == 1 ? mean : 0,
                     measures->grey || channel == 2 ? mean : 0, 1};
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (swatch), draw_swatch, color, g_free);
  gtk_widget_add_css_class (swatch, "swatch");
  return swatch;
}

static void
attach_text (WbStatistics *self, const char *text, int column, int row, const char *style)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", text, "xalign", column < 2 ? 0.0 : 1.0, NULL);

  gtk_label_set_selectable (GTK_LABEL (label), row > 0 && column > 1);
  gtk_widget_add_css_class (label, style);
  gtk_grid_attach (self->channels, label, column, row, 1, 1);
}

static void
show_channels (WbStatistics *self)
{
  GtkWidget *child;
  guint n_channels = self->measures->grey ? 1 : 3;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->channels))))
    gtk_grid_remove (self->channels, child);
  attach_text (self, _ ("Channel"), 1, 0, "dim-label");
  attach_text (self, _ ("Mean"), 2, 0, "dim-label");
  attach_text (self, _ ("Deviation"), 3, 0, "dim-label");
  for (guint c = 0; c < n_channels; c++)
    {
      g_autofree char *mean = wb_text_number (self->measures->mean[c], 4);
      g_autofree char *deviation = wb_text_number (self->measures->deviation[c], 4);

      gtk_grid_attach (self->channels, make_swatch (self->measures, c), 0, (int) c + 1, 1, 1);
      attach_text (self, channel_name (self->measures, c), 1, (int) c + 1, "tabular");
      attach_text (self, mean, 2, (int) c + 1, "tabular");
      attach_text (self, deviation, 3, (int) c + 1, "tabular");
    }
}

static void
on_copy (WbStatistics *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (!self->measures)
    return;
  g_string_append_printf (text, "%s\t%s\t%s\n", _ ("Channel"), _ ("Mean"), _ ("Deviation"));
  for (guint c = 0; c < (self->measures->grey ? 1 : 3); c++)
    g_string_append_printf (text, "%s\t%.6f\t%.6f\n", channel_name (self->measures, c), self->measures->mean[c],
                            self->measures->deviation[c]);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text->str);
}

/* "6,000 images, all of 28 × 28 pixels." */
static char *
describe_sizes (const WbMeasures *measures)
{
  g_autofree char *images = wb_text_count (measures->n_images);
  g_autofree char *sizes = wb_text_count (measures->n_sizes);

  if (measures->n_sizes == 1)
    /* Translators: number of images, width, height */
    return g_strdup_printf (_ ("%s images, all of %u × %u pixels."), images, measures->least[0], measures->least[1]);
  /* Translators: numbers of images and of sizes; least, most and median width; the same of height */
  return g_strdup_printf (_ ("%s images of %s sizes. Width %u to %u pixels, median %u; height %u to %u, median %u."),
                          images, sizes, measures->least[0], measures->most[0], measures->median[0], measures->least[1],
                          measures->most[1], measures->median[1]);
}

/* --- Showing --- */

static void
show_sizes (WbStatistics *self)
{
  const LathePreprocess *asked = wb_project_get_preprocess (wb_survey_get_project (self->survey));

  wb_sizes_show (self->sizes, self->measures->sizes, asked->width, asked->height);
}

static void
on_measured (GObject *owner, gpointer result, const GError *error, gpointer cancellable)
{
  WbStatistics *self = WB_STATISTICS (owner);
  g_autofree char *facts = NULL;

  if (error || self->cancellable != cancellable)
    {
      g_clear_pointer (&result, wb_measures_free);
      return;
    }
  g_clear_pointer (&self->measures, wb_measures_free);
  self->measures = result;
  facts = describe_sizes (self->measures);
  gtk_label_set_label (self->size_facts, facts);
  show_sizes (self);
  if (self->measures->n_looked > 0)
    {
      wb_histogram_show (self->brightness, self->measures->brightness, 1);
      wb_histogram_show (self->sharpness, self->measures->sharpness, self->measures->most_sharpness);
      show_channels (self);
    }
  gtk_widget_set_visible (self->looked, self->measures->n_looked > 0);
  gtk_widget_set_visible (self->unlooked, self->measures->n_looked == 0);
}

static gpointer
measure_work (gpointer verdict, GCancellable *cancellable, GError **error)
{
  return wb_measures_new (verdict);
}

static void
unref_verdict (gpointer verdict)
{
  wb_verdict_unref (verdict);
}

static void
free_measures (gpointer measures)
{
  wb_measures_free (measures);
}

static void
stop (WbStatistics *self)
{
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

/* What nobody sees is measured when it is looked at. */
static void
measure (WbStatistics *self)
{
  WbVerdict *verdict = wb_survey_get_verdict (self->survey);

  self->stale = TRUE;
  if (!verdict || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  self->stale = FALSE;
  stop (self);
  self->cancellable = g_cancellable_new ();
  wb_thread_call (G_OBJECT (self), measure_work, wb_verdict_ref (verdict), unref_verdict, free_measures,
                  self->cancellable, on_measured, self->cancellable);
}

static void
on_survey_changed (WbStatistics *self)
{
  gboolean looking = wb_survey_get_looking (self->survey);

  gtk_widget_set_visible (self->progress, looking);
  gtk_widget_set_visible (self->cancel, looking);
  gtk_widget_set_visible (self->look, !looking);
  gtk_label_set_label (self->progress_text, looking
                                                ? _ ("Looking at each image…")
                                                : _ ("Brightness, sharpness and colours need a look at each image."));
  measure (self);
}

static void
on_progress (WbStatistics *self, guint done, guint total)
{
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), total ? (double) done / total : 0);
}

static void
on_network_changed (WbStatistics *self)
{
  if (self->measures)
    show_sizes (self);
}

static void
on_map (WbStatistics *self)
{
  if (self->survey && self->stale)
    measure (self);
}

static void
on_look (WbStatistics *self)
{
  wb_survey_look (self->survey);
}

static void
on_cancel (WbStatistics *self)
{
  wb_survey_cancel (self->survey);
}

static void
on_failed (WbStatistics *self, const char *message)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", message);
}

/* --- Life --- */

void
wb_statistics_set_survey (WbStatistics *self, WbSurvey *survey)
{
  g_return_if_fail (WB_IS_STATISTICS (self));
  g_return_if_fail (!self->survey);

  self->survey = g_object_ref (survey);
  g_signal_connect_object (survey, "changed", G_CALLBACK (on_survey_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (survey, "progress", G_CALLBACK (on_progress), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (wb_survey_get_project (survey), "network-changed", G_CALLBACK (on_network_changed), self,
                           G_CONNECT_SWAPPED);
  on_survey_changed (self);
}

static void
wb_statistics_dispose (GObject *object)
{
  WbStatistics *self = WB_STATISTICS (object);

  stop (self);
  if (self->survey)
    {
      g_signal_handlers_disconnect_by_data (wb_survey_get_project (self->survey), self);
      g_signal_handlers_disconnect_by_data (self->survey, self);
    }
  adw_bin_set_child (ADW_BIN (self), NULL);
  g_clear_object (&self->survey);
  G_OBJECT_CLASS (wb_statistics_parent_class)->dispose (object);
}

static void
wb_statistics_finalize (GObject *object)
{
  g_clear_pointer (&WB_STATISTICS (object)->measures, wb_measures_free);
  G_OBJECT_CLASS (wb_statistics_parent_class)->finalize (object);
}

static void
wb_statistics_class_init (WbStatisticsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_statistics_dispose;
  G_OBJECT_CLASS (klass)->finalize = wb_statistics_finalize;
  g_type_ensure (WB_TYPE_HISTOGRAM);
  g_type_ensure (WB_TYPE_SIZES);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-statistics.ui");
  gtk_widget_class_bind_template_child (widget_class, WbStatistics, sizes);
  gtk_widget_class_bind_template_child (widget_class, WbStatistics, brightness);
  gtk_widget_class_bind_template_child (widget_class, WbStatistics, sharpness);
  gtk_widget_class_bind_template_child (widget_class, WbStatistics, size_facts);
  gtk_widget_class_bind_template_child (widget_class, WbStatistics, progress_text);
  gtk_widget_class_bind_template_child (widget_class, WbStatistics, looked);
  gtk_widget_class_bind_template_child (widget_class, WbStatistics, unlooked);
  gtk_widget_class_bind_template_child (widget_class, WbStatistics, look);
  gtk_widget_class_bind_template_child (widget_class, WbStatistics, cancel);
  gtk_widget_class_bind_template_child (widget_class, WbStatistics, progress);
  gtk_widget_class_bind_template_child (widget_class, WbStatistics, channels);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
  gtk_widget_class_bind_template_callback (widget_class, on_look);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
  gtk_widget_class_bind_template_callback (widget_class, on_failed);
}

static void
wb_statistics_init (WbStatistics *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (self, "map", G_CALLBACK (on_map), NULL);
}
