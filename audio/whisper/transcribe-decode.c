/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/whisper/transcribe-decode.h"

#include <math.h>
#include <string.h>
#include <zlib.h>

/* The reference's thresholds. [Radford et al. 2022, 4.5] */
#define MAX_COMPRESSION_RATIO 2.4f
#define MIN_MEAN_LOG_PROBABILITY -1.0f
#define MAX_NO_SPEECH 0.6f

static AudioHypothesis *
hypotheses_new (int n, int n_max)
{
  AudioHypothesis *hypotheses = g_new0 (AudioHypothesis, n);

  for (int i = 0; i < n; i++) {
    hypotheses[i].tokens = g_new (int, n_max);
    hypotheses[i].sums = g_new (double, n_max);
  }
  return hypotheses;
}

static void
hypotheses_free (AudioHypothesis *hypotheses, int n)
{
  for (int i = 0; i < n; i++) {
    g_free (hypotheses[i].tokens);
    g_free (hypotheses[i].sums);
  }
  g_free (hypotheses);
}

static void
make_beams (AudioDecoder *decoder, int n_beams)
{
  const int n_ctx = audio_whisper_get_config (decoder->whisper)->n_text_ctx;

  decoder->n_beams = n_beams;
  decoder->live = hypotheses_new (n_beams, n_ctx);
  decoder->next = hypotheses_new (n_beams, n_ctx);
  decoder->finished = hypotheses_new (n_beams, n_ctx);
  decoder->parents = g_new (int, n_beams);
  decoder->step = g_new (int, n_beams);
}

static void
free_beams (AudioDecoder *decoder)
{
  hypotheses_free (decoder->live, decoder->n_beams);
  hypotheses_free (decoder->next, decoder->n_beams);
  hypotheses_free (decoder->finished, decoder->n_beams);
  g_free (decoder->parents);
  g_free (decoder->step);
}

AudioDecoder *
audio_decoder_new (AudioWhisper *whisper, const AudioWhisperVocab *vocab, int n_beams,
                   GError **error)
{
  const int n_ctx = audio_whisper_get_config (whisper)->n_text_ctx;
  AudioWhisperState *state = audio_whisper_state_new (whisper, n_beams, error);
  AudioDecoder *decoder;

  if (state == NULL)
    return NULL;
  decoder = g_new0 (AudioDecoder, 1);
  decoder->whisper = whisper;
  decoder->vocab = vocab;
  decoder->state = state;
  decoder->n_max = n_ctx / 2;
  decoder->prompt = g_new (int, n_ctx);
  for (size_t i = 0; i < G_N_ELEMENTS (decoder->tries); i++)
    decoder->tries[i].tokens = g_new (int, n_ctx);
  decoder->tries[0].sums = g_new (double, n_ctx);
  make_beams (decoder, n_beams);
  return decoder;
}

gboolean
audio_decoder_reserve_beams (AudioDecoder *decoder, int n_beams, GError **error)
{
  if (n_beams <= decoder->n_beams)
    return TRUE;
  if (!audio_whisper_state_reserve_beams (decoder->whisper, decoder->state, n_beams, error))
    return FALSE;
  free_beams (decoder);
  make_beams (decoder, n_beams);
  return TRUE;
}

void
audio_decoder_free (AudioDecoder *decoder)
{
  if (decoder == NULL)
    return;
  audio_whisper_state_free (decoder->state);
  g_free (decoder->prompt);
  for (size_t i = 0; i < G_N_ELEMENTS (decoder->tries); i++)
    g_free (decoder->tries[i].tokens);
  g_free (decoder->tries[0].sums);
  free_beams (decoder);
  g_free (decoder);
}

AudioWhisperState *
audio_decoder_get_state (AudioDecoder *decoder)
{
  return decoder->state;
}

int
audio_decoder_get_n_beams (const AudioDecoder *decoder)
{
  return decoder->n_beams;
}

int
audio_decoder_get_n_steps (const AudioDecoder *decoder)
{
  return decoder->n_steps;
}

int
audio_decoder_detect_language (AudioDecoder *decoder, float *probability)
{
  const AudioWhisperVocab *vocab = decoder->vocab;
  const float *logits;
  float max, sum;
  int best = 0;

  logits = audio_whisper_decode (decoder->whisper, decoder->state, 0, &vocab->sot, 1, 0)
           + vocab->first_language;
  decoder->n_steps++;
  sum = audio_log_sum_exp (logits, vocab->n_languages, &max);
  for (int i = 1; i < vocab->n_languages; i++)
    if (logits[i] > logits[best])
      best = i;
  *probability = expf (logits[best] - sum);
  return vocab->first_language + best;
}

void
audio_decoder_set_prompt (AudioDecoder *decoder, const int *previous, int n_previous, int language,
                          gboolean translate)
{
  const AudioWhisperVocab *vocab = decoder->vocab;
  const int n_ctx = audio_whisper_get_config (decoder->whisper)->n_text_ctx;
  const int n_kept = CLAMP (n_previous, 0, n_ctx / 2 - 1);
  int n = 0;

  if (n_kept > 0) {
    decoder->prompt[n++] = vocab->sot_prev;
    memcpy (decoder->prompt + n, previous + (n_previous - n_kept), (size_t) n_kept * sizeof (int));
    n += n_kept;
  }
  decoder->sot_index = n;
  decoder->prompt[n++] = vocab->sot;
  decoder->prompt[n++] = language;
  decoder->prompt[n++] = translate ? vocab->translate : vocab->transcribe;
  decoder->n_prompt = n;
  decoder->n_max = MIN (n_ctx / 2, n_ctx - n);
}

float *
audio_decoder_start (AudioDecoder *decoder)
{
  const AudioWhisperVocab *vocab = decoder->vocab;
  const int n_head = decoder->sot_index + 1;
  const float *logits;
  float max;

  logits = audio_whisper_decode (decoder->whisper, decoder->state, 0, decoder->prompt, n_head, 0);
  decoder->no_speech_probability =
      expf (logits[vocab->no_speech] - audio_log_sum_exp (logits, vocab->n_vocab, &max));
  decoder->n_steps += decoder->n_prompt;
  return audio_whisper_decode (decoder->whisper, decoder->state, 0, decoder->prompt + n_head,
                               decoder->n_prompt - n_head, n_head);
}

/* PCG32 [O'Neill 2014]: 0 <= result < 1. */
static float
draw (uint64_t *state)
{
  const uint64_t old = *state;
  const uint32_t shifted = (uint32_t) (((old >> 18) ^ old) >> 27);
  const uint32_t turn = (uint32_t) (old >> 59);

  *state = old * 6364136223846793005ULL + 1442695040888963407ULL;
  return (float) (((shifted >> turn) | (shifted << ((32 - turn) & 31))) >> 8) * 0x1p-24f;
}

static int
choose (const float *logits, int n, float temperature, uint64_t *random)
{
  float max;
  double left;
  int last = 0;

  if (temperature <= 0.0f) {
    max = audio_largest (logits, n);
    while (last + 1 < n && logits[last] < max)
      last++;
    return last;
  }
  audio_log_sum_exp (logits, n, &max);
  left = 0.0;
  for (int i = 0; i < n; i++)
    left += (double) expf ((logits[i] - max) / temperature);
  left *= (double) draw (random);
  for (int i = 0; i < n; i++) {
    if (logits[i] == -INFINITY)
      continue;
    last = i;
    left -= (double) expf ((logits[i] - max) / temperature);
    if (left < 0.0)
      break;
  }
  return last;
}

/* The most probable token each time or, with a temperature, a drawn one. */
static void
run_single (AudioDecoder *decoder, float temperature, AudioDecoding *decoding)
{
  const AudioWhisperVocab *vocab = decoder->vocab;
  const NnContext *context = audio_whisper_get_context (decoder->whisper);
  uint64_t random = 0x4d595df4d0f33173ULL + (uint64_t) (temperature * 1000.0f);
  float *logits = audio_decoder_start (decoder);

  decoding->n_tokens = 0;
  decoding->sum_log_probability = 0.0;
  while (!nn_context_is_cancelled (context)) {
    float max;
    int token;

    audio_rules_apply (vocab, decoding->tokens, decoding->n_tokens, logits);
    token = choose (logits, vocab->n_vocab, temperature, &random);
    decoding->sum_log_probability +=
        (double) (logits[token] - audio_log_sum_exp (logits, vocab->n_vocab, &max));
    if (token == vocab->eot)
      break;
    decoding->tokens[decoding->n_tokens++] = token;
    if (decoding->n_tokens == decoder->n_max)
      break;
    logits = audio_whisper_step (decoder->whisper, decoder->state, 1, &token,
                                 decoder->n_prompt + decoding->n_tokens - 1);
    decoder->n_steps++;
  }
}

float
audio_compression_ratio (const char *text)
{
  const size_t n = strlen (text);
  uLongf n_packed = compressBound ((uLong) n);
  g_autofree Bytef *packed = g_malloc (n_packed);

  if (n == 0 || compress (packed, &n_packed, (const Bytef *) text, (uLong) n) != Z_OK)
    return 0.0f;
  return (float) n / (float) n_packed;
}

static void
judge (const AudioDecoder *decoder, float temperature, AudioDecoding *decoding)
{
  g_autofree char *text =
      audio_whisper_vocab_decode (decoder->vocab, decoding->tokens, decoding->n_tokens);

  decoding->mean_log_probability =
      (float) (decoding->sum_log_probability / (decoding->n_tokens + 1));
  decoding->compression_ratio = audio_compression_ratio (g_strstrip (text));
  decoding->no_speech_probability = decoder->no_speech_probability;
  decoding->temperature = temperature;
}

gboolean
audio_text_repeats (const char *text)
{
  return audio_compression_ratio (text) > MAX_COMPRESSION_RATIO;
}

gboolean
audio_decoding_repeats (const AudioDecoding *decoding)
{
  return decoding->compression_ratio > MAX_COMPRESSION_RATIO;
}

static gboolean
is_good (const AudioDecoding *decoding)
{
  const gboolean is_improbable = decoding->mean_log_probability < MIN_MEAN_LOG_PROBABILITY;

  if (is_improbable && decoding->no_speech_probability > MAX_NO_SPEECH)
    return TRUE; /* silence: it is dropped, and trying again would not help */
  return !is_improbable && !audio_decoding_repeats (decoding);
}

/* Rather what is improbable than what repeats itself. */
static gboolean
is_better (const AudioDecoding *a, const AudioDecoding *b)
{
  if (audio_decoding_repeats (a) != audio_decoding_repeats (b))
    return audio_decoding_repeats (b);
  return a->mean_log_probability > b->mean_log_probability;
}

const AudioDecoding *
audio_decoder_run (AudioDecoder *decoder, int beam_size, gboolean can_be_halved)
{
  static const float temperatures[] = { 0.0f, 0.2f, 0.4f, 0.6f, 0.8f, 1.0f };
  AudioDecoding *best = &decoder->tries[0];
  AudioDecoding *other = &decoder->tries[1];
  const NnContext *context = audio_whisper_get_context (decoder->whisper);

  for (size_t i = 0; i < G_N_ELEMENTS (temperatures); i++) {
    AudioDecoding *decoding = i == 0 ? best : other;

    if (i == 0 && beam_size > 1)
      audio_decoder_run_beam (decoder, MIN (beam_size, decoder->n_beams), decoding);
    else
      run_single (decoder, temperatures[i], decoding);
    if (nn_context_is_cancelled (context))
      return decoding;

    judge (decoder, temperatures[i], decoding);
    if (is_good (decoding) || (i == 0 && can_be_halved && audio_decoding_repeats (decoding)))
      return decoding;
    if (i > 0 && is_better (other, best)) {
      other = best;
      best = decoding;
    }
  }
  return best;
}
