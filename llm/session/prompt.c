/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/session/prompt.h"

#include <string.h>

/* What was added last: text of another kind begins anew for SentencePiece. */
typedef enum { LAST_NOTHING, LAST_TEMPLATE, LAST_CONTENT } Last;

struct _LlmPrompt {
  LlmVocab *vocab;
  int n_embd;
  GArray *positions; /* of int: a text id, or -1 - index of a row */
  GArray *rows;      /* of float, n_embd each */
  Last last;
};

LlmPrompt *
llm_prompt_new (LlmVocab *vocab, int n_embd)
{
  LlmPrompt *self = g_new0 (LlmPrompt, 1);

  self->vocab = llm_vocab_ref (vocab);
  self->n_embd = n_embd;
  self->positions = g_array_new (FALSE, FALSE, sizeof (int));
  self->rows = g_array_new (FALSE, FALSE, sizeof (float));
  return self;
}

void
llm_prompt_free (LlmPrompt *self)
{
  g_array_unref (self->positions);
  g_array_unref (self->rows);
  llm_vocab_unref (self->vocab);
  g_free (self);
}

LlmPrompt *
llm_prompt_copy (const LlmPrompt *self)
{
  LlmPrompt *copy = llm_prompt_new (self->vocab, self->n_embd);

  g_array_append_vals (copy->positions, self->positions->data, self->positions->len);
  g_array_append_vals (copy->rows, self->rows->data, self->rows->len);
  copy->last = self->last;
  return copy;
}

void
llm_prompt_add_text (LlmPrompt *self, const char *text, LlmTokenizeFlags flags)
{
  Last kind = (flags & LLM_TOKENIZE_SPECIAL) != 0 ? LAST_TEMPLATE : LAST_CONTENT;
  g_autoptr (GArray) ids = NULL;

  if (self->last == kind)
    flags |= LLM_TOKENIZE_CONTINUE;
  ids = llm_tokenizer_encode (llm_vocab_get_tokenizer (self->vocab), text, -1, flags);
  g_array_append_vals (self->positions, ids->data, ids->len);
  if (text[0] != '\0')
    self->last = kind;
}

void
llm_prompt_add_rows (LlmPrompt *self, const float *rows, int n_rows)
{
  for (int i = 0; i < n_rows; i++) {
    int position = -1 - (int) (self->rows->len / (guint) self->n_embd);

    g_array_append_vals (self->rows, rows + (size_t) i * (size_t) self->n_embd,
                         (guint) self->n_embd);
    g_array_append_val (self->positions, position);
  }
  self->last = LAST_CONTENT;
}

static gboolean
add_row_of (LlmPrompt *self, int id, GError **error)
{
  int n_embd = 0;
  const float *row = llm_vocab_get_row (self->vocab, id, &n_embd);

  if (row == NULL || n_embd != self->n_embd) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT,
                 "id %d has a row of width %d, the prompt's rows have %d", id, n_embd,
                 self->n_embd);
    return FALSE;
  }
  llm_prompt_add_rows (self, row, 1);
  return TRUE;
}

static void
add_copied (LlmPrompt *self, int id)
{
  g_autofree char *apt = llm_vocab_apt (self->vocab, id);
  g_autoptr (GArray) ids = NULL;

  if (apt == NULL)
    return;
  ids =
      llm_tokenizer_encode (llm_vocab_get_tokenizer (self->vocab), apt, -1, LLM_TOKENIZE_CONTINUE);
  if (ids->len > 0)
    g_array_append_vals (self->positions, ids->data, 1);
  self->last = LAST_CONTENT;
}

gboolean
llm_prompt_add_id (LlmPrompt *self, int id, GError **error)
{
  g_autofree char *verbal = NULL;

  if (id < 0 || id >= llm_vocab_get_n_ids (self->vocab)) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT, "id %d is not in the vocabulary of %d ids",
                 id, llm_vocab_get_n_ids (self->vocab));
    return FALSE;
  }
  if (llm_vocab_is_text (self->vocab, id)) {
    g_array_append_val (self->positions, id);
    return TRUE;
  }
  switch (llm_vocab_get_reading (self->vocab, id)) {
  case LLM_READ_VERBAL:
    verbal = llm_vocab_verbal (self->vocab, id);
    if (verbal != NULL)
      llm_prompt_add_text (self, verbal, 0);
    return TRUE;
  case LLM_READ_COPIED:
    add_copied (self, id);
    return TRUE;
  case LLM_READ_ROW:
    return add_row_of (self, id, error);
  case LLM_READ_NOTHING:
  default:
    return TRUE;
  }
}

int
llm_prompt_get_n_positions (const LlmPrompt *self)
{
  return (int) self->positions->len;
}

int
llm_prompt_get (const LlmPrompt *self, int position, const float **row)
{
  int value = g_array_index (self->positions, int, position);

  if (row != NULL)
    *row = value >= 0 ? NULL
                      : (const float *) (void *) self->rows->data
                            + (size_t) (-1 - value) * (size_t) self->n_embd;
  return value >= 0 ? value : -1;
}

int
llm_prompt_common_prefix (const LlmPrompt *a, const LlmPrompt *b)
{
  guint n = MIN (a->positions->len, b->positions->len);

  for (guint i = 0; i < n; i++) {
    const float *row_a, *row_b;
    int id_a = llm_prompt_get (a, (int) i, &row_a);
    int id_b = llm_prompt_get (b, (int) i, &row_b);

    if (id_a != id_b)
      return (int) i;
    if (id_a < 0
        && (a->n_embd != b->n_embd
            || memcmp (row_a, row_b, (size_t) a->n_embd * sizeof (float)) != 0))
      return (int) i;
  }
  return (int) n;
}
