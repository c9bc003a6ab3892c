/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/constraint/constraint.h"

#include <string.h>

#include "llm/constraint/grammar.h"
#include "llm/constraint/json-schema.h"
#include "llm/text/token-index.h"

struct _LlmConstraint {
  LlmTokenizer *tokenizer;
  LlmGrammar *grammar;        /* NULL: the mask is always the same */
  const LlmTokenIndex *index; /* the tokenizer's */
  GArray *ends;               /* of int: the end tokens */
  uint32_t *mask;             /* one bit per id */
  size_t n_words;
  gboolean mask_is_valid;
  gboolean ended;   /* an end token was accepted */
  size_t set_bytes; /* of a state set */
  LlmStateSet *now;
  LlmStateSet *scratch;
  LlmStateSet *strings;
  char *walk; /* LLM_TOKEN_MAX_BYTES + 1 state sets, by depth */
};

static gboolean
check_bytes (const LlmConstraint *self, GError **error)
{
  gboolean needed[256] = { FALSE };

  llm_grammar_needed_bytes (self->grammar, needed);
  for (int byte = 0; byte < 256; byte++)
    if (needed[byte] && !self->index->has_byte[byte]) {
      g_set_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT,
                   "the vocabulary has no token for the byte 0x%02X, which the answer may need",
                   byte);
      return FALSE;
    }
  return TRUE;
}

static void
allow (LlmConstraint *self, int id)
{
  self->mask[id / 32] |= 1u << (id % 32);
}

/* Without a grammar. */
static LlmConstraint *
constraint_new_bare (LlmTokenizer *tokenizer)
{
  LlmConstraint *self = g_new0 (LlmConstraint, 1);
  int n_tokens = llm_tokenizer_get_n_tokens (tokenizer);

  self->tokenizer = llm_tokenizer_ref (tokenizer);
  self->index = llm_tokenizer_get_index (tokenizer);
  self->ends = g_array_new (FALSE, FALSE, sizeof (int));
  for (int id = 0; id < n_tokens; id++)
    if (llm_tokenizer_is_end (tokenizer, id))
      g_array_append_val (self->ends, id);
  self->n_words = ((size_t) n_tokens + 31) / 32;
  self->mask = g_new0 (uint32_t, self->n_words);
  return self;
}

static LlmConstraint *
constraint_new (LlmTokenizer *tokenizer, LlmGrammar *grammar, GError **error)
{
  g_autoptr (LlmConstraint) self = constraint_new_bare (tokenizer);

  self->grammar = grammar;
  self->set_bytes = llm_grammar_set_bytes (grammar);
  self->now = g_malloc (self->set_bytes);
  self->scratch = g_malloc (self->set_bytes);
  self->strings = g_malloc (self->set_bytes);
  self->walk = g_malloc (self->set_bytes * (LLM_TOKEN_MAX_BYTES + 1));
  if (!check_bytes (self, error))
    return NULL;
  llm_constraint_reset (self);
  return g_steal_pointer (&self);
}

LlmConstraint *
llm_constraint_new_choices (LlmTokenizer *tokenizer, const char *const *choices, GError **error)
{
  g_autoptr (LlmGrammar) grammar = llm_grammar_new ();

  if (choices[0] == NULL) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT, "a list of no choices");
    return NULL;
  }
  for (size_t i = 0; choices[i] != NULL; i++)
    if (choices[i][0] == '\0') {
      g_set_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT, "choice %zu is empty", i);
      return NULL;
    }
  llm_grammar_finish (grammar, llm_grammar_add_words (grammar, choices));
  return constraint_new (tokenizer, g_steal_pointer (&grammar), error);
}

LlmConstraint *
llm_constraint_new_json_schema (LlmTokenizer *tokenizer, const char *schema, GError **error)
{
  g_autoptr (LlmGrammar) grammar = llm_json_schema_read (schema, -1, error);

  if (grammar == NULL)
    return NULL;
  return constraint_new (tokenizer, g_steal_pointer (&grammar), error);
}

LlmConstraint *
llm_constraint_new_without (LlmTokenizer *tokenizer, const char *characters)
{
  LlmConstraint *self = constraint_new_bare (tokenizer);
  int n_tokens = llm_tokenizer_get_n_tokens (tokenizer);

  for (int id = 0; id < n_tokens; id++) {
    size_t length;
    const char *text = llm_tokenizer_piece (tokenizer, id, &length);
    gboolean is_allowed = length > 0 || llm_tokenizer_is_end (tokenizer, id);

    for (size_t i = 0; i < length && is_allowed; i++)
      is_allowed = memchr (characters, text[i], strlen (characters)) == NULL;
    if (is_allowed || llm_tokenizer_is_end (tokenizer, id))
      allow (self, id);
  }
  return self;
}

void
llm_constraint_free (LlmConstraint *self)
{
  llm_tokenizer_unref (self->tokenizer);
  g_clear_pointer (&self->grammar, llm_grammar_free);
  g_array_unref (self->ends);
  g_free (self->mask);
  g_free (self->now);
  g_free (self->scratch);
  g_free (self->strings);
  g_free (self->walk);
  g_free (self);
}

void
llm_constraint_reset (LlmConstraint *self)
{
  if (self->grammar != NULL)
    llm_grammar_begin (self->grammar, self->now);
  self->mask_is_valid = FALSE;
  self->ended = FALSE;
}

static LlmStateSet *
walk_at (const LlmConstraint *self, int depth)
{
  return (LlmStateSet *) (void *) (self->walk + (size_t) depth * self->set_bytes);
}

/* The tokens of order[from, to), which share their first byte, from the state walk[1] after it. */
static void
allow_run (LlmConstraint *self, const LlmTokenOrder *order, int from, int to)
{
  int dead = LLM_TOKEN_MAX_BYTES; /* the depth at which the last token failed */

  for (int i = from; i < to; i++) {
    int depth = i == from ? 1 : order->shared[i];
    const char *text;
    size_t length;

    if (depth > dead)
      continue;
    dead = LLM_TOKEN_MAX_BYTES;
    text = llm_tokenizer_piece (self->tokenizer, order->ids[i], &length);
    for (; depth < (int) length; depth++) {
      llm_grammar_step (self->grammar, walk_at (self, depth), text[depth],
                        walk_at (self, depth + 1));
      if (walk_at (self, depth + 1)->n == 0)
        break;
    }
    if (depth == (int) length)
      allow (self, order->ids[i]);
    else
      dead = depth;
  }
}

static void
allow_order (LlmConstraint *self, const LlmTokenOrder *order, const LlmStateSet *set)
{
  if (set->n == 0)
    return;
  for (int byte = 0; byte < 256; byte++) {
    if (order->starts[byte] == order->starts[byte + 1])
      continue;
    llm_grammar_step (self->grammar, set, (char) byte, walk_at (self, 1));
    if (walk_at (self, 1)->n > 0)
      allow_run (self, order, order->starts[byte], order->starts[byte + 1]);
  }
}

const uint32_t *
llm_constraint_mask (LlmConstraint *self)
{
  int room, n_plain;

  if (self->mask_is_valid || self->grammar == NULL)
    return self->mask;
  memset (self->mask, 0, self->n_words * sizeof *self->mask);
  self->mask_is_valid = TRUE;
  if (self->ended)
    return self->mask;
  room = llm_grammar_split_strings (self->grammar, self->now, self->strings, self->scratch);
  n_plain = room < 0 ? 0 : self->index->plain_ends[MIN (room, LLM_TOKEN_MAX_BYTES)];
  for (int i = 0; i < n_plain; i++)
    allow (self, self->index->plain[i]);
  allow_order (self, &self->index->special, self->strings);
  allow_order (self, &self->index->all, self->scratch);
  if (llm_grammar_may_end (self->grammar, self->now))
    for (guint i = 0; i < self->ends->len; i++)
      allow (self, g_array_index (self->ends, int, i));
  return self->mask;
}

void
llm_constraint_accept (LlmConstraint *self, int id)
{
  const char *text;
  size_t length;

  self->mask_is_valid = FALSE;
  if (llm_tokenizer_is_end (self->tokenizer, id)) {
    self->ended = TRUE;
    return;
  }
  if (self->grammar == NULL)
    return;
  text = llm_tokenizer_piece (self->tokenizer, id, &length);
  for (size_t i = 0; i < length; i++) {
    LlmStateSet *before = self->now;

    llm_grammar_step (self->grammar, before, text[i], self->scratch);
    self->now = self->scratch;
    self->scratch = before;
  }
}

gboolean
llm_constraint_is_complete (const LlmConstraint *self)
{
  return self->ended
         || (self->grammar != NULL && llm_grammar_is_complete (self->grammar, self->now));
}
