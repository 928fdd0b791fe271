/* lathe-import-keras-front.h: what a model of Keras's takes, and the layers in front that scale it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-import-keras.h"

G_BEGIN_DECLS

gboolean lathe_keras_in_begin (LatheKerasIn *in, LathePreprocess *preprocess, GError **error);

G_END_DECLS
