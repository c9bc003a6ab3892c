/* SPDX-License-Identifier: GPL-3.0-or-later */

/* An inaudible mark in speech that was made, and the search for it; audio/sound/MARK.md has the
 * method and what it was measured to survive.
 *
 * The mark is a pattern of signs over tiles of time and frequency, 250 to 3,770 Hz, which repeats
 * itself every AUDIO_MARK_PERIOD_S: within each tile the sound is a little louder or softer. It so
 * lies below the sound everywhere, and there is none where there is no sound. Whoever has any 5 s
 * of the sound finds it by trying all offsets. What is found is told with a bound on the
 * probability that sound without a mark would give as much.
 *
 * The pattern is public. It tells honest people what they have; it does not keep anyone from
 * removing it.
 *
 *   AudioMarker *marker = audio_marker_new (24000, AUDIO_MARK_STOCK_VOICE);
 *   audio_marker_push (marker, samples, n, out);  -- again and again
 *   audio_marker_finish (marker, out);            -- out has as many samples as were pushed
 *
 *   g_auto (AudioMarkFinding) finding = { 0 };
 *   audio_mark_find (samples, n, 16000, NULL, &finding);
 *   if (finding.is_found) …
 *
 * Threads: none of it is shared; a marker belongs to one thread at a time.
 */

#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

G_BEGIN_DECLS

#define AUDIO_MARK_PERIOD_S 1.6
#define AUDIO_MARK_MIN_RATE_HZ 8000

/* What a mark can say, by which of several patterns it is. The numbers are part of the format. */
typedef enum {
  AUDIO_MARK_STOCK_VOICE = 0, /* a voice that came with the program */
  AUDIO_MARK_OWN_VOICE = 1,   /* a voice made from recordings of somebody */
  AUDIO_MARK_N_PAYLOADS = 4,
} AudioMarkPayload;

typedef struct AudioMarker AudioMarker;

/* (transfer full). For mono sound of this rate, which begins with the first sample pushed.
 * rate_hz: at least AUDIO_MARK_MIN_RATE_HZ, asserted. */
AudioMarker *audio_marker_new (int rate_hz, AudioMarkPayload payload);
void audio_marker_free (AudioMarker *marker);
/* Appends marked samples to out, an array of float: those that are ready, up to 50 ms fewer than
 * were pushed. */
void audio_marker_push (AudioMarker *marker, const float *samples, size_t n, GArray *out);
/* Appends the rest. The marker begins anew afterwards. */
void audio_marker_finish (AudioMarker *marker, GArray *out);

/* The whole of a sound, in place. */
void audio_mark_add (float *samples, size_t n, int rate_hz, AudioMarkPayload payload);

/* Takes the mark off a sound that has it from its first sample on, before the sound becomes part of
 * another that is marked as a whole; the rest is 40 dB below the sound. */
void audio_mark_take_off (float *samples, size_t n, int rate_hz, AudioMarkPayload payload);

/* A stretch that carries the mark throughout; its ends are true to about a second. */
typedef struct {
  double start_s;
  double end_s;
  double score; /* in standard deviations, of this stretch alone and at its best alignment */
  AudioMarkPayload payload;
} AudioMarkSpan;

typedef struct {
  bool is_found;
  double score;           /* the best of all that was tried, in standard deviations */
  double threshold;       /* that a score must reach; it grows with the length of the sound */
  double log10_by_chance; /* bound on the probability of the score without a mark; at most 0 */
  AudioMarkPayload payload;
  double speed;  /* of the sound, 1 as it was made; 0.99 to 1.01 is searched */
  GArray *spans; /* (element-type AudioMarkSpan), in order of time; NULL or empty if not found */
} AudioMarkFinding;

/* Searches n mono samples. Sound too short to say anything (under 1 s) has score 0. cancel: may be
 * NULL. FALSE: it was cancelled, and out is zeros. About 0.01 s for each second of sound. */
bool audio_mark_find (const float *samples, size_t n, int rate_hz, atomic_bool *cancel,
                      AudioMarkFinding *out);
void audio_mark_finding_clear (AudioMarkFinding *finding);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioMarker, audio_marker_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AudioMarkFinding, audio_mark_finding_clear)

G_END_DECLS
