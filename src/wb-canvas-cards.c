/* wb-canvas-cards.c: layers and closed groups become cards, who feeds whom becomes edges, and all get their places.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-canvas-private.h"

#include <glib/gi18n.h>
#include <math.h>

#include "wb-text.h"

#define LEAST_WIDTH 230
#define MOST_WIDTH 430
#define PADDING 12
#define MOST_PROBLEMS 24 /* that are written out; the others are outlined until these are mended */
#define MOST_TEXTS 10000 /* that are kept, of networks that are no longer shown too */
#define PORT_REACH 10    /* pixels */
#define EDGE_REACH 6     /* pixels */

WbCard *
wb_canvas_card (WbCanvas *self, guint index)
{
  return &g_array_index (self->cards, WbCard, index);
}

WbEdge *
wb_canvas_edge (WbCanvas *self, guint index)
{
  return &g_array_index (self->edges, WbEdge, index);
}

const LatheNode *
wb_canvas_node_of (WbCanvas *self, guint card)
{
  return lathe_graph_get_node (self->graph, wb_canvas_card (self, card)->node);
}

gboolean
wb_canvas_has (WbCanvas *self, guint card, guint node)
{
  return self->card_of[node] == card;
}

int
wb_canvas_find_card (WbCanvas *self, const char *name)
{
  const LatheNode *node = name != NULL && self->graph != NULL ? lathe_graph_find (self->graph, name) : NULL;

  return node != NULL ? (int) self->card_of[node->index] : -1;
}

/* --- Cards --- */

static void
clear_looks (GskRenderNode *looks[WB_N_DETAILS])
{
  for (guint i = 0; i < WB_N_DETAILS; i++)
    g_clear_pointer (&looks[i], gsk_render_node_unref);
}

static void
clear_card (gpointer data)
{
  WbCard *card = data;

  g_clear_pointer (&card->title, g_free);
  g_clear_pointer (&card->summary, g_free);
  g_clear_pointer (&card->shape, g_free);
  g_clear_pointer (&card->problem, gtk_widget_unparent);
  clear_looks (card->looks);
}

static void
clear_edge (gpointer data)
{
  clear_looks (((WbEdge *) data)->looks);
}

void
wb_canvas_forget_cards (WbCanvas *self)
{
  g_clear_pointer (&self->cards, g_array_unref);
  g_clear_pointer (&self->edges, g_array_unref);
  g_clear_pointer (&self->frames, g_array_unref);
  g_clear_pointer (&self->card_of, g_free);
  g_clear_pointer (&self->layout, wb_layout_free);
}

void
wb_canvas_forget_routes (WbCanvas *self)
{
  for (guint i = 0; self->edges != NULL && i < self->edges->len; i++)
    clear_looks (wb_canvas_edge (self, i)->looks);
}

void
wb_canvas_forget_looks (WbCanvas *self)
{
  for (guint i = 0; self->cards != NULL && i < self->cards->len; i++)
    clear_looks (wb_canvas_card (self, i)->looks);
  wb_canvas_forget_routes (self);
  g_hash_table_remove_all (self->texts);
  g_clear_pointer (&self->dots, gsk_render_node_unref);
}

static gboolean
is_closed (WbCanvas *self, const LatheNode *node)
{
  return node->group != NULL && !g_hash_table_contains (self->open_groups, node->group);
}

static void
add_layer (WbCanvas *self, const LatheNode *node)
{
  const LatheNodeReport *report = &self->report->nodes[node->index];
  gboolean is_input = node->kind->group == LATHE_LAYER_GROUP_INPUT; /* whose shape says it all */
  WbCard card = {.node = node->index, .first = node->index, .n_nodes = 1};

  card.broken = report->error != NULL;
  card.share = (double) report->multiply_adds;
  card.title = g_strdup (_ (node->kind->title));
  card.summary = node->kind->summary != NULL && !is_input ? node->kind->summary (&node->properties) : g_strdup ("");
  g_array_append_val (self->cards, card);
}

static void
add_to_group (WbCanvas *self, const LatheNode *node, GHashTable *groups)
{
  const LatheNodeReport *report = &self->report->nodes[node->index];
  gpointer found;
  WbCard *card;

  if (!g_hash_table_lookup_extended (groups, node->group, NULL, &found))
    {
      WbCard begun = {.first = node->index, .group = node->group, .title = g_strdup (node->group)};

      found = GUINT_TO_POINTER (self->cards->len);
      g_hash_table_insert (groups, node->group, found);
      g_array_append_val (self->cards, begun);
    }
  card = wb_canvas_card (self, GPOINTER_TO_UINT (found));
  card->node = node->index;
  card->n_nodes++;
  card->broken |= report->error != NULL;
  card->share += (double) report->multiply_adds;
  self->card_of[node->index] = GPOINTER_TO_UINT (found);
}

static void
finish_card (WbCanvas *self, WbCard *card)
{
  const LatheShape *output = &self->report->nodes[card->node].output;

  if (card->group != NULL)
    card->summary = g_strdup_printf (ngettext ("%u layer", "%u layers", card->n_nodes), card->n_nodes);
  card->shape = output->rank > 0 ? wb_text_shape (output) : g_strdup ("–");
  card->share = self->report->multiply_adds > 0 ? card->share / (double) self->report->multiply_adds : 0;
}

static void
collect_cards (WbCanvas *self)
{
  guint n = lathe_graph_get_n_nodes (self->graph);
  g_autoptr (GHashTable) groups = g_hash_table_new (g_str_hash, g_str_equal);

  self->cards = g_array_new (FALSE, FALSE, sizeof (WbCard));
  g_array_set_clear_func (self->cards, clear_card);
  self->card_of = g_new (guint, MAX (n, 1));
  for (guint i = 0; i < n; i++)
    {
      const LatheNode *node = lathe_graph_get_node (self->graph, i);

      self->card_of[i] = self->cards->len;
      if (is_closed (self, node))
        add_to_group (self, node, groups);
      else
        add_layer (self, node);
    }
  self->heaviest = G_MAXUINT;
  for (guint i = 0; i < self->cards->len; i++)
    {
      finish_card (self, wb_canvas_card (self, i));
      if (wb_canvas_card (self, i)->share >
          (self->heaviest == G_MAXUINT ? 0 : wb_canvas_card (self, self->heaviest)->share))
        self->heaviest = i;
    }
}

/* One edge between two cards, however many of their layers it stands for. */
static void
collect_edges (WbCanvas *self)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  guint n = lathe_graph_get_n_nodes (self->graph);

  self->edges = g_array_new (FALSE, FALSE, sizeof (WbEdge));
  g_array_set_clear_func (self->edges, clear_edge);
  for (guint i = 0; i < n; i++)
    {
      const LatheNode *node = lathe_graph_get_node (self->graph, i);

      for (guint j = 0; j < node->inputs->len; j++)
        {
          WbEdge edge = {.from = ((const LatheNode *) node->inputs->pdata[j])->index, .to = i};
          gint64 key = ((gint64) self->card_of[edge.from] << 32) | self->card_of[i];

          if (self->card_of[edge.from] != self->card_of[i] && g_hash_table_add (seen, g_memdup2 (&key, sizeof key)))
            g_array_append_val (self->edges, edge);
        }
    }
}

/* --- What is wrong --- */

static void
on_mend_clicked (GtkButton *button, WbCanvas *self)
{
  /* The button goes with what is shown now. */
  g_autoptr (LatheGraph) mended = g_object_steal_data (G_OBJECT (button), "mended");

  gtk_widget_grab_focus (GTK_WIDGET (self));
  wb_canvas_edited (self, mended);
}

static GtkWidget *
make_button (WbCanvas *self, LatheAdvice *advice)
{
  GtkWidget *button = gtk_button_new_with_label (advice->button);

  gtk_label_set_ellipsize (GTK_LABEL (gtk_button_get_child (GTK_BUTTON (button))), PANGO_ELLIPSIZE_END);
  gtk_widget_set_tooltip_text (button, advice->sentence);
  gtk_widget_set_halign (button, GTK_ALIGN_START);
  g_object_set_data_full (G_OBJECT (button), "mended", lathe_graph_ref (advice->mended),
                          (GDestroyNotify) lathe_graph_free);
  g_signal_connect (button, "clicked", G_CALLBACK (on_mend_clicked), self);
  return button;
}

/* The sentence, and a button for each way out. */
static void
add_problem (WbCanvas *self, WbCard *card, guint node)
{
  const char *reason = self->report->nodes[node].error->message;
  g_autofree char *named = g_strdup_printf ("%s %s", lathe_graph_get_node (self->graph, node)->name, reason);
  g_autofree char *sentence = card->group != NULL ? g_strdup (named) : wb_text_sentence (reason);
  g_autoptr (GPtrArray) ways = lathe_graph_advise (self->graph, self->report, node);
  GtkWidget *label = gtk_label_new (sentence);

  card->problem = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "error");
  gtk_box_append (GTK_BOX (card->problem), label);
  for (guint i = 0; i < ways->len; i++)
    gtk_box_append (GTK_BOX (card->problem), make_button (self, ways->pdata[i]));
  gtk_widget_set_parent (card->problem, GTK_WIDGET (self));
}

static void
add_problems (WbCanvas *self)
{
  guint n_problems = 0;

  for (guint i = 0; i < self->report->n_nodes && n_problems < MOST_PROBLEMS; i++)
    {
      WbCard *card = wb_canvas_card (self, self->card_of[i]);

      if (self->report->nodes[i].error == NULL || card->problem != NULL)
        continue;
      add_problem (self, card, i);
      n_problems++;
    }
}

/* --- Places --- */

/* All cards are as wide as the widest, so that they make a column. */
static void
measure_cards (WbCanvas *self)
{
  double widest = LEAST_WIDTH, line = 0;

  for (guint i = 0; i < self->cards->len; i++)
    {
      const WbCard *card = wb_canvas_card (self, i);
      const WbText *title = wb_canvas_text (self, WB_TEXT_TITLE, card->title, 0);
      const WbText *summary = wb_canvas_text (self, WB_TEXT_SUMMARY, card->summary, 0);
      const WbText *shape = wb_canvas_text (self, WB_TEXT_SHAPE, card->shape, 0);

      widest = MAX (widest, 2 * PADDING + title->width + 8 + summary->width + 18 + shape->width);
      line = MAX (line, title->height);
    }
  self->card_width = MIN (ceil (widest / 10) * 10, MOST_WIDTH);
  self->head = line + 2 * PADDING - 2;
  for (guint i = 0; i < self->cards->len; i++)
    {
      WbCard *card = wb_canvas_card (self, i);
      int height;

      if (card->problem == NULL)
        continue;
      gtk_widget_measure (card->problem, GTK_ORIENTATION_VERTICAL, (int) self->card_width - 2 * PADDING, NULL, &height,
                          NULL, NULL);
      card->problem_height = height;
    }
}

void
wb_canvas_make_cards (WbCanvas *self)
{
  wb_canvas_forget_cards (self);
  if (g_hash_table_size (self->texts) > MOST_TEXTS)
    g_hash_table_remove_all (self->texts);
  collect_cards (self);
  collect_edges (self);
  add_problems (self);
  measure_cards (self);
  wb_canvas_lay_out (self);
}

/* --- What is where --- */

static gboolean
is_near (WbPoint a, WbPoint b, double reach)
{
  return hypot (a.x - b.x, a.y - b.y) <= reach;
}

static gboolean
hit_port (WbCanvas *self, WbPoint point, WbHit *hit)
{
  double reach = PORT_REACH / self->view.zoom;

  for (guint i = self->cards->len; i-- > 0;)
    {
      gboolean output = is_near (point, wb_layout_get_output_port (self->layout, i), reach);

      if (!output && (wb_canvas_node_of (self, i)->kind->max_inputs == 0 ||
                      !is_near (point, wb_layout_get_input_port (self->layout, i), reach)))
        continue;
      *hit = (WbHit){output ? WB_HIT_OUTPUT : WB_HIT_INPUT, i};
      return TRUE;
    }
  return FALSE;
}

static gboolean
hit_frame (WbCanvas *self, WbPoint point, WbHit *hit)
{
  for (guint i = 0; i < self->frames->len; i++)
    {
      const WbFrame *frame = &g_array_index (self->frames, WbFrame, i);

      if (point.x < frame->box.x || point.x > frame->box.x + frame->box.width || point.y < frame->box.y ||
          point.y > frame->box.y + WB_FRAME_HEAD)
        continue;
      *hit = (WbHit){WB_HIT_FRAME, i};
      return TRUE;
    }
  return FALSE;
}

WbHit
wb_canvas_hit (WbCanvas *self, WbPoint pixel)
{
  WbHit hit = {WB_HIT_NOTHING, 0};
  WbPoint point = wb_viewport_to_canvas (&self->view, pixel);
  int found;

  if (self->layout == NULL || wb_canvas_is_held (self) ||
      (wb_canvas_get_detail (self) != WB_DETAIL_BOXES && hit_port (self, point, &hit)))
    return hit;
  found = wb_layout_node_at (self->layout, point);
  if (found >= 0)
    return (WbHit){WB_HIT_CARD, (guint) found};
  found = wb_layout_edge_at (self->layout, point, EDGE_REACH / self->view.zoom);
  if (found >= 0)
    return (WbHit){WB_HIT_EDGE, (guint) found};
  hit_frame (self, point, &hit);
  return hit;
}

static void
append_names (WbCanvas *self, guint card, GString *text, gboolean readers)
{
  const char *between = "";

  for (guint i = 0; i < self->edges->len; i++)
    {
      const WbEdge *edge = wb_canvas_edge (self, i);
      guint own = self->card_of[readers ? edge->from : edge->to];
      guint other = self->card_of[readers ? edge->to : edge->from];

      if (own != card)
        continue;
      g_string_append_printf (text, "%s%s", between, wb_canvas_card (self, other)->title);
      between = ", ";
    }
  if (*between == '\0')
    g_string_append (text, _ ("nothing"));
}

char *
wb_canvas_describe (WbCanvas *self, guint index)
{
  const WbCard *card = wb_canvas_card (self, index);
  g_autoptr (GString) from = g_string_new (NULL), to = g_string_new (NULL);

  append_names (self, index, from, FALSE);
  append_names (self, index, to, TRUE);
  /* Translators: a layer: its kind and properties, the shape of its output, what it reads, what reads it */
  return g_strdup_printf (_ ("%s %s, output %s. Reads: %s. Read by: %s"), card->title, card->summary, card->shape,
                          from->str, to->str);
}
