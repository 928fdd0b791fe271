/* test-viewport.c: what zooming, scrolling and lining up on a canvas promise.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib.h>
#include <math.h>

#include "wb-snap.h"
#include "wb-viewport.h"

#define EPSILON 1e-6

static const WbViewport start = {.x = -40, .y = 120, .zoom = 0.75, .width = 800, .height = 600};

static void
assert_same_point (WbPoint a, WbPoint b)
{
  g_assert_cmpfloat_with_epsilon (a.x, b.x, EPSILON);
  g_assert_cmpfloat_with_epsilon (a.y, b.y, EPSILON);
}

/* How much of a box is seen, as a box in pixels that may be empty. */
static WbBox
seen_of (const WbViewport *viewport, WbBox box)
{
  WbBox on_screen = wb_viewport_box_from_canvas (viewport, box);
  double left = MAX (on_screen.x, 0), top = MAX (on_screen.y, 0);

  return (WbBox){left, top, MIN (on_screen.x + on_screen.width, viewport->width) - left,
                 MIN (on_screen.y + on_screen.height, viewport->height) - top};
}

static void
test_screen_and_canvas_are_inverse (void)
{
  WbPoint pixel = {123, 456};
  WbBox visible = wb_viewport_get_visible (&start);

  assert_same_point (wb_viewport_from_canvas (&start, wb_viewport_to_canvas (&start, pixel)), pixel);
  assert_same_point (wb_viewport_to_canvas (&start, (WbPoint){0, 0}), (WbPoint){start.x, start.y});
  assert_same_point (wb_viewport_to_canvas (&start, (WbPoint){start.width, start.height}),
                     (WbPoint){visible.x + visible.width, visible.y + visible.height});
}

static void
test_what_is_zoomed_about_holds_still (void)
{
  static const double zooms[] = {2, 0.1, 0.001, 100, 1};
  WbPoint pixel = {311, 77};

  for (guint i = 0; i < G_N_ELEMENTS (zooms); i++)
    {
      WbViewport viewport = start;

      wb_viewport_zoom_about (&viewport, pixel, zooms[i]);
      g_assert_cmpfloat (viewport.zoom, ==, CLAMP (zooms[i], WB_ZOOM_LEAST, WB_ZOOM_MOST));
      assert_same_point (wb_viewport_to_canvas (&viewport, pixel), wb_viewport_to_canvas (&start, pixel));
    }
}

static void
test_scrolling_is_by_pixels (void)
{
  WbViewport viewport = start;

  wb_viewport_scroll (&viewport, 30, -12);
  assert_same_point (wb_viewport_to_canvas (&viewport, (WbPoint){0, 0}),
                     wb_viewport_to_canvas (&start, (WbPoint){30, -12}));
}

static void
test_a_box_is_fitted_in_the_middle (void)
{
  static const WbBox boxes[] = {{-500, 40, 2000, 300}, {10, 10, 30, 900}, {0, 0, 0, 0}, {5, 6, 20, 10}};

  for (guint i = 0; i < G_N_ELEMENTS (boxes); i++)
    {
      WbViewport viewport = start;
      WbBox seen;

      wb_viewport_fit (&viewport, boxes[i], 24, 1);
      seen = wb_viewport_box_from_canvas (&viewport, boxes[i]);
      g_assert_cmpfloat (viewport.zoom, <=, 1);
      g_assert_cmpfloat_with_epsilon (seen.x + seen.width / 2, 400, EPSILON);
      g_assert_cmpfloat_with_epsilon (seen.y + seen.height / 2, 300, EPSILON);
      g_assert_cmpfloat (seen.x, >=, 24 - EPSILON);
      g_assert_cmpfloat (seen.y, >=, 24 - EPSILON);
      g_assert_true (viewport.zoom == 1 || seen.x < 24 + EPSILON || seen.y < 24 + EPSILON);
    }
}

static void
test_a_box_too_large_is_shown_from_its_beginning (void)
{
  WbViewport viewport = start;

  wb_viewport_fit (&viewport, (WbBox){1000, 2000, 240, 300000}, 24, 1);
  g_assert_cmpfloat (viewport.zoom, ==, WB_ZOOM_LEAST);
  g_assert_cmpfloat_with_epsilon (wb_viewport_from_canvas (&viewport, (WbPoint){1120, 0}).x, 400, EPSILON);
  g_assert_cmpfloat_with_epsilon (wb_viewport_from_canvas (&viewport, (WbPoint){0, 2000}).y, 24, EPSILON);
}

static void
test_the_drawing_is_never_lost (void)
{
  static const WbBox extents[] = {{0, 0, 300, 20000}, {-50, -50, 10, 10}, {0, 0, 0, 0}, {900, -900, 5000, 40}};
  static const double far[] = {-1e7, -3000, 0, 3000, 1e7};
  static const double zooms[] = {0.01, 0.3, 1, 9};

  for (guint i = 0; i < G_N_ELEMENTS (extents); i++)
    for (guint j = 0; j < G_N_ELEMENTS (far) * G_N_ELEMENTS (far) * G_N_ELEMENTS (zooms); j++)
      {
        WbViewport viewport = {
            .x = far[j % 5], .y = far[j / 5 % 5], .zoom = zooms[j / 25], .width = 800, .height = 600};
        WbViewport again;
        WbBox seen;

        wb_viewport_clamp (&viewport, extents[i], 80);
        seen = seen_of (&viewport, extents[i]);
        g_assert_cmpfloat (viewport.zoom, >=, WB_ZOOM_LEAST);
        g_assert_cmpfloat (viewport.zoom, <=, WB_ZOOM_MOST);
        g_assert_cmpfloat (seen.width, >=, MIN (80, extents[i].width * viewport.zoom) - EPSILON);
        g_assert_cmpfloat (seen.height, >=, MIN (80, extents[i].height * viewport.zoom) - EPSILON);

        again = viewport;
        wb_viewport_clamp (&again, extents[i], 80);
        assert_same_point ((WbPoint){again.x, again.y}, (WbPoint){viewport.x, viewport.y});
      }
}

static void
test_a_view_that_is_near_enough_stays (void)
{
  WbViewport viewport = start;

  wb_viewport_clamp (&viewport, (WbBox){0, 0, 300, 2000}, 80);
  assert_same_point ((WbPoint){viewport.x, viewport.y}, (WbPoint){start.x, start.y});
}

static void
test_revealing_scrolls_no_farther_than_needed (void)
{
  WbViewport viewport = {.zoom = 2, .width = 400, .height = 300}; /* 200 × 150 units are seen */

  g_assert_false (wb_viewport_reveal (&viewport, (WbBox){10, 10, 50, 50}, 8));
  g_assert_true (wb_viewport_reveal (&viewport, (WbBox){180, 10, 50, 50}, 8));
  assert_same_point ((WbPoint){viewport.x, viewport.y}, (WbPoint){180 + 50 + 4 - 200, 0});
  g_assert_true (wb_viewport_reveal (&viewport, (WbBox){0, -100, 50, 50}, 8));
  assert_same_point ((WbPoint){viewport.x, viewport.y}, (WbPoint){-4, -104});
  g_assert_true (wb_viewport_reveal (&viewport, (WbBox){1000, 0, 900, 10}, 8));
  g_assert_cmpfloat_with_epsilon (viewport.x, 1000, EPSILON);
}

static void
test_the_overview_holds_all (void)
{
  static const WbBox extents[] = {{0, 0, 300, 20000}, {-50, -50, 10, 10}, {3000, 3000, 10, 10}, {0, 0, 0, 0}};

  for (guint i = 0; i < G_N_ELEMENTS (extents); i++)
    {
      WbViewport map = wb_viewport_overview (&start, extents[i], 120, 160, 6);
      WbBox both[] = {extents[i], wb_viewport_get_visible (&start)};

      for (guint j = 0; j < 2; j++)
        {
          WbBox box = wb_viewport_box_from_canvas (&map, both[j]);

          g_assert_cmpfloat (box.x, >=, 6 - EPSILON);
          g_assert_cmpfloat (box.y, >=, 6 - EPSILON);
          g_assert_cmpfloat (box.x + box.width, <=, 114 + EPSILON);
          g_assert_cmpfloat (box.y + box.height, <=, 154 + EPSILON);
        }
    }
}

static void
test_a_press_on_the_overview_is_centred (void)
{
  WbViewport viewport = start, map = wb_viewport_overview (&start, (WbBox){0, 0, 300, 20000}, 120, 160, 6);
  WbPoint pressed = wb_viewport_to_canvas (&map, (WbPoint){60, 100});

  wb_viewport_centre_on (&viewport, pressed);
  g_assert_cmpfloat (viewport.zoom, ==, start.zoom);
  assert_same_point (wb_viewport_from_canvas (&viewport, pressed), (WbPoint){400, 300});
}

static const WbBox still[] = {{0, 0, 100, 40}, {0, 80, 100, 40}, {200, 80, 60, 40}};

static void
test_what_is_near_a_middle_snaps_to_it (void)
{
  WbSnap snap = wb_snap ((WbBox){3, 205, 100, 40}, still, 3, 6);

  assert_same_point (snap.middle, (WbPoint){50, 225});
  g_assert_cmpuint (snap.n_guides, ==, 1);
  assert_same_point (snap.guides[0].from, (WbPoint){50, 0});
  assert_same_point (snap.guides[0].to, (WbPoint){50, 245});
}

static void
test_both_ways_snap_at_once (void)
{
  WbSnap snap = wb_snap ((WbBox){-2, 76, 100, 40}, &still[2], 1, 6);

  assert_same_point (snap.middle, (WbPoint){48, 100});
  g_assert_cmpuint (snap.n_guides, ==, 1);
  assert_same_point (snap.guides[0].from, (WbPoint){-2, 100});
  assert_same_point (snap.guides[0].to, (WbPoint){260, 100});

  snap = wb_snap ((WbBox){181, 84, 100, 40}, still, 3, 6);
  assert_same_point (snap.middle, (WbPoint){230, 100});
  g_assert_cmpuint (snap.n_guides, ==, 2);
}

static void
test_what_is_far_off_does_not_snap (void)
{
  WbSnap snap = wb_snap ((WbBox){7, 207, 100, 40}, still, 3, 6);

  assert_same_point (snap.middle, (WbPoint){57, 227});
  g_assert_cmpuint (snap.n_guides, ==, 0);
  g_assert_cmpuint (wb_snap ((WbBox){0, 0, 10, 10}, NULL, 0, 6).n_guides, ==, 0);
}

static void
test_the_nearest_middle_wins (void)
{
  static const WbBox others[] = {{0, 0, 100, 40}, {5, 80, 100, 40}};

  g_assert_cmpfloat (wb_snap ((WbBox){4, 200, 100, 40}, others, 2, 6).middle.x, ==, 55);
  g_assert_cmpfloat (wb_snap ((WbBox){2, 200, 100, 40}, others, 2, 6).middle.x, ==, 50);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/viewport/screen-and-canvas-are-inverse", test_screen_and_canvas_are_inverse);
  g_test_add_func ("/viewport/what-is-zoomed-about-holds-still", test_what_is_zoomed_about_holds_still);
  g_test_add_func ("/viewport/scrolling-is-by-pixels", test_scrolling_is_by_pixels);
  g_test_add_func ("/viewport/a-box-is-fitted-in-the-middle", test_a_box_is_fitted_in_the_middle);
  g_test_add_func ("/viewport/a-box-too-large-is-shown-from-its-beginning",
                   test_a_box_too_large_is_shown_from_its_beginning);
  g_test_add_func ("/viewport/the-drawing-is-never-lost", test_the_drawing_is_never_lost);
  g_test_add_func ("/viewport/a-view-that-is-near-enough-stays", test_a_view_that_is_near_enough_stays);
  g_test_add_func ("/viewport/revealing-scrolls-no-farther-than-needed", test_revealing_scrolls_no_farther_than_needed);
  g_test_add_func ("/viewport/the-overview-holds-all", test_the_overview_holds_all);
  g_test_add_func ("/viewport/a-press-on-the-overview-is-centred", test_a_press_on_the_overview_is_centred);
  g_test_add_func ("/snap/what-is-near-a-middle-snaps-to-it", test_what_is_near_a_middle_snaps_to_it);
  g_test_add_func ("/snap/both-ways-snap-at-once", test_both_ways_snap_at_once);
  g_test_add_func ("/snap/what-is-far-off-does-not-snap", test_what_is_far_off_does_not_snap);
  g_test_add_func ("/snap/the-nearest-middle-wins", test_the_nearest_middle_wins);
  return g_test_run ();
}
