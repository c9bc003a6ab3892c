/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/listen/wording.h"

#include <math.h>

#define LEAD "What somebody says:\n"
/* Of the language's logarithm beside the sound's. On 70 clips, English and Chinese, 0.15 to 0.5
 * give the same but for a few words. */
#define LANGUAGE_WEIGHT 0.2
/* What sounds so much less likely than the best is no alternative. */
#define MAX_GAP 2.0

struct _AppWording {
  AppEngine *engine;
  gboolean is_asked;               /* for the chat model */
  LlmSession *session;             /* NULL: it cannot be had */
  AudioScriptConverter *converter; /* to simplified characters, which the model knows best */
};

AppWording *
app_wording_new (AppEngine *engine)
{
  AppWording *wording = g_new0 (AppWording, 1);

  wording->engine = engine;
  wording->converter = audio_script_converter_new (AUDIO_SCRIPT_SIMPLIFIED, NULL);
  return wording;
}

void
app_wording_free (AppWording *wording)
{
  if (wording == NULL)
    return;
  g_clear_pointer (&wording->converter, audio_script_converter_free);
  g_free (wording);
}

static int
count_digits (const char *text)
{
  int n = 0;

  for (const char *c = text; *c != '\0'; c++)
    n += g_ascii_isdigit (*c);
  return n;
}

int
app_wording_find_near (const AudioAlternative *alternatives, int n, int *places)
{
  const int n_digits = count_digits (alternatives[0].text);
  double best = alternatives[0].log_probability;
  int n_near = 0;

  for (int i = 1; i < n; i++)
    if (count_digits (alternatives[i].text) == n_digits)
      best = MAX (best, alternatives[i].log_probability);
  for (int i = 0; i < n && n_near < APP_WORDING_MAX_NEAR; i++)
    if (count_digits (alternatives[i].text) == n_digits
        && alternatives[i].log_probability >= best - MAX_GAP)
      places[n_near++] = i;
  return n_near;
}

int
app_wording_weigh (const AudioAlternative *alternatives, const int *places,
                   const double *log_probabilities, int n)
{
  double best_weight = -INFINITY;
  int best = 0;

  for (int i = 0; i < n; i++) {
    const double weight =
        alternatives[places[i]].log_probability + LANGUAGE_WEIGHT * log_probabilities[i];

    if (weight > best_weight) {
      best = places[i];
      best_weight = weight;
    }
  }
  return best;
}

/* (transfer full): of LlmPrompt, one for each place. */
static GPtrArray *
make_prompts (const AppWording *wording, LlmVocab *vocab, const AudioAlternative *alternatives,
              const int *places, int n_places)
{
  GPtrArray *prompts = g_ptr_array_new_with_free_func ((GDestroyNotify) llm_prompt_free);
  const int n_embd = llm_model_get_config (llm_session_get_model (wording->session))->n_embd;

  for (int i = 0; i < n_places; i++) {
    const char *text = alternatives[places[i]].text;
    LlmPrompt *prompt = llm_prompt_new (vocab, n_embd);
    g_autofree char *simplified = wording->converter != NULL
                                      ? audio_script_converter_convert (wording->converter, text)
                                      : g_strdup (text);

    llm_prompt_add_text (prompt, "", LLM_TOKENIZE_BOS);
    llm_prompt_add_text (prompt, LEAD, 0);
    llm_prompt_add_text (prompt, simplified, 0);
    g_ptr_array_add (prompts, prompt);
  }
  return prompts;
}

/* What all begin with need not be weighed. */
static int
count_common (GPtrArray *prompts)
{
  int n = llm_prompt_get_n_positions (g_ptr_array_index (prompts, 0));

  for (guint i = 1; i < prompts->len; i++)
    n = MIN (n, llm_prompt_common_prefix (g_ptr_array_index (prompts, 0),
                                          g_ptr_array_index (prompts, i)));
  return MAX (n, 1);
}

/* Loading the model is a stage of its own, within the listening. */
static LlmSession *
get_session (AppWording *wording)
{
  if (!wording->is_asked) {
    wording->is_asked = TRUE;
    wording->session = app_engine_get_side_session (wording->engine, NULL);
    app_engine_begin_stage (wording->engine, APP_STAGE_LISTENING);
  }
  return wording->session;
}

int
app_wording_choose (const AudioAlternative *alternatives, int n, gpointer user_data)
{
  AppWording *wording = user_data;
  int places[APP_WORDING_MAX_NEAR];
  double log_probabilities[APP_WORDING_MAX_NEAR] = { 0 };
  const int n_near = app_wording_find_near (alternatives, n, places);
  LlmVocab *vocab;
  g_autoptr (GPtrArray) prompts = NULL;

  if (n_near < 2)
    return places[0];
  vocab = get_session (wording) != NULL ? app_engine_get_vocab (wording->engine, NULL) : NULL;
  if (vocab == NULL)
    return app_wording_weigh (alternatives, places, log_probabilities, n_near);
  prompts = make_prompts (wording, vocab, alternatives, places, n_near);
  for (int i = 0; i < n_near; i++)
    if (!llm_session_weigh (wording->session, g_ptr_array_index (prompts, (guint) i),
                            count_common (prompts), &log_probabilities[i], NULL))
      return 0;
  return app_wording_weigh (alternatives, places, log_probabilities, n_near);
}
