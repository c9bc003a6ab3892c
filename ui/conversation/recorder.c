/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/conversation/recorder.h"

#include <glib/gi18n.h>

#include "app/listen/microphone.h"
#include "ui/base/program.h"
#include "ui/base/prompt-button.h"
#include "ui/base/stage.h"
#include "ui/base/trouble.h"
#include "ui/recording/waveform.h"

#define POLL_MS 50

/* Starting and stopping take a moment, in which a stop may be asked for. */
typedef enum { STATE_IDLE, STATE_STARTING, STATE_RUNNING, STATE_STOPPING } State;

struct _HsRecorder {
  GtkBox parent_instance;
  GtkImage *light;
  GtkLabel *time;
  HsWaveform *waveform;
  GtkLabel *trouble;
  GtkButton *discard;
  GtkMenuButton *devices;
  GtkPopover *popover;
  GtkListBox *device_list;
  GtkWidget *chosen_device; /* a row of it, or NULL */
  GtkToggleButton *pause;
  GtkButton *finish;
  AppMicrophone *recording;
  State state;
  gboolean is_wanted;   /* the recording is to be kept when it has stopped */
  gboolean is_leaving;  /* stop as soon as it has started */
  gboolean is_changing; /* start again, with another microphone */
  guint poll_id;
};

enum { SIGNAL_RECORDED, SIGNAL_CLOSED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsRecorder, hs_recorder, GTK_TYPE_BOX)

static void stop (HsRecorder *self);

static void
show_trouble (HsRecorder *self, const char *text)
{
  gtk_label_set_label (self->trouble, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->trouble), text != NULL);
}

static gboolean
poll_cb (gpointer user_data)
{
  HsRecorder *self = user_data;
  AppMicrophoneState now;
  g_autofree char *time = NULL;

  app_microphone_get_state (self->recording, &now);
  time = hs_time_format (now.seconds);
  gtk_label_set_label (self->time, time);
  if (!gtk_toggle_button_get_active (self->pause))
    hs_waveform_push (self->waveform, now.peak);
  if (!now.has_failed)
    return G_SOURCE_CONTINUE;
  self->poll_id = 0;
  stop (self);
  return G_SOURCE_REMOVE;
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsRecorder) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (!app_microphone_start_finish (APP_MICROPHONE (source), result, &error)) {
    self->state = STATE_IDLE;
    g_clear_object (&self->recording);
    text = hs_trouble_describe (error, " ");
    show_trouble (self, text);
    gtk_widget_grab_focus (GTK_WIDGET (self->discard));
    if (self->is_leaving)
      g_signal_emit (self, signals[SIGNAL_CLOSED], 0);
    return;
  }
  self->state = STATE_RUNNING;
  gtk_widget_set_sensitive (GTK_WIDGET (self->pause), TRUE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->finish), TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->light), "recording");
  gtk_widget_grab_focus (GTK_WIDGET (self->finish));
  self->poll_id = g_timeout_add (POLL_MS, poll_cb, self);
  if (self->is_leaving)
    stop (self);
}

static void
add_device (HsRecorder *self, const char *label, const char *name)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *text = gtk_label_new (label);
  GtkWidget *mark = gtk_image_new_from_icon_name ("object-select-symbolic");

  gtk_label_set_ellipsize (GTK_LABEL (text), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (text), 40);
  gtk_label_set_xalign (GTK_LABEL (text), 0);
  gtk_widget_set_hexpand (text, TRUE);
  gtk_box_append (GTK_BOX (box), text);
  gtk_box_append (GTK_BOX (box), mark);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_widget_set_name (row, name);
  gtk_widget_set_tooltip_text (row, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_list_box_append (self->device_list, row);
}

static void
mark_chosen_device (HsRecorder *self)
{
  GSettings *settings = hs_program_get_settings (hs_program_get ());
  g_autofree char *chosen = g_settings_get_string (settings, "microphone");
  GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->device_list));

  self->chosen_device = NULL;
  for (; row != NULL; row = gtk_widget_get_next_sibling (row)) {
    GtkWidget *box = gtk_list_box_row_get_child (GTK_LIST_BOX_ROW (row));
    const gboolean is_chosen = g_str_equal (gtk_widget_get_name (row), chosen);

    gtk_widget_set_opacity (gtk_widget_get_last_child (box), is_chosen ? 1 : 0);
    gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_SELECTED, is_chosen,
                                 -1);
    if (is_chosen)
      self->chosen_device = row;
  }
}

static void
devices_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsRecorder) self = user_data;
  g_auto (GStrv) names = app_microphones_list_finish (result, NULL);
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->device_list))) != NULL)
    gtk_list_box_remove (self->device_list, row);
  add_device (self, _ ("The system’s choice"), "");
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    add_device (self, names[i], names[i]);
  mark_chosen_device (self);
}

static void
devices_shown_cb (HsRecorder *self)
{
  if (self->chosen_device != NULL)
    gtk_widget_grab_focus (self->chosen_device);
}

static void
begin (HsRecorder *self)
{
  GSettings *settings = hs_program_get_settings (hs_program_get ());
  g_autofree char *device = g_settings_get_string (settings, "microphone");

  self->state = STATE_STARTING;
  self->is_leaving = FALSE;
  self->is_wanted = FALSE;
  self->is_changing = FALSE;
  show_trouble (self, NULL);
  hs_waveform_clear (self->waveform);
  gtk_label_set_label (self->time, "0:00");
  gtk_toggle_button_set_active (self->pause, FALSE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->pause), FALSE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->finish), FALSE);
  self->recording = app_microphone_new (NULL);
  app_microphone_start_async (self->recording, device[0] != '\0' ? device : NULL, started_cb,
                              g_object_ref (self));
}

void
hs_recorder_start (HsRecorder *self)
{
  if (self->state != STATE_IDLE)
    return;
  begin (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->devices));
  app_microphones_list_async (devices_listed_cb, g_object_ref (self));
}

static void
stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsRecorder) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *path =
      app_microphone_stop_finish (APP_MICROPHONE (source), result, NULL, &error);

  self->state = STATE_IDLE;
  g_clear_object (&self->recording);
  if (path != NULL && (self->is_wanted || error != NULL)) {
    g_autoptr (GFile) file = g_file_new_for_path (path);
    g_signal_emit (self, signals[SIGNAL_RECORDED], 0, file);
  } else if (path != NULL) {
    g_autoptr (GFile) file = g_file_new_for_path (path);
    g_file_delete_async (file, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
  }
  if (self->is_changing)
    begin (self);
  else
    g_signal_emit (self, signals[SIGNAL_CLOSED], 0);
  if (error != NULL)
    hs_trouble_tell (GTK_WIDGET (self), error);
}

static void
stop (HsRecorder *self)
{
  if (self->state == STATE_STARTING) {
    self->is_leaving = TRUE;
    return;
  }
  if (self->state == STATE_IDLE) {
    g_signal_emit (self, signals[SIGNAL_CLOSED], 0);
    return;
  }
  if (self->state == STATE_STOPPING)
    return;
  self->state = STATE_STOPPING;
  g_clear_handle_id (&self->poll_id, g_source_remove);
  gtk_widget_remove_css_class (GTK_WIDGET (self->light), "recording");
  app_microphone_stop_async (self->recording, stopped_cb, g_object_ref (self));
}

void
hs_recorder_finish (HsRecorder *self)
{
  self->is_wanted = TRUE;
  stop (self);
}

static void
discard_cb (HsRecorder *self)
{
  self->is_wanted = FALSE;
  stop (self);
}

static void
pause_cb (HsRecorder *self)
{
  gboolean is_paused = gtk_toggle_button_get_active (self->pause);

  if (self->recording != NULL)
    app_microphone_set_paused (self->recording, is_paused);
  if (is_paused)
    gtk_widget_remove_css_class (GTK_WIDGET (self->light), "recording");
  else if (self->state == STATE_RUNNING)
    gtk_widget_add_css_class (GTK_WIDGET (self->light), "recording");
}

static void
device_chosen_cb (HsRecorder *self, GtkListBoxRow *row)
{
  GSettings *settings = hs_program_get_settings (hs_program_get ());

  g_settings_set_string (settings, "microphone", gtk_widget_get_name (GTK_WIDGET (row)));
  mark_chosen_device (self);
  gtk_popover_popdown (self->popover);
  if (self->state == STATE_IDLE) {
    begin (self);
    return;
  }
  self->is_changing = TRUE;
  stop (self);
}

/* A recording is not thrown away by a key that also closes what stands in front of it. */
static gboolean
escape_cb (GtkWidget *widget, GVariant *args, gpointer user_data)
{
  if (HS_RECORDER (widget)->state != STATE_IDLE)
    return GDK_EVENT_PROPAGATE;
  discard_cb (HS_RECORDER (widget));
  return GDK_EVENT_STOP;
}

static void
hs_recorder_dispose (GObject *object)
{
  HsRecorder *self = HS_RECORDER (object);

  g_clear_handle_id (&self->poll_id, g_source_remove);
  g_clear_object (&self->recording);
  G_OBJECT_CLASS (hs_recorder_parent_class)->dispose (object);
}

static void
hs_recorder_class_init (HsRecorderClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_recorder_dispose;
  g_type_ensure (HS_TYPE_PROMPT_BUTTON);
  g_type_ensure (HS_TYPE_WAVEFORM);
  signals[SIGNAL_RECORDED] = g_signal_new ("recorded", HS_TYPE_RECORDER, G_SIGNAL_RUN_LAST, 0, NULL,
                                           NULL, NULL, G_TYPE_NONE, 1, G_TYPE_FILE);
  signals[SIGNAL_CLOSED] = g_signal_new ("closed", HS_TYPE_RECORDER, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, escape_cb, NULL);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/recorder.ui");
  gtk_widget_class_bind_template_child (widget_class, HsRecorder, light);
  gtk_widget_class_bind_template_child (widget_class, HsRecorder, time);
  gtk_widget_class_bind_template_child (widget_class, HsRecorder, waveform);
  gtk_widget_class_bind_template_child (widget_class, HsRecorder, trouble);
  gtk_widget_class_bind_template_child (widget_class, HsRecorder, discard);
  gtk_widget_class_bind_template_child (widget_class, HsRecorder, devices);
  gtk_widget_class_bind_template_child (widget_class, HsRecorder, popover);
  gtk_widget_class_bind_template_child (widget_class, HsRecorder, device_list);
  gtk_widget_class_bind_template_child (widget_class, HsRecorder, pause);
  gtk_widget_class_bind_template_child (widget_class, HsRecorder, finish);
  gtk_widget_class_bind_template_callback (widget_class, hs_recorder_finish);
  gtk_widget_class_bind_template_callback (widget_class, discard_cb);
  gtk_widget_class_bind_template_callback (widget_class, pause_cb);
  gtk_widget_class_bind_template_callback (widget_class, devices_shown_cb);
  gtk_widget_class_bind_template_callback (widget_class, device_chosen_cb);
}

static void
hs_recorder_init (HsRecorder *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
