/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Blocks of the unified vocabulary, and prompts that are made with them. */

#include <string.h>

#include "llm/session/prompt.h"
#include "tests/llm/tiny-tokenizer.h"

#define N_TEXT 263 /* 256 bytes, 5 tokens, 2 control tokens */
static const char *const tokens[] = { "sp", "he", "en", "hen", "then", NULL };

static char *
name_speaker (int index, gpointer user_data)
{
  return g_strdup_printf ("<|speaker %c|>", 'A' + index);
}

static char *
say_speaker (int index, gpointer user_data)
{
  if (index == 2)
    return NULL;
  return g_strdup_printf ("%s%c", (const char *) user_data, 'a' + index);
}

static char *
apt_speaker (int index, gpointer user_data)
{
  return g_strdup_printf ("%cthen", 'A' + index);
}

static LlmVocab *
make_vocab (int *speaker, int *mark)
{
  g_autoptr (LlmTokenizer) tokenizer = tiny_tokenizer_new (tokens);
  LlmVocab *vocab = llm_vocab_new (tokenizer);
  LlmVocabBlock speakers = { "speaker", 3, name_speaker, say_speaker, apt_speaker, "sp" };
  LlmVocabBlock marks = { "mark", 2, NULL, NULL, NULL, NULL };

  *speaker = llm_vocab_add_block (vocab, &speakers, NULL);
  *mark = llm_vocab_add_block (vocab, &marks, NULL);
  return vocab;
}

static void
test_blocks (void)
{
  int speaker, mark, index = -1;
  g_autoptr (LlmVocab) vocab = make_vocab (&speaker, &mark);
  g_autofree char *b = llm_vocab_print (vocab, speaker + 1);
  g_autofree char *m = llm_vocab_print (vocab, mark + 1);
  g_autofree char *t = llm_vocab_print (vocab, 256);
  g_autofree char *verbal = llm_vocab_verbal (vocab, speaker + 1);
  g_autofree char *verbal_text = llm_vocab_verbal (vocab, 257);
  g_autofree char *apt = llm_vocab_apt (vocab, speaker);
  const char *block = NULL;

  g_assert_cmpint (speaker, ==, N_TEXT);
  g_assert_cmpint (mark, ==, N_TEXT + 3);
  g_assert_cmpint (llm_vocab_get_n_ids (vocab), ==, N_TEXT + 5);
  g_assert_true (llm_vocab_is_text (vocab, N_TEXT - 1));
  g_assert_false (llm_vocab_is_text (vocab, N_TEXT));
  g_assert_false (llm_vocab_is_text (vocab, -1));
  g_assert_cmpint (llm_vocab_get_id (vocab, "mark", 1), ==, mark + 1);
  g_assert_cmpint (llm_vocab_get_id (vocab, "mark", 2), ==, -1);
  g_assert_cmpint (llm_vocab_get_id (vocab, "mark", -1), ==, -1);
  g_assert_cmpint (llm_vocab_get_id (vocab, "none", 0), ==, -1);
  g_assert_true (llm_vocab_find_block (vocab, mark, &block, &index));
  g_assert_cmpstr (block, ==, "mark");
  g_assert_cmpint (index, ==, 0);
  g_assert_false (llm_vocab_find_block (vocab, N_TEXT - 1, &block, &index));
  g_assert_false (llm_vocab_find_block (vocab, N_TEXT + 5, &block, &index));
  g_assert_cmpstr (b, ==, "<|speaker B|>");
  g_assert_cmpstr (m, ==, "<|mark 1|>");
  g_assert_cmpstr (t, ==, "sp");
  g_assert_cmpstr (verbal, ==, "spb");
  g_assert_cmpstr (verbal_text, ==, "he");
  g_assert_cmpstr (apt, ==, "Athen");
  g_assert_null (llm_vocab_verbal (vocab, speaker + 2));
  g_assert_null (llm_vocab_verbal (vocab, mark));
}

static void
test_errors (void)
{
  int speaker, mark;
  g_autoptr (LlmVocab) vocab = make_vocab (&speaker, &mark);
  g_autoptr (LlmPrompt) prompt = llm_prompt_new (vocab, 4);
  const LlmVocabBlock bad[] = { { .name = "mark", .size = 1 },
                                { .name = "empty", .size = 0 },
                                { .name = "huge", .size = G_MAXINT } };
  const float rows[] = { 0, 0, 0, 0 };

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (llm_vocab_add_block (vocab, &bad[i], &error), ==, -1);
    g_assert_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT);
  }
  g_assert_cmpint (llm_vocab_get_n_ids (vocab), ==, N_TEXT + 5);
  g_assert_false (llm_vocab_set_rows (vocab, "none", rows, 2, NULL));
  g_assert_false (llm_vocab_set_rows (vocab, "mark", rows, 0, NULL));
  g_assert_false (llm_vocab_set_reading (vocab, "none", LLM_READ_NOTHING, NULL));
  g_assert_false (llm_vocab_set_reading (vocab, "mark", LLM_READ_ROW, NULL));
  g_assert_false (llm_vocab_set_reading (vocab, "mark", LLM_READ_COPIED, NULL));
  g_assert_true (llm_vocab_set_rows (vocab, "mark", rows, 2, NULL));
  g_assert_true (llm_vocab_set_reading (vocab, "mark", LLM_READ_ROW, NULL));
  /* Rows of width 2 do not fit a prompt of width 4. */
  g_assert_false (llm_prompt_add_id (prompt, mark, NULL));
  g_assert_false (llm_prompt_add_id (prompt, -1, NULL));
  g_assert_false (llm_prompt_add_id (prompt, N_TEXT + 5, NULL));
  g_assert_cmpint (llm_prompt_get_n_positions (prompt), ==, 0);
}

static char *
positions (const LlmPrompt *prompt)
{
  GString *out = g_string_new (NULL);

  for (int i = 0; i < llm_prompt_get_n_positions (prompt); i++) {
    const float *row;
    int id = llm_prompt_get (prompt, i, &row);

    g_assert_cmpint (id < 0, ==, row != NULL);
    if (id < 0)
      g_string_append_printf (out, "[%g %g] ", (double) row[0], (double) row[1]);
    else
      g_string_append_printf (out, "%d ", id);
  }
  return g_string_free (out, FALSE);
}

static void
assert_positions (const LlmPrompt *prompt, const char *expected)
{
  g_autofree char *found = positions (prompt);

  g_assert_cmpstr (found, ==, expected);
}

static void
test_readings (void)
{
  static const float rows[] = { 1, 2, 3, 4 };
  static const char *const expected[] = { "256 98 ", "66 ", "", "[1 2] [3 4] " };
  int speaker, mark;
  g_autoptr (LlmVocab) vocab = make_vocab (&speaker, &mark);
  const LlmVocabReading readings[] = { LLM_READ_VERBAL, LLM_READ_COPIED, LLM_READ_NOTHING };

  g_assert_cmpint (llm_vocab_get_reading (vocab, speaker), ==, LLM_READ_VERBAL);
  for (size_t i = 0; i < G_N_ELEMENTS (readings); i++) {
    g_autoptr (LlmPrompt) prompt = llm_prompt_new (vocab, 2);

    g_assert_true (llm_vocab_set_reading (vocab, "speaker", readings[i], NULL));
    g_assert_true (llm_prompt_add_id (prompt, speaker + 1, NULL));
    assert_positions (prompt, expected[i]);
  }
  g_assert_true (llm_vocab_set_rows (vocab, "mark", rows, 2, NULL));
  g_assert_true (llm_vocab_set_reading (vocab, "mark", LLM_READ_ROW, NULL));
  {
    g_autoptr (LlmPrompt) prompt = llm_prompt_new (vocab, 2);

    g_assert_true (llm_prompt_add_id (prompt, mark, NULL));
    g_assert_true (llm_prompt_add_id (prompt, mark + 1, NULL));
    assert_positions (prompt, expected[3]);
  }
}

static void
test_prefix (void)
{
  static const float rows[] = { 1, 2, 3, 4, 5, 6 };
  static const float other[] = { 1, 2, 3, 5 };
  int speaker, mark;
  g_autoptr (LlmVocab) vocab = make_vocab (&speaker, &mark);
  g_autoptr (LlmPrompt) a = llm_prompt_new (vocab, 2);
  g_autoptr (LlmPrompt) b = NULL, c = NULL;

  llm_prompt_add_text (a, "<|im_start|>he", LLM_TOKENIZE_SPECIAL);
  llm_prompt_add_text (a, "<|im_end|>", 0);
  assert_positions (a, "261 257 60 124 105 109 95 258 100 124 62 ");
  b = llm_prompt_copy (a);
  g_assert_cmpint (llm_prompt_common_prefix (a, b), ==, 11);
  llm_prompt_add_rows (a, rows, 3);
  c = llm_prompt_copy (b);
  llm_prompt_add_rows (b, rows, 2);
  g_assert_true (llm_prompt_add_id (b, 'x', NULL));
  llm_prompt_add_rows (c, other, 2);
  g_assert_cmpint (llm_prompt_get_n_positions (a), ==, 14);
  g_assert_cmpint (llm_prompt_common_prefix (a, b), ==, 13);
  g_assert_cmpint (llm_prompt_common_prefix (b, a), ==, 13);
  g_assert_cmpint (llm_prompt_common_prefix (a, c), ==, 12);
  g_assert_cmpint (llm_prompt_get (a, 0, NULL), ==, 261);
}

/* SentencePiece's space stands where template and content meet, not inside content. */
static void
test_space_prefix (void)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "golden", "tokenizer", "spm-llama.gguf", NULL);
  g_autoptr (NnGguf) gguf = nn_gguf_open (path, NULL);
  g_autoptr (LlmTokenizer) tokenizer = llm_tokenizer_new (gguf, NULL);
  g_autoptr (LlmVocab) vocab = llm_vocab_new (tokenizer);
  g_autoptr (LlmPrompt) whole = llm_prompt_new (vocab, 1), parts = llm_prompt_new (vocab, 1);
  g_autofree char *one = NULL, *two = NULL;

  llm_prompt_add_text (whole, "<s>[INST]", LLM_TOKENIZE_SPECIAL);
  llm_prompt_add_text (whole, "a: b", 0);
  llm_prompt_add_text (parts, "<s>[INST]", LLM_TOKENIZE_SPECIAL);
  llm_prompt_add_text (parts, "a:", 0);
  llm_prompt_add_text (parts, "", 0);
  llm_prompt_add_text (parts, " b", 0);
  one = positions (whole);
  two = positions (parts);
  g_assert_cmpstr (one, ==, two);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/llm/vocab/blocks", test_blocks);
  g_test_add_func ("/llm/vocab/errors", test_errors);
  g_test_add_func ("/llm/prompt/readings", test_readings);
  g_test_add_func ("/llm/prompt/prefix", test_prefix);
  g_test_add_func ("/llm/prompt/space-prefix", test_space_prefix);
  return g_test_run ();
}
