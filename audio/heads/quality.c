/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/heads/quality.h"

#include <fftw3.h>
#include <math.h>
#include <string.h>

#include "audio/base/fft.h"
#include "audio/prosody/prosody-private.h"

/* Where a doubt begins: between what clean and what spoiled recordings gave. */
#define SHORT_S 0.6f
#define NOISE_SNR_DB 11.0f
#define CLIPPED_PART 0.003f
#define NARROW_HZ 4600.0f
#define UNVOICED_PART 0.15f

/* The background is sought this far around the stretch as well: a stretch may have no pause. */
#define AROUND_FRAMES 300
#define QUIET 0.1
#define MAX_SNR_DB 60.0f

/* Histogram of the samples' values, each half of the range in steps of 2 %. */
#define N_BINS 50
/* As many values may meet by chance in a second or less. */
#define LEAST_EXCESS 80
/* Softer than this, the steps of 16 bits show. */
#define LEAST_PEAK 0.02f

#define WINDOW 512
#define HOP 256
#define N_BANDS 32
#define BAND_BINS (WINDOW / 2 / N_BANDS)
#define BAND_HZ (AUDIO_RATE_HZ / 2 / N_BANDS)
/* The spectra that a band's edge is taken from: as many of the whole as there is room for. */
#define MAX_SPECTRA 2000
/* A band is heard if its loud moments are within the first of the loudest band's, and the second
 * above its own quiet ones. */
#define BAND_RANGE_DB 55.0f
#define BAND_CHANGE_DB 6.0f

static float
measure_snr (const AudioProsodyTrack *track, const ProsodyStretch *stretch)
{
  size_t from = stretch->first > AROUND_FRAMES ? stretch->first - AROUND_FRAMES : 0;
  size_t to = MIN (stretch->end + AROUND_FRAMES, track->n_frames), n = 0;
  double speech = 0;
  double noise =
      pow (10, 0.1 * (double) prosody_quantile (track->level_db + from, to - from, QUIET));
  for (size_t i = stretch->speech_first; i < stretch->speech_end; i++) {
    if (!stretch->is_speech[i - stretch->first])
      continue;
    speech += (double) track->low[i] + (double) track->high[i];
    n++;
  }
  speech = speech / (double) n - noise;
  if (speech <= 0)
    return 0;
  return CLAMP ((float) (10 * log10 (speech / noise)), 0, MAX_SNR_DB);
}

/* How many of the values in a bin or the two next to it are more than the bins below let expect. */
static double
find_excess (const size_t counts[N_BINS + 2])
{
  double best = 0;
  for (int b = N_BINS / 2; b < N_BINS; b++) {
    double here = 0, below = 0;
    for (int i = 0; i < 3; i++)
      here += (double) counts[MIN (b + i, N_BINS + 1)] * (b + i < N_BINS + 2);
    for (int i = 2; i < 8; i++)
      below += (double) counts[b - i];
    best = MAX (best, here - below / 2);
  }
  return best;
}

/* Clipping makes samples pile up at a value where a voice has ever fewer, in each sign by itself;
 * filters afterwards blur the pile, but leave it. */
static float
measure_clipped (const float *samples, size_t n)
{
  float peaks[2] = { 0 };
  size_t counts[2][N_BINS + 2] = { 0 };
  for (size_t i = 0; i < n; i++)
    peaks[samples[i] < 0] = MAX (peaks[samples[i] < 0], fabsf (samples[i]));
  for (size_t i = 0; i < n; i++) {
    int sign = samples[i] < 0;
    counts[sign][(int) (N_BINS * MIN (fabsf (samples[i]) / MAX (peaks[sign], 1e-9f), 1))]++;
  }
  double excess = 0;
  for (int sign = 0; sign < 2; sign++)
    if (peaks[sign] >= LEAST_PEAK)
      excess += find_excess (counts[sign]);
  return excess >= LEAST_EXCESS ? (float) (excess / (double) n) : 0;
}

/* Of one spectrum, the levels of the bands; every band's levels stand side by side. */
static void
read_bands (const fftwf_complex *spectrum, size_t n_spectra, float *levels)
{
  for (int b = 0; b < N_BANDS; b++) {
    float sum = 1e-12f;
    for (int k = b * BAND_BINS; k < (b + 1) * BAND_BINS; k++)
      sum += spectrum[k][0] * spectrum[k][0] + spectrum[k][1] * spectrum[k][1];
    levels[(size_t) b * n_spectra] = 10 * log10f (sum);
  }
}

static float
find_edge (const float *levels, size_t n_spectra)
{
  float loud[N_BANDS], quiet[N_BANDS], top = -INFINITY;
  int edge = N_BANDS;
  for (int b = 0; b < N_BANDS; b++) {
    loud[b] = prosody_quantile (levels + (size_t) b * n_spectra, n_spectra, 0.95);
    quiet[b] = prosody_quantile (levels + (size_t) b * n_spectra, n_spectra, 0.1);
    top = MAX (top, loud[b]);
  }
  while (edge > 0
         && (loud[edge - 1] < top - BAND_RANGE_DB
             || loud[edge - 1] < quiet[edge - 1] + BAND_CHANGE_DB))
    edge--;
  return (float) (edge * BAND_HZ);
}

static float
measure_edge (const float *samples, size_t n)
{
  if (n < 2 * WINDOW)
    return NAN;
  size_t n_all = (n - WINDOW) / HOP + 1, n_spectra = MIN (n_all, MAX_SPECTRA);
  g_autofree float *levels = g_new (float, N_BANDS *n_spectra);
  fftwf_complex *in = fftwf_alloc_complex (WINDOW), *out = fftwf_alloc_complex (WINDOW);
  fftwf_plan plan = audio_fft_plan (WINDOW, 1, in, out, FFTW_FORWARD);
  for (size_t i = 0; i < n_spectra; i++) {
    const float *from = samples + i * n_all / n_spectra * HOP;
    for (int j = 0; j < WINDOW; j++) {
      in[j][0] = from[j] * (float) (0.5 - 0.5 * cos (2 * G_PI * j / WINDOW));
      in[j][1] = 0;
    }
    fftwf_execute (plan);
    read_bands (out, n_spectra, levels + i);
  }
  audio_fft_free (plan);
  fftwf_free (in);
  fftwf_free (out);
  return find_edge (levels, n_spectra);
}

void
audio_quality_measure (const AudioClip *clip, const AudioProsodyTrack *track, double start_s,
                       double end_s, const GArray *spans, AudioQuality *out)
{
  ProsodyStretch stretch;
  AudioProsody prosody;
  *out = (AudioQuality){ .snr_db = NAN, .clipped = NAN, .band_edge_hz = NAN, .voiced = NAN };
  if (!prosody_stretch_init (&stretch, track, start_s, end_s, spans))
    return;
  audio_prosody_measure (track, start_s, end_s, spans, &prosody);
  size_t first = stretch.speech_first * AUDIO_PITCH_HOP;
  size_t end = MIN (stretch.speech_end * AUDIO_PITCH_HOP, clip->n_samples);
  out->speech_s = prosody.speech_s;
  out->voiced = prosody.voiced;
  out->snr_db = measure_snr (track, &stretch);
  out->clipped = measure_clipped (clip->samples + first, end - first);
  out->band_edge_hz = measure_edge (clip->samples + first, end - first);
  audio_clip_release (clip, first, end);
  prosody_stretch_clear (&stretch);
}

unsigned
audio_quality_get_doubts (const AudioQuality *quality)
{
  unsigned doubts = 0;
  /* A comparison with NAN is false: what cannot be told is no reason by itself. */
  if (quality->speech_s < SHORT_S)
    doubts |= AUDIO_DOUBT_SHORT;
  if (quality->snr_db < NOISE_SNR_DB)
    doubts |= AUDIO_DOUBT_NOISE;
  if (quality->clipped > CLIPPED_PART)
    doubts |= AUDIO_DOUBT_CLIPPED;
  if (quality->band_edge_hz < NARROW_HZ)
    doubts |= AUDIO_DOUBT_NARROW;
  if (quality->voiced < UNVOICED_PART)
    doubts |= AUDIO_DOUBT_UNVOICED;
  return doubts;
}
