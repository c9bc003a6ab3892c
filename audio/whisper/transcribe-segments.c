/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/whisper/transcribe-private.h"

/* Of text, which a damaged model may begin with: 0. */
static double
time_of (const AudioWhisperVocab *vocab, int token)
{
  return MAX (token - vocab->timestamp_begin, 0) * AUDIO_WHISPER_SECONDS_PER_TIMESTAMP;
}

static gboolean
is_time (const AudioWhisperVocab *vocab, int token)
{
  return token >= vocab->timestamp_begin;
}

int
audio_pieces_cut (const AudioWhisperVocab *vocab, const AudioDecoding *decoding, double window_s,
                  AudioPiece *pieces, double *advance_s)
{
  const int *tokens = decoding->tokens;
  const int n = decoding->n_tokens;
  const gboolean ends_with_one_time =
      n >= 1 && is_time (vocab, tokens[n - 1]) && !(n >= 2 && is_time (vocab, tokens[n - 2]));
  int n_pieces = 0;
  int first = 0;

  for (int i = 1; i <= n; i++) {
    const gboolean is_pair = i < n && is_time (vocab, tokens[i]) && is_time (vocab, tokens[i - 1]);

    if (is_pair || (i == n && ends_with_one_time && n_pieces > 0)) {
      pieces[n_pieces++] = (AudioPiece){ .start = time_of (vocab, tokens[first]),
                                         .end = time_of (vocab, tokens[i - 1]),
                                         .first = first,
                                         .n_tokens = i - first };
      first = i;
    }
  }

  *advance_s = window_s;
  if (n_pieces > 0) {
    /* What follows the last pair was cut off by the window's end: the next window starts there. */
    if (!ends_with_one_time)
      *advance_s = time_of (vocab, tokens[first - 1]);
    return n_pieces;
  }

  pieces[0] = (AudioPiece){ .start = 0.0, .end = window_s, .first = 0, .n_tokens = n };
  for (int i = n - 1; i >= 0; i--) {
    if (is_time (vocab, tokens[i])) {
      if (tokens[i] != vocab->timestamp_begin)
        pieces[0].end = time_of (vocab, tokens[i]);
      break;
    }
  }
  return n > 0 ? 1 : 0;
}
