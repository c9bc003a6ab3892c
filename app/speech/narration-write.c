/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The takes put together. */

#include <math.h>
#include <string.h>

#include "app/speech/narration-private.h"
#include "app/speech/own-voice.h"
#include "app/speech/sound-file.h"
#include "audio/sound/loudness.h"

#define RATE APP_SOUND_FILE_RATE
#define LEAD_S 0.15
#define BLOCK 4096
/* The mark, which the file puts on behind the limiter, lifts a peak by at most 1.1 dB, and meters
 * that interpolate otherwise than ours find up to half a dB more. */
#define CEILING_DBTP (AUDIO_LOUDNESS_CEILING_DBTP - 1.3)

static AppSentence *
get (const AppNarration *narration, guint index)
{
  return g_ptr_array_index (narration->sentences, index);
}

/* (transfer full): voice -> float: what brings it to the loudness that all have. */
static GHashTable *
measure_voices (const AppNarration *narration, guint n_done, GError **error)
{
  g_autoptr (GHashTable) meters =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) audio_loudness_free);
  g_autoptr (AudioLoudness) all = audio_loudness_new (RATE);
  GHashTable *gains = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  GHashTableIter iter;
  gpointer voice, meter;

  for (guint i = 0; i < n_done; i++) {
    const AppSentence *sentence = get (narration, i);
    size_t n;
    g_autofree float *samples = app_take_read (narration, get (narration, i), &n, error);
    if (samples == NULL) {
      g_hash_table_unref (gains);
      return NULL;
    }
    meter = g_hash_table_lookup (meters, sentence->voice);
    if (meter == NULL) {
      meter = audio_loudness_new (RATE);
      g_hash_table_insert (meters, sentence->voice, meter);
    }
    audio_loudness_add (meter, samples, n);
    audio_loudness_add (all, samples, n);
  }
  g_hash_table_iter_init (&iter, meters);
  while (g_hash_table_iter_next (&iter, &voice, &meter)) {
    double lufs = audio_loudness_get_lufs (meter);
    float gain = audio_loudness_gain (isfinite (lufs) ? lufs : audio_loudness_get_lufs (all),
                                      AUDIO_LOUDNESS_TARGET_LUFS);
    g_hash_table_insert (gains, voice, g_memdup2 (&gain, sizeof gain));
  }
  return gains;
}

typedef struct {
  AppNarration *narration;
  AppSoundFile *file; /* NULL: only to see how loud it becomes */
  AudioLimiter *limiter;
  AudioLoudness *meter; /* of what comes out, where there is no file */
  float gain;           /* for all voices */
  guint64 n_in;
} Mix;

static gboolean
put_out (Mix *mix, const float *samples, size_t n, GError **error)
{
  if (mix->file != NULL)
    return app_sound_file_append (mix->file, samples, n, error);
  audio_loudness_add (mix->meter, samples, n);
  return TRUE;
}

static gboolean
put (Mix *mix, const float *samples, size_t n, GError **error)
{
  float out[BLOCK];

  for (size_t done = 0; done < n; done += BLOCK) {
    size_t block = MIN (n - done, BLOCK);
    size_t n_out = audio_limiter_process (mix->limiter, samples + done, block, out);
    mix->n_in += block;
    if (!put_out (mix, out, n_out, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
put_silence (Mix *mix, double seconds, GError **error)
{
  static const float zeros[BLOCK];

  for (size_t n = (size_t) llround (seconds * RATE); n > 0;) {
    size_t block = MIN (n, BLOCK);
    if (!put (mix, zeros, block, error))
      return FALSE;
    n -= block;
  }
  return TRUE;
}

static gboolean
put_sentence (Mix *mix, guint index, float gain, GError **error)
{
  AppSentence *sentence = get (mix->narration, index);
  size_t n;
  g_autofree float *samples =
      app_take_read (mix->narration, get (mix->narration, index), &n, error);

  if (samples == NULL || !put_silence (mix, sentence->lead_s, error))
    return FALSE;
  audio_limiter_set_gain (mix->limiter, gain * mix->gain);
  sentence->start_s = (double) mix->n_in / RATE;
  if (sentence->chapter != NULL && mix->file != NULL)
    app_sound_file_add_chapter (mix->file, sentence->start_s, sentence->chapter);
  if (!put (mix, samples, n, error))
    return FALSE;
  sentence->end_s = (double) mix->n_in / RATE;
  return put_silence (mix, sentence->pause_s, error);
}

static gboolean
mix_all (Mix *mix, guint n_done, GHashTable *gains, GError **error)
{
  g_autofree float *rest = g_new (float, audio_limiter_get_delay (mix->limiter));

  if (!put_silence (mix, LEAD_S, error))
    return FALSE;
  for (guint i = 0; i < n_done; i++) {
    const float *gain = g_hash_table_lookup (gains, get (mix->narration, i)->voice);
    if (!put_sentence (mix, i, *gain, error))
      return FALSE;
  }
  size_t n = audio_limiter_flush (mix->limiter, rest);
  return put_out (mix, rest, n, error);
}

/* By what the limiter took away, so that the result has the loudness that was meant. */
static gboolean
find_correction (AppNarration *narration, guint n_done, GHashTable *gains, float *gain,
                 GError **error)
{
  g_autoptr (AudioLimiter) limiter = audio_limiter_new (RATE, CEILING_DBTP);
  g_autoptr (AudioLoudness) meter = audio_loudness_new (RATE);
  Mix mix = { narration, NULL, limiter, meter, 1, 0 };

  if (!mix_all (&mix, n_done, gains, error))
    return FALSE;
  *gain = audio_loudness_gain (audio_loudness_get_lufs (meter), AUDIO_LOUDNESS_TARGET_LUFS);
  return TRUE;
}

static gboolean
has_own_voice (const AppNarration *narration, guint n_done)
{
  for (guint i = 0; i < n_done; i++)
    if (!app_own_voice_is_stock_name (get (narration, i)->voice))
      return TRUE;
  return FALSE;
}

gboolean
app_narration_write (AppNarration *narration, GError **error)
{
  const guint n_done = app_narration_get_n_done (narration);
  g_autoptr (AudioLimiter) limiter = audio_limiter_new (RATE, CEILING_DBTP);
  Mix mix = { narration, NULL, limiter, NULL, 1, 0 };

  if (n_done == 0)
    return FALSE;
  g_autoptr (GHashTable) gains = measure_voices (narration, n_done, error);
  if (gains == NULL || !find_correction (narration, n_done, gains, &mix.gain, error))
    return FALSE;
  mix.file = app_sound_file_open (
      narration->path,
      &(AppSoundFileTags){ narration->title, narration->voice, has_own_voice (narration, n_done) },
      error);
  if (mix.file == NULL)
    return FALSE;
  if (!mix_all (&mix, n_done, gains, error)) {
    app_sound_file_discard (mix.file);
    return FALSE;
  }
  narration->result.seconds = app_sound_file_get_seconds (mix.file);
  app_sound_file_measure (mix.file, &narration->result.lufs, &narration->result.true_peak);
  if (!app_sound_file_close (mix.file, error) || !app_narration_write_report (narration, error))
    return FALSE;
  if (n_done == narration->sentences->len)
    app_takes_forget_others (narration);
  return TRUE;
}

/* A sentence as the result has it. FALSE: its take is gone. */
static gboolean
add_segment (const AppNarration *narration, guint index, AudioTranscript *transcript)
{
  const AppSentence *sentence = get (narration, index);
  g_autoptr (AppTake) take = app_take_load (narration, sentence);
  size_t done = 0;

  if (take == NULL)
    return FALSE;
  AudioSegment *segment = g_new0 (AudioSegment, 1);
  segment->start = sentence->start_s;
  segment->end = sentence->end_s;
  segment->text = g_strdup (sentence->text);
  segment->words = g_new0 (AudioWord, take->words->len);
  segment->n_words = (int) take->words->len;
  for (guint i = 0; i < take->words->len; i++) {
    const AppSaidWord *word = &g_array_index (take->words, AppSaidWord, i);
    /* With what stands before it, so that the words are the text; the last also has the end. */
    size_t end = i + 1 < take->words->len ? g_array_index (take->words, AppSaidWord, i + 1).begin
                                          : strlen (sentence->text);
    const char *from = sentence->text + done;
    while (end > word->end && sentence->text[end - 1] == ' ')
      end--;
    segment->words[i] =
        (AudioWord){ sentence->start_s + word->start_s, sentence->start_s + word->end_s,
                     g_strndup (from, end - done), 1 };
    done = end;
  }
  g_ptr_array_add (transcript->segments, segment);
  return TRUE;
}

AudioTranscript *
app_narration_get_transcript (AppNarration *narration, GError **error)
{
  const guint n_done = app_narration_get_n_done (narration);
  AudioTranscript *transcript = g_new0 (AudioTranscript, 1);

  transcript->segments = g_ptr_array_new_with_free_func ((GDestroyNotify) audio_segment_free);
  transcript->seconds = narration->result.seconds;
  transcript->language_probability = 1;
  g_strlcpy (transcript->language,
             n_done > 0 ? app_narration_get_language (get (narration, 0)->text) : "en",
             sizeof transcript->language);
  for (guint i = 0; i < n_done; i++)
    if (!add_segment (narration, i, transcript)) {
      g_set_error (error, APP_ERROR, APP_ERROR_FORMAT, "%s: the take of sentence %u is gone",
                   narration->result.folder, i + 1);
      audio_transcript_free (transcript);
      return NULL;
    }
  return transcript;
}
