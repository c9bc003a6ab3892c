/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The engine's process: serves the interface of data/io.github.hearsay_app.Hearsay.Engine.xml to
 * the one program at the other end of a socket, and remote.h is what speaks to it there.
 *
 * The main thread reads messages, so a cancel is seen at once. Each lane (job.h) has a thread of
 * its own that does its requests one after the other; that of the engine owns all models. A cancel
 * sets the flag that the models poll. Signals go out from the thread that has something to tell, in
 * its order.
 *
 *   app_service_run (fd, &(AppServiceOptions){ .jobs = app_jobs }, &error);
 */

#pragma once

#include "app/service/job.h"

G_BEGIN_DECLS

#define APP_SERVICE_INTERFACE "io.github.hearsay_app.Hearsay.Engine"
#define APP_SERVICE_PATH "/io/github/hearsay_app/Hearsay/Engine"
/* More requests than that at a time are refused. */
#define APP_SERVICE_MAX_WAITING 10000

typedef struct {
  const AppJobType *jobs;
  int n_threads;          /* 0: as many as there are cores */
  const char *chat_model; /* NULL: the user's choice */
} AppServiceOptions;

/* Takes over the socket, and serves until the other side closes it. */
gboolean app_service_run (int fd, const AppServiceOptions *options, GError **error);
/* How Failed names an error. */
const char *app_service_get_error_code (const GError *error);

G_END_DECLS
