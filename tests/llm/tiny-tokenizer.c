/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "tests/llm/tiny-tokenizer.h"

#include <string.h>

/* The alphabet of GPT-2, counted anew so that the test does not lean on what it tests. */
static void
append_byte (GString *out, unsigned byte)
{
  unsigned n = 0;

  if ((byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174) {
    g_string_append_unichar (out, byte);
    return;
  }
  for (unsigned before = 0; before < byte; before++)
    if (!((before >= 33 && before <= 126) || (before >= 161 && before <= 172) || before >= 174))
      n++;
  g_string_append_unichar (out, 256 + n);
}

static char *
spell (const char *bytes, size_t length)
{
  GString *out = g_string_new (NULL);

  for (size_t i = 0; i < length; i++)
    append_byte (out, (uint8_t) bytes[i]);
  return g_string_free (out, FALSE);
}

static gboolean
is_token (const char *const *tokens, size_t n, const char *text, size_t length)
{
  if (length == 1)
    return TRUE;
  for (size_t i = 0; i < n; i++)
    if (strlen (tokens[i]) == length && memcmp (tokens[i], text, length) == 0)
      return TRUE;
  return FALSE;
}

/* "left right" of token i. */
static char *
merge_of (const char *const *tokens, size_t i)
{
  const char *text = tokens[i];
  size_t length = strlen (text);

  for (size_t left = length - 1; left > 0; left--)
    if (is_token (tokens, i, text, left) && is_token (tokens, i, text + left, length - left)) {
      g_autofree char *a = spell (text, left);
      g_autofree char *b = spell (text + left, length - left);

      return g_strconcat (a, " ", b, NULL);
    }
  g_error ("token '%s' has no two parts", text);
}

void
tiny_tokenizer_add (GgufBuilder *builder, const char *const *tokens)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) merges = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) types = g_array_new (FALSE, FALSE, sizeof (int32_t));
  int32_t normal = 1, control = 3;

  for (unsigned byte = 0; byte < 256; byte++) {
    char c = (char) byte;

    g_ptr_array_add (texts, spell (&c, 1));
    g_array_append_val (types, normal);
  }
  for (size_t i = 0; tokens[i] != NULL; i++) {
    g_ptr_array_add (texts, spell (tokens[i], strlen (tokens[i])));
    g_ptr_array_add (merges, merge_of (tokens, i));
    g_array_append_val (types, normal);
  }
  g_ptr_array_add (texts, g_strdup ("<|im_start|>"));
  g_ptr_array_add (texts, g_strdup ("<|im_end|>"));
  g_array_append_val (types, control);
  g_array_append_val (types, control);
  gguf_builder_add_string (builder, "tokenizer.ggml.model", "gpt2");
  gguf_builder_add_string (builder, "tokenizer.ggml.pre", "gpt-2");
  gguf_builder_add_strings (builder, "tokenizer.ggml.tokens", (const char *const *) texts->pdata,
                            texts->len);
  gguf_builder_add_strings (builder, "tokenizer.ggml.merges", (const char *const *) merges->pdata,
                            merges->len);
  gguf_builder_add_ints (builder, "tokenizer.ggml.token_type",
                         (const int32_t *) (void *) types->data, types->len);
  gguf_builder_add_u32 (builder, "tokenizer.ggml.bos_token_id", texts->len - 2);
  gguf_builder_add_u32 (builder, "tokenizer.ggml.eos_token_id", texts->len - 1);
}

LlmTokenizer *
tiny_tokenizer_new (const char *const *tokens)
{
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (NnGguf) gguf = NULL;
  g_autoptr (GError) error = NULL;
  LlmTokenizer *tokenizer;

  tiny_tokenizer_add (builder, tokens);
  bytes = gguf_builder_build (builder);
  gguf = nn_gguf_new_from_bytes (bytes, "tiny", &error);
  g_assert_no_error (error);
  tokenizer = llm_tokenizer_new (gguf, &error);
  g_assert_no_error (error);
  return tokenizer;
}
