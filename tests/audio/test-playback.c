/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Playback through PortAudio and ALSA's null device, which writes what it gets into a file. */

#include "audio/sound/playback.h"

#include <math.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "tests/audio/made-up-portaudio.h"

#define RATE_HZ 24000

static char *folder;
static atomic_int seconds_back; /* somebody sets the clock */

__attribute__ ((no_sanitize ("address", "thread"))) int
clock_gettime (clockid_t clock, struct timespec *now)
{
  if (syscall (SYS_clock_gettime, clock, now) != 0)
    return -1;
  if (clock == CLOCK_REALTIME)
    now->tv_sec -= atomic_load_explicit (&seconds_back, memory_order_relaxed);
  return 0;
}

static char *
in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

/* Gives this process a loudspeaker of 16-bit mono at this rate. (transfer full): its file. */
static char *
loudspeaker_new (int rate_hz)
{
  g_autofree char *config = in_folder ("loudspeaker.conf");
  char *heard = in_folder ("heard.raw");
  g_autofree char *text = g_strdup_printf (
      "pcm.!default { type plug slave { pcm \"test-loudspeaker\" format S16_LE channels 1 rate %d "
      "} }\n"
      "pcm.test-loudspeaker { type file slave.pcm { type null } format \"raw\" file \"%s\" }\n",
      rate_hz, heard);

  g_assert_true (g_file_set_contents (config, text, -1, NULL));
  g_setenv ("ALSA_CONFIG_PATH", config, TRUE);
  return heard;
}

static AudioPlayback *
start (void)
{
  g_autoptr (GError) error = NULL;
  AudioPlayback *playback = audio_playback_start (NULL, RATE_HZ, &error);

  g_assert_no_error (error);
  return playback;
}

static float *
make_tone (size_t n, float level)
{
  float *samples = g_new (float, n);

  for (size_t i = 0; i < n; i++)
    samples[i] = level * sinf ((float) i * 0.1f);
  return samples;
}

/* Seconds of sound above a level in what the loudspeaker got. */
static double
count_loud (const char *path, int least)
{
  g_autofree char *bytes = NULL;
  gsize length = 0, n = 0;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  const gint16 *samples = (const gint16 *) (void *) bytes;
  for (gsize i = 0; i < length / 2; i++)
    n += ABS (samples[i]) > least;
  return (double) n / RATE_HZ;
}

static void
run_whole (void)
{
  g_autofree char *heard = loudspeaker_new (RATE_HZ);
  g_autofree float *tone = make_tone (2 * RATE_HZ, 0.5f);
  g_autoptr (GError) error = NULL;
  AudioPlayback *playback = start ();

  g_assert_true (audio_playback_append (playback, tone, 2 * RATE_HZ, NULL, &error));
  g_assert_true (audio_playback_drain (playback, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat_with_epsilon (audio_playback_get_played (playback), 2, 1e-6);
  g_assert_cmpfloat (audio_playback_get_waiting (playback), ==, 0);
  audio_playback_free (playback);
  /* A sine is above a tenth of its peak for 94 % of the time. */
  g_assert_cmpfloat_with_epsilon (count_loud (heard, 1638), 2 * 0.936, 0.02);
}

static gpointer
go_on (gpointer playback)
{
  g_usleep (100000);
  audio_playback_set_paused (playback, FALSE);
  return NULL;
}

/* A loudspeaker of another rate, and as much waits as can when the end comes. */
static void
run_other_rate (void)
{
  g_autofree char *heard = loudspeaker_new (2 * RATE_HZ);
  g_autofree float *tone = make_tone (6 * RATE_HZ, 0.5f);
  g_autoptr (GError) error = NULL;
  AudioPlayback *playback;

  portaudio_only_rate = 2 * RATE_HZ;
  playback = start ();
  audio_playback_set_paused (playback, TRUE);
  const size_t n = audio_playback_write (playback, tone, 6 * RATE_HZ);
  g_assert_cmpuint (n, >, 4 * RATE_HZ);
  GThread *other = g_thread_new ("go-on", go_on, playback);
  g_assert_true (audio_playback_drain (playback, NULL, &error));
  g_assert_no_error (error);
  g_thread_join (other);
  g_assert_cmpfloat_with_epsilon (audio_playback_get_played (playback), (double) n / RATE_HZ, 1e-4);
  /* What is cleared does not come with what follows it. */
  g_autofree float *loud = make_tone (RATE_HZ, 0.9f);
  audio_playback_set_paused (playback, TRUE);
  g_usleep (50000);
  g_assert_cmpuint (audio_playback_write (playback, loud, RATE_HZ), ==, RATE_HZ);
  audio_playback_clear (playback);
  audio_playback_set_paused (playback, FALSE);
  g_assert_true (audio_playback_append (playback, tone, RATE_HZ, NULL, &error));
  g_assert_true (audio_playback_drain (playback, NULL, &error));
  audio_playback_free (playback);
  g_assert_cmpfloat (count_loud (heard, 20000), ==, 0);
  const double seconds = (double) n / RATE_HZ + 1;
  g_assert_cmpfloat_with_epsilon (count_loud (heard, 1638) / 2, seconds * 0.936, 0.03);
}

/* More than fits is not taken; what is cleared is not heard; while it is paused nothing is. */
static void
run_control (void)
{
  g_autofree char *heard = loudspeaker_new (RATE_HZ);
  g_autofree float *loud = make_tone (20 * RATE_HZ, 0.9f), *soft = make_tone (RATE_HZ, 0.2f);
  g_autoptr (GError) error = NULL;
  AudioPlayback *playback = start ();

  audio_playback_set_paused (playback, TRUE);
  /* What the callback began before it saw this may still be played. */
  g_usleep (50000);
  size_t n = audio_playback_write (playback, loud, 20 * RATE_HZ);
  g_assert_cmpuint (n, ==, 5 * RATE_HZ);
  g_assert_cmpfloat (audio_playback_get_played (playback), ==, 0);
  audio_playback_clear (playback);
  g_assert_true (audio_playback_append (playback, soft, RATE_HZ, NULL, &error));
  audio_playback_set_paused (playback, FALSE);
  g_assert_true (audio_playback_drain (playback, NULL, &error));
  g_assert_cmpfloat_with_epsilon (audio_playback_get_played (playback), 1, 1e-6);
  audio_playback_free (playback);
  g_assert_cmpfloat (count_loud (heard, 10000), ==, 0);
  g_assert_cmpfloat (count_loud (heard, 3000), >, 0.5);
}

/* What is cleared while it is heard is silent within 200 ms of sound, on however busy a machine. */
static void
run_clear (void)
{
  g_autofree char *heard = loudspeaker_new (RATE_HZ);
  g_autofree float *tone = make_tone (4 * RATE_HZ, 0.9f);
  g_autoptr (GError) error = NULL;
  AudioPlayback *playback = start ();

  g_assert_true (audio_playback_append (playback, tone, 4 * RATE_HZ, NULL, &error));
  while (audio_playback_get_played (playback) < 0.3)
    g_usleep (2000);
  audio_playback_clear (playback);
  const double played = audio_playback_get_played (playback);
  g_assert_true (audio_playback_drain (playback, NULL, &error));
  audio_playback_free (playback);
  const double loud = count_loud (heard, 3276) / 0.936;
  g_test_message ("cleared after %.3f s, heard %.3f s", played, loud);
  g_assert_cmpfloat (loud, <, played + 0.2);
  g_assert_cmpfloat (loud, >, 0.28);
}

static void
run_stop (void)
{
  g_autofree char *heard = loudspeaker_new (RATE_HZ);
  g_autofree float *tone = make_tone (20 * RATE_HZ, 0.5f);
  g_autoptr (GError) error = NULL;
  atomic_bool cancel = TRUE;
  AudioPlayback *playback = start ();

  audio_playback_set_paused (playback, TRUE);
  g_assert_false (audio_playback_append (playback, tone, 20 * RATE_HZ, &cancel, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED);
  gint64 begin = g_get_monotonic_time ();
  audio_playback_free (playback);
  g_test_message ("stopped after %.0f ms", (double) (g_get_monotonic_time () - begin) / 1000);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 900000);
}

static void
run_no_device (void)
{
  g_autofree char *config = in_folder ("nothing.conf");
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (config, "pcm.default { type hw card 31 }\n", -1, NULL));
  g_setenv ("ALSA_CONFIG_PATH", config, TRUE);
  g_assert_null (audio_playback_start (NULL, RATE_HZ, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_DEVICE);
  g_assert_cmpstr (error->message, ==, "no loudspeaker was found");
  g_clear_error (&error);
  g_autofree char *heard = loudspeaker_new (RATE_HZ);
  g_assert_null (audio_playback_start ("trumpet", RATE_HZ, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_DEVICE);
  g_assert_nonnull (g_strstr_len (error->message, -1, "no loudspeaker is called"));
}

/* Each in a process of its own: ALSA reads its configuration once. */
static void
run_apart (void (*run) (void))
{
  if (g_test_subprocess ()) {
    run ();
    return;
  }
  g_setenv ("HEARSAY_TEST_FOLDER", folder, TRUE);
  g_test_trap_subprocess (NULL, 60 * G_USEC_PER_SEC, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("");
}

static void
test_whole (void)
{
  run_apart (run_whole);
}

static void
test_other_rate (void)
{
  run_apart (run_other_rate);
}

static void
test_control (void)
{
  run_apart (run_control);
}

static void
test_clear (void)
{
  run_apart (run_clear);
}

static void
test_stop (void)
{
  run_apart (run_stop);
}

/* The clock is set back by an hour: that a stream closes is waited for all the same. */
static void
run_clock_set (void)
{
  g_autofree char *heard = loudspeaker_new (RATE_HZ);
  g_autofree float *tone = make_tone (RATE_HZ / 10, 0.5f);
  g_autoptr (GError) error = NULL;
  AudioPlayback *playback;

  for (int i = 0; i < 2; i++) {
    playback = audio_playback_start (NULL, RATE_HZ, &error);
    g_assert_no_error (error);
    g_assert_true (audio_playback_append (playback, tone, RATE_HZ / 10, NULL, &error));
    g_assert_true (audio_playback_drain (playback, NULL, &error));
    atomic_store (&seconds_back, 3600);
    audio_playback_free (playback);
    atomic_store (&seconds_back, 0); /* PortAudio itself starts by that clock */
  }
}

static void
test_clock_set (void)
{
  run_apart (run_clock_set);
}

static void
test_no_device (void)
{
  run_apart (run_no_device);
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
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  const char *given = g_getenv ("HEARSAY_TEST_FOLDER");
  folder = given != NULL ? g_strdup (given) : g_dir_make_tmp ("hearsay-playback-XXXXXX", NULL);
  g_test_add_func ("/audio/playback/whole", test_whole);
  g_test_add_func ("/audio/playback/other-rate", test_other_rate);
  g_test_add_func ("/audio/playback/control", test_control);
  g_test_add_func ("/audio/playback/clear", test_clear);
  g_test_add_func ("/audio/playback/stop", test_stop);
  g_test_add_func ("/audio/playback/clock-set", test_clock_set);
  g_test_add_func ("/audio/playback/no-device", test_no_device);
  int status = g_test_run ();
  if (given == NULL)
    remove_folder ();
  g_free (folder);
  return status;
}
