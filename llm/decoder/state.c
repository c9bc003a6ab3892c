/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/decoder/decoder.h"

#include "nn/base/nn-error.h"

LlmState *
llm_state_new (const LlmConfig *config, int max_rows, GError **error)
{
  LlmState *state = g_new0 (LlmState, 1);
  const size_t d = (size_t) config->n_embd;
  const size_t d_q = (size_t) config->n_heads * (size_t) config->head_dim;
  const size_t d_kv = (size_t) config->n_kv_heads * (size_t) config->head_dim;
  const size_t n_ff = (size_t) config->n_ff;
  struct {
    float **at;
    size_t width;
  } parts[] = {
    { &state->x, d },      { &state->norm, d },           { &state->qkv, d_q + 2 * d_kv },
    { &state->attn, d_q }, { &state->gate_up, 2 * n_ff }, { &state->ff, n_ff },
  };

  g_assert (max_rows > 0);
  state->max_rows = max_rows;
  state->n_embd = config->n_embd;
  state->positions = g_new (int, max_rows);
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++) {
    /* Widths are at most 2^22 (llm_config_read), so this does not overflow. */
    *parts[i].at = g_try_malloc_n ((size_t) max_rows, parts[i].width * sizeof (float));
    if (*parts[i].at == NULL) {
      g_set_error (error, NN_ERROR, NN_ERROR_MEMORY, "no memory for %d rows of %zu floats",
                   max_rows, parts[i].width);
      llm_state_free (state);
      return NULL;
    }
  }
  return state;
}

void
llm_state_free (LlmState *state)
{
  if (state == NULL)
    return;
  g_free (state->x);
  g_free (state->norm);
  g_free (state->qkv);
  g_free (state->attn);
  g_free (state->gate_up);
  g_free (state->ff);
  g_free (state->positions);
  g_free (state);
}
