/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The speaker encoder: against goldens (tools/goldens/speaker), batches against single windows,
 * what has no voice, broken files, and with the real weights one person against others. */

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "audio/sound/clip.h"
#include "audio/speaker/speaker.h"
#include "tests/audio/made-up.h"
#include "tests/support/gguf-builder.h"
#include "tests/support/weights.h"

#define TOLERANCE 1e-4
#define N_MADE_UP 41000

typedef struct {
  const char *name;
  int n_dims;
  int64_t dims[2];
} Tensor;

/* The table of tools/goldens/speaker, with dimensions in the file's order. */
static const Tensor tensors[] = {
  { "lstm.0.weight_ih", 2, { 40, 1024 } },  { "lstm.0.weight_hh", 2, { 256, 1024 } },
  { "lstm.0.bias_ih", 1, { 1024, 1 } },     { "lstm.0.bias_hh", 1, { 1024, 1 } },
  { "lstm.1.weight_ih", 2, { 256, 1024 } }, { "lstm.1.weight_hh", 2, { 256, 1024 } },
  { "lstm.1.bias_ih", 1, { 1024, 1 } },     { "lstm.1.bias_hh", 1, { 1024, 1 } },
  { "lstm.2.weight_ih", 2, { 256, 1024 } }, { "lstm.2.weight_hh", 2, { 256, 1024 } },
  { "lstm.2.bias_ih", 1, { 1024, 1 } },     { "lstm.2.bias_hh", 1, { 1024, 1 } },
  { "linear.weight", 2, { 256, 256 } },     { "linear.bias", 1, { 256, 1 } },
};

typedef enum { WHOLE, NO_TENSOR, OTHER_SHAPE, OTHER_TYPE, NOT_FINITE, OTHER_ARCHITECTURE } Flaw;

/* A model with made-up weights in a temporary file; the state of the generator goes on from
 * *state. The flaw is in the tensor with this index. (transfer full): the path. */
static char *
write_model (uint32_t *state, Flaw flaw, size_t index)
{
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  gguf_builder_add_string (builder, "general.architecture",
                           flaw == OTHER_ARCHITECTURE ? "silero-vad" : "ge2e-speaker");
  for (size_t i = 0; i < G_N_ELEMENTS (tensors); i++) {
    const Tensor *tensor = &tensors[i];
    Flaw here = i == index ? flaw : WHOLE;
    int64_t dims[2] = { tensor->dims[0], tensor->dims[1] };
    size_t n = (size_t) (dims[0] * dims[1]);
    g_autofree float *values = g_new (float, n);
    for (size_t j = 0; j < n; j++)
      values[j] = signal_next (state) * 0.125f;
    if (here == NOT_FINITE)
      values[n / 2] = NAN;
    if (here == OTHER_SHAPE)
      dims[0] /= 2;
    if (here == OTHER_TYPE)
      gguf_builder_add_tensor (builder, tensor->name, NN_TYPE_F16, tensor->n_dims, dims, values,
                               n * 2);
    else if (here != NO_TENSOR)
      gguf_builder_add_tensor (builder, tensor->name, NN_TYPE_F32, tensor->n_dims, dims, values,
                               (size_t) (dims[0] * dims[1]) * sizeof (float));
  }
  char *path = g_build_filename (g_get_tmp_dir (), "hearsay-speaker-XXXXXX", NULL);
  g_close (g_mkstemp (path), NULL);
  gguf_builder_write (builder, path);
  return path;
}

static AudioSpeakerEncoder *
load_made_up (NnContext *context, uint32_t *state)
{
  g_autofree char *path = write_model (state, WHOLE, 0);
  g_autoptr (GError) error = NULL;
  AudioSpeakerEncoder *encoder = audio_speaker_encoder_load (context, path, &error);
  g_remove (path);
  g_assert_no_error (error);
  return encoder;
}

static void
compare_with_golden (const float *embedding, const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "audio", name, NULL);
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, AUDIO_SPEAKER_DIM);
  double worst = 0;
  for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
    worst = MAX (worst, fabs (g_ascii_strtod (lines[i], NULL) - (double) embedding[i]));
  g_test_message ("%s: largest difference %g", name, worst);
  g_assert_cmpfloat (worst, <, TOLERANCE);
}

static void
test_made_up (void)
{
  NnContext *context = nn_context_new (2);
  uint32_t state = 7;
  g_autoptr (AudioSpeakerEncoder) encoder = load_made_up (context, &state);
  g_autofree float *samples = g_new (float, N_MADE_UP);
  float embedding[AUDIO_SPEAKER_DIM];
  for (int i = 0; i < N_MADE_UP; i++)
    samples[i] = signal_next (&state) * 0.03125f;
  g_assert_true (audio_speaker_embed (encoder, samples, N_MADE_UP, embedding));
  compare_with_golden (embedding, "speaker-made-up.txt");
  g_assert_cmpfloat (fabsf (audio_speaker_compare (embedding, embedding) - 1.0f), <, 1e-6f);
  nn_context_free (context);
}

/* A window's embedding does not depend on which others are computed with it, nor on where its mel
 * frames came from; beyond the end there is silence. */
static void
test_windows (void)
{
  enum { N = 3 };
  /* A hop of whole frames, one of none, and past the end. */
  static const AudioSpeakerWindow windows[N] = { { 320, 1 }, { 9920, 2 }, { 39011, 1 } };
  NnContext *context = nn_context_new (2);
  uint32_t state = 9;
  g_autoptr (AudioSpeakerEncoder) encoder = load_made_up (context, &state);
  g_autofree float *samples = g_new (float, N_MADE_UP);
  float together[N * AUDIO_SPEAKER_DIM], alone[AUDIO_SPEAKER_DIM];
  for (int i = 0; i < N_MADE_UP; i++)
    samples[i] = signal_next (&state) * 0.1f * (float) ((i >> 12) % 3);
  g_assert_true (audio_speaker_embed_windows (encoder, samples, N_MADE_UP, windows, N, together));
  for (int w = 0; w < N; w++) {
    g_assert_true (
        audio_speaker_embed_windows (encoder, samples, N_MADE_UP, &windows[w], 1, alone));
    for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
      g_assert_cmpfloat (fabsf (alone[i] - together[w * AUDIO_SPEAKER_DIM + i]), <, 1e-5f);
  }
  g_assert_cmpfloat (audio_speaker_compare (together, together + AUDIO_SPEAKER_DIM), <, 0.9999f);
  nn_context_free (context);
}

/* A clip's embedding does not depend on which others are embedded with it, also where they overlap
 * in memory: each ends where it ends. */
static void
test_clips (void)
{
  enum { N = 6 };
  NnContext *context = nn_context_new (2);
  uint32_t state = 11;
  g_autoptr (AudioSpeakerEncoder) encoder = load_made_up (context, &state);
  g_autofree float *samples = g_new (float, N_MADE_UP);
  g_autofree float *silence = g_new0 (float, 4000);
  const AudioSpeakerClip clips[N] = { { samples, N_MADE_UP },  { samples, 30000 },
                                      { silence, 4000 },       { samples + 160, 9000 },
                                      { samples + 160, 5000 }, { samples, 0 } };
  float together[N * AUDIO_SPEAKER_DIM], alone[AUDIO_SPEAKER_DIM];

  for (int i = 0; i < N_MADE_UP; i++)
    samples[i] = signal_next (&state) * 0.1f * (float) ((i >> 12) % 3);
  g_assert_true (audio_speaker_embed_clips (encoder, clips, N, together));
  for (int c = 0; c < N; c++) {
    const float *embedding = together + c * AUDIO_SPEAKER_DIM;
    const gboolean has_voice =
        audio_speaker_embed (encoder, clips[c].samples, clips[c].n_samples, alone);

    g_assert_cmpint (has_voice, ==, c != 2 && c != 5);
    g_assert_cmpint (audio_speaker_has_voice (embedding), ==, has_voice);
    for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
      g_assert_cmpfloat (fabsf (alone[i] - embedding[i]), <, 1e-5f);
  }
  nn_context_free (context);
}

static void
test_nothing (void)
{
  NnContext *context = nn_context_new (1);
  uint32_t state = 7;
  g_autoptr (AudioSpeakerEncoder) encoder = load_made_up (context, &state);
  g_autofree float *samples = g_new0 (float, N_MADE_UP);
  float embedding[AUDIO_SPEAKER_DIM];
  g_assert_false (audio_speaker_embed (encoder, samples, N_MADE_UP, embedding));
  for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
    g_assert_true (embedding[i] == 0.0f);
  g_assert_false (audio_speaker_embed (encoder, samples, 0, embedding));
  samples[7] = 1e-20f;
  g_assert_true (audio_speaker_embed (encoder, samples, 8, embedding));
  atomic_store (&context->cancel, true);
  g_assert_false (audio_speaker_embed (encoder, samples, N_MADE_UP, embedding));
  nn_context_free (context);
}

static void
test_broken_file (void)
{
  static const Flaw flaws[] = { NO_TENSOR, OTHER_SHAPE, OTHER_TYPE, NOT_FINITE };
  NnContext *context = nn_context_new (1);
  for (size_t i = 0; i < G_N_ELEMENTS (tensors); i += 3) {
    uint32_t state = 7;
    g_autofree char *path = write_model (&state, flaws[i / 3 % G_N_ELEMENTS (flaws)], i);
    g_autoptr (GError) error = NULL;
    g_assert_null (audio_speaker_encoder_load (context, path, &error));
    g_remove (path);
    g_assert_nonnull (error);
    g_assert_nonnull (strstr (error->message, tensors[i].name));
    g_assert_true (g_str_has_prefix (error->message, path));
  }
  uint32_t state = 7;
  g_autofree char *path = write_model (&state, OTHER_ARCHITECTURE, 0);
  g_autoptr (GError) error = NULL;
  g_assert_null (audio_speaker_encoder_load (context, path, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_remove (path);
  g_clear_error (&error);
  g_assert_null (audio_speaker_encoder_load (context, path, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_IO);
  nn_context_free (context);
}

static void
test_real (void)
{
  g_autofree char *model = weights_find ("ge2e-speaker");
  g_autofree char *path =
      g_build_filename (g_getenv ("HEARSAY_SOURCE_ROOT"), "data", "samples", "inaugural.wav", NULL);
  g_autoptr (GError) error = NULL;
  float embedding[AUDIO_SPEAKER_DIM], first[AUDIO_SPEAKER_DIM], second[AUDIO_SPEAKER_DIM];
  if (model == NULL)
    return;
  NnContext *context = nn_context_new (2);
  g_autoptr (AudioSpeakerEncoder) encoder = audio_speaker_encoder_load (context, model, &error);
  g_assert_no_error (error);
  g_autoptr (AudioClip) clip = audio_clip_load (path, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (audio_speaker_embed (encoder, clip->samples, clip->n_samples, embedding));
  compare_with_golden (embedding, "speaker-inaugural.txt");
  /* One person in both halves. */
  const size_t half = clip->n_samples / 2;
  g_assert_true (audio_speaker_embed (encoder, clip->samples, half, first));
  g_assert_true (audio_speaker_embed (encoder, clip->samples + half, half, second));
  g_test_message ("halves: %.3f", (double) audio_speaker_compare (first, second));
  g_assert_cmpfloat (audio_speaker_compare (first, second), >, 0.8f);
  nn_context_free (context);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/audio/speaker/made-up", test_made_up);
  g_test_add_func ("/audio/speaker/windows", test_windows);
  g_test_add_func ("/audio/speaker/clips", test_clips);
  g_test_add_func ("/audio/speaker/nothing", test_nothing);
  g_test_add_func ("/audio/speaker/broken-file", test_broken_file);
  g_test_add_func ("/audio/speaker/real", test_real);
  return g_test_run ();
}
