/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What SentencePiece does to a text before it cuts it [SentencePiece, normalizer.cc].
 *
 * The precompiled map of a file is a double array (Aoe 1989, as darts-clone stores it) from byte
 * strings to offsets into a pool of NUL-terminated replacements; the longest match at each position
 * is replaced. A unit of 32 bits holds a label in its low byte, the flag of a leaf in bit 8, and an
 * offset in bits 10 to 30 (times 256 if bit 9 is set); a leaf's own unit holds the value. */

#include "llm/text/tokenizer-private.h"

#include <string.h>

#define SPACE_MARK "\xE2\x96\x81"

gboolean
llm_charsmap_read (LlmTokenizer *self, const NnGguf *gguf, GError **error)
{
  static const char key[] = "tokenizer.ggml.precompiled_charsmap";
  const int32_t *values;
  g_autofree uint8_t *bytes = NULL;
  uint32_t n_trie;
  size_t n;

  if (!nn_gguf_has_key (gguf, key))
    return TRUE;
  values = nn_gguf_get_ints (gguf, key, &n, error);
  if (values == NULL)
    return FALSE;
  if (n == 0)
    return TRUE;
  bytes = g_malloc (n);
  for (size_t i = 0; i < n; i++)
    bytes[i] = (uint8_t) values[i];
  n_trie = n < 4 ? 0
                 : (uint32_t) bytes[0] | (uint32_t) bytes[1] << 8 | (uint32_t) bytes[2] << 16
                       | (uint32_t) bytes[3] << 24;
  if (n_trie < 4 || n_trie % 4 != 0 || n_trie > n - 4) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_MODEL,
                 "%s: %s: a double array of %u bytes does not fit %zu bytes",
                 nn_gguf_get_path (gguf), key, n_trie, n);
    return FALSE;
  }
  self->n_charsmap = n_trie / 4;
  self->charsmap = g_new (uint32_t, self->n_charsmap);
  for (size_t i = 0; i < self->n_charsmap; i++) {
    const uint8_t *unit = bytes + 4 + 4 * i;

    self->charsmap[i] = (uint32_t) unit[0] | (uint32_t) unit[1] << 8 | (uint32_t) unit[2] << 16
                        | (uint32_t) unit[3] << 24;
  }
  self->n_charsmap_texts = n - 4 - n_trie;
  self->charsmap_texts = g_malloc0 (self->n_charsmap_texts + 1);
  memcpy (self->charsmap_texts, bytes + 4 + n_trie, self->n_charsmap_texts);
  return TRUE;
}

static uint32_t
unit_offset (uint32_t unit)
{
  return (unit >> 10) << ((unit & 0x200) >> 6);
}

/* The replacement of the longest match at the head of text, or NULL. */
static const char *
charsmap_match (const LlmTokenizer *self, const char *text, size_t length, size_t *matched)
{
  const char *found = NULL;
  uint32_t node;

  if (self->charsmap == NULL)
    return NULL;
  node = unit_offset (self->charsmap[0]);
  for (size_t i = 0; i < length; i++) {
    uint32_t unit, value;

    node ^= (uint8_t) text[i];
    if (node >= self->n_charsmap)
      break;
    unit = self->charsmap[node];
    if ((unit & 0x800000FF) != (uint8_t) text[i])
      break;
    node ^= unit_offset (unit);
    if ((unit & 0x100) == 0)
      continue;
    if (node >= self->n_charsmap)
      break;
    value = self->charsmap[node] & 0x7FFFFFFF;
    if (value < self->n_charsmap_texts) {
      found = self->charsmap_texts + value;
      *matched = i + 1;
    }
  }
  return found;
}

/* The normal form of the head of text, and how many bytes it stands for. */
static void
normalise_head (const LlmTokenizer *self, const char *text, size_t length, const char **form,
                size_t *n_form, size_t *used)
{
  if (llm_tokenizer_match_special (self, text, length, FALSE, used) >= 0) {
    *form = text;
    *n_form = *used;
    return;
  }
  *form = charsmap_match (self, text, length, used);
  if (*form != NULL) {
    *n_form = strlen (*form);
    return;
  }
  llm_utf8_next (text, length, used);
  *form = text;
  *n_form = *used;
}

/* Where bytes can stand for it, a "▁" is kept apart from the space that it marks; elsewhere it is
 * that space, as SentencePiece has it. */
static void
append_form (const LlmTokenizer *self, const char *form, size_t n_form, GString *out)
{
  for (size_t i = 0; i < n_form; i++)
    if (!self->byte_fallback && n_form - i >= 3 && memcmp (form + i, SPACE_MARK, 3) == 0) {
      g_string_append_c (out, ' ');
      i += 2;
    } else {
      g_string_append_c (out, form[i]);
    }
}

void
llm_spm_normalise (const LlmTokenizer *self, const char *text, size_t length, gboolean prefix,
                   GString *out)
{
  gboolean after_space = self->squeeze_spaces;
  gboolean empty = TRUE;
  size_t used;

  for (size_t at = 0; at < length; at += used) {
    const char *form;
    size_t n_form;

    normalise_head (self, text + at, length - at, &form, &n_form, &used);
    while (after_space && n_form > 0 && form[0] == ' ') {
      form++;
      n_form--;
    }
    if (n_form == 0)
      continue;
    if (empty && prefix)
      g_string_append_c (out, ' ');
    empty = FALSE;
    append_form (self, form, n_form, out);
    after_space = self->squeeze_spaces && form[n_form - 1] == ' ';
  }
  if (self->squeeze_spaces)
    while (out->len > 0 && out->str[out->len - 1] == ' ')
      g_string_truncate (out, out->len - 1);
}
