/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Segments that are searched again for another wording. */

#include <string.h>

#include "audio/whisper/transcribe-decode.h"
#include "tests/audio/tiny-decoder.h"

typedef TinyDecoder Fixture;

/* The log probability of a token behind the prompt and the tokens, read from the start. */
static double
score_next (Fixture *f, const int *prompt, int n_prompt, const int *tokens, int n_tokens, int token)
{
  int text[TINY_N_TEXT_CTX];
  float *logits;
  float max;

  memcpy (text, prompt, (size_t) n_prompt * sizeof *text);
  memcpy (text + n_prompt, tokens, (size_t) n_tokens * sizeof *text);
  logits = audio_whisper_decode (f->whisper, audio_decoder_get_state (f->decoder), 0, text,
                                 n_prompt + n_tokens, 0);
  audio_rules_apply (f->vocab, tokens, n_tokens, logits);
  return (double) (logits[token] - audio_log_sum_exp (logits, TINY_N_VOCAB, &max));
}

typedef struct {
  char *text; /* of the last alternative, which is taken */
  int n_asked;
} Chooser;

static int
take_last (const AudioAlternative *alternatives, int n, gpointer user_data)
{
  Chooser *chooser = user_data;

  g_assert_cmpint (n, >, 1);
  for (int i = 2; i < n; i++)
    g_assert_cmpfloat (alternatives[i].log_probability, <=, alternatives[i - 1].log_probability);
  for (int i = 1; i < n; i++)
    g_assert_cmpstr (alternatives[i].text, !=, alternatives[0].text);
  g_free (chooser->text);
  chooser->text = g_strdup (alternatives[n - 1].text);
  chooser->n_asked++;
  return n - 1;
}

static int
take_first (const AudioAlternative *alternatives, int n, gpointer user_data)
{
  return 0;
}

/* Puts a text that a beam finds between two times, as if it had been decoded so. */
static AudioDecoding *
write_segment (Fixture *f, double log_probability)
{
  const int prefix[] = { TINY_TIMESTAMP_BEGIN };
  AudioDecoding *decoding = &f->decoder->tries[0];
  const AudioHypothesis *h = &f->decoder->finished[0];

  audio_decoder_set_prompt (f->decoder, NULL, 0, TINY_ENGLISH, FALSE);
  g_assert_cmpint (audio_decoder_find_texts (f->decoder, 5, prefix, 1, 0), >, 1);
  decoding->n_tokens = h->n_tokens + 2;
  memcpy (decoding->tokens, h->tokens, (size_t) h->n_tokens * sizeof (int));
  decoding->tokens[h->n_tokens] = TINY_TIMESTAMP_BEGIN + 2;
  decoding->tokens[h->n_tokens + 1] = TINY_TIMESTAMP_BEGIN + 2;
  for (int i = 0; i < decoding->n_tokens; i++)
    decoding->sums[i] = log_probability * (i + 1);
  decoding->sum_log_probability = log_probability * decoding->n_tokens;
  return decoding;
}

/* Who takes another text gets it, between the same times; who takes the first changes nothing, and
 * where there is no doubt nobody is asked. */
static void
test_reword (Fixture *f, gconstpointer data)
{
  Chooser chooser = { 0 };
  AudioDecoding *decoding = write_segment (f, -0.001);
  const double sum = decoding->sum_log_probability;
  g_autofree char *written =
      audio_whisper_vocab_decode (f->vocab, decoding->tokens, decoding->n_tokens);
  g_autofree char *kept = NULL;
  g_autofree char *reworded = NULL;

  audio_decoder_reword (f->decoder, 5, 1, take_last, &chooser);
  g_assert_cmpint (chooser.n_asked, ==, 0);
  decoding = write_segment (f, -1);
  audio_decoder_reword (f->decoder, 5, 1, take_first, NULL);
  kept = audio_whisper_vocab_decode (f->vocab, decoding->tokens, decoding->n_tokens);
  g_assert_cmpstr (kept, ==, written);
  g_assert_cmpfloat (decoding->sum_log_probability, ==, 1000 * sum);

  audio_decoder_reword (f->decoder, 5, 1, take_last, &chooser);
  g_assert_cmpint (chooser.n_asked, ==, 1);
  reworded = audio_whisper_vocab_decode (f->vocab, decoding->tokens, decoding->n_tokens);
  g_assert_cmpstr (reworded, !=, written);
  g_assert_cmpstr (reworded, ==, chooser.text);
  g_assert_cmpint (decoding->tokens[0], ==, TINY_TIMESTAMP_BEGIN);
  g_assert_cmpint (decoding->tokens[decoding->n_tokens - 2], ==, TINY_TIMESTAMP_BEGIN + 2);
  g_assert_cmpint (decoding->tokens[decoding->n_tokens - 1], ==, TINY_TIMESTAMP_BEGIN + 2);
  g_assert_cmpfloat (decoding->sum_log_probability, !=, 1000 * sum);
  g_assert_cmpfloat_with_epsilon (decoding->sums[decoding->n_tokens - 1],
                                  decoding->sum_log_probability, 1e-6);
  g_free (chooser.text);
}

/* What is found for a segment is what the network says of it behind the prefix. */
static void
test_find_texts (Fixture *f, gconstpointer data)
{
  const int prompt[] = { TINY_SOT, TINY_ENGLISH, TINY_TRANSCRIBE };
  const int prefix[] = { TINY_TIMESTAMP_BEGIN };
  int n;

  audio_decoder_set_prompt (f->decoder, NULL, 0, TINY_ENGLISH, FALSE);
  n = audio_decoder_find_texts (f->decoder, 4, prefix, 1, 0);
  g_assert_cmpint (n, >, 1);
  for (int i = 0; i < n; i++) {
    const AudioHypothesis *h = &f->decoder->finished[i];
    double sum = 0;

    g_assert_cmpint (h->tokens[0], ==, TINY_TIMESTAMP_BEGIN);
    g_assert_cmpint (h->n_tokens, >, 1);
    for (int k = 1; k < h->n_tokens; k++) {
      g_assert_cmpint (h->tokens[k], <, TINY_TIMESTAMP_BEGIN);
      sum += score_next (f, prompt, G_N_ELEMENTS (prompt), h->tokens, k, h->tokens[k]);
      g_assert_cmpfloat_with_epsilon (h->sums[k], sum, 0.05);
    }
    g_assert_cmpfloat (h->score, <, h->sums[h->n_tokens - 1]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/rewording/reword", Fixture, NULL, tiny_decoder_open, test_reword,
              tiny_decoder_close);
  g_test_add ("/rewording/find-texts", Fixture, NULL, tiny_decoder_open, test_find_texts,
              tiny_decoder_close);
  return g_test_run ();
}
