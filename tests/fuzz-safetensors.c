/* fuzz-safetensors.c: models of Lathe's and tensors of any origin, which are read or refused, and do nothing else.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "byte-file.h"
#include "fuzz.h"

#define MOST (1 << 20) /* numbers of a tensor that is read */

static void
read_all (const LatheWeights *weights)
{
  g_autofree float *numbers = g_new (float, MOST);

  for (guint i = 0; i < weights->tensors->len; i++)
    {
      const LatheWeightsTensor *tensor = &g_array_index (weights->tensors, LatheWeightsTensor, i);

      if (tensor->n <= MOST)
        g_assert_true (lathe_weights_read (weights, tensor, numbers, NULL));
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n)
{
  const char *path = byte_file (bytes, n);
  g_autoptr (GError) error = NULL, refusal = NULL;
  g_autoptr (LatheModel) model = lathe_model_load (path, &error);
  g_autoptr (LatheWeights) weights = lathe_weights_open (path, &refusal);

  g_assert_true ((model == NULL) == (error != NULL));
  g_assert_true ((weights == NULL) == (refusal != NULL));
  if (weights != NULL)
    read_all (weights);
  return 0;
}
