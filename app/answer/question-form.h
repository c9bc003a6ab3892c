/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a question about recordings asks about, and which form its answer should have: the chat
 * model says so itself, behind the scenes.
 *
 * It is shown some fifty questions with the words that describe each, and the word that it
 * finds likeliest is taken, field by field: no table of keywords is asked. The examples stay in the
 * cache of the engine's side session and in a file (prompt-cache.h), so a question costs its own
 * length and, where the commonest words are guessed right, one pass; else a pass for each that is
 * not.
 * Measured with the default model on 58 other questions, English, Chinese and German: subject 50
 * and style 58 right.
 */

#pragma once

#include "app/engine/engine.h"

G_BEGIN_DECLS

typedef enum {
  APP_ABOUT_WORDS, /* what was said */
  APP_ABOUT_EMOTION,
  APP_ABOUT_GENDER,
  APP_ABOUT_PITCH,
  APP_ABOUT_SPEED,
  APP_ABOUT_LOUDNESS,
  APP_ABOUT_SPEAKER, /* who */
  APP_ABOUT_COUNT,   /* of speakers */
  APP_ABOUT_TIME,
  APP_ABOUT_LANGUAGE,
  APP_ABOUT_TONE,        /* whether it fits the words */
  APP_ABOUT_VOICES,      /* the same or not, in several recordings */
  APP_ABOUT_TRANSLATION, /* of what was said */
  APP_ABOUT_LENGTH,      /* of recordings, or how long somebody speaks */
  APP_ABOUT_EVERYTHING,  /* several of these */
  APP_N_ABOUTS
} AppAbout;

typedef enum {
  APP_FORM_SENTENCE,
  APP_FORM_YES_OR_NO,
  APP_FORM_OPTIONS, /* one of those that the question names */
  APP_FORM_WORD,
  APP_FORM_LIST,
  APP_FORM_TABLE,
  APP_FORM_JSON,
  APP_N_FORMS
} AppForm;

typedef enum {
  APP_STYLE_PLAIN,
  APP_STYLE_CAPITALS,
  APP_STYLE_LOWERCASE,
  APP_STYLE_CHINESE, /* answer in it, whatever is asked in */
  APP_STYLE_ENGLISH,
  APP_N_STYLES
} AppStyle;

typedef struct {
  AppAbout about;
  AppForm form;
  AppStyle style;
  int n_items;          /* of a list; 0: not said */
  gboolean needs_whole; /* recording: some passages of it would not do */
  gsize n_aside;        /* bytes at its beginning that ask for nothing: "I missed that bit. ..." */
} AppQuestionForm;

/* FALSE with an error if the model cannot be asked, or the request is cancelled. */
gboolean app_question_form_find (AppEngine *engine, const char *question, AppQuestionForm *form,
                                 GError **error);
/* How something is said: what is heard of that stands behind the question. */
gboolean app_about_is_of_manner (AppAbout about);
/* Static: "words", "emotion", ...; "sentence", "yes", ... */
const char *app_about_get_name (AppAbout about);
const char *app_form_get_name (AppForm form);

G_END_DECLS
