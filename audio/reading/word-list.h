/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Words and what is said of them: two arrays of a GGUF file, the words sorted by their bytes.
 * Internal to audio/. Immutable.
 */

#pragma once

#include "nn/gguf/gguf.h"

G_BEGIN_DECLS

typedef struct {
  NnGguf *gguf;
  const NnGgufString *words;
  const NnGgufString *values;
  size_t n_words;
} AudioWordList;

/* `values`: the key of the second array, valid UTF-8. Errors: of nn/gguf/gguf.h; AUDIO_ERROR_MODEL:
 * another architecture, arrays of different lengths, values that are no text. */
gboolean audio_word_list_open (AudioWordList *list, const char *path, const char *architecture,
                               const char *values, GError **error);
void audio_word_list_close (AudioWordList *list);
/* FALSE if it is not there. */
gboolean audio_word_list_find (const AudioWordList *list, const char *word, size_t length,
                               size_t *index);

G_END_DECLS
