/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Markdown to blocks: what each construct becomes, and that nothing in a text can break the markup
 * of a label. */

#include <gtk/gtk.h>
#include <string.h>

#include "ui/text/markdown.h"
#include "ui/text/math-text.h"

static const HsBlock *
get (GPtrArray *blocks, guint i)
{
  g_assert_cmpuint (i, <, blocks->len);
  return g_ptr_array_index (blocks, i);
}

static void
test_spans (void)
{
  g_autoptr (GPtrArray) blocks =
      hs_markdown_parse ("a *b* **c** `d<e>` ~~f~~ [g](https://x.org/?a=1&b=2) <b>h</b> &lt;");

  g_assert_cmpuint (blocks->len, ==, 1);
  g_assert_cmpstr (get (blocks, 0)->text, ==,
                   "a <i>b</i> <b>c</b> <tt>d&lt;e&gt;</tt> <s>f</s> "
                   "<a href=\"https://x.org/?a=1&amp;b=2\">g</a> &lt;b&gt;h&lt;/b&gt; &lt;");
}

static void
test_links_of_other_kinds_are_text (void)
{
  g_autoptr (GPtrArray) blocks =
      hs_markdown_parse ("[a](javascript:x) [b](file:///etc/passwd) [c](mailto:d@e.org)");

  g_assert_cmpstr (get (blocks, 0)->text, ==, "a b <a href=\"mailto:d@e.org\">c</a>");
}

/* md4c tells of the ends of spans that begin in the address of a link, and of beginnings whose end
 * is there. */
static void
test_signs_in_addresses (void)
{
  static const char *const cases[][2] = {
    { "[b](a*c) d*e", "b de" },
    { "*a [b](c*d) e", "<i>a b e</i>" },
    { "~~a [b](http://c~~) d", "<s>a <a href=\"http://c~~\">b</a> d</s>" },
    { "[b](a$c) d$e", "b de" },
    { "$a [b](c$d) e", "a [b](cd) e" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GPtrArray) blocks = hs_markdown_parse (cases[i][0]);
    g_autofree char *cell = g_strdup_printf ("| x | y |\n|---|---|\n| %s | *z* |", cases[i][0]);
    g_autoptr (GPtrArray) table = hs_markdown_parse (cell);

    g_test_message ("%s", cases[i][0]);
    g_assert_cmpstr (get (blocks, 0)->text, ==, cases[i][1]);
    g_assert_cmpstr (((GStrv) get (table, 0)->rows->pdata[1])[1], ==, "<i>z</i>");
  }
}

static void
test_blocks (void)
{
  g_autoptr (GPtrArray) blocks = hs_markdown_parse ("# Title\n\ntext\nmore\n\n> quoted\n\n---\n\n"
                                                    "```c\nint i < 3;\n```\n");

  g_assert_cmpuint (blocks->len, ==, 5);
  g_assert_cmpint (get (blocks, 0)->kind, ==, HS_BLOCK_HEADING);
  g_assert_cmpint (get (blocks, 0)->level, ==, 1);
  g_assert_cmpstr (get (blocks, 1)->text, ==, "text more");
  g_assert_cmpint (get (blocks, 2)->quote, ==, 1);
  g_assert_cmpint (get (blocks, 3)->kind, ==, HS_BLOCK_RULE);
  g_assert_cmpint (get (blocks, 4)->kind, ==, HS_BLOCK_CODE);
  g_assert_cmpstr (get (blocks, 4)->text, ==, "int i < 3;");
  g_assert_cmpstr (get (blocks, 4)->language, ==, "c");
}

static void
test_lists (void)
{
  g_autoptr (GPtrArray) blocks = hs_markdown_parse ("3. a\n4. b\n   - c\n\n     d\n- [x] e\n-\n");

  g_assert_cmpstr (get (blocks, 0)->marker, ==, "3.");
  g_assert_cmpstr (get (blocks, 1)->marker, ==, "4.");
  g_assert_cmpstr (get (blocks, 2)->marker, ==, "•");
  g_assert_cmpint (get (blocks, 2)->indent, ==, 2);
  g_assert_null (get (blocks, 3)->marker);
  g_assert_cmpint (get (blocks, 3)->indent, ==, 2);
  g_assert_cmpstr (get (blocks, 4)->marker, ==, "☑");
  g_assert_cmpstr (get (blocks, 5)->text, ==, "");
}

static void
test_table (void)
{
  g_autoptr (GPtrArray) blocks = hs_markdown_parse ("| a | b |\n|---|--:|\n| **c** | |\n");
  GPtrArray *rows = get (blocks, 0)->rows;

  g_assert_cmpuint (rows->len, ==, 2);
  g_assert_true (g_strv_equal (g_ptr_array_index (rows, 0), (const char *[]){ "a", "b", NULL }));
  g_assert_true (
      g_strv_equal (g_ptr_array_index (rows, 1), (const char *[]){ "<b>c</b>", "", NULL }));
}

static void
test_math (void)
{
  static const struct {
    const char *latex, *text;
  } formulas[] = {
    { "a_1 < b", "a₁ < b" },
    { "O(n \\log n)", "O(n log n)" },
    { "x^2 + y^{2k} - z^{-1}", "x² + y²ᵏ − z⁻¹" },
    { "\\frac{1}{2}", "1/2" },
    { "\\frac{a + b}{\\sqrt{1 - \\alpha}}", "(a + b)/(√(1 − α))" },
    { "\\sqrt[3]{x} + \\sqrt{2}", "∛x + √2" },
    { "\\sum_{i=1}^n i \\leq \\infty", "∑ᵢ₌₁ⁿ i ≤ ∞" },
    { "a_{i,j}^Q", "a_(i,j)^Q" },
    { "\\left( \\frac{x}{y} \\right.", "( x/y" },
    { "\\mathbb{R}^n \\text{ and } \\vec{v}", "ℝⁿ and v\xe2\x83\x97" },
    { "\\begin{cases} 1 & x > 0 \\\\ 0 \\end{cases}", "1 x > 0 \n0" },
    { "f'(x) \\to \\unknown{y}", "f′(x) → \\unknowny" },
    { "\\frac", "/" },
    { "{{{a}^", "a" },
    { "\\{ 50\\% \\}", "{ 50% }" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (formulas); i++) {
    g_autofree char *text = hs_math_to_text (formulas[i].latex);
    g_assert_cmpstr (text, ==, formulas[i].text);
  }
}

static void
assert_text (const char *markdown, const char *markup)
{
  g_autoptr (GPtrArray) blocks = hs_markdown_parse (markdown);

  g_assert_cmpstr (get (blocks, 0)->text, ==, markup);
}

static void
test_math_in_text (void)
{
  assert_text ("It is $a_1 < b$.", "It is a₁ &lt; b.");
  assert_text ("It is \\( x^2 \\), or \\[ \\frac{a}\n{2} \\]", "It is x², or \na/2");
  assert_text ("It costs $5 or $10.", "It costs $5 or $10.");
  assert_text ("`\\(x\\)` and \\(y\\)", "<tt>\\(x\\)</tt> and y");
  assert_text ("```\n\\(x\\)\n```", "\\(x\\)");
  assert_text ("open \\( x", "open ( x");
}

/* As it stands after each character of a stream, and with bytes changed at random. */
static void
test_any_text_is_good_markup (void)
{
  const char *whole = "# A\n\n1. *b* **c `d`**\n   - [e](http://f&g) ~~h~~\n\n> i\n\n| j | k |\n"
                      "|---|---|\n| *l | m* |\n\n```py\nn = \"<o>\"\n```\n&#x41; &amp; &bogus; $p$ "
                      "\\(\\frac{a}{\\sqrt[3]{b_{c^d}}}\\) \\[e\\]";
  g_autoptr (GRand) random = g_rand_new_with_seed (7);

  for (gsize n = 0; n < 20 * strlen (whole); n++) {
    g_autofree char *text = g_strndup (whole, n % (strlen (whole) + 1));
    if (n > strlen (whole) && text[0] != '\0')
      text[g_rand_int_range (random, 0, (gint32) strlen (text))] =
          (char) g_rand_int_range (random, 1, 256);
    g_autoptr (GPtrArray) blocks = hs_markdown_parse (text);
    for (guint i = 0; i < blocks->len; i++) {
      const HsBlock *block = get (blocks, i);
      g_autoptr (GError) error = NULL;
      if (block->text == NULL || block->kind == HS_BLOCK_CODE
          || strstr (block->text, "<a ") != NULL)
        continue;
      pango_parse_markup (block->text, -1, 0, NULL, NULL, NULL, &error);
      g_assert_no_error (error);
    }
  }
}

static void
test_equal (void)
{
  g_autoptr (GPtrArray) a = hs_markdown_parse ("a\n\n| b |\n|---|\n| c |\n");
  g_autoptr (GPtrArray) b = hs_markdown_parse ("a\n\n| b |\n|---|\n| d |\n");

  g_assert_true (hs_block_equal (get (a, 0), get (b, 0)));
  g_assert_true (hs_block_equal (get (a, 1), get (a, 1)));
  g_assert_false (hs_block_equal (get (a, 1), get (b, 1)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui/markdown/spans", test_spans);
  g_test_add_func ("/ui/markdown/links", test_links_of_other_kinds_are_text);
  g_test_add_func ("/ui/markdown/signs-in-addresses", test_signs_in_addresses);
  g_test_add_func ("/ui/markdown/blocks", test_blocks);
  g_test_add_func ("/ui/markdown/lists", test_lists);
  g_test_add_func ("/ui/markdown/table", test_table);
  g_test_add_func ("/ui/markdown/math", test_math);
  g_test_add_func ("/ui/markdown/math-in-text", test_math_in_text);
  g_test_add_func ("/ui/markdown/any-text", test_any_text_is_good_markup);
  g_test_add_func ("/ui/markdown/equal", test_equal);
  return g_test_run ();
}
