/* lathe-preset.h: networks to begin with, by name.
 *
 * Each is data/presets/NAME.json, which is kept inside the program, and a row that says what it is and where it was
 * published.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-graph.h"

G_BEGIN_DECLS

/* Where a network was published first. Authors and title are as they stand there, in no other language. */
typedef struct
{
  const char *authors, *title;
  guint year;
  const char *url; /* of the paper itself, at arXiv or by its DOI */
} LathePaper;

typedef struct
{
  const char *name;        /* as it is typed */
  const char *title;       /* N_(as people read it) */
  const char *summary;     /* N_(one sentence) */
  const LathePaper *paper; /* NULL: none */
} LathePreset;

/* (transfer none) The one to start with first. */
const LathePreset *lathe_presets (guint *n_presets);
const LathePreset *lathe_preset_find (const char *name); /* (nullable) */
const char *const *lathe_preset_names (void);
LatheGraph *lathe_preset_load (const char *name, GError **error);
/* The names of many classes that go by one name: “imagenet-1k”. (transfer full): NULL-terminated */
char **lathe_preset_labels (const char *list);

G_END_DECLS
