/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/whisper/transcribe-decode.h"

#include <math.h>
#include <string.h>

/* Logits that are looked at together. */
enum { BLOCK = 512 };

typedef struct {
  int beam;
  int token;
  double score;
} Candidate;

/* The n best texts of a row, best first, and after them its best time: n + 1 candidates. Times are
 * the least certain of all tokens; taken for themselves they would fill the beam with one and the
 * same text. */
static void
find_best (const AudioWhisperVocab *vocab, const float *logits, int beam, double score,
           Candidate *candidates, int n)
{
  float max;
  const double sum = (double) audio_log_sum_exp (logits, vocab->n_vocab, &max);
  float lowest = -INFINITY; /* what a logit must exceed */
  int time = vocab->timestamp_begin;

  for (int i = 0; i <= n; i++)
    candidates[i] = (Candidate){ .beam = beam, .token = -1, .score = -INFINITY };
  for (int first = 0; first < vocab->timestamp_begin; first += BLOCK) {
    const int end = MIN (first + BLOCK, vocab->timestamp_begin);

    if (audio_largest (logits + first, end - first) <= lowest)
      continue;
    for (int id = first; id < end; id++) {
      const double total = score + ((double) logits[id] - sum);
      int i = n - 1;

      if (logits[id] <= lowest)
        continue;
      for (; i > 0 && candidates[i - 1].score < total; i--)
        candidates[i] = candidates[i - 1];
      candidates[i] = (Candidate){ .beam = beam, .token = id, .score = total };
      if (candidates[n - 1].token >= 0)
        lowest = logits[candidates[n - 1].token];
    }
  }
  for (int id = time + 1; id < vocab->n_vocab; id++)
    if (logits[id] > logits[time])
      time = id;
  if (logits[time] != -INFINITY)
    candidates[n] =
        (Candidate){ .beam = beam, .token = time, .score = score + (double) logits[time] - sum };
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

/* Whether a hypothesis with one more token says the same as another of the same length; times do
 * not count. */
static gboolean
says_the_same (const AudioWhisperVocab *vocab, const AudioHypothesis *a, int token,
               const AudioHypothesis *b)
{
  const int n = a->n_tokens + (token >= 0);
  int j = 0;

  if (n != b->n_tokens)
    return FALSE;
  for (int i = 0; i < n; i++) {
    const int next = i < a->n_tokens ? a->tokens[i] : token;

    if (next >= vocab->timestamp_begin)
      continue;
    while (j < n && b->tokens[j] >= vocab->timestamp_begin)
      j++;
    if (j == n || b->tokens[j++] != next)
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_among (const AudioWhisperVocab *vocab, const AudioHypothesis *h, int token,
          const AudioHypothesis *others, int n_others)
{
  for (int i = 0; i < n_others; i++)
    if (says_the_same (vocab, h, token, &others[i]))
      return TRUE;
  return FALSE;
}

/* Candidates in order of score: an end finishes its hypothesis, the others fill the beam; of those
 * that differ by times alone only the best goes on. Returns how many do. */
static int
advance (AudioDecoder *decoder, Candidate *candidates, int n_candidates, int beam_size,
         int *n_finished, int *n_ended)
{
  const AudioWhisperVocab *vocab = decoder->vocab;
  int n_live = 0;

  qsort (candidates, (size_t) n_candidates, sizeof *candidates, compare_candidates);
  for (int i = 0; i < n_candidates && n_live < beam_size; i++) {
    const Candidate *c = &candidates[i];
    const AudioHypothesis *parent = &decoder->live[c->beam];

    if (c->token < 0)
      break;
    if (c->token == vocab->eot) {
      (*n_ended)++;
      if (*n_finished < beam_size && !is_among (vocab, parent, -1, decoder->finished, *n_finished))
        copy_hypothesis (&decoder->finished[(*n_finished)++], parent, -1, c->score);
    } else if (!is_among (vocab, parent, c->token, decoder->next, n_live)) {
      copy_hypothesis (&decoder->next[n_live], parent, c->token, c->score);
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
  Candidate candidates[AUDIO_MAX_BEAMS * (AUDIO_MAX_BEAMS + 2)];
  float *logits = audio_decoder_start (decoder);
  int n_live = 1; /* all beams start from the prompt: one is enough */
  int n_finished = 0;
  int n_ended = 0; /* with those that said the same as another */

  g_return_if_fail (beam_size <= AUDIO_MAX_BEAMS);

  decoder->live[0].n_tokens = 0;
  decoder->live[0].score = 0.0;
  for (int n = 0; n < decoder->n_max && !nn_context_is_cancelled (context); n++) {
    const int position = decoder->n_prompt + n;
    int n_candidates = 0;

    for (int i = 0; i < n_live; i++) {
      float *row = logits + (size_t) i * (size_t) vocab->n_vocab;

      audio_rules_apply (vocab, decoder->live[i].tokens, decoder->live[i].n_tokens, row);
      find_best (vocab, row, i, decoder->live[i].score, candidates + n_candidates, beam_size + 1);
      n_candidates += beam_size + 2;
    }
    n_live = advance (decoder, candidates, n_candidates, beam_size, &n_finished, &n_ended);
    if (n_live == 0 || n_ended >= beam_size || n + 1 == decoder->n_max)
      break;
    audio_whisper_reorder_beams (decoder->state, decoder->parents, n_live, position);
    logits = audio_whisper_step (decoder->whisper, decoder->state, n_live, decoder->step, position);
    decoder->n_steps++;
  }
  take_best (decoder, n_live, n_finished, beam_size, decoding);
}
