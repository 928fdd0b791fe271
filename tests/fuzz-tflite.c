/* fuzz-tflite.c: any bytes as a TensorFlow Lite file: they become a model, or a reason why not.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "fuzz.h"

#include "formats/lathe-tflite-read.h"

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheModel) model = lathe_tflite_read (bytes, n, &error);

  g_assert_true ((model == NULL) == (error != NULL));
  g_assert_true (error == NULL || (error->domain == LATHE_ERROR && *error->message != '\0'));
  return 0;
}
