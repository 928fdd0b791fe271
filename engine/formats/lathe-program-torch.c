/* lathe-program-torch.c: a network as a PyTorch program.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-program-torch.h"

#include <glib/gi18n-lib.h>

/* What belongs to nn.Module, and what the program itself uses by its bare name. */
static const char *const reserved[] = {
    "add_*",      "apply",          "bfloat16",   "buffers",      "call_*", "children",   "compile",    "constrain",
    "cpu",        "cuda",           "double",     "dump_patches", "eval",   "extra_*",    "f",          "forward",
    "get_*",      "half",           "identity",   "ipu",          "is_*",   "labels",     "limit_norm", "lion",
    "loss",       "make_optimizer", "mode",       "modules",      "mtia",   "named_*",    "nn",         "optimizer",
    "parameters", "penalty",        "register_*", "requires_*",   "set_*",  "share_*",    "state_dict", "t_destination",
    "to",         "to_*",           "torch",      "total",        "train",  "train_step", "training",   "xpu",
    "zero_*",     "average_pool",   NULL,
};

/* --- Text that is always the same --- */

static const char head[] = "#!/usr/bin/env python3\n"
                           "\"\"\"An image network, made with Lathe, as a PyTorch program.\n"
                           "\n"
                           "    model = Network()\n"
                           "    load_weights_from_lathe(model, \"model.safetensors\")\n";

static const char layout[] =
    "\n"
    "Images come as Lathe has them: samples × height × width × channels. Inside, channels come before\n"
    "height and width, as PyTorch has them, until a layer takes all numbers of an image in a row.\n"
    "\"\"\"\n";

static const char framework[] = "import numpy as np\n"
                                "import torch\n"
                                "import torch.nn.functional as F\n"
                                "from torch import nn\n";

static const char tensor_names[] = "\n"
                                   "# Tensors that a Lathe model file calls otherwise.\n"
                                   "TENSORS = {\n"
                                   "    \"gamma\": \"weight\",\n"
                                   "    \"beta\": \"bias\",\n"
                                   "    \"running-mean\": \"running_mean\",\n"
                                   "    \"running-variance\": \"running_var\",\n"
                                   "    \"slope\": \"weight\",\n"
                                   "}\n";

static const char identity[] =
    "\n\n"
    "def identity_(weight, fan_in, groups=1, transposed=False):\n"
    "    \"\"\"As many filters as there are channels pass one on; the others are drawn as LeCun's.\"\"\"\n"
    "    limit = (3 / fan_in) ** 0.5\n"
    "    nn.init.uniform_(weight, -limit, limit)\n"
    "    with torch.no_grad():\n"
    "        filters = weight.unflatten(0, (groups, -1))\n"
    "        if transposed:\n"
    "            filters = filters.transpose(1, 2)\n"
    "        middle = tuple((side - 1) // 2 for side in filters.shape[3:])\n"
    "        for i in range(min(filters.shape[1:3])):\n"
    "            filters[:, i] = 0\n"
    "            filters[(slice(None), i, i, *middle)] = 1\n";

static const char average_pool[] =
    "\n\n"
    "def average_pool(x, kernel, stride=None, around=(0, 0, 0, 0)):\n"
    "    \"\"\"The mean of each window's pixels, without what is around the image.\"\"\"\n"
    "    pixels = F.pad(torch.ones_like(x[:1, :1]), around)\n"
    "    return F.avg_pool2d(F.pad(x, around), kernel, stride) / F.avg_pool2d(pixels, kernel, stride)\n";

static const char limit_norm[] =
    "\n\n"
    "def limit_norm_(weight, most, dims):\n"
    "    \"\"\"Makes the weights that lead to one output shorter where they are longer than `most`.\"\"\"\n"
    "    norm = weight.square().sum(dim=dims, keepdim=True).sqrt()\n"
    "    weight.mul_(most / norm.clamp(min=most))\n";

static const char load[] =
    "\n\n"
    "def to_torch(layer, array):\n"
    "    \"\"\"Lathe's weights have their outputs last, PyTorch's have them first.\"\"\"\n"
    "    if isinstance(layer, nn.Linear):\n"
    "        array = array.T\n"
    "    elif isinstance(layer, nn.Conv2d) and array.ndim == 4:\n"
    "        array = array.transpose(3, 2, 0, 1)\n"
    "    elif isinstance(layer, nn.ConvTranspose2d) and array.ndim == 4:\n"
    "        height, width, inputs, outputs = array.shape\n"
    "        array = array.reshape(height, width, inputs, layer.groups, outputs // layer.groups)\n"
    "        array = array.transpose(3, 2, 4, 0, 1)\n"
    "        array = array.reshape(layer.groups * inputs, outputs // layer.groups, height, width)\n"
    "    return torch.from_numpy(np.array(array, np.float32, order=\"C\"))\n"
    "\n\n"
    "def load_weights_from_lathe(model, path):\n"
    "    \"\"\"Fills the model from a Lathe model file of the same network.\"\"\"\n"
    "    state = {}\n"
    "    for name, array in read_safetensors(path).items():\n"
    "        layer, _, tensor = name.rpartition(\".\")\n"
    "        if layer not in LAYERS:\n"
    "            raise ValueError(f\"{path} is of another network: there is no layer {layer!r} here\")\n"
    "        key = f\"{LAYERS[layer]}.{TENSORS.get(tensor, tensor)}\"\n"
    "        state[key] = to_torch(getattr(model, LAYERS[layer]), array)\n"
    "    counters = {k: v for k, v in model.state_dict().items() if k.endswith(\"num_batches_tracked\")}\n"
    "    model.load_state_dict({**counters, **state})\n";

static const char lion[] =
    "\n\n"
    "class Lion(torch.optim.Optimizer):\n"
    "    \"\"\"Chen et al. 2023, algorithm 2.\"\"\"\n"
    "\n"
    "    def __init__(self, params, lr, betas, weight_decay):\n"
    "        super().__init__(params, {\"lr\": lr, \"betas\": betas, \"weight_decay\": weight_decay})\n"
    "\n"
    "    @torch.no_grad()\n"
    "    def step(self, closure=None):\n"
    "        for group in self.param_groups:\n"
    "            beta1, beta2 = group[\"betas\"]\n"
    "            for weight in group[\"params\"]:\n"
    "                if weight.grad is not None:\n"
    "                    mean = self.state[weight].setdefault(\"mean\", torch.zeros_like(weight))\n"
    "                    step = mean.lerp(weight.grad, 1 - beta1).sign_()\n"
    "                    weight.mul_(1 - group[\"lr\"] * group[\"weight_decay\"])\n"
    "                    weight.sub_(step, alpha=group[\"lr\"])\n"
    "                    mean.lerp_(weight.grad, 1 - beta2)\n";

/* --- The network --- */

static void
write_method (GString *out, const char *declaration, const char *help, const char *before,
              const LatheProgramLoops *loops, guint indent, const char *after)
{
  if (lathe_program_loops_is_empty (loops))
    return;
  g_string_append_printf (out, "\n    def %s:\n        \"\"\"%s\"\"\"\n%s", declaration, help, before);
  lathe_program_loops_write (loops, indent, out);
  g_string_append (out, after);
}

static void
write_network (const LatheTorch *torch, GString *out)
{
  const LatheProgram *program = torch->program;
  g_autofree char *parameters = lathe_program_thousands (program->report->parameters);

  g_string_append_printf (out,
                          "\n\nclass Network(nn.Module):\n    \"\"\"%s parameters.\"\"\"\n\n    def __init__(self):\n"
                          "        super().__init__()\n%s",
                          parameters, torch->init->str);
  if (!lathe_program_loops_is_empty (torch->begin) || !lathe_program_loops_is_empty (torch->frozen))
    g_string_append_c (out, '\n');
  if (torch->needs & LATHE_TORCH_WHITENING)
    g_string_append (out,
                     "        # Lathe makes the filters that are to whiten of the images, once it has seen some.\n");
  lathe_program_loops_write (torch->begin, LATHE_TORCH_BODY, out);
  lathe_program_loops_write (torch->frozen, LATHE_TORCH_BODY, out);
  g_string_append_printf (out,
                          "\n    def forward(self, images):\n        \"\"\"The logits.\"\"\"\n%s        return %s%s\n",
                          torch->forward->str, program->result,
                          program->shape.rank == 3   ? ".permute(0, 2, 3, 1).flatten(1)"
                          : program->shape.rank == 1 ? ""
                                                     : ".flatten(1)");
  write_method (out, "train(self, mode=True)", "A frozen norm answers while the others learn.",
                "        super().train(mode)\n", torch->still, LATHE_TORCH_BODY, "        return self\n");
  write_method (out, "penalty(self)", "What the loss gets on top, so that weights stay small.", "        total = 0\n",
                torch->penalty, LATHE_TORCH_BODY, "        return total\n");
  write_method (out, "constrain(self)", "Keeps weights within their bounds, after each step.",
                "        with torch.no_grad():\n", torch->bound, LATHE_TORCH_BODY + 4, "");
}

/* --- Answers --- */

static void
write_predict (const LatheTorch *torch, GString *out)
{
  const LatheModel *model = torch->program->export->model;
  char temperature[G_ASCII_DTOSTR_BUF_SIZE];

  if (model == NULL)
    return;
  g_string_append (out,
                   "\n\ndef predict(model, path):\n    \"\"\"The probability of each label, for an image file.\"\"\"\n"
                   "    model.eval()\n    with torch.no_grad():\n");
  if (model->preprocess.views > 1)
    g_string_append (out, "        looks, shares = views(preprocess(path))\n"
                          "        logits = torch.from_numpy(shares) @ model(torch.from_numpy(looks))\n");
  else
    g_string_append (out, "        logits = model(torch.from_numpy(preprocess(path)[None]))[0]\n");
  if (model->temperature != 1)
    g_string_append_printf (out, "        logits = logits / %s\n",
                            g_ascii_dtostr (temperature, sizeof temperature, model->temperature));
  if (torch->program->n_units == 1)
    g_string_append (out, "    yes = torch.sigmoid(logits).item()\n    return dict(zip(LABELS, [1 - yes, yes]))\n");
  else
    g_string_append (out, "    return dict(zip(LABELS, F.softmax(logits, dim=0).tolist()))\n");
}

/* --- Training --- */

static LatheProgramCall *
call_optimizer (const LatheExportTraining *t)
{
  static const struct
  {
    const char *name, *head;
  } classes[] = {
      {"sgd", "torch.optim.SGD"},         {"momentum", "torch.optim.SGD"},
      {"nesterov", "torch.optim.SGD"},    {"adagrad", "torch.optim.Adagrad"},
      {"rmsprop", "torch.optim.RMSprop"}, {"adam", "torch.optim.Adam"},
      {"adamw", "torch.optim.AdamW"},     {"lion", "Lion"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    if (g_str_equal (classes[i].name, t->optimizer))
      return lathe_program_call (classes[i].head);
  g_assert_not_reached ();
}

static gboolean
is_one_of (const LatheExportTraining *t, const char *names)
{
  g_auto (GStrv) list = g_strsplit (names, " ", -1);

  return g_strv_contains ((const char *const *) list, t->optimizer);
}

static void
write_optimizer (const LatheExportTraining *t, GString *out)
{
  LatheProgramCall *call = call_optimizer (t);
  g_autofree char *beta1 = lathe_program_number (t->beta1), *beta2 = lathe_program_number (t->beta2);

  g_string_append_printf (out,
                          "\n\ndef make_optimizer(model):\n    \"\"\"Lathe's own settings: batches of %u, %u epochs."
                          "\"\"\"\n",
                          t->batch, t->epochs);
  lathe_program_add (call, "model.parameters()");
  lathe_program_add_number (call, "lr", t->learning_rate);
  if (is_one_of (t, "momentum nesterov"))
    lathe_program_add_number (call, "momentum", t->momentum);
  if (is_one_of (t, "nesterov"))
    lathe_program_add (call, "nesterov=True");
  if (is_one_of (t, "adam adamw lion"))
    lathe_program_add (call, "betas=(%s, %s)", beta1, beta2);
  if (is_one_of (t, "rmsprop"))
    lathe_program_add_number (call, "alpha", t->beta2);
  if (is_one_of (t, "adagrad rmsprop adam adamw"))
    lathe_program_add_number (call, "eps", t->epsilon);
  if (is_one_of (t, "adamw lion"))
    lathe_program_add_number (call, "weight_decay", t->weight_decay);
  lathe_program_call_write (out, 4, "return ", call, "");
}

/* Cross-entropy; another loss is told of, and left to the reader. */
static void
write_loss (const LatheTorch *torch, GString *out)
{
  const LatheExportTraining *t = &torch->program->export->training;
  gboolean binary = torch->program->n_units == 1, smooth = t->label_smoothing > 0;
  g_autofree char *share = lathe_program_number (t->label_smoothing);

  if (t->loss != LATHE_LOSS_CROSS_ENTROPY)
    g_string_append_printf (out, "    # Lathe was to train with its loss “%s”; this is cross-entropy.\n",
                            lathe_loss_names[t->loss]);
  if (!binary)
    g_string_append_printf (out, "    loss = F.cross_entropy(model(images), labels%s%s)\n",
                            smooth ? ", label_smoothing=" : "", smooth ? share : "");
  else
    {
      if (smooth)
        g_string_append_printf (out, "    labels = labels * (1 - %s) + %s / 2\n", share, share);
      g_string_append (out, "    loss = F.binary_cross_entropy_with_logits(model(images)[:, 0], labels.float())\n");
    }
  if (!lathe_program_loops_is_empty (torch->penalty))
    g_string_append (out, "    loss = loss + model.penalty()\n");
}

static void
write_training (const LatheTorch *torch, GString *out)
{
  const LatheExportTraining *t = &torch->program->export->training;

  if (g_str_equal (t->optimizer, "lion"))
    g_string_append (out, lion);
  write_optimizer (t, out);
  g_string_append (out, "\n\ndef train_step(model, optimizer, images, labels):\n"
                        "    \"\"\"One step on a batch of images and the numbers of their classes; its loss.\"\"\"\n"
                        "    model.train()\n    optimizer.zero_grad()\n");
  write_loss (torch, out);
  g_string_append (out, "    loss.backward()\n    optimizer.step()\n");
  if (!lathe_program_loops_is_empty (torch->bound))
    g_string_append (out, "    model.constrain()\n");
  g_string_append (out, "    return loss.item()\n");
}

/* --- All of it --- */

static void
torch_init (LatheTorch *torch, const LatheProgram *program)
{
  *torch = (LatheTorch){
      .program = program,
      .init = g_string_new (NULL),
      .forward = g_string_new (NULL),
      .begin = lathe_program_loops_new ("weight"),
      .frozen = lathe_program_loops_new ("frozen"),
      .penalty = lathe_program_loops_new ("weight"),
      .bound = lathe_program_loops_new ("weight"),
      .still = lathe_program_loops_new ("norm"),
  };
}

static void
torch_clear (LatheTorch *torch)
{
  g_string_free (torch->init, TRUE);
  g_string_free (torch->forward, TRUE);
  lathe_program_loops_free (torch->begin);
  lathe_program_loops_free (torch->frozen);
  lathe_program_loops_free (torch->penalty);
  lathe_program_loops_free (torch->bound);
  lathe_program_loops_free (torch->still);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheTorch, torch_clear)

static void
write_helpers (const LatheTorch *torch, GString *out)
{
  if (torch->needs & LATHE_TORCH_IDENTITY)
    g_string_append (out, identity);
  if (torch->needs & LATHE_TORCH_AVERAGE_POOL)
    g_string_append (out, average_pool);
  if (torch->needs & LATHE_TORCH_LIMIT_NORM)
    g_string_append (out, limit_norm);
}

static GString *
write_program (const LatheTorch *torch)
{
  const LatheProgram *program = torch->program;
  GString *out = g_string_new (head);

  if (program->export->model != NULL)
    g_string_append (out, "    print(predict(model, \"image.jpg\"))\n");
  g_string_append (out, layout);
  lathe_program_write_imports (program, framework, out);
  lathe_program_write_layers (program, out);
  g_string_append (out, tensor_names);
  lathe_program_write_constants (program, out);
  write_helpers (torch, out);
  write_network (torch, out);
  lathe_program_write_reader (out);
  g_string_append (out, load);
  lathe_program_write_images (program, out);
  write_predict (torch, out);
  write_training (torch, out);
  return out;
}

/**
 * lathe_torch_list_names:
 * @graph: must work
 *
 * Returns: (transfer full): what each layer is called in the program, in the graph's order, NULL-terminated
 */
char **
lathe_torch_list_names (const LatheGraph *graph)
{
  const LatheExport export = {.graph = graph};
  g_autoptr (LatheProgram) program = lathe_program_new (&export, reserved, NULL, TRUE);
  char **names = g_new0 (char *, program->n_nodes + 1);

  for (guint i = 0; i < program->n_nodes; i++)
    names[program->nodes[i].node->index] = g_strdup (program->nodes[i].name);
  return names;
}

static GBytes *
make (const LatheExport *export, GError **error)
{
  g_autoptr (LatheProgram) program = lathe_program_new (export, reserved, NULL, TRUE);
  g_auto (LatheTorch) torch = {0};

  torch_init (&torch, program);
  for (guint i = 0; i < program->n_nodes; i++)
    {
      const char *obstacle = lathe_torch_obstacle (&program->nodes[i]);

      if (obstacle != NULL)
        return lathe_program_refuse (&program->nodes[i], obstacle, _ (lathe_export_pytorch_program.title), error);
      lathe_torch_add (&torch, &program->nodes[i]);
    }
  return g_string_free_to_bytes (write_program (&torch));
}

const LatheExportFormat lathe_export_pytorch_program = {
    .name = "pytorch-program",
    .title = N_ ("PyTorch program"),
    .help = N_ ("Python source that makes the network in PyTorch, and reads the model file"),
    .suffix = ".py",
    .make = make,
};
