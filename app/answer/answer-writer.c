/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/answer-writer.h"

#include <string.h>

/* Behind the scenes nothing is longer. */
#define BEHIND_TOKENS 64
/* White space before a text that is looked for. */
#define PEEK_TOKENS 4

struct _AppAnswerWriter {
  AppAnswerWriterOptions options;
  AudioScriptConverter *converter; /* NULL: no conversion */
  GString *shown;                  /* all that the reader has seen */
  GString *held;                   /* Chinese up to the next mark: phrases are converted whole */
  char *asked;                     /* letters of the question, or NULL once more than these came */
  GString *repeated;               /* what was written so far, if it only repeats the question */
  LlmStop stop;
  int n_tokens;
  int n_before; /* tokens before the part that is being written */
  GError *error;
};

/* (transfer full): the letters and digits of a text. */
static char *
fold (const char *text)
{
  g_autofree char *folded = g_utf8_casefold (text, -1);
  GString *letters = g_string_new (NULL);

  for (const char *p = folded; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_isalnum (g_utf8_get_char (p)))
      g_string_append_unichar (letters, g_utf8_get_char (p));
  return g_string_free (letters, FALSE);
}

AppAnswerWriter *
app_answer_writer_new (const AppAnswerWriterOptions *options)
{
  AppAnswerWriter *self = g_new0 (AppAnswerWriter, 1);

  self->options = *options;
  self->shown = g_string_new (NULL);
  self->held = g_string_new (NULL);
  self->asked = options->question != NULL ? fold (options->question) : NULL;
  self->repeated = g_string_new (NULL);
  if (options->script != AUDIO_SCRIPT_AS_IS)
    self->converter = audio_script_converter_new (options->script, NULL);
  return self;
}

void
app_answer_writer_free (AppAnswerWriter *self)
{
  audio_script_converter_free (self->converter);
  g_string_free (self->shown, TRUE);
  g_string_free (self->held, TRUE);
  g_free (self->asked);
  g_string_free (self->repeated, TRUE);
  g_clear_error (&self->error);
  g_free (self);
}

gboolean
app_answer_writer_has_failed (const AppAnswerWriter *self)
{
  return self->error != NULL || self->stop == LLM_STOP_CANCELLED;
}

/* FALSE if the reader wants no more. */
static gboolean
show_now (AppAnswerWriter *self, const char *text)
{
  g_autofree char *converted =
      self->converter != NULL ? audio_script_converter_convert (self->converter, text) : NULL;
  const char *written = converted != NULL ? converted : text;
  g_autofree char *cased = self->options.capitals    ? g_utf8_strup (written, -1)
                           : self->options.lowercase ? g_utf8_strdown (written, -1)
                                                     : NULL;
  const char *ready = cased != NULL ? cased : written;

  g_string_append (self->shown, ready);
  return self->options.on_text == NULL
         || self->options.on_text (ready, self->n_tokens, self->options.user_data);
}

/* As show_now(), once the text is more than the words of the question. */
static gboolean
show_news (AppAnswerWriter *self, const char *text)
{
  g_autofree char *letters = NULL;
  g_autofree char *all = NULL;

  if (self->asked == NULL)
    return show_now (self, text);
  g_string_append (self->repeated, text);
  letters = fold (self->repeated->str);
  if (strstr (self->asked, letters) != NULL)
    return TRUE;
  g_clear_pointer (&self->asked, g_free);
  all = g_strdup (self->repeated->str);
  return show_now (self, all);
}

gboolean
app_answer_writer_is_echo (const AppAnswerWriter *self)
{
  g_autofree char *letters = fold (self->repeated->str);

  return self->asked != NULL && 2 * strlen (letters) >= strlen (self->asked);
}

static gboolean
flush (AppAnswerWriter *self)
{
  g_autofree char *text = g_strdup (self->held->str);

  g_string_truncate (self->held, 0);
  return text[0] == '\0' || show_news (self, text);
}

/* Ideographs wait for the end of their phrase; anything else does not. */
static gboolean
show (AppAnswerWriter *self, const char *text)
{
  gsize n_ready;

  if (self->converter == NULL)
    return show_news (self, text);
  g_string_append (self->held, text);
  n_ready = self->held->len;
  while (n_ready > 0) {
    const char *last = g_utf8_find_prev_char (self->held->str, self->held->str + n_ready);

    if (last == NULL || g_unichar_type (g_utf8_get_char (last)) != G_UNICODE_OTHER_LETTER)
      break;
    n_ready = (gsize) (last - self->held->str);
  }
  if (n_ready == 0)
    return TRUE;

  g_autofree char *ready = g_strndup (self->held->str, n_ready);

  g_string_erase (self->held, 0, (gssize) n_ready);
  return show_news (self, ready);
}

void
app_answer_writer_hint (AppAnswerWriter *self, const char *text)
{
  llm_prompt_add_text (self->options.prompt, text, 0);
}

void
app_answer_writer_add (AppAnswerWriter *self, const char *text)
{
  if (app_answer_writer_has_failed (self))
    return;
  app_answer_writer_hint (self, text);
  if (!show (self, text))
    self->stop = LLM_STOP_CANCELLED;
}

static gboolean
write_part (const char *text, int n_tokens, gpointer user_data)
{
  AppAnswerWriter *self = user_data;

  self->n_tokens = self->n_before + n_tokens;
  return show (self, text);
}

/* (transfer full): what the model says after the prompt; NULL on failure. */
static char *
generate (AppAnswerWriter *self, LlmPrompt *prompt, const LlmGenerateOptions *options,
          LlmOnText on_text, LlmGenerated *generated)
{
  char *text;

  if (app_answer_writer_has_failed (self))
    return NULL;
  if (!app_engine_prefill (self->options.engine, self->options.session, prompt, NULL, &self->error))
    return NULL;
  text =
      llm_session_generate (self->options.session, options, on_text, self, generated, &self->error);
  if (generated->stop == LLM_STOP_CANCELLED)
    self->stop = LLM_STOP_CANCELLED;
  return text;
}

static LlmConstraint *
new_choices (AppAnswerWriter *self, const char *const *choices)
{
  return llm_constraint_new_choices (
      llm_model_get_tokenizer (llm_session_get_model (self->options.session)), choices,
      self->error == NULL ? &self->error : NULL);
}

LlmConstraint *
app_answer_writer_new_json_constraint (AppAnswerWriter *self, const char *schema, GError **error)
{
  return llm_constraint_new_json_schema (
      llm_model_get_tokenizer (llm_session_get_model (self->options.session)), schema, error);
}

LlmConstraint *
app_answer_writer_new_constraint_without (AppAnswerWriter *self, const char *characters)
{
  return llm_constraint_new_without (
      llm_model_get_tokenizer (llm_session_get_model (self->options.session)), characters);
}

/* (transfer full): what the model says after `begin`, behind the scenes. */
static char *
ask_within (AppAnswerWriter *self, const char *begin, LlmConstraint *constraint)
{
  g_autoptr (LlmPrompt) prompt = llm_prompt_copy (self->options.prompt);
  LlmGenerateOptions options = { .max_tokens = BEHIND_TOKENS, .constraint = constraint };
  LlmGenerated generated;

  llm_prompt_add_text (prompt, begin, 0);
  return generate (self, prompt, &options, NULL, &generated);
}

char *
app_answer_writer_ask_json (AppAnswerWriter *self, const char *begin, const char *schema)
{
  g_autoptr (LlmConstraint) constraint = app_answer_writer_new_json_constraint (self, schema, NULL);

  return constraint != NULL ? ask_within (self, begin, constraint) : NULL;
}

char *
app_answer_writer_ask (AppAnswerWriter *self, const char *begin, const char *const *choices)
{
  g_autoptr (LlmConstraint) constraint = new_choices (self, choices);

  return constraint != NULL ? ask_within (self, begin, constraint) : NULL;
}

gboolean
app_answer_writer_leads_to (AppAnswerWriter *self, const char *text)
{
  const char *const stops[] = { text, NULL };
  LlmGenerateOptions options = { .max_tokens = PEEK_TOKENS, .stops = stops };
  LlmGenerated generated;
  g_autofree char *before = generate (self, self->options.prompt, &options, NULL, &generated);

  return before != NULL && generated.by_text && g_strstrip (before)[0] == '\0';
}

double
app_answer_writer_weigh (AppAnswerWriter *self, const char *a, const char *b)
{
  LlmSession *session = self->options.session;
  LlmTokenizer *tokenizer = llm_model_get_tokenizer (llm_session_get_model (session));
  g_autoptr (GArray) ids_a = llm_tokenizer_encode (tokenizer, a, -1, LLM_TOKENIZE_CONTINUE);
  g_autoptr (GArray) ids_b = llm_tokenizer_encode (tokenizer, b, -1, LLM_TOKENIZE_CONTINUE);
  const float *logits;

  if (app_answer_writer_has_failed (self) || ids_a->len == 0 || ids_b->len == 0
      || !app_engine_prefill (self->options.engine, session, self->options.prompt, NULL,
                              &self->error))
    return 0;
  logits = llm_session_get_logits (session);
  return logits[g_array_index (ids_a, int, 0)] - logits[g_array_index (ids_b, int, 0)];
}

char *
app_answer_writer_choose (AppAnswerWriter *self, const char *const *choices)
{
  g_autoptr (LlmConstraint) constraint = new_choices (self, choices);

  return constraint != NULL ? app_answer_writer_write (self, NULL, constraint, NULL) : NULL;
}

char *
app_answer_writer_write (AppAnswerWriter *self, const char *const *stops, LlmConstraint *constraint,
                         gboolean *ended)
{
  LlmGenerateOptions options = { .max_tokens = self->options.max_tokens - self->n_tokens,
                                 .sampling = self->options.sampling,
                                 .stops = stops,
                                 .constraint = constraint };
  LlmGenerated generated = { .stop = LLM_STOP_MAX_TOKENS };
  char *text;

  self->n_before = self->n_tokens;
  text = options.max_tokens > 0
             ? generate (self, self->options.prompt, &options, write_part, &generated)
             : g_strdup ("");
  if (text == NULL)
    return NULL;
  self->n_tokens = self->n_before + generated.n_tokens;
  if (self->stop != LLM_STOP_CANCELLED)
    self->stop = generated.stop;
  llm_prompt_add_text (self->options.prompt, text, 0);
  if (ended != NULL)
    *ended = !generated.by_text;
  return text;
}

const char *
app_answer_writer_finish (AppAnswerWriter *self, LlmStop *stop, int *n_tokens, GError **error)
{
  if (self->error != NULL) {
    g_propagate_error (error, g_steal_pointer (&self->error));
    return NULL;
  }
  flush (self);
  if (self->asked != NULL && !app_answer_writer_is_echo (self))
    show_now (self, self->repeated->str);
  *stop = self->stop;
  *n_tokens = self->n_tokens;
  return self->shown->str;
}
