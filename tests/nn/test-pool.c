/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/base/pool.h"

#include <glib.h>

enum { MAX_PARTS = 8 };

typedef struct {
  int counts[MAX_PARTS];
  int n_parts;
} Job;

static void
count (void *data, int part, int n_parts)
{
  Job *job = data;

  job->counts[part]++;
  if (part == 0)
    job->n_parts = n_parts;
}

static void
test_parts (void)
{
  for (int n = 1; n <= MAX_PARTS; n++) {
    Job job = { 0 };
    NnPool *pool = nn_pool_new (n);

    g_assert_cmpint (nn_pool_get_n_threads (pool), ==, n);
    for (int i = 0; i < 100; i++)
      nn_pool_run (pool, count, &job);
    g_assert_cmpint (job.n_parts, ==, n);
    for (int part = 0; part < MAX_PARTS; part++)
      g_assert_cmpint (job.counts[part], ==, part < n ? 100 : 0);
    nn_pool_free (pool);
  }
}

/* Helpers that fell asleep must wake up, and a pool that was never used must end. */
static void
test_sleep_and_wake (void)
{
  Job job = { 0 };
  NnPool *pool = nn_pool_new (3);

  for (int i = 0; i < 5; i++) {
    g_usleep (3000);
    nn_pool_run (pool, count, &job);
  }
  for (int part = 0; part < 3; part++)
    g_assert_cmpint (job.counts[part], ==, 5);
  nn_pool_free (pool);
  nn_pool_free (nn_pool_new (4));
  nn_pool_free (NULL);
}

enum { N_UNITS = 200 };

typedef struct {
  atomic_int next;
  atomic_int done[N_UNITS];
  atomic_int parts[MAX_PARTS];
} Shared;

static void
take_units (void *data, int part, int n_parts)
{
  Shared *shared = data;

  atomic_fetch_add (&shared->parts[part], 1);
  for (int unit; (unit = atomic_fetch_add (&shared->next, 1)) < N_UNITS;)
    atomic_fetch_add (&shared->done[unit], 1);
}

/* Shared calls between others: each unit is done once and before the call returns, no part runs
 * twice, and a helper that comes too late for one call takes no harm in the next. */
static void
test_share (void)
{
  NnPool *pool = nn_pool_new (4);

  for (int i = 0; i < 300; i++) {
    Shared shared = { 0 };
    Job job = { 0 };

    nn_pool_share (pool, take_units, &shared);
    for (int unit = 0; unit < N_UNITS; unit++)
      g_assert_cmpint (atomic_load (&shared.done[unit]), ==, 1);
    g_assert_cmpint (atomic_load (&shared.parts[0]), ==, 1);
    for (int part = 1; part < 4; part++)
      g_assert_cmpint (atomic_load (&shared.parts[part]), <=, 1);
    if (i % 8 == 0) {
      nn_pool_run (pool, count, &job);
      for (int part = 0; part < 4; part++)
        g_assert_cmpint (job.counts[part], ==, 1);
    }
  }
  nn_pool_free (pool);
}

static void
test_default_size (void)
{
  NnPool *pool = nn_pool_new (0);

  g_assert_cmpint (nn_pool_get_n_threads (pool), >=, 1);
  nn_pool_free (pool);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/pool/parts", test_parts);
  g_test_add_func ("/nn/pool/sleep-and-wake", test_sleep_and_wake);
  g_test_add_func ("/nn/pool/share", test_share);
  g_test_add_func ("/nn/pool/default-size", test_default_size);
  return g_test_run ();
}
