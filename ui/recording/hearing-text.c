/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/recording/hearing-text.h"

#include <glib/gi18n.h>

#include "ui/base/stage.h"

static const char *const names[AUDIO_N_EMOTIONS] = {
  [AUDIO_EMOTION_NEUTRAL] = N_ ("neutral"),
  [AUDIO_EMOTION_HAPPY] = N_ ("happy"),
  [AUDIO_EMOTION_SAD] = N_ ("sad"),
  [AUDIO_EMOTION_ANGRY] = N_ ("angry"),
  [AUDIO_EMOTION_FEARFUL] = N_ ("fearful"),
  [AUDIO_EMOTION_SURPRISED] = N_ ("surprised"),
  [AUDIO_EMOTION_DISGUSTED] = N_ ("disgusted"),
};

const char *
hs_emotion_get_name (AudioEmotion emotion)
{
  return _ (names[emotion]);
}

AudioEmotion
hs_emotion_find_likeliest (const AudioAttributes *attributes)
{
  AudioEmotion best = 0;

  for (AudioEmotion i = 1; i < AUDIO_N_EMOTIONS; i++)
    if (attributes->emotion[i] > attributes->emotion[best])
      best = i;
  return best;
}

static AudioEmotion
find_second (const AudioAttributes *attributes, AudioEmotion first)
{
  AudioEmotion second = first == 0 ? 1 : 0;

  for (AudioEmotion i = 0; i < AUDIO_N_EMOTIONS; i++)
    if (i != first && attributes->emotion[i] > attributes->emotion[second])
      second = i;
  return second;
}

char *
hs_emotion_describe (const AudioAttributes *attributes)
{
  AudioEmotion first = hs_emotion_find_likeliest (attributes);
  AudioEmotion second = find_second (attributes, first);
  int percent = (int) (attributes->emotion[first] * 100 + 0.5f);

  if (attributes->certain)
    /* Translators: an emotion and its probability. */
    return g_strdup_printf (_ ("%s %d%%"), hs_emotion_get_name (first), percent);
  /* Translators: the likeliest emotion, its probability, and the next one. */
  return g_strdup_printf (_ ("uncertain: perhaps %s (%d%%), else %s"), hs_emotion_get_name (first),
                          percent, hs_emotion_get_name (second));
}

char *
hs_hearing_describe (const AppHearing *hearing)
{
  g_autofree char *seconds = hs_time_format (hearing->seconds);
  guint n = hearing->speakers->len;

  if (n == 0)
    return g_steal_pointer (&seconds);
  /* Translators: the length, then how many voices. */
  return g_strdup_printf (ngettext ("%s · %u voice", "%s · %u voices", n), seconds, n);
}
