/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/whisper/transcribe-private.h"

/* Phrases decide how a character is written, so the words take their parts of the converted
 * sentence, where it has kept its length, and are converted one by one where it has not. */
void
audio_script_converter_apply (AudioScriptConverter *converter, AudioSegment *segment)
{
  char *text = audio_script_converter_convert (converter, segment->text);
  const glong n_chars = g_utf8_strlen (segment->text, -1);
  glong n_of_words = 0;
  const char *part = text;

  for (int i = 0; i < segment->n_words; i++)
    n_of_words += g_utf8_strlen (segment->words[i].text, -1);
  for (int i = 0; i < segment->n_words; i++) {
    AudioWord *word = &segment->words[i];
    char *written;

    if (n_of_words == n_chars && g_utf8_strlen (text, -1) == n_chars) {
      const char *end = g_utf8_offset_to_pointer (part, g_utf8_strlen (word->text, -1));

      written = g_strndup (part, (gsize) (end - part));
      part = end;
    } else {
      written = audio_script_converter_convert (converter, word->text);
    }
    g_free (word->text);
    word->text = written;
  }
  g_free (segment->text);
  segment->text = text;
}
