/* lathe-initialiser.c: the numbers that parameters begin with.
 *
 * Each is a function of its stream, which is the seed, the layer and the parameter, and of its own place in the array.
 *
 *   uniform     U(±√(3 · variance))
 *   normal      N(0, variance) cut off at two standard deviations, and widened to have its variance again: as Keras
 *               does; PyTorch draws from the whole bell
 *   orthogonal  columns, or of a wide matrix rows, that are at right angles, scaled (Saxe, McClelland & Ganguli 2013)
 *   identity    the first units each pass one input on, in the middle of their window (the dirac initialiser of
 *               Zagoruyko & Komodakis 2017); those beyond the inputs are drawn as LeCun's uniform ones
 *   whitening   as orthogonal, until lathe_whiten() has seen images
 *
 * with the variance of Glorot & Bengio 2010 (2 / (fan_in + fan_out)), He et al. 2015 (2 / fan_in), or LeCun et al. 1998
 * (1 / fan_in).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-initialiser.h"

#include "base/lathe-math.h"

#define BELOW_CUT 0.022750131948179207  /* Φ(-2) */
#define CUT_DEVIATION 0.879625661034239 /* of a normal number that is cut off at ±2: √(1 - 4φ(2) / (2Φ(2) - 1)) */

/* Makes numbers of one draw each. `a` and `b` are the initialiser's own. */
typedef LatheReal (*Spread) (guint32 draw, double a, double b);

static void
fill (const LatheRng *rng, LatheReal *w, gsize n, Spread spread, double a, double b)
{
  guint32 draws[4];

  for (gsize k = 0; k < n; k++)
    {
      if (k % 4 == 0)
        lathe_rng_block (rng, (guint32) (k / 4), draws);
      w[k] = spread (draws[k % 4], a, b);
    }
}

static LatheReal
around (guint32 draw, double middle, double limit)
{
  return (LatheReal) (middle + limit * (2 * (draw * 0x1p-32) - 1));
}

static double
polynomial (const double c[8], double x)
{
  double sum = c[7];

  for (int i = 6; i >= 0; i--)
    sum = sum * x + c[i];
  return sum;
}

/* Where the area under the bell reaches p, for p in 10⁻¹¹ … 1 - 10⁻¹¹: Wichura 1988, algorithm AS 241 (PPND16). */
static double
normal_quantile (double p)
{
  static const double a[] = {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                             1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                             3.3430575583588128105e4, 2.5090809287301226727e3};
  static const double b[] = {1,
                             4.2313330701600911252e1,
                             6.8718700749205790830e2,
                             5.3941960214247511077e3,
                             2.1213794301586595867e4,
                             3.9307895800092710610e4,
                             2.8729085735721942674e4,
                             5.2264952788528545610e3};
  static const double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                             3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                             2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static const double d[] = {1,
                             2.05319162663775882187e0,
                             1.67638483018380384940e0,
                             6.89767334985100004550e-1,
                             1.48103976427480074590e-1,
                             1.51986665636164571966e-2,
                             5.47593808499534494600e-4,
                             1.05075007164441684324e-9};
  double q = p - 0.5, r = 0.180625 - q * q;

  if (r >= 0)
    return q * polynomial (a, r) / polynomial (b, r);
  r = sqrt (-lathe_log (MIN (p, 1 - p))) - 1.6;
  return copysign (polynomial (c, r) / polynomial (d, r), q);
}

static double
share_of (guint32 draw)
{
  return (draw + 0.5) * 0x1p-32;
}

static LatheReal
cut_normal (guint32 draw, double deviation, double unused)
{
  return (LatheReal) (deviation * normal_quantile (BELOW_CUT + share_of (draw) * (1 - 2 * BELOW_CUT)));
}

/* --- At right angles --- */

/* Four sums side by side, which the compiler makes one vector of. */
static double
dot (const double *x, const double *y, gsize n)
{
  double sums[4] = {0}, rest = 0;
  gsize i = 0;

  for (; i + 4 <= n; i += 4)
    for (gsize j = 0; j < 4; j++)
      sums[j] += x[i + j] * y[i + j];
  for (; i < n; i++)
    rest += x[i] * y[i];
  return sums[0] + sums[1] + (sums[2] + sums[3]) + rest;
}

/* Makes each of n vectors of `size` numbers one long and at right angles to those before it: the modified method of
 * Gram and Schmidt. That leaves R's diagonal positive, so vectors of normal numbers end up evenly in all directions
 * (Mezzadri 2007). */
static void
straighten (double *vectors, gsize n, gsize size)
{
  for (gsize i = 0; i < n; i++)
    {
      double *restrict v = vectors + i * size, length;

      for (gsize j = 0; j < i; j++)
        {
          const double *restrict u = vectors + j * size;
          double along = dot (u, v, size);

          for (gsize k = 0; k < size; k++)
            v[k] -= along * u[k];
        }
      length = sqrt (dot (v, v, size));
      for (gsize k = 0; k < size; k++)
        v[k] /= length;
    }
}

/* The weights as a matrix with a column for each unit. */
static void
fill_orthogonal (const LatheParameter *parameter, const LatheRng *rng, LatheReal *w)
{
  gsize total = lathe_shape_size (&parameter->shape);
  gsize columns = parameter->shape.dim[parameter->shape.rank - 1], rows = total / columns;
  gsize n = MIN (rows, columns), size = MAX (rows, columns);
  g_autofree double *vectors = g_new (double, total);
  guint32 draws[4];

  for (gsize k = 0; k < total; k++)
    {
      if (k % 4 == 0)
        lathe_rng_block (rng, (guint32) (k / 4), draws);
      vectors[k] = normal_quantile (share_of (draws[k % 4]));
    }
  straighten (vectors, n, size);
  for (gsize row = 0; row < rows; row++)
    for (gsize column = 0; column < columns; column++)
      w[row * columns + column] = (LatheReal) (parameter->scale * (rows < columns ? vectors[row * size + column]
                                                                                  : vectors[column * size + row]));
}

/* A unit of a grouped layer sees the inputs of its own group alone, and counts them from 0. */
static void
fill_identity (const LatheParameter *parameter, const LatheRng *rng, LatheReal *w)
{
  const LatheShape *shape = &parameter->shape;
  gsize n = lathe_shape_size (shape), units = shape->dim[shape->rank - 1], inputs = shape->dim[shape->rank - 2];
  gsize window = n / units / inputs, group = MIN (units, MAX (1, parameter->fan_out / window));
  gsize middle = shape->rank < 4 ? 0 : (shape->dim[0] - 1) / 2 * shape->dim[1] + (shape->dim[1] - 1) / 2;

  fill (rng, w, n, around, 0, sqrt (3 / (double) parameter->fan_in));
  for (gsize unit = 0; unit < units; unit++)
    for (gsize i = 0; i < n / units && unit % group < inputs; i++)
      w[i * units + unit] = i == middle * inputs + unit % group ? 1 : 0;
}

/* --- All of them --- */

static void
fill_normal (const LatheRng *rng, LatheReal *w, gsize n, double variance)
{
  fill (rng, w, n, cut_normal, sqrt (variance) / CUT_DEVIATION, 0);
}

/**
 * lathe_initialise:
 * @rng: the parameter's stream
 * @w: (out caller-allocates): as the parameter's shape has it
 */
void
lathe_initialise (const LatheParameter *parameter, const LatheRng *rng, LatheReal *w)
{
  gsize n = lathe_shape_size (&parameter->shape);
  double fan_in = (double) parameter->fan_in, fan_out = (double) parameter->fan_out;

  switch (parameter->initialiser)
    {
    case LATHE_INITIALISER_ZEROS:
      fill (rng, w, n, around, 0, 0);
      break;
    case LATHE_INITIALISER_ONES:
      fill (rng, w, n, around, 1, 0);
      break;
    case LATHE_INITIALISER_UNIFORM:
      fill (rng, w, n, around, 0, parameter->scale);
      break;
    case LATHE_INITIALISER_GLOROT_UNIFORM:
      fill (rng, w, n, around, 0, sqrt (6 / (fan_in + fan_out)));
      break;
    case LATHE_INITIALISER_GLOROT_NORMAL:
      fill_normal (rng, w, n, 2 / (fan_in + fan_out));
      break;
    case LATHE_INITIALISER_HE_UNIFORM:
      fill (rng, w, n, around, 0, sqrt (6 / fan_in));
      break;
    case LATHE_INITIALISER_HE_NORMAL:
      fill_normal (rng, w, n, 2 / fan_in);
      break;
    case LATHE_INITIALISER_LECUN_UNIFORM:
      fill (rng, w, n, around, 0, sqrt (3 / fan_in));
      break;
    case LATHE_INITIALISER_LECUN_NORMAL:
      fill_normal (rng, w, n, 1 / fan_in);
      break;
    case LATHE_INITIALISER_ORTHOGONAL:
    case LATHE_INITIALISER_WHITENING:
      fill_orthogonal (parameter, rng, w);
      break;
    case LATHE_INITIALISER_TRUNCATED_NORMAL:
      fill (rng, w, n, cut_normal, parameter->scale, 0);
      break;
    case LATHE_INITIALISER_CONSTANT:
      fill (rng, w, n, around, parameter->scale, 0);
      break;
    case LATHE_INITIALISER_IDENTITY:
      fill_identity (parameter, rng, w);
      break;
    case LATHE_N_INITIALISERS:
      g_assert_not_reached ();
    }
}
