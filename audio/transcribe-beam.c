/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/transcribe-decode.h"

#include <math.h>
#include <string.h>

typedef struct {
  int beam;
  int token;
  double score;
} Candidate;

/* Keeps the n best of a row, best first; they stand in candidates[0 .. n - 1]. */
static void
find_best (const float *logits, int n_vocab, int beam, double score, Candidate *candidates, int n)
{
  float max;
  const float sum = audio_log_sum_exp (logits, n_vocab, &max);
  int n_found = 0;

  for (int id = 0; id < n_vocab; id++) {
    const double total = score + (double) (logits[id] - sum);
    int i;

    if (logits[id] == -INFINITY || (n_found == n && total <= candidates[n - 1].score))
      continue;
    i = n_found < n ? n_found++ : n - 1;
    for (; i > 0 && candidates[i - 1].score < total; i--)
      candidates[i] = candidates[i - 1];
    candidates[i] = (Candidate){ .beam = beam, .token = id, .score = total };
  }
  for (int i = n_found; i < n; i++)
    candidates[i] = (Candidate){ .beam = beam, .token = -1, .score = -INFINITY };
}

static int
compare_candidates (const void *a, const void *b)
{
  const Candidate *x = a;
  const Candidate *y = b;

  if (x->score != y->score)
    return x->score < y->score ? 1 : -1;
  if (x->beam != y->beam)
    return x->beam - y->beam;
  return x->token - y->token;
}

static void
copy_hypothesis (AudioHypothesis *to, const AudioHypothesis *from, int token, double score)
{
  memcpy (to->tokens, from->tokens, (size_t) from->n_tokens * sizeof (int));
  to->n_tokens = from->n_tokens;
  if (token >= 0)
    to->tokens[to->n_tokens++] = token;
  to->score = score;
}

/* Candidates in order of score: an end finishes its hypothesis, the others fill the beam. Returns
 * how many go on. */
static int
advance (AudioDecoder *decoder, Candidate *candidates, int n_candidates, int beam_size,
         int *n_finished)
{
  int n_live = 0;

  qsort (candidates, (size_t) n_candidates, sizeof *candidates, compare_candidates);
  for (int i = 0; i < n_candidates && n_live < beam_size; i++) {
    const Candidate *c = &candidates[i];

    if (c->token < 0)
      break;
    if (c->token == decoder->vocab->eot) {
      if (*n_finished < beam_size)
        copy_hypothesis (&decoder->finished[(*n_finished)++], &decoder->live[c->beam], -1,
                         c->score);
    } else {
      copy_hypothesis (&decoder->next[n_live], &decoder->live[c->beam], c->token, c->score);
      decoder->parents[n_live] = c->beam;
      decoder->step[n_live] = c->token;
      n_live++;
    }
  }
  for (int i = 0; i < n_live; i++) {
    const AudioHypothesis old = decoder->live[i];

    decoder->live[i] = decoder->next[i];
    decoder->next[i] = old;
  }
  return n_live;
}

/* The hypothesis with the best score for its length. */
static void
take_best (AudioDecoder *decoder, int n_live, int n_finished, int beam_size,
           AudioDecoding *decoding)
{
  const AudioHypothesis *best = NULL;
  double best_score = 0.0;

  for (int i = 0; i < n_finished + n_live && i < beam_size; i++) {
    const AudioHypothesis *h =
        i < n_finished ? &decoder->finished[i] : &decoder->live[i - n_finished];
    const double score = h->score / MAX (h->n_tokens, 1);

    if (best == NULL || score > best_score) {
      best = h;
      best_score = score;
    }
  }
  decoding->n_tokens = 0;
  decoding->sum_log_probability = 0.0;
  if (best != NULL) {
    memcpy (decoding->tokens, best->tokens, (size_t) best->n_tokens * sizeof (int));
    decoding->n_tokens = best->n_tokens;
    decoding->sum_log_probability = best->score;
  }
}

void
audio_decoder_run_beam (AudioDecoder *decoder, int beam_size, AudioDecoding *decoding)
{
  const AudioWhisperVocab *vocab = decoder->vocab;
  const NnContext *context = audio_whisper_get_context (decoder->whisper);
  const int n_best = beam_size + 1;
  Candidate candidates[AUDIO_MAX_BEAMS * (AUDIO_MAX_BEAMS + 1)];
  float *logits = audio_decoder_start (decoder);
  int n_live = 1; /* all beams start from the prompt: one is enough */
  int n_finished = 0;

  g_return_if_fail (beam_size <= AUDIO_MAX_BEAMS);

  decoder->live[0].n_tokens = 0;
  decoder->live[0].score = 0.0;
  for (int n = 0; n < decoder->n_max && !nn_context_is_cancelled (context); n++) {
    const int position = decoder->n_prompt + n;
    int n_candidates = 0;

    for (int i = 0; i < n_live; i++) {
      float *row = logits + (size_t) i * (size_t) vocab->n_vocab;

      audio_rules_apply (vocab, decoder->live[i].tokens, decoder->live[i].n_tokens, row);
      find_best (row, vocab->n_vocab, i, decoder->live[i].score, candidates + n_candidates, n_best);
      n_candidates += n_best;
    }
    n_live = advance (decoder, candidates, n_candidates, beam_size, &n_finished);
    if (n_live == 0 || n_finished >= beam_size || n + 1 == decoder->n_max)
      break;
    audio_whisper_reorder_beams (decoder->state, decoder->parents, n_live, position);
    logits = audio_whisper_step (decoder->whisper, decoder->state, n_live, decoder->step, position);
    decoder->n_steps++;
  }
  take_best (decoder, n_live, n_finished, beam_size, decoding);
}
