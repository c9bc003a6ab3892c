/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/own-voice-reference.h"

#include <math.h>
#include <string.h>

#include "app/hearing/hearing-cache.h"
#include "audio/heads/quality.h"
#include "audio/prosody/pitch.h"
#include "audio/speaker/diarise.h"

/* Recordings with less of what is heard lack too much. */
#define MIN_RATE_HZ 16000
/* Somebody else may say so much without being noticed: the diarisation errs as well. */
#define OTHERS_S 1.5
#define OTHERS_PART 0.15
/* Recordings of one person on several days are further apart than the threshold of two strangers
 * allows; further than this, somebody else was recorded. */
#define LEAST_ALIKE 0.6f
/* Where the recogniser is surer than this that nobody speaks, it is music or noise. */
#define MOST_NO_SPEECH 0.75f
#define WORDS_S 10.0 /* of each recording are looked at for it */
/* So much speech, of each stretch and of all, tells the gender. */
#define GENDER_STRETCH_S 12.0
#define GENDER_S 40.0

static void
clear_stretch (gpointer data)
{
  g_free (((AppSpeechStretch *) data)->samples);
}

void
app_voice_reference_free (AppVoiceReference *reference)
{
  if (reference == NULL)
    return;
  g_array_unref (reference->stretches);
  g_ptr_array_unref (reference->notes);
  g_strfreev (reference->hashes);
  g_free (reference);
}

G_GNUC_PRINTF (2, 3)
static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list arguments;
  char *message;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, APP_ERROR, APP_ERROR_ARGUMENT, message);
  g_free (message);
  return FALSE;
}

/* One person speaks in it, and the same as in those before. */
static gboolean
check_speakers (AppEngine *engine, AppVoiceReference *reference, const AudioClip *clip,
                const GArray *spans, const char *title, GError **error)
{
  AudioSpeakerEncoder *encoder = app_engine_get_speaker_encoder (engine, error);
  g_autoptr (AudioDiarisation) who =
      encoder != NULL ? audio_diarise (encoder, clip, spans, NULL, NULL, NULL, error) : NULL;
  double all = 0, most = 0;
  int first = 0;

  if (who == NULL)
    return FALSE;
  for (int i = 0; i < who->n_speakers; i++) {
    all += who->seconds[i];
    if (who->seconds[i] > most) {
      most = who->seconds[i];
      first = i;
    }
  }
  if (all - most > OTHERS_S && all - most > OTHERS_PART * all)
    return refuse (error, "%s: %d people speak in it; a voice is made from one person alone", title,
                   who->n_speakers);
  if (who->n_speakers == 0)
    return TRUE;
  const float *embedding = who->embeddings + (size_t) first * AUDIO_SPEAKER_DIM;
  float before[AUDIO_SPEAKER_DIM];
  memcpy (before, reference->embedding, sizeof before);
  if (audio_speaker_normalise (before) && audio_speaker_compare (before, embedding) < LEAST_ALIKE)
    return refuse (error, "%s: the voice is unlike that of the recordings before it (score %.2f)",
                   title, (double) audio_speaker_compare (before, embedding));
  for (int j = 0; j < AUDIO_SPEAKER_DIM; j++)
    reference->embedding[j] += embedding[j] * (float) most;
  return TRUE;
}

/* What is worth a word: noise, clipping, a narrow band. */
static gboolean
check_quality (AppEngine *engine, AppVoiceReference *reference, const AudioClip *clip,
               const GArray *spans, const char *title, GError **error)
{
  static const struct {
    AudioDoubt doubt;
    const char *words;
  } notes[] = {
    { AUDIO_DOUBT_NOISE, "noise or music is nearly as loud as the speech" },
    { AUDIO_DOUBT_CLIPPED, "it is clipped" },
    { AUDIO_DOUBT_NARROW, "it has the band of a telephone, and so will the voice" },
  };
  g_autoptr (AudioProsodyTrack) track =
      audio_prosody_track_new (clip, NULL, NULL, &app_engine_get_context (engine)->cancel, error);
  AudioQuality quality;
  unsigned doubts;

  if (track == NULL)
    return FALSE;
  audio_quality_measure (clip, track, 0, clip->seconds, spans, &quality);
  doubts = audio_quality_get_doubts (&quality);
  if ((doubts & AUDIO_DOUBT_UNVOICED) != 0)
    return refuse (error, "%s: it is whispered, or no speech: a voice needs pitch", title);
  for (size_t i = 0; i < G_N_ELEMENTS (notes); i++)
    if ((doubts & notes[i].doubt) != 0)
      g_ptr_array_add (reference->notes, g_strdup_printf ("%s: %s", title, notes[i].words));
  return TRUE;
}

/* Silero takes some music for speech; the recogniser finds no words in it. */
static gboolean
check_words (AppEngine *engine, const AudioClip *clip, const char *title, GError **error)
{
  AudioTranscriber *transcriber = app_engine_get_transcriber (engine, error);
  const size_t most = (size_t) (WORDS_S * AUDIO_RATE_HZ);
  g_autoptr (AudioClip) begin = NULL;
  g_autoptr (AudioTranscript) transcript = NULL;
  float least = 1;

  if (transcriber == NULL)
    return FALSE;
  begin = audio_clip_new (clip->samples, MIN (clip->n_samples, most));
  transcript =
      audio_transcribe (transcriber, begin, &(AudioTranscribeOptions){ 0 }, NULL, NULL, error);
  if (transcript == NULL)
    return FALSE;
  for (guint i = 0; i < transcript->segments->len; i++) {
    const AudioSegment *segment = g_ptr_array_index (transcript->segments, i);

    least = MIN (least, segment->no_speech_probability);
  }
  if (least < MOST_NO_SPEECH)
    return TRUE;
  return refuse (error, "%s: no words are understood: music or noise, not speech", title);
}

static void
take_stretches (AppVoiceReference *reference, const AudioClip *clip, const GArray *spans)
{
  for (guint i = 0; i < spans->len; i++) {
    const AudioSpan *span = &g_array_index (spans, AudioSpan, i);
    const double left = MAX (APP_OWN_VOICE_MAX_SECONDS - reference->seconds, 0);
    const size_t n = MIN (span->end - span->first, (size_t) (left * AUDIO_RATE_HZ));
    AppSpeechStretch stretch = { NULL, n };

    if (n == 0)
      return;
    stretch.samples = g_memdup2 (clip->samples + span->first, n * sizeof (float));
    g_array_append_val (reference->stretches, stretch);
    reference->seconds += (double) n / AUDIO_RATE_HZ;
  }
}

/* A file as it was read. */
typedef struct {
  AudioClip *clip;
  GArray *spans;
  char *title;
} Recording;

static void
clear_recording (gpointer data)
{
  Recording *recording = data;

  g_clear_pointer (&recording->clip, audio_clip_free);
  g_clear_pointer (&recording->spans, g_array_unref);
  g_free (recording->title);
}

static gboolean
read_recording (AppEngine *engine, const char *path, Recording *recording, GError **error)
{
  atomic_bool *cancel = &app_engine_get_context (engine)->cancel;
  g_autofree char *base = g_path_get_basename (path);
  AudioVad *vad;

  recording->title = g_filename_display_name (base);
  recording->clip = audio_clip_load (path, NULL, NULL, cancel, error);
  vad = recording->clip != NULL ? app_engine_get_vad (engine, error) : NULL;
  if (vad == NULL)
    return FALSE;
  if (recording->clip->source_rate_hz < MIN_RATE_HZ)
    return refuse (error, "%s: recorded at %d Hz; a voice needs at least %d Hz", recording->title,
                   recording->clip->source_rate_hz, MIN_RATE_HZ);
  recording->spans =
      audio_vad_find_speech (vad, recording->clip, &(AudioVadOptions){ 0 }, cancel, error);
  if (recording->spans == NULL)
    return FALSE;
  return recording->spans->len > 0 || refuse (error, "%s: no speech was found", recording->title);
}

/* (transfer full): all files, read; there is enough speech in them. */
static GArray *
read_recordings (AppEngine *engine, AppVoiceReference *reference, char **paths, GError **error)
{
  g_autoptr (GArray) recordings = g_array_new (FALSE, TRUE, sizeof (Recording));

  g_array_set_clear_func (recordings, clear_recording);
  for (guint i = 0; paths[i] != NULL; i++) {
    Recording *recording;

    g_array_set_size (recordings, i + 1);
    recording = &g_array_index (recordings, Recording, i);
    if (!read_recording (engine, paths[i], recording, error))
      return NULL;
    reference->hashes[i] = app_recording_identify (paths[i], NULL, error);
    if (reference->hashes[i] == NULL)
      return NULL;
    take_stretches (reference, recording->clip, recording->spans);
  }
  if (reference->seconds >= APP_OWN_VOICE_MIN_SECONDS)
    return g_steal_pointer (&recordings);
  refuse (error, "%.1f s of speech are too little: a voice needs at least %g s", reference->seconds,
          APP_OWN_VOICE_MIN_SECONDS);
  return NULL;
}

static int
compare_floats (gconstpointer a, gconstpointer b)
{
  const float left = *(const float *) a, right = *(const float *) b;

  return (left > right) - (left < right);
}

/* Median, and spread by the 10th and 90th percentile: octave errors do not count. */
static gboolean
measure_pitch (AppEngine *engine, AppVoiceReference *reference, GError **error)
{
  AudioPitch *pitch = audio_pitch_new ();
  g_autoptr (GArray) voiced = g_array_new (FALSE, FALSE, sizeof (float));
  gboolean is_done = TRUE;

  for (guint i = 0; is_done && i < reference->stretches->len; i++) {
    const AppSpeechStretch *stretch = &g_array_index (reference->stretches, AppSpeechStretch, i);
    const size_t n = audio_pitch_count_frames (stretch->n_samples);
    g_autofree float *hz = g_new (float, n);
    g_autofree float *voicing = g_new (float, n);

    is_done = audio_pitch_track (pitch, stretch->samples, stretch->n_samples, hz, voicing, NULL,
                                 NULL, &app_engine_get_context (engine)->cancel, error);
    for (size_t f = 0; is_done && f < n; f++)
      if (hz[f] > 0)
        g_array_append_val (voiced, hz[f]);
  }
  audio_pitch_free (pitch);
  if (!is_done)
    return FALSE;
  if (voiced->len < 50)
    return refuse (error, "hardly anything of the recordings is voiced: a voice needs pitch");
  g_array_sort (voiced, compare_floats);
  const double low = (double) g_array_index (voiced, float, voiced->len / 10);
  const double high = (double) g_array_index (voiced, float, voiced->len * 9 / 10);
  reference->f0_hz = (double) g_array_index (voiced, float, voiced->len / 2);
  reference->f0_spread = 12 * log2 (high / low) / 2.563;
  return TRUE;
}

/* Mean log odds over the stretches, by how long each is. Pitch alone does not tell: that of a man
 * who speaks to a crowd, or in an old recording, is a woman's. */
static gboolean
judge_gender (AppEngine *engine, AppVoiceReference *reference, GError **error)
{
  AudioTranscriber *transcriber = app_engine_get_transcriber (engine, error);
  AudioHeads *heads = transcriber != NULL ? app_engine_get_heads (engine, error) : NULL;
  double sum = 0, seconds = 0;

  if (heads == NULL)
    return FALSE;
  for (guint i = 0; i < reference->stretches->len && seconds < GENDER_S; i++) {
    const AppSpeechStretch *stretch = &g_array_index (reference->stretches, AppSpeechStretch, i);
    const size_t n = MIN (stretch->n_samples, (size_t) (GENDER_STRETCH_S * AUDIO_RATE_HZ));
    const double length = (double) n / AUDIO_RATE_HZ;
    AudioAttributes attributes;

    if (!audio_heads_judge (heads, audio_transcriber_get_whisper (transcriber),
                            audio_transcriber_get_state (transcriber), stretch->samples, n,
                            reference->embedding, NULL, &attributes, error))
      return FALSE;
    const double female = CLAMP ((double) attributes.female, 1e-4, 1 - 1e-4);
    sum += length * log (female / (1 - female));
    seconds += length;
  }
  reference->female = (float) (1 / (1 + exp (-sum / seconds)));
  reference->is_gender_certain = audio_heads_is_gender_certain (heads, reference->female);
  return TRUE;
}

AppVoiceReference *
app_voice_reference_new (AppEngine *engine, char **clips, GError **error)
{
  g_autoptr (AppVoiceReference) reference = g_new0 (AppVoiceReference, 1);
  g_autoptr (GArray) recordings = NULL;

  reference->stretches = g_array_new (FALSE, FALSE, sizeof (AppSpeechStretch));
  g_array_set_clear_func (reference->stretches, clear_stretch);
  reference->notes = g_ptr_array_new_with_free_func (g_free);
  reference->hashes = g_new0 (char *, g_strv_length (clips) + 1);
  recordings = read_recordings (engine, reference, clips, error);
  if (recordings == NULL)
    return NULL;
  for (guint i = 0; i < recordings->len; i++) {
    const Recording *one = &g_array_index (recordings, Recording, i);

    app_engine_report ((double) i / recordings->len, engine);
    if (!check_quality (engine, reference, one->clip, one->spans, one->title, error)
        || !check_speakers (engine, reference, one->clip, one->spans, one->title, error)
        || !check_words (engine, one->clip, one->title, error))
      return NULL;
  }
  audio_speaker_normalise (reference->embedding);
  if (!measure_pitch (engine, reference, error) || !judge_gender (engine, reference, error))
    return NULL;
  return g_steal_pointer (&reference);
}
