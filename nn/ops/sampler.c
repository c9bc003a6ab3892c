/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/ops/sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_REPEAT_WINDOW = 64 };

typedef struct {
  int id;
  float value; /* a logit, then a probability */
} Candidate;

struct _NnSampler {
  NnSamplerOptions options;
  int n_vocab;
  uint64_t state; /* PCG32 */
  Candidate *candidates;
  int *recent; /* ring of the last repeat_window accepted ids */
  int n_recent;
  int next_recent;
};

static uint32_t
pcg32 (uint64_t *state)
{
  uint64_t old = *state;
  uint32_t shifted = (uint32_t) (((old >> 18) ^ old) >> 27);
  uint32_t rotation = (uint32_t) (old >> 59);

  *state = old * UINT64_C (6364136223846793005) + UINT64_C (1442695040888963407);
  return (shifted >> rotation) | (shifted << (-rotation & 31));
}

NnSampler *
nn_sampler_new (const NnSamplerOptions *options, int n_vocab)
{
  NnSampler *sampler = g_new0 (NnSampler, 1);

  sampler->options = *options;
  if (sampler->options.repeat_window <= 0)
    sampler->options.repeat_window = DEFAULT_REPEAT_WINDOW;
  sampler->n_vocab = n_vocab;
  sampler->candidates = g_new (Candidate, n_vocab);
  sampler->recent = g_new (int, sampler->options.repeat_window);
  nn_sampler_reset (sampler);
  return sampler;
}

void
nn_sampler_free (NnSampler *sampler)
{
  if (sampler == NULL)
    return;
  g_free (sampler->candidates);
  g_free (sampler->recent);
  g_free (sampler);
}

void
nn_sampler_reset (NnSampler *sampler)
{
  sampler->n_recent = 0;
  sampler->next_recent = 0;
  sampler->state = 0;
  pcg32 (&sampler->state);
  sampler->state += sampler->options.seed;
  pcg32 (&sampler->state);
}

void
nn_sampler_accept (NnSampler *sampler, int id)
{
  sampler->recent[sampler->next_recent] = id;
  sampler->next_recent = (sampler->next_recent + 1) % sampler->options.repeat_window;
  if (sampler->n_recent < sampler->options.repeat_window)
    sampler->n_recent++;
}

/* Each id once, however often it occurs. */
static void
penalize_repeats (NnSampler *sampler, float *logits)
{
  float penalty = sampler->options.repeat_penalty;

  if (penalty <= 0.0f || penalty == 1.0f)
    return;
  for (int i = 0; i < sampler->n_recent; i++) {
    int id = sampler->recent[i];
    gboolean seen = FALSE;

    for (int j = 0; j < i && !seen; j++)
      seen = sampler->recent[j] == id;
    if (seen || id < 0 || id >= sampler->n_vocab)
      continue;
    logits[id] = logits[id] > 0.0f ? logits[id] / penalty : logits[id] * penalty;
  }
}

static gboolean
is_allowed (const uint32_t *allowed, int id)
{
  return allowed == NULL || (allowed[id / 32] >> (id % 32) & 1) != 0;
}

/* The first of the highest; an id that is not a number is never taken unless nothing else is. */
static int
take_highest (const NnSampler *sampler, const float *logits, const uint32_t *allowed)
{
  int best = -1;

  for (int id = 0; id < sampler->n_vocab; id++)
    if (is_allowed (allowed, id)
        && (best < 0 || logits[id] > logits[best] || (isnan (logits[best]) && !isnan (logits[id]))))
      best = id;
  return MAX (best, 0);
}

/* Highest first, equal ones by id, so that the order is the same everywhere. */
static gboolean
comes_before (const Candidate *a, const Candidate *b)
{
  return a->value > b->value || (a->value == b->value && a->id < b->id);
}

static int
compare_candidates (const void *a, const void *b)
{
  return comes_before (a, b) ? -1 : 1;
}

/* Brings the k first candidates to the front, in no order (quickselect). */
static void
select_first (Candidate *candidates, int n, int k)
{
  int low = 0;
  int high = n - 1;

  while (low < high) {
    Candidate pivot = candidates[low + (high - low) / 2];
    int i = low;
    int j = high;

    while (i <= j) {
      while (comes_before (&candidates[i], &pivot))
        i++;
      while (comes_before (&pivot, &candidates[j]))
        j--;
      if (i <= j) {
        Candidate swap = candidates[i];
        candidates[i++] = candidates[j];
        candidates[j--] = swap;
      }
    }
    if (k - 1 <= j)
      high = j;
    else if (k - 1 >= i)
      low = i;
    else
      return;
  }
}

/* Puts the possible ids in order, highest first, and returns how many. */
static int
collect (NnSampler *sampler, const float *logits, const uint32_t *allowed)
{
  const NnSamplerOptions *options = &sampler->options;
  Candidate *candidates = sampler->candidates;
  int n = 0;
  float highest = -INFINITY;

  for (int id = 0; id < sampler->n_vocab; id++)
    if (is_allowed (allowed, id) && logits[id] > highest)
      highest = logits[id];

  /* exp (-40) is below what a float sum of probabilities can hold: dropping those changes no draw
   * and leaves little to sort. */
  float floor = highest - 40.0f * options->temperature;
  for (int id = 0; id < sampler->n_vocab; id++)
    if (is_allowed (allowed, id) && logits[id] >= floor)
      candidates[n++] = (Candidate){ id, logits[id] };

  if (options->top_k > 0 && options->top_k < n) {
    select_first (candidates, n, options->top_k);
    n = options->top_k;
  }
  qsort (candidates, (size_t) n, sizeof *candidates, compare_candidates);
  return n;
}

static int
draw (NnSampler *sampler, int n)
{
  const NnSamplerOptions *options = &sampler->options;
  Candidate *candidates = sampler->candidates;
  double total = 0.0;
  float highest = candidates[0].value;

  for (int i = 0; i < n; i++) {
    candidates[i].value = expf ((candidates[i].value - highest) / options->temperature);
    total += candidates[i].value;
  }

  if (options->top_p > 0.0f && options->top_p < 1.0f) {
    double wanted = total * options->top_p;
    double sum = 0.0;
    int kept = 0;

    while (kept < n && sum < wanted)
      sum += candidates[kept++].value;
    n = MAX (kept, 1);
  }
  if (options->min_p > 0.0f) {
    while (n > 1 && candidates[n - 1].value < options->min_p * candidates[0].value)
      n--;
  }

  total = 0.0;
  for (int i = 0; i < n; i++)
    total += candidates[i].value;
  double at = (double) pcg32 (&sampler->state) * 0x1p-32 * total;
  for (int i = 0; i < n - 1; i++) {
    at -= candidates[i].value;
    if (at < 0.0)
      return candidates[i].id;
  }
  return candidates[n - 1].id;
}

int
nn_sampler_next (NnSampler *sampler, float *logits, const uint32_t *allowed)
{
  int id;

  penalize_repeats (sampler, logits);
  if (sampler->options.temperature <= 0.0f) {
    id = take_highest (sampler, logits, allowed);
  } else {
    int n = collect (sampler, logits, allowed);
    id = n > 0 ? draw (sampler, n) : take_highest (sampler, logits, allowed);
  }
  nn_sampler_accept (sampler, id);
  return id;
}
