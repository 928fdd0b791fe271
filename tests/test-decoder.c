/* test-decoder.c: pictures are decoded by helpers without privileges, and no picture takes more with it than itself.
 *
 * With two arguments it is a program that decodes one picture over and over, to be killed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _GNU_SOURCE /* prlimit() */
#include <errno.h>
#include <glib/gstdio.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataset/lathe-decoder.h"
#include "images.h"
#include "watched.h"

#define SIDE 8u
#define PICTURE (SIDE * SIDE * 3)

static const char *self;

static void
use_helpers (void)
{
  lathe_decoder_use (LATHE_DECODER_BUILD, 60);
  g_assert_true (lathe_decoder_is_used ());
}

/* --- The same bits --- */

static void
assert_same_bits (const char *path, guint width, guint height, guint channels, LatheFit fit)
{
  LathePreprocess preprocess = plain (width, height, channels);
  gsize size = (gsize) width * height * channels;
  preprocess.fit = fit;
  g_autofree guint8 *here = g_malloc (size), *there = g_malloc (size);

  lathe_decoder_use (NULL, 60);
  g_assert_true (lathe_decode_file (path, &preprocess, here, NULL));
  use_helpers ();
  g_assert_true (lathe_decode_file (path, &preprocess, there, NULL));
  g_assert_cmpmem (here, size, there, size);
}

static void
assert_same_preview (const char *path, guint limit)
{
  lathe_decoder_use (NULL, 60);
  g_autoptr (GdkPixbuf) here = lathe_decode_preview (path, limit, NULL);
  use_helpers ();
  g_autoptr (GdkPixbuf) there = lathe_decode_preview (path, limit, NULL);
  g_autoptr (GBytes) expected = gdk_pixbuf_read_pixel_bytes (here);
  g_autoptr (GBytes) bytes = gdk_pixbuf_read_pixel_bytes (there);

  g_assert_cmpint (gdk_pixbuf_get_width (here), ==, gdk_pixbuf_get_width (there));
  g_assert_cmpint (gdk_pixbuf_get_height (here), ==, gdk_pixbuf_get_height (there));
  g_assert_true (g_bytes_equal (expected, bytes));
}

static void
test_helpers_give_the_same_bits (void)
{
  g_autofree char *folder = sample_path ("");
  g_autoptr (GDir) samples = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (samples)) != NULL)
    {
      g_autofree char *path = sample_path (name);
      for (LatheFit fit = LATHE_FIT_CROP; fit <= LATHE_FIT_STRETCH; fit++)
        {
          assert_same_bits (path, 16, 16, 3, fit);
          assert_same_bits (path, 40, 24, 1, fit);
        }
      assert_same_preview (path, 0);
      assert_same_preview (path, 9);
    }
}

/* Over the limit from which on decoders take turns, and above what is kept in the room. */
static void
test_large_pictures_take_turns (Fixture *fixture, gconstpointer data)
{
  put_image (fixture, "large.png", 5000, 4000, 0x336699, "png");
  g_autofree char *path = place (fixture, "large.png");

  assert_same_bits (path, 32, 32, 3, LATHE_FIT_CROP);
  assert_same_preview (path, 0);
}

static void
test_refusals_are_the_same (Fixture *fixture, gconstpointer data)
{
  LathePreprocess preprocess = plain (SIDE, SIDE, 3);
  guint8 bytes[PICTURE];
  g_autofree char *text = place (fixture, "text.png"), *cut = place (fixture, "cut.png"),
                  *gif = place (fixture, "a.gif");
  const char *const paths[] = {text, cut, gif, "/nowhere/at-all.png", fixture->folder};

  put_text (fixture, "text.png", "remember the milk");
  put_text (fixture, "a.gif", "GIF89a but no more");
  put_sample (fixture, "cut.png", "grey.png", 100);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) here = NULL, there = NULL;

      lathe_decoder_use (NULL, 60);
      g_assert_false (lathe_decode_file (paths[i], &preprocess, bytes, &here));
      use_helpers ();
      g_assert_false (lathe_decode_file (paths[i], &preprocess, bytes, &there));
      g_test_message ("%s", there->message);
      g_assert_error (there, here->domain, here->code);
      g_assert_cmpstr (there->message, ==, here->message);
    }
}

/* --- The jail --- */

static void
assert_status (pid_t pid, const char *name, const char *expected)
{
  g_autofree char *value = status_of (pid, name);
  g_assert_cmpstr (value, ==, expected);
}

static void
test_helpers_have_no_privileges (void)
{
  g_autofree char *sample = sample_path ("turned.jpg");
  g_autofree char *safety = NULL;
  LathePreprocess preprocess = plain (SIDE, SIDE, 3);
  guint8 bytes[PICTURE];

#ifdef LATHE_INSTRUMENTED
  g_test_skip ("an instrumented helper is not locked in");
  return;
#endif
  use_helpers ();
  g_assert_true (lathe_decode_file (sample, &preprocess, bytes, NULL));
  safety = lathe_decode_describe_safety ();
  g_autoptr (GArray) pids = helpers_of (getpid ());
  g_assert_cmpuint (pids->len, ==, 1);
  pid_t pid = g_array_index (pids, int, 0);
  assert_status (pid, "NoNewPrivs", "1");
  assert_status (pid, "CapEff", "0000000000000000");
  assert_status (pid, "CapPrm", "0000000000000000");
  g_assert_cmpint (getpgid (pid), ==, pid);
  if (geteuid () == 0)
    assert_status (pid, "Uid", "65534\t65534\t65534\t65534");
  g_test_message ("%s", safety);
  if (strstr (safety, "not filtered") == NULL)
    assert_status (pid, "Seccomp", "2");
}

/* From now on this process, and whatever it starts, can load no filter: as on a kernel that has none. */
static gboolean
forbid_filters (void)
{
  struct sock_filter steps[] = {
      BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
      BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, __NR_seccomp, 3, 0),
      BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, __NR_prctl, 0, 3),
      BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, args)), /* the first one's lower half */
      BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1),
      BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
      BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {.len = G_N_ELEMENTS (steps), .filter = steps};

  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static gboolean
says_that_calls_are_filtered (void)
{
  g_autofree char *safety = lathe_decode_describe_safety ();

  g_test_message ("%s", safety);
  return strstr (safety, "not filtered") == NULL;
}

/* Filters are for good, so another process does this. */
static void
test_a_filter_that_cannot_be_loaded_is_noticed (void)
{
  g_autofree char *sample = sample_path ("turned.jpg");
  LathePreprocess preprocess = plain (SIDE, SIDE, 3);
  guint8 bytes[PICTURE];

  use_helpers ();
  if (!says_that_calls_are_filtered ())
    {
      g_test_skip ("no helper's calls are filtered here");
      return;
    }
  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
      return;
    }
  g_assert_true (forbid_filters ());
  g_autoptr (GArray) pids = helpers_of (getpid ());
  g_assert_cmpuint (pids->len, ==, 1);
  kill (g_array_index (pids, int, 0), SIGKILL);
  g_assert_true (lathe_decode_file (sample, &preprocess, bytes, NULL)); /* by the next one */
  g_assert_false (says_that_calls_are_filtered ());

  use_helpers ();
  g_assert_true (lathe_decode_file (sample, &preprocess, bytes, NULL));
  g_assert_false (says_that_calls_are_filtered ());
}

#ifndef LATHE_INSTRUMENTED

static void
assert_limit (pid_t pid, int resource, rlim_t most)
{
  struct rlimit limits;

  if (prlimit (pid, resource, NULL, &limits) != 0)
    return; /* of a process that no one may look at, but for root */
  g_assert_cmpuint (limits.rlim_cur, ==, most);
  g_assert_cmpuint (limits.rlim_max, ==, most);
}

#endif

/* Limits are for good, too. */
static void
test_stricter_limits_leave_the_helpers_locked_in (void)
{
#ifdef LATHE_INSTRUMENTED
  g_test_skip ("an instrumented helper is not locked in");
#else
  const struct rlimit memory = {(rlim_t) 2 << 30, (rlim_t) 2 << 30}, seconds = {600, 600};
  g_autofree char *sample = sample_path ("turned.jpg");
  LathePreprocess preprocess = plain (SIDE, SIDE, 3);
  guint8 bytes[PICTURE];

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
      return;
    }
  g_assert_cmpint (setrlimit (RLIMIT_AS, &memory), ==, 0);
  g_assert_cmpint (setrlimit (RLIMIT_CPU, &seconds), ==, 0);
  use_helpers ();
  g_assert_true (lathe_decode_file (sample, &preprocess, bytes, NULL));
  g_autoptr (GArray) pids = helpers_of (getpid ());
  g_assert_cmpuint (pids->len, ==, 1);
  assert_limit (g_array_index (pids, int, 0), RLIMIT_AS, (rlim_t) 2 << 30);
  assert_limit (g_array_index (pids, int, 0), RLIMIT_CPU, 600);
  assert_limit (g_array_index (pids, int, 0), RLIMIT_CORE, 0);
#endif
}

/* --- Helpers that die --- */

static gpointer
kill_helpers (gpointer data)
{
  int *stop = data;
  int n_killed = 0;

  while (!g_atomic_int_get (stop))
    {
      g_autoptr (GArray) pids = helpers_of (getpid ());
      if (pids->len > 0 && kill (g_array_index (pids, int, n_killed % pids->len), SIGKILL) == 0)
        n_killed++;
      g_usleep (150000);
    }
  return GINT_TO_POINTER (n_killed);
}

static GPtrArray *
read_all (LatheDataset *dataset, guint n_rounds)
{
  LathePreprocess preprocess = plain (SIDE, SIDE, 3);
  g_autoptr (LatheStore) store = lathe_store_new (dataset, &preprocess, 2, 1);
  guint n = lathe_dataset_get_n_images (dataset);
  g_autofree guint32 *order = g_new (guint32, n);
  LatheReal x[PICTURE];
  gboolean ok;

  for (guint32 i = 0; i < n; i++)
    order[i] = i;
  for (guint round = 0; round < n_rounds; round++)
    {
      lathe_store_expect (store, order, n);
      for (guint i = 0; i < n; i++)
        lathe_store_fill (store, order + i, 1, x, &ok);
    }
  return lathe_store_get_problems (store);
}

static void
test_killed_helpers_cost_no_picture (Fixture *fixture, gconstpointer data)
{
  int stop = 0;

  put_images (fixture, "a", 40, 0x100000);
  put_images (fixture, "b", 40, 0x905030);
  use_helpers ();
  g_autoptr (LatheDataset) dataset = scan (fixture);
  GThread *killer = g_thread_new ("killer", kill_helpers, &stop);
  g_autoptr (GPtrArray) problems = read_all (dataset, 100);
  g_atomic_int_set (&stop, 1);
  int n_killed = GPOINTER_TO_INT (g_thread_join (killer));
  g_test_message ("%d killed", n_killed);
  g_assert_cmpint (n_killed, >, 0);
  g_assert_cmpuint (problems->len, ==, 0);
}

static void
put_order (Fixture *fixture, const char *name, const char *word)
{
  g_autofree char *path = place (fixture, name);
  g_assert_true (g_file_set_contents (path, word, -1, NULL));
}

static void
test_a_picture_that_kills_is_named_and_the_epoch_completes (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *word, *reason;
  } bad[] = {
      {"crash", "makes the decoder crash (Segmentation fault)"},
      {"leave", "makes the decoder crash (exit status 3)"},
      {"sleep", "takes too long to decode"},
      {"wrong", "makes the decoder crash (Killed)"},
      {"again", "makes the decoder crash (Killed)"},
      {"claim", "makes the decoder crash (Killed)"},
  };

  use_helpers ();
  put_images (fixture, "a", 20, 0x100000);
  put_images (fixture, "b", 20, 0x905030);
  g_autoptr (LatheDataset) dataset = scan (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *name = g_strdup_printf ("a/%04u.png", 3 * i);
      put_order (fixture, name, bad[i].word);
    }
  g_autofree char *program = g_test_build_filename (G_TEST_BUILT, "stand-in-decoder", NULL);
  lathe_decoder_use (program, 1);
  g_autoptr (GPtrArray) problems = read_all (dataset, 1);
  for (guint i = 0; i < problems->len; i++)
    {
      const LatheProblem *problem = problems->pdata[i];
      g_autofree char *base = g_path_get_basename (problem->path);
      guint k = (guint) atoi (base) / 3;

      g_test_message ("%s: %s", base, problem->reason);
      g_assert_cmpuint (k, <, G_N_ELEMENTS (bad));
      g_assert_cmpstr (problem->reason, ==, bad[k].reason);
    }
  g_assert_cmpuint (problems->len, ==, G_N_ELEMENTS (bad));
}

/* What comes from a helper is not believed. */
static void
test_a_helper_that_lies_is_found_out (Fixture *fixture, gconstpointer data)
{
  g_autofree char *program = g_test_build_filename (G_TEST_BUILT, "stand-in-decoder", NULL);
  g_autofree char *boast = place (fixture, "boast"), *shout = place (fixture, "shout"),
                  *sound = place (fixture, "sound");
  g_autoptr (GError) boasted = NULL, shouted = NULL;

  put_order (fixture, "boast", "boast");
  put_order (fixture, "shout", "shout");
  put_order (fixture, "sound", "sound");
  lathe_decoder_use (program, 10);
  g_autoptr (GdkPixbuf) pixbuf = lathe_decode_preview (sound, 0, NULL);
  g_assert_cmpint (gdk_pixbuf_get_width (pixbuf), ==, 2);
  g_assert_cmpuint (gdk_pixbuf_read_pixels (pixbuf)[0], ==, 0x77);
  g_assert_null (lathe_decode_preview (boast, 0, &boasted));
  g_assert_cmpstr (boasted->message, ==, "makes the decoder crash (Killed)");
  g_assert_null (lathe_decode_preview (shout, 0, &shouted));
  g_assert_true (g_utf8_validate (shouted->message, -1, NULL));
  g_assert_true (g_str_has_prefix (shouted->message, "one two "));
  g_assert_null (strpbrk (shouted->message, "\n\033"));
}

static void
test_without_the_program_pictures_are_decoded_here (void)
{
  const char *const programs[] = {NULL, "/nowhere/lathe-decoder", "/bin/true"};
  g_autofree char *sample = sample_path ("photo.jpg");
  LathePreprocess preprocess = plain (SIDE, SIDE, 3);
  guint8 bytes[PICTURE];

  for (guint i = 0; i < G_N_ELEMENTS (programs); i++)
    {
      lathe_decoder_use (programs[i], 10);
      g_autofree char *safety = lathe_decode_describe_safety ();
      g_test_message ("%s", safety);
      g_assert_false (lathe_decoder_is_used ());
      g_assert_nonnull (strstr (safety, "without protection"));
      g_assert_true (lathe_decode_file (sample, &preprocess, bytes, NULL));
    }
}

/* --- The parent's end --- */

static void
decode_for_ever (const char *path)
{
  LathePreprocess preprocess = plain (SIDE, SIDE, 3);
  guint8 bytes[PICTURE];

  while (lathe_decode_file (path, &preprocess, bytes, NULL))
    ;
}

/* The picture takes some seconds, so that the helper is at work when its parent ends. */
static void
test_no_helper_outlives_its_parent (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = place (fixture, "large.png");
  const char *const arguments[] = {self, "decode", path, NULL};
  GPid child;

#ifdef LATHE_INSTRUMENTED
  g_test_skip ("an instrumented helper ends when it is done");
  return;
#endif
  put_image (fixture, "large.png", 10000, 9999, 0x336699, "png");
  g_assert_true (g_spawn_async (NULL, (char **) arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &child, NULL));
  g_autoptr (GArray) pids = helpers_of (child);
  for (guint i = 0; i < 1000 && pids->len == 0; i++)
    {
      g_array_unref (pids);
      g_usleep (10000);
      pids = helpers_of (child);
    }
  g_assert_cmpuint (pids->len, ==, 1);
  g_usleep (100000);
  g_assert_true (is_alive (g_array_index (pids, int, 0)));
  kill (child, SIGKILL);
  waitpid (child, NULL, 0);
  g_assert_true (wait_until_gone (g_array_index (pids, int, 0)));
}

int
main (int argc, char **argv)
{
  self = argv[0];
  if (argc == 3 && g_str_equal (argv[1], "decode"))
    {
      decode_for_ever (argv[2]);
      return 1;
    }
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decoder/helpers-give-the-same-bits", test_helpers_give_the_same_bits);
  ADD ("/decoder/large-pictures-take-turns", test_large_pictures_take_turns);
  ADD ("/decoder/refusals-are-the-same", test_refusals_are_the_same);
  g_test_add_func ("/decoder/helpers-have-no-privileges", test_helpers_have_no_privileges);
  g_test_add_func ("/decoder/filter-that-cannot-be-loaded", test_a_filter_that_cannot_be_loaded_is_noticed);
  g_test_add_func ("/decoder/stricter-limits", test_stricter_limits_leave_the_helpers_locked_in);
  ADD ("/decoder/killed-helpers-cost-no-picture", test_killed_helpers_cost_no_picture);
  ADD ("/decoder/a-picture-that-kills-is-named", test_a_picture_that_kills_is_named_and_the_epoch_completes);
  ADD ("/decoder/a-helper-that-lies-is-found-out", test_a_helper_that_lies_is_found_out);
  g_test_add_func ("/decoder/without-the-program-here", test_without_the_program_pictures_are_decoded_here);
  ADD ("/decoder/no-helper-outlives-its-parent", test_no_helper_outlives_its_parent);
  return g_test_run ();
}
