/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The ids of Whisper's vocabulary that mean something other than text, and the bytes of those that
 * are text.
 *
 * Text is byte-level BPE (GPT-2): the vocabulary file writes each byte as a printable character;
 * that is undone here. Encoding is not needed to listen. Immutable after creation.
 */

#pragma once

#include "audio/whisper/whisper.h"

G_BEGIN_DECLS

#define AUDIO_WHISPER_SECONDS_PER_TIMESTAMP 0.02

typedef struct {
  int n_vocab;
  int eot; /* end of text; ids below it are text */
  int sot; /* start of transcript */
  int translate;
  int transcribe;
  int sot_prev; /* what was said before follows */
  int no_speech;
  int no_timestamps;
  int timestamp_begin; /* <|0.00|>; a timestamp each 20 ms from here to the end */
  int first_language;  /* ids of the languages follow each other */
  int n_languages;
  char (*languages)[8];      /* their codes */
  const int32_t *suppressed; /* never decoded: sounds that nobody says, brackets, notes */
  int n_suppressed;
  const int32_t *suppressed_first; /* not as the first: a lone space, the end */
  int n_suppressed_first;
  const NnGgufString *tokens; /* n_vocab; in the model's file */
} AudioWhisperVocab;

/* (transfer full). Borrows from the model, which must outlive it. AUDIO_ERROR_MODEL, NN_ERROR_*. */
AudioWhisperVocab *audio_whisper_vocab_new (const AudioWhisper *whisper, GError **error);
void audio_whisper_vocab_free (AudioWhisperVocab *vocab);
/* The id of a language code, or -1. */
int audio_whisper_vocab_find_language (const AudioWhisperVocab *vocab, const char *code);
/* Appends the bytes of a text token; they need not be whole characters. Nothing for ids that are
 * not text. */
void audio_whisper_vocab_append (const AudioWhisperVocab *vocab, int id, GString *text);
/* (transfer full): the text of tokens, valid UTF-8; a byte that belongs to no character becomes
 * U+FFFD. */
char *audio_whisper_vocab_decode (const AudioWhisperVocab *vocab, const int *tokens, int n_tokens);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioWhisperVocab, audio_whisper_vocab_free)

G_END_DECLS
