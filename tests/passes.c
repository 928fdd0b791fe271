/* passes.c: one step of training, or one answer, for a tool that counts instructions.
 *
 * usage: passes PRESET train|answer BATCH
 *
 * Prints the row of kernels and the compiler, on which the count depends. What is to be counted happens within
 * counted(), and on one thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>

#include "base/lathe-rng.h"
#include "kernels/lathe-kernels.h"
#include "lathe.h"
#include "model/lathe-network.h"
#include "train/lathe-optimizer.h"

typedef struct
{
  LatheNetwork *network;
  LatheOptimizerState *optimizer; /* NULL: only answers */
  guint batch;
  guint32 *labels;
  LatheReal *losses;
} Pass;

void counted (Pass *pass);

__attribute__ ((noinline)) void
counted (Pass *pass)
{
  lathe_network_forward (pass->network, pass->batch, pass->optimizer != NULL, 1, 0);
  if (pass->optimizer == NULL)
    return;
  lathe_network_loss (pass->network, pass->batch, pass->labels, NULL, pass->losses);
  lathe_network_backward (pass->network, pass->batch);
  lathe_optimizer_step (pass->optimizer, lathe_network_get_weights (pass->network, NULL),
                        lathe_network_get_gradient (pass->network), 0.001);
}

static void
fill_at_random (Pass *pass)
{
  LatheReal *x = lathe_network_get_input (pass->network);
  gsize n = pass->batch * lathe_network_get_input_size (pass->network);
  LatheRng rng = lathe_rng (1, LATHE_RNG_AUGMENT, 0, 0);

  lathe_network_initialise (pass->network, 1);
  for (gsize i = 0; i < n; i++)
    x[i] = (LatheReal) lathe_rng_uniform (&rng, (guint32) i);
}

int
main (int argc, char *argv[])
{
  LatheHyperparameters hyperparameters;
  g_autoptr (GError) error = NULL;
  g_autoptr (LathePool) pool = lathe_pool_new (1);
  g_autoptr (LatheGraph) graph = argc == 4 ? lathe_preset_load (argv[1], &error) : NULL;
  gboolean training = argc == 4 && g_str_equal (argv[2], "train");
  guint batch = argc == 4 ? (guint) atoi (argv[3]) : 0;
  g_autofree guint32 *labels = g_new0 (guint32, batch);
  g_autofree LatheReal *losses = g_new0 (LatheReal, batch);
  Pass pass = {.batch = batch, .labels = labels, .losses = losses};
  LatheReal *weights;
  gsize n_weights;

  if (graph == NULL || (pass.network = lathe_network_new (graph, batch, training, pool, &error)) == NULL)
    {
      g_printerr ("passes: %s\n", error != NULL ? error->message : "it takes PRESET train|answer BATCH");
      return 2;
    }
  lathe_hyperparameters_defaults (&hyperparameters);
  weights = lathe_network_get_weights (pass.network, &n_weights);
  if (training)
    pass.optimizer = lathe_optimizer_new (&hyperparameters, weights, n_weights, pool, NULL);
  fill_at_random (&pass);
  counted (&pass);
  g_print ("%s, %s\n", lathe_kernels ()->name, __VERSION__);
  g_clear_pointer (&pass.optimizer, lathe_optimizer_free);
  lathe_network_free (pass.network);
  return 0;
}
