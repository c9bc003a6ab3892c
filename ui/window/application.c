/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/window/application.h"

#include <glib/gi18n.h>

#include "ui/base/focus-keeper.h"
#include "ui/base/program.h"
#include "ui/talks/search-provider.h"
#include "ui/window/about.h"
#include "ui/window/preferences.h"
#include "ui/window/window.h"

struct _HsApplication {
  AdwApplication parent_instance;
  HsProgram *program;
  HsSearchProvider *search;
};

G_DEFINE_FINAL_TYPE (HsApplication, hs_application, ADW_TYPE_APPLICATION)

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

static HsWindow *
get_window (HsApplication *self)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  /* A dialog may stand over it. */
  while (window != NULL && !HS_IS_WINDOW (window))
    window = gtk_window_get_transient_for (window);
  return window != NULL ? HS_WINDOW (window) : hs_window_new (self);
}

/* Of the desktop file. */
static void
new_conversation_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkWindow *window = GTK_WINDOW (get_window (HS_APPLICATION (user_data)));

  gtk_window_present (window);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new-conversation", NULL);
}

static void
add_actions (HsApplication *self)
{
  g_autoptr (GAction) accent =
      g_settings_create_action (hs_program_get_settings (self->program), "accent");
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
  g_action_map_add_action (G_ACTION_MAP (self), accent);
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

  G_APPLICATION_CLASS (hs_application_parent_class)->startup (application);
  hs_focus_keep ();
  gtk_window_set_default_icon_name (HS_APPLICATION_ID);
  hs_program_open (self->program);
  g_settings_bind_with_mapping (hs_program_get_settings (self->program), "style",
                                adw_style_manager_get_default (), "color-scheme",
                                G_SETTINGS_BIND_GET, map_style, NULL, NULL, NULL);
  add_actions (self);
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

  hs_window_open_files (window, files, n_files);
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
  self->search = hs_search_provider_new (self->program, connection, path, error);
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
  G_APPLICATION_CLASS (hs_application_parent_class)->shutdown (application);
  hs_program_close (HS_APPLICATION (application)->program);
}

static void
hs_application_finalize (GObject *object)
{
  g_clear_object (&HS_APPLICATION (object)->program);
  G_OBJECT_CLASS (hs_application_parent_class)->finalize (object);
}

static void
hs_application_class_init (HsApplicationClass *class)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = hs_application_finalize;
  application_class->startup = hs_application_startup;
  application_class->activate = hs_application_activate;
  application_class->open = hs_application_open;
  application_class->shutdown = hs_application_shutdown;
  application_class->dbus_register = hs_application_dbus_register;
  application_class->dbus_unregister = hs_application_dbus_unregister;
}

static void
hs_application_init (HsApplication *self)
{
  self->program = hs_program_new ();
}

HsApplication *
hs_application_new (void)
{
  return g_object_new (HS_TYPE_APPLICATION, "application-id", HS_APPLICATION_ID, "flags",
                       G_APPLICATION_HANDLES_OPEN, "resource-base-path",
                       "/io/github/hearsay_app/Hearsay", NULL);
}
