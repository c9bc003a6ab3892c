/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/whisper/whisper-vocab.h"

#include <string.h>

static gboolean
token_is (const NnGgufString *token, const char *name)
{
  return token->length == strlen (name) && memcmp (token->data, name, token->length) == 0;
}

static int
find_token (const AudioWhisperVocab *vocab, const char *name)
{
  /* Those that are looked for stand near the end. */
  for (int i = vocab->n_vocab - 1; i >= 0; i--)
    if (token_is (&vocab->tokens[i], name))
      return i;
  return -1;
}

static gboolean
find_special (const AudioWhisperVocab *vocab, const char *path, const char *name, int *id,
              GError **error)
{
  *id = find_token (vocab, name);
  if (*id < 0)
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL, "%s: tokenizer.ggml.tokens lacks %s", path,
                 name);
  return *id >= 0;
}

static gboolean
find_specials (AudioWhisperVocab *vocab, const char *path, GError **error)
{
  if (!find_special (vocab, path, "<|endoftext|>", &vocab->eot, error)
      || !find_special (vocab, path, "<|startoftranscript|>", &vocab->sot, error)
      || !find_special (vocab, path, "<|translate|>", &vocab->translate, error)
      || !find_special (vocab, path, "<|transcribe|>", &vocab->transcribe, error)
      || !find_special (vocab, path, "<|startofprev|>", &vocab->sot_prev, error)
      || !find_special (vocab, path, "<|notimestamps|>", &vocab->no_timestamps, error))
    return FALSE;
  vocab->timestamp_begin = vocab->no_timestamps + 1;

  vocab->no_speech = find_token (vocab, "<|nospeech|>");
  if (vocab->no_speech < 0
      && !find_special (vocab, path, "<|nocaptions|>", &vocab->no_speech, error))
    return FALSE;

  /* The decoding rules rest on this order: text, end, other marks, times. */
  if (vocab->eot > vocab->sot || vocab->sot > vocab->timestamp_begin
      || vocab->timestamp_begin >= vocab->n_vocab) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                 "%s: tokenizer.ggml.tokens: the special tokens are not in Whisper's order", path);
    return FALSE;
  }
  return TRUE;
}

static gboolean
load_languages (AudioWhisperVocab *vocab, const NnGguf *gguf, GError **error)
{
  const char *path = nn_gguf_get_path (gguf);
  const NnGgufString *languages;
  size_t n = 0;

  languages = nn_gguf_get_strings (gguf, "whisper.languages", &n, error);
  if (languages == NULL)
    return FALSE;
  if (n == 0 || n > 1000) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                 "%s: whisper.languages has %zu entries, expected 1 to 1000", path, n);
    return FALSE;
  }
  vocab->n_languages = (int) n;
  vocab->languages = g_malloc0 (n * sizeof *vocab->languages);
  for (size_t i = 0; i < n; i++) {
    g_autofree char *name = NULL;
    int id;

    if (languages[i].length == 0 || languages[i].length >= sizeof *vocab->languages) {
      g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                   "%s: whisper.languages: entry %zu has %zu bytes, expected 1 to 7", path, i,
                   languages[i].length);
      return FALSE;
    }
    memcpy (vocab->languages[i], languages[i].data, languages[i].length);
    name = g_strdup_printf ("<|%s|>", vocab->languages[i]);
    if (!find_special (vocab, path, name, &id, error))
      return FALSE;
    if (i == 0)
      vocab->first_language = id;
    if (id != vocab->first_language + (int) i) {
      g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                   "%s: token %s has id %d, expected %d: languages must follow each other", path,
                   name, id, vocab->first_language + (int) i);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
load_suppressed (const AudioWhisperVocab *vocab, const NnGguf *gguf, const char *key,
                 const int32_t **ids, int *n_ids, GError **error)
{
  size_t n = 0;

  if (!nn_gguf_has_key (gguf, key))
    return TRUE;
  *ids = nn_gguf_get_ints (gguf, key, &n, error);
  if (*ids == NULL)
    return FALSE;
  for (size_t i = 0; i < n; i++) {
    if ((*ids)[i] < 0 || (*ids)[i] >= vocab->n_vocab) {
      g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL, "%s: %s: id %d, expected 0 to %d",
                   nn_gguf_get_path (gguf), key, (*ids)[i], vocab->n_vocab - 1);
      return FALSE;
    }
  }
  *n_ids = (int) n;
  return TRUE;
}

AudioWhisperVocab *
audio_whisper_vocab_new (const AudioWhisper *whisper, GError **error)
{
  const NnGguf *gguf = audio_whisper_get_gguf (whisper);
  const char *path = nn_gguf_get_path (gguf);
  g_autoptr (AudioWhisperVocab) vocab = g_new0 (AudioWhisperVocab, 1);
  size_t n = 0;

  vocab->n_vocab = audio_whisper_get_config (whisper)->n_vocab;
  vocab->tokens = nn_gguf_get_strings (gguf, "tokenizer.ggml.tokens", &n, error);
  if (vocab->tokens == NULL)
    return NULL;
  if (n != (size_t) vocab->n_vocab) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                 "%s: tokenizer.ggml.tokens has %zu entries, expected %d", path, n, vocab->n_vocab);
    return NULL;
  }
  if (!find_specials (vocab, path, error) || !load_languages (vocab, gguf, error)
      || !load_suppressed (vocab, gguf, "whisper.suppress_ids", &vocab->suppressed,
                           &vocab->n_suppressed, error)
      || !load_suppressed (vocab, gguf, "whisper.suppress_ids_begin", &vocab->suppressed_first,
                           &vocab->n_suppressed_first, error))
    return NULL;
  return g_steal_pointer (&vocab);
}

void
audio_whisper_vocab_free (AudioWhisperVocab *vocab)
{
  if (vocab == NULL)
    return;
  g_free (vocab->languages);
  g_free (vocab);
}

int
audio_whisper_vocab_find_language (const AudioWhisperVocab *vocab, const char *code)
{
  for (int i = 0; i < vocab->n_languages; i++)
    if (strcmp (vocab->languages[i], code) == 0)
      return vocab->first_language + i;
  return -1;
}

/* GPT-2's alphabet: printable Latin-1 bytes stand for themselves, the others in order from U+0100.
 * -1 for a character outside it. */
static int
byte_of_character (gunichar c)
{
  static const struct {
    int first, last;
  } printable[] = { { 0x21, 0x7e }, { 0xa1, 0xac }, { 0xae, 0xff } };
  int n_before = 0;

  for (size_t i = 0; i < G_N_ELEMENTS (printable); i++)
    if ((int) c >= printable[i].first && (int) c <= printable[i].last)
      return (int) c;
  for (int byte = 0; byte < 256; byte++) {
    gboolean is_printable = FALSE;

    for (size_t i = 0; i < G_N_ELEMENTS (printable); i++)
      is_printable = is_printable || (byte >= printable[i].first && byte <= printable[i].last);
    if (is_printable)
      continue;
    if (c == (gunichar) (0x100 + n_before))
      return byte;
    n_before++;
  }
  return -1;
}

void
audio_whisper_vocab_append (const AudioWhisperVocab *vocab, int id, GString *text)
{
  const NnGgufString *token;
  const char *end;

  if (id < 0 || id >= vocab->eot)
    return;
  token = &vocab->tokens[id];
  end = token->data + token->length;
  for (const char *p = token->data; p < end;) {
    const gunichar c = g_utf8_get_char_validated (p, end - p);
    int byte;

    if (c == (gunichar) -1 || c == (gunichar) -2)
      return;
    byte = byte_of_character (c);
    if (byte >= 0)
      g_string_append_c (text, (char) byte);
    p = g_utf8_next_char (p);
  }
}

char *
audio_whisper_vocab_decode (const AudioWhisperVocab *vocab, const int *tokens, int n_tokens)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; i < n_tokens; i++)
    audio_whisper_vocab_append (vocab, tokens[i], text);
  return g_utf8_make_valid (text->str, (gssize) text->len);
}
