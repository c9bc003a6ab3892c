/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/ops.h"

#include "nn/type.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
  const NnAttention *attention;
  const NnKvCache *cache;
  int layer;
  const float *q;
  int n_rows;
  size_t q_stride;
  int first;
  const float *k;
  const float *v;
  int n_keys;
  size_t kv_stride;
  float *out;
  float *weights;
} Job;

static void
cached_part (void *data, int part, int n_parts)
{
  const Job *job = data;
  const NnAttention *attention = job->attention;
  int head_dim = attention->head_dim;
  int n_kv_heads = nn_kv_cache_get_n_kv_heads (job->cache);
  float *scores = malloc (sizeof (float) * (size_t) (job->first + job->n_rows));

  for (int item = part; item < attention->n_heads * job->n_rows; item += n_parts) {
    int head = item % attention->n_heads;
    int row = item / attention->n_heads;
    int kv_head = head * n_kv_heads / attention->n_heads;
    const uint16_t *keys = nn_kv_cache_keys (job->cache, job->layer, kv_head);
    const uint16_t *values = nn_kv_cache_values (job->cache, job->layer, kv_head);
    const float *q = job->q + (size_t) row * job->q_stride + (size_t) (head * head_dim);
    float *out = job->out + (size_t) ((row * attention->n_heads + head) * head_dim);
    int last = job->first + row;
    int begin =
        attention->window > 0 && last + 1 > attention->window ? last + 1 - attention->window : 0;

    for (int p = begin; p <= last; p++) {
      const uint16_t *key =
          keys + (size_t) (p / NN_KV_TILE * NN_KV_TILE * head_dim) + (size_t) (p % NN_KV_TILE);
      float sum = 0.0f;

      for (int i = 0; i < head_dim; i++)
        sum += q[i] * nn_f16_to_f32 (key[i * NN_KV_TILE]);
      sum *= attention->scale;
      if (attention->logit_softcap > 0.0f)
        sum = attention->logit_softcap * tanhf (sum / attention->logit_softcap);
      scores[p - begin] = sum;
    }
    nn_softmax (scores, last + 1 - begin);
    for (int i = 0; i < head_dim; i++)
      out[i] = 0.0f;
    for (int p = begin; p <= last; p++)
      for (int i = 0; i < head_dim; i++)
        out[i] += scores[p - begin] * nn_f16_to_f32 (values[(size_t) (p * head_dim + i)]);
  }
  free (scores);
}

void
nn_attention_cached (NnContext *context, const NnAttention *attention, const NnKvCache *cache,
                     int layer, const float *q, int n_rows, size_t q_stride, int first, float *out)
{
  Job job = { .attention = attention,
              .cache = cache,
              .layer = layer,
              .q = q,
              .n_rows = n_rows,
              .q_stride = q_stride,
              .first = first,
              .out = out };
  nn_pool_run (context->pool, cached_part, &job);
}

static void
full_part (void *data, int part, int n_parts)
{
  const Job *job = data;
  const NnAttention *attention = job->attention;
  int head_dim = attention->head_dim;
  float *scores = malloc (sizeof (float) * (size_t) job->n_keys);

  for (int item = part; item < attention->n_heads * job->n_rows; item += n_parts) {
    int head = item % attention->n_heads;
    int row = item / attention->n_heads;
    const float *q = job->q + (size_t) row * job->q_stride + (size_t) (head * head_dim);
    float *out = job->out + (size_t) ((row * attention->n_heads + head) * head_dim);

    for (int p = 0; p < job->n_keys; p++) {
      const float *key = job->k + (size_t) p * job->kv_stride + (size_t) (head * head_dim);
      float sum = 0.0f;

      for (int i = 0; i < head_dim; i++)
        sum += q[i] * key[i];
      scores[p] = sum * attention->scale;
    }
    nn_softmax (scores, job->n_keys);
    for (int i = 0; i < head_dim; i++)
      out[i] = 0.0f;
    for (int p = 0; p < job->n_keys; p++) {
      const float *value = job->v + (size_t) p * job->kv_stride + (size_t) (head * head_dim);

      for (int i = 0; i < head_dim; i++)
        out[i] += scores[p] * value[i];
    }
    if (job->weights != NULL)
      for (int p = 0; p < job->n_keys; p++)
        job->weights[((size_t) head * (size_t) job->n_rows + (size_t) row) * (size_t) job->n_keys
                     + (size_t) p] = scores[p];
  }
  free (scores);
}

void
nn_attention_full (NnContext *context, const NnAttention *attention, const float *q, int n_rows,
                   size_t q_stride, const float *k, const float *v, int n_keys, size_t kv_stride,
                   float *out, float *weights)
{
  Job job = { .attention = attention,
              .q = q,
              .n_rows = n_rows,
              .q_stride = q_stride,
              .k = k,
              .v = v,
              .n_keys = n_keys,
              .kv_stride = kv_stride,
              .out = out,
              .weights = weights };
  nn_pool_run (context->pool, full_part, &job);
}
