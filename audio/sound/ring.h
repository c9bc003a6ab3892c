/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A queue of samples from one thread to one other, without locks. Internal to audio/.
 *
 * Neither side ever waits, allocates or calls the system, so a sound callback may write. What does
 * not fit is not written, and the caller counts it.
 *
 * Source: Lamport 1977, "Proving the correctness of multiprocess programs", with C11 atomics.
 */

#pragma once

#include <glib.h>
#include <stddef.h>

G_BEGIN_DECLS

typedef struct _AudioRing AudioRing;

/* Holds at least this many samples. */
AudioRing *audio_ring_new (size_t capacity);
void audio_ring_free (AudioRing *ring);
/* Each returns how many samples it took; the one for the producer's thread, the other for the
 * consumer's. */
size_t audio_ring_write (AudioRing *ring, const float *samples, size_t n);
size_t audio_ring_read (AudioRing *ring, float *samples, size_t n);
/* How many are waiting; any thread. */
size_t audio_ring_get_n_waiting (AudioRing *ring);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioRing, audio_ring_free)

G_END_DECLS
