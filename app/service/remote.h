/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The engine in a process of its own, as a window sees it: `hearsay engine` as a child, spoken to
 * over a private connection, so that what kills the engine does not kill the window.
 *
 * An AppRemote starts the child with the first request, and a new one when it dies. Each request is
 * an AppRemoteCall with a serial of its own: signals as the work goes on, then exactly one "done"
 * or "failed". The tasks, their requests and results are those of docs/engine.md. Calls may be
 * started at any time; the engine does those that need models one after the other, and what only
 * concerns the model store beside them.
 *
 * When the child dies, "lost" says why, it is started again, and the requests that were under way
 * are sent again: such a call emits "restarted", and its text begins anew. A request that has
 * killed the engine twice fails with APP_ERROR_ENGINE.
 *
 * All of it belongs to the main thread; signals come from the main loop and never from within a
 * function here. Nothing blocks: JSON is written and read, and results are brought, by other
 * threads. The child ends with its parent.
 *
 *   AppRemote *remote = app_remote_new (NULL);
 *   g_autoptr (AppRemoteCall) call = app_remote_start (remote, "ask", request);
 *   g_signal_connect (call, "token", G_CALLBACK (show_token), self);
 *   g_signal_connect (call, "done", G_CALLBACK (show_answer), self);
 *   g_signal_connect (call, "failed", G_CALLBACK (show_error), self);
 */

#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "app/base/app-error.h"

G_BEGIN_DECLS

/* From app_remote_call_cancel() to the end of the call, at the most. */
#define APP_REMOTE_CANCEL_MS 200

#define APP_TYPE_REMOTE (app_remote_get_type ())
G_DECLARE_FINAL_TYPE (AppRemote, app_remote, APP, REMOTE, GObject)

#define APP_TYPE_REMOTE_CALL (app_remote_call_get_type ())
G_DECLARE_FINAL_TYPE (AppRemoteCall, app_remote_call, APP, REMOTE_CALL, GObject)

/* Zero is the default of each; copied. */
typedef struct {
  const char *program; /* NULL: `hearsay` beside this program, in the build tree, or in PATH */
  int n_threads;       /* 0: as many as there are cores */
} AppRemoteOptions;

/* How the child ended. */
typedef enum {
  APP_LOSS_KILLED,        /* by a signal: a fault of the program, or somebody */
  APP_LOSS_OUT_OF_MEMORY, /* by the kernel, for lack of memory */
  APP_LOSS_EXITED,        /* by itself, or its connection broke */
  APP_LOSS_NOT_STARTED    /* the program is missing or does not start */
} AppLoss;

/* Signals of AppRemote:
 *   "ready" (): a child has been started, and listens.
 *   "lost" (int loss, const char *message): it died; loss is an AppLoss, message one line for
 *     people. A new one is started if there is work.
 * options may be NULL. */
AppRemote *app_remote_new (const AppRemoteOptions *options);

/* request: (transfer full), an object; it must not be touched any more. (transfer full): the call,
 * which the remote keeps alive until it has ended, so the reference may be dropped. Trouble of any
 * kind is told by "failed". */
AppRemoteCall *app_remote_start (AppRemote *remote, const char *task, JsonNode *request);
/* The same; request: (transfer full), the text of the object. */
AppRemoteCall *app_remote_start_text (AppRemote *remote, const char *task, char *request);
gboolean app_remote_is_ready (AppRemote *remote);
/* The child's process; 0: there is none. For tests and for reports. */
int app_remote_get_pid (AppRemote *remote);
/* Calls that have not ended. */
guint app_remote_get_n_calls (AppRemote *remote);

/* What the engine is and has: "describe" of docs/engine.md. It is answered at once, also while
 * requests are under way. finish: (transfer full). */
void app_remote_describe_async (AppRemote *remote, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
JsonNode *app_remote_describe_finish (AppRemote *remote, GAsyncResult *result, GError **error);

/* Signals of AppRemoteCall; arguments are (transfer none):
 *   "progress" (const char *stage, double fraction, double seconds_left): -1 seconds: not known
 *   "thought" (const char *text, guint n_tokens): the next characters of what is thought before the
 *     answer, and the tokens of it so far
 *   "token" (const char *text, guint n_tokens): the next characters, and the tokens so far
 *   "heard" (JsonNode *heard): a part of a transcript, or all that was heard in a recording
 *   "restarted" (): the engine died; what "thought", "token" and "heard" gave so far is void
 *   "done" (JsonNode *result)
 *   "failed" (const GError *error): APP_ERROR; APP_ERROR_CANCELLED after a cancel that came before
 *     there was anything of an answer. */

/* Ends the call within APP_REMOTE_CANCEL_MS: with "done", where "stop" is "cancelled", if there is
 * something of an answer, else with "failed". Does nothing if it has ended. */
void app_remote_call_cancel (AppRemoteCall *call);
gboolean app_remote_call_is_running (AppRemoteCall *call);
/* All that "token" gave since the start or the restart; valid until the next signal. */
const char *app_remote_call_get_text (AppRemoteCall *call);
guint app_remote_call_get_n_tokens (AppRemoteCall *call);
/* Tokens per second from the first token to the latest; 0 as long as there are not two. */
double app_remote_call_get_speed (AppRemoteCall *call);

G_END_DECLS
