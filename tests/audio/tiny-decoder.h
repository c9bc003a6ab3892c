/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The decoder of a tiny Whisper with random weights, behind an encoded window of noise, with room
 * for five beams.
 *
 *   g_test_add ("/audio/beam", TinyDecoder, NULL, tiny_decoder_open, test_beam,
 * tiny_decoder_close);
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

/* Of each test; data is not used. */
void tiny_decoder_open (TinyDecoder *tiny, gconstpointer data);
void tiny_decoder_close (TinyDecoder *tiny, gconstpointer data);

G_END_DECLS
