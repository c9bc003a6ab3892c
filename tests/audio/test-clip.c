/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Recordings of every kind, rate and number of channels, and files that are broken in every way. */

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <sndfile.h>

#include "audio/sound/clip.h"
#include "tests/audio/made-up.h"

#define HZ 440.0

static char *folder;

static char *
in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

/* Writes a tone, the same in each channel, and returns the path (transfer full). */
static char *
write_tone (const char *name, int format, int rate_hz, int n_channels, double seconds,
            float amplitude)
{
  char *path = in_folder (name);
  int n_frames = (int) lround (seconds * rate_hz);
  SF_INFO info = { .samplerate = rate_hz, .channels = n_channels, .format = format };
  g_autofree float *samples = g_new (float, (gsize) n_frames *n_channels + 1);
  for (int i = 0; i < n_frames * n_channels; i++) {
    int frame = i / n_channels;
    samples[i] = amplitude * (float) sin (2 * G_PI * HZ * frame / rate_hz);
  }
  SNDFILE *file = sf_open (path, SFM_WRITE, &info);
  g_assert_nonnull (file);
  g_assert_cmpint (sf_writef_float (file, samples, n_frames), ==, n_frames);
  g_assert_cmpint (sf_close (file), ==, 0);
  return path;
}

static void
write_bytes (const char *path, gconstpointer bytes, gsize n)
{
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n, NULL));
}

/* Keeps the first part of a file. */
static void
cut (const char *path, double fraction)
{
  GStatBuf info;
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (truncate (path, (off_t) ((double) info.st_size * fraction)), ==, 0);
}

static AudioClip *
load (const char *path)
{
  g_autoptr (GError) error = NULL;
  AudioClip *clip = audio_clip_load (path, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return clip;
}

/* The file is refused with this code, in one line that starts with its path. */
static void
assert_refused (const char *path, AudioError code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioClip) clip = audio_clip_load (path, NULL, NULL, NULL, &error);
  g_assert_null (clip);
  g_assert_error (error, AUDIO_ERROR, (int) code);
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_prefix (error->message, path));
  g_assert_null (strchr (error->message, '\n'));
}

/* How much of the tone is in the middle half of the clip: its amplitude there. */
static double
measure_tone (const AudioClip *clip)
{
  double re = 0, im = 0;
  size_t first = clip->n_samples / 4, n = clip->n_samples / 2;
  n -= n % 400; /* whole periods: 11 in 400 samples */
  for (size_t i = first; i < first + n; i++) {
    double angle = 2 * G_PI * HZ * (double) i / AUDIO_RATE_HZ;
    re += clip->samples[i] * cos (angle);
    im += clip->samples[i] * sin (angle);
  }
  return 2 * hypot (re, im) / (double) n;
}

static void
test_formats (void)
{
  static const struct {
    const char *name;
    int format;
    int rate_hz;
    double slack_s; /* lossy codecs begin or end elsewhere */
  } kinds[] = {
    { "tone.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 0 },
    { "u8.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 16000, 0 },
    { "s24.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 48000, 0 },
    { "float.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 16000, 0 },
    { "ulaw.wav", SF_FORMAT_WAV | SF_FORMAT_ULAW, 8000, 0 },
    { "tone.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 22050, 0 },
    { "tone.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 32000, 0 },
    { "tone.au", SF_FORMAT_AU | SF_FORMAT_PCM_16, 16000, 0 },
    { "tone.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44100, 0.01 },
    { "tone.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 48000, 0.01 },
    { "tone.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 44100, 0.1 },
    /* What is inside counts, not the name. */
    { "wav.mp3", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 0 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_test_message ("%s", kinds[i].name);
    g_autofree char *path =
        write_tone (kinds[i].name, kinds[i].format, kinds[i].rate_hz, 1, 1.5, 0.5f);
    g_autoptr (AudioClip) clip = load (path);
    g_assert_cmpfloat_with_epsilon (clip->seconds, 1.5, kinds[i].slack_s + 1e-4);
    g_assert_cmpuint (clip->n_samples, ==, (size_t) lround (clip->seconds * AUDIO_RATE_HZ));
    g_assert_cmpfloat_with_epsilon (measure_tone (clip), 0.5, 0.02);
    g_assert_cmpint (clip->source_rate_hz, ==, kinds[i].rate_hz);
    g_assert_cmpint (clip->source_channels, ==, 1);
    g_assert_cmpuint (clip->n_not_finite, ==, 0);
    g_assert_false (clip->is_truncated);
  }
}

static void
test_rates_and_channels (void)
{
  static const int rates[] = { 8000, 11025, 12000, 24000, 96000, 192000 };
  static const int channels[] = { 1, 2, 3, 6, 8, 40 };
  for (size_t i = 0; i < G_N_ELEMENTS (rates); i++) {
    g_autofree char *path =
        write_tone ("rate.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, rates[i], channels[i], 1.0, 0.5f);
    g_autoptr (AudioClip) clip = load (path);
    g_assert_cmpint (abs ((int) clip->n_samples - AUDIO_RATE_HZ), <=, 2);
    g_assert_cmpfloat_with_epsilon (measure_tone (clip), 0.5, 0.01);
    g_assert_cmpint (clip->source_channels, ==, channels[i]);
  }
  g_autofree char *path =
      write_tone ("slow.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 500, 1, 2.0, 0.5f);
  assert_refused (path, AUDIO_ERROR_FORMAT);
}

/* Channels are averaged: a tone in one of four has a quarter of its amplitude. */
static void
test_mix (void)
{
  g_autofree char *path = in_folder ("mix.wav");
  SF_INFO info = { .samplerate = 16000, .channels = 4, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT };
  g_autofree float *samples = g_new0 (float, 4 * 16000);
  for (int i = 0; i < 16000; i++)
    samples[4 * i + 2] = (float) sin (2 * G_PI * HZ * i / 16000);
  SNDFILE *file = sf_open (path, SFM_WRITE, &info);
  sf_writef_float (file, samples, 16000);
  sf_close (file);
  g_autoptr (AudioClip) clip = load (path);
  g_assert_cmpfloat_with_epsilon (measure_tone (clip), 0.25, 1e-4);
}

static void
test_truncated (void)
{
  static const struct {
    const char *name;
    int format;
  } kinds[] = {
    { "cut.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16 },
    { "cut.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16 },
    { "cut.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16 },
    { "cut.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS },
    { "cut.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_test_message ("%s", kinds[i].name);
    g_autofree char *path = write_tone (kinds[i].name, kinds[i].format, 44100, 2, 6.0, 0.5f);
    cut (path, 0.7);
    g_autoptr (AudioClip) clip = load (path);
    g_assert_true (clip->is_truncated);
    g_assert_cmpfloat (clip->seconds, >, 2.0);
    g_assert_cmpfloat (clip->seconds, <, 5.0);
    g_assert_cmpfloat_with_epsilon (measure_tone (clip), 0.5, 0.02);
    /* Nothing but the beginning of a header. */
    g_assert_cmpint (truncate (path, 20), ==, 0);
    assert_refused (path, AUDIO_ERROR_FORMAT);
  }
}

/* A wav file of floats; n_claimed is the size that its header gives to the samples. */
static char *
write_float_wav (const char *name, const float *samples, guint32 n, guint32 n_claimed)
{
  char *path = in_folder (name);
  guint32 header[11] = { 0 };
  memcpy (header, "RIFF\0\0\0\0WAVEfmt ", 16);
  header[1] = GUINT32_TO_LE (n_claimed < 0xffffff00u ? n_claimed + 36 : n_claimed);
  header[4] = GUINT32_TO_LE (16);
  header[5] = GUINT32_TO_LE (3 | 1 << 16);
  header[6] = GUINT32_TO_LE (16000);
  header[7] = GUINT32_TO_LE (16000 * sizeof (float));
  header[8] = GUINT32_TO_LE (4 | 32 << 16);
  memcpy (header + 9, "data", 4);
  header[10] = GUINT32_TO_LE (n_claimed);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_byte_array_append (bytes, (const guint8 *) header, sizeof header);
  g_byte_array_append (bytes, (const guint8 *) samples, n * sizeof (float));
  write_bytes (path, bytes->data, bytes->len);
  return path;
}

/* A header that lies about the length neither takes memory nor loses samples. */
static void
test_lying_header (void)
{
  static const struct {
    guint32 n_claimed;
    gboolean is_truncated;
  } lies[] = {
    { 0xffffffffu, FALSE }, /* what a program writes into a pipe */
    { 0x7ffff000u, FALSE }, { 0x60000000u, TRUE }, { 16000 * 4 + 4, TRUE }, { 16000 * 4, FALSE },
  };
  g_autofree float *samples = g_new0 (float, 16000);
  for (size_t i = 0; i < G_N_ELEMENTS (lies); i++) {
    g_autofree char *path = write_float_wav ("lie.wav", samples, 16000, lies[i].n_claimed);
    g_autoptr (AudioClip) clip = load (path);
    g_assert_cmpuint (clip->n_samples, ==, 16000);
    g_assert_cmpint (clip->is_truncated, ==, lies[i].is_truncated);
  }
}

static void
test_not_finite (void)
{
  g_autofree float *samples = g_new (float, 16000);
  for (int i = 0; i < 16000; i++)
    samples[i] = 0.25f;
  samples[10] = NAN;
  samples[11] = INFINITY;
  samples[12] = -INFINITY;
  samples[13] = 1e30f;
  g_autofree char *some = write_float_wav ("some.wav", samples, 16000, 64000);
  g_autoptr (AudioClip) clip = load (some);
  g_assert_cmpuint (clip->n_not_finite, ==, 4);
  for (int i = 0; i < 16000; i++)
    g_assert_cmpfloat (clip->samples[i], ==, i >= 10 && i <= 13 ? 0.0f : 0.25f);
  for (int i = 0; i < 2000; i++)
    samples[i] = NAN;
  g_autofree char *many = write_float_wav ("many.wav", samples, 16000, 64000);
  assert_refused (many, AUDIO_ERROR_FORMAT);
  for (int i = 0; i < 16000; i++)
    samples[i] = NAN;
  g_autofree char *all = write_float_wav ("all.wav", samples, 16000, 64000);
  assert_refused (all, AUDIO_ERROR_FORMAT);
}

static void
test_range (void)
{
  g_autofree float *samples = g_new0 (float, 16000);
  /* A few samples beyond are clipped. */
  samples[0] = 0.5f;
  samples[1] = 3.0f;
  samples[2] = -7.0f;
  g_autofree char *few = write_float_wav ("few.wav", samples, 16000, 64000);
  g_autoptr (AudioClip) clipped = load (few);
  g_assert_cmpfloat (clipped->samples[0], ==, 0.5f);
  g_assert_cmpfloat (clipped->samples[1], ==, 1.0f);
  g_assert_cmpfloat (clipped->samples[2], ==, -1.0f);
  /* Another scale: 16-bit values as floats. */
  for (int i = 0; i < 16000; i++)
    samples[i] = i % 2 == 0 ? -32768.0f : 16384.0f;
  g_autofree char *scaled = write_float_wav ("scaled.wav", samples, 16000, 64000);
  g_autoptr (AudioClip) clip = load (scaled);
  g_assert_cmpfloat (clip->samples[0], ==, -1.0f);
  g_assert_cmpfloat (clip->samples[1], ==, 0.5f);
}

static void
test_not_a_recording (void)
{
  static const char mp4[] = "\0\0\0\x1c"
                            "ftypM4A \0\0\2\0isomiso2";
  uint32_t state = 3;
  guint8 noise[5000];
  for (size_t i = 0; i < sizeof noise; i++)
    noise[i] = (guint8) (signal_next (&state) * 128);
  g_autofree char *path = in_folder ("file.wav");
  assert_refused (path, AUDIO_ERROR_OPEN);
  assert_refused (folder, AUDIO_ERROR_OPEN);
  write_bytes (path, "", 0);
  assert_refused (path, AUDIO_ERROR_EMPTY);
  write_bytes (path, "Dear Sir,\nthis is a letter.\n", 28);
  assert_refused (path, AUDIO_ERROR_FORMAT);
  write_bytes (path, noise, sizeof noise);
  assert_refused (path, AUDIO_ERROR_FORMAT);
  write_bytes (path, mp4, sizeof mp4 - 1);
  assert_refused (path, AUDIO_ERROR_FORMAT);
  g_autofree char *fifo = in_folder ("fifo.wav");
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  assert_refused (fifo, AUDIO_ERROR_OPEN);
  g_assert_cmpint (g_chmod (path, 0), ==, 0);
  if (access (path, R_OK) != 0)
    assert_refused (path, AUDIO_ERROR_OPEN);
  g_autofree char *none = write_tone ("none.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 1, 0, 0);
  assert_refused (none, AUDIO_ERROR_EMPTY);
  g_autofree char *brief =
      write_tone ("brief.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 48000, 2, 0.05, 0.5f);
  assert_refused (brief, AUDIO_ERROR_TOO_SHORT);
}

/* Decoders complain on stderr; the user is not to see it, and stderr works afterwards. */
static void
test_quiet (void)
{
  if (g_test_subprocess ()) {
    g_autofree char *path =
        write_tone ("cut.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 44100, 1, 4.0, 0.5f);
    cut (path, 0.5);
    g_autoptr (AudioClip) clip = load (path);
    g_assert_true (clip->is_truncated);
    g_printerr ("after\n");
    return;
  }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("after\n");
}

static void
on_progress (double fraction, gpointer user_data)
{
  double *last = user_data;
  g_assert_cmpfloat (fraction, >, *last);
  g_assert_cmpfloat (fraction, <=, 1.0);
  *last = fraction;
}

static void
test_progress_and_cancel (void)
{
  g_autofree char *path =
      write_tone ("long.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 1, 20, 0.5f);
  g_autoptr (GError) error = NULL;
  double last = 0;
  atomic_bool cancel = false;
  g_autoptr (AudioClip) clip = audio_clip_load (path, on_progress, &last, &cancel, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (last, ==, 1.0);
  cancel = true;
  g_assert_null (audio_clip_load (path, NULL, NULL, &cancel, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED);
}

static void
test_new (void)
{
  const float samples[] = { 0.5f, -0.5f };
  g_autoptr (AudioClip) clip = audio_clip_new (samples, 2);
  g_assert_cmpmem (clip->samples, clip->n_samples * sizeof (float), samples, sizeof samples);
  g_assert_true (clip->samples != samples);
  g_assert_cmpfloat (clip->seconds, ==, 2.0 / AUDIO_RATE_HZ);
}

static void
remove_folder (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir)) {
    g_autofree char *path = in_folder (name);
    g_remove (path);
  }
  g_rmdir (folder);
  g_free (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("hearsay-clip-XXXXXX", NULL);
  g_test_add_func ("/audio/clip/formats", test_formats);
  g_test_add_func ("/audio/clip/rates-and-channels", test_rates_and_channels);
  g_test_add_func ("/audio/clip/mix", test_mix);
  g_test_add_func ("/audio/clip/truncated", test_truncated);
  g_test_add_func ("/audio/clip/lying-header", test_lying_header);
  g_test_add_func ("/audio/clip/not-finite", test_not_finite);
  g_test_add_func ("/audio/clip/range", test_range);
  g_test_add_func ("/audio/clip/not-a-recording", test_not_a_recording);
  g_test_add_func ("/audio/clip/quiet", test_quiet);
  g_test_add_func ("/audio/clip/progress-and-cancel", test_progress_and_cancel);
  g_test_add_func ("/audio/clip/new", test_new);
  int status = g_test_run ();
  remove_folder ();
  return status;
}
