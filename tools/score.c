/* SPDX-License-Identifier: GPL-3.0-or-later */

/* score MODEL.gguf < IDS
 *
 * What a decoder makes of given token ids, for comparisons with other programs
 * (tools/eval/decoder). Each line of the input is a sequence of ids, computed from an empty cache.
 * For each position one line is written: the most probable next id, its logit's lead over the
 * second, and the natural logarithm of the probability of the id that does come next (0 at the
 * end). */

#include <math.h>
#include <stdio.h>

#include "llm/decoder/decoder.h"

#define CHUNK 128

static void
print_row (const float *logits, int n_vocab, int next)
{
  int best = logits[0] >= logits[1] ? 0 : 1;
  float second = logits[1 - best];
  double sum = 0;

  for (int i = 2; i < n_vocab; i++)
    if (logits[i] > logits[best]) {
      second = logits[best];
      best = i;
    } else if (logits[i] > second) {
      second = logits[i];
    }
  for (int i = 0; i < n_vocab; i++)
    sum += exp ((double) logits[i] - logits[best]);
  printf ("%d %.5f %.6f\n", best, logits[best] - second,
          next < 0 ? 0.0 : logits[next] - logits[best] - log (sum));
}

static gboolean
score (const LlmModel *model, NnContext *context, const int *ids, int n, GError **error)
{
  const LlmConfig *c = llm_model_get_config (model);
  g_autoptr (LlmState) state = llm_state_new (c, CHUNK, error);
  g_autoptr (NnKvCache) cache = NULL;
  g_autofree float *logits = g_new (float, (size_t) CHUNK * c->n_vocab);

  if (state == NULL)
    return FALSE;
  cache = nn_kv_cache_new (c->n_layers, c->n_kv_heads, c->head_dim, n, error);
  if (cache == NULL)
    return FALSE;
  for (int first = 0; first < n; first += CHUNK) {
    const int rows = MIN (CHUNK, n - first);

    for (int i = 0; i < rows; i++) {
      llm_model_get_embedding (model, ids[first + i], llm_state_row (state, i));
      llm_model_scale_embedding (model, llm_state_row (state, i));
    }
    llm_decoder_forward (model, context, state, &(LlmBatch){ cache, first, rows, rows, logits });
    for (int i = 0; i < rows; i++)
      print_row (logits + (size_t) i * c->n_vocab, c->n_vocab,
                 first + i + 1 < n ? ids[first + i + 1] : -1);
  }
  return TRUE;
}

static gboolean
run (const char *path, GError **error)
{
  NnContext *context = nn_context_new (0);
  g_autoptr (LlmModel) model = llm_model_load (context, path, NULL, NULL, error);
  gboolean done = model != NULL;
  g_autofree char *line = NULL;
  size_t size = 0;

  while (done && getline (&line, &size, stdin) > 0) {
    g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int));
    char *end = line;

    for (char *at = line;; at = end) {
      gint64 id = g_ascii_strtoll (at, &end, 10);
      int value = (int) id;

      if (end == at)
        break;
      if (id < 0 || id >= llm_model_get_config (model)->n_vocab) {
        g_set_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT, "no token %" G_GINT64_FORMAT, id);
        done = FALSE;
        break;
      }
      g_array_append_val (ids, value);
    }
    if (done && ids->len > 0)
      done = score (model, context, (const int *) (void *) ids->data, (int) ids->len, error);
  }
  g_clear_pointer (&model, llm_model_unref);
  nn_context_free (context);
  return done;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc != 2) {
    fprintf (stderr, "usage: score MODEL.gguf < IDS\n");
    return 2;
  }
  if (!run (argv[1], &error)) {
    fprintf (stderr, "score: %s\n", error->message);
    return 1;
  }
  return 0;
}
