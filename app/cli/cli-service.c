/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay engine --fd N: the engine's process, for programs that show what it does. */

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "app/cli/commands.h"
#include "app/service/service.h"

/* Where memory runs out it is this process that the kernel should end: the program that started it
 * starts another, and loses nothing. */
#define OOM_SCORE "400"

static void
offer_to_be_killed (void)
{
  FILE *file = fopen ("/proc/self/oom_score_adj", "we");

  if (file == NULL)
    return;
  fputs (OOM_SCORE, file);
  fclose (file);
}

static gboolean
is_socket (int fd)
{
  struct stat info;

  return fstat (fd, &info) == 0 && S_ISSOCK (info.st_mode);
}

int
app_command_engine (int argc, char **argv)
{
  g_auto (AppCliOptions) options = { 0 };
  g_autoptr (GError) error = NULL;
  int fd = -1;
  const GOptionEntry entries[] = {
    { "fd", 0, 0, G_OPTION_ARG_INT, &fd, "The socket to serve, as a number", "N" },
    { NULL },
  };
  int status;

  if (!app_cli_parse (argc, argv, entries, &options, &status))
    return status;
  if (options.n_arguments > 0 || fd < 0)
    return app_cli_usage ("engine serves the program that starts it: hearsay engine --fd N");
  if (!is_socket (fd))
    return app_cli_usage ("--fd %d is no socket", fd);
  fcntl (fd, F_SETFD, FD_CLOEXEC);
  offer_to_be_killed ();
  if (!app_service_run (fd,
                        &(AppServiceOptions){ .jobs = app_jobs,
                                              .n_threads = options.n_threads,
                                              .chat_model = options.model },
                        &error))
    return app_cli_fail (error);
  return APP_EXIT_OK;
}
