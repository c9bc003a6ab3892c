/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/heads/heads.h"

static const char *const emotion_names[AUDIO_N_EMOTIONS] = {
  "neutral", "happy", "sad", "angry", "fearful", "surprised", "disgusted",
};

const char *
audio_emotion_get_name (AudioEmotion emotion)
{
  return emotion_names[emotion];
}

const char *
audio_doubt_get_name (AudioDoubt doubt)
{
  switch (doubt) {
  case AUDIO_DOUBT_FLAT:
    return "flat";
  case AUDIO_DOUBT_SHORT:
    return "short";
  case AUDIO_DOUBT_NOISE:
    return "noise";
  case AUDIO_DOUBT_CLIPPED:
    return "clipped";
  case AUDIO_DOUBT_NARROW:
    return "narrow";
  case AUDIO_DOUBT_UNVOICED:
    return "unvoiced";
  case AUDIO_DOUBT_UNUSUAL:
    return "unusual";
  case AUDIO_DOUBT_NO_SPEECH:
    return "no-speech";
  case AUDIO_DOUBT_GENDER:
    return "gender";
  }
  return "";
}

AudioEmotion
audio_attributes_get_top (const AudioAttributes *attributes)
{
  AudioEmotion top = AUDIO_EMOTION_NEUTRAL;

  for (AudioEmotion emotion = 0; emotion < AUDIO_N_EMOTIONS; emotion++)
    if (attributes->emotion[emotion] > attributes->emotion[top])
      top = emotion;
  return top;
}

void
audio_attributes_doubt (AudioAttributes *attributes, unsigned doubts)
{
  attributes->doubts |= doubts;
  if ((attributes->doubts & ~(unsigned) AUDIO_DOUBT_GENDER) != 0)
    attributes->certain = false;
  if ((attributes->doubts & AUDIO_DOUBT_GENDER) != 0)
    attributes->gender_certain = false;
}
