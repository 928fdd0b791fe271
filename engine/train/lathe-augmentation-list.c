/* lathe-augmentation-list.c: augmentations as a person types them: “flip,rotate=15”.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-augmentation-list.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"

static const LatheAugmentationRow *
find_row (const char *name, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);
  guint n_rows;
  const LatheAugmentationRow *rows = lathe_augmentations (&n_rows);

  for (guint i = 0; i < n_rows; i++)
    if (g_str_equal (rows[i].name, name))
      return &rows[i];
    else
      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", rows[i].name);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID, _ ("There is no “%s”; there are %s"), name, names->str);
  return NULL;
}

static gboolean
read_one (const char *text, LatheHyperparameters *hyperparameters, GError **error)
{
  const char *equals = strchr (text, '=');
  g_autofree char *name = equals != NULL ? g_strndup (text, (gsize) (equals - text)) : g_strdup (text);
  const LatheAugmentationRow *row = find_row (name, error);
  const LatheHyperparameter *amount;
  double value;

  if (row == NULL)
    return FALSE;
  amount = lathe_hyperparameter_find (row->name);
  if (!lathe_property_parse (&amount->property, equals != NULL ? equals + 1 : row->usual, &value, error))
    return FALSE;
  lathe_hyperparameter_set (amount, hyperparameters, value);
  return TRUE;
}

/**
 * lathe_augmentation_list_read:
 * @list: names, or names and amounts: a name alone stands for what is usual
 * @hyperparameters: (inout): what the list does not name stays as it is
 *
 * Errors: LATHE_ERROR_INVALID, of a name with the names that there are.
 */
gboolean
lathe_augmentation_list_read (const char *list, LatheHyperparameters *hyperparameters, GError **error)
{
  g_auto (GStrv) texts = g_strsplit (list, ",", -1);

  for (guint i = 0; texts[i] != NULL; i++)
    if (!read_one (texts[i], hyperparameters, error))
      return FALSE;
  return TRUE;
}
