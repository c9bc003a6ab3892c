/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the voice of a stretch of speech tells: emotion and gender, as calibrated probabilities.
 * Plain data.
 */

#pragma once

#include "audio/prosody.h"

G_BEGIN_DECLS

typedef enum {
  AUDIO_EMOTION_NEUTRAL,
  AUDIO_EMOTION_HAPPY,
  AUDIO_EMOTION_SAD,
  AUDIO_EMOTION_ANGRY,
  AUDIO_EMOTION_FEARFUL,
  AUDIO_EMOTION_SURPRISED,
  AUDIO_EMOTION_DISGUSTED,
  AUDIO_N_EMOTIONS
} AudioEmotion;

/* Why there is no verdict: bits of AudioAttributes.doubts. */
typedef enum {
  AUDIO_DOUBT_FLAT = 1 << 0,      /* no emotion stands out */
  AUDIO_DOUBT_SHORT = 1 << 1,     /* too little speech */
  AUDIO_DOUBT_NOISE = 1 << 2,     /* noise or music is nearly as loud as the speech */
  AUDIO_DOUBT_CLIPPED = 1 << 3,   /* clipping */
  AUDIO_DOUBT_NARROW = 1 << 4,    /* a telephone's band: below 4 kHz only */
  AUDIO_DOUBT_UNVOICED = 1 << 5,  /* whispering: hardly any voiced frames */
  AUDIO_DOUBT_UNUSUAL = 1 << 6,   /* unlike the speech that the heads learned from */
  AUDIO_DOUBT_NO_SPEECH = 1 << 7, /* the recognised words are improbable: music, laughter */
  AUDIO_DOUBT_GENDER = 1 << 8,    /* the gender is open, whatever the emotion */
} AudioDoubt;

typedef struct {
  float emotion[AUDIO_N_EMOTIONS]; /* sums to 1 */
  float female;                    /* that of male is 1 - female */
  bool certain;                    /* the likeliest emotion is a verdict */
  bool gender_certain;
  unsigned doubts; /* bits of AudioDoubt; none of the emotion's exactly if certain */
} AudioAttributes;

/* "neutral", "happy", ...; "flat", "short", ...: static, English, as the documented JSON has them.
 */
const char *audio_emotion_get_name (AudioEmotion emotion);
const char *audio_doubt_get_name (AudioDoubt doubt);
AudioEmotion audio_attributes_get_top (const AudioAttributes *attributes);

G_END_DECLS
