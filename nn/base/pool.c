/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/base/pool.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "nn/base/cpu-count.h"

/* About 50 microseconds: longer than the gap between two operations of a token loop, shorter than
 * anything a user would notice as a busy core. */
enum { SPINS_BEFORE_SLEEP = 2000, MAX_THREADS = 256, CACHE_LINE = 64 };
/* Shorter than what a scheduler gives a thread that has to share its core. */
enum { TURN_NS = 1500000, NS_PER_S = 1000000000 };
enum { SHARED = 1, CLOSED = 1 << 15, INSIDE = CLOSED - 1 };

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

  /* Twice the number of calls, plus SHARED for nn_pool_share(). Helpers wait for it to change;
   * `sleepers` counts those that may be asleep. */
  _Alignas(CACHE_LINE) atomic_uint call;
  atomic_int sleepers;
  atomic_bool quit;
  _Alignas(CACHE_LINE) atomic_int running; /* helpers that have not finished this call */
  /* Of a shared call: its number in the upper half, CLOSED, and how many helpers are inside. */
  _Alignas(CACHE_LINE) atomic_uint gate;
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

/* Only the owner calls this, so the word has one writer. */
static unsigned int
next_call (const NnPool *pool, unsigned int kind)
{
  return (atomic_load_explicit (&pool->call, memory_order_relaxed) & ~(unsigned int) SHARED) + 2
         + kind;
}

static void
publish (NnPool *pool, unsigned int call)
{
  atomic_store (&pool->call, call);
  if (atomic_load (&pool->sleepers) > 0)
    futex_wake_all (&pool->call);
}

static unsigned int
gate_of (unsigned int call)
{
  return call / 2 << 16;
}

/* A helper enters a shared call, unless it has ended or another has begun. */
static bool
enter (NnPool *pool, unsigned int call)
{
  unsigned int gate = atomic_load_explicit (&pool->gate, memory_order_relaxed);

  do {
    if ((gate & ~(unsigned int) INSIDE) != gate_of (call))
      return false;
  } while (!atomic_compare_exchange_weak_explicit (&pool->gate, &gate, gate + 1,
                                                   memory_order_acquire, memory_order_relaxed));
  return true;
}

static int64_t
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t) now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Between two calls, where nobody waits for it, a helper offers its core to other programs: one
 * that wants the core would otherwise take it in the middle of a call, and the owner would wait
 * until the helper gets it back. Costs nothing where nobody wants it. */
static void
give_way (int64_t *turn_began)
{
  if (now_ns () - *turn_began < TURN_NS)
    return;
  sched_yield ();
  *turn_began = now_ns ();
}

static void *
helper_main (void *data)
{
  Helper *helper = data;
  NnPool *pool = helper->pool;
  unsigned int seen = 0;
  int64_t turn_began = now_ns ();

  for (;;) {
    seen = wait_for_change (pool, &pool->call, seen);
    if (atomic_load_explicit (&pool->quit, memory_order_relaxed))
      return NULL;
    if (seen & SHARED) {
      give_way (&turn_began);
      if (!enter (pool, seen))
        continue;
      pool->func (pool->data, helper->part, pool->n_threads);
      atomic_fetch_sub_explicit (&pool->gate, 1, memory_order_release);
    } else {
      pool->func (pool->data, helper->part, pool->n_threads);
      atomic_fetch_sub_explicit (&pool->running, 1, memory_order_release);
    }
  }
}

static void
wait_a_little (int round)
{
  if (round < SPINS_BEFORE_SLEEP)
    cpu_relax ();
  else
    sched_yield ();
}

NnPool *
nn_pool_new (int n_threads)
{
  if (n_threads <= 0) {
    NnCpuCount count;
    nn_cpu_count ("", NULL, 0, &count);
    n_threads = count.n_threads;
  }
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
  publish (pool, next_call (pool, 0));
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
  publish (pool, next_call (pool, 0));

  func (data, 0, pool->n_threads);

  /* The helpers are at work on equal parts, so they end about now; on a crowded machine give way
   * to them. */
  for (int i = 0; atomic_load_explicit (&pool->running, memory_order_acquire) > 0; i++)
    wait_a_little (i);
}

void
nn_pool_share (NnPool *pool, NnPoolFunc func, void *data)
{
  if (pool->n_threads == 1) {
    func (data, 0, 1);
    return;
  }

  unsigned int call = next_call (pool, SHARED);
  pool->func = func;
  pool->data = data;
  atomic_store_explicit (&pool->gate, gate_of (call), memory_order_release);
  publish (pool, call);

  func (data, 0, pool->n_threads);

  atomic_fetch_or_explicit (&pool->gate, CLOSED, memory_order_acquire);
  for (int i = 0; (atomic_load_explicit (&pool->gate, memory_order_acquire) & INSIDE) > 0; i++)
    wait_a_little (i);
}
