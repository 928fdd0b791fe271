/* lathe-bundle-private.h: the programs of a bundle.
 *
 * In each of them “@file@” becomes the name of the export, “@stem@” the same without its suffix, and “@model@” that as
 * an identifier, “@MODEL@” in capitals.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A Python program: its beginning, how it loads the model (of one kind or another), and the rest. */
extern const char lathe_bundle_python_begin[], lathe_bundle_python_end[];
extern const char lathe_bundle_python_onnx[], lathe_bundle_python_tflite[], lathe_bundle_python_keras[],
    lathe_bundle_python_torch[];

extern const char lathe_bundle_c[], lathe_bundle_c_beside[];
extern const char lathe_bundle_javascript[];
extern const char lathe_bundle_curl[];

G_END_DECLS
