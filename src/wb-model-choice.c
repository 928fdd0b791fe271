/* wb-model-choice.c: which model: the project's own, what was made of it, that of a run, or one in a file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-model-choice.h"

#include <glib/gi18n.h>

#include "wb-model-file.h"

#define MAX_RUNS 20 /* in the menu, the newest */

struct _WbModelChoice
{
  AdwBin parent_instance;
  GtkWidget *button, *title;
  char *none;
  WbProject *project;     /* or NULL */
  LatheModel *model;      /* or NULL */
  guint asked;            /* counts wishes */
  GMenu *variants, *runs; /* in the menu; NULL: there is none yet */
  guint preparing;        /* or 0 */
};

G_DEFINE_FINAL_TYPE (WbModelChoice, wb_model_choice, ADW_TYPE_BIN)

enum
{
  CHANGED,
  FAILED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
set_title (WbModelChoice *self, const char *title)
{
  gtk_label_set_text (GTK_LABEL (self->title), title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, title, -1);
}

static void
take (WbModelChoice *self, LatheModel *model, const char *title)
{
  g_clear_pointer (&self->model, lathe_model_unref);
  self->model = model;
  set_title (self, title);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* --- Reading --- */

typedef struct
{
  char *title;
  guint asked;
} Wish;

static void
wish_free (Wish *wish)
{
  g_free (wish->title);
  g_free (wish);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Wish, wish_free)

/* The newest model of a project's runs. (transfer full) */
static char *
find_newest (const char *project, GError **error)
{
  g_autofree char *folder = lathe_runs_beside (project), *path = lathe_runs_path (folder), *newest = NULL;
  g_autoptr (LatheRuns) runs = lathe_runs_open (path, error);
  g_autoptr (GError) reason = NULL;

  if (runs == NULL)
    return NULL;
  newest = lathe_runs_find_model (runs, &reason);
  if (newest == NULL && reason == NULL)
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_DATA,
                 _ ("%s has no model yet: train its network, or choose a model’s own file"), project);
  else if (newest == NULL)
    g_propagate_error (error, g_steal_pointer (&reason));
  return g_steal_pointer (&newest);
}

static char *
find_model (const char *path, GError **error)
{
  return g_str_has_suffix (path, LATHE_PROJECT_SUFFIX) ? find_newest (path, error) : g_strdup (path);
}

static void
on_read (GtkWidget *widget, LatheModel *model, gpointer data)
{
  WbModelChoice *self = WB_MODEL_CHOICE (widget);
  g_autoptr (Wish) wish = data;

  if (model != NULL && self->asked == wish->asked)
    take (self, lathe_model_ref (model), wish->title);
}

static void
read_model (WbModelChoice *self, const char *path, const char *title)
{
  Wish *wish = g_new (Wish, 1);

  *wish = (Wish){g_strdup (title), ++self->asked};
  wb_model_file_open_found (GTK_WIDGET (self), self->project, path, find_model, on_read, wish);
}

/* --- The menu --- */

/* (transfer full): what the action takes, which tells one choice from another */
static GVariant *
new_target (const char *title, const char *path)
{
  return g_variant_ref_sink (g_variant_new ("(ss)", path, title));
}

static void
insert_choice (GMenu *menu, int place, GVariant *target)
{
  g_autoptr (GMenuItem) item = NULL;
  const char *path, *title;

  g_variant_get (target, "(&s&s)", &path, &title);
  item = g_menu_item_new (title, NULL);
  g_menu_item_set_action_and_target_value (item, "model.choose", target);
  g_menu_insert_item (menu, place, item);
}

/* What was made of the project's own model. */
static GPtrArray *
list_variants (WbModelChoice *self)
{
  GPtrArray *targets = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  WbVariants *variants = wb_project_get_variants (self->project);
  const GPtrArray *list = wb_variants_get_list (variants);

  for (guint i = 0; i < list->len; i++)
    {
      g_autofree char *path = wb_variants_get_path (variants, list->pdata[i]), *title = NULL;

      if (path == NULL)
        continue;
      title = lathe_variant_describe (list->pdata[i]);
      g_ptr_array_add (targets, new_target (title, path));
    }
  return targets;
}

static GPtrArray *
list_runs (WbModelChoice *self)
{
  GPtrArray *targets = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  GListModel *list = wb_runs_get_model (wb_project_get_runs (self->project));

  for (guint i = 0; i < g_list_model_get_n_items (list) && targets->len < MAX_RUNS; i++)
    {
      g_autoptr (WbRunItem) item = g_list_model_get_item (list, i);
      g_autofree char *title = NULL;

      if (*wb_run_item_get_run (item)->model == '\0')
        continue;
      title = wb_run_item_get_title (item);
      g_ptr_array_add (targets, new_target (title, wb_run_item_get_run (item)->model));
    }
  return targets;
}

/* Whether the choice at a place of the menu is one of the list, within these places of it. */
static gboolean
is_in (GMenu *menu, int place, const GPtrArray *targets, guint from, guint until)
{
  g_autoptr (GVariant) target =
      g_menu_model_get_item_attribute_value (G_MENU_MODEL (menu), place, G_MENU_ATTRIBUTE_TARGET, NULL);

  for (guint i = from; i < until; i++)
    if (g_variant_equal (target, targets->pdata[i]))
      return TRUE;
  return FALSE;
}

/* Adds or removes one choice where the menu is not as the list. FALSE: it is. */
static gboolean
mend (GMenu *menu, const GPtrArray *targets)
{
  int n = g_menu_model_get_n_items (G_MENU_MODEL (menu)), place = 0;

  while (place < MIN (n, (int) targets->len) && is_in (menu, place, targets, (guint) place, (guint) place + 1))
    place++;
  if (place == n && place == (int) targets->len)
    return FALSE;
  if (place < n && !is_in (menu, place, targets, (guint) place, targets->len))
    g_menu_remove (menu, place);
  else
    insert_choice (menu, place, targets->pdata[place]);
  return TRUE;
}

static void
make_menu (WbModelChoice *self)
{
  g_autoptr (GMenu) menu = g_menu_new (), none = g_menu_new (), other = g_menu_new ();
  g_autoptr (GVariant) target = new_target (self->none, "");

  self->variants = g_menu_new ();
  self->runs = g_menu_new ();
  insert_choice (none, 0, target);
  g_menu_append (other, _ ("Model in a _File…"), "model.open");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (none));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (self->variants));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (self->runs));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (other));
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (self->button), G_MENU_MODEL (menu));
}

/* One step of making the menu what it is to be. FALSE: it is. */
static gboolean
prepare (WbModelChoice *self)
{
  g_autoptr (GPtrArray) variants = NULL, runs = NULL;

  if (self->runs == NULL)
    {
      make_menu (self);
      return TRUE;
    }
  if (self->project == NULL)
    return FALSE;
  variants = list_variants (self);
  runs = list_runs (self);
  return mend (self->variants, variants) || mend (self->runs, runs);
}

/* Not below the pointer of somebody who chooses: an open menu stays as it was when it was opened. */
static gboolean
prepare_more (gpointer data)
{
  WbModelChoice *self = data;
  GtkPopover *popover = gtk_menu_button_get_popover (GTK_MENU_BUTTON (self->button));

  if ((popover == NULL || !gtk_widget_get_visible (GTK_WIDGET (popover))) && prepare (self))
    return G_SOURCE_CONTINUE;
  self->preparing = 0;
  return G_SOURCE_REMOVE;
}

/* Each choice has a widget, and all at once would be a long turn: so they are there before the menu is opened. */
static void
prepare_soon (WbModelChoice *self)
{
  if (self->preparing == 0 && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->preparing = g_timeout_add_full (G_PRIORITY_DEFAULT_IDLE, 0, prepare_more, self, NULL);
}

/* As things stand when it is opened. */
static void
on_open_menu (GtkMenuButton *button, gpointer data)
{
  while (prepare (data))
    ;
}

static void
on_choose (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WbModelChoice *self = data;
  const char *path, *title;

  g_variant_get (parameter, "(&s&s)", &path, &title);
  if (*path != '\0')
    read_model (self, path, title);
  else
    wb_model_choice_reset (self);
}

static void
on_file_chosen (GtkWidget *widget, GFile *file)
{
  const char *path = g_file_peek_path (file);
  g_autofree char *base = g_file_get_basename (file), *title = g_filename_display_name (base);

  if (path != NULL)
    read_model (WB_MODEL_CHOICE (widget), path, title);
  else
    g_signal_emit (widget, signals[FAILED], 0, _ ("That file is not on this computer. Copy it here first."));
}

static void
on_open (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  wb_model_file_choose (data, _ ("Choose a Model"), _ ("Models and projects"), LATHE_PROJECT_SUFFIX, on_file_chosen);
}

/* --- Use --- */

void
wb_model_choice_set_project (WbModelChoice *self, WbProject *project)
{
  g_return_if_fail (WB_IS_MODEL_CHOICE (self));

  g_return_if_fail (self->project == NULL);

  self->project = g_object_ref (project);
  g_signal_connect_object (wb_project_get_runs (project), "changed", G_CALLBACK (prepare_soon), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (wb_project_get_variants (project), "changed", G_CALLBACK (prepare_soon), self,
                           G_CONNECT_SWAPPED);
}

LatheModel *
wb_model_choice_get (WbModelChoice *self)
{
  g_return_val_if_fail (WB_IS_MODEL_CHOICE (self), NULL);

  return self->model;
}

const char *
wb_model_choice_get_title (WbModelChoice *self)
{
  g_return_val_if_fail (WB_IS_MODEL_CHOICE (self), NULL);

  return gtk_label_get_text (GTK_LABEL (self->title));
}

void
wb_model_choice_reset (WbModelChoice *self)
{
  g_return_if_fail (WB_IS_MODEL_CHOICE (self));

  self->asked++;
  if (self->model != NULL)
    take (self, NULL, self->none);
}

/* --- Life --- */

static void
wb_model_choice_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (wb_model_choice_parent_class)->map (widget);
  prepare_soon (WB_MODEL_CHOICE (widget));
}

static void
wb_model_choice_dispose (GObject *object)
{
  WbModelChoice *self = WB_MODEL_CHOICE (object);

  self->asked++;
  g_clear_handle_id (&self->preparing, g_source_remove);
  g_clear_object (&self->variants);
  g_clear_object (&self->runs);
  g_clear_object (&self->project);
  g_clear_pointer (&self->model, lathe_model_unref);
  G_OBJECT_CLASS (wb_model_choice_parent_class)->dispose (object);
}

static void
wb_model_choice_finalize (GObject *object)
{
  g_free (WB_MODEL_CHOICE (object)->none);
  G_OBJECT_CLASS (wb_model_choice_parent_class)->finalize (object);
}

static void
wb_model_choice_class_init (WbModelChoiceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_model_choice_dispose;
  G_OBJECT_CLASS (klass)->finalize = wb_model_choice_finalize;
  GTK_WIDGET_CLASS (klass)->map = wb_model_choice_map;
  signals[CHANGED] =
      g_signal_new ("changed", WB_TYPE_MODEL_CHOICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] = g_signal_new ("failed", WB_TYPE_MODEL_CHOICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                  1, G_TYPE_STRING);
}

static void
wb_model_choice_init (WbModelChoice *self)
{
  static const GActionEntry entries[] = {{.name = "choose", .activate = on_choose, .parameter_type = "(ss)"},
                                         {.name = "open", .activate = on_open}};
  g_autoptr (GSimpleActionGroup) actions = g_simple_action_group_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  g_action_map_add_action_entries (G_ACTION_MAP (actions), entries, G_N_ELEMENTS (entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "model", G_ACTION_GROUP (actions));
  self->title = g_object_new (GTK_TYPE_LABEL, "ellipsize", PANGO_ELLIPSIZE_END, "xalign", 0.0, "hexpand", TRUE, NULL);
  gtk_box_append (GTK_BOX (box), self->title);
  gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name ("pan-down-symbolic"));
  self->button = g_object_new (GTK_TYPE_MENU_BUTTON, "child", box, NULL);
  gtk_menu_button_set_create_popup_func (GTK_MENU_BUTTON (self->button), on_open_menu, self, NULL);
  adw_bin_set_child (ADW_BIN (self), self->button);
}

GtkWidget *
wb_model_choice_new (const char *none, const char *label)
{
  WbModelChoice *self = g_object_new (WB_TYPE_MODEL_CHOICE, NULL);

  self->none = g_strdup (none);
  set_title (self, none);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  return GTK_WIDGET (self);
}
