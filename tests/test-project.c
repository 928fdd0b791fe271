/* test-project.c: a project comes back from its file as it was, nobody's changes are written over, and no file does
 * harm.
 *
 * LATHE_MUTANTS says how many damaged files there are (2,000), LATHE_SEED which.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <fcntl.h>
#include <unistd.h>

#include "lathe.h"

#define LARGEST (256 << 20) /* bytes, as docs/project.md says */

typedef struct
{
  char *folder, *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("lathe-project-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "pets.lathe", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
  g_free (fixture->path);
}

/* Nothing in it is as it usually is. */
static LatheProject *
make_project (Fixture *fixture)
{
  LatheProject *project = lathe_project_new ();
  LatheHyperparameters *h = &project->hyperparameters;

  project->source = g_build_filename (fixture->folder, "pets", NULL);
  project->dataset_options.seed = G_MAXUINT64;
  project->dataset_options.share[LATHE_SPLIT_TRAIN] = 0.6;
  project->dataset_options.share[LATHE_SPLIT_VALIDATION] = 1.0 / 3;
  project->dataset_options.share[LATHE_SPLIT_TEST] = 1 - 0.6 - 1.0 / 3;
  project->dataset_options.labels = g_build_filename (fixture->folder, "pets 100%.csv", NULL);
  project->dataset_options.label_pattern = g_strdup ("^([a-z]+)_");
  project->edits = lathe_edits_new ();
  lathe_edits_set_excluded (project->edits, "cats/\xff.png", TRUE);
  lathe_edits_set_label (project->edits, "cats/7.png", "dogs");
  project->preprocess = (LathePreprocess){
      .width = 48,
      .height = 32,
      .channels = 3,
      .mean = {0.485f, 0.456f, 0.1f / 3},
      .deviation = {0.229f, 0.224f, 0.225f},
      .views = LATHE_MOVED_VIEWS,
      .fit = LATHE_FIT_PAD,
      .measured = TRUE,
  };
  project->n_classes = 3;
  h->epochs = 77;
  h->learning_rate = 1e-7 / 3;
  h->momentum = 0.1 + 0.2;
  h->optimizer = LATHE_OPTIMIZER_LION;
  h->augmentation.rotate = 15;
  h->augmentation.cutout = 8;
  h->loss = LATHE_LOSS_FOCAL;
  h->seed = G_MAXUINT64 - 1;
  project->beginning = LATHE_BEGIN_LEARNED;
  g_strfreev (project->fresh);
  project->fresh = g_strsplit ("dense-1,dense-2", ",", -1);
  g_strfreev (project->watched);
  project->watched = g_strsplit ("/elsewhere/a cat.png,/elsewhere/100%.png", ",", -1);
  project->threshold = 0.625;
  project->growth =
      (LatheGrowthChoice){.way = LATHE_GROW_LAYERS, .from = g_strdup ("mine"), .n_learning = 3, .norms_learn = TRUE};
  lathe_graph_free (project->graph);
  project->graph = lathe_preset_load ("resnet20", NULL);
  lathe_graph_get_node (project->graph, 3)->placed = TRUE;
  lathe_graph_get_node (project->graph, 3)->x = 1.0 / 3;
  return project;
}

static char *
save (const LatheProject *project, const char *path, const char *known)
{
  g_autoptr (GError) error = NULL;
  char *checksum = NULL;

  g_assert_true (lathe_project_save (project, path, known, &checksum, &error));
  g_assert_no_error (error);
  return checksum;
}

static LatheProject *
load (const char *path, char **checksum)
{
  g_autoptr (GError) error = NULL;
  LatheProject *project = lathe_project_load (path, checksum, NULL, &error);

  g_assert_no_error (error);
  return project;
}

static char *
contents (const char *path)
{
  char *text;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

/* --- There and back --- */

static void
assert_same (const LatheProject *a, const LatheProject *b)
{
  g_assert_cmpstr (a->source, ==, b->source);
  g_assert_cmpuint (a->dataset_options.seed, ==, b->dataset_options.seed);
  for (guint i = 0; i < LATHE_N_SPLITS; i++)
    g_assert_true (a->dataset_options.share[i] == b->dataset_options.share[i]);
  g_assert_cmpstr (a->dataset_options.labels, ==, b->dataset_options.labels);
  g_assert_cmpstr (a->dataset_options.label_pattern, ==, b->dataset_options.label_pattern);
  g_assert_true (a->edits == b->edits || lathe_edits_equal (a->edits, b->edits)); /* NULL: none */
  g_assert_cmpuint (a->preprocess.width, ==, b->preprocess.width);
  g_assert_cmpuint (a->preprocess.height, ==, b->preprocess.height);
  g_assert_cmpuint (a->preprocess.channels, ==, b->preprocess.channels);
  g_assert_cmpmem (a->preprocess.mean, sizeof a->preprocess.mean, b->preprocess.mean, sizeof b->preprocess.mean);
  g_assert_cmpmem (a->preprocess.deviation, sizeof a->preprocess.deviation, b->preprocess.deviation,
                   sizeof b->preprocess.deviation);
  g_assert_cmpuint (a->preprocess.views, ==, b->preprocess.views);
  g_assert_cmpuint (a->preprocess.fit, ==, b->preprocess.fit);
  g_assert_true (a->preprocess.measured == b->preprocess.measured);
  g_assert_cmpuint (a->n_classes, ==, b->n_classes);
  g_assert_true (lathe_hyperparameters_equal (&a->hyperparameters, &b->hyperparameters));
  g_assert_cmpuint (a->beginning, ==, b->beginning);
  g_assert_true (g_strv_equal ((const char *const *) a->fresh, (const char *const *) b->fresh));
  g_assert_true (g_strv_equal ((const char *const *) a->watched, (const char *const *) b->watched));
  g_assert_true (lathe_growth_choice_equal (&a->growth, &b->growth));
  g_assert_true (a->threshold == b->threshold || (isnan (a->threshold) && isnan (b->threshold)));
  g_assert_true (lathe_graph_equal (a->graph, b->graph));
}

static void
test_everything_comes_back_to_the_byte (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheProject) project = make_project (fixture), back = NULL;
  g_autofree char *written = save (project, fixture->path, LATHE_PROJECT_NO_FILE), *read = NULL;
  g_autofree char *once = contents (fixture->path), *twice = NULL;

  back = load (fixture->path, &read);
  assert_same (project, back);
  g_assert_cmpstr (read, ==, written);
  twice = lathe_project_to_json (back, fixture->folder);
  g_assert_cmpstr (twice, ==, once);
}

static void
test_images_beside_it_move_with_it (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheProject) project = make_project (fixture), moved = NULL, elsewhere = NULL;
  g_autofree char *text = lathe_project_to_json (project, fixture->folder), *absolute = NULL;

  g_assert_nonnull (strstr (text, "\"source\" : \"pets\""));
  moved = lathe_project_from_json (text, "/media/stick", NULL, NULL);
  g_assert_cmpstr (moved->source, ==, "/media/stick/pets");
  g_assert_cmpstr (moved->dataset_options.labels, ==, "/media/stick/pets 100%.csv");

  absolute = lathe_project_to_json (project, "/media/stick");
  elsewhere = lathe_project_from_json (absolute, "/media/stick", NULL, NULL);
  g_assert_cmpstr (elsewhere->source, ==, project->source);
}

static void
test_images_in_its_own_folder_are_found (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheProject) project = make_project (fixture), back = NULL;
  g_autofree char *text = NULL;

  g_free (project->source);
  project->source = g_strdup (fixture->folder);
  text = lathe_project_to_json (project, fixture->folder);
  back = lathe_project_from_json (text, fixture->folder, NULL, NULL);
  g_assert_cmpstr (back->source, ==, fixture->folder);
}

static void
test_what_is_not_known_is_kept (Fixture *fixture, gconstpointer data)
{
  static const char later[] = "\"flavour\" : {\n    \"of\" : [\n      1,\n      \"two\"\n    ]\n  }";
  g_autoptr (LatheProject) project = make_project (fixture), back = NULL;
  g_autofree char *text = lathe_project_to_json (project, fixture->folder), *again = NULL;
  g_autoptr (GString) longer = g_string_new (text);

  g_string_truncate (longer, strlen (text) - strlen ("\n}\n"));
  g_string_append_printf (longer, ",\n  %s\n}\n", later);
  back = lathe_project_from_json (longer->str, fixture->folder, NULL, NULL);
  g_assert_nonnull (back);
  again = lathe_project_to_json (back, fixture->folder);
  g_assert_cmpstr (again, ==, longer->str);
}

/* --- Two savers --- */

static void
test_the_second_of_two_savers_is_told (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheProject) mine = make_project (fixture), theirs = make_project (fixture);
  g_autofree char *read = save (mine, fixture->path, LATHE_PROJECT_NO_FILE), *known = g_strdup (read);
  g_autofree char *theirs_now = NULL, *theirs_text = NULL, *text = NULL;
  g_autoptr (GError) error = NULL;

  theirs->hyperparameters.epochs = 5;
  theirs_now = save (theirs, fixture->path, read);
  theirs_text = contents (fixture->path);

  mine->hyperparameters.epochs = 6;
  g_assert_false (lathe_project_save (mine, fixture->path, read, &known, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_CHANGED);
  g_assert_nonnull (strstr (error->message, fixture->path));
  g_assert_cmpstr (known, ==, read);
  text = contents (fixture->path);
  g_assert_cmpstr (text, ==, theirs_text);

  g_free (save (mine, fixture->path, theirs_now)); /* who has seen it may write over it */
}

static void
test_a_file_that_appeared_is_not_written_over (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheProject) mine = make_project (fixture), theirs = make_project (fixture);
  g_autofree char *checksum = NULL;
  g_autoptr (GError) error = NULL;

  theirs->hyperparameters.epochs = 5;
  g_free (save (theirs, fixture->path, LATHE_PROJECT_NO_FILE));
  g_assert_false (lathe_project_save (mine, fixture->path, LATHE_PROJECT_NO_FILE, &checksum, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_CHANGED);
  g_free (save (mine, fixture->path, NULL)); /* whatever is there */
}

static void
test_who_saves_the_same_agrees (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheProject) project = make_project (fixture);
  g_autofree char *first = save (project, fixture->path, LATHE_PROJECT_NO_FILE), *second = NULL;
  struct stat before, after;

  g_assert_cmpint (stat (fixture->path, &before), ==, 0);
  second = save (project, fixture->path, LATHE_PROJECT_NO_FILE);
  g_assert_cmpint (stat (fixture->path, &after), ==, 0);
  g_assert_cmpstr (first, ==, second);
  g_assert_cmpuint (before.st_ino, ==, after.st_ino); /* nothing was written */
}

static void
test_a_file_that_is_gone_is_written_again (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheProject) project = make_project (fixture);
  g_autofree char *checksum = save (project, fixture->path, LATHE_PROJECT_NO_FILE);

  g_unlink (fixture->path);
  project->hyperparameters.epochs = 5;
  g_free (save (project, fixture->path, checksum));
  g_assert_true (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

static void
test_one_that_is_just_being_written_is_left_alone (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheProject) project = make_project (fixture);
  g_autofree char *part = g_build_filename (fixture->folder, ".pets.lathe.part", NULL), *checksum = NULL;
  g_autoptr (GError) error = NULL;
  int other = open (part, O_CREAT | O_WRONLY, 0600);

  g_assert_cmpint (flock (other, LOCK_EX), ==, 0);
  g_assert_false (lathe_project_save (project, fixture->path, NULL, &checksum, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_CHANGED);
  close (other);
}

#define N_SAVERS 4
#define N_SAVES 25

typedef struct
{
  const char *path;
  guint number, n_saved;
} Saver;

static void
add_fresh (LatheProject *project, guint saver, guint n)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_autofree char *name = g_strdup_printf ("layer-%u-%u", saver, n);

  g_strv_builder_addv (names, (const char **) project->fresh);
  g_strv_builder_add (names, name);
  g_strfreev (project->fresh);
  project->fresh = g_strv_builder_end (names);
}

/* Adds a name to those that are there, until it has been let often enough. */
static gpointer
count_up (gpointer data)
{
  Saver *saver = data;

  while (saver->n_saved < N_SAVES)
    {
      g_autofree char *known = NULL;
      g_autoptr (LatheProject) now = lathe_project_load (saver->path, &known, NULL, NULL);

      g_assert_nonnull (now); /* it is whole at any moment */
      add_fresh (now, saver->number, saver->n_saved);
      saver->n_saved += lathe_project_save (now, saver->path, known, &known, NULL);
    }
  return NULL;
}

static void
test_no_change_of_several_savers_is_lost (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheProject) project = make_project (fixture), end = NULL;
  Saver savers[N_SAVERS];
  GThread *threads[N_SAVERS];

  g_strfreev (project->fresh);
  project->fresh = g_new0 (char *, 1);
  g_free (save (project, fixture->path, LATHE_PROJECT_NO_FILE));
  for (guint i = 0; i < N_SAVERS; i++)
    {
      savers[i] = (Saver){.path = fixture->path, .number = i};
      threads[i] = g_thread_new (NULL, count_up, &savers[i]);
    }
  for (guint i = 0; i < N_SAVERS; i++)
    g_thread_join (threads[i]);
  end = load (fixture->path, NULL);
  g_assert_cmpuint (g_strv_length (end->fresh), ==, N_SAVERS * N_SAVES);
}

static void
test_what_cannot_be_saved_is_told_with_a_way_out (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheProject) project = make_project (fixture);
  g_autofree char *path = g_build_filename (fixture->folder, "nowhere", "pets.lathe", NULL), *checksum = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (lathe_project_save (project, path, NULL, &checksum, &error));
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_IO);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, g_strerror (ENOENT)));
  g_assert_null (checksum);
}

/* --- What is broken --- */

static char *
with (const char *text, const char *old, const char *new)
{
  const char *at = strstr (text, old);

  g_assert_nonnull (at);
  return g_strdup_printf ("%.*s%s%s", (int) (at - text), text, new, at + strlen (old));
}

static void
test_a_newer_version_is_refused (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheProject) project = make_project (fixture), back = NULL;
  g_autofree char *text = lathe_project_to_json (project, fixture->folder);
  g_autofree char *newer = with (text, "\"lathe-project\" : 1", "\"lathe-project\" : 2");
  g_autoptr (GPtrArray) account = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  back = lathe_project_from_json (newer, fixture->folder, account, &error);
  g_assert_null (back);
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_UNSUPPORTED);
}

static const struct
{
  const char *old, *new;
  guint n_faults; /* 0: it cannot be read at all */
} breaches[] = {
    {"\"lathe-project\" : 1", "\"lathe-project\" : \"1\"", 0},
    {"\"lathe-project\" : 1", "\"lathe-project\" : 0", 0},
    {"\"source\" : \"pets\"", "\"source\" : 5", 0},
    {"\"source\" : \"pets\"", "\"source\" : \"%00\"", 0},
    {"\"network\"", "\"net\"", 0},
    {"\"nodes\"", "\"knots\"", 0},
    {"\"share\" : [", "\"share\" : [ \"x\",", 1},
    {"    0.6,", "    0.7,", 1},
    {"\"seed\" : \"18446744073709551615\"", "\"seed\" : 5", 1},
    {"\"width\" : 48", "\"width\" : 1e9", 1},
    {"\"width\" : 48", "\"width\" : 0", 1},
    {"\"channels\" : 3", "\"channels\" : 2", 1},
    {"\"fit\" : \"pad\"", "\"fit\" : \"rubber\"", 1},
    {"\"epochs\" : 77", "\"epochs\" : -1", 1},
    {"\"epochs\" : 77", "\"epoch\" : 77", 1},
    {"\"optimizer\" : \"lion\"", "\"optimizer\" : \"tiger\"", 1},
    {"\"begin\" : \"learned\"", "\"begin\" : \"yesterday\"", 1},
    {"\"fresh\" : [", "\"fresh\" : [ [],", 1},
    {"\"threshold\" : 0.625", "\"threshold\" : 1.5", 1},
    {"\"way\" : \"layers\"", "\"way\" : \"gladly\"", 1},
    {"\"layers\" : 3", "\"layers\" : 0", 1},
    {"\"layers\" : 3", "\"layers\" : []", 1},
    {"\"threshold\" : 0.625", "\"threshold\" : \"x\"", 1},
    {"\"classes\" : 3", "\"classes\" : \"3\"", 1},
    {"\"kind\" : \"conv2d\"", "\"kind\" : \"conv5d\"", 1},
    {"\"excluded\" : [", "\"excluded\" : [ 5,", 1},
};

static void
test_what_is_broken_is_refused_or_accounted_for (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheProject) project = make_project (fixture);
  g_autofree char *text = lathe_project_to_json (project, fixture->folder);

  for (guint i = 0; i < G_N_ELEMENTS (breaches); i++)
    {
      g_autofree char *broken = with (text, breaches[i].old, breaches[i].new);
      g_autoptr (GPtrArray) account = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (LatheProject) strict = NULL, lenient = NULL;
      g_autoptr (GError) error = NULL;

      g_test_message ("%s for %s", breaches[i].new, breaches[i].old);
      strict = lathe_project_from_json (broken, fixture->folder, NULL, &error);
      g_assert_null (strict);
      g_assert_nonnull (error);
      lenient = lathe_project_from_json (broken, fixture->folder, account, NULL);
      g_assert_true ((lenient != NULL) == (breaches[i].n_faults > 0));
      g_assert_cmpuint (account->len, ==, breaches[i].n_faults);
      if (lenient != NULL)
        g_free (lathe_project_to_json (lenient, fixture->folder));
    }
}

static void
assert_refused (const char *path, const char *bytes, gssize n)
{
  g_autoptr (GPtrArray) account = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (LatheProject) project = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, bytes, n, NULL));
  project = lathe_project_load (path, NULL, account, &error);
  g_assert_null (project);
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, path));
}

static void
test_what_is_no_project_is_refused_by_name (Fixture *fixture, gconstpointer data)
{
  g_autofree char *deep = g_strnfill (100000, '[');
  g_autoptr (LatheProject) none = NULL;
  g_autoptr (GError) error = NULL;

  assert_refused (fixture->path, "", 0);
  assert_refused (fixture->path, "[]", -1);
  assert_refused (fixture->path, "{}", -1);
  assert_refused (fixture->path, "{\"lathe-project\":1,\0}", 21);
  assert_refused (fixture->path, "\xff\xfe", 2);
  assert_refused (fixture->path, deep, -1);
  g_unlink (fixture->path);
  none = lathe_project_load (fixture->path, NULL, NULL, &error);
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_IO);
  g_clear_error (&error);
  none = lathe_project_load (fixture->folder, NULL, NULL, &error);
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT);
}

static void
test_what_is_too_large_is_not_read (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheProject) none = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (fixture->path, "{", 1, NULL));
  g_assert_cmpint (truncate (fixture->path, (off_t) LARGEST + 1), ==, 0);
  none = lathe_project_load (fixture->path, NULL, NULL, &error);
  g_assert_null (none);
  g_assert_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT);
}

/* --- Mutants --- */

static guint
number_of (const char *variable, guint usual)
{
  const char *text = g_getenv (variable);

  return text != NULL ? (guint) strtoul (text, NULL, 10) : usual;
}

/* A few bytes are others, or a piece is missing, doubled, or all that follows is. */
static void
mutate (GRand *rng, GString *text)
{
  guint at = (guint) g_rand_int_range (rng, 0, (gint32) text->len);
  guint n = (guint) g_rand_int_range (rng, 1, (gint32) MIN (200, text->len - at) + 1);
  g_autofree char *piece = g_strndup (text->str + at, n);

  switch (g_rand_int_range (rng, 0, 6))
    {
    case 0: /* still JSON, where it is in a text or a number */
    case 1:
      if (g_ascii_isalnum (text->str[at]))
        text->str[at] = "0123456789abcdefxyz"[g_rand_int_range (rng, 0, g_ascii_isdigit (text->str[at]) ? 10 : 19)];
      break;
    case 2:
      text->str[at] = "{}[]\",:-09eEnt\\% \x01\x80"[g_rand_int_range (rng, 0, 19)];
      break;
    case 3:
      g_string_erase (text, at, n);
      break;
    case 4:
      g_string_insert (text, g_rand_int_range (rng, 0, (gint32) text->len), piece);
      break;
    default:
      if (g_rand_int_range (rng, 0, 4) == 0)
        g_string_truncate (text, at);
    }
}

static void
test_mutants_are_read_or_refused (Fixture *fixture, gconstpointer data)
{
  guint n = number_of ("LATHE_MUTANTS", 2000), n_read = 0, n_refused = 0;
  GRand *rng = g_rand_new_with_seed (number_of ("LATHE_SEED", 1));
  g_autoptr (LatheProject) project = make_project (fixture);
  g_autofree char *text = lathe_project_to_json (project, fixture->folder);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GString) mutant = g_string_new (text);
      g_autoptr (GPtrArray) account = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (LatheProject) back = NULL;
      g_autoptr (GError) error = NULL;

      for (int each = g_rand_int_range (rng, 1, 4); each > 0 && mutant->len > 0; each--)
        mutate (rng, mutant);
      g_unlink (fixture->path); /* else what it held stays at the end of it */
      g_assert_true (g_file_set_contents_full (fixture->path, mutant->str, (gssize) mutant->len,
                                               G_FILE_SET_CONTENTS_NONE, 0600, NULL));
      back = lathe_project_load (fixture->path, NULL, account, &error);
      g_assert_true ((back != NULL) == (error == NULL));
      n_read += back != NULL;
      n_refused += back == NULL;
      if (back == NULL)
        g_assert_true (error->domain == LATHE_ERROR);
      else
        {
          g_autofree char *again = lathe_project_to_json (back, fixture->folder);
          g_autoptr (LatheProject) twice = lathe_project_from_json (again, fixture->folder, NULL, &error);

          g_assert_no_error (error); /* what was mended is sound */
          assert_same (back, twice);
        }
    }
  g_rand_free (rng);
  g_test_message ("%u read, %u refused", n_read, n_refused);
  g_assert_cmpuint (n_read, >, n / 20);
  g_assert_cmpuint (n_refused, >, n / 20);
}

/* --- On a dataset --- */

static LatheDataset *
scan_samples (void)
{
  g_autoptr (GError) error = NULL;
  LatheDataset *dataset =
      lathe_dataset_scan (g_getenv ("LATHE_SAMPLES"), &LATHE_DATASET_OPTIONS_DEFAULT, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return dataset;
}

static void
test_network_is_fitted_to_other_classes_alone (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LatheDataset) dataset = scan_samples ();
  g_autoptr (LatheProject) project = make_project (fixture);
  g_autoptr (LatheGraph) as_drawn = lathe_graph_copy (project->graph);

  project->n_classes = lathe_dataset_get_n_classes (dataset);
  lathe_project_fit (project, dataset);
  g_assert_true (lathe_graph_equal (project->graph, as_drawn));
  g_assert_cmpuint (project->preprocess.width, ==, 48);

  project->n_classes--;
  lathe_project_fit (project, dataset);
  g_assert_false (lathe_graph_equal (project->graph, as_drawn));
  g_assert_cmpuint (project->n_classes, ==, lathe_dataset_get_n_classes (dataset));

  project->preprocess.width = 0;
  lathe_project_fit (project, dataset);
  g_assert_cmpuint (project->preprocess.width, ==, 28);
}

#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/project/everything-comes-back-to-the-byte", test_everything_comes_back_to_the_byte);
  ADD ("/project/images-beside-it-move-with-it", test_images_beside_it_move_with_it);
  ADD ("/project/images-in-its-own-folder-are-found", test_images_in_its_own_folder_are_found);
  ADD ("/project/what-is-not-known-is-kept", test_what_is_not_known_is_kept);
  ADD ("/project/the-second-of-two-savers-is-told", test_the_second_of_two_savers_is_told);
  ADD ("/project/a-file-that-appeared-is-not-written-over", test_a_file_that_appeared_is_not_written_over);
  ADD ("/project/who-saves-the-same-agrees", test_who_saves_the_same_agrees);
  ADD ("/project/a-file-that-is-gone-is-written-again", test_a_file_that_is_gone_is_written_again);
  ADD ("/project/one-that-is-just-being-written-is-left-alone", test_one_that_is_just_being_written_is_left_alone);
  ADD ("/project/no-change-of-several-savers-is-lost", test_no_change_of_several_savers_is_lost);
  ADD ("/project/what-cannot-be-saved-is-told-with-a-way-out", test_what_cannot_be_saved_is_told_with_a_way_out);
  ADD ("/project/a-newer-version-is-refused", test_a_newer_version_is_refused);
  ADD ("/project/what-is-broken-is-refused-or-accounted-for", test_what_is_broken_is_refused_or_accounted_for);
  ADD ("/project/what-is-no-project-is-refused-by-name", test_what_is_no_project_is_refused_by_name);
  ADD ("/project/what-is-too-large-is-not-read", test_what_is_too_large_is_not_read);
  ADD ("/project/mutants-are-read-or-refused", test_mutants_are_read_or_refused);
  ADD ("/project/network-is-fitted-to-other-classes-alone", test_network_is_fitted_to_other_classes_alone);
  return g_test_run ();
}
