/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whisper's networks against tests/golden/audio/whisper-tiny.txt (tools/goldens/whisper tiny). */

#include "audio/whisper/whisper-vocab.h"
#include "tests/audio/tiny-whisper.h"

#include <math.h>
#include <string.h>

/* Keys and values are kept in half precision. */
#define TOLERANCE 4e-3

typedef struct {
  NnContext *context;
  AudioWhisper *whisper;
  AudioWhisperState *state;
  float *mel;
} Fixture;

/* data: how the encoder computes, NULL for float. */
static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (NnGguf) gguf = tiny_whisper_gguf ();
  g_autoptr (GError) error = NULL;
  const size_t n = 2 * TINY_N_AUDIO_CTX * TINY_N_MELS;

  g_setenv ("HEARSAY_ENCODER", data != NULL ? data : "float", TRUE);
  g_setenv ("HEARSAY_DECODER", "float", TRUE);
  f->context = nn_context_new (2);
  f->whisper = audio_whisper_load_gguf (f->context, gguf, &error);
  g_assert_no_error (error);
  f->state = audio_whisper_state_new (f->whisper, 3, &error);
  g_assert_no_error (error);
  f->mel = g_new (float, n);
  tiny_whisper_seeded ("mel", n, 1.0f, 0.0f, f->mel);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_free (f->mel);
  audio_whisper_state_free (f->state);
  audio_whisper_free (f->whisper);
  nn_context_free (f->context);
}

static void
encode (Fixture *f)
{
  g_assert_true (
      audio_whisper_encode (f->whisper, f->state, f->mel, 2 * TINY_N_AUDIO_CTX, NULL, NULL));
}

static int *
golden_tokens (int *n)
{
  g_auto (GStrv) lines = tiny_whisper_golden ("whisper-tiny.txt", "tokens ");
  size_t n_tokens;
  g_autofree float *numbers = tiny_whisper_numbers (lines[0], &n_tokens);
  int *tokens = g_new (int, n_tokens);

  for (size_t i = 0; i < n_tokens; i++)
    tokens[i] = (int) numbers[i];
  *n = (int) n_tokens;
  return tokens;
}

static void
assert_close (const float *values, const float *expected, size_t n)
{
  for (size_t i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (values[i], expected[i], TOLERANCE);
}

/* Each golden line: the indices, then a row of `width` values. */
static void
assert_rows (const char *start, int index, const float *rows, size_t width)
{
  g_auto (GStrv) lines = tiny_whisper_golden ("whisper-tiny.txt", start);
  int n_compared = 0;

  for (char **line = lines; *line != NULL; line++) {
    size_t n;
    g_autofree float *numbers = tiny_whisper_numbers (*line, &n);
    const size_t n_indices = index >= 0 ? 2 : 1;

    g_assert_cmpuint (n, ==, n_indices + width);
    if (index >= 0 && (int) numbers[0] != index)
      continue;
    assert_close (rows + (size_t) numbers[n_indices - 1] * width, numbers + n_indices, width);
    n_compared++;
  }
  g_assert_cmpint (n_compared, >, 0);
}

static void
compare_block (int block, const float *states, int n_rows, gpointer user_data)
{
  int *n_blocks = user_data;

  g_assert_cmpint (n_rows, ==, TINY_N_AUDIO_CTX);
  g_assert_cmpint (block, ==, *n_blocks);
  if (block < TINY_N_LAYERS - 1)
    assert_rows ("block ", block, states, TINY_N_STATE);
  (*n_blocks)++;
}

static void
test_encoder (Fixture *f, gconstpointer data)
{
  g_auto (GStrv) mel = tiny_whisper_golden ("whisper-tiny.txt", "mel ");
  g_autofree float *expected = NULL;
  size_t n;
  int n_blocks = 0;
  int n_rows = 0;

  expected = tiny_whisper_numbers (mel[0], &n);
  g_assert_cmpuint (n, ==, 2 * TINY_N_AUDIO_CTX * TINY_N_MELS);
  assert_close (f->mel, expected, n);
  g_assert_true (audio_whisper_encode (f->whisper, f->state, f->mel, 2 * TINY_N_AUDIO_CTX,
                                       compare_block, &n_blocks));
  g_assert_cmpint (n_blocks, ==, TINY_N_LAYERS);
  assert_rows ("states ", -1, audio_whisper_get_states (f->state, &n_rows), TINY_N_STATE);
  g_assert_cmpint (n_rows, ==, TINY_N_AUDIO_CTX);
}

static void
test_shorter_window (Fixture *f, gconstpointer data)
{
  int n_rows = 0;

  g_assert_true (audio_whisper_encode (f->whisper, f->state, f->mel, 10, NULL, NULL));
  audio_whisper_get_states (f->state, &n_rows);
  g_assert_cmpint (n_rows, ==, 5);
  const float *logits = audio_whisper_decode (f->whisper, f->state, 0, (int[]){ TINY_SOT }, 1, 0);
  for (int i = 0; i < TINY_N_VOCAB; i++)
    g_assert_true (isfinite (logits[i]));
}

static void
keep_block (int block, const float *states, int n_rows, gpointer user_data)
{
  float **blocks = user_data;

  blocks[block] = g_memdup2 (states, (gsize) n_rows * TINY_N_STATE * sizeof *states);
}

/* The first blocks alone are those of the whole. */
static void
test_first_blocks (Fixture *f, gconstpointer data)
{
  const size_t bytes = TINY_N_AUDIO_CTX * TINY_N_STATE * sizeof (float);
  float *whole[TINY_N_LAYERS], *part[TINY_N_LAYERS];
  int n_rows = -1;

  g_assert_true (
      audio_whisper_encode (f->whisper, f->state, f->mel, 2 * TINY_N_AUDIO_CTX, keep_block, whole));
  for (int n = 1; n <= TINY_N_LAYERS; n++) {
    const float *states = audio_whisper_encode_blocks (f->whisper, f->state, f->mel,
                                                       2 * TINY_N_AUDIO_CTX, n, keep_block, part);

    g_assert_cmpmem (states, bytes, whole[n - 1], bytes);
    for (int i = 0; i < n; i++) {
      g_assert_cmpmem (part[i], bytes, whole[i], bytes);
      g_free (part[i]);
    }
  }
  audio_whisper_get_states (f->state, &n_rows);
  g_assert_cmpint (n_rows, ==, 0);
  for (int i = 0; i < TINY_N_LAYERS; i++)
    g_free (whole[i]);

  atomic_store (&f->context->cancel, true);
  g_assert_null (audio_whisper_encode_blocks (f->whisper, f->state, f->mel, 2 * TINY_N_AUDIO_CTX, 1,
                                              NULL, NULL));
}

static void
test_logits (Fixture *f, gconstpointer data)
{
  g_auto (GStrv) lines = tiny_whisper_golden ("whisper-tiny.txt", "logits ");
  int n_tokens;
  g_autofree int *tokens = golden_tokens (&n_tokens);

  encode (f);
  for (char **line = lines; *line != NULL; line++) {
    size_t n;
    g_autofree float *numbers = tiny_whisper_numbers (*line, &n);
    const int position = (int) numbers[0];

    g_assert_cmpuint (n, ==, 1 + TINY_N_VOCAB);
    /* The prompt in one call, longer ones in chunks. */
    assert_close (audio_whisper_decode (f->whisper, f->state, 1, tokens, position + 1, 0),
                  numbers + 1, TINY_N_VOCAB);
    /* The same, all but the last token before. */
    if (position > 0)
      audio_whisper_decode (f->whisper, f->state, 0, tokens, position, 0);
    assert_close (audio_whisper_step (f->whisper, f->state, 1, tokens + position, position),
                  numbers + 1, TINY_N_VOCAB);
  }
}

static void
test_incremental (Fixture *f, gconstpointer data)
{
  int n_tokens;
  g_autofree int *tokens = golden_tokens (&n_tokens);
  float whole[TINY_N_VOCAB];

  encode (f);
  memcpy (whole, audio_whisper_decode (f->whisper, f->state, 0, tokens, n_tokens, 0), sizeof whole);
  for (int i = 0; i + 1 < n_tokens; i++)
    audio_whisper_step (f->whisper, f->state, 1, tokens + i, i);
  assert_close (audio_whisper_step (f->whisper, f->state, 1, tokens + n_tokens - 1, n_tokens - 1),
                whole, TINY_N_VOCAB);
}

/* Three beams with texts of their own, then moved about: each goes on as if it were alone. */
static void
test_beams (Fixture *f, gconstpointer data)
{
  static const int texts[3][5] = { { TINY_SOT, 1, 2, 3, 4 },
                                   { TINY_SOT, 11, 12, 13, 14 },
                                   { TINY_SOT, 7, 8, 9, 10 } };
  static const int parents[3] = { 2, 0, 2 };
  static const int next[3] = { 20, 21, 22 };
  const float *logits;
  float expected[3][TINY_N_VOCAB];

  encode (f);
  for (int b = 0; b < 3; b++) {
    int text[6];

    memcpy (text, texts[parents[b]], sizeof texts[0]);
    text[5] = next[b];
    memcpy (expected[b], audio_whisper_decode (f->whisper, f->state, 0, text, 6, 0),
            sizeof expected[b]);
  }
  for (int i = 0; i < 5; i++)
    audio_whisper_step (f->whisper, f->state, 3, (int[]){ texts[0][i], texts[1][i], texts[2][i] },
                        i);
  audio_whisper_reorder_beams (f->state, parents, 3, 5);
  logits = audio_whisper_step (f->whisper, f->state, 3, next, 5);
  for (int b = 0; b < 3; b++)
    assert_close (logits + b * TINY_N_VOCAB, expected[b], TINY_N_VOCAB);
}

static void
test_align (Fixture *f, gconstpointer data)
{
  int n_tokens;
  g_autofree int *tokens = golden_tokens (&n_tokens);
  const int n_heads = audio_whisper_get_n_alignment_heads (f->whisper);
  const size_t n_head = (size_t) n_tokens * TINY_N_AUDIO_CTX;
  g_autofree float *attention = g_new (float, (size_t) n_heads *n_head);
  g_autofree float *probabilities = g_new (float, n_tokens);

  g_assert_cmpint (n_heads, ==, 3);
  encode (f);
  g_assert_true (audio_whisper_align (f->whisper, f->state, tokens, n_tokens, TINY_N_VOCAB,
                                      TINY_N_AUDIO_CTX, attention, probabilities));
  for (int h = 0; h < n_heads; h++)
    assert_rows ("cross ", h, attention + (size_t) h * n_head, TINY_N_AUDIO_CTX);

  g_assert_cmpfloat (probabilities[0], ==, 0.0f);
  for (int i = 1; i < n_tokens; i++) {
    const float *logits = audio_whisper_decode (f->whisper, f->state, 1, tokens, i, 0);
    double sum = 0.0;

    for (int k = 0; k < TINY_N_VOCAB; k++)
      sum += exp ((double) logits[k]);
    g_assert_cmpfloat_with_epsilon (probabilities[i], exp ((double) logits[tokens[i]]) / sum,
                                    TOLERANCE);
  }
}

static void
keep_all (int block, const float *states, int n_rows, gpointer user_data)
{
  GArray *all = user_data;

  g_array_append_vals (all, states, (guint) (n_rows * TINY_N_STATE));
}

/* The states of all blocks, and after the final norm. (transfer full). */
static GArray *
encode_with (const char *precision, int n_threads, const float *mel, int n_frames)
{
  g_autoptr (NnGguf) gguf = tiny_whisper_gguf ();
  NnContext *context = nn_context_new (n_threads);
  GArray *all = g_array_new (FALSE, FALSE, sizeof (float));
  AudioWhisper *whisper;
  AudioWhisperState *state;
  int n_rows;

  g_setenv ("HEARSAY_ENCODER", precision, TRUE);
  whisper = audio_whisper_load_gguf (context, gguf, NULL);
  state = audio_whisper_state_new (whisper, 1, NULL);
  g_assert_true (audio_whisper_encode (whisper, state, mel, n_frames, keep_all, all));
  keep_all (0, audio_whisper_get_states (state, &n_rows), n_frames / 2, all);
  g_assert_cmpint (n_rows, ==, n_frames / 2);
  /* A text of one token sees the encoder through its keys and values. */
  g_array_append_vals (all, audio_whisper_decode (whisper, state, 0, (int[]){ TINY_SOT }, 1, 0),
                       TINY_N_VOCAB);
  audio_whisper_state_free (state);
  audio_whisper_free (whisper);
  nn_context_free (context);
  return all;
}

static double
distance (const GArray *a, const GArray *b)
{
  double difference = 0, length = 0;

  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++) {
    const double x = (double) g_array_index (a, float, i), y = (double) g_array_index (b, float, i);

    difference += (x - y) * (x - y);
    length += y * y;
  }
  return sqrt (difference / length);
}

/* Reduced precision is near float, and the same with any number of threads. */
static void
test_precisions (Fixture *f, gconstpointer data)
{
  static const struct {
    const char *name;
    double tolerance;
  } precisions[] = { { "bf16", 0.01 }, { "int8", 0.03 } };

  for (int n_frames = 2 * TINY_N_AUDIO_CTX; n_frames > 0; n_frames -= 10) {
    g_autoptr (GArray) exact = encode_with ("float", 2, f->mel, n_frames);

    for (size_t i = 0; i < G_N_ELEMENTS (precisions); i++) {
      g_autoptr (GArray) one = encode_with (precisions[i].name, 1, f->mel, n_frames);
      g_autoptr (GArray) three = encode_with (precisions[i].name, 3, f->mel, n_frames);

      g_test_message ("%s of %d: %.5f", precisions[i].name, n_frames, distance (one, exact));
      g_assert_cmpfloat (distance (one, exact), <, precisions[i].tolerance);
      g_assert_cmpmem (one->data, one->len * sizeof (float), three->data,
                       three->len * sizeof (float));
    }
  }
}

static void
test_cancel (Fixture *f, gconstpointer data)
{
  atomic_store (&f->context->cancel, true);
  g_assert_false (
      audio_whisper_encode (f->whisper, f->state, f->mel, 2 * TINY_N_AUDIO_CTX, NULL, NULL));
  atomic_store (&f->context->cancel, false);
  encode (f);
}

static void
assert_load_error (NnContext *context, GgufBuilder *builder, GQuark domain, int code,
                   const char *part)
{
  g_autoptr (GBytes) bytes = gguf_builder_build (builder);
  g_autoptr (GError) error = NULL;
  g_autoptr (NnGguf) gguf = nn_gguf_new_from_bytes (bytes, "broken", &error);
  g_autoptr (AudioWhisper) whisper = NULL;

  g_assert_no_error (error);
  whisper = audio_whisper_load_gguf (context, gguf, &error);
  if (whisper != NULL) {
    g_autoptr (AudioWhisperVocab) vocab = audio_whisper_vocab_new (whisper, &error);
    g_assert_null (vocab);
  }
  g_assert_error (error, domain, code);
  g_assert_nonnull (strstr (error->message, part));
  g_assert_null (strchr (error->message, '\n'));
}

static void
test_load_errors (Fixture *f, gconstpointer data)
{
  static const char *const needed[] = {
    "whisper.n_vocab",       "encoder.conv2.weight",
    "encoder.ln_post.bias",  "decoder.blocks.1.cross_attn.kv.weight",
    "tokenizer.ggml.tokens", "decoder.positional_embedding",
    "whisper.languages",     "decoder.token_embedding.weight"
  };

  for (size_t i = 0; i < G_N_ELEMENTS (needed); i++) {
    g_autoptr (GgufBuilder) builder = tiny_whisper_builder (needed[i]);

    assert_load_error (f->context, builder, NN_ERROR, NN_ERROR_MISSING, needed[i]);
  }

  g_autoptr (GgufBuilder) foreign = gguf_builder_new ();
  gguf_builder_add_string (foreign, "general.architecture", "llama");
  assert_load_error (f->context, foreign, AUDIO_ERROR, AUDIO_ERROR_MODEL, "llama");

  g_autoptr (GgufBuilder) shaped = tiny_whisper_builder ("encoder.ln_post.weight");
  const float values[TINY_N_STATE + 1] = { 0 };
  gguf_builder_add_f32_tensor (shaped, "encoder.ln_post.weight", 1, (int64_t[]){ TINY_N_STATE + 1 },
                               values);
  assert_load_error (f->context, shaped, NN_ERROR, NN_ERROR_SHAPE, "encoder.ln_post.weight");

  g_autoptr (GgufBuilder) sized = tiny_whisper_builder ("whisper.n_audio_head");
  gguf_builder_add_u32 (sized, "whisper.n_audio_head", 100000);
  assert_load_error (f->context, sized, AUDIO_ERROR, AUDIO_ERROR_MODEL, "whisper.n_audio_head");
}

static void
test_vocabulary (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioWhisperVocab) vocab = audio_whisper_vocab_new (f->whisper, &error);
  g_autofree char *whole = NULL;
  g_autofree char *half = NULL;

  g_assert_no_error (error);
  g_assert_cmpint (vocab->eot, ==, TINY_EOT);
  g_assert_cmpint (vocab->no_speech, ==, TINY_NO_SPEECH);
  g_assert_cmpint (vocab->timestamp_begin, ==, TINY_TIMESTAMP_BEGIN);
  g_assert_cmpint (audio_whisper_vocab_find_language (vocab, "zh"), ==, TINY_CHINESE);
  g_assert_cmpint (audio_whisper_vocab_find_language (vocab, "xx"), ==, -1);
  whole = audio_whisper_vocab_decode (vocab, (int[]){ 1, TINY_SOT, 53, 57, 58, 59 }, 6);
  g_assert_cmpstr (whole, ==, " ba,\u807d");
  half = audio_whisper_vocab_decode (vocab, (int[]){ 57, 58 }, 2);
  g_assert_true (g_utf8_validate (half, -1, NULL));
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
    const char *precision;
  } tests[] = {
    { "/whisper/encoder", test_encoder },
    { "/whisper/shorter-window", test_shorter_window },
    { "/whisper/first-blocks", test_first_blocks },
    { "/whisper/logits", test_logits },
    { "/whisper/incremental", test_incremental },
    { "/whisper/beams", test_beams },
    { "/whisper/align", test_align },
    { "/whisper/cancel", test_cancel },
    { "/whisper/load-errors", test_load_errors },
    { "/whisper/vocabulary", test_vocabulary },
    { "/whisper/precisions", test_precisions },
    { "/whisper/bf16/shorter-window", test_shorter_window, "bf16" },
    { "/whisper/bf16/first-blocks", test_first_blocks, "bf16" },
    { "/whisper/bf16/incremental", test_incremental, "bf16" },
    { "/whisper/bf16/align", test_align, "bf16" },
    { "/whisper/bf16/cancel", test_cancel, "bf16" },
    { "/whisper/int8/first-blocks", test_first_blocks, "int8" },
    { "/whisper/int8/load-errors", test_load_errors, "int8" },
  };

  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, tests[i].precision, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
