/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/whisper/transcribe-private.h"

#include <string.h>

#define MAX_NO_SPEECH 0.6f
#define MIN_MEAN_LOG_PROBABILITY -1.0f
#define MIN_ADVANCE_S 1.0
#define LANGUAGE_SAMPLES ((size_t) (5.0 * AUDIO_RATE_HZ)) /* enough to tell the language by */
#define LANGUAGE_WINDOWS 4
#define SECONDS_A_REWORDING 60.0

struct _AudioTranscriber {
  NnContext *context; /* borrowed */
  AudioWhisper *whisper;
  AudioWhisperVocab *vocab;
  AudioVad *vad; /* NULL: none was given */
  AudioMel *mel;
  AudioDecoder *decoder;
  float *frames;      /* [AUDIO_WINDOW_FRAMES, n_mels] */
  AudioPiece *pieces; /* n_text_ctx */
};

/* One transcription under way. */
typedef struct {
  AudioTranscriber *t;
  const AudioClip *clip;
  const AudioTranscribeOptions *options;
  const GArray *speech; /* spans, or NULL */
  AudioScriptConverter *script;
  AudioOnSegment on_segment;
  gpointer user_data;
  AudioTranscript *transcript;
  int language; /* id; 0: not known yet */
  int n_reworded;
} Job;

AudioTranscriber *
audio_transcriber_load (NnContext *context, const char *whisper_path, const char *vad_path,
                        GError **error)
{
  g_autoptr (AudioTranscriber) t = g_new0 (AudioTranscriber, 1);
  const AudioWhisperConfig *config;

  t->context = context;
  t->whisper = audio_whisper_load (context, whisper_path, error);
  if (t->whisper == NULL)
    return NULL;
  t->vocab = audio_whisper_vocab_new (t->whisper, error);
  if (t->vocab == NULL)
    return NULL;
  config = audio_whisper_get_config (t->whisper);
  if (config->n_audio_ctx * AUDIO_FRAMES_PER_STATE != AUDIO_WINDOW_FRAMES) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                 "%s: whisper.n_audio_ctx is %d, expected %d", whisper_path, config->n_audio_ctx,
                 AUDIO_WINDOW_FRAMES / AUDIO_FRAMES_PER_STATE);
    return NULL;
  }
  t->decoder = audio_decoder_new (t->whisper, t->vocab, 1, error);
  if (t->decoder == NULL)
    return NULL;
  if (vad_path != NULL) {
    t->vad = audio_vad_load (vad_path, error);
    if (t->vad == NULL)
      return NULL;
  }
  t->mel = audio_mel_new (config->n_mels);
  t->frames = g_new (float, (size_t) AUDIO_WINDOW_FRAMES *(size_t) config->n_mels);
  t->pieces = g_new (AudioPiece, config->n_text_ctx + 1);
  return g_steal_pointer (&t);
}

void
audio_transcriber_free (AudioTranscriber *transcriber)
{
  if (transcriber == NULL)
    return;
  audio_decoder_free (transcriber->decoder);
  audio_whisper_vocab_free (transcriber->vocab);
  audio_whisper_free (transcriber->whisper);
  g_clear_pointer (&transcriber->vad, audio_vad_free);
  g_clear_pointer (&transcriber->mel, audio_mel_free);
  g_free (transcriber->frames);
  g_free (transcriber->pieces);
  g_free (transcriber);
}

AudioWhisper *
audio_transcriber_get_whisper (AudioTranscriber *transcriber)
{
  return transcriber->whisper;
}

AudioWhisperState *
audio_transcriber_get_state (AudioTranscriber *transcriber)
{
  return audio_decoder_get_state (transcriber->decoder);
}

void
audio_segment_free (AudioSegment *segment)
{
  if (segment == NULL)
    return;
  for (int i = 0; i < segment->n_words; i++)
    g_free (segment->words[i].text);
  g_free (segment->words);
  g_free (segment->text);
  g_free (segment);
}

void
audio_transcript_free (AudioTranscript *transcript)
{
  if (transcript == NULL)
    return;
  g_ptr_array_unref (transcript->segments);
  g_clear_pointer (&transcript->speech, g_array_unref);
  g_free (transcript);
}

static double
seconds_since (gint64 start)
{
  return (double) (g_get_monotonic_time () - start) / (double) G_USEC_PER_SEC;
}

static gboolean
encode_window (Job *job, size_t first, size_t n_samples)
{
  AudioTranscriber *t = job->t;
  const gint64 start = g_get_monotonic_time ();
  gboolean is_done;

  audio_mel_compute (t->mel, job->clip->samples + first, n_samples, AUDIO_WINDOW_FRAMES, t->frames);
  audio_clip_release (job->clip, first, first + n_samples);
  is_done = audio_whisper_encode (t->whisper, audio_decoder_get_state (t->decoder), t->frames,
                                  AUDIO_WINDOW_FRAMES, NULL, NULL);
  job->transcript->encode_s += seconds_since (start);
  job->transcript->n_windows++;
  return is_done;
}

/* Of the window that is encoded. */
static void
detect_language (Job *job)
{
  const gint64 start = g_get_monotonic_time ();

  job->language =
      audio_decoder_detect_language (job->t->decoder, &job->transcript->language_probability);
  job->transcript->decode_s += seconds_since (start);
}

/* A first window of a word or two says little about the language: then the longest of the first few
 * is asked. FALSE if cancelled. */
static gboolean
look_ahead_for_language (Job *job)
{
  AudioSpan longest = { 0, 0 };
  AudioSpan window;
  size_t position = 0;
  gboolean is_first = TRUE;

  for (int i = 0; i < LANGUAGE_WINDOWS && job->language == 0; i++) {
    if (!audio_windows_next (job->clip, job->speech, position, &window))
      break;
    if (i == 0 && window.end - window.first >= LANGUAGE_SAMPLES)
      return TRUE;
    if (window.end - window.first > longest.end - longest.first) {
      longest = window;
      is_first = i == 0;
    }
    position = window.end;
  }
  if (is_first)
    return TRUE;
  if (!encode_window (job, longest.first, longest.end - longest.first))
    return FALSE;
  detect_language (job);
  return TRUE;
}

static void
note_language (Job *job)
{
  const AudioWhisperVocab *vocab = job->t->vocab;
  AudioTranscript *transcript = job->transcript;

  if (job->language == 0)
    detect_language (job);
  g_strlcpy (transcript->language, vocab->languages[job->language - vocab->first_language],
             sizeof transcript->language);
}

/* Seconds of speech between two times; all of it where nobody looked. */
static double
speech_between (const Job *job, double start, double end)
{
  if (job->speech == NULL)
    return end - start;
  return audio_windows_get_speech (job->speech, (size_t) (start * AUDIO_RATE_HZ),
                                   (size_t) (end * AUDIO_RATE_HZ));
}

/* Takes the segment: into the transcript, or away if there is nothing in it. */
static void
finish_segment (Job *job, AudioSegment *segment, double offset_s)
{
  g_autofree char *bare = g_strstrip (g_strdup (segment->text));

  segment->start = MIN (segment->start + offset_s, job->clip->seconds);
  segment->end = CLAMP (segment->end + offset_s, segment->start, job->clip->seconds);
  for (int i = 0; i < segment->n_words; i++) {
    AudioWord *word = &segment->words[i];

    word->start = MIN (word->start + offset_s, job->clip->seconds);
    word->end = CLAMP (word->end + offset_s, word->start, job->clip->seconds);
  }
  if (bare[0] == '\0' || segment->start >= segment->end
      || speech_between (job, segment->start, segment->end) <= 0.0) {
    audio_segment_free (segment);
    return;
  }
  if (job->script != NULL && strcmp (job->transcript->language, "zh") == 0
      && !job->options->translate)
    audio_script_converter_apply (job->script, segment);
  g_ptr_array_add (job->transcript->segments, segment);
  if (job->on_segment != NULL)
    job->on_segment (segment, segment->end / MAX (job->clip->seconds, 1e-9), job->user_data);
}

/* Text that follows the last pair of times is heard again by the next window. Where too little is
 * left for one, it stays as a last piece. Returns how many pieces there are. */
static int
keep_rest (Job *job, const AudioDecoding *decoding, const AudioSpan *window, int n_pieces,
           double *advance_s)
{
  const double window_s = (double) (window->end - window->first) / AUDIO_RATE_HZ;
  const size_t position = window->first + (size_t) (*advance_s * AUDIO_RATE_HZ);
  AudioPiece *last;
  AudioSpan next;

  if (n_pieces == 0 || *advance_s >= window_s
      || (audio_windows_next (job->clip, job->speech, position, &next) && next.first < window->end))
    return n_pieces;
  last = &job->t->pieces[n_pieces - 1];
  last[1] = (AudioPiece){ .start = *advance_s,
                          .end = window_s,
                          .first = last->first + last->n_tokens,
                          .n_tokens = decoding->n_tokens - last->first - last->n_tokens };
  *advance_s = window_s;
  return n_pieces + 1;
}

/* Seconds from the window's start to where its text ends: by times that the network wrote, and by
 * those of words, where they were asked for. */
static double
find_heard (const AudioPiece *last_piece, const AudioSegment *last)
{
  return last->n_words > 0 ? MAX (last_piece->end, last->words[last->n_words - 1].end)
                           : last_piece->end;
}

/* The segments of a decoded window. FALSE if cancelled. */
static gboolean
add_segments (Job *job, const AudioDecoding *decoding, const AudioSpan *window, double *advance_s)
{
  AudioTranscriber *t = job->t;
  const double offset_s = (double) window->first / AUDIO_RATE_HZ;
  const double window_s = (double) (window->end - window->first) / AUDIO_RATE_HZ;
  const int n_whole = audio_pieces_cut (t->vocab, decoding, window_s, t->pieces, advance_s);
  const int n = keep_rest (job, decoding, window, n_whole, advance_s);
  g_autofree AudioSegment **segments = g_new0 (AudioSegment *, n);
  gboolean is_done = TRUE;

  for (int i = 0; i < n; i++) {
    const AudioPiece *piece = &t->pieces[i];

    segments[i] = g_new0 (AudioSegment, 1);
    segments[i]->start = piece->start;
    segments[i]->end = MIN (piece->end, window_s);
    segments[i]->text =
        audio_whisper_vocab_decode (t->vocab, decoding->tokens + piece->first, piece->n_tokens);
    segments[i]->mean_log_probability = decoding->mean_log_probability;
    segments[i]->no_speech_probability = decoding->no_speech_probability;
  }
  if (job->options->words && n > 0)
    is_done =
        audio_words_add (t->whisper, audio_decoder_get_state (t->decoder), t->vocab, decoding,
                         t->pieces, n, job->language, job->options->translate, window_s, segments);
  if (n > 0) {
    const double heard_s = find_heard (&t->pieces[n - 1], segments[n - 1]);
    const size_t next = window->first + (size_t) (*advance_s * AUDIO_RATE_HZ);
    const size_t heard = window->first + (size_t) (heard_s * AUDIO_RATE_HZ);

    *advance_s = (double) (audio_windows_go_on (job->speech, window, heard, next) - window->first)
                 / AUDIO_RATE_HZ;
  }
  for (int i = 0; i < n; i++)
    finish_segment (job, segments[i], offset_s);
  return is_done;
}

/* Where somebody chooses the words, those of a beam. The time that this takes is to stay a small
 * part of all, however long the recording is. */
static void
reword (Job *job, const AudioDecoding *decoding, const AudioSpan *window)
{
  const AudioTranscribeOptions *options = job->options;
  const int n_allowed =
      1 + (int) ((double) window->end / AUDIO_RATE_HZ / SECONDS_A_REWORDING) - job->n_reworded;

  if (options->on_alternatives != NULL && options->beam_size > 1 && decoding->temperature <= 0.0f
      && !audio_decoding_repeats (decoding))
    job->n_reworded += audio_decoder_reword (job->t->decoder, options->beam_size, n_allowed,
                                             options->on_alternatives, options->alternatives_data);
}

/* A text that repeats itself is a loop of the network, or people said the same again. In a shorter
 * window loops are rare, and what was said again is told once in each: so it is heard in halves
 * before chance is asked for another text. (transfer none) (nullable): NULL if cancelled. */
static const AudioDecoding *
decode_window (Job *job, AudioSpan *window)
{
  AudioTranscriber *t = job->t;
  const AudioTranscribeOptions *options = job->options;

  for (;;) {
    AudioSpan half = *window;
    const gboolean can_be_halved = audio_windows_halve (job->clip, &half);
    const AudioDecoding *decoding;
    gint64 start;

    if (!encode_window (job, window->first, window->end - window->first))
      return NULL;
    note_language (job);
    start = g_get_monotonic_time ();
    audio_decoder_set_prompt (t->decoder, options->prompt_tokens, options->n_prompt_tokens,
                              job->language, options->translate);
    decoding = audio_decoder_run (t->decoder, MAX (options->beam_size, 1), can_be_halved);
    job->transcript->decode_s += seconds_since (start);
    if (nn_context_is_cancelled (t->context))
      return NULL;
    if (!can_be_halved || !audio_decoding_repeats (decoding)) {
      reword (job, decoding, window);
      return decoding;
    }
    *window = half;
  }
}

/* The window may become a shorter one. advance_s: where to go on, from its start. FALSE if
 * cancelled. */
static gboolean
transcribe_window (Job *job, AudioSpan *window, double *advance_s)
{
  const AudioDecoding *decoding = decode_window (job, window);
  gboolean is_done = TRUE;

  *advance_s = (double) (window->end - window->first) / AUDIO_RATE_HZ;
  if (decoding == NULL)
    return FALSE;
  if (decoding->no_speech_probability <= MAX_NO_SPEECH
      || decoding->mean_log_probability >= MIN_MEAN_LOG_PROBABILITY) {
    const gint64 start = g_get_monotonic_time ();

    is_done = add_segments (job, decoding, window, advance_s);
    job->transcript->decode_s += seconds_since (start);
  }
  return is_done;
}

/* Each window starts where the last whole segment of the one before ended. FALSE if cancelled. */
static gboolean
transcribe_windows (Job *job)
{
  size_t position = 0;
  AudioSpan window;

  while (audio_windows_next (job->clip, job->speech, position, &window)) {
    double advance_s;

    if (!transcribe_window (job, &window, &advance_s))
      return FALSE;
    /* The network may put the end of its last segment anywhere; we go on in any case. */
    if (advance_s < MIN_ADVANCE_S)
      position = window.end;
    else
      position = MIN (window.first + (size_t) (advance_s * AUDIO_RATE_HZ), window.end);
  }
  return TRUE;
}

static gboolean
prepare_job (Job *job, GError **error)
{
  AudioTranscriber *t = job->t;
  const AudioTranscribeOptions *options = job->options;
  const int n_beams = CLAMP (options->beam_size, 1, AUDIO_MAX_BEAMS);

  if (options->language != NULL) {
    job->language = audio_whisper_vocab_find_language (t->vocab, options->language);
    if (job->language < 0) {
      g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                   "language \"%s\" is not one of the %d that the model knows", options->language,
                   t->vocab->n_languages);
      return FALSE;
    }
    job->transcript->language_probability = 1.0f;
  }
  if (!audio_decoder_reserve_beams (t->decoder, n_beams, error))
    return FALSE;
  if (options->script != AUDIO_SCRIPT_AS_IS) {
    job->script = audio_script_converter_new (options->script, error);
    if (job->script == NULL)
      return FALSE;
  }
  return TRUE;
}

/* Where somebody speaks; NULL without an error where that is not to be asked. */
static GArray *
find_speech (Job *job, GError **error)
{
  AudioTranscriber *t = job->t;
  const AudioVadOptions vad_options = { .min_silence_s = 0.3, .pad_s = 0.2 };

  if (job->options->no_vad || t->vad == NULL)
    return NULL;
  return audio_vad_find_speech (t->vad, job->clip, &vad_options, &t->context->cancel, error);
}

AudioTranscript *
audio_transcribe (AudioTranscriber *transcriber, const AudioClip *clip,
                  const AudioTranscribeOptions *options, AudioOnSegment on_segment,
                  gpointer user_data, GError **error)
{
  static const AudioTranscribeOptions defaults = { 0 };
  g_autoptr (AudioTranscript) transcript = g_new0 (AudioTranscript, 1);
  g_autoptr (AudioScriptConverter) script = NULL;
  Job job = { .t = transcriber,
              .clip = clip,
              .options = options != NULL ? options : &defaults,
              .on_segment = on_segment,
              .user_data = user_data,
              .transcript = transcript };
  g_autoptr (GError) vad_error = NULL;
  int n_steps;

  transcript->segments = g_ptr_array_new_with_free_func ((GDestroyNotify) audio_segment_free);
  transcript->seconds = clip->seconds;
  if (!prepare_job (&job, error))
    return NULL;
  script = job.script;
  transcript->speech = find_speech (&job, &vad_error);
  if (vad_error != NULL) {
    g_propagate_error (error, g_steal_pointer (&vad_error));
    return NULL;
  }
  job.speech = transcript->speech;

  n_steps = audio_decoder_get_n_steps (transcriber->decoder);
  if (!look_ahead_for_language (&job) || !transcribe_windows (&job)) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_CANCELLED, "transcription was cancelled");
    return NULL;
  }
  transcript->n_tokens = audio_decoder_get_n_steps (transcriber->decoder) - n_steps;
  return g_steal_pointer (&transcript);
}
