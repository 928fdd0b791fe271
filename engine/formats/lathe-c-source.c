/* lathe-c-source.c: a network as C source: NAME.c with all that it computes, and NAME.h with what others may call.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-c-source.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/lathe-error.h"
#include "lathe-model-file.h"

/* A compiler takes minutes for more, and a great deal of memory. */
#define MOST_INSIDE 1000000

/* None: in the source the name of a layer is always followed by another word. */
static const char *const reserved[] = {NULL};

static const char head[] =
    "/* An image network, made with Lathe (@parameters@ parameters), as C99 that needs nothing but its standard\n"
    " * library, and takes no memory of its own.\n"
    " *\n"
    " * This file was generated. Whoever made it may use, copy, change and distribute it, for any purpose and\n"
    " * without conditions. It comes without any warranty.\n"
    " */\n";

static const char guide[] =
    "\n"
    "/* How to ask it:\n"
    " *\n"
    " *     static float input[@MODEL@_INPUT], workspace[@MODEL@_WORKSPACE];\n"
    " *     float probabilities[@MODEL@_LABELS];\n"
    " *\n"
    "@use@"
    " *     @model@_preprocess(pixels, input);\n"
    " *     int label = @model@_predict(input, workspace, probabilities);\n"
    " *     puts(@model@_labels[label]);\n"
    " *\n"
    " * An image is brought to @MODEL@_WIDTH x @MODEL@_HEIGHT pixels before: its orientation tag is applied, what\n"
    " * is transparent is laid on white, it is made @colours@, and then\n"
    " * @fit@.\n"
    " *\n"
    " * cc -std=c99 -O2, and -march=native where it is to run on this machine alone.\n"
    " */\n";

static const char use_beside[] =
    " *     @model@_use_weights(bytes, size); // of @model@.weights.bin, as long as it is used\n";

static const char *const fits[] = {
    [LATHE_FIT_CROP] = "scaled so that it covers them, and its middle cut out",
    [LATHE_FIT_PAD] = "scaled so that it fits into them, in the middle, with its mean colour around it",
    [LATHE_FIT_STRETCH] = "scaled to them, out of shape where it has another",
};

static const char declarations[] =
    "\n"
    "/* In the order of the probabilities. */\n"
    "extern const char *const @model@_labels[@MODEL@_LABELS];\n"
    "\n"
    "/* What the network takes of an image: height x width x channels, each (byte / 255 - mean) / deviation.\n"
    " * pixels: height x width x channels bytes; input: as many numbers. */\n"
    "void @model@_preprocess(const unsigned char *pixels, float *input);\n"
    "\n"
    "/* The probability of each label. workspace: @MODEL@_WORKSPACE numbers, whose contents do not matter before and\n"
    " * after; threads need one each.\n"
    " * Returns: the likeliest label@or@ */\n"
    "int @model@_predict(const float *input, float *workspace, float *probabilities);\n";

static const char declare_weights[] =
    "\n"
    "/* Says where the weights are: the contents of @model@.weights.bin, in memory that is aligned as floats are\n"
    " * and stays as it is. They are single precision, little-endian.\n"
    " * Returns: 0, or -1 where there are not @MODEL@_WEIGHTS of them. */\n"
    "int @model@_use_weights(const void *bytes, size_t size);\n";

static const char use_weights[] = "\n"
                                  "static const float *weights;\n"
                                  "\n"
                                  "int @model@_use_weights(const void *bytes, size_t size)\n"
                                  "{\n"
                                  "    if (bytes == NULL || size != @MODEL@_WEIGHTS * sizeof *weights)\n"
                                  "        return -1;\n"
                                  "    weights = bytes;\n"
                                  "    return 0;\n"
                                  "}\n";

static const char preprocess[] = "\n"
                                 "void @model@_preprocess(const unsigned char *pixels, float *input)\n"
                                 "{\n"
                                 "    static const float mean[@MODEL@_CHANNELS] = {@mean@};\n"
                                 "    static const float deviation[@MODEL@_CHANNELS] = {@deviation@};\n"
                                 "    int i;\n"
                                 "\n"
                                 "    for (i = 0; i < @MODEL@_INPUT; i++)\n"
                                 "        input[i] = (pixels[i] / 255.0f - mean[i % @MODEL@_CHANNELS]) /\n"
                                 "                   deviation[i % @MODEL@_CHANNELS];\n"
                                 "}\n";

static const char ask_once[] = "    memcpy(probabilities, run(input, workspace), @units@ * sizeof *probabilities);\n";

static const char ask_views[] =
    "    /* Looks at the image, whose logits are averaged. */\n"
    "    static const struct {\n"
    "        int mirror, down, right;\n"
    "        float share;\n"
    "    } looks[] = {@looks@};\n"
    "    size_t i, j;\n"
    "\n"
    "@check@"
    "    for (j = 0; j < @units@; j++)\n"
    "        probabilities[j] = 0;\n"
    "    for (i = 0; i < sizeof looks / sizeof *looks; i++) {\n"
    "        float *seen = workspace + @seen@;\n"
    "        const float *logits;\n"
    "\n"
    "        look(@MODEL@_HEIGHT, @MODEL@_WIDTH, @MODEL@_CHANNELS, looks[i].mirror, looks[i].down, looks[i].right,\n"
    "             input, seen);\n"
    "        logits = run(seen, workspace);\n"
    "        for (j = 0; j < @units@; j++)\n"
    "            probabilities[j] += looks[i].share * logits[j];\n"
    "    }\n";

static const char mirrored_looks[] = "{0, 0, 0, 0.5f}, {1, 0, 0, 0.5f}";
static const char moved_looks[] = "{0, 0, 0, 0.25f}, {1, 0, 0, 0.25f}, {0, -1, -1, 0.125f},\n"
                                  "                 {1, -1, -1, 0.125f}, {0, 1, 1, 0.125f}, {1, 1, 1, 0.125f}";

static const char end_one[] = "    sigmoid(probabilities, 1);\n"
                              "    probabilities[1] = probabilities[0];\n"
                              "    probabilities[0] = 1 - probabilities[1];\n"
                              "    return probabilities[1] > probabilities[0];\n"
                              "}\n";

static const char end_many[] = "    softmax(probabilities, 1, @MODEL@_LABELS);\n"
                               "    for (label = 1; label < @MODEL@_LABELS; label++)\n"
                               "        best = probabilities[label] > probabilities[best] ? label : best;\n"
                               "    return best;\n"
                               "}\n";

/* --- The library --- */

static const LatheCFunction *
get_function (guint i)
{
  return i < LATHE_C_N_WINDOW_FUNCTIONS ? &lathe_c_window_functions[i]
                                        : &lathe_c_number_functions[i - LATHE_C_N_WINDOW_FUNCTIONS];
}

/**
 * lathe_c_need:
 * @name: of a function, which the source gets with all that it calls itself
 */
void
lathe_c_need (LatheC *c, const char *name)
{
  guint i = 0;
  g_auto (GStrv) more = NULL;

  while (!g_str_equal (get_function (i)->name, name))
    g_assert (++i < G_N_ELEMENTS (c->needed));
  if (c->needed[i])
    return;
  c->needed[i] = TRUE;
  more = get_function (i)->needs != NULL ? g_strsplit (get_function (i)->needs, " ", -1) : NULL;
  for (guint j = 0; more != NULL && more[j] != NULL; j++)
    lathe_c_need (c, more[j]);
}

static void
write_functions (const LatheC *c, GString *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (c->needed); i++)
    if (c->needed[i])
      g_string_append_printf (out, "\n%s", get_function (i)->text);
}

/* --- Text --- */

/* “@model@” and “@MODEL@” become the name. */
static void
append (const LatheC *c, GString *out, const char *text)
{
  g_autofree char *large = g_ascii_strup (c->name, -1);
  GString *filled = g_string_new (text);

  g_string_replace (filled, "@model@", c->name, 0);
  g_string_replace (filled, "@MODEL@", large, 0);
  g_string_append (out, filled->str);
  g_string_free (filled, TRUE);
}

/* As append(), with pairs of a word and what it becomes, the last of them NULL. */
static void G_GNUC_NULL_TERMINATED
append_filled (const LatheC *c, GString *out, const char *text, ...)
{
  GString *filled = g_string_new (text);
  const char *word;
  va_list pairs;

  va_start (pairs, text);
  while ((word = va_arg (pairs, const char *)) != NULL)
    g_string_replace (filled, word, va_arg (pairs, const char *), 0);
  va_end (pairs);
  append (c, out, filled->str);
  g_string_free (filled, TRUE);
}

static void
append_head (const LatheC *c, GString *out)
{
  g_autofree char *parameters = lathe_program_thousands (c->program->report->parameters);

  append_filled (c, out, head, "@parameters@", parameters, NULL);
}

/* A string literal of C99; what is no plain letter is written byte by byte, and a question mark begins no trigraph. */
static void
append_label (GString *out, const char *label)
{
  g_string_append_c (out, '"');
  for (const char *at = label, *next; *at != '\0'; at = next)
    {
      next = g_utf8_next_char (at);
      if (*at == '?')
        g_string_append (out, "\\?");
      else if (lathe_program_is_plain (g_utf8_get_char (at)))
        g_string_append_len (out, at, next - at);
      else
        for (; at < next; at++)
          g_string_append_printf (out, "\\%03o", (guint) (guchar) *at);
    }
  g_string_append_c (out, '"');
}

static char *
list_floats (const float *values, guint n)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    {
      g_string_append (list, i > 0 ? ", " : "");
      lathe_c_append_float (list, values[i]);
    }
  return g_string_free (list, FALSE);
}

/* --- The header --- */

static gsize
workspace_size (const LatheC *c)
{
  const LathePreprocess *p = &c->program->export->model->preprocess;

  return MAX (1, c->plan.size + (p->views > 1 ? (gsize) p->width * p->height * p->channels : 0));
}

static void
define (const LatheC *c, GString *out, const char *what, gsize value, const char *why)
{
  g_autofree char *line = g_strdup_printf ("#define @MODEL@_%s %zu%s\n", what, value, why);

  append (c, out, line);
}

static void
append_defines (const LatheC *c, GString *out)
{
  const LatheModel *model = c->program->export->model;
  const LathePreprocess *p = &model->preprocess;

  g_string_append_c (out, '\n');
  define (c, out, "WIDTH", p->width, "");
  define (c, out, "HEIGHT", p->height, "");
  define (c, out, "CHANNELS", p->channels, p->channels == 1 ? " /* grey */" : " /* red, green, blue */");
  define (c, out, "INPUT", (gsize) p->width * p->height * p->channels, " /* floats */");
  define (c, out, "LABELS", lathe_model_get_n_labels (model), "");
  define (c, out, "WORKSPACE", workspace_size (c), " /* floats */");
  if (c->beside)
    define (c, out, "WEIGHTS", c->n_weights, " /* floats */");
}

static GBytes *
make_header (const LatheC *c)
{
  const LathePreprocess *p = &c->program->export->model->preprocess;
  GString *out = g_string_new (NULL);

  append_head (c, out);
  append (c, out, "#ifndef @MODEL@_H\n#define @MODEL@_H\n");
  append (c, out, c->beside ? "\n#include <stddef.h>\n" : "");
  append_filled (c, out, guide, "@use@", c->beside ? use_beside : "", "@colours@",
                 p->channels == 1 ? "grey" : "red, green and blue", "@fit@", fits[p->fit], NULL);
  append_defines (c, out);
  append (c, out, "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
  append (c, out, c->beside ? declare_weights : "");
  append_filled (c, out, declarations, "@or@", c->beside ? "; -1 where the weights have not been said." : ".", NULL);
  append (c, out, "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
  return g_string_free_to_bytes (out);
}

/* --- The source --- */

static void
append_labels (const LatheC *c, GString *out)
{
  append (c, out, "\nconst char *const @model@_labels[@MODEL@_LABELS] = {\n");
  for (char **label = c->program->export->model->labels; *label != NULL; label++)
    {
      g_string_append (out, "    ");
      append_label (out, *label);
      g_string_append (out, ",\n");
    }
  g_string_append (out, "};\n");
}

/* Arrays, or places in the file of weights. */
static void
append_tables (const LatheC *c, GString *out)
{
  if (!c->beside)
    {
      g_string_append (out, c->tables->str);
      return;
    }
  append (c, out, use_weights);
  if (c->tables->len > 0)
    g_string_append_printf (out, "\n/* Where among the weights those of each layer begin. */\nenum {\n%s};\n",
                            c->tables->str);
}

static void
append_run (const LatheC *c, GString *out)
{
  g_autofree char *logits = lathe_c_place (c, c->plan.steps[c->program->n_nodes - 1].home);

  g_string_append_printf (
      out,
      "\n/* Returns: the logits */\nstatic const float *run(const float *input, float *workspace)\n{%s%s\n"
      "    return %s;\n}\n",
      c->plan.size == 0 ? "\n    (void)workspace;\n" : "", c->run->str, logits);
}

static void
append_predict (const LatheC *c, GString *out)
{
  const LatheModel *model = c->program->export->model;
  guint n = c->program->n_units, views = model->preprocess.views;
  g_autofree char *units = g_strdup_printf ("%u", n), *seen = g_strdup_printf ("%zu", c->plan.size);
  const char *check = c->beside ? "    if (weights == NULL)\n        return -1;\n" : "";

  append (c, out, "\nint @model@_predict(const float *input, float *workspace, float *probabilities)\n{\n");
  g_string_append (out, n > 1 ? "    int label, best = 0;\n" : "");
  if (views > 1)
    append_filled (c, out, ask_views, "@looks@", views == LATHE_MIRRORED_VIEWS ? mirrored_looks : moved_looks,
                   "@units@", units, "@seen@", seen, "@check@", check, NULL);
  else
    {
      g_string_append_printf (out, "%s%s", n > 1 ? "\n" : "", check);
      append_filled (c, out, ask_once, "@units@", units, NULL);
    }
  if (model->temperature != 1)
    {
      g_string_append_printf (out, "    rescale(probabilities, %s, ", units);
      lathe_c_append_float (out, (float) (1 / model->temperature));
      g_string_append (out, ", 0); /* the temperature */\n");
    }
  append (c, out, n > 1 ? end_many : end_one);
}

static GBytes *
make_source (const LatheC *c)
{
  const LathePreprocess *p = &c->program->export->model->preprocess;
  g_autofree char *mean = list_floats (p->mean, p->channels), *deviation = list_floats (p->deviation, p->channels);
  GString *out = g_string_new (NULL);

  append_head (c, out);
  append (c, out, "#include \"@model@.h\"\n\n#include <math.h>\n#include <stddef.h>\n#include <string.h>\n");
  append_labels (c, out);
  append_filled (c, out, preprocess, "@mean@", mean, "@deviation@", deviation, NULL);
  write_functions (c, out);
  g_string_append (out, c->windows->str);
  append_tables (c, out);
  append_run (c, out);
  append_predict (c, out);
  return g_string_free_to_bytes (out);
}

/* --- All of it --- */

static void
c_init (LatheC *c, const LatheProgram *program, const char *name)
{
  const LatheExport *export = program->export;

  *c = (LatheC){
      .program = program,
      .name = lathe_program_identifier (name, "model"),
      .beside = export->weights == LATHE_EXPORT_WEIGHTS_BESIDE ||
                (export->weights == LATHE_EXPORT_WEIGHTS_USUAL && program->report->parameters > MOST_INSIDE),
      .tables = g_string_new (NULL),
      .beyond = g_byte_array_new (),
      .windows = g_string_new (NULL),
      .run = g_string_new (NULL),
  };
  lathe_c_plan (&c->plan, program);
}

static void
c_clear (LatheC *c)
{
  lathe_c_plan_clear (&c->plan);
  g_free (c->name);
  g_string_free (c->tables, TRUE);
  g_clear_pointer (&c->beyond, g_byte_array_unref);
  g_string_free (c->windows, TRUE);
  g_string_free (c->run, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LatheC, c_clear)

/* What comes behind the logits. */
static void
need_the_end (LatheC *c)
{
  const LatheModel *model = c->program->export->model;

  lathe_c_need (c, c->program->n_units == 1 ? "sigmoid" : "softmax");
  if (model->preprocess.views > 1)
    lathe_c_need (c, "look");
  if (model->temperature != 1)
    lathe_c_need (c, "rescale");
}

static gboolean
add_layers (LatheC *c, GError **error)
{
  for (guint i = 0; i < c->program->n_nodes; i++)
    {
      const char *obstacle = lathe_c_obstacle (&c->program->nodes[i]);

      if (obstacle == NULL)
        lathe_c_add (c, i);
      if (obstacle == NULL && c->infinite)
        obstacle = N_ ("has a weight that is no finite number");
      if (obstacle != NULL)
        return lathe_program_refuse (&c->program->nodes[i], obstacle, _ (lathe_export_c.title), error) != NULL;
    }
  need_the_end (c);
  return TRUE;
}

static GPtrArray *
make_files (const LatheExport *export, const char *name, GError **error)
{
  g_autoptr (LatheProgram) program = lathe_program_new (export, reserved, "input", TRUE);
  g_autoptr (GPtrArray) files = lathe_export_files_new ();
  g_autofree char *header = NULL, *weights = NULL;
  g_auto (LatheC) c = {0};

  c_init (&c, program, name);
  if (!add_layers (&c, error))
    return NULL;
  header = g_strconcat (c.name, ".h", NULL);
  lathe_export_files_add (files, NULL, make_source (&c));
  lathe_export_files_add (files, header, make_header (&c));
  if (c.beside)
    {
      weights = g_strconcat (c.name, ".weights.bin", NULL);
      lathe_export_files_add (files, weights, g_byte_array_free_to_bytes (g_steal_pointer (&c.beyond)));
    }
  return g_steal_pointer (&files);
}

const LatheExportFormat lathe_export_c = {
    .name = "c",
    .title = N_ ("C source"),
    .help = N_ ("C99 that needs nothing else, with its header; the weights inside, or beside in a file of their own"),
    .suffix = ".c",
    .needs_weights = TRUE,
    .make_files = make_files,
};
