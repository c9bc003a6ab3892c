/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "tests/audio/tiny-decoder.h"

void
tiny_decoder_open (TinyDecoder *tiny, gconstpointer data)
{
  g_autoptr (NnGguf) gguf = tiny_whisper_gguf ();
  g_autoptr (GError) error = NULL;
  float mel[2 * TINY_N_AUDIO_CTX * TINY_N_MELS];

  tiny->context = nn_context_new (1);
  tiny->whisper = audio_whisper_load_gguf (tiny->context, gguf, &error);
  g_assert_no_error (error);
  tiny->vocab = audio_whisper_vocab_new (tiny->whisper, &error);
  g_assert_no_error (error);
  tiny->decoder = audio_decoder_new (tiny->whisper, tiny->vocab, 5, &error);
  g_assert_no_error (error);
  tiny_whisper_seeded ("mel", G_N_ELEMENTS (mel), 1.0f, 0.0f, mel);
  g_assert_true (audio_whisper_encode (tiny->whisper, audio_decoder_get_state (tiny->decoder), mel,
                                       2 * TINY_N_AUDIO_CTX, NULL, NULL));
}

void
tiny_decoder_close (TinyDecoder *tiny, gconstpointer data)
{
  audio_decoder_free (tiny->decoder);
  audio_whisper_vocab_free (tiny->vocab);
  audio_whisper_free (tiny->whisper);
  nn_context_free (tiny->context);
}
