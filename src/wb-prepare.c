/* wb-prepare.c: how a dataset is split, and what becomes of an image before the network sees it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-prepare.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-augmentation.h"
#include "wb-normalisation.h"
#include "wb-preview.h"
#include "wb-split-slider.h"
#include "wb-text.h"

struct _WbPrepare
{
  AdwBin parent_instance;

  WbProject *project;
  WbSplitSlider *slider;
  GtkLabel *training, *validation, *test;
  GtkLabel *training_share, *validation_share, *test_share;
  GtkLabel *fixed;
  GtkWidget *chance;
  GtkSpinButton *seed;
  GtkSpinButton *width, *height;
  GtkDropDown *fit, *channels; /* the fits in the order of LatheFit */
  WbNormalisation *normalisation;
  WbAugmentation *augmentation;
  WbPreview *preview;

  gboolean showing; /* the widgets are being set, not edited */
};

G_DEFINE_FINAL_TYPE (WbPrepare, wb_prepare, ADW_TYPE_BIN)

/* --- The split --- */

static void
find_fixed (LatheDataset *dataset, gboolean fixed[LATHE_N_SPLITS])
{
  for (guint side = 0; side < LATHE_N_SPLITS; side++)
    fixed[side] = lathe_dataset_side_is_fixed (dataset, side);
}

static void
show_counts (WbPrepare *self, const guint counts[LATHE_N_SPLITS])
{
  GtkLabel *labels[] = {self->training, self->validation, self->test};
  GtkLabel *shares[] = {self->training_share, self->validation_share, self->test_share};
  guint total = counts[0] + counts[1] + counts[2];

  for (guint side = 0; side < LATHE_N_SPLITS; side++)
    {
      g_autofree char *count = wb_text_count (counts[side]);
      g_autofree char *share = g_strdup_printf (_ ("%.0f %%"), total ? counts[side] * 100.0 / total : 0);

      gtk_label_set_label (labels[side], count);
      gtk_label_set_label (shares[side], share);
    }
}

/* What the slider's place will come to: the split itself counts by class, and keeps copies together. */
static void
on_moved (WbPrepare *self)
{
  LatheDataset *dataset = wb_project_get_dataset (self->project);
  gboolean fixed[LATHE_N_SPLITS];
  double share[LATHE_N_SPLITS];
  guint counts[LATHE_N_SPLITS], n_free = lathe_dataset_get_n_images (dataset);

  find_fixed (dataset, fixed);
  wb_split_slider_get_share (self->slider, share);
  for (guint side = 1; side < LATHE_N_SPLITS; side++)
    n_free -= fixed[side] ? lathe_dataset_count (dataset, -1, side) : 0;
  counts[LATHE_SPLIT_TRAIN] = n_free;
  for (guint side = 1; side < LATHE_N_SPLITS; side++)
    {
      counts[side] = fixed[side] ? lathe_dataset_count (dataset, -1, side) : (guint) round (share[side] * n_free);
      counts[LATHE_SPLIT_TRAIN] -= fixed[side] ? 0 : MIN (counts[side], counts[LATHE_SPLIT_TRAIN]);
    }
  show_counts (self, counts);
}

static void
set_split (WbPrepare *self)
{
  double share[LATHE_N_SPLITS];

  if (self->showing || !self->project || !wb_project_get_dataset (self->project))
    return;
  wb_split_slider_get_share (self->slider, share);
  wb_project_set_split (self->project, (guint64) gtk_spin_button_get_value (self->seed), share);
}

static void
on_chosen (WbPrepare *self)
{
  set_split (self);
}

static void
on_seed (WbPrepare *self)
{
  set_split (self);
}

static void
on_shuffle (WbPrepare *self)
{
  gtk_spin_button_set_value (self->seed, gtk_spin_button_get_value (self->seed) + 1);
}

/* Why a border is not there to be moved. */
static void
explain_fixed (WbPrepare *self, const gboolean fixed[LATHE_N_SPLITS])
{
  gboolean validation = fixed[LATHE_SPLIT_VALIDATION], test = fixed[LATHE_SPLIT_TEST];

  gtk_label_set_label (self->fixed, validation && test
                                        ? _ ("The source says which images train, validate and test. To divide them "
                                             "here, put them into one folder for each class.")
                                    : validation ? _ ("The source says which images validate.")
                                                 : _ ("The source says which images test."));
  gtk_widget_set_visible (GTK_WIDGET (self->fixed), validation || test);
  gtk_widget_set_sensitive (GTK_WIDGET (self->slider), !(validation && test));
  gtk_widget_set_visible (self->chance, !(validation && test));
}

static void
show_split (WbPrepare *self)
{
  LatheDataset *dataset = wb_project_get_dataset (self->project);
  const LatheDatasetOptions *options = lathe_dataset_get_options (dataset);
  gboolean fixed[LATHE_N_SPLITS];
  guint counts[LATHE_N_SPLITS];

  for (guint side = 0; side < LATHE_N_SPLITS; side++)
    counts[side] = lathe_dataset_count (dataset, -1, side);
  find_fixed (dataset, fixed);
  self->showing = TRUE;
  wb_split_slider_show (self->slider, options->share, fixed);
  gtk_spin_button_set_value (self->seed, (double) options->seed);
  self->showing = FALSE;
  explain_fixed (self, fixed);
  show_counts (self, counts);
}

/* --- Preparing --- */

static void
show_preview (WbPrepare *self)
{
  LatheDataset *dataset = wb_project_get_dataset (self->project);

  if (dataset)
    wb_preview_show (self->preview, dataset, wb_project_get_preprocess (self->project),
                     wb_project_get_hyperparameters (self->project));
}

static void
show_normalisation (WbPrepare *self)
{
  LatheModel *model = wb_project_get_model (self->project);

  wb_normalisation_show (self->normalisation, wb_project_get_preprocess (self->project),
                         model ? &model->preprocess : NULL);
}

static void
show_preprocess (WbPrepare *self)
{
  const LathePreprocess *set = wb_project_get_preprocess (self->project);

  if (!wb_project_get_dataset (self->project))
    return;
  self->showing = TRUE;
  gtk_spin_button_set_value (self->width, set->width);
  gtk_spin_button_set_value (self->height, set->height);
  gtk_drop_down_set_selected (self->fit, set->fit);
  gtk_drop_down_set_selected (self->channels, set->channels == 3);
  self->showing = FALSE;
  show_normalisation (self);
  show_preview (self);
}

static void
on_edited (WbPrepare *self)
{
  LathePreprocess edited;

  if (self->showing || !self->project || !wb_project_get_dataset (self->project))
    return;
  edited = *wb_project_get_preprocess (self->project);
  edited.width = gtk_spin_button_get_value_as_int (self->width);
  edited.height = gtk_spin_button_get_value_as_int (self->height);
  edited.fit = (LatheFit) gtk_drop_down_get_selected (self->fit);
  edited.channels = gtk_drop_down_get_selected (self->channels) == 1 ? 3 : 1;
  wb_project_set_preprocess (self->project, &edited);
}

static void
on_normalised (WbPrepare *self)
{
  if (self->project && wb_project_get_dataset (self->project))
    wb_project_set_preprocess (self->project, wb_normalisation_get_preprocess (self->normalisation));
}

static void
show_augmentation (WbPrepare *self)
{
  wb_augmentation_show (self->augmentation, wb_project_get_hyperparameters (self->project));
  show_preview (self);
}

static void
on_augmentation (WbPrepare *self)
{
  if (self->project)
    wb_project_set_hyperparameters (self->project, wb_augmentation_get_values (self->augmentation));
}

void
wb_prepare_set_project (WbPrepare *self, WbProject *project)
{
  g_return_if_fail (WB_IS_PREPARE (self));
  g_return_if_fail (!self->project);

  self->project = g_object_ref (project);
  g_signal_connect_object (project, "dataset-changed", G_CALLBACK (show_split), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "images-changed", G_CALLBACK (show_split), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "images-changed", G_CALLBACK (show_preview), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "split-changed", G_CALLBACK (show_split), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "network-changed", G_CALLBACK (show_preprocess), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "model-changed", G_CALLBACK (show_normalisation), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "hyperparameters-changed", G_CALLBACK (show_augmentation), self, G_CONNECT_SWAPPED);
  show_augmentation (self);
}

static void
wb_prepare_dispose (GObject *object)
{
  WbPrepare *self = WB_PREPARE (object);

  adw_bin_set_child (ADW_BIN (self), NULL);
  g_clear_object (&self->project);
  G_OBJECT_CLASS (wb_prepare_parent_class)->dispose (object);
}

static void
wb_prepare_class_init (WbPrepareClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = wb_prepare_dispose;
  g_type_ensure (WB_TYPE_AUGMENTATION);
  g_type_ensure (WB_TYPE_NORMALISATION);
  g_type_ensure (WB_TYPE_PREVIEW);
  g_type_ensure (WB_TYPE_SPLIT_SLIDER);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-prepare.ui");
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, slider);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, training);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, validation);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, test);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, training_share);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, validation_share);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, test_share);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, fixed);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, chance);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, seed);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, width);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, height);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, fit);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, channels);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, normalisation);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, augmentation);
  gtk_widget_class_bind_template_child (widget_class, WbPrepare, preview);
  gtk_widget_class_bind_template_callback (widget_class, on_moved);
  gtk_widget_class_bind_template_callback (widget_class, on_chosen);
  gtk_widget_class_bind_template_callback (widget_class, on_seed);
  gtk_widget_class_bind_template_callback (widget_class, on_shuffle);
  gtk_widget_class_bind_template_callback (widget_class, on_edited);
  gtk_widget_class_bind_template_callback (widget_class, on_normalised);
  gtk_widget_class_bind_template_callback (widget_class, on_augmentation);
}

static void
wb_prepare_init (WbPrepare *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
