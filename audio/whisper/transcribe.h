/* SPDX-License-Identifier: GPL-3.0-or-later */

/* From a clip to words with times: voice activity, windows, Whisper, and the checks that keep it
 * honest.
 *
 * Speech of any length is cut at pauses into windows of at most 30 s; each is decoded greedily or
 * with a beam, again at rising temperatures where the result repeats itself or is improbable, and
 * dropped where no speech is likely. Language is detected once from the first speech unless given.
 * Word times come from the cross-attention of the alignment heads by dynamic time warping. A result
 * is plain data, without pointers into the models. Sources: Radford et al. 2022; Silero VAD; DTW
 * [Giorgino 2009].
 *
 *   g_autoptr (AudioTranscriber) t
 *       = audio_transcriber_load (context, whisper_path, vad_path, &error);
 *   g_autoptr (AudioTranscript) transcript
 *       = audio_transcribe (t, clip, &options, on_segment, data, &error);
 */

#pragma once

#include "audio/base/script.h"
#include "audio/sound/clip.h"
#include "audio/vad/vad.h"
#include "audio/whisper/whisper.h"

G_BEGIN_DECLS

typedef struct {
  double start, end; /* seconds in the clip */
  char *text;        /* with the space that precedes it, as the language writes it */
  float probability; /* geometric mean over the word's tokens */
} AudioWord;

typedef struct {
  double start, end;
  char *text;
  AudioWord *words; /* n_words of them; none unless asked for */
  int n_words;
  float mean_log_probability;
  float no_speech_probability;
} AudioSegment;

typedef struct {
  char language[8]; /* ISO 639-1, as Whisper names it: "en", "zh" */
  float language_probability;
  double seconds;      /* of the clip */
  GPtrArray *segments; /* of AudioSegment, in order; empty: no speech was found */
  GArray *speech;      /* of AudioSpan: where somebody speaks; NULL where that was not asked */
  double encode_s;     /* time spent: log-mel and encoder */
  double decode_s;     /* time spent: decoder */
  int n_windows;
  int n_tokens; /* decoded */
} AudioTranscript;

/* What a piece of speech may be saying, as far as the sound tells. */
typedef struct {
  char *text;
  double log_probability; /* of its tokens and the end of the piece */
  int n_tokens;
} AudioAlternative;

/* Chooses one of n texts, two or more, by its index; the first is what was written down, the others
 * follow with the likeliest first. */
typedef int (*AudioOnAlternatives) (const AudioAlternative *alternatives, int n,
                                    gpointer user_data);

/* Zero is the default of each. */
typedef struct {
  const char *language;     /* NULL: detect */
  int beam_size;            /* 0, 1: greedy; at most 16 */
  gboolean translate;       /* to English */
  gboolean words;           /* word times */
  gboolean no_vad;          /* for comparisons: windows of 30 s as the reference cuts them */
  AudioScript script;       /* of Chinese */
  const int *prompt_tokens; /* NULL, or text that goes before, as ids of the model's own tokenizer
                               (in its file): names, spelling; the last 223 count */
  int n_prompt_tokens;
  AudioOnAlternatives on_alternatives; /* NULL, or asked for the wording of each piece that a beam
                                          has heard with doubt */
  gpointer alternatives_data;
} AudioTranscribeOptions;

typedef struct _AudioTranscriber AudioTranscriber;

/* (transfer full). vad_path may be NULL: then windows are cut as with no_vad, and silence is judged
 * by Whisper alone. The context is borrowed and must outlive it. AUDIO_ERROR_MODEL, NN_ERROR_*. */
AudioTranscriber *audio_transcriber_load (NnContext *context, const char *whisper_path,
                                          const char *vad_path, GError **error);
void audio_transcriber_free (AudioTranscriber *transcriber);
AudioWhisper *audio_transcriber_get_whisper (AudioTranscriber *transcriber);
/* (transfer none): the scratch of its windows, for those who read the encoder between two
 * transcriptions; the same one as long as the transcriber lives. */
AudioWhisperState *audio_transcriber_get_state (AudioTranscriber *transcriber);

/* Called as segments are final, with the part of the clip that is done. */
typedef void (*AudioOnSegment) (const AudioSegment *segment, double fraction, gpointer user_data);
/* (transfer full). A clip without speech gives a transcript without segments, not an error.
 * AUDIO_ERROR_CANCELLED; AUDIO_ERROR_MODEL for a language that the model lacks. */
AudioTranscript *audio_transcribe (AudioTranscriber *transcriber, const AudioClip *clip,
                                   const AudioTranscribeOptions *options, AudioOnSegment on_segment,
                                   gpointer user_data, GError **error);
void audio_transcript_free (AudioTranscript *transcript);
void audio_segment_free (AudioSegment *segment);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioTranscriber, audio_transcriber_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioTranscript, audio_transcript_free)

G_END_DECLS
