/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Text that is still being written, spoken aloud sentence by sentence.
 *
 * A thread of its own owns an engine with the voice's models and does the speaking; the caller goes
 * on writing. What it writes may be Markdown (spoken-text.h). While the first words of a text are
 * prepared the caller is asked to wait a moment, so that the voice has the machine. Silence comes
 * within 200 ms of a stop.
 *
 * All functions are for one thread, the caller's; app_speaker_stop() may also be called by others.
 *
 *   g_autoptr (AppSpeaker) speaker = app_speaker_new (&(AppSpeakerOptions){ "mine" }, &error);
 *   app_speaker_add (speaker, "Yes. That is");        -- "Yes." is spoken
 *   app_speaker_finish (speaker);
 *   while (!app_speaker_is_done (speaker) && !wants_silence ()) …
 */

#pragma once

#include "app/speech/narration.h"

G_BEGIN_DECLS

typedef struct _AppSpeaker AppSpeaker;

typedef struct {
  const char *voice; /* NULL: a stock voice by the language of each sentence */
  double speed;      /* 0: 1 */
  AppAccent accent;
  int n_threads;             /* 0: all cores */
  const char *device;        /* NULL: the default loudspeaker */
  const atomic_bool *cancel; /* NULL, or: while it is set app_speaker_add() waits for nothing */
} AppSpeakerOptions;

/* Of the text since the last finish. */
typedef struct {
  guint n_sentences;       /* spoken, or on the way to the loudspeaker */
  guint n_skipped;         /* that could not be spoken */
  double first_sentence_s; /* from the first app_speaker_add() to the first whole sentence */
  double first_sound_s;    /* from then until its first samples were handed to the loudspeaker; 0:
                              not yet */
  double seconds;          /* of speech */
} AppSpeakerReport;

/* Loads the voice and opens the loudspeaker, and waits for both. (transfer full). What
 * app_voice_models_load(), app_say() and audio_playback_start() say. */
AppSpeaker *app_speaker_new (const AppSpeakerOptions *options, GError **error);
/* Silence at once. */
void app_speaker_free (AppSpeaker *speaker);

/* piece: whole UTF-8 characters. May wait up to two seconds, for the first sound of a text. */
void app_speaker_add (AppSpeaker *speaker, const char *piece);
/* A whole text, Markdown or plain, as a narration (app/speech/narration.h): its takes, its report
 * and the file `path` are kept, and unless it is silent each sentence is heard as soon as its take
 * is there. After a stop the file has what was spoken until then. app_speaker_finish() follows. */
void app_speaker_narrate (AppSpeaker *speaker, const char *text, const char *path,
                          AppNarrationCheck check, gboolean is_silent);
/* The text is complete; the next one begins anew. */
void app_speaker_finish (AppSpeaker *speaker);
/* Whether all that was added has been heard, or cannot be: see app_speaker_get_error(). */
gboolean app_speaker_is_done (AppSpeaker *speaker);
/* Forgets what was added and not yet heard. */
void app_speaker_stop (AppSpeaker *speaker);

/* (transfer full) (nullable): why nothing more is spoken, or why sentences were passed over; once.
 */
GError *app_speaker_take_error (AppSpeaker *speaker);
void app_speaker_get_report (AppSpeaker *speaker, AppSpeakerReport *report);
/* How many characters of English, or of Chinese, the voice speaks in a second; measured when it was
 * loaded. */
double app_speaker_get_rate (AppSpeaker *speaker, gboolean is_chinese);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppSpeaker, app_speaker_free)

G_END_DECLS
