/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/sound/sound-writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <sndfile.h>

#include "audio/sound/quiet.h"
#include "audio/sound/sound-tags.h"

/* Samples per call: libsndfile's opus encoder keeps what one call brings. */
#define BLOCK 4096

typedef struct {
  const char *ending;
  AudioSoundContainer container;
  int format;
  double level; /* libsndfile's: 0 is the best, 1 the smallest */
} Kind;

/* For speech at 24 kHz: opus comes to about 44 kbit/s, mp3 to 64. */
static const Kind kinds[] = {
  { ".wav", AUDIO_CONTAINER_WAV, SF_FORMAT_WAV | SF_FORMAT_PCM_16, -1 },
  { ".flac", AUDIO_CONTAINER_FLAC, SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 0.6 },
  { ".opus", AUDIO_CONTAINER_OGG, SF_FORMAT_OGG | SF_FORMAT_OPUS, 0.85 },
  { ".ogg", AUDIO_CONTAINER_OGG, SF_FORMAT_OGG | SF_FORMAT_OPUS, 0.85 },
  { ".mp3", AUDIO_CONTAINER_MP3, SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 0.6 },
};

struct _AudioSoundWriter {
  char *path;  /* where it goes, links followed */
  char *shown; /* for messages */
  char *temporary;
  const Kind *kind;
  int fd;
  SNDFILE *file;
  int rate_hz;
  uint64_t n_samples;
  int failure; /* errno of the first write that failed */
};

static sf_count_t
get_length (void *user_data)
{
  AudioSoundWriter *writer = user_data;
  struct stat info;

  return fstat (writer->fd, &info) == 0 ? (sf_count_t) info.st_size : -1;
}

static sf_count_t
seek_to (sf_count_t offset, int whence, void *user_data)
{
  AudioSoundWriter *writer = user_data;

  return lseek (writer->fd, offset, whence);
}

static sf_count_t
read_some (void *bytes, sf_count_t n, void *user_data)
{
  AudioSoundWriter *writer = user_data;

  return read (writer->fd, bytes, (size_t) n);
}

/* libsndfile does not tell its caller about everything that goes wrong here. */
static sf_count_t
write_some (const void *bytes, sf_count_t n, void *user_data)
{
  AudioSoundWriter *writer = user_data;
  sf_count_t done = 0;

  while (done < n) {
    ssize_t put = write (writer->fd, (const char *) bytes + done, (size_t) (n - done));
    if (put > 0)
      done += put;
    else if (put == 0 || errno != EINTR) {
      if (writer->failure == 0)
        writer->failure = put < 0 ? errno : EIO;
      break;
    }
  }
  return done;
}

static sf_count_t
tell (void *user_data)
{
  return seek_to (0, SEEK_CUR, user_data);
}

static const Kind *
find_kind (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_suffix (lower, kinds[i].ending))
      return &kinds[i];
  return NULL;
}

static gboolean
fail_to_open (const char *path, AudioError code, const char *reason, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);

  g_set_error (error, AUDIO_ERROR, (int) code, "%s: %s", shown, reason);
  return FALSE;
}

gboolean
audio_sound_writer_check (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  struct stat info;

  if (find_kind (path) == NULL)
    return fail_to_open (path, AUDIO_ERROR_FORMAT,
                         "speech is written as .wav, .flac, .ogg, .opus or .mp3", error);
  if (stat (path, &info) == 0 && !S_ISREG (info.st_mode))
    return fail_to_open (path, AUDIO_ERROR_OPEN, "this is no plain file", error);
  if (access (folder, W_OK | X_OK) != 0)
    return fail_to_open (path, AUDIO_ERROR_OPEN, g_strerror (errno), error);
  return TRUE;
}

static void
free_writer (AudioSoundWriter *writer)
{
  if (writer->fd >= 0)
    close (writer->fd);
  g_free (writer->path);
  g_free (writer->shown);
  g_free (writer->temporary);
  g_free (writer);
}

/* A hidden file in the folder of the one that is meant. */
static int
make_temporary (const char *path, char **name)
{
  g_autofree char *folder = g_path_get_dirname (path), *base = g_path_get_basename (path);
  g_autofree char *hidden = g_strconcat (".", base, ".XXXXXX", NULL);

  *name = g_build_filename (folder, hidden, NULL);
  return g_mkstemp_full (*name, O_RDWR | O_CLOEXEC, 0666);
}

static SNDFILE *
open_encoder (AudioSoundWriter *writer)
{
  SF_VIRTUAL_IO io = { get_length, seek_to, read_some, write_some, tell };
  SF_INFO info = { .samplerate = writer->rate_hz, .channels = 1, .format = writer->kind->format };
  double level = writer->kind->level;
  int mode = SF_BITRATE_MODE_CONSTANT;

  audio_quiet_begin ();
  SNDFILE *file = sf_open_virtual (&io, SFM_WRITE, &info, writer);
  audio_quiet_end ();
  if (file == NULL)
    return NULL;
  sf_command (file, SFC_SET_CLIPPING, NULL, SF_TRUE);
  if (writer->kind->container == AUDIO_CONTAINER_MP3)
    sf_command (file, SFC_SET_BITRATE_MODE, &mode, sizeof mode);
  if (level >= 0)
    sf_command (file, SFC_SET_COMPRESSION_LEVEL, &level, sizeof level);
  return file;
}

AudioSoundWriter *
audio_sound_writer_open (const char *path, int rate_hz, GError **error)
{
  if (!audio_sound_writer_check (path, error))
    return NULL;
  AudioSoundWriter *writer = g_new0 (AudioSoundWriter, 1);
  /* A link stays a link: what it leads to is replaced. */
  char *real = realpath (path, NULL);
  writer->path = g_strdup (real != NULL ? real : path);
  free (real);
  writer->shown = g_filename_display_name (path);
  writer->kind = find_kind (path);
  writer->rate_hz = rate_hz;
  writer->fd = make_temporary (writer->path, &writer->temporary);
  if (writer->fd < 0) {
    fail_to_open (path, AUDIO_ERROR_OPEN, g_strerror (errno), error);
    free_writer (writer);
    return NULL;
  }
  writer->file = open_encoder (writer);
  if (writer->file == NULL) {
    fail_to_open (path, AUDIO_ERROR_OPEN,
                  writer->failure != 0 ? g_strerror (writer->failure) : sf_strerror (NULL), error);
    g_unlink (writer->temporary);
    free_writer (writer);
    return NULL;
  }
  return writer;
}

static gboolean
fail_to_write (const AudioSoundWriter *writer, const char *kept, GError **error)
{
  g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_DISK, "%s: writing failed after %.1f s: %s%s",
               writer->shown, (double) writer->n_samples / writer->rate_hz,
               g_strerror (writer->failure), kept);
  return FALSE;
}

gboolean
audio_sound_writer_append (AudioSoundWriter *writer, const float *samples, size_t n, GError **error)
{
  for (size_t done = 0; done < n && writer->failure == 0;) {
    size_t block = MIN (n - done, BLOCK);
    sf_count_t put = sf_writef_float (writer->file, samples + done, (sf_count_t) block);
    if (put != (sf_count_t) block && writer->failure == 0)
      writer->failure = EIO;
    if (writer->failure == 0)
      writer->n_samples += block;
    done += block;
  }
  return writer->failure == 0 || fail_to_write (writer, "", error);
}

uint64_t
audio_sound_writer_get_n_samples (const AudioSoundWriter *writer)
{
  return writer->n_samples;
}

/* Into a second temporary file, which becomes the writer's; a wav file gets them where it is. */
static gboolean
add_tags (AudioSoundWriter *writer, const AudioSoundTags *tags)
{
  const double seconds = (double) writer->n_samples / writer->rate_hz;
  const AudioSoundContainer container = writer->kind->container;
  g_autofree char *name = NULL;

  if (lseek (writer->fd, 0, SEEK_SET) < 0)
    return FALSE;
  if (container == AUDIO_CONTAINER_WAV)
    return audio_sound_tags_write (container, writer->fd, writer->fd, writer->rate_hz, seconds,
                                   tags);
  int fd = make_temporary (writer->path, &name);
  if (fd < 0)
    return FALSE;
  if (!audio_sound_tags_write (container, writer->fd, fd, writer->rate_hz, seconds, tags)) {
    int code = errno;
    close (fd);
    g_unlink (name);
    errno = code;
    return FALSE;
  }
  close (writer->fd);
  g_unlink (writer->temporary);
  g_free (writer->temporary);
  writer->fd = fd;
  writer->temporary = g_steal_pointer (&name);
  return TRUE;
}

/* Keeps what was written, unless that would replace a whole file with a part. */
static gboolean
give_up (AudioSoundWriter *writer, GError **error)
{
  if (writer->n_samples > 0 && !g_file_test (writer->path, G_FILE_TEST_EXISTS)
      && g_rename (writer->temporary, writer->path) == 0)
    fail_to_write (writer, "; what was written before is kept", error);
  else {
    g_unlink (writer->temporary);
    fail_to_write (writer, "", error);
  }
  free_writer (writer);
  return FALSE;
}

gboolean
audio_sound_writer_close (AudioSoundWriter *writer, const AudioSoundTags *tags, GError **error)
{
  sf_close (writer->file);
  errno = 0;
  if (writer->failure == 0 && !add_tags (writer, tags))
    writer->failure = errno != 0 ? errno : EIO;
  if (writer->failure == 0
      && (fsync (writer->fd) != 0 || g_rename (writer->temporary, writer->path) != 0))
    writer->failure = errno;
  if (writer->failure != 0)
    return give_up (writer, error);
  free_writer (writer);
  return TRUE;
}

void
audio_sound_writer_discard (AudioSoundWriter *writer)
{
  if (writer == NULL)
    return;
  sf_close (writer->file);
  g_unlink (writer->temporary);
  free_writer (writer);
}
