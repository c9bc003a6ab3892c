/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/sound/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <unistd.h>

#define HEADERS_PER_SECOND 2
#define SECONDS_PER_SYNC 5

struct _AudioRecorder {
  char *path;
  SNDFILE *file;
  int rate_hz;
  uint64_t n_samples;
  uint64_t next_header; /* sample counts at which something is due */
  uint64_t next_sync;
};

/* 0 if a recording is not written with this ending. */
static int
get_format (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);
  if (g_str_has_suffix (lower, ".wav"))
    return SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  if (g_str_has_suffix (lower, ".flac"))
    return SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
  return 0;
}

AudioRecorder *
audio_recorder_open (const char *path, gboolean overwrite, int rate_hz, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  SF_INFO info = { .samplerate = rate_hz, .channels = 1, .format = get_format (path) };
  if (info.format == 0) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_FORMAT,
                 "%s: a recording is written as .wav or .flac", shown);
    return NULL;
  }
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | (overwrite ? O_TRUNC : O_EXCL), 0666);
  if (fd < 0) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_OPEN, "%s: %s", shown,
                 errno == EEXIST ? "the file exists already" : g_strerror (errno));
    return NULL;
  }
  /* libsndfile closes the descriptor if it fails. */
  SNDFILE *file = sf_open_fd (fd, SFM_WRITE, &info, SF_TRUE);
  if (file == NULL) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_OPEN, "%s: %s", shown, sf_strerror (NULL));
    unlink (path);
    return NULL;
  }
  sf_command (file, SFC_SET_CLIPPING, NULL, SF_TRUE);
  AudioRecorder *recorder = g_new0 (AudioRecorder, 1);
  recorder->path = g_strdup (path);
  recorder->file = file;
  recorder->rate_hz = rate_hz;
  recorder->next_sync = (uint64_t) rate_hz * SECONDS_PER_SYNC;
  return recorder;
}

static gboolean
fail (const AudioRecorder *recorder, int code, GError **error)
{
  g_autofree char *shown = g_filename_display_name (recorder->path);
  g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_DISK,
               "%s: writing failed after %.1f s: %s; what was recorded before is kept", shown,
               (double) recorder->n_samples / recorder->rate_hz, g_strerror (code));
  return FALSE;
}

gboolean
audio_recorder_append (AudioRecorder *recorder, const float *samples, size_t n, GError **error)
{
  errno = 0;
  sf_count_t n_written = sf_writef_float (recorder->file, samples, (sf_count_t) n);
  int code = errno;
  recorder->n_samples += n_written > 0 ? (uint64_t) n_written : 0;
  if (n_written != (sf_count_t) n) {
    sf_command (recorder->file, SFC_UPDATE_HEADER_NOW, NULL, 0);
    return fail (recorder, code != 0 ? code : EIO, error);
  }
  if (recorder->n_samples >= recorder->next_header) {
    sf_command (recorder->file, SFC_UPDATE_HEADER_NOW, NULL, 0);
    recorder->next_header = recorder->n_samples + (uint64_t) recorder->rate_hz / HEADERS_PER_SECOND;
  }
  if (recorder->n_samples >= recorder->next_sync) {
    sf_write_sync (recorder->file);
    recorder->next_sync = recorder->n_samples + (uint64_t) recorder->rate_hz * SECONDS_PER_SYNC;
  }
  return TRUE;
}

uint64_t
audio_recorder_get_n_samples (const AudioRecorder *recorder)
{
  return recorder->n_samples;
}

static void
free_recorder (AudioRecorder *recorder)
{
  g_free (recorder->path);
  g_free (recorder);
}

gboolean
audio_recorder_close (AudioRecorder *recorder, GError **error)
{
  errno = 0;
  gboolean is_closed = sf_close (recorder->file) == 0;
  int code = errno != 0 ? errno : EIO;
  if (!is_closed)
    fail (recorder, code, error);
  free_recorder (recorder);
  return is_closed;
}

void
audio_recorder_discard (AudioRecorder *recorder)
{
  sf_close (recorder->file);
  unlink (recorder->path);
  free_recorder (recorder);
}
