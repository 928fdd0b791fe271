/* lathe-project.h: all that was decided about a dataset, its network and its training, as one file: NAME.lathe.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <json-glib/json-glib.h>

#include "dataset/lathe-edits.h"
#include "lathe-hyperparameters.h"
#include "model/lathe-graph.h"
#include "model/lathe-trunk.h"

G_BEGIN_DECLS

#define LATHE_PROJECT_SUFFIX ".lathe"
#define LATHE_PROJECT_NO_FILE "" /* the checksum of a file that is not there */

/* What a training begins with. The numbers are places in lathe_beginning_names: new ones go to the end. */
typedef enum
{
  LATHE_BEGIN_AS_SUITS, /* what was learned, in a network that was changed since; else anew */
  LATHE_BEGIN_ANEW,
  LATHE_BEGIN_LEARNED,
  LATHE_N_BEGINNINGS
} LatheBeginning;

extern const char *const lathe_beginning_names[]; /* NULL-terminated */

/* Whether a training grows its model on one that knows many images. The numbers are places in lathe_growing_names: new
 * ones go to the end. */
typedef enum
{
  LATHE_GROW_AS_SUITS, /* with few images, and where nobody drew a network */
  LATHE_GROW_NOT,
  LATHE_GROW_HEAD,   /* a new last layer alone */
  LATHE_GROW_LAYERS, /* and the last layers of that model */
  LATHE_N_GROWINGS
} LatheGrowing;

extern const char *const lathe_growing_names[]; /* NULL-terminated */

typedef struct
{
  LatheGrowing way;
  char *from;           /* that model, by its name; NULL: the first that is there */
  guint n_learning;     /* of its layers; LATHE_ALL_LAYERS: all */
  gboolean norms_learn; /* and the norms between them */
} LatheGrowthChoice;

void lathe_growth_choice_copy (const LatheGrowthChoice *choice, LatheGrowthChoice *copy);
gboolean lathe_growth_choice_equal (const LatheGrowthChoice *a, const LatheGrowthChoice *b);

typedef struct
{
  char *source;                        /* the folder or the archive of images, an absolute path */
  LatheDatasetOptions dataset_options; /* owns its texts; a table of labels is an absolute path */
  LatheEdits *edits;                   /* or NULL: none */
  LathePreprocess preprocess;          /* width 0: whatever suits the images */
  guint n_classes;                     /* that the network was fitted to; 0: that is not known */
  LatheGraph *graph;                   /* which need not work */
  LatheHyperparameters hyperparameters;
  LatheBeginning beginning;
  LatheGrowthChoice growth;
  char **fresh;   /* layers that begin anew all the same, NULL-terminated */
  char **watched; /* images that trainings are asked about, as lathe_trainer_watch(); absolute paths, NULL-terminated */
  double threshold; /* less sure than this, an answer is “I do not know”; NAN: chosen on validation images */
  JsonNode *other;  /* an object: what a file says that this version does not know, and that it keeps; or NULL */
} LatheProject;

LatheProject *lathe_project_new (void);
void lathe_project_free (LatheProject *project);

char *lathe_project_to_json (const LatheProject *project, const char *folder);
LatheProject *lathe_project_from_json (const char *text, const char *folder, GPtrArray *account, GError **error);

/* On the disk; docs/project.md has the format. */
LatheProject *lathe_project_load (const char *path, char **checksum, GPtrArray *account, GError **error);
gboolean lathe_project_save (const LatheProject *project, const char *path, const char *known, char **checksum,
                             GError **error);
char *lathe_project_look (const char *path);
char *lathe_belonging (const char *source, const char *kind, const char *suffix);
gboolean lathe_project_is_file (const char *path);

void lathe_project_fit (LatheProject *project, LatheDataset *dataset);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheProject, lathe_project_free)

G_END_DECLS
