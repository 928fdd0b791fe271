/* lathe-survey.h: what can be told of a dataset's images by looking at each, and what is wrong with them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-dataset.h"

G_BEGIN_DECLS

#define LATHE_LOOK_SIDE 16

/* What one look at an image tells. Numbers are of bytes as shares of 1. */
typedef struct
{
  gboolean seen; /* FALSE: it could not be decoded, and nothing else is known */
  float mean[3], deviation[3];
  float brightness; /* mean of the luma */
  float contrast;   /* deviation of the luma; below LATHE_BLANK there is nothing to see */
  float sharpness;  /* mean of the luma's absolute Laplacian at 64×64: below 0.01 blurred, above 0.1 full of detail */
  guint64 hash;     /* signs of its low frequencies: images that look alike differ in few bits */
  guint8 grey[LATHE_LOOK_SIDE * LATHE_LOOK_SIDE];
} LatheLook;

#define LATHE_BLANK 0.01f

/* How one image lies over another that is nearly the same: its mirror image is turned upside down, then turned over its
 * diagonal; the bits say which of the three. */
#define LATHE_LIES_MIRRORED 1u
#define LATHE_LIES_UPSIDE_DOWN 2u
#define LATHE_LIES_ACROSS 4u

typedef enum
{
  LATHE_FLAW_UNREADABLE,     /* it was believed to be an image, and cannot be decoded */
  LATHE_FLAW_TWO_LABELS,     /* the same image, or nearly, in different classes */
  LATHE_FLAW_DUPLICATE,      /* files with the same bytes */
  LATHE_FLAW_NEAR_DUPLICATE, /* the same picture: in another size or quality, mirrored, brightened */
  LATHE_FLAW_TURNED,         /* the same picture lying on its side or upside down: one of them is wrong */
  LATHE_FLAW_WRONG_LABEL,    /* it rather shows another class */
  LATHE_FLAW_UNLIKE,         /* it is like none of the others */
  LATHE_FLAW_SMALL,          /* fewer pixels than were asked for */
  LATHE_FLAW_BLANK,
  LATHE_FLAW_IMBALANCE, /* a class with far fewer images than another: no images, classes in the reason */
  LATHE_N_FLAWS
} LatheFlaw;

typedef struct
{
  LatheFlaw flaw;
  GArray *images;        /* (element-type guint): indices, rising */
  gboolean across_sides; /* they are not all on one side of the split: scores lie */
  int likelier;          /* of a wrong label: the class that the image rather shows; else -1 */
  double probability;    /* of that class; else 0 */
  char *reason;          /* translated: what was found */
} LatheFinding;

typedef struct _LatheSurvey LatheSurvey;

LatheSurvey *lathe_survey_new (LatheDataset *dataset, guint n_threads, LatheProgressFunc progress,
                               gpointer progress_data, GCancellable *cancellable, GError **error);
LatheSurvey *lathe_survey_new_unlooked (LatheDataset *dataset);
LatheSurvey *lathe_survey_adapt (LatheSurvey *survey, LatheDataset *dataset);
void lathe_survey_free (LatheSurvey *survey);
void lathe_survey_tell_alike (LatheSurvey *survey, guint first, guint second);
void lathe_survey_tell_doubt (LatheSurvey *survey, guint index, guint likelier, double probability);
void lathe_survey_tell_unlike (LatheSurvey *survey, guint index);
guint lathe_survey_get_n_unlooked (LatheSurvey *survey);
const LatheLook *lathe_survey_get_look (LatheSurvey *survey, guint index);
GPtrArray *lathe_survey_find_flaws (LatheSurvey *survey, guint width, guint height);

const char *lathe_flaw_get_name (LatheFlaw flaw);
const char *lathe_flaw_get_title (LatheFlaw flaw);
const char *lathe_flaw_get_cure (LatheFlaw flaw);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheSurvey, lathe_survey_free)

G_END_DECLS
