/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/service/service.h"
#include "app/base/json-write.h"

#include <gio/gio.h>
#include <pthread.h>
#include <unistd.h>

#include "app/base/settings.h"
#include "app/models/description.h"
#include "engine-interface.h"

/* What does not let go of the work by then is ended from outside. */
#define FAREWELL_S 2

typedef struct {
  guint32 serial;
  const AppJobType *type;
  char *text;
} Request;

typedef struct _Service Service;

/* What the mutex guards is said; the rest is the lane's thread's own. */
typedef struct {
  Service *service;
  GThread *thread;
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  GQueue waiting;    /* of Request; guarded */
  Request *running;  /* or NULL; guarded */
  gboolean is_over;  /* guarded */
  atomic_bool *flag; /* that stops what is running; guarded */
  atomic_bool own_flag;
  AppEngine *engine; /* of APP_LANE_ENGINE, or NULL */
  AppJobKept *kept;
  char *model; /* that the engine was made with, or NULL */
  int n_store_changes;
} Lane;

struct _Service {
  const AppServiceOptions *options;
  GDBusConnection *connection;
  AppBusEngine *skeleton;
  GMainLoop *loop;
  Lane lanes[APP_N_LANES];
  atomic_int n_store_changes;
};

static void
request_free (Request *request)
{
  g_free (request->text);
  g_free (request);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Request, request_free)

const char *
app_service_get_error_code (const GError *error)
{
  static const char *const names[] = {
    [APP_ERROR_NOT_INSTALLED] = "not-installed",
    [APP_ERROR_CATALOGUE] = "catalogue",
    [APP_ERROR_DOWNLOAD] = "download",
    [APP_ERROR_CHECKSUM] = "checksum",
    [APP_ERROR_DISK] = "disk",
    [APP_ERROR_BUSY] = "busy",
    [APP_ERROR_NO_SPEECH] = "no-speech",
    [APP_ERROR_ARGUMENT] = "argument",
    [APP_ERROR_FORMAT] = "format",
    [APP_ERROR_CANCELLED] = "cancelled",
    [APP_ERROR_ENGINE] = "engine",
    [APP_ERROR_RECORDING] = "recording",
    [APP_ERROR_DEVICE] = "device",
  };
  int kind = app_error_get_kind (error);

  return kind >= 0 && kind < (int) G_N_ELEMENTS (names) ? names[kind] : "engine";
}

/* Any thread. */
static void
tell (Service *service, const char *signal, GVariant *parameters)
{
  /* It fails only if the other side has gone, which ends the service. */
  g_dbus_connection_emit_signal (service->connection, NULL, APP_SERVICE_PATH, APP_SERVICE_INTERFACE,
                                 signal, parameters, NULL);
}

static void
fail (Service *service, guint32 serial, const char *code, const char *message)
{
  g_autofree char *text = app_json_display (message);

  tell (service, "Failed", g_variant_new ("(uss)", serial, code, text));
}

static guint32
get_serial (const AppJob *job)
{
  const Lane *lane = job->listener.user_data;

  return lane->running->serial;
}

static Service *
get_service (const AppJob *job)
{
  const Lane *lane = job->listener.user_data;

  return lane->service;
}

static void
tell_progress (AppJob *job, const char *stage, double fraction, double seconds_left)
{
  tell (get_service (job), "Progress",
        g_variant_new ("(usdd)", get_serial (job), stage, fraction, seconds_left));
}

static void
tell_thought (AppJob *job, const char *text, guint n_tokens)
{
  tell (get_service (job), "Thought", g_variant_new ("(usu)", get_serial (job), text, n_tokens));
}

static void
tell_token (AppJob *job, const char *text, guint n_tokens)
{
  tell (get_service (job), "Token", g_variant_new ("(usu)", get_serial (job), text, n_tokens));
}

static void
tell_heard (AppJob *job, const char *json)
{
  tell (get_service (job), "Heard", g_variant_new ("(us)", get_serial (job), json));
}

static void
drop_engine (Lane *lane)
{
  /* The conversation that is kept refers to the model. */
  g_clear_pointer (&lane->kept, app_job_kept_free);
  g_clear_pointer (&lane->engine, app_engine_free);
  g_clear_pointer (&lane->model, g_free);
}

/* The engine for a request; another one if it asks for another model, or if what is installed has
 * changed. */
static void
prepare_engine (Lane *lane, const AppRequest *request)
{
  const AppServiceOptions *options = lane->service->options;
  const char *model =
      request != NULL && request->model != NULL ? request->model : options->chat_model;
  int n_changes = atomic_load (&lane->service->n_store_changes);
  AppArchive *archive;

  if (lane->engine != NULL
      && (n_changes != lane->n_store_changes
          || (request != NULL && request->turns->len > 0 && g_strcmp0 (model, lane->model) != 0)))
    drop_engine (lane);
  if (lane->engine != NULL)
    return;
  lane->n_store_changes = n_changes;
  lane->model = g_strdup (model);
  lane->kept = app_job_kept_new ();
  lane->engine =
      app_engine_new (&(AppEngineOptions){ .n_threads = options->n_threads, .chat_model = model });
  archive = app_archive_new (!app_settings_get (APP_SETTING_CACHE), NULL);
  app_engine_set_archive (lane->engine, archive);
}

/* From now on a cancel reaches what computes. One that came before stays. */
static void
lend_flag (Lane *lane, atomic_bool *flag)
{
  pthread_mutex_lock (&lane->mutex);
  atomic_store (flag, atomic_load (lane->flag));
  lane->flag = flag;
  pthread_mutex_unlock (&lane->mutex);
}

static gboolean
is_cancelled (Lane *lane)
{
  gboolean is;

  pthread_mutex_lock (&lane->mutex);
  is = atomic_load (lane->flag);
  pthread_mutex_unlock (&lane->mutex);
  return is;
}

/* (transfer full) */
static char *
carry_out (Lane *lane, AppJob *job, const char **code, GError **error)
{
  const Request *request = lane->running;

  if (!app_job_read (job, request->type, error)) {
    *code = "request";
    return NULL;
  }
  if (request->type->lane == APP_LANE_ENGINE) {
    prepare_engine (lane, job->request);
    job->engine = lane->engine;
    job->kept = lane->kept;
    job->cancel = &app_engine_get_context (lane->engine)->cancel;
    lend_flag (lane, job->cancel);
  }
  return app_job_run (job, request->type, error);
}

static void
run_request (Lane *lane)
{
  Service *service = lane->service;
  Request *request = lane->running;
  const AppJobListener listener = { .on_progress = tell_progress,
                                    .on_thought = tell_thought,
                                    .on_token = tell_token,
                                    .on_heard = tell_heard,
                                    .user_data = lane };
  AppJob job = { .text = request->text, .cancel = &lane->own_flag, .listener = listener };
  g_autoptr (GError) error = NULL;
  g_autofree char *result = NULL;
  const char *code = NULL;

  tell_progress (&job, "started", 0, -1);
  /* If this is what kills the process, the other side should know. */
  g_dbus_connection_flush_sync (service->connection, NULL, NULL);
  result = carry_out (lane, &job, &code, &error);
  app_job_clear (&job);
  if (result != NULL && request->type->lane == APP_LANE_STORE)
    atomic_fetch_add (&service->n_store_changes, 1);
  if (result != NULL)
    tell (service, "Done",
          g_variant_new ("(u@s)", request->serial,
                         g_variant_new_take_string (g_steal_pointer (&result))));
  else if (is_cancelled (lane))
    fail (service, request->serial, "cancelled", "stopped");
  else if (error != NULL)
    fail (service, request->serial, code != NULL ? code : app_service_get_error_code (error),
          error->message);
  else
    fail (service, request->serial, "engine", "there is no result");
}

/* FALSE: there is no more to do. */
static gboolean
take_request (Lane *lane)
{
  gboolean is_over;

  pthread_mutex_lock (&lane->mutex);
  lane->running = NULL;
  while (g_queue_is_empty (&lane->waiting) && !lane->is_over)
    pthread_cond_wait (&lane->changed, &lane->mutex);
  is_over = lane->is_over;
  if (!is_over) {
    lane->running = g_queue_pop_head (&lane->waiting);
    atomic_store (&lane->own_flag, false);
    lane->flag = &lane->own_flag;
  }
  pthread_mutex_unlock (&lane->mutex);
  return !is_over;
}

static gpointer
run_lane (gpointer data)
{
  Lane *lane = data;

  while (take_request (lane)) {
    g_autoptr (Request) request = lane->running;

    run_request (lane);
    pthread_mutex_lock (&lane->mutex);
    lane->running = NULL;
    lane->flag = &lane->own_flag;
    pthread_mutex_unlock (&lane->mutex);
  }
  drop_engine (lane);
  return NULL;
}

static const AppJobType *
find_job (const Service *service, const char *name)
{
  for (const AppJobType *type = service->options->jobs; type->name != NULL; type++)
    if (g_str_equal (type->name, name))
      return type;
  return NULL;
}

static gboolean
handle_start (AppBusEngine *skeleton, GDBusMethodInvocation *invocation, guint serial,
              const char *task, const char *text, gpointer user_data)
{
  Service *service = user_data;
  const AppJobType *type = find_job (service, task);
  Lane *lane;
  Request *request;
  gboolean has_to_wait, is_refused;

  app_bus_engine_complete_start (skeleton, invocation);
  if (type == NULL) {
    g_autofree char *message = g_strdup_printf ("there is no task “%s”", task);

    fail (service, serial, "request", message);
    return TRUE;
  }
  lane = &service->lanes[type->lane];
  request = g_new0 (Request, 1);
  request->serial = serial;
  request->type = type;
  request->text = g_strdup (text);
  pthread_mutex_lock (&lane->mutex);
  is_refused = g_queue_get_length (&lane->waiting) >= APP_SERVICE_MAX_WAITING;
  has_to_wait = lane->running != NULL || !g_queue_is_empty (&lane->waiting);
  /* Told before it can begin, so that it is told first. */
  if (has_to_wait && !is_refused)
    tell (service, "Progress", g_variant_new ("(usdd)", serial, "waiting", 0.0, -1.0));
  if (!is_refused)
    g_queue_push_tail (&lane->waiting, g_steal_pointer (&request));
  pthread_cond_signal (&lane->changed);
  pthread_mutex_unlock (&lane->mutex);
  if (is_refused) {
    request_free (request);
    fail (service, serial, "busy", "too many requests are waiting");
  }
  return TRUE;
}

/* (transfer full) (nullable): what waits under this serial; what runs is told to stop. */
static Request *
cancel_in (Lane *lane, guint32 serial)
{
  Request *found = NULL;

  pthread_mutex_lock (&lane->mutex);
  if (lane->running != NULL && lane->running->serial == serial)
    atomic_store (lane->flag, true);
  for (GList *link = lane->waiting.head; link != NULL && found == NULL; link = link->next)
    if (((Request *) link->data)->serial == serial) {
      found = link->data;
      g_queue_delete_link (&lane->waiting, link);
      break;
    }
  pthread_mutex_unlock (&lane->mutex);
  return found;
}

static gboolean
handle_cancel (AppBusEngine *skeleton, GDBusMethodInvocation *invocation, guint serial,
               gpointer user_data)
{
  Service *service = user_data;

  for (int i = 0; i < APP_N_LANES; i++) {
    g_autoptr (Request) request = cancel_in (&service->lanes[i], serial);

    if (request != NULL)
      fail (service, serial, "cancelled", "stopped");
  }
  app_bus_engine_complete_cancel (skeleton, invocation);
  return TRUE;
}

static void
add_serials (Service *service, JsonBuilder *builder, gboolean running)
{
  json_builder_set_member_name (builder, running ? "running" : "waiting");
  json_builder_begin_array (builder);
  for (int i = 0; i < APP_N_LANES; i++) {
    Lane *lane = &service->lanes[i];

    pthread_mutex_lock (&lane->mutex);
    if (running && lane->running != NULL)
      json_builder_add_int_value (builder, lane->running->serial);
    for (GList *link = lane->waiting.head; link != NULL && !running; link = link->next)
      json_builder_add_int_value (builder, ((Request *) link->data)->serial);
    pthread_mutex_unlock (&lane->mutex);
  }
  json_builder_end_array (builder);
}

static gboolean
handle_describe (AppBusEngine *skeleton, GDBusMethodInvocation *invocation, gpointer user_data)
{
  Service *service = user_data;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_begin_object (builder);
  app_description_build_json (service->options->n_threads, builder);
  json_builder_set_member_name (builder, "tasks");
  json_builder_begin_array (builder);
  for (const AppJobType *type = service->options->jobs; type->name != NULL; type++)
    json_builder_add_string_value (builder, type->name);
  json_builder_end_array (builder);
  add_serials (service, builder, TRUE);
  add_serials (service, builder, FALSE);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  app_bus_engine_complete_describe (skeleton, invocation, text);
  return TRUE;
}

static void
begin_lanes (Service *service)
{
  static const char *const names[] = { "engine", "store" };

  for (int i = 0; i < APP_N_LANES; i++) {
    Lane *lane = &service->lanes[i];

    lane->service = service;
    lane->flag = &lane->own_flag;
    g_queue_init (&lane->waiting);
    pthread_mutex_init (&lane->mutex, NULL);
    pthread_cond_init (&lane->changed, NULL);
    lane->thread = g_thread_new (names[i], run_lane, lane);
  }
}

/* What runs is stopped, what waits is forgotten: nobody is there to be told. */
static void
end_lanes (Service *service)
{
  for (int i = 0; i < APP_N_LANES; i++) {
    Lane *lane = &service->lanes[i];

    pthread_mutex_lock (&lane->mutex);
    lane->is_over = TRUE;
    atomic_store (lane->flag, true);
    pthread_cond_signal (&lane->changed);
    pthread_mutex_unlock (&lane->mutex);
  }
  for (int i = 0; i < APP_N_LANES; i++) {
    Lane *lane = &service->lanes[i];

    g_thread_join (lane->thread);
    g_queue_clear_full (&lane->waiting, (GDestroyNotify) request_free);
    pthread_cond_destroy (&lane->changed);
    pthread_mutex_destroy (&lane->mutex);
  }
}

static void
leave (GDBusConnection *connection, gboolean remote_peer_vanished, GError *error,
       gpointer user_data)
{
  /* A parent that is killed has nobody to end what it started. */
  alarm (FAREWELL_S);
  g_main_loop_quit (user_data);
}

static GDBusConnection *
connect_to (int fd, GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, error);
  g_autoptr (GSocketConnection) stream =
      socket != NULL ? g_socket_connection_factory_create_connection (socket) : NULL;
  g_autofree char *guid = g_dbus_generate_guid ();

  if (stream == NULL)
    return NULL;
  return g_dbus_connection_new_sync (G_IO_STREAM (stream), guid,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER
                                         | G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                                     NULL, NULL, error);
}

gboolean
app_service_run (int fd, const AppServiceOptions *options, GError **error)
{
  Service service = { .options = options };
  gboolean is_served;

  service.connection = connect_to (fd, error);
  if (service.connection == NULL)
    return FALSE;
  service.loop = g_main_loop_new (NULL, FALSE);
  service.skeleton = app_bus_engine_skeleton_new ();
  g_signal_connect (service.skeleton, "handle-start", G_CALLBACK (handle_start), &service);
  g_signal_connect (service.skeleton, "handle-cancel", G_CALLBACK (handle_cancel), &service);
  g_signal_connect (service.skeleton, "handle-describe", G_CALLBACK (handle_describe), &service);
  g_signal_connect (service.connection, "closed", G_CALLBACK (leave), service.loop);
  is_served = g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (service.skeleton),
                                                service.connection, APP_SERVICE_PATH, error);
  if (is_served) {
    begin_lanes (&service);
    g_dbus_connection_start_message_processing (service.connection);
    g_main_loop_run (service.loop);
    end_lanes (&service);
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (service.skeleton));
  }
  g_object_unref (service.skeleton);
  g_object_unref (service.connection);
  g_main_loop_unref (service.loop);
  return is_served;
}
