/* lathe-proof-readers.c: those that read an export, to prove it: this program itself, a C compiler, and a Python.
 *
 * Another program runs in the folder of the export, with the images in a file there. It leaves its answers in another
 * file, as single precision, and the seconds that they took in a third.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/lathe-error.h"
#include "formats/lathe-bundle.h"
#include "formats/lathe-import.h"
#include "formats/lathe-program.h"
#include "lathe-predictor.h"
#include "lathe-proof-private.h"

static const char c_probe[] =
    "#include <stdio.h>\n"
    "#include <time.h>\n"
    "#include \"@model@.h\"\n"
    "#ifdef @MODEL@_WEIGHTS\n"
    "static float weights[@MODEL@_WEIGHTS];\n"
    "#endif\n"
    "static unsigned char pixels[@MODEL@_INPUT];\n"
    "static float input[@MODEL@_INPUT], workspace[@MODEL@_WORKSPACE], probabilities[@MODEL@_LABELS];\n"
    "int main(void)\n"
    "{\n"
    "    double seconds = 0;\n"
    "    FILE *images = fopen(\"" LATHE_PROOF_IMAGES "\", \"rb\"), *answers = fopen(\"" LATHE_PROOF_ANSWERS
    "\", \"wb\");\n"
    "    FILE *took = fopen(\"" LATHE_PROOF_SECONDS "\", \"w\");\n"
    "#ifdef @MODEL@_WEIGHTS\n"
    "    FILE *file = fopen(\"@model@.weights.bin\", \"rb\");\n"
    "    if (file == NULL || fread(weights, sizeof weights, 1, file) != 1)\n"
    "        return 1;\n"
    "    if (@model@_use_weights(weights, sizeof weights) != 0)\n"
    "        return 1;\n"
    "#endif\n"
    "    if (images == NULL || answers == NULL || took == NULL)\n"
    "        return 1;\n"
    "    while (fread(pixels, sizeof pixels, 1, images) == 1) {\n"
    "        clock_t begin = clock();\n"
    "        @model@_preprocess(pixels, input);\n"
    "        @model@_predict(input, workspace, probabilities);\n"
    "        seconds += (double)(clock() - begin) / CLOCKS_PER_SEC;\n"
    "        fwrite(probabilities, sizeof probabilities, 1, answers);\n"
    "    }\n"
    "    fprintf(took, \"%.9f\\n\", seconds);\n"
    "    return fclose(answers) != 0 || fclose(took) != 0;\n"
    "}\n";

static const char python_probe[] =
    "import importlib.util\n"
    "import time\n"
    "import numpy as np\n"
    "spec = importlib.util.spec_from_file_location(\"program\", \"" LATHE_PROOF_PYTHON "\")\n"
    "program = importlib.util.module_from_spec(spec)\n"
    "spec.loader.exec_module(program)\n"
    "size = program.HEIGHT, program.WIDTH, program.CHANNELS\n"
    "images = np.fromfile(\"" LATHE_PROOF_IMAGES "\", np.uint8).reshape(-1, *size)\n"
    "ask = program.load()\n"
    "program.probabilities(ask, images[0])\n"
    "begin = time.perf_counter()\n"
    "answers = [program.probabilities(ask, image) for image in images]\n"
    "seconds = time.perf_counter() - begin\n"
    "np.array(answers, np.float32).tofile(\"" LATHE_PROOF_ANSWERS "\")\n"
    "open(\"" LATHE_PROOF_SECONDS "\", \"w\").write(f\"{seconds:.9f}\\n\")\n";

/* --- Other programs --- */

static gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_propagate_error (error, g_error_new_valist (LATHE_ERROR, LATHE_ERROR_DATA, format, arguments));
  va_end (arguments);
  return FALSE;
}

/* The last line that says something. */
static char *
last_line (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);
  guint n = g_strv_length (lines);

  while (n > 0 && *g_strstrip (lines[n - 1]) == '\0')
    n--;
  return n > 0 ? g_utf8_make_valid (lines[n - 1], -1) : g_strdup (_ ("it does not say why"));
}

/* Runs a program in the folder, and waits for it. */
static gboolean
run (const LatheProofCase *c, const char *const *words, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GSubprocess) process = NULL;
  g_autofree char *said = NULL, *line = NULL;
  g_autoptr (GBytes) bytes = NULL;

  g_subprocess_launcher_set_cwd (launcher, c->folder);
  g_subprocess_launcher_setenv (launcher, "TF_CPP_MIN_LOG_LEVEL", "3", FALSE);
  g_subprocess_launcher_setenv (launcher, "CUDA_VISIBLE_DEVICES", "", FALSE);
  process = g_subprocess_launcher_spawnv (launcher, words, error);
  if (process == NULL)
    return FALSE;
  if (!g_subprocess_communicate (process, NULL, c->cancellable, NULL, &bytes, error))
    {
      g_subprocess_force_exit (process);
      return FALSE;
    }
  if (g_subprocess_get_successful (process))
    return TRUE;
  said = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  line = last_line (said);
  return refuse (error, _ ("%s failed: %s"), words[0], line);
}

static gboolean
write_text (const LatheProofCase *c, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (c->folder, name, NULL);

  return g_file_set_contents (path, text, -1, error);
}

static gboolean
write_images (const LatheProofCase *c, GError **error)
{
  g_autofree char *path = g_build_filename (c->folder, LATHE_PROOF_IMAGES, NULL);

  return g_file_set_contents (path, (const char *) c->pixels, (gssize) (c->n_images * c->image_size), error);
}

/* What another program has left. */
static gboolean
read_answers (const LatheProofCase *c, float *answers, double *milliseconds, GError **error)
{
  g_autofree char *path = g_build_filename (c->folder, LATHE_PROOF_ANSWERS, NULL), *bytes = NULL;
  g_autofree char *time_path = g_build_filename (c->folder, LATHE_PROOF_SECONDS, NULL), *seconds = NULL;
  gsize size, wanted = (gsize) c->n_images * c->n_labels * sizeof (float);

  if (!g_file_get_contents (path, &bytes, &size, error) || !g_file_get_contents (time_path, &seconds, NULL, error))
    return FALSE;
  if (size != wanted)
    return refuse (error, _ ("it gave %zu bytes of answers where %u images with %u labels have %zu"), size, c->n_images,
                   c->n_labels, wanted);
  memcpy (answers, bytes, size);
  *milliseconds = g_ascii_strtod (seconds, NULL) * 1000 / c->n_images;
  return TRUE;
}

/* --- This program itself --- */

static LatheModel *
load (const LatheExportFormat *format, const char *path, GError **error)
{
  return format->read != NULL ? format->read (path, error)
                              : lathe_import_format_find (format->name)->load (path, NULL, error);
}

/* What a bare network leaves to who uses it. */
static void
complete (LatheModel *model, const LatheProofCase *c)
{
  const LathePreprocess *p = &c->export->model->preprocess;

  if (!c->format->bare)
    return;
  if (!c->export->preprocesses)
    {
      memcpy (model->preprocess.mean, p->mean, sizeof p->mean);
      memcpy (model->preprocess.deviation, p->deviation, sizeof p->deviation);
    }
  model->preprocess.views = p->views;
}

static gboolean
can_read (const LatheProofCase *c)
{
  return c->format->read != NULL || lathe_import_format_find (c->format->name) != NULL;
}

static gboolean
ask_model (const LatheProofCase *c, LatheModel *model, float *answers, double *milliseconds, GError **error)
{
  g_autoptr (LathePredictor) predictor = NULL;

  if (lathe_model_get_n_labels (model) != c->n_labels)
    return refuse (error, _ ("it has %u labels where the model has %u"), lathe_model_get_n_labels (model), c->n_labels);
  predictor = lathe_predictor_new (model, c->n_threads, error);
  if (predictor == NULL)
    return FALSE;
  *milliseconds = 0;
  for (guint i = 0; i < c->n_images; i++)
    {
      LathePrediction *prediction = NULL;

      if (g_cancellable_set_error_if_cancelled (c->cancellable, error))
        return FALSE;
      prediction = lathe_predictor_bytes (predictor, c->pixels + i * c->image_size);
      memcpy (answers + (gsize) i * c->n_labels, prediction->probability, c->n_labels * sizeof (float));
      *milliseconds += prediction->milliseconds / c->n_images;
      lathe_prediction_free (prediction);
    }
  return TRUE;
}

/* The images are as large as the model wants them: an export of another size answers nothing. */
static gboolean
read_back (const LatheProofCase *c, float *answers, double *milliseconds, GError **error)
{
  g_autofree char *path = g_build_filename (c->folder, c->file, NULL);
  g_autoptr (LatheModel) model = load (c->format, path, error);
  const LathePreprocess *p;

  if (model == NULL)
    return FALSE;
  complete (model, c);
  p = &model->preprocess;
  if ((gsize) p->width * p->height * p->channels != c->image_size)
    return refuse (error, _ ("it takes images of %u×%u×%u"), p->height, p->width, p->channels);
  return ask_model (c, model, answers, milliseconds, error);
}

/* --- A C compiler --- */

static gboolean
can_compile (const LatheProofCase *c)
{
  g_autofree char *compiler = g_find_program_in_path ("cc");

  return g_str_equal (c->format->name, "c") && compiler != NULL;
}

static gboolean
compile (const LatheProofCase *c, float *answers, double *milliseconds, GError **error)
{
  g_autofree char *stem = g_strndup (c->file, strlen (c->file) - (g_str_has_suffix (c->file, ".c") ? 2 : 0));
  g_autofree char *name = lathe_program_identifier (stem, "model"), *large = g_ascii_strup (name, -1);
  g_autofree char *source = g_strconcat ("./", c->file, NULL);
  const char *const words[] = {"cc", "-std=c99", "-O2",  "-o",  "lathe-probe", "lathe-probe.c",
                               "-x", "c",        source, "-lm", NULL};
  GString *text = g_string_new (c_probe);
  gboolean ok;

  g_string_replace (text, "@model@", name, 0);
  g_string_replace (text, "@MODEL@", large, 0);
  ok = write_text (c, "lathe-probe.c", text->str, error) && write_images (c, error) && run (c, words, error) &&
       run (c, (const char *const[]){"./lathe-probe", NULL}, error) && read_answers (c, answers, milliseconds, error);
  g_string_free (text, TRUE);
  return ok;
}

/* --- A Python --- */

static gboolean
can_run (const LatheProofCase *c)
{
  return c->python != NULL && lathe_bundle_get_reader (c->format) != NULL;
}

/* The program is the very one that a bundle has. */
static gboolean
run_python (const LatheProofCase *c, float *answers, double *milliseconds, GError **error)
{
  g_autoptr (GPtrArray) files = lathe_export_files_new ();
  const char *const words[] = {c->python, "-I", "lathe_probe.py", NULL};

  for (guint i = 0; i < c->files->len; i++)
    {
      const LatheExportFile *file = c->files->pdata[i];

      lathe_export_files_add (files, file->name, g_bytes_ref (file->bytes));
    }
  lathe_bundle_add_python (files, c->format, c->export->model, LATHE_PROOF_PYTHON);
  lathe_bundle_add_facts (files, c->format, c->export);
  g_ptr_array_remove_range (files, 0, c->files->len); /* they are there: the others only had to know their names */
  return lathe_export_put (files, c->folder, error) && write_text (c, "lathe_probe.py", python_probe, error) &&
         write_images (c, error) && run (c, words, error) && read_answers (c, answers, milliseconds, error);
}

const LatheProofReader lathe_proof_readers[LATHE_PROOF_N_READERS] = {
    {"lathe", TRUE, can_read, read_back},
    {"cc", FALSE, can_compile, compile},
    {NULL, FALSE, can_run, run_python},
};
