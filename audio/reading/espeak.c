/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/reading/espeak.h"

#include <string.h>

#include <espeak-ng/speak_lib.h>

#define TIE '^'

/* IPA as espeak-ng writes it, with ties, and the voice's symbols; the first that fits is taken. */
static const char *const symbols[][2] = {
  { "a^ɪ", "I" },   { "a^ʊ", "W" },  { "d^ʒ", "ʤ" },  { "e^ɪ", "A" },  { "t^ʃ", "ʧ" },
  { "ɔ^ɪ", "Y" },   { "o^ʊ", "O" },  { "ə^l", "ᵊl" }, { "ɜːɹ", "ɜɹ" }, { "ɜː", "ɜɹ" },
  { "ʔˌn̩", "tᵊn" }, { "ʔn̩", "tᵊn" }, { "n̩", "ᵊn" },   { "l̩", "ᵊl" },   { "m̩", "ᵊm" },
  { "ɪə", "iə" },   { "e", "A" },    { "ɚ", "əɹ" },   { "r", "ɹ" },    { "x", "k" },
  { "ç", "k" },     { "ɐ", "ə" },    { "ɬ", "l" },    { "o", "ɔ" },    { "ɾ", "T" },
  { "ʔ", "t" },     { "ː", "" },     { "ʲ", "" },     { "^", "" },     { "̃", "" },
  { "-", "" },      { "_", "" },     { "\n", "" },
};

static gboolean
start (void)
{
  static gsize state = 0; /* 1: it works, 2: it does not */

  if (g_once_init_enter (&state)) {
    gboolean works =
        espeak_Initialize (AUDIO_OUTPUT_RETRIEVAL, 0, NULL, espeakINITIALIZE_DONT_EXIT) > 0
        && espeak_SetVoiceByName ("en-us") == EE_OK;
    g_once_init_leave (&state, works ? 1 : 2);
  }
  return state == 1;
}

static void
append_symbols (GString *out, const char *ipa)
{
  while (*ipa != '\0') {
    size_t i = 0;
    while (i < G_N_ELEMENTS (symbols) && !g_str_has_prefix (ipa, symbols[i][0]))
      i++;
    if (i < G_N_ELEMENTS (symbols)) {
      g_string_append (out, symbols[i][1]);
      ipa += strlen (symbols[i][0]);
      continue;
    }
    const char *next = g_utf8_next_char (ipa);
    g_string_append_len (out, ipa, next - ipa);
    ipa = next;
  }
}

char *
audio_espeak_read_word (const char *word)
{
  if (!start ())
    return NULL;
  GString *out = g_string_new (NULL);
  const void *at = word;
  while (at != NULL) {
    const char *ipa = espeak_TextToPhonemes (&at, espeakCHARS_UTF8,
                                             espeakPHONEMES_IPA | espeakPHONEMES_TIE | TIE << 8);
    if (ipa != NULL)
      append_symbols (out, ipa);
  }
  g_strstrip (out->str);
  return g_string_free (out, FALSE);
}
