/* SPDX-License-Identifier: GPL-3.0-or-later */

/* From logits to a token: repetition penalty, then top-k, temperature, top-p, min-p, then a draw
 * from a seeded generator. With temperature 0 the most probable token is taken.
 *
 * Same seed, same logits: same tokens, whatever the number of threads. A mask restricts the choice
 * (constrained decoding). Nothing is allocated while sampling.
 *
 *   NnSampler *sampler = nn_sampler_new (&(NnSamplerOptions){ .temperature = 0.7f, .seed = 1 },
 * n_vocab); int id = nn_sampler_next (sampler, logits, NULL);
 *
 * Sources: top-p [Holtzman et al. 2020], min-p [Nguyen et al. 2024], penalty [Keskar et al. 2019],
 * generator PCG32 [O'Neill 2014].
 */

#pragma once

#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  float temperature;    /* 0: greedy */
  int top_k;            /* 0: all */
  float top_p;          /* 0 or 1: off */
  float min_p;          /* 0: off */
  float repeat_penalty; /* 0 or 1: off; applies to the last repeat_window tokens accepted */
  int repeat_window;    /* 0: 64 */
  uint64_t seed;
} NnSamplerOptions;

typedef struct _NnSampler NnSampler;

NnSampler *nn_sampler_new (const NnSamplerOptions *options, int n_vocab);
void nn_sampler_free (NnSampler *sampler);
/* Forgets the accepted tokens and starts the generator again from the seed. */
void nn_sampler_reset (NnSampler *sampler);
/* Counts a token of the prompt or of the answer for the repetition penalty. */
void nn_sampler_accept (NnSampler *sampler, int id);
/* logits: n_vocab floats, overwritten as scratch. allowed: NULL, or one bit per id (bit id % 32 of
 * word id / 32); at least one must be set. Returns the id; it is also accepted. */
int nn_sampler_next (NnSampler *sampler, float *logits, const uint32_t *allowed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NnSampler, nn_sampler_free)

G_END_DECLS
