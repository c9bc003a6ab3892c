/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Our side of a race (tools/peers): a process that keeps one model and is told what to do, a line
 * at a time, so that both sides can take turns.
 *
 *   race [--threads N] [--context N] [--cpu-clock] KIND [MODEL...]
 *
 * KIND and its models, then what it understands; each line is answered by one, in milliseconds
 * first:
 *
 *   limits                       measure            bytes and operations per second
 *   chat MODEL                   prompt N SEED      reads N made-up tokens from nothing
 *                                first N SEED       the same, and the first token of the answer
 *                                generate DEPTH N   N tokens after DEPTH; then their ids
 *                                shape              weights, their bytes, and what a position has
 *   listen WHISPER VAD           load WAV | mel | encode | decode N | transcribe BEAM; then text
 *   vad MODEL, speaker MODEL     load WAV | run
 *   speak KOKORO VOICES          speak PHONEMES; then seconds of sound | symbols PHONEMES
 *
 * `start` answers with the time from loading to the first token (chat). `peak` answers with the
 * most KiB that were resident, `clock` with the time on the clock: with --cpu-clock, since the
 * process began. */

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "app/models/machine-limits.h"
#include "audio/kokoro/kokoro.h"
#include "audio/speaker/speaker.h"
#include "audio/whisper/mel.h"
#include "audio/whisper/transcribe.h"
#include "llm/decoder/decoder.h"

#define CHUNK 256
#define WINDOW_FRAMES 3000
#define N_BANDS 80
#define N_ANSWERED 16
#define LIMIT_BYTES ((size_t) 1 << 30)

static int n_threads = 0, n_context = 2560;
static gboolean cpu_clock = FALSE;

static const GOptionEntry entries[] = {
  { "threads", 0, 0, G_OPTION_ARG_INT, &n_threads, "Threads, 0 for all cores", "N" },
  { "context", 0, 0, G_OPTION_ARG_INT, &n_context, "Positions of a chat (2560)", "N" },
  { "cpu-clock", 0, 0, G_OPTION_ARG_NONE, &cpu_clock, "Time of the processor", NULL },
  { NULL },
};

typedef struct {
  NnContext *context;
  char **paths; /* of the models, NULL-terminated */
  LlmModel *model;
  LlmState *state;
  NnKvCache *cache;
  float *logits;
  int depth; /* of the tokens in the cache that generate() goes on from; 0: others are there */
  int first_id;
  AudioTranscriber *transcriber;
  AudioClip *clip;
  AudioMel *mel;
  float *bands;
  AudioVad *vad;
  AudioSpeakerEncoder *speaker;
  AudioKokoro *kokoro;
  AudioVoices *voices;
} Race;

/* With the processor's clock time counts only while we have a core: of use with one thread on a
 * machine that is not ours alone. */
static double
now_ms (void)
{
  struct timespec now;
  clock_gettime (cpu_clock ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return (double) now.tv_sec * 1e3 + (double) now.tv_nsec * 1e-6;
}

static void
answer (double ms, const char *rest)
{
  printf ("%.4f%s%s\n", ms, rest[0] != '\0' ? " " : "", rest);
  fflush (stdout);
}

static int
argument (char **words, int i, int otherwise)
{
  return (int) g_strv_length (words) > i ? (int) g_ascii_strtoll (words[i], NULL, 10) : otherwise;
}

static gboolean
open_chat (Race *race, GError **error)
{
  race->model = llm_model_load (race->context, race->paths[0], NULL, NULL, error);
  if (race->model == NULL)
    return FALSE;
  const LlmConfig *c = llm_model_get_config (race->model);
  race->state = llm_state_new (c, CHUNK, error);
  if (race->state == NULL)
    return FALSE;
  race->cache = nn_kv_cache_new (c->n_layers, c->n_kv_heads, c->head_dim, n_context, error);
  race->logits = g_new (float, c->n_vocab);
  return race->cache != NULL;
}

static void
close_chat (Race *race)
{
  g_clear_pointer (&race->cache, nn_kv_cache_free);
  g_clear_pointer (&race->state, llm_state_free);
  g_clear_pointer (&race->model, llm_model_unref);
  g_clear_pointer (&race->logits, g_free);
}

/* Both sides make up the same tokens. */
static int
made_up (const Race *race, int seed, int i)
{
  return (1000 + (seed * 7 + i * 13) % 10000) % llm_model_get_config (race->model)->n_vocab;
}

static void
forward (Race *race, const int *ids, int first, int n)
{
  for (int done = 0; done < n; done += CHUNK) {
    int rows = MIN (CHUNK, n - done);
    for (int i = 0; i < rows; i++) {
      llm_model_get_embedding (race->model, ids[done + i], llm_state_row (race->state, i));
      llm_model_scale_embedding (race->model, llm_state_row (race->state, i));
    }
    const LlmBatch batch = { race->cache, first + done, rows, done + rows == n, race->logits };
    llm_decoder_forward (race->model, race->context, race->state, &batch);
  }
}

static void
read_prompt (Race *race, int n, int seed)
{
  g_autofree int *ids = g_new (int, MAX (n, 1));
  race->depth = 0;
  for (int i = 0; i < n; i++)
    ids[i] = made_up (race, seed, i);
  forward (race, ids, 0, n);
}

static int
best_token (const Race *race)
{
  int best = 0;
  for (int i = 1; i < llm_model_get_config (race->model)->n_vocab; i++)
    if (race->logits[i] > race->logits[best])
      best = i;
  return best;
}

static void
generate (Race *race, int depth, int n)
{
  g_autoptr (GString) ids = g_string_new (NULL);
  if (race->depth != depth) {
    read_prompt (race, depth, 1);
    race->depth = depth;
    race->first_id = best_token (race);
  }
  double start = now_ms ();
  for (int i = 0; i < n; i++) {
    int id = i > 0 ? best_token (race) : race->first_id;
    g_string_append_printf (ids, "%s%d", i > 0 ? " " : "", id);
    forward (race, &id, depth + i, 1);
  }
  answer (now_ms () - start, ids->str);
}

/* Values of the matrices that a token passes through, of the output alone, their bytes in the
 * file, layers, values of a position in the cache, width of the queries. */
static void
print_shape (Race *race)
{
  const LlmConfig *c = llm_model_get_config (race->model);
  double n_values = 0, n_bytes = 0;
  gboolean has_output = nn_gguf_find (race->model->gguf, "output.weight") != NULL;
  for (size_t i = 0; i < nn_gguf_get_n_tensors (race->model->gguf); i++) {
    const NnTensor *t = nn_gguf_get_tensor (race->model->gguf, i);
    if (t->n_dims < 2 || (has_output && g_str_equal (t->name, "token_embd.weight")))
      continue;
    n_values += (double) t->dims[0] * (double) t->dims[1];
    n_bytes += (double) t->n_bytes;
  }
  g_autofree char *text = g_strdup_printf (
      "%.0f %.0f %.0f %d %d %d", n_values, (double) c->n_embd * c->n_vocab, n_bytes, c->n_layers,
      2 * c->n_kv_heads * c->head_dim, c->n_heads * c->head_dim);
  answer (0, text);
}

static gboolean
do_chat (Race *race, char **words, GError **error)
{
  double start = now_ms ();
  if (g_str_equal (words[0], "start")) {
    close_chat (race);
    if (!open_chat (race, error))
      return FALSE;
    read_prompt (race, N_ANSWERED, 1);
    best_token (race);
    answer (now_ms () - start, "");
    return TRUE;
  }
  if (race->model == NULL && !open_chat (race, error))
    return FALSE;
  start = now_ms ();
  int n = argument (words, 1, 1), m = argument (words, 2, 1);
  if (n < 0 || m < 1 || n + m > n_context) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT, "%d positions do not fit", n);
    return FALSE;
  }
  if (g_str_equal (words[0], "generate")) {
    generate (race, MAX (n, 1), m);
  } else if (g_str_equal (words[0], "shape")) {
    print_shape (race);
  } else {
    read_prompt (race, n, m);
    if (g_str_equal (words[0], "first"))
      best_token (race);
    answer (now_ms () - start, "");
  }
  return TRUE;
}

static gboolean
load_clip (Race *race, const char *path, GError **error)
{
  g_clear_pointer (&race->clip, audio_clip_free);
  race->clip = audio_clip_load (path, NULL, NULL, NULL, error);
  if (race->clip != NULL)
    answer (0, "");
  return race->clip != NULL;
}

static gboolean
transcribe (Race *race, int beam, GError **error)
{
  const AudioTranscribeOptions options = { .language = "en", .beam_size = beam };
  double start = now_ms ();
  g_autoptr (AudioTranscript) transcript =
      audio_transcribe (race->transcriber, race->clip, &options, NULL, NULL, error);
  if (transcript == NULL)
    return FALSE;
  double spent = now_ms () - start;
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < transcript->segments->len; i++)
    g_string_append (text, ((AudioSegment *) g_ptr_array_index (transcript->segments, i))->text);
  answer (spent, g_strdelimit (text->str, "\n\r", ' '));
  return TRUE;
}

/* The decoder alone, over what the encoder left. */
static void
decode (Race *race, int n)
{
  AudioWhisper *whisper = audio_transcriber_get_whisper (race->transcriber);
  AudioWhisperState *state = audio_transcriber_get_state (race->transcriber);
  double start = now_ms ();
  for (int i = 0; i < n; i++) {
    const int token = 1000 + i;
    audio_whisper_decode (whisper, state, 0, &token, 1, i);
  }
  answer ((now_ms () - start) / n, "");
}

static gboolean
do_listen (Race *race, char **words, GError **error)
{
  if (race->transcriber == NULL) {
    race->transcriber =
        audio_transcriber_load (race->context, race->paths[0], race->paths[1], error);
    if (race->transcriber == NULL)
      return FALSE;
    race->mel = audio_mel_new (N_BANDS);
    race->bands = g_new (float, (gsize) WINDOW_FRAMES *N_BANDS);
  }
  if (g_str_equal (words[0], "load"))
    return load_clip (race, words[1], error);
  if (race->clip == NULL) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_FORMAT, "no clip is loaded");
    return FALSE;
  }
  if (g_str_equal (words[0], "transcribe"))
    return transcribe (race, argument (words, 1, 1), error);
  double start = now_ms ();
  if (g_str_equal (words[0], "mel")) {
    audio_mel_compute (race->mel, race->clip->samples, MIN (race->clip->n_samples, 480000),
                       WINDOW_FRAMES, race->bands);
    answer (now_ms () - start, "");
  } else if (g_str_equal (words[0], "encode")) {
    audio_whisper_encode (audio_transcriber_get_whisper (race->transcriber),
                          audio_transcriber_get_state (race->transcriber), race->bands,
                          WINDOW_FRAMES, NULL, NULL);
    answer (now_ms () - start, "");
  } else {
    decode (race, argument (words, 1, 64));
  }
  return TRUE;
}

static gboolean
do_vad (Race *race, char **words, GError **error)
{
  if (race->vad == NULL && (race->vad = audio_vad_load (race->paths[0], error)) == NULL)
    return FALSE;
  if (g_str_equal (words[0], "load"))
    return load_clip (race, words[1], error);
  size_t n_chunks = race->clip->n_samples / AUDIO_VAD_CHUNK;
  g_autofree float *probabilities = g_new (float, n_chunks);
  double start = now_ms (), sum = 0;
  audio_vad_reset (race->vad);
  audio_vad_run (race->vad, race->clip->samples, n_chunks, probabilities);
  for (size_t i = 0; i < n_chunks; i++)
    sum += probabilities[i];
  g_autofree char *text = g_strdup_printf ("%.3f", sum);
  answer (now_ms () - start, text);
  return TRUE;
}

static gboolean
do_speaker (Race *race, char **words, GError **error)
{
  float embedding[AUDIO_SPEAKER_DIM];
  if (race->speaker == NULL
      && (race->speaker = audio_speaker_encoder_load (race->context, race->paths[0], error))
             == NULL)
    return FALSE;
  if (g_str_equal (words[0], "load"))
    return load_clip (race, words[1], error);
  double start = now_ms ();
  audio_speaker_embed (race->speaker, race->clip->samples, race->clip->n_samples, embedding);
  double spent = now_ms () - start;
  g_autoptr (GString) text = g_string_new (NULL);
  for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
    g_string_append_printf (text, "%s%.4f", i > 0 ? " " : "", (double) embedding[i]);
  answer (spent, text->str);
  return TRUE;
}

/* What the peer is given: the number of symbols, their ids, the style. */
static void
print_symbols (const int *ids, int n, const float *style)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_append_printf (text, "%d", n);
  for (int i = 0; i < n; i++)
    g_string_append_printf (text, " %d", ids[i]);
  for (int i = 0; i < AUDIO_KOKORO_STYLE; i++)
    g_string_append_printf (text, " %.7g", (double) style[i]);
  answer (0, text->str);
}

static gboolean
do_speak (Race *race, char **words, GError **error)
{
  if (race->kokoro == NULL) {
    race->kokoro = audio_kokoro_load (race->context, race->paths[0], error);
    race->voices = race->kokoro != NULL ? audio_voices_load (race->paths[1], error) : NULL;
    if (race->voices == NULL)
      return FALSE;
  }
  int ids[AUDIO_KOKORO_MAX_SYMBOLS];
  float style[AUDIO_KOKORO_STYLE];
  g_auto (AudioKokoroSpeech) speech = { 0 };
  g_autofree char *phonemes = g_strjoinv (" ", words + 1);
  int n = audio_kokoro_read_symbols (race->kokoro, phonemes, ids);
  if (!audio_voices_get_style (race->voices, "af_heart", n, style, error))
    return FALSE;
  if (g_str_equal (words[0], "symbols")) {
    print_symbols (ids, n, style);
    return TRUE;
  }
  double start = now_ms ();
  if (!audio_kokoro_speak (race->kokoro, ids, n, style, 1, &speech, error))
    return FALSE;
  double spent = now_ms () - start;
  g_autofree char *text = g_strdup_printf ("%.4f", (double) speech.n_samples / AUDIO_KOKORO_RATE);
  answer (spent, text);
  return TRUE;
}

static gboolean
do_limits (Race *race, char **words, GError **error)
{
  AppLimits limits;
  app_limits_measure (race->context, LIMIT_BYTES, &limits);
  g_autofree char *text =
      g_strdup_printf ("%.4g %.4g %.4g %.4g %s", limits.read_bytes, limits.fp32_ops,
                       limits.bf16_ops, limits.int8_ops, race->context->kernels->name);
  answer (0, text);
  return TRUE;
}

static const struct {
  const char *name;
  int n_paths;
  gboolean (*func) (Race *race, char **words, GError **error);
} kinds[] = { { "limits", 0, do_limits },   { "chat", 1, do_chat }, { "listen", 2, do_listen },
              { "speaker", 1, do_speaker }, { "vad", 1, do_vad },   { "speak", 2, do_speak } };

static int
serve (Race *race, guint kind)
{
  g_autofree char *line = NULL;
  size_t size = 0;
  while (getline (&line, &size, stdin) > 0) {
    g_autoptr (GError) error = NULL;
    g_auto (GStrv) words = g_strsplit (g_strstrip (line), " ", -1);
    struct rusage usage;
    if (words[0] == NULL)
      continue;
    if (g_str_equal (words[0], "peak")) {
      getrusage (RUSAGE_SELF, &usage);
      answer ((double) usage.ru_maxrss, "");
    } else if (g_str_equal (words[0], "clock")) {
      answer (now_ms (), "");
    } else if (!kinds[kind].func (race, words, &error)) {
      fprintf (stderr, "race: %s\n", error->message);
      return 1;
    }
  }
  return 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) options = g_option_context_new ("KIND [MODEL...]");
  g_autoptr (GError) error = NULL;
  g_option_context_add_main_entries (options, entries, NULL);
  if (!g_option_context_parse (options, &argc, &argv, &error)) {
    fprintf (stderr, "race: %s\n", error->message);
    return 2;
  }
  for (guint i = 0; argc > 1 && i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (argv[1], kinds[i].name) && argc == kinds[i].n_paths + 2) {
      Race race = { .context = nn_context_new (n_threads), .paths = argv + 2 };
      return serve (&race, i);
    }
  fprintf (stderr, "usage: race [--threads N] KIND [MODEL...]\n");
  return 2;
}
