/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/whisper/mel.h"

#include <fftw3.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "audio/base/fft.h"

#define WINDOW 400
#define N_BINS (WINDOW / 2 + 1)
/* Frames per block: the power spectrum of a block is kept bin by bin, its frames side by side, so
 * that the filters and the logarithm run over whole vectors. */
#define BLOCK 16
#define RATE_HZ 16000.0
#define SMALLEST_POWER 1e-10f
/* Decades below the loudest value of the window where the spectrogram is cut off. */
#define RANGE 8.0f

typedef struct {
  int first_bin;
  int n_bins;
  int first_weight;
} Band;

struct _AudioMel {
  int n_bands;
  Band *bands;
  float *weights; /* of the bins of each band, one band after the other */
  float window[WINDOW];
  fftwf_plan plan;
  fftwf_complex *frames;   /* [BLOCK / 2, WINDOW]: two frames, as real and imaginary parts */
  fftwf_complex *spectrum; /* [BLOCK / 2, WINDOW] */
  float *power;            /* [N_BINS, BLOCK] */
  float *energy;           /* [n_bands, BLOCK] */
};

/* Slaney's scale: linear below 1000 Hz, logarithmic above. */
static double
mel_to_hz (double mel)
{
  const double first_log_mel = 15.0, hz_per_mel = 200.0 / 3.0;
  if (mel < first_log_mel)
    return mel * hz_per_mel;
  return 1000.0 * exp ((mel - first_log_mel) * log (6.4) / 27.0);
}

static double
hz_to_mel (double hz)
{
  if (hz < 1000.0)
    return hz * 3.0 / 200.0;
  return 15.0 + log (hz / 1000.0) * 27.0 / log (6.4);
}

/* The weight of one FFT bin in a triangle of unit area between three frequencies. */
static double
triangle (int bin, double left, double centre, double right)
{
  double hz = bin * RATE_HZ / WINDOW;
  double rising = (hz - left) / (centre - left), falling = (right - hz) / (right - centre);
  double height = rising < falling ? rising : falling;
  return height > 0 ? height * 2.0 / (right - left) : 0;
}

static void
make_bands (AudioMel *mel)
{
  double top = hz_to_mel (RATE_HZ / 2), step = top / (mel->n_bands + 1);
  int n_weights = 0;
  mel->bands = g_new0 (Band, mel->n_bands);
  /* Neighbouring triangles overlap by half: a bin is in two bands at most. */
  mel->weights = g_new0 (float, 2 * N_BINS);
  for (int b = 0; b < mel->n_bands; b++) {
    double left = mel_to_hz (b * step), centre = mel_to_hz ((b + 1) * step);
    double right = mel_to_hz ((b + 2) * step);
    Band *band = &mel->bands[b];
    band->first_weight = n_weights;
    for (int k = 0; k < N_BINS; k++) {
      double weight = triangle (k, left, centre, right);
      if (weight <= 0)
        continue;
      if (band->n_bins == 0)
        band->first_bin = k;
      band->n_bins++;
      g_assert (n_weights < 2 * N_BINS);
      mel->weights[n_weights++] = (float) weight;
    }
  }
}

AudioMel *
audio_mel_new (int n_bands)
{
  g_assert (n_bands > 0 && n_bands <= 256);
  AudioMel *mel = g_new0 (AudioMel, 1);
  mel->n_bands = n_bands;
  make_bands (mel);
  for (int i = 0; i < WINDOW; i++)
    mel->window[i] = (float) (0.5 - 0.5 * cos (2.0 * G_PI * i / WINDOW));
  mel->frames = fftwf_alloc_complex (BLOCK / 2 * WINDOW);
  mel->spectrum = fftwf_alloc_complex (BLOCK / 2 * WINDOW);
  mel->power = fftwf_alloc_real (N_BINS * BLOCK);
  mel->energy = fftwf_alloc_real ((size_t) n_bands * BLOCK);
  /* Measuring would take 200 ms to win 8 %. */
  mel->plan = audio_fft_plan (WINDOW, BLOCK / 2, mel->frames, mel->spectrum, FFTW_FORWARD);
  return mel;
}

void
audio_mel_free (AudioMel *mel)
{
  if (mel == NULL)
    return;
  audio_fft_free (mel->plan);
  fftwf_free (mel->frames);
  fftwf_free (mel->spectrum);
  fftwf_free (mel->power);
  fftwf_free (mel->energy);
  g_free (mel->weights);
  g_free (mel->bands);
  g_free (mel);
}

int
audio_mel_get_n_bands (const AudioMel *mel)
{
  return mel->n_bands;
}

/* The samples under one window, reflected at both ends of the padded signal of n_total samples; in
 * `edge` where they are not as given. */
static const float *
get_window (const float *samples, ptrdiff_t n_samples, ptrdiff_t n_total, ptrdiff_t frame,
            float edge[WINDOW])
{
  ptrdiff_t first = frame * AUDIO_MEL_HOP - WINDOW / 2;
  if (first >= 0 && first + WINDOW <= n_total && first + WINDOW <= n_samples)
    return samples + first;
  for (int i = 0; i < WINDOW; i++) {
    ptrdiff_t at = first + i < 0 ? -(first + i) : first + i;
    if (at >= n_total)
      at = 2 * (n_total - 1) - at;
    edge[i] = at >= 0 && at < n_samples ? samples[at] : 0;
  }
  return edge;
}

static void
fill_pair (const AudioMel *mel, const float *a, const float *b, fftwf_complex *out)
{
  for (int i = 0; i < WINDOW; i++) {
    out[i][0] = a[i] * mel->window[i];
    out[i][1] = b[i] * mel->window[i];
  }
}

/* Takes the spectra of two real frames a and b out of that of a + ib: with Z(-k) the mirrored bin,
 * A(k) = (Z(k) + conj Z(-k)) / 2 and B(k) = (Z(k) - conj Z(-k)) / 2i. One complex transform of two
 * frames takes half the time of two real ones. */
static void
compute_power (AudioMel *mel)
{
  for (int j = 0; j < BLOCK; j += 2) {
    const fftwf_complex *z = mel->spectrum + j / 2 * WINDOW;
    for (int k = 0; k < N_BINS; k++) {
      int mirrored = k == 0 ? 0 : WINDOW - k;
      float re = z[k][0], im = z[k][1], re_m = z[mirrored][0], im_m = z[mirrored][1];
      float a_re = re + re_m, a_im = im - im_m, b_re = im + im_m, b_im = re_m - re;
      mel->power[k * BLOCK + j] = 0.25f * (a_re * a_re + a_im * a_im);
      mel->power[k * BLOCK + j + 1] = 0.25f * (b_re * b_re + b_im * b_im);
    }
  }
}

static void
apply_band (const AudioMel *mel, const Band *band, float *energy)
{
  float sum[BLOCK] = { 0 };
  for (int k = 0; k < band->n_bins; k++) {
    const float *power = mel->power + (band->first_bin + k) * BLOCK;
    float weight = mel->weights[band->first_weight + k];
    for (int j = 0; j < BLOCK; j++)
      sum[j] += weight * power[j];
  }
  memcpy (energy, sum, sizeof sum);
}

/* log10 of positive normal numbers, to about the last bit of a float: the exponent, and for the
 * mantissa m in sqrt(1/2)..sqrt(2) the series of 2 atanh ((m - 1) / (m + 1)). Without branches or
 * calls, so that compilers make vector code of the loop. */
static void
log10_of_block (float *values)
{
  for (int j = 0; j < BLOCK; j++) {
    float value = values[j] > SMALLEST_POWER ? values[j] : SMALLEST_POWER;
    int32_t bits;
    memcpy (&bits, &value, sizeof bits);
    /* 0x3f3504f3 is sqrt(1/2): the mantissa's range is centred on 1. */
    int32_t exponent = (bits - 0x3f3504f3) >> 23;
    bits -= exponent * (1 << 23);
    float mantissa;
    memcpy (&mantissa, &bits, sizeof mantissa);
    float s = (mantissa - 1.0f) / (mantissa + 1.0f), q = s * s;
    float series = 1.0f + q * (1.0f / 3 + q * (1.0f / 5 + q * (1.0f / 7 + q * (1.0f / 9))));
    values[j] = (float) exponent * 0.301029996f + s * series * 0.868588964f;
  }
}

void
audio_mel_compute (AudioMel *mel, const float *samples, size_t n_samples, int n_frames, float *out)
{
  ptrdiff_t n_total = (ptrdiff_t) n_frames * AUDIO_MEL_HOP;
  float loudest[BLOCK];
  for (int j = 0; j < BLOCK; j++)
    loudest[j] = -INFINITY;
  for (int first = 0; first < n_frames; first += BLOCK) {
    int n = n_frames - first < BLOCK ? n_frames - first : BLOCK;
    for (int j = 0; j < BLOCK; j += 2) {
      float edges[2][WINDOW];
      /* Past the end the last frame is repeated: it cannot raise the maximum. */
      const float *a =
          get_window (samples, (ptrdiff_t) n_samples, n_total, first + MIN (j, n - 1), edges[0]);
      const float *b = get_window (samples, (ptrdiff_t) n_samples, n_total,
                                   first + MIN (j + 1, n - 1), edges[1]);
      fill_pair (mel, a, b, mel->frames + j / 2 * WINDOW);
    }
    fftwf_execute (mel->plan);
    compute_power (mel);
    for (int b = 0; b < mel->n_bands; b++) {
      float *energy = mel->energy + (size_t) b * BLOCK;
      apply_band (mel, &mel->bands[b], energy);
      log10_of_block (energy);
      for (int j = 0; j < BLOCK; j++)
        loudest[j] = energy[j] > loudest[j] ? energy[j] : loudest[j];
    }
    for (int j = 0; j < n; j++)
      for (int b = 0; b < mel->n_bands; b++)
        out[(size_t) (first + j) * mel->n_bands + b] = mel->energy[b * BLOCK + j];
  }
  float floor = -INFINITY;
  for (int j = 0; j < BLOCK; j++)
    floor = loudest[j] - RANGE > floor ? loudest[j] - RANGE : floor;
  for (size_t i = 0; i < (size_t) n_frames * mel->n_bands; i++)
    out[i] = ((out[i] > floor ? out[i] : floor) + 4.0f) / 4.0f;
}

/* The samples under the window around `centre`, with zeros beyond both ends. */
static const float *
get_padded_window (const float *samples, size_t n_samples, size_t centre, float edge[WINDOW])
{
  if (centre >= WINDOW / 2 && centre <= n_samples && n_samples - centre >= WINDOW / 2)
    return samples + centre - WINDOW / 2;
  for (size_t i = 0; i < WINDOW; i++) {
    size_t at = centre + i; /* WINDOW / 2 further than the sample */
    edge[i] = at >= WINDOW / 2 && at - WINDOW / 2 < n_samples ? samples[at - WINDOW / 2] : 0;
  }
  return edge;
}

void
audio_mel_compute_power (AudioMel *mel, const float *samples, size_t n_samples, size_t first,
                         int n_frames, float *out)
{
  float edges[2][WINDOW];
  for (int frame = 0; frame < n_frames; frame += BLOCK) {
    const int n = MIN (n_frames - frame, BLOCK);
    for (int j = 0; j < BLOCK; j += 2) {
      const size_t a = first + (size_t) (frame + MIN (j, n - 1)) * AUDIO_MEL_HOP;
      const size_t b = first + (size_t) (frame + MIN (j + 1, n - 1)) * AUDIO_MEL_HOP;
      fill_pair (mel, get_padded_window (samples, n_samples, a, edges[0]),
                 get_padded_window (samples, n_samples, b, edges[1]), mel->frames + j / 2 * WINDOW);
    }
    fftwf_execute (mel->plan);
    compute_power (mel);
    for (int b = 0; b < mel->n_bands; b++) {
      float energy[BLOCK];
      apply_band (mel, &mel->bands[b], energy);
      for (int j = 0; j < n; j++)
        out[(size_t) (frame + j) * mel->n_bands + b] = energy[j];
    }
  }
}
