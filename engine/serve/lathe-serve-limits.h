/* lathe-serve-limits.h: what a client may take of time and memory. libsoup itself sets no limit but that of a head.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A photograph of 100 megapixels is some 30 MB, and base64 makes a third more of it. */
#define LATHE_SERVE_MAX_MEBIBYTES 48
#define LATHE_SERVE_MAX_BODY (LATHE_SERVE_MAX_MEBIBYTES * 1048576u)

/* Of all bodies that are in memory at once. What is decoded out of base64 comes on top, three quarters of it at most.
 */
#define LATHE_SERVE_MAX_HELD ((gsize) 256 << 20)

/* A refused body up to this is read to its end, so that the connection can be kept; a larger one is not waited for. */
#define LATHE_SERVE_SMALL_BODY (64u << 10)

/* In one request: two batches. */
#define LATHE_SERVE_MAX_IMAGES 64

/* Images that have come and are not answered yet. At 1 ms each, the last of them waits a quarter of a second, which is
 * as long as a person takes for at once. */
#define LATHE_SERVE_MAX_WAITING 256

/* Asked of the network together. More do not make it faster (docs/speed.md), and the first would wait for the last. */
#define LATHE_SERVE_BATCH 16

/* Of an image, below which each batch is worked out by one thread: two milliseconds or less. Several would have it a
 * little sooner while nothing else is done; but they wait for each other after every layer, and those that decode and
 * speak HTTP want the cores, too, so that an image comes to cost twice as much. */
#define LATHE_SERVE_ALONE_MULTIPLY_ADDS (64u << 20)

/* Batches that are worked out at once, each by a network of its own. */
#define LATHE_SERVE_MAX_BATCHES 4

/* That a batch waits for images which are being decoded. */
#define LATHE_SERVE_WAIT_MICROSECONDS 2000

/* Each has a file and some kilobytes. */
#define LATHE_SERVE_MAX_CONNECTIONS 256

/* Files that are left for other things than connections: decoders, the model, what the program itself has open. */
#define LATHE_SERVE_OTHER_FILES 128

/* Seconds that a head may take, and that a connection is kept without a request. */
#define LATHE_SERVE_HEAD_SECONDS 10

/* Seconds that a body may take, and bytes for which it gets one more: 512 kbit/s, which a poor line has. */
#define LATHE_SERVE_BODY_SECONDS 10
#define LATHE_SERVE_BODY_RATE (64u << 10)

/* Seconds in which a client is to take its answer. */
#define LATHE_SERVE_ANSWER_SECONDS 20

/* A connection that was refused is read for so long and so far before it is closed: otherwise the system throws away
 * the refusal together with what was not read (RFC 9112, section 9.6). */
#define LATHE_SERVE_LINGER_SECONDS 2
#define LATHE_SERVE_LINGER_BYTES (8u << 20)

/* In the end, for what came to be answered. */
#define LATHE_SERVE_STOP_SECONDS 10

G_END_DECLS
