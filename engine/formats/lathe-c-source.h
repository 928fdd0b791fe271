/* lathe-c-source.h: a network as C source that needs nothing: what its files share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-program.h"

G_BEGIN_DECLS

extern const LatheExportFormat lathe_export_c;

#define LATHE_C_COLUMNS 100
#define LATHE_C_INPUT (-1) /* the buffer that the caller brings */

/* --- Where outputs lie: lathe-c-plan.c --- */

/* How a kind of layer comes by its output. */
typedef enum
{
  LATHE_C_VIEW,     /* it is the input, perhaps by another shape */
  LATHE_C_IN_PLACE, /* it may be written over an input that nobody needs any more */
  LATHE_C_NEW,      /* it lies elsewhere */
} LatheCWay;

typedef struct
{
  guint input[LATHE_MAX_INPUTS]; /* the steps that feed it */
  LatheCWay way;
  int home;    /* the buffer of its output */
  int over;    /* of LATHE_C_IN_PLACE: the input that it is written over; -1: none, so that one is copied first */
  int norm;    /* the batch norm that goes into its weights; -1: none */
  gboolean in; /* it is such a norm: nothing is left to do */
  int scratch; /* a buffer for its own use; -1: none */
} LatheCStep;

/* Part of the workspace, from when it is written to when it is read for the last time. */
typedef struct
{
  gsize size, offset;
  guint first, last; /* steps */
} LatheCBuffer;

typedef struct
{
  LatheCStep *steps; /* of the program's nodes */
  GArray *buffers;   /* (element-type LatheCBuffer) */
  gsize size;        /* of the workspace, in numbers */
} LatheCPlan;

void lathe_c_plan (LatheCPlan *plan, const LatheProgram *program);
void lathe_c_plan_clear (LatheCPlan *plan);

/* --- The source --- */

/* A function of the source's library. */
typedef struct
{
  const char *name, *needs; /* those that it calls itself, separated by spaces; NULL: none */
  const char *text;
} LatheCFunction;

#define LATHE_C_N_WINDOW_FUNCTIONS 18
#define LATHE_C_N_NUMBER_FUNCTIONS 24
extern const LatheCFunction lathe_c_window_functions[LATHE_C_N_WINDOW_FUNCTIONS];
extern const LatheCFunction lathe_c_number_functions[LATHE_C_N_NUMBER_FUNCTIONS];

typedef struct
{
  const LatheProgram *program;
  LatheCPlan plan;
  char *name;         /* an identifier, with which begins what others see */
  gboolean beside;    /* the weights are a file of their own */
  GString *tables;    /* definitions of weights, or of their places */
  GByteArray *beyond; /* the weights themselves, where they are beside */
  gsize n_weights;
  GString *windows; /* definitions */
  GString *run;     /* statements */
  gboolean needed[LATHE_C_N_WINDOW_FUNCTIONS + LATHE_C_N_NUMBER_FUNCTIONS];
  gboolean infinite; /* a weight is no number */
} LatheC;

void lathe_c_need (LatheC *c, const char *function);

/* Returns: (nullable): why C source cannot have such a layer, to follow its name; NULL: it can */
const char *lathe_c_obstacle (const LatheProgramNode *node);
LatheCWay lathe_c_way (const LatheProgramNode *node);
gsize lathe_c_scratch (const LatheProgramNode *node);
gboolean lathe_c_takes_norm (const LatheProgramNode *node);
void lathe_c_add (LatheC *c, guint step);
char *lathe_c_place (const LatheC *c, int buffer);
/* A statement that calls a function of the library. Arguments are texts, the last of them NULL. */
void lathe_c_call (LatheC *c, const char *function, ...) G_GNUC_NULL_TERMINATED;

/* (transfer full): the expressions that mean the output of a step, and one of its inputs. */
char *lathe_c_output (const LatheC *c, guint step);
char *lathe_c_input (const LatheC *c, guint step, guint which);
/* The activation that is a property of the layer. */
void lathe_c_activate (LatheC *c, guint step);

/* Text that lives as long as the statement that it is for. */
#define TEXT(name, ...) g_autofree char *name = g_strdup_printf (__VA_ARGS__)

static inline const LatheProgramNode *
lathe_c_node (const LatheC *c, guint step)
{
  return &c->program->nodes[step];
}

static inline guint
lathe_c_channels (const LatheShape *shape)
{
  return shape->dim[shape->rank - 1];
}

/* In lathe-c-layers-windows.c. */
void lathe_c_add_conv2d (LatheC *c, guint step);
void lathe_c_add_transposed_conv2d (LatheC *c, guint step);
void lathe_c_add_pool (LatheC *c, guint step);
void lathe_c_add_global_pool (LatheC *c, guint step);
void lathe_c_add_up_sampling (LatheC *c, guint step);

/* --- Weights: lathe-c-weights.c --- */

/* (transfer full): the expression that means the tensor of this layer. */
char *lathe_c_tensor (LatheC *c, const LatheProgramNode *node, const char *name, const float *values, gsize n);
/* Weights and bias of a layer, with the norm behind it, if there is one, put into them. `panels`: laid out by so many
 * outputs as are made at once. */
void lathe_c_weights (LatheC *c, guint step, gboolean panels, char **weight, char **bias);
const float *lathe_c_find (const LatheC *c, const LatheProgramNode *node, const char *name);
void lathe_c_norm_factors (const LatheC *c, const LatheProgramNode *norm, float *scale, float *shift);
void lathe_c_append_float (GString *out, float value);

#define LATHE_C_LANES 16 /* that a panel has */

G_END_DECLS
