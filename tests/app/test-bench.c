/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/models/bench.h"

#include <string.h>

#include "nn/ops/context.h"

static void
test_summary (void)
{
  AppBenchResult result = { 0 };
  double odd[] = { 3.0, 1.0, 8.0 };
  app_bench_summarise (odd, 3, &result);
  g_assert_cmpfloat (result.median, ==, 3.0);
  g_assert_cmpfloat (result.min, ==, 1.0);
  g_assert_cmpfloat (result.max, ==, 8.0);
  double even[] = { 4.0, 1.0, 2.0, 9.0 };
  app_bench_summarise (even, 4, &result);
  g_assert_cmpfloat (result.median, ==, 3.0);
  double one[] = { 5.0 };
  app_bench_summarise (one, 1, &result);
  g_assert_cmpfloat (result.median, ==, 5.0);
}

static void
count_step (const char *title, gpointer user_data)
{
  int *n = user_data;
  (*n)++;
}

static void
test_without_models (void)
{
  int n_steps = 0;
  NnContext *context = nn_context_new (1);
  g_autoptr (AppBench) bench = app_bench_new (context, &(AppBenchOptions){ .n_runs = 2 });
  bench->on_step = count_step;
  bench->user_data = &n_steps;
  app_bench_mel (bench);
  app_bench_vad (bench, "/nonexistent.gguf");
  app_bench_listen (bench, "/nonexistent.gguf");
  app_bench_chat (bench, "/nonexistent.gguf");
  g_assert_cmpint (n_steps, ==, 1);
  g_assert_cmpuint (bench->results->len, ==, 1);
  const AppBenchResult *mel = &g_array_index (bench->results, AppBenchResult, 0);
  g_assert_cmpstr (mel->name, ==, "mel_ms");
  g_assert_cmpfloat (mel->min, >=, 0.0);
  g_assert_cmpfloat (mel->max, >=, mel->median);
  g_assert_cmpuint (bench->absences->len, ==, 3);
  const AppBenchAbsence *chat = g_ptr_array_index (bench->absences, 2);
  g_assert_cmpstr (chat->part, ==, "chat");
  g_assert_nonnull (strstr (chat->reason, "/nonexistent.gguf"));
  g_clear_pointer (&bench, app_bench_free);
  nn_context_free (context);
}

/* A decoder of Whisper base at 80 GB/s: 0.84 ms; its encoder at 1.145 Tflop/s of bf16: 85 ms with
 * the decoder's keys, which are a tenth. */
static void
test_limits (void)
{
  const AudioWhisperConfig base = { 80, 1500, 512, 8, 6, 6, 448, 51865 };
  AppLimits limits = { .read_bytes = 80e9, .fp32_ops = 574e9, .bf16_ops = 1145e9 };
  AppBenchWork decoder = app_bench_work_of_decoder (&base);
  AppBenchWork encoder = app_bench_work_of_encoder (&base);
  g_assert_cmpfloat_with_epsilon (app_bench_work_get_seconds (&decoder, &limits), 0.84e-3, 0.01e-3);
  g_assert_cmpfloat_with_epsilon (app_bench_work_get_seconds (&encoder, &limits), 85e-3, 1e-3);
  limits.bf16_ops = 0.0;
  g_assert_cmpfloat (app_bench_work_get_seconds (&encoder, &limits), >, 160e-3);
  g_assert_cmpfloat (app_bench_work_get_seconds (&encoder, &(AppLimits){ 0 }), ==, 0.0);

  AppBenchResult rate = { .unit = "tokens/s", .median = 30.0, .limit = 60.0 };
  AppBenchResult time = { .unit = "ms", .median = 300.0, .limit = 75.0 };
  g_assert_cmpfloat (app_bench_get_share (&rate), ==, 0.5);
  g_assert_cmpfloat (app_bench_get_share (&time), ==, 0.25);
  time.limit = 0.0;
  g_assert_cmpfloat (app_bench_get_share (&time), ==, 0.0);
}

static void
test_machine (void)
{
  NnContext *context = nn_context_new (2);
  g_autoptr (AppBench) bench = app_bench_new (context, &(AppBenchOptions){ .n_runs = 1 });
  app_bench_mel (bench);
  app_bench_measure_limits (bench);
  g_assert_cmpfloat (bench->limits.read_bytes, >, 1e8);
  g_assert_cmpfloat (bench->limits.fp32_ops, >, 1e8);
  g_assert_cmpuint (bench->peak_bytes, >, 0);
  /* Nobody says how fast a log-mel could be. */
  const AppBenchResult *mel = &g_array_index (bench->results, AppBenchResult, 0);
  g_assert_cmpfloat (app_bench_get_share (mel), ==, 0.0);
  g_clear_pointer (&bench, app_bench_free);
  nn_context_free (context);
}

static void
test_cancelled (void)
{
  NnContext *context = nn_context_new (1);
  AppBench *bench = app_bench_new (context, &(AppBenchOptions){ 0 });
  atomic_store (&context->cancel, true);
  app_bench_mel (bench);
  g_assert_cmpuint (bench->results->len, ==, 0);
  app_bench_free (bench);
  nn_context_free (context);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bench/summary", test_summary);
  g_test_add_func ("/bench/without-models", test_without_models);
  g_test_add_func ("/bench/limits", test_limits);
  g_test_add_func ("/bench/machine", test_machine);
  g_test_add_func ("/bench/cancelled", test_cancelled);
  return g_test_run ();
}
