/* lathe-program.h: a network as a Python program that makes the same one: what the frameworks have in common.
 *
 * A program is laid out as the formatter Black would: four spaces, at most a hundred columns. The names of layers and
 * the labels are whatever people typed; they come into a program as identifiers, which are made anew of the letters
 * a-z, digits and underscores, and as string literals, in which nothing that could end them is left as it is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "lathe-export.h"
#include "layers/lathe-activation.h"
#include "layers/lathe-axis.h"

G_BEGIN_DECLS

extern const LatheExportFormat lathe_export_pytorch_program, lathe_export_keras_program;
extern const LatheExportFormat lathe_export_safetensors; /* with such a program beside it */

/* A layer of a program, in the order of computation. */
typedef struct
{
  const LatheNode *node;
  char *name;           /* an identifier, unique in the program */
  const char *variable; /* what its output is called */
  guint n_inputs;
  const char *from[LATHE_MAX_INPUTS]; /* the variables of its inputs */
  LatheShape input[LATHE_MAX_INPUTS], output;
  guint n_parameters;
  LatheParameter parameter[LATHE_MAX_PARAMETERS];
  gboolean linear;   /* its activation is left to whoever reads the logits */
  gboolean left_out; /* it is that activation itself */
} LatheProgramNode;

typedef struct
{
  const LatheExport *export;
  LatheGraphReport *report;
  LatheProgramNode *nodes;
  guint n_nodes;
  const char *result; /* the variable of the last of them */
  LatheShape shape;   /* of it */
  guint n_units;      /* numbers in it */
  gboolean linked;    /* they are probabilities; else logits */
} LatheProgram;

/* One side of a transposed convolution's output, in pixels. */
typedef struct
{
  guint covered; /* by the windows as they are laid down */
  guint before;  /* those of them that are cut off in front */
  guint kept;    /* from there on, perhaps beyond what is covered */
} LatheProgramCut;

/* Reserved: identifiers, or beginnings of them that end with a star, which the framework or the program's own text
 * uses. */
LatheProgram *lathe_program_new (const LatheExport *export, const char *const *reserved, const char *input,
                                 gboolean logits);
void lathe_program_free (LatheProgram *program);
char *lathe_program_identifier (const char *text, const char *fallback);
gpointer lathe_program_refuse (const LatheProgramNode *node, const char *why, const char *program, GError **error);

double lathe_program_value (const LatheProgramNode *node, const char *property);
guint lathe_program_count (const LatheProgramNode *node, const char *property);
LatheActivation lathe_program_activation (const LatheProgramNode *node);
LatheActivation lathe_program_kind_activation (const LatheLayerKind *kind);
gconstpointer lathe_program_row (gconstpointer rows, gsize size, const LatheLayerKind *kind);
/* The row of a node in a table; NULL: it has none. */
#define LATHE_PROGRAM_ROW(rows, n)                                                                                     \
  ((const typeof (*(rows)) *) lathe_program_row ((rows), sizeof *(rows), (n)->node->kind))
double lathe_program_usual_parameter (LatheActivation activation);
void lathe_program_order (const LatheProgramNode *node, guint order[3]);
LatheAxis lathe_program_axis (const LatheProgramNode *node, gboolean vertical, const char *window);
LatheProgramCut lathe_program_cut (const LatheProgramNode *node, gboolean vertical);
gboolean lathe_program_is_depthwise (const LatheProgramNode *node);
gboolean lathe_program_fans_agree (const LatheParameter *parameter, gsize fan_in, gsize fan_out);
double lathe_program_spread (const LatheParameter *parameter);

/* --- Python --- */

gboolean lathe_program_is_plain (gunichar c);
char *lathe_program_literal (const char *text);
char *lathe_program_number (double value);
char *lathe_program_float (float value);
char *lathe_program_pair (guint first, guint second);
char *lathe_program_thousands (guint64 n);

/* A call with its arguments, which is broken into lines where it is long. */
typedef struct
{
  char *head; /* “nn.Conv2d” */
  GPtrArray *arguments;
} LatheProgramCall;

LatheProgramCall *lathe_program_call (const char *head);
void lathe_program_add (LatheProgramCall *call, const char *format, ...) G_GNUC_PRINTF (2, 3);
void lathe_program_add_pair (LatheProgramCall *call, const char *name, guint height, guint width, guint usual);
void lathe_program_add_number (LatheProgramCall *call, const char *name, double value);
/* Both take the call. */
char *lathe_program_call_inline (LatheProgramCall *call);
void lathe_program_call_write (GString *out, guint indent, const char *before, LatheProgramCall *call,
                               const char *after);

/* Statements that differ in one expression alone, which are written once, in a loop. */
typedef struct _LatheProgramLoops LatheProgramLoops;

LatheProgramLoops *lathe_program_loops_new (const char *variable);
void lathe_program_loops_free (LatheProgramLoops *loops);
/* “before”, the expression, “after” */
void lathe_program_loops_add (LatheProgramLoops *loops, const char *before, const char *expression, const char *after);
gboolean lathe_program_loops_is_empty (const LatheProgramLoops *loops);
void lathe_program_loops_write (const LatheProgramLoops *loops, guint indent, GString *out);

/* --- Parts that all programs have --- */

void lathe_program_write_imports (const LatheProgram *program, const char *framework, GString *out);
void lathe_program_write_layers (const LatheProgram *program, GString *out);
void lathe_program_write_constants (const LatheProgram *program, GString *out);
void lathe_program_write_reader (GString *out);
void lathe_program_write_images (const LatheProgram *program, GString *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheProgram, lathe_program_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LatheProgramLoops, lathe_program_loops_free)

G_END_DECLS
