/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/base/program.h"

#include "app/base/data-files.h"

struct _HsProgram {
  GObject parent_instance;
  AppRemote *remote;
  AppConversations *store;
  char *notice; /* or NULL */
  GSettings *settings;
};

enum { SIGNAL_STORE_READY, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsProgram, hs_program, G_TYPE_OBJECT)

static HsProgram *running;

/* The schema is the one of the tree that the program is installed in. From the build tree, where
 * nothing is installed, it is the one compiled there. */
static GSettings *
open_settings (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchemaSource) built = NULL;
  g_autoptr (GSettingsSchema) schema = NULL;
  g_autofree char *folder = NULL;

  folder = app_data_file_beside_program ("../share/glib-2.0/schemas");
  built = g_settings_schema_source_new_from_directory (
      folder != NULL ? folder : HEARSAY_BUILD_SCHEMAS, source, FALSE, NULL);
  schema =
      g_settings_schema_source_lookup (built != NULL ? built : source, HS_APPLICATION_ID, TRUE);
  if (schema == NULL)
    g_error ("the settings schema %s is not installed", HS_APPLICATION_ID);
  return g_settings_new_full (schema, NULL, NULL);
}

static void
run_open_store (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  AppConversations *store = app_conversations_new (NULL, &error);

  if (store == NULL) {
    g_task_return_error (task, error);
    return;
  }
  app_conversations_purge (store, 0, NULL, NULL);
  g_task_return_pointer (task, store, (GDestroyNotify) app_conversations_free);
}

static void
store_opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  HsProgram *self = HS_PROGRAM (source);
  g_autoptr (GError) error = NULL;

  self->store = g_task_propagate_pointer (G_TASK (result), &error);
  self->notice =
      g_strdup (self->store != NULL ? app_conversations_get_notice (self->store) : error->message);
  g_signal_emit (self, signals[SIGNAL_STORE_READY], 0);
}

HsProgram *
hs_program_new (void)
{
  g_assert (running == NULL);
  running = g_object_new (HS_TYPE_PROGRAM, NULL);
  running->settings = open_settings ();
  return running;
}

void
hs_program_open (HsProgram *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, store_opened_cb, NULL);
  const int n_threads = g_settings_get_int (self->settings, "threads");

  self->remote = app_remote_new (&(AppRemoteOptions){ .n_threads = n_threads });
  g_task_run_in_thread (task, run_open_store);
}

void
hs_program_close (HsProgram *self)
{
  g_clear_object (&self->remote);
  g_clear_pointer (&self->store, app_conversations_free);
  g_clear_pointer (&self->notice, g_free);
  g_clear_object (&self->settings);
}

HsProgram *
hs_program_get (void)
{
  return running;
}

AppRemote *
hs_program_get_remote (HsProgram *self)
{
  return self->remote;
}

AppConversations *
hs_program_get_store (HsProgram *self)
{
  return self->store;
}

GSettings *
hs_program_get_settings (HsProgram *self)
{
  return self->settings;
}

const char *
hs_program_get_notice (HsProgram *self)
{
  return self->notice;
}

static void
call_gone_cb (gpointer cookie, GObject *where_the_call_was)
{
  GApplication *application = g_application_get_default ();

  if (application != NULL)
    gtk_application_uninhibit (GTK_APPLICATION (application), GPOINTER_TO_UINT (cookie));
}

void
hs_program_keep_awake (AppRemoteCall *call, const char *reason)
{
  GtkApplication *application = GTK_APPLICATION (g_application_get_default ());
  GtkWindow *window = gtk_application_get_active_window (application);
  guint cookie =
      gtk_application_inhibit (application, window, GTK_APPLICATION_INHIBIT_SUSPEND, reason);

  if (cookie != 0)
    g_object_weak_ref (G_OBJECT (call), call_gone_cb, GUINT_TO_POINTER (cookie));
}

void
hs_program_notify (const char *id, const char *title, const char *body)
{
  GApplication *application = g_application_get_default ();
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (application));
  g_autoptr (GNotification) notification = NULL;

  if (window == NULL || gtk_window_is_active (window))
    return;
  notification = g_notification_new (title);
  if (body != NULL)
    g_notification_set_body (notification, body);
  g_application_send_notification (application, id, notification);
}

static void
hs_program_finalize (GObject *object)
{
  hs_program_close (HS_PROGRAM (object));
  running = NULL;
  G_OBJECT_CLASS (hs_program_parent_class)->finalize (object);
}

static void
hs_program_class_init (HsProgramClass *class)
{
  G_OBJECT_CLASS (class)->finalize = hs_program_finalize;
  signals[SIGNAL_STORE_READY] = g_signal_new ("store-ready", HS_TYPE_PROGRAM, G_SIGNAL_RUN_LAST, 0,
                                              NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
hs_program_init (HsProgram *self)
{
}
