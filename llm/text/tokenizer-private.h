/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the files of the tokenizer share.
 *
 * Every token has one string of bytes, its text. For a token that may stand in a text it is what
 * the token decodes to: the byte alphabet of byte-level BPE and the "▁" of SentencePiece are undone
 * when the file is read. For a control token it is its name. So both families search the user's
 * bytes as they are, and a "▁" that a user wrote is never mistaken for a space.
 */

#pragma once

#include <string.h>

#include "llm/text/pretokenizer.h"
#include "llm/text/token-index.h"
#include "llm/text/tokenizer.h"

G_BEGIN_DECLS

typedef enum { LLM_VOCAB_BYTE_BPE, LLM_VOCAB_SCORE_BPE, LLM_VOCAB_UNIGRAM } LlmVocabKind;

/* The codes of tokenizer.ggml.token_type. */
typedef enum {
  LLM_TOKEN_NORMAL = 1,
  LLM_TOKEN_UNKNOWN = 2,
  LLM_TOKEN_CONTROL = 3,
  LLM_TOKEN_USER = 4,
  LLM_TOKEN_UNUSED = 5,
  LLM_TOKEN_BYTE = 6
} LlmTokenType;

typedef struct {
  uint64_t pair; /* left id << 32 | right id */
  uint32_t rank; /* lower is merged first */
  int32_t merged;
} LlmMerge;

/* Which lengths 1..256 the tokens that begin with a certain byte have: bit length - 1. */
typedef struct {
  uint64_t bits[4];
} LlmLengthSet;

struct _LlmTokenizer {
  gatomicrefcount refs;
  LlmVocabKind kind;
  LlmPretokenizer pre;
  gboolean ignore_merges; /* a whole pre-token that is in the vocabulary is not merged */
  gboolean add_space_prefix;
  gboolean add_bos;
  gboolean squeeze_spaces; /* remove_extra_whitespaces */
  gboolean byte_fallback;
  int bos, eos, unk; /* -1: none */

  int n_tokens;
  char *arena;       /* all texts, one after the other */
  uint32_t *offsets; /* n_tokens + 1 */
  uint8_t *types;    /* LlmTokenType */
  uint8_t *is_end;
  float *scores;     /* NULL for byte-level BPE */
  float min_score;   /* of normal tokens */
  float max_score;   /* of normal tokens */
  int max_piece;     /* the longest text of a normal or user-defined token */
  int byte_ids[256]; /* -1: the vocabulary lacks it */
  int32_t *table;    /* open addressing: text -> id, -1 empty */
  uint32_t table_mask;
  gboolean has_doubles; /* two tokens of one class and text */

  LlmMerge *merges; /* open addressing, merged -1 empty; byte-level BPE */
  uint32_t merge_mask;

  LlmLengthSet *user_lengths;    /* 256, by first byte: user-defined tokens */
  LlmLengthSet *special_lengths; /* 256: user-defined and control tokens */

  uint32_t *charsmap; /* NULL, or the units of the normaliser's double array */
  size_t n_charsmap;
  char *charsmap_texts;
  size_t n_charsmap_texts;

  LlmTokenIndex *index; /* atomic; NULL until it is first asked for */
};

#define LLM_HASH_START UINT64_C (0xCBF29CE484222325)
static inline uint64_t
llm_hash_byte (uint64_t hash, char byte)
{
  return (hash ^ (uint8_t) byte) * UINT64_C (0x100000001B3); /* FNV-1a */
}

static inline uint32_t
llm_hash_slot (const LlmTokenizer *tokenizer, uint64_t hash)
{
  return (uint32_t) (hash ^ hash >> 32) & tokenizer->table_mask;
}

/* Whether the token's text is this one. */
static inline gboolean
llm_tokenizer_has_text (const LlmTokenizer *tokenizer, int id, const char *text, size_t length)
{
  const uint32_t *offset = tokenizer->offsets + id;

  return offset[1] - offset[0] == length
         && memcmp (tokenizer->arena + offset[0], text, length) == 0;
}

/* The token of class `types` (bits 1 << LlmTokenType) with this text, or -1. */
int llm_tokenizer_lookup (const LlmTokenizer *tokenizer, const char *text, size_t length,
                          unsigned types);
/* The same where the caller has the hash. */
int llm_tokenizer_lookup_hashed (const LlmTokenizer *tokenizer, uint64_t hash, const char *text,
                                 size_t length, unsigned types);
/* The longest user-defined (or, with control, also control) token at the head of text; -1: none. */
int llm_tokenizer_match_special (const LlmTokenizer *tokenizer, const char *text, size_t length,
                                 gboolean control, size_t *matched);
/* The text of a token, control tokens too. */
const char *llm_tokenizer_text (const LlmTokenizer *tokenizer, int id, size_t *length);

/* tokenizer-load.c */
gboolean llm_tokenizer_read (LlmTokenizer *tokenizer, const NnGguf *gguf, GError **error);
/* "▁" to the space that it stands for; out has room for `length` bytes. */
size_t llm_unescape_spaces (const char *text, size_t length, char *out);
/* The value of "<0xNN>", or -1. */
int llm_byte_of_name (const char *text, size_t length);

/* tokenizer-bpe.c */
gboolean llm_byte_bpe_read_merges (LlmTokenizer *tokenizer, const NnGguf *gguf, GError **error);
void llm_byte_bpe_encode (const LlmTokenizer *tokenizer, const char *text, size_t length,
                          GArray *ids);
/* The bytes that a string in the alphabet of byte-level BPE stands for; FALSE if it is not in that
 * alphabet. out has room for `length` bytes. */
gboolean llm_byte_alphabet_decode (const char *text, size_t length, char *out, size_t *n_out);

/* tokenizer-spm.c and tokenizer-unigram.c: text is normalised, user-defined tokens are in it. */
void llm_score_bpe_encode (const LlmTokenizer *tokenizer, const char *text, size_t length,
                           GArray *ids);
void llm_unigram_encode (const LlmTokenizer *tokenizer, const char *text, size_t length,
                         GArray *ids);
/* Ids of bytes that no token holds: byte tokens, or one <unk> per run. */
void llm_tokenizer_append_unknown (const LlmTokenizer *tokenizer, const char *text, size_t length,
                                   GArray *ids);
/* What SentencePiece does to a text before it is cut: precompiled map, spaces, and the space that
 * begins a text if prefix. */
void llm_spm_normalise (const LlmTokenizer *tokenizer, const char *text, size_t length,
                        gboolean prefix, GString *out);
gboolean llm_charsmap_read (LlmTokenizer *tokenizer, const NnGguf *gguf, GError **error);

G_END_DECLS
