/* lathe-bundle.h: what lies beside an export, so that another program can use it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-export.h"

G_BEGIN_DECLS

#define LATHE_BUNDLE_SAMPLES 3

/* A sample image, as the network sees it. */
typedef struct
{
  const guint8 *pixels; /* height × width × channels */
  const char *label;    /* (nullable): what is on it, where that is known */
  const float *probabilities;
} LatheBundleSample;

const char *lathe_bundle_get_reader (const LatheExportFormat *format);
void lathe_bundle_add (GPtrArray *files, const LatheExportFormat *format, const LatheExport *export);
void lathe_bundle_add_facts (GPtrArray *files, const LatheExportFormat *format, const LatheExport *export);
void lathe_bundle_add_python (GPtrArray *files, const LatheExportFormat *format, const LatheModel *model,
                              const char *name);
void lathe_bundle_add_samples (GPtrArray *files, const LatheExportFormat *format, const LatheModel *model,
                               const LatheBundleSample *samples, guint n_samples);

G_END_DECLS
