/* test-apart.c: models of Keras's are read by a helper without privileges, and no file takes more with it than that.
 *
 * With two arguments it is a program that opens one file, to be interrupted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataset/lathe-decoder.h"
#include "formats/lathe-import-apart.h"
#include "formats/lathe-import-keras.h"
#include "images.h"
#include "mutate.h"
#include "watched.h"

#define SECONDS 60

static const char *self;

/* A file that is open, and how large it is. */
static LatheSpan
open_file (const char *path)
{
  LatheSpan file = {.fd = open (path, O_RDONLY | O_CLOEXEC)};
  struct stat facts;

  g_assert_cmpint (file.fd, >=, 0);
  g_assert_cmpint (fstat (file.fd, &facts), ==, 0);
  file.size = (guint64) facts.st_size;
  return file;
}

static const LatheImportFormat *
format_of (const char *path)
{
  return g_str_has_suffix (path, ".keras") ? &lathe_import_keras : &lathe_import_h5;
}

static LatheModel *
read_by (const char *program, guint seconds, const char *path, LatheImportNotes *notes, GError **error)
{
  LatheSpan file = open_file (path);
  LatheModel *model = lathe_import_apart (format_of (path), program, seconds, file.fd, file.size, notes, error);

  close (file.fd);
  return model;
}

static LatheModel *
read_here (const char *path, LatheImportNotes *notes, GError **error)
{
  LatheSpan file = open_file (path);
  LatheModel *model = format_of (path)->read (&file, notes, error);

  close (file.fd);
  return model;
}

static void
begin_notes (LatheImportNotes *notes)
{
  *notes = (LatheImportNotes){.problems = g_ptr_array_new_with_free_func (g_free)};
}

/* --- The same comes of it --- */

static void
assert_same_model (const LatheModel *here, const LatheModel *there)
{
  g_autofree char *weights = lathe_model_weights_sha256 (there), *expected = lathe_model_weights_sha256 (here);

  g_assert_cmpstr (weights, ==, expected);
  g_assert_true (lathe_graph_equal (there->graph, here->graph));
  g_assert_true (g_strv_equal ((const char *const *) there->labels, (const char *const *) here->labels));
  g_assert_cmpfloat (there->temperature, ==, here->temperature);
  for (guint i = 0; i < here->preprocess.channels; i++)
    {
      g_assert_cmpfloat (there->preprocess.mean[i], ==, here->preprocess.mean[i]);
      g_assert_cmpfloat (there->preprocess.deviation[i], ==, here->preprocess.deviation[i]);
    }
}

/* Returns: whether it is a model */
static gboolean
assert_same_outcome (const char *path)
{
  g_auto (LatheImportNotes) of_here, of_there;
  g_autoptr (GError) error = NULL, expected = NULL;
  g_autoptr (LatheModel) here = NULL, there = NULL;

  begin_notes (&of_here);
  begin_notes (&of_there);
  here = read_here (path, &of_here, &expected);
  there = read_by (LATHE_DECODER_BUILD, SECONDS, path, &of_there, &error);
  g_assert_cmpint (here != NULL, ==, there != NULL);
  g_assert_cmpint (of_here.unnamed && here != NULL, ==, of_there.unnamed);
  g_assert_cmpint (of_here.unprepared && here != NULL, ==, of_there.unprepared);
  g_assert_cmpuint (of_here.problems->len, ==, of_there.problems->len);
  for (guint i = 0; i < of_here.problems->len; i++)
    g_assert_cmpstr (of_there.problems->pdata[i], ==, of_here.problems->pdata[i]);
  if (here != NULL)
    assert_same_model (here, there);
  else
    {
      g_test_message ("%s", error->message);
      g_assert_error (error, expected->domain, expected->code);
      g_assert_cmpstr (error->message, ==, expected->message);
    }
  return here != NULL;
}

static char *
keras_sample (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "fixtures", "keras", name, NULL);
}

static void
test_the_same_model_comes_back (void)
{
  g_autofree char *folder = keras_sample ("");
  g_autoptr (GDir) samples = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (samples)) != NULL)
    {
      g_autofree char *path = keras_sample (name);

      g_assert_true (assert_same_outcome (path));
    }
}

/* A sample with other bytes in one place, or a part of it. */
static void
put_damaged (Fixture *fixture, const char *sample, const char *from, const char *to, double share)
{
  g_autofree char *path = keras_sample (sample), *text = NULL;
  gsize n, length = strlen (from);

  g_assert_true (g_file_get_contents (path, &text, &n, NULL));
  for (gsize i = 0; length > 0 && i + length <= n; i++)
    if (memcmp (text + i, from, length) == 0)
      memcpy (text + i, to, length);
  put_bytes (fixture, sample, text, (gsize) ((double) n * share));
}

static void
test_refusals_are_the_same (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *sample, *from, *to;
    double share;
  } damaged[] = {
      {"conv2d-depthwise.h5", "DepthwiseConv2D", "DepthwiseConv9D", 1},
      {"add-image.keras", "\"Add\"", "\"Odd\"", 1},
      {"add-image.h5", "model_config", "medel_config", 1},
      {"batch-norm-image.h5", "", "", 0.5},
      /* Numbers in lists in lists, where there should be a number a channel. */
      {"add-image.h5",
       "\"Conv2D\",\"config\":{\"kernel_size\":[1,1],\"filters\":4,\"groups\":1,"
       "\"use_bias\":true,\"strides\":[1,1],\"dilation_rate\":[1,1],",
       "\"Rescaling\",\"config\":{\"scale\":[1,1,[1,1,[1,1,[1,1,[1,1,[1,1,"
       "[1,1,[1,1,[1,1,1]]]]]]]]],                              ",
       1},
      {"conv2d-depthwise.keras", "", "", 0.9},
  };

  for (guint i = 0; i < G_N_ELEMENTS (damaged); i++)
    {
      g_autofree char *path = place (fixture, damaged[i].sample);

      put_damaged (fixture, damaged[i].sample, damaged[i].from, damaged[i].to, damaged[i].share);
      g_assert_false (assert_same_outcome (path));
    }
}

/* What should be a text is one of no bytes, as its type says. */
static void
test_a_description_of_no_bytes_is_refused (Fixture *fixture, gconstpointer data)
{
  static const char name[16] = "model_config"; /* padded, and behind it the type: see lathe-hdf5-write.c */
  static const guint8 nothing[8] = {0x13};
  g_autofree char *sample = keras_sample ("add-image.h5"), *path = place (fixture, "empty.h5"), *bytes = NULL;
  guint n_found = 0;
  gsize n;

  g_assert_true (g_file_get_contents (sample, &bytes, &n, NULL));
  for (gsize i = 0; i + sizeof name + sizeof nothing <= n; i++)
    if (memcmp (bytes + i, name, sizeof name) == 0)
      {
        memcpy (bytes + i + sizeof name, nothing, sizeof nothing);
        n_found++;
      }
  g_assert_cmpuint (n_found, ==, 1);
  put_bytes (fixture, "empty.h5", bytes, n);
  g_assert_false (assert_same_outcome (path));
}

/* --- No other way in --- */

static void
test_without_the_program_nothing_is_read (void)
{
  const char *const programs[] = {"", "/nowhere/lathe-decoder", "/bin/true"};
  const char *const samples[] = {"add-image.h5", "add-image.keras"};

  for (guint i = 0; i < G_N_ELEMENTS (programs) * G_N_ELEMENTS (samples); i++)
    {
      g_autofree char *path = keras_sample (samples[i % 2]);
      g_autoptr (GError) error = NULL;

      g_setenv ("LATHE_DECODER", programs[i / 2], TRUE);
      g_assert_null (lathe_model_open (path, NULL, &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_IO);
      g_assert_nonnull (strstr (error->message, path));
      g_assert_nonnull (strstr (error->message, i / 2 == 0 ? "lathe-decoder" : programs[i / 2]));
    }
  g_unsetenv ("LATHE_DECODER");
}

/* --- Helpers that die, and such as lie --- */

/* A file that tells the stand-in what to do; what is behind the word it leaves in the memory. */
static LatheModel *
order (Fixture *fixture, const char *word, const void *bytes, gsize n, LatheImportNotes *notes, GError **error)
{
  g_autofree char *path = place (fixture, "order.h5");
  g_autofree char *program = g_test_build_filename (G_TEST_BUILT, "stand-in-decoder", NULL);
  g_autoptr (GByteArray) file = g_byte_array_new ();

  g_byte_array_append (file, (const guint8 *) word, 5);
  g_byte_array_append (file, bytes, (guint) n);
  put_bytes (fixture, "order.h5", file->data, file->len);
  return read_by (program, 2, path, notes, error);
}

static void
assert_refused (Fixture *fixture, const char *word, const void *bytes, gsize n, const char *reason)
{
  g_auto (LatheImportNotes) notes;
  g_autoptr (GError) error = NULL;

  begin_notes (&notes);
  g_assert_null (order (fixture, word, bytes, n, &notes, &error));
  g_test_message ("%s: %s", word, error->message);
  g_assert_true (error->domain == LATHE_ERROR);
  g_assert_nonnull (strstr (error->message, reason));
  g_assert_cmpuint (notes.problems->len, ==, 0);
}

static void
test_a_file_that_kills_its_reader_is_refused (Fixture *fixture, gconstpointer data)
{
  assert_refused (fixture, "crash", "x", 2, "has ended too early (Segmentation fault)");
  assert_refused (fixture, "leave", "x", 2, "has ended too early (exit status 3)");
  assert_refused (fixture, "sleep", "x", 2, "longer than 2 seconds");
  assert_refused (fixture, "short", "x", 2, "has ended too early");
}

static void
test_a_helper_that_lies_is_found_out (Fixture *fixture, gconstpointer data)
{
  const char senseless[] = "an answer that makes no sense";

  assert_refused (fixture, "empty", "x", 2, senseless);
  assert_refused (fixture, "brags", "x", 2, senseless);
  assert_refused (fixture, "boast", "x", 2, senseless);
  assert_refused (fixture, "wrong", "x", 2, senseless);
  assert_refused (fixture, "texts", "no end", 6, senseless);
  assert_refused (fixture, "texts", "", 1, senseless);
  assert_refused (fixture, "model", "x", 2, "it ends too early");
  assert_refused (fixture, "model", "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10, "not a safetensors file");
}

/* What it says is one line of UTF-8, whatever it is. */
static void
test_texts_of_a_helper_are_cleaned (Fixture *fixture, gconstpointer data)
{
  static const char texts[] = "one\ntwo\033\xff\0a problem\0another\xff\n";
  g_auto (LatheImportNotes) notes;
  g_autoptr (GError) error = NULL;

  begin_notes (&notes);
  g_assert_null (order (fixture, "texts", texts, sizeof texts, &notes, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT);
  g_assert_true (g_str_has_prefix (error->message, "one two "));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_cmpuint (notes.problems->len, ==, 2);
  g_assert_cmpstr (notes.problems->pdata[0], ==, "a problem");
  g_assert_true (g_str_has_prefix (notes.problems->pdata[1], "another"));
  g_assert_true (g_utf8_validate (notes.problems->pdata[1], -1, NULL));
  g_assert_null (strpbrk (notes.problems->pdata[1], "\n\033"));
}

/* No more of them than a file has layers, however many it says there are. */
static void
test_texts_of_a_helper_are_counted (Fixture *fixture, gconstpointer data)
{
  gsize n = 1 << 20;
  g_autofree char *texts = g_malloc0 (n);
  g_auto (LatheImportNotes) notes;
  g_autoptr (GError) error = NULL;

  begin_notes (&notes);
  texts[0] = 'x';
  g_assert_null (order (fixture, "texts", texts, n, &notes, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT);
  g_assert_cmpuint (notes.problems->len, <, 65536);
}

/* A model that a helper hands over is read as one from anywhere; and nobody may write to it meanwhile. */
static void
test_a_model_that_others_can_change_is_not_read (Fixture *fixture, gconstpointer data)
{
  g_autofree char *sample = keras_sample ("add-image.h5");
  g_autoptr (LatheModel) here = read_here (sample, NULL, NULL), there = NULL;
  g_autoptr (GBytes) file = lathe_model_to_bytes (here);
  g_auto (LatheImportNotes) notes;
  g_autoptr (GError) error = NULL;
  gsize n;
  const guint8 *bytes = g_bytes_get_data (file, &n);
  g_autofree guint8 *damaged = g_memdup2 (bytes, n);

  begin_notes (&notes);
  there = order (fixture, "model", bytes, n, &notes, &error);
  g_assert_no_error (error);
  assert_same_model (here, there);
  g_assert_true (notes.unnamed);
  damaged[n - 1] ^= 1;
  assert_refused (fixture, "model", damaged, n, "damaged");
  assert_refused (fixture, "other", bytes, n, "an answer that makes no sense");
}

/* --- From outside --- */

/* A model of 50 MB, which takes a helper some tenths of a second. (transfer full) */
static char *
put_large (Fixture *fixture)
{
  static const char network[] = "{\"nodes\":[{\"name\":\"input\",\"kind\":\"input\",\"width\":64,\"height\":64,"
                                "\"channels\":3},{\"name\":\"dense\",\"kind\":\"dense\",\"units\":1024,"
                                "\"inputs\":[\"flat\"]},{\"name\":\"flat\",\"kind\":\"flatten\","
                                "\"inputs\":[\"input\"]}]}";
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheGraph) graph = lathe_graph_from_json (network, -1, &error);
  g_autoptr (LatheModel) model = NULL;
  char *path = place (fixture, "large.h5");
  LatheHyperparameters usual;
  LatheExport export = {.graph = graph};

  g_assert_no_error (error);
  model = lathe_import_untrained (graph, 1, &error);
  g_assert_no_error (error);
  lathe_hyperparameters_defaults (&usual);
  export.model = model;
  export.training = lathe_export_training (&usual);
  lathe_export_write (lathe_export_format_find ("h5"), &export, path, &error);
  g_assert_no_error (error);
  return path;
}

static gboolean
is_locked_in (pid_t pid)
{
  g_autofree char *privileges = status_of (pid, "NoNewPrivs"), *filter = status_of (pid, "Seccomp");

  return g_strcmp0 (privileges, "1") == 0 && g_strcmp0 (filter, "2") == 0;
}

/* The helper of a process that reads, which stands still from now on. */
static pid_t
catch_helper (pid_t parent)
{
  gint64 deadline = g_get_monotonic_time () + SECONDS * G_USEC_PER_SEC;

  while (g_get_monotonic_time () < deadline)
    {
      g_autoptr (GArray) pids = helpers_of (parent);
      pid_t pid = pids->len > 0 ? g_array_index (pids, int, 0) : 0;

      if (pid > 0 && is_locked_in (pid) && kill (pid, SIGSTOP) == 0 && is_alive (pid))
        return pid;
      g_usleep (1000);
    }
  g_assert_not_reached ();
}

static gboolean
calls_can_be_filtered (void)
{
#ifdef LATHE_INSTRUMENTED
  return FALSE;
#else
  g_autofree char *safety = NULL;

  lathe_decoder_use (LATHE_DECODER_BUILD, SECONDS);
  safety = lathe_decode_describe_safety ();
  lathe_decoder_use (NULL, SECONDS); /* so that no other helper is about */
  return strstr (safety, "without privileges") != NULL;
#endif
}

static void
assert_status (pid_t pid, const char *name, const char *expected)
{
  g_autofree char *value = status_of (pid, name);

  g_assert_cmpstr (value, ==, expected);
}

/* No more than so many bytes of addresses, no files, no other processes. */
static void
assert_limits (pid_t pid, guint64 most)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/limits", (int) pid);
  g_autofree char *text = NULL, *limit = NULL;
  const char *addresses;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return; /* of a process that no one may look at, but for root */
  addresses = strstr (text, "Max address space");
  g_assert_nonnull (addresses);
  limit = g_strndup (addresses + 25, 21);
  g_assert_cmpuint (g_ascii_strtoull (limit, NULL, 10), >, 0);
  g_assert_cmpuint (g_ascii_strtoull (limit, NULL, 10), <=, most);
  g_assert_nonnull (strstr (text, "Max file size             0"));
  g_assert_nonnull (strstr (text, "Max open files            0"));
  g_assert_nonnull (strstr (text, "Max processes             0"));
}

typedef struct
{
  const char *path;
  LatheModel *model;
  GError *error;
} Reading;

static gpointer
read_on (gpointer data)
{
  Reading *reading = data;

  reading->model = lathe_model_open (reading->path, NULL, &reading->error);
  return NULL;
}

static void
test_a_helper_has_no_privileges_and_its_death_is_an_error (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = put_large (fixture);
  Reading reading = {.path = path};
  GThread *thread;
  struct stat facts;
  pid_t pid;

  if (!calls_can_be_filtered ())
    {
      g_test_skip ("no helper's calls are filtered here");
      return;
    }
  g_assert_cmpint (stat (path, &facts), ==, 0);
  thread = g_thread_new ("reads", read_on, &reading);
  pid = catch_helper (getpid ());
  assert_status (pid, "CapEff", "0000000000000000");
  assert_status (pid, "CapPrm", "0000000000000000");
  if (geteuid () == 0)
    assert_status (pid, "Uid", "65534\t65534\t65534\t65534");
  assert_limits (pid, ((guint64) 1 << 30) + 3 * LATHE_APART_ROOM (facts.st_size));
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  g_thread_join (thread);
  g_assert_null (reading.model);
  g_test_message ("%s", reading.error->message);
  g_assert_error (reading.error, LATHE_ERROR, LATHE_ERROR_FORMAT);
  g_assert_nonnull (strstr (reading.error->message, path));
  g_assert_nonnull (strstr (reading.error->message, "has ended too early (Killed)"));
  g_clear_error (&reading.error);
  read_on (&reading);
  g_assert_no_error (reading.error);
  lathe_model_unref (reading.model);
}

/* Ctrl+C, as it comes to a program that has no other plans for it. */
static void
test_no_helper_outlives_an_interrupted_parent (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = put_large (fixture);
  const char *const arguments[] = {self, "read", path, NULL};
  pid_t pid;
  GPid child;

  if (!calls_can_be_filtered ())
    {
      g_test_skip ("no helper's calls are filtered here");
      return;
    }
  g_assert_true (g_spawn_async (NULL, (char **) arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &child, NULL));
  pid = catch_helper (child);
  kill (child, SIGINT);
  waitpid (child, NULL, 0);
  kill (pid, SIGCONT);
  g_assert_true (wait_until_gone (pid));
}

/* A refusal leaves nothing behind: neither memory, nor files, nor processes. */
static void
test_refusals_cost_nothing (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = place (fixture, "batch-norm-image.h5");
  int before, after;
  gint64 grown = 0;

  put_damaged (fixture, "batch-norm-image.h5", "", "", 0.5);
  for (guint i = 0; i < 12; i++)
    {
      g_autoptr (GError) error = NULL;

      if (i == 2)
        grown = resident_bytes ();
      g_assert_null (lathe_model_open (path, NULL, &error));
    }
  g_assert_cmpint (resident_bytes () - grown, <, 2 << 20);
  before = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  close (before);
  g_assert_null (lathe_model_open (path, NULL, NULL));
  after = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  close (after);
  g_assert_cmpint (after, ==, before);
  g_assert_cmpint (waitpid (-1, NULL, WNOHANG), ==, -1);
  g_assert_cmpint (errno, ==, ECHILD);
}

int
main (int argc, char **argv)
{
  self = argv[0];
  if (argc == 3 && g_str_equal (argv[1], "read"))
    {
      g_autoptr (LatheModel) model = lathe_model_open (argv[2], NULL, NULL);

      return model == NULL;
    }
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/apart/the-same-model-comes-back", test_the_same_model_comes_back);
  ADD ("/apart/refusals-are-the-same", test_refusals_are_the_same);
  ADD ("/apart/a-description-of-no-bytes-is-refused", test_a_description_of_no_bytes_is_refused);
  ADD ("/apart/refusals-cost-nothing", test_refusals_cost_nothing);
  g_test_add_func ("/apart/nothing-without-the-program", test_without_the_program_nothing_is_read);
  ADD ("/apart/a-file-that-kills-its-reader-is-refused", test_a_file_that_kills_its_reader_is_refused);
  ADD ("/apart/a-helper-that-lies-is-found-out", test_a_helper_that_lies_is_found_out);
  ADD ("/apart/texts-are-cleaned", test_texts_of_a_helper_are_cleaned);
  ADD ("/apart/texts-are-counted", test_texts_of_a_helper_are_counted);
  ADD ("/apart/a-model-that-others-can-change-is-not-read", test_a_model_that_others_can_change_is_not_read);
  ADD ("/apart/a-helper-has-no-privileges", test_a_helper_has_no_privileges_and_its_death_is_an_error);
  ADD ("/apart/no-helper-outlives-its-parent", test_no_helper_outlives_an_interrupted_parent);
  return g_test_run ();
}
