/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/ops/sampler.h"

#include <math.h>
#include <string.h>

enum { N_VOCAB = 70 };

/* Logit i is log (i + 1) but for one id, so that probabilities are known: (i + 1) / sum. */
static void
fill (float *logits)
{
  for (int i = 0; i < N_VOCAB; i++)
    logits[i] = logf ((float) (i + 1));
}

static int
next (NnSampler *sampler, const uint32_t *allowed)
{
  float logits[N_VOCAB];

  fill (logits);
  return nn_sampler_next (sampler, logits, allowed);
}

static void
test_greedy (void)
{
  g_autoptr (NnSampler) sampler = nn_sampler_new (&(NnSamplerOptions){ 0 }, N_VOCAB);
  float logits[N_VOCAB] = { 0 };
  uint32_t allowed[] = { 1u << 7 | 1u << 3, 0, 0 };

  g_assert_cmpint (next (sampler, NULL), ==, N_VOCAB - 1);
  g_assert_cmpint (next (sampler, allowed), ==, 7);
  g_assert_cmpint (nn_sampler_next (sampler, logits, NULL), ==, 0); /* all equal: the first */
  logits[0] = NAN;
  logits[5] = 1.0f;
  g_assert_cmpint (nn_sampler_next (sampler, logits, NULL), ==, 5);
}

static void
test_seed (void)
{
  NnSamplerOptions options = { .temperature = 1.0f, .seed = 11 };
  g_autoptr (NnSampler) a = nn_sampler_new (&options, N_VOCAB);
  g_autoptr (NnSampler) b = nn_sampler_new (&options, N_VOCAB);
  int ids[50], differ = 0;

  options.seed = 12;
  g_autoptr (NnSampler) c = nn_sampler_new (&options, N_VOCAB);
  for (int i = 0; i < 50; i++) {
    ids[i] = next (a, NULL);
    g_assert_cmpint (ids[i], ==, next (b, NULL));
    differ += ids[i] != next (c, NULL);
  }
  g_assert_cmpint (differ, >, 20);
  nn_sampler_reset (a);
  for (int i = 0; i < 50; i++)
    g_assert_cmpint (next (a, NULL), ==, ids[i]);
}

/* Draws with the frequencies that the probabilities say. */
static void
test_distribution (void)
{
  NnSamplerOptions options = { .temperature = 1.0f, .seed = 5 };
  g_autoptr (NnSampler) sampler = nn_sampler_new (&options, N_VOCAB);
  int counts[N_VOCAB] = { 0 };
  const int n = 50000;
  double chi = 0.0;

  for (int i = 0; i < n; i++)
    counts[next (sampler, NULL)]++;
  for (int i = 0; i < N_VOCAB; i++) {
    double expected = (double) n * (i + 1) / (N_VOCAB * (N_VOCAB + 1) / 2.0);
    chi += pow (counts[i] - expected, 2) / expected;
  }
  g_assert_cmpfloat (chi, <, 120.0); /* 69 degrees of freedom: exceeded once in 10,000 */
}

/* The lowest id that each restriction lets through. */
static void
test_restrictions (void)
{
  const struct {
    NnSamplerOptions options;
    int lowest;
  } cases[] = {
    { { .temperature = 1.0f, .top_k = 3 }, N_VOCAB - 3 },
    { { .temperature = 1.0f, .top_k = 1 }, N_VOCAB - 1 },
    /* 70 + 69 + 68 + 67 of 2485 is the first sum past 0.1 */
    { { .temperature = 1.0f, .top_p = 0.1f }, N_VOCAB - 4 },
    { { .temperature = 1.0f, .min_p = 0.905f }, 63 },
    { { .temperature = 1.0f, .top_k = 20, .top_p = 0.99f, .min_p = 0.905f }, 63 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (NnSampler) sampler = nn_sampler_new (&cases[i].options, N_VOCAB);
    int lowest = N_VOCAB;

    for (int j = 0; j < 2000; j++) {
      int id = next (sampler, NULL);
      lowest = MIN (lowest, id);
    }
    g_assert_cmpint (lowest, ==, cases[i].lowest);
  }
}

static void
test_mask (void)
{
  NnSamplerOptions options = { .temperature = 2.0f, .top_k = 2, .seed = 3 };
  g_autoptr (NnSampler) sampler = nn_sampler_new (&options, N_VOCAB);
  uint32_t allowed[3] = { 1u << 4, 1u << 1, 1u << 2 }; /* 4, 33, 66 */
  int seen_33 = 0, seen_66 = 0;

  for (int i = 0; i < 500; i++) {
    int id = next (sampler, allowed);
    g_assert_true (id == 33 || id == 66);
    seen_33 += id == 33;
    seen_66 += id == 66;
  }
  g_assert_cmpint (seen_33, >, 50);
  g_assert_cmpint (seen_66, >, 50);
}

static void
test_penalty (void)
{
  NnSamplerOptions options = { .repeat_penalty = 2.0f, .repeat_window = 2 };
  g_autoptr (NnSampler) sampler = nn_sampler_new (&options, N_VOCAB);
  float logits[N_VOCAB];

  for (int i = 0; i < 3; i++)
    nn_sampler_accept (sampler, 69);
  g_assert_cmpint (next (sampler, NULL), ==, 68); /* log (70) / 2 < log (69) */
  g_assert_cmpint (next (sampler, NULL), ==, 67); /* 69 and 68 are in the window */
  g_assert_cmpint (next (sampler, NULL), ==, 69); /* 69 has left it */

  for (int i = 0; i < N_VOCAB; i++)
    logits[i] = -1.0f - 0.1f * (float) i;
  nn_sampler_accept (sampler, 0);
  g_assert_cmpint (nn_sampler_next (sampler, logits, NULL), ==, 1); /* a negative one falls too */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/sampler/greedy", test_greedy);
  g_test_add_func ("/nn/sampler/seed", test_seed);
  g_test_add_func ("/nn/sampler/distribution", test_distribution);
  g_test_add_func ("/nn/sampler/restrictions", test_restrictions);
  g_test_add_func ("/nn/sampler/mask", test_mask);
  g_test_add_func ("/nn/sampler/penalty", test_penalty);
  return g_test_run ();
}
