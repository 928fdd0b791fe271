/* wb-formula-words.c: formulas in words, to be read aloud.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-formula-words.h"

#include <glib/gi18n.h>
#include <string.h>

static const struct
{
  const char *text, *words;
} words[] = {
    {"=", N_ ("equals")},      {"+", N_ ("plus")},       {"-", N_ ("minus")},         {"·", N_ ("times")},
    {"×", N_ ("by")},          {"/", N_ ("over")},       {"<", N_ ("is less than")},  {">", N_ ("is greater than")},
    {"√", N_ ("the root of")}, {"Σ", N_ ("the sum of")}, {"∂", N_ ("the change of")}, {"…", N_ ("and so on")},
    {"x̂", N_ ("x hat")},
};

/* “²” and the like; a power of anything else is said as one. */
static char *
say_raised (const LatheFormulaToken *token)
{
  g_autofree char *plain = lathe_formula_token_plain (token);

  if (g_str_equal (plain, "2"))
    return g_strdup (_ ("squared"));
  if (g_str_equal (plain, "3"))
    return g_strdup (_ ("cubed"));
  if (g_str_equal (plain, "T"))
    return g_strdup (_ ("transposed"));
  if (g_str_equal (plain, "'"))
    return g_strdup (_ ("prime"));
  if (plain[0] == '-')
    return g_strdup_printf (_ ("to the power of minus %s"), plain + 1);
  return g_strdup_printf (_ ("to the power of %s"), plain);
}

/* “∂L/∂W”: the one fraction that has a name. */
static const char *
skip_gradient (const char *at)
{
  static const char *const pieces[] = {"L", "/", "∂"};

  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      LatheFormulaToken token = lathe_formula_next (&at);

      if (!lathe_formula_token_is (&token, pieces[i]))
        return NULL;
    }
  return at;
}

/* “∗”, and “∗ᵀ”, which goes the other way. */
static const char *
say_convolved (const char **at)
{
  const char *rest = *at;
  LatheFormulaToken token = lathe_formula_next (&rest);

  if (!lathe_formula_token_is (&token, "ᵀ"))
    return _ ("convolved with");
  *at = rest;
  return _ ("convolved, transposed, with");
}

/* Before a bracket: of a function it is what that is done to, otherwise something together. */
static const char *
say_bracket (LatheFormulaPart before)
{
  gboolean function =
      before == LATHE_FORMULA_WORD || before == LATHE_FORMULA_VARIABLE || before == LATHE_FORMULA_RAISED;

  return function ? _ ("of") : _ ("bracket");
}

static char *
say_token (const LatheFormulaToken *token, LatheFormulaPart before, const char **at)
{
  const char *rest;

  if (lathe_formula_token_is (token, "∂") && (rest = skip_gradient (*at)) != NULL)
    {
      *at = rest;
      return g_strdup (_ ("the gradient by"));
    }
  if (lathe_formula_token_is (token, "∗"))
    return g_strdup (say_convolved (at));
  if (lathe_formula_token_is (token, "("))
    return g_strdup (say_bracket (before));
  if (lathe_formula_token_is (token, ")"))
    return g_strdup (",");
  if (token->part == LATHE_FORMULA_RAISED)
    return say_raised (token);
  if (token->part == LATHE_FORMULA_LOWERED)
    return lathe_formula_token_plain (token);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (lathe_formula_token_is (token, words[i].text))
      return g_strdup (_ (words[i].words));
  return g_strndup (token->text, token->length);
}

/* A comma belongs to what it is behind, and several of them are one. */
static void
append_words (GString *said, const char *word)
{
  gboolean comma = g_str_equal (word, ",") || g_str_equal (word, ";") || g_str_equal (word, ":");
  gboolean after_comma = said->len > 0 && strchr (",;:", said->str[said->len - 1]) != NULL;

  if (comma && (after_comma || said->len == 0))
    return;
  g_string_append_printf (said, "%s%s", said->len > 0 && !comma ? " " : "", word);
}

char *
wb_formula_say (const char *formula)
{
  GString *said = g_string_new (NULL);
  const char *at = formula;
  LatheFormulaPart before = LATHE_FORMULA_SIGN;

  for (LatheFormulaToken token = lathe_formula_next (&at); token.part != LATHE_FORMULA_END;
       token = lathe_formula_next (&at))
    {
      g_autofree char *word = NULL;

      if (!lathe_formula_token_is (&token, " "))
        {
          word = lathe_formula_token_is (&token, "\n") ? g_strdup (",") : say_token (&token, before, &at);
          append_words (said, word);
        }
      before = token.part;
    }
  if (said->len > 0 && said->str[said->len - 1] == ',')
    g_string_truncate (said, said->len - 1);
  return g_string_free (said, FALSE);
}
