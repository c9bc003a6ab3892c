/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/hearing/hearing-turns.h"

#include <math.h>
#include <string.h>

G_STATIC_ASSERT (AUDIO_MAX_SPEAKERS <= APP_HEARING_MAX_SPEAKERS);
G_STATIC_ASSERT (AUDIO_SPEAKER_DIM == APP_HEARING_SPEAKER_DIM);

/* A change of speaker that lasts less is an error of word times. */
#define MIN_RUN_S 0.3

/* Words first .. end - 1 are of one speaker. */
typedef struct {
  int first, end, speaker;
} Run;

static double
run_seconds (const AppHearingSegment *segment, const Run *run)
{
  return segment->words[run->end - 1].end - segment->words[run->first].start;
}

/* (transfer full): a GArray of Run, neighbours of different speakers. */
static GArray *
find_runs (const AppHearingSegment *segment, const AudioDiarisation *diarisation)
{
  GArray *runs = g_array_new (FALSE, FALSE, sizeof (Run));

  for (int i = 0; i < segment->n_words; i++) {
    const AppHearingWord *word = &segment->words[i];
    Run *last = runs->len > 0 ? &g_array_index (runs, Run, runs->len - 1) : NULL;
    Run run = { i, i + 1, audio_diarisation_find_speaker (diarisation, word->start, word->end) };

    if (last != NULL && last->speaker == run.speaker)
      last->end = run.end;
    else
      g_array_append_val (runs, run);
  }
  return runs;
}

/* Gives runs that are too short to be believed to the run before, or else to the one after. */
static void
join_short_runs (const AppHearingSegment *segment, GArray *runs)
{
  for (guint i = 0; i < runs->len && runs->len > 1;) {
    Run *run = &g_array_index (runs, Run, i);

    if (run_seconds (segment, run) >= MIN_RUN_S) {
      i++;
      continue;
    }
    if (i > 0)
      g_array_index (runs, Run, i - 1).end = run->end;
    else
      g_array_index (runs, Run, 1).first = run->first;
    g_array_remove_index (runs, i);
    /* What was on both sides may be the same voice. */
    if (i > 0 && i < runs->len
        && g_array_index (runs, Run, i - 1).speaker == g_array_index (runs, Run, i).speaker) {
      g_array_index (runs, Run, i - 1).end = g_array_index (runs, Run, i).end;
      g_array_remove_index (runs, i);
    }
  }
}

/* Takes the run's words out of the segment. */
static void
add_part (AppHearing *hearing, AppHearingSegment *whole, const Run *run)
{
  AppHearingSegment *part = app_hearing_add_segment (hearing);
  g_autoptr (GString) text = g_string_new (NULL);
  int n = run->end - run->first;

  for (int i = run->first; i < run->end; i++)
    g_string_append (text, whole->words[i].text);
  part->text = g_strstrip (g_strdup (text->str));
  part->start = run->first == 0 ? whole->start : whole->words[run->first].start;
  part->end = run->end == whole->n_words ? whole->end : whole->words[run->end - 1].end;
  part->speaker = run->speaker;
  part->n_words = n;
  part->words = g_memdup2 (whole->words + run->first, (gsize) n * sizeof *part->words);
  memset (whole->words + run->first, 0, (gsize) n * sizeof *part->words);
}

static void
add_cut_segment (AppHearing *hearing, AppHearingSegment *segment,
                 const AudioDiarisation *diarisation)
{
  g_autoptr (GArray) runs = find_runs (segment, diarisation);

  join_short_runs (segment, runs);
  for (guint i = 0; i < runs->len; i++)
    add_part (hearing, segment, &g_array_index (runs, Run, i));
}

/* Takes over the speakers who say something, and renumbers those of the segments. */
static void
add_speakers (AppHearing *hearing, const AudioDiarisation *diarisation)
{
  int numbers[AUDIO_MAX_SPEAKERS];

  for (int i = 0; i < AUDIO_MAX_SPEAKERS; i++)
    numbers[i] = -1;
  for (guint i = 0; i < hearing->segments->len; i++) {
    AppHearingSegment *segment = g_ptr_array_index (hearing->segments, i);
    int found = segment->speaker;

    if (found < 0)
      continue;
    if (numbers[found] < 0) {
      const char name[] = { (char) ('A' + hearing->speakers->len), '\0' };
      AppHearingSpeaker *speaker = app_hearing_add_speaker (hearing, name);

      numbers[found] = (int) hearing->speakers->len - 1;
      speaker->seconds = diarisation->seconds[found];
      speaker->pitch_hz = NAN;
      memcpy (speaker->embedding, diarisation->embeddings + (gsize) found * AUDIO_SPEAKER_DIM,
              sizeof speaker->embedding);
    }
    segment->speaker = numbers[found];
  }
}

void
app_hearing_assign_speakers (AppHearing *hearing, const AudioDiarisation *diarisation)
{
  g_autoptr (GPtrArray) whole = g_steal_pointer (&hearing->segments);

  hearing->segments = g_ptr_array_new_with_free_func ((GDestroyNotify) app_hearing_segment_free);
  for (guint i = 0; i < whole->len; i++) {
    AppHearingSegment *segment = g_ptr_array_index (whole, i);

    if (segment->n_words > 0) {
      add_cut_segment (hearing, segment, diarisation);
    } else {
      segment->speaker = audio_diarisation_find_speaker (diarisation, segment->start, segment->end);
      g_ptr_array_add (hearing->segments, g_steal_pointer (&whole->pdata[i]));
    }
  }
  add_speakers (hearing, diarisation);
}
