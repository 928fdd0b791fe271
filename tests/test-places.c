/* test-places.c: what is promised about places of a list that come and go few at a time, and about what is done soon.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-places.h"
#include "wb-soon.h"

#define WIDGETS 100
#define AT_A_TIME 16

typedef struct
{
  WbPlaces *places;
  guint n_changes, most, n_settled;
} Fixture;

static void
on_changed (Fixture *fixture, guint position, guint n_gone, guint n_new)
{
  fixture->n_changes++;
  if (position < WIDGETS)
    fixture->most = MAX (fixture->most, MAX (MIN (n_gone, WIDGETS - position), MIN (n_new, WIDGETS - position)));
}

static void
on_settled (Fixture *fixture)
{
  fixture->n_settled++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->places = g_object_new (WB_TYPE_PLACES, NULL);
  wb_places_set_view (fixture->places, WIDGETS, AT_A_TIME);
  g_signal_connect_swapped (fixture->places, "items-changed", G_CALLBACK (on_changed), fixture);
  g_signal_connect_swapped (fixture->places, "settled", G_CALLBACK (on_settled), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->places);
}

static guint
count (Fixture *fixture)
{
  return g_list_model_get_n_items (G_LIST_MODEL (fixture->places));
}

static void
wait_until_settled (Fixture *fixture)
{
  while (fixture->n_settled == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_few_come_and_go_at_a_time (Fixture *fixture, gconstpointer data)
{
  const guint numbers[] = {100000, 40, 0, 50, 200, 199};

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      fixture->n_settled = fixture->most = 0;
      wb_places_set_n (fixture->places, numbers[i]);
      wait_until_settled (fixture);
      g_assert_cmpuint (fixture->n_settled, ==, 1);
      g_assert_cmpuint (count (fixture), ==, numbers[i]);
      g_assert_cmpuint (fixture->most, <=, AT_A_TIME);
    }
}

static void
test_what_no_view_has_widgets_for_comes_at_once (Fixture *fixture, gconstpointer data)
{
  wb_places_set_n (fixture->places, 100000);
  wait_until_settled (fixture);
  g_assert_cmpuint (fixture->n_changes, <=, WIDGETS / AT_A_TIME + 1);
}

static void
test_other_number_counts_while_they_come (Fixture *fixture, gconstpointer data)
{
  wb_places_set_n (fixture->places, 100000);
  wb_places_set_n (fixture->places, 20);
  wait_until_settled (fixture);
  g_assert_cmpuint (count (fixture), ==, 20);
}

static void
test_place_that_stays_has_the_same_item (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GObject) before = NULL, after = NULL, other = NULL;

  wb_places_set_n (fixture->places, 30);
  wb_places_settle (fixture->places);
  before = g_list_model_get_item (G_LIST_MODEL (fixture->places), 12);
  wb_places_splice (fixture->places, 4, 2, 5);
  g_assert_cmpuint (count (fixture), ==, 33);
  after = g_list_model_get_item (G_LIST_MODEL (fixture->places), 15);
  other = g_list_model_get_item (G_LIST_MODEL (fixture->places), 12);
  g_assert_true (before == after);
  g_assert_true (before != other);
}

/* --- What is done soon --- */

static void
count_up (gpointer n)
{
  (*(guint *) n)++;
}

static void
test_what_is_asked_for_thrice_is_done_once (void)
{
  guint first = 0, second = 0, third = 0;
  WbSoon soon[3];

  wb_soon_init (&soon[0], count_up, &first);
  wb_soon_init (&soon[1], count_up, &second);
  wb_soon_init (&soon[2], count_up, &third);
  for (guint i = 0; i < 9; i++)
    wb_soon_ask (&soon[i % 3]);
  g_assert_cmpuint (first, ==, 0);
  wb_soon_clear (&soon[2]);
  g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (first + second, ==, 1); /* a turn of its own for each */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (first, ==, 1);
  g_assert_cmpuint (second, ==, 1);
  g_assert_cmpuint (third, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/places/few-come-and-go-at-a-time", Fixture, NULL, set_up, test_few_come_and_go_at_a_time, tear_down);
  g_test_add ("/places/what-no-view-has-widgets-for-comes-at-once", Fixture, NULL, set_up,
              test_what_no_view_has_widgets_for_comes_at_once, tear_down);
  g_test_add ("/places/other-number-counts-while-they-come", Fixture, NULL, set_up,
              test_other_number_counts_while_they_come, tear_down);
  g_test_add ("/places/place-that-stays-has-the-same-item", Fixture, NULL, set_up,
              test_place_that_stays_has_the_same_item, tear_down);
  g_test_add_func ("/soon/what-is-asked-for-thrice-is-done-once", test_what_is_asked_for_thrice_is_done_once);
  return g_test_run ();
}
