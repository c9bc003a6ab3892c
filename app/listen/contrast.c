/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/listen/contrast.h"

#include <string.h>

#define MAX_LINES 100
#define MAX_BYTES 400 /* of a line that is judged */
/* The lead that the best choice needs over the next; less is neutral. */
#define CLEAR_LEAD 0.3f

static const char *const labels[] = { " negative", " neutral", " positive" };

static const char examples[] =
    "What somebody says, and whether the words are positive, neutral or negative news.\n"
    "\"The meeting starts at nine.\" neutral\n"
    "\"We won, I am so proud of you!\" positive\n"
    "\"My dog died this morning.\" negative\n"
    "\"The keys are on the table in the hall.\" neutral\n"
    "\"I hate this, everything goes wrong.\" negative\n"
    "\"What a lovely present, thank you.\" positive\n"
    "\"我們今天去公園散步。\" neutral\n"
    "\"太好了，我考上大學了！\" positive\n"
    "\"她病得很重。\" negative\n";

gboolean
app_contrast_is (AppSentiment words, AudioEmotion tone)
{
  switch (tone) {
  case AUDIO_EMOTION_HAPPY:
    return words == APP_SENTIMENT_NEGATIVE;
  case AUDIO_EMOTION_SAD:
  case AUDIO_EMOTION_ANGRY:
  case AUDIO_EMOTION_FEARFUL:
  case AUDIO_EMOTION_DISGUSTED:
    return words == APP_SENTIMENT_POSITIVE;
  case AUDIO_EMOTION_NEUTRAL:
  case AUDIO_EMOTION_SURPRISED:
  case AUDIO_N_EMOTIONS:
  default:
    return FALSE;
  }
}

/* (transfer full): in quotation marks of its own, in one line, and not too long. */
static char *
quote (const char *words)
{
  g_autofree char *part = g_strndup (words, MIN (strlen (words), MAX_BYTES));
  g_autofree char *valid = g_utf8_make_valid (part, -1);

  g_strdelimit (valid, "\"\r\n\t", ' ');
  return g_strdup_printf ("\"%s\"", g_strstrip (valid));
}

static AppSentiment
choose (LlmSession *session)
{
  LlmTokenizer *tokenizer = llm_model_get_tokenizer (llm_session_get_model (session));
  const float *logits = llm_session_get_logits (session);
  float found[G_N_ELEMENTS (labels)];
  int best = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (labels); i++) {
    g_autoptr (GArray) ids = llm_tokenizer_encode (tokenizer, labels[i], -1, LLM_TOKENIZE_CONTINUE);

    found[i] = ids->len > 0 ? logits[g_array_index (ids, int, 0)] : -G_MAXFLOAT;
    if (found[i] > found[best])
      best = (int) i;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (labels); i++)
    if ((int) i != best && found[best] - found[i] < CLEAR_LEAD)
      return APP_SENTIMENT_NEUTRAL;
  return (AppSentiment) (APP_SENTIMENT_NEGATIVE + best);
}

AppSentiment
app_contrast_judge_words (AppEngine *engine, const char *words, GError **error)
{
  LlmModel *model = app_engine_get_chat_model (engine, error);
  LlmVocab *vocab = model != NULL ? app_engine_get_vocab (engine, error) : NULL;
  LlmSession *session = vocab != NULL ? app_engine_get_side_session (engine, error) : NULL;
  g_autofree char *quoted = quote (words);
  g_autoptr (LlmPrompt) prompt = NULL;

  if (session == NULL)
    return APP_SENTIMENT_UNKNOWN;
  prompt = llm_prompt_new (vocab, llm_model_get_config (model)->n_embd);
  llm_prompt_add_text (prompt, "", LLM_TOKENIZE_BOS);
  llm_prompt_add_text (prompt, examples, 0);
  llm_prompt_add_text (prompt, quoted, 0);
  if (!llm_session_prefill (session, prompt, NULL, NULL, NULL, error))
    return APP_SENTIMENT_UNKNOWN;
  return choose (session);
}

/* Whether some words could disagree with it. */
static gboolean
can_disagree (const AppHearingSegment *segment)
{
  AudioEmotion tone = audio_attributes_get_top (&segment->attributes);

  return segment->has_attributes && segment->attributes.certain
         && (app_contrast_is (APP_SENTIMENT_NEGATIVE, tone)
             || app_contrast_is (APP_SENTIMENT_POSITIVE, tone));
}

static int
compare_certainty (gconstpointer a, gconstpointer b)
{
  const AppHearingSegment *x = *(AppHearingSegment *const *) a;
  const AppHearingSegment *y = *(AppHearingSegment *const *) b;
  float p = x->attributes.emotion[audio_attributes_get_top (&x->attributes)];
  float q = y->attributes.emotion[audio_attributes_get_top (&y->attributes)];

  return p != q ? (p < q ? 1 : -1) : x->start < y->start ? -1 : x->start > y->start;
}

/* (transfer full): the lines that some words could disagree with and that are to be judged, not yet
 * judged. */
static GPtrArray *
list_open_lines (const AppHearing *hearing)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new ();
  GPtrArray *open = g_ptr_array_new ();

  for (guint i = 0; i < hearing->segments->len; i++)
    if (can_disagree (app_hearing_get (hearing, i)))
      g_ptr_array_add (lines, hearing->segments->pdata[i]);
  g_ptr_array_sort (lines, compare_certainty);
  for (guint i = 0; i < MIN (lines->len, MAX_LINES); i++) {
    AppHearingSegment *segment = g_ptr_array_index (lines, i);

    if (segment->sentiment == APP_SENTIMENT_UNKNOWN)
      g_ptr_array_add (open, segment);
  }
  return open;
}

gboolean
app_contrast_is_open (const AppHearing *hearing)
{
  g_autoptr (GPtrArray) lines = list_open_lines (hearing);

  return lines->len > 0;
}

gboolean
app_contrast_find (AppEngine *engine, AppHearing *hearing, GError **error)
{
  g_autoptr (GPtrArray) lines = list_open_lines (hearing);

  for (guint i = 0; i < lines->len; i++) {
    AppHearingSegment *segment = g_ptr_array_index (lines, i);

    segment->sentiment = app_contrast_judge_words (engine, segment->text, error);
    if (segment->sentiment == APP_SENTIMENT_UNKNOWN)
      return FALSE;
    segment->is_contrast =
        app_contrast_is (segment->sentiment, audio_attributes_get_top (&segment->attributes));
  }
  return TRUE;
}
