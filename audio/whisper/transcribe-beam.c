/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/whisper/transcribe-decode.h"

#include <math.h>
#include <string.h>

/* Logits that are looked at together. */
enum { BLOCK = 512 };
#define HASH_PRIME 0x100000001B3ULL

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
  memcpy (to->sums, from->sums, (size_t) from->n_tokens * sizeof (double));
  to->n_tokens = from->n_tokens;
  if (token >= 0) {
    to->sums[to->n_tokens] = score;
    to->tokens[to->n_tokens++] = token;
  }
  to->score = score;
  to->letters = from->letters;
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

/* One search under way. */
typedef struct {
  int beam_size;
  int n_prefix;        /* tokens that all hypotheses begin with */
  gboolean is_segment; /* a time after text is the end */
  int min_end;         /* but not one before this, which leaves words out */
  int n_live;
  int n_finished;
  int n_ended; /* with those that said the same as another */
} Search;

/* FNV-1a of the token's letters after those before. Of a part of a character, the bytes. */
static guint64
hash_letters (const AudioWhisperVocab *vocab, guint64 hash, int token)
{
  g_autoptr (GString) text = g_string_new (NULL);

  audio_whisper_vocab_append (vocab, token, text);
  if (!g_utf8_validate (text->str, (gssize) text->len, NULL)) {
    for (gsize i = 0; i < text->len; i++)
      hash = (hash ^ (guchar) text->str[i]) * HASH_PRIME;
    return hash;
  }
  for (const char *c = text->str; *c != '\0'; c = g_utf8_next_char (c)) {
    const gunichar letter = g_unichar_tolower (g_utf8_get_char (c));

    if (!g_unichar_ispunct (letter) && !g_unichar_isspace (letter))
      hash = (hash ^ letter) * HASH_PRIME;
  }
  return hash;
}

guint64
audio_tokens_hash (const AudioWhisperVocab *vocab, const int *tokens, int n_tokens)
{
  guint64 hash = 0;

  for (int i = 0; i < n_tokens; i++)
    hash = hash_letters (vocab, hash, tokens[i]);
  return hash;
}

/* Whether a hypothesis, with one more token, has the letters of another. */
static gboolean
has_letters_of (const AudioHypothesis *others, int n_others, guint64 letters)
{
  for (int i = 0; i < n_others; i++)
    if (others[i].letters == letters)
      return TRUE;
  return FALSE;
}

/* Whether the search has what a hypothesis with one more token (or -1) says among others already:
 * with the same words; for one segment, with the same letters, so that the beam is filled with
 * wordings and not with commas. */
static gboolean
is_known (const AudioWhisperVocab *vocab, const Search *search, const AudioHypothesis *h, int token,
          guint64 letters, const AudioHypothesis *others, int n_others)
{
  return search->is_segment ? has_letters_of (others, n_others, letters)
                            : is_among (vocab, h, token, others, n_others);
}

static gboolean
is_end (const AudioWhisperVocab *vocab, const Search *search, const AudioHypothesis *h, int token)
{
  return token == vocab->eot
         || (search->is_segment && token >= vocab->timestamp_begin
             && h->n_tokens > search->n_prefix);
}

/* Candidates in order of score: an end finishes its hypothesis, the others fill the beam; of those
 * that differ by times alone only the best goes on. */
static void
advance (AudioDecoder *decoder, Candidate *candidates, int n_candidates, Search *search)
{
  const AudioWhisperVocab *vocab = decoder->vocab;
  int n_live = 0;

  qsort (candidates, (size_t) n_candidates, sizeof *candidates, compare_candidates);
  for (int i = 0; i < n_candidates && n_live < search->beam_size; i++) {
    const Candidate *c = &candidates[i];
    const AudioHypothesis *parent = &decoder->live[c->beam];
    guint64 letters;

    if (c->token < 0)
      break;
    if (is_end (vocab, search, parent, c->token)) {
      if (c->token != vocab->eot && c->token < search->min_end)
        continue;
      search->n_ended++;
      if (search->n_finished < search->beam_size
          && !is_known (vocab, search, parent, -1, parent->letters, decoder->finished,
                        search->n_finished))
        copy_hypothesis (&decoder->finished[search->n_finished++], parent, -1, c->score);
      continue;
    }
    letters = search->is_segment ? hash_letters (vocab, parent->letters, c->token) : 0;
    if (!is_known (vocab, search, parent, c->token, letters, decoder->next, n_live)) {
      copy_hypothesis (&decoder->next[n_live], parent, c->token, c->score);
      decoder->next[n_live].letters = letters;
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
  search->n_live = n_live;
}

/* The hypothesis with the best score for its length. */
static void
take_best (const AudioDecoder *decoder, const Search *search, AudioDecoding *decoding)
{
  const AudioHypothesis *best = NULL;
  double best_score = 0.0;

  for (int i = 0; i < search->n_finished + search->n_live && i < search->beam_size; i++) {
    const AudioHypothesis *h =
        i < search->n_finished ? &decoder->finished[i] : &decoder->live[i - search->n_finished];
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
    if (decoding->sums != NULL)
      memcpy (decoding->sums, best->sums, (size_t) best->n_tokens * sizeof (double));
    decoding->n_tokens = best->n_tokens;
    decoding->sum_log_probability = best->score;
  }
}

/* All beams start from the prompt and the prefix: one is enough. Returns the logits that follow. */
static float *
start (AudioDecoder *decoder, const int *prefix, Search *search)
{
  float *logits = audio_decoder_start (decoder);
  AudioHypothesis *h = &decoder->live[0];

  h->n_tokens = search->n_prefix;
  h->score = 0.0;
  h->letters = 0;
  search->n_live = 1;
  if (search->n_prefix == 0)
    return logits;
  memcpy (h->tokens, prefix, (size_t) search->n_prefix * sizeof (int));
  for (int i = 0; i < search->n_prefix; i++)
    h->sums[i] = 0.0;
  decoder->n_steps += search->n_prefix;
  return audio_whisper_decode (decoder->whisper, decoder->state, 0, prefix, search->n_prefix,
                               decoder->n_prompt);
}

static void
run (AudioDecoder *decoder, const int *prefix, Search *search)
{
  const AudioWhisperVocab *vocab = decoder->vocab;
  const NnContext *context = audio_whisper_get_context (decoder->whisper);
  const int beam_size = search->beam_size;
  Candidate candidates[AUDIO_MAX_BEAMS * (AUDIO_MAX_BEAMS + 2)];
  float *logits = start (decoder, prefix, search);

  for (int n = search->n_prefix; n < decoder->n_max && !nn_context_is_cancelled (context); n++) {
    const int position = decoder->n_prompt + n;
    int n_candidates = 0;

    for (int i = 0; i < search->n_live; i++) {
      float *row = logits + (size_t) i * (size_t) vocab->n_vocab;

      audio_rules_apply (vocab, decoder->live[i].tokens, decoder->live[i].n_tokens, row);
      find_best (vocab, row, i, decoder->live[i].score, candidates + n_candidates, beam_size + 1);
      n_candidates += beam_size + 2;
    }
    advance (decoder, candidates, n_candidates, search);
    if (search->n_live == 0 || search->n_ended >= beam_size || n + 1 == decoder->n_max)
      break;
    audio_whisper_reorder_beams (decoder->state, decoder->parents, search->n_live, position);
    logits = audio_whisper_step (decoder->whisper, decoder->state, search->n_live, decoder->step,
                                 position);
    decoder->n_steps++;
  }
}

void
audio_decoder_run_beam (AudioDecoder *decoder, int beam_size, AudioDecoding *decoding)
{
  Search search = { .beam_size = beam_size };

  g_return_if_fail (beam_size <= AUDIO_MAX_BEAMS);

  run (decoder, NULL, &search);
  take_best (decoder, &search, decoding);
}

int
audio_decoder_find_texts (AudioDecoder *decoder, int beam_size, const int *prefix, int n_prefix,
                          int min_end)
{
  Search search = {
    .beam_size = beam_size, .n_prefix = n_prefix, .is_segment = TRUE, .min_end = min_end
  };

  g_return_val_if_fail (beam_size <= AUDIO_MAX_BEAMS && n_prefix > 0, 0);

  run (decoder, prefix, &search);
  return search.n_finished;
}
