/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The recordings that a voice is made from: whether they will do, and what is heard in them.
 *
 * Private to the making of voices (app/speech/own-voice-make.h).
 */

#pragma once

#include "app/speech/own-voice-make.h"

G_BEGIN_DECLS

typedef struct {
  float *samples; /* 16 kHz: a stretch of speech */
  size_t n_samples;
} AppSpeechStretch;

typedef struct {
  GArray *stretches; /* of AppSpeechStretch */
  double seconds;    /* of all of them */
  float embedding[AUDIO_SPEAKER_DIM];
  double f0_hz;     /* median */
  double f0_spread; /* standard deviation of the pitch, in semitones */
  float female;     /* probability that it is a woman's voice, over all stretches */
  gboolean is_gender_certain;
  char **hashes;    /* sha256 of each file */
  GPtrArray *notes; /* of char * */
} AppVoiceReference;

/* (transfer full). Errors as app_own_voice_make(). */
AppVoiceReference *app_voice_reference_new (AppEngine *engine, char **clips, GError **error);
void app_voice_reference_free (AppVoiceReference *reference);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppVoiceReference, app_voice_reference_free)

G_END_DECLS
