/* wb-part.c: what a network is put together of, as choices in a list. The id of a layer is its kind's name; that of a
 * block begins with what it is, and a slash, which is in no name.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-part.h"

#include <glib/gi18n.h>
#include <string.h>

#include "wb-blocks.h"

#define BLOCK "block/"
#define OWN "own/"

gboolean
wb_part_find (const char *id, WbPart *part)
{
  const WbBlock *own;

  *part = (WbPart){0};
  if (g_str_has_prefix (id, BLOCK))
    part->block = lathe_block_find (id + strlen (BLOCK));
  else if (g_str_has_prefix (id, OWN))
    {
      own = wb_blocks_find (wb_blocks_get_default (), id + strlen (OWN));
      part->text = own != NULL ? own->text : NULL;
    }
  else
    part->kind = lathe_layer_kind_find (id);
  return part->kind != NULL || part->block != NULL || part->text != NULL;
}

/* --- As choices --- */

static const char *
group_title (LatheLayerGroup group)
{
  static const char *const titles[] = {
      [LATHE_LAYER_GROUP_INPUT] = N_ ("Input"),           [LATHE_LAYER_GROUP_CONVOLUTION] = N_ ("Convolution"),
      [LATHE_LAYER_GROUP_POOLING] = N_ ("Pooling"),       [LATHE_LAYER_GROUP_DENSE] = N_ ("Dense"),
      [LATHE_LAYER_GROUP_ACTIVATION] = N_ ("Activation"), [LATHE_LAYER_GROUP_REGULARISATION] = N_ ("Regularisation"),
      [LATHE_LAYER_GROUP_SHAPE] = N_ ("Shape"),           [LATHE_LAYER_GROUP_MERGE] = N_ ("Merge"),
  };

  return _ (titles[group]);
}

/* Group by group, as the list wants them. */
static void
add_kinds (WbChoiceList *list)
{
  guint n_kinds;
  const LatheLayerKind *const *kinds = lathe_layer_kinds (&n_kinds);

  for (LatheLayerGroup group = LATHE_LAYER_GROUP_CONVOLUTION; group <= LATHE_LAYER_GROUP_MERGE; group++)
    for (guint i = 0; i < n_kinds; i++)
      if (kinds[i]->group == group)
        wb_choice_list_add (list, group_title (group), kinds[i]->name, _ (kinds[i]->title), _ (kinds[i]->help));
}

static void
add_blocks (WbChoiceList *list)
{
  guint n;
  const LatheBlock *blocks = lathe_blocks (&n);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strconcat (BLOCK, blocks[i].name, NULL);
      /* Translators: what a block is, and where it was described first */
      g_autofree char *help = g_strdup_printf (_ ("%s (%s)"), _ (blocks[i].help), blocks[i].paper);

      wb_choice_list_add (list, _ ("Blocks"), id, _ (blocks[i].title), help);
    }
}

static void
add_own (WbChoiceList *list)
{
  GPtrArray *blocks = wb_blocks_list (wb_blocks_get_default ());

  wb_choice_list_remove_group (list, _ ("Your Blocks"));
  for (guint i = 0; i < blocks->len; i++)
    {
      const WbBlock *block = blocks->pdata[i];
      g_autofree char *id = g_strconcat (OWN, block->name, NULL);

      wb_choice_list_add_own (list, _ ("Your Blocks"), id, block->name, block->help, block->text != NULL);
    }
}

static void
on_removed (WbChoiceList *list, const char *id)
{
  gtk_widget_activate_action (GTK_WIDGET (list), "win.remove-block", "s", id + strlen (OWN));
}

void
wb_part_fill_list (WbChoiceList *list)
{
  if (!wb_choice_list_is_empty (list))
    return;
  add_kinds (list);
  add_blocks (list);
  add_own (list);
  g_signal_connect (list, "removed", G_CALLBACK (on_removed), NULL);
  g_signal_connect_object (wb_blocks_get_default (), "changed", G_CALLBACK (add_own), list, G_CONNECT_SWAPPED);
}
