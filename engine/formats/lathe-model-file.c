/* lathe-model-file.c: the model file: safetensors, with everything else in its metadata.
 *
 * The metadata's values are strings, as the format wants them; network, labels, preprocessing and scores are JSON
 * inside. Two checksums cover the file: one the weights, one those strings. A model with a temperature is of a version
 * of its own: a program that does not know of it would give other probabilities. So are a model in 8 bits (see
 * lathe-model-bytes.c) and one in bfloat16 (see lathe-model-halves.c), which have a temperature in any case.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-model-file.h"

#include <inttypes.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "base/lathe-json.h"
#include "lathe-model-bytes.h"
#include "lathe-model-halves.h"
#include "lathe-safetensors.h"

#define VERSION "1"
#define VERSION_COOLED "2"    /* as 1, and with a temperature */
#define VERSION_QUANTISED "3" /* as 2, and in 8 bits */
#define VERSION_BF16 "4"      /* as 2, and what it multiplies by is in 16 bits */
#define KEY_FORMAT "format"
#define KEY_VERSION "lathe.version"
#define KEY_NETWORK "lathe.network"
#define KEY_LABELS "lathe.labels"
#define KEY_PREPROCESS "lathe.preprocess"
#define KEY_SCORES "lathe.scores"
#define KEY_WEIGHTS "lathe.weights_sha256"
#define KEY_TEMPERATURE "lathe.temperature"
#define KEY_QUANTISATION "lathe.quantisation"
#define KEY_METADATA "lathe.metadata_sha256"
#define KEY_KNOWN "lathe.known" /* has a checksum of its own: a program may leave it out */

#define MAX_LABELS 65536u

/* What the second checksum covers; the last ones where the version has them. */
static const char *const signed_keys[] = {KEY_NETWORK, KEY_LABELS,      KEY_PREPROCESS,  KEY_SCORES,
                                          KEY_WEIGHTS, KEY_TEMPERATURE, KEY_QUANTISATION};

/* The places of `signed_keys`. */
enum
{
  NETWORK,
  LABELS,
  PREPROCESS,
  SCORES,
  WEIGHTS,
  TEMPERATURE,
  QUANTISATION,
};

/* How many of them each version has. */
static const struct
{
  const char *name;
  guint n_keys;
} versions[] = {{VERSION, TEMPERATURE},
                {VERSION_COOLED, QUANTISATION},
                {VERSION_QUANTISED, QUANTISATION + 1},
                {VERSION_BF16, QUANTISATION}};

/* Scores under their names in the file. */
static const struct
{
  const char *name;
  gsize offset;
} score_members[] = {
    {"validation-loss", G_STRUCT_OFFSET (LatheScores, validation_loss)},
    {"validation-accuracy", G_STRUCT_OFFSET (LatheScores, validation_accuracy)},
    {"test-loss", G_STRUCT_OFFSET (LatheScores, test_loss)},
    {"test-accuracy", G_STRUCT_OFFSET (LatheScores, test_accuracy)},
};

static char *
sign (const char *const values[G_N_ELEMENTS (signed_keys)])
{
  g_autofree char *text = NULL;
  GString *all = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (signed_keys) && values[i] != NULL; i++)
    g_string_append_printf (all, "%s\n", values[i]);
  text = g_string_free (all, FALSE);
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

/* --- saving ------------------------------------------------------------------------------------------------------- */

char *
lathe_labels_to_json (char **labels)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_array (builder);
  for (guint i = 0; labels[i] != NULL; i++)
    json_builder_add_string_value (builder, labels[i]);
  json_builder_end_array (builder);
  return lathe_json_finish (builder);
}

double
lathe_shorten (float value)
{
  char format[] = "%.6g", digits[G_ASCII_DTOSTR_BUF_SIZE];
  double number;

  do
    {
      number = g_ascii_strtod (g_ascii_formatd (digits, sizeof digits, format, value), NULL);
      format[2]++;
    }
  while ((float) number != value && format[2] <= '9');
  return number;
}

static void
add_numbers (JsonBuilder *builder, const char *name, const float *values, guint n)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; i < n; i++)
    json_builder_add_double_value (builder, lathe_shorten (values[i]));
  json_builder_end_array (builder);
}

char *
lathe_preprocess_to_json (const LathePreprocess *preprocess)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "width");
  json_builder_add_int_value (builder, preprocess->width);
  json_builder_set_member_name (builder, "height");
  json_builder_add_int_value (builder, preprocess->height);
  json_builder_set_member_name (builder, "channels");
  json_builder_add_int_value (builder, preprocess->channels);
  add_numbers (builder, "mean", preprocess->mean, preprocess->channels);
  add_numbers (builder, "deviation", preprocess->deviation, preprocess->channels);
  if (preprocess->views > 1)
    {
      json_builder_set_member_name (builder, "views");
      json_builder_add_int_value (builder, preprocess->views);
    }
  if (preprocess->fit != LATHE_FIT_CROP)
    {
      json_builder_set_member_name (builder, "fit");
      json_builder_add_string_value (builder, lathe_fit_names[preprocess->fit]);
    }
  if (preprocess->measured)
    {
      json_builder_set_member_name (builder, "measured");
      json_builder_add_boolean_value (builder, TRUE);
    }
  json_builder_end_object (builder);
  return lathe_json_finish (builder);
}

/* JSON has no word for a score that is not there. */
static char *
scores_to_json (const LatheScores *scores)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "best-epoch");
  json_builder_add_int_value (builder, scores->best_epoch);
  if (scores->folds > 0)
    {
      json_builder_set_member_name (builder, "folds");
      json_builder_add_int_value (builder, scores->folds);
    }
  for (guint i = 0; i < G_N_ELEMENTS (score_members); i++)
    {
      double value = G_STRUCT_MEMBER (double, scores, score_members[i].offset);
      if (!isfinite (value))
        continue;
      json_builder_set_member_name (builder, score_members[i].name);
      json_builder_add_double_value (builder, value);
    }
  json_builder_end_object (builder);
  return lathe_json_finish (builder);
}

/* Keys and values by turns. (transfer full) */
static char **
make_metadata (const LatheModel *model)
{
  g_autofree char *network = lathe_graph_to_json (model->graph);
  g_autofree char *labels = lathe_labels_to_json (model->labels);
  g_autofree char *preprocess = lathe_preprocess_to_json (&model->preprocess);
  g_autofree char *scores = scores_to_json (&model->scores);
  g_autofree char *weights = lathe_model_weights_sha256 (model);
  gboolean quantised = model->quantisation != NULL, cooled = quantised || model->in_bf16 || model->temperature != 1;
  g_autofree char *quantisation = quantised ? lathe_quantisation_to_json (model->quantisation, model->graph) : NULL;
  g_autofree char *known = model->known != NULL ? lathe_known_to_json (model->known) : NULL;
  char temperature[G_ASCII_DTOSTR_BUF_SIZE];
  const char *const values[] = {
      network,     labels,  preprocess,
      scores,      weights, cooled ? g_ascii_dtostr (temperature, sizeof temperature, model->temperature) : NULL,
      quantisation};
  g_autofree char *signature = sign (values);
  const char *const metadata[] = {
      KEY_FORMAT,     "lathe",
      KEY_VERSION,    quantised ? VERSION_QUANTISED : model->in_bf16 ? VERSION_BF16 : cooled ? VERSION_COOLED : VERSION,
      KEY_NETWORK,    network,
      KEY_LABELS,     labels,
      KEY_PREPROCESS, preprocess,
      KEY_SCORES,     scores,
      KEY_WEIGHTS,    weights,
      KEY_METADATA,   signature,
  };
  const char *const more[][2] = {{cooled ? KEY_TEMPERATURE : NULL, temperature},
                                 {quantised ? KEY_QUANTISATION : NULL, quantisation},
                                 {known != NULL ? KEY_KNOWN : NULL, known}};
  g_autoptr (GStrvBuilder) all = g_strv_builder_new ();

  for (guint i = 0; i < G_N_ELEMENTS (metadata); i++)
    g_strv_builder_add (all, metadata[i]);
  for (guint i = 0; i < G_N_ELEMENTS (more); i++)
    for (guint j = 0; j < 2 && more[i][0] != NULL; j++)
      g_strv_builder_add (all, more[i][j]);
  return g_strv_builder_end (all);
}

/* (transfer full) (element-type LatheWeight) */
static GArray *
tensors_of (const LatheModel *model)
{
  return model->quantisation != NULL ? lathe_model_bytes_tensors (model)
         : model->in_bf16            ? lathe_model_halves_tensors (model)
                                     : g_array_ref (model->weights);
}

gboolean
lathe_model_save (const LatheModel *model, const char *path, GError **error)
{
  g_return_val_if_fail (model != NULL && path != NULL, FALSE);

  g_autoptr (GError) reason = NULL;
  g_auto (GStrv) metadata = make_metadata (model);
  g_autoptr (GArray) tensors = tensors_of (model);

  if (lathe_safetensors_write (path, (const char *const *) metadata, tensors, &reason))
    return TRUE;
  lathe_error_explain (error, reason, _ ("The model cannot be saved as “%s”: %s."), path);
  return FALSE;
}

/* The length, the metadata and where each tensor lies: what comes before the tensors' bytes. (transfer full) */
static GString *
make_header (const LatheModel *model, const GArray *tensors)
{
  g_auto (GStrv) metadata = make_metadata (model);

  return lathe_safetensors_header ((const char *const *) metadata, tensors);
}

guint64
lathe_model_count_bytes (const LatheModel *model)
{
  g_autoptr (GArray) tensors = tensors_of (model);
  g_autoptr (GString) header = make_header (model, tensors);

  return header->len + lathe_safetensors_size (tensors);
}

GBytes *
lathe_model_to_bytes (const LatheModel *model)
{
  g_autoptr (GArray) tensors = tensors_of (model);
  GString *bytes = make_header (model, tensors);
  gsize at = bytes->len;

  g_string_set_size (bytes, at + lathe_safetensors_size (tensors));
  lathe_safetensors_copy ((guint8 *) bytes->str + at, tensors);
  return g_string_free_to_bytes (bytes);
}

guint64
lathe_model_put (const LatheModel *model, guint8 *room, guint64 size)
{
  g_autoptr (GArray) tensors = tensors_of (model);
  g_autoptr (GString) header = make_header (model, tensors);

  if (header->len > size || lathe_safetensors_size (tensors) > size - header->len)
    return 0;
  memcpy (room, header->str, header->len);
  lathe_safetensors_copy (room + header->len, tensors);
  return header->len + lathe_safetensors_size (tensors);
}

/* --- loading ------------------------------------------------------------------------------------------------------ */

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_FORMAT, reason);
  return FALSE;
}

/* That it is ours, of a version that is known, complete, and as it was written. Fills in `values`. */
static gboolean
check_metadata (const LatheSafetensors *file, const char *values[G_N_ELEMENTS (signed_keys)], GError **error)
{
  const char *version = lathe_safetensors_get (file, KEY_VERSION);
  guint n_keys = 0;

  if (g_strcmp0 (lathe_safetensors_get (file, KEY_FORMAT), "lathe") != 0 || version == NULL)
    return refuse (error, _ ("it holds tensors, but no Lathe model"));
  for (guint i = 0; i < G_N_ELEMENTS (versions); i++)
    if (strcmp (version, versions[i].name) == 0)
      n_keys = versions[i].n_keys;
  if (n_keys == 0)
    {
      g_set_error (
          error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
          _ ("its format has version %s, and this Lathe knows the versions up to %s; a newer Lathe may open it"),
          version, versions[G_N_ELEMENTS (versions) - 1].name);
      return FALSE;
    }
  values[TEMPERATURE] = values[QUANTISATION] = NULL;
  for (guint i = 0; i < n_keys; i++)
    if ((values[i] = lathe_safetensors_get (file, signed_keys[i])) == NULL)
      {
        g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT, _ ("its “%s” is missing"), signed_keys[i]);
        return FALSE;
      }
  g_autofree char *signature = sign (values);
  if (g_strcmp0 (signature, lathe_safetensors_get (file, KEY_METADATA)) != 0)
    return refuse (error, _ ("its metadata is damaged; copy the file again"));
  return TRUE;
}

static JsonNode *
parse (const char *text, GError **error)
{
  g_autoptr (JsonNode) node = lathe_json_parse (text);
  if (node == NULL)
    refuse (error, _ ("its metadata is damaged; copy the file again"));
  return g_steal_pointer (&node);
}

char **
lathe_labels_from_json (const char *text, GError **error)
{
  g_autoptr (JsonNode) root = parse (text, error);
  g_autoptr (GStrvBuilder) labels = g_strv_builder_new ();
  if (root == NULL)
    return NULL;

  JsonArray *array = JSON_NODE_HOLDS_ARRAY (root) ? json_node_get_array (root) : NULL;
  guint n = array != NULL ? json_array_get_length (array) : 0;
  gboolean ok = n >= 2 && n <= MAX_LABELS;
  for (guint i = 0; ok && i < n; i++)
    {
      JsonNode *label = json_array_get_element (array, i);
      ok = JSON_NODE_HOLDS_VALUE (label) && json_node_get_value_type (label) == G_TYPE_STRING;
      if (ok)
        g_strv_builder_add (labels, json_node_get_string (label));
    }
  if (ok)
    return g_strv_builder_end (labels);
  refuse (error, _ ("its labels are no list of two or more names"));
  return NULL;
}

static gboolean
get_number (JsonNode *node, double *value)
{
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return FALSE;
  GType type = json_node_get_value_type (node);
  if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
    return FALSE;
  *value = json_node_get_double (node);
  return isfinite (*value);
}

static gboolean
get_count (JsonObject *object, const char *name, guint *count)
{
  double value;
  if (!get_number (json_object_get_member (object, name), &value) || value < 0 || value > G_MAXINT32)
    return FALSE;
  *count = (guint) value;
  return TRUE;
}

static gboolean
get_numbers (JsonObject *object, const char *name, float *values, guint n)
{
  JsonNode *node = json_object_get_member (object, name);
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node) || json_array_get_length (json_node_get_array (node)) != n)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      double value;
      if (!get_number (json_array_get_element (json_node_get_array (node), i), &value))
        return FALSE;
      values[i] = (float) value;
      if (!isfinite (values[i]))
        return FALSE;
    }
  return TRUE;
}

static gboolean
get_fit (JsonNode *node, LatheFit *fit, GError **error)
{
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return refuse (error, _ ("its preprocessing makes no sense"));
  for (guint i = 0; lathe_fit_names[i] != NULL; i++)
    if (g_str_equal (lathe_fit_names[i], json_node_get_string (node)))
      {
        *fit = (LatheFit) i;
        return TRUE;
      }
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
               _ ("this Lathe does not know its fit “%s”; a newer Lathe may open it"), json_node_get_string (node));
  return FALSE;
}

/* What every preprocessing says. Channels that a grey image does not have are as its one. */
static gboolean
get_needed (JsonObject *object, LathePreprocess *preprocess)
{
  if (object == NULL || !get_count (object, "width", &preprocess->width) ||
      !get_count (object, "height", &preprocess->height) || !get_count (object, "channels", &preprocess->channels) ||
      (preprocess->channels != 1 && preprocess->channels != 3) ||
      !get_numbers (object, "mean", preprocess->mean, preprocess->channels) ||
      !get_numbers (object, "deviation", preprocess->deviation, preprocess->channels))
    return FALSE;
  for (guint c = 0; c < 3; c++)
    {
      preprocess->mean[c] = preprocess->mean[c % preprocess->channels];
      preprocess->deviation[c] = preprocess->deviation[c % preprocess->channels];
      if (!(preprocess->deviation[c] > 0))
        return FALSE;
    }
  return TRUE;
}

/* What is left out where it is as usual. */
static gboolean
get_unusual (JsonObject *object, LathePreprocess *preprocess, GError **error)
{
  JsonNode *measured = json_object_get_member (object, "measured");
  JsonNode *fit = json_object_get_member (object, "fit");
  gboolean ok = TRUE;

  if (json_object_has_member (object, "views"))
    ok = get_count (object, "views", &preprocess->views) &&
         (preprocess->views == LATHE_MIRRORED_VIEWS || preprocess->views == LATHE_MOVED_VIEWS);
  if (ok && measured != NULL)
    ok = JSON_NODE_HOLDS_VALUE (measured) && json_node_get_value_type (measured) == G_TYPE_BOOLEAN;
  if (!ok)
    return refuse (error, _ ("its preprocessing makes no sense"));
  preprocess->measured = measured != NULL && json_node_get_boolean (measured);
  return fit == NULL || get_fit (fit, &preprocess->fit, error);
}

gboolean
lathe_preprocess_from_json (const char *text, const LatheGraph *graph, LathePreprocess *preprocess, GError **error)
{
  g_autoptr (JsonNode) root = parse (text, error);
  LatheShape input;
  if (root == NULL)
    return FALSE;

  JsonObject *object = JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  *preprocess = (LathePreprocess){0};
  if (!get_needed (object, preprocess))
    return refuse (error, _ ("its preprocessing makes no sense"));
  if (!get_unusual (object, preprocess, error))
    return FALSE;

  LatheShape made = LATHE_SHAPE_IMAGE (preprocess->height, preprocess->width, preprocess->channels);
  return graph == NULL || (lathe_graph_get_input (graph, &input) && lathe_shape_equal (&input, &made)) ||
         refuse (error, _ ("its preprocessing does not fit its network"));
}

static gboolean
scores_from_json (const char *text, LatheScores *scores, GError **error)
{
  g_autoptr (JsonNode) root = parse (text, error);
  if (root == NULL)
    return FALSE;
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  if (object == NULL || !get_count (object, "best-epoch", &scores->best_epoch))
    return refuse (error, _ ("its scores make no sense"));
  if (json_object_has_member (object, "folds") && !get_count (object, "folds", &scores->folds))
    return refuse (error, _ ("its scores make no sense"));
  for (guint i = 0; i < G_N_ELEMENTS (score_members); i++)
    {
      double value;
      if (get_number (json_object_get_member (object, score_members[i].name), &value))
        G_STRUCT_MEMBER (double, scores, score_members[i].offset) = value;
    }
  return TRUE;
}

/* @text: (nullable): none */
static gboolean
temperature_from_text (const char *text, double *temperature, GError **error)
{
  char *end = NULL;

  if (text == NULL)
    return TRUE;
  *temperature = g_ascii_strtod (text, &end);
  return (end != text && *end == '\0' && isfinite (*temperature) && *temperature > 0) ||
         refuse (error, _ ("its temperature makes no sense"));
}

/* What makes no sense is left out: the model answers all the same. */
static void
read_known (const LatheSafetensors *file, LatheModel *model)
{
  const char *text = lathe_safetensors_get (file, KEY_KNOWN);

  model->known = text != NULL ? lathe_known_from_json (text) : NULL;
}

static gboolean
is_in_bf16 (const LatheSafetensors *file)
{
  return strcmp (lathe_safetensors_get (file, KEY_VERSION), VERSION_BF16) == 0;
}

/* A network that asks for other numbers of weights than there are in the file gets no memory. */
static gboolean
check_size (const LatheSafetensors *file, const LatheGraph *graph, gboolean is_short, GError **error)
{
  g_autoptr (LatheGraphReport) report = lathe_graph_check (graph);
  if (!report->works || report->parameters == file->size / sizeof (float))
    return TRUE; /* what does not work is told by lathe_model_new() */
  if (is_short && report->parameters <= file->size)
    return TRUE; /* a byte each, at least */
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT,
               _ ("its network has %" PRIu64 " weights, but %" PRIu64 " are in it"), report->parameters,
               file->size / sizeof (float));
  return FALSE;
}

/* Fills in `values`, too. */
static LatheGraph *
read_network (const LatheSafetensors *file, const char *values[G_N_ELEMENTS (signed_keys)], GError **error)
{
  if (!check_metadata (file, values, error))
    return NULL;
  g_autoptr (LatheGraph) graph = lathe_graph_from_json (values[NETWORK], -1, error);
  gboolean is_short = values[QUANTISATION] != NULL || is_in_bf16 (file);
  return graph != NULL && check_size (file, graph, is_short, error) ? g_steal_pointer (&graph) : NULL;
}

/* What it says of 8 bits first, as that says which tensors there are. */
static gboolean
read_weights (const LatheSafetensors *file, const char *quantisation, LatheModel *model, GError **error)
{
  if (is_in_bf16 (file))
    return lathe_model_halves_read (file, model, error);
  if (quantisation == NULL)
    return lathe_safetensors_read (file, model->weights, error);
  model->quantisation = lathe_quantisation_from_json (quantisation, model->graph, error);
  if (model->quantisation == NULL)
    return FALSE;
  g_autoptr (GArray) tensors = lathe_model_bytes_tensors (model);
  return lathe_safetensors_read (file, tensors, error) && lathe_model_bytes_take (model, tensors, error);
}

static LatheModel *
read_model (const LatheSafetensors *file, GError **error)
{
  const char *values[G_N_ELEMENTS (signed_keys)];
  LathePreprocess preprocess;

  g_autoptr (LatheGraph) graph = read_network (file, values, error);
  if (graph == NULL || !lathe_preprocess_from_json (values[PREPROCESS], graph, &preprocess, error))
    return NULL;
  g_auto (GStrv) labels = lathe_labels_from_json (values[LABELS], error);
  if (labels == NULL)
    return NULL;
  g_autoptr (LatheModel) model = lathe_model_new (graph, (const char *const *) labels, &preprocess, error);
  if (model == NULL || !scores_from_json (values[SCORES], &model->scores, error) ||
      !temperature_from_text (values[TEMPERATURE], &model->temperature, error) ||
      !read_weights (file, values[QUANTISATION], model, error))
    return NULL;

  g_autofree char *weights = lathe_model_weights_sha256 (model);
  if (strcmp (weights, values[WEIGHTS]) != 0)
    {
      refuse (error, _ ("its weights are damaged; copy the file again"));
      return NULL;
    }
  read_known (file, model);
  return g_steal_pointer (&model);
}

LatheModel *
lathe_model_load (const char *path, GError **error)
{
  g_return_val_if_fail (path != NULL, NULL);

  g_autoptr (GError) reason = NULL;
  g_auto (LatheSafetensors) file = {.fd = -1};
  LatheModel *model = lathe_safetensors_open (&file, path, &reason) ? read_model (&file, &reason) : NULL;
  if (model == NULL)
    lathe_error_explain (error, reason, _ ("The model “%s” cannot be opened: %s."), path);
  return model;
}

LatheModel *
lathe_model_load_open (int fd, GError **error)
{
  g_auto (LatheSafetensors) file = {.fd = -1};

  return lathe_safetensors_open_file (&file, fd, error) ? read_model (&file, error) : NULL;
}
