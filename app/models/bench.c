/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/models/bench.h"

#include <math.h>
#include <stdlib.h>

#include "app/models/machine.h"
#include "audio/vad/vad.h"
#include "audio/whisper/mel.h"
#include "audio/whisper/whisper.h"
#include "llm/session/session.h"

#define WINDOW_SECONDS 30
#define WINDOW_FRAMES (WINDOW_SECONDS * 100)
#define N_DECODED 64
/* Any text tokens will do: the work is the same. */
#define FIRST_TEXT_ID 1000
#define N_TEXT_IDS 10000
#define FIRST_PROMPT_TOKENS 16

static double
now_ms (void)
{
  return (double) g_get_monotonic_time () / 1000.0;
}

static void
absence_free (gpointer data)
{
  AppBenchAbsence *absence = data;
  g_free (absence->reason);
  g_free (absence);
}

AppBench *
app_bench_new (NnContext *context, const AppBenchOptions *options)
{
  AppBench *bench = g_new0 (AppBench, 1);
  bench->context = context;
  bench->options.n_runs = options->n_runs > 0 ? options->n_runs : 3;
  bench->options.n_prompt = options->n_prompt > 0 ? options->n_prompt : 512;
  bench->options.n_generate = options->n_generate > 0 ? options->n_generate : 64;
  bench->results = g_array_new (FALSE, TRUE, sizeof (AppBenchResult));
  bench->absences = g_ptr_array_new_with_free_func (absence_free);
  return bench;
}

void
app_bench_free (AppBench *bench)
{
  if (bench == NULL)
    return;
  g_array_unref (bench->results);
  g_ptr_array_unref (bench->absences);
  g_free (bench);
}

void
app_bench_add_absence (AppBench *bench, const char *part, const char *reason)
{
  AppBenchAbsence *absence = g_new0 (AppBenchAbsence, 1);
  absence->part = part;
  absence->reason = g_strdup (reason);
  g_ptr_array_add (bench->absences, absence);
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;
  return (x > y) - (x < y);
}

void
app_bench_summarise (double *values, int n, AppBenchResult *result)
{
  qsort (values, (size_t) n, sizeof *values, compare_doubles);
  result->min = values[0];
  result->max = values[n - 1];
  result->median = (values[(n - 1) / 2] + values[n / 2]) / 2.0;
}

/* What is measured once per run: its value, or NaN if it was stopped. */
typedef double (*Measure) (AppBench *bench, gpointer data);

static void
measure (AppBench *bench, const char *name, const char *title, const char *unit, Measure func,
         gpointer data)
{
  int n = bench->options.n_runs;
  g_autofree double *values = g_new (double, n);
  if (bench->on_step != NULL)
    bench->on_step (title, bench->user_data);
  for (int i = 0; i < n; i++) {
    values[i] = nn_context_is_cancelled (bench->context) ? NAN : func (bench, data);
    if (isnan (values[i]))
      return;
  }
  AppBenchResult result = { .name = name, .title = title, .unit = unit };
  app_bench_summarise (values, n, &result);
  g_array_append_val (bench->results, result);
}

/* Of the result that was measured last, if it has that name. */
static void
set_work (AppBench *bench, const char *name, AppBenchWork work, double n_work)
{
  if (bench->results->len == 0)
    return;
  AppBenchResult *last = &g_array_index (bench->results, AppBenchResult, bench->results->len - 1);
  if (g_str_equal (last->name, name)) {
    last->work = work;
    last->n_work = n_work;
  }
}

double
app_bench_get_share (const AppBenchResult *result)
{
  if (result->limit <= 0.0 || result->median <= 0.0)
    return 0.0;
  return g_str_has_suffix (result->unit, "/s") ? result->median / result->limit
                                               : result->limit / result->median;
}

void
app_bench_measure_limits (AppBench *bench)
{
  bench->peak_bytes = app_machine_get_peak_rss ();
  if (nn_context_is_cancelled (bench->context))
    return;
  if (bench->on_step != NULL)
    bench->on_step ("what the machine can do", bench->user_data);
  app_limits_measure (bench->context, 0, &bench->limits);
  for (guint i = 0; i < bench->results->len; i++) {
    AppBenchResult *result = &g_array_index (bench->results, AppBenchResult, i);
    double seconds = app_bench_work_get_seconds (&result->work, &bench->limits);
    if (seconds > 0.0)
      result->limit =
          g_str_has_suffix (result->unit, "/s") ? result->n_work / seconds : 1000.0 * seconds;
  }
}

/* A sound with something in every band, the same each time. */
static float *
make_samples (size_t n)
{
  float *samples = g_new (float, n);
  guint32 state = 1;
  for (size_t i = 0; i < n; i++) {
    state = state * 1664525u + 1013904223u;
    samples[i] = (float) ((gint32) state) * (0.1f / 2147483648.0f);
  }
  return samples;
}

static double
measure_mel (AppBench *bench, gpointer data)
{
  g_autoptr (AudioMel) mel = audio_mel_new (80);
  g_autofree float *out = g_new (float, (gsize) WINDOW_FRAMES * 80);
  g_autofree float *samples = make_samples (WINDOW_SECONDS * AUDIO_RATE_HZ);
  double start = now_ms ();
  audio_mel_compute (mel, samples, WINDOW_SECONDS * AUDIO_RATE_HZ, WINDOW_FRAMES, out);
  return now_ms () - start;
}

void
app_bench_mel (AppBench *bench)
{
  measure (bench, "mel_ms", "log-mel of 30 s", "ms", measure_mel, NULL);
}

static double
measure_vad (AppBench *bench, gpointer data)
{
  AudioVad *vad = data;
  const size_t n_chunks = 60 * AUDIO_RATE_HZ / AUDIO_VAD_CHUNK;
  g_autofree float *samples = make_samples (60 * AUDIO_RATE_HZ);
  g_autofree float *probabilities = g_new (float, n_chunks);
  audio_vad_reset (vad);
  double start = now_ms ();
  audio_vad_run (vad, samples, n_chunks, probabilities);
  return nn_context_is_cancelled (bench->context) ? NAN : now_ms () - start;
}

void
app_bench_vad (AppBench *bench, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioVad) vad = audio_vad_load (path, &error);
  if (vad == NULL) {
    app_bench_add_absence (bench, "vad", error->message);
    return;
  }
  measure (bench, "vad_ms", "voice activity of 60 s", "ms", measure_vad, vad);
}

typedef struct {
  AudioWhisper *whisper;
  AudioWhisperState *state;
  float *mel;
} Listen;

static double
measure_listen_load (AppBench *bench, gpointer data)
{
  double start = now_ms ();
  g_autoptr (AudioWhisper) whisper = audio_whisper_load (bench->context, data, NULL);
  return whisper != NULL ? now_ms () - start : NAN;
}

static double
measure_encode (AppBench *bench, gpointer data)
{
  Listen *listen = data;
  double start = now_ms ();
  if (!audio_whisper_encode (listen->whisper, listen->state, listen->mel, WINDOW_FRAMES, NULL,
                             NULL))
    return NAN;
  return now_ms () - start;
}

static double
measure_decode (AppBench *bench, gpointer data)
{
  Listen *listen = data;
  double start = now_ms ();
  for (int i = 0; i < N_DECODED; i++) {
    if (nn_context_is_cancelled (bench->context))
      return NAN;
    const int token = FIRST_TEXT_ID + i;
    audio_whisper_decode (listen->whisper, listen->state, 0, &token, 1, i);
  }
  return (now_ms () - start) / N_DECODED;
}

void
app_bench_listen (AppBench *bench, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioWhisper) whisper = audio_whisper_load (bench->context, path, &error);
  if (whisper == NULL) {
    app_bench_add_absence (bench, "listen", error->message);
    return;
  }
  int n_mels = audio_whisper_get_config (whisper)->n_mels;
  g_autoptr (AudioMel) mel = audio_mel_new (n_mels);
  g_autofree float *samples = make_samples (WINDOW_SECONDS * AUDIO_RATE_HZ);
  g_autofree float *bands = g_new (float, (gsize) WINDOW_FRAMES *(gsize) n_mels);
  audio_mel_compute (mel, samples, WINDOW_SECONDS * AUDIO_RATE_HZ, WINDOW_FRAMES, bands);
  Listen listen = { whisper, audio_whisper_state_new (whisper, 1, &error), bands };
  if (listen.state == NULL) {
    app_bench_add_absence (bench, "listen", error->message);
    return;
  }
  const AudioWhisperConfig *config = audio_whisper_get_config (whisper);
  measure (bench, "encoder_ms", "Whisper encoder, 30 s", "ms", measure_encode, &listen);
  set_work (bench, "encoder_ms", app_bench_work_of_encoder (config), 1.0);
  /* The decoder reads what the encoder left, so a stopped encoder has no decoder after it. */
  if (!nn_context_is_cancelled (bench->context)) {
    measure (bench, "decoder_ms_per_token", "Whisper decoder", "ms/token", measure_decode, &listen);
    set_work (bench, "decoder_ms_per_token", app_bench_work_of_decoder (config), 1.0);
  }
  audio_whisper_state_free (listen.state);
  measure (bench, "listen_load_ms", "load the listening model", "ms", measure_listen_load,
           (gpointer) path);
}

typedef struct {
  LlmSession *session;
  LlmVocab *vocab;
  int n_embd;
  int n_calls; /* so that no prompt begins like one that is in the cache */
} Chat;

/* (transfer full): n_tokens ids; the first differs from call to call. */
static LlmPrompt *
make_prompt (LlmVocab *vocab, int n_embd, int n_tokens, int number)
{
  LlmPrompt *prompt = llm_prompt_new (vocab, n_embd);
  int n_ids = llm_tokenizer_get_n_tokens (llm_vocab_get_tokenizer (vocab));
  for (int i = 0; i < n_tokens; i++) {
    g_autoptr (GError) error = NULL;
    int id = (FIRST_TEXT_ID + (number * 7 + i * 13) % N_TEXT_IDS) % n_ids;
    if (!llm_prompt_add_id (prompt, id, &error))
      g_error ("%s", error->message);
  }
  return prompt;
}

static double
measure_prompt (AppBench *bench, gpointer data)
{
  Chat *chat = data;
  int n = 0;
  g_autoptr (LlmPrompt) prompt =
      make_prompt (chat->vocab, chat->n_embd, bench->options.n_prompt, chat->n_calls++);
  double start = now_ms ();
  if (!llm_session_prefill (chat->session, prompt, NULL, NULL, &n, NULL))
    return NAN;
  return n * 1000.0 / (now_ms () - start);
}

/* A model may end its answer early; it is asked again until the tokens are enough. */
static double
measure_generate (AppBench *bench, gpointer data)
{
  Chat *chat = data;
  int n_done = 0;
  double spent = 0.0;
  LlmGenerateOptions options = { .max_tokens = bench->options.n_generate, .no_drafts = TRUE };
  for (int attempt = 0; attempt < 8 && n_done < bench->options.n_generate; attempt++) {
    g_autoptr (LlmPrompt) prompt =
        make_prompt (chat->vocab, chat->n_embd, FIRST_PROMPT_TOKENS, chat->n_calls++);
    LlmGenerated generated = { 0 };
    if (!llm_session_prefill (chat->session, prompt, NULL, NULL, NULL, NULL))
      return NAN;
    double start = now_ms ();
    g_autofree char *text =
        llm_session_generate (chat->session, &options, NULL, NULL, &generated, NULL);
    if (text == NULL || generated.stop == LLM_STOP_CANCELLED)
      return NAN;
    spent += now_ms () - start;
    n_done += generated.n_tokens;
  }
  return n_done > 0 ? n_done * 1000.0 / spent : NAN;
}

typedef struct {
  LlmModel *model;
  LlmVocab *vocab;
  LlmSession *session;
} Loaded;

static void
loaded_clear (Loaded *loaded)
{
  llm_session_free (loaded->session);
  g_clear_pointer (&loaded->vocab, llm_vocab_unref);
  g_clear_pointer (&loaded->model, llm_model_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Loaded, loaded_clear)

static gboolean
load (AppBench *bench, const char *path, Loaded *loaded, GError **error)
{
  loaded->model = llm_model_load (bench->context, path, NULL, NULL, error);
  if (loaded->model == NULL)
    return FALSE;
  loaded->vocab = llm_vocab_new (llm_model_get_tokenizer (loaded->model));
  int n_ctx = MAX (bench->options.n_prompt, FIRST_PROMPT_TOKENS) + bench->options.n_generate + 16;
  loaded->session = llm_session_new (loaded->model, bench->context, n_ctx, error);
  return loaded->session != NULL;
}

static double
measure_chat_load (AppBench *bench, gpointer data)
{
  double start = now_ms ();
  g_autoptr (LlmModel) model = llm_model_load (bench->context, data, NULL, NULL, NULL);
  return model != NULL ? now_ms () - start : NAN;
}

/* From nothing to the first word of an answer. */
static double
measure_first_token (AppBench *bench, gpointer data)
{
  double start = now_ms ();
  g_auto (Loaded) loaded = { 0 };
  if (!load (bench, data, &loaded, NULL))
    return NAN;
  int n_embd = llm_model_get_config (loaded.model)->n_embd;
  g_autoptr (LlmPrompt) prompt = make_prompt (loaded.vocab, n_embd, FIRST_PROMPT_TOKENS, 0);
  if (!llm_session_prefill (loaded.session, prompt, NULL, NULL, NULL, NULL))
    return NAN;
  LlmGenerateOptions options = { .max_tokens = 1 };
  g_autofree char *text = llm_session_generate (loaded.session, &options, NULL, NULL, NULL, NULL);
  return text != NULL ? now_ms () - start : NAN;
}

static void
bench_session (AppBench *bench, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_auto (Loaded) loaded = { 0 };
  if (!load (bench, path, &loaded, &error)) {
    app_bench_add_absence (bench, "chat", error->message);
    return;
  }
  Chat chat = { .session = loaded.session, .vocab = loaded.vocab };
  chat.n_embd = llm_model_get_config (loaded.model)->n_embd;
  const AppBenchOptions *o = &bench->options;
  const LlmConfig *config = llm_model_get_config (loaded.model);
  g_autoptr (NnGguf) gguf = nn_gguf_open (path, NULL);
  measure (bench, "prompt_tokens_per_s", "chat, reading a prompt", "tokens/s", measure_prompt,
           &chat);
  if (gguf != NULL)
    set_work (bench, "prompt_tokens_per_s", app_bench_work_of_prompt (gguf, config, o->n_prompt),
              o->n_prompt);
  measure (bench, "generated_tokens_per_s", "chat, writing an answer", "tokens/s", measure_generate,
           &chat);
  int depth = FIRST_PROMPT_TOKENS + o->n_generate / 2;
  if (gguf != NULL)
    set_work (bench, "generated_tokens_per_s", app_bench_work_of_token (gguf, config, depth), 1.0);
}

void
app_bench_chat (AppBench *bench, const char *path)
{
  guint n_absences = bench->absences->len;
  bench_session (bench, path);
  if (bench->absences->len > n_absences)
    return;
  /* The session's model is gone by now: two of them need not fit. */
  measure (bench, "chat_load_ms", "load the chat model", "ms", measure_chat_load, (gpointer) path);
  measure (bench, "first_token_ms", "load, to the first token", "ms", measure_first_token,
           (gpointer) path);
}
