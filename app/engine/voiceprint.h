/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whose voice a recording has, and whether two voices are one.
 *
 * A voiceprint is what the speaker encoder makes of somebody's speech in one recording. Two of them
 * are one person's if the cosine is above a threshold that depends on how much was said: little
 * speech gives lower cosines to the same person. Threshold and confidence were fitted to
 * LibriSpeech (ten speakers with ten clips each, 251 with one): see audio/speaker/SPEAKER.md.
 * People who act or shout are further from themselves than that, so a "different" is less sure
 * there.
 *
 *   g_autoptr (AppVoiceprint) a = app_voiceprint_take (engine, "a.wav", &error);
 *   AppVoiceMatch match = app_voiceprint_match (a, b);
 */

#pragma once

#include "app/engine/engine.h"
#include "audio/speaker/diarise.h"

G_BEGIN_DECLS

/* Less speech than this is too little for a verdict. */
#define APP_VOICE_MIN_SECONDS 1.0

typedef struct {
  char *title;                        /* the file's name, to be shown */
  double seconds;                     /* of speech of the one who speaks most */
  float embedding[AUDIO_SPEAKER_DIM]; /* of that voice */
  AudioDiarisation *speakers;         /* all of them */
} AppVoiceprint;

typedef struct {
  double score;      /* cosine, 0..1 */
  double threshold;  /* from here on it is one person */
  double confidence; /* that the verdict is right, 0.5..0.99 */
  gboolean is_same;
  gboolean is_short; /* too little speech: no verdict */
} AppVoiceMatch;

/* (transfer full). APP_ERROR_NO_SPEECH, _NOT_INSTALLED, and what the layers below have to say of
 * the file. */
AppVoiceprint *app_voiceprint_take (AppEngine *engine, const char *path, GError **error);
void app_voiceprint_free (AppVoiceprint *print);

AppVoiceMatch app_voiceprint_match (const AppVoiceprint *a, const AppVoiceprint *b);
/* The same for any two voices; seconds: of speech that each is known from. */
AppVoiceMatch app_voice_match (const float *a, double seconds_a, const float *b, double seconds_b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppVoiceprint, app_voiceprint_free)

G_END_DECLS
