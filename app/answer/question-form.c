/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/question-form.h"

#include <string.h>

#include "app/answer/question-tails.h"
#include "app/engine/prompt-cache.h"

/* Of a long question its beginning and its end tell the form: bytes of each. */
#define MAX_PART 300
#define MAX_ITEMS 10

/* Words that begin with different tokens, so the first one decides. */
static const char *const abouts[] = {
  "words", "emotion",  "gender", "pitch",  "speed",       "loudness", "speaker",   "count",
  "time",  "language", "tone",   "voices", "translation", "length",   "everything"
};
static const char *const forms[] = {
  "sentence", "yes", "options", "word", "list", "table", "JSON"
};
static const char *const scopes[] = { "part", "whole" };
static const char *const styles[] = { "plain", "CAPITALS", "lowercase", "Chinese", "English" };
static const char *const numbers[] = { "any", "one",   "two",   "three", "four", "five",
                                       "six", "seven", "eight", "nine",  "ten" };

G_STATIC_ASSERT (G_N_ELEMENTS (abouts) == APP_N_ABOUTS);
G_STATIC_ASSERT (G_N_ELEMENTS (forms) == APP_N_FORMS);
G_STATIC_ASSERT (G_N_ELEMENTS (styles) == APP_N_STYLES);
G_STATIC_ASSERT (G_N_ELEMENTS (numbers) == MAX_ITEMS + 1);

static const char examples[] =
    "Questions about recordings: what each asks about, the form of the answer, the style, how much "
    "of "
    "the recording it takes.\n"
    "Q: What does she want him to do?\nA: words; sentence; plain; part\n"
    "Q: How does the second speaker feel?\nA: emotion; sentence; plain; part\n"
    "Q: Is it a man or a woman who speaks first?\nA: gender; options; plain; part\n"
    "Q: What mood is he in? One word, in capitals.\nA: emotion; word; CAPITALS; part\n"
    "Q: Give the main points as three bullets.\nA: words; list of three; plain; whole\n"
    "Q: Does the tone fit what is said?\nA: tone; yes; plain; part\n"
    "Q: Make a table of speaker, gender, emotion and words.\nA: everything; table; plain; whole\n"
    "Q: Who sounds worried?\nA: speaker; sentence; plain; part\n"
    "Q: Do they laugh or cry? Answer in capitals.\nA: emotion; options; CAPITALS; part\n"
    "Q: No capital letters: where is she going?\nA: words; sentence; lowercase; part\n"
    "Q: Answer with JSON that fits {\"type\": \"object\", ...}: how many men talk?\n"
    "A: count; JSON; plain; part\n"
    "Q: How does he sound?\nA: emotion; sentence; plain; part\n"
    "Q: Is her voice high, normal or low?\nA: pitch; options; plain; part\n"
    "Q: 她哪一天去医院？\nA: words; sentence; plain; part\n"
    "Q: How many people talk? Just the number.\nA: count; word; plain; part\n"
    "Q: Reply as JSON with the keys \"who\" and \"feeling\".\nA: emotion; JSON; plain; part\n"
    "Q: Do both clips have the same speaker?\nA: voices; yes; plain; part\n"
    "Q: Which of the two files is longer?\nA: length; options; plain; part\n"
    "Q: Is it one man in both files?\nA: voices; yes; plain; part\n"
    "Q: Translate what he says into Chinese.\nA: translation; sentence; Chinese; whole\n"
    "Q: Who paid for the meal?\nA: words; sentence; plain; part\n"
    "Q: Who was frightened by the storm?\nA: words; sentence; plain; part\n"
    "Q: Who is standing at the gate?\nA: words; sentence; plain; part\n"
    "Q: 这句话的英文是什么？\nA: translation; sentence; English; whole\n"
    "Q: Who says \"we are lost\"?\nA: speaker; sentence; plain; part\n"
    "Q: What tone does she say it in?\nA: emotion; sentence; plain; part\n"
    "Q: 「我们走吧」是谁说的，听起来高兴吗？\nA: emotion; yes; plain; part\n"
    "Q: What comes before \"good night\"?\nA: words; sentence; plain; part\n"
    "Q: 「晚安」后面说了什么？用原话回答。\nA: words; sentence; plain; part\n"
    "Q: 「明天见」的前一句是什么？请用原文回答。\nA: words; sentence; plain; part\n"
    "Q: 那个人为什么生气？\nA: words; sentence; plain; part\n"
    "Q: What is the speaker called?\nA: words; sentence; plain; part\n"
    "Q: When does he speak of the price?\nA: time; sentence; plain; part\n"
    "Q: Where in the recording do they say \"we are lost\"?\nA: time; sentence; plain; part\n"
    "Q: When will they come back?\nA: words; sentence; plain; part\n"
    "Q: How does the third line sound?\nA: emotion; sentence; plain; part\n"
    "Q: In which recording does a man speak?\nA: gender; options; plain; part\n"
    "Q: In which file does the voice sound angry?\nA: emotion; options; plain; part\n"
    "Q: Where does the voice not fit the words?\nA: tone; sentence; plain; part\n"
    "Q: Are there any women among them?\nA: gender; yes; plain; part\n"
    "Q: What does speaker C say?\nA: words; sentence; plain; whole\n"
    "Q: Which woman wants to leave?\nA: words; sentence; plain; part\n"
    "Q: Name the feeling in this voice.\nA: emotion; sentence; plain; part\n"
    "Q: 车子是什么颜色的？\nA: words; sentence; plain; part\n"
    "Q: 他说他怕什么？\nA: words; sentence; plain; part\n"
    "Q: 她为什么难过？\nA: words; sentence; plain; part\n"
    "Q: How quickly does he talk?\nA: speed; sentence; plain; part\n"
    "Q: Whose voice is heard at the end?\nA: speaker; sentence; plain; part\n"
    "Q: How many of them are men?\nA: count; sentence; plain; part\n"
    "Q: 有几位男士？\nA: count; sentence; plain; part\n"
    "Q: 里面有几个女的？\nA: count; sentence; plain; part\n"
    "Q: Is she sad at the end?\nA: emotion; yes; plain; part\n"
    "Q: Did they go by train or by car?\nA: words; options; plain; part\n"
    "Q: List what she complains about.\nA: words; list of any; plain; whole\n"
    "Q: What language is spoken?\nA: language; sentence; plain; part\n"
    "Q: Is he loud?\nA: loudness; yes; plain; part\n"
    "Q: Which of them speaks softly?\nA: loudness; sentence; plain; part\n"
    "Q: Does he talk fast or slowly?\nA: speed; options; plain; part\n"
    "Q: Which of the clips is about sport?\nA: words; options; plain; part\n"
    "Q: Is “come in” he or she?\nA: gender; options; plain; part\n"
    "Q: Describe his tone of voice.\nA: emotion; sentence; plain; part\n"
    "Q: At what time is the ticket mentioned?\nA: time; sentence; plain; part\n"
    "Q: When is her address given?\nA: time; sentence; plain; part\n"
    "Q: 这段录音在说什么？\nA: words; sentence; plain; whole\n"
    "Q: 用一个词回答：他的心情如何？\nA: emotion; word; plain; part\n"
    "Q: 听得出是男生吗？\nA: gender; yes; plain; part\n"
    "Q: 他用什么语气说「再见」？\nA: emotion; sentence; plain; part\n"
    "Q: How long is the recording?\nA: length; sentence; plain; part\n"
    "Q: Who talks after him?\nA: speaker; sentence; plain; part\n"
    "Q: Every line in a table: who, how, what.\nA: everything; table; plain; whole\n"
    "Q: Show when each of them says what, as a table.\nA: words; table; plain; whole\n"
    "Q: 请只用中文回答：他们是男是女？\nA: gender; options; Chinese; part\n"
    "Q: How many minutes does the dough rest?\nA: words; sentence; plain; part\n"
    "Q: Which man promises to help?\nA: words; sentence; plain; part\n"
    "Q: Sum it up, please.\nA: words; sentence; plain; whole\n"
    "Q: How many voices can be heard?\nA: count; sentence; plain; part\n"
    "Q: 门口有几辆车？\nA: words; sentence; plain; part\n"
    "Q: 他们为什么笑？\nA: words; sentence; plain; part\n"
    "Q: How much did they pay?\nA: words; sentence; plain; part\n";

/* Behind those, for a question of several clauses. */
static const char aside_examples[] =
    "Questions whose first clause is needed, or only said besides.\n"
    "Q: The door banged just now. What does she want?\nFirst clause: besides\n"
    "Q: In one word, what does he want?\nFirst clause: needed\n"
    "Q: 我在想别的事，他什么时候走？\nFirst clause: besides\n"
    "Q: If it rains, where will they go?\nFirst clause: needed\n"
    "Q: 用三个词回答：他怕什么？\nFirst clause: needed\n"
    "Q: Pardon, my mistake! Is the first voice sad?\nFirst clause: besides\n"
    "Q: Every line in a table: who, how, what.\nFirst clause: needed\n"
    "Q: 麻烦您了，她听见了什么？\nFirst clause: besides\n"
    "Q: Only Chinese, please: is it a man?\nFirst clause: needed\n"
    "Q: I came in late. What is broken?\nFirst clause: besides\n"
    "Q: 如果下雨，他们去哪里？\nFirst clause: needed\n"
    "Q: Sum it up, please.\nFirst clause: needed\n"
    "Q: my mistake! Is the first voice sad?\nFirst clause: besides\n"
    "Q: I was on the phone. How much is it?\nFirst clause: besides\n"
    "Q: 我刚进来，谁在笑？\nFirst clause: besides\n";

gboolean
app_about_is_of_manner (AppAbout about)
{
  return about == APP_ABOUT_EMOTION || about == APP_ABOUT_GENDER || about == APP_ABOUT_PITCH
         || about == APP_ABOUT_SPEED || about == APP_ABOUT_LOUDNESS || about == APP_ABOUT_TONE;
}

const char *
app_about_get_name (AppAbout about)
{
  return abouts[about];
}

const char *
app_form_get_name (AppForm form)
{
  return forms[form];
}

/* What one question behind the scenes needs. */
typedef struct {
  LlmSession *session;
  LlmPrompt *prompt;
  LlmTokenizer *tokenizer;
  LlmPrompt *guessed; /* NULL, or what the last pass took the prompt to become */
} Asker;

/* Logits after the prompt; NULL with an error. Passes take as long for some tokens as for one, so
 * the text that is likeliest to follow is computed along: where it is what follows, the next
 * logits are there. */
static const float *
look_ahead (Asker *asker, const char *guess, GError **error)
{
  const int n = llm_prompt_get_n_positions (asker->prompt);
  int n_ahead;

  if (asker->guessed == NULL || llm_prompt_common_prefix (asker->guessed, asker->prompt) < n) {
    g_clear_pointer (&asker->guessed, llm_prompt_free);
    asker->guessed = llm_prompt_copy (asker->prompt);
    llm_prompt_add_text (asker->guessed, guess, 0);
    n_ahead = llm_prompt_get_n_positions (asker->guessed) - n;
    if (n_ahead >= LLM_SESSION_LAST_MAX) {
      g_clear_pointer (&asker->guessed, llm_prompt_free);
      return look_ahead (asker, "", error);
    }
    if (!llm_session_prefill_last (asker->session, asker->guessed, n_ahead + 1, error)) {
      g_clear_pointer (&asker->guessed, llm_prompt_free);
      return NULL;
    }
  }
  return llm_session_get_last_logits (asker->session,
                                      llm_prompt_get_n_positions (asker->guessed) - n);
}

/* The label that the model finds likeliest next, which is added to the prompt; -1 with an error. */
static int
choose (Asker *asker, const char *lead, const char *const *labels, int n_labels, const char *guess,
        GError **error)
{
  const float *logits;
  int best = 0;
  float best_logit = -G_MAXFLOAT;
  g_autofree char *taken = NULL;

  llm_prompt_add_text (asker->prompt, lead, 0);
  logits = look_ahead (asker, guess, error);
  if (logits == NULL)
    return -1;
  for (int i = 0; i < n_labels; i++) {
    g_autofree char *label = g_strconcat (" ", labels[i], NULL);
    g_autoptr (GArray) ids =
        llm_tokenizer_encode (asker->tokenizer, label, -1, LLM_TOKENIZE_CONTINUE);
    float logit = ids->len > 0 ? logits[g_array_index (ids, int, 0)] : -G_MAXFLOAT;

    if (logit > best_logit) {
      best = i;
      best_logit = logit;
    }
  }
  taken = g_strconcat (" ", labels[best], NULL);
  llm_prompt_add_text (asker->prompt, taken, 0);
  return best;
}

/* (transfer full): in one line, and not too long. */
static char *
shorten (const char *question)
{
  gsize length = strlen (question);
  g_autofree char *head = g_strndup (question, MIN (length, MAX_PART));
  const char *tail =
      length > 2 * MAX_PART ? question + length - MAX_PART : question + MIN (length, MAX_PART);
  g_autofree char *both = g_strconcat (head, tail, NULL);
  char *valid = g_utf8_make_valid (both, -1);

  return g_strstrip (g_strdelimit (valid, "\r\n\t", ' '));
}

static gboolean
start_asker (AppEngine *engine, Asker *asker, GError **error)
{
  LlmModel *model = app_engine_get_chat_model (engine, error);
  LlmVocab *vocab = model != NULL ? app_engine_get_vocab (engine, error) : NULL;

  asker->session = vocab != NULL ? app_engine_get_side_session (engine, error) : NULL;
  if (asker->session == NULL)
    return FALSE;
  asker->tokenizer = llm_model_get_tokenizer (model);
  asker->prompt = llm_prompt_new (vocab, llm_model_get_config (model)->n_embd);
  llm_prompt_add_text (asker->prompt, "", LLM_TOKENIZE_BOS);
  llm_prompt_add_text (asker->prompt, examples, 0);
  return app_prompt_cache_prefill (asker->session, asker->prompt, error);
}

/* (transfer none): the question from the clause on with which the model takes it to begin; NULL
 * with an error. */
static const char *
leave_out_asides (const Asker *after, const char *question, GError **error)
{
  static const char *const kinds[] = { "needed", "besides" };
  g_auto (GStrv) tails = app_question_tails_list (question);
  g_autoptr (LlmPrompt) prompt = llm_prompt_copy (after->prompt);

  llm_prompt_add_text (prompt, aside_examples, 0);
  for (guint i = 0; tails[i] != NULL; i++) {
    g_autoptr (LlmPrompt) one = llm_prompt_copy (prompt);
    Asker asker = { .session = after->session, .prompt = one, .tokenizer = after->tokenizer };
    g_autofree char *line = shorten (question);
    g_autofree char *asked = g_strdup_printf ("Q: %s\nFirst clause:", line);
    int chosen = choose (&asker, asked, kinds, G_N_ELEMENTS (kinds), "", error);

    g_clear_pointer (&asker.guessed, llm_prompt_free);
    if (chosen < 0)
      return NULL;
    if (chosen == 0)
      break;
    question += strlen (question) - strlen (tails[i]);
  }
  return question;
}

/* FALSE with an error. Field by field, as the examples have them. */
static gboolean
fill_in (Asker *asker, const char *request, AppQuestionForm *form, GError **error)
{
  g_autofree char *line = shorten (request);
  g_autofree char *asked = g_strdup_printf ("Q: %s\nA:", line);
  int about, answer, style, scope, items = 0;

  about = choose (asker, asked, abouts, APP_N_ABOUTS, " words; sentence; plain;", error);
  answer = about >= 0 ? choose (asker, ";", forms, APP_N_FORMS, " sentence; plain;", error) : -1;
  if (answer == APP_FORM_LIST)
    items = choose (asker, " of", numbers, G_N_ELEMENTS (numbers), " three; plain;", error);
  style =
      answer >= 0 && items >= 0 ? choose (asker, ";", styles, APP_N_STYLES, " plain;", error) : -1;
  scope = style >= 0 ? choose (asker, ";", scopes, G_N_ELEMENTS (scopes), "", error) : -1;
  if (scope < 0)
    return FALSE;
  *form = (AppQuestionForm){ .about = (AppAbout) about,
                             .form = (AppForm) answer,
                             .style = (AppStyle) style,
                             .n_items = items,
                             .needs_whole = scope == 1 };
  return TRUE;
}

gboolean
app_question_form_find (AppEngine *engine, const char *question, AppQuestionForm *form,
                        GError **error)
{
  Asker asker = { 0 };
  const char *request = NULL;
  gboolean is_found;

  if (start_asker (engine, &asker, error))
    request = leave_out_asides (&asker, question, error);
  is_found = request != NULL && fill_in (&asker, request, form, error);
  if (is_found)
    form->n_aside = (gsize) (request - question);
  g_clear_pointer (&asker.guessed, llm_prompt_free);
  g_clear_pointer (&asker.prompt, llm_prompt_free);
  return is_found;
}
