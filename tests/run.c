/* run.c: a training from its beginning to its end, where its weights matter and not its course.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "run.h"

LatheDataset *
run_samples (double training)
{
  const LatheDatasetOptions options = {.seed = 1, .share = {training, 0, 1 - training}};
  g_autoptr (GError) error = NULL;
  LatheDataset *dataset = lathe_dataset_scan (g_getenv ("LATHE_SAMPLES"), &options, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return dataset;
}

LatheModel *
run_on (const LatheInheritance *inheritance, LatheDataset *dataset, const LatheGraph *graph,
        const LathePreprocess *preprocess, const LatheHyperparameters *hyperparameters)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheTrainer) trainer =
      lathe_trainer_new (dataset, graph, preprocess, hyperparameters, NULL, NULL, &error);
  g_autoptr (LatheSnapshot) end = NULL;

  g_assert_no_error (error);
  if (inheritance != NULL)
    lathe_trainer_begin_with (trainer, inheritance);
  lathe_trainer_start (trainer);
  end = lathe_trainer_wait (trainer);
  g_assert_no_error (end->error);
  return lathe_model_ref (end->best);
}

LatheModel *
run_to_end (LatheDataset *dataset, const LatheGraph *graph, const LathePreprocess *preprocess,
            const LatheHyperparameters *hyperparameters)
{
  return run_on (NULL, dataset, graph, preprocess, hyperparameters);
}
