/* fuzz-pth.c: weights of PyTorch's from anywhere, which are read or refused, and put onto a network, or not.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "byte-file.h"
#include "fuzz.h"

#define NETWORK                                                                                                        \
  "{\"nodes\":["                                                                                                       \
  "{\"name\":\"input\",\"kind\":\"input\",\"width\":4,\"height\":4,\"channels\":3},"                                   \
  "{\"name\":\"conv\",\"kind\":\"conv2d\",\"inputs\":[\"input\"],\"filters\":4,\"padding\":\"valid\"},"                \
  "{\"name\":\"flat\",\"kind\":\"flatten\",\"inputs\":[\"conv\"]},"                                                    \
  "{\"name\":\"fc\",\"kind\":\"dense\",\"inputs\":[\"flat\"],\"units\":5}]}"

static LatheModel *
make_base (void)
{
  g_autoptr (LatheGraph) graph = lathe_graph_from_json (NETWORK, -1, NULL);
  LatheModel *base = lathe_import_untrained (graph, 1, NULL);

  g_assert_nonnull (base);
  return base;
}

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n)
{
  static LatheModel *base;
  g_autoptr (GError) error = NULL;
  g_autoptr (LatheWeights) weights = lathe_weights_open (byte_file (bytes, n), &error);
  g_autoptr (LatheWeightsMap) map = NULL;
  g_autoptr (LatheModel) model = NULL;

  g_assert_true ((weights == NULL) == (error != NULL));
  if (weights == NULL)
    return 0;
  if (base == NULL)
    base = make_base ();
  map = lathe_weights_map (weights, base->graph, NULL, NULL);
  g_assert_nonnull (map);
  model = lathe_weights_apply (weights, map, base, &error);
  g_assert_true ((model == NULL) == (error != NULL));
  return 0;
}
