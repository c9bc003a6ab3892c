/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The engine on a session bus of its own, with an engine's process that has no models
 * (fake-service.c): what can be asked for, what comes back, and what cannot be reached. */

#include "app/server/bus.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>

#include "app/base/json-text.h"
#include "tests/support/folder.h"

#define LIMIT_S 60

typedef struct {
  GTestDBus *daemon;
  GDBusConnection *own, *client;
  AppBusServer *bus;
  char *folder;
  guint serial;
  GVariant *reply;
  GError *error;
  GString *tokens, *thoughts;
  char *result; /* of Done */
  char *code;   /* of Failed */
} Fixture;

static gboolean
give_up (gpointer data)
{
  g_error ("nothing came in %d s", LIMIT_S);
  return G_SOURCE_REMOVE;
}

static GDBusConnection *
connect_to (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection =
      g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (f->daemon),
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                                  | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, &error);

  g_assert_no_error (error);
  return connection;
}

static void
on_signal (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
           const char *signal, GVariant *arguments, gpointer data)
{
  Fixture *f = data;
  g_autoptr (GVariant) text = g_variant_get_child_value (arguments, 1);

  if (g_str_equal (signal, "Thought"))
    g_string_append (f->thoughts, g_variant_get_string (text, NULL));
  else if (g_str_equal (signal, "Token"))
    g_string_append (f->tokens, g_variant_get_string (text, NULL));
  else if (g_str_equal (signal, "Done"))
    f->result = g_variant_dup_string (text, NULL);
  else if (g_str_equal (signal, "Failed"))
    f->code = g_variant_dup_string (text, NULL);
}

static void
install (const Fixture *f, const char *id)
{
  g_autofree char *path = g_strconcat (f->folder, "/", id, ".gguf", NULL);

  g_assert_true (g_file_set_contents (path, "none", 4, NULL));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *program = g_test_build_filename (G_TEST_BUILT, "app", "fake-service", NULL);
  const AppBusOptions options = { .program = program };
  g_autoptr (GError) error = NULL;

  f->folder = g_dir_make_tmp ("hearsay-bus-XXXXXX", NULL);
  g_setenv ("HEARSAY_MODELS", f->folder, TRUE);
  install (f, "qwen2.5-coder-1.5b-instruct-q4_k_m");
  f->tokens = g_string_new (NULL);
  f->thoughts = g_string_new (NULL);
  f->daemon = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (f->daemon);
  f->own = connect_to (f);
  f->client = connect_to (f);
  f->bus = app_bus_server_new (f->own, &options, &error);
  g_assert_no_error (error);
  g_dbus_connection_signal_subscribe (f->client, g_dbus_connection_get_unique_name (f->own),
                                      APP_BUS_NAME, NULL, APP_BUS_PATH, NULL,
                                      G_DBUS_SIGNAL_FLAGS_NONE, on_signal, f, NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_pointer (&f->bus, app_bus_server_free);
  g_dbus_connection_close_sync (f->client, NULL, NULL);
  g_dbus_connection_close_sync (f->own, NULL, NULL);
  g_clear_object (&f->client);
  g_clear_object (&f->own);
  g_test_dbus_down (f->daemon);
  g_object_unref (f->daemon);
  g_clear_pointer (&f->reply, g_variant_unref);
  g_clear_error (&f->error);
  g_string_free (f->tokens, TRUE);
  g_string_free (f->thoughts, TRUE);
  g_free (f->result);
  g_free (f->code);
  test_folder_remove (f->folder);
  g_free (f->folder);
}

static void
on_reply (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *f = data;

  f->reply = g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (source), NULL,
                                                              result, &f->error);
}

static void
call (Fixture *f, const char *method, GVariant *arguments, GUnixFDList *list)
{
  guint limit = g_timeout_add_seconds (LIMIT_S, give_up, NULL);

  g_clear_pointer (&f->reply, g_variant_unref);
  g_clear_error (&f->error);
  g_dbus_connection_call_with_unix_fd_list (f->client, g_dbus_connection_get_unique_name (f->own),
                                            APP_BUS_PATH, APP_BUS_NAME, method, arguments, NULL,
                                            G_DBUS_CALL_FLAGS_NONE, -1, list, NULL, on_reply, f);
  while (f->reply == NULL && f->error == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (limit);
}

/* fd -1: none is handed over. */
static void
start (Fixture *f, const char *task, const char *request, int fd)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  GVariantBuilder handles;

  g_variant_builder_init (&handles, G_VARIANT_TYPE ("ah"));
  if (fd >= 0)
    g_variant_builder_add (&handles, "h", g_unix_fd_list_append (list, fd, NULL));
  g_clear_pointer (&f->result, g_free);
  g_clear_pointer (&f->code, g_free);
  g_string_truncate (f->tokens, 0);
  call (f, "Start", g_variant_new ("(ssah)", task, request, &handles), list);
  if (f->reply != NULL)
    g_variant_get (f->reply, "(u)", &f->serial);
}

static void
wait_for_end (Fixture *f)
{
  guint limit = g_timeout_add_seconds (LIMIT_S, give_up, NULL);

  while (f->result == NULL && f->code == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (limit);
}

/* (transfer full): a file of these bytes, its descriptor in *fd. */
static char *
make_file (Fixture *f, const char *bytes, int flags, int *fd)
{
  char *path = g_build_filename (f->folder, "file", NULL);

  g_assert_true (g_file_set_contents (path, bytes, -1, NULL));
  *fd = open (path, flags | O_CLOEXEC);
  g_assert_cmpint (*fd, >=, 0);
  return path;
}

static void
test_chat (Fixture *f, gconstpointer data)
{
  start (f, "chat", "{\"messages\": [{\"role\": \"user\", \"text\": \"Hel|lo\"}]}", -1);
  g_assert_no_error (f->error);
  wait_for_end (f);
  g_assert_cmpstr (f->tokens->str, ==, "Hello");
  g_assert_nonnull (strstr (f->result, "\"answer\":\"Hello\""));
  call (f, "Describe", NULL, NULL);
  g_assert_no_error (f->error);
}

/* What is thought comes before the answer, and is no part of it. */
static void
test_thought (Fixture *f, gconstpointer data)
{
  start (f, "chat", "{\"messages\": [{\"role\": \"user\", \"text\": \"think\"}]}", -1);
  g_assert_no_error (f->error);
  wait_for_end (f);
  g_assert_cmpstr (f->thoughts->str, ==, "Step 1.\n\nStep 2.");
  g_assert_cmpstr (f->tokens->str, ==, "Done thinking.");
  g_assert_nonnull (strstr (f->result, "\"thought\":\"Step 1."));
}

static void
test_listen (Fixture *f, gconstpointer data)
{
  int fd;
  g_autofree char *path = make_file (f, "some wave", O_RDONLY, &fd);

  start (f, "listen", "{\"file\": 0}", fd);
  g_assert_no_error (f->error);
  wait_for_end (f);
  g_assert_cmpstr (f->code, ==, NULL);
  g_assert_nonnull (strstr (f->result, "9 bytes"));
  g_assert_null (strstr (f->result, "embedding"));
  g_assert_null (strstr (f->result, g_get_tmp_dir ()));
  close (fd);
}

static void
test_say (Fixture *f, gconstpointer data)
{
  int fd;
  g_autofree char *path = make_file (f, "", O_RDWR, &fd);
  char head[4] = "";

  start (f, "say", "{\"text\": \"x\", \"format\": \"flac\"}", fd);
  g_assert_no_error (f->error);
  wait_for_end (f);
  g_assert_cmpstr (f->code, ==, NULL);
  g_assert_cmpint (pread (fd, head, sizeof head, 0), ==, 4);
  g_assert_cmpmem (head, 4, "fLaC", 4);
  close (fd);
}

/* What could reach beyond what was handed over. */
static void
test_refused (Fixture *f, gconstpointer data)
{
  static const char *const rows[][2] = {
    { "listen", "{\"file\": \"/etc/passwd\"}" },
    { "listen", "{\"file\": 0}" },
    { "listen", "{\"file\": -1}" },
    { "listen", "{\"file\": {\"file\": \"/etc/passwd\"}}" },
    { "ask", "{\"recordings\": [\"/etc/passwd\"], \"question\": \"x\"}" },
    { "chat", "{\"messages\": [{\"role\": \"user\", \"text\": \"x\", \"recordings\": [\"/x\"]}]}" },
    { "chat", "{\"messages\": [{\"role\": \"user\", \"text\": \"x\"}], \"model\": \"/x.gguf\"}" },
    { "chat", "[]" },
    { "chat", "{" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_test_message ("%s", rows[i][1]);
    start (f, rows[i][0], rows[i][1], -1);
    g_assert_no_error (f->error);
    wait_for_end (f);
    g_assert_cmpstr (f->code, ==, "request");
  }
}

static void
test_refused_tasks (Fixture *f, gconstpointer data)
{
  static const char *const tasks[] = { "remove", "install", "add", "voice", "narrate", "measure" };
  int fd, path_fd;
  g_autofree char *path = make_file (f, "x", O_WRONLY, &fd);

  for (gsize i = 0; i < G_N_ELEMENTS (tasks); i++) {
    start (f, tasks[i], "{\"id\": \"whisper-base\"}", -1);
    g_assert_error (f->error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  }
  /* A handle that may not be read, or that is no more than a name. */
  start (f, "listen", "{\"file\": 0}", fd);
  g_assert_error (f->error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  path_fd = open (path, O_PATH | O_CLOEXEC);
  start (f, "listen", "{\"file\": 0}", path_fd);
  g_assert_error (f->error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  start (f, "say", "{\"text\": \"x\"}", -1);
  g_assert_error (f->error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  close (path_fd);
  close (fd);
}

static void
test_cancel (Fixture *f, gconstpointer data)
{
  static const char request[] = "{\"messages\": [{\"role\": \"user\", \"text\": \"wait\"}]}";
  guint first;

  start (f, "chat", request, -1);
  first = f->serial;
  call (f, "Cancel", g_variant_new ("(u)", first), NULL);
  wait_for_end (f);
  g_assert_cmpstr (f->code, ==, "cancelled");
  /* Somebody else's serial, and none. */
  call (f, "Cancel", g_variant_new ("(u)", 12345), NULL);
  g_assert_no_error (f->error);
  start (f, "chat", request, -1);
  g_assert_no_error (f->error);
}

#define ADD(name) g_test_add ("/bus/" #name, Fixture, NULL, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_autofree char *daemon = g_find_program_in_path ("dbus-daemon");

  g_test_init (&argc, &argv, NULL);
  if (daemon == NULL) {
    g_print ("1..0 # SKIP dbus-daemon is not installed\n");
    return 0;
  }
  ADD (chat);
  ADD (thought);
  ADD (listen);
  ADD (say);
  ADD (refused);
  ADD (refused_tasks);
  ADD (cancel);
  return g_test_run ();
}
