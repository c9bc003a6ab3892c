/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Writing an answer in the form that its question has: begun for the model, and constrained where
 * few answers are possible. The words are always the model's.
 */

#pragma once

#include "app/answer/answer-writer.h"
#include "app/answer/question-form.h"

G_BEGIN_DECLS

/* What an answer is written to. */
typedef struct {
  const char *question; /* to which the writer's prompt leads */
  guint n_recordings, n_lines;
  gboolean is_quoted; /* the question has the words of the line that it is about */
  GPtrArray *parts;   /* of strings: how the lines of a list begin, if each tells of a part of a
                         long recording; empty: it is about other things */
} AppAnswerTask;

void app_answer_form_write (AppAnswerWriter *writer, const AppQuestionForm *form,
                            const AppAnswerTask *task);
/* That the recordings do not tell it: begun for the model in English and in Chinese; in another
 * language it words it itself, as a note behind the question says. */
void app_answer_form_write_not_told (AppAnswerWriter *writer, const char *question);
/* JSON that fits the schema. LLM_ERROR_SCHEMA. */
gboolean app_answer_form_write_json (AppAnswerWriter *writer, const char *schema, GError **error);
/* Whether a question is worded in English, by its commonest words; in Chinese, by its characters.
 */
gboolean app_answer_form_is_english (const char *question);
gboolean app_answer_form_is_chinese (const char *question);

G_END_DECLS
