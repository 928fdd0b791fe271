/* wb-camera.c: what the camera sees, as in a mirror.
 *
 * GStreamer's own threads leave the newest picture in a queue of one, and the main loop looks there. A device takes its
 * time to be opened and closed, so a thread does that.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-camera.h"

#include <glib/gi18n.h>
#include <gst/app/gstappsink.h>
#include <gst/video/video.h>

#include "wb-thread.h"

#define MOST_DEVICES 64
#define LOOK_MS 33 /* twice as often as pictures come */
#define PATIENCE 8 /* seconds without a picture; slow cameras take three to open */
#define PIPELINE                                                                                                       \
  "%s ! videoconvert ! videoscale ! videorate ! "                                                                      \
  "video/x-raw,format=RGB,width=[1,640],height=[1,480],pixel-aspect-ratio=1/1,framerate=15/1 ! "                       \
  "appsink name=sink max-buffers=1 drop=true"

struct _WbCamera
{
  GObject parent_instance;

  GCancellable *opening; /* NULL unless it is */
  GstElement *pipeline;  /* NULL unless it runs */
  GstAppSink *sink;
  guint look, patience;
  GdkTexture *texture;
};

static guint failed_signal;

static void wb_camera_paintable_init (GdkPaintableInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (WbCamera, wb_camera, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (GDK_TYPE_PAINTABLE, wb_camera_paintable_init))

/* --- As something to paint --- */

static int
wb_camera_get_intrinsic_width (GdkPaintable *paintable)
{
  WbCamera *self = WB_CAMERA (paintable);

  return self->texture ? gdk_texture_get_width (self->texture) : 0;
}

static int
wb_camera_get_intrinsic_height (GdkPaintable *paintable)
{
  WbCamera *self = WB_CAMERA (paintable);

  return self->texture ? gdk_texture_get_height (self->texture) : 0;
}

static void
wb_camera_snapshot (GdkPaintable *paintable, GdkSnapshot *snapshot, double width, double height)
{
  WbCamera *self = WB_CAMERA (paintable);

  if (!self->texture)
    return;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) width, 0));
  gtk_snapshot_scale (snapshot, -1, 1);
  gdk_paintable_snapshot (GDK_PAINTABLE (self->texture), snapshot, width, height);
  gtk_snapshot_restore (snapshot);
}

static void
wb_camera_paintable_init (GdkPaintableInterface *interface)
{
  interface->snapshot = wb_camera_snapshot;
  interface->get_intrinsic_width = wb_camera_get_intrinsic_width;
  interface->get_intrinsic_height = wb_camera_get_intrinsic_height;
}

static void
show (WbCamera *self, GdkTexture *texture)
{
  int width = wb_camera_get_intrinsic_width (GDK_PAINTABLE (self));
  int height = wb_camera_get_intrinsic_height (GDK_PAINTABLE (self));

  g_set_object (&self->texture, texture);
  if (wb_camera_get_intrinsic_width (GDK_PAINTABLE (self)) != width ||
      wb_camera_get_intrinsic_height (GDK_PAINTABLE (self)) != height)
    gdk_paintable_invalidate_size (GDK_PAINTABLE (self));
  gdk_paintable_invalidate_contents (GDK_PAINTABLE (self));
}

/* --- Pictures --- */

static GdkTexture *
make_texture (GstSample *sample)
{
  GstVideoInfo info;
  GstVideoFrame frame;
  g_autoptr (GBytes) bytes = NULL;
  gsize stride;

  if (!gst_video_info_from_caps (&info, gst_sample_get_caps (sample)) ||
      !gst_video_frame_map (&frame, &info, gst_sample_get_buffer (sample), GST_MAP_READ))
    return NULL;
  stride = (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0);
  bytes = g_bytes_new (GST_VIDEO_FRAME_PLANE_DATA (&frame, 0), stride * (gsize) info.height);
  gst_video_frame_unmap (&frame);
  return gdk_memory_texture_new (info.width, info.height, GDK_MEMORY_R8G8B8, bytes, stride);
}

static void
fail (WbCamera *self, const GError *error)
{
  g_autofree char *message = NULL;

  if (g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_BUSY))
    message = g_strdup (_ ("Another program uses the camera. Close it there, then try again."));
  else if (g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND))
    message = g_strdup (_ ("There is no camera. Connect one, then try again."));
  else if (g_error_matches (error, GST_PARSE_ERROR, GST_PARSE_ERROR_NO_SUCH_ELEMENT))
    message = g_strdup_printf (
        _ ("A part of GStreamer is missing: %s. Install its “base” and “good” plugins, then start Lathe again."),
        error->message);
  else
    message = g_strdup_printf (_ ("The camera gives no pictures: %s Unplug it and connect it again, then try again."),
                               error->message);
  wb_camera_stop (self);
  g_signal_emit (self, failed_signal, 0, message);
}

/* What went wrong in the pipeline, or NULL. (transfer full) */
static GError *
take_error (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  GError *error = NULL;

  if (!message)
    return NULL;
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else
    error = g_error_new_literal (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, _ ("It has stopped."));
  return error;
}

/* It may also hang while it is opened. */
static gboolean
on_patience (gpointer data)
{
  WbCamera *self = data;
  g_autoptr (GError) error = g_error_new_literal (
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
      _ ("None has come for some seconds. Open its cover or its privacy switch, and close it in other programs."));

  self->patience = 0;
  fail (self, error);
  return G_SOURCE_REMOVE;
}

static void
wait_for_picture (WbCamera *self)
{
  g_clear_handle_id (&self->patience, g_source_remove);
  self->patience = g_timeout_add_seconds (PATIENCE, on_patience, self);
}

static gboolean
look (gpointer data)
{
  WbCamera *self = data;
  g_autoptr (GError) error = take_error (self->pipeline);
  g_autoptr (GstSample) sample = error ? NULL : gst_app_sink_try_pull_sample (self->sink, 0);
  g_autoptr (GdkTexture) texture = sample ? make_texture (sample) : NULL;

  if (texture)
    {
      wait_for_picture (self);
      show (self, texture);
    }
  if (!error)
    return G_SOURCE_CONTINUE;
  self->look = 0;
  fail (self, error);
  return G_SOURCE_REMOVE;
}

/* --- Start and stop --- */

/* (transfer full) (nullable): the first device, as GStreamer calls it. */
static char *
find_source (void)
{
  const char *wanted = g_getenv ("LATHE_CAMERA");

  if (wanted && *wanted)
    return g_strdup (wanted);
  for (int i = 0; i < MOST_DEVICES; i++)
    {
      g_autofree char *path = g_strdup_printf ("/dev/video%d", i);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return g_strconcat ("v4l2src device=", path, NULL);
    }
  return NULL;
}

gboolean
wb_camera_is_there (void)
{
  g_autofree char *source = find_source ();

  return source != NULL;
}

static void
close_pipeline (gpointer pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

static gpointer
open_work (gpointer source, GCancellable *cancellable, GError **error)
{
  g_autofree char *description = g_strdup_printf (PIPELINE, (const char *) source);
  GstElement *pipeline;

  if (!gst_init_check (NULL, NULL, error))
    return NULL;
  pipeline = gst_parse_launch_full (description, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
  if (!pipeline)
    return NULL;
  gst_object_ref_sink (pipeline);
  if (gst_element_set_state (pipeline, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE)
    return pipeline;
  *error = take_error (pipeline);
  if (!*error)
    g_set_error_literal (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_FAILED, _ ("It cannot be started."));
  close_pipeline (pipeline);
  return NULL;
}

static gpointer
close_work (gpointer pipeline, GCancellable *cancellable, GError **error)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return NULL;
}

static void
on_open (GObject *owner, gpointer pipeline, const GError *error, gpointer cancellable)
{
  WbCamera *self = WB_CAMERA (owner);

  if (self->opening != cancellable)
    return;
  g_clear_object (&self->opening);
  if (error)
    {
      fail (self, error);
      return;
    }
  self->pipeline = pipeline;
  self->sink = GST_APP_SINK (gst_bin_get_by_name (GST_BIN (pipeline), "sink"));
  self->look = g_timeout_add (LOOK_MS, look, self);
}

void
wb_camera_start (WbCamera *self)
{
  char *source;

  g_return_if_fail (WB_IS_CAMERA (self));

  if (self->opening || self->pipeline)
    return;
  source = find_source ();
  if (!source)
    {
      g_autoptr (GError) error = g_error_new_literal (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, "");

      fail (self, error);
      return;
    }
  wait_for_picture (self);
  self->opening = g_cancellable_new ();
  wb_thread_call (G_OBJECT (self), open_work, source, g_free, close_pipeline, self->opening, on_open, self->opening);
}

void
wb_camera_stop (WbCamera *self)
{
  g_return_if_fail (WB_IS_CAMERA (self));

  g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  g_clear_handle_id (&self->look, g_source_remove);
  g_clear_handle_id (&self->patience, g_source_remove);
  g_clear_object (&self->sink);
  if (self->pipeline)
    wb_thread_call (NULL, close_work, g_steal_pointer (&self->pipeline), gst_object_unref, NULL, NULL, NULL, NULL);
  if (self->texture)
    show (self, NULL);
}

GdkTexture *
wb_camera_get_texture (WbCamera *self)
{
  g_return_val_if_fail (WB_IS_CAMERA (self), NULL);

  return self->texture;
}

static void
wb_camera_dispose (GObject *object)
{
  wb_camera_stop (WB_CAMERA (object));
  G_OBJECT_CLASS (wb_camera_parent_class)->dispose (object);
}

static void
wb_camera_class_init (WbCameraClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = wb_camera_dispose;
  failed_signal =
      g_signal_new ("failed", WB_TYPE_CAMERA, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
wb_camera_init (WbCamera *self)
{
}

WbCamera *
wb_camera_new (void)
{
  return g_object_new (WB_TYPE_CAMERA, NULL);
}
