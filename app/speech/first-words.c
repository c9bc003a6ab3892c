/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/first-words.h"

#include <string.h>

#include "audio/reading/reading.h"

/* About 4 s of speech, and less than a second. */
#define FIRST_BYTES 70
#define MIN_FIRST_BYTES 15

/* Bytes up to where a long sentence without a comma can be taken up again. 0: nowhere. */
static size_t
find_conjunction (const char *sentence)
{
  static const char *const words[] = { " and ",   " but ",   " because ", " which ", " that ",
                                       " where ", " while ", " when ",    " with ",  " so " };
  size_t best = 0;

  for (size_t i = 0; i < G_N_ELEMENTS (words); i++) {
    const char *at = g_strstr_len (sentence + MIN_FIRST_BYTES, FIRST_BYTES, words[i]);
    if (at != NULL)
      best = MAX (best, (size_t) (at - sentence) + 1);
  }
  return best;
}

size_t
app_first_words_find (const char *sentence)
{
  if (strlen (sentence) <= FIRST_BYTES)
    return 0;
  g_autoptr (GArray) spans = audio_reading_split (sentence, FIRST_BYTES);
  const AudioReadingSpan *first = &g_array_index (spans, AudioReadingSpan, 0);
  if (spans->len < 2)
    return 0;
  gunichar last = g_utf8_get_char (g_utf8_prev_char (sentence + first->end));
  return first->end >= MIN_FIRST_BYTES && g_unichar_ispunct (last) ? first->end
                                                                   : find_conjunction (sentence);
}

void
app_first_words_cut (const char *text, GArray *spans)
{
  if (spans->len == 0)
    return;
  AudioReadingSpan *first = &g_array_index (spans, AudioReadingSpan, 0);
  AudioReadingSpan rest = *first;
  g_autofree char *sentence = g_strndup (text + first->begin, first->end - first->begin);
  const size_t n_first = app_first_words_find (sentence);

  if (n_first == 0)
    return;
  first->end = first->begin + n_first;
  first->ends_paragraph = FALSE;
  rest.begin = first->end;
  g_array_insert_val (spans, 1, rest);
}
