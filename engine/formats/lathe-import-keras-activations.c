/* lathe-import-keras-activations.c: activations of Keras, by their words and as layers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>

#include "layers/lathe-activation.h"
#include "lathe-import-keras.h"
#include "lathe-program-keras.h"

static const struct
{
  const char *word;
  LatheActivation activation;
} other_words[] = {
    {"swish", LATHE_ACTIVATION_SILU},
    {"hard_swish", LATHE_ACTIVATION_HARD_SWISH},
    {"leaky_relu", LATHE_ACTIVATION_LEAKY_RELU},
};

static LatheActivation
find_activation (const char *word)
{
  for (guint i = 0; i < LATHE_N_ACTIVATIONS; i++)
    if (g_strcmp0 (lathe_keras_activation_word ((LatheActivation) i), word) == 0)
      return (LatheActivation) i;
  for (guint i = 0; i < G_N_ELEMENTS (other_words); i++)
    if (g_str_equal (other_words[i].word, word))
      return other_words[i].activation;
  return LATHE_ACTIVATION_NONE;
}

/* One by its word, as a property of the last node where `property`, or else as a node of its own. */
static void
add_word (LatheKerasIn *in, LatheKerasSource *source, const char *word, gboolean property)
{
  LatheActivation activation = find_activation (word);

  if (activation == LATHE_ACTIVATION_NONE)
    {
      g_autofree char *why = g_strdup_printf (_ ("has the activation “%s”"), word);

      lathe_keras_in_refuse (source, why);
    }
  else if (activation == LATHE_ACTIVATION_HARD_SIGMOID && in->major < 3)
    lathe_keras_in_refuse (source, _ ("has the hard sigmoid of Keras 2, which is another than that of Keras 3"));
  else if (activation == LATHE_ACTIVATION_LEAKY_RELU)
    {
      lathe_keras_in_add (in, source, "leaky-relu");
      lathe_keras_in_set (in, source, "slope", 0.2); /* what Keras has for it as a word */
    }
  else if (property)
    lathe_keras_in_set (in, source, "activation", activation);
  else
    lathe_keras_in_add (in, source, lathe_activation_names[activation]);
}

/* As a property of the layer's last node. */
void
lathe_keras_in_activate (LatheKerasIn *in, LatheKerasSource *source)
{
  const char *word = lathe_keras_source_get_word (source, "activation");

  if (word == NULL && lathe_keras_source_is_set (source, "activation"))
    lathe_keras_in_refuse (source, _ ("has an activation that is a layer or code"));
  else if (word != NULL && !g_str_equal (word, "linear"))
    add_word (in, source, word, TRUE);
}

void
lathe_keras_in_add_activation (LatheKerasIn *in, LatheKerasSource *source)
{
  const char *word = lathe_keras_source_get_word (source, "activation");

  if (word == NULL)
    lathe_keras_in_refuse (source, _ ("has an activation that is a layer or code"));
  else if (!g_str_equal (word, "linear"))
    add_word (in, source, word, FALSE);
}

/* What keeps words within a vocabulary does nothing for Lathe's embedding, which takes any number. */
static gboolean
keeps_words (const LatheKerasIn *in, const LatheKerasSource *source, double most)
{
  for (guint i = 0; source->n_readers == 1 && i < in->layers->len; i++)
    {
      const LatheKerasSource *reader = in->layers->pdata[i];

      if (g_str_equal (reader->class, "Embedding") && reader->inputs->len == 1 && reader->inputs->pdata[0] == source)
        return most == lathe_keras_source_number (reader, "input_dim", 0) - 1;
    }
  return FALSE;
}

void
lathe_keras_in_add_relu (LatheKerasIn *in, LatheKerasSource *source)
{
  double most = lathe_keras_source_number (source, "max_value", 0),
         slope = lathe_keras_source_number (source, "negative_slope", 0);
  gboolean limited = lathe_keras_source_is_set (source, "max_value");

  if (limited && slope == 0 && keeps_words (in, source, most))
    return;
  if (lathe_keras_source_number (source, "threshold", 0) != 0 || (limited && (most != 6 || slope != 0)))
    lathe_keras_in_refuse (source, _ ("is a ReLU with a threshold, or with a limit other than 6"));
  else if (slope != 0)
    {
      lathe_keras_in_add (in, source, "leaky-relu");
      lathe_keras_in_set (in, source, "slope", slope);
    }
  else
    lathe_keras_in_add (in, source, limited ? "relu6" : "relu");
}

void
lathe_keras_in_add_leaky_relu (LatheKerasIn *in, LatheKerasSource *source)
{
  lathe_keras_in_add (in, source, "leaky-relu");
  lathe_keras_in_set (
      in, source, "slope",
      lathe_keras_source_number (source, "negative_slope", lathe_keras_source_number (source, "alpha", 0.3)));
}

void
lathe_keras_in_add_elu (LatheKerasIn *in, LatheKerasSource *source)
{
  lathe_keras_in_add (in, source, "elu");
  lathe_keras_in_set (in, source, "alpha", lathe_keras_source_number (source, "alpha", 1));
}

void
lathe_keras_in_add_softmax (LatheKerasIn *in, LatheKerasSource *source)
{
  lathe_keras_in_add (in, source, "softmax");
  lathe_keras_in_take_axis (source);
}

/* Whether the channels share a slope is seen by how many slopes there are. */
void
lathe_keras_in_add_prelu (LatheKerasIn *in, LatheKerasSource *source)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (LatheHdf5Object) slopes = lathe_keras_in_open_array (in, source, 0, &reason);
  guint64 dim[LATHE_HDF5_MAX_RANK];
  guint rank;

  lathe_keras_in_add (in, source, "prelu");
  if (slopes == NULL)
    lathe_keras_in_refuse (source, reason->message);
  else
    lathe_keras_in_set (in, source, "shared", lathe_hdf5_object_get_shape (slopes, &rank, dim) == 1);
  source->tensor[source->n_tensors++] = "slope";
}
