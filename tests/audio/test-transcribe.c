/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The parts of a transcription: rules, searches, pieces, windows, word times, script. */

#include "audio/whisper/transcribe-align.h"
#include "audio/whisper/transcribe-decode.h"
#include "tests/audio/tiny-decoder.h"

#include <math.h>
#include <string.h>

enum { EOT = 100, NO_TIMES = 105, TIME = 106, N_TIMES = 200, N_VOCAB = TIME + N_TIMES };

static const int32_t suppressed[] = { 7, 104 };
static const int32_t suppressed_first[] = { 3, EOT };
static const AudioWhisperVocab vocab = { .n_vocab = N_VOCAB,
                                         .eot = EOT,
                                         .no_timestamps = NO_TIMES,
                                         .timestamp_begin = TIME,
                                         .suppressed = suppressed,
                                         .n_suppressed = G_N_ELEMENTS (suppressed),
                                         .suppressed_first = suppressed_first,
                                         .n_suppressed_first = G_N_ELEMENTS (suppressed_first) };

/* Text is made probable enough that times do not win by their sum, unless `favoured` says so. */
static void
apply (const int *tokens, int n_tokens, int favoured, float *logits)
{
  for (int i = 0; i < N_VOCAB; i++)
    logits[i] = i < TIME ? 20.0f : 0.0f;
  if (favoured >= 0)
    logits[favoured] = 40.0f;
  audio_rules_apply (&vocab, tokens, n_tokens, logits);
}

static void
assert_allowed (const float *logits, int first, int last, gboolean is_allowed)
{
  for (int i = first; i <= last; i++)
    g_assert_true ((logits[i] != -INFINITY) == is_allowed);
}

static void
test_rules_start (void)
{
  float logits[N_VOCAB];

  apply (NULL, 0, -1, logits);
  assert_allowed (logits, 0, TIME - 1, FALSE);
  assert_allowed (logits, TIME, TIME + 50, TRUE);
  assert_allowed (logits, TIME + 51, N_VOCAB - 1, FALSE);

  /* A start is followed by text. */
  apply ((int[]){ TIME + 4 }, 1, -1, logits);
  assert_allowed (logits, 8, EOT, TRUE);
  assert_allowed (logits, TIME, N_VOCAB - 1, FALSE);
  g_assert_true (logits[7] == -INFINITY && logits[104] == -INFINITY
                 && logits[NO_TIMES] == -INFINITY);
}

static void
test_rules_pairs (void)
{
  float logits[N_VOCAB];

  /* Within text: text, or a later time. */
  apply ((int[]){ TIME + 4, 10, 11 }, 3, -1, logits);
  assert_allowed (logits, 8, EOT, TRUE);
  assert_allowed (logits, TIME, TIME + 4, FALSE);
  assert_allowed (logits, TIME + 5, N_VOCAB - 1, TRUE);

  /* After an end: the end of all, or a start that is not before it. */
  apply ((int[]){ TIME + 4, 10, TIME + 9 }, 3, EOT, logits);
  assert_allowed (logits, 0, EOT - 1, FALSE);
  assert_allowed (logits, EOT, EOT, TRUE);
  assert_allowed (logits, TIME, TIME + 8, FALSE);
  assert_allowed (logits, TIME + 9, N_VOCAB - 1, TRUE);

  /* After the pair: text. */
  apply ((int[]){ TIME + 4, 10, TIME + 9, TIME + 9 }, 4, -1, logits);
  assert_allowed (logits, 8, EOT, TRUE);
  assert_allowed (logits, TIME, N_VOCAB - 1, FALSE);

  /* Times that are together more probable than any word leave no words. */
  apply ((int[]){ TIME + 4, 10 }, 2, TIME + 30, logits);
  assert_allowed (logits, 0, TIME - 1, FALSE);
  g_assert_true (logits[TIME + 30] > 0.0f);
}

static void
test_log_sum_exp (void)
{
  float x[1000], max;
  double sum = 0.0;

  tiny_whisper_seeded ("sum", G_N_ELEMENTS (x), 30.0f, 3.0f, x);
  x[17] = -INFINITY;
  for (size_t i = 0; i < G_N_ELEMENTS (x); i++)
    sum += exp ((double) x[i]);
  g_assert_cmpfloat_with_epsilon (audio_log_sum_exp (x, G_N_ELEMENTS (x), &max), log (sum), 1e-4);
  for (size_t i = 0; i < G_N_ELEMENTS (x); i++)
    x[i] = -INFINITY;
  g_assert_true (audio_log_sum_exp (x, G_N_ELEMENTS (x), &max) == -INFINITY);
}

static void
assert_pieces (const int *tokens, int n_tokens, double window_s, const AudioPiece *expected,
               int n_expected, double expected_advance_s)
{
  int copy[32];
  const AudioDecoding decoding = { .tokens = copy, .n_tokens = n_tokens };
  AudioPiece pieces[33];
  double advance_s = -1.0;

  memcpy (copy, tokens, (size_t) n_tokens * sizeof *copy);
  g_assert_cmpint (audio_pieces_cut (&vocab, &decoding, window_s, pieces, &advance_s), ==,
                   n_expected);
  g_assert_cmpfloat_with_epsilon (advance_s, expected_advance_s, 1e-9);
  for (int i = 0; i < n_expected; i++) {
    g_assert_cmpfloat_with_epsilon (pieces[i].start, expected[i].start, 1e-9);
    g_assert_cmpfloat_with_epsilon (pieces[i].end, expected[i].end, 1e-9);
    g_assert_cmpint (pieces[i].first, ==, expected[i].first);
    g_assert_cmpint (pieces[i].n_tokens, ==, expected[i].n_tokens);
  }
}

static void
test_pieces (void)
{
  /* Two whole segments and the window's end. */
  assert_pieces ((int[]){ TIME, 1, 2, TIME + 50, TIME + 60, 3, TIME + 100 }, 7, 2.5,
                 (AudioPiece[]){ { 0.0, 1.0, 0, 4 }, { 1.2, 2.0, 4, 3 } }, 2, 2.5);
  /* The second was cut off: the next window starts where the first ended. */
  assert_pieces ((int[]){ TIME, 1, TIME + 50, TIME + 50, 3, 4 }, 6, 30.0,
                 (AudioPiece[]){ { 0.0, 1.0, 0, 3 } }, 1, 1.0);
  /* One segment with its end, one without, and nothing. */
  assert_pieces ((int[]){ TIME, 1, 2, TIME + 75 }, 4, 2.0, (AudioPiece[]){ { 0.0, 1.5, 0, 4 } }, 1,
                 2.0);
  assert_pieces ((int[]){ TIME, 1, 2 }, 3, 2.0, (AudioPiece[]){ { 0.0, 2.0, 0, 3 } }, 1, 2.0);
  assert_pieces ((int[]){ 0 }, 0, 2.0, NULL, 0, 2.0);
  /* Text before the first time: nothing begins before the window. */
  assert_pieces ((int[]){ 1, 2, TIME + 50, TIME + 60, 3, TIME + 100 }, 6, 2.5,
                 (AudioPiece[]){ { 0.0, 1.0, 0, 3 }, { 1.2, 2.0, 3, 3 } }, 2, 2.5);
}

static void
add_span (GArray *spans, double start_s, double end_s)
{
  const AudioSpan span = { (size_t) (start_s * AUDIO_RATE_HZ), (size_t) (end_s * AUDIO_RATE_HZ) };

  g_array_append_val (spans, span);
}

static size_t
assert_window (const AudioClip *clip, const GArray *spans, size_t position, double start_s,
               double end_s)
{
  AudioSpan window = { 0, 0 };

  g_assert_true (audio_windows_next (clip, spans, position, &window));
  g_assert_cmpfloat_with_epsilon ((double) window.first / AUDIO_RATE_HZ, start_s, 0.1);
  g_assert_cmpfloat_with_epsilon ((double) window.end / AUDIO_RATE_HZ, end_s, 0.1);
  g_assert_cmpuint (window.end - window.first, <=, AUDIO_WINDOW_SAMPLES);
  return window.end;
}

static void
test_windows (void)
{
  const size_t n = (size_t) (120.0 * AUDIO_RATE_HZ);
  g_autofree float *samples = g_new (float, n);
  g_autoptr (AudioClip) clip = NULL;
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (AudioSpan));
  AudioSpan window;
  size_t at;

  tiny_whisper_seeded ("noise", n, 0.5f, 0.0f, samples);
  memset (samples + (size_t) (64.0 * AUDIO_RATE_HZ), 0, (size_t) (0.3 * AUDIO_RATE_HZ) * 4);
  memset (samples + (size_t) (90.0 * AUDIO_RATE_HZ), 0, (size_t) (0.3 * AUDIO_RATE_HZ) * 4);
  clip = audio_clip_new (samples, n);
  add_span (spans, 1.5, 9.0);
  add_span (spans, 10.0, 22.0);   /* a second's pause: the same window */
  add_span (spans, 23.0, 32.0);   /* would make more than 30 s */
  add_span (spans, 40.0, 100.0);  /* too long: cut at the quiet places at 64 and 90 s */
  add_span (spans, 119.0, 130.0); /* past the clip's end */
  at = assert_window (clip, spans, 0, 0.5, 22.5);
  at = assert_window (clip, spans, at, 22.5, 33.0);
  at = assert_window (clip, spans, at, 39.0, 64.15);
  at = assert_window (clip, spans, at, 64.15, 90.15);
  at = assert_window (clip, spans, at, 90.15, 101.0);
  at = assert_window (clip, spans, at, 118.0, 120.0);
  g_assert_false (audio_windows_next (clip, spans, at, &window));

  /* Within a span: from there on; at its very end: from the next. */
  assert_window (clip, spans, 15 * AUDIO_RATE_HZ, 15.0, 33.0);
  assert_window (clip, spans, (size_t) (21.8 * AUDIO_RATE_HZ), 22.0, 33.0);

  /* Nobody looked: 30 s after 30 s. */
  at = assert_window (clip, NULL, 0, 0.0, 30.0);
  at = assert_window (clip, NULL, 100 * AUDIO_RATE_HZ, 100.0, 120.0);
  g_assert_false (audio_windows_next (clip, NULL, at, &window));
}

/* At a pause within the middle third; a short window stays whole. */
static void
test_windows_halve (void)
{
  const size_t n = 30 * AUDIO_RATE_HZ;
  g_autofree float *samples = g_new (float, n);
  g_autoptr (AudioClip) clip = NULL;
  AudioSpan window = { 2 * AUDIO_RATE_HZ, 26 * AUDIO_RATE_HZ };

  tiny_whisper_seeded ("noise", n, 0.5f, 0.0f, samples);
  memset (samples + 4 * AUDIO_RATE_HZ, 0, AUDIO_RATE_HZ * sizeof *samples);
  memset (samples + 16 * AUDIO_RATE_HZ, 0, AUDIO_RATE_HZ / 2 * sizeof *samples);
  clip = audio_clip_new (samples, n);
  g_assert_true (audio_windows_halve (clip, &window));
  g_assert_cmpuint (window.first, ==, 2 * AUDIO_RATE_HZ);
  g_assert_cmpfloat_with_epsilon ((double) window.end / AUDIO_RATE_HZ, 16.25, 0.25);
  window.end = 11 * AUDIO_RATE_HZ;
  g_assert_false (audio_windows_halve (clip, &window));
  g_assert_cmpuint (window.end, ==, 11 * AUDIO_RATE_HZ);
}

/* A text that ends before the people do is gone on with; one that ends with them, or so early that
 * the same would be heard again, is not. */
static void
test_windows_go_on (void)
{
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (AudioSpan));
  const AudioSpan window = { 10 * AUDIO_RATE_HZ, 38 * AUDIO_RATE_HZ };
  const size_t early = 12 * AUDIO_RATE_HZ;

  add_span (spans, 10.5, 13.0);
  add_span (spans, 15.0, 37.0);
  g_assert_cmpfloat_with_epsilon (audio_windows_get_speech (spans, early, window.end), 23.0, 1e-9);
  g_assert_cmpuint (audio_windows_go_on (spans, &window, early, window.end), ==, early);
  g_assert_cmpuint (audio_windows_go_on (spans, &window, 36 * AUDIO_RATE_HZ, window.end), ==,
                    window.end);
  g_assert_cmpuint (audio_windows_go_on (spans, &window, early, 13 * AUDIO_RATE_HZ), ==,
                    13 * AUDIO_RATE_HZ);
  g_assert_cmpuint (audio_windows_go_on (spans, &window, window.first + 100, window.end), ==,
                    window.end);
  g_assert_cmpuint (audio_windows_go_on (NULL, &window, early, window.end), ==, window.end);
}

static int
compare_floats (const void *a, const void *b)
{
  const float x = *(const float *) a;
  const float y = *(const float *) b;

  return (x > y) - (x < y);
}

static void
test_median (void)
{
  float x[40], y[40];

  for (int n = 1; n <= 40; n++) {
    tiny_whisper_seeded ("median", (size_t) n, 1.0f, 0.0f, x);
    audio_median_filter (x, n, y);
    for (int i = 0; i < n; i++) {
      float window[AUDIO_MEDIAN_WIDTH];

      for (int k = 0; k < AUDIO_MEDIAN_WIDTH; k++) {
        int j = ABS (i + k - 3);

        window[k] = x[CLAMP (j >= n ? 2 * (n - 1) - j : j, 0, n - 1)];
      }
      qsort (window, AUDIO_MEDIAN_WIDTH, sizeof *window, compare_floats);
      g_assert_cmpfloat (y[i], ==, n <= 3 ? x[i] : window[3]);
    }
  }
}

static void
test_path (void)
{
  static const int starts[] = { 0, 3, 4, 11, 19 };
  enum { N_ROWS = G_N_ELEMENTS (starts), N_FRAMES = 24 };
  float matrix[N_ROWS * N_FRAMES];
  int jumps[N_ROWS];

  for (int r = 0; r < N_ROWS; r++)
    for (int k = 0; k < N_FRAMES; k++)
      matrix[r * N_FRAMES + k] =
          k >= starts[r] && (r + 1 == N_ROWS || k < starts[r + 1]) ? 1.0f : -1.0f;
  audio_align_path (matrix, N_ROWS, N_FRAMES, jumps);
  for (int r = 0; r < N_ROWS; r++)
    g_assert_cmpint (jumps[r], ==, starts[r]);
}

static void
test_compression (void)
{
  g_autoptr (GString) loop = g_string_new (NULL);

  for (int i = 0; i < 30; i++)
    g_string_append (loop, " and then we go on");
  g_assert_cmpfloat (audio_compression_ratio (loop->str), >, 2.4f);
  g_assert_cmpfloat (audio_compression_ratio ("Ask not what your country can do for you."), <,
                     2.4f);
  g_assert_cmpfloat (audio_compression_ratio (""), ==, 0.0f);
}

static void
test_script (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioScriptConverter) to_traditional =
      audio_script_converter_new (AUDIO_SCRIPT_TRADITIONAL, &error);
  AudioWord words[] = { { .text = g_strdup ("头发") }, { .text = g_strdup ("发展") } };
  AudioSegment segment = { .text = g_strdup ("头发发展"), .words = words, .n_words = 2 };

  g_assert_no_error (error);
  g_assert_null (audio_script_converter_new (AUDIO_SCRIPT_AS_IS, &error));
  g_assert_no_error (error);
  audio_script_converter_apply (to_traditional, &segment);
  g_assert_cmpstr (segment.text, ==, "頭髮發展");
  g_assert_cmpstr (words[0].text, ==, "頭髮");
  g_assert_cmpstr (words[1].text, ==, "發展");

  g_autoptr (AudioScriptConverter) to_simplified =
      audio_script_converter_new (AUDIO_SCRIPT_SIMPLIFIED, &error);
  g_assert_no_error (error);
  audio_script_converter_apply (to_simplified, &segment);
  g_assert_cmpstr (segment.text, ==, "头发发展");
  for (size_t i = 0; i < G_N_ELEMENTS (words); i++)
    g_free (words[i].text);
  g_free (segment.text);
}

static gpointer
recognise_often (gpointer data)
{
  static const struct {
    const char *text;
    AudioScript script;
  } cases[] = {
    { "我們去台灣", AUDIO_SCRIPT_TRADITIONAL },
    { "头发发展", AUDIO_SCRIPT_SIMPLIFIED },
    { "你好", AUDIO_SCRIPT_AS_IS },
    { "Good day.", AUDIO_SCRIPT_AS_IS },
    { "", AUDIO_SCRIPT_AS_IS },
  };

  for (int i = 0; i < 100; i++) {
    const gsize at = (gsize) i % G_N_ELEMENTS (cases);
    AudioScript script;

    g_assert_true (audio_script_recognise (cases[at].text, &script, NULL));
    g_assert_cmpint (script, ==, cases[at].script);
  }
  return data;
}

/* Two threads begin at once. */
static void
test_recognise (void)
{
  GThread *other = g_thread_new ("recognise", recognise_often, NULL);

  recognise_often (NULL);
  g_thread_join (other);
}

typedef TinyDecoder Fixture;

/* Reads the whole text again for each token, with nothing kept, and adds the token's log
 * probability. */
static void
score_next (Fixture *f, AudioWhisperState *state, const int *prompt, int n_prompt,
            const int *tokens, int n_tokens, int token, double *score)
{
  int text[TINY_N_TEXT_CTX];
  float *logits;
  float max;

  memcpy (text, prompt, (size_t) n_prompt * sizeof *text);
  memcpy (text + n_prompt, tokens, (size_t) n_tokens * sizeof *text);
  logits = audio_whisper_decode (f->whisper, state, 0, text, n_prompt + n_tokens, 0);
  audio_rules_apply (f->vocab, tokens, n_tokens, logits);
  *score += (double) (logits[token] - audio_log_sum_exp (logits, TINY_N_VOCAB, &max));
}

static double
score_text (Fixture *f, const int *prompt, int n_prompt, const AudioDecoding *decoding)
{
  AudioWhisperState *state = audio_decoder_get_state (f->decoder);
  double score = 0.0;

  for (int i = 0; i < decoding->n_tokens; i++)
    score_next (f, state, prompt, n_prompt, decoding->tokens, i, decoding->tokens[i], &score);
  if (decoding->n_tokens < TINY_N_TEXT_CTX / 2)
    score_next (f, state, prompt, n_prompt, decoding->tokens, decoding->n_tokens, TINY_EOT, &score);
  return score;
}

/* What a search says of its text is what the network says of it when it is read from the start. */
static void
test_searches (Fixture *f, gconstpointer data)
{
  static const int prompt[] = {
    TINY_SOT_PREV, 11, 12, 13, TINY_SOT, TINY_CHINESE, TINY_TRANSCRIBE
  };
  const int n_prompt = G_N_ELEMENTS (prompt);

  audio_decoder_set_prompt (f->decoder, prompt + 1, 3, TINY_CHINESE, FALSE);
  for (int beam_size = 2; beam_size <= 5; beam_size++) {
    int tokens[TINY_N_TEXT_CTX];
    AudioDecoding decoding = { .tokens = tokens };

    audio_decoder_run_beam (f->decoder, beam_size, &decoding);
    g_assert_cmpint (decoding.n_tokens, >, 0);
    g_assert_cmpfloat_with_epsilon (decoding.sum_log_probability,
                                    score_text (f, prompt, n_prompt, &decoding), 0.05);
  }

  const AudioDecoding *result = audio_decoder_run (f->decoder, 1, FALSE);
  g_assert_cmpfloat_with_epsilon (result->sum_log_probability,
                                  score_text (f, prompt, n_prompt, result), 0.05);
  g_assert_cmpfloat (result->no_speech_probability, >, 0.0f);
  g_assert_cmpfloat (result->no_speech_probability, <, 1.0f);
}

static void
test_deterministic (Fixture *f, gconstpointer data)
{
  int first[TINY_N_TEXT_CTX];
  int n_first;
  const AudioDecoding *result;
  float probability;

  g_assert_cmpint (audio_decoder_detect_language (f->decoder, &probability), >=, TINY_ENGLISH);
  g_assert_cmpfloat (probability, >=, 0.5f);
  g_assert_cmpfloat (probability, <=, 1.0f);
  audio_decoder_set_prompt (f->decoder, NULL, 0, TINY_ENGLISH, FALSE);
  result = audio_decoder_run (f->decoder, 1, FALSE);
  n_first = result->n_tokens;
  memcpy (first, result->tokens, (size_t) n_first * sizeof *first);
  result = audio_decoder_run (f->decoder, 1, FALSE);
  g_assert_cmpmem (result->tokens, (size_t) result->n_tokens * sizeof *first, first,
                   (size_t) n_first * sizeof *first);
}

/* Those who borrowed the state keep it when a later search wants more beams. */
static void
test_more_beams (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioDecoder) decoder = audio_decoder_new (f->whisper, f->vocab, 1, &error);
  AudioWhisperState *state = audio_decoder_get_state (decoder);
  float mel[2 * TINY_N_AUDIO_CTX * TINY_N_MELS];
  int tokens[2][TINY_N_TEXT_CTX];
  AudioDecoding grown = { .tokens = tokens[0] }, made_so = { .tokens = tokens[1] };

  g_assert_true (audio_decoder_reserve_beams (decoder, 5, &error));
  g_assert_no_error (error);
  g_assert_true (audio_decoder_get_state (decoder) == state);
  g_assert_cmpint (audio_whisper_state_get_n_beams (state), ==, 5);
  g_assert_true (audio_decoder_reserve_beams (decoder, 2, &error));
  g_assert_cmpint (audio_decoder_get_n_beams (decoder), ==, 5);

  tiny_whisper_seeded ("mel", G_N_ELEMENTS (mel), 1.0f, 0.0f, mel);
  g_assert_true (audio_whisper_encode (f->whisper, state, mel, 2 * TINY_N_AUDIO_CTX, NULL, NULL));
  audio_decoder_set_prompt (decoder, NULL, 0, TINY_ENGLISH, FALSE);
  audio_decoder_set_prompt (f->decoder, NULL, 0, TINY_ENGLISH, FALSE);
  audio_decoder_run_beam (decoder, 5, &grown);
  audio_decoder_run_beam (f->decoder, 5, &made_so);
  g_assert_cmpmem (grown.tokens, (size_t) grown.n_tokens * sizeof (int), made_so.tokens,
                   (size_t) made_so.n_tokens * sizeof (int));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transcribe/rules/start", test_rules_start);
  g_test_add_func ("/transcribe/rules/pairs", test_rules_pairs);
  g_test_add_func ("/transcribe/log-sum-exp", test_log_sum_exp);
  g_test_add_func ("/transcribe/pieces", test_pieces);
  g_test_add_func ("/transcribe/windows", test_windows);
  g_test_add_func ("/transcribe/windows-halve", test_windows_halve);
  g_test_add_func ("/transcribe/windows-go-on", test_windows_go_on);
  g_test_add_func ("/transcribe/median", test_median);
  g_test_add_func ("/transcribe/path", test_path);
  g_test_add_func ("/transcribe/compression", test_compression);
  g_test_add_func ("/transcribe/script", test_script);
  g_test_add_func ("/transcribe/recognise-script", test_recognise);
  g_test_add ("/transcribe/searches", Fixture, NULL, tiny_decoder_open, test_searches,
              tiny_decoder_close);
  g_test_add ("/transcribe/deterministic", Fixture, NULL, tiny_decoder_open, test_deterministic,
              tiny_decoder_close);
  g_test_add ("/transcribe/more-beams", Fixture, NULL, tiny_decoder_open, test_more_beams,
              tiny_decoder_close);
  return g_test_run ();
}
