/* wb-hyperparameters.c: the form in which a training is set.
 *
 * It is drawn from the engine's table: what is set every day first, the rest in groups that are folded up. A row that
 * makes no difference, as the others stand, is not shown; a group says under its title what differs from the defaults.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-hyperparameters.h"

#include <glib/gi18n.h>

#include "wb-property-row.h"

#define SEED "seed"

/* The seed has no row in the table, as a number of 64 bits is none of its kinds. */
static const LatheProperty seed_property = {
    .name = SEED,
    .title = N_ ("Seed"),
    .help = N_ ("Decides all that is left to chance. The same seed gives the same weights."),
    .type = LATHE_PROPERTY_INTEGER,
    .minimum = 0,
    .maximum = 999999999999,
    .fallback = 1,
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
    {NULL, {"epochs", "batch", "optimizer", "learning-rate", SEED}},
    {N_ ("Augmentation"), {"flip", "shift", "rotate", "zoom", "shear", "crop", "flip-vertical"}},
    {N_ ("Augmentation of colours"), {"brightness", "contrast", "saturation", "hue"}},
    {N_ ("More augmentation"), {"randaugment", "blur", "noise", "cutout", "mixup", "cutmix"}},
    {N_ ("Optimizer details"), {"shift-rate", "momentum", "beta1", "beta2", "epsilon", "weight-decay"}},
    {N_ ("Learning rate schedule"), {"schedule", "warm-up", "decay", "decay-epochs", "patience", "final-rate"}},
    {N_ ("Loss"), {"loss", "label-smoothing", "focal-gamma", "huber-delta", "balance"}},
    {N_ ("Clipping and averaging"), {"clip-value", "clip-norm", "average", "lookahead"}},
    {N_ ("Stopping and checkpoints"), {"best-by", "early-stopping", "checkpoint-minutes"}},
    {N_ ("More"), {NULL}},
};
#define N_GROUPS G_N_ELEMENTS (groups)

typedef struct
{
  const LatheHyperparameter *hyperparameter; /* NULL: the seed */
  WbPropertyRow *row;
  guint group;
} Entry;

struct _WbHyperparameters
{
  AdwBin parent_instance;
  WbPropertyRow *recipe;
  LatheHyperparameters values;
  GArray *entries;                     /* (element-type Entry) */
  AdwExpanderRow *expanders[N_GROUPS]; /* NULL: that is always open */
  gboolean opened[N_GROUPS];           /* at least once */
};

static guint changed_signal, recipe_chosen_signal;

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

static void
update (WbHyperparameters *self)
{
  update_rows (self);
  for (guint group = 0; group < N_GROUPS; group++)
    if (self->expanders[group] != NULL)
      update_group (self, group);
}

void
wb_hyperparameters_show (WbHyperparameters *self, const LatheHyperparameters *values)
{
  g_return_if_fail (WB_IS_HYPERPARAMETERS (self));

  self->values = *values;
  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);

      wb_property_row_set_value (entry->row, entry->hyperparameter != NULL
                                                 ? lathe_hyperparameter_get (entry->hyperparameter, values)
                                                 : (double) values->seed);
    }
  update (self);
}

void
wb_hyperparameters_show_recipe (WbHyperparameters *self, const LatheRecipe *recipe, gboolean possible)
{
  guint n_recipes;

  g_return_if_fail (WB_IS_HYPERPARAMETERS (self));

  wb_property_row_set_value (self->recipe, recipe ? (double) (recipe - lathe_recipes (&n_recipes)) + 1 : 0);
  gtk_widget_set_sensitive (GTK_WIDGET (self->recipe), possible);
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
  const LatheHyperparameter *hyperparameter = lathe_hyperparameter_find (wb_property_row_get_described (row)->name);

  if (hyperparameter != NULL)
    lathe_hyperparameter_set (hyperparameter, &self->values, value);
  else
    self->values.seed = (guint64) value;
  update (self);
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

static void
add_row (WbHyperparameters *self, guint group, GtkListBox *everyday, const char *name)
{
  const LatheHyperparameter *hyperparameter = lathe_hyperparameter_find (name);
  GtkWidget *row = wb_property_row_new (hyperparameter != NULL ? &hyperparameter->property : &seed_property);
  Entry entry = {hyperparameter, WB_PROPERTY_ROW (row), group};

  g_signal_connect_object (row, "changed", G_CALLBACK (on_row_changed), self, 0);
  g_array_append_val (self->entries, entry);
  if (self->expanders[group] != NULL)
    adw_expander_row_add_row (self->expanders[group], row);
  else
    gtk_list_box_append (everyday, row);
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
wb_hyperparameters_finalize (GObject *object)
{
  g_array_unref (WB_HYPERPARAMETERS (object)->entries);
  G_OBJECT_CLASS (wb_hyperparameters_parent_class)->finalize (object);
}

static void
wb_hyperparameters_class_init (WbHyperparametersClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wb_hyperparameters_finalize;
  fill_recipes ();
  changed_signal =
      g_signal_new ("changed", WB_TYPE_HYPERPARAMETERS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
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
