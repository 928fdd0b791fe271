/* sources.h: datasets that are not folders, packed and looked at by a test.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include "images.h"

G_BEGIN_DECLS

#define N_ARCHIVES 6

extern const char
    *const archives[N_ARCHIVES]; /* names, of each kind one; the first three are a .zip, .tar and .tar.gz */

/* All names are below the fixture's folder. */

LatheDataset *scan_with (Fixture *fixture, const char *name, const char *labels, const char *pattern, GError **error);
LatheDataset *scan_source (Fixture *fixture, const char *name);
void assert_refused (Fixture *fixture, const char *name, int code, const char *part);

void assert_problem (Fixture *fixture, LatheDataset *dataset, const char *name, const char *part);
const LatheImage *find_image (Fixture *fixture, LatheDataset *dataset, const char *name);
void assert_image (Fixture *fixture, LatheDataset *dataset, const char *name, const char *class,
                   int split /* -1: any */);
void assert_counts (LatheDataset *dataset, guint classes, guint images, guint problems);

/* The same images, sides and pixels, in the same order. */
void assert_same (LatheDataset *dataset, LatheDataset *expected);

/* The lowest n bytes of a number, the lowest first. */
void put_number (GByteArray *out, guint64 value, guint n);

/* The kind of archive is as its name ends. */
struct archive *begin_pack (Fixture *fixture, const char *name);
/* type: AE_IFREG and so on; link: where it leads, of a hard link too where the type is a regular file's */
void pack (struct archive *archive, const char *name, guint type, const char *link, GBytes *bytes);
void pack_folder (Fixture *fixture, struct archive *archive, const char *name);
void end_pack (struct archive *archive);
void put_archive_of (Fixture *fixture, const char *name, const char *folder);

/* The first bytes of another file. */
void put_cut (Fixture *fixture, const char *name, const char *of, double share);

G_END_DECLS
