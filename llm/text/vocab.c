/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/text/vocab.h"

#include <string.h>

typedef struct {
  char *name;
  LlmVocabBlock block;
  int first; /* id of entry 0 */
  LlmVocabReading reading;
  float *rows; /* NULL, or size x n_embd */
  int n_embd;
} Block;

struct _LlmVocab {
  gatomicrefcount refs;
  LlmTokenizer *tokenizer;
  GPtrArray *blocks; /* of Block, by first id */
  int n_ids;
};

static void
block_free (gpointer data)
{
  Block *block = data;

  g_free (block->name);
  g_free (block->rows);
  g_free (block);
}

LlmVocab *
llm_vocab_new (LlmTokenizer *tokenizer)
{
  LlmVocab *self = g_new0 (LlmVocab, 1);

  g_atomic_ref_count_init (&self->refs);
  self->tokenizer = llm_tokenizer_ref (tokenizer);
  self->blocks = g_ptr_array_new_with_free_func (block_free);
  self->n_ids = llm_tokenizer_get_n_tokens (tokenizer);
  return self;
}

LlmVocab *
llm_vocab_ref (LlmVocab *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
llm_vocab_unref (LlmVocab *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_ptr_array_unref (self->blocks);
  llm_tokenizer_unref (self->tokenizer);
  g_free (self);
}

LlmTokenizer *
llm_vocab_get_tokenizer (const LlmVocab *self)
{
  return self->tokenizer;
}

static Block *
find_name (const LlmVocab *self, const char *name)
{
  for (guint i = 0; i < self->blocks->len; i++) {
    Block *block = g_ptr_array_index (self->blocks, i);

    if (g_str_equal (block->name, name))
      return block;
  }
  return NULL;
}

static Block *
require_name (const LlmVocab *self, const char *name, GError **error)
{
  Block *block = find_name (self, name);

  if (block == NULL)
    g_set_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT, "the vocabulary has no block '%s'", name);
  return block;
}

static Block *
find_id (const LlmVocab *self, int id)
{
  if (id < llm_tokenizer_get_n_tokens (self->tokenizer) || id >= self->n_ids)
    return NULL;
  for (guint i = 0; i < self->blocks->len; i++) {
    Block *block = g_ptr_array_index (self->blocks, i);

    if (id < block->first + block->block.size)
      return block;
  }
  return NULL;
}

int
llm_vocab_add_block (LlmVocab *self, const LlmVocabBlock *block, GError **error)
{
  Block *added;

  if (block->size <= 0 || block->size > G_MAXINT - self->n_ids) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT, "block '%s' cannot have %d ids", block->name,
                 block->size);
    return -1;
  }
  if (find_name (self, block->name) != NULL) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT, "the vocabulary has a block '%s' already",
                 block->name);
    return -1;
  }
  added = g_new0 (Block, 1);
  added->name = g_strdup (block->name);
  added->block = *block;
  added->block.name = added->name;
  added->first = self->n_ids;
  g_ptr_array_add (self->blocks, added);
  self->n_ids += block->size;
  return added->first;
}

int
llm_vocab_get_n_ids (const LlmVocab *self)
{
  return self->n_ids;
}

gboolean
llm_vocab_is_text (const LlmVocab *self, int id)
{
  return id >= 0 && id < llm_tokenizer_get_n_tokens (self->tokenizer);
}

int
llm_vocab_get_id (const LlmVocab *self, const char *name, int index)
{
  const Block *block = find_name (self, name);

  if (block == NULL || index < 0 || index >= block->block.size)
    return -1;
  return block->first + index;
}

gboolean
llm_vocab_find_block (const LlmVocab *self, int id, const char **name, int *index)
{
  const Block *block = find_id (self, id);

  if (block == NULL)
    return FALSE;
  *name = block->name;
  *index = id - block->first;
  return TRUE;
}

char *
llm_vocab_print (const LlmVocab *self, int id)
{
  const Block *block = find_id (self, id);

  if (block == NULL)
    return llm_tokenizer_describe (self->tokenizer, id);
  if (block->block.print_name == NULL)
    return g_strdup_printf ("<|%s %d|>", block->name, id - block->first);
  return block->block.print_name (id - block->first, block->block.user_data);
}

char *
llm_vocab_verbal (const LlmVocab *self, int id)
{
  const Block *block = find_id (self, id);
  const char *piece;
  size_t length;

  if (block == NULL) {
    piece = llm_tokenizer_piece (self->tokenizer, id, &length);
    return g_utf8_make_valid (piece, (gssize) length);
  }
  if (block->block.verbal_form == NULL)
    return NULL;
  return block->block.verbal_form (id - block->first, block->block.user_data);
}

char *
llm_vocab_apt (const LlmVocab *self, int id)
{
  const Block *block = find_id (self, id);

  if (block == NULL || block->block.apt_token == NULL)
    return NULL;
  return block->block.apt_token (id - block->first, block->block.user_data);
}

LlmVocabReading
llm_vocab_get_reading (const LlmVocab *self, int id)
{
  const Block *block = find_id (self, id);

  return block == NULL ? LLM_READ_VERBAL : block->reading;
}

const float *
llm_vocab_get_row (const LlmVocab *self, int id, int *n_embd)
{
  const Block *block = find_id (self, id);

  if (block == NULL || block->rows == NULL)
    return NULL;
  *n_embd = block->n_embd;
  return block->rows + (size_t) (id - block->first) * (size_t) block->n_embd;
}

gboolean
llm_vocab_set_rows (LlmVocab *self, const char *name, const float *rows, int n_embd, GError **error)
{
  Block *block = require_name (self, name, error);
  size_t n;

  if (block == NULL)
    return FALSE;
  if (n_embd <= 0 || !g_size_checked_mul (&n, (size_t) block->block.size, (size_t) n_embd)
      || !g_size_checked_mul (&n, n, sizeof (float))) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT, "rows of block '%s' cannot have width %d",
                 name, n_embd);
    return FALSE;
  }
  g_free (block->rows);
  block->rows = g_memdup2 (rows, n);
  block->n_embd = n_embd;
  return TRUE;
}

gboolean
llm_vocab_set_reading (LlmVocab *self, const char *name, LlmVocabReading reading, GError **error)
{
  Block *block = require_name (self, name, error);
  const char *lacks = NULL;

  if (block == NULL)
    return FALSE;
  if (reading == LLM_READ_ROW && block->rows == NULL)
    lacks = "rows";
  if (reading == LLM_READ_COPIED && block->block.apt_token == NULL)
    lacks = "apt tokens";
  if (lacks != NULL) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT,
                 "block '%s' has no %s and cannot be read by them", name, lacks);
    return FALSE;
  }
  block->reading = reading;
  return TRUE;
}
