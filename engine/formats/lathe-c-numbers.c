/* lathe-c-numbers.c: the functions of a network as C source that work on each number by itself, or on rows.
 *
 * Each is C99 with no more than <math.h> and <string.h>, and changes numbers where they lie. Each comes after those
 * that it needs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-c-source.h"

const LatheCFunction lathe_c_number_functions[LATHE_C_N_NUMBER_FUNCTIONS] = {
    {"copy", NULL,
     "static void copy(float *restrict y, const float *restrict x, size_t n)\n"
     "{\n"
     "    memcpy(y, x, n * sizeof *y);\n"
     "}\n"},
    {"add", NULL,
     "static void add(float *restrict y, const float *restrict x, size_t n)\n"
     "{\n"
     "    size_t i;\n"
     "\n"
     "    for (i = 0; i < n; i++)\n"
     "        y[i] += x[i];\n"
     "}\n"},
    {"scale_by", NULL,
     "/* Each row of n numbers times the same n. */\n"
     "static void scale_by(float *restrict y, size_t rows, const float *restrict x, size_t n)\n"
     "{\n"
     "    for (; rows > 0; rows--, y += n) {\n"
     "        size_t i;\n"
     "\n"
     "        for (i = 0; i < n; i++)\n"
     "            y[i] *= x[i];\n"
     "    }\n"
     "}\n"},
    {"concatenate", NULL,
     "/* Writes rows of n numbers into those of an output of `all`, from its number `at` on. */\n"
     "static void concatenate(float *restrict y, size_t rows, size_t all, size_t at, size_t n,\n"
     "                        const float *restrict x)\n"
     "{\n"
     "    for (y += at; rows > 0; rows--, y += all, x += n)\n"
     "        memcpy(y, x, n * sizeof *y);\n"
     "}\n"},
    {"permute", NULL,
     "/* The dimensions in another order; a, b, c: how far apart neighbours along them are in x. */\n"
     "static void permute(float *restrict y, int height, int width, int channels, size_t a, size_t b,\n"
     "                    size_t c, const float *restrict x)\n"
     "{\n"
     "    int i, j, k;\n"
     "\n"
     "    for (i = 0; i < height; i++)\n"
     "        for (j = 0; j < width; j++)\n"
     "            for (k = 0; k < channels; k++)\n"
     "                *y++ = x[(size_t)i * a + (size_t)j * b + (size_t)k * c];\n"
     "}\n"},
    {"scale_channels", NULL,
     "/* y = scale * y + shift, of each channel. */\n"
     "static void scale_channels(float *restrict y, size_t rows, int channels,\n"
     "                           const float *restrict scale, const float *restrict shift)\n"
     "{\n"
     "    for (; rows > 0; rows--, y += channels) {\n"
     "        int c;\n"
     "\n"
     "        for (c = 0; c < channels; c++)\n"
     "            y[c] = scale[c] * y[c] + shift[c];\n"
     "    }\n"
     "}\n"},
    {"normalise", NULL,
     "/* Gives each group of neighbouring channels mean 0 and variance 1 over some rows, and then each\n"
     " * channel its scale and shift. */\n"
     "static void normalise(float *y, size_t units, size_t rows, int channels, int groups, double epsilon,\n"
     "                      const float *scale, const float *shift)\n"
     "{\n"
     "    int width = channels / groups, group, c;\n"
     "    size_t row;\n"
     "\n"
     "    for (; units > 0; units--, y += rows * channels)\n"
     "        for (group = 0; group < groups; group++) {\n"
     "            double n = (double)rows * width, mean = 0, squares = 0, inverse;\n"
     "\n"
     "            for (row = 0; row < rows; row++)\n"
     "                for (c = group * width; c < (group + 1) * width; c++)\n"
     "                    mean += y[row * channels + c];\n"
     "            mean /= n;\n"
     "            for (row = 0; row < rows; row++)\n"
     "                for (c = group * width; c < (group + 1) * width; c++)\n"
     "                    squares += (y[row * channels + c] - mean) * (y[row * channels + c] - mean);\n"
     "            inverse = 1 / sqrt(squares / n + epsilon);\n"
     "            for (row = 0; row < rows; row++)\n"
     "                for (c = group * width; c < (group + 1) * width; c++)\n"
     "                    y[row * channels + c] =\n"
     "                        (float)((y[row * channels + c] - mean) * inverse) * scale[c] + shift[c];\n"
     "        }\n"
     "}\n"},
    {"rescale", NULL,
     "static void rescale(float *y, size_t n, float scale, float offset)\n"
     "{\n"
     "    size_t i;\n"
     "\n"
     "    for (i = 0; i < n; i++)\n"
     "        y[i] = scale * y[i] + offset;\n"
     "}\n"},
    {"prelu", NULL,
     "static void prelu(float *restrict y, size_t rows, int channels, const float *restrict slope)\n"
     "{\n"
     "    for (; rows > 0; rows--, y += channels) {\n"
     "        int c;\n"
     "\n"
     "        for (c = 0; c < channels; c++)\n"
     "            y[c] = y[c] > 0 ? y[c] : slope[c] * y[c];\n"
     "    }\n"
     "}\n"},
    {"logistic", NULL,
     "/* Written so that the exponential never overflows. */\n"
     "static float logistic(float x)\n"
     "{\n"
     "    float e = expf(-fabsf(x));\n"
     "\n"
     "    return x >= 0 ? 1 / (1 + e) : e / (1 + e);\n"
     "}\n"},
    {"relu", NULL,
     "static void relu(float *y, size_t n)\n"
     "{\n"
     "    size_t i;\n"
     "\n"
     "    for (i = 0; i < n; i++)\n"
     "        y[i] = y[i] > 0 ? y[i] : 0;\n"
     "}\n"},
    {"relu6", NULL,
     "static void relu6(float *y, size_t n)\n"
     "{\n"
     "    size_t i;\n"
     "\n"
     "    for (i = 0; i < n; i++) {\n"
     "        float positive = y[i] > 0 ? y[i] : 0;\n"
     "\n"
     "        y[i] = positive < 6 ? positive : 6;\n"
     "    }\n"
     "}\n"},
    {"leaky_relu", NULL,
     "static void leaky_relu(float *y, size_t n, float slope)\n"
     "{\n"
     "    size_t i;\n"
     "\n"
     "    for (i = 0; i < n; i++)\n"
     "        y[i] = y[i] > 0 ? y[i] : slope * y[i];\n"
     "}\n"},
    {"elu", NULL,
     "static void elu(float *y, size_t n, float alpha)\n"
     "{\n"
     "    size_t i;\n"
     "\n"
     "    for (i = 0; i < n; i++)\n"
     "        y[i] = y[i] > 0 ? y[i] : alpha * expm1f(y[i]);\n"
     "}\n"},
    {"selu", NULL,
     "static void selu(float *y, size_t n)\n"
     "{\n"
     "    size_t i;\n"
     "\n"
     "    for (i = 0; i < n; i++)\n"
     "        y[i] = 1.05070098735548f * (y[i] > 0 ? y[i] : 1.67326324235437f * expm1f(y[i]));\n"
     "}\n"},
    {"gelu", NULL,
     "static void gelu(float *y, size_t n)\n"
     "{\n"
     "    size_t i;\n"
     "\n"
     "    for (i = 0; i < n; i++)\n"
     "        y[i] = 0.5f * y[i] * erfcf(-0.707106781186548f * y[i]);\n"
     "}\n"},
    {"gelu_tanh", NULL,
     "static void gelu_tanh(float *y, size_t n)\n"
     "{\n"
     "    size_t i;\n"
     "\n"
     "    for (i = 0; i < n; i++) {\n"
     "        float u = y[i] + 0.044715f * y[i] * y[i] * y[i];\n"
     "\n"
     "        y[i] = 0.5f * y[i] * (1 + tanhf(0.797884560802865f * u));\n"
     "    }\n"
     "}\n"},
    {"sigmoid", "logistic",
     "static void sigmoid(float *y, size_t n)\n"
     "{\n"
     "    size_t i;\n"
     "\n"
     "    for (i = 0; i < n; i++)\n"
     "        y[i] = logistic(y[i]);\n"
     "}\n"},
    {"silu", "logistic",
     "static void silu(float *y, size_t n)\n"
     "{\n"
     "    size_t i;\n"
     "\n"
     "    for (i = 0; i < n; i++)\n"
     "        y[i] *= logistic(y[i]);\n"
     "}\n"},
    {"hard_sigmoid", NULL,
     "static void hard_sigmoid(float *y, size_t n)\n"
     "{\n"
     "    size_t i;\n"
     "\n"
     "    for (i = 0; i < n; i++)\n"
     "        y[i] = (y[i] > -3 ? y[i] < 3 ? y[i] + 3 : 6 : 0) / 6;\n"
     "}\n"},
    {"hard_swish", NULL,
     "static void hard_swish(float *y, size_t n)\n"
     "{\n"
     "    size_t i;\n"
     "\n"
     "    for (i = 0; i < n; i++)\n"
     "        y[i] *= (y[i] > -3 ? y[i] < 3 ? y[i] + 3 : 6 : 0) / 6;\n"
     "}\n"},
    {"hyperbolic_tangent", NULL,
     "static void hyperbolic_tangent(float *y, size_t n)\n"
     "{\n"
     "    size_t i;\n"
     "\n"
     "    for (i = 0; i < n; i++)\n"
     "        y[i] = tanhf(y[i]);\n"
     "}\n"},
    {"softplus", NULL,
     "static void softplus(float *y, size_t n)\n"
     "{\n"
     "    size_t i;\n"
     "\n"
     "    for (i = 0; i < n; i++)\n"
     "        y[i] = (y[i] > 0 ? y[i] : 0) + log1pf(expf(-fabsf(y[i])));\n"
     "}\n"},
    {"softmax", NULL,
     "static void softmax(float *y, size_t rows, int columns)\n"
     "{\n"
     "    for (; rows > 0; rows--, y += columns) {\n"
     "        float largest = y[0];\n"
     "        double sum = 0;\n"
     "        int i;\n"
     "\n"
     "        for (i = 1; i < columns; i++)\n"
     "            largest = y[i] > largest ? y[i] : largest;\n"
     "        for (i = 0; i < columns; i++) {\n"
     "            y[i] = expf(y[i] - largest);\n"
     "            sum += y[i];\n"
     "        }\n"
     "        for (i = 0; i < columns; i++)\n"
     "            y[i] = (float)(y[i] / sum);\n"
     "    }\n"
     "}\n"},
};
