/* wb-layout-frames.c: frames around groups of nodes, that leave others out.
 *
 * A group's nodes are taken one after the other: each joins the first frame that can grow around it without running
 * into another's node, or begins one of its own. What a frame cannot grow around, no larger one could either, so no two
 * frames are left that might have been one (unless there are more of them than anyone could read).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>

#include "wb-layout-private.h"

#define MOST_TRIED 64 /* of a group's frames, the newest */

typedef struct
{
  const WbLayout *layout;
  const guint *group_of;
  double margin, head;
  WbLayoutEdge *members; /* from a node to its group */
  guint *sorted;         /* nodes by their upper border; NULL until it is needed */
  double tallest;
  WbBox *others; /* of the nodes that are not of the group that is framed, in that order */
  guint n_others;
} Framer;

static gboolean
touch (WbBox a, WbBox b)
{
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

static int
compare_tops (gconstpointer a, gconstpointer b, gpointer boxes)
{
  double upper = ((const WbBox *) boxes)[*(const guint *) a].y, lower = ((const WbBox *) boxes)[*(const guint *) b].y;

  return (upper > lower) - (upper < lower);
}

static void
sort (Framer *framer)
{
  guint n = framer->layout->n_nodes;

  framer->sorted = g_new (guint, n);
  framer->others = g_new (WbBox, n);
  for (guint i = 0; i < n; i++)
    {
      framer->sorted[i] = i;
      framer->tallest = MAX (framer->tallest, framer->layout->boxes[i].height);
    }
  g_qsort_with_data (framer->sorted, (int) n, sizeof *framer->sorted, compare_tops, framer->layout->boxes);
}

static void
find_others (Framer *framer, guint group)
{
  if (framer->sorted == NULL)
    sort (framer);
  framer->n_others = 0;
  for (guint i = 0; i < framer->layout->n_nodes; i++)
    if (framer->group_of[framer->sorted[i]] != group)
      framer->others[framer->n_others++] = framer->layout->boxes[framer->sorted[i]];
}

static gboolean
is_free (const Framer *framer, WbBox box)
{
  guint low = 0, high = framer->n_others;

  while (low < high) /* to the first that could reach down into the box */
    {
      guint middle = (low + high) / 2;

      if (framer->others[middle].y + framer->tallest <= box.y)
        low = middle + 1;
      else
        high = middle;
    }
  for (guint i = low; i < framer->n_others && framer->others[i].y < box.y + box.height; i++)
    if (touch (framer->others[i], box))
      return FALSE;
  return TRUE;
}

static WbBox
frame_one (const Framer *framer, guint member)
{
  WbBox box = framer->layout->boxes[framer->members[member].from];

  return (WbBox){box.x - framer->margin, box.y - framer->head, box.width + 2 * framer->margin,
                 box.height + framer->head + framer->margin};
}

static void
frame_in_parts (Framer *framer, guint group, const guint *members, guint n, GArray *frames)
{
  guint start = frames->len;

  find_others (framer, group);
  for (guint i = 0; i < n; i++)
    {
      WbLayoutFrame alone = {group, frame_one (framer, members[i])};
      guint at = MAX (start + MOST_TRIED, frames->len) - MOST_TRIED;

      while (at < frames->len &&
             !is_free (framer, wb_box_united (g_array_index (frames, WbLayoutFrame, at).box, alone.box)))
        at++;
      if (at == frames->len)
        g_array_append_val (frames, alone);
      else
        {
          WbLayoutFrame *frame = &g_array_index (frames, WbLayoutFrame, at);

          frame->box = wb_box_united (frame->box, alone.box);
        }
    }
}

/* As one, if no other node is in the way. */
static void
frame_group (Framer *framer, guint group, const guint *members, guint n, GArray *frames)
{
  WbLayoutFrame frame = {group, frame_one (framer, members[0])};

  for (guint i = 1; i < n; i++)
    frame.box = wb_box_united (frame.box, frame_one (framer, members[i]));
  for (guint i = 0; i < framer->layout->n_nodes; i++)
    if (framer->group_of[i] != group && touch (framer->layout->boxes[i], frame.box))
      {
        frame_in_parts (framer, group, members, n, frames);
        return;
      }
  g_array_append_val (frames, frame);
}

GArray *
wb_layout_frame_groups (const WbLayout *layout, const guint *group_of, guint n_groups, double margin, double head)
{
  GArray *frames = g_array_new (FALSE, FALSE, sizeof (WbLayoutFrame));
  Framer framer = {.layout = layout, .group_of = group_of, .margin = margin, .head = head};
  g_auto (WbFan) fan = {NULL};
  guint n = 0;

  framer.members = g_new (WbLayoutEdge, layout->n_nodes);
  for (guint i = 0; i < layout->n_nodes; i++)
    if (group_of[i] != WB_NONE)
      framer.members[n++] = (WbLayoutEdge){i, group_of[i]};
  fan = wb_fan_entering (framer.members, n, n_groups);
  for (guint i = 0; i < n_groups; i++)
    if (fan.start[i + 1] > fan.start[i])
      frame_group (&framer, i, fan.edges + fan.start[i], fan.start[i + 1] - fan.start[i], frames);
  g_free (framer.members);
  g_free (framer.sorted);
  g_free (framer.others);
  return frames;
}
