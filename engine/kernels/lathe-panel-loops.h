/* lathe-panel-loops.h: how a panel is cut into blocks of C, included once by each instruction set that has a block by
 * hand.
 *
 * The set's file says first how many lanes and vectors there are (LANES, MAX_VECTORS), how deep a chunk is (CHUNK), and
 * what names the lanes of a block's last vector (Last). After that it defines block(), a block of C that stays in
 * registers through the whole sum, and BLOCKS for each number of vectors.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-kernels.h"

/* A part of a panel: so much of its depth, and its columns from one on. */
typedef struct
{
  guint segments, depth;
  const float *a, *b;
  guint column;
  Last last; /* lanes of the last vector */
  gboolean accumulate;
} Part;

/* By their number of vectors the blocks of all rows; and all columns, in slabs of as many vectors as suits the panel.
 */
static void (*const blocks_of[MAX_VECTORS + 1]) (const LathePanel *p, const Part *part);
static void slabs (const LathePanel *p);

/* Rows are shared out evenly, as a last block of one row would wait for its own sums. */
#define BLOCKS(name, vectors, most, ...)                                                                               \
  static void name (const LathePanel *p, const Part *part)                                                             \
  {                                                                                                                    \
    guint blocks = (p->rows + most - 1) / most;                                                                        \
                                                                                                                       \
    for (guint row = 0; blocks > 0; blocks--)                                                                          \
      {                                                                                                                \
        guint rows = (p->rows - row + blocks - 1) / blocks;                                                            \
                                                                                                                       \
        switch (rows)                                                                                                  \
          {                                                                                                            \
            __VA_ARGS__                                                                                                \
          }                                                                                                            \
        row += rows;                                                                                                   \
      }                                                                                                                \
  }

#define BLOCKS_1(vectors) BLOCK (1, vectors);
#define BLOCKS_2(vectors)                                                                                              \
  BLOCKS_1 (vectors)                                                                                                   \
  BLOCK (2, vectors);
#define BLOCKS_3(vectors)                                                                                              \
  BLOCKS_2 (vectors)                                                                                                   \
  BLOCK (3, vectors);
#define BLOCKS_4(vectors)                                                                                              \
  BLOCKS_3 (vectors)                                                                                                   \
  BLOCK (4, vectors);
#define BLOCKS_6(vectors)                                                                                              \
  BLOCKS_4 (vectors)                                                                                                   \
  BLOCK (5, vectors);                                                                                                  \
  BLOCK (6, vectors);
#define BLOCKS_8(vectors)                                                                                              \
  BLOCKS_6 (vectors)                                                                                                   \
  BLOCK (7, vectors);                                                                                                  \
  BLOCK (8, vectors);
#define BLOCKS_12(vectors)                                                                                             \
  BLOCKS_8 (vectors)                                                                                                   \
  BLOCK (9, vectors);                                                                                                  \
  BLOCK (10, vectors);                                                                                                 \
  BLOCK (11, vectors);                                                                                                 \
  BLOCK (12, vectors);

/* All rows of some columns, a chunk of the depth after the other: several segments where they are short, and parts of
 * one where they are long. */
static void
slab (const LathePanel *p, guint column, guint vectors, Last last)
{
  guint segments = CLAMP (CHUNK / p->depth, 1, p->segments), depth = MIN (p->depth, CHUNK);

  for (guint segment = 0; segment < p->segments; segment += segments)
    for (guint k = 0; k < p->depth; k += depth)
      {
        Part part = {
            .segments = MIN (segments, p->segments - segment),
            .depth = MIN (depth, p->depth - k),
            .a = p->a + segment * p->a_segment + k * p->a_depth,
            .b = p->b + segment * p->b_segment + k * p->b_depth + column,
            .column = column,
            .last = last,
            .accumulate = p->accumulate || segment > 0 || k > 0,
        };

        blocks_of[vectors](p, &part);
      }
}

/* All columns, so many steps of depth after the other: B is read by whole rows then, which memory likes better than
 * pieces of them, and A once. */
static void
streams (const LathePanel *p, guint depth)
{
  for (guint segment = 0; segment < p->segments; segment++)
    for (guint k = 0; k < p->depth; k += depth)
      {
        LathePanel part = *p;

        part.segments = 1;
        part.depth = MIN (depth, p->depth - k);
        part.a += segment * p->a_segment + k * p->a_depth;
        part.b += segment * p->b_segment + k * p->b_depth;
        part.accumulate = p->accumulate || segment > 0 || k > 0;
        slabs (&part);
      }
}
