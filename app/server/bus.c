/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/server/bus.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gunixfdlist.h>

#include "app/base/json-write.h"
#include "app/server/bus-request.h"
#include "app/server/farewell.h"
#include "app/server/work-folder.h"
#include "app/service/service.h"
#include "engine1-interface.h"

#define MAX_CALLS 32
/* Of all that is handed over with a request. */
#define MAX_BYTES ((gsize) 200 << 20)
#define COPY_BYTES (256 * 1024)

struct _AppBusServer {
  AppBusOptions options;
  GDBusConnection *connection;
  AppBusEngine1 *skeleton;
  AppRemote *remote;
  AppModelStore *store;
  AppWorkFolder *work;
  GHashTable *calls; /* serial -> Call */
  guint owner, idle;
  guint32 last_serial;
};

/* A task of somebody's. The threads that copy have references of their own. */
typedef struct {
  gatomicrefcount n_refs;
  AppBusServer *bus; /* NULL: it has ended */
  guint32 serial;
  char *sender;
  char *task;
  char *text;
  char *folder;
  GPtrArray *paths; /* of the copies, or of the speech; ends with NULL */
  GArray *fds;
  guint watch;
  AppRemoteCall *remote; /* NULL while files are copied */
} Call;

static Call *
call_ref (Call *call)
{
  g_atomic_ref_count_inc (&call->n_refs);
  return call;
}

static void
call_unref (gpointer data)
{
  Call *call = data;

  if (!g_atomic_ref_count_dec (&call->n_refs))
    return;
  for (guint i = 0; i < call->fds->len; i++)
    close (g_array_index (call->fds, int, i));
  g_array_unref (call->fds);
  g_ptr_array_unref (call->paths);
  g_free (call->sender);
  g_free (call->task);
  g_free (call->text);
  g_free (call->folder);
  g_free (call);
}

static gboolean
on_idle (gpointer data)
{
  AppBusServer *bus = data;

  bus->idle = 0;
  if (bus->options.on_end != NULL)
    bus->options.on_end (FALSE, bus->options.user_data);
  return G_SOURCE_REMOVE;
}

static void
watch_idle (AppBusServer *bus)
{
  g_clear_handle_id (&bus->idle, g_source_remove);
  if (g_hash_table_size (bus->calls) == 0)
    bus->idle = g_timeout_add_seconds (APP_BUS_IDLE_S, on_idle, bus);
}

static void
tell (Call *call, const char *signal, GVariant *arguments)
{
  g_dbus_connection_emit_signal (call->bus->connection, call->sender, APP_BUS_PATH, APP_BUS_NAME,
                                 signal, arguments, NULL);
}

/* Its last has been told. */
static void
end_call (Call *call)
{
  AppBusServer *bus = call->bus;

  if (call->remote != NULL) {
    g_signal_handlers_disconnect_by_data (call->remote, call);
    app_remote_call_cancel (call->remote);
    g_clear_object (&call->remote);
  }
  g_bus_unwatch_name (call->watch);
  app_work_folder_close (bus->work, call->folder);
  call->bus = NULL;
  g_hash_table_remove (bus->calls, GUINT_TO_POINTER (call->serial));
  watch_idle (bus);
}

static void
fail (Call *call, const GError *error)
{
  g_autofree char *message = app_json_display (error->message);
  const char *code = error->domain == APP_ERROR ? app_service_get_error_code (error) : "request";

  tell (call, "Failed", g_variant_new ("(uss)", call->serial, code, message));
  end_call (call);
}

static void
on_progress (AppRemoteCall *remote, const char *stage, double fraction, double left, Call *call)
{
  tell (call, "Progress", g_variant_new ("(usdd)", call->serial, stage, fraction, left));
}

static void
on_thought (AppRemoteCall *remote, const char *text, guint n_tokens, Call *call)
{
  tell (call, "Thought", g_variant_new ("(usu)", call->serial, text, n_tokens));
}

static void
on_token (AppRemoteCall *remote, const char *text, guint n_tokens, Call *call)
{
  tell (call, "Token", g_variant_new ("(usu)", call->serial, text, n_tokens));
}

/* Parts of a transcript; the whole of it has what tells voices apart. */
static void
on_heard (AppRemoteCall *remote, JsonNode *heard, Call *call)
{
  g_autofree char *text = NULL;
  JsonObject *object = json_node_get_object (heard);

  if (!json_object_has_member (object, "segment"))
    return;
  text = app_bus_result_write (object);
  tell (call, "Heard", g_variant_new ("(us)", call->serial, text));
}

/* In a thread, both: a file may be as slow as whoever serves it. What is handed over is read with
 * the rights of who hands it over. */
static gboolean
copy (int from, int to, gsize *n_left)
{
  g_autofree char *buffer = g_malloc (COPY_BYTES);
  goffset at = 0;
  ssize_t n;

  while ((n = pread (from, buffer, COPY_BYTES, at)) > 0) {
    if ((gsize) n > *n_left || write (to, buffer, (gsize) n) != n)
      return FALSE;
    at += n;
    *n_left -= (gsize) n;
  }
  return n == 0;
}

static void
run_copy (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Call *call = data;
  gboolean is_speech = g_str_equal (call->task, "say"), is_copied = TRUE;
  gsize n_left = MAX_BYTES;

  for (guint i = 0; i < call->fds->len && is_copied; i++) {
    int flags = is_speech ? O_RDONLY : O_WRONLY | O_CREAT | O_EXCL;
    int own = open (call->paths->pdata[i], flags | O_CLOEXEC, 0600);
    int fd = g_array_index (call->fds, int, i);

    is_copied = own >= 0 && copy (is_speech ? own : fd, is_speech ? fd : own, &n_left);
    if (own >= 0)
      close (own);
  }
  if (is_copied)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, APP_ERROR, is_speech ? APP_ERROR_DISK : APP_ERROR_RECORDING,
                             "a file that was handed over cannot be %s",
                             is_speech ? "written" : "read");
}

static void
start_copy (Call *call, GAsyncReadyCallback callback)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, call);

  g_task_set_task_data (task, call_ref (call), call_unref);
  g_task_run_in_thread (task, run_copy);
}

/* The speech is in the caller's file. */
static void
end_speech (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  g_autoptr (GError) error = NULL;

  if (call->bus == NULL)
    return;
  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    fail (call, error);
    return;
  }
  tell (call, "Done", g_variant_new ("(us)", call->serial, call->text));
  end_call (call);
}

static void
on_done (AppRemoteCall *remote, JsonNode *result, Call *call)
{
  g_autofree char *text = app_bus_result_write (json_node_get_object (result));

  if (g_str_equal (call->task, "say")) {
    g_free (call->text);
    call->text = g_steal_pointer (&text);
    start_copy (call, end_speech);
    return;
  }
  tell (call, "Done", g_variant_new ("(us)", call->serial, text));
  end_call (call);
}

static void
on_failed (AppRemoteCall *remote, const GError *error, Call *call)
{
  fail (call, error);
}

static void
start_remote (Call *call)
{
  AppBusServer *bus = call->bus;
  g_autoptr (GError) error = NULL;
  JsonNode *request = app_bus_request_make (
      call->task, call->text, (const char *const *) call->paths->pdata, bus->store, &error);

  if (request == NULL) {
    fail (call, error);
    return;
  }
  call->remote = app_remote_start (bus->remote, call->task, request);
  g_signal_connect (call->remote, "progress", G_CALLBACK (on_progress), call);
  g_signal_connect (call->remote, "thought", G_CALLBACK (on_thought), call);
  g_signal_connect (call->remote, "token", G_CALLBACK (on_token), call);
  g_signal_connect (call->remote, "heard", G_CALLBACK (on_heard), call);
  g_signal_connect (call->remote, "done", G_CALLBACK (on_done), call);
  g_signal_connect (call->remote, "failed", G_CALLBACK (on_failed), call);
}

static void
begin (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  g_autoptr (GError) error = NULL;

  if (call->bus == NULL)
    return;
  if (g_task_propagate_boolean (G_TASK (result), &error))
    start_remote (call);
  else
    fail (call, error);
}

static void
stop (Call *call)
{
  g_autoptr (GError) error = g_error_new (APP_ERROR, APP_ERROR_CANCELLED, "stopped");

  if (call->remote != NULL && app_remote_call_is_running (call->remote))
    app_remote_call_cancel (call->remote);
  else
    fail (call, error);
}

static void
on_vanished (GDBusConnection *connection, const char *name, gpointer data)
{
  Call *call = data;

  if (call->bus != NULL)
    end_call (call);
}

/* A plain file that was opened for what is to be done with it. */
static gboolean
is_good_file (int fd, gboolean is_speech)
{
  struct stat info;
  int flags = fcntl (fd, F_GETFL);

  return fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && flags >= 0 && (flags & O_PATH) == 0
         && (flags & O_ACCMODE) != (is_speech ? O_RDONLY : O_WRONLY);
}

/* Takes the files of the request, and names their copies. */
static gboolean
take_files (Call *call, GUnixFDList *list, GVariant *handles, GError **error)
{
  gsize n = g_variant_n_children (handles);
  gboolean is_speech = g_str_equal (call->task, "say");
  const char *ending = is_speech ? app_bus_request_get_ending (call->text) : "";

  if (n > APP_BUS_MAX_HANDLES || (is_speech && (n != 1 || ending == NULL))) {
    g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                 is_speech ? "one handle, and wav, flac, opus or mp3 as “format”, are expected"
                           : "too many handles");
    return FALSE;
  }
  for (gsize i = 0; i < n; i++) {
    gint32 index;
    int fd;

    g_variant_get_child (handles, i, "h", &index);
    fd = list != NULL ? g_unix_fd_list_get (list, index, error) : -1;
    if (fd >= 0)
      g_array_append_val (call->fds, fd);
    if (fd < 0 || !is_good_file (fd, is_speech)) {
      g_clear_error (error);
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                   "handle %zu is no plain file that is open for %s", i,
                   is_speech ? "writing" : "reading");
      return FALSE;
    }
    g_autofree char *name = g_strdup_printf ("recording-%zu%s", i, ending);
    g_ptr_array_insert (call->paths, (gint) i, g_build_filename (call->folder, name, NULL));
  }
  return TRUE;
}

/* (transfer full) (nullable) */
static Call *
make_call (AppBusServer *bus, GDBusMethodInvocation *invocation, GUnixFDList *list,
           const char *task, const char *text, GVariant *handles, GError **error)
{
  g_autofree char *folder = NULL;
  Call *call;

  if (!g_strv_contains (app_bus_tasks, task)) {
    g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                 "listen, ask, chat and say can be asked for");
    return NULL;
  }
  if (g_hash_table_size (bus->calls) >= MAX_CALLS) {
    g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED, "%d tasks are waiting",
                 MAX_CALLS);
    return NULL;
  }
  folder = app_work_folder_open (bus->work, error);
  if (folder == NULL)
    return NULL;
  call = g_new0 (Call, 1);
  g_atomic_ref_count_init (&call->n_refs);
  call->bus = bus;
  call->sender = g_strdup (g_dbus_method_invocation_get_sender (invocation));
  call->task = g_strdup (task);
  call->text = g_strdup (text);
  call->folder = g_steal_pointer (&folder);
  call->fds = g_array_new (FALSE, FALSE, sizeof (int));
  call->paths = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (call->paths, NULL);
  if (take_files (call, list, handles, error))
    return call;
  app_work_folder_close (bus->work, call->folder);
  call_unref (call);
  return NULL;
}

static gboolean
handle_start (AppBusEngine1 *skeleton, GDBusMethodInvocation *invocation, GUnixFDList *list,
              const char *task, const char *text, GVariant *handles, gpointer data)
{
  AppBusServer *bus = data;
  GError *error = NULL;
  Call *call = make_call (bus, invocation, list, task, text, handles, &error);

  if (call == NULL) {
    g_dbus_method_invocation_take_error (invocation, error);
    return TRUE;
  }
  call->serial = ++bus->last_serial;
  g_hash_table_insert (bus->calls, GUINT_TO_POINTER (call->serial), call);
  watch_idle (bus);
  app_bus_engine1_complete_start (skeleton, invocation, NULL, call->serial);
  call->watch = g_bus_watch_name_on_connection (
      bus->connection, call->sender, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_vanished, call, NULL);
  if (g_str_equal (task, "say"))
    start_remote (call);
  else
    start_copy (call, begin);
  return TRUE;
}

static gboolean
handle_cancel (AppBusEngine1 *skeleton, GDBusMethodInvocation *invocation, guint serial,
               gpointer data)
{
  AppBusServer *bus = data;
  Call *call = g_hash_table_lookup (bus->calls, GUINT_TO_POINTER (serial));

  app_bus_engine1_complete_cancel (skeleton, invocation);
  /* Somebody else's is nobody's. */
  if (call != NULL && g_str_equal (call->sender, g_dbus_method_invocation_get_sender (invocation)))
    stop (call);
  return TRUE;
}

static gboolean
handle_describe (AppBusEngine1 *skeleton, GDBusMethodInvocation *invocation, gpointer data)
{
  AppBusServer *bus = data;
  g_autoptr (GPtrArray) models = app_model_store_list (bus->store, NULL);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_begin_object (builder);
  app_json_add_string (builder, "version", HEARSAY_VERSION);
  json_builder_set_member_name (builder, "models");
  json_builder_begin_array (builder);
  for (guint i = 0; models != NULL && i < models->len; i++) {
    const AppModel *model = g_ptr_array_index (models, i);

    if (model->is_installed)
      json_builder_add_string_value (builder, model->id);
  }
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "tasks");
  json_builder_begin_array (builder);
  for (gsize i = 0; app_bus_tasks[i] != NULL; i++)
    json_builder_add_string_value (builder, app_bus_tasks[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  app_bus_engine1_complete_describe (skeleton, invocation, text);
  return TRUE;
}

static void
on_lost (GDBusConnection *connection, const char *name, gpointer data)
{
  AppBusServer *bus = data;

  if (bus->options.on_end != NULL)
    bus->options.on_end (!g_dbus_connection_is_closed (bus->connection), bus->options.user_data);
}

AppBusServer *
app_bus_server_new (GDBusConnection *connection, const AppBusOptions *options, GError **error)
{
  g_autoptr (AppBusServer) bus = g_new0 (AppBusServer, 1);

  bus->options = *options;
  bus->connection = g_object_ref (connection);
  bus->calls = g_hash_table_new_full (NULL, NULL, NULL, call_unref);
  bus->store = app_model_store_new (NULL, error);
  bus->work = bus->store != NULL ? app_work_folder_new (error) : NULL;
  if (bus->work == NULL)
    return NULL;
  bus->remote = app_remote_new (
      &(AppRemoteOptions){ .program = options->program, .n_threads = options->n_threads });
  bus->skeleton = app_bus_engine1_skeleton_new ();
  g_signal_connect (bus->skeleton, "handle-start", G_CALLBACK (handle_start), bus);
  g_signal_connect (bus->skeleton, "handle-cancel", G_CALLBACK (handle_cancel), bus);
  g_signal_connect (bus->skeleton, "handle-describe", G_CALLBACK (handle_describe), bus);
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (bus->skeleton), connection,
                                         APP_BUS_PATH, error))
    return NULL;
  bus->owner = g_bus_own_name_on_connection (
      connection, APP_BUS_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, NULL, on_lost, bus, NULL);
  watch_idle (bus);
  return g_steal_pointer (&bus);
}

static void
end_all (AppBusServer *bus)
{
  g_autoptr (GList) calls = g_hash_table_get_values (bus->calls);

  for (GList *link = calls; link != NULL; link = link->next)
    end_call (link->data);
}

void
app_bus_server_free (AppBusServer *bus)
{
  if (bus == NULL)
    return;
  if (bus->owner != 0)
    g_bus_unown_name (bus->owner);
  if (bus->skeleton != NULL) {
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (bus->skeleton));
    g_signal_handlers_disconnect_by_data (bus->skeleton, bus);
    g_object_unref (bus->skeleton);
  }
  end_all (bus);
  g_clear_handle_id (&bus->idle, g_source_remove);
  g_hash_table_unref (bus->calls);
  if (bus->remote != NULL)
    app_farewell (bus->remote);
  g_clear_pointer (&bus->work, app_work_folder_free);
  g_clear_pointer (&bus->store, app_model_store_free);
  g_object_unref (bus->connection);
  g_free (bus);
}
