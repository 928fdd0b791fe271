/* lathe-transfer-file.c: what is said of a transfer, as a list of runs keeps it.
 *
 *   {"learned":40,"found":30,"computed":20,"l2":0.1,"folds":5,"validation":[40,38,0.12],"test":[5,5,0.05],
 *    "feature-seconds":2.1,"head-seconds":0.2,"curve":[[9,40,35,0.3],[20,40,38,0.2]],"rising":false}
 *
 * A score is [images, right, loss]; a point of the curve has the images that were learned from before it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "base/lathe-json.h"
#include "lathe-transfer-private.h"

#define MOST_POINTS 64

/* --- Writing --- */

static void
add_real (JsonBuilder *json, double value)
{
  if (isfinite (value))
    json_builder_add_double_value (json, value);
  else
    json_builder_add_null_value (json);
}

static void
add_score (JsonBuilder *json, const LatheTransferScore *score)
{
  json_builder_add_int_value (json, score->n);
  json_builder_add_int_value (json, score->n > 0 ? (gint64) round (score->accuracy * score->n) : 0);
  add_real (json, score->loss);
}

static void
add_side (JsonBuilder *json, const char *name, const LatheTransferScore *score)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  add_score (json, score);
  json_builder_end_array (json);
}

static void
add_curve (JsonBuilder *json, const LatheTransfer *transfer)
{
  json_builder_set_member_name (json, "curve");
  json_builder_begin_array (json);
  for (guint i = 0; i < transfer->curve->len; i++)
    {
      const LatheTransferPoint *point = &g_array_index (transfer->curve, LatheTransferPoint, i);

      json_builder_begin_array (json);
      json_builder_add_int_value (json, point->n_images);
      add_score (json, &point->score);
      json_builder_end_array (json);
    }
  json_builder_end_array (json);
  json_builder_set_member_name (json, "rising");
  json_builder_add_boolean_value (json, transfer->rising);
}

/**
 * lathe_transfer_to_json:
 *
 * Returns: (transfer full): all but its model and what could not be read
 */
char *
lathe_transfer_to_json (const LatheTransfer *transfer)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  const struct
  {
    const char *name;
    guint value;
  } counts[] = {{"learned", transfer->n_learned},
                {"found", transfer->n_found},
                {"computed", transfer->n_computed},
                {"folds", transfer->n_folds}};
  const struct
  {
    const char *name;
    double value;
  } numbers[] = {
      {"l2", transfer->l2}, {"feature-seconds", transfer->feature_seconds}, {"head-seconds", transfer->head_seconds}};

  json_builder_begin_object (json);
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      json_builder_set_member_name (json, counts[i].name);
      json_builder_add_int_value (json, counts[i].value);
    }
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      json_builder_set_member_name (json, numbers[i].name);
      add_real (json, numbers[i].value);
    }
  add_side (json, "validation", &transfer->validation);
  add_side (json, "test", &transfer->test);
  if (transfer->curve != NULL)
    add_curve (json, transfer);
  json_builder_end_object (json);
  return lathe_json_finish (json);
}

/* --- Reading --- */

/* NAN: it is not there, or no number. */
static double
to_real (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_double (node) : NAN;
}

static guint
to_count (JsonNode *node)
{
  double value = to_real (node);

  return value >= 0 && value <= G_MAXINT ? (guint) value : 0;
}

static JsonArray *
to_array (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

/* From this place in the array on. */
static LatheTransferScore
to_score (JsonArray *array, guint first)
{
  guint n, right;

  if (array == NULL || json_array_get_length (array) < first + 3)
    return (LatheTransferScore){.accuracy = NAN, .loss = NAN, .interval = lathe_interval_wilson (0, 0)};
  n = to_count (json_array_get_element (array, first));
  right = MIN (to_count (json_array_get_element (array, first + 1)), n);
  return (LatheTransferScore){
      .n = n,
      .accuracy = n > 0 ? (double) right / n : NAN,
      .loss = to_real (json_array_get_element (array, first + 2)),
      .interval = lathe_interval_wilson (right, n),
  };
}

static GArray *
to_curve (JsonArray *array)
{
  GArray *curve = g_array_new (FALSE, FALSE, sizeof (LatheTransferPoint));

  for (guint i = 0; i < json_array_get_length (array) && i < MOST_POINTS; i++)
    {
      JsonArray *read = to_array (json_array_get_element (array, i));
      LatheTransferPoint point = {.score = to_score (read, 1)};

      if (point.score.n == 0)
        continue;
      point.n_images = to_count (json_array_get_element (read, 0));
      g_array_append_val (curve, point);
    }
  return curve;
}

/**
 * lathe_transfer_from_json:
 *
 * What cannot be read of it is as if nobody had asked.
 *
 * Returns: (transfer full) (nullable): without a model; NULL: it is no such text
 */
LatheTransfer *
lathe_transfer_from_json (const char *text)
{
  g_autoptr (JsonNode) node = lathe_json_parse (text);
  JsonObject *object = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  LatheTransfer *transfer;
  JsonNode *rising;
  JsonArray *curve;

  if (object == NULL)
    return NULL;
  transfer = g_new0 (LatheTransfer, 1);
  g_atomic_ref_count_init (&transfer->references);
  transfer->unreadable = g_ptr_array_new ();
  transfer->n_learned = to_count (json_object_get_member (object, "learned"));
  transfer->n_found = to_count (json_object_get_member (object, "found"));
  transfer->n_computed = to_count (json_object_get_member (object, "computed"));
  transfer->n_folds = to_count (json_object_get_member (object, "folds"));
  transfer->l2 = to_real (json_object_get_member (object, "l2"));
  transfer->feature_seconds = to_real (json_object_get_member (object, "feature-seconds"));
  transfer->head_seconds = to_real (json_object_get_member (object, "head-seconds"));
  transfer->validation = to_score (to_array (json_object_get_member (object, "validation")), 0);
  transfer->test = to_score (to_array (json_object_get_member (object, "test")), 0);
  curve = to_array (json_object_get_member (object, "curve"));
  rising = json_object_get_member (object, "rising");
  transfer->curve = curve != NULL ? to_curve (curve) : NULL;
  transfer->rising = rising != NULL && JSON_NODE_HOLDS_VALUE (rising) && json_node_get_boolean (rising);
  return transfer;
}
