/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Where each family cuts a text; expected cuts are marked with '|' and were found with the regular
 * expressions of llm/text/TOKENIZERS.md. */

#include <string.h>

#include "llm/text/pretokenizer.h"

static void
assert_cuts (LlmPretokenizer pre, const char *expected)
{
  g_auto (GStrv) parts = g_strsplit (expected, "|", -1);
  g_autofree char *text = g_strjoinv ("", parts);
  g_autoptr (GString) found = g_string_new (NULL);
  LlmPretokens cut = { .pre = pre, .text = text, .length = strlen (text) };
  size_t start, end, before = 0;

  while (llm_pretokens_next (&cut, &start, &end)) {
    g_assert_cmpuint (start, ==, before);
    g_assert_cmpuint (end, >, start);
    g_string_append_printf (found, "%s%.*s", start > 0 ? "|" : "", (int) (end - start),
                            text + start);
    before = end;
  }
  g_assert_cmpuint (before, ==, strlen (text));
  g_assert_cmpstr (found->str, ==, expected);
}

static void
test_gpt2 (void)
{
  assert_cuts (LLM_PRE_GPT2, "Hello| world|!| 123|abc");
  assert_cuts (LLM_PRE_GPT2, "don|'t| WON|'|T| they|'ve|'ll|'d");
  assert_cuts (LLM_PRE_GPT2, "a|  | b|\n\n|\n|c|  ");
  assert_cuts (LLM_PRE_GPT2, "a|\t|b| ...|\n");
  assert_cuts (LLM_PRE_GPT2, "你好|，|世界| ½²");
  assert_cuts (LLM_PRE_GPT2, "x|\xFF\xC3|y| | \xE4\xB8");
}

static void
test_qwen2 (void)
{
  assert_cuts (LLM_PRE_QWEN2, "Hello| world|!| |1|2|3|abc");
  assert_cuts (LLM_PRE_QWEN2, "don|'t| WON|'T| I|'LL| it|'ſ| '|x|'re");
  assert_cuts (LLM_PRE_QWEN2, "a|  | b|\n\n\n|c|  ");
  assert_cuts (LLM_PRE_QWEN2, "a| \r\n \n|  | b| \t\t|\tc");
  assert_cuts (LLM_PRE_QWEN2, "(a|).\n|x|...\r\n|y| --\n\n| z");
  assert_cuts (LLM_PRE_QWEN2, "你好|，世界| |½|²|\xC2\xA0h\xC3\xA9");
  assert_cuts (LLM_PRE_QWEN2, "x|\xFFy|\xE4\xB8");
}

static void
test_llama3 (void)
{
  assert_cuts (LLM_PRE_LLAMA3, "a| |123|456|7|.|0");
  assert_cuts (LLM_PRE_LLAMA3, "it|'S| |٠١٢|٣");
}

static void
test_smollm (void)
{
  assert_cuts (LLM_PRE_SMOLLM, "Hello| world|!| |1|2|3|abc");
  assert_cuts (LLM_PRE_SMOLLM, "a|  |5|  | b|  |6| |½|'s");
}

static void
test_names (void)
{
  static const char *const known[] = { "gpt-2", "qwen2", "llama-bpe", "smollm" };
  static const LlmPretokenizer kinds[] = { LLM_PRE_GPT2, LLM_PRE_QWEN2, LLM_PRE_LLAMA3,
                                           LLM_PRE_SMOLLM };
  g_autoptr (GError) error = NULL;
  LlmPretokenizer pre;

  for (size_t i = 0; i < G_N_ELEMENTS (known); i++) {
    g_assert_true (llm_pretokenizer_from_name (known[i], &pre, NULL));
    g_assert_cmpint (pre, ==, kinds[i]);
  }
  g_assert_false (llm_pretokenizer_from_name ("tekken", &pre, &error));
  g_assert_error (error, LLM_ERROR, LLM_ERROR_MODEL);
  g_assert_nonnull (strstr (error->message, "'tekken'"));
}

/* Letters and numbers that the oldest GLib does not know, and White_Space in full. */
static void
test_classes (void)
{
  g_assert_cmpint (llm_char_class (0x2EBF0), ==, LLM_CHAR_LETTER);
  g_assert_cmpint (llm_char_class (0x10D40), ==, LLM_CHAR_NUMBER);
  g_assert_cmpint (llm_char_class (0x1138C), ==, LLM_CHAR_OTHER);
  g_assert_cmpint (llm_char_class (0x2EE5E), ==, LLM_CHAR_OTHER);
  g_assert_cmpint (llm_char_class (0x85), ==, LLM_CHAR_SPACE);
  g_assert_cmpint (llm_char_class (0x0B), ==, LLM_CHAR_SPACE);
  g_assert_cmpint (llm_char_class (0x3000), ==, LLM_CHAR_SPACE);
  g_assert_cmpint (llm_char_class (0x200B), ==, LLM_CHAR_OTHER);
  g_assert_cmpint (llm_char_class (0x1C), ==, LLM_CHAR_OTHER);
  g_assert_cmpint (llm_char_class (0x301), ==, LLM_CHAR_OTHER);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/llm/pretokenizer/gpt2", test_gpt2);
  g_test_add_func ("/llm/pretokenizer/qwen2", test_qwen2);
  g_test_add_func ("/llm/pretokenizer/llama3", test_llama3);
  g_test_add_func ("/llm/pretokenizer/smollm", test_smollm);
  g_test_add_func ("/llm/pretokenizer/names", test_names);
  g_test_add_func ("/llm/pretokenizer/classes", test_classes);
  return g_test_run ();
}
