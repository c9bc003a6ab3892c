/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/pool.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* About 50 microseconds: longer than the gap between two operations of a token loop, shorter than
 * anything a user would notice as a busy core. */
enum { SPINS_BEFORE_SLEEP = 2000, MAX_THREADS = 256, CACHE_LINE = 64 };

typedef struct {
  NnPool *pool;
  pthread_t thread;
  int part;
} Helper;

struct _NnPool {
  int n_threads;
  Helper *helpers; /* n_threads - 1 */

  NnPoolFunc func;
  void *data;

  /* Counts calls; helpers wait for it to change. `sleepers` counts those that may be asleep. */
  _Alignas(CACHE_LINE) atomic_uint call;
  atomic_int sleepers;
  atomic_bool quit;
  _Alignas(CACHE_LINE) atomic_int running; /* helpers that have not finished this call */
  _Alignas(CACHE_LINE) atomic_int arrived; /* at the barrier */
  _Alignas(CACHE_LINE) atomic_uint barrier_round;
};

static inline void
cpu_relax (void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause ();
#endif
}

static void
futex_wait (atomic_uint *word, unsigned int seen)
{
  syscall (SYS_futex, (void *) word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void
futex_wake_all (atomic_uint *word)
{
  syscall (SYS_futex, (void *) word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/* Waits until *word is no longer `seen`, first spinning, then asleep. */
static unsigned int
wait_for_change (NnPool *pool, atomic_uint *word, unsigned int seen)
{
  unsigned int now;

  for (int i = 0; i < SPINS_BEFORE_SLEEP; i++) {
    now = atomic_load_explicit (word, memory_order_acquire);
    if (now != seen)
      return now;
    cpu_relax ();
  }

  /* Sequentially consistent on both sides: either the waker sees the sleeper, or the sleeper sees
   * the new word. */
  atomic_fetch_add (&pool->sleepers, 1);
  while ((now = atomic_load (word)) == seen)
    futex_wait (word, seen);
  atomic_fetch_sub (&pool->sleepers, 1);
  return now;
}

static void
publish (NnPool *pool, atomic_uint *word)
{
  atomic_fetch_add (word, 1);
  if (atomic_load (&pool->sleepers) > 0)
    futex_wake_all (word);
}

static void *
helper_main (void *data)
{
  Helper *helper = data;
  NnPool *pool = helper->pool;
  unsigned int seen = 0;

  for (;;) {
    seen = wait_for_change (pool, &pool->call, seen);
    if (atomic_load_explicit (&pool->quit, memory_order_relaxed))
      return NULL;
    pool->func (pool->data, helper->part, pool->n_threads);
    atomic_fetch_sub_explicit (&pool->running, 1, memory_order_release);
  }
}

static int
count_cores (void)
{
  cpu_set_t set;

  CPU_ZERO (&set);
  if (sched_getaffinity (0, sizeof set, &set) == 0 && CPU_COUNT (&set) > 0)
    return CPU_COUNT (&set);

  long n = sysconf (_SC_NPROCESSORS_ONLN);
  return n > 0 ? (int) n : 1;
}

NnPool *
nn_pool_new (int n_threads)
{
  if (n_threads <= 0)
    n_threads = count_cores ();
  if (n_threads > MAX_THREADS)
    n_threads = MAX_THREADS;

  NnPool *pool = aligned_alloc (CACHE_LINE, sizeof *pool);
  Helper *helpers = calloc ((size_t) n_threads, sizeof *helpers);
  if (pool == NULL || helpers == NULL)
    abort ();
  *pool = (NnPool){ .n_threads = 1, .helpers = helpers };

  /* A helper reads n_threads only after the first call, when all have been counted. */
  for (int i = 1; i < n_threads; i++) {
    Helper *helper = &helpers[i - 1];
    helper->pool = pool;
    helper->part = i;
    if (pthread_create (&helper->thread, NULL, helper_main, helper) != 0)
      break;
    pool->n_threads++;
  }
  return pool;
}

void
nn_pool_free (NnPool *pool)
{
  if (pool == NULL)
    return;

  atomic_store (&pool->quit, true);
  publish (pool, &pool->call);
  for (int i = 0; i < pool->n_threads - 1; i++)
    pthread_join (pool->helpers[i].thread, NULL);
  free (pool->helpers);
  free (pool);
}

int
nn_pool_get_n_threads (const NnPool *pool)
{
  return pool->n_threads;
}

void
nn_pool_run (NnPool *pool, NnPoolFunc func, void *data)
{
  if (pool->n_threads == 1) {
    func (data, 0, 1);
    return;
  }

  pool->func = func;
  pool->data = data;
  atomic_store_explicit (&pool->running, pool->n_threads - 1, memory_order_relaxed);
  publish (pool, &pool->call);

  func (data, 0, pool->n_threads);

  /* The helpers are at work on equal parts, so they end about now; on a crowded machine give way
   * to them. */
  for (int i = 0; atomic_load_explicit (&pool->running, memory_order_acquire) > 0; i++) {
    if (i < SPINS_BEFORE_SLEEP)
      cpu_relax ();
    else
      sched_yield ();
  }
}

void
nn_pool_barrier (NnPool *pool)
{
  if (pool->n_threads == 1)
    return;

  unsigned int round = atomic_load_explicit (&pool->barrier_round, memory_order_acquire);
  if (atomic_fetch_add_explicit (&pool->arrived, 1, memory_order_acq_rel) == pool->n_threads - 1) {
    atomic_store_explicit (&pool->arrived, 0, memory_order_relaxed);
    atomic_fetch_add_explicit (&pool->barrier_round, 1, memory_order_release);
    return;
  }
  for (int i = 0; atomic_load_explicit (&pool->barrier_round, memory_order_acquire) == round; i++) {
    if (i < SPINS_BEFORE_SLEEP)
      cpu_relax ();
    else
      sched_yield ();
  }
}
