/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How a child comes to be, and what the machine says of its end. */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "app/service/remote-private.h"

/* The number that the socket has in the child. */
#define CHILD_FD 3

/* Beside this program, or in the folder of app/ of the build tree that it is in. */
char *
app_remote_find_program (void)
{
  static const char *const places[] = { "hearsay", "../app/hearsay", "../../app/hearsay" };
  const char *chosen = g_getenv ("HEARSAY_PROGRAM");
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : g_strdup (".");
  char *found;

  if (chosen != NULL && *chosen != '\0')
    return g_strdup (chosen);
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree char *path = g_build_filename (folder, places[i], NULL);

    if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE) && !g_file_test (path, G_FILE_TEST_IS_DIR))
      return g_steal_pointer (&path);
  }
  found = g_find_program_in_path ("hearsay");
  return found != NULL ? found : g_strdup ("hearsay");
}

/* Of the machine since it was started; 0 if it does not say. */
guint64
app_remote_count_oom_kills (void)
{
  g_autofree char *text = NULL;
  const char *line = NULL;

  if (g_file_get_contents ("/proc/vmstat", &text, NULL, NULL))
    line = strstr (text, "\noom_kill ");
  return line != NULL ? g_ascii_strtoull (line + strlen ("\noom_kill "), NULL, 10) : 0;
}

/* The parent's end of a new pair of sockets; the other one is the launcher's. */
static GSocketConnection *
make_sockets (GSubprocessLauncher *launcher)
{
  g_autoptr (GSocket) socket = NULL;
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    return NULL;
  g_subprocess_launcher_take_fd (launcher, fds[1], CHILD_FD);
  socket = g_socket_new_from_fd (fds[0], NULL);
  return socket != NULL ? g_socket_connection_factory_create_connection (socket) : NULL;
}

GSubprocess *
app_remote_spawn (const char *program, int n_threads, GSocketConnection **stream, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_autoptr (GPtrArray) arguments = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GSocketConnection) own_end = make_sockets (launcher);
  GSubprocess *process;

  if (own_end == NULL) {
    g_set_error (error, APP_ERROR, APP_ERROR_ENGINE, "there is no socket: %s", g_strerror (errno));
    return NULL;
  }
  g_ptr_array_add (arguments, g_strdup (program));
  g_ptr_array_add (arguments, g_strdup ("engine"));
  g_ptr_array_add (arguments, g_strdup_printf ("--fd=%d", CHILD_FD));
  if (n_threads > 0)
    g_ptr_array_add (arguments, g_strdup_printf ("--threads=%d", n_threads));
  g_ptr_array_add (arguments, NULL);
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) arguments->pdata, error);
  if (process != NULL)
    *stream = g_steal_pointer (&own_end);
  return process;
}
