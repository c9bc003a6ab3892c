/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/window/preferences.h"

#include <glib/gi18n.h>

#include "app/base/settings.h"
#include "ui/base/accent.h"
#include "ui/base/program.h"
#include "ui/base/toasts.h"
#include "ui/base/trouble.h"

#define HS_TYPE_PREFERENCES (hs_preferences_get_type ())
G_DECLARE_FINAL_TYPE (HsPreferences, hs_preferences, HS, PREFERENCES, AdwWindow)

/* Not an AdwPreferencesWindow: that of libadwaita 1.2 never frees its pages. */
struct _HsPreferences {
  AdwWindow parent_instance;
  HsToasts *toasts;
  GtkSwitch *attributes;
  GtkSwitch *speakers;
  GtkSwitch *cache;
  GtkSwitch *anywhere;
  GtkSpinButton *threads;
  AdwComboRow *accent;
  AdwComboRow *style;
};

G_DEFINE_FINAL_TYPE (HsPreferences, hs_preferences, ADW_TYPE_WINDOW)

static void
set_shared (HsPreferences *self, AppSetting setting, GtkSwitch *widget)
{
  g_autoptr (GError) error = NULL;
  gboolean value = gtk_switch_get_active (widget);

  if (value != app_settings_get (setting) && !app_settings_set (setting, value, &error)) {
    g_autofree char *text = hs_trouble_describe (error, " ");
    g_autofree char *markup = g_markup_escape_text (text, -1);
    hs_toasts_add (self->toasts, adw_toast_new (markup));
  }
}

static void
attributes_cb (HsPreferences *self)
{
  set_shared (self, APP_SETTING_ATTRIBUTES, self->attributes);
}

static void
speakers_cb (HsPreferences *self)
{
  set_shared (self, APP_SETTING_SPEAKERS, self->speakers);
}

static void
cache_cb (HsPreferences *self)
{
  set_shared (self, APP_SETTING_CACHE, self->cache);
}

static void
hs_preferences_class_init (HsPreferencesClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  g_type_ensure (HS_TYPE_TOASTS);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/preferences.ui");
  gtk_widget_class_bind_template_child (widget_class, HsPreferences, toasts);
  gtk_widget_class_bind_template_child (widget_class, HsPreferences, attributes);
  gtk_widget_class_bind_template_child (widget_class, HsPreferences, speakers);
  gtk_widget_class_bind_template_child (widget_class, HsPreferences, cache);
  gtk_widget_class_bind_template_child (widget_class, HsPreferences, anywhere);
  gtk_widget_class_bind_template_child (widget_class, HsPreferences, threads);
  gtk_widget_class_bind_template_child (widget_class, HsPreferences, accent);
  gtk_widget_class_bind_template_child (widget_class, HsPreferences, style);
  gtk_widget_class_bind_template_callback (widget_class, attributes_cb);
  gtk_widget_class_bind_template_callback (widget_class, speakers_cb);
  gtk_widget_class_bind_template_callback (widget_class, cache_cb);
}

static void
hs_preferences_init (HsPreferences *self)
{
  GSettings *settings = hs_program_get_settings (hs_program_get ());

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_switch_set_active (self->attributes, app_settings_get (APP_SETTING_ATTRIBUTES));
  gtk_switch_set_active (self->speakers, app_settings_get (APP_SETTING_SPEAKERS));
  gtk_switch_set_active (self->cache, app_settings_get (APP_SETTING_CACHE));
  g_settings_bind (settings, "talk-from-anywhere", self->anywhere, "active",
                   G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "threads", self->threads, "value", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind_with_mapping (settings, "accent", self->accent, "selected",
                                G_SETTINGS_BIND_DEFAULT, hs_accent_to_place, hs_accent_from_place,
                                NULL, NULL);
  g_settings_bind (settings, "style", self->style, "selected", G_SETTINGS_BIND_DEFAULT);
}

void
hs_preferences_show (GtkWindow *parent)
{
  static GtkWindow *shown;

  if (shown == NULL)
    g_set_weak_pointer (
        &shown, g_object_new (HS_TYPE_PREFERENCES, "transient-for", parent, "modal", TRUE, NULL));
  gtk_window_present (shown);
}
