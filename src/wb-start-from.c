/* wb-start-from.c: a popover with networks to start from: what suits the images, what was trained before, a file's, and
 * the known ones.
 *
 * What it shows of each network is worked out when it is opened and out of date; its rows are made a few a frame.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-start-from.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "wb-account.h"
#include "wb-model-file.h"
#include "wb-start-answer.h"
#include "wb-take-model.h"
#include "wb-text.h"
#include "wb-thread.h"

#define NETWORK_SUFFIX ".json"

#define ROWS_A_FRAME 2

/* Pixels: of the popover, and what is left of the window beside it. */
#define NARROWEST 300
#define WIDEST 500
#define ASIDE 24

#define MOST_REASONS 12 /* that are shown, for a suggestion */

struct _WbStartFrom
{
  GtkPopover parent_instance;

  GtkWidget *scroller, *list, *suggested, *own, *kept, *file;
  GPtrArray *presets; /* (element-type GtkWidget): rows, as far as they are made */
  WbProject *project;

  WbStartAnswer *answer; /* the newest, or NULL */
  guint asked;           /* counts questions */
  gboolean current;
};

enum
{
  TAKEN,
  FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WbStartFrom, wb_start_from, GTK_TYPE_POPOVER)

/* --- What is shown --- */

static void
show_suggestion (WbStartFrom *self)
{
  const LatheSuggestion *suggestion = self->answer ? self->answer->suggestion : NULL;
  WbStartRow *row = WB_START_ROW (self->suggested);
  g_autofree char *reasons = NULL;

  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), suggestion != NULL);
  if (!suggestion)
    {
      wb_start_row_set_title (row, _ ("What Suits Your Images"));
      wb_start_row_set_text (row, wb_project_get_dataset (self->project)
                                      ? _ ("It is being found out…")
                                      : _ ("Open a folder of images, and a network that suits them is suggested "
                                           "here."));
      return;
    }
  reasons = wb_account_list (suggestion->reasons, MOST_REASONS);
  wb_start_row_set_title (row, _ (suggestion->preset->title));
  wb_start_row_set_text (row, reasons);
  wb_start_row_set_paper (row, suggestion->preset->paper);
  wb_start_row_show (row, self->answer->suggested);
}

static void
show_earlier (WbStartFrom *self)
{
  LatheModel *model = wb_project_get_model (self->project);
  const WbKept *kept = wb_kept_run_get (wb_project_get_kept_run (self->project));

  gtk_widget_set_visible (self->own, model != NULL);
  gtk_widget_set_visible (self->kept, kept != NULL);
  if (model && isfinite (model->scores.validation_accuracy))
    {
      g_autofree char *accuracy = wb_text_percent (model->scores.validation_accuracy), *text = NULL;

      /* Translators: a share, such as 91.2 % */
      text = g_strdup_printf (_ ("Of the model that is there, which has %s of the validation images right."), accuracy);
      wb_start_row_set_text (WB_START_ROW (self->own), text);
    }
  else if (model)
    wb_start_row_set_text (WB_START_ROW (self->own), wb_project_has_opened_model (self->project)
                                                         ? _ ("Of the model that is there, with what it learned.")
                                                         : _ ("Of the model that is there."));
  if (kept)
    {
      g_autofree char *text =
          g_strdup_printf (_ ("It ended in epoch %u of %u. Only its network is taken; “Continue” on "
                              "the Train page goes on with all of it."),
                           MIN (kept->epoch, kept->epochs), kept->epochs);

      wb_start_row_set_text (WB_START_ROW (self->kept), text);
    }
  if (model && self->answer && self->answer->own)
    wb_start_row_show (WB_START_ROW (self->own), self->answer->own);
}

static void
show_answer (WbStartFrom *self)
{
  show_suggestion (self);
  show_earlier (self);
  for (guint i = 0; self->answer && i < self->presets->len; i++)
    wb_start_row_show (self->presets->pdata[i], self->answer->presets->pdata[i]);
}

static void
on_answered (GObject *owner, gpointer result, const GError *error, gpointer asked)
{
  WbStartFrom *self = WB_START_FROM (owner);

  if (!self->project || GPOINTER_TO_UINT (asked) != self->asked)
    {
      wb_start_answer_free (result);
      return;
    }
  g_clear_pointer (&self->answer, wb_start_answer_free);
  self->answer = result;
  show_answer (self);
}

static void
ask (WbStartFrom *self)
{
  self->current = TRUE;
  self->asked++;
  wb_start_answer_ask (G_OBJECT (self), self->project, on_answered, GUINT_TO_POINTER (self->asked));
}

/* The answer stays until there is another: what it says of the known networks is out of date by a size at most. */
static void
on_changed (WbStartFrom *self)
{
  self->current = FALSE;
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    ask (self);
}

static void
on_source_changed (WbStartFrom *self)
{
  g_clear_pointer (&self->answer, wb_start_answer_free);
  self->asked++;
  show_answer (self);
  on_changed (self);
}

/* --- Taking --- */

static gboolean
is_known (WbStartFrom *self, const LatheGraph *graph)
{
  for (guint i = 0; self->answer && i < self->answer->presets->len; i++)
    if (lathe_graph_same_network (((WbCandidate *) self->answer->presets->pdata[i])->graph, graph))
      return TRUE;
  return FALSE;
}

static void
tell_taken (WbStartFrom *self, const char *message)
{
  g_signal_emit (self, signals[TAKEN], 0, message);
}

/* The graph may be of other images and classes. `title`: NULL where it is told in another way. */
static void
take (WbStartFrom *self, const LatheGraph *graph, const char *title)
{
  const LatheGraph *old = wb_project_get_graph (self->project);
  g_autoptr (LatheGraph) adapted = lathe_graph_copy (graph);
  g_autofree char *message = NULL;
  gboolean replaced;

  wb_project_adapt (self->project, adapted);
  replaced = title && !is_known (self, old) && !lathe_graph_equal (old, adapted);
  wb_project_set_graph (self->project, adapted);
  if (replaced)
    /* Translators: the name of a network, or of a file */
    message = g_strdup_printf (_ ("Your network was replaced by %s."), title);
  tell_taken (self, message);
}

static void
take_suggestion (WbStartFrom *self)
{
  const LatheSuggestion *suggestion = self->answer->suggestion;
  g_autofree char *message = NULL;

  if (!wb_project_take_suggestion (self->project, suggestion))
    {
      tell_taken (self, NULL);
      return;
    }
  /* Translators: the name of a network, width and height of images, and how many epochs */
  message =
      g_strdup_printf (_ ("%s is set, with images of %u×%u pixels and %u epochs."), _ (suggestion->preset->title),
                       suggestion->preprocess.width, suggestion->preprocess.height, suggestion->hyperparameters.epochs);
  tell_taken (self, message);
}

static void
take_preset (WbStartFrom *self, guint index)
{
  guint n_presets;
  const LathePreset *preset = &lathe_presets (&n_presets)[index];
  g_autoptr (LatheGraph) graph = lathe_preset_load (preset->name, NULL);

  take (self, graph, _ (preset->title));
}

static void
on_kept_read (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbStartFrom *self = WB_START_FROM (owner);
  g_autoptr (LatheUnfinished) unfinished = result;

  if (unfinished && self->project)
    take (self, unfinished->graph, _ ("that of the training that was stopped"));
  else if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signals[FAILED], 0, error->message);
}

/* --- A file --- */

typedef struct
{
  LatheGraph *graph;
  GPtrArray *account; /* (element-type utf8) */
} Opened;

static void
opened_free (gpointer data)
{
  Opened *opened = data;

  lathe_graph_free (opened->graph);
  g_ptr_array_unref (opened->account);
  g_free (opened);
}

static gpointer
open_work (gpointer path, GCancellable *cancellable, GError **error)
{
  GPtrArray *account;
  LatheGraph *graph = lathe_network_file_load (path, &account, error);
  Opened *opened;

  if (!graph)
    return NULL;
  opened = g_new (Opened, 1);
  *opened = (Opened){graph, account};
  return opened;
}

static void
on_account_read (WbStartFrom *self, const char *response)
{
  if (g_str_equal (response, "undo"))
    wb_project_undo (self->project);
}

static void
show_account (WbStartFrom *self, const char *name, const GPtrArray *account)
{
  AdwMessageDialog *dialog = wb_account_new (GTK_WIDGET (self), NULL, NULL, account);

  /* Translators: the name of a file */
  adw_message_dialog_format_heading (dialog, _ ("“%s” Was Read as Far as It Can Be"), name);
  adw_message_dialog_add_responses (dialog, "undo", _ ("_Undo"), "keep", _ ("_Keep"), NULL);
  adw_message_dialog_set_default_response (dialog, "keep");
  adw_message_dialog_set_close_response (dialog, "keep");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_account_read), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_opened (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbStartFrom *self = WB_START_FROM (owner);
  g_autofree char *name = data;
  Opened *opened = result;

  if (error)
    {
      g_signal_emit (self, signals[FAILED], 0, error->message);
      return;
    }
  if (self->project)
    take (self, opened->graph, opened->account->len == 0 ? name : NULL);
  if (self->project && opened->account->len > 0)
    show_account (self, name, opened->account);
  opened_free (opened);
}

static void
on_model_opened (GtkWidget *widget, LatheModel *model, gpointer data)
{
  WbStartFrom *self = WB_START_FROM (widget);
  g_autofree char *name = data, *heading = NULL;

  if (!model || !self->project)
    return;
  /* Translators: the name of a file */
  heading = g_strdup_printf (_ ("“%s” Is Open"), name);
  wb_take_model (widget, self->project, model, heading);
  tell_taken (self, NULL);
}

void
wb_start_from_open (WbStartFrom *self, const char *path)
{
  char *name;

  g_return_if_fail (WB_IS_START_FROM (self));
  g_return_if_fail (path != NULL);

  name = g_filename_display_basename (path);
  if (wb_model_file_is (path))
    wb_model_file_open (GTK_WIDGET (self), self->project, path, on_model_opened, name);
  else
    wb_thread_call (G_OBJECT (self), open_work, g_strdup (path), g_free, opened_free, NULL, on_opened, name);
}

gboolean
wb_start_from_can_open (const char *path)
{
  return g_str_has_suffix (path, NETWORK_SUFFIX) || wb_model_file_is (path);
}

static void
on_file_chosen (GtkWidget *widget, GFile *file)
{
  if (g_file_peek_path (file))
    wb_start_from_open (WB_START_FROM (widget), g_file_peek_path (file));
}

/* The network of a run is taken alone: whether the next one goes on from it is another question. */
static void
take_own (WbStartFrom *self)
{
  LatheModel *model = wb_project_get_model (self->project);

  if (!wb_project_has_opened_model (self->project))
    {
      take (self, model->graph, _ ("that of the model"));
      return;
    }
  wb_take_model (GTK_WIDGET (self), self->project, model, _ ("The Model Is in the Drawing"));
  tell_taken (self, NULL);
}

static void
on_row_activated (WbStartFrom *self, GtkListBoxRow *row)
{
  GtkWidget *chosen = GTK_WIDGET (row);
  guint index;

  gtk_popover_popdown (GTK_POPOVER (self));
  if (chosen == self->suggested)
    take_suggestion (self);
  else if (chosen == self->own)
    take_own (self);
  else if (chosen == self->kept)
    wb_kept_run_read (wb_project_get_kept_run (self->project), G_OBJECT (self), on_kept_read);
  else if (chosen == self->file)
    wb_model_file_choose (GTK_WIDGET (self), _ ("Open Network"), _ ("Networks and models"), NETWORK_SUFFIX,
                          on_file_chosen);
  else if (g_ptr_array_find (self->presets, chosen, &index))
    take_preset (self, index);
}

/* --- Rows --- */

static GtkWidget *
add_row (WbStartFrom *self, const char *group, const char *title, const char *text)
{
  GtkWidget *row = wb_start_row_new (group, title, text);

  gtk_list_box_append (GTK_LIST_BOX (self->list), row);
  return row;
}

static void
add_preset (WbStartFrom *self, const LathePreset *preset)
{
  guint index = self->presets->len;
  GtkWidget *row = add_row (self, _ ("Known Networks"), _ (preset->title), _ (preset->summary));

  wb_start_row_set_paper (WB_START_ROW (row), preset->paper);
  if (self->answer)
    wb_start_row_show (WB_START_ROW (row), self->answer->presets->pdata[index]);
  g_ptr_array_add (self->presets, row);
}

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  WbStartFrom *self = WB_START_FROM (widget);
  guint n_presets;
  const LathePreset *presets = lathe_presets (&n_presets);

  for (guint i = 0; i < ROWS_A_FRAME && self->presets->len < n_presets; i++)
    add_preset (self, &presets[self->presets->len]);
  return self->presets->len < n_presets ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
update_header (GtkListBoxRow *row, GtkListBoxRow *before, gpointer data)
{
  const char *group = wb_start_row_get_group (WB_START_ROW (row));
  GtkWidget *header;

  if (before && g_str_equal (group, wb_start_row_get_group (WB_START_ROW (before))))
    {
      gtk_list_box_row_set_header (row, NULL);
      return;
    }
  header = g_object_new (GTK_TYPE_LABEL, "label", group, "xalign", 0.0, "margin-top", 12, "margin-bottom", 3,
                         "margin-start", 12, NULL);
  gtk_widget_add_css_class (header, "caption-heading");
  gtk_widget_add_css_class (header, "dim-label");
  gtk_list_box_row_set_header (row, header);
}

/* No wider than a narrow window. */
static void
fit (WbStartFrom *self)
{
  GtkWidget *window = GTK_WIDGET (gtk_widget_get_root (GTK_WIDGET (self)));

  gtk_widget_set_size_request (self->scroller, CLAMP (gtk_widget_get_width (window) - ASIDE, NARROWEST, WIDEST), -1);
}

static void
wb_start_from_show (GtkWidget *widget)
{
  WbStartFrom *self = WB_START_FROM (widget);

  fit (self);
  GTK_WIDGET_CLASS (wb_start_from_parent_class)->show (widget);
  show_earlier (self);
  if (!self->current)
    ask (self);
  if (self->presets->len == 0)
    gtk_widget_add_tick_callback (widget, on_tick, NULL, NULL);
  gtk_widget_grab_focus (self->suggested);
}

/* --- Life --- */

static void
wb_start_from_dispose (GObject *object)
{
  WbStartFrom *self = WB_START_FROM (object);

  g_clear_object (&self->project);
  g_clear_pointer (&self->answer, wb_start_answer_free);
  G_OBJECT_CLASS (wb_start_from_parent_class)->dispose (object);
}

static void
wb_start_from_finalize (GObject *object)
{
  g_ptr_array_unref (WB_START_FROM (object)->presets);
  G_OBJECT_CLASS (wb_start_from_parent_class)->finalize (object);
}

static void
wb_start_from_class_init (WbStartFromClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = wb_start_from_dispose;
  object_class->finalize = wb_start_from_finalize;
  widget_class->show = wb_start_from_show;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-start-from.ui");
  gtk_widget_class_bind_template_child (widget_class, WbStartFrom, scroller);
  gtk_widget_class_bind_template_child (widget_class, WbStartFrom, list);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
  signals[TAKEN] =
      g_signal_new ("taken", WB_TYPE_START_FROM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[FAILED] = g_signal_new ("failed", WB_TYPE_START_FROM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                  G_TYPE_STRING);
}

static void
wb_start_from_init (WbStartFrom *self)
{
  const char *yours = _ ("Networks of Yours");

  self->presets = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_set_header_func (GTK_LIST_BOX (self->list), update_header, NULL, NULL);
  self->suggested = add_row (self, _ ("Suggested for Your Images"), "", "");
  self->own = add_row (self, yours, _ ("Network of the Model"), "");
  self->kept = add_row (self, yours, _ ("Network of the Stopped Training"), "");
  self->file = add_row (self, yours, _ ("From File…"),
                        _ ("A network file, or a model, which brings along what it learned: Lathe’s own, ONNX, "
                           "Keras or TensorFlow Lite. It can be dropped on the drawing, too."));
}

void
wb_start_from_set_project (WbStartFrom *self, WbProject *project)
{
  g_return_if_fail (WB_IS_START_FROM (self));
  g_return_if_fail (!self->project);

  self->project = g_object_ref (project);
  g_signal_connect_object (project, "dataset-changed", G_CALLBACK (on_source_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "images-changed", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "split-changed", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "network-changed", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (project, "model-changed", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  show_answer (self);
}
