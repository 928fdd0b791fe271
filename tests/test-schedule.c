/* test-schedule.c: hyperparameters are their table, and the learning rate goes the way they say.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "lathe.h"
#include "train/lathe-schedule.h"

static LatheHyperparameters
defaults (void)
{
  LatheHyperparameters h;

  lathe_hyperparameters_defaults (&h);
  return h;
}

/* A figure of another's making, at a step. */
typedef struct
{
  guint step;
  double rate;
} Point;

static LatheHyperparameters
scheduled (LatheSchedule schedule, guint epochs)
{
  LatheHyperparameters h = defaults ();

  h.schedule = schedule;
  h.epochs = epochs;
  h.learning_rate = 0.1;
  return h;
}

static double
rate (const LatheHyperparameters *h, guint step, guint steps_per_epoch)
{
  return lathe_schedule_rate (h, step, steps_per_epoch, NULL, 0);
}

static void
assert_points (const LatheHyperparameters *h, guint steps_per_epoch, const Point *points, guint n_points)
{
  for (guint i = 0; i < n_points; i++)
    g_assert_cmpfloat_with_epsilon (rate (h, points[i].step, steps_per_epoch), points[i].rate, 1e-12);
}

#define assert_all(h, steps_per_epoch, ...)                                                                            \
  assert_points (h, steps_per_epoch, (Point[]){__VA_ARGS__}, sizeof (Point[]){__VA_ARGS__} / sizeof (Point))

/* --- The rate; the figures are those of the schedulers of PyTorch 2.15 --- */

static void
test_constant_is_the_rate_itself (void)
{
  LatheHyperparameters h = defaults ();

  for (guint step = 0; step < 100; step++)
    g_assert_cmpfloat (rate (&h, step, 10), ==, 1e-3);
}

/* StepLR (step_size=3, gamma=0.3), an epoch at a time. */
static void
test_step (void)
{
  LatheHyperparameters h = scheduled (LATHE_SCHEDULE_STEP, 10);

  h.decay = 0.3;
  h.decay_epochs = 3;
  assert_all (&h, 1, {0, 0.1}, {2, 0.1}, {3, 0.03}, {5, 0.03}, {6, 0.009}, {8, 0.009}, {9, 0.0027});
  assert_all (&h, 4, {11, 0.1}, {12, 0.03}, {23, 0.03}, {24, 0.009});
}

/* ExponentialLR (gamma=0.7). */
static void
test_exponential (void)
{
  LatheHyperparameters h = scheduled (LATHE_SCHEDULE_EXPONENTIAL, 10);

  h.decay = 0.7;
  assert_all (&h, 1, {0, 0.1}, {1, 0.07}, {5, 0.016807}, {9, 0.0040353607});
  assert_all (&h, 10, {9, 0.1}, {10, 0.07}, {59, 0.016807});
}

/* CosineAnnealingLR (T_max=19, eta_min=0.01): the twentieth step has the final rate. */
static void
test_cosine (void)
{
  LatheHyperparameters h = scheduled (LATHE_SCHEDULE_COSINE, 4);

  h.final_rate = 0.1;
  assert_all (&h, 5, {0, 0.1}, {1, 0.0993862586531}, {5, 0.0854776707232}, {10, 0.0512839294537}, {18, 0.0106137413469},
              {19, 0.01}, {25, 0.01});
}

/* OneCycleLR (max_lr=0.1, total_steps=20, final_div_factor=2), with pct_start 0.3, and 0.5. */
static void
test_one_cycle (void)
{
  LatheHyperparameters h = scheduled (LATHE_SCHEDULE_ONE_CYCLE, 4);

  h.final_rate = 0.02;
  assert_all (&h, 5, {0, 0.004}, {1, 0.01316718427}, {4, 0.09083281573}, {5, 0.1}, {6, 0.0987714676969}, {12, 0.051},
              {19, 0.002});
  h.warm_up = 2;
  assert_all (&h, 5, {0, 0.004}, {3, 0.028}, {9, 0.1}, {10, 0.0976017692985}, {15, 0.0358581672756}, {19, 0.002});
}

static void
test_warm_up_is_a_straight_line (void)
{
  for (guint schedule = 0; schedule < LATHE_N_SCHEDULES; schedule++)
    if (schedule != LATHE_SCHEDULE_ONE_CYCLE)
      {
        LatheHyperparameters h = scheduled (schedule, 8);

        h.warm_up = 2;
        for (guint step = 0; step < 20; step++)
          g_assert_cmpfloat_with_epsilon (rate (&h, step, 10), 0.1 * (step + 1) / 20, 1e-12);
        g_assert_cmpfloat_with_epsilon (rate (&h, 20, 10), 0.1, 1e-12);
      }
}

static void
test_every_rate_is_between_its_ends (void)
{
  for (guint schedule = 0; schedule < LATHE_N_SCHEDULES; schedule++)
    for (guint epochs = 1; epochs <= 6; epochs++)
      for (guint steps = 1; steps <= 7; steps++)
        for (guint quarter = 0; quarter <= 32; quarter++)
          {
            LatheHyperparameters h = scheduled (schedule, epochs);
            double before = 0;
            gboolean falling = FALSE;

            h.warm_up = quarter / 4.0;
            for (guint step = 0; step < epochs * steps; step++)
              {
                double here = rate (&h, step, steps);

                g_assert_true (here >= 0 && here <= 0.1 * (1 + 1e-12)); /* and a number */
                falling |= here < before * (1 - 1e-12);
                g_assert_true (!falling || here <= before * (1 + 1e-12)); /* up, and then down */
                before = here;
              }
          }
}

static void
test_plateau_waits_for_its_patience (void)
{
  const gboolean better[] = {TRUE, FALSE, TRUE, FALSE, FALSE, FALSE, FALSE, TRUE, FALSE, FALSE};
  const double times[] = {0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 3};
  LatheHyperparameters h = scheduled (LATHE_SCHEDULE_PLATEAU, 20);

  h.patience = 2;
  for (guint n = 0; n <= G_N_ELEMENTS (better); n++)
    g_assert_cmpfloat_with_epsilon (lathe_schedule_rate (&h, 10 * n, 10, better, n), 0.1 * pow (0.5, times[n]), 1e-12);
}

/* Every step of it is one that the training takes, from the first to the last. */
static void
test_trace_is_what_steps_take (void)
{
  for (guint schedule = 0; schedule < LATHE_N_SCHEDULES; schedule++)
    {
      LatheHyperparameters h = scheduled ((LatheSchedule) schedule, 6);
      const gboolean better[] = {TRUE, FALSE, FALSE, TRUE};
      double epochs[24], rates[24];

      h.warm_up = 1;
      h.patience = 2;
      lathe_schedule_trace (&h, 4, better, 4, 24, epochs, rates);
      for (guint step = 0; step < 24; step++)
        {
          g_assert_cmpfloat (epochs[step], ==, step / 4.0);
          g_assert_cmpfloat (rates[step], ==, lathe_schedule_rate (&h, step, 4, better, MIN (step / 4, 4)));
        }
      lathe_schedule_trace (&h, 4, better, 4, 2, epochs, rates);
      g_assert_cmpfloat (rates[1], ==, lathe_schedule_rate (&h, 23, 4, better, 4));
    }
}

static void
assert_described (const LatheHyperparameters *h, const char *expected)
{
  g_autofree char *text = lathe_schedule_describe (h, 100);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_schedule_is_told_by_its_ends_and_its_peak (void)
{
  LatheHyperparameters h = scheduled (LATHE_SCHEDULE_CONSTANT, 10);

  assert_described (&h, "0.1 from the first step to the last");
  h.warm_up = 2;
  assert_described (&h, "From 0.0005 up to 0.1 after 2 epochs");
  h.schedule = LATHE_SCHEDULE_COSINE;
  h.final_rate = 0.01;
  assert_described (&h, "From 0.0005 up to 0.1 after 2 epochs, and down to 0.001");
  h.warm_up = 0;
  assert_described (&h, "From 0.1 down to 0.001");
  h.schedule = LATHE_SCHEDULE_PLATEAU;
  assert_described (&h, "0.1, and each time 3 epochs were no better 0.5 times that");
}

static void
test_enough_is_enough (void)
{
  const gboolean better[] = {TRUE, FALSE, FALSE, TRUE, FALSE, FALSE, FALSE};
  LatheHyperparameters h = defaults ();

  g_assert_false (lathe_schedule_is_enough (&h, better, G_N_ELEMENTS (better)));
  h.early_stopping = 3;
  for (guint n = 0; n < G_N_ELEMENTS (better); n++)
    g_assert_false (lathe_schedule_is_enough (&h, better, n));
  g_assert_true (lathe_schedule_is_enough (&h, better, G_N_ELEMENTS (better)));
}

/* --- The table --- */

static void
test_defaults_are_sound (void)
{
  LatheHyperparameters h = defaults ();
  g_autoptr (GError) error = NULL;
  guint n;
  const LatheHyperparameter *rows = lathe_hyperparameters (&n);

  g_assert_true (lathe_hyperparameters_check (&h, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, 47);
  for (guint i = 0; i < n; i++)
    {
      g_assert_true (lathe_hyperparameter_find (rows[i].property.name) == &rows[i]);
      g_assert_nonnull (rows[i].property.title);
      g_assert_nonnull (rows[i].property.help);
      for (guint j = 0; j < i; j++) /* each has a place of its own */
        g_assert_cmpuint (rows[i].offset, !=, rows[j].offset);
    }
  g_assert_null (lathe_hyperparameter_find ("luck"));
  g_assert_cmpuint (h.epochs, ==, 10);
  g_assert_cmpuint (h.batch, ==, 32);
  g_assert_cmpuint (h.optimizer, ==, LATHE_OPTIMIZER_ADAM);
  g_assert_cmpfloat (h.learning_rate, ==, 1e-3);
  g_assert_cmpuint (h.seed, ==, 1);
}

/* Just below and just above what a row allows, and no number at all. */
static void
test_every_row_is_checked (void)
{
  guint n;
  const LatheHyperparameter *rows = lathe_hyperparameters (&n);

  for (guint i = 0; i < n; i++)
    {
      const LatheProperty *property = &rows[i].property;
      const double wrong[] = {property->maximum +
                                  (property->type == LATHE_PROPERTY_REAL ? 1e-3 * property->maximum : 1),
                              property->type == LATHE_PROPERTY_REAL ? -1 : property->minimum - 1,
                              property->type == LATHE_PROPERTY_REAL ? NAN : property->maximum + 1};

      for (guint j = 0; j < G_N_ELEMENTS (wrong); j++)
        {
          LatheHyperparameters h = defaults ();
          g_autoptr (GError) error = NULL;

          if (property->type != LATHE_PROPERTY_REAL && wrong[j] < 0)
            continue;
          lathe_hyperparameter_set (&rows[i], &h, wrong[j]);
          g_assert_false (lathe_hyperparameters_check (&h, &error));
          g_assert_error (error, LATHE_ERROR, LATHE_ERROR_INVALID);
          g_assert_nonnull (strstr (error->message, property->title));
          g_assert_nonnull (strstr (error->message, "default"));
        }
    }
}

static void
test_rows_count_where_they_are_used (void)
{
  static const struct
  {
    const char *row;
    guint optimizer, schedule, loss;
    gboolean counts;
  } cases[] = {
      {"epochs", 0, 0, 0, TRUE},
      {"momentum", LATHE_OPTIMIZER_NESTEROV, 0, 0, TRUE},
      {"momentum", LATHE_OPTIMIZER_RMSPROP, 0, 0, FALSE},
      {"momentum", LATHE_OPTIMIZER_SGD, 0, 0, FALSE},
      {"beta1", LATHE_OPTIMIZER_RMSPROP, 0, 0, FALSE},
      {"beta2", LATHE_OPTIMIZER_RMSPROP, 0, 0, TRUE},
      {"weight-decay", LATHE_OPTIMIZER_ADAM, 0, 0, FALSE},
      {"weight-decay", LATHE_OPTIMIZER_LION, 0, 0, TRUE},
      {"epsilon", LATHE_OPTIMIZER_LION, 0, 0, FALSE},
      {"decay", 0, LATHE_SCHEDULE_CONSTANT, 0, FALSE},
      {"decay", 0, LATHE_SCHEDULE_PLATEAU, 0, TRUE},
      {"final-rate", 0, LATHE_SCHEDULE_ONE_CYCLE, 0, TRUE},
      {"huber-delta", 0, 0, LATHE_LOSS_HUBER, TRUE},
      {"huber-delta", 0, 0, LATHE_LOSS_SQUARED, FALSE},
      {"label-smoothing", 0, 0, LATHE_LOSS_CROSS_ENTROPY, TRUE},
      {"focal-gamma", 0, 0, LATHE_LOSS_CROSS_ENTROPY, FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LatheHyperparameters h = defaults ();

      h.optimizer = cases[i].optimizer;
      h.schedule = cases[i].schedule;
      h.loss = cases[i].loss;
      g_assert_cmpint (lathe_hyperparameter_counts (lathe_hyperparameter_find (cases[i].row), &h), ==, cases[i].counts);
    }
}

static void
test_json_gives_the_same_back (void)
{
  guint n;
  const LatheHyperparameter *rows = lathe_hyperparameters (&n);
  LatheHyperparameters h = defaults (), again, slowly;
  g_autoptr (GPtrArray) account = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < n; i++)
    {
      const LatheProperty *property = &rows[i].property;
      double value = property->type == LATHE_PROPERTY_REAL ? property->minimum + MIN (property->maximum, 1) / 3
                                                           : property->maximum;

      lathe_hyperparameter_set (&rows[i], &h, value);
    }
  h.seed = G_MAXUINT64;
  text = lathe_hyperparameters_to_json (&h);
  g_assert_true (lathe_hyperparameters_from_json (text, &again, &error));
  g_assert_no_error (error);
  g_assert_true (lathe_hyperparameters_equal (&h, &again)); /* to the bit */
  lathe_hyperparameters_from_json_lenient (text, &slowly, account);
  g_assert_cmpuint (account->len, ==, 0);
  g_assert_true (lathe_hyperparameters_equal (&h, &slowly));
  again.focal_gamma = nextafter (again.focal_gamma, 1);
  g_assert_false (lathe_hyperparameters_equal (&h, &again));
}

static void
test_json_leaves_defaults (void)
{
  LatheHyperparameters h, d = defaults ();
  g_autofree char *text = lathe_hyperparameters_to_json (&d);

  g_assert_true (g_str_has_prefix (
      text, "{\"epochs\":10,\"batch\":32,\"flip\":\"none\",\"shift\":0,\"flip-vertical\":\"none\",\"rotate\":0,"));
  g_assert_true (g_str_has_suffix (text, "\"seed\":\"1\"}"));
  g_assert_true (lathe_hyperparameters_from_json ("{\"learning-rate\":1,\"loss\":\"hinge\"}", &h, NULL));
  d.learning_rate = 1;
  d.loss = LATHE_LOSS_HINGE;
  g_assert_true (lathe_hyperparameters_equal (&h, &d));
}

static void
test_bad_json_is_refused (void)
{
  g_autofree char *brackets = g_strnfill (1000000, '[');
  const char *const bad[] = {
      "",
      "[]",
      "{",
      "12",
      "null",
      brackets,
      "{\"luck\":1}",
      "{\"threads\":1}",
      "{\"epochs\":0}",
      "{\"epochs\":1.5}",
      "{\"epochs\":\"10\"}",
      "{\"epochs\":null}",
      "{\"epochs\":[1]}",
      "{\"epochs\":true}",
      "{\"epochs\":-1}",
      "{\"epochs\":1e300}",
      "{\"learning-rate\":1e999}",
      "{\"optimizer\":\"newton\"}",
      "{\"optimizer\":2}",
      "{\"loss\":{}}",
      "{\"seed\":1}",
      "{\"seed\":\"-1\"}",
      "{\"seed\":\"18446744073709551616\"}",
      "{\"seed\":\"\"}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      LatheHyperparameters h = {.epochs = 77};
      g_autoptr (GError) error = NULL;

      g_assert_false (lathe_hyperparameters_from_json (bad[i], &h, &error));
      g_assert_error (error, LATHE_ERROR, LATHE_ERROR_FORMAT);
      g_assert_cmpuint (h.epochs, ==, 77);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedule/constant", test_constant_is_the_rate_itself);
  g_test_add_func ("/schedule/step", test_step);
  g_test_add_func ("/schedule/exponential", test_exponential);
  g_test_add_func ("/schedule/cosine", test_cosine);
  g_test_add_func ("/schedule/one-cycle", test_one_cycle);
  g_test_add_func ("/schedule/warm-up", test_warm_up_is_a_straight_line);
  g_test_add_func ("/schedule/ends", test_every_rate_is_between_its_ends);
  g_test_add_func ("/schedule/plateau", test_plateau_waits_for_its_patience);
  g_test_add_func ("/schedule/trace", test_trace_is_what_steps_take);
  g_test_add_func ("/schedule/described", test_schedule_is_told_by_its_ends_and_its_peak);
  g_test_add_func ("/schedule/enough", test_enough_is_enough);
  g_test_add_func ("/hyperparameters/defaults", test_defaults_are_sound);
  g_test_add_func ("/hyperparameters/check", test_every_row_is_checked);
  g_test_add_func ("/hyperparameters/counts", test_rows_count_where_they_are_used);
  g_test_add_func ("/hyperparameters/json", test_json_gives_the_same_back);
  g_test_add_func ("/hyperparameters/json-defaults", test_json_leaves_defaults);
  g_test_add_func ("/hyperparameters/json-bad", test_bad_json_is_refused);
  return g_test_run ();
}
