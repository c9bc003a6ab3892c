/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/service/remote-private.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "app/base/json-text.h"
#include "app/service/service.h"

/* So many children in a row that die before they listen, and what waits for them fails. */
#define MAX_FAILED_STARTS 3
/* Requests that have killed so many engines are not sent again. */
#define MAX_LOST 2

/* A child. It is lost when its process has ended and all that it said has been heard. */
typedef struct {
  int n_refs;
  AppRemote *remote; /* NULL: it has no use for this child any more */
  GSubprocess *process;
  GCancellable *connecting;
  AppLink *link; /* NULL until it listens */
  gulong on_closed;
  gboolean is_connecting;
  gboolean is_ended;
  gboolean is_closed;
  guint64 n_oom_kills; /* of the machine, before it started */
} Child;

struct _AppRemote {
  GObject parent_instance;
  char *program;
  int n_threads;
  Child *child;      /* or NULL */
  GHashTable *calls; /* serial -> AppRemoteCall */
  GQueue describing; /* GTask, waiting for a child that listens */
  guint32 last_serial;
  guint n_failed_starts;
  guint restart; /* a source: it will be said that no child can be started, for this reason */
  char *trouble;
};

enum { READY, LOST, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AppRemote, app_remote, G_TYPE_OBJECT)

static void start_child (AppRemote *remote);

static Child *
child_ref (Child *child)
{
  child->n_refs++;
  return child;
}

static void
child_unref (gpointer data)
{
  Child *child = data;

  if (--child->n_refs > 0)
    return;
  g_object_unref (child->connecting);
  g_object_unref (child->process);
  g_free (child);
}

/* It ends when its connection closes. */
static void
let_go (Child *child)
{
  child->remote = NULL;
  g_cancellable_cancel (child->connecting);
  if (child->link != NULL)
    g_signal_handler_disconnect (app_link_get_connection (child->link), child->on_closed);
  g_clear_pointer (&child->link, app_link_close);
  child_unref (child);
}

static AppLoss
explain (Child *child, char **message)
{
  int number;

  if (!g_subprocess_get_if_signaled (child->process)) {
    int status = g_subprocess_get_if_exited (child->process)
                     ? g_subprocess_get_exit_status (child->process)
                     : -1;

    *message = g_strdup_printf ("the engine ended with status %d", status);
    return child->link == NULL ? APP_LOSS_NOT_STARTED : APP_LOSS_EXITED;
  }
  number = g_subprocess_get_term_sig (child->process);
  if (number == SIGKILL && app_remote_count_oom_kills () > child->n_oom_kills) {
    *message = g_strdup ("the engine was ended because memory ran out");
    return APP_LOSS_OUT_OF_MEMORY;
  }
  *message = g_strdup_printf ("the engine was ended by signal %d (%s)", number, strsignal (number));
  return APP_LOSS_KILLED;
}

static void
end_call (AppRemote *remote, AppRemoteCall *call)
{
  call->remote = NULL;
  g_clear_handle_id (&call->timeout, g_source_remove);
  g_hash_table_remove (remote->calls, GUINT_TO_POINTER (call->serial));
}

static int
compare_serials (gconstpointer a, gconstpointer b)
{
  const AppRemoteCall *const *x = a;
  const AppRemoteCall *const *y = b;

  return (*x)->serial < (*y)->serial ? -1 : (*x)->serial > (*y)->serial;
}

/* (transfer full): referenced, as they were started. */
static GPtrArray *
list_calls (AppRemote *remote)
{
  GPtrArray *calls = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer call;

  g_hash_table_iter_init (&iter, remote->calls);
  while (g_hash_table_iter_next (&iter, NULL, &call))
    g_ptr_array_add (calls, g_object_ref (call));
  g_ptr_array_sort (calls, compare_serials);
  return calls;
}

static void
fail_descriptions (AppRemote *remote, const char *message)
{
  GTask *task;

  while ((task = g_queue_pop_head (&remote->describing)) != NULL) {
    g_task_return_new_error (task, APP_ERROR, APP_ERROR_ENGINE, "%s", message);
    g_object_unref (task);
  }
}

static void
fail_all (AppRemote *remote, const char *message)
{
  g_autoptr (GPtrArray) calls = list_calls (remote);

  for (guint i = 0; i < calls->len; i++) {
    AppRemoteCall *call = g_ptr_array_index (calls, i);

    end_call (remote, call);
    app_remote_call_fail (call, APP_ERROR_ENGINE, message);
  }
  fail_descriptions (remote, message);
}

/* Those that the engine had begun with; if it died before it could say so, the one that came
 * first. */
static void
blame (GPtrArray *calls)
{
  AppRemoteCall *first = NULL;
  gboolean is_known = FALSE;

  for (guint i = 0; i < calls->len; i++) {
    AppRemoteCall *call = g_ptr_array_index (calls, i);

    if (first == NULL && call->is_sent)
      first = call;
    if (call->is_started)
      call->n_lost++;
    is_known |= call->is_started;
  }
  if (!is_known && first != NULL)
    first->n_lost++;
}

/* What the child was at when it died is sent to the next one, unless it seems to be what kills
 * them. */
static void
sort_out_calls (AppRemote *remote, const char *message)
{
  g_autoptr (GPtrArray) calls = list_calls (remote);

  blame (calls);
  for (guint i = 0; i < calls->len; i++) {
    AppRemoteCall *call = g_ptr_array_index (calls, i);

    call->is_sent = FALSE;
    if (call->is_cancelled) {
      end_call (remote, call);
      app_remote_call_fail (call, APP_ERROR_CANCELLED, "stopped");
    } else if (call->n_lost >= MAX_LOST) {
      g_autofree char *twice = g_strdup_printf ("%s, twice with this request", message);

      end_call (remote, call);
      app_remote_call_fail (call, APP_ERROR_ENGINE, twice);
    } else if (call->is_started)
      app_remote_call_restart (call);
  }
}

static void
lose_child (Child *child)
{
  g_autoptr (AppRemote) remote = g_object_ref (child->remote);
  g_autofree char *message = NULL;
  AppLoss loss = explain (child, &message);

  if (child->link != NULL)
    remote->n_failed_starts = 0;
  else
    remote->n_failed_starts++;
  remote->child = NULL;
  let_go (child);
  g_signal_emit (remote, signals[LOST], 0, (int) loss, message);
  if (remote->n_failed_starts >= MAX_FAILED_STARTS) {
    remote->n_failed_starts = 0;
    fail_all (remote, message);
  } else
    sort_out_calls (remote, message);
  if (g_hash_table_size (remote->calls) > 0 || !g_queue_is_empty (&remote->describing))
    start_child (remote);
}

static gboolean
lose_child_in_turn (gpointer data)
{
  Child *child = data;

  if (child->remote != NULL)
    lose_child (child);
  return G_SOURCE_REMOVE;
}

/* Behind the events that are on their way. */
static void
check_child (Child *child)
{
  if (child->is_ended && !child->is_connecting && (child->is_closed || child->link == NULL))
    g_idle_add_full (G_PRIORITY_HIGH_IDLE, lose_child_in_turn, child_ref (child), child_unref);
}

static void
close_child (GDBusConnection *connection, gboolean remote_peer_vanished, GError *error,
             gpointer user_data)
{
  Child *child = user_data;

  if (child->is_closed)
    return;
  child->is_closed = TRUE;
  /* Without its connection it is of no use. */
  g_subprocess_force_exit (child->process);
  check_child (child);
}

static void
end_child (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Child *child = user_data;

  g_subprocess_wait_finish (child->process, result, NULL);
  child->is_ended = TRUE;
  g_cancellable_cancel (child->connecting);
  check_child (child);
  child_unref (child);
}

static void
take_event (AppLink *link, AppEvent *event, gpointer user_data)
{
  Child *child = user_data;
  AppRemote *remote = child->remote;
  AppRemoteCall *call = g_hash_table_lookup (remote->calls, GUINT_TO_POINTER (event->serial));

  /* What is no longer asked for is dropped. */
  if (call == NULL)
    return;
  g_object_ref (remote);
  g_object_ref (call);
  if (event->kind == APP_EVENT_DONE || event->kind == APP_EVENT_FAILED)
    end_call (remote, call);
  app_remote_call_take (call, event);
  g_object_unref (call);
  g_object_unref (remote);
}

static void
take_description (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  JsonNode *node = NULL;
  const char *text;

  if (reply != NULL) {
    g_variant_get (reply, "(&s)", &text);
    node = app_json_parse (text, -1, &error);
  }
  if (node != NULL)
    g_task_return_pointer (task, node, (GDestroyNotify) json_node_unref);
  else
    g_task_return_new_error (task, APP_ERROR, APP_ERROR_ENGINE, "%s", error->message);
}

/* task: (transfer full) */
static void
describe_now (AppRemote *remote, GTask *task)
{
  g_dbus_connection_call (app_link_get_connection (remote->child->link), NULL, APP_SERVICE_PATH,
                          APP_SERVICE_INTERFACE, "Describe", NULL, G_VARIANT_TYPE ("(s)"),
                          G_DBUS_CALL_FLAGS_NONE, -1, g_task_get_cancellable (task),
                          take_description, task);
}

static void
send_call (AppRemote *remote, AppRemoteCall *call)
{
  call->is_sent = TRUE;
  app_link_send_start (remote->child->link, call->payload);
}

static void
become_ready (AppRemote *remote)
{
  g_autoptr (GPtrArray) calls = list_calls (remote);
  GTask *task;

  for (guint i = 0; i < calls->len; i++) {
    AppRemoteCall *call = g_ptr_array_index (calls, i);

    if (!call->is_cancelled)
      send_call (remote, call);
  }
  while ((task = g_queue_pop_head (&remote->describing)) != NULL)
    describe_now (remote, task);
  g_signal_emit (remote, signals[READY], 0);
}

static void
connect_child (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Child *child = user_data;
  g_autoptr (GDBusConnection) connection = g_dbus_connection_new_finish (result, NULL);

  child->is_connecting = FALSE;
  if (connection == NULL) {
    g_subprocess_force_exit (child->process);
    check_child (child);
  } else if (child->remote != NULL) {
    child->on_closed = g_signal_connect (connection, "closed", G_CALLBACK (close_child), child);
    child->link = app_link_new (connection, take_event, child);
    g_dbus_connection_start_message_processing (connection);
    become_ready (child->remote);
  }
  child_unref (child);
}

static gboolean
give_up_starting (gpointer data)
{
  AppRemote *remote = data;
  g_autofree char *message = g_steal_pointer (&remote->trouble);

  remote->restart = 0;
  g_object_ref (remote);
  g_signal_emit (remote, signals[LOST], 0, (int) APP_LOSS_NOT_STARTED, message);
  fail_all (remote, message);
  g_object_unref (remote);
  return G_SOURCE_REMOVE;
}

static void
start_child (AppRemote *remote)
{
  g_autoptr (GSocketConnection) stream = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  Child *child;

  if (remote->child != NULL || remote->restart != 0)
    return;
  process = app_remote_spawn (remote->program, remote->n_threads, &stream, &error);
  if (process == NULL) {
    remote->trouble = g_strdup_printf ("the engine cannot be started: %s", error->message);
    remote->restart = g_idle_add (give_up_starting, remote);
    return;
  }
  child = g_new0 (Child, 1);
  child->n_refs = 1;
  child->remote = remote;
  child->process = g_steal_pointer (&process);
  child->connecting = g_cancellable_new ();
  child->is_connecting = TRUE;
  child->n_oom_kills = app_remote_count_oom_kills ();
  remote->child = child;
  g_subprocess_wait_async (child->process, NULL, end_child, child_ref (child));
  g_dbus_connection_new (G_IO_STREAM (stream), NULL,
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                             | G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                         NULL, child->connecting, connect_child, child_ref (child));
}

static void
app_remote_dispose (GObject *object)
{
  AppRemote *remote = APP_REMOTE (object);

  g_clear_handle_id (&remote->restart, g_source_remove);
  fail_all (remote, "the program ends");
  if (remote->child != NULL)
    let_go (g_steal_pointer (&remote->child));
  G_OBJECT_CLASS (app_remote_parent_class)->dispose (object);
}

static void
app_remote_finalize (GObject *object)
{
  AppRemote *remote = APP_REMOTE (object);

  g_hash_table_unref (remote->calls);
  g_free (remote->program);
  g_free (remote->trouble);
  G_OBJECT_CLASS (app_remote_parent_class)->finalize (object);
}

static void
app_remote_class_init (AppRemoteClass *klass)
{
  const GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = app_remote_dispose;
  G_OBJECT_CLASS (klass)->finalize = app_remote_finalize;
  signals[READY] =
      g_signal_new ("ready", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[LOST] = g_signal_new ("lost", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                2, G_TYPE_INT, G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
app_remote_init (AppRemote *remote)
{
  remote->calls = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
  g_queue_init (&remote->describing);
}

AppRemote *
app_remote_new (const AppRemoteOptions *options)
{
  AppRemote *remote = g_object_new (APP_TYPE_REMOTE, NULL);
  const char *program = options != NULL ? options->program : NULL;

  remote->program = program != NULL ? g_strdup (program) : app_remote_find_program ();
  remote->n_threads = options != NULL ? options->n_threads : 0;
  return remote;
}

static AppRemoteCall *
start_call (AppRemote *remote, const char *task, JsonNode *node, char *text)
{
  guint32 serial = ++remote->last_serial;
  AppRemoteCall *call =
      app_remote_call_new (remote, serial, app_payload_new (serial, task, node, text));

  g_hash_table_insert (remote->calls, GUINT_TO_POINTER (serial), g_object_ref (call));
  if (app_remote_is_ready (remote))
    send_call (remote, call);
  else
    start_child (remote);
  return call;
}

AppRemoteCall *
app_remote_start (AppRemote *remote, const char *task, JsonNode *request)
{
  g_return_val_if_fail (APP_IS_REMOTE (remote), NULL);
  g_return_val_if_fail (task != NULL && request != NULL, NULL);
  return start_call (remote, task, request, NULL);
}

AppRemoteCall *
app_remote_start_text (AppRemote *remote, const char *task, char *request)
{
  g_return_val_if_fail (APP_IS_REMOTE (remote), NULL);
  g_return_val_if_fail (task != NULL && request != NULL, NULL);
  return start_call (remote, task, NULL, request);
}

gboolean
app_remote_is_ready (AppRemote *remote)
{
  g_return_val_if_fail (APP_IS_REMOTE (remote), FALSE);
  return remote->child != NULL && remote->child->link != NULL && !remote->child->is_closed;
}

int
app_remote_get_pid (AppRemote *remote)
{
  const char *pid;

  g_return_val_if_fail (APP_IS_REMOTE (remote), 0);
  pid = remote->child != NULL ? g_subprocess_get_identifier (remote->child->process) : NULL;
  return pid != NULL ? atoi (pid) : 0;
}

guint
app_remote_get_n_calls (AppRemote *remote)
{
  GHashTableIter iter;
  gpointer call;
  guint n = 0;

  g_return_val_if_fail (APP_IS_REMOTE (remote), 0);
  g_hash_table_iter_init (&iter, remote->calls);
  while (g_hash_table_iter_next (&iter, NULL, &call))
    n += app_remote_call_is_running (call);
  return n;
}

void
app_remote_describe_async (AppRemote *remote, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (APP_IS_REMOTE (remote));
  task = g_task_new (remote, cancellable, callback, user_data);
  if (app_remote_is_ready (remote)) {
    describe_now (remote, task);
    return;
  }
  g_queue_push_tail (&remote->describing, task);
  start_child (remote);
}

JsonNode *
app_remote_describe_finish (AppRemote *remote, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, remote), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
app_remote_send_cancel (AppRemote *remote, AppRemoteCall *call)
{
  if (app_remote_is_ready (remote))
    app_link_send_cancel (remote->child->link, call->serial);
}

void
app_remote_drop (AppRemote *remote, AppRemoteCall *call)
{
  end_call (remote, call);
}

void
app_remote_give_up (AppRemote *remote)
{
  if (remote->child != NULL)
    g_subprocess_force_exit (remote->child->process);
}
