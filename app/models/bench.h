/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Measures the parts of the engine on this machine: each several times, median with extremes.
 *
 * A part whose model is not installed, or whose model cannot be run, is reported as absent with the
 * reason, and the rest is measured. Everything runs on the calling thread and the context's pool.
 *
 *   g_autoptr (AppBench) bench = app_bench_new (context, &(AppBenchOptions){ 0 });
 *   app_bench_chat (bench, path, on_step, data);
 *   for (guint i = 0; i < bench->results->len; i++) ...
 */

#pragma once

#include "app/models/bench-work.h"

#include <glib.h>

G_BEGIN_DECLS

/* Zero means the value in parentheses. */
typedef struct {
  int n_runs;     /* (3) */
  int n_prompt;   /* tokens of a prompt (512) */
  int n_generate; /* tokens of an answer (64) */
} AppBenchOptions;

typedef struct {
  const char *name; /* "prompt_tokens_per_s", as in JSON */
  const char *title;
  const char *unit;
  double median, min, max;
  AppBenchWork work; /* of what was timed; all zero: cannot be told */
  double n_work;     /* how many tokens that is, where they are counted */
  double limit;      /* what the machine could do at most, in the same unit; 0: cannot be told */
} AppBenchResult;

typedef struct {
  const char *part; /* "chat", "listen", "vad" */
  char *reason;
} AppBenchAbsence;

typedef struct {
  NnContext *context;
  AppBenchOptions options;
  GArray *results;     /* of AppBenchResult, in the order of measuring */
  GPtrArray *absences; /* of AppBenchAbsence */
  void (*on_step) (const char *title, gpointer user_data); /* NULL, or told what comes next */
  gpointer user_data;
  AppLimits limits;   /* all zero until they are measured */
  guint64 peak_bytes; /* the most resident memory, without that of measuring the limits */
} AppBench;

/* context is borrowed. */
AppBench *app_bench_new (NnContext *context, const AppBenchOptions *options);
void app_bench_free (AppBench *bench);

/* What the machine itself can do, in a second or so, and from that the limits of the results so
 * far. It takes memory, so it comes last. */
void app_bench_measure_limits (AppBench *bench);
/* Share of the limit that a result reaches, 0..1; 0: cannot be told. */
double app_bench_get_share (const AppBenchResult *result);

/* Log-mel needs no model. The others take the path of one; load_error says why there is none (then
 * path is NULL). They stop early, without a result, when context->cancel is set. */
void app_bench_mel (AppBench *bench);
void app_bench_vad (AppBench *bench, const char *path);
void app_bench_listen (AppBench *bench, const char *path);
void app_bench_chat (AppBench *bench, const char *path);
void app_bench_add_absence (AppBench *bench, const char *part, const char *reason);

/* Median, least and most of n values (sorted here); n >= 1. */
void app_bench_summarise (double *values, int n, AppBenchResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppBench, app_bench_free)

G_END_DECLS
