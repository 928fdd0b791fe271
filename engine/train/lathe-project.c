/* lathe-project.c: a project, and how it is written down.
 *
 * Two programs may have the same project open. Each knows the checksum of the file that it read or wrote last; who
 * finds another file than that one does not write over it, but says so. Between that look and the writing nobody else
 * writes: the temporary of a file that is written whole is locked.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "base/lathe-json.h"
#include "formats/lathe-model-file.h"
#include "formats/lathe-whole-file.h"
#include "lathe-project-private.h"
#include "lathe-split-json.h"
#include "model/lathe-preset.h"

const char *const lathe_beginning_names[] = {"as-suits", "anew", "learned", NULL};
G_STATIC_ASSERT (G_N_ELEMENTS (lathe_beginning_names) == LATHE_N_BEGINNINGS + 1);

const char *const lathe_project_members[] = {
    "lathe-project", "source",  "split",     "preprocess", "hyperparameters", "begin", "grow",
    "fresh",         "watched", "threshold", "classes",    "network",         "edits", NULL,
};
G_STATIC_ASSERT (G_N_ELEMENTS (lathe_project_members) == LATHE_N_MEMBERS + 1);

const char *const lathe_growing_names[] = {"as-suits", "no", "last-layer", "layers", NULL};
G_STATIC_ASSERT (G_N_ELEMENTS (lathe_growing_names) == LATHE_N_GROWINGS + 1);

/* `copy` owns its text, and what it had is dropped. */
void
lathe_growth_choice_copy (const LatheGrowthChoice *choice, LatheGrowthChoice *copy)
{
  char *from = g_strdup (choice->from);

  g_free (copy->from);
  *copy = *choice;
  copy->from = from;
}

gboolean
lathe_growth_choice_equal (const LatheGrowthChoice *a, const LatheGrowthChoice *b)
{
  return a->way == b->way && g_strcmp0 (a->from, b->from) == 0 && a->n_learning == b->n_learning &&
         a->norms_learn == b->norms_learn;
}

/**
 * lathe_project_new:
 *
 * Returns: (transfer full): one of no source, with what is usual
 */
LatheProject *
lathe_project_new (void)
{
  LatheProject *project = g_new0 (LatheProject, 1);

  project->dataset_options = LATHE_DATASET_OPTIONS_DEFAULT;
  lathe_hyperparameters_defaults (&project->hyperparameters);
  project->fresh = g_new0 (char *, 1);
  project->watched = g_new0 (char *, 1);
  project->threshold = NAN;
  project->growth.n_learning = LATHE_ALL_LAYERS;
  project->graph = lathe_preset_load (lathe_preset_names ()[0], NULL);
  return project;
}

void
lathe_project_free (LatheProject *project)
{
  g_free (project->source);
  g_free ((char *) project->dataset_options.labels);
  g_free ((char *) project->dataset_options.label_pattern);
  g_clear_pointer (&project->edits, lathe_edits_free);
  g_clear_pointer (&project->graph, lathe_graph_free);
  g_free (project->growth.from);
  g_strfreev (project->fresh);
  g_strfreev (project->watched);
  g_clear_pointer (&project->other, json_node_unref);
  g_free (project);
}

/**
 * lathe_project_fit:
 * @dataset: of the project's source
 *
 * Gives the project what it does not say, and its network what it was not made for: a preprocessing that suits the
 * images, and an output for each class where there are other classes by now.
 */
void
lathe_project_fit (LatheProject *project, LatheDataset *dataset)
{
  LathePreprocess *p = &project->preprocess;
  gboolean suited = p->width == 0;

  if (suited)
    lathe_dataset_suggest (dataset, 0, 0, p);
  if (!suited && project->n_classes == lathe_dataset_get_n_classes (dataset))
    return;
  project->n_classes = lathe_dataset_get_n_classes (dataset);
  lathe_graph_adapt (project->graph, &LATHE_SHAPE_IMAGE (p->height, p->width, p->channels), project->n_classes);
}

/* --- Writing --- */

static void
begin_member (JsonBuilder *json, LatheProjectMember member)
{
  json_builder_set_member_name (json, lathe_project_members[member]);
}

/* What has a form of its own, as it stands there. */
static void
add_text (JsonBuilder *json, LatheProjectMember member, const char *text)
{
  begin_member (json, member);
  json_builder_add_value (json, lathe_json_parse (text));
}

/* (transfer full): from `folder`, where it is in there, so that both can be moved together */
static char *
tell_place (const char *path, const char *folder)
{
  gsize n = strlen (folder);
  const char *below = NULL;

  if (strcmp (path, folder) == 0)
    below = ".";
  else if (g_str_has_prefix (path, folder) && (path[n] == G_DIR_SEPARATOR || folder[n - 1] == G_DIR_SEPARATOR))
    below = path + n + (path[n] == G_DIR_SEPARATOR);
  return lathe_json_escape (below != NULL ? below : path);
}

static void
write_images (JsonBuilder *json, const LatheProject *project, const char *folder)
{
  const char *labels = project->dataset_options.labels;
  g_autofree char *source = tell_place (project->source, folder);
  g_autofree char *table = labels != NULL ? tell_place (labels, folder) : NULL;

  begin_member (json, LATHE_MEMBER_SOURCE);
  json_builder_add_string_value (json, source);
  begin_member (json, LATHE_MEMBER_SPLIT);
  lathe_split_write (json, &project->dataset_options, table);
  if (project->preprocess.width > 0)
    {
      g_autofree char *preprocess = lathe_preprocess_to_json (&project->preprocess);

      add_text (json, LATHE_MEMBER_PREPROCESS, preprocess);
    }
}

/* What is not as usual. */
static void
write_growth (JsonBuilder *json, const LatheGrowthChoice *growth)
{
  const LatheGrowthChoice usual = {.n_learning = LATHE_ALL_LAYERS};

  if (lathe_growth_choice_equal (growth, &usual))
    return;
  begin_member (json, LATHE_MEMBER_GROW);
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "way");
  json_builder_add_string_value (json, lathe_growing_names[growth->way]);
  if (growth->from != NULL)
    {
      g_autofree char *from = lathe_json_escape (growth->from);

      json_builder_set_member_name (json, "from");
      json_builder_add_string_value (json, from);
    }
  if (growth->n_learning != LATHE_ALL_LAYERS)
    {
      json_builder_set_member_name (json, "layers");
      json_builder_add_int_value (json, growth->n_learning);
    }
  json_builder_set_member_name (json, "norms");
  json_builder_add_boolean_value (json, growth->norms_learn);
  json_builder_end_object (json);
}

static void
write_training (JsonBuilder *json, const LatheProject *project)
{
  g_autofree char *hyperparameters = lathe_hyperparameters_to_json (&project->hyperparameters);

  add_text (json, LATHE_MEMBER_HYPERPARAMETERS, hyperparameters);
  begin_member (json, LATHE_MEMBER_BEGIN);
  json_builder_add_string_value (json, lathe_beginning_names[project->beginning]);
  write_growth (json, &project->growth);
  begin_member (json, LATHE_MEMBER_FRESH);
  json_builder_begin_array (json);
  for (char **layer = project->fresh; *layer != NULL; layer++)
    json_builder_add_string_value (json, *layer);
  json_builder_end_array (json);
  if (!isnan (project->threshold))
    {
      begin_member (json, LATHE_MEMBER_THRESHOLD);
      json_builder_add_double_value (json, project->threshold);
    }
}

static void
write_watched (JsonBuilder *json, const LatheProject *project, const char *folder)
{
  if (project->watched[0] == NULL)
    return;
  begin_member (json, LATHE_MEMBER_WATCHED);
  json_builder_begin_array (json);
  for (char **path = project->watched; *path != NULL; path++)
    {
      g_autofree char *place = tell_place (*path, folder);

      json_builder_add_string_value (json, place);
    }
  json_builder_end_array (json);
}

static void
write_network (JsonBuilder *json, const LatheProject *project)
{
  g_autofree char *network = lathe_graph_to_json (project->graph);

  if (project->n_classes > 0)
    {
      begin_member (json, LATHE_MEMBER_CLASSES);
      json_builder_add_int_value (json, project->n_classes);
    }
  add_text (json, LATHE_MEMBER_NETWORK, network);
}

static void
write_other (JsonBuilder *json, JsonNode *other)
{
  JsonObjectIter member;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&member, json_node_get_object (other));
  while (json_object_iter_next_ordered (&member, &name, &node))
    {
      json_builder_set_member_name (json, name);
      json_builder_add_value (json, json_node_copy (node));
    }
}

/**
 * lathe_project_to_json:
 * @folder: in which the file will lie, an absolute path: what is in there is told from there
 *
 * Returns: (transfer full): the same text for the same project, with a number or a name a line
 */
char *
lathe_project_to_json (const LatheProject *project, const char *folder)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  g_return_val_if_fail (project != NULL && project->source != NULL && g_path_is_absolute (folder), NULL);

  json_builder_begin_object (json);
  begin_member (json, LATHE_MEMBER_VERSION);
  json_builder_add_int_value (json, LATHE_PROJECT_VERSION);
  write_images (json, project, folder);
  write_training (json, project);
  write_watched (json, project, folder);
  write_network (json, project);
  if (project->edits != NULL && !lathe_edits_is_empty (project->edits))
    {
      g_autofree char *edits = lathe_edits_to_json (project->edits);

      add_text (json, LATHE_MEMBER_EDITS, edits);
    }
  if (project->other != NULL)
    write_other (json, project->other);
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  text = lathe_json_write (root, TRUE);
  return g_strconcat (text, "\n", NULL);
}

/* --- On the disk --- */

/**
 * lathe_project_look:
 *
 * Returns: (transfer full): the checksum of what the file holds now; LATHE_PROJECT_NO_FILE where it cannot be read
 */
char *
lathe_project_look (const char *path)
{
  g_autofree char *bytes = NULL;
  gsize length;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR) || !g_file_get_contents (path, &bytes, &length, NULL))
    return g_strdup (LATHE_PROJECT_NO_FILE);
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) bytes, length);
}

static gboolean
is_known (const char *there, const char *known)
{
  return known == NULL || g_str_equal (there, LATHE_PROJECT_NO_FILE) || g_str_equal (there, known);
}

/* `sum` is that of the text. */
static gboolean
write_file (const char *path, const char *text, const char *sum, const char *known, GError **error)
{
  g_auto (LatheWholeFile) file = {.fd = -1};
  g_autofree char *there = NULL;

  if (!lathe_whole_file_begin (&file, path, error))
    return FALSE;
  there = lathe_project_look (path); /* nobody else can write it now */
  if (g_str_equal (there, sum))
    return TRUE;
  if (is_known (there, known))
    return lathe_whole_file_write (&file, 0, text, strlen (text), error) &&
           lathe_whole_file_finish (&file, NULL, error);
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_CHANGED, _ ("another program has changed it"));
  return FALSE;
}

/**
 * lathe_project_save:
 * @known: (nullable): the checksum of what the file held when it was read or written last; LATHE_PROJECT_NO_FILE where
 *   there was none; NULL: whatever is there is written over
 * @checksum: (out) (transfer full): of what it holds now; untouched on failure
 *
 * The whole file or none, and nothing where it says the same already.
 *
 * Errors: LATHE_ERROR_CHANGED when someone else has written it meanwhile, or does so just now; LATHE_ERROR_IO.
 */
gboolean
lathe_project_save (const LatheProject *project, const char *path, const char *known, char **checksum, GError **error)
{
  g_autofree char *absolute = NULL, *folder = NULL, *text = NULL, *sum = NULL, *there = NULL;
  g_autoptr (GError) reason = NULL;

  g_return_val_if_fail (project != NULL && path != NULL, FALSE);

  absolute = g_canonicalize_filename (path, NULL);
  folder = g_path_get_dirname (absolute);
  text = lathe_project_to_json (project, folder);
  sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  there = lathe_project_look (path);
  if (g_str_equal (there, sum) || write_file (path, text, sum, known, &reason))
    {
      g_free (*checksum);
      *checksum = g_steal_pointer (&sum);
      return TRUE;
    }
  if (reason->code == LATHE_ERROR_CHANGED)
    lathe_error_explain (error, reason,
                         _ ("The project is not saved as “%s”: %s. Take what is there now, or keep yours."), path);
  else
    lathe_error_explain (
        error, reason, _ ("The project cannot be saved as “%s”: %s. Make room there, or choose another place."), path);
  return FALSE;
}

/* Whether a file's name is one of a project. */
gboolean
lathe_project_is_file (const char *path)
{
  return g_str_has_suffix (path, LATHE_PROJECT_SUFFIX) && g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

/**
 * lathe_belonging:
 * @source: a dataset's folder or archive, as lathe_dataset_get_folder() has it
 * @kind: "projects", "edits", …
 *
 * Returns: (transfer full): where what belongs to a source that no project file was chosen for is kept, in the user's
 * data folder; it need not be there
 */
char *
lathe_belonging (const char *source, const char *kind, const char *suffix)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "lathe", kind, NULL);
  g_autofree char *checksum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, source, -1);
  g_autofree char *name = g_strconcat (checksum, suffix, NULL);

  return g_build_filename (folder, name, NULL);
}
