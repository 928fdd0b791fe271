/* lathe-program-parts.c: what the programs of all frameworks have: reading a model file, and preparing an image.
 *
 * The names of what is defined here are reserved: see the words in lathe-program.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-program.h"

static const char reader[] =
    "\n\n"
    "def read_safetensors(path):\n"
    "    \"\"\"The arrays of a .safetensors file, by their names.\"\"\"\n"
    "    with open(path, \"rb\") as file:\n"
    "        header = json.loads(file.read(int.from_bytes(file.read(8), \"little\")))\n"
    "        data = file.read()\n"
    "    arrays = {}\n"
    "    for name, entry in header.items():\n"
    "        if name != \"__metadata__\":\n"
    "            if entry[\"dtype\"] != \"F32\":\n"
    "                raise ValueError(f\"{path}: {name} is {entry['dtype']}, not F32\")\n"
    "            begin, end = entry[\"data_offsets\"]\n"
    "            arrays[name] = np.frombuffer(data[begin:end], \"<f4\").reshape(entry[\"shape\"])\n"
    "    return arrays\n";

static const char open_image[] =
    "\n\n"
    "def preprocess(path):\n"
    "    \"\"\"What the network sees of an image file: height × width × channels.\n"
    "\n"
    "    As in Lathe, but for what Pillow rounds otherwise when it scales.\n"
    "    \"\"\"\n"
    "    image = ImageOps.exif_transpose(Image.open(path)).convert(\"RGBA\")\n"
    "    image = Image.alpha_composite(Image.new(\"RGBA\", image.size, \"white\"), image)\n";

/* One for each LatheFit. Scaled sides are rounded to the nearest, and are at least what must be filled, or 1. */
static const char *const fits[] = {
    [LATHE_FIT_CROP] = "    scale = max(WIDTH / width, HEIGHT / height)\n"
                       "    scaled_width = max(WIDTH, int(width * scale + 0.5))\n"
                       "    scaled_height = max(HEIGHT, int(height * scale + 0.5))\n"
                       "    image = image.resize((scaled_width, scaled_height), Image.Resampling.BILINEAR)\n"
                       "    left, top = (scaled_width - WIDTH) // 2, (scaled_height - HEIGHT) // 2\n"
                       "    pixels = np.asarray(image.crop((left, top, left + WIDTH, top + HEIGHT)))\n"
                       "    pixels = pixels.reshape(HEIGHT, WIDTH, -1)\n",
    [LATHE_FIT_PAD] = "    scale = min(WIDTH / width, HEIGHT / height)\n"
                      "    width, height = max(1, int(width * scale + 0.5)), max(1, int(height * scale + 0.5))\n"
                      "    inner = np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))\n"
                      "    inner = inner.reshape(height, width, -1)\n"
                      "    pixels = np.empty((HEIGHT, WIDTH, inner.shape[2]), np.uint8)\n"
                      "    pixels[:] = (inner.mean(axis=(0, 1)) + 0.5).astype(np.uint8)\n"
                      "    left, top = (WIDTH - width) // 2, (HEIGHT - height) // 2\n"
                      "    pixels[top : top + height, left : left + width] = inner\n",
    [LATHE_FIT_STRETCH] = "    pixels = np.asarray(image.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR))\n"
                          "    pixels = pixels.reshape(HEIGHT, WIDTH, -1)\n",
};

static const char mirrored_views[] = "\n\n"
                                     "def views(image):\n"
                                     "    \"\"\"Looks at an image whose logits are averaged, and their shares.\"\"\"\n"
                                     "    return np.stack([image, image[:, ::-1]]), np.array([0.5, 0.5], np.float32)\n";

static const char moved_views[] = "\n\n"
                                  "def views(image):\n"
                                  "    \"\"\"Looks at an image whose logits are averaged, and their shares.\"\"\"\n"
                                  "    looks = []\n"
                                  "    for look in (image, image[:, ::-1]):\n"
                                  "        rimmed = np.pad(look, ((1, 1), (1, 1), (0, 0)), \"reflect\")\n"
                                  "        looks += [look, rimmed[2:, 2:], rimmed[:-2, :-2]]\n"
                                  "    return np.stack(looks), np.array([0.25, 0.125, 0.125] * 2, np.float32)\n";

/**
 * lathe_program_write_imports:
 * @framework: the lines that import it
 */
void
lathe_program_write_imports (const LatheProgram *program, const char *framework, GString *out)
{
  g_string_append_printf (out, "\nimport json\n\n%s", framework);
  if (program->export->model != NULL)
    g_string_append (out, "from PIL import Image, ImageOps\n");
}

/**
 * lathe_program_write_layers:
 *
 * Writes the table of the layers that have tensors in a model file.
 */
void
lathe_program_write_layers (const LatheProgram *program, GString *out)
{
  g_string_append (
      out, "\n# Layers that have weights: what a Lathe model file calls them, and what they are here.\nLAYERS = {\n");
  for (guint i = 0; i < program->n_nodes; i++)
    {
      const LatheProgramNode *node = &program->nodes[i];
      g_autofree char *name = lathe_program_literal (node->node->name);

      if (node->n_parameters > 0)
        g_string_append_printf (out, "    %s: \"%s\",\n", name, node->name);
    }
  g_string_append (out, "}\n");
}

void
lathe_program_write_reader (GString *out)
{
  g_string_append (out, reader);
}

/* --- Images --- */

static void
write_floats (GString *out, const char *name, const float *values, guint n)
{
  g_string_append_printf (out, "%s = np.array([", name);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *value = lathe_program_float (values[i]);

      g_string_append_printf (out, i > 0 ? ", %s" : "%s", value);
    }
  g_string_append (out, "], np.float32)\n");
}

/**
 * lathe_program_write_constants:
 *
 * Writes the labels, and what an image is brought to; nothing for a network without a model.
 */
void
lathe_program_write_constants (const LatheProgram *program, GString *out)
{
  const LatheModel *model = program->export->model;

  if (model == NULL)
    return;
  g_string_append (out, "\n# In the order of the network's outputs.\nLABELS = [\n");
  for (char **label = model->labels; *label != NULL; label++)
    {
      g_autofree char *literal = lathe_program_literal (*label);

      g_string_append_printf (out, "    %s,\n", literal);
    }
  g_string_append_printf (out, "]\n\n# What an image is brought to.\nWIDTH, HEIGHT = %u, %u\n", model->preprocess.width,
                          model->preprocess.height);
  write_floats (out, "MEAN", model->preprocess.mean, model->preprocess.channels);
  write_floats (out, "DEVIATION", model->preprocess.deviation, model->preprocess.channels);
}

/**
 * lathe_program_write_images:
 *
 * Writes how an image file becomes what the network takes; nothing for a network without a model.
 */
void
lathe_program_write_images (const LatheProgram *program, GString *out)
{
  const LathePreprocess *p;

  if (program->export->model == NULL)
    return;
  p = &program->export->model->preprocess;
  g_string_append (out, open_image);
  g_string_append_printf (out, "    image = image.convert(\"%s\")\n    width, height = image.size\n",
                          p->channels == 1 ? "L" : "RGB");
  g_string_append (out, fits[p->fit]);
  g_string_append (out, "    return (pixels / np.float32(255) - MEAN) / DEVIATION\n");
  if (p->views > 1)
    g_string_append (out, p->views == LATHE_MIRRORED_VIEWS ? mirrored_views : moved_views);
}
