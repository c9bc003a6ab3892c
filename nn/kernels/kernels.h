/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Kernels per instruction set, as const tables of function pointers chosen once.
 *
 * A weight is packed (nn/kernels/pack.h) into tiles of 16 output rows: one vector register holds
 * the same step of 16 rows, so a product needs no sums across lanes, and a tile is read front to
 * back. The other operand is a panel: `width` tokens side by side, so that one weight register
 * serves all of them. A product writes out[tile][token][16]. All tables read the same layouts and
 * give the same integers; their float results differ in the last bits only.
 *
 * Kernels are pure functions over their arguments: no allocation, no threads, no glib.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Rows of a tile, and tokens of the widest panels. */
enum { NN_TILE = 16, NN_PANEL_FLOAT = 12, NN_PANEL_INT = 8 };

/* How the tiles of a weight are laid out. "[k / 4][16][4]" is the order of an integer dot product:
 * four consecutive values of row 0, then of row 1, ... All numbers are little-endian. */
typedef enum {
  NN_PACK_F32,  /* [n_in][16] of float */
  NN_PACK_F16,  /* the same of half precision */
  NN_PACK_BF16, /* the same of bfloat16 */
  NN_PACK_Q4K,  /* records of 256 values: see NnRecordQ4K */
  NN_PACK_Q5K,  /* records of 256 values: see NnRecordQ5K */
  NN_PACK_Q6K,  /* records of 256 values: see NnRecordQ6K */
  NN_PACK_U4,   /* blocks of 32 as in NnRecordQ4K.codes; f16 scales [n_in / 32][16]; f16 minima */
  NN_PACK_U8,   /* codes [n_in / 4][16][4]; f16 scales [n_in / 32][16]; f16 minima the same */
  NN_PACK_U8K,  /* codes as U8; float scales [n_in / sub_block][16]; float minima the same */
  NN_PACK_COUNT
} NnPackFormat;

/* w = d * scale * code - dmin * min. Sub-block j has codes[j]: 64 bytes per step of 4 values, of
 * which the low nibbles are values 4 i .. 4 i + 3 and the high ones 16 + 4 i .. */
typedef struct {
  uint8_t codes[8][4][64];
  uint8_t scales[8][16];
  uint8_t mins[4][16][2]; /* of sub-blocks 2 i and 2 i + 1 */
  uint16_t d[16];
  uint16_t dmin[16];
} NnRecordQ4K;

/* The same with codes of 5 bits: the uppermost one of step i (values 4 i .. 4 i + 3) of sub-block j
 * is bit i of high[j]. */
typedef struct {
  NnRecordQ4K four;
  uint8_t high[8][64];
} NnRecordQ5K;

/* w = d * scale * (code - 32). Of each 64 values, step i (4 values) has its low nibbles in low[i %
 * 8], low half for i < 8, and its upper two bits at 2 * (i / 4) of high[i % 4]. */
typedef struct {
  struct {
    uint8_t low[8][64];
    uint8_t high[4][64];
  } parts[4];
  int8_t scales[16][16]; /* of each 16 values */
  uint16_t d[16];
  uint8_t padding[32];
} NnRecordQ6K;

/* A packed weight; the bytes are a multiple of 64 per tile and aligned to 64. For U4, U8 and U8K:
 * w = scale * (code - offset) without minima, scale * code + min with (U8K: the min is subtracted
 * as in the file, so it is stored negated). */
typedef struct {
  NnPackFormat format;
  int n_in;
  int n_tiles;
  size_t tile_bytes;
  size_t scales_at; /* offsets inside a tile */
  size_t mins_at;   /* 0: none */
  int sub_block;    /* U8K: 16, 32 or (of NnWiden) 256 values share a scale */
  int offset_log2;  /* codes are offset by 1 << offset_log2; -1: not offset */
  uint8_t *data;
} NnPack;

/* What the activations of an integer product are scaled by. */
typedef enum {
  NN_ACTIVATION_FLOAT, /* as they are */
  NN_ACTIVATION_32,    /* 8 bits, a half precision scale per 32 values: plain block types */
  NN_ACTIVATION_256,   /* 8 bits, a float scale per 256 values: K types */
  NN_ACTIVATION_COUNT
} NnActivation;

/* `width` tokens side by side. x ~ scales * codes. Sums are over codes and negated, ready to be an
 * accumulator's start: an offset weight code adds offset * sum too much. */
typedef struct {
  int width;
  float *values;    /* FLOAT: [n_in][width] */
  int8_t *codes;    /* [n_in / 4][width][4] */
  float *scales;    /* [n_in / block][width] */
  int32_t *sums_32; /* [n_in / 32][width] */
  int32_t *sums_16; /* 256: [n_in / 16][width] */
  int16_t *pairs;   /* 256: [n_in / 64][width][2], sums over 32, not negated, for minima */
  float *products;  /* 32: [n_in / 32][width], scale * sum as half precision, for minima */
} NnPanel;

/* out[n_tiles][width][16] = tiles `tile` .. of the weight times the panel; n_tiles is 1 or 2. */
typedef void (*NnMultiply) (const NnPack *pack, int tile, int n_tiles, const NnPanel *panel,
                            float *out);
/* The panel from `width` rows of n_in floats, x_stride apart. */
typedef void (*NnFillPanel) (const float *x, size_t x_stride, int n_in, const NnPanel *panel);

/* The 256-value blocks of to->n_in values from value `begin` on, of one tile, with codes of 8 bits:
 * to is U8K with one scale and minimum per 256 values. Codes are within 0.55 of what would be
 * exact. */
typedef void (*NnWiden) (const NnPack *pack, int tile, int begin, const NnPack *to, int to_tile);

/* Functions of one row. Sums run in lanes, in the same order for every call. Errors against exact
 * arithmetic: exponentials 2e-7 relative, the gated and Gaussian units 4e-7 of max (1, |x|). */
typedef struct {
  float (*largest) (const float *x, int n);          /* -inf for n = 0 */
  float (*exp_sum) (float *x, int n, float highest); /* x = exp (x - highest); their sum */
  void (*scale) (float *x, int n, float factor);     /* x *= factor */
  void (*softcap) (float *x, int n, float cap);      /* x = cap * tanh (x / cap) */
  void (*add) (float *x, const float *y, int n);     /* x += y */
  void (*scale_add) (float *x, float factor, const float *y, int n); /* x = x * factor + y */
  void (*rms_norm) (const float *x, const float *weight, float eps, int n, float *y);
  void (*layer_norm) (const float *x, const float *weight, const float *bias, float eps, int n,
                      float *y);
  void (*silu_mul) (const float *gate, const float *up, int n, float *y);
  void (*gelu_tanh_mul) (const float *gate, const float *up, int n, float *y);
  void (*gelu_erf) (float *x, int n);
  void (*gelu_tanh) (float *x, int n);
  void (*leaky_relu) (float *x, float slope, int n);
  /* x += sin (alpha x)^2 * inverse, where inverse is 1 / alpha; within 4e-7 of max (1, |x|) for
   * |alpha x| up to 1000 */
  void (*snake) (float *x, const float *alpha, const float *inverse, int n);
  void (*multiply_add) (const float *x, const float *factor, const float *addend, int n, float *y);
  void (*add_squares) (const float *x, const float *mean, int n, float *sums); /* += (x - mean)^2 */
  /* gates: n each of input, forget, candidate, output */
  void (*lstm_cell) (const float *gates, int n, float *cell, float *out);
  /* (a, b) = (a cos - b sin, a sin + b cos) */
  void (*rotate) (float *a, float *b, const float *cosines, const float *sines, int n);
  void (*to_halves) (const float *x, int n, uint16_t *y); /* round to nearest even */
  /* The first n of 16 sums of each of `width` rows, [width][16], to rows of y, y_stride apart, or
   * added to what is there; bias: n values added then, or NULL. */
  void (*store_tile) (const float *sums, int width, int n, const float *bias, int add, float *y,
                      size_t y_stride);
} NnRowKernels;

/* What a channel's value becomes before it is used: activation (x * factor + addend); see
 * nn/ops/channels.h. */
typedef struct {
  const float *factor; /* [width], or NULL: 1 */
  const float *addend; /* [width] if factor is not NULL */
  const float *alpha;  /* [width]: x + sin (alpha x)^2 / alpha [Ziyin et al. 2020]; NULL: not */
  const float *inverse_alpha;
  float slope; /* of the leaky rectifier where alpha is NULL; 1: none */
} NnChannels;

/* A block of a convolution of 8-bit codes: up to NN_CONV_ROWS time steps by NN_CONV_OUT outputs. A
 * row of the input is one step, x ~ scale * code + least with codes 0 .. 255, so that one step's
 * products with one tap are a sum of integers, and become floats once per tap. */
enum { NN_CONV_ROWS = 48, NN_CONV_STEP = 6, NN_CONV_OUT = 64, NN_CONV_MAX_WIDTH = 4096 };

typedef struct {
  int n_taps;
  int dilation;          /* rows from tap to tap */
  int width;             /* codes of a row, a multiple of 16 */
  const uint8_t *codes;  /* from the row that the first step sees at its first tap */
  const float *scales;   /* of these rows */
  const float *least;    /* of these rows */
  const int8_t *weights; /* [n_taps][width / 4][NN_CONV_OUT][4], aligned to 64 */
  const float *sums;     /* [n_taps][NN_CONV_OUT]: of the weights over a tap */
} NnConvBlock;

/* Where a block goes: y = scale * (factor * total + bias + addends). */
typedef struct {
  const float *factor; /* [NN_CONV_OUT] */
  const float *bias;   /* [NN_CONV_OUT] */
  const float *add[2]; /* rows like those of y; NULL: none; may be y */
  float scale;
  float *y;
  size_t y_stride;
  float *sums;    /* [NN_CONV_OUT]: of y; NULL: not wanted */
  float *squares; /* [NN_CONV_OUT]: of y minus the mean of these rows */
} NnConvStore;

typedef struct {
  /* n channels of a row as codes, the rest up to `width` zero. */
  void (*fill) (const NnChannels *channels, const float *x, int n, int width, uint8_t *codes,
                float *scale, float *least);
  /* totals: [n_rows, a multiple of NN_CONV_STEP][NN_CONV_OUT]. Reads rows up to that multiple. */
  void (*multiply) (const NnConvBlock *block, int n_rows, float *totals);
  void (*store) (const NnConvStore *to, const float *totals, int n_rows);
} NnConvKernels;

/* A layer of nn/ops/lstm-lanes.h. */
enum { NN_LSTM_LANES = 48 };

typedef struct {
  int n_in;
  int n_state;          /* even */
  const float *weights; /* [n_state / 2][n_in + n_state][2][4]: of two units the input, forget,
                           candidate and output gates; first of the inputs, then of the state */
  const float *bias;    /* [n_state][4] */
} NnLstmLaneWeight;

/* See nn_lstm_lanes_step(). Vectors of 16 lanes or fewer are taken whole. */
typedef void (*NnLstmStep) (const NnLstmLaneWeight *weight, const float *x, const float *h,
                            int n_rows, float *cell, float *out);

typedef struct _NnKernels NnKernels;

struct _NnKernels {
  const char *name; /* "reference", "avx2", "avx512" */
  NnMultiply multiply[NN_PACK_COUNT];
  NnFillPanel fill[NN_ACTIVATION_COUNT];
  NnWiden widen[NN_PACK_COUNT]; /* NULL where it would not make a wide product faster */
  const NnRowKernels *rows;
  NnLstmStep lstm_step;
  const NnConvKernels *conv; /* NULL: convolutions are linear layers */
};

/* The best table that this CPU can run; name: NULL, or one that is asked for. NULL if there is no
 * such table or this CPU cannot run it. */
const NnKernels *nn_kernels_choose (const char *name);

/* The table of this process: the best one, or that which HEARSAY_KERNELS names. */
const NnKernels *nn_kernels_default (void);

/* One table per instruction set; only the reference runs everywhere. */
extern const NnKernels nn_kernels_reference;
#ifdef __x86_64__
extern const NnKernels nn_kernels_avx2;
extern const NnKernels nn_kernels_avx512;
#endif

/* The activation that a format is multiplied with. */
static inline NnActivation
nn_pack_activation (NnPackFormat format)
{
  if (format == NN_PACK_F32 || format == NN_PACK_F16 || format == NN_PACK_BF16)
    return NN_ACTIVATION_FLOAT;
  return format == NN_PACK_U4 || format == NN_PACK_U8 ? NN_ACTIVATION_32 : NN_ACTIVATION_256;
}
