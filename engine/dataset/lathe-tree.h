/* lathe-tree.h: folders and files, on disk or inside an archive.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-piece.h"

G_BEGIN_DECLS

/* One folder's content: each array (element-type filename), full paths, sorted. */
typedef struct
{
  GPtrArray *folders, *files, *others;
} LatheListing;

void lathe_listing_clear (LatheListing *listing);

/* A file inside an archive has a path like any other: the archive's, a slash, and its name in there. */
typedef struct
{
  char *root;           /* what it was opened as, absolute */
  char *top;            /* the folder that holds everything: inside an archive the root's only one is skipped */
  GHashTable *listings; /* of an archive: path → LatheListing; NULL on disk */
  GHashTable *pieces;   /* of an archive: path → LathePiece */
  GPtrArray *problems;  /* (element-type LatheProblem) entries of an archive that are refused */
} LatheTree;

/**
 * lathe_tree_open:
 *
 * A folder, or an archive: .zip, or .tar as it is or compressed with gzip, zstd, xz or bzip2. What climbs out of the
 * archive, is a link or a device, is encrypted, or unpacks to much more than it is, is a problem of the tree.
 * Errors: LATHE_ERROR_IO (cannot be opened, or is neither), LATHE_ERROR_FORMAT (damaged archive),
 * LATHE_ERROR_UNSUPPORTED (a compressed .tar that is too large for memory), G_IO_ERROR_CANCELLED.
 */
LatheTree *lathe_tree_open (const char *path, GCancellable *cancellable, GError **error);
void lathe_tree_free (LatheTree *tree);

/* Of a folder: FALSE, with errno, where it cannot be opened. Hidden files and what file managers leave behind is not
 * listed. */
gboolean lathe_tree_list (const LatheTree *tree, const char *path, LatheListing *listing);

/* Where a listed file's bytes lie. (transfer none): belongs to the tree */
const LathePiece *lathe_tree_piece (const LatheTree *tree, const char *path);

/* A short text file, in UTF-8 without a byte-order mark. Errors: LATHE_ERROR_IO, LATHE_ERROR_FORMAT; the reason alone.
 */
char *lathe_tree_read_text (const LatheTree *tree, const char *path, GError **error);

/* --- what lathe-zip.c and lathe-tar.c put into it --------------------------------------------------------------- */

/* The path that an entry of this name has, or NULL: it is litter, or was made a problem. (transfer full) */
char *lathe_tree_place (LatheTree *tree, const char *name);
void lathe_tree_add (LatheTree *tree, char *path /* (transfer full) */, const LathePiece *piece);
void lathe_tree_add_problem (LatheTree *tree, const char *name, const char *reason);

/* Whether an entry that unpacks from `packed` bytes to `size` is a bomb. */
gboolean lathe_tree_is_bomb (goffset packed, goffset size);

/* The message is the reason alone. */
gboolean lathe_zip_read (LatheTree *tree, LatheContainer *container, GCancellable *cancellable, GError **error);
gboolean lathe_tar_read (LatheTree *tree, LatheContainer *container, GCancellable *cancellable, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheTree, lathe_tree_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheListing, lathe_listing_clear)

G_END_DECLS
