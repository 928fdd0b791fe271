/* images.h: a folder that a test fills with images.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe.h"

G_BEGIN_DECLS

typedef struct
{
  char *folder;
} Fixture;

void set_up (Fixture *fixture, gconstpointer data);
void tear_down (Fixture *fixture, gconstpointer data);

/* A test with such a folder. */
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

/* The path of a file whose folder is there. */
char *place (Fixture *fixture, const char *name);
void put_bytes (Fixture *fixture, const char *name, const void *bytes, gsize n);
void put_text (Fixture *fixture, const char *name, const char *text);

/* An image in tests/fixtures/images, and a copy of its first `n` bytes (0: of all). */
char *sample_path (const char *name);
void put_sample (Fixture *fixture, const char *name, const char *sample, gsize n);

/* An image of one colour, 0xrrggbb; each colour gives other bytes. */
void put_image (Fixture *fixture, const char *name, guint width, guint height, guint32 colour, const char *type);
void put_images (Fixture *fixture, const char *folder, guint n, guint32 first_colour);

/* A PNG that claims to be enormous, to its last chunk. */
void put_giant (Fixture *fixture, const char *name);

LatheDataset *scan_seeded (Fixture *fixture, guint64 seed);
LatheDataset *scan (Fixture *fixture);

/* The side has the class's images (-1: all) in proportion, as far as chance goes: within five standard deviations. */
void assert_share (LatheDataset *dataset, int label, LatheSplit side, double share);

/* Scaled and cut out, but not normalised. */
LathePreprocess plain (guint width, guint height, guint channels);

G_END_DECLS
