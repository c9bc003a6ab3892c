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
/* Of those tried, the most alike in the first trial are tried with all of them: GE2E of a single
 * sentence is often 0.05 off, and says nothing of whether the words are clear. */
#define N_FINAL 4
/* Of the time that choosing takes, what the first trial has. */
#define FIRST_SHARE 0.6

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

/* Converted to choose by: the stock voice, then the strength. The first is not the short one. */
static const char *const trials[] = {
  "A narrow path behind the church leads down to the water, where fishermen mend their nets.",
  "The visitors may read these letters on Thursday mornings.",
  "The doctor wrote a short letter to her brother, who had moved to a small town in the south.",
  "Before the shop opens, someone sweeps the floor, fills the shelves and counts the money.",
};
#define N_TRIALS G_N_ELEMENTS (trials)

/* The filter's strengths that are tried: more is more alike, up to a point, and less clear. The
 * last is for voices that are clear at none of the others: of recordings that are short. */
static const double strengths[] = { 1, 1.15, 1.3, 0.8 };
/* Of a brief recording the trials say too little of what more would cost. */
#define MOST_OF_BRIEF 1.15
#define BRIEF_S 10.0

typedef struct {
  AppEngine *engine;
  AppVoiceModels *models;
  const AppOwnVoiceRequest *request;
  AppVoiceReference *reference;
  AudioVoiceMaker *maker;
  AudioWhisper *whisper;
  AudioWhisperState *state;
  GArray *candidates; /* of Candidate */
} Making;

/* A stock voice, and how it has to speak. */
typedef struct {
  const char *name;
  AudioKokoroManner manner;
  double strength;
  AppVoiceTrial trial; /* converted, at that strength */
  gboolean is_heard;   /* the next two are known */
  double stock_score;
  double stock_wrong;                 /* words of all trials that our recogniser misses */
  AudioConversion *conversion;        /* from few sentences, to choose by */
  AudioKokoroSpeech spoken[N_TRIALS]; /* before conversion; those that were needed */
  GBytes *bytes;                      /* the voice file, if it was made */
  double calibration_s;
} Candidate;

static void
clear_candidate (gpointer data)
{
  Candidate *candidate = data;

  g_clear_pointer (&candidate->conversion, audio_conversion_free);
  g_clear_pointer (&candidate->bytes, g_bytes_unref);
  for (size_t i = 0; i < N_TRIALS; i++)
    audio_kokoro_speech_clear (&candidate->spoken[i]);
}

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

static gboolean
list_candidates (Making *making, GError **error)
{
  const AppVoiceReference *reference = making->reference;
  const char *wanted = making->request->stock;
  g_autoptr (GArray) ranked = app_stock_voices_rank (
      reference->f0_hz, reference->f0_spread, reference->female, reference->is_gender_certain);

  making->candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
  g_array_set_clear_func (making->candidates, clear_candidate);
  for (guint i = 0; i < ranked->len && making->candidates->len < N_TRIED; i++) {
    const AppStockVoice *voice = &g_array_index (ranked, AppStockVoice, i);
    const Candidate candidate = { .name = voice->name,
                                  .manner = { .f0_factor = (float) voice->f0_factor,
                                              .f0_spread = (float) voice->f0_spread },
                                  .strength = strengths[0] };

    /* The voices of other languages than English have accents that the filter keeps. */
    if (wanted != NULL ? g_str_equal (candidate.name, wanted) : candidate.name[0] != 'z')
      g_array_append_val (making->candidates, candidate);
  }
  if (making->candidates->len > 0)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "there is no stock voice %s to start from",
               wanted);
  return FALSE;
}

/* What the stock voice says, before any conversion. */
static gboolean
speak (Making *making, const char *text, const Candidate *candidate, AudioKokoroSpeech *speech,
       GError **error)
{
  const AppSpeaker speaker = { .stock = candidate->name, .manner = candidate->manner };
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
                            .score = candidate->trial.alike };

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

/* Trial i before conversion, spoken once. */
static gboolean
speak_trial (Making *making, Candidate *candidate, size_t i, GError **error)
{
  return candidate->spoken[i].samples != NULL
         || speak (making, trials[i], candidate, &candidate->spoken[i], error);
}

/* The stock voice itself: all trials. */
static gboolean
hear (Making *making, Candidate *candidate, GError **error)
{
  if (candidate->is_heard)
    return TRUE;
  candidate->stock_score = candidate->stock_wrong = 0;
  for (size_t i = 0; i < N_TRIALS; i++) {
    const AudioKokoroSpeech *spoken = &candidate->spoken[i];
    double one;

    if (!speak_trial (making, candidate, i, error)
        || !score (making, spoken->samples, spoken->n_samples, &one, error)
        || !count_wrong (making, trials[i], spoken->samples, spoken->n_samples,
                         &candidate->stock_wrong, error))
      return FALSE;
    candidate->stock_score += one / N_TRIALS;
  }
  candidate->is_heard = TRUE;
  return TRUE;
}

/* How alike the first trial becomes. */
static gboolean
try_first (Making *making, Candidate *candidate, GError **error)
{
  g_autofree float *samples = NULL;

  candidate->conversion = make_conversion (making, candidate, error);
  if (candidate->conversion == NULL || !speak_trial (making, candidate, 0, error))
    return FALSE;
  const size_t n = candidate->spoken[0].n_samples;
  samples = g_memdup2 (candidate->spoken[0].samples, n * sizeof (float));
  return audio_conversion_apply (candidate->conversion, samples, n, error)
         && score (making, samples, n, &candidate->trial.alike, error);
}

/* All trials, and what of them is still heard. */
static gboolean
try_all (Making *making, Candidate *candidate, AudioConversion *conversion, double strength,
         AppVoiceTrial *trial, GError **error)
{
  double wrong = 0;

  if (!hear (making, candidate, error))
    return FALSE;
  trial->alike = 0;
  audio_conversion_set_strength (conversion, strength);
  for (size_t i = 0; i < N_TRIALS; i++) {
    const size_t n = candidate->spoken[i].n_samples;
    g_autofree float *samples = g_memdup2 (candidate->spoken[i].samples, n * sizeof (float));
    double one;

    if (!audio_conversion_apply (conversion, samples, n, error)
        || !score (making, samples, n, &one, error)
        || !count_wrong (making, trials[i], samples, n, &wrong, error))
      return FALSE;
    trial->alike += one / N_TRIALS;
  }
  trial->spoilt = round (wrong - candidate->stock_wrong);
  return TRUE;
}

/* The best strength, by the whole calibration. */
static gboolean
choose_strength (Making *making, Candidate *chosen, GError **error)
{
  g_autoptr (AudioConversion) conversion = make_conversion (making, chosen, error);
  AppVoiceTrial best = { 0, INFINITY };

  if (conversion == NULL)
    return FALSE;
  for (size_t i = 0; i < G_N_ELEMENTS (strengths); i++) {
    AppVoiceTrial trial;

    if (strengths[i] < 1 && app_voice_trial_is_clear (&best))
      break;
    if (strengths[i] > MOST_OF_BRIEF && making->reference->seconds < BRIEF_S)
      continue;
    if (!try_all (making, chosen, conversion, strengths[i], &trial, error))
      return FALSE;
    if (app_voice_trial_is_better (&trial, &best)) {
      best = trial;
      chosen->strength = strengths[i];
    }
  }
  chosen->trial = best;
  return TRUE;
}

static int
compare_alike (gconstpointer a, gconstpointer b)
{
  const Candidate *left = a, *right = b;

  return (left->trial.alike < right->trial.alike) - (left->trial.alike > right->trial.alike);
}

static int
compare_trials (gconstpointer a, gconstpointer b)
{
  const Candidate *left = a, *right = b;

  return app_voice_trial_is_better (&right->trial, &left->trial)
         - app_voice_trial_is_better (&left->trial, &right->trial);
}

/* Leaves the best candidates, the best of them first. */
static gboolean
choose (Making *making, GError **error)
{
  GArray *candidates = making->candidates;
  const guint n = candidates->len;

  if (n == 1)
    return TRUE;
  for (guint i = 0; i < n; i++) {
    Candidate *candidate = &g_array_index (candidates, Candidate, i);

    audio_voice_maker_clear_calibration (making->maker);
    if (!calibrate (making, candidate, 0, N_TRIAL_SENTENCES, FIRST_SHARE * i / n,
                    FIRST_SHARE * 0.6 / n, error)
        || !try_first (making, candidate, error))
      return FALSE;
  }
  g_array_sort (candidates, compare_alike);
  g_array_set_size (candidates, MIN (n, N_FINAL));
  for (guint i = 0; i < candidates->len; i++) {
    Candidate *candidate = &g_array_index (candidates, Candidate, i);

    if (!try_all (making, candidate, candidate->conversion, candidate->strength, &candidate->trial,
                  error))
      return FALSE;
    app_engine_report (FIRST_SHARE + (1 - FIRST_SHARE) * (i + 1) / candidates->len, making->engine);
  }
  g_array_sort (candidates, compare_trials);
  return TRUE;
}

/* The voice of a candidate, from the whole calibration. */
static gboolean
make_voice (Making *making, Candidate *candidate, GError **error)
{
  app_engine_begin_stage (making->engine, APP_STAGE_MAKING_VOICE);
  audio_voice_maker_clear_calibration (making->maker);
  if (!calibrate (making, candidate, 0, G_N_ELEMENTS (sentences), 0, 1, error)
      || !choose_strength (making, candidate, error))
    return FALSE;
  candidate->calibration_s = audio_voice_maker_get_calibration_seconds (making->maker);
  candidate->bytes = make_file (making, candidate, error);
  return candidate->bytes != NULL;
}

/* (transfer none): the best candidate; where it turns out to be clear only if the filter is weak,
 * the next is made as well. */
static Candidate *
make_best (Making *making, GError **error)
{
  GArray *candidates = making->candidates;
  Candidate *best = &g_array_index (candidates, Candidate, 0);

  if (!make_voice (making, best, error))
    return NULL;
  if (candidates->len > 1 && best->strength < 1) {
    Candidate *next = &g_array_index (candidates, Candidate, 1);

    if (!make_voice (making, next, error))
      return NULL;
    if (app_voice_trial_is_better (&next->trial, &best->trial))
      best = next;
  }
  return best;
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
  Candidate *chosen;

  app_engine_begin_stage (making->engine, APP_STAGE_READING_AUDIO);
  making->reference = app_voice_reference_new (making->engine, making->request->clips, error);
  if (making->reference == NULL || !prepare (making, error) || !list_candidates (making, error))
    return NULL;
  app_engine_begin_stage (making->engine, APP_STAGE_CHOOSING_VOICE);
  if (!choose (making, error))
    return NULL;
  chosen = make_best (making, error);
  if (chosen == NULL)
    return NULL;
  result->bytes = g_bytes_ref (chosen->bytes);
  result->notes = g_ptr_array_ref (making->reference->notes);
  result->stock = g_strdup (chosen->name);
  result->f0_factor = (double) chosen->manner.f0_factor;
  result->f0_spread = (double) chosen->manner.f0_spread;
  result->reference_s = audio_voice_maker_get_reference_seconds (making->maker);
  result->calibration_s = chosen->calibration_s;
  result->score = chosen->trial.alike;
  result->stock_score = chosen->stock_score;
  return g_steal_pointer (&result);
}

AppOwnVoiceResult *
app_own_voice_make (AppEngine *engine, AppVoiceModels *models, const AppOwnVoiceRequest *request,
                    GError **error)
{
  Making making = { .engine = engine, .models = models, .request = request };
  GError *problem = NULL;
  AppOwnVoiceResult *result = make (&making, &problem);

  g_clear_pointer (&making.candidates, g_array_unref);
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
