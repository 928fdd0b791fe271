/* lathe-look.c: one look at one image, and which images look alike.
 *
 * An image's hash are the signs of the 63 lowest frequencies of its luma (as in Zauner 2010, “Implementation and
 * Benchmarking of Perceptual Image Hash Functions”, section 3.1, with signs instead of the median). Mirroring changes
 * the signs of odd frequencies alone and turning over the diagonal swaps rows and columns, so that one hash serves for
 * all eight ways in which a picture can lie.
 *
 * Candidates differ in at most MAX_BITS bits. Of four parts of 16 bits one then differs in at most two, so each image
 * looks into the lists of the 137 values that are so near to each of its parts: no pair is missed, and few are looked
 * at. A candidate counts when the small grey images agree too.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-look.h"

#include <math.h>
#include <string.h>

#include "base/lathe-math.h"

#define SIDE LATHE_LOOK_PIXELS
#define HALF (SIDE / 2)
#define FREQUENCIES 8
#define PARTS 4
#define PART_VALUES 65536
#define MAX_BITS 11 /* below PARTS × 3 */
#define ALL_WAYS 8
#define CELLS (LATHE_LOOK_SIDE * LATHE_LOOK_SIDE)
#define MIN_AGREEMENT 0.97 /* correlation of the grey images */
/* … of their detail. Of copies of photographs, scaled to half, compressed hard, brightened until they clip, it is 0.94
 * and more; a mirror image that came to lie between the pixels keeps 0.75. Of 3,000 pictures of clothes 2,438 pairs
 * agree by MIN_AGREEMENT and are no copies: 99 of 100 of these by less than 0.97 in detail. */
#define MIN_DETAIL 0.75
#define MIN_DETAIL_AMONG_SOME 0.92
#define MIN_DETAIL_AMONG_MANY 0.97
#define MIN_DETAIL_OF_A_KIND 0.985
#define WEAK_DETAIL 0.9
#define STRONG_DETAIL 0.97
#define SOME 1 /* weak pairs for each strong one */
#define FAR_TOO_MANY 8
#define MANY 2 /* that an image agrees with: above, it is the look of its kind */

/* Mirrored, the frequencies that are odd from left to right; upside down, those that are odd from top to bottom. */
#define ODD_COLUMNS 0xaaaaaaaaaaaaaaaaull
#define ODD_ROWS 0xff00ff00ff00ff00ull

/* BT.601, as JPEG has it. */
static float
luma (const guint8 *rgb)
{
  return (0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2]) / 255;
}

static void
find_moments (const guint8 *rgb, const float *y, LatheLook *look)
{
  double sum[4] = {0}, squares[4] = {0}, n = SIDE * SIDE;
  float *const means[] = {&look->mean[0], &look->mean[1], &look->mean[2], &look->brightness};
  float *const deviations[] = {&look->deviation[0], &look->deviation[1], &look->deviation[2], &look->contrast};

  for (guint i = 0; i < SIDE * SIDE; i++)
    for (guint c = 0; c < 4; c++)
      {
        double value = c < 3 ? rgb[3 * i + c] / 255.0 : y[i];

        sum[c] += value;
        squares[c] += value * value;
      }
  for (guint c = 0; c < 4; c++)
    {
      *means[c] = (float) (sum[c] / n);
      *deviations[c] = (float) sqrt (MAX (0, squares[c] / n - sum[c] / n * (sum[c] / n)));
    }
}

static float
find_sharpness (const float *y)
{
  double sum = 0;

  for (guint row = 1; row + 1 < SIDE; row++)
    for (guint column = 1; column + 1 < SIDE; column++)
      {
        const float *at = y + row * SIDE + column;

        sum += fabsf (4 * at[0] - at[-1] - at[1] - at[-SIDE] - at[SIDE]);
      }
  return (float) (sum / ((SIDE - 2) * (SIDE - 2)));
}

/* The mean of squares of `by` pixels a side. */
static void
shrink (const float *y, guint by, float *small)
{
  guint side = SIDE / by;

  memset (small, 0, side * side * sizeof *small);
  for (guint row = 0; row < SIDE; row++)
    for (guint column = 0; column < SIDE; column++)
      small[row / by * side + column / by] += y[row * SIDE + column] / (float) (by * by);
}

/* cos (π u (2x + 1) / (2 · HALF)), made when it is first asked for. */
static const double (*get_waves (void))[HALF]
{
  static double waves[FREQUENCIES][HALF];
  static gsize made;

  if (g_once_init_enter (&made))
    {
      for (guint u = 0; u < FREQUENCIES; u++)
        for (guint x = 0; x < HALF; x++)
          waves[u][x] = lathe_cos_pi ((2 * x + 1) * u / (2.0 * HALF));
      g_once_init_leave (&made, 1);
    }
  return (const double (*)[HALF]) waves;
}

/* Bit 8·v + u is the sign of the cosine transform's coefficient u from left to right, v from top to bottom; that of the
 * mean is 0. */
static guint64
find_hash (const float *half)
{
  const double (*wave)[HALF] = get_waves ();
  double rows[HALF][FREQUENCIES] = {{0}};
  guint64 hash = 0;

  for (guint y = 0; y < HALF; y++)
    for (guint u = 0; u < FREQUENCIES; u++)
      for (guint x = 0; x < HALF; x++)
        rows[y][u] += wave[u][x] * half[y * HALF + x];
  for (guint v = 0; v < FREQUENCIES; v++)
    for (guint u = 0; u < FREQUENCIES; u++)
      {
        double sum = 0;

        for (guint y = 0; y < HALF; y++)
          sum += wave[v][y] * rows[y][u];
        if (u + v > 0 && sum > 0)
          hash |= 1ull << (FREQUENCIES * v + u);
      }
  return hash;
}

/**
 * lathe_look_at:
 * @rgb: LATHE_LOOK_PIXELS × LATHE_LOOK_PIXELS × 3
 * @look: (out caller-allocates)
 */
void
lathe_look_at (const guint8 *rgb, LatheLook *look)
{
  float y[SIDE * SIDE], half[HALF * HALF], grey[LATHE_LOOK_SIDE * LATHE_LOOK_SIDE];

  for (guint i = 0; i < SIDE * SIDE; i++)
    y[i] = luma (rgb + 3 * i);
  look->seen = TRUE;
  find_moments (rgb, y, look);
  look->sharpness = find_sharpness (y);
  shrink (y, 2, half);
  look->hash = find_hash (half);
  shrink (y, SIDE / LATHE_LOOK_SIDE, grey);
  for (guint i = 0; i < G_N_ELEMENTS (grey); i++)
    look->grey[i] = (guint8) lrintf (255 * CLAMP (grey[i], 0, 1));
}

/**
 * lathe_look_hash_lying:
 *
 * Returns: the hash of the same picture, lying so
 */
guint64
lathe_look_hash_lying (guint64 hash, guint lies)
{
  guint64 across = 0;

  hash ^= lies & LATHE_LIES_MIRRORED ? ODD_COLUMNS : 0;
  hash ^= lies & LATHE_LIES_UPSIDE_DOWN ? ODD_ROWS : 0;
  if (!(lies & LATHE_LIES_ACROSS))
    return hash;
  for (guint v = 0; v < FREQUENCIES; v++)
    for (guint u = 0; u < FREQUENCIES; u++)
      across |= (hash >> (FREQUENCIES * v + u) & 1) << (FREQUENCIES * u + v);
  return across;
}

/* Where the pixel of a picture that lies so comes from. */
static guint
pixel_lying (guint row, guint column, guint lies)
{
  guint from_row = lies & LATHE_LIES_ACROSS ? column : row, from_column = lies & LATHE_LIES_ACROSS ? row : column;

  from_row = lies & LATHE_LIES_UPSIDE_DOWN ? LATHE_LOOK_SIDE - 1 - from_row : from_row;
  from_column = lies & LATHE_LIES_MIRRORED ? LATHE_LOOK_SIDE - 1 - from_column : from_column;
  return from_row * LATHE_LOOK_SIDE + from_column;
}

static void
lay (const LatheLook *look, guint lies, float *cells)
{
  for (guint row = 0; row < LATHE_LOOK_SIDE; row++)
    for (guint column = 0; column < LATHE_LOOK_SIDE; column++)
      cells[row * LATHE_LOOK_SIDE + column] = look->grey[pixel_lying (row, column, lies)];
}

/* What each cell has that the mean of it and its neighbours has not; outside is what is at the rim. */
static void
keep_detail (const float *cells, float *detail)
{
  const int last = LATHE_LOOK_SIDE - 1;

  for (int row = 0; row <= last; row++)
    for (int column = 0; column <= last; column++)
      {
        float sum = 0;

        for (int r = row - 1; r <= row + 1; r++)
          for (int c = column - 1; c <= column + 1; c++)
            sum += cells[CLAMP (r, 0, last) * LATHE_LOOK_SIDE + CLAMP (c, 0, last)];
        detail[row * LATHE_LOOK_SIDE + column] = cells[row * LATHE_LOOK_SIDE + column] - sum / 9;
      }
}

/* Pearson's, which brightness and contrast do not change. */
static double
correlate (const float *a, const float *b)
{
  double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0, squares;

  for (guint i = 0; i < CELLS; i++)
    {
      sa += a[i];
      sb += b[i];
      saa += (double) a[i] * a[i];
      sbb += (double) b[i] * b[i];
      sab += (double) a[i] * b[i];
    }
  squares = (CELLS * saa - sa * sa) * (CELLS * sbb - sb * sb);
  return squares > 0 ? (CELLS * sab - sa * sb) / sqrt (squares) : 0;
}

/* Whether the first, lying so, is what the second is but for brightness and contrast; and how far down to its detail.
 */
static gboolean
agree (const LatheLook *looks, LatheAlike *pair)
{
  float a[CELLS], b[CELLS], detail_a[CELLS], detail_b[CELLS];

  lay (&looks[pair->first], pair->lies, a);
  lay (&looks[pair->second], 0, b);
  if (correlate (a, b) < MIN_AGREEMENT)
    return FALSE;
  keep_detail (a, detail_a);
  keep_detail (b, detail_b);
  pair->detail = (float) correlate (detail_a, detail_b);
  return TRUE;
}

static guint
part_of (guint64 hash, guint part)
{
  return (guint) (hash >> (16 * part)) & (PART_VALUES - 1);
}

static guint
count_bits (guint64 bits)
{
  return (guint) __builtin_popcountll (bits);
}

/* Images by the value of one part of their hash. */
typedef struct
{
  guint *begin; /* PART_VALUES + 1 */
  guint *image;
} Lists;

static void
lists_init (Lists *lists, const LatheLook *looks, guint n, guint part)
{
  lists->begin = g_new0 (guint, PART_VALUES + 2);
  lists->image = g_new (guint, n);
  for (guint i = 0; i < n; i++)
    lists->begin[part_of (looks[i].hash, part) + 2]++;
  for (guint value = 2; value < PART_VALUES + 2; value++)
    lists->begin[value] += lists->begin[value - 1];
  for (guint i = 0; i < n; i++)
    lists->image[lists->begin[part_of (looks[i].hash, part) + 1]++] = i;
}

static void
lists_clear (Lists *lists)
{
  g_free (lists->begin);
  g_free (lists->image);
}

/* All 16-bit numbers of at most two bits. */
static GArray *
small_differences (void)
{
  GArray *differences = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint value = 0; value < PART_VALUES; value++)
    if (count_bits (value) <= 2)
      g_array_append_val (differences, value);
  return differences;
}

static gboolean
is_looked_at (const LatheLook *look)
{
  return look->seen && look->contrast >= LATHE_BLANK;
}

/* A pair that several parts bring up is taken at the first of them. */
static gboolean
is_first_part (guint64 difference, guint part)
{
  for (guint before = 0; before < part; before++)
    if (count_bits (part_of (difference, before)) <= 2)
      return FALSE;
  return TRUE;
}

static void
look_into_list (const LatheLook *looks, guint first, guint lies, const Lists *lists, guint part, guint value,
                GArray *alike)
{
  guint64 hash = lathe_look_hash_lying (looks[first].hash, lies);

  for (guint at = lists->begin[value]; at < lists->begin[value + 1]; at++)
    {
      LatheAlike pair = {.first = first, .second = lists->image[at], .lies = lies};
      guint64 difference = hash ^ looks[pair.second].hash;

      if (pair.second > first && count_bits (difference) <= MAX_BITS && is_first_part (difference, part) &&
          is_looked_at (&looks[pair.second]) && agree (looks, &pair))
        g_array_append_val (alike, pair);
    }
}

/* Copies agree down to their detail. Where most pairs do not, the set is of things that look alike, as clothes do that
 * were photographed from one side before black: there a pair has to agree the better, the more of these there are. Weak
 * pairs for each strong one: photographs of pets 0.02, CIFAR-10 1.9, Fashion-MNIST 76. */
static double
find_least_detail (const GArray *alike)
{
  guint weak = 0, strong = 0;

  for (guint i = 0; i < alike->len; i++)
    {
      float detail = g_array_index (alike, LatheAlike, i).detail;

      weak += detail < WEAK_DETAIL;
      strong += detail >= STRONG_DETAIL;
    }
  if (weak <= SOME * strong)
    return MIN_DETAIL;
  return weak <= FAR_TOO_MANY * strong ? MIN_DETAIL_AMONG_SOME : MIN_DETAIL_AMONG_MANY;
}

/* Takes out those that are of one kind only. */
static void
drop_lookalikes (GArray *alike, guint n)
{
  double least = find_least_detail (alike);
  g_autofree guint *partners = g_new0 (guint, n);
  guint left = 0;

  for (guint i = 0; i < alike->len; i++)
    {
      partners[g_array_index (alike, LatheAlike, i).first]++;
      partners[g_array_index (alike, LatheAlike, i).second]++;
    }
  for (guint i = 0; i < alike->len; i++)
    {
      const LatheAlike pair = g_array_index (alike, LatheAlike, i);
      gboolean many = MAX (partners[pair.first], partners[pair.second]) > MANY;

      if (pair.detail >= (many ? MIN_DETAIL_OF_A_KIND : least))
        g_array_index (alike, LatheAlike, left++) = pair;
    }
  g_array_set_size (alike, left);
}

/**
 * lathe_looks_find_alike:
 * @looks: n
 *
 * Returns: (transfer full) (element-type LatheAlike): pairs that show the same, by the first, then by how it lies;
 * those found until then when cancelled
 */
GArray *
lathe_looks_find_alike (const LatheLook *looks, guint n, GCancellable *cancellable)
{
  GArray *alike = g_array_new (FALSE, FALSE, sizeof (LatheAlike));
  g_autoptr (GArray) differences = small_differences ();
  Lists lists[PARTS];

  for (guint part = 0; part < PARTS; part++)
    lists_init (&lists[part], looks, n, part);
  for (guint i = 0; i < n && !g_cancellable_is_cancelled (cancellable); i++)
    for (guint lies = 0; is_looked_at (&looks[i]) && lies < ALL_WAYS; lies++)
      for (guint part = 0; part < PARTS; part++)
        {
          guint own = part_of (lathe_look_hash_lying (looks[i].hash, lies), part);

          for (guint d = 0; d < differences->len; d++)
            look_into_list (looks, i, lies, &lists[part], part, own ^ g_array_index (differences, guint, d), alike);
        }
  for (guint part = 0; part < PARTS; part++)
    lists_clear (&lists[part]);
  drop_lookalikes (alike, n);
  return alike;
}
