/* lathe-formula-text.h: reads the text of a formula, to be set in type, in LaTeX or in words.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  LATHE_FORMULA_END,
  LATHE_FORMULA_VARIABLE, /* “x”, “x̂”, “δ”: one letter, with what stands above it */
  LATHE_FORMULA_WORD,     /* “max”, “ReLU6”, “where” */
  LATHE_FORMULA_NUMBER,   /* “0.044715” */
  LATHE_FORMULA_RAISED,   /* “²”, “⁻ˣ”, “ᵀ”, “′” */
  LATHE_FORMULA_LOWERED,  /* “₁”, “ᵢ” */
  LATHE_FORMULA_SIGN,     /* anything else, a space too: one character */
} LatheFormulaPart;

/* A piece of a text. */
typedef struct
{
  LatheFormulaPart part;
  const char *text; /* within it */
  gsize length;     /* bytes */
} LatheFormulaToken;

/**
 * lathe_formula_next:
 * @at: where to read on; moved behind the token
 *
 * Returns: the next token; at the end of the text LATHE_FORMULA_END
 */
LatheFormulaToken lathe_formula_next (const char **at);
gboolean lathe_formula_token_is (const LatheFormulaToken *token, const char *text);
/* What a raised or lowered token says on the line: “⁻ˣ” → “-x”. (transfer full) */
char *lathe_formula_token_plain (const LatheFormulaToken *token);

char **lathe_formula_split (const char *text);
char *lathe_formula_to_latex (const char *text);

G_END_DECLS
