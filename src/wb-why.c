/* wb-why.c: asks what in an image speaks for a class, and lays the answer over it.
 *
 * An image keeps its maps: to look at one again costs nothing. What takes long can be let go of by asking for something
 * else.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-why.h"

#include <glib/gi18n.h>

#include "wb-fold.h"
#include "wb-text.h"

struct _WbWhy
{
  AdwBin parent_instance;

  GtkRevealer *revealer;
  GtkDropDown *method, *label, *look;
  GtkAdjustment *opacity;
  GtkProgressBar *progress;
  GtkLabel *note;

  WbHeat *heat;
  WbExplainer *explainer;
  WbAttempt *attempt;
  guint *order;              /* of the classes in the list: the likeliest first */
  gboolean filling;          /* the list of classes */
  gboolean has_other_labels; /* than the list of classes says */
  GCancellable *call;        /* of what is being asked, or NULL */
  WbProgressRelay *relay;
};

enum
{
  PROP_ACTIVE = 1,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

G_DEFINE_FINAL_TYPE (WbWhy, wb_why, ADW_TYPE_BIN)

typedef struct
{
  guint8 *seen;
  LatheExplainOptions options;
  WbProgressRelay *relay;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  wb_progress_relay_unref (question->relay);
  g_free (question->seen);
  g_free (question);
}

static gboolean
is_active (WbWhy *self)
{
  return gtk_revealer_get_reveal_child (self->revealer);
}

static LatheExplainMethod
chosen_method (WbWhy *self)
{
  return (LatheExplainMethod) gtk_drop_down_get_selected (self->method);
}

static guint
chosen_label (WbWhy *self)
{
  return self->order[gtk_drop_down_get_selected (self->label)];
}

/* --- Asking --- */

static void
stop (WbWhy *self)
{
  if (self->call)
    g_cancellable_cancel (self->call);
  g_clear_object (&self->call);
  g_clear_pointer (&self->relay, wb_progress_relay_close);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), FALSE);
}

static void
on_progress (guint done, guint total, gpointer data)
{
  WbWhy *self = data;

  gtk_progress_bar_set_fraction (self->progress, total > 0 ? (double) done / total : 0);
}

static gpointer
explain_work (LatheExplainer *explainer, gpointer data, GCancellable *cancellable, GError **error)
{
  const Question *question = data;

  return lathe_explainer_ask (explainer, question->seen, &question->options, wb_progress_relay_report, question->relay,
                              cancellable, error);
}

static void
show_map (WbWhy *self, const LatheExplanation *map)
{
  LatheModel *model = wb_explainer_get_model (self->explainer);
  g_autofree char *time = wb_text_milliseconds (map->milliseconds);
  g_autofree char *note = NULL;

  if (chosen_method (self) == LATHE_EXPLAIN_GRAD_CAM)
    /* Translators: a layer's name, and how long it took */
    note = g_strdup_printf (_ ("Seen by the layer “%s”; found in %s"),
                            lathe_graph_get_node (model->graph, map->layer)->name, time);
  else
    note = g_strdup_printf (_ ("Found in %s"), time);
  gtk_label_set_text (self->note, note);
  wb_heat_set_map (self->heat, map, model->labels[chosen_label (self)]);
}

static void
on_explained (GObject *owner, gpointer result, const GError *error, gpointer call)
{
  WbWhy *self = WB_WHY (owner);
  LatheExplanation *map = result;

  if (self->call != call) /* something else is asked by now */
    {
      g_clear_pointer (&map, lathe_explanation_free);
      return;
    }
  stop (self);
  if (map)
    show_map (self, wb_attempt_keep_map (self->attempt, chosen_method (self), chosen_label (self), map));
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    gtk_label_set_text (self->note, error->message);
}

static void
ask (WbWhy *self)
{
  const LathePreprocess *preprocess = &wb_explainer_get_model (self->explainer)->preprocess;
  gsize size = (gsize) preprocess->height * preprocess->width * preprocess->channels;
  Question *question = g_new0 (Question, 1);

  self->call = g_cancellable_new ();
  self->relay = wb_progress_relay_new (on_progress, self);
  question->seen = g_memdup2 (wb_attempt_get_prediction (self->attempt)->seen, size);
  question->options = (LatheExplainOptions){chosen_method (self), .label = chosen_label (self), .layer = -1};
  question->relay = wb_progress_relay_ref (self->relay);
  gtk_progress_bar_set_fraction (self->progress, 0);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), TRUE);
  gtk_label_set_text (self->note, "");
  wb_explainer_call (self->explainer, G_OBJECT (self), explain_work, question, question_free,
                     (GDestroyNotify) lathe_explanation_free, self->call, on_explained, self->call);
}

/* --- The classes --- */

static int
likeliest_first (gconstpointer a, gconstpointer b, gpointer probability)
{
  guint i = *(const guint *) a, j = *(const guint *) b;
  float p = ((const float *) probability)[i], q = ((const float *) probability)[j];

  return p != q ? (p < q ? 1 : -1) : (int) i - (int) j;
}

static void
fill_labels (WbWhy *self)
{
  const LathePrediction *prediction = wb_attempt_get_prediction (self->attempt);
  char **labels = wb_explainer_get_model (self->explainer)->labels;
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);

  g_free (self->order);
  self->order = g_new (guint, prediction->n_labels);
  for (guint i = 0; i < prediction->n_labels; i++)
    self->order[i] = i;
  g_qsort_with_data (self->order, (int) prediction->n_labels, sizeof *self->order, likeliest_first,
                     prediction->probability);
  for (guint i = 0; i < prediction->n_labels; i++)
    gtk_string_list_append (list, labels[self->order[i]]);
  self->filling = TRUE;
  gtk_drop_down_set_model (self->label, G_LIST_MODEL (list));
  gtk_drop_down_set_selected (self->label, 0);
  self->filling = FALSE;
  self->has_other_labels = FALSE;
}

/* --- What is shown --- */

static void
update (WbWhy *self)
{
  const LatheExplanation *map;

  if (self->filling || !self->heat)
    return;
  stop (self);
  wb_heat_set_map (self->heat, NULL, NULL);
  if (!is_active (self) || !self->attempt)
    return;
  if (self->has_other_labels)
    fill_labels (self);
  map = wb_attempt_get_map (self->attempt, chosen_method (self), chosen_label (self));
  if (map)
    show_map (self, map);
  else
    ask (self);
}

/* --- What the page says --- */

void
wb_why_show (WbWhy *self, WbAttempt *attempt)
{
  g_return_if_fail (WB_IS_WHY (self));

  if (!self->explainer)
    attempt = NULL;
  g_set_object (&self->attempt, attempt);
  self->has_other_labels = TRUE; /* filled in once they are seen: the answer does not wait for it */
  update (self);
}

void
wb_why_set_explainer (WbWhy *self, WbExplainer *explainer)
{
  g_return_if_fail (WB_IS_WHY (self));

  stop (self);
  g_clear_object (&self->attempt);
  if (!g_set_object (&self->explainer, explainer) || !explainer)
    return;
  /* Where no layer makes an image there is nothing that Grad-CAM could look at. */
  if (lathe_explain_find_layer (wb_explainer_get_model (explainer)->graph) < 0)
    gtk_drop_down_set_selected (self->method, LATHE_EXPLAIN_INTEGRATED_GRADIENTS);
}

static void
on_opacity (WbWhy *self)
{
  wb_heat_set_opacity (self->heat, gtk_adjustment_get_value (self->opacity));
}

static void
on_look (WbWhy *self)
{
  wb_heat_set_smooth (self->heat, gtk_drop_down_get_selected (self->look) == 1);
}

void
wb_why_set_heat (WbWhy *self, WbHeat *heat)
{
  g_return_if_fail (WB_IS_WHY (self));

  self->heat = heat;
  on_opacity (self);
  on_look (self);
}

/* --- Life --- */

static void
wb_why_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_ACTIVE)
    g_value_set_boolean (value, is_active (WB_WHY (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wb_why_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  WbWhy *self = WB_WHY (object);

  if (id != PROP_ACTIVE)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      return;
    }
  gtk_revealer_set_reveal_child (self->revealer, g_value_get_boolean (value));
  update (self);
}

static void
wb_why_dispose (GObject *object)
{
  WbWhy *self = WB_WHY (object);

  if (self->call)
    g_cancellable_cancel (self->call);
  g_clear_object (&self->call);
  g_clear_pointer (&self->relay, wb_progress_relay_close);
  g_clear_object (&self->attempt);
  g_clear_object (&self->explainer);
  G_OBJECT_CLASS (wb_why_parent_class)->dispose (object);
}

static void
wb_why_finalize (GObject *object)
{
  g_free (WB_WHY (object)->order);
  G_OBJECT_CLASS (wb_why_parent_class)->finalize (object);
}

static void
wb_why_class_init (WbWhyClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = wb_why_dispose;
  object_class->finalize = wb_why_finalize;
  object_class->get_property = wb_why_get_property;
  object_class->set_property = wb_why_set_property;
  properties[PROP_ACTIVE] =
      g_param_spec_boolean ("active", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  g_type_ensure (WB_TYPE_FOLD);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lathe/Lathe/wb-why.ui");
  gtk_widget_class_bind_template_child (widget_class, WbWhy, revealer);
  gtk_widget_class_bind_template_child (widget_class, WbWhy, method);
  gtk_widget_class_bind_template_child (widget_class, WbWhy, label);
  gtk_widget_class_bind_template_child (widget_class, WbWhy, look);
  gtk_widget_class_bind_template_child (widget_class, WbWhy, opacity);
  gtk_widget_class_bind_template_child (widget_class, WbWhy, progress);
  gtk_widget_class_bind_template_child (widget_class, WbWhy, note);
}

static void
wb_why_init (WbWhy *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->method, "notify::selected", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->label, "notify::selected", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->look, "notify::selected", G_CALLBACK (on_look), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->opacity, "value-changed", G_CALLBACK (on_opacity), self, G_CONNECT_SWAPPED);
}
