/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Ctrl-C: the first press asks, the second ends the process. */

#include "app/cli/cli.h"

#include <signal.h>
#include <unistd.h>

#include "app/cli/cli-private.h"

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

static _Atomic (atomic_bool *) watched;
static atomic_int n_interrupts;
static struct sigaction previous[G_N_ELEMENTS (signals)];
static gboolean is_installed;

static void
on_signal (int number)
{
  if (atomic_fetch_add (&n_interrupts, 1) > 0)
    _exit (APP_EXIT_FAILED);
  atomic_bool *cancel = atomic_load (&watched);
  if (cancel != NULL)
    atomic_store (cancel, true);
}

void
app_cli_cancel (void)
{
  atomic_bool *cancel = atomic_load (&watched);
  if (cancel != NULL)
    atomic_store (cancel, true);
}

void
app_cli_watch_interrupt (atomic_bool *cancel)
{
  atomic_store (&watched, cancel);
  if (cancel != NULL && atomic_load (&n_interrupts) > 0)
    atomic_store (cancel, true);
  if (is_installed)
    return;
  /* Without SA_RESTART, so that a read from the terminal ends as well. */
  struct sigaction action = { .sa_handler = on_signal };
  sigemptyset (&action.sa_mask);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++) {
    sigaction (signals[i], NULL, &previous[i]);
    /* nohup and shells without job control ask for this. */
    if (previous[i].sa_handler != SIG_IGN)
      sigaction (signals[i], &action, NULL);
  }
  is_installed = TRUE;
}

void
app_cli_unwatch_interrupt (void)
{
  atomic_store (&watched, NULL);
  if (!is_installed)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaction (signals[i], &previous[i], NULL);
  is_installed = FALSE;
}

gboolean
app_cli_was_interrupted (void)
{
  return atomic_load (&n_interrupts) > 0;
}

void
app_cli_forget_interrupt (void)
{
  atomic_store (&n_interrupts, 0);
}
