/* SPDX-License-Identifier: GPL-3.0-or-later */

/* From a conversation to its next answer, and to the lines of the recordings that the answer rests
 * on (evidence.h). The answer is added to the conversation.
 *
 * A question about recordings goes this way: which form it has (question-form.h); what it quotes,
 * and where that is said (quotes.h); what of the recordings the prompt has, not more than it is
 * about; whom it is about, if it asks how something is said, and what was heard of them (focus.h);
 * whether the recordings tell it (told.h); the answer, in that form (answer-form.h); its evidence.
 * Without recordings the model simply answers.
 *
 *   g_autoptr (AppAnswer) answer = app_ask (engine, conversation, &options, on_text, data, &error);
 */

#pragma once

#include "app/answer/conversation.h"
#include "app/answer/question-form.h"
#include "app/engine/engine.h"

G_BEGIN_DECLS

/* Zero is the default of each. */
typedef struct {
  NnSamplerOptions sampling; /* greedy */
  int max_tokens;            /* 512 */
  int thinking_tokens;       /* thought before answers without recordings (thought.h); none */
  LlmOnText on_thought;      /* NULL, or is told it piece by piece, with the user_data of on_text */
  gboolean no_evidence;
  gboolean no_form;   /* answer freely, whatever the form of the question */
  const char *schema; /* NULL, or the answer is JSON that fits it */
} AppAskOptions;

typedef struct {
  char *text;
  char *thought; /* NULL: none */
  GArray *
      evidence; /* of guint: line numbers of the conversation, in order; empty without recordings */
  AppQuestionForm form; /* all 0 without recordings */
  double told;          /* above 0: the recordings tell it, NAN: not asked for (told.h) */
  LlmStop stop;
  int n_prompt_tokens;   /* of the whole prompt */
  int n_computed_tokens; /* of these, not in the cache already */
  int n_generated_tokens;
  double load_s; /* loading the model, where it was not there yet */
  double prompt_s;
  double generate_s;
} AppAnswer;

/* The conversation's last turn is the user's. (transfer full). If the context is too short for all
 * turns the oldest are forgotten. Cancelled before the first token: APP_ERROR_CANCELLED; later: an
 * answer with LLM_STOP_CANCELLED. */
AppAnswer *app_ask (AppEngine *engine, AppConversation *conversation, const AppAskOptions *options,
                    LlmOnText on_text, gpointer user_data, GError **error);
void app_answer_free (AppAnswer *answer);
/* Adds the member "evidence": [{"start","end","text"}], with "file" first where it is wanted. */
void app_answer_build_evidence_json (const AppAnswer *answer, const AppConversation *conversation,
                                     gboolean with_file, JsonBuilder *builder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppAnswer, app_answer_free)

G_END_DECLS
