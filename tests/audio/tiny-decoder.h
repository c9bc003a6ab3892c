/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The decoder of a tiny Whisper with random weights, behind an encoded window of noise, with room
 * for five beams.
 *
 *   TinyDecoder tiny;
 *   tiny_decoder_open (&tiny);
 *   audio_decoder_run_beam (tiny.decoder, 5, &decoding);
 *   tiny_decoder_close (&tiny);
 */

#pragma once

#include "audio/whisper/transcribe-decode.h"
#include "tests/audio/tiny-whisper.h"

G_BEGIN_DECLS

typedef struct {
  NnContext *context;
  AudioWhisper *whisper;
  AudioWhisperVocab *vocab;
  AudioDecoder *decoder;
} TinyDecoder;

void tiny_decoder_open (TinyDecoder *tiny);
void tiny_decoder_close (TinyDecoder *tiny);

G_END_DECLS
