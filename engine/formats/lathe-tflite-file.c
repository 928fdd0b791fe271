/* lathe-tflite-file.c: a graph as a TensorFlow Lite file, version 3 of its schema.
 *
 * Every table's fields are those of the schema, by their places there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-model-file.h"
#include "lathe-onnx.h"
#include "lathe-tflite-out.h"

#define SCHEMA 3
#define ALIGN 16                     /* of constants, in bytes */
#define LARGEST ((gsize) G_MAXINT32) /* bytes of a FlatBuffer */
#define AROUND 1024                  /* bytes of a tensor or an operator at most, without its numbers */
#define OLD_CODES 127                /* operators up to this one have their code in two places */

/* What an operator's options are called, and since which version of it there is all that is used here: in real numbers,
 * and in bytes. */
typedef struct
{
  LatheTfliteOp op;
  gint32 options, version, in_bytes;
} Kind;

static const Kind kinds[] = {
    {LATHE_TFLITE_ADD, 11, 1, 2},
    {LATHE_TFLITE_AVERAGE_POOL, 5, 1, 2},
    {LATHE_TFLITE_CONCATENATION, 10, 1},
    {LATHE_TFLITE_CONV, 1, 1, 3},
    {LATHE_TFLITE_DEPTHWISE_CONV, 2, 2, 3},
    {LATHE_TFLITE_FULLY_CONNECTED, 8, 1, 12},
    {LATHE_TFLITE_MAX_POOL, 5, 1, 2},
    {LATHE_TFLITE_MUL, 21, 1},
    {LATHE_TFLITE_RESIZE_BILINEAR, 15, 3},
    {LATHE_TFLITE_SOFTMAX, 9, 1},
    {LATHE_TFLITE_MEAN, 27, 1, 2},
    {LATHE_TFLITE_REDUCE_MAX, 27, 1},
    {LATHE_TFLITE_SUB, 28, 1},
    {LATHE_TFLITE_DIV, 29, 1},
    {LATHE_TFLITE_STRIDED_SLICE, 32, 1},
    {LATHE_TFLITE_GATHER, 23, 1},
    {LATHE_TFLITE_TRANSPOSED_CONV, 49, 1},
    {LATHE_TFLITE_SHAPE, 55, 1},
    {LATHE_TFLITE_RESIZE_NEAREST, 74, 1},
    {LATHE_TFLITE_LEAKY_RELU, 75, 1},
    {LATHE_TFLITE_GELU, 116, 1},
    {LATHE_TFLITE_RELU, 0, 1, 2},
    {LATHE_TFLITE_RELU6, 0, 1, 2},
    {LATHE_TFLITE_PAD, 22, 1, 2},
    {LATHE_TFLITE_RESHAPE, 17, 1, 1},
    {LATHE_TFLITE_QUANTISE, 0, 1, 2},
    {LATHE_TFLITE_DEQUANTISE, 0, 2, 2},
};

static const Kind *
find_kind (LatheTfliteOp op)
{
  static const Kind other = {.version = 1, .in_bytes = 1};

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].op == op)
      return &kinds[i];
  return &other;
}

#define LINK(SLOT)                                                                                                     \
  {                                                                                                                    \
    .slot = (SLOT), .type = LATHE_FLAT_LINK                                                                            \
  }
#define INT(SLOT, VALUE)                                                                                               \
  {                                                                                                                    \
    .slot = (SLOT), .type = LATHE_FLAT_INT, .whole = (gint32) (VALUE)                                                  \
  }
#define BYTE(SLOT, VALUE)                                                                                              \
  {                                                                                                                    \
    .slot = (SLOT), .type = LATHE_FLAT_BYTE, .whole = (gint32) (VALUE)                                                 \
  }

typedef struct
{
  gint32 op, version;
} Code;

/* A file while it is written. */
typedef struct
{
  const LatheTfliteOut *graph;
  GByteArray *bytes;
  GArray *codes; /* (element-type gint32): the operators that are used, each once */
} File;

static gsize
element (gsize vector, guint i)
{
  return vector + 4 * (gsize) (i + 1);
}

static void
link_ints (File *file, gsize link, const gint32 *values, guint n)
{
  lathe_flat_link (file->bytes, link, lathe_flat_vector (file->bytes, values, n, sizeof *values, sizeof *values));
}

static void
link_text (File *file, gsize link, const char *text)
{
  lathe_flat_link (file->bytes, link, lathe_flat_string (file->bytes, text));
}

/* --- Operators --- */

static guint
code_index (File *file, const LatheTfliteOperator *step)
{
  const Kind *kind = find_kind (step->op);
  const LatheTfliteTensor *first = &g_array_index (file->graph->tensors, LatheTfliteTensor, step->inputs[0]);
  Code code = {(gint32) step->op, first->type == LATHE_TFLITE_INT8 ? kind->in_bytes : kind->version};
  guint i = 0;

  while (i < file->codes->len && memcmp (&g_array_index (file->codes, Code, i), &code, sizeof code) != 0)
    i++;
  if (i == file->codes->len)
    g_array_append_val (file->codes, code);
  return i;
}

static void
write_codes (File *file, gsize link)
{
  gsize all = lathe_flat_links (file->bytes, file->codes->len);

  lathe_flat_link (file->bytes, link, all);
  for (guint i = 0; i < file->codes->len; i++)
    {
      const Code *code = &g_array_index (file->codes, Code, i);
      const LatheFlatField fields[] = {BYTE (0, MIN (code->op, OLD_CODES)), INT (2, code->version), INT (3, code->op)};

      lathe_flat_link (file->bytes, element (all, i),
                       lathe_flat_table (file->bytes, fields, G_N_ELEMENTS (fields), NULL));
    }
}

static gsize
write_operator (File *file, const LatheTfliteOperator *step)
{
  gint32 options = find_kind (step->op)->options;
  const LatheFlatField fields[] = {INT (0, code_index (file, step)), LINK (1), LINK (2), BYTE (3, options), LINK (4)};
  gsize links[G_N_ELEMENTS (fields)], at = lathe_flat_table (file->bytes, fields, options != 0 ? 5 : 3, links);

  link_ints (file, links[1], step->inputs, step->n_inputs);
  link_ints (file, links[2], &step->output, 1);
  if (options != 0)
    lathe_flat_link (file->bytes, links[4], lathe_flat_table (file->bytes, step->options, step->n_options, NULL));
  return at;
}

static void
write_operators (File *file, gsize link)
{
  const GArray *operators = file->graph->operators;
  gsize all = lathe_flat_links (file->bytes, operators->len);

  lathe_flat_link (file->bytes, link, all);
  for (guint i = 0; i < operators->len; i++)
    lathe_flat_link (file->bytes, element (all, i),
                     write_operator (file, &g_array_index (operators, LatheTfliteOperator, i)));
}

/* --- Tensors --- */

/* What a tensor's whole numbers stand for. */
static void
write_scales (File *file, gsize link, const LatheTfliteTensor *tensor)
{
  guint n = tensor->scales != NULL ? tensor->n_scales : 1;
  g_autofree gint64 *zeros = g_new0 (gint64, n);
  const LatheFlatField fields[] = {LINK (2), LINK (3), INT (6, tensor->axis)};
  gsize links[G_N_ELEMENTS (fields)];

  zeros[0] = GINT64_TO_LE ((gint64) tensor->zero);
  lathe_flat_link (file->bytes, link, lathe_flat_table (file->bytes, fields, G_N_ELEMENTS (fields), links));
  lathe_flat_link (file->bytes, links[0],
                   lathe_flat_vector (file->bytes, tensor->scales != NULL ? tensor->scales : &tensor->scale, n,
                                      sizeof tensor->scale, sizeof tensor->scale));
  lathe_flat_link (file->bytes, links[1], lathe_flat_vector (file->bytes, zeros, n, sizeof *zeros, sizeof *zeros));
}

/* A graph for any number of samples is laid out for one; the signature says that it may be others. */
static gsize
write_tensor (File *file, guint index)
{
  const LatheTfliteTensor *tensor = &g_array_index (file->graph->tensors, LatheTfliteTensor, index);
  g_autofree char *number = g_strdup_printf ("tensor-%u", index);
  gboolean any = tensor->rank > 0 && tensor->dim[0] == LATHE_TFLITE_BATCH;
  gboolean stands = tensor->scales != NULL || tensor->type == LATHE_TFLITE_INT8;
  LatheFlatField fields[7] = {LINK (0), BYTE (1, tensor->type), INT (2, tensor->data != NULL ? index + 1 : 0), LINK (3),
                              BYTE (8, TRUE)};
  guint n = 5, signature = 0, scales = 0;
  gint32 dim[LATHE_TFLITE_MAX_RANK];
  gsize at, links[G_N_ELEMENTS (fields)];

  memcpy (dim, tensor->dim, sizeof dim);
  if (any)
    {
      dim[0] = 1;
      fields[signature = n++] = (LatheFlatField) LINK (7);
    }
  if (stands)
    fields[scales = n++] = (LatheFlatField) LINK (4);
  at = lathe_flat_table (file->bytes, fields, n, links);
  link_ints (file, links[0], dim, tensor->rank);
  link_text (file, links[3], tensor->name != NULL ? tensor->name : number);
  if (any)
    link_ints (file, links[signature], tensor->dim, tensor->rank);
  if (stands)
    write_scales (file, links[scales], tensor);
  return at;
}

static void
write_tensors (File *file, gsize link)
{
  guint n = file->graph->tensors->len;
  gsize all = lathe_flat_links (file->bytes, n);

  lathe_flat_link (file->bytes, link, all);
  for (guint i = 0; i < n; i++)
    lathe_flat_link (file->bytes, element (all, i), write_tensor (file, i));
}

static gsize
write_buffer (File *file, const void *data, gsize size)
{
  const LatheFlatField fields[] = {LINK (0)};
  gsize link, at = lathe_flat_table (file->bytes, fields, data != NULL, &link);

  if (data != NULL)
    lathe_flat_link (file->bytes, link, lathe_flat_vector (file->bytes, data, size, 1, ALIGN));
  return at;
}

/* The first is empty, as the schema wants it; then one a tensor, and those of the metadata. */
static void
write_buffers (File *file, gsize link, const char *const *metadata)
{
  const GArray *tensors = file->graph->tensors;
  guint n = tensors->len, n_more = g_strv_length ((char **) metadata) / 2;
  gsize all = lathe_flat_links (file->bytes, 1 + n + n_more);

  lathe_flat_link (file->bytes, link, all);
  lathe_flat_link (file->bytes, element (all, 0), write_buffer (file, NULL, 0));
  for (guint i = 0; i < n; i++)
    {
      const LatheTfliteTensor *tensor = &g_array_index (tensors, LatheTfliteTensor, i);

      lathe_flat_link (file->bytes, element (all, 1 + i), write_buffer (file, tensor->data, tensor->size));
    }
  for (guint i = 0; i < n_more; i++)
    lathe_flat_link (file->bytes, element (all, 1 + n + i),
                     write_buffer (file, metadata[2 * i + 1], strlen (metadata[2 * i + 1])));
}

static void
write_metadata (File *file, gsize link, const char *const *metadata)
{
  guint n = g_strv_length ((char **) metadata) / 2;
  gsize all = lathe_flat_links (file->bytes, n);

  lathe_flat_link (file->bytes, link, all);
  for (guint i = 0; i < n; i++)
    {
      const LatheFlatField fields[] = {LINK (0), INT (1, 1 + file->graph->tensors->len + i)};
      gsize links[G_N_ELEMENTS (fields)];

      lathe_flat_link (file->bytes, element (all, i),
                       lathe_flat_table (file->bytes, fields, G_N_ELEMENTS (fields), links));
      link_text (file, links[0], metadata[2 * i]);
    }
}

/* --- The whole --- */

static gsize
write_named (File *file, gint32 tensor)
{
  const LatheFlatField fields[] = {LINK (0), INT (1, tensor)};
  gsize links[G_N_ELEMENTS (fields)], all = lathe_flat_links (file->bytes, 1);

  lathe_flat_link (file->bytes, element (all, 0), lathe_flat_table (file->bytes, fields, G_N_ELEMENTS (fields), links));
  link_text (file, links[0], g_array_index (file->graph->tensors, LatheTfliteTensor, tensor).name);
  return all;
}

/* How the graph is called by name. */
static void
write_signature (File *file, gsize link, gint32 input, gint32 output)
{
  const LatheFlatField fields[] = {LINK (0), LINK (1), LINK (2)};
  gsize links[G_N_ELEMENTS (fields)], all = lathe_flat_links (file->bytes, 1);

  lathe_flat_link (file->bytes, link, all);
  lathe_flat_link (file->bytes, element (all, 0), lathe_flat_table (file->bytes, fields, G_N_ELEMENTS (fields), links));
  lathe_flat_link (file->bytes, links[0], write_named (file, input));
  lathe_flat_link (file->bytes, links[1], write_named (file, output));
  link_text (file, links[2], "serving_default");
}

static void
write_graph (File *file, gsize link, gint32 input, gint32 output)
{
  const LatheFlatField fields[] = {LINK (0), LINK (1), LINK (2), LINK (3), LINK (4)};
  gsize links[G_N_ELEMENTS (fields)], all = lathe_flat_links (file->bytes, 1);

  lathe_flat_link (file->bytes, link, all);
  lathe_flat_link (file->bytes, element (all, 0), lathe_flat_table (file->bytes, fields, G_N_ELEMENTS (fields), links));
  write_tensors (file, links[0]);
  link_ints (file, links[1], &input, 1);
  link_ints (file, links[2], &output, 1);
  write_operators (file, links[3]);
  link_text (file, links[4], "lathe");
}

static void
write_model (File *file, gint32 input, gint32 output)
{
  const LatheModel *model = file->graph->program->export->model;
  g_autofree char *labels = lathe_labels_to_json (model->labels);
  g_autofree char *preprocessing = lathe_preprocess_to_json (&model->preprocess);
  const char *const metadata[] = {LATHE_ONNX_KEY_LABELS, labels, LATHE_ONNX_KEY_PREPROCESSING, preprocessing, NULL};
  const LatheFlatField fields[] = {INT (0, SCHEMA), LINK (1), LINK (2), LINK (3), LINK (4), LINK (6), LINK (7)};
  gsize links[G_N_ELEMENTS (fields)];

  lathe_flat_begin (file->bytes, LATHE_TFLITE_IDENTIFIER);
  lathe_flat_link (file->bytes, 0, lathe_flat_table (file->bytes, fields, G_N_ELEMENTS (fields), links));
  write_graph (file, links[2], input, output);
  write_codes (file, links[1]);
  link_text (file, links[3], LATHE_ONNX_PRODUCER " " LATHE_VERSION);
  write_metadata (file, links[5], metadata);
  write_signature (file, links[6], input, output);
  write_buffers (file, links[4], metadata);
}

/* Room for all of it, so that there is no growing. NULL, with an error, where there is none. */
static GByteArray *
make_room (const LatheTfliteOut *graph, GError **error)
{
  gsize size = AROUND * (gsize) (graph->tensors->len + graph->operators->len + 16);
  GByteArray *bytes;
  guint8 *room;

  for (guint i = 0; i < graph->tensors->len; i++)
    size += g_array_index (graph->tensors, LatheTfliteTensor, i).size;
  if (size > LARGEST)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
                   _ ("The model takes %.1f GB, and a TensorFlow Lite file holds 2 GB at most; take another format"),
                   (double) size / 1e9);
      return NULL;
    }
  room = g_try_malloc (size);
  if (room == NULL)
    {
      g_set_error_literal (error, LATHE_ERROR, LATHE_ERROR_MEMORY,
                           _ ("The TensorFlow Lite file does not fit into this machine's memory"));
      return NULL;
    }
  bytes = g_byte_array_new_take (room, size);
  g_byte_array_set_size (bytes, 0);
  return bytes;
}

/**
 * lathe_tflite_write:
 * @input: the tensor of the images
 * @output: that of the probabilities
 *
 * Errors: LATHE_ERROR_UNSUPPORTED, it is too large; LATHE_ERROR_MEMORY.
 *
 * Returns: (transfer full): the file
 */
GBytes *
lathe_tflite_write (const LatheTfliteOut *out, gint32 input, gint32 output, GError **error)
{
  File file = {.graph = out, .bytes = make_room (out, error)};

  if (file.bytes == NULL)
    return NULL;
  file.codes = g_array_new (FALSE, FALSE, sizeof (Code));
  write_model (&file, input, output);
  g_array_unref (file.codes);
  return g_byte_array_free_to_bytes (file.bytes);
}
