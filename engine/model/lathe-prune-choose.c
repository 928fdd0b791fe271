/* lathe-prune-choose.c: which channels go.
 *
 * Each layer's channels are measured by its mean, as the weights of one layer say nothing of how much another is
 * missed; those that go together have the mean of what all their makers say. The least of the whole network go first,
 * until what is left is within the goal. Wide layers lose several at a time, so that their channels go on filling the
 * vectors of a CPU.
 *
 * A layer keeps an eighth of its channels at least: what is less lets no more of an image through than the eye of a
 * needle, however much is learned afterwards.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-prune-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/lathe-error.h"

#define LEAST_SHARE 8 /* of a layer's channels: one in so many stays */

/* How many channels of a layer go at a time, from so many on. */
static const struct
{
  guint from, n;
} pieces[] = {{64, 8}, {16, 4}, {1, 1}};

/* Sets of channels that go at once. */
typedef struct
{
  guint home;     /* the node that makes them first */
  guint first, n; /* within `order` */
  double score;
} Piece;

typedef struct
{
  const LatheModel *model;
  const LatheChannels *channels;
  const LathePruning *pruning;
  double *score; /* by set */
  guint *home;   /* by set: the node that makes it first; G_MAXUINT: none does */
  guint *first;  /* by set: where in `makers` its own begin */
  guint *makers; /* nodes that make channels of a set, once for each channel */
  GArray *order; /* (element-type guint): the sets that may go, by home, and there the least missed first */
  GArray *gone;  /* (element-type Piece): in the order in which they go */
} Choice;

static void
choice_clear (Choice *choice)
{
  g_free (choice->score);
  g_free (choice->home);
  g_free (choice->first);
  g_free (choice->makers);
  g_clear_pointer (&choice->order, g_array_unref);
  g_clear_pointer (&choice->gone, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Choice, choice_clear)

static const LatheNode *
node_in_order (const Choice *choice, guint i)
{
  return lathe_graph_get_node (choice->model->graph, choice->channels->report->order[i]);
}

static gboolean
makes_channels (const LatheNode *node)
{
  return node->kind->channels == LATHE_CHANNELS_MADE;
}

/* --- Who makes what --- */

static void
find_makers (Choice *choice)
{
  const LatheChannels *channels = choice->channels;
  g_autofree guint *next = NULL;
  guint n = channels->n_sets, total = 0;

  choice->home = g_new (guint, n);
  choice->first = g_new0 (guint, n + 1);
  for (guint i = 0; i < n; i++)
    choice->home[i] = G_MAXUINT;
  for (guint i = 0; i < channels->report->n_nodes; i++)
    {
      const LatheNode *node = node_in_order (choice, i);

      for (guint c = 0; makes_channels (node) && c < lathe_channels_count (channels, node->index); c++, total++)
        {
          guint set = channels->set[node->index][c];

          choice->first[set + 1]++;
          if (choice->home[set] == G_MAXUINT)
            choice->home[set] = i;
        }
    }
  for (guint i = 0; i < n; i++)
    choice->first[i + 1] += choice->first[i];
  choice->makers = g_new (guint, MAX (1, total));
  next = g_memdup2 (choice->first, n * sizeof (guint));
  for (guint i = 0; i < channels->report->n_nodes; i++)
    {
      const LatheNode *node = node_in_order (choice, i);

      for (guint c = 0; makes_channels (node) && c < lathe_channels_count (channels, node->index); c++)
        choice->makers[next[channels->set[node->index][c]]++] = node->index;
    }
}

/* --- How much each is missed --- */

/* Of each of a tensor's last dimension: Σ |w|. */
static double *
sum_magnitudes (const LatheWeight *weight)
{
  guint columns = weight->shape.dim[weight->shape.rank - 1];
  double *sums = g_new0 (double, columns);

  for (gsize i = 0; i < lathe_shape_size (&weight->shape); i++)
    sums[i % columns] += fabs ((double) weight->data[i]);
  return sums;
}

/* Adds what one layer says of its channels. */
static void
listen (Choice *choice, const LatheNode *node, const char *parameter, guint *n_said)
{
  const LatheWeight *weight = lathe_model_find_weight (choice->model, node->name, parameter);
  g_autofree double *sums = sum_magnitudes (weight);
  guint n = lathe_channels_count (choice->channels, node->index);
  double mean = 0;

  for (guint c = 0; c < n; c++)
    mean += sums[c] / n;
  for (guint c = 0; c < n; c++)
    {
      guint set = choice->channels->set[node->index][c];

      choice->score[set] += mean > 0 ? sums[c] / mean : 0;
      n_said[set]++;
    }
}

/* Where a batch norm is to be asked, filters are for those that have none. */
static void
listen_to_norms (Choice *choice, guint *n_said)
{
  for (guint i = 0; i < choice->channels->report->n_nodes; i++)
    if (g_str_equal (node_in_order (choice, i)->kind->name, "batch-norm"))
      listen (choice, node_in_order (choice, i), "gamma", n_said);
}

static void
find_scores (Choice *choice)
{
  guint n = choice->channels->n_sets;
  g_autofree guint *n_said = g_new0 (guint, n), *by_norms = NULL;
  g_autofree double *scores = NULL;

  choice->score = g_new0 (double, n);
  if (choice->pruning->by == LATHE_PRUNE_BY_SCALE)
    {
      listen_to_norms (choice, n_said);
      by_norms = g_steal_pointer (&n_said);
      scores = g_steal_pointer (&choice->score);
      n_said = g_new0 (guint, n);
      choice->score = g_new0 (double, n);
    }
  for (guint i = 0; i < choice->channels->report->n_nodes; i++)
    if (makes_channels (node_in_order (choice, i)))
      listen (choice, node_in_order (choice, i), "weight", n_said);
  for (guint i = 0; i < n; i++)
    if (by_norms != NULL && by_norms[i] > 0)
      choice->score[i] = scores[i] / by_norms[i];
    else
      choice->score[i] /= MAX (1, n_said[i]);
}

/* --- In which order they go --- */

static int
compare_sets (gconstpointer a, gconstpointer b, gpointer data)
{
  const Choice *choice = data;
  guint x = *(const guint *) a, y = *(const guint *) b;

  if (choice->home[x] != choice->home[y])
    return choice->home[x] < choice->home[y] ? -1 : 1;
  if (choice->score[x] != choice->score[y])
    return choice->score[x] < choice->score[y] ? -1 : 1;
  return (x > y) - (x < y);
}

static int
compare_pieces (gconstpointer a, gconstpointer b)
{
  const Piece *x = a, *y = b;

  if (x->score != y->score)
    return x->score < y->score ? -1 : 1;
  return (x->first > y->first) - (x->first < y->first);
}

static void
add_piece (const Choice *choice, GArray *found, guint first, guint n)
{
  Piece piece = {.home = choice->home[g_array_index (choice->order, guint, first)], .first = first, .n = n};

  for (guint i = 0; i < n; i++)
    piece.score += choice->score[g_array_index (choice->order, guint, first + i)] / n;
  g_array_append_val (found, piece);
}

/* Of one home. The first piece is as large as makes the width that is left a multiple of the others. */
static void
add_pieces (const Choice *choice, GArray *found, guint first, guint n)
{
  guint at = 0, size = 1;

  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
    if (n >= pieces[i].from)
      {
        size = pieces[i].n;
        break;
      }
  for (guint take = n % size > 0 ? n % size : size; at < n; at += take, take = size)
    add_piece (choice, found, first + at, take);
}

static GArray *
list_pieces (Choice *choice)
{
  const LatheChannels *channels = choice->channels;
  GArray *found = g_array_new (FALSE, FALSE, sizeof (Piece)), *order;

  order = choice->order = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < channels->n_sets; i++)
    if (!channels->fixed[i] && choice->home[i] != G_MAXUINT)
      g_array_append_val (order, i);
  g_array_sort_with_data (order, compare_sets, choice);
  for (guint i = 0, n; i < order->len; i += n)
    {
      for (n = 1; i + n < order->len; n++)
        if (choice->home[g_array_index (order, guint, i + n)] != choice->home[g_array_index (order, guint, i)])
          break;
      add_pieces (choice, found, i, n);
    }
  g_array_sort (found, compare_pieces);
  return found;
}

/* Counts a piece's channels away from (-1) or back to (1) those of the layers that make them. FALSE: one of them has
 * too few now. */
static gboolean
count_piece (const Choice *choice, const Piece *piece, int by, guint *left)
{
  gboolean enough = TRUE;

  for (guint i = 0; i < piece->n; i++)
    {
      guint set = g_array_index (choice->order, guint, piece->first + i);

      for (guint at = choice->first[set]; at < choice->first[set + 1]; at++)
        {
          guint node = choice->makers[at];

          left[node] += (guint) by;
          enough &= left[node] >= MAX (1, lathe_channels_count (choice->channels, node) / LEAST_SHARE);
        }
    }
  return enough;
}

static void
find_order (Choice *choice)
{
  g_autoptr (GArray) found = list_pieces (choice);
  guint n_nodes = choice->channels->report->n_nodes;
  g_autofree guint *left = g_new0 (guint, n_nodes);

  choice->gone = g_array_new (FALSE, FALSE, sizeof (Piece));
  for (guint i = 0; i < n_nodes; i++)
    left[i] = lathe_channels_count (choice->channels, i);
  for (guint i = 0; i < found->len; i++)
    {
      const Piece *piece = &g_array_index (found, Piece, i);

      if (count_piece (choice, piece, -1, left))
        g_array_append_vals (choice->gone, piece, 1);
      else
        count_piece (choice, piece, 1, left);
    }
}

/* --- How many go --- */

/* The first n pieces. */
static gboolean *
mark_gone (const Choice *choice, guint n)
{
  gboolean *gone = g_new0 (gboolean, choice->channels->n_sets);

  for (guint i = 0; i < n; i++)
    {
      const Piece *piece = &g_array_index (choice->gone, Piece, i);

      for (guint j = 0; j < piece->n; j++)
        gone[g_array_index (choice->order, guint, piece->first + j)] = TRUE;
    }
  return gone;
}

/* What is left of the whole, as a share. */
static double
weigh (const Choice *choice, guint n)
{
  g_autofree gboolean *gone = mark_gone (choice, n);
  g_autoptr (LatheGraph) graph = lathe_prune_graph (choice->model->graph, choice->channels, gone);
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  const LatheGraphReport *whole = choice->channels->report;

  g_assert (report->works);
  return choice->pruning->of == LATHE_PRUNE_PARAMETERS
             ? (double) report->parameters / (double) MAX (1, whole->parameters)
             : (double) report->multiply_adds / (double) MAX (1, whole->multiply_adds);
}

/**
 * lathe_prune_choose:
 *
 * Errors: LATHE_ERROR_INVALID when not as much can go, with how much can.
 *
 * Returns: (transfer full): of each set, whether it goes
 */
gboolean *
lathe_prune_choose (const LatheModel *model, const LatheChannels *channels, const LathePruning *pruning, GError **error)
{
  g_auto (Choice) choice = {.model = model, .channels = channels, .pruning = pruning};
  double goal = 1 - pruning->share, least;
  guint few = 0, enough;

  find_makers (&choice);
  find_scores (&choice);
  find_order (&choice);
  enough = choice.gone->len;
  least = weigh (&choice, enough);
  if (least > goal)
    {
      g_set_error (
          error, LATHE_ERROR, LATHE_ERROR_INVALID,
          pruning->of == LATHE_PRUNE_PARAMETERS
              ? _ ("Of this network’s parameters no more than %.1f %% can be taken out with whole channels, as "
                   "each layer keeps some: ask for less")
              : _ ("Of this network’s multiply-adds no more than %.1f %% can be taken out with whole channels, "
                   "as each layer keeps some: ask for less"),
          100 * (1 - least));
      return NULL;
    }
  while (enough - few > 1)
    {
      guint middle = few + (enough - few) / 2;

      if (weigh (&choice, middle) <= goal)
        enough = middle;
      else
        few = middle;
    }
  return mark_gone (&choice, enough);
}
