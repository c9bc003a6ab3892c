/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/sound/clip.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <soxr.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio/sound/container.h"
#include "audio/sound/quiet.h"
#include "audio/sound/sample-store.h"

/* Frames that are decoded at a time. */
#define BLOCK_FRAMES 4096
#define MIN_RATE_HZ 1000
#define MAX_RATE_HZ 1000000
/* A sample beyond this is no sound but damage: it counts as not finite. Above what programs write
 * that store 16-bit values as floats. */
#define MAX_SAMPLE 65536.0f

typedef struct {
  const char *path; /* as it is shown */
  int fd;
  SNDFILE *file;
  SF_INFO info;
  soxr_t resampler; /* NULL: the file has our rate */
  float *block;     /* [BLOCK_FRAMES, channels] */
  float *mono;      /* [BLOCK_FRAMES] */
  float *resampled; /* [BLOCK_FRAMES] */
  AudioClip *clip;
  AudioSampleStore store; /* what the clip will have */
  size_t n_beyond;        /* samples beyond -1..1 so far, and */
  float peak;             /* the largest magnitude */
  uint64_t n_frames;      /* decoded so far */
} Loader;

G_GNUC_PRINTF (4, 5)
static gboolean
fail (const Loader *loader, GError **error, AudioError code, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, AUDIO_ERROR, code, "%s: %s", loader->path, reason);
  return FALSE;
}

static gboolean
open_regular_file (Loader *loader, const char *path, GError **error)
{
  struct stat stat;
  /* Not blocking: opening a pipe that nobody writes to would wait for ever. */
  loader->fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (loader->fd < 0 || fstat (loader->fd, &stat) != 0)
    return fail (loader, error, AUDIO_ERROR_OPEN, "%s", g_strerror (errno));
  if (S_ISDIR (stat.st_mode))
    return fail (loader, error, AUDIO_ERROR_OPEN, "this is a folder, not a recording");
  if (!S_ISREG (stat.st_mode))
    return fail (loader, error, AUDIO_ERROR_OPEN,
                 "this is not a regular file: a recording is read from a file, not from a pipe or "
                 "a device");
  if (stat.st_size == 0)
    return fail (loader, error, AUDIO_ERROR_EMPTY, "the file is empty");
  return TRUE;
}

/* libsndfile's messages end with a full stop or a new line, and some have several lines. */
static char *
get_decoder_message (SNDFILE *file)
{
  char *message = g_strdup (sf_strerror (file));
  message[strcspn (message, "\r\n")] = '\0';
  g_strchomp (message);
  size_t length = strlen (message);
  if (length > 0 && message[length - 1] == '.')
    message[length - 1] = '\0';
  return message;
}

static gboolean
open_decoder (Loader *loader, GError **error)
{
  /* A descriptor of its own: libsndfile closes it when opening fails, whatever it is told. */
  int fd = fcntl (loader->fd, F_DUPFD_CLOEXEC, 0);
  if (fd < 0)
    return fail (loader, error, AUDIO_ERROR_OPEN, "%s", g_strerror (errno));
  audio_quiet_begin ();
  loader->file = sf_open_fd (fd, SFM_READ, &loader->info, SF_TRUE);
  audio_quiet_end ();
  if (loader->file == NULL) {
    g_autofree char *message = get_decoder_message (NULL);
    const char *container = audio_container_name_undecodable (loader->fd);
    if (container != NULL)
      return fail (loader, error, AUDIO_ERROR_FORMAT,
                   "%s files are not read; convert it first, for example: ffmpeg -i FILE out.wav",
                   container);
    /* The others of its messages guess, and guess wrong. */
    gboolean is_telling = g_str_has_prefix (message, "Error in ");
    return fail (loader, error, AUDIO_ERROR_FORMAT,
                 "not a recording that can be decoded (wav, flac, ogg, opus, mp3, aiff, ...)%s%s",
                 is_telling ? ": " : "", is_telling ? message : "");
  }
  if (loader->info.channels < 1)
    return fail (loader, error, AUDIO_ERROR_FORMAT, "the header gives no channels");
  if (loader->info.samplerate < MIN_RATE_HZ || loader->info.samplerate > MAX_RATE_HZ)
    return fail (loader, error, AUDIO_ERROR_FORMAT, "a rate of %d Hz; expected %d to %d Hz",
                 loader->info.samplerate, MIN_RATE_HZ, MAX_RATE_HZ);
  loader->clip->source_rate_hz = loader->info.samplerate;
  loader->clip->source_channels = loader->info.channels;
  return TRUE;
}

static gboolean
make_buffers (Loader *loader, GError **error)
{
  loader->block = g_try_new (float, (gsize) BLOCK_FRAMES * loader->info.channels);
  loader->mono = g_try_new (float, BLOCK_FRAMES);
  if (loader->block == NULL || loader->mono == NULL)
    return fail (loader, error, AUDIO_ERROR_FORMAT, "no memory for %d channels",
                 loader->info.channels);
  if (loader->info.samplerate == AUDIO_RATE_HZ)
    return TRUE;
  soxr_error_t reason = NULL;
  soxr_io_spec_t io = soxr_io_spec (SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  soxr_quality_spec_t quality = soxr_quality_spec (SOXR_HQ | SOXR_STEEP_FILTER, 0);
  loader->resampler =
      soxr_create (loader->info.samplerate, AUDIO_RATE_HZ, 1, &reason, &io, &quality, NULL);
  if (loader->resampler == NULL)
    return fail (loader, error, AUDIO_ERROR_FORMAT, "cannot resample from %d Hz: %s",
                 loader->info.samplerate, reason ? reason : "unknown reason");
  loader->resampled = g_new (float, BLOCK_FRAMES);
  return TRUE;
}

/* n more samples at our rate. What a header says about the length is never used here. */
static gboolean
append (Loader *loader, const float *samples, size_t n, GError **error)
{
  const size_t n_before = loader->store.n_samples;
  if ((double) n_before + (double) n > AUDIO_MAX_SECONDS * AUDIO_RATE_HZ)
    return fail (loader, error, AUDIO_ERROR_TOO_LONG, "longer than %.0f hours",
                 AUDIO_MAX_SECONDS / 3600.0);
  for (size_t i = 0; i < n; i++) {
    const float magnitude = fabsf (samples[i]);
    loader->n_beyond += magnitude > 1.0f;
    loader->peak = MAX (loader->peak, magnitude);
  }
  if (!audio_sample_store_append (&loader->store, samples, n))
    return fail (loader, error, AUDIO_ERROR_TOO_LONG, "no memory, nor disk, for more than %.0f s",
                 (double) n_before / AUDIO_RATE_HZ);
  return TRUE;
}

/* Averages the channels of a block; what is not a sample becomes 0. */
static void
mix_block (Loader *loader, size_t n_frames)
{
  int n_channels = loader->info.channels;
  float scale = 1.0f / (float) n_channels;
  for (size_t i = 0; i < n_frames; i++) {
    const float *frame = loader->block + i * (size_t) n_channels;
    float sum = 0;
    for (int c = 0; c < n_channels; c++) {
      if (fabsf (frame[c]) <= MAX_SAMPLE)
        sum += frame[c];
      else
        loader->clip->n_not_finite++;
    }
    loader->mono[i] = sum * scale;
  }
}

/* Appends a block at our rate; n_frames 0 brings out what the resampler still holds. */
static gboolean
append_block (Loader *loader, size_t n_frames, GError **error)
{
  if (loader->resampler == NULL)
    return append (loader, loader->mono, n_frames, error);
  size_t n_used = 0, n_made;
  do {
    size_t n_taken = 0;
    soxr_error_t reason =
        soxr_process (loader->resampler, n_frames ? loader->mono + n_used : NULL, n_frames - n_used,
                      &n_taken, loader->resampled, BLOCK_FRAMES, &n_made);
    if (reason != NULL)
      return fail (loader, error, AUDIO_ERROR_FORMAT, "cannot resample: %s", reason);
    n_used += n_taken;
    if (!append (loader, loader->resampled, n_made, error))
      return FALSE;
  } while (n_used < n_frames || n_made == BLOCK_FRAMES);
  return TRUE;
}

static bool
is_mpeg (const Loader *loader)
{
  return (loader->info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG;
}

static sf_count_t
decode_block (Loader *loader)
{
  if (!is_mpeg (loader))
    return sf_readf_float (loader->file, loader->block, BLOCK_FRAMES);
  /* The mp3 decoder complains on stderr of each damaged frame. */
  audio_quiet_begin ();
  sf_count_t n = sf_readf_float (loader->file, loader->block, BLOCK_FRAMES);
  audio_quiet_end ();
  return n;
}

static gboolean
read_all (Loader *loader, AudioProgress progress, gpointer user_data, atomic_bool *cancel,
          GError **error)
{
  double shown = 0;
  for (;;) {
    if (cancel != NULL && atomic_load (cancel))
      return fail (loader, error, AUDIO_ERROR_CANCELLED, "cancelled");
    sf_count_t n = decode_block (loader);
    if (n <= 0)
      break;
    mix_block (loader, (size_t) n);
    if (!append_block (loader, (size_t) n, error))
      return FALSE;
    loader->n_frames += (uint64_t) n;
    double fraction = (double) loader->n_frames / (double) MAX (loader->info.frames, 1);
    if (progress != NULL && fraction >= shown + 0.01 && fraction <= 1) {
      progress (fraction, user_data);
      shown = fraction;
    }
  }
  return loader->resampler == NULL || append_block (loader, 0, error);
}

/* Decoders of streams without a length say SF_COUNT_MAX or about that, and that of mp3 guesses. */
static bool
is_cut_short (const Loader *loader)
{
  bool is_length_known =
      !is_mpeg (loader) && loader->info.frames > 0 && loader->info.frames < SF_COUNT_MAX / 2;
  return sf_error (loader->file) != SF_ERR_NO_ERROR
         || (is_length_known && loader->n_frames < (uint64_t) loader->info.frames)
         || audio_container_is_cut_short (loader->fd);
}

static gboolean
check_result (Loader *loader, GError **error)
{
  AudioClip *clip = loader->clip;
  clip->is_truncated = is_cut_short (loader);
  clip->seconds = (double) loader->store.n_samples / AUDIO_RATE_HZ;
  if (loader->n_frames == 0 && sf_error (loader->file) != SF_ERR_NO_ERROR) {
    g_autofree char *message = get_decoder_message (loader->file);
    return fail (loader, error, AUDIO_ERROR_FORMAT, "nothing could be decoded: %s", message);
  }
  if (loader->n_frames == 0)
    return fail (loader, error, AUDIO_ERROR_EMPTY, "a recording without samples%s",
                 clip->is_truncated ? ": it was cut off behind its header" : "");
  double n_source = (double) loader->n_frames * loader->info.channels;
  if ((double) clip->n_not_finite > n_source / 10)
    return fail (loader, error, AUDIO_ERROR_FORMAT,
                 "%zu of %.0f samples are not numbers, or far out of range", clip->n_not_finite,
                 n_source);
  if (clip->seconds < AUDIO_MIN_SECONDS)
    return fail (loader, error, AUDIO_ERROR_TOO_SHORT,
                 "%.2f s of sound is too short; at least %.1f s is needed", clip->seconds,
                 AUDIO_MIN_SECONDS);
  return TRUE;
}

/* Brings everything to -1..1. A few samples beyond (a resampler's overshoot, a lossy codec, a
 * clipped microphone) are clipped; where they are more than one in a thousand, the file uses
 * another scale, and the whole clip is divided by its peak. */
static gboolean
limit_range (Loader *loader, GError **error)
{
  if (loader->n_beyond == 0)
    return TRUE;
  const gboolean is_other_scale = loader->n_beyond > loader->store.n_samples / 1000;
  if (audio_sample_store_scale (&loader->store, is_other_scale ? 1.0f / loader->peak : 1.0f))
    return TRUE;
  return fail (loader, error, AUDIO_ERROR_OPEN, "the decoded samples cannot be rewritten: %s",
               g_strerror (errno));
}

static gboolean
load (Loader *loader, const char *path, AudioProgress progress, gpointer user_data,
      atomic_bool *cancel, GError **error)
{
  if (!open_regular_file (loader, path, error) || !open_decoder (loader, error)
      || !make_buffers (loader, error) || !read_all (loader, progress, user_data, cancel, error)
      || !check_result (loader, error))
    return FALSE;
  if (!limit_range (loader, error))
    return FALSE;
  if (!audio_sample_store_finish (&loader->store))
    return fail (loader, error, AUDIO_ERROR_TOO_LONG, "no memory for %.0f s",
                 loader->clip->seconds);
  loader->clip->samples = g_steal_pointer (&loader->store.samples);
  loader->clip->n_samples = loader->store.n_samples;
  loader->clip->n_mapped = loader->store.n_mapped;
  loader->store.n_mapped = 0;
  if (progress != NULL)
    progress (1.0, user_data);
  return TRUE;
}

AudioClip *
audio_clip_load (const char *path, AudioProgress progress, gpointer user_data, atomic_bool *cancel,
                 GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  Loader loader = { .path = shown, .fd = -1, .clip = g_new0 (AudioClip, 1) };
  audio_sample_store_init (&loader.store);
  gboolean is_loaded = load (&loader, path, progress, user_data, cancel, error);
  if (loader.file != NULL)
    sf_close (loader.file);
  if (loader.fd >= 0)
    close (loader.fd);
  soxr_delete (loader.resampler);
  g_free (loader.block);
  g_free (loader.mono);
  g_free (loader.resampled);
  audio_sample_store_clear (&loader.store);
  if (!is_loaded)
    g_clear_pointer (&loader.clip, audio_clip_free);
  return loader.clip;
}

AudioClip *
audio_clip_new (const float *samples, size_t n_samples)
{
  AudioClip *clip = g_new0 (AudioClip, 1);
  clip->samples = g_memdup2 (samples, n_samples * sizeof (float));
  clip->n_samples = n_samples;
  clip->seconds = (double) n_samples / AUDIO_RATE_HZ;
  clip->source_rate_hz = AUDIO_RATE_HZ;
  clip->source_channels = 1;
  return clip;
}

void
audio_clip_release (const AudioClip *clip, size_t first, size_t end)
{
  if (clip->n_mapped > 0)
    audio_sample_store_release (clip->samples, clip->n_mapped, first, end);
}

void
audio_clip_free (AudioClip *clip)
{
  if (clip == NULL)
    return;
  audio_sample_store_free (clip->samples, clip->n_mapped);
  g_free (clip);
}
