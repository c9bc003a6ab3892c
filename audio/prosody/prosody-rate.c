/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Syllables, counted by their nuclei: peaks of the level in voiced speech with a dip before each
 * (de Jong and Wempe 2009). The level is that of 300 to 1000 Hz instead of the whole: consonants
 * between vowels are then seen as dips even if they hiss. */

#include "audio/prosody/prosody-private.h"

/* How far the level falls between two syllables. */
#define DIP_DB 1.5f
/* How far below the loudest nuclei one is still heard. */
#define RANGE_DB 25.0f

typedef struct {
  gboolean is_rising, is_voiced;
  float top, valley;
  int n_syllables;
} Counter;

static void
end_peak (Counter *counter, float here, float floor)
{
  counter->n_syllables += counter->is_voiced && counter->top > floor + DIP_DB;
  counter->is_rising = FALSE;
  counter->valley = here;
}

static void
step (Counter *counter, float here, float floor, gboolean is_voiced)
{
  if (!counter->is_rising) {
    counter->valley = MIN (counter->valley, here);
    if (here < counter->valley + DIP_DB)
      return;
    counter->is_rising = TRUE;
    counter->top = here;
    counter->is_voiced = is_voiced;
  } else if (here > counter->top) {
    counter->top = here;
    counter->is_voiced = is_voiced;
  } else if (here <= counter->top - DIP_DB) {
    end_peak (counter, here, floor);
  }
}

int
prosody_count_syllables (const AudioProsodyTrack *track, const ProsodyStretch *stretch)
{
  size_t first = stretch->speech_first, end = stretch->speech_end;
  float floor = prosody_quantile (track->nucleus_db + first, end - first, 0.99) - RANGE_DB;
  Counter counter = { .valley = floor };
  for (size_t i = first; i < end; i++) {
    gboolean is_speech = stretch->is_speech[i - stretch->first];
    float here = is_speech ? MAX (track->nucleus_db[i], floor) : floor;
    step (&counter, here, floor, track->hz[i] > 0);
  }
  if (counter.is_rising)
    end_peak (&counter, floor, floor);
  return counter.n_syllables;
}
