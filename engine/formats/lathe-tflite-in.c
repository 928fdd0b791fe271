/* lathe-tflite-in.c: a TensorFlow Lite file as a model.
 *
 * Its operators are said one after another in the words of ONNX: see lathe-tflite-in.h. The file's numbers are read
 * where they lie, so that it is in memory whole meanwhile.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-tflite-in.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lathe-error.h"
#include "lathe-onnx-in.h"
#include "lathe-span.h"
#include "lathe-tflite-read.h"

#define OPSET 20                           /* the version of ONNX’s operators that is spoken */
#define LARGEST_FILE ((gint64) G_MAXINT32) /* bytes of a FlatBuffer */
#define SHIFT 128                          /* from a byte below 0 to one that is not */

static gboolean
refuse (GError **error, LatheError code, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, (int) code, reason);
  return FALSE;
}

/* --- Operators --- */

static const LatheTfliteInRow *
find_row (LatheTfliteOp op)
{
  const LatheTfliteInRow *const tables[] = {lathe_tflite_in_windows, lathe_tflite_in_operators};

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const LatheTfliteInRow *row = tables[i]; row->say != NULL; row++)
      if (row->op == op)
        return row;
  return NULL;
}

/* What an operator has that it cannot do without. */
static gboolean
is_sound (LatheTfliteIn *in)
{
  return in->step->inputs.n > 0 && lathe_tflite_in_result (in)->rank <= LATHE_TFLITE_IN_RANK;
}

static gboolean
say_operators (LatheTfliteIn *in, GError **error)
{
  for (guint i = 0; i < in->n_operators; i++)
    {
      const LatheTfliteInRow *row;

      in->step = &in->operators[i];
      row = find_row (in->step->op);
      if (row != NULL && is_sound (in))
        row->say (in);
      else
        lathe_tflite_in_refuse (in);
      if (in->used > LATHE_TFLITE_IN_ROOM + in->flat.size)
        return refuse (error, LATHE_ERROR_UNSUPPORTED, _ ("its graph has more operators or tensors than any network"));
    }
  return TRUE;
}

/* --- The images that it takes --- */

/* Bytes, of which the file says what they stand for, come to it as images do: scale · (byte - zero). */
static void
say_bytes (LatheTfliteIn *in, LatheTfliteInTensor *images, const char *name)
{
  gint64 zero = images->zeros.n > 0 ? lathe_flat_long_at (&images->zeros, 0) : 0;
  float scale = lathe_flat_float_at (&images->scales, 0);
  float from = (float) (images->type == LATHE_TFLITE_INT8 ? zero + SHIFT : zero);
  const char *cast = lathe_tflite_in_fresh (in), *by, *less, *apart, *real;

  lathe_tflite_in_int (in, lathe_tflite_in_node (in, "Cast", cast, name, NULL), "to", LATHE_ONNX_FLOAT);
  less = lathe_tflite_in_constant (in, LATHE_ONNX_FLOAT, 1, &from);
  apart = lathe_tflite_in_fresh (in);
  lathe_tflite_in_node (in, "Sub", apart, cast, less, NULL);
  by = lathe_tflite_in_constant (in, LATHE_ONNX_FLOAT, 1, &scale);
  real = lathe_tflite_in_fresh (in);
  lathe_tflite_in_node (in, "Mul", real, apart, by, NULL);
  images->behind = lathe_tflite_in_round (in, images, real);
}

/* Of samples, and three sides that are known. */
static Onnx__ValueInfoProto *
say_images (LatheTfliteIn *in, GError **error)
{
  LatheTfliteInTensor *images = &in->tensors[in->input];
  gboolean stands = images->scales.n > 0,
           bytes = images->type == LATHE_TFLITE_UINT8 || (stands && images->type == LATHE_TFLITE_INT8);
  Onnx__ValueInfoProto *info = lathe_tflite_in_take (in, sizeof *info);
  Onnx__TypeProto *type = lathe_tflite_in_take (in, sizeof *type);
  Onnx__TensorTypeProto *tensor = lathe_tflite_in_take (in, sizeof *tensor);
  Onnx__TensorShapeProto *shape = lathe_tflite_in_take (in, sizeof *shape);
  static const LatheTfliteInOperator nothing = {.op = LATHE_TFLITE_CAST};

  if (images->rank != 4)
    {
      refuse (error, LATHE_ERROR_UNSUPPORTED,
              _ ("it does not take images: they have four dimensions, samples, height, width and channels"));
      return NULL;
    }
  onnx__value_info_proto__init (info);
  onnx__type_proto__init (type);
  onnx__tensor_type_proto__init (tensor);
  onnx__tensor_shape_proto__init (shape);
  info->name = "images";
  info->type = type;
  type->tensor_type = tensor;
  tensor->shape = shape;
  tensor->elem_type = bytes ? LATHE_ONNX_UINT8 : images->type == LATHE_TFLITE_FLOAT ? LATHE_ONNX_FLOAT : 0;
  shape->n_dim = images->rank;
  shape->dim = lathe_tflite_in_take (in, shape->n_dim * sizeof *shape->dim);
  for (guint i = 0; i < images->rank; i++)
    {
      shape->dim[i] = lathe_tflite_in_take (in, sizeof **shape->dim);
      onnx__dimension_proto__init (shape->dim[i]);
      shape->dim[i]->has_dim_value = TRUE;
      shape->dim[i]->dim_value = images->dim[i];
    }
  images->behind = info->name;
  in->step = &nothing;
  if (bytes && stands)
    say_bytes (in, images, info->name);
  return info;
}

/* --- The model --- */

static void
add_note (LatheTfliteIn *in, Onnx__ModelProto *model, const char *key, const char *text)
{
  Onnx__StringStringEntryProto *entry = lathe_tflite_in_take (in, sizeof *entry);

  if (text == NULL)
    return;
  onnx__string_string_entry_proto__init (entry);
  entry->key = (char *) key;
  entry->value = (char *) text;
  model->metadata_props[model->n_metadata_props++] = entry;
}

static Onnx__ModelProto *
say_model (LatheTfliteIn *in, GError **error)
{
  Onnx__ModelProto *model = lathe_tflite_in_take (in, sizeof *model);
  Onnx__GraphProto *graph = lathe_tflite_in_take (in, sizeof *graph);
  Onnx__OperatorSetIdProto *set = lathe_tflite_in_take (in, sizeof *set);
  Onnx__ValueInfoProto **ends = lathe_tflite_in_take (in, 2 * sizeof *ends);

  onnx__model_proto__init (model);
  onnx__graph_proto__init (graph);
  onnx__operator_set_id_proto__init (set);
  set->has_version = TRUE;
  set->version = OPSET;
  ends[0] = say_images (in, error);
  if (ends[0] == NULL || !say_operators (in, error))
    return NULL;
  if (in->flat.damaged) /* an option that leads nowhere has been taken for its usual value */
    {
      refuse (error, LATHE_ERROR_FORMAT, _ ("it is not a TensorFlow Lite file, or it is damaged"));
      return NULL;
    }
  if (in->nodes->len == 0)
    {
      refuse (error, LATHE_ERROR_FORMAT, _ ("its output comes of no layer"));
      return NULL;
    }
  ends[1] = lathe_tflite_in_take (in, sizeof *ends[1]);
  onnx__value_info_proto__init (ends[1]);
  ends[1]->name = (char *) lathe_tflite_in_behind (in, in->output);
  graph->node = (Onnx__NodeProto **) in->nodes->pdata;
  graph->n_node = in->nodes->len;
  graph->initializer = (Onnx__TensorProto **) in->constants->pdata;
  graph->n_initializer = in->constants->len;
  graph->input = &ends[0];
  graph->output = &ends[1];
  graph->n_input = graph->n_output = 1;
  model->graph = graph;
  model->opset_import = lathe_tflite_in_take (in, sizeof *model->opset_import);
  model->opset_import[0] = set;
  model->n_opset_import = 1;
  model->metadata_props = lathe_tflite_in_take (in, 3 * sizeof *model->metadata_props);
  add_note (in, model, LATHE_ONNX_KEY_LABELS, in->labels);
  add_note (in, model, LATHE_ONNX_KEY_PREPROCESSING, in->preprocessing);
  add_note (in, model, LATHE_ONNX_KEY_LAYOUT, LATHE_ONNX_CHANNELS_LAST_NAME);
  return model;
}

static LatheModel *
read_bytes (const guint8 *bytes, gsize n, LatheImportNotes *notes, GError **error)
{
  LatheTfliteIn in = {
      .flat = {.bytes = bytes, .size = n},
      .memory = g_ptr_array_new_with_free_func (g_free),
      .nodes = g_ptr_array_new (),
      .constants = g_ptr_array_new (),
      .called = g_hash_table_new (NULL, NULL),
  };
  LatheModel *model = NULL;
  LatheOnnxForeign foreign = {.format = "tflite", .called = in.called};

  if (lathe_tflite_in_open (&in, error) && (foreign.model = say_model (&in, error)) != NULL)
    {
      foreign.n_operators = in.n_operators;
      foreign.n_numbers = in.n_numbers;
      model = lathe_onnx_in_read_foreign (&foreign, notes, error);
    }
  g_hash_table_unref (in.called);
  g_ptr_array_unref (in.nodes);
  g_ptr_array_unref (in.constants);
  g_ptr_array_unref (in.memory);
  return model;
}

/**
 * lathe_tflite_read:
 *
 * Makes a model of a file's bytes. Beside them and the model it takes some room at most, and as much again where many
 * of its constants are small.
 * Errors: LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED, LATHE_ERROR_SHAPE, LATHE_ERROR_MEMORY; a reason.
 *
 * Returns: (transfer full) (nullable)
 */
LatheModel *
lathe_tflite_read (const guint8 *bytes, gsize n, GError **error)
{
  return read_bytes (bytes, n, NULL, error);
}

/* --- The file --- */

/* The identifier lies behind a link. */
static gboolean
sniff (const guint8 *head, gsize n)
{
  return n >= 8 && memcmp (head + 4, LATHE_TFLITE_IDENTIFIER, 4) == 0;
}

static gboolean
check_status (int fd, LatheSpan *span, GError **error)
{
  struct stat status;

  if (fd < 0 || fstat (fd, &status) != 0)
    return refuse (error, LATHE_ERROR_IO, g_strerror (errno));
  if (!S_ISREG (status.st_mode))
    return refuse (error, LATHE_ERROR_FORMAT, _ ("it is not a regular file"));
  if (status.st_size > LARGEST_FILE)
    return refuse (error, LATHE_ERROR_UNSUPPORTED, _ ("it is larger than the 2 GB that a TensorFlow Lite file can be"));
  *span = (LatheSpan){.fd = fd, .size = (guint64) status.st_size};
  return TRUE;
}

static LatheModel *
load (const char *path, LatheImportNotes *notes, GError **error)
{
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
  g_autofree guint8 *bytes = NULL;
  LatheModel *model = NULL;
  LatheSpan span;

  if (check_status (fd, &span, error))
    {
      bytes = g_try_malloc (MAX (span.size, 1));
      if (bytes == NULL)
        refuse (error, LATHE_ERROR_MEMORY, _ ("it does not fit into this machine's memory"));
      else if (!lathe_span_read (&span, 0, bytes, span.size))
        refuse (error, LATHE_ERROR_IO, _ ("it ends too early"));
      else
        model = read_bytes (bytes, span.size, notes, error);
    }
  if (fd >= 0)
    close (fd);
  return model;
}

const LatheImportFormat lathe_import_tflite = {
    .name = "tflite",
    .title = N_ ("TensorFlow Lite model"),
    .suffix = ".tflite",
    .sniff = sniff,
    .load = load,
};
