/* wb-page.c: what all pages have in common.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-page.h"

typedef struct
{
  WbProject *project;
  char *status;
} WbPagePrivate;

enum
{
  PROP_0,
  PROP_PROJECT,
  PROP_STATUS,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (WbPage, wb_page, ADW_TYPE_BIN)

static void
set_project (WbPage *self, WbProject *project)
{
  WbPagePrivate *private = wb_page_get_instance_private (self);

  if (!g_set_object (&private->project, project))
    return;
  if (project != NULL && WB_PAGE_GET_CLASS (self)->attach != NULL)
    WB_PAGE_GET_CLASS (self)->attach (self, project);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROJECT]);
}

static void
wb_page_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  WbPagePrivate *private = wb_page_get_instance_private (WB_PAGE (object));

  if (id == PROP_PROJECT)
    g_value_set_object (value, private->project);
  else if (id == PROP_STATUS)
    g_value_set_string (value, private->status);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wb_page_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_PROJECT)
    set_project (WB_PAGE (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wb_page_dispose (GObject *object)
{
  WbPagePrivate *private = wb_page_get_instance_private (WB_PAGE (object));

  g_clear_object (&private->project);
  G_OBJECT_CLASS (wb_page_parent_class)->dispose (object);
}

static void
wb_page_finalize (GObject *object)
{
  WbPagePrivate *private = wb_page_get_instance_private (WB_PAGE (object));

  g_free (private->status);
  G_OBJECT_CLASS (wb_page_parent_class)->finalize (object);
}

static void
wb_page_class_init (WbPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = wb_page_get_property;
  object_class->set_property = wb_page_set_property;
  object_class->dispose = wb_page_dispose;
  object_class->finalize = wb_page_finalize;
  properties[PROP_PROJECT] =
      g_param_spec_object ("project", NULL, NULL, WB_TYPE_PROJECT, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_STATUS] = g_param_spec_string ("status", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
wb_page_init (WbPage *self)
{
}

WbProject *
wb_page_get_project (WbPage *self)
{
  WbPagePrivate *private = wb_page_get_instance_private (self);

  return private->project;
}

const char *
wb_page_get_status (WbPage *self)
{
  WbPagePrivate *private = wb_page_get_instance_private (self);

  return private->status;
}

void
wb_page_set_status (WbPage *self, const char *status)
{
  WbPagePrivate *private = wb_page_get_instance_private (self);

  if (g_strcmp0 (private->status, status) == 0)
    return;
  g_free (private->status);
  private->status = g_strdup (status);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATUS]);
}

void
wb_page_toast (WbPage *self, const char *message)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", message);
}

void
wb_page_toast_undo (WbPage *self, const char *message)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast-undo", "s", message);
}
