/* pth.c: files as torch.save() writes them, and as nobody should.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "pth.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "formats/lathe-archive.h"

#define RAW(pickle, bytes) g_byte_array_append (pickle, (const guint8 *) (bytes), sizeof (bytes) - 1)

void
pth_set_up (PthFile *file, gconstpointer data)
{
  file->folder = g_dir_make_tmp ("lathe-weights-XXXXXX", NULL);
  file->path = g_build_filename (file->folder, "their.pth", NULL);
}

void
pth_tear_down (PthFile *file, gconstpointer data)
{
  g_remove (file->path);
  g_rmdir (file->folder);
  g_free (file->folder);
  g_free (file->path);
}

/* Takes the bytes. None of the thousands of files that a test writes needs to outlive the machine. */
void
pth_put (PthFile *file, GBytes *bytes)
{
  gsize n;
  gconstpointer data = g_bytes_get_data (bytes, &n);
  FILE *out = g_fopen (file->path, "wb");

  g_assert_nonnull (out);
  g_assert_cmpuint (fwrite (data, 1, n, out), ==, n);
  g_assert_cmpint (fclose (out), ==, 0);
  g_bytes_unref (bytes);
}

static void
put_text (GByteArray *pickle, const char *text)
{
  guint32 length = (guint32) strlen (text);

  RAW (pickle, "X");
  g_byte_array_append (pickle, (const guint8 *) &length, sizeof length);
  g_byte_array_append (pickle, (const guint8 *) text, length);
}

static void
put_int (GByteArray *pickle, gint64 number)
{
  RAW (pickle, "\x8a\10");
  g_byte_array_append (pickle, (const guint8 *) &number, sizeof number);
}

static void
put_ints (GByteArray *pickle, const gint64 *numbers, guint n)
{
  RAW (pickle, "(");
  for (guint i = 0; i < n; i++)
    put_int (pickle, numbers[i]);
  RAW (pickle, "t");
}

/* An ordered dictionary, which is not closed yet. */
void
pth_begin (Pth *pth)
{
  pth->pickle = g_byte_array_new ();
  pth->storages = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  RAW (pth->pickle, "\x80\2ccollections\nOrderedDict\n)R(");
}

void
pth_add_as (Pth *pth, const char *name, const PthTensor *tensor, gconstpointer bytes, gsize n)
{
  g_autofree char *key = g_strdup_printf ("%u", pth->storages->len);

  put_text (pth->pickle, name);
  RAW (pth->pickle, "ctorch._utils\n_rebuild_tensor_v2\n((");
  put_text (pth->pickle, "storage");
  RAW (pth->pickle, "ctorch\n");
  g_byte_array_append (pth->pickle, (const guint8 *) tensor->kind, (guint) strlen (tensor->kind));
  RAW (pth->pickle, "\n");
  put_text (pth->pickle, key);
  put_text (pth->pickle, "cpu");
  put_int (pth->pickle, tensor->n);
  RAW (pth->pickle, "tQ");
  put_int (pth->pickle, tensor->offset);
  put_ints (pth->pickle, tensor->dim, tensor->rank);
  put_ints (pth->pickle, tensor->stride, tensor->n_strides);
  RAW (pth->pickle, "\x89"
                    "ccollections\nOrderedDict\n)RtR");
  g_ptr_array_add (pth->storages, g_bytes_new (bytes, n));
}

/**
 * pth_add:
 *
 * Adds a tensor of numbers that no other number of the file is.
 *
 * Returns: (transfer none): they, row-major
 */
const float *
pth_add (Pth *pth, const char *name, guint rank, guint a, guint b, guint c, guint d)
{
  const guint dim[] = {a, b, c, d};
  PthTensor tensor = {.kind = "FloatStorage", .n = 1, .rank = rank, .n_strides = rank};
  g_autofree float *numbers = NULL;

  for (guint i = rank; i-- > 0; tensor.n *= dim[i])
    {
      tensor.dim[i] = dim[i];
      tensor.stride[i] = tensor.n;
    }
  numbers = g_new (float, tensor.n);
  for (gint64 i = 0; i < tensor.n; i++)
    numbers[i] = (float) (pth->storages->len + 1) + (float) i / 1024;
  pth_add_as (pth, name, &tensor, numbers, (gsize) tensor.n * sizeof *numbers);
  return g_bytes_get_data (pth->storages->pdata[pth->storages->len - 1], NULL);
}

/* Returns: (transfer full): an archive with this pickle and these storages */
GBytes *
pth_pack (const void *pickle, gsize n, GPtrArray *storages)
{
  LatheArchiveOut out;

  lathe_archive_out_begin (&out, g_byte_array_new ());
  lathe_archive_out_open (&out, "archive/data.pkl");
  g_byte_array_append (out.bytes, pickle, (guint) n);
  lathe_archive_out_close (&out);
  for (guint i = 0; storages != NULL && i < storages->len; i++)
    {
      g_autofree char *name = g_strdup_printf ("archive/data/%u", i);
      gsize size;
      gconstpointer bytes = g_bytes_get_data (storages->pdata[i], &size);

      lathe_archive_out_open (&out, name);
      g_byte_array_append (out.bytes, bytes, (guint) size);
      lathe_archive_out_close (&out);
    }
  return lathe_archive_out_finish (&out);
}

/* Returns: (transfer full): the file; the storages stay until they are freed by hand */
GBytes *
pth_finish (Pth *pth)
{
  GBytes *bytes;

  RAW (pth->pickle, "u.");
  bytes = pth_pack (pth->pickle->data, pth->pickle->len, pth->storages);
  g_byte_array_unref (pth->pickle);
  return bytes;
}
