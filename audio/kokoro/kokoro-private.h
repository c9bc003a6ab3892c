/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The networks of audio/kokoro/KOKORO.md, stage by stage. Matrices are row-major, a row per symbol
 * or per frame. Private to audio/ and its tests.
 *
 * A stage takes its input and output from the caller and keeps nothing between calls.
 */

#pragma once

#include "audio/kokoro/kokoro.h"
#include "nn/ops/conv.h"
#include "nn/ops/lstm.h"

G_BEGIN_DECLS

enum {
  KOKORO_N_HARMONICS = 9,
  KOKORO_FFT = 20, /* of the short-time spectra, with a Hann window of the same length */
  KOKORO_HOP = 5,
  KOKORO_N_BINS = KOKORO_FFT / 2 + 1,
  KOKORO_CURVE_HOP = AUDIO_KOKORO_FRAME / 2, /* F0 and energy have two values per frame */
  KOKORO_N_LEVELS = 2,                       /* of the generator's upsampling */
  KOKORO_N_BLOCKS = 3,                       /* of a level, side by side */
};

typedef struct {
  int n_symbols;
  int n_positions;
  int n_embedding; /* of ALBERT: 128 */
  int n_bert;      /* 768 */
  int n_bert_wide; /* 2048 */
  int n_bert_heads;
  int n_bert_layers;
  int n_hidden; /* 512; the generator has a half and a quarter of it */
  int n_style;  /* 128 for the timbre, and as many for the prosody */
  int n_durations;
  int n_decoder;  /* 1024 */
  int n_residual; /* 64 */
} KokoroConfig;

/* Adaptive instance norms: the style's gains and offsets. */
typedef struct {
  int n_in;
  int n_out;
  NnLinear *norm1; /* [2 * n_in] */
  NnLinear *norm2; /* [2 * n_out] */
  NnConvWeight *conv1;
  NnConvWeight *conv2;
  NnConvWeight *shortcut;   /* NULL where n_in = n_out */
  const float *pool_weight; /* [3, n_in], NULL where the block does not upsample */
  const float *pool_bias;
} KokoroBlock;

/* A residual block of the generator: pairs of convolutions with dilations 1, 3 and 5. */
typedef struct {
  int n_channels;
  int n_taps;
  struct {
    NnLinear *norm;
    const float *alpha;
    float *inverse_alpha;
    NnConvWeight *conv;
  } parts[3][2];
} KokoroWaveBlock;

typedef struct {
  KokoroBlock blocks[3];
  NnConvWeight *output;
} KokoroCurve;

typedef struct {
  NnLinear *noise;
  KokoroWaveBlock noise_block;
  NnLinear *upsample;
  const float *upsample_bias;
  KokoroWaveBlock blocks[KOKORO_N_BLOCKS];
} KokoroLevel;

typedef struct {
  struct {
    const float *embedding; /* [n_symbols, n_embedding] */
    const float *position;  /* [n_positions, n_embedding] */
    const float *embedding_norm[2];
    NnLinear *projection;
    NnLinear *query_key_value;
    NnLinear *dense;
    const float *attention_norm[2];
    NnLinear *wide;
    NnLinear *narrow;
    const float *output_norm[2];
    NnLinear *output;
  } bert;
  struct {
    const float *embedding; /* [n_symbols, n_hidden] */
    NnConvWeight *conv[3];
    const float *norm[3][2];
    NnLstm *lstm;
  } text;
  struct {
    NnLstm *text_lstm[3];
    NnLinear *text_norm[3];
    NnLstm *lstm;
    NnLinear *duration;
    NnLstm *shared;
    KokoroCurve f0;
    KokoroCurve energy;
  } prosody;
  struct {
    const float *f0; /* [3] */
    const float *f0_bias;
    const float *energy;
    const float *energy_bias;
    NnConvWeight *residual;
    KokoroBlock encode;
    KokoroBlock decode[4];
  } decoder;
  struct {
    const float *source; /* [KOKORO_N_HARMONICS] */
    const float *source_bias;
    KokoroLevel levels[KOKORO_N_LEVELS];
    NnConvWeight *output;
  } generator;
} KokoroWeights;

struct _AudioKokoro {
  NnContext *context;
  NnGguf *gguf;
  KokoroConfig config;
  KokoroWeights weights;
  GHashTable *symbols; /* UTF-8 character to id */
};

gboolean kokoro_load (AudioKokoro *kokoro, GError **error);
void kokoro_free_weights (AudioKokoro *kokoro);

/* Channels as the file pads them: whole blocks of a quantised type. */
static inline int
kokoro_padded (int n_channels)
{
  return (n_channels + 31) / 32 * 32;
}

/* ALBERT over n ids: hidden [n, n_hidden]. FALSE if cancelled, as all of these. */
gboolean kokoro_read (AudioKokoro *kokoro, const int *ids, int n, float *hidden);
/* The text encoder: text [n, n_hidden]. */
gboolean kokoro_encode (AudioKokoro *kokoro, const int *ids, int n, float *text);
/* prosody: the style's second half. features: [n, n_hidden + n_style]; durations: frames of each
 * symbol at speed 1, not yet rounded. */
gboolean kokoro_predict_durations (AudioKokoro *kokoro, const float *hidden, int n,
                                   const float *prosody, float *features, float *durations);
/* features: [n_frames, n_hidden + n_style], those of the symbols repeated. f0 in Hz, energy: two
 * values per frame. */
gboolean kokoro_predict_curves (AudioKokoro *kokoro, const float *features, int n_frames,
                                const float *prosody, float *f0, float *energy);
/* text: [n_frames, n_hidden], repeated; timbre: the style's first half; x: [2 * n_frames,
 * n_hidden]. */
gboolean kokoro_decode (AudioKokoro *kokoro, const float *text, int n_frames, const float *f0,
                        const float *energy, const float *timbre, float *x);
/* The rows of the harmonic source's spectrum: kokoro_source_rows() of 2 * KOKORO_N_BINS,
 * magnitudes, then phases. */
int kokoro_source_rows (int n_frames);
void kokoro_make_source (AudioKokoro *kokoro, const float *f0, int n_frames, float *source);
/* spectra: kokoro_source_rows() rows of log magnitudes and phases, overwritten. Windowed frames
 * overlap and add; the first and the last half window fall away. */
void kokoro_invert (AudioKokoro *kokoro, float *spectra, int n_rows, float *samples);
/* x is overwritten. samples: AUDIO_KOKORO_FRAME * n_frames. */
gboolean kokoro_generate (AudioKokoro *kokoro, float *x, int n_frames, const float *source,
                          const float *timbre, float *samples);

/* A residual block with adaptive norms: x [n, n_in] to y [n or 2 n, n_out]. */
void kokoro_run_block (AudioKokoro *kokoro, const KokoroBlock *block, const float *style,
                       const float *x, int n, float *y);

G_END_DECLS
