/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The inner loops of lanes: a block of rows times a group of 8 outputs.
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

/* Products of up to 3 registers of lanes with 8 broadcast words a step: 24 sums, 3 lanes, 4 words.
 * gcc 12 and clang 14 keep that many sums in memory, so the loop is assembly. r: number of the
 * register. */
#define CLEAR(r) "vpxord %%zmm" #r ", %%zmm" #r ", %%zmm" #r "\n\t"
#define LOAD(at, r) "vmovdqa64 " #at "(%[x]), %%zmm" #r "\n\t"
#define WORD(at, r) "vpbroadcastd " #at "(%[w]), %%zmm" #r "\n\t"
#define DOT(dot, sum, x, w) dot " %%zmm" #w ", %%zmm" #x ", %%zmm" #sum "\n\t"
#define STORE(row, tile, r) "vmovaps %%zmm" #r ", 192*" #row "+64*" #tile "(%[out])\n\t"
#define STORE_ROW_1(row, a) STORE (row, 0, a)
#define STORE_ROW_2(row, a, b) STORE_ROW_1 (row, a) STORE (row, 1, b)
#define STORE_ROW_3(row, a, b, c) STORE_ROW_2 (row, a, b) STORE (row, 2, c)
#define DOT_1(dot, at, w, a) WORD (at, w) DOT (dot, a, 24, w)
#define DOT_2(dot, at, w, a, b) DOT_1 (dot, at, w, a) DOT (dot, b, 25, w)
#define DOT_3(dot, at, w, a, b, c) DOT_2 (dot, at, w, a, b) DOT (dot, c, 26, w)

#define STEP_1(dot)                                                                                \
  LOAD (0, 24)                                                                                     \
  DOT_1 (dot, 0, 27, 0)                                                                            \
  DOT_1 (dot, 4, 28, 1)                                                                            \
  DOT_1 (dot, 8, 29, 2)                                                                            \
  DOT_1 (dot, 12, 30, 3)                                                                           \
  DOT_1 (dot, 16, 27, 4)                                                                           \
  DOT_1 (dot, 20, 28, 5)                                                                           \
  DOT_1 (dot, 24, 29, 6)                                                                           \
  DOT_1 (dot, 28, 30, 7)

#define STEP_2(dot)                                                                                \
  LOAD (0, 24)                                                                                     \
  LOAD (64, 25)                                                                                    \
  DOT_2 (dot, 0, 27, 0, 1)                                                                         \
  DOT_2 (dot, 4, 28, 2, 3)                                                                         \
  DOT_2 (dot, 8, 29, 4, 5)                                                                         \
  DOT_2 (dot, 12, 30, 6, 7)                                                                        \
  DOT_2 (dot, 16, 27, 8, 9)                                                                        \
  DOT_2 (dot, 20, 28, 10, 11)                                                                      \
  DOT_2 (dot, 24, 29, 12, 13)                                                                      \
  DOT_2 (dot, 28, 30, 14, 15)

#define STEP_3(dot)                                                                                \
  LOAD (0, 24)                                                                                     \
  LOAD (64, 25)                                                                                    \
  LOAD (128, 26)                                                                                   \
  DOT_3 (dot, 0, 27, 0, 1, 2)                                                                      \
  DOT_3 (dot, 4, 28, 3, 4, 5)                                                                      \
  DOT_3 (dot, 8, 29, 6, 7, 8)                                                                      \
  DOT_3 (dot, 12, 30, 9, 10, 11)                                                                   \
  DOT_3 (dot, 16, 27, 12, 13, 14)                                                                  \
  DOT_3 (dot, 20, 28, 15, 16, 17)                                                                  \
  DOT_3 (dot, 24, 29, 18, 19, 20)                                                                  \
  DOT_3 (dot, 28, 30, 21, 22, 23)

#define CLEAR_8(a, b, c, d, e, f, g, h)                                                            \
  CLEAR (a) CLEAR (b) CLEAR (c) CLEAR (d) CLEAR (e) CLEAR (f) CLEAR (g) CLEAR (h)
#define CLEAR_1 CLEAR_8 (0, 1, 2, 3, 4, 5, 6, 7)
#define CLEAR_2 CLEAR_1 CLEAR_8 (8, 9, 10, 11, 12, 13, 14, 15)
#define CLEAR_3 CLEAR_2 CLEAR_8 (16, 17, 18, 19, 20, 21, 22, 23)

#define STORE_1                                                                                    \
  STORE_ROW_1 (0, 0)                                                                               \
  STORE_ROW_1 (1, 1)                                                                               \
  STORE_ROW_1 (2, 2)                                                                               \
  STORE_ROW_1 (3, 3)                                                                               \
  STORE_ROW_1 (4, 4)                                                                               \
  STORE_ROW_1 (5, 5)                                                                               \
  STORE_ROW_1 (6, 6)                                                                               \
  STORE_ROW_1 (7, 7)

#define STORE_2                                                                                    \
  STORE_ROW_2 (0, 0, 1)                                                                            \
  STORE_ROW_2 (1, 2, 3)                                                                            \
  STORE_ROW_2 (2, 4, 5)                                                                            \
  STORE_ROW_2 (3, 6, 7)                                                                            \
  STORE_ROW_2 (4, 8, 9)                                                                            \
  STORE_ROW_2 (5, 10, 11)                                                                          \
  STORE_ROW_2 (6, 12, 13)                                                                          \
  STORE_ROW_2 (7, 14, 15)

#define STORE_3                                                                                    \
  STORE_ROW_3 (0, 0, 1, 2)                                                                         \
  STORE_ROW_3 (1, 3, 4, 5)                                                                         \
  STORE_ROW_3 (2, 6, 7, 8)                                                                         \
  STORE_ROW_3 (3, 9, 10, 11)                                                                       \
  STORE_ROW_3 (4, 12, 13, 14)                                                                      \
  STORE_ROW_3 (5, 15, 16, 17)                                                                      \
  STORE_ROW_3 (6, 18, 19, 20)                                                                      \
  STORE_ROW_3 (7, 21, 22, 23)

/* out [8][48], of which tiles < n are written; n_steps > 0. */
#define DEFINE_PRODUCT(name, dot, n)                                                               \
  static void name##_##n (const uint32_t *x, const uint32_t *w, size_t n_steps, void *out)         \
  {                                                                                                \
    __asm__ volatile(CLEAR_##n ".p2align 5\n"                                                      \
                               "1:\n\t" STEP_##n (dot) "add $192, %[x]\n\t"                        \
                                                       "prefetcht0 2048(%[w])\n\t"                 \
                                                       "add $32, %[w]\n\t"                         \
                                                       "dec %[steps]\n\t"                          \
                                                       "jnz 1b\n\t" STORE_##n                      \
                     : [x] "+r"(x), [w] "+r"(w), [steps] "+r"(n_steps)                             \
                     : [out] "r"(out)                                                              \
                     : "memory", "cc", "zmm0", "zmm1", "zmm2", "zmm3", "zmm4", "zmm5", "zmm6",     \
                       "zmm7", "zmm8", "zmm9", "zmm10", "zmm11", "zmm12", "zmm13", "zmm14",        \
                       "zmm15", "zmm16", "zmm17", "zmm18", "zmm19", "zmm20", "zmm21", "zmm22",     \
                       "zmm23", "zmm24", "zmm25", "zmm26", "zmm27", "zmm28", "zmm29", "zmm30");    \
  }

DEFINE_PRODUCT (pairs, "vdpbf16ps", 1)
DEFINE_PRODUCT (pairs, "vdpbf16ps", 2)
DEFINE_PRODUCT (pairs, "vdpbf16ps", 3)
DEFINE_PRODUCT (quads, "vpdpbusd", 1)
DEFINE_PRODUCT (quads, "vpdpbusd", 2)
DEFINE_PRODUCT (quads, "vpdpbusd", 3)

typedef void (*Product) (const uint32_t *x, const uint32_t *w, size_t n_steps, void *out);

static const Product pairs_product[] = { NULL, pairs_1, pairs_2, pairs_3 };
static const Product quads_product[] = { NULL, quads_1, quads_2, quads_3 };
