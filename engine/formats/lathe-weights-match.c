/* lathe-weights-match.c: which layer of a file is which of a network's.
 *
 * Names decide first: those of the network's layers, as they are, as the programs that Lathe writes have them, or as
 * the modules that an ONNX file was made of are called in it. What is left goes by order: of each kind and shape the
 * first of the network's is the first of the file's. A norm goes where the layer in front of it went.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-weights-match.h"

#include <string.h>

#include "lathe-program-torch.h"

/* Both sides, while they find each other. */
typedef struct
{
  GPtrArray *ours, *theirs;
  GHashTable *names; /* (element-type utf8 LatheTheirs): theirs by name, without what wraps it */
  gboolean in_order; /* theirs are in the order in which their network was put together */
} Match;

/* --- Names --- */

/* Ways to call a layer; where two fit as many, the first is taken. */
typedef enum
{
  AS_IN_PROGRAM,
  AS_IT_IS,
  AS_MODULE,
  N_WAYS
} Way;

/* “layer1/layer1.0/conv1/Conv” is the operator of the module layer1.0.conv1: a path whose members may repeat what they
 * are members of. (transfer full) (nullable) */
static char *
name_module (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);
  guint n = g_strv_length (parts);
  GString *module = g_string_new (NULL);

  for (guint i = 0; i + 1 < n; i++)
    {
      gboolean repeats = i > 0 && g_str_has_prefix (parts[i], parts[i - 1]) && parts[i][strlen (parts[i - 1])] == '.';

      if (repeats)
        g_string_truncate (module, module->len - strlen (parts[i - 1]));
      else if (i > 0)
        g_string_append_c (module, '.');
      g_string_append (module, parts[i]);
    }
  return g_string_free (module, n < 2);
}

/* What wraps a network for training puts a word in front of every name. */
static const char *
skip_wrappers (const char *name)
{
  static const char *const wrappers[] = {"module.", "_orig_mod."};

  for (guint i = 0; i < G_N_ELEMENTS (wrappers); i++)
    if (g_str_has_prefix (name, wrappers[i]))
      return skip_wrappers (name + strlen (wrappers[i]));
  return name;
}

/* (transfer container) (element-type utf8 LatheTheirs) */
static GHashTable *
index_theirs (GPtrArray *theirs)
{
  GHashTable *names = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < theirs->len; i++)
    g_hash_table_insert (names, (char *) skip_wrappers (((LatheTheirs *) theirs->pdata[i])->name), theirs->pdata[i]);
  return names;
}

static LatheTheirs *
find_by_name (const Match *match, const LatheOurs *ours, Way way, char **program)
{
  const LatheNode *node = ours->node;
  g_autofree char *module = way == AS_MODULE ? name_module (node->name) : NULL;
  const char *name = way == AS_IN_PROGRAM ? program[node->index] : way == AS_IT_IS ? node->name : module;

  return name != NULL ? g_hash_table_lookup (match->names, name) : NULL;
}

static void
take (LatheOurs *ours, LatheTheirs *theirs)
{
  ours->theirs = theirs;
  theirs->used = TRUE;
}

/* Returns: whether all names are those of a program of Lathe's, on both sides */
static gboolean
match_names (const Match *match, const LatheGraph *graph)
{
  g_auto (GStrv) program = lathe_torch_list_names (graph);
  guint n[N_WAYS] = {0};
  Way best = AS_IN_PROGRAM;

  for (guint way = 0; way < N_WAYS; way++)
    {
      for (guint i = 0; i < match->ours->len; i++)
        n[way] += find_by_name (match, match->ours->pdata[i], (Way) way, program) != NULL;
      if (n[way] > n[best])
        best = (Way) way;
    }
  for (guint i = 0; i < match->ours->len; i++)
    {
      LatheOurs *ours = match->ours->pdata[i];
      LatheTheirs *found = find_by_name (match, ours, best, program);

      ours->by_name = found != NULL && !found->used;
      if (ours->by_name)
        take (ours, found);
    }
  return n[AS_IN_PROGRAM] == match->ours->len && match->ours->len == match->theirs->len;
}

/* --- Norms --- */

static LatheTheirs *
check_norm (LatheTheirs *norm)
{
  return norm != NULL && !norm->used && lathe_theirs_is_norm (norm) ? norm : NULL;
}

/* “conv2” has “bn2” or “norm2”, and “downsample.0” has “downsample.1”. */
static LatheTheirs *
find_norm_by_name (const Match *match, const char *layer)
{
  static const char *const words[] = {"bn", "norm"};
  const char *conv = g_strrstr (layer, "conv"), *dot = strrchr (layer, '.');
  const char *last = dot != NULL ? dot + 1 : layer;
  g_autofree char *next = NULL;

  for (guint i = 0; conv != NULL && i < G_N_ELEMENTS (words); i++)
    {
      g_autofree char *name =
          g_strdup_printf ("%.*s%s%s", (int) (conv - layer), layer, words[i], conv + strlen ("conv"));
      LatheTheirs *norm = check_norm (g_hash_table_lookup (match->names, name));

      if (norm != NULL)
        return norm;
    }
  if (!g_ascii_isdigit (*last))
    return NULL;
  next = g_strdup_printf ("%.*s%" G_GUINT64_FORMAT, (int) (last - layer), layer, g_ascii_strtoull (last, NULL, 10) + 1);
  return check_norm (g_hash_table_lookup (match->names, next));
}

/* The norm of theirs that comes behind this layer of theirs and is not used yet. */
static LatheTheirs *
find_norm (const Match *match, const LatheTheirs *layer)
{
  LatheTheirs *norm = NULL;

  if (layer == NULL || lathe_theirs_is_norm (layer))
    return NULL;
  norm = find_norm_by_name (match, skip_wrappers (layer->name));
  if (norm == NULL && match->in_order && layer->index + 1 < match->theirs->len)
    norm = check_norm (match->theirs->pdata[layer->index + 1]);
  return norm;
}

static const LatheTheirs *
find_theirs_of (const Match *match, const LatheNode *node)
{
  for (guint i = 0; i < match->ours->len; i++)
    if (((LatheOurs *) match->ours->pdata[i])->node == node)
      return ((LatheOurs *) match->ours->pdata[i])->theirs;
  return NULL;
}

/* --- Order --- */

static void
take_first (const Match *match, LatheOurs *ours)
{
  for (guint i = 0; ours->theirs == NULL && i < match->theirs->len; i++)
    {
      LatheTheirs *theirs = match->theirs->pdata[i];

      if (!theirs->used && lathe_ours_fits (ours, theirs))
        take (ours, theirs);
    }
}

static void
take_norm (const Match *match, LatheOurs *ours)
{
  GPtrArray *inputs = ours->node->inputs;
  LatheTheirs *norm = inputs->len > 0 ? find_norm (match, find_theirs_of (match, inputs->pdata[0])) : NULL;

  if (ours->theirs == NULL && norm != NULL && lathe_ours_fits (ours, norm))
    take (ours, norm);
}

/* Norms go with what they follow, and those that follow nothing that has been found by order, too. */
static void
match_order (const Match *match)
{
  for (guint i = 0; i < match->ours->len; i++)
    if (!lathe_ours_is_norm (match->ours->pdata[i]))
      take_first (match, match->ours->pdata[i]);
  for (guint i = 0; i < match->ours->len; i++)
    if (lathe_ours_is_norm (match->ours->pdata[i]))
      take_norm (match, match->ours->pdata[i]);
  for (guint i = 0; i < match->ours->len; i++)
    if (lathe_ours_is_norm (match->ours->pdata[i]))
      take_first (match, match->ours->pdata[i]);
}

/* --- Norms that the network has no layer for --- */

static gboolean
can_fold (const LatheOurs *ours, const LatheTheirs *norm)
{
  const LatheShape *shape = &ours->parameter[0].shape;
  guint outputs = shape->dim[shape->rank - 1];

  for (guint slot = 0; slot < LATHE_N_SLOTS; slot++)
    if (norm->tensor[slot] != NULL && (norm->tensor[slot]->rank != 1 || norm->tensor[slot]->dim[0] != outputs))
      return FALSE;
  return ours->n == 2 && ours->layout[0].rank > 1;
}

static void
fold_norms (const Match *match)
{
  for (guint i = 0; i < match->ours->len; i++)
    {
      LatheOurs *ours = match->ours->pdata[i];
      LatheTheirs *norm = lathe_ours_is_matched (ours) ? find_norm (match, ours->theirs) : NULL;

      if (norm == NULL || !can_fold (ours, norm))
        continue;
      norm->used = TRUE;
      ours->norm = norm;
    }
}

/**
 * lathe_weights_match:
 * @ours: (element-type LatheOurs): laid out; what each is matched with is written into it
 * @theirs: (element-type LatheTheirs)
 * @in_order: whether theirs are in the order in which their network was put together
 *
 * Returns: whether the file is of a program that Lathe has written of this network
 */
gboolean
lathe_weights_match (const LatheGraph *graph, GPtrArray *ours, GPtrArray *theirs, gboolean in_order)
{
  g_autoptr (GHashTable) names = index_theirs (theirs);
  const Match match = {.ours = ours, .theirs = theirs, .names = names, .in_order = in_order};
  gboolean program = match_names (&match, graph);

  match_order (&match);
  fold_norms (&match);
  return program;
}
