/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/whisper/transcribe-decode.h"

#include <string.h>

/* A segment whose tokens are likelier than this, on average, is left as it was heard. */
#define CERTAIN -0.12
/* An alternative that ends so much earlier, in times, leaves words out; or has less than this part
 * of the tokens. */
#define EARLIER 10
#define MIN_PART 0.7

/* The next time at or after `from` that text follows, and how many tokens of text. */
static gboolean
find_segment (const AudioWhisperVocab *vocab, const AudioDecoding *decoding, int from, int *open,
              int *n_text)
{
  for (int i = from; i + 1 < decoding->n_tokens; i++) {
    int end = i + 1;

    if (decoding->tokens[i] < vocab->timestamp_begin)
      continue;
    while (end < decoding->n_tokens && decoding->tokens[end] < vocab->timestamp_begin)
      end++;
    *open = i;
    *n_text = end - i - 1;
    if (*n_text > 0)
      return TRUE;
  }
  return FALSE;
}

static double
get_mean (const AudioDecoding *decoding, int open, int n_text)
{
  return (decoding->sums[open + n_text] - decoding->sums[open]) / n_text;
}

/* Of a window's segments, the one that was heard with the most doubt. */
typedef struct {
  int index; /* among the segments; -1: there is none */
  int open;
  int n_text;
} Doubtful;

/* done: n_done indices that do not count. */
static Doubtful
find_doubtful (const AudioWhisperVocab *vocab, const AudioDecoding *decoding, const int *done,
               int n_done)
{
  Doubtful worst = { .index = -1 };
  double least = CERTAIN;
  int open, n_text;

  for (int at = 0, index = 0; find_segment (vocab, decoding, at, &open, &n_text);
       at = open + 1 + n_text, index++) {
    gboolean is_done = FALSE;

    for (int i = 0; i < n_done; i++)
      is_done |= done[i] == index;
    if (is_done || get_mean (decoding, open, n_text) >= least)
      continue;
    least = get_mean (decoding, open, n_text);
    worst = (Doubtful){ index, open, n_text };
  }
  return worst;
}

/* The hypotheses to choose from: what was written down, if the search finds it again, and behind it
 * the others, the likeliest first. Returns how many. */
static int
rank (const AudioDecoder *decoder, int n_found, guint64 written, const AudioHypothesis **ranked)
{
  int n = 0;

  for (int i = 0; i < n_found; i++)
    if (decoder->finished[i].letters == written)
      ranked[n++] = &decoder->finished[i];
  for (int i = 0; n > 0 && i < n_found; i++) {
    const AudioHypothesis *h = &decoder->finished[i];
    int at = n;

    if (h->letters == written)
      continue;
    for (; at > 1 && h->score > ranked[at - 1]->score; at--)
      ranked[at] = ranked[at - 1];
    ranked[at] = h;
    n++;
  }
  return n;
}

/* The earliest end that leaves nothing out; 0 where the segment has none. */
static int
get_min_end (const AudioDecoding *decoding, int open, int n_text)
{
  const int end = open + 1 + n_text;

  return end < decoding->n_tokens ? decoding->tokens[end] - EARLIER : 0;
}

/* Puts a hypothesis's text in the place of the segment's. */
static void
splice (AudioDecoding *decoding, int open, int n_text, const AudioHypothesis *h)
{
  const int first = open + 1;
  const int n_new = h->n_tokens - first;
  const int n_rest = decoding->n_tokens - first - n_text;
  const double gain = h->sums[h->n_tokens - 1] - h->sums[open] - decoding->sums[open + n_text]
                      + decoding->sums[open];

  memmove (decoding->tokens + first + n_new, decoding->tokens + first + n_text,
           (size_t) n_rest * sizeof (int));
  memmove (decoding->sums + first + n_new, decoding->sums + first + n_text,
           (size_t) n_rest * sizeof (double));
  memcpy (decoding->tokens + first, h->tokens + first, (size_t) n_new * sizeof (int));
  for (int i = first; i < first + n_new; i++)
    decoding->sums[i] = decoding->sums[open] + h->sums[i] - h->sums[open];
  for (int i = first + n_new; i < first + n_new + n_rest; i++)
    decoding->sums[i] += gain;
  decoding->n_tokens += n_new - n_text;
  decoding->sum_log_probability += gain;
  decoding->mean_log_probability =
      (float) (decoding->sum_log_probability / (decoding->n_tokens + 1));
}

/* The one that is chosen; NULL where there is no choice. What repeats itself or is much shorter is
 * not offered. */
static const AudioHypothesis *
choose (const AudioDecoder *decoder, const AudioHypothesis *const *ranked, int n_ranked,
        int n_prefix, AudioOnAlternatives on_alternatives, gpointer user_data)
{
  const AudioWhisperVocab *vocab = decoder->vocab;
  AudioAlternative alternatives[AUDIO_MAX_BEAMS];
  const AudioHypothesis *offered[AUDIO_MAX_BEAMS];
  int n = 0;
  int chosen = 0;

  for (int i = 0; i < n_ranked; i++) {
    const AudioHypothesis *h = ranked[i];
    const int n_tokens = h->n_tokens - n_prefix;
    char *text = audio_whisper_vocab_decode (vocab, h->tokens + n_prefix, n_tokens);

    if (i > 0 && (audio_text_repeats (text) || n_tokens < MIN_PART * alternatives[0].n_tokens)) {
      g_free (text);
      continue;
    }
    alternatives[n] = (AudioAlternative){ text, h->score, n_tokens };
    offered[n++] = h;
  }
  if (n > 1)
    chosen = on_alternatives (alternatives, n, user_data);
  for (int i = 0; i < n; i++)
    g_free (alternatives[i].text);
  return chosen > 0 && chosen < n ? offered[chosen] : NULL;
}

int
audio_decoder_reword (AudioDecoder *decoder, int beam_size, int max_segments,
                      AudioOnAlternatives on_alternatives, gpointer user_data)
{
  AudioDecoding *decoding = &decoder->tries[0];
  const NnContext *context = audio_whisper_get_context (decoder->whisper);
  int done[AUDIO_MAX_REWORDED];
  int n_done = 0;

  while (n_done < MIN (max_segments, AUDIO_MAX_REWORDED)) {
    const Doubtful at = find_doubtful (decoder->vocab, decoding, done, n_done);
    const int n_prefix = at.open + 1;
    const AudioHypothesis *ranked[AUDIO_MAX_BEAMS];
    const AudioHypothesis *chosen;
    int n;

    if (at.index < 0)
      break;
    done[n_done++] = at.index;
    n = audio_decoder_find_texts (decoder, beam_size, decoding->tokens, n_prefix,
                                  get_min_end (decoding, at.open, at.n_text));
    if (nn_context_is_cancelled (context))
      break;
    n = rank (decoder, n,
              audio_tokens_hash (decoder->vocab, decoding->tokens + n_prefix, at.n_text), ranked);
    chosen = choose (decoder, ranked, n, n_prefix, on_alternatives, user_data);
    if (chosen != NULL
        && decoding->n_tokens + chosen->n_tokens - n_prefix - at.n_text <= decoder->n_max)
      splice (decoding, at.open, at.n_text, chosen);
  }
  return n_done;
}
