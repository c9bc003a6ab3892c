/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The heads on made-up weights over a made-up Whisper: against the same sums written plainly here,
 * damaged files, and doubts. */

#include "audio/heads/heads.h"
#include "audio/sound/clip.h"
#include "audio/whisper/mel.h"
#include "tests/audio/tiny-whisper.h"

#include <math.h>
#include <string.h>

enum { ROW = 320, N_VOICE = 2 * TINY_N_STATE, N_HIDDEN = 12, N_CLASSES = 8, N_UNUSUAL = 6 };
/* Two rows of margin are cut off; what is left is one window of the tiny Whisper. */
#define N_SAMPLES (14 * ROW)

static const int32_t emotions[N_CLASSES] = { 0, 1, 2, 3, 4, 5, 6, 0 };

typedef struct {
  NnContext *context;
  AudioWhisper *whisper;
  AudioWhisperState *state;
  float samples[N_SAMPLES];
  float speaker[AUDIO_HEADS_SPEAKER];
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (NnGguf) gguf = tiny_whisper_gguf ();
  g_autoptr (GError) error = NULL;

  f->context = nn_context_new (1);
  f->whisper = audio_whisper_load_gguf (f->context, gguf, &error);
  g_assert_no_error (error);
  f->state = audio_whisper_state_new (f->whisper, 1, &error);
  g_assert_no_error (error);
  tiny_whisper_seeded ("speech", N_SAMPLES, 0.3f, 0.0f, f->samples);
  tiny_whisper_seeded ("somebody", AUDIO_HEADS_SPEAKER, 0.1f, 0.0f, f->speaker);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  audio_whisper_state_free (f->state);
  audio_whisper_free (f->whisper);
  nn_context_free (f->context);
}

typedef struct {
  const char *left_out; /* a key or tensor */
  const char *architecture;
  int32_t block;
  int32_t last_emotion;
  double least_speech, least_certain, most_unusual, least_gender;
  int n_classes; /* rows of classes.weight */
} Options;

static const Options plain = { .block = 2, .last_emotion = 0, .n_classes = N_CLASSES };

static void
add_tensor (GgufBuilder *builder, const Options *o, const char *name, int width, int n_rows,
            float scale, float offset)
{
  g_autofree float *values = g_new (float, (size_t) width *(size_t) n_rows);

  tiny_whisper_seeded (name, (size_t) width * (size_t) n_rows, scale, offset, values);
  if (g_strcmp0 (name, o->left_out) != 0)
    gguf_builder_add_f32_tensor (builder, name, g_str_has_suffix (name, ".weight") ? 2 : 1,
                                 (int64_t[]){ width, n_rows }, values);
}

static void
add_number (GgufBuilder *builder, const Options *o, const char *key, double value)
{
  if (g_strcmp0 (key, o->left_out) != 0)
    gguf_builder_add_f32 (builder, key, (float) value);
}

static NnGguf *
make_gguf (const Options *o)
{
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  int32_t classes[N_CLASSES];
  NnGguf *gguf;

  memcpy (classes, emotions, sizeof classes);
  classes[N_CLASSES - 1] = o->last_emotion;
  gguf_builder_add_string (builder, "general.architecture",
                           o->architecture != NULL ? o->architecture : "hearsay-heads");
  gguf_builder_add_u32 (builder, "heads.version", 2);
  gguf_builder_add_u32 (builder, "heads.n_mels", TINY_N_MELS);
  gguf_builder_add_u32 (builder, "heads.n_state", TINY_N_STATE);
  gguf_builder_add_boolean (builder, "heads.speaker", FALSE);
  gguf_builder_add_boolean (builder, "heads.prosody", FALSE);
  gguf_builder_add_ints (builder, "heads.blocks", &o->block, 1);
  gguf_builder_add_ints (builder, "heads.emotions", classes, N_CLASSES);
  add_number (builder, o, "heads.least_speech", o->least_speech);
  add_number (builder, o, "heads.least_certain", o->least_certain);
  add_number (builder, o, "heads.most_unusual", o->most_unusual);
  add_number (builder, o, "heads.least_gender", o->least_gender);
  add_tensor (builder, o, "inputs.mean", N_VOICE, 1, 0.1f, 0.0f);
  add_tensor (builder, o, "inputs.scale", N_VOICE, 1, 0.5f, 1.0f);
  add_tensor (builder, o, "direct.weight", N_VOICE, N_CLASSES, 0.1f, 0.0f);
  add_tensor (builder, o, "direct.bias", N_CLASSES, 1, 0.2f, 0.0f);
  add_tensor (builder, o, "hidden.weight", N_VOICE, N_HIDDEN, 0.2f, 0.0f);
  add_tensor (builder, o, "hidden.bias", N_HIDDEN, 1, 0.2f, 0.0f);
  add_tensor (builder, o, "classes.weight", N_HIDDEN, o->n_classes, 0.5f, 0.0f);
  add_tensor (builder, o, "classes.bias", o->n_classes, 1, 0.2f, 0.0f);
  add_tensor (builder, o, "unusual.weight", N_VOICE, N_UNUSUAL, 0.2f, 0.0f);
  add_tensor (builder, o, "unusual.bias", N_UNUSUAL, 1, 0.2f, 0.0f);
  add_tensor (builder, o, "gender_voice.weight", N_VOICE, 1, 0.2f, 0.0f);
  add_tensor (builder, o, "gender_voice.bias", 1, 1, 0.2f, 0.0f);
  add_tensor (builder, o, "gender_speaker.weight", AUDIO_HEADS_SPEAKER, 1, 0.5f, 0.0f);
  add_tensor (builder, o, "gender_speaker.bias", 1, 1, 0.5f, 0.0f);
  bytes = gguf_builder_build (builder);
  gguf = nn_gguf_new_from_bytes (bytes, "heads.gguf", &error);
  g_assert_no_error (error);
  return gguf;
}

static AudioHeads *
make_heads (Fixture *f, const Options *options)
{
  g_autoptr (NnGguf) gguf = make_gguf (options);
  g_autoptr (GError) error = NULL;
  AudioHeads *heads = audio_heads_load_gguf (f->context, gguf, &error);

  g_assert_no_error (error);
  return heads;
}

static void
judge (Fixture *f, const Options *options, const float *samples, size_t n, const float *speaker,
       AudioAttributes *out)
{
  g_autoptr (AudioHeads) heads = make_heads (f, options);
  g_autoptr (GError) error = NULL;

  g_assert_true (
      audio_heads_judge (heads, f->whisper, f->state, samples, n, speaker, NULL, out, &error));
  g_assert_no_error (error);
}

static void
assert_distribution (const AudioAttributes *attributes)
{
  float sum = 0.0f;

  for (int i = 0; i < AUDIO_N_EMOTIONS; i++) {
    g_assert_cmpfloat (attributes->emotion[i], >=, 0.0f);
    sum += attributes->emotion[i];
  }
  g_assert_cmpfloat_with_epsilon (sum, 1.0, 1e-5);
  g_assert_cmpint (attributes->certain, ==,
                   (attributes->doubts & ~(unsigned) AUDIO_DOUBT_GENDER) == 0);
}

/* y = W x + b, of a tensor pair of the made-up file. */
static void
multiply (const NnGguf *gguf, const char *name, const double *x, double *y)
{
  g_autofree char *weight_name = g_strconcat (name, ".weight", NULL);
  g_autofree char *bias_name = g_strconcat (name, ".bias", NULL);
  const NnTensor *weight = nn_gguf_find (gguf, weight_name);
  const float *w = weight->data, *b = nn_gguf_find (gguf, bias_name)->data;

  for (int64_t row = 0; row < weight->dims[1]; row++) {
    y[row] = (double) b[row];
    for (int64_t i = 0; i < weight->dims[0]; i++)
      y[row] += (double) w[row * weight->dims[0] + i] * x[i];
  }
}

static void
reference_inputs (Fixture *f, const NnGguf *gguf, double *inputs)
{
  g_autoptr (AudioMel) mel = audio_mel_new (TINY_N_MELS);
  const int n_rows = N_SAMPLES / ROW;
  const float *mean = nn_gguf_find (gguf, "inputs.mean")->data;
  const float *scale = nn_gguf_find (gguf, "inputs.scale")->data;
  g_autofree float *frames = g_new (float, (size_t) (2 * n_rows * TINY_N_MELS));
  const float *states;

  audio_mel_compute (mel, f->samples, N_SAMPLES, 2 * n_rows, frames);
  states = audio_whisper_encode_blocks (f->whisper, f->state, frames, 2 * n_rows, plain.block, NULL,
                                        NULL);
  for (int i = 0; i < TINY_N_STATE; i++) {
    double sum = 0.0, squares = 0.0;

    for (int row = 0; row < n_rows; row++)
      sum += (double) states[row * TINY_N_STATE + i];
    for (int row = 0; row < n_rows; row++)
      squares += pow ((double) states[row * TINY_N_STATE + i] - sum / n_rows, 2.0);
    inputs[i] = sum / n_rows;
    inputs[TINY_N_STATE + i] = sqrt (squares / n_rows);
  }
  for (int i = 0; i < N_VOICE; i++)
    inputs[i] = (inputs[i] - (double) mean[i]) * (double) scale[i];
}

static void
test_reference (Fixture *f, gconstpointer data)
{
  g_autoptr (NnGguf) gguf = make_gguf (&plain);
  double inputs[N_VOICE], speaker[AUDIO_HEADS_SPEAKER];
  double hidden[N_HIDDEN], direct[N_CLASSES], classes[N_CLASSES], odds[2], female;
  double expected[AUDIO_N_EMOTIONS] = { 0 }, sum = 0.0;
  AudioAttributes attributes;

  reference_inputs (f, gguf, inputs);
  multiply (gguf, "hidden", inputs, hidden);
  for (int i = 0; i < N_HIDDEN; i++)
    hidden[i] *= 0.5 * (1.0 + erf (hidden[i] / G_SQRT2));
  multiply (gguf, "classes", hidden, classes);
  multiply (gguf, "direct", inputs, direct);
  for (int i = 0; i < N_CLASSES; i++)
    classes[i] += direct[i];
  for (int i = 0; i < N_CLASSES; i++)
    sum += exp (classes[i]);
  for (int i = 0; i < N_CLASSES; i++)
    expected[emotions[i]] += exp (classes[i]) / sum;
  for (int i = 0; i < AUDIO_HEADS_SPEAKER; i++)
    speaker[i] = (double) f->speaker[i];
  multiply (gguf, "gender_voice", inputs, &odds[0]);
  multiply (gguf, "gender_speaker", speaker, &odds[1]);
  female = 1.0 / (1.0 + exp (-odds[0] - odds[1]));

  judge (f, &plain, f->samples, N_SAMPLES, f->speaker, &attributes);
  assert_distribution (&attributes);
  for (int i = 0; i < AUDIO_N_EMOTIONS; i++)
    g_assert_cmpfloat_with_epsilon (attributes.emotion[i], expected[i], 2e-3);
  g_assert_cmpfloat_with_epsilon (attributes.female, female, 1e-3);
}

static void
test_doubts (Fixture *f, gconstpointer data)
{
  Options options = plain;
  AudioAttributes attributes;

  options.most_unusual = 1e9;
  judge (f, &options, f->samples, N_SAMPLES, f->speaker, &attributes);
  g_assert_cmpuint (attributes.doubts, ==, 0);
  g_assert_true (attributes.certain);
  g_assert_true (attributes.gender_certain);

  options.most_unusual = 0.0;
  judge (f, &options, f->samples, N_SAMPLES, f->speaker, &attributes);
  g_assert_cmpuint (attributes.doubts, ==, AUDIO_DOUBT_UNUSUAL);
  g_assert_false (attributes.certain);
  g_assert_true (attributes.gender_certain);

  options.most_unusual = 1e9;
  options.least_certain = 1.01;
  judge (f, &options, f->samples, N_SAMPLES, f->speaker, &attributes);
  g_assert_cmpuint (attributes.doubts, ==, AUDIO_DOUBT_FLAT);

  options.least_certain = 0.0;
  options.least_gender = 1.01;
  judge (f, &options, f->samples, N_SAMPLES, f->speaker, &attributes);
  g_assert_cmpuint (attributes.doubts, ==, AUDIO_DOUBT_GENDER);
  g_assert_true (attributes.certain);
  g_assert_false (attributes.gender_certain);

  options.least_gender = 0.6;
  judge (f, &options, f->samples, N_SAMPLES, NULL, &attributes);
  g_assert_cmpuint (attributes.doubts, ==, AUDIO_DOUBT_GENDER);
  g_assert_cmpfloat (attributes.female, ==, 0.5f);

  options.least_gender = 0.0;
  options.least_speech = 1.0;
  judge (f, &options, f->samples, N_SAMPLES, f->speaker, &attributes);
  g_assert_cmpuint (attributes.doubts, ==, AUDIO_DOUBT_SHORT | AUDIO_DOUBT_GENDER);

  attributes = (AudioAttributes){ .certain = true, .gender_certain = true };
  audio_attributes_doubt (&attributes, AUDIO_DOUBT_NOISE);
  g_assert_false (attributes.certain);
  g_assert_true (attributes.gender_certain);
  g_assert_cmpstr (audio_doubt_get_name (AUDIO_DOUBT_NOISE), ==, "noise");
}

/* Any length, any sound. Silence around speech changes nothing: it is cut off. */
static void
test_lengths (Fixture *f, gconstpointer data)
{
  const size_t most = 20 * AUDIO_RATE_HZ;
  g_autofree float *samples = g_new0 (float, most);
  AudioAttributes first, second;

  judge (f, &plain, samples, 0, NULL, &first);
  assert_distribution (&first);
  judge (f, &plain, samples, most, f->speaker, &first);
  assert_distribution (&first);
  for (size_t n = 1; n < 3 * ROW; n += 97) {
    judge (f, &plain, f->samples, n, f->speaker, &first);
    assert_distribution (&first);
  }
  tiny_whisper_seeded ("long", 3 * AUDIO_RATE_HZ, 0.9f, 0.0f, samples);
  judge (f, &plain, samples, most, f->speaker, &first);
  assert_distribution (&first);

  memset (samples, 0, most * sizeof *samples);
  memcpy (samples + 100 * ROW, f->samples, 4 * ROW * sizeof *samples);
  judge (f, &plain, samples, 200 * ROW, NULL, &first);
  judge (f, &plain, samples + 50 * ROW, 120 * ROW, NULL, &second);
  for (int i = 0; i < AUDIO_N_EMOTIONS; i++)
    g_assert_cmpfloat (first.emotion[i], ==, second.emotion[i]);
}

static void
expect_error (Fixture *f, const Options *options, GQuark domain, int code)
{
  g_autoptr (NnGguf) gguf = make_gguf (options);
  g_autoptr (GError) error = NULL;

  g_assert_null (audio_heads_load_gguf (f->context, gguf, &error));
  g_assert_error (error, domain, code);
  g_assert_true (g_str_has_prefix (error->message, "heads.gguf: "));
}

static void
test_damaged (Fixture *f, gconstpointer data)
{
  static const char *const needed[] = {
    "heads.least_speech", "heads.least_certain", "heads.most_unusual",  "heads.least_gender",
    "inputs.mean",        "inputs.scale",        "hidden.bias",         "classes.weight",
    "direct.weight",      "direct.bias",         "classes.bias",        "unusual.weight",
    "unusual.bias",       "gender_voice.weight", "gender_speaker.bias",
  };
  Options options = plain;
  g_autoptr (GError) error = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (needed); i++) {
    options.left_out = needed[i];
    expect_error (f, &options, NN_ERROR, NN_ERROR_MISSING);
  }
  options = plain;
  options.architecture = "whisper";
  expect_error (f, &options, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  options = plain;
  options.block = 0;
  expect_error (f, &options, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  options = plain;
  options.last_emotion = AUDIO_N_EMOTIONS;
  expect_error (f, &options, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  options = plain;
  options.n_classes = N_CLASSES - 1;
  expect_error (f, &options, NN_ERROR, NN_ERROR_SHAPE);
  g_assert_null (audio_heads_load (f->context, "/nonexistent/heads.gguf", &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_IO);
}

static void
test_errors (Fixture *f, gconstpointer data)
{
  Options options = plain;
  g_autoptr (AudioHeads) deep = NULL;
  g_autoptr (AudioHeads) heads = make_heads (f, &plain);
  g_autoptr (GError) error = NULL;
  AudioAttributes attributes;

  options.block = TINY_N_LAYERS + 1;
  deep = make_heads (f, &options);
  g_assert_false (audio_heads_judge (deep, f->whisper, f->state, f->samples, N_SAMPLES, NULL, NULL,
                                     &attributes, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_clear_error (&error);

  atomic_store (&f->context->cancel, true);
  g_assert_false (audio_heads_judge (heads, f->whisper, f->state, f->samples, N_SAMPLES, NULL, NULL,
                                     &attributes, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "/heads/reference", test_reference }, { "/heads/doubts", test_doubts },
    { "/heads/lengths", test_lengths },     { "/heads/damaged", test_damaged },
    { "/heads/errors", test_errors },
  };

  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
