/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/ask.h"

#include <math.h>

#include "app/answer/answer-form.h"
#include "app/answer/evidence.h"
#include "app/answer/facts.h"
#include "app/answer/fitted-prompt.h"
#include "app/answer/focus.h"
#include "app/answer/numbers.h"
#include "app/answer/question-script.h"
#include "app/answer/question-tails.h"
#include "app/answer/quotes.h"
#include "app/answer/summary.h"
#include "app/answer/thought.h"
#include "app/answer/told.h"

#define DEFAULT_MAX_TOKENS 512
/* Of an answer that names all parts of a long recording: for each of them. */
#define PART_TOKENS 40
/* For the note behind the question, and for what is asked behind the scenes. */
#define NOTE_POSITIONS 192

/* What the model is told where only the words matter: the less there is besides them, the better a
 * small model reads. */
#define WORDS_INSTRUCTIONS                                                                         \
  "You answer questions about what people say in a recording, in the language of the question, "   \
  "from the words of the recording only, in one short sentence; if they do not tell it, you "      \
  "answer that " APP_CONVERSATION_NOT_TOLD "."
#define QUOTED_INSTRUCTIONS                                                                        \
  "You answer questions about what people say in a recording, in the language of the question, "   \
  "from the words of the recording only, in one short sentence."
#define WHOLE_INSTRUCTIONS                                                                         \
  "You answer questions about what people say in a recording, in the language of the question, "   \
  "from the words of the recording only."
#define VOICES_INSTRUCTIONS                                                                        \
  "You answer questions about how people speak in a recording, in the language of the question, "  \
  "in one sentence, from the lines and the note behind the question."
#define TRANSLATION_INSTRUCTIONS                                                                   \
  "You translate what people say in a recording. You give the translation and nothing else."

static double
seconds_since (gint64 start_us)
{
  return (double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC;
}

/* How the question is to be answered. A model that cannot tell answers as it likes. */
static gboolean
find_form (AppEngine *engine, const AppConversation *conversation, const AppAskOptions *options,
           AppQuestionForm *form, GError **error)
{
  g_autoptr (GError) untold = NULL;

  *form = (AppQuestionForm){ 0 };
  if (options->no_form || app_conversation_get_n_lines (conversation) == 0)
    return TRUE;
  if (!app_question_form_find (engine, app_conversation_get_question (conversation), form, &untold)
      && app_engine_is_cancelled (engine)) {
    g_propagate_error (error, g_steal_pointer (&untold));
    return FALSE;
  }
  return TRUE;
}

/* What one request is done with. */
typedef struct {
  AppEngine *engine;
  AppConversation *conversation;
  const AppAskOptions *options;
  LlmOnText on_text;
  gpointer user_data;
  int max_tokens;
  AppAnswer *answer;
  LlmSession *session;
  LlmPrompt *prompt;
  char *asked;           /* the question as the user has it */
  GPtrArray *quotes;     /* in it */
  GPtrArray *parts;      /* of long recordings that summaries stand in for: when each is */
  AppDetail detail;      /* of the recordings, in the prompt */
  gboolean is_of_voices; /* the note has the facts about them, not the prompt */
  char *heard;           /* facts about what is asked, or NULL */
  gboolean is_quotation; /* the answer is begun as one */
  gboolean is_known;     /* the note has the words that are the answer */
  gboolean is_told;      /* as far as the model can tell, the recordings hold the answer */
} Request;

/* By AppStyle. */
static const char *const language_notes[APP_N_STYLES] = {
  [APP_STYLE_PLAIN] = "",
  [APP_STYLE_CAPITALS] = "",
  [APP_STYLE_LOWERCASE] = "",
  [APP_STYLE_CHINESE] = " Answer in Chinese.",
  [APP_STYLE_ENGLISH] = " Answer in English.",
};

static void
set_view (Request *request, AppDetail detail, const char *instructions)
{
  guint aspects = instructions != NULL ? app_focus_get_aspects (request->answer->form.about) : 0;

  request->detail = detail;
  request->is_of_voices = instructions != NULL && g_str_equal (instructions, VOICES_INSTRUCTIONS);
  app_conversation_set_view (request->conversation, detail, aspects, instructions);
}

/* Yes or no to how a voice sounds. */
static gboolean
is_plain_verdict (const Request *request)
{
  return request->answer->form.form == APP_FORM_YES_OR_NO
         && app_about_is_of_manner (request->answer->form.about);
}

/* What of the recordings the prompt has: not more than what the question is about. Whoever asks who
 * did something may mean the words or the voice: words first. */
static void
choose_view (Request *request)
{
  const AppQuestionForm *form = &request->answer->form;
  gboolean is_of_what_is_said =
      form->about == APP_ABOUT_WORDS || form->about == APP_ABOUT_SPEAKER
      || (form->about == APP_ABOUT_TIME && app_quotes_get_line (request->quotes) > 0);

  if (request->options->no_form || request->options->schema != NULL || form->form == APP_FORM_JSON)
    return;
  if (form->form == APP_FORM_TABLE)
    set_view (request,
              form->about == APP_ABOUT_WORDS || form->about == APP_ABOUT_SPEAKER
                  ? APP_DETAIL_TIMES
                  : APP_DETAIL_MANNER,
              NULL);
  else if (form->about == APP_ABOUT_TRANSLATION)
    set_view (request, APP_DETAIL_WORDS, TRANSLATION_INSTRUCTIONS);
  else if (is_of_what_is_said && (form->needs_whole || form->form == APP_FORM_LIST))
    set_view (request, APP_DETAIL_WORDS, WHOLE_INSTRUCTIONS);
  else if (form->about == APP_ABOUT_WORDS && app_quotes_get_line (request->quotes) > 0)
    set_view (request, APP_DETAIL_WORDS, QUOTED_INSTRUCTIONS);
  else if (is_of_what_is_said)
    set_view (request, APP_DETAIL_WORDS, WORDS_INSTRUCTIONS);
  else if (form->about == APP_ABOUT_TIME)
    set_view (request, APP_DETAIL_TIMES, NULL);
  else if (app_about_is_of_manner (form->about))
    set_view (request, APP_DETAIL_MANNER, VOICES_INSTRUCTIONS);
  else if (form->about == APP_ABOUT_COUNT || form->about == APP_ABOUT_VOICES
           || form->about == APP_ABOUT_LENGTH)
    set_view (request, APP_DETAIL_WORDS, VOICES_INSTRUCTIONS);
}

/* Whether there may be no answer to it. A list, a table or JSON is asked for of what there is. */
static gboolean
is_about_content (const Request *request)
{
  const AppQuestionForm *form = &request->answer->form;

  return !request->options->no_form && request->options->schema == NULL
         && app_conversation_get_n_lines (request->conversation) > 0
         && (form->about == APP_ABOUT_WORDS || form->about == APP_ABOUT_TIME
             || form->about == APP_ABOUT_SPEAKER)
         && !form->needs_whole && form->form < APP_FORM_LIST && form->style != APP_STYLE_CHINESE
         && form->style != APP_STYLE_ENGLISH;
}

/* Whether an answer must say more than the question. One of several that the question names, or a
 * translation, need not. */
static gboolean
must_be_news (const Request *request)
{
  const AppQuestionForm *form = &request->answer->form;

  return !request->options->no_form && request->options->schema == NULL && request->is_told
         && app_conversation_get_n_lines (request->conversation) > 0
         && form->form == APP_FORM_SENTENCE && form->style == APP_STYLE_PLAIN && !form->needs_whole
         && form->about != APP_ABOUT_TRANSLATION;
}

static AppAnswerWriter *
new_writer (const Request *request)
{
  AppAnswerWriterOptions options = {
    .engine = request->engine,
    .session = request->session,
    .prompt = request->prompt,
    .sampling = request->options->sampling,
    .max_tokens = request->max_tokens,
    .on_text = request->on_text,
    .user_data = request->user_data,
    .script = app_question_script_find (request->asked),
    .capitals = request->answer->form.style == APP_STYLE_CAPITALS,
    .lowercase = request->answer->form.style == APP_STYLE_LOWERCASE,
    .question =
        must_be_news (request) ? app_conversation_get_question (request->conversation) : NULL
  };

  return app_answer_writer_new (&options);
}

/* A note in English must not bring the answer into English. */
static const char *
get_language_note (const Request *request)
{
  const char *question = app_conversation_get_question (request->conversation);
  AppStyle style = request->answer->form.style;

  /* What the recording says next to words that are quoted from it is an answer as it is. */
  if (style == APP_STYLE_PLAIN && request->answer->form.about == APP_ABOUT_WORDS
      && app_quotes_get_line (request->quotes) > 0)
    return "";
  /* Among words alone, a note in Chinese; among facts in English, the question would be echoed. */
  if (request->detail == APP_DETAIL_WORDS && !request->is_of_voices
      && (style == APP_STYLE_CHINESE
          || (style == APP_STYLE_PLAIN && app_answer_form_is_chinese (question))))
    return " 用中文回答。";
  if (language_notes[style][0] != '\0' || app_answer_form_is_english (question))
    return language_notes[style];
  return app_answer_form_is_chinese (question) ? language_notes[APP_STYLE_CHINESE]
                                               : " Answer in the language of the question.";
}

/* (transfer full): what code knows of what is asked, or NULL. */
static char *
find_facts (Request *request)
{
  AppAbout about = request->answer->form.about;
  g_autoptr (AppAnswerWriter) writer = new_writer (request);
  g_autofree char *heard = NULL;

  if (about == APP_ABOUT_WORDS)
    heard = app_focus_find_neighbour (writer, request->conversation, request->quotes);
  request->is_known = heard != NULL;
  if (heard == NULL
      && (about == APP_ABOUT_WORDS || about == APP_ABOUT_TIME || about == APP_ABOUT_SPEAKER))
    heard =
        about != APP_ABOUT_WORDS && app_quotes_get_line (request->quotes) == 0
            ? app_quotes_tell_line (request->conversation,
                                    app_focus_choose_line (writer, request->conversation),
                                    about == APP_ABOUT_SPEAKER)
            : app_quotes_tell (request->quotes, request->conversation, about == APP_ABOUT_WORDS);
  else if (heard == NULL)
    heard = app_focus_find (writer, request->conversation, &request->answer->form,
                            app_quotes_get_line (request->quotes));
  if (heard == NULL || heard[0] == '\0')
    return NULL;
  if (!request->is_known
      && app_answer_form_is_chinese (app_conversation_get_question (request->conversation)))
    return app_facts_add_chinese (heard);
  return g_steal_pointer (&heard);
}

/* (transfer full): what stands behind the question for the model, or NULL. */
static char *
make_note (Request *request)
{
  const AppQuestionForm *form = &request->answer->form;
  const char *told = "";

  g_free (request->heard);
  request->heard = find_facts (request);
  if (!request->is_told)
    told = " What is asked is not in the recording.";
  else if (request->is_of_voices && is_plain_verdict (request))
    told = ""; /* which would be heard as a "yes" */
  else if ((request->detail != APP_DETAIL_WORDS || request->is_of_voices)
           && (request->heard != NULL || is_about_content (request)))
    told = form->about == APP_ABOUT_TIME ? " The recording tells this: say at which time."
                                         : " The recording tells this.";
  if (request->heard == NULL && told[0] == '\0' && get_language_note (request)[0] == '\0')
    return NULL;
  return g_strdup_printf ("\n(%s%s%s)", request->heard != NULL ? request->heard : "", told,
                          get_language_note (request));
}

static gboolean
is_about_the_whole (const AppQuestionForm *form)
{
  return form->needs_whole
         && (form->about == APP_ABOUT_WORDS || form->about == APP_ABOUT_EVERYTHING);
}

/* The prompt, and a session with room for it and the answer. Where the question needs the whole of
 * a recording that is too long, summaries of its parts stand in for it, and are the evidence. */
static gboolean
prepare (Request *request, GError **error)
{
  const int n_thinking = app_thought_get_budget (request->options, request->conversation);
  const int n_besides = APP_EVIDENCE_POSITIONS + NOTE_POSITIONS
                        + (n_thinking > 0 ? n_thinking + APP_THOUGHT_POSITIONS : 0);
  int n_reserved = request->max_tokens + n_besides;

  app_conversation_set_thinking (request->conversation, n_thinking > 0);
  g_clear_pointer (&request->prompt, llm_prompt_free);
  request->prompt =
      app_fitted_prompt_build (request->engine, request->conversation, n_reserved, error);
  if (request->prompt != NULL && is_about_the_whole (&request->answer->form)
      && app_conversation_has_cut (request->conversation)) {
    g_clear_pointer (&request->prompt, llm_prompt_free);
    if (!app_summary_stand_in (request->engine, request->conversation, request->answer->evidence,
                               request->parts, error))
      return FALSE;
    if (request->options->max_tokens == 0)
      request->max_tokens = MAX (request->max_tokens, PART_TOKENS * (int) request->parts->len);
    n_reserved = request->max_tokens + n_besides;
    request->prompt =
        app_fitted_prompt_build (request->engine, request->conversation, n_reserved, error);
  }
  if (request->prompt == NULL)
    return FALSE;
  request->session = app_engine_get_session (
      request->engine, llm_prompt_get_n_positions (request->prompt) + n_reserved, error);
  return request->session != NULL;
}

/* The prompt of the conversation, in the session's cache. */
static gboolean
read_prompt (Request *request, GError **error)
{
  int n_computed = 0;

  if (!prepare (request, error)
      || !app_engine_prefill (request->engine, request->session, request->prompt, &n_computed,
                              error))
    return FALSE;
  request->answer->n_prompt_tokens = llm_prompt_get_n_positions (request->prompt);
  request->answer->n_computed_tokens += n_computed;
  return TRUE;
}

/* A small model says "yes" too readily to what code knows. Its answer follows from the fact that it
 * has just said itself, unseen. */
static void
remind (Request *request)
{
  const AppQuestionForm *form = &request->answer->form;
  gboolean is_known = request->is_known || form->about == APP_ABOUT_TONE
                      || form->about == APP_ABOUT_VOICES || is_plain_verdict (request)
                      || (app_about_is_of_manner (form->about) && form->form == APP_FORM_OPTIONS);

  if (request->heard == NULL || !is_known)
    return;
  llm_prompt_add_text (request->prompt, request->heard, 0);
  llm_prompt_add_text (
      request->prompt,
      !request->is_known
              && app_answer_form_is_chinese (app_conversation_get_question (request->conversation))
          ? "\n\nTherefore the answer to the question, in Chinese, is:\n\n"
          : "\n\nTherefore the answer to the question is:\n\n",
      0);
}

/* Goes on with the question without its first clause, which may be only said besides. FALSE if
 * nothing would be left. */
static gboolean
leave_out_clause (Request *request)
{
  g_auto (GStrv) tails =
      app_question_tails_list (app_conversation_get_question (request->conversation));

  if (tails[0] == NULL)
    return FALSE;
  app_conversation_reword (request->conversation, tails[0]);
  return TRUE;
}

/* Whether nobody says a number, and one is asked for. */
static gboolean
lacks_number (const Request *request)
{
  g_autoptr (AppAnswerWriter) writer = new_writer (request);

  return request->answer->form.about == APP_ABOUT_WORDS
         && app_numbers_are_missing (writer, request->conversation);
}

/* Whether the recordings tell what is asked. If who it is does not follow from the words, the
 * voices may tell. */
static gboolean
find_out_whether_told (Request *request, GError **error)
{
  AppAnswer *answer = request->answer;
  g_autofree char *whole = g_strdup (app_conversation_get_question (request->conversation));

  if (!is_about_content (request) || app_quotes_get_line (request->quotes) > 0)
    return TRUE;
  answer->told =
      app_told_weigh (request->engine, request->session, request->conversation, request->detail);
  while (answer->told <= 0 && leave_out_clause (request))
    answer->told =
        app_told_weigh (request->engine, request->session, request->conversation, request->detail);
  if (answer->told <= 0)
    app_conversation_reword (request->conversation, whole);
  if (answer->told <= 0 && answer->form.about == APP_ABOUT_SPEAKER
      && request->detail == APP_DETAIL_WORDS) {
    set_view (request, APP_DETAIL_MANNER, NULL);
    if (!read_prompt (request, error))
      return FALSE;
    answer->told =
        app_told_weigh (request->engine, request->session, request->conversation, request->detail);
  }
  request->is_told = !(answer->told <= 0) && !lacks_number (request);
  return TRUE;
}

/* What code knows goes behind the question. */
static gboolean
take_note (Request *request, GError **error)
{
  g_autofree char *note = make_note (request);

  /* Nothing was heard of it: the usual instructions say what then is to be answered. */
  if (request->is_of_voices && request->heard == NULL)
    set_view (request, APP_DETAIL_MANNER, NULL);
  if (note == NULL)
    note = app_thought_make_note (request->options, request->conversation,
                                  app_engine_get_chat_model (request->engine, NULL));
  app_conversation_set_note (request->conversation, note);
  return read_prompt (request, error);
}

static gboolean
understand (Request *request, GError **error)
{
  if (!read_prompt (request, error))
    return FALSE;
  /* Where only the lines that matter have fitted, other words might bring other lines. What code
   * knows of all then stands before the question. */
  if (app_conversation_has_cut (request->conversation)) {
    if (!request->is_of_voices)
      return TRUE;
    set_view (request, APP_DETAIL_MANNER, NULL);
    return read_prompt (request, error);
  }
  if (!find_out_whether_told (request, error) || !take_note (request, error))
    return FALSE;
  remind (request);
  return TRUE;
}

/* About what was said, or when. */
static gboolean
is_of_words (AppAbout about)
{
  return about == APP_ABOUT_WORDS || about == APP_ABOUT_TIME;
}

static gboolean write_answer (Request *request, GError **error);

/* A small model that finds no answer repeats the question: it is asked about the words, if it was
 * taken to be about voices; for words, if it quotes some; or without its first clause; or else the
 * recordings do not tell. */
static gboolean
write_instead_of_echo (Request *request, GError **error)
{
  if (!is_of_words (request->answer->form.about)) {
    request->answer->form.about = APP_ABOUT_WORDS;
    choose_view (request);
    return understand (request, error) && write_answer (request, error);
  }
  if (!request->is_quotation && app_quotes_get_line (request->quotes) > 0)
    request->is_quotation = TRUE;
  else
    request->is_told = leave_out_clause (request);
  return take_note (request, error) && write_answer (request, error);
}

static gboolean
write_answer (Request *request, GError **error)
{
  g_autoptr (AppAnswerWriter) writer = NULL;
  const char *text;
  int n_thought = 0;

  if (app_thought_get_budget (request->options, request->conversation) > 0) {
    request->answer->thought =
        app_thought_write (request->engine, request->session, request->prompt, request->options,
                           request->user_data, &n_thought, error);
    if (request->answer->thought == NULL)
      return FALSE;
  }
  writer = new_writer (request);

  if (request->options->schema != NULL) {
    if (!app_answer_form_write_json (writer, request->options->schema, error))
      return FALSE;
  } else if (is_about_content (request) && !request->is_told) {
    app_answer_form_write_not_told (writer, app_conversation_get_question (request->conversation));
  } else {
    g_autoptr (GPtrArray) hearings = app_conversation_get_hearings (request->conversation);
    const AppAnswerTask task = {
      .question = app_conversation_get_question (request->conversation),
      .n_recordings = hearings->len,
      .n_lines = app_conversation_get_n_lines (request->conversation),
      .is_quoted = app_quotes_get_line (request->quotes) > 0,
      .parts = request->parts,
    };

    if (request->is_quotation)
      app_answer_writer_add (writer, "\"");
    app_answer_form_write (writer, &request->answer->form, &task);
  }
  if (must_be_news (request) && app_answer_writer_is_echo (writer))
    return write_instead_of_echo (request, error);
  text = app_answer_writer_finish (writer, &request->answer->stop,
                                   &request->answer->n_generated_tokens, error);
  request->answer->n_generated_tokens += n_thought;
  request->answer->text = g_strdup (text);
  return text != NULL;
}

/* A small model takes what is said besides for a part of what is asked. */
static void
leave_out_aside (Request *request)
{
  const char *question = app_conversation_get_question (request->conversation);
  g_autofree char *asks = g_strdup (question + request->answer->form.n_aside);

  if (request->answer->form.n_aside > 0)
    app_conversation_reword (request->conversation, asks);
}

/* The steps of app_ask(), in order; what the request holds is freed by it. */
static gboolean
carry_out (Request *request, GError **error)
{
  AppAnswer *answer = request->answer;
  gint64 start = g_get_monotonic_time ();

  if (app_engine_get_chat_model (request->engine, error) == NULL)
    return FALSE;
  answer->load_s = seconds_since (start);

  start = g_get_monotonic_time ();
  if (!find_form (request->engine, request->conversation, request->options, &answer->form, error))
    return FALSE;
  leave_out_aside (request);
  request->quotes =
      app_quotes_find (request->conversation, request->options->no_form ? "" : request->asked);
  choose_view (request);
  if (!understand (request, error))
    return FALSE;
  answer->prompt_s = seconds_since (start);

  start = g_get_monotonic_time ();
  if (!write_answer (request, error))
    return FALSE;
  answer->generate_s = seconds_since (start);

  if (request->options->no_evidence || !request->is_told || app_evidence_is_refusal (answer->text))
    g_array_set_size (answer->evidence, 0);
  else if (answer->evidence->len == 0 && !request->is_known
           && app_quotes_get_line (request->quotes) > 0)
    app_quotes_add_lines (request->quotes, answer->evidence);
  else if (answer->evidence->len == 0 && !is_of_words (answer->form.about)
           && !app_evidence_repeats_words (request->conversation, answer->text))
    app_evidence_find_manner (request->conversation, answer->form.about, answer->text,
                              answer->evidence);
  else if (answer->evidence->len == 0 && answer->stop != LLM_STOP_CANCELLED)
    app_evidence_find (request->engine, request->session, request->conversation, answer->text,
                       answer->evidence);
  return TRUE;
}

AppAnswer *
app_ask (AppEngine *engine, AppConversation *conversation, const AppAskOptions *options,
         LlmOnText on_text, gpointer user_data, GError **error)
{
  g_autoptr (AppAnswer) answer = g_new0 (AppAnswer, 1);
  Request request = { .engine = engine,
                      .conversation = conversation,
                      .options = options,
                      .on_text = on_text,
                      .user_data = user_data,
                      .max_tokens =
                          options->max_tokens > 0 ? options->max_tokens : DEFAULT_MAX_TOKENS,
                      .parts = g_ptr_array_new_with_free_func (g_free),
                      .answer = answer,
                      .is_told = TRUE };
  gboolean done;

  answer->evidence = g_array_new (FALSE, FALSE, sizeof (guint));
  answer->told = NAN;
  request.asked = g_strdup (app_conversation_get_question (conversation));
  app_question_script_simplify (conversation);
  done = carry_out (&request, error);
  app_conversation_reword (conversation, request.asked);
  app_conversation_set_view (conversation, APP_DETAIL_MANNER, 0, NULL);
  g_clear_pointer (&request.prompt, llm_prompt_free);
  g_free (request.heard);
  g_free (request.asked);
  g_clear_pointer (&request.quotes, g_ptr_array_unref);
  g_ptr_array_unref (request.parts);
  app_conversation_set_note (conversation, NULL);
  app_conversation_set_thinking (conversation, FALSE);
  app_conversation_drop_digests (conversation);
  if (!done)
    return NULL;
  app_conversation_add_assistant (conversation, answer->text);
  return g_steal_pointer (&answer);
}
