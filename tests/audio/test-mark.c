/* SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <string.h>

#include "audio/sound/mark.h"

#define RATE 24000

/* Something like speech: syllables of a glottal buzz and of noise, shaped by moving resonances, and
 * pauses. */
static float *
make_speech (GRand *rand, int rate_hz, double seconds, size_t *n)
{
  *n = (size_t) (seconds * rate_hz);
  float *samples = g_new0 (float, *n);
  double phase = 0, states[3][2] = { 0 };

  for (size_t i = 0; i < *n;) {
    double length = g_rand_double_range (rand, 0.08, 0.25) * rate_hz;
    size_t end = MIN (*n, i + (size_t) length);
    double pitch = g_rand_double_range (rand, 90, 220) / rate_hz;
    double voiced = g_rand_double_range (rand, 0, 1) < 0.7 ? 1 : 0.02;
    double level = g_rand_double_range (rand, 0, 1) < 0.15 ? 1e-4 : 0.02, hz[3];

    for (int f = 0; f < 3; f++)
      hz[f] = g_rand_double_range (rand, 400 + 900 * f, 1000 + 1000 * f);
    for (; i < end; i++) {
      phase += pitch;
      double buzz = phase >= 1 ? 4 : 0;
      phase -= floor (phase);
      double source = voiced * buzz + 0.1 * g_rand_double_range (rand, -1, 1);
      for (int f = 0; f < 3; f++) {
        double r = exp (-G_PI * 90 / rate_hz), c = 2 * r * cos (2 * G_PI * hz[f] / rate_hz);
        double out = source + c * states[f][0] - r * r * states[f][1];
        states[f][1] = states[f][0];
        states[f][0] = out;
        samples[i] += (float) (level * out);
      }
    }
  }
  return samples;
}

static void
find (const float *samples, size_t n, int rate_hz, AudioMarkFinding *finding)
{
  g_assert_true (audio_mark_find (samples, n, rate_hz, NULL, finding));
}

static void
assert_found (const float *samples, size_t n, int rate_hz, AudioMarkPayload payload)
{
  g_auto (AudioMarkFinding) finding = { 0 };

  find (samples, n, rate_hz, &finding);
  g_test_message ("score %.2f, threshold %.2f", finding.score, finding.threshold);
  g_assert_true (finding.is_found);
  g_assert_cmpfloat (finding.log10_by_chance, <=, -6);
  g_assert_cmpint (finding.payload, ==, payload);
  g_assert_cmpuint (finding.spans->len, >=, 1);
}

static void
assert_not_found (const float *samples, size_t n)
{
  g_auto (AudioMarkFinding) finding = { 0 };

  find (samples, n, RATE, &finding);
  g_assert_false (finding.is_found);
  g_assert_cmpfloat (finding.score, <, finding.threshold - 1);
  g_assert_true (finding.spans == NULL || finding.spans->len == 0);
}

static void
test_found (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (int payload = 0; payload < AUDIO_MARK_N_PAYLOADS; payload++) {
    size_t n;
    g_autofree float *samples = make_speech (rand, RATE, 6, &n);
    assert_not_found (samples, n);
    audio_mark_add (samples, n, RATE, (AudioMarkPayload) payload);
    assert_found (samples, n, RATE, (AudioMarkPayload) payload);
  }
}

static void
test_rates (void)
{
  static const int rates[] = { 8000, 11025, 16000, 22050, 44100, 48000 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);

  for (size_t i = 0; i < G_N_ELEMENTS (rates); i++) {
    size_t n;
    g_autofree float *samples = make_speech (rand, rates[i], 6, &n);
    audio_mark_add (samples, n, rates[i], AUDIO_MARK_STOCK_VOICE);
    assert_found (samples, n, rates[i], AUDIO_MARK_STOCK_VOICE);
  }
}

/* Cut anywhere, softer, with noise 20 dB below, and so played a little too fast. */
static void
test_spoiled (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  size_t n;
  g_autofree float *samples = make_speech (rand, RATE, 12, &n);
  double power = 0;

  audio_mark_add (samples, n, RATE, AUDIO_MARK_OWN_VOICE);
  for (size_t i = 0; i < n; i++)
    power += (double) (samples[i] * samples[i]) / (double) n;
  for (size_t i = 0; i < n; i++)
    samples[i] =
        0.2f * (samples[i] + (float) (sqrt (3 * power) / 10 * g_rand_double_range (rand, -1, 1)));
  for (int i = 0; i < 2; i++) {
    size_t from = (size_t) g_rand_int_range (rand, 0, (int) (n - 5 * RATE));
    assert_found (samples + from, 5 * RATE, RATE, AUDIO_MARK_OWN_VOICE);
    assert_found (samples + from, 5 * RATE, (int) (RATE * 1.007), AUDIO_MARK_OWN_VOICE);
    assert_found (samples + from, 5 * RATE, (int) (RATE * 0.993), AUDIO_MARK_OWN_VOICE);
  }
}

static void
test_spans (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);
  g_auto (AudioMarkFinding) finding = { 0 };
  size_t n, n_part = 10 * RATE;
  g_autofree float *samples = make_speech (rand, RATE, 40, &n);

  audio_mark_add (samples + n_part, n_part, RATE, AUDIO_MARK_STOCK_VOICE);
  audio_mark_add (samples + 3 * n_part, n_part, RATE, AUDIO_MARK_OWN_VOICE);
  find (samples, n, RATE, &finding);
  g_assert_true (finding.is_found);
  g_assert_cmpuint (finding.spans->len, ==, 2);
  for (guint i = 0; i < 2; i++) {
    const AudioMarkSpan *span = &g_array_index (finding.spans, AudioMarkSpan, i);
    g_test_message ("%.2f to %.2f s, score %.1f", span->start_s, span->end_s, span->score);
    g_assert_cmpfloat_with_epsilon (span->start_s, i == 0 ? 10 : 30, 1);
    g_assert_cmpfloat_with_epsilon (span->end_s, i == 0 ? 20 : 40, 1);
    g_assert_cmpint (span->payload, ==, i == 0 ? AUDIO_MARK_STOCK_VOICE : AUDIO_MARK_OWN_VOICE);
  }
}

/* Whatever the pieces, the same samples, and as many as came. */
static void
test_pieces (void)
{
  static const size_t sizes[] = { 1, 7, 149, 150, 599, 600, 601, 5000 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  size_t n;
  g_autofree float *samples = make_speech (rand, RATE, 0.5, &n);
  g_autofree float *whole = g_memdup2 (samples, n * sizeof (float));
  g_autoptr (AudioMarker) marker = audio_marker_new (RATE, AUDIO_MARK_STOCK_VOICE);

  audio_mark_add (whole, n, RATE, AUDIO_MARK_STOCK_VOICE);
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (float));
    for (size_t done = 0; done < n; done += MIN (sizes[i], n - done))
      audio_marker_push (marker, samples + done, MIN (sizes[i], n - done), out);
    g_assert_cmpuint (out->len, <=, n);
    g_assert_cmpuint (out->len + 1200, >=, n);
    audio_marker_finish (marker, out);
    g_assert_cmpmem (out->data, out->len * sizeof (float), whole, n * sizeof (float));
  }
}

/* 17 dB below the sound, level unchanged, nothing outside of its band, silence kept. */
static void
test_is_soft (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (6);
  size_t n;
  g_autofree float *samples = make_speech (rand, RATE, 3, &n);
  g_autofree float *marked = g_memdup2 (samples, n * sizeof (float));
  double power = 0, marked_power = 0, change = 0;

  audio_mark_add (marked, n, RATE, AUDIO_MARK_STOCK_VOICE);
  for (size_t i = 0; i < n; i++) {
    double d = (double) (marked[i] - samples[i]);
    power += (double) (samples[i] * samples[i]);
    marked_power += (double) (marked[i] * marked[i]);
    change += d * d;
  }
  g_assert_cmpfloat (10 * log10 (power / change), >, 16);
  g_assert_cmpfloat (fabs (10 * log10 (marked_power / power)), <, 0.1);
  for (size_t i = 0; i < n; i++)
    marked[i] = samples[i] = (float) sin (2 * G_PI * 5000 / RATE * (double) i);
  audio_mark_add (marked, n, RATE, AUDIO_MARK_STOCK_VOICE);
  for (size_t i = 600; i < n - 600; i++)
    g_assert_cmpfloat_with_epsilon (marked[i], samples[i], 1e-3f);
  memset (marked, 0, n * sizeof (float));
  audio_mark_add (marked, n, RATE, AUDIO_MARK_STOCK_VOICE);
  for (size_t i = 0; i < n; i++)
    g_assert_cmpfloat (marked[i], ==, 0);
}

/* Nothing, silence, noise, a tone, clicks at the mark's own period. */
static void
test_no_mark (void)
{
  static const size_t lengths[] = { 0, 1, RATE / 2, RATE, 5 * RATE, 8 * RATE };
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  g_autofree float *samples = g_new0 (float, 8 * RATE);

  for (int kind = 0; kind < 4; kind++) {
    for (size_t i = 0; i < 8 * RATE; i++)
      samples[i] = kind == 0   ? 0
                   : kind == 1 ? (float) g_rand_double_range (rand, -0.5, 0.5)
                   : kind == 2 ? (float) sin (2 * G_PI * 440 / RATE * (double) i)
                               : (float) (i % (int) (RATE * AUDIO_MARK_PERIOD_S / 4) == 0);
    for (size_t i = 0; i < G_N_ELEMENTS (lengths); i++)
      assert_not_found (samples, lengths[i]);
  }
}

/* What is left of it is 40 dB below the sound, and not found. */
static void
test_taken_off (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (8);
  size_t n;
  g_autofree float *samples = make_speech (rand, RATE, 6, &n);
  g_autofree float *marked = g_memdup2 (samples, n * sizeof (float));
  double power = 0, change = 0;

  audio_mark_add (marked, n, RATE, AUDIO_MARK_OWN_VOICE);
  audio_mark_take_off (marked, n, RATE, AUDIO_MARK_OWN_VOICE);
  for (size_t i = 0; i < n; i++) {
    power += pow ((double) samples[i], 2);
    change += pow ((double) (marked[i] - samples[i]), 2);
  }
  g_assert_cmpfloat (10 * log10 (power / change), >, 35);
  assert_not_found (marked, n);
}

static void
test_cancel (void)
{
  g_autofree float *samples = g_new0 (float, 6 * RATE);
  atomic_bool cancel = true;
  AudioMarkFinding finding;

  g_assert_false (audio_mark_find (samples, 6 * RATE, RATE, &cancel, &finding));
  g_assert_null (finding.spans);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mark/found", test_found);
  g_test_add_func ("/mark/rates", test_rates);
  g_test_add_func ("/mark/spoiled", test_spoiled);
  g_test_add_func ("/mark/spans", test_spans);
  g_test_add_func ("/mark/pieces", test_pieces);
  g_test_add_func ("/mark/is-soft", test_is_soft);
  g_test_add_func ("/mark/no-mark", test_no_mark);
  g_test_add_func ("/mark/taken-off", test_taken_off);
  g_test_add_func ("/mark/cancel", test_cancel);
  return g_test_run ();
}
