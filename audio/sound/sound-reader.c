/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/sound/sound-reader.h"

#include <sndfile.h>

#include "audio/sound/quiet.h"

#define MAX_SECONDS 3600

static void *
fail (const char *path, AudioError code, const char *reason, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);

  g_set_error (error, AUDIO_ERROR, (int) code, "%s: %s", shown, reason);
  return NULL;
}

float *
audio_sound_read (const char *path, int rate_hz, size_t *n_samples, GError **error)
{
  SF_INFO info = { 0 };

  audio_quiet_begin ();
  SNDFILE *file = sf_open (path, SFM_READ, &info);
  audio_quiet_end ();
  if (file == NULL)
    return fail (path, AUDIO_ERROR_OPEN, sf_strerror (NULL), error);
  if (info.samplerate != rate_hz || info.channels != 1 || info.frames <= 0
      || info.frames > (sf_count_t) rate_hz * MAX_SECONDS) {
    sf_close (file);
    if (info.samplerate == rate_hz && info.channels == 1)
      return fail (path, info.frames <= 0 ? AUDIO_ERROR_EMPTY : AUDIO_ERROR_TOO_LONG,
                   info.frames <= 0 ? "there is no sound in it" : "it is too long", error);
    return fail (path, AUDIO_ERROR_FORMAT, "it has another rate or more channels", error);
  }
  float *samples = g_new (float, (size_t) info.frames);
  sf_count_t n = sf_readf_float (file, samples, info.frames);
  sf_close (file);
  if (n <= 0) {
    g_free (samples);
    return fail (path, AUDIO_ERROR_EMPTY, "there is no sound in it", error);
  }
  *n_samples = (size_t) n;
  return samples;
}
