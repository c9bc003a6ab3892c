/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whisper base with its real weights, against tests/golden/audio/whisper-base.txt
 * (tools/goldens/whisper real), and what is made of a whole clip. */

#include "audio/whisper/mel.h"
#include "audio/whisper/transcribe.h"
#include "tests/audio/tiny-whisper.h"
#include "tests/support/weights.h"

#include <math.h>
#include <string.h>

#define GOLDEN "whisper-base.txt"
#define STRIDE 16 /* every 16th value of a row stands in the file */

/* Relative to the length of the row; the weights are halves on both sides, our encoder may multiply
 * in bfloat16. */
#define STATES_TOLERANCE 0.03
/* Of logits of 10 to 60; with the decoder's weights in 8 bits, the second. */
#define LOGITS_TOLERANCE 0.35
#define ROUNDED_LOGITS_TOLERANCE 0.8

static AudioClip *
load_sample (void)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("HEARSAY_SOURCE_ROOT"), "data", "samples", "inaugural.wav", NULL);
  g_autoptr (GError) error = NULL;
  AudioClip *clip = audio_clip_load (path, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return clip;
}

/* How far the rows are from those of the golden, relative to their length. */
static void
assert_rows (const char *start, int index, const float *rows, int width)
{
  g_auto (GStrv) lines = tiny_whisper_golden (GOLDEN, start);

  for (char **line = lines; *line != NULL; line++) {
    size_t n;
    g_autofree float *numbers = tiny_whisper_numbers (*line, &n);
    const size_t n_indices = index >= 0 ? 2 : 1;
    const float *row = rows + (size_t) numbers[n_indices - 1] * (size_t) width;
    double difference = 0.0, length = 0.0;

    if (index >= 0 && (int) numbers[0] != index)
      continue;
    g_assert_cmpuint (n - n_indices, ==, (size_t) (width / STRIDE));
    for (size_t i = 0; i < n - n_indices; i++) {
      const double d = (double) row[i * STRIDE] - (double) numbers[n_indices + i];

      difference += d * d;
      length += (double) numbers[n_indices + i] * (double) numbers[n_indices + i];
    }
    g_test_message ("%s%s: %.5f", start, *line, sqrt (difference / length));
    g_assert_cmpfloat (sqrt (difference / length), <, STATES_TOLERANCE);
  }
}

static void
compare_block (int block, const float *states, int n_rows, gpointer user_data)
{
  const AudioWhisperConfig *config = user_data;

  if (block < config->n_audio_layers - 1)
    assert_rows ("block ", block, states, config->n_state);
}

static void
compare_logits (AudioWhisper *whisper, AudioWhisperState *state, double tolerance)
{
  g_auto (GStrv) token_line = tiny_whisper_golden (GOLDEN, "tokens ");
  g_auto (GStrv) lines = tiny_whisper_golden (GOLDEN, "logits ");
  size_t n_tokens;
  g_autofree float *tokens = tiny_whisper_numbers (token_line[0], &n_tokens);

  for (size_t i = 0; i < n_tokens; i++) {
    const int token = (int) tokens[i];
    const float *logits = audio_whisper_step (whisper, state, 1, &token, (int) i);
    g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);
    double worst = 0.0;

    g_assert_cmpint (atoi (words[0]), ==, (int) i);
    for (char **word = words + 1; *word != NULL; word++) {
      const int id = atoi (*word);
      const double expected = g_ascii_strtod (strchr (*word, ':') + 1, NULL);

      worst = MAX (worst, fabs ((double) logits[id] - expected));
    }
    g_test_message ("logits %zu: %.4f", i, worst);
    g_assert_cmpfloat (worst, <, tolerance);
  }
}

/* decoder: NULL, or as HEARSAY_DECODER has it. */
static void
check_parity (const char *decoder, double tolerance)
{
  g_autofree char *path = weights_find ("whisper-base");
  g_autoptr (AudioClip) clip = load_sample ();
  g_autoptr (AudioMel) mel = audio_mel_new (80);
  g_autofree float *frames = g_new (float, 3000 * 80);
  g_autoptr (GError) error = NULL;
  NnContext *context;
  AudioWhisper *whisper;
  AudioWhisperState *state;
  int n_rows;

  if (path == NULL)
    return;
  if (decoder != NULL)
    g_setenv ("HEARSAY_DECODER", decoder, TRUE);
  else
    g_unsetenv ("HEARSAY_DECODER");
  context = nn_context_new (0);
  whisper = audio_whisper_load (context, path, &error);
  g_assert_no_error (error);
  state = audio_whisper_state_new (whisper, 1, &error);
  g_assert_no_error (error);
  audio_mel_compute (mel, clip->samples, clip->n_samples, 3000, frames);
  g_assert_true (audio_whisper_encode (whisper, state, frames, 3000, compare_block,
                                       (gpointer) audio_whisper_get_config (whisper)));
  assert_rows ("states ", -1, audio_whisper_get_states (state, &n_rows),
               audio_whisper_get_config (whisper)->n_state);
  compare_logits (whisper, state, tolerance);
  audio_whisper_state_free (state);
  audio_whisper_free (whisper);
  nn_context_free (context);
}

static void
test_parity (void)
{
  check_parity ("float", LOGITS_TOLERANCE);
}

static void
test_parity_as_installed (void)
{
  check_parity (NULL, ROUNDED_LOGITS_TOLERANCE);
}

typedef struct {
  NnContext *context;
  AudioTranscriber *transcriber; /* NULL: the models are absent */
} Fixture;

/* data: NULL, or as HEARSAY_DECODER has it. */
static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *whisper = weights_find ("whisper-base");
  g_autofree char *vad = whisper != NULL ? weights_find ("silero-vad") : NULL;
  g_autoptr (GError) error = NULL;

  if (data != NULL)
    g_setenv ("HEARSAY_DECODER", data, TRUE);
  else
    g_unsetenv ("HEARSAY_DECODER");
  f->context = nn_context_new (0);
  if (vad == NULL)
    return;
  f->transcriber = audio_transcriber_load (f->context, whisper, vad, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  audio_transcriber_free (f->transcriber);
  nn_context_free (f->context);
}

static void
count_segment (const AudioSegment *segment, double fraction, gpointer user_data)
{
  guint *n = user_data;

  g_assert_cmpfloat (fraction, >=, 0.0);
  g_assert_cmpfloat (fraction, <=, 1.0);
  (*n)++;
}

static void
assert_words (const AudioTranscript *transcript)
{
  double last = 0.0;

  for (guint i = 0; i < transcript->segments->len; i++) {
    const AudioSegment *segment = transcript->segments->pdata[i];
    g_autoptr (GString) joined = g_string_new (NULL);

    g_assert_cmpint (segment->n_words, >, 0);
    for (int w = 0; w < segment->n_words; w++) {
      const AudioWord *word = &segment->words[w];

      g_assert_cmpfloat (word->start, >=, last - 1e-6);
      g_assert_cmpfloat (word->end, >=, word->start);
      g_assert_cmpfloat (word->end, <=, segment->end + 1e-6);
      g_assert_cmpfloat (word->probability, >, 0.0f);
      g_assert_cmpfloat (word->probability, <=, 1.0f);
      last = word->start;
      g_string_append (joined, word->text);
    }
    g_assert_cmpstr (joined->str, ==, segment->text);
  }
}

static char *
text_of (const AudioTranscript *transcript)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < transcript->segments->len; i++)
    g_string_append (text, ((AudioSegment *) transcript->segments->pdata[i])->text);
  return g_strdup (text->str);
}

/* Whether a clause ends with a comma is a near tie, which rounding to 8 bits may decide otherwise;
 * words are not. */
static void
remove_commas (char *text)
{
  char *to = text;

  for (const char *from = text; *from != '\0'; from++)
    if (*from != ',')
      *to++ = *from;
  *to = '\0';
}

static void
test_sample (Fixture *f, gconstpointer data)
{
  const AudioTranscribeOptions options = { .words = TRUE };
  g_autoptr (AudioClip) clip = load_sample ();
  g_autoptr (AudioTranscript) transcript = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint n_segments = 0;

  if (f->transcriber == NULL)
    return;
  transcript =
      audio_transcribe (f->transcriber, clip, &options, count_segment, &n_segments, &error);
  g_assert_no_error (error);
  text = text_of (transcript);
  if (data != NULL)
    g_assert_cmpstr (text, ==,
                     " And so my fellow Americans, ask not what your country can do for you, ask "
                     "what you can do for your country.");
  remove_commas (text);
  g_assert_cmpstr (text, ==,
                   " And so my fellow Americans ask not what your country can do for you ask "
                   "what you can do for your country.");
  g_assert_cmpstr (transcript->language, ==, "en");
  g_assert_cmpfloat (transcript->language_probability, >, 0.9f);
  g_assert_cmpuint (n_segments, ==, transcript->segments->len);
  g_assert_cmpint (transcript->n_windows, ==, 1);
  g_assert_cmpint (transcript->n_tokens, >, 20);
  assert_words (transcript);

  /* "country" is said the second time at 9.9 s. */
  const AudioSegment *last = transcript->segments->pdata[transcript->segments->len - 1];
  g_assert_cmpfloat_with_epsilon (last->words[last->n_words - 1].start, 9.95, 0.15);
}

static guint
count (const char *text, const char *wanted)
{
  guint n = 0;

  for (const char *at = strstr (text, wanted); at != NULL; at = strstr (at + 1, wanted))
    n++;
  return n;
}

/* Who says the same again and again is no loop of the network: all of it is written. */
static void
test_said_again (Fixture *f, gconstpointer data)
{
  enum { N_TIMES = 4 };
  const AudioTranscribeOptions options = { .beam_size = 5 };
  g_autoptr (AudioClip) once = load_sample ();
  const size_t n = once->n_samples;
  g_autofree float *samples = g_new (float, N_TIMES *n);
  g_autoptr (AudioClip) clip = NULL;
  g_autoptr (AudioTranscript) transcript = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (f->transcriber == NULL)
    return;
  for (size_t i = 0; i < N_TIMES; i++)
    memcpy (samples + i * n, once->samples, n * sizeof *samples);
  clip = audio_clip_new (samples, N_TIMES * n);
  transcript = audio_transcribe (f->transcriber, clip, &options, NULL, NULL, &error);
  g_assert_no_error (error);
  text = text_of (transcript);
  remove_commas (text);
  g_test_message ("%s", text);
  g_assert_cmpuint (count (text, "my fellow Americans"), ==, N_TIMES);
  g_assert_cmpuint (count (text, "sk not what your country can do for you"), ==, N_TIMES);
  g_assert_cmpuint (count (text, "sk what you can do for your country"), ==, N_TIMES);
}

/* Nothing is made up where nobody speaks. */
static void
test_nobody (Fixture *f, gconstpointer data)
{
  const size_t n = 5 * AUDIO_RATE_HZ;
  g_autofree float *samples = g_new0 (float, n);

  for (int kind = 0; kind < 3 && f->transcriber != NULL; kind++) {
    g_autoptr (AudioClip) clip = NULL;
    g_autoptr (AudioTranscript) transcript = NULL;
    g_autoptr (GError) error = NULL;

    if (kind == 1)
      tiny_whisper_seeded ("noise", n, 0.3f, 0.0f, samples);
    if (kind == 2)
      for (size_t i = 0; i < n; i++)
        samples[i] = 0.3f * (float) sin (2.0 * G_PI * 440.0 * (double) i / AUDIO_RATE_HZ);
    clip = audio_clip_new (samples, n);
    transcript = audio_transcribe (f->transcriber, clip, NULL, NULL, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (transcript->segments->len, ==, 0);
  }
}

static void
test_options (Fixture *f, gconstpointer data)
{
  const AudioTranscribeOptions unknown = { .language = "klingon" };
  g_autoptr (AudioClip) clip = load_sample ();
  g_autoptr (AudioTranscript) transcript = NULL;
  g_autoptr (GError) error = NULL;

  if (f->transcriber == NULL)
    return;
  transcript = audio_transcribe (f->transcriber, clip, &unknown, NULL, NULL, &error);
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_assert_null (transcript);
  g_clear_error (&error);

  atomic_store (&f->context->cancel, true);
  transcript = audio_transcribe (f->transcriber, clip, NULL, NULL, NULL, &error);
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED);
  g_assert_null (transcript);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/weights/whisper/parity", test_parity);
  g_test_add_func ("/weights/whisper/parity-as-installed", test_parity_as_installed);
  g_test_add ("/weights/whisper/sample", Fixture, "float", set_up, test_sample, tear_down);
  g_test_add ("/weights/whisper/sample-as-installed", Fixture, NULL, set_up, test_sample,
              tear_down);
  g_test_add ("/weights/whisper/said-again", Fixture, NULL, set_up, test_said_again, tear_down);
  g_test_add ("/weights/whisper/nobody", Fixture, NULL, set_up, test_nobody, tear_down);
  g_test_add ("/weights/whisper/options", Fixture, NULL, set_up, test_options, tear_down);
  return g_test_run ();
}
