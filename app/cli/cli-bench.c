/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay bench: how fast the engine is on this machine, as a table and as JSON. */

#include "app/base/json-write.h"
#include "app/cli/commands.h"
#include "app/cli/terminal.h"
#include "app/models/bench.h"
#include "app/models/machine.h"
#include "app/models/model-store.h"

#define MAX_RUNS 100
#define MAX_BENCH_TOKENS 32768

static void
on_step (const char *title, gpointer user_data)
{
  app_progress_set_line (user_data, title);
}

static void
bench_model (AppBench *bench, AppModelStore *store, AppTask task, const char *model,
             void (*func) (AppBench *bench, const char *path))
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = model != NULL ? app_model_store_get_path (store, model, &error)
                                        : app_model_store_get_path_for_task (store, task, &error);
  if (nn_context_is_cancelled (bench->context))
    return;
  if (path == NULL)
    app_bench_add_absence (bench, app_task_name (task), error->message);
  else
    func (bench, path);
}

static void
print_table (const AppBench *bench, const char *cpu)
{
  const AppLimits *l = &bench->limits;
  app_cli_printf ("%s, %s kernels, %d threads, median of %d (least to most)\n",
                  cpu != NULL ? cpu : "unknown processor", bench->context->kernels->name,
                  nn_pool_get_n_threads (bench->context->pool), bench->options.n_runs);
  for (guint i = 0; i < bench->results->len; i++) {
    const AppBenchResult *r = &g_array_index (bench->results, AppBenchResult, i);
    app_cli_printf ("%-26s %10.2f %-9s (%.2f to %.2f)", r->title, r->median, r->unit, r->min,
                    r->max);
    if (app_bench_get_share (r) > 0.0)
      app_cli_printf (", %.0f %% of what the machine can do", 100.0 * app_bench_get_share (r));
    app_cli_printf ("\n");
  }
  app_cli_printf ("%-26s %10.1f MiB\n", "peak memory",
                  (double) bench->peak_bytes / (1024.0 * 1024.0));
  app_cli_printf ("%-26s %10.1f GB/s of memory; fp32 %.0f, bf16 %.0f, int8 %.0f Gop/s\n",
                  "what the machine can do", l->read_bytes * 1e-9, l->fp32_ops * 1e-9,
                  l->bf16_ops * 1e-9, l->int8_ops * 1e-9);
  for (guint i = 0; i < bench->absences->len; i++) {
    const AppBenchAbsence *absence = g_ptr_array_index (bench->absences, i);
    app_cli_printf ("%s: not measured: %s\n", absence->part, absence->reason);
  }
  app_cli_print ("");
}

static void
print_json (const AppBench *bench, const char *cpu)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  app_json_add_string (json, "version", HEARSAY_VERSION);
  app_json_add_string (json, "cpu", cpu);
  app_json_add_string (json, "kernels", bench->context->kernels->name);
  app_json_add_int (json, "threads", nn_pool_get_n_threads (bench->context->pool));
  app_json_add_int (json, "runs", bench->options.n_runs);
  app_json_add_int (json, "prompt_tokens", bench->options.n_prompt);
  app_json_add_int (json, "generated_tokens", bench->options.n_generate);
  json_builder_set_member_name (json, "results");
  json_builder_begin_object (json);
  for (guint i = 0; i < bench->results->len; i++) {
    const AppBenchResult *r = &g_array_index (bench->results, AppBenchResult, i);
    json_builder_set_member_name (json, r->name);
    json_builder_begin_object (json);
    app_json_add_number (json, "median", r->median, 4);
    app_json_add_number (json, "min", r->min, 4);
    app_json_add_number (json, "max", r->max, 4);
    app_json_add_string (json, "unit", r->unit);
    if (r->limit > 0.0) {
      app_json_add_number (json, "limit", r->limit, 4);
      app_json_add_number (json, "share", app_bench_get_share (r), 4);
    }
    json_builder_end_object (json);
  }
  json_builder_end_object (json);
  json_builder_set_member_name (json, "limits");
  json_builder_begin_object (json);
  app_json_add_number (json, "read_bytes_per_s", bench->limits.read_bytes, 0);
  app_json_add_number (json, "fp32_ops_per_s", bench->limits.fp32_ops, 0);
  app_json_add_number (json, "bf16_ops_per_s", bench->limits.bf16_ops, 0);
  app_json_add_number (json, "int8_ops_per_s", bench->limits.int8_ops, 0);
  json_builder_end_object (json);
  json_builder_set_member_name (json, "absent");
  json_builder_begin_array (json);
  for (guint i = 0; i < bench->absences->len; i++) {
    const AppBenchAbsence *absence = g_ptr_array_index (bench->absences, i);
    json_builder_begin_object (json);
    app_json_add_string (json, "part", absence->part);
    app_json_add_string (json, "reason", absence->reason);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
  app_json_add_int (json, "peak_rss_bytes", (gint64) bench->peak_bytes);
  json_builder_end_object (json);
  app_cli_print_json (json);
}

static int
run (const AppCliOptions *options, const AppBenchOptions *bench_options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AppModelStore) store = app_model_store_new (NULL, &error);
  if (store == NULL)
    return app_cli_fail (error);
  /* The model that was asked for must be there; others may be absent. */
  if (options->model != NULL) {
    g_autofree char *path = app_model_store_get_path (store, options->model, &error);
    if (path == NULL)
      return app_cli_fail (error);
  }
  NnContext *context = nn_context_new (options->n_threads);
  app_cli_watch_interrupt (&context->cancel);
  AppBench *bench = app_bench_new (context, bench_options);
  AppProgress *progress = app_progress_new ("Measuring", options->quiet);
  bench->on_step = on_step;
  bench->user_data = progress;
  app_bench_mel (bench);
  bench_model (bench, store, APP_TASK_VAD, NULL, app_bench_vad);
  bench_model (bench, store, APP_TASK_LISTEN, NULL, app_bench_listen);
  bench_model (bench, store, APP_TASK_CHAT, options->model, app_bench_chat);
  app_bench_measure_limits (bench);
  app_progress_free (progress);

  int status = APP_EXIT_OK;
  g_autofree char *cpu = app_machine_get_cpu_name ();
  if (nn_context_is_cancelled (context))
    status = app_cli_fail (NULL);
  else if (options->json)
    print_json (bench, cpu);
  else
    print_table (bench, cpu);
  app_cli_watch_interrupt (NULL);
  app_bench_free (bench);
  nn_context_free (context);
  return status;
}

int
app_command_bench (int argc, char **argv)
{
  g_auto (AppCliOptions) options = { 0 };
  AppBenchOptions bench = { .n_runs = 3, .n_prompt = 512, .n_generate = 64 };
  const GOptionEntry entries[] = {
    { "runs", 'r', 0, G_OPTION_ARG_INT, &bench.n_runs, "How often each is measured (3)", "N" },
    { "prompt", 'p', 0, G_OPTION_ARG_INT, &bench.n_prompt, "Tokens of the prompt (512)", "N" },
    { "generate", 'g', 0, G_OPTION_ARG_INT, &bench.n_generate, "Tokens to write (64)", "N" },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  int status;
  if (!app_cli_parse (argc, argv, entries, &options, &status))
    return status;
  if (options.n_arguments > 0)
    return app_cli_usage ("bench takes no arguments (see hearsay bench --help)");
  if (!app_cli_check_range ("--runs", bench.n_runs, 1, MAX_RUNS)
      || !app_cli_check_range ("--prompt", bench.n_prompt, 1, MAX_BENCH_TOKENS)
      || !app_cli_check_range ("--generate", bench.n_generate, 1, MAX_BENCH_TOKENS))
    return APP_EXIT_USAGE;
  if (options.max_tokens > 0)
    bench.n_generate = options.max_tokens;
  return run (&options, &bench);
}
