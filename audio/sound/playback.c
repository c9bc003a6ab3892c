/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/sound/playback.h"

#include <stdbool.h>
#include <time.h>

#include <soxr.h>

#include "audio/sound/device.h"
#include "audio/sound/ring.h"

#define RING_SECONDS 5
#define POLL_MS 10
/* A device that takes nothing for so long does not play. */
#define STALL_MS 5000
#define BLOCK 4096
#define FADE 64 /* frames over which a sudden silence begins, so that it does not click */

struct _AudioPlayback {
  PaStream *stream;
  AudioRing *ring; /* at the device's rate */
  int rate_hz;     /* of what is written */
  int device_rate_hz;
  int n_channels;
  soxr_t soxr; /* NULL: the rates are the same */
  float *resampled;
  size_t n_resampled;  /* room */
  gboolean is_holding; /* the resampler, of what was written */
  double latency_s;    /* from the callback to the ear */
  atomic_bool is_paused;
  atomic_bool is_closing;
  atomic_bool has_failed;
  /* How much of what was written is to be forgotten: all up to this count. */
  atomic_size_t forget_until;
  atomic_bool is_cleared;  /* what the resampler holds, too: the writer sees to it */
  atomic_size_t n_written; /* device samples, by the writer */
  atomic_size_t n_taken;   /* by the callback, played or forgotten */
  atomic_size_t n_played;  /* by the callback */
  float last;              /* the callback's: the sample before */
};

/* What was to be forgotten goes without being heard. */
static void
forget (AudioPlayback *playback)
{
  size_t taken = atomic_load (&playback->n_taken), until = atomic_load (&playback->forget_until);
  float block[256];

  while ((ssize_t) (until - taken) > 0) {
    size_t n = audio_ring_read (playback->ring, block, MIN (until - taken, G_N_ELEMENTS (block)));
    if (n == 0)
      break;
    taken += n;
  }
  atomic_store (&playback->n_taken, taken);
}

static int
on_output (const void *input, void *output, unsigned long n_frames,
           const PaStreamCallbackTimeInfo *times, PaStreamCallbackFlags flags, void *user_data)
{
  AudioPlayback *playback = user_data;
  float *out = output;
  unsigned long done = 0;
  float block[256];

  forget (playback);
  while (done < n_frames && !atomic_load (&playback->is_paused)
         && !atomic_load (&playback->is_closing)) {
    size_t n = audio_ring_read (playback->ring, block, MIN (n_frames - done, G_N_ELEMENTS (block)));
    for (size_t i = 0; i < n; i++)
      for (int channel = 0; channel < playback->n_channels; channel++)
        *out++ = block[i];
    if (n == 0)
      break;
    playback->last = block[n - 1];
    atomic_fetch_add (&playback->n_taken, n);
    atomic_fetch_add (&playback->n_played, n);
    done += n;
  }
  for (; done < n_frames; done++) {
    playback->last *= 1 - 1.0f / FADE;
    for (int channel = 0; channel < playback->n_channels; channel++)
      *out++ = playback->last;
  }
  return paContinue;
}

static void
on_finished (void *user_data)
{
  AudioPlayback *playback = user_data;

  if (!atomic_load (&playback->is_closing))
    atomic_store (&playback->has_failed, true);
}

/* What the callback uses stays if PortAudio could not be stopped. */
static void
free_playback (AudioPlayback *playback, gboolean is_closed)
{
  if (!is_closed)
    return;
  soxr_delete (playback->soxr);
  g_free (playback->resampled);
  audio_ring_free (playback->ring);
  g_free (playback);
}

static gboolean
open_resampler (AudioPlayback *playback, GError **error)
{
  soxr_error_t problem = NULL;

  if (playback->device_rate_hz == playback->rate_hz)
    return TRUE;
  playback->n_resampled =
      (size_t) BLOCK * (size_t) playback->device_rate_hz / (size_t) playback->rate_hz + 16;
  playback->resampled = g_new (float, playback->n_resampled);
  playback->soxr =
      soxr_create (playback->rate_hz, playback->device_rate_hz, 1, &problem, NULL, NULL, NULL);
  if (problem != NULL)
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_DEVICE, "cannot resample to %d Hz: %s",
                 playback->device_rate_hz, problem);
  return problem == NULL;
}

static gboolean
open_all (AudioPlayback *playback, const char *device_name, GError **error)
{
  PaDeviceIndex index = audio_device_find_output (device_name, error);

  if (index == paNoDevice)
    return FALSE;
  playback->device_rate_hz = playback->rate_hz;
  playback->stream = audio_device_open_output (index, &playback->device_rate_hz,
                                               &playback->n_channels, on_output, playback, error);
  if (playback->stream == NULL || !open_resampler (playback, error))
    return FALSE;
  const PaStreamInfo *info = Pa_GetStreamInfo (playback->stream);
  playback->latency_s = info != NULL ? CLAMP (info->outputLatency, 0, 1) : 0;
  playback->ring = audio_ring_new ((size_t) playback->device_rate_hz * RING_SECONDS);
  Pa_SetStreamFinishedCallback (playback->stream, on_finished);
  return audio_device_start_stream (playback->stream, error);
}

AudioPlayback *
audio_playback_start (const char *device_name, int rate_hz, GError **error)
{
  AudioPlayback *playback = g_new0 (AudioPlayback, 1);

  playback->rate_hz = rate_hz;
  if (!audio_device_system_start (error)) {
    free_playback (playback, TRUE);
    return NULL;
  }
  if (open_all (playback, device_name, error))
    return playback;
  atomic_store (&playback->is_closing, true);
  gboolean is_closed = audio_device_close_stream (playback->stream);
  if (is_closed)
    audio_device_system_stop ();
  free_playback (playback, is_closed);
  return NULL;
}

void
audio_playback_free (AudioPlayback *playback)
{
  if (playback == NULL)
    return;
  atomic_store (&playback->is_closing, true);
  gboolean is_closed = audio_device_close_stream (playback->stream);
  if (is_closed)
    audio_device_system_stop ();
  free_playback (playback, is_closed);
}

static size_t
get_room (AudioPlayback *playback)
{
  return (size_t) playback->device_rate_hz * RING_SECONDS
         - MIN (audio_ring_get_n_waiting (playback->ring),
                (size_t) playback->device_rate_hz * RING_SECONDS);
}

static void
put (AudioPlayback *playback, const float *samples, size_t n)
{
  atomic_fetch_add (&playback->n_written, audio_ring_write (playback->ring, samples, n));
}

/* What was cleared does not come out of the resampler with what follows. */
static void
forget_held (AudioPlayback *playback)
{
  if (!atomic_exchange (&playback->is_cleared, false) || !playback->is_holding)
    return;
  soxr_clear (playback->soxr);
  playback->is_holding = FALSE;
}

size_t
audio_playback_write (AudioPlayback *playback, const float *samples, size_t n)
{
  size_t done = 0;

  forget_held (playback);
  while (done < n) {
    size_t block = MIN (n - done, BLOCK), n_out = 0;
    if (playback->soxr == NULL) {
      block = MIN (block, get_room (playback));
      put (playback, samples + done, block);
    } else if (get_room (playback) < playback->n_resampled)
      block = 0;
    else {
      soxr_process (playback->soxr, samples + done, block, &block, playback->resampled,
                    playback->n_resampled, &n_out);
      put (playback, playback->resampled, n_out);
      playback->is_holding = TRUE;
    }
    if (block == 0)
      break;
    done += block;
  }
  return done;
}

gboolean
audio_playback_has_failed (AudioPlayback *playback)
{
  return atomic_load (&playback->has_failed);
}

/* One step of waiting; *idle_ms: how long nothing has moved. */
static gboolean
wait (AudioPlayback *playback, const atomic_bool *cancel, int *idle_ms, GError **error)
{
  const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
  size_t before = atomic_load (&playback->n_taken);

  if (cancel != NULL && atomic_load (cancel)) {
    g_set_error_literal (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED, "stopped");
    return FALSE;
  }
  if (audio_playback_has_failed (playback) || *idle_ms > STALL_MS) {
    g_set_error_literal (error, AUDIO_ERROR, AUDIO_ERROR_DEVICE,
                         audio_playback_has_failed (playback) ? "the loudspeaker is gone"
                                                              : "the loudspeaker takes no sound");
    return FALSE;
  }
  clock_nanosleep (CLOCK_MONOTONIC, 0, &pause, NULL);
  gboolean is_moving =
      atomic_load (&playback->n_taken) != before || atomic_load (&playback->is_paused);
  *idle_ms = is_moving ? 0 : *idle_ms + POLL_MS;
  return TRUE;
}

gboolean
audio_playback_append (AudioPlayback *playback, const float *samples, size_t n,
                       const atomic_bool *cancel, GError **error)
{
  int idle_ms = 0;

  for (size_t done = 0; done < n;) {
    done += audio_playback_write (playback, samples + done, n - done);
    if (done < n && !wait (playback, cancel, &idle_ms, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
audio_playback_end (AudioPlayback *playback, const atomic_bool *cancel, GError **error)
{
  size_t n_out = 0;
  int idle_ms = 0;

  forget_held (playback);
  if (!playback->is_holding)
    return TRUE;
  do {
    while (get_room (playback) < playback->n_resampled)
      if (!wait (playback, cancel, &idle_ms, error))
        return FALSE;
    soxr_process (playback->soxr, NULL, 0, NULL, playback->resampled, playback->n_resampled,
                  &n_out);
    put (playback, playback->resampled, n_out);
  } while (n_out == playback->n_resampled);
  soxr_clear (playback->soxr);
  playback->is_holding = FALSE;
  return TRUE;
}

gboolean
audio_playback_drain (AudioPlayback *playback, const atomic_bool *cancel, GError **error)
{
  int idle_ms = 0, left_ms = (int) (playback->latency_s * 1000);

  if (!audio_playback_end (playback, cancel, error))
    return FALSE;
  while (audio_ring_get_n_waiting (playback->ring) > 0)
    if (!wait (playback, cancel, &idle_ms, error))
      return FALSE;
  /* The ring is empty before the loudspeaker is. */
  for (idle_ms = 0; left_ms > 0; left_ms -= POLL_MS, idle_ms = 0)
    if (!wait (playback, cancel, &idle_ms, error))
      return FALSE;
  return TRUE;
}

void
audio_playback_clear (AudioPlayback *playback)
{
  atomic_store (&playback->forget_until, atomic_load (&playback->n_written));
  atomic_store (&playback->is_cleared, true);
}

void
audio_playback_set_paused (AudioPlayback *playback, gboolean is_paused)
{
  atomic_store (&playback->is_paused, is_paused);
}

double
audio_playback_get_played (AudioPlayback *playback)
{
  return (double) atomic_load (&playback->n_played) / playback->device_rate_hz;
}

double
audio_playback_get_waiting (AudioPlayback *playback)
{
  return (double) audio_ring_get_n_waiting (playback->ring) / playback->device_rate_hz;
}
