/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/hearing/manner.h"

#include <math.h>

/* Median pitch of adults' speech; the geometric mean of the two where the gender is not known. */
#define FEMALE_HZ 200.0
#define MALE_HZ 120.0
/* Semitones from what is usual for the gender, and from what a voice usually has. */
#define GENDER_SEMITONES 3.5
#define VOICE_SEMITONES 2.5
/* A wider band without knowing the gender: it holds the usual of both. */
#define UNKNOWN_SEMITONES 7.0
/* So many lines, and a voice is its own measure; a recording too. */
#define LINES_OF_VOICE 4
#define LINES_OF_RECORDING 3
/* Syllables per second, pauses left out. */
#define SLOW_SPS 3.2
#define FAST_SPS 5.6
/* Against the recording, in loudness units; alone, in LUFS. */
#define LOUDNESS_STEP 4.0
#define QUIET_LUFS -34.0
#define LOUD_LUFS -17.0
/* Seconds of silence in pauses, per second of the line; and the least in all. */
#define PAUSES_PART 0.25
#define PAUSES_S 0.8

/* What lines come to together: sums over those where it is known. */
typedef struct {
  double log_pitch, rate, loudness;
  int n_pitch, n_rate, n_loudness;
  double pause_s, seconds;
  int n_prosody;
} Sums;

static void
add_line (Sums *sums, const AppHearingSegment *segment)
{
  const AudioProsody *prosody = &segment->prosody;

  if (!segment->has_prosody)
    return;
  sums->n_prosody++;
  sums->seconds += segment->end - segment->start;
  if (prosody->pitch_hz > 0) {
    sums->log_pitch += log2 (prosody->pitch_hz);
    sums->n_pitch++;
  }
  if (prosody->rate_sps > 0) {
    sums->rate += prosody->rate_sps;
    sums->n_rate++;
  }
  if (isfinite (prosody->loudness_lufs)) {
    sums->loudness += prosody->loudness_lufs;
    sums->n_loudness++;
  }
  if (isfinite (prosody->pause_s))
    sums->pause_s += prosody->pause_s;
}

static Sums
sum_lines (const AppHearing *hearing, int speaker)
{
  Sums sums = { 0 };

  for (guint i = 0; i < hearing->segments->len; i++)
    if (speaker < 0 || app_hearing_get (hearing, i)->speaker == speaker)
      add_line (&sums, app_hearing_get (hearing, i));
  return sums;
}

static AppLevel
level_of (double value, double low, double high)
{
  if (!isfinite (value))
    return APP_LEVEL_UNKNOWN;
  return value < low ? APP_LEVEL_LOW : value > high ? APP_LEVEL_HIGH : APP_LEVEL_NORMAL;
}

/* The pitch that is usual for whoever speaks, as a logarithm to base 2, and how many semitones from
 * it still are. */
static double
usual_pitch (const AppHearing *hearing, const AppHearingSegment *segment, double *semitones)
{
  const AppHearingSpeaker *speaker = app_hearing_get_speaker (hearing, segment);
  gboolean is_certain = FALSE;
  double female = 0;

  if (speaker != NULL && speaker->has_attributes) {
    is_certain = speaker->gender_certain;
    female = speaker->female;
  } else if (segment->has_attributes) {
    is_certain = segment->attributes.gender_certain;
    female = segment->attributes.female;
  }
  *semitones = is_certain ? GENDER_SEMITONES : UNKNOWN_SEMITONES;
  return is_certain ? log2 (female > 0.5 ? FEMALE_HZ : MALE_HZ) : log2 (FEMALE_HZ * MALE_HZ) / 2;
}

static AppManner
judge (const Sums *sums, double pitch, double semitones, double usual_loudness)
{
  double loudness = sums->n_loudness > 0 ? sums->loudness / sums->n_loudness : NAN;

  return (AppManner){
    .pitch = level_of (sums->n_pitch > 0 ? 12 * (sums->log_pitch / sums->n_pitch - pitch) : NAN,
                       -semitones, semitones),
    .rate = level_of (sums->n_rate > 0 ? sums->rate / sums->n_rate : NAN, SLOW_SPS, FAST_SPS),
    .loudness = isfinite (usual_loudness) ? level_of (loudness, usual_loudness - LOUDNESS_STEP,
                                                      usual_loudness + LOUDNESS_STEP)
                                          : level_of (loudness, QUIET_LUFS, LOUD_LUFS),
    .pauses = sums->n_prosody == 0 ? APP_LEVEL_UNKNOWN
              : sums->pause_s >= PAUSES_S && sums->pause_s >= PAUSES_PART * sums->seconds
                  ? APP_LEVEL_HIGH
                  : APP_LEVEL_LOW,
  };
}

/* NAN where there is too little to compare with. */
static double
usual_loudness (const Sums *all)
{
  return all->n_loudness >= LINES_OF_RECORDING ? all->loudness / all->n_loudness : NAN;
}

AppManner
app_manner_of_segment (const AppHearing *hearing, guint index)
{
  const AppHearingSegment *segment = app_hearing_get (hearing, index);
  Sums sums = { 0 }, all = sum_lines (hearing, -1);
  double semitones, pitch = usual_pitch (hearing, segment, &semitones);

  add_line (&sums, segment);
  if (segment->speaker >= 0) {
    Sums voice = sum_lines (hearing, segment->speaker);

    if (voice.n_pitch >= LINES_OF_VOICE) {
      pitch = voice.log_pitch / voice.n_pitch;
      semitones = VOICE_SEMITONES;
    }
  }
  return judge (&sums, pitch, semitones, usual_loudness (&all));
}

AppManner
app_manner_of_speaker (const AppHearing *hearing, int speaker)
{
  Sums sums = sum_lines (hearing, speaker), all = sum_lines (hearing, -1);
  double semitones = UNKNOWN_SEMITONES, pitch = log2 (FEMALE_HZ * MALE_HZ) / 2;

  for (guint i = 0; i < hearing->segments->len; i++)
    if (app_hearing_get (hearing, i)->speaker == speaker) {
      pitch = usual_pitch (hearing, app_hearing_get (hearing, i), &semitones);
      break;
    }
  /* Somebody who speaks alone is not louder than the recording. */
  return judge (&sums, pitch, semitones,
                sums.n_loudness < all.n_loudness ? usual_loudness (&all) : NAN);
}

static const char *
name_of (AppLevel level, const char *low, const char *high)
{
  switch (level) {
  case APP_LEVEL_LOW:
    return low;
  case APP_LEVEL_NORMAL:
    return "normal";
  case APP_LEVEL_HIGH:
    return high;
  case APP_LEVEL_UNKNOWN:
  default:
    return NULL;
  }
}

const char *
app_level_get_pitch_name (AppLevel level)
{
  return name_of (level, "low", "high");
}

const char *
app_level_get_rate_name (AppLevel level)
{
  return name_of (level, "slow", "fast");
}
