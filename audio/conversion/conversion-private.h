/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The insides of conversion: what is matched, and the filter. Private to audio/ and its tests. */

#pragma once

#include "audio/base/fft.h"
#include "audio/conversion/conversion.h"
#include "audio/conversion/voice-file.h"
#include "nn/ops/linear.h"

G_BEGIN_DECLS

enum {
  CONVERSION_N_BEST = 16,
  CONVERSION_N_ENVELOPES = AUDIO_VOICE_N_SUB * AUDIO_ENVELOPE_SIZE,
  CONVERSION_SPECTRUM = 1536, /* of the transform at 24 kHz; 2 / 3 of it at 16 kHz */
  CONVERSION_N_BINS = CONVERSION_SPECTRUM / 2 + 1,
  CONVERSION_N_MATCHED = CONVERSION_SPECTRUM / 3 + 1, /* bins up to 8 kHz */
  CONVERSION_WINDOW = 480,                            /* samples at 24 kHz: 20 ms, whole hops */
  CONVERSION_HOP = AUDIO_VOICE_HOP * 3 / 2            /* of the transform at 24 kHz: 5 ms */
};

/* The frames of one voice. */
typedef struct {
  int n;
  NnLinear *features; /* [n, n_state] */
  float *envelope;    /* [n, CONVERSION_N_ENVELOPES] */
  float *properties;  /* [n, 2]: level in dB over that of speech, voicing */
} ConversionSet;

/* The rows of a set that go with a row of the source, and how much each counts. */
typedef struct {
  int row[CONVERSION_N_BEST];
  float weight[CONVERSION_N_BEST];
  int n;
} ConversionBest;

/* How it is done; as audio_conversion_load() has it, unless a measurement asks for something else.
 */
typedef struct {
  float strength; /* of the filter: the file's */
  int n_best;     /* at most CONVERSION_N_BEST */
  float temperature;
  int n_cepstrum; /* coefficients of the filter */
  int n_window;   /* samples at 24 kHz */
  float bands;    /* of the correction of the bands, 1 */
  float level;    /* of the difference of levels, 2 */
  float brief;    /* how little of the speaker is known, 0 .. 1; conversion_pair() */
} ConversionRecipe;

struct _AudioConversion {
  NnContext *context;
  AudioVoiceFile *file;
  AudioVoiceAnalyser *analyser;
  ConversionRecipe recipe;
  int n_state;
  ConversionSet reference;
  ConversionSet calibration;
  const float *mean; /* of the calibration's features */
  const float *deviation;
  float level_db; /* of the stock voice's speech */
  gboolean has_moments;
  AudioVoiceMoments moments;
  float *cosines; /* [n_cepstrum][CONVERSION_N_MATCHED] */
  float *bands;   /* [AUDIO_VOICE_N_BANDS][CONVERSION_N_MATCHED]: weights that sum to 1 */
  fftwf_plan forward, backward;
  fftwf_complex *spectrum; /* [CONVERSION_SPECTRUM] */
  float *window;           /* [n_window] */
};

/* Sums over frames of speech, for mean and deviation of each band. */
typedef struct {
  double sum[AUDIO_VOICE_N_BANDS];
  double products[AUDIO_VOICE_N_BANDS][AUDIO_VOICE_N_BANDS]; /* of row <= column */
  double n;
} ConversionBandSums;

/* source: n_rows frames of the stock voice, without envelopes. excluded: -1, or the row of the
 * calibration that the source's first row is: rows near the same one do not count. envelopes:
 * [n_rows, CONVERSION_N_ENVELOPES], the reference's mean envelopes less the calibration's; levels:
 * [n_rows], the same of their levels, in dB over that of each one's speech. */
void conversion_match (AudioConversion *conversion, const AudioVoiceFrames *source, int excluded,
                       float *envelopes, float *levels);
/* Where little of the speaker is known: each row of the reference gets part of the difference to
 * the calibration's rows that are alike to it, so that a row which is matched for want of a better
 * one brings what the two voices differ in there, and not what the two sounds do. */
void conversion_pair (AudioConversion *conversion);
/* The best rows of one set for row t of a block: scores [3][n] are of the rows t - 1, t and t + 1;
 * NULL where there is none. Exposed for tests. */
void conversion_choose (const float *const scores[3], int n, int first_excluded, int end_excluded,
                        int n_best, float temperature, ConversionBest *best);

/* Filters 24 kHz samples with the differences of n_rows rows. out: n_samples, or NULL. sums: what
 * the bands are before they are corrected, or NULL. */
void conversion_filter (AudioConversion *conversion, const float *samples, size_t n_samples,
                        const float *envelopes, const float *levels, int n_rows, float *out,
                        ConversionBandSums *sums);

void conversion_prepare_filter (AudioConversion *conversion);
void conversion_finish_filter (AudioConversion *conversion);

/* samples: 24 kHz, a stretch of the calibration that begins with its row `first_row`: sums of its
 * bands when it is converted by the other frames. */
gboolean conversion_measure (AudioConversion *conversion, const float *samples, size_t n_samples,
                             int first_row, ConversionBandSums *sums, GError **error);
/* 16 kHz samples of the reference, whose speech is as loud as level_db. */
void conversion_measure_reference (const float *samples, size_t n_samples, float level_db,
                                   ConversionBandSums *sums);
/* How the bands of the converted calibration become those of the reference. */
void conversion_get_moments (const ConversionBandSums *reference,
                             const ConversionBandSums *converted, AudioVoiceMoments *moments);
/* The linear map that carries one distribution over into another and moves the least, of Gaussians
 * of covariances `from` and `to`, both positive definite [n, n]: from^-1/2 (from^1/2 to
 * from^1/2)^1/2 from^-1/2. Exposed for tests. */
void conversion_transport (const double *from, const double *to, int n, double *map);

G_END_DECLS
