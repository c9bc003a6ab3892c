/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a reading is put together from: words, marks, and the symbols that the voice has. */

#include <string.h>

#include "audio/reading/reading-private.h"

/* Of kokoro.symbols. */
static const char symbols[] =
    ";:,.!?—…\"()“” "
    "\u0303ʣʥʦʨᵝꭧAIOQSTWYᵊabcdefhijklmnopqrstuvwxyzɑɐɒæβɔɕçɖðʤəɚɛɜɟ"
    "ɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲ↓→↗↘ᵻ";

gboolean
audio_reading_is_symbol (gunichar c)
{
  return c != 0 && g_utf8_strchr (symbols, -1, c) != NULL;
}

static const struct {
  const char *signs;
  const char *mark;
} marks[] = {
  { ",，、､", "," },  { ".。．｡", "." },  { "!！", "!" },          { "?？", "?" },
  { ":：", ":" },     { ";；", ";" },     { "—–―─", "—" },         { "…⋯", "…" },
  { "(（〔［", "(" }, { ")）〕］", ")" }, { "“「『《〈【«", "“" }, { "”」』》〉】»", "”" },
};

const char *
audio_reading_find_mark (gunichar c)
{
  for (size_t i = 0; i < G_N_ELEMENTS (marks); i++)
    if (c != 0 && g_utf8_strchr (marks[i].signs, -1, c) != NULL)
      return marks[i].mark;
  return "";
}

static void
add_space (AudioReadingBuilder *builder)
{
  const GString *done = builder->phonemes;

  if (done->len == 0 || done->str[done->len - 1] == ' ' || done->str[done->len - 1] == '('
      || g_str_has_suffix (done->str, "“"))
    return;
  g_string_append_c (builder->phonemes, ' ');
  builder->n_symbols++;
}

void
audio_reading_add_word (AudioReadingBuilder *builder, size_t begin, size_t end, const char *sound,
                        gboolean is_apart)
{
  g_autoptr (GString) known = g_string_new (NULL);
  AudioReadingWord *last =
      builder->words->len > 0
          ? &g_array_index (builder->words, AudioReadingWord, builder->words->len - 1)
          : NULL;
  for (const char *at = sound; *at != '\0'; at = g_utf8_next_char (at))
    if (audio_reading_is_symbol (g_utf8_get_char (at)))
      g_string_append_unichar (known, g_utf8_get_char (at));
  if (known->len == 0)
    return;
  if (is_apart)
    add_space (builder);
  AudioReadingWord word = { begin, end, builder->n_symbols, 0 };
  g_string_append_len (builder->phonemes, known->str, (gssize) known->len);
  builder->n_symbols += (int) g_utf8_strlen (known->str, -1);
  word.last = builder->n_symbols;
  if (last != NULL && begin < last->end) {
    last->last = word.last;
    last->end = MAX (last->end, end);
  } else
    g_array_append_val (builder->words, word);
}

/* What opens has a space before it, what closes none; a mark that nothing precedes is left out. */
void
audio_reading_add_mark (AudioReadingBuilder *builder, const char *mark, gboolean is_apart)
{
  const gboolean opens = g_str_equal (mark, "(") || g_str_equal (mark, "“");
  const gboolean is_dash = g_str_equal (mark, "—");

  if (*mark == '\0' || (builder->phonemes->len == 0 && !opens)
      || (is_dash && g_str_has_suffix (builder->phonemes->str, mark)))
    return;
  if (is_apart && (opens || is_dash))
    add_space (builder);
  g_string_append (builder->phonemes, mark);
  builder->n_symbols++;
}
