/* test-byte-winograd.c: Winograd's algorithm in whole numbers, against the sums that it stands for, to the bit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "base/lathe-arena.h"
#include "layers/lathe-byte-winograd.h"
#include "lathe.h"

typedef enum
{
  ANY,
  SMALL,   /* sums that are bytes: each of them is seen */
  LARGEST, /* sums as far from zero as they can be */
  WRAPPED, /* products at a point that do not fit into 32 bits */
  N_SORTS
} Sort;

/* A convolution of one image. */
typedef struct
{
  guint in, out, height, width; /* of the result */
  guint across;                 /* pixels of a row with its margins, of whole tiles */
  GRand *random;
  guint8 *x;
  gint8 *w; /* 3 × 3 × in × out, … */
  gint8 *b; /* … and as a panel has them */
  gint32 *bias;
  float *factor;
} Case;

static void
case_clear (Case *c)
{
  g_rand_free (c->random);
  g_free (c->x);
  g_free (c->w);
  g_free (c->b);
  g_free (c->bias);
  g_free (c->factor);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Case, case_clear)

static gint8
draw_weight (Case *c, Sort sort, guint column)
{
  if (sort == ANY)
    return (gint8) g_rand_int_range (c->random, -LATHE_BYTE_MOST_WEIGHT, LATHE_BYTE_MOST_WEIGHT + 1);
  if (sort == SMALL)
    return (gint8) g_rand_int_range (c->random, -1, 2);
  return column % 2 == 0 ? LATHE_BYTE_MOST_WEIGHT : -LATHE_BYTE_MOST_WEIGHT;
}

/* At the point (2, 2), where all of a kernel's weights add up, these are largest. */
static gboolean
is_bright (guint y, guint x)
{
  return (y % 4 == 1 || y % 4 == 2) == (x % 4 == 1 || x % 4 == 2);
}

static guint8
draw_pixel (Case *c, Sort sort, guint y, guint x)
{
  if (sort == ANY || sort == SMALL)
    return (guint8) g_rand_int_range (c->random, 0, sort == ANY ? 256 : 2);
  return sort == LARGEST || is_bright (y, x) ? 255 : 0;
}

/* So that most sums become bytes that are not the limits. */
static float
factor_for (const Case *c, Sort sort)
{
  if (sort == ANY)
    return 100 / (sqrtf ((float) c->in * 9) * 147 * 73);
  return sort == SMALL ? 1 : 90 / ((float) c->in * 9 * 255 * LATHE_BYTE_MOST_WEIGHT);
}

static void
lay_weights (Case *c)
{
  gsize groups = (gsize) 3 * c->in / LATHE_BYTE_GROUP, slab_size = 3 * groups * LATHE_BYTE_SLAB * LATHE_BYTE_GROUP;

  for (guint i = 0; i < 3; i++)
    for (guint k = 0; k < 3 * c->in; k++)
      for (guint column = 0; column < c->out; column++)
        c->b[column / LATHE_BYTE_SLAB * slab_size +
             ((i * groups + k / LATHE_BYTE_GROUP) * LATHE_BYTE_SLAB + column % LATHE_BYTE_SLAB) * LATHE_BYTE_GROUP +
             k % LATHE_BYTE_GROUP] = c->w[((gsize) i * 3 * c->in + k) * c->out + column];
}

static void
case_init (Case *c, Sort sort, guint32 seed)
{
  gsize n_x, n_w = (gsize) 9 * c->in * c->out;

  c->random = g_rand_new_with_seed (seed);
  c->across = lathe_byte_winograd_tiles (c->width) * LATHE_BYTE_TILE + 2;
  n_x = (gsize) (lathe_byte_winograd_tiles (c->height) * LATHE_BYTE_TILE + 2) * c->across * c->in;
  c->x = g_malloc (n_x);
  for (gsize i = 0; i < n_x; i++)
    c->x[i] = draw_pixel (c, sort, (guint) (i / c->in / c->across), (guint) (i / c->in % c->across));
  c->w = g_malloc (n_w);
  for (gsize i = 0; i < n_w; i++)
    c->w[i] = draw_weight (c, sort, (guint) (i % c->out));
  c->b = g_malloc (n_w);
  lay_weights (c);
  c->bias = g_new (gint32, c->out);
  c->factor = g_new (float, c->out);
  for (guint i = 0; i < c->out; i++)
    {
      c->bias[i] = sort == SMALL ? 0 : g_rand_int_range (c->random, -100000, 100000);
      c->factor[i] = factor_for (c, sort);
    }
}

static gint32
sum_of (const Case *c, guint y, guint x, guint column)
{
  gint32 sum = c->bias[column];

  for (guint i = 0; i < 3; i++)
    for (guint k = 0; k < 3 * c->in; k++)
      sum += c->x[((gsize) (y + i) * c->across + x) * c->in + k] * c->w[((gsize) i * 3 * c->in + k) * c->out + column];
  return sum;
}

static void
assert_result (const Case *c, const LatheByteOutput *output, const guint8 *result)
{
  gsize n = (gsize) c->height * c->width * c->out, between = 0;

  for (guint y = 0; y < c->height; y++)
    for (guint x = 0; x < c->width; x++)
      for (guint column = 0; column < c->out; column++)
        {
          float value = (float) sum_of (c, y, x, column) * c->factor[column];
          gint32 expected = CLAMP (output->zero + (gint32) lrintf (value), output->least, output->most);

          g_assert_cmpint (result[((gsize) y * c->width + x) * c->out + column], ==, expected);
          between += expected > output->least && expected < output->most;
        }
  g_assert_cmpuint (between, >, n / 4);
}

/* The channels of the result in parts of so many. */
static void
check (const LatheKernels *kernels, Case *c, guint part)
{
  LatheByteWinograd winograd = {&kernels->bytes, c->in, c->out, lathe_byte_winograd_tiles (c->width)};
  LatheByteTiles all = {
      .x = c->x, .tile_rows = lathe_byte_winograd_tiles (c->height), .rows = c->height, .width = c->width};
  LatheByteOutput output = {.bias = c->bias, .factor = c->factor, .zero = 100, .least = 0, .most = 255};
  gsize scratch = lathe_byte_winograd_scratch (&winograd, all.tile_rows), n = (gsize) c->height * c->width * c->out;
  g_autofree gint16 *u = g_new (gint16, lathe_byte_winograd_points (&winograd));
  g_autofree guint8 *y = g_malloc (n + 1);
  gpointer memory = lathe_memory_new (scratch + 1);

  memset (y, 77, n + 1);
  ((guint8 *) memory)[scratch] = 77;
  lathe_byte_winograd_weights (&winograd, c->b, u);
  all.u = u;
  for (all.column = 0; all.column < c->out; all.column += part)
    {
      all.columns = MIN (part, c->out - all.column);
      all.output = output;
      all.output.bias += all.column;
      all.output.factor += all.column;
      all.y = y + all.column;
      lathe_byte_winograd_run (&winograd, &all, memory);
    }
  assert_result (c, &output, y);
  g_assert_cmpint (y[n], ==, 77);
  g_assert_cmpint (((guint8 *) memory)[scratch], ==, 77);
  lathe_memory_free (memory);
}

/* Of one part of the depth, and of several; images that are whole tiles, and that are not; one block, and several. */
static const struct
{
  guint in, out, height, width;
} shapes[] = {{16, 16, 4, 4},  {16, 32, 5, 7},   {48, 80, 9, 3},   {112, 16, 4, 6},
              {128, 48, 6, 5}, {240, 96, 1, 11}, {256, 16, 26, 25}};

static void
test_sums (gconstpointer kernels)
{
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    for (guint sort = 0; sort < N_SORTS; sort++)
      {
        g_auto (Case)
            c = {.in = shapes[i].in, .out = shapes[i].out, .height = shapes[i].height, .width = shapes[i].width};

        case_init (&c, (Sort) sort, i);
        check (kernels, &c, c.out);
        check (kernels, &c, LATHE_BYTE_SLAB);
      }
}

int
main (int argc, char **argv)
{
  guint n;
  const LatheKernels *const *available = lathe_kernels_available (&n);

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *path = g_strdup_printf ("/byte-winograd/%s/%u", available[i]->name, i);

      g_test_add_data_func (path, available[i], test_sums);
    }
  return g_test_run ();
}
