/* lathe-formula-text.c: reads the text of a formula, to be set in type, in LaTeX or in words.
 *
 * The text is what people read: “∂L/∂x = δ ∗ᵀ W”. A letter that stands alone is a variable, letters together are a
 * word, of a function or of a language.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lathe-formula-text.h"

#include <string.h>

/* Raised and lowered characters, and what they are on the line. */
static const struct
{
  gunichar character;
  const char *plain;
  gboolean lowered;
} moved[] = {
    {0x00b9, "1", FALSE}, {0x00b2, "2", FALSE}, {0x00b3, "3", FALSE}, {0x207b, "-", FALSE}, {0x1d40, "T", FALSE},
    {0x02e3, "x", FALSE}, {0x02b8, "y", FALSE}, {0x2032, "'", FALSE}, {0x2081, "1", TRUE},  {0x2082, "2", TRUE},
    {0x2083, "3", TRUE},  {0x2084, "4", TRUE},  {0x2085, "5", TRUE},  {0x2086, "6", TRUE},  {0x2087, "7", TRUE},
    {0x2088, "8", TRUE},  {0x1d62, "i", TRUE},
};

static int
find_moved (gunichar c)
{
  for (guint i = 0; i < G_N_ELEMENTS (moved); i++)
    if (moved[i].character == c)
      return (int) i;
  return -1;
}

static gboolean
is_letter (gunichar c)
{
  return find_moved (c) < 0 && g_unichar_isalpha (c);
}

/* Of those alphabets that mathematics takes its names from: an ideograph alone is a word. */
static gboolean
is_name (gunichar c)
{
  GUnicodeScript script = g_unichar_get_script (c);

  return script == G_UNICODE_SCRIPT_LATIN || script == G_UNICODE_SCRIPT_GREEK;
}

/* The end of letters and digits, and of apostrophes between them. */
static const char *
end_of_word (const char *at)
{
  gunichar c = g_utf8_get_char (at);

  while (is_letter (c) || g_unichar_isdigit (c) || (c == 0x2019 && is_letter (g_utf8_get_char (g_utf8_next_char (at)))))
    {
      at = g_utf8_next_char (at);
      c = g_utf8_get_char (at);
    }
  return at;
}

static const char *
end_of_number (const char *at)
{
  while (g_ascii_isdigit (*at) || (*at == '.' && g_ascii_isdigit (at[1])))
    at++;
  return at;
}

static const char *
end_of_moved (const char *at, gboolean lowered)
{
  for (;; at = g_utf8_next_char (at))
    {
      int i = find_moved (g_utf8_get_char (at));

      if (i < 0 || moved[i].lowered != lowered)
        return at;
    }
}

/* A letter and the marks above it. */
static const char *
end_of_variable (const char *at)
{
  do
    at = g_utf8_next_char (at);
  while (g_unichar_ismark (g_utf8_get_char (at)));
  return at;
}

LatheFormulaToken
lathe_formula_next (const char **at)
{
  const char *begin = *at;
  gunichar c = g_utf8_get_char (begin);
  int i = find_moved (c);
  LatheFormulaPart part = LATHE_FORMULA_SIGN;

  if (c == 0)
    return (LatheFormulaToken){.part = LATHE_FORMULA_END, .text = begin};
  *at = g_utf8_next_char (begin);
  if (i >= 0)
    {
      part = moved[i].lowered ? LATHE_FORMULA_LOWERED : LATHE_FORMULA_RAISED;
      *at = end_of_moved (begin, moved[i].lowered);
    }
  else if (g_ascii_isdigit (*begin))
    {
      part = LATHE_FORMULA_NUMBER;
      *at = end_of_number (begin);
    }
  else if (end_of_word (begin) > begin)
    {
      gboolean alone = end_of_word (begin) == g_utf8_next_char (begin) && is_name (c);

      part = alone ? LATHE_FORMULA_VARIABLE : LATHE_FORMULA_WORD;
      *at = alone ? end_of_variable (begin) : end_of_word (begin);
    }
  return (LatheFormulaToken){.part = part, .text = begin, .length = (gsize) (*at - begin)};
}

gboolean
lathe_formula_token_is (const LatheFormulaToken *token, const char *text)
{
  return token->length == strlen (text) && memcmp (token->text, text, token->length) == 0;
}

char *
lathe_formula_token_plain (const LatheFormulaToken *token)
{
  GString *plain = g_string_new (NULL);

  for (const char *c = token->text; c < token->text + token->length; c = g_utf8_next_char (c))
    {
      int i = find_moved (g_utf8_get_char (c));

      g_string_append (plain, i >= 0 ? moved[i].plain : "");
    }
  return g_string_free (plain, FALSE);
}

/* --- Equations --- */

/* Whether what begins here is “name = …”, the name without a space. */
static gboolean
begins_equation (const char *at)
{
  gsize name = strcspn (at, " ,;");

  return name > 0 && g_str_has_prefix (at + name, " = ");
}

/**
 * lathe_formula_split:
 *
 * Returns: (transfer full): the equations of a text, each with what is said of it
 */
char **
lathe_formula_split (const char *text)
{
  g_autoptr (GStrvBuilder) equations = g_strv_builder_new ();
  const char *begin = text;

  for (const char *at = text;; at++)
    {
      gboolean between = (*at == ',' || *at == ';') && at[1] == ' ' && begins_equation (at + 2);

      if (*at == '\0' || *at == '\n' || between)
        {
          g_autofree char *equation = g_strndup (begin, (gsize) (at - begin));

          g_strv_builder_add (equations, equation);
          begin = at + (between ? 2 : 1);
        }
      if (*at == '\0')
        return g_strv_builder_end (equations);
    }
}

/* --- LaTeX --- */

static const struct
{
  const char *text, *latex;
} commands[] = {
    {"α", "\\alpha "},   {"β", "\\beta "},    {"γ", "\\gamma "}, {"δ", "\\delta "}, {"ε", "\\varepsilon "},
    {"λ", "\\lambda "},  {"μ", "\\mu "},      {"π", "\\pi "},    {"σ", "\\sigma "}, {"φ", "\\varphi "},
    {"Φ", "\\Phi "},     {"x̂", "\\hat{x}"},   {"∗", "\\ast "},   {"·", "\\cdot "},  {"×", "\\times "},
    {"∂", "\\partial "}, {"Σ", "\\sum "},     {"…", "\\dots "},  {"max", "\\max "}, {"min", "\\min "},
    {"ln", "\\ln "},     {"tanh", "\\tanh "}, {"{", "\\{"},      {"}", "\\}"},      {"%", "\\%"},
    {"&", "\\&"},        {"#", "\\#"},        {"_", "\\_"},      {"$", "\\$"},
};

static const char *
find_command (const LatheFormulaToken *token)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (lathe_formula_token_is (token, commands[i].text))
      return commands[i].latex;
  return NULL;
}

/* Words with single spaces between are one text; what is done to something in brackets is an operator. */
static void
append_words (GString *latex, const LatheFormulaToken *first, const char **at)
{
  const char *end = first->text + first->length;
  gboolean operator;

  while (*end == ' ')
    {
      const char *next = end + 1;
      LatheFormulaToken word = lathe_formula_next (&next);

      if (word.part != LATHE_FORMULA_WORD || find_command (&word) != NULL)
        break;
      end = next;
    }
  operator= * end == '(' || g_str_has_prefix (end, "′");
  *at = end;
  g_string_append (latex, operator? "\\operatorname{" : "\\text{ ");
  g_string_append_len (latex, first->text, end - first->text);
  g_string_append (latex, operator? "}" : " }");
}

/* “∂L/∂W” → “\frac{\partial L}{\partial W}”. */
static gboolean
append_fraction (GString *latex, const char **at)
{
  const char *rest = *at;
  LatheFormulaToken above = lathe_formula_next (&rest), slash = lathe_formula_next (&rest);
  LatheFormulaToken sign = lathe_formula_next (&rest), below = lathe_formula_next (&rest), index;
  const char *behind = rest;
  g_autofree char *plain = NULL;

  if (above.part != LATHE_FORMULA_VARIABLE || !lathe_formula_token_is (&slash, "/") ||
      !lathe_formula_token_is (&sign, "∂") || below.part != LATHE_FORMULA_VARIABLE)
    return FALSE;
  index = lathe_formula_next (&behind);
  if (index.part == LATHE_FORMULA_LOWERED)
    {
      plain = lathe_formula_token_plain (&index);
      rest = behind;
    }
  g_string_append_printf (latex, "\\frac{\\partial %.*s}{\\partial %s", (int) above.length, above.text,
                          find_command (&below) != NULL ? find_command (&below) : "");
  if (find_command (&below) == NULL)
    g_string_append_len (latex, below.text, (gssize) below.length);
  if (plain != NULL)
    g_string_append_printf (latex, "_{%s}", plain);
  g_string_append_c (latex, '}');
  *at = rest;
  return TRUE;
}

static void
append_moved (GString *latex, const LatheFormulaToken *token)
{
  g_autofree char *plain = lathe_formula_token_plain (token);

  if (g_str_equal (plain, "'"))
    g_string_append (latex, plain);
  else if (g_str_equal (plain, "T"))
    g_string_append (latex, "^{\\mathsf T}");
  else
    g_string_append_printf (latex, "%c{%s}", token->part == LATHE_FORMULA_RAISED ? '^' : '_', plain);
}

/* How many brackets are open, and at which of them a root began; 0: none. */
typedef struct
{
  guint depth, root;
} Brackets;

/* A root goes as far as the bracket behind it, which itself is not written. */
static gboolean
append_root (GString *latex, const LatheFormulaToken *token, const char **at, Brackets *brackets)
{
  if (lathe_formula_token_is (token, "√") && **at == '(' && brackets->root == 0)
    {
      g_string_append (latex, "\\sqrt{");
      brackets->root = ++brackets->depth;
      (*at)++;
      return TRUE;
    }
  if (!lathe_formula_token_is (token, ")") || brackets->root == 0 || brackets->depth != brackets->root)
    return FALSE;
  g_string_append_c (latex, '}');
  brackets->depth--;
  brackets->root = 0;
  return TRUE;
}

static void
append_token (GString *latex, const LatheFormulaToken *token, const char **at, Brackets *brackets)
{
  const char *command = find_command (token);

  if (append_root (latex, token, at, brackets))
    return;
  if (lathe_formula_token_is (token, "∂") && append_fraction (latex, at))
    return;
  if (token->part == LATHE_FORMULA_RAISED || token->part == LATHE_FORMULA_LOWERED)
    append_moved (latex, token);
  else if (command != NULL)
    g_string_append (latex, command);
  else if (token->part == LATHE_FORMULA_WORD)
    append_words (latex, token, at);
  else
    {
      brackets->depth += lathe_formula_token_is (token, "(");
      brackets->depth -= lathe_formula_token_is (token, ")") && brackets->depth > 0;
      g_string_append_len (latex, token->text, (gssize) token->length);
    }
}

/* The first equals sign of an equation stands below that of the others. */
static void
append_equation (GString *latex, const char *text)
{
  Brackets brackets = {0};
  gboolean aligned = FALSE;
  const char *at = text;

  for (LatheFormulaToken token = lathe_formula_next (&at); token.part != LATHE_FORMULA_END;
       token = lathe_formula_next (&at))
    {
      if (lathe_formula_token_is (&token, "=") && !aligned)
        {
          g_string_append_c (latex, '&');
          aligned = TRUE;
        }
      append_token (latex, &token, &at, &brackets);
    }
}

/**
 * lathe_formula_to_latex:
 * @text: equations, as of a LatheFormula
 *
 * Returns: (transfer full): the same for LaTeX's mathematics, with amsmath: an `aligned` of a line for each equation
 */
char *
lathe_formula_to_latex (const char *text)
{
  g_auto (GStrv) equations = lathe_formula_split (text);
  GString *latex = g_string_new ("\\begin{aligned}\n");

  for (char **equation = equations; *equation != NULL; equation++)
    {
      append_equation (latex, *equation);
      g_string_append (latex, equation[1] != NULL ? " \\\\\n" : "\n");
    }
  g_string_append (latex, "\\end{aligned}");
  return g_string_free (latex, FALSE);
}
