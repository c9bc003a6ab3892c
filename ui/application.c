/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/application.h"

#include <glib/gi18n.h>

#include "app/base/data-files.h"
#include "ui/about.h"
#include "ui/focus-keeper.h"
#include "ui/preferences.h"
#include "ui/search-provider.h"
#include "ui/window.h"

struct _HsApplication {
  AdwApplication parent_instance;
  AppRemote *remote;
  AppConversations *store;
  char *notice; /* or NULL */
  GSettings *settings;
  HsSearchProvider *search;
};

enum { SIGNAL_STORE_READY, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsApplication, hs_application, ADW_TYPE_APPLICATION)

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

AppRemote *
hs_application_get_remote (HsApplication *self)
{
  return self->remote;
}

AppConversations *
hs_application_get_store (HsApplication *self)
{
  return self->store;
}

const char *
hs_application_get_notice (HsApplication *self)
{
  return self->notice;
}

GSettings *
hs_application_get_settings (HsApplication *self)
{
  return self->settings;
}

HsApplication *
hs_application_get (void)
{
  return HS_APPLICATION (g_application_get_default ());
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
  HsApplication *self = HS_APPLICATION (source);
  g_autoptr (GError) error = NULL;

  self->store = g_task_propagate_pointer (G_TASK (result), &error);
  self->notice =
      g_strdup (self->store != NULL ? app_conversations_get_notice (self->store) : error->message);
  g_signal_emit (self, signals[SIGNAL_STORE_READY], 0);
}

static void
about_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  hs_about_show (gtk_application_get_active_window (GTK_APPLICATION (user_data)));
}

static void
preferences_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  hs_preferences_show (gtk_application_get_active_window (GTK_APPLICATION (user_data)));
}

static void
quit_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (user_data));

  if (window != NULL)
    gtk_window_close (window);
  else
    g_application_quit (G_APPLICATION (user_data));
}

/* Of the desktop file. */
static void
new_conversation_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkWindow *window;

  g_application_activate (G_APPLICATION (user_data));
  window = gtk_application_get_active_window (GTK_APPLICATION (user_data));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new-conversation", NULL);
}

static void
add_actions (HsApplication *self)
{
  static const GActionEntry entries[] = {
    { .name = "about", .activate = about_activated },
    { .name = "new-conversation", .activate = new_conversation_activated },
    { .name = "preferences", .activate = preferences_activated },
    { .name = "quit", .activate = quit_activated },
  };
  static const struct {
    const char *action;
    const char *keys[3];
  } accels[] = {
    { "app.quit", { "<Control>q" } },
    { "app.preferences", { "<Control>comma" } },
    { "win.new-conversation", { "<Control>n" } },
    { "win.open-recording", { "<Control>o" } },
    { "win.record", { "<Control>r" } },
    { "win.search", { "<Control>f" } },
    { "win.commands", { "<Control>k" } },
    { "win.rename", { "F2" } },
    { "win.pin", { "<Control>d" } },
    { "win.go-back", { "<Alt>Left" } },
    { "win.write", { "<Control>l" } },
    { "win.play", { "<Control>p" } },
    { "win.show-page::conversation", { "<Alt>1" } },
    { "win.show-page::narration", { "<Alt>2" } },
    { "win.show-page::models", { "<Alt>3" } },
    { "win.show-page::voices", { "<Alt>4" } },
    { "win.show-page::batch", { "<Alt>5" } },
    { "window.close", { "<Control>w" } },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  for (gsize i = 0; i < G_N_ELEMENTS (accels); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), accels[i].action,
                                           accels[i].keys);
  for (int i = 1; i <= 9; i++) {
    g_autofree char *action = g_strdup_printf ("win.open-nth(%d)", i);
    g_autofree char *key = g_strdup_printf ("<Control>%d", i);
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), action,
                                           (const char *[]){ key, NULL });
  }
}

/* 0: as the system; 1: light; 2: dark. */
static gboolean
map_style (GValue *value, GVariant *variant, gpointer user_data)
{
  static const AdwColorScheme schemes[] = { ADW_COLOR_SCHEME_DEFAULT, ADW_COLOR_SCHEME_FORCE_LIGHT,
                                            ADW_COLOR_SCHEME_FORCE_DARK };

  g_value_set_enum (value, schemes[MIN (g_variant_get_uint32 (variant), 2)]);
  return TRUE;
}

static void
hs_application_startup (GApplication *application)
{
  HsApplication *self = HS_APPLICATION (application);
  g_autoptr (GTask) task = NULL;
  int n_threads;

  G_APPLICATION_CLASS (hs_application_parent_class)->startup (application);
  hs_focus_keep ();
  gtk_window_set_default_icon_name (HS_APPLICATION_ID);
  self->settings = open_settings ();
  n_threads = g_settings_get_int (self->settings, "threads");
  self->remote = app_remote_new (&(AppRemoteOptions){ .n_threads = n_threads });
  g_settings_bind_with_mapping (self->settings, "style", adw_style_manager_get_default (),
                                "color-scheme", G_SETTINGS_BIND_GET, map_style, NULL, NULL, NULL);
  add_actions (self);
  task = g_task_new (self, NULL, store_opened_cb, NULL);
  g_task_run_in_thread (task, run_open_store);
}

static HsWindow *
get_window (HsApplication *self)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  return HS_IS_WINDOW (window) ? HS_WINDOW (window) : hs_window_new (self);
}

static void
hs_application_activate (GApplication *application)
{
  gtk_window_present (GTK_WINDOW (get_window (HS_APPLICATION (application))));
}

static void
hs_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  HsWindow *window = get_window (HS_APPLICATION (application));

  g_autoptr (GSList) many = NULL;

  for (int i = n_files - 1; i >= 0 && n_files >= HS_MANY_FILES; i--)
    many = g_slist_prepend (many, files[i]);
  if (many != NULL)
    hs_window_open_files (window, many);
  for (int i = 0; i < n_files && many == NULL; i++)
    hs_window_open_file (window, files[i]);
  gtk_window_present (GTK_WINDOW (window));
}

static gboolean
hs_application_dbus_register (GApplication *application, GDBusConnection *connection,
                              const char *path, GError **error)
{
  HsApplication *self = HS_APPLICATION (application);
  GApplicationClass *parent = G_APPLICATION_CLASS (hs_application_parent_class);

  if (!parent->dbus_register (application, connection, path, error))
    return FALSE;
  self->search = hs_search_provider_new (self, connection, path, error);
  return self->search != NULL;
}

static void
hs_application_dbus_unregister (GApplication *application, GDBusConnection *connection,
                                const char *path)
{
  g_clear_pointer (&HS_APPLICATION (application)->search, hs_search_provider_free);
  G_APPLICATION_CLASS (hs_application_parent_class)
      ->dbus_unregister (application, connection, path);
}

static void
hs_application_shutdown (GApplication *application)
{
  HsApplication *self = HS_APPLICATION (application);

  G_APPLICATION_CLASS (hs_application_parent_class)->shutdown (application);
  g_clear_object (&self->remote);
  g_clear_pointer (&self->store, app_conversations_free);
  g_clear_pointer (&self->notice, g_free);
  g_clear_object (&self->settings);
}

static void
hs_application_class_init (HsApplicationClass *class)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (class);

  application_class->startup = hs_application_startup;
  application_class->activate = hs_application_activate;
  application_class->open = hs_application_open;
  application_class->shutdown = hs_application_shutdown;
  application_class->dbus_register = hs_application_dbus_register;
  application_class->dbus_unregister = hs_application_dbus_unregister;
  signals[SIGNAL_STORE_READY] = g_signal_new ("store-ready", HS_TYPE_APPLICATION, G_SIGNAL_RUN_LAST,
                                              0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
hs_application_init (HsApplication *self)
{
}

HsApplication *
hs_application_new (void)
{
  return g_object_new (HS_TYPE_APPLICATION, "application-id", HS_APPLICATION_ID, "flags",
                       G_APPLICATION_HANDLES_OPEN, "resource-base-path",
                       "/io/github/hearsay_app/Hearsay", NULL);
}
