/* test-advice.c: settings that do not go together are told, with what would mend them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "lathe.h"

/* Ten classes of small colour images, all of one size. */
static const LatheTrainingSet usual = {
    .n_train = 4000, .n_validation = 1000, .least = 400, .most = 400, .width = 32, .height = 32, .channels = 3};
static const LatheTrainingSet unvalidated = {
    .n_train = 4000, .least = 400, .most = 400, .width = 32, .height = 32, .channels = 3};
static const LatheTrainingSet unequal = {
    .n_train = 4000, .n_validation = 1000, .least = 100, .most = 900, .width = 32, .height = 32, .channels = 3};
static const LatheTrainingSet small = {
    .n_train = 20, .n_validation = 5, .least = 10, .most = 10, .width = 32, .height = 32, .channels = 3};
static const LatheTrainingSet grey = {
    .n_train = 4000, .n_validation = 1000, .least = 400, .most = 400, .width = 28, .height = 28, .channels = 1};
static const LatheTrainingSet unknown = {0};
static const LatheTrainingSet *const sets[] = {&usual, &unvalidated, &unequal, &small, &grey, &unknown};

static LatheHyperparameters
defaults (void)
{
  LatheHyperparameters h;

  lathe_hyperparameters_defaults (&h);
  return h;
}

static const LatheHyperparameterAdvice *
find (const GArray *found, const char *name)
{
  for (guint i = 0; i < found->len; i++)
    if (g_str_equal (g_array_index (found, LatheHyperparameterAdvice, i).row->property.name, name))
      return &g_array_index (found, LatheHyperparameterAdvice, i);
  return NULL;
}

/* --- What is told --- */

typedef struct
{
  const LatheTrainingSet *set;
  const char *json; /* the settings that differ from the defaults */
  const char *row;  /* that is told of; NULL: none is */
  double remedy;
} Case;

static const Case cases[] = {
    {&usual, "{}", NULL, 0},
    {&unknown, "{}", NULL, 0},
    {&usual, "{\"batch\":3999}", NULL, 0},
    {&usual, "{\"batch\":4000}", "batch", 32},
    {&small, "{}", "batch", 2},
    {&usual, "{\"batch\":1,\"mixup\":0.2}", "batch", 32},
    {&unknown, "{\"batch\":4000}", NULL, 0},
    {&usual, "{\"lookahead\":1000,\"epochs\":8}", "lookahead", 0},
    {&usual, "{\"lookahead\":999,\"epochs\":8}", NULL, 0},
    {&usual, "{\"learning-rate\":0.1}", "learning-rate", 0.001},
    {&usual, "{\"learning-rate\":0.1,\"optimizer\":\"sgd\"}", NULL, 0},
    {&usual, "{\"learning-rate\":0.00001,\"optimizer\":\"sgd\"}", "learning-rate", 0.05},
    {&usual, "{\"optimizer\":\"lion\",\"beta2\":0.99}", "learning-rate", 0.0001},
    {&usual, "{\"optimizer\":\"lion\",\"learning-rate\":0.0001}", "beta2", 0.99},
    {&usual, "{\"optimizer\":\"nesterov\",\"momentum\":0}", "momentum", 0.9},
    {&usual, "{\"optimizer\":\"adam\",\"momentum\":0}", "momentum", 0.9},
    {&usual, "{\"schedule\":\"plateau\"}", NULL, 0},
    {&unvalidated, "{\"schedule\":\"plateau\"}", "schedule", LATHE_SCHEDULE_COSINE},
    {&usual, "{\"schedule\":\"plateau\",\"patience\":9}", "patience", 2},
    {&usual, "{\"schedule\":\"plateau\",\"patience\":8}", NULL, 0},
    {&usual, "{\"schedule\":\"plateau\",\"patience\":4,\"early-stopping\":4}", "patience", 2},
    {&usual, "{\"warm-up\":10}", "warm-up", 1},
    {&usual, "{\"warm-up\":9}", NULL, 0},
    {&usual, "{\"schedule\":\"exponential\",\"decay\":1}", "decay", 0.5},
    {&usual, "{\"schedule\":\"step\",\"decay-epochs\":10}", "decay-epochs", 3},
    {&usual, "{\"schedule\":\"step\",\"decay-epochs\":8,\"warm-up\":2}", "decay-epochs", 2},
    {&usual, "{\"schedule\":\"step\",\"decay-epochs\":9}", NULL, 0},
    {&usual, "{\"schedule\":\"cosine\",\"final-rate\":1}", "final-rate", 0},
    {&usual, "{\"loss\":\"hinge\",\"mixup\":0.2}", "loss", LATHE_LOSS_CROSS_ENTROPY},
    {&usual, "{\"loss\":\"focal\",\"label-smoothing\":0.1}", "label-smoothing", 0},
    {&usual, "{\"label-smoothing\":0.5}", "label-smoothing", 0.1},
    {&usual, "{\"loss\":\"focal\",\"focal-gamma\":0}", "focal-gamma", 2},
    {&unequal, "{}", "balance", LATHE_BALANCE_RESAMPLE},
    {&unequal, "{\"balance\":\"resample\",\"best-by\":\"macro-f1\"}", NULL, 0},
    {&unequal, "{\"balance\":\"weights\"}", "best-by", LATHE_BEST_BY_MACRO_F1},
    {&usual, "{\"balance\":\"resample\"}", "balance", LATHE_BALANCE_NONE},
    {&unvalidated, "{\"best-by\":\"macro-f1\"}", "best-by", LATHE_BEST_BY_ACCURACY},
    {&usual, "{\"early-stopping\":9}", "early-stopping", 2},
    {&usual, "{\"early-stopping\":1,\"epochs\":2}", "early-stopping", 0},
    {&usual, "{\"early-stopping\":8}", NULL, 0},
    {&unvalidated, "{\"early-stopping\":3}", "early-stopping", 0},
    {&usual, "{\"early-stopping\":3,\"schedule\":\"one-cycle\"}", "early-stopping", 0},
    {&grey, "{\"saturation\":0.2}", "saturation", 0},
    {&grey, "{\"hue\":10}", "hue", 0},
    {&usual, "{\"hue\":10,\"saturation\":0.2}", NULL, 0},
    {&usual, "{\"shift\":16}", "shift", 2},
    {&usual, "{\"shift\":15}", NULL, 0},
    {&usual, "{\"cutout\":32}", "cutout", 8},
};

static void
test_what_does_not_go_together_is_told (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Case *one = &cases[i];
      g_autoptr (GArray) found = NULL;
      g_autoptr (GError) error = NULL;
      LatheHyperparameters h;

      lathe_hyperparameters_from_json (one->json, &h, &error);
      g_assert_no_error (error);
      found = lathe_hyperparameters_advise (&h, one->set);
      g_test_message ("%s: %s", one->json,
                      found->len > 0 ? g_array_index (found, LatheHyperparameterAdvice, 0).text : "nothing");
      g_assert_cmpuint (found->len, ==, one->row != NULL);
      if (one->row == NULL)
        continue;
      g_assert_nonnull (find (found, one->row));
      g_assert_cmpfloat (find (found, one->row)->remedy, ==, one->remedy);
    }
}

/* The plateau of a training of two epochs has no patience that is short enough. */
static void
test_what_has_no_remedy_names_none (void)
{
  LatheHyperparameters h = defaults ();
  g_autoptr (GArray) found = NULL;

  h.schedule = LATHE_SCHEDULE_PLATEAU;
  h.epochs = 2;
  found = lathe_hyperparameters_advise (&h, &usual);
  g_assert_nonnull (find (found, "patience"));
  g_assert_true (isnan (find (found, "patience")->remedy));
}

/* Which it is depends on the processor, and on LATHE_CPU. */
static void
test_precision_is_advised_against_where_it_is_slow (void)
{
  LatheHyperparameters h = defaults ();
  g_autoptr (GArray) found = NULL;

  h.precision = LATHE_PRECISION_BF16;
  found = lathe_hyperparameters_advise (&h, &usual);
  g_assert_cmpuint (found->len, ==, lathe_precision_is_fast (LATHE_PRECISION_BF16) ? 0 : 1);
  if (found->len > 0)
    g_assert_cmpfloat (find (found, "precision")->remedy, ==, LATHE_PRECISION_FP32);
}

/* --- What goes for all of it --- */

/* One of the row's least, its greatest, its default and two between. */
static double
draw (GRand *rng, const LatheProperty *property)
{
  double values[] = {property->minimum,
                     property->maximum,
                     property->fallback,
                     property->fallback,
                     MIN (MAX (property->minimum, 1), property->maximum),
                     MIN (property->minimum + 7, property->maximum)};
  double value = values[g_rand_int (rng) % G_N_ELEMENTS (values)];

  return property->type == LATHE_PROPERTY_REAL ? value : floor (value);
}

static void
draw_all (GRand *rng, LatheHyperparameters *h)
{
  guint n_rows;
  const LatheHyperparameter *rows = lathe_hyperparameters (&n_rows);

  lathe_hyperparameters_defaults (h);
  for (guint i = 0; i < n_rows; i++)
    if (rows[i].property.type == LATHE_PROPERTY_CHOICE)
      lathe_hyperparameter_set (&rows[i], h, g_rand_int (rng) % ((guint) rows[i].property.maximum + 1));
    else
      lathe_hyperparameter_set (&rows[i], h, draw (rng, &rows[i].property));
}

static gboolean
is_told (const GArray *found, const LatheHyperparameterAdvice *advice)
{
  const LatheHyperparameterAdvice *same = find (found, advice->row->property.name);

  return same != NULL && g_str_equal (same->text, advice->text);
}

static void
assert_mended (const LatheHyperparameters *h, const LatheTrainingSet *set, const LatheHyperparameterAdvice *advice)
{
  LatheHyperparameters mended = *h;
  g_autoptr (GArray) found = NULL;
  g_autoptr (GError) error = NULL;

  lathe_property_check (&advice->row->property, advice->remedy, &error);
  g_assert_no_error (error);
  lathe_hyperparameter_set (advice->row, &mended, advice->remedy);
  found = lathe_hyperparameters_advise (&mended, set);
  if (is_told (found, advice))
    g_error ("%s: %s", advice->row->property.name, advice->text);
}

static void
test_every_remedy_mends_whatever_else_is_set (void)
{
  g_autoptr (GRand) rng = g_rand_new_with_seed (1);

  for (guint i = 0; i < 20000; i++)
    {
      const LatheTrainingSet *set = sets[i % G_N_ELEMENTS (sets)];
      g_autoptr (GArray) found = NULL;
      LatheHyperparameters h;

      draw_all (rng, &h);
      found = lathe_hyperparameters_advise (&h, set);
      for (guint k = 0; k < found->len; k++)
        {
          const LatheHyperparameterAdvice *advice = &g_array_index (found, LatheHyperparameterAdvice, k);

          g_assert_true (find (found, advice->row->property.name) == advice); /* one of each row */
          if (!isnan (advice->remedy))
            assert_mended (&h, set, advice);
        }
    }
}

static void
assert_fine (const LatheHyperparameters *h, const LatheTrainingSet *set)
{
  g_autoptr (GArray) found = lathe_hyperparameters_advise (h, set);

  if (found->len > 0)
    g_error ("%s", g_array_index (found, LatheHyperparameterAdvice, 0).text);
}

static void
test_recipes_go_together (void)
{
  guint n_recipes;
  const LatheRecipe *recipes = lathe_recipes (&n_recipes);

  for (guint i = 0; i < n_recipes; i++)
    {
      LatheHyperparameters h = defaults ();
      double share[LATHE_N_SPLITS];
      guint views;

      lathe_recipe_apply (&recipes[i], &h, &views, share);
      assert_fine (&h, &usual);
      assert_fine (&h, &unvalidated);
    }
}

/* What is suggested for classes of unequal size is what the advice would have. */
static void
test_suggestions_go_together (void)
{
  LatheFacts facts = {.n_images = 4000,
                      .n_classes = 10,
                      .least = unequal.least,
                      .most = unequal.most,
                      .width = 32,
                      .height = 32,
                      .n_threads = 2,
                      .memory = G_GUINT64_CONSTANT (8) << 30};
  g_autoptr (LatheSuggestion) suggestion = lathe_suggest (&facts);

  assert_fine (&suggestion->hyperparameters, &unequal);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/advice/told", test_what_does_not_go_together_is_told);
  g_test_add_func ("/advice/no-remedy", test_what_has_no_remedy_names_none);
  g_test_add_func ("/advice/precision", test_precision_is_advised_against_where_it_is_slow);
  g_test_add_func ("/advice/remedies", test_every_remedy_mends_whatever_else_is_set);
  g_test_add_func ("/advice/recipes", test_recipes_go_together);
  g_test_add_func ("/advice/suggestions", test_suggestions_go_together);
  return g_test_run ();
}
