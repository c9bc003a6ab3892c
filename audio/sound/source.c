/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audio/sound/source.h"

#include <math.h>
#include <sndfile.h>
#include <sys/stat.h>

#include "audio/sound/quiet.h"

#define BLOCK 1024
#define MAX_CHANNELS 64

struct _AudioSource {
  SNDFILE *file;
  SF_INFO info;
  float *frames; /* BLOCK of them, all channels */
};

static gboolean
check_info (const char *path, const SF_INFO *info, GError **error)
{
  if (info->samplerate >= 1 && info->samplerate <= 768000 && info->channels >= 1
      && info->channels <= MAX_CHANNELS)
    return TRUE;
  g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_FORMAT,
               "%s: %d channels at %d Hz; expected 1 to %d channels at 1 to 768000 Hz", path,
               info->channels, info->samplerate, MAX_CHANNELS);
  return FALSE;
}

AudioSource *
audio_source_open (const char *path, GError **error)
{
  g_autoptr (AudioSource) source = g_new0 (AudioSource, 1);
  g_autofree char *shown = g_filename_display_name (path);
  struct stat status;

  if (stat (path, &status) != 0 || !S_ISREG (status.st_mode)) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_OPEN, "%s: the file is not there", shown);
    return NULL;
  }
  audio_quiet_begin ();
  source->file = sf_open (path, SFM_READ, &source->info);
  audio_quiet_end ();
  if (source->file == NULL) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_FORMAT, "%s: %s", shown, sf_strerror (NULL));
    return NULL;
  }
  if (!check_info (shown, &source->info, error))
    return NULL;
  source->frames = g_new (float, (gsize) BLOCK *(gsize) source->info.channels);
  return g_steal_pointer (&source);
}

void
audio_source_free (AudioSource *source)
{
  if (source->file != NULL)
    sf_close (source->file);
  g_free (source->frames);
  g_free (source);
}

int
audio_source_get_rate (const AudioSource *source)
{
  return source->info.samplerate;
}

double
audio_source_get_seconds (const AudioSource *source)
{
  return source->info.frames > 0 ? (double) source->info.frames / source->info.samplerate : 0;
}

static float
mix_frame (const AudioSource *source, const float *frame)
{
  float sum = 0;

  for (int c = 0; c < source->info.channels; c++)
    sum += isfinite (frame[c]) ? frame[c] : 0;
  return fminf (fmaxf (sum / (float) source->info.channels, -1.0f), 1.0f);
}

size_t
audio_source_read (AudioSource *source, float *samples, size_t n)
{
  size_t n_done = 0;

  while (n_done < n) {
    sf_count_t wanted = (sf_count_t) MIN (n - n_done, BLOCK);
    sf_count_t got = sf_readf_float (source->file, source->frames, wanted);
    for (sf_count_t i = 0; i < got; i++)
      samples[n_done + (size_t) i] = mix_frame (source, source->frames + i * source->info.channels);
    n_done += got > 0 ? (size_t) got : 0;
    if (got < wanted)
      break;
  }
  return n_done;
}

gboolean
audio_source_seek (AudioSource *source, double seconds)
{
  double frame = fmin (fmax (seconds, 0) * source->info.samplerate, (double) source->info.frames);

  return sf_seek (source->file, (sf_count_t) frame, SF_SEEK_SET) >= 0;
}
