/* test-object-list.c: a list that is replaced tells of what is another one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-object-list.h"

typedef struct
{
  guint n, position, removed, added;
} Told;

static void
on_changed (GListModel *model, guint position, guint removed, guint added, Told *told)
{
  *told = (Told){told->n + 1, position, removed, added};
}

/* Those of `all` whose letters are in `which`, in that order. */
static GPtrArray *
pick (GPtrArray *all, const char *which)
{
  GPtrArray *picked = g_ptr_array_new_with_free_func (g_object_unref);

  for (; *which != '\0'; which++)
    g_ptr_array_add (picked, g_object_ref (all->pdata[*which - 'a']));
  return picked;
}

static void
test_only_what_is_another_one_is_told (void)
{
  static const struct
  {
    const char *before, *after;
    guint position, removed, added; /* none of them: nothing is told */
  } cases[] = {{"", "", 0, 0, 0},        {"", "abc", 0, 0, 3},     {"abc", "", 0, 3, 0},     {"abc", "abc", 0, 0, 0},
               {"abc", "dabc", 0, 0, 1}, {"abc", "abcd", 3, 0, 1}, {"abcd", "abd", 2, 1, 0}, {"abcd", "aefd", 1, 2, 2},
               {"abab", "ab", 2, 2, 0},  {"ab", "abab", 2, 0, 2},  {"abc", "cba", 0, 3, 3}};
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < 6; i++)
    g_ptr_array_add (all, g_object_new (G_TYPE_OBJECT, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WbObjectList) list = wb_object_list_new (G_TYPE_OBJECT);
      g_autoptr (GPtrArray) wanted = pick (all, cases[i].after);
      Told told = {0};

      wb_object_list_replace (list, pick (all, cases[i].before));
      g_signal_connect (list, "items-changed", G_CALLBACK (on_changed), &told);
      wb_object_list_replace (list, pick (all, cases[i].after));
      g_assert_cmpuint (told.n, ==, cases[i].removed > 0 || cases[i].added > 0);
      g_assert_cmpuint (told.position, ==, cases[i].position);
      g_assert_cmpuint (told.removed, ==, cases[i].removed);
      g_assert_cmpuint (told.added, ==, cases[i].added);
      g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, wanted->len);
      for (guint k = 0; k < wanted->len; k++)
        {
          g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (list), k);

          g_assert_true (item == wanted->pdata[k]);
        }
      g_assert_null (g_list_model_get_item (G_LIST_MODEL (list), wanted->len));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/object-list/replace", test_only_what_is_another_one_is_told);
  return g_test_run ();
}
