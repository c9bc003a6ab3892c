/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/sound/ring.h"

#include <stdatomic.h>
#include <string.h>

struct _AudioRing {
  float *samples;
  size_t mask; /* capacity - 1; the capacity is a power of two */
  /* Counts since the beginning, which may wrap around: how many are waiting is the difference. Each
   * is written by one side only, on a cache line of its own. */
  _Alignas(64) atomic_size_t n_written;
  _Alignas(64) atomic_size_t n_read;
};

AudioRing *
audio_ring_new (size_t capacity)
{
  size_t rounded = 1;
  while (rounded < capacity)
    rounded *= 2;
  AudioRing *ring = g_aligned_alloc0 (1, sizeof *ring, 64);
  ring->samples = g_new0 (float, rounded);
  ring->mask = rounded - 1;
  return ring;
}

void
audio_ring_free (AudioRing *ring)
{
  if (ring == NULL)
    return;
  g_free (ring->samples);
  g_aligned_free (ring);
}

size_t
audio_ring_write (AudioRing *ring, const float *samples, size_t n)
{
  size_t n_written = atomic_load_explicit (&ring->n_written, memory_order_relaxed);
  size_t n_read = atomic_load_explicit (&ring->n_read, memory_order_acquire);
  n = MIN (n, ring->mask + 1 - (n_written - n_read));
  size_t first = n_written & ring->mask, n_first = MIN (n, ring->mask + 1 - first);
  memcpy (ring->samples + first, samples, n_first * sizeof (float));
  memcpy (ring->samples, samples + n_first, (n - n_first) * sizeof (float));
  atomic_store_explicit (&ring->n_written, n_written + n, memory_order_release);
  return n;
}

size_t
audio_ring_read (AudioRing *ring, float *samples, size_t n)
{
  size_t n_read = atomic_load_explicit (&ring->n_read, memory_order_relaxed);
  size_t n_written = atomic_load_explicit (&ring->n_written, memory_order_acquire);
  n = MIN (n, n_written - n_read);
  size_t first = n_read & ring->mask, n_first = MIN (n, ring->mask + 1 - first);
  memcpy (samples, ring->samples + first, n_first * sizeof (float));
  memcpy (samples + n_first, ring->samples, (n - n_first) * sizeof (float));
  atomic_store_explicit (&ring->n_read, n_read + n, memory_order_release);
  return n;
}

size_t
audio_ring_get_n_waiting (AudioRing *ring)
{
  /* Reads first, so that a write in between cannot make the difference negative. */
  size_t n_read = atomic_load_explicit (&ring->n_read, memory_order_acquire);
  return atomic_load_explicit (&ring->n_written, memory_order_acquire) - n_read;
}
