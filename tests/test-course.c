/* test-course.c: the course of a training is written down whole, and what it shows is seen, and nothing else.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "few.h"
#include "train/lathe-pace.h"

/* --- Courses that are made up --- */

typedef struct
{
  GArray *epochs, *points;
  LatheCourse course;
} Made;

static Made *
made_new (void)
{
  Made *made = g_new0 (Made, 1);

  made->epochs = g_array_new (FALSE, FALSE, sizeof (LatheEpoch));
  made->points = g_array_new (FALSE, FALSE, sizeof (LathePoint));
  made->course = (LatheCourse){
      .epochs = made->epochs,
      .points = made->points,
      .n_train = 5000,
      .n_validation = 1000,
      .chance = 0.1,
  };
  lathe_hyperparameters_defaults (&made->course.hyperparameters);
  return made;
}

static void
made_free (Made *made)
{
  g_array_unref (made->epochs);
  g_array_unref (made->points);
  g_free (made);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Made, made_free)

static void
add_epoch (Made *made, double loss, double validation_loss, double accuracy)
{
  guint n = made->epochs->len;
  gboolean best = TRUE;
  LatheEpoch epoch = {
      .epoch = n + 1,
      .loss = loss,
      .validation_loss = validation_loss,
      .accuracy = accuracy,
      .validation_accuracy = accuracy,
      .learning_rate = 0.001,
      .step = 150.0 * (n + 1),
  };

  for (guint i = 0; i < n; i++)
    best = best && validation_loss < g_array_index (made->epochs, LatheEpoch, i).validation_loss;
  epoch.best = best;
  g_array_append_val (made->epochs, epoch);
}

static void
add_points (Made *made, guint n, double from, double to)
{
  for (guint i = 0; i < n; i++)
    {
      LathePoint point = {.epoch = (made->points->len + 1) / 50.0, .loss = from + (to - from) * i / n};

      g_array_append_val (made->points, point);
    }
}

/* The only remark there is, of this kind. (transfer none) */
static const LatheRemark *
only_remark (GPtrArray *remarks, LatheRemarkKind kind)
{
  const LatheRemark *remark;

  g_assert_cmpuint (remarks->len, ==, 1);
  remark = remarks->pdata[0];
  g_assert_cmpint (remark->kind, ==, kind);
  g_assert_cmpuint (strlen (remark->help), >, 20);
  return remark;
}

static gboolean
has (GPtrArray *remarks, LatheRemarkKind kind)
{
  for (guint i = 0; i < remarks->len; i++)
    if (((LatheRemark *) remarks->pdata[i])->kind == kind)
      return TRUE;
  return FALSE;
}

/* Falls as training losses do; the validation loss beside it is noisy by three percent. */
static void
add_healthy (Made *made, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      double loss = 0.3 + 1.5 * exp (-0.7 * i), noise = 1 + 0.03 * sin (7.0 * i);

      add_epoch (made, loss, (loss + 0.05) * noise, 0.9 - 0.5 * exp (-0.7 * i));
    }
  add_points (made, 200, 2.3, 0.3);
}

static void
test_healthy_course_raises_no_alarm (void)
{
  for (guint n = 1; n <= 40; n++)
    {
      g_autoptr (Made) made = made_new ();
      g_autoptr (GPtrArray) remarks = NULL;

      add_healthy (made, n);
      remarks = lathe_course_remark (&made->course);
      g_assert_cmpuint (remarks->len, ==, 0);
    }
}

static void
test_overfitting_is_told_with_its_epoch (void)
{
  static const double validation[] = {1.0, 0.6, 0.45, 0.40, 0.42, 0.47, 0.53, 0.60};
  g_autoptr (Made) made = made_new ();
  g_autoptr (GPtrArray) remarks = NULL;
  const LatheRemark *remark;

  for (guint i = 0; i < G_N_ELEMENTS (validation); i++)
    add_epoch (made, 1.2 * exp (-0.5 * i), validation[i], 0.7 + 0.02 * i);
  remarks = lathe_course_remark (&made->course);
  remark = only_remark (remarks, LATHE_REMARK_OVERFITTING);
  g_assert_cmpuint (remark->epoch, ==, 4);
  g_assert_nonnull (strstr (remark->seen, "epoch 4"));
  g_assert_nonnull (strstr (remark->seen, "(0.4 to 0.533)"));
  g_assert_nonnull (strstr (remark->help, "augmentation, which is off"));
  g_assert_nonnull (strstr (remark->help, "of epoch 4"));
}

static void
test_standstill_is_not_overfitting (void)
{
  g_autoptr (Made) made = made_new ();
  g_autoptr (GPtrArray) remarks = NULL;

  for (guint i = 0; i < 10; i++)
    add_epoch (made, 2.303, 2.303 + 0.0001 * i, i % 2 ? 0.098 : 0.103);
  remarks = lathe_course_remark (&made->course);
  g_assert_nonnull (strstr (only_remark (remarks, LATHE_REMARK_NOT_LEARNING)->seen, "epoch 10 (step 1500)"));
}

static void
test_chance_is_that_of_the_commonest_class (void)
{
  g_autoptr (Made) made = made_new ();
  g_autoptr (GPtrArray) remarks = NULL;

  made->course.chance = 0.9;
  for (guint i = 0; i < 3; i++)
    add_epoch (made, 0.4, 0.4, 0.9);
  remarks = lathe_course_remark (&made->course);
  only_remark (remarks, LATHE_REMARK_NOT_LEARNING);
}

static void
test_explosion_is_told_with_its_epoch (void)
{
  g_autoptr (Made) made = made_new ();
  g_autoptr (GPtrArray) remarks = NULL;

  add_epoch (made, 1.0, 1.0, 0.6);
  add_points (made, 60, 2.3, 1.0);
  add_points (made, 10, 30, 30);
  remarks = lathe_course_remark (&made->course);
  g_assert_cmpuint (only_remark (remarks, LATHE_REMARK_EXPLODING)->epoch, ==, 2);
}

static void
test_small_losses_may_double (void)
{
  g_autoptr (Made) made = made_new ();
  g_autoptr (GPtrArray) remarks = NULL;

  add_healthy (made, 5);
  add_points (made, 50, 0.01, 0.01);
  add_points (made, 50, 0.2, 0.2);
  remarks = lathe_course_remark (&made->course);
  g_assert_cmpuint (remarks->len, ==, 0);
}

static void
test_end_that_still_improves_wants_more_epochs (void)
{
  g_autoptr (Made) made = made_new ();
  g_autoptr (GPtrArray) remarks = NULL, at_rest = NULL, under_way = NULL;

  for (guint i = 0; i < 10; i++)
    add_epoch (made, 2 - 0.12 * i, 2 - 0.11 * i, 0.3 + 0.03 * i);
  made->course.hyperparameters.epochs = 10;
  under_way = lathe_course_remark (&made->course);
  g_assert_cmpuint (under_way->len, ==, 0);
  made->course.ended = TRUE;
  remarks = lathe_course_remark (&made->course);
  g_assert_nonnull (strstr (only_remark (remarks, LATHE_REMARK_STILL_IMPROVING)->help, "try 20"));
  g_array_index (made->epochs, LatheEpoch, 9).learning_rate = 0.00001;
  at_rest = lathe_course_remark (&made->course);
  g_assert_cmpuint (at_rest->len, ==, 0);
}

static void
test_few_images_are_told_with_their_interval (void)
{
  g_autoptr (Made) made = made_new ();
  g_autoptr (GPtrArray) remarks = NULL;

  made->course.n_validation = 50;
  add_epoch (made, 0.5, 0.5, 0.82);
  remarks = lathe_course_remark (&made->course);
  /* Wilson's, of 41 of 50. */
  g_assert_nonnull (strstr (only_remark (remarks, LATHE_REMARK_FEW_IMAGES)->seen, "between 69.2 % and 90.2 %"));
}

/* --- Trainings --- */

/* What `change` makes of the defaults, trained on `n` images a class of the samples; 0: all of them. */
typedef struct
{
  LatheDataset *dataset;
  GArray *points;
  LatheSnapshot *end;
  LatheCourse course;
} Trained;

static void
collect (LatheSnapshot *snapshot, gpointer points)
{
  g_array_append_vals (points, snapshot->points->data, snapshot->points->len);
}

static Trained *
train (guint n, const char *preset, const LatheHyperparameters *h)
{
  Trained *trained = g_new0 (Trained, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheGraph) graph = lathe_preset_load (preset, &error);
  g_autoptr (LatheTrainer) trainer = NULL;
  LathePreprocess p;

  trained->dataset =
      n > 0 ? few_new (n)
            : lathe_dataset_scan (g_getenv ("LATHE_SAMPLES"), &LATHE_DATASET_OPTIONS_DEFAULT, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  lathe_dataset_suggest (trained->dataset, 0, 0, &p);
  lathe_graph_adapt (graph, &LATHE_SHAPE_IMAGE (p.height, p.width, p.channels),
                     lathe_dataset_get_n_classes (trained->dataset));
  trained->points = g_array_new (FALSE, FALSE, sizeof (LathePoint));
  trainer = lathe_trainer_new (trained->dataset, graph, &p, h, collect, trained->points, &error);
  g_assert_no_error (error);
  lathe_trainer_start (trainer);
  trained->end = lathe_trainer_wait (trainer);
  lathe_course_init (&trained->course, trained->dataset, h, trained->end, trained->points);
  return trained;
}

static void
trained_free (Trained *trained)
{
  if (strstr (lathe_dataset_get_folder (trained->dataset), "lathe-few-") != NULL)
    few_free (trained->dataset);
  else
    lathe_dataset_unref (trained->dataset);
  lathe_snapshot_unref (trained->end);
  g_array_unref (trained->points);
  g_free (trained);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Trained, trained_free)

static LatheHyperparameters
defaults (guint epochs)
{
  LatheHyperparameters h;

  lathe_hyperparameters_defaults (&h);
  h.epochs = epochs;
  return h;
}

static void
test_training_that_goes_well_raises_no_alarm (void)
{
  LatheHyperparameters h = defaults (6);
  g_autoptr (Trained) trained = NULL;
  g_autoptr (GPtrArray) remarks = NULL;

  h.schedule = LATHE_SCHEDULE_COSINE;
  trained = train (0, "seed", &h);
  remarks = lathe_course_remark (&trained->course);
  for (guint i = 0; i < remarks->len; i++)
    g_test_message ("%s", ((LatheRemark *) remarks->pdata[i])->seen);
  g_assert_cmpuint (remarks->len, ==, 0);
}

static void
test_training_on_a_handful_overfits (void)
{
  LatheHyperparameters h = defaults (60);
  g_autoptr (Trained) trained = NULL;
  g_autoptr (GPtrArray) remarks = NULL;

  trained = train (10, "mlp", &h);
  remarks = lathe_course_remark (&trained->course);
  g_assert_true (has (remarks, LATHE_REMARK_OVERFITTING));
  g_assert_true (has (remarks, LATHE_REMARK_FEW_IMAGES));
}

static void
test_training_without_a_rate_does_not_learn (void)
{
  LatheHyperparameters h = defaults (3);
  g_autoptr (Trained) trained = NULL;
  g_autoptr (GPtrArray) remarks = NULL;

  h.learning_rate = 1e-9;
  trained = train (100, "mlp", &h);
  remarks = lathe_course_remark (&trained->course);
  g_assert_true (has (remarks, LATHE_REMARK_NOT_LEARNING));
}

static void
test_training_at_a_wild_rate_explodes (void)
{
  static const double rates[] = {0.3, 1e30};

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      LatheHyperparameters h = defaults (4);
      g_autoptr (Trained) trained = NULL;
      g_autoptr (GPtrArray) remarks = NULL;

      h.learning_rate = rates[i];
      h.optimizer = i == 0 ? LATHE_OPTIMIZER_ADAM : LATHE_OPTIMIZER_SGD;
      trained = train (100, "mlp", &h);
      remarks = lathe_course_remark (&trained->course);
      g_assert_true (has (remarks, LATHE_REMARK_EXPLODING));
    }
}

static void
test_training_that_is_cut_short_wants_more_epochs (void)
{
  LatheHyperparameters h = defaults (5);
  g_autoptr (Trained) trained = NULL;
  g_autoptr (GPtrArray) remarks = NULL;

  h.learning_rate = 1e-4;
  trained = train (0, "mlp", &h);
  remarks = lathe_course_remark (&trained->course);
  only_remark (remarks, LATHE_REMARK_STILL_IMPROVING);
}

/* --- The course itself --- */

static void
test_points_and_epochs_say_where_they_are (void)
{
  LatheHyperparameters h = defaults (3);
  g_autoptr (Trained) trained = NULL;
  double steps = 0;

  h.schedule = LATHE_SCHEDULE_EXPONENTIAL;
  trained = train (100, "seed", &h);
  g_assert_cmpuint (trained->end->finished->len, ==, 3);
  for (guint i = 0; i < trained->points->len; i++)
    {
      const LathePoint *point = &g_array_index (trained->points, LathePoint, i);

      g_assert_cmpfloat (point->step, >, steps);
      g_assert_cmpfloat_with_epsilon (point->step / trained->end->steps, point->epoch, 1e-9);
      g_assert_true (isfinite (point->gradient_norm) && point->gradient_norm > 0);
      g_assert_true (point->learning_rate > 0 && point->learning_rate <= h.learning_rate);
      steps = point->step;
    }
  for (guint i = 0; i < 3; i++)
    {
      const LatheEpoch *epoch = &g_array_index (trained->end->finished, LatheEpoch, i);
      double sum = 0;

      for (guint phase = 0; phase < LATHE_N_PHASES; phase++)
        {
          g_assert_cmpfloat (epoch->phases[phase], >, 0);
          sum += epoch->phases[phase];
        }
      g_assert_cmpfloat (epoch->step, ==, (i + 1.0) * trained->end->steps);
      g_assert_cmpfloat (sum, <=, epoch->seconds + 1e-3);
      g_assert_cmpfloat (sum, >, 0.95 * epoch->seconds);
    }
}

/* --- How long the rest takes --- */

/* Steps of 32 images and ten epochs on a clock that is made up: what is foretold after the first tenth of it, at each
 * step, of all that it takes in the end. `waiting`: seconds an image in the first epoch. */
static void
check_forecasts (double waiting)
{
  const guint n = 4000, step = 32, epochs = 10;
  double total = n * (epochs * 0.001 + waiting), elapsed = 0;
  guint n_checked = 0;
  LathePace pace;

  lathe_pace_init (&pace, n);
  g_assert_true (isnan (lathe_pace_left (&pace, n, 0)));
  for (guint epoch = 0; epoch < epochs; epoch++)
    {
      for (guint done = step; done <= n; done += step)
        {
          /* A step takes a fifth more or less than another. */
          double work = step * 0.001 * (done / step % 2 ? 1.2 : 0.8), waited = epoch == 0 ? step * waiting : 0;

          lathe_pace_note (&pace, step, work, waited);
          elapsed += work + waited;
          if (elapsed < total / 10)
            continue;
          n_checked++;
          g_assert_cmpfloat_with_epsilon (elapsed + lathe_pace_left (&pace, n - done, (epochs - epoch - 1.0) * n),
                                          total, 0.1 * total);
        }
      lathe_pace_end_epoch (&pace);
    }
  g_assert_cmpuint (n_checked, >, 1000);
}

static void
test_rest_is_foretold_within_a_tenth (void)
{
  check_forecasts (0);
  check_forecasts (0.0005);
  check_forecasts (0.003);
}

/* A machine that becomes twice as slow is believed within an epoch. */
static void
test_forecast_follows_the_machine (void)
{
  LathePace pace;

  lathe_pace_init (&pace, 1000);
  for (guint i = 0; i < 300; i++)
    lathe_pace_note (&pace, 10, 0.01, 0);
  g_assert_cmpfloat_with_epsilon (lathe_pace_left (&pace, 1000, 1000), 2, 1e-9);
  for (guint i = 0; i < 125; i++)
    lathe_pace_note (&pace, 10, 0.02, 0);
  g_assert_cmpfloat_with_epsilon (lathe_pace_left (&pace, 1000, 1000), 4, 1e-9);
}

/* --- Layers --- */

static void
test_distribution_is_its_definition (void)
{
  LatheReal x[130];
  LatheDistribution d;

  for (guint i = 0; i < 128; i++)
    x[i] = (LatheReal) i;
  x[128] = INFINITY;
  x[129] = NAN;
  lathe_distribution_measure (&d, x, G_N_ELEMENTS (x));
  g_assert_cmpfloat (d.n, ==, 128);
  g_assert_cmpfloat (d.minimum, ==, 0);
  g_assert_cmpfloat (d.maximum, ==, 127);
  g_assert_cmpfloat (d.mean, ==, 63.5);
  g_assert_cmpfloat_with_epsilon (d.deviation, sqrt ((128.0 * 128 - 1) / 12), 1e-9);
  for (guint i = 0; i < LATHE_N_BINS; i++)
    g_assert_cmpuint (d.bins[i], ==, 2);
  lathe_distribution_measure (&d, x + 128, 2);
  g_assert_cmpfloat (d.n, ==, 0);
}

/* A network that keeps everything to be looked into says what the outputs are. */
static void
test_layers_are_as_a_network_that_is_open_has_them (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheGraph) graph = lathe_preset_load ("resnet20", &error);
  LatheShape shape = LATHE_SHAPE_IMAGE (28, 28, 1);
  LatheRng rng = lathe_rng (1, LATHE_RNG_AUGMENT, 0, 0);
  g_autoptr (LathePool) pool = lathe_pool_new (2);
  g_autoptr (LatheNetwork) trained = NULL, open = NULL;
  g_autoptr (LatheLayerLooks) looks = NULL;
  guint n = 8, n_compared = 0;

  lathe_graph_adapt (graph, &shape, 10);
  trained = lathe_network_new (graph, n, TRUE, pool, &error);
  open = lathe_network_new_open (graph, n, FALSE, pool, &error);
  g_assert_no_error (error);
  lathe_network_initialise (trained, 1);
  lathe_network_initialise (open, 1);
  for (gsize i = 0; i < n * lathe_network_get_input_size (open); i++)
    lathe_network_get_input (open)[i] = lathe_network_get_input (trained)[i] = (LatheReal) lathe_rng_uniform (&rng, i);
  lathe_network_forward (trained, n, FALSE, 0, 0);
  lathe_network_forward (open, n, FALSE, 0, 0);
  looks = lathe_network_look (trained, n, 1);
  for (guint i = 0; i < looks->layers->len; i++)
    {
      const LatheLayerLook *look = &g_array_index (looks->layers, LatheLayerLook, i);
      guint node = 0;
      LatheDistribution expected;
      const LatheReal *y;
      gsize size;

      while (!g_str_equal (lathe_graph_get_node (graph, node)->name, look->name))
        node++;
      y = lathe_network_get_output (open, node, &size);
      if (look->activations.n == 0)
        continue;
      n_compared++;
      lathe_distribution_measure (&expected, y, n * size);
      g_assert_cmpfloat_with_epsilon (look->activations.mean, expected.mean, 1e-4 * expected.deviation);
      g_assert_cmpfloat_with_epsilon (look->activations.deviation, expected.deviation, 1e-4 * expected.deviation);
    }
  g_assert_cmpuint (n_compared, >, 10);
}

/* With a bias that nothing gets over, no unit of that layer says anything. */
static void
test_dead_units_are_counted (void)
{
  LatheHyperparameters h = defaults (2);
  g_autoptr (Trained) trained = NULL;
  const LatheLayerLooks *looks;
  guint n_units = 0;

  h.learning_rate = 1;
  h.optimizer = LATHE_OPTIMIZER_SGD;
  trained = train (100, "mlp", &h);
  g_assert_cmpuint (trained->end->layers->len, ==, 2);
  looks = trained->end->layers->pdata[1];
  for (guint i = 0; i < looks->layers->len; i++)
    {
      const LatheLayerLook *look = &g_array_index (looks->layers, LatheLayerLook, i);

      g_assert_cmpfloat (look->weights.n, >, 0);
      n_units += look->units;
      g_assert_cmpuint (look->dead, <=, look->units);
      if (look->units > 0)
        g_assert_cmpuint (look->dead, >, look->units / 2); /* such a rate kills them */
    }
  g_assert_cmpuint (n_units, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/course/healthy", test_healthy_course_raises_no_alarm);
  g_test_add_func ("/course/overfitting", test_overfitting_is_told_with_its_epoch);
  g_test_add_func ("/course/standstill", test_standstill_is_not_overfitting);
  g_test_add_func ("/course/chance", test_chance_is_that_of_the_commonest_class);
  g_test_add_func ("/course/explosion", test_explosion_is_told_with_its_epoch);
  g_test_add_func ("/course/small-losses", test_small_losses_may_double);
  g_test_add_func ("/course/still-improving", test_end_that_still_improves_wants_more_epochs);
  g_test_add_func ("/course/few-images", test_few_images_are_told_with_their_interval);
  g_test_add_func ("/course/trained/well", test_training_that_goes_well_raises_no_alarm);
  g_test_add_func ("/course/trained/on-a-handful", test_training_on_a_handful_overfits);
  g_test_add_func ("/course/trained/without-a-rate", test_training_without_a_rate_does_not_learn);
  g_test_add_func ("/course/trained/wildly", test_training_at_a_wild_rate_explodes);
  g_test_add_func ("/course/trained/cut-short", test_training_that_is_cut_short_wants_more_epochs);
  g_test_add_func ("/course/places", test_points_and_epochs_say_where_they_are);
  g_test_add_func ("/course/forecast", test_rest_is_foretold_within_a_tenth);
  g_test_add_func ("/course/forecast-follows", test_forecast_follows_the_machine);
  g_test_add_func ("/course/distribution", test_distribution_is_its_definition);
  g_test_add_func ("/course/layers", test_layers_are_as_a_network_that_is_open_has_them);
  g_test_add_func ("/course/dead-units", test_dead_units_are_counted);
  return g_test_run ();
}
