/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The lines that an answer about voices and manner rests on: those of the speakers and with the
 * emotions that question and answer name. No model is asked. */

#include <stdlib.h>
#include <string.h>

#include "app/answer/evidence.h"
#include "app/engine/voices.h"

#define MAX_LINES 3
#define MAX_VOICES 10
/* What a line is worth that is of a named speaker, has a named emotion, disagrees with its tone, or
 * is named itself; and at most, that shares words with the question, which may ask who said them.
 */
#define SPEAKER_WORTH 2.0
#define EMOTION_WORTH 1.5
#define CONTRAST_WORTH 1.0
#define LINE_WORTH 5.0
#define SAID_WORTH 3.0
#define WORDS_WORTH 0.4

/* English and Chinese beginnings of words for each emotion, in the order of AudioEmotion. */
static const char *const emotion_words[AUDIO_N_EMOTIONS][6] = {
  [AUDIO_EMOTION_NEUTRAL] = { "neutral", "calm", "平静", "平靜", "中性", NULL },
  [AUDIO_EMOTION_HAPPY] = { "happ", "joy", "glad", "高兴", "高興", NULL },
  [AUDIO_EMOTION_SAD] = { "sad", "悲", "难过", "難過", "伤心", NULL },
  [AUDIO_EMOTION_ANGRY] = { "ang", "生气", "生氣", "愤怒", "憤怒", NULL },
  [AUDIO_EMOTION_FEARFUL] = { "fear", "afraid", "害怕", "恐惧", "恐懼", NULL },
  [AUDIO_EMOTION_SURPRISED] = { "surpris", "惊讶", "驚訝", NULL },
  [AUDIO_EMOTION_DISGUSTED] = { "disgust", "厌恶", "厭惡", NULL },
};

typedef struct {
  double worth;
  double seconds;
  guint line;
  int voice;
} Candidate;

static gboolean
names_emotion (const char *text, AudioEmotion emotion)
{
  for (guint i = 0; i < G_N_ELEMENTS (emotion_words[0]) && emotion_words[emotion][i] != NULL; i++)
    if (strstr (text, emotion_words[emotion][i]) != NULL)
      return TRUE;
  return FALSE;
}

/* Whether the word stands in the text with no ASCII letter or digit beside it. */
static gboolean
has_word (const char *text, const char *word)
{
  gsize length = strlen (word);

  for (const char *at = strstr (text, word); at != NULL; at = strstr (at + 1, word))
    if ((at == text || !g_ascii_isalnum (at[-1])) && !g_ascii_isalnum (at[length]))
      return TRUE;
  return FALSE;
}

static gboolean
names_voice (const char *text, const AppVoices *voices, int voice)
{
  const char letter[2] = { (char) ('A' + voice), '\0' };

  /* "A" is also an article. */
  if (voice == 0 && !g_str_has_prefix (text, "A ") && strstr (text, "peaker A") == NULL
      && strstr (text, "者A") == NULL && strstr (text, "者 A") == NULL && strcmp (text, "A") != 0)
    return has_word (text, app_voices_get_speaker (voices, 0)->name)
           && strcmp (app_voices_get_speaker (voices, 0)->name, "A") != 0;
  return has_word (text, letter)
         || has_word (text, app_voices_get_speaker (voices, (guint) voice)->name);
}

static gboolean
names_line (const char *folded, guint line)
{
  g_autofree char *name = g_strdup_printf ("line %u", line);

  return has_word (folded, name);
}

/* What a question and its answer say, and of whom. */
typedef struct {
  AppAbout about;
  const char *question;
  const char *answer;
  char *folded; /* both */
  AppVoices *voices;
} Asked;

static double
judge (const Asked *asked, const Candidate *candidate, const AppHearingSegment *segment)
{
  double worth = 0;

  if (candidate->voice >= 0
      && (names_voice (asked->question, asked->voices, candidate->voice)
          || names_voice (asked->answer, asked->voices, candidate->voice)))
    worth += SPEAKER_WORTH;
  if (segment->has_attributes
      && names_emotion (asked->folded, audio_attributes_get_top (&segment->attributes)))
    worth += EMOTION_WORTH;
  if (asked->about == APP_ABOUT_TONE && segment->is_contrast)
    worth += CONTRAST_WORTH;
  if (names_line (asked->folded, candidate->line))
    worth += LINE_WORTH;
  return worth;
}

/* (transfer full): all lines with what they are worth. */
static GArray *
judge_lines (const Asked *asked, const AppConversation *conversation, GPtrArray *hearings)
{
  GArray *candidates = g_array_new (FALSE, TRUE, sizeof (Candidate));
  guint first = 1;

  for (guint h = 0; h < hearings->len; h++) {
    AppHearing *hearing = g_ptr_array_index (hearings, h);
    g_autoptr (GArray) ranked = app_passages_rank_by_words (
        app_conversation_get_passages (conversation, hearing), asked->question);

    g_array_set_size (candidates, first - 1 + ranked->len);
    for (guint r = 0; r < ranked->len; r++) {
      const AppPassage *passage = &g_array_index (ranked, AppPassage, r);
      const AppHearingSegment *segment = app_hearing_get (hearing, passage->index);
      double best = MAX (g_array_index (ranked, AppPassage, 0).score, 1e-9);
      Candidate *candidate = &g_array_index (candidates, Candidate, first - 1 + passage->index);

      candidate->line = first + passage->index;
      candidate->seconds = segment->end - segment->start;
      candidate->voice = app_voices_get_index (asked->voices, h, segment->speaker);
      candidate->worth =
          judge (asked, candidate, segment)
          + passage->score / best * (asked->about == APP_ABOUT_SPEAKER ? SAID_WORTH : WORDS_WORTH);
    }
    first += ranked->len;
  }
  return candidates;
}

static int
compare_candidates (gconstpointer a, gconstpointer b)
{
  const Candidate *x = a, *y = b;

  if (x->worth != y->worth)
    return x->worth < y->worth ? 1 : -1;
  if (x->seconds != y->seconds)
    return x->seconds < y->seconds ? 1 : -1;
  return x->line < y->line ? -1 : x->line > y->line;
}

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;

  return x < y ? -1 : x > y;
}

/* The first line of each voice, which show that there are so many. */
static void
add_voices (const GArray *candidates, GArray *evidence)
{
  gboolean seen[APP_HEARING_MAX_SPEAKERS + 1] = { FALSE };

  for (guint i = 0; i < candidates->len && evidence->len < MAX_VOICES; i++) {
    const Candidate *candidate = &g_array_index (candidates, Candidate, i);
    int voice = CLAMP (candidate->voice, -1, APP_HEARING_MAX_SPEAKERS - 1) + 1;

    if (!seen[voice])
      g_array_append_val (evidence, candidate->line);
    seen[voice] = TRUE;
  }
}

void
app_evidence_find_manner (const AppConversation *conversation, AppAbout about, const char *answer,
                          GArray *evidence)
{
  g_autoptr (GPtrArray) hearings = app_conversation_get_hearings (conversation);
  g_autoptr (AppVoices) voices = app_voices_new ((AppHearing **) hearings->pdata, hearings->len);
  const char *question = app_conversation_get_question (conversation);
  g_autofree char *both = g_strconcat (question, " ", answer, NULL);
  g_autofree char *folded = g_utf8_casefold (both, -1);
  const Asked asked = { about, question, answer, folded, voices };
  g_autoptr (GArray) candidates = judge_lines (&asked, conversation, hearings);

  if (about == APP_ABOUT_COUNT || about == APP_ABOUT_VOICES || about == APP_ABOUT_EVERYTHING) {
    add_voices (candidates, evidence);
    return;
  }
  g_array_sort (candidates, compare_candidates);
  for (guint i = 0; i < MIN (candidates->len, MAX_LINES); i++) {
    const Candidate *candidate = &g_array_index (candidates, Candidate, i);

    if (candidate->worth >= g_array_index (candidates, Candidate, 0).worth - 0.5)
      g_array_append_val (evidence, candidate->line);
  }
  g_array_sort (evidence, compare_lines);
}
