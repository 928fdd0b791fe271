/* lathe-whitening.c: a convolution that learns from the look of the images before training begins.
 *
 * What the windows of natural images hold is nearly the same in all of them: neighbours are alike. The eigenvectors vₖ
 * of the windows' covariance, each divided by the root of its eigenvalue λₖ, give numbers that have nothing in common
 * and one variance, from which the next layers learn faster (Page 2019; Jordan 2024, arXiv 2404.00498, section 3.2):
 *
 *   filter 2k:  + vₖ / √(λₖ + ε),  filter 2k + 1:  - vₖ / √(λₖ + ε),  bias:  - filter · mean window
 *
 * Both signs, as the activation behind lets one pass and holds the other back.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-whitening.h"

#include <math.h>
#include <string.h>

#include "base/lathe-eigen.h"
#include "lathe-convolution-layer.h"
#include "lathe-kinds.h"

#define MAX_SIZE 256       /* numbers in a window; a larger one would take long and have little meaning */
#define MAX_WINDOWS 262144 /* more would change nothing that is seen */
#define FLOOR 5e-4         /* ε, as a share of the mean eigenvalue */

/* The windows of a batch of images. */
typedef struct
{
  const LatheReal *x; /* n × height × width × channels */
  guint n, height, width, channels;
  guint kernel_height, kernel_width, dilation_height, dilation_width;
  guint size; /* numbers in a window */
} Windows;

static guint
value (const LatheStep *step, int property)
{
  return (guint) lathe_step_value (step, property);
}

static Windows
windows_of (const LatheStep *step)
{
  Windows windows = {
      .x = step->x[0],
      .n = step->batch,
      .height = step->input[0].dim[0],
      .width = step->input[0].dim[1],
      .channels = step->input[0].dim[2],
      .kernel_height = value (step, LATHE_CONVOLUTION_KERNEL_HEIGHT),
      .kernel_width = value (step, LATHE_CONVOLUTION_KERNEL_WIDTH),
      .dilation_height = value (step, LATHE_CONVOLUTION_DILATION_HEIGHT),
      .dilation_width = value (step, LATHE_CONVOLUTION_DILATION_WIDTH),
  };

  windows.size = windows.kernel_height * windows.kernel_width * windows.channels;
  return windows;
}

static void
read_window (const Windows *windows, guint sample, guint y, guint x, double *window)
{
  for (guint i = 0; i < windows->kernel_height; i++)
    for (guint j = 0; j < windows->kernel_width; j++)
      {
        gsize row = (gsize) sample * windows->height + y + i * windows->dilation_height;
        const LatheReal *pixel =
            windows->x + (row * windows->width + x + j * windows->dilation_width) * windows->channels;

        for (guint channel = 0; channel < windows->channels; channel++)
          *window++ = pixel[channel];
      }
}

/* Adds every window of one sample to the sums, and says how many they were. */
static gsize
add_sample (const Windows *windows, guint sample, double *mean, double *covariance)
{
  guint rows = windows->height - (windows->kernel_height - 1) * windows->dilation_height;
  guint columns = windows->width - (windows->kernel_width - 1) * windows->dilation_width;
  guint size = windows->size;
  double window[MAX_SIZE];

  for (guint y = 0; y < rows; y++)
    for (guint x = 0; x < columns; x++)
      {
        read_window (windows, sample, y, x, window);
        for (guint i = 0; i < size; i++)
          {
            mean[i] += window[i];
            for (guint j = 0; j <= i; j++)
              covariance[i * size + j] += window[i] * window[j];
          }
      }
  return (gsize) rows * columns;
}

static void
measure (const Windows *windows, double *mean, double *covariance)
{
  guint size = windows->size;
  gsize n = 0;

  for (guint sample = 0; sample < windows->n && n < MAX_WINDOWS; sample++)
    n += add_sample (windows, sample, mean, covariance);
  for (guint i = 0; i < size; i++)
    mean[i] /= (double) n;
  for (guint i = 0; i < size; i++)
    for (guint j = 0; j <= i; j++)
      covariance[i * size + j] = covariance[j * size + i] = covariance[i * size + j] / (double) n - mean[i] * mean[j];
}

typedef struct
{
  double value;
  const double *vector;
} Eigen;

static int
compare_eigen (gconstpointer a, gconstpointer b)
{
  double x = ((const Eigen *) a)->value, y = ((const Eigen *) b)->value;

  return (x < y) - (x > y);
}

/* The largest first, each turned so that its sum is positive. */
static Eigen *
sorted (const double *a, const double *vectors, guint size)
{
  Eigen *eigen = g_new (Eigen, size);

  for (guint i = 0; i < size; i++)
    eigen[i] = (Eigen){MAX (0, a[i * size + i]), vectors + i * size};
  qsort (eigen, size, sizeof *eigen, compare_eigen);
  return eigen;
}

/**
 * lathe_wants_whitening:
 *
 * Returns: whether the layer's weights are to be made by lathe_whiten()
 */
gboolean
lathe_wants_whitening (const LatheStep *step)
{
  return step->kind == &lathe_layer_conv2d && step->parameter[0].initialiser == LATHE_INITIALISER_WHITENING &&
         value (step, LATHE_CONVOLUTION_GROUPS) == 1 && windows_of (step).size <= MAX_SIZE;
}

/**
 * lathe_whiten:
 *
 * Makes the weights and the bias of what the layer's input holds, which is a batch of images or what layers before made
 * of them. Filters beyond two for each number of a window stay as they were drawn. The windows at the rim are those
 * that lie within the image, whatever the padding.
 */
void
lathe_whiten (LatheStep *step)
{
  Windows windows = windows_of (step);
  guint size = windows.size, filters = value (step, LATHE_CONVOLUTION_FILTERS);
  g_autofree double *mean = g_new0 (double, size);
  g_autofree double *a = g_new0 (double, (gsize) size *size);
  g_autofree double *vectors = g_new (double, (gsize) size *size);
  g_autofree Eigen *eigen = NULL;
  LatheReal *w = (LatheReal *) step->w[0], *bias = step->n_parameters > 1 ? (LatheReal *) step->w[1] : NULL;
  double floor = 0;

  measure (&windows, mean, a);
  for (guint i = 0; i < size; i++)
    floor += FLOOR * a[i * size + i] / size;
  lathe_find_eigenvectors (a, vectors, size);
  eigen = sorted (a, vectors, size);
  for (guint filter = 0; filter < MIN (filters, 2 * size); filter++)
    {
      const Eigen *e = &eigen[filter / 2];
      double scale = 1 / sqrt (e->value + MAX (floor, 1e-12)), sum = 0, at_mean = 0;

      for (guint i = 0; i < size; i++)
        sum += e->vector[i];
      scale *= (sum < 0) == (filter % 2 == 0) ? -1 : 1;
      for (guint i = 0; i < size; i++)
        {
          w[i * filters + filter] = (LatheReal) (scale * e->vector[i]);
          at_mean += scale * e->vector[i] * mean[i];
        }
      if (bias != NULL)
        bias[filter] = (LatheReal) -at_mean;
    }
}
