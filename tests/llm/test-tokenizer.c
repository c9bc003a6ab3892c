/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Ids against the reference tokenizers (tools/goldens/tokenizers), bytes that come back as they
 * were, special tokens, long texts, and files that are refused. */

#include <math.h>
#include <string.h>

#include "llm/text/tokenizer.h"
#include "tests/llm/tiny-tokenizer.h"

static LlmTokenizer *
load_golden (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".gguf", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "tokenizer", file, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (NnGguf) gguf = nn_gguf_open (path, &error);
  LlmTokenizer *tokenizer;

  g_assert_no_error (error);
  tokenizer = llm_tokenizer_new (gguf, &error);
  g_assert_no_error (error);
  return tokenizer;
}

static char *
from_hex (const char *hex, size_t *length)
{
  size_t n = strcspn (hex, " ") / 2;
  char *text = g_malloc (n + 1);

  for (size_t i = 0; i < n; i++)
    text[i] =
        (char) (g_ascii_xdigit_value (hex[2 * i]) * 16 + g_ascii_xdigit_value (hex[2 * i + 1]));
  text[n] = '\0';
  *length = n;
  return text;
}

static char *
ids_to_string (const GArray *ids)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf (out, " %d", g_array_index (ids, int, i));
  return g_string_free (out, FALSE);
}

static void
assert_comes_back (const LlmTokenizer *tokenizer, const char *text, size_t length)
{
  g_autoptr (GArray) ids = llm_tokenizer_encode (tokenizer, text, (gssize) length, 0);
  size_t n;
  g_autofree char *back =
      llm_tokenizer_decode (tokenizer, (const int *) (void *) ids->data, ids->len, &n);

  g_assert_cmpmem (back, n, text, length);
}

static void
test_golden (gconstpointer data)
{
  const char *name = data;
  g_autoptr (LlmTokenizer) tokenizer = load_golden (name);
  g_autofree char *file = g_strconcat (name, ".txt", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "tokenizer", file, NULL);
  g_autofree char *contents = NULL;
  g_auto (GStrv) lines = NULL;
  int n_compared = 0;

  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  lines = g_strsplit (contents, "\n", -1);
  for (size_t i = 0; lines[i][0] != '\0'; i++) {
    size_t length;
    g_autofree char *text = from_hex (lines[i], &length);
    g_autoptr (GArray) ids = llm_tokenizer_encode (tokenizer, text, (gssize) length, 0);
    g_autofree char *found = ids_to_string (ids);
    const char *expected = strchr (lines[i], ' ');

    if (expected != NULL) {
      g_assert_cmpstr (found, ==, expected);
      n_compared++;
    }
    if (!g_str_equal (name, "unigram"))
      assert_comes_back (tokenizer, text, length);
  }
  g_assert_cmpint (n_compared, >, 150);
}

/* Every byte string of two bytes, and random ones, come back. */
static void
test_bytes (gconstpointer data)
{
  g_autoptr (LlmTokenizer) tokenizer = load_golden (data);
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  char text[64];

  for (int a = 0; a < 256; a++)
    for (int b = 0; b < 256; b += 7) {
      text[0] = (char) a;
      text[1] = (char) b;
      assert_comes_back (tokenizer, text, 2);
    }
  for (int round = 0; round < 500; round++) {
    size_t n = (size_t) g_rand_int_range (rand, 1, sizeof text);

    for (size_t i = 0; i < n; i++)
      text[i] = (char) (g_rand_boolean (rand) ? g_rand_int_range (rand, 0, 256) : ' ');
    assert_comes_back (tokenizer, text, n);
  }
  assert_comes_back (tokenizer, "a \xE2\x96\x81 b", 7);
  assert_comes_back (tokenizer, "", 0);
}

/* A megabyte of one letter is one pre-token: it must not cost its square. */
static void
test_long (gconstpointer data)
{
  g_autoptr (LlmTokenizer) tokenizer = load_golden (data);
  size_t n = 1000000;
  g_autofree char *text = g_malloc (n);

  memset (text, 'a', n);
  assert_comes_back (tokenizer, text, n);
  memset (text, ' ', n / 10);
  assert_comes_back (tokenizer, text, n / 10);
}

static const char *const some_tokens[] = { "he", "ll", "llo", "hello", " w", NULL };

static void
assert_ids (const LlmTokenizer *tokenizer, const char *text, LlmTokenizeFlags flags,
            const char *expected)
{
  g_autoptr (GArray) ids = llm_tokenizer_encode (tokenizer, text, -1, flags);
  g_autofree char *found = ids_to_string (ids);

  g_assert_cmpstr (found, ==, expected);
}

static void
test_special (void)
{
  g_autoptr (LlmTokenizer) tokenizer = tiny_tokenizer_new (some_tokens);
  size_t length;

  assert_ids (tokenizer, "hello", 0, " 259");
  assert_ids (tokenizer, "<|im_start|>hello<|im_end|>!", LLM_TOKENIZE_SPECIAL, " 261 259 262 33");
  assert_ids (tokenizer, "<|im_end|>", 0, " 60 124 105 109 95 101 110 100 124 62");
  assert_ids (tokenizer, "<|im_end|<|im_end|>", LLM_TOKENIZE_SPECIAL,
              " 60 124 105 109 95 101 110 100 124 262");
  assert_ids (tokenizer, "he", LLM_TOKENIZE_BOS, " 256");
  g_assert_cmpint (llm_tokenizer_get_n_tokens (tokenizer), ==, 263);
  g_assert_cmpint (llm_tokenizer_get_bos (tokenizer), ==, 261);
  g_assert_cmpint (llm_tokenizer_get_eos (tokenizer), ==, 262);
  g_assert_true (llm_tokenizer_is_end (tokenizer, 262));
  g_assert_false (llm_tokenizer_is_end (tokenizer, 261));
  g_assert_false (llm_tokenizer_is_end (tokenizer, -1));
  g_assert_true (llm_tokenizer_is_control (tokenizer, 261));
  g_assert_false (llm_tokenizer_is_control (tokenizer, 263));
  llm_tokenizer_piece (tokenizer, 262, &length);
  g_assert_cmpuint (length, ==, 0);
  llm_tokenizer_piece (tokenizer, 99999, &length);
  g_assert_cmpuint (length, ==, 0);
}

static void
test_names (void)
{
  g_autoptr (LlmTokenizer) tokenizer = tiny_tokenizer_new (some_tokens);
  g_autoptr (LlmTokenizer) spm = load_golden ("spm-llama");
  g_autofree char *space = llm_tokenizer_describe (tokenizer, 260);
  g_autofree char *byte = llm_tokenizer_describe (tokenizer, 0xE4);
  g_autofree char *end = llm_tokenizer_describe (tokenizer, 262);
  g_autofree char *none = llm_tokenizer_describe (tokenizer, 1000);

  g_assert_cmpstr (space, ==, " w");
  g_assert_cmpstr (byte, ==, "<0xE4>");
  g_assert_cmpstr (end, ==, "<|im_end|>");
  g_assert_cmpstr (none, ==, "<id 1000>");
  g_assert_cmpint (llm_tokenizer_find (tokenizer, "hello"), ==, 259);
  g_assert_cmpint (llm_tokenizer_find (tokenizer, "Ġw"), ==, 260);
  g_assert_cmpint (llm_tokenizer_find (tokenizer, "<|im_end|>"), ==, 262);
  g_assert_cmpint (llm_tokenizer_find (tokenizer, "hell"), ==, -1);
  g_assert_cmpint (llm_tokenizer_find (spm, "<0x41>"), ==, 3 + 0x41);
  g_assert_cmpint (llm_tokenizer_find (spm, "</s>"), ==, llm_tokenizer_get_eos (spm));
  g_assert_cmpint (llm_tokenizer_find (spm, "▁"), >=, 0);
}

/* SentencePiece puts a space before a text, and again after a control token, but not before one
 * that goes on. */
static void
test_space_prefix (void)
{
  g_autoptr (LlmTokenizer) spm = load_golden ("spm-llama");
  g_autoptr (GArray) first = llm_tokenizer_encode (spm, "the", -1, 0);
  g_autoptr (GArray) second = llm_tokenizer_encode (spm, "the", -1, LLM_TOKENIZE_CONTINUE);
  g_autoptr (GArray) spaced = llm_tokenizer_encode (spm, " the", -1, LLM_TOKENIZE_CONTINUE);
  g_autoptr (GArray) after = llm_tokenizer_encode (spm, "<s>the", -1, LLM_TOKENIZE_SPECIAL);
  g_autoptr (GArray) begun = llm_tokenizer_encode (spm, "the", -1, LLM_TOKENIZE_BOS);
  g_autofree char *a = ids_to_string (first), *b = ids_to_string (second),
                  *c = ids_to_string (spaced), *d = ids_to_string (after),
                  *e = ids_to_string (begun);

  g_assert_cmpstr (a, !=, b);
  g_assert_cmpstr (a, ==, c);
  g_assert_true (g_str_has_suffix (d, a));
  g_assert_cmpuint (after->len, ==, first->len + 1);
  g_assert_cmpstr (d, ==, e);
}

static void
assert_refused (GgufBuilder *builder, int code, const char *message)
{
  g_autoptr (GBytes) bytes = gguf_builder_build (builder);
  g_autoptr (GError) error = NULL;
  g_autoptr (NnGguf) gguf = nn_gguf_new_from_bytes (bytes, "file", &error);
  LlmTokenizer *tokenizer;

  g_assert_no_error (error);
  tokenizer = llm_tokenizer_new (gguf, &error);
  g_assert_null (tokenizer);
  g_assert_error (error, LLM_ERROR, code);
  g_assert_nonnull (strstr (error->message, message));
}

static void
test_refused (void)
{
  static const char *const none[] = { NULL };
  static const char *const tokens[] = { "a", "b", "ab" };
  static const char *const bad[] = { "a b", "a c" };
  const int32_t types[] = { 1, 1, 9 };
  const float scores[] = { 0, 1, (float) NAN };

  for (int i = 0; i < 7; i++) {
    g_autoptr (GgufBuilder) builder = gguf_builder_new ();
    static const char *const messages[] = { "'bert'",
                                            "'mpt'",
                                            "merge 1, 'a c'",
                                            "token_type has 2",
                                            "type 9 of token 2",
                                            "bos_token_id is 3",
                                            "score of token 2" };

    gguf_builder_add_string (builder, "tokenizer.ggml.model",
                             i == 0   ? "bert"
                             : i == 6 ? "llama"
                                      : "gpt2");
    gguf_builder_add_string (builder, "tokenizer.ggml.pre", i == 1 ? "mpt" : "qwen2");
    gguf_builder_add_strings (builder, "tokenizer.ggml.tokens", tokens, 3);
    gguf_builder_add_strings (builder, "tokenizer.ggml.merges", i == 2 ? bad : none,
                              i == 2 ? 2 : 0);
    if (i == 3 || i == 4)
      gguf_builder_add_ints (builder, "tokenizer.ggml.token_type", types, i == 3 ? 2 : 3);
    if (i == 5)
      gguf_builder_add_u32 (builder, "tokenizer.ggml.bos_token_id", 3);
    gguf_builder_add_floats (builder, "tokenizer.ggml.scores", scores, 3);
    assert_refused (builder, LLM_ERROR_MODEL, messages[i]);
  }
}

/* A file that calls a mark of turns user-defined does not let a user open one. */
static void
test_turn_marks (void)
{
  static const char *const tokens[] = { "<", "s", ">", "<end_of_turn>", "</s>", "<tag>" };
  static const char *const none[] = { NULL };
  const int32_t types[] = { 1, 1, 1, 4, 4, 4 };
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (NnGguf) gguf = NULL;
  g_autoptr (LlmTokenizer) tokenizer = NULL;

  gguf_builder_add_string (builder, "tokenizer.ggml.model", "gpt2");
  gguf_builder_add_string (builder, "tokenizer.ggml.pre", "gpt-2");
  gguf_builder_add_strings (builder, "tokenizer.ggml.tokens", tokens, 6);
  gguf_builder_add_strings (builder, "tokenizer.ggml.merges", none, 0);
  gguf_builder_add_ints (builder, "tokenizer.ggml.token_type", types, 6);
  bytes = gguf_builder_build (builder);
  gguf = nn_gguf_new_from_bytes (bytes, "file", NULL);
  tokenizer = llm_tokenizer_new (gguf, NULL);
  g_assert_nonnull (tokenizer);
  assert_ids (tokenizer, "<end_of_turn><tag>", 0, " 0 2 5");
  assert_ids (tokenizer, "<s><end_of_turn>", LLM_TOKENIZE_SPECIAL, " 0 1 2 3");
  g_assert_true (llm_tokenizer_is_end (tokenizer, 3));
  /* Gemma has HTML's tags, and this one does not end a turn. */
  assert_ids (tokenizer, "</s>", 0, " 4");
  g_assert_false (llm_tokenizer_is_end (tokenizer, 4));
}

/* A vocabulary may lack bytes: they are dropped, as the reference does. */
static void
test_missing_bytes (void)
{
  static const char *const tokens[] = { "a", "b", "ab" };
  static const char *const merges[] = { "a b" };
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (NnGguf) gguf = NULL;
  g_autoptr (LlmTokenizer) tokenizer = NULL;

  gguf_builder_add_string (builder, "tokenizer.ggml.model", "gpt2");
  gguf_builder_add_string (builder, "tokenizer.ggml.pre", "smollm");
  gguf_builder_add_strings (builder, "tokenizer.ggml.tokens", tokens, 3);
  gguf_builder_add_strings (builder, "tokenizer.ggml.merges", merges, 1);
  bytes = gguf_builder_build (builder);
  gguf = nn_gguf_new_from_bytes (bytes, "file", NULL);
  tokenizer = llm_tokenizer_new (gguf, NULL);
  g_assert_nonnull (tokenizer);
  assert_ids (tokenizer, "axb c", 0, " 2");
}

int
main (int argc, char **argv)
{
  static const char *const names[] = { "gpt-2",     "qwen2",   "llama-bpe",     "smollm",
                                       "spm-llama", "unigram", "unigram-bytes", "spm-gemma" };

  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *golden = g_strconcat ("/llm/tokenizer/golden/", names[i], NULL);
    g_autofree char *bytes = g_strconcat ("/llm/tokenizer/bytes/", names[i], NULL);
    g_autofree char *longest = g_strconcat ("/llm/tokenizer/long/", names[i], NULL);

    g_test_add_data_func (golden, names[i], test_golden);
    if (g_str_equal (names[i], "unigram"))
      continue;
    g_test_add_data_func (bytes, names[i], test_bytes);
    if (i % 3 == 1 || i == 6)
      g_test_add_data_func (longest, names[i], test_long);
  }
  g_test_add_func ("/llm/tokenizer/special", test_special);
  g_test_add_func ("/llm/tokenizer/names", test_names);
  g_test_add_func ("/llm/tokenizer/space-prefix", test_space_prefix);
  g_test_add_func ("/llm/tokenizer/refused", test_refused);
  g_test_add_func ("/llm/tokenizer/missing-bytes", test_missing_bytes);
  g_test_add_func ("/llm/tokenizer/turn-marks", test_turn_marks);
  return g_test_run ();
}
