/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/text/math-text.h"

#include <string.h>

#define MAX_DEPTH 32

typedef struct {
  const char *name;
  const char *text;
} Symbol;

static const Symbol symbols[] = {
  { "alpha", "α" },
  { "beta", "β" },
  { "gamma", "γ" },
  { "delta", "δ" },
  { "epsilon", "ε" },
  { "varepsilon", "ε" },
  { "zeta", "ζ" },
  { "eta", "η" },
  { "theta", "θ" },
  { "vartheta", "ϑ" },
  { "iota", "ι" },
  { "kappa", "κ" },
  { "lambda", "λ" },
  { "mu", "μ" },
  { "nu", "ν" },
  { "xi", "ξ" },
  { "pi", "π" },
  { "rho", "ρ" },
  { "sigma", "σ" },
  { "tau", "τ" },
  { "upsilon", "υ" },
  { "phi", "φ" },
  { "varphi", "φ" },
  { "chi", "χ" },
  { "psi", "ψ" },
  { "omega", "ω" },
  { "Gamma", "Γ" },
  { "Delta", "Δ" },
  { "Theta", "Θ" },
  { "Lambda", "Λ" },
  { "Xi", "Ξ" },
  { "Pi", "Π" },
  { "Sigma", "Σ" },
  { "Phi", "Φ" },
  { "Psi", "Ψ" },
  { "Omega", "Ω" },
  { "times", "×" },
  { "cdot", "·" },
  { "div", "÷" },
  { "pm", "±" },
  { "mp", "∓" },
  { "ast", "∗" },
  { "circ", "∘" },
  { "bullet", "•" },
  { "leq", "≤" },
  { "le", "≤" },
  { "geq", "≥" },
  { "ge", "≥" },
  { "neq", "≠" },
  { "ne", "≠" },
  { "approx", "≈" },
  { "equiv", "≡" },
  { "sim", "∼" },
  { "propto", "∝" },
  { "ll", "≪" },
  { "gg", "≫" },
  { "infty", "∞" },
  { "partial", "∂" },
  { "nabla", "∇" },
  { "sum", "∑" },
  { "prod", "∏" },
  { "int", "∫" },
  { "oint", "∮" },
  { "iint", "∬" },
  { "to", "→" },
  { "rightarrow", "→" },
  { "leftarrow", "←" },
  { "gets", "←" },
  { "Rightarrow", "⇒" },
  { "implies", "⇒" },
  { "Leftarrow", "⇐" },
  { "iff", "⇔" },
  { "Leftrightarrow", "⇔" },
  { "leftrightarrow", "↔" },
  { "mapsto", "↦" },
  { "in", "∈" },
  { "notin", "∉" },
  { "ni", "∋" },
  { "subset", "⊂" },
  { "subseteq", "⊆" },
  { "supset", "⊃" },
  { "supseteq", "⊇" },
  { "cup", "∪" },
  { "cap", "∩" },
  { "setminus", "∖" },
  { "emptyset", "∅" },
  { "varnothing", "∅" },
  { "forall", "∀" },
  { "exists", "∃" },
  { "neg", "¬" },
  { "lnot", "¬" },
  { "land", "∧" },
  { "wedge", "∧" },
  { "lor", "∨" },
  { "vee", "∨" },
  { "oplus", "⊕" },
  { "otimes", "⊗" },
  { "perp", "⊥" },
  { "parallel", "∥" },
  { "angle", "∠" },
  { "mid", "|" },
  { "vert", "|" },
  { "Vert", "‖" },
  { "langle", "⟨" },
  { "rangle", "⟩" },
  { "lfloor", "⌊" },
  { "rfloor", "⌋" },
  { "lceil", "⌈" },
  { "rceil", "⌉" },
  { "prime", "′" },
  { "degree", "°" },
  { "hbar", "ℏ" },
  { "ell", "ℓ" },
  { "Re", "ℜ" },
  { "Im", "ℑ" },
  { "aleph", "ℵ" },
  { "ldots", "…" },
  { "dots", "…" },
  { "cdots", "⋯" },
  { "vdots", "⋮" },
  { "therefore", "∴" },
  { "because", "∵" },
  { "lbrace", "{" },
  { "rbrace", "}" },
  { "quad", "  " },
  { "qquad", "    " },
  { "colon", ":" },
  { "star", "⋆" },
};

/* Names that stand as they are. */
static const char *const functions[] = {
  "log",    "ln",     "lg",     "exp",  "sin",  "cos",  "tan", "cot", "sec", "csc",
  "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "min", "max", "sup", "inf",
  "lim",    "det",    "dim",    "ker",  "gcd",  "arg",  "deg", "mod", "Pr",
};

/* Of the group behind these only the content is shown; "" for those without a group. */
static const char *const styles[] = {
  "text",   "mathrm", "mathbf",     "mathit",       "mathsf", "mathtt", "mathcal",   "textbf",
  "textit", "textrm", "boldsymbol", "operatorname", "mbox",   "boxed",  "overbrace", "underbrace",
};
static const char *const silent[] = {
  "left", "right",        "big",       "Big",    "bigg",     "Bigg",   "bigl",
  "bigr", "displaystyle", "textstyle", "limits", "nolimits", "middle",
};

/* Marks that stand behind the letter. */
static const Symbol accents[] = {
  { "hat", "\xcc\x82" },      { "widehat", "\xcc\x82" }, { "bar", "\xcc\x84" },
  { "overline", "\xcc\x85" }, { "tilde", "\xcc\x83" },   { "vec", "\xe2\x83\x97" },
  { "dot", "\xcc\x87" },      { "ddot", "\xcc\x88" },
};

static const Symbol raised[] = {
  { "0", "⁰" }, { "1", "¹" }, { "2", "²" }, { "3", "³" }, { "4", "⁴" }, { "5", "⁵" }, { "6", "⁶" },
  { "7", "⁷" }, { "8", "⁸" }, { "9", "⁹" }, { "+", "⁺" }, { "−", "⁻" }, { "=", "⁼" }, { "(", "⁽" },
  { ")", "⁾" }, { "a", "ᵃ" }, { "b", "ᵇ" }, { "c", "ᶜ" }, { "d", "ᵈ" }, { "e", "ᵉ" }, { "f", "ᶠ" },
  { "g", "ᵍ" }, { "h", "ʰ" }, { "i", "ⁱ" }, { "j", "ʲ" }, { "k", "ᵏ" }, { "l", "ˡ" }, { "m", "ᵐ" },
  { "n", "ⁿ" }, { "o", "ᵒ" }, { "p", "ᵖ" }, { "r", "ʳ" }, { "s", "ˢ" }, { "t", "ᵗ" }, { "u", "ᵘ" },
  { "v", "ᵛ" }, { "w", "ʷ" }, { "x", "ˣ" }, { "y", "ʸ" }, { "z", "ᶻ" }, { "T", "ᵀ" }, { "N", "ᴺ" },
  { "′", "′" }, { "∘", "°" }, { "∗", "*" }, { "*", "*" }, { "β", "ᵝ" }, { "θ", "ᶿ" },
};
static const Symbol lowered[] = {
  { "0", "₀" }, { "1", "₁" }, { "2", "₂" }, { "3", "₃" }, { "4", "₄" }, { "5", "₅" }, { "6", "₆" },
  { "7", "₇" }, { "8", "₈" }, { "9", "₉" }, { "+", "₊" }, { "−", "₋" }, { "=", "₌" }, { "(", "₍" },
  { ")", "₎" }, { "a", "ₐ" }, { "e", "ₑ" }, { "h", "ₕ" }, { "i", "ᵢ" }, { "j", "ⱼ" }, { "k", "ₖ" },
  { "l", "ₗ" }, { "m", "ₘ" }, { "n", "ₙ" }, { "o", "ₒ" }, { "p", "ₚ" }, { "r", "ᵣ" }, { "s", "ₛ" },
  { "t", "ₜ" }, { "u", "ᵤ" }, { "v", "ᵥ" }, { "x", "ₓ" }, { "β", "ᵦ" }, { "ρ", "ᵨ" }, { "φ", "ᵩ" },
};
static const Symbol doubled[] = { { "R", "ℝ" }, { "N", "ℕ" }, { "Z", "ℤ" },
                                  { "Q", "ℚ" }, { "C", "ℂ" }, { "P", "ℙ" } };

static const char *
find (const Symbol *table, gsize n, const char *name)
{
  for (gsize i = 0; i < n; i++)
    if (g_str_equal (table[i].name, name))
      return table[i].text;
  return NULL;
}

#define FIND(table, name) find (table, G_N_ELEMENTS (table), name)

static gboolean
is_one_of (const char *const *names, gsize n, const char *name)
{
  for (gsize i = 0; i < n; i++)
    if (g_str_equal (names[i], name))
      return TRUE;
  return FALSE;
}

typedef struct {
  const char *p;
  int depth;
} Reader;

static void read_until (Reader *reader, GString *out, char end);

static void
skip_space (Reader *reader)
{
  while (g_ascii_isspace (*reader->p))
    reader->p++;
}

/* (transfer full): what a command or a sign is followed by: a group, a command, or a character. */
static char *
read_argument (Reader *reader)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *one = NULL;
  Reader inner;

  skip_space (reader);
  if (*reader->p == '{') {
    reader->p++;
    read_until (reader, out, '}');
  } else if (*reader->p == '\\') {
    const char *end = reader->p + 1;
    while (g_ascii_isalpha (*end))
      end++;
    if (end == reader->p + 1 && *end != '\0')
      end = g_utf8_next_char (end);
    one = g_strndup (reader->p, (gsize) (end - reader->p));
    reader->p = end;
  } else if (*reader->p != '\0' && *reader->p != '}') {
    const char *end = g_utf8_next_char (reader->p);
    one = g_strndup (reader->p, (gsize) (end - reader->p));
    reader->p = end;
  }
  if (one != NULL) {
    inner = (Reader){ .p = one, .depth = reader->depth + 1 };
    read_until (&inner, out, '\0');
  }
  return g_strstrip (g_strdup (out->str));
}

/* Whether it needs no brackets in a fraction or under a root: a word, a number, a call. */
static gboolean
is_simple (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    if (!g_unichar_isalnum (c) && !g_unichar_ismark (c) && c != '.' && c != 0x221e
        && g_unichar_type (c) != G_UNICODE_OTHER_NUMBER)
      return FALSE;
  }
  return TRUE;
}

static void
append_operand (GString *out, const char *text)
{
  g_string_append_printf (out, is_simple (text) ? "%s" : "(%s)", text);
}

static void
append_script (GString *out, const char *text, gboolean is_raised)
{
  g_autoptr (GString) script = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    g_autofree char *one = g_strndup (p, (gsize) (g_utf8_next_char (p) - p));
    const char *small = is_raised ? FIND (raised, one) : FIND (lowered, one);
    if (*p == ' ')
      continue;
    if (small == NULL) {
      g_string_append_c (out, is_raised ? '^' : '_');
      if (g_utf8_strlen (text, -1) == 1)
        g_string_append (out, text);
      else
        g_string_append_printf (out, "(%s)", text);
      return;
    }
    g_string_append (script, small);
  }
  g_string_append (out, script->str);
}

static void
read_root (Reader *reader, GString *out)
{
  g_autofree char *argument = NULL;
  g_autoptr (GString) degree = g_string_new (NULL);

  skip_space (reader);
  if (*reader->p == '[') {
    reader->p++;
    read_until (reader, degree, ']');
  }
  argument = read_argument (reader);
  if (g_str_equal (degree->str, "3"))
    g_string_append (out, "∛");
  else {
    if (degree->len > 0 && !g_str_equal (degree->str, "2"))
      append_script (out, degree->str, TRUE);
    g_string_append (out, "√");
  }
  append_operand (out, argument);
}

static void
read_fraction (Reader *reader, GString *out)
{
  g_autofree char *above = read_argument (reader);
  g_autofree char *below = read_argument (reader);

  append_operand (out, above);
  g_string_append_c (out, '/');
  append_operand (out, below);
}

/* FALSE: it has no such argument. */
static gboolean
read_with_argument (Reader *reader, const char *name, GString *out)
{
  const char *accent = FIND (accents, name);
  g_autofree char *argument = NULL;

  if (g_str_equal (name, "sqrt")) {
    read_root (reader, out);
  } else if (g_str_equal (name, "frac") || g_str_equal (name, "dfrac")
             || g_str_equal (name, "tfrac")) {
    read_fraction (reader, out);
  } else if (g_str_equal (name, "begin") || g_str_equal (name, "end")) {
    argument = read_argument (reader);
  } else if (g_str_equal (name, "mathbb")) {
    argument = read_argument (reader);
    g_string_append (out, FIND (doubled, argument) != NULL ? FIND (doubled, argument) : argument);
  } else if (accent != NULL || is_one_of (styles, G_N_ELEMENTS (styles), name)) {
    argument = read_argument (reader);
    g_string_append_printf (out, "%s%s", argument, accent != NULL ? accent : "");
  } else {
    return FALSE;
  }
  return TRUE;
}

static void
read_command (Reader *reader, GString *out)
{
  const char *begin = ++reader->p;
  g_autofree char *name = NULL;

  while (g_ascii_isalpha (*reader->p))
    reader->p++;
  name = g_strndup (begin, (gsize) (reader->p - begin));
  if (name[0] == '\0') {
    char sign = *begin;
    if (sign == '\0')
      return;
    reader->p = g_utf8_next_char (begin);
    if (sign == '\\')
      g_string_append_c (out, '\n');
    else if (strchr (",;:> ", sign) != NULL)
      g_string_append_c (out, ' ');
    else if (sign == '|')
      g_string_append (out, "‖");
    else if (sign != '!')
      g_string_append_len (out, begin, reader->p - begin);
  } else if (FIND (symbols, name) != NULL) {
    g_string_append (out, FIND (symbols, name));
  } else if (is_one_of (functions, G_N_ELEMENTS (functions), name)) {
    g_string_append (out, name);
  } else if (is_one_of (silent, G_N_ELEMENTS (silent), name)) {
    /* A bracket that is left out. */
    skip_space (reader);
    if (*reader->p == '.')
      reader->p++;
  } else if (!read_with_argument (reader, name, out)) {
    g_string_append_printf (out, "\\%s", name);
  }
}

/* Up to the sign that ends it, which is read too, or to the end of the text. */
static void
read_until (Reader *reader, GString *out, char end)
{
  if (++reader->depth > MAX_DEPTH) {
    g_string_append (out, reader->p);
    reader->p += strlen (reader->p);
  }
  while (*reader->p != '\0' && *reader->p != end) {
    char c = *reader->p;
    if (c == '\\') {
      read_command (reader, out);
    } else if (c == '^' || c == '_') {
      g_autofree char *argument = NULL;
      reader->p++;
      argument = read_argument (reader);
      append_script (out, argument, c == '^');
    } else if (c == '{') {
      reader->p++;
      read_until (reader, out, '}');
    } else if (g_ascii_isspace (c) || c == '~' || c == '&') {
      reader->p++;
      if (out->len > 0 && !g_ascii_isspace (out->str[out->len - 1]))
        g_string_append_c (out, ' ');
    } else if (c == '-') {
      reader->p++;
      g_string_append (out, "−");
    } else if (c == '\'') {
      reader->p++;
      g_string_append (out, "′");
    } else {
      const char *next = g_utf8_next_char (reader->p);
      if (c != '}')
        g_string_append_len (out, reader->p, next - reader->p);
      reader->p = next;
    }
  }
  if (*reader->p != '\0')
    reader->p++;
  reader->depth--;
}

char *
hs_math_to_text (const char *latex)
{
  Reader reader = { .p = latex };
  g_autoptr (GString) out = g_string_new (NULL);

  read_until (&reader, out, '\0');
  return g_strstrip (g_strdup (out->str));
}

/* The end of the formula that begins at p, if it ends before the next empty line; else NULL. */
static const char *
find_end (const char *p, const char *closing)
{
  const char *end = strstr (p, closing);
  const char *gap = strstr (p, "\n\n");

  return end != NULL && (gap == NULL || end < gap) ? end : NULL;
}

/* How many of one sign stand there. */
static gsize
count_run (const char *p)
{
  gsize n = 1;

  while (p[n] == p[0])
    n++;
  return n;
}

/* Behind the code that begins at p, in a line or in a fence; at its opening if it does not end. */
static const char *
skip_code (const char *p, gboolean is_line_start)
{
  gsize n = count_run (p);
  g_autofree char *fence = g_strndup (p, n);
  const char *end = p + n;

  if (is_line_start && n >= 3) {
    g_autofree char *line = g_strconcat ("\n", fence, NULL);
    end = strstr (end, line);
    return end != NULL ? end + 1 + n : p + strlen (p);
  }
  if (p[0] == '~')
    return end;
  while ((end = strstr (end, fence)) != NULL && count_run (end) != n)
    end += count_run (end);
  return end != NULL ? end + n : p + n;
}

/* Behind the formula in dollar signs that begins at p; NULL: it is money. The first sign stands
 * before what is no space, the last one behind such and before no digit. */
static const char *
skip_formula (const char *p)
{
  gsize n = count_run (p);
  const char *end = p + n;

  if (n > 2 || (n == 1 && g_ascii_isspace (*end)))
    return NULL;
  while ((end = find_end (end, n == 1 ? "$" : "$$")) != NULL) {
    gboolean is_inner = n == 1 && (g_ascii_isspace (end[-1]) || g_ascii_isdigit (end[1]));
    if (!is_inner && end[-1] != '\\')
      return end + n;
    end += n;
  }
  return NULL;
}

char *
hs_math_unify (const char *markdown)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const char *p = markdown;

  while (*p != '\0') {
    gboolean is_line_start = p == markdown || p[-1] == '\n';
    const char *next = p + 1;
    if (p[0] == '`' || (p[0] == '~' && is_line_start)) {
      next = skip_code (p, is_line_start);
    } else if (p[0] == '\\' && (p[1] == '(' || p[1] == '[')) {
      const char *end = find_end (p + 2, p[1] == '(' ? "\\)" : "\\]");
      const char *sign = p[1] == '(' ? "$" : "$$";
      g_autofree char *formula =
          end != NULL ? g_strstrip (g_strndup (p + 2, (gsize) (end - p - 2))) : NULL;
      if (formula != NULL && formula[0] != '\0') {
        g_strdelimit (formula, "\n", ' ');
        g_string_append_printf (out, "%s%s%s", sign, formula, sign);
        p = end + 2;
        continue;
      }
      next = p + 2;
    } else if (p[0] == '\\' && p[1] != '\0') {
      next = p + 2;
    } else if (p[0] == '$') {
      next = skip_formula (p);
      if (next == NULL) {
        next = p + count_run (p);
        for (; p < next; p++)
          g_string_append (out, "\\$");
      }
    }
    g_string_append_len (out, p, next - p);
    p = next;
  }
  return g_strdup (out->str);
}
