/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/own-voice-make.h"

#include <math.h>
#include <string.h>

#include "app/speech/own-voice-read-out.h"
#include "app/speech/own-voice-reference.h"
#include "app/speech/own-voice-speaker.h"
#include "app/speech/own-voice-stock.h"
#include "audio/conversion/voice-maker.h"

/* Stock voices of near pitch that are tried. */
#define N_TRIED 8
/* Sentences of each that are converted by, before one is chosen. */
#define N_TRIAL_SENTENCES 2

/* Spoken by the stock voice to learn how it sounds: all sounds of English, several times. */
static const char *const sentences[] = {
  "The old clock in the hall struck nine, and nobody in the house seemed to notice that the rain "
  "had stopped.",
  "She gave the boy a cup of hot tea, some bread with honey, and a chair by the fire.",
  "Those three brothers thought the weather on the northern path was worth the trouble.",
  "How loudly the young crowd shouted when our tired players found their way out of the fog!",
  "Please measure the usual amount of yellow pepper, then choose a large orange from the kitchen "
  "shelf.",
  "Joyful voices rang through the village as George and his cousins joined the evening march.",
  "I would rather leave before five, because the last train to Vienna is always late on Fridays.",
  "Could you push the blue box a little further back, and pull the wooden ladder over here?",
  "Nothing is quite as quiet as a frozen lake under the moon, except perhaps the sky above it.",
  "The judge asked each of the witnesses whether she knew what the strange machine had been used "
  "for.",
};

/* Converted to choose by: the first of them the stock voice, all of them the strength. */
static const char *const trials[] = {
  "The visitors may read these letters on Thursday mornings.",
  "A narrow path behind the church leads down to the water, where fishermen mend their nets.",
  "The doctor wrote a short letter to her brother, who had moved to a small town in the south.",
  "Before the shop opens, someone sweeps the floor, fills the shelves and counts the money.",
};

/* The filter's strengths that are tried: more is more alike, up to a point, and less clear. The
 * last is for voices that are clear at none of the others: of recordings that are short. */
static const double strengths[] = { 1.15, 1, 1.3, 1.45, 0.8 };
/* Of a brief recording the trials say too little of what more would cost. */
#define MOST_OF_BRIEF 1.3
#define BRIEF_S 10.0
/* Words of the trials that conversion may spoil, of about 60: two points of the error rate. */
#define MOST_SPOILT 1

typedef struct {
  AppEngine *engine;
  AppVoiceModels *models;
  const AppOwnVoiceRequest *request;
  AppVoiceReference *reference;
  AudioVoiceMaker *maker;
  AudioWhisper *whisper;
  AudioWhisperState *state;
} Making;

/* A stock voice, and how it has to speak. */
typedef struct {
  const char *name;
  AudioKokoroManner manner;
  double strength;
  double score; /* of the trial, converted */
  double stock_score;
} Candidate;

void
app_own_voice_result_free (AppOwnVoiceResult *result)
{
  if (result == NULL)
    return;
  g_clear_pointer (&result->bytes, g_bytes_unref);
  g_clear_pointer (&result->notes, g_ptr_array_unref);
  g_free (result->stock);
  g_free (result);
}

/* (transfer full): those to be tried. */
static GArray *
list_candidates (const Making *making, GError **error)
{
  const AppVoiceReference *reference = making->reference;
  const char *wanted = making->request->stock;
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (Candidate));
  g_autoptr (GArray) ranked = app_stock_voices_rank (
      reference->f0_hz, reference->f0_spread, reference->female, reference->is_gender_certain);

  for (guint i = 0; i < ranked->len && all->len < N_TRIED; i++) {
    const AppStockVoice *voice = &g_array_index (ranked, AppStockVoice, i);
    const Candidate candidate = { .name = voice->name,
                                  .manner = { .f0_factor = (float) voice->f0_factor,
                                              .f0_spread = (float) voice->f0_spread },
                                  .strength = strengths[0] };

    /* The voices of other languages than English have accents that the filter keeps. */
    if (wanted != NULL ? g_str_equal (candidate.name, wanted) : candidate.name[0] != 'z')
      g_array_append_val (all, candidate);
  }
  if (all->len > 0)
    return g_steal_pointer (&all);
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "there is no stock voice %s to start from",
               wanted);
  return NULL;
}

/* What the stock voice says, before any conversion. */
static gboolean
speak (Making *making, const char *text, const Candidate *candidate, AudioKokoroSpeech *speech,
       GError **error)
{
  const AppSpeaker speaker = { candidate->name, candidate->manner, NULL };
  g_autoptr (AudioReading) reading = audio_reader_read (making->models->reader, text, "en", error);

  return reading != NULL && app_speaker_speak (making->models, &speaker, reading, speech, error);
}

static gboolean
calibrate (Making *making, const Candidate *candidate, size_t first, size_t end, double done,
           double share, GError **error)
{
  for (size_t i = first; i < end; i++) {
    g_auto (AudioKokoroSpeech) speech = { 0 };

    if (!speak (making, sentences[i], candidate, &speech, error)
        || !audio_voice_maker_add_calibration (making->maker, speech.samples, speech.n_samples,
                                               error))
      return FALSE;
    app_engine_report (done + share * (double) (i + 1 - first) / (double) (end - first),
                       making->engine);
  }
  return TRUE;
}

/* (transfer full): a voice file of what was calibrated. */
static GBytes *
make_file (Making *making, const Candidate *candidate, GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *date = g_date_time_format_iso8601 (now);
  AudioVoiceFacts facts = { .name = making->request->name,
                            .stock = candidate->name,
                            .f0_factor = (double) candidate->manner.f0_factor,
                            .f0_spread = (double) candidate->manner.f0_spread,
                            .strength = candidate->strength,
                            .date = date,
                            .origin = making->request->origin,
                            .attestation = making->request->attestation,
                            .clips = (const char *const *) making->reference->hashes,
                            .n_clips = g_strv_length (making->reference->hashes),
                            .score = candidate->score };

  memcpy (facts.embedding, making->reference->embedding, sizeof facts.embedding);
  return audio_voice_maker_make (making->maker, &facts, error);
}

static gboolean
score (Making *making, const float *samples, size_t n_samples, double *out, GError **error)
{
  AudioSpeakerEncoder *encoder = app_engine_get_speaker_encoder (making->engine, error);
  float embedding[AUDIO_SPEAKER_DIM];
  size_t n;
  g_autofree float *narrow = audio_conversion_resample (samples, n_samples, &n);

  if (encoder == NULL)
    return FALSE;
  audio_speaker_embed (encoder, narrow, n, embedding);
  *out = (double) audio_speaker_compare (embedding, making->reference->embedding);
  return TRUE;
}

/* (transfer full): what was calibrated, as a conversion. */
static AudioConversion *
make_conversion (Making *making, const Candidate *candidate, GError **error)
{
  g_autoptr (GBytes) bytes = make_file (making, candidate, error);
  AudioVoiceFile *file =
      bytes != NULL ? audio_voice_file_open_bytes (bytes, making->request->name, error) : NULL;

  return file != NULL ? audio_conversion_new (making->whisper, making->state, file, error) : NULL;
}

/* How alike the trial sentence becomes. */
static gboolean
try_candidate (Making *making, Candidate *candidate, GError **error)
{
  g_auto (AudioKokoroSpeech) speech = { 0 };
  g_autoptr (AudioConversion) conversion = make_conversion (making, candidate, error);

  return conversion != NULL && speak (making, trials[0], candidate, &speech, error)
         && score (making, speech.samples, speech.n_samples, &candidate->stock_score, error)
         && audio_conversion_apply (conversion, speech.samples, speech.n_samples, error)
         && score (making, speech.samples, speech.n_samples, &candidate->score, error);
}

/* How many words of a sentence the recogniser misses; *n_wrong is added to. */
static gboolean
count_wrong (Making *making, const char *sentence, const float *samples, size_t n_samples,
             double *n_wrong, GError **error)
{
  AudioTranscriber *transcriber = app_engine_get_transcriber (making->engine, error);
  size_t n;
  g_autofree float *narrow = audio_conversion_resample (samples, n_samples, &n);
  g_autoptr (AudioClip) clip = audio_clip_new (narrow, n);
  g_autoptr (AudioTranscript) transcript = NULL;
  g_autoptr (GString) read = g_string_new (NULL);
  int n_words = 1;

  transcript = audio_transcribe (transcriber, clip, &(AudioTranscribeOptions){ .language = "en" },
                                 NULL, NULL, error);
  if (transcript == NULL)
    return FALSE;
  for (guint i = 0; i < transcript->segments->len; i++)
    g_string_append (read, ((const AudioSegment *) transcript->segments->pdata[i])->text);
  for (const char *at = sentence; *at != '\0'; at++)
    n_words += *at == ' ';
  *n_wrong += n_words * app_consent_compare (sentence, read->str);
  return TRUE;
}

/* The trials at one strength, or as they are where there is no conversion. */
static gboolean
try_strength (Making *making, AudioConversion *conversion, const AudioKokoroSpeech *spoken,
              double strength, double *mean_score, double *n_wrong, GError **error)
{
  *mean_score = *n_wrong = 0;
  if (conversion != NULL)
    audio_conversion_set_strength (conversion, strength);
  for (size_t i = 0; i < G_N_ELEMENTS (trials); i++) {
    const size_t n = spoken[i].n_samples;
    g_autofree float *samples = g_memdup2 (spoken[i].samples, n * sizeof (float));
    double one;

    if ((conversion != NULL && !audio_conversion_apply (conversion, samples, n, error))
        || !score (making, samples, n, &one, error)
        || !count_wrong (making, trials[i], samples, n, n_wrong, error))
      return FALSE;
    *mean_score += one / G_N_ELEMENTS (trials);
  }
  return TRUE;
}

/* The strength at which the voice is most alike, of those that leave the words as clear; if none
 * does, the one that is clearest. */
static gboolean
choose_strength (Making *making, Candidate *chosen, GError **error)
{
  g_autoptr (AudioConversion) conversion = make_conversion (making, chosen, error);
  AudioKokoroSpeech spoken[G_N_ELEMENTS (trials)] = { 0 };
  double wrong_before = 0, alike = 0, wrong = 0, least_wrong = INFINITY;
  gboolean is_done = conversion != NULL;

  for (size_t i = 0; is_done && i < G_N_ELEMENTS (trials); i++)
    is_done = speak (making, trials[i], chosen, &spoken[i], error);
  is_done =
      is_done && try_strength (making, NULL, spoken, 0, &chosen->stock_score, &wrong_before, error);
  chosen->score = -1;
  for (size_t i = 0; is_done && i < G_N_ELEMENTS (strengths); i++) {
    if (strengths[i] < 1 && least_wrong <= wrong_before + MOST_SPOILT)
      break;
    if (strengths[i] > MOST_OF_BRIEF && making->reference->seconds < BRIEF_S)
      continue;
    is_done = try_strength (making, conversion, spoken, strengths[i], &alike, &wrong, error);
    const gboolean is_clear = wrong <= wrong_before + MOST_SPOILT;
    const gboolean was_clear = least_wrong <= wrong_before + MOST_SPOILT;
    if (is_clear ? !was_clear || alike > chosen->score : wrong < least_wrong) {
      chosen->score = alike;
      chosen->strength = strengths[i];
    }
    least_wrong = MIN (least_wrong, wrong);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (trials); i++)
    audio_kokoro_speech_clear (&spoken[i]);
  return is_done;
}

static gboolean
choose (Making *making, Candidate *chosen, GError **error)
{
  g_autoptr (GArray) candidates = list_candidates (making, error);

  if (candidates == NULL)
    return FALSE;
  *chosen = g_array_index (candidates, Candidate, 0);
  for (guint i = 0; candidates->len > 1 && i < candidates->len; i++) {
    Candidate *candidate = &g_array_index (candidates, Candidate, i);
    const double done = (double) i / candidates->len;

    audio_voice_maker_clear_calibration (making->maker);
    if (!calibrate (making, candidate, 0, N_TRIAL_SENTENCES, done, 0.5 / candidates->len, error)
        || !try_candidate (making, candidate, error))
      return FALSE;
    if (candidate->score > chosen->score)
      *chosen = *candidate;
  }
  return TRUE;
}

static gboolean
prepare (Making *making, GError **error)
{
  AudioTranscriber *transcriber = app_engine_get_transcriber (making->engine, error);
  const GArray *stretches = making->reference->stretches;

  if (transcriber == NULL)
    return FALSE;
  making->whisper = audio_transcriber_get_whisper (transcriber);
  making->state = audio_transcriber_get_state (transcriber);
  making->maker = audio_voice_maker_new (making->whisper, making->state);
  for (guint i = 0; i < stretches->len; i++) {
    const AppSpeechStretch *stretch = &g_array_index (stretches, AppSpeechStretch, i);

    if (!audio_voice_maker_add_reference (making->maker, stretch->samples, stretch->n_samples,
                                          error))
      return FALSE;
  }
  return TRUE;
}

static AppOwnVoiceResult *
make (Making *making, GError **error)
{
  g_autoptr (AppOwnVoiceResult) result = g_new0 (AppOwnVoiceResult, 1);
  Candidate chosen;

  app_engine_begin_stage (making->engine, APP_STAGE_READING_AUDIO);
  making->reference = app_voice_reference_new (making->engine, making->request->clips, error);
  if (making->reference == NULL || !prepare (making, error))
    return NULL;
  app_engine_begin_stage (making->engine, APP_STAGE_CHOOSING_VOICE);
  if (!choose (making, &chosen, error))
    return NULL;
  app_engine_begin_stage (making->engine, APP_STAGE_MAKING_VOICE);
  audio_voice_maker_clear_calibration (making->maker);
  if (!calibrate (making, &chosen, 0, G_N_ELEMENTS (sentences), 0, 1, error)
      || !choose_strength (making, &chosen, error))
    return NULL;
  result->bytes = make_file (making, &chosen, error);
  if (result->bytes == NULL)
    return NULL;
  result->notes = g_ptr_array_ref (making->reference->notes);
  result->stock = g_strdup (chosen.name);
  result->f0_factor = (double) chosen.manner.f0_factor;
  result->f0_spread = (double) chosen.manner.f0_spread;
  result->reference_s = audio_voice_maker_get_reference_seconds (making->maker);
  result->calibration_s = audio_voice_maker_get_calibration_seconds (making->maker);
  result->score = chosen.score;
  result->stock_score = chosen.stock_score;
  return g_steal_pointer (&result);
}

AppOwnVoiceResult *
app_own_voice_make (AppEngine *engine, AppVoiceModels *models, const AppOwnVoiceRequest *request,
                    GError **error)
{
  Making making = { .engine = engine, .models = models, .request = request };
  GError *problem = NULL;
  AppOwnVoiceResult *result = make (&making, &problem);

  audio_voice_maker_free (making.maker);
  app_voice_reference_free (making.reference);
  if (problem != NULL && app_engine_is_cancelled (engine)) {
    g_clear_error (&problem);
    g_set_error (&problem, APP_ERROR, APP_ERROR_CANCELLED, "stopped");
  }
  if (problem != NULL)
    g_propagate_error (error, problem);
  return result;
}
