/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Three threads: PortAudio's calls on_input(), which puts samples into a ring; the writer takes
 * them out, brings them to 16 kHz, and puts them into the file and a second ring; the caller reads
 * that one and the state. */

#include "audio/sound/capture.h"

#include <math.h>
#include <pthread.h>
#include <soxr.h>
#include <stdint.h>
#include <time.h>

#include "audio/sound/device.h"
#include "audio/sound/recorder.h"
#include "audio/sound/ring.h"

#define BLOCK 4096
/* What the disk may be late, and what a caller may leave unread. */
#define RING_SECONDS 30
/* A microphone that gives nothing for this long has gone away, even if nobody says so. */
#define STALL_SECONDS 5
#define POLL_MS 10
#define LEVEL_SECONDS 0.05

struct _AudioCapture {
  PaStream *stream;
  int device_rate_hz;
  int n_channels;

  /* Between the callback and the writer. */
  AudioRing *input;
  atomic_size_t n_overruns;
  atomic_bool is_paused;    /* what comes is not wanted */
  atomic_bool has_finished; /* PortAudio calls no more */
  atomic_bool is_closing;   /* because it was told to */
  atomic_bool is_stopping;  /* nothing more will be put into the ring */

  /* The writer's own. */
  pthread_t writer;
  AudioRecorder *recorder;
  soxr_t resampler; /* NULL: the device has our rate */
  size_t n_max;     /* samples that come out of one block at most */
  float *resampled; /* [n_max] */
  double squares;
  size_t n_squares;
  struct timespec last_input;
  GError *error; /* the caller's after has_failed */

  /* Between the writer and the caller. */
  AudioRing *recent;
  atomic_bool has_failed;
  atomic_uint_least64_t n_recorded; /* at AUDIO_RATE_HZ */
  _Atomic float peak, rms;
};

static int
on_input (const void *input, void *output, unsigned long n_frames,
          const PaStreamCallbackTimeInfo *time, PaStreamCallbackFlags flags, void *user_data)
{
  AudioCapture *capture = user_data;
  const float *frames = input;
  float mono[256], scale = 1.0f / (float) capture->n_channels;
  size_t n_lost = 0;
  if (atomic_load_explicit (&capture->is_paused, memory_order_relaxed))
    return paContinue;
  for (unsigned long first = 0; frames != NULL && first < n_frames; first += G_N_ELEMENTS (mono)) {
    size_t n = MIN (n_frames - first, G_N_ELEMENTS (mono));
    for (size_t i = 0; i < n; i++) {
      const float *frame = frames + (first + i) * (size_t) capture->n_channels;
      float sum = 0;
      for (int c = 0; c < capture->n_channels; c++)
        sum += isfinite (frame[c]) ? frame[c] : 0.0f; /* a driver may hand over anything */
      mono[i] = fminf (fmaxf (sum * scale, -1.0f), 1.0f);
    }
    n_lost += n - audio_ring_write (capture->input, mono, n);
  }
  if (n_lost > 0)
    atomic_fetch_add_explicit (&capture->n_overruns, n_lost, memory_order_relaxed);
  return paContinue;
}

static void
on_finished (void *user_data)
{
  AudioCapture *capture = user_data;
  atomic_store (&capture->has_finished, true);
}

static gboolean
open_resampler (AudioCapture *capture, GError **error)
{
  soxr_error_t reason = NULL;
  soxr_io_spec_t io = soxr_io_spec (SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  soxr_quality_spec_t quality = soxr_quality_spec (SOXR_HQ, 0);
  const int from_hz = capture->device_rate_hz;
  if (from_hz == AUDIO_RATE_HZ)
    return TRUE;
  capture->resampler = soxr_create (from_hz, AUDIO_RATE_HZ, 1, &reason, &io, &quality, NULL);
  if (capture->resampler == NULL) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_DEVICE, "cannot resample from %d to %d Hz: %s",
                 from_hz, AUDIO_RATE_HZ, reason ? reason : "unknown reason");
    return FALSE;
  }
  /* With room for what the filter held back. */
  capture->n_max = (size_t) ((double) BLOCK * AUDIO_RATE_HZ / from_hz) + BLOCK;
  capture->resampled = g_new (float, capture->n_max);
  return TRUE;
}

/* Returns what comes out, *n of it; samples NULL: the end has come. */
static const float *
resample (AudioCapture *capture, const float *samples, size_t *n)
{
  if (capture->resampler == NULL)
    return samples;
  size_t n_taken, n_made = 0;
  soxr_process (capture->resampler, samples, *n, &n_taken, capture->resampled, capture->n_max,
                &n_made);
  *n = n_made;
  return capture->resampled;
}

/* Peak since the caller last looked, and the level of each twentieth of a second. */
static void
measure (AudioCapture *capture, const float *samples, size_t n)
{
  float peak = 0;
  size_t n_window = (size_t) (capture->device_rate_hz * LEVEL_SECONDS);
  for (size_t i = 0; i < n; i++) {
    peak = fmaxf (peak, fabsf (samples[i]));
    capture->squares += (double) samples[i] * samples[i];
    if (++capture->n_squares == n_window) {
      atomic_store (&capture->rms, (float) sqrt (capture->squares / (double) n_window));
      capture->squares = 0;
      capture->n_squares = 0;
    }
  }
  float shown = atomic_load (&capture->peak);
  while (peak > shown && !atomic_compare_exchange_weak (&capture->peak, &shown, peak))
    ;
}

/* samples NULL: the end, with what the resampler still holds. */
static gboolean
record (AudioCapture *capture, const float *samples, size_t n, GError **error)
{
  const float *ready = resample (capture, samples, &n);
  if (n == 0)
    return TRUE;
  gboolean is_written = audio_recorder_append (capture->recorder, ready, n, error);
  atomic_store (&capture->n_recorded, audio_recorder_get_n_samples (capture->recorder));
  if (is_written)
    audio_ring_write (capture->recent, ready, n);
  return is_written;
}

static gboolean
is_stalled (AudioCapture *capture, gboolean has_input)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  if (has_input)
    capture->last_input = now;
  return now.tv_sec - capture->last_input.tv_sec > STALL_SECONDS;
}

/* Takes what the ring holds, or a second of it, and returns whether there may be more to come. */
static gboolean
work (AudioCapture *capture)
{
  float block[BLOCK];
  bool is_last = atomic_load (&capture->is_stopping);
  bool has_finished = atomic_load (&capture->has_finished);
  size_t n_left = audio_ring_get_n_waiting (capture->input);
  gboolean has_input = n_left > 0 || atomic_load (&capture->is_paused);
  while (n_left > 0) {
    size_t n = audio_ring_read (capture->input, block, MIN (n_left, BLOCK));
    n_left -= n;
    measure (capture, block, n);
    if (!record (capture, block, n, &capture->error))
      return FALSE;
  }
  if (is_last) {
    record (capture, NULL, 0, &capture->error);
    return FALSE;
  }
  if (atomic_load (&capture->is_closing))
    return TRUE;
  if (has_finished || is_stalled (capture, has_input))
    g_set_error (&capture->error, AUDIO_ERROR, AUDIO_ERROR_DEVICE,
                 "the microphone went away after %.1f s; what was recorded before is kept",
                 (double) atomic_load (&capture->n_recorded) / AUDIO_RATE_HZ);
  return capture->error == NULL;
}

static void *
run_writer (void *user_data)
{
  AudioCapture *capture = user_data;
  const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
  clock_gettime (CLOCK_MONOTONIC, &capture->last_input);
  while (work (capture))
    clock_nanosleep (CLOCK_MONOTONIC, 0, &pause, NULL);
  if (capture->error != NULL)
    atomic_store (&capture->has_failed, true);
  return NULL;
}

/* What the callback uses stays if PortAudio could not be stopped. */
static void
free_capture (AudioCapture *capture, gboolean is_closed)
{
  g_clear_error (&capture->error);
  if (!is_closed)
    return;
  soxr_delete (capture->resampler);
  g_free (capture->resampled);
  audio_ring_free (capture->input);
  audio_ring_free (capture->recent);
  g_free (capture);
}

/* Opens the device and, once that has worked, the file. */
static gboolean
open_all (AudioCapture *capture, const AudioCaptureOptions *options, GError **error)
{
  PaDeviceIndex index = audio_device_find_input (options->device_name, error);
  if (index == paNoDevice)
    return FALSE;
  capture->device_rate_hz = AUDIO_RATE_HZ;
  capture->stream = audio_device_open_input (index, &capture->device_rate_hz, &capture->n_channels,
                                             on_input, capture, error);
  if (capture->stream == NULL)
    return FALSE;
  Pa_SetStreamFinishedCallback (capture->stream, on_finished);
  capture->input = audio_ring_new ((size_t) capture->device_rate_hz * RING_SECONDS);
  capture->recent = audio_ring_new ((size_t) AUDIO_RATE_HZ * RING_SECONDS);
  if (!open_resampler (capture, error))
    return FALSE;
  capture->recorder = audio_recorder_open (options->path, options->overwrite, AUDIO_RATE_HZ, error);
  return capture->recorder != NULL;
}

static gboolean
start_all (AudioCapture *capture, GError **error)
{
  if (!audio_device_start_stream (capture->stream, error))
    return FALSE;
  int code = pthread_create (&capture->writer, NULL, run_writer, capture);
  if (code != 0)
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_DEVICE, "cannot start a thread: %s",
                 g_strerror (code));
  return code == 0;
}

AudioCapture *
audio_capture_start (const AudioCaptureOptions *options, GError **error)
{
  AudioCapture *capture = g_new0 (AudioCapture, 1);
  if (!audio_device_system_start (error)) {
    free_capture (capture, TRUE);
    return NULL;
  }
  if (open_all (capture, options, error) && start_all (capture, error))
    return capture;
  gboolean is_closed = audio_device_close_stream (capture->stream);
  if (is_closed)
    audio_device_system_stop ();
  if (capture->recorder != NULL)
    audio_recorder_discard (capture->recorder);
  free_capture (capture, is_closed);
  return NULL;
}

void
audio_capture_get_state (AudioCapture *capture, AudioCaptureState *state)
{
  double waiting =
      (double) audio_ring_get_n_waiting (capture->input) / (double) capture->device_rate_hz;
  state->seconds = (double) atomic_load (&capture->n_recorded) / AUDIO_RATE_HZ + waiting;
  state->peak = atomic_exchange (&capture->peak, 0.0f);
  state->rms = atomic_load (&capture->rms);
  state->n_overruns = atomic_load (&capture->n_overruns);
  state->has_failed = atomic_load (&capture->has_failed);
}

void
audio_capture_set_paused (AudioCapture *capture, gboolean is_paused)
{
  atomic_store (&capture->is_paused, is_paused);
  if (is_paused)
    atomic_store (&capture->rms, 0.0f);
}

size_t
audio_capture_read (AudioCapture *capture, float *samples, size_t n)
{
  return audio_ring_read (capture->recent, samples, n);
}

gboolean
audio_capture_stop (AudioCapture *capture, double *seconds, GError **error)
{
  atomic_store (&capture->is_closing, true);
  gboolean is_closed = audio_device_close_stream (capture->stream);
  atomic_store (&capture->is_stopping, true);
  pthread_join (capture->writer, NULL);
  if (is_closed)
    audio_device_system_stop ();
  uint64_t n_recorded = atomic_load (&capture->n_recorded);
  if (seconds != NULL)
    *seconds = (double) n_recorded / AUDIO_RATE_HZ;
  GError *failure = g_steal_pointer (&capture->error);
  if (failure != NULL && n_recorded == 0)
    audio_recorder_discard (capture->recorder);
  else
    audio_recorder_close (capture->recorder, failure == NULL ? &failure : NULL);
  free_capture (capture, is_closed);
  if (failure != NULL)
    g_propagate_error (error, failure);
  return failure == NULL;
}
