/* wb-camera.h: what the camera sees, as in a mirror.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define WB_TYPE_CAMERA (wb_camera_get_type ())
G_DECLARE_FINAL_TYPE (WbCamera, wb_camera, WB, CAMERA, GObject)

/* A GdkPaintable: left and right are swapped, as people know themselves. Signal: "failed" (const char *message: a whole
 * sentence); the camera is stopped then, and may be started again. */

/* Whether there is one: a video device, or the GStreamer source that LATHE_CAMERA names, as “videotestsrc”. */
gboolean wb_camera_is_there (void);

WbCamera *wb_camera_new (void);
void wb_camera_start (WbCamera *camera); /* in the background: it may take a second */
void wb_camera_stop (WbCamera *camera);  /* nothing comes after this */
/* The newest picture, not mirrored, of at most 640 × 480. (transfer none) (nullable) */
GdkTexture *wb_camera_get_texture (WbCamera *camera);

G_END_DECLS
