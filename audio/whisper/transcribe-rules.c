/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/whisper/transcribe-private.h"

#include <math.h>
#include <string.h>

#include "nn/kernels/kernels.h"

#define MAX_INITIAL_TIMESTAMP                                                                      \
  50 /* in steps of 20 ms: speech begins within a second, or later                                 \
        windows are to find it */

enum { CHUNK = 2048 };

float
audio_largest (const float *x, int n)
{
  return nn_kernels_default ()->rows->largest (x, n);
}

float
audio_log_sum_exp (const float *x, int n, float *max)
{
  const NnRowKernels *rows = nn_kernels_default ()->rows;
  const float highest = rows->largest (x, n);
  float chunk[CHUNK], sum = 0.0f;

  *max = highest;
  if (highest == -INFINITY)
    return -INFINITY;
  for (int i = 0; i < n; i += CHUNK) {
    const int m = MIN (CHUNK, n - i);

    memcpy (chunk, x + i, (size_t) m * sizeof *x);
    sum += rows->exp_sum (chunk, m, highest);
  }
  return highest + logf (sum);
}

static void
forbid (float *logits, int first, int end)
{
  for (int i = first; i < end; i++)
    logits[i] = -INFINITY;
}

static void
forbid_ids (float *logits, const int32_t *ids, int n_ids)
{
  for (int i = 0; i < n_ids; i++)
    logits[ids[i]] = -INFINITY;
}

/* Times come in pairs, an end and the next start, and never go back. */
static void
apply_times (const AudioWhisperVocab *vocab, const int *tokens, int n_tokens, float *logits)
{
  const int begin = vocab->timestamp_begin;
  const gboolean last_is_time = n_tokens >= 1 && tokens[n_tokens - 1] >= begin;
  const gboolean before_is_time = n_tokens < 2 || tokens[n_tokens - 2] >= begin;
  int last_time = -1;

  if (last_is_time && before_is_time)
    forbid (logits, begin, vocab->n_vocab);
  else if (last_is_time)
    forbid (logits, 0, vocab->eot);

  for (int i = n_tokens - 1; i >= 0 && last_time < 0; i--)
    if (tokens[i] >= begin)
      last_time = tokens[i];
  if (last_time >= 0) {
    /* A segment has some length, but the next may start where the last ended. */
    const gboolean may_repeat = last_is_time && !before_is_time;

    forbid (logits, begin, may_repeat ? last_time : last_time + 1);
  }

  if (n_tokens == 0) {
    forbid (logits, 0, begin);
    if (begin + MAX_INITIAL_TIMESTAMP + 1 < vocab->n_vocab)
      forbid (logits, begin + MAX_INITIAL_TIMESTAMP + 1, vocab->n_vocab);
  }
}

void
audio_rules_apply (const AudioWhisperVocab *vocab, const int *tokens, int n_tokens, float *logits)
{
  const int begin = vocab->timestamp_begin;
  float max_time, times;

  if (n_tokens == 0)
    forbid_ids (logits, vocab->suppressed_first, vocab->n_suppressed_first);
  forbid_ids (logits, vocab->suppressed, vocab->n_suppressed);
  logits[vocab->no_timestamps] = -INFINITY;
  apply_times (vocab, tokens, n_tokens, logits);

  times = audio_log_sum_exp (logits + begin, vocab->n_vocab - begin, &max_time);
  if (times > audio_largest (logits, begin))
    forbid (logits, 0, begin);
}
