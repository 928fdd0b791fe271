/* lathe-program-keras.c: a network as a Keras 3 program.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-program-keras.h"

#include <glib/gi18n-lib.h>

#include "lathe-keras.h"

/* What the program uses by its bare name, what layers between others are called, and what Keras calls operations that
 * have no name of their own: all those of a model must differ. */
static const char *const reserved[] = {
    "*_cropping",    "*_gate",   "*_padding",   "array",         "build_model", "cast*", "clip*",
    "compile_model", "divide*",  "gelu_tanh",   "get_item*",     "inputs",      "keras", "layers",
    "leaky_relu",    "logits",   "nan_to_num*", "ops",           "pad",         "pad_*", "tensor",
    "true_divide*",  "variable", "variable_of", "window_shares", NULL,
};

/* --- Text that is always the same --- */

static const char head[] = "#!/usr/bin/env python3\n"
                           "\"\"\"An image network, made with Lathe, as a Keras 3 program.\n"
                           "\n"
                           "    model = build_model()\n"
                           "    load_weights_from_lathe(model, \"model.safetensors\")\n";

static const char layout[] = "\n"
                             "Images are samples × height × width × channels, in Keras as in Lathe.\n"
                             "\"\"\"\n";

static const char tensor_names[] = "\n"
                                   "# Tensors that a Lathe model file calls otherwise.\n"
                                   "TENSORS = {\n"
                                   "    \"running-mean\": \"moving_mean\",\n"
                                   "    \"running-variance\": \"moving_variance\",\n"
                                   "    \"slope\": \"alpha\",\n"
                                   "}\n";

static const char identity[] =
    "\n\n"
    "@keras.saving.register_keras_serializable()\n"
    "class Identity(keras.initializers.Initializer):\n"
    "    \"\"\"As many filters as there are channels pass one on; the others are drawn as LeCun's.\"\"\"\n"
    "\n"
    "    def __init__(self, fan_in, groups=1, transposed=False):\n"
    "        self.fan_in, self.groups, self.transposed = fan_in, groups, transposed\n"
    "\n"
    "    def __call__(self, shape, dtype=None):\n"
    "        limit = (3 / self.fan_in) ** 0.5\n"
    "        weight = np.random.uniform(-limit, limit, shape)\n"
    "        filters = weight.swapaxes(-1, -2) if self.transposed else weight\n"
    "        middle = tuple((side - 1) // 2 for side in shape[:-2])\n"
    "        inputs, outputs = filters.shape[-2], filters.shape[-1] // self.groups\n"
    "        for group in range(self.groups):\n"
    "            for i in range(min(inputs, outputs)):\n"
    "                filters[..., group * outputs + i] = 0\n"
    "                filters[(*middle, i, group * outputs + i)] = 1\n"
    "        return keras.ops.convert_to_tensor(weight, dtype)\n"
    "\n"
    "    def get_config(self):\n"
    "        return {\"fan_in\": self.fan_in, \"groups\": self.groups, \"transposed\": self.transposed}\n";

static const char window_shares[] =
    "\n\n"
    "def window_shares(*axes):\n"
    "    \"\"\"The share of each pooling window that lies on pixels: 1 × rows × columns × 1.\n"
    "\n"
    "    An axis is its pixels, the window, the stride, the padding in front, and how many windows.\n"
    "    \"\"\"\n"
    "    shares = []\n"
    "    for pixels, window, stride, before, n in axes:\n"
    "        begin = np.arange(n) * stride - before\n"
    "        shares.append((np.minimum(begin + window, pixels) - np.maximum(begin, 0)) / window)\n"
    "    return np.outer(*shares)[None, :, :, None].astype(np.float32)\n";

static const char gelu_tanh[] = "\n\n"
                                "@keras.saving.register_keras_serializable()\n"
                                "def gelu_tanh(x):\n"
                                "    return keras.activations.gelu(x, approximate=True)\n";

static const char load[] =
    "\n\n"
    "def variable_of(layer, tensor):\n"
    "    if tensor == \"weight\":\n"
    "        return layer.embeddings if isinstance(layer, layers.Embedding) else layer.kernel\n"
    "    return getattr(layer, TENSORS.get(tensor, tensor))\n"
    "\n\n"
    "def load_weights_from_lathe(model, path):\n"
    "    \"\"\"Fills the model from a Lathe model file of the same network.\"\"\"\n"
    "    arrays = read_safetensors(path)\n"
    "    if len(arrays) != len(model.weights):\n"
    "        raise ValueError(f\"{path} is of another network: it has {len(arrays)} tensors\")\n"
    "    for name, array in arrays.items():\n"
    "        layer, _, tensor = name.rpartition(\".\")\n"
    "        if layer not in LAYERS:\n"
    "            raise ValueError(f\"{path} is of another network: there is no layer {layer!r} here\")\n"
    "        layer = model.get_layer(LAYERS[layer])\n"
    "        variable = variable_of(layer, tensor)\n"
    "        if isinstance(layer, layers.Conv2DTranspose) and array.ndim == 4:\n"
    "            array = array.swapaxes(2, 3)\n"
    "        elif isinstance(layer, (layers.DepthwiseConv2D, layers.PReLU)):\n"
    "            array = array.reshape(variable.shape)\n"
    "        variable.assign(array)\n";

/* --- The model --- */

static void
write_helpers (const LatheKeras *keras, GString *out)
{
  if (keras->needs & LATHE_KERAS_IDENTITY)
    g_string_append (out, identity);
  if (keras->needs & LATHE_KERAS_WINDOW_SHARES)
    g_string_append (out, window_shares);
  if (keras->needs & LATHE_KERAS_GELU_TANH)
    g_string_append (out, gelu_tanh);
  if (keras->needs & LATHE_KERAS_LEAKY_RELU)
    {
      g_autofree char *slope = lathe_program_number (lathe_program_usual_parameter (LATHE_ACTIVATION_LEAKY_RELU));

      g_string_append (out, "\n\n@keras.saving.register_keras_serializable()\ndef leaky_relu(x):\n");
      g_string_append_printf (out, "    return keras.activations.leaky_relu(x, negative_slope=%s)\n", slope);
    }
}

static void
write_model (const LatheKeras *keras, GString *out)
{
  const LatheProgram *program = keras->program;
  g_autofree char *parameters = lathe_program_thousands (program->report->parameters);

  g_string_append_printf (out, "\n\ndef build_model():\n    \"\"\"%s parameters; what comes out are %s.\"\"\"\n",
                          parameters, program->linked ? "probabilities" : "logits");
  if (keras->needs & LATHE_KERAS_WHITENING)
    g_string_append (out, "    # Lathe makes the filters that are to whiten of the images, once it has seen some.\n");
  g_string_append (out, keras->body->str);
  if (program->shape.rank != 1)
    g_string_append_printf (out, "    x = layers.Flatten(name=\"logits\")(%s)\n", program->result);
  g_string_append_printf (out, "    model = keras.Model(inputs, %s)\n",
                          program->shape.rank != 1 ? "x" : program->result);
  lathe_program_loops_write (keras->frozen, LATHE_KERAS_BODY, out);
  g_string_append (out, "    return model\n");
}

/* --- Answers --- */

/* Logits, whose softmax is the answer; of probabilities their logarithms are as good. */
static void
write_logits (const LatheProgram *program, GString *out)
{
  if (!program->linked)
    return;
  g_string_append (out, "    answers = np.clip(answers, 1e-30, 1)\n");
  g_string_append (out, program->n_units == 1 ? "    logits = np.log(answers) - np.log1p(-answers)\n"
                                              : "    logits = np.log(answers)\n");
}

static void
write_predict (const LatheKeras *keras, GString *out)
{
  const LatheProgram *program = keras->program;
  const LatheModel *model = program->export->model;
  char temperature[G_ASCII_DTOSTR_BUF_SIZE];
  gboolean views, binary = program->n_units == 1;

  if (model == NULL)
    return;
  views = model->preprocess.views > 1;
  g_string_append_printf (out,
                          "\n\ndef predict(model, path):\n    \"\"\"The probability of each label, for an image file."
                          "\"\"\"\n%s",
                          views ? "    looks, shares = views(preprocess(path))\n"
                                  "    answers = np.asarray(model(looks, training=False), np.float64)\n"
                                : "    answers = np.asarray(model(preprocess(path)[None], training=False))[0]\n");
  if (!views && program->linked && model->temperature == 1)
    {
      g_string_append (out, binary ? "    yes = float(answers[0])\n    return dict(zip(LABELS, [1 - yes, yes]))\n"
                                   : "    return dict(zip(LABELS, answers.tolist()))\n");
      return;
    }
  write_logits (program, out);
  g_string_append_printf (out, "    logits = %s%s\n", views ? "shares @ " : "", program->linked ? "logits" : "answers");
  if (model->temperature != 1)
    g_string_append_printf (out, "    logits = logits / %s\n",
                            g_ascii_dtostr (temperature, sizeof temperature, model->temperature));
  g_string_append (out, binary ? "    yes = float(1 / (1 + np.exp(-logits[0])))\n"
                                 "    return dict(zip(LABELS, [1 - yes, yes]))\n"
                               : "    powers = np.exp(logits - logits.max())\n"
                                 "    return dict(zip(LABELS, (powers / powers.sum()).tolist()))\n");
}

/* --- Training --- */

static char *
spell_optimizer (const LatheExportTraining *t)
{
  LatheKerasOptimizer optimizer = lathe_keras_optimizer (t);
  g_autofree char *class = g_strconcat ("keras.optimizers.", optimizer.class, NULL);
  LatheProgramCall *call = lathe_program_call (class);

  for (guint i = 0; i < optimizer.n; i++)
    lathe_program_add_number (call, optimizer.number[i].name, optimizer.number[i].value);
  if (optimizer.nesterov)
    lathe_program_add (call, "nesterov=True");
  return lathe_program_call_inline (call);
}

static char *
spell_loss (const LatheProgram *program)
{
  g_autofree char *class = g_strconcat ("keras.losses.", lathe_keras_loss (program), NULL);
  LatheProgramCall *call = lathe_program_call (class);

  if (!program->linked)
    lathe_program_add (call, "from_logits=True");
  if (program->export->training.label_smoothing > 0)
    lathe_program_add_number (call, "label_smoothing", program->export->training.label_smoothing);
  return lathe_program_call_inline (call);
}

static void
write_training (const LatheProgram *program, GString *out)
{
  const LatheExportTraining *t = &program->export->training;
  LatheProgramCall *call = lathe_program_call ("model.compile");
  g_autofree char *optimizer = spell_optimizer (t), *loss = spell_loss (program);
  gboolean one_hot = t->label_smoothing > 0 && program->n_units > 1;

  g_string_append_printf (out,
                          "\n\ndef compile_model(model):\n    \"\"\"Lathe's own settings; to go on as Lathe does:\n\n"
                          "    model.fit(images, %s, batch_size=%u, epochs=%u)\n    \"\"\"\n",
                          one_hot ? "keras.utils.to_categorical(labels)" : "labels", t->batch, t->epochs);
  if (t->loss != LATHE_LOSS_CROSS_ENTROPY)
    g_string_append_printf (out, "    # Lathe was to train with its loss “%s”; this is cross-entropy.\n",
                            lathe_loss_names[t->loss]);
  g_string_append_printf (out, "    optimizer = %s\n    loss = %s\n", optimizer, loss);
  lathe_program_add (call, "optimizer");
  lathe_program_add (call, "loss");
  lathe_program_add (call, "metrics=[\"accuracy\"]");
  lathe_program_call_write (out, 4, "", call, "");
}

/* --- All of it --- */

static void
keras_clear (LatheKeras *keras)
{
  g_string_free (keras->body, TRUE);
  lathe_program_loops_free (keras->frozen);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheKeras, keras_clear)

static GString *
write_program (const LatheKeras *keras)
{
  const LatheProgram *program = keras->program;
  GString *out = g_string_new (head);
  gboolean ops = keras->needs & LATHE_KERAS_OPS;

  if (program->export->model != NULL)
    g_string_append (out, "    print(predict(model, \"image.jpg\"))\n");
  g_string_append (out, layout);
  lathe_program_write_imports (program,
                               ops ? "import keras\nimport numpy as np\nfrom keras import layers, ops\n"
                                   : "import keras\nimport numpy as np\nfrom keras import layers\n",
                               out);
  lathe_program_write_layers (program, out);
  g_string_append (out, tensor_names);
  lathe_program_write_constants (program, out);
  write_helpers (keras, out);
  write_model (keras, out);
  lathe_program_write_reader (out);
  g_string_append (out, load);
  lathe_program_write_images (program, out);
  write_predict (keras, out);
  write_training (program, out);
  return out;
}

static GBytes *
make (const LatheExport *export, GError **error)
{
  g_autoptr (LatheProgram) program = lathe_program_new (export, reserved, "inputs", FALSE);
  g_auto (LatheKeras) keras = {
      .program = program,
      .body = g_string_new (NULL),
      .frozen = lathe_program_loops_new ("name"),
  };

  for (guint i = 0; i < program->n_nodes; i++)
    {
      const char *obstacle = lathe_keras_obstacle (&program->nodes[i]);

      if (obstacle != NULL)
        return lathe_program_refuse (&program->nodes[i], obstacle, _ (lathe_export_keras_program.title), error);
      lathe_keras_add (&keras, &program->nodes[i]);
    }
  return g_string_free_to_bytes (write_program (&keras));
}

const LatheExportFormat lathe_export_keras_program = {
    .name = "keras-program",
    .title = N_ ("Keras program"),
    .help = N_ ("Python source that makes the network in Keras 3, and reads the model file"),
    .suffix = ".py",
    .make = make,
};
