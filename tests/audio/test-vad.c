/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Voice activity: the network against goldens (tools/goldens/vad), spans from probabilities, broken
 * files, and with the real weights what is speech and what is not. */

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "audio/vad/vad.h"
#include "tests/audio/made-up.h"
#include "tests/support/gguf-builder.h"
#include "tests/support/weights.h"

#define TOLERANCE 1e-4

typedef struct {
  const char *name;
  int n_dims;
  int64_t dims[3];
  float scale;
} Tensor;

/* The table of tools/goldens/vad, with dimensions in the file's order. */
static const Tensor tensors[] = {
  { "stft.basis", 3, { 256, 1, 258 }, 0.125f },
  { "encoder.0.weight", 3, { 3, 129, 128 }, 0.0625f },
  { "encoder.0.bias", 1, { 128, 1, 1 }, 0.125f },
  { "encoder.1.weight", 3, { 3, 128, 64 }, 0.0625f },
  { "encoder.1.bias", 1, { 64, 1, 1 }, 0.125f },
  { "encoder.2.weight", 3, { 3, 64, 64 }, 0.125f },
  { "encoder.2.bias", 1, { 64, 1, 1 }, 0.125f },
  { "encoder.3.weight", 3, { 3, 64, 128 }, 0.125f },
  { "encoder.3.bias", 1, { 128, 1, 1 }, 0.125f },
  { "decoder.rnn.weight_ih", 2, { 128, 512, 1 }, 0.125f },
  { "decoder.rnn.weight_hh", 2, { 128, 512, 1 }, 0.125f },
  { "decoder.rnn.bias_ih", 1, { 512, 1, 1 }, 0.125f },
  { "decoder.rnn.bias_hh", 1, { 512, 1, 1 }, 0.125f },
  { "decoder.out.weight", 1, { 128, 1, 1 }, 0.5f },
  { "decoder.out.bias", 1, { 1, 1, 1 }, 0.125f },
};

typedef enum { WHOLE, NO_TENSOR, OTHER_SHAPE, OTHER_TYPE, NOT_FINITE, OTHER_ARCHITECTURE } Flaw;

/* A model with made-up weights in a temporary file; the state of the generator goes on from
 * *state. The flaw is in the tensor with this index. (transfer full): the path. */
static char *
write_model (uint32_t *state, Flaw flaw, size_t index)
{
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  gguf_builder_add_string (builder, "general.architecture",
                           flaw == OTHER_ARCHITECTURE ? "whisper" : "silero-vad");
  for (size_t i = 0; i < G_N_ELEMENTS (tensors); i++) {
    const Tensor *tensor = &tensors[i];
    Flaw here = i == index ? flaw : WHOLE;
    int64_t dims[3] = { tensor->dims[0], tensor->dims[1], tensor->dims[2] };
    size_t n = (size_t) (dims[0] * dims[1] * dims[2]);
    g_autofree float *values = g_new (float, n);
    for (size_t j = 0; j < n; j++)
      values[j] = signal_next (state) * tensor->scale;
    if (here == NOT_FINITE)
      values[n / 2] = NAN;
    if (here == OTHER_SHAPE)
      dims[0] /= 2;
    if (here == OTHER_TYPE)
      gguf_builder_add_tensor (builder, tensor->name, NN_TYPE_F16, tensor->n_dims, dims, values,
                               n * 2);
    else if (here != NO_TENSOR)
      gguf_builder_add_tensor (builder, tensor->name, NN_TYPE_F32, tensor->n_dims, dims, values,
                               (size_t) (dims[0] * dims[1] * dims[2]) * sizeof (float));
  }
  char *path = g_build_filename (g_get_tmp_dir (), "hearsay-vad-XXXXXX", NULL);
  g_close (g_mkstemp (path), NULL);
  gguf_builder_write (builder, path);
  return path;
}

static double
compare_with_golden (AudioVad *vad, const float *samples, const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "audio", name, NULL);
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", -1);
  double worst = 0;
  for (int i = 0; lines[i] != NULL; i++) {
    float probability = audio_vad_next (vad, samples + i * AUDIO_VAD_CHUNK);
    double difference = fabs (g_ascii_strtod (lines[i], NULL) - probability);
    worst = MAX (worst, difference);
  }
  g_test_message ("%s: largest difference %g", name, worst);
  return worst;
}

static void
test_made_up (void)
{
  uint32_t state = 7;
  g_autofree char *path = write_model (&state, WHOLE, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioVad) vad = audio_vad_load (path, &error);
  float samples[12 * AUDIO_VAD_CHUNK];
  g_remove (path);
  g_assert_no_error (error);
  for (size_t i = 0; i < G_N_ELEMENTS (samples); i++)
    samples[i] = signal_next (&state) * 0.5f;
  g_assert_cmpfloat (compare_with_golden (vad, samples, "vad-made-up.txt"), <, TOLERANCE);
  /* A new stream is like the first. */
  audio_vad_reset (vad);
  g_assert_cmpfloat (compare_with_golden (vad, samples, "vad-made-up.txt"), <, TOLERANCE);
}

/* Many chunks at once are the same as one after another. */
static void
test_many (void)
{
  enum { N = 75 };
  uint32_t state = 7;
  g_autofree char *path = write_model (&state, WHOLE, 0);
  g_autoptr (AudioVad) vad = audio_vad_load (path, NULL);
  g_autofree float *samples = g_new (float, N *AUDIO_VAD_CHUNK);
  float one[N], many[N];
  g_remove (path);
  for (size_t i = 0; i < N * AUDIO_VAD_CHUNK; i++)
    samples[i] = signal_next (&state) * 0.5f;
  for (size_t i = 0; i < N; i++)
    one[i] = audio_vad_next (vad, samples + i * AUDIO_VAD_CHUNK);
  audio_vad_reset (vad);
  audio_vad_run (vad, samples, 5, many);
  audio_vad_run (vad, samples + 5 * AUDIO_VAD_CHUNK, N - 5, many + 5);
  for (size_t i = 0; i < N; i++)
    g_assert_cmpfloat_with_epsilon (many[i], one[i], 1e-5f);
}

static void
test_broken_file (void)
{
  static const Flaw flaws[] = { NO_TENSOR, OTHER_SHAPE, OTHER_TYPE, NOT_FINITE };
  for (size_t i = 0; i < G_N_ELEMENTS (tensors); i++) {
    uint32_t state = 7;
    Flaw flaw = flaws[i % G_N_ELEMENTS (flaws)];
    /* Half of one value is none: a scalar gets another flaw. */
    if (flaw == OTHER_SHAPE && tensors[i].dims[0] == 1)
      flaw = NO_TENSOR;
    g_autofree char *path = write_model (&state, flaw, i);
    g_autoptr (GError) error = NULL;
    g_assert_null (audio_vad_load (path, &error));
    g_remove (path);
    g_assert_nonnull (error);
    g_assert_nonnull (strstr (error->message, tensors[i].name));
    g_assert_true (g_str_has_prefix (error->message, path));
  }
  uint32_t state = 7;
  g_autofree char *path = write_model (&state, OTHER_ARCHITECTURE, 0);
  g_autoptr (GError) error = NULL;
  g_assert_null (audio_vad_load (path, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_remove (path);
  g_clear_error (&error);
  g_assert_null (audio_vad_load (path, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_IO);
}

/* A letter is the probability of a chunk: '#' 0.9, '-' 0.4 (neither begins nor ends speech), '.'
 * 0.1. The expected spans, in chunks, are as text. */
static void
check_spans (const char *chunks, const AudioVadOptions *options, const char *expected)
{
  size_t n = strlen (chunks);
  g_autofree float *probabilities = g_new (float, n);
  g_autoptr (GString) found = g_string_new (NULL);
  for (size_t i = 0; i < n; i++)
    probabilities[i] = chunks[i] == '#' ? 0.9f : chunks[i] == '-' ? 0.4f : 0.1f;
  g_autoptr (GArray) spans =
      audio_vad_find_spans (probabilities, n, n * AUDIO_VAD_CHUNK - 100, options);
  for (guint i = 0; i < spans->len; i++) {
    const AudioSpan *span = &g_array_index (spans, AudioSpan, i);
    g_string_append_printf (found, "%s%g-%g", i ? " " : "", (double) span->first / AUDIO_VAD_CHUNK,
                            (double) span->end / AUDIO_VAD_CHUNK);
  }
  g_assert_cmpstr (found->str, ==, expected);
}

static void
test_spans (void)
{
  const double chunk = (double) AUDIO_VAD_CHUNK / AUDIO_RATE_HZ;
  /* Speech of 3 chunks, pauses of 4, a pad of 1. */
  const AudioVadOptions options = { .min_speech_s = 3 * chunk,
                                    .min_silence_s = 4 * chunk,
                                    .pad_s = chunk };
  AudioVadOptions wide = options;
  wide.pad_s = 3 * chunk;
  check_spans ("", &options, "");
  check_spans ("..........", &options, "");
  check_spans ("----------", &options, "");
  check_spans ("....##........", &options, "");
  check_spans ("....###.......", &options, "3-8");
  check_spans ("....#----#....", &options, "3-11");
  check_spans ("....###...###.....", &options, "3-14");
  check_spans ("....###....###.....", &options, "3-8 10-15");
  /* In a pause the middle does not bring speech back. */
  check_spans ("....###.--.###.....", &options, "3-8 10-15");
  check_spans ("....###....###.....", &wide, "1-17");
  /* Both ends of the clip; the last chunk is not whole. */
  check_spans ("######", &options, "0-5.80469");
  check_spans ("......####..", &options, "5-11");
  AudioVadOptions low = options;
  low.threshold = 0.3f;
  check_spans ("....---........", &low, "3-8");
}

static AudioVad *
load_real (void)
{
  g_autofree char *path = weights_find ("silero-vad");
  g_autoptr (GError) error = NULL;
  if (path == NULL)
    return NULL;
  AudioVad *vad = audio_vad_load (path, &error);
  g_assert_no_error (error);
  return vad;
}

static void
test_real_speech (void)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("HEARSAY_SOURCE_ROOT"), "data", "samples", "inaugural.wav", NULL);
  g_autoptr (AudioVad) vad = load_real ();
  g_autoptr (GError) error = NULL;
  if (vad == NULL)
    return;
  g_autoptr (AudioClip) clip = audio_clip_load (path, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (compare_with_golden (vad, clip->samples, "vad-inaugural.txt"), <, TOLERANCE);
  g_autoptr (GArray) spans =
      audio_vad_find_speech (vad, clip, &(AudioVadOptions){ 0 }, NULL, &error);
  g_assert_no_error (error);
  size_t n_speech = 0, end = 0;
  for (guint i = 0; i < spans->len; i++) {
    const AudioSpan *span = &g_array_index (spans, AudioSpan, i);
    g_assert_cmpuint (span->first, >=, end);
    g_assert_cmpuint (span->end, >, span->first);
    end = span->end;
    n_speech += span->end - span->first;
  }
  g_assert_cmpuint (end, <=, clip->n_samples);
  g_assert_cmpuint (n_speech, >, clip->n_samples / 2);
  atomic_bool cancel = true;
  g_assert_null (audio_vad_find_speech (vad, clip, &(AudioVadOptions){ 0 }, &cancel, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED);
}

/* Silence, noise from a whisper to full scale, a hum: nobody speaks. */
static void
test_real_nothing (void)
{
  static const float levels[] = { 0, 0.0001f, 0.003f, 0.1f, 1.0f };
  enum { N = 3 * AUDIO_RATE_HZ + 77 };
  g_autofree float *samples = g_new (float, N);
  g_autoptr (AudioVad) vad = load_real ();
  if (vad == NULL)
    return;
  for (size_t i = 0; i <= G_N_ELEMENTS (levels); i++) {
    uint32_t state = (uint32_t) i;
    for (int j = 0; j < N; j++)
      samples[j] = i < G_N_ELEMENTS (levels) ? signal_next (&state) * levels[i]
                                             : 0.3f * sinf ((float) j * 0.04f);
    g_autoptr (AudioClip) clip = audio_clip_new (samples, N);
    g_autoptr (GArray) spans =
        audio_vad_find_speech (vad, clip, &(AudioVadOptions){ 0 }, NULL, NULL);
    g_assert_cmpuint (spans->len, ==, 0);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/audio/vad/made-up", test_made_up);
  g_test_add_func ("/audio/vad/many", test_many);
  g_test_add_func ("/audio/vad/broken-file", test_broken_file);
  g_test_add_func ("/audio/vad/spans", test_spans);
  g_test_add_func ("/audio/vad/real/speech", test_real_speech);
  g_test_add_func ("/audio/vad/real/nothing", test_real_nothing);
  return g_test_run ();
}
