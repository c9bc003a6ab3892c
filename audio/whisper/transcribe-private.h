/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The parts of a transcription, in the order in which they are used: the clip is cut into windows
 * (transcribe-windows.c), which are encoded and decoded (transcribe-decode.c, transcribe-beam.c,
 * under the rules of transcribe-rules.c, transcribe-wording.c); the tokens of a window become
 * segments (transcribe-segments.c) with words (transcribe-words.c, transcribe-align.c) in the
 * script that is wished for (transcribe-script.c). transcribe.c holds them together.
 *
 * Scratch is made when the transcriber is; decoding allocates nothing.
 */

#pragma once

#include "audio/whisper/mel.h"
#include "audio/whisper/transcribe.h"
#include "audio/whisper/whisper-vocab.h"

G_BEGIN_DECLS

#define AUDIO_WINDOW_FRAMES 3000 /* of 10 ms: what Whisper was trained on */
#define AUDIO_WINDOW_SAMPLES (AUDIO_WINDOW_FRAMES * AUDIO_MEL_HOP)
#define AUDIO_FRAMES_PER_STATE 2
#define AUDIO_MAX_BEAMS 16
#define AUDIO_MAX_REWORDED 8 /* segments of a window */

/* Rules: what may follow what. */

/* Sets to -infinity what the tokens decoded so far (after the prompt) do not allow next: the
 * suppressed ids; times that do not stand in pairs or go back; a first time past 1 s; and text
 * where the times together are more probable than any one text token. */
void audio_rules_apply (const AudioWhisperVocab *vocab, const int *tokens, int n_tokens,
                        float *logits);
/* log (sum (exp (x))). */
float audio_log_sum_exp (const float *x, int n, float *max);
float audio_largest (const float *x, int n); /* -inf for none */

/* Decoding of one window. */

typedef struct {
  int *tokens; /* room for n_text_ctx; without the end */
  int n_tokens;
  double *sums; /* as much room: log probability up to and with each token; by a beam only. Or NULL
                 */
  double sum_log_probability;  /* with the end's */
  float mean_log_probability;  /* over the tokens and the end */
  float no_speech_probability; /* where the transcript starts */
  float compression_ratio;     /* of the text: above 2.4 it repeats itself */
  float temperature;           /* 0: greedy or beam */
} AudioDecoding;

typedef struct _AudioDecoder AudioDecoder;

/* Borrows whisper and vocab. (transfer full); NN_ERROR_MEMORY. */
AudioDecoder *audio_decoder_new (AudioWhisper *whisper, const AudioWhisperVocab *vocab, int n_beams,
                                 GError **error);
void audio_decoder_free (AudioDecoder *decoder);
/* Room for searches of so many beams. FALSE, and the decoder as it was: NN_ERROR_MEMORY. */
gboolean audio_decoder_reserve_beams (AudioDecoder *decoder, int n_beams, GError **error);
/* (transfer none): one state as long as the decoder lives. */
AudioWhisperState *audio_decoder_get_state (AudioDecoder *decoder);
int audio_decoder_get_n_beams (const AudioDecoder *decoder);
/* The most probable language of the encoded window, as an id. */
int audio_decoder_detect_language (AudioDecoder *decoder, float *probability);
/* What precedes the transcript: earlier text (its last part, if long), start, language, task. */
void audio_decoder_set_prompt (AudioDecoder *decoder, const int *previous, int n_previous,
                               int language, gboolean translate);
/* Decodes the encoded window, at rising temperatures where that is needed; not where the first
 * result repeats itself and the window can be halved. The result belongs to the decoder, until the
 * next call; meaningless if the context was cancelled. */
const AudioDecoding *audio_decoder_run (AudioDecoder *decoder, int beam_size,
                                        gboolean can_be_halved);
/* A loop of the network, or people who say the same again. */
gboolean audio_decoding_repeats (const AudioDecoding *decoding);
/* Asks for another wording of the segments that were heard with the most doubt, at most so many,
 * from the texts that a beam finds for each behind what precedes it; the times stay. The decoding
 * is the one that audio_decoder_run() has just returned, of a beam at temperature 0. Returns how
 * many were searched again. */
int audio_decoder_reword (AudioDecoder *decoder, int beam_size, int max_segments,
                          AudioOnAlternatives on_alternatives, gpointer user_data);
/* Counts tokens that passed the decoder, for the speed that is shown. */
int audio_decoder_get_n_steps (const AudioDecoder *decoder);

/* One pass without fallback, used by audio_decoder_run(). */
void audio_decoder_run_beam (AudioDecoder *decoder, int beam_size, AudioDecoding *decoding);

/* The texts that a beam finds for the one segment behind `prefix`, which ends with the segment's
 * start, each with other letters: hypotheses of prefix and text, without the end, in
 * decoder->finished. min_end: the earliest time that may end it, 0: any. Returns how many. */
int audio_decoder_find_texts (AudioDecoder *decoder, int beam_size, const int *prefix, int n_prefix,
                              int min_end);

/* How well the text compresses: bytes over deflated bytes. */
float audio_compression_ratio (const char *text);
gboolean audio_text_repeats (const char *text); /* by that */

/* Windows: what is worth listening to. */

/* The next window of at most 30 s at or after `position`: whole spans of speech (GArray of
 * AudioSpan) with a margin, ending at a pause; a span that is longer by itself ends at the quietest
 * place of the window's last third. speech NULL: the next 30 s, whatever they hold. FALSE at the
 * end. */
gboolean audio_windows_next (const AudioClip *clip, const GArray *speech, size_t position,
                             AudioSpan *window);

/* Ends the window at the quietest place of its middle third; FALSE where it is too short for that.
 */
gboolean audio_windows_halve (const AudioClip *clip, AudioSpan *window);

/* Seconds of speech between two samples. */
double audio_windows_get_speech (const GArray *speech, size_t first, size_t end);
/* The sample where to go on after a window whose text ends at `heard` and which would otherwise be
 * left at `next`: the network sometimes stops after a sentence although people go on to speak. Then
 * what it has not written down is heard by a window of its own. */
size_t audio_windows_go_on (const GArray *speech, const AudioSpan *window, size_t heard,
                            size_t next);

/* Segments of one window, times from the window's start. */

typedef struct {
  double start, end; /* seconds */
  int first;         /* of the decoding's tokens, timestamps included */
  int n_tokens;
} AudioPiece;

/* pieces: room for decoding->n_tokens + 1. window_s: length of the sound in the window. advance_s:
 * where the next window starts. Returns how many pieces. [Radford et al. 2022, 4.5] */
int audio_pieces_cut (const AudioWhisperVocab *vocab, const AudioDecoding *decoding,
                      double window_s, AudioPiece *pieces, double *advance_s);

/* Words. */

/* Gives each segment (one for each piece, times still from the window's start) its words. The
 * decoder's state is that of the window. FALSE if cancelled. */
gboolean audio_words_add (AudioWhisper *whisper, AudioWhisperState *state,
                          const AudioWhisperVocab *vocab, const AudioDecoding *decoding,
                          const AudioPiece *pieces, int n_pieces, int language, gboolean translate,
                          double window_s, AudioSegment **segments);

/* Script. */

/* Rewrites the text of a segment and of its words. */
void audio_script_converter_apply (AudioScriptConverter *converter, AudioSegment *segment);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioDecoder, audio_decoder_free)

G_END_DECLS
