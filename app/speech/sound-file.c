/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/sound-file.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "app/speech/own-voice.h"
#include "audio/base/audio-error.h"
#include "audio/sound/loudness.h"
#include "audio/sound/mark.h"
#include "audio/sound/sound-reader.h"
#include "audio/sound/sound-writer.h"

#define MADE_BY "made by Hearsay"
#define BLOCK 4096

struct _AppSoundFile {
  AudioSoundWriter *writer; /* NULL: standard output */
  char *title;
  char *voice;
  GArray *chapters; /* of AudioChapter */
  AudioMarker *marker;
  GArray *marked; /* of float: what the marker has just given */
  AudioLoudness *meter;
  uint64_t n_samples;
};

static gboolean
is_stdout (const char *path)
{
  return g_str_equal (path, "-");
}

gboolean
app_sound_file_check (const char *path, GError **error)
{
  return is_stdout (path) || audio_sound_writer_check (path, error);
}

static gboolean
write_stdout (const void *bytes, size_t n, GError **error)
{
  for (size_t done = 0; done < n;) {
    ssize_t put = write (STDOUT_FILENO, (const char *) bytes + done, n - done);
    if (put > 0)
      done += (size_t) put;
    else if (put == 0 || errno != EINTR) {
      g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_DISK, "could not write to standard output: %s",
                   g_strerror (errno));
      return FALSE;
    }
  }
  return TRUE;
}

/* As long as may be, for a stream whose end is not known. */
static gboolean
write_stream_header (GError **error)
{
  const guint32 rate = GUINT32_TO_LE (APP_SOUND_FILE_RATE);
  const guint32 bytes_per_s = GUINT32_TO_LE (2 * APP_SOUND_FILE_RATE);
  char header[44] = "RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\1\0";

  memcpy (header + 24, &rate, 4);
  memcpy (header + 28, &bytes_per_s, 4);
  memcpy (header + 32, "\2\0\20\0data\xff\xff\xff\xff", 12);
  return write_stdout (header, sizeof header, error);
}

static void
free_chapter (gpointer chapter)
{
  g_free ((char *) ((AudioChapter *) chapter)->title);
}

/* (transfer full): the name without its ending. */
static char *
make_title (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  char *title = g_filename_display_name (base);
  char *point = strrchr (title, '.');

  if (point != NULL && point > title)
    *point = '\0';
  return title;
}

static AudioMarkPayload
get_payload (const char *voice, gboolean has_own_voice)
{
  return has_own_voice || (voice != NULL && !app_own_voice_is_stock_name (voice))
             ? AUDIO_MARK_OWN_VOICE
             : AUDIO_MARK_STOCK_VOICE;
}

AppSoundFile *
app_sound_file_open (const char *path, const AppSoundFileTags *tags, GError **error)
{
  AudioSoundWriter *writer = NULL;

  if (is_stdout (path)) {
    if (!write_stream_header (error))
      return NULL;
  } else {
    writer = audio_sound_writer_open (path, APP_SOUND_FILE_RATE, error);
    if (writer == NULL)
      return NULL;
  }
  AppSoundFile *file = g_new0 (AppSoundFile, 1);
  file->writer = writer;
  file->title = tags->title != NULL ? g_strdup (tags->title) : make_title (path);
  file->voice = g_strdup (tags->voice);
  file->marker =
      audio_marker_new (APP_SOUND_FILE_RATE, get_payload (tags->voice, tags->has_own_voice));
  file->marked = g_array_new (FALSE, FALSE, sizeof (float));
  file->meter = audio_loudness_new (APP_SOUND_FILE_RATE);
  file->chapters = g_array_new (FALSE, TRUE, sizeof (AudioChapter));
  g_array_set_clear_func (file->chapters, free_chapter);
  return file;
}

static gboolean
append_stdout (const float *samples, size_t n, GError **error)
{
  gint16 block[BLOCK];

  for (size_t done = 0; done < n;) {
    size_t count = MIN (n - done, BLOCK);
    for (size_t i = 0; i < count; i++) {
      long value = lroundf (samples[done + i] * 32767);
      block[i] = GINT16_TO_LE ((gint16) CLAMP (value, G_MININT16, G_MAXINT16));
    }
    if (!write_stdout (block, count * sizeof *block, error))
      return FALSE;
    done += count;
  }
  return TRUE;
}

static gboolean
write_marked (AppSoundFile *file, GError **error)
{
  const float *samples = (const float *) (void *) file->marked->data;
  const size_t n = file->marked->len;
  gboolean is_written = file->writer != NULL
                            ? audio_sound_writer_append (file->writer, samples, n, error)
                            : append_stdout (samples, n, error);

  audio_loudness_add (file->meter, samples, n);
  g_array_set_size (file->marked, 0);
  return is_written;
}

gboolean
app_sound_file_append (AppSoundFile *file, const float *samples, size_t n, GError **error)
{
  /* In blocks, so that there is no second copy of a long sound. */
  for (size_t done = 0; done < n;) {
    size_t count = MIN (n - done, BLOCK);

    audio_marker_push (file->marker, samples + done, count, file->marked);
    if (!write_marked (file, error))
      return FALSE;
    done += count;
    file->n_samples += count;
  }
  return TRUE;
}

double
app_sound_file_get_seconds (const AppSoundFile *file)
{
  return (double) file->n_samples / APP_SOUND_FILE_RATE;
}

void
app_sound_file_measure (AppSoundFile *file, double *lufs, double *true_peak)
{
  *lufs = audio_loudness_get_lufs (file->meter);
  *true_peak = audio_loudness_get_true_peak (file->meter);
}

void
app_sound_file_add_chapter (AppSoundFile *file, double start_s, const char *title)
{
  AudioChapter chapter = { start_s, g_strdup (title) };

  g_array_append_val (file->chapters, chapter);
}

static void
free_file (AppSoundFile *file)
{
  g_free (file->title);
  g_free (file->voice);
  g_array_unref (file->chapters);
  g_array_unref (file->marked);
  audio_marker_free (file->marker);
  audio_loudness_free (file->meter);
  g_free (file);
}

gboolean
app_sound_file_close (AppSoundFile *file, GError **error)
{
  const char *const pairs[] = { "SYNTHESISED", "yes", file->voice != NULL ? "VOICE" : NULL,
                                file->voice, NULL };
  const AudioSoundTags tags = { .title = file->title,
                                .software = "Hearsay " HEARSAY_VERSION,
                                .comment = MADE_BY,
                                .pairs = pairs,
                                .chapters = (const AudioChapter *) (void *) file->chapters->data,
                                .n_chapters = file->chapters->len };
  GError *problem = NULL;

  audio_marker_finish (file->marker, file->marked);
  gboolean is_closed = write_marked (file, &problem);
  /* A writer repeats its error when it is closed. */
  if (file->writer != NULL) {
    g_clear_error (&problem);
    is_closed = audio_sound_writer_close (file->writer, &tags, error);
  } else if (problem != NULL)
    g_propagate_error (error, problem);

  free_file (file);
  return is_closed;
}

void
app_sound_file_discard (AppSoundFile *file)
{
  if (file == NULL)
    return;
  audio_sound_writer_discard (file->writer);
  free_file (file);
}

float *
app_sound_file_read (const char *path, const char *voice, size_t *n, GError **error)
{
  float *samples = audio_sound_read (path, APP_SOUND_FILE_RATE, n, error);

  if (samples != NULL)
    audio_mark_take_off (samples, *n, APP_SOUND_FILE_RATE, get_payload (voice, FALSE));
  return samples;
}
