/* mutate.c: sound files, damaged in the ways that programs stumble over.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/**
 * number_of:
 *
 * Returns: what the variable of the environment says, or what is usual
 */
guint
number_of (const char *variable, guint usual)
{
  const char *text = g_getenv (variable);
  return text != NULL ? (guint) strtoul (text, NULL, 10) : usual;
}

/**
 * resident_bytes:
 *
 * Returns: the memory that the program has just now
 */
gint64
resident_bytes (void)
{
  g_autofree char *text = NULL;
  long long pages, resident;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%lld %lld", &pages, &resident), ==, 2);
  return resident * sysconf (_SC_PAGESIZE);
}

static guint32
below (GRand *rng, gsize n)
{
  return n > 0 ? (guint32) g_rand_int_range (rng, 0, (gint32) n) : 0;
}

static GBytes *
any (GRand *rng, GPtrArray *sound)
{
  return sound->pdata[below (rng, sound->len)];
}

static void
flip (GRand *rng, GByteArray *bytes)
{
  for (guint32 n = 1 + below (rng, 8); n > 0; n--)
    bytes->data[below (rng, bytes->len)] ^= (guint8) (1u << below (rng, 8));
}

/* Numbers that programs stumble over, in the width and the order of a header's fields. */
static void
exaggerate (GRand *rng, GByteArray *bytes)
{
  static const guint32 numbers[] = {0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x00010001};
  guint32 number = numbers[below (rng, G_N_ELEMENTS (numbers))];
  guint width = 1u << below (rng, 3), at = below (rng, MIN (bytes->len, 200));

  if (below (rng, 2))
    number = GUINT32_SWAP_LE_BE (number);
  memcpy (bytes->data + at, &number, MIN (width, bytes->len - at));
}

static void
cut (GRand *rng, GByteArray *bytes)
{
  guint at = below (rng, bytes->len), n = 1 + below (rng, bytes->len - at);
  if (below (rng, 2))
    n = bytes->len - at;
  if (n < bytes->len)
    g_byte_array_remove_range (bytes, at, n);
}

static void
splice (GRand *rng, GByteArray *bytes, GBytes *other)
{
  gsize n;
  const guint8 *from = g_bytes_get_data (other, &n);
  guint first = below (rng, n), length = 1 + below (rng, n - first), at = below (rng, bytes->len);
  g_autofree guint8 *rest = g_memdup2 (bytes->data + at, bytes->len - at);
  guint n_rest = bytes->len - at;

  g_byte_array_set_size (bytes, at);
  g_byte_array_append (bytes, from + first, length);
  g_byte_array_append (bytes, rest, n_rest);
}

/**
 * mutate:
 * @sound: (element-type GBytes)
 *
 * Returns: (transfer full): one of them with bytes flipped, cut out, spliced in or made extreme
 */
GByteArray *
mutate (GRand *rng, GPtrArray *sound)
{
  gsize n;
  const guint8 *from = g_bytes_get_data (any (rng, sound), &n);
  GByteArray *bytes = g_byte_array_new ();

  g_byte_array_append (bytes, from, (guint) n);
  for (guint32 i = 1 + below (rng, 2); i > 0; i--)
    switch (below (rng, 4))
      {
      case 0:
        flip (rng, bytes);
        break;
      case 1:
        exaggerate (rng, bytes);
        break;
      case 2:
        cut (rng, bytes);
        break;
      default:
        splice (rng, bytes, any (rng, sound));
      }
  return bytes;
}
