/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/models/machine-limits.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "app/models/machine.h"

#define DEFAULT_BYTES ((size_t) 256 << 20)
#define LEAST_BYTES ((size_t) 16 << 20)
#define N_PASSES 5
#define N_ROUNDS 400000 /* of a loop of products: some 10 ms */
#define N_ACCUMULATORS 12

typedef uint64_t Lanes __attribute__ ((vector_size (32)));

typedef struct {
  const Lanes *data;
  size_t n_lanes;
  void (*multiply) (int n_rounds);
  uint64_t sum; /* so that the reading is for something */
} Work;

static void
read_part (void *data, int part, int n_parts)
{
  Work *work = data;
  size_t first = work->n_lanes / (size_t) n_parts * (size_t) part;
  size_t end = part + 1 == n_parts ? work->n_lanes : first + work->n_lanes / (size_t) n_parts;
  Lanes sums[4] = { 0 };
  for (size_t i = first; i + 4 <= end; i += 4)
    for (int k = 0; k < 4; k++)
      sums[k] += work->data[i + (size_t) k];
  Lanes sum = sums[0] + sums[1] + sums[2] + sums[3];
  if (part == 0)
    work->sum = sum[0] + sum[1] + sum[2] + sum[3];
}

static void
multiply_part (void *data, int part, int n_parts)
{
  ((Work *) data)->multiply (N_ROUNDS);
}

#if defined(__x86_64__)
/* Twelve accumulators hide the latency of the products. Assembly, so that no compiler can merge
 * them and none needs to know the instruction set. */
#define TWELVE(P) P (0) P (1) P (2) P (3) P (4) P (5) P (6) P (7) P (8) P (9) P (10) P (11)
#define CLOBBERS                                                                                   \
  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",         \
      "xmm11", "xmm14"

#define DEFINE_LOOP(name, body, end)                                                               \
  static void name (int n_rounds)                                                                  \
  {                                                                                                \
    for (int i = 0; i < n_rounds; i++)                                                             \
      __asm__ volatile(body ::: CLOBBERS);                                                         \
    __asm__ volatile(end);                                                                         \
  }

/* SSE2 has no fused product: a multiplication and an addition to each register. */
#define SSE2_FP32(n) "addps %%xmm12, %%xmm" #n "\n\tmulps %%xmm12, %%xmm" #n "\n\t"
#define AVX2_FP32(n) "vfmadd231ps %%ymm12, %%ymm13, %%ymm" #n "\n\t"
#define AVX2_INT8(n) /* product, sum of pairs, sum */                                              \
  "vpmaddubsw %%ymm12, %%ymm13, %%ymm14\n\tvpmaddwd %%ymm12, %%ymm14, %%ymm14\n\t"                 \
  "vpaddd %%ymm14, %%ymm" #n ", %%ymm" #n "\n\t"
#define AVX512_FP32(n) "vfmadd231ps %%zmm12, %%zmm13, %%zmm" #n "\n\t"
#define AVX512_BF16(n) "vdpbf16ps %%zmm12, %%zmm13, %%zmm" #n "\n\t"
#define AVX512_INT8(n) "vpdpbusd %%zmm12, %%zmm13, %%zmm" #n "\n\t"

DEFINE_LOOP (loop_sse2_fp32, TWELVE (SSE2_FP32), "")
DEFINE_LOOP (loop_avx2_fp32, TWELVE (AVX2_FP32), "vzeroupper")
DEFINE_LOOP (loop_avx2_int8, TWELVE (AVX2_INT8), "vzeroupper")
DEFINE_LOOP (loop_avx512_fp32, TWELVE (AVX512_FP32), "vzeroupper")
DEFINE_LOOP (loop_avx512_bf16, TWELVE (AVX512_BF16), "vzeroupper")
DEFINE_LOOP (loop_avx512_int8, TWELVE (AVX512_INT8), "vzeroupper")
#endif

static double
now_seconds (clockid_t clock)
{
  struct timespec now;
  clock_gettime (clock, &now);
  return (double) now.tv_sec + (double) now.tv_nsec * 1e-9;
}

/* Seconds of the fastest pass; the first only brings memory and clocks up. With one thread the time
 * is that of its core, so that other programs disturb less. */
static double
best_pass (NnContext *context, NnPoolFunc func, Work *work)
{
  clockid_t clock =
      nn_pool_get_n_threads (context->pool) == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
  double best = G_MAXDOUBLE;
  for (int i = 0; i <= N_PASSES; i++) {
    double start = now_seconds (clock);
    nn_pool_run (context->pool, func, work);
    if (i > 0)
      best = MIN (best, MAX (now_seconds (clock) - start, 1e-7));
  }
  return best;
}

static double
measure_reading (NnContext *context, size_t n_bytes)
{
  AppMemory memory;
  app_machine_get_memory (&memory);
  if (n_bytes == 0) {
    n_bytes = DEFAULT_BYTES;
    while (n_bytes > LEAST_BYTES && n_bytes > memory.available_bytes / 8)
      n_bytes /= 2;
  }
  void *block = mmap (NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED)
    return 0.0;
  madvise (block, n_bytes, MADV_HUGEPAGE);
  memset (block, 1, n_bytes);
  Work work = { .data = block, .n_lanes = n_bytes / sizeof (Lanes) };
  double seconds = best_pass (context, read_part, &work);
  munmap (block, n_bytes);
  return (double) n_bytes / seconds;
}

static double
measure_loop (NnContext *context, void (*loop) (int n_rounds), int n_ops)
{
  Work work = { .multiply = loop };
  double ops = (double) n_ops * N_ACCUMULATORS * N_ROUNDS * nn_pool_get_n_threads (context->pool);
  return ops / best_pass (context, multiply_part, &work);
}

void
app_limits_measure (NnContext *context, size_t n_bytes, AppLimits *limits)
{
  *limits = (AppLimits){ .read_bytes = measure_reading (context, n_bytes) };
#if defined(__x86_64__)
  __builtin_cpu_init ();
  if (__builtin_cpu_supports ("avx512f")) {
    limits->fp32_ops = measure_loop (context, loop_avx512_fp32, 32);
    if (__builtin_cpu_supports ("avx512bf16"))
      limits->bf16_ops = measure_loop (context, loop_avx512_bf16, 64);
  } else if (__builtin_cpu_supports ("fma")) {
    limits->fp32_ops = measure_loop (context, loop_avx2_fp32, 16);
  } else {
    limits->fp32_ops = measure_loop (context, loop_sse2_fp32, 8);
  }
  if (__builtin_cpu_supports ("avx512vnni"))
    limits->int8_ops = measure_loop (context, loop_avx512_int8, 128);
  else if (__builtin_cpu_supports ("avx2"))
    limits->int8_ops = measure_loop (context, loop_avx2_int8, 64);
#endif
}
