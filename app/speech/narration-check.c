/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What our own recogniser and speaker encoder say of a take. */

#include <math.h>
#include <string.h>

#include "app/speech/narration-private.h"

/* Below this the take is spoken again; a recogniser that mishears one name stays above. */
#define LEAST_SCORE 0.85
#define LEAST_SCORE_SHORT 0.35
#define SHORT_SOUNDS 16
/* A word or two that are missing or said twice. */
#define LONGEST_GAP 6
/* Another voice than in the other takes. */
#define LEAST_LIKENESS 0.6
#define LIKENESS_MIN_S 1.6
#define LIKENESS_MIN_TAKES 3
/* Of what is heard: the recogniser may go round in circles. */
#define MAX_SOUNDS 3000

typedef struct {
  gunichar sound;
  int word; /* -1: between words */
} Sound;

/* Stress, length, tones and punctuation tell little about whether a word was said. */
static gboolean
is_sound (gunichar c)
{
  return g_unichar_isalpha (c) && g_utf8_strchr ("ˈˌːˑʰ", -1, c) == NULL;
}

/* (transfer full): of Sound. */
static GArray *
list_sounds (const AudioReading *reading)
{
  GArray *sounds = g_array_new (FALSE, FALSE, sizeof (Sound));
  int symbol = 0;
  size_t word = 0;

  for (const char *p = reading->phonemes; *p != '\0' && sounds->len < MAX_SOUNDS;
       p = g_utf8_next_char (p), symbol++) {
    const AudioReadingWord *words = reading->words;
    while (word < reading->n_words && words[word].last <= symbol)
      word++;
    gboolean is_in_word = word < reading->n_words && words[word].first <= symbol;
    Sound sound = { g_utf8_get_char (p), is_in_word ? (int) word : -1 };
    if (is_sound (sound.sound))
      g_array_append_val (sounds, sound);
  }
  return sounds;
}

/* Follows the cheapest way back: for each sound of either side, whether the other has it. */
static guint
align (const GArray *a, const GArray *b, gboolean *has_a, gboolean *has_b, guint *longest_gap)
{
  const size_t width = b->len + 1;
  g_autofree guint16 *cost = g_new (guint16, (a->len + 1) * width);
  guint gap_a = 0, gap_b = 0;

  for (size_t i = 0; i <= a->len; i++)
    for (size_t j = 0; j <= b->len; j++) {
      guint16 *here = &cost[i * width + j];
      if (i == 0 || j == 0) {
        *here = (guint16) (i + j);
        continue;
      }
      gboolean is_same =
          g_array_index (a, Sound, i - 1).sound == g_array_index (b, Sound, j - 1).sound;
      guint16 replaced = (guint16) (here[-(ptrdiff_t) width - 1] + !is_same);
      guint16 other = (guint16) (MIN (here[-1], here[-(ptrdiff_t) width]) + 1);
      *here = MIN (replaced, other);
    }
  *longest_gap = 0;
  for (size_t i = a->len, j = b->len; i > 0 || j > 0;) {
    const guint16 *here = &cost[i * width + j];
    gboolean is_same =
        i > 0 && j > 0
        && g_array_index (a, Sound, i - 1).sound == g_array_index (b, Sound, j - 1).sound;
    if (i > 0 && j > 0 && *here == here[-(ptrdiff_t) width - 1] + !is_same) {
      has_a[--i] = has_b[--j] = is_same;
      gap_a = gap_b = 0;
    } else if (i > 0 && *here == here[-(ptrdiff_t) width] + 1) {
      has_a[--i] = FALSE;
      gap_a++;
    } else {
      has_b[--j] = FALSE;
      gap_b++;
    }
    *longest_gap = MAX (*longest_gap, MAX (gap_a, gap_b));
  }
  return cost[a->len * width + b->len];
}

/* (transfer full): the words less than half of whose sounds the other side has. */
static GPtrArray *
list_lacking (const char *text, const AudioReading *reading, const GArray *sounds,
              const gboolean *has)
{
  GPtrArray *lacking = g_ptr_array_new_with_free_func (g_free);

  for (size_t w = 0; w < reading->n_words; w++) {
    const AudioReadingWord *word = &reading->words[w];
    guint n = 0, n_has = 0;
    for (guint i = 0; i < sounds->len; i++)
      if (g_array_index (sounds, Sound, i).word == (int) w) {
        n++;
        n_has += has[i] != FALSE;
      }
    if (2 * n_has < n)
      g_ptr_array_add (lacking, g_strndup (text + word->begin, word->end - word->begin));
  }
  return lacking;
}

void
app_sounds_compare (const char *text, const AudioReading *reading, const char *heard,
                    const AudioReading *heard_reading, AppSoundComparison *comparison)
{
  g_autoptr (GArray) a = list_sounds (reading), b = list_sounds (heard_reading);
  g_autofree gboolean *has_a = g_new0 (gboolean, a->len + 1);
  g_autofree gboolean *has_b = g_new0 (gboolean, b->len + 1);
  guint edits = align (a, b, has_a, has_b, &comparison->longest_gap);

  comparison->score = a->len > 0 ? MAX (1 - (double) edits / a->len, 0) : b->len == 0;
  comparison->missed = list_lacking (text, reading, a, has_a);
  comparison->added = list_lacking (heard, heard_reading, b, has_b);
}

void
app_sound_comparison_clear (AppSoundComparison *comparison)
{
  g_clear_pointer (&comparison->missed, g_ptr_array_unref);
  g_clear_pointer (&comparison->added, g_ptr_array_unref);
}

gboolean
app_narration_prepare_check (AppNarration *narration, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (narration->check == APP_CHECK_NEVER) {
    narration->result.unchecked = g_strdup ("as asked");
    return TRUE;
  }
  if (app_engine_get_transcriber (narration->engine, &problem) != NULL)
    return TRUE;
  if (narration->check == APP_CHECK_ALWAYS
      || !g_error_matches (problem, APP_ERROR, APP_ERROR_NOT_INSTALLED)) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  narration->result.unchecked = g_strdup (problem->message);
  return TRUE;
}

/* (transfer full): what the recogniser writes. */
static char *
hear (AppNarration *narration, const AppSentence *sentence, const AudioClip *clip, GError **error)
{
  AudioTranscriber *transcriber = app_engine_get_transcriber (narration->engine, error);
  const AudioTranscribeOptions options = {
    .language = app_narration_get_language (sentence->text),
  };
  g_autoptr (GString) heard = g_string_new (NULL);

  if (transcriber == NULL)
    return NULL;
  g_autoptr (AudioTranscript) transcript =
      audio_transcribe (transcriber, clip, &options, NULL, NULL, error);
  if (transcript == NULL)
    return NULL;
  for (guint i = 0; i < transcript->segments->len; i++) {
    const AudioSegment *segment = g_ptr_array_index (transcript->segments, i);
    g_string_append_printf (heard, "%s%s", heard->len > 0 ? " " : "", segment->text);
  }
  return g_strstrip (g_string_free (g_steal_pointer (&heard), FALSE));
}

/* How like the voice is to that of the takes before; they are many, so one odd one among them does
 * not matter. */
static double
compare_voice (AppNarration *narration, const AppSentence *sentence, const AudioClip *clip)
{
  AudioSpeakerEncoder *encoder = app_engine_get_speaker_encoder (narration->engine, NULL);
  AppVoicePrint *print = g_hash_table_lookup (narration->prints, sentence->voice);
  float embedding[AUDIO_SPEAKER_DIM], mean[AUDIO_SPEAKER_DIM];
  double likeness = NAN;

  if (encoder == NULL || clip->seconds < LIKENESS_MIN_S
      || !audio_speaker_embed (encoder, clip->samples, clip->n_samples, embedding))
    return NAN;
  if (print == NULL) {
    print = g_new0 (AppVoicePrint, 1);
    g_hash_table_insert (narration->prints, g_strdup (sentence->voice), print);
  }
  memcpy (mean, print->sum, sizeof mean);
  if (print->n >= LIKENESS_MIN_TAKES && audio_speaker_normalise (mean))
    likeness = (double) audio_speaker_compare (embedding, mean);
  for (int i = 0; i < AUDIO_SPEAKER_DIM; i++)
    print->sum[i] += embedding[i];
  print->n++;
  return likeness;
}

gboolean
app_take_check (AppNarration *narration, const AppSentence *sentence, AppTake *take,
                const char *path, GError **error)
{
  atomic_bool *cancel = &app_engine_get_context (narration->engine)->cancel;
  g_autoptr (AudioClip) clip = audio_clip_load (path, NULL, NULL, cancel, error);
  g_auto (AppSoundComparison) comparison = { 0 };
  gint64 begin = g_get_monotonic_time ();

  if (narration->result.unchecked != NULL)
    return TRUE;
  g_autofree char *heard = clip != NULL ? hear (narration, sentence, clip, error) : NULL;
  g_autoptr (AudioReading) reading =
      heard != NULL ? app_voice_models_read (narration->models, sentence->text, error) : NULL;
  if (reading == NULL)
    return FALSE;
  /* It may have heard a language that cannot be read: then nothing of the text was said. */
  g_autoptr (AudioReading) heard_reading = app_voice_models_read (narration->models, heard, NULL);
  if (heard_reading == NULL)
    heard_reading = app_voice_models_read (narration->models, "", NULL);
  app_sounds_compare (sentence->text, reading, heard, heard_reading, &comparison);
  take->is_checked = TRUE;
  take->score = comparison.score;
  take->longest_gap = comparison.longest_gap;
  take->n_sounds = (guint) reading->n_symbols;
  take->likeness = compare_voice (narration, sentence, clip);
  g_free (take->heard);
  take->heard = g_steal_pointer (&heard);
  g_ptr_array_add (comparison.missed, NULL);
  g_ptr_array_add (comparison.added, NULL);
  g_strfreev (take->missed);
  g_strfreev (take->added);
  take->missed = (char **) g_ptr_array_steal (comparison.missed, NULL);
  take->added = (char **) g_ptr_array_steal (comparison.added, NULL);
  narration->result.check_s += (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  return TRUE;
}

gboolean
app_take_is_bad (const AppTake *take)
{
  if (!take->is_checked)
    return FALSE;
  /* Of a word alone the recogniser makes what it likes. */
  if (take->n_sounds < SHORT_SOUNDS)
    return take->score < LEAST_SCORE_SHORT;
  return take->score < LEAST_SCORE || take->longest_gap >= LONGEST_GAP
         || take->likeness < LEAST_LIKENESS;
}
