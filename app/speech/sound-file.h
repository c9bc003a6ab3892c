/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The one way in which speech that was made goes into a file: 24 kHz mono, wav, flac, opus (.ogg,
 * .opus) or mp3 by the name's ending, or as wav to standard output ("-").
 *
 * Each file says what it is: "made by Hearsay", the voice, that it is synthesised; and its sound
 * carries the mark (audio/sound/mark.h), by which hearsay verify knows it. It takes its
 * name only when it is closed (audio/sound/sound-writer.h); what was written before a failure or a
 * stop is a file that plays. One thread at a time.
 *
 *   AppSoundFile *file = app_sound_file_open ("talk.opus", &(AppSoundFileTags){ .voice = "mine" },
 *                                             &error);
 *   app_sound_file_add_chapter (file, 0, "Introduction");
 *   app_sound_file_append (file, samples, n, &error);
 *   app_sound_file_close (file, &error);
 */

#pragma once

#include <stddef.h>

#include "app/base/app-error.h"

G_BEGIN_DECLS

enum { APP_SOUND_FILE_RATE = 24000 };

typedef struct _AppSoundFile AppSoundFile;

/* Each may be NULL. */
typedef struct {
  const char *title; /* NULL: the file's name without its ending */
  const char *voice;
  gboolean has_own_voice; /* also where the one that is named is a stock voice */
} AppSoundFileTags;

/* Whether a file of this name can be written, as far as that is known before the work: its ending,
 * the folder. AUDIO_ERROR_FORMAT, AUDIO_ERROR_OPEN. */
gboolean app_sound_file_check (const char *path, GError **error);
/* (transfer full). The same errors. */
AppSoundFile *app_sound_file_open (const char *path, const AppSoundFileTags *tags, GError **error);
/* AUDIO_ERROR_DISK. */
gboolean app_sound_file_append (AppSoundFile *file, const float *samples, size_t n, GError **error);
/* Seconds that were appended. */
double app_sound_file_get_seconds (const AppSoundFile *file);
/* How loud it is until now, with the mark: LUFS and dBTP; -INFINITY for silence. */
void app_sound_file_measure (AppSoundFile *file, double *lufs, double *true_peak);
/* A chapter from start_s on; in order of time. */
void app_sound_file_add_chapter (AppSoundFile *file, double start_s, const char *title);
/* Frees the file. FALSE if writing failed now or before: AUDIO_ERROR_DISK. */
gboolean app_sound_file_close (AppSoundFile *file, GError **error);
/* (transfer full), of g_free(): the samples of a lossless file that was written for this voice, as
 * they were appended, to become part of another. The errors of audio_sound_read(). */
float *app_sound_file_read (const char *path, const char *voice, size_t *n, GError **error);
/* Frees the file; nothing is left of what was written. NULL is allowed. */
void app_sound_file_discard (AppSoundFile *file);

G_END_DECLS
