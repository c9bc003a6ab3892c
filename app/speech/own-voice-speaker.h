/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Who speaks: a stock voice, or one of the user's own, which is a stock voice in a manner of its
 * own and a conversion after it.
 *
 *   AppSpeaker speaker;
 *   app_speaker_find (models, "mine", NULL, &speaker, &error);
 *   app_speaker_speak (models, &speaker, reading, &speech, &error);
 */

#pragma once

#include "app/speech/say.h"

G_BEGIN_DECLS

typedef struct {
  const char *stock;
  AudioKokoroManner manner;
  AudioFeeling feeling;
  AudioConversion *conversion; /* the models'; NULL: the stock voice itself */
} AppSpeaker;

/* voice: a name. options: the manner in which it is asked to speak, or NULL. Valid until the next
 * call with the same models. APP_ERROR_ARGUMENT: there is no such voice, or it may not speak
 * (app/speech/own-voice.h). */
gboolean app_speaker_find (AppVoiceModels *models, const char *voice, const AppSayOptions *options,
                           AppSpeaker *speaker, GError **error);
/* reading: of 1 to AUDIO_KOKORO_MAX_SYMBOLS symbols; clear the speech. AUDIO_ERROR_CANCELLED,
 * AUDIO_ERROR_MODEL. */
gboolean app_speaker_speak (AppVoiceModels *models, const AppSpeaker *speaker,
                            const AudioReading *reading, AudioKokoroSpeech *speech, GError **error);

G_END_DECLS
