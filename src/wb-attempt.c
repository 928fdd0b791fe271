/* wb-attempt.c: an image that is tried on a model, and what the model said.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-attempt.h"

#include <glib/gi18n.h>
#include <string.h>

#include "wb-pixels.h"
#include "wb-thread.h"

#define PREVIEW_SIDE 1280 /* pixels: no larger is shown */
#define SMALL_SIDE 160    /* a smaller image is shown with its pixels as squares */
#define ENLARGED_SIDE 480
#define MAX_MAPS 64 /* of an image; with more, all are asked for again */

struct _WbOracle
{
  gatomicrefcount references;
  LatheModel *model;
  LathePredictor *predictor; /* touched by the thread that asks */
};

struct _WbAttempt
{
  GObject parent_instance;
  GFile *file;
  GdkTexture *texture;
  char *name;
  GdkTexture *preview, *seen;
  LathePrediction *prediction;
  WbOracle *oracle; /* that gave the prediction */
  GHashTable *maps; /* method and label → LatheExplanation */
};

enum
{
  PROP_0,
  PROP_PREVIEW,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

G_DEFINE_TYPE (WbAttempt, wb_attempt, G_TYPE_OBJECT)

WbOracle *
wb_oracle_new (LatheModel *model)
{
  WbOracle *oracle = g_new0 (WbOracle, 1);

  g_atomic_ref_count_init (&oracle->references);
  oracle->model = lathe_model_ref (model);
  return oracle;
}

WbOracle *
wb_oracle_ref (WbOracle *oracle)
{
  g_atomic_ref_count_inc (&oracle->references);
  return oracle;
}

void
wb_oracle_unref (WbOracle *oracle)
{
  if (!g_atomic_ref_count_dec (&oracle->references))
    return;
  g_clear_pointer (&oracle->predictor, lathe_predictor_free);
  lathe_model_unref (oracle->model);
  g_free (oracle);
}

LatheModel *
wb_oracle_get_model (WbOracle *oracle)
{
  return oracle->model;
}

/* --- On the thread --- */

static gboolean
lay_out (WbOracle *oracle, GError **error)
{
  if (oracle->predictor == NULL)
    oracle->predictor = lathe_predictor_new (oracle->model, lathe_default_threads (), error);
  return oracle->predictor != NULL;
}

static gpointer
prepare_work (gpointer oracle, GCancellable *cancellable, GError **error)
{
  lay_out (oracle, NULL); /* where it cannot be, the first answer says so */
  return NULL;
}

static void
on_prepared (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  void (*done) (GObject *) = data;

  done (owner);
}

void
wb_oracle_prepare (WbOracle *oracle, GObject *owner, void (*done) (GObject *owner))
{
  wb_thread_call (owner, prepare_work, wb_oracle_ref (oracle), (GDestroyNotify) wb_oracle_unref, NULL, NULL,
                  on_prepared, done);
}

LathePrediction *
wb_oracle_ask_file (WbOracle *oracle, const char *path, GError **error)
{
  return lay_out (oracle, error) ? lathe_predictor_file (oracle->predictor, path, error) : NULL;
}

typedef struct
{
  char *path;
  char *name;
  GdkTexture *texture;
  WbOracle *oracle;
  gboolean has_preview;
} Question;

typedef struct
{
  GdkTexture *preview, *seen;
  LathePrediction *prediction;
} Answer;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->path);
  g_free (question->name);
  g_clear_object (&question->texture);
  g_clear_pointer (&question->oracle, wb_oracle_unref);
  g_free (question);
}

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  g_clear_object (&answer->preview);
  g_clear_object (&answer->seen);
  g_clear_pointer (&answer->prediction, lathe_prediction_free);
  g_free (answer);
}

/* Whole multiples, nearest neighbour: a pixel stays a square however large it is shown. */
static GdkTexture *
enlarge (GdkPixbuf *pixbuf)
{
  int width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  int factor = MAX (1, ENLARGED_SIDE / MAX (1, MAX (width, height)));
  g_autoptr (GdkPixbuf) large = NULL;

  if (MAX (width, height) > SMALL_SIDE)
    return gdk_texture_new_for_pixbuf (pixbuf);
  large = gdk_pixbuf_scale_simple (pixbuf, width * factor, height * factor, GDK_INTERP_NEAREST);
  return gdk_texture_new_for_pixbuf (large);
}

static gboolean
read_image (Question *question, Answer *answer, GError **error)
{
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  g_autoptr (GError) reason = NULL;

  if (question->texture != NULL)
    pixbuf = gdk_pixbuf_get_from_texture (question->texture);
  else if (question->path != NULL)
    pixbuf = lathe_decode_preview (question->path, PREVIEW_SIDE, &reason);
  if (pixbuf != NULL)
    {
      answer->preview = enlarge (pixbuf);
      return TRUE;
    }
  g_set_error (error, LATHE_ERROR, LATHE_ERROR_IO, _ ("“%s” cannot be shown: %s"), question->name,
               reason != NULL ? reason->message
                              : _ ("it is not on this computer. Copy the image itself and paste it here, or save it "
                                   "first"));
  return FALSE;
}

static gboolean
ask (Question *question, Answer *answer, GError **error)
{
  WbOracle *oracle = question->oracle;
  g_autoptr (GdkPixbuf) pixbuf = NULL;

  if (!lay_out (oracle, error))
    return FALSE;
  if (question->path != NULL)
    {
      answer->prediction = lathe_predictor_file (oracle->predictor, question->path, error);
    }
  else
    {
      pixbuf = gdk_pixbuf_get_from_texture (question->texture);
      answer->prediction = lathe_predictor_pixbuf (oracle->predictor, pixbuf);
    }
  if (answer->prediction == NULL)
    return FALSE;
  answer->seen =
      wb_pixels_texture (answer->prediction->seen, oracle->model->preprocess.width, oracle->model->preprocess.height,
                         oracle->model->preprocess.channels, ENLARGED_SIDE);
  return TRUE;
}

static gpointer
answer_work (gpointer data, GCancellable *cancellable, GError **error)
{
  Question *question = data;
  Answer *answer = g_new0 (Answer, 1);

  if ((question->has_preview || read_image (question, answer, error)) &&
      (question->oracle == NULL || ask (question, answer, error)))
    return answer;
  answer_free (answer);
  return NULL;
}

/* --- On the main loop --- */

typedef struct
{
  WbAttemptDone done;
  gpointer data;
  WbOracle *oracle;
} Listener;

static void
on_answer (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  WbAttempt *self = WB_ATTEMPT (owner);
  Listener *listener = data;
  Answer *answer = result;

  if (answer != NULL && answer->preview != NULL)
    {
      g_set_object (&self->preview, answer->preview);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PREVIEW]);
    }
  if (answer != NULL && answer->prediction != NULL)
    {
      g_set_object (&self->seen, answer->seen);
      g_clear_pointer (&self->prediction, lathe_prediction_free);
      self->prediction = g_steal_pointer (&answer->prediction);
      g_clear_pointer (&self->oracle, wb_oracle_unref);
      self->oracle = g_steal_pointer (&listener->oracle);
      g_hash_table_remove_all (self->maps);
    }
  listener->done (self, error, listener->data);
  g_clear_pointer (&answer, answer_free);
  g_clear_pointer (&listener->oracle, wb_oracle_unref);
  g_free (listener);
}

void
wb_attempt_ask (WbAttempt *self, WbOracle *oracle, WbAttemptDone done, gpointer data)
{
  Question *question;
  Listener *listener;

  g_return_if_fail (WB_IS_ATTEMPT (self));

  question = g_new0 (Question, 1);
  question->path = self->file != NULL ? g_file_get_path (self->file) : NULL;
  question->name = g_strdup (self->name);
  question->texture = self->texture != NULL ? g_object_ref (self->texture) : NULL;
  question->oracle = oracle != NULL ? wb_oracle_ref (oracle) : NULL;
  question->has_preview = self->preview != NULL;
  listener = g_new0 (Listener, 1);
  *listener = (Listener){done, data, oracle != NULL ? wb_oracle_ref (oracle) : NULL};
  wb_thread_call (G_OBJECT (self), answer_work, question, question_free, answer_free, NULL, on_answer, listener);
}

static void
wb_attempt_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_PREVIEW)
    g_value_set_object (value, WB_ATTEMPT (object)->preview);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
wb_attempt_finalize (GObject *object)
{
  WbAttempt *self = WB_ATTEMPT (object);

  g_clear_object (&self->file);
  g_clear_object (&self->texture);
  g_clear_object (&self->preview);
  g_clear_object (&self->seen);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->prediction, lathe_prediction_free);
  g_clear_pointer (&self->oracle, wb_oracle_unref);
  g_hash_table_unref (self->maps);
  G_OBJECT_CLASS (wb_attempt_parent_class)->finalize (object);
}

static void
wb_attempt_class_init (WbAttemptClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = wb_attempt_get_property;
  object_class->finalize = wb_attempt_finalize;
  properties[PROP_PREVIEW] =
      g_param_spec_object ("preview", NULL, NULL, GDK_TYPE_TEXTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
wb_attempt_init (WbAttempt *self)
{
  self->maps = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) lathe_explanation_free);
}

WbAttempt *
wb_attempt_new (GFile *file, GdkTexture *texture)
{
  WbAttempt *self;
  g_autofree char *base = NULL;

  g_return_val_if_fail ((file == NULL) != (texture == NULL), NULL);

  self = g_object_new (WB_TYPE_ATTEMPT, NULL);
  g_set_object (&self->file, file);
  g_set_object (&self->texture, texture);
  base = file != NULL ? g_file_get_basename (file) : NULL;
  self->name = base != NULL ? g_filename_display_name (base) : g_strdup (_ ("Image without a file"));
  return self;
}

const char *
wb_attempt_get_name (WbAttempt *self)
{
  return self->name;
}

GdkTexture *
wb_attempt_get_preview (WbAttempt *self)
{
  return self->preview;
}

GdkTexture *
wb_attempt_get_seen (WbAttempt *self)
{
  return self->seen;
}

const LathePrediction *
wb_attempt_get_prediction (WbAttempt *self)
{
  return self->prediction;
}

WbOracle *
wb_attempt_get_oracle (WbAttempt *self)
{
  return self->oracle;
}

GFile *
wb_attempt_get_file (WbAttempt *self)
{
  return self->file;
}

GdkTexture *
wb_attempt_get_texture (WbAttempt *self)
{
  return self->texture;
}

static gpointer
map_key (LatheExplainMethod method, guint label)
{
  return GSIZE_TO_POINTER ((gsize) label * 4 + method);
}

const LatheExplanation *
wb_attempt_get_map (WbAttempt *self, LatheExplainMethod method, guint label)
{
  return g_hash_table_lookup (self->maps, map_key (method, label));
}

const LatheExplanation *
wb_attempt_keep_map (WbAttempt *self, LatheExplainMethod method, guint label, LatheExplanation *map)
{
  if (g_hash_table_size (self->maps) >= MAX_MAPS)
    g_hash_table_remove_all (self->maps);
  g_hash_table_insert (self->maps, map_key (method, label), map);
  return map;
}
