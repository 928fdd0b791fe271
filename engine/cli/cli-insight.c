/* cli-insight.c: "lathe-cli dataset SOURCE --from MODEL": what a network that knows many images tells of these.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-insight.h"

#include <glib/gi18n.h>
#include <math.h>

#define MOST_LIKE 1000
#define MAX_LISTED 5 /* images of a group, in the text for people */

void
cli_insight_clear (CliInsight *wanted)
{
  g_free (wanted->from);
  g_free (wanted->like);
  g_free (wanted->top);
  g_free (wanted->cluster);
  g_clear_pointer (&wanted->insight, lathe_insight_unref);
  g_clear_pointer (&wanted->likeness, lathe_likeness_free);
  g_clear_pointer (&wanted->clusters, lathe_clusters_free);
}

/**
 * cli_insight_read:
 * @check: whether --check or --cure was given
 *
 * Errors: GOptionError.
 */
gboolean
cli_insight_read (CliInsight *wanted, gboolean check, GError **error)
{
  const char *alone = wanted->from != NULL ? NULL : wanted->like != NULL ? "like" : wanted->cluster ? "cluster" : NULL;
  gboolean all = wanted->cluster != NULL && g_str_equal (wanted->cluster, "auto");

  if (alone != NULL)
    return cli_refuse (error, _ ("--%s needs a model that knows many images: give --from efficientnet-lite0 too"),
                       alone);
  if (wanted->from != NULL && !check && wanted->like == NULL && wanted->cluster == NULL)
    return cli_refuse (error, _ ("--from says whom to ask: give --check, --like FILE or --cluster N too"));
  if (wanted->top != NULL && wanted->like == NULL)
    return cli_refuse (error, _ ("--top says how many images: it needs --like"));
  return cli_read_count ("--top", wanted->top, 1, MOST_LIKE, &wanted->n_like, error) &&
         (all || cli_read_count ("--cluster", wanted->cluster, 2, LATHE_MOST_CLUSTERS, &wanted->n_clusters, error));
}

static gboolean
find_clusters (CliInsight *wanted, guint64 seed, GError **error)
{
  g_autoptr (LathePool) pool = lathe_pool_new (lathe_default_threads ());

  wanted->clusters =
      lathe_clusters_new (wanted->insight->descriptors, NULL, wanted->n_clusters, seed, pool, cli_interrupt (), error);
  return wanted->clusters != NULL;
}

/**
 * cli_insight_look:
 * @doubts: whether to look for labels that are wrong
 *
 * Does nothing where nobody asked. Features that are not kept yet are worked out, with a bar.
 */
gboolean
cli_insight_look (CliInsight *wanted, LatheDataset *dataset, guint64 seed, gboolean doubts, GError **error)
{
  const LatheInsightOptions options = {.seed = seed, .doubts = doubts};
  g_autoptr (LatheModel) model = NULL;

  if (wanted->from == NULL)
    return TRUE;
  model = lathe_pretrained_load (wanted->from, error);
  if (model == NULL)
    return FALSE;
  wanted->insight = lathe_insight_new (model, dataset, &options, cli_progress, (gpointer) _ ("Looking at images"),
                                       cli_interrupt (), error);
  cli_bar_clear ();
  if (wanted->insight == NULL)
    return FALSE;
  if (wanted->like != NULL)
    wanted->likeness = lathe_insight_find_like_file (wanted->insight, wanted->like, wanted->n_like, error);
  return (wanted->like == NULL || wanted->likeness != NULL) &&
         (wanted->cluster == NULL || find_clusters (wanted, seed, error));
}

static char *
name_group (guint group)
{
  return g_strdup_printf (_ ("group %u"), group + 1);
}

/**
 * cli_insight_apply:
 * @dataset: (transfer full): that was looked at
 *
 * Returns: (transfer full) (nullable): with the groups as classes, where there are groups and a file of edits, which
 * keeps them
 */
LatheDataset *
cli_insight_apply (const CliInsight *wanted, const CliEdits *edits, LatheDataset *dataset, GError **error)
{
  g_autoptr (LatheDataset) before = dataset, after = NULL;
  g_autoptr (LatheEdits) changed = NULL;

  if (wanted->clusters == NULL || edits->path == NULL)
    return g_steal_pointer (&before);
  changed = lathe_edits_copy (lathe_dataset_get_edits (before));
  for (guint i = 0; i < wanted->clusters->groups->len; i++)
    {
      const GArray *group = wanted->clusters->groups->pdata[i];
      g_autofree char *name = name_group (i);

      for (guint j = 0; j < group->len; j++)
        lathe_edits_set_label (
            changed, lathe_image_get_name (before, lathe_dataset_get_image (before, g_array_index (group, guint32, j))),
            name);
    }
  after = lathe_dataset_edit (before, changed, cli_interrupt (), error);
  return after != NULL && lathe_edits_save (changed, edits->path, error) ? g_steal_pointer (&after) : NULL;
}

/* --- In JSON --- */

static void
add_file (JsonBuilder *json, const char *name, const LatheImage *image)
{
  g_autofree char *file = g_filename_display_name (image->path);

  if (name != NULL)
    cli_json_string (json, name, file);
  else
    json_builder_add_string_value (json, file);
}

static void
add_likeness (JsonBuilder *json, const CliInsight *wanted)
{
  LatheDataset *dataset = wanted->insight->dataset;

  json_builder_set_member_name (json, "known");
  json_builder_add_boolean_value (json, wanted->likeness->known);
  cli_json_real (json, "nearness", wanted->likeness->nearness);
  json_builder_set_member_name (json, "like");
  json_builder_begin_array (json);
  for (guint i = 0; i < wanted->likeness->nearest->len; i++)
    {
      const LatheNeighbour *neighbour = &g_array_index (wanted->likeness->nearest, LatheNeighbour, i);
      const LatheImage *image = lathe_dataset_get_image (dataset, neighbour->image);

      json_builder_begin_object (json);
      add_file (json, "file", image);
      cli_json_string (json, "label", lathe_dataset_get_classes (dataset)[image->label]);
      cli_json_real (json, "similarity", neighbour->similarity);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
add_clusters (JsonBuilder *json, const CliInsight *wanted)
{
  const GPtrArray *groups = wanted->clusters->groups;

  cli_json_real (json, "silhouette", wanted->clusters->silhouette);
  json_builder_set_member_name (json, "groups");
  json_builder_begin_array (json);
  for (guint i = 0; i < groups->len; i++)
    {
      const GArray *group = groups->pdata[i];

      json_builder_begin_array (json);
      for (guint j = 0; j < group->len; j++)
        add_file (json, NULL, lathe_dataset_get_image (wanted->insight->dataset, g_array_index (group, guint32, j)));
      json_builder_end_array (json);
    }
  json_builder_end_array (json);
}

void
cli_insight_json (JsonBuilder *json, const CliInsight *wanted)
{
  if (wanted->insight == NULL)
    return;
  cli_json_int (json, "features_computed", wanted->insight->n_computed);
  cli_json_int (json, "features_found", wanted->insight->n_found);
  if (wanted->likeness != NULL)
    add_likeness (json, wanted);
  if (wanted->clusters != NULL)
    add_clusters (json, wanted);
}

/* --- In words --- */

static void
print_likeness (const CliInsight *wanted)
{
  LatheDataset *dataset = wanted->insight->dataset;
  CliTable *table = cli_table_new ("lrl");
  g_autofree char *file = cli_display_name (wanted->like);

  g_print (_ ("\nMost like %s:\n"), file);
  cli_table_row (table, g_strdup (_ ("Image")), g_strdup (_ ("Similarity")), g_strdup (_ ("Class")));
  for (guint i = 0; i < wanted->likeness->nearest->len; i++)
    {
      const LatheNeighbour *neighbour = &g_array_index (wanted->likeness->nearest, LatheNeighbour, i);
      const LatheImage *image = lathe_dataset_get_image (dataset, neighbour->image);

      cli_table_row (table, cli_inside (dataset, image->path), g_strdup_printf ("%.3f", neighbour->similarity),
                     g_strdup (lathe_dataset_get_classes (dataset)[image->label]));
    }
  cli_table_print (table);
  if (!wanted->likeness->known)
    g_print (_ ("Unknown: its neighbours are further from it (%.3f) than those of 95 %% of these images are from "
                "theirs (%.3f).\n"),
             wanted->likeness->nearness, wanted->insight->unknown);
}

static void
print_clusters (const CliInsight *wanted)
{
  LatheDataset *dataset = wanted->insight->dataset;
  const GPtrArray *groups = wanted->clusters->groups;

  g_print (ngettext ("\n%u group of images that look alike (silhouette %.2f):\n",
                     "\n%u groups of images that look alike (silhouette %.2f):\n", groups->len),
           groups->len, wanted->clusters->silhouette);
  for (guint i = 0; i < groups->len; i++)
    {
      const GArray *group = groups->pdata[i];
      g_autofree char *name = name_group (i);

      g_print (ngettext ("  %s, %'u image, such as", "  %s, %'u images, such as", group->len), name, group->len);
      for (guint j = 0; j < MIN (group->len, MAX_LISTED); j++)
        {
          g_autofree char *file =
              cli_inside (dataset, lathe_dataset_get_image (dataset, g_array_index (group, guint32, j))->path);

          g_print ("%s %s", j > 0 ? "," : "", file);
        }
      g_print ("\n");
    }
}

void
cli_insight_print (const CliInsight *wanted)
{
  if (wanted->likeness != NULL)
    print_likeness (wanted);
  if (wanted->clusters != NULL)
    print_clusters (wanted);
}
