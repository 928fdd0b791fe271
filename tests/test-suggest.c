/* test-suggest.c: what is suggested for a dataset works, follows from the facts, and says so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "images.h"

/* Photographs, as many as a person has; each test changes what it is about. */
static const LatheFacts photographs = {
    .n_images = 2800,
    .n_classes = 2,
    .least = 1400,
    .most = 1400,
    .width = 256,
    .height = 192,
    .n_threads = 4,
    .memory = G_GUINT64_CONSTANT (8) << 30,
};

static const LatheFacts letters = {
    .n_images = 4200,
    .n_classes = 10,
    .least = 420,
    .most = 420,
    .width = 28,
    .height = 28,
    .grey = TRUE,
    .n_threads = 4,
    .memory = G_GUINT64_CONSTANT (8) << 30,
};

static gboolean
is_said (const LatheSuggestion *suggestion, const char *what)
{
  for (guint i = 0; i < suggestion->reasons->len; i++)
    if (strstr (suggestion->reasons->pdata[i], what) != NULL)
      return TRUE;
  return FALSE;
}

static void
assert_suggests (const LatheFacts *facts, const char *preset, const char *said)
{
  g_autoptr (LatheSuggestion) suggestion = lathe_suggest (facts);

  g_assert_cmpstr (suggestion->preset->name, ==, preset);
  g_assert_true (is_said (suggestion, said));
}

/* --- It works --- */

static void
check_one (const LatheFacts *facts)
{
  g_autoptr (LatheSuggestion) suggestion = lathe_suggest (facts);
  const LathePreprocess *p = &suggestion->preprocess;
  g_autoptr (LatheGraphReport) report = lathe_graph_check (suggestion->graph);
  g_autoptr (GError) error = NULL;
  LatheShape input;

  lathe_graph_report_propagate (report, suggestion->graph, &error);
  g_assert_no_error (error);
  g_assert_true (lathe_hyperparameters_check (&suggestion->hyperparameters, &error));
  g_assert_true (lathe_graph_get_input (suggestion->graph, &input));
  g_assert_true (lathe_shape_equal (&input, &LATHE_SHAPE_IMAGE (p->height, p->width, p->channels)));
  g_assert_cmpuint (p->channels, ==, facts->grey ? 1 : 3);
  g_assert_cmpuint (lathe_shape_size (&report->nodes[report->output].output), ==,
                    facts->n_classes <= 2 ? 1 : facts->n_classes);
  g_assert_cmpuint (suggestion->reasons->len, >=, 4);
}

static void
test_any_dataset_gets_a_network_that_works (void)
{
  static const guint sides[] = {1, 7, 28, 48, 49, 100, 640, 60000};
  static const guint numbers[] = {1, 40, 999, 1000, 50000, 2000000};
  static const guint classes[] = {1, 2, 3, 1000};

  for (guint w = 0; w < G_N_ELEMENTS (sides); w++)
    for (guint h = 0; h < G_N_ELEMENTS (sides); h++)
      for (guint n = 0; n < G_N_ELEMENTS (numbers); n++)
        for (guint c = 0; c < G_N_ELEMENTS (classes); c++)
          {
            LatheFacts facts = photographs;

            facts.width = sides[w];
            facts.height = sides[h];
            facts.n_images = numbers[n];
            facts.n_classes = classes[c];
            facts.grey = (w + h + n) % 2 == 0;
            check_one (&facts);
          }
}

/* --- It follows from the facts --- */

static void
test_few_images_get_the_quick_network (void)
{
  LatheFacts few = letters;
  g_autoptr (LatheSuggestion) suggestion = NULL;

  few.n_images = 800;
  few.least = few.most = 80;
  assert_suggests (&few, "seed", "800 images to train with, about 80 of each class, are few");
  suggestion = lathe_suggest (&few);
  g_assert_cmpuint (suggestion->hyperparameters.epochs, ==, 40); /* 25 steps in each */
  assert_suggests (&letters, "airbench-small", "4200 images to train with");
}

static void
test_colour_is_mirrored_and_writing_is_not (void)
{
  g_autoptr (LatheSuggestion) colour = lathe_suggest (&photographs), grey = lathe_suggest (&letters);

  g_assert_cmpuint (colour->hyperparameters.augmentation.flip, ==, LATHE_FLIP_RANDOM);
  g_assert_cmpuint (grey->hyperparameters.augmentation.flip, ==, LATHE_FLIP_NONE);
  g_assert_cmpuint (grey->hyperparameters.augmentation.shift, >, 0);
  g_assert_true (is_said (colour, "mirrored and moved a little"));
  g_assert_true (is_said (grey, "not mirrored"));
}

/* The shorter side is brought to 64, and the shape is kept as far as eighths go. */
static void
test_large_images_are_shrunk_and_small_ones_are_not (void)
{
  g_autoptr (LatheSuggestion) large = lathe_suggest (&photographs), small = lathe_suggest (&letters);

  g_assert_cmpuint (large->preprocess.width, ==, 88);
  g_assert_cmpuint (large->preprocess.height, ==, 64);
  g_assert_true (is_said (large, "256×192 pixels, or so: 88×64"));
  g_assert_cmpuint (small->preprocess.width, ==, 28);
  g_assert_cmpuint (small->preprocess.height, ==, 28);
  g_assert_true (is_said (small, "taken as they are"));
}

static void
test_unequal_classes_are_shown_as_often (void)
{
  LatheFacts unequal = photographs;
  g_autoptr (LatheSuggestion) even = lathe_suggest (&photographs), balanced = NULL;

  unequal.most = 2310;
  unequal.least = 490;
  balanced = lathe_suggest (&unequal);
  g_assert_cmpuint (even->hyperparameters.balance, ==, LATHE_BALANCE_NONE);
  g_assert_cmpuint (balanced->hyperparameters.balance, ==, LATHE_BALANCE_RESAMPLE);
  g_assert_cmpuint (balanced->hyperparameters.best_by, ==, LATHE_BEST_BY_MACRO_F1);
  g_assert_true (is_said (balanced, "One class has 2310 images, another 490"));
}

/* Two million photographs on one core are for a network that needs less. */
static void
test_slow_and_small_machines_get_a_cheaper_network (void)
{
  LatheFacts many = photographs, narrow = photographs;
  g_autoptr (LatheSuggestion) fast = lathe_suggest (&photographs), slow = NULL, tight = NULL;
  g_autoptr (LatheGraphReport) of_fast = lathe_graph_check (fast->graph), of_slow = NULL, of_tight = NULL;

  many.n_images = 2000000;
  many.n_threads = 1;
  slow = lathe_suggest (&many);
  of_slow = lathe_graph_check (slow->graph);
  g_assert_cmpuint (of_slow->multiply_adds, <, of_fast->multiply_adds);
  narrow.memory = 16 << 20;
  tight = lathe_suggest (&narrow);
  of_tight = lathe_graph_check (tight->graph);
  g_assert_cmpuint (of_tight->activations, <, of_fast->activations);
}

static void
test_same_facts_give_the_same (void)
{
  g_autoptr (LatheSuggestion) one = lathe_suggest (&photographs), two = lathe_suggest (&photographs);

  g_assert_true (lathe_graph_equal (one->graph, two->graph));
  g_assert_true (lathe_hyperparameters_equal (&one->hyperparameters, &two->hyperparameters));
  g_assert_cmpuint (one->reasons->len, ==, two->reasons->len);
  for (guint i = 0; i < one->reasons->len; i++)
    g_assert_cmpstr (one->reasons->pdata[i], ==, two->reasons->pdata[i]);
}

/* --- The facts are those of the dataset --- */

static void
test_facts_are_counted (Fixture *fixture, gconstpointer data)
{
  LatheFacts facts;
  g_autoptr (LatheDataset) dataset = NULL;

  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *many = g_strdup_printf ("train/many/%u.png", i);
      g_autofree char *few = g_strdup_printf ("train/few/%u.png", i);

      put_image (fixture, many, i < 7 ? 60 : 90, i < 7 ? 40 : 20, 0x102030 * (i + 1), "png");
      if (i < 3)
        put_image (fixture, few, 60, 40, 0x010203 * (i + 1), "png");
    }
  put_image (fixture, "validation/many/v.png", 60, 40, 0x00ff00, "png");
  put_image (fixture, "test/many/t.png", 60, 40, 0x00ff01, "png");
  dataset = scan (fixture);
  lathe_facts_of (dataset, &facts);
  g_assert_cmpuint (facts.n_images, ==, 15);
  g_assert_cmpuint (facts.n_classes, ==, 2);
  g_assert_cmpuint (facts.most, ==, 12);
  g_assert_cmpuint (facts.least, ==, 3);
  g_assert_cmpuint (facts.width, ==, 60);
  g_assert_cmpuint (facts.height, ==, 40);
  g_assert_false (facts.grey);
  g_assert_cmpuint (facts.n_threads, >, 0);
  g_assert_cmpuint (facts.memory, >, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/suggest/any-dataset", test_any_dataset_gets_a_network_that_works);
  g_test_add_func ("/suggest/few", test_few_images_get_the_quick_network);
  g_test_add_func ("/suggest/mirrored", test_colour_is_mirrored_and_writing_is_not);
  g_test_add_func ("/suggest/size", test_large_images_are_shrunk_and_small_ones_are_not);
  g_test_add_func ("/suggest/unequal", test_unequal_classes_are_shown_as_often);
  g_test_add_func ("/suggest/machine", test_slow_and_small_machines_get_a_cheaper_network);
  g_test_add_func ("/suggest/same", test_same_facts_give_the_same);
  ADD ("/suggest/facts", test_facts_are_counted);
  return g_test_run ();
}
