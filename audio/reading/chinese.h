/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Standard Chinese text, Traditional or Simplified, to syllables in pinyin and to the phonemes of
 * audio/kokoro/kokoro.h: words by the likeliest cut, their readings, characters with several
 * readings by what stands around, numbers in words, tone sandhi, erhua. The rules:
 * audio/reading/READING.md.
 *
 * Not thread-safe: it is told words and manners of reading as it is used. One thread at a time.
 *
 *   g_autoptr (AudioChinese) chinese = audio_chinese_load (path, &error);
 *   g_autofree char *pinyin = audio_chinese_spell (chinese, "你好。"); // ni2 hao3
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _AudioChinese AudioChinese;

/* path: a GGUF of architecture "chinese-pronunciations". (transfer full). Errors: of
 * nn/gguf/gguf.h, AUDIO_ERROR_MODEL. */
AudioChinese *audio_chinese_load (const char *path, GError **error);
void audio_chinese_free (AudioChinese *chinese);

/* Whether readings are those of Taiwan from now on (研究 yán jiù, 和 hàn, few syllables without a
 * tone); at first those of the mainland. */
void audio_chinese_set_taiwan (AudioChinese *chinese, gboolean is_taiwan);

/* The syllables as they are spoken, apart by spaces: pinyin with the tone's number after sandhi (5:
 * neutral; v for ü; huar1). text: UTF-8; what is not Chinese in it is left out. (transfer full). */
char *audio_chinese_spell (AudioChinese *chinese, const char *text);

/* The syllables of bopomofo or pinyin, with marks or numbers of the tone: "ㄋㄧˇ ㄏㄠ3", "nǐ hao3".
 * NULL if it is neither. (transfer full): strings as "hao3", NULL-terminated. */
char **audio_chinese_parse_sounds (const char *text);

/* The phonemes of a syllable as audio_chinese_spell writes it. NULL if it is none. (transfer full)
 */
char *audio_chinese_read_syllable (const char *syllable);

/* The reading of a word for all texts after it; syllables: one per character. */
void audio_chinese_add_word (AudioChinese *chinese, const char *word, const char *const *syllables);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioChinese, audio_chinese_free)

G_END_DECLS
