/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/say.h"

#include <math.h>
#include <string.h>

#include "app/models/model-store.h"
#include "app/speech/first-words.h"
#include "app/speech/own-voice-speaker.h"
#include "audio/base/audio-error.h"

/* About 18 s of speech: memory grows with the length of a piece. */
#define MAX_PIECE_BYTES 300
#define MIN_PIECE_BYTES 8
/* -46 dB: below what begins a word. */
#define SILENT_LEVEL 0.005f
#define KOKORO "kokoro-82m-v1.0"
#define VOICES "kokoro-voices"
#define ENGLISH "english-pronunciations"
#define CHINESE "chinese-pronunciations"

/* What is being said. */
typedef struct {
  AppVoiceModels *models;
  AppSpeaker speaker;
  const char *language; /* of what has no letters */
  AppOnSaid on_said;
  gpointer user_data;
  AppSaid said;
  gboolean is_heard;
  gboolean has_spoken;
} Saying;

static char *
find (AppModelStore *store, const char *id, GError **error)
{
  return store != NULL ? app_model_store_get_path (store, id, error) : NULL;
}

AppVoiceModels *
app_voice_models_load (AppEngine *engine, GError **error)
{
  static const char *const needed[] = { KOKORO, VOICES, ENGLISH, NULL };
  g_autoptr (AppModelStore) store = app_model_store_new (NULL, error);
  gboolean is_there = store != NULL && app_model_store_require (store, needed, error);
  g_autofree char *kokoro = is_there ? find (store, KOKORO, error) : NULL;
  g_autofree char *voices = kokoro != NULL ? find (store, VOICES, error) : NULL;
  g_autofree char *english = voices != NULL ? find (store, ENGLISH, error) : NULL;
  g_autoptr (AppVoiceModels) models = g_new0 (AppVoiceModels, 1);
  g_autofree char *lexicon =
      g_build_filename (g_get_user_data_dir (), "hearsay", "lexicon.tsv", NULL);

  if (english == NULL)
    return NULL;
  /* Who speaks no Chinese need not have it. */
  g_autofree char *chinese = find (store, CHINESE, NULL);
  app_engine_begin_stage (engine, APP_STAGE_LOADING_VOICE);
  models->engine = engine;
  models->voices = audio_voices_load (voices, error);
  const AudioReaderFiles files = { english, chinese, lexicon };
  models->reader = models->voices != NULL ? audio_reader_load (&files, error) : NULL;
  if (models->reader == NULL)
    return NULL;
  models->kokoro = audio_kokoro_load (app_engine_get_context (engine), kokoro, error);
  return models->kokoro != NULL ? g_steal_pointer (&models) : NULL;
}

void
app_voice_models_free (AppVoiceModels *models)
{
  if (models == NULL)
    return;
  g_clear_pointer (&models->kokoro, audio_kokoro_free);
  g_clear_pointer (&models->voices, audio_voices_free);
  g_clear_pointer (&models->reader, audio_reader_free);
  g_clear_pointer (&models->conversion, audio_conversion_free);
  g_free (models->conversion_id);
  g_free (models);
}

const char *
app_say_choose_voice (const char *text)
{
  const char *language = audio_reading_guess_language (text);

  return g_strcmp0 (language, "zh") == 0 ? APP_SAY_VOICE_CHINESE : APP_SAY_VOICE;
}

/* When the words are said; the first symbol is the second of `speech`, after the silence. */
static AppSaidWord *
time_words (const AudioReading *reading, const AudioKokoroSpeech *speech, double start_s)
{
  const double frame_s = (double) AUDIO_KOKORO_FRAME / AUDIO_KOKORO_RATE;
  g_autofree double *starts = g_new (double, reading->n_symbols + 1);
  AppSaidWord *words = g_new (AppSaidWord, reading->n_words);
  int n_frames = speech->frames[0];

  for (int i = 0; i <= reading->n_symbols; i++) {
    starts[i] = start_s + n_frames * frame_s;
    n_frames += speech->frames[i + 1];
  }
  for (size_t i = 0; i < reading->n_words; i++) {
    const AudioReadingWord *word = &reading->words[i];
    words[i] = (AppSaidWord){ word->begin, word->end, starts[word->first], starts[word->last] };
  }
  return words;
}

/* The whole frames of silence that the voice begins with, but the last of them. */
static void
skip_silence (AudioKokoroSpeech *speech)
{
  const size_t n_first = (size_t) speech->frames[0] * AUDIO_KOKORO_FRAME;
  size_t i = 0;

  while (i < n_first && fabsf (speech->samples[i]) < SILENT_LEVEL)
    i++;
  const int n_silent = (int) (i / AUDIO_KOKORO_FRAME);
  if (n_silent <= 1)
    return;
  const size_t n_skipped = (size_t) (n_silent - 1) * AUDIO_KOKORO_FRAME;
  speech->n_samples -= n_skipped;
  speech->n_frames -= n_silent - 1;
  speech->frames[0] -= n_silent - 1;
  memmove (speech->samples, speech->samples + n_skipped, sizeof (float) * speech->n_samples);
}

/* A reading of at most AUDIO_KOKORO_MAX_SYMBOLS, and the pauses in it after it: a text is cut
 * behind a pause. */
static gboolean
say_reading (Saying *saying, const AudioReading *reading, GError **error)
{
  g_auto (AudioKokoroSpeech) speech = { 0 };
  g_autofree AppSaidWord *words = NULL;
  const gint64 begin = g_get_monotonic_time ();
  AppSaid *said = &saying->said;
  double pause_s = 0;

  for (size_t i = 0; i < reading->n_pauses; i++)
    pause_s += reading->pauses[i].seconds;
  const size_t n_pause = (size_t) (pause_s * AUDIO_KOKORO_RATE);
  if (reading->n_words == 0 && n_pause == 0)
    return TRUE;
  if (reading->n_words > 0) {
    if (!app_speaker_speak (saying->models, &saying->speaker, reading, &speech, error))
      return FALSE;
    if (saying->is_heard && !saying->has_spoken)
      skip_silence (&speech);
    words = time_words (reading, &speech, said->start_s);
    saying->has_spoken = TRUE;
  }
  speech.samples = g_renew (float, speech.samples, speech.n_samples + n_pause);
  memset (speech.samples + speech.n_samples, 0, sizeof (float) * n_pause);
  said->phonemes = reading->phonemes;
  said->words = words;
  said->n_words = reading->n_words;
  said->samples = speech.samples;
  said->n_samples = speech.n_samples + n_pause;
  said->seconds = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  const gboolean goes_on = saying->on_said (said, saying->user_data, error);
  said->start_s += (double) said->n_samples / AUDIO_KOKORO_RATE;
  return goes_on;
}

/* What has no letters is read in the language of the whole. */
static AudioReading *
read_piece (const Saying *saying, const char *piece, GError **error)
{
  const char *language = audio_reading_guess_language (piece);

  return audio_reader_read (saying->models->reader, piece,
                            language != NULL ? language : saying->language, error);
}

/* So that nothing is spoken of a text that cannot be spoken to its end. */
static gboolean
check_readings (const Saying *saying, const char *text, const GArray *spans, GError **error)
{
  for (guint i = 0; i < spans->len; i++) {
    const AudioReadingSpan *span = &g_array_index (spans, AudioReadingSpan, i);
    g_autofree char *piece = g_strndup (text + span->begin, span->end - span->begin);
    g_autoptr (AudioReading) reading = read_piece (saying, piece, error);
    if (reading == NULL)
      return FALSE;
  }
  return TRUE;
}

/* text[begin, end), in smaller pieces if it has too many symbols: numbers grow when they are read.
 */
static gboolean
say_piece (Saying *saying, const char *text, size_t begin, size_t end, size_t max_bytes,
           GError **error)
{
  g_autofree char *piece = g_strndup (text + begin, end - begin);
  g_autoptr (AudioReading) reading = read_piece (saying, piece, error);

  if (reading == NULL)
    return FALSE;
  if (reading->n_symbols <= AUDIO_KOKORO_MAX_SYMBOLS) {
    saying->said.text = piece;
    saying->said.begin = begin;
    return say_reading (saying, reading, error);
  }
  g_autoptr (GArray) spans = audio_reading_split (piece, MAX (max_bytes / 2, MIN_PIECE_BYTES));
  if (max_bytes <= MIN_PIECE_BYTES) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "“%s” is too long to speak", piece);
    return FALSE;
  }
  for (guint i = 0; i < spans->len; i++) {
    const AudioReadingSpan *span = &g_array_index (spans, AudioReadingSpan, i);
    if (!say_piece (saying, text, begin + span->begin, begin + span->end, max_bytes / 2, error))
      return FALSE;
  }
  return TRUE;
}

static void
explain (const GError *problem, GError **error)
{
  if (g_error_matches (problem, AUDIO_ERROR, AUDIO_ERROR_CANCELLED)) {
    g_set_error (error, APP_ERROR, APP_ERROR_CANCELLED, "stopped");
    return;
  }
  if (g_error_matches (problem, AUDIO_ERROR, AUDIO_ERROR_LANGUAGE)) {
    g_autoptr (AppModelStore) store = app_model_store_new (NULL, NULL);
    g_autoptr (GError) missing = NULL;
    g_autofree char *path = find (store, CHINESE, &missing);
    if (path == NULL && missing != NULL && strstr (problem->message, "pronunciations") != NULL) {
      g_propagate_error (error, g_steal_pointer (&missing));
      return;
    }
  }
  g_propagate_error (error, g_error_copy (problem));
}

void
app_voice_models_set_accent (AppVoiceModels *models, AppAccent accent)
{
  audio_reader_set_taiwan (models->reader, accent == APP_ACCENT_TAIWAN);
}

AudioReading *
app_voice_models_read (AppVoiceModels *models, const char *text, GError **error)
{
  g_autoptr (GError) problem = NULL;
  AudioReading *reading = audio_reader_read (models->reader, text, NULL, &problem);

  if (reading == NULL)
    explain (problem, error);
  return reading;
}

gboolean
app_say (AppVoiceModels *models, const char *text, const AppSayOptions *options, AppOnSaid on_said,
         gpointer user_data, GError **error)
{
  const char *voice = options->voice != NULL ? options->voice : app_say_choose_voice (text);
  const size_t max_bytes = options->max_bytes > 0 ? options->max_bytes : MAX_PIECE_BYTES;
  g_autoptr (GArray) spans = audio_reading_split (text, max_bytes);
  Saying saying = { .models = models,
                    .is_heard = options->is_heard,
                    .language = audio_reading_guess_language (text),
                    .on_said = on_said,
                    .user_data = user_data };
  g_autoptr (GError) problem = NULL;

  if (!app_speaker_find (models, voice, options, &saying.speaker, error))
    return FALSE;
  if (options->is_heard)
    app_first_words_cut (text, spans);
  if (!check_readings (&saying, text, spans, &problem)) {
    explain (problem, error);
    return FALSE;
  }
  for (guint i = 0; i < spans->len; i++) {
    const AudioReadingSpan *span = &g_array_index (spans, AudioReadingSpan, i);
    saying.said.fraction = (i + 1.0) / spans->len;
    saying.said.ends_paragraph = span->ends_paragraph;
    if (!say_piece (&saying, text, span->begin, span->end, max_bytes, &problem)) {
      explain (problem, error);
      return FALSE;
    }
  }
  if (saying.has_spoken)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "there is nothing in the text to speak");
  return FALSE;
}
