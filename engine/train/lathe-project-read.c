/* lathe-project-read.c: a project, read from a file that may be anyone's.
 *
 * A strict reader refuses the file at the first fault; a lenient one notes it down and goes on with what is usual. What
 * a file says at its top that this version does not know is no fault: it is kept, and written back.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "base/lathe-json.h"
#include "formats/lathe-model-file.h"
#include "lathe-project-private.h"
#include "lathe-split-json.h"
#include "lathe-watch.h"

#define MAX_FILE (256 << 20) /* bytes: over a million edits */
#define MAX_SIDE 4096u       /* pixels, of a network's input */

typedef struct
{
  JsonObject *root;
  LatheProject *project;
  const char *folder; /* in which the file lies */
  GPtrArray *account; /* (element-type utf8) (nullable): of the faults; NULL: the first is an error */
  GError **error;
} Reader;

/* Returns whether to go on all the same. */
static gboolean G_GNUC_PRINTF (2, 3) fault (Reader *reader, const char *format, ...)
{
  g_autofree char *clause = NULL;
  va_list args;

  va_start (args, format);
  clause = g_strdup_vprintf (format, args);
  va_end (args);
  if (reader->account != NULL)
    g_ptr_array_add (reader->account, g_steal_pointer (&clause));
  else
    g_set_error_literal (reader->error, LATHE_ERROR, LATHE_ERROR_FORMAT, clause);
  return reader->account != NULL;
}

/* An error that no account takes: there is nothing to go on with. */
static gboolean
refuse (Reader *reader, const char *reason)
{
  g_set_error_literal (reader->error, LATHE_ERROR, LATHE_ERROR_FORMAT, reason);
  return FALSE;
}

static JsonNode *
get (Reader *reader, LatheProjectMember member)
{
  return json_object_get_member (reader->root, lathe_project_members[member]);
}

static const char *
text_of (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
}

static gboolean
count_of (JsonNode *node, gint64 least, gint64 most, gint64 *count)
{
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64)
    return FALSE;
  *count = json_node_get_int (node);
  return *count >= least && *count <= most;
}

/* (transfer full) (nullable): an absolute path */
static char *
read_place (Reader *reader, const char *text)
{
  g_autofree char *path = lathe_json_unescape (text);

  return path != NULL ? g_canonicalize_filename (path, reader->folder) : NULL;
}

static gboolean
read_version (Reader *reader)
{
  gint64 version;

  if (!count_of (get (reader, LATHE_MEMBER_VERSION), 1, G_MAXINT64, &version))
    return refuse (reader, _ ("its version, “lathe-project”, is no number"));
  if (version <= LATHE_PROJECT_VERSION)
    return TRUE;
  g_set_error (reader->error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
               _ ("it is of version %" PRId64 ", and this Lathe knows version %d: open it with a newer one"), version,
               LATHE_PROJECT_VERSION);
  return FALSE;
}

static gboolean
read_source (Reader *reader)
{
  reader->project->source = read_place (reader, text_of (get (reader, LATHE_MEMBER_SOURCE)));
  return reader->project->source != NULL || refuse (reader, _ ("it does not say where its images are, “source”"));
}

static gboolean
shares_make_one (const double share[LATHE_N_SPLITS])
{
  double sum = 0;

  for (guint i = 0; i < LATHE_N_SPLITS; i++)
    sum += share[i];
  return share[LATHE_SPLIT_TRAIN] > 0 && fabs (sum - 1) < 1e-6;
}

static gboolean
read_split (Reader *reader)
{
  JsonNode *node = get (reader, LATHE_MEMBER_SPLIT);
  LatheDatasetOptions read = {0};
  g_autofree char *labels = NULL;
  gboolean ok;

  if (node == NULL)
    return TRUE;
  ok = lathe_split_read (node, &read);
  labels = (char *) read.labels;
  read.labels = labels != NULL ? read_place (reader, labels) : NULL;
  if (ok && shares_make_one (read.share) && (labels == NULL) == (read.labels == NULL))
    {
      reader->project->dataset_options = read;
      return TRUE;
    }
  g_free ((char *) read.labels);
  g_free ((char *) read.label_pattern);
  return fault (reader, _ ("its “split” is none, and the usual one is taken"));
}

static gboolean
read_preprocess (Reader *reader)
{
  JsonNode *node = get (reader, LATHE_MEMBER_PREPROCESS);
  g_autofree char *text = node != NULL ? lathe_json_write (node, FALSE) : NULL;
  g_autoptr (GError) reason = NULL;
  LathePreprocess read;

  if (node == NULL)
    return TRUE;
  if (!lathe_preprocess_from_json (text, NULL, &read, &reason))
    return fault (reader, _ ("%s: what suits the images is taken"), reason->message);
  if (read.width < 1 || read.height < 1 || read.width > MAX_SIDE || read.height > MAX_SIDE)
    return fault (reader, _ ("images of %u×%u pixels are not from 1 to %u wide and high: what suits them is taken"),
                  read.width, read.height, MAX_SIDE);
  reader->project->preprocess = read;
  return TRUE;
}

static gboolean
read_hyperparameters (Reader *reader)
{
  JsonNode *node = get (reader, LATHE_MEMBER_HYPERPARAMETERS);
  g_autofree char *text = node != NULL ? lathe_json_write (node, FALSE) : NULL;

  if (node == NULL)
    return TRUE;
  if (reader->account == NULL)
    return lathe_hyperparameters_from_json (text, &reader->project->hyperparameters, reader->error);
  lathe_hyperparameters_from_json_lenient (text, &reader->project->hyperparameters, reader->account);
  return TRUE;
}

static gboolean
read_beginning (Reader *reader)
{
  JsonNode *node = get (reader, LATHE_MEMBER_BEGIN);

  for (guint i = 0; i < LATHE_N_BEGINNINGS; i++)
    if (node == NULL || g_strcmp0 (text_of (node), lathe_beginning_names[i]) == 0)
      {
        reader->project->beginning = (LatheBeginning) i;
        return TRUE;
      }
  return fault (reader, _ ("what training begins with, “begin”, is not known: it begins as suits"));
}

/* FALSE: it makes no sense. */
static gboolean
read_growing (JsonObject *object, LatheGrowthChoice *growth)
{
  const char *way = text_of (json_object_get_member (object, "way"));
  const char *from = text_of (json_object_get_member (object, "from"));
  JsonNode *layers = json_object_get_member (object, "layers");
  gint64 n = LATHE_ALL_LAYERS;
  gboolean known = FALSE;

  for (guint i = 0; i < LATHE_N_GROWINGS; i++)
    if (g_strcmp0 (way, lathe_growing_names[i]) == 0)
      {
        growth->way = (LatheGrowing) i;
        known = TRUE;
      }
  if (layers != NULL && !count_of (layers, 1, LATHE_GRAPH_MAX_NODES, &n))
    return FALSE;
  growth->n_learning = (guint) n;
  growth->norms_learn = json_object_get_boolean_member_with_default (object, "norms", FALSE);
  growth->from = from != NULL ? lathe_json_unescape (from) : NULL;
  return known;
}

static gboolean
read_growth (Reader *reader)
{
  JsonNode *node = get (reader, LATHE_MEMBER_GROW);
  LatheGrowthChoice read = {0};

  if (node == NULL)
    return TRUE;
  if (JSON_NODE_HOLDS_OBJECT (node) && read_growing (json_node_get_object (node), &read))
    {
      g_free (reader->project->growth.from);
      reader->project->growth = read;
      return TRUE;
    }
  g_free (read.from);
  return fault (reader, _ ("on what a model is grown, “grow”, makes no sense: it is done as suits"));
}

static gboolean
read_fresh (Reader *reader)
{
  JsonNode *node = get (reader, LATHE_MEMBER_FRESH);
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = array != NULL ? json_array_get_length (array) : 0;
  g_autoptr (GStrvBuilder) layers = g_strv_builder_new ();
  gboolean ok = node == NULL || (array != NULL && n <= LATHE_GRAPH_MAX_NODES);

  for (guint i = 0; ok && i < n; i++)
    {
      const char *layer = text_of (json_array_get_element (array, i));

      ok = layer != NULL;
      if (ok)
        g_strv_builder_add (layers, layer);
    }
  if (!ok)
    return fault (reader, _ ("the layers that begin anew, “fresh”, are no list of names: there are none"));
  g_strfreev (reader->project->fresh);
  reader->project->fresh = g_strv_builder_end (layers);
  return TRUE;
}

static gboolean
read_watched (Reader *reader)
{
  JsonNode *node = get (reader, LATHE_MEMBER_WATCHED);
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = array != NULL ? json_array_get_length (array) : 0;
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
  gboolean ok = node == NULL || (array != NULL && n <= LATHE_MOST_WATCHED);

  for (guint i = 0; ok && i < n; i++)
    {
      const char *text = text_of (json_array_get_element (array, i));
      g_autofree char *path = text != NULL ? read_place (reader, text) : NULL;

      ok = path != NULL;
      if (ok)
        g_strv_builder_add (paths, path);
    }
  if (!ok)
    return fault (reader, _ ("the images that are watched, “watched”, are no list of a few paths: there are none"));
  g_strfreev (reader->project->watched);
  reader->project->watched = g_strv_builder_end (paths);
  return TRUE;
}

static gboolean
read_threshold (Reader *reader)
{
  JsonNode *node = get (reader, LATHE_MEMBER_THRESHOLD);
  double read = NAN;

  if (node == NULL)
    return TRUE;
  if (JSON_NODE_HOLDS_VALUE (node) &&
      (json_node_get_value_type (node) == G_TYPE_DOUBLE || json_node_get_value_type (node) == G_TYPE_INT64))
    read = json_node_get_double (node);
  if (!(read >= 0 && read <= 1))
    return fault (reader, _ ("its “threshold” is no probability: it is chosen on validation images"));
  reader->project->threshold = read;
  return TRUE;
}

static gboolean
read_network (Reader *reader)
{
  JsonNode *node = get (reader, LATHE_MEMBER_NETWORK);
  g_autofree char *text = node != NULL ? lathe_json_write (node, FALSE) : NULL;
  g_autoptr (GPtrArray) account = NULL;
  LatheGraph *graph;
  gint64 n_classes = 0;

  if (node == NULL)
    return refuse (reader, _ ("there is no network in it"));
  if (json_object_has_member (reader->root, lathe_project_members[LATHE_MEMBER_CLASSES]) &&
      !count_of (get (reader, LATHE_MEMBER_CLASSES), 0, G_MAXINT32, &n_classes) &&
      !fault (reader, _ ("its number of “classes” is none")))
    return FALSE;
  reader->project->n_classes = (guint) CLAMP (n_classes, 0, G_MAXINT32);
  graph = reader->account != NULL ? lathe_graph_from_json_lenient (text, -1, &account, reader->error)
                                  : lathe_graph_from_json (text, -1, reader->error);
  if (graph == NULL)
    return FALSE;
  lathe_graph_free (reader->project->graph);
  reader->project->graph = graph;
  if (account != NULL)
    g_ptr_array_extend_and_steal (reader->account, g_steal_pointer (&account));
  return TRUE;
}

static gboolean
read_edits (Reader *reader)
{
  JsonNode *node = get (reader, LATHE_MEMBER_EDITS);
  g_autofree char *text = node != NULL ? lathe_json_write (node, FALSE) : NULL;
  g_autoptr (GError) reason = NULL;

  if (node == NULL)
    return TRUE;
  reader->project->edits = lathe_edits_from_json (text, &reason);
  return reader->project->edits != NULL ||
         fault (reader, _ ("what was decided about its images, “edits”, cannot be used: %s"), reason->message);
}

static void
keep_other (Reader *reader)
{
  g_autoptr (JsonObject) other = json_object_new ();
  JsonObjectIter member;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&member, reader->root);
  while (json_object_iter_next_ordered (&member, &name, &node))
    if (!g_strv_contains (lathe_project_members, name))
      json_object_set_member (other, name, json_node_copy (node));
  if (json_object_get_size (other) == 0)
    return;
  reader->project->other = json_node_init_object (json_node_alloc (), other);
}

/**
 * lathe_project_from_json:
 * @text: from anywhere
 * @folder: in which the file lies, an absolute path
 * @account: (nullable) (element-type utf8): takes a clause for all that was wrong; NULL: the first that is wrong is an
 *   error
 *
 * Errors: LATHE_ERROR_FORMAT, with an account only where it says nothing of its images or its network;
 * LATHE_ERROR_UNSUPPORTED for a text of a newer version. The message is the reason alone.
 */
LatheProject *
lathe_project_from_json (const char *text, const char *folder, GPtrArray *account, GError **error)
{
  g_autoptr (JsonNode) root = lathe_json_parse (text);
  g_autoptr (LatheProject) project = lathe_project_new ();
  Reader reader = {
      .root = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL,
      .project = project,
      .folder = folder,
      .account = account,
      .error = error,
  };

  if (reader.root == NULL)
    {
      refuse (&reader, _ ("it is not the JSON that Lathe writes"));
      return NULL;
    }
  if (!read_version (&reader) || !read_source (&reader) || !read_split (&reader) || !read_preprocess (&reader) ||
      !read_hyperparameters (&reader) || !read_beginning (&reader) || !read_growth (&reader) || !read_fresh (&reader) ||
      !read_watched (&reader) || !read_threshold (&reader) || !read_network (&reader) || !read_edits (&reader))
    return NULL;
  keep_other (&reader);
  return g_steal_pointer (&project);
}

/* --- From the disk --- */

/* (transfer full) UTF-8 */
static char *
read_file (const char *path, gsize *length, GError **error)
{
  g_autofree char *bytes = NULL;
  GStatBuf status;

  if (g_stat (path, &status) == 0 && (!S_ISREG (status.st_mode) || status.st_size > MAX_FILE))
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("it is no file that Lathe writes"));
      return NULL;
    }
  if (!g_file_get_contents (path, &bytes, length, error))
    return NULL;
  if (memchr (bytes, '\0', *length) == NULL && g_utf8_validate (bytes, (gssize) *length, NULL))
    return g_steal_pointer (&bytes);
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("it is not the JSON that Lathe writes"));
  return NULL;
}

/**
 * lathe_project_load:
 * @checksum: (out) (optional) (transfer full): of what the file holds
 * @account: (nullable): as of lathe_project_from_json()
 *
 * Errors: LATHE_ERROR_IO, LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED; each names the file.
 */
LatheProject *
lathe_project_load (const char *path, char **checksum, GPtrArray *account, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *folder = g_path_get_dirname (absolute);
  g_autofree char *text = NULL, *name = NULL;
  g_autoptr (GError) reason = NULL;
  LatheProject *project = NULL;
  gsize length;

  text = read_file (path, &length, &reason);
  if (text != NULL)
    project = lathe_project_from_json (text, folder, account, &reason);
  if (project != NULL && checksum != NULL)
    *checksum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) text, length);
  if (project != NULL)
    return project;
  name = g_filename_display_name (path);
  if (reason->domain == LATHE_ERROR)
    lathe_error_explain (error, reason, _ ("The project “%s” cannot be used: %s."), path);
  else
    g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("The project “%s” cannot be read: %s."), name, reason->message);
  return NULL;
}
