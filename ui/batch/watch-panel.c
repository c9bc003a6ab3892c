/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/batch/watch-panel.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/listen/watcher.h"
#include "ui/base/file-dialog.h"
#include "ui/base/program.h"
#include "ui/base/trouble.h"
#include "ui/batch/batch-store.h"

struct _HsWatchPanel {
  AdwBin parent_instance;
  AdwExpanderRow *expander;
  GtkSwitch *toggle;
  AdwActionRow *folder;
  GtkSwitch *recursive;
  AdwActionRow *into;
  GtkWidget *beside;
  AdwComboRow *format;
  GSettings *settings;
  AppWatcher *watcher; /* NULL: off */
  char *last;          /* the name of what was written last */
  GtkFileChooserNative *chooser;
  const char *chosen_key; /* what the chooser is for */
  gboolean is_filling;    /* the controls, from the settings */
};

G_DEFINE_FINAL_TYPE (HsWatchPanel, hs_watch_panel, ADW_TYPE_BIN)

enum { FOUND, STOPPED, N_SIGNALS };

static guint signals[N_SIGNALS];

static const char *const formats[] = { "txt", "srt", "vtt", "md", "json" };

/* How it stands. */

/* (transfer full): as people know it. */
static char *
show_path (const char *path)
{
  const char *home = g_get_home_dir ();
  g_autofree char *shown = g_filename_display_name (path);
  gsize n = strlen (home);

  if (n > 1 && g_str_has_prefix (shown, home) && (shown[n] == '/' || shown[n] == '\0'))
    return g_strconcat ("~", shown + n, NULL);
  return g_steal_pointer (&shown);
}

/* (transfer full) */
static char *
describe (HsWatchPanel *self)
{
  g_autofree char *path = g_settings_get_string (self->settings, "watch-folder");
  g_autofree char *shown = show_path (path);
  g_autoptr (GString) out = g_string_new (NULL);
  AppWatchCounts counts;

  if (self->watcher == NULL)
    return g_strdup (
        _ ("New recordings in it are written down by themselves, while this window is open"));
  if (app_watcher_get_problem (self->watcher) != NULL)
    return g_strdup_printf (_ ("%s cannot be read now; it is waited for"), shown);
  app_watcher_count (self->watcher, &counts);
  g_string_append_printf (out, _ ("Watching %s while this window is open"), shown);
  if (counts.n_done > 0)
    g_string_append_printf (
        out, ngettext (" · %u written down", " · %u written down", counts.n_done), counts.n_done);
  if (counts.n_failed > 0)
    g_string_append_printf (
        out, ngettext (" · %u could not be read", " · %u could not be read", counts.n_failed),
        counts.n_failed);
  if (self->last != NULL)
    /* Translators: behind "3 written down", the name of the recording. */
    g_string_append_printf (out, _ (" · last: %s"), self->last);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
set_subtitle (AdwActionRow *row, const char *text)
{
  g_autofree char *markup = g_markup_escape_text (text, -1);

  adw_action_row_set_subtitle (row, markup);
}

static void
update (HsWatchPanel *self)
{
  g_autofree char *folder = g_settings_get_string (self->settings, "watch-folder");
  g_autofree char *into = g_settings_get_string (self->settings, "watch-into");
  g_autofree char *shown_folder = show_path (folder);
  g_autofree char *shown_into = show_path (into);
  g_autofree char *text = describe (self);
  g_autofree char *markup = g_markup_escape_text (text, -1);

  adw_expander_row_set_subtitle (self->expander, markup);
  set_subtitle (self->folder, folder[0] != '\0' ? shown_folder : _ ("None is chosen"));
  set_subtitle (self->into, into[0] != '\0' ? shown_into : _ ("Beside the recordings"));
  gtk_widget_set_visible (self->beside, into[0] != '\0');
}

/* Watching. */

static void
changed_cb (HsWatchPanel *self)
{
  char *path;

  while (self->watcher != NULL && (path = app_watcher_take (self->watcher)) != NULL) {
    g_autofree char *owned = path;
    g_autoptr (GFile) file = g_file_new_for_path (owned);
    g_signal_emit (self, signals[FOUND], 0, file);
  }
  update (self);
}

static void
stop (HsWatchPanel *self)
{
  if (self->watcher == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->watcher, self);
  g_clear_object (&self->watcher);
  g_clear_pointer (&self->last, g_free);
  g_signal_emit (self, signals[STOPPED], 0);
}

static void
start (HsWatchPanel *self)
{
  g_autofree char *path = g_settings_get_string (self->settings, "watch-folder");
  g_autofree char *into = g_settings_get_string (self->settings, "watch-into");
  g_autofree char *format = g_settings_get_string (self->settings, "watch-format");
  const AppWatchFolder folder = { path, into[0] != '\0' ? into : NULL, format,
                                  g_settings_get_boolean (self->settings, "watch-recursive") };

  stop (self);
  self->watcher = app_watcher_new (&folder);
  g_signal_connect_object (self->watcher, "changed", G_CALLBACK (changed_cb), self,
                           G_CONNECT_SWAPPED);
}

/* Something else is to be watched, or otherwise. */
static void
start_anew (HsWatchPanel *self)
{
  if (self->watcher != NULL)
    start (self);
  update (self);
}

/* Choosing. */

static void
chosen_cb (HsWatchPanel *self, int response)
{
  g_autoptr (GFile) file = NULL;
  g_autofree char *path = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
  hs_file_dialog_let_go (g_steal_pointer (&self->chooser));
  path = file != NULL ? g_file_get_path (file) : NULL;
  if (path != NULL) {
    g_settings_set_string (self->settings, self->chosen_key, path);
    start_anew (self);
  }
  /* It was switched on before there was a folder. */
  if (gtk_switch_get_active (self->toggle) && self->watcher == NULL) {
    if (path != NULL)
      start (self);
    else
      gtk_switch_set_active (self->toggle, FALSE);
    update (self);
  }
}

static void
choose (HsWatchPanel *self, const char *title, const char *key)
{
  g_autofree char *path = g_settings_get_string (self->settings, key);
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));

  if (self->chooser != NULL)
    return;
  self->chosen_key = key;
  self->chooser = gtk_file_chooser_native_new (title, window, GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
                                               _ ("_Choose"), NULL);
  if (path[0] != '\0') {
    g_autoptr (GFile) folder = g_file_new_for_path (path);
    gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (self->chooser), folder, NULL);
  }
  hs_file_dialog_show (self->chooser, G_CALLBACK (chosen_cb), self);
}

static void
choose_cb (HsWatchPanel *self)
{
  choose (self, _ ("Folder to Watch"), "watch-folder");
}

static void
choose_into_cb (HsWatchPanel *self)
{
  choose (self, _ ("Folder for Transcripts"), "watch-into");
}

static void
beside_cb (HsWatchPanel *self)
{
  /* It is about to vanish. */
  gtk_widget_child_focus (GTK_WIDGET (self->into), GTK_DIR_TAB_FORWARD);
  g_settings_set_string (self->settings, "watch-into", "");
  start_anew (self);
}

static void
format_cb (HsWatchPanel *self)
{
  guint selected = adw_combo_row_get_selected (self->format);

  if (self->is_filling || selected >= G_N_ELEMENTS (formats))
    return;
  g_settings_set_string (self->settings, "watch-format", formats[selected]);
  start_anew (self);
}

static void
recursive_cb (HsWatchPanel *self)
{
  if (self->is_filling)
    return;
  g_settings_set_boolean (self->settings, "watch-recursive",
                          gtk_switch_get_active (self->recursive));
  start_anew (self);
}

static void
toggle_cb (HsWatchPanel *self)
{
  gboolean is_on = gtk_switch_get_active (self->toggle);
  g_autofree char *path = g_settings_get_string (self->settings, "watch-folder");

  if (self->is_filling)
    return;
  g_settings_set_boolean (self->settings, "watch", is_on);
  if (!is_on)
    stop (self);
  else if (path[0] == '\0')
    choose_cb (self);
  else
    start (self);
  update (self);
}

void
hs_watch_panel_toggle (HsWatchPanel *self)
{
  gtk_switch_set_active (self->toggle, !gtk_switch_get_active (self->toggle));
}

void
hs_watch_panel_start (HsWatchPanel *self)
{
  g_autofree char *path = g_settings_get_string (self->settings, "watch-folder");

  if (!g_settings_get_boolean (self->settings, "watch") || path[0] == '\0')
    return;
  self->is_filling = TRUE;
  gtk_switch_set_active (self->toggle, TRUE);
  self->is_filling = FALSE;
  start (self);
  update (self);
}

/* What became of them. */

typedef struct {
  HsWatchPanel *panel;
  AppWatcher *watcher;
  char *path;
  AppWatchResult *result;
} Writing;

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Writing *writing = user_data;
  g_autoptr (HsWatchPanel) self = writing->panel;
  g_autoptr (AppWatcher) watcher = writing->watcher;
  g_autofree char *path = writing->path;
  g_autoptr (GError) error = NULL;
  gboolean is_written = hs_batch_store_write_finish (result, &error);

  app_watcher_end (watcher, path, is_written ? APP_WATCH_DONE : APP_WATCH_LATER, writing->result);
  g_free (writing);
  if (watcher != self->watcher)
    return;
  if (is_written) {
    g_free (self->last);
    self->last = g_filename_display_basename (path);
  } else {
    hs_trouble_tell (GTK_WIDGET (self), error);
  }
  changed_cb (self);
}

void
hs_watch_panel_write (HsWatchPanel *self, GFile *file)
{
  g_autofree char *address = g_file_get_uri (file);
  g_autofree char *name = g_settings_get_string (self->settings, "watch-format");
  AppFormat format = APP_FORMAT_TXT;
  Writing *writing;

  if (self->watcher == NULL)
    return;
  app_format_parse (name, &format);
  writing = g_new0 (Writing, 1);
  writing->panel = g_object_ref (self);
  writing->watcher = g_object_ref (self->watcher);
  writing->path = g_file_get_path (file);
  writing->result = app_watcher_plan (self->watcher, writing->path);
  hs_batch_store_write_async (address, format, writing->result, written_cb, writing);
}

static void
end (HsWatchPanel *self, GFile *file, AppWatchEnd how)
{
  g_autofree char *path = g_file_get_path (file);

  if (self->watcher == NULL)
    return;
  app_watcher_end (self->watcher, path, how, NULL);
  update (self);
}

void
hs_watch_panel_fail (HsWatchPanel *self, GFile *file)
{
  end (self, file, APP_WATCH_FAILED);
}

void
hs_watch_panel_skip (HsWatchPanel *self, GFile *file)
{
  end (self, file, APP_WATCH_SKIPPED);
}

static void
fill (HsWatchPanel *self)
{
  g_autofree char *format = g_settings_get_string (self->settings, "watch-format");

  self->is_filling = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_equal (format, formats[i]))
      adw_combo_row_set_selected (self->format, i);
  gtk_switch_set_active (self->recursive,
                         g_settings_get_boolean (self->settings, "watch-recursive"));
  self->is_filling = FALSE;
}

static void
hs_watch_panel_dispose (GObject *object)
{
  HsWatchPanel *self = HS_WATCH_PANEL (object);

  if (self->watcher != NULL)
    g_signal_handlers_disconnect_by_data (self->watcher, self);
  g_clear_object (&self->watcher);
  hs_file_dialog_clear (&self->chooser);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->last, g_free);
  G_OBJECT_CLASS (hs_watch_panel_parent_class)->dispose (object);
}

static void
hs_watch_panel_class_init (HsWatchPanelClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_watch_panel_dispose;
  signals[FOUND] = g_signal_new ("found", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 1, G_TYPE_FILE);
  signals[STOPPED] = g_signal_new ("stopped", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/watch-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, HsWatchPanel, expander);
  gtk_widget_class_bind_template_child (widget_class, HsWatchPanel, toggle);
  gtk_widget_class_bind_template_child (widget_class, HsWatchPanel, folder);
  gtk_widget_class_bind_template_child (widget_class, HsWatchPanel, recursive);
  gtk_widget_class_bind_template_child (widget_class, HsWatchPanel, into);
  gtk_widget_class_bind_template_child (widget_class, HsWatchPanel, beside);
  gtk_widget_class_bind_template_child (widget_class, HsWatchPanel, format);
  gtk_widget_class_bind_template_callback (widget_class, toggle_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_into_cb);
  gtk_widget_class_bind_template_callback (widget_class, beside_cb);
  gtk_widget_class_bind_template_callback (widget_class, format_cb);
  gtk_widget_class_bind_template_callback (widget_class, recursive_cb);
}

static void
hs_watch_panel_init (HsWatchPanel *self)
{
  self->settings = g_object_ref (hs_program_get_settings (hs_program_get ()));
  self->is_filling = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  fill (self);
  update (self);
}
