/* lathe-tflite-in-file.c: what is in a TensorFlow Lite file, within bounds.
 *
 * Two links of a file can lead to one table: so a small file may seem to have any number of tensors and operators, and
 * how many there may be is bounded. Numbers stay where they are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-tflite-in.h"

#define SCHEMA 3
#define MOST_TENSORS 32768
#define MOST_OPERATORS 8192
#define MOST_INPUTS 65536      /* of all operators */
#define LONGEST_NAME 96        /* bytes */
#define LONGEST_TEXT (8 << 20) /* bytes of labels, and of how images are prepared */
#define MOST_NOTES 256         /* entries of the metadata that are looked at */

/* --- Memory --- */

#define BLOCK ((gsize) 64 << 10)
#define ALIGN 16

/**
 * lathe_tflite_in_take:
 *
 * Returns: (transfer none): zeros, which are freed with all the rest
 */
gpointer
lathe_tflite_in_take (LatheTfliteIn *in, gsize size)
{
  gsize wanted = (MAX (size, 1) + ALIGN - 1) / ALIGN * ALIGN;
  guint8 *taken;

  if (wanted > in->n_free)
    {
      in->n_free = MAX (wanted, BLOCK);
      in->free = g_malloc0 (in->n_free);
      in->used += in->n_free;
      g_ptr_array_add (in->memory, in->free);
    }
  taken = in->free;
  in->free += wanted;
  in->n_free -= wanted;
  return taken;
}

static gboolean
refuse (GError **error, LatheError code, const char *reason)
{
  g_set_error_literal (error, LATHE_ERROR, (int) code, reason);
  return FALSE;
}

static gboolean
refuse_damaged (GError **error)
{
  return refuse (error, LATHE_ERROR_FORMAT, _ ("it is not a TensorFlow Lite file, or it is damaged"));
}

/* (transfer none) (nullable) */
static char *
keep_name (LatheTfliteIn *in, const LatheFlatTable *table, guint slot)
{
  g_autofree char *name = lathe_flat_get_string (table, slot, LONGEST_NAME);
  gsize n = name != NULL ? strlen (name) : 0;

  return n > 0 ? memcpy (lathe_tflite_in_take (in, n + 1), name, n) : NULL;
}

/* --- Buffers --- */

/* The file's, and which of their numbers are counted already. */
typedef struct
{
  LatheFlatVector tables;
  guint8 *counted;
} Buffers;

/* Where a large file has them behind all tables, a buffer says so. */
static const guint8 *
find_buffer (LatheTfliteIn *in, const Buffers *buffers, guint32 index, gsize *size)
{
  LatheFlatTable buffer = {0};
  LatheFlatVector bytes;
  guint64 at, n;

  *size = 0;
  if (index == 0)
    return NULL;
  if (index < buffers->tables.n)
    buffer = lathe_flat_table_at (&buffers->tables, index);
  else
    in->flat.damaged = TRUE;
  bytes = lathe_flat_get_vector (&buffer, 0, 1);
  at = lathe_flat_get_long (&buffer, 1, 0);
  n = lathe_flat_get_long (&buffer, 2, 0);
  if (bytes.data != NULL || at <= 1)
    {
      *size = bytes.n;
      return bytes.data;
    }
  if (at > in->flat.size || n > in->flat.size - at)
    {
      in->flat.damaged = TRUE;
      return NULL;
    }
  *size = n;
  return n > 0 ? in->flat.bytes + at : NULL;
}

static gsize
size_of (LatheTfliteType type)
{
  switch (type)
    {
    case LATHE_TFLITE_INT8:
    case LATHE_TFLITE_UINT8:
    case LATHE_TFLITE_BOOL:
      return 1;
    case LATHE_TFLITE_HALF:
      return 2;
    case LATHE_TFLITE_INT64:
    case LATHE_TFLITE_DOUBLE:
      return 8;
    default:
      return 4;
    }
}

/* --- Tensors --- */

enum
{
  TENSOR_SHAPE,
  TENSOR_TYPE,
  TENSOR_BUFFER,
  TENSOR_NAME,
  TENSOR_STANDS,
  TENSOR_SPARSE = 6,
  STANDS_SCALE = 2,
  STANDS_ZERO,
  STANDS_AXIS = 6,
};

static void
read_tensor (LatheTfliteIn *in, Buffers *buffers, const LatheFlatTable *table, LatheTfliteInTensor *tensor)
{
  LatheFlatVector shape = lathe_flat_get_vector (table, TENSOR_SHAPE, 4);
  LatheFlatTable stands = lathe_flat_get_table (table, TENSOR_STANDS);
  guint32 buffer = (guint32) lathe_flat_get_int (table, TENSOR_BUFFER, 0);
  gsize size;
  const guint8 *data = find_buffer (in, buffers, buffer, &size);

  *tensor = (LatheTfliteInTensor){
      .name = keep_name (in, table, TENSOR_NAME),
      .type = (LatheTfliteType) lathe_flat_get_byte (table, TENSOR_TYPE, LATHE_TFLITE_FLOAT),
      .rank = (guint) MIN (shape.n, LATHE_TFLITE_IN_RANK + 1),
      .data = data,
      .size = size,
      .sparse = lathe_flat_has (table, TENSOR_SPARSE),
      .scales = lathe_flat_get_vector (&stands, STANDS_SCALE, 4),
      .zeros = lathe_flat_get_vector (&stands, STANDS_ZERO, 8),
      .axis = lathe_flat_get_int (&stands, STANDS_AXIS, 0),
      .maker = -1,
      .reader = -1,
  };
  for (guint i = 0; i < MIN (tensor->rank, LATHE_TFLITE_IN_RANK); i++)
    tensor->dim[i] = lathe_flat_int_at (&shape, i);
  if (data == NULL || buffers->counted[buffer])
    return;
  in->n_numbers += size / size_of (tensor->type);
  buffers->counted[buffer] = TRUE;
}

static void
read_tensors (LatheTfliteIn *in, Buffers *buffers, const LatheFlatVector *tables)
{
  in->n_tensors = (guint) tables->n;
  in->tensors = lathe_tflite_in_take (in, in->n_tensors * sizeof *in->tensors);
  buffers->counted = lathe_tflite_in_take (in, buffers->tables.n);
  for (guint i = 0; i < in->n_tensors; i++)
    {
      LatheFlatTable table = lathe_flat_table_at (tables, i);

      read_tensor (in, buffers, &table, &in->tensors[i]);
    }
  /* Buffers can lie over one another, and each number has a byte at least. */
  in->n_numbers = MIN (in->n_numbers, in->flat.size);
}

/* --- Operators --- */

enum
{
  CODE_OLD,
  CODE_CUSTOM,
  CODE_NEW = 3,
  STEP_CODE = 0,
  STEP_INPUTS,
  STEP_OUTPUTS,
  STEP_OPTIONS = 4,
};

static gboolean
is_tensor (const LatheTfliteIn *in, gint32 index)
{
  return index >= 0 && (guint) index < in->n_tensors;
}

/* Who reads what, and who gives it. FALSE: there are no such tensors. */
static gboolean
note_tensors (LatheTfliteIn *in, gint32 at, const LatheTfliteInOperator *step)
{
  for (gsize i = 0; i < step->inputs.n; i++)
    {
      gint32 index = lathe_flat_int_at (&step->inputs, i);

      if (index == LATHE_TFLITE_NONE)
        continue;
      if (!is_tensor (in, index))
        return FALSE;
      in->tensors[index].n_readers++;
      in->tensors[index].reader = at;
    }
  for (gsize i = 0; i < step->outputs.n; i++)
    {
      gint32 index = lathe_flat_int_at (&step->outputs, i);

      if (!is_tensor (in, index))
        return FALSE;
      in->tensors[index].maker = at;
      in->tensors[index].data = NULL;
    }
  return step->outputs.n > 0;
}

static gboolean
read_operators (LatheTfliteIn *in, const LatheFlatVector *codes, const LatheFlatVector *tables)
{
  gsize n_inputs = 0;

  in->n_operators = (guint) tables->n;
  in->operators = lathe_tflite_in_take (in, in->n_operators * sizeof *in->operators);
  for (guint i = 0; i < in->n_operators; i++)
    {
      LatheFlatTable table = lathe_flat_table_at (tables, i), code = {0};
      LatheTfliteInOperator *step = &in->operators[i];
      guint32 which = (guint32) lathe_flat_get_int (&table, STEP_CODE, 0);

      if (which >= codes->n)
        return FALSE;
      code = lathe_flat_table_at (codes, which);
      *step = (LatheTfliteInOperator){
          .op = (LatheTfliteOp) MAX ((gint32) lathe_flat_get_byte (&code, CODE_OLD, 0),
                                     lathe_flat_get_int (&code, CODE_NEW, 0)),
          .custom = keep_name (in, &code, CODE_CUSTOM),
          .inputs = lathe_flat_get_vector (&table, STEP_INPUTS, 4),
          .outputs = lathe_flat_get_vector (&table, STEP_OUTPUTS, 4),
          .options = lathe_flat_get_table (&table, STEP_OPTIONS),
      };
      n_inputs += step->inputs.n + step->outputs.n;
      if (n_inputs > MOST_INPUTS || !note_tensors (in, (gint32) i, step))
        return FALSE;
    }
  return TRUE;
}

/* --- The metadata --- */

static void
read_metadata (LatheTfliteIn *in, const Buffers *buffers, const LatheFlatVector *tables)
{
  for (gsize i = 0; i < MIN (tables->n, MOST_NOTES); i++)
    {
      LatheFlatTable table = lathe_flat_table_at (tables, i);
      const char *name = keep_name (in, &table, 0);
      char **text = g_strcmp0 (name, LATHE_ONNX_KEY_LABELS) == 0          ? &in->labels
                    : g_strcmp0 (name, LATHE_ONNX_KEY_PREPROCESSING) == 0 ? &in->preprocessing
                                                                          : NULL;
      const guint8 *bytes;
      gsize n;

      if (text == NULL || *text != NULL)
        continue;
      bytes = find_buffer (in, buffers, (guint32) lathe_flat_get_int (&table, 1, 0), &n);
      if (bytes != NULL && n <= LONGEST_TEXT)
        *text = memcpy (lathe_tflite_in_take (in, n + 1), bytes, n);
    }
}

/* --- The whole --- */

enum
{
  MODEL_VERSION,
  MODEL_CODES,
  MODEL_GRAPHS,
  MODEL_BUFFERS = 4,
  MODEL_METADATA = 6,
  GRAPH_TENSORS = 0,
  GRAPH_INPUTS,
  GRAPH_OUTPUTS,
  GRAPH_OPERATORS,
};

/* One tensor in, and one out. */
static gboolean
read_ends (LatheTfliteIn *in, const LatheFlatTable *graph, GError **error)
{
  LatheFlatVector inputs = lathe_flat_get_vector (graph, GRAPH_INPUTS, 4);
  LatheFlatVector outputs = lathe_flat_get_vector (graph, GRAPH_OUTPUTS, 4);

  if (in->flat.damaged)
    return refuse_damaged (error);
  if (inputs.n != 1)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
                   _ ("it takes %u tensors, and a network in Lathe takes images"), (guint) inputs.n);
      return FALSE;
    }
  if (outputs.n != 1)
    {
      g_set_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED,
                   _ ("it gives %zu tensors, and a network in Lathe gives one: the probability of each class"),
                   outputs.n);
      return FALSE;
    }
  in->input = lathe_flat_int_at (&inputs, 0);
  in->output = lathe_flat_int_at (&outputs, 0);
  if (!is_tensor (in, in->input) || !is_tensor (in, in->output))
    return refuse_damaged (error);
  in->tensors[in->input].data = NULL;
  return TRUE;
}

/**
 * lathe_tflite_in_open:
 * @in: with the bytes of the file
 *
 * Finds the tensors, operators and texts. Errors: LATHE_ERROR_FORMAT, LATHE_ERROR_UNSUPPORTED; a reason.
 */
gboolean
lathe_tflite_in_open (LatheTfliteIn *in, GError **error)
{
  LatheFlatTable model = lathe_flat_root (&in->flat, LATHE_TFLITE_IDENTIFIER), graph = {0};
  LatheFlatVector codes = lathe_flat_get_vector (&model, MODEL_CODES, 4);
  LatheFlatVector graphs = lathe_flat_get_vector (&model, MODEL_GRAPHS, 4);
  LatheFlatVector metadata = lathe_flat_get_vector (&model, MODEL_METADATA, 4);
  Buffers buffers = {.tables = lathe_flat_get_vector (&model, MODEL_BUFFERS, 4)};
  LatheFlatVector tensors, operators;

  if (in->flat.damaged || graphs.n == 0)
    return refuse_damaged (error);
  if (lathe_flat_get_int (&model, MODEL_VERSION, 0) != SCHEMA)
    return refuse (error, LATHE_ERROR_UNSUPPORTED,
                   _ ("it is of another version of TensorFlow Lite’s schema than 3; convert it anew"));
  graph = lathe_flat_table_at (&graphs, 0);
  tensors = lathe_flat_get_vector (&graph, GRAPH_TENSORS, 4);
  operators = lathe_flat_get_vector (&graph, GRAPH_OPERATORS, 4);
  if (tensors.n > MOST_TENSORS || operators.n > MOST_OPERATORS)
    return refuse (error, LATHE_ERROR_UNSUPPORTED, _ ("its graph has more operators or tensors than any network"));
  read_tensors (in, &buffers, &tensors);
  if (operators.n == 0 || !read_operators (in, &codes, &operators))
    return refuse_damaged (error);
  read_metadata (in, &buffers, &metadata);
  return read_ends (in, &graph, error);
}
