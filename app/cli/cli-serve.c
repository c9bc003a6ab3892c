/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay serve: the engine for other programs, until Ctrl-C. */

#include <signal.h>

#include <glib-unix.h>

#include "app/base/json-write.h"
#include "app/cli/commands.h"
#include "app/server/bus.h"
#include "app/server/guard.h"
#include "app/server/server.h"

typedef struct {
  AppCliOptions common;
  AppServerOptions server;
  char *address;
  char *token_file;
  char *origin;
  char *key;
  gboolean is_bus;
} Command;

static void
command_clear (Command *command)
{
  app_cli_options_clear (&command->common);
  g_free (command->address);
  g_free (command->token_file);
  g_free (command->origin);
  g_free (command->key);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Command, command_clear)

static int
check (Command *command)
{
  g_autoptr (GError) error = NULL;

  if (command->common.n_arguments > 0)
    return app_cli_usage ("serve takes no arguments (see hearsay serve --help)");
  if (command->is_bus
      && (command->address != NULL || command->token_file != NULL || command->origin != NULL
          || command->server.port != APP_SERVER_PORT || command->common.model != NULL))
    return app_cli_usage ("--bus opens no port: it goes with --threads alone");
  if (!app_cli_check_range ("--port", command->server.port, 0, G_MAXUINT16))
    return APP_EXIT_USAGE;
  if (command->origin != NULL && !app_guard_is_origin (command->origin))
    return app_cli_usage ("--allow-origin is expected as in http://localhost:3000");
  if (command->token_file != NULL) {
    command->key = app_guard_read_key (command->token_file, &error);
    if (command->key == NULL)
      return app_cli_fail (error);
  }
  command->server.address = command->address;
  command->server.origin = command->origin;
  command->server.key = command->key;
  command->server.model = command->common.model;
  command->server.n_threads = command->common.n_threads;
  return APP_EXIT_OK;
}

static gboolean
on_signal (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

static void
print_place (const Command *command, const AppServer *server)
{
  g_autoptr (JsonBuilder) builder = NULL;
  g_autofree char *base = g_strconcat (app_server_get_url (server), "/v1", NULL);

  if (!command->common.json) {
    app_cli_printf ("Serving on %s (Ctrl-C ends it)\n", base);
    app_cli_print ("");
    return;
  }
  builder = json_builder_new ();
  json_builder_begin_object (builder);
  app_json_add_string (builder, "url", base);
  app_json_add_int (builder, "port", app_server_get_port (server));
  json_builder_end_object (builder);
  app_cli_print_json (builder);
}

static void
run (GMainLoop *loop)
{
  static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
  guint sources[G_N_ELEMENTS (signals)];

  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    sources[i] = g_unix_signal_add (signals[i], on_signal, loop);
  g_main_loop_run (loop);
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    g_source_remove (sources[i]);
}

typedef struct {
  GMainLoop *loop;
  gboolean is_lost; /* the name is another's */
} BusState;

static void
end_bus (gboolean is_lost, gpointer data)
{
  BusState *state = data;

  state->is_lost |= is_lost;
  g_main_loop_quit (state->loop);
}

static void
on_closed (GDBusConnection *connection, gboolean is_remote, GError *error, gpointer data)
{
  end_bus (FALSE, data);
}

static int
serve_bus (const Command *command, GMainLoop *loop)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  BusState state = { loop, FALSE };
  const AppBusOptions options = { .n_threads = command->common.n_threads,
                                  .on_end = end_bus,
                                  .user_data = &state };
  g_autoptr (AppBusServer) bus = NULL;

  if (connection == NULL)
    return app_cli_fail_text ("there is no session bus: %s", error->message);
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), &state);
  bus = app_bus_server_new (connection, &options, &error);
  if (bus == NULL)
    return app_cli_fail (error);
  run (loop);
  g_signal_handlers_disconnect_by_data (connection, &state);
  return state.is_lost ? app_cli_fail_text ("another program has the name " APP_BUS_NAME)
                       : APP_EXIT_OK;
}

static int
serve_port (const Command *command, GMainLoop *loop)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AppServer) server = app_server_new (&command->server, &error);

  if (server == NULL)
    return app_cli_fail (error);
  print_place (command, server);
  run (loop);
  return APP_EXIT_OK;
}

int
app_command_serve (int argc, char **argv)
{
  g_auto (Command) command = { .server = { .port = APP_SERVER_PORT } };
  const GOptionEntry entries[] = {
    { "port", 'p', 0, G_OPTION_ARG_INT, &command.server.port,
      "Port (" G_STRINGIFY (APP_SERVER_PORT) "; 0: any that is free)", "N" },
    { "address", 0, 0, G_OPTION_ARG_STRING, &command.address,
      "Address to listen on (" APP_SERVER_ADDRESS "); others than this machine's need a key",
      "ADDRESS" },
    { "token-file", 0, 0, G_OPTION_ARG_FILENAME, &command.token_file,
      "Ask for the key that stands in this file of your own", "FILE" },
    { "allow-origin", 0, 0, G_OPTION_ARG_STRING, &command.origin,
      "Let pages of this address ask, in a browser", "URL" },
    { "bus", 0, 0, G_OPTION_ARG_NONE, &command.is_bus,
      "Serve programs on the session bus, and open no port", NULL },
    { NULL },
  };
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  int status;

  if (!app_cli_parse (argc, argv, entries, &command.common, &status))
    return status;
  status = check (&command);
  if (status != APP_EXIT_OK)
    return status;
  return command.is_bus ? serve_bus (&command, loop) : serve_port (&command, loop);
}
