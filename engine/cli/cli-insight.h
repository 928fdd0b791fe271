/* cli-insight.h: what a network that knows many images tells of a dataset's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "cli-edits.h"

G_BEGIN_DECLS

/* As typed, what that says, and what came of it. */
typedef struct
{
  char *from, *like, *top, *cluster;
  guint n_like, n_clusters; /* 0 clusters: as many as there are */
  LatheInsight *insight;    /* NULL: nobody asked */
  LatheLikeness *likeness;
  LatheClusters *clusters;
} CliInsight;

#define CLI_INSIGHT_ENTRIES(wanted)                                                                                    \
  {"from",                                                                                                             \
   0,                                                                                                                  \
   0,                                                                                                                  \
   G_OPTION_ARG_FILENAME,                                                                                              \
   &(wanted)->from,                                                                                                    \
   N_ ("With --check: also what this model, which knows many images, tells of these: copies that are cut or changed, " \
       "labels that look wrong, images unlike all others (see “lathe-cli pretrained”)"),                               \
   "MODEL"},                                                                                                           \
      {"like",                                                                                                         \
       0,                                                                                                              \
       0,                                                                                                              \
       G_OPTION_ARG_FILENAME,                                                                                          \
       &(wanted)->like,                                                                                                \
       N_ ("With --from: name the images that are most like this one, or say that none is"),                           \
       "FILE"},                                                                                                        \
      {"top", 0, 0, G_OPTION_ARG_STRING, &(wanted)->top, N_ ("With --like: how many of them (12)"), "K"},              \
  {                                                                                                                    \
    "cluster", 0, 0, G_OPTION_ARG_STRING, &(wanted)->cluster,                                                          \
        N_ ("With --from: divide the images into so many groups that look alike, and with --edits make classes of "    \
            "these"),                                                                                                  \
        "N|auto"                                                                                                       \
  }

#define CLI_INSIGHT_DEFAULT ((CliInsight){.n_like = 12})

void cli_insight_clear (CliInsight *wanted);
gboolean cli_insight_read (CliInsight *wanted, gboolean check, GError **error);
gboolean cli_insight_look (CliInsight *wanted, LatheDataset *dataset, guint64 seed, gboolean doubts, GError **error);
LatheDataset *cli_insight_apply (const CliInsight *wanted, const CliEdits *edits, LatheDataset *dataset,
                                 GError **error);
void cli_insight_json (JsonBuilder *json, const CliInsight *wanted);
void cli_insight_print (const CliInsight *wanted);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliInsight, cli_insight_clear)

G_END_DECLS
