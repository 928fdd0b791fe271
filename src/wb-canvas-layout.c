/* wb-canvas-layout.c: cards and edges get their places.
 *
 * Of a small network at once. A large one is laid out on a thread, from a copy of what there is to know, and until that
 * is there, it is drawn with what is where it was; edits go on meanwhile. One thread is at it at a time: when it is
 * done and something else has been asked for since, that is begun, and what was made is thrown away.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-canvas-private.h"

#include "wb-thread.h"

/* Cards and edges for which the main loop waits: it takes up to 3 ms. Edges that go round what a person placed take
 * longer. */
#define MOST_AT_ONCE 400
#define MOST_PLACED_AT_ONCE 200
#define FRAME_MARGIN 14
#define PADDING 12 /* below what is wrong with a card */

/* --- What there is to know --- */

typedef struct
{
  WbLayoutNode *nodes;
  WbLayoutEdge *edges;
  guint n_nodes, n_edges;
  WbLayoutDirection direction;
} Input;

static void
input_free (gpointer data)
{
  Input *input = data;

  g_free (input->nodes);
  g_free (input->edges);
  g_free (input);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Input, input_free)

static Input *
make_input (WbCanvas *self)
{
  Input *input = g_new (Input, 1);

  *input = (Input){.n_nodes = self->cards->len, .n_edges = self->edges->len, .direction = self->direction};
  input->nodes = g_new0 (WbLayoutNode, MAX (input->n_nodes, 1));
  input->edges = g_new0 (WbLayoutEdge, MAX (input->n_edges, 1));
  for (guint i = 0; i < input->n_nodes; i++)
    {
      const WbCard *card = wb_canvas_card (self, i);
      const LatheNode *node = lathe_graph_get_node (self->graph, card->first);
      double below = card->problem != NULL ? card->problem_height + PADDING : 0;

      input->nodes[i] = (WbLayoutNode){self->card_width, self->head + below, node->placed, node->x, node->y};
    }
  for (guint i = 0; i < input->n_edges; i++)
    {
      const WbEdge *edge = wb_canvas_edge (self, i);

      input->edges[i] = (WbLayoutEdge){self->card_of[edge->from], self->card_of[edge->to]};
    }
  return input;
}

/* --- Frames --- */

/* The number of each open group, in the order in which they are met. */
static guint *
number_groups (WbCanvas *self, GPtrArray *names)
{
  guint n = lathe_graph_get_n_nodes (self->graph);
  guint *group_of = g_new (guint, MAX (self->cards->len, 1));
  g_autoptr (GHashTable) numbers = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < n; i++)
    {
      const char *group = lathe_graph_get_node (self->graph, i)->group;
      gpointer number;

      group_of[self->card_of[i]] = G_MAXUINT;
      if (group == NULL || !g_hash_table_contains (self->open_groups, group))
        continue;
      if (!g_hash_table_lookup_extended (numbers, group, NULL, &number))
        {
          number = GUINT_TO_POINTER (names->len);
          g_hash_table_insert (numbers, (gpointer) group, number);
          g_ptr_array_add (names, (gpointer) group);
        }
      group_of[self->card_of[i]] = GPOINTER_TO_UINT (number);
    }
  return group_of;
}

static void
frame_groups (WbCanvas *self)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree guint *group_of = number_groups (self, names);
  g_autoptr (GArray) found = wb_layout_frame_groups (self->layout, group_of, names->len, FRAME_MARGIN, WB_FRAME_HEAD);

  g_clear_pointer (&self->frames, g_array_unref);
  self->frames = g_array_new (FALSE, FALSE, sizeof (WbFrame));
  for (guint i = 0; i < found->len; i++)
    {
      const WbLayoutFrame *part = &g_array_index (found, WbLayoutFrame, i);
      WbFrame frame = {names->pdata[part->group], part->box};

      g_array_append_val (self->frames, frame);
    }
}

/* --- Where things were --- */

/* A group may be called as a layer is. */
static char *
key_of (WbCanvas *self, guint card)
{
  const char *group = wb_canvas_card (self, card)->group;

  return group != NULL ? g_strconcat ("\1", group, NULL) : g_strdup (wb_canvas_node_of (self, card)->name);
}

void
wb_canvas_forget_places (WbCanvas *self)
{
  g_clear_pointer (&self->before, wb_layout_free);
  g_clear_pointer (&self->places, g_hash_table_unref);
}

void
wb_canvas_remember_places (WbCanvas *self)
{
  wb_canvas_forget_places (self);
  if (self->cards == NULL)
    return;
  self->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < self->cards->len; i++)
    g_hash_table_insert (self->places, key_of (self, i), GUINT_TO_POINTER (i));
  self->before = g_steal_pointer (&self->layout);
}

static WbLayout *
lay_out_meanwhile (WbCanvas *self, const Input *input)
{
  g_autofree guint *was = g_new (guint, input->n_nodes);

  for (guint i = 0; i < input->n_nodes; i++)
    {
      g_autofree char *key = key_of (self, i);
      gpointer found;

      was[i] = G_MAXUINT;
      if (self->places != NULL && g_hash_table_lookup_extended (self->places, key, NULL, &found))
        was[i] = GPOINTER_TO_UINT (found);
    }
  return wb_layout_new_meanwhile (self->before, was, input->nodes, input->n_nodes, input->edges, input->n_edges,
                                  input->direction);
}

/* --- On a thread --- */

static gpointer
lay_out (gpointer data, GCancellable *cancellable, GError **error)
{
  const Input *input = data;

  return wb_layout_new (input->nodes, input->n_nodes, input->edges, input->n_edges, input->direction);
}

static void begin (WbCanvas *self, Input *input);

static void
on_laid_out (GObject *owner, gpointer result, const GError *error, gpointer generation)
{
  WbCanvas *self = WB_CANVAS (owner);
  g_autoptr (WbLayout) layout = result;

  self->laying_out = FALSE;
  if (self->cards == NULL || !self->awaited)
    return;
  if (GPOINTER_TO_UINT (generation) != self->generation)
    {
      begin (self, make_input (self));
      return;
    }
  g_clear_pointer (&self->layout, wb_layout_free);
  self->layout = g_steal_pointer (&layout);
  self->awaited = FALSE;
  wb_canvas_forget_routes (self);
  frame_groups (self);
  wb_canvas_laid_out (self);
}

static void
begin (WbCanvas *self, Input *input)
{
  self->laying_out = TRUE;
  wb_thread_call (G_OBJECT (self), lay_out, input, input_free, (GDestroyNotify) wb_layout_free, NULL, on_laid_out,
                  GUINT_TO_POINTER (self->generation));
}

static gboolean
is_large (const Input *input)
{
  guint most = MOST_AT_ONCE;

  for (guint i = 0; i < input->n_nodes; i++)
    if (input->nodes[i].placed)
      most = MOST_PLACED_AT_ONCE;
  return input->n_nodes + input->n_edges > most;
}

void
wb_canvas_lay_out (WbCanvas *self)
{
  g_autoptr (Input) input = make_input (self);

  self->generation++;
  self->awaited = is_large (input);
  if (self->awaited)
    self->layout = lay_out_meanwhile (self, input);
  else
    self->layout = lay_out (input, NULL, NULL);
  wb_canvas_forget_places (self);
  frame_groups (self);
  if (self->awaited && !self->laying_out)
    begin (self, g_steal_pointer (&input));
}

gboolean
wb_canvas_is_held (WbCanvas *self)
{
  return self->awaited && self->fresh;
}
