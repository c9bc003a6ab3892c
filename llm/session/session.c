/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/session/session-private.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "llm/session/repetition.h"
#include "llm/text/text-stream.h"
#include "nn/ops/ops.h"

/* Positions per pass of a prompt: enough to amortise the reading of the weights, few enough to
 * cancel soon and to keep scratch small (35 MB for a model of 1.5 G). */
#define CHUNK 256
#define DEFAULT_MAX_CONTEXT 8192
/* Positions of which all logits are there at once: 20 MB for 152,000 tokens. */
#define WEIGHED_AT_ONCE 32

G_STATIC_ASSERT (1 + LLM_DRAFT_MAX <= LLM_SESSION_LAST_MAX && LLM_SESSION_LAST_MAX <= CHUNK);

LlmSession *
llm_session_new (LlmModel *model, NnContext *context, int n_ctx, GError **error)
{
  const LlmConfig *c = llm_model_get_config (model);
  g_autoptr (LlmSession) session = g_new0 (LlmSession, 1);

  session->model = llm_model_ref (model);
  session->context = context;
  session->n_ctx = n_ctx > 0 ? n_ctx : MIN (c->n_ctx_train, DEFAULT_MAX_CONTEXT);
  session->state = llm_state_new (c, MIN (CHUNK, session->n_ctx), error);
  if (session->state == NULL)
    return NULL;
  session->cache = nn_kv_cache_new (c->n_layers, c->n_kv_heads, c->head_dim, session->n_ctx, error);
  if (session->cache == NULL)
    return NULL;
  session->logits = g_try_new (float, (size_t) LLM_SESSION_LAST_MAX *(size_t) c->n_vocab);
  session->ids = g_try_new (int, session->n_ctx);
  if (session->logits == NULL || session->ids == NULL) {
    g_set_error (error, NN_ERROR, NN_ERROR_MEMORY, "no memory for a session of %d positions",
                 session->n_ctx);
    return NULL;
  }
  return g_steal_pointer (&session);
}

void
llm_session_free (LlmSession *session)
{
  if (session == NULL)
    return;
  g_clear_pointer (&session->prompt, llm_prompt_free);
  g_clear_pointer (&session->cache, nn_kv_cache_free);
  g_clear_pointer (&session->state, llm_state_free);
  g_free (session->logits);
  g_free (session->ids);
  llm_model_unref (session->model);
  g_free (session);
}

int
llm_session_get_n_ctx (const LlmSession *session)
{
  return session->n_ctx;
}

int
llm_session_get_n_positions (const LlmSession *session)
{
  return session->n_positions;
}

LlmModel *
llm_session_get_model (const LlmSession *session)
{
  return session->model;
}

static float *
logits_of_row (const LlmSession *session, int row)
{
  return session->logits + (size_t) row * (size_t) session->model->config.n_vocab;
}

static float *
current_logits (const LlmSession *session)
{
  return logits_of_row (session, session->row);
}

const float *
llm_session_get_logits (const LlmSession *session)
{
  return current_logits (session);
}

const float *
llm_session_get_last_logits (const LlmSession *session, int n_before)
{
  g_return_val_if_fail (n_before >= 0 && n_before <= session->row, NULL);

  return logits_of_row (session, session->row - n_before);
}

int
llm_session_count_shared (const LlmSession *session, const LlmPrompt *prompt)
{
  const int n_total = llm_prompt_get_n_positions (prompt);
  int n;

  if (session->prompt == NULL)
    return 0;
  n = llm_prompt_common_prefix (session->prompt, prompt);
  if (n == llm_prompt_get_n_positions (session->prompt))
    while (n < MIN (session->n_positions, n_total)
           && llm_prompt_get (prompt, n, NULL) == session->ids[n])
      n++;
  return MIN (n, session->n_positions);
}

/* Writes the embeddings of positions first .. first + n - 1 where the pass wants them. */
static void
embed (LlmSession *session, const LlmPrompt *prompt, int first, int n)
{
  const size_t d = (size_t) session->state->n_embd;

  for (int i = 0; i < n; i++) {
    float *x = llm_state_row (session->state, i);
    const float *row = NULL;
    int id = llm_prompt_get (prompt, first + i, &row);

    if (id >= 0)
      llm_model_get_embedding (session->model, id, x);
    else
      memcpy (x, row, d * sizeof (float));
    llm_model_scale_embedding (session->model, x);
  }
}

static gboolean
check_prompt (const LlmSession *session, const LlmPrompt *prompt, int n_after, GError **error)
{
  const int n_total = llm_prompt_get_n_positions (prompt);
  const int n_vocab = session->model->config.n_vocab;

  if (n_total == 0) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT, "the prompt is empty");
    return FALSE;
  }
  if (n_total > session->n_ctx - n_after) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_CONTEXT_FULL,
                 "the prompt has %d positions, and the context holds %d", n_total,
                 session->n_ctx - n_after);
    return FALSE;
  }
  for (int i = 0; i < n_total; i++)
    if (llm_prompt_get (prompt, i, NULL) >= n_vocab) {
      g_set_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT,
                   "position %d is token %d, and the model has %d", i,
                   llm_prompt_get (prompt, i, NULL), n_vocab);
      return FALSE;
    }
  return TRUE;
}

void
llm_session_remember (LlmSession *session, const LlmPrompt *prompt, int keep)
{
  LlmPrompt *copy = llm_prompt_copy (prompt);

  g_clear_pointer (&session->prompt, llm_prompt_free);
  session->prompt = copy;
  session->n_positions = keep;
  session->has_logits = FALSE;
  session->row = 0;
  for (int i = 0; i < llm_prompt_get_n_positions (copy); i++)
    session->ids[i] = llm_prompt_get (copy, i, NULL);
}

/* Computes n positions of the prompt from `first` on, and the logits after the last n_logits. */
static gboolean
forward (LlmSession *session, int first, int n, int n_logits, float *logits, GError **error)
{
  const LlmBatch batch = { session->cache, first, n, n_logits, logits };

  embed (session, session->prompt, first, n);
  if (!llm_decoder_forward (session->model, session->context, session->state, &batch)) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_CANCELLED, "cancelled after %d of %d positions", first,
                 llm_prompt_get_n_positions (session->prompt));
    return FALSE;
  }
  session->n_positions = first + n;
  return TRUE;
}

/* Computes the prompt's positions from n_positions on. Logits of all of them go to `all`, or those
 * of the last n_last to session->logits where `all` is NULL. */
static gboolean
compute (LlmSession *session, float *all, int n_last, LlmProgress progress, gpointer user_data,
         GError **error)
{
  const int n_total = llm_prompt_get_n_positions (session->prompt);
  const int start = session->n_positions;

  while (session->n_positions < n_total) {
    const int first = session->n_positions;
    const gboolean is_last = n_total - first <= session->state->max_rows;
    /* Those whose logits are wanted stay together. */
    const int n =
        is_last ? n_total - first : MIN (session->state->max_rows, n_total - first - n_last);
    float *logits = all != NULL ? all + (size_t) first * (size_t) session->model->config.n_vocab
                                : session->logits;
    const int n_logits = all != NULL ? n : is_last ? n_last : 0;

    if (!forward (session, first, n, n_logits, logits, error))
      return FALSE;
    if (progress != NULL)
      progress ((double) (session->n_positions - start) / (n_total - start), user_data);
  }
  session->row = all == NULL ? n_last - 1 : 0;
  session->has_logits = all == NULL;
  return TRUE;
}

/* Positions are computed again where logits after them are wanted, which generation starts from. */
static gboolean
prefill (LlmSession *session, const LlmPrompt *prompt, int n_last, LlmProgress progress,
         gpointer user_data, int *n_computed, GError **error)
{
  const int n_total = llm_prompt_get_n_positions (prompt);
  int keep;

  if (!check_prompt (session, prompt, 1, error))
    return FALSE;
  keep = llm_session_count_shared (session, prompt);
  if (keep < n_total || session->n_positions > n_total || session->row + 1 < n_last
      || !session->has_logits) {
    keep = MIN (keep, n_total - n_last);
    llm_session_remember (session, prompt, keep);
    if (!compute (session, NULL, n_last, progress, user_data, error))
      return FALSE;
  }
  if (n_computed != NULL)
    *n_computed = session->n_positions - keep;
  return TRUE;
}

gboolean
llm_session_prefill (LlmSession *session, const LlmPrompt *prompt, LlmProgress progress,
                     gpointer user_data, int *n_computed, GError **error)
{
  return prefill (session, prompt, 1, progress, user_data, n_computed, error);
}

gboolean
llm_session_prefill_last (LlmSession *session, const LlmPrompt *prompt, int n_last, GError **error)
{
  g_return_val_if_fail (n_last > 0 && n_last <= LLM_SESSION_LAST_MAX
                            && n_last <= llm_prompt_get_n_positions (prompt),
                        FALSE);

  return prefill (session, prompt, n_last, NULL, NULL, NULL, error);
}

gboolean
llm_session_score (LlmSession *session, const LlmPrompt *prompt, float *logits, GError **error)
{
  if (!check_prompt (session, prompt, 0, error))
    return FALSE;
  llm_session_remember (session, prompt, 0);
  return compute (session, logits, 0, NULL, NULL, error);
}

/* Of the ids that follow n positions, whose logits are there and become probabilities. */
static double
sum_log_probabilities (const LlmSession *session, const LlmPrompt *prompt, int first, int n,
                       float *logits)
{
  const int n_vocab = session->model->config.n_vocab;
  double sum = 0;

  for (int i = 0; i < n; i++) {
    const int id = llm_prompt_get (prompt, first + i + 1, NULL);
    float *row = logits + (size_t) i * (size_t) n_vocab;

    if (id < 0)
      continue;
    nn_softmax (row, n_vocab);
    sum += log (MAX ((double) row[id], DBL_MIN));
  }
  return sum;
}

/* The last position need not be computed: nothing follows it. */
gboolean
llm_session_weigh (LlmSession *session, const LlmPrompt *prompt, int first, double *log_probability,
                   GError **error)
{
  const int n_total = llm_prompt_get_n_positions (prompt);
  const size_t n_vocab = (size_t) session->model->config.n_vocab;
  g_autofree float *logits = NULL;

  g_return_val_if_fail (first > 0, FALSE);
  if (!check_prompt (session, prompt, 0, error))
    return FALSE;
  logits = g_new (float, MIN (WEIGHED_AT_ONCE, n_total) * n_vocab);
  llm_session_remember (session, prompt,
                        MIN (llm_session_count_shared (session, prompt), first - 1));
  *log_probability = 0;
  while (session->n_positions < n_total - 1) {
    const int at = session->n_positions;
    const gboolean is_before = at < first - 1;
    const int n = is_before
                      ? MIN (session->state->max_rows, first - 1 - at)
                      : MIN (MIN (session->state->max_rows, WEIGHED_AT_ONCE), n_total - 1 - at);

    if (!forward (session, at, n, is_before ? 0 : n, logits, error))
      return FALSE;
    if (!is_before)
      *log_probability += sum_log_probabilities (session, prompt, at, n, logits);
  }
  return TRUE;
}

/* What one generation uses besides the session. */
typedef struct {
  const LlmGenerateOptions *options;
  NnSampler *sampler;
  LlmTextStream *stream;
  LlmOnText on_text;
  gpointer user_data;
  LlmRepetition repetition;
  int n_tokens;
  int n_passes;
} Generation;

/* Adds a token of the answer to the cache, and the logits after it are there. Behind it go guesses
 * of those that follow: a token that was guessed has been computed already. */
static gboolean
step (LlmSession *session, Generation *g, int n_left, int id)
{
  LlmState *state = session->state;
  LlmDrafter *drafter = &session->drafter;
  const int first = session->n_positions;

  session->ids[first] = id;
  if (llm_drafter_take (drafter, id)) {
    session->row++;
  } else {
    const int room = MIN (MIN (n_left, session->n_ctx - first), state->max_rows) - 1;
    const int n =
        1
        + (g->options->no_drafts ? 0
                                 : llm_drafter_propose (drafter, session->ids, first + 1, room));
    const LlmBatch batch = {
      .cache = session->cache, .first = first, .n_rows = n, .n_logits = n, .logits = session->logits
    };
    const gint64 start = g_get_monotonic_time ();

    for (int i = 0; i < n; i++) {
      llm_model_get_embedding (session->model, i == 0 ? id : drafter->ids[i - 1],
                               llm_state_row (state, i));
      llm_model_scale_embedding (session->model, llm_state_row (state, i));
    }
    if (!llm_decoder_forward (session->model, session->context, state, &batch))
      return FALSE;
    llm_drafter_took (drafter, n, (double) (g_get_monotonic_time () - start));
    session->row = 0;
    g->n_passes++;
  }
  session->n_positions++;
  session->has_logits = TRUE;
  return TRUE;
}

/* FALSE if the callback wants no more. */
static gboolean
show (Generation *g)
{
  const char *ready = llm_text_stream_take (g->stream);

  return ready[0] == '\0' || g->on_text == NULL || g->on_text (ready, g->n_tokens, g->user_data);
}

/* Draws a token and takes it up; TRUE if it ends the answer, for the reason in *stop. */
static gboolean
next_token (LlmSession *session, Generation *g, int *id, LlmStop *stop)
{
  LlmTokenizer *tokenizer = llm_model_get_tokenizer (session->model);
  LlmConstraint *constraint = g->options->constraint;
  size_t length;
  const char *piece;

  *stop = LLM_STOP_END;
  session->has_logits = FALSE;
  *id = nn_sampler_next (g->sampler, current_logits (session),
                         constraint != NULL ? llm_constraint_mask (constraint) : NULL);
  if (llm_tokenizer_is_end (tokenizer, *id))
    return TRUE;
  if (constraint != NULL)
    llm_constraint_accept (constraint, *id);
  g->n_tokens++;
  piece = llm_tokenizer_piece (tokenizer, *id, &length);
  llm_text_stream_push (g->stream, piece, length);
  if (!show (g)) {
    *stop = LLM_STOP_CANCELLED;
    return TRUE;
  }
  if (llm_text_stream_is_stopped (g->stream)
      || (constraint != NULL && llm_constraint_is_complete (constraint)))
    return TRUE;
  *stop = LLM_STOP_REPETITION;
  return llm_repetition_push (&g->repetition, *id);
}

static LlmStop
run (LlmSession *session, Generation *g)
{
  const int max_tokens = g->options->max_tokens > 0 ? g->options->max_tokens : G_MAXINT;
  LlmStop stop;
  int id;

  llm_drafter_start (&session->drafter);
  for (;;) {
    if (nn_context_is_cancelled (session->context))
      return LLM_STOP_CANCELLED;
    if (next_token (session, g, &id, &stop))
      return stop;
    if (g->n_tokens >= max_tokens)
      return LLM_STOP_MAX_TOKENS;
    if (session->n_positions == session->n_ctx)
      return LLM_STOP_CONTEXT;
    if (!step (session, g, max_tokens - g->n_tokens, id))
      return LLM_STOP_CANCELLED;
  }
}

char *
llm_session_generate (LlmSession *session, const LlmGenerateOptions *options, LlmOnText on_text,
                      gpointer user_data, LlmGenerated *generated, GError **error)
{
  g_autoptr (NnSampler) sampler = NULL;
  g_autoptr (LlmTextStream) stream = NULL;
  LlmStop stop;

  if (!session->has_logits) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT, "there is no prompt to answer");
    return NULL;
  }
  sampler = nn_sampler_new (&options->sampling, session->model->config.n_vocab);
  /* Eight bytes a token is more than languages need, so the loop does not allocate. */
  stream = llm_text_stream_new (options->stops,
                                8
                                    * (size_t) (options->max_tokens > 0
                                                    ? MIN (options->max_tokens, session->n_ctx)
                                                    : session->n_ctx));
  if (options->constraint != NULL)
    llm_constraint_reset (options->constraint);

  Generation g = { .options = options,
                   .sampler = sampler,
                   .stream = stream,
                   .on_text = on_text,
                   .user_data = user_data };
  stop = run (session, &g);
  llm_text_stream_end (stream);
  if (!show (&g))
    stop = LLM_STOP_CANCELLED;
  if (generated != NULL)
    *generated = (LlmGenerated){ .stop = stop,
                                 .n_tokens = g.n_tokens,
                                 .n_passes = g.n_passes,
                                 .by_text = llm_text_stream_is_stopped (stream) };
  return llm_text_stream_free_to_text (g_steal_pointer (&stream));
}
