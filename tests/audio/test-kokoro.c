/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The voice: each stage of a small model against goldens (tools/goldens/kokoro), the whole of it,
 * what it cannot do, voices, and broken files. */

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "audio/base/audio-error.h"
#include "audio/kokoro/kokoro-private.h"
#include "tests/audio/tiny-kokoro.h"
#include "tests/support/gguf-builder.h"

enum { N = 9, SHOWN = 25 };
static const int ids[N] = { 0, 3, 1, 4, 1, 5, 9, 2, 0 };

typedef struct {
  NnContext *context;
  AudioKokoro *kokoro;
  float style[AUDIO_KOKORO_STYLE]; /* timbre, prosody */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->context = nn_context_new (2);
  fixture->kokoro = tiny_kokoro_load (fixture->context);
  tiny_kokoro_fill ("timbre", fixture->style, TINY_KOKORO_STYLE, 1);
  tiny_kokoro_fill ("prosody", fixture->style + TINY_KOKORO_STYLE, TINY_KOKORO_STYLE, 1);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  audio_kokoro_free (fixture->kokoro);
  nn_context_free (fixture->context);
}

/* Every step-th row of `found` against the golden's section; tolerance in parts of the largest
 * value there. */
static void
compare (const char *section, const float *found, size_t stride, size_t width, size_t step,
         double tolerance)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "golden", "audio", "kokoro.txt", NULL);
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_autofree char *head = g_strdup_printf ("%s ", section);
  const char *at = g_str_has_prefix (text, head) ? text : NULL;
  for (const char *line = text; at == NULL && line != NULL; line = strchr (line, '\n')) {
    line++;
    if (g_str_has_prefix (line, head))
      at = line;
  }
  g_assert_nonnull (at);
  size_t n = g_ascii_strtoull (at + strlen (head), NULL, 10);
  double worst = 0, largest = 0;
  for (size_t i = 0; i < n; i++) {
    at = strchr (at, '\n') + 1;
    double expected = g_ascii_strtod (at, NULL);
    double value = (double) found[i / width * step * stride + i % width];
    g_assert_true (isfinite (value));
    worst = MAX (worst, fabs (value - expected));
    largest = MAX (largest, fabs (expected));
  }
  g_test_message ("%s: largest difference %g of %g", section, worst, largest);
  g_assert_cmpfloat (worst, <=, tolerance * largest);
}

static void
test_stages (Fixture *f, gconstpointer data)
{
  enum { WIDTH = TINY_KOKORO_HIDDEN, FULL = WIDTH + TINY_KOKORO_STYLE, T = 2 * N };
  const float *timbre = f->style, *prosody = f->style + TINY_KOKORO_STYLE;
  float hidden[N * WIDTH], text[N * WIDTH], features[N * FULL], durations[N];
  float spread[T * FULL], spoken[T * WIDTH], f0[2 * T], energy[2 * T], x[2 * T * WIDTH];
  const int n_rows = kokoro_source_rows (T);
  g_autofree float *source = g_new (float, n_rows * 2 * KOKORO_N_BINS);
  g_autofree float *samples = g_new (float, T *AUDIO_KOKORO_FRAME);

  g_assert_true (kokoro_read (f->kokoro, ids, N, hidden));
  compare ("hidden", hidden, 1, 1, 1, 1e-5);
  g_assert_true (kokoro_encode (f->kokoro, ids, N, text));
  compare ("text", text, 1, 1, 1, 1e-5);
  g_assert_true (kokoro_predict_durations (f->kokoro, hidden, N, prosody, features, durations));
  compare ("durations", durations, 1, 1, 1, 1e-5);
  for (int t = 0; t < T; t++) { /* two frames each */
    memcpy (spread + t * FULL, features + t / 2 * FULL, sizeof (float) * FULL);
    memcpy (spoken + t * WIDTH, text + t / 2 * WIDTH, sizeof (float) * WIDTH);
  }
  g_assert_true (kokoro_predict_curves (f->kokoro, spread, T, prosody, f0, energy));
  compare ("f0", f0, 1, 1, 1, 1e-5);
  compare ("energy", energy, 1, 1, 1, 1e-4);
  g_assert_true (kokoro_decode (f->kokoro, spoken, T, f0, energy, timbre, x));
  compare ("decoded", x, 1, 1, 1, 1e-4);
  kokoro_make_source (f->kokoro, f0, T, source);
  compare ("magnitudes", source, 2 * KOKORO_N_BINS, KOKORO_N_BINS, SHOWN, 1e-4);
  g_assert_true (kokoro_generate (f->kokoro, x, T, source, timbre, samples));
  compare ("samples", samples, 1, 1, SHOWN, 2e-4);
}

/* The whole is its stages, whatever the number of threads; twice as fast is half as long. */
static void
test_speak (Fixture *f, gconstpointer data)
{
  g_auto (AudioKokoroSpeech) speech = { 0 }, again = { 0 }, fast = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (audio_kokoro_speak (f->kokoro, ids + 1, N - 2, f->style, 1, &speech, &error));
  g_assert_no_error (error);
  g_assert_cmpint (speech.n_frames, ==, 2 * N);
  g_assert_cmpuint (speech.n_samples, ==, 2 * N * AUDIO_KOKORO_FRAME);
  for (int i = 0; i < N; i++)
    g_assert_cmpint (speech.frames[i], ==, 2);
  compare ("samples", speech.samples, 1, 1, SHOWN, 2e-4);

  NnContext *single = nn_context_new (1);
  g_autoptr (AudioKokoro) other = tiny_kokoro_load (single);
  g_assert_true (audio_kokoro_speak (other, ids + 1, N - 2, f->style, 1, &again, &error));
  g_assert_cmpmem (speech.samples, speech.n_samples * sizeof (float), again.samples,
                   again.n_samples * sizeof (float));
  g_assert_true (audio_kokoro_speak (other, ids + 1, N - 2, f->style, 2, &fast, &error));
  g_assert_cmpint (fast.n_frames, ==, N);
  g_clear_pointer (&other, audio_kokoro_free);
  nn_context_free (single);
}

/* Another pitch is another sound of the same length; none asked for is the same as its own. */
static void
test_manner (Fixture *f, gconstpointer data)
{
  static const AudioKokoroManner manners[] = { { 0 }, { .f0_factor = 2 }, { .f0_spread = 2 } };
  g_auto (AudioKokoroSpeech) plain = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (audio_kokoro_speak (f->kokoro, ids + 1, N - 2, f->style, 1, &plain, &error));
  for (size_t i = 0; i < G_N_ELEMENTS (manners); i++) {
    g_auto (AudioKokoroSpeech) speech = { 0 };
    double difference = 0;

    g_assert_true (
        audio_kokoro_speak_as (f->kokoro, ids + 1, N - 2, f->style, &manners[i], &speech, &error));
    g_assert_no_error (error);
    g_assert_cmpint (speech.n_frames, ==, plain.n_frames);
    for (size_t j = 0; j < plain.n_samples; j++)
      difference += fabs ((double) (speech.samples[j] - plain.samples[j]));
    g_test_message ("manner %zu: %g", i, difference);
    g_assert_true ((difference == 0) == (i == 0));
  }
}

/* In its own style F0 is where it is; in another, it goes where it would be there. */
static void
test_f0_style (Fixture *f, gconstpointer data)
{
  float other[AUDIO_KOKORO_STYLE];
  g_auto (AudioKokoroSpeech) plain = { 0 };
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < AUDIO_KOKORO_STYLE; i++)
    other[i] = -2 * f->style[i];
  g_assert_true (audio_kokoro_speak (f->kokoro, ids + 1, N - 2, f->style, 1, &plain, &error));
  for (int i = 0; i < 2; i++) {
    const AudioKokoroManner manner = { .f0_style = i == 0 ? f->style : other };
    g_auto (AudioKokoroSpeech) speech = { 0 };
    double difference = 0;

    g_assert_true (
        audio_kokoro_speak_as (f->kokoro, ids + 1, N - 2, f->style, &manner, &speech, &error));
    g_assert_no_error (error);
    g_assert_cmpint (speech.n_frames, ==, plain.n_frames);
    for (size_t j = 0; j < plain.n_samples; j++)
      difference += fabs ((double) (speech.samples[j] - plain.samples[j]));
    g_test_message ("style %d: %g", i, difference);
    g_assert_true ((difference == 0) == (i == 0));
  }
}

static void
test_limits (Fixture *f, gconstpointer data)
{
  g_auto (AudioKokoroSpeech) speech = { 0 };
  g_autoptr (GError) error = NULL;
  int many[AUDIO_KOKORO_MAX_SYMBOLS];
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_cmpint (audio_kokoro_read_symbols (f->kokoro, "ˈab! xə\xc2", many), ==, 5);
  g_assert_cmpint (many[0], ==, 9);
  g_assert_cmpint (many[4], ==, 3);
  for (int i = 0; i < 2 * AUDIO_KOKORO_MAX_SYMBOLS; i++)
    g_string_append (text, "ə");
  g_assert_cmpint (audio_kokoro_read_symbols (f->kokoro, text->str, many), ==,
                   AUDIO_KOKORO_MAX_SYMBOLS);
  g_assert_false (audio_kokoro_speak (f->kokoro, many, AUDIO_KOKORO_MAX_SYMBOLS, f->style, 0.25f,
                                      &speech, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_TOO_LONG);
  g_assert_null (speech.samples);
  g_clear_error (&error);
  atomic_store (&f->context->cancel, true);
  g_assert_false (audio_kokoro_speak (f->kokoro, many, 3, f->style, 1, &speech, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED);
}

/* Weights of layers are not looked through; what they make is, before it becomes a count. */
static void
test_no_numbers (Fixture *f, gconstpointer data)
{
  g_autofree char *path = tiny_kokoro_write (NULL, "prosody.duration.bias", TINY_KOKORO_NOT_FINITE);
  g_auto (AudioKokoroSpeech) speech = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioKokoro) kokoro = audio_kokoro_load (f->context, path, &error);

  g_remove (path);
  g_assert_no_error (error);
  g_assert_false (audio_kokoro_speak (kokoro, (int[]){ 1, 2, 3 }, 3, f->style, 1, &speech, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_assert_null (speech.samples);
}

static void
test_broken_file (void)
{
  static const struct {
    const char *tensor;
    TinyKokoroFlaw flaw;
  } flaws[] = {
    { "bert.dense.weight", TINY_KOKORO_MISSING },
    { "bert.query.weight", TINY_KOKORO_OTHER_SHAPE },
    { "text.embedding", TINY_KOKORO_OTHER_TYPE },
    { "text.lstm.backward.state.weight", TINY_KOKORO_OTHER_SHAPE },
    { "prosody.f0.1.pool.weight", TINY_KOKORO_OTHER_SHAPE },
    { "decoder.decode.3.shortcut.weight", TINY_KOKORO_MISSING },
    { "generator.block.5.alpha2.2", TINY_KOKORO_NOT_FINITE },
    { "generator.output.bias", TINY_KOKORO_MISSING },
  };
  NnContext *context = nn_context_new (1);

  for (size_t i = 0; i < G_N_ELEMENTS (flaws); i++) {
    g_autofree char *path = tiny_kokoro_write (NULL, flaws[i].tensor, flaws[i].flaw);
    g_autoptr (GError) error = NULL;
    g_assert_null (audio_kokoro_load (context, path, &error));
    g_remove (path);
    g_assert_nonnull (error);
    g_assert_nonnull (strstr (error->message, flaws[i].tensor));
    g_assert_true (g_str_has_prefix (error->message, path));
  }
  g_autofree char *path = tiny_kokoro_write ("whisper", NULL, TINY_KOKORO_WHOLE);
  g_autoptr (GError) error = NULL;
  g_assert_null (audio_kokoro_load (context, path, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_remove (path);
  nn_context_free (context);
}

/* A file with one voice of n_rows rows. (transfer full): its path. */
static char *
write_voices (const char *architecture, int n_rows)
{
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  g_autofree float *rows = g_new (float, n_rows *AUDIO_KOKORO_STYLE);
  char *path = g_build_filename (g_get_tmp_dir (), "hearsay-voices-XXXXXX", NULL);

  for (int i = 0; i < n_rows * AUDIO_KOKORO_STYLE; i++)
    rows[i] = (float) (i / AUDIO_KOKORO_STYLE);
  gguf_builder_add_string (builder, "general.architecture", architecture);
  gguf_builder_add_f32_tensor (builder, "voice.one", 2, (int64_t[]){ AUDIO_KOKORO_STYLE, n_rows },
                               rows);
  g_close (g_mkstemp (path), NULL);
  gguf_builder_write (builder, path);
  return path;
}

static void
test_voices (void)
{
  g_autofree char *path = write_voices ("kokoro-voices", AUDIO_KOKORO_MAX_SYMBOLS);
  g_autofree char *shorter = write_voices ("kokoro-voices", AUDIO_KOKORO_MAX_SYMBOLS - 1);
  g_autofree char *other = write_voices ("kokoro", AUDIO_KOKORO_MAX_SYMBOLS);
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioVoices) voices = audio_voices_load (path, &error);
  float style[AUDIO_KOKORO_STYLE];

  g_assert_no_error (error);
  g_assert_cmpuint (audio_voices_get_n (voices), ==, 1);
  g_assert_cmpstr (audio_voices_get_name (voices, 0), ==, "one");
  g_assert_true (audio_voices_get_style (voices, "one", 7, style, &error));
  g_assert_cmpfloat (style[0], ==, 6);
  g_assert_true (audio_voices_get_style (voices, "one", 1000, style, &error));
  g_assert_cmpfloat (style[255], ==, AUDIO_KOKORO_MAX_SYMBOLS - 1);
  g_assert_false (audio_voices_get_style (voices, "two", 7, style, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_clear_error (&error);
  g_assert_null (audio_voices_load (shorter, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_clear_error (&error);
  g_assert_null (audio_voices_load (other, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_remove (path);
  g_remove (shorter);
  g_remove (other);
}

/* What all voices have in common is no feeling; a voice that the directions need is not there. */
static void
test_feelings (void)
{
  static const char *const names[] = {
    "af_alloy",   "af_aoede",  "af_bella",   "af_nicole",  "am_echo",  "am_onyx", "am_puck",
    "am_santa",   "bf_alice",  "bm_fable",   "bm_george",  "bm_lewis", "ef_dora", "em_alex",
    "hf_alpha",   "hf_beta",   "if_sara",    "im_nicola",  "jf_alpha", "pf_dora", "pm_santa",
    "zf_xiaobei", "zf_xiaoyi", "zm_yunjian", "jf_tebukuro"
  };
  g_autofree char *path = write_voices ("kokoro-voices", AUDIO_KOKORO_MAX_SYMBOLS);
  g_autofree char *all = g_build_filename (g_get_tmp_dir (), "hearsay-voices-XXXXXX", NULL);
  g_autofree float *rows = g_new0 (float, AUDIO_KOKORO_MAX_SYMBOLS *AUDIO_KOKORO_STYLE);
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioVoices) one = audio_voices_load (path, &error);
  float style[AUDIO_KOKORO_STYLE] = { 0 };

  g_assert_true (audio_voices_lean (one, AUDIO_FEELING_NONE, style, &error));
  g_assert_false (audio_voices_lean (one, AUDIO_FEELING_SAD, style, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_clear_error (&error);
  gguf_builder_add_string (builder, "general.architecture", "kokoro-voices");
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *name = g_strconcat ("voice.", names[i], NULL);

    /* The first half is the same for all; in the second, one has more than the others. */
    for (int j = 0; j < AUDIO_KOKORO_MAX_SYMBOLS * AUDIO_KOKORO_STYLE; j++)
      rows[j] =
          j % AUDIO_KOKORO_STYLE < AUDIO_KOKORO_STYLE / 2 ? 3 : g_str_equal (names[i], "am_puck");
    gguf_builder_add_f32_tensor (builder, name, 2,
                                 (int64_t[]){ AUDIO_KOKORO_STYLE, AUDIO_KOKORO_MAX_SYMBOLS }, rows);
  }
  g_close (g_mkstemp (all), NULL);
  gguf_builder_write (builder, all);
  g_autoptr (AudioVoices) voices = audio_voices_load (all, &error);
  g_assert_no_error (error);
  memset (style, 0, sizeof style);
  g_assert_true (audio_voices_lean (voices, AUDIO_FEELING_SAD, style, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat_with_epsilon (style[0], 0, 1e-5);
  g_assert_cmpfloat_with_epsilon (style[255], 0, 1e-5);
  g_assert_true (audio_voices_lean (voices, AUDIO_FEELING_ANGRY, style, &error));
  g_assert_cmpfloat_with_epsilon (style[0], 0, 1e-5);
  g_assert_cmpfloat (style[255], <, -0.1f);
  g_remove (path);
  g_remove (all);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/kokoro/stages", Fixture, NULL, set_up, test_stages, tear_down);
  g_test_add ("/kokoro/speak", Fixture, NULL, set_up, test_speak, tear_down);
  g_test_add ("/kokoro/manner", Fixture, NULL, set_up, test_manner, tear_down);
  g_test_add ("/kokoro/f0-style", Fixture, NULL, set_up, test_f0_style, tear_down);
  g_test_add ("/kokoro/limits", Fixture, NULL, set_up, test_limits, tear_down);
  g_test_add ("/kokoro/no-numbers", Fixture, NULL, set_up, test_no_numbers, tear_down);
  g_test_add_func ("/kokoro/broken-file", test_broken_file);
  g_test_add_func ("/kokoro/voices", test_voices);
  g_test_add_func ("/kokoro/feelings", test_feelings);
  return g_test_run ();
}
