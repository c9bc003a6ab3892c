/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A schema, and a text that its grammar allows: at every place a byte may follow, or it is
 * complete. */

#include "llm/constraint/json-schema.h"
#include "tests/fuzz/fuzz-target.h"

#define N_STEPS 60

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlmGrammar) grammar =
      llm_json_schema_read ((const char *) data, (gssize) size, &error);
  g_autofree LlmStateSet *now = NULL, *next = NULL, *chosen = NULL;

  g_assert_true ((grammar == NULL) == (error != NULL));
  if (grammar == NULL) {
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
    return 0;
  }
  now = g_malloc (llm_grammar_set_bytes (grammar));
  next = g_malloc (llm_grammar_set_bytes (grammar));
  chosen = g_malloc (llm_grammar_set_bytes (grammar));
  llm_grammar_begin (grammar, now);
  for (int step = 0; step < N_STEPS && !llm_grammar_is_complete (grammar, now); step++) {
    LlmStateSet *swap = now;
    gboolean found = FALSE;

    /* The first byte that may follow, from a place in the bytes that depends on the schema. */
    for (int i = 0; i < 256 && !found; i++) {
      llm_grammar_step (grammar, now, (char) (data[(size_t) step % size] * 7 + i), next);
      found = next->n > 0;
    }
    g_assert_true (found);
    now = next;
    next = chosen;
    chosen = swap;
  }
  return 0;
}
