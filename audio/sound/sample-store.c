/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/sound/sample-store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <glib.h>

/* Two minutes of 16 kHz: 7.3 MiB. */
#define MOST_IN_MEMORY ((size_t) 120 * 16000)
#define BLOCK 16384
/* What the system maps around a page that is read, 64 KiB, may come back right before it. */
#define AROUND ((size_t) 65536)
/* <linux/magic.h> */
#define TMPFS_MAGIC 0x01021994
#define RAMFS_MAGIC 0x858458f6

void
audio_sample_store_init (AudioSampleStore *store)
{
  *store = (AudioSampleStore){ .fd = -1 };
}

void
audio_sample_store_free (float *samples, size_t n_mapped)
{
  if (n_mapped > 0)
    munmap (samples, n_mapped);
  else
    g_free (samples);
}

void
audio_sample_store_clear (AudioSampleStore *store)
{
  audio_sample_store_free (store->samples, store->n_mapped);
  if (store->fd >= 0)
    close (store->fd);
  audio_sample_store_init (store);
}

/* A file that nobody else can open, on a disk; -1 if there is none in the folder. */
static int
open_in (const char *folder)
{
  struct statfs system;
  if (statfs (folder, &system) != 0 || system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC)
    return -1;
  int fd = open (folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
    return fd;
  g_autofree char *path = g_build_filename (folder, "hearsay-samples-XXXXXX", NULL);
  fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0)
    unlink (path);
  return fd;
}

static bool
write_all (int fd, const float *samples, size_t n, size_t at)
{
  const char *bytes = (const char *) samples;
  size_t left = n * sizeof *samples;
  off_t offset = (off_t) (at * sizeof *samples);
  while (left > 0) {
    ssize_t written = pwrite (fd, bytes, left, offset);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    bytes += written;
    offset += written;
    left -= (size_t) written;
  }
  return true;
}

static bool
read_all (int fd, float *samples, size_t n, size_t at)
{
  char *bytes = (char *) samples;
  size_t left = n * sizeof *samples;
  off_t offset = (off_t) (at * sizeof *samples);
  while (left > 0) {
    ssize_t n_read = pread (fd, bytes, left, offset);
    if (n_read < 0 && errno == EINTR)
      continue;
    if (n_read <= 0)
      return false;
    bytes += n_read;
    offset += n_read;
    left -= (size_t) n_read;
  }
  return true;
}

static bool
reserve (AudioSampleStore *store, size_t n)
{
  if (n <= store->n_allocated)
    return true;
  const size_t wanted = MAX (n, store->n_allocated + store->n_allocated / 2);
  float *samples = g_try_renew (float, store->samples, wanted);
  if (samples == NULL)
    return false;
  store->samples = samples;
  store->n_allocated = wanted;
  return true;
}

static void
move_to_file (AudioSampleStore *store)
{
  store->fd = open_in (g_get_user_cache_dir ());
  if (store->fd < 0)
    store->fd = open_in ("/var/tmp");
  if (store->fd >= 0 && !write_all (store->fd, store->samples, store->n_samples, 0)) {
    close (store->fd);
    store->fd = -1;
  }
  store->is_file_refused = store->fd < 0;
  if (store->fd < 0)
    return;
  g_clear_pointer (&store->samples, g_free);
  store->n_allocated = 0;
}

static bool
move_to_memory (AudioSampleStore *store)
{
  store->is_file_refused = true;
  if (!reserve (store, store->n_samples + BLOCK)
      || !read_all (store->fd, store->samples, store->n_samples, 0))
    return false;
  close (store->fd);
  store->fd = -1;
  return true;
}

bool
audio_sample_store_append (AudioSampleStore *store, const float *samples, size_t n)
{
  if (n == 0)
    return true;
  if (store->fd < 0 && !store->is_file_refused && store->n_samples + n > MOST_IN_MEMORY)
    move_to_file (store);
  if (store->fd >= 0 && !write_all (store->fd, samples, n, store->n_samples)
      && !move_to_memory (store))
    return false;
  if (store->fd < 0) {
    if (!reserve (store, store->n_samples + n))
      return false;
    memcpy (store->samples + store->n_samples, samples, n * sizeof *samples);
  }
  store->n_samples += n;
  return true;
}

static void
scale_block (float *samples, size_t n, float scale)
{
  for (size_t i = 0; i < n; i++)
    samples[i] = CLAMP (samples[i] * scale, -1.0f, 1.0f);
}

bool
audio_sample_store_scale (AudioSampleStore *store, float scale)
{
  if (store->fd < 0) {
    scale_block (store->samples, store->n_samples, scale);
    return true;
  }
  g_autofree float *block = g_new (float, BLOCK);
  for (size_t at = 0; at < store->n_samples; at += BLOCK) {
    const size_t n = MIN (BLOCK, store->n_samples - at);
    if (!read_all (store->fd, block, n, at))
      return false;
    scale_block (block, n, scale);
    if (!write_all (store->fd, block, n, at))
      return false;
  }
  return true;
}

bool
audio_sample_store_finish (AudioSampleStore *store)
{
  if (store->fd < 0) {
    if (store->n_samples > 0)
      store->samples = g_renew (float, store->samples, store->n_samples);
    store->n_allocated = store->n_samples;
    return true;
  }
  const size_t n_bytes = store->n_samples * sizeof (float);
  void *mapping = mmap (NULL, n_bytes, PROT_READ, MAP_SHARED, store->fd, 0);
  if (mapping == MAP_FAILED)
    return move_to_memory (store);
  close (store->fd);
  store->fd = -1;
  store->samples = mapping;
  store->n_mapped = n_bytes;
  return true;
}

void
audio_sample_store_release (const float *samples, size_t n_mapped, size_t first, size_t end)
{
  const size_t page = (size_t) sysconf (_SC_PAGESIZE);
  const size_t from = first * sizeof *samples;
  const size_t begin = from > AROUND ? (from - AROUND) / page * page : 0;
  const size_t behind = MIN (end * sizeof *samples, n_mapped) / page * page;
  if (begin < behind)
    madvise ((char *) (uintptr_t) samples + begin, behind - begin, MADV_DONTNEED);
}
