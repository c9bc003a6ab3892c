/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/window/talk-key.h"

#include "ui/window/global-shortcut.h"

#define TALK_KEY GDK_KEY_F9
#define WANTED "talk-from-anywhere"

typedef struct {
  GtkWidget *window; /* whose this is */
  GSettings *settings;
  gboolean is_held;
  HsGlobalShortcut *shortcut; /* or NULL */
} TalkKey;

static void
press (TalkKey *self)
{
  if (!self->is_held)
    gtk_widget_activate_action (self->window, "win.begin-talking", NULL);
  self->is_held = TRUE;
}

static void
let_go (TalkKey *self)
{
  if (self->is_held)
    gtk_widget_activate_action (self->window, "win.end-talking", NULL);
  self->is_held = FALSE;
}

static gboolean
key_pressed_cb (TalkKey *self, guint key, guint code, GdkModifierType modifiers)
{
  if (key != TALK_KEY)
    return GDK_EVENT_PROPAGATE;
  press (self);
  return GDK_EVENT_STOP;
}

static void
key_released_cb (TalkKey *self, guint key, guint code, GdkModifierType modifiers)
{
  if (key == TALK_KEY)
    let_go (self);
}

/* A key that is let go while another window is in front is not seen here. */
static void
active_cb (TalkKey *self)
{
  if (!gtk_window_is_active (GTK_WINDOW (self->window)))
    let_go (self);
}

static void
failed_cb (TalkKey *self, const char *message)
{
  gtk_widget_activate_action (self->window, "win.tell", "s", message);
  g_settings_set_boolean (self->settings, WANTED, FALSE);
}

static void
drop_shortcut (TalkKey *self)
{
  if (self->shortcut != NULL)
    g_signal_handlers_disconnect_by_data (self->shortcut, self);
  g_clear_object (&self->shortcut);
}

static void
wanted_cb (TalkKey *self)
{
  drop_shortcut (self);
  if (!g_settings_get_boolean (self->settings, WANTED))
    return;
  self->shortcut = hs_global_shortcut_new ();
  g_signal_connect_swapped (self->shortcut, "pressed", G_CALLBACK (press), self);
  g_signal_connect_swapped (self->shortcut, "released", G_CALLBACK (let_go), self);
  g_signal_connect_swapped (self->shortcut, "failed", G_CALLBACK (failed_cb), self);
}

static void
talk_key_free (gpointer data)
{
  TalkKey *self = data;

  drop_shortcut (self);
  g_signal_handlers_disconnect_by_data (self->settings, self);
  g_object_unref (self->settings);
  g_free (self);
}

void
hs_talk_key_install (GtkWindow *window, GSettings *settings)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  TalkKey *self = g_new0 (TalkKey, 1);

  self->window = GTK_WIDGET (window);
  self->settings = g_object_ref (settings);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  g_signal_connect_swapped (keys, "key-released", G_CALLBACK (key_released_cb), self);
  g_signal_connect_swapped (window, "notify::is-active", G_CALLBACK (active_cb), self);
  g_signal_connect_swapped (settings, "changed::" WANTED, G_CALLBACK (wanted_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (window), keys);
  g_object_set_data_full (G_OBJECT (window), "hs-talk-key", self, talk_key_free);
  wanted_cb (self);
}
