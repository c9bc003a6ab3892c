/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The engine for other programs, on the session bus:
 * data/io.github.hearsay_app.Hearsay.Engine1.xml.
 *
 * It opens no port, and the server over HTTP takes no name on the bus: what one of them is started
 * for does not open the other. The bus starts it on demand, so it ends when it was idle for a
 * while. Programs hand over files, never paths (bus-request.h); what they hand over is copied by
 * another thread, since a file may be as slow as whoever serves it. Main thread.
 *
 *   AppBusServer *bus = app_bus_server_new (connection, &options, &error);
 *   g_main_loop_run (loop);
 */

#pragma once

#include "app/service/remote.h"

G_BEGIN_DECLS

#define APP_BUS_NAME "io.github.hearsay_app.Hearsay.Engine1"
#define APP_BUS_PATH "/io/github/hearsay_app/Hearsay/Engine1"
/* Without a task for so long, it ends. */
#define APP_BUS_IDLE_S 300

typedef struct _AppBusServer AppBusServer;

typedef struct {
  const char *program; /* the engine's; NULL: our own */
  int n_threads;
  /* No more is served: it was idle, or (is_lost) the name is another's. */
  void (*on_end) (gboolean is_lost, gpointer user_data);
  gpointer user_data;
} AppBusOptions;

/* (transfer full): owns the name as soon as the main loop runs. APP_ERROR_DISK, _CATALOGUE. */
AppBusServer *app_bus_server_new (GDBusConnection *connection, const AppBusOptions *options,
                                  GError **error);
/* What is under way is dropped; no file is left. */
void app_bus_server_free (AppBusServer *bus);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppBusServer, app_bus_server_free)

G_END_DECLS
