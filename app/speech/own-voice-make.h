/* SPDX-License-Identifier: GPL-3.0-or-later */

/* From recordings of somebody to a voice of theirs.
 *
 *   recordings -> speech of one person, judged -> pitch, speaker embedding
 *     -> the stock voices of near pitch, converted for a sentence each; the best few for more
 *     -> the most alike of those that are clear
 *     -> a minute of it beside the recordings -> the voice file (audio/conversion/voice-file.h)
 *
 * Nothing is written. Everything runs in the engine's thread and ends at its cancel flag.
 *
 *   result = app_own_voice_make (engine, models, &request, &error);
 *   app_own_voice_keep (name, result->bytes, NULL, NULL, &error);
 */

#pragma once

#include "app/speech/say.h"

G_BEGIN_DECLS

#define APP_OWN_VOICE_MIN_SECONDS 5.0
/* More speech than this is not used. */
#define APP_OWN_VOICE_MAX_SECONDS 90.0

typedef struct {
  const char *name;
  const char *origin; /* "file", "microphone" */
  const char *attestation;
  char **clips;      /* files, NULL-terminated */
  const char *stock; /* NULL: chosen */
} AppOwnVoiceRequest;

typedef struct {
  GBytes *bytes;
  GPtrArray *notes; /* of char *: what is wrong with the recordings, and was taken nonetheless */
  char *stock;
  double f0_factor;
  double f0_spread;
  double reference_s;
  double calibration_s;
  double score; /* by the speaker encoder, of sentences in the voice and the recordings: mean */
  double stock_score; /* of the same sentences before conversion */
} AppOwnVoiceResult;

/* (transfer full). APP_ERROR_ARGUMENT for recordings that no voice can be made from; what the
 * layers below have to say of files and models; APP_ERROR_CANCELLED. */
AppOwnVoiceResult *app_own_voice_make (AppEngine *engine, AppVoiceModels *models,
                                       const AppOwnVoiceRequest *request, GError **error);
void app_own_voice_result_free (AppOwnVoiceResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppOwnVoiceResult, app_own_voice_result_free)

G_END_DECLS
