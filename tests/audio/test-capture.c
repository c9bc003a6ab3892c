/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Recording: the file that is valid at every moment, and the whole way from a microphone.
 *
 * The microphone is ALSA's `file` device, which reads a named pipe, so it gives samples when a test
 * writes them. ALSA reads its configuration once in a process: tests with a microphone run in
 * processes of their own, and so do those that are killed or get a limit on file sizes. */

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "audio/sound/capture.h"
#include "audio/sound/recorder.h"
#include "tests/audio/made-up-portaudio.h"

#define RATE_HZ 16000

static char *folder;

static char *
in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

/* Recorder. */

static gboolean
append_seconds (AudioRecorder *recorder, double seconds, GError **error)
{
  float samples[RATE_HZ / 100];
  for (size_t i = 0; i < G_N_ELEMENTS (samples); i++)
    samples[i] = 1.5f * sinf ((float) (i * i) * 0.01f);
  for (int i = 0; i < (int) lround (seconds * 100); i++)
    if (!audio_recorder_append (recorder, samples, G_N_ELEMENTS (samples), error))
      return FALSE;
  return TRUE;
}

static void
assert_seconds (const char *path, double least, double most)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioClip) clip = audio_clip_load (path, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (clip->source_rate_hz, ==, RATE_HZ);
  g_assert_cmpfloat (clip->seconds, >=, least);
  g_assert_cmpfloat (clip->seconds, <=, most);
  float peak = 0;
  for (size_t i = 0; i < clip->n_samples; i++)
    peak = fmaxf (peak, fabsf (clip->samples[i]));
  g_assert_cmpfloat (peak, >, 0.4f);
}

static const char *const names[] = { "out.wav", "OUT.FLAC" };

static void
test_recorder (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = in_folder (names[i]);
    g_autoptr (GError) error = NULL;
    AudioRecorder *recorder = audio_recorder_open (path, FALSE, RATE_HZ, &error);
    g_assert_no_error (error);
    g_assert_true (append_seconds (recorder, 6.0, &error));
    g_assert_true (audio_recorder_close (recorder, &error));
    assert_seconds (path, 6.0, 6.0);
    /* Not over a file that is there, unless it is asked for. */
    g_assert_null (audio_recorder_open (path, FALSE, RATE_HZ, &error));
    g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_OPEN);
    assert_seconds (path, 6.0, 6.0);
    recorder = audio_recorder_open (path, TRUE, RATE_HZ, NULL);
    g_assert_true (append_seconds (recorder, 1.0, NULL));
    g_assert_true (audio_recorder_close (recorder, NULL));
    assert_seconds (path, 1.0, 1.0);
    recorder = audio_recorder_open (path, TRUE, RATE_HZ, NULL);
    audio_recorder_discard (recorder);
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  }
}

static void
test_recorder_refusals (void)
{
  static const struct {
    const char *name;
    AudioError code;
  } refusals[] = { { "out.mp3", AUDIO_ERROR_FORMAT },
                   { "out", AUDIO_ERROR_FORMAT },
                   { "no/such/folder/out.wav", AUDIO_ERROR_OPEN } };
  for (size_t i = 0; i < G_N_ELEMENTS (refusals); i++) {
    g_autofree char *path = in_folder (refusals[i].name);
    g_autoptr (GError) error = NULL;
    g_assert_null (audio_recorder_open (path, FALSE, RATE_HZ, &error));
    g_assert_error (error, AUDIO_ERROR, (int) refusals[i].code);
    g_assert_true (g_str_has_prefix (error->message, path));
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  }
}

/* What follows in the child never returns. */
static pid_t
fork_child (void)
{
  pid_t pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  return pid;
}

static void
test_recorder_killed (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = in_folder (names[i]);
    int status;
    pid_t pid = fork_child ();
    if (pid == 0) {
      AudioRecorder *recorder = audio_recorder_open (path, TRUE, RATE_HZ, NULL);
      append_seconds (recorder, 3.3, NULL);
      kill (getpid (), SIGKILL);
    }
    g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
    g_assert_true (WIFSIGNALED (status));
    /* All but the last half second. */
    assert_seconds (path, 2.8, 3.3);
  }
}

static void
limit_file_size (rlim_t n_bytes)
{
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &(struct rlimit){ n_bytes, n_bytes }), ==, 0);
}

/* A full disk: the writing fails, and what is there can be played. */
static void
test_recorder_disk_full (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = in_folder (names[i]);
    int status;
    pid_t pid = fork_child ();
    if (pid == 0) {
      g_autoptr (GError) error = NULL;
      limit_file_size (100001);
      AudioRecorder *recorder = audio_recorder_open (path, TRUE, RATE_HZ, NULL);
      gboolean is_appended = append_seconds (recorder, 30, &error);
      gboolean is_told = !is_appended && g_error_matches (error, AUDIO_ERROR, AUDIO_ERROR_DISK)
                         && g_str_has_prefix (error->message, path);
      audio_recorder_close (recorder, NULL);
      _exit (is_told ? 0 : 1);
    }
    g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
    g_assert_true (WIFEXITED (status));
    g_assert_cmpint (WEXITSTATUS (status), ==, 0);
    assert_seconds (path, 2.5, 30);
  }
}

/* The whole way. */

typedef struct {
  int fd;
  pthread_t thread;
  atomic_bool is_over;
} Microphone;

/* Writes a hundredth of a second of a tone in each millisecond, as far as there is room; where it
 * is zero stand values that are no samples. Never stops before the stream is closed: the sound
 * system's thread waits in the pipe. */
static void *
speak (void *user_data)
{
  Microphone *microphone = user_data;
  float samples[RATE_HZ / 100];
  for (size_t i = 0; i < G_N_ELEMENTS (samples); i++)
    samples[i] = 0.5f * sinf ((float) i * (float) (2 * G_PI * 4) / G_N_ELEMENTS (samples));
  samples[0] = NAN;
  samples[20] = -INFINITY;
  while (!atomic_load (&microphone->is_over)) {
    if (write (microphone->fd, samples, sizeof samples) < 0)
      g_assert_cmpint (errno, ==, EAGAIN);
    g_usleep (1000);
  }
  return NULL;
}

/* Gives this process a microphone that hears a tone. */
static Microphone *
microphone_new (const char *name)
{
  g_autofree char *fifo = in_folder (name);
  g_autofree char *config_name = g_strconcat (name, ".conf", NULL);
  g_autofree char *config = in_folder (config_name);
  g_autofree char *text =
      g_strdup_printf ("pcm.!default { type plug slave.pcm \"test-microphone\" }\n"
                       "pcm.test-microphone {\n"
                       "  type file slave.pcm { type null } format \"raw\"\n"
                       "  file \"/dev/null\" infile \"%s\"\n"
                       "}\n",
                       fifo);
  g_assert_true (g_file_set_contents (config, text, -1, NULL));
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_setenv ("ALSA_CONFIG_PATH", config, TRUE);
  Microphone *microphone = g_new0 (Microphone, 1);
  microphone->fd = open (fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  g_assert_cmpint (microphone->fd, >=, 0);
  g_assert_cmpint (pthread_create (&microphone->thread, NULL, speak, microphone), ==, 0);
  return microphone;
}

static void
microphone_free (Microphone *microphone)
{
  atomic_store (&microphone->is_over, true);
  pthread_join (microphone->thread, NULL);
  close (microphone->fd);
  g_free (microphone);
}

static AudioCapture *
start_capture (const char *path)
{
  g_autoptr (GError) error = NULL;
  AudioCapture *capture = audio_capture_start (&(AudioCaptureOptions){ .path = path }, &error);
  g_assert_no_error (error);
  return capture;
}

/* Waits until this much is recorded or the capture fails, for ten seconds at most. */
static void
wait_for (AudioCapture *capture, double seconds, AudioCaptureState *state)
{
  float peak = 0;
  for (int i = 0; i < 10000; i++) {
    audio_capture_get_state (capture, state);
    state->peak = peak = fmaxf (peak, state->peak);
    if (state->seconds >= seconds || state->has_failed)
      return;
    g_usleep (1000);
  }
  g_error ("only %g of %g s were recorded", state->seconds, seconds);
}

static void
run_capture (void)
{
  Microphone *microphone = microphone_new ("capture");
  g_autofree char *path = in_folder ("captured.wav");
  g_autofree float *recent = g_new (float, RATE_HZ);
  g_autoptr (GError) error = NULL;
  AudioCaptureState state;
  double seconds = 0;
  g_autoptr (GPtrArray) devices = audio_capture_list_devices (&error);
  g_assert_no_error (error);
  g_assert_cmpuint (devices->len, ==, 2);
  AudioCapture *capture = start_capture (path);
  wait_for (capture, 1.2, &state);
  g_assert_cmpfloat (state.peak, >, 0.45f);
  g_assert_cmpfloat (state.peak, <, 0.55f);
  g_assert_cmpfloat_with_epsilon (state.rms, 0.35, 0.1);
  g_assert_false (state.has_failed);
  g_assert_cmpuint (state.n_overruns, ==, 0);
  size_t n = audio_capture_read (capture, recent, RATE_HZ);
  g_assert_cmpuint (n, >, RATE_HZ / 2);
  g_assert_true (audio_capture_stop (capture, &seconds, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat (seconds, >=, 1.2);
  assert_seconds (path, seconds - 1e-3, seconds + 1e-3);
  microphone_free (microphone);
}

static void
run_killed (void)
{
  microphone_new ("killed");
  g_autofree char *path = in_folder ("killed.wav");
  AudioCaptureState state;
  AudioCapture *capture = start_capture (path);
  wait_for (capture, 4, &state);
  kill (getpid (), SIGKILL);
}

static void
run_disk_full (void)
{
  Microphone *microphone = microphone_new ("full");
  g_autofree char *path = in_folder ("full.wav");
  g_autoptr (GError) error = NULL;
  AudioCaptureState state;
  double seconds = 0;
  limit_file_size (50000);
  AudioCapture *capture = start_capture (path);
  wait_for (capture, 30, &state);
  g_assert_true (state.has_failed);
  g_assert_false (audio_capture_stop (capture, &seconds, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_DISK);
  g_assert_cmpfloat (seconds, >, 1.0);
  assert_seconds (path, seconds - 1e-3, seconds + 1e-3);
  microphone_free (microphone);
}

/* A microphone of 48 kHz, whose tone then has 1200 Hz: so it has in what is read, but for where the
 * microphone was late. */
static void
run_other_rate (void)
{
  Microphone *microphone = microphone_new ("other");
  g_autofree char *path = in_folder ("other.wav");
  g_autofree float *recent = g_new (float, 2 * RATE_HZ);
  g_autoptr (GError) error = NULL;
  AudioCaptureState state;
  double seconds = 0;
  portaudio_only_rate = 48000;
  AudioCapture *capture = start_capture (path);
  wait_for (capture, 1.2, &state);
  g_assert_cmpfloat_with_epsilon (state.rms, 0.35, 0.1);
  const size_t n = audio_capture_read (capture, recent, 2 * RATE_HZ);
  g_assert_cmpuint (n, >, RATE_HZ / 2);
  size_t before = 0, n_periods = 0, n_right = 0;
  for (size_t i = 1; i < n; i++)
    if (recent[i - 1] < 0 && recent[i] >= 0 && recent[i] - recent[i - 1] > 0.1f) {
      n_periods++;
      n_right += i - before == RATE_HZ / 1200 || i - before == RATE_HZ / 1200 + 1;
      before = i;
    }
  g_assert_cmpuint (n_periods, >, 100);
  g_assert_cmpuint (n_right, >, n_periods * 3 / 4);
  g_assert_true (audio_capture_stop (capture, &seconds, &error));
  g_assert_no_error (error);
  assert_seconds (path, seconds - 1e-3, seconds + 1e-3);
  microphone_free (microphone);
}

static gpointer
run_slow_list (gpointer data)
{
  g_autoptr (GPtrArray) devices = audio_capture_list_devices (NULL);
  g_assert_nonnull (devices);
  return data;
}

/* A recording ends while somebody else waits for the sound server: nothing hangs. */
static void
run_slow_start (void)
{
  Microphone *microphone = microphone_new ("slow");
  g_autofree char *path = in_folder ("slow.wav");
  g_autoptr (GError) error = NULL;
  AudioCaptureState state;
  AudioCapture *capture = start_capture (path);
  wait_for (capture, 1, &state);
  atomic_store (&portaudio_start_delay_us, 5 * G_USEC_PER_SEC / 2);
  GThread *other = g_thread_new ("list", run_slow_list, NULL);
  g_usleep (G_USEC_PER_SEC / 2);
  g_assert_true (audio_capture_stop (capture, NULL, &error));
  g_assert_no_error (error);
  g_thread_join (other);
  atomic_store (&portaudio_start_delay_us, 0);
  g_autoptr (GPtrArray) devices = audio_capture_list_devices (&error);
  g_assert_no_error (error);
  g_assert_nonnull (devices);
  microphone_free (microphone);
}

/* Somebody else asks while a stream is being closed that never will be. */
static gpointer
run_list (gpointer data)
{
  GPtrArray *devices;

  g_usleep (G_USEC_PER_SEC / 4);
  devices = audio_capture_list_devices (NULL);
  if (devices != NULL)
    g_ptr_array_unref (devices);
  return NULL;
}

/* The sound system hangs, as its thread waits in the pipe: the recording ends all the same. */
static void
run_hanging (void)
{
  Microphone *microphone = microphone_new ("hanging");
  g_autofree char *path = in_folder ("hanging.wav");
  g_autoptr (GError) error = NULL;
  AudioCaptureState state;
  double seconds = 0;
  AudioCapture *capture = start_capture (path);
  wait_for (capture, 1, &state);
  atomic_store (&microphone->is_over, true);
  pthread_join (microphone->thread, NULL);
  GThread *other = g_thread_new ("list", run_list, NULL);
  g_assert_true (audio_capture_stop (capture, &seconds, &error));
  g_assert_no_error (error);
  assert_seconds (path, seconds - 1e-3, seconds + 1e-3);
  g_thread_join (other);
  g_assert_null (audio_capture_list_devices (&error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_DEVICE);
  /* Not through exit handlers that wait for the sound system. */
  _exit (0);
}

static void
assert_start_fails (const AudioCaptureOptions *options, AudioError code, const char *word)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (audio_capture_start (options, &error));
  g_assert_error (error, AUDIO_ERROR, (int) code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, word));
}

static void
run_refusals (void)
{
  Microphone *microphone = microphone_new ("refusals");
  g_autofree char *path = in_folder ("refused.wav");
  AudioCaptureOptions options = { .path = path, .device_name = "gramophone" };
  assert_start_fails (&options, AUDIO_ERROR_DEVICE, "test-microphone");
  options.device_name = "99";
  assert_start_fails (&options, AUDIO_ERROR_DEVICE, "test-microphone");
  options.device_name = "MICRO";
  g_assert_true (g_file_set_contents (path, "precious", -1, NULL));
  assert_start_fails (&options, AUDIO_ERROR_OPEN, "exists");
  g_autofree char *contents = NULL;
  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, "precious");
  microphone_free (microphone);
}

static void
run_no_microphone (void)
{
  g_autofree char *config = in_folder ("nothing.conf");
  g_autofree char *path = in_folder ("nothing.wav");
  g_assert_true (g_file_set_contents (config, "pcm.default { type hw card 31 }\n", -1, NULL));
  g_setenv ("ALSA_CONFIG_PATH", config, TRUE);
  g_autoptr (GPtrArray) devices = audio_capture_list_devices (NULL);
  g_assert_nonnull (devices);
  g_assert_cmpuint (devices->len, ==, 0);
  assert_start_fails (&(AudioCaptureOptions){ .path = path }, AUDIO_ERROR_DEVICE, "no microphone");
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* Runs the rest of the test in a process of its own, which must end well and say nothing on
 * stderr: sound systems like to talk there. Where the pipe is short, ALSA's `file` device hands on
 * memory that nobody wrote: it must not be filled with bytes that are loud as samples. */
static void
run_apart (void (*run) (void))
{
  if (g_test_subprocess ()) {
    run ();
    return;
  }
  g_setenv ("HEARSAY_TEST_FOLDER", folder, TRUE);
  g_setenv ("MALLOC_PERTURB_", "0", TRUE);
  g_test_trap_subprocess (NULL, 60 * G_USEC_PER_SEC, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("");
}

static void
test_capture (void)
{
  run_apart (run_capture);
}

static void
test_hanging (void)
{
  run_apart (run_hanging);
}

static void
test_other_rate (void)
{
  run_apart (run_other_rate);
}

static void
test_slow_start (void)
{
  run_apart (run_slow_start);
}

static void
test_disk_full (void)
{
  run_apart (run_disk_full);
}

static void
test_refusals (void)
{
  run_apart (run_refusals);
}

static void
test_no_microphone (void)
{
  run_apart (run_no_microphone);
}

static void
test_killed (void)
{
  if (g_test_subprocess ()) {
    run_killed ();
    return;
  }
  g_autofree char *path = in_folder ("killed.wav");
  g_setenv ("HEARSAY_TEST_FOLDER", folder, TRUE);
  g_test_trap_subprocess (NULL, 60 * G_USEC_PER_SEC, 0);
  g_assert_false (g_test_trap_has_passed ());
  assert_seconds (path, 0.5, 30);
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
  folder = given != NULL ? g_strdup (given) : g_dir_make_tmp ("hearsay-capture-XXXXXX", NULL);
  g_test_add_func ("/audio/recorder/whole", test_recorder);
  g_test_add_func ("/audio/recorder/refusals", test_recorder_refusals);
  g_test_add_func ("/audio/recorder/killed", test_recorder_killed);
  g_test_add_func ("/audio/recorder/disk-full", test_recorder_disk_full);
  g_test_add_func ("/audio/capture/whole", test_capture);
  g_test_add_func ("/audio/capture/other-rate", test_other_rate);
  g_test_add_func ("/audio/capture/killed", test_killed);
  g_test_add_func ("/audio/capture/disk-full", test_disk_full);
  g_test_add_func ("/audio/capture/hanging", test_hanging);
  g_test_add_func ("/audio/capture/slow-start", test_slow_start);
  g_test_add_func ("/audio/capture/refusals", test_refusals);
  g_test_add_func ("/audio/capture/no-microphone", test_no_microphone);
  int status = g_test_run ();
  if (given == NULL)
    remove_folder ();
  g_free (folder);
  return status;
}
