/* lathe-bundle.c: what lies beside an export: labels, how an image is prepared, samples, and programs that use it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-bundle.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "base/lathe-json.h"
#include "lathe-bundle-private.h"
#include "lathe-model-file.h"
#include "lathe-program.h"

/* What each format needs to be used. */
typedef struct
{
  const char *format;
  const char *python;   /* how the Python program loads it; NULL: there is none */
  const char *packages; /* that it needs on top, as pip calls them */
  const char *reader;   /* what reads it then */
  gboolean cooled;      /* the temperature is in it already */
  gboolean viewed;      /* and the views of an image are */
  gboolean logits;      /* they come out, whatever ends the network */
  gboolean whole;       /* probabilities come out, whatever ends the network */
  gboolean beside;      /* a PyTorch program needs the model file */
} Row;

static const Row rows[] = {
    {.format = "onnx",
     .python = lathe_bundle_python_onnx,
     .packages = "onnxruntime",
     .reader = "onnxruntime",
     .cooled = TRUE,
     .viewed = TRUE,
     .whole = TRUE},
    {.format = "h5", .python = lathe_bundle_python_keras, .packages = "tensorflow", .reader = "keras", .cooled = TRUE},
    {.format = "keras",
     .python = lathe_bundle_python_keras,
     .packages = "tensorflow",
     .reader = "keras",
     .cooled = TRUE},
    {.format = "safetensors",
     .python = lathe_bundle_python_torch,
     .packages = "torch",
     .reader = "torch",
     .logits = TRUE},
    {.format = "pytorch-program",
     .python = lathe_bundle_python_torch,
     .packages = "torch",
     .reader = "torch",
     .logits = TRUE,
     .beside = TRUE},
    {.format = "tflite",
     .python = lathe_bundle_python_tflite,
     .packages = "ai-edge-litert",
     .reader = "tflite",
     .cooled = TRUE,
     .whole = TRUE},
    {.format = "c", .cooled = TRUE, .viewed = TRUE, .whole = TRUE},
};

static const Row *
find_row (const LatheExportFormat *format)
{
  static const Row unknown = {0};

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].format, format->name))
      return &rows[i];
  return &unknown;
}

/**
 * lathe_bundle_get_reader:
 *
 * Returns: (nullable): what a Python program uses the format with: “onnxruntime”; NULL: there is no such program
 */
const char *
lathe_bundle_get_reader (const LatheExportFormat *format)
{
  return find_row (format)->reader;
}

/* --- Text --- */

static const char *
nth_file (const GPtrArray *files, guint n)
{
  return ((const LatheExportFile *) files->pdata[n])->name;
}

static const char *
main_file (const GPtrArray *files)
{
  return nth_file (files, 0);
}

static char *
stem_of (const char *name)
{
  const char *dot = strrchr (name, '.');

  return dot != NULL && dot > name ? g_strndup (name, (gsize) (dot - name)) : g_strdup (name);
}

static void
replace_all (GString *text, const char *const *words)
{
  for (guint i = 0; words[i] != NULL; i += 2)
    g_string_replace (text, words[i], words[i + 1], 0);
}

/* What every program may ask for. */
static GBytes *
fill (GString *text, const GPtrArray *files)
{
  g_autofree char *stem = stem_of (main_file (files)), *model = lathe_program_identifier (stem, "model");
  g_autofree char *large = g_ascii_strup (model, -1);
  const char *const words[] = {"@file@", main_file (files), "@stem@", stem, "@model@", model, "@MODEL@", large, NULL};

  replace_all (text, words);
  return g_string_free_to_bytes (text);
}

/* --- How an image is prepared --- */

static void
add_floats (JsonBuilder *json, const char *name, const float *values, guint n)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *shortest = lathe_program_float (values[i]);

      json_builder_add_double_value (json, g_ascii_strtod (shortest, NULL));
    }
  json_builder_end_array (json);
}

static void
add_count (JsonBuilder *json, const char *name, guint n)
{
  json_builder_set_member_name (json, name);
  json_builder_add_int_value (json, n);
}

static void
add_text (JsonBuilder *json, const char *name, const char *text)
{
  json_builder_set_member_name (json, name);
  json_builder_add_string_value (json, text);
}

static void add_word (JsonBuilder *json, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
add_word (JsonBuilder *json, const char *format, ...)
{
  va_list arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  json_builder_add_string_value (json, text);
}

/* The same for people, in order. */
static void
add_words (JsonBuilder *json, const LathePreprocess *p, double temperature)
{
  static const char *const fits[][2] = {
      [LATHE_FIT_CROP] = {"It is scaled so that it covers", ", and its middle is cut out"},
      [LATHE_FIT_PAD] = {"It is scaled so that it fits into", ", in the middle, its mean colour around it"},
      [LATHE_FIT_STRETCH] = {"It is scaled to", ", out of shape where it has another"},
  };

  json_builder_set_member_name (json, "words");
  json_builder_begin_array (json);
  add_word (json, "The image's orientation tag is applied, and what is transparent is laid on white.");
  add_word (json, p->channels == 1 ? "It is made grey." : "It is made red, green and blue.");
  add_word (json, "%s %u×%u pixels%s.", fits[p->fit][0], p->width, p->height, fits[p->fit][1]);
  add_word (json,
            "Each byte of a channel becomes (byte / 255 - mean) / deviation; the order is height, width, channels.");
  if (p->views > 1)
    add_word (json, "%u looks at it are asked about%s; the logits are averaged.", p->views,
              p->views == LATHE_MIRRORED_VIEWS ? ", one of them mirrored"
                                               : ": it and its mirror image (a quarter each), and both of them a pixel "
                                                 "up and left, and down and right (an eighth each)");
  if (temperature != 1)
    add_word (json, "The logits are divided by the temperature before they become probabilities.");
  json_builder_end_array (json);
}

static const char *
output_of (const Row *row, const LatheExport *export)
{
  static const char *const reserved[] = {NULL};
  g_autoptr (LatheProgram) program = lathe_program_new (export, reserved, NULL, FALSE);

  return row->whole || (program->linked && !row->logits) ? "probabilities" : "logits";
}

static void
add_labels (JsonBuilder *json, char **labels)
{
  json_builder_set_member_name (json, "labels");
  json_builder_begin_array (json);
  for (char **label = labels; *label != NULL; label++)
    json_builder_add_string_value (json, *label);
  json_builder_end_array (json);
}

static void
take_json (GPtrArray *files, const char *name, JsonBuilder *json)
{
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  g_autofree char *text = lathe_json_write (root, TRUE);
  char *line = g_strconcat (text, "\n", NULL);

  lathe_export_files_add (files, name, g_bytes_new_take (line, strlen (line)));
}

/* What is left to do for who uses the export: bytes are as they are to one that normalises them itself. */
static LathePreprocess
what_is_left (const LatheExportFormat *format, const LatheExport *export)
{
  LathePreprocess p = export->model->preprocess;

  if (find_row (format)->viewed)
    p.views = 1;
  for (guint c = 0; format->bare && export->preprocesses && c < p.channels; c++)
    {
      p.mean[c] = 0;
      p.deviation[c] = 1.0f / 255;
    }
  return p;
}

/**
 * lathe_bundle_add_facts:
 * @files: (element-type LatheExportFile): the export
 *
 * Adds preprocessing.json: all that a program must know which uses the export.
 */
void
lathe_bundle_add_facts (GPtrArray *files, const LatheExportFormat *format, const LatheExport *export)
{
  LathePreprocess left = what_is_left (format, export), *p = &left;
  const Row *row = find_row (format);
  double temperature = row->cooled ? 1 : export->model->temperature;
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  add_count (json, "width", p->width);
  add_count (json, "height", p->height);
  add_count (json, "channels", p->channels);
  add_text (json, "fit", lathe_fit_names[p->fit]);
  add_floats (json, "mean", p->mean, p->channels);
  add_floats (json, "deviation", p->deviation, p->channels);
  add_count (json, "views", MAX (1, p->views));
  json_builder_set_member_name (json, "temperature");
  json_builder_add_double_value (json, temperature);
  add_text (json, "output", output_of (row, export));
  add_labels (json, export->model->labels);
  add_words (json, p, temperature);
  json_builder_end_object (json);
  take_json (files, "preprocessing.json", json);
}

/* A label a line; one that has lines of its own has them in preprocessing.json alone. */
static void
add_label_lines (GPtrArray *files, char **labels)
{
  GString *text = g_string_new (NULL);

  for (char **label = labels; *label != NULL; label++)
    {
      g_autofree char *line = g_strdelimit (g_strdup (*label), "\r\n", ' ');

      g_string_append_printf (text, "%s\n", line);
    }
  lathe_export_files_add (files, "labels.txt", g_string_free_to_bytes (text));
}

/* --- Programs --- */

/**
 * lathe_bundle_add_python:
 * @files: (element-type LatheExportFile): the export, and nothing else yet
 * @name: what it is called
 *
 * Adds a Python program that uses the export, which must have one, and the model file where it needs that, too.
 */
void
lathe_bundle_add_python (GPtrArray *files, const LatheExportFormat *format, const LatheModel *model, const char *name)
{
  const Row *row = find_row (format);
  g_autofree char *stem = stem_of (main_file (files)), *own = g_strconcat (stem, ".safetensors", NULL);
  g_autofree char *program = g_strdup (nth_file (files, row->beside ? 0 : files->len - 1));
  const char *const words[] = {
      "@packages@", row->packages, "@program@", program, "@tensors@", row->beside ? own : main_file (files), NULL};
  GString *text = g_string_new (lathe_bundle_python_begin);

  g_string_append (text, row->python);
  g_string_append (text, lathe_bundle_python_end);
  replace_all (text, words);
  lathe_export_files_add (files, name, fill (text, files));
  if (row->beside)
    lathe_export_files_add (files, own, lathe_model_to_bytes (model));
}

static void
add_c (GPtrArray *files, const LathePreprocess *p)
{
  gboolean beside = files->len > 2; /* source, header, and the weights */
  g_autofree char *size = g_strdup_printf ("%ux%u", p->width, p->height);
  const char *const words[] = {"@weights@", beside ? "static float weights[@MODEL@_WEIGHTS];\n" : "",
                               "@load@",    beside ? lathe_bundle_c_beside : "",
                               "@pnm@",     p->channels == 1 ? "pgm" : "ppm",
                               "@size@",    size,
                               NULL};
  GString *text = g_string_new (lathe_bundle_c);

  replace_all (text, words);
  lathe_export_files_add (files, "predict.c", fill (text, files));
}

/**
 * lathe_bundle_add:
 * @files: (element-type LatheExportFile): the export, the file that was asked for first
 *
 * Adds what lies beside it, but for the samples.
 */
void
lathe_bundle_add (GPtrArray *files, const LatheExportFormat *format, const LatheExport *export)
{
  const Row *row = find_row (format);

  if (g_str_equal (format->name, "c"))
    add_c (files, &export->model->preprocess);
  if (row->python != NULL)
    lathe_bundle_add_python (files, format, export->model, "predict.py");
  if (g_str_equal (format->name, "onnx"))
    lathe_export_files_add (files, "predict.mjs", fill (g_string_new (lathe_bundle_javascript), files));
  if (g_str_equal (format->name, "safetensors"))
    lathe_export_files_add (files, "predict.sh", fill (g_string_new (lathe_bundle_curl), files));
  lathe_bundle_add_facts (files, format, export);
  add_label_lines (files, export->model->labels);
}

/* --- Samples --- */

/* A binary PPM or PGM file, which a few lines of C read. */
static void
add_pnm (GPtrArray *files, const LathePreprocess *p, const guint8 *pixels, guint number)
{
  g_autofree char *name = g_strdup_printf ("sample-%u.%s", number, p->channels == 1 ? "pgm" : "ppm");
  GString *text = g_string_new (NULL);

  g_string_printf (text, "P%c\n%u %u\n255\n", p->channels == 1 ? '5' : '6', p->width, p->height);
  g_string_append_len (text, (const char *) pixels, (gssize) p->width * p->height * p->channels);
  lathe_export_files_add (files, name, g_string_free_to_bytes (text));
}

static void
add_sample (JsonBuilder *json, const LatheModel *model, const LatheBundleSample *sample, const char *file)
{
  json_builder_begin_object (json);
  add_text (json, "file", file);
  if (sample->label != NULL)
    add_text (json, "label", sample->label);
  add_floats (json, "probabilities", sample->probabilities, lathe_model_get_n_labels (model));
  json_builder_end_object (json);
}

/**
 * lathe_bundle_add_samples:
 *
 * Adds samples.json, with the probabilities that each sample must get; and, for a program in C, the samples themselves
 * as it reads them. For all others they are sample-1.png and so on, which the caller adds.
 */
void
lathe_bundle_add_samples (GPtrArray *files, const LatheExportFormat *format, const LatheModel *model,
                          const LatheBundleSample *samples, guint n_samples)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  add_labels (json, model->labels);
  json_builder_set_member_name (json, "samples");
  json_builder_begin_array (json);
  for (guint i = 0; i < n_samples; i++)
    {
      g_autofree char *file = g_strdup_printf ("sample-%u.png", i + 1);

      add_sample (json, model, &samples[i], file);
      if (g_str_equal (format->name, "c"))
        add_pnm (files, &model->preprocess, samples[i].pixels, i + 1);
    }
  json_builder_end_array (json);
  json_builder_end_object (json);
  take_json (files, "samples.json", json);
}
