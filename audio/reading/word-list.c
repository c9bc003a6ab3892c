/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/reading/word-list.h"

#include <string.h>

#include "audio/base/audio-error.h"

/* The readers go from character to character. */
static gboolean
check_texts (const char *path, const char *key, const NnGgufString *texts, size_t n, GError **error)
{
  for (size_t i = 0; i < n; i++)
    if (!g_utf8_validate (texts[i].data, (gssize) texts[i].length, NULL)) {
      g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL, "%s: %s: entry %zu is not UTF-8 text",
                   path, key, i);
      return FALSE;
    }
  return TRUE;
}

gboolean
audio_word_list_open (AudioWordList *list, const char *path, const char *architecture,
                      const char *values, GError **error)
{
  size_t n_values;

  list->gguf = nn_gguf_open (path, error);
  if (list->gguf == NULL)
    return FALSE;
  const char *found = nn_gguf_get_string (list->gguf, "general.architecture", error);
  if (found == NULL)
    return FALSE;
  if (!g_str_equal (found, architecture)) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL, "%s: the architecture is %s, expected %s",
                 path, found, architecture);
    return FALSE;
  }
  list->words = nn_gguf_get_strings (list->gguf, "pronunciations.words", &list->n_words, error);
  if (list->words == NULL)
    return FALSE;
  list->values = nn_gguf_get_strings (list->gguf, values, &n_values, error);
  if (list->values == NULL)
    return FALSE;
  if (n_values != list->n_words) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL, "%s: %zu words, %zu of %s", path,
                 list->n_words, n_values, values);
    return FALSE;
  }
  return check_texts (path, values, list->values, n_values, error);
}

void
audio_word_list_close (AudioWordList *list)
{
  g_clear_pointer (&list->gguf, nn_gguf_unref);
}

gboolean
audio_word_list_find (const AudioWordList *list, const char *word, size_t length, size_t *index)
{
  size_t low = 0, high = list->n_words;

  while (low < high) {
    size_t middle = low + (high - low) / 2;
    const NnGgufString *entry = &list->words[middle];
    int order = memcmp (entry->data, word, MIN (entry->length, length));
    if (order == 0)
      order = entry->length < length ? -1 : entry->length > length;
    if (order == 0) {
      *index = middle;
      return TRUE;
    }
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return FALSE;
}
