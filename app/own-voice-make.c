/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/own-voice-make.h"

#include <math.h>
#include <string.h>

#include "app/own-voice-reference.h"
#include "app/own-voice-speaker.h"
#include "audio/voice-maker.h"

/* Stock voices of near pitch that are tried. */
#define N_TRIED 8
/* Sentences of each that are converted by, before one is chosen. */
#define N_TRIAL_SENTENCES 2
#define LEAST_FACTOR 0.6
#define MOST_FACTOR 1.6

/* Pitch of the stock voices: median, and standard deviation in semitones, of four sentences. The
 * one that whispers is left out. */
static const struct {
  const char *name;
  double f0_hz;
  double spread;
} stock_voices[] = {
  { "af_alloy", 139, 2.6 },    { "af_aoede", 179, 3.2 },   { "af_bella", 189, 2.1 },
  { "af_heart", 192, 2.6 },    { "af_jessica", 203, 3.3 }, { "af_kore", 152, 4.0 },
  { "af_nova", 157, 2.8 },     { "af_river", 176, 2.2 },   { "af_sarah", 185, 3.7 },
  { "af_sky", 155, 3.5 },      { "am_adam", 112, 2.9 },    { "am_echo", 102, 3.9 },
  { "am_eric", 158, 3.8 },     { "am_fenrir", 129, 4.2 },  { "am_liam", 123, 3.9 },
  { "am_michael", 110, 2.9 },  { "am_onyx", 83, 2.4 },     { "am_puck", 110, 3.7 },
  { "am_santa", 163, 5.4 },    { "bf_alice", 213, 3.5 },   { "bf_emma", 176, 2.1 },
  { "bf_isabella", 201, 2.1 }, { "bf_lily", 182, 3.6 },    { "bm_daniel", 123, 2.4 },
  { "bm_fable", 114, 4.2 },    { "bm_george", 140, 3.3 },  { "bm_lewis", 85, 3.5 },
  { "zf_xiaobei", 237, 3.4 },  { "zf_xiaoni", 234, 3.1 },  { "zf_xiaoxiao", 240, 2.8 },
  { "zf_xiaoyi", 294, 2.0 },   { "zm_yunjian", 113, 3.8 }, { "zm_yunxi", 155, 3.5 },
  { "zm_yunxia", 284, 2.6 },   { "zm_yunyang", 107, 4.9 },
};

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
  "My father bought a cheap watch in Zurich, but it broke within a week, and he never got his "
  "money back.",
  "The judge asked each of the witnesses whether she knew what the strange machine had been used "
  "for.",
  "Thick clouds hung over the valley, so we could not see the bridge that leads to the castle.",
  "Good books, warm clothes, and a few true friends: what more do you need on a long voyage?",
  "He laughed, shook his head, and said that he was sure the answer must be thirty-seven.",
};

/* Converted to choose by. */
static const char trial[] =
    "The museum keeps a small collection of letters, which visitors may read on Thursday mornings.";

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
  double distance; /* of its pitch, in octaves */
  double score;    /* of the trial, converted; before that: of the stock voice */
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

static Candidate
get_candidate (const Making *making, size_t index)
{
  const AppVoiceReference *reference = making->reference;
  const double factor = reference->f0_hz / stock_voices[index].f0_hz;
  const double spread = reference->f0_spread / stock_voices[index].spread;
  Candidate candidate = { .name = stock_voices[index].name, .distance = fabs (log2 (factor)) };

  candidate.manner.f0_factor = (float) CLAMP (factor, LEAST_FACTOR, MOST_FACTOR);
  candidate.manner.f0_spread = (float) CLAMP (spread, LEAST_FACTOR, MOST_FACTOR);
  return candidate;
}

static int
compare_candidates (gconstpointer a, gconstpointer b)
{
  const Candidate *left = a, *right = b;

  return (left->distance > right->distance) - (left->distance < right->distance);
}

/* (transfer full): those to be tried. */
static GArray *
list_candidates (const Making *making, GError **error)
{
  const char *wanted = making->request->stock;
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (Candidate));

  for (size_t i = 0; i < G_N_ELEMENTS (stock_voices); i++) {
    const Candidate candidate = get_candidate (making, i);

    /* The voices of other languages than English have accents that the filter keeps. */
    if (wanted != NULL ? g_str_equal (candidate.name, wanted) : candidate.name[0] != 'z')
      g_array_append_val (all, candidate);
  }
  if (all->len == 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "there is no stock voice %s to start from",
                 wanted);
    return NULL;
  }
  g_array_sort (all, compare_candidates);
  g_array_set_size (all, MIN (all->len, N_TRIED));
  return g_steal_pointer (&all);
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

/* How alike the trial sentence becomes. */
static gboolean
try_candidate (Making *making, Candidate *candidate, GError **error)
{
  g_auto (AudioKokoroSpeech) speech = { 0 };
  g_autoptr (GBytes) bytes = make_file (making, candidate, error);
  g_autoptr (AudioConversion) conversion = NULL;
  AudioVoiceFile *file =
      bytes != NULL ? audio_voice_file_open_bytes (bytes, making->request->name, error) : NULL;

  if (file == NULL || !speak (making, trial, candidate, &speech, error)
      || !score (making, speech.samples, speech.n_samples, &candidate->stock_score, error)) {
    audio_voice_file_free (file);
    return FALSE;
  }
  conversion = audio_conversion_new (making->whisper, making->state, file, error);
  return conversion != NULL
         && audio_conversion_apply (conversion, speech.samples, speech.n_samples, error)
         && score (making, speech.samples, speech.n_samples, &candidate->score, error);
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
      || !try_candidate (making, &chosen, error))
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
