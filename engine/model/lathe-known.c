/* lathe-known.c: what a model has learned from, kept with it: whether an image is unlike all of that.
 *
 * A network is as sure of what it has never seen as of what it knows. So the features of some hundred training images
 * go with the model, as directions in 8 bits, and an image whose fifth nearest of these lies further away than that of
 * 95 in 100 of them lies from it is unlike all. In files:
 *
 *   {"features":1280,"least":0.7123,"rows":"base64 of n × 1280 bytes","sha256":"of these bytes"}
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-known.h"

#include <math.h>
#include <string.h>

#include "base/lathe-json.h"
#include "base/lathe-quantile.h"

#define MOST_FEATURES 65536

/**
 * lathe_features_to_row:
 * @features: n of them
 * @row: (out caller-allocates) (array length=n): their signed square roots, of length 1; 0 where all features are
 */
void
lathe_features_to_row (const float *features, guint n, LatheReal *row)
{
  double squares = 0, scale;

  for (guint i = 0; i < n; i++)
    squares += fabs ((double) features[i]);
  scale = squares > 0 ? 1 / sqrt (squares) : 0;
  for (guint i = 0; i < n; i++)
    row[i] = (LatheReal) (copysign (sqrt (fabs ((double) features[i])), (double) features[i]) * scale);
}

/**
 * lathe_known_find_least:
 * @nearness: (inout): of each of n known images, one or more, the cosine to its LATHE_KNOWN_NEIGHBOURS-th nearest; are
 *   sorted
 *
 * Returns: what LATHE_KNOWN_SHARE of them are not below, with what lies between two of them
 */
double
lathe_known_find_least (double *nearness, guint n)
{
  lathe_sort_doubles (nearness, n);
  return lathe_quantile (nearness, n, 1 - LATHE_KNOWN_SHARE);
}

/* --- Comparing --- */

static void
measure_row (LatheKnown *known, guint i)
{
  const gint8 *row = known->rows + (gsize) i * known->n_features;
  gint64 squares = 0;

  for (guint k = 0; k < known->n_features; k++)
    squares += row[k] * row[k];
  known->sizes[i] = sqrt ((double) squares);
}

static LatheKnown *
new_empty (guint n, guint n_features)
{
  LatheKnown *known = g_new0 (LatheKnown, 1);

  g_atomic_ref_count_init (&known->references);
  known->n = n;
  known->n_features = n_features;
  known->rows = g_new (gint8, (gsize) n * n_features);
  known->sizes = g_new (double, n);
  return known;
}

/* Four sums in turns, as one alone would wait for itself. */
static double
multiply (const gint8 *a, const LatheReal *b, guint n)
{
  double sums[4] = {0};

  for (guint k = 0; k < n; k++)
    sums[k % 4] += a[k] * (double) b[k];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/* The cosine to the LATHE_KNOWN_NEIGHBOURS-th nearest of them but one (G_MAXUINT: of all). row: of length 1 */
static double
find_nearness (const LatheKnown *known, const LatheReal *row, guint but)
{
  double nearest[LATHE_KNOWN_NEIGHBOURS];

  for (guint j = 0; j < LATHE_KNOWN_NEIGHBOURS; j++)
    nearest[j] = -1;
  for (guint i = 0; i < known->n; i++)
    {
      double cosine =
          known->sizes[i] > 0 && i != but
              ? multiply (known->rows + (gsize) i * known->n_features, row, known->n_features) / known->sizes[i]
              : -1;

      for (guint j = 0; j < LATHE_KNOWN_NEIGHBOURS; j++)
        if (cosine > nearest[j])
          {
            double other = nearest[j];

            nearest[j] = cosine;
            cosine = other;
          }
    }
  return nearest[LATHE_KNOWN_NEIGHBOURS - 1];
}

/**
 * lathe_known_find_nearness:
 * @features: of an image: n_features
 *
 * Returns: the cosine to the fifth nearest of the images that are kept: below `least` it is unlike all of them
 */
double
lathe_known_find_nearness (const LatheKnown *known, const float *features)
{
  g_autofree LatheReal *row = g_new (LatheReal, known->n_features);

  lathe_features_to_row (features, known->n_features, row);
  return find_nearness (known, row, G_MAXUINT);
}

/* --- Making --- */

static void
keep_row (LatheKnown *known, guint i, const LatheReal *row)
{
  gint8 *kept = known->rows + (gsize) i * known->n_features;
  double most = 0;

  for (guint k = 0; k < known->n_features; k++)
    most = fmax (most, fabs ((double) row[k]));
  for (guint k = 0; k < known->n_features; k++)
    kept[k] = (gint8) (most > 0 ? rint (127 * (double) row[k] / most) : 0);
  measure_row (known, i);
}

/**
 * lathe_known_new:
 * @features: (array): of all images of a dataset, n_features each
 * @images: (array length=n): those of them that were learned from
 *
 * Where they are more than LATHE_MOST_KNOWN, every second, third… is kept, in their order.
 *
 * Returns: (transfer full) (nullable): NULL: they are too few to say what is unlike them
 */
LatheKnown *
lathe_known_new (const float *features, const guint32 *images, guint n, guint n_features)
{
  guint stride = (n + LATHE_MOST_KNOWN - 1) / LATHE_MOST_KNOWN, n_kept = stride > 0 ? (n + stride - 1) / stride : 0;
  g_autofree LatheReal *row = g_new (LatheReal, n_features);
  g_autofree double *nearness = g_new (double, MAX (n_kept, 1));
  LatheKnown *known;

  if (n_kept < LATHE_FEWEST_TO_KNOW || n_features > MOST_FEATURES)
    return NULL;
  known = new_empty (n_kept, n_features);
  for (guint i = 0; i < n_kept; i++)
    {
      lathe_features_to_row (features + (gsize) images[i * stride] * n_features, n_features, row);
      keep_row (known, i, row);
    }
  for (guint i = 0; i < n_kept; i++)
    {
      lathe_features_to_row (features + (gsize) images[i * stride] * n_features, n_features, row);
      nearness[i] = find_nearness (known, row, i);
    }
  known->least = lathe_known_find_least (nearness, n_kept);
  return known;
}

LatheKnown *
lathe_known_ref (LatheKnown *known)
{
  g_atomic_ref_count_inc (&known->references);
  return known;
}

void
lathe_known_unref (LatheKnown *known)
{
  if (!g_atomic_ref_count_dec (&known->references))
    return;
  g_free (known->rows);
  g_free (known->sizes);
  g_free (known);
}

/* --- In files --- */

/**
 * lathe_known_to_json:
 *
 * Returns: (transfer full)
 */
char *
lathe_known_to_json (const LatheKnown *known)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  gsize size = (gsize) known->n * known->n_features;
  g_autofree char *rows = g_base64_encode ((const guchar *) known->rows, size);
  g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) known->rows, size);

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "features");
  json_builder_add_int_value (json, known->n_features);
  json_builder_set_member_name (json, "least");
  json_builder_add_double_value (json, known->least);
  json_builder_set_member_name (json, "rows");
  json_builder_add_string_value (json, rows);
  json_builder_set_member_name (json, "sha256");
  json_builder_add_string_value (json, sha256);
  json_builder_end_object (json);
  return lathe_json_finish (json);
}

/* NULL: it is not there, or no value. */
static JsonNode *
find_value (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? node : NULL;
}

static const char *
find_text (JsonObject *object, const char *name)
{
  JsonNode *node = find_value (object, name);
  const char *text = node != NULL ? json_node_get_string (node) : NULL;

  return text != NULL ? text : "";
}

static double
find_number (JsonObject *object, const char *name)
{
  JsonNode *node = find_value (object, name);

  return node != NULL ? json_node_get_double (node) : NAN;
}

static LatheKnown *
read_rows (JsonObject *object, guint n_features, double least)
{
  const char *text = find_text (object, "rows"), *sha256 = find_text (object, "sha256");
  gsize size = 0;
  g_autofree guchar *rows = NULL;
  g_autofree char *found = NULL;
  LatheKnown *known;

  if (strlen (text) > ((gsize) n_features * LATHE_MOST_KNOWN + 2) / 3 * 4)
    return NULL;
  rows = g_base64_decode (text, &size);
  found = g_compute_checksum_for_data (G_CHECKSUM_SHA256, rows, size);
  if (size % n_features != 0 || size / n_features < LATHE_FEWEST_TO_KNOW || !g_str_equal (found, sha256))
    return NULL;
  known = new_empty ((guint) (size / n_features), n_features);
  known->least = least;
  memcpy (known->rows, rows, size);
  for (guint i = 0; i < known->n; i++)
    measure_row (known, i);
  return known;
}

/**
 * lathe_known_from_json:
 * @text: from anywhere
 *
 * Returns: (transfer full) (nullable): NULL: it makes no sense, or is damaged, and so nothing is known to be unlike
 */
LatheKnown *
lathe_known_from_json (const char *text)
{
  g_autoptr (JsonNode) node = lathe_json_parse (text);
  JsonObject *object = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  double n_features = find_number (object, "features"), least = find_number (object, "least");

  return n_features >= 1 && n_features <= MOST_FEATURES && least >= -1 && least <= 1
             ? read_rows (object, (guint) n_features, least)
             : NULL;
}
