/* wb-map-view.c: the images that were evaluated, in a plane.
 *
 * Both maps are made together, when the view is first seen: what takes time is the features and the one of
 * neighbourhoods, and so the other is there at once when it is chosen.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-map-view.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-map.h"
#include "wb-text.h"
#include "wb-thumbnail.h"

#define PICTURE 96 /* pixels */

typedef struct
{
  LatheModel *model;
  LatheDataset *dataset;
  int split;
  guint n_threads;
  WbProgressRelay *looking, *laying; /* NULL on the main loop's side once they are closed */
} Task;

struct _WbMapView
{
  AdwBin parent_instance;
  GtkWidget *methods, *progress, *left, *cancel, *again;
  GtkWidget *map, *card, *picture, *caption, *sentence;
  WbAssessment *wanted;      /* (nullable) */
  WbAssessment *shown;       /* that the mapping is of, or NULL */
  WbMapping *mapping;        /* or NULL */
  GCancellable *cancellable; /* of what is being made, or NULL */
  WbProgressRelay *looking, *laying;
  gboolean lays; /* it looked at all images */
  gint64 began;  /* the part that goes on now, monotonic microseconds */
};

G_DEFINE_FINAL_TYPE (WbMapView, wb_map_view, ADW_TYPE_BIN)

enum
{
  WANTED,
  FAILED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* --- On a thread --- */

static void
task_free (gpointer data)
{
  Task *task = data;

  lathe_model_unref (task->model);
  lathe_dataset_unref (task->dataset);
  wb_progress_relay_unref (task->looking);
  wb_progress_relay_unref (task->laying);
  g_free (task);
}

static void
free_mapping (gpointer mapping)
{
  if (mapping != NULL)
    wb_mapping_unref (mapping);
}

static gpointer
make_mapping (gpointer data, GCancellable *cancellable, GError **error)
{
  const Task *task = data;
  g_autoptr (WbMapping) mapping = wb_mapping_new (task->model, task->dataset);
  LatheMapOptions options = LATHE_MAP_OPTIONS_DEFAULT;

  mapping->features = lathe_features_new (task->model, task->dataset, task->split, task->n_threads,
                                          wb_progress_relay_report, task->looking, cancellable, error);
  if (mapping->features == NULL)
    return NULL;
  mapping->labels = lathe_features_get_labels (mapping->features, task->dataset);
  options.n_threads = task->n_threads;
  for (guint method = 0; method < LATHE_N_MAP_METHODS; method++)
    {
      options.method = method;
      mapping->maps[method] =
          lathe_map_new (mapping->features, &options, wb_progress_relay_report, task->laying, cancellable, error);
      if (mapping->maps[method] == NULL)
        return NULL;
      mapping->agreements[method] =
          lathe_map_agreement (mapping->maps[method], mapping->labels, WB_MAP_NEAREST, cancellable);
    }
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  return g_steal_pointer (&mapping);
}

/* --- What is shown --- */

static LatheMapMethod
get_method (WbMapView *self)
{
  return gtk_drop_down_get_selected (GTK_DROP_DOWN (self->methods)) % LATHE_N_MAP_METHODS;
}

static char *
write_sentence (WbMapView *self)
{
  LatheMapMethod method = get_method (self);
  const LatheMap *map = self->mapping->maps[method];
  g_autofree char *alike = wb_text_percent (self->mapping->agreements[method]);
  g_autofree char *x = wb_text_percent (map->shares[0]), *y = wb_text_percent (map->shares[1]);
  /* Translators: a number of images, and a share */
  g_autofree char *nearest =
      g_strdup_printf (_ ("Of the %d nearest to an image here, %s are of its class."), WB_MAP_NEAREST, alike);
  g_autofree char *axes = g_strdup_printf (_ ("The axes hold %s and %s of what the images differ in."), x, y);

  return g_strconcat (nearest, " ",
                      map->method == LATHE_MAP_PCA
                          ? axes
                          : _ ("Which images are alike can be read from it; how far groups are apart cannot."),
                      NULL);
}

static void
show_mapping (WbMapView *self)
{
  g_autofree char *sentence = self->mapping != NULL ? write_sentence (self) : g_strdup ("");

  wb_map_show (WB_MAP (self->map), self->mapping, get_method (self));
  gtk_label_set_text (GTK_LABEL (self->sentence), sentence);
}

static void
show_busy (WbMapView *self)
{
  gboolean busy = self->cancellable != NULL;

  gtk_widget_set_visible (self->progress, busy);
  gtk_widget_set_visible (self->left, busy);
  gtk_widget_set_visible (self->cancel, busy);
  gtk_widget_set_visible (self->again, !busy && self->mapping == NULL && self->wanted != NULL);
}

static void
show_progress (WbMapView *self, const char *text, guint done, guint total)
{
  double seconds = (double) (g_get_monotonic_time () - self->began) / G_USEC_PER_SEC;
  g_autofree char *left = done > 0 && seconds > 1 ? wb_text_left (seconds / done * (total - done)) : g_strdup (text);

  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), total > 0 ? (double) done / total : 0);
  gtk_label_set_text (GTK_LABEL (self->left), left);
}

static void
on_looking (guint done, guint total, gpointer view)
{
  show_progress (view, _ ("Looking"), done, total);
}

static void
on_laying (guint done, guint total, gpointer view)
{
  WbMapView *self = view;

  if (!self->lays)
    self->began = g_get_monotonic_time ();
  self->lays = TRUE;
  show_progress (self, _ ("Laying out"), done, total);
}

/* --- Making it --- */

static void
end (WbMapView *self)
{
  g_clear_pointer (&self->looking, wb_progress_relay_close);
  g_clear_pointer (&self->laying, wb_progress_relay_close);
  g_clear_object (&self->cancellable);
}

static void
stop (WbMapView *self)
{
  if (self->cancellable == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  end (self);
}

static void
on_made (GObject *owner, gpointer result, const GError *error, gpointer cancellable)
{
  WbMapView *self = WB_MAP_VIEW (owner);
  g_autoptr (WbMapping) mapping = result;

  if (self->cancellable != cancellable)
    return;
  end (self);
  if (mapping != NULL)
    self->mapping = g_steal_pointer (&mapping);
  show_busy (self);
  show_mapping (self);
  if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_autofree char *sentence = wb_text_sentence (error->message);

      gtk_label_set_text (GTK_LABEL (self->sentence), sentence);
    }
}

static void
start (WbMapView *self)
{
  Task *task = g_new0 (Task, 1);

  stop (self);
  self->cancellable = g_cancellable_new ();
  self->looking = wb_progress_relay_new (on_looking, self);
  self->laying = wb_progress_relay_new (on_laying, self);
  self->began = g_get_monotonic_time ();
  self->lays = FALSE;
  g_clear_pointer (&self->shown, wb_assessment_unref);
  g_clear_pointer (&self->mapping, wb_mapping_unref);
  self->shown = wb_assessment_ref (self->wanted);
  task->model = lathe_model_ref (self->wanted->question->model);
  task->dataset = lathe_dataset_ref (self->wanted->dataset);
  task->split = self->wanted->question->split;
  task->n_threads = self->wanted->question->n_threads;
  task->looking = wb_progress_relay_ref (self->looking);
  task->laying = wb_progress_relay_ref (self->laying);
  show_mapping (self);
  show_progress (self, _ ("Looking"), 0, 1);
  show_busy (self);
  wb_thread_call (G_OBJECT (self), make_mapping, task, task_free, free_mapping, self->cancellable, on_made,
                  self->cancellable);
}

static void
update (WbMapView *self)
{
  if (self->wanted != NULL && self->wanted != self->shown && gtk_widget_get_mapped (GTK_WIDGET (self)))
    start (self);
}

void
wb_map_view_set (WbMapView *self, WbAssessment *assessment)
{
  g_return_if_fail (WB_IS_MAP_VIEW (self));

  wb_assessment_ref (assessment);
  g_clear_pointer (&self->wanted, wb_assessment_unref);
  self->wanted = assessment;
  update (self);
}

/* --- What the user does --- */

static void
on_cancel (WbMapView *self)
{
  stop (self);
  show_busy (self);
}

static void
on_again (WbMapView *self)
{
  if (self->wanted != NULL)
    start (self);
}

static void
on_pointed (WbMapView *self, int point)
{
  const WbMapping *mapping = self->mapping;
  g_autofree char *text = NULL;

  gtk_widget_set_visible (self->card, point >= 0 && mapping != NULL);
  wb_thumbnail_set_image (WB_THUMBNAIL (self->picture),
                          point >= 0 && mapping != NULL ? wb_mapping_get_image (mapping, (guint) point) : NULL);
  if (point < 0 || mapping == NULL)
    return;
  if (mapping->features->right[point])
    text = g_strdup (lathe_dataset_get_classes (mapping->dataset)[mapping->labels[point]]);
  else
    /* Translators: true class, what the model took it for */
    text =
        g_strdup_printf (_ ("%s, taken for %s"), lathe_dataset_get_classes (mapping->dataset)[mapping->labels[point]],
                         mapping->model->labels[mapping->features->said[point]]);
  gtk_label_set_text (GTK_LABEL (self->caption), text);
}

static void
on_picked (WbMapView *self, GArray *points)
{
  g_autoptr (GArray) images = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autofree char *title = NULL, *count = wb_text_count (points->len);

  for (guint i = 0; i < points->len; i++)
    g_array_append_val (images, self->mapping->features->images[g_array_index (points, guint, i)]);
  title = g_strdup_printf (ngettext ("%s image of the map", "%s images of the map", points->len), count);
  g_signal_emit (self, signals[WANTED], 0, images, title);
}

static void
on_failed (WbMapView *self, const char *message)
{
  g_signal_emit (self, signals[FAILED], 0, message);
}

/* --- Life --- */

static void
wb_map_view_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (wb_map_view_parent_class)->map (widget);
  update (WB_MAP_VIEW (widget));
}

static void
wb_map_view_dispose (GObject *object)
{
  WbMapView *self = WB_MAP_VIEW (object);

  stop (self);
  g_clear_pointer (&self->wanted, wb_assessment_unref);
  g_clear_pointer (&self->shown, wb_assessment_unref);
  g_clear_pointer (&self->mapping, wb_mapping_unref);
  G_OBJECT_CLASS (wb_map_view_parent_class)->dispose (object);
}

static void
wb_map_view_class_init (WbMapViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_map_view_dispose;
  GTK_WIDGET_CLASS (klass)->map = wb_map_view_map;
  signals[WANTED] = g_signal_new ("wanted", WB_TYPE_MAP_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                  G_TYPE_ARRAY, G_TYPE_STRING);
  signals[FAILED] =
      g_signal_new ("failed", WB_TYPE_MAP_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static GtkWidget *
make_choice (WbMapView *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  const char *titles[LATHE_N_MAP_METHODS + 1] = {0};

  for (guint i = 0; i < LATHE_N_MAP_METHODS; i++)
    titles[i] = _ (lathe_map_titles[i]);
  self->methods = gtk_drop_down_new_from_strings (titles);
  gtk_widget_set_tooltip_text (self->methods, _ ("How the images are laid out"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->methods), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Layout"), -1);
  self->again = gtk_button_new_with_label (_ ("Lay Out"));
  gtk_box_append (GTK_BOX (bar), self->methods);
  gtk_box_append (GTK_BOX (bar), self->again);
  g_signal_connect_object (self->methods, "notify::selected", G_CALLBACK (show_mapping), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->again, "clicked", G_CALLBACK (on_again), self, G_CONNECT_SWAPPED);
  return bar;
}

static GtkWidget *
make_progress (WbMapView *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);

  self->progress = g_object_new (GTK_TYPE_PROGRESS_BAR, "hexpand", TRUE, "valign", GTK_ALIGN_CENTER, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->progress), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Progress of the map"), -1);
  self->left = g_object_new (GTK_TYPE_LABEL, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
  gtk_widget_add_css_class (self->left, "tabular");
  self->cancel = gtk_button_new_from_icon_name ("process-stop-symbolic");
  gtk_widget_add_css_class (self->cancel, "flat");
  gtk_widget_set_tooltip_text (self->cancel, _ ("Cancel"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->cancel), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Cancel the map"),
                                  -1);
  gtk_box_append (GTK_BOX (bar), self->progress);
  gtk_box_append (GTK_BOX (bar), self->left);
  gtk_box_append (GTK_BOX (bar), self->cancel);
  g_signal_connect_object (self->cancel, "clicked", G_CALLBACK (on_cancel), self, G_CONNECT_SWAPPED);
  return bar;
}

/* The image that is pointed at, in the corner where it is not in the way of the pointer. */
static GtkWidget *
make_overlay (WbMapView *self)
{
  GtkWidget *overlay = gtk_overlay_new ();

  self->map = g_object_new (WB_TYPE_MAP, "title", _ ("Map"), "vexpand", TRUE, NULL);
  self->card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->picture = wb_thumbnail_new (PICTURE);
  self->caption = g_object_new (GTK_TYPE_LABEL, "ellipsize", PANGO_ELLIPSIZE_END, "max-width-chars", 14, "wrap", TRUE,
                                "lines", 2, NULL);
  gtk_widget_add_css_class (self->caption, "caption");
  gtk_widget_add_css_class (self->card, "card");
  gtk_widget_add_css_class (self->card, "map-card");
  gtk_widget_set_halign (self->card, GTK_ALIGN_START);
  gtk_widget_set_valign (self->card, GTK_ALIGN_END);
  gtk_widget_set_can_target (self->card, FALSE);
  gtk_widget_set_visible (self->card, FALSE);
  gtk_box_append (GTK_BOX (self->card), self->picture);
  gtk_box_append (GTK_BOX (self->card), self->caption);
  gtk_overlay_set_child (GTK_OVERLAY (overlay), self->map);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), self->card);
  g_signal_connect_object (self->map, "pointed", G_CALLBACK (on_pointed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->map, "picked", G_CALLBACK (on_picked), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->map, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  return overlay;
}

static void
wb_map_view_init (WbMapView *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6), *hint;

  gtk_box_append (GTK_BOX (box), make_choice (self));
  gtk_box_append (GTK_BOX (box), make_progress (self));
  gtk_box_append (GTK_BOX (box), make_overlay (self));
  self->sentence = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, "selectable", TRUE, NULL);
  gtk_widget_add_css_class (self->sentence, "tabular");
  hint = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, "label",
                       _ ("A ring: taken for another class. Draw around images to see them; Ctrl and the wheel zoom, "
                          "Ctrl and a drag move."),
                       NULL);
  gtk_widget_add_css_class (hint, "dim-label");
  gtk_widget_add_css_class (hint, "caption");
  gtk_box_append (GTK_BOX (box), self->sentence);
  gtk_box_append (GTK_BOX (box), hint);
  adw_bin_set_child (ADW_BIN (self), box);
  show_busy (self);
}

GtkWidget *
wb_map_view_new (void)
{
  return g_object_new (WB_TYPE_MAP_VIEW, NULL);
}
