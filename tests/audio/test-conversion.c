/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Conversion: envelopes against a reference implementation (tools/goldens/conversion), the choice
 * of frames against a plain one, the filter by what it does to known sounds, and the whole with a
 * small model. */

#include <math.h>

#include "audio/conversion/conversion-private.h"
#include "audio/conversion/voice-maker.h"
#include "tests/audio/made-up-own-voice.h"
#include "tests/audio/tiny-whisper.h"

enum { N_SECONDS = 2, N_24 = N_SECONDS * AUDIO_CONVERSION_RATE };

typedef struct {
  NnContext *context;
  AudioWhisper *whisper;
  AudioWhisperState *state;
  AudioConversion *conversion;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (NnGguf) gguf = tiny_whisper_gguf ();
  g_autoptr (GBytes) bytes = made_up_voice_bytes ("mine", TINY_N_STATE, TRUE);
  AudioVoiceFile *file = audio_voice_file_open_bytes (bytes, "mine", NULL);

  f->context = nn_context_new (2);
  f->whisper = audio_whisper_load_gguf (f->context, gguf, NULL);
  f->state = audio_whisper_state_new (f->whisper, 1, NULL);
  f->conversion = audio_conversion_new (f->whisper, f->state, file, NULL);
  g_assert_nonnull (f->conversion);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  audio_conversion_free (f->conversion);
  audio_whisper_state_free (f->state);
  audio_whisper_free (f->whisper);
  nn_context_free (f->context);
}

/* The signal of tools/goldens/conversion: pulses through two resonances, and a little noise. */
static void
make_vowel (float *samples, int n, int period)
{
  uint32_t state = 5;
  double y[3] = { 0 }, z[3] = { 0 };

  for (int i = 0; i < n; i++) {
    const double x = (i % period == 0) + 0.001 * (double) signal_next (&state);

    y[0] = x + 1.8 * y[1] - 0.9 * y[2];
    z[0] = y[0] + 0.9 * z[1] - 0.8 * z[2];
    samples[i] = (float) (0.01 * z[0]);
    y[2] = y[1];
    y[1] = y[0];
    z[2] = z[1];
    z[1] = z[0];
  }
}

static void
test_envelope (void)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "golden", "audio", "conversion.txt", NULL);
  g_autofree char *text = NULL;
  g_autoptr (AudioEnvelope) envelope = audio_envelope_new ();
  float samples[4000], cepstrum[AUDIO_ENVELOPE_SIZE];

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (int i = 0; lines[i][0] != '\0'; i++) {
    g_auto (GStrv) fields = g_strsplit (lines[i], " ", -1);
    const int period = atoi (fields[0]), centre = atoi (fields[1]);
    double worst = 0;

    make_vowel (samples, G_N_ELEMENTS (samples), period);
    audio_envelope_compute (envelope, samples, G_N_ELEMENTS (samples), (size_t) centre,
                            strtof (fields[2], NULL), cepstrum);
    g_assert_cmpuint (g_strv_length (fields), ==, 3 + AUDIO_ENVELOPE_SIZE);
    for (int n = 0; n < AUDIO_ENVELOPE_SIZE; n++)
      worst = MAX (worst, fabs ((double) cepstrum[n] - g_ascii_strtod (fields[3 + n], NULL)));
    g_test_message ("period %d, centre %d: largest difference %g", period, centre, worst);
    g_assert_cmpfloat (worst, <=, 2e-4);
  }
}

/* Two pitches of one vowel are alike, which their spectra are not. */
static void
test_envelope_without_pitch (void)
{
  g_autoptr (AudioEnvelope) envelope = audio_envelope_new ();
  float samples[2][4000], cepstra[2][AUDIO_ENVELOPE_SIZE];
  double difference = 0, size = 0;

  for (int i = 0; i < 2; i++) {
    const int period = i == 0 ? 100 : 133;
    make_vowel (samples[i], 4000, period);
    audio_envelope_compute (envelope, samples[i], 4000, 2000, 16000.0f / (float) period,
                            cepstra[i]);
  }
  for (int n = 0; n < 20; n++) {
    difference += pow ((double) (cepstra[0][n] - cepstra[1][n]), 2);
    size += pow ((double) cepstra[0][n], 2);
  }
  g_assert_cmpfloat (difference, <, 0.01 * size);
}

/* By sorting all rows. */
static void
choose_plainly (const float *const scores[3], int n, int first, int end, int n_best,
                gboolean *is_best)
{
  g_autofree double *sums = g_new (double, n);

  for (int r = 0; r < n; r++) {
    const float before = scores[0] != NULL && r > 0 ? scores[0][r - 1] : scores[1][r];
    const float after = scores[2] != NULL && r + 1 < n ? scores[2][r + 1] : scores[1][r];

    sums[r] = 0.5 * scores[1][r] + 0.25 * before + 0.25 * after;
  }
  for (int r = 0; r < n; r++) {
    int n_better = 0;

    for (int other = 0; other < n; other++)
      n_better += (other < first || other >= end) && sums[other] > sums[r];
    is_best[r] = (r < first || r >= end) && n_better < n_best;
  }
}

static void
test_choose (void)
{
  enum { N = 90 };
  uint32_t state = 3;

  for (int round = 0; round < 50; round++) {
    float rows[3][N];
    const float *const scores[3] = { round % 5 != 0 ? rows[0] : NULL, rows[1],
                                     round % 7 != 0 ? rows[2] : NULL };
    const int first = round % 3 == 0 ? -50 : round, end = first + 25;
    gboolean is_best[N];
    ConversionBest best;
    float sum = 0;

    made_up_fill (rows[0], 3 * N, 1, &state);
    choose_plainly (scores, N, first, end, 16, is_best);
    conversion_choose (scores, N, first, end, 16, 0.1f, &best);
    g_assert_cmpint (best.n, ==, 16);
    for (int i = 0; i < best.n; i++) {
      g_assert_true (is_best[best.row[i]]);
      is_best[best.row[i]] = FALSE;
      g_assert_true (i == 0 || best.weight[i] <= best.weight[i - 1]);
      sum += best.weight[i];
    }
    g_assert_cmpfloat_with_epsilon (sum, 1, 1e-5);
  }
}

static void
make_noise (float *samples, size_t n)
{
  uint32_t state = 11;

  made_up_fill (samples, n, 0.2f, &state);
}

/* Nothing to change: what comes out is what went in. */
static void
test_filter_keeps (Fixture *f, gconstpointer data)
{
  g_autofree float *samples = g_new (float, N_24);
  g_autofree float *out = g_new (float, N_24);
  g_autofree float *envelopes = g_new0 (float, 100 * CONVERSION_N_ENVELOPES);
  float levels[100] = { 0 };

  make_noise (samples, N_24);
  conversion_filter (f->conversion, samples, N_24, envelopes, levels, 100, out, NULL);
  for (int i = 600; i < N_24 - 600; i++)
    g_assert_cmpfloat_with_epsilon (out[i], samples[i], 1e-3);
}

/* Rows that are louder with the speaker become louder, between rows bit by bit, up to a bound. */
static void
test_filter_levels (Fixture *f, gconstpointer data)
{
  const int row = AUDIO_CONVERSION_RATE / 50;
  g_autofree float *samples = g_new (float, N_24);
  g_autofree float *out = g_new (float, N_24);
  g_autofree float *envelopes = g_new0 (float, 100 * CONVERSION_N_ENVELOPES);
  float levels[100];

  for (int r = 0; r < 100; r++)
    levels[r] = r < 30 ? 0 : r < 60 ? 2 : -50;
  make_noise (samples, N_24);
  conversion_filter (f->conversion, samples, N_24, envelopes, levels, 100, out, NULL);
  for (int i = 31 * row; i < 58 * row; i++)
    g_assert_cmpfloat_with_epsilon (out[i], samples[i] * powf (10, 2.0f * 2 / 20), 1e-3);
  for (int i = 62 * row; i < 98 * row; i++)
    g_assert_cmpfloat_with_epsilon (out[i], samples[i] * powf (10, -8.0f / 20), 1e-3);
}

static double
measure_tone (const float *samples, double hz)
{
  double re = 0, im = 0;

  for (int i = 6000; i < 18000; i++) {
    re += (double) samples[i] * cos (2 * M_PI * hz * i / AUDIO_CONVERSION_RATE);
    im += (double) samples[i] * sin (2 * M_PI * hz * i / AUDIO_CONVERSION_RATE);
  }
  return 10 * log10 (re * re + im * im);
}

/* A slope of the first coefficient: low tones gain on high ones as much as it says. */
static void
test_filter_slopes (Fixture *f, gconstpointer data)
{
  float levels[100] = { 0 };
  const double low_hz = 1000, high_hz = 7000, c = 0.4;
  g_autofree float *samples = g_new (float, N_24);
  g_autofree float *out = g_new (float, N_24);
  g_autofree float *envelopes = g_new0 (float, 100 * CONVERSION_N_ENVELOPES);

  for (int i = 0; i < N_24; i++)
    samples[i] = 0.1f
                 * (float) (sin (2 * M_PI * low_hz * i / AUDIO_CONVERSION_RATE)
                            + sin (2 * M_PI * high_hz * i / AUDIO_CONVERSION_RATE));
  for (int i = 0; i < 100 * AUDIO_VOICE_N_SUB; i++)
    envelopes[i * AUDIO_ENVELOPE_SIZE] = (float) c;
  audio_conversion_set_strength (f->conversion, 1);
  conversion_filter (f->conversion, samples, N_24, envelopes, levels, 100, out, NULL);
  const double wanted =
      20 * c * (cos (M_PI * low_hz / 8000) - cos (M_PI * high_hz / 8000)) * 0.5 * 2 / log (10);
  const double found = (measure_tone (out, low_hz) - measure_tone (out, high_hz))
                       - (measure_tone (samples, low_hz) - measure_tone (samples, high_hz));
  g_test_message ("%.2f dB, expected %.2f dB", found, wanted);
  g_assert_cmpfloat (fabs (found - wanted), <, 0.3);
}

/* Bands of both rates are the same sound's. */
static void
test_bands (Fixture *f, gconstpointer data)
{
  g_autofree ConversionBandSums *wide = g_new0 (ConversionBandSums, 1);
  g_autofree ConversionBandSums *narrow = g_new0 (ConversionBandSums, 1);
  AudioVoiceMoments moments;
  float levels[100] = { 0 };
  g_autofree float *samples = g_new (float, N_24);
  g_autofree float *envelopes = g_new0 (float, 100 * CONVERSION_N_ENVELOPES);
  g_autofree float *sixteen = NULL;
  size_t n;

  make_noise (samples, N_24);
  sixteen = audio_conversion_resample (samples, N_24, &n);
  g_assert_cmpint (abs ((int) n - N_24 * 2 / 3), <=, 2);
  f->conversion->level_db = -20;
  conversion_filter (f->conversion, samples, N_24, envelopes, levels, 100, NULL, wide);
  conversion_measure_reference (sixteen, n, -20, narrow);
  conversion_get_moments (narrow, wide, &moments);
  g_assert_cmpfloat (wide->n, >, 390);
  for (int b = 2; b < AUDIO_VOICE_N_BANDS - 2; b++)
    g_assert_cmpfloat (fabsf (moments.reference.mean[b] - moments.converted.mean[b]), <, 0.7f);
}

/* How much louder the speaker is in what is alike. */
static void
test_levels (Fixture *f, gconstpointer data)
{
  g_autoptr (AudioVoiceFrames) source = made_up_voice_frames (30, TINY_N_STATE, 7);
  g_autofree float *envelopes = g_new (float, 30 * CONVERSION_N_ENVELOPES);
  float levels[30];

  for (int r = 0; r < f->conversion->reference.n; r++)
    f->conversion->reference.properties[2 * r] = 3;
  for (int r = 0; r < f->conversion->calibration.n; r++)
    f->conversion->calibration.properties[2 * r] = -1;
  conversion_match (f->conversion, source, -1, envelopes, levels);
  for (int r = 0; r < 30; r++)
    g_assert_cmpfloat_with_epsilon (levels[r], 4, 1e-5);
}

/* A voice is spoken in at the strength that was found for it. */
static void
test_strength (Fixture *f, gconstpointer data)
{
  g_autoptr (AudioVoiceFrames) reference =
      made_up_voice_frames (MADE_UP_VOICE_ROWS, TINY_N_STATE, 1);
  g_autoptr (AudioVoiceFrames) calibration =
      made_up_voice_frames (MADE_UP_VOICE_ROWS + 9, TINY_N_STATE, 2);
  AudioVoiceFacts facts = made_up_voice_facts ("mine");
  g_autofree float *samples = g_new (float, N_24);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (AudioConversion) conversion = NULL;

  facts.strength = 0.6;
  bytes = audio_voice_file_make (&facts, reference, calibration, NULL);
  conversion = audio_conversion_new (f->whisper, f->state,
                                     audio_voice_file_open_bytes (bytes, "weak", NULL), NULL);
  make_vowel (samples, N_24, 200);
  g_autofree float *strong = g_memdup2 (samples, N_24 * sizeof (float));
  g_autofree float *asked = g_memdup2 (samples, N_24 * sizeof (float));
  g_assert_true (audio_conversion_apply (conversion, samples, N_24, NULL));
  g_assert_true (audio_conversion_apply (f->conversion, strong, N_24, NULL));
  audio_conversion_set_strength (f->conversion, 0.6);
  g_assert_true (audio_conversion_apply (f->conversion, asked, N_24, NULL));
  g_assert_cmpmem (samples, N_24 * sizeof (float), asked, N_24 * sizeof (float));
  g_assert_cmpint (memcmp (samples, strong, N_24 * sizeof (float)), !=, 0);
}

/* The map makes one covariance of another, and is symmetric: it turns nothing that it need not. */
static void
test_transport (void)
{
  enum { N = 5 };
  uint32_t state = 3;
  double a[2][N * N], map[N * N];

  for (int m = 0; m < 2; m++) {
    double x[4 * N][N];

    for (int i = 0; i < 4 * N; i++)
      for (int j = 0; j < N; j++)
        x[i][j] = (double) signal_next (&state) * (j + 1 + m) + (j > 0 ? 0.7 * x[i][j - 1] : 0);
    for (int i = 0; i < N * N; i++) {
      a[m][i] = i % (N + 1) == 0;
      for (int k = 0; k < 4 * N; k++)
        a[m][i] += x[k][i / N] * x[k][i % N];
    }
  }
  conversion_transport (a[0], a[1], N, map);
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      double sum = 0;

      for (int k = 0; k < N; k++)
        for (int l = 0; l < N; l++)
          sum += map[i * N + k] * a[0][k * N + l] * map[j * N + l];
      g_assert_cmpfloat_with_epsilon (sum, a[1][i * N + j], 1e-6);
      g_assert_cmpfloat_with_epsilon (map[i * N + j], map[j * N + i], 1e-9);
    }
  conversion_transport (a[1], a[1], N, map);
  for (int i = 0; i < N * N; i++)
    g_assert_cmpfloat_with_epsilon (map[i], i % (N + 1) == 0, 1e-9);
}

/* From speech to a voice, and a sentence in it; the number of threads changes nothing. */
static void
test_whole (Fixture *f, gconstpointer data)
{
  g_autoptr (AudioVoiceMaker) maker = audio_voice_maker_new (f->whisper, f->state);
  const AudioVoiceFacts facts = made_up_voice_facts ("mine");
  g_autofree float *samples = g_new (float, N_24);
  g_autofree float *speech = g_new (float, 32000);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (AudioConversion) conversion = NULL;

  g_assert_null (audio_voice_maker_make (maker, &facts, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_TOO_SHORT);
  g_clear_error (&error);
  make_vowel (speech, 32000, 120);
  make_vowel (samples, N_24, 200);
  g_assert_true (audio_voice_maker_add_reference (maker, speech, 32000, &error));
  g_assert_true (audio_voice_maker_add_calibration (maker, samples, N_24, &error));
  g_assert_cmpfloat (audio_voice_maker_get_reference_seconds (maker), ==, 2);
  bytes = audio_voice_maker_make (maker, &facts, &error);
  g_assert_no_error (error);
  conversion = audio_conversion_new (f->whisper, f->state,
                                     audio_voice_file_open_bytes (bytes, "a", NULL), &error);
  g_assert_no_error (error);
  g_assert_true (conversion->has_moments);
  g_assert_true (audio_conversion_apply (conversion, samples, N_24, &error));
  for (int i = 0; i < N_24; i++)
    g_assert_true (isfinite (samples[i]) && fabsf (samples[i]) <= 1);
  /* Very little is no reason to fail. */
  g_assert_true (audio_conversion_apply (conversion, samples, 1, &error));

  g_autofree float *before = g_memdup2 (samples, N_24 * sizeof (float));
  atomic_store (&f->context->cancel, true);
  g_assert_false (audio_conversion_apply (conversion, samples, N_24, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED);
  g_assert_cmpmem (before, N_24 * sizeof (float), samples, N_24 * sizeof (float));
}

/* Matched row by row with a calibration that is the reference itself, nothing is left to filter. */
static void
test_brief (Fixture *f, gconstpointer data)
{
  g_autoptr (AudioVoiceMaker) maker = audio_voice_maker_new (f->whisper, f->state);
  const AudioVoiceFacts facts = made_up_voice_facts ("mine");
  g_autofree float *wide = g_new (float, N_24);
  g_autoptr (GError) error = NULL;
  double was = 0, is = 0;
  size_t n;

  make_vowel (wide, N_24, 200);
  g_autofree float *narrow = audio_conversion_resample (wide, N_24, &n);
  g_assert_true (audio_voice_maker_add_reference (maker, narrow, n, &error));
  g_assert_true (audio_voice_maker_add_calibration (maker, wide, N_24, &error));
  g_autoptr (GBytes) bytes = audio_voice_maker_make (maker, &facts, &error);
  g_assert_no_error (error);
  AudioVoiceFile *file = audio_voice_file_open_bytes (bytes, "a", NULL);
  g_autoptr (AudioConversion) conversion =
      audio_conversion_new (f->whisper, f->state, file, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (conversion->recipe.brief, ==, 1);
  const size_t n_values = (size_t) conversion->reference.n * CONVERSION_N_ENVELOPES;
  for (size_t i = 0; i < n_values; i++) {
    was += fabs ((double) conversion->calibration.envelope[i]);
    is += fabs ((double) conversion->reference.envelope[i]);
  }
  /* Three tenths of it are gone. */
  g_assert_cmpfloat_with_epsilon (is / was, 0.7, 0.05);
}

static void
test_other_model (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) bytes = made_up_voice_bytes ("mine", 2 * TINY_N_STATE, FALSE);
  g_autoptr (GError) error = NULL;

  g_assert_null (audio_conversion_new (
      f->whisper, f->state, audio_voice_file_open_bytes (bytes, "a.voice", NULL), &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_assert_nonnull (strstr (error->message, "a.voice: made with another listening model"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/conversion/envelope", test_envelope);
  g_test_add_func ("/conversion/envelope-without-pitch", test_envelope_without_pitch);
  g_test_add_func ("/conversion/choose", test_choose);
  g_test_add_func ("/conversion/transport", test_transport);
#define ADD(name, test) g_test_add ("/conversion/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("filter-keeps", test_filter_keeps);
  ADD ("filter-levels", test_filter_levels);
  ADD ("filter-slopes", test_filter_slopes);
  ADD ("bands", test_bands);
  ADD ("levels", test_levels);
  ADD ("strength", test_strength);
  ADD ("whole", test_whole);
  ADD ("brief", test_brief);
  ADD ("other-model", test_other_model);
  return g_test_run ();
}
