/* SPDX-License-Identifier: GPL-3.0-or-later */

/* From English text to phonemes, in the symbols of audio/kokoro/kokoro.h: American.
 *
 * A lexicon has most words; their forms with -s, -ed and -ing are derived; capitals without a word
 * are spelled; numbers become words; espeak-ng speaks what is left. Articles and "to" follow the
 * sound of the next word. A word with several sounds is chosen by the word before it.
 *
 * Not thread-safe: espeak-ng keeps global state. One thread at a time speaks.
 *
 *   g_autoptr (AudioEnglish) english = audio_english_load (path, &error);
 *   g_autofree char *phonemes = audio_english_read (english, "Hello, world.");
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _AudioEnglish AudioEnglish;

/* path: a GGUF of architecture "pronunciations". (transfer full). Errors: of nn/gguf/gguf.h,
 * AUDIO_ERROR_MODEL. */
AudioEnglish *audio_english_load (const char *path, GError **error);
void audio_english_free (AudioEnglish *english);

/* text: UTF-8. (transfer full): "" if nothing in it can be spoken. Punctuation that the voice knows
 * stays where it is. */
char *audio_english_read (AudioEnglish *english, const char *text);

/* The words of a number as they are read aloud: "1,024" one thousand twenty four; "1999" the year;
 * "3.5"; "21st"; "$5.20"; "50%"; "10:30". NULL if `text` is none. (transfer full). */
char *audio_english_read_number (const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioEnglish, audio_english_free)

G_END_DECLS
