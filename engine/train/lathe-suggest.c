/* lathe-suggest.c: which network suits a dataset and this machine, how to train it, and why.
 *
 * A table of rules, of which the first that fits the images, and that this machine trains in ten minutes, is taken.
 * What is suggested is drawn from the facts alone: no image is looked at, and nothing is measured.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-suggest.h"

#include <glib/gi18n-lib.h>

#include "base/lathe-arena.h"
#include "base/lathe-pool.h"
#include "lathe-balance.h"
#include "lathe-memory.h"

#define SMALL 48       /* pixels: an image of no longer sides is taken as it is */
#define LEAST 16       /* pixels that each way has at least */
#define FEW 1000       /* images, below which deeper networks do no better */
#define MANY 10000     /* images, which a network of two million weights does not learn by heart */
#define STEPS 1000     /* that a training should have at least … */
#define MOST_EPOCHS 50 /* … in no more epochs than these */
#define PATIENCE 600.  /* seconds that a training may take */

/* Multiply-adds a second that one thread trains at. Forward and backward together are three times the forward ones
 * (Kaplan et al. 2020, arXiv 2001.08361, section 2.1). */
#define SPEED 15e9
#define PASSES 3

typedef struct
{
  guint least_images;               /* to train with */
  const char *preset, *grey_preset; /* for images with colour and without */
  guint side;                       /* that the shorter side of large images is brought to */
} Rule;

static const Rule small_images[] = {
    {MANY, "airbench", "airbench-small", 0},
    {FEW, "airbench-small", "airbench-small", 0},
    {0, "seed", "seed", 0},
};

static const Rule large_images[] = {
    {MANY, "airbench", "airbench-small", 64},
    {0, "airbench-small", "airbench-small", 64},
    {0, "lenet", "lenet", 32},
};

/* --- Facts --- */

static void
count_classes (LatheDataset *dataset, LatheFacts *facts)
{
  facts->least = G_MAXUINT;
  for (guint label = 0; label < facts->n_classes; label++)
    {
      guint n = lathe_dataset_count (dataset, (int) label, LATHE_SPLIT_TRAIN);

      facts->least = MIN (facts->least, n);
      facts->most = MAX (facts->most, n);
    }
}

/**
 * lathe_facts_of:
 * @facts: (out): of the dataset, and of this machine as it is now
 */
void
lathe_facts_of (LatheDataset *dataset, LatheFacts *facts)
{
  LathePreprocess usual;

  lathe_dataset_suggest (dataset, 0, 0, &usual);
  *facts = (LatheFacts){
      .n_images = lathe_dataset_count (dataset, -1, LATHE_SPLIT_TRAIN),
      .n_classes = lathe_dataset_get_n_classes (dataset),
      .grey = usual.channels == 1,
      .n_threads = lathe_default_threads (),
      .memory = lathe_memory_available (),
  };
  lathe_dataset_get_median_size (dataset, &facts->width, &facts->height);
  count_classes (dataset, facts);
}

static gboolean
is_small (const LatheFacts *facts)
{
  return MAX (facts->width, facts->height) <= SMALL;
}

static gboolean
is_unequal (const LatheFacts *facts)
{
  return facts->most >= LATHE_UNEQUAL * MAX (facts->least, 1);
}

/* --- What follows --- */

/* Large images keep their shape, to an eighth of their side, in which all networks halve them evenly. */
static guint
shrink (guint length, guint shorter, guint side)
{
  guint eighths = (length * side + shorter * 4) / (shorter * 8);

  return CLAMP (eighths, LEAST / 8, side / 4) * 8;
}

static void
choose_size (const LatheFacts *facts, const Rule *rule, LathePreprocess *preprocess)
{
  guint shorter = MIN (facts->width, facts->height), side;

  *preprocess = (LathePreprocess){
      .width = MAX (facts->width, LEAST),
      .height = MAX (facts->height, LEAST),
      .channels = facts->grey ? 1 : 3,
      .deviation = {1, 1, 1},
  };
  if (rule->side == 0)
    return;
  side = CLAMP (shorter, LEAST, rule->side);
  preprocess->width = shrink (facts->width, shorter, side);
  preprocess->height = shrink (facts->height, shorter, side);
}

static guint
count_steps (const LatheFacts *facts, guint batch)
{
  return MAX ((facts->n_images + batch - 1) / batch, 1);
}

/* Where an epoch is short there are more of them: weights move by steps. A mirror image of a photograph is one too; of
 * a letter or a digit it is none (Shorten & Khoshgoftaar 2019, “A survey on image data augmentation”), but moved it
 * stays what it is. Classes that are seldom seen are seldom named, and to show them as often as others mends that best
 * (Buda et al. 2018, arXiv 1710.05381). A rate that falls to nothing ends nearer to the minimum (Loshchilov & Hutter
 * 2017, arXiv 1608.03983). */
static void
choose_training (const LatheFacts *facts, LatheHyperparameters *h)
{
  lathe_hyperparameters_defaults (h);
  h->epochs = CLAMP (STEPS / count_steps (facts, h->batch), h->epochs, MOST_EPOCHS);
  h->schedule = LATHE_SCHEDULE_COSINE;
  if (!facts->grey)
    h->augmentation.flip = LATHE_FLIP_RANDOM;
  if (is_small (facts))
    h->augmentation.shift = 2;
  else
    h->augmentation.crop = 0.1;
  if (is_unequal (facts))
    {
      h->balance = LATHE_BALANCE_RESAMPLE;
      h->best_by = LATHE_BEST_BY_MACRO_F1;
    }
}

static double
estimate_seconds (const LatheFacts *facts, guint64 multiply_adds, guint epochs)
{
  return (double) multiply_adds * PASSES * facts->n_images * epochs / (SPEED * MAX (facts->n_threads, 1));
}

static LatheSuggestion *
follow (const Rule *rule, const LatheFacts *facts)
{
  LatheSuggestion *suggestion = g_new0 (LatheSuggestion, 1);
  LathePreprocess *p = &suggestion->preprocess;
  g_autoptr (LatheGraphReport) report = NULL;

  suggestion->preset = lathe_preset_find (facts->grey ? rule->grey_preset : rule->preset);
  suggestion->graph = lathe_preset_load (suggestion->preset->name, NULL);
  choose_size (facts, rule, p);
  choose_training (facts, &suggestion->hyperparameters);
  lathe_graph_adapt (suggestion->graph, &LATHE_SHAPE_IMAGE (p->height, p->width, p->channels), facts->n_classes);
  report = lathe_graph_check (suggestion->graph);
  suggestion->seconds = estimate_seconds (facts, report->multiply_adds, suggestion->hyperparameters.epochs);
  return suggestion;
}

static gboolean
is_affordable (const LatheSuggestion *suggestion, const LatheFacts *facts)
{
  LatheHyperparameters h = suggestion->hyperparameters;
  LatheMemory memory;

  h.threads = facts->n_threads;
  return suggestion->seconds <= PATIENCE && lathe_memory_of_training (suggestion->graph, &h, &memory, NULL) &&
         memory.total <= facts->memory;
}

/* --- Why --- */

/* “30 seconds”, “5 minutes”, “3 hours”. (transfer full) */
static char *
describe_time (double seconds)
{
  guint n = (guint) MAX (seconds, 1);

  if (n < 90)
    return g_strdup_printf (ngettext ("%u second", "%u seconds", n), n);
  n = (guint) (seconds / 60 + 0.5);
  if (n < 90)
    return g_strdup_printf (ngettext ("%u minute", "%u minutes", n), n);
  n = (guint) (seconds / 3600 + 0.5);
  return g_strdup_printf (ngettext ("%u hour", "%u hours", n), n);
}

static char *
explain_number (const LatheFacts *facts, const LatheSuggestion *suggestion)
{
  const char *title = _ (suggestion->preset->title);
  guint each = facts->n_images / MAX (facts->n_classes, 1);

  if (facts->n_images < FEW)
    /* Translators: images to train with; of each class; the name of a network */
    return g_strdup_printf (_ ("%'u images to train with, about %'u of each class, are few: %s is quick, and deeper "
                               "networks do no better."),
                            facts->n_images, each, title);
  /* Translators: images to train with; of each class; the name of a network */
  return g_strdup_printf (_ ("%'u images to train with, about %'u of each class, are enough for %s, which learns much "
                             "from each; large networks would learn them by heart."),
                          facts->n_images, each, title);
}

static char *
explain_size (const LatheFacts *facts, const LathePreprocess *p)
{
  if (p->width == facts->width && p->height == facts->height)
    return g_strdup_printf (_ ("The images are small, %u×%u pixels: they are taken as they are."), p->width, p->height);
  if (is_small (facts))
    return g_strdup_printf (_ ("The images have %u×%u pixels, too few to be halved time and again: they are enlarged "
                               "to %u×%u."),
                            facts->width, facts->height, p->width, p->height);
  return g_strdup_printf (_ ("The images have %u×%u pixels, or so: %u×%u show what they are of, and take a fraction of "
                             "the time."),
                          facts->width, facts->height, p->width, p->height);
}

static char *
explain_augmentation (const LatheFacts *facts)
{
  if (facts->grey && is_small (facts))
    return g_strdup (
        _ ("They have no colour, as writing has none, and mirrored writing is no writing: they are moved a "
           "little, but not mirrored."));
  if (facts->grey)
    return g_strdup (_ ("They have no colour, as scans have none, whose left and right may matter: they are cropped a "
                        "little, but not mirrored."));
  return g_strdup (_ ("They are in colour, as photographs are: mirrored and moved a little, each is worth several."));
}

static char *
explain_balance (const LatheFacts *facts)
{
  return g_strdup_printf (_ ("One class has %'u images, another %'u: each class is shown as often, and the best epoch "
                             "is the one that is best at all of them."),
                          facts->most, facts->least);
}

static char *
explain_time (const LatheFacts *facts, const LatheSuggestion *suggestion)
{
  guint epochs = suggestion->hyperparameters.epochs;
  g_autofree char *time = describe_time (suggestion->seconds);

  if (epochs > 10)
    /* Translators: steps in an epoch; epochs; “5 minutes” */
    return g_strdup_printf (_ ("An epoch has %u steps only, so there are %u of them: about %s on this machine."),
                            count_steps (facts, suggestion->hyperparameters.batch), epochs, time);
  /* Translators: epochs; “5 minutes” */
  return g_strdup_printf (_ ("%u epochs take about %s on this machine."), epochs, time);
}

static void
explain (LatheSuggestion *suggestion, const LatheFacts *facts)
{
  GPtrArray *reasons = suggestion->reasons = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (reasons, explain_number (facts, suggestion));
  g_ptr_array_add (reasons, explain_size (facts, &suggestion->preprocess));
  g_ptr_array_add (reasons, explain_augmentation (facts));
  if (is_unequal (facts))
    g_ptr_array_add (reasons, explain_balance (facts));
  g_ptr_array_add (reasons, explain_time (facts, suggestion));
}

/**
 * lathe_suggest:
 *
 * The last rule is taken where this machine can afford none.
 * Returns: (transfer full)
 */
LatheSuggestion *
lathe_suggest (const LatheFacts *facts)
{
  const Rule *rules = is_small (facts) ? small_images : large_images;
  guint n_rules = is_small (facts) ? G_N_ELEMENTS (small_images) : G_N_ELEMENTS (large_images);
  g_autoptr (LatheSuggestion) suggestion = NULL;

  g_return_val_if_fail (facts->width > 0 && facts->height > 0, NULL);

  for (guint i = 0; i < n_rules; i++)
    if (facts->n_images >= rules[i].least_images)
      {
        g_clear_pointer (&suggestion, lathe_suggestion_free);
        suggestion = follow (&rules[i], facts);
        if (is_affordable (suggestion, facts))
          break;
      }
  explain (suggestion, facts);
  return g_steal_pointer (&suggestion);
}

void
lathe_suggestion_free (LatheSuggestion *suggestion)
{
  g_clear_pointer (&suggestion->graph, lathe_graph_free);
  g_clear_pointer (&suggestion->reasons, g_ptr_array_unref);
  g_free (suggestion);
}
