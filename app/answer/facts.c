/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/facts.h"

#include <math.h>
#include <string.h>

#include "app/engine/audio-vocab.h"
#include "app/hearing/manner.h"

/* More than so many are cut short. */
#define MAX_RANGES 4
#define MAX_LINES 8
#define MAX_SPEAKERS 8
#define MAX_CONTRASTS 4

static void
append_part (GString *text, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (text->len > 0)
    g_string_append (text, ", ");
  g_string_append_vprintf (text, format, args);
  va_end (args);
}

static gboolean
speaks (const AppFactsOf *of, guint line, int speaker)
{
  return speaker < 0 || app_hearing_get (of->hearing, line)->speaker == speaker;
}

const char *
app_facts_get_gender (const AppHearing *hearing, int speaker)
{
  const AppHearingSpeaker *voice =
      speaker >= 0 ? g_ptr_array_index (hearing->speakers, speaker) : NULL;

  if (voice == NULL || !voice->has_attributes || !voice->gender_certain)
    return NULL;
  return voice->female > 0.5f ? "female" : "male";
}

static gboolean
wants (const AppFactsOf *of, guint aspects)
{
  return of->aspects == 0 || (of->aspects & aspects) != 0;
}

/* "female", "male", "gender uncertain", NULL where it is not known. */
static const char *
name_gender (const AppFactsOf *of, int speaker)
{
  double female = 0, n = 0;

  if (speaker >= 0) {
    const AppHearingSpeaker *voice = g_ptr_array_index (of->hearing->speakers, speaker);

    if (!voice->has_attributes)
      return NULL;
    return !voice->gender_certain ? "gender uncertain" : voice->female > 0.5f ? "female" : "male";
  }
  for (guint i = 0; i < of->hearing->segments->len; i++) {
    const AppHearingSegment *segment = app_hearing_get (of->hearing, i);

    if (segment->has_attributes && segment->attributes.gender_certain) {
      female += segment->attributes.female > 0.5f;
      n++;
    }
  }
  return n == 0 ? NULL : female == n ? "female" : female == 0 ? "male" : NULL;
}

/* The name of a verdict, "uncertain" where there is none. */
static const char *
name_emotion (const AppHearingSegment *segment)
{
  if (!segment->attributes.certain)
    return "uncertain";
  return audio_emotion_get_name (audio_attributes_get_top (&segment->attributes));
}

/* The numbers of the lines of a speaker that sound so, "line 3" or "lines 1, 4". */
static void
append_lines_of (const AppFactsOf *of, int speaker, const char *emotion, GString *text)
{
  guint n = 0;

  for (guint i = 0; i < of->hearing->segments->len; i++) {
    const AppHearingSegment *segment = app_hearing_get (of->hearing, i);

    if (!speaks (of, i, speaker) || !segment->has_attributes
        || !g_str_equal (name_emotion (segment), emotion))
      continue;
    if (n == MAX_LINES) {
      g_string_append (text, " ...");
      return;
    }
    g_string_append_printf (text, n == 0 ? " in line %u" : " %u", of->first_line + i);
    n++;
  }
}

/* "emotion angry", or "emotion sad in line 1, angry in line 3 5". */
static void
append_emotions (const AppFactsOf *of, int speaker, GString *text)
{
  guint counts[AUDIO_N_EMOTIONS + 1] = { 0 }, n = 0, n_kinds = 0;
  gboolean is_first = TRUE;

  for (guint i = 0; i < of->hearing->segments->len; i++) {
    const AppHearingSegment *segment = app_hearing_get (of->hearing, i);

    if (!speaks (of, i, speaker) || !segment->has_attributes)
      continue;
    counts[segment->attributes.certain ? audio_attributes_get_top (&segment->attributes)
                                       : AUDIO_N_EMOTIONS]++;
    n++;
  }
  for (int e = 0; e <= AUDIO_N_EMOTIONS; e++)
    n_kinds += counts[e] > 0;
  for (int e = 0; e <= AUDIO_N_EMOTIONS; e++) {
    const char *name =
        e < AUDIO_N_EMOTIONS ? audio_emotion_get_name ((AudioEmotion) e) : "uncertain";

    if (counts[e] == 0)
      continue;
    append_part (text, is_first ? "emotion %s" : "%s", name);
    is_first = FALSE;
    if (n_kinds > 1 && n <= MAX_LINES)
      append_lines_of (of, speaker, name, text);
    else if (n_kinds > 1)
      g_string_append_printf (text, " in %u of %u lines", counts[e], n);
  }
}

static void
append_manner (const AppFactsOf *of, AppManner manner, GString *text)
{
  /* Worded so that the question may be worded otherwise. */
  static const char *const loudnesses[] = { "quiet (soft)", "normal (average)", "loud" };

  if (wants (of, APP_ASPECT_PITCH) && manner.pitch != APP_LEVEL_UNKNOWN)
    append_part (text, "pitch %s", app_level_get_pitch_name (manner.pitch));
  if (wants (of, APP_ASPECT_SPEED) && manner.rate != APP_LEVEL_UNKNOWN)
    append_part (text, "speed %s", app_level_get_rate_name (manner.rate));
  if (wants (of, APP_ASPECT_LOUDNESS) && manner.loudness != APP_LEVEL_UNKNOWN)
    append_part (text, "loudness %s", loudnesses[manner.loudness]);
  if (wants (of, APP_ASPECT_PAUSES) && manner.pauses == APP_LEVEL_HIGH)
    append_part (text, "with pauses");
}

char *
app_facts_of_speaker (const AppFactsOf *of, int speaker)
{
  GString *text = g_string_new (NULL);
  const char *gender = name_gender (of, speaker);

  if (gender != NULL && wants (of, APP_ASPECT_GENDER))
    append_part (text, "%s", gender);
  if (wants (of, APP_ASPECT_EMOTION))
    append_emotions (of, speaker, text);
  append_manner (of, app_manner_of_speaker (of->hearing, speaker), text);
  return g_string_free (text, FALSE);
}

char *
app_facts_of_line (const AppFactsOf *of, guint index)
{
  const AppHearingSegment *segment = app_hearing_get (of->hearing, index);
  int voice = app_voices_get_index (of->voices, of->index, segment->speaker);
  const char *gender = segment->speaker >= 0 ? name_gender (of, segment->speaker) : NULL;
  GString *text = g_string_new (NULL);

  if (voice >= 0)
    append_part (text, "Speaker %c", 'A' + voice);
  if (gender != NULL && wants (of, APP_ASPECT_GENDER))
    append_part (text, "%s", gender);
  if (segment->has_attributes && wants (of, APP_ASPECT_EMOTION))
    append_part (text, "emotion %s", name_emotion (segment));
  append_manner (of, app_manner_of_segment (of->hearing, index), text);
  return g_string_free (text, FALSE);
}

/* When a speaker speaks: lines that follow one another are one range. */
static void
append_ranges (const AppFactsOf *of, int speaker, GString *text)
{
  guint n_lines = of->hearing->segments->len, n = 0;

  for (guint i = 0; i < n_lines; i++) {
    g_autofree char *start = NULL, *end = NULL;

    if (!speaks (of, i, speaker))
      continue;
    start = app_audio_vocab_format_time (app_hearing_get (of->hearing, i)->start);
    while (i + 1 < n_lines && speaks (of, i + 1, speaker))
      i++;
    end = app_audio_vocab_format_time (app_hearing_get (of->hearing, i)->end);
    if (n++ == MAX_RANGES) {
      g_string_append (text, ", ...");
      return;
    }
    append_part (text, n == 1 ? "speaks %s-%s" : "%s-%s", start, end);
  }
}

static gboolean
is_given_name (const char *name)
{
  return !(g_ascii_isupper (name[0]) && name[1] == '\0');
}

static void
append_speaker (const AppFactsOf *of, int speaker, GString *facts)
{
  const AppHearingSpeaker *voice = g_ptr_array_index (of->hearing->speakers, speaker);
  int index = app_voices_get_index (of->voices, of->index, speaker);
  g_autofree char *manner = app_facts_of_speaker (of, speaker);
  g_autoptr (GString) parts = g_string_new (manner);

  if (index >= APP_HEARING_MAX_SPEAKERS)
    return;
  if (of->hearing->speakers->len > 1)
    append_ranges (of, speaker, parts);
  g_string_append_printf (facts, "Speaker %c%s%s: %s.\n", 'A' + index,
                          is_given_name (voice->name) ? " is " : "",
                          is_given_name (voice->name) ? voice->name : "", parts->str);
}

gboolean
app_facts_append_count_of_gender (const AppFactsOf *of, gboolean female, GString *facts)
{
  guint n = 0;

  for (guint i = 0; i < of->hearing->speakers->len; i++) {
    const char *gender = app_facts_get_gender (of->hearing, (int) i);

    if (gender == NULL)
      return FALSE;
    n += g_str_equal (gender, female ? "female" : "male");
  }
  g_string_append_printf (facts, "The number of %s who speak is %u.\n", female ? "women" : "men",
                          n);
  return TRUE;
}

void
app_facts_append_count (const AppFactsOf *of, GString *facts)
{
  guint n = of->hearing->speakers->len, n_female = 0, n_male = 0;

  for (guint i = 0; i < n; i++) {
    const char *gender = name_gender (of, (int) i);

    n_female += g_strcmp0 (gender, "female") == 0;
    n_male += g_strcmp0 (gender, "male") == 0;
  }
  g_string_append_printf (facts, n == 1 ? "%u person speaks.\n" : "%u people speak.\n", n);
  /* In the form of sentences: of "(1 female, 1 male)" a small model reads the number before it. */
  if (n > 1 && n_female + n_male == n)
    g_string_append_printf (facts, "The number of women is %u. The number of men is %u.\n",
                            n_female, n_male);
}

static const char *
name_sentiment (AppSentiment sentiment)
{
  return sentiment == APP_SENTIMENT_NEGATIVE   ? "negative"
         : sentiment == APP_SENTIMENT_POSITIVE ? "positive"
                                               : "neutral";
}

void
app_facts_append_contrasts (const AppFactsOf *of, GString *facts)
{
  guint n = 0, n_judged = 0;

  for (guint i = 0; i < of->hearing->segments->len; i++) {
    const AppHearingSegment *segment = app_hearing_get (of->hearing, i);
    g_autofree char *time = app_audio_vocab_format_time (segment->start);

    n_judged += segment->sentiment != APP_SENTIMENT_UNKNOWN;
    if (!segment->is_contrast || n++ >= MAX_CONTRASTS)
      continue;
    g_string_append_printf (
        facts, "In line %u (%s) the tone does not fit the words: %s words, %s tone.\n",
        of->first_line + i, time, name_sentiment (segment->sentiment), name_emotion (segment));
  }
  if (n == 0 && n_judged > 0)
    g_string_append (facts, "The tone fits the words: there is no mismatch.\n");
}

char *
app_facts_of_recording (const AppFactsOf *of)
{
  guint n_speakers = of->hearing->speakers->len;
  GString *facts = g_string_new (NULL);

  g_string_append_printf (facts, "Language: %s.\n",
                          app_facts_get_language_name (of->hearing->language));
  if (n_speakers > 0)
    app_facts_append_count (of, facts);
  for (guint i = 0; i < MIN (n_speakers, MAX_SPEAKERS); i++)
    append_speaker (of, (int) i, facts);
  if (n_speakers == 0) {
    g_autofree char *manner = app_facts_of_speaker (of, -1);

    if (manner[0] != '\0')
      g_string_append_printf (facts, "Voice: %s.\n", manner);
  }
  app_facts_append_contrasts (of, facts);
  return g_string_free (facts, FALSE);
}

/* Whether two recordings of one voice each have the same. */
static void
append_comparison (const AppHearing *earlier, const AppHearing *last, GString *facts)
{
  double margin;

  if (earlier->speakers->len != 1 || last->speakers->len != 1)
    return;
  margin = app_voices_compare (earlier->speakers->pdata[0], last->speakers->pdata[0]);
  if (isfinite (margin))
    g_string_append_printf (facts, "%s in \"%s\" and \"%s\".\n",
                            margin >= 0 ? "The same person speaks"
                                        : "Not the same person, but two different people speak",
                            earlier->title, last->title);
}

char *
app_facts_of_voices (AppHearing *const *hearings, guint n_hearings, const AppVoices *voices)
{
  GString *facts = g_string_new (NULL);
  const AppHearing *last = hearings[n_hearings - 1];

  for (guint h = 0; h + 1 < n_hearings; h++)
    append_comparison (hearings[h], last, facts);
  if (n_hearings > 1 && last->speakers->len > 0)
    g_string_append_printf (facts, "All recordings together: %u %s.\n", app_voices_get_n (voices),
                            app_voices_get_n (voices) == 1 ? "person" : "people");
  return g_string_free (facts, FALSE);
}

static void
append_speaking_times (const AppHearing *hearing, const AppVoices *voices, GString *facts)
{
  for (guint i = 0; i < MIN (hearing->speakers->len, MAX_SPEAKERS); i++) {
    const AppHearingSpeaker *speaker = g_ptr_array_index (hearing->speakers, i);
    int voice = app_voices_get_index (voices, 0, (int) i);

    if (voice >= 0 && voice < APP_HEARING_MAX_SPEAKERS)
      g_string_append_printf (facts, "Speaker %c speaks for %.1f seconds.\n", 'A' + voice,
                              speaker->seconds);
  }
}

void
app_facts_append_lengths (AppHearing *const *hearings, guint n_hearings, const AppVoices *voices,
                          GString *facts)
{
  guint longest = 0, shortest = 0;

  if (n_hearings == 1) {
    g_string_append_printf (facts, "The recording is %.1f seconds long.\n", hearings[0]->seconds);
    append_speaking_times (hearings[0], voices, facts);
    return;
  }
  for (guint h = 0; h < n_hearings; h++) {
    g_string_append_printf (facts, "Recording %u, \"%s\", is %.1f seconds long.\n", h + 1,
                            hearings[h]->title, hearings[h]->seconds);
    if (hearings[h]->seconds > hearings[longest]->seconds)
      longest = h;
    if (hearings[h]->seconds < hearings[shortest]->seconds)
      shortest = h;
  }
  g_string_append_printf (facts,
                          "The longest one is recording %u, \"%s\". The shortest one is recording "
                          "%u, \"%s\".\n",
                          longest + 1, hearings[longest]->title, shortest + 1,
                          hearings[shortest]->title);
}

const char *
app_facts_get_language_name (const char *code)
{
  static const char *const names[][2] = {
    { "en", "English" }, { "zh", "Chinese" },    { "yue", "Cantonese" }, { "de", "German" },
    { "fr", "French" },  { "es", "Spanish" },    { "it", "Italian" },    { "pt", "Portuguese" },
    { "pl", "Polish" },  { "nl", "Dutch" },      { "ja", "Japanese" },   { "ko", "Korean" },
    { "ru", "Russian" }, { "uk", "Ukrainian" },  { "ar", "Arabic" },     { "hi", "Hindi" },
    { "tr", "Turkish" }, { "vi", "Vietnamese" }, { "id", "Indonesian" }, { "th", "Thai" },
    { "sv", "Swedish" }, { "cs", "Czech" },      { "el", "Greek" },      { "he", "Hebrew" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i][0], code))
      return names[i][1];
  return code;
}

static void
replace_word (GString *text, const char *word, const char *with)
{
  g_autofree char *pattern = g_strdup_printf ("\\b%s\\b", word);
  g_autoptr (GRegex) regex = g_regex_new (pattern, 0, 0, NULL);
  g_autofree char *replaced = g_regex_replace_literal (regex, text->str, -1, 0, with, 0, NULL);

  g_string_assign (text, replaced);
}

char *
app_facts_add_chinese (const char *facts)
{
  static const char *const names[AUDIO_N_EMOTIONS] = {
    [AUDIO_EMOTION_NEUTRAL] = "平静",   [AUDIO_EMOTION_HAPPY] = "高兴",
    [AUDIO_EMOTION_SAD] = "悲伤",       [AUDIO_EMOTION_ANGRY] = "生气",
    [AUDIO_EMOTION_FEARFUL] = "害怕",   [AUDIO_EMOTION_SURPRISED] = "惊讶",
    [AUDIO_EMOTION_DISGUSTED] = "厌恶",
  };
  GString *text = g_string_new (facts);

  for (int e = 0; e < AUDIO_N_EMOTIONS; e++) {
    const char *name = audio_emotion_get_name ((AudioEmotion) e);
    g_autofree char *both = g_strdup_printf ("%s（%s）", name, names[e]);

    g_string_replace (text, name, both, 0);
  }
  replace_word (text, "female", "female（女）");
  replace_word (text, "male", "male（男）");
  g_string_replace (text, "uncertain", "uncertain（不确定）", 0);
  g_string_replace (text, "No, the voice is", "No（不）, the voice is（声音）", 0);
  g_string_replace (text, "Yes, the voice is", "Yes（是）, the voice is（声音）", 0);
  g_string_replace (text, "Not the same person", "Not the same person（不是同一个人）", 0);
  g_string_replace (text, "The same person", "The same person（是同一个人）", 0);
  g_string_replace (text, "there is no mismatch", "there is no mismatch（相符，没有矛盾）", 0);
  return g_string_free (text, FALSE);
}
