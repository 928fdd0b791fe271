/* lathe-preset.c: networks to begin with, by name.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-preset.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "base/lathe-error.h"
#include "lathe-presets.h"

#define PRESET_PATH "/org/lathe/Lathe/presets/"

static const LathePaper rumelhart = {
    "David E. Rumelhart, Geoffrey E. Hinton, Ronald J. Williams",
    "Learning representations by back-propagating errors",
    1986,
    "https://doi.org/10.1038/323533a0",
};
static const LathePaper lecun = {
    "Yann LeCun, Léon Bottou, Yoshua Bengio, Patrick Haffner",
    "Gradient-based learning applied to document recognition",
    1998,
    "https://doi.org/10.1109/5.726791",
};
static const LathePaper krizhevsky = {
    "Alex Krizhevsky",
    "One weird trick for parallelizing convolutional neural networks",
    2014,
    "https://arxiv.org/abs/1404.5997",
};
static const LathePaper simonyan = {
    "Karen Simonyan, Andrew Zisserman",
    "Very Deep Convolutional Networks for Large-Scale Image Recognition",
    2014,
    "https://arxiv.org/abs/1409.1556",
};
static const LathePaper he = {
    "Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun",
    "Deep Residual Learning for Image Recognition",
    2015,
    "https://arxiv.org/abs/1512.03385",
};
static const LathePaper sandler = {
    "Mark Sandler, Andrew Howard, Menglong Zhu, Andrey Zhmoginov, Liang-Chieh Chen",
    "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
    2018,
    "https://arxiv.org/abs/1801.04381",
};
static const LathePaper tan_le = {
    "Mingxing Tan, Quoc V. Le",
    "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
    2019,
    "https://arxiv.org/abs/1905.11946",
};
static const LathePaper jordan = {
    "Keller Jordan",
    "94% on CIFAR-10 in 3.29 Seconds on a Single GPU",
    2024,
    "https://arxiv.org/abs/2404.00498",
};

static const LathePreset presets[] = {
    {"seed", N_ ("Seed"), N_ ("One convolution and two dense layers: small, quick, a good first try"), NULL},
    {"lenet", N_ ("LeNet-5"), N_ ("Two convolutions and three dense layers, after LeCun’s network for digits of 1998"),
     &lecun},
    {"vgg", N_ ("Small VGG"),
     N_ ("Three pairs of 3×3 convolutions, after Simonyan and Zisserman’s VGG of 2014: slower, more exact"), &simonyan},
    {"resnet20", N_ ("ResNet-20"),
     N_ ("Nine residual blocks with batch norm, after He and others’ network for small images of 2015"), &he},
    {"alexnet", N_ ("AlexNet"),
     N_ ("Five convolutions and three large dense layers, after Krizhevsky’s network of 2012 and 2014"), &krizhevsky},
    {"vgg11", N_ ("VGG-11"),
     N_ ("Eight 3×3 convolutions and three large dense layers, after Simonyan and Zisserman’s VGG of 2014"), &simonyan},
    {"vgg16", N_ ("VGG-16"),
     N_ ("Thirteen 3×3 convolutions and three large dense layers: VGG as it is mostly used, large and slow"),
     &simonyan},
    {"resnet18", N_ ("ResNet-18"),
     N_ ("Eight residual blocks, the smallest of He and others’ networks for photographs of 2015"), &he},
    {"resnet50", N_ ("ResNet-50"),
     N_ ("Sixteen residual blocks of three convolutions, the best known of He and others’ networks of 2015"), &he},
    {"mobilenet", N_ ("MobileNet V2"),
     N_ ("Seventeen narrow blocks of depthwise convolutions, after Sandler and others’ MobileNet V2 of 2018"),
     &sandler},
    {"efficientnet-lite0", N_ ("EfficientNet-Lite0"),
     N_ ("Sixteen depthwise blocks, exact for its size, after Tan and Le’s EfficientNet of 2019 for small devices"),
     &tan_le},
    {"airbench", N_ ("Airbench"),
     N_ ("Three pairs of 3×3 convolutions behind one made of the images, after Jordan’s network of 2024: "
         "for --recipe"),
     &jordan},
    {"airbench-small", N_ ("Small Airbench"), N_ ("The same, narrower: for small grey images"), &jordan},
    {"mlp", N_ ("Multilayer Perceptron"), N_ ("Dense layers alone: what can be learned without looking at shapes"),
     &rumelhart},
};

const LathePreset *
lathe_presets (guint *n_presets)
{
  *n_presets = G_N_ELEMENTS (presets);
  return presets;
}

const LathePreset *
lathe_preset_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    if (g_str_equal (presets[i].name, name))
      return &presets[i];
  return NULL;
}

/**
 * lathe_preset_names:
 *
 * Returns: (transfer none): NULL-terminated, the one to start with first
 */
const char *const *
lathe_preset_names (void)
{
  static const char *names[G_N_ELEMENTS (presets) + 1];
  static gsize done;

  if (g_once_init_enter (&done))
    {
      for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
        names[i] = presets[i].name;
      g_once_init_leave (&done, 1);
    }
  return names;
}

/**
 * lathe_preset_load:
 *
 * Errors: LATHE_ERROR_INVALID when there is no such preset; the message lists those there are.
 */
LatheGraph *
lathe_preset_load (const char *name, GError **error)
{
  g_autofree char *path = g_strconcat (PRESET_PATH, name, ".json", NULL);
  g_autoptr (GBytes) bytes = g_resource_lookup_data (lathe_presets_get_resource (), path, 0, NULL);

  if (bytes == NULL || lathe_preset_find (name) == NULL)
    {
      g_autofree char *names = g_strjoinv (", ", (char **) lathe_preset_names ());

      g_set_error (error, LATHE_ERROR, LATHE_ERROR_INVALID,
                   _ ("There is no preset and no file “%s”; the presets are %s"), name, names);
      return NULL;
    }
  return lathe_graph_from_json (g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), error);
}

char **
lathe_preset_labels (const char *list)
{
  g_autofree char *path = g_strconcat (PRESET_PATH, list, ".txt", NULL);
  g_autoptr (GBytes) bytes = g_resource_lookup_data (lathe_presets_get_resource (), path, 0, NULL);
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);
  g_autofree char *lines = g_strndup (text, size);

  return g_strsplit (g_strchomp (lines), "\n", -1);
}
