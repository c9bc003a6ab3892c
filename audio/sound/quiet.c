/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/sound/quiet.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int depth;
/* A copy of the real stderr; -1: it was closed, or could not be replaced. */
static int saved = -1;

void
audio_quiet_begin (void)
{
  pthread_mutex_lock (&lock);
  if (depth++ == 0) {
    int null = open ("/dev/null", O_WRONLY | O_CLOEXEC);
    fflush (stderr);
    saved = null >= 0 ? fcntl (STDERR_FILENO, F_DUPFD_CLOEXEC, 3) : -1;
    if (saved >= 0)
      dup2 (null, STDERR_FILENO);
    if (null >= 0)
      close (null);
  }
  pthread_mutex_unlock (&lock);
}

void
audio_quiet_end (void)
{
  pthread_mutex_lock (&lock);
  if (--depth == 0 && saved >= 0) {
    fflush (stderr);
    dup2 (saved, STDERR_FILENO);
    close (saved);
    saved = -1;
  }
  pthread_mutex_unlock (&lock);
}
