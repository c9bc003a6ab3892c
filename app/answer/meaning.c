/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/meaning.h"

#include <math.h>
#include <string.h>

#define SIF_A 1e-4f
/* p(id) = 1 / (id + ZIPF_OFFSET) / ln (n_vocab / ZIPF_OFFSET). The first 256 ids are bytes. */
#define ZIPF_OFFSET 50.0f
#define N_COMPONENTS 3
#define N_ITERATIONS 12

struct _AppMeaning {
  LlmModel *model;
  guint n_texts;
  gsize n_embd;
  float *vectors;    /* n_texts x n_embd, each of unit length, or 0 */
  float *components; /* N_COMPONENTS x n_embd, orthonormal, or 0 */
};

static float
dot (const float *a, const float *b, gsize n)
{
  float sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

/* a += factor * b */
static void
add_scaled (float *a, float factor, const float *b, gsize n)
{
  for (gsize i = 0; i < n; i++)
    a[i] += factor * b[i];
}

static void
normalise (float *a, gsize n)
{
  float norm = sqrtf (dot (a, a, n));

  for (gsize i = 0; norm > 1e-12f && i < n; i++)
    a[i] /= norm;
}

/* vector: n_embd floats; of unit length, or 0 for a text without tokens. */
static void
embed (const AppMeaning *meaning, const char *text, float *vector)
{
  LlmTokenizer *tokenizer = llm_model_get_tokenizer (meaning->model);
  float zipf = 1 / logf (MAX (2.0f, (float) llm_tokenizer_get_n_tokens (tokenizer) / ZIPF_OFFSET));
  g_autofree char *spaced = g_strconcat (" ", text, NULL);
  g_autoptr (GArray) ids = llm_tokenizer_encode (tokenizer, spaced, -1, 0);
  g_autofree float *row = g_new (float, meaning->n_embd);

  memset (vector, 0, meaning->n_embd * sizeof *vector);
  for (guint i = 0; i < ids->len; i++) {
    int id = g_array_index (ids, int, i);
    float p = zipf / ((float) id + ZIPF_OFFSET);

    llm_model_get_embedding (meaning->model, id, row);
    normalise (row, meaning->n_embd);
    add_scaled (vector, SIF_A / (SIF_A + p), row, meaning->n_embd);
  }
  normalise (vector, meaning->n_embd);
}

static void
remove_components (const AppMeaning *meaning, float *vector)
{
  for (gsize c = 0; c < N_COMPONENTS; c++) {
    const float *component = meaning->components + c * meaning->n_embd;

    add_scaled (vector, -dot (vector, component, meaning->n_embd), component, meaning->n_embd);
  }
  normalise (vector, meaning->n_embd);
}

/* Makes component c orthogonal to those before it, and of unit length. */
static void
orthonormalise (AppMeaning *meaning, gsize c)
{
  float *component = meaning->components + c * meaning->n_embd;

  for (gsize b = 0; b < c; b++) {
    const float *before = meaning->components + b * meaning->n_embd;

    add_scaled (component, -dot (component, before, meaning->n_embd), before, meaning->n_embd);
  }
  normalise (component, meaning->n_embd);
}

/* The first principal components of the vectors, about the origin, by orthogonal iteration. */
static void
find_components (AppMeaning *meaning)
{
  gsize n = meaning->n_embd;
  g_autofree float *next = g_new (float, N_COMPONENTS *n);

  for (gsize c = 0; c < N_COMPONENTS; c++) {
    /* Any start that is not orthogonal to what is sought. */
    memcpy (meaning->components + c * n, meaning->vectors + c * (meaning->n_texts - 1) / 2 * n,
            n * sizeof *next);
    meaning->components[c * n + c] += 0.01f;
    orthonormalise (meaning, c);
  }
  for (int iteration = 0; iteration < N_ITERATIONS; iteration++) {
    memset (next, 0, N_COMPONENTS * n * sizeof *next);
    for (gsize t = 0; t < meaning->n_texts; t++) {
      const float *vector = meaning->vectors + t * n;

      for (gsize c = 0; c < N_COMPONENTS; c++)
        add_scaled (next + c * n, dot (vector, meaning->components + c * n, n), vector, n);
    }
    memcpy (meaning->components, next, N_COMPONENTS * n * sizeof *next);
    for (gsize c = 0; c < N_COMPONENTS; c++)
      orthonormalise (meaning, c);
  }
}

AppMeaning *
app_meaning_new (LlmModel *model, const char *const *texts, guint n_texts)
{
  AppMeaning *meaning = g_new0 (AppMeaning, 1);

  meaning->model = llm_model_ref (model);
  meaning->n_embd = (gsize) llm_model_get_config (model)->n_embd;
  meaning->n_texts = n_texts;
  meaning->vectors = g_new0 (float, MAX (n_texts, 1) * meaning->n_embd);
  meaning->components = g_new0 (float, N_COMPONENTS * meaning->n_embd);
  for (guint t = 0; t < n_texts; t++)
    embed (meaning, texts[t], meaning->vectors + t * meaning->n_embd);
  /* Of few texts, the first components would be what they are about. */
  if (n_texts > 10 * N_COMPONENTS)
    find_components (meaning);
  for (guint t = 0; t < n_texts; t++)
    remove_components (meaning, meaning->vectors + t * meaning->n_embd);
  return meaning;
}

void
app_meaning_free (AppMeaning *meaning)
{
  if (meaning == NULL)
    return;
  llm_model_unref (meaning->model);
  g_free (meaning->vectors);
  g_free (meaning->components);
  g_free (meaning);
}

void
app_meaning_compare (const AppMeaning *meaning, const char *text, float *similarities)
{
  g_autofree float *vector = g_new (float, meaning->n_embd);

  embed (meaning, text, vector);
  remove_components (meaning, vector);
  for (guint t = 0; t < meaning->n_texts; t++)
    similarities[t] = dot (vector, meaning->vectors + t * meaning->n_embd, meaning->n_embd);
}

/* vector: of what the texts from `first` up to `end` mean together. */
static void
sum_range (const AppMeaning *meaning, guint first, guint end, float *vector)
{
  memset (vector, 0, meaning->n_embd * sizeof *vector);
  for (guint t = first; t < MIN (end, meaning->n_texts); t++)
    add_scaled (vector, 1, meaning->vectors + t * meaning->n_embd, meaning->n_embd);
  normalise (vector, meaning->n_embd);
}

float
app_meaning_compare_sides (const AppMeaning *meaning, guint index, guint width)
{
  g_autofree float *before = g_new (float, meaning->n_embd);
  g_autofree float *after = g_new (float, meaning->n_embd);

  sum_range (meaning, index > width ? index - width : 0, index, before);
  sum_range (meaning, index, index + width, after);
  return dot (before, after, meaning->n_embd);
}

float
app_meaning_compare_with_range (const AppMeaning *meaning, guint index, guint first, guint end)
{
  g_autofree float *vector = g_new (float, meaning->n_embd);

  sum_range (meaning, first, end, vector);
  return dot (vector, meaning->vectors + index * meaning->n_embd, meaning->n_embd);
}
