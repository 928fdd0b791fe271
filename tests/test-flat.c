/* test-flat.c: what is read of a FlatBuffer lies in it, wherever its offsets lead.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "formats/lathe-flat-in.h"
#include "formats/lathe-flat.h"
#include "lathe.h"

#define SMALL 7
#define WHOLE (-70000)
#define REAL 0.25f

/* A table with a number of each type, a vector of two tables, of which the first is its own, and a string. */
static GByteArray *
write_buffer (void)
{
  const LatheFlatField fields[] = {
      {.slot = 0, .type = LATHE_FLAT_BYTE, .whole = SMALL},
      {.slot = 2, .type = LATHE_FLAT_INT, .whole = WHOLE},
      {.slot = 3, .type = LATHE_FLAT_FLOAT, .real = REAL},
      {.slot = 4, .type = LATHE_FLAT_LINK},
      {.slot = 5, .type = LATHE_FLAT_LINK},
      {.slot = 6, .type = LATHE_FLAT_LINK},
  };
  static const gint32 numbers[] = {5, -6, 7};
  GByteArray *bytes = g_byte_array_new ();
  gsize links[G_N_ELEMENTS (fields)], all;

  lathe_flat_begin (bytes, "TEST");
  lathe_flat_link (bytes, 0, lathe_flat_table (bytes, fields, G_N_ELEMENTS (fields), links));
  all = lathe_flat_links (bytes, 2);
  lathe_flat_link (bytes, links[3], all);
  lathe_flat_link (bytes, all + 4, lathe_flat_table (bytes, fields, 2, NULL));
  lathe_flat_link (bytes, all + 8, lathe_flat_table (bytes, NULL, 0, NULL));
  lathe_flat_link (bytes, links[4], lathe_flat_string (bytes, "letters"));
  lathe_flat_link (bytes, links[5], lathe_flat_vector (bytes, numbers, G_N_ELEMENTS (numbers), 4, 4));
  return bytes;
}

static void
test_what_was_written_is_read (void)
{
  g_autoptr (GByteArray) bytes = write_buffer ();
  LatheFlat flat = {.bytes = bytes->data, .size = bytes->len};
  LatheFlatTable root = lathe_flat_root (&flat, "TEST"), first, second;
  LatheFlatVector tables = lathe_flat_get_vector (&root, 4, 4), numbers = lathe_flat_get_vector (&root, 6, 4);
  g_autofree char *text = lathe_flat_get_string (&root, 5, 100), *cut = lathe_flat_get_string (&root, 5, 3);

  g_assert_cmpuint (lathe_flat_get_byte (&root, 0, 1), ==, SMALL);
  g_assert_false (lathe_flat_has (&root, 1));
  g_assert_cmpuint (lathe_flat_get_byte (&root, 1, 9), ==, 9);
  g_assert_cmpint (lathe_flat_get_int (&root, 2, 0), ==, WHOLE);
  g_assert_cmpfloat (lathe_flat_get_float (&root, 3, 0), ==, REAL);
  g_assert_cmpint (lathe_flat_get_int (&root, 60, 8), ==, 8);
  g_assert_cmpstr (text, ==, "letters");
  g_assert_cmpstr (cut, ==, "let");
  g_assert_cmpuint (numbers.n, ==, 3);
  g_assert_cmpint (lathe_flat_int_at (&numbers, 1), ==, -6);
  g_assert_cmpuint (tables.n, ==, 2);
  first = lathe_flat_table_at (&tables, 0);
  second = lathe_flat_table_at (&tables, 1);
  g_assert_cmpint (lathe_flat_get_int (&first, 2, 0), ==, WHOLE);
  g_assert_cmpint (lathe_flat_get_int (&second, 2, 4), ==, 4);
  g_assert_false (flat.damaged);
}

/* Reads all that there is, of a copy that ends where the buffer does: a sanitizer sees what goes beyond it. */
static gboolean
read_all (const guint8 *bytes, gsize n)
{
  g_autofree guint8 *copy = g_memdup2 (bytes, n);
  LatheFlat flat = {.bytes = copy, .size = n};
  LatheFlatTable root = lathe_flat_root (&flat, "TEST");

  for (guint slot = 0; slot < 9; slot++)
    {
      g_autofree char *text = lathe_flat_get_string (&root, slot, 50);
      LatheFlatVector vector = lathe_flat_get_vector (&root, slot, 8);
      LatheFlatTable table = lathe_flat_get_table (&root, slot);

      g_assert_true (text == NULL || g_utf8_validate (text, -1, NULL));
      g_assert_true (vector.data == NULL || (vector.data >= copy && vector.data + 8 * vector.n <= copy + n));
      lathe_flat_get_long (&root, slot, 0);
      lathe_flat_get_float (&table, slot, 0);
      for (gsize i = 0; i < vector.n; i++)
        lathe_flat_long_at (&vector, i);
      vector = lathe_flat_get_vector (&root, slot, 4);
      for (gsize i = 0; i < vector.n; i++)
        {
          LatheFlatTable inner = lathe_flat_table_at (&vector, i);

          lathe_flat_get_byte (&inner, slot, 0);
        }
    }
  return flat.damaged;
}

static void
test_a_shorter_buffer_is_damaged (void)
{
  g_autoptr (GByteArray) bytes = write_buffer ();

  for (gsize n = 0; n < 8; n++)
    g_assert_true (read_all (bytes->data, n));
  for (gsize n = 8; n < bytes->len; n++)
    read_all (bytes->data, n);
}

/* Every four bytes, and every two, lead anywhere. */
static void
test_offsets_lead_nowhere_else (void)
{
  static const guint32 hostile[] = {0,          1,          2,          3,          4,          0x7ffffff0, 0x7fffffff,
                                    0x80000000, 0x80000001, 0xfffffffc, 0xfffffff0, 0xffffffff, 0xffff,     0x8000};
  g_autoptr (GByteArray) bytes = write_buffer ();

  for (guint at = 0; at + 4 <= bytes->len; at += 2)
    for (guint i = 0; i < G_N_ELEMENTS (hostile); i++)
      {
        g_autofree guint8 *changed = g_memdup2 (bytes->data, bytes->len);
        guint32 value = GUINT32_TO_LE (hostile[i]);

        memcpy (changed + at, &value, i % 2 == 0 ? 4 : 2);
        read_all (changed, bytes->len);
      }
}

static void
test_what_leads_out_is_not_there (void)
{
  g_autoptr (GByteArray) bytes = write_buffer ();
  guint32 far = GUINT32_TO_LE (bytes->len), zero = 0;

  memcpy (bytes->data, &far, 4);
  g_assert_true (read_all (bytes->data, bytes->len));
  memcpy (bytes->data, &zero, 4);
  g_assert_true (read_all (bytes->data, bytes->len));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flat/what-was-written-is-read", test_what_was_written_is_read);
  g_test_add_func ("/flat/a-shorter-buffer-is-damaged", test_a_shorter_buffer_is_damaged);
  g_test_add_func ("/flat/offsets-lead-nowhere-else", test_offsets_lead_nowhere_else);
  g_test_add_func ("/flat/what-leads-out-is-not-there", test_what_leads_out_is_not_there);
  return g_test_run ();
}
