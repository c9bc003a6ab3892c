/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/window/instructions.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/base/program.h"
#include "ui/base/text-area.h"
#include "ui/window/presets.h"

#define HS_TYPE_INSTRUCTIONS (hs_instructions_get_type ())
G_DECLARE_FINAL_TYPE (HsInstructions, hs_instructions, HS, INSTRUCTIONS, GtkBox)

/* What stands in the dialogue. */
struct _HsInstructions {
  GtkBox parent_instance;
  AdwComboRow *preset;
  GtkWidget *remove;
  GtkWidget *keep;
  GtkPopover *keep_popover;
  GtkEditable *keep_name;
  GtkTextView *text;
  GtkSpinButton *temperature;
  GtkSpinButton *max_tokens;
  GtkSpinButton *thinking;
  HsWindow *window; /* behind it, and alive as long as it is */
  gint64 talk;
  GPtrArray *presets;  /* of HsPreset; in the row, one that fits none stands before them */
  gboolean is_filling; /* what is shown is being set, not by the user */
};

G_DEFINE_FINAL_TYPE (HsInstructions, hs_instructions, GTK_TYPE_BOX)

static AppConversations *
get_store (void)
{
  return hs_program_get_store (hs_program_get ());
}

/* What is shown, put into settings; what is not shown here stays as it is. */
static void
take_shown (HsInstructions *self, AppTalkSettings *settings)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text);
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  g_free (settings->system);
  settings->system = g_strstrip (gtk_text_buffer_get_text (buffer, &start, &end, FALSE));
  settings->temperature = round (gtk_spin_button_get_value (self->temperature) * 100) / 100;
  settings->max_tokens = gtk_spin_button_get_value_as_int (self->max_tokens);
  settings->thinking = gtk_spin_button_get_value_as_int (self->thinking);
}

static void
show_settings (HsInstructions *self, const AppTalkSettings *settings)
{
  self->is_filling = TRUE;
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->text),
                            settings->system != NULL ? settings->system : "", -1);
  gtk_spin_button_set_value (self->temperature, settings->temperature);
  gtk_spin_button_set_value (self->max_tokens, settings->max_tokens);
  gtk_spin_button_set_value (self->thinking, settings->thinking);
  self->is_filling = FALSE;
}

/* (transfer none) (nullable): the one that is chosen. */
static const HsPreset *
get_preset (HsInstructions *self)
{
  guint selected = adw_combo_row_get_selected (self->preset);

  return selected >= 1 && selected <= self->presets->len
             ? g_ptr_array_index (self->presets, selected - 1)
             : NULL;
}

/* Chooses the preset that is the same as what is shown. */
static void
find_preset (HsInstructions *self)
{
  g_auto (AppTalkSettings) shown = { 0 };
  guint found = 0;

  take_shown (self, &shown);
  for (guint i = self->presets->len; i > 0; i--)
    if (hs_preset_fits (g_ptr_array_index (self->presets, i - 1), &shown))
      found = i;
  self->is_filling = TRUE;
  adw_combo_row_set_selected (self->preset, found);
  self->is_filling = FALSE;
  gtk_widget_set_visible (self->remove, found > 0 && get_preset (self)->is_own);
  gtk_widget_set_sensitive (self->keep, found == 0);
}

static void
list_presets (HsInstructions *self)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);

  g_clear_pointer (&self->presets, g_ptr_array_unref);
  self->presets = hs_presets_list (get_store ());
  gtk_string_list_append (titles, C_ ("preset", "None"));
  for (guint i = 0; i < self->presets->len; i++)
    gtk_string_list_append (titles, ((HsPreset *) g_ptr_array_index (self->presets, i))->title);
  self->is_filling = TRUE;
  adw_combo_row_set_model (self->preset, G_LIST_MODEL (titles));
  self->is_filling = FALSE;
  find_preset (self);
}

static void
preset_chosen_cb (HsInstructions *self)
{
  if (self->is_filling)
    return;
  if (get_preset (self) != NULL)
    show_settings (self, &get_preset (self)->settings);
  find_preset (self);
}

static void
changed_cb (HsInstructions *self)
{
  if (!self->is_filling && self->presets != NULL)
    find_preset (self);
}

static void
keep_cb (HsInstructions *self)
{
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (self->keep_name)));
  g_auto (AppTalkSettings) settings = { 0 };
  g_autoptr (GError) error = NULL;

  if (name[0] == '\0')
    return;
  take_shown (self, &settings);
  gtk_popover_popdown (self->keep_popover);
  gtk_editable_set_text (self->keep_name, "");
  if (!app_conversations_set_preset (get_store (), name, &settings, &error))
    hs_window_tell_error (self->window, error);
  list_presets (self);
}

static void
remove_cb (HsInstructions *self)
{
  const HsPreset *preset = get_preset (self);
  g_autoptr (GError) error = NULL;

  if (preset != NULL
      && !app_conversations_remove_preset (get_store (), preset->settings.preset, &error))
    hs_window_tell_error (self->window, error);
  list_presets (self);
}

/* A conversation that has not begun begins with its instructions. */
static gint64
begin (HsInstructions *self, const AppTalkSettings *settings, GError **error)
{
  gint64 talk = app_conversations_create (get_store (), settings, error);

  if (talk != 0)
    gtk_widget_activate_action (GTK_WIDGET (self->window), "win.open-conversation", "x", talk);
  return talk;
}

static void
response_cb (HsInstructions *self, const char *response)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AppTalk) talk = NULL;
  g_auto (AppTalkSettings) fresh = { 0 };
  AppTalkSettings *settings = &fresh;

  if (!g_str_equal (response, "save"))
    return;
  if (self->talk != 0)
    talk = app_conversations_get (get_store (), self->talk, &error);
  if (talk != NULL)
    settings = &talk->settings;
  take_shown (self, settings);
  g_free (settings->preset);
  settings->preset =
      get_preset (self) != NULL ? g_strdup (get_preset (self)->settings.preset) : NULL;
  if (self->talk == 0)
    begin (self, settings, &error);
  else if (talk != NULL)
    app_conversations_set_settings (get_store (), self->talk, settings, &error);
  if (error != NULL)
    hs_window_tell_error (self->window, error);
}

static void
hs_instructions_finalize (GObject *object)
{
  g_clear_pointer (&HS_INSTRUCTIONS (object)->presets, g_ptr_array_unref);
  G_OBJECT_CLASS (hs_instructions_parent_class)->finalize (object);
}

static void
hs_instructions_class_init (HsInstructionsClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = hs_instructions_finalize;
  g_type_ensure (HS_TYPE_TEXT_AREA);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/instructions.ui");
  gtk_widget_class_bind_template_child (widget_class, HsInstructions, preset);
  gtk_widget_class_bind_template_child (widget_class, HsInstructions, remove);
  gtk_widget_class_bind_template_child (widget_class, HsInstructions, keep);
  gtk_widget_class_bind_template_child (widget_class, HsInstructions, keep_popover);
  gtk_widget_class_bind_template_child (widget_class, HsInstructions, keep_name);
  gtk_widget_class_bind_template_child (widget_class, HsInstructions, text);
  gtk_widget_class_bind_template_child (widget_class, HsInstructions, temperature);
  gtk_widget_class_bind_template_child (widget_class, HsInstructions, max_tokens);
  gtk_widget_class_bind_template_child (widget_class, HsInstructions, thinking);
  gtk_widget_class_bind_template_callback (widget_class, preset_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, keep_cb);
  gtk_widget_class_bind_template_callback (widget_class, remove_cb);
}

static void
hs_instructions_init (HsInstructions *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (gtk_text_view_get_buffer (self->text), "changed",
                           G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
}

void
hs_instructions_show (HsWindow *window, gint64 talk)
{
  g_autoptr (AppTalk) state = NULL;
  HsInstructions *self;
  AdwMessageDialog *dialog;

  if (get_store () == NULL)
    return;
  self = g_object_new (HS_TYPE_INSTRUCTIONS, NULL);
  self->window = window;
  self->talk = talk;
  if (talk != 0)
    state = app_conversations_get (get_store (), talk, NULL);
  if (state != NULL)
    show_settings (self, &state->settings);
  list_presets (self);
  dialog = ADW_MESSAGE_DIALOG (
      adw_message_dialog_new (GTK_WINDOW (window), _ ("Instructions"),
                              _ ("How this conversation is answered, from the next answer on")));
  adw_message_dialog_set_extra_child (dialog, GTK_WIDGET (self));
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "save", _ ("_Save"), NULL);
  adw_message_dialog_set_default_response (dialog, "save");
  adw_message_dialog_set_response_appearance (dialog, "save", ADW_RESPONSE_SUGGESTED);
  g_signal_connect_object (dialog, "response", G_CALLBACK (response_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (GTK_WIDGET (self->text));
}
