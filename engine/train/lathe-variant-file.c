/* lathe-variant-file.c: variants, as they are kept: a folder for each model, within that of the project's runs.
 *
 *   NAME.runs/variants/SHA-256 of the model's weights/3.safetensors   a model file like any other
 *                                                     3.json          how it was made, and what it measured
 *
 * The model as it was trained has number 0, and of it there is but what it measured.
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
#include "lathe-variant.h"

#define VERSION 1
#define MAX_FILE 65536    /* bytes of one's facts */
#define MAX_VARIANTS 200  /* of one model */
#define MAX_EPOCHS 100000 /* as many as anyone trains for */

/**
 * lathe_variants_folder:
 * @runs: the folder of the project's runs
 *
 * Returns: (transfer full): where the variants of this model are; it need not be there
 */
char *
lathe_variants_folder (const char *runs, const LatheModel *model)
{
  g_autofree char *sha256 = lathe_model_weights_sha256 (model);

  return g_build_filename (runs, "variants", sha256, NULL);
}

static char *
path_of (const char *folder, guint id, const char *suffix)
{
  g_autofree char *name = g_strdup_printf ("%u%s", id, suffix);

  return g_build_filename (folder, name, NULL);
}

/**
 * lathe_variant_path:
 *
 * Returns: (transfer full): where the model is, of one that is kept
 */
char *
lathe_variant_path (const LatheVariant *variant, const char *folder)
{
  return path_of (folder, variant->id, ".safetensors");
}

/* --- Writing --- */

static void
write_step (JsonBuilder *json, const LatheVariantStep *step)
{
  json_builder_set_member_name (json, "kind");
  json_builder_add_string_value (json, lathe_variant_kinds[step->kind].name);
  json_builder_set_member_name (json, "share");
  json_builder_add_double_value (json, step->share);
  json_builder_set_member_name (json, "epochs");
  json_builder_add_int_value (json, step->epochs);
}

static char *
write_facts (const LatheVariant *variant)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "lathe-variant");
  json_builder_add_int_value (json, VERSION);
  write_step (json, &variant->step);
  if (variant->left_out)
    {
      json_builder_set_member_name (json, "left_out");
      json_builder_add_boolean_value (json, TRUE);
    }
  if (variant->of.kind != LATHE_VARIANT_TRAINED)
    {
      json_builder_set_member_name (json, "of");
      json_builder_begin_object (json);
      write_step (json, &variant->of);
      json_builder_end_object (json);
    }
  if (variant->fingerprint != NULL)
    {
      json_builder_set_member_name (json, "dataset_sha256");
      json_builder_add_string_value (json, variant->fingerprint);
      json_builder_set_member_name (json, "images");
      json_builder_add_int_value (json, variant->images);
      json_builder_set_member_name (json, "right");
      json_builder_add_int_value (json, variant->right);
      json_builder_set_member_name (json, "milliseconds");
      json_builder_add_double_value (json, variant->milliseconds);
    }
  json_builder_end_object (json);
  return lathe_json_finish (json);
}

static guint
free_id (const char *folder)
{
  for (guint id = 1;; id++)
    {
      g_autofree char *model = path_of (folder, id, ".safetensors"), *facts = path_of (folder, id, ".json");

      if (!g_file_test (model, G_FILE_TEST_EXISTS) && !g_file_test (facts, G_FILE_TEST_EXISTS))
        return id;
    }
}

static gboolean
put_facts (const LatheVariant *variant, const char *folder, GError **error)
{
  g_autofree char *path = path_of (folder, variant->id, ".json"), *text = write_facts (variant);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (GError) reason = NULL;

  if (lathe_whole_file_put (path, bytes, &reason))
    return TRUE;
  lathe_error_explain (error, reason, _ ("The variant cannot be kept as “%s”: %s."), path);
  return FALSE;
}

/**
 * lathe_variant_keep:
 *
 * One that is kept already gets its facts anew, and one that is not a number of its own. The model is written before
 * what is said of it, so that none is told of that is not there.
 * Errors: LATHE_ERROR_IO.
 *
 * Returns: (transfer full): the same, with its number
 */
LatheVariant *
lathe_variant_keep (const LatheVariant *variant, const char *folder, GError **error)
{
  g_autoptr (LatheVariant) kept = lathe_variant_copy (variant);
  g_autofree char *path = NULL;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("The folder “%s” cannot be made: %s"), folder,
                   g_strerror (errno));
      return NULL;
    }
  if (kept->id == 0 && kept->step.kind != LATHE_VARIANT_TRAINED)
    kept->id = free_id (folder);
  path = lathe_variant_path (kept, folder);
  if (kept->id > 0 && !g_file_test (path, G_FILE_TEST_EXISTS) && !lathe_model_save (kept->model, path, error))
    return NULL;
  return put_facts (kept, folder, error) ? g_steal_pointer (&kept) : NULL;
}

/**
 * lathe_variant_drop:
 *
 * What it measured goes first: a model that nothing tells of is none. Errors: LATHE_ERROR_IO.
 */
gboolean
lathe_variant_drop (const LatheVariant *variant, const char *folder, GError **error)
{
  g_autofree char *model = lathe_variant_path (variant, folder);
  g_autofree char *facts = path_of (folder, variant->id, ".json");

  if ((g_unlink (facts) == 0 || errno == ENOENT) && (g_unlink (model) == 0 || errno == ENOENT))
    return TRUE;
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("The variant “%s” cannot be removed: %s"), model,
               g_strerror (errno));
  return FALSE;
}

/* --- Reading --- */

static gboolean
refuse (GError **error)
{
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("what it says makes no sense"));
  return FALSE;
}

/* A whole number up to `most`. */
static gboolean
read_count (JsonObject *object, const char *name, gint64 most, guint *count)
{
  gint64 value = json_object_get_int_member_with_default (object, name, -1);

  *count = (guint) value;
  return value >= 0 && value <= most;
}

static gboolean
read_kind (const char *name, LatheVariantKind *kind)
{
  for (guint i = 0; i < LATHE_N_VARIANT_KINDS; i++)
    if (g_strcmp0 (name, lathe_variant_kinds[i].name) == 0)
      {
        *kind = (LatheVariantKind) i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
read_step (JsonObject *object, LatheVariantStep *step)
{
  step->share = json_object_get_double_member_with_default (object, "share", NAN);
  return read_kind (json_object_get_string_member_with_default (object, "kind", NULL), &step->kind) &&
         (lathe_variant_kinds[step->kind].made == NULL) == (step->share == 0) && step->share >= 0 && step->share < 1 &&
         read_count (object, "epochs", MAX_EPOCHS, &step->epochs);
}

/* Of the model as it was trained, unless it says another one, which was pruned. */
static gboolean
read_of (JsonObject *object, const LatheVariantStep *step, LatheVariantStep *of)
{
  JsonNode *node = json_object_get_member (object, "of");

  *of = (LatheVariantStep){.kind = LATHE_VARIANT_TRAINED};
  if (node == NULL)
    return TRUE;
  return step->kind != LATHE_VARIANT_TRAINED && lathe_variant_kinds[step->kind].made == NULL &&
         JSON_NODE_HOLDS_OBJECT (node) && read_step (json_node_get_object (node), of) &&
         lathe_variant_kinds[of->kind].made != NULL;
}

/* A file in other numbers than its facts say is another one. */
static gboolean
fits (const LatheVariantStep *step, const LatheModel *model)
{
  return (step->kind != LATHE_VARIANT_INT8 || model->quantisation != NULL) &&
         (step->kind != LATHE_VARIANT_BF16 || model->in_bf16);
}

/* What it measured, where that was on the same images. */
static gboolean
read_measured (JsonObject *object, const char *fingerprint, LatheVariant *variant)
{
  const char *of = json_object_get_string_member_with_default (object, "dataset_sha256", NULL);
  double milliseconds = json_object_get_double_member_with_default (object, "milliseconds", NAN);

  if (of == NULL || g_strcmp0 (of, fingerprint) != 0)
    return TRUE;
  if (!read_count (object, "images", G_MAXINT32, &variant->images) ||
      !read_count (object, "right", variant->images, &variant->right) || !isfinite (milliseconds) || milliseconds < 0)
    return FALSE;
  variant->milliseconds = milliseconds;
  variant->fingerprint = g_strdup (of);
  return TRUE;
}

static JsonNode *
parse_facts (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) root = NULL;
  GStatBuf status;

  if (g_stat (path, &status) != 0)
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_IO, g_strerror (errno));
      return NULL;
    }
  if (status.st_size <= MAX_FILE && g_file_get_contents (path, &text, NULL, NULL))
    root = lathe_json_parse (text);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root) &&
      json_object_get_int_member_with_default (json_node_get_object (root), "lathe-variant", 0) == VERSION)
    return g_steal_pointer (&root);
  refuse (error);
  return NULL;
}

/* @trained: whose variant it is */
static LatheVariant *
read_variant (const char *folder, guint id, LatheModel *trained, const char *fingerprint, GError **error)
{
  g_autofree char *path = path_of (folder, id, ".json"), *model_path = path_of (folder, id, ".safetensors");
  g_autoptr (JsonNode) root = parse_facts (path, error);
  g_autoptr (LatheModel) model = NULL;
  g_autoptr (LatheVariant) variant = NULL;
  JsonObject *object;
  LatheVariantStep step, of;

  if (root == NULL)
    return NULL;
  object = json_node_get_object (root);
  if (!read_step (object, &step) || (step.kind == LATHE_VARIANT_TRAINED) != (id == 0) || !read_of (object, &step, &of))
    {
      refuse (error);
      return NULL;
    }
  model = id == 0 ? lathe_model_ref (trained) : lathe_model_load (model_path, error);
  if (model == NULL)
    return NULL;
  if (!fits (&step, model))
    {
      refuse (error);
      return NULL;
    }
  variant = lathe_variant_new (&step, model);
  variant->id = id;
  variant->of = of;
  variant->left_out = json_object_get_boolean_member_with_default (object, "left_out", FALSE);
  if (read_measured (object, fingerprint, variant))
    return g_steal_pointer (&variant);
  refuse (error);
  return NULL;
}

static GArray *
list_ids (const char *folder)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

  for (const char *name; dir != NULL && ids->len < MAX_VARIANTS && (name = g_dir_read_name (dir)) != NULL;)
    {
      char *end;
      guint64 id = g_ascii_strtoull (name, &end, 10);
      guint number = (guint) id;

      if (end != name && g_str_equal (end, ".json") && id > 0 && id <= G_MAXINT32)
        g_array_append_val (ids, number);
    }
  return ids;
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;

  return (x > y) - (x < y);
}

/**
 * lathe_variants_read:
 * @dataset: (nullable): whose images they are measured on: what was measured on others counts as not measured
 * @problems: (out) (transfer full) (element-type utf8): of those that cannot be read, a sentence each
 *
 * Returns: (transfer full) (element-type LatheVariant): the model as it was trained, and then its variants, the oldest
 * first
 */
GPtrArray *
lathe_variants_read (const char *folder, LatheModel *model, LatheDataset *dataset, GPtrArray **problems)
{
  GPtrArray *variants = g_ptr_array_new_with_free_func ((GDestroyNotify) lathe_variant_unref);
  g_autofree char *fingerprint = dataset != NULL ? lathe_dataset_fingerprint (dataset) : NULL;
  g_autoptr (GArray) ids = list_ids (folder);
  LatheVariant *trained = read_variant (folder, 0, model, fingerprint, NULL);

  *problems = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (variants, trained != NULL
                                 ? trained
                                 : lathe_variant_new (&(LatheVariantStep){.kind = LATHE_VARIANT_TRAINED}, model));
  g_array_sort (ids, compare_ids);
  for (guint i = 0; i < ids->len; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = path_of (folder, g_array_index (ids, guint, i), ".json");
      LatheVariant *variant = read_variant (folder, g_array_index (ids, guint, i), model, fingerprint, &error);

      if (variant != NULL)
        g_ptr_array_add (variants, variant);
      else
        g_ptr_array_add (*problems, g_strdup_printf (_ ("The variant “%s” cannot be read: %s"), path, error->message));
    }
  return variants;
}
