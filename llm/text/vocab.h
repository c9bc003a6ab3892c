/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The unified vocabulary: the text ids 0 .. T-1 of a language model, then blocks of further ids
 * that stand for what was heard.
 *
 * A block is registered by name with a size. Each of its ids has a printable name ("<|time 1.3|>"),
 * a verbal form (text that says the same to a model that never saw the id), and, once it is given,
 * an embedding row. A frozen text model reads an id best by the rows of its verbal form in full;
 * where positions are scarce, by one row copied from the one apt text token; a mean of rows is
 * never used. llm/ knows blocks, not audio: what the ids mean is the caller's. Blocks are added
 * before a vocabulary is shared between threads; after that it is only read.
 *
 *   g_autoptr (LlmVocab) vocab = llm_vocab_new (tokenizer);
 *   int time0 = llm_vocab_add_block (vocab, &(LlmVocabBlock){ "time", 1501, name_time, verbal_time
 * });
 */

#pragma once

#include "llm/text/tokenizer.h"

G_BEGIN_DECLS

typedef struct _LlmVocab LlmVocab;

/* (transfer full): name or verbal form of entry `index` of a block; NULL verbal: the id is not
 * read. */
typedef char *(*LlmVocabText) (int index, gpointer user_data);

typedef struct {
  const char *name; /* "time"; unique */
  int size;         /* > 0 */
  LlmVocabText print_name;
  LlmVocabText verbal_form;
  LlmVocabText
      apt_token; /* NULL, or the text whose first token's row is copied when positions are scarce */
  gpointer user_data; /* borrowed; outlives the vocabulary */
} LlmVocabBlock;

typedef enum {
  LLM_READ_VERBAL, /* the text ids of the verbal form: the default */
  LLM_READ_COPIED, /* one row, copied from the apt token's */
  LLM_READ_ROW, /* one row that was given with llm_vocab_set_rows (trained, or from a connector) */
  LLM_READ_NOTHING /* the id is skipped */
} LlmVocabReading;

LlmVocab *llm_vocab_new (LlmTokenizer *tokenizer);
LlmVocab *llm_vocab_ref (LlmVocab *vocab);
void llm_vocab_unref (LlmVocab *vocab);
LlmTokenizer *llm_vocab_get_tokenizer (const LlmVocab *vocab); /* (transfer none) */

/* Returns the id of the block's entry 0, or -1 with LLM_ERROR_ARGUMENT (name taken, size,
 * overflow). */
int llm_vocab_add_block (LlmVocab *vocab, const LlmVocabBlock *block, GError **error);
int llm_vocab_get_n_ids (const LlmVocab *vocab);
gboolean llm_vocab_is_text (const LlmVocab *vocab, int id);
/* The id of entry `index` of a block, -1 if there is none. */
int llm_vocab_get_id (const LlmVocab *vocab, const char *block, int index);
/* Block and index of an id past the text; FALSE for a text id or one out of range. */
gboolean llm_vocab_find_block (const LlmVocab *vocab, int id, const char **block, int *index);
/* (transfer full): "<|speaker A|>" or the text token as a person reads it. */
char *llm_vocab_print (const LlmVocab *vocab, int id);
char *llm_vocab_verbal (const LlmVocab *vocab, int id); /* (transfer full), may be NULL */
/* rows: size x n_embd floats, copied. How a block is read is set per block. */
gboolean llm_vocab_set_rows (LlmVocab *vocab, const char *block, const float *rows, int n_embd,
                             GError **error);
/* LLM_ERROR_ARGUMENT if the block has not what the reading needs: rows, or apt tokens. */
gboolean llm_vocab_set_reading (LlmVocab *vocab, const char *block, LlmVocabReading reading,
                                GError **error);
/* How an id is read; a text id by itself, which is LLM_READ_VERBAL. */
LlmVocabReading llm_vocab_get_reading (const LlmVocab *vocab, int id);
/* The row of an extension id, n_embd floats, (transfer none); NULL if its block was given none. */
const float *llm_vocab_get_row (const LlmVocab *vocab, int id, int *n_embd);
/* The apt text of an extension id, (transfer full); NULL if its block has none. */
char *llm_vocab_apt (const LlmVocab *vocab, int id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LlmVocab, llm_vocab_unref)

G_END_DECLS
