/* lathe-property.h: the properties of a layer, as a table that everything else is drawn from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  LATHE_PROPERTY_INTEGER,
  LATHE_PROPERTY_REAL,
  LATHE_PROPERTY_CHOICE, /* stored as the index into `choices` */
} LathePropertyType;

/* What a property sets of the windows that its layer moves over an image: see LatheWindows. */
typedef enum
{
  LATHE_PART_NONE,
  LATHE_PART_KERNEL_HEIGHT,
  LATHE_PART_KERNEL_WIDTH,
  LATHE_PART_STRIDE_HEIGHT,
  LATHE_PART_STRIDE_WIDTH,
  LATHE_PART_DILATION_HEIGHT,
  LATHE_PART_DILATION_WIDTH,
  LATHE_PART_PADDING,
  LATHE_PART_PADDING_TOP,
  LATHE_PART_PADDING_BOTTOM,
  LATHE_PART_PADDING_LEFT,
  LATHE_PART_PADDING_RIGHT,
} LatheWindowPart;

/* One row: the inspector's widget, the file format, the range check and the documentation of a property
 * all come from here. */
typedef struct
{
  const char *name;  /* as in files: "kernel-height" */
  const char *title; /* N_("Kernel height") */
  const char *help;  /* N_(one sentence) */
  const char *unit;  /* N_("pixels"), or NULL */
  LathePropertyType type;
  double minimum, maximum, fallback; /* `fallback` is the default, also an index for a choice */
  const char *const *choices;        /* NULL-terminated names, as in files; titles by _() */
  LatheWindowPart part;              /* that a picture shows while the property is set; most have none */
} LatheProperty;

#define LATHE_MAX_PROPERTIES 24

/* The values of one layer, in the order of its table. All kinds fit a double exactly. */
typedef struct
{
  double value[LATHE_MAX_PROPERTIES];
} LatheProperties;

extern const char *const lathe_no_yes[];

/* A row that counts pixels, and one that counts those of windows. */
#define LATHE_PIXELS_PROPERTY(NAME, TITLE, HELP, MINIMUM, MAXIMUM, FALLBACK)                                           \
  LATHE_WINDOW_PROPERTY (LATHE_PART_NONE, NAME, TITLE, HELP, MINIMUM, MAXIMUM, FALLBACK)
#define LATHE_WINDOW_PROPERTY(PART, NAME, TITLE, HELP, MINIMUM, MAXIMUM, FALLBACK)                                     \
  {                                                                                                                    \
    .name = (NAME), .title = (TITLE), .help = (HELP), .unit = N_ ("pixels"), .minimum = (MINIMUM),                     \
    .maximum = (MAXIMUM), .fallback = (FALLBACK), .part = (PART)                                                       \
  }

/* The row of every layer that adds a bias to what it makes. */
#define LATHE_BIAS_PROPERTY                                                                                            \
  {                                                                                                                    \
    .name = "bias", .title = N_ ("Bias"),                                                                              \
    .help = N_ ("Whether each output has a number of its own added; in front of a norm it would do nothing."),         \
    .type = LATHE_PROPERTY_CHOICE, .minimum = 0, .maximum = 1, .fallback = 1, .choices = lathe_no_yes                  \
  }

gboolean lathe_property_check (const LatheProperty *property, double value, GError **error);
char *lathe_property_format (const LatheProperty *property, double value);
gboolean lathe_property_parse (const LatheProperty *property, const char *text, double *value, GError **error);

G_END_DECLS
