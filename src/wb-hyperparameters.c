/* wb-hyperparameters.c: the form in which a training is set.
 *
 * It is drawn from the engine's table: what is set every day first, the rest in groups that are folded up. A row that
 * makes no difference, as the others stand, is not shown; a group says under its title what differs from the defaults.
 * What does not go together is told below its row, and a group that hides such a row has a sign.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-hyperparameters.h"

#include <glib/gi18n.h>

#include "wb-property-row.h"
#include "wb-schedule.h"
#include "wb-soon.h"
#include "wb-tooltip.h"

#define SEED "seed"
#define THREADS "threads"
#define USUAL_STEPS 100   /* of an epoch, while there are no images */
#define LEAST_MOVE 0.0025 /* of a training, after which the schedule's dot is drawn anew */

/* These have no row in the table: a number of 64 bits is none of its kinds, and threads decide nothing. */
static const LatheProperty own_properties[] = {
    {.name = SEED,
     .title = N_ ("Seed"),
     .help = N_ ("Decides all that is left to chance. The same seed gives the same weights."),
     .type = LATHE_PROPERTY_INTEGER,
     .minimum = 0,
     .maximum = 999999999999,
     .fallback = 1},
    {.name = THREADS,
     .title = N_ ("Threads"),
     .help = N_ ("How many processor cores train; 0 takes them all. The weights come out the same."),
     .type = LATHE_PROPERTY_INTEGER,
     .minimum = 0,
     .maximum = 256,
     .fallback = 0},
};

/* Above all recipes there is none of them. The class fills in the choices. */
static LatheProperty recipe_property = {
    .name = "recipe",
    .title = N_ ("Recipe"),
    .help = N_ ("Network, settings and split that go well together."),
    .type = LATHE_PROPERTY_CHOICE,
};
static const char **recipe_helps;

/* Rows by name; a group without any takes those that no other group has. */
static const struct
{
  const char *title; /* NULL: always unfolded */
  const char *rows[8];
} groups[] = {
    {NULL, {"epochs", "batch", "optimizer", "learning-rate", "schedule", "early-stopping"}},
    {N_ ("Schedule details"), {"warm-up", "decay", "decay-epochs", "patience", "final-rate"}},
    {N_ ("Optimiser details"), {"shift-rate", "lower-rate", "momentum", "beta1", "beta2", "epsilon", "weight-decay"}},
    {N_ ("Loss and classes"), {"loss", "label-smoothing", "focal-gamma", "huber-delta", "balance"}},
    {N_ ("Augmentation"), {"flip", "shift", "rotate", "zoom", "shear", "crop", "flip-vertical"}},
    {N_ ("Augmentation of colours"), {"brightness", "contrast", "saturation", "hue"}},
    {N_ ("More augmentation"), {"randaugment", "blur", "noise", "cutout", "mixup", "cutmix"}},
    {N_ ("Clipping and averaging"), {"clip-value", "clip-norm", "average", "lookahead"}},
    {N_ ("Best epoch and checkpoints"), {"best-by", "checkpoint-minutes"}},
    {N_ ("Chance and speed"), {SEED, THREADS, "precision"}},
    {N_ ("More"), {NULL}},
};
#define N_GROUPS G_N_ELEMENTS (groups)

typedef struct
{
  const LatheHyperparameter *hyperparameter; /* NULL: one of our own */
  WbPropertyRow *row;
  guint group;
} Entry;

struct _WbHyperparameters
{
  AdwBin parent_instance;
  WbPropertyRow *recipe;
  WbSchedule *schedule;
  GtkWidget *schedule_text;
  WbProject *project; /* NULL until there is one */
  LatheHyperparameters values;
  GtkWidget *fixed; /* says why some of the rows are grey, while they are */
  LatheTrainingSet set;
  double drawn;                        /* how far a training had come when the schedule was drawn last */
  GArray *entries;                     /* (element-type Entry) */
  AdwExpanderRow *expanders[N_GROUPS]; /* NULL: that is always open */
  GtkWidget *signs[N_GROUPS];          /* of advice that is folded up */
  gboolean opened[N_GROUPS];           /* at least once */
  WbSoon updating;
};

static guint changed_signal, recipe_chosen_signal, failed_signal;

G_DEFINE_FINAL_TYPE (WbHyperparameters, wb_hyperparameters, ADW_TYPE_BIN)

/* --- Showing --- */

static gboolean
counts (WbHyperparameters *self, const Entry *entry)
{
  return entry->hyperparameter == NULL || lathe_hyperparameter_counts (entry->hyperparameter, &self->values);
}

/* "Schedule: Cosine, Warm-up: 2", or nothing where all is as usual. */
static void
update_group (WbHyperparameters *self, guint group)
{
  g_autoptr (GString) summary = g_string_new (NULL);
  gboolean any = FALSE;

  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);
      g_autofree char *value = NULL;

      if (entry->group != group || !counts (self, entry))
        continue;
      any = TRUE;
      if (!wb_property_row_get_changed (entry->row))
        continue;
      value = wb_property_row_format (entry->row);
      if (summary->len > 0)
        /* Translators: between two values that were changed */
        g_string_append (summary, _ (", "));
      /* Translators: the title of a hyperparameter, and its value */
      g_string_append_printf (summary, _ ("%s: %s"), adw_preferences_row_get_title (ADW_PREFERENCES_ROW (entry->row)),
                              value);
    }
  adw_expander_row_set_subtitle (self->expanders[group], summary->str);
  gtk_widget_set_visible (GTK_WIDGET (self->expanders[group]), any);
}

/* Rows that are folded up are styled and measured like any other, and most rows are: so what nobody has opened yet is
 * hidden as well. */
static void
update_rows (WbHyperparameters *self)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);
      gboolean open = self->expanders[entry->group] == NULL || self->opened[entry->group];

      gtk_widget_set_visible (GTK_WIDGET (entry->row), open && counts (self, entry));
    }
}

static const LatheHyperparameterAdvice *
find_advice (const GArray *found, const LatheHyperparameter *about)
{
  for (guint i = 0; i < found->len; i++)
    if (g_array_index (found, LatheHyperparameterAdvice, i).row == about)
      return &g_array_index (found, LatheHyperparameterAdvice, i);
  return NULL;
}

/* What is told of a row that is not shown matters to nobody. */
static void
update_advice (WbHyperparameters *self)
{
  g_autoptr (GArray) found = lathe_hyperparameters_advise (&self->values, &self->set);
  const char *texts[N_GROUPS] = {NULL};

  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);
      const LatheHyperparameterAdvice *advice = find_advice (found, entry->hyperparameter);

      wb_property_row_advise (entry->row, advice != NULL ? advice->text : NULL, advice != NULL ? advice->remedy : 0);
      if (advice != NULL && counts (self, entry) && texts[entry->group] == NULL)
        texts[entry->group] = advice->text;
    }
  for (guint group = 0; group < N_GROUPS; group++)
    if (self->signs[group] != NULL)
      {
        gtk_widget_set_visible (self->signs[group], texts[group] != NULL);
        wb_tooltip_set (self->signs[group], texts[group]);
      }
}

/* Of an epoch. */
static guint
count_steps (WbHyperparameters *self)
{
  guint batch = MIN (self->values.batch, self->set.n_train);

  return batch > 0 ? (self->set.n_train + batch - 1) / batch : USUAL_STEPS;
}

static void
update_schedule (WbHyperparameters *self)
{
  WbRun *run = self->project != NULL ? wb_project_get_run (self->project) : NULL;
  const LatheSnapshot *snapshot = run != NULL && wb_run_get_active (run) ? wb_run_get_snapshot (run) : NULL;
  g_autofree char *text = lathe_schedule_describe (&self->values, count_steps (self));

  self->drawn = snapshot != NULL ? wb_run_get_fraction (run) : -1;
  wb_schedule_show (self->schedule, &self->values, count_steps (self), snapshot);
  gtk_label_set_text (GTK_LABEL (self->schedule_text), text);
}

static void
update (gpointer data)
{
  WbHyperparameters *self = data;

  update_rows (self);
  update_advice (self);
  update_schedule (self);
  for (guint group = 0; group < N_GROUPS; group++)
    if (self->expanders[group] != NULL)
      update_group (self, group);
}

static double
get_value (const Entry *entry, const LatheHyperparameters *values)
{
  if (entry->hyperparameter != NULL)
    return lathe_hyperparameter_get (entry->hyperparameter, values);
  return g_str_equal (wb_property_row_get_described (entry->row)->name, SEED) ? (double) values->seed : values->threads;
}

void
wb_hyperparameters_show (WbHyperparameters *self, const LatheHyperparameters *values)
{
  g_return_if_fail (WB_IS_HYPERPARAMETERS (self));

  self->values = *values;
  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);

      wb_property_row_set_value (entry->row, get_value (entry, values));
    }
  wb_soon_ask (&self->updating);
}

void
wb_hyperparameters_show_recipe (WbHyperparameters *self, const LatheRecipe *recipe, gboolean possible)
{
  guint n_recipes;

  g_return_if_fail (WB_IS_HYPERPARAMETERS (self));

  wb_property_row_set_value (self->recipe, recipe ? (double) (recipe - lathe_recipes (&n_recipes)) + 1 : 0);
  gtk_widget_set_sensitive (GTK_WIDGET (self->recipe), possible);
}

void
wb_hyperparameters_set_running (WbHyperparameters *self, gboolean running)
{
  g_return_if_fail (WB_IS_HYPERPARAMETERS (self));

  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);
      gboolean fixed =
          entry->hyperparameter == NULL || !lathe_change_is_possible (entry->hyperparameter->property.name);

      gtk_widget_set_sensitive (GTK_WIDGET (entry->row), !running || !fixed);
    }
  gtk_widget_set_sensitive (gtk_widget_get_parent (GTK_WIDGET (self->recipe)), !running);
  gtk_widget_set_visible (self->fixed, running);
}

static void
on_images_changed (WbHyperparameters *self)
{
  lathe_training_set_of (wb_project_get_dataset (self->project), wb_project_get_preprocess (self->project), &self->set);
  wb_soon_ask (&self->updating);
}

/* Thirty times a second is more than anyone sees of it. */
static void
on_progress (WbHyperparameters *self)
{
  if (gtk_widget_get_mapped (GTK_WIDGET (self->schedule)) &&
      ABS (wb_run_get_fraction (wb_project_get_run (self->project)) - self->drawn) >= LEAST_MOVE)
    update_schedule (self);
}

void
wb_hyperparameters_follow (WbHyperparameters *self, WbProject *project)
{
  static const char *const changes[] = {"dataset-changed", "images-changed", "split-changed", "network-changed"};
  WbRun *run = wb_project_get_run (project);

  g_return_if_fail (WB_IS_HYPERPARAMETERS (self));
  g_return_if_fail (self->project == NULL);

  self->project = g_object_ref (project);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    g_signal_connect_object (project, changes[i], G_CALLBACK (on_images_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (run, "progress", G_CALLBACK (on_progress), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (run, "notify::active", G_CALLBACK (update_schedule), self, G_CONNECT_SWAPPED);
  on_images_changed (self);
}

const LatheHyperparameters *
wb_hyperparameters_get_values (WbHyperparameters *self)
{
  g_return_val_if_fail (WB_IS_HYPERPARAMETERS (self), NULL);

  return &self->values;
}

static void
on_expanded (WbHyperparameters *self, GParamSpec *pspec, AdwExpanderRow *expander)
{
  for (guint group = 0; group < N_GROUPS; group++)
    if (self->expanders[group] == expander)
      self->opened[group] = TRUE;
  update_rows (self);
}

static void
on_row_changed (WbPropertyRow *row, double value, WbHyperparameters *self)
{
  const char *name = wb_property_row_get_described (row)->name;
  const LatheHyperparameter *hyperparameter = lathe_hyperparameter_find (name);

  if (hyperparameter != NULL)
    lathe_hyperparameter_set (hyperparameter, &self->values, value);
  else if (g_str_equal (name, SEED))
    self->values.seed = (guint64) value;
  else
    self->values.threads = (guint) value;
  wb_soon_ask (&self->updating);
  g_signal_emit (self, changed_signal, 0);
}

static void
on_recipe_changed (WbPropertyRow *row, double value, WbHyperparameters *self)
{
  guint n_recipes;
  const LatheRecipe *recipes = lathe_recipes (&n_recipes);

  g_signal_emit (self, recipe_chosen_signal, 0, value > 0 ? &recipes[(guint) value - 1] : NULL);
}

/* --- Making --- */

static gboolean
group_has (guint group, const char *name)
{
  return g_strv_contains (groups[group].rows, name);
}

static gboolean
is_in_none (const char *name)
{
  for (guint group = 0; group < N_GROUPS; group++)
    if (group_has (group, name))
      return FALSE;
  return TRUE;
}

static const LatheProperty *
find_own (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (own_properties); i++)
    if (g_str_equal (own_properties[i].name, name))
      return &own_properties[i];
  g_assert_not_reached ();
}

static void
on_failed (WbHyperparameters *self, const char *message)
{
  g_signal_emit (self, failed_signal, 0, message);
}

/* The schedule, drawn and in words. */
static GtkWidget *
make_schedule (WbHyperparameters *self)
{
  GtkWidget *box = g_object_new (GTK_TYPE_BOX, "orientation", GTK_ORIENTATION_VERTICAL, "spacing", 3, "margin-top", 6,
                                 "margin-bottom", 9, "margin-start", 12, "margin-end", 12, NULL);

  self->schedule = WB_SCHEDULE (wb_schedule_new ());
  g_signal_connect_object (self->schedule, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  self->schedule_text = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, "selectable", TRUE, NULL);
  gtk_widget_add_css_class (self->schedule_text, "caption");
  gtk_widget_add_css_class (self->schedule_text, "tabular");
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->schedule));
  gtk_box_append (GTK_BOX (box), self->schedule_text);
  return g_object_new (ADW_TYPE_PREFERENCES_ROW, "activatable", FALSE, "focusable", FALSE, "child", box, NULL);
}

static void
add_row (WbHyperparameters *self, guint group, GtkListBox *everyday, const char *name)
{
  const LatheHyperparameter *hyperparameter = lathe_hyperparameter_find (name);
  GtkWidget *row = wb_property_row_new (hyperparameter != NULL ? &hyperparameter->property : find_own (name));
  Entry entry = {hyperparameter, WB_PROPERTY_ROW (row), group};

  g_signal_connect_object (row, "changed", G_CALLBACK (on_row_changed), self, 0);
  g_array_append_val (self->entries, entry);
  if (self->expanders[group] != NULL)
    adw_expander_row_add_row (self->expanders[group], row);
  else
    gtk_list_box_append (everyday, row);
  if (g_str_equal (name, "schedule"))
    gtk_list_box_append (everyday, make_schedule (self));
}

/* Something in a group that is folded up is told of. */
static GtkWidget *
make_sign (AdwExpanderRow *expander)
{
  GtkWidget *sign = gtk_image_new_from_icon_name ("dialog-warning-symbolic");

  gtk_accessible_update_property (GTK_ACCESSIBLE (sign), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Something here does not go together"), -1);
  adw_expander_row_add_action (expander, sign);
  return sign;
}

static void
add_group (WbHyperparameters *self, guint group, GtkListBox *everyday, GtkListBox *folded)
{
  guint n_rows;
  const LatheHyperparameter *rows = lathe_hyperparameters (&n_rows);

  if (groups[group].title != NULL)
    {
      self->expanders[group] =
          g_object_new (ADW_TYPE_EXPANDER_ROW, "title", _ (groups[group].title), "use-markup", FALSE, NULL);
      self->signs[group] = make_sign (self->expanders[group]);
      g_signal_connect_object (self->expanders[group], "notify::expanded", G_CALLBACK (on_expanded), self,
                               G_CONNECT_SWAPPED);
      gtk_list_box_append (folded, GTK_WIDGET (self->expanders[group]));
    }
  for (guint i = 0; groups[group].rows[i] != NULL; i++)
    add_row (self, group, everyday, groups[group].rows[i]);
  for (guint i = 0; groups[group].rows[0] == NULL && i < n_rows; i++)
    if (is_in_none (rows[i].property.name))
      add_row (self, group, everyday, rows[i].property.name);
}

static GtkWidget *
make_list (GtkBox *box, const char *title)
{
  GtkWidget *list = g_object_new (GTK_TYPE_LIST_BOX, "selection-mode", GTK_SELECTION_NONE, NULL);

  gtk_widget_add_css_class (list, "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_box_append (box, list);
  return list;
}

/* One sentence for all of them. */
static GtkWidget *
make_reason (void)
{
  GtkWidget *label = gtk_label_new (_ ("A training goes on. What is grey belongs to it from its beginning, as its "
                                       "batches and its optimiser are made of it; the rest counts from the next step "
                                       "on."));

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_widget_set_visible (label, FALSE);
  return label;
}

static void
fill_recipes (void)
{
  guint n_recipes;
  const LatheRecipe *recipes = lathe_recipes (&n_recipes);
  const char **titles = g_new0 (const char *, n_recipes + 2);

  recipe_helps = g_new0 (const char *, n_recipes + 2);
  titles[0] = N_ ("Own choice");
  recipe_helps[0] = N_ ("Network, settings and split as you choose them.");
  for (guint i = 0; i < n_recipes; i++)
    {
      titles[i + 1] = recipes[i].title;
      recipe_helps[i + 1] = recipes[i].summary;
    }
  recipe_property.choices = titles;
  recipe_property.maximum = n_recipes;
}

static void
wb_hyperparameters_dispose (GObject *object)
{
  wb_soon_clear (&WB_HYPERPARAMETERS (object)->updating);
  G_OBJECT_CLASS (wb_hyperparameters_parent_class)->dispose (object);
}

static void
wb_hyperparameters_finalize (GObject *object)
{
  WbHyperparameters *self = WB_HYPERPARAMETERS (object);

  g_clear_object (&self->project);
  g_array_unref (self->entries);
  G_OBJECT_CLASS (wb_hyperparameters_parent_class)->finalize (object);
}

static void
wb_hyperparameters_class_init (WbHyperparametersClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_hyperparameters_dispose;
  G_OBJECT_CLASS (klass)->finalize = wb_hyperparameters_finalize;
  fill_recipes ();
  changed_signal =
      g_signal_new ("changed", WB_TYPE_HYPERPARAMETERS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  failed_signal = g_signal_new ("failed", WB_TYPE_HYPERPARAMETERS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                1, G_TYPE_STRING);
  recipe_chosen_signal = g_signal_new ("recipe-chosen", WB_TYPE_HYPERPARAMETERS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
wb_hyperparameters_init (WbHyperparameters *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  GtkWidget *recipe = make_list (GTK_BOX (box), _ ("Recipe"));
  GtkWidget *everyday = make_list (GTK_BOX (box), _ ("Hyperparameters"));
  GtkWidget *folded = make_list (GTK_BOX (box), _ ("More hyperparameters"));

  wb_soon_init (&self->updating, update, self);
  self->fixed = make_reason ();
  gtk_box_prepend (GTK_BOX (box), self->fixed);
  self->recipe = WB_PROPERTY_ROW (wb_property_row_new (&recipe_property));
  wb_property_row_explain_choices (self->recipe, recipe_helps);
  g_signal_connect_object (self->recipe, "changed", G_CALLBACK (on_recipe_changed), self, 0);
  gtk_list_box_append (GTK_LIST_BOX (recipe), GTK_WIDGET (self->recipe));
  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  for (guint group = 0; group < N_GROUPS; group++)
    add_group (self, group, GTK_LIST_BOX (everyday), GTK_LIST_BOX (folded));
  adw_bin_set_child (ADW_BIN (self), box);
  lathe_hyperparameters_defaults (&self->values);
  update (self);
}
