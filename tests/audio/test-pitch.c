/* SPDX-License-Identifier: GPL-3.0-or-later */

/* pYIN: made-up voices whose pitch is known, real speech against goldens (tools/goldens/prosody),
 * and blocks, ends and cancelling. */

#include <math.h>
#include <string.h>

#include "audio/prosody/pitch.h"
#include "tests/audio/made-up-voice.h"

#define RATE 16000
/* Frames at both ends that see the silence around. */
#define MARGIN 5

typedef struct {
  size_t n;
  float *hz, *voicing;
} Track;

static Track
track_new (const float *samples, size_t n_samples)
{
  g_autoptr (AudioPitch) pitch = audio_pitch_new ();
  g_autoptr (GError) error = NULL;
  Track track = { .n = audio_pitch_count_frames (n_samples) };
  track.hz = g_new (float, track.n);
  track.voicing = g_new (float, track.n);
  audio_pitch_track (pitch, samples, n_samples, track.hz, track.voicing, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  for (size_t i = 0; i < track.n; i++) {
    g_assert_true (track.hz[i] == 0 || (track.hz[i] > 55 && track.hz[i] < 640));
    g_assert_true (track.voicing[i] >= 0 && track.voicing[i] <= 1);
  }
  return track;
}

static void
track_clear (Track *track)
{
  g_free (track->hz);
  g_free (track->voicing);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Track, track_clear)

static double
get_cents (double a, double b)
{
  return fabs (1200 * log2 (a / b));
}

/* All frames but those at the ends are voiced at this pitch. */
static void
assert_steady (const float *samples, size_t n_samples, double hz, double cents)
{
  g_auto (Track) track = track_new (samples, n_samples);
  for (size_t i = MARGIN; i + MARGIN < track.n; i++)
    g_assert_cmpfloat (get_cents ((double) track.hz[i], hz), <, cents);
}

static void
test_tones (void)
{
  static const double pitches[] = { 62, 80, 110, 155, 220, 311, 440, 590 };
  for (size_t i = 0; i < G_N_ELEMENTS (pitches); i++) {
    g_autofree float *tone = g_new0 (float, RATE);
    g_autofree float *pulses = g_new0 (float, RATE);
    voice_add_tone (tone, RATE, pitches[i], 0.3);
    assert_steady (tone, RATE, pitches[i], 5);
    voice_add_pulses (pulses, RATE, pitches[i], 0.5, 0, 0);
    assert_steady (pulses, RATE, pitches[i], 5);
    voice_make_vowel (pulses, RATE);
    assert_steady (pulses, RATE, pitches[i], 5);
  }
}

/* What leads to an octave too high or too low. */
static void
test_octaves (void)
{
  g_autofree float *loud_second = g_new0 (float, RATE);
  voice_add_tone (loud_second, RATE, 120, 0.1);
  voice_add_tone (loud_second, RATE, 240, 0.3);
  voice_add_tone (loud_second, RATE, 360, 0.1);
  assert_steady (loud_second, RATE, 120, 5);
  g_autofree float *no_first = g_new0 (float, RATE);
  for (int h = 2; h <= 6; h++)
    voice_add_tone (no_first, RATE, 150 * h, 0.1);
  assert_steady (no_first, RATE, 150, 5);
  /* Pulses of uneven height. */
  g_autofree float *uneven = g_new0 (float, RATE);
  voice_add_pulses (uneven, RATE, 200, 0.5, 0, 0.2);
  assert_steady (uneven, RATE, 200, 10);
  /* A constant far from zero. */
  g_autofree float *offset = g_new0 (float, RATE);
  voice_add_tone (offset, RATE, 180, 0.0005);
  for (int i = 0; i < RATE; i++)
    offset[i] += 0.9f;
  assert_steady (offset, RATE, 180, 5);
}

/* Frames whose middle is at t are to have the pitch that the phase's derivative has there. */
static void
assert_moving (double (*get_hz) (double t), double cents)
{
  g_autofree float *samples = g_new0 (float, 2 * RATE);
  double phase = 0;
  for (int i = 0; i < 2 * RATE; i++) {
    phase += 2 * G_PI * get_hz ((i + 0.5) / RATE) / RATE;
    for (int h = 1; h <= 5; h++)
      samples[i] += (float) (0.2 / h * sin (h * phase));
  }
  g_auto (Track) track = track_new (samples, 2 * RATE);
  for (size_t i = MARGIN; i + MARGIN < track.n; i++) {
    double hz = get_hz (((double) i + 0.5) / 100);
    g_assert_cmpfloat (get_cents ((double) track.hz[i], hz), <, cents);
  }
}

static double
vibrato (double t)
{
  return 200 * exp2 (sin (2 * G_PI * 5 * t) / 12);
}

static double
glide (double t)
{
  return 90 * exp2 (t);
}

static double
fall (double t)
{
  return 400 * exp2 (-t);
}

static void
test_moving (void)
{
  assert_moving (vibrato, 25);
  assert_moving (glide, 25);
  assert_moving (fall, 25);
}

static void
test_unvoiced (void)
{
  g_autofree float *samples = g_new0 (float, 3 * RATE);
  uint32_t state = 5;
  /* A second of silence, of noise, of voice. */
  voice_add_noise (samples + RATE, RATE, 0.1, &state);
  voice_add_pulses (samples + 2 * RATE, RATE, 130, 0.5, 0, 0);
  g_auto (Track) track = track_new (samples, 3 * RATE);
  int n_voiced = 0;
  for (int i = 0; i < 95; i++) {
    g_assert_cmpfloat (track.hz[i], ==, 0);
    g_assert_cmpfloat (track.voicing[i], ==, 0);
    n_voiced += track.hz[105 + i - i / 90 * 10] > 0;
    g_assert_true (i < MARGIN || track.hz[200 + i] > 0);
  }
  g_assert_cmpint (n_voiced, <=, 3);
  /* So soft that it is the noise of a converter. */
  memset (samples, 0, RATE * sizeof (float));
  voice_add_tone (samples, RATE, 200, 1e-5);
  g_auto (Track) soft = track_new (samples, RATE);
  for (size_t i = 0; i < soft.n; i++)
    g_assert_cmpfloat (soft.hz[i], ==, 0);
}

static float *
load_sample (size_t *n)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path =
      g_build_filename (g_getenv ("HEARSAY_SOURCE_ROOT"), "data", "samples", "inaugural.wav", NULL);
  g_autoptr (AudioClip) clip = audio_clip_load (path, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  *n = clip->n_samples;
  return g_steal_pointer (&clip->samples);
}

typedef struct {
  int n_frames, n_agree, n_both, n_gross, n_fine;
} Agreement;

static void
compare (Agreement *agreement, double hz, double theirs)
{
  agreement->n_frames++;
  agreement->n_agree += (hz > 0) == (theirs > 0);
  if (hz <= 0 || theirs <= 0)
    return;
  agreement->n_both++;
  agreement->n_gross += fabs (hz / theirs - 1) > 0.2;
  agreement->n_fine += get_cents (hz, theirs) > 1;
}

/* Speech: the plain form of the same steps frame by frame; librosa and Praat as far as two methods
 * agree. */
static void
test_golden (void)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "golden", "audio", "prosody-inaugural.txt", NULL);
  g_autofree char *text = NULL;
  size_t n;
  g_autofree float *samples = load_sample (&n);
  g_auto (Track) track = track_new (samples, n);
  Agreement agreements[3] = { 0 };
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, track.n + 1);
  for (size_t i = 0; i < track.n; i++) {
    char *at = lines[i + 1];
    for (int j = 0; j < 3; j++)
      compare (&agreements[j], (double) track.hz[i], g_ascii_strtod (at, &at));
  }
  for (int j = 0; j < 3; j++)
    g_test_message ("voicing agrees in %d of %d frames; of %d voiced, %d differ grossly, %d by "
                    "more than a cent",
                    agreements[j].n_agree, agreements[j].n_frames, agreements[j].n_both,
                    agreements[j].n_gross, agreements[j].n_fine);
  g_assert_cmpint (agreements[0].n_agree, >=, agreements[0].n_frames - 5);
  g_assert_cmpint (agreements[0].n_fine, <=, 2);
  g_assert_cmpint (agreements[1].n_agree * 100, >=, agreements[1].n_frames * 73);
  g_assert_cmpint (agreements[1].n_gross * 100, <=, agreements[1].n_both);
  g_assert_cmpint (agreements[2].n_agree * 100, >=, agreements[2].n_frames * 91);
  g_assert_cmpint (agreements[2].n_gross * 100, <=, agreements[2].n_both);
}

/* The path is found in blocks: of a long recording the same as of its first part, which is one
 * block, but for the very end. */
static void
test_blocks (void)
{
  size_t n, n_long = 45 * RATE, n_part = 32 * RATE;
  g_autofree float *sample = load_sample (&n);
  g_autofree float *samples = g_new (float, n_long);
  /* A voice begins at the border of the blocks: what follows decides. */
  for (size_t i = 0; i < n_long; i++)
    samples[i] = sample[(i + 636 * AUDIO_PITCH_HOP) % n];
  g_auto (Track) whole = track_new (samples, n_long);
  g_auto (Track) part = track_new (samples, n_part);
  g_assert_cmpuint (part.n, ==, 3200);
  for (size_t i = 0; i < part.n - 50; i++)
    g_assert_cmpfloat (whole.hz[i], ==, part.hz[i]);
  /* The same words once more, in the second block. */
  for (size_t i = 50; i < 1000; i++)
    g_assert_cmpfloat_with_epsilon (whole.hz[3300 + i], whole.hz[i], 0.1);
}

static void
test_short (void)
{
  static const size_t lengths[] = { 1, 159, 160, 161, 400, 1600 };
  g_autofree float *samples = g_new0 (float, 1600);
  voice_add_tone (samples, 1600, 200, 0.5);
  g_assert_cmpuint (audio_pitch_count_frames (0), ==, 0);
  for (size_t i = 0; i < G_N_ELEMENTS (lengths); i++) {
    /* A block of its own, so that reading past it is seen. */
    g_autofree float *copy = g_memdup2 (samples, lengths[i] * sizeof (float));
    g_auto (Track) track = track_new (copy, lengths[i]);
    g_assert_cmpuint (track.n, ==, (lengths[i] + 159) / 160);
  }
}

static void
on_progress (double fraction, gpointer user_data)
{
  double *last = user_data;
  g_assert_cmpfloat (fraction, >, *last);
  *last = fraction;
}

static void
test_progress_and_cancel (void)
{
  g_autoptr (AudioPitch) pitch = audio_pitch_new ();
  g_autoptr (GError) error = NULL;
  size_t n = 40 * RATE, n_frames = audio_pitch_count_frames (n);
  g_autofree float *samples = g_new0 (float, n);
  g_autofree float *hz = g_new (float, n_frames);
  g_autofree float *voicing = g_new (float, n_frames);
  atomic_bool cancel = false;
  double last = 0;
  g_assert_true (
      audio_pitch_track (pitch, samples, n, hz, voicing, on_progress, &last, &cancel, &error));
  g_assert_cmpfloat (last, ==, 1);
  cancel = true;
  g_assert_false (audio_pitch_track (pitch, samples, n, hz, voicing, NULL, NULL, &cancel, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/audio/pitch/tones", test_tones);
  g_test_add_func ("/audio/pitch/octaves", test_octaves);
  g_test_add_func ("/audio/pitch/moving", test_moving);
  g_test_add_func ("/audio/pitch/unvoiced", test_unvoiced);
  g_test_add_func ("/audio/pitch/golden", test_golden);
  g_test_add_func ("/audio/pitch/blocks", test_blocks);
  g_test_add_func ("/audio/pitch/short", test_short);
  g_test_add_func ("/audio/pitch/progress-and-cancel", test_progress_and_cancel);
  return g_test_run ();
}
