/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Source: org.freedesktop.portal.GlobalShortcuts, version 1, of xdg-desktop-portal. */

#include "ui/window/global-shortcut.h"

#include <glib/gi18n.h>
#include <string.h>

#define PORTAL "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"
#define SHORTCUTS "org.freedesktop.portal.GlobalShortcuts"
#define REQUEST "org.freedesktop.portal.Request"
#define SESSION "org.freedesktop.portal.Session"
#define ID "push-to-talk"

struct _HsGlobalShortcut {
  GObject parent_instance;
  GCancellable *cancellable;
  GDBusConnection *connection;
  char *session;
  guint n_requests;
  guint response_id, activated_id, deactivated_id; /* subscriptions; 0: none */
};

enum { SIGNAL_PRESSED, SIGNAL_RELEASED, SIGNAL_FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsGlobalShortcut, hs_global_shortcut, G_TYPE_OBJECT)

static void
unsubscribe (HsGlobalShortcut *self, guint *id)
{
  if (*id != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, *id);
  *id = 0;
}

static void
fail (HsGlobalShortcut *self, const char *message)
{
  unsubscribe (self, &self->response_id);
  g_signal_emit (self, signals[SIGNAL_FAILED], 0, message);
}

static void
called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsGlobalShortcut) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (answer == NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    fail (self, _ ("This desktop offers no global shortcuts"));
}

/* Calls a method that answers by a signal of a request, whose path is known before, so that the
 * answer cannot come too early. (transfer full): the token for the call's options. */
static char *
expect_response (HsGlobalShortcut *self, GDBusSignalCallback callback)
{
  char *token = g_strdup_printf ("hearsay%u", ++self->n_requests);
  g_autofree char *sender = g_strdup (g_dbus_connection_get_unique_name (self->connection) + 1);
  g_autofree char *path = NULL;

  g_strdelimit (sender, ".", '_');
  path = g_strdup_printf (PORTAL_PATH "/request/%s/%s", sender, token);
  unsubscribe (self, &self->response_id);
  self->response_id =
      g_dbus_connection_signal_subscribe (self->connection, PORTAL, REQUEST, "Response", path, NULL,
                                          G_DBUS_SIGNAL_FLAGS_NONE, callback, self, NULL);
  return token;
}

static void
call (HsGlobalShortcut *self, const char *method, GVariant *arguments)
{
  g_dbus_connection_call (self->connection, PORTAL, PORTAL_PATH, SHORTCUTS, method, arguments,
                          G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable,
                          called_cb, g_object_ref (self));
}

/* (transfer full) (nullable): its results; NULL: somebody said no. */
static GVariant *
read_response (HsGlobalShortcut *self, GVariant *parameters)
{
  GVariant *results = NULL;
  guint32 response;

  unsubscribe (self, &self->response_id);
  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ua{sv})")))
    return NULL;
  g_variant_get (parameters, "(u@a{sv})", &response, &results);
  if (response != 0)
    g_clear_pointer (&results, g_variant_unref);
  return results;
}

static void
bound_cb (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
          const char *signal, GVariant *parameters, gpointer user_data)
{
  HsGlobalShortcut *self = user_data;
  g_autoptr (GVariant) results = read_response (self, parameters);

  if (results == NULL)
    fail (self, _ ("The global shortcut was not allowed"));
}

/* Activated or Deactivated: (session, id, time, options). */
static void
key_cb (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
        const char *signal, GVariant *parameters, gpointer user_data)
{
  HsGlobalShortcut *self = user_data;
  const char *session, *id;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(osta{sv})")))
    return;
  g_variant_get_child (parameters, 0, "&o", &session);
  g_variant_get_child (parameters, 1, "&s", &id);
  if (g_strcmp0 (session, self->session) == 0 && g_str_equal (id, ID))
    g_signal_emit (
        self, signals[g_str_equal (signal, "Activated") ? SIGNAL_PRESSED : SIGNAL_RELEASED], 0);
}

static guint
subscribe (HsGlobalShortcut *self, const char *signal)
{
  return g_dbus_connection_signal_subscribe (self->connection, PORTAL, SHORTCUTS, signal,
                                             PORTAL_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE, key_cb,
                                             self, NULL);
}

static void
bind (HsGlobalShortcut *self)
{
  g_autofree char *token = expect_response (self, bound_cb);
  GVariantBuilder shortcuts, shortcut, options;

  g_variant_builder_init (&shortcut, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&shortcut, "{sv}", "description",
                         g_variant_new_string (_ ("Hold to talk to Hearsay")));
  g_variant_builder_add (&shortcut, "{sv}", "preferred_trigger", g_variant_new_string ("F9"));
  g_variant_builder_init (&shortcuts, G_VARIANT_TYPE ("a(sa{sv})"));
  g_variant_builder_add (&shortcuts, "(sa{sv})", ID, &shortcut);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "handle_token", g_variant_new_string (token));
  call (self, "BindShortcuts",
        g_variant_new ("(oa(sa{sv})sa{sv})", self->session, &shortcuts, "", &options));
}

static void
session_cb (GDBusConnection *connection, const char *sender, const char *path,
            const char *interface, const char *signal, GVariant *parameters, gpointer user_data)
{
  HsGlobalShortcut *self = user_data;
  g_autoptr (GVariant) results = read_response (self, parameters);

  /* The portal gives it as a string. */
  if (results == NULL || !g_variant_lookup (results, "session_handle", "s", &self->session)
      || !g_variant_is_object_path (self->session)) {
    fail (self, _ ("The global shortcut was not allowed"));
    return;
  }
  self->activated_id = subscribe (self, "Activated");
  self->deactivated_id = subscribe (self, "Deactivated");
  bind (self);
}

static void
create_session (HsGlobalShortcut *self)
{
  g_autofree char *token = expect_response (self, session_cb);
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "handle_token", g_variant_new_string (token));
  g_variant_builder_add (&options, "{sv}", "session_handle_token",
                         g_variant_new_string ("hearsay"));
  call (self, "CreateSession", g_variant_new ("(a{sv})", &options));
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsGlobalShortcut) self = user_data;
  g_autoptr (GError) error = NULL;

  self->connection = g_bus_get_finish (result, &error);
  if (self->connection != NULL)
    create_session (self);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    fail (self, _ ("This desktop offers no global shortcuts"));
}

static void
hs_global_shortcut_dispose (GObject *object)
{
  HsGlobalShortcut *self = HS_GLOBAL_SHORTCUT (object);

  g_cancellable_cancel (self->cancellable);
  if (self->connection != NULL) {
    unsubscribe (self, &self->response_id);
    unsubscribe (self, &self->activated_id);
    unsubscribe (self, &self->deactivated_id);
  }
  if (self->connection != NULL && self->session != NULL)
    g_dbus_connection_call (self->connection, PORTAL, self->session, SESSION, "Close", NULL, NULL,
                            G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
  g_clear_pointer (&self->session, g_free);
  g_clear_object (&self->connection);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (hs_global_shortcut_parent_class)->dispose (object);
}

static void
hs_global_shortcut_class_init (HsGlobalShortcutClass *class)
{
  GType type = HS_TYPE_GLOBAL_SHORTCUT;

  G_OBJECT_CLASS (class)->dispose = hs_global_shortcut_dispose;
  signals[SIGNAL_PRESSED] =
      g_signal_new ("pressed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_RELEASED] =
      g_signal_new ("released", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_FAILED] = g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
hs_global_shortcut_init (HsGlobalShortcut *self)
{
  self->cancellable = g_cancellable_new ();
}

HsGlobalShortcut *
hs_global_shortcut_new (void)
{
  HsGlobalShortcut *self = g_object_new (HS_TYPE_GLOBAL_SHORTCUT, NULL);

  g_bus_get (G_BUS_TYPE_SESSION, self->cancellable, connected_cb, g_object_ref (self));
  return self;
}
