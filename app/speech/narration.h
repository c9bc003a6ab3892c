/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A script becomes a narration.
 *
 * Each sentence is spoken once and kept as a take, a sound file and what is known about it, in a
 * folder beside the result ("talk.flac": "talk.hearsay"). A take is found again by its text, voice
 * and manner, so a run that was stopped goes on where it stopped, and a script that was changed in
 * one place is spoken anew only there. Each take is heard by our own recogniser; one in which words
 * are missing or added is taken again, at most three times, and the best is kept. When all are
 * there they are put together: pauses, fades, one loudness for every voice, chapters. What is done
 * of a script that was stopped becomes a file in the same way. Once all are there, takes of
 * sentences that the script no longer has are deleted, if they are older than a day. While a
 * narration lives, nobody else narrates into the same file.
 *
 * Memory is that of the script and of one sentence's sound. Everything belongs to the engine's
 * thread; the engine's flag cancels.
 *
 *   g_autoptr (AppNarration) narration = app_narration_new (engine, script, &options, &error);
 *   is_done = app_narration_speak (narration, on_progress, data, &error);
 *   app_narration_write (narration, &error);
 *   g_autoptr (AudioTranscript) words = app_narration_get_transcript (narration, &error);
 */

#pragma once

#include <json-glib/json-glib.h>

#include "app/speech/say.h"
#include "app/speech/script.h"

G_BEGIN_DECLS

/* Besides the first one. */
#define APP_NARRATION_MAX_RETAKES 3

typedef enum {
  APP_CHECK_IF_POSSIBLE, /* not if the recogniser is not installed */
  APP_CHECK_ALWAYS,
  APP_CHECK_NEVER
} AppNarrationCheck;

/* A sentence as soon as its take is there, in the order of the script, with the silence around it:
 * to be heard while the next one is made. FALSE with an error to stop. */
typedef gboolean (*AppOnTake) (const float *samples, gsize n_samples, gpointer user_data,
                               GError **error);

typedef struct {
  const char *path;  /* of the result; its ending says what kind */
  const char *voice; /* of the narrator; NULL: APP_SAY_VOICE */
  double speed;      /* 0: 1 */
  AppAccent accent;
  AppNarrationCheck check;
  guint retake; /* a sentence to speak again though it is there, from 1; 0: none. The take that was
                   there is kept as an earlier one. */
  guint choose; /* a sentence of which one take is chosen and the others are deleted, from 1 */
  guint chosen; /* the take: 0 for the one that is used, else the number of an earlier one */
  AppOnTake on_take; /* or NULL */
  gpointer take_data;
  gboolean is_heard; /* while it is made: a long first sentence is cut (app/speech/first-words.h) */
  AppVoiceModels *models; /* borrowed; NULL: loaded */
} AppNarrationOptions;

/* Of one sentence, once it is spoken. (transfer none) throughout. */
typedef struct {
  const char *text;
  const char *voice;
  gboolean is_done;
  gboolean is_checked;
  gboolean is_bad;       /* and no retake was better */
  double start_s, end_s; /* in the result; 0 before it is written */
  double score;          /* part of the sounds that were heard as they are written, 0..1 */
  double likeness;       /* of the voice to its other takes, 0..1; NAN: not measured */
  guint n_retakes;
  guint n_missed, n_added; /* words */
} AppNarrationSentence;

typedef struct {
  guint index, n_sentences; /* that is spoken now, from 0 */
  const char *text;
  double fraction;
  double seconds_left; /* -1: not known yet */
  gboolean is_kept;    /* it was there from an earlier run */
} AppNarrationProgress;

typedef void (*AppOnNarration) (const AppNarrationProgress *progress, gpointer user_data);

/* Of all of it. (transfer none) throughout. */
typedef struct {
  double seconds;          /* of sound */
  double lufs, true_peak;  /* LUFS and dBTP; -INFINITY before it is written */
  double speak_s, check_s; /* that speaking and checking took now */
  char *folder;            /* of the takes */
  char *report;            /* the file of the report, in it */
  char *unchecked;         /* why nothing was checked; NULL: it was */
} AppNarrationResult;

typedef struct _AppNarration AppNarration;

/* (transfer full): where the takes of the narration `path` are. */
char *app_narration_get_takes_folder (const char *path);

/* (transfer full). Reads everything, but speaks nothing yet: what cannot be spoken is an error now,
 * with the sentence. The engine must outlive it. APP_ERROR_NOT_INSTALLED, APP_ERROR_ARGUMENT,
 * APP_ERROR_BUSY if another narration into the same file is being made, APP_ERROR_DISK, and those
 * of app_sound_file_check(). */
AppNarration *app_narration_new (AppEngine *engine, const AppScript *script,
                                 const AppNarrationOptions *options, GError **error);
void app_narration_free (AppNarration *narration);

/* All takes that are missing. FALSE: stopped (APP_ERROR_CANCELLED) or failed; what is there stays.
 */
gboolean app_narration_speak (AppNarration *narration, AppOnNarration on_progress,
                              gpointer user_data, GError **error);
/* The result from the takes up to the first that is missing, and the report. The engine's flag is
 * not looked at. FALSE without an error: there is no take at all. */
gboolean app_narration_write (AppNarration *narration, GError **error);

guint app_narration_get_n (const AppNarration *narration);
/* How many of them, from the first on, are there without a gap. */
guint app_narration_get_n_done (const AppNarration *narration);
void app_narration_get_sentence (const AppNarration *narration, guint index,
                                 AppNarrationSentence *sentence);
/* (transfer none). */
const AppNarrationResult *app_narration_get_result (const AppNarration *narration);

/* (transfer full): what was written as segments (subtitles.h cuts them) with the times of words. */
AudioTranscript *app_narration_get_transcript (AppNarration *narration, GError **error);
/* The same as a file, .srt or .vtt by its name. APP_ERROR_ARGUMENT, APP_ERROR_DISK. */
gboolean app_narration_write_subtitles (AppNarration *narration, const char *path, GError **error);
/* The report, as docs/json.md has it under "say". */
void app_narration_build_json (AppNarration *narration, JsonBuilder *builder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppNarration, app_narration_free)

G_END_DECLS
