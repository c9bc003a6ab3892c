/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/window/window.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/listen/microphone.h"
#include "ui/base/program.h"
#include "ui/base/stalls.h"
#include "ui/base/toasts.h"
#include "ui/base/trouble.h"
#include "ui/batch/batch-page.h"
#include "ui/conversation/conversation-page.h"
#include "ui/models/models-page.h"
#include "ui/narration/narration-page.h"
#include "ui/talks/sidebar.h"
#include "ui/text/code-block.h"
#include "ui/voices/voices-page.h"
#include "ui/window/commands.h"
#include "ui/window/folders.h"
#include "ui/window/page-focus.h"
#include "ui/window/talk-actions.h"
#include "ui/window/talk-key.h"

struct _HsWindow {
  AdwApplicationWindow parent_instance;
  HsToasts *toasts;
  AdwLeaflet *leaflet;
  GtkToggleButton *search_button;
  HsSidebar *sidebar;
  AdwWindowTitle *title;
  GtkMenuButton *talk_button;
  GtkRevealer *banner;
  GtkLabel *banner_label;
  GtkStack *pages;
  GHashTable *opened; /* those that had the focus once */
  HsConversationPage *conversation;
  HsBatchPage *batch;
};

G_DEFINE_FINAL_TYPE (HsWindow, hs_window, ADW_TYPE_APPLICATION_WINDOW)

static AppConversations *
get_store (void)
{
  return hs_program_get_store (hs_program_get ());
}

void
hs_window_add_toast (HsWindow *self, AdwToast *toast)
{
  hs_toasts_add (self->toasts, toast);
}

void
hs_window_remove_toast (HsWindow *self, AdwToast *toast)
{
  hs_toasts_remove (self->toasts, toast);
}

void
hs_window_tell (HsWindow *self, const char *text)
{
  g_autofree char *markup = g_markup_escape_text (text, -1);

  hs_toasts_add (self->toasts, adw_toast_new (markup));
}

void
hs_window_tell_error (HsWindow *self, const GError *error)
{
  hs_trouble_tell (GTK_WIDGET (self), error);
}

static gboolean
is_conversation (HsWindow *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->pages), "conversation") == 0;
}

AppTalk *
hs_window_get_talk (HsWindow *self)
{
  gint64 talk = hs_conversation_page_get_talk (self->conversation);

  return talk != 0 && get_store () != NULL ? app_conversations_get (get_store (), talk, NULL)
                                           : NULL;
}

static void
update_title (HsWindow *self)
{
  const char *page = gtk_stack_get_visible_child_name (self->pages);
  g_autoptr (AppTalk) talk = is_conversation (self) ? hs_window_get_talk (self) : NULL;
  const char *title = _ ("New Conversation");

  if (g_strcmp0 (page, "narration") == 0)
    title = _ ("Narration");
  else if (g_strcmp0 (page, "models") == 0)
    title = _ ("Models");
  else if (g_strcmp0 (page, "voices") == 0)
    title = _ ("Voices");
  else if (g_strcmp0 (page, "batch") == 0)
    title = _ ("Many Recordings");
  else if (talk != NULL && talk->title[0] != '\0')
    title = talk->title;
  adw_window_title_set_title (self->title, title);
  gtk_widget_set_visible (GTK_WIDGET (self->talk_button), is_conversation (self));
  for (const char *const *name = (const char *[]){ "win.rename", "win.pin", "win.move",
                                                   "win.export", "win.delete", NULL };
       *name != NULL; name++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), *name, talk != NULL);
}

void
hs_window_update (HsWindow *self)
{
  hs_sidebar_update (self->sidebar, hs_conversation_page_get_talk (self->conversation));
  update_title (self);
}

static void
focus_page (HsWindow *self)
{
  hs_page_focus_move (self->pages, self->opened);
}

static void
uncover_page (HsWindow *self, const char *name)
{
  gtk_stack_set_visible_child_name (self->pages, name);
  hs_sidebar_select_page (self->sidebar, name);
  adw_leaflet_set_visible_child_name (self->leaflet, "content");
  update_title (self);
}

/* Whoever goes through its rows with the Tab key selects each, and opens none. */
static void
sidebar_left_cb (HsWindow *self)
{
  hs_sidebar_select (self->sidebar, gtk_stack_get_visible_child_name (self->pages),
                     hs_conversation_page_get_talk (self->conversation));
}

static void
show_page (HsWindow *self, const char *name)
{
  uncover_page (self, name);
  focus_page (self);
}

void
hs_window_activate_on_page (HsWindow *self, const char *page, const char *action, GVariant *target)
{
  show_page (self, page);
  gtk_widget_activate_action_variant (gtk_stack_get_visible_child (self->pages), action, target);
}

static void
open_talk (HsWindow *self, gint64 talk, gint64 message)
{
  hs_conversation_page_open (self->conversation, talk, message);
  show_page (self, "conversation");
  hs_sidebar_update (self->sidebar, talk);
}

static void
talk_chosen_cb (HsWindow *self, gint64 talk, gint64 message)
{
  hs_conversation_page_open (self->conversation, talk, message);
  uncover_page (self, "conversation");
}

/* Who goes through the list goes on in it, as long as it is in sight. */
static void
page_chosen_cb (HsWindow *self, const char *name)
{
  uncover_page (self, name);
  if (adw_leaflet_get_folded (self->leaflet))
    focus_page (self);
}

static void
folded_cb (HsWindow *self)
{
  update_title (self);
}

static void
banner_closed_cb (HsWindow *self)
{
  gtk_revealer_set_reveal_child (self->banner, FALSE);
}

static void
open_file (HsWindow *self, GFile *file)
{
  if (hs_conversation_page_get_talk (self->conversation) != 0)
    open_talk (self, 0, 0);
  show_page (self, "conversation");
  hs_conversation_page_add_file (self->conversation, file);
}

void
hs_window_open_files (HsWindow *self, GFile **files, int n_files)
{
  const gboolean is_many = n_files >= HS_MANY_FILES;

  if (is_many)
    show_page (self, "batch");
  for (int i = 0; i < n_files; i++)
    if (is_many)
      hs_batch_page_add (self->batch, files[i]);
    else
      open_file (self, files[i]);
}

/* Actions. */

static void
new_conversation_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  open_talk (HS_WINDOW (widget), 0, 0);
}

static void
open_recording_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsWindow *self = HS_WINDOW (widget);

  show_page (self, "conversation");
  hs_conversation_page_choose_files (self->conversation);
}

static void
open_file_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (GFile) file = g_file_new_for_uri (g_variant_get_string (parameter, NULL));

  open_file (HS_WINDOW (widget), file);
}

static void
open_files_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autofree const char **addresses = g_variant_get_strv (parameter, NULL);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_object_unref);

  for (const char **address = addresses; *address != NULL; address++)
    g_ptr_array_add (files, g_file_new_for_uri (*address));
  hs_window_open_files (HS_WINDOW (widget), (GFile **) files->pdata, (int) files->len);
}

static void
open_recordings_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsWindow *self = HS_WINDOW (widget);

  show_page (self, "batch");
  hs_batch_page_choose_files (self->batch);
}

static void
record_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsWindow *self = HS_WINDOW (widget);

  show_page (self, "conversation");
  hs_conversation_page_toggle_recording (self->conversation);
}

static void
search_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsWindow *self = HS_WINDOW (widget);

  adw_leaflet_set_visible_child_name (self->leaflet, "sidebar");
  hs_sidebar_search (self->sidebar);
}

static void
search_for_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  search_action (widget, name, NULL);
  hs_sidebar_search_for (HS_WINDOW (widget)->sidebar, g_variant_get_string (parameter, NULL));
}

static void
commands_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  hs_commands_show (GTK_WINDOW (widget));
}

static void
stop_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  hs_conversation_page_stop (HS_WINDOW (widget)->conversation);
}

static void
go_back_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsWindow *self = HS_WINDOW (widget);

  if (adw_leaflet_navigate (self->leaflet, ADW_NAVIGATION_DIRECTION_BACK))
    gtk_widget_grab_focus (GTK_WIDGET (self->sidebar));
}

static void
write_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsWindow *self = HS_WINDOW (widget);

  show_page (self, "conversation");
  hs_conversation_page_write (self->conversation);
}

static void
play_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  hs_conversation_page_toggle_play (HS_WINDOW (widget)->conversation);
}

static void
show_page_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  show_page (HS_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
open_nth_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  hs_sidebar_open_nth (HS_WINDOW (widget)->sidebar, g_variant_get_int32 (parameter) - 1);
}

static void
tell_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  hs_window_tell (HS_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
open_talk_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  open_talk (HS_WINDOW (widget), g_variant_get_int64 (parameter), 0);
}

static void
begin_talking_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsWindow *self = HS_WINDOW (widget);

  show_page (self, "conversation");
  hs_conversation_page_begin_talking (self->conversation);
}

static void
end_talking_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  hs_conversation_page_end_talking (HS_WINDOW (widget)->conversation);
}

/* After those who close something with it: searches, popovers. */
static gboolean
escape_cb (HsWindow *self, guint key, guint code, GdkModifierType modifiers)
{
  if (key == GDK_KEY_Escape) {
    hs_toasts_dismiss (self->toasts);
    hs_conversation_page_stop (self->conversation);
  }
  return GDK_EVENT_PROPAGATE;
}

/* What is said until somebody has read it. */
static void
warn (HsWindow *self, const char *text)
{
  gtk_label_set_label (self->banner_label, text);
  gtk_revealer_set_reveal_child (self->banner, TRUE);
}

static void
engine_lost_cb (HsWindow *self, int loss, const char *message)
{
  const char *why = loss == APP_LOSS_OUT_OF_MEMORY ? _ ("the memory did not suffice")
                    : loss == APP_LOSS_KILLED      ? _ ("it was ended from outside, or by a fault")
                                                   : _ ("it ended by itself");
  g_autofree char *text =
      loss == APP_LOSS_NOT_STARTED
          ? g_strdup_printf ("%s\n%s", _ ("The engine does not start."), message)
          : g_strdup_printf (_ ("The engine stopped (%s) and is started again. Nothing was lost; "
                                "what was being asked is asked once more."),
                             why);

  warn (self, text);
}

/* Of the store that has just been opened, or could not be. */
static void
show_notice (HsWindow *self)
{
  const char *notice = hs_program_get_notice (hs_program_get ());
  g_autofree char *text = NULL;

  if (notice == NULL)
    return;
  text =
      g_strdup_printf ("%s\n%s", _ ("The file of conversations cannot be used as it is."), notice);
  warn (self, text);
}

static void
open_cut_off_cb (HsWindow *self, AdwToast *toast)
{
  g_autoptr (GFile) file = g_file_new_for_path (g_object_get_data (G_OBJECT (toast), "path"));

  open_file (self, file);
}

/* What was being recorded when the program was killed. */
static void
offer_cut_off_recording (HsWindow *self)
{
  g_autofree char *path = app_microphone_find_cut_off (NULL);
  AdwToast *toast;

  if (path == NULL)
    return;
  toast = adw_toast_new (_ ("A recording that was cut off was kept"));
  adw_toast_set_button_label (toast, _ ("_Open"));
  adw_toast_set_timeout (toast, 0);
  g_object_set_data_full (G_OBJECT (toast), "path", g_steal_pointer (&path), g_free);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (open_cut_off_cb), self,
                           G_CONNECT_SWAPPED);
  hs_toasts_add (self->toasts, toast);
}

static void
save_size (HsWindow *self)
{
  GSettings *settings = hs_program_get_settings (hs_program_get ());
  int width, height;

  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  g_settings_set_int (settings, "window-width", width);
  g_settings_set_int (settings, "window-height", height);
  g_settings_set_boolean (settings, "window-maximized",
                          gtk_window_is_maximized (GTK_WINDOW (self)));
}

/* What stands over the window concerns it, and goes with it. Dialogs for files go with what asked
 * for them. */
static void
close_dialogs (GtkWindow *window)
{
  GListModel *all = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (all);) {
    g_autoptr (GtkWindow) other = g_list_model_get_item (all, i++);
    if (gtk_window_get_transient_for (other) != window || GTK_IS_FILE_CHOOSER (other))
      continue;
    close_dialogs (other);
    gtk_window_destroy (other);
    i = 0;
  }
}

static gboolean
hs_window_close_request (GtkWindow *window)
{
  save_size (HS_WINDOW (window));
  close_dialogs (window);
  return GTK_WINDOW_CLASS (hs_window_parent_class)->close_request (window);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  static const struct {
    const char *name;
    const char *type;
    GtkWidgetActionActivateFunc activate;
  } actions[] = {
    { "win.new-conversation", NULL, new_conversation_action },
    { "win.open-recording", NULL, open_recording_action },
    { "win.open-recordings", NULL, open_recordings_action },
    { "win.open-file", "s", open_file_action },
    { "win.open-files", "as", open_files_action },
    { "win.record", NULL, record_action },
    { "win.begin-talking", NULL, begin_talking_action },
    { "win.end-talking", NULL, end_talking_action },
    { "win.search", NULL, search_action },
    { "win.search-for", "s", search_for_action },
    { "win.commands", NULL, commands_action },
    { "win.stop", NULL, stop_action },
    { "win.go-back", NULL, go_back_action },
    { "win.write", NULL, write_action },
    { "win.play", NULL, play_action },
    { "win.show-page", "s", show_page_action },
    { "win.open-nth", "i", open_nth_action },
    { "win.tell", "s", tell_action },
    { "win.open-conversation", "x", open_talk_action },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (widget_class, actions[i].name, actions[i].type,
                                     actions[i].activate);
}

static void
hs_window_finalize (GObject *object)
{
  g_hash_table_unref (HS_WINDOW (object)->opened);
  G_OBJECT_CLASS (hs_window_parent_class)->finalize (object);
}

static void
hs_window_class_init (HsWindowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = hs_window_finalize;
  GTK_WINDOW_CLASS (class)->close_request = hs_window_close_request;
  g_type_ensure (HS_TYPE_SIDEBAR);
  g_type_ensure (HS_TYPE_CONVERSATION_PAGE);
  g_type_ensure (HS_TYPE_NARRATION_PAGE);
  g_type_ensure (HS_TYPE_MODELS_PAGE);
  g_type_ensure (HS_TYPE_VOICES_PAGE);
  g_type_ensure (HS_TYPE_BATCH_PAGE);
  g_type_ensure (HS_TYPE_TOASTS);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/window.ui");
  gtk_widget_class_bind_template_child (widget_class, HsWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, HsWindow, leaflet);
  gtk_widget_class_bind_template_child (widget_class, HsWindow, search_button);
  gtk_widget_class_bind_template_child (widget_class, HsWindow, sidebar);
  gtk_widget_class_bind_template_child (widget_class, HsWindow, title);
  gtk_widget_class_bind_template_child (widget_class, HsWindow, talk_button);
  gtk_widget_class_bind_template_child (widget_class, HsWindow, banner);
  gtk_widget_class_bind_template_child (widget_class, HsWindow, banner_label);
  gtk_widget_class_bind_template_child (widget_class, HsWindow, pages);
  gtk_widget_class_bind_template_child (widget_class, HsWindow, conversation);
  gtk_widget_class_bind_template_child (widget_class, HsWindow, batch);
  gtk_widget_class_bind_template_callback (widget_class, talk_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, page_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, hs_window_update);
  gtk_widget_class_bind_template_callback (widget_class, folded_cb);
  gtk_widget_class_bind_template_callback (widget_class, banner_closed_cb);
  install_actions (widget_class);
  hs_talk_actions_install (widget_class);
  hs_folders_install_actions (widget_class);
}

static void
hs_window_init (HsWindow *self)
{
  GtkEventController *late_keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  self->opened = g_hash_table_new (NULL, NULL);
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (late_keys, "key-pressed", G_CALLBACK (escape_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), late_keys);
  g_signal_connect_object (focus, "leave", G_CALLBACK (sidebar_left_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self->sidebar), focus);
  hs_sidebar_set_search_button (self->sidebar, self->search_button);
  hs_sidebar_set_menu_button (self->sidebar, self->talk_button);
  adw_leaflet_set_visible_child_name (self->leaflet, "content");
  update_title (self);
}

HsWindow *
hs_window_new (HsApplication *application)
{
  HsProgram *program = hs_program_get ();
  GSettings *settings = hs_program_get_settings (program);
  HsWindow *self = g_object_new (HS_TYPE_WINDOW, "application", application, NULL);

  hs_stalls_watch_window (GTK_WINDOW (self));
  gtk_window_set_default_size (GTK_WINDOW (self), g_settings_get_int (settings, "window-width"),
                               g_settings_get_int (settings, "window-height"));
  if (g_settings_get_boolean (settings, "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
  g_signal_connect_object (program, "store-ready", G_CALLBACK (hs_window_update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (hs_program_get_remote (program), "lost", G_CALLBACK (engine_lost_cb),
                           self, G_CONNECT_SWAPPED);
  hs_talk_key_install (GTK_WINDOW (self), settings);
  g_signal_connect_object (program, "store-ready", G_CALLBACK (show_notice), self,
                           G_CONNECT_SWAPPED);
  hs_window_update (self);
  show_notice (self);
  offer_cut_off_recording (self);
  focus_page (self);
  hs_code_block_prepare (G_OBJECT (self));
  return self;
}
