/* SPDX-License-Identifier: GPL-3.0-or-later */

#include <math.h>
#include <string.h>

#include "audio/conversion/conversion-private.h"

#define MAX_GAIN_DB 20.0f
#define MAX_BAND_DB 25.0f
#define MAX_LEVEL_DB 8.0f
#define BIN_HZ ((float) AUDIO_CONVERSION_RATE / CONVERSION_SPECTRUM)
/* Of full scale: what a band holds that holds nothing. */
#define LEAST_POWER 1e-12f
/* Frames count as speech down to here below its level. */
#define SPEECH_RANGE_DB 30.0f
/* Bins from here to 8 kHz give the gain of what lies above. */
#define FIRST_TOP_BIN 448
#define DB_PER_NEPER 4.3429448f /* of power */

static float
mel_from_hz (float hz)
{
  return 2595.0f * log10f (1.0f + hz / 700.0f);
}

/* Triangles from 50 Hz to 8 kHz, each of at least a bin. */
static float *
make_bands (void)
{
  float *bands = g_new0 (float, AUDIO_VOICE_N_BANDS *CONVERSION_N_MATCHED);
  const float low = mel_from_hz (50), high = mel_from_hz (8000);
  const float step = (high - low) / (AUDIO_VOICE_N_BANDS + 1);

  for (int b = 0; b < AUDIO_VOICE_N_BANDS; b++) {
    float *band = bands + b * CONVERSION_N_MATCHED;
    float sum = 0;

    for (int k = 0; k < CONVERSION_N_MATCHED; k++) {
      const float at = (mel_from_hz ((float) k * BIN_HZ) - low) / step - (float) (b + 1);
      band[k] = MAX (1 - fabsf (at), 0.0f);
      sum += band[k];
    }
    if (sum < 0.5f) {
      const float centre = 700.0f * (powf (10, (low + step * (float) (b + 1)) / 2595.0f) - 1);
      band[(int) lrintf (centre / BIN_HZ)] += 1;
      sum += 1;
    }
    for (int k = 0; k < CONVERSION_N_MATCHED; k++)
      band[k] /= sum;
  }
  return bands;
}

static float *
make_window (int n)
{
  float *window = g_new (float, n);

  for (int i = 0; i < n; i++)
    window[i] = sinf ((float) M_PI * ((float) i + 0.5f) / (float) n); /* the root of Hann's */
  return window;
}

void
conversion_prepare_filter (AudioConversion *conversion)
{
  const int n_cepstrum = conversion->recipe.n_cepstrum;

  conversion->spectrum = fftwf_alloc_complex (CONVERSION_SPECTRUM);
  conversion->forward = audio_fft_plan (CONVERSION_SPECTRUM, 1, conversion->spectrum,
                                        conversion->spectrum, FFTW_FORWARD);
  conversion->backward = audio_fft_plan (CONVERSION_SPECTRUM, 1, conversion->spectrum,
                                         conversion->spectrum, FFTW_BACKWARD);
  conversion->window = make_window (conversion->recipe.n_window);
  conversion->bands = make_bands ();
  conversion->cosines = g_new (float, n_cepstrum *CONVERSION_N_MATCHED);
  for (int n = 0; n < n_cepstrum; n++)
    for (int k = 0; k < CONVERSION_N_MATCHED; k++)
      conversion->cosines[n * CONVERSION_N_MATCHED + k] =
          2 * (float) cos (M_PI * (n + 1) * k / (CONVERSION_N_MATCHED - 1));
}

void
conversion_finish_filter (AudioConversion *conversion)
{
  audio_fft_free (conversion->forward);
  audio_fft_free (conversion->backward);
  fftwf_free (conversion->spectrum);
  g_free (conversion->window);
  g_free (conversion->bands);
  g_free (conversion->cosines);
}

/* The bins up to 8 kHz of a windowed frame, as power. `size` samples of the transform. */
static void
measure_power (const fftwf_complex *x, float scale, float *power)
{
  for (int k = 0; k < CONVERSION_N_MATCHED; k++)
    power[k] = scale * (x[k][0] * x[k][0] + x[k][1] * x[k][1]);
}

/* The gains of a difference of envelopes, for power, that change the frame's by level_db. */
static void
fill_gains (const AudioConversion *conversion, const float *envelope, float level_db,
            const float *power, float *gains)
{
  const float most = MAX_GAIN_DB / DB_PER_NEPER;
  double before = 0, after = 0;

  memset (gains, 0, CONVERSION_N_MATCHED * sizeof *gains);
  for (int n = 0; n < conversion->recipe.n_cepstrum; n++) {
    const float *cosine = conversion->cosines + n * CONVERSION_N_MATCHED;
    const float c = conversion->recipe.strength * envelope[n];

    for (int k = 0; k < CONVERSION_N_MATCHED; k++)
      gains[k] += c * cosine[k];
  }
  for (int k = 0; k < CONVERSION_N_MATCHED; k++) {
    gains[k] = expf (CLAMP (gains[k], -most, most));
    before += (double) power[k];
    after += (double) (gains[k] * power[k]);
  }
  const float kept = (after > 0 ? (float) (before / after) : 1) * expf (level_db / DB_PER_NEPER);
  for (int k = 0; k < CONVERSION_N_MATCHED; k++)
    gains[k] *= kept;
}

static void
measure_bands (const float *bands, const float *gains, const float *power, float level_db,
               float *db)
{
  for (int b = 0; b < AUDIO_VOICE_N_BANDS; b++) {
    const float *band = bands + b * CONVERSION_N_MATCHED;
    float sum = 0;

    for (int k = 0; k < CONVERSION_N_MATCHED; k++)
      sum += band[k] * (gains != NULL ? gains[k] * power[k] : power[k]);
    db[b] = 10 * log10f (sum + LEAST_POWER) - level_db;
  }
}

static void
add_sums (ConversionBandSums *sums, const float *db)
{
  for (int b = 0; b < AUDIO_VOICE_N_BANDS; b++) {
    sums->sum[b] += (double) db[b];
    for (int other = b; other < AUDIO_VOICE_N_BANDS; other++)
      sums->products[b][other] += (double) db[b] * (double) db[other];
  }
  sums->n++;
}

/* What the bands have too much or too little, as gains of the bins between their centres. */
static void
correct_bands (const AudioConversion *conversion, const float *db, float *gains)
{
  const AudioVoiceMoments *moments = &conversion->moments;
  const float low = mel_from_hz (50);
  const float step = (mel_from_hz (8000) - low) / (AUDIO_VOICE_N_BANDS + 1);
  float off[AUDIO_VOICE_N_BANDS], change[AUDIO_VOICE_N_BANDS];

  for (int b = 0; b < AUDIO_VOICE_N_BANDS; b++)
    off[b] = db[b] - moments->converted.mean[b];
  for (int b = 0; b < AUDIO_VOICE_N_BANDS; b++) {
    float wanted = moments->reference.mean[b];

    for (int other = 0; other < AUDIO_VOICE_N_BANDS; other++)
      wanted += moments->map[b][other] * off[other];
    change[b] = conversion->recipe.bands * CLAMP (wanted - db[b], -MAX_BAND_DB, MAX_BAND_DB);
  }
  for (int k = 0; k < CONVERSION_N_MATCHED; k++) {
    const float at = (mel_from_hz ((float) k * BIN_HZ) - low) / step - 1;
    const float bounded = CLAMP (at, 0.0f, (float) (AUDIO_VOICE_N_BANDS - 1));
    const int b = MIN ((int) bounded, AUDIO_VOICE_N_BANDS - 2);
    const float part = bounded - (float) b;

    gains[k] *= expf (((1 - part) * change[b] + part * change[b + 1]) / DB_PER_NEPER);
  }
}

/* Loads a frame around `centre`; returns its power in dB. */
static float
load_frame (fftwf_complex *x, int size, const float *window, int n_window, const float *samples,
            size_t n_samples, size_t centre)
{
  double energy = 0, weights = 0;

  memset (x, 0, sizeof (fftwf_complex) * (size_t) size);
  for (int i = 0; i < n_window; i++) {
    const size_t at = centre + (size_t) i - (size_t) (n_window / 2);

    weights += (double) (window[i] * window[i]);
    if (centre + (size_t) i < (size_t) (n_window / 2) || at >= n_samples)
      continue;
    x[i][0] = window[i] * samples[at];
    energy += (double) (x[i][0] * x[i][0]);
  }
  return (float) (10 * log10 (energy / weights + 1e-20));
}

/* The filtered frame, at the place that it came from. */
static void
add_frame (AudioConversion *conversion, const float *gains, size_t centre, float *out,
           size_t n_samples)
{
  fftwf_complex *x = conversion->spectrum;
  const int n_window = conversion->recipe.n_window;
  /* The windows' squares overlap to n_window / 2 per hop. */
  const float scale = 2.0f * CONVERSION_HOP / ((float) n_window * CONVERSION_SPECTRUM);
  double top = 0;

  for (int k = FIRST_TOP_BIN; k < CONVERSION_N_MATCHED; k++)
    top += log ((double) gains[k]);
  const float above = (float) exp (0.5 * top / (CONVERSION_N_MATCHED - FIRST_TOP_BIN));
  for (int k = 0; k < CONVERSION_N_BINS; k++) {
    const float gain = scale * (k < CONVERSION_N_MATCHED ? sqrtf (gains[k]) : above);

    x[k][0] *= gain;
    x[k][1] *= gain;
    if (k > 0 && k < CONVERSION_N_BINS - 1) {
      x[CONVERSION_SPECTRUM - k][0] = x[k][0];
      x[CONVERSION_SPECTRUM - k][1] = -x[k][1];
    }
  }
  fftwf_execute (conversion->backward);
  for (int i = 0; i < n_window; i++) {
    const size_t at = centre + (size_t) i - (size_t) (n_window / 2);

    if (centre + (size_t) i >= (size_t) (n_window / 2) && at < n_samples)
      out[at] += conversion->window[i] * x[i][0];
  }
}

/* What the matched rows differ in by level at frame f, between rows linear. */
static float
get_level (const AudioConversion *conversion, const float *levels, int n_rows, size_t f)
{
  const size_t row = MIN (f / AUDIO_VOICE_N_SUB, (size_t) n_rows - 1);
  const float part = (float) (f % AUDIO_VOICE_N_SUB) / AUDIO_VOICE_N_SUB;
  const float next = levels[MIN (row + 1, (size_t) n_rows - 1)];
  const float level = levels[row] + part * (next - levels[row]);

  return CLAMP (conversion->recipe.level * level, -MAX_LEVEL_DB, MAX_LEVEL_DB);
}

void
conversion_filter (AudioConversion *conversion, const float *samples, size_t n_samples,
                   const float *envelopes, const float *levels, int n_rows, float *out,
                   ConversionBandSums *sums)
{
  const int n_window = conversion->recipe.n_window;
  const size_t n_frames = n_samples / CONVERSION_HOP + 1;
  const size_t n_subs = (size_t) n_rows * AUDIO_VOICE_N_SUB;
  /* Power per sample of the window, which both rates have in common. */
  const float scale = 2.0f / ((float) n_window * (float) n_window);
  float power[CONVERSION_N_MATCHED], gains[CONVERSION_N_MATCHED], db[AUDIO_VOICE_N_BANDS];

  if (out != NULL)
    memset (out, 0, n_samples * sizeof *out);
  for (size_t f = 0; f < n_frames; f++) {
    const size_t sub = MIN (f + AUDIO_VOICE_N_SUB / 2, n_subs - 1);
    const float level = load_frame (conversion->spectrum, CONVERSION_SPECTRUM, conversion->window,
                                    n_window, samples, n_samples, f * CONVERSION_HOP);

    fftwf_execute (conversion->forward);
    measure_power (conversion->spectrum, scale, power);
    fill_gains (conversion, envelopes + sub * AUDIO_ENVELOPE_SIZE,
                get_level (conversion, levels, n_rows, f), power, gains);
    measure_bands (conversion->bands, gains, power, conversion->level_db, db);
    if (sums != NULL && level > conversion->level_db - SPEECH_RANGE_DB)
      add_sums (sums, db);
    if (out == NULL)
      continue;
    if (conversion->has_moments)
      correct_bands (conversion, db, gains);
    add_frame (conversion, gains, f * CONVERSION_HOP, out, n_samples);
  }
}

void
conversion_measure_reference (const float *samples, size_t n_samples, float level_db,
                              ConversionBandSums *sums)
{
  const int size = CONVERSION_SPECTRUM * 2 / 3, n_window = CONVERSION_WINDOW * 2 / 3;
  g_autofree float *window = make_window (n_window);
  g_autofree float *bands = make_bands ();
  fftwf_complex *x = fftwf_alloc_complex ((size_t) size);
  fftwf_plan plan = audio_fft_plan (size, 1, x, x, FFTW_FORWARD);
  const float scale = 2.0f / ((float) n_window * (float) n_window);
  float power[CONVERSION_N_MATCHED], db[AUDIO_VOICE_N_BANDS];

  for (size_t centre = 0; centre < n_samples; centre += AUDIO_VOICE_HOP) {
    if (load_frame (x, size, window, n_window, samples, n_samples, centre)
        <= level_db - SPEECH_RANGE_DB)
      continue;
    fftwf_execute (plan);
    measure_power (x, scale, power);
    measure_bands (bands, NULL, power, level_db, db);
    add_sums (sums, db);
  }
  audio_fft_free (plan);
  fftwf_free (x);
}
