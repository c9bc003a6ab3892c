/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Prints what a model's tokenizer makes of texts, for tools/eval/tokenizers: each line of the
 * standard input is a text in hexadecimal, each line of the output its ids; a line that ends in
 * "!" did not come back as the same bytes. With --special control tokens are parsed. */

#include <stdio.h>
#include <string.h>

#include "llm/text/tokenizer.h"

static void
print_ids (const LlmTokenizer *tokenizer, const char *text, size_t length, LlmTokenizeFlags flags)
{
  g_autoptr (GArray) ids = llm_tokenizer_encode (tokenizer, text, (gssize) length, flags);
  size_t n_back;
  g_autofree char *back =
      llm_tokenizer_decode (tokenizer, (const int *) (void *) ids->data, ids->len, &n_back);

  for (guint i = 0; i < ids->len; i++)
    printf ("%s%d", i == 0 ? "" : " ", g_array_index (ids, int, i));
  puts (n_back == length && memcmp (back, text, length) == 0 ? "" : "!");
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NnGguf) gguf = NULL;
  g_autoptr (LlmTokenizer) tokenizer = NULL;
  g_autofree char *line = NULL;
  LlmTokenizeFlags flags =
      argc > 2 && g_str_equal (argv[2], "--special") ? LLM_TOKENIZE_SPECIAL : 0;
  size_t capacity = 0;
  ssize_t n;

  if (argc < 2) {
    fputs ("usage: tokenize MODEL.gguf [--special] < texts in hexadecimal\n", stderr);
    return 2;
  }
  gguf = nn_gguf_open (argv[1], &error);
  if (gguf != NULL)
    tokenizer = llm_tokenizer_new (gguf, &error);
  if (tokenizer == NULL) {
    fprintf (stderr, "tokenize: %s\n", error->message);
    return 1;
  }
  while ((n = getline (&line, &capacity, stdin)) >= 0) {
    size_t length = (size_t) n / 2;

    for (size_t i = 0; i < length; i++)
      line[i] =
          (char) (g_ascii_xdigit_value (line[2 * i]) * 16 + g_ascii_xdigit_value (line[2 * i + 1]));
    print_ids (tokenizer, line, length, flags);
  }
  return 0;
}
