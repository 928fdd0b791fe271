/* fuzz-keras.c: models of Keras's from anywhere, which are read or refused, and do nothing else.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "fuzz.h"

#include "formats/lathe-hdf5.h"
#include "formats/lathe-import-keras.h"

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n)
{
  const LatheSpan source = {.bytes = bytes, .size = n};
  g_autoptr (GError) error = NULL;
  gboolean h5 = lathe_import_h5.sniff (bytes, n);
  g_autoptr (LatheModel) model =
      h5 ? lathe_import_h5_from (&source, NULL, &error) : lathe_import_keras_from (&source, NULL, &error);

  g_assert_true ((model == NULL) == (error != NULL));
  return 0;
}
