/* SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "app/speech/spoken-text.h"

/* What is spoken, sentences parted by "|". */
static const struct {
  const char *text, *spoken;
} cases[] = {
  { "", "" },
  { "Yes. No! Why?", "Yes.|No!|Why?" },
  { "# A title\nAnd **bold** and *soft* and __more__ words.",
    "A title.|And bold and soft and more words." },
  { "- one\n- two, three\n* four\n", "one.|two, three.|four." },
  { "1. First\n2. Second: yes.\n", "1: First.|2: Second: yes." },
  { "> Quoted, he said.\n---\n***\n", "Quoted, he said." },
  { "See [the page](https://example.com/a?b=c) now.", "See the page now." },
  { "See https://www.example.com/a/b.html, then http://a.org.", "See example.com, then a.org." },
  { "<https://example.com/x> and <b>this</b> &amp; that.", "example.com and this & that." },
  { "![A cat](cat.png) sleeps [1] here [^2].", "A cat sleeps  here ." },
  { "Call `read_file` or `a[i] += 2;` twice.", "Call read file or  twice." },
  { "Look:\n```c\nint x = 1;\n// Yes. No.\n```\nThat is all.\n```\nmore\n```\n",
    "Look.|The code is on the screen.|That is all." },
  { "| a | b |\n|---|:-:|\n| 1 | 2 |\n", "a , b.|1 , 2." },
  { "Say [word](/wˈɜɹd/) and 好[:ㄏㄠ3] and [pause 9s].", "Say word and 好:ㄏㄠ3 and pause 9s." },
  { "3*4 is 12, a_b is \\*one\\* name, 2 * 3.", "3 times 4 is 12, a b is *one* name, 2  3." },
  { "你好。今天天氣很好！\n- 一\n", "你好。|今天天氣很好！|一。" },
  { "看：\n```\nx\n```", "看：|程式碼在螢幕上。" },
  { "🙂\n\n...\n", "" },
  { "Dr. Smith came. He left", "Dr. Smith came.|He left." },
  { "An [open bracket. And `an open tick. More", "An open bracket.|And an open tick.|More." },
};

static void
assert_spoken (GPtrArray *sentences, const char *spoken)
{
  g_ptr_array_add (sentences, NULL);
  g_autofree char *joined = g_strjoinv ("|", (char **) sentences->pdata);

  g_assert_cmpstr (joined, ==, spoken);
}

/* The same whether it comes whole, or character by character. */
static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    for (int by_character = 0; by_character < 2; by_character++) {
      g_autoptr (AppSpokenText) text = app_spoken_text_new ();
      g_autoptr (GPtrArray) sentences = g_ptr_array_new_with_free_func (g_free);

      if (!by_character)
        app_spoken_text_add (text, cases[i].text, sentences);
      for (const char *p = cases[i].text; by_character && *p != '\0'; p = g_utf8_next_char (p)) {
        char piece[7] = { 0 };
        memcpy (piece, p, (gsize) (g_utf8_next_char (p) - p));
        app_spoken_text_add (text, piece, sentences);
      }
      app_spoken_text_finish (text, sentences);
      assert_spoken (sentences, cases[i].spoken);
    }
  }
}

/* A sentence does not wait for the end of its line. */
static void
test_early (void)
{
  g_autoptr (AppSpokenText) text = app_spoken_text_new ();
  g_autoptr (GPtrArray) sentences = g_ptr_array_new_with_free_func (g_free);

  app_spoken_text_add (text, "**One.** Two", sentences);
  g_assert_cmpuint (sentences->len, ==, 0);
  app_spoken_text_add (text, " is [here. T", sentences);
  g_assert_cmpuint (sentences->len, ==, 1);
  app_spoken_text_add (text, "here](x). Three goes", sentences);
  g_assert_cmpuint (sentences->len, ==, 3);
  app_spoken_text_finish (text, sentences);
  assert_spoken (sentences, "One.|Two is here.|There.|Three goes.");
}

/* Nothing in it is a sign that the reader takes for an order; no end is missed. */
static void
test_noise (void)
{
  static const char *const signs[] = {
    "[",  "]", "(", ")", "`", "```", "*",  "_", "\n", " ",  "a",
    ". ", "<", ">", "|", "#", "-",   "\\", "&", "~",  "你", "1"
  };
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (int round = 0; round < 300; round++) {
    g_autoptr (AppSpokenText) text = app_spoken_text_new ();
    g_autoptr (GPtrArray) sentences = g_ptr_array_new_with_free_func (g_free);
    for (int i = 0; i < 60; i++)
      app_spoken_text_add (text, signs[g_rand_int_range (rand, 0, (gint32) G_N_ELEMENTS (signs))],
                           sentences);
    app_spoken_text_finish (text, sentences);
    for (guint i = 0; i < sentences->len; i++) {
      const char *sentence = g_ptr_array_index (sentences, i);
      g_assert_true (g_utf8_validate (sentence, -1, NULL));
      g_assert_null (strpbrk (sentence, "[]`\n"));
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spoken-text/cases", test_cases);
  g_test_add_func ("/spoken-text/early", test_early);
  g_test_add_func ("/spoken-text/noise", test_noise);
  return g_test_run ();
}
