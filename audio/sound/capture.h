/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Recording from a microphone (PortAudio) straight to a file.
 *
 * PortAudio's callback only copies into a ring; a writer thread appends to the file as samples come
 * and keeps its header valid twice a second, so that a killed program leaves a file that plays. Wav
 * or flac by the name's ending, 16 kHz, 16 bits, one channel (those of the device are averaged). A
 * device that refuses the rate is opened at its own and resampled. Levels and the recent samples
 * are for meters and for voice activity. All functions are for one thread at a time.
 *
 *   AudioCapture *capture = audio_capture_start (&(AudioCaptureOptions){ .path = p }, &error);
 *   audio_capture_get_state (capture, &state);
 *   n = audio_capture_read (capture, samples, 512);
 *   audio_capture_stop (capture, &seconds, &error);
 */

#pragma once

#include "audio/sound/clip.h"

G_BEGIN_DECLS

typedef struct {
  int index; /* PortAudio's */
  char *name;
  int n_channels;
  double rate_hz; /* its default */
  gboolean is_default;
} AudioDevice;

/* (transfer full): a GPtrArray of AudioDevice with inputs, possibly empty; AUDIO_ERROR_DEVICE. */
GPtrArray *audio_capture_list_devices (GError **error);
void audio_device_free (AudioDevice *device);

typedef struct {
  const char *path; /* required; must not exist unless overwrite */
  gboolean overwrite;
  const char *device_name; /* NULL: the default; else part of a name, or a number */
} AudioCaptureOptions;

typedef struct {
  double seconds;      /* on disk or on the way there */
  float peak;          /* 0..1 since the last call */
  float rms;           /* of the last 50 ms or so */
  size_t n_overruns;   /* samples lost as the disk was 30 s late */
  gboolean has_failed; /* device gone or disk full: stop and read the error */
} AudioCaptureState;

typedef struct _AudioCapture AudioCapture;

/* (transfer full). AUDIO_ERROR_DEVICE: no microphone, or it does not open; AUDIO_ERROR_OPEN: the
 * file exists or cannot be made; AUDIO_ERROR_FORMAT: its ending. */
AudioCapture *audio_capture_start (const AudioCaptureOptions *options, GError **error);
void audio_capture_get_state (AudioCapture *capture, AudioCaptureState *state);
/* While it is paused, what the microphone gives is thrown away at once: neither file nor meters see
 * it. */
void audio_capture_set_paused (AudioCapture *capture, gboolean is_paused);
/* Copies up to n of the 16 kHz samples that came since the last call; returns how many. What is not
 * read within about 30 s is lost here, though not in the file. */
size_t audio_capture_read (AudioCapture *capture, float *samples, size_t n);
/* Ends the recording, closes the file, frees the capture. FALSE and AUDIO_ERROR_DISK or _DEVICE if
 * it had failed; what was recorded before is kept. Takes milliseconds, and a second at most if the
 * sound system hangs. */
gboolean audio_capture_stop (AudioCapture *capture, double *seconds, GError **error);

G_END_DECLS
