/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A file's vocabulary, and what it makes of texts: also of the file's own last bytes. */

#include <string.h>

#include "llm/text/chat-template.h"
#include "llm/text/tokenizer.h"
#include "tests/fuzz/fuzz-target.h"

static void
encode (const LlmTokenizer *tokenizer, const char *text, size_t length, LlmTokenizeFlags flags)
{
  g_autoptr (GArray) ids = llm_tokenizer_encode (tokenizer, text, (gssize) length, flags);
  size_t n;
  g_autofree char *back =
      llm_tokenizer_decode (tokenizer, (const int *) (void *) ids->data, ids->len, &n);

  g_assert_cmpint (back[n], ==, 0);
  for (guint i = 0; i < ids->len; i++) {
    int id = g_array_index (ids, int, i);
    g_autofree char *described = llm_tokenizer_describe (tokenizer, id);

    g_assert_cmpint (id, >=, 0);
    g_assert_cmpint (id, <, llm_tokenizer_get_n_tokens (tokenizer));
    g_assert_true (g_utf8_validate (described, -1, NULL));
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char text[] = "<s>Hello  \xE4\xB8\xAD\xE2\x96\x81 \xFF 123\n<tag>don't \xEF\xBC\xA1";
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (NnGguf) gguf = nn_gguf_new_from_bytes (bytes, "fuzz", NULL);
  g_autoptr (LlmTokenizer) tokenizer = NULL;
  g_autoptr (GError) error = NULL;
  size_t tail = MIN (size, 200);
  LlmChatFamily family;

  if (gguf == NULL)
    return 0;
  llm_chat_family_from_gguf (gguf, &family, NULL);
  tokenizer = llm_tokenizer_new (gguf, &error);
  g_assert_true ((tokenizer == NULL) == (error != NULL));
  if (tokenizer == NULL)
    return 0;
  for (int flags = 0; flags < 8; flags++)
    encode (tokenizer, text, strlen (text), (LlmTokenizeFlags) flags);
  encode (tokenizer, (const char *) data + size - tail, tail, 0);
  return 0;
}
