/* wb-snap.c: what is moved over a canvas lines up with what is there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-snap.h"

#include <math.h>

/* Middles that are this near are in line: sums of halves miss one another by a little. */
#define IN_LINE 1e-6

/* One way of looking at boxes: across an upright guide, or across a level one. */
typedef struct
{
  double middle;        /* across the guide */
  double start, length; /* along it */
} Side;

static Side
side_of (WbBox box, gboolean upright)
{
  if (upright)
    return (Side){box.x + box.width / 2, box.y, box.height};
  return (Side){box.y + box.height / 2, box.x, box.width};
}

/* The middle nearest to that of `moved`, the first of several; FALSE: none is within reach. */
static gboolean
find_middle (Side moved, const WbBox *others, guint n, double reach, gboolean upright, double *middle)
{
  double nearest = reach;
  gboolean found = FALSE;

  for (guint i = 0; i < n; i++)
    {
      Side other = side_of (others[i], upright);
      double distance = fabs (other.middle - moved.middle);

      if (distance < nearest || (distance == nearest && !found))
        {
          nearest = distance;
          *middle = other.middle;
          found = TRUE;
        }
    }
  return found;
}

static WbGuide
guide_at (double middle, WbBox moved, const WbBox *others, guint n, gboolean upright)
{
  Side self = side_of (moved, upright);
  double start = self.start, end = self.start + self.length;

  for (guint i = 0; i < n; i++)
    {
      Side other = side_of (others[i], upright);

      if (fabs (other.middle - middle) > IN_LINE)
        continue;
      start = MIN (start, other.start);
      end = MAX (end, other.start + other.length);
    }
  if (upright)
    return (WbGuide){{middle, start}, {middle, end}};
  return (WbGuide){{start, middle}, {end, middle}};
}

WbSnap
wb_snap (WbBox moved, const WbBox *others, guint n, double reach)
{
  WbSnap snap = {.middle = {side_of (moved, TRUE).middle, side_of (moved, FALSE).middle}};
  gboolean upright = find_middle (side_of (moved, TRUE), others, n, reach, TRUE, &snap.middle.x);
  gboolean level = find_middle (side_of (moved, FALSE), others, n, reach, FALSE, &snap.middle.y);

  moved.x = snap.middle.x - moved.width / 2;
  moved.y = snap.middle.y - moved.height / 2;
  if (upright)
    snap.guides[snap.n_guides++] = guide_at (snap.middle.x, moved, others, n, TRUE);
  if (level)
    snap.guides[snap.n_guides++] = guide_at (snap.middle.y, moved, others, n, FALSE);
  return snap;
}
