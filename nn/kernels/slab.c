/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/kernels/slab.h"

#include <pthread.h>
#include <sys/mman.h>

#include "nn/kernels/pack.h"

#define SLAB_BYTES ((size_t) 32 << 20)
#define MAX_ITEM (SLAB_BYTES / 2)

enum { ALIGN = 64, PAGE = 4096 };

/* A slab begins at a multiple of its size, so that an item finds it. */
typedef struct {
  size_t n_used; /* bytes, of this too */
  int n_items;   /* that were not freed */
} Slab;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Slab *current; /* NULL, or where the next item goes */

static Slab *
slab_new (void)
{
  uint8_t *base = mmap (NULL, 2 * SLAB_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED)
    return NULL;

  size_t before = (SLAB_BYTES - (uintptr_t) base % SLAB_BYTES) % SLAB_BYTES;
  if (before > 0)
    munmap (base, before);
  munmap (base + before + SLAB_BYTES, SLAB_BYTES - before);

  Slab *slab = (Slab *) (void *) (base + before);
  madvise (slab, SLAB_BYTES, MADV_HUGEPAGE);
  slab->n_used = ALIGN;
  return slab;
}

/* Bytes are handed out once, so that they are zero. */
void *
nn_slab_alloc (size_t n_bytes)
{
  if (n_bytes > MAX_ITEM)
    return nn_pack_alloc (n_bytes);

  size_t length = (MAX (n_bytes, 1) + ALIGN - 1) / ALIGN * ALIGN;
  void *data = NULL;

  pthread_mutex_lock (&lock);
  if (current == NULL || current->n_used + length > SLAB_BYTES)
    current = slab_new ();
  if (current != NULL) {
    data = (uint8_t *) current + current->n_used;
    current->n_used += length;
    current->n_items++;
  }
  pthread_mutex_unlock (&lock);
  return data;
}

void
nn_slab_dealloc (void *data, size_t n_bytes)
{
  if (n_bytes > MAX_ITEM) {
    nn_pack_dealloc (data, n_bytes);
    return;
  }
  if (data == NULL)
    return;

  uintptr_t at = (uintptr_t) data;
  Slab *slab = (Slab *) (at / SLAB_BYTES * SLAB_BYTES);
  uintptr_t first = (at + PAGE - 1) / PAGE * PAGE, end = (at + n_bytes) / PAGE * PAGE;

  pthread_mutex_lock (&lock);
  if (--slab->n_items == 0) {
    if (slab == current)
      current = NULL;
    munmap (slab, SLAB_BYTES);
  } else if (first < end) {
    madvise ((void *) first, end - first, MADV_DONTNEED);
  }
  pthread_mutex_unlock (&lock);
}
