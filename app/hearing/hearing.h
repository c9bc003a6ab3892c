/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What was heard in one recording, and how, and from whom: time-stamped segments, plain data
 * without pointers into the models.
 *
 * It is made once per recording, is then immutable, and is what everything later reads: prompts,
 * token views, transcripts, evidence. It goes to JSON and comes back the same, which is how it is
 * kept (hearing-cache.h). Reference-counted; any thread may read it.
 *
 *   g_autoptr (AppHearing) hearing = app_hearing_new (path, transcript);
 */

#pragma once

#include <json-glib/json-glib.h>

#include "audio/heads/heads.h"
#include "audio/prosody/prosody.h"
#include "audio/whisper/transcribe.h"

G_BEGIN_DECLS

#define APP_HEARING_MAX_SPEAKERS 26
#define APP_HEARING_SPEAKER_DIM 256
#define APP_HEARING_STEP_S 0.1

/* Whether words are glad or not, judged from the words alone. */
typedef enum {
  APP_SENTIMENT_UNKNOWN,
  APP_SENTIMENT_NEGATIVE,
  APP_SENTIMENT_NEUTRAL,
  APP_SENTIMENT_POSITIVE
} AppSentiment;

typedef struct {
  double start, end; /* seconds in the recording */
  char *text;        /* with the space that precedes it, as the language writes it */
  float probability;
} AppHearingWord;

typedef struct {
  double start, end;       /* seconds in the recording */
  char *text;              /* without surrounding space */
  int speaker;             /* index among the hearing's speakers; -1: not known */
  gboolean has_prosody;    /* FALSE: the prosody is not filled in */
  gboolean has_attributes; /* FALSE: switched off, or not told apart here */
  gboolean is_contrast;    /* words and tone disagree, both for certain */
  AppHearingWord *words;   /* n_words of them; none: their times are not known */
  int n_words;
  AppSentiment sentiment; /* of the words */
  AudioProsody prosody;   /* how it is said */
  AudioAttributes attributes;
} AppHearingSegment;

/* One voice of the recording, over all its segments. */
typedef struct {
  char *name;     /* "A", "B", ... in order of appearance, or what people call them */
  double seconds; /* of speech */
  gboolean has_attributes;
  gboolean gender_certain;
  float female;                             /* probability */
  float pitch_hz;                           /* median; NAN: not known */
  float embedding[APP_HEARING_SPEAKER_DIM]; /* of unit length; all 0: not known */
} AppHearingSpeaker;

typedef struct {
  char *path;
  char *title;      /* the file's name as UTF-8 */
  char *content;    /* of the file (hearing-cache.h); NULL: not looked at */
  char language[8]; /* ISO 639-1 */
  double seconds;
  double encode_s; /* time spent in the encoder, and in the decoder */
  double decode_s;
  char *missing; /* NULL, or a line: what could not be told for lack of a model, and what helps */
  GPtrArray *segments; /* of AppHearingSegment, in order of time */
  GPtrArray *speakers; /* of AppHearingSpeaker; empty: not told apart */
  /* Over time, a float for each APP_HEARING_STEP_S begun, the same number in both; empty: not
   * measured. */
  GArray *pitch_hz;      /* NAN where nothing is voiced */
  GArray *loudness_lufs; /* momentary, of the 0.4 s that end with the step */
} AppHearing;

/* (transfer full): copies what it needs of the transcript; no speakers, no attributes. */
AppHearing *app_hearing_new (const char *path, const AudioTranscript *transcript);
AppHearing *app_hearing_ref (AppHearing *hearing);
void app_hearing_unref (AppHearing *hearing);
const AppHearingSegment *app_hearing_get (const AppHearing *hearing, guint index);
/* NULL if the segment's speaker is not known. */
const AppHearingSpeaker *app_hearing_get_speaker (const AppHearing *hearing,
                                                  const AppHearingSegment *segment);

/* For whoever makes a Hearing, before others read it. (transfer none): an empty segment or speaker
 * at the end. */
AppHearingSegment *app_hearing_add_segment (AppHearing *hearing);
void app_hearing_segment_free (AppHearingSegment *segment);
AppHearingSpeaker *app_hearing_add_speaker (AppHearing *hearing, const char *name);

/* Besides what is always there. */
typedef enum {
  APP_HEARING_WITH_WORDS = 1 << 0,      /* the times of the words */
  APP_HEARING_WITH_EMBEDDINGS = 1 << 1, /* of the speakers: for the cache, not for others' eyes */
  APP_HEARING_WITH_CURVES = 1 << 2,     /* pitch and loudness over time */
  APP_HEARING_WHOLE = APP_HEARING_WITH_WORDS | APP_HEARING_WITH_EMBEDDINGS | APP_HEARING_WITH_CURVES
} AppHearingParts;

/* The Hearing as docs/json.md has it under "listen". */
void app_hearing_build_json (const AppHearing *hearing, AppHearingParts parts,
                             JsonBuilder *builder);
/* One segment, as it stands there and among the evidence of an answer; file: NULL, or the name of
 * the recording, where there are several. */
void app_hearing_segment_build_json (const AppHearing *hearing, const AppHearingSegment *segment,
                                     const char *file, JsonBuilder *builder);
/* (transfer full): the reverse, for the recording at path. APP_ERROR_FORMAT if a member is missing
 * or of the wrong type. */
AppHearing *app_hearing_new_from_json (const char *path, JsonNode *json, GError **error);
/* (transfer full): as it comes back from JSON, so that what has just been heard says the same as
 * what was kept, to the last digit. */
AppHearing *app_hearing_round (const AppHearing *hearing, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppHearing, app_hearing_unref)

G_END_DECLS
