/* SPDX-License-Identifier: GPL-3.0-or-later */

/* An answer while it is written: parts that are begun for the model, parts that it chooses from
 * what may stand there, parts that it writes freely, one after the other in one answer.
 *
 * Everything written goes to the reader as it comes, in the script and the case that were asked
 * for. After a failure (an error, a cancelled request) every further call does nothing. One thread.
 *
 *   app_answer_writer_add (writer, "-");
 *   stop = app_answer_writer_write (writer, stops);
 */

#pragma once

#include "app/engine/engine.h"
#include "audio/base/script.h"

G_BEGIN_DECLS

typedef struct {
  AppEngine *engine;
  LlmSession *session;
  LlmPrompt *prompt; /* conversation, then what is written of the answer */
  NnSamplerOptions sampling;
  int max_tokens;
  LlmOnText on_text; /* may be NULL */
  gpointer user_data;
  AudioScript script; /* of Chinese; as it is: the model's own */
  gboolean capitals;
  gboolean lowercase;
  const char *question; /* NULL, or an answer that only repeats it is not shown (is_echo) */
} AppAnswerWriterOptions;

typedef struct _AppAnswerWriter AppAnswerWriter;

/* Borrows what the options point to; the prompt is extended. */
AppAnswerWriter *app_answer_writer_new (const AppAnswerWriterOptions *options);
void app_answer_writer_free (AppAnswerWriter *writer);
/* Begins for the model; a hint is not shown to the reader. */
void app_answer_writer_add (AppAnswerWriter *writer, const char *text);
void app_answer_writer_hint (AppAnswerWriter *writer, const char *text);
/* What the model chooses after `begin`, neither shown nor kept in the prompt. (transfer full): NULL
 * on failure. */
char *app_answer_writer_ask (AppAnswerWriter *writer, const char *begin,
                             const char *const *choices);
/* The same with JSON that fits the schema; NULL also if that is not understood. */
char *app_answer_writer_ask_json (AppAnswerWriter *writer, const char *begin, const char *schema);
/* (transfer full): for app_answer_writer_write(). LLM_ERROR_SCHEMA. */
LlmConstraint *app_answer_writer_new_json_constraint (AppAnswerWriter *writer, const char *schema,
                                                      GError **error);
LlmConstraint *app_answer_writer_new_constraint_without (AppAnswerWriter *writer,
                                                         const char *characters);
/* Whether the model would go on with this text, or with white space and it. */
gboolean app_answer_writer_leads_to (AppAnswerWriter *writer, const char *text);
/* By how much more likely, as logits, it would go on with one text than with another, by the first
 * token of each; 0 on failure. */
double app_answer_writer_weigh (AppAnswerWriter *writer, const char *a, const char *b);
/* What it chooses within the answer. (transfer full): NULL on failure. */
char *app_answer_writer_choose (AppAnswerWriter *writer, const char *const *choices);
/* Lets the model write until a stop text (not part of the answer) or its end. (transfer full): what
 * it wrote, NULL on failure. stops, constraint, ended may be NULL; *ended: not by a stop text. */
char *app_answer_writer_write (AppAnswerWriter *writer, const char *const *stops,
                               LlmConstraint *constraint, gboolean *ended);
/* (transfer none): what the reader has seen so far. Shows what was held back. */
const char *app_answer_writer_finish (AppAnswerWriter *writer, LlmStop *stop, int *n_tokens,
                                      GError **error);
/* Whether all that was written repeats the question: at least half of its letters, and no others.
 */
gboolean app_answer_writer_is_echo (const AppAnswerWriter *writer);
gboolean app_answer_writer_has_failed (const AppAnswerWriter *writer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppAnswerWriter, app_answer_writer_free)

G_END_DECLS
